/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Arm's table of accesses (tests/data/sysreg-traps.tsv) in memory, states for it, and the comparison of its
 * outcomes with the verdicts of sysreg_access() and tlbi_make().
 */
#ifndef EL2SIM_TESTS_SPEC_ACCESSES_H
#define EL2SIM_TESTS_SPEC_ACCESSES_H

#include <stdio.h>

#include "tests/spec/conditions.h"

enum { SPEC_RULES = 32, SPEC_COLUMNS = 16 };

/* A row of sysreg-traps.tsv. */
struct spec_rule {
    char *condition, *outcome;
    unsigned number; /* the table's own, 1 is looked at first */
    bool debug_only;
    struct condition *when; /* spec_chain_parse() */
};

/* The rows of one access at one EL, in order; the first that holds decides. */
struct spec_chain {
    char kind[8];   /* SYSREG, SYS, SYSL, SYSP */
    char name[48];  /* SCTLR_EL1, TLBI_VAE1 */
    char access[8]; /* R, W; R128, W128: of a pair of registers */
    unsigned el, count;
    struct spec_rule rule[SPEC_RULES];
};

struct spec_table {
    struct spec_chain *chain;
    unsigned chains, rows;
};

/* The table's file `name`: in $EL2SIM_TEST_DATA, or $srcdir/tests/data; ends the program if there is none. */
FILE *spec_open(const char *name);
/* The next line split at tabs into col[0..columns); false at the end. */
bool spec_row(FILE *f, char *line, size_t size, char **col, unsigned columns);

struct spec_table *spec_table_load(void);
void spec_table_free(struct spec_table *t);
/* The chain of an access; NULL if there is none. */
const struct spec_chain *spec_chain_find(const struct spec_table *t, const char *name, const char *access,
                                         unsigned el);
/* Parses the conditions of c's rules; false: one isn't understood, why says which. */
bool spec_chain_parse(struct spec_chain *c, char *why, size_t size);
void spec_chain_release(struct spec_chain *c);
/* Index of the rule that decides in s; c->count if none does. */
unsigned spec_chain_decides(const struct spec_chain *c, const struct spec_state *s);

/* Row of a name as the tables spell it; SR_NONE if there is none. */
enum sysreg spec_reg(const char *name);

/* Does el2sim's verdict in s agree with an outcome of the table? *got describes the verdict. */
bool spec_agrees(const struct spec_state *s, enum sysreg reg, bool write, const char *outcome, char *got,
                 size_t size);

/* A machine with every feature that el2sim's tables have rules for, with and without EL2 and EL3. */
void spec_full_features(struct features *f, bool el2, bool el3);
/* The state after reset of such a CPU. */
void spec_reset(struct spec_state *s, const struct features *f, unsigned el);
/* Fills every register that access rules look at: with 0, ones, or random bits drawn from *random. */
enum spec_fill { FILL_ZERO, FILL_ONES, FILL_RANDOM, FILL_COUNT };
void spec_fill(struct spec_state *s, enum spec_fill fill, uint64_t *random);
/* What hardware makes of the values: RES0 and RES1, nothing in registers of ELs that aren't there. */
void spec_settle(struct spec_state *s);
/* Can a PE be at this EL in this state? */
bool spec_possible(const struct spec_state *s);
uint64_t spec_random(uint64_t *random);

#endif
