/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Instructions in the .S files that `el2sim fuzz` writes: words, so that any assembler takes them, with their
 * meaning beside them.
 */
#ifndef EL2SIM_FUZZ_LISTING_H
#define EL2SIM_FUZZ_LISTING_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "fuzz/fuzz.h"

/* "        .inst   0x8b020020 // add x0, x1, x2" for each of n words; `pc`: of the first, for the text only.
 */
void listing_write(FILE *f, const uint32_t *word, unsigned n, uint64_t pc);
/* The word of a line that listing_write() wrote; false: the line is something else. */
bool listing_read(const char *line, uint32_t *word);
/* Calls fn with each line of the file at path, until fn returns false. False: error says in one line that the
 * file can't be read, or which line is not as we write it. */
bool listing_lines(const char *path, bool (*fn)(void *ctx, const char *line), void *ctx,
                   char error[FUZZ_ERROR_SIZE]);

#endif
