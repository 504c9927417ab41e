/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Semantics of Advanced SIMD but for floating point (sem_fp_vec.h): integer arithmetic, comparison and logic
 * on lanes of one size. Arm ARM C7.2. Handlers work on whole registers with vector types; the instructions
 * that are not worth a handler for each arrangement call simd.c. The other kinds are in the files included at
 * the end.
 */
#include "cpu/simd.h"

/* One handler. The operands are n, m and the old value of the destination d, lanes of `bits` bits; sn, sm, sd
 * are the same taken as signed; k is the record's small operand. `low`: a 64-bit operation, which zeroes the
 * upper half. */
#define SIMD_OP(name, bits, low, expr)                                                                       \
    INSN(name)                                                                                               \
    {                                                                                                        \
        const simd_u##bits n UNUSED = *(const simd_u##bits *)&V(i->rn);                                      \
        const simd_u##bits m UNUSED = *(const simd_u##bits *)&V(i->rm);                                      \
        const simd_u##bits d UNUSED = *(const simd_u##bits *)&V(i->rd);                                      \
        const simd_s##bits sn UNUSED = (simd_s##bits)n, sm UNUSED = (simd_s##bits)m;                         \
        const simd_s##bits sd UNUSED = (simd_s##bits)d;                                                      \
        const unsigned k UNUSED = i->aux;                                                                    \
        const simd_u##bits r = (simd_u##bits)(expr);                                                         \
        *(simd_u64 *)&V(i->rd) = (low) ? simd_low((simd_u64)r) : (simd_u64)r;                                \
        NEXT;                                                                                                \
    }

/* The arrangements an instruction has. */
#define SIMD_OP_B(name, expr) SIMD_OP(name##_8B, 8, true, expr) SIMD_OP(name##_16B, 8, false, expr)
#define SIMD_OP_H(name, expr) SIMD_OP(name##_4H, 16, true, expr) SIMD_OP(name##_8H, 16, false, expr)
#define SIMD_OP_S(name, expr) SIMD_OP(name##_2S, 32, true, expr) SIMD_OP(name##_4S, 32, false, expr)
#define SIMD_OP_HS(name, expr) SIMD_OP_H(name, expr) SIMD_OP_S(name, expr)
#define SIMD_OP_BHS(name, expr) SIMD_OP_B(name, expr) SIMD_OP_H(name, expr) SIMD_OP_S(name, expr)
#define SIMD_OP_BHSD(name, expr) SIMD_OP_BHS(name, expr) SIMD_OP(name##_2D, 64, false, expr)
/* With the scalar form, on D registers. */
#define SIMD_OP_ALL(name, expr) SIMD_OP_BHSD(name, expr) SIMD_OP(name##_D, 64, true, expr)

/* An instruction that simd.c does. */
#define SIMD_CALL(name, function)                                                                            \
    INSN(name)                                                                                               \
    {                                                                                                        \
        simd_##function(c, i);                                                                               \
        NEXT;                                                                                                \
    }
#define SIMD_CALL_VS(name, function) SIMD_CALL(name##_v, function) SIMD_CALL(name##_s, function)

/* ---- arithmetic ---- */

SIMD_OP_ALL(ADD, n + m)
SIMD_OP_ALL(SUB, n - m)
SIMD_OP_BHS(MUL, n *m)
SIMD_OP_BHS(MLA, d + n * m)
SIMD_OP_BHS(MLS, d - n * m)
SIMD_OP_ALL(ABS, SIMD_SELECT(sn < 0, -n, n))
SIMD_OP_ALL(NEG, -n)

SIMD_OP_BHS(SMAX, SIMD_SELECT(sn > sm, n, m))
SIMD_OP_BHS(SMIN, SIMD_SELECT(sn < sm, n, m))
SIMD_OP_BHS(UMAX, SIMD_SELECT(n > m, n, m))
SIMD_OP_BHS(UMIN, SIMD_SELECT(n < m, n, m))

