/* SPDX-License-Identifier: BSD-2-Clause
 *
 * --trace timeline: what CPUs do over simulated time, for ui.perfetto.dev and `el2sim trace view`. For each
 * CPU there is a track of world        the guest (VMID) that runs, and from its exit to the next entry, why
 * it left EL           Exception level and regime exceptions   from each exception to the return from it,
 * nested power        asleep in WFI or WFE, off TLBI, notes  moments and, from when they are first used, one
 * for each interrupt line, timer and INTID.
 *
 * Only cold events are used: the run keeps the fast engine.
 */
#ifndef EL2SIM_TRACES_TIMELINE_H
#define EL2SIM_TRACES_TIMELINE_H

#include "traces/sink.h"

void timeline_open(const struct sink_config *cfg, struct tracer *t);

#endif
