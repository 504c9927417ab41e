/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The conditions of tests/data/sysreg-traps.tsv: text of Arm's pseudocode, parsed into a tree that can be
 * evaluated in a state and solved for one. It shares nothing with sysregs/sysreg.c but the numbers of
 * registers; positions of fields are in fields.c, from the manual. Arm ARM DDI 0487 D19.2, J1.
 */
#ifndef EL2SIM_TESTS_SPEC_CONDITIONS_H
#define EL2SIM_TESTS_SPEC_CONDITIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sysregs/sysreg.h"

/* What conditions can look at: a register (its enum sysreg), one of these, or a feature (VAR_FEATURE + n). */
enum {
    VAR_SP = SR_COUNT, /* PSTATE.SP */
    VAR_BREAKPOINTS,
    VAR_WATCHPOINTS,
    VAR_FEATURE
};

/* A state in which an access is made. */
struct spec_state {
    struct features feat;
    uint64_t sr[SR_COUNT];
    unsigned el;
    bool sp0;
};

/* Bits of a variable. */
struct spec_field {
    uint16_t var;
    uint8_t low, width;
};

struct condition; /* a parsed condition */

/* Parses text; *c is to be freed with condition_free(). NULL: a construct that isn't known, described in why.
 */
struct condition *condition_parse(const char *text, char *why, size_t size);
void condition_free(struct condition *c);
bool condition_holds(const struct condition *c, const struct spec_state *s);
/* Adds the fields that c looks at to list[*count], each once, up to max. */
void condition_fields(const struct condition *c, struct spec_field *list, unsigned *count, unsigned max);

/* Changes *s so that yes and none of no[0..count) hold; false: there is no such state, as far as the
 * variables that the conditions name go. Other variables keep their values. `seed` picks one of several
 * solutions. Features are left alone, or switched off as needed with `features`. */
bool conditions_solve(struct spec_state *s, const struct condition *const *yes, unsigned yes_count,
                      const struct condition *const *no, unsigned no_count, bool features, uint64_t seed);

uint64_t spec_get(const struct spec_state *s, const struct spec_field *f);
void spec_set(struct spec_state *s, const struct spec_field *f, uint64_t value);
/* Is f part of a read-only register, so that it is as the machine has it? */
bool spec_fixed(const struct spec_field *f);

/* "HCR_EL2.TVM", "CPACR_EL1.FPEN[0]" or "MDCR_EL3.SBRBE[0]" to its bits; false: not known (fields.c). */
bool spec_find_field(const char *name, struct spec_field *f);

#endif
