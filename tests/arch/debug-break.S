/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Breakpoint exceptions: Arm ARM D2.8, pseudocode AArch64.BreakpointMatch(), AArch64.StateMatch(), GenerateDebugExceptionsFrom();
 * BRK D2.7; where they go D2.4 (MDCR_EL2.TDE, HCR_EL2.TGE). The preferred return address is the instruction that matched, ESR_ELx
 * EC 0x30 from a lower EL and 0x31 from the same, IFSC 0x22.
 *
 *   address match; BT 0b0000 and linked (0b0001) to a context breakpoint (CONTEXTIDR_EL1);
 *   PMC, HMC, SSC against EL0, EL1 and EL2; MDSCR_EL1.{MDE,KDE}, PSTATE.D;
 *   HLT is UNDEFINED without halting debug
 *
 * run:  -M virt,virtualization=on -cpu max
 * run:  -M virt,virtualization=on -cpu cortex-a57
 * qemu: -M virt,virtualization=on,gic-version=3 -cpu cortex-a57
 */
#include "arch.inc"

#define KDE (1 << 13)
#define MDE (1 << 15)
#define TDE (1 << 8)
#define BAS (0xf << 5)
#define PMC_EL0 (2 << 1)
#define PMC_EL1 (1 << 1)
#define PMC_EL01 (3 << 1)
#define HMC (1 << 13)
#define SSC(n) (n << 14)
#define LBN(n) (n << 16)
#define BT(n) (n << 20)
#define ISS 0x2000022                           /* IL, IFSC: debug exception */

    .macro  breakpoint n, value, control
    set(x0, \value)
    msr     dbgbvr\n\()_el1, x0
    set(x0, \control)
    msr     dbgbcr\n\()_el1, x0
    .endm

    /* At EL1: `target` and what follows run; X20 counts breakpoints. Back to EL2 by HVC. */
    .macro  at_el1 mdscr
    set_sys(mdscr_el1, \mdscr)
    msr     mdcr_el2, x21
    isb
    on_exception_to 7f
    enter(2, EL1H, guest)
7:
    .endm
    .macro  stopped at, esr
    expect_taken(TAKEN_ELR, \at)
    expect_taken(TAKEN_ESR, \esr)
    .endm
#define HVC 0x5a000000

test_start:
    set_sys(hcr_el2, 1 << 31)
    msr     mdscr_el1, xzr
    msr     oslar_el1, xzr
    mrs     x21, mdcr_el2
    set(x0, TDE)
    bic     x21, x21, x0
    isb

    /* MDE=1, EL1, PMC for EL1: but KDE=0 and TDE=0, so the target is EL1 itself: nothing. */
    breakpoint 0, target, 1 | PMC_EL1 | BAS
    at_el1  MDE
    stopped guest_end, HVC
    /* KDE=1 and PSTATE.D=1 (EL1H masks all): nothing either. */
    at_el1  MDE | KDE
    stopped guest_end, HVC
    /* ... and D=0: to EL1, from EL1. */
    set_sys(mdscr_el1, MDE | KDE)
    isb
    on_exception_to 1f
    enter(2, EL1H & ~0x200, guest)
1:  expect_taken(TAKEN_EL, 1)
    expect_taken(TAKEN_VECTOR, 0x200)
    stopped target, 0xc4000000 | ISS
    on_exception_to 2f
    hvc     #0
2:
    /* TDE=1: to EL2, whatever KDE and D. */
    set(x0, TDE)
    orr     x21, x21, x0
    at_el1  MDE
    expect_taken(TAKEN_EL, 2)
    expect_taken(TAKEN_VECTOR, 0x400)
    stopped target, 0xc0000000 | ISS
    at_el1  0                                   /* MDE=0 */
    stopped guest_end, HVC
    /* E=0; another address; PMC of EL0; HMC=1 SSC=0 PMC=EL1 (EL1, EL2, EL3) matches EL1, too. */
    breakpoint 0, target, PMC_EL1 | BAS
    at_el1  MDE
    stopped guest_end, HVC
    breakpoint 0, target + 0x1000, 1 | PMC_EL1 | BAS
    at_el1  MDE
    stopped guest_end, HVC
    breakpoint 0, target, 1 | PMC_EL0 | BAS
    at_el1  MDE
    stopped guest_end, HVC
    breakpoint 0, target, 1 | PMC_EL1 | HMC | BAS
    at_el1  MDE
    stopped target, 0xc0000000 | ISS
    breakpoint 0, target, 1 | HMC | SSC(3) | BAS    /* EL2 only */
    at_el1  MDE
    stopped guest_end, HVC

    /* Context: breakpoint 5 with CONTEXTIDR_EL1, breakpoint 0 linked to it. */
    set_sys(contextidr_el1, 42)
    breakpoint 5, 42, 1 | PMC_EL01 | BT(3) | BAS
    breakpoint 0, target, 1 | PMC_EL1 | BAS | BT(1) | LBN(5)
    at_el1  MDE
    stopped target, 0xc0000000 | ISS
    set_sys(contextidr_el1, 43)
    at_el1  MDE
    stopped guest_end, HVC
    breakpoint 5, 43, PMC_EL01 | BT(3) | BAS    /* E=0 */
    at_el1  MDE
    stopped guest_end, HVC
    msr     dbgbcr5_el1, xzr

    /* EL2 itself: TDE=1 makes it the target; KDE=1 and D=0 let it. */
    breakpoint 0, here, 1 | HMC | SSC(3) | BAS
    set_sys(mdscr_el1, MDE | KDE)
    msr     daifset, #8
    isb
    on_exception_to 3f
    mov     x22, #0
    bl      subroutine
    msr     daifclr, #8
    bl      subroutine
    fail
3:  expect_taken(TAKEN_EL, 2)
    expect_taken(TAKEN_VECTOR, 0x200)
    stopped here, 0xc4000000 | ISS
    expect(x22, 1)
    msr     mdscr_el1, xzr
    msr     dbgbcr0_el1, xzr
    isb

    /* BRK: always; the ISS has its number, and ELR is its own address. Without TDE to EL1 from EL1, whatever KDE and D say. */
    on_exception_to 4f
    msr     mdcr_el2, x21
    enter(2, EL1H, brk1)
brk1:
    brk     #0x123
4:  expect_taken(TAKEN_EL, 2)
    stopped brk1, 0xf2000123
    set(x0, TDE)
    bic     x21, x21, x0
    msr     mdcr_el2, x21
    on_exception_to 5f
    enter(2, EL1H, brk2)
    .ltorg
brk2:
    brk     #0x321
5:  expect_taken(TAKEN_EL, 1)
    stopped brk2, 0xf2000321
    on_exception_skip
    hlt     #1
    expect_taken(TAKEN_EL, 1)
    expect_ec(0)
    on_exception_to 6f
    hvc     #0
6:
    pass
    .ltorg

    /* With the MMU off: what runs at EL1. */
guest:
    nop
    nop
target:
    nop
    hvc     #0
guest_end:
subroutine:
    nop
here:
    add     x22, x22, #1
    ret
