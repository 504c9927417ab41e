/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The list of known differences (known.def), by number: what is counted in struct fuzz_result.by_id.
 */
#ifndef EL2SIM_FUZZ_KNOWN_H
#define EL2SIM_FUZZ_KNOWN_H

#include <stdbool.h>

struct known {
    const char *id, *versions;
};

unsigned known_count(void);
const struct known *known_row(unsigned n); /* n < known_count() */
/* Row n is about QEMU `version` ("7.2.22"). */
bool known_applies(unsigned n, const char *version);

#endif
