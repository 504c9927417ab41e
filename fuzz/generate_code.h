/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the files that draw instructions share: generate_code.c composes, generate_memory.c and
 * generate_system.c have the actions of their classes.
 */
#ifndef EL2SIM_FUZZ_GENERATE_CODE_H
#define EL2SIM_FUZZ_GENERATE_CODE_H

#include "fuzz/generate_internal.h"

/* The next instruction. */
void emit(struct generator *g, uint32_t raw);
/* Up to four instructions that load a constant. */
void emit_constant(struct generator *g, unsigned rd, uint64_t value);
/* X0 to X30. */
unsigned draw_register(struct generator *g);
/* The address of the next instruction as seen from an EL. */
uint64_t code_address(const struct generator *g, unsigned el);
/* A place of the regime that code runs in. */
const struct place *draw_place(struct generator *g);
/* An address there, mostly aligned for an access of so many bytes; sometimes across the end of the place. */
uint64_t draw_address(struct generator *g, const struct place *where, unsigned bytes);

void action_alu(struct generator *g);

/* generate_memory.c */
void action_ldst(struct generator *g);
void action_unpriv(struct generator *g);
void action_atomic(struct generator *g);
void action_cache(struct generator *g);
void action_at(struct generator *g);
void action_pagetable(struct generator *g);
void action_stage2(struct generator *g);

/* generate_system.c: a row of sysregs.def that fits, at random; SR_NONE if none was met. */
enum sysreg draw_sysreg(struct generator *g, bool fits(const struct generator *, enum sysreg));
void action_sysreg(struct generator *g);
void action_sysreg_el12(struct generator *g);
void action_trap_state(struct generator *g);
void action_tlbi(struct generator *g);
void action_vhe(struct generator *g);
void action_nv(struct generator *g);

#endif
