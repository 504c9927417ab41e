/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Context breakpoints: Arm ARM D2.8.4, pseudocode AArch64.BreakpointValueMatch(), IsContextAwareBreakpoint(). DBGBCR<n>_EL1.BT:
 * CONTEXTIDR_EL1 (0b001x), VMID (0b100x), both (0b101x), CONTEXTIDR_EL2 (0b110x, FEAT_Debugv8p1); by themselves, or linked to by an
 * address breakpoint. Only the last CTX_CMPs + 1 breakpoints can do that: another one so programmed is disabled here.
 * Also the OS lock (D2.5), which disables debug exceptions, OSLSR_EL1, and the order: an Instruction Abort comes before a breakpoint at the
 * same address (D1.3.5; CheckDebug() is called for translations without a fault).
 *
 * run:  -M virt,virtualization=on -cpu max
 * QEMU 7.2 implements linked CONTEXTIDR_EL1 matching alone (debug-break.S), ignores the OS lock, and has the breakpoint first.
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
    msr     vttbr_el2, xzr
    set_sys(hcr_el2, 1 << 31)
    msr     mdscr_el1, xzr
    msr     oslar_el1, xzr
    mrs     x21, mdcr_el2
    set(x0, TDE)
    bic     x21, x21, x0
    isb

    set(x0, TDE)
    orr     x21, x21, x0
    set_sys(contextidr_el1, 43)
    breakpoint 5, 43, 1 | PMC_EL01 | BT(2) | BAS    /* not one to link to: it matches by itself, at the first instruction */
    breakpoint 0, target, PMC_EL1 | BAS
    at_el1  MDE
    stopped guest, 0xc0000000 | ISS
    breakpoint 5, 43, 1 | PMC_EL01 | BT(3) | BAS    /* linked to only: by itself nothing */
    at_el1  MDE
    stopped guest_end, HVC
    /* VMID (in bits 47..32), and VMID with CONTEXTIDR_EL1. */
    set_sys(vttbr_el2, 7 << 48)
    breakpoint 5, 7 << 32, 1 | PMC_EL01 | BT(9) | BAS
    breakpoint 0, target, 1 | PMC_EL1 | BAS | BT(1) | LBN(5)
    at_el1  MDE
    stopped target, 0xc0000000 | ISS
    breakpoint 5, 6 << 32, 1 | PMC_EL01 | BT(9) | BAS
    at_el1  MDE
    stopped guest_end, HVC
    breakpoint 5, 7 << 32 | 43, 1 | PMC_EL01 | BT(11) | BAS
    at_el1  MDE
    stopped target, 0xc0000000 | ISS
    breakpoint 5, 7 << 32 | 44, 1 | PMC_EL01 | BT(11) | BAS
    at_el1  MDE
    stopped guest_end, HVC
    /* CONTEXTIDR_EL2, in the upper half. */
    set(x0, 77)
    msr     s3_4_c13_c0_1, x0
    breakpoint 5, 77 << 32, 1 | PMC_EL01 | BT(13) | BAS
    at_el1  MDE
    stopped target, 0xc0000000 | ISS
    breakpoint 5, 76 << 32, 1 | PMC_EL01 | BT(13) | BAS
    at_el1  MDE
    stopped guest_end, HVC
    breakpoint 5, 77 << 32 | 43, 1 | PMC_EL01 | BT(15) | BAS
    at_el1  MDE
    stopped target, 0xc0000000 | ISS
    msr     dbgbcr5_el1, xzr

    /* Breakpoint 4 can, breakpoint 3 can't. */
    breakpoint 4, 43, 1 | PMC_EL01 | BT(3) | BAS
    breakpoint 0, target, 1 | PMC_EL1 | BAS | BT(1) | LBN(4)
    at_el1  MDE
    stopped target, 0xc0000000 | ISS
    breakpoint 3, 43, 1 | PMC_EL01 | BT(3) | BAS
    breakpoint 0, target, 1 | PMC_EL1 | BAS | BT(1) | LBN(3)
    at_el1  MDE
    stopped guest_end, HVC
    breakpoint 3, 43, 1 | PMC_EL01 | BT(2) | BAS
    at_el1  MDE
    stopped guest_end, HVC
    msr     dbgbcr3_el1, xzr

    /* The OS lock. */
    breakpoint 0, target, 1 | PMC_EL1 | BAS
    at_el1  MDE
    stopped target, 0xc0000000 | ISS
    mov     x0, #1
    msr     oslar_el1, x0
    mrs     x0, oslsr_el1
    expect(x0, 0xa)                             /* OSLM: implemented; OSLK */
    at_el1  MDE
    stopped guest_end, HVC
    msr     oslar_el1, xzr
    mrs     x0, oslsr_el1
    expect(x0, 8)
    at_el1  MDE
    stopped target, 0xc0000000 | ISS
    /* An Instruction Abort comes before a breakpoint at the same address: EL1 jumps to 0, which is no memory once its MMU says so. */
    set(x0, TDE)
    orr     x21, x21, x0
    msr     mdcr_el2, x21
    set_sys(mair_el1, MAIR_VALUE)
    set_sys(tcr_el1, TCR_EL1_VALUE)
    set_sys(ttbr0_el1, arch_map)
    set_sys(sctlr_el1, 0x30d00801)
    breakpoint 0, 0xc0000000, 1 | PMC_EL1 | BAS
    set_sys(mdscr_el1, MDE)
    isb
    on_exception_to 8f
    enter(2, EL1H, 0xc0000000)
8:  expect_taken(TAKEN_EL, 1)
    expect_ec(0x21)
    pass
    .ltorg

guest:
    nop
    nop
target:
    nop
    hvc     #0
guest_end:
