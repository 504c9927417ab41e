/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Software floating point, part two: rounding to integers, conversions between formats and to and from
 * integers, the estimates, and BFloat16's dot product. Arm ARM, shared/functions/float. Relies on
 * cpu/fpu_int.h.
 */
#include "cpu/fpu_int.h"

/* ---- integers ---- */

/* A rounded magnitude. */
struct fpu_integer {
    uint64_t mag;
    bool too_large; /* mag is not representable in 64 bits */
    bool inexact;
};

/* The number a * 2^fbits as an integer. */
static struct fpu_integer to_integer(const struct fpu_num *a, unsigned fbits, enum fpu_round r)
{
    int e = a->exp + (int)fbits;
    if (e > 63)
        return (struct fpu_integer){.too_large = true};
    uint64_t mag, rest, half = BIT(63);
    if (e >= 0) {
        mag = a->sig >> (63 - e);
        rest = e == 63 ? 0 : a->sig << (e + 1); /* in units of 2^-64 */
    } else {
        mag = 0;
        rest = e == -1 ? a->sig : 1;
    }
    bool up = fpu_round_up(r, a->sign, mag & 1, rest != 0, (rest > half) - (rest < half));
    if (up && mag == UINT64_MAX)
        return (struct fpu_integer){.too_large = true};
    return (struct fpu_integer){mag + up, false, rest != 0};
}

/* (-1)^sign * mag * 2^-fbits */
static struct fpu_num from_magnitude(bool sign, uint64_t mag, unsigned fbits)
{
    if (mag == 0)
        return (struct fpu_num){.kind = KIND_ZERO, .sign = sign};
    int lz = __builtin_clzll(mag);
    return (struct fpu_num){KIND_NUMBER, sign, 63 - lz - (int)fbits, mag << lz};
}

uint64_t fpu_round_int(struct fpu *f, unsigned n, uint64_t a, enum fpu_round r, bool exact)
{
    const struct fpu_format *t = fpu_format(n);
    struct fpu_num u = fpu_unpack(f, t, a);
    if (fpu_is_nan(&u))
        return fpu_process_nan(f, t, &u, a);
    if (u.kind != KIND_NUMBER)
        return fpu_round(f, t, &u, FPU_ZERO);
    if (u.exp >= (int)t->frac)
        return a;
    struct fpu_integer v = to_integer(&u, 0, r);
    if (v.inexact && exact)
        f->fpsr |= FPSR_IXC;
    struct fpu_num w = from_magnitude(u.sign, v.mag, 0);
    return fpu_round(f, t, &w, FPU_ZERO);
}

uint64_t fpu_round_int_n(struct fpu *f, unsigned n, uint64_t a, enum fpu_round r, unsigned width)
{
    const struct fpu_format *t = fpu_format(n);
    struct fpu_num u = fpu_unpack(f, t, a);
    if (u.kind == KIND_ZERO)
        return fpu_zero(t, u.sign);
    if (u.kind == KIND_NUMBER) {
        struct fpu_integer v = to_integer(&u, 0, r);
        if (!v.too_large && v.mag <= ones(width - 1) + u.sign) {
            if (v.inexact)
                f->fpsr |= FPSR_IXC;
            struct fpu_num w = from_magnitude(u.sign, v.mag, 0);
            return fpu_round(f, t, &w, FPU_ZERO);
        }
    }
    /* NaN, infinity and what is out of range: the most negative integer. */
    f->fpsr |= FPSR_IOC;
    struct fpu_num w = from_magnitude(true, BIT(width - 1), 0);
    return fpu_round(f, t, &w, FPU_ZERO);
}

