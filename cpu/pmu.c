/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The Performance Monitors. Arm ARM D13 (PMUv3), D14 (events), D19.5 (registers); pseudocode
 * CountPMUEvents(), GetPMUCounterRange(), IncrementEventCounter(), CheckForPMUOverflow(). Relies on the
 * register table for who may access what, and on cpu_insns() for time.
 *
 * All models are AArch64 only, hence PMCR_EL0.LC is RES1 and D RES0. No events are exported: PMCR_EL0.X is
 * RAZ/WI. Sampling, thresholds, FEAT_PMUv3p9's registers and the events of caches and the bus are not there.
 */
#include "cpu/pmu.h"

#include <stdlib.h>

#include "base/bits.h"
#include "base/log.h"
#include "cpu/amu.h"
#include "cpu/branch.h"
#include "cpu/brbe.h"
#include "cpu/cpu.h"
#include "sysregs/fields.h"

#define CYCLES_BIT BIT(PMU_CYCLE_COUNTER)

/* ---- events ---- */

/* Where the counts of an event come from. */
enum source {
    FROM_NOWHERE, /* not implemented */
    FROM_CYCLES,
    FROM_RETIRED,
    FROM_NOTHING, /* implemented, and never happens here */
    FROM_SOFTWARE,
    FROM_CHAIN,
    FROM_EXCEPTIONS,
    FROM_RETURNS,
    FROM_BRANCHES, /* and from other instructions that must be looked at */
    FROM_TLB,
};

enum pmu_event {
    EV_SW_INCR = 0x00,
    EV_L1I_TLB_REFILL = 0x02,
    EV_L1D_TLB_REFILL = 0x05,
    EV_INST_RETIRED = 0x08,
    EV_EXC_TAKEN = 0x09,
    EV_EXC_RETURN = 0x0a,
    EV_CID_WRITE_RETIRED = 0x0b,
    EV_PC_WRITE_RETIRED = 0x0c,
    EV_BR_IMMED_RETIRED = 0x0d,
    EV_BR_RETURN_RETIRED = 0x0e,
    EV_BR_MIS_PRED = 0x10,
    EV_CPU_CYCLES = 0x11,
    EV_BR_PRED = 0x12,
    EV_TTBR_WRITE_RETIRED = 0x1c,
    EV_CHAIN = 0x1e,
    EV_BR_RETIRED = 0x21,
    EV_BR_MIS_PRED_RETIRED = 0x22,
    EV_STALL_FRONTEND = 0x23,
    EV_STALL_BACKEND = 0x24,
    EV_DTLB_WALK = 0x34,
    EV_ITLB_WALK = 0x35,
    EV_STALL = 0x3c,
    EV_EXC_UNDEF = 0x81,
    EV_EXC_SVC = 0x82,
    EV_EXC_PABORT = 0x83,
    EV_EXC_DABORT = 0x84,
    EV_EXC_IRQ = 0x86,
    EV_EXC_FIQ = 0x87,
    EV_EXC_SMC = 0x88,
    EV_EXC_HVC = 0x8a,
    EV_EXC_TRAP_PABORT = 0x8b,
    EV_EXC_TRAP_DABORT = 0x8c,
    EV_EXC_TRAP_OTHER = 0x8d,
    EV_EXC_TRAP_IRQ = 0x8e,
    EV_EXC_TRAP_FIQ = 0x8f,
    EV_COUNT
};

