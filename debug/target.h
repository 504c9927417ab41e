/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The target description: which registers there are, under which number and name, as XML for the debugger,
 * and their values. X, SP, PC and CPSR as feature org.gnu.gdb.aarch64.core, V, FPSR and FPCR as
 * org.gnu.gdb.aarch64.fpu, and every system register that can be read without consequences as
 * org.qemu.gdb.arm.sys.regs: the name under which programs look for them.
 *
 * A system register's name is its own storage here, whatever HCR_EL2.E2H makes of the name in an MRS.
 * SCTLR_EL12 and the like are other names of SCTLR_EL1's storage.
 */
#ifndef EL2SIM_DEBUG_TARGET_H
#define EL2SIM_DEBUG_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sysregs/sysreg.h"

struct cpu;

/* Register numbers: GDB's of the two standard features, then the system registers. */
enum {
    REGISTER_X0 = 0,
    REGISTER_SP = 31,
    REGISTER_PC = 32,
    REGISTER_CPSR = 33,
    REGISTER_V0 = 34,
    REGISTER_FPSR = 66,
    REGISTER_FPCR = 67,
    REGISTER_SYSTEM = 68,
    REGISTER_BYTES_MAX = 16,
};

struct target;
/* `latest`: the latest count of the system counter that software has read (dev/timer.h), which a debugger's
 * look at it must not move. */
struct target *target_create(const struct features *f, uint64_t *latest);
void target_destroy(struct target *t);

/* An annex of qXfer:features:read ("target.xml"), or NULL. */
const char *target_xml(const struct target *t, const char *annex);
/* Size in bytes of register n; 0: there is none. */
unsigned target_register_size(const struct target *t, unsigned n);
/* Its value as the debugger wants it (little-endian). Returns its size, 0: there is none. */
unsigned target_register_read(const struct target *t, struct cpu *c, unsigned n, void *value);
/* Returns NULL, or static text that says why not. */
const char *target_register_write(const struct target *t, struct cpu *c, unsigned n, const void *value);
/* The row behind a system register's name (any case), SR_NONE if the target has none of this name. */
enum sysreg target_system_register(const struct target *t, const char *name);
/* Value of the storage behind row `reg`. */
uint64_t target_system_read(const struct target *t, struct cpu *c, enum sysreg reg);

#endif
