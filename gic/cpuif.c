/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The physical CPU interface: ICC_* system registers (IHI 0069 11.2), priority masking, preemption and
 * priority drop (4.8), the choice between IRQ and FIQ (4.6.2), and software-generated interrupts. Whether an
 * instruction may access a register at all has been decided before; what an EL1 access to a virtual interface
 * does is in virt.c.
 */
#include "gic/gic-internal.h"

#include <string.h>

#include "sysregs/fields.h"

#define CTLR_CBPR BIT(0)
#define CTLR_EOIMODE BIT(1)
/* PRIbits: 5, IDbits: 24, A3V, RSS; common to ICC_CTLR_EL1 and _EL3 */
#define CTLR_FIXED (UINT64_C(4) << 8 | UINT64_C(1) << 11 | BIT(15) | BIT(18))
#define CTLR3_CBPR_EL1S BIT(0)
#define CTLR3_CBPR_EL1NS BIT(1)
#define CTLR3_EOIMODE_EL3 BIT(2)
#define CTLR3_EOIMODE_EL1S BIT(3)
#define CTLR3_EOIMODE_EL1NS BIT(4)
/* System register interface only: SRE, DFB, DIB (and Enable in EL2's and EL3's) are RAO/WI */
#define SRE_EL1 0x7
#define SRE_EL2 0xf

#define IDLE_SPECIAL(intid) ((intid) >= INTID_SPECIAL && (intid) <= INTID_SPURIOUS)

void gic_cpuif_reset(struct gic_cpu *c)
{
    c->pmr = 0;
    c->bpr0 = c->bpr1[BANK_S] = MIN_BPR;
    c->bpr1[BANK_NS] = MIN_BPR + 1;
    c->igrpen0 = c->eoimode_el3 = 0;
    memset(c->igrpen1, 0, sizeof(c->igrpen1));
    memset(c->cbpr, 0, sizeof(c->cbpr));
    memset(c->eoimode, 0, sizeof(c->eoimode));
    memset(c->apr, 0, sizeof(c->apr));
    c->running = PRIO_IDLE;
    c->pe.sr[SR_ICC_SRE_EL1] = SRE_EL1;
    c->pe.sr[SR_ICC_SRE_EL2] = SRE_EL2;
    c->pe.sr[SR_ICC_SRE_EL3] = SRE_EL2;
}

/* ---- state of the PE ---- */

static enum gic_bank bank(const struct gic_cpu *c)
{
    return c->gic->cfg.has_el3 && (c->pe.sr[SR_SCR_EL3] & SCR_NS) == 0 ? BANK_S : BANK_NS;
}

static bool at_el3(const struct gic_cpu *c)
{
    return *c->pe.el == 3;
}

static bool is_secure(const struct gic_cpu *c)
{
    return at_el3(c) || bank(c) == BANK_S;
}

/* Do priorities appear in the Non-secure view, the lower half stretched? (4.8.1) */
static bool nonsecure_view(const struct gic_cpu *c)
{
    return c->gic->cfg.has_el3 && !is_secure(c) && (c->pe.sr[SR_SCR_EL3] & SCR_FIQ) != 0;
}

uint32_t gic_enabled_groups(const struct gic_cpu *c)
{
    uint32_t ctlr = c->gic->ctlr, groups = 0;
    if ((ctlr & CTLR_GRP0) != 0 && c->igrpen0)
        groups |= BIT(G0);
    if ((ctlr & CTLR_GRP1S) != 0 && c->igrpen1[BANK_S])
        groups |= BIT(G1S);
    if ((ctlr & CTLR_GRP1NS) != 0 && c->igrpen1[BANK_NS])
        groups |= BIT(G1NS);
    return groups;
}

/* ---- signals ---- */

void gic_set_lines(struct gic_cpu *c, uint32_t mask, uint32_t lines)
{
    uint32_t diff = (c->lines & mask) ^ lines;
    c->lines ^= diff;
    for (; diff != 0; diff &= diff - 1)
        c->gic->cfg.set_line(c->gic->cfg.opaque, c->index, diff & -diff, (c->lines & diff & -diff) != 0);
}

static bool bpr_possible(unsigned bpr, unsigned min)
{
    return bpr >= min && bpr <= 7;
}

