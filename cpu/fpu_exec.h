/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Executing a record's floating-point operation in software, over as many lanes as it says: what the bodies
 * in cpu/sem_fp*.h call after SLOW. Also the layout of FP records, which cpu/formats-fp.h fills:
 *
 *   rd, rn, rm   V registers (or X registers where the instruction has them)
 *   ra           register that is added to: Ra of the scalar FMADD family, Rd of the vectors
 *   aux          number of lanes of the result (of the source for FPU_REDUCE)
 *   imm          for arithmetic: enum fpu_shape in bits 7:0, element index in 15:8, rotation in 23:16;
 *                for conversions to and from integers: fbits in 7:0, enum fpu_round in 15:8, unsigned in bit
 * 16
 */
#ifndef EL2SIM_CPU_FPU_EXEC_H
#define EL2SIM_CPU_FPU_EXEC_H

#include <stdbool.h>
#include <stdint.h>

#include "cpu/fpu.h"

struct cpu;
struct insn;
union vreg;

/* Where the second operand's lanes come from. */
enum fpu_shape {
    FPU_LANES,   /* Vm, lane by lane */
    FPU_ELEMENT, /* one element of Vm */
    FPU_PAIRS,   /* neighbours in Vn, then in Vm */
    FPU_REDUCE,  /* all lanes of Vn combined to one scalar */
    FPU_WITH_ZERO,
};

static inline uint64_t fpu_imm_shape(enum fpu_shape shape, unsigned index, unsigned rotation)
{
    return (uint64_t)shape | index << 8 | rotation << 16;
}
static inline enum fpu_shape fpu_shape(uint64_t imm)
{
    return (enum fpu_shape)(imm & 0xff);
}
static inline unsigned fpu_index(uint64_t imm)
{
    return imm >> 8 & 0xff;
}
static inline unsigned fpu_rotation(uint64_t imm)
{
    return imm >> 16 & 0xff;
}
static inline uint64_t fpu_imm_conversion(unsigned fbits, enum fpu_round round, bool is_unsigned)
{
    return (uint64_t)fbits | (unsigned)round << 8 | (unsigned)is_unsigned << 16;
}
static inline unsigned fpu_fbits(uint64_t imm)
{
    return imm & 0xff;
}
static inline enum fpu_round fpu_round_of(uint64_t imm)
{
    return (enum fpu_round)(imm >> 8 & 0xff);
}
static inline bool fpu_is_unsigned(uint64_t imm)
{
    return imm >> 16 & 1;
}

enum fpu_op2 {
    FPU_ADD,
    FPU_SUB,
    FPU_MUL,
    FPU_NMUL,
    FPU_MULX,
    FPU_DIV,
    FPU_MAX,
    FPU_MIN,
    FPU_MAXNM,
    FPU_MINNM,
    FPU_ABD,
    FPU_RECPS,
    FPU_RSQRTS,
    FPU_CMEQ,
    FPU_CMGE,
    FPU_CMGT,
    FPU_ACGE,
    FPU_ACGT,
    FPU_CMLE0, /* against zero only */
    FPU_CMLT0,
};

enum fpu_op1 { FPU_SQRT, FPU_RECPE, FPU_RSQRTE, FPU_RECPX, FPU_RINT32, FPU_RINT64 };

/* Signs of FPU_MULADD. */
enum fpu_negate { FPU_NEG_PRODUCT = 1, FPU_NEG_ADDEND = 2 };

/* In all, `n` is the size of an element in bits: 16, 32, 64. Each writes the result and zeros above it. */
void fpu_exec2(struct cpu *c, const struct insn *i, enum fpu_op2 op, unsigned n);
/* r: rounding of FPU_RINT32 and FPU_RINT64. */
void fpu_exec1(struct cpu *c, const struct insn *i, enum fpu_op1 op, unsigned n, enum fpu_round r);
/* FRINT<r>, exact: FRINTX. */
void fpu_exec_rint(struct cpu *c, const struct insn *i, unsigned n, enum fpu_round r, bool exact);
void fpu_exec_muladd(struct cpu *c, const struct insn *i, unsigned n, unsigned negate);
/* FMLAL, FMLSL (upper: FMLAL2, FMLSL2). */
void fpu_exec_fmlal(struct cpu *c, const struct insn *i, bool subtract, bool upper);
void fpu_exec_fcadd(struct cpu *c, const struct insn *i, unsigned n);
void fpu_exec_fcmla(struct cpu *c, const struct insn *i, unsigned n);
/* FCMP, FCCMP: NZCV. aux bit 0: with zero, bit 1: signalling. */
unsigned fpu_exec_compare(struct cpu *c, const struct insn *i, unsigned n);
/* FCVT between scalars. */
void fpu_exec_convert(struct cpu *c, const struct insn *i, unsigned to, unsigned from, enum fpu_round r);
/* FCVTL, FCVTN, FCVTXN: aux bit 0 is Q. */
void fpu_exec_lengthen(struct cpu *c, const struct insn *i, unsigned from);
void fpu_exec_narrow(struct cpu *c, const struct insn *i, unsigned to, enum fpu_round r);
void fpu_exec_bfcvt(struct cpu *c, const struct insn *i);
void fpu_exec_bfcvtn(struct cpu *c, const struct insn *i);
/* To an integer of m bits in a general register, or lane by lane. */
void fpu_exec_to_gpr(struct cpu *c, const struct insn *i, unsigned n, unsigned m);
void fpu_exec_to_int(struct cpu *c, const struct insn *i, unsigned n);
void fpu_exec_from_gpr(struct cpu *c, const struct insn *i, unsigned n, unsigned m);
void fpu_exec_from_int(struct cpu *c, const struct insn *i, unsigned n);
/* FJCVTZS: sets NZCV too. */
void fpu_exec_fjcvtzs(struct cpu *c, const struct insn *i);
void fpu_exec_bfdot(struct cpu *c, const struct insn *i);
void fpu_exec_bfmmla(struct cpu *c, const struct insn *i);
void fpu_exec_bfmlal(struct cpu *c, const struct insn *i, bool top);

#endif
