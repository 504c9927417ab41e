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

/* Rows of known.def, by number: those that explain something. */
enum { KNOWN_IDS = 16 };
struct known_ids {
    unsigned n, id[KNOWN_IDS];
};
void known_add_id(struct known_ids *ids, unsigned id); /* where it isn't yet, and there is room */

/* Instructions of a program, from number `begin` up to `end`; none, if both are 0. */
struct system_cause {
    unsigned begin, end;
};

/* Do rows explain all bits of d, one of the differences of c? They are added to ids, even where others are
 * missing. cause: what was found to make the first difference of c, NULL: not looked for, in which case no
 * value (X, V, memory ...) is explained. *culprit: the instructions that a row blames, none where there is no
 * such. pair: QEMU's version, and which row counts as none. */
bool known_system_explain(const struct system_pair *pair, const struct system_case *c,
                          const struct system_difference *d, const struct system_cause *cause,
                          struct known_ids *ids, struct system_cause *culprit);

#endif
