/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Start-up of the guest programs: entered at EL2 on the virt board, MMU off. CPU 0 calls guest_main() and ends with what it
 * returns; a CPU that guest_cpu_on() started calls guest_cpu(its number). A synchronous exception from a lower EL ends
 * guest_run(); any other exception is a failure.
 */
    .section .text.start, "ax"
    .global _start
_start:
    mov     x19, #0
    b       1f
    .global guest_secondary
guest_secondary:                        /* X0: the CPU's number */
    mov     x19, x0
1:  ldr     x1, =stacks + 0x1000
    add     x1, x1, x19, lsl #12
    mov     sp, x1
    ldr     x1, =vectors
    msr     vbar_el2, x1
    isb
    cbnz    x19, 2f
    bl      guest_main
    bl      guest_exit
2:  mov     x0, x19
    bl      guest_cpu
3:  wfi
    b       3b

    /* u64 guest_run(const void *entry, u64 hcr, u64 *x1): enters EL1h with HCR_EL2 = hcr; returns ESR_EL2 of the synchronous
     * exception that brings it back, HCR_EL2 as it was. *x1 is the guest's X1. */
    .global guest_run
guest_run:
    stp     x29, x30, [sp, #-112]!
    stp     x19, x20, [sp, #16]
    stp     x21, x22, [sp, #32]
    stp     x23, x24, [sp, #48]
    stp     x25, x26, [sp, #64]
    stp     x27, x28, [sp, #80]
    mrs     x3, hcr_el2
    stp     x2, x3, [sp, #96]
    msr     hcr_el2, x1
    msr     elr_el2, x0
    mov     x4, #0x3c5                  /* EL1h, DAIF */
    msr     spsr_el2, x4
    isb
    eret
back:
    ldp     x2, x3, [sp, #96]
    str     x1, [x2]
    msr     hcr_el2, x3
    isb
    mrs     x0, esr_el2
    ldp     x19, x20, [sp, #16]
    ldp     x21, x22, [sp, #32]
    ldp     x23, x24, [sp, #48]
    ldp     x25, x26, [sp, #64]
    ldp     x27, x28, [sp, #80]
    ldp     x29, x30, [sp], #112
    ret

    .balign 2048
vectors:
    .rept 8
    b       unexpected
    .balign 128
    .endr
    b       back
    .balign 128
    .rept 7
    b       unexpected
    .balign 128
    .endr
unexpected:
    mrs     x0, esr_el2
    mrs     x1, elr_el2
    mrs     x2, far_el2
    b       guest_unexpected

    .bss
    .balign 4096
stacks:
    .space  4 * 0x1000
