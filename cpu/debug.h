/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Self-hosted debug: hardware breakpoints, watchpoints and software step. Arm ARM D2.
 *
 * While one of them can generate an exception at the present Exception level, ATT_DEBUG is set in
 * cpu->attention and the run loop executes one instruction at a time:
 *
 *     if (!debug_before_insn(c)) {
 *         engine_step(c);
 *         debug_after_insn(c);
 *     }
 *
 * A debugger of the simulator may set ATT_DEBUG too: debug_context() clears the bit only where this module
 * set it.
 */
#ifndef EL2SIM_CPU_DEBUG_H
#define EL2SIM_CPU_DEBUG_H

#include <stdbool.h>
#include <stdint.h>

struct cpu;
struct features;
struct insn;

/* Why Breakpoint, Watchpoint and Software Step exceptions don't occur at `el` with PSTATE.D = d; NULL: they
 * do. Pure. AArch64.GenerateDebugExceptionsFrom(). */
const char *debug_suppressed(const struct features *f, const uint64_t *sr, unsigned el, bool d);

/* At an instruction boundary (c->pc): takes a Software Step or Breakpoint exception if one is due. True:
 * taken, nothing must be executed in this round. Costs no budget. */
bool debug_before_insn(struct cpu *c);
/* After engine_step(): advances the software step state machine. SSAdvance(). */
void debug_after_insn(struct cpu *c);
/* Called with ATT_DEBUG set, before an access of `size` bytes at va by *i whose translation had no fault: on
 * a watchpoint match takes the Watchpoint exception (as raise_data_abort() would) and returns true. `el`:
 * whose access it counts as, EL0 for LDTR and STTR; EL2 at EL1: it stands for one of a system register
 * (FEAT_NV2). */
bool debug_watch(struct cpu *c, const struct insn *i, uint64_t va, unsigned size, bool write, unsigned el);
/* Recomputes ATT_DEBUG for the present EL, PSTATE.D and debug registers. */
void debug_context(struct cpu *c);
/* SPSR.SS is copied to PSTATE.SS by an exception return from here to `el` with that SPSR.
 * DebugExceptionReturnSS(). */
bool debug_return_ss(const struct cpu *c, uint64_t spsr, unsigned el);
/* An instruction that completes by taking an exception (SVC, HVC, SMC) was the stepped one. SSAdvance(). */
void debug_advance(struct cpu *c);

#endif
