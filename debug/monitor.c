/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Monitor commands: what the person at the debugger asks of the simulator itself. What they answer is text;
 * what the architecture says in it comes from explain/.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "debug/internal.h"
#include "explain/explain.h"
#include "loader/blob.h"
#include "sim/travel.h"

enum { WORDS_MAX = 32 };

struct command {
    const char *name, *arguments, *help;
    void (*run)(struct gdb *g, FILE *out, int argc, char **argv); /* argv[0] is the name */
};

/* 0x... or decimal, all of text. */
static bool number(const char *text, uint64_t *value)
{
    char *end;
    if (text == NULL || *text < '0' || *text > '9')
        return false;
    *value = strtoull(text, &end, 0);
    return *end == 0;
}

/* ---- memory ---- */

static void regime(struct gdb *g, FILE *out, int argc, char **argv)
{
    char text[128];
    const char *why;
    if (argc > 1 && !view_parse(&g->view, gdb_selected(g), argv[1], &why)) {
        fprintf(out, "regime %s: %s\n", argv[1], why);
        return;
    }
    view_describe(&g->view, gdb_selected(g), text, sizeof(text));
    fprintf(out, "memory is seen through %s\n", text);
}

static void xlate(struct gdb *g, FILE *out, int argc, char **argv)
{
    struct view v = g->view;
    const char *why = "xlate [REGIME] ADDRESS is wanted";
    uint64_t va, pa;
    char text[128];
    bool ns;
    if (argc < 2 || argc > 3 || !number(argv[argc - 1], &va) ||
        (argc == 3 && !view_parse(&v, gdb_selected(g), argv[1], &why))) {
        fprintf(out, "xlate: %s\n", why);
        return;
    }
    view_describe(&v, gdb_selected(g), text, sizeof(text));
    if (view_translate(&v, gdb_selected(g), va, &pa, &ns, NULL, &why))
        fprintf(out, "0x%" PRIx64 " (%s) is PA 0x%" PRIx64 "%s\n", va, text, pa, ns ? "" : ", Secure");
    else
        fprintf(out, "0x%" PRIx64 " (%s): %s\n", va, text, why);
}

/* ---- explain ---- */

static bool source_read64(void *opaque, uint64_t pa, uint64_t *value)
{
    return bus_dma_read(opaque, pa, value, sizeof(*value));
}

static void explain_words(struct gdb *g, FILE *out, int argc, char **argv)
{
    const struct cpu *c = gdb_selected(g);
    const struct explain_source source = {.feat = c->feat,
                                          .sr = c->sr,
                                          .el = c->el,
                                          .daif = c->daif,
                                          .sp0 = !c->spsel,
                                          .pan = c->pan,
                                          .read64 = source_read64,
                                          .opaque = c->bus};
    struct explain_io io = {.out = out, .source = &source};
    if (!explain_command(&io, argc, argv))
        fprintf(out, "%s\n", io.error);
}

static void explain(struct gdb *g, FILE *out, int argc, char **argv)
{
    explain_words(g, out, argc - 1, argv + 1);
}

static void walk(struct gdb *g, FILE *out, int argc, char **argv)
{
    char name[] = "translate";
    char *words[WORDS_MAX + 1] = {name};
    for (int n = 1; n < argc; n++)
        words[n] = argv[n];
    explain_words(g, out, argc, words);
}

static void reach_one(const struct cpu *c, FILE *out, enum sysreg reg, bool write)
{
    const struct access_state s = {.feat = c->feat,
                                   .sr = c->sr,
                                   .el = c->el,
                                   .pstate_uao = c->uao,
                                   .pstate_pan = c->pan,
                                   .pstate_sp0 = !c->spsel};
    const struct access_verdict v = sysreg_access(&s, reg, write);
    fprintf(out, "%s %s at EL%u: ", write ? "MSR" : "MRS", sysreg_row(reg)->name, c->el);
    switch (v.outcome) {
    case ACCESS_OK:
        fprintf(out, "%s", sysreg_row(v.reg)->name);
        break;
    case ACCESS_MEMORY:
        fprintf(out, "memory at VNCR_EL2.BADDR + 0x%x", v.offset);
        break;
    case ACCESS_TRAP:
        fprintf(out, "trap to EL%u, EC 0x%02x", v.target_el, v.ec);
        break;
    case ACCESS_UNDEF:
        fprintf(out, "UNDEFINED");
        break;
    }
    fprintf(out, " (%s)\n", v.rule);
}

static void reach(struct gdb *g, FILE *out, int argc, char **argv)
{
    enum sysreg reg = argc == 2 ? sysreg_by_name(argv[1]) : SR_NONE;
    if (reg == SR_NONE) {
        fprintf(out, "reach: the name of a system register is wanted, such as SCTLR_EL1\n");
        return;
    }
    if (sysreg_row(reg)->access & 1)
        reach_one(gdb_selected(g), out, reg, false);
    if (sysreg_row(reg)->access & 2)
        reach_one(gdb_selected(g), out, reg, true);
}

/* ---- breakpoints ---- */

/* The words after the address: pairs of what it is bound to and a value. Returns NULL or what is wrong. */
static const char *bind(const struct gdb *g, struct point *p, int argc, char **argv)
{
    static const char *const regimes[REGIME_COUNT] = {"el1", "el20", "el2", "el3"};
    uint64_t v;
    (void)g;
    for (int n = 0; n < argc; n += 2) {
        const char *value = n + 1 < argc ? argv[n + 1] : "";
        if (strcmp(argv[n], "regime") == 0) {
            for (int r = 0; r < REGIME_COUNT; r++)
                if (strcmp(value, regimes[r]) == 0)
                    p->regime = (int8_t)r;
            if (p->regime < 0)
                return "regime: el1, el2, el20 or el3 is wanted";
        } else if (strcmp(argv[n], "asid") == 0 || strcmp(argv[n], "vmid") == 0) {
            if (!number(value, &v) || v > UINT16_MAX)
                return "asid, vmid: a number up to 65535 is wanted";
            *(argv[n][0] == 'a' ? &p->asid : &p->vmid) = (int32_t)v;
        } else {
            return "regime, asid or vmid is wanted after the address";
        }
    }
    return NULL;
}

/* NAME [pa] ADDRESS [LENGTH] [BOUND VALUE]... */
static void add_point(struct gdb *g, FILE *out, uint8_t kind, int argc, char **argv)
{
    struct point p = {.kind = kind, .regime = -1, .asid = -1, .vmid = -1, .size = 4};
    const char *problem;
    char text[160];
    int n = 1;
    p.physical = argc > n && strcmp(argv[n], "pa") == 0;
    n += p.physical;
    if (argc <= n || !number(argv[n], &p.address)) {
        fprintf(out, "%s: an address is wanted (help %s)\n", argv[0], argv[0]);
        return;
    }
    n++;
    if (kind >= POINT_WRITE && argc > n && number(argv[n], &p.size))
        n++;
    p.number = g->points.next_number;
    problem =
        p.size == 0 || p.size > UINT32_MAX ? "the length is out of range" : bind(g, &p, argc - n, argv + n);
    if (problem == NULL)
        problem = point_add(&g->points, &p);
    if (problem != NULL) {
        fprintf(out, "%s: %s\n", argv[0], problem);
        return;
    }
    g->points.next_number++;
    point_describe(&p, text, sizeof(text));
    fprintf(out, "%s\n", text);
}

static void break_at(struct gdb *g, FILE *out, int argc, char **argv)
{
    add_point(g, out, POINT_HARDWARE, argc, argv);
}

static void watch_at(struct gdb *g, FILE *out, int argc, char **argv)
{
    add_point(g, out,
              argv[0][0] == 'r'   ? POINT_READ
              : argv[0][0] == 'a' ? POINT_ACCESS
                                  : POINT_WRITE,
              argc, argv);
}

static void delete_point(struct gdb *g, FILE *out, int argc, char **argv)
{
    uint64_t n;
    const char *text = argc == 2 ? argv[1] : NULL;
    if (text != NULL && text[0] == 'm')
        text++;
    if (!number(text, &n) || n == 0 || n > UINT32_MAX)
        fprintf(out, "delete: the number of a monitor command's breakpoint is wanted (info points)\n");
    else if (!point_remove_number(&g->points, (unsigned)n))
        fprintf(out, "delete: there is no m%" PRIu64 " (info points)\n", n);
}

/* ---- catching ---- */

static void catch_list(const struct gdb *g, FILE *out)
{
    char text[160];
    for (unsigned n = 0; n < g->catches.n; n++) {
        catch_describe(&g->catches.list[n], text, sizeof(text));
        fprintf(out, "%s\n", text);
    }
    if (g->catches.n == 0)
        fprintf(out, "none\n");
}

