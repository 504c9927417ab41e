/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Semantics of scalar floating point: Arm ARM C7.2, and the general-register forms. Where the host can do it
 * (cpu/fpu_quick.h) the body ends there; else SLOW, and the software of cpu/fpu_exec.c. cpu/sem_fp_vec.h has
 * the vectors. Record layout: cpu/fpu_exec.h.
 */
#include "cpu/fpu_exec.h"
#include "cpu/fpu_quick.h"

/* ---- moves and sign changes: no flags, NaNs are bits like any others ---- */

#define FP_BITS(NAME, EXPR)                                                                                  \
    INSN(NAME)                                                                                               \
    {                                                                                                        \
        V(i->rd) = (union vreg){.d = {EXPR, 0}};                                                             \
        NEXT;                                                                                                \
    }
FP_BITS(FMOV_H, V(i->rn).h[0])
FP_BITS(FMOV_S, V(i->rn).s[0])
FP_BITS(FMOV_D, V(i->rn).d[0])
FP_BITS(FABS_H, V(i->rn).h[0] & ones(15))
FP_BITS(FABS_S, V(i->rn).s[0] & ones(31))
FP_BITS(FABS_D, V(i->rn).d[0] & ones(63))
FP_BITS(FNEG_H, V(i->rn).h[0] ^ BIT(15))
FP_BITS(FNEG_S, V(i->rn).s[0] ^ BIT(31))
FP_BITS(FNEG_D, V(i->rn).d[0] ^ BIT(63))
FP_BITS(FMOV_imm, IMM)
FP_BITS(FMOV_HW, (uint16_t)X(i->rn))
FP_BITS(FMOV_SW, W(i->rn))
FP_BITS(FMOV_DX, X(i->rn))
FP_BITS(FCSEL_H, V(cond_holds(c, (unsigned)IMM) ? i->rn : i->rm).h[0])
FP_BITS(FCSEL_S, V(cond_holds(c, (unsigned)IMM) ? i->rn : i->rm).s[0])
FP_BITS(FCSEL_D, V(cond_holds(c, (unsigned)IMM) ? i->rn : i->rm).d[0])
#undef FP_BITS

INSN(FMOV_D1X)
{
    V(i->rd).d[1] = X(i->rn);
    NEXT;
}
/* FMOV from a lane to a general-purpose register. */
#define FMOV_GENERAL(op, lane)                                                                               \
    INSN(op)                                                                                                 \
    {                                                                                                        \
        X(i->rd) = V(i->rn).lane;                                                                            \
        NEXT;                                                                                                \
    }
FMOV_GENERAL(FMOV_WH, h[0])
FMOV_GENERAL(FMOV_WS, s[0])
FMOV_GENERAL(FMOV_XD, d[0])
FMOV_GENERAL(FMOV_XD1, d[1])
#undef FMOV_GENERAL

/* ---- comparisons ---- */

/* FPCompare() of numbers that are not NaNs: equal 0110, less 1000, greater 0010. */
#define FP_SET_NZCV(a, b)                                                                                    \
    do {                                                                                                     \
        c->nf = (uint64_t)((a) < (b)) << 63;                                                                 \
        c->zf = (a) != (b);                                                                                  \
        c->cf = !((a) < (b));                                                                                \
        c->vf = 0;                                                                                           \
    } while (0)
