/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The program that qemu-aarch64 runs for `el2sim fuzz user`: takes one block after the other from where
 * user_peer.c put them (user_layout.h), runs each from its input, and notes what it left, or the signal that
 * it raised. In the end it writes all outputs to its standard output. Nothing is on a stack, so that a signal
 * handler need not return: it goes on with the next block.
 *
 * fuzz/user_runner.inc has this as words (fuzz/user_runner.sh makes it); tests/fuzz/runner holds both together.
 */
#include "fuzz/user_layout.h"

#define SYS_write 64
#define SYS_exit_group 94
#define SYS_sigaltstack 132
#define SYS_rt_sigaction 134

/* offsets in the kernel's siginfo and ucontext of arm64 */
#define SI_ADDR 16
#define UC_REGS 184
#define UC_SP 432
#define UC_PC 440
#define UC_PSTATE 448
#define UC_RECORD 464 /* of the first extension record, which is the SIMD&FP registers' */

        .macro  const reg, value
        movz    \reg, #(\value) & 0xffff
        movk    \reg, #(\value) >> 16, lsl #16
        .endm

        .text
        .globl  _start
_start: adr     x0, alternate_stack
        mov     x1, #0
        mov     x8, #SYS_sigaltstack
        svc     #0
        adr     x20, signals
1:      ldrb    w0, [x20], #1
        cbz     w0, next
        adr     x1, action
        mov     x2, #0
        mov     x3, #8
        mov     x8, #SYS_rt_sigaction
        svc     #0
        b       1b

