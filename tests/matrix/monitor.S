/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Start-up and the exception path of the access matrix. The program is a monitor at MONITOR_EL (3, or 2 where EL3 doesn't exist):
 * enter() runs one instruction at another Exception level, and whatever comes of it comes back to the monitor.
 *
 * The way back is SMC (HVC to a monitor at EL2). The instruction under test is followed by one, and so is every vector of EL1 and
 * EL2; at EL0 it is UNDEFINED, and the vector that takes that exception goes on. HCR_EL2.TSC and SCR_EL3.SMD, which would block the
 * way, are not changed by the matrix.
 */
#if MONITOR_EL == 3
#define MON(reg) reg##_el3
#define BACK smc #0x4242
#else
#define MON(reg) reg##_el2
#define BACK hvc #0x4242
#endif
#define TRAPPED 0x74726170706564

    .arch   armv8.2-a
    .section .text.start, "ax"
    .global _start
_start:
    ldr     x0, =stack_top
    mov     sp, x0
    ldr     x0, =monitor_vectors
    msr     MON(vbar), x0
    isb
    bl      matrix_main
    b       semihosting_exit

    /* void enter(uint64_t pc, uint64_t spsr, uint64_t x0, struct taken *t) */
    .global enter
enter:
    stp     x29, x30, [sp, #-112]!
    stp     x19, x20, [sp, #16]
    stp     x21, x22, [sp, #32]
    stp     x23, x24, [sp, #48]
    stp     x25, x26, [sp, #64]
    stp     x27, x28, [sp, #80]
    str     x3, [sp, #96]
    msr     MON(elr), x0
    msr     MON(spsr), x1
    mov     x0, x2
    ldr     x9, =away
    mov     w10, #1
    strb    w10, [x9]
    isb
    eret
back:                                   /* X0 as the instruction left it */
    ldr     x9, =away
    ldrb    w10, [x9]
    cbz     w10, own_fault
    strb    wzr, [x9]
    ldr     x3, [sp, #96]
    mrs     x1, MON(esr)
    stp     x0, x1, [x3]
    mrs     x0, MON(elr)
    mrs     x1, MON(spsr)
    stp     x0, x1, [x3, #16]
    str     x2, [x3, #32]
    ldp     x19, x20, [sp, #16]
    ldp     x21, x22, [sp, #32]
    ldp     x23, x24, [sp, #48]
    ldp     x25, x26, [sp, #64]
    ldp     x27, x28, [sp, #80]
    ldp     x29, x30, [sp], #112
    ret
own_fault:                              /* in call(): the monitor is trapped itself, by CPTR_EL3 */
    mrs     x9, MON(elr)
    add     x9, x9, #4
    msr     MON(elr), x9
    ldr     x0, =TRAPPED
    isb
    eret

    /* uint64_t call(const void *code, uint64_t x0): runs a two-word piece of code that ends in RET */
    .global call
call:
    mov     x2, x0
    mov     x0, x1
    br      x2

    .global semihosting
semihosting:
    hlt     #0xf000
    ret
    .global semihosting_exit
semihosting_exit:                       /* X0: status */
    ldr     x1, =exit_block
    movz    x2, #0x26
    movk    x2, #0x2, lsl #16
    stp     x2, x0, [x1]
    mov     w0, #0x20
    hlt     #0xf000
    b       .
    .ltorg

    .balign 2048
monitor_vectors:
    .set    offset, 0
    .rept   16
    .balign 128
    mov     x2, #offset
    b       back
    .set    offset, offset + 128
    .endr
    .balign 2048
    .global el1_vectors, el2_vectors
el1_vectors:
    .rept   16
    .balign 128
    BACK
    .endr
    .balign 2048
el2_vectors:
    .rept   16
    .balign 128
    BACK
    .endr

/* Each access twice: for enter(), and for the monitor's own use through call(). */
    .balign 2048
    .global probes, calls
probes:
#define REG(...)
#define ACCESS(number, reg, name, word, kind) .inst word; BACK;
#include "tables.h"
#undef ACCESS
calls:
#define ACCESS(number, reg, name, word, kind) .inst word; ret;
#include "tables.h"

    .bss
    .balign 16
exit_block:
    .space  16
away:
    .space  16
    .balign 4096
    .space  16384
stack_top:
    .global scratch, nv_page
scratch:
    .space  4096
nv_page:
    .space  4096
