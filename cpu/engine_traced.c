/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The traced engine: the loop engine with observation points, for sinks that want every instruction or every
 * access to memory (traces/trace.h), and for the units that look at each instruction (c->observed).
 */
#include "cpu/codepage.h"
#include "cpu/cpu.h"
#include "cpu/observe.h"

/* Records of the model, not the guest's. */
static ALWAYS_INLINE bool is_guests(const struct insn *i)
{
    return i->op != OP_DECODE && i->op != OP_PAGE_END;
}

static ALWAYS_INLINE void trace_insn(struct cpu *c, const struct insn *i)
{
    if (!is_guests(i))
        return;
    c->observed = i->raw;
    const struct tracer *t = c->tracer;
    if (t == NULL)
        return;
    if (UNLIKELY(c->trace_key != c->fetch_key))
        observe_context(c);
    c->cur = c->trace_insn = i;
    c->trace_fpsr = c->fpsr;
    c->trace.insn = (struct trace_insn){.va = c->pc_page + i->offset,
                                        .pa = code_page_of(i)->pa + i->offset,
                                        .raw = i->raw,
                                        .executing = true};
    if (t->insn != NULL)
        t->insn(t->opaque, &c->trace, &c->trace.insn);
}

static ALWAYS_INLINE void trace_done(struct cpu *c)
{
    const struct tracer *t = c->tracer;
    if (t == NULL || !c->trace.insn.executing)
        return;
    c->cur = NULL;
    if (t->done != NULL)
        t->done(t->opaque, &c->trace, &c->trace.insn);
    c->trace.insn.executing = false;
}

/* An access that the host TLB answered; cpu/mem.c tells of the others. */
static ALWAYS_INLINE void trace_memory(struct cpu *c, uint64_t va, const struct htlb_entry *e,
                                       const void *data, unsigned size, bool write, unsigned flags)
{
    if (c->tells_memory)
        observe_memory(c, va, e->pa_page | (va & 4095), data, size, write, flags);
}

#define ENGINE(name) engine_traced_##name
#define OBSERVE(call) trace_##call
#include "cpu/engine_loop.inc"

void engine_traced_run(struct cpu *c)
{
    engine_traced_steps(c, false);
}

void engine_traced_step(struct cpu *c)
{
    engine_traced_steps(c, true);
}
