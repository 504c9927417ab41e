/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Semantics of floating point in vectors, Arm ARM C7.2, with the SIMD scalars that share ops with them.
 * Included by cpu/sem_fp.h, whose macros it uses. Ops named _H, _S, _D work on any number of lanes and shape,
 * in software.
 */

/* ---- two operands ---- */

#define FP_SOFT2(NAME, OP)                                                                                   \
    FP_SOFT(NAME##_H, fpu_exec2(c, i, OP, 16))                                                               \
    FP_SOFT(NAME##_S, fpu_exec2(c, i, OP, 32))                                                               \
    FP_SOFT(NAME##_D, fpu_exec2(c, i, OP, 64))
FP_SOFT2(FMAX, FPU_MAX) /* the pairwise forms and across lanes, as the next */
FP_SOFT2(FMIN, FPU_MIN)
FP_SOFT2(FMAXNM, FPU_MAXNM)
FP_SOFT2(FMINNM, FPU_MINNM)
FP_SOFT2(FMULX, FPU_MULX)
FP_SOFT2(FRECPS, FPU_RECPS)
FP_SOFT2(FRSQRTS, FPU_RSQRTS)
FP_SOFT2(FCMEQ, FPU_CMEQ)
FP_SOFT2(FCMGE, FPU_CMGE)
FP_SOFT2(FCMGT, FPU_CMGT)
FP_SOFT2(FACGE, FPU_ACGE)
FP_SOFT2(FACGT, FPU_ACGT)
#undef FP_SOFT2
FP_SOFT(FADD_H, fpu_exec2(c, i, FPU_ADD, 16))
FP_SOFT(FSUB_H, fpu_exec2(c, i, FPU_SUB, 16))
FP_SOFT(FMUL_H, fpu_exec2(c, i, FPU_MUL, 16))
FP_SOFT(FDIV_H, fpu_exec2(c, i, FPU_DIV, 16))
FP_SOFT(FNMUL_H, fpu_exec2(c, i, FPU_NMUL, 16))

/* Any number of lanes one after the other: QUICK makes lane k of r from that of a. All must stand. */
#define FP_QUICK_LANES(NAME, QUICK, SOFT)                                                                    \
    INSN(NAME)                                                                                               \
    {                                                                                                        \
        const union vreg a = V(i->rn);                                                                       \
        union vreg r = {.d = {0, 0}};                                                                        \
        bool ok = true;                                                                                      \
        for (unsigned k = 0; k < i->aux; k++)                                                                \
            ok = ok && (QUICK);                                                                              \
        if (LIKELY(ok)) {                                                                                    \
            V(i->rd) = r;                                                                                    \
            NEXT;                                                                                            \
        }                                                                                                    \
        SLOW;                                                                                                \
        SOFT;                                                                                                \
        NEXT;                                                                                                \
    }
FP_SOFT(FABD_H, fpu_exec2(c, i, FPU_ABD, 16))
FP_QUICK_LANES(FABD_S, fpq_abd_s1(c, a.f[k], V(i->rm).f[k], &r.f[k]), fpu_exec2(c, i, FPU_ABD, 32))
FP_QUICK_LANES(FABD_D, fpq_abd_d1(c, a.df[k], V(i->rm).df[k], &r.df[k]), fpu_exec2(c, i, FPU_ABD, 64))

#define FP_COMPARE_ZERO(NAME, RELATION, OP)                                                                  \
    FP_SOFT(NAME##_H, fpu_exec2(c, i, OP, 16))                                                               \
    FP_QUICK_LANES(NAME##_S, (r.s[k] = a.f[k] RELATION 0 ? UINT32_MAX : 0, fpq_comparable_s1(c, a.f[k], 0)), \
                   fpu_exec2(c, i, OP, 32))                                                                  \
    FP_QUICK_LANES(NAME##_D,                                                                                 \
                   (r.d[k] = a.df[k] RELATION 0 ? UINT64_MAX : 0, fpq_comparable_d1(c, a.df[k], 0)),         \
                   fpu_exec2(c, i, OP, 64))
FP_COMPARE_ZERO(FCMEQ0, ==, FPU_CMEQ)
FP_COMPARE_ZERO(FCMGE0, >=, FPU_CMGE)
FP_COMPARE_ZERO(FCMGT0, >, FPU_CMGT)
FP_COMPARE_ZERO(FCMLE0, <=, FPU_CMLE0)
FP_COMPARE_ZERO(FCMLT0, <, FPU_CMLT0)
#undef FP_COMPARE_ZERO

/* FADDP: of two lanes to a scalar; of vectors in software. */
FP_QUICK1(FADD_S, s1, float, fpu_shape(IMM) == FPU_REDUCE && fpq_add_s1(c, V(i->rn).f[0], V(i->rn).f[1], &r),
          fpu_exec2(c, i, FPU_ADD, 32))
FP_QUICK1(FADD_D, d1, double,
          fpu_shape(IMM) == FPU_REDUCE && fpq_add_d1(c, V(i->rn).df[0], V(i->rn).df[1], &r),
          fpu_exec2(c, i, FPU_ADD, 64))

#define FP_QUICK2_VECTOR(NAME, QUICK, OP)                                                                    \
    FP_QUICK2(NAME##_S2, s2, fpq_s4, QUICK##_s4, OP, 32)                                                     \
    FP_QUICK2(NAME##_S4, s4, fpq_s4, QUICK##_s4, OP, 32)                                                     \
    FP_QUICK2(NAME##_D2, d2, fpq_d2, QUICK##_d2, OP, 64)
FP_QUICK2_VECTOR(FADD, add, FPU_ADD)
FP_QUICK2_VECTOR(FSUB, sub, FPU_SUB)
FP_QUICK2_VECTOR(FMUL, mul, FPU_MUL)
FP_QUICK2_VECTOR(FDIV, div, FPU_DIV)
FP_QUICK2_VECTOR(FMAX, max, FPU_MAX)
FP_QUICK2_VECTOR(FMIN, min, FPU_MIN)
FP_QUICK2_VECTOR(FMAXNM, max, FPU_MAXNM)
FP_QUICK2_VECTOR(FMINNM, min, FPU_MINNM)
FP_QUICK2_VECTOR(FCMEQ, cmeq, FPU_CMEQ)
FP_QUICK2_VECTOR(FCMGE, cmge, FPU_CMGE)
FP_QUICK2_VECTOR(FCMGT, cmgt, FPU_CMGT)
#undef FP_QUICK2_VECTOR

/* ---- by element ---- */

static ALWAYS_INLINE fpq_s4 fp_element_s(const struct cpu *c, const struct insn *i)
{
    float e = V(i->rm).f[fpu_index(IMM)];
    return (fpq_s4){e, e, e, e};
}
static ALWAYS_INLINE fpq_d2 fp_element_d(const struct cpu *c, const struct insn *i)
{
    double e = V(i->rm).df[fpu_index(IMM)];
    return (fpq_d2){e, e};
}

/* Scalars by element. */
FP_QUICK1(FMUL_S, s1, float, fpq_mul_s1(c, fpq_get_s1(c, i->rn), V(i->rm).f[fpu_index(IMM)], &r),
          fpu_exec2(c, i, FPU_MUL, 32))
FP_QUICK1(FMUL_D, d1, double, fpq_mul_d1(c, fpq_get_d1(c, i->rn), V(i->rm).df[fpu_index(IMM)], &r),
          fpu_exec2(c, i, FPU_MUL, 64))

#define FP_MUL_ELEMENT(NAME, T, TYPE, L, Q, N)                                                               \
    INSN(NAME)                                                                                               \
    {                                                                                                        \
        TYPE r;                                                                                              \
        if (LIKELY(fpq_mul_##Q(c, fpq_get_##T(c, i->rn), fp_element_##L(c, i), &r))) {                       \
            fpq_put_##T(c, i->rd, r);                                                                        \
            NEXT;                                                                                            \
        }                                                                                                    \
        SLOW;                                                                                                \
        fpu_exec2(c, i, FPU_MUL, N);                                                                         \
        NEXT;                                                                                                \
    }
FP_MUL_ELEMENT(FMUL_ES2, s2, fpq_s4, s, s4, 32)
FP_MUL_ELEMENT(FMUL_ES4, s4, fpq_s4, s, s4, 32)
FP_MUL_ELEMENT(FMUL_ED2, d2, fpq_d2, d, d2, 64)
#undef FP_MUL_ELEMENT

/* ---- multiply and add ---- */

#define FP_MLA(NAME, T, TYPE, SIGN, SECOND, Q, NEGATE, N)                                                    \
    INSN(NAME)                                                                                               \
    {                                                                                                        \
        TYPE r;                                                                                              \
        if (LIKELY(fpq_fused_##Q(c, SIGN fpq_get_##T(c, i->rn), SECOND, fpq_get_##T(c, i->rd), &r))) {       \
            fpq_put_##T(c, i->rd, r);                                                                        \
            NEXT;                                                                                            \
        }                                                                                                    \
        SLOW;                                                                                                \
        fpu_exec_muladd(c, i, N, NEGATE);                                                                    \
        NEXT;                                                                                                \
    }
#define FP_MLA_ALL(NAME, SIGN, NEGATE)                                                                       \
    FP_SOFT(NAME##_H, fpu_exec_muladd(c, i, 16, NEGATE))                                                     \
    FP_MLA(NAME##_S, s1, float, SIGN, V(i->rm).f[fpu_index(IMM)], s1, NEGATE, 32)                            \
    FP_MLA(NAME##_D, d1, double, SIGN, V(i->rm).df[fpu_index(IMM)], d1, NEGATE, 64)                          \
    FP_MLA(NAME##_S2, s2, fpq_s4, SIGN, fpq_get_s2(c, i->rm), s4, NEGATE, 32)                                \
    FP_MLA(NAME##_S4, s4, fpq_s4, SIGN, fpq_get_s4(c, i->rm), s4, NEGATE, 32)                                \
    FP_MLA(NAME##_D2, d2, fpq_d2, SIGN, fpq_get_d2(c, i->rm), d2, NEGATE, 64)                                \
    FP_MLA(NAME##_ES2, s2, fpq_s4, SIGN, fp_element_s(c, i), s4, NEGATE, 32)                                 \
    FP_MLA(NAME##_ES4, s4, fpq_s4, SIGN, fp_element_s(c, i), s4, NEGATE, 32)                                 \
    FP_MLA(NAME##_ED2, d2, fpq_d2, SIGN, fp_element_d(c, i), d2, NEGATE, 64)
FP_MLA_ALL(FMLA, +, 0)
FP_MLA_ALL(FMLS, -, FPU_NEG_PRODUCT)
#undef FP_MLA_ALL
#undef FP_MLA

FP_SOFT(FMLAL, fpu_exec_fmlal(c, i, false, false))
FP_SOFT(FMLSL, fpu_exec_fmlal(c, i, true, false))
FP_SOFT(FMLAL2, fpu_exec_fmlal(c, i, false, true))
FP_SOFT(FMLSL2, fpu_exec_fmlal(c, i, true, true))
FP_SOFT(FCADD_H, fpu_exec_fcadd(c, i, 16))
FP_SOFT(FCADD_S, fpu_exec_fcadd(c, i, 32))
FP_SOFT(FCADD_D, fpu_exec_fcadd(c, i, 64))
FP_SOFT(FCMLA_H, fpu_exec_fcmla(c, i, 16))
FP_SOFT(FCMLA_S, fpu_exec_fcmla(c, i, 32))
FP_SOFT(FCMLA_D, fpu_exec_fcmla(c, i, 64))
FP_SOFT(BFDOT, fpu_exec_bfdot(c, i))
FP_SOFT(BFMMLA, fpu_exec_bfmmla(c, i))
FP_SOFT(BFMLALB, fpu_exec_bfmlal(c, i, false))
FP_SOFT(BFMLALT, fpu_exec_bfmlal(c, i, true))

/* ---- one operand ---- */

#define FP_SIGN(NAME, EXPR, Q)                                                                               \
    INSN(NAME)                                                                                               \
    {                                                                                                        \
        uint64_t lo = V(i->rn).d[0] EXPR, hi = V(i->rn).d[1] EXPR;                                           \
        V(i->rd) = (union vreg){.d = {lo, (Q) ? hi : 0}};                                                    \
        NEXT;                                                                                                \
    }
FP_SIGN(FABS_vH, &~UINT64_C(0x8000800080008000), i->aux == 8)
FP_SIGN(FABS_vS, &~UINT64_C(0x8000000080000000), i->aux == 4)
FP_SIGN(FABS_vD, &~BIT(63), true)
FP_SIGN(FNEG_vH, ^UINT64_C(0x8000800080008000), i->aux == 8)
FP_SIGN(FNEG_vS, ^UINT64_C(0x8000000080000000), i->aux == 4)
FP_SIGN(FNEG_vD, ^BIT(63), true)
#undef FP_SIGN

FP_SOFT(FSQRT_H, fpu_exec1(c, i, FPU_SQRT, 16, FPU_TIEEVEN))
FP_QUICK1(FSQRT_S2, s2, fpq_s4, fpq_sqrt_s4(c, fpq_get_s2(c, i->rn), &r),
          fpu_exec1(c, i, FPU_SQRT, 32, FPU_TIEEVEN))
FP_QUICK1(FSQRT_S4, s4, fpq_s4, fpq_sqrt_s4(c, fpq_get_s4(c, i->rn), &r),
          fpu_exec1(c, i, FPU_SQRT, 32, FPU_TIEEVEN))
FP_QUICK1(FSQRT_D2, d2, fpq_d2, fpq_sqrt_d2(c, fpq_get_d2(c, i->rn), &r),
          fpu_exec1(c, i, FPU_SQRT, 64, FPU_TIEEVEN))

#define FP_SOFT1(NAME, OP)                                                                                   \
    FP_SOFT(NAME##_H, fpu_exec1(c, i, OP, 16, FPU_TIEEVEN))                                                  \
    FP_SOFT(NAME##_S, fpu_exec1(c, i, OP, 32, FPU_TIEEVEN))                                                  \
    FP_SOFT(NAME##_D, fpu_exec1(c, i, OP, 64, FPU_TIEEVEN))
FP_SOFT1(FRECPE, FPU_RECPE)
FP_SOFT1(FRSQRTE, FPU_RSQRTE)
FP_SOFT1(FRECPX, FPU_RECPX)
#undef FP_SOFT1

#define FP_SOFT_RINT(NAME, ROUND, EXACT)                                                                     \
    FP_SOFT(NAME##_H, fpu_exec_rint(c, i, 16, ROUND, EXACT))                                                 \
    FP_SOFT(NAME##_S, fpu_exec_rint(c, i, 32, ROUND, EXACT))                                                 \
    FP_SOFT(NAME##_D, fpu_exec_rint(c, i, 64, ROUND, EXACT))
FP_SOFT_RINT(FRINTN, FPU_TIEEVEN, false)
FP_SOFT_RINT(FRINTP, FPU_POSINF, false)
FP_SOFT_RINT(FRINTM, FPU_NEGINF, false)
FP_SOFT_RINT(FRINTZ, FPU_ZERO, false)
FP_SOFT_RINT(FRINTA, FPU_TIEAWAY, false)
FP_SOFT_RINT(FRINTI, fpu_rmode(c->fpcr), false)
FP_SOFT_RINT(FRINTX, fpu_rmode(c->fpcr), true)
#undef FP_SOFT_RINT

#define FP_SOFT_RINT_N(NAME, OP, ROUND)                                                                      \
    FP_SOFT(NAME##_S, fpu_exec1(c, i, OP, 32, ROUND))                                                        \
    FP_SOFT(NAME##_D, fpu_exec1(c, i, OP, 64, ROUND))
FP_SOFT_RINT_N(FRINT32Z, FPU_RINT32, FPU_ZERO)
FP_SOFT_RINT_N(FRINT32X, FPU_RINT32, fpu_rmode(c->fpcr))
FP_SOFT_RINT_N(FRINT64Z, FPU_RINT64, FPU_ZERO)
FP_SOFT_RINT_N(FRINT64X, FPU_RINT64, fpu_rmode(c->fpcr))
#undef FP_SOFT_RINT_N

/* ---- conversions ---- */

/* Without a binary point and, to integers, by truncation. */
#define FP_TRUNCATES (IMM == fpu_imm_conversion(0, FPU_ZERO, fpu_is_unsigned(IMM)))
FP_SOFT(FCVT_int_H, fpu_exec_to_int(c, i, 16))
FP_QUICK_LANES(FCVT_int_S, FP_TRUNCATES &&fpq_to_int_s1(c, a.f[k], fpu_is_unsigned(IMM), &r.s[k]),
               fpu_exec_to_int(c, i, 32))
FP_QUICK_LANES(FCVT_int_D, FP_TRUNCATES &&fpq_to_int_d1(c, a.df[k], fpu_is_unsigned(IMM), &r.d[k]),
               fpu_exec_to_int(c, i, 64))
#undef FP_TRUNCATES
FP_SOFT(CVTF_int_H, fpu_exec_from_int(c, i, 16))
FP_QUICK_LANES(CVTF_int_S, fpu_fbits(IMM) == 0 && fpq_from_int_s1(c, a.s[k], fpu_is_unsigned(IMM), &r.f[k]),
               fpu_exec_from_int(c, i, 32))
FP_QUICK_LANES(CVTF_int_D, fpu_fbits(IMM) == 0 && fpq_from_int_d1(c, a.d[k], fpu_is_unsigned(IMM), &r.df[k]),
               fpu_exec_from_int(c, i, 64))
#undef FP_QUICK_LANES
FP_SOFT(FCVTL_SH, fpu_exec_lengthen(c, i, 16))
FP_SOFT(FCVTN_HS, fpu_exec_narrow(c, i, 16, fpu_rmode(c->fpcr)))
FP_SOFT(FCVTXN, fpu_exec_narrow(c, i, 32, FPU_ODD))
FP_SOFT(BFCVTN, fpu_exec_bfcvtn(c, i))

INSN(FCVTL_DS)
{
    unsigned first = i->aux ? 2 : 0;
    double lo, hi;
    if (LIKELY(fpq_widen(c, V(i->rn).f[first], &lo) && fpq_widen(c, V(i->rn).f[first + 1], &hi))) {
        fpq_put_d2(c, i->rd, (fpq_d2){lo, hi});
        NEXT;
    }
    SLOW;
    fpu_exec_lengthen(c, i, 32);
    NEXT;
}
INSN(FCVTN_SD)
{
    float lo, hi;
    if (LIKELY(fpq_narrow(c, V(i->rn).df[0], &lo) && fpq_narrow(c, V(i->rn).df[1], &hi))) {
        uint64_t r = fpq_bits_s1(lo) | (uint64_t)fpq_bits_s1(hi) << 32;
        V(i->rd) = (union vreg){.d = {i->aux ? V(i->rd).d[0] : r, i->aux ? r : 0}};
        NEXT;
    }
    SLOW;
    fpu_exec_narrow(c, i, 32, fpu_rmode(c->fpcr));
    NEXT;
}

INSN(FMOV_vimm)
{
    V(i->rd) = (union vreg){.d = {IMM, i->aux ? IMM : 0}};
    NEXT;
}
