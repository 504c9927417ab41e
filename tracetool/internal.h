/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the commands of `el2sim trace` share.
 */
#ifndef EL2SIM_TRACETOOL_INTERNAL_H
#define EL2SIM_TRACETOOL_INTERNAL_H

#include <stdio.h>

#include "explain/disasm.h"
#include "loader/symbols.h"
#include "traces/binary_read.h"
#include "traces/filter.h"
#include "traces/hub.h"
#include "traces/sink.h"

/* A trace that is open, and a printer of its events. */
struct trace_file {
    const char *name;
    FILE *f;
    struct binary_reader *reader;
};

struct trace_request {
    const char *file[2];
    unsigned n_files;
    uint64_t from, to; /* instructions, counted over all CPUs */
    struct filter filter;
    bool filtered;
    struct symbols *symbols;
    struct disassembler *disassembler;
    /* grep */
    const char *word[16];
    unsigned n_words;
};

/* user_error() unless it is a trace. */
struct trace_file trace_file_open(const char *name);
void trace_file_close(struct trace_file *t);
/* The next item, NULL at the end; user_error() for a damaged file. */
const struct binary_item *trace_file_next(struct trace_file *t);

/* Lines of text to `out`, through the request's filter, with or without disassembly; hub_destroy() ends it.
 */
struct hub *printer(const struct trace_request *q, FILE *out, bool disassembled);

int trace_cat(const struct trace_request *q);
int trace_info(const struct trace_request *q);
int trace_diff(const struct trace_request *q);
int trace_grep(const struct trace_request *q);
int trace_stat(const struct trace_request *q);

#endif
