/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Start-up of the bench programs: entered at EL2 on the virt board, MMU off. Makes identity page tables of 4 KB pages, turns
 * FP on, and calls bench_main() at EL1 (or at EL2 with E2H where BENCH_EL2 is defined); its end powers off.
 * EL2 keeps a vector table whose lower-EL synchronous entry only returns.
 */
#define RAM_BASE 0x40000000

    .section .text.start, "ax"
    .global _start
_start:
    ldr     x0, =stack_top
    mov     sp, x0
    mov     x1, #(1 << 31)              /* HCR_EL2.RW */
    msr     hcr_el2, x1
    isb
    mov     x1, #0x33ff
    msr     cptr_el2, x1
    mov     x1, #3
    msr     cnthctl_el2, x1
    msr     cntvoff_el2, xzr
    mov     x1, #(3 << 20)
    msr     cpacr_el1, x1
    isb
    ldr     x1, =vectors_el2
    msr     vbar_el2, x1
    ldr     x1, =vectors_el1
    msr     vbar_el1, x1
    bl      make_tables
    mov     x19, x0
    ldr     x1, =0xff00                 /* attr 0: Device, attr 1: Normal write-back */
    ldr     x2, =0x280803519            /* T0SZ=25, 4 KB, IPS=40 bits, EPD1, cacheable walks, T1SZ=0 */
    ldr     x3, =0x30d01805             /* M, C, I */
#ifdef BENCH_EL2
    ldr     x4, =0x488000000            /* E2H, RW, TGE */
    msr     hcr_el2, x4
    isb
#endif
    msr     mair_el1, x1
    msr     tcr_el1, x2
    msr     ttbr0_el1, x19
    isb
    msr     sctlr_el1, x3
    isb
#ifndef BENCH_EL2
    adr     x1, 1f
    msr     elr_el2, x1
    mov     x1, #0x3c5                  /* EL1h, DAIF */
    msr     spsr_el2, x1
    mov     x1, sp
    msr     sp_el1, x1
    eret
1:
#else
    mov     x1, #(3 << 20)
    msr     cpacr_el1, x1               /* CPTR_EL2 */
    isb
#endif
    bl      bench_main
    ldr     w0, =0x84000008             /* PSCI SYSTEM_OFF */
    smc     #0
2:  wfi
    b       2b

    .macro entry target
    .balign 128
    b       \target
    .endm
    .balign 2048
    .global vectors_el2
vectors_el2:
    .rept 8
    entry fail
    .endr
    .balign 128
    b       lower_sync_el2
    .rept 7
    entry fail
    .endr
    .weak   lower_sync_el2
lower_sync_el2:
    eret
    .balign 2048
vectors_el1:
    .rept 4
    entry fail
    .endr
    .balign 128
    b       current_sync_el1
    .rept 3
    entry fail
    .endr
    .balign 128
    b       lower_sync_el1
    .rept 7
    entry fail
    .endr
    .weak   lower_sync_el1
    .weak   current_sync_el1
lower_sync_el1:
current_sync_el1:
    eret
fail:
    adr     x1, failure                 /* semihosting SYS_WRITE0: something is wrong with the program */
    mov     w0, #4
    hlt     #0xf000
    ldr     w0, =0x84000008
    smc     #0
    b       .
failure: .asciz "bench: unexpected exception\n"
    .balign 8

    .bss
    .balign 4096
    .space  65536
stack_top:
