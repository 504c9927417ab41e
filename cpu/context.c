/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What follows from a PE's state rather than being part of it: the host TLB banks of the translation contexts
 * in use, whether FP instructions trap, the effective HCR_EL2, and the attention bits. Exceptions, exception
 * returns and world switches come through here, so each (EL, PAN) keeps what was found out until a register
 * it depends on changes. Also time as the PE sees it, and PSTATE in SPSR's layout (Arm ARM C5.2.19).
 */
#include "cpu/context.h"
#include "cpu/brbe.h"
#include "cpu/observe.h"
#include "cpu/pmu.h"

#include <string.h>

/* Sets of Exception levels. */
enum { L0 = 1, L1 = 2, L2 = 4, L3 = 8, L_ALL = 15 };

/* SCTLR[] of the regime of an EL. */
static uint64_t sctlr(const struct cpu *c, unsigned el)
{
    static const uint16_t reg[] = {[REGIME_EL10] = SR_SCTLR_EL1,
                                   [REGIME_EL20] = SR_SCTLR_EL2,
                                   [REGIME_EL2] = SR_SCTLR_EL2,
                                   [REGIME_EL3] = SR_SCTLR_EL3};
    return c->sr[reg[regime_of(c->feat, c->sr, el)]];
}

/* The Exception level of context n. */
static unsigned context_el(unsigned n)
{
    return n % CONTEXT_TCO / 2;
}

/* AArch64.IsUnprivAccessPriv() is false: LDTR and STTR look like accesses from EL0. */
static bool has_unpriv_view(const struct cpu *c, unsigned el)
{
    if (el == 1)
        return (c->hcr & (HCR_NV | HCR_NV1)) != (HCR_NV | HCR_NV1);
    return el == 2 && (c->hcr & (HCR_E2H | HCR_TGE)) == (HCR_E2H | HCR_TGE);
}

static struct htlb_bank *find_bank(struct cpu *c, unsigned n, struct htlb_bank *old, bool unpriv)
{
    struct tctx t;
    tctx_make(&t, c->feat, c->sr, context_el(n), unpriv, n & 1);
    if (n >= CONTEXT_TCO)
        t.tag_check = TAG_CHECK_OFF;
    if (old != NULL && old->in_use && !old->stale && memcmp(&old->tctx, &t, sizeof(t)) == 0)
        return old;
    return htlb_bank(&c->htlb, &t);
}

static void make(struct cpu *c, unsigned n, struct cpu_context *x)
{
    const struct route_state rs = {.feat = c->feat, .sr = c->sr, .el = (uint8_t)context_el(n)};
    x->bank = find_bank(c, n, x->bank, false);
    x->unpriv = has_unpriv_view(c, rs.el) ? find_bank(c, n, x->unpriv, true) : x->bank;
    x->tag_checked = (x->bank->tctx.tag_check | x->unpriv->tctx.tag_check) != TAG_CHECK_OFF;
    x->key = x->bank->key;
    x->unpriv_key = x->unpriv->key;
    x->fp_trapped = fp_access(&rs).target_el != 0;
    x->sp_mask = (sctlr(c, rs.el) & (rs.el == 0 ? SCTLR_SA0 : SCTLR_SA)) ? 15 : 0;
    c->seen_guest |= rs.el == 1 && (c->hcr & HCR_VM) != 0;
}

NOINLINE void context_build(struct cpu *c, unsigned n)
{
    uint64_t hcr = c->sr[SR_HCR_EL2], cptr = c->sr[SR_CPTR_EL2], made = c->ctx_made[context_el(n)];
    uint64_t vttbr = context_el(n) <= 1 ? c->sr[SR_VTTBR_EL2] : 0;
    struct cpu_context_way *w = c->ctx_ways[n];
    c->ctx_valid |= (uint16_t)(1u << n);
    for (unsigned k = 0; k < CONTEXT_WAYS; k++, w++) {
        if (w->hcr != hcr || w->vttbr != vttbr || w->cptr != cptr || w->made != made)
            continue;
        if (context_is_stale(&w->x))
            break;
        c->ctx[n] = w->x;
        return;
    }
    if (w == c->ctx_ways[n] + CONTEXT_WAYS)
        w = &c->ctx_ways[n][c->ctx_next[n]++ % CONTEXT_WAYS];
    make(c, n, &c->ctx[n]);
    *w = (struct cpu_context_way){.x = c->ctx[n], .hcr = hcr, .vttbr = vttbr, .cptr = cptr, .made = made};
}

