/* SPDX-License-Identifier: BSD-2-Clause
 *
 * How a descriptor reads under the parameters of a walk. Arm ARM D8.3.1 (formats per granule and address size).
 */
#include "mmu/descriptor.h"

/* AArch64.BlockDescSupported() */
static bool block_allowed(const struct walk_params *p, int level)
{
    switch (p->granule) {
    case 12:
        return level == 2 || level == 1 || (level == 0 && p->ds);
    case 14:
        return level == 2 || (level == 1 && p->ds);
    default:
        return level == 2 || (level == 1 && p->pa_bits >= 52);
    }
}

enum desc_type desc_type(const struct walk_params *p, int level, uint64_t desc)
{
    if (!bit(desc, 0))
        return DESC_INVALID;
    if (level == 3)
        return bit(desc, 1) ? DESC_LEAF : DESC_INVALID;
    if (bit(desc, 1))
        return DESC_TABLE;
    return block_allowed(p, level) ? DESC_LEAF : DESC_INVALID;
}

static uint64_t address(const struct walk_params *p, uint64_t desc, unsigned lsb)
{
    if (p->ds)
        return (bits(desc, 49, lsb) << lsb) | (bits(desc, 9, 8) << 50);
    uint64_t a = bits(desc, 47, lsb) << lsb;
    return p->wide ? a | (bits(desc, 15, 12) << 48) : a;
}

uint64_t desc_table_address(const struct walk_params *p, uint64_t desc) { return address(p, desc, p->granule); }

uint64_t desc_leaf_address(const struct walk_params *p, int level, uint64_t desc)
{
    return address(p, desc, desc_level_shift(p, level));
}

uint64_t desc_ttbr_address(const struct walk_params *p, uint64_t ttbr, bool wide)
{
    unsigned size = p->ia_bits - desc_level_shift(p, p->start_level) + 3; /* log2 of the table's bytes */
    if (!wide)
        return align_down(bits(ttbr, 47, 1) << 1, BIT(size));
    uint64_t a = (bits(ttbr, 5, 2) << 48) | (bits(ttbr, 47, 6) << 6);
    return align_down(a, BIT(size < 6 ? 6 : size));
}
