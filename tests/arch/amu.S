/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The Activity Monitors: Arm ARM D15 (FEAT_AMUv1, FEAT_AMUv1p1) and D19.6. Numbers expected are the instructions between
 * two reads, written out below: one instruction is one cycle in this model.
 *
 *   AMCGCR_EL0, AMCFGR_EL0, AMEVTYPER0<n>_EL0 (events 0x11, 0x4004, 8, 0x4005); a counter counts only while it is enabled;
 *   AMEVCNTR00_EL0 cycles, AMEVCNTR02_EL0 retired instructions (an SVC that traps is not one: its handler's are);
 *   auxiliary counters by AMEVTYPER1<n>_EL0; AMCR_EL0.CG1RZ; writes from below the highest EL are UNDEFINED;
 *   AMEVCNTVOFF0<n>_EL2 with HCR_EL2.AMVOFFEN; HAFGRTR_EL2
 *
 * run:  -M virt,virtualization=on -cpu max
 * QEMU has no Activity Monitors.
 */
#include "arch.inc"

#define AMCR_EL0 s3_3_c13_c2_0
#define AMCFGR_EL0 s3_3_c13_c2_1
#define AMCGCR_EL0 s3_3_c13_c2_2
#define AMUSERENR_EL0 s3_3_c13_c2_3
#define AMCNTENCLR0_EL0 s3_3_c13_c2_4
#define AMCNTENSET0_EL0 s3_3_c13_c2_5
#define AMCNTENCLR1_EL0 s3_3_c13_c3_0
#define AMCNTENSET1_EL0 s3_3_c13_c3_1
#define AMEVCNTR00_EL0 s3_3_c13_c4_0
#define AMEVCNTR02_EL0 s3_3_c13_c4_2
#define AMEVCNTR03_EL0 s3_3_c13_c4_3
#define AMEVTYPER00_EL0 s3_3_c13_c6_0
#define AMEVTYPER01_EL0 s3_3_c13_c6_1
#define AMEVTYPER02_EL0 s3_3_c13_c6_2
#define AMEVTYPER03_EL0 s3_3_c13_c6_3
#define AMEVCNTR15_EL0 s3_3_c13_c12_5
#define AMEVTYPER15_EL0 s3_3_c13_c14_5
#define AMEVCNTVOFF00_EL2 s3_4_c13_c8_0
#define HAFGRTR_EL2 s3_4_c3_c1_6

test_start:
    on_exception_fail
    set_sys(cptr_el2, 0x33ff)
    set_sys(HAFGRTR_EL2, 0)
    isb
    mrs     x0, AMCGCR_EL0
    expect_field(x0, 0, 8, 4)
    expect_field(x0, 8, 8, 16)
    mrs     x0, AMCFGR_EL0
    expect_field(x0, 0, 8, 19)          /* N: counters less one */
    expect_field(x0, 8, 6, 63)          /* SIZE */
    expect_sys(AMEVTYPER00_EL0, 0x11)
    expect_sys(AMEVTYPER01_EL0, 0x4004)
    expect_sys(AMEVTYPER02_EL0, 8)
    expect_sys(AMEVTYPER03_EL0, 0x4005)

    /* disabled after reset: nothing counts */
    expect_sys(AMEVCNTR00_EL0, 0)
    expect_sys(AMEVCNTR02_EL0, 0)

    set_sys(AMCNTENSET0_EL0, 15)
    expect_sys(AMCNTENCLR0_EL0, 15)
    isb
    mrs     x10, AMEVCNTR00_EL0
    mrs     x11, AMEVCNTR02_EL0
    nop
    nop
    nop
    mrs     x12, AMEVCNTR00_EL0         /* 5 later than the first */
    mrs     x13, AMEVCNTR02_EL0         /* 5 later, too */
    sub     x12, x12, x10
    sub     x13, x13, x11
    expect(x12, 5)
    expect(x13, 5)
    expect_sys(AMEVCNTR03_EL0, 0)       /* memory never stalls the PE */

    /* an instruction that takes an exception is a cycle, and not retired */
    on_exception_skip
    mrs     x10, AMEVCNTR00_EL0
    mrs     x11, AMEVCNTR02_EL0
    udf     #1
    mrs     x12, AMEVCNTR00_EL0
    mrs     x13, AMEVCNTR02_EL0
    sub     x12, x12, x10
    sub     x13, x13, x11
    sub     x12, x12, x13
    expect(x12, 1)
    on_exception_fail

    /* stopped */
    set_sys(AMCNTENCLR0_EL0, 1)
    isb
    mrs     x10, AMEVCNTR00_EL0
    nop
    mrs     x12, AMEVCNTR00_EL0
    expect_same(x10, x12)

    /* an auxiliary one, written to at the highest Exception level */
    set_sys(AMEVTYPER15_EL0, 0x11)
    set_sys(AMEVCNTR15_EL0, 0x100000000)
    set_sys(AMCNTENSET1_EL0, 1 << 5)
    isb
    mrs     x10, AMEVCNTR15_EL0
    nop
    mrs     x12, AMEVCNTR15_EL0
    sub     x12, x12, x10
    expect(x12, 2)
    lsr     x10, x10, #32
    expect(x10, 1)
    set_sys(AMCR_EL0, 1 << 17)          /* CG1RZ: zero to lower Exception levels only */
    isb
    mrs     x10, AMEVCNTR15_EL0
    lsr     x10, x10, #32
    expect(x10, 1)

    /* EL1: what it reads of counter 0 (stopped) is less by the offset */
    set_sys(AMEVCNTR00_EL0, 1000)
    set_sys(AMEVCNTVOFF00_EL2, 300)
    set(x0, 1 << 31 | 1 << 51)
    msr     hcr_el2, x0
    set_sys(HAFGRTR_EL2, 1 << 17)       /* AMCNTEN1 */
    isb
    enter(2, EL1H, at_el1)
at_el1:
    expect_sys(AMEVCNTR00_EL0, 700)
    expect_sys(AMEVCNTR15_EL0, 0)       /* CG1RZ */
    on_exception_skip
    msr     AMCNTENSET0_EL0, x0         /* UNDEFINED below the highest Exception level */
    expect_taken(TAKEN_EL, 1)
    expect_ec(0)
    mrs     x0, AMCNTENSET1_EL0         /* trapped, fine-grained */
    expect_taken(TAKEN_EL, 2)
    expect_ec(0x18)
    pass
