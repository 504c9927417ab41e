/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Tests of the software floating point (cpu/fpu.c, cpu/fpu_conv.c) and of the fast paths (cpu/fpu_quick.h).
 * Expectations: single and double precision from the host's IEEE hardware in all four rounding modes, flags
 * included; half precision from exact fixed-point arithmetic and a search among all half-precision numbers;
 * what is peculiar to Arm from the manual. The fast paths must agree with the software in every result they
 * let stand.
 */
#include <check.h>
#include <fenv.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "cpu/cpu.h"
#include "cpu/fpu.h"
#include "cpu/fpu_quick.h"
#include "tests/unit/run.h"

enum { ROUNDS = 100000 };

/* An assertion for loops: Check's own report every step to the parent process. */
#define MUST(cond, ...)                                                                                      \
    do {                                                                                                     \
        if (!(cond))                                                                                         \
            ck_abort_msg(__VA_ARGS__);                                                                       \
    } while (0)

static const int host_mode[4] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};

/* ---- operands ---- */

static uint64_t next_random(uint64_t *s)
{
    *s ^= *s << 13;
    *s ^= *s >> 7;
    *s ^= *s << 17;
    return *s * UINT64_C(0x2545f4914f6cdd1d);
}

/* Random encodings in which special values, near exponents and short significands are frequent. */
static uint64_t operand(uint64_t *s, unsigned n)
{
    unsigned frac = n == 64 ? 52 : n == 32 ? 23 : 10, ebits = n - 1 - frac;
    uint64_t r = next_random(s), f = r & ones(frac), e = (r >> 52) & ones(ebits), kind = next_random(s) >> 60;
    if (kind < 4)
        e = ones(ebits - 1) - 4 + (e & 7); /* near 1 */
    else if (kind == 4)
        e = e & 3; /* near the smallest */
    else if (kind == 5)
        e = ones(ebits) - (e & 1); /* near the largest, and NaNs */
    if (kind == 6 || kind == 0)
        f &= ones(3) << (frac - 3);
    if (kind == 7)
        f = r & 1 ? ones(frac) : r >> 1 & 1;
    if (kind == 8)
        return (r & 1) << (n - 1) | (r & 2 ? ones(ebits) << frac : 0);
    return (r >> 63) << (n - 1) | e << frac | f;
}

static bool is_nan(unsigned n, uint64_t a)
{
    return n == 64 ? (a << 1) > UINT64_C(0x7ff0000000000000) << 1 : (uint32_t)a << 1 > 0xff000000;
}

/* ---- the host ---- */

enum arith { ADD, SUB, MUL, DIV, SQRT, FMA, OPS };

static double host_double(enum arith op, volatile double a, volatile double b, volatile double c)
{
    volatile double r = op == ADD   ? a + b
                        : op == SUB ? a - b
                        : op == MUL ? a * b
                        : op == DIV ? a / b
                        : op == FMA ? fma(a, b, c)
                                    : 0;
    return op == SQRT ? sqrt(a) : r;
}

static float host_float(enum arith op, volatile float a, volatile float b, volatile float c)
{
    volatile float r = op == ADD   ? a + b
                       : op == SUB ? a - b
                       : op == MUL ? a * b
                       : op == DIV ? a / b
                       : op == FMA ? fmaf(a, b, c)
                                   : 0;
    return op == SQRT ? sqrtf(a) : r;
}

static uint64_t host(unsigned n, enum arith op, uint64_t a, uint64_t b, uint64_t c)
{
    if (n == 64)
        return fpq_bits_d1(host_double(op, fpq_from_d1(a), fpq_from_d1(b), fpq_from_d1(c)));
    return fpq_bits_s1(
        host_float(op, fpq_from_s1((uint32_t)a), fpq_from_s1((uint32_t)b), fpq_from_s1((uint32_t)c)));
}

static uint64_t soft(struct fpu *f, unsigned n, enum arith op, uint64_t a, uint64_t b, uint64_t c)
{
    switch (op) {
    case ADD:
        return fpu_add(f, n, a, b);
    case SUB:
        return fpu_sub(f, n, a, b);
    case MUL:
        return fpu_mul(f, n, a, b);
    case DIV:
        return fpu_div(f, n, a, b);
    case SQRT:
        return fpu_sqrt(f, n, a);
    default:
        return fpu_muladd(f, n, c, a, b);
    }
}

static uint32_t host_flags(void)
{
    int e = fetestexcept(FE_ALL_EXCEPT);
    return (e & FE_INVALID ? FPSR_IOC : 0) | (e & FE_DIVBYZERO ? FPSR_DZC : 0) |
           (e & FE_OVERFLOW ? FPSR_OFC : 0) | (e & FE_UNDERFLOW ? FPSR_UFC : 0) |
           (e & FE_INEXACT ? FPSR_IXC : 0);
}