/* The model executes in order, one instruction a cycle, and mispredicts nothing. */
static const struct {
    uint8_t source;
    uint16_t feature; /* needed, or FEAT_ALWAYS */
} events[EV_COUNT] = {
    [EV_SW_INCR] = {FROM_SOFTWARE, FEAT_ALWAYS},
    [EV_L1I_TLB_REFILL] = {FROM_TLB, FEAT_ALWAYS},
    [EV_L1D_TLB_REFILL] = {FROM_TLB, FEAT_ALWAYS},
    [EV_INST_RETIRED] = {FROM_RETIRED, FEAT_ALWAYS},
    [EV_EXC_TAKEN] = {FROM_EXCEPTIONS, FEAT_ALWAYS},
    [EV_EXC_RETURN] = {FROM_RETURNS, FEAT_ALWAYS},
    [EV_CID_WRITE_RETIRED] = {FROM_BRANCHES, FEAT_ALWAYS},
    [EV_PC_WRITE_RETIRED] = {FROM_BRANCHES, FEAT_ALWAYS},
    [EV_BR_IMMED_RETIRED] = {FROM_BRANCHES, FEAT_ALWAYS},
    [EV_BR_RETURN_RETIRED] = {FROM_BRANCHES, FEAT_ALWAYS},
    [EV_BR_MIS_PRED] = {FROM_NOTHING, FEAT_ALWAYS},
    [EV_CPU_CYCLES] = {FROM_CYCLES, FEAT_ALWAYS},
    [EV_BR_PRED] = {FROM_BRANCHES, FEAT_ALWAYS},
    [EV_TTBR_WRITE_RETIRED] = {FROM_BRANCHES, FEAT_ALWAYS},
    [EV_CHAIN] = {FROM_CHAIN, FEAT_ALWAYS},
    [EV_BR_RETIRED] = {FROM_BRANCHES, FEAT_ALWAYS},
    [EV_BR_MIS_PRED_RETIRED] = {FROM_NOTHING, FEAT_ALWAYS},
    [EV_STALL_FRONTEND] = {FROM_NOTHING, FEAT_PMUv3p1},
    [EV_STALL_BACKEND] = {FROM_NOTHING, FEAT_PMUv3p1},
    [EV_DTLB_WALK] = {FROM_TLB, FEAT_ALWAYS},
    [EV_ITLB_WALK] = {FROM_TLB, FEAT_ALWAYS},
    [EV_STALL] = {FROM_NOTHING, FEAT_PMUv3p4},
    [EV_EXC_UNDEF] = {FROM_EXCEPTIONS, FEAT_ALWAYS},
    [EV_EXC_SVC] = {FROM_EXCEPTIONS, FEAT_ALWAYS},
    [EV_EXC_PABORT] = {FROM_EXCEPTIONS, FEAT_ALWAYS},
    [EV_EXC_DABORT] = {FROM_EXCEPTIONS, FEAT_ALWAYS},
    [EV_EXC_IRQ] = {FROM_EXCEPTIONS, FEAT_ALWAYS},
    [EV_EXC_FIQ] = {FROM_EXCEPTIONS, FEAT_ALWAYS},
    [EV_EXC_SMC] = {FROM_EXCEPTIONS, FEAT_ALWAYS},
    [EV_EXC_HVC] = {FROM_EXCEPTIONS, FEAT_ALWAYS},
    [EV_EXC_TRAP_PABORT] = {FROM_EXCEPTIONS, FEAT_ALWAYS},
    [EV_EXC_TRAP_DABORT] = {FROM_EXCEPTIONS, FEAT_ALWAYS},
    [EV_EXC_TRAP_OTHER] = {FROM_EXCEPTIONS, FEAT_ALWAYS},
    [EV_EXC_TRAP_IRQ] = {FROM_EXCEPTIONS, FEAT_ALWAYS},
    [EV_EXC_TRAP_FIQ] = {FROM_EXCEPTIONS, FEAT_ALWAYS},
};

struct pmu {
    struct pmu_config cfg;
    struct event overflow;
    uint64_t insns;        /* the counters in sr[] are right up to here, by cpu_insns() */
    uint64_t aborted;      /* instructions attempted that did not complete ... */
    uint64_t seen_aborted; /* ... as of `insns` */
    struct tlb_counts tlb; /* as of `insns` */
    uint32_t counting;     /* bit n: event counter n counts at present; bit 31: the cycle counter */
    uint16_t event[32];    /* of the counters that count */
    bool level;            /* of the interrupt, as last driven */
    bool parked;           /* no overflow event is set although a counter counts: the PE sleeps */
    bool overflowed;       /* an overflow flag was set since settle() */
};

static enum source source_of(const struct features *f, unsigned event)
{
    if (event >= EV_COUNT || (events[event].feature != FEAT_ALWAYS && !has(f, events[event].feature)))
        return FROM_NOWHERE;
    return events[event].source;
}

/* PMCEID0_EL0, PMCEID1_EL0: common events 0 to 0x1f, 0x20 to 0x3f. */
static uint64_t pmceid(const struct features *f, unsigned first)
{
    uint64_t v = 0;
    for (unsigned n = 0; n < 32; n++)
        if (source_of(f, first + n) != FROM_NOWHERE)
            v |= BIT(n);
    return v;
}

/* ---- verdicts ---- */

/* EffectiveHPMN(): the first event counter that is reserved for EL2. A value beyond the counters that exist
 * reserves none; 0 reserves all, as with FEAT_HPMN0. */
static unsigned effective_hpmn(const struct pmu_state *s)
{
    unsigned hpmn = (unsigned)bits(s->sr[SR_MDCR_EL2], 4, 0);
    return !s->feat->has_el2 || hpmn > s->feat->counters ? s->feat->counters : hpmn;
}

