/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What follows from a PE's state rather than being part of it: the host TLB banks of the translation contexts
 * in use, whether FP instructions trap, the effective HCR_EL2, and the attention bits. Exceptions, exception
 * returns and world switches come through here, so each (EL, PAN) keeps what was found out until a register
 * it depends on changes. Also time as the PE sees it, and PSTATE in SPSR's layout (Arm ARM C5.2.19).
 */
#include "cpu/context.h"

#include <string.h>

/* Sets of Exception levels. */
enum { L0 = 1, L1 = 2, L2 = 4, L3 = 8, L_ALL = 15 };

/* SCTLR[] of the current regime. */
static uint64_t sctlr(const struct cpu *c)
{
    static const uint16_t reg[] = {[REGIME_EL10] = SR_SCTLR_EL1,
                                   [REGIME_EL20] = SR_SCTLR_EL2,
                                   [REGIME_EL2] = SR_SCTLR_EL2,
                                   [REGIME_EL3] = SR_SCTLR_EL3};
    return c->sr[reg[regime_of(c->feat, c->sr, c->el)]];
}

/* AArch64.IsUnprivAccessPriv() is false: LDTR and STTR look like accesses from EL0. */
static bool has_unpriv_view(const struct cpu *c)
{
    if (c->el == 1)
        return (c->hcr & (HCR_NV | HCR_NV1)) != (HCR_NV | HCR_NV1);
    return c->el == 2 && (c->hcr & (HCR_E2H | HCR_TGE)) == (HCR_E2H | HCR_TGE);
}

static struct htlb_bank *find_bank(struct cpu *c, struct htlb_bank *old, bool unpriv)
{
    struct tctx t;
    tctx_make(&t, c->feat, c->sr, c->el, unpriv, c->pan);
    if (old != NULL && old->in_use && !old->stale && memcmp(&old->tctx, &t, sizeof(t)) == 0)
        return old;
    return htlb_bank(&c->htlb, &t);
}

NOINLINE void context_build(struct cpu *c, unsigned n)
{
    struct cpu_context *x = &c->ctx[n];
    const struct route_state rs = {.feat = c->feat, .sr = c->sr, .el = c->el, .daif = c->daif};
    x->bank = find_bank(c, x->bank, false);
    x->unpriv = has_unpriv_view(c) ? find_bank(c, x->unpriv, true) : x->bank;
    x->key = x->bank->key;
    x->unpriv_key = x->unpriv->key;
    x->fp_trapped = fp_access(&rs).target_el != 0;
    x->sp_mask = (sctlr(c) & (c->el == 0 ? SCTLR_SA0 : SCTLR_SA)) ? 15 : 0;
    c->ctx_valid |= (uint8_t)(1u << n);
}

static void forget_contexts(struct cpu *c, unsigned els)
{
    static const uint8_t numbers[] = {0x03, 0x0c, 0x30, 0xc0};
    for (unsigned el = 0; el < 4; el++)
        if (els >> el & 1)
            c->ctx_valid &= (uint8_t)~numbers[el];
}

static void forget_verdicts(struct cpu *c, unsigned els)
{
    for (unsigned el = 0; el < 4; el++) {
        if (!(els >> el & 1))
            continue;
        if (++c->trap_gen[el] == 0) { /* stamps of the previous round must not come true again */
            memset(c->access[el], 0, sizeof(c->access[el]));
            c->trap_gen[el] = 1;
        }
    }
}

static void derive_hcr(struct cpu *c)
{
    c->hcr = hcr_effective(c->feat, c->sr);
    c->e2h_host = el_is_in_host(c->feat, c->sr, 2);
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

static void act_on(struct cpu *c, unsigned effects, unsigned mmu_els, unsigned trap_els)
{
    if (effects & (EFFECT_MMU | EFFECT_TRAPS | EFFECT_IRQ))
        derive_hcr(c);
    if (effects & EFFECT_MMU)
        forget_contexts(c, mmu_els);
    if (effects & EFFECT_TRAPS) {
        forget_contexts(c, trap_els); /* FP enables */
        forget_verdicts(c, trap_els);
    }
    if (effects & EFFECT_DEBUG)
        c->debug_wanted = (c->sr[SR_MDSCR_EL1] & (MDSCR_MDE | MDSCR_SS)) != 0;
    context_select(c);
    context_attention(c);
}

void cpu_context_changed(struct cpu *c, unsigned effects)
{
    if (UNLIKELY(effects != 0)) {
        derive_spsr_bits(c);
        act_on(c, effects, L_ALL, L_ALL);
        context_tell(c);
        return;
    }
    context_select(c);
    context_attention(c);
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
        return L0 | L1;
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

/* The Exception levels where verdicts on accesses depend on a register with EFFECT_TRAPS. */
static unsigned trap_levels(enum sysreg reg, const struct sysreg_row *row, uint64_t changed)
{
    switch (reg) {
    case SR_HCR_EL2:
        return L0 | L1 | ((changed & HCR_E2H) ? L2 | L3 : 0);
    case SR_HSTR_EL2:
    case SR_HCRX_EL2:
    case SR_HFGRTR_EL2:
    case SR_HFGWTR_EL2:
    case SR_HFGITR_EL2:
    case SR_HDFGRTR_EL2:
    case SR_HDFGWTR_EL2:
    case SR_HAFGRTR_EL2:
    case SR_MDCR_EL2:
    case SR_CNTHCTL_EL2:
    case SR_SCTLR_EL1:
    case SR_CPACR_EL1:
    case SR_CNTKCTL_EL1:
    case SR_PMUSERENR_EL0:
        return L0 | L1;
    case SR_SCTLR_EL2:
    case SR_CPTR_EL2:
        return L0 | L1 | L2;
    default:
        (void)row;
        return L_ALL;
    }
}

void cpu_register_written(struct cpu *c, enum sysreg reg, uint64_t old)
{
    const struct sysreg_row *row = sysreg_row(reg);
    if (row->effects != 0)
        act_on(c, row->effects, mmu_levels(reg, row), trap_levels(reg, row, old ^ c->sr[reg]));
    if (reg == SR_SCR_EL3 || (reg == SR_HCR_EL2 && UNLIKELY(c->sr[SR_CNTHCTL_EL2] & CNTHCTL_ECV)))
        context_tell(c);
}

void cpu_tlb_invalidate(struct cpu *c, const struct tlbi *op)
{
    tlb_invalidate(c->tlb, op);
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
