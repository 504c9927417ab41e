/* SPDX-License-Identifier: BSD-2-Clause
 *
 * `el2sim trace stat`: counts.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "tracetool/internal.h"
#include "traces/codec.h"

enum { CAUSES = 256 };

struct counts {
    uint64_t kind[TRACE_KINDS], el[4], read, written, bytes_read, bytes_written, registers;
    struct {
        const char *name, *cause;
        uint64_t n;
    } cause[CAUSES];
    unsigned n_causes;
};

static void count_exception(struct counts *s, const struct trace_exception *e)
{
    const char *cause = e->cause != NULL ? e->cause : trace_class_name(e->esr >> 26 & 63);
    unsigned n = 0;
    while (n < s->n_causes && (s->cause[n].cause != cause || s->cause[n].name != e->name))
        n++;
    if (n == CAUSES)
        return;
    s->n_causes += n == s->n_causes;
    s->cause[n].name = e->name;
    s->cause[n].cause = cause;
    s->cause[n].n++;
}

static void on_done(void *opaque, const struct trace_cpu *c, const struct trace_insn *i)
{
    struct counts *s = opaque;
    uint8_t list[TRACE_MAX_WRITES];
    (void)i;
    s->el[c->where.el & 3]++;
    s->registers += c->writes(c, list);
    s->kind[TRACE_KIND_done]++;
}

static void on_memory(void *opaque, const struct trace_cpu *c, const struct trace_memory *m)
{
    struct counts *s = opaque;
    (void)c;
    s->kind[TRACE_KIND_memory]++;
    *(m->write ? &s->written : &s->read) += 1;
    *(m->write ? &s->bytes_written : &s->bytes_read) += m->size;
}

static void on_exception(void *opaque, const struct trace_cpu *c, const struct trace_exception *e)
{
    struct counts *s = opaque;
    (void)c;
    s->kind[TRACE_KIND_exception]++;
    count_exception(s, e);
}

/* Events of which only the number counts. */
#define COUNT(name, type, speed, what)                                                                       \
    static void just_##name(void *opaque, const struct trace_cpu *c, const struct type *e)                   \
    {                                                                                                        \
        struct counts *s = opaque;                                                                           \
        (void)c;                                                                                             \
        (void)e;                                                                                             \
        s->kind[TRACE_KIND_##name]++;                                                                        \
    }
TRACE_EVENTS(COUNT)
#undef COUNT

int trace_stat(const struct trace_request *q)
{
    struct trace_file t = trace_file_open(q->file[0]);
    struct counts *s = xcalloc(1, sizeof(*s));
    struct tracer tracer = {.opaque = s};
#define MINE(name, type, speed, what) tracer.name = just_##name;
    TRACE_EVENTS(MINE)
#undef MINE
    tracer.done = on_done;
    tracer.memory = on_memory;
    tracer.exception = on_exception;
    struct hub *h = hub_create();
    hub_add(h, &tracer, q->filtered ? &q->filter : NULL);
    const struct binary_item *item;
    if (q->from != 0)
        binary_reader_seek(t.reader, q->from);
    while ((item = trace_file_next(&t)) != NULL && item->sequence <= q->to)
        binary_deliver(t.reader, item, item->sequence >= q->from ? hub_tracer(h) : NULL);
    printf("%-28s %12" PRIu64 "\n", "instructions", s->kind[TRACE_KIND_done]);
    for (unsigned el = 0; el < 4; el++)
        printf("  at EL%u                      %12" PRIu64 "\n", el, s->el[el]);
    printf("%-28s %12" PRIu64 "\n%-28s %12" PRIu64 " (%" PRIu64 " bytes)\n%-28s %12" PRIu64 " (%" PRIu64
           " bytes)\n",
           "register writes", s->registers, "reads", s->read, s->bytes_read, "writes", s->written,
           s->bytes_written);
    for (unsigned n = TRACE_KIND_exception; n < TRACE_KINDS; n++)
        printf("%-28s %12" PRIu64 "\n", event_row(n)->name, s->kind[n]);
    for (unsigned n = 0; n < s->n_causes; n++)
        printf("  %-12s %-44s %12" PRIu64 "\n", s->cause[n].name, s->cause[n].cause, s->cause[n].n);
    hub_destroy(h);
    free(s);
    trace_file_close(&t);
    return 0;
}
