/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Translation regimes: which registers control each, how their TCR_ELx is laid out, and the making of a
 * translation context from a PE's registers. Arm ARM D8.1.2, D19.2 (TCR_ELx); TranslationRegime(),
 * S1Enabled().
 */
#include "mmu/internal.h"

#include <string.h>

#include "base/bits.h"
#include "sysregs/fields.h"
#include "sysregs/sysreg.h"

static const struct regime_row regimes[REGIME_COUNT] = {
    [REGIME_EL10] = {"EL1&0", SR_SCTLR_EL1, SR_TCR_EL1, SR_TTBR0_EL1, SR_TTBR1_EL1, SR_MAIR_EL1, SR_MAIR2_EL1,
                     SR_PIR_EL1, SR_PIRE0_EL1, SR_POR_EL1},
    [REGIME_EL20] = {"EL2&0", SR_SCTLR_EL2, SR_TCR_EL2, SR_TTBR0_EL2, SR_TTBR1_EL2, SR_MAIR_EL2, SR_MAIR2_EL2,
                     SR_PIR_EL2, SR_PIRE0_EL2, SR_POR_EL2},
    [REGIME_EL2] = {"EL2", SR_SCTLR_EL2, SR_TCR_EL2, SR_TTBR0_EL2, SR_NONE, SR_MAIR_EL2, SR_MAIR2_EL2,
                    SR_PIR_EL2, SR_NONE, SR_POR_EL2},
    [REGIME_EL3] = {"EL3", SR_SCTLR_EL3, SR_TCR_EL3, SR_TTBR0_EL3, SR_NONE, SR_MAIR_EL3, SR_MAIR2_EL3,
                    SR_PIR_EL3, SR_NONE, SR_POR_EL3},
};

/* TCR_EL1, and TCR_EL2 with HCR_EL2.E2H == 1. */
static const struct tcr_layout tcr_two_ranges = {
    .txsz = {0, 16},
    .epd = {7, 23},
    .sh = {12, 28},
    .tg = {14, 30},
    .tbi = {37, 38},
    .hpd = {41, 42},
    .tbid = {51, 52},
    .tcma = {57, 58},
    .e0pd = {55, 56},
    .ps = 32,
    .ha = 39,
    .hd = 40,
    .ds = 59,
};

/* TCR_EL2 with HCR_EL2.E2H == 0, TCR_EL3. */
static const struct tcr_layout tcr_one_range = {
    .txsz = {0, 0},
    .epd = {NO_FIELD, NO_FIELD},
    .sh = {12, 12},
    .tg = {14, 14},
    .tbi = {20, 20},
    .hpd = {24, 24},
    .tbid = {29, 29},
    .tcma = {30, 30},
    .e0pd = {NO_FIELD, NO_FIELD},
    .ps = 16,
    .ha = 21,
    .hd = 22,
    .ds = 32,
};

/* Fields of the registers that decide a translation, or that cpu/ reads from the context (A, nAA, BT0, BT1).
 */
#define TCTX_SCTLR                                                                                           \
    (SCTLR_M | SCTLR_A | SCTLR_C | SCTLR_NAA | SCTLR_I | SCTLR_WXN | SCTLR_BT0 | SCTLR_BT1 | SCTLR_EPAN)
#define TCTX_HCR (HCR_VM | HCR_PTW | HCR_DC | HCR_CD | HCR_ID | HCR_FWB | HCR_DCT)
#define TTBR_CNP BIT(0)
#define TCR_A1 BIT(22)
#define TCR_AS BIT(36)
#define VTCR_VS BIT(19)
#define VTCR_S2PIE BIT(36)

const struct regime_row *regime_row(enum regime r)
{
    return &regimes[r];
}

const char *regime_name(enum regime r)
{
    return regimes[r].name;
}

const struct tcr_layout *tcr_layout(enum regime r)
{
    return regime_two_ranges(r) ? &tcr_two_ranges : &tcr_one_range;
}

enum regime regime_of(const struct features *f, const uint64_t *sr, unsigned el)
{
    switch (el) {
    case 3:
        return REGIME_EL3;
    case 2:
        return el_is_in_host(f, sr, 2) ? REGIME_EL20 : REGIME_EL2;
    case 1:
        return REGIME_EL10;
    default:
        return el_is_in_host(f, sr, 0) ? REGIME_EL20 : REGIME_EL10;
    }
}

/* LDTR and STTR act as EL0 at EL1 (unless HCR_EL2.{NV,NV1} == {1,1}) and at EL2 with {E2H,TGE} == {1,1}.
 * C6.2. */
static bool unpriv_takes_effect(unsigned el, uint64_t hcr)
{
    if (el == 1)
        return (hcr & (HCR_NV | HCR_NV1)) != (HCR_NV | HCR_NV1);
    return el == 2 && (hcr & (HCR_E2H | HCR_TGE)) == (HCR_E2H | HCR_TGE);
}

/* ---- TCR2_ELx and what it brings ---- */

