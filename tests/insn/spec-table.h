/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A decoder of A64 built from Arm's decode tables (tests/data/a64-encodings.tsv) and nothing of el2sim's:
 * what the table says of a word. Rows are tried in the order of their `see` numbers; a row whose SEE
 * condition holds passes the word on. What the table's columns leave out (conditions about variables of the
 * pseudocode, UNDEFINED cases of its "case" statements, features) is in tests/insn/decode-supplement.tsv, and
 * where el2sim makes a choice that the architecture permits in decode-exceptions.tsv. Both have lines of
 *
 *     names <tab> kind <tab> condition <tab> reference
 *
 * names is a list of patterns of row names, each with @VALUE for one row of that name. Kinds:
 *   resolves        stands for all conditions of the row that the table can't decide
 *   undefined       one more UNDEFINED condition
 *   see             one more SEE condition
 *   feature         the row's feature
 *   undefined-here  el2sim decodes the word as UNDEFINED, by a choice that the architecture permits
 * A line applies to the named rows that have the fields which its condition mentions.
 */
#ifndef EL2SIM_TESTS_INSN_SPEC_TABLE_H
#define EL2SIM_TESTS_INSN_SPEC_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "sysregs/features.h"

enum { SPEC_CONDITIONS = 8 };

struct spec_field {
    char name[16];
    uint8_t hi, lo;
};

/* One encoding. Conditions are numbers of nodes of the expressions; 0: none. */
struct spec_row {
    char name[48];
    uint32_t mask, value;
    struct spec_field field[14];
    unsigned n_fields;
    uint16_t undefined[SPEC_CONDITIONS], see[SPEC_CONDITIONS], exception[SPEC_CONDITIONS];
    char *absent;     /* the missing feature, or NULL: implemented */
    char *undecided;  /* a condition that nothing resolves, or NULL */
    uint32_t depends; /* bits that the mask and the conditions look at */
};

struct spec_node;

struct spec {
    struct spec_row *row;
    unsigned n_rows;
    struct spec_node *node;
    unsigned n_nodes;
    uint16_t *bucket[8192]; /* by word<31:19>: rows that are possible, ended by UINT16_MAX */
    unsigned errors;
};

enum spec_kind {
    SPEC_UNALLOCATED, /* no row */
    SPEC_ABSENT,      /* a row of a missing feature */
    SPEC_UNDEFINED,   /* a row, and one of its conditions says UNDEFINED */
    SPEC_EXCEPTION,   /* allocated, but for a line of decode-exceptions.tsv */
    SPEC_UNDECIDED,
    SPEC_ALLOCATED,
    SPEC_KINDS,
};

struct spec_verdict {
    enum spec_kind kind;
    const struct spec_row *row; /* NULL: unallocated */
    bool see;                   /* some row passed the word on */
    bool low_matters;           /* bits 4:0 were looked at: the verdict isn't that of all 32 words */
};

/* Reads the table and what belongs to it from the folder `top`; mistakes are printed and counted in errors.
 */
struct spec *spec_read(const char *top, const struct features *f);
void spec_free(struct spec *s);
void spec_decode(const struct spec *s, uint32_t word, struct spec_verdict *v);

#endif
