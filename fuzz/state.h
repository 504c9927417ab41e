/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The seed file of `el2sim fuzz --state`: where a run that lasts for days is, so that the next one goes on
 * there.
 */
#ifndef EL2SIM_FUZZ_STATE_H
#define EL2SIM_FUZZ_STATE_H

#include "fuzz/fuzz.h"

struct fuzz_state {
    uint64_t seed;                                 /* of program 0 */
    uint64_t programs, insns, explained, findings; /* of all runs so far */
};

/* False: there is a file, but not one of `kind`; error says so. *found: there was one. */
bool fuzz_state_load(const char *file, const char *kind, struct fuzz_state *s, bool *found,
                     char error[FUZZ_ERROR_SIZE]);
/* Replaces the file as a whole. */
bool fuzz_state_save(const char *file, const char *kind, const struct fuzz_state *s,
                     char error[FUZZ_ERROR_SIZE]);

#endif
