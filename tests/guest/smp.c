/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Four CPUs at EL2 with the MMU on. Expected of each part:
 *  - lock: an increment under a lock of LDAXR and STXR, and one by LDADD, are never lost (Arm ARM B2.9,
 * FEAT_LSE);
 *  - ring: who waits by WFE is woken by the SEV of the CPU before it (B2.9.6, D1.6), so the program ends;
 *  - code: what one CPU writes and makes visible by DC CVAU, DSB, IC IVAU, DSB is what the others execute
 * after an ISB (B2.4.4).
 */
#include "guest.h"

#define CPUS 4
#define LOCKED 500
#define RING 100
#define CODE 64

static volatile u64 ready, counter, added, hand, sequence, done, finished, wrong;
static volatile u32 lock;
static volatile u32 code[8] __attribute__((aligned(4096)));

static void add_one(volatile u64 *to)
{
    __asm__ volatile("ldaddal %0, xzr, [%1]" ::"r"(1UL), "r"(to) : "memory");
}

static void locked_part(void)
{
    for (u64 n = 0; n < LOCKED; n++) {
        u32 status;
        __asm__ volatile("1: ldaxr %w0, [%1]\n\tcbnz %w0, 1b\n\tstxr %w0, %w2, [%1]\n\tcbnz %w0, 1b"
                         : "=&r"(status)
                         : "r"(&lock), "r"(1)
                         : "memory");
        counter++;
        __asm__ volatile("stlr wzr, [%0]" ::"r"(&lock) : "memory");
        __asm__ volatile("ldadd %0, xzr, [%1]" ::"r"(1UL), "r"(&added) : "memory");
    }
}

static void ring_part(u64 cpu)
{
    for (u64 n = 0; n < RING; n++) {
        while (hand % CPUS != cpu)
            __asm__ volatile("wfe" ::: "memory");
        hand++;
        __asm__ volatile("dsb sy\n\tsev" ::: "memory");
    }
}

/* Round n: CPU n % CPUS writes `MOV X0, #n; RET`, over what was there before, and all call it. */
static void code_part(u64 cpu)
{
    for (u64 n = 0; n < CODE; n++) {
        volatile u32 *at = &code[n % 3];
        if (cpu == n % CPUS) {
            at[0] = 0xd2800000 | (u32)n << 5;
            at[1] = 0xd65f03c0;
            __asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish" ::"r"(at) : "memory");
            sequence = n + 1;
        }
        while (sequence < n + 1)
            ;
        __asm__ volatile("isb" ::: "memory");
        if (((u64(*)(void))at)() != n)
            add_one(&wrong);
        add_one(&done);
        while (done < (n + 1) * CPUS)
            ;
    }
}

void guest_cpu(u64 cpu)
{
    guest_mmu_on();
    add_one(&ready);
    while (ready < CPUS)
        ;
    locked_part();
    ring_part(cpu);
    code_part(cpu);
    add_one(&finished);
}

int guest_main(void)
{
    for (u64 cpu = 1; cpu < CPUS; cpu++)
        guest_cpu_on(cpu);
    guest_cpu(0);
    while (finished < CPUS)
        ;
    return guest_fails(counter == CPUS * LOCKED, "increments under the lock", counter) |
           guest_fails(added == CPUS * LOCKED, "increments by LDADD", added) |
           guest_fails(hand == CPUS * RING, "hands of the ring", hand) |
           guest_fails(wrong == 0, "calls of old code", wrong);
}
