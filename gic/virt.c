/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The virtual CPU interface (IHI 0069 chapter 6): list registers and the other ICH_* registers (11.4), the
 * ICV_* registers that EL1 reaches by the names of ICC_* ones (11.3), the virtual signals and the maintenance
 * interrupt. All of its state is in the PE's sr[ICH_*], so that reading one is a load.
 */
#include "gic/gic-internal.h"

#include "sysregs/fields.h"

/* ICH_HCR_EL2 */
#define ICH_EN BIT(0)
#define ICH_UIE BIT(1)
#define ICH_LRENPIE BIT(2)
#define ICH_NPIE BIT(3)
#define ICH_VGRP0EIE BIT(4)
#define ICH_VGRP0DIE BIT(5)
#define ICH_VGRP1EIE BIT(6)
#define ICH_VGRP1DIE BIT(7)
#define ICH_MAINTENANCE MASK(7, 1)
#define ICH_TC BIT(10)
#define ICH_TALL0 BIT(11)
#define ICH_TALL1 BIT(12)
#define ICH_TDIR BIT(14)
#define ICH_EOICOUNT MASK(31, 27)
#define ICH_EOICOUNT_ONE BIT(27)
#define ICH_WRITABLE (MASK(7, 0) | ICH_TC | ICH_TALL0 | ICH_TALL1 | ICH_TDIR | ICH_EOICOUNT)

/* ICH_VTR_EL2: list registers, TDS, nV4, A3V, IDbits: 24, PREbits: 5, PRIbits: 5 */
#define VTR_VALUE                                                                                            \
    ((NUM_LRS - 1) | BIT(19) | BIT(20) | BIT(21) | UINT64_C(1) << 23 | UINT64_C(4) << 26 | UINT64_C(4) << 29)

/* ICH_VMCR_EL2 */
#define VMCR_VENG0 BIT(0)
#define VMCR_VENG1 BIT(1)
#define VMCR_VFIQEN BIT(3) /* RAO: system registers only */
#define VMCR_VCBPR BIT(4)
#define VMCR_VEOIM BIT(9)
#define VMCR_VBPR1 18 /* 20:18 */
#define VMCR_VBPR0 21 /* 23:21 */
#define VMCR_VPMR 24  /* 31:24 */
#define VMIN_BPR1 (MIN_BPR + 1)

/* ICH_LR<n>_EL2 */
#define LR_PENDING BIT(62)
#define LR_ACTIVE BIT(63)
#define LR_STATE (LR_PENDING | LR_ACTIVE)
#define LR_HW BIT(61)
#define LR_GROUP BIT(60)
#define LR_EOI BIT(41) /* with HW=0 */
#define LR_PRIORITY 48 /* 55:48 */
#define LR_WRITABLE                                                                                          \
    (LR_STATE | LR_HW | LR_GROUP | (uint64_t)PRIO_MASK << LR_PRIORITY | MASK(44, 32) | MASK(23, 0))

enum misr {
    MISR_EOI = 1,
    MISR_U = 2,
    MISR_LRENP = 4,
    MISR_NP = 8,
    MISR_GRP0E = 16,
    MISR_GRP0D = 32,
    MISR_GRP1E = 64,
    MISR_GRP1D = 128
};

static uint32_t lr_intid(uint64_t lr)
{
    return bits(lr, 23, 0);
}

static uint8_t lr_priority(uint64_t lr)
{
    return bits(lr, LR_PRIORITY + 7, LR_PRIORITY);
}

static uint64_t *lr(const struct gic_cpu *c, unsigned n)
{
    return &c->pe.sr[SR_ICH_LR0_EL2 + n];
}

/* ---- what the list registers amount to ---- */

struct summary {
    unsigned valid, pending; /* how many are not inactive, and how many are just pending */
    uint32_t eisr;           /* ended interrupts whose end the hypervisor asked to know */
    int best;                /* highest-priority pending one of an enabled group, or -1 */
};

