/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Semantics: system instructions, hints, pointer authentication. What has state or rules of its own is
 * elsewhere: exec_* (cpu/system*.c), pauth_* (cpu/pauth.c).
 */
#include "cpu/pauth.h"

#define EXECUTE(name, function)                                                                              \
    INSN(name)                                                                                               \
    {                                                                                                        \
        EXEC(function);                                                                                      \
    }
EXECUTE(SVC, exec_svc)
EXECUTE(HVC, exec_hvc)
EXECUTE(SMC, exec_smc)
EXECUTE(BRK, exec_brk)
EXECUTE(HLT, exec_hlt)
EXECUTE(YIELD, exec_yield)
EXECUTE(WFE, exec_wfe)
EXECUTE(WFI, exec_wfi)
EXECUTE(WFET, exec_wfet)
EXECUTE(WFIT, exec_wfit)
EXECUTE(SEV, exec_sev)
EXECUTE(SEVL, exec_sevl)
EXECUTE(ESB, exec_esb)
EXECUTE(CLREX, exec_clrex)
EXECUTE(DSB, exec_dsb)
EXECUTE(ISB, exec_isb)
EXECUTE(MSR_imm, exec_msr_imm)
EXECUTE(SYS, exec_sys)
EXECUTE(SYSL, exec_sys)
EXECUTE(MSR, exec_msr)

/* MRS inside a run: plain storage whose verdict is remembered (struct cpu_access) is read here, the rest by
 * exec_mrs(). */
INSN(MRS)
{
    const struct cpu_access *a = &c->access[c->el][0][IMM];
    if (LIKELY(a->stamp == c->trap_gen[c->el] && a->unit == UNIT_NONE)) {
        X(i->rd) = c->sr[a->reg];
        NEXT;
    }
    SLOW;
    EXEC(exec_mrs);
}

INSN(MRS_unallocated)
{
    SLOW;
    EXEC(exec_mrs);
}

/* Linux keeps `current` here. With SPSel=0 an access is UNDEFINED. */
INSN(MRS_SP_EL0)
{
    if (LIKELY(c->el != 0 && c->spsel)) {
        X(i->rd) = c->sp_el[0];
        NEXT;
    }
    SLOW;
    EXEC(exec_mrs);
}

/* At EL0 SCTLR_EL1.UMA may trap it. */
INSN(MRS_DAIF)
{
    if (LIKELY(c->el != 0)) {
        X(i->rd) = (uint64_t)c->daif << 6;
        NEXT;
    }
    SLOW;
    EXEC(exec_mrs);
}

INSN(MRS_NZCV)
{
    X(i->rd) = (uint64_t)get_nzcv(c) << 28;
    NEXT;
}

/* Also prefetches, unallocated hints, BTI (checked by the fetch), SB: nothing is speculated. */
INSN(NOP)
{
    NEXT;
}

/* Accesses are made in order, and seen by all as soon as they are made. */
INSN(DMB)
{
    NEXT;
}

/* ---- FEAT_PAuth ---- */

#define PAUTH_SIGN(name, key, reg, dest, modifier)                                                           \
    INSN(name)                                                                                               \
    {                                                                                                        \
        if (!pauth_sign(c, i, key, X(reg), modifier, &c->pauth_result))                                      \
            RAISE((void)0);                                                                                  \
        X(dest) = c->pauth_result;                                                                           \
        NEXT;                                                                                                \
    }
#define PAUTH_AUTH(name, key, reg, dest, modifier)                                                           \
    INSN(name)                                                                                               \
    {                                                                                                        \
        if (!pauth_auth(c, i, key, X(reg), modifier, false, &c->pauth_result))                               \
            RAISE((void)0);                                                                                  \
        X(dest) = c->pauth_result;                                                                           \
        NEXT;                                                                                                \
    }
PAUTH_SIGN(PACIA, PAUTH_IA, i->ra, i->rd, X(i->rm))
PAUTH_SIGN(PACIB, PAUTH_IB, i->ra, i->rd, X(i->rm))
PAUTH_SIGN(PACDA, PAUTH_DA, i->ra, i->rd, X(i->rm))
PAUTH_SIGN(PACDB, PAUTH_DB, i->ra, i->rd, X(i->rm))
PAUTH_AUTH(AUTIA, PAUTH_IA, i->ra, i->rd, X(i->rm))
PAUTH_AUTH(AUTIB, PAUTH_IB, i->ra, i->rd, X(i->rm))
PAUTH_AUTH(AUTDA, PAUTH_DA, i->ra, i->rd, X(i->rm))
PAUTH_AUTH(AUTDB, PAUTH_DB, i->ra, i->rd, X(i->rm))

/* In the space of hints: without the feature nothing happens. */
#define PAUTH_HINT(name, function, key, reg, modifier)                                                       \
    INSN(name)                                                                                               \
    {                                                                                                        \
        if (!pauth_hint_##function(c, i, key, reg, modifier))                                                \
            RAISE((void)0);                                                                                  \
        NEXT;                                                                                                \
    }
PAUTH_HINT(PACIA1716, sign, PAUTH_IA, 17, X(16))
PAUTH_HINT(PACIB1716, sign, PAUTH_IB, 17, X(16))
PAUTH_HINT(AUTIA1716, auth, PAUTH_IA, 17, X(16))
PAUTH_HINT(AUTIB1716, auth, PAUTH_IB, 17, X(16))
PAUTH_HINT(PACIAZ, sign, PAUTH_IA, 30, 0)
PAUTH_HINT(PACIBZ, sign, PAUTH_IB, 30, 0)
PAUTH_HINT(AUTIAZ, auth, PAUTH_IA, 30, 0)
PAUTH_HINT(AUTIBZ, auth, PAUTH_IB, 30, 0)
PAUTH_HINT(PACIASP, sign, PAUTH_IA, 30, X(REG_SP))
PAUTH_HINT(PACIBSP, sign, PAUTH_IB, 30, X(REG_SP))
PAUTH_HINT(AUTIASP, auth, PAUTH_IA, 30, X(REG_SP))
PAUTH_HINT(AUTIBSP, auth, PAUTH_IB, 30, X(REG_SP))

INSN(XPACLRI)
{
    pauth_hint_strip(c, 30);
    NEXT;
}

INSN(XPACI)
{
    X(i->rd) = pauth_strip(c, X(i->ra), false);
    NEXT;
}

INSN(XPACD)
{
    X(i->rd) = pauth_strip(c, X(i->ra), true);
    NEXT;
}

INSN(PACGA)
{
    if (!pauth_generic(c, i, X(i->rn), X(i->rm), &c->pauth_result))
        RAISE((void)0);
    X(i->rd) = c->pauth_result;
    NEXT;
}
