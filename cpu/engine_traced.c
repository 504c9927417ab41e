/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The traced engine: the loop engine with observation points, for sinks that want every instruction.
 */
#include "cpu/cpu.h"
#include "traces/trace.h"

static inline void trace_insn(struct cpu *c, const struct insn *i)
{
    if (i->op == OP_DECODE || i->op == OP_PAGE_END) /* of the model, not the guest's */
        return;
    c->observed = i->raw;
    if (c->tracer != NULL)
        c->tracer->insn(c->tracer->opaque, c, i);
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
