/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The decode table itself, for tests and tools. Execution uses decode() of cpu/insn.h.
 */
#ifndef EL2SIM_CPU_DECODE_H
#define EL2SIM_CPU_DECODE_H

#include "cpu/insn.h"

/* The words w with (w & mask) == value. */
struct decode_cube {
    uint32_t mask, value;
};

/* One pattern: a row of a .decode file with its braces resolved. */
struct decode_row {
    uint32_t mask, value;
    uint16_t op;          /* enum op */
    uint8_t flags;        /* enum insn_flag */
    uint8_t n_excluded;   /* constraints: words that are not this row's although mask and value fit, */
    uint16_t excluded_at; /* from here in the table of exclusions */
    uint16_t feature[2];  /* enum feature: both are needed */
    bool (*fill)(struct insn *o, uint32_t raw); /* operands; false: UNDEFINED. NULL: none */
    const char *name;                           /* of the op */
};

/* All patterns; *n is their number. */
const struct decode_row *decode_rows(unsigned *n);
/* The row that `raw` belongs to, whatever features there are; NULL: unallocated. */
const struct decode_row *decode_find(uint32_t raw);

#endif
