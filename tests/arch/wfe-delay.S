/* SPDX-License-Identifier: BSD-2-Clause
 *
 * FEAT_TWED, the delayed trap of WFE: Arm ARM D1.6 and HCR_EL2.{TWEDEn,TWEDEL} (D19.2), AArch64.WFxTrap() with
 * WaitForEventUntilDelay(). A WFE at EL1 that HCR_EL2.TWE traps waits 2^(TWEDEL + 8) cycles for an event first; the trap then has
 * the usual syndrome and ELR_EL2 of the WFE. If an event comes (here the event stream of CNTKCTL_EL1), the WFE completes. A
 * cycle is an instruction here, which takes 1 ns; CNTVCT_EL0 counts 16 ns. WFI is not delayed.
 *
 * run:  -M virt,virtualization=on -cpu max
 * QEMU traps at once (it waits in no WFE).
 */
#include "arch.inc"

#define RW (1 << 31)
#define TWI (1 << 13)
#define TWE (1 << 14)
#define TWED(twedel) (1 << 59 | (twedel) << 60)
#define SOON 20

/* WFE or WFI at EL1 takes between `ticks` and `ticks` + SOON until the host has skipped it. */
    .macro  takes_ insn, ticks, ti, line
    sevl
    wfe                                         /* the event register is clear now */
    mrs     x20, cntvct_el0
931:
    \insn
    mrs     x21, cntvct_el0
    expect_taken_ TAKEN_ESR, 0x07e00000 + \ti, \line
    taken_to_ x0, TAKEN_ELR
    ldr     x1, =931b
    expect_reg_ x0, x1, \line
    sub     x20, x21, x20
    mov     x27, #\line
    mov     x26, x20
    ldr     x28, =\ticks
    cmp     x20, x28
    b.lo    arch_mismatch
    add     x0, x28, #SOON
    cmp     x20, x0
    b.hi    arch_mismatch
    .endm
#define takes(insn, ticks, ti) takes_ insn, ticks, ti, __LINE__

    .macro  guest_ hcr, label
    set_sys(hcr_el2, \hcr)
    isb
    on_exception_skip
    enter(2, EL1H, \label)
    .endm
    .macro  to_el2
    on_exception_to 921f
    hvc     #0
921:
    .endm

test_start:
    guest_  RW | TWE | TWI, plain
plain:
    takes(wfe, 0, 1)
    takes(wfi, 0, 0)
    to_el2
    guest_  RW | TWE | TWI | TWED(8), delayed_8
delayed_8:
    takes(wfe, 4096, 1)
    takes(wfe, 4096, 1)
    takes(wfi, 0, 0)
    to_el2
    guest_  RW | TWE | TWI | TWED(9), delayed_9
delayed_9:
    takes(wfe, 8192, 1)

    /* An event every 512 ticks, long before the trap of 2^23 ns. */
    to_el2
    set_sys(cntkctl_el1, 1 << 2 | 8 << 4)       /* EVNTEN, EVNTI */
    guest_  RW | TWE | TWED(15), events
events:
    taken(x19, TAKEN_COUNT)
    sevl
    wfe
    mrs     x20, cntvct_el0
    wfe
    wfe
    mrs     x21, cntvct_el0
    taken(x0, TAKEN_COUNT)
    expect_same(x0, x19)
    sub     x20, x21, x20
    lsr     x20, x20, #9
    cmp     x20, #2
    b.hi    1f
    pass
1:  fail
