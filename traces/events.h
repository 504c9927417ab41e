/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The plain sink: each event as a line of text, as it comes. Also the text of `el2sim trace cat`.
 */
#ifndef EL2SIM_TRACES_EVENTS_H
#define EL2SIM_TRACES_EVENTS_H

#include <stdio.h>

#include "traces/sink.h"

void events_open(const struct sink_config *cfg, struct tracer *t);

/* The same to a file that is open already and stays so: fills *t; t->close frees what was made. */
void events_start(FILE *out, const struct sink_config *cfg, struct tracer *t);

#endif