/* GetPMUCounterRange(): is counter n in the second range, reserved for EL2? */
static bool reserved_for_el2(const struct pmu_state *s, unsigned n)
{
    return n != PMU_CYCLE_COUNTER && n >= effective_hpmn(s);
}

/* Is counting of events by a counter of this range prohibited here? NULL: no. */
static const char *prohibited(const struct pmu_state *s, bool reserved)
{
    const uint64_t mdcr3 = s->feat->has_el3 ? s->sr[SR_MDCR_EL3] : 0;
    bool p7 = has(s->feat, FEAT_PMUv3p7), mpmx = p7 && (mdcr3 & MDCR3_MPMX);
    if (s->el == 3 || is_secure_below_el3(s->feat, s->sr)) {
        if (!(mdcr3 & MDCR3_SPME) && !mpmx)
            return "MDCR_EL3.SPME=0";
        if (s->el == 3 && mpmx && (!(mdcr3 & MDCR3_SPME) || !reserved))
            return "MDCR_EL3.MPMX=1";
    }
    if (s->el == 2 && !reserved && has(s->feat, FEAT_PMUv3p1) && (s->sr[SR_MDCR_EL2] & MDCR_HPMD))
        return "MDCR_EL2.HPMD=1";
    return NULL;
}

/* Are the event counters of this range frozen? ShouldPMUFreeze() */
static bool frozen(const struct pmu_state *s, bool reserved)
{
    if (!has(s->feat, FEAT_PMUv3p7))
        return false;
    bool fz = reserved ? (s->sr[SR_MDCR_EL2] & MDCR_HPMFZO) != 0 : (s->sr[SR_PMCR_EL0] & PMCR_FZO) != 0;
    uint64_t first = BIT(effective_hpmn(s)) - 1, all = BIT(s->feat->counters) - 1;
    return fz && (s->sr[SR_PMOVSSET_EL0] & (reserved ? all & ~first : first)) != 0;
}

/* Is the cycle counter disabled here, beside the rules that PMCR_EL0.DP extends to it? NULL: no. */
static const char *cycles_prohibited(const struct pmu_state *s)
{
    const uint64_t mdcr3 = s->feat->has_el3 ? s->sr[SR_MDCR_EL3] : 0;
    if (has(s->feat, FEAT_PMUv3p5)) {
        if ((s->el == 3 || is_secure_below_el3(s->feat, s->sr)) && (mdcr3 & MDCR3_SCCD))
            return "MDCR_EL3.SCCD=1";
        if (s->el == 2 && (s->sr[SR_MDCR_EL2] & MDCR_HCCD))
            return "MDCR_EL2.HCCD=1";
    }
    if (has(s->feat, FEAT_PMUv3p7) && s->el == 3 && (mdcr3 & MDCR3_MCCD))
        return "MDCR_EL3.MCCD=1";
    return NULL;
}

/* Do the filter bits of PMEVTYPER<n>_EL0 or PMCCFILTR_EL0 exclude this Exception level and Security state? */
static bool filtered(const struct pmu_state *s, uint64_t filter)
{
    bool p = filter & PMFILTER_P, u = filter & PMFILTER_U, nsh = filter & PMFILTER_NSH;
    bool secure = is_secure_below_el3(s->feat, s->sr);
    switch (s->el) {
    case 0:
        return secure ? u : u != ((filter & PMFILTER_NSU) != 0);
    case 1:
        return secure ? p : p != ((filter & PMFILTER_NSK) != 0);
    case 2:
        return secure ? nsh == ((filter & PMFILTER_SH) != 0) : !nsh;
    default:
        return p != ((filter & PMFILTER_M) != 0);
    }
}

static struct pmu_verdict no(const char *rule)
{
    return (struct pmu_verdict){.rule = rule};
}

struct pmu_verdict pmu_counts(const struct pmu_state *s, unsigned n)
{
    bool cycles = n == PMU_CYCLE_COUNTER, reserved = reserved_for_el2(s, n);
    if (!(reserved ? s->sr[SR_MDCR_EL2] & MDCR_HPME : s->sr[SR_PMCR_EL0] & PMCR_E))
        return no(reserved ? "MDCR_EL2.HPME=0" : "PMCR_EL0.E=0");
    if (!(s->sr[SR_PMCNTENSET_EL0] >> n & 1))
        return no("PMCNTENSET_EL0");
    const char *rule = prohibited(s, reserved);
    if (rule == NULL && frozen(s, reserved))
        rule = reserved ? "MDCR_EL2.HPMFZO=1" : "PMCR_EL0.FZO=1";
    if (cycles && (rule == NULL || !(s->sr[SR_PMCR_EL0] & PMCR_DP)))
        rule = cycles_prohibited(s);
    if (rule != NULL)
        return no(rule);
    if (filtered(s, s->sr[cycles ? SR_PMCCFILTR_EL0 : SR_PMEVTYPER0_EL0 + n]))
        return no("filtered");
    return (struct pmu_verdict){.counts = true, .rule = "counts"};
}

