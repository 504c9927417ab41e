/* SPDX-License-Identifier: BSD-2-Clause
 *
 * el2sim and QEMU as a pair that runs the same programs: what both have in common is found out first, then
 * batches are run on both at the same time.
 */
#ifndef EL2SIM_FUZZ_SYSTEM_PAIR_H
#define EL2SIM_FUZZ_SYSTEM_PAIR_H

#include <stdbool.h>
#include <stdint.h>

#include "fuzz/fuzz.h"
#include "fuzz/program.h"
#include "fuzz/system_peer.h"
#include "fuzz/system_registers.h"

/* Of system_pair.patience: of a program of many, and of one that seems to hang. The host may be busy. */
enum { SYSTEM_PATIENCE = 150, SYSTEM_MORE_PATIENCE = 1000 };

struct system_pair {
    char cpu[2048]; /* el2sim's -cpu: without the features that QEMU doesn't have */
    char qemu_cpu[256];
    struct system_registers regs;
    struct system_ours *ours;
    struct system_qemu *qemu; /* NULL: el2sim alone, whose results are `theirs`, too */
    uint64_t insns;      /* executed by el2sim so far */
    unsigned patience;   /* milliseconds that a program may take on QEMU; set it before system_pair_run() */
    const char *version; /* QEMU's, "" without */
    const char *without; /* the known difference that isn't one, or NULL */
};

/* One program on both. */
struct system_case {
    const struct program *program;
    struct program_result ours, theirs;
    char failure[256]; /* why there is no result, "" if there is */
};

/* NULL: error (FUZZ_ERROR_SIZE) says why. */
struct system_pair *system_pair_new(const struct fuzz_options *o, char *error);
void system_pair_free(struct system_pair *s);
/* Runs n programs: cases[].program; fills the rest. How many fit into one image is seen to. */
bool system_pair_run(struct system_pair *s, struct system_case *cases, unsigned n, char *error);

#endif
