/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The monitor of `el2sim fuzz system`: runs the programs of a batch (program.h), one after the other, and notes what becomes of
 * them. It stays at EL3 with the MMU off and has no stack: X27 points to the control block (monitor.h) wherever
 * the program's registers aren't live, X28 to the program's record, X29 to its result. fuzz/monitor-words makes monitor_words.inc of
 * this file.
 *
 * The exception vectors of EL1 and EL2 are SMCs with VECTOR_IMM(EL) and the number of the slot as immediate. HCR_EL2.TSC
 * sends EL1's to EL2, whose vector then leads here. SCR_EL3.SMD stays 0. The watchdog is the Secure physical timer: its
 * interrupt (PPI 29, Group 0, an FIQ) is taken to EL3, where SCR_EL3.FIQ=1 sends it whatever PSTATE.F is below.
 */
#include "monitor.h"

#define GICD 0x08000000
#define GICR 0x080a0000
#define WATCHDOG_PPI 29

#define EC_ILLEGAL 0x0e
#define EC_SVC 0x15
#define EC_HVC 0x16
#define EC_SMC 0x17
#define EC_IABORT_LOWER 0x20
#define EC_IABORT 0x21
#define EC_PC_ALIGNMENT 0x22
#define EC_STEP_LOWER 0x32
#define EC_STEP 0x33
#define EC_BRK 0x3c

    .arch   armv8.4-a
    .text
    .global _start
