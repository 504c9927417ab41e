/* SPDX-License-Identifier: BSD-2-Clause
 *
 * --trace stats and --stats: what a run did, counted: instructions by Exception level and guest, exceptions
 * by cause, exits of each guest and what they cost until the next entry, translation table walks, TLB
 * maintenance. At the end as tables, or as JSON.
 *
 * Only cold events are used: the run keeps the fast engine.
 */
#ifndef EL2SIM_TRACES_STATS_H
#define EL2SIM_TRACES_STATS_H

#include "traces/sink.h"

void stats_open(const struct sink_config *cfg, struct tracer *t);

#endif
