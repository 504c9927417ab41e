/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The host's time, for timeouts towards other programs. Nothing of a simulation may ask for it.
 */
#ifndef EL2SIM_BASE_CLOCK_H
#define EL2SIM_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Milliseconds since some moment. */
static inline int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

#endif
