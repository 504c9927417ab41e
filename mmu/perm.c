/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Permissions of stage 1 and stage 2. What the descriptors say is gathered once per leaf (and kept in the
 * TLB); what a context makes of it - its view, PAN, WXN, its permission registers - is applied at each
 * look-up. A TLB may keep what PIR_ELx and S2PIR_EL2 say; this one keeps the index. Arm ARM D8.4;
 * AArch64.S1ComputePermissions(), AArch64.S2ComputePermissions() and those they call.
 */
#include "mmu/internal.h"

#include "base/bits.h"
#include "mmu/descriptor.h"
#include "sysregs/fields.h"

/* HCR_EL2.{NV,NV1} == {1,1}: EL1's tables have the format of EL2's, with PXN in place of XN. tctx_make()
 * keeps the bits only where both are set. */
static bool nv1(const struct tctx *t)
{
    return (t->hcr & HCR_NV1) != 0;
}

/* Where table descriptors restrict what is below them. */
#define TABLE_RO BIT(62)     /* APTable<1> */
#define TABLE_NO_EL0 BIT(61) /* APTable<0>; not under NV1 */
#define TABLE_UXN BIT(60)    /* XNTable with one VA range; PXNTable under NV1 */
#define TABLE_PXN BIT(59)

uint8_t perm_s1_tables(const struct tctx *t, uint64_t tables)
{
    unsigned drop = tables & TABLE_RO ? S1_PW | S1_UW : 0;
    if (!regime_two_ranges(t->regime) || nv1(t)) {
        drop |= tables & TABLE_UXN ? S1_PX : 0;
        return (uint8_t)(S1_ANY & ~drop);
    }
    drop |= tables & TABLE_NO_EL0 ? S1_UR | S1_UW : 0;
    drop |= (tables & TABLE_UXN ? S1_UX : 0) | (tables & TABLE_PXN ? S1_PX : 0);
    return (uint8_t)(S1_ANY & ~drop);
}

/* `allowed`: by the tables above. */
static uint8_t leaf_two_ranges(const struct tctx *t, uint8_t allowed, uint64_t desc, bool ro)
{
    bool el0 = !nv1(t) && bit(desc, 6), uxn = !nv1(t) && bit(desc, 54), pxn = bit(desc, nv1(t) ? 54 : 53);
    unsigned p = (ro ? S1_PR : S1_PR | S1_PW) | (uxn ? 0 : S1_UX);
    if (el0)
        p |= ro ? S1_UR : S1_UR | S1_UW;
    p &= allowed;
    if (!pxn && !(p & S1_UW)) /* writable at EL0 is never executable above */
        p |= allowed & S1_PX;
    return (uint8_t)p;
}

/* The fields of PIIndex, of both stages: bits 54, 53, 51 and 6. */
static uint8_t pi_index(uint64_t desc)
{
    return (uint8_t)(bits(desc, 54, 53) << 2 | bits(desc, 51, 51) << 1 | bits(desc, 6, 6));
}

uint8_t perm_s1_leaf(const struct tctx *t, uint64_t tables, uint64_t desc, bool writable)
{
    if (t->perm & PERM_PIE)
        return pi_index(desc);
    bool ro = bit(desc, 7) && !writable;
    uint8_t allowed = perm_s1_tables(t, tables);
    if (regime_two_ranges(t->regime))
        return leaf_two_ranges(t, allowed, desc, ro);
    return (uint8_t)((S1_PR | (ro ? 0 : S1_PW) | (bit(desc, 54) ? 0 : S1_PX)) & allowed);
}

uint8_t perm_s2_leaf(const struct tctx *t, uint64_t desc, bool writable)
{
    if (t->perm & PERM_S2PIE)
        return pi_index(desc);
    uint8_t p = bit(desc, 6) ? S2_R : 0;
    if (bit(desc, 7) || writable)
        p |= S2_W;
    bool xn1 = bit(desc, 54), xn0 = has(t->feat, FEAT_XNX) && bit(desc, 53);
    if (xn1 == xn0)
        p |= S2_PX;
    if (!xn1)
        p |= S2_UX;
    return p;
}

/* ---- indirect permissions ---- */

static unsigned nibble(uint64_t reg, unsigned index)
{
    return (unsigned)(reg >> (4 * index)) & 15;
}

/* Encodings of the fields of PIR_ELx and PIRE0_ELx, R_LLZDZ: PROT_* and */
enum { PI_GCS = 8, PI_OVERLAY = 16, PI_WXN = 32 };
static const uint8_t pi_base[16] = {
    [0] = PI_OVERLAY,
    [1] = PI_OVERLAY | PROT_R,
    [2] = PI_OVERLAY | PROT_X,
    [3] = PI_OVERLAY | PROT_R | PROT_X,
    [4] = PI_OVERLAY, /* reserved */
    [5] = PI_OVERLAY | PROT_R | PROT_W,
    [6] = PI_OVERLAY | PROT_ANY | PI_WXN,
    [7] = PI_OVERLAY | PROT_ANY,
    [8] = PROT_R,
    [9] = PROT_R | PI_GCS, /* FEAT_GCS is absent: what is left is to read */
    [10] = PROT_R | PROT_X,
    [11] = 0, /* reserved, as are 13 and 15 */
    [12] = PROT_R | PROT_W,
    [14] = PROT_ANY,
};

