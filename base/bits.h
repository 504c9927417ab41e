/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Bit manipulation in the manner of the Arm pseudocode: Bits(), SignExtend(), ROR() ...
 */
#ifndef EL2SIM_BASE_BITS_H
#define EL2SIM_BASE_BITS_H

#include <stdbool.h>
#include <stdint.h>

#define BIT(n) (UINT64_C(1) << (n))
/* A mask of bits hi..lo inclusive, as the manual writes <hi:lo>. */
#define MASK(hi, lo) ((UINT64_MAX >> (63 - (hi))) & (UINT64_MAX << (lo)))

/* v<hi:lo>, right-aligned. */
static inline uint64_t bits(uint64_t v, unsigned hi, unsigned lo)
{
    return (v & MASK(hi, lo)) >> lo;
}

static inline bool bit(uint64_t v, unsigned n)
{
    return (v >> n) & 1;
}

/* v with <hi:lo> replaced by the low bits of f. */
static inline uint64_t bits_set(uint64_t v, unsigned hi, unsigned lo, uint64_t f)
{
    return (v & ~MASK(hi, lo)) | ((f << lo) & MASK(hi, lo));
}

/* SignExtend(v<width-1:0>, 64), 1 <= width <= 64. */
static inline int64_t sign_extend(uint64_t v, unsigned width)
{
    return (int64_t)(v << (64 - width)) >> (64 - width);
}

/* Ones(n), 0 <= n <= 64. */
static inline uint64_t ones(unsigned n)
{
    return n >= 64 ? UINT64_MAX : BIT(n) - 1;
}

/* ROR of a `width`-bit value, width 1..64, amount < width. */
static inline uint64_t ror_width(uint64_t v, unsigned amount, unsigned width)
{
    v &= ones(width);
    return amount == 0 ? v : ((v >> amount) | (v << (width - amount))) & ones(width);
}

static inline uint64_t align_down(uint64_t v, uint64_t a)
{
    return v & ~(a - 1);
}

static inline uint64_t align_up(uint64_t v, uint64_t a)
{
    return (v + a - 1) & ~(a - 1);
}

#endif
