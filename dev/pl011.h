/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The PrimeCell UART PL011 (Arm DDI 0183).
 */
#ifndef EL2SIM_DEV_PL011_H
#define EL2SIM_DEV_PL011_H

#include <stdint.h>

#include "base/event.h"
#include "base/irq.h"
#include "base/visit.h"
#include "bus/bus.h"

struct pl011;

struct pl011_config {
    struct event_queue *events;
    struct irq_line irq;
    /* A character leaves the UART; NULL: nobody listens. */
    void (*output)(void *opaque, uint8_t byte);
    void *opaque;
};

extern const struct mmio_ops pl011_ops;

struct pl011 *pl011_create(const struct pl011_config *cfg);
void pl011_destroy(struct pl011 *u);
void pl011_reset(struct pl011 *u);
/* How many characters the receiver would take now without an overrun. */
unsigned pl011_room(const struct pl011 *u);
/* A character arrives on the line. */
void pl011_receive(struct pl011 *u, uint8_t byte);
void pl011_visit(struct pl011 *u, visit_fn *fn, void *ctx);
/* fn is told of its event. */
void pl011_events(struct pl011 *u, event_fn *fn, void *ctx);

#endif