static inline bool wants_eoi(uint64_t v)
{
    return (v & (LR_STATE | LR_HW | LR_EOI)) == LR_EOI;
}

/* One pass, as all of this is looked at on each change. */
static inline struct summary summarise(const struct gic_cpu *c)
{
    const uint64_t *l = lr(c, 0), vmcr = c->pe.sr[SR_ICH_VMCR_EL2];
    struct summary s = {.best = -1};
    unsigned best_prio = PRIO_IDLE;
    for (unsigned n = 0; n < NUM_LRS; n++) {
        uint64_t v = l[n];
        if ((v & LR_STATE) == 0) {
            s.eisr |= (uint32_t)wants_eoi(v) << n;
            continue;
        }
        s.valid++;
        if ((v & LR_STATE) != LR_PENDING)
            continue;
        s.pending++;
        if ((vmcr & ((v & LR_GROUP) != 0 ? VMCR_VENG1 : VMCR_VENG0)) != 0 && lr_priority(v) < best_prio) {
            best_prio = lr_priority(v);
            s.best = (int)n;
        }
    }
    return s;
}

/* ELRSR: list registers free for use. */
static uint32_t elrsr(const struct gic_cpu *c)
{
    uint32_t set = 0;
    for (unsigned n = 0; n < NUM_LRS; n++)
        set |= (uint32_t)((*lr(c, n) & LR_STATE) == 0 && !wants_eoi(*lr(c, n))) << n;
    return set;
}

/* ICH_MISR_EL2: which of the maintenance conditions hold and are enabled. */
static inline uint32_t misr(const struct gic_cpu *c, const struct summary *s)
{
    uint64_t hcr = c->pe.sr[SR_ICH_HCR_EL2], vmcr = c->pe.sr[SR_ICH_VMCR_EL2];
    uint32_t set = s->eisr != 0 ? MISR_EOI : 0;
    if (LIKELY((hcr & ICH_MAINTENANCE) == 0))
        return set;
    bool g0 = (vmcr & VMCR_VENG0) != 0, g1 = (vmcr & VMCR_VENG1) != 0;
    if ((hcr & ICH_UIE) != 0 && s->valid <= 1)
        set |= MISR_U;
    if ((hcr & ICH_LRENPIE) != 0 && (hcr & ICH_EOICOUNT) != 0)
        set |= MISR_LRENP;
    if ((hcr & ICH_NPIE) != 0 && s->pending == 0)
        set |= MISR_NP;
    if ((hcr & ICH_VGRP0EIE) != 0 && g0)
        set |= MISR_GRP0E;
    if ((hcr & ICH_VGRP0DIE) != 0 && !g0)
        set |= MISR_GRP0D;
    if ((hcr & ICH_VGRP1EIE) != 0 && g1)
        set |= MISR_GRP1E;
    if ((hcr & ICH_VGRP1DIE) != 0 && !g1)
        set |= MISR_GRP1D;
    return set;
}

static int highest_pending(const struct gic_cpu *c)
{
    return summarise(c).best;
}

static unsigned vbpr0(uint64_t vmcr)
{
    return bits(vmcr, VMCR_VBPR0 + 2, VMCR_VBPR0);
}

static unsigned vbpr1(uint64_t vmcr)
{
    return bits(vmcr, VMCR_VBPR1 + 2, VMCR_VBPR1);
}

static uint8_t group_mask(uint64_t vmcr, bool group1)
{
    unsigned bpr = group1 && (vmcr & VMCR_VCBPR) == 0 ? vbpr1(vmcr) - 1 : vbpr0(vmcr);
    return 0xff << (bpr + 1);
}

