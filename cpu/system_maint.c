/* SPDX-License-Identifier: BSD-2-Clause
 *
 * SYS and SYSL: cache maintenance, DC ZVA, address translation, TLB maintenance, prediction restriction. Arm
 * ARM C5.3, C5.4, C5.5, D7.5, D8.16. DC GVA and DC GZVA store allocation tags (FEAT_MTE). Caches are not
 * modelled (memory is coherent, and decoded code follows every store), so what is left of cache maintenance
 * is its permission checks and faults.
 */
#include <string.h>

#include "cpu/brbe.h"
#include "cpu/cpu.h"
#include "cpu/debug.h"
#include "cpu/engine.h"
#include "cpu/exception.h"
#include "cpu/mte.h"
#include "cpu/observe.h"
#include "cpu/sem.h"
#include "cpu/system.h"

#define PAGE_MASK (~UINT64_C(4095))
enum { ZVA_BYTES = 64 }; /* DCZID_EL0.BS = 4 */

/* Goes on after i; with a fresh fetch where translations went away. */
static const struct insn *done(struct cpu *c, const struct insn *i, uint64_t fetch_key)
{
    if (c->fetch_key == fetch_key)
        return cpu_next(c, i);
    c->pc = PC + 4;
    c->cur = NULL;
    cpu_refund(c, i);
    return cpu_resume(c);
}

static void maintain_tlb(struct cpu *c, enum sysreg reg, uint64_t xt)
{
    struct tlbi op;
    tlbi_make(&op, c->feat, c->sr, c->el, reg, xt);
    if (UNLIKELY(c->tracer != NULL))
        observe_tlbi(c, &op, xt);
    if (op.share == TLBI_NSH || c->board == NULL || c->board->tlbi == NULL)
        cpu_tlb_invalidate(c, &op);
    else
        c->board->tlbi(c->board->opaque, c, &op);
}

/* Cache maintenance by VA: translation and permission faults only. DC IVAC needs write permission, others at
 * EL0 permission to read. */
static bool maintain_va(struct cpu *c, const struct insn *i, uint64_t va, bool write)
{
    const struct htlb_entry *e = htlb_slot(c->bank, va);
    if (LIKELY((write ? e->write_tag : e->read_tag) == (va & PAGE_MASK)))
        return true;
    const struct mmu_access a = {
        .type = write ? ACCESS_WRITE : ACCESS_READ, .cmo = true, .unchecked = c->el != 0};
    struct mmu_result r;
    if (mmu_translate(&c->bank->tctx, &c->port, va, &a, &r))
        return true;
    raise_data_abort(c, i, va, true, &r.fault, 0);
    return false;
}

/* DC ZVA, GVA and GZVA don't take Device memory. `va` is what the instruction was given, and what a fault
 * reports. */
static bool is_normal(struct cpu *c, const struct insn *i, uint64_t va)
{
    struct mmu_result r;
    if (!mem_translate(c, i, va, true, 0, &r))
        return false;
    if (!r.device)
        return true;
    const struct fault f = {.type = FAULT_ALIGNMENT, .write = true, .rule = "DC ZVA to Device memory"};
    raise_data_abort(c, i, va, true, &f, 0);
    return false;
}

/* The data of DC ZVA and DC GZVA: a store of 64 aligned bytes. Only the former's is checked for tags, by
 * mem_store(). */
static bool zero_block(struct cpu *c, const struct insn *i, uint64_t va)
{
    static const uint8_t zero[16];
    uint64_t block = va & ~(uint64_t)(ZVA_BYTES - 1);
    const struct htlb_entry *e = htlb_slot(c->bank, block);
    if (LIKELY(e->write_tag == (block & PAGE_MASK) && !(c->attention & ATT_DEBUG) && !c->tells_memory)) {
        memset((void *)(uintptr_t)(block + e->addend), 0, ZVA_BYTES);
        return true;
    }
    if (!is_normal(c, i, va))
        return false;
    if ((c->attention & ATT_DEBUG) && debug_watch(c, i, block, ZVA_BYTES, true, c->el))
        return false;
    for (unsigned n = 0; n < ZVA_BYTES; n += sizeof(zero))
        if (!mem_store(c, i, block + n, zero, sizeof(zero), MEM_SIMD))
            return false;
    return true;
}

static bool translate_address(struct cpu *c, const struct insn *i, enum sysreg reg, uint64_t va)
{
    uint64_t par;
    struct fault f;
    if (at_execute(c->feat, c->sr, c->el, c->pan, &c->port, reg, va, &par, &f)) {
        c->sr[SR_PAR_EL1] = par;
        return true;
    }
    raise_data_abort(c, i, va, true, &f, 0);
    return false;
}