bool gic_cpuif_possible(const struct gic_cpu *c)
{
    return bpr_possible(c->bpr0, MIN_BPR) && bpr_possible(c->bpr1[BANK_S], MIN_BPR) &&
           bpr_possible(c->bpr1[BANK_NS], MIN_BPR + 1);
}

/* The bits of a priority that decide preemption: GroupBits() by the binary point (4.8.3). */
static uint8_t group_mask(const struct gic_cpu *c, enum gic_group group)
{
    unsigned bpr = c->bpr0;
    if (group == G1S && !c->cbpr[BANK_S])
        bpr = c->bpr1[BANK_S];
    else if (group == G1NS && !c->cbpr[BANK_NS])
        bpr = c->bpr1[BANK_NS] - 1u;
    return 0xff << (bpr + 1);
}

/* Is the interrupt of sufficient priority to be signalled: CanSignalInterrupt() */
static bool can_preempt(const struct gic_cpu *c, const struct pending *p)
{
    if (p->prio >= c->pmr)
        return false;
    return c->running == PRIO_IDLE || (p->prio & group_mask(c, p->group)) < c->running;
}

void gic_cpuif_update(struct gic_cpu *c)
{
    uint32_t line = 0;
    if (can_preempt(c, &c->hppi)) {
        line = GIC_LINE_IRQ;
        if (c->hppi.group == G0)
            line = GIC_LINE_FIQ;
        else if (c->gic->cfg.has_el3 && (at_el3(c) || (c->hppi.group == G1S) != (bank(c) == BANK_S)))
            line = GIC_LINE_FIQ; /* for another Security state, or at EL3 */
    }
    gic_set_lines(c, GIC_LINE_IRQ | GIC_LINE_FIQ, line);
}

void gic_context_changed(struct gic *g, unsigned cpu)
{
    gic_cpuif_update(&g->cpu[cpu]);
}

/* ---- acknowledge, priority drop, deactivate ---- */

/* Which interrupt group has the highest active priority, GROUPS if nothing is active, and its bit. */
static enum gic_group highest_active(const struct gic_cpu *c, unsigned *level)
{
    enum gic_group best = GROUPS;
    *level = 32;
    for (unsigned n = 0; n < GROUPS; n++) {
        if (c->apr[n] != 0 && (unsigned)__builtin_ctz(c->apr[n]) < *level) {
            *level = (unsigned)__builtin_ctz(c->apr[n]);
            best = n;
        }
    }
    return best;
}

void gic_running_changed(struct gic_cpu *c)
{
    unsigned level;
    c->running = highest_active(c, &level) == GROUPS ? PRIO_IDLE : level << 3;
}

/* INTID that a read of IAR or HPPIR shows for the highest pending interrupt (4.2.1, special INTIDs). */
static uint32_t visible_intid(const struct gic_cpu *c, bool group0)
{
    const struct pending *p = &c->hppi;
    if (p->intid == INTID_SPURIOUS)
        return INTID_SPURIOUS;
    bool secure_irq = !gic_ds(c->gic) && p->group != G1NS;
    if (secure_irq && !is_secure(c))
        return INTID_SPURIOUS;
    if (group0) {
        if (p->group == G0)
            return p->intid;
        if (!at_el3(c))
            return INTID_SPURIOUS;
        return secure_irq ? INTID_SECURE : INTID_NONSECURE;
    }
    if (p->group == G0 || (!secure_irq && is_secure(c) && !at_el3(c)))
        return INTID_SPURIOUS;
    return p->intid;
}

static uint64_t acknowledge(struct gic_cpu *c, bool group0)
{
    if (!can_preempt(c, &c->hppi))
        return INTID_SPURIOUS;
    uint32_t intid = visible_intid(c, group0);
    if (IDLE_SPECIAL(intid))
        return intid;
    uint8_t prio = c->hppi.prio & group_mask(c, c->hppi.group);
    c->apr[c->hppi.group] |= UINT32_C(1) << (prio >> 3);
    c->running = prio;
    gic_acknowledge(c, intid);
    gic_tell(c, TRACE_IRQ_ACK, false, intid, prio);
    return intid;
}

static bool eoi_split(const struct gic_cpu *c)
{
    return at_el3(c) ? c->eoimode_el3 : c->eoimode[bank(c)];
}

