/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Branch records. Arm ARM D19.1, D24.2 (BRB*_EL1); pseudocode J1.1.1. Transactions (TME), Debug state and
 * FEAT_BRBEv1p1's records at EL3 are not there; nothing is mispredicted; ISB leaves no record.
 */
#include "cpu/brbe.h"

#include <string.h>

#include "base/bits.h"
#include "cpu/branch.h"
#include "cpu/cpu.h"
#include "cpu/pmu.h"
#include "sysregs/fields.h"

/* BRBCR_EL1, BRBCR_EL2 */
#define BRBCR_E0BRE BIT(0) /* EL2: E0HBRE */
#define BRBCR_E1BRE BIT(1) /* EL2: E2BRE */
#define BRBCR_CC BIT(3)
#define BRBCR_TS_SHIFT 5
#define BRBCR_FZP BIT(8)
#define BRBCR_ERTN BIT(22)
#define BRBCR_EXCEPTION BIT(23)

#define BRBFCR_PAUSED BIT(7)
#define BRBFCR_ENI BIT(16)
#define BRBFCR_DIRECT BIT(17)
#define BRBFCR_INDIRECT BIT(18)
#define BRBFCR_RTN BIT(19)
#define BRBFCR_INDCALL BIT(20)
#define BRBFCR_DIRCALL BIT(21)
#define BRBFCR_CONDDIR BIT(22)

/* BRBINF<n>_EL1 */
#define BRBINF_CCU BIT(46)
#define BRBINF_CC_SHIFT 32
#define BRBINF_TYPE_SHIFT 8
#define BRBINF_EL_SHIFT 6
#define BRBINF_SOURCE BIT(1) /* VALID<1> */
#define BRBINF_TARGET BIT(0) /* VALID<0> */
#define BRBINF_INJECTED (BRBINF_CCU | MASK(45, 32) | MASK(13, 8) | MASK(7, 6) | BIT(5) | MASK(1, 0))

enum record_type {
    TYPE_DIRECT = 0x00,
    TYPE_INDIRECT = 0x01,
    TYPE_DIRECT_CALL = 0x02,
    TYPE_INDIRECT_CALL = 0x03,
    TYPE_RETURN = 0x05,
    TYPE_ERET = 0x07,
    TYPE_CONDITIONAL = 0x08,
    TYPE_CALL = 0x22,
    TYPE_TRAP = 0x23,
    TYPE_SERROR = 0x24,
    TYPE_INSN_DEBUG = 0x26,
    TYPE_DATA_DEBUG = 0x27,
    TYPE_ALIGNMENT = 0x2a,
    TYPE_INSN_FAULT = 0x2b,
    TYPE_DATA_FAULT = 0x2c,
    TYPE_IRQ = 0x2e,
    TYPE_FIQ = 0x2f,
};

/* ---- what is recorded ---- */

struct brbe_verdict brbe_allowed(const struct brbe_state *s, unsigned el)
{
    const uint64_t *sr = s->sr, sbrbe = bits(sr[SR_MDCR_EL3], 33, 32);

    if (sr[SR_BRBFCR_EL1] & BRBFCR_PAUSED)
        return (struct brbe_verdict){false, "BRBFCR_EL1.PAUSED=1"};
    if (el == 3)
        return (struct brbe_verdict){false, "FEAT_BRBEv1p1 not implemented: nothing at EL3"};
    if (s->feat->has_el3 && sbrbe == 0)
        return (struct brbe_verdict){false, "MDCR_EL3.SBRBE=0b00"};
    if (s->feat->has_el3 && sbrbe == 1 && is_secure_below_el3(s->feat, sr))
        return (struct brbe_verdict){false, "MDCR_EL3.SBRBE=0b01 in Secure state"};
    if (el == 2)
        return (struct brbe_verdict){(sr[SR_BRBCR_EL2] & BRBCR_E1BRE) != 0, "BRBCR_EL2.E2BRE"};
    if (el == 1)
        return (struct brbe_verdict){(sr[SR_BRBCR_EL1] & BRBCR_E1BRE) != 0, "BRBCR_EL1.E1BRE"};
    if (hcr_effective(s->feat, sr) & HCR_TGE)
        return (struct brbe_verdict){(sr[SR_BRBCR_EL2] & BRBCR_E0BRE) != 0, "BRBCR_EL2.E0HBRE"};
    return (struct brbe_verdict){(sr[SR_BRBCR_EL1] & BRBCR_E0BRE) != 0, "BRBCR_EL1.E0BRE"};
}

