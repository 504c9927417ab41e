/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Operands of the Advanced SIMD instructions and of loads and stores of SIMD&FP registers: one function for
 * each format named in a64-advsimd.decode (Arm ARM C7.2, the "Decode" pseudocode of each instruction). What
 * the record's fields mean to instructions that go lane by lane is said in cpu/simd.h.
 */
#ifndef EL2SIM_CPU_FORMATS_ADVSIMD_H
#define EL2SIM_CPU_FORMATS_ADVSIMD_H

#include "base/bits.h"
#include "base/compiler.h"
#include "cpu/insn.h"
#include "cpu/simd.h"

/* ---- plain registers ---- */

static inline bool fmt_simd_mnd(struct insn *o, unsigned m, unsigned n, unsigned d)
{
    o->rm = (uint8_t)m;
    o->rn = (uint8_t)n;
    o->rd = (uint8_t)d;
    return true;
}

static inline bool fmt_simd_nd(struct insn *o, unsigned n, unsigned d)
{
    return fmt_simd_mnd(o, 0, n, d);
}

/* With fields that only choose the op. */
static inline bool fmt_simd_zmnd(struct insn *o, unsigned z UNUSED, unsigned m, unsigned n, unsigned d)
{
    return fmt_simd_mnd(o, m, n, d);
}

static inline bool fmt_simd_qmnd(struct insn *o, unsigned q UNUSED, unsigned m, unsigned n, unsigned d)
{
    return fmt_simd_mnd(o, m, n, d);
}

static inline bool fmt_simd_znd(struct insn *o, unsigned z UNUSED, unsigned n, unsigned d)
{
    return fmt_simd_nd(o, n, d);
}

static inline bool fmt_simd_qnd(struct insn *o, unsigned q UNUSED, unsigned n, unsigned d)
{
    return fmt_simd_nd(o, n, d);
}

static inline bool fmt_simd_mand(struct insn *o, unsigned m, unsigned a, unsigned n, unsigned d)
{
    o->ra = (uint8_t)a;
    return fmt_simd_mnd(o, m, n, d);
}

static inline bool fmt_simd_mind(struct insn *o, unsigned m, unsigned i, unsigned n, unsigned d)
{
    o->aux = (uint8_t)i;
    return fmt_simd_mnd(o, m, n, d);
}

/* ---- lane by lane: aux, ra, imm as cpu/simd.h says ---- */

static inline bool simd_lanes(struct insn *o, unsigned z, unsigned lanes, uint64_t imm, unsigned m,
                              unsigned n, unsigned d)
{
    o->aux = (uint8_t)z;
    o->ra = (uint8_t)lanes;
    o->imm = imm;
    fmt_simd_mnd(o, m, n, d);
    return lanes > 0;
}

/* Elements in a register of 64 or 128 bits; 0 for the reserved 1D. */
static inline unsigned simd_lane_count(unsigned q, unsigned z)
{
    return z == 3 && q == 0 ? 0 : (8u << q) >> z;
}

static inline bool fmt_simd_lanes(struct insn *o, unsigned q, unsigned z, unsigned m, unsigned n, unsigned d)
{
    return simd_lanes(o, z, simd_lane_count(q, z), SIMD_LANEWISE, m, n, d);
}

static inline bool fmt_simd_lanes_b(struct insn *o, unsigned q, unsigned m, unsigned n, unsigned d)
{
    return fmt_simd_lanes(o, q, 0, m, n, d);
}

static inline bool fmt_simd_lanes_unary(struct insn *o, unsigned q, unsigned z, unsigned n, unsigned d)
{
    return simd_lanes(o, z, simd_lane_count(q, z), 0, 0, n, d);
}

static inline bool fmt_simd_lanes_s(struct insn *o, unsigned q, unsigned n, unsigned d)
{
    return fmt_simd_lanes_unary(o, q, 2, n, d);
}

static inline bool fmt_simd_scalar(struct insn *o, unsigned z, unsigned m, unsigned n, unsigned d)
{
    return simd_lanes(o, z, 1, SIMD_LANEWISE, m, n, d);
}

static inline bool fmt_simd_scalar_unary(struct insn *o, unsigned z, unsigned n, unsigned d)
{
    return simd_lanes(o, z, 1, 0, 0, n, d);
}

