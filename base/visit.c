/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Visiting pieces of state: see visit.h.
 */
#include "base/visit.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/log.h"

void visit_bytes(visit_fn *fn, void *ctx, const char *name, void *data, size_t size)
{
    fn(ctx, name, data, size);
}

void visit_flag(visit_fn *fn, void *ctx, const char *name, void *data, size_t size)
{
    bool *flag = data;
    uint8_t byte = *flag;

    (void)size;
    fn(ctx, name, &byte, sizeof(byte));
    *flag = byte != 0;
    if (byte > 1)
        visit_refuse(fn, ctx, name);
}

void visit_array(visit_fn *fn, void *ctx, const char *name, void **data, size_t *count, size_t size,
                 size_t max)
{
    uint64_t n = *count;

    fn(ctx, name, &n, sizeof(n));
    if (n > max) {
        n = 0;
        visit_refuse(fn, ctx, name);
    }
    if (n != *count) {
        free(*data);
        *data = n == 0 ? NULL : xcalloc((size_t)n, size);
        *count = (size_t)n;
    }
    if (n != 0)
        fn(ctx, name, *data, (size_t)n * size);
}