static void catch_event(struct gdb *g, FILE *out, int argc, char **argv)
{
    struct catch c;
    char text[160];
    if (argc == 1) {
        catch_list(g, out);
        return;
    }
    const char *problem = catch_parse(&c, argc - 1, argv + 1);
    if (problem == NULL)
        problem = catch_add(&g->catches, g->m, &c);
    if (problem != NULL) {
        fprintf(out, "catch: %s\n", problem);
        return;
    }
    catch_describe(&g->catches.list[g->catches.n - 1], text, sizeof(text));
    fprintf(out, "%s\n", text);
}

static void uncatch(struct gdb *g, FILE *out, int argc, char **argv)
{
    uint64_t n;
    const char *text = argc == 2 ? argv[1] : NULL;
    if (text != NULL && text[0] == 'c')
        text++;
    if (!number(text, &n) || n == 0 || n > UINT32_MAX)
        fprintf(out, "uncatch: the number of a catch is wanted (catch lists them)\n");
    else if (!catch_remove(&g->catches, g->m, (unsigned)n))
        fprintf(out, "uncatch: there is no c%" PRIu64 " (catch lists them)\n", n);
}

/* ---- snapshots ---- */

static void save(struct gdb *g, FILE *out, int argc, char **argv)
{
    struct load_error e;
    if (argc != 2)
        fprintf(out, "save: the name of a file is wanted\n");
    else if (machine_save_to(g->m, argv[1], &e))
        fprintf(out, "saved to %s, before instruction %" PRIu64 "\n", argv[1], machine_insns(g->m));
    else
        fprintf(out, "save %s: %s\n", argv[1], e.text);
}

/* ---- info ---- */

static void info_points(const struct gdb *g, FILE *out)
{
    char text[160];
    for (unsigned n = 0; n < g->points.n; n++) {
        point_describe(&g->points.list[n], text, sizeof(text));
        fprintf(out, "%s%s\n", text, g->points.list[n].number == 0 ? " (GDB's)" : "");
    }
    if (g->points.n == 0)
        fprintf(out, "none\n");
}

static void info_cpus(const struct gdb *g, FILE *out)
{
    static const char *const power[] = {[CPU_OFF] = "off",
                                        [CPU_ON_PENDING] = "on soon",
                                        [CPU_ON] = "on",
                                        [CPU_WFI] = "WFI",
                                        [CPU_WFE] = "WFE"};
    for (unsigned n = 0; n < g->m->n_cpus; n++) {
        const struct cpu *c = g->m->cpus[n];
        fprintf(out,
                "%c CPU %u: %s, EL%u, PC 0x%" PRIx64 ", PSTATE 0x%" PRIx32 ", HCR_EL2 0x%" PRIx64 "%s, "
                "%" PRIu64 " instructions\n",
                n == g->selected ? '*' : ' ', n, power[c->power], c->el, c->pc,
                cpu_pstate(c, cpu_btype(c, c->pc)), c->sr[SR_HCR_EL2], c->e2h_host ? " (host)" : "",
                cpu_insns(c));
    }
}

static void info_time(const struct gdb *g, FILE *out)
{
    const struct machine *m = g->m;
    uint64_t ns = event_now(&m->events);
    fprintf(out, "%" PRIu64 ".%09" PRIu64 " s of simulated time, %" PRIu64 " instructions of all CPUs\n",
            ns / 1000000000, ns % 1000000000, machine_insns(m));
}

static void info_memory(const struct gdb *g, FILE *out)
{
    const struct bus_ram *r;
    for (size_t n = 0; (r = bus_ram_at(g->m->bus, n)) != NULL; n++)
        fprintf(out, "0x%010" PRIx64 " to 0x%010" PRIx64 "  %s%s%s\n", r->base, r->base + r->size - 1,
                r->name, r->read_only ? ", read-only" : "", r->secure_only ? ", Secure" : "");
}

static void info_history(const struct gdb *g, FILE *out)
{
    if (g->travel == NULL)
        fprintf(out, "this machine can't go back\n");
    else
        fprintf(out,
                "at instruction %" PRIu64 " of all CPUs; back to %" PRIu64 ", and ahead to %" PRIu64
                ", it is known what happens\n",
                travel_now(g->travel), travel_first(g->travel), travel_last(g->travel));
}

static void info(struct gdb *g, FILE *out, int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(const struct gdb *g, FILE *out);
    } subjects[] = {{"points", info_points}, {"catches", catch_list},   {"cpus", info_cpus},
                    {"time", info_time},     {"history", info_history}, {"memory", info_memory}};
    for (size_t n = 0; argc == 2 && n < ARRAY_LEN(subjects); n++) {
        if (strcmp(argv[1], subjects[n].name) == 0) {
            subjects[n].run(g, out);
            return;
        }
    }
    fprintf(out, "info: points, catches, cpus, time, history or memory is wanted\n");
}

