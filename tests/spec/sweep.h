/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Every rule of Arm's table of accesses against the verdicts: for each rule states in which exactly it
 * decides, their neighbours (one field bit differs), and a sweep over EL x E2H x TGE x NV x NV1 x NV2 x
 * security states x machines. Conditions are solved, not drawn.
 */
#ifndef EL2SIM_TESTS_SPEC_SWEEP_H
#define EL2SIM_TESTS_SPEC_SWEEP_H

#include "tests/spec/accesses.h"

enum sweep_fate {
    FATE_PASSED,
    FATE_FAILED,
    FATE_DEBUG,      /* external debug */
    FATE_PAIR,       /* 128-bit access */
    FATE_NO_RULES,   /* its feature has no rules in el2sim's tables; found UNDEFINED at every EL */
    FATE_IMPOSSIBLE, /* its condition can't hold on any machine that el2sim is */
    FATE_LEFT_OVER,  /* rules before it leave it nothing to decide */
    FATE_NOT_FOUND,  /* no deciding state was found, without proof that there is none */
    FATE_COUNT
};

struct sweep_row {
    uint8_t fate;
    uint16_t feature;
    bool neighbour; /* a state one bit away where it doesn't decide was compared too */
};

/* A row of exceptions.tsv: where the table is wrong, and what the manual says. */
struct sweep_exception {
    char *name, *access, *condition, *outcome, *manual, *reference;
    unsigned el, number;
    unsigned used;
};

struct sweep {
    struct spec_table *table;
    struct sweep_row *row; /* of the table, in its order */
    struct sweep_exception *exception;
    unsigned exceptions, excepted; /* excepted: rows that an exception explains */
    struct features full[4];       /* with and without EL2 (bit 0) and EL3 (bit 1) */
    struct features model[16];     /* CPU models as they are; NULL name ends */
    unsigned models;
    struct condition *at[4]; /* can the PE be at this EL */
    unsigned long states, neighbours;
    unsigned failures;
    uint64_t random;
    bool quick; /* one state for each rule, no neighbours, no sweep */
    bool verbose;
};

/* Loads the tables; exceptions: path of the list, or NULL. */
struct sweep *sweep_new(const char *exceptions);
void sweep_free(struct sweep *w);
/* Checks every chain; w->row and the counts are filled. */
void sweep_run(struct sweep *w);
/* A state in which rule n of the parsed chain c decides, on machines in order; false: none found. */
bool sweep_deciding(struct sweep *w, const struct spec_chain *c, unsigned n, const struct condition *also,
                    struct spec_state *s);
/* Compares the verdict in s, counts, and reports a difference that no exception explains. */
bool sweep_compare(struct sweep *w, const struct spec_chain *c, enum sysreg reg, const struct spec_state *s,
                   unsigned decides);

#endif