#define FP_COMPARE(T, TYPE, N)                                                                               \
    INSN(FCMP_##N)                                                                                           \
    {                                                                                                        \
        TYPE a = fpq_get_##T(c, i->rn), b = i->aux & 1 ? 0 : fpq_get_##T(c, i->rm);                          \
        if (LIKELY(fpq_comparable_##T(c, a, b))) {                                                           \
            FP_SET_NZCV(a, b);                                                                               \
            NEXT;                                                                                            \
        }                                                                                                    \
        SLOW;                                                                                                \
        set_nzcv(c, fpu_exec_compare(c, i, 8 * sizeof(TYPE)));                                               \
        NEXT;                                                                                                \
    }                                                                                                        \
    INSN(FCCMP_##N)                                                                                          \
    {                                                                                                        \
        if (!cond_holds(c, (unsigned)IMM & 15)) {                                                            \
            set_nzcv(c, (unsigned)IMM >> 8);                                                                 \
            NEXT;                                                                                            \
        }                                                                                                    \
        TYPE a = fpq_get_##T(c, i->rn), b = fpq_get_##T(c, i->rm);                                           \
        if (LIKELY(fpq_comparable_##T(c, a, b))) {                                                           \
            FP_SET_NZCV(a, b);                                                                               \
            NEXT;                                                                                            \
        }                                                                                                    \
        SLOW;                                                                                                \
        set_nzcv(c, fpu_exec_compare(c, i, 8 * sizeof(TYPE)));                                               \
        NEXT;                                                                                                \
    }
FP_COMPARE(s1, float, S)
FP_COMPARE(d1, double, D)
#undef FP_COMPARE
#undef FP_SET_NZCV

INSN(FCMP_H)
{
    SLOW;
    set_nzcv(c, fpu_exec_compare(c, i, 16));
    NEXT;
}
INSN(FCCMP_H)
{
    if (!cond_holds(c, (unsigned)IMM & 15)) {
        set_nzcv(c, (unsigned)IMM >> 8);
        NEXT;
    }
    SLOW;
    set_nzcv(c, fpu_exec_compare(c, i, 16));
    NEXT;
}

/* ---- arithmetic; T names the lanes: s1, d1, s2, s4, d2 ---- */

#define FP_QUICK2(NAME, T, TYPE, QUICK, OP, N)                                                               \
    INSN(NAME)                                                                                               \
    {                                                                                                        \
        TYPE r;                                                                                              \
        if (LIKELY(fpq_##QUICK(c, fpq_get_##T(c, i->rn), fpq_get_##T(c, i->rm), &r))) {                      \
            fpq_put_##T(c, i->rd, r);                                                                        \
            NEXT;                                                                                            \
        }                                                                                                    \
        SLOW;                                                                                                \
        fpu_exec2(c, i, OP, N);                                                                              \
        NEXT;                                                                                                \
    }
#define FP_QUICK2_SCALAR(NAME, QUICK, OP)                                                                    \
    FP_QUICK2(NAME##_S1, s1, float, QUICK##_s1, OP, 32)                                                      \
    FP_QUICK2(NAME##_D1, d1, double, QUICK##_d1, OP, 64)
FP_QUICK2_SCALAR(FADD, add, FPU_ADD)
FP_QUICK2_SCALAR(FSUB, sub, FPU_SUB)
FP_QUICK2_SCALAR(FMUL, mul, FPU_MUL)
FP_QUICK2_SCALAR(FDIV, div, FPU_DIV)
FP_QUICK2_SCALAR(FMAX, max, FPU_MAX)
FP_QUICK2_SCALAR(FMIN, min, FPU_MIN)
FP_QUICK2_SCALAR(FMAXNM, max, FPU_MAXNM)
FP_QUICK2_SCALAR(FMINNM, min, FPU_MINNM)

#define FP_NMUL(T, TYPE, NAME, N)                                                                            \
    INSN(NAME)                                                                                               \
    {                                                                                                        \
        TYPE r;                                                                                              \
        if (LIKELY(fpq_mul_##T(c, fpq_get_##T(c, i->rn), fpq_get_##T(c, i->rm), &r))) {                      \
            fpq_put_##T(c, i->rd, -r);                                                                       \
            NEXT;                                                                                            \
        }                                                                                                    \
        SLOW;                                                                                                \
        fpu_exec2(c, i, FPU_NMUL, N);                                                                        \
        NEXT;                                                                                                \
    }
FP_NMUL(s1, float, FNMUL_S1, 32)
FP_NMUL(d1, double, FNMUL_D1, 64)
#undef FP_NMUL

/* P and A: the signs of product and addend. */
#define FP_MULADD(NAME, T, TYPE, P, A, NEGATE, N)                                                            \
    INSN(NAME)                                                                                               \
    {                                                                                                        \
        TYPE r;                                                                                              \
        if (LIKELY(fpq_fused_##T(c, P fpq_get_##T(c, i->rn), fpq_get_##T(c, i->rm), A fpq_get_##T(c, i->ra), \
                                 &r))) {                                                                     \
            fpq_put_##T(c, i->rd, r);                                                                        \
            NEXT;                                                                                            \
        }                                                                                                    \
        SLOW;                                                                                                \
        fpu_exec_muladd(c, i, N, NEGATE);                                                                    \
        NEXT;                                                                                                \
    }
#define FP_MULADD_HALF(NAME, NEGATE)                                                                         \
    INSN(NAME)                                                                                               \
    {                                                                                                        \
        SLOW;                                                                                                \
        fpu_exec_muladd(c, i, 16, NEGATE);                                                                   \
        NEXT;                                                                                                \
    }
FP_MULADD(FMADD_S1, s1, float, +, +, 0, 32)
FP_MULADD(FMADD_D1, d1, double, +, +, 0, 64)
FP_MULADD(FMSUB_S1, s1, float, -, +, FPU_NEG_PRODUCT, 32)
FP_MULADD(FMSUB_D1, d1, double, -, +, FPU_NEG_PRODUCT, 64)
FP_MULADD(FNMADD_S1, s1, float, -, -, FPU_NEG_PRODUCT | FPU_NEG_ADDEND, 32)
FP_MULADD(FNMADD_D1, d1, double, -, -, FPU_NEG_PRODUCT | FPU_NEG_ADDEND, 64)
FP_MULADD(FNMSUB_S1, s1, float, +, -, FPU_NEG_ADDEND, 32)
FP_MULADD(FNMSUB_D1, d1, double, +, -, FPU_NEG_ADDEND, 64)
FP_MULADD_HALF(FMADD_H, 0)
FP_MULADD_HALF(FMSUB_H, FPU_NEG_PRODUCT)
FP_MULADD_HALF(FNMADD_H, FPU_NEG_PRODUCT | FPU_NEG_ADDEND)
FP_MULADD_HALF(FNMSUB_H, FPU_NEG_ADDEND)

#define FP_QUICK1(NAME, T, TYPE, QUICK, SOFT)                                                                \
    INSN(NAME)                                                                                               \
    {                                                                                                        \
        TYPE r;                                                                                              \
        if (LIKELY(QUICK)) {                                                                                 \
            fpq_put_##T(c, i->rd, r);                                                                        \
            NEXT;                                                                                            \
        }                                                                                                    \
        SLOW;                                                                                                \
        SOFT;                                                                                                \
        NEXT;                                                                                                \
    }
FP_QUICK1(FSQRT_S1, s1, float, fpq_sqrt_s1(c, fpq_get_s1(c, i->rn), &r),
          fpu_exec1(c, i, FPU_SQRT, 32, FPU_TIEEVEN))
FP_QUICK1(FSQRT_D1, d1, double, fpq_sqrt_d1(c, fpq_get_d1(c, i->rn), &r),
          fpu_exec1(c, i, FPU_SQRT, 64, FPU_TIEEVEN))

/* ---- rounding to integral values ---- */

/* RN is true where the quick path may run. */
#define FP_RINT(NAME, ROUND, EXACT, RN)                                                                      \
    FP_QUICK1(NAME##_S1, s1, float, (RN) && fpq_rint_s1(c, fpq_get_s1(c, i->rn), ROUND, EXACT, &r),          \
              fpu_exec_rint(c, i, 32, ROUND, EXACT))                                                         \
    FP_QUICK1(NAME##_D1, d1, double, (RN) && fpq_rint_d1(c, fpq_get_d1(c, i->rn), ROUND, EXACT, &r),         \
              fpu_exec_rint(c, i, 64, ROUND, EXACT))
FP_RINT(FRINTN, FPU_TIEEVEN, false, true)
FP_RINT(FRINTP, FPU_POSINF, false, true)
FP_RINT(FRINTM, FPU_NEGINF, false, true)
FP_RINT(FRINTZ, FPU_ZERO, false, true)
FP_RINT(FRINTA, FPU_TIEAWAY, false, true)
FP_RINT(FRINTI, fpu_rmode(c->fpcr), false, c->fp_quick &FPU_QUICK_NEAREST)
FP_RINT(FRINTX, fpu_rmode(c->fpcr), true, c->fp_quick &FPU_QUICK_NEAREST)
#undef FP_RINT

/* ---- conversions ---- */

FP_QUICK1(FCVT_DS1, d1, double, fpq_widen(c, fpq_get_s1(c, i->rn), &r),
          fpu_exec_convert(c, i, 64, 32, FPU_TIEEVEN))
FP_QUICK1(FCVT_SD1, s1, float, fpq_narrow(c, fpq_get_d1(c, i->rn), &r),
          fpu_exec_convert(c, i, 32, 64, fpu_rmode(c->fpcr)))

#define FP_SOFT(NAME, CALL)                                                                                  \
    INSN(NAME)                                                                                               \
    {                                                                                                        \
        SLOW;                                                                                                \
        CALL;                                                                                                \
        NEXT;                                                                                                \
    }
FP_SOFT(FCVT_SH, fpu_exec_convert(c, i, 32, 16, FPU_TIEEVEN))
FP_SOFT(FCVT_DH, fpu_exec_convert(c, i, 64, 16, FPU_TIEEVEN))
FP_SOFT(FCVT_HS, fpu_exec_convert(c, i, 16, 32, fpu_rmode(c->fpcr)))
FP_SOFT(FCVT_HD, fpu_exec_convert(c, i, 16, 64, fpu_rmode(c->fpcr)))
FP_SOFT(FCVTXN_s, fpu_exec_convert(c, i, 32, 64, FPU_ODD))
FP_SOFT(BFCVT, fpu_exec_bfcvt(c, i))

FP_SOFT(FCVT_WH, fpu_exec_to_gpr(c, i, 16, 32))
FP_SOFT(FCVT_WS, fpu_exec_to_gpr(c, i, 32, 32))
FP_SOFT(FCVT_WD, fpu_exec_to_gpr(c, i, 64, 32))
FP_SOFT(FCVT_XH, fpu_exec_to_gpr(c, i, 16, 64))
FP_SOFT(FCVT_XS, fpu_exec_to_gpr(c, i, 32, 64))
FP_SOFT(FCVT_XD, fpu_exec_to_gpr(c, i, 64, 64))
FP_SOFT(CVTF_HW, fpu_exec_from_gpr(c, i, 16, 32))
FP_SOFT(CVTF_SW, fpu_exec_from_gpr(c, i, 32, 32))
FP_SOFT(CVTF_DW, fpu_exec_from_gpr(c, i, 64, 32))
FP_SOFT(CVTF_HX, fpu_exec_from_gpr(c, i, 16, 64))
FP_SOFT(CVTF_SX, fpu_exec_from_gpr(c, i, 32, 64))
FP_SOFT(CVTF_DX, fpu_exec_from_gpr(c, i, 64, 64))
FP_SOFT(FJCVTZS, fpu_exec_fjcvtzs(c, i))

#define FP_TO_INT(NAME, T, QUICK, LIMIT, REG, RESULT, N, M)                                                  \
    INSN(NAME)                                                                                               \
    {                                                                                                        \
        RESULT r;                                                                                            \
        if (LIKELY(QUICK(c, fpq_get_##T(c, i->rn), LIMIT, &r))) {                                            \
            X(i->rd) = (REG)r;                                                                               \
            NEXT;                                                                                            \
        }                                                                                                    \
        SLOW;                                                                                                \
        fpu_exec_to_gpr(c, i, N, M);                                                                         \
        NEXT;                                                                                                \
    }
FP_TO_INT(FCVTZS_WS, s1, fpq_to_signed, 0x1p31, uint32_t, int64_t, 32, 32)
FP_TO_INT(FCVTZS_WD, d1, fpq_to_signed, 0x1p31, uint32_t, int64_t, 64, 32)
FP_TO_INT(FCVTZS_XS, s1, fpq_to_signed, 0x1p63, uint64_t, int64_t, 32, 64)
FP_TO_INT(FCVTZS_XD, d1, fpq_to_signed, 0x1p63, uint64_t, int64_t, 64, 64)
FP_TO_INT(FCVTZU_WS, s1, fpq_to_unsigned, 0x1p32, uint32_t, uint64_t, 32, 32)
FP_TO_INT(FCVTZU_WD, d1, fpq_to_unsigned, 0x1p32, uint32_t, uint64_t, 64, 32)
FP_TO_INT(FCVTZU_XS, s1, fpq_to_unsigned, 0x1p64, uint64_t, uint64_t, 32, 64)
FP_TO_INT(FCVTZU_XD, d1, fpq_to_unsigned, 0x1p64, uint64_t, uint64_t, 64, 64)
#undef FP_TO_INT

#define FP_FROM_INT(NAME, T, TYPE, QUICK, REG, N, M)                                                         \
    FP_QUICK1(NAME, T, TYPE, fpq_from_##QUICK##_##T(c, (REG)X(i->rn), &r), fpu_exec_from_gpr(c, i, N, M))
FP_FROM_INT(SCVTF_SW, s1, float, signed, int32_t, 32, 32)
FP_FROM_INT(SCVTF_SX, s1, float, signed, int64_t, 32, 64)
FP_FROM_INT(SCVTF_DW, d1, double, signed, int32_t, 64, 32)
FP_FROM_INT(SCVTF_DX, d1, double, signed, int64_t, 64, 64)
FP_FROM_INT(UCVTF_SW, s1, float, unsigned, uint32_t, 32, 32)
FP_FROM_INT(UCVTF_SX, s1, float, unsigned, uint64_t, 32, 64)
FP_FROM_INT(UCVTF_DW, d1, double, unsigned, uint32_t, 64, 32)
FP_FROM_INT(UCVTF_DX, d1, double, unsigned, uint64_t, 64, 64)
#undef FP_FROM_INT

#include "cpu/sem_fp_vec.h"

#undef FP_QUICK2
#undef FP_QUICK2_SCALAR
#undef FP_QUICK1
#undef FP_MULADD
#undef FP_MULADD_HALF
#undef FP_SOFT
