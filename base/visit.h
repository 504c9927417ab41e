/* SPDX-License-Identifier: BSD-2-Clause
 *
 * One description of an object's state for digests, snapshots and comparison: X_visit(x, fn, ctx) calls fn
 * once per piece of state, always in the same order. Pieces hold values only: no host pointer, no padding,
 * nothing derived.
 */
#ifndef EL2SIM_BASE_VISIT_H
#define EL2SIM_BASE_VISIT_H

#include <stddef.h>

typedef void visit_fn(void *ctx, const char *name, void *data, size_t size);

/* Visits one member of a struct under its own name. */
#define VISIT(fn, ctx, object, member) (fn)((ctx), #member, &(object)->member, sizeof((object)->member))

#endif
