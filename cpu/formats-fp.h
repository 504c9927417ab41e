/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Format functions of cpu/a64-fp.decode: how the fields of floating-point encodings become records. The
 * layout of these records is described in cpu/fpu_exec.h. Arguments are a row's fields in the order of their
 * letters (cpu/decode.md).
 */
#ifndef EL2SIM_CPU_FORMATS_FP_H
#define EL2SIM_CPU_FORMATS_FP_H

#include "base/bits.h"
#include "base/compiler.h"
#include "cpu/fpu_exec.h"
#include "cpu/insn.h"

static inline bool fp_regs(struct insn *o, unsigned d, unsigned n, unsigned m, unsigned lanes)
{
    o->rd = d;
    o->rn = n;
    o->rm = m;
    o->ra = d;
    o->aux = lanes;
    return true;
}

/* VFPExpandImm(): exponent of e bits, fraction of f bits. */
static inline uint64_t vfp_expand_imm(unsigned imm8, unsigned e, unsigned f)
{
    uint64_t sign = imm8 >> 7, b6 = imm8 >> 6 & 1;
    uint64_t exp = (b6 ^ 1) << (e - 1) | (b6 ? ones(e - 3) : 0) << 2 | (imm8 >> 4 & 3);
    return sign << (e + f) | exp << f | (uint64_t)(imm8 & 15) << (f - 4);
}

/* ---- scalar ---- */

static inline bool fmt_fp_scalar(struct insn *o, unsigned n, unsigned d)
{
    return fp_regs(o, d, n, 0, 1);
}
static inline bool fmt_fp_1src(struct insn *o, UNUSED unsigned t, unsigned n, unsigned d)
{
    return fp_regs(o, d, n, 0, 1);
}
static inline bool fmt_fp_2src(struct insn *o, UNUSED unsigned t, unsigned m, unsigned n, unsigned d)
{
    return fp_regs(o, d, n, m, 1);
}
static inline bool fmt_fp_3src(struct insn *o, UNUSED unsigned t, unsigned m, unsigned a, unsigned n,
                               unsigned d)
{
    fp_regs(o, d, n, m, 1);
    o->ra = a;
    return true;
}
static inline bool fmt_fcmp(struct insn *o, UNUSED unsigned t, unsigned m, unsigned n, unsigned e, unsigned c)
{
    return fp_regs(o, 0, n, m, c | e << 1);
}
/* imm: condition in bits 7:0, NZCV otherwise in 15:8. */
static inline bool fmt_fccmp(struct insn *o, UNUSED unsigned t, unsigned m, unsigned c, unsigned n,
                             unsigned e, unsigned v)
{
    o->imm = c | v << 8;
    return fp_regs(o, 0, n, m, e << 1);
}
static inline bool fmt_fcsel(struct insn *o, UNUSED unsigned t, unsigned m, unsigned c, unsigned n,
                             unsigned d)
{
    o->imm = c;
    return fp_regs(o, d, n, m, 1);
}
static inline bool fmt_fmov_imm(struct insn *o, unsigned t, unsigned i, unsigned d)
{
    o->imm = t ? vfp_expand_imm(i, 11, 52) : vfp_expand_imm(i, 8, 23);
    return fp_regs(o, d, 0, 0, 1);
}
static inline bool fmt_fmov_imm_h(struct insn *o, unsigned i, unsigned d)
{
    o->imm = vfp_expand_imm(i, 5, 10);
    return fp_regs(o, d, 0, 0, 1);
}

/* ---- with general registers ---- */

