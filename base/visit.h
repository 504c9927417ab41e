/* SPDX-License-Identifier: BSD-2-Clause
 *
 * One description of an object's state for digests, snapshots and comparison: X_visit(x, fn, ctx) calls fn
 * once per piece of state, always in the same order. Pieces hold values only: no host pointer, no padding,
 * nothing derived.
 *
 * fn may also fill the pieces, from a snapshot. Then X_visit() refuses what can't be, by visit_refuse(), and
 * puts something harmless in its place; X_restored(), where there is one, makes what is derived follow.
 */
#ifndef EL2SIM_BASE_VISIT_H
#define EL2SIM_BASE_VISIT_H

#include <stdbool.h>
#include <stddef.h>

typedef void visit_fn(void *ctx, const char *name, void *data, size_t size);

/* Tells the reader behind fn that the piece it gave can't be: fn(ctx, name, NULL, 0). Others never hear it.
 */
static inline void visit_refuse(visit_fn *fn, void *ctx, const char *name)
{
    fn(ctx, name, NULL, 0);
}

void visit_bytes(visit_fn *fn, void *ctx, const char *name, void *data, size_t size);
/* `data` is a bool. */
void visit_flag(visit_fn *fn, void *ctx, const char *name, void *data, size_t size);
/* Visits *count elements of `size` bytes at *data (from malloc(), or NULL), as two pieces: the count, 8
 * bytes, and the elements. A reader may change the count, up to `max`. */
void visit_array(visit_fn *fn, void *ctx, const char *name, void **data, size_t *count, size_t size,
                 size_t max);

/* Visits one member of a struct under its own name. */
#define VISIT(fn, ctx, object, member)                                                                       \
    _Generic(&(object)->member, bool *: visit_flag, default: visit_bytes)(                                   \
        (fn), (ctx), #member, &(object)->member, sizeof((object)->member))
/* The same of an unsigned number that is at most `max`. */
#define VISIT_UPTO(fn, ctx, object, member, max)                                                             \
    do {                                                                                                     \
        VISIT(fn, ctx, object, member);                                                                      \
        if ((object)->member > (max)) {                                                                      \
            (object)->member = 0;                                                                            \
            visit_refuse((fn), (ctx), #member);                                                              \
        }                                                                                                    \
    } while (0)

#endif
