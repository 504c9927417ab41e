/* SPDX-License-Identifier: BSD-2-Clause
 *
 * FEAT_S1PIE in the EL1&0 regime: what each field of PIR_EL1 and PIRE0_EL1 permits (R_LLZDZ, D19.2 PIR_EL1), what is executable
 * at EL1 is not writable at EL0, PAN (AArch64.S1IndirectBasePermissions()), nDirty in descriptor bit 7 with and without hardware
 * management of the dirty state (D8.5), ESR_EL1.ISS2.DirtyBit, AT with PAR_EL1.DirtyBit, AT S1E1A.
 * Page n of a window has PIIndex n = descriptor bits 54, 53, 51 and 6; the program's own block has PIIndex 15.
 *
 * run:  -M virt,virtualization=on -cpu max
 * QEMU 7.2 has no FEAT_S1PIE.
 */
#include "arch.inc"

#define TCR2_EL1 s3_0_c2_c0_3
#define PIRE0_EL1 s3_0_c10_c2_2
#define PIR_EL1 s3_0_c10_c2_3
#define HCRX_EL2 s3_4_c1_c2_2
#define HFGRTR_EL2 s3_4_c1_c1_4
#define HFGWTR_EL2 s3_4_c1_c1_5
#define PAN s3_0_c4_c2_3
#define PIE (1 << 1)
#define EVERY_ENCODING 0x0edcba9876543210   /* page n: encoding n */
#define PRIVILEGED_CODE 0x7000000000000000  /* the program: read, write, execute at EL1 */
#define USER_CODE 0x3000000000000000        /* and read, execute at EL0 */
#define WINDOW 0x40400000
#define RET_OFFSET 8                        /* a RET in each page */

    .macro  blr_page
    add     x4, x0, #RET_OFFSET
    blr     x4
    .endm
    /* X9: 0, or 1 if \insn (which finds the page in X0) is an exception */
    .macro  try insn:vararg
    on_exception_to .Lfault\@
    mov     x9, #0
    \insn
    b       .Ldone\@
.Lfault\@:
    mov     x9, #1
.Ldone\@:
    on_exception_fail
    .endm
    /* the same at EL0, by a routine that ends with SVC */
    .macro  try_el0 routine
    on_exception_to .Lback\@
    enter(1, EL0T, \routine)
.Lback\@:
    taken(x9, TAKEN_ESR)
    ubfx    x9, x9, #26, #6
    cmp     x9, #0x15
    cset    x9, ne
    on_exception_fail
    .endm
    /* X13: a bit for each page of 0 to 14 where the access works */
    .macro  permitted how:vararg
    mov     x13, #0
    mov     x11, #0
.Lpage\@:
    set(x0, WINDOW)
    add     x0, x0, x11, lsl #12
    mov     x1, #1
    \how
    eor     x9, x9, #1
    lsl     x9, x9, x11
    orr     x13, x13, x9
    add     x11, x11, #1
    cmp     x11, #15
    b.ne    .Lpage\@
    .endm
    .macro  renew               /* tables or PIR_ELx, PIRE0_ELx changed */
    dsb     ish
    tlbi    vmalle1
    dsb     ish
    isb
    .endm

test_start:
    /* a RET in each page of the window, while the MMU is off */
    set(x0, WINDOW + RET_OFFSET)
    mov     x1, #16
    set(x2, 0xd65f03c0)
1:  str     x2, [x0]
    add     x0, x0, #4096
    subs    x1, x1, #1
    b.ne    1b
    dsb     ish
    ic      iallu
    set_sys(hcr_el2, 1 << 31)
    set_sys(HCRX_EL2, 1 << 14)          /* TCR2En */
    set_sys(HFGRTR_EL2, 3 << 57)        /* nPIR_EL1, nPIRE0_EL1: not trapped */
    set_sys(HFGWTR_EL2, 3 << 57)
    set_sys(mair_el1, MAIR_VALUE)
    set_sys(tcr_el1, TCR_EL1_VALUE)
    set_sys(ttbr0_el1, level1)
    set_sys(TCR2_EL1, PIE)
    set_sys(PIR_EL1, PRIVILEGED_CODE + EVERY_ENCODING)
    set_sys(PIRE0_EL1, USER_CODE)
    set_sys(sctlr_el1, 0x30d00800 + (1 << 29) + 0x1005) /* RES1 bits, SPAN, I, C, M */
    renew
    enter(2, EL1H, at_el1)

