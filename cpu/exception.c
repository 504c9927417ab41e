/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Taking exceptions and returning from them: AArch64.TakeException(), AArch64.ExceptionReturn(), interrupts
 * at instruction boundaries. Arm ARM D1.3.1 to D1.3.6, C5.2.19 (SPSR). Where an exception goes is
 * cpu/route.c's matter, its syndrome cpu/syndrome.c's.
 *
 * SCTLR_ELx.IESB (and SCR_EL3.{EA,NMEA} at EL3) add an error synchronization event to exception entry and
 * return: what is unmasked must be taken there. Here an SError is pending from the moment of its cause and
 * taken at the first instruction boundary that permits it, which leaves nothing to synchronize.
 */
#include "cpu/exception.h"

#include "cpu/context.h"
#include "cpu/engine.h"
#include "cpu/brbe.h"
#include "cpu/observe.h"
#include "cpu/pmu.h"

/* The registers of a target Exception level. */
static const struct {
    uint16_t sctlr, vbar, spsr, elr, esr, far;
} regs[4] = {
    [1] = {SR_SCTLR_EL1, SR_VBAR_EL1, SR_SPSR_EL1, SR_ELR_EL1, SR_ESR_EL1, SR_FAR_EL1},
    [2] = {SR_SCTLR_EL2, SR_VBAR_EL2, SR_SPSR_EL2, SR_ELR_EL2, SR_ESR_EL2, SR_FAR_EL2},
    [3] = {SR_SCTLR_EL3, SR_VBAR_EL3, SR_SPSR_EL3, SR_ELR_EL3, SR_ESR_EL3, SR_FAR_EL3},
};

/* Vector offsets of the kinds of exception, for the current EL with SP_EL0. */
static const uint16_t vector[EXC_KINDS] = {
    [EXC_SYNC] = 0x000, [EXC_IRQ] = 0x080,  [EXC_FIQ] = 0x100,     [EXC_SERROR] = 0x180,
    [EXC_VIRQ] = 0x080, [EXC_VFIQ] = 0x100, [EXC_VSERROR] = 0x180,
};

static ALWAYS_INLINE unsigned vector_offset(unsigned kind, unsigned from, unsigned target, bool spsel)
{
    return vector[kind] + (target > from ? 0x400u : spsel ? 0x200u : 0u);
}

unsigned exception_vector(enum exc_kind kind, unsigned from, unsigned target, bool spsel)
{
    return vector_offset(kind, from, target, spsel);
}

static struct route_state route_state(const struct cpu *c)
{
    return (struct route_state){.feat = c->feat, .sr = c->sr, .el = c->el, .daif = c->daif};
}

/* Is an exception from EL1 to EL1 reported as one from EL2? AArch64.TakeException(): a guest hypervisor under
 * HCR_EL2.NV believes that it runs there, unless {NV1,NV2} is {1,0} and the SPSR_EL1 it sees traps. D8.11. */
static ALWAYS_INLINE bool reports_el2(uint64_t hcr, unsigned from, unsigned target)
{
    return UNLIKELY(hcr & HCR_NV) && target == 1 && from == 1 && (hcr & (HCR_NV1 | HCR_NV2)) != HCR_NV1;
}

bool exception_pretends_el2(uint64_t hcr, unsigned from, unsigned target)
{
    return reports_el2(hcr, from, target);
}

/* AArch64.TakeException(): everything but the syndrome registers. Leaves c->pc at the vector. */
static ALWAYS_INLINE void enter(struct cpu *c, unsigned target, uint64_t elr, unsigned kind, unsigned btype)
{
    const unsigned offset = vector_offset(kind, c->el, target, c->spsel);
    bool into_el3 = target == 3 && c->el != 3;
    uint64_t sctlr = c->sr[regs[target].sctlr];
    uint32_t spsr = context_pstate(c, btype);
    if (reports_el2(c->hcr, c->el, target))
        spsr = (spsr & ~(uint32_t)SPSR_EL) | SPSR_EL2;
    c->sr[regs[target].spsr] = spsr;
    c->sr[regs[target].elr] = elr;
    context_set_el(c, target, 1);
    c->daif = 15;
    c->ss = c->il = c->uao = 0;
    c->btype = 0;
    if (has(c->feat, FEAT_SSBS))
        c->ssbs = (sctlr & SCTLR_DSSBS) != 0;
    if (has(c->feat, FEAT_MTE))
        c->tco = 1;
    /* PSTATE.PAN is set on the way to a regime with EL0 below it, unless SCTLR_ELx.SPAN says to keep it */
    if (!(sctlr & SCTLR_SPAN) && has(c->feat, FEAT_PAN) &&
        (target == 1 || (target == 2 && (c->hcr & (HCR_E2H | HCR_TGE)) == (HCR_E2H | HCR_TGE))))
        c->pan = 1;
    c->pc = c->sr[regs[target].vbar] + offset;
    c->cur = NULL;
    context_select(c);
    if (UNLIKELY(into_el3))
        context_tell(c);
    context_attention(c);
}

