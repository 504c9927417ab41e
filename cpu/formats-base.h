/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Operands of the base instructions: one function for each format named in a64-base.decode. A format gets its
 * row's fields in the order in which their letters appear, expands immediates, and returns false where the
 * encoding is UNDEFINED (Arm ARM C6.2, the "Decode" pseudocode of each instruction). Register 31 is XZR, SP
 * or a discarded result by role: plain number, reg_or_sp(), dst().
 */
#ifndef EL2SIM_CPU_FORMATS_BASE_H
#define EL2SIM_CPU_FORMATS_BASE_H

#include "base/bits.h"
#include "base/compiler.h"
#include "cpu/insn.h"
#include "sysregs/sysreg.h"

/* The condition as a set: bit NZCV says whether it holds for these flags. ConditionHolds() without branches.
 */
static inline unsigned cond_set(unsigned cond)
{
    static const uint16_t sets[8] = {0xf0f0, 0xcccc, 0xff00, 0xaaaa, 0x0c0c, 0xaa55, 0x0a05, 0xffff};
    unsigned set = sets[cond >> 1 & 7];
    return (cond & 1) && (cond >> 1) != 7 ? ~set & 0xffff : set;
}

/* DecodeBitMasks(): false for a reserved value. For bitfields (`immediate` false) wmask and tmask are wanted.
 */
static inline bool decode_bit_masks(unsigned n, unsigned imms, unsigned immr, bool immediate, unsigned width,
                                    uint64_t *wmask, uint64_t *tmask)
{
    unsigned v = n << 6 | (~imms & 0x3f);
    if (v < 2)
        return false;
    unsigned len = 31 - (unsigned)__builtin_clz(v), esize = 1u << len, levels = esize - 1;
    if (esize > width || (immediate && (imms & levels) == levels))
        return false;
    unsigned s = imms & levels, r = immr & levels, d = (s - r) & levels;
    uint64_t w = ror_width(ones(s + 1), r, esize), t = ones(d + 1);
    for (unsigned k = esize; k < width; k *= 2) {
        w |= w << k;
        t |= t << k;
    }
    *wmask = w;
    *tmask = t;
    return true;
}

/* ---- data processing, immediate ---- */

static inline bool fmt_adr(struct insn *o, unsigned l, unsigned h, unsigned d)
{
    o->imm = (uint64_t)sign_extend(h << 2 | l, 21);
    o->rd = dst(d);
    return true;
}

static inline bool fmt_adrp(struct insn *o, unsigned l, unsigned h, unsigned d)
{
    o->imm = (uint64_t)sign_extend(h << 2 | l, 21) << 12;
    o->rd = dst(d);
    return true;
}

static inline bool fmt_addsubs_imm(struct insn *o, unsigned s UNUSED, unsigned op UNUSED, unsigned h,
                                   unsigned i, unsigned n, unsigned d)
{
    o->imm = (uint64_t)i << (h ? 12 : 0);
    o->rn = reg_or_sp(n);
    o->rd = dst(d);
    return true;
}

static inline bool fmt_addsub_imm(struct insn *o, unsigned s, unsigned op, unsigned h, unsigned i, unsigned n,
                                  unsigned d)
{
    fmt_addsubs_imm(o, s, op, h, i, n, d);
    o->rd = reg_or_sp(d);
    return true;
}

/* SMAX and SMIN have a signed immediate, UMAX and UMIN an unsigned one. */
static inline bool fmt_minmax_imm(struct insn *o, unsigned s UNUSED, unsigned op, unsigned i, unsigned n,
                                  unsigned d)
{
    o->imm = (op & 1) ? i : (uint64_t)sign_extend(i, 8);
    o->rn = n;
    o->rd = dst(d);
    return true;
}

static inline bool fmt_logics_imm(struct insn *o, unsigned s, unsigned k, unsigned immr, unsigned imms,
                                  unsigned n, unsigned d)
{
    uint64_t tmask;
    o->rn = n;
    o->rd = dst(d);
    return (s || !k) && decode_bit_masks(k, imms, immr, true, s ? 64 : 32, &o->imm, &tmask);
}

