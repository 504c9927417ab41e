/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What engines share. Three engines execute the same semantics headers:
 *
 *   fast    tail-call threaded code (engine_fast.c). Memory accesses that hit the host TLB are inline;
 * whatever else an instruction may need is done by the loop engine's version of the same handler ("miss").
 *   loop    one handler call per instruction (engine_loop.c); the reference, used for single steps, -O0,
 * sanitizers. traced  the loop engine with observation points compiled in (engine_traced.c).
 *
 * The budget is charged when a run (straight code up to a branch) is entered: left + 1 instructions. Whoever
 * leaves a run early refunds what was not executed. So the count is exact at any instruction, whichever
 * engine runs.
 */
#ifndef EL2SIM_CPU_ENGINE_H
#define EL2SIM_CPU_ENGINE_H

#include "cpu/cpu.h"
#include "cpu/sem.h"

extern op_fn *const engine_fast_ops[OP_COUNT];
extern op_fn *const engine_loop_ops[OP_COUNT];
extern op_fn *const engine_traced_ops[OP_COUNT];

/* Gives back the charge for the instructions after i; for handlers that leave sequential flow. */
static inline void cpu_refund(struct cpu *c, const struct insn *i)
{
    c->budget += i->left;
}

/* What an exec_ function returns to its engine: go on at c->pc, whatever it is now ... */
static inline const struct insn *cpu_resume(struct cpu *c)
{
    (void)c;
    return NULL;
}

/* ... or go on after i, the last instruction of its run. Either way the engine heeds c->attention. */
static inline const struct insn *cpu_next(struct cpu *c, const struct insn *i)
{
    (void)c;
    return i + 1;
}

/* The record at c->pc, with c->pc_page set: translates, makes the code page, checks PC alignment, PSTATE.IL
 * and BTI. NULL: an exception was taken (one instruction charged), c->pc is its vector. */
const struct insn *engine_fetch(struct cpu *c);

/* AArch64.BranchAddr(): the target of a branch or exception return to va, without its tag where TBI applies.
 */
uint64_t cpu_branch_address(const struct cpu *c, uint64_t va);

/* The host TLB compare: the last byte's page (so that page crossers miss) and, where natural alignment is
 * wanted, the low bits of the address against a tag that has them zero. */
static ALWAYS_INLINE bool htlb_hit(uint64_t tag, uint64_t va, unsigned size, unsigned flags)
{
    if (flags & (MEM_ORDERED | MEM_EXCL | MEM_RMW))
        return (va & (~UINT64_C(4095) | (size - 1))) == tag;
    return ((va + size - 1) & ~UINT64_C(4095)) == tag;
}

static ALWAYS_INLINE const struct htlb_entry *data_entry(const struct cpu *c, uint64_t va, unsigned flags)
{
    struct htlb_bank *b = (flags & MEM_UNPRIV) ? c->bank_unpriv : c->bank;
    return htlb_slot(b, va);
}

#endif