static inline bool fmt_simd_wide(struct insn *o, unsigned q, unsigned z, unsigned m, unsigned n, unsigned d)
{
    simd_lanes(o, z, 8u >> z, SIMD_LANEWISE, m, n, d);
    o->aux |= q ? SIMD_UPPER : 0;
    return true;
}

static inline bool fmt_simd_narrow(struct insn *o, unsigned q, unsigned z, unsigned n, unsigned d)
{
    simd_lanes(o, z, 8u >> z, 0, 0, n, d);
    o->aux |= q ? SIMD_UPPER : 0;
    return true;
}

/* Across lanes: 2S is reserved as well as 1D and 2D. */
static inline bool fmt_simd_across(struct insn *o, unsigned q, unsigned z, unsigned n, unsigned d)
{
    return fmt_simd_lanes_unary(o, q, z, n, d) && !(z == 2 && q == 0);
}

static inline bool fmt_simd_dot(struct insn *o, unsigned q, unsigned m, unsigned n, unsigned d)
{
    return fmt_simd_lanes(o, q, 2, m, n, d);
}

static inline bool fmt_simd_tbl(struct insn *o, unsigned q, unsigned m, unsigned l, unsigned n, unsigned d)
{
    return simd_lanes(o, 0, 8u << q, l + 1, m, n, d);
}

/* ---- by element: index H:L:M of halfwords in V0..V15, H:L of words ---- */

static inline bool fmt_simd_elt_h(struct insn *o, unsigned l, unsigned k, unsigned m, unsigned h, unsigned n,
                                  unsigned d)
{
    return fmt_simd_mind(o, m, h << 2 | l << 1 | k, n, d);
}

static inline bool fmt_simd_elt_s(struct insn *o, unsigned l, unsigned m, unsigned h, unsigned n, unsigned d)
{
    return fmt_simd_mind(o, m, h << 1 | l, n, d);
}

static inline bool fmt_simd_lanes_elt_h(struct insn *o, unsigned q, unsigned l, unsigned k, unsigned m,
                                        unsigned h, unsigned n, unsigned d)
{
    return simd_lanes(o, 1, 4u << q, h << 2 | l << 1 | k, m, n, d);
}

static inline bool fmt_simd_lanes_elt_s(struct insn *o, unsigned q, unsigned l, unsigned m, unsigned h,
                                        unsigned n, unsigned d)
{
    return simd_lanes(o, 2, 2u << q, h << 1 | l, m, n, d);
}

static inline bool fmt_simd_scalar_elt_h(struct insn *o, unsigned l, unsigned k, unsigned m, unsigned h,
                                         unsigned n, unsigned d)
{
    return simd_lanes(o, 1, 1, h << 2 | l << 1 | k, m, n, d);
}

static inline bool fmt_simd_scalar_elt_s(struct insn *o, unsigned l, unsigned m, unsigned h, unsigned n,
                                         unsigned d)
{
    return simd_lanes(o, 2, 1, h << 1 | l, m, n, d);
}

static inline bool fmt_simd_wide_elt_h(struct insn *o, unsigned q, unsigned l, unsigned k, unsigned m,
                                       unsigned h, unsigned n, unsigned d)
{
    return simd_lanes(o, 1 | (q ? SIMD_UPPER : 0), 4, h << 2 | l << 1 | k, m, n, d);
}

static inline bool fmt_simd_wide_elt_s(struct insn *o, unsigned q, unsigned l, unsigned m, unsigned h,
                                       unsigned n, unsigned d)
{
    return simd_lanes(o, 2 | (q ? SIMD_UPPER : 0), 2, h << 1 | l, m, n, d);
}

/* Four bytes are one element. */
static inline bool fmt_simd_dot_elt(struct insn *o, unsigned q, unsigned l, unsigned m, unsigned h,
                                    unsigned n, unsigned d)
{
    return fmt_simd_lanes_elt_s(o, q, l, m, h, n, d);
}

/* ---- shifts by immediate ----
 *
 * The highest bit set of immh says the element size; immh:immb is esize + shift for left shifts, 2 * esize -
 * shift for right ones. Where the rows are one for each size, the leading bit is in the row and i is the
 * rest. */

