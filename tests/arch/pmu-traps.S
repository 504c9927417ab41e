/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Who may access the PMU's registers: Arm ARM D13.8 and D19.5 (accessibility of each register), D13.2 (MDCR_EL2.HPMN).
 *
 *   PMEVCNTR<n>_EL0, PMEVTYPER<n>_EL0, PMXEVCNTR_EL0 and PMXEVTYPER_EL0 for a counter that is not implemented: UNDEFINED at every
 *   EL; for one from MDCR_EL2.HPMN on at EL1 and EL0: trapped to EL2 with EC 0x18 (FEAT_FGT)
 *   such counters are not in PMCR_EL0.N, PMCNTENSET_EL0, PMOVSSET_EL0 and PMINTENSET_EL1 as EL1 sees them, and PMCR_EL0.P and
 *   PMSWINC_EL0 leave them alone
 *   MDCR_EL2.TPM and TPMCR trap to EL2; PMUSERENR_EL0.{EN,ER,CR,SW} permit EL0; the trap goes to EL1, or to EL2 with HCR_EL2.TGE
 *
 * run:  -M virt,virtualization=on -cpu max
 * QEMU 7.2 ignores accesses beyond HPMN instead of trapping them (permitted without FEAT_FGT, which it does not have).
 */
#include "arch.inc"

#define PMEVCNTR5_EL0 s3_3_c14_c8_5
#define PMEVCNTR6_EL0 s3_3_c14_c8_6
#define PMEVTYPER6_EL0 s3_3_c14_c12_6
#define HPMN_2 2
#define TPM (1 << 6)
#define TPMCR (1 << 5)

    /* The instruction just before was refused at `el` with exception class `ec`, n-th exception. */
    .macro  refused el, ec
    add     x20, x20, #1
    taken(x0, TAKEN_COUNT)
    expect_same(x0, x20)
    expect_taken(TAKEN_EL, \el)
    expect_ec(\ec)
    .endm
    .macro  permitted
    taken(x0, TAKEN_COUNT)
    expect_same(x0, x20)
    .endm

test_start:
    set_sys(hcr_el2, 1 << 31)
    isb
    on_exception_skip
    mov     x20, #0

    /* EL2: six counters. */
    mrs     x1, PMEVCNTR5_EL0
    permitted
    mrs     x1, PMEVCNTR6_EL0
    refused 2, 0
    msr     PMEVTYPER6_EL0, x1
    refused 2, 0
    mov     x1, #6
    msr     pmselr_el0, x1
    mrs     x1, pmxevtyper_el0
    refused 2, 0
    mov     x1, #31
    msr     pmselr_el0, x1
    mrs     x1, pmxevtyper_el0
    permitted
    mrs     x1, pmxevcntr_el0
    refused 2, 0
    mov     x1, #0x2f
    msr     pmevcntr1_el0, x1
    msr     PMEVCNTR5_EL0, x1

    set_sys(mdcr_el2, HPMN_2)
    mov     x1, #-1
    msr     pmcntenset_el0, x1
    msr     pmovsset_el0, x1
    msr     pmintenset_el1, x1
    mrs     x1, pmcr_el0
    expect_field(x1, 11, 5, 6)
    enter(2, EL1H, at_el1)
    .ltorg

at_el1:
    mrs     x1, pmcr_el0
    expect_field(x1, 11, 5, 2)
    mrs     x1, pmcntenset_el0
    expect(x1, 1 << 31 | 3)
    mrs     x1, pmovsclr_el0
    expect(x1, 1 << 31 | 3)
    mrs     x1, pmintenclr_el1
    expect(x1, 1 << 31 | 3)
    mov     x1, #-1
    msr     pmovsclr_el0, x1
    msr     pmintenclr_el1, x1
    msr     pmcntenclr_el0, x1
    mov     x1, #2                              /* P */
    msr     pmcr_el0, x1
    mrs     x1, pmevcntr1_el0
    expect(x1, 0)
    permitted
    mrs     x1, pmevcntr2_el0
    refused 2, 0x18
    expect_taken(TAKEN_ESR, 0x6234f831)         /* IL; Op0 3, Op2 2, Op1 3, CRn 14, Rt 1, CRm 8, read */
    msr     pmevtyper2_el0, x1
    refused 2, 0x18
    mrs     x1, PMEVCNTR6_EL0
    refused 1, 0
    mov     x1, #2
    msr     pmselr_el0, x1
    mrs     x1, pmxevcntr_el0
    refused 2, 0x18
    msr     pmxevtyper_el0, x1
    refused 2, 0x18
    mov     x1, #1
    msr     pmselr_el0, x1
    mrs     x1, pmxevcntr_el0
    permitted
    mov     x1, #7
    msr     pmselr_el0, x1
    mrs     x1, pmxevcntr_el0
    refused 1, 0
    mov     x1, #31
    msr     pmselr_el0, x1
    mrs     x1, pmxevtyper_el0
    permitted
    msr     pmuserenr_el0, xzr
    on_exception_to 1f
    hvc     #0
