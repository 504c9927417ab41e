/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A strict reader of Tarmac text, for tests: refuses every line that Arm's tarmac-trace-utilities would take
 * as an error or warn of, in any of its versions, and some more that nobody means (data of another size than
 * the record's). Written from what those tools accept, not from what traces/tarmac.c writes.
 */
#ifndef EL2SIM_TESTS_TARMAC_GRAMMAR_H
#define EL2SIM_TESTS_TARMAC_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tarmac_record {
    TARMAC_HEADER,
    TARMAC_INSN,
    TARMAC_REGISTER,
    TARMAC_MEMORY,
    TARMAC_EXCEPTION,
    TARMAC_TEXT,
    TARMAC_RECORDS
};

/* What is remembered from line to line. Zero to begin with. */
struct tarmac_reader {
    uint64_t line, time;
    size_t continues; /* column of an LD's or ST's address, from 1; 0: the last line was neither */
};

/* A line that was refused. */
struct tarmac_error {
    size_t column; /* from 1 */
    const char *rule;
};

/* Reads one line, without its end. False: refused, *e says why. */
bool tarmac_read(struct tarmac_reader *r, const char *line, enum tarmac_record *what, struct tarmac_error *e);

#endif