/* log2 of the element's bytes */
static inline unsigned simd_immh_size(unsigned immh)
{
    return 31 - (unsigned)__builtin_clz(immh);
}

/* aux = shift, 0..esize-1 */
static inline bool fmt_simd_shl(struct insn *o, unsigned i, unsigned n, unsigned d)
{
    return fmt_simd_mind(o, 0, i, n, d);
}

/* aux = shift - 1, 0..esize-1: handlers shift twice, so that a shift by the whole width needs no case of its
 * own. */
static inline bool fmt_simd_shr(struct insn *o, unsigned i, unsigned n, unsigned d)
{
    const unsigned esize = 8u << simd_immh_size((unsigned)bits(o->raw, 22, 19));
    return fmt_simd_mind(o, 0, esize - i - 1, n, d);
}

/* aux = shift, 1..esize of the narrow element */
static inline bool fmt_simd_shrn(struct insn *o, unsigned i, unsigned n, unsigned d)
{
    const unsigned esize = 8u << simd_immh_size((unsigned)bits(o->raw, 22, 19));
    return fmt_simd_mind(o, 0, esize - i, n, d);
}

static inline bool fmt_simd_lanes_shl(struct insn *o, unsigned q, unsigned h, unsigned i, unsigned n,
                                      unsigned d)
{
    const unsigned z = simd_immh_size(h);
    return simd_lanes(o, z, simd_lane_count(q, z), (h << 3 | i) - (8u << z), 0, n, d);
}

static inline bool fmt_simd_scalar_shl(struct insn *o, unsigned h, unsigned i, unsigned n, unsigned d)
{
    const unsigned z = simd_immh_size(h);
    return simd_lanes(o, z, 1, (h << 3 | i) - (8u << z), 0, n, d);
}

static inline bool fmt_simd_narrow_shr(struct insn *o, unsigned q, unsigned h, unsigned i, unsigned n,
                                       unsigned d)
{
    const unsigned z = simd_immh_size(h);
    return simd_lanes(o, z | (q ? SIMD_UPPER : 0), 8u >> z, (16u << z) - (h << 3 | i), 0, n, d);
}

static inline bool fmt_simd_scalar_shr(struct insn *o, unsigned h, unsigned i, unsigned n, unsigned d)
{
    const unsigned z = simd_immh_size(h);
    return simd_lanes(o, z, 1, (16u << z) - (h << 3 | i), 0, n, d);
}

/* ---- permutations, copies ---- */

static inline bool fmt_simd_ext(struct insn *o, unsigned m, unsigned i, unsigned n, unsigned d)
{
    return fmt_simd_mind(o, m, i * 8, n, d);
}

static inline bool fmt_simd_ext_q(struct insn *o, unsigned m, unsigned h UNUSED, unsigned i, unsigned n,
                                  unsigned d)
{
    return fmt_simd_ext(o, m, i, n, d);
}

/* aux = index */
static inline bool fmt_simd_element(struct insn *o, unsigned i, unsigned n, unsigned d)
{
    return fmt_simd_mind(o, 0, i, n, d);
}

/* aux = index in Vd, ra = index in Vn */
static inline bool fmt_simd_ins_elt(struct insn *o, unsigned i, unsigned j, unsigned n, unsigned d)
{
    o->ra = (uint8_t)j;
    return fmt_simd_mind(o, 0, i, n, d);
}

/* To a general register. */
static inline bool fmt_simd_mov(struct insn *o, unsigned i, unsigned n, unsigned d)
{
    return fmt_simd_mind(o, 0, i, n, dst(d));
}

/* ---- modified immediates ---- */

/* AdvSIMDExpandImm() but for op = 1 with cmode = 111x and the floating-point one. */
static inline uint64_t simd_expand_imm(unsigned cmode, unsigned imm8)
{
    const uint64_t words = UINT64_C(0x0000000100000001), halfwords = UINT64_C(0x0001000100010001);
    switch (cmode >> 1) {
    case 4:
    case 5:
        return ((uint64_t)imm8 << (cmode & 2 ? 8 : 0)) * halfwords;
    case 6:
        return (cmode & 1 ? (uint64_t)imm8 << 16 | 0xffff : (uint64_t)imm8 << 8 | 0xff) * words;
    case 7:
        return imm8 * UINT64_C(0x0101010101010101);
    default:
        return ((uint64_t)imm8 << 8 * (cmode >> 1)) * words;
    }
}