static bool allowed(const struct cpu *c, unsigned el)
{
    const struct brbe_state s = {c->feat, c->sr};

    return brbe_allowed(&s, el).allowed;
}

/* FilterBranchRecord(), and the type of the record. */
static bool filtered_in(const struct cpu *c, enum branch kind, unsigned *type)
{
    static const struct {
        uint32_t bit;
        uint8_t type;
    } rows[] = {
        [BRANCH_DIRECT] = {BRBFCR_DIRECT, TYPE_DIRECT},
        [BRANCH_CONDITIONAL] = {BRBFCR_CONDDIR, TYPE_CONDITIONAL},
        [BRANCH_CALL] = {BRBFCR_DIRCALL, TYPE_DIRECT_CALL},
        [BRANCH_INDIRECT] = {BRBFCR_INDIRECT, TYPE_INDIRECT},
        [BRANCH_INDIRECT_CALL] = {BRBFCR_INDCALL, TYPE_INDIRECT_CALL},
        [BRANCH_RETURN] = {BRBFCR_RTN, TYPE_RETURN},
    };
    const uint64_t fcr = c->sr[SR_BRBFCR_EL1];

    *type = rows[kind].type;
    return ((fcr & rows[kind].bit) != 0) != ((fcr & BRBFCR_ENI) != 0);
}

/* ---- records ---- */

/* Records 0 to 15 and 16 to 31 take turns in the table of registers, three registers each. */
static enum sysreg row_of(unsigned n)
{
    return SR_BRBINF0_EL1 + (n % 16) * 6 + n / 16 * 3;
}
_Static_assert(SR_BRBINF16_EL1 == SR_BRBINF0_EL1 + 3 && SR_BRBINF1_EL1 == SR_BRBINF0_EL1 + 6 &&
                   SR_BRBTGT31_EL1 == SR_BRBINF0_EL1 + 95,
               "the rows of records are in the order of their encodings");
enum { INF, SRC, TGT };

/* UpdateBranchRecordBuffer() */
static void push(struct cpu *c, uint64_t inf, uint64_t source, uint64_t target)
{
    for (unsigned n = BRBE_RECORDS - 1; n > 0; n--)
        memcpy(&c->sr[row_of(n)], &c->sr[row_of(n - 1)], 3 * sizeof(c->sr[0]));
    c->sr[row_of(0) + INF] = inf;
    c->sr[row_of(0) + SRC] = source;
    c->sr[row_of(0) + TGT] = target;
}

/* BRBCycleCountingEnabled() */
static bool counts_cycles(const struct cpu *c)
{
    return (!c->feat->has_el2 || (c->sr[SR_BRBCR_EL2] & BRBCR_CC)) && (c->sr[SR_BRBCR_EL1] & BRBCR_CC);
}

/* BranchEncCycleCount(): CCU and CC. A cycle is an instruction. */
static uint64_t cycles(struct cpu *c)
{
    const uint64_t now = cpu_insns(c), since = now - c->brbe.since;
    const bool fresh = c->brbe.fresh;
    uint64_t m = since, e = 0;

    c->brbe.since = now;
    c->brbe.fresh = false;
    if (fresh || !counts_cycles(c))
        return BRBINF_CCU;
    if (since >= BIT(20))
        return MASK(45, 32);
    if (m >= BIT(8))
        for (e = 1; m >= BIT(9); e++)
            m /= 2;
    return (e << 8 | (m & 0xff)) << BRBINF_CC_SHIFT;
}

/* A record of an exception or an exception return, of which the source or the target may be in a Prohibited
 * region. */
