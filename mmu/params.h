/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The parameters of a walk from a context's registers. Arm ARM D8.2; GetS1TTWParams(), GetS2TTWParams().
 */
#ifndef EL2SIM_MMU_PARAMS_H
#define EL2SIM_MMU_PARAMS_H

#include <stddef.h>

#include "base/compiler.h"
#include "mmu/descriptor.h"
#include "mmu/internal.h"

/* What the attributes of a stage 1 leaf mean under these parameters; by walk.c. */
struct leaf_meaning {
    uint64_t key; /* the fields of the descriptors; 0: nothing here */
    uint64_t mair, mair2, hcr;
    uint32_t s1attr;
    uint8_t s1_perm;
    bool ns, guarded, global, clean;
};
#define LEAF_MEANINGS 4

/* What was made of a set of registers, kept with the TLB for the next walk. */
struct params_memo {
    const struct features *feat;
    uint64_t tcr, ttbr, more;
    const char *rule;
    struct walk_params p;
    struct leaf_meaning meaning[LEAF_MEANINGS];
};
enum { MEMO_TTBR0, MEMO_TTBR1, MEMO_S2, MEMO_S2_NS, MEMO_COUNT };

/* Each returns the parameters for the translation of an address (.p), in one of `memo`; or NULL, with *rule
 * the reason (static text) for a level 0 Translation fault before any table is looked at. */
static ALWAYS_INLINE struct params_memo *params_stage1(const struct tctx *t, uint64_t va, bool fetch,
                                                       struct params_memo *memo, const char **rule);
const struct walk_params *params_stage2(const struct tctx *t, uint64_t ipa, bool ns, struct params_memo *memo,
                                        const char **rule);

/* ---- the common case of params_stage1() ---- */

/* What the parameters depend on beside feat, tcr and ttbr. */
static inline uint64_t params_more(const struct tctx *t)
{
    return t->tcr2 << 16 | (uint64_t)t->regime << 8 | t->secure;
}
/* Makes m anew. */
void params_make_stage1(const struct tctx *t, bool high, struct params_memo *m);
/* Why there is no walk for va, or NULL. */
const char *params_refusal(const struct tctx *t, uint64_t va, bool fetch, bool high,
                           const struct params_memo *m);

static ALWAYS_INLINE struct params_memo *params_stage1(const struct tctx *t, uint64_t va, bool fetch,
                                                       struct params_memo *memo, const char **rule)
{
    bool high = bit(va, 55) && regime_two_ranges(t->regime);
    struct params_memo *m = &memo[high ? MEMO_TTBR1 : MEMO_TTBR0];
    if (UNLIKELY(m->tcr != t->tcr || m->ttbr != (high ? t->ttbr1 : t->ttbr0) || m->more != params_more(t) ||
                 m->feat != t->feat))
        params_make_stage1(t, high, m);
    /* all copies of VA<55>, as far as there is no tag */
    uint64_t above = (uint64_t)((int64_t)va >> (m->p.ia_bits & 63));
    if (LIKELY(m->rule == NULL && above == (high ? UINT64_MAX : 0) && !(m->p.e0pd | m->p.epd)))
        return m;
    *rule = params_refusal(t, va, fetch, high, m);
    return *rule == NULL ? m : NULL;
}

#endif
