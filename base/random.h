/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Pseudo-random numbers that are the same on every host: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). For
 * test programs that are made from a seed; nothing in the guest depends on it.
 */
#ifndef EL2SIM_BASE_RANDOM_H
#define EL2SIM_BASE_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
    uint64_t state; /* the seed to begin with: any value */
};

static inline uint64_t random_u64(struct random *r)
{
    uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* 0 to n - 1; n is 1 or more. */
static inline uint64_t random_below(struct random *r, uint64_t n)
{
    return random_u64(r) % n;
}

/* True once in n times. */
static inline bool random_one_in(struct random *r, uint64_t n)
{
    return random_below(r, n) == 0;
}

#endif
