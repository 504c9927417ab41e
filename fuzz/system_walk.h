/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a program's page tables say of an address: read from the words of the program and the registers noted
 * at an exception. It is a second, small reader of the tables that the generator makes, apart from the
 * simulator's walker: it says whether a known difference can have the cause that its row names, without
 * asking what is tested. It checks nothing, and knows no TLB.
 */
#ifndef EL2SIM_FUZZ_SYSTEM_WALK_H
#define EL2SIM_FUZZ_SYSTEM_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "fuzz/system_pair.h"
#include "sysregs/sysreg.h"

/* Which values of the tables are read: those that the program begins with, or those of el2sim's end. */
enum system_tables { TABLES_AT_START, TABLES_AT_END };

/* The last descriptor of a walk. */
struct system_walk {
    bool off;            /* the stage is: output is the address itself */
    bool found;          /* a block or page descriptor, at any level */
    int level;           /* of the descriptor */
    unsigned granule;    /* log2 */
    uint64_t at;         /* physical address of the descriptor */
    uint64_t descriptor; /* 0 where the program has no word */
    uint64_t output;
    bool non_secure; /* NSTable or NS was 1 on the way (stage 1) */
};

/* A register at exception e, as far as events note it, or else, and with e = NULL, at the end of el2sim's
 * run. */
uint64_t system_state(const struct system_case *c, const struct program_event *e, enum sysreg reg);

/* Exception level that e was taken from. */
unsigned system_event_el(const struct program_event *e);
/* Code of an Exception level runs in the EL2 or EL2&0 regime. */
bool system_is_el2_regime(const struct system_case *c, const struct program_event *e, unsigned el);

/* Stage 1 of the EL2 or EL2&0 regime (el2), or of EL1&0. */
struct system_walk system_stage1(const struct system_case *c, const struct program_event *e, bool el2,
                                 uint64_t va, enum system_tables when);
/* Stage 2, with the Non-secure registers. */
struct system_walk system_stage2(const struct system_case *c, const struct program_event *e, uint64_t ipa,
                                 enum system_tables when);

#endif