bool pmu_overflow_interrupt(const struct pmu_state *s)
{
    uint64_t asserted = s->sr[SR_PMOVSSET_EL0] & s->sr[SR_PMINTENSET_EL1];
    uint64_t second = (BIT(s->feat->counters) - 1) & ~(BIT(effective_hpmn(s)) - 1);
    if (!(s->sr[SR_PMCR_EL0] & PMCR_E))
        asserted &= second;
    if (!(s->sr[SR_MDCR_EL2] & MDCR_HPME))
        asserted &= ~second;
    return asserted != 0;
}

/* ---- counting ---- */

static struct pmu_state state_of(const struct pmu *p)
{
    const struct cpu *c = p->cfg.cpu;
    return (struct pmu_state){.feat = c->feat, .sr = c->sr, .el = c->el};
}

static uint64_t *counter(const struct pmu *p, unsigned n)
{
    return &p->cfg.cpu->sr[n == PMU_CYCLE_COUNTER ? SR_PMCCNTR_EL0 : SR_PMEVCNTR0_EL0 + n];
}

/* Does counter n overflow at 64 bits? */
static bool is_long(const struct pmu *p, unsigned n)
{
    const struct pmu_state s = state_of(p);
    if (n == PMU_CYCLE_COUNTER)
        return true;
    if (!has(s.feat, FEAT_PMUv3p5))
        return false;
    return reserved_for_el2(&s, n) ? s.sr[SR_MDCR_EL2] & MDCR_HLP : s.sr[SR_PMCR_EL0] & PMCR_LP;
}

/* IncrementEventCounter() for `amount` events at once; returns how often counter n overflowed. */
static uint64_t increment(struct pmu *p, unsigned n, uint64_t amount)
{
    struct cpu *c = p->cfg.cpu;
    uint64_t *value = counter(p, n), old = *value, overflows;
    bool wide = is_long(p, n);
    *value = old + amount;
    if (wide) {
        overflows = *value < old;
    } else {
        overflows = ((old & UINT32_MAX) + amount) >> 32;
        if (!has(c->feat, FEAT_PMUv3p5))
            *value &= UINT32_MAX;
    }
    if (overflows != 0) {
        c->sr[SR_PMOVSSET_EL0] |= BIT(n);
        p->overflowed = true;
    }
    return wide ? 0 : overflows;
}

/* `amount` events for counter n; its overflows are events for an odd neighbour that is chained to it. */
static void count(struct pmu *p, unsigned n, uint64_t amount)
{
    if (amount == 0)
        return;
    uint64_t overflows = increment(p, n, amount);
    if (overflows != 0 && !(n & 1) && (p->counting >> (n + 1) & 1) && p->event[n + 1] == EV_CHAIN)
        increment(p, n + 1, overflows);
}

/* One of `event` happened under the controls as of settle(). */
static void happened(struct pmu *p, unsigned event)
{
    for (unsigned n = 0; n < p->cfg.cpu->feat->counters; n++)
        if ((p->counting >> n & 1) && p->event[n] == event)
            count(p, n, 1);
}

/* What happened to counters of `event` between p->insns and now. */
static uint64_t passed(const struct pmu *p, unsigned event, uint64_t insns, const struct tlb_counts *tlb)
{
    switch (event) {
    case EV_CPU_CYCLES:
        return insns;
    case EV_INST_RETIRED:
        return insns - (p->aborted - p->seen_aborted);
    case EV_L1I_TLB_REFILL:
        return tlb->refills[1] - p->tlb.refills[1];
    case EV_L1D_TLB_REFILL:
        return tlb->refills[0] - p->tlb.refills[0];
    case EV_ITLB_WALK:
        return tlb->walks[1] - p->tlb.walks[1];
    case EV_DTLB_WALK:
        return tlb->walks[0] - p->tlb.walks[0];
    default:
        return 0;
    }
}