_start:
base:
    mrs     x0, mpidr_el1               /* QEMU has a second CPU: see system_qemu.c */
    ands    x0, x0, #0xff
    b.ne    parked
    adr     x27, base + MONITOR_CONTROL - MONITOR_AT
    adr     x0, vectors
    msr     vbar_el3, x0
    str     xzr, [x27, #CONTROL_RUNNING]
    mov     x0, #1
    str     x0, [x27, #CONTROL_STARTED]
    bl      own_el3
    mov     x0, #0x40000000             /* the device tree, which isn't the same on both sides */
    adr     x1, base
1:  stp     xzr, xzr, [x0], #16
    cmp     x0, x1
    b.ne    1b
    bl      prepare_watchdog
    ldr     x2, [x27, #CONTROL_PROBE]
    cbz     x2, batch
    ldr     x0, [x27, #CONTROL_RESULTS]
    blr     x2

    b       batch
parked:
    wfi
    b       parked

/* ---- the batch ---- */
batch:
    ldp     x0, x1, [x27, #CONTROL_NEXT]
    cmp     x0, x1
    b.hs    finish
    ldp     x2, x3, [x27, #CONTROL_RECORDS]
    ldr     x28, [x2, x0, lsl #3]
    mov     x4, #RESULT_SIZE
    madd    x29, x0, x4, x3
    stp     x29, x28, [x27, #CONTROL_RESULT]
    stp     xzr, xzr, [x29, #RESULT_STATUS]
    bl      clean_registers
    bl      fill_memory
    b       start

finish:
    mov     x0, #1
    str     x0, [x27, #CONTROL_DONE]
    dsb     sy
    movz    x1, #0x26                   /* ADP_Stopped_ApplicationExit */
    movk    x1, #0x2, lsl #16
    stp     x1, xzr, [x27, #CONTROL_X]
    add     x1, x27, #CONTROL_X
    mov     w0, #0x18                   /* SYS_EXIT */
    hlt     #0xf000
    b       .

/* EL3's own controls: MMU off, FP not trapped, everything below Non-secure with EL2, nothing trapped to EL3. */
own_el3:
    ldr     x0, =0x30c50830
    msr     sctlr_el3, x0
    msr     cptr_el3, xzr
    msr     mdcr_el3, xzr
    ldr     x0, [x27, #CONTROL_SCR]
    msr     scr_el3, x0
    isb
    ret

/* Registers as if no program had touched them, and nothing in the TLBs of either Security state. */
clean_registers:
    mov     x26, x30
    ldp     x2, x0, [x27, #CONTROL_RESTORE]
    blr     x2
    mrs     x0, scr_el3
    bic     x1, x0, #1
    mrs     x2, hcr_el2
    orr     x3, x2, #1 << 34 /* E2H: ALLE2 is then about EL2&0, otherwise about EL2 */
    tlbi    alle1
    tlbi    alle2
    msr     hcr_el2, x3
    isb
    tlbi    alle2
    msr     scr_el3, x1
    isb
    tlbi    alle1
    tlbi    alle2
    msr     hcr_el2, x2
    isb
    tlbi    alle2
    tlbi    alle3
    dsb     sy
    msr     scr_el3, x0
    ic      iallu
    dsb     sy
    isb
    clrex
    br      x26

/* Fills those of the program's pages that aren't to be all zeros, as all memory is between programs; then writes its words. */
fill_memory:
    ldp     x0, x1, [x28, #RECORD_PAGES]
1:  cbz     x1, 3f
    sub     x1, x1, #1
    ldp     x2, x3, [x0], #16
    cbz     x3, 1b
    add     x4, x2, #4096
2:  stp     x3, x3, [x2], #16
    cmp     x2, x4
    b.ne    2b
    b       1b
3:  ldp     x0, x1, [x28, #RECORD_WORDS]
4:  cbz     x1, 5f
    ldp     x2, x3, [x0], #16
    str     x3, [x2]
    sub     x1, x1, #1
    b       4b
5:  ret

/* ---- the program's start ---- */
start:
    ldp     x0, x1, [x28, #RECORD_SP]
    ldr     x2, [x28, #RECORD_SP + 16]
    msr     sp_el0, x0
    msr     sp_el1, x1
    msr     sp_el2, x2
    ldr     x0, [x28, #RECORD_FPCR]
    ldr     x1, [x28, #RECORD_FPCR + 8]
    msr     fpcr, x0
    msr     fpsr, x1
    add     x0, x28, #RECORD_V
    ld1     {v0.2d-v3.2d}, [x0], #64
    ld1     {v4.2d-v7.2d}, [x0], #64
    ld1     {v8.2d-v11.2d}, [x0], #64
    ld1     {v12.2d-v15.2d}, [x0], #64
    ld1     {v16.2d-v19.2d}, [x0], #64
    ld1     {v20.2d-v23.2d}, [x0], #64
    ld1     {v24.2d-v27.2d}, [x0], #64
    ld1     {v28.2d-v31.2d}, [x0]
    mov     x1, #0                      /* X0 to X30 to where resume takes them from */
1:  add     x2, x28, x1, lsl #3
    ldr     x3, [x2, #RECORD_X]
    add     x2, x27, x1, lsl #3
    str     x3, [x2, #CONTROL_X]
    add     x1, x1, #1
    cmp     x1, #31
    b.ne    1b
    bl      start_watchdog
    ldp     x2, x0, [x28, #RECORD_SETTINGS]
    blr     x2
    ldp     x0, x1, [x28, #RECORD_PC]
    mrs     x2, sctlr_el3
    str     x2, [x27, #CONTROL_SCTLR]

/* Goes on at X0 with PSTATE X1 and the registers at CONTROL_X. */
resume:
    msr     elr_el3, x0
    msr     spsr_el3, x1
    mov     x0, #1
    str     x0, [x27, #CONTROL_RUNNING]
    ldr     x0, [x27, #CONTROL_SCTLR]
    msr     sctlr_el3, x0
    isb
    mov     x30, x27
    ldp     x0, x1, [x30, #CONTROL_X]
    ldp     x2, x3, [x30, #CONTROL_X + 16]
    ldp     x4, x5, [x30, #CONTROL_X + 32]
    ldp     x6, x7, [x30, #CONTROL_X + 48]
    ldp     x8, x9, [x30, #CONTROL_X + 64]
    ldp     x10, x11, [x30, #CONTROL_X + 80]
    ldp     x12, x13, [x30, #CONTROL_X + 96]
    ldp     x14, x15, [x30, #CONTROL_X + 112]
    ldp     x16, x17, [x30, #CONTROL_X + 128]
    ldp     x18, x19, [x30, #CONTROL_X + 144]
    ldp     x20, x21, [x30, #CONTROL_X + 160]
    ldp     x22, x23, [x30, #CONTROL_X + 176]
    ldp     x24, x25, [x30, #CONTROL_X + 192]
    ldp     x26, x27, [x30, #CONTROL_X + 208]
    ldp     x28, x29, [x30, #CONTROL_X + 224]
    ldr     x30, [x30, #CONTROL_X + 240]
    eret

/* ---- an exception at EL3: slot in X28, X28 to X30 saved ---- */
taken:
    ldr     x29, [x30, #CONTROL_RUNNING]
    cbz     x29, own_fault
    stp     x0, x1, [x30, #CONTROL_X]
    stp     x2, x3, [x30, #CONTROL_X + 16]
    stp     x4, x5, [x30, #CONTROL_X + 32]
    stp     x6, x7, [x30, #CONTROL_X + 48]
    stp     x8, x9, [x30, #CONTROL_X + 64]
    stp     x10, x11, [x30, #CONTROL_X + 80]
    stp     x12, x13, [x30, #CONTROL_X + 96]
    stp     x14, x15, [x30, #CONTROL_X + 112]
    stp     x16, x17, [x30, #CONTROL_X + 128]
    stp     x18, x19, [x30, #CONTROL_X + 144]
    stp     x20, x21, [x30, #CONTROL_X + 160]
    stp     x22, x23, [x30, #CONTROL_X + 176]
    stp     x24, x25, [x30, #CONTROL_X + 192]
    stp     x26, x27, [x30, #CONTROL_X + 208]
    ldp     x0, x1, [x30, #CONTROL_SAVED]
    stp     x0, x1, [x30, #CONTROL_X + 224]
    mrs     x0, tpidr_el3
    str     x0, [x30, #CONTROL_X + 240]
    str     xzr, [x30, #CONTROL_RUNNING]
    mov     x27, x30
    mrs     x0, sctlr_el3
    str     x0, [x27, #CONTROL_SCTLR]
    tbz     x0, #0, 1f
    bic     x0, x0, #1
    msr     sctlr_el3, x0
    isb
1:  mov     x10, #3                     /* X10: EL, X11: slot */
    mov     x11, x28
    ldp     x29, x28, [x27, #CONTROL_RESULT]
    mrs     x12, esr_el3
    mrs     x13, far_el3
    mrs     x14, elr_el3
    mrs     x15, spsr_el3
    mov     x16, #0                     /* X16: HPFAR */
    and     x0, x11, #3
    cmp     x0, #2
    b.eq    timed_out
    cbnz    x0, record
    lsr     x0, x12, #26
    cmp     x0, #EC_SMC
    b.ne    record
    ubfx    x1, x12, #8, #8
    and     x2, x12, #15
    cmp     x1, #VECTOR_EL1
    b.eq    taken_to_el1
    cmp     x1, #VECTOR_EL2
    b.ne    record
    mrs     x12, esr_el2                /* a vector of EL2 */
    lsr     x0, x12, #26
    cmp     x0, #EC_SMC                 /* ... that took the SMC of one of EL1's, under HCR_EL2.TSC */
    b.ne    1f
    ubfx    x1, x12, #8, #8
    cmp     x1, #VECTOR_EL1
    b.ne    1f
    and     x2, x12, #15
    b       taken_to_el1
1:  mov     x10, #2
    mov     x11, x2
    mrs     x13, far_el2
    mrs     x14, elr_el2
    mrs     x15, spsr_el2
    mrs     x16, hpfar_el2
    b       record
taken_to_el1:
    mov     x10, #1
    mov     x11, x2
    mrs     x12, esr_el1
    mrs     x13, far_el1
    mrs     x14, elr_el1
    mrs     x15, spsr_el1

record:
    ldr     x0, [x29, #RESULT_EVENTS]
    mov     x1, #RESULT_EVENT_SIZE
    madd    x1, x0, x1, x29
    add     x1, x1, #RESULT_EVENT
    orr     x2, x10, x11, lsl #8
    stp     x2, x12, [x1]
    stp     x13, x14, [x1, #16]
    stp     x15, x16, [x1, #32]
    ldr     x2, [x27, #CONTROL_STATE]
    add     x0, x1, #RESULT_EVENT_STATE
    blr     x2
    ldr     x0, [x29, #RESULT_EVENTS]
    add     x0, x0, #1
    str     x0, [x29, #RESULT_EVENTS]
    cmp     x0, #MONITOR_EVENTS
    b.eq    ended

/* What goes on, and where: X14, X15. */
    and     x0, x11, #3
    cbnz    x0, asynchronous
    lsr     x0, x12, #26
    and     x1, x12, #0xffff
    cmp     x0, #EC_IABORT_LOWER
    b.eq    ended
    cmp     x0, #EC_IABORT
    b.eq    ended
    cmp     x0, #EC_PC_ALIGNMENT
    b.eq    ended
    cmp     x0, #EC_ILLEGAL
    b.eq    ended
    cmp     x0, #EC_STEP_LOWER
    b.eq    step
    cmp     x0, #EC_STEP
    b.eq    step
    cmp     x0, #EC_BRK
    b.eq    end_or_skip
    cmp     x0, #EC_SMC
    b.eq    smc
    cmp     x0, #EC_HVC
    b.eq    end_or_go_on
    cmp     x0, #EC_SVC
    b.ne    skip
    cmp     x10, #2                     /* SVC: at EL2 with TGE=0, from below, the trap by HFGITR_EL2 */
    b.ne    end_or_go_on
    tbz     x11, #3, end_or_go_on
    mrs     x0, hcr_el2
    tbnz    x0, #27, end_or_go_on
    b       end_or_skip
smc:                                    /* taken to EL2: the trap by HCR_EL2.TSC */
    cmp     x10, #3
    b.eq    end_or_go_on
end_or_skip:
    cmp     x1, #MONITOR_END
    b.eq    ended
skip:
    add     x14, x14, #4
    bic     x15, x15, #0xc00            /* PSTATE.BTYPE, as behind an instruction that isn't a branch */
    b       go_on
end_or_go_on:
    cmp     x1, #MONITOR_END
    b.eq    ended
    b       go_on
step:
    orr     x15, x15, #1 << 21          /* PSTATE.SS: the next instruction is executed */
    b       go_on
asynchronous:
    orr     x15, x15, #0x1c0            /* PSTATE.{A,I,F} */
go_on:
    cmp     x10, #1                     /* EL1 under HCR_EL2.NV sees itself as EL2 */
    b.ne    1f
    tbz     x15, #3, 1f
    eor     x15, x15, #0xc
1:  mov     x0, x14
    mov     x1, x15
    b       resume

/* ---- the program's end: ELR and SPSR of the last exception in X14, X15 ---- */
timed_out:
    mov     x0, #STATUS_TIMED_OUT
    b       1f
ended:
    mov     x0, #STATUS_ENDED
1:  str     x0, [x29, #RESULT_STATUS]
    stp     x15, x14, [x29, #RESULT_SPSR]
    bl      stop_watchdog
    bl      own_el3
    ldr     x2, [x27, #CONTROL_COLLECT]
    mov     x0, #RESULT_REGISTERS
    add     x0, x29, x0
    blr     x2
    mrs     x0, sp_el0
    mrs     x1, sp_el1
    stp     x0, x1, [x29, #RESULT_SP]
    mrs     x0, sp_el2
    str     x0, [x29, #RESULT_SP + 16]
    mrs     x0, fpcr
    mrs     x1, fpsr
    stp     x0, x1, [x29, #RESULT_FPCR]
    add     x0, x29, #RESULT_V
    st1     {v0.2d-v3.2d}, [x0], #64
    st1     {v4.2d-v7.2d}, [x0], #64
    st1     {v8.2d-v11.2d}, [x0], #64
    st1     {v12.2d-v15.2d}, [x0], #64
    st1     {v16.2d-v19.2d}, [x0], #64
    st1     {v20.2d-v23.2d}, [x0], #64
    st1     {v24.2d-v27.2d}, [x0], #64
    st1     {v28.2d-v31.2d}, [x0]
    mov     x1, #0
1:  add     x2, x27, x1, lsl #3
    ldr     x3, [x2, #CONTROL_X]
    add     x2, x29, x1, lsl #3
    str     x3, [x2, #RESULT_X]
    add     x1, x1, #1
    cmp     x1, #31
    b.ne    1b

/* Words of the page tables, which the hash then has as 0. */
    ldp     x0, x1, [x28, #RECORD_WORDS]
    mov     x2, #RESULT_TABLES
    add     x2, x29, x2
    ldr     x5, =MONITOR_TABLES
1:  cbz     x1, 3f
    sub     x1, x1, #1
    ldr     x3, [x0], #16
    cmp     x3, x5
    b.lo    1b
    ldr     x4, [x3]
    str     xzr, [x3]
    str     x4, [x2], #8
    b       1b
3:

/* The hash of the pages: rotated, exclusive-or-ed, word by word. They are cleared on the way. */
    ldp     x0, x1, [x28, #RECORD_PAGES]
    mov     x2, #0
2:  cbz     x1, 4f
    ldr     x3, [x0], #16
    add     x4, x3, #4096
3:  ldp     x5, x6, [x3]
    ldp     x7, x8, [x3, #16]
    stp     xzr, xzr, [x3], #16
    stp     xzr, xzr, [x3], #16
    eor     x2, x5, x2, ror #7
    eor     x2, x6, x2, ror #7
    eor     x2, x7, x2, ror #7
    eor     x2, x8, x2, ror #7
    cmp     x3, x4
    b.ne    3b
    sub     x1, x1, #1
    b       2b
4:  str     x2, [x29, #RESULT_HASH]
    ldr     x0, [x27, #CONTROL_NEXT]
    add     x0, x0, #1
    str     x0, [x27, #CONTROL_NEXT]
    b       batch

/* One of the routines, or a setting: a register that this CPU doesn't have. */
own_fault:
    mrs     x28, elr_el3
    add     x28, x28, #4
    msr     elr_el3, x28
    ldr     x1, =MONITOR_ABSENT
    ldp     x28, x29, [x30, #CONTROL_SAVED]
    mrs     x30, tpidr_el3
    eret

/* ---- the watchdog ---- */
prepare_watchdog:
    mov     x0, #0xf                    /* SRE, and Enable for lower ELs */
    msr     S3_6_C12_C12_5, x0          /* ICC_SRE_EL3 */
    isb
    ldr     x0, =GICR
    ldr     w1, [x0, #0x14]             /* GICR_WAKER.ProcessorSleep */
    and     w1, w1, #~2
    str     w1, [x0, #0x14]
1:  ldr     w1, [x0, #0x14]
    tbnz    w1, #2, 1b
    add     x0, x0, #0x10000
    str     wzr, [x0, #0x80]            /* GICR_IGROUPR0, GICR_IGRPMODR0: Group 0 */
    str     wzr, [x0, #0xd00]
    strb    wzr, [x0, #0x400 + WATCHDOG_PPI]
    mov     w1, #1 << WATCHDOG_PPI
    str     w1, [x0, #0x100]            /* GICR_ISENABLER0 */
    ldr     x0, =GICD
    mov     w1, #0x31                   /* GICD_CTLR: ARE_NS, ARE_S, EnableGrp0 */
    str     w1, [x0]
    mov     x1, #0xff
    msr     S3_0_C4_C6_0, x1            /* ICC_PMR_EL1 */
    mov     x1, #1
    msr     S3_0_C12_C12_6, x1          /* ICC_IGRPEN0_EL1 */
    isb
    ret

start_watchdog:
    mrs     x0, cntfrq_el0
    ldr     x1, [x27, #CONTROL_WATCHDOG]
    mul     x0, x0, x1
    ldr     x1, =1000000
    udiv    x0, x0, x1
    mrs     x1, cntpct_el0
    add     x0, x0, x1
    msr     cntps_cval_el1, x0
    mov     x0, #1
    msr     cntps_ctl_el1, x0
    isb
    ret

stop_watchdog:
    msr     cntps_ctl_el1, xzr
    isb
    ret

    .ltorg
    .balign 2048
vectors:
    .set    slot, 0
    .rept   16
    .balign 128
    msr     tpidr_el3, x30
    adr     x30, base + MONITOR_CONTROL - MONITOR_AT
    stp     x28, x29, [x30, #CONTROL_SAVED]
    mov     x28, #slot
    b       taken
    .set    slot, slot + 1
    .endr