NOINLINE const struct cpu_context *context_unchecked(struct cpu *c, unsigned n)
{
    n += CONTEXT_TCO;
    if (!(c->ctx_valid >> n & 1) || context_is_stale(&c->ctx[n]))
        context_build(c, n);
    return &c->ctx[n];
}

/* The current contexts of these ELs must be looked up or made anew. */
static void deselect_contexts(struct cpu *c, unsigned els)
{
    static const uint16_t numbers[] = {0x0303, 0x0c0c, 0x3030, 0xc0c0};
    for (unsigned el = 0; el < 4; el++)
        if (els >> el & 1)
            c->ctx_valid &= (uint16_t)~numbers[el];
}

/* ... and those kept for going back are no good, either. */
static void forget_contexts(struct cpu *c, unsigned els)
{
    deselect_contexts(c, els);
    for (unsigned el = 0; el < 4; el++)
        c->ctx_made[el] += els >> el & 1;
}

/* ---- verdicts ---- */

/* Registers that verdicts on accesses depend on, and at which Exception levels: those that a world switch
 * changes. Others with EFFECT_TRAPS concern all Exception levels. */
static const struct {
    uint16_t reg;
    uint8_t els;
    uint64_t mask;
} trap_controls[] = {
    {SR_HCR_EL2, L0 | L1, ~UINT64_C(0)},       {SR_HCR_EL2, L2 | L3, HCR_E2H},
    {SR_CPTR_EL2, L0 | L1 | L2, ~UINT64_C(0)}, {SR_SCTLR_EL2, L0 | L1 | L2, ~UINT64_C(0)},
    {SR_SCTLR_EL1, L0 | L1, ~UINT64_C(0)},     {SR_CPACR_EL1, L0 | L1, ~UINT64_C(0)},
    {SR_CNTHCTL_EL2, L0 | L1, ~UINT64_C(0)},   {SR_CNTKCTL_EL1, L0 | L1, ~UINT64_C(0)},
    {SR_MDCR_EL2, L0 | L1, ~UINT64_C(0)},      {SR_HSTR_EL2, L0 | L1, ~UINT64_C(0)},
    {SR_HCRX_EL2, L0 | L1, ~UINT64_C(0)},      {SR_HFGRTR_EL2, L0 | L1, ~UINT64_C(0)},
    {SR_HFGWTR_EL2, L0 | L1, ~UINT64_C(0)},    {SR_HFGITR_EL2, L0 | L1, ~UINT64_C(0)},
    {SR_HDFGRTR_EL2, L0 | L1, ~UINT64_C(0)},   {SR_HDFGWTR_EL2, L0 | L1, ~UINT64_C(0)},
    {SR_HAFGRTR_EL2, L0 | L1, ~UINT64_C(0)},   {SR_PMUSERENR_EL0, L0 | L1, ~UINT64_C(0)},
};
_Static_assert(ARRAY_LEN(trap_controls) <= TRAP_CONTROLS, "one value each");

/* A stamp that no remembered verdict has. */
static uint32_t new_stamp(struct cpu *c, unsigned el)
{
    if (++c->trap_last[el] ==
        TRAP_STAMP_UNKNOWN) { /* stamps of the previous round must not come true again */
        memset(c->access[el], 0, sizeof(c->access[el]));
        memset(c->trap_state[el], 0, sizeof(c->trap_state[el]));
        c->trap_last[el] = 1;
    }
    return c->trap_last[el];
}

