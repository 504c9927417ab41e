/* SPDX-License-Identifier: BSD-2-Clause
 *
 * `el2sim trace cat` and `info`.
 */
#include <inttypes.h>

#include "tracetool/internal.h"

int trace_cat(const struct trace_request *q)
{
    struct trace_file t = trace_file_open(q->file[0]);
    struct hub *h = printer(q, stdout, true);
    const struct binary_item *item;
    if (q->from != 0)
        binary_reader_seek(t.reader, q->from);
    while ((item = trace_file_next(&t)) != NULL && item->sequence <= q->to)
        binary_deliver(t.reader, item, item->sequence >= q->from ? hub_tracer(h) : NULL);
    hub_destroy(h);
    trace_file_close(&t);
    return 0;
}

int trace_info(const struct trace_request *q)
{
    struct trace_file t = trace_file_open(q->file[0]);
    const struct binary_info *i = binary_reader_info(t.reader);
    printf("version        %u\nCPUs           %u\nCPU model      %s\nns/instruction %" PRIu64
           "\nbytes          %" PRIu64 "\n",
           i->version, i->n_cpus, i->cpu, i->ns_per_insn, i->bytes);
    if (i->indexed)
        printf("blocks         %" PRIu64 "\ninstructions   %" PRIu64 "\n", i->blocks, i->insns);
    else
        puts("index          none: the run was cut off; what there is can be read");
    if (i->indexed && i->insns != 0)
        printf("bytes/insn     %.3f\n", (double)i->bytes / (double)i->insns);
    trace_file_close(&t);
    return 0;
}