/* ---- the table ---- */

static void help(struct gdb *g, FILE *out, int argc, char **argv);

static const struct command commands[] = {
    {"help", "[COMMAND]", "this text", help},
    {"regime", "[current|el1|guest|el2|el20|el3|s2|pa|spa]",
     "whose addresses GDB's memory commands use; guest: EL1&0 with stage 2 even while HCR_EL2.VM is 0",
     regime},
    {"xlate", "[REGIME] ADDRESS", "the physical address, by the CPU's own translation", xlate},
    {"walk", "ADDRESS [r|w|x] [--as el0|el1|el2|el3]", "every descriptor of a translation, drawn", walk},
    {"reach", "REGISTER", "what an MRS or MSR of this name would reach now, or where it would trap", reach},
    {"explain", "COMMAND ...", "el2sim explain, for the selected CPU's state (explain --help)", explain},
    {"break", "[pa] ADDRESS [regime el1|el2|el20|el3] [asid N] [vmid N]",
     "a breakpoint at a virtual or physical address, perhaps only in one regime or address space", break_at},
    {"watch", "[pa] ADDRESS [BYTES] [regime R] [asid N] [vmid N]", "stop before a write", watch_at},
    {"rwatch", "...", "stop before a read", watch_at},
    {"awatch", "...", "stop before either", watch_at},
    {"delete", "NUMBER", "takes away one of these (info points)", delete_point},
    {"catch", "[exception [EL] | trap [REASON] | redirect [REGISTER]]",
     "stop after an exception; a trap whose reason has these words; an access to another register than "
     "named; "
     "without arguments: lists them",
     catch_event},
    {"uncatch", "NUMBER", "takes away one of these", uncatch},
    {"tlb", "[all|el1|el20|el2|el3|s2|ADDRESS]",
     "TLB entries: those in use now, all, of a regime, of stage 2, or for an address", monitor_tlb},
    {"save", "FILE", "a snapshot of the machine for --restore", save},
    {"info", "points|catches|cpus|time|history|memory",
     "breakpoints, catches, CPUs, the clock, how far the machine can go back, the physical address map",
     info},
};

static void help(struct gdb *g, FILE *out, int argc, char **argv)
{
    (void)g;
    for (size_t n = 0; n < ARRAY_LEN(commands); n++)
        if (argc < 2 || strcmp(argv[1], commands[n].name) == 0)
            fprintf(out, "%s %s\n    %s\n", commands[n].name, commands[n].arguments, commands[n].help);
}

/* Words of a command, apart by blanks unless in quotes; -1: too many. */
static int split(char *line, char *words[WORDS_MAX])
{
    int n = 0;
    char *to = line;
    for (char quote; *line != 0;) {
        while (*line == ' ' || *line == '\t')
            line++;
        if (*line == 0)
            break;
        if (n == WORDS_MAX)
            return -1;
        words[n++] = to;
        for (quote = 0; *line != 0 && (quote != 0 || (*line != ' ' && *line != '\t')); line++) {
            if (quote != 0 ? *line == quote : *line == '\'' || *line == '"')
                quote = quote != 0 ? 0 : *line;
            else
                *to++ = *line;
        }
        if (*line != 0)
            line++;
        *to++ = 0;
    }
    return n;
}

static void run(struct gdb *g, FILE *out, int argc, char **argv)
{
    for (size_t n = 0; n < ARRAY_LEN(commands); n++) {
        if (strcmp(argv[0], commands[n].name) == 0) {
            commands[n].run(g, out, argc, argv);
            return;
        }
    }
    fprintf(out, "unknown command '%s'; there are", argv[0]);
    for (size_t n = 0; n < ARRAY_LEN(commands); n++)
        fprintf(out, "%s %s", n == 0 ? "" : ",", commands[n].name);
    fprintf(out, " (help says more)\n");
}

void monitor_command(struct gdb *g, const char *command)
{
    char *line = xstrdup(command), *words[WORDS_MAX], *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    int n = split(line, words);
    if (out == NULL)
        user_error("no memory for the answer to a monitor command");
    if (n > 0)
        run(g, out, n, words);
    else
        fprintf(out, n < 0 ? "too many words\n" : "help lists the commands\n");
    fclose(out);
    stub_console(g, text);
    free(text);
    free(line);
}
