/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Advanced SIMD below the level of instructions: vector types, lane permutations that compilers turn into
 * single host instructions, and the instructions that work lane by lane (simd.c), which handlers call with
 * their record. Arm ARM C7.2; relies on GNU C vector extensions, of which the compiler makes SSE2, NEON or
 * plain code.
 */
#ifndef EL2SIM_CPU_SIMD_H
#define EL2SIM_CPU_SIMD_H

#include <stdint.h>

#include "base/compiler.h"
#include "cpu/cpu.h"
#include "cpu/insn.h"

#define SIMD_VECTOR(bytes) __attribute__((vector_size(bytes), may_alias))

typedef uint8_t simd_u8 SIMD_VECTOR(16);
typedef uint16_t simd_u16 SIMD_VECTOR(16);
typedef uint32_t simd_u32 SIMD_VECTOR(16);
typedef uint64_t simd_u64 SIMD_VECTOR(16);
typedef int8_t simd_s8 SIMD_VECTOR(16);
typedef int16_t simd_s16 SIMD_VECTOR(16);
typedef int32_t simd_s32 SIMD_VECTOR(16);
typedef int64_t simd_s64 SIMD_VECTOR(16);

/* A register as a value. Unlike the others it has no aliasing to take care of, so that it can live in host
 * registers as a member of a struct. */
typedef uint64_t simd_q __attribute__((vector_size(16)));

/* Halves of a register. */
typedef uint8_t simd_half_u8 SIMD_VECTOR(8);
typedef uint16_t simd_half_u16 SIMD_VECTOR(8);
typedef uint32_t simd_half_u32 SIMD_VECTOR(8);
typedef int8_t simd_half_s8 SIMD_VECTOR(8);
typedef int16_t simd_half_s16 SIMD_VECTOR(8);
typedef int32_t simd_half_s32 SIMD_VECTOR(8);

/* Lane by lane `mask ? a : b`, where mask has all or no bits set in each lane. */
#define SIMD_SELECT(mask, a, b)                                                                              \
    (((a) & (__typeof__(a))(mask)) | ((b) & (__typeof__(a))~(__typeof__(a))(mask)))
/* x as a vector of the type of `like`. */
#define SIMD_AS(like, x) ((__typeof__(like))(x))

/* The low half, zero-extended: what a 64-bit operation leaves in its register. */
static ALWAYS_INLINE simd_u64 simd_low(simd_u64 r)
{
    return (simd_u64){r[0], 0};
}

/* Lane permutations of a and b, as the 128-bit forms of UZP1/2 and ZIP1/2 define them. */
#define SIMD_PERMUTE(name, bits, ...)                                                                        \
    static ALWAYS_INLINE simd_u##bits simd_##name##_##bits(simd_u##bits a, simd_u##bits b)                   \
    {                                                                                                        \
        return __builtin_shufflevector(a, b, __VA_ARGS__);                                                   \
    }
