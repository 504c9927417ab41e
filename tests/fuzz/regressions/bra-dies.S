/* SPDX-License-Identifier: BSD-2-Clause
 *
 * el2sim fuzz user, by hand, against QEMU 10.0.2
 *
 * PACIA X0, X1, BRAA X0, X1 to the instruction behind it, XPACI X0: the register has its address again, and
 * MOV X2, #1 was executed. QEMU 10.0: an assertion of its translator fails.
 *
 * The rule: the target of BRAA is Xn once its PAC was found right (C6.2, BRAA: AuthIA()); X2 is 1, and no
 * exception is taken.
 *
 * expect x2 0x1
 * expect signal 0x0
 *
 * el2sim fuzz user --replay THIS_FILE; or
 * aarch64-linux-gnu-gcc -nostdlib -static THIS_FILE
 */

        .text
        .globl  _start
_start: ldr     x30, =inputs
        add     x0, x30, #288
        ldp     q0, q1, [x0], #32
        ldp     q2, q3, [x0], #32
        ldp     q4, q5, [x0], #32
        ldp     q6, q7, [x0], #32
        ldp     q8, q9, [x0], #32
        ldp     q10, q11, [x0], #32
        ldp     q12, q13, [x0], #32
        ldp     q14, q15, [x0], #32
        ldp     q16, q17, [x0], #32
        ldp     q18, q19, [x0], #32
        ldp     q20, q21, [x0], #32
        ldp     q22, q23, [x0], #32
        ldp     q24, q25, [x0], #32
        ldp     q26, q27, [x0], #32
        ldp     q28, q29, [x0], #32
        ldp     q30, q31, [x0], #32
        ldr     x0, [x30, #264]
        msr     fpsr, x0
        ldr     x0, [x30, #272]
        msr     fpcr, x0
        ldr     x0, [x30, #280]
        msr     tpidr_el0, x0
        ldr     x0, [x30, #256]
        msr     nzcv, x0
        ldr     x0, [x30, #248]
        mov     sp, x0
        ldp     x0, x1, [x30, #0]
        ldp     x2, x3, [x30, #16]
        ldp     x4, x5, [x30, #32]
        ldp     x6, x7, [x30, #48]
        ldp     x8, x9, [x30, #64]
        ldp     x10, x11, [x30, #80]
        ldp     x12, x13, [x30, #96]
        ldp     x14, x15, [x30, #112]
        ldp     x16, x17, [x30, #128]
        ldp     x18, x19, [x30, #144]
        ldp     x20, x21, [x30, #160]
        ldp     x22, x23, [x30, #176]
        ldp     x24, x25, [x30, #192]
        ldp     x26, x27, [x30, #208]
        ldp     x28, x29, [x30, #224]
        ldr     x30, [x30, #240]
block:
        .inst   0xdac10020 // pacia x0, x1
        .inst   0xd71f0801 // braa x0, x1
        .inst   0xdac143e0 // xpaci x0
        .inst   0xd2800022 // mov x2, #1
        nop
        nop
        nop
        nop
        mov     x8, #94 /* exit_group */
        svc     #0
        .word   0x312ed548 // pool
        .word   0x334f169e // pool
        .word   0x246ef29c // pool
        .word   0x3137d9e4 // pool

        .data
        .balign 16
inputs:
        .quad   block + 0x8 // x0
        .quad   0x0000000000000000 // x1
        .quad   0x0000000000000000 // x2
        .quad   0x0000000000000000 // x3
        .quad   0x0000000000000000 // x4
        .quad   0x0000000000000000 // x5
        .quad   0x0000000000000000 // x6
        .quad   0x0000000000000000 // x7
        .quad   0x0000000000000000 // x8
        .quad   0x0000000000000000 // x9
        .quad   0x0000000000000000 // x10
        .quad   0x0000000000000000 // x11
        .quad   0x0000000000000000 // x12
        .quad   0x0000000000000000 // x13
        .quad   0x0000000000000000 // x14
        .quad   0x0000000000000000 // x15
        .quad   0x0000000000000000 // x16
        .quad   0x0000000000000000 // x17
        .quad   0x0000000000000000 // x18
        .quad   0x0000000000000000 // x19
        .quad   0x0000000000000000 // x20
        .quad   0x0000000000000000 // x21
        .quad   0x0000000000000000 // x22
        .quad   0x0000000000000000 // x23
        .quad   0x0000000000000000 // x24
        .quad   0x0000000000000000 // x25
        .quad   0x0000000000000000 // x26
        .quad   0x0000000000000000 // x27
        .quad   0x0000000000000000 // x28
        .quad   0x0000000000000000 // x29
        .quad   0x0000000000000000 // x30
        .quad   0x0000000030001000 // sp
        .quad   0x0000000000000000 // nzcv
        .quad   0x0000000000000000 // fpsr
        .quad   0x0000000000000000 // fpcr
        .quad   0x5c259f7b31f5644e // tpidr_el0
        .quad   0x0000000000000000, 0x0000000000000000 // v0
        .quad   0x0000000000000000, 0x0000000000000000 // v1
        .quad   0x0000000000000000, 0x0000000000000000 // v2
        .quad   0x0000000000000000, 0x0000000000000000 // v3
        .quad   0x0000000000000000, 0x0000000000000000 // v4
        .quad   0x0000000000000000, 0x0000000000000000 // v5
        .quad   0x0000000000000000, 0x0000000000000000 // v6
        .quad   0x0000000000000000, 0x0000000000000000 // v7
        .quad   0x0000000000000000, 0x0000000000000000 // v8
        .quad   0x0000000000000000, 0x0000000000000000 // v9
        .quad   0x0000000000000000, 0x0000000000000000 // v10
        .quad   0x0000000000000000, 0x0000000000000000 // v11
        .quad   0x0000000000000000, 0x0000000000000000 // v12
        .quad   0x0000000000000000, 0x0000000000000000 // v13
        .quad   0x0000000000000000, 0x0000000000000000 // v14
        .quad   0x0000000000000000, 0x0000000000000000 // v15
        .quad   0x0000000000000000, 0x0000000000000000 // v16
        .quad   0x0000000000000000, 0x0000000000000000 // v17
        .quad   0x0000000000000000, 0x0000000000000000 // v18
        .quad   0x0000000000000000, 0x0000000000000000 // v19
        .quad   0x0000000000000000, 0x0000000000000000 // v20
        .quad   0x0000000000000000, 0x0000000000000000 // v21
        .quad   0x0000000000000000, 0x0000000000000000 // v22
        .quad   0x0000000000000000, 0x0000000000000000 // v23
        .quad   0x0000000000000000, 0x0000000000000000 // v24
        .quad   0x0000000000000000, 0x0000000000000000 // v25
        .quad   0x0000000000000000, 0x0000000000000000 // v26
        .quad   0x0000000000000000, 0x0000000000000000 // v27
        .quad   0x0000000000000000, 0x0000000000000000 // v28
        .quad   0x0000000000000000, 0x0000000000000000 // v29
        .quad   0x0000000000000000, 0x0000000000000000 // v30
        .quad   0x0000000000000000, 0x0000000000000000 // v31
