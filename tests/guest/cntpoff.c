/* SPDX-License-Identifier: BSD-2-Clause
 *
 * CNTPOFF_EL2 (FEAT_ECV): with CNTHCTL_EL2.ECV, EL1 reads CNTPCT_EL0 less CNTPOFF_EL2 (Arm ARM D12.2,
 * D24.10), EL2 does not. What counts is the state at the read: it must not matter that CNTHCTL_EL2.ECV and
 * the offset were written while HCR_EL2.{E2H,TGE} was {1,1}. Expected: each EL1 read lies between the two EL2
 * reads around it, less the offset, if ECV is set.
 */
#include "guest.h"

#define CNTHCTL_EL2 s3_4_c14_c1_0
#define CNTPOFF_EL2 s3_4_c14_c0_6
/* in the layout for E2H = 1 */
#define EL1_MAY_READ (1UL << 10 | 1UL << 11)
#define ECV (1UL << 12)
#define OFFSET 0x100000

__asm__(".pushsection .text\n"
        "read_counter: isb\n"
        "mrs x1, cntpct_el0\n"
        "hvc #0\n"
        ".popsection\n");
extern const char read_counter[];

void guest_cpu(u64 cpu)
{
    (void)cpu;
}

static int check(u64 hcr, u64 offset, const char *what)
{
    u64 guest, before = READ_SYSREG(cntpct_el0);
    u64 esr = guest_run(read_counter, hcr, &guest);
    u64 after = READ_SYSREG(cntpct_el0);
    return guest_fails(esr >> 26 == 0x16, "HVC expected, ESR_EL2", esr) |
           guest_fails(before <= guest + offset && guest + offset <= after, what, guest + offset - before) |
           guest_fails(after - before < OFFSET / 2, "the offset reached EL2", after - before);
}

int guest_main(void)
{
    const u64 guest = HCR_RW | HCR_E2H, host = guest | HCR_TGE;
    if (guest_fails(READ_SYSREG(id_aa64mmfr0_el1) >> 60 == 2, "ID_AA64MMFR0_EL1.ECV",
                    READ_SYSREG(id_aa64mmfr0_el1)))
        return 1;
    WRITE_SYSREG(hcr_el2, host);
    WRITE_SYSREG(CNTPOFF_EL2, OFFSET);
    WRITE_SYSREG(CNTHCTL_EL2, EL1_MAY_READ | ECV);
    int failed = check(guest, OFFSET, "ECV set with TGE=1");
    WRITE_SYSREG(CNTHCTL_EL2, EL1_MAY_READ);
    failed |= check(guest, 0, "ECV clear");
    WRITE_SYSREG(hcr_el2, guest);
    WRITE_SYSREG(CNTHCTL_EL2, EL1_MAY_READ | ECV);
    failed |= check(guest, OFFSET, "ECV set with TGE=0");
    WRITE_SYSREG(hcr_el2, host);
    failed |= check(guest, OFFSET, "TGE set and cleared again");
    return failed;
}
