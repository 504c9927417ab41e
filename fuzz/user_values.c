/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Values for registers: those where floating-point and integer arithmetic turn over, their neighbours, and
 * random ones.
 */
#include "base/bits.h"
#include "base/compiler.h"
#include "fuzz/user.h"

/* Zero, the least and greatest denormal, the least normal, 0.5, 1, 1.5, 2.5, the greatest, infinity, NaNs
 * that signal and don't; limits of integers; and values that are halfway between two of the next shorter
 * format, at its least denormal and at its overflow. The sign is drawn. */
static const uint16_t special_h[] = {
    0x0000, 0x0001, 0x0002, 0x03ff, 0x0400, 0x0401, 0x3800, 0x3c00, 0x3c01, 0x3bff, 0x3e00, 0x4100, 0x7bff,
    0x7c00, 0x7c01, 0x7d55, 0x7dff, 0x7e00, 0x7e2a, 0x7fff, 0x57f8, 0x5bf8, 0x5c00, 0x77ff, 0x7800, 0x1400,
};
static const uint32_t special_s[] = {
    0x00000000, 0x00000001, 0x00000002, 0x007fffff, 0x00800000, 0x00800001, 0x3f000000, 0x3f800000,
    0x3f800001, 0x3f7fffff, 0x3fc00000, 0x40200000, 0x7f7fffff, 0x7f800000, 0x7f800001, 0x7fa00000,
    0x7fbfffff, 0x7fc00000, 0x7fd55555, 0x7fffffff, 0x4effffff, 0x4f000000, 0x4f7fffff, 0x4f800000,
    0x5effffff, 0x5f000000, 0x5f7fffff, 0x5f800000, 0x477fe000, 0x477fefff, 0x477ff000, 0x33000000,
    0x33000001, 0x33800000, 0x387fe000, 0x38800000, 0x3f801000, 0x3f803000, 0x7f7f8000, 0x3f808000,
    0x3f818000, 0x00400000, 0x1f800000, 0x20000000,
};
static const uint64_t special_d[] = {
    0x0000000000000000, 0x0000000000000001, 0x0000000000000002, 0x000fffffffffffff, 0x0010000000000000,
    0x0010000000000001, 0x3fe0000000000000, 0x3ff0000000000000, 0x3ff0000000000001, 0x3fefffffffffffff,
    0x3ff8000000000000, 0x4004000000000000, 0x7fefffffffffffff, 0x7ff0000000000000, 0x7ff0000000000001,
    0x7ff4000000000000, 0x7ff7ffffffffffff, 0x7ff8000000000000, 0x7ffaaaaaaaaaaaaa, 0x7fffffffffffffff,
    0x41dfffffffc00000, 0x41e0000000000000, 0x41efffffffe00000, 0x41f0000000000000, 0x43dfffffffffffff,
    0x43e0000000000000, 0x43efffffffffffff, 0x43f0000000000000, 0x47efffffe0000000, 0x47efffffefffffff,
    0x47effffff0000000, 0x3690000000000000, 0x3690000000000001, 0x36a0000000000000, 0x380fffffc0000000,
    0x3810000000000000, 0x3ff0000010000000, 0x3ff0000030000000, 0x40effc0000000000, 0x40effdffffffffff,
    0x40effe0000000000, 0x3e60000000000000, 0x3e60000000000001, 0x3e70000000000000, 0x3ff0020000000000,
    0x41dfffffffe00000, 0x1ff0000000000000, 0x2000000000000000,
};

static uint64_t special(struct random *r, unsigned size)
{
    if (size == 2)
        return special_h[random_below(r, ARRAY_LEN(special_h))];
    if (size == 4)
        return special_s[random_below(r, ARRAY_LEN(special_s))];
    return special_d[random_below(r, ARRAY_LEN(special_d))];
}

/* A number near 1, so that sums cancel and products stay in range, of few significant bits or many. */
static uint64_t near_one(struct random *r, unsigned size)
{
    unsigned fraction = size == 2 ? 10 : size == 4 ? 23 : 52, width = 8 * size;
    uint64_t bias = ones(width - fraction - 2), f = random_u64(r) & ones(fraction);
    if (random_one_in(r, 2))
        f &= ones(fraction) << random_below(r, fraction);
    return (bias + random_below(r, 2 * (size == 2 ? 8 : 30)) - (size == 2 ? 8 : 30)) << fraction | f;
}

static uint64_t fp_value(struct random *r, unsigned size)
{
    uint64_t v, sign = random_below(r, 2) << (8 * size - 1);
    switch (random_below(r, 8)) {
    case 0:
        return random_u64(r) & ones(8 * size);
    case 1:
        v = special(r, size);
        v += random_below(r, 5) - 2;
        return (v ^ sign) & ones(8 * size);
    case 2:
    case 3:
        return near_one(r, size) | sign;
    default:
        return special(r, size) | sign;
    }
}

/* Near the limits of integers of any size, or small. One draw in each statement, here and below: the order
 * within one is the compiler's. */
static uint64_t integer_value(struct random *r)
{
    unsigned kind = (unsigned)random_below(r, 4), place = (unsigned)random_below(r, 64);
    switch (kind) {
    case 0:
        return random_below(r, 128) - 64;
    case 1:
        return BIT(place) + random_below(r, 3) - 1;
    case 2:
        return ones((unsigned)random_below(r, 65)) << place;
    default:
        return 0 - (BIT(place) + random_below(r, 3) - 1);
    }
}

uint64_t user_value_x(struct random *r)
{
    unsigned shift = (unsigned)random_below(r, 64);
    switch (random_below(r, 8)) {
    case 0:
        return random_u64(r);
    case 1:
        return random_u64(r) >> shift;
    case 2:
        return fp_value(r, 8);
    case 3:
        return fp_value(r, 4);
    case 4:
        return fp_value(r, 2);
    default:
        return integer_value(r);
    }
}

/* Sometimes all lanes alike, mostly of one size; element 0 counts for scalars. */
void user_value_v(struct random *r, uint64_t v[2])
{
    unsigned kind = (unsigned)random_below(r, 10), size = 2u << random_below(r, 3);
    v[0] = v[1] = 0;
    if (kind == 0) {
        v[0] = random_u64(r);
        v[1] = random_u64(r);
        return;
    }
    for (unsigned at = 0; at < 16; at += size) {
        uint64_t lane = kind <= 2 ? integer_value(r) : fp_value(r, size);
        v[at / 8] |= (lane & ones(8 * size)) << (8 * (at % 8));
    }
}

/* RMode, FZ, DN, AHP, FZ16; AH, FIZ and NEP are FEAT_AFP's, which el2sim lacks, and traps are optional. */
uint64_t user_value_fpcr(struct random *r)
{
    static const unsigned flags[] = {19, 24, 25, 26};
    uint64_t v = 0;
    if (random_one_in(r, 3))
        return 0;
    for (unsigned n = 0; n < ARRAY_LEN(flags); n++)
        if (random_one_in(r, 3))
            v |= BIT(flags[n]);
    return v | random_below(r, 4) << 22;
}

/* IOC to IXC, IDC, QC. */
uint64_t user_value_fpsr(struct random *r)
{
    return random_one_in(r, 2) ? 0 : random_u64(r) & 0x0800009f;
}