static void against_host(unsigned n, unsigned mode)
{
    uint64_t s = 0x9e3779b97f4a7c15 + n + mode, min = n == 64 ? UINT64_C(1) << 52 : 1 << 23;
    for (unsigned k = 0; k < ROUNDS; k++) {
        enum arith op = k % OPS;
        uint64_t a = operand(&s, n), b = operand(&s, n), c = operand(&s, n);
        struct fpu f = {.fpcr = mode << 22};
        uint64_t got = soft(&f, n, op, a, b, c);
        fesetround(host_mode[mode]);
        feclearexcept(FE_ALL_EXCEPT);
        uint64_t want = host(n, op, a, b, c);
        uint32_t flags = host_flags();
        fesetround(FE_TONEAREST);
        /* Whether a tiny result that rounds to the smallest normal number underflows is up to the
         * implementation. */
        if ((want & ~BIT(n - 1)) == min)
            flags = (flags & ~(uint32_t)FPSR_UFC) | (f.fpsr & FPSR_UFC);
        if (is_nan(n, want)) {
            MUST(is_nan(n, got), "op %d mode %u: %lx %lx %lx: %lx", op, mode, a, b, c, got);
            /* 0 * infinity + quiet NaN: invalid for Arm, a choice of the implementation elsewhere. */
            if (op == FMA && is_nan(n, c))
                continue;
        } else {
            MUST(got == want, "op %d mode %u: %lx %lx %lx: %lx, host %lx", op, mode, a, b, c, got, want);
        }
        MUST(f.fpsr == flags, "op %d mode %u: %lx %lx %lx: flags %x, host %x", op, mode, a, b, c, f.fpsr,
             flags);
    }
}

START_TEST(test_double)
{
    against_host(64, (unsigned)_i);
}
END_TEST

START_TEST(test_single)
{
    against_host(32, (unsigned)_i);
}
END_TEST

START_TEST(test_conversions)
{
    unsigned mode = (unsigned)_i;
    uint64_t s = 12345 + mode;
    for (unsigned k = 0; k < ROUNDS / 2; k++) {
        volatile double d = fpq_from_d1(operand(&s, 64)), i;
        volatile int64_t v = (int64_t)next_random(&s) >> (next_random(&s) >> 58);
        volatile float narrow, from;
        volatile double from_u;
        fesetround(host_mode[mode]);
        narrow = (float)d;
        from = (float)v;
        from_u = (double)(uint64_t)v;
        i = nearbyint(d);
        fesetround(FE_TONEAREST);
        struct fpu f = {.fpcr = mode << 22};
        uint64_t raw = fpq_bits_d1(d);
        if (!isnan(d)) {
            MUST(fpu_convert(&f, 32, 64, raw, mode) == fpq_bits_s1(narrow), "%lx to single", raw);
            MUST(fpu_round_int(&f, 64, raw, mode, true) == fpq_bits_d1(i), "%lx to integral", raw);
            MUST(fpu_convert(&f, 64, 32, fpq_bits_s1(narrow), mode) == fpq_bits_d1(narrow), "%lx back", raw);
            f.fpsr = 0;
            int64_t want = i < -0x1p63 ? INT64_MIN : i >= 0x1p63 ? INT64_MAX : (int64_t)i;
            MUST((int64_t)fpu_to_fixed(&f, 64, raw, 0, false, mode, 64) == want, "%lx to integer", raw);
            uint32_t flags = i < -0x1p63 || i >= 0x1p63 ? FPSR_IOC : i != d ? FPSR_IXC : 0;
            MUST(f.fpsr == flags, "%lx to integer: flags %x", raw, f.fpsr);
        }
        uint64_t u = (uint64_t)v;
        MUST(fpu_from_fixed(&f, 32, u, 64, 0, false, mode) == fpq_bits_s1(from), "from signed %lx", u);
        if (u != 0) /* rounding downwards, some compilers convert an unsigned 0 to -0 */
            MUST(fpu_from_fixed(&f, 64, u, 64, 0, true, mode) == fpq_bits_d1(from_u), "from unsigned %lx", u);
    }
}
END_TEST

/* ---- half precision: exact numbers in units of 2^-48 ---- */

typedef __int128 fixed;

static fixed half_value(uint64_t a) /* finite, in units of 2^-24 */
{
    int e = (int)bits(a, 14, 10);
    int64_t m = (int64_t)(a & 1023) | (e ? 1024 : 0);
    m <<= e ? e - 1 : 0;
    return a & 0x8000 ? -m : m;
}

