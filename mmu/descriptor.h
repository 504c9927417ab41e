/* SPDX-License-Identifier: BSD-2-Clause
 *
 * VMSAv8-64 descriptors: the parameters of a walk, and how a descriptor of a granule and level reads under
 * them. Arm ARM D8.3; DecodeDescriptorType(), StageOA().
 */
#ifndef EL2SIM_MMU_DESCRIPTOR_H
#define EL2SIM_MMU_DESCRIPTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bits.h"

#define DESC_AF BIT(10)
#define DESC_NS BIT(5)
#define DESC_AP2 BIT(7)    /* stage 1: read-only */
#define DESC_S2AP_W BIT(7) /* stage 2: writable */
#define DESC_NG BIT(11)
#define DESC_FNXS BIT(11) /* stage 2 */
#define DESC_GP BIT(50)
#define DESC_DBM BIT(51)
#define DESC_NSTABLE BIT(63)

enum desc_type { DESC_INVALID, DESC_TABLE, DESC_LEAF };

/* Everything that a walk of one stage depends on beside memory: made once from the context, then constant. */
struct walk_params {
    uint8_t stage;      /* 1 or 2 */
    uint8_t granule;    /* log2: 12, 14, 16 */
    uint8_t ia_bits;    /* input address size */
    uint8_t oa_bits;    /* effective output address size */
    uint8_t pa_bits;    /* implemented */
    int8_t start_level; /* -1..3 */
    bool ds;            /* LPA2 format: shareability from the register, OA<51:50> in bits <9:8> */
    bool wide;          /* 64 KB granule with FEAT_LPA: OA<51:48> in bits <15:12> */
    bool ha, hd;        /* hardware manages the Access flag; and the dirty state */
    bool pi;            /* indirect permissions: no DBM bit, every leaf's dirty state is bit 7 */
    bool hpd;           /* table permissions are ignored */
    bool aie;           /* stage 1: AttrIndx has 4 bits */
    bool epd, e0pd;     /* no walks; no EL0 accesses */
    uint8_t sh;         /* the register's shareability, for ds */
    bool ns;            /* PA space of the first table */
    uint64_t base;      /* of the first table, aligned to its size */
    uint64_t table_af;  /* DESC_AF if hardware manages it in table descriptors (FEAT_HAFT), or 0 */
};

/* Does hardware turn this leaf from clean to dirty at a write? */
static inline bool desc_dirties(const struct walk_params *p, uint64_t desc)
{
    return p->hd && (p->pi || (desc & DESC_DBM));
}

/* log2 of what a descriptor of this level maps. */
static inline unsigned desc_level_shift(const struct walk_params *p, int level)
{
    return p->granule + (unsigned)(p->granule - 3) * (unsigned)(3 - level);
}

/* AArch64.BlockDescSupported() */
static inline bool desc_block_allowed(const struct walk_params *p, int level)
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

static inline enum desc_type desc_type(const struct walk_params *p, int level, uint64_t desc)
{
    if (!bit(desc, 0))
        return DESC_INVALID;
    if (bit(desc, 1))
        return level == 3 ? DESC_LEAF : DESC_TABLE;
    return level != 3 && desc_block_allowed(p, level) ? DESC_LEAF : DESC_INVALID;
}

/* The output address of a descriptor from bit lsb up: the granule's size for a table, the block's for a leaf.
 */
static inline uint64_t desc_address(const struct walk_params *p, uint64_t desc, unsigned lsb)
{
    uint64_t a = desc & (UINT64_MAX << lsb);
    if (p->ds)
        return (a & MASK(49, 0)) | (bits(desc, 9, 8) << 50);
    a &= MASK(47, 0);
    return p->wide ? a | (bits(desc, 15, 12) << 48) : a;
}

/* TTBR's table address: AArch64.S1TTBaseAddress(), S2TTBaseAddress(). `wide` is a 52-bit address. */
static inline uint64_t desc_ttbr_address(const struct walk_params *p, uint64_t ttbr, bool wide)
{
    unsigned size = p->ia_bits - desc_level_shift(p, p->start_level) + 3; /* log2 of the table's bytes */
    if (!wide)
        return align_down(bits(ttbr, 47, 1) << 1, BIT(size));
    uint64_t a = (bits(ttbr, 5, 2) << 48) | (bits(ttbr, 47, 6) << 6);
    return align_down(a, BIT(size < 6 ? 6 : size));
}

#endif