/* Level of the highest active virtual priority, 0..31, and its group; 32 if there is none. */
static unsigned highest_active(const struct gic_cpu *c, bool *group1)
{
    uint32_t ap0 = (uint32_t)c->pe.sr[SR_ICH_AP0R0_EL2], ap1 = (uint32_t)c->pe.sr[SR_ICH_AP1R0_EL2];
    if ((ap0 | ap1) == 0)
        return 32;
    unsigned level = (unsigned)__builtin_ctz(ap0 | ap1);
    *group1 = ((ap0 >> level) & 1) == 0;
    return level;
}

static uint8_t running_priority(const struct gic_cpu *c)
{
    bool group1;
    unsigned level = highest_active(c, &group1);
    return level == 32 ? PRIO_IDLE : level << 3;
}

static bool can_preempt(const struct gic_cpu *c, uint64_t v)
{
    uint64_t vmcr = c->pe.sr[SR_ICH_VMCR_EL2];
    uint8_t prio = lr_priority(v), running = running_priority(c);
    if (prio >= bits(vmcr, VMCR_VPMR + 7, VMCR_VPMR))
        return false;
    return running == PRIO_IDLE || (prio & group_mask(vmcr, (v & LR_GROUP) != 0)) < running;
}

void gic_virt_update(struct gic_cpu *c)
{
    uint32_t line = 0;
    bool maintenance = false;
    if ((c->pe.sr[SR_ICH_HCR_EL2] & ICH_EN) != 0) {
        struct summary s = summarise(c);
        if (s.best >= 0 && can_preempt(c, *lr(c, (unsigned)s.best)))
            line = (*lr(c, (unsigned)s.best) & LR_GROUP) != 0 ? GIC_LINE_VIRQ : GIC_LINE_VFIQ;
        maintenance = misr(c, &s) != 0;
    }
    gic_set_lines(c, GIC_LINE_VIRQ | GIC_LINE_VFIQ, line);
    if (maintenance != c->maintenance) {
        c->maintenance = maintenance;
        gic_ppi_level(c, GIC_PPI_MAINTENANCE, maintenance);
    }
}

void gic_virt_reset(struct gic_cpu *c)
{
    uint64_t *sr = c->pe.sr;
    sr[SR_ICH_HCR_EL2] = sr[SR_ICH_AP0R0_EL2] = sr[SR_ICH_AP1R0_EL2] = 0;
    sr[SR_ICH_VMCR_EL2] = VMCR_VFIQEN | (uint64_t)MIN_BPR << VMCR_VBPR0 | (uint64_t)VMIN_BPR1 << VMCR_VBPR1;
    for (unsigned n = 0; n < NUM_LRS; n++)
        *lr(c, n) = 0;
}

/* ---- ICH_* ---- */

static uint64_t vmcr_legal(uint64_t v)
{
    uint64_t keep = VMCR_VENG0 | VMCR_VENG1 | VMCR_VCBPR | VMCR_VEOIM | (uint64_t)PRIO_MASK << VMCR_VPMR;
    unsigned b0 = vbpr0(v) < MIN_BPR ? MIN_BPR : vbpr0(v), b1 = vbpr1(v) < VMIN_BPR1 ? VMIN_BPR1 : vbpr1(v);
    return (v & keep) | VMCR_VFIQEN | (uint64_t)b0 << VMCR_VBPR0 | (uint64_t)b1 << VMCR_VBPR1;
}

_Static_assert(SR_ICH_LR15_EL2 == SR_ICH_LR0_EL2 + NUM_LRS - 1, "the rows of list registers are in order");

uint64_t gic_ich_read(struct gic_cpu *c, enum sysreg reg)
{
    struct summary s;
    switch (reg) {
    case SR_ICH_VTR_EL2:
        return VTR_VALUE;
    case SR_ICH_MISR_EL2:
        s = summarise(c);
        return misr(c, &s);
    case SR_ICH_EISR_EL2:
        return summarise(c).eisr;
    case SR_ICH_ELRSR_EL2:
        return elrsr(c);
    case SR_ICH_HCR_EL2:
    case SR_ICH_VMCR_EL2:
    case SR_ICH_AP0R0_EL2:
    case SR_ICH_AP1R0_EL2:
        return c->pe.sr[reg];
    default:
        return reg >= SR_ICH_LR0_EL2 && reg < SR_ICH_LR0_EL2 + NUM_LRS ? c->pe.sr[reg] : 0;
    }
}

