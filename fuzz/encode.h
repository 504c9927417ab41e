/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A64 instructions as words: the few that the generator of programs composes. Operands are taken as they are:
 * what doesn't fit its field is an error of the caller. Arm ARM DDI 0487, C4.1.
 */
#ifndef EL2SIM_FUZZ_ENCODE_H
#define EL2SIM_FUZZ_ENCODE_H

#include <stdint.h>

enum {
    INSN_NOP = 0xd503201f,
    INSN_ERET = 0xd69f03e0,
    INSN_ISB = 0xd5033fdf,
    INSN_DSB_ISH = 0xd5033b9f,
    INSN_DSB_SY = 0xd5033f9f,
    INSN_WFI = 0xd503207f,
    XZR = 31,
    SP = 31
};

/* MOVZ, MOVK Xd, #v, LSL #16*shift; MOVN: the complement. */
static inline uint32_t insn_movz(unsigned rd, unsigned v, unsigned shift)
{
    return 0xd2800000 | shift << 21 | v << 5 | rd;
}

static inline uint32_t insn_movk(unsigned rd, unsigned v, unsigned shift)
{
    return 0xf2800000 | shift << 21 | v << 5 | rd;
}

static inline uint32_t insn_movn(unsigned rd, unsigned v, unsigned shift)
{
    return 0x92800000 | shift << 21 | v << 5 | rd;
}

/* ADD Xd|SP, Xn|SP, #v */
static inline uint32_t insn_add_imm(unsigned rd, unsigned rn, unsigned v)
{
    return 0x91000000 | v << 10 | rn << 5 | rd;
}

/* BFC Xd, #low, #width */
static inline uint32_t insn_clear_bits(unsigned rd, unsigned low, unsigned width)
{
    return 0xb3400000 | ((64 - low) & 63) << 16 | (width - 1) << 10 | XZR << 5 | rd;
}

/* encoding: op0:op1:CRn:CRm:op2, bits 20 to 5 of the instruction. SYS and SYSL are MSR and MRS with op0=1. */
static inline uint32_t insn_mrs(unsigned rt, unsigned encoding)
{
    return 0xd5200000 | encoding << 5 | rt;
}

static inline uint32_t insn_msr(unsigned rt, unsigned encoding)
{
    return 0xd5000000 | encoding << 5 | rt;
}

/* MSR <pstatefield>, #v */
static inline uint32_t insn_msr_imm(unsigned op1, unsigned op2, unsigned v)
{
    return 0xd500401f | op1 << 16 | v << 8 | op2 << 5;
}

enum exception_insn {
    INSN_SVC = 0xd4000001,
    INSN_HVC = 0xd4000002,
    INSN_SMC = 0xd4000003,
    INSN_BRK = 0xd4200000
};

static inline uint32_t insn_exception(enum exception_insn which, unsigned imm)
{
    return (uint32_t)which | imm << 5;
}

/* LDR/STR and so on, unsigned offset; size: log2 of the bytes; opc: 0 store, 1 load, 2 and 3 load signed. The
 * offset is scaled. */
static inline uint32_t insn_ldst_offset(unsigned size, unsigned opc, unsigned rt, unsigned rn,
                                        unsigned scaled)
{
    return 0x39000000 | size << 30 | opc << 22 | scaled << 10 | rn << 5 | rt;
}

enum ldst9_form { LDST_UNSCALED, LDST_POST, LDST_UNPRIV, LDST_PRE };

/* LDUR/STUR, post-index, LDTR/STTR, pre-index. */
static inline uint32_t insn_ldst9(unsigned size, unsigned opc, enum ldst9_form form, unsigned rt, unsigned rn,
                                  int offset)
{
    return 0x38000000 | size << 30 | opc << 22 | ((unsigned)offset & 0x1ff) << 12 | (unsigned)form << 10 |
           rn << 5 | rt;
}

/* LDP/STP: opc 0 32-bit, 1 LDPSW, 2 64-bit; form 1 post-index, 2 offset, 3 pre-index; offset scaled. */
static inline uint32_t insn_ldstp(unsigned opc, unsigned form, unsigned load, unsigned rt, unsigned rt2,
                                  unsigned rn, int scaled)
{
    return 0x28000000 | opc << 30 | form << 23 | load << 22 | ((unsigned)scaled & 0x7f) << 15 | rt2 << 10 |
           rn << 5 | rt;
}

/* Exclusives, acquire and release: bits 23 (o2), 22 (L), 21 (o1), 15 (o0). */
static inline uint32_t insn_exclusive(unsigned size, unsigned o2, unsigned load, unsigned o1, unsigned rs,
                                      unsigned o0, unsigned rt2, unsigned rn, unsigned rt)
{
    return 0x08000000 | size << 30 | o2 << 23 | load << 22 | o1 << 21 | rs << 16 | o0 << 15 | rt2 << 10 |
           rn << 5 | rt;
}

/* FEAT_LSE: LDADD, LDCLR, LDEOR, LDSET, LDSMAX, LDSMIN, LDUMAX, LDUMIN (opc 0-7), SWP (opc 8). */
static inline uint32_t insn_atomic(unsigned size, unsigned acquire, unsigned release, unsigned rs,
                                   unsigned opc, unsigned rn, unsigned rt)
{
    return 0x38200000 | size << 30 | acquire << 23 | release << 22 | rs << 16 | opc << 12 | rn << 5 | rt;
}

/* B, and CBZ, TBZ, B.cond forward by so many bytes. */
static inline uint32_t insn_b(unsigned bytes)
{
    return 0x14000000 | bytes >> 2;
}

static inline uint32_t insn_bcond(unsigned condition, unsigned bytes)
{
    return 0x54000000 | bytes >> 2 << 5 | condition;
}

static inline uint32_t insn_cbz(unsigned nonzero, unsigned rt, unsigned bytes)
{
    return 0xb4000000 | nonzero << 24 | bytes >> 2 << 5 | rt;
}

/* BR, BLR, RET: opc 0, 1, 2. */
static inline uint32_t insn_branch_register(unsigned opc, unsigned rn)
{
    return 0xd61f0000 | opc << 21 | rn << 5;
}

#endif
