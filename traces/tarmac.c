/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Tarmac text. See tarmac.h; el2sim(1) says what each record means. The format has traps, which explain what
 * looks odd below:
 *
 *   - readers know registers by the letters before the first digit or underscore: S2PIR_EL2 is taken for S2,
 * and SP_EL0, SP_EL1 ... are all the one stack pointer. So SP_ELx is the one in use, and a system register
 *     whose name would be mistaken has SYS_ before it;
 *   - DC, IC, AT and TLBI may not be R records, nor TLB an event: they are CACHE and TTW;
 *   - data have their full width, without 0x, and a memory record no more than 8 bytes;
 *   - a CPU's number is dropped: hence a file for each.
 *
 * There is no record for a change of Exception level: readers follow cpsr and the stack pointer, which are
 * told whenever they change by other than plain instructions.
 */
#include "traces/tarmac.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/log.h"

struct file {
    FILE *out;
    char *name;
    uint64_t time, instructions;
    uint64_t sp;   /* as last told */
    uint32_t cpsr; /* the same */
    bool begun;
};

struct tarmac {
    struct sink_config cfg;
    struct file *file; /* per CPU */
};

/* ---- records ---- */

static void begin(struct file *f, const struct trace_cpu *c, const char *event)
{
    uint64_t now = c->insns(c);
    if (now > f->time)
        f->time = now;
    fprintf(f->out, "%" PRIu64 " clk cpu%u %s ", f->time, c->index, event);
}

static void reg_x(struct file *f, const struct trace_cpu *c, unsigned n)
{
    begin(f, c, "R");
    fprintf(f->out, "X%u %016" PRIx64 "\n", n, c->x[n]);
}

static void reg_v(struct file *f, const struct trace_cpu *c, unsigned reg)
{
    uint64_t high, low = trace_read(c, reg, &high);
    begin(f, c, "R");
    fprintf(f->out, "V%u %016" PRIx64 "_%016" PRIx64 "\n", reg - TRACE_V, high, low);
}

/* FPSR, FPCR */
static void reg_fp(struct file *f, const struct trace_cpu *c, unsigned reg)
{
    uint64_t high;
    begin(f, c, "R");
    fprintf(f->out, "%s %08" PRIx32 "\n", trace_reg_name(reg), (uint32_t)trace_read(c, reg, &high));
}

static void reg_cpsr(struct file *f, const struct trace_cpu *c)
{
    f->cpsr = c->pstate(c);
    begin(f, c, "R");
    fprintf(f->out, "cpsr %08" PRIx32 "\n", f->cpsr);
}

/* The stack pointer in use, by the name of PSTATE.{EL, SP}. */
static void reg_sp(struct file *f, const struct trace_cpu *c)
{
    uint32_t pstate = c->pstate(c);
    f->sp = c->x[32];
    begin(f, c, "R");
    fprintf(f->out, "SP_EL%u %016" PRIx64 "\n", pstate & 1 ? pstate >> 2 & 3 : 0, f->sp);
}

static void reg_system(struct file *f, const struct trace_cpu *c, const char *name, uint64_t value)
{
    bool mistaken = strncmp(name, "SP_", 3) == 0 || (name[0] == 'S' && name[1] >= '0' && name[1] <= '9');
    begin(f, c, "R");
    fprintf(f->out, "%s%s %016" PRIx64 "\n", mistaken ? "SYS_" : "", name, value);
}

static void all_registers(struct file *f, const struct trace_cpu *c)
{
    for (unsigned n = 0; n < TRACE_SP; n++)
        reg_x(f, c, n);
    for (unsigned reg = TRACE_V; reg < TRACE_NZCV; reg++)
        reg_v(f, c, reg);
    reg_fp(f, c, TRACE_FPSR);
    reg_fp(f, c, TRACE_FPCR);
    reg_cpsr(f, c);
    reg_sp(f, c);
}

/* c's file. What registers hold comes before the first thing that happens. */
static struct file *file_of(void *opaque, const struct trace_cpu *c)
{
    struct file *f = &((struct tarmac *)opaque)->file[c->index];
    if (!f->begun) {
        f->begun = true;
        all_registers(f, c);
    }
    return f;
}

/* ---- instructions and memory ---- */

