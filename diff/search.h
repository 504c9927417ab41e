/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The search for the first difference: one pass in lock-step or, far from the start, a fast one that compares
 * PCs and others that look closer.
 */
#ifndef EL2SIM_DIFF_SEARCH_H
#define EL2SIM_DIFF_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "diff/examine.h"
#include "diff/lockstep.h"
#include "diff/twin.h"

struct search_config {
    const struct options *options;
    struct permitted *permitted;
    const char *program, *cpu; /* NULL: the defaults of struct twin_config */
    uint64_t max_insns;        /* 0: to the end */
    uint64_t from;             /* up to here PCs only */
    bool fast, fp, progress;
};

/* How much was compared in one detail, and how long it took. */
struct search_speed {
    uint64_t insns, ns;
};

enum { SEARCH_WINDOWS = 32 };

/* Where states are compared; elsewhere PCs. */
struct search_window {
    uint64_t from, to; /* instructions: `to` not included */
};

struct search {
    const struct search_config *cfg;
    struct search_window window[SEARCH_WINDOWS]; /* in order, apart */
    unsigned n_windows;
    struct machine *m; /* as the last pass left it */
    struct lockstep l;
    char error[QEMU_ERROR_SIZE];
    char version[32]; /* QEMU's */
    unsigned passes;
    struct search_speed pcs, states;
    struct examination examination;
};

/* The exit status (enum of diff.h); DIFF_FAILED: error says why. */
int search_run(struct search *s, const struct search_config *cfg);
void search_free(struct search *s);

#endif