static inline bool fmt_fp_to_gpr(struct insn *o, unsigned n, unsigned d)
{
    return fp_regs(o, dst(d), n, 0, 1);
}
static inline bool fmt_gpr_to_fp(struct insn *o, unsigned n, unsigned d)
{
    return fp_regs(o, d, n, 0, 1);
}
static inline bool fmt_fcvt_gpr(struct insn *o, UNUSED unsigned s, UNUSED unsigned t, unsigned r, unsigned u,
                                unsigned n, unsigned d)
{
    o->imm = fpu_imm_conversion(0, (enum fpu_round)r, u);
    return fp_regs(o, dst(d), n, 0, 1);
}
static inline bool fmt_fcvta_gpr(struct insn *o, unsigned s, unsigned t, unsigned u, unsigned n, unsigned d)
{
    return fmt_fcvt_gpr(o, s, t, FPU_TIEAWAY, u, n, d);
}
static inline bool fmt_fcvtz_gpr(struct insn *o, unsigned s, unsigned t, unsigned u, unsigned n, unsigned d)
{
    return fmt_fcvt_gpr(o, s, t, FPU_ZERO, u, n, d);
}
static inline bool fmt_fcvtz_gpr_fix(struct insn *o, unsigned s, UNUSED unsigned t, unsigned u, unsigned f,
                                     unsigned n, unsigned d)
{
    o->imm = fpu_imm_conversion(64 - f, FPU_ZERO, u);
    return (s || f >= 32) && fp_regs(o, dst(d), n, 0, 1);
}
static inline bool fmt_cvtf_gpr(struct insn *o, UNUSED unsigned s, UNUSED unsigned t, unsigned u, unsigned n,
                                unsigned d)
{
    o->imm = fpu_imm_conversion(0, FPU_TIEEVEN, u);
    return fp_regs(o, d, n, 0, 1);
}
static inline bool fmt_cvtf_gpr_fix(struct insn *o, unsigned s, UNUSED unsigned t, unsigned u, unsigned f,
                                    unsigned n, unsigned d)
{
    o->imm = fpu_imm_conversion(64 - f, FPU_TIEEVEN, u);
    return (s || f >= 32) && fp_regs(o, d, n, 0, 1);
}

/* ---- vectors: three registers ---- */

static inline bool fmt_v3s(struct insn *o, unsigned q, unsigned m, unsigned n, unsigned d)
{
    return fp_regs(o, d, n, m, 2u << q);
}
static inline bool fmt_v3d(struct insn *o, unsigned m, unsigned n, unsigned d)
{
    return fp_regs(o, d, n, m, 2);
}
static inline bool fmt_v3h(struct insn *o, unsigned q, unsigned m, unsigned n, unsigned d)
{
    return fp_regs(o, d, n, m, 4u << q);
}
static inline bool fmt_v3(struct insn *o, unsigned q, unsigned z, unsigned m, unsigned n, unsigned d)
{
    return (q || !z) && fp_regs(o, d, n, m, (2u << q) >> z);
}
static inline bool fmt_v3pair(struct insn *o, unsigned q, unsigned z, unsigned m, unsigned n, unsigned d)
{
    o->imm = fpu_imm_shape(FPU_PAIRS, 0, 0);
    return fmt_v3(o, q, z, m, n, d);
}
static inline bool fmt_v3pairh(struct insn *o, unsigned q, unsigned m, unsigned n, unsigned d)
{
    o->imm = fpu_imm_shape(FPU_PAIRS, 0, 0);
    return fmt_v3h(o, q, m, n, d);
}
static inline bool fmt_s3(struct insn *o, UNUSED unsigned z, unsigned m, unsigned n, unsigned d)
{
    return fp_regs(o, d, n, m, 1);
}
static inline bool fmt_s3h(struct insn *o, unsigned m, unsigned n, unsigned d)
{
    return fp_regs(o, d, n, m, 1);
}

/* ---- vectors to a scalar ---- */