/* The half-precision number that the exact v (2^-48) rounds to; flags as the architecture defines them. */
static uint64_t half_round(fixed v, bool zero_sign, unsigned mode, uint32_t *flags)
{
    if (v == 0)
        return zero_sign ? 0x8000 : 0;
    bool sign = v < 0;
    fixed mag = sign ? -v : v;
    unsigned lo = 0, hi = 0x7c00; /* value(lo) <= mag < value(hi); 0x7c00 stands for 2^16 */
    while (hi - lo > 1) {
        unsigned mid = (lo + hi) / 2;
        if (half_value(mid) << 24 <= mag)
            lo = mid;
        else
            hi = mid;
    }
    fixed below = mag - (half_value(lo) << 24),
          above = ((lo + 1 == 0x7c00 ? (fixed)1 << 40 : half_value(lo + 1)) << 24) - mag;
    bool exact = below == 0;
    bool up = mode == 0   ? above < below || (above == below && (lo & 1))
              : mode == 1 ? !sign && !exact
                          : mode == 2 && sign && !exact;
    *flags = exact ? 0 : FPSR_IXC | (lo < 0x400 ? FPSR_UFC : 0);
    unsigned r = lo + up;
    if (mag >= (fixed)1 << 64 || r == 0x7c00) {
        *flags = FPSR_OFC | FPSR_IXC;
        r = mode == 0 || (mode == 1 && !sign) || (mode == 2 && sign) ? 0x7c00 : 0x7bff;
    }
    return (sign ? 0x8000 : 0) | r;
}

START_TEST(test_half)
{
    unsigned mode = (unsigned)_i;
    uint64_t s = 777 + mode;
    for (unsigned k = 0; k < ROUNDS; k++) {
        uint64_t a = operand(&s, 16), b = operand(&s, 16), c = operand(&s, 16);
        if ((a & 0x7c00) == 0x7c00 || (b & 0x7c00) == 0x7c00 || (c & 0x7c00) == 0x7c00)
            continue;
        fixed va = half_value(a), vb = half_value(b), vc = half_value(c);
        bool sa = a >> 15, sb = b >> 15, sc = c >> 15, down = mode == 2;
        struct fpu f = {.fpcr = mode << 22};
        uint32_t flags = 0;
        uint64_t want =
            half_round((va + vb) * (1 << 24), va == 0 && vb == 0 && sa == sb ? sa : down, mode, &flags);
        MUST(fpu_add(&f, 16, a, b) == want && f.fpsr == flags, "%lx + %lx", a, b);
        f.fpsr = flags = 0;
        want = half_round(va * vb, sa ^ sb, mode, &flags);
        MUST(fpu_mul(&f, 16, a, b) == want && f.fpsr == flags, "%lx * %lx", a, b);
        f.fpsr = flags = 0;
        bool both_zero = va * vb == 0 && vc == 0;
        want = half_round(va * vb + vc * (1 << 24), both_zero && (sa ^ sb) == sc ? sc : down, mode, &flags);
        MUST(fpu_muladd(&f, 16, c, a, b) == want && f.fpsr == flags, "%lx + %lx * %lx", c, a, b);
        if (va != 0 &&
            vb != 0) { /* the quotient times its divisor is the dividend: 2^-24 units shifted by 2^72 */
            f.fpsr = 0;
            uint64_t q = fpu_div(&f, 16, a, b);
            if (!(f.fpsr & FPSR_IXC))
                MUST(half_value(q) * vb == va * (1 << 24), "%lx / %lx", a, b);
        }
    }
}
END_TEST

