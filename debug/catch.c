/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Catching exceptions, traps and redirected accesses. See catch.h.
 */
#include "debug/catch.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "cpu/observe.h"
#include "sim/machine.h"
#include "traces/hub.h"
#include "traces/reason.h"

enum { CLASS_SVC = 0x15, CLASS_HVC = 0x16, CLASS_SMC = 0x17 };

/* ---- words ---- */

/* Does text (or NULL) contain the word, in whatever case? */
static bool contains(const char *text, const char *word)
{
    for (; text != NULL && *text != 0; text++) {
        size_t n = 0;
        while (word[n] != 0 && tolower((unsigned char)text[n]) == tolower((unsigned char)word[n]))
            n++;
        if (word[n] == 0)
            return true;
    }
    return *word == 0;
}

static bool same_name(const char *a, const char *b)
{
    return strlen(a) == strlen(b) && contains(a, b);
}

/* "2", "EL2" */
static bool parse_el(const char *text, int8_t *el)
{
    if ((text[0] == 'e' || text[0] == 'E') && (text[1] == 'l' || text[1] == 'L'))
        text += 2;
    if (text[0] < '1' || text[0] > '3' || text[1] != 0)
        return false;
    *el = (int8_t)(text[0] - '0');
    return true;
}

/* The words of a reason, one blank between them. */
static const char *parse_words(struct catch *c, int argc, char *const *argv)
{
    size_t used = 0;
    for (int n = 0; n < argc; n++) {
        int length = snprintf(c->word + used, sizeof(c->word) - used, "%s%s", n == 0 ? "" : " ", argv[n]);
        used += (size_t)length;
        if (used >= sizeof(c->word))
            return "the text is too long (63 characters)";
    }
    return NULL;
}

static const char *parse_register(struct catch *c, const char *name)
{
    enum sysreg reg = sysreg_by_name(name);
    if (reg == SR_NONE)
        return "redirect: the name of a system register is wanted, such as SCTLR_EL1";
    snprintf(c->word, sizeof(c->word), "%s", sysreg_row(reg)->name);
    return NULL;
}

const char *catch_parse(struct catch *c, int argc, char *const *argv)
{
    *c = (struct catch){.el = -1};
    if (strcmp(argv[0], "exception") == 0) {
        c->kind = CATCH_EXCEPTION;
        return argc == 1 || (argc == 2 && parse_el(argv[1], &c->el)) ? NULL
                                                                     : "exception: EL1, EL2 or EL3 is wanted";
    }
    if (strcmp(argv[0], "trap") == 0) {
        c->kind = CATCH_TRAP;
        return parse_words(c, argc - 1, argv + 1);
    }
    if (strcmp(argv[0], "redirect") == 0) {
        c->kind = CATCH_REDIRECT;
        return argc == 1   ? NULL
               : argc == 2 ? parse_register(c, argv[1])
                           : "redirect: one register is wanted, or none";
    }
    return "exception [EL], trap [REASON] or redirect [REGISTER] is wanted";
}

void catch_describe(const struct catch *c, char *text, size_t size)
{
    if (c->kind == CATCH_EXCEPTION && c->el >= 0)
        snprintf(text, size, "c%u: exceptions to EL%d", c->number, c->el);
    else if (c->kind == CATCH_EXCEPTION)
        snprintf(text, size, "c%u: exceptions", c->number);
    else if (c->kind == CATCH_TRAP)
        snprintf(text, size, "c%u: traps%s%s", c->number, c->word[0] != 0 ? " whose reason has " : "",
                 c->word);
    else
        snprintf(text, size, "c%u: redirected accesses%s%s", c->number, c->word[0] != 0 ? " of " : "",
                 c->word);
}

/* ---- listening ---- */

/* Did an instruction meet it that didn't ask for it? */
static bool is_trap(const struct trace_exception *e, unsigned el)
{
    unsigned class = reason_class(e);
    return strcmp(e->name, "synchronous") == 0 && el > e->from.el && class != CLASS_SVC &&
           class != CLASS_HVC && (class != CLASS_SMC || el != 3);
}

static bool catches_exception(const struct catch *c, const struct trace_cpu *cpu,
                              const struct trace_exception *e)
{
    switch (c->kind) {
    case CATCH_EXCEPTION:
        return c->el < 0 || c->el == cpu->where.el;
    case CATCH_TRAP:
        return is_trap(e, cpu->where.el) && (contains(e->cause, c->word) || contains(e->route, c->word) ||
                                             contains(trace_class_name(reason_class(e)), c->word));
    default:
        return false;
    }
}

static bool catches_access(const struct catch *c, const struct trace_sysreg *e)
{
    return c->kind == CATCH_REDIRECT &&
           (c->word[0] == 0 || same_name(e->name, c->word) || same_name(e->reached, c->word));
}

static PRINTF_LIKE(2, 3) void add_note(struct catches *s, const char *fmt, ...)
{
    size_t used = strlen(s->note);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(s->note + used, sizeof(s->note) - used, fmt, ap);
    va_end(ap);
}

static void begin_note(struct catches *s, const struct catch *c, const struct trace_cpu *cpu)
{
    s->caught = true;
    s->cpu = cpu->index;
    s->insns = cpu->insns(cpu);
    s->note[0] = 0;
    add_note(s, "caught c%u: ", c->number);
}

static void note_exception(struct catches *s, const struct trace_cpu *cpu, const struct trace_exception *e)
{
    char from[REASON_TEXT];
    const char *class = e->has_esr ? trace_class_name(reason_class(e)) : e->name;
    add_note(s, "%s", class);
    if (e->cause != NULL && !same_name(class, e->cause))
        add_note(s, " (%s)", e->cause);
    add_note(s, ", from %s to EL%u", where_text(&e->from, from), cpu->where.el);
    if (e->route != NULL)
        add_note(s, " (%s)", e->route);
    add_note(s, ", vector 0x%" PRIx64 ", ELR 0x%" PRIx64, e->vector, e->elr);
    if (e->has_esr)
        add_note(s, ", ESR 0x%" PRIx64, e->esr);
    if (e->has_far)
        add_note(s, ", FAR 0x%" PRIx64, e->far);
    if (e->has_hpfar)
        add_note(s, ", HPFAR 0x%" PRIx64, e->hpfar);
}

static void on_exception(void *opaque, const struct trace_cpu *cpu, const struct trace_exception *e)
{
    struct catches *s = opaque;
    for (unsigned n = 0; n < s->n; n++) {
        if (catches_exception(&s->list[n], cpu, e)) {
            begin_note(s, &s->list[n], cpu);
            note_exception(s, cpu, e);
            return;
        }
    }
}

static void on_sysreg(void *opaque, const struct trace_cpu *cpu, const struct trace_sysreg *e)
{
    struct catches *s = opaque;
    if (e->instruction || (!e->memory && strcmp(e->name, e->reached) == 0))
        return;
    for (unsigned n = 0; n < s->n; n++) {
        if (!catches_access(&s->list[n], e))
            continue;
        begin_note(s, &s->list[n], cpu);
        add_note(s, "%s %s at EL%u", e->write ? "MSR" : "MRS", e->name, cpu->where.el);
        if (e->memory)
            add_note(s, " reached memory at 0x%" PRIx64, e->address);
        else
            add_note(s, " reached %s", e->reached);
        if (e->rule != NULL)
            add_note(s, " (%s)", e->rule);
        add_note(s, ", value 0x%" PRIx64, e->value);
        return;
    }
}

static void tell(struct machine *m, const struct tracer *t)
{
    for (unsigned n = 0; n < m->n_cpus; n++)
        cpu_set_tracer(m->cpus[n], t, NULL);
}

/* Begins to listen beside --trace's sinks with the first, ends with the last. */
static void listen(struct catches *s, struct machine *m)
{
    if (s->n != 0 && s->hub == NULL) {
        const struct tracer us = {.opaque = s, .exception = on_exception, .sysreg = on_sysreg};
        s->others = m->cpus[0]->tracer;
        s->hub = hub_create();
        if (s->others != NULL) {
            struct tracer they = *s->others;
            they.close = NULL; /* theirs to do */
            hub_add(s->hub, &they, NULL);
        }
        hub_add(s->hub, &us, NULL);
        tell(m, hub_tracer(s->hub));
    } else if (s->n == 0 && s->hub != NULL) {
        tell(m, s->others);
        hub_destroy(s->hub);
        s->hub = NULL;
    }
}

/* ---- the list ---- */

const char *catch_add(struct catches *s, struct machine *m, const struct catch *c)
{
    if (s->n == CATCHES_MAX)
        return "too many (64)";
    s->list[s->n] = *c;
    s->list[s->n++].number = ++s->next_number;
    listen(s, m);
    return NULL;
}

bool catch_remove(struct catches *s, struct machine *m, unsigned number)
{
    unsigned kept = 0, before = s->n;
    for (unsigned n = 0; n < s->n; n++)
        if (number != 0 && s->list[n].number != number)
            s->list[kept++] = s->list[n];
    s->n = kept;
    s->caught = false;
    listen(s, m);
    return kept != before;
}

bool catch_take(struct catches *s, const struct cpu *c)
{
    if (!s->caught || s->cpu != c->index)
        return false;
    s->caught = false;
    return cpu_insns(c) - s->insns <= 1; /* else it is of another time: the machine went back since */
}
