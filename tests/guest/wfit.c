/* SPDX-License-Identifier: BSD-2-Clause
 *
 * WFIT and WFET (FEAT_WFxT, Arm ARM D1.6). Expected: a wait ends when CNTVCT_EL0 reaches Xt at the latest
 * (the program ends; an earlier end is permitted, but a wait that never lasts is none); one whose time has
 * passed ends at once; HCR_EL2.{TWI,TWE} trap them from EL1 with EC 0x01 and an ISS that names the
 * instruction (TI 2 or 3) and its register (RN, RV).
 */
#include "guest.h"

#define WAIT 5000
/* a few instructions, in ticks, with room for a slow clock */
#define SOON 500

__asm__(".pushsection .text\n"
        "wfit_x3: mov x3, #-1\n"
        ".inst 0xd5031023\n"
        "hvc #0\n"
        "wfet_x3: mov x3, #-1\n"
        "wfe\n" /* ERET has set the event register: nothing to wait for, no trap */
        ".inst 0xd5031003\n"
        "hvc #0\n"
        ".popsection\n");
extern const char wfit_x3[], wfet_x3[];

static void wfit(u64 until)
{
    register u64 x0 __asm__("x0") = until;
    __asm__ volatile(".inst 0xd5031020" ::"r"(x0) : "memory");
}

static void wfet(u64 until)
{
    register u64 x0 __asm__("x0") = until;
    __asm__ volatile(".inst 0xd5031000" ::"r"(x0) : "memory");
}

void guest_cpu(u64 cpu)
{
    (void)cpu;
}

static int check(void (*wait)(u64 until), const char *what)
{
    u64 begin = READ_SYSREG(cntvct_el0);
    wait(begin + WAIT);
    u64 waited = READ_SYSREG(cntvct_el0) - begin;
    begin = READ_SYSREG(cntvct_el0);
    wait(begin);
    u64 passed = READ_SYSREG(cntvct_el0) - begin;
    return guest_fails(waited >= WAIT && waited < WAIT + SOON, what, waited) |
           guest_fails(passed < SOON, "a time that has passed", passed);
}

/* CV, COND 14, RN 3, RV; EC 1 and IL */
#define ISS_X3 (1UL << 26 | 1UL << 25 | 1UL << 24 | 14UL << 20 | 3UL << 5 | 1UL << 2)

int guest_main(void)
{
    u64 x1;
    __asm__ volatile("sevl\n\twfe"); /* the event register is clear from here on */
    int failed = check(wfit, "WFIT") | check(wfet, "WFET");
    u64 esr = guest_run(wfit_x3, HCR_RW | HCR_TWI, &x1);
    failed |= guest_fails(esr == (ISS_X3 | 2), "trapped WFIT, ESR_EL2", esr);
    esr = guest_run(wfet_x3, HCR_RW | HCR_TWE, &x1);
    return failed | guest_fails(esr == (ISS_X3 | 3), "trapped WFET, ESR_EL2", esr);
}