1:  add     x20, x20, #1
    mrs     x1, pmovsset_el0
    expect(x1, 0x3c)                            /* EL1 cleared its own */
    mrs     x1, pmintenset_el1
    expect(x1, 0x3c)
    mrs     x1, PMEVCNTR5_EL0
    expect(x1, 0x2f)

    /* MDCR_EL2.TPM, TPMCR. */
    on_exception_skip
    set_sys(mdcr_el2, 6 | TPM)
    enter(2, EL1H, 2f)
2:  mrs     x1, pmccntr_el0
    refused 2, 0x18
    mrs     x1, pmuserenr_el0
    refused 2, 0x18
    on_exception_to 3f
    hvc     #0
3:  add     x20, x20, #1
    on_exception_skip
    mrs     x1, pmccntr_el0
    permitted
    set_sys(mdcr_el2, 6 | TPMCR)
    enter(2, EL1H, 4f)
    .ltorg
4:  mrs     x1, pmcr_el0
    refused 2, 0x18
    mrs     x1, pmccntr_el0
    permitted

    /* EL0 without PMUSERENR_EL0: to EL1; each of its bits; then with TGE to EL2. */
    on_exception_skip
    msr     pmuserenr_el0, xzr
    enter(1, EL0T, 5f)
5:  mrs     x1, pmccntr_el0
    refused 1, 0x18
    mrs     x1, pmuserenr_el0
    permitted
    msr     pmuserenr_el0, x1
    refused 1, 0
    mrs     x1, pmintenset_el1
    refused 1, 0
    on_exception_to 6f
    svc     #0
6:  add     x20, x20, #1
    on_exception_skip
    mov     x1, #4                              /* CR: reads of PMCCNTR_EL0 */
    msr     pmuserenr_el0, x1
    enter(1, EL0T, 7f)
7:  mrs     x1, pmccntr_el0
    permitted
    msr     pmccntr_el0, x1
    refused 1, 0x18
    mrs     x1, pmevcntr0_el0
    refused 1, 0x18
    on_exception_to 8f
    svc     #0
8:  add     x20, x20, #1
    on_exception_skip
    mov     x1, #8 | 2                          /* ER: event counters, PMSELR_EL0; SW: PMSWINC_EL0 */
    msr     pmuserenr_el0, x1
    enter(1, EL0T, 9f)
    .ltorg
9:  mrs     x1, pmevcntr0_el0
    msr     pmselr_el0, xzr
    mrs     x1, pmxevcntr_el0
    mov     x1, #1
    msr     pmswinc_el0, x1
    permitted
    msr     pmevcntr0_el0, x1
    refused 1, 0x18
    mrs     x1, pmxevtyper_el0
    refused 1, 0x18
    mrs     x1, pmcr_el0
    refused 1, 0x18
    on_exception_to 10f
    svc     #0
10: add     x20, x20, #1
    on_exception_to 11f
    mov     x1, #1                              /* EN */
    msr     pmuserenr_el0, x1
    hvc     #0
11: add     x20, x20, #1
    on_exception_skip
    set_sys(mdcr_el2, 3)
    set_sys(hcr_el2, 1 << 31 | 1 << 27)
    isb
    enter(2, EL0T, 12f)
12: msr     pmevcntr2_el0, x1
    permitted
    msr     pmevcntr3_el0, x1
    refused 2, 0x18
    mrs     x1, PMEVCNTR6_EL0
    refused 2, 0
    on_exception_to 13f
    svc     #0
13: add     x20, x20, #1
    msr     pmuserenr_el0, xzr
    on_exception_skip
    enter(2, EL0T, 14f)
14: mrs     x1, pmccntr_el0
    refused 2, 0x18
    on_exception_to 15f
    svc     #0
15: pass
    .ltorg
