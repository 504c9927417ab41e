/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The report for people; as JSON: report_json.c. See report.h.
 */
#include "diff/report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "diff/report_json.h"
#include "diff/verdict.h"
#include "explain/disasm.h"

const char *report_pstate(uint32_t pstate, char text[REPORT_PSTATE])
{
    static const struct {
        uint8_t bit;
        const char *name;
    } flags[] = {{25, "TCO"}, {24, "DIT"},    {23, "UAO"},  {22, "PAN"},    {21, "SS"},
                 {20, "IL"},  {13, "ALLINT"}, {12, "SSBS"}, {11, "BTYPE1"}, {10, "BTYPE0"}};
    int n = snprintf(text, REPORT_PSTATE, "%c%c%c%c %s%s%s%s EL%u%c", bit(pstate, 31) ? 'N' : '-',
                     bit(pstate, 30) ? 'Z' : '-', bit(pstate, 29) ? 'C' : '-', bit(pstate, 28) ? 'V' : '-',
                     bit(pstate, 9) ? "D" : "-", bit(pstate, 8) ? "A" : "-", bit(pstate, 7) ? "I" : "-",
                     bit(pstate, 6) ? "F" : "-", pstate >> 2 & 3, bit(pstate, 0) ? 'h' : 't');
    for (size_t k = 0; k < ARRAY_LEN(flags); k++)
        if (bit(pstate, flags[k].bit))
            n += snprintf(text + n, REPORT_PSTATE - (size_t)n, " %s", flags[k].name);
    return text;
}

/* ---- what differs ---- */

static void row(FILE *out, const char *name, uint64_t ours, uint64_t qemu)
{
    fprintf(out, "  %-10s 0x%016" PRIx64 "   0x%016" PRIx64 "\n", name, ours, qemu);
}

static void print_pstate(FILE *out, const struct lockstep *l)
{
    char ours[REPORT_PSTATE], qemu[REPORT_PSTATE];
    fprintf(out, "  PSTATE     0x%08x           0x%08x\n", l->ours.pstate, l->qemu.pstate);
    fprintf(out, "             el2sim: %s\n             QEMU:   %s\n", report_pstate(l->ours.pstate, ours),
            report_pstate(l->qemu.pstate, qemu));
}

static void print_vectors(FILE *out, const struct lockstep *l)
{
    for (unsigned n = 0; n < 32; n++)
        if (l->difference.v >> n & 1)
            fprintf(out,
                    "  V%-9u 0x%016" PRIx64 "_%016" PRIx64 "\n      QEMU   0x%016" PRIx64 "_%016" PRIx64 "\n",
                    n, l->ours.v[n][1], l->ours.v[n][0], l->qemu.v[n][1], l->qemu.v[n][0]);
    if (l->difference.fpcr)
        row(out, "FPCR", l->ours.fpcr, l->qemu.fpcr);
    if (l->difference.fpsr)
        row(out, "FPSR", l->ours.fpsr, l->qemu.fpsr);
}

static void print_difference(FILE *out, const struct lockstep *l)
{
    const struct lockstep_difference *d = &l->difference;
    char name[8];
    if (l->outcome != LOCKSTEP_STATE)
        return;
    fprintf(out, "\n%s\n             %-18s   %s\n",
            l->index == 0 ? "Before the first instruction:"
            : l->excepted ? "After the exception:"
                          : "After the instruction:",
            "el2sim", "QEMU");
    if (d->pc)
        row(out, "PC", l->ours.pc, l->qemu.pc);
    if (d->el)
        row(out, "EL", l->ours.el, l->qemu.el);
    if (d->pstate)
        print_pstate(out, l);
    for (unsigned n = 0; n < 31; n++) {
        if (!(d->x >> n & 1))
            continue;
        snprintf(name, sizeof(name), "X%u", n);
        row(out, name, l->ours.x[n], l->qemu.x[n]);
    }
    if (d->sp)
        row(out, "SP", l->ours.sp, l->qemu.sp);
    print_vectors(out, l);
}

static void print_examination(FILE *out, const struct examination *e)
{
    if (!e->done) {
        if (e->why_not != NULL)
            fprintf(out, "\nSystem registers and memory were not compared: %s\n", e->why_not);
        return;
    }
    fprintf(out, "\nSystem registers: %u compared, %u differ\n", e->n_compared, e->n_registers);
    for (unsigned n = 0; n < e->n_registers; n++)
        fprintf(out, "  %-18s 0x%016" PRIx64 "   QEMU 0x%016" PRIx64 "\n", e->reg[n].name, e->reg[n].ours,
                e->reg[n].qemu);
    fprintf(out, "Memory: %" PRIu64 " bytes differ\n", e->differing_bytes);
    for (unsigned n = 0; n < e->n_words; n++)
        fprintf(out, "  0x%010" PRIx64 "       0x%016" PRIx64 "   QEMU 0x%016" PRIx64 "\n", e->word[n].pa,
                e->word[n].ours, e->word[n].qemu);
}