static inline bool fmt_simd_movi(struct insn *o, unsigned q UNUSED, unsigned i, unsigned m, unsigned d)
{
    o->imm = simd_expand_imm(m, i);
    o->rd = (uint8_t)d;
    return true;
}

static inline bool fmt_simd_mvni(struct insn *o, unsigned q UNUSED, unsigned i, unsigned m, unsigned d)
{
    o->imm = ~simd_expand_imm(m, i);
    o->rd = (uint8_t)d;
    return true;
}

/* Each bit of imm8 is a byte. */
static inline bool fmt_simd_movi64(struct insn *o, unsigned q UNUSED, unsigned i, unsigned d)
{
    for (unsigned k = 0; k < 8; k++)
        o->imm |= bit(i, k) ? UINT64_C(0xff) << 8 * k : 0;
    o->rd = (uint8_t)d;
    return true;
}

/* ORR and BIC: cmode<0> is 1 */
static inline bool fmt_simd_orri(struct insn *o, unsigned q UNUSED, unsigned i, unsigned m, unsigned d)
{
    return fmt_simd_movi(o, q, i, m << 1, d);
}

/* ---- loads and stores: rd is the register ---- */

static inline bool simd_ldst(struct insn *o, int64_t imm, unsigned n, unsigned t)
{
    o->imm = (uint64_t)imm;
    o->rn = (uint8_t)n;
    o->rd = (uint8_t)t;
    return true;
}

static inline bool fmt_simd_ldr_lit(struct insn *o, unsigned z UNUSED, unsigned i, unsigned t)
{
    return simd_ldst(o, sign_extend(i, 19) * 4, 0, t);
}

static inline bool fmt_simd_off(struct insn *o, unsigned z, unsigned op UNUSED, unsigned i, unsigned n,
                                unsigned t)
{
    return simd_ldst(o, (int64_t)i << z, n, t);
}

static inline bool fmt_simd_off_q(struct insn *o, unsigned op UNUSED, unsigned i, unsigned n, unsigned t)
{
    return simd_ldst(o, (int64_t)i << 4, n, t);
}

static inline bool fmt_simd_off_sp(struct insn *o, unsigned z, unsigned op UNUSED, unsigned i, unsigned t)
{
    return simd_ldst(o, (int64_t)i << z, REG_SP, t);
}

static inline bool fmt_simd_off_q_sp(struct insn *o, unsigned op UNUSED, unsigned i, unsigned t)
{
    return simd_ldst(o, (int64_t)i << 4, REG_SP, t);
}

static inline bool fmt_simd_un(struct insn *o, unsigned z UNUSED, unsigned op UNUSED, unsigned i, unsigned n,
                               unsigned t)
{
    return simd_ldst(o, sign_extend(i, 9), reg_or_sp(n), t);
}

static inline bool fmt_simd_un_q(struct insn *o, unsigned op UNUSED, unsigned i, unsigned n, unsigned t)
{
    return simd_ldst(o, sign_extend(i, 9), reg_or_sp(n), t);
}

static inline bool fmt_simd_un_sp(struct insn *o, unsigned z UNUSED, unsigned op UNUSED, unsigned i,
                                  unsigned t)
{
    return simd_ldst(o, sign_extend(i, 9), REG_SP, t);
}

static inline bool fmt_simd_un_q_sp(struct insn *o, unsigned op UNUSED, unsigned i, unsigned t)
{
    return simd_ldst(o, sign_extend(i, 9), REG_SP, t);
}

/* aux = shift of the offset register */
static inline bool fmt_simd_reg(struct insn *o, unsigned z, unsigned op UNUSED, unsigned m, unsigned x UNUSED,
                                unsigned s, unsigned n, unsigned t)
{
    o->rm = (uint8_t)m;
    o->aux = (uint8_t)(s ? z : 0);
    return simd_ldst(o, 0, reg_or_sp(n), t);
}

