/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The Activity Monitors of one PE (FEAT_AMUv1, FEAT_AMUv1p1): four architected counters and the auxiliary
 * ones of group 1. Arm ARM D15. Counters have no life of their own: as those of the PMU they are worked out
 * from the PE's instruction count when somebody looks or what counts changes. They count at every Exception
 * level; a PE that sleeps counts nothing.
 */
#ifndef EL2SIM_CPU_AMU_H
#define EL2SIM_CPU_AMU_H

#include <stdbool.h>

struct amu;
struct cpu;

/* Gives c its activity monitors: c->amu and c->units[UNIT_AMU]. Its PMU (which knows the instructions that
 * were attempted and not retired) must be there. */
struct amu *amu_new(struct cpu *c);
void amu_free(struct amu *a);

/* Each may be called where c->amu is NULL: sr[] was reset or loaded; counters in sr[] are wanted up to date.
 */
void amu_restart(struct cpu *c);
void amu_sync(struct cpu *c);
/* Does a counter count retired instructions? The PMU must hear of exceptions then. */
bool amu_counts_retired(const struct cpu *c);

#endif