SIMD_OP_BHS(SABD, SIMD_SELECT(sn > sm, n - m, m - n))
SIMD_OP_BHS(UABD, SIMD_SELECT(n > m, n - m, m - n))
SIMD_OP_BHS(SABA, d + SIMD_SELECT(sn > sm, n - m, m - n))
SIMD_OP_BHS(UABA, d + SIMD_SELECT(n > m, n - m, m - n))

/* Halves without the carry: a + b = 2 * (a & b) + (a ^ b) = 2 * (a | b) - (a ^ b). */
SIMD_OP_BHS(SHADD, (sn & sm) + ((sn ^ sm) >> 1))
SIMD_OP_BHS(UHADD, (n & m) + ((n ^ m) >> 1))
SIMD_OP_BHS(SRHADD, (sn | sm) - ((sn ^ sm) >> 1))
SIMD_OP_BHS(URHADD, (n | m) - ((n ^ m) >> 1))
SIMD_OP_BHS(SHSUB, SIMD_AS(n, sn >> 1) - SIMD_AS(n, sm >> 1) - (~n & m & 1))
SIMD_OP_BHS(UHSUB, (n >> 1) - (m >> 1) - (~n & m & 1))

/* Saturating: `r` is the result without saturation, `over` says where it doesn't hold but `limit` does. */
#define SIMD_SAT_OP(name, bits, low, wrapped, over, limit)                                                   \
    INSN(name)                                                                                               \
    {                                                                                                        \
        const simd_u##bits n = *(const simd_u##bits *)&V(i->rn), m = *(const simd_u##bits *)&V(i->rm);       \
        const simd_u##bits r = (wrapped), q = (simd_u##bits)(over);                                          \
        const simd_u64 result = (simd_u64)SIMD_SELECT(q, limit, r), any = (simd_u64)q;                       \
        *(simd_u64 *)&V(i->rd) = (low) ? simd_low(result) : result;                                          \
        c->fpsr |= (uint32_t)((any[0] | ((low) ? 0 : any[1])) != 0) << SIMD_FPSR_QC;                         \
        NEXT;                                                                                                \
    }
