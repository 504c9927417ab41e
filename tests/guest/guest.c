/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the guest programs share; see guest.h.
 */
#include "guest.h"

#define SYS_WRITE0 0x04
#define SYS_EXIT_EXTENDED 0x20
#define ADP_STOPPED_APPLICATION_EXIT 0x20026
#define PSCI_CPU_ON 0xc4000003

static u64 table[512] __attribute__((aligned(4096)));

static void semihost(u64 operation, const void *parameter)
{
    register u64 x0 __asm__("x0") = operation;
    register const void *x1 __asm__("x1") = parameter;
    __asm__ volatile("hlt #0xf000" : "+r"(x0) : "r"(x1) : "memory");
}

void guest_exit(int status)
{
    const u64 block[2] = {ADP_STOPPED_APPLICATION_EXIT, (u64)status};
    semihost(SYS_EXIT_EXTENDED, block);
    for (;;)
        ;
}

void guest_print(const char *text)
{
    semihost(SYS_WRITE0, text);
}

static void print_hex(u64 value)
{
    char text[17];
    for (int n = 0; n < 16; n++)
        text[n] = "0123456789abcdef"[value >> (60 - 4 * n) & 15];
    text[16] = 0;
    guest_print(text);
}

int guest_fails(int holds, const char *what, u64 value)
{
    if (holds)
        return 0;
    guest_print("FAIL ");
    guest_print(what);
    guest_print(": ");
    print_hex(value);
    guest_print("\n");
    return 1;
}

void guest_unexpected(u64 esr, u64 elr, u64 far)
{
    guest_fails(0, "exception, ESR_EL2", esr);
    guest_fails(0, "exception, ELR_EL2", elr);
    guest_fails(0, "exception, FAR_EL2", far);
    guest_exit(1);
}

void guest_cpu_on(u64 cpu)
{
    register u64 x0 __asm__("x0") = PSCI_CPU_ON;
    register u64 x1 __asm__("x1") = cpu;
    register u64 x2 __asm__("x2") = (u64)guest_secondary;
    register u64 x3 __asm__("x3") = cpu;
    __asm__ volatile("smc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"memory");
    if (guest_fails(x0 == 0, "PSCI CPU_ON", x0))
        guest_exit(1);
}

void guest_mmu_on(void)
{
    /* 1 GB blocks: AttrIndx 0 Device-nGnRnE, 1 Normal write-back, inner shareable; AF */
    table[0] = 0x401;
    table[1] = 0x40000705;
    WRITE_SYSREG(mair_el2, 0xff00);
    WRITE_SYSREG(tcr_el2,
                 0x80823519); /* RES1 31 and 23; PS 40 bits, 4 KB, inner shareable write-back, T0SZ 25 */
    WRITE_SYSREG(ttbr0_el2, table);
    __asm__ volatile("tlbi alle2\n\tdsb sy\n\tisb" ::: "memory");
    WRITE_SYSREG(sctlr_el2, 0x30c51835);
}