static void record(struct cpu *c, unsigned type, bool source_valid, uint64_t source)
{
    const bool target_valid = allowed(c, c->el);

    if (!source_valid && !target_valid)
        return;
    push(c,
         cycles(c) | (uint64_t)type << BRBINF_TYPE_SHIFT |
             (target_valid ? (uint64_t)c->el << BRBINF_EL_SHIFT | BRBINF_TARGET : 0) |
             (source_valid ? BRBINF_SOURCE : 0),
         source_valid ? source : 0, target_valid ? c->pc : 0);
}

static unsigned exception_type(const struct exc *e, unsigned target)
{
    switch (e->ec) {
    case EC_SVC64:
        return e->min_el == 2 ? TYPE_TRAP : TYPE_CALL; /* HFGITR_EL2.SVC_ELx */
    case EC_SMC64:
        return target == 2 ? TYPE_TRAP : TYPE_CALL; /* HCR_EL2.TSC */
    case EC_HVC64:
        return TYPE_CALL;
    case EC_BTI:
    case EC_INSN_ABORT_LOWER:
        return TYPE_INSN_FAULT;
    case EC_PAC_FAIL:
    case EC_DATA_ABORT_LOWER:
    case EC_DATA_ABORT_SAME:
        return TYPE_DATA_FAULT;
    case EC_PC_ALIGN:
    case EC_SP_ALIGN:
        return TYPE_ALIGNMENT;
    case EC_BREAKPOINT_LOWER:
    case EC_STEP_LOWER:
    case EC_BRK:
        return TYPE_INSN_DEBUG;
    case EC_WATCHPOINT_LOWER:
    case EC_WATCHPOINT_SAME:
        return TYPE_DATA_DEBUG;
    default:
        return TYPE_TRAP;
    }
}

static unsigned interrupt_type(enum exc_kind kind)
{
    switch (kind) {
    case EXC_IRQ:
    case EXC_VIRQ:
        return TYPE_IRQ;
    case EXC_FIQ:
    case EXC_VFIQ:
        return TYPE_FIQ;
    default:
        return TYPE_SERROR;
    }
}

/* BRBCR_ELx of the Exception level that an exception goes to, or that a return comes from; 0 at EL3. */
static uint64_t control(const struct cpu *c, unsigned el)
{
    return el == 1 ? c->sr[SR_BRBCR_EL1] : el == 2 ? c->sr[SR_BRBCR_EL2] : 0;
}

void brbe_exception(struct cpu *c, unsigned from, uint64_t source, enum exc_kind kind, const struct exc *e)
{
    c->brbe.exceptions++;
    if (control(c, c->el) & BRBCR_EXCEPTION)
        record(c, e != NULL ? exception_type(e, c->el) : interrupt_type(kind), allowed(c, from), source);
    brbe_update(c);
}

void brbe_exception_return(struct cpu *c, unsigned from, uint64_t source)
{
    if (control(c, from) & BRBCR_ERTN)
        record(c, TYPE_ERET, allowed(c, from), source);
    brbe_update(c);
}

void brbe_observe(struct cpu *c)
{
    const uint64_t pc = c->pc;
    const unsigned exceptions = c->brbe.exceptions;
    unsigned type;

    if (c->attention & ATT_PMU) {
        pmu_observe(c);
    } else {
        c->observed = 0;
        engine_traced_step(c);
        c->cur = NULL;
    }
    if (c->observed == 0 || c->abandoned || c->brbe.exceptions != exceptions)
        return;
    const enum branch kind = branch_kind(c->observed);
    if (kind == NO_BRANCH || !branch_was_taken(c, c->observed) || !filtered_in(c, kind, &type))
        return;
    push(c,
         cycles(c) | (uint64_t)type << BRBINF_TYPE_SHIFT | (uint64_t)c->el << BRBINF_EL_SHIFT |
             BRBINF_SOURCE | BRBINF_TARGET,
         pc, c->pc);
}

/* ---- controls ---- */

