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

uint8_t perm_s1_leaf(const struct tctx *t, uint64_t tables, uint64_t desc, bool writable)
{
    bool ro = bit(desc, 7) && !writable;
    uint8_t allowed = perm_s1_tables(t, tables);
    if (regime_two_ranges(t->regime))
        return leaf_two_ranges(t, allowed, desc, ro);
    return (uint8_t)((S1_PR | (ro ? 0 : S1_PW) | (bit(desc, 54) ? 0 : S1_PX)) & allowed);
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