/* The same fields of TCR_EL3. TCR2_ELx.{PnCH,PTTWI} belong to FEAT_THE and {D128,SKLn,DisCHn} to FEAT_D128,
 * which no model has; TCR_ELx.NFDn only concerns SVE's and TME's accesses, which there aren't. */
static uint64_t tcr2_of_el3(uint64_t tcr)
{
    return (bit(tcr, 35) ? TCR2_PIE : 0) | (bit(tcr, 36) ? TCR2_POE : 0) | (bit(tcr, 37) ? TCR2_AIE : 0) |
           (bit(tcr, 42) ? TCR2_HAFT : 0);
}

/* IsTCR2EL1Enabled() */
static bool tcr2_el1_enabled(const struct features *f, const uint64_t *sr)
{
    if (f->has_el3 && !(sr[SR_SCR_EL3] & SCR_TCR2EN))
        return false;
    return !el2_enabled(f, sr) || (hcrx_enabled(f, sr) && (sr[SR_HCRX_EL2] & HCRX_TCR2EN));
}

/* IsTCR2EL2Enabled() */
static bool tcr2_el2_enabled(const struct features *f, const uint64_t *sr)
{
    return (!f->has_el3 || (sr[SR_SCR_EL3] & SCR_TCR2EN)) && el2_enabled(f, sr);
}

static uint64_t tcr2_effective(const struct features *f, const uint64_t *sr, unsigned regime)
{
    switch (regime) {
    case REGIME_EL3:
        return tcr2_of_el3(sr[SR_TCR_EL3]);
    case REGIME_EL10:
        return sr[SR_TCR2_EL1] != 0 && tcr2_el1_enabled(f, sr) ? sr[SR_TCR2_EL1] : 0;
    default:
        return sr[SR_TCR2_EL2] != 0 && tcr2_el2_enabled(f, sr) ? sr[SR_TCR2_EL2] : 0;
    }
}

/* Indirect permissions, overlays, more attributes, the Access flag of tables. */
static void make_tcr2(struct tctx *t, const struct features *f, const uint64_t *sr)
{
    const struct regime_row *r = &regimes[t->regime];
    bool nv1 = t->hcr & HCR_NV1, two = regime_two_ranges(t->regime);
    uint64_t tcr2 = tcr2_effective(f, sr, t->regime);
    if (tcr2 == 0)
        return;
    if (has(f, FEAT_S1PIE) && (tcr2 & TCR2_PIE)) {
        t->tcr2 |= TCR2_PIE;
        t->perm |= PERM_PIE;
        t->pir = sr[r->pir];
        t->pire0 = two && !nv1 ? sr[r->pire0] : 0;
    }
    /* AArch64.S1POEnabled(), AArch64.S1E0POEnabled() */
    if (has(f, FEAT_S1POE) && (t->el0 ? (tcr2 & TCR2_E0POE) && !nv1 : (tcr2 & TCR2_POE) != 0)) {
        t->perm |= PERM_OVERLAY;
        t->por = sr[t->el0 ? SR_POR_EL0 : r->por];
    }
    if (has(f, FEAT_AIE) && (tcr2 & TCR2_AIE)) {
        t->tcr2 |= TCR2_AIE;
        t->mair2 = sr[r->mair2];
    }
    if (has(f, FEAT_HAFT))
        t->tcr2 |= tcr2 & TCR2_HAFT;
}

/* ---- making a context ---- */

static void make_el10(struct tctx *t, const struct features *f, const uint64_t *sr, uint64_t hcr)
{
    if (!el2_enabled(f, sr))
        return;
    uint64_t vtcr = sr[SR_VTCR_EL2];
    t->vmid = (uint16_t)(sr[SR_VTTBR_EL2] >> 48);
    if (!has(f, FEAT_VMID16) || !(vtcr & VTCR_VS))
        t->vmid &= 0xff;
    if (hcr & (HCR_DC | HCR_TGE))
        t->sctlr &= ~SCTLR_M;
    t->hcr = hcr & TCTX_HCR;
    if (has(f, FEAT_NV) && (hcr & HCR_NV) && (hcr & HCR_NV1)) {
        t->hcr |= HCR_NV | HCR_NV1;
        t->pan = 0;
    }
    t->stage2 = (hcr & (HCR_VM | HCR_DC)) != 0;
    if (t->stage2) {
        t->vttbr = sr[SR_VTTBR_EL2] & ~TTBR_CNP;
        t->vtcr = vtcr;
        if (has(f, FEAT_S2PIE) && (vtcr & VTCR_S2PIE)) {
            t->perm |= PERM_S2PIE;
            t->s2pir = sr[SR_S2PIR_EL2];
        }
        if (t->secure) {
            t->vsttbr = sr[SR_VSTTBR_EL2] & ~TTBR_CNP;
            t->vstcr = sr[SR_VSTCR_EL2];
        }
    }
}

