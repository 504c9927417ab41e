/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Branches by their encodings. See branch.h.
 */
#include "cpu/branch.h"

#include "base/bits.h"
#include "cpu/cpu.h"
#include "cpu/sem.h"

enum branch branch_kind(uint32_t raw)
{
    if ((raw & 0x7c000000) == 0x14000000)
        return bit(raw, 31) ? BRANCH_CALL : BRANCH_DIRECT;
    if ((raw & 0xff000000) == 0x54000000 || (raw & 0x7c000000) == 0x34000000)
        return BRANCH_CONDITIONAL;
    if ((raw & 0xfe000000) != 0xd6000000)
        return NO_BRANCH;
    switch (bits(raw, 24, 21)) {
    case 0:
    case 8:
        return BRANCH_INDIRECT;
    case 1:
    case 9:
        return BRANCH_INDIRECT_CALL;
    case 2:
        return BRANCH_RETURN;
    default: /* ERET, DRPS */
        return NO_BRANCH;
    }
}

bool branch_was_taken(const struct cpu *c, uint32_t raw)
{
    const uint64_t x = c->x[(raw & 31) == 31 ? REG_ZR : (raw & 31)];

    if ((raw & 0xff000000) == 0x54000000)
        return cond_holds(c, raw & 15);
    if ((raw & 0x7e000000) == 0x34000000) /* CBZ, CBNZ */
        return ((bit(raw, 31) ? x : (uint32_t)x) == 0) != bit(raw, 24);
    if ((raw & 0x7e000000) == 0x36000000) /* TBZ, TBNZ */
        return (x >> (bit(raw, 31) << 5 | bits(raw, 23, 19)) & 1) == bit(raw, 24);
    return true;
}
