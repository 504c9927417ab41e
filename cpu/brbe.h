/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The Branch Record Buffer Extension (FEAT_BRBE): the last 32 branches, exceptions and exception returns of a
 * PE, in registers. Arm ARM D19; pseudocode BRBEBranch(), BRBEException(), BRBEExceptionReturn().
 *
 * The records are the registers BRBINF<n>_EL1, BRBSRC<n>_EL1 and BRBTGT<n>_EL1 themselves. Branches are seen
 * one instruction at a time: while recording is allowed at the current Exception level, ATT_BRBE is set and
 * the run loop calls brbe_observe(). Exceptions and their returns are told by cpu/exception.c, behind
 * cpu->brbe.on.
 */
#ifndef EL2SIM_CPU_BRBE_H
#define EL2SIM_CPU_BRBE_H

#include <stdbool.h>
#include <stdint.h>

#include "cpu/exception.h"
#include "sysregs/sysreg.h"

struct cpu;

enum { BRBE_RECORDS = 32 };

/* The state that decides whether records are made: nothing else. */
struct brbe_state {
    const struct features *feat;
    const uint64_t *sr;
};
struct brbe_verdict {
    bool allowed;
    const char *rule; /* static text */
};
/* BranchRecordAllowed(): may execution at `el` leave records? */
struct brbe_verdict brbe_allowed(const struct brbe_state *s, unsigned el);

/* Fills cpu->units[UNIT_BRBE] and starts afresh. */
void brbe_reset(struct cpu *c);
/* Controls of recording changed, or the Exception level, or (while cpu->brbe.on) overflow flags of the PMU.
 */
void brbe_update(struct cpu *c);
/* While cpu->brbe.on: an exception was taken from EL `from`, whose preferred return address is `source`. The
 * PE is at the vector. e: a synchronous one, or NULL. */
void brbe_exception(struct cpu *c, unsigned from, uint64_t source, enum exc_kind kind, const struct exc *e);
/* ... an exception return at `source` was executed at EL `from`; the PE is where it went. */
void brbe_exception_return(struct cpu *c, unsigned from, uint64_t source);
/* While ATT_BRBE is set: executes one instruction and records it if it is a branch that was taken. */
void brbe_observe(struct cpu *c);
/* BRB IALL, BRB INJ. */
void brbe_invalidate(struct cpu *c);
void brbe_inject(struct cpu *c);

#endif