static void on_insn(void *opaque, const struct trace_cpu *c, const struct trace_insn *i)
{
    const struct tarmac *s = opaque;
    struct file *f = file_of(opaque, c);
    char text[SINK_TEXT];
    const char *ns = c->where.secure ? "S" : "NS";
    begin(f, c, "IT");
    fprintf(f->out, "(%" PRIu64 ") %016" PRIx64 ":%012" PRIx64 "_%s %08" PRIx32 " O EL%u%c_%s : %s\n",
            f->instructions++, i->va, i->pa, ns, i->raw, c->where.el,
            c->where.el != 0 && c->where.spsel ? 'h' : 't', c->where.secure ? "s" : "n",
            s->cfg.disassemble(s->cfg.opaque, i->raw, i->va, text));
}

/* MSR, MRS, hints and the like: may have changed PSTATE. */
static bool is_system(uint32_t raw)
{
    return raw >> 22 == 0xd5000000U >> 22;
}

static void on_done(void *opaque, const struct trace_cpu *c, const struct trace_insn *i)
{
    struct file *f = file_of(opaque, c);
    uint8_t list[TRACE_MAX_WRITES];
    unsigned n = c->writes(c, list);
    for (unsigned k = 0; k < n; k++) {
        unsigned reg = list[k];
        if (reg < TRACE_SP)
            reg_x(f, c, reg);
        else if (reg == TRACE_SP)
            reg_sp(f, c);
        else if (reg < TRACE_NZCV)
            reg_v(f, c, reg);
        else if (reg == TRACE_NZCV)
            reg_cpsr(f, c);
        else
            reg_fp(f, c, reg);
    }
    if (is_system(i->raw) && c->pstate(c) != f->cpsr)
        reg_cpsr(f, c);
    if (c->x[32] != f->sp)
        reg_sp(f, c);
}

static uint64_t little_endian(const uint8_t *p, unsigned size)
{
    uint64_t v = 0;
    while (size-- > 0)
        v = v << 8 | p[size];
    return v;
}

static void on_memory(void *opaque, const struct trace_cpu *c, const struct trace_memory *e)
{
    if (e->access == TRACE_TAG) /* Tarmac has no record for allocation tags */
        return;
    struct file *f = file_of(opaque, c);
    for (uint32_t at = 0, size; at < e->size; at += size) {
        size = 8;
        while (size > e->size - at)
            size /= 2;
        uint64_t v = little_endian(e->data + at, size);
        const char event[] = {'M', e->write ? 'W' : 'R', (char)('0' + size),
                              e->access == TRACE_EXCLUSIVE ? 'X' : '\0', '\0'};
        begin(f, c, event);
        fprintf(f->out, "%016" PRIx64 ":%012" PRIx64 "_%s ", e->va + at, e->pa + at,
                c->where.secure ? "S" : "NS");
        if (size == 8)
            fprintf(f->out, "%08" PRIx64 "_%08" PRIx64 "\n", v >> 32, v & UINT32_MAX);
        else
            fprintf(f->out, "%0*" PRIx64 "\n", (int)size * 2, v);
    }
}

/* ---- exceptions ---- */

static const char *event_kind(const char *name)
{
    return strstr(name, "IRQ") != NULL      ? "IRQ"
           : strstr(name, "FIQ") != NULL    ? "FIQ"
           : strstr(name, "SError") != NULL ? "SERROR"
                                            : "SYNC";
}

static void reason(struct file *f, const struct trace_cpu *c)
{
    begin(f, c, "INFO_EXCEPTION_REASON");
}

static void syndrome(struct file *f, const struct trace_cpu *c, const char *name, uint64_t value)
{
    begin(f, c, "R");
    fprintf(f->out, "%s_EL%u %016" PRIx64 "\n", name, c->where.el, value);
}

static void on_exception(void *opaque, const struct trace_cpu *c, const struct trace_exception *e)
{
    struct file *f = file_of(opaque, c);
    const char *level = e->from.el < c->where.el ? "LOWER_64" : e->from.spsel ? "CURRENT_SPx" : "CURRENT_SP0";
    begin(f, c, "E");
    fprintf(f->out, "%016" PRIx64 " %08" PRIx32 " CoreEvent_%s_%s\n", e->elr,
            e->has_esr ? (uint32_t)e->esr : (uint32_t)(e->vector & 0x7ff), level, event_kind(e->name));
    reason(f, c);
    fprintf(f->out, "%s from EL%u to EL%u: %s; %s\n", e->name, e->from.el, c->where.el,
            e->cause != NULL ? e->cause : trace_class_name(e->esr >> 26 & 63),
            e->route != NULL ? e->route : "");
    syndrome(f, c, "ELR", e->elr);
    syndrome(f, c, "SPSR", e->spsr);
    if (e->has_esr)
        syndrome(f, c, "ESR", e->esr);
    if (e->has_far)
        syndrome(f, c, "FAR", e->far);
    if (e->has_hpfar)
        syndrome(f, c, "HPFAR", e->hpfar);
    reg_cpsr(f, c);
    reg_sp(f, c);
}

