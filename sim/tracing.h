/* SPDX-License-Identifier: BSD-2-Clause
 *
 * --trace: the sinks of a machine, from the words of the option to the CPUs that are observed.
 */
#ifndef EL2SIM_SIM_TRACING_H
#define EL2SIM_SIM_TRACING_H

#include <stdbool.h>
#include <stdint.h>

struct machine;
struct tracing;
struct tracer;

/* Opens what m->opt asks for and listens to m's CPUs; NULL if that is nothing. user_error() for mistakes. */
struct tracing *tracing_start(struct machine *m);
/* Stops listening and closes the sinks. */
void tracing_end(struct tracing *t, struct machine *m);
/* For --help and `--trace help`: the sinks and the filters, on standard output. */
void tracing_help(void);

#endif
