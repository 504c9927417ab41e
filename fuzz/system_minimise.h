/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Making a program that differs small.
 */
#ifndef EL2SIM_FUZZ_SYSTEM_MINIMISE_H
#define EL2SIM_FUZZ_SYSTEM_MINIMISE_H

#include <stdbool.h>

#include "fuzz/known_system.h"
#include "fuzz/system_pair.h"

/* Takes away from *p what isn't needed for its difference: settings, words, instructions (they become NOPs),
 * values of registers. c: its results; cause: what makes the first difference, NULL: not known. The smaller
 * program differs in the same thing first, without an explanation. c->program is p in the end, and c has its
 * results. */
void system_minimise(struct system_pair *pair, struct program *p, struct system_case *c,
                     const struct system_cause *cause);

#endif