static inline bool fmt_simd_reg_q(struct insn *o, unsigned op, unsigned m, unsigned x, unsigned s, unsigned n,
                                  unsigned t)
{
    return fmt_simd_reg(o, 4, op, m, x, s, n, t);
}

/* ra is the second register. */
static inline bool fmt_simd_pair(struct insn *o, unsigned z, unsigned l UNUSED, unsigned i, unsigned u,
                                 unsigned n, unsigned t)
{
    o->ra = (uint8_t)u;
    return simd_ldst(o, sign_extend(i, 7) * (4 << z), reg_or_sp(n), t);
}

static inline bool fmt_simd_pair_sp(struct insn *o, unsigned z, unsigned l, unsigned i, unsigned u,
                                    unsigned t)
{
    return fmt_simd_pair(o, z, l, i, u, 31, t);
}

/* ---- structures: the base becomes base + Xrm + imm, both nothing without post-index ----
 *
 * m is the post-index bit and Rm: Rm = 31 adds the number of bytes, and without post-index Rm must be 0. */

static inline bool simd_structures(struct insn *o, unsigned m, unsigned bytes, unsigned n, unsigned t)
{
    const bool post = bit(m, 5);
    simd_ldst(o, post && (m & 31) == 31 ? bytes : 0, reg_or_sp(n), t);
    o->rm = (uint8_t)(post ? m & 31 : REG_ZR);
    return post || m == 0;
}

/* aux = log2 of the element's bytes, ra = number of registers */
static inline bool fmt_simd_multiple1(struct insn *o, unsigned q, unsigned m, unsigned l UNUSED, unsigned z,
                                      unsigned n, unsigned t)
{
    static const uint8_t registers[16] = {[0] = 4, [2] = 4, [4] = 3, [6] = 3, [7] = 1, [8] = 2, [10] = 2};
    o->aux = (uint8_t)z;
    o->ra = registers[bits(o->raw, 15, 12)];
    return simd_structures(o, m, o->ra * (8u << q), n, t);
}

static inline bool fmt_simd_multiple(struct insn *o, unsigned q, unsigned m, unsigned l, unsigned z,
                                     unsigned n, unsigned t)
{
    return fmt_simd_multiple1(o, q, m, l, z, n, t) && !(z == 3 && q == 0);
}

/* aux = lane */
static inline bool simd_single(struct insn *o, unsigned m, unsigned lane, unsigned z, unsigned n, unsigned t)
{
    const unsigned selem = (unsigned)(bits(o->raw, 13, 13) << 1 | bits(o->raw, 21, 21)) + 1;
    o->aux = (uint8_t)lane;
    return simd_structures(o, m, selem << z, n, t);
}

static inline bool fmt_simd_lane_b(struct insn *o, unsigned q, unsigned m, unsigned l UNUSED, unsigned s,
                                   unsigned z, unsigned n, unsigned t)
{
    return simd_single(o, m, q << 3 | s << 2 | z, 0, n, t);
}

static inline bool fmt_simd_lane_h(struct insn *o, unsigned q, unsigned m, unsigned l UNUSED, unsigned s,
                                   unsigned z, unsigned n, unsigned t)
{
    return simd_single(o, m, q << 2 | s << 1 | z, 1, n, t);
}

static inline bool fmt_simd_lane_s(struct insn *o, unsigned q, unsigned m, unsigned l UNUSED, unsigned s,
                                   unsigned n, unsigned t)
{
    return simd_single(o, m, q << 1 | s, 2, n, t);
}

static inline bool fmt_simd_lane_d(struct insn *o, unsigned q, unsigned m, unsigned l UNUSED, unsigned n,
                                   unsigned t)
{
    return simd_single(o, m, q, 3, n, t);
}

static inline bool fmt_simd_lane_ordered(struct insn *o, unsigned q, unsigned l UNUSED, unsigned n,
                                         unsigned t)
{
    o->aux = (uint8_t)q;
    return simd_ldst(o, 0, reg_or_sp(n), t);
}

/* aux = Q */
static inline bool fmt_simd_replicate(struct insn *o, unsigned q, unsigned m, unsigned z, unsigned n,
                                      unsigned t)
{
    return simd_single(o, m, q, z, n, t);
}

#endif
