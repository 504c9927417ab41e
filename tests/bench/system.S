/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What hypervisors do all day; ROW chooses one: 10 SVC EL0-EL1 round trips, 11 HVC EL1-EL2 round trips,
 * 12 VHE world switch (VTTBR, HCR, EL1 context), 13 world switch and 16 pages touched on each side,
 * 14 TLBI VAE1IS and 8 touches, 15 TLBI VMALLE1 and 16 touches, 16 remap of one page by break-before-make.
 * 10, 11, 14..16 run at EL1; 12 and 13 at EL2 with E2H=1 (BENCH_EL2), the guest at EL1.
 */
#define WORK_BASE 0x44000000

    .macro touch pages, base
    mov     x10, \base
    .rept \pages
    ldr     x11, [x10]
    add     x10, x10, #4096
    .endr
    .endm

    .text
    .global bench_main
#if ROW == 10
bench_main:
    mov     x29, x30
    mov     x0, #WORK_BASE              /* a page that EL0 may execute */
    bl      page_descriptor
    ldr     x1, =WORK_BASE + 0x747      /* as NORMAL_PAGE of tables.c, with AP[1] */
    str     x1, [x0]
    adr     x2, el0_code
    mov     x0, #WORK_BASE
    ldp     x3, x4, [x2]
    stp     x3, x4, [x0]
    dsb     ish
    ic      iallu
    tlbi    vmalle1
    dsb     ish
    isb
    ldr     x20, =4000000
    msr     elr_el1, x0
    msr     spsr_el1, xzr
    adr     x21, 1f
    eret
1:  mov     x30, x29
    ret
    .balign 16
el0_code:
2:  svc     #0
    subs    x20, x20, #1
    b.ne    2b
    svc     #1
    .global lower_sync_el1
lower_sync_el1:
    mrs     x1, esr_el1
    tbnz    x1, #0, 3f
    eret
3:  br      x21

#elif ROW == 11
bench_main:
    ldr     x20, =4000000
1:  hvc     #0
    subs    x20, x20, #1
    b.ne    1b
    ret

#elif ROW == 12 || ROW == 13
#if ROW == 12
#define ROUNDS 400000
#else
#define ROUNDS 500000
#endif
    /* x25: host's HCR, x26: guest's HCR, x27: guest's VTTBR, x28: save area */
bench_main:
    mov     x29, x30
    adr     x1, vectors
    msr     vbar_el1, x1                /* VBAR_EL2 */
    bl      make_stage2
    mov     x27, x0
    mov     x1, #1
    orr     x27, x27, x1, lsl #48       /* VMID 1 */
    ldr     x1, =0x80023559             /* VTCR: T0SZ=25, SL0=1, 4 KB, PS=40 bits, inner shareable */
    msr     vtcr_el2, x1
    mrs     x25, hcr_el2
    mov     x26, #1
    movk    x26, #0x8000, lsl #16
    movk    x26, #0x4, lsl #32          /* RW, VM, E2H; TGE=0 */
    mrs     x1, sctlr_el1               /* the guest's context: the host's tables and settings */
    msr     sctlr_el12, x1
    mrs     x1, tcr_el1
    msr     tcr_el12, x1
    mrs     x1, ttbr0_el1
    msr     ttbr0_el12, x1
    mrs     x1, mair_el1
    msr     mair_el12, x1
    mov     x1, #(3 << 20)
    msr     cpacr_el12, x1
    adr     x1, guest
    msr     elr_el1, x1                 /* ELR_EL2 */
    mov     x1, #0x3c5
    msr     spsr_el1, x1
    ldr     x20, =ROUNDS
    ldr     x28, =context
    b       enter
    .macro context_save reg, at
    mrs     x2, \reg
    str     x2, [x28, #\at]
    .endm
    .macro context_load reg, at
    ldr     x2, [x28, #\at]
    msr     \reg, x2
    .endm
exit_:
    context_save sctlr_el12, 0
    context_save tcr_el12, 8
    context_save ttbr0_el12, 16
    context_save ttbr1_el12, 24
    context_save mair_el12, 32
    context_save cpacr_el12, 40
    context_save vbar_el12, 48
    context_save contextidr_el12, 56
    context_save tpidr_el1, 64
    context_save sp_el1, 72
    context_save elr_el12, 80
    context_save spsr_el12, 88
    context_save cntkctl_el12, 96
    msr     hcr_el2, x25
    msr     vttbr_el2, xzr
    isb
#if ROW == 13
    touch   16, #WORK_BASE
#endif
    subs    x20, x20, #1
    b.eq    done
enter:
    context_load cntkctl_el12, 96
    context_load spsr_el12, 88
    context_load elr_el12, 80
    context_load sp_el1, 72
    context_load tpidr_el1, 64
    context_load contextidr_el12, 56
    context_load vbar_el12, 48
    msr     vttbr_el2, x27
    msr     hcr_el2, x26
    isb
    eret
done:
    mov     x30, x29
    ret
guest:
#if ROW == 13
    touch   16, #(WORK_BASE + 0x100000)
#endif
    hvc     #0
    b       guest
    .balign 2048
vectors:
    .space  0x400
    b       exit_
    .balign 2048
    .bss
    .balign 64
context: .space 128

#elif ROW == 14
bench_main:
    mov     x21, #WORK_BASE
    lsr     x22, x21, #12
    ldr     x20, =3000000
1:  dsb     ishst
    tlbi    vae1is, x22
    dsb     ish
    isb
    touch   8, x21
    subs    x20, x20, #1
    b.ne    1b
    ret

#elif ROW == 15
bench_main:
    mov     x21, #WORK_BASE
    ldr     x20, =600000
1:  dsb     nshst
    tlbi    vmalle1
    dsb     nsh
    isb
    touch   16, x21
    subs    x20, x20, #1
    b.ne    1b
    ret

#elif ROW == 16
bench_main:
    mov     x29, x30
    mov     x0, #WORK_BASE
    bl      page_descriptor
    ldr     x21, [x0]
    orr     x24, x21, #0x1000           /* the other page */
    mov     x23, #WORK_BASE
    lsr     x22, x23, #12
    ldr     x20, =2000000
1:  str     xzr, [x0]
    dsb     ishst
    tlbi    vae1is, x22
    dsb     ish
    isb
    str     x24, [x0]
    dsb     ishst
    isb
    ldr     x2, [x23]
    eor     x24, x24, #0x1000
    subs    x20, x20, #1
    b.ne    1b
    mov     x30, x29
    ret
#endif
