/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A guest hypervisor for tests/kvm/vmm.c, to see KVM's nested virtualization at work: it starts at the virtual EL2 that KVM gives (with
 * E2H), maps the first two GB in stage 2 tables of its own, and runs tests/hyp/guest.S (X1: its address) at EL1 beneath. The guest's
 * hypercall at the end arrives here, and the machine is turned off by SMC.
 */
    .section .guest, "ax"
    .balign 4096
    .global nested_start
nested_start:
    mov     x19, x0
    mov     x20, x1
    mrs     x0, currentel
    cmp     x0, #8
    b.ne    wrong
    adr     x28, text_el2
    bl      print
    /* stage 2, identity: a block of Device and one of Normal memory */
    adr     x1, stage2
    mov     x2, #0x4c1
    str     x2, [x1]
    mov     x2, #0x40000000
    movk    x2, #0x7fd
    str     x2, [x1, #8]
    msr     vttbr_el2, x1
    ldr     x2, value_vtcr
    msr     vtcr_el2, x2
    mrs     x2, hcr_el2
    orr     x2, x2, #1 << 31            /* RW */
    orr     x2, x2, #1                  /* VM */
    msr     hcr_el2, x2
    isb
    tlbi    vmalls12e1
    dsb     ish
    adr     x1, vectors
    msr     vbar_el2, x1
    ldr     x1, value_sctlr
    msr     s3_5_c1_c0_0, x1            /* SCTLR_EL12 */
    msr     cntvoff_el2, xzr
    mov     x1, #0x3c5
    msr     spsr_el2, x1
    msr     elr_el2, x20
    isb
    mov     x0, x19
    eret

sync:
    mrs     x1, esr_el2
    lsr     x1, x1, #26
    cmp     x1, #0x16                   /* HVC */
    b.ne    wrong
    adr     x28, text_hypercall
    bl      print
    smc     #0                          /* as X0 says: PSCI SYSTEM_OFF */
    b       .

wrong:
    adr     x28, text_wrong
    bl      print
    ldr     w0, value_off
    smc     #0
    b       .

print:
    mov     x26, #0x09000000
1:  ldrb    w25, [x28], #1
    cbz     w25, 2f
    strb    w25, [x26]
    b       1b
2:  ret

    .balign 8
value_vtcr:     .quad 0x80023559
value_sctlr:    .quad 0x30d00800
value_off:      .word 0x84000008
text_el2:       .asciz "hello from EL2\n"
text_hypercall: .asciz "hypercall from EL1\n"
text_wrong:     .asciz "something unexpected at EL2\n"
    .balign 2048
vectors:
    .rept   8
    b       wrong
    .balign 128
    .endr
    b       sync
    .balign 128
    .rept   7
    b       wrong
    .balign 128
    .endr
    .balign 4096
stage2:
    .space  4096
    .global nested_end
nested_end:
