/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A finding of `el2sim fuzz system`: made small, and written as a short bare-metal program.
 */
#ifndef EL2SIM_FUZZ_SYSTEM_FINDING_H
#define EL2SIM_FUZZ_SYSTEM_FINDING_H

#include "fuzz/fuzz.h"
#include "fuzz/system_pair.h"

/* c: a program that differs, with both results. Writes it to o->out, as number r->findings + 1, and one line
 * to the standard error. */
void system_finding(const struct fuzz_options *o, struct system_pair *pair, const struct system_case *c,
                    const struct fuzz_result *r);

#endif
