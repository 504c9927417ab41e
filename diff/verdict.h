/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What `explain` says of the instruction at which two machines parted, in the state before it.
 */
#ifndef EL2SIM_DIFF_VERDICT_H
#define EL2SIM_DIFF_VERDICT_H

#include <stdbool.h>
#include <stdio.h>

#include "diff/lockstep.h"

enum { VERDICT_SIZE = 128 };

/* The command that explains it ("access 0xd5381000"), without --json; false: there is no rule to explain. */
bool verdict_command(const struct lockstep *l, char command[VERDICT_SIZE]);
/* Runs it; what it writes, for the caller to free. NULL: it has no answer. */
char *verdict_text(const struct lockstep *l, bool json);

#endif
