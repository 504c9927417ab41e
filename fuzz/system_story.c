/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A program and its results in words. See system_story.h.
 */
#include "fuzz/system_story.h"

#include <inttypes.h>

#include "base/bits.h"
#include "explain/disasm.h"
#include "fuzz/system_compare.h"

struct story {
    FILE *out;
    const char *prefix;
    struct disassembler *d;
    const struct system_case *c;
    const char *version;
};

bool system_insn_at(const struct program *p, uint64_t va, uint32_t *insn)
{
    unsigned n;
    if (!program_find(p, va, &n))
        return false;
    *insn = p->code[n].raw;
    return true;
}

static void tell_event(const struct story *s, const char *who, unsigned n, const struct program_event *e)
{
    static const char *const kinds[] = {"", " IRQ", " FIQ", " SError"};
    char text[DISASM_SIZE] = "";
    uint32_t insn;
    if (system_insn_at(s->c->program, e->elr, &insn))
        disassemble(s->d, insn, e->elr, text);
    fprintf(s->out, "%s%3u %-7s EL%u+0x%03x%s ESR %08" PRIx64 " (EC 0x%02x) ELR %" PRIx64 " SPSR %" PRIx64,
            s->prefix, n + 1, who, e->el, e->vector * 0x80u, kinds[e->vector & 3], e->esr,
            (unsigned)(e->esr >> 26 & 63), e->elr, e->spsr);
    if (e->far != 0)
        fprintf(s->out, " FAR %" PRIx64, e->far);
    if (e->hpfar != 0)
        fprintf(s->out, " HPFAR %" PRIx64, e->hpfar);
    fprintf(s->out, "%s%s\n", text[0] != 0 ? "  " : "", text);
}

static void tell_events(const struct story *s)
{
    const struct program_result *a = &s->c->ours, *b = &s->c->theirs;
    for (unsigned n = 0; n < PROGRAM_EVENTS; n++) {
        const struct program_event *x = n < a->n_events ? &a->events[n] : NULL;
        const struct program_event *y = n < b->n_events ? &b->events[n] : NULL;
        bool same = x != NULL && y != NULL && x->el == y->el && x->vector == y->vector && x->esr == y->esr &&
                    x->far == y->far && x->elr == y->elr && x->spsr == y->spsr && x->hpfar == y->hpfar;
        if (x != NULL)
            tell_event(s, same && s->version[0] != 0 ? "both" : "el2sim", n, x);
        if (y != NULL && !same)
            tell_event(s, "QEMU", n, y);
        if (x == NULL || y == NULL || x->el != y->el || x->vector != y->vector || x->elr != y->elr)
            break; /* both went different ways */
    }
}

static void tell_code(const struct story *s)
{
    const struct program *p = s->c->program;
    for (unsigned n = 0; n < p->n_code; n++) {
        char text[DISASM_SIZE];
        if (p->code[n].raw == PROGRAM_NOP)
            continue;
        uint64_t at = p->pc - p->code[0].at + p->code[n].at;
        fprintf(s->out, "%s%" PRIx64 ": %08x  %s\n", s->prefix, at, p->code[n].raw,
                disassemble(s->d, p->code[n].raw, at, text));
    }
}

static void tell_memory(const struct story *s)
{
    const struct program *p = s->c->program;
    for (unsigned n = 0; n < 31; n++)
        if (p->x[n] != 0)
            fprintf(s->out, "%sX%u = 0x%" PRIx64 "\n", s->prefix, n, p->x[n]);
    for (unsigned n = 0; n < p->n_words; n++)
        fprintf(s->out, "%s[0x%" PRIx64 "] = 0x%" PRIx64 "\n", s->prefix, p->words[n].at, p->words[n].value);
}

static void tell_start(const struct story *s)
{
    const struct program *p = s->c->program;
    fprintf(s->out, "%sseed %" PRIu64 ", starts at %" PRIx64 " with PSTATE %" PRIx64 " (EL%u)\n", s->prefix,
            p->seed, p->pc, p->spsr, (unsigned)bits(p->spsr, 3, 2));
    for (unsigned n = 0; n < p->n_settings; n++) {
        unsigned e = p->settings[n].encoding;
        enum sysreg reg = sysreg_find(e >> 14, e >> 11 & 7, e >> 7 & 15, e >> 3 & 15, e & 7);
        fprintf(s->out, "%s%s = 0x%" PRIx64 "\n", s->prefix, reg != SR_NONE ? sysreg_row(reg)->name : "?",
                p->settings[n].value);
    }
}

void system_story(FILE *out, const char *prefix, const struct system_case *c,
                  const struct system_registers *regs, const char *version)
{
    struct story s = {.out = out, .prefix = prefix, .c = c, .version = version, .d = disassembler_new()};
    struct system_difference d[SYSTEM_DIFFERENCES];
    unsigned n = system_compare(c->program, regs, &c->ours, &c->theirs, d);
    char name[64];
    tell_start(&s);
    if (c->failure[0] != 0)
        fprintf(out, "%s%s\n", prefix, c->failure);
    for (unsigned i = 0; i < n && i < 12; i++)
        fprintf(out, "%s%s: 0x%" PRIx64 ", QEMU %s: 0x%" PRIx64 "\n", prefix,
                system_difference_name(&d[i], name), d[i].ours, version, d[i].theirs);
    tell_events(&s);
    tell_memory(&s);
    tell_code(&s);
    disassembler_free(s.d);
}