static inline bool fmt_logic_imm(struct insn *o, unsigned s, unsigned op UNUSED, unsigned k, unsigned immr,
                                 unsigned imms, unsigned n, unsigned d)
{
    bool ok = fmt_logics_imm(o, s, k, immr, imms, n, d);
    o->rd = reg_or_sp(d);
    return ok;
}

static inline bool fmt_movz(struct insn *o, unsigned s, unsigned h, unsigned i, unsigned d)
{
    o->imm = (uint64_t)i << (16 * h);
    o->rd = dst(d);
    return s || h < 2;
}

static inline bool fmt_movn(struct insn *o, unsigned s, unsigned h, unsigned i, unsigned d)
{
    bool ok = fmt_movz(o, s, h, i, d);
    o->imm = s ? ~o->imm : (uint32_t)~o->imm;
    return ok;
}

static inline bool fmt_movk(struct insn *o, unsigned s, unsigned h, unsigned i, unsigned d)
{
    o->aux = 16 * h;
    return fmt_movz(o, s, h, i, d);
}

/* N and the positions must fit the register size. */
static inline bool bitfield_exists(unsigned s, unsigned k, unsigned immr, unsigned imms)
{
    return s ? k == 1 : k == 0 && immr < 32 && imms < 32;
}

/* Both moves of a bitfield are a shift left by aux, which drops the bits above the field, and a shift right
 * by ra. */
static inline bool bitfield_shifts(struct insn *o, unsigned s, unsigned k, unsigned immr, unsigned imms,
                                   unsigned n, unsigned d)
{
    unsigned width = s ? 64 : 32;
    o->rn = n;
    o->rd = dst(d);
    o->aux = 63 - imms;
    o->ra = imms >= immr ? 63 - imms + immr : 63 - imms - (width - immr);
    return bitfield_exists(s, k, immr, imms);
}

static inline bool fmt_ubfm(struct insn *o, unsigned s, unsigned k, unsigned immr, unsigned imms, unsigned n,
                            unsigned d)
{
    bool ok = bitfield_shifts(o, s, k, immr, imms, n, d);
    if (ok && o->ra == 0 && s)
        o->op = OP_LSL_imm;
    else if (ok && o->aux == 0)
        o->op = OP_LSR_imm;
    else if (ok && immr == 0) {
        o->op = OP_AND_imm64;
        o->imm = ones(imms + 1);
    }
    return ok;
}

static inline bool fmt_sbfm(struct insn *o, unsigned s, unsigned k, unsigned immr, unsigned imms, unsigned n,
                            unsigned d)
{
    bool ok = bitfield_shifts(o, s, k, immr, imms, n, d);
    if (ok && s && o->aux == 0)
        o->op = OP_ASR_imm;
    else if (ok && s && immr == 0 && imms == 31)
        o->op = OP_SXTW;
    return ok;
}

/* The field's mask, and the rotation that brings the source there. */
static inline bool fmt_bfm(struct insn *o, unsigned s, unsigned k, unsigned immr, unsigned imms, unsigned n,
                           unsigned d)
{
    uint64_t wmask, tmask;
    o->rn = n;
    o->rd = dst(d);
    o->ra = d;
    o->aux = immr;
    if (!bitfield_exists(s, k, immr, imms) ||
        !decode_bit_masks(k, imms, immr, false, s ? 64 : 32, &wmask, &tmask))
        return false;
    o->imm = wmask & tmask;
    return true;
}

static inline bool fmt_extr(struct insn *o, unsigned s, unsigned k, unsigned m, unsigned i, unsigned n,
                            unsigned d)
{
    o->rn = n;
    o->rm = m;
    o->rd = dst(d);
    o->aux = i;
    if (n == m)
        o->op = s ? OP_ROR_imm64 : OP_ROR_imm32;
    return k == s && (s || i < 32);
}

/* ---- branches, exception generation ---- */

static inline bool fmt_b(struct insn *o, unsigned i)
{
    o->imm = (uint64_t)(sign_extend(i, 26) * 4);
    return true;
}

static inline bool fmt_bcond_al(struct insn *o, unsigned i)
{
    o->imm = (uint64_t)(sign_extend(i, 19) * 4);
    return true;
}