#define SIMD_SAT_BHSD(op, wrapped, over, limit)                                                              \
    SIMD_SAT_OP(op##_8B, 8, true, wrapped, over(8), limit(8))                                                \
    SIMD_SAT_OP(op##_16B, 8, false, wrapped, over(8), limit(8))                                              \
    SIMD_SAT_OP(op##_4H, 16, true, wrapped, over(16), limit(16))                                             \
    SIMD_SAT_OP(op##_8H, 16, false, wrapped, over(16), limit(16))                                            \
    SIMD_SAT_OP(op##_2S, 32, true, wrapped, over(32), limit(32))                                             \
    SIMD_SAT_OP(op##_4S, 32, false, wrapped, over(32), limit(32))                                            \
    SIMD_SAT_OP(op##_2D, 64, false, wrapped, over(64), limit(64))
#define SIMD_CARRY(bits) (r < n)
#define SIMD_BORROW(bits) (n < m)
#define SIMD_ALL_ONES(bits) (~(n ^ n))
#define SIMD_ZERO(bits) (n ^ n)
/* Signed overflow: the result's sign is not Vn's, which Vm's is (addition) or isn't (subtraction). */
#define SIMD_OVER_ADD(bits) ((simd_s##bits)((n ^ r) & (m ^ r)) < 0)
#define SIMD_OVER_SUB(bits) ((simd_s##bits)((n ^ r) & (n ^ m)) < 0)
/* The largest number where Vn is positive, else the smallest. */
#define SIMD_LIMIT(bits) (SIMD_AS(n, (simd_s##bits)n < 0) ^ (~(n ^ n) >> 1))
SIMD_SAT_BHSD(UQADD, n + m, SIMD_CARRY, SIMD_ALL_ONES)
SIMD_SAT_BHSD(UQSUB, n - m, SIMD_BORROW, SIMD_ZERO)
SIMD_SAT_BHSD(SQADD, n + m, SIMD_OVER_ADD, SIMD_LIMIT)
SIMD_SAT_BHSD(SQSUB, n - m, SIMD_OVER_SUB, SIMD_LIMIT)
#undef SIMD_CARRY
#undef SIMD_BORROW
#undef SIMD_ALL_ONES
#undef SIMD_ZERO
#undef SIMD_OVER_ADD
#undef SIMD_OVER_SUB
#undef SIMD_LIMIT
#undef SIMD_SAT_BHSD
#undef SIMD_SAT_OP

/* ---- comparison ---- */

SIMD_OP_ALL(CMEQ, n == m)
SIMD_OP_ALL(CMTST, (n & m) != 0)
SIMD_OP_ALL(CMGT, sn > sm)
SIMD_OP_ALL(CMGE, sn >= sm)
SIMD_OP_ALL(CMHI, n > m)
SIMD_OP_ALL(CMHS, n >= m)
SIMD_OP_ALL(CMEQZ, n == 0)
SIMD_OP_ALL(CMGTZ, sn > 0)
SIMD_OP_ALL(CMGEZ, sn >= 0)
SIMD_OP_ALL(CMLEZ, sn <= 0)
SIMD_OP_ALL(CMLTZ, sn < 0)

/* ---- logic ---- */

#define SIMD_LOGIC(name, expr) SIMD_OP(name##_8B, 64, true, expr) SIMD_OP(name##_16B, 64, false, expr)
SIMD_LOGIC(AND, n &m)
SIMD_LOGIC(BIC, n & ~m)
SIMD_LOGIC(ORR, n | m)
SIMD_LOGIC(ORN, n | ~m)
SIMD_LOGIC(EOR, n ^ m)
SIMD_LOGIC(BSL, (n & d) | (m & ~d))
SIMD_LOGIC(BIT, (n & m) | (d & ~m))
SIMD_LOGIC(BIF, (d & m) | (n & ~m))
SIMD_LOGIC(NOT, ~n)
SIMD_LOGIC(CNT, simd_cnt(n))
SIMD_LOGIC(RBIT, simd_rbit(n))
#undef SIMD_LOGIC

/* ---- pairwise: even and odd lanes of Vm:Vn, which for 64-bit operands are first put together in one
 * register ---- */

#define SIMD_PAIR_OP(name, bits, low, expr)                                                                  \
    INSN(name)                                                                                               \
    {                                                                                                        \
        const simd_u64 vn = *(const simd_u64 *)&V(i->rn), vm = *(const simd_u64 *)&V(i->rm);                 \
        const simd_u64 joined = {vn[0], vm[0]};                                                              \
        const simd_u##bits a = (simd_u##bits)((low) ? joined : vn), b = (simd_u##bits)((low) ? joined : vm); \
        const simd_u##bits n = simd_even_##bits(a, b), m = simd_odd_##bits(a, b);                            \
        const simd_s##bits sn UNUSED = (simd_s##bits)n, sm UNUSED = (simd_s##bits)m;                         \
        const simd_u##bits r = (expr);                                                                       \
        *(simd_u64 *)&V(i->rd) = (low) ? simd_low((simd_u64)r) : (simd_u64)r;                                \
        NEXT;                                                                                                \
    }
#define SIMD_PAIR_BHS(name, expr)                                                                            \
    SIMD_PAIR_OP(name##_8B, 8, true, expr)                                                                   \
    SIMD_PAIR_OP(name##_16B, 8, false, expr)                                                                 \
    SIMD_PAIR_OP(name##_4H, 16, true, expr)                                                                  \
    SIMD_PAIR_OP(name##_8H, 16, false, expr)                                                                 \
    SIMD_PAIR_OP(name##_2S, 32, true, expr)                                                                  \
    SIMD_PAIR_OP(name##_4S, 32, false, expr)
SIMD_PAIR_BHS(ADDP, n + m)
SIMD_PAIR_OP(ADDP_2D, 64, false, n + m)
SIMD_PAIR_BHS(SMAXP, SIMD_SELECT(sn > sm, n, m))
SIMD_PAIR_BHS(SMINP, SIMD_SELECT(sn < sm, n, m))
SIMD_PAIR_BHS(UMAXP, SIMD_SELECT(n > m, n, m))
SIMD_PAIR_BHS(UMINP, SIMD_SELECT(n < m, n, m))
#undef SIMD_PAIR_BHS
#undef SIMD_PAIR_OP

INSN(ADDP_D)
{
    V(i->rd) = (union vreg){.d = {V(i->rn).d[0] + V(i->rn).d[1], 0}};
    NEXT;
}

/* ---- lane by lane ---- */

SIMD_CALL(SQADD_s, sqadd)
SIMD_CALL(UQADD_s, uqadd)
SIMD_CALL(SQSUB_s, sqsub)
SIMD_CALL(UQSUB_s, uqsub)
SIMD_CALL_VS(SUQADD, suqadd)
SIMD_CALL_VS(USQADD, usqadd)
SIMD_CALL_VS(SQABS, sqabs)
SIMD_CALL_VS(SQNEG, sqneg)
SIMD_CALL_VS(SQDMULH, sqdmulh)
SIMD_CALL_VS(SQRDMULH, sqrdmulh)
SIMD_CALL_VS(SQRDMLAH, sqrdmlah)
SIMD_CALL_VS(SQRDMLSH, sqrdmlsh)
SIMD_CALL(SQDMULH_elt, sqdmulh)
SIMD_CALL(SQRDMULH_elt, sqrdmulh)
SIMD_CALL(SQRDMLAH_elt, sqrdmlah)
SIMD_CALL(SQRDMLSH_elt, sqrdmlsh)
SIMD_CALL(PMUL_v, pmul)
SIMD_CALL(CLS_v, cls)
SIMD_CALL(CLZ_v, clz)
SIMD_CALL(URECPE_v, urecpe)
SIMD_CALL(URSQRTE_v, ursqrte)

SIMD_CALL(ADDV, addv)
SIMD_CALL(SADDLV, saddlv)
SIMD_CALL(UADDLV, uaddlv)
SIMD_CALL(SMAXV, smaxv)
SIMD_CALL(SMINV, sminv)
SIMD_CALL(UMAXV, umaxv)
SIMD_CALL(UMINV, uminv)

SIMD_CALL(SDOT_v, sdot)
SIMD_CALL(SDOT_elt, sdot)
SIMD_CALL(UDOT_v, udot)
SIMD_CALL(UDOT_elt, udot)
SIMD_CALL(USDOT_v, usdot)
SIMD_CALL(USDOT_elt, usdot)
SIMD_CALL(SUDOT_elt, sudot)
SIMD_CALL(SMMLA, smmla)
SIMD_CALL(UMMLA, ummla)
SIMD_CALL(USMMLA, usmmla)

/* ---- by element ---- */

#define SIMD_OP_ELT(name, op)                                                                                \
    SIMD_OP_H(name##_elt, op n *V(i->rm).h[k])                                                               \
    SIMD_OP_S(name##_elt, op n *V(i->rm).s[k])
SIMD_OP_ELT(MUL, )
SIMD_OP_ELT(MLA, d +)
SIMD_OP_ELT(MLS, d -)
#undef SIMD_OP_ELT

#include "cpu/sem_simd_wide.h"
#include "cpu/sem_simd_shift.h"
#include "cpu/sem_simd_copy.h"
#include "cpu/sem_simd_ldst.h"
#include "cpu/sem_simd_crypto.h"