/* To half precision and back: every half is a single; the alternative format has no infinities or NaNs. */
START_TEST(test_half_conversion)
{
    struct fpu f = {0}, alternative = {.fpcr = FPCR_AHP};
    for (uint64_t h = 0; h < 0x10000; h++) {
        bool special = (h & 0x7c00) == 0x7c00;
        uint64_t w = fpu_convert(&f, 32, 16, h, FPU_TIEEVEN);
        if (!special)
            MUST(fpq_from_s1((uint32_t)w) == (double)half_value(h) / 0x1p24, "%lx to single", h);
        if (!special || !(h & 0x3ff))
            MUST(fpu_convert(&f, 16, 32, w, FPU_TIEEVEN) == h, "%lx and back", h);
        w = fpu_convert(&alternative, 64, 16, h, FPU_TIEEVEN);
        MUST(fpq_from_d1(w) == (double)half_value(h) / 0x1p24, "%lx to double", h);
        MUST(fpu_convert(&alternative, 16, 64, w, FPU_TIEEVEN) == h, "%lx and back", h);
    }
    ck_assert_uint_eq(alternative.fpsr, 0);
    /* 65536 fits into the alternative format; 131072 and infinity saturate, a NaN becomes zero: all invalid.
     */
    ck_assert_uint_eq(fpu_convert(&alternative, 16, 32, 0x47800000, FPU_TIEEVEN), 0x7c00);
    ck_assert_uint_eq(alternative.fpsr, 0);
    ck_assert_uint_eq(fpu_convert(&alternative, 16, 32, 0xc8000000, FPU_TIEEVEN), 0xffff);
    ck_assert_uint_eq(alternative.fpsr, FPSR_IOC);
    ck_assert_uint_eq(fpu_convert(&alternative, 16, 32, 0x7f800000, FPU_TIEEVEN), 0x7fff);
    ck_assert_uint_eq(fpu_convert(&alternative, 16, 32, 0xffc00000, FPU_TIEEVEN), 0x8000);
}
END_TEST

/* ---- peculiar to Arm ---- */

START_TEST(test_nans)
{
    struct fpu f = {0};
    /* FPProcessNaNs(): signalling before quiet, first before second; made quiet, payload kept. */
    ck_assert_uint_eq(fpu_add(&f, 32, 0x7fc00001, 0xffc00002), 0x7fc00001);
    ck_assert_uint_eq(f.fpsr, 0);
    ck_assert_uint_eq(fpu_add(&f, 32, 0x7fc00001, 0xff800002), 0xffc00002);
    ck_assert_uint_eq(f.fpsr, FPSR_IOC);
    ck_assert_uint_eq(fpu_muladd(&f, 32, 0x7fc00003, 0x7fc00001, 0x7fc00002), 0x7fc00003);
    ck_assert_uint_eq(fpu_muladd(&f, 32, 0x7fc00003, 0x7fc00001, 0x7f800002), 0x7fc00002);
    /* A quiet addend doesn't hide 0 * infinity. */
    f.fpsr = 0;
    ck_assert_uint_eq(fpu_muladd(&f, 32, 0x7fc00003, 0, 0x7f800000), 0x7fc00000);
    ck_assert_uint_eq(f.fpsr, FPSR_IOC);
    /* FPMaxNum(): a lone quiet NaN loses, a signalling one doesn't. */
    f.fpsr = 0;
    ck_assert_uint_eq(fpu_maxnm(&f, 32, 0x7fc00000, 0xc0000000), 0xc0000000);
    ck_assert_uint_eq(f.fpsr, 0);
    ck_assert_uint_eq(fpu_max(&f, 32, 0x7fc00005, 0xc0000000), 0x7fc00005);
    ck_assert_uint_eq(fpu_maxnm(&f, 32, 0x7f800005, 0xc0000000), 0x7fc00005);
    ck_assert_uint_eq(f.fpsr, FPSR_IOC);
    f.fpcr = FPCR_DN;
    ck_assert_uint_eq(fpu_add(&f, 32, 0xffc00001, 0), 0x7fc00000);
    /* FPMulX() */
    f.fpsr = 0;
    ck_assert_uint_eq(fpu_mulx(&f, 32, 0x80000000, 0x7f800000), 0xc0000000);
    ck_assert_uint_eq(f.fpsr, 0);
    ck_assert_uint_eq(fpu_compare(&f, 64, 0x7ff8000000000000, 0, false), 3);
    ck_assert_uint_eq(f.fpsr, 0);
    ck_assert_uint_eq(fpu_compare(&f, 64, 0x7ff8000000000000, 0, true), 3);
    ck_assert_uint_eq(f.fpsr, FPSR_IOC);
}
END_TEST

START_TEST(test_flush)
{
    /* FZ: denormal operands count as zero and set IDC, tiny results become zero and set UFC alone. */
    struct fpu f = {.fpcr = FPCR_FZ};
    ck_assert_uint_eq(fpu_add(&f, 32, 0x80000001, 0x80000000), 0x80000000);
    ck_assert_uint_eq(f.fpsr, FPSR_IDC);
    f.fpsr = 0;
    ck_assert_uint_eq(fpu_mul(&f, 32, 0x00800000, 0xbf000000), 0x80000000);
    ck_assert_uint_eq(f.fpsr, FPSR_UFC);
    /* Half precision has its own bit, and no IDC. */
    f = (struct fpu){.fpcr = FPCR_FZ};
    ck_assert_uint_eq(fpu_add(&f, 16, 1, 1), 2);
    f.fpcr = FPCR_FZ16;
    ck_assert_uint_eq(fpu_add(&f, 16, 1, 1), 0);
    ck_assert_uint_eq(fpu_convert(&f, 32, 16, 1, FPU_TIEEVEN), 0x33800000);
    ck_assert_uint_eq(f.fpsr, 0);
    /* Tininess is detected before rounding: this rounds to the smallest normal number and underflows. */
    f = (struct fpu){0};
    ck_assert_uint_eq(fpu_mul(&f, 32, 0x00ffffff, 0x3f000000), 0x00800000);
    ck_assert_uint_eq(f.fpsr, FPSR_UFC | FPSR_IXC);
}
END_TEST