/* Brings the counters up to now, under the controls as of settle(). */
static void sync(struct pmu *p)
{
    const struct cpu *c = p->cfg.cpu;
    const struct tlb_counts *tlb = tlb_counts(c->tlb);
    uint64_t now = cpu_insns(c), insns = now - p->insns;
    for (unsigned n = 0; n < c->feat->counters; n++)
        if (p->counting >> n & 1)
            count(p, n, passed(p, p->event[n], insns, tlb));
    if (p->counting & CYCLES_BIT)
        count(p, PMU_CYCLE_COUNTER, insns);
    p->insns = now;
    p->seen_aborted = p->aborted;
    p->tlb = *tlb;
}

/* Cycles to the next overflow of a counter of instructions or cycles, or UINT64_MAX. */
static uint64_t to_overflow(const struct pmu *p)
{
    const struct cpu *c = p->cfg.cpu;
    uint64_t nearest = UINT64_MAX;
    for (unsigned n = 0; n < 32; n++) {
        if (!(p->counting >> n & 1))
            continue;
        enum source from = n == PMU_CYCLE_COUNTER ? FROM_CYCLES : source_of(c->feat, p->event[n]);
        if (from != FROM_CYCLES && from != FROM_RETIRED)
            continue;
        uint64_t value = *counter(p, n);
        uint64_t left = is_long(p, n) ? 0 - value : (UINT64_C(1) << 32) - (value & UINT32_MAX);
        if (left != 0 && left < nearest)
            nearest = left;
    }
    return nearest;
}

/* Sets the event for the next overflow. One that is set for an earlier time stays: it will look again. */
static void wait_for_overflow(struct pmu *p)
{
    const struct cpu *c = p->cfg.cpu;
    uint64_t left = to_overflow(p), now = cpu_now(c);
    p->parked = false;
    if (left > (EVENT_NEVER - 1 - now) >> c->ns_shift)
        return;
    uint64_t when = now + (left << c->ns_shift);
    if (p->overflow.heap_index < 0 || p->overflow.when > when)
        event_schedule(p->cfg.events, &p->overflow, when);
}

/* Which counters count from now on, and whether instructions must be looked at. */
static void choose(struct pmu *p)
{
    struct cpu *c = p->cfg.cpu;
    const struct pmu_state s = state_of(p);
    uint64_t enabled = s.sr[SR_PMCNTENSET_EL0];
    bool on = (s.sr[SR_PMCR_EL0] & PMCR_E) || (s.sr[SR_MDCR_EL2] & MDCR_HPME), look = false;
    p->counting = 0;
    p->overflowed = false;
    c->pmu_counting = (on && enabled != 0) || amu_counts_retired(c);
    for (unsigned n = 0; n < s.feat->counters && on; n++) {
        if (!(enabled >> n & 1) || !pmu_counts(&s, n).counts)
            continue;
        p->event[n] = (uint16_t)bits(s.sr[SR_PMEVTYPER0_EL0 + n], 15, 0);
        enum source from = source_of(s.feat, p->event[n]);
        look |= from == FROM_BRANCHES || from == FROM_TLB;
        if (from != FROM_NOWHERE)
            p->counting |= (uint32_t)BIT(n);
    }
    if ((enabled & CYCLES_BIT) && pmu_counts(&s, PMU_CYCLE_COUNTER).counts)
        p->counting |= (uint32_t)CYCLES_BIT;
    if (look)
        c->attention |= ATT_PMU;
    else
        c->attention &= ~(uint32_t)ATT_PMU;
}

/* After sync(): what counts from now on, the next overflow, the interrupt. */
static void settle(struct pmu *p)
{
    struct cpu *c = p->cfg.cpu;
    const struct pmu_state s = state_of(p);
    choose(p);
    if (p->counting != 0)
        wait_for_overflow(p);
    if (UNLIKELY(c->brbe.on)) /* an overflow may freeze it */
        brbe_update(c);
    bool level = pmu_overflow_interrupt(&s);
    if (level != p->level) {
        p->level = level;
        irq_set(&p->cfg.irq, level);
    }
}

static void overflow_due(void *opaque, uint64_t now)
{
    struct pmu *p = opaque;
    (void)now;
    sync(p);
    settle(p);
    if (p->cfg.cpu->power != CPU_ON) { /* its cycles stand still: nothing to wait for */
        event_cancel(p->cfg.events, &p->overflow);
        p->parked = true;
    }
}

/* ---- what the PE tells ---- */

void pmu_restart(struct cpu *c)
{
    struct pmu *p = c->pmu;
    c->pmu_counting = false;
    if (p == NULL)
        return;
    p->insns = cpu_insns(c);
    p->seen_aborted = p->aborted;
    p->tlb = *tlb_counts(c->tlb);
    event_cancel(p->cfg.events, &p->overflow);
    settle(p);
}