static inline bool fmt_bcond(struct insn *o, unsigned i, unsigned c UNUSED)
{
    return fmt_bcond_al(o, i);
}

static inline bool fmt_cbz(struct insn *o, unsigned s UNUSED, unsigned op UNUSED, unsigned i, unsigned t)
{
    o->rn = t;
    return fmt_bcond_al(o, i);
}

static inline bool fmt_tbz(struct insn *o, unsigned b, unsigned op UNUSED, unsigned i, unsigned t)
{
    o->rn = t;
    o->aux = b;
    o->imm = (uint64_t)(sign_extend(i, 14) * 4);
    return true;
}

static inline bool fmt_br(struct insn *o, unsigned n)
{
    o->rn = n;
    return true;
}

static inline bool fmt_br_auth(struct insn *o, unsigned k UNUSED, unsigned n, unsigned m)
{
    o->rn = n;
    o->rm = reg_or_sp(m);
    return true;
}

static inline bool fmt_br_authz(struct insn *o, unsigned k UNUSED, unsigned n)
{
    o->rn = n;
    o->rm = REG_ZR;
    return true;
}

static inline bool fmt_imm16(struct insn *o, unsigned i)
{
    o->imm = i;
    return true;
}

/* ---- system ---- */

static inline bool fmt_wfxt(struct insn *o, unsigned t)
{
    o->rd = t;
    return true;
}

static inline bool fmt_msr_imm(struct insn *o, unsigned m UNUSED)
{
    o->imm = bits(o->raw, 11, 8);
    o->aux = bits(o->raw, 18, 16) << 3 | bits(o->raw, 7, 5);
    return true;
}

static inline bool fmt_sys(struct insn *o, unsigned op1, unsigned crn, unsigned crm, unsigned op2, unsigned t)
{
    o->imm = sysreg_find(1, op1, crn, crm, op2);
    o->rn = t;
    return true;
}

static inline bool fmt_sysl(struct insn *o, unsigned op1, unsigned crn, unsigned crm, unsigned op2,
                            unsigned t)
{
    o->imm = sysreg_find(1, op1, crn, crm, op2);
    o->rd = dst(t);
    o->aux = 1;
    return true;
}

static inline bool fmt_msr(struct insn *o, unsigned o0, unsigned op1, unsigned crn, unsigned crm,
                           unsigned op2, unsigned t)
{
    o->imm = sysreg_find(2 + o0, op1, crn, crm, op2);
    o->rn = t;
    return true;
}

/* A few registers have bodies of their own, and the rest one for what needs no unit. */
static inline bool fmt_mrs(struct insn *o, unsigned o0, unsigned op1, unsigned crn, unsigned crm,
                           unsigned op2, unsigned t)
{
    o->imm = sysreg_find(2 + o0, op1, crn, crm, op2);
    o->rd = dst(t);
    if (o->imm == SR_SP_EL0)
        o->op = OP_MRS_SP_EL0;
    else if (o->imm == SR_DAIF)
        o->op = OP_MRS_DAIF;
    else if (o->imm == SR_NZCV)
        o->op = OP_MRS_NZCV;
    else if (o->imm == SR_NONE)
        o->op = OP_MRS_unallocated;
    return true;
}

/* ---- data processing, register ---- */

static inline bool fmt_alu1(struct insn *o, unsigned s UNUSED, unsigned n, unsigned d)
{
    o->rn = n;
    o->rd = dst(d);
    return true;
}

static inline bool fmt_rrr(struct insn *o, unsigned s UNUSED, unsigned m, unsigned n, unsigned d)
{
    o->rm = m;
    o->rn = n;
    o->rd = dst(d);
    return true;
}

static inline bool fmt_mov_reg(struct insn *o, unsigned s, unsigned m, unsigned d)
{
    return fmt_rrr(o, s, m, REG_ZR, d);
}

static inline bool fmt_alu_reg(struct insn *o, unsigned s, unsigned op UNUSED, unsigned m, unsigned n,
                               unsigned d)
{
    return fmt_rrr(o, s, m, n, d);
}