START_TEST(test_estimates)
{
    struct fpu f = {0};
    /* RecipEstimate(256) = 511, RecipSqrtEstimate(256) = 511 and (128) = 511, ninth bit implied. */
    ck_assert_uint_eq(fpu_recip_estimate(&f, 32, 0x3f800000), 0x3f7f8000);
    ck_assert_uint_eq(fpu_rsqrt_estimate(&f, 32, 0x3f800000), 0x3f7f8000);
    ck_assert_uint_eq(fpu_rsqrt_estimate(&f, 32, 0x40800000), 0x3eff8000);
    /* Both are good to eight bits everywhere. */
    for (uint32_t a = 0x00800000; a < 0x7e800000; a += 0x1357) {
        double x = fpq_from_s1(a);
        MUST(fabs(fpq_from_s1((uint32_t)fpu_recip_estimate(&f, 32, a)) * x - 1) < 1.0 / 256, "1/%x", a);
        MUST(fabs(fpq_from_s1((uint32_t)fpu_rsqrt_estimate(&f, 32, a)) * sqrt(x) - 1) < 1.0 / 256, "root %x",
             a);
    }
    ck_assert_uint_eq(f.fpsr, 0);
    ck_assert_uint_eq(fpu_recip_estimate(&f, 64, 0x8000000000000000), 0xfff0000000000000);
    ck_assert_uint_eq(f.fpsr, FPSR_DZC);
    /* Newton's steps: 2 - 1*1, (3 - 1*1) / 2, and the products that are not numbers. */
    ck_assert_uint_eq(fpu_recip_step(&f, 32, 0x3f800000, 0x3f800000), 0x3f800000);
    ck_assert_uint_eq(fpu_rsqrt_step(&f, 32, 0x3f800000, 0x3f800000), 0x3f800000);
    ck_assert_uint_eq(fpu_recip_step(&f, 32, 0, 0x7f800000), 0x40000000);
    ck_assert_uint_eq(fpu_rsqrt_step(&f, 32, 0, 0x7f800000), 0x3fc00000);
}
END_TEST

START_TEST(test_integers)
{
    struct fpu f = {0};
    bool z;
    /* FJCVTZS: modulo 2^32; Z only for what was an int32 exactly. */
    ck_assert_uint_eq(fpu_to_fixed_js(&f, fpq_bits_d1(0x1p32 + 5), &z), 5);
    ck_assert(!z && f.fpsr == FPSR_IOC);
    f.fpsr = 0;
    ck_assert_uint_eq(fpu_to_fixed_js(&f, fpq_bits_d1(-2147483648.0), &z), 0x80000000);
    ck_assert(z && f.fpsr == 0);
    ck_assert_uint_eq(fpu_to_fixed_js(&f, fpq_bits_d1(-0.0), &z), 0);
    ck_assert(!z && f.fpsr == 0);
    ck_assert_uint_eq(fpu_to_fixed_js(&f, fpq_bits_d1(-(0x1p83 + 0x1p31)), &z), 0x80000000);
    /* Rounding, ties away, saturation, binary points. */
    f.fpsr = 0;
    ck_assert_int_eq((int64_t)fpu_to_fixed(&f, 64, fpq_bits_d1(-2.5), 0, false, FPU_TIEAWAY, 64), -3);
    ck_assert_int_eq((int64_t)fpu_to_fixed(&f, 64, fpq_bits_d1(-2.5), 0, false, FPU_TIEEVEN, 64), -2);
    ck_assert_uint_eq(f.fpsr, FPSR_IXC);
    f.fpsr = 0;
    ck_assert_uint_eq(fpu_to_fixed(&f, 64, fpq_bits_d1(2.75), 2, true, FPU_ZERO, 32), 11);
    ck_assert_uint_eq(fpu_from_fixed(&f, 64, 11, 32, 2, true, FPU_ZERO), fpq_bits_d1(2.75));
    ck_assert_uint_eq(f.fpsr, 0);
    ck_assert_uint_eq(fpu_to_fixed(&f, 64, fpq_bits_d1(-1), 0, true, FPU_ZERO, 32), 0);
    ck_assert_uint_eq(f.fpsr, FPSR_IOC);
    /* FRINT32Z: out of range gives the most negative integer. */
    f.fpsr = 0;
    ck_assert_uint_eq(fpu_round_int_n(&f, 32, fpq_bits_s1(0x1p31f), FPU_ZERO, 32), fpq_bits_s1(-0x1p31f));
    ck_assert_uint_eq(f.fpsr, FPSR_IOC);
    /* FCVTXN: to odd. */
    ck_assert_uint_eq(fpu_convert(&f, 32, 64, fpq_bits_d1(1 + 0x1p-40), FPU_ODD), 0x3f800001);
    ck_assert_uint_eq(fpu_convert_bf(&f, 0x3f808000), 0x3f80);
    ck_assert_uint_eq(fpu_convert_bf(&f, 0x3f818000), 0x3f82);
}
END_TEST

