/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the engines have in common: fetching the record at PC with every check that Arm makes before an
 * instruction executes (PC alignment, Instruction Abort, Illegal Execution state, Branch Target; D1.3.5 gives
 * the order), and the target address of branches.
 */
#include "cpu/engine.h"

#include <string.h>

#include "cpu/codepage.h"
#include "cpu/exception.h"

/* AArch64.BranchAddr(): a tagged branch target loses its tag. */
uint64_t cpu_branch_address(const struct cpu *c, uint64_t va)
{
    const struct tctx *t = &c->bank->tctx;
    bool two_ranges = t->regime == REGIME_EL10 || t->regime == REGIME_EL20;
    uint64_t untagged = two_ranges ? (uint64_t)sign_extend(va, 56) : va & MASK(55, 0);
    return LIKELY(untagged == va) || !mmu_tbi(t, va, true) ? va : untagged;
}

static void fetch_external_abort(struct cpu *c)
{
    const struct fault f = {.type = FAULT_EXTERNAL, .rule = "nothing answers at the instruction's address"};
    raise_insn_abort(c, c->pc, &f);
}

/* Translates c->pc for execution and attaches the page's decoded records; false: exception taken. */
static bool fetch_fill(struct cpu *c, struct htlb_fetch *e)
{
    const struct mmu_access a = {.type = ACCESS_FETCH};
    struct mmu_result r;
    if (!mmu_translate(&c->bank->tctx, &c->port, c->pc, &a, &r)) {
        raise_insn_abort(c, c->pc, &r.fault);
        return false;
    }
    uint64_t pa_page = r.pa & ~UINT64_C(4095);
    struct bus_ram *ram = bus_find_ram(c->bus, pa_page);
    if (ram == NULL || (ram->secure_only && r.ns)) {
        fetch_external_abort(c);
        return false;
    }
    struct code_page *p = codecache_get(c->code, ram, pa_page, c->feat, c->fp_trapped);
    htlb_fill_fetch(c->bank, e, c->pc, &r);
    e->code_page = p;
    e->dctx = c->fp_trapped;
    return true;
}

/* Branch target compatibility of the first instruction of a guarded page's run: BTI c/j/jc, PACIxSP, BRK,
 * HLT. */
static bool landing_pad(const struct cpu *c, uint32_t raw, unsigned btype)
{
    bool in_el0 = c->el == 0;
    uint64_t sctlr = c->bank->tctx.sctlr;
    if ((raw & 0xffffff3f) == 0xd503241f) { /* BTI <target> */
        unsigned target = (raw >> 6) & 3;
        return target == 3 || (target == 1 && btype != 3) || (target == 2 && btype != 2);
    }
    if ((raw & 0xffffffbf) ==
        0xd503233f) { /* PACIASP, PACIBSP: like BTI c, or jc unless SCTLR_ELx.BT says so */
        bool bt = in_el0 ? bit(sctlr, 35) : bit(sctlr, 36);
        return btype != 3 || !bt;
    }
    return (raw & 0xffe0001f) == 0xd4200000 || (raw & 0xffe0001f) == 0xd4400000; /* BRK, HLT */
}

const struct insn *engine_fetch(struct cpu *c)
{
    uint64_t va = c->pc;
    struct htlb_fetch *e = &c->bank->fetch[(va >> 12) & (HTLB_FETCH_ENTRIES - 1)];
    if (UNLIKELY(va & 3)) {
        c->budget--;
        raise_pc_alignment(c, va);
        return NULL;
    }
    if (e->tag != (va & ~UINT64_C(4095)) || e->code_page == NULL || e->dctx != c->fp_trapped) {
        if (!fetch_fill(c, e)) {
            c->budget--;
            return NULL;
        }
    }
    if (UNLIKELY(c->il)) {
        c->budget--;
        raise_illegal_state(c, va);
        return NULL;
    }
    const struct code_page *p = e->code_page;
    const struct insn *i = &p->rec[(va & 4095) / 4];
    c->guarded_page = e->guarded;
    unsigned btype = cpu_btype(c, va);
    if (UNLIKELY(btype != 0 && e->guarded)) {
        uint32_t raw;
        memcpy(&raw, p->host + (va & 4095), 4);
        if (!landing_pad(c, raw, btype)) {
            c->budget--;
            raise_branch_target(c, va, btype);
            return NULL;
        }
    }
    c->pc_page = va & ~UINT64_C(4095);
    return i;
}
