/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The report as JSON: numbers that are counts as numbers, registers and addresses as strings "0x...".
 */
#include "diff/report_json.h"

#include <inttypes.h>
#include <stdlib.h>

#include "diff/report.h"
#include "diff/verdict.h"
#include "explain/disasm.h"

static const char *outcome_name(enum lockstep_outcome o)
{
    static const char *const names[] = {[LOCKSTEP_ALIKE] = "alike",
                                        [LOCKSTEP_STATE] = "state",
                                        [LOCKSTEP_SYNDROME] = "syndrome",
                                        [LOCKSTEP_INTERRUPT_QEMU] = "interrupt-qemu",
                                        [LOCKSTEP_INTERRUPT_OURS] = "interrupt-el2sim",
                                        [LOCKSTEP_ENDED_QEMU] = "ended-qemu",
                                        [LOCKSTEP_ENDED_OURS] = "ended-el2sim",
                                        [LOCKSTEP_FAILED] = "failed"};
    return names[o];
}

static void string(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text != 0; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < 32 || c > 126)
            fprintf(out, "\\u%04x", c);
        else
            fputc(c, out);
    }
    fputc('"', out);
}

/* One register on both sides; *first: no comma before it. */
static void both(FILE *out, bool *first, const char *name, uint64_t ours, uint64_t qemu)
{
    fprintf(out, "%s\n    {\"name\": \"%s\", \"el2sim\": \"0x%" PRIx64 "\", \"qemu\": \"0x%" PRIx64 "\"}",
            *first ? "" : ",", name, ours, qemu);
    *first = false;
}

static void vectors(FILE *out, const struct lockstep *l, bool *first)
{
    for (unsigned n = 0; n < 32; n++) {
        if (!(l->difference.v >> n & 1))
            continue;
        fprintf(out,
                "%s\n    {\"name\": \"V%u\", \"el2sim\": \"0x%016" PRIx64 "%016" PRIx64
                "\", \"qemu\": \"0x%016" PRIx64 "%016" PRIx64 "\"}",
                *first ? "" : ",", n, l->ours.v[n][1], l->ours.v[n][0], l->qemu.v[n][1], l->qemu.v[n][0]);
        *first = false;
    }
    if (l->difference.fpcr)
        both(out, first, "FPCR", l->ours.fpcr, l->qemu.fpcr);
    if (l->difference.fpsr)
        both(out, first, "FPSR", l->ours.fpsr, l->qemu.fpsr);
}

static void registers(FILE *out, const struct lockstep *l)
{
    const struct lockstep_difference *d = &l->difference;
    bool first = true;
    char name[8];
    if (d->pc)
        both(out, &first, "PC", l->ours.pc, l->qemu.pc);
    if (d->el)
        both(out, &first, "EL", l->ours.el, l->qemu.el);
    if (d->pstate)
        both(out, &first, "PSTATE", l->ours.pstate, l->qemu.pstate);
    for (unsigned n = 0; n < 31; n++) {
        snprintf(name, sizeof(name), "X%u", n);
        if (d->x >> n & 1)
            both(out, &first, name, l->ours.x[n], l->qemu.x[n]);
    }
    if (d->sp)
        both(out, &first, "SP", l->ours.sp, l->qemu.sp);
    vectors(out, l, &first);
}

static void examined(FILE *out, const struct examination *e)
{
    bool first = true;
    fputs(",\n  \"system_registers\": [", out);
    for (unsigned n = 0; n < e->n_registers; n++)
        both(out, &first, e->reg[n].name, e->reg[n].ours, e->reg[n].qemu);
    fputs("],\n  \"memory\": [", out);
    for (unsigned n = 0; n < e->n_words; n++)
        fprintf(out,
                "%s\n    {\"pa\": \"0x%" PRIx64 "\", \"el2sim\": \"0x%016" PRIx64
                "\", \"qemu\": \"0x%016" PRIx64 "\"}",
                n == 0 ? "" : ",", e->word[n].pa, e->word[n].ours, e->word[n].qemu);
    fprintf(out, "],\n  \"memory_bytes_differing\": %" PRIu64, e->differing_bytes);
}