void pmu_visit(struct cpu *c, visit_fn *fn, void *ctx)
{
    struct pmu *p = c->pmu;
    if (p == NULL)
        return;
    visit_flag(fn, ctx, "pmu level", &p->level, sizeof(p->level));
    visit_flag(fn, ctx, "pmu parked", &p->parked, sizeof(p->parked));
}

void pmu_restored(struct cpu *c)
{
    struct pmu *p = c->pmu;
    c->pmu_counting = false;
    if (p == NULL)
        return;
    p->insns = cpu_insns(c);
    p->seen_aborted = p->aborted;
    p->tlb = *tlb_counts(c->tlb);
    choose(p);
}

void pmu_events(struct cpu *c, event_fn *fn, void *ctx)
{
    if (c->pmu != NULL)
        fn(ctx, &c->pmu->overflow);
}

void pmu_controls_changed(struct cpu *c)
{
    if (c->pmu == NULL)
        return;
    sync(c->pmu);
    settle(c->pmu);
}

void pmu_sync(struct cpu *c)
{
    if (c->pmu == NULL || !c->pmu_counting)
        return;
    sync(c->pmu);
    if (c->pmu->overflowed)
        settle(c->pmu);
}

uint64_t pmu_aborted(const struct cpu *c)
{
    return c->pmu != NULL ? c->pmu->aborted : 0;
}

void pmu_resume(struct cpu *c)
{
    if (c->pmu != NULL && c->pmu->parked)
        wait_for_overflow(c->pmu);
}

/* The event that says what kind of exception was taken. "Taken locally" (D14.1): to EL1, to the EL it comes
 * from, or to an EL2 that stands in for EL1 by HCR_EL2.TGE. */
static enum pmu_event exception_event(const struct cpu *c, unsigned from, enum exc_kind kind,
                                      const struct exc *e)
{
    bool local = c->el == 1 || c->el == from || (c->el == 2 && from == 0 && (c->hcr & HCR_TGE));
    switch (kind) {
    case EXC_IRQ:
    case EXC_VIRQ:
        return local ? EV_EXC_IRQ : EV_EXC_TRAP_IRQ;
    case EXC_FIQ:
    case EXC_VFIQ:
        return local ? EV_EXC_FIQ : EV_EXC_TRAP_FIQ;
    case EXC_SYNC:
        break;
    default:
        return local ? EV_EXC_DABORT : EV_EXC_TRAP_DABORT;
    }
    switch (e->ec) {
    case EC_SVC64:
        return e->executed ? EV_EXC_SVC : EV_EXC_TRAP_OTHER;
    case EC_HVC64:
        return EV_EXC_HVC;
    case EC_SMC64:
        return e->executed ? EV_EXC_SMC : EV_EXC_TRAP_OTHER;
    case EC_INSN_ABORT_LOWER:
        return local ? EV_EXC_PABORT : EV_EXC_TRAP_PABORT;
    case EC_DATA_ABORT_LOWER:
        return local ? EV_EXC_DABORT : EV_EXC_TRAP_DABORT;
    default:
        return local ? EV_EXC_UNDEF : EV_EXC_TRAP_OTHER;
    }
}

void pmu_exception(struct cpu *c, unsigned from, enum exc_kind kind, const struct exc *e)
{
    struct pmu *p = c->pmu;
    /* software step and breakpoints come between instructions */
    if (kind == EXC_SYNC && !e->executed && e->ec != EC_STEP_LOWER && e->ec != EC_BREAKPOINT_LOWER)
        p->aborted++;
    sync(p);
    happened(p, EV_EXC_TAKEN);
    happened(p, exception_event(c, from, kind, e));
    settle(p);
}

void pmu_exception_return(struct cpu *c)
{
    struct pmu *p = c->pmu;
    sync(p);
    happened(p, EV_EXC_RETURN);
    happened(p, EV_PC_WRITE_RETIRED);
    happened(p, EV_BR_RETIRED);
    happened(p, EV_BR_PRED);
    settle(p);
}

/* ---- instructions looked at ---- */

/* The register that an MSR names, SR_NONE for another instruction. */
static enum sysreg msr_target(uint32_t raw)
{
    if ((raw & 0xfff00000) != 0xd5100000)
        return SR_NONE;
    return sysreg_find(2u | (unsigned)bit(raw, 19), (unsigned)bits(raw, 18, 16), (unsigned)bits(raw, 15, 12),
                       (unsigned)bits(raw, 11, 8), (unsigned)bits(raw, 7, 5));
}

