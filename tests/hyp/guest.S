/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The guest of vhe-demo and of tests/kvm/vmm.c, position independent at IPA 0x40000000: prints over an emulated UART (stores to IPA 0x09000000
 * fault at stage 2), turns its own stage 1 on, takes five virtual timer interrupts, and says goodbye by PSCI (HVC).
 */
    .section .guest, "ax"
    .balign 4096
    .global guest_start
guest_start:
    cbz     x0, 1f                      /* x0: there is a GIC to set up (tests/kvm) */
    mov     x1, #0x08000000
    mov     w2, #0x12                   /* GICD_CTLR: ARE, EnableGrp1 */
    str     w2, [x1]
    mov     x1, #0x080a0000
    str     wzr, [x1, #0x14]            /* GICR_WAKER */
    mov     w2, #0x08000000             /* INTID 27 */
    mov     w3, #0x10000
    add     x1, x1, x3
    str     w2, [x1, #0x80]             /* GICR_IGROUPR0 */
    str     w2, [x1, #0x100]            /* GICR_ISENABLER0 */
1:  adr     x28, text_hello
    bl      print
    /* stage 1: the first gigabyte Device, the second Normal, identity */
    adr     x1, table
    mov     x2, #0x401                  /* block, AF, attr 0 */
    str     x2, [x1]
    mov     x2, #0x40000000
    movk    x2, #0x705                  /* block, AF, inner shareable, attr 1 */
    str     x2, [x1, #8]
    mov     x2, #0xff00
    msr     mair_el1, x2
    ldr     x2, value_tcr
    msr     tcr_el1, x2
    msr     ttbr0_el1, x1
    isb
    ldr     x2, value_sctlr
    msr     sctlr_el1, x2
    isb
    adr     x28, text_mmu
    bl      print
    adr     x1, guest_vectors
    msr     vbar_el1, x1
    mov     x1, #0xff
    msr     s3_0_c4_c6_0, x1            /* ICC_PMR_EL1: ICV_ here, as every one below */
    mov     x1, #1
    msr     s3_0_c12_c12_7, x1          /* ICC_IGRPEN1_EL1 */
    isb
    mov     x20, #0
    bl      arm_timer
    msr     daifclr, #2
1:  wfi
    cmp     x20, #5
    b.ne    1b
    msr     daifset, #2
    adr     x28, text_bye
    bl      print
    ldr     w0, value_off
    hvc     #0
    b       .

arm_timer:
    mov     x1, #1000
    msr     cntv_tval_el0, x1
    mov     x1, #1
    msr     cntv_ctl_el0, x1
    isb
    ret

irq:
    mrs     x21, s3_0_c12_c12_0         /* ICC_IAR1_EL1 */
    add     x20, x20, #1
    mov     x27, x30
    adr     x28, text_tick
    bl      print
    bl      arm_timer
    mov     x30, x27
    msr     s3_0_c12_c12_1, x21         /* ICC_EOIR1_EL1 */
    isb
    eret

print:
    mov     x26, #0x09000000
2:  ldrb    w25, [x28], #1
    cbz     w25, 3f
    strb    w25, [x26]
    b       2b
3:  ret

    .balign 8
value_tcr:   .quad 0x280803519
value_sctlr: .quad 0x30d01805
value_off:   .word 0x84000008
text_hello:  .asciz "hello from EL1\n"
text_mmu:    .asciz "stage 1 is on\n"
text_tick:   .asciz "virtual timer interrupt\n"
text_bye:    .asciz "bye\n"
    .balign 2048
guest_vectors:
    .space  0x280
    b       irq
    .balign 4096
table:
    .space  4096
    .global guest_end
guest_end:
