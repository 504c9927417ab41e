/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Plain loops at EL1; ROW chooses one: 0 nothing, 1 ALU, 2 loads and stores, 3 memcpy, 4 pointer chase,
 * 5 double FMADD matrix product, 6 float FMLA (NEON) matrix product, 7 NEON integer.
 */
#include "bench.h"

#if ROW == 0
void bench_main(void) {}
#elif ROW == 1
void bench_main(void)
{
    __asm__ volatile(
        "mov x0, #0x200\n movk x0, #0x600, lsl #16\n mov x1, #1\n mov x2, #3\n mov x3, #5\n"
        "1: add x1, x1, x2\n eor x3, x3, x1, lsl #3\n sub x2, x3, x1\n and x4, x2, #0xff\n add x1, x1, x4\n"
        "orr x5, x1, x3\n subs x0, x0, #1\n b.ne 1b" ::
            : "x0", "x1", "x2", "x3", "x4", "x5", "cc");
}
#elif ROW == 2
void bench_main(void)
{
    u64 base = WORK_BASE;
    __asm__ volatile(
        "mov x0, #0x4000000\n mov x1, %0\n"
        "1: ldr x2, [x1]\n ldr x3, [x1, #8]\n add x2, x2, x3\n str x2, [x1, #16]\n str x3, [x1, #24]\n"
        "and x4, x0, #0xff0\n add x1, %0, x4\n subs x0, x0, #1\n b.ne 1b" ::"r"(base)
        : "x0", "x1", "x2", "x3", "x4", "cc", "memory");
}
#elif ROW == 3
void bench_main(void)
{
    for (int n = 0; n < 16; n++) {
        u64 from = WORK_BASE, to = WORK_BASE + (32 << 20), left = 32 << 20;
        __asm__ volatile("1: ldp x2, x3, [%0], #16\n ldp x4, x5, [%0], #16\n stp x2, x3, [%1], #16\n"
                         "stp x4, x5, [%1], #16\n subs %2, %2, #32\n b.ne 1b"
                         : "+r"(from), "+r"(to), "+r"(left)::"x2", "x3", "x4", "x5", "cc", "memory");
    }
}
#elif ROW == 4
#define PAGES 16384
void bench_main(void)
{
    u64 at = 0;
    for (u64 n = 0; n < PAGES; n++) { /* a full-period walk over the pages, another line in each */
        u64 next = (at * 5 + 4099) & (PAGES - 1);
        *(u64 *)(WORK_BASE + (at << 12) + (at & 63) * 64) = WORK_BASE + (next << 12) + (next & 63) * 64;
        at = next;
    }
    u64 p = WORK_BASE, count = 24000000;
    __asm__ volatile("1: ldr %0, [%0]\n subs %1, %1, #1\n b.ne 1b" : "+r"(p), "+r"(count)::"cc", "memory");
}
#elif ROW == 5
#define N 160
void bench_main(void)
{
    double(*a)[N] = (void *)WORK_BASE, (*b)[N] = (void *)(WORK_BASE + (1 << 20)),
    (*c)[N] = (void *)(WORK_BASE + (2 << 20));
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            a[i][j] = 1.0 + i * 0.1 + j;
            b[i][j] = 2.0 - i + j * 0.3;
        }
    for (int round = 0; round < 12; round++)
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++) {
                double sum = 0;
                for (int k = 0; k < N; k++)
                    sum = __builtin_fma(a[i][k], b[k][j], sum);
                c[i][j] = sum;
            }
}
#elif ROW == 6
#include <arm_neon.h>
#define N 128
void bench_main(void)
{
    float(*a)[N] = (void *)WORK_BASE, (*b)[N] = (void *)(WORK_BASE + (1 << 20)),
    (*c)[N] = (void *)(WORK_BASE + (2 << 20));
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
#ifdef EXACT /* small integers: no result is rounded, FPSR.IXC stays clear */
            a[i][j] = (float)((i + j) & 15);
            b[i][j] = (float)((3 * i - j) & 15);
#else
            a[i][j] = 1.0f + (float)i * 0.1f + (float)j;
            b[i][j] = 2.0f - (float)i + (float)j * 0.3f;
#endif
        }
    for (int round = 0; round < 60; round++)
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j += 4) {
                float32x4_t sum = vdupq_n_f32(0);
                for (int k = 0; k < N; k++)
                    sum = vfmaq_n_f32(sum, vld1q_f32(&b[k][j]), a[i][k]);
                vst1q_f32(&c[i][j], sum);
            }
}
#elif ROW == 7
#include <arm_neon.h>
void bench_main(void)
{
    uint32x4_t a = vdupq_n_u32(3), b = vdupq_n_u32(7), c = vdupq_n_u32(11);
    for (u32 n = 0; n < 16000000; n++) {
        __asm__ volatile("add %0.4s, %0.4s, %1.4s\n eor %1.16b, %1.16b, %2.16b\n mul %2.4s, %2.4s, %0.4s\n"
                         "ushr %1.4s, %1.4s, #1\n uzp1 %0.8h, %0.8h, %2.8h\n cmhi %1.4s, %0.4s, %1.4s\n"
                         "sub %2.16b, %2.16b, %1.16b"
                         : "+w"(a), "+w"(b), "+w"(c));
    }
}
#endif
