/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Code that is hard on a translator; ROW chooses one: 20 direct branches across 32 pages, 21 indirect
 * branches and returns across 32 pages, 22 16 MB of cold code run once, 23 the same run 20 times.
 */
#include "bench.h"

static void synchronise(void)
{
    __asm__ volatile("dsb ish\n ic iallu\n dsb ish\n isb" ::: "memory");
}

#if ROW == 20
void bench_main(void)
{
    u32 *code = (u32 *)WORK_BASE; /* page n: add, add, b to page n+1; the last counts down and goes to the
                                     first, or returns */
    for (int n = 0; n < 32; n++) {
        u32 *p = code + n * 1024;
        *p++ = 0x91000421; /* add x1, x1, #1 */
        *p++ = 0x8b010042; /* add x2, x2, x1 */
        if (n == 31) {
            *p++ = 0xf1000400;                                          /* subs x0, x0, #1 */
            *p = 0x54000001 | ((u32)(-(31 * 1024 + 3)) & 0x7ffff) << 5; /* b.ne */
            p++;
            *p++ = 0xd65f03c0; /* ret */
        } else {
            *p = 0x14000000 | ((1024 - 2) & 0x3ffffff);
        }
    }
    synchronise();
    ((void (*)(u64))WORK_BASE)(6000000);
}
#elif ROW == 21
void bench_main(void)
{
    for (int n = 0; n < 32; n++) {
        u32 *p = (u32 *)(WORK_BASE + (u64)n * 4096);
        *p++ = 0x91000421; /* add x1, x1, #1 */
        *p++ = 0xd65f03c0; /* ret */
    }
    synchronise();
    for (u64 n = 0; n < 60000000; n++)
        ((void (*)(u64))(WORK_BASE + (n & 31) * 4096))(n);
}
#else
#define WORDS (16 << 18)
void bench_main(void)
{
    u32 *p = (u32 *)WORK_BASE;
    for (u64 n = 0; n < WORDS - 1; n++)
        p[n] = n % 8 == 7 ? 0x14000001 : 0x91000400 | (u32)(n % 8) | (u32)(n % 8) << 5; /* b .+4, add */
    p[WORDS - 1] = 0xd65f03c0;
    synchronise();
    for (int n = 0; n < (ROW == 22 ? 1 : 20); n++)
        ((void (*)(void))WORK_BASE)();
}
#endif
