/* SPDX-License-Identifier: BSD-2-Clause
 *
 * One of each that `monitor catch` knows: an access that VHE redirects, a trapped access of a guest's, an SVC, a virtual
 * interrupt, an HVC. EL2 is a VHE host with one block of 1 GB mapped, ASID 5. What a debugger should see is beside each.
 */
    .global _start, redirected, trapped, called, interrupted, host_vectors, guest_vectors
    .text
_start:
    ldr     x0, =1 << 34 | 1 << 31      /* HCR_EL2.{E2H,RW} */
    msr     hcr_el2, x0
    ldr     x0, =host_vectors
    msr     vbar_el2, x0
    ldr     x0, =guest_vectors
    msr     vbar_el12, x0               /* a redirected access, to VBAR_EL1 */
    mov     x0, #0xff                   /* attribute 0: Normal Write-Back */
    msr     mair_el2, x0
    ldr     x0, =25 | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 23 | 2 << 32    /* 39 bits, cacheable, ISH, EPD1, 40 bits of PA */
    msr     tcr_el2, x0
    ldr     x0, =table
    mov     x1, #5                      /* ASID */
    bfi     x0, x1, #48, #16
    msr     ttbr0_el2, x0
    isb
    mrs     x0, sctlr_el2
    orr     x0, x0, #1
    msr     sctlr_el2, x0
    isb
redirected:
    mrs     x0, sctlr_el1               /* is SCTLR_EL2, M=1 */
    ldr     x0, =1 << 34 | 1 << 31 | 1 << 26 | 1 << 7 | 1 << 4          /* TVM, and VI with IMO */
    msr     hcr_el2, x0
    ldr     x0, =guest
    msr     elr_el2, x0
    mov     x0, #0x3c5                  /* EL1h, DAIF */
    msr     spsr_el2, x0
    eret

guest:
    mov     x9, #0
trapped:
    msr     ttbr0_el1, x9               /* EC 0x18, ISS 0x300920: Op0 3, CRn 2, Rt 9, a write */
called:
    svc     #7
    msr     daifclr, #2                 /* the virtual IRQ comes: HCR_EL2.VI */
interrupted:
    hvc     #1                          /* ends it */

    .balign 2048
host_vectors:                           /* from EL2: not expected */
    .rept   8
    b       .
    .balign 128
    .endr
    mrs     x10, esr_el2                /* + 0x400: synchronous, from the guest */
    lsr     x10, x10, #26
    cmp     x10, #0x18
    b.ne    1f
    mrs     x11, elr_el2
    add     x11, x11, #4
    msr     elr_el2, x11
    eret
1:  ldr     w0, =0x84000008             /* PSCI SYSTEM_OFF */
    smc     #0
    b       .

    .balign 2048
guest_vectors:
    .rept   4
    b       .
    .balign 128
    .endr
    eret                                /* + 0x200: the SVC */
    .balign 128
    mrs     x12, spsr_el1               /* + 0x280: the interrupt, which stays pending: mask it */
    orr     x12, x12, #0x80
    msr     spsr_el1, x12
    eret

    .balign 4096
table:
    .quad   0
    .quad   0x40000000 | 1 << 54 | 1 << 11 | 1 << 10 | 3 << 8 | 1       /* UXN, nG, AF, ISH */
    .balign 4096