/* ---- fast paths ---- */

/* A result that stands must be the software's, and the flags what they were. */
static void agree(const struct cpu *c, unsigned n, bool stands, uint64_t got, const struct fpu *f,
                  uint64_t want)
{
    if (!stands)
        return;
    MUST(got == want && f->fpsr == c->fpsr, "%u bits, FPCR %x: %lx, software %lx flags %x, were %x", n,
         c->fpcr, got, want, f->fpsr, c->fpsr);
}

static bool quick_d(const struct cpu *c, enum arith op, double a, double b, double d, double *r)
{
    switch (op) {
    case ADD:
        return fpq_add_d1(c, a, b, r);
    case SUB:
        return fpq_sub_d1(c, a, b, r);
    case MUL:
        return fpq_mul_d1(c, a, b, r);
    case DIV:
        return fpq_div_d1(c, a, b, r);
    case SQRT:
        return fpq_sqrt_d1(c, a, r);
    default:
        return fpq_fused_d1(c, a, b, d, r);
    }
}

static bool quick_s(const struct cpu *c, enum arith op, float a, float b, float d, float *r)
{
    switch (op) {
    case ADD:
        return fpq_add_s1(c, a, b, r);
    case SUB:
        return fpq_sub_s1(c, a, b, r);
    case MUL:
        return fpq_mul_s1(c, a, b, r);
    case DIV:
        return fpq_div_s1(c, a, b, r);
    case SQRT:
        return fpq_sqrt_s1(c, a, r);
    default:
        return fpq_fused_s1(c, a, b, d, r);
    }
}

static bool quick_s4(const struct cpu *c, enum arith op, fpq_s4 a, fpq_s4 b, fpq_s4 d, fpq_s4 *r)
{
    switch (op) {
    case ADD:
        return fpq_add_s4(c, a, b, r);
    case SUB:
        return fpq_sub_s4(c, a, b, r);
    case MUL:
        return fpq_mul_s4(c, a, b, r);
    case DIV:
        return fpq_div_s4(c, a, b, r);
    case SQRT:
        return fpq_sqrt_s4(c, a, r);
    default:
        return fpq_fused_s4(c, a, b, d, r);
    }
}

static bool quick_d2(const struct cpu *c, enum arith op, fpq_d2 a, fpq_d2 b, fpq_d2 d, fpq_d2 *r)
{
    switch (op) {
    case ADD:
        return fpq_add_d2(c, a, b, r);
    case SUB:
        return fpq_sub_d2(c, a, b, r);
    case MUL:
        return fpq_mul_d2(c, a, b, r);
    case DIV:
        return fpq_div_d2(c, a, b, r);
    case SQRT:
        return fpq_sqrt_d2(c, a, r);
    default:
        return fpq_fused_d2(c, a, b, d, r);
    }
}

static const uint32_t quick_fpcr[] = {0, FPCR_DN, FPCR_FZ, 1 << 22, FPCR_FZ | 3 << 22};
enum { QUICK_CASES = 3 * ARRAY_LEN(quick_fpcr) };

/* Each FPCR with IXC clear, with IXC set, and on a host without fused multiply-add. */
static struct cpu *quick_cpu(int test)
{
    struct cpu *c = calloc(1, sizeof(*c));
    ck_assert_ptr_nonnull(c);
    c->fpcr = quick_fpcr[test / 3];
    c->fpsr = test % 3 ? FPSR_IXC : 0;
    fpu_fpcr_changed(c);
    if (test % 3 == 2)
        c->fp_quick &= ~FPU_QUICK_FMA;
    return c;
}