void gic_ich_write(struct gic_cpu *c, enum sysreg reg, uint64_t value)
{
    switch (reg) {
    case SR_ICH_HCR_EL2:
        value &= ICH_WRITABLE;
        break;
    case SR_ICH_VMCR_EL2:
        value = vmcr_legal(value);
        break;
    case SR_ICH_AP0R0_EL2:
    case SR_ICH_AP1R0_EL2:
        value &= UINT32_MAX;
        break;
    default:
        if (reg < SR_ICH_LR0_EL2 || reg >= SR_ICH_LR0_EL2 + NUM_LRS)
            return; /* read-only, or a register that isn't implemented */
        value &= LR_WRITABLE;
        if (((value | c->pe.sr[reg]) & (LR_STATE | LR_EOI)) ==
            0) { /* free before and after: nothing follows */
            c->pe.sr[reg] = value;
            return;
        }
        break;
    }
    if (c->pe.sr[reg] != value) {
        c->pe.sr[reg] = value;
        gic_virt_update(c);
    }
}

/* ---- ICV_* ---- */

/* Which of HCR_EL2's bits turns an access at EL1 to an ICC register into one to its ICV counterpart. 0: it
 * has none. */
static uint64_t redirecting_bits(enum sysreg reg)
{
    switch (reg) {
    case SR_ICC_AP0R0_EL1:
    case SR_ICC_BPR0_EL1:
    case SR_ICC_EOIR0_EL1:
    case SR_ICC_HPPIR0_EL1:
    case SR_ICC_IAR0_EL1:
    case SR_ICC_IGRPEN0_EL1:
        return HCR_FMO;
    case SR_ICC_AP1R0_EL1:
    case SR_ICC_BPR1_EL1:
    case SR_ICC_EOIR1_EL1:
    case SR_ICC_HPPIR1_EL1:
    case SR_ICC_IAR1_EL1:
    case SR_ICC_IGRPEN1_EL1:
    case SR_ICC_NMIAR1_EL1:
        return HCR_IMO;
    case SR_ICC_CTLR_EL1:
    case SR_ICC_DIR_EL1:
    case SR_ICC_PMR_EL1:
    case SR_ICC_RPR_EL1:
        return HCR_IMO | HCR_FMO;
    default:
        return 0;
    }
}

bool gic_virt_redirects(const struct gic_cpu *c, enum sysreg reg)
{
    return (c->pe.sr[SR_HCR_EL2] & redirecting_bits(reg)) != 0 && el2_enabled(c->pe.feat, c->pe.sr);
}

static bool special(uint32_t intid)
{
    return intid >= INTID_SPECIAL && intid <= INTID_SPURIOUS;
}

static uint64_t acknowledge(struct gic_cpu *c, bool group1)
{
    int n = highest_pending(c);
    if (n < 0 || (c->pe.sr[SR_ICH_HCR_EL2] & ICH_EN) == 0)
        return INTID_SPURIOUS;
    uint64_t *l = lr(c, (unsigned)n);
    if (((*l & LR_GROUP) != 0) != group1 || !can_preempt(c, *l))
        return INTID_SPURIOUS;
    uint32_t intid = lr_intid(*l);
    *l &= ~LR_PENDING;
    if (special(intid)) { /* a list register that no hypervisor should write: the interrupt is spent */
        gic_virt_update(c);
        return INTID_SPURIOUS;
    }
    if (intid < INTID_LPI)
        *l |= LR_ACTIVE;
    uint8_t prio = lr_priority(*l) & group_mask(c->pe.sr[SR_ICH_VMCR_EL2], group1);
    c->pe.sr[group1 ? SR_ICH_AP1R0_EL2 : SR_ICH_AP0R0_EL2] |= BIT(prio >> 3);
    gic_tell(c, TRACE_IRQ_ACK, true, intid, prio);
    gic_virt_update(c);
    return intid;
}

