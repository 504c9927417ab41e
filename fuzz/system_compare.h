/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Two results of one program, held against each other.
 */
#ifndef EL2SIM_FUZZ_SYSTEM_COMPARE_H
#define EL2SIM_FUZZ_SYSTEM_COMPARE_H

#include <stdbool.h>
#include <stdint.h>

#include "fuzz/program.h"
#include "fuzz/system_registers.h"

enum system_what {
    SYSTEM_DIED,  /* one side gave no result: the simulator ended or hung. ours, theirs: 1: it ran */
    SYSTEM_ENDED, /* one side ended by the watchdog. ours, theirs: 1: it did */
    SYSTEM_EVENT, /* an event's EL and vector: (EL << 8 | vector), or -1: no such event */
    SYSTEM_ELR,   /* ... and where it was: after a difference in these two, events can't be compared */
    SYSTEM_ESR,
    SYSTEM_FAR,
    SYSTEM_HPFAR,
    SYSTEM_SPSR,
    SYSTEM_X,  /* at the end */
    SYSTEM_SP, /* SP_EL0 to SP_EL2 */
    SYSTEM_V,  /* half of it: 2 * n + half */
    SYSTEM_FPCR,
    SYSTEM_FPSR,
    SYSTEM_NZCV,
    SYSTEM_MEMORY,  /* the hash */
    SYSTEM_TABLES,  /* a word of the page tables: index is its offset from PROGRAM_BASE */
    SYSTEM_REGISTER /* a system register: index is its encoding */
};

struct system_difference {
    enum system_what what;
    unsigned index; /* of the event; of X, SP, V; encoding */
    uint64_t ours, theirs;
};

/* As many as there can be. */
enum { SYSTEM_DIFFERENCES = 4 * PROGRAM_EVENTS + 1 + 31 + 3 + 64 + 4 + PROGRAM_WORDS + PROGRAM_REGISTERS };

/* All differences: events by their number up to where both sides part (the last one is SYSTEM_EVENT or
 * SYSTEM_ELR then, for what follows means nothing); if they don't, the end. Returns how many. p: the program;
 * regs: what only one side can hold doesn't count. */
unsigned system_compare(const struct program *p, const struct system_registers *regs,
                        const struct program_result *ours, const struct program_result *theirs,
                        struct system_difference *d);

/* "ESR of event 3", "X5", "HCR_EL2". text: 64 bytes. Returns text. */
const char *system_difference_name(const struct system_difference *d, char text[64]);

#endif
