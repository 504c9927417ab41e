/* SPDX-License-Identifier: BSD-2-Clause
 *
 * --trace SINK[:FILE][,KEY=VALUE...]. See tracing.h; sinks and filters are in traces/.
 */
#include "sim/tracing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cpu/observe.h"
#include "explain/disasm.h"
#include "loader/symbols.h"
#include "sim/machine.h"
#include "traces/hub.h"
#include "traces/sink.h"

struct tracing {
    struct hub *hub;
    struct disassembler *disassembler;
    struct symbols *symbols; /* of the kernel, or of --symbols */
    char *words[OPTIONS_MAX_ITEMS];
};

_Static_assert((int)SINK_TEXT >= (int)DISASM_SIZE, "room for an instruction's text");

static const char *disassemble_for(void *opaque, uint32_t raw, uint64_t va, char *text)
{
    struct tracing *t = opaque;
    if (t->disassembler == NULL)
        t->disassembler = disassembler_new();
    return disassemble(t->disassembler, raw, va, text);
}

static const char *symbol_for(void *opaque, uint64_t va, uint64_t *offset)
{
    struct tracing *t = opaque;
    return symbols_at(t->symbols, va, offset);
}

static bool address_of(void *opaque, const char *name, uint64_t *address)
{
    struct tracing *t = opaque;
    return symbols_find(t->symbols, name, address);
}

/* Cuts `text` at the next comma; what is behind it, or NULL. */
static char *cut(char *text)
{
    char *comma = strchr(text, ',');
    if (comma == NULL)
        return NULL;
    *comma = 0;
    return comma + 1;
}

/* Is `key` in the row's list of options? */
static bool knows(const struct sink_row *row, const char *key)
{
    size_t length = strlen(key);
    for (const char *p = row->options; p != NULL && (p = strstr(p, key)) != NULL; p += length)
        if ((p == row->options || p[-1] == ' ') && (p[length] == 0 || p[length] == ',' || p[length] == '='))
            return true;
    return false;
}

static void one_option(struct tracing *t, const struct sink_row *row, char *word, struct filter *f,
                       bool *filtered, struct sink_config *cfg)
{
    char *value = strchr(word, '=');
    if (value != NULL)
        *value++ = 0;
    const char *problem = value != NULL ? filter_set(f, word, value, address_of, t) : "";
    if (problem == NULL) {
        *filtered = true;
    } else if (*problem != 0) {
        user_error("--trace %s: %s=%s: %s", row->name, word, value, problem);
    } else if (knows(row, word) && cfg->n_options < SINK_OPTIONS) {
        cfg->option[cfg->n_options++] = (struct sink_option){word, value != NULL ? value : ""};
    } else {
        user_error("--trace %s: unknown option '%s' (filters: %s%s%s)", row->name, word, filter_keys(),
                   row->options != NULL ? "; its own: " : "", row->options != NULL ? row->options : "");
    }
}

static void open_sink(struct tracing *t, const struct machine *m, char *words)
{
    char *rest = cut(words), *file = strchr(words, ':');
    if (file != NULL)
        *file++ = 0;
    const struct sink_row *row = sink_find(words);
    if (row == NULL)
        user_error("--trace %s: no such sink (--trace help lists them)", words);
    if (file != NULL && (row->file == NULL || *file == 0))
        user_error("--trace %s: %s", words,
                   *file == 0 ? "a file is wanted after the colon" : "it writes no file");
    struct sink_config cfg = {.file = file != NULL ? file : row->file,
                              .n_cpus = m->n_cpus,
                              .cpu = m->opt->cpu,
                              .ns_per_insn = UINT64_C(1) << m->opt->icount_shift,
                              .opaque = t,
                              .disassemble = disassemble_for,
                              .symbol = symbol_for};
    struct filter f;
    bool filtered = false;
    filter_init(&f);
    while (rest != NULL) {
        char *word = rest;
        rest = cut(word);
        one_option(t, row, word, &f, &filtered, &cfg);
    }
    if (row->accounts && filtered && !filter_is_of_cpu(&f))
        user_error("--trace %s: it counts all events; cpu= is the only filter that it can have", row->name);
    if (row->whole && (f.kinds >> TRACE_KIND_memory & 1))
        f.kinds |= UINT32_C(1) << TRACE_KIND_insn | UINT32_C(1) << TRACE_KIND_done;
    struct tracer tracer = {.opaque = NULL};
    row->open(&cfg, &tracer);
    hub_add(t->hub, &tracer, filtered ? &f : NULL);
}

static struct symbols *load_symbols(const struct machine *m)
{
    const char *file = m->opt->symbols != NULL ? m->opt->symbols : m->opt->kernel;
    struct load_error e;
    if (file == NULL)
        return NULL;
    struct symbols *s = symbols_load(file, &e);
    if (s == NULL && m->opt->symbols != NULL)
        user_error("--symbols %s: %s", file, e.text);
    return s;
}

struct tracing *tracing_start(struct machine *m)
{
    if (m->opt->n_traces == 0)
        return NULL;
    struct tracing *t = xcalloc(1, sizeof(*t));
    t->hub = hub_create();
    t->symbols = load_symbols(m);
    for (unsigned n = 0; n < m->opt->n_traces; n++) {
        t->words[n] = xstrdup(m->opt->traces[n]);
        open_sink(t, m, t->words[n]);
    }
    for (unsigned n = 0; n < m->n_cpus; n++)
        cpu_set_tracer(m->cpus[n], hub_tracer(t->hub), "start");
    return t;
}

void tracing_end(struct tracing *t, struct machine *m)
{
    if (t == NULL)
        return;
    for (unsigned n = 0; n < m->n_cpus; n++)
        cpu_set_tracer(m->cpus[n], NULL, NULL);
    hub_destroy(t->hub);
    symbols_free(t->symbols);
    if (t->disassembler != NULL)
        disassembler_free(t->disassembler);
    for (unsigned n = 0; n < m->opt->n_traces; n++)
        free(t->words[n]);
    free(t);
}

void tracing_help(void)
{
    puts("--trace SINK[:FILE][,KEY=VALUE...], several times if wanted. Sinks:");
    for (unsigned n = 0; sink_at(n) != NULL; n++)
        printf("  %-10s %s%s%s\n", sink_at(n)->name, sink_at(n)->what,
               sink_at(n)->options != NULL ? "; " : "",
               sink_at(n)->options != NULL ? sink_at(n)->options : "");
    puts("Filters; all that are given must hold:\n"
         "  el=1+2           Exception levels\n"
         "  regime=el2h      translation regimes: el1, el2, el2h (EL2&0), el3\n"
         "  vmid=N, asid=N   of the context\n"
         "  cpu=N            one CPU\n"
         "  kind=a+b         kinds of events, see below\n"
         "  pc=A-B           addresses of instructions\n"
         "  insns=1M-2M      a window of each CPU's instructions\n"
         "  from=el2         from the first entry to EL2 on\n"
         "  start=S, stop=S  from and to the instruction at a symbol or address\n"
         "Kinds of events:");
#define LIST(name, type, speed, what) printf("  %-16s %s\n", #name, what);
    TRACE_EVENTS(LIST)
#undef LIST
    puts("For instance, what a hypervisor's guest does, and every exception and return of all:\n"
         "  --trace events:guest.txt,el=0+1,vmid=1 --trace events:exceptions.txt,kind=exception+eret");
}