/* ---- where ---- */

static void print_insn(FILE *out, struct disassembler *d, const struct lockstep_insn *i)
{
    char text[DISASM_SIZE];
    fprintf(out, "%9" PRIu64 "  EL%u 0x%016" PRIx64 "  ", i->index, i->el, i->pc);
    if (i->raw != 0)
        fprintf(out, "%08x  %s", i->raw, disassemble(d, i->raw, i->pc, text));
    else
        fputs("          (no instruction was fetched)", out);
    if (i->ours != i->qemu)
        fprintf(out, "  -> 0x%" PRIx64 ", QEMU 0x%" PRIx64, i->ours, i->qemu);
    fputc('\n', out);
}

static void print_place(FILE *out, struct disassembler *d, const struct lockstep *l)
{
    char text[DISASM_SIZE];
    if (l->index == 0) {
        fprintf(out, "DIFFERENT: %s\n", l->reason);
        return;
    }
    const struct lockstep_insn *i = &l->last[(l->index - 1) % LOCKSTEP_LAST];
    fprintf(out, "DIFFERENT at instruction %" PRIu64 ", PC 0x%" PRIx64 ", EL%u: %s\n%s\n", i->index, i->pc,
            i->el, i->raw != 0 ? disassemble(d, i->raw, i->pc, text) : "no instruction could be fetched",
            l->reason);
    fputs("\nThe last instructions (counted from 0):\n", out);
    for (uint64_t n = l->index > LOCKSTEP_LAST ? l->index - LOCKSTEP_LAST : 0; n < l->index; n++)
        print_insn(out, d, &l->last[n % LOCKSTEP_LAST]);
    if (l->excepted)
        fprintf(out,
                "           QEMU then took an exception: %s, EL%u to EL%u, ESR 0x%" PRIx64 ", ELR 0x%" PRIx64
                "\n",
                l->exception.name, l->exception.from_el, l->exception.to_el, l->exception.esr,
                l->exception.elr);
}

static void print_verdict(FILE *out, const struct lockstep *l)
{
    char command[VERDICT_SIZE];
    char *text = verdict_text(l, false);
    if (text != NULL && verdict_command(l, command))
        fprintf(out, "\nWhat the architecture says (explain %s, in this state):\n\n%s", command, text);
    free(text);
}

/* ---- sums ---- */

static void print_fed(FILE *out, const struct permitted *p)
{
    bool any = false;
    for (size_t n = 0; n < p->n; n++) {
        const struct permit *r = &p->row[n];
        if (r->fed == 0)
            continue;
        if (!any)
            fputs("\nFed from QEMU, as permitted:\n", out);
        any = true;
        fprintf(out, "  %-16s %10" PRIu64 "  %s%s%s%s\n", r->id, r->fed, permit_class_name(r->class),
                r->names[0] != 0 ? " (" : "", r->names, r->names[0] != 0 ? ")" : "");
    }
}

static void print_speed(FILE *out, const char *what, const struct search_speed *v)
{
    if (v->insns != 0)
        fprintf(out, "  %-16s %10" PRIu64 " instructions, %" PRIu64 " per second\n", what, v->insns,
                v->ns > 1000 ? v->insns * 1000000 / (v->ns / 1000) : 0);
}

static void print_text(struct search *s, FILE *out)
{
    const struct lockstep *l = &s->l;
    if (l->outcome == LOCKSTEP_ALIKE) {
        fprintf(out, "ALIKE: %" PRIu64 " instructions, %" PRIu64 " exceptions, %" PRIu64 " interrupts%s\n",
                l->index, l->exceptions, l->interrupts, l->m->stopping ? ", to the end of both" : "");
    } else {
        struct disassembler *d = disassembler_new();
        print_place(out, d, l);
        disassembler_free(d);
        print_difference(out, l);
        print_examination(out, &s->examination);
        print_verdict(out, l);
    }
    print_fed(out, s->cfg->permitted);
    fprintf(out, "\nCompared with QEMU %s, in %u pass%s:\n", s->version, s->passes,
            s->passes == 1 ? "" : "es");
    print_speed(out, "states", &s->states);
    print_speed(out, "PCs only", &s->pcs);
}

void report_print(struct search *s, FILE *out, bool json)
{
    if (json)
        report_json(s, out);
    else
        print_text(s, out);
}