/* May this PE, in its present state, deactivate an interrupt of this group? Secure ones belong to Secure
 * software. */
static bool owns(const struct gic_cpu *c, uint32_t intid)
{
    return gic_ds(c->gic) || is_secure(c) || gic_intid_group(c, intid) == G1NS;
}

static void end_of_interrupt(struct gic_cpu *c, bool group0, uint32_t intid)
{
    if (IDLE_SPECIAL(intid) || !gic_intid_valid(c->gic, intid))
        return;
    unsigned level;
    enum gic_group group = highest_active(c, &level);
    bool mine;
    switch (group) {
    case G0:
        mine = group0 && (gic_ds(c->gic) || is_secure(c));
        break;
    case G1S:
        mine = !group0 && is_secure(c);
        break;
    case G1NS:
        mine = !group0 && (at_el3(c) || bank(c) == BANK_NS);
        break;
    default:
        mine = false;
        break;
    }
    if (!mine)
        return;
    c->apr[group] &= c->apr[group] - 1;
    gic_running_changed(c);
    gic_tell(c, TRACE_IRQ_EOI, false, intid, 0);
    if (!eoi_split(c) && owns(c, intid))
        gic_deactivate(c, intid);
    gic_cpuif_update(c);
}

/* ICC_DIR_EL1. An EL below the one that interrupts of this group are routed to may not deactivate them. */
static void deactivate(struct gic_cpu *c, uint32_t intid)
{
    if (!eoi_split(c) || IDLE_SPECIAL(intid) || !gic_intid_valid(c->gic, intid) || !owns(c, intid))
        return;
    if (c->gic->cfg.has_el3 && !at_el3(c)) {
        uint64_t scr = c->pe.sr[SR_SCR_EL3];
        if ((scr & (gic_intid_group(c, intid) == G0 ? SCR_FIQ : SCR_IRQ)) != 0)
            return;
    }
    gic_deactivate(c, intid);
}

/* ---- software-generated interrupts (4.4.2, and the tables in 12.1.10) ---- */

/* Makes an SGI pending at `target` if its configuration there accepts one generated for `group`. */
static void sgi_deliver(struct gic_cpu *target, enum gic_group group, bool nonsecure, unsigned intid)
{
    const struct gic *g = target->gic;
    enum gic_group configured = irq_group(g, &target->local, intid);
    if (group == G1S && configured == G0)
        group = G0;
    if (group != configured)
        return;
    if (nonsecure && !gic_ds(g) && group != G1NS && irq_nsacr(&target->local, intid) < (group == G0 ? 1 : 2))
        return;
    target->local.latch |= UINT32_C(1) << intid;
    gic_local_changed(target);
}

static void sgi_generate(struct gic_cpu *c, enum gic_group group, uint64_t value)
{
    struct gic *g = c->gic;
    unsigned intid = bits(value, 27, 24);
    bool nonsecure = !is_secure(c), all_others = bit(value, 40);
    uint32_t cluster = bits(value, 55, 48) << 24 | bits(value, 39, 32) << 16 | bits(value, 23, 16) << 8 |
                       bits(value, 47, 44) << 4;
    if (gic_ds(g) && group == G1S)
        group = G1NS;
    for (unsigned n = 0; n < g->cfg.ncpus; n++) {
        bool target = (g->affinity[n] & ~UINT32_C(15)) == cluster && bit(value, g->affinity[n] & 15);
        if (all_others ? n != c->index : target)
            sgi_deliver(&g->cpu[n], group, nonsecure, intid);
    }
}

/* ---- registers ---- */

static uint64_t read_pmr(const struct gic_cpu *c)
{
    if (!nonsecure_view(c))
        return c->pmr;
    return (c->pmr & 0x80) != 0 ? (uint8_t)(c->pmr << 1) : 0;
}

static void write_pmr(struct gic_cpu *c, uint64_t value)
{
    uint8_t pmr = value & PRIO_MASK;
    if (nonsecure_view(c)) {
        if ((c->pmr & 0x80) == 0)
            return;
        pmr = (0x80 | (value & 0xff) >> 1) & PRIO_MASK;
    }
    c->pmr = pmr;
    gic_cpuif_update(c);
}