static uint64_t highest_pending_intid(const struct gic_cpu *c, bool group1)
{
    int n = highest_pending(c);
    if (n < 0 || ((*lr(c, (unsigned)n) & LR_GROUP) != 0) != group1)
        return INTID_SPURIOUS;
    return lr_intid(*lr(c, (unsigned)n));
}

static int find_active(const struct gic_cpu *c, uint32_t intid)
{
    for (unsigned n = 0; n < NUM_LRS; n++)
        if ((*lr(c, n) & LR_ACTIVE) != 0 && lr_intid(*lr(c, n)) == intid)
            return (int)n;
    return -1;
}

/* Ends the active state of a virtual interrupt, and of the physical interrupt it stands for; without a list
 * register for it, counts the event for the hypervisor (ICH_HCR_EL2.EOIcount, wraps). */
static void deactivate(struct gic_cpu *c, uint32_t intid, int n)
{
    if (intid >= INTID_LPI)
        return;
    if (n < 0) {
        uint64_t hcr = c->pe.sr[SR_ICH_HCR_EL2];
        c->pe.sr[SR_ICH_HCR_EL2] = (hcr & ~ICH_EOICOUNT) | ((hcr + ICH_EOICOUNT_ONE) & ICH_EOICOUNT);
        return;
    }
    uint64_t *l = lr(c, (unsigned)n);
    *l &= ~LR_ACTIVE;
    gic_tell(c, TRACE_IRQ_DEACTIVATE, true, intid, 0);
    uint32_t physical = bits(*l, 44, 32);
    if ((*l & LR_HW) != 0 && physical < INTID_SPI + GIC_SPIS &&
        (gic_ds(c->gic) || gic_intid_group(c, physical) == G1NS))
        gic_deactivate(c, physical);
}

/* Drops the highest active virtual priority, whichever group it is of, and ends the interrupt unless that is
 * left to DIR. A write that doesn't match the last acknowledge is UNPREDICTABLE; here, it drops the priority
 * and no more. */
static void end_of_interrupt(struct gic_cpu *c, bool group1, uint32_t intid)
{
    bool dropped_group1 = false;
    unsigned level = highest_active(c, &dropped_group1);
    if (special(intid) || level == 32)
        return;
    uint64_t vmcr = c->pe.sr[SR_ICH_VMCR_EL2];
    c->pe.sr[dropped_group1 ? SR_ICH_AP1R0_EL2 : SR_ICH_AP0R0_EL2] &= ~BIT(level);
    gic_tell(c, TRACE_IRQ_EOI, true, intid, 0);
    if ((vmcr & VMCR_VEOIM) == 0) {
        int n = find_active(c, intid);
        uint64_t v = n < 0 ? 0 : *lr(c, (unsigned)n);
        if (n < 0 ||
            (((v & LR_GROUP) != 0) == group1 && (lr_priority(v) & group_mask(vmcr, group1)) == level << 3))
            deactivate(c, intid, n);
    }
    gic_virt_update(c);
}

static uint64_t icv_ctlr(uint64_t vmcr)
{
    /* CBPR, EOImode; PRIbits: 5, IDbits: 24, A3V */
    return ((vmcr & VMCR_VCBPR) != 0 ? BIT(0) : 0) | ((vmcr & VMCR_VEOIM) != 0 ? BIT(1) : 0) |
           UINT64_C(4) << 8 | UINT64_C(1) << 11 | BIT(15);
}

