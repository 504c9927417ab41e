/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Semantics: branches, with the BTYPE that they leave for the check at their target (Arm ARM D8.4.6.4,
 * FEAT_BTI).
 */
#include "cpu/pauth.h"

INSN(B)
{
    TAKEN;
}

INSN(BL)
{
    X(30) = PC + 4;
    TAKEN;
}

/* A conditional branch ends its run either way: what follows is charged like a branch target. */
#ifndef NOT_TAKEN
#define NOT_TAKEN END
#endif

#define BRANCH_IF(name, condition)                                                                           \
    INSN(name)                                                                                               \
    {                                                                                                        \
        if (condition)                                                                                       \
            TAKEN;                                                                                           \
        NOT_TAKEN;                                                                                           \
    }
BRANCH_IF(B_eq, cond_holds(c, 0))
BRANCH_IF(B_ne, cond_holds(c, 1))
BRANCH_IF(B_cs, cond_holds(c, 2))
BRANCH_IF(B_cc, cond_holds(c, 3))
BRANCH_IF(B_mi, cond_holds(c, 4))
BRANCH_IF(B_pl, cond_holds(c, 5))
BRANCH_IF(B_vs, cond_holds(c, 6))
BRANCH_IF(B_vc, cond_holds(c, 7))
BRANCH_IF(B_hi, cond_holds(c, 8))
BRANCH_IF(B_ls, cond_holds(c, 9))
BRANCH_IF(B_ge, cond_holds(c, 10))
BRANCH_IF(B_lt, cond_holds(c, 11))
BRANCH_IF(B_gt, cond_holds(c, 12))
BRANCH_IF(B_le, cond_holds(c, 13))
BRANCH_IF(CBZ64, X(i->rn) == 0)
BRANCH_IF(CBZ32, W(i->rn) == 0)
BRANCH_IF(CBNZ64, X(i->rn) != 0)
BRANCH_IF(CBNZ32, W(i->rn) != 0)
BRANCH_IF(TBZ, !(X(i->rn) >> i->aux & 1))
BRANCH_IF(TBNZ, X(i->rn) >> i->aux & 1)

/* BTypeNext of BR: 1 by X16 or X17 and from pages that are not guarded, else 3. */
static ALWAYS_INLINE unsigned br_btype(const struct cpu *c, unsigned n)
{
    return c->guarded_page && n != 16 && n != 17 ? 3 : 1;
}

INSN(BR)
{
    INDIRECT(X(i->rn), br_btype(c, i->rn));
}

INSN(BLR)
{
    uint64_t target = X(i->rn);
    X(30) = PC + 4;
    INDIRECT(target, 2);
}

INSN(RET)
{
    INDIRECT(X(i->rn), 0);
}

/* With FEAT_PAuth: the target is authenticated first. */
#define BRANCH_AUTH(name, key, n, modifier, link, btype)                                                     \
    INSN(name)                                                                                               \
    {                                                                                                        \
        if (!pauth_auth(c, i, key, X(n), X(modifier), true, &c->pauth_result))                               \
            RAISE((void)0);                                                                                  \
        if (link)                                                                                            \
            X(30) = PC + 4;                                                                                  \
        INDIRECT(c->pauth_result, btype);                                                                    \
    }
BRANCH_AUTH(BRAA, PAUTH_IA, i->rn, i->rm, false, br_btype(c, i->rn))
BRANCH_AUTH(BRAB, PAUTH_IB, i->rn, i->rm, false, br_btype(c, i->rn))
BRANCH_AUTH(BLRAA, PAUTH_IA, i->rn, i->rm, true, 2)
BRANCH_AUTH(BLRAB, PAUTH_IB, i->rn, i->rm, true, 2)
BRANCH_AUTH(RETAA, PAUTH_IA, 30, REG_SP, false, 0)
BRANCH_AUTH(RETAB, PAUTH_IB, 30, REG_SP, false, 0)

INSN(ERET)
{
    EXEC(exec_eret);
}

INSN(ERETAA)
{
    EXEC(exec_eretaa);
}

INSN(ERETAB)
{
    EXEC(exec_eretab);
}