/* SatQ() of (-1)^sign * mag to m bits, with the flags of FPToFixed(). */
static uint64_t saturate(struct fpu *f, bool sign, struct fpu_integer v, bool is_unsigned, unsigned m)
{
    uint64_t limit = is_unsigned ? (sign ? 0 : ones(m)) : ones(m - 1) + sign;
    if (v.too_large || v.mag > limit) {
        f->fpsr |= FPSR_IOC;
        v.mag = limit;
    } else if (v.inexact) {
        f->fpsr |= FPSR_IXC;
    }
    return (sign ? -v.mag : v.mag) & ones(m);
}

uint64_t fpu_to_fixed(struct fpu *f, unsigned n, uint64_t a, unsigned fbits, bool is_unsigned,
                      enum fpu_round r, unsigned m)
{
    struct fpu_num u = fpu_unpack(f, fpu_format(n), a);
    if (fpu_is_nan(&u)) {
        f->fpsr |= FPSR_IOC;
        return 0;
    }
    if (u.kind == KIND_ZERO)
        return 0;
    struct fpu_integer v = {.too_large = true};
    if (u.kind == KIND_NUMBER)
        v = to_integer(&u, fbits, r);
    return saturate(f, u.sign, v, is_unsigned, m);
}

uint32_t fpu_to_fixed_js(struct fpu *f, uint64_t a, bool *z)
{
    struct fpu_num u = fpu_unpack(f, &fpu_double, a);
    /* -0, and a denormal flushed to zero, are not what ToInt32() of JavaScript would give back. */
    *z = a == 0;
    if (u.kind == KIND_ZERO)
        return 0;
    if (u.kind != KIND_NUMBER) {
        f->fpsr |= FPSR_IOC;
        return 0;
    }
    if (u.exp > 63) { /* 53 bits: only zeros are below 2^32 from 2^84 on */
        f->fpsr |= FPSR_IOC;
        uint32_t low = u.exp > 63 + 31 ? 0 : (uint32_t)(u.sig << (u.exp - 63));
        return u.sign ? -low : low;
    }
    struct fpu_integer v = to_integer(&u, 0, FPU_ZERO);
    if (v.mag > ones(31) + u.sign)
        f->fpsr |= FPSR_IOC;
    else if (v.inexact)
        f->fpsr |= FPSR_IXC;
    else
        *z = true;
    return (uint32_t)(u.sign ? -v.mag : v.mag);
}

uint64_t fpu_from_fixed(struct fpu *f, unsigned n, uint64_t v, unsigned m, unsigned fbits, bool is_unsigned,
                        enum fpu_round r)
{
    v &= ones(m);
    bool sign = !is_unsigned && bit(v, m - 1);
    struct fpu_num u = from_magnitude(sign, sign ? -v & ones(m) : v, fbits);
    return fpu_round(f, fpu_format(n), &u, r);
}

/* ---- between formats ---- */

/* FPConvertNaN(): sign, quiet, and the upper end of the fraction. */
static uint64_t convert_nan(const struct fpu_format *to, const struct fpu_format *from, uint64_t a)
{
    uint64_t frac = (a & ones(from->frac)) << (63 - from->frac) >> (63 - to->frac);
    return fpu_infinity(to, bit(a, from->size - 1)) | BIT(to->frac - 1) | frac;
}

uint64_t fpu_convert(struct fpu *f, unsigned to, unsigned from, uint64_t a, enum fpu_round r)
{
    const struct fpu_format *tt = fpu_format(to), *tf = fpu_format(from);
    uint32_t fpcr = f->fpcr & ~(uint32_t)FPCR_FZ16;
    bool alternative = to == 16 && (fpcr & FPCR_AHP);
    struct fpu_num u = fpu_unpack_with(f, tf, a, fpcr);
    if (fpu_is_nan(&u)) {
        if (u.kind == KIND_SNAN || alternative)
            f->fpsr |= FPSR_IOC;
        if (alternative)
            return fpu_zero(tt, u.sign);
        return fpcr & FPCR_DN ? fpu_default_nan(to) : convert_nan(tt, tf, a);
    }
    if (u.kind == KIND_ZERO)
        return fpu_zero(tt, u.sign);
    if (u.kind == KIND_INF) {
        if (alternative)
            f->fpsr |= FPSR_IOC;
        return alternative ? fpu_zero(tt, u.sign) | ones(15) : fpu_infinity(tt, u.sign);
    }
    return fpu_round_with(f, tt, &u, r, fpcr);
}

