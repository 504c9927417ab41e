/* SPDX-License-Identifier: BSD-2-Clause
 *
 * FEAT_BRBE, Arm ARM D19.1: what a branch record holds (R_CBHRY, BRBINF<n>_EL1.{TYPE,EL,VALID}), filters
 * (FilterBranchRecord()), cycle counts with the first one unknown (R_MJDLC), half records for Exception levels that may
 * not be recorded (R_KRJQC ff., R_RRBCFP), BRB IALL, BRB INJ, BRBFCR_EL1.{PAUSED,BANK}. A cycle is an instruction.
 *
 * run: -M virt,virtualization=on -cpu max
 * QEMU has no FEAT_BRBE.
 */
#include "arch.inc"

#define BRBCR_EL1 s2_1_c9_c0_0
#define BRBFCR_EL1 s2_1_c9_c0_1
#define BRBCR_EL2 s2_4_c9_c0_0
#define BRBINFINJ_EL1 s2_1_c9_c1_0
#define BRBSRCINJ_EL1 s2_1_c9_c1_1
#define BRBTGTINJ_EL1 s2_1_c9_c1_2
#define BRBIDR0_EL1 s2_1_c9_c2_0
#define BRB_IALL sys #1, c7, c2, #4
#define BRB_INJ sys #1, c7, c2, #5

#define EXRE (1 << 0)               /* E0BRE, E0HBRE */
#define EYBRE (1 << 1)              /* E1BRE, E2BRE */
#define CC (1 << 3)
#define ERTN (1 << 22)
#define EXCEPTION (1 << 23)
#define ALL (0x3f << 17)            /* CONDDIR, DIRCALL, INDCALL, RTN, INDIRECT, DIRECT */
#define PAUSED (1 << 7)
#define CCU (1 << 46)

#define INF(cc, type, el, valid) ((cc) << 32 | (type) << 8 | (el) << 6 | (valid))

test_start:
    expect_sys(BRBIDR0_EL1, 0x5020)             /* 32 records, format 0, 20-bit cycle counter */
    set_sys(hcr_el2, 1 << 31)
    isb
    BRB_IALL
    expect_sys(s2_1_c8_c0_0, 0)

    /* Every kind of branch at EL2, with cycle counts. */
    set_sys(BRBCR_EL1, CC)
    set_sys(BRBFCR_EL1, ALL)
    set(x10, indirect)
    set(x11, callee)
    set(x0, EYBRE | CC)
    msr     BRBCR_EL2, x0
    isb
direct:
    b       1f                                  /* first: cycles unknown */
    nop
1:  nop
call:
    bl      callee
after_call:
    cbnz    xzr, 2f                             /* not taken: no record */
    nop
conditional:
    cbz     xzr, 2f
    nop
2:
indirect_branch:
    br      x10
    nop
indirect:
indirect_call:
    blr     x11
after_blr:
    msr     BRBCR_EL2, xzr
    isb
    b       checks
callee:
    ret
checks:
    /* the newest first */
    expect_sys(s2_1_c8_c0_1, callee)
    expect_sys(s2_1_c8_c0_2, after_blr)
    expect_sys(s2_1_c8_c0_0, INF(1, 0x05, 2, 3))
    expect_sys(s2_1_c8_c1_1, indirect_call)
    expect_sys(s2_1_c8_c1_2, callee)
    expect_sys(s2_1_c8_c1_0, INF(1, 0x03, 2, 3))
    expect_sys(s2_1_c8_c2_1, indirect_branch)
    expect_sys(s2_1_c8_c2_2, indirect)
    expect_sys(s2_1_c8_c2_0, INF(1, 0x01, 2, 3))
    expect_sys(s2_1_c8_c3_1, conditional)
    expect_sys(s2_1_c8_c3_2, indirect_branch)
    expect_sys(s2_1_c8_c3_0, INF(3, 0x08, 2, 3))
    expect_sys(s2_1_c8_c4_1, callee)
    expect_sys(s2_1_c8_c4_2, after_call)
    expect_sys(s2_1_c8_c4_0, INF(1, 0x05, 2, 3))
    expect_sys(s2_1_c8_c5_1, call)
    expect_sys(s2_1_c8_c5_0, INF(2, 0x02, 2, 3))
    expect_sys(s2_1_c8_c6_1, direct)
    expect_sys(s2_1_c8_c6_2, direct + 8)
    expect_sys(s2_1_c8_c6_0, CCU | INF(0, 0x00, 2, 3))
    expect_sys(s2_1_c8_c7_0, 0)
    /* the second bank of a buffer of 32 records */
    set_sys(BRBFCR_EL1, ALL | 1 << 28)
    expect_sys(s2_1_c8_c0_1, 0)

    /* EnI turns the filter round: only what isn't named. */
    set_sys(BRBFCR_EL1, (ALL & ~(1 << 17)) | 1 << 16)
    BRB_IALL
    set(x0, EYBRE)
    msr     BRBCR_EL2, x0
    isb
    bl      callee
