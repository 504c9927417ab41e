/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Floating point in software: half, single, double and BFloat16 exactly as the Arm pseudocode computes them
 * (Arm ARM, shared/functions/float), with the cumulative flags of FPSR. FPCR.{AHP,DN,FZ,RMode,FZ16} are
 * honoured; FEAT_AFP (AH, FIZ, NEP), FEAT_EBF16 and FEAT_RPRES are not implemented and their bits count as 0.
 * The instructions' fast paths are in cpu/fpu_quick.h; whatever they can't prove about the host's result
 * comes here. Relies on nothing of the host's floating point.
 */
#ifndef EL2SIM_CPU_FPU_H
#define EL2SIM_CPU_FPU_H

#include <stdbool.h>
#include <stdint.h>

#include "sysregs/fields.h"

struct cpu;
struct insn;

/* FPRounding. The first four are the values of FPCR.RMode. */
enum fpu_round { FPU_TIEEVEN, FPU_POSINF, FPU_NEGINF, FPU_ZERO, FPU_TIEAWAY, FPU_ODD };

/* What an operation depends on and what it adds to. */
struct fpu {
    uint32_t fpcr, fpsr;
};

/* FPRoundingMode() */
static inline enum fpu_round fpu_rmode(uint32_t fpcr)
{
    return (enum fpu_round)(fpcr >> 22 & 3);
}

/* ---- arithmetic (cpu/fpu.c) ----
 * Operands and results are raw encodings, right-aligned; `n` is their size, 16, 32 or 64. Each bears the name
 * of its pseudocode function. */
uint64_t fpu_default_nan(unsigned n);
uint64_t fpu_neg(unsigned n, uint64_t a);
uint64_t fpu_abs(unsigned n, uint64_t a);
uint64_t fpu_add(struct fpu *f, unsigned n, uint64_t a, uint64_t b);
uint64_t fpu_sub(struct fpu *f, unsigned n, uint64_t a, uint64_t b);
uint64_t fpu_mul(struct fpu *f, unsigned n, uint64_t a, uint64_t b);
uint64_t fpu_mulx(struct fpu *f, unsigned n, uint64_t a, uint64_t b);
uint64_t fpu_div(struct fpu *f, unsigned n, uint64_t a, uint64_t b);
uint64_t fpu_sqrt(struct fpu *f, unsigned n, uint64_t a);
/* addend + a * b, rounded once. FPMulAdd() */
uint64_t fpu_muladd(struct fpu *f, unsigned n, uint64_t addend, uint64_t a, uint64_t b);
/* Single addend + half a * half b. FPMulAddH() */
uint32_t fpu_muladd_half(struct fpu *f, uint32_t addend, uint16_t a, uint16_t b);
/* 2 - a*b and (3 - a*b)/2. FPRecipStepFused(), FPRSqrtStepFused() */
uint64_t fpu_recip_step(struct fpu *f, unsigned n, uint64_t a, uint64_t b);
uint64_t fpu_rsqrt_step(struct fpu *f, unsigned n, uint64_t a, uint64_t b);
uint64_t fpu_max(struct fpu *f, unsigned n, uint64_t a, uint64_t b);
uint64_t fpu_min(struct fpu *f, unsigned n, uint64_t a, uint64_t b);
uint64_t fpu_maxnm(struct fpu *f, unsigned n, uint64_t a, uint64_t b);
uint64_t fpu_minnm(struct fpu *f, unsigned n, uint64_t a, uint64_t b);

/* FPCompare(): the NZCV value, 0b0011 for unordered. */
unsigned fpu_compare(struct fpu *f, unsigned n, uint64_t a, uint64_t b, bool signal_nans);

/* ---- conversions and estimates (cpu/fpu_conv.c) ---- */
/* FPRoundInt() */
uint64_t fpu_round_int(struct fpu *f, unsigned n, uint64_t a, enum fpu_round r, bool exact);
/* FPRoundIntN(): bits is 32 or 64. */
uint64_t fpu_round_int_n(struct fpu *f, unsigned n, uint64_t a, enum fpu_round r, unsigned bits);
/* FPToFixed(): to an integer of m bits with fbits of them after the point. */
uint64_t fpu_to_fixed(struct fpu *f, unsigned n, uint64_t a, unsigned fbits, bool is_unsigned,
                      enum fpu_round r, unsigned m);
/* FPToFixedJS(): *z is the Z flag, set if the conversion was exact and in range. */
uint32_t fpu_to_fixed_js(struct fpu *f, uint64_t a, bool *z);
/* FixedToFP(): from an integer of m bits. */
uint64_t fpu_from_fixed(struct fpu *f, unsigned n, uint64_t v, unsigned m, unsigned fbits, bool is_unsigned,
                        enum fpu_round r);
/* FPConvert() from size `from` to size `to`. */
uint64_t fpu_convert(struct fpu *f, unsigned to, unsigned from, uint64_t a, enum fpu_round r);
/* FPConvertBF(): single to BFloat16. */
uint16_t fpu_convert_bf(struct fpu *f, uint32_t a);
uint64_t fpu_recip_estimate(struct fpu *f, unsigned n, uint64_t a);
uint64_t fpu_rsqrt_estimate(struct fpu *f, unsigned n, uint64_t a);
/* FPRecpX() */
uint64_t fpu_recpx(struct fpu *f, unsigned n, uint64_t a);
/* BFDotAdd() as of FEAT_BF16 without EBF: addend + a0*b0 + a1*b1, no flags, FPCR ignored. */
uint32_t fpu_bfdot(uint32_t addend, uint16_t a0, uint16_t a1, uint16_t b0, uint16_t b1);

/* ---- the CPU's side (cpu/fpu_exec.c) ---- */
/* What FPCR and the host allow the fast paths: bits of cpu->fp_quick. */
enum fpu_quick {
    FPU_QUICK_KEEP = 1,    /* FZ is 0: denormal operands are what they are */
    FPU_QUICK_NEAREST = 2, /* and RMode is 0: the host's arithmetic rounds as the guest's */
    FPU_QUICK_FMA = 4,     /* and the host has a fused multiply-add */
};
/* To be called after c->fpcr was written, at reset too. Results are the same whatever the host has. */
void fpu_fpcr_changed(struct cpu *c);

#endif