static inline bool fmt_alu_shift(struct insn *o, unsigned s, unsigned op UNUSED, unsigned m, unsigned i,
                                 unsigned n, unsigned d)
{
    o->aux = i;
    return fmt_rrr(o, s, m, n, d) && (s || i < 32);
}

static inline bool fmt_alu_shift2(struct insn *o, unsigned s, unsigned op, unsigned t UNUSED, unsigned m,
                                  unsigned i, unsigned n, unsigned d)
{
    return fmt_alu_shift(o, s, op, m, i, n, d);
}

/* ExtendReg() as a shift left by aux and a shift right by ra: arithmetic or not is the op's choice. */
static inline bool fmt_addsubs_ext(struct insn *o, unsigned s UNUSED, unsigned op UNUSED, unsigned m,
                                   unsigned x UNUSED, unsigned e, unsigned i, unsigned n, unsigned d)
{
    unsigned len = 8u << e;
    o->rm = m;
    o->rn = reg_or_sp(n);
    o->rd = dst(d);
    o->aux = len == 64 ? i : 64 - len;
    o->ra = len == 64 ? 0 : 64 - len - i;
    return i <= 4;
}

static inline bool fmt_addsub_ext(struct insn *o, unsigned s, unsigned op, unsigned m, unsigned x, unsigned e,
                                  unsigned i, unsigned n, unsigned d)
{
    bool ok = fmt_addsubs_ext(o, s, op, m, x, e, i, n, d);
    o->rd = reg_or_sp(d);
    return ok;
}

/* imm: NZCV bits that change; aux: the rotation. */
static inline bool fmt_rmif(struct insn *o, unsigned i, unsigned n, unsigned m)
{
    o->rn = n;
    o->aux = i;
    o->imm = m;
    return true;
}

static inline bool fmt_setf(struct insn *o, unsigned z UNUSED, unsigned n)
{
    o->rn = n;
    return true;
}

/* imm: the second operand, and the condition's set from bit 16; aux: NZCV if it doesn't hold. */
static inline bool fmt_ccmp_imm(struct insn *o, unsigned s UNUSED, unsigned op UNUSED, unsigned i, unsigned c,
                                unsigned n, unsigned v)
{
    o->rn = n;
    o->aux = v;
    o->imm = (uint64_t)cond_set(c) << 16 | i;
    return true;
}

static inline bool fmt_ccmp_reg(struct insn *o, unsigned s, unsigned op, unsigned m, unsigned c, unsigned n,
                                unsigned v)
{
    o->rm = m;
    return fmt_ccmp_imm(o, s, op, 0, c, n, v);
}

/* An inverted condition is the other one with the operands swapped; "never" is "always", too. */
static inline bool fmt_csel(struct insn *o, unsigned s UNUSED, unsigned m, unsigned c, unsigned i, unsigned n,
                            unsigned d)
{
    bool swap = i && c != 7;
    o->rn = swap ? m : n;
    o->rm = swap ? n : m;
    o->rd = dst(d);
    return true;
}

static inline bool fmt_csinc(struct insn *o, unsigned s, unsigned m, unsigned c UNUSED, unsigned n,
                             unsigned d)
{
    return fmt_rrr(o, s, m, n, d);
}

static inline bool fmt_csinv(struct insn *o, unsigned s, unsigned m, unsigned c, unsigned op UNUSED,
                             unsigned n, unsigned d)
{
    o->imm = (uint64_t)cond_set(c) << 16;
    return fmt_rrr(o, s, m, n, d);
}

static inline bool fmt_alu2(struct insn *o, unsigned s, unsigned m, unsigned op UNUSED, unsigned n,
                            unsigned d)
{
    return fmt_rrr(o, s, m, n, d);
}

static inline bool fmt_crc32(struct insn *o, unsigned m, unsigned c UNUSED, unsigned z UNUSED, unsigned n,
                             unsigned d)
{
    return fmt_rrr(o, 0, m, n, d);
}

static inline bool fmt_crc32x(struct insn *o, unsigned m, unsigned c UNUSED, unsigned n, unsigned d)
{
    return fmt_rrr(o, 0, m, n, d);
}

static inline bool fmt_madd(struct insn *o, unsigned s, unsigned m, unsigned op UNUSED, unsigned a,
                            unsigned n, unsigned d)
{
    o->ra = a;
    return fmt_rrr(o, s, m, n, d);
}

