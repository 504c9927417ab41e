/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Identity stage 2 tables of 4 KB pages for the world switch benches.
 */
#include "bench.h"

static u64 level1[512] __attribute__((aligned(4096)));
static u64 level2[512] __attribute__((aligned(4096)));
static u64 level3[65536] __attribute__((aligned(4096)));

u64 make_stage2(void);

u64 make_stage2(void)
{
    for (u64 n = 0; n < 65536; n++)
        level3[n] =
            (0x40000000UL + (n << 12)) | 0x7ff; /* page, AF, inner shareable, read-write, Normal write-back */
    for (u64 n = 0; n < 128; n++)
        level2[n] = (u64)&level3[n * 512] | 3;
    level1[1] = (u64)level2 | 3;
    return (u64)level1;
}
