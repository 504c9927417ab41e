/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which differences between results of a program are known: the rows KNOWN_SYSTEM of known.def.
 */
#ifndef EL2SIM_FUZZ_KNOWN_SYSTEM_H
#define EL2SIM_FUZZ_KNOWN_SYSTEM_H

#include <stdbool.h>
#include <stdint.h>

#include "fuzz/system_compare.h"
#include "fuzz/system_pair.h"

/* What explains the differences of c, as numbers of known.def: those of all events, and, where no event
 * differs, those at the end. (What is different at the end after an event was different follows from it.)
 * Returns how many distinct rows do, 0: at least one difference has no explanation. pair: QEMU's version, and
 * which row counts as none. */
unsigned known_system_explain(const struct system_pair *pair, const struct system_case *c,
                              const struct system_difference *d, unsigned n_differences, unsigned *ids,
                              unsigned size);

#endif
