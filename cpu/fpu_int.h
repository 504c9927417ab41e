/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Internals of the software floating point: numbers taken apart, and putting them together (FPUnpackBase(),
 * FPRoundBase()). Shared by cpu/fpu.c and cpu/fpu_conv.c only.
 */
#ifndef EL2SIM_CPU_FPU_INT_H
#define EL2SIM_CPU_FPU_INT_H

#include "base/bits.h"
#include "cpu/fpu.h"

typedef unsigned __int128 fpu_u128;

/* An encoding format. */
struct fpu_format {
    unsigned size;   /* bits in all */
    unsigned frac;   /* fraction bits F */
    unsigned ebits;  /* exponent bits E */
    int min_exp;     /* exponent of the smallest normal number: 2 - 2^(E-1) */
    uint32_t flush;  /* FPCR bit that flushes denormals */
    uint32_t ignore; /* FPCR bits that arithmetic (not conversion) of this format ignores */
};

extern const struct fpu_format fpu_half, fpu_single, fpu_double, fpu_bf16;

static inline const struct fpu_format *fpu_format(unsigned n)
{
    return n == 64 ? &fpu_double : n == 32 ? &fpu_single : &fpu_half;
}

/* FPType; a denormal is nonzero like any other number. */
enum fpu_kind { KIND_ZERO, KIND_NUMBER, KIND_INF, KIND_QNAN, KIND_SNAN };

/* A number: (-1)^sign * sig/2^63 * 2^exp with sig<63> = 1. */
struct fpu_num {
    enum fpu_kind kind;
    bool sign;
    int exp;
    uint64_t sig;
};

static inline bool fpu_is_nan(const struct fpu_num *a)
{
    return a->kind >= KIND_QNAN;
}

static inline uint64_t fpu_exp_mask(const struct fpu_format *t)
{
    return ones(t->ebits) << t->frac;
}
static inline uint64_t fpu_zero(const struct fpu_format *t, bool sign)
{
    return (uint64_t)sign << (t->size - 1);
}
static inline uint64_t fpu_infinity(const struct fpu_format *t, bool sign)
{
    return fpu_zero(t, sign) | fpu_exp_mask(t);
}
static inline uint64_t fpu_max_normal(const struct fpu_format *t, bool sign)
{
    return fpu_infinity(t, sign) - 1;
}

/* v >> n, with a 1 at the bottom if anything but zeros went over the edge. */
static inline fpu_u128 fpu_shift_jam(fpu_u128 v, unsigned n)
{
    if (n == 0)
        return v;
    if (n > 127)
        return v != 0;
    return v >> n | ((v << (128 - n)) != 0);
}

/* (-1)^sign * v/2^126 * 2^exp, v != 0, as a number with the bits below its 64 collected in the last one. */
static inline struct fpu_num fpu_normalize(bool sign, int exp, fpu_u128 v)
{
    uint64_t hi = (uint64_t)(v >> 64);
    int lz = hi ? __builtin_clzll(hi) : 64 + __builtin_clzll((uint64_t)v);
    v <<= lz;
    return (struct fpu_num){KIND_NUMBER, sign, exp + 1 - lz, (uint64_t)(v >> 64) | ((uint64_t)v != 0)};
}

/* Does the discarded part, compared with half a unit of the last place, make the magnitude one larger? */
static inline bool fpu_round_up(enum fpu_round r, bool sign, bool odd, bool lost, int against_half)
{
    switch (r) {
    case FPU_TIEEVEN:
        return against_half > 0 || (against_half == 0 && odd);
    case FPU_TIEAWAY:
        return against_half >= 0;
    case FPU_POSINF:
        return lost && !sign;
    case FPU_NEGINF:
        return lost && sign;
    case FPU_ZERO:
    case FPU_ODD:
        break;
    }
    return false;
}

/* FPUnpackBase(): fpcr is what governs it (its AHP and FZ16 cleared by the caller where the pseudocode does
 * that). */
struct fpu_num fpu_unpack_with(struct fpu *f, const struct fpu_format *t, uint64_t a, uint32_t fpcr);
/* FPUnpack() */
struct fpu_num fpu_unpack(struct fpu *f, const struct fpu_format *t, uint64_t a);
/* FPRoundBase() of a number of kind KIND_NUMBER. */
uint64_t fpu_round_with(struct fpu *f, const struct fpu_format *t, const struct fpu_num *a, enum fpu_round r,
                        uint32_t fpcr);
/* FPRound(), and the encoding of zeros and infinities. */
uint64_t fpu_round(struct fpu *f, const struct fpu_format *t, const struct fpu_num *a, enum fpu_round r);
/* Overflow: infinity or the largest number, by rounding; OFC and IXC. */
uint64_t fpu_overflow(struct fpu *f, const struct fpu_format *t, bool sign, enum fpu_round r);
/* FPProcessNaN() */
uint64_t fpu_process_nan(struct fpu *f, const struct fpu_format *t, const struct fpu_num *a, uint64_t raw);
/* Exact sum and product; a zero sum is KIND_ZERO with sign 0. Operands must be numbers. */
struct fpu_num fpu_num_add(const struct fpu_num *a, const struct fpu_num *b);
struct fpu_num fpu_num_mul(const struct fpu_num *a, const struct fpu_num *b);
/* addend + a * b, rounded to nothing; a zero sum as above. */
struct fpu_num fpu_num_muladd(const struct fpu_num *addend, const struct fpu_num *a, const struct fpu_num *b);

#endif