/* These classes have a second encoding, one higher, for "without a change in Exception level". */
static bool has_same_el_class(unsigned ec)
{
    switch (ec) {
    case EC_INSN_ABORT_LOWER:
    case EC_DATA_ABORT_LOWER:
    case EC_BREAKPOINT_LOWER:
    case EC_STEP_LOWER:
    case EC_WATCHPOINT_LOWER:
        return true;
    default:
        return false;
    }
}

unsigned exception_class(unsigned ec, unsigned from, unsigned target)
{
    return ec + (target == from && has_same_el_class(ec));
}

/* Exceptions for which SPSR.BTYPE is valid; for the others it may be zeroed, and is (TakeException,
 * ZEROBTYPE). */
static bool keeps_btype(unsigned ec)
{
    switch (ec) {
    case EC_ILLEGAL_STATE:
    case EC_INSN_ABORT_LOWER:
    case EC_PC_ALIGN:
    case EC_BREAKPOINT_LOWER:
    case EC_STEP_LOWER:
    case EC_BRK:
    case EC_BTI:
        return true;
    default:
        return false;
    }
}

void exception_take_sync(struct cpu *c, const struct exc *e)
{
    const struct route_state s = route_state(c);
    const struct route r = route_sync(&s, e);
    unsigned target = r.el;
    unsigned ec = e->ec, kind = EXC_SYNC;
    unsigned btype = keeps_btype(ec) ? cpu_btype(c, e->elr) : 0;
    ec = exception_class(ec, c->el, target);
    /* FEAT_DoubleFault: SCR_EL3.EASE sends synchronous External aborts to EL3's SError vector */
    if (target == 3 && e->external && (c->sr[SR_SCR_EL3] & SCR_EASE) && has(c->feat, FEAT_DoubleFault))
        kind = EXC_SERROR;
    c->sr[regs[target].esr] = (uint64_t)e->iss2 << 32 | (uint64_t)ec << 26 | BIT(25) | e->iss;
    if (e->has_far)
        c->sr[regs[target].far] = e->far;
    if (e->has_hpfar && target == 2)
        c->sr[SR_HPFAR_EL2] = e->hpfar;
    unsigned from = c->el;
    if (UNLIKELY(c->tracer != NULL))
        observe_before_exception(c, e);
    enter(c, target, e->elr, kind, btype);
    if (UNLIKELY(c->tracer != NULL))
        observe_exception(c, kind, e, r.rule);
    if (UNLIKELY(c->pmu_counting))
        pmu_exception(c, from, EXC_SYNC, e);
    if (UNLIKELY(c->brbe.on))
        brbe_exception(c, from, e->elr, EXC_SYNC, e);
}

/* ESR of an SError interrupt. A physical one comes without a syndrome (IDS=0, uncategorized); a virtual one
 * brings VSESR_EL2's, and its pending bit goes away. */
static uint64_t take_serror(struct cpu *c, enum exc_kind kind)
{
    uint64_t iss = 0;
    if (kind == EXC_SERROR) {
        c->serror_pending = false;
        if (has(c->feat, FEAT_RAS))
            iss = FSC_TAG_CHECK; /* DFSC 0b010001: asynchronous SError interrupt; AET: uncontainable */
    } else {
        c->sr[SR_HCR_EL2] &= ~HCR_VSE;
        c->hcr &= ~HCR_VSE;
        if (has(c->feat, FEAT_RAS))
            iss = c->sr[SR_VSESR_EL2] & DISR_ISS;
    }
    return (uint64_t)EC_SERROR << 26 | BIT(25) | iss;
}

void exception_take_async(struct cpu *c, enum exc_kind kind, unsigned target_el, const char *rule)
{
    if (kind == EXC_SERROR || kind == EXC_VSERROR)
        c->sr[regs[target_el].esr] = take_serror(c, kind);
    unsigned from = c->el;
    uint64_t pc = c->pc;
    if (UNLIKELY(c->tracer != NULL))
        observe_before_exception(c, NULL);
    enter(c, target_el, pc, kind, cpu_btype(c, pc));
    if (UNLIKELY(c->tracer != NULL))
        observe_exception(c, kind, NULL, rule);
    if (UNLIKELY(c->pmu_counting))
        pmu_exception(c, from, kind, NULL);
    if (UNLIKELY(c->brbe.on))
        brbe_exception(c, from, pc, kind, NULL);
}

/* ---- interrupts ---- */