START_TEST(test_quick_scalar)
{
    struct cpu *c = quick_cpu(_i);
    uint64_t s = 99 + (uint64_t)_i;
    unsigned stood = 0;
    for (unsigned k = 0; k < ROUNDS; k++) {
        enum arith op = k % OPS;
        uint64_t a = operand(&s, 64), b = operand(&s, 64), d = operand(&s, 64);
        struct fpu f = {c->fpcr, c->fpsr};
        double r = 0;
        bool ok = quick_d(c, op, fpq_from_d1(a), fpq_from_d1(b), fpq_from_d1(d), &r);
        stood += ok;
        agree(c, 64, ok, fpq_bits_d1(r), &f, soft(&f, 64, op, a, b, d));
        a = operand(&s, 32);
        b = operand(&s, 32);
        d = operand(&s, 32);
        f.fpsr = c->fpsr;
        float q = 0;
        ok = quick_s(c, op, fpq_from_s1((uint32_t)a), fpq_from_s1((uint32_t)b), fpq_from_s1((uint32_t)d), &q);
        stood += ok;
        agree(c, 32, ok, fpq_bits_s1(q), &f, soft(&f, 32, op, a, b, d));
    }
    if (c->fpcr == 0 && c->fpsr)
        ck_assert_uint_gt(stood, ROUNDS / 2);
    if (c->fpcr == 0 && !c->fpsr)
        ck_assert_uint_gt(stood, ROUNDS / 50);
    free(c);
}
END_TEST

START_TEST(test_quick_vector)
{
    struct cpu *c = quick_cpu(_i);
    uint64_t s = 4711 + (uint64_t)_i;
    unsigned stood = 0;
    for (unsigned k = 0; k < ROUNDS; k++) {
        enum arith op = k % OPS;
        union vreg a, b, d, r = {.d = {0}}, want;
        bool easy = k & 64; /* else a special value somewhere nearly always */
        struct fpu f = {c->fpcr, c->fpsr};
        bool ok;
        for (unsigned j = 0; j < 4; j++) {
            a.s[j] = easy ? fpq_bits_s1((float)(next_random(&s) >> 54)) : (uint32_t)operand(&s, 32);
            b.s[j] =
                easy ? 0x3f800000 + ((uint32_t)next_random(&s) << 19 & 0x3ffffff) : (uint32_t)operand(&s, 32);
            d.s[j] = easy ? fpq_bits_s1((float)(next_random(&s) >> 54)) : (uint32_t)operand(&s, 32);
            want.s[j] = (uint32_t)soft(&f, 32, op, a.s[j], b.s[j], d.s[j]);
        }
        fpq_s4 rs = {0};
        ok = quick_s4(c, op, *(fpq_s4 *)&a, *(fpq_s4 *)&b, *(fpq_s4 *)&d, &rs);
        memcpy(&r, &rs, sizeof(r));
        stood += ok;
        for (unsigned j = 0; j < 4; j++)
            agree(c, 32, ok, r.s[j], &f, want.s[j]);
        f.fpsr = c->fpsr;
        for (unsigned j = 0; j < 2; j++) {
            a.d[j] = easy ? fpq_bits_d1((double)(next_random(&s) >> 54)) : operand(&s, 64);
            b.d[j] = operand(&s, 64);
            d.d[j] = easy ? fpq_bits_d1((double)(next_random(&s) >> 54)) : operand(&s, 64);
            want.d[j] = soft(&f, 64, op, a.d[j], b.d[j], d.d[j]);
        }
        fpq_d2 rd = {0};
        ok = quick_d2(c, op, *(fpq_d2 *)&a, *(fpq_d2 *)&b, *(fpq_d2 *)&d, &rd);
        memcpy(&r, &rd, sizeof(r));
        stood += ok;
        for (unsigned j = 0; j < 2; j++)
            agree(c, 64, ok, r.d[j], &f, want.d[j]);
    }
    if (c->fpcr == 0)
        ck_assert_uint_gt(stood, ROUNDS / 20);
    free(c);
}
END_TEST