/* BRBETimeStamp() */
static uint64_t timestamp(const struct cpu *c)
{
    const struct sysreg_unit *timer = &c->units[UNIT_TIMER];
    uint64_t ts = c->feat->has_el2 ? bits(c->sr[SR_BRBCR_EL2], BRBCR_TS_SHIFT + 1, BRBCR_TS_SHIFT) : 0;

    if (ts == 0)
        ts = bits(c->sr[SR_BRBCR_EL1], BRBCR_TS_SHIFT + 1, BRBCR_TS_SHIFT);
    if (timer->read == NULL)
        return 0;
    uint64_t count = timer->read(timer->opaque, SR_CNTPCT_EL0);
    if (ts == 1)
        return count - c->sr[SR_CNTVOFF_EL2];
    return ts == 2 ? count - c->sr[SR_CNTPOFF_EL2] : count;
}

/* ShouldBRBEFreeze(), where recording is allowed: the overflow flag of an event counter is set. */
static bool should_freeze(const struct cpu *c)
{
    const uint64_t flags = c->sr[SR_PMOVSSET_EL0] & MASK(30, 0);
    const uint64_t first = MASK(30, 0) & ones((unsigned)bits(c->sr[SR_MDCR_EL2], 4, 0)); /* below HPMN */
    uint64_t looked_at = MASK(30, 0);

    if (c->feat->has_el2)
        looked_at = (c->sr[SR_BRBCR_EL1] & BRBCR_FZP ? first : 0) |
                    (c->sr[SR_BRBCR_EL2] & BRBCR_FZP ? MASK(30, 0) & ~first : 0);
    return (flags & looked_at) != 0;
}

void brbe_update(struct cpu *c)
{
    if (!has(c->feat, FEAT_BRBE))
        return;
    c->brbe.on = (c->sr[SR_BRBCR_EL1] | c->sr[SR_BRBCR_EL2]) & (BRBCR_E0BRE | BRBCR_E1BRE);
    if (c->brbe.on && allowed(c, c->el) && should_freeze(c)) { /* BRBEFreeze() */
        c->sr[SR_BRBFCR_EL1] |= BRBFCR_PAUSED;
        c->sr[SR_BRBTS_EL1] = timestamp(c);
    }
    if (c->brbe.on && allowed(c, c->el)) {
        c->attention |= ATT_BRBE;
    } else {
        c->attention &= ~(uint32_t)ATT_BRBE;
        c->brbe.fresh = true; /* FirstBranchAfterProhibited() */
    }
    if (!counts_cycles(c))
        c->brbe.fresh = true;
}

/* ---- instructions and registers ---- */

void brbe_invalidate(struct cpu *c)
{
    memset(&c->sr[row_of(0)], 0, 3 * BRBE_RECORDS * sizeof(c->sr[0]));
    c->brbe.fresh = true;
}

void brbe_inject(struct cpu *c)
{
    push(c, c->sr[SR_BRBINFINJ_EL1] & BRBINF_INJECTED, c->sr[SR_BRBSRCINJ_EL1], c->sr[SR_BRBTGTINJ_EL1]);
}

/* BRBINF_EL1[], BRBSRC_EL1[], BRBTGT_EL1[]: the second bank has no records. */
static uint64_t unit_read(void *opaque, enum sysreg reg)
{
    const struct cpu *c = opaque;
    const bool is_record = reg >= SR_BRBINF0_EL1 && reg <= SR_BRBTGT31_EL1;

    return is_record && bits(c->sr[SR_BRBFCR_EL1], 29, 28) != 0 ? 0 : c->sr[reg];
}

static void unit_write(void *opaque, enum sysreg reg, uint64_t value)
{
    struct cpu *c = opaque;

    c->sr[reg] = sysreg_store_value(c->feat, c->sr, reg, value);
    brbe_update(c);
}

void brbe_reset(struct cpu *c)
{
    c->units[UNIT_BRBE] = (struct sysreg_unit){unit_read, unit_write, c};
    c->brbe = (struct cpu_brbe){.fresh = true};
    c->attention &= ~(uint32_t)ATT_BRBE;
}