/* Kinds that are pending, as bits 1 << enum exc_kind, masked or not. */
static unsigned pending_kinds(const struct cpu *c)
{
    unsigned p = 0;
    if (c->lines & LINE_IRQ)
        p |= 1u << EXC_IRQ;
    if (c->lines & LINE_FIQ)
        p |= 1u << EXC_FIQ;
    if (c->serror_pending)
        p |= 1u << EXC_SERROR;
    if ((c->lines & LINE_VIRQ) || (c->hcr & HCR_VI))
        p |= 1u << EXC_VIRQ;
    if ((c->lines & LINE_VFIQ) || (c->hcr & HCR_VF))
        p |= 1u << EXC_VFIQ;
    if (c->hcr & HCR_VSE)
        p |= 1u << EXC_VSERROR;
    return p;
}

/* The pending kind to take now and where, highest priority first (the order is IMPLEMENTATION DEFINED). */
static enum exc_kind deliverable(const struct cpu *c, unsigned *target, const char **rule)
{
    static const uint8_t order[] = {EXC_SERROR, EXC_FIQ, EXC_IRQ, EXC_VSERROR, EXC_VFIQ, EXC_VIRQ};
    unsigned p = pending_kinds(c);
    const struct route_state s = route_state(c);
    for (unsigned n = 0; n < ARRAY_LEN(order); n++) {
        if (!(p >> order[n] & 1))
            continue;
        struct route r = route_async(&s, order[n]);
        if (r.outcome == ROUTE_TAKEN) {
            *target = r.el;
            *rule = r.rule;
            return order[n];
        }
    }
    return EXC_KINDS;
}

void interrupt_update(struct cpu *c)
{
    unsigned target;
    const char *rule;
    if (deliverable(c, &target, &rule) == EXC_KINDS)
        c->attention &= ~(uint32_t)ATT_IRQ;
    else
        c->attention |= ATT_IRQ;
}

bool interrupt_take(struct cpu *c)
{
    unsigned target;
    const char *rule;
    enum exc_kind kind = deliverable(c, &target, &rule);
    if (kind == EXC_KINDS) {
        c->attention &= ~(uint32_t)ATT_IRQ;
        return false;
    }
    exception_take_async(c, kind, target, rule);
    return true;
}

bool interrupt_pending(const struct cpu *c)
{
    unsigned p = pending_kinds(c);
    if (p & (1u << EXC_IRQ | 1u << EXC_FIQ | 1u << EXC_SERROR))
        return true;
    if (c->el > 1 || (c->hcr & HCR_TGE))
        return false;
    return ((p >> EXC_VIRQ & 1) && (c->hcr & HCR_IMO)) || ((p >> EXC_VFIQ & 1) && (c->hcr & HCR_FMO)) ||
           ((p >> EXC_VSERROR & 1) && (c->hcr & HCR_AMO));
}

/* ---- exception return ---- */

const char *exception_return_illegal(const struct route_state *s, uint64_t spsr)
{
    unsigned el = (unsigned)bits(spsr, 3, 2);
    if (spsr & SPSR_M4)
        return "AArch32 is not implemented";
    if ((spsr & 2) || (el == 0 && (spsr & 1)))
        return "SPSR.M is reserved";
    if (el > s->el)
        return "return to a higher Exception level";
    if ((el == 3 && !s->feat->has_el3) || (el == 2 && !el2_enabled(s->feat, s->sr)))
        return "the Exception level does not exist";
    if (el == 1 && el2_enabled(s->feat, s->sr) && (s->sr[SR_HCR_EL2] & HCR_TGE))
        return "return to EL1 with HCR_EL2.TGE=1";
    return NULL;
}

/* SetPSTATEFromPSR(). */
static void set_pstate(struct cpu *c, uint64_t spsr, bool illegal)
{
    unsigned el = illegal ? c->el : (unsigned)bits(spsr, 3, 2);
    bool ss = debug_return_ss(c, spsr, el);
    spsr &= c->spsr_bits;
    context_set_pstate(c, spsr);
    c->ss = ss;
    c->il |= illegal;
    c->stepped = false;
    if (!illegal)
        context_set_el(c, el, spsr & 1);
}

void exception_return(struct cpu *c, uint64_t pc, uint64_t spsr)
{
    uint64_t source = c->cur != NULL ? c->pc_page + c->cur->offset : c->pc;
    const struct route_state s = route_state(c);
    const char *illegal = exception_return_illegal(&s, spsr);
    set_pstate(c, spsr, illegal != NULL);
    c->exclusive_valid = false;
    c->event_register = true;
    context_select(c);
    if (UNLIKELY(s.el == 3 && c->el != 3))
        context_tell(c);
    context_attention(c);
    c->pc = cpu_branch_address(c, pc);
    c->btype_pc = c->pc;
    if (UNLIKELY(c->tracer != NULL))
        observe_return(c, (uint32_t)spsr, illegal);
    if (UNLIKELY(c->pmu_counting))
        pmu_exception_return(c);
    if (UNLIKELY(c->brbe.on))
        brbe_exception_return(c, s.el, source);
}