uint64_t gic_icv_read(struct gic_cpu *c, enum sysreg reg)
{
    uint64_t vmcr = c->pe.sr[SR_ICH_VMCR_EL2];
    switch (reg) {
    case SR_ICC_IAR0_EL1:
        return acknowledge(c, false);
    case SR_ICC_IAR1_EL1:
        return acknowledge(c, true);
    case SR_ICC_HPPIR0_EL1:
        return highest_pending_intid(c, false);
    case SR_ICC_HPPIR1_EL1:
        return highest_pending_intid(c, true);
    case SR_ICC_NMIAR1_EL1:
        return INTID_SPURIOUS;
    case SR_ICC_PMR_EL1:
        return bits(vmcr, VMCR_VPMR + 7, VMCR_VPMR);
    case SR_ICC_RPR_EL1:
        return running_priority(c);
    case SR_ICC_BPR0_EL1:
        return vbpr0(vmcr);
    case SR_ICC_BPR1_EL1:
        if ((vmcr & VMCR_VCBPR) == 0)
            return vbpr1(vmcr);
        return vbpr0(vmcr) < 7 ? vbpr0(vmcr) + 1 : 7;
    case SR_ICC_CTLR_EL1:
        return icv_ctlr(vmcr);
    case SR_ICC_IGRPEN0_EL1:
        return (vmcr & VMCR_VENG0) != 0;
    case SR_ICC_IGRPEN1_EL1:
        return (vmcr & VMCR_VENG1) != 0;
    case SR_ICC_AP0R0_EL1:
        return c->pe.sr[SR_ICH_AP0R0_EL2];
    case SR_ICC_AP1R0_EL1:
        return c->pe.sr[SR_ICH_AP1R0_EL2];
    default:
        return 0;
    }
}

/* ICV_CTLR and the like are windows on ICH_VMCR_EL2. */
static void vmcr_field(struct gic_cpu *c, unsigned hi, unsigned lo, uint64_t field)
{
    gic_ich_write(c, SR_ICH_VMCR_EL2, bits_set(c->pe.sr[SR_ICH_VMCR_EL2], hi, lo, field));
}

void gic_icv_write(struct gic_cpu *c, enum sysreg reg, uint64_t value)
{
    switch (reg) {
    case SR_ICC_EOIR0_EL1:
        end_of_interrupt(c, false, lr_intid(value));
        break;
    case SR_ICC_EOIR1_EL1:
        end_of_interrupt(c, true, lr_intid(value));
        break;
    case SR_ICC_DIR_EL1:
        if ((c->pe.sr[SR_ICH_VMCR_EL2] & VMCR_VEOIM) != 0 && !special(lr_intid(value))) {
            deactivate(c, lr_intid(value), find_active(c, lr_intid(value)));
            gic_virt_update(c);
        }
        break;
    case SR_ICC_PMR_EL1:
        vmcr_field(c, VMCR_VPMR + 7, VMCR_VPMR, value);
        break;
    case SR_ICC_BPR0_EL1:
        vmcr_field(c, VMCR_VBPR0 + 2, VMCR_VBPR0, value);
        break;
    case SR_ICC_BPR1_EL1:
        if ((c->pe.sr[SR_ICH_VMCR_EL2] & VMCR_VCBPR) == 0)
            vmcr_field(c, VMCR_VBPR1 + 2, VMCR_VBPR1, value);
        break;
    case SR_ICC_CTLR_EL1:
        vmcr_field(c, 4, 4, value & 1);
        vmcr_field(c, 9, 9, (value >> 1) & 1);
        break;
    case SR_ICC_IGRPEN0_EL1:
        vmcr_field(c, 0, 0, value & 1);
        break;
    case SR_ICC_IGRPEN1_EL1:
        vmcr_field(c, 1, 1, value & 1);
        break;
    case SR_ICC_AP0R0_EL1:
        gic_ich_write(c, SR_ICH_AP0R0_EL2, value);
        break;
    case SR_ICC_AP1R0_EL1:
        gic_ich_write(c, SR_ICH_AP1R0_EL2, value);
        break;
    default:
        break;
    }
}
