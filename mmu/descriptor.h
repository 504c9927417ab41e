/* SPDX-License-Identifier: BSD-2-Clause
 *
 * VMSAv8-64 descriptors: the parameters of a walk, and how a descriptor of a granule and level reads under them.
 * Arm ARM D8.3; DecodeDescriptorType(), S1/S2 table and leaf address functions of the pseudocode.
 */
#ifndef EL2SIM_MMU_DESCRIPTOR_H
#define EL2SIM_MMU_DESCRIPTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bits.h"

#define DESC_AF BIT(10)
#define DESC_NS BIT(5)
#define DESC_AP2 BIT(7)     /* stage 1: read-only */
#define DESC_S2AP_W BIT(7)  /* stage 2: writable */
#define DESC_NG BIT(11)
#define DESC_FNXS BIT(11)   /* stage 2 */
#define DESC_GP BIT(50)
#define DESC_DBM BIT(51)
#define DESC_NSTABLE BIT(63)

enum desc_type { DESC_INVALID, DESC_TABLE, DESC_LEAF };

/* Everything that a walk of one stage depends on beside memory: made once from the context, then constant. */
struct walk_params {
    uint8_t stage;        /* 1 or 2 */
    uint8_t granule;      /* log2: 12, 14, 16 */
    uint8_t ia_bits;      /* input address size */
    uint8_t oa_bits;      /* effective output address size */
    uint8_t pa_bits;      /* implemented */
    int8_t start_level;   /* -1..3 */
    bool ds;              /* LPA2 format: shareability from the register, OA<51:50> in bits <9:8> */
    bool wide;            /* 64 KB granule with FEAT_LPA: OA<51:48> in bits <15:12> */
    bool ha, hd;          /* hardware manages the Access flag, the dirty state */
    bool hpd;             /* table permissions are ignored */
    uint8_t sh;           /* the register's shareability, for ds */
    bool ns;              /* PA space of the first table */
    uint64_t base;        /* of the first table, aligned to its size */
};

enum desc_type desc_type(const struct walk_params *p, int level, uint64_t desc);
/* Address of the next table, and output address of a leaf (its low bits zero). */
uint64_t desc_table_address(const struct walk_params *p, uint64_t desc);
uint64_t desc_leaf_address(const struct walk_params *p, int level, uint64_t desc);
/* TTBR's table address: AArch64.S1TTBaseAddress(), S2TTBaseAddress(). `wide` is a 52-bit address. */
uint64_t desc_ttbr_address(const struct walk_params *p, uint64_t ttbr, bool wide);
/* log2 of what a descriptor of this level maps. */
static inline unsigned desc_level_shift(const struct walk_params *p, int level)
{
    return p->granule + (unsigned)(p->granule - 3) * (unsigned)(3 - level);
}

#endif
