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
 * The same for a debugger of the simulator, which sees each instruction in this way, too: debug_attach().
 */
#ifndef EL2SIM_CPU_DEBUG_H
#define EL2SIM_CPU_DEBUG_H

#include <stdbool.h>
#include <stdint.h>

struct cpu;
struct cpu_debugger;
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
 * a watchpoint match takes the Watchpoint exception (as raise_data_abort() would) and returns true; so it
 * does, with c->abandoned set and nothing done, where the debugger wants to stop before the access. `el`:
 * whose access it counts as, EL0 for LDTR and STTR; EL2 at EL1: it stands for one of a system register
 * (FEAT_NV2). */
bool debug_watch(struct cpu *c, const struct insn *i, uint64_t va, unsigned size, bool write, unsigned el);
/* From now on d sees every instruction of c; NULL: nobody does. */
void debug_attach(struct cpu *c, const struct cpu_debugger *d);
/* Recomputes ATT_DEBUG for the present EL, PSTATE.D and debug registers. */
void debug_context(struct cpu *c);
/* SPSR.SS is copied to PSTATE.SS by an exception return from here to `el` with that SPSR.
 * DebugExceptionReturnSS(). */
bool debug_return_ss(const struct cpu *c, uint64_t spsr, unsigned el);
/* An instruction that completes by taking an exception (SVC, HVC, SMC) was the stepped one. SSAdvance(). */
void debug_advance(struct cpu *c);

#endif