static void make_stage1(struct tctx *t, const struct features *f, const uint64_t *sr, unsigned el,
                        bool unpriv, bool pan, uint64_t hcr)
{
    const struct regime_row *r = &regimes[t->regime];
    t->sctlr = sr[r->sctlr] & TCTX_SCTLR;
    t->tcr = sr[r->tcr];
    t->ttbr0 = sr[r->ttbr0] & ~TTBR_CNP;
    t->mair = sr[r->mair];
    if (!regime_two_ranges(t->regime))
        return;
    t->ttbr1 = sr[r->ttbr1] & ~TTBR_CNP;
    t->el0 = el == 0 || (unpriv && unpriv_takes_effect(el, hcr));
    t->pan = pan && !t->el0 && has(f, FEAT_PAN);
    t->asid = (uint16_t)((t->tcr & TCR_A1 ? t->ttbr1 : t->ttbr0) >> 48);
    if (!has(f, FEAT_ASID16) || !(t->tcr & TCR_AS))
        t->asid &= 0xff;
}

/* ---- FEAT_MTE ---- */

/* ... in a regime that may be another than the present one of `el`. */
static bool tag_access(const struct features *f, const uint64_t *sr, enum regime regime, unsigned el)
{
    bool host = regime == REGIME_EL20;
    if (!has(f, FEAT_MTE2))
        return false;
    if (el < 3 && f->has_el3 && !(sr[SR_SCR_EL3] & SCR_ATA))
        return false;
    if (el < 2 && !host && el2_enabled(f, sr) && !(hcr_effective(f, sr) & HCR_ATA))
        return false;
    return sr[regimes[regime].sctlr] & (el == 0 ? SCTLR_ATA0 : SCTLR_ATA);
}

bool mmu_tag_access(const struct features *f, const uint64_t *sr, unsigned el)
{
    return tag_access(f, sr, regime_of(f, sr, el), el);
}

/* AArch64.EffectiveTCF(). Without FEAT_MTE3 0b11 is reserved, and taken for 0b00 as
 * ConstrainUnpredictableBits() may. */
static uint8_t tag_check_mode(const struct features *f, const uint64_t *sr, enum regime regime, bool el0)
{
    static const uint8_t privileged[] = {
        [REGIME_EL10] = 1, [REGIME_EL20] = 2, [REGIME_EL2] = 2, [REGIME_EL3] = 3};
    if (!tag_access(f, sr, regime, el0 ? 0 : privileged[regime]))
        return TAG_CHECK_OFF;
    uint64_t sctlr = sr[regimes[regime].sctlr];
    unsigned tcf = (unsigned)(el0 ? bits(sctlr, 39, 38) : bits(sctlr, 41, 40));
    return tcf == TAG_CHECK_ASYMM && !has(f, FEAT_MTE3) ? TAG_CHECK_OFF : (uint8_t)tcf;
}

bool mmu_tag_checked(const struct tctx *t, uint64_t va)
{
    if (t->tag_check == TAG_CHECK_OFF || !mmu_tbi(t, va, false))
        return false;
    unsigned half = regime_two_ranges(t->regime) && bit(va, 55), top = (unsigned)bits(va, 59, 55);
    return !(tcr_bit(t->tcr, tcr_layout(t->regime)->tcma[half]) && (top == 0 || top == 0x1f));
}

static void make_context(struct tctx *t, const struct features *f, const uint64_t *sr, enum regime regime,
                         unsigned el, bool unpriv, bool pan)
{
    memset(t, 0, sizeof *t);
    uint64_t hcr = hcr_effective(f, sr);
    t->feat = f;
    t->regime = (uint8_t)regime;
    t->secure = regime == REGIME_EL3 || is_secure_below_el3(f, sr);
    t->sif = t->secure && (sr[SR_SCR_EL3] & SCR_SIF);
    make_stage1(t, f, sr, el, unpriv, pan, hcr);
    if (regime == REGIME_EL10)
        make_el10(t, f, sr, hcr);
    if (!xlat_stage1_on(t)) { /* nothing of it is looked at */
        t->sctlr &= ~SCTLR_WXN;
        t->pan = 0;
    } else if (has(f, FEAT_TCR2)) {
        make_tcr2(t, f, sr);
    }
    t->tag_check = tag_check_mode(f, sr, regime, t->el0);
}

void tctx_make(struct tctx *t, const struct features *f, const uint64_t *sr, unsigned el, bool unpriv,
               bool pan)
{
    make_context(t, f, sr, regime_of(f, sr, el), el, unpriv, pan);
}

void tctx_make_regime(struct tctx *t, const struct features *f, const uint64_t *sr, enum regime regime,
                      bool el0, bool pan)
{
    make_context(t, f, sr, regime, el0 ? 0 : 1, false, pan);
}

bool mmu_tbi(const struct tctx *t, uint64_t va, bool instruction)
{
    const struct tcr_layout *l = tcr_layout(t->regime);
    unsigned half = regime_two_ranges(t->regime) && bit(va, 55);
    if (!tcr_bit(t->tcr, l->tbi[half]))
        return false;
    return !(instruction && has(t->feat, FEAT_PAuth) && tcr_bit(t->tcr, l->tbid[half]));
}