/* ---- one block ---- */
next:   const   x0, USER_HEADER_AT
        ldr     x1, [x0, #HEADER_LEFT]
        cbz     x1, finish
        sub     x1, x1, #1
        str     x1, [x0, #HEADER_LEFT]
        ldr     x30, [x0, #HEADER_INPUT]
        add     x2, x30, #INPUT_SIZE
        str     x2, [x0, #HEADER_INPUT]
        ldr     x2, [x0, #HEADER_PSTATE]
        tbz     x2, #0, 1f
        .inst   0xd503405f /* msr dit, #0 */
1:      tbz     x2, #1, 1f
        .inst   0xd503403f /* msr ssbs, #0 */
1:      tbz     x2, #2, 1f
        .inst   0xd503409f /* msr tco, #0 */
1:      add     x1, x30, #INPUT_V
        .macro  load_pair n, m
        ldp     q\n, q\m, [x1], #32
        .endm
        load_pair 0, 1
        load_pair 2, 3
        load_pair 4, 5
        load_pair 6, 7
        load_pair 8, 9
        load_pair 10, 11
        load_pair 12, 13
        load_pair 14, 15
        load_pair 16, 17
        load_pair 18, 19
        load_pair 20, 21
        load_pair 22, 23
        load_pair 24, 25
        load_pair 26, 27
        load_pair 28, 29
        load_pair 30, 31
        ldr     x1, [x30, #INPUT_FPSR]
        msr     fpsr, x1
        ldr     x1, [x30, #INPUT_FPCR]
        msr     fpcr, x1
        ldr     x1, [x30, #INPUT_TPIDR]
        msr     tpidr_el0, x1
        ldr     x1, [x30, #INPUT_SP]
        mov     sp, x1
        ldr     x1, [x30, #INPUT_NZCV]
        msr     nzcv, x1
        clrex
        ldp     x0, x1, [x30, #INPUT_X]
        ldp     x2, x3, [x30, #INPUT_X + 16]
        ldp     x4, x5, [x30, #INPUT_X + 32]
        ldp     x6, x7, [x30, #INPUT_X + 48]
        ldp     x8, x9, [x30, #INPUT_X + 64]
        ldp     x10, x11, [x30, #INPUT_X + 80]
        ldp     x12, x13, [x30, #INPUT_X + 96]
        ldp     x14, x15, [x30, #INPUT_X + 112]
        ldp     x16, x17, [x30, #INPUT_X + 128]
        ldp     x18, x19, [x30, #INPUT_X + 144]
        ldp     x20, x21, [x30, #INPUT_X + 160]
        ldp     x22, x23, [x30, #INPUT_X + 176]
        ldp     x24, x25, [x30, #INPUT_X + 192]
        ldp     x26, x27, [x30, #INPUT_X + 208]
        ldp     x28, x29, [x30, #INPUT_X + 224]
        ldr     x30, [x30, #INPUT_SLOT]
        br      x30 /* the slot begins by loading X30 */

/* ---- what it left in memory: X29 is the output. Notes each doubleword that is another than the pattern's,
 * and puts the pattern's back. */
memory: const   x0, USER_MEMORY_AT
        const   x1, USER_PATTERN_AT
        mov     x2, #0 /* offset */
        mov     x3, #0 /* changed doublewords */
        mov     x4, #0 /* hash */
        add     x5, x29, #OUTPUT_CHANGES
        movz    x9, #USER_HASH_PRIME & 0xffff
        movk    x9, #(USER_HASH_PRIME >> 16) & 0xffff, lsl #16
        movk    x9, #(USER_HASH_PRIME >> 32) & 0xffff, lsl #32
1:      ldr     x6, [x0, x2]
        ldr     x7, [x1, x2]
        cmp     x6, x7
        b.ne    3f
2:      add     x2, x2, #8
        cmp     x2, #USER_MEMORY_SIZE
        b.ne    1b
        str     x3, [x29, #OUTPUT_CHANGED]
        str     x4, [x29, #OUTPUT_HASH]
        add     x29, x29, #OUTPUT_SIZE
        const   x0, USER_HEADER_AT
        str     x29, [x0, #HEADER_OUTPUT]
        b       next
3:      str     x7, [x0, x2]
        eor     x4, x4, x2
        mul     x4, x4, x9
        eor     x4, x4, x6
        mul     x4, x4, x9
        cmp     x3, #OUTPUT_MAX_CHANGES
        add     x3, x3, #1
        b.hs    2b
        stp     x2, x6, [x5], #16
        b       2b

/* ---- a signal: X0 its number, X1 siginfo, X2 ucontext ---- */
handler:
        const   x3, USER_HEADER_AT
        ldr     x29, [x3, #HEADER_OUTPUT]
        str     x0, [x29, #OUTPUT_SIGNAL]
        ldr     x4, [x1, #SI_ADDR]
        str     x4, [x29, #OUTPUT_ADDRESS]
        ldr     x4, [x2, #UC_PC]
        str     x4, [x29, #OUTPUT_PC]
        ldr     x4, [x2, #UC_PSTATE]
        str     x4, [x29, #OUTPUT_NZCV]
        ldr     x4, [x2, #UC_SP]
        str     x4, [x29, #OUTPUT_SP]
        add     x5, x2, #UC_REGS
        mov     x6, #0
1:      ldr     x4, [x5, x6]
        str     x4, [x29, x6] /* OUTPUT_X */
        add     x6, x6, #8
        cmp     x6, #31 * 8
        b.ne    1b
        ldr     w4, [x2, #UC_RECORD]
        str     x4, [x29, #OUTPUT_FRAME]
        ldr     w4, [x2, #UC_RECORD + 8]
        str     x4, [x29, #OUTPUT_FPSR]
        ldr     w4, [x2, #UC_RECORD + 12]
        str     x4, [x29, #OUTPUT_FPCR]
        add     x5, x2, #UC_RECORD + 16
        add     x6, x29, #OUTPUT_V
        mov     x7, #64
1:      ldr     x4, [x5], #8
        str     x4, [x6], #8
        subs    x7, x7, #1
        b.ne    1b
        b       memory

finish: ldr     x20, [x0, #HEADER_BYTES]
        const   x21, USER_OUTPUTS_AT
1:      mov     x0, #1
        mov     x1, x21
        mov     x2, x20
        mov     x8, #SYS_write
        svc     #0
        cmp     x0, #0
        b.le    2f
        add     x21, x21, x0
        subs    x20, x20, x0
        b.ne    1b
2:      cmp     x20, #0
        cset    x0, ne
        mov     x8, #SYS_exit_group
        svc     #0

signals:
        .byte   4, 5, 7, 8, 11, 0 /* SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV */
        .balign 8
action: .quad   handler, 0x48000004, 0, 0 /* SA_ONSTACK, SA_NODEFER, SA_SIGINFO */
alternate_stack:
        .quad   USER_STACK_AT, 0, USER_STACK_SIZE

/* ---- the end of every block ---- */
        .org    USER_SAVER_AT - USER_TEXT_AT
saver:  msr     tpidr_el0, x30
        const   x30, USER_HEADER_AT
        ldr     x30, [x30, #HEADER_OUTPUT]
        stp     x0, x1, [x30, #OUTPUT_X]
        stp     x2, x3, [x30, #OUTPUT_X + 16]
        stp     x4, x5, [x30, #OUTPUT_X + 32]
        stp     x6, x7, [x30, #OUTPUT_X + 48]
        stp     x8, x9, [x30, #OUTPUT_X + 64]
        stp     x10, x11, [x30, #OUTPUT_X + 80]
        stp     x12, x13, [x30, #OUTPUT_X + 96]
        stp     x14, x15, [x30, #OUTPUT_X + 112]
        stp     x16, x17, [x30, #OUTPUT_X + 128]
        stp     x18, x19, [x30, #OUTPUT_X + 144]
        stp     x20, x21, [x30, #OUTPUT_X + 160]
        stp     x22, x23, [x30, #OUTPUT_X + 176]
        stp     x24, x25, [x30, #OUTPUT_X + 192]
        stp     x26, x27, [x30, #OUTPUT_X + 208]
        stp     x28, x29, [x30, #OUTPUT_X + 224]
        mov     x29, x30
        mrs     x0, tpidr_el0
        str     x0, [x29, #OUTPUT_X + 240]
        mov     x0, sp
        str     x0, [x29, #OUTPUT_SP]
        mrs     x0, nzcv
        str     x0, [x29, #OUTPUT_NZCV]
        mrs     x0, fpsr
        str     x0, [x29, #OUTPUT_FPSR]
        mrs     x0, fpcr
        str     x0, [x29, #OUTPUT_FPCR]
        add     x1, x29, #OUTPUT_V
        .macro  store_pair n, m
        stp     q\n, q\m, [x1], #32
        .endm
        store_pair 0, 1
        store_pair 2, 3
        store_pair 4, 5
        store_pair 6, 7
        store_pair 8, 9
        store_pair 10, 11
        store_pair 12, 13
        store_pair 14, 15
        store_pair 16, 17
        store_pair 18, 19
        store_pair 20, 21
        store_pair 22, 23
        store_pair 24, 25
        store_pair 26, 27
        store_pair 28, 29
        store_pair 30, 31
        b       memory