static inline bool fp_reduce(struct insn *o, unsigned n, unsigned d, unsigned lanes)
{
    o->imm = fpu_imm_shape(FPU_REDUCE, 0, 0);
    return fp_regs(o, d, n, 0, lanes);
}
static inline bool fmt_v2_to_s(struct insn *o, UNUSED unsigned z, unsigned n, unsigned d)
{
    return fp_reduce(o, n, d, 2);
}
static inline bool fmt_v2h_to_s(struct insn *o, unsigned n, unsigned d)
{
    return fp_reduce(o, n, d, 2);
}
static inline bool fmt_v4_to_s(struct insn *o, unsigned n, unsigned d)
{
    return fp_reduce(o, n, d, 4);
}
static inline bool fmt_vh_to_s(struct insn *o, unsigned q, unsigned n, unsigned d)
{
    return fp_reduce(o, n, d, 4u << q);
}

/* ---- vectors: two registers ---- */

static inline bool fmt_v2(struct insn *o, unsigned q, unsigned z, unsigned n, unsigned d)
{
    return fmt_v3(o, q, z, 0, n, d);
}
static inline bool fmt_v2s(struct insn *o, unsigned q, unsigned n, unsigned d)
{
    return fmt_v3s(o, q, 0, n, d);
}
static inline bool fmt_v2d(struct insn *o, unsigned n, unsigned d)
{
    return fp_regs(o, d, n, 0, 2);
}
static inline bool fmt_v2h(struct insn *o, unsigned q, unsigned n, unsigned d)
{
    return fmt_v3h(o, q, 0, n, d);
}
static inline bool fmt_s2(struct insn *o, UNUSED unsigned z, unsigned n, unsigned d)
{
    return fp_regs(o, d, n, 0, 1);
}
static inline bool fmt_s2h(struct insn *o, unsigned n, unsigned d)
{
    return fp_regs(o, d, n, 0, 1);
}
/* Compares with zero. */
static inline bool fmt_v2zero(struct insn *o, unsigned q, unsigned z, unsigned n, unsigned d)
{
    o->imm = fpu_imm_shape(FPU_WITH_ZERO, 0, 0);
    return fmt_v2(o, q, z, n, d);
}
static inline bool fmt_v2zeroh(struct insn *o, unsigned q, unsigned n, unsigned d)
{
    o->imm = fpu_imm_shape(FPU_WITH_ZERO, 0, 0);
    return fmt_v2h(o, q, n, d);
}
static inline bool fmt_s2zero(struct insn *o, UNUSED unsigned z, unsigned n, unsigned d)
{
    o->imm = fpu_imm_shape(FPU_WITH_ZERO, 0, 0);
    return fp_regs(o, d, n, 0, 1);
}
static inline bool fmt_s2zeroh(struct insn *o, unsigned n, unsigned d)
{
    return fmt_s2zero(o, 0, n, d);
}
/* Longer and narrower: only Q is wanted. */
static inline bool fmt_v2half(struct insn *o, unsigned q, unsigned n, unsigned d)
{
    return fp_regs(o, d, n, 0, q);
}
static inline bool fmt_v2half_z(struct insn *o, unsigned q, UNUSED unsigned z, unsigned n, unsigned d)
{
    return fp_regs(o, d, n, 0, q);
}

/* ---- conversions of vectors and SIMD scalars ---- */

