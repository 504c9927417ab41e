/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which registers an instruction writes, from its decoded record alone: what traces list instead of comparing
 * register files. tests/insn/vectors holds it against what the engines do.
 */
#ifndef EL2SIM_CPU_EFFECTS_H
#define EL2SIM_CPU_EFFECTS_H

#include "cpu/insn.h"
#include "traces/trace.h"

/* By enum op; see effects.c for the bits. */
struct effects {
    uint32_t of[OP_COUNT];
};

/* Fills *e from the names of the ops. */
void effects_init(struct effects *e);
/* The registers (enum trace_reg) that *i writes when it completes, or with `aborted` before it takes an
 * exception; FPSR and other system registers excepted. Returns their number; list[TRACE_MAX_WRITES]. */
unsigned effects_list(const struct effects *e, const struct features *f, const struct insn *i, bool aborted,
                      uint8_t *list);

#endif
