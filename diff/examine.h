/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A closer look at the two machines where they part: system registers, by QEMU's gdb stub, and memory.
 */
#ifndef EL2SIM_DIFF_EXAMINE_H
#define EL2SIM_DIFF_EXAMINE_H

#include <stdbool.h>
#include <stdint.h>

#include "diff/lockstep.h"
#include "diff/twin.h"

enum { EXAMINE_REGISTERS = 64, EXAMINE_WORDS = 16 };

struct examination {
    bool done;
    const char *why_not; /* if not done; NULL: nobody asked */
    unsigned n_compared; /* system registers that both sides have */
    unsigned n_registers;
    struct {
        const char *name;
        uint64_t ours, qemu;
    } reg[EXAMINE_REGISTERS];
    uint64_t differing_bytes; /* of memory */
    unsigned n_words;
    struct {
        uint64_t pa, ours, qemu;
    } word[EXAMINE_WORDS]; /* the first that differ, aligned, 8 bytes */
};

/* Our register by a name of QEMU's stub, which leaves _EL1 out where AArch32 has the register, too; SR_NONE:
 * we have none. Not the stack pointers: the stub shows what they were when they were last switched. */
enum sysreg examine_register(const char *name);
/* Brings a new QEMU to where l's QEMU parted from *m, and compares. */
void examine(struct examination *e, const struct lockstep *l, const struct options *o, struct machine *m,
             const struct twin_config *cfg);

#endif
