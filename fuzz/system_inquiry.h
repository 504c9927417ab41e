/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Whether all differences of a program are known ones.
 *
 * A row of known.def explains what it says, and not what follows from it: other registers, memory, the way
 * that the program goes. So the instruction to blame is taken away from the program (it becomes a NOP) and
 * what is left runs again, until both sides are alike, or differ in what is explained by itself. Where a
 * difference doesn't name its instruction, as a value at the end, it is looked for: by halves, the largest
 * part of the program that both sides run alike, and the instruction that comes next.
 */
#ifndef EL2SIM_FUZZ_SYSTEM_INQUIRY_H
#define EL2SIM_FUZZ_SYSTEM_INQUIRY_H

#include "fuzz/known_system.h"
#include "fuzz/system_pair.h"

enum system_verdict {
    SYSTEM_AGAIN, /* run the next program */
    SYSTEM_ALIKE,
    SYSTEM_EXPLAINED, /* .ids says by what */
    SYSTEM_UNEXPLAINED
};

struct system_inquiry {
    struct program program; /* what is left of it */
    struct known_ids ids;
    unsigned taken; /* causes that were taken away */
    enum { INQUIRY_WHOLE, INQUIRY_SEARCH, INQUIRY_FOUND } step;
    /* The search: with so many instructions both are alike, with so many they differ; what is tried now. */
    unsigned alike, differs, tried;
    struct system_cause cause; /* of what is SYSTEM_UNEXPLAINED, where it was found */
};

void system_inquiry_begin(struct system_inquiry *q, const struct program *p);
/* The program to run next. */
void system_inquiry_next(const struct system_inquiry *q, struct program *p);
/* c: that program, and its results. If they are SYSTEM_UNEXPLAINED, it is the program to show. */
enum system_verdict system_inquiry_judge(struct system_inquiry *q, const struct system_pair *pair,
                                         const struct system_case *c);
/* All of it, one run after the other. p: the program; in the end the one that the verdict is about, c its
 * results. *error is set where the verdict is SYSTEM_AGAIN: it couldn't be run. */
enum system_verdict system_inquiry_run(struct system_inquiry *q, struct system_pair *pair, struct program *p,
                                       struct system_case *c, char *error);

/* The first difference of c that no row explains, by itself or (cause isn't NULL) by what was found to make
 * it; false: none. */
bool system_unexplained(const struct system_pair *pair, const struct system_case *c,
                        const struct system_cause *cause, struct system_difference *first);

#endif
