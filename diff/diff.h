/* SPDX-License-Identifier: BSD-2-Clause
 *
 * `el2sim diff`: the same image in el2sim and in QEMU, and the first instruction at which they part.
 */
#ifndef EL2SIM_DIFF_DIFF_H
#define EL2SIM_DIFF_DIFF_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Exit status of diff and fuzz. */
enum { DIFF_ALIKE = 0, DIFF_DIFFERENT = 1, DIFF_FAILED = 2 };

/* The command line: argv[0] is "diff". Writes to stdout; returns the exit status. */
int diff_main(int argc, char **argv);

#endif
