/* SPDX-License-Identifier: BSD-2-Clause
 *
 * FEAT_MOPS: memory copy and memory set. Arm ARM C3.2 "Memory Copy and Memory Set instructions".
 */
#ifndef EL2SIM_CPU_MOPS_H
#define EL2SIM_CPU_MOPS_H

#include "cpu/exception.h"
#include "cpu/insn.h"

/* The stage of a memory copy or set, in struct insn.aux. */
enum mops_stage { MOPS_PROLOGUE, MOPS_MAIN, MOPS_EPILOGUE };

/* May the instructions be executed at s->el? CheckMOPSEnabled(); if not they are UNDEFINED. */
struct mops_verdict {
    bool enabled;
    const char *rule; /* static text */
};
struct mops_verdict mops_enabled(const struct route_state *s);
/* Where a Memory Copy and Memory Set exception from s->el is taken: MismatchedCpySetTargetEL(). */
unsigned mops_mismatch_el(const struct route_state *s);

/* Semantics rows tail-call these: rd, rn, rm are the registers Xd, Xn, Xs; aux the stage. */
op_fn exec_mops_copy, exec_mops_set;

#endif
