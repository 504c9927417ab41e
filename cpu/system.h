/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Shared by the files that execute system instructions (cpu/system*.c).
 */
#ifndef EL2SIM_CPU_SYSTEM_H
#define EL2SIM_CPU_SYSTEM_H

#include <stdint.h>

#include "sysregs/sysreg.h"

struct cpu;
struct insn;

/* FEAT_NV2: where a register at `offset` is in memory, SignExtend(VNCR_EL2.BADDR:offset). D8.11 */
static inline uint64_t system_vncr_address(uint64_t vncr, unsigned offset)
{
    return (uint64_t)((int64_t)(vncr << 11) >> 11) + offset;
}
/* ISS of EC 0x18 for the MRS, MSR, SYS or SYSL instruction `raw`. */
uint32_t system_trap_iss(uint32_t raw);
/* Is *i, an access to `reg`, permitted at the present Exception level? False: the exception was taken. */
bool system_permitted(struct cpu *c, const struct insn *i, enum sysreg reg, bool write);
/* ISS of the exception that a verdict gives the instruction `raw`; 0 for an Undefined exception. */
uint32_t system_refusal_iss(const struct access_verdict *v, uint32_t raw);
/* The verdict on the MRS, MSR or SYS `raw` whose encoding has no row: ACCESS_OK is a read as zero. Pure. */
struct access_verdict system_unallocated(const struct access_state *s, uint32_t raw);
/* The verdict on MSR (immediate) to the PSTATE field op1:op2, whose feature the CPU has. Pure. */
struct access_verdict system_msr_imm(const struct access_state *s, unsigned field);
/* Takes the exception that a verdict other than ACCESS_OK asks for. */
void system_refuse(struct cpu *c, const struct insn *i, const struct access_verdict *v);

#endif