static void on_eret(void *opaque, const struct trace_cpu *c, const struct trace_eret *e)
{
    struct file *f = file_of(opaque, c);
    if (e->illegal != NULL) {
        reason(f, c);
        fprintf(f->out, "illegal exception return: %s\n", e->illegal);
    }
    reg_cpsr(f, c);
    reg_sp(f, c);
}

/* ---- system registers ---- */

/* Fields of PSTATE, and what `done` lists: told with the instruction. */
static bool told_elsewhere(const char *name)
{
    static const char *const names[] = {"NZCV", "DAIF", "DAIFSet", "DAIFClr", "SPSel", "PAN", "UAO",
                                        "DIT",  "SSBS", "TCO",     "ALLINT",  "FPCR",  "FPSR"};
    for (unsigned n = 0; n < ARRAY_LEN(names); n++)
        if (strcmp(name, names[n]) == 0)
            return true;
    return false;
}

static void on_system_insn(struct file *f, const struct trace_cpu *c, const struct trace_sysreg *e)
{
    if (strncmp(e->name, "TLBI", 4) == 0) /* that is a tlbi event */
        return;
    begin(f, c, strncmp(e->name, "AT", 2) == 0 ? "TTW" : "CACHE");
    fprintf(f->out, "%s %016" PRIx64 "\n", e->name, e->value);
}

static void on_sysreg(void *opaque, const struct trace_cpu *c, const struct trace_sysreg *e)
{
    struct file *f = file_of(opaque, c);
    if (e->instruction) {
        on_system_insn(f, c, e);
        return;
    }
    if (e->rule != NULL) {
        reason(f, c);
        fprintf(f->out, "%s of %s reaches %s: %s\n", e->write ? "write" : "read", e->name,
                e->memory ? "memory" : e->reached, e->rule);
    }
    if (e->write && !e->memory && !told_elsewhere(e->reached))
        reg_system(f, c, e->reached, e->value);
}

/* ---- translation ---- */

/* Arm's notation of a regime, with EL2H_n for EL2&0, which it has no name for. */
static void regime(struct file *f, const struct trace_cpu *c, unsigned n, bool vmid, unsigned vmid_value,
                   unsigned asid)
{
    static const char *const names[] = {"EL1", "EL2H", "EL2", "EL3"};
    fprintf(f->out, "%s_%c", n < 4 ? names[n] : "?", c->where.secure ? 's' : 'n');
    if (vmid)
        fprintf(f->out, " vmid=%u", vmid_value);
    if (n < 2)
        fprintf(f->out, ", nG asid=%u", asid);
}

/* Which translation it is for, where that can be told: fetches walk between two instructions. */
static const char *side(const struct file *f, const struct trace_cpu *c)
{
    return f->instructions == 0 ? "TLB" : c->insn.executing ? "DTLB" : "ITLB";
}

static void on_walk(void *opaque, const struct trace_cpu *c, const struct trace_walk *e)
{
    static const char *const steps[] = {"begins", "descriptor", "update", "output", "result"};
    struct file *f = file_of(opaque, c);
    begin(f, c, "TTW");
    fprintf(f->out, "%s S%u %s %016" PRIx64, side(f, c), e->stage, steps[e->step], e->input);
    if (e->step == TRACE_WALK_DESCRIPTOR || e->step == TRACE_WALK_UPDATE)
        fprintf(f->out, " level %d %012" PRIx64 " = %016" PRIx64, e->level, e->pa, e->desc);
    else if (e->step != TRACE_WALK_STAGE)
        fprintf(f->out, " -> %012" PRIx64, e->output);
    fprintf(f->out, "%s%s%s\n", e->fault ? " fault" : "", e->rule != NULL ? ": " : "",
            e->rule != NULL ? e->rule : "");
}

static void on_tlb(void *opaque, const struct trace_cpu *c, const struct trace_tlb *e)
{
    struct file *f = file_of(opaque, c);
    begin(f, c, "TTW");
    fprintf(f->out, "%s %s %016" PRIx64 ":%012" PRIx64 " size %" PRIx64 " ", side(f, c),
            e->evicted ? "EVICT" : "FILL", e->va, e->pa, e->size);
    regime(f, c, e->regime, c->where.stage2 && e->regime == 0, e->vmid, e->asid);
    putc('\n', f->out);
}

