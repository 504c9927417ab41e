/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The list of things that can be observed. A sink implements what it wants of `struct tracer`; the traced
 * engine and the exception code call it through the trace_*() functions.
 */
#ifndef EL2SIM_TRACES_TRACE_H
#define EL2SIM_TRACES_TRACE_H

#include <stddef.h>

struct cpu;
struct insn;

struct tracer {
    void *opaque;
    /* About to execute *i at cpu->pc_page + i->offset. */
    void (*insn)(void *opaque, struct cpu *c, const struct insn *i);
};

#endif