uint16_t fpu_convert_bf(struct fpu *f, uint32_t a)
{
    struct fpu_num u = fpu_unpack(f, &fpu_single, a);
    if (fpu_is_nan(&u)) {
        uint64_t s = fpu_process_nan(f, &fpu_single, &u, a);
        return (uint16_t)(s >> 16);
    }
    return (uint16_t)fpu_round(f, &fpu_bf16, &u, fpu_rmode(f->fpcr));
}

/* ---- estimates ---- */

/* The fraction of a number, 52 bits without the leading one. */
static uint64_t fraction52(const struct fpu_num *u)
{
    return u->sig << 1 >> 12;
}

/* The result's exponent field and its fraction of 52 bits; 0 and -1 are denormal. */
static uint64_t encode_estimate(const struct fpu_format *t, bool sign, int e, uint64_t fraction)
{
    if (e == 0)
        fraction = BIT(51) | fraction >> 1;
    else if (e == -1) {
        fraction = BIT(50) | fraction >> 2;
        e = 0;
    }
    return fpu_zero(t, sign) | (uint64_t)e << t->frac | fraction >> (52 - t->frac);
}

uint64_t fpu_recip_estimate(struct fpu *f, unsigned n, uint64_t a)
{
    const struct fpu_format *t = fpu_format(n);
    struct fpu_num u = fpu_unpack(f, t, a);
    if (fpu_is_nan(&u))
        return fpu_process_nan(f, t, &u, a);
    if (u.kind == KIND_INF)
        return fpu_zero(t, u.sign);
    if (u.kind == KIND_ZERO) {
        f->fpsr |= FPSR_DZC;
        return fpu_infinity(t, u.sign);
    }
    if (u.exp < t->min_exp - 2) /* the reciprocal overflows */
        return fpu_overflow(f, t, u.sign, fpu_rmode(f->fpcr));
    if ((f->fpcr & t->flush) && u.exp >= -t->min_exp) { /* the reciprocal is denormal */
        f->fpsr |= FPSR_UFC;
        return fpu_zero(t, u.sign);
    }
    /* RecipEstimate() of the nine bits from the leading one on, 0.5 <= x < 1. */
    unsigned x = (unsigned)(u.sig >> 55) * 2 + 1;
    unsigned estimate = ((1u << 19) / x + 1) / 2;
    int bias = 1 - t->min_exp;
    return encode_estimate(t, u.sign, bias - 1 - u.exp, (uint64_t)(estimate & 0xff) << 44);
}

uint64_t fpu_rsqrt_estimate(struct fpu *f, unsigned n, uint64_t a)
{
    const struct fpu_format *t = fpu_format(n);
    struct fpu_num u = fpu_unpack(f, t, a);
    if (fpu_is_nan(&u))
        return fpu_process_nan(f, t, &u, a);
    if (u.kind == KIND_ZERO) {
        f->fpsr |= FPSR_DZC;
        return fpu_infinity(t, u.sign);
    }
    if (u.sign) {
        f->fpsr |= FPSR_IOC;
        return fpu_default_nan(n);
    }
    if (u.kind == KIND_INF)
        return 0;
    /* RecipSqrtEstimate(): 0.25 <= x < 1 in 512ths, the middle of its step; b the largest with x * b^2 < 1.
     */
    int bias = 1 - t->min_exp;
    bool even = !((u.exp + bias) & 1); /* of the biased exponent */
    uint64_t fraction = fraction52(&u);
    uint64_t x = even ? (256 | fraction >> 44) : (128 | fraction >> 45);
    x = x < 256 ? x * 2 + 1 : ((x & ~UINT64_C(1)) + 1) * 2;
    uint64_t b = 512;
    while (x * (b + 1) * (b + 1) < BIT(28))
        b++;
    uint64_t estimate = (b + 1) / 2;
    int e = (3 * bias - 1 - (u.exp + bias)) >> 1;
    return encode_estimate(t, false, e, (estimate & 0xff) << 44);
}

