/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The host's clock. See hostclock.h.
 */
#include "sim/hostclock.h"

#include <time.h>

uint64_t hostclock_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