only:
    b       3f
3:  msr     BRBCR_EL2, xzr
    isb
    expect_sys(s2_1_c8_c0_1, only)
    expect_sys(s2_1_c8_c1_0, 0)

    /* Paused: nothing. */
    set_sys(BRBFCR_EL1, ALL | PAUSED)
    BRB_IALL
    set(x0, EYBRE)
    msr     BRBCR_EL2, x0
    isb
    bl      callee
    msr     BRBCR_EL2, xzr
    isb
    expect_sys(s2_1_c8_c0_0, 0)

    /* Injection: BRBINFINJ_EL1 has no LASTFAILED and T without FEAT_TME. */
    set_sys(BRBINFINJ_EL1, CCU | INF(0, 0x22, 1, 2) | 1 << 17)
    set_sys(BRBSRCINJ_EL1, 0x1234)
    set_sys(BRBTGTINJ_EL1, 0x5678)
    isb
    BRB_INJ
    isb
    expect_sys(s2_1_c8_c0_0, CCU | INF(0, 0x22, 1, 2))
    expect_sys(s2_1_c8_c0_1, 0x1234)
    expect_sys(s2_1_c8_c0_2, 0x5678)

    /* EL1 may be recorded, EL2 not: half records of the way there and back. */
    BRB_IALL
    set_sys(BRBFCR_EL1, ALL)
    set_sys(BRBCR_EL1, EYBRE)
    set_sys(BRBCR_EL2, ERTN | EXCEPTION)
    on_exception_to back
    enter(2, EL1H, guest)
guest:
    b       4f
4:  hvc     #0
after_hvc:
    fail
back:
    expect_sys(s2_1_c8_c0_1, after_hvc)         /* the preferred return address */
    expect_sys(s2_1_c8_c0_2, 0)
    expect_sys(s2_1_c8_c0_0, CCU | INF(0, 0x22, 0, 2))
    expect_sys(s2_1_c8_c1_1, guest)
    expect_sys(s2_1_c8_c1_0, CCU | INF(0, 0x00, 1, 3))
    expect_sys(s2_1_c8_c2_1, 0)
    expect_sys(s2_1_c8_c2_2, guest)
    expect_sys(s2_1_c8_c2_0, CCU | INF(0, 0x07, 1, 1))
    expect_sys(s2_1_c8_c3_0, 0)

    /* Both may: a full record of a trap (EC 0x01, WFI), and of the exception return before it. No branches: BRBFCR_EL1 is 0. */
    BRB_IALL
    set_sys(BRBFCR_EL1, 0)
    set_sys(hcr_el2, 1 << 31 | 1 << 13)
    on_exception_to trapped
    set(x0, EYBRE | ERTN | EXCEPTION)
    msr     BRBCR_EL2, x0
    enter(2, EL1H, sleeper)
sleeper:
    wfi
    fail
trapped:
    msr     BRBCR_EL2, xzr
    isb
    expect_sys(s2_1_c8_c0_1, sleeper)
    expect_sys(s2_1_c8_c0_2, arch_vectors_el2 + 0x400)
    expect_sys(s2_1_c8_c0_0, CCU | INF(0, 0x23, 2, 3))
    expect_sys(s2_1_c8_c1_2, sleeper)
    expect_sys(s2_1_c8_c1_0, CCU | INF(0, 0x07, 1, 3))
    expect_sys(s2_1_c8_c2_0, 0)
    pass