at_el1:
    /* Every encoding at EL1. 6 is "write and execute never both": without an overlay not executable. */
    permitted try ldr x2, [x0]
    expect(x13, 0x57ea)         /* 1 3 5 6 7 8 9 10 12 14 */
    permitted try str x1, [x0]
    expect(x13, 0x50e0)         /* 5 6 7 12 14 */
    permitted try blr_page
    expect(x13, 0x448c)         /* 2 3 7 10 14 */

    /* A Permission fault at level 3, reads and writes; neither Overlay nor DirtyBit in ISS2. */
    set(x0, WINDOW + 0x1000)
    try str x1, [x0]
    expect(x9, 1)
    expect_taken(TAKEN_ESR, 0x9600004f)
    expect_taken(TAKEN_FAR, WINDOW + 0x1000)
    set(x0, WINDOW)
    try ldr x2, [x0]
    expect(x9, 1)
    expect_taken(TAKEN_ESR, 0x9600000f)
    try blr_page
    expect(x9, 1)
    expect_taken(TAKEN_ESR, 0x8600000f)
    expect_taken(TAKEN_ELR, WINDOW + RET_OFFSET)

    /* Every encoding at EL0. */
    set_sys(PIR_EL1, PRIVILEGED_CODE)
    set_sys(PIRE0_EL1, USER_CODE + EVERY_ENCODING)
    renew
    permitted try_el0 user_read
    expect(x13, 0x57ea)
    permitted try_el0 user_write
    expect(x13, 0x50e0)
    permitted try_el0 user_fetch
    expect(x13, 0x448c)

    /* Page 5: executable at EL1 (7) and writable at EL0 (5): nothing at all, at neither. */
    set_sys(PIR_EL1, PRIVILEGED_CODE + 0x700000)
    set_sys(PIRE0_EL1, USER_CODE + 0x500000)
    renew
    set(x0, WINDOW + 0x5000)
    try ldr x2, [x0]
    expect(x9, 1)
    try_el0 user_read
    expect(x9, 1)
    /* ... while read-write at EL1 (5) goes with it */
    set_sys(PIR_EL1, PRIVILEGED_CODE + 0x500000)
    renew
    try ldr x2, [x0]
    expect(x9, 0)
    try_el0 user_write
    expect(x9, 0)

    /* PAN: any encoding but 0000 for EL0, even execute-only (2), keeps EL1 from data. LDTR is EL0's.
     * (The program itself must be out of EL0's reach.) */
    set_sys(PIRE0_EL1, 0x500000)
    renew
    set(x3, 1 << 22)
    msr     PAN, x3
    try ldr x2, [x0]
    expect(x9, 1)
    try ldtr x2, [x0]
    expect(x9, 0)
    set_sys(PIRE0_EL1, 0x200000)
    renew
    try ldr x2, [x0]
    expect(x9, 1)
    set_sys(PIRE0_EL1, 0)
    renew
    try ldr x2, [x0]
    expect(x9, 0)
    at      s1e1rp, x0
    mrs     x2, par_el1
    expect_field(x2, 0, 1, 0)
    msr     PAN, xzr

    /* nDirty and no hardware management: a write faults with ISS2.DirtyBit (ESR bit 37), a read doesn't. */
    set(x5, level3 + 5 * 8)
    ldr     x6, [x5]
    orr     x6, x6, #0x80
    str     x6, [x5]
    renew
    try ldr x2, [x0]
    expect(x9, 0)
    try str x1, [x0]
    expect(x9, 1)
    expect_taken(TAKEN_ESR, (1 << 37) + 0x9600004f)
    at      s1e1w, x0
    mrs     x2, par_el1
    expect_field(x2, 0, 16, 0x881f)     /* DirtyBit, RES1, Permission fault level 3, F */
    at      s1e1r, x0
    mrs     x2, par_el1
    expect_field(x2, 0, 1, 0)
    /* TCR_EL1.{HA,HD}: hardware clears nDirty. */
    set_sys(tcr_el1, TCR_EL1_VALUE + (3 << 39))
    renew
    try ldr x2, [x0]
    ldr     x7, [x5]
    expect_same(x7, x6)
    try str x1, [x0]
    expect(x9, 0)
    ldr     x7, [x5]
    bic     x6, x6, #0x80
    expect_same(x7, x6)

    /* AT S1E1A translates page 0 although nothing is permitted there; AT S1E1R doesn't. */
    set(x0, WINDOW)
    at      s1e1r, x0
    mrs     x2, par_el1
    expect_field(x2, 0, 16, 0x081f)
    sys     #0, c7, c9, #2, x0
    isb
    mrs     x2, par_el1
    expect_field(x2, 0, 1, 0)
    expect_field(x2, 12, 40, WINDOW >> 12)
    pass

user_read:
    ldr     x2, [x0]
    svc     #0
user_write:
    str     x1, [x0]
    svc     #0
user_fetch:
    blr_page
    svc     #0
    .ltorg

    .data
    .balign 4096
level1:
    .quad   0
    .quad   level2 + 3
    .fill   510, 8, 0
level2:
    .quad   0
    .quad   0x40200000 + 0x705 + (3 << 53) + (1 << 51) + 0x40   /* the program: PIIndex 15 */
    .quad   level3 + 3
    .fill   509, 8, 0
level3:
    .set    n, 0
    .rept   16
    .quad   WINDOW + n * 4096 + 0x707 + ((n >> 2) << 53) + (((n >> 1) & 1) << 51) + ((n & 1) << 6)
    .set    n, n + 1
    .endr
    .fill   496, 8, 0