static void insn(FILE *out, struct disassembler *d, const struct lockstep_insn *i)
{
    char text[DISASM_SIZE];
    fprintf(out,
            "{\"index\": %" PRIu64 ", \"pc\": \"0x%" PRIx64
            "\", \"el\": %u, \"encoding\": \"0x%08x\", \"text\": ",
            i->index, i->pc, i->el, i->raw);
    string(out, i->raw != 0 ? disassemble(d, i->raw, i->pc, text) : "");
    fprintf(out, ", \"pc_after_el2sim\": \"0x%" PRIx64 "\", \"pc_after_qemu\": \"0x%" PRIx64 "\"}", i->ours,
            i->qemu);
}

static void place(FILE *out, const struct lockstep *l)
{
    struct disassembler *d = disassembler_new();
    if (l->index != 0) {
        fputs(",\n  \"instruction\": ", out);
        insn(out, d, &l->last[(l->index - 1) % LOCKSTEP_LAST]);
    }
    fputs(",\n  \"last\": [", out);
    for (uint64_t n = l->index > LOCKSTEP_LAST ? l->index - LOCKSTEP_LAST : 0; n < l->index; n++) {
        fputs("\n    ", out);
        insn(out, d, &l->last[n % LOCKSTEP_LAST]);
        fputs(n + 1 < l->index ? "," : "", out);
    }
    fputc(']', out);
    disassembler_free(d);
}

static void fed(FILE *out, const struct permitted *p)
{
    bool first = true;
    fputs(",\n  \"fed\": [", out);
    for (size_t n = 0; n < p->n; n++) {
        const struct permit *r = &p->row[n];
        if (r->fed == 0)
            continue;
        fprintf(out, "%s\n    {\"id\": \"%s\", \"class\": \"%s\", \"count\": %" PRIu64 ", \"names\": ",
                first ? "" : ",", r->id, permit_class_name(r->class), r->fed);
        string(out, r->names);
        fputs(", \"rule\": ", out);
        string(out, r->rule);
        fputc('}', out);
        first = false;
    }
    fputc(']', out);
}

static void speed(FILE *out, const char *name, const struct search_speed *v)
{
    fprintf(out, ",\n  \"%s\": {\"instructions\": %" PRIu64 ", \"per_second\": %" PRIu64 "}", name, v->insns,
            v->ns > 1000 ? v->insns * 1000000 / (v->ns / 1000) : 0);
}

static void divergence(FILE *out, struct search *s)
{
    const struct lockstep *l = &s->l;
    char command[VERDICT_SIZE];
    place(out, l);
    fputs(",\n  \"registers\": [", out);
    if (l->outcome == LOCKSTEP_STATE)
        registers(out, l);
    fputc(']', out);
    if (s->examination.done)
        examined(out, &s->examination);
    char *text = verdict_text(l, true);
    if (text != NULL && verdict_command(l, command))
        fprintf(out, ",\n  \"explain_command\": \"%s\",\n  \"explain\": %s", command, text);
    free(text);
}

void report_json(struct search *s, FILE *out)
{
    const struct lockstep *l = &s->l;
    fprintf(out, "{\n  \"command\": \"diff\",\n  \"outcome\": \"%s\",\n  \"alike\": %s,\n  \"qemu\": ",
            outcome_name(l->outcome), l->outcome == LOCKSTEP_ALIKE ? "true" : "false");
    string(out, s->version);
    fputs(",\n  \"reason\": ", out);
    string(out, l->reason);
    fprintf(out,
            ",\n  \"instructions\": %" PRIu64 ",\n  \"exceptions\": %" PRIu64 ",\n  \"interrupts\": %" PRIu64,
            l->index, l->exceptions, l->interrupts);
    if (l->outcome != LOCKSTEP_ALIKE)
        divergence(out, s);
    fed(out, s->cfg->permitted);
    fprintf(out, ",\n  \"passes\": %u", s->passes);
    speed(out, "states", &s->states);
    speed(out, "pcs", &s->pcs);
    fputs("\n}\n", out);
}
