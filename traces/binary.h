/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The compact trace: every event, a byte or two per instruction. traces/binary_read.h reads it,
 * man/el2sim-trace.5 describes it.
 */
#ifndef EL2SIM_TRACES_BINARY_H
#define EL2SIM_TRACES_BINARY_H

#include "traces/sink.h"

void binary_open(const struct sink_config *cfg, struct tracer *t);

#endif
