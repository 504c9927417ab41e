/* SPDX-License-Identifier: BSD-2-Clause
 *
 * An interrupt wire: who drives it calls irq_set(); who is at the other end gave the function.
 */
#ifndef EL2SIM_BASE_IRQ_H
#define EL2SIM_BASE_IRQ_H

#include <stddef.h>

struct irq_line {
    void (*fn)(void *opaque, int n, int level);
    void *opaque;
    int n;
};

/* Drives the wire; level is 0 or 1. An unconnected wire (fn == NULL) is ignored. */
static inline void irq_set(const struct irq_line *l, int level)
{
    if (l->fn != NULL)
        l->fn(l->opaque, l->n, level);
}

#endif