/* Bits 23 and 12 of FCVTN, FCVTM, FCVTP, FCVTZ as FPRounding. */
static inline enum fpu_round fcvt_round(unsigned o2, unsigned o1)
{
    return (enum fpu_round)(o1 << 1 | o2);
}
static inline bool fmt_vfcvt(struct insn *o, unsigned q, unsigned u, unsigned a, unsigned z, unsigned r,
                             unsigned n, unsigned d)
{
    o->imm = fpu_imm_conversion(0, fcvt_round(a, r), u);
    return fmt_v2(o, q, z, n, d);
}
static inline bool fmt_vfcvth(struct insn *o, unsigned q, unsigned u, unsigned a, unsigned r, unsigned n,
                              unsigned d)
{
    o->imm = fpu_imm_conversion(0, fcvt_round(a, r), u);
    return fmt_v2h(o, q, n, d);
}
static inline bool fmt_sfcvt(struct insn *o, unsigned u, unsigned a, UNUSED unsigned z, unsigned r,
                             unsigned n, unsigned d)
{
    o->imm = fpu_imm_conversion(0, fcvt_round(a, r), u);
    return fp_regs(o, d, n, 0, 1);
}
static inline bool fmt_sfcvth(struct insn *o, unsigned u, unsigned a, unsigned r, unsigned n, unsigned d)
{
    return fmt_sfcvt(o, u, a, 0, r, n, d);
}
/* Conversions with one rounding: vector, scalar (s), and their half-precision forms (h). */
#define CONVERSIONS(vector, scalar, rounding)                                                                \
    static inline bool fmt_##vector(struct insn *o, unsigned q, unsigned u, unsigned z, unsigned n,          \
                                    unsigned d)                                                              \
    {                                                                                                        \
        o->imm = fpu_imm_conversion(0, rounding, u);                                                         \
        return fmt_v2(o, q, z, n, d);                                                                        \
    }                                                                                                        \
    static inline bool fmt_##vector##h(struct insn *o, unsigned q, unsigned u, unsigned n, unsigned d)       \
    {                                                                                                        \
        o->imm = fpu_imm_conversion(0, rounding, u);                                                         \
        return fmt_v2h(o, q, n, d);                                                                          \
    }                                                                                                        \
    static inline bool fmt_##scalar(struct insn *o, unsigned u, UNUSED unsigned z, unsigned n, unsigned d)   \
    {                                                                                                        \
        o->imm = fpu_imm_conversion(0, rounding, u);                                                         \
        return fp_regs(o, d, n, 0, 1);                                                                       \
    }                                                                                                        \
    static inline bool fmt_##scalar##h(struct insn *o, unsigned u, unsigned n, unsigned d)                   \
    {                                                                                                        \
        return fmt_##scalar(o, u, 0, n, d);                                                                  \
    }
CONVERSIONS(vfcvta, sfcvta, FPU_TIEAWAY)
CONVERSIONS(vcvtf, scvtf, FPU_TIEEVEN)
#undef CONVERSIONS

/* With a binary point: i is immh:immb without its leading one, so fbits = esize - i. FCVTZ and SCVTF alike:
 * the rounding of SCVTF is FPCR's. */
static inline bool fmt_vfix_s(struct insn *o, unsigned q, unsigned u, unsigned i, unsigned n, unsigned d)
{
    o->imm = fpu_imm_conversion(32 - i, FPU_ZERO, u);
    return fp_regs(o, d, n, 0, 2u << q);
}
static inline bool fmt_vfix_d(struct insn *o, unsigned u, unsigned i, unsigned n, unsigned d)
{
    o->imm = fpu_imm_conversion(64 - i, FPU_ZERO, u);
    return fp_regs(o, d, n, 0, 2);
}
static inline bool fmt_vfix_h(struct insn *o, unsigned q, unsigned u, unsigned i, unsigned n, unsigned d)
{
    o->imm = fpu_imm_conversion(16 - i, FPU_ZERO, u);
    return fp_regs(o, d, n, 0, 4u << q);
}
static inline bool fmt_sfix_s(struct insn *o, unsigned u, unsigned i, unsigned n, unsigned d)
{
    o->imm = fpu_imm_conversion(32 - i, FPU_ZERO, u);
    return fp_regs(o, d, n, 0, 1);
}
static inline bool fmt_sfix_d(struct insn *o, unsigned u, unsigned i, unsigned n, unsigned d)
{
    o->imm = fpu_imm_conversion(64 - i, FPU_ZERO, u);
    return fp_regs(o, d, n, 0, 1);
}
static inline bool fmt_sfix_h(struct insn *o, unsigned u, unsigned i, unsigned n, unsigned d)
{
    o->imm = fpu_imm_conversion(16 - i, FPU_ZERO, u);
    return fp_regs(o, d, n, 0, 1);
}

/* ---- by element ---- */