uint64_t fpu_recpx(struct fpu *f, unsigned n, uint64_t a)
{
    const struct fpu_format *t = fpu_format(n);
    struct fpu_num u = fpu_unpack(f, t, a);
    if (fpu_is_nan(&u))
        return fpu_process_nan(f, t, &u, a);
    uint64_t e = bits(a, n - 2, t->frac);
    e = e == 0 ? ones(t->ebits) - 1 : e ^ ones(t->ebits);
    return fpu_zero(t, u.sign) | e << t->frac;
}

/* ---- BFloat16 dot product ---- */

/* BFRound(): to odd, denormals become zero, no flags. */
static uint32_t bf_round(const struct fpu_num *u)
{
    struct fpu quiet = {.fpcr = FPCR_FZ};
    uint64_t r = fpu_round(&quiet, &fpu_single, u, FPU_ODD);
    return (uint32_t)(quiet.fpsr & FPSR_OFC ? fpu_infinity(&fpu_single, u->sign) : r);
}

static struct fpu_num bf_unpack(const struct fpu_format *t, uint32_t a)
{
    struct fpu quiet = {.fpcr = FPCR_FZ};
    return fpu_unpack(&quiet, t, a);
}

/* BFMulH() */
static uint32_t bf_mul(uint16_t a, uint16_t b)
{
    const struct fpu_format *t = &fpu_single;
    struct fpu_num ua = bf_unpack(&fpu_bf16, a), ub = bf_unpack(&fpu_bf16, b);
    bool sign = ua.sign ^ ub.sign, zero = ua.kind == KIND_ZERO || ub.kind == KIND_ZERO;
    bool inf = ua.kind == KIND_INF || ub.kind == KIND_INF;
    if (fpu_is_nan(&ua) || fpu_is_nan(&ub) || (inf && zero))
        return (uint32_t)fpu_default_nan(32);
    if (inf)
        return (uint32_t)fpu_infinity(t, sign);
    if (zero)
        return (uint32_t)fpu_zero(t, sign);
    struct fpu_num p = fpu_num_mul(&ua, &ub);
    return bf_round(&p);
}

/* BFAdd() */
static uint32_t bf_add(uint32_t a, uint32_t b)
{
    const struct fpu_format *t = &fpu_single;
    struct fpu_num ua = bf_unpack(t, a), ub = bf_unpack(t, b);
    if (fpu_is_nan(&ua) || fpu_is_nan(&ub) ||
        (ua.kind == KIND_INF && ub.kind == KIND_INF && ua.sign != ub.sign))
        return (uint32_t)fpu_default_nan(32);
    if (ua.kind == KIND_INF || ub.kind == KIND_INF)
        return (uint32_t)fpu_infinity(t, ua.kind == KIND_INF ? ua.sign : ub.sign);
    if (ua.kind == KIND_ZERO && ub.kind == KIND_ZERO)
        return (uint32_t)fpu_zero(t, ua.sign && ub.sign);
    if (ua.kind == KIND_ZERO)
        return bf_round(&ub);
    if (ub.kind == KIND_ZERO)
        return bf_round(&ua);
    struct fpu_num s = fpu_num_add(&ua, &ub);
    return bf_round(&s);
}

uint32_t fpu_bfdot(uint32_t addend, uint16_t a0, uint16_t a1, uint16_t b0, uint16_t b1)
{
    return bf_add(addend, bf_add(bf_mul(a0, b0), bf_mul(a1, b1)));
}
