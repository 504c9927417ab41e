/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Secure EL2 (FEAT_SEL2): SCR_EL3.EEL2 decides whether it exists (EL2Enabled(); an ERET there without it is an illegal exception return,
 * D1.4.5); registers of Secure EL2 only (VSTCR_EL2, CNTHPS_CTL_EL2: accessibility pseudocode, D19.2); the Secure EL2&0 regime's
 * redirection by HCR_EL2.E2H; routing of HVC and SMC with EL2 disabled and enabled (D1.3.6, HCR_EL2.TSC).
 *
 * run:  -M virt,virtualization=on,secure=on -cpu max
 * run:  -M virt,virtualization=on,secure=on -cpu neoverse-v1
 * QEMU 7.2 has no Secure EL2 timers (CNTHPS_CTL_EL2) and lets VSTCR_EL2<31> be 0.
 */
#include "arch.inc"

#define SCR_S ((1 << 10) + (1 << 8))        /* RW, HCE; NS=0: Secure */
#define EEL2 (1 << 18)
#define NS 1
#define RW (1 << 31)
#define E2H (1 << 34)
#define TSC (1 << 19)
#define VSTCR_EL2 s3_4_c2_c6_2
#define CNTHPS_CTL_EL2 s3_4_c14_c5_1
#define CONTEXTIDR_EL2 s3_4_c13_c0_1

test_start:
    /* EEL2=0: EL2 isn't there; the return is illegal: the PE stays at EL3 and takes an Illegal Execution state exception. */
    set_sys(scr_el3, SCR_S)
    isb
    on_exception_to illegal
    enter(3, EL2H, nowhere)
nowhere:
    fail
illegal:
    expect_sys(currentel, 12)
    expect_taken(TAKEN_EL, 3)
    expect_ec(0x0e)

    /* EEL2=1 */
    set_sys(scr_el3, SCR_S | EEL2)
    isb
    set(x0, arch_vectors_el2)
    msr     vbar_el2, x0
    set(x0, arch_vectors_el1)
    msr     vbar_el1, x0
    set_sys(hcr_el2, RW)
    isb
    on_exception_skip
    enter(3, EL2H, secure_el2)
secure_el2:
    expect_sys(currentel, 8)
    taken(x9, TAKEN_COUNT)
    set_sys(VSTCR_EL2, 0x18)
    expect_sys(VSTCR_EL2, 0x80000018)       /* bit 31 is RES1 */
    set_sys(CNTHPS_CTL_EL2, 2)
    expect_sys(CNTHPS_CTL_EL2, 2)
    taken(x10, TAKEN_COUNT)
    expect_same(x10, x9)                    /* nothing trapped */
    mrs     x0, scr_el3                     /* UNDEFINED below EL3 */
    expect_taken(TAKEN_EL, 2)
    expect_ec(0)

    /* The Secure EL2&0 regime's names */
    set_sys(contextidr_el1, 0x11)
    set_sys(hcr_el2, RW | E2H)
    isb
    set_sys(contextidr_el1, 0x22)
    set_sys(hcr_el2, RW)
    isb
    expect_sys(contextidr_el1, 0x11)
    expect_sys(CONTEXTIDR_EL2, 0x22)

    /* HVC from Secure EL1 comes here, SMC goes to EL3. */
    on_exception_to from_hvc
    enter(2, EL1H, secure_el1)
secure_el1:
    hvc     #7
    fail
from_hvc:
    expect_sys(currentel, 8)
    expect_taken(TAKEN_ESR, 0x5a000007)
    on_exception_to from_smc
    enter(2, EL1H, secure_el1_smc)
secure_el1_smc:
    smc     #9
    fail
from_smc:
    expect_sys(currentel, 12)
    expect_taken(TAKEN_EL, 3)
    expect_taken(TAKEN_VECTOR, 0x400)
    expect_taken(TAKEN_ESR, 0x5e000009)

    /* HCR_EL2.TSC traps SMC from Secure EL1 to Secure EL2 ... */
    set_sys(hcr_el2, RW | TSC)
    on_exception_to trapped_smc
    enter(3, EL1H, secure_el1_tsc)
secure_el1_tsc:
    smc     #5
    fail
trapped_smc:
    expect_sys(currentel, 8)
    expect_taken(TAKEN_ESR, 0x5e000005)

    /* ... but not while EL2 is disabled; HVC is UNDEFINED there. */
    on_exception_to to_el3
    smc     #0
to_el3:
    set_sys(scr_el3, SCR_S)
    isb
    on_exception_skip
    enter(3, EL1H, secure_el1_alone)
secure_el1_alone:
    hvc     #0
    expect_taken(TAKEN_EL, 1)
    expect_ec(0)
    on_exception_to from_smc_alone
    smc     #3
    fail
from_smc_alone:
    expect_taken(TAKEN_EL, 3)
    expect_taken(TAKEN_ESR, 0x5e000003)

    /* Non-secure EL2: registers of Secure EL2 are UNDEFINED. */
    set_sys(scr_el3, SCR_S | EEL2 | NS)
    set_sys(hcr_el2, RW)
    isb
    on_exception_skip
    enter(3, EL2H, nonsecure_el2)
nonsecure_el2:
    mrs     x0, VSTCR_EL2
    expect_taken(TAKEN_EL, 2)
    expect_ec(0)
    taken(x9, TAKEN_COUNT)
    mrs     x0, CNTHPS_CTL_EL2
    taken(x10, TAKEN_COUNT)
    add     x9, x9, #1
    expect_same(x10, x9)
    expect_ec(0)
    pass
