/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What kind of branch an instruction is, and whether it was taken: for those who look at a PE instruction by
 * instruction (PMU, branch records, traces).
 */
#ifndef EL2SIM_CPU_BRANCH_H
#define EL2SIM_CPU_BRANCH_H

#include <stdbool.h>
#include <stdint.h>

struct cpu;

/* As BranchType of the pseudocode; a conditional branch is a direct one. Exception returns are not meant. */
enum branch {
    NO_BRANCH,
    BRANCH_DIRECT,        /* B */
    BRANCH_CONDITIONAL,   /* B.cond, BC.cond, CBZ, CBNZ, TBZ, TBNZ */
    BRANCH_CALL,          /* BL */
    BRANCH_INDIRECT,      /* BR, BRAA ... */
    BRANCH_INDIRECT_CALL, /* BLR, BLRAA ... */
    BRANCH_RETURN,        /* RET, RETAA, RETAB */
};

/* Of an instruction's encoding: Arm ARM C4.1 (Branches, Exception Generating and System instructions). */
enum branch branch_kind(uint32_t raw);
/* Was this branch, just executed by c, taken? Conditional branches change nothing that their condition reads.
 */
bool branch_was_taken(const struct cpu *c, uint32_t raw);

#endif
