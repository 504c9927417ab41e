/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Semantics of the Advanced SIMD permutations, table look-ups, copies of elements and modified immediates.
 * Arm ARM C7.2. Part of sem_simd.h.
 */

/* ---- permutations ---- */

/* UZP of 64-bit registers: the lanes of both, put together in one. */
#define SIMD_JOINED(bits) ((simd_u##bits)(simd_u64){((simd_u64)n)[0], ((simd_u64)m)[0]})
#define SIMD_UZP(name, f)                                                                                    \
    SIMD_OP(name##_8B, 8, true, simd_##f##_8(SIMD_JOINED(8), SIMD_JOINED(8)))                                \
    SIMD_OP(name##_4H, 16, true, simd_##f##_16(SIMD_JOINED(16), SIMD_JOINED(16)))                            \
    SIMD_OP(name##_2S, 32, true, simd_##f##_32(SIMD_JOINED(32), SIMD_JOINED(32)))                            \
    SIMD_OP(name##_16B, 8, false, simd_##f##_8(n, m))                                                        \
    SIMD_OP(name##_8H, 16, false, simd_##f##_16(n, m))                                                       \
    SIMD_OP(name##_4S, 32, false, simd_##f##_32(n, m))                                                       \
    SIMD_OP(name##_2D, 64, false, simd_##f##_64(n, m))
SIMD_UZP(UZP1, even)
SIMD_UZP(UZP2, odd)
#undef SIMD_UZP
#undef SIMD_JOINED

/* A pair of lanes is one of twice the width. */
SIMD_OP(TRN1_8B, 16, true, (n & 0xff) | (m << 8))
SIMD_OP(TRN1_16B, 16, false, (n & 0xff) | (m << 8))
SIMD_OP(TRN1_4H, 32, true, (n & 0xffff) | (m << 16))
SIMD_OP(TRN1_8H, 32, false, (n & 0xffff) | (m << 16))
SIMD_OP(TRN1_2S, 64, true, (n & 0xffffffff) | (m << 32))
SIMD_OP(TRN1_4S, 64, false, (n & 0xffffffff) | (m << 32))
SIMD_OP(TRN1_2D, 64, false, simd_ziplow_64(n, m))
SIMD_OP(TRN2_8B, 16, true, (n >> 8) | (m & 0xff00))
SIMD_OP(TRN2_16B, 16, false, (n >> 8) | (m & 0xff00))
SIMD_OP(TRN2_4H, 32, true, (n >> 16) | (m & 0xffff0000))
SIMD_OP(TRN2_8H, 32, false, (n >> 16) | (m & 0xffff0000))
SIMD_OP(TRN2_2S, 64, true, (n >> 32) | (m & 0xffffffff00000000))
SIMD_OP(TRN2_4S, 64, false, (n >> 32) | (m & 0xffffffff00000000))
SIMD_OP(TRN2_2D, 64, false, simd_ziphigh_64(n, m))

SIMD_OP_B(ZIP1, simd_ziplow_8(n, m))
SIMD_OP_H(ZIP1, simd_ziplow_16(n, m))
SIMD_OP_S(ZIP1, simd_ziplow_32(n, m))
SIMD_OP(ZIP1_2D, 64, false, simd_ziplow_64(n, m))
/* ZIP2 of 64-bit registers is the other half of what ZIP1 of the lower halves gives in 128. */
#define SIMD_UPPER_HALF(x) ((simd_u64){((simd_u64)(x))[1], 0})
SIMD_OP(ZIP2_8B, 8, true, SIMD_UPPER_HALF(simd_ziplow_8(n, m)))
SIMD_OP(ZIP2_4H, 16, true, SIMD_UPPER_HALF(simd_ziplow_16(n, m)))
SIMD_OP(ZIP2_2S, 32, true, SIMD_UPPER_HALF(simd_ziplow_32(n, m)))
SIMD_OP(ZIP2_16B, 8, false, simd_ziphigh_8(n, m))
SIMD_OP(ZIP2_8H, 16, false, simd_ziphigh_16(n, m))
SIMD_OP(ZIP2_4S, 32, false, simd_ziphigh_32(n, m))
SIMD_OP(ZIP2_2D, 64, false, simd_ziphigh_64(n, m))
#undef SIMD_UPPER_HALF

#define SIMD_REVERSE(x, ...) __builtin_shufflevector(x, x, __VA_ARGS__)
/* Bytes exchanged in halfwords */
#define SIMD_REV16 ((n << 8) | (n >> 8))
SIMD_OP(REV16_8B, 16, true, SIMD_REV16)
SIMD_OP(REV16_16B, 16, false, SIMD_REV16)
SIMD_OP(REV32_8B, 16, true, SIMD_REVERSE(SIMD_REV16, 1, 0, 3, 2, 5, 4, 7, 6))
SIMD_OP(REV32_16B, 16, false, SIMD_REVERSE(SIMD_REV16, 1, 0, 3, 2, 5, 4, 7, 6))
SIMD_OP_H(REV32, SIMD_REVERSE(n, 1, 0, 3, 2, 5, 4, 7, 6))
SIMD_OP(REV64_8B, 16, true, SIMD_REVERSE(SIMD_REV16, 3, 2, 1, 0, 7, 6, 5, 4))
SIMD_OP(REV64_16B, 16, false, SIMD_REVERSE(SIMD_REV16, 3, 2, 1, 0, 7, 6, 5, 4))
SIMD_OP_H(REV64, SIMD_REVERSE(n, 3, 2, 1, 0, 7, 6, 5, 4))
SIMD_OP_S(REV64, SIMD_REVERSE(n, 1, 0, 3, 2))
#undef SIMD_REV16
#undef SIMD_REVERSE

/* EXT: bits k and up of Vm:Vn, from whole doublewords a and the ones above them, b. */
#define SIMD_EXTRACT(a, b) (((a) >> k) | ((b) << (63 - k) << 1))
SIMD_OP(EXT_8B, 64, true, SIMD_EXTRACT(n, m))
SIMD_OP(EXT_16B_low, 64, false, SIMD_EXTRACT(n, ((simd_u64){n[1], m[0]})))
SIMD_OP(EXT_16B_high, 64, false, SIMD_EXTRACT(((simd_u64){n[1], m[0]}), m))
#undef SIMD_EXTRACT

SIMD_CALL(TBL, tbl)
SIMD_CALL(TBX, tbx)

/* ---- copies ---- */

/* x in all lanes */
#define SIMD_REPLICATE(bits, x) ((simd_u##bits){0} + (uint##bits##_t)(x))

#define SIMD_DUP(name, bits, low, e)                                                                         \
    INSN(DUP_elt_##name)                                                                                     \
    {                                                                                                        \
        const simd_u64 r = (simd_u64)SIMD_REPLICATE(bits, V(i->rn).e[i->aux]);                               \
        *(simd_u64 *)&V(i->rd) = (low) ? simd_low(r) : r;                                                    \
        NEXT;                                                                                                \
    }                                                                                                        \
    INSN(DUP_gen_##name)                                                                                     \
    {                                                                                                        \
        const simd_u64 r = (simd_u64)SIMD_REPLICATE(bits, X(i->rn));                                         \
        *(simd_u64 *)&V(i->rd) = (low) ? simd_low(r) : r;                                                    \
        NEXT;                                                                                                \
    }
SIMD_DUP(8B, 8, true, b)
SIMD_DUP(16B, 8, false, b)
SIMD_DUP(4H, 16, true, h)
SIMD_DUP(8H, 16, false, h)
SIMD_DUP(2S, 32, true, s)
SIMD_DUP(4S, 32, false, s)
SIMD_DUP(2D, 64, false, d)
#undef SIMD_DUP

/* The scalar DUP (MOV), INS (MOV) from an element and from a general register, UMOV */
#define SIMD_ELEMENT(name, e)                                                                                \
    INSN(DUP_##name)                                                                                         \
    {                                                                                                        \
        V(i->rd) = (union vreg){.d = {V(i->rn).e[i->aux], 0}};                                               \
        NEXT;                                                                                                \
    }                                                                                                        \
    INSN(INS_elt_##name)                                                                                     \
    {                                                                                                        \
        V(i->rd).e[i->aux] = V(i->rn).e[i->ra];                                                              \
        NEXT;                                                                                                \
    }                                                                                                        \
    INSN(INS_gen_##name)                                                                                     \
    {                                                                                                        \
        V(i->rd).e[i->aux] = (__typeof__(V(0).e[0]))X(i->rn);                                                \
        NEXT;                                                                                                \
    }                                                                                                        \
    INSN(UMOV_##name)                                                                                        \
    {                                                                                                        \
        X(i->rd) = V(i->rn).e[i->aux];                                                                       \
        NEXT;                                                                                                \
    }
SIMD_ELEMENT(B, b)
SIMD_ELEMENT(H, h)
SIMD_ELEMENT(S, s)
SIMD_ELEMENT(D, d)
#undef SIMD_ELEMENT

#define SIMD_SMOV(name, type, e)                                                                             \
    INSN(SMOV_##name)                                                                                        \
    {                                                                                                        \
        X(i->rd) = (type)V(i->rn).e[i->aux];                                                                 \
        NEXT;                                                                                                \
    }
SIMD_SMOV(B_W, uint32_t, sb)
SIMD_SMOV(H_W, uint32_t, sh)
SIMD_SMOV(B_X, uint64_t, sb)
SIMD_SMOV(H_X, uint64_t, sh)
SIMD_SMOV(S_X, uint64_t, ss)
#undef SIMD_SMOV

/* ---- modified immediates: 64 bits, in one or both halves ---- */

SIMD_OP(MOVI_D, 64, true, SIMD_REPLICATE(64, IMM))
SIMD_OP(MOVI_Q, 64, false, SIMD_REPLICATE(64, IMM))
SIMD_OP(ORR_imm_D, 64, true, d | IMM)
SIMD_OP(ORR_imm_Q, 64, false, d | IMM)
SIMD_OP(BIC_imm_D, 64, true, d & ~IMM)
SIMD_OP(BIC_imm_Q, 64, false, d & ~IMM)
#undef SIMD_REPLICATE
