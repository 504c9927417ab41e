/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Exceptions and contexts in a few words, for people who count them or look at them side by side: the
 * same kind of thing has the same words each time.
 */
#ifndef EL2SIM_TRACES_REASON_H
#define EL2SIM_TRACES_REASON_H

#include "traces/trace.h"

enum { REASON_TEXT = 128 };

/* Why the exception was taken, in text[REASON_TEXT], from its syndrome's class and the rule that gave it:
 * "HVC", "WFI", "IRQ", "sysreg trap: HCR_EL2.TID3=1", "data abort: stage 2 translation fault". Returns text.
 */
const char *reason_text(const struct trace_exception *e, char *text);
/* ESR_ELx.EC of an exception. */
static inline unsigned reason_class(const struct trace_exception *e)
{
    return e->esr >> 26 & 63;
}

/* Is it in a virtual machine: below EL2, and under stage 2? w->vmid says which. */
static inline bool where_in_guest(const struct trace_where *w)
{
    return w->stage2 && w->el < 2;
}
/* "EL1 VMID 3", "EL0 (EL2&0)", "EL2", "EL1 secure", in text[REASON_TEXT]. Returns text. */
const char *where_text(const struct trace_where *w, char *text);

#endif
