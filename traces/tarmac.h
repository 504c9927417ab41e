/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The sink "tarmac": Arm's text format, in the dialect of its Fast Models that the tarmac-trace-utilities
 * read without a warning. One file per CPU: FILE, or FILE.cpuN where there are several.
 */
#ifndef EL2SIM_TRACES_TARMAC_H
#define EL2SIM_TRACES_TARMAC_H

#include "traces/sink.h"

void tarmac_open(const struct sink_config *cfg, struct tracer *t);

#endif