static inline bool fmt_maddl(struct insn *o, unsigned u, unsigned m, unsigned op, unsigned a, unsigned n,
                             unsigned d)
{
    return fmt_madd(o, u, m, op, a, n, d);
}

static inline bool fmt_mulh(struct insn *o, unsigned u, unsigned m, unsigned n, unsigned d)
{
    return fmt_rrr(o, u, m, n, d);
}

static inline bool fmt_pacga(struct insn *o, unsigned m, unsigned n, unsigned d)
{
    fmt_rrr(o, 1, m, n, d);
    o->rm = reg_or_sp(m);
    return true;
}

/* ra: the pointer that is signed, authenticated or stripped; rd: where it goes; rm: the modifier. */
static inline bool fmt_pac(struct insn *o, unsigned k UNUSED, unsigned n, unsigned d)
{
    o->ra = d;
    o->rd = dst(d);
    o->rm = reg_or_sp(n);
    return true;
}

static inline bool fmt_pacz(struct insn *o, unsigned k UNUSED, unsigned d)
{
    o->ra = d;
    o->rd = dst(d);
    o->rm = REG_ZR;
    return true;
}

/* ---- loads and stores of one register: rd is Rt for both, XZR by role ---- */

static inline bool ldst_operands(struct insn *o, bool load, int64_t imm, unsigned n, unsigned t)
{
    o->imm = (uint64_t)imm;
    o->rn = n;
    o->rd = load ? dst(t) : t;
    return true;
}

static inline bool fmt_ldr_lit(struct insn *o, unsigned z UNUSED, unsigned i, unsigned t)
{
    return ldst_operands(o, true, sign_extend(i, 19) * 4, 0, t);
}

static inline bool fmt_ldst_off(struct insn *o, unsigned z, unsigned op, unsigned i, unsigned n, unsigned t)
{
    return ldst_operands(o, op, (int64_t)i << z, n, t);
}

static inline bool fmt_ldrs_off(struct insn *o, unsigned z, unsigned i, unsigned n, unsigned t)
{
    return ldst_operands(o, true, (int64_t)i << z, n, t);
}

static inline bool fmt_ldst_off_sp(struct insn *o, unsigned z, unsigned op, unsigned i, unsigned t)
{
    return ldst_operands(o, op, (int64_t)i << z, REG_SP, t);
}

static inline bool fmt_ldrs_off_sp(struct insn *o, unsigned z, unsigned i, unsigned t)
{
    return ldst_operands(o, true, (int64_t)i << z, REG_SP, t);
}

/* Unscaled offset; base may be SP. */
static inline bool fmt_ldst_un(struct insn *o, unsigned z UNUSED, unsigned op, unsigned i, unsigned n,
                               unsigned t)
{
    return ldst_operands(o, op, sign_extend(i, 9), reg_or_sp(n), t);
}

static inline bool fmt_ldrs_un(struct insn *o, unsigned z UNUSED, unsigned i, unsigned n, unsigned t)
{
    return ldst_operands(o, true, sign_extend(i, 9), reg_or_sp(n), t);
}

static inline bool fmt_ldst_un_sp(struct insn *o, unsigned z UNUSED, unsigned op, unsigned i, unsigned t)
{
    return ldst_operands(o, op, sign_extend(i, 9), REG_SP, t);
}

static inline bool fmt_ldrs_un_sp(struct insn *o, unsigned z UNUSED, unsigned i, unsigned t)
{
    return ldst_operands(o, true, sign_extend(i, 9), REG_SP, t);
}

static inline bool fmt_ldst_reg(struct insn *o, unsigned z, unsigned op, unsigned m, unsigned x UNUSED,
                                unsigned s, unsigned n, unsigned t)
{
    o->rm = m;
    o->aux = s ? z : 0;
    return ldst_operands(o, op, 0, reg_or_sp(n), t);
}

static inline bool fmt_ldrs_reg(struct insn *o, unsigned z, unsigned m, unsigned x, unsigned s, unsigned n,
                                unsigned t)
{
    return fmt_ldst_reg(o, z, 1, m, x, s, n, t);
}

