/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The parts of cpu/context.c that every exception and exception return execute, to be compiled into them.
 */
#ifndef EL2SIM_CPU_CONTEXT_H
#define EL2SIM_CPU_CONTEXT_H

#include "cpu/cpu.h"
#include "cpu/debug.h"
#include "cpu/exception.h"

/* Finds banks and verdicts of context n (EL * 2 + PAN; EL0 has one; CONTEXT_TCO more: tags unchecked) anew.
 */
void context_build(struct cpu *c, unsigned n);
/* The context to use instead of n while PSTATE.TCO is 1. */
const struct cpu_context *context_unchecked(struct cpu *c, unsigned n);

/* The stamp of verdicts of sysreg_access() for the present registers at `el`; never TRAP_STAMP_UNKNOWN. */
uint32_t context_trap_stamp(struct cpu *c, unsigned el);

/* Was a bank of x given away or emptied since, or is it to be? */
static ALWAYS_INLINE bool context_is_stale(const struct cpu_context *x)
{
    return x->bank->key != x->key || x->unpriv->key != x->unpriv_key || (x->bank->stale | x->unpriv->stale);
}

/* FEAT_NV2 accesses memory in place of a register as EL2 would with PSTATE.PAN 0: makes that context, *c's
 * ctx[CTX_EL2], valid. */
#define CTX_EL2 4
static ALWAYS_INLINE struct htlb_bank *context_el2_bank(struct cpu *c)
{
    struct cpu_context *x = &c->ctx[CTX_EL2];
    if (UNLIKELY(!(c->ctx_valid >> CTX_EL2 & 1) || context_is_stale(x)))
        context_build(c, CTX_EL2);
    x->bank->last_use = ++c->htlb.use_clock;
    return x->bank;
}

/* Puts the present (EL, PAN, UAO, TCO) into effect. */
static ALWAYS_INLINE void context_select(struct cpu *c)
{
    unsigned n = c->el == 0 ? 0 : c->el * 2u + c->pan;
    const struct cpu_context *x = &c->ctx[n];
    if (UNLIKELY(!(c->ctx_valid >> n & 1) || context_is_stale(x)))
        context_build(c, n);
    if (UNLIKELY(x->tag_checked & c->tco))
        x = context_unchecked(c, n);
    x->bank->last_use = ++c->htlb.use_clock;
    c->bank = x->bank;
    c->bank_unpriv = c->uao ? x->bank : x->unpriv;
    c->fp_trapped = x->fp_trapped;
    c->sp_mask = x->sp_mask;
    c->fetch_key = x->key << 1 | x->fp_trapped;
}

/* The attention bits for the present masks and Exception level. */
static ALWAYS_INLINE void context_attention(struct cpu *c)
{
    if (LIKELY(!(c->lines | c->serror_pending | (c->hcr & (HCR_VI | HCR_VF | HCR_VSE)))))
        c->attention &= ~(uint32_t)ATT_IRQ;
    else
        interrupt_update(c);
    if (UNLIKELY(c->debug_wanted | c->debug_armed))
        debug_context(c);
}

/* Tells the machine: see cpu_board. */
static inline void context_tell(struct cpu *c)
{
    if (c->board != NULL && c->board->context_changed != NULL)
        c->board->context_changed(c->board->opaque, c);
}

/* See cpu_set_el(). */
static ALWAYS_INLINE void context_set_el(struct cpu *c, unsigned el, unsigned spsel)
{
    c->sp_el[c->spsel ? c->el : 0] = c->x[REG_SP];
    c->el = (uint8_t)el;
    c->spsel = (uint8_t)spsel;
    c->x[REG_SP] = c->sp_el[spsel ? el : 0];
}

/* PSTATE out of SPSR's layout, but for EL and SP: context_set_el(). */
static ALWAYS_INLINE void context_set_pstate(struct cpu *c, uint64_t spsr)
{
    set_nzcv(c, (unsigned)bits(spsr, 31, 28));
    c->tco = bit(spsr, 25);
    c->dit = bit(spsr, 24);
    c->uao = bit(spsr, 23);
    c->pan = bit(spsr, 22);
    c->ss = bit(spsr, 21);
    c->il = bit(spsr, 20);
    c->allint = bit(spsr, 13);
    c->ssbs = bit(spsr, 12);
    c->btype = (uint8_t)bits(spsr, 11, 10);
    c->daif = (uint8_t)bits(spsr, 9, 6);
}

/* See cpu_pstate(). */
static ALWAYS_INLINE uint32_t context_pstate(const struct cpu *c, unsigned btype)
{
    return (uint32_t)get_nzcv(c) << 28 | (uint32_t)c->tco << 25 | (uint32_t)c->dit << 24 |
           (uint32_t)c->uao << 23 | (uint32_t)c->pan << 22 | (uint32_t)c->ss << 21 | (uint32_t)c->il << 20 |
           (uint32_t)c->allint << 13 | (uint32_t)c->ssbs << 12 | btype << 10 | (uint32_t)c->daif << 6 |
           (uint32_t)c->el << 2 | c->spsel;
}

#endif
