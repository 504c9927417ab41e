/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a tracer is told of a PE, in the form of traces/trace.h. See observe.h. Nothing here changes what the
 * guest can see, and verdicts that events name come from the functions that execution asked.
 */
#include "cpu/observe.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cpu/codepage.h"
#include "cpu/effects.h"
#include "cpu/exception.h"
#include "cpu/sem.h"
#include "cpu/system.h"

#define TELL(c, event, e)                                                                                    \
    do {                                                                                                     \
        if ((c)->tracer->event != NULL)                                                                      \
            (c)->tracer->event((c)->tracer->opaque, &(c)->trace, (e));                                       \
    } while (0)

/* ---- the view of a PE ---- */

static struct cpu *cpu_of(const struct trace_cpu *v)
{
    return CONTAINER_OF((struct trace_cpu *)(uintptr_t)v, struct cpu, trace);
}

static uint64_t view_insns(const struct trace_cpu *v)
{
    return cpu_insns(cpu_of(v));
}

static uint64_t view_ns(const struct trace_cpu *v)
{
    return cpu_now(cpu_of(v));
}

static uint32_t view_pstate(const struct trace_cpu *v)
{
    const struct cpu *c = cpu_of(v);
    return cpu_pstate(c, cpu_btype(c, c->pc));
}

static unsigned view_writes(const struct trace_cpu *v, uint8_t *list)
{
    const struct cpu *c = cpu_of(v);
    unsigned n = effects_list(c->effects, c->feat, c->trace_insn, v->insn.exception, list);
    if (c->fpsr != c->trace_fpsr)
        list[n++] = TRACE_FPSR;
    return n;
}

static void where(const struct cpu *c, struct trace_where *w)
{
    const struct tctx *t = &c->bank->tctx;
    memset(w, 0, sizeof(*w));
    w->el = c->el;
    w->regime = t->regime;
    w->spsel = c->spsel;
    w->secure = t->secure;
    w->stage2 = t->stage2;
    w->e2h = (c->hcr & HCR_E2H) != 0;
    w->tge = (c->hcr & HCR_TGE) != 0;
    w->asid = t->asid;
    w->vmid = t->vmid;
}

/* It was `from` until now. */
static void tell_moved(struct cpu *c, const struct trace_where *from)
{
    const struct trace_context e = {.from = *from};
    if (memcmp(from, &c->trace.where, sizeof(*from)) != 0)
        TELL(c, context, &e);
}

void observe_context(struct cpu *c)
{
    const struct trace_where from = c->trace.where;
    where(c, &c->trace.where);
    c->trace_key = c->fetch_key;
    tell_moved(c, &from);
}

/* The instruction that the next event is about, in engines that don't say at each: c->cur. */
static void locate(struct cpu *c)
{
    if (c->trace.insn.executing)
        return;
    const struct insn *i = c->cur;
    c->trace.insn = (struct trace_insn){.va = i != NULL ? c->pc_page + i->offset : c->pc};
    if (i != NULL) {
        c->trace.insn.raw = i->raw;
        c->trace.insn.pa = code_page_of(i)->pa + i->offset;
    }
}

/* ---- memory ---- */

void observe_memory(struct cpu *c, uint64_t va, uint64_t pa, const void *data, unsigned size, bool write,
                    unsigned flags)
{
    const struct trace_memory e = {.va = va,
                                   .pa = pa,
                                   .data = data,
                                   .size = size,
                                   .access = flags & MEM_VNCR   ? TRACE_NV2
                                             : flags & MEM_RMW  ? TRACE_ATOMIC
                                             : flags & MEM_EXCL ? TRACE_EXCLUSIVE
                                                                : TRACE_PLAIN,
                                   .write = write};
    TELL(c, memory, &e);
}

void observe_window(struct cpu *c, uint64_t va, const uint8_t *host, unsigned n, bool write)
{
    uint64_t pa = 0;
    const struct bus_ram *r;
    for (size_t k = 0; (r = bus_ram_at(c->bus, k)) != NULL; k++) {
        if (host >= r->host && host < r->host + r->size)
            pa = r->base + (uint64_t)(host - r->host);
    }
    observe_memory(c, va, pa, host, n, write, 0);
}

void observe_tags(struct cpu *c, uint64_t va, uint64_t pa, const uint8_t *tags, unsigned n, bool write)
{
    const struct trace_memory e = {
        .va = va, .pa = pa, .data = tags, .size = n, .access = TRACE_TAG, .write = write};
    TELL(c, memory, &e);
}

/* ---- exceptions ---- */

static const char *const kinds[EXC_KINDS] = {
    [EXC_SYNC] = "synchronous", [EXC_IRQ] = "IRQ",   [EXC_FIQ] = "FIQ",         [EXC_SERROR] = "SError",
    [EXC_VIRQ] = "vIRQ",        [EXC_VFIQ] = "vFIQ", [EXC_VSERROR] = "vSError",
};