static inline bool fmt_ldra(struct insn *o, unsigned k UNUSED, unsigned i, unsigned n, unsigned t)
{
    return ldst_operands(o, true, sign_extend(i, 10) * 8, reg_or_sp(n), t);
}

/* ---- FEAT_MTE: offsets count granules of 16 bytes ---- */

static inline bool fmt_addg(struct insn *o, unsigned op UNUSED, unsigned i, unsigned t, unsigned n,
                            unsigned d)
{
    o->imm = (uint64_t)i * 16;
    o->aux = t;
    o->rn = reg_or_sp(n);
    o->rd = reg_or_sp(d);
    return true;
}

static inline bool fmt_subp(struct insn *o, unsigned s UNUSED, unsigned m, unsigned n, unsigned d)
{
    o->rm = reg_or_sp(m);
    o->rn = reg_or_sp(n);
    o->rd = dst(d);
    return true;
}

static inline bool fmt_irg(struct insn *o, unsigned m, unsigned n, unsigned d)
{
    o->rm = m;
    o->rn = reg_or_sp(n);
    o->rd = reg_or_sp(d);
    return true;
}

static inline bool fmt_gmi(struct insn *o, unsigned m, unsigned n, unsigned d)
{
    fmt_irg(o, m, n, d);
    o->rd = dst(d);
    return true;
}

/* The register whose tag is stored may be SP. */
static inline bool fmt_stg(struct insn *o, unsigned z UNUSED, unsigned i, unsigned x UNUSED, unsigned n,
                           unsigned t)
{
    return ldst_operands(o, false, sign_extend(i, 9) * 16, reg_or_sp(n), reg_or_sp(t));
}

static inline bool fmt_ldg(struct insn *o, unsigned i, unsigned n, unsigned t)
{
    return ldst_operands(o, true, sign_extend(i, 9) * 16, reg_or_sp(n), t);
}

static inline bool fmt_stgm(struct insn *o, unsigned n, unsigned t)
{
    return ldst_operands(o, false, 0, reg_or_sp(n), t);
}

static inline bool fmt_ldgm(struct insn *o, unsigned n, unsigned t)
{
    return ldst_operands(o, true, 0, reg_or_sp(n), t);
}

static inline bool fmt_stgp(struct insn *o, unsigned i, unsigned u, unsigned n, unsigned t)
{
    o->ra = u;
    return ldst_operands(o, false, sign_extend(i, 7) * 16, reg_or_sp(n), t);
}

/* ---- pairs: rd and ra are the registers ---- */

static inline bool fmt_pair(struct insn *o, unsigned s, unsigned l, unsigned i, unsigned u, unsigned n,
                            unsigned t)
{
    o->ra = l ? dst(u) : u;
    return ldst_operands(o, l, sign_extend(i, 7) * (s ? 8 : 4), n, t);
}

static inline bool fmt_pair_sp(struct insn *o, unsigned s, unsigned l, unsigned i, unsigned u, unsigned t)
{
    return fmt_pair(o, s, l, i, u, REG_SP, t);
}

static inline bool fmt_ldpsw(struct insn *o, unsigned i, unsigned u, unsigned n, unsigned t)
{
    return fmt_pair(o, 0, 1, i, u, n, t);
}

static inline bool fmt_ldpsw_sp(struct insn *o, unsigned i, unsigned u, unsigned t)
{
    return fmt_pair(o, 0, 1, i, u, REG_SP, t);
}

/* ---- ordered, exclusive, atomic ---- */

static inline bool fmt_ordered(struct insn *o, unsigned z UNUSED, unsigned n, unsigned t)
{
    bool load = bit(o->raw, 22) || bit(o->raw, 29); /* LDAR; LDAPR has its own encoding */
    return ldst_operands(o, load, 0, reg_or_sp(n), t);
}

static inline bool fmt_ordered_un(struct insn *o, unsigned z UNUSED, unsigned i, unsigned n, unsigned t)
{
    bool load = bits(o->raw, 23, 22) != 0;
    return ldst_operands(o, load, sign_extend(i, 9), reg_or_sp(n), t);
}