uint32_t context_trap_stamp(struct cpu *c, unsigned el)
{
    if (c->trap_gen[el] != TRAP_STAMP_UNKNOWN)
        return c->trap_gen[el];
    struct cpu_trap_state now = {.stamp = 0}, *s = c->trap_state[el];
    for (unsigned n = 0; n < ARRAY_LEN(trap_controls); n++)
        if (trap_controls[n].els >> el & 1)
            now.value[n] = c->sr[trap_controls[n].reg] & trap_controls[n].mask;
    for (unsigned n = 0; n < TRAP_WAYS; n++)
        if (s[n].stamp != 0 && memcmp(s[n].value, now.value, sizeof(now.value)) == 0)
            return c->trap_gen[el] = s[n].stamp;
    now.stamp = new_stamp(c, el);
    s[c->trap_next[el]++ % TRAP_WAYS] = now;
    return c->trap_gen[el] = now.stamp;
}

/* Verdicts at these ELs depend on a register that changed; one of trap_controls, or `other`. */
static void forget_verdicts(struct cpu *c, unsigned els, bool other)
{
    for (unsigned el = 0; el < 4; el++) {
        if (!(els >> el & 1))
            continue;
        c->trap_gen[el] = TRAP_STAMP_UNKNOWN;
        if (other)
            memset(c->trap_state[el], 0, sizeof(c->trap_state[el]));
    }
}

/* The Exception levels where verdicts depend on the bits of a register that changed; 0, with *other, if it is
 * not in the table. */
static unsigned trap_levels(enum sysreg reg, uint64_t changed, bool *other)
{
    unsigned els = 0;
    *other = true;
    for (unsigned n = 0; n < ARRAY_LEN(trap_controls); n++) {
        if (trap_controls[n].reg != reg)
            continue;
        *other = false;
        if (trap_controls[n].mask & changed)
            els |= trap_controls[n].els;
    }
    return els;
}

static void derive_hcr(struct cpu *c)
{
    c->hcr = hcr_effective(c->feat, c->sr);
    c->e2h_host = el_is_in_host(c->feat, c->sr, 2);
    if (c->e2h_host && UNLIKELY(!c->seen_vhe)) {
        c->seen_vhe = true;
        c->seen_vhe_insns = cpu_insns(c);
    }
}

/* The fields of SPSR_ELx that an exception return takes over; c->feat does not change while the CPU lives. */
static void derive_spsr_bits(struct cpu *c)
{
    static const struct {
        uint16_t feature;
        uint32_t bits;
    } fields[] = {
        {FEAT_ALWAYS,
         SPSR_N | SPSR_Z | SPSR_C | SPSR_V | SPSR_SS | SPSR_IL | SPSR_D | SPSR_A | SPSR_I | SPSR_F | 0x1f},
        {FEAT_PAN, SPSR_PAN},
        {FEAT_UAO, SPSR_UAO},
        {FEAT_DIT, SPSR_DIT},
        {FEAT_SSBS, SPSR_SSBS},
        {FEAT_MTE, SPSR_TCO},
        {FEAT_NMI, SPSR_ALLINT},
        {FEAT_BTI, SPSR_BTYPE},
    };
    c->spsr_bits = 0;
    for (unsigned n = 0; n < ARRAY_LEN(fields); n++)
        if (fields[n].feature == FEAT_ALWAYS || has(c->feat, fields[n].feature))
            c->spsr_bits |= fields[n].bits;
}

static void act_on(struct cpu *c, unsigned effects)
{
    if (effects & EFFECT_DEBUG)
        c->debug_wanted = (c->sr[SR_MDSCR_EL1] & (MDSCR_MDE | MDSCR_SS)) != 0;
    context_select(c);
    context_attention(c);
}

void cpu_context_changed(struct cpu *c, unsigned effects)
{
    if (LIKELY(effects == 0)) {
        context_select(c);
        context_attention(c);
        return;
    }
    derive_spsr_bits(c);
    derive_hcr(c);
    forget_contexts(c, L_ALL);
    forget_verdicts(c, L_ALL, true);
    act_on(c, effects);
    context_tell(c);
}