/* Taken instead of an instruction, not by one. */
static bool is_boundary(const struct exc *e)
{
    switch (e->ec) {
    case EC_ILLEGAL_STATE:
    case EC_INSN_ABORT_LOWER:
    case EC_PC_ALIGN:
    case EC_BREAKPOINT_LOWER:
    case EC_STEP_LOWER:
    case EC_BTI:
        return true;
    default:
        return false;
    }
}

void observe_before_exception(struct cpu *c, const struct exc *e)
{
    if (c->trace.insn.executing) {
        c->trace.insn.exception = true;
        return;
    }
    locate(c);
    if (e == NULL || is_boundary(e))
        c->trace.insn = (struct trace_insn){.va = e == NULL ? c->pc : e->elr};
}

void observe_exception(struct cpu *c, unsigned kind, const struct exc *x, const char *route)
{
    static const uint16_t spsr[] = {0, SR_SPSR_EL1, SR_SPSR_EL2, SR_SPSR_EL3};
    static const uint16_t elr[] = {0, SR_ELR_EL1, SR_ELR_EL2, SR_ELR_EL3};
    static const uint16_t esr[] = {0, SR_ESR_EL1, SR_ESR_EL2, SR_ESR_EL3};
    struct trace_exception e = {.name = kinds[kind],
                                .from = c->trace.where,
                                .vector = c->pc,
                                .elr = c->sr[elr[c->el]],
                                .spsr = (uint32_t)c->sr[spsr[c->el]],
                                .has_esr = x != NULL || kind == EXC_SERROR || kind == EXC_VSERROR,
                                .cause = x != NULL ? x->cause : kinds[kind],
                                .route = route};
    if (e.has_esr)
        e.esr = c->sr[esr[c->el]];
    if (x != NULL && x->has_far) {
        e.has_far = true;
        e.far = x->far;
    }
    if (x != NULL && x->has_hpfar && c->el == 2) {
        e.has_hpfar = true;
        e.hpfar = x->hpfar;
    }
    where(c, &c->trace.where);
    c->trace_key = c->fetch_key;
    TELL(c, exception, &e);
    tell_moved(c, &e.from);
}

void observe_return(struct cpu *c, uint32_t spsr, const char *illegal)
{
    const struct trace_eret e = {.from = c->trace.where, .target = c->pc, .spsr = spsr, .illegal = illegal};
    locate(c);
    where(c, &c->trace.where);
    c->trace_key = c->fetch_key;
    TELL(c, eret, &e);
    tell_moved(c, &e.from);
}

/* ---- system registers ---- */

void observe_sysreg(struct cpu *c, const struct insn *i, bool write)
{
    const struct access_state s = {
        .feat = c->feat, .sr = c->sr, .el = c->el, .pstate_uao = c->uao, .pstate_pan = c->pan};
    locate(c);
    if (i->imm == SR_NONE || c->tracer->sysreg == NULL)
        return;
    struct access_verdict v = sysreg_access(&s, (enum sysreg)i->imm, write);
    struct trace_sysreg e = {
        .name = sysreg_row((enum sysreg)i->imm)->name, .value = c->x[write ? i->rn : i->rd], .write = write};
    e.reached = e.name;
    if (v.outcome == ACCESS_MEMORY) {
        e.memory = true;
        e.address = system_vncr_address(c->sr[SR_VNCR_EL2], v.offset);
        e.rule = v.rule;
    } else if (v.reg != SR_NONE) {
        e.reached = sysreg_row(v.reg)->name;
        e.rule = v.reg != i->imm ? v.rule : NULL;
    }
    TELL(c, sysreg, &e);
}

void observe_msr_imm(struct cpu *c, const struct insn *i)
{
    static const char *const names[32] = {
        [003] = "UAO", [004] = "PAN", [005] = "SPSel", [010] = "ALLINT", [031] = "SSBS"};
    static const char *const more[] = {
        [032 - 032] = "DIT", [034 - 032] = "TCO", [036 - 032] = "DAIFSet", [037 - 032] = "DAIFClr"};
    const char *name = i->aux < 032 ? names[i->aux] : i->aux <= 037 ? more[i->aux - 032] : NULL;
    struct trace_sysreg e = {.name = name, .reached = name, .value = i->imm, .write = true};
    locate(c);
    if (name != NULL)
        TELL(c, sysreg, &e);
    observe_context(c);
}

void observe_sys(struct cpu *c, enum sysreg reg, uint64_t value)
{
    const char *name = sysreg_row(reg)->name;
    const struct trace_sysreg e = {
        .name = name, .reached = name, .value = value, .write = true, .instruction = true};
    locate(c);
    TELL(c, sysreg, &e);
}

/* ---- translation ---- */

static void entered(void *opaque, const struct tlb_entered *x)
{
    struct cpu *c = opaque;
    const struct trace_tlb e = {.stage2_only = x->stage2_only,
                                .global = x->global,
                                .regime = x->regime,
                                .asid = x->asid,
                                .vmid = x->vmid,
                                .va = x->va,
                                .pa = x->out,
                                .size = x->size};
    locate(c);
    TELL(c, tlb, &e);
}

