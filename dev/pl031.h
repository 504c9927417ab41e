/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The PrimeCell real-time clock PL031 (Arm DDI 0224): a counter of seconds. It starts from a fixed date and
 * counts simulated time, so that a run does not depend on the day.
 */
#ifndef EL2SIM_DEV_PL031_H
#define EL2SIM_DEV_PL031_H

#include <stdint.h>

#include "base/event.h"
#include "base/irq.h"
#include "base/visit.h"
#include "bus/bus.h"

struct pl031;

extern const struct mmio_ops pl031_ops;

/* base: seconds since 1970 at simulated time 0. */
struct pl031 *pl031_create(struct event_queue *events, struct irq_line irq, int64_t base);
void pl031_destroy(struct pl031 *r);
void pl031_reset(struct pl031 *r);
void pl031_visit(struct pl031 *r, visit_fn *fn, void *ctx);
/* fn is told of its event. */
void pl031_events(struct pl031 *r, event_fn *fn, void *ctx);

#endif