SIMD_PERMUTE(even, 8, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
SIMD_PERMUTE(even, 16, 0, 2, 4, 6, 8, 10, 12, 14)
SIMD_PERMUTE(even, 32, 0, 2, 4, 6)
SIMD_PERMUTE(even, 64, 0, 2)
SIMD_PERMUTE(odd, 8, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31)
SIMD_PERMUTE(odd, 16, 1, 3, 5, 7, 9, 11, 13, 15)
SIMD_PERMUTE(odd, 32, 1, 3, 5, 7)
SIMD_PERMUTE(odd, 64, 1, 3)
SIMD_PERMUTE(ziplow, 8, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
SIMD_PERMUTE(ziplow, 16, 0, 8, 1, 9, 2, 10, 3, 11)
SIMD_PERMUTE(ziplow, 32, 0, 4, 1, 5)
SIMD_PERMUTE(ziplow, 64, 0, 2)
SIMD_PERMUTE(ziphigh, 8, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
SIMD_PERMUTE(ziphigh, 16, 4, 12, 5, 13, 6, 14, 7, 15)
SIMD_PERMUTE(ziphigh, 32, 2, 6, 3, 7)
SIMD_PERMUTE(ziphigh, 64, 1, 3)
#undef SIMD_PERMUTE

/* Half a register with lanes of twice the width. */
#define SIMD_WIDEN(s, from, to)                                                                              \
    static ALWAYS_INLINE simd_##s##to simd_widen_##s##from(uint64_t half)                                    \
    {                                                                                                        \
        return __builtin_convertvector((simd_half_##s##from)half, simd_##s##to);                             \
    }
SIMD_WIDEN(u, 8, 16)
SIMD_WIDEN(u, 16, 32)
SIMD_WIDEN(u, 32, 64)
SIMD_WIDEN(s, 8, 16)
SIMD_WIDEN(s, 16, 32)
SIMD_WIDEN(s, 32, 64)
#undef SIMD_WIDEN

/* Bits reversed in each byte. */
static ALWAYS_INLINE simd_u64 simd_rbit(simd_u64 x)
{
    const uint64_t m1 = 0x5555555555555555, m2 = 0x3333333333333333, m4 = 0x0f0f0f0f0f0f0f0f;
    x = ((x >> 1) & m1) | ((x & m1) << 1);
    x = ((x >> 2) & m2) | ((x & m2) << 2);
    return ((x >> 4) & m4) | ((x & m4) << 4);
}

/* Bits set in each byte. */
static ALWAYS_INLINE simd_u64 simd_cnt(simd_u64 x)
{
    const uint64_t m1 = 0x5555555555555555, m2 = 0x3333333333333333, m4 = 0x0f0f0f0f0f0f0f0f;
    x -= (x >> 1) & m1;
    x = (x & m2) + ((x >> 2) & m2);
    return (x + (x >> 4)) & m4;
}

/* ---- instructions that go lane by lane (simd.c) ----
 *
 * The record: rd, rn, rm; aux = SIMD_SIZE log2 of the (narrow) element's bytes, SIMD_UPPER for the "2" forms
 * of widening and narrowing instructions; ra = number of lanes, 1 for the scalar forms; imm = shift amount,
 * or index of the element of Vm that is the second operand in each lane, SIMD_LANEWISE if it is Vm's own
 * lane. */
enum { SIMD_SIZE = 3, SIMD_UPPER = 4 };
/* FPSR.QC */
enum { SIMD_FPSR_QC = 27 };
#define SIMD_LANEWISE UINT64_MAX

typedef void simd_fn(struct cpu *c, const struct insn *i);

/* Vd[e] = f(Vn[e], Vm[e], Vd[e]) */
simd_fn simd_sqadd, simd_uqadd, simd_sqsub, simd_uqsub, simd_suqadd, simd_usqadd, simd_sqabs, simd_sqneg;
simd_fn simd_sqdmulh, simd_sqrdmulh, simd_sqrdmlah, simd_sqrdmlsh;
simd_fn simd_sshl, simd_ushl, simd_srshl, simd_urshl, simd_sqshl, simd_uqshl, simd_sqrshl, simd_uqrshl;
simd_fn simd_sqshl_imm, simd_uqshl_imm, simd_sqshlu;
simd_fn simd_cls, simd_clz, simd_pmul, simd_urecpe, simd_ursqrte;
/* Narrowing with saturation: shifts by imm, and SQXTN and friends with imm = 0. */
simd_fn simd_sqshrn, simd_uqshrn, simd_sqshrun, simd_sqrshrn, simd_uqrshrn, simd_sqrshrun;
/* Widening */
simd_fn simd_sqdmull, simd_sqdmlal, simd_sqdmlsl, simd_pmull;
/* Across lanes: Vd = reduction of Vn */
simd_fn simd_addv, simd_saddlv, simd_uaddlv, simd_smaxv, simd_sminv, simd_umaxv, simd_uminv;
/* Dot products and matrix products of bytes; imm as above, in units of 4 bytes. */
simd_fn simd_sdot, simd_udot, simd_usdot, simd_sudot, simd_smmla, simd_ummla, simd_usmmla;
/* Table look-up: imm = number of registers. */
simd_fn simd_tbl, simd_tbx;

/* LD2..LD4 and ST2..ST4 move structures of `ra` elements; lane e of register k is element e * ra + k in
 * memory. The record: rd first register, ra their number, aux log2 of the element's bytes. */
/* What a load put into D or Q registers as it lies in memory is sorted into lanes. */
simd_fn simd_deinterleave_D, simd_deinterleave_Q;
/* Doubleword or quadword number `part` of what a store writes. */
uint64_t simd_interleaved_D(const struct cpu *c, const struct insn *i, unsigned part);
simd_q simd_interleaved_Q(const struct cpu *c, const struct insn *i, unsigned part);

/* Registers that follow one another in memory. (Members rather than arrays: compilers keep these in
 * registers.) */
#define SIMD_GROUPS(w, type)                                                                                 \
    struct simd_##w##_1 {                                                                                    \
        type r0;                                                                                             \
    };                                                                                                       \
    struct simd_##w##_2 {                                                                                    \
        type r0, r1;                                                                                         \
    };                                                                                                       \
    struct simd_##w##_3 {                                                                                    \
        type r0, r1, r2;                                                                                     \
    };                                                                                                       \
    struct simd_##w##_4 {                                                                                    \
        type r0, r1, r2, r3;                                                                                 \
    };
SIMD_GROUPS(S, uint32_t)
SIMD_GROUPS(D, uint64_t)
SIMD_GROUPS(Q, simd_q)
#undef SIMD_GROUPS

#endif