START_TEST(test_quick_others)
{
    struct cpu *c = quick_cpu(_i);
    uint64_t s = 31337 + (uint64_t)_i;
    for (unsigned k = 0; k < ROUNDS / 2; k++) {
        uint64_t a = operand(&s, 64), b = operand(&s, 64), u = 0;
        double x = fpq_from_d1(a), y = fpq_from_d1(b), r = 0;
        float q = 0;
        int64_t v = (int64_t)next_random(&s) >> (next_random(&s) >> 58), w = 0;
        enum fpu_round mode = k % 5;
        struct fpu f = {c->fpcr, c->fpsr};
#define AGREE(N, QUICK, GOT, SOFT)                                                                           \
    do {                                                                                                     \
        f.fpsr = c->fpsr;                                                                                    \
        bool ok_ = QUICK;                                                                                    \
        uint64_t want_ = SOFT;                                                                               \
        agree(c, N, ok_, GOT, &f, want_);                                                                    \
    } while (0)
        AGREE(64, fpq_max_d1(c, x, y, &r), fpq_bits_d1(r), fpu_max(&f, 64, a, b));
        AGREE(64, fpq_min_d1(c, x, y, &r), fpq_bits_d1(r), fpu_minnm(&f, 64, a, b));
        AGREE(64, fpq_rint_d1(c, x, mode, false, &r), fpq_bits_d1(r), fpu_round_int(&f, 64, a, mode, false));
        AGREE(64, fpq_rint_d1(c, x, mode, true, &r), fpq_bits_d1(r), fpu_round_int(&f, 64, a, mode, true));
        AGREE(64, fpq_to_signed(c, x, 0x1p63, &w), (uint64_t)w,
              fpu_to_fixed(&f, 64, a, 0, false, FPU_ZERO, 64));
        AGREE(32, fpq_to_signed(c, x, 0x1p31, &w), (uint32_t)w,
              fpu_to_fixed(&f, 64, a, 0, false, FPU_ZERO, 32));
        AGREE(64, fpq_to_unsigned(c, x, 0x1p64, &u), u, fpu_to_fixed(&f, 64, a, 0, true, FPU_ZERO, 64));
        AGREE(32, fpq_to_unsigned(c, x, 0x1p32, &u), u, fpu_to_fixed(&f, 64, a, 0, true, FPU_ZERO, 32));
        AGREE(32, fpq_narrow(c, x, &q), fpq_bits_s1(q), fpu_convert(&f, 32, 64, a, fpu_rmode(f.fpcr)));
        uint64_t n = operand(&s, 32);
        float z = fpq_from_s1((uint32_t)n);
        AGREE(64, fpq_widen(c, z, &r), fpq_bits_d1(r), fpu_convert(&f, 64, 32, n, fpu_rmode(f.fpcr)));
        AGREE(32, fpq_rint_s1(c, z, mode, true, &q), fpq_bits_s1(q), fpu_round_int(&f, 32, n, mode, true));
        uint64_t i = (uint64_t)v;
        AGREE(64, fpq_from_signed_d1(c, v, &r), fpq_bits_d1(r),
              fpu_from_fixed(&f, 64, i, 64, 0, false, fpu_rmode(f.fpcr)));
        AGREE(32, fpq_from_signed_s1(c, v, &q), fpq_bits_s1(q),
              fpu_from_fixed(&f, 32, i, 64, 0, false, fpu_rmode(f.fpcr)));
        AGREE(64, fpq_from_unsigned_d1(c, i, &r), fpq_bits_d1(r),
              fpu_from_fixed(&f, 64, i, 64, 0, true, fpu_rmode(f.fpcr)));
        AGREE(32, fpq_from_unsigned_s1(c, i, &q), fpq_bits_s1(q),
              fpu_from_fixed(&f, 32, i, 64, 0, true, fpu_rmode(f.fpcr)));
#undef AGREE
        f.fpsr = c->fpsr;
        unsigned nzcv = fpu_compare(&f, 64, a, b, false);
        if (fpq_comparable_d1(c, x, y))
            MUST(nzcv == (x == y ? 6 : x < y ? 8 : 2) && f.fpsr == c->fpsr, "%lx ? %lx", a, b);
    }
    free(c);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("fpu");
    TCase *soft_case = tcase_create("software"), *quick_case = tcase_create("quick");
    tcase_set_timeout(soft_case, 120);
    tcase_set_timeout(quick_case, 120);
    tcase_add_loop_test(soft_case, test_double, 0, 4);
    tcase_add_loop_test(soft_case, test_single, 0, 4);
    tcase_add_loop_test(soft_case, test_conversions, 0, 4);
    tcase_add_loop_test(soft_case, test_half, 0, 4);
    tcase_add_test(soft_case, test_half_conversion);
    tcase_add_test(soft_case, test_nans);
    tcase_add_test(soft_case, test_flush);
    tcase_add_test(soft_case, test_estimates);
    tcase_add_test(soft_case, test_integers);
    tcase_add_loop_test(quick_case, test_quick_scalar, 0, QUICK_CASES);
    tcase_add_loop_test(quick_case, test_quick_vector, 0, QUICK_CASES);
    tcase_add_loop_test(quick_case, test_quick_others, 0, QUICK_CASES);
    suite_add_tcase(s, soft_case);
    suite_add_tcase(s, quick_case);
    return suite_run(s);
}