/* LDAPR post-index, STLR pre-index: by the size of the register. */
static inline bool fmt_ordered_wb(struct insn *o, unsigned z, unsigned n, unsigned t)
{
    bool load = bit(o->raw, 22);
    int64_t size = z ? 8 : 4;
    return ldst_operands(o, load, load ? size : -size, reg_or_sp(n), t);
}

/* LDIAPP, STILP: post- and pre-index by the size of the pair, or without (i). */
static inline bool fmt_ordered_pair(struct insn *o, unsigned z, unsigned u, unsigned i, unsigned n,
                                    unsigned t)
{
    bool load = bit(o->raw, 22);
    int64_t size = i ? 0 : z ? 16 : 8;
    o->ra = load ? dst(u) : u;
    return ldst_operands(o, load, load ? size : -size, reg_or_sp(n), t);
}

/* rm, ra: what is stored; rd: status; aux: release. */
static inline bool fmt_stxp(struct insn *o, unsigned z UNUSED, unsigned s, unsigned a, unsigned u, unsigned n,
                            unsigned t)
{
    o->rm = t;
    o->ra = u;
    o->aux = a;
    return ldst_operands(o, true, 0, reg_or_sp(n), s);
}

static inline bool fmt_stxr(struct insn *o, unsigned z, unsigned s, unsigned a, unsigned n, unsigned t)
{
    return fmt_stxp(o, z, s, a, REG_ZR, n, t);
}

static inline bool fmt_ldxp(struct insn *o, unsigned z UNUSED, unsigned a, unsigned u, unsigned n, unsigned t)
{
    o->ra = dst(u);
    o->aux = a;
    return ldst_operands(o, true, 0, reg_or_sp(n), t);
}

static inline bool fmt_ldxr(struct insn *o, unsigned z, unsigned a, unsigned n, unsigned t)
{
    return fmt_ldxp(o, z, a, 31, n, t);
}

/* rd: the old value's register; rm: operand or new value. */
static inline bool fmt_swp(struct insn *o, unsigned z UNUSED, unsigned a UNUSED, unsigned r UNUSED,
                           unsigned s, unsigned n, unsigned t)
{
    o->rm = s;
    return ldst_operands(o, true, 0, reg_or_sp(n), t);
}

static inline bool fmt_rmw(struct insn *o, unsigned z, unsigned a, unsigned r, unsigned s, unsigned op UNUSED,
                           unsigned n, unsigned t)
{
    return fmt_swp(o, z, a, r, s, n, t);
}

/* rd, ra: the operand's halves, and where the old value's go. */
static inline bool fmt_rmw128(struct insn *o, unsigned a UNUSED, unsigned r UNUSED, unsigned u, unsigned n,
                              unsigned t)
{
    o->ra = u;
    return ldst_operands(o, true, 0, reg_or_sp(n), t) && t != 31 && u != 31;
}

/* ra: what is compared with (Ws as source), rd: Ws as destination, rm: the new value. */
static inline bool fmt_cas(struct insn *o, unsigned z UNUSED, unsigned a UNUSED, unsigned s,
                           unsigned r UNUSED, unsigned n, unsigned t)
{
    o->ra = s;
    o->rm = t;
    return ldst_operands(o, true, 0, reg_or_sp(n), s);
}

static inline bool fmt_casp(struct insn *o, unsigned z, unsigned a, unsigned s, unsigned r, unsigned n,
                            unsigned t)
{
    fmt_cas(o, z, a, s, r, n, t);
    return !(s & 1) && !(t & 1);
}

/* ---- memory copy and set: aux is the stage. What is CONSTRAINED UNPREDICTABLE is UNDEFINED ---- */

static inline bool fmt_mops_set(struct insn *o, unsigned s, unsigned p, unsigned op UNUSED, unsigned n,
                                unsigned d)
{
    o->rd = d;
    o->rn = n;
    o->rm = s;
    o->aux = p;
    return d != 31 && n != 31 && s != n && s != d && n != d;
}

static inline bool fmt_mops_cpy(struct insn *o, unsigned p, unsigned s, unsigned op, unsigned n, unsigned d)
{
    return fmt_mops_set(o, s, p, op, n, d) && s != 31;
}

#endif
