/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Several tracers behind one, each with a filter in front.
 */
#ifndef EL2SIM_TRACES_HUB_H
#define EL2SIM_TRACES_HUB_H

#include "traces/filter.h"
#include "traces/trace.h"

struct hub;
struct hub *hub_create(void);
/* Adds a tracer, which is copied. With `filter` NULL it hears everything. Before the run. */
void hub_add(struct hub *h, const struct tracer *t, const struct filter *filter);
/* What to give to CPUs; NULL while nobody was added. It belongs to the hub. A single tracer without a filter
 * is called directly. */
const struct tracer *hub_tracer(struct hub *h);
/* Closes all tracers and frees the hub. */
void hub_destroy(struct hub *h);

#endif
