/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A word is written well a thousand times, then once by mistake: `culprit` writes one element past its array. Much later
 * somebody notices, at `noticed`. For a debugger that goes back.
 */
    .global _start, array, victim, culprit, noticed, good, counted
_start:
    adr     x0, array
    adr     x1, victim
    mov     w2, #0
good_loop:
    add     w2, w2, #1
good:
    str     w2, [x1]                    /* 1 to 1000 */
    cmp     w2, #1000
    b.ne    good_loop
    mov     x3, #0
    mov     w4, #0x55
fill:
    cmp     x3, #4
    b.eq    culprit
    str     w4, [x0, x3, lsl #2]
    b       1f
culprit:
    str     w4, [x0, x3, lsl #2]        /* array[4] is victim */
1:  add     x3, x3, #1
    cmp     x3, #5
    b.ne    fill
    mov     w5, #0
work:
    add     w5, w5, #1
    mov     w6, #20000
    cmp     w5, w6
    b.ne    work
    ldr     w7, [x1]
    cmp     w7, #1000
    b.eq    counted
noticed:
    nop
counted:
    ldr     w0, =0x84000008             /* PSCI SYSTEM_OFF */
    smc     #0
    b       .
    .balign 16
array:
    .word   0, 0, 0, 0
victim:
    .word   0