static void on_tlbi(void *opaque, const struct trace_cpu *c, const struct trace_tlbi *e)
{
    struct file *f = file_of(opaque, c);
    begin(f, c, "CACHE");
    fprintf(f->out, "%s TLBI %s ", e->received ? "received" : e->share != 0 ? "DVM" : "local", e->name);
    regime(f, c, e->regime, e->regime == 0, e->vmid, e->asid);
    if (e->size != 0)
        fprintf(f->out, " %016" PRIx64 " size %" PRIx64, e->va, e->size);
    if (e->received)
        fprintf(f->out, " matched %u", e->dropped);
    putc('\n', f->out);
}

/* ---- signals ---- */

static void on_interrupt(void *opaque, const struct trace_cpu *c, const struct trace_interrupt *e)
{
    static const char *const what[] = {"WIRE", "LINE", "ACK", "EOI", "DEACTIVATE"};
    struct file *f = file_of(opaque, c);
    begin(f, c, "SIGNAL");
    if (e->what == TRACE_IRQ_LINE)
        fprintf(f->out, "%s=%u\n", e->line, e->level);
    else if (e->what == TRACE_IRQ_WIRE)
        fprintf(f->out, "INTID%" PRIu32 "=%u\n", e->intid, e->level);
    else
        fprintf(f->out, "%s%s INTID%" PRIu32 "\n", e->is_virtual ? "virtual_" : "", what[e->what], e->intid);
}

static void on_timer(void *opaque, const struct trace_cpu *c, const struct trace_timer *e)
{
    struct file *f = file_of(opaque, c);
    begin(f, c, "SIGNAL");
    fprintf(f->out, "%s=%u INTID%" PRIu32 "\n", e->name, e->level, e->intid);
}

static void on_power(void *opaque, const struct trace_cpu *c, const struct trace_power *e)
{
    struct file *f = file_of(opaque, c);
    begin(f, c, "SIGNAL");
    fprintf(f->out, "power %s\n", e->state);
}

static void on_state(void *opaque, const struct trace_cpu *c, const struct trace_state *e)
{
    struct file *f = &((struct tarmac *)opaque)->file[c->index];
    begin(f, c, "SIGNAL");
    fprintf(f->out, "state %s\n", e->reason);
    f->begun = true;
    all_registers(f, c);
}

static void on_note(void *opaque, const struct trace_cpu *c, const struct trace_note *e)
{
    struct file *f = file_of(opaque, c);
    reason(f, c);
    fprintf(f->out, "note: %s\n", e->text);
}

/* ---- files ---- */

static void on_close(void *opaque)
{
    struct tarmac *s = opaque;
    for (unsigned n = 0; n < s->cfg.n_cpus; n++) {
        struct file *f = &s->file[n];
        sink_file_close("tarmac", f->name, f->out);
        free(f->name);
    }
    free(s->file);
    free(s);
}

static void open_file(struct file *f, const struct sink_config *cfg, unsigned cpu)
{
    size_t size = strlen(cfg->file) + sizeof(".cpu4294967295");
    f->name = xcalloc(1, size);
    if (cfg->n_cpus == 1)
        strcpy(f->name, cfg->file);
    else
        snprintf(f->name, size, "%s.cpu%u", cfg->file, cpu);
    f->out = sink_file_open("tarmac", f->name);
}

void tarmac_open(const struct sink_config *cfg, struct tracer *t)
{
    struct tarmac *s = xcalloc(1, sizeof(*s));
    if (cfg->n_cpus > 1 && strcmp(cfg->file, "-") == 0)
        user_error("--trace tarmac: standard output is one file, and each of %u CPUs needs its own",
                   cfg->n_cpus);
    s->cfg = *cfg;
    s->file = xcalloc(cfg->n_cpus, sizeof(s->file[0]));
    for (unsigned n = 0; n < cfg->n_cpus; n++)
        open_file(&s->file[n], cfg, n);
    *t = (struct tracer){.opaque = s,
                         .insn = on_insn,
                         .done = on_done,
                         .memory = on_memory,
                         .exception = on_exception,
                         .eret = on_eret,
                         .sysreg = on_sysreg,
                         .walk = on_walk,
                         .tlb = on_tlb,
                         .tlbi = on_tlbi,
                         .interrupt = on_interrupt,
                         .timer = on_timer,
                         .power = on_power,
                         .state = on_state,
                         .note = on_note,
                         .close = on_close};
}