/* An instruction has completed. */
static void retired(struct pmu *p, uint32_t raw)
{
    enum branch kind = branch_kind(raw);
    if (kind != NO_BRANCH) {
        happened(p, EV_BR_RETIRED);
        happened(p, EV_BR_PRED);
        if (kind == BRANCH_DIRECT || kind == BRANCH_CONDITIONAL || kind == BRANCH_CALL)
            happened(p, EV_BR_IMMED_RETIRED);
        if (kind == BRANCH_RETURN)
            happened(p, EV_BR_RETURN_RETIRED);
        if (branch_was_taken(p->cfg.cpu, raw))
            happened(p, EV_PC_WRITE_RETIRED);
        return;
    }
    switch (msr_target(raw)) {
    case SR_CONTEXTIDR_EL1:
    case SR_CONTEXTIDR_EL12:
        happened(p, EV_CID_WRITE_RETIRED);
        break;
    case SR_TTBR0_EL1:
    case SR_TTBR1_EL1:
    case SR_TTBR0_EL12:
    case SR_TTBR1_EL12:
        happened(p, EV_TTBR_WRITE_RETIRED);
        break;
    default:
        break;
    }
}

void pmu_observe(struct cpu *c)
{
    struct pmu *p = c->pmu;
    uint64_t aborted = p->aborted;
    c->observed = 0;
    engine_traced_step(c);
    c->cur = NULL;
    sync(p);
    if (c->observed != 0 && p->aborted == aborted && !c->abandoned)
        retired(p, c->observed);
    settle(p);
}

/* ---- registers ---- */

_Static_assert(SR_PMEVCNTR30_EL0 == SR_PMEVCNTR0_EL0 + 30, "the rows of numbered registers are in order");
_Static_assert(SR_PMEVTYPER30_EL0 == SR_PMEVTYPER0_EL0 + 30, "the rows of numbered registers are in order");

/* GetPMUAccessMask(): the counters that software may touch at this Exception level. */
static uint64_t access_mask(const struct pmu_state *s)
{
    unsigned n = s->el <= 1 && el2_enabled(s->feat, s->sr) ? effective_hpmn(s) : s->feat->counters;
    return CYCLES_BIT | (BIT(n) - 1);
}

/* PMCR_EL0.{IMP,IDCODE} by MIDR_EL1's part number; 0: software must use MIDR_EL1. */
static uint64_t pmcr_identity(const struct pmu_state *s)
{
    static const struct {
        uint16_t part;
        uint8_t idcode;
    } cores[] = {{0xd07, 0x01}, {0xd0c, 0x0c}, {0xd40, 0x21}};
    for (unsigned n = 0; n < ARRAY_LEN(cores); n++)
        if (bits(s->sr[SR_MIDR_EL1], 15, 4) == cores[n].part)
            return UINT64_C(0x41) << 24 | (uint64_t)cores[n].idcode << 16;
    return 0;
}

/* The row that an access by PMSELR_EL0.SEL means. */
static enum sysreg selected(const struct pmu_state *s, enum sysreg reg)
{
    unsigned sel = (unsigned)bits(s->sr[SR_PMSELR_EL0], 4, 0);
    if (reg == SR_PMXEVCNTR_EL0)
        return SR_PMEVCNTR0_EL0 + sel;
    if (reg == SR_PMXEVTYPER_EL0)
        return sel == PMU_CYCLE_COUNTER ? SR_PMCCFILTR_EL0 : SR_PMEVTYPER0_EL0 + sel;
    return reg;
}

static uint64_t unit_read(void *opaque, enum sysreg reg)
{
    struct pmu *p = opaque;
    const struct pmu_state s = state_of(p);
    pmu_sync(p->cfg.cpu);
    reg = selected(&s, reg);
    switch (reg) {
    case SR_PMCR_EL0:
        return s.sr[reg] | PMCR_LC | pmcr_identity(&s) |
               (access_mask(&s) == (CYCLES_BIT | (BIT(s.feat->counters) - 1)) ? s.feat->counters
                                                                              : effective_hpmn(&s))
                   << 11;
    case SR_PMCNTENSET_EL0:
    case SR_PMCNTENCLR_EL0:
        return s.sr[SR_PMCNTENSET_EL0] & access_mask(&s);
    case SR_PMINTENSET_EL1:
    case SR_PMINTENCLR_EL1:
        return s.sr[SR_PMINTENSET_EL1] & access_mask(&s);
    case SR_PMOVSSET_EL0:
    case SR_PMOVSCLR_EL0:
        return s.sr[SR_PMOVSSET_EL0] & access_mask(&s);
    case SR_PMCEID0_EL0:
        return pmceid(s.feat, 0);
    case SR_PMCEID1_EL0:
        return pmceid(s.feat, 32);
    default:
        return s.sr[reg];
    }
}

