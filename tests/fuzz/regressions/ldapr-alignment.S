/* SPDX-License-Identifier: BSD-2-Clause
 *
 * el2sim fuzz user, seed 5, against QEMU 7.2.22
 *
 * x12      el2sim 0x0000000000000000  QEMU 0x000000000000b77d
 * signal   el2sim SIGBUS at 0x40010004, address 0x3000051f
 * signal   QEMU none
 *
 * The rule: without FEAT_LSE2 an ordered access that is not aligned to its size faults.
 *
 * expect x12 0x0000000000000000
 * expect signal 0x0000000000000007
 * expect address 0x000000003000051f
 *
 * el2sim fuzz user --replay THIS_FILE; or
 * aarch64-linux-gnu-gcc -nostdlib -static -Wl,--section-start=.memory=0x30000000 THIS_FILE
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
        .inst   0x78bfc30c // LDAR16 (0x78bfc30c)
        nop
        nop
        nop
        nop
        nop
        nop
        nop
        mov     x8, #94 /* exit_group */
        svc     #0
        .word   0x35af77bc // pool
        .word   0x20b7947b // pool
        .word   0x3a965f8a // pool
        .word   0x3ea4c9ba // pool

        .data
        .balign 16
inputs:
        .quad   0x0000000000000000 // x0
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
        .quad   0x000000003000051f // x24
        .quad   0x0000000000000000 // x25
        .quad   0x0000000000000000 // x26
        .quad   0x0000000000000000 // x27
        .quad   0x0000000000000000 // x28
        .quad   0x0000000000000000 // x29
        .quad   0x0000000000000000 // x30
        .quad   0x0000000030000fb0 // sp
        .quad   0x0000000000000000 // nzcv
        .quad   0x0000000000000000 // fpsr
        .quad   0x0000000000000000 // fpcr
        .quad   0xd98981dfa0439be9 // tpidr_el0
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

        .section .memory, "aw"
        .set    n, 1
        .rept   1024
        .quad   n * 0x9e3779b97f4a7c15
        .set    n, n + 1
        .endr
