/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The system registers that the monitor of `el2sim fuzz system` puts back before a program and reads behind
 * it: those of EL0 to EL2, and EL3's controls, that both sides have. Which these are, and which of their bits
 * only one side keeps, is found by asking both: the probe, a routine that the monitor runs instead of
 * programs.
 */
#ifndef EL2SIM_FUZZ_SYSTEM_REGISTERS_H
#define EL2SIM_FUZZ_SYSTEM_REGISTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "fuzz/program.h"
#include "sysregs/sysreg.h"

struct system_register {
    enum sysreg reg;
    uint16_t encoding;  /* as struct program_setting has it */
    bool write_only;    /* put back, but not read */
    uint64_t base;      /* value that a program finds */
    uint64_t differ[2]; /* bits that only one side keeps, by HCR_EL2.E2H */
};

struct system_registers {
    unsigned n;
    struct system_register row[PROGRAM_REGISTERS];
};

/* What the probe found, on one side. */
enum { SYSTEM_ID_REGISTERS = 32 };
struct system_probe {
    uint64_t value[PROGRAM_REGISTERS];   /* at reset; MONITOR_ABSENT: it doesn't exist */
    uint64_t ones[2][PROGRAM_REGISTERS]; /* read after all ones were written, with HCR_EL2.E2H = 0 and 1 */
    uint64_t zeros[2][PROGRAM_REGISTERS];
    uint64_t id[SYSTEM_ID_REGISTERS]; /* identification registers, in the order of system_id_register() */
};

/* SCR_EL3 of the monitor, and of programs without a setting. */
uint64_t system_scr_base(void);
/* All registers that may come in question, HCR_EL2 first. */
void system_registers_all(struct system_registers *r);
/* Leaves those that both sides have, with the bits that differ. */
void system_registers_agree(struct system_registers *r, const struct system_probe *ours,
                            const struct system_probe *theirs);
/* The row of an encoding, or NULL. */
const struct system_register *system_registers_find(const struct system_registers *r, uint16_t encoding);

/* Bits that only one side keeps in what a name, of a register or _EL12, may reach: its own storage, or with
 * HCR_EL2.E2H another one. */
uint64_t system_registers_differ(const struct system_registers *r, uint16_t encoding);

/* The n-th register that is noted at each exception (struct program_event.state), for who has to judge why it
 * was taken; SR_NONE past the last, which is before PROGRAM_STATE. */
enum sysreg system_state_register(unsigned n);

/* The n-th identification register that tells of a feature, SR_NONE past the last. */
enum sysreg system_id_register(unsigned n);
/* Appends ",NAME=off" to cpu for each feature that `cpu` has and `theirs` hasn't, as the identification
 * registers tell. False: cpu has no room, or isn't a model. */
bool system_common_cpu(char *cpu, unsigned size, const struct system_probe *theirs);

uint16_t system_encoding(enum sysreg reg);
/* MSR <encoding>, X<rt>; MRS X<rt>, <encoding>. */
uint32_t system_msr(uint16_t encoding, unsigned rt);
uint32_t system_mrs(uint16_t encoding, unsigned rt);

#endif
