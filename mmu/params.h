/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The parameters of a walk from a context's registers. Arm ARM D8.2; GetS1TTWParams(), GetS2TTWParams().
 */
#ifndef EL2SIM_MMU_PARAMS_H
#define EL2SIM_MMU_PARAMS_H

#include "mmu/descriptor.h"
#include "mmu/mmu.h"

/* What was made of a set of registers, kept with the TLB for the next walk. */
struct params_memo {
    const struct features *feat;
    uint64_t tcr, ttbr, more;
    const char *rule;
    struct walk_params p;
};
enum { MEMO_TTBR0, MEMO_TTBR1, MEMO_S2, MEMO_S2_NS, MEMO_COUNT };

/* Each returns the parameters for the translation of an address, in one of `memo`; or NULL, with *rule the
 * reason (static text) for a level 0 Translation fault before any table is looked at. */
const struct walk_params *params_stage1(const struct tctx *t, uint64_t va, bool fetch,
                                        struct params_memo *memo, const char **rule);
const struct walk_params *params_stage2(const struct tctx *t, uint64_t ipa, bool ns, struct params_memo *memo,
                                        const char **rule);

#endif
