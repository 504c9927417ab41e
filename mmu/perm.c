/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Permissions of stage 1 and stage 2. What the descriptors say is gathered once per leaf (and kept in the
 * TLB); what a context makes of it - its view, PAN, WXN - is applied at each look-up. Arm ARM D8.4;
 * AArch64.S1DirectBasePermissions(), S1HasPermissionsFault(), S2HasPermissionsFault().
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
#define TABLE_NO_EL0 BIT(61) /* APTable<0> */
#define TABLE_UXN BIT(60)    /* XNTable with one VA range; PXNTable under NV1 */
#define TABLE_PXN BIT(59)

static uint8_t leaf_two_ranges(const struct tctx *t, uint64_t tables, uint64_t desc, bool ro)
{
    bool el0 = bit(desc, 6) && !(tables & TABLE_NO_EL0);
    bool uxn = bit(desc, 54) || (tables & TABLE_UXN), pxn = bit(desc, 53) || (tables & TABLE_PXN);
    if (nv1(t)) {
        pxn = uxn;
        el0 = uxn = false;
    }
    uint8_t p = ro ? S1_PR : S1_PR | S1_PW;
    if (el0)
        p |= ro ? S1_UR : S1_UR | S1_UW;
    if (!uxn)
        p |= S1_UX;
    if (!pxn && !(p & S1_UW)) /* writable at EL0 is never executable above */
        p |= S1_PX;
    return p;
}

uint8_t perm_s1_leaf(const struct tctx *t, uint64_t tables, uint64_t desc, bool writable)
{
    bool ro = (bit(desc, 7) && !writable) || (tables & TABLE_RO);
    if (regime_two_ranges(t->regime))
        return leaf_two_ranges(t, tables, desc, ro);
    bool xn = bit(desc, 54) || (tables & TABLE_UXN);
    return (uint8_t)(S1_PR | (ro ? 0 : S1_PW) | (xn ? 0 : S1_PX));
}

uint8_t perm_s2_leaf(const struct features *f, uint64_t desc, bool writable)
{
    uint8_t p = bit(desc, 6) ? S2_R : 0;
    if (bit(desc, 7) || writable)
        p |= S2_W;
    bool xn1 = bit(desc, 54), xn0 = has(f, FEAT_XNX) && bit(desc, 53);
    if (xn1 == xn0)
        p |= S2_PX;
    if (!xn1)
        p |= S2_UX;
    return p;
}
