/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The sink "vhe": what matters to a hypervisor, one line per event, to be read by people: changes of
 * Exception level, traps with what caused them, redirected accesses, world switches with what changed, TLB
 * maintenance with what it hit. Cold events only. Lines that repeat are counted (traces/repeats.h).
 */
#ifndef EL2SIM_TRACES_VHE_H
#define EL2SIM_TRACES_VHE_H

#include "traces/sink.h"

void vhe_open(const struct sink_config *cfg, struct tracer *t);

#endif
