/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A finding of `el2sim fuzz system`: made small, and written as a short bare-metal program.
 */
#ifndef EL2SIM_FUZZ_SYSTEM_FINDING_H
#define EL2SIM_FUZZ_SYSTEM_FINDING_H

#include <stdbool.h>

#include "fuzz/fuzz.h"
#include "fuzz/known_system.h"
#include "fuzz/system_pair.h"

/* given: a program that differs, with both results; cause: the instructions that make the first difference,
 * NULL: not known. One line to the standard error, and a file NNNN.S, number
 * r->findings + 1, in o->out. False: it can't be written, error (FUZZ_ERROR_SIZE) says why. */
bool system_finding(const struct fuzz_options *o, struct system_pair *pair, const struct system_case *given,
                    const struct system_cause *cause, const struct fuzz_result *r, char *error);

#endif