static void write_pmcr(struct pmu *p, uint64_t value)
{
    struct cpu *c = p->cfg.cpu;
    const struct pmu_state s = state_of(p);
    uint64_t kept = PMCR_E | PMCR_DP;
    if (has(s.feat, FEAT_PMUv3p5))
        kept |= PMCR_LP;
    if (has(s.feat, FEAT_PMUv3p7))
        kept |= PMCR_FZO;
    for (unsigned n = 0; n < s.feat->counters; n++)
        if ((value & PMCR_P) && (access_mask(&s) >> n & 1))
            *counter(p, n) = 0;
    if (value & PMCR_C)
        *counter(p, PMU_CYCLE_COUNTER) = 0;
    c->sr[SR_PMCR_EL0] = value & kept;
}

/* The filter bits that exist. */
static uint64_t filter_bits(const struct features *f)
{
    uint64_t v = PMFILTER_P | PMFILTER_U;
    if (f->has_el2)
        v |= PMFILTER_NSH;
    if (f->has_el3)
        v |= PMFILTER_NSK | PMFILTER_NSU | PMFILTER_M;
    if (f->has_el3 && has(f, FEAT_SEL2))
        v |= PMFILTER_SH;
    return v;
}

/* A write to one of the numbered registers, PMCCNTR_EL0 or PMCCFILTR_EL0. */
static void write_counter(struct pmu *p, enum sysreg reg, uint64_t value)
{
    struct cpu *c = p->cfg.cpu;
    if (reg == SR_PMCCFILTR_EL0)
        value &= filter_bits(c->feat);
    else if (reg >= SR_PMEVTYPER0_EL0 && reg <= SR_PMEVTYPER30_EL0)
        value &= filter_bits(c->feat) | (has(c->feat, FEAT_PMUv3p1) ? 0xffff : 0x3ff);
    else if (reg != SR_PMCCNTR_EL0 && !has(c->feat, FEAT_PMUv3p5))
        value &= UINT32_MAX;
    c->sr[reg] = value;
}

static void software_increment(struct pmu *p, uint64_t counters)
{
    for (unsigned n = 0; n < p->cfg.cpu->feat->counters; n++)
        if ((counters & p->counting) >> n & 1 && p->event[n] == EV_SW_INCR)
            count(p, n, 1);
}

static void unit_write(void *opaque, enum sysreg reg, uint64_t value)
{
    struct pmu *p = opaque;
    const struct pmu_state s = state_of(p);
    uint64_t *sr = p->cfg.cpu->sr, mask = access_mask(&s);
    sync(p);
    reg = selected(&s, reg);
    switch (reg) {
    case SR_PMCR_EL0:
        write_pmcr(p, value);
        break;
    case SR_PMCNTENSET_EL0:
        sr[SR_PMCNTENSET_EL0] |= value & mask;
        break;
    case SR_PMCNTENCLR_EL0:
        sr[SR_PMCNTENSET_EL0] &= ~(value & mask);
        break;
    case SR_PMINTENSET_EL1:
        sr[SR_PMINTENSET_EL1] |= value & mask;
        break;
    case SR_PMINTENCLR_EL1:
        sr[SR_PMINTENSET_EL1] &= ~(value & mask);
        break;
    case SR_PMOVSSET_EL0:
        sr[SR_PMOVSSET_EL0] |= value & mask;
        break;
    case SR_PMOVSCLR_EL0:
        sr[SR_PMOVSSET_EL0] &= ~(value & mask);
        break;
    case SR_PMSWINC_EL0:
        software_increment(p, value & mask);
        break;
    case SR_PMSELR_EL0:
        sr[reg] = value & 31;
        break;
    case SR_PMUSERENR_EL0:
        sr[reg] = value & 15;
        break;
    default:
        write_counter(p, reg, value);
        break;
    }
    settle(p);
}

/* ---- making one ---- */

struct pmu *pmu_new(const struct pmu_config *cfg)
{
    struct pmu *p = xcalloc(1, sizeof(*p));
    p->cfg = *cfg;
    event_init(&p->overflow, "PMU overflow", 0, overflow_due, p);
    cfg->cpu->pmu = p;
    cfg->cpu->units[UNIT_PMU] = (struct sysreg_unit){unit_read, unit_write, p};
    pmu_restart(cfg->cpu);
    return p;
}

void pmu_free(struct pmu *p)
{
    if (p == NULL)
        return;
    event_cancel(p->cfg.events, &p->overflow);
    free(p);
}