static void walk_step(void *opaque, const struct walk_step *s)
{
    struct cpu *c = opaque;
    const struct trace_walk e = {.step = s->event,
                                 .stage = s->stage,
                                 .level = s->level,
                                 .for_table = s->for_table,
                                 .cached = s->cached,
                                 .input = s->input,
                                 .output = s->output,
                                 .pa = s->pa,
                                 .desc = s->desc,
                                 .size = s->size,
                                 .attr = s->attr,
                                 .prot = s->prot,
                                 .fault = s->fault != FAULT_NONE,
                                 .rule = s->rule};
    locate(c);
    TELL(c, walk, &e);
}

static bool by_address(const struct tlbi *op)
{
    return op->kind == TLBI_VA || op->kind == TLBI_VAA || op->kind == TLBI_IPAS2;
}

static struct trace_tlbi tlbi_event(const struct tlbi *op)
{
    return (struct trace_tlbi){.name = op->name,
                               .regime = op->regime,
                               .share = op->share,
                               .secure = op->secure,
                               .last_level = op->last_level,
                               .range = op->range,
                               .asid = op->asid,
                               .vmid = op->vmid,
                               .va = op->va,
                               .size = by_address(op) ? op->size : 0};
}

void observe_tlbi(struct cpu *c, const struct tlbi *op, uint64_t operand)
{
    struct trace_tlbi e = tlbi_event(op);
    e.operand = operand;
    locate(c);
    TELL(c, tlbi, &e);
}

void observe_received(struct cpu *c, const struct tlbi *op, unsigned dropped)
{
    struct trace_tlbi e = tlbi_event(op);
    e.received = true;
    e.dropped = dropped;
    TELL(c, tlbi, &e);
}

void observe_evicted(struct cpu *c, const struct tlbi *op)
{
    const struct trace_tlb e = {.evicted = true,
                                .stage2_only = op->kind == TLBI_IPAS2,
                                .regime = op->regime,
                                .asid = op->asid,
                                .vmid = op->vmid,
                                .va = op->va,
                                .size = by_address(op) ? op->size : 0};
    TELL(c, tlb, &e);
}

/* ---- the rest ---- */

void observe_barrier(struct cpu *c, const struct insn *i, const char *name)
{
    const struct trace_barrier e = {.name = name, .option = (uint8_t)bits(i->raw, 11, 8)};
    locate(c);
    TELL(c, barrier, &e);
}

void observe_interrupt(struct cpu *c, const struct trace_interrupt *e)
{
    locate(c);
    TELL(c, interrupt, e);
}

void observe_timer(struct cpu *c, const char *name, uint32_t intid, bool level)
{
    const struct trace_timer e = {.name = name, .intid = intid, .level = level};
    locate(c);
    TELL(c, timer, &e);
}

void observe_power(struct cpu *c, const char *state)
{
    const struct trace_power e = {.state = state};
    locate(c);
    TELL(c, power, &e);
}

void observe_state(struct cpu *c, const char *reason)
{
    const struct trace_state e = {.reason = reason};
    where(c, &c->trace.where);
    c->trace_key = c->fetch_key;
    TELL(c, state, &e);
}

void observe_note(struct cpu *c, const char *text)
{
    const struct trace_note e = {.text = text};
    locate(c);
    TELL(c, note, &e);
}

/* ---- who listens ---- */

static void make_view(struct cpu *c)
{
    c->trace = (struct trace_cpu){.index = c->index,
                                  .x = c->x,
                                  .v = c->v[0].d,
                                  .flags = &c->nf,
                                  .fpcr = &c->fpcr,
                                  .fpsr = &c->fpsr,
                                  .insns = view_insns,
                                  .ns = view_ns,
                                  .pstate = view_pstate,
                                  .writes = view_writes};
}
_Static_assert(offsetof(struct cpu, vf) == offsetof(struct cpu, nf) + 3 * sizeof(uint64_t),
               "trace_cpu.flags: N, Z, C, V");

void cpu_set_tracer(struct cpu *c, const struct tracer *t, const char *reason)
{
    c->tracer = t;
    c->tells_memory = t != NULL && t->memory != NULL;
    c->port.step = t != NULL && t->walk != NULL ? walk_step : NULL;
    tlb_on_enter(c->tlb, t != NULL && t->tlb != NULL ? entered : NULL, c);
    memset(c->access, 0, sizeof(c->access)); /* an access whose verdict is remembered may not be heard of */
    if (c->effects == NULL && t != NULL) {
        c->effects = xmalloc(sizeof(*c->effects));
        effects_init(c->effects);
    }
    make_view(c);
    where(c, &c->trace.where);
    c->trace_key = c->fetch_key;
    if (t != NULL && reason != NULL)
        observe_state(c, reason);
}
