/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Telling a port's observer of a walk: struct walk_step filled from what the walker has in hand. walk.c calls
 * these only if there is an observer.
 */
#ifndef EL2SIM_MMU_OBSERVE_H
#define EL2SIM_MMU_OBSERVE_H

#include "mmu/descriptor.h"
#include "mmu/internal.h"

/* Where in a translation: what all steps of a stage have in common. */
struct observation {
    const struct tctx *t;
    const struct mmu_port *port;
    uint64_t input;
    unsigned stage;
    bool for_table, input_ns;
};

/* A stage begins. p: NULL if there is no walk, for `rule` or because the stage is off. */
void observe_stage(const struct observation *o, const struct walk_params *p, const char *rule);
/* A descriptor of the stage, or with `unread` why there is none. `tables`: those above it. */
void observe_descriptor(const struct observation *o, const struct walk_params *p, int level, uint64_t address,
                        bool address_ns, uint64_t pa, bool pa_ns, uint64_t desc, uint64_t tables,
                        const char *unread);
/* The leaf was written back. */
void observe_update(const struct observation *o, int level, uint64_t address, bool address_ns, uint64_t pa,
                    bool pa_ns, uint64_t desc);
/* A stage ends, with its part of *x, or with *f unless that is FAULT_NONE. */
void observe_output(const struct observation *o, const struct xlat *x, const struct fault *f, bool cached);
/* The translation ends. */
void observe_result(const struct observation *o, const struct mmu_access *a, const struct xlat *x,
                    const struct fault *f, bool s1_only);

#endif