static uint64_t read_rpr(const struct gic_cpu *c)
{
    if (!nonsecure_view(c) || c->running == PRIO_IDLE)
        return c->running;
    return (c->running & 0x80) != 0 ? (uint8_t)(c->running << 1) : 0;
}

static uint64_t read_bpr1(const struct gic_cpu *c)
{
    enum gic_bank b = bank(c);
    if (!c->cbpr[b] || (b == BANK_NS && at_el3(c)))
        return c->bpr1[b];
    return b == BANK_S ? c->bpr0 : c->bpr0 < 7 ? c->bpr0 + 1 : 7;
}

static uint8_t at_least(uint64_t value, unsigned min)
{
    unsigned bpr = value & 7;
    return bpr < min ? min : bpr;
}

static void write_bpr1(struct gic_cpu *c, uint64_t value)
{
    enum gic_bank b = bank(c);
    if (!c->cbpr[b] || (b == BANK_NS && at_el3(c)))
        c->bpr1[b] = at_least(value, b == BANK_S ? MIN_BPR : MIN_BPR + 1);
    else if (b == BANK_S)
        c->bpr0 = at_least(value, MIN_BPR);
    gic_cpuif_update(c);
}

static void write_ctlr_el1(struct gic_cpu *c, uint64_t value)
{
    enum gic_bank b = bank(c);
    c->eoimode[b] = (value & CTLR_EOIMODE) != 0;
    if (gic_ds(c->gic)) /* otherwise an alias of ICC_CTLR_EL3's, read-only here */
        c->cbpr[b] = (value & CTLR_CBPR) != 0;
    gic_cpuif_update(c);
}

static uint64_t read_ctlr_el3(const struct gic_cpu *c)
{
    return CTLR_FIXED | (c->cbpr[BANK_S] ? CTLR3_CBPR_EL1S : 0) | (c->cbpr[BANK_NS] ? CTLR3_CBPR_EL1NS : 0) |
           (c->eoimode_el3 ? CTLR3_EOIMODE_EL3 : 0) | (c->eoimode[BANK_S] ? CTLR3_EOIMODE_EL1S : 0) |
           (c->eoimode[BANK_NS] ? CTLR3_EOIMODE_EL1NS : 0);
}

static void write_ctlr_el3(struct gic_cpu *c, uint64_t value)
{
    c->cbpr[BANK_S] = (value & CTLR3_CBPR_EL1S) != 0;
    c->cbpr[BANK_NS] = (value & CTLR3_CBPR_EL1NS) != 0;
    c->eoimode_el3 = (value & CTLR3_EOIMODE_EL3) != 0;
    c->eoimode[BANK_S] = (value & CTLR3_EOIMODE_EL1S) != 0;
    c->eoimode[BANK_NS] = (value & CTLR3_EOIMODE_EL1NS) != 0;
    gic_cpuif_update(c);
}

static void write_apr(struct gic_cpu *c, enum gic_group group, uint64_t value)
{
    /* Non-secure software can't claim that its interrupts are active at priorities of Secure ones */
    if (!is_secure(c) && !gic_ds(c->gic))
        value &= UINT64_C(0xffff0000);
    c->apr[group] = (uint32_t)value;
    gic_running_changed(c);
    gic_cpuif_update(c);
}

static enum gic_group group1(const struct gic_cpu *c)
{
    return bank(c) == BANK_S ? G1S : G1NS;
}

static uint64_t unit_read(void *opaque, enum sysreg reg)
{
    struct gic_cpu *c = opaque;
    if (*c->pe.el == 1 && gic_virt_redirects(c, reg))
        return gic_icv_read(c, reg);
    switch (reg) {
    case SR_ICC_IAR0_EL1:
        return acknowledge(c, true);
    case SR_ICC_IAR1_EL1:
        return acknowledge(c, false);
    case SR_ICC_HPPIR0_EL1:
        return visible_intid(c, true);
    case SR_ICC_HPPIR1_EL1:
        return visible_intid(c, false);
    case SR_ICC_NMIAR1_EL1: /* no interrupt has the NMI property */
        return INTID_SPURIOUS;
    case SR_ICC_PMR_EL1:
        return read_pmr(c);
    case SR_ICC_RPR_EL1:
        return read_rpr(c);
    case SR_ICC_BPR0_EL1:
        return c->bpr0;
    case SR_ICC_BPR1_EL1:
        return read_bpr1(c);
    case SR_ICC_CTLR_EL1:
        return CTLR_FIXED | (c->cbpr[bank(c)] ? CTLR_CBPR : 0) | (c->eoimode[bank(c)] ? CTLR_EOIMODE : 0);
    case SR_ICC_CTLR_EL3:
        return read_ctlr_el3(c);
    case SR_ICC_IGRPEN0_EL1:
        return c->igrpen0;
    case SR_ICC_IGRPEN1_EL1:
        return c->igrpen1[bank(c)];
    case SR_ICC_IGRPEN1_EL3:
        return c->igrpen1[BANK_NS] | c->igrpen1[BANK_S] << 1;
    case SR_ICC_SRE_EL1:
    case SR_ICC_SRE_EL2:
    case SR_ICC_SRE_EL3:
        return c->pe.sr[reg];
    case SR_ICC_AP0R0_EL1:
        return c->apr[G0];
    case SR_ICC_AP1R0_EL1:
        return c->apr[group1(c)];
    default:
        return gic_ich_read(c, reg);
    }
}

/* The registers whose write is an order rather than a setting. False: reg is none of them. */
static bool write_order(struct gic_cpu *c, enum sysreg reg, uint64_t value)
{
    switch (reg) {
    case SR_ICC_EOIR0_EL1:
        end_of_interrupt(c, true, bits(value, 23, 0));
        break;
    case SR_ICC_EOIR1_EL1:
        end_of_interrupt(c, false, bits(value, 23, 0));
        break;
    case SR_ICC_DIR_EL1:
        deactivate(c, bits(value, 23, 0));
        break;
    case SR_ICC_SGI0R_EL1:
        sgi_generate(c, G0, value);
        break;
    case SR_ICC_SGI1R_EL1:
        sgi_generate(c, is_secure(c) ? G1S : G1NS, value);
        break;
    case SR_ICC_ASGI1R_EL1:
        sgi_generate(c, is_secure(c) ? G1NS : G1S, value);
        break;
    default:
        return false;
    }
    return true;
}

static void unit_write(void *opaque, enum sysreg reg, uint64_t value)
{
    struct gic_cpu *c = opaque;
    if (*c->pe.el == 1 && gic_virt_redirects(c, reg)) {
        gic_icv_write(c, reg, value);
        return;
    }
    if (write_order(c, reg, value))
        return;
    switch (reg) {
    case SR_ICC_PMR_EL1:
        write_pmr(c, value);
        break;
    case SR_ICC_BPR0_EL1:
        c->bpr0 = at_least(value, MIN_BPR);
        gic_cpuif_update(c);
        break;
    case SR_ICC_BPR1_EL1:
        write_bpr1(c, value);
        break;
    case SR_ICC_CTLR_EL1:
        write_ctlr_el1(c, value);
        break;
    case SR_ICC_CTLR_EL3:
        write_ctlr_el3(c, value);
        break;
    case SR_ICC_IGRPEN0_EL1:
        c->igrpen0 = value & 1;
        gic_recompute(c);
        break;
    case SR_ICC_IGRPEN1_EL1:
        c->igrpen1[bank(c)] = value & 1;
        gic_recompute(c);
        break;
    case SR_ICC_IGRPEN1_EL3:
        c->igrpen1[BANK_NS] = value & 1;
        c->igrpen1[BANK_S] = (value >> 1) & 1;
        gic_recompute(c);
        break;
    case SR_ICC_SRE_EL1:
    case SR_ICC_SRE_EL2:
    case SR_ICC_SRE_EL3:
        break;
    case SR_ICC_AP0R0_EL1:
        write_apr(c, G0, value);
        break;
    case SR_ICC_AP1R0_EL1:
        write_apr(c, group1(c), value);
        break;
    default:
        gic_ich_write(c, reg, value);
        break;
    }
}

struct sysreg_unit gic_cpu_interface(struct gic *g, unsigned cpu)
{
    return (struct sysreg_unit){.read = unit_read, .write = unit_write, .opaque = &g->cpu[cpu]};
}