static inline bool fp_element(struct insn *o, unsigned d, unsigned n, unsigned m, unsigned lanes,
                              unsigned index)
{
    o->imm = fpu_imm_shape(FPU_ELEMENT, index, 0);
    return fp_regs(o, d, n, m, lanes);
}
static inline bool fmt_velt_s(struct insn *o, unsigned q, unsigned l, unsigned m, unsigned h, unsigned n,
                              unsigned d)
{
    return fp_element(o, d, n, m, 2u << q, h << 1 | l);
}
static inline bool fmt_velt_d(struct insn *o, unsigned m, unsigned h, unsigned n, unsigned d)
{
    return fp_element(o, d, n, m, 2, h);
}
static inline bool fmt_velt_h(struct insn *o, unsigned q, unsigned l, unsigned k, unsigned m, unsigned h,
                              unsigned n, unsigned d)
{
    return fp_element(o, d, n, m, 4u << q, h << 2 | l << 1 | k);
}
/* Half-precision elements, single results. */
static inline bool fmt_velt_hs(struct insn *o, unsigned q, unsigned l, unsigned k, unsigned m, unsigned h,
                               unsigned n, unsigned d)
{
    return fp_element(o, d, n, m, 2u << q, h << 2 | l << 1 | k);
}
static inline bool fmt_selt_s(struct insn *o, unsigned l, unsigned m, unsigned h, unsigned n, unsigned d)
{
    return fp_element(o, d, n, m, 1, h << 1 | l);
}
static inline bool fmt_selt_d(struct insn *o, unsigned m, unsigned h, unsigned n, unsigned d)
{
    return fp_element(o, d, n, m, 1, h);
}
static inline bool fmt_selt_h(struct insn *o, unsigned l, unsigned k, unsigned m, unsigned h, unsigned n,
                              unsigned d)
{
    return fp_element(o, d, n, m, 1, h << 2 | l << 1 | k);
}

/* ---- complex numbers ---- */

static inline bool fmt_complex(struct insn *o, unsigned q, unsigned z, unsigned m, unsigned r, unsigned n,
                               unsigned d)
{
    o->imm = fpu_imm_shape(FPU_LANES, 0, r);
    return fmt_v3(o, q, z, m, n, d);
}
static inline bool fmt_complex_h(struct insn *o, unsigned q, unsigned m, unsigned r, unsigned n, unsigned d)
{
    o->imm = fpu_imm_shape(FPU_LANES, 0, r);
    return fmt_v3h(o, q, m, n, d);
}
static inline bool fmt_complex_elt_h(struct insn *o, unsigned q, unsigned l, unsigned m, unsigned r,
                                     unsigned h, unsigned n, unsigned d)
{
    o->imm = fpu_imm_shape(FPU_ELEMENT, h << 1 | l, r);
    return (q || !h) && fp_regs(o, d, n, m, 4u << q);
}
static inline bool fmt_complex_elt_s(struct insn *o, unsigned m, unsigned r, unsigned h, unsigned n,
                                     unsigned d)
{
    o->imm = fpu_imm_shape(FPU_ELEMENT, h, r);
    return fp_regs(o, d, n, m, 4);
}

/* ---- vector immediates: AdvSIMDExpandImm() with cmode 1111, replicated to 64 bits; aux is Q ---- */

static inline bool fmt_fmov_vimm_s(struct insn *o, unsigned q, unsigned i, unsigned d)
{
    o->imm = vfp_expand_imm(i, 8, 23) * UINT64_C(0x100000001);
    return fp_regs(o, d, 0, 0, q);
}
static inline bool fmt_fmov_vimm_d(struct insn *o, unsigned i, unsigned d)
{
    o->imm = vfp_expand_imm(i, 11, 52);
    return fp_regs(o, d, 0, 0, 1);
}
static inline bool fmt_fmov_vimm_h(struct insn *o, unsigned q, unsigned i, unsigned d)
{
    o->imm = vfp_expand_imm(i, 5, 10) * UINT64_C(0x0001000100010001);
    return fp_regs(o, d, 0, 0, q);
}

#endif
