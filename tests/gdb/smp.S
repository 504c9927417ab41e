/* SPDX-License-Identifier: BSD-2-Clause
 *
 * CPU 0 switches CPU 1 on; CPU 1 goes to EL1, counts to 100,000 there and says so in `done`, for which CPU 0 waits at EL2.
 */
    .global _start, second, counting, counted, waiting, over, done
    .text
_start:
    ldr     x0, =0xc4000003             /* PSCI CPU_ON */
    mov     x1, #1
    ldr     x2, =second
    mov     x3, #0x77                   /* in its X0 */
    smc     #0
    ldr     x1, =done
waiting:
    ldr     w0, [x1]
    cbz     w0, waiting
over:
    ldr     w0, =0x84000008             /* PSCI SYSTEM_OFF */
    smc     #0
    b       .

second:
    mov     x9, x0
    mov     x0, #1 << 31                /* HCR_EL2.RW */
    msr     hcr_el2, x0
    adr     x0, counting
    msr     elr_el2, x0
    mov     x0, #0x3c5                  /* EL1h, DAIF */
    msr     spsr_el2, x0
    mov     x5, #0
    ldr     w6, =100000
    ldr     x7, =done
    eret
counting:
    add     x5, x5, #1
    cmp     x5, x6
    b.ne    counting
counted:
    mov     w0, #1
    str     w0, [x7]
    b       .
    .data
done:
    .word   0