/* The Exception levels whose translation depends on a register with EFFECT_MMU: those below and at the
 * register's own, except that EL2's own regimes have nothing to do with stage 2 and EL1. */
static unsigned mmu_levels(enum sysreg reg, const struct sysreg_row *row)
{
    switch (reg) {
    case SR_HCR_EL2:
    case SR_SCR_EL3:
        return L_ALL;
    case SR_VTTBR_EL2:
    case SR_VTCR_EL2:
    case SR_VSTTBR_EL2:
    case SR_VSTCR_EL2:
    case SR_S2PIR_EL2:
    case SR_HCRX_EL2: /* TCR2En */
        return L0 | L1;
    case SR_POR_EL0: /* also what LDTR at EL1 and EL2 looks at */
        return L0 | L1 | L2;
    default:
        break;
    }
    switch (row->op1) {
    case 0:
    case 3:
        return L0 | L1;
    case 4:
        return L0 | L2;
    default:
        return L_ALL;
    }
}

/* Registers with EFFECT_TRAPS that say whether FP instructions trap. */
static bool enables_fp(enum sysreg reg)
{
    return reg == SR_CPACR_EL1 || reg == SR_CPTR_EL2 || reg == SR_CPTR_EL3 || reg == SR_HCR_EL2 ||
           reg == SR_SCR_EL3;
}

void cpu_register_written(struct cpu *c, enum sysreg reg, uint64_t old)
{
    const struct sysreg_row *row = sysreg_row(reg);
    unsigned effects = row->effects, els = 0;
    if (effects == 0)
        return;
    if (reg == SR_HCR_EL2 || reg == SR_SCR_EL3)
        derive_hcr(c);
    if (effects & EFFECT_MMU)
        els = mmu_levels(reg, row);
    if (effects & EFFECT_TRAPS) {
        bool other;
        unsigned trap_els = trap_levels(reg, c->sr[reg] ^ old, &other);
        forget_verdicts(c, other ? L_ALL : trap_els, other);
        if (enables_fp(reg))
            els |= other ? L_ALL : trap_els;
    }
    if (reg == SR_HCR_EL2 || reg == SR_VTTBR_EL2 || reg == SR_CPTR_EL2)
        deselect_contexts(c, els); /* they are in struct cpu_context_way */
    else
        forget_contexts(c, els);
    act_on(c, effects);
    if (reg == SR_MDCR_EL2 || reg == SR_MDCR_EL3)
        pmu_controls_changed(c);
    if (UNLIKELY(c->brbe.on) &&
        (reg == SR_MDCR_EL3 || reg == SR_MDCR_EL2 || reg == SR_HCR_EL2 || reg == SR_SCR_EL3))
        brbe_update(c);
    if (reg == SR_SCR_EL3 || (reg == SR_HCR_EL2 && UNLIKELY(c->sr[SR_CNTHCTL_EL2] & CNTHCTL_ECV)))
        context_tell(c);
}

void cpu_tlb_invalidate(struct cpu *c, const struct tlbi *op)
{
    unsigned dropped = tlb_invalidate(c->tlb, op);
    if (UNLIKELY(c->tracer != NULL))
        observe_received(c, op, dropped);
    htlb_invalidate(&c->htlb, op, c->bank);
    context_select(c);
}

void cpu_set_el(struct cpu *c, unsigned el, unsigned spsel)
{
    context_set_el(c, el, spsel);
}

uint32_t cpu_pstate(const struct cpu *c, unsigned btype)
{
    return context_pstate(c, btype);
}

uint64_t cpu_insns(const struct cpu *c)
{
    uint64_t left = c->cur != NULL ? c->cur->left : 0;
    return c->insns + (c->slice_insns - (uint64_t)c->budget - left);
}

uint64_t cpu_now(const struct cpu *c)
{
    return c->time + ((cpu_insns(c) - c->insns) << c->ns_shift);
}
