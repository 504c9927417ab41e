/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Writes lines to a file and counts those that repeat, one by one or in a cycle of up to REPEATS_PERIOD
 * lines.
 */
#ifndef EL2SIM_TRACES_REPEATS_H
#define EL2SIM_TRACES_REPEATS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { REPEATS_PERIOD = 64, REPEATS_TEXT = 512 };

struct repeats_line {
    uint64_t count; /* the number in front, not compared */
    char text[REPEATS_TEXT];
};

struct repeats {
    FILE *out;
    bool every;                               /* don't count: write each line */
    struct repeats_line line[REPEATS_PERIOD]; /* the last ones, number n at n % REPEATS_PERIOD */
    uint64_t n;
    unsigned period;  /* of the cycle that goes on, or 0 */
    uint64_t matched; /* lines that were in it, and not written */
};

void repeats_start(struct repeats *r, FILE *out, bool every);
/* One more line: a number, in a column of its own, and what is compared. */
void repeats_add(struct repeats *r, uint64_t count, const char *text);
/* Writes what is held back. */
void repeats_flush(struct repeats *r);

#endif