/* AT: the result is in PAR_EL1. */
static bool is_translation(enum sysreg reg)
{
    const struct sysreg_row *r = sysreg_row(reg);
    return r->op0 == 1 && r->crn == 7 && (r->crm == 8 || r->crm == 9) && r->op1 != 3;
}

/* Performs the operation; false: it took an exception. */
static bool perform(struct cpu *c, const struct insn *i, enum sysreg reg, uint64_t xt)
{
    switch (reg) {
    case SR_DC_ZVA:
        return zero_block(c, i, xt);
    case SR_DC_GVA:
        return is_normal(c, i, xt) && mte_tag_block(c, i, xt, ZVA_BYTES, 0);
    case SR_DC_GZVA:
        return is_normal(c, i, xt) && zero_block(c, i, xt) && mte_tag_block(c, i, xt, ZVA_BYTES, 0);
    case SR_DC_CVAC:
    case SR_DC_CVAU:
    case SR_DC_CVAP:
    case SR_DC_CVADP:
    case SR_DC_CIVAC:
    case SR_DC_CGVAC:
    case SR_DC_CGVAP:
    case SR_DC_CGVADP:
    case SR_DC_CIGVAC:
    case SR_DC_CGDVAC:
    case SR_DC_CGDVAP:
    case SR_DC_CGDVADP:
    case SR_DC_CIGDVAC:
    case SR_IC_IVAU:
        return maintain_va(c, i, xt, false);
    case SR_DC_IVAC:
    case SR_DC_IGVAC:
    case SR_DC_IGDVAC:
        return maintain_va(c, i, xt, true);
    case SR_AT_S1E1R:
    case SR_AT_S1E1W:
    case SR_AT_S1E0R:
    case SR_AT_S1E0W:
    case SR_AT_S1E1RP:
    case SR_AT_S1E1WP:
    case SR_AT_S1E2R:
    case SR_AT_S1E2W:
    case SR_AT_S12E1R:
    case SR_AT_S12E1W:
    case SR_AT_S12E0R:
    case SR_AT_S12E0W:
    case SR_AT_S1E3R:
    case SR_AT_S1E3W:
    case SR_AT_S1E1A:
    case SR_AT_S1E2A:
    case SR_AT_S1E3A:
        return translate_address(c, i, reg, xt);
    case SR_IC_IALLU:
    case SR_IC_IALLUIS:
    case SR_DC_ISW:
    case SR_DC_CSW:
    case SR_DC_CISW:
    case SR_DC_IGSW:
    case SR_DC_CGSW:
    case SR_DC_CIGSW:
    case SR_DC_IGDSW:
    case SR_DC_CGDSW:
    case SR_DC_CIGDSW:
    case SR_CFP_RCTX:
    case SR_DVP_RCTX:
    case SR_CPP_RCTX:
    case SR_COSP_RCTX:
        return true;
    case SR_BRB_IALL:
        brbe_invalidate(c);
        return true;
    case SR_BRB_INJ:
        brbe_inject(c);
        return true;
    default:
        break;
    }
    if (sysreg_row(reg)->crn == 8 || sysreg_row(reg)->crn == 9) {
        maintain_tlb(c, reg, xt);
        return true;
    }
    if (c->board != NULL && c->board->unimplemented != NULL)
        c->board->unimplemented(c->board->opaque, c, sysreg_row(reg)->name);
    raise_undefined(c, i);
    return false;
}

const struct insn *exec_sys(struct cpu *c, const struct insn *i)
{
    uint64_t fetch_key = c->fetch_key;
    bool sysl = i->aux == 1;
    c->cur = i;
    if (UNLIKELY(i->imm == SR_NONE)) {
        raise_undefined(c, i);
        return cpu_resume(c);
    }
    enum sysreg reg = (enum sysreg)i->imm;
    if (UNLIKELY(!system_permitted(c, i, reg, !sysl)) ||
        UNLIKELY(!perform(c, i, reg, sysl ? 0 : c->x[i->rn])))
        return cpu_resume(c);
    if (sysl)
        c->x[i->rd] = 0;
    if (UNLIKELY(c->tracer != NULL))
        observe_sys(c, reg, sysl ? 0 : is_translation(reg) ? c->sr[SR_PAR_EL1] : c->x[i->rn]);
    return done(c, i, fetch_key);
}
