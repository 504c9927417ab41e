/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Semantics: FEAT_MTE. Arm ARM C6.2 (ADDG to SUBPS). Tags and their memory are cpu/mte.c's; what touches
 * memory is never done inline.
 */
#include "cpu/mte.h"

/* ---- addresses ---- */

INSN(ADDG)
{
    X(i->rd) = mte_add_tag(c, X(i->rn), IMM, i->aux);
    NEXT;
}

INSN(SUBG)
{
    X(i->rd) = mte_add_tag(c, X(i->rn), -IMM, i->aux);
    NEXT;
}

INSN(IRG)
{
    X(i->rd) = mte_random_tag(c, X(i->rn), X(i->rm));
    NEXT;
}

INSN(GMI)
{
    X(i->rd) = X(i->rm) | BIT(bits(X(i->rn), 59, 56));
    NEXT;
}

#define ADDRESS_56(n) ((uint64_t)sign_extend(X(n), 56))
INSN(SUBP)
{
    X(i->rd) = ADDRESS_56(i->rn) - ADDRESS_56(i->rm);
    NEXT;
}

INSN(SUBPS)
{
    const uint64_t a = ADDRESS_56(i->rn), b = ADDRESS_56(i->rm);
    X(i->rd) = subs64(c, a, b);
    NEXT;
}
#undef ADDRESS_56

/* ---- allocation tags: `call` is false where it took an exception ---- */

#define TAG_ACCESS(name, call, after)                                                                        \
    INSN(name)                                                                                               \
    {                                                                                                        \
        SLOW;                                                                                                \
        CHECK_BASE(i->rn);                                                                                   \
        if (!(call))                                                                                         \
            RAISE((void)0);                                                                                  \
        after;                                                                                               \
        NEXT;                                                                                                \
    }
#define STORE_TAG(name, granules, zero)                                                                      \
    TAG_ACCESS(name##_off, mte_store_tag(c, i, X(i->rn) + IMM, X(i->rd), granules, zero), (void)0)           \
    TAG_ACCESS(name##_pre, mte_store_tag(c, i, X(i->rn) + IMM, X(i->rd), granules, zero), X(i->rn) += IMM)   \
    TAG_ACCESS(name##_post, mte_store_tag(c, i, X(i->rn), X(i->rd), granules, zero), X(i->rn) += IMM)
STORE_TAG(STG, 1, false)
STORE_TAG(STZG, 1, true)
STORE_TAG(ST2G, 2, false)
STORE_TAG(STZ2G, 2, true)
TAG_ACCESS(STGP_off, mte_store_pair(c, i, X(i->rn) + IMM, X(i->rd), X(i->ra)), (void)0)
TAG_ACCESS(STGP_pre, mte_store_pair(c, i, X(i->rn) + IMM, X(i->rd), X(i->ra)), X(i->rn) += IMM)
TAG_ACCESS(STGP_post, mte_store_pair(c, i, X(i->rn), X(i->rd), X(i->ra)), X(i->rn) += IMM)
TAG_ACCESS(LDG, mte_load_tag(c, i, X(i->rn) + IMM, &X(i->rd)), (void)0)
TAG_ACCESS(LDGM, mte_load_tags(c, i, X(i->rn), &X(i->rd)), (void)0)
TAG_ACCESS(STGM, mte_store_tags(c, i, X(i->rn), X(i->rd)), (void)0)
TAG_ACCESS(STZGM, mte_zero_tags(c, i, X(i->rn), X(i->rd)), (void)0)
#undef STORE_TAG
#undef TAG_ACCESS
