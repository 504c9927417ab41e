/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Floating point by the host's hardware, where result and flags are provably what the architecture says;
 * everything else goes to the software in cpu/fpu.c. Each function computes, and returns whether the result
 * stands.
 *
 * The argument. With FZ = 0 and round to nearest, the host (IEEE 754, no flushing) rounds every result like
 * the guest. The flags: a finite result has no IOC, DZC or OFC (only 0/0-like cases make NaNs; x/0 and
 * overflow make infinities). IDC needs FZ. UFC needs an inexact result that was tiny before rounding, so one
 * whose magnitude is at most the smallest normal number; a larger one can't have it, and a sum of two numbers
 * is exact if it is that small. IXC is left: it is cumulative, so where it is set already there is nothing to
 * find out; where it isn't, only a result shown to be exact stands, by the error-free transformations
 * (Knuth's sum, the fused product) or in double precision. Needs -ffp-contract=off and no excess precision;
 * reads no flags of the host and changes no mode.
 */
#ifndef EL2SIM_CPU_FPU_QUICK_H
#define EL2SIM_CPU_FPU_QUICK_H

#include <float.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/bits.h"
#include "base/compiler.h"
#include "cpu/cpu.h"
#include "cpu/fpu.h"

#if FLT_EVAL_METHOD != 0
#error "needs a host without excess precision (on 32-bit x86: SSE2)"
#endif

typedef float fpq_s4 __attribute__((vector_size(16), may_alias));
typedef double fpq_d2 __attribute__((vector_size(16), may_alias));
typedef uint32_t fpq_u4 __attribute__((vector_size(16), may_alias));
typedef int32_t fpq_i4 __attribute__((vector_size(16), may_alias));
typedef uint64_t fpq_u2 __attribute__((vector_size(16), may_alias));

static ALWAYS_INLINE uint32_t fpq_bits_s1(float a)
{
    uint32_t r;
    memcpy(&r, &a, sizeof(r));
    return r;
}
static ALWAYS_INLINE uint64_t fpq_bits_d1(double a)
{
    uint64_t r;
    memcpy(&r, &a, sizeof(r));
    return r;
}
static ALWAYS_INLINE float fpq_from_s1(uint32_t a)
{
    float r;
    memcpy(&r, &a, sizeof(r));
    return r;
}
static ALWAYS_INLINE double fpq_from_d1(uint64_t a)
{
    double r;
    memcpy(&r, &a, sizeof(r));
    return r;
}

/* ---- registers: a result of 32 or 64 bits zeroes what is above it ---- */

static ALWAYS_INLINE float fpq_get_s1(const struct cpu *c, unsigned n)
{
    return c->v[n].f[0];
}
static ALWAYS_INLINE double fpq_get_d1(const struct cpu *c, unsigned n)
{
    return c->v[n].df[0];
}
static ALWAYS_INLINE fpq_s4 fpq_get_s4(const struct cpu *c, unsigned n)
{
    return *(const fpq_s4 *)&c->v[n];
}
static ALWAYS_INLINE fpq_d2 fpq_get_d2(const struct cpu *c, unsigned n)
{
    return *(const fpq_d2 *)&c->v[n];
}
/* Both halves alike: what holds for all four lanes holds for the two. */
static ALWAYS_INLINE fpq_s4 fpq_get_s2(const struct cpu *c, unsigned n)
{
    fpq_u2 r = {c->v[n].d[0], c->v[n].d[0]};
    return (fpq_s4)r;
}
static ALWAYS_INLINE void fpq_put_s1(struct cpu *c, unsigned d, float r)
{
    *(fpq_s4 *)&c->v[d] = (fpq_s4){r, 0, 0, 0};
}
static ALWAYS_INLINE void fpq_put_d1(struct cpu *c, unsigned d, double r)
{
    *(fpq_d2 *)&c->v[d] = (fpq_d2){r, 0};
}
static ALWAYS_INLINE void fpq_put_s4(struct cpu *c, unsigned d, fpq_s4 r)
{
    *(fpq_s4 *)&c->v[d] = r;
}
static ALWAYS_INLINE void fpq_put_d2(struct cpu *c, unsigned d, fpq_d2 r)
{
    *(fpq_d2 *)&c->v[d] = r;
}
static ALWAYS_INLINE void fpq_put_s2(struct cpu *c, unsigned d, fpq_s4 r)
{
    *(fpq_u2 *)&c->v[d] = (fpq_u2){((fpq_u2)r)[0], 0};
}

/* ---- fused multiply-add of the host ---- */

/* The instructions are written down, not selected by a compiler option: the program runs on hosts without
 * them. */
#if defined(__x86_64__)
static ALWAYS_INLINE bool fpq_host_has_fma(void)
{
    return __builtin_cpu_supports("fma");
}
static ALWAYS_INLINE float fpq_fma_s1(float a, float b, float c)
{
    __asm__("vfmadd231ss %2, %1, %0" : "+x"(c) : "x"(a), "x"(b));
    return c;
}
static ALWAYS_INLINE double fpq_fma_d1(double a, double b, double c)
{
    __asm__("vfmadd231sd %2, %1, %0" : "+x"(c) : "x"(a), "x"(b));
    return c;
}
static ALWAYS_INLINE fpq_s4 fpq_fma_s4(fpq_s4 a, fpq_s4 b, fpq_s4 c)
{
    __asm__("vfmadd231ps %2, %1, %0" : "+x"(c) : "x"(a), "x"(b));
    return c;
}
static ALWAYS_INLINE fpq_d2 fpq_fma_d2(fpq_d2 a, fpq_d2 b, fpq_d2 c)
{
    __asm__("vfmadd231pd %2, %1, %0" : "+x"(c) : "x"(a), "x"(b));
    return c;
}
#else
static ALWAYS_INLINE bool fpq_host_has_fma(void)
{
#ifdef __aarch64__
    return true;
#else
    return false;
#endif
}
static ALWAYS_INLINE float fpq_fma_s1(float a, float b, float c)
{
    return __builtin_fmaf(a, b, c);
}
static ALWAYS_INLINE double fpq_fma_d1(double a, double b, double c)
{
    return __builtin_fma(a, b, c);
}
static ALWAYS_INLINE fpq_s4 fpq_fma_s4(fpq_s4 a, fpq_s4 b, fpq_s4 c)
{
    for (unsigned k = 0; k < 4; k++)
        c[k] = __builtin_fmaf(a[k], b[k], c[k]);
    return c;
}
static ALWAYS_INLINE fpq_d2 fpq_fma_d2(fpq_d2 a, fpq_d2 b, fpq_d2 c)
{
    for (unsigned k = 0; k < 2; k++)
        c[k] = __builtin_fma(a[k], b[k], c[k]);
    return c;
}
#endif

/* ---- classes of results ---- */

static ALWAYS_INLINE bool fpq_finite_s1(float r)
{
    return __builtin_fabsf(r) <= FLT_MAX;
}
static ALWAYS_INLINE bool fpq_finite_d1(double r)
{
    return __builtin_fabs(r) <= DBL_MAX;
}
/* Normal and not the smallest: no underflow, whichever way it was rounded. */
static ALWAYS_INLINE bool fpq_normal_s1(float r)
{
    return (fpq_bits_s1(r) & 0x7fffffff) - 0x00800001 < 0x7f800000 - 0x00800001u;
}
static ALWAYS_INLINE bool fpq_normal_d1(double r)
{
    return (fpq_bits_d1(r) << 1) - (UINT64_C(0x0010000000000001) << 1) <
           (UINT64_C(0x7ff0000000000000) << 1) - (UINT64_C(0x0010000000000001) << 1);
}

/* Masks of lanes, all ones or all zeros each; whether all are ones, whether none is. */
static ALWAYS_INLINE bool fpq_all(fpq_u4 mask)
{
#ifdef __SSE2__
    return _mm_movemask_ps((__m128)mask) == 15;
#else
    fpq_u2 m = (fpq_u2)mask;
    return (m[0] & m[1]) == UINT64_MAX;
#endif
}
static ALWAYS_INLINE bool fpq_none(fpq_u4 mask)
{
#ifdef __SSE2__
    return _mm_movemask_ps((__m128)mask) == 0;
#else
    fpq_u2 m = (fpq_u2)mask;
    return (m[0] | m[1]) == 0;
#endif
}
static ALWAYS_INLINE fpq_u4 fpq_finite_mask_s4(fpq_s4 r)
{
    return (fpq_u4)(((fpq_i4)r & 0x7fffffff) < 0x7f800000);
}
static ALWAYS_INLINE fpq_u4 fpq_abnormal_mask_s4(fpq_s4 r)
{
    /* The comparison of fpq_normal_s1(), signed because that is what vector units have. */
    fpq_u4 t = (fpq_u4)r + (fpq_u4)r + (0x80000000 - 2 * 0x00800001u);
    return (fpq_u4)((fpq_i4)t >= (int32_t)(0x80000000 + 2 * (0x7f800000u - 0x00800001)));
}
static ALWAYS_INLINE fpq_u4 fpq_normal_mask_s4(fpq_s4 r)
{
    return ~fpq_abnormal_mask_s4(r);
}
static ALWAYS_INLINE fpq_d2 fpq_abs_d2(fpq_d2 r)
{
    return (fpq_d2)((fpq_u2)r & (UINT64_MAX >> 1));
}
static ALWAYS_INLINE fpq_u4 fpq_finite_mask_d2(fpq_d2 r)
{
    return (fpq_u4)(fpq_abs_d2(r) <= DBL_MAX);
}
static ALWAYS_INLINE fpq_u4 fpq_normal_mask_d2(fpq_d2 r)
{
    fpq_d2 a = fpq_abs_d2(r);
    return (fpq_u4)(a > DBL_MIN) & (fpq_u4)(a <= DBL_MAX);
}
static ALWAYS_INLINE bool fpq_finite_s4(fpq_s4 r)
{
    return fpq_all(fpq_finite_mask_s4(r));
}
static ALWAYS_INLINE bool fpq_normal_s4(fpq_s4 r)
{
    return fpq_none(fpq_abnormal_mask_s4(r));
}
static ALWAYS_INLINE bool fpq_finite_d2(fpq_d2 r)
{
    return fpq_all(fpq_finite_mask_d2(r));
}
static ALWAYS_INLINE bool fpq_normal_d2(fpq_d2 r)
{
    return fpq_all(fpq_normal_mask_d2(r));
}
/* Two lanes in double precision. */
static ALWAYS_INLINE fpq_d2 fpq_low(fpq_s4 a)
{
    return (fpq_d2){a[0], a[1]};
}
static ALWAYS_INLINE fpq_d2 fpq_high(fpq_s4 a)
{
    return (fpq_d2){a[2], a[3]};
}

/* ---- exactness, for finite results ---- */

/* The error of r = a + b: exact itself. */
#define FPQ_SUM_ERROR(T, TYPE)                                                                               \
    static ALWAYS_INLINE TYPE fpq_sum_error_##T(TYPE a, TYPE b, TYPE r)                                      \
    {                                                                                                        \
        TYPE bb = r - a;                                                                                     \
        return (a - (r - bb)) + (b - bb);                                                                    \
    }
FPQ_SUM_ERROR(s1, float)
FPQ_SUM_ERROR(d1, double)
FPQ_SUM_ERROR(s4, fpq_s4)
FPQ_SUM_ERROR(d2, fpq_d2)
#undef FPQ_SUM_ERROR

static ALWAYS_INLINE bool fpq_exact_add_s1(float a, float b, float r)
{
    return fpq_sum_error_s1(a, b, r) == 0;
}
static ALWAYS_INLINE bool fpq_exact_add_d1(double a, double b, double r)
{
    return fpq_sum_error_d1(a, b, r) == 0;
}
static ALWAYS_INLINE bool fpq_exact_add_s4(fpq_s4 a, fpq_s4 b, fpq_s4 r)
{
    return fpq_all((fpq_u4)(fpq_sum_error_s4(a, b, r) == 0));
}
static ALWAYS_INLINE bool fpq_exact_add_d2(fpq_d2 a, fpq_d2 b, fpq_d2 r)
{
    return fpq_all((fpq_u4)(fpq_sum_error_d2(a, b, r) == 0));
}

/* Products of two singles are exact in double precision. */
static ALWAYS_INLINE bool fpq_exact_mul_s1(UNUSED const struct cpu *c, float a, float b, float r)
{
    return (double)a * (double)b == (double)r;
}
static ALWAYS_INLINE bool fpq_exact_mul_s4(UNUSED const struct cpu *c, fpq_s4 a, fpq_s4 b, fpq_s4 r)
{
    return fpq_all((fpq_u4)(fpq_low(a) * fpq_low(b) == fpq_low(r)) &
                   (fpq_u4)(fpq_high(a) * fpq_high(b) == fpq_high(r)));
}
/* The fused product's error is representable if the product is not too small; a product of 0 is taken for
 * that of a zero operand, which the caller makes sure of. */
static ALWAYS_INLINE bool fpq_exact_mul_d1(const struct cpu *c, double a, double b, double r)
{
    return (c->fp_quick & FPU_QUICK_FMA) &&
           (r == 0 || (__builtin_fabs(r) > 0x1p-900 && fpq_fma_d1(a, b, -r) == 0));
}
static ALWAYS_INLINE bool fpq_exact_mul_d2(const struct cpu *c, fpq_d2 a, fpq_d2 b, fpq_d2 r)
{
    return (c->fp_quick & FPU_QUICK_FMA) && fpq_all((fpq_u4)(r == 0) | ((fpq_u4)(fpq_abs_d2(r) > 0x1p-900) &
                                                                        (fpq_u4)(fpq_fma_d2(a, b, -r) == 0)));
}
/* A quotient times the divisor is the dividend. */
static ALWAYS_INLINE bool fpq_exact_div_s1(const struct cpu *c, float a, float b, float r)
{
    return fpq_exact_mul_s1(c, r, b, a);
}
static ALWAYS_INLINE bool fpq_exact_div_s4(const struct cpu *c, fpq_s4 a, fpq_s4 b, fpq_s4 r)
{
    return fpq_exact_mul_s4(c, r, b, a);
}
static ALWAYS_INLINE bool fpq_exact_div_d1(const struct cpu *c, double a, double b, double r)
{
    return fpq_exact_mul_d1(c, r, b, a);
}
static ALWAYS_INLINE bool fpq_exact_div_d2(const struct cpu *c, fpq_d2 a, fpq_d2 b, fpq_d2 r)
{
    return fpq_exact_mul_d2(c, r, b, a);
}

/* ---- results that are not normal: zero, exact if an operand was ---- */

static ALWAYS_INLINE bool fpq_zero_mul_s1(float a, float b, float r)
{
    return r == 0 && (a == 0 || b == 0);
}
static ALWAYS_INLINE bool fpq_zero_mul_d1(double a, double b, double r)
{
    return r == 0 && (a == 0 || b == 0);
}
static ALWAYS_INLINE bool fpq_zero_mul_s4(fpq_s4 a, fpq_s4 b, fpq_s4 r)
{
    return fpq_all(fpq_normal_mask_s4(r) | ((fpq_u4)(r == 0) & ((fpq_u4)(a == 0) | (fpq_u4)(b == 0))));
}
static ALWAYS_INLINE bool fpq_zero_mul_d2(fpq_d2 a, fpq_d2 b, fpq_d2 r)
{
    return fpq_all(fpq_normal_mask_d2(r) | ((fpq_u4)(r == 0) & ((fpq_u4)(a == 0) | (fpq_u4)(b == 0))));
}

/* ---- the operations ---- */

static ALWAYS_INLINE bool fpq_inexact_known(const struct cpu *c)
{
    return c->fpsr & FPSR_IXC;
}

/* T: s1, d1, s4, d2. Sums are exact where they are small, so all finite results stand. */
#define FPQ_SUM(T, TYPE)                                                                                     \
    static ALWAYS_INLINE bool fpq_add_##T(const struct cpu *c, TYPE a, TYPE b, TYPE *r)                      \
    {                                                                                                        \
        *r = a + b;                                                                                          \
        return (c->fp_quick & FPU_QUICK_NEAREST) && fpq_finite_##T(*r) &&                                    \
               (LIKELY(fpq_inexact_known(c)) || fpq_exact_add_##T(a, b, *r));                                \
    }                                                                                                        \
    static ALWAYS_INLINE bool fpq_sub_##T(const struct cpu *c, TYPE a, TYPE b, TYPE *r)                      \
    {                                                                                                        \
        return fpq_add_##T(c, a, -b, r);                                                                     \
    }
FPQ_SUM(s1, float)
FPQ_SUM(d1, double)
FPQ_SUM(s4, fpq_s4)
FPQ_SUM(d2, fpq_d2)
#undef FPQ_SUM

/* FABD */
static ALWAYS_INLINE bool fpq_abd_s1(const struct cpu *c, float a, float b, float *r)
{
    bool ok = fpq_sub_s1(c, a, b, r);
    *r = __builtin_fabsf(*r);
    return ok;
}
static ALWAYS_INLINE bool fpq_abd_d1(const struct cpu *c, double a, double b, double *r)
{
    bool ok = fpq_sub_d1(c, a, b, r);
    *r = __builtin_fabs(*r);
    return ok;
}

#define FPQ_PRODUCT(T, TYPE)                                                                                 \
    static ALWAYS_INLINE bool fpq_mul_##T(const struct cpu *c, TYPE a, TYPE b, TYPE *r)                      \
    {                                                                                                        \
        *r = a * b;                                                                                          \
        return (c->fp_quick & FPU_QUICK_NEAREST) &&                                                          \
               (LIKELY(fpq_normal_##T(*r)) || fpq_zero_mul_##T(a, b, *r)) &&                                 \
               (LIKELY(fpq_inexact_known(c)) || fpq_exact_mul_##T(c, a, b, *r));                             \
    }                                                                                                        \
    static ALWAYS_INLINE bool fpq_div_##T(const struct cpu *c, TYPE a, TYPE b, TYPE *r)                      \
    {                                                                                                        \
        *r = a / b;                                                                                          \
        return (c->fp_quick & FPU_QUICK_NEAREST) && fpq_normal_##T(*r) &&                                    \
               (LIKELY(fpq_inexact_known(c)) || fpq_exact_div_##T(c, a, b, *r));                             \
    }
FPQ_PRODUCT(s1, float)
FPQ_PRODUCT(d1, double)
FPQ_PRODUCT(s4, fpq_s4)
FPQ_PRODUCT(d2, fpq_d2)
#undef FPQ_PRODUCT

/* ---- fused multiply-add: *r = c0 + a * b ---- */

/* Everything exact, so every step by itself. */
static ALWAYS_INLINE bool fpq_exact_fma_s1(UNUSED const struct cpu *c, float a, float b, float c0, float *r)
{
    double p = (double)a * (double)b, s = p + (double)c0;
    *r = (float)s;
    return fpq_exact_add_d1(p, (double)c0, s) && (double)*r == s && fpq_finite_s1(*r);
}
static ALWAYS_INLINE bool fpq_exact_fma_d1(const struct cpu *c, double a, double b, double c0, double *r)
{
    double p = a * b;
    *r = p + c0;
    return (fpq_normal_d1(p) || fpq_zero_mul_d1(a, b, p)) && fpq_exact_mul_d1(c, a, b, p) &&
           fpq_finite_d1(*r) && fpq_exact_add_d1(p, c0, *r);
}
/* Lanes whose double-precision value is a normal single or zero, unless it is too large. Seen by the bits: in
 * vectors gcc 12 takes (double)(float)s for s. */
static ALWAYS_INLINE fpq_u4 fpq_single_mask(fpq_d2 s)
{
    fpq_u4 fits = (fpq_u4)(((fpq_u4)((fpq_u2)s & ones(52 - 23))) == 0);
    return fits & ((fpq_u4)(fpq_abs_d2(s) > FLT_MIN) | (fpq_u4)(s == 0));
}
static ALWAYS_INLINE bool fpq_exact_fma_s4(UNUSED const struct cpu *c, fpq_s4 a, fpq_s4 b, fpq_s4 c0,
                                           fpq_s4 *r)
{
    fpq_d2 pl = fpq_low(a) * fpq_low(b), ph = fpq_high(a) * fpq_high(b);
    fpq_d2 sl = pl + fpq_low(c0), sh = ph + fpq_high(c0);
    *r = (fpq_s4){(float)sl[0], (float)sl[1], (float)sh[0], (float)sh[1]};
    return fpq_exact_add_d2(pl, fpq_low(c0), sl) && fpq_exact_add_d2(ph, fpq_high(c0), sh) &&
           fpq_all(fpq_single_mask(sl) & fpq_single_mask(sh)) && fpq_finite_s4(*r);
}
static ALWAYS_INLINE bool fpq_exact_fma_d2(const struct cpu *c, fpq_d2 a, fpq_d2 b, fpq_d2 c0, fpq_d2 *r)
{
    fpq_d2 p = a * b;
    *r = p + c0;
    return fpq_zero_mul_d2(a, b, p) && fpq_exact_mul_d2(c, a, b, p) && fpq_finite_d2(*r) &&
           fpq_exact_add_d2(p, c0, *r);
}
/* With a zero product the sum is exact. */
static ALWAYS_INLINE bool fpq_zero_fma_s1(float a, float b, float r)
{
    return (a == 0 || b == 0) && fpq_finite_s1(r);
}
static ALWAYS_INLINE bool fpq_zero_fma_d1(double a, double b, double r)
{
    return (a == 0 || b == 0) && fpq_finite_d1(r);
}
static ALWAYS_INLINE bool fpq_zero_fma_s4(fpq_s4 a, fpq_s4 b, fpq_s4 r)
{
    return fpq_all(fpq_normal_mask_s4(r) | (((fpq_u4)(a == 0) | (fpq_u4)(b == 0)) & fpq_finite_mask_s4(r)));
}
static ALWAYS_INLINE bool fpq_zero_fma_d2(fpq_d2 a, fpq_d2 b, fpq_d2 r)
{
    return fpq_all(fpq_normal_mask_d2(r) | (((fpq_u4)(a == 0) | (fpq_u4)(b == 0)) & fpq_finite_mask_d2(r)));
}

#define FPQ_FUSED(T, TYPE)                                                                                   \
    static ALWAYS_INLINE bool fpq_fused_##T(const struct cpu *c, TYPE a, TYPE b, TYPE c0, TYPE *r)           \
    {                                                                                                        \
        if (UNLIKELY(!(c->fp_quick & FPU_QUICK_FMA)))                                                        \
            return false;                                                                                    \
        if (UNLIKELY(!fpq_inexact_known(c)))                                                                 \
            return fpq_exact_fma_##T(c, a, b, c0, r);                                                        \
        *r = fpq_fma_##T(a, b, c0);                                                                          \
        return LIKELY(fpq_normal_##T(*r)) || fpq_zero_fma_##T(a, b, *r);                                     \
    }
FPQ_FUSED(s1, float)
FPQ_FUSED(d1, double)
FPQ_FUSED(s4, fpq_s4)
FPQ_FUSED(d2, fpq_d2)
#undef FPQ_FUSED

/* ---- square root: never too small or too large, so finite is enough ---- */

static ALWAYS_INLINE float fpq_root_s1(float a)
{
#ifdef __SSE2__
    __asm__("sqrtss %0, %0" : "+x"(a));
    return a;
#else
    return __builtin_sqrtf(a);
#endif
}
static ALWAYS_INLINE double fpq_root_d1(double a)
{
#ifdef __SSE2__
    __asm__("sqrtsd %0, %0" : "+x"(a));
    return a;
#else
    return __builtin_sqrt(a);
#endif
}
static ALWAYS_INLINE bool fpq_sqrt_s1(const struct cpu *c, float a, float *r)
{
    *r = fpq_root_s1(a);
    return (c->fp_quick & FPU_QUICK_NEAREST) && fpq_finite_s1(*r) &&
           (fpq_inexact_known(c) || (double)*r * (double)*r == (double)a);
}
static ALWAYS_INLINE bool fpq_sqrt_d1(const struct cpu *c, double a, double *r)
{
    *r = fpq_root_d1(a);
    return (c->fp_quick & FPU_QUICK_NEAREST) && fpq_finite_d1(*r) &&
           (fpq_inexact_known(c) || fpq_exact_mul_d1(c, *r, *r, a));
}
static ALWAYS_INLINE bool fpq_sqrt_s4(const struct cpu *c, fpq_s4 a, fpq_s4 *r)
{
    *r = (fpq_s4){fpq_root_s1(a[0]), fpq_root_s1(a[1]), fpq_root_s1(a[2]), fpq_root_s1(a[3])};
    return (c->fp_quick & FPU_QUICK_NEAREST) && fpq_finite_s4(*r) &&
           (fpq_inexact_known(c) || fpq_exact_mul_s4(c, *r, *r, a));
}
static ALWAYS_INLINE bool fpq_sqrt_d2(const struct cpu *c, fpq_d2 a, fpq_d2 *r)
{
    *r = (fpq_d2){fpq_root_d1(a[0]), fpq_root_d1(a[1])};
    return (c->fp_quick & FPU_QUICK_NEAREST) && fpq_finite_d2(*r) &&
           (fpq_inexact_known(c) || fpq_exact_mul_d2(c, *r, *r, a));
}

/* ---- comparison, minimum, maximum: neither rounds, so only NaNs and flushing are in the way ---- */

static ALWAYS_INLINE bool fpq_comparable_s1(const struct cpu *c, float a, float b)
{
    return (c->fp_quick & FPU_QUICK_KEEP) && !__builtin_isunordered(a, b);
}
static ALWAYS_INLINE bool fpq_comparable_d1(const struct cpu *c, double a, double b)
{
    return (c->fp_quick & FPU_QUICK_KEEP) && !__builtin_isunordered(a, b);
}
static ALWAYS_INLINE bool fpq_comparable_s4(const struct cpu *c, fpq_s4 a, fpq_s4 b)
{
    return (c->fp_quick & FPU_QUICK_KEEP) && fpq_all((fpq_u4)(a == a) & (fpq_u4)(b == b));
}
static ALWAYS_INLINE bool fpq_comparable_d2(const struct cpu *c, fpq_d2 a, fpq_d2 b)
{
    return (c->fp_quick & FPU_QUICK_KEEP) && fpq_all((fpq_u4)(a == a) & (fpq_u4)(b == b));
}

/* Equal operands differ in nothing but the sign of zero: of those the maximum is +, the minimum -. */
#define FPQ_EXTREME(NAME, RELATION, ZERO)                                                                    \
    static ALWAYS_INLINE bool fpq_##NAME##_s1(const struct cpu *c, float a, float b, float *r)               \
    {                                                                                                        \
        *r = a RELATION b ? a : a == b ? fpq_from_s1(fpq_bits_s1(a) ZERO fpq_bits_s1(b)) : b;                \
        return fpq_comparable_s1(c, a, b);                                                                   \
    }                                                                                                        \
    static ALWAYS_INLINE bool fpq_##NAME##_d1(const struct cpu *c, double a, double b, double *r)            \
    {                                                                                                        \
        *r = a RELATION b ? a : a == b ? fpq_from_d1(fpq_bits_d1(a) ZERO fpq_bits_d1(b)) : b;                \
        return fpq_comparable_d1(c, a, b);                                                                   \
    }                                                                                                        \
    static ALWAYS_INLINE bool fpq_##NAME##_s4(const struct cpu *c, fpq_s4 a, fpq_s4 b, fpq_s4 *r)            \
    {                                                                                                        \
        fpq_u4 first = (fpq_u4)(a RELATION b), same = (fpq_u4)(a == b), x = (fpq_u4)a, y = (fpq_u4)b;        \
        *r = (fpq_s4)((x & first) | ((x ZERO y)&same) | (y & ~first & ~same));                               \
        return fpq_comparable_s4(c, a, b);                                                                   \
    }                                                                                                        \
    static ALWAYS_INLINE bool fpq_##NAME##_d2(const struct cpu *c, fpq_d2 a, fpq_d2 b, fpq_d2 *r)            \
    {                                                                                                        \
        fpq_u2 first = (fpq_u2)(a RELATION b), same = (fpq_u2)(a == b), x = (fpq_u2)a, y = (fpq_u2)b;        \
        *r = (fpq_d2)((x & first) | ((x ZERO y)&same) | (y & ~first & ~same));                               \
        return fpq_comparable_d2(c, a, b);                                                                   \
    }
FPQ_EXTREME(max, >, &)
FPQ_EXTREME(min, <, |)
#undef FPQ_EXTREME

#define FPQ_COMPARE(NAME, RELATION)                                                                          \
    static ALWAYS_INLINE bool fpq_##NAME##_s4(const struct cpu *c, fpq_s4 a, fpq_s4 b, fpq_s4 *r)            \
    {                                                                                                        \
        *r = (fpq_s4)(a RELATION b);                                                                         \
        return fpq_comparable_s4(c, a, b);                                                                   \
    }                                                                                                        \
    static ALWAYS_INLINE bool fpq_##NAME##_d2(const struct cpu *c, fpq_d2 a, fpq_d2 b, fpq_d2 *r)            \
    {                                                                                                        \
        *r = (fpq_d2)(a RELATION b);                                                                         \
        return fpq_comparable_d2(c, a, b);                                                                   \
    }
FPQ_COMPARE(cmeq, ==)
FPQ_COMPARE(cmge, >=)
FPQ_COMPARE(cmgt, >)
#undef FPQ_COMPARE

/* ---- conversions ---- */

/* Single to double is exact; only NaNs need thought. */
static ALWAYS_INLINE bool fpq_widen(const struct cpu *c, float a, double *r)
{
    *r = a;
    return (c->fp_quick & FPU_QUICK_KEEP) && fpq_finite_s1(a);
}
static ALWAYS_INLINE bool fpq_narrow(const struct cpu *c, double a, float *r)
{
    *r = (float)a;
    return (c->fp_quick & FPU_QUICK_NEAREST) && (fpq_normal_s1(*r) || a == 0) &&
           (fpq_inexact_known(c) || (double)*r == a);
}

/* FCVTZS, FCVTZU: truncation, whatever FPCR says of rounding. `limit` is 2^63 or 2^31. */
static ALWAYS_INLINE bool fpq_to_signed(const struct cpu *c, double a, double limit, int64_t *r)
{
    if (!(c->fp_quick & FPU_QUICK_KEEP) || !(a >= -limit && a < limit))
        return false;
    *r = (int64_t)a;
    return fpq_inexact_known(c) || (double)*r == a;
}
static ALWAYS_INLINE bool fpq_to_unsigned(const struct cpu *c, double a, double limit, uint64_t *r)
{
    if (!(c->fp_quick & FPU_QUICK_KEEP) || !(a > -1 && a < limit))
        return false;
    *r = a < 0x1p63 ? (uint64_t)(int64_t)a : (uint64_t)(int64_t)(a - 0x1p63) + BIT(63);
    return fpq_inexact_known(c) || (double)*r == a;
}

/* To an integral value, round mode as in FPRounding; exact: report inexactness (FRINTX). */
static ALWAYS_INLINE bool fpq_rint_d1(const struct cpu *c, double a, enum fpu_round mode, bool exact,
                                      double *r)
{
    double size = __builtin_fabs(a);
    if (!(c->fp_quick & FPU_QUICK_KEEP) || !(size < 0x1p51))
        return false;
    double t = (double)(int64_t)a;
    if (mode == FPU_NEGINF)
        t -= t > a;
    else if (mode == FPU_POSINF)
        t += t < a;
    else if (mode == FPU_TIEAWAY)
        t += (a - t >= 0.5) - (a - t <= -0.5);
    else if (mode == FPU_TIEEVEN)
        t = (size + 0x1p52) - 0x1p52; /* the host's rounding at the last place of 2^52 */
    *r = __builtin_copysign(t, a);
    return !exact || fpq_inexact_known(c) || t == (mode == FPU_TIEEVEN ? size : a);
}
static ALWAYS_INLINE bool fpq_rint_s1(const struct cpu *c, float a, enum fpu_round mode, bool exact, float *r)
{
    double d = 0;
    bool ok = fpq_rint_d1(c, a, mode, exact, &d);
    *r = (float)d;
    return ok;
}

/* From an integer; r is exact up to 2^53 and 2^24. */
static ALWAYS_INLINE bool fpq_from_signed_d1(const struct cpu *c, int64_t v, double *r)
{
    *r = (double)v;
    return (uint64_t)v + BIT(53) <= BIT(54) || ((c->fp_quick & FPU_QUICK_NEAREST) && fpq_inexact_known(c));
}
static ALWAYS_INLINE bool fpq_from_signed_s1(const struct cpu *c, int64_t v, float *r)
{
    *r = (float)v;
    return (uint64_t)v + BIT(24) <= BIT(25) || ((c->fp_quick & FPU_QUICK_NEAREST) && fpq_inexact_known(c));
}
static ALWAYS_INLINE bool fpq_from_unsigned_d1(const struct cpu *c, uint64_t v, double *r)
{
    return (int64_t)v >= 0 && fpq_from_signed_d1(c, (int64_t)v, r);
}
static ALWAYS_INLINE bool fpq_from_unsigned_s1(const struct cpu *c, uint64_t v, float *r)
{
    return (int64_t)v >= 0 && fpq_from_signed_s1(c, (int64_t)v, r);
}

/* Lanes of vectors: integers of the same size. */
static ALWAYS_INLINE bool fpq_to_int_s1(const struct cpu *c, float a, bool is_unsigned, uint32_t *r)
{
    int64_t v = 0;
    bool ok = fpq_to_signed(c, a, is_unsigned ? 0x1p32 : 0x1p31, &v) && (v >= 0 || !is_unsigned);
    *r = (uint32_t)v;
    return ok;
}
static ALWAYS_INLINE bool fpq_to_int_d1(const struct cpu *c, double a, bool is_unsigned, uint64_t *r)
{
    int64_t v = 0;
    bool ok = fpq_to_signed(c, a, 0x1p63, &v) && (v >= 0 || !is_unsigned);
    *r = (uint64_t)v;
    return ok;
}
static ALWAYS_INLINE bool fpq_from_int_s1(const struct cpu *c, uint32_t v, bool is_unsigned, float *r)
{
    return fpq_from_signed_s1(c, is_unsigned ? (int64_t)v : (int32_t)v, r);
}
static ALWAYS_INLINE bool fpq_from_int_d1(const struct cpu *c, uint64_t v, bool is_unsigned, double *r)
{
    return (!is_unsigned || (int64_t)v >= 0) && fpq_from_signed_d1(c, (int64_t)v, r);
}

#endif
