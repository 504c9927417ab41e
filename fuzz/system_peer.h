/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Runs an image of programs (system_image.h) on el2sim, in this process, and on QEMU, a child whose RAM is a
 * file that both see.
 */
#ifndef EL2SIM_FUZZ_SYSTEM_PEER_H
#define EL2SIM_FUZZ_SYSTEM_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include "fuzz/fuzz.h"
#include "fuzz/system_image.h"

#define SYSTEM_RAM_SIZE (UINT64_C(256) << 20)

/* What became of a program that left no result. */
struct system_failure {
    unsigned program; /* its number in the image */
    bool died;        /* the simulator ended; false: it hung, and was ended */
    char text[256];   /* its last words */
};

enum { SYSTEM_FAILURES = 16 };
struct system_run {
    const uint8_t *memory; /* at MONITOR_AT, for system_image_result(); until the peer's next run */
    unsigned n_failures;   /* a result of such a program has ran = false */
    struct system_failure failure[SYSTEM_FAILURES];
    uint64_t insns; /* that el2sim executed, the monitor's among them */
};

/* In both, `watchdog` is what a program may take, in microseconds of the peer's own time. */

/* el2sim as `-cpu cpu`, which must outlive it. */
struct system_ours;
struct system_ours *system_ours_new(const char *cpu);
void system_ours_free(struct system_ours *s);
/* Runs the image. False: error says why. */
bool system_ours_run(struct system_ours *s, const struct system_image *i, uint64_t watchdog,
                     struct system_run *r, char *error);

/* QEMU: program (NULL: on PATH), as `-cpu cpu`. NULL: error says why, with what to do. */
struct system_qemu;
struct system_qemu *system_qemu_new(const char *program, const char *cpu, char *error);
void system_qemu_free(struct system_qemu *q);
const char *system_qemu_version(const struct system_qemu *q);
/* Starts it on the image, and returns. */
bool system_qemu_start(struct system_qemu *q, const struct system_image *i, uint64_t watchdog, char *error);
/* Waits for the end. A program that takes too long is ended, and the ones behind it are run. */
bool system_qemu_finish(struct system_qemu *q, struct system_run *r, char *error);

#endif
