/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Semantics of the Advanced SIMD instructions whose result has wider or narrower lanes than their operands.
 * Arm ARM C7.2. Part of sem_simd.h.
 */

/* ---- widening ---- */

/* n and m are the lower or upper (`half`) lanes of Vn and the operand `other`, extended by `s` (s or u) from
 * `from` to `to` bits; d and w are Vd and Vn as they are, taken as unsigned wide lanes. */
#define SIMD_WIDE_OP(name, s, from, to, half, other, expr)                                                   \
    INSN(name)                                                                                               \
    {                                                                                                        \
        const simd_##s##to n UNUSED = simd_widen_##s##from(V(i->rn).d[half]);                                \
        const simd_##s##to m UNUSED = (other);                                                               \
        const simd_u##to d UNUSED = *(const simd_u##to *)&V(i->rd),                                          \
                           w UNUSED = *(const simd_u##to *)&V(i->rn);                                        \
        const unsigned k UNUSED = i->aux;                                                                    \
        *(simd_u##to *)&V(i->rd) = (simd_u##to)(expr);                                                       \
        NEXT;                                                                                                \
    }
#define SIMD_WIDE_VEC(name, s, from, to, half, expr)                                                         \
    SIMD_WIDE_OP(name, s, from, to, half, simd_widen_##s##from(V(i->rm).d[half]), expr)
#define SIMD_WIDE_BHS(name, s, expr)                                                                         \
    SIMD_WIDE_VEC(name##_8B, s, 8, 16, 0, expr)                                                              \
    SIMD_WIDE_VEC(name##_16B, s, 8, 16, 1, expr)                                                             \
    SIMD_WIDE_VEC(name##_4H, s, 16, 32, 0, expr)                                                             \
    SIMD_WIDE_VEC(name##_8H, s, 16, 32, 1, expr)                                                             \
    SIMD_WIDE_VEC(name##_2S, s, 32, 64, 0, expr)                                                             \
    SIMD_WIDE_VEC(name##_4S, s, 32, 64, 1, expr)

SIMD_WIDE_BHS(SADDL, s, n + m)
SIMD_WIDE_BHS(UADDL, u, n + m)
SIMD_WIDE_BHS(SSUBL, s, n - m)
SIMD_WIDE_BHS(USUBL, u, n - m)
SIMD_WIDE_BHS(SADDW, s, w + SIMD_AS(w, m))
SIMD_WIDE_BHS(UADDW, u, w + m)
SIMD_WIDE_BHS(SSUBW, s, w - SIMD_AS(w, m))
SIMD_WIDE_BHS(USUBW, u, w - m)
SIMD_WIDE_BHS(SABDL, s, SIMD_SELECT(n > m, n - m, m - n))
SIMD_WIDE_BHS(UABDL, u, SIMD_SELECT(n > m, n - m, m - n))
SIMD_WIDE_BHS(SABAL, s, d + SIMD_AS(d, SIMD_SELECT(n > m, n - m, m - n)))
SIMD_WIDE_BHS(UABAL, u, d + SIMD_SELECT(n > m, n - m, m - n))
SIMD_WIDE_BHS(SMULL, s, n *m)
SIMD_WIDE_BHS(UMULL, u, n *m)
SIMD_WIDE_BHS(SMLAL, s, d + SIMD_AS(d, n *m))
SIMD_WIDE_BHS(UMLAL, u, d + n * m)
SIMD_WIDE_BHS(SMLSL, s, d - SIMD_AS(d, n *m))
SIMD_WIDE_BHS(UMLSL, u, d - n * m)

/* By element: m is one lane of Vm in all lanes. */
#define SIMD_WIDE_ELT(name, s, h, w, expr)                                                                   \
    SIMD_WIDE_OP(name##_4H, s, 16, 32, 0, (simd_##s##32){0} + V(i->rm).h[i->aux], expr)                      \
    SIMD_WIDE_OP(name##_8H, s, 16, 32, 1, (simd_##s##32){0} + V(i->rm).h[i->aux], expr)                      \
    SIMD_WIDE_OP(name##_2S, s, 32, 64, 0, (simd_##s##64){0} + V(i->rm).w[i->aux], expr)                      \
    SIMD_WIDE_OP(name##_4S, s, 32, 64, 1, (simd_##s##64){0} + V(i->rm).w[i->aux], expr)
SIMD_WIDE_ELT(SMULL_elt, s, sh, ss, n *m)
SIMD_WIDE_ELT(UMULL_elt, u, h, s, n *m)
SIMD_WIDE_ELT(SMLAL_elt, s, sh, ss, d + SIMD_AS(d, n *m))
SIMD_WIDE_ELT(UMLAL_elt, u, h, s, d + n * m)
SIMD_WIDE_ELT(SMLSL_elt, s, sh, ss, d - SIMD_AS(d, n *m))
SIMD_WIDE_ELT(UMLSL_elt, u, h, s, d - n * m)
#undef SIMD_WIDE_ELT

/* Shifts: named after the narrow operand. SSHLL #0 is SXTL. */
SIMD_WIDE_BHS(SSHLL, s, SIMD_AS(d, n) << k)
SIMD_WIDE_BHS(USHLL, u, n << k)
SIMD_WIDE_VEC(SHLL_8B, u, 8, 16, 0, n << 8)
SIMD_WIDE_VEC(SHLL_16B, u, 8, 16, 1, n << 8)
SIMD_WIDE_VEC(SHLL_4H, u, 16, 32, 0, n << 16)
SIMD_WIDE_VEC(SHLL_8H, u, 16, 32, 1, n << 16)
SIMD_WIDE_VEC(SHLL_2S, u, 32, 64, 0, n << 32)
SIMD_WIDE_VEC(SHLL_4S, u, 32, 64, 1, n << 32)
#undef SIMD_WIDE_BHS
#undef SIMD_WIDE_VEC
#undef SIMD_WIDE_OP

/* Sums of neighbours: the two halves of a wide lane. */
#define SIMD_PAIR_LONG(name, start)                                                                          \
    SIMD_OP(S##name##_8B, 16, true, start SIMD_AS(n, SIMD_AS(sn, n << 8) >> 8) + SIMD_AS(n, sn >> 8))        \
    SIMD_OP(S##name##_16B, 16, false, start SIMD_AS(n, SIMD_AS(sn, n << 8) >> 8) + SIMD_AS(n, sn >> 8))      \
    SIMD_OP(S##name##_4H, 32, true, start SIMD_AS(n, SIMD_AS(sn, n << 16) >> 16) + SIMD_AS(n, sn >> 16))     \
    SIMD_OP(S##name##_8H, 32, false, start SIMD_AS(n, SIMD_AS(sn, n << 16) >> 16) + SIMD_AS(n, sn >> 16))    \
    SIMD_OP(S##name##_2S, 64, true, start SIMD_AS(n, SIMD_AS(sn, n << 32) >> 32) + SIMD_AS(n, sn >> 32))     \
    SIMD_OP(S##name##_4S, 64, false, start SIMD_AS(n, SIMD_AS(sn, n << 32) >> 32) + SIMD_AS(n, sn >> 32))    \
    SIMD_OP(U##name##_8B, 16, true, start(n & 0xff) + (n >> 8))                                              \
    SIMD_OP(U##name##_16B, 16, false, start(n & 0xff) + (n >> 8))                                            \
    SIMD_OP(U##name##_4H, 32, true, start(n & 0xffff) + (n >> 16))                                           \
    SIMD_OP(U##name##_8H, 32, false, start(n & 0xffff) + (n >> 16))                                          \
    SIMD_OP(U##name##_2S, 64, true, start(n & 0xffffffff) + (n >> 32))                                       \
    SIMD_OP(U##name##_4S, 64, false, start(n & 0xffffffff) + (n >> 32))
SIMD_PAIR_LONG(ADDLP, )
SIMD_PAIR_LONG(ADALP, d +)
#undef SIMD_PAIR_LONG

/* ---- narrowing ---- */

/* The low bits of `expr` on wide lanes, to the lower half of Vd with the upper zeroed, or to the upper half.
 */
#define SIMD_NARROW_OP(name, from, to, half, expr)                                                           \
    INSN(name)                                                                                               \
    {                                                                                                        \
        const simd_u##from n = *(const simd_u##from *)&V(i->rn);                                             \
        const simd_u##from m UNUSED = *(const simd_u##from *)&V(i->rm);                                      \
        const unsigned k UNUSED = i->aux, high UNUSED = (to);                                                \
        const uint64_t r = (uint64_t) __builtin_convertvector((expr), simd_half_u##to);                      \
        V(i->rd).d[half] = r;                                                                                \
        if (!(half))                                                                                         \
            V(i->rd).d[1] = 0;                                                                               \
        NEXT;                                                                                                \
    }
#define SIMD_NARROW_BHS(name, expr)                                                                          \
    SIMD_NARROW_OP(name##_8B, 16, 8, 0, expr)                                                                \
    SIMD_NARROW_OP(name##_16B, 16, 8, 1, expr)                                                               \
    SIMD_NARROW_OP(name##_4H, 32, 16, 0, expr)                                                               \
    SIMD_NARROW_OP(name##_8H, 32, 16, 1, expr)                                                               \
    SIMD_NARROW_OP(name##_2S, 64, 32, 0, expr)                                                               \
    SIMD_NARROW_OP(name##_4S, 64, 32, 1, expr)

SIMD_NARROW_BHS(XTN, n)
SIMD_NARROW_BHS(ADDHN, (n + m) >> high)
SIMD_NARROW_BHS(SUBHN, (n - m) >> high)
/* Rounding adds half of the last bit kept, which the next bit below does as well. */
SIMD_NARROW_BHS(RADDHN, (((n + m) >> (high - 1)) + 1) >> 1)
SIMD_NARROW_BHS(RSUBHN, (((n - m) >> (high - 1)) + 1) >> 1)
SIMD_NARROW_BHS(SHRN, n >> k)
SIMD_NARROW_BHS(RSHRN, ((n >> (k - 1)) + 1) >> 1)
#undef SIMD_NARROW_BHS
#undef SIMD_NARROW_OP

/* ---- saturating, lane by lane ---- */

SIMD_CALL_VS(SQXTN, sqshrn)
SIMD_CALL_VS(UQXTN, uqshrn)
SIMD_CALL_VS(SQXTUN, sqshrun)
SIMD_CALL_VS(SQSHRN, sqshrn)
SIMD_CALL_VS(UQSHRN, uqshrn)
SIMD_CALL_VS(SQSHRUN, sqshrun)
SIMD_CALL_VS(SQRSHRN, sqrshrn)
SIMD_CALL_VS(UQRSHRN, uqrshrn)
SIMD_CALL_VS(SQRSHRUN, sqrshrun)
SIMD_CALL_VS(SQDMULL, sqdmull)
SIMD_CALL_VS(SQDMLAL, sqdmlal)
SIMD_CALL_VS(SQDMLSL, sqdmlsl)
SIMD_CALL(SQDMULL_elt, sqdmull)
SIMD_CALL(SQDMLAL_elt, sqdmlal)
SIMD_CALL(SQDMLSL_elt, sqdmlsl)
SIMD_CALL(PMULL_v, pmull)
