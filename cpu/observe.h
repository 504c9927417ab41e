/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Telling c->tracer what happens to a PE: traces/trace.h has the list. Everybody calls these only while
 * c->tracer is not NULL (that is the one test that an untraced run pays), they see to the rest.
 */
#ifndef EL2SIM_CPU_OBSERVE_H
#define EL2SIM_CPU_OBSERVE_H

#include "cpu/cpu.h"

struct exc;
struct trace_exception;

/* Begins to tell t of c, or ends it (NULL). `reason` of the state event that comes first; see struct
 * trace_state. NULL: no such event, for t goes on for those who listened before. Between two instructions. */
void cpu_set_tracer(struct cpu *c, const struct tracer *t, const char *reason);

/* ---- hot: the traced engine's ---- */
/* The context may have changed: tells of it if it has. */
void observe_context(struct cpu *c);
/* An access that was made: `pa` is of va. */
void observe_memory(struct cpu *c, uint64_t va, uint64_t pa, const void *data, unsigned size, bool write,
                    unsigned flags);
/* The same of n bytes at `host`, in RAM. */
void observe_window(struct cpu *c, uint64_t va, const uint8_t *host, unsigned n, bool write);
/* Allocation tags, one in a byte. */
void observe_tags(struct cpu *c, uint64_t va, uint64_t pa, const uint8_t *tags, unsigned n, bool write);

/* ---- cold ---- */
/* Before an exception is taken: remembers what it comes from. After it: tells. */
void observe_before_exception(struct cpu *c, const struct exc *e);
void observe_exception(struct cpu *c, unsigned kind, const struct exc *e, const char *route);
void observe_return(struct cpu *c, uint32_t spsr, const char *illegal);
/* An MSR is about to be performed, or an MRS has been. */
void observe_sysreg(struct cpu *c, const struct insn *i, bool write);
void observe_msr_imm(struct cpu *c, const struct insn *i);
/* A system instruction was performed; `value` as in struct trace_sysreg. */
void observe_sys(struct cpu *c, enum sysreg reg, uint64_t value);
void observe_tlbi(struct cpu *c, const struct tlbi *op, uint64_t operand);
/* c has received it, and dropped so many entries. */
void observe_received(struct cpu *c, const struct tlbi *op, unsigned dropped);
void observe_evicted(struct cpu *c, const struct tlbi *op);
void observe_barrier(struct cpu *c, const struct insn *i, const char *name);
void observe_interrupt(struct cpu *c, const struct trace_interrupt *e);
void observe_timer(struct cpu *c, const char *name, uint32_t intid, bool level);
void observe_power(struct cpu *c, const char *state);
void observe_state(struct cpu *c, const char *reason);
void observe_note(struct cpu *c, const char *text);

#endif