/* AArch64.S1IndirectBasePermissions(): of the table's flags, those of the context's view. */
static unsigned indirect(const struct tctx *t, const struct xlat *x, bool pan_applies)
{
    unsigned ppi = nibble(t->pir, x->s1_perm & S1_PI_INDEX), p = pi_base[ppi], u = 0;
    if (regime_two_ranges(t->regime)) {
        unsigned upi = nibble(t->pire0, x->s1_perm & S1_PI_INDEX);
        u = pi_base[upi];
        /* what is executable above is not to be written at EL0 */
        if ((p & (PROT_X | PI_GCS)) && (u & (PROT_W | PI_GCS))) {
            p &= ~(unsigned)(PROT_ANY | PI_GCS);
            u &= ~(unsigned)(PROT_ANY | PI_GCS);
        }
        if (t->pan && pan_applies && upi != 0)
            p &= ~(unsigned)(PROT_R | PROT_W);
    }
    unsigned mine = t->el0 ? u : p;
    return x->s1_perm & S1_PI_SIF ? mine & ~(unsigned)PROT_X : mine;
}

/* AArch64.S1OverlayPermissions(): a field of POR_ELx. */
static unsigned overlay(const struct tctx *t, const struct xlat *x)
{
    unsigned o = nibble(t->por, x->s1attr >> ATTR_PO_SHIFT & 7);
    if (o >= 8) /* reserved */
        return 0;
    return (o & 1 ? PROT_R : 0) | (o & 2 ? PROT_X : 0) | (o & 4 ? PROT_W : 0);
}

struct s1_access perm_s1_access(const struct tctx *t, const struct xlat *x, bool pan_applies)
{
    unsigned base, over = PROT_ANY;
    bool wxn;
    if (t->perm & PERM_PIE) {
        base = indirect(t, x, pan_applies);
        wxn = base & PI_WXN;
    } else {
        base = perm_s1_direct(t, x->s1_perm, pan_applies) | PI_OVERLAY;
        wxn = (t->sctlr & SCTLR_WXN) && (base & PROT_W) && (base & PROT_X);
    }
    bool overlaid = (t->perm & PERM_OVERLAY) && (base & PI_OVERLAY);
    if (overlaid)
        over = overlay(t, x);
    if (wxn && overlaid && (over & PROT_X)) /* executable, so not writable */
        over &= ~(unsigned)PROT_W;
    else if (wxn)
        base &= ~(unsigned)PROT_X;
    return (struct s1_access){.base = base & PROT_ANY, .overlay = (uint8_t)over};
}

/* Encodings of the fields of S2PIR_EL2: S2_*, and writable by a table walk: MRO, "mostly read-only". What
 * their TopLevel variants (3, 6, 7) add, and AssuredOnly, belong to FEAT_THE, which no model has. */
enum { S2_WALK_W = 16 };
static const uint8_t s2_base[16] = {
    [0] = 0,
    [1] = 0, /* reserved, as is 5 */
    [2] = S2_R | S2_WALK_W,
    [3] = S2_R | S2_WALK_W,
    [4] = S2_W,
    [6] = S2_R | S2_WALK_W,
    [7] = S2_R | S2_WALK_W,
    [8] = S2_R,
    [9] = S2_R | S2_UX,
    [10] = S2_R | S2_PX,
    [11] = S2_R | S2_PX | S2_UX,
    [12] = S2_R | S2_W | S2_WALK_W,
    [13] = S2_R | S2_W | S2_WALK_W | S2_UX,
    [14] = S2_R | S2_W | S2_WALK_W | S2_PX,
    [15] = S2_ANY | S2_WALK_W,
};

/* AArch64.S2IndirectBasePermissions() */
uint8_t perm_s2_indirect(const struct tctx *t, const struct xlat *x, bool walk)
{
    unsigned p = s2_base[nibble(t->s2pir, x->s2_perm)];
    bool w = p & (walk ? S2_WALK_W : S2_W), exec = p & (t->el0 ? S2_UX : S2_PX);
    return (uint8_t)((p & S2_R ? PROT_R : 0) | (w ? PROT_W : 0) | (exec ? PROT_X : 0));
}

/* ---- shown ---- */

uint8_t perm_s1_shown(const struct tctx *t, const struct xlat *x)
{
    if (!(t->perm & PERM_PIE))
        return x->s1_perm;
    struct tctx view = *t; /* both views, neither with PAN nor overlaid */
    view.perm = PERM_PIE;
    view.pan = view.el0 = 0;
    unsigned p = perm_s1_access(&view, x, false).base;
    view.el0 = 1;
    unsigned u = perm_s1_access(&view, x, false).base;
    return (uint8_t)((p & PROT_R ? S1_PR : 0) | (p & PROT_W ? S1_PW : 0) | (p & PROT_X ? S1_PX : 0) |
                     (u & PROT_R ? S1_UR : 0) | (u & PROT_W ? S1_UW : 0) | (u & PROT_X ? S1_UX : 0));
}

uint8_t perm_s2_shown(const struct tctx *t, const struct xlat *x)
{
    return t->perm & PERM_S2PIE ? s2_base[nibble(t->s2pir, x->s2_perm)] & S2_ANY : x->s2_perm;
}
