/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A program of `el2sim fuzz system` as a file: a bare-metal .S that anybody can assemble and run, with what
 * became of it in its first comment, and the program itself, for `--replay`, in its last.
 */
#ifndef EL2SIM_FUZZ_SYSTEM_WRITE_H
#define EL2SIM_FUZZ_SYSTEM_WRITE_H

#include <stdbool.h>

#include "fuzz/fuzz.h"
#include "fuzz/system_pair.h"

/* Writes c, with its results, to path. version: QEMU's. False: error (FUZZ_ERROR_SIZE) says why. */
bool system_write(const char *path, const struct fuzz_options *o, const struct system_pair *pair,
                  const struct system_case *c, const char *version, char *error);
/* Reads the program of such a file. */
bool system_read(const char *path, struct program *p, char *error);

#endif
