/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What kind of load or store a word is, for those that look at instructions without executing them: the
 * groups of Arm ARM C4.1.94 (Loads and Stores). They say nothing of whether a word in a group is allocated.
 */
#ifndef EL2SIM_CPU_ENCODING_H
#define EL2SIM_CPU_ENCODING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bits.h"

static inline bool encodes_load_store(uint32_t raw)
{
    return (raw & 0x0a000000) == 0x08000000;
}

/* Exclusive, ordered (LDAR, STLR), compare and swap. */
static inline bool encodes_exclusive_or_ordered(uint32_t raw)
{
    return (raw & 0x3f000000) == 0x08000000;
}

/* LDXR, LDXP, STXR, STXP and their acquire and release forms; not CASP, which shares their opcodes. */
static inline bool encodes_exclusive(uint32_t raw)
{
    return (raw & 0x3f800000) == 0x08000000 && (bit(raw, 31) || !bit(raw, 21));
}

static inline bool encodes_store_exclusive(uint32_t raw)
{
    return encodes_exclusive(raw) && !bit(raw, 22);
}

/* LDXP, LDAXP. */
static inline bool encodes_load_exclusive_pair(uint32_t raw)
{
    return encodes_exclusive(raw) && bit(raw, 22) && bit(raw, 21);
}

/* LDP, STP and their kin, of general and SIMD&FP registers, all forms of the address. */
static inline bool encodes_pair(uint32_t raw)
{
    return (raw & 0x3a000000) == 0x28000000;
}

/* LD1 to LD4, ST1 to ST4. */
static inline bool encodes_structures(uint32_t raw)
{
    return (raw & 0xbe000000) == 0x0c000000;
}

/* LDR (literal), PRFM (literal): no base register. */
static inline bool encodes_literal(uint32_t raw)
{
    return (raw & 0x3b000000) == 0x18000000;
}

/* FEAT_MOPS: CPY*, SET*. */
static inline bool encodes_memory_copy(uint32_t raw)
{
    return (raw & 0xfb200c00) == 0x19000400;
}

/* PRFM (immediate), PRFUM, PRFM (register), which also has RPRFM; PRFM (literal). */
static inline bool encodes_prefetch(uint32_t raw)
{
    return (raw & 0xffc00000) == 0xf9800000 || (raw & 0xffe00c00) == 0xf8800000 ||
           (raw & 0xffe00c00) == 0xf8a00800 || (raw & 0xff000000) == 0xd8000000;
}

#endif
