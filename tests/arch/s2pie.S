/* SPDX-License-Identifier: BSD-2-Clause
 *
 * FEAT_S2PIE: what each field of S2PIR_EL2 permits a guest at EL1 and EL0 (D8.4.3, D19.2 S2PIR_EL2,
 * AArch64.S2IndirectBasePermissions()), stage 1 tables in "mostly read-only" memory (MRO: the walker may set an Access flag, the
 * guest may not write), the dirty state in descriptor bit 7 with ESR_EL2.ISS2.DirtyBit (bit 37), VTCR_EL2.HD. Stage 1 is off
 * but for the MRO test.
 * Page n of a window has PIIndex n = descriptor bits 54, 53, 51 and 6; the program's own block has PIIndex 15.
 *
 * run:  -M virt,virtualization=on -cpu max
 * QEMU 7.2 has no FEAT_S2PIE.
 */
#include "arch.inc"

#define S2PIR_EL2 s3_4_c10_c2_5
#define EVERY_ENCODING 0xfedcba9876543210   /* page n: encoding n */
#define VTCR (25 + (1 << 6) + (3 << 12) + (2 << 16) + (1 << 31) + (1 << 36)) /* 39 bits from level 1, 40-bit PA, S2PIE */
#define VTCR_HA (1 << 21)
#define VTCR_HD (1 << 22)
#define WINDOW 0x40400000
#define RET_OFFSET 8                        /* a RET in each page */

    /* X9: 0, or 1 if `routine` at EL1 or EL0 is an exception other than its final HVC or SVC */
    .macro  try spsr, routine, ec
    on_exception_to .Lback\@
    enter(2, \spsr, \routine)
.Lback\@:
    taken(x9, TAKEN_ESR)
    ubfx    x9, x9, #26, #6
    cmp     x9, #\ec
    cset    x9, ne
    on_exception_fail
    .endm
    /* X13: a bit for each page of 0 to 15 where the access works */
    .macro  permitted spsr, routine, ec
    mov     x13, #0
    mov     x11, #0
.Lpage\@:
    set(x0, WINDOW)
    add     x0, x0, x11, lsl #12
    mov     x1, #1
    try     \spsr, \routine, \ec
    eor     x9, x9, #1
    lsl     x9, x9, x11
    orr     x13, x13, x9
    add     x11, x11, #1
    cmp     x11, #16
    b.ne    .Lpage\@
    .endm
    .macro  renew
    dsb     ish
    tlbi    vmalls12e1
    dsb     ish
    isb
    .endm

test_start:
    set(x0, WINDOW + RET_OFFSET)
    mov     x1, #16
    set(x2, 0xd65f03c0)
1:  str     x2, [x0]
    add     x0, x0, #4096
    subs    x1, x1, #1
    b.ne    1b
    dsb     ish
    ic      iallu
    set_sys(vtcr_el2, VTCR)
    set_sys(vttbr_el2, stage2_level1)
    set_sys(S2PIR_EL2, EVERY_ENCODING)
    set_sys(sctlr_el1, 0x30d00800)
    set_sys(hcr_el2, (1 << 31) + 1)         /* RW, VM */
    renew

    /* Every encoding at EL1. */
    permitted EL1H, guest_read, 0x16
    expect(x13, 0xffcc)         /* 2 3 6 7 and 8 to 15 */
    permitted EL1H, guest_write, 0x16
    expect(x13, 0xf010)         /* 4, write-only, and 12 to 15 */
    permitted EL1H, guest_fetch, 0x16
    expect(x13, 0xcc00)         /* 10 11 14 15 */

    /* A Permission fault of stage 2, level 3; the instruction's syndrome is valid. */
    set(x0, WINDOW + 0x8000)
    try EL1H, guest_write, 0x16
    expect(x9, 1)
    taken(x2, TAKEN_ESR)
    expect_field(x2, 26, 6, 0x24)
    expect_field(x2, 32, 24, 0) /* neither DirtyBit nor others */
    expect_field(x2, 0, 7, 0x4f)
    expect_field(x2, 24, 1, 1)
    expect_taken(TAKEN_FAR, WINDOW + 0x8000)

    /* Every encoding at EL0: EL1 passes what EL0 does. */
    permitted EL1H, guest_user_fetch, 0x16
    expect(x13, 0xaa00)         /* 9 11 13 15 */
    permitted EL1H, guest_user_read, 0x16
    expect(x13, 0xffcc)

    /* Dirty state: bit 7 of page 15 clear and VTCR_EL2.HD=0: a write faults and says so. */
    set(x5, stage2_level3 + 15 * 8)
    ldr     x6, [x5]
    bic     x6, x6, #0x80
    str     x6, [x5]
    renew
    set(x0, WINDOW + 0xf000)
    try EL1H, guest_read, 0x16
    expect(x9, 0)
    try EL1H, guest_write, 0x16
    expect(x9, 1)
    taken(x2, TAKEN_ESR)
    expect_field(x2, 32, 24, 1 << 5)
    expect_field(x2, 0, 7, 0x4f)
    /* With HA and HD hardware sets it. */
    set_sys(vtcr_el2, VTCR + VTCR_HA + VTCR_HD)
    renew
    try EL1H, guest_write, 0x16
    expect(x9, 0)
    ldr     x7, [x5]
    orr     x6, x6, #0x80
    expect_same(x7, x6)
    set_sys(vtcr_el2, VTCR)

    /* MRO: stage 1 tables in page 8, read-only (encoding 8) at first: a walk that has to set the Access flag faults, on a
     * stage 1 walk; with encoding 2 it is done. The guest itself can't write there. */
    set(x0, WINDOW + 0x8000)
    set(x1, 0x40000000 + 0x301)         /* level 1 block, Normal by MAIR, AF=0 */
    str     x1, [x0, #8]
    set_sys(mair_el1, 0xff)
    set_sys(tcr_el1, TCR_EL1_VALUE + (1 << 39))     /* HA */
    set_sys(ttbr0_el1, WINDOW + 0x8000)
    set_sys(sctlr_el1, 0x30d00801)
    renew
    try EL1H, guest_nothing, 0x16
    expect(x9, 1)
    taken(x2, TAKEN_ESR)
    expect_field(x2, 26, 6, 0x20)
    expect_field(x2, 0, 6, 0xf)
    expect_field(x2, 7, 1, 1)           /* S1PTW */
    set_sys(S2PIR_EL2, EVERY_ENCODING - (6 << 32))  /* page 8: encoding 2 */
    renew
    try EL1H, guest_nothing, 0x16
    expect(x9, 0)
    ldr     x7, [x0, #8]
    set(x1, 0x40000000 + 0x701)
    expect_same(x7, x1)
    try EL1H, guest_write, 0x16
    expect(x9, 1)
    pass

guest_read:
    ldr     x2, [x0]
guest_nothing:
    hvc     #0
guest_write:
    str     x1, [x0]
    hvc     #0
guest_fetch:
    add     x4, x0, #RET_OFFSET
    blr     x4
    hvc     #0

/* At EL0 the routines end with SVC, to EL1's vector, which comes to EL2. */
    .macro  at_el0 routine
    set_sys(vbar_el1, guest_vectors)
    eret_ 1, EL0T, \routine
    .endm
guest_user_fetch:
    at_el0  user_fetch
guest_user_read:
    at_el0  user_read
user_read:
    ldr     x2, [x0]
    svc     #0
user_fetch:
    add     x4, x0, #RET_OFFSET
    blr     x4
    svc     #0
    .ltorg
    .balign 2048
guest_vectors:
    .space  0x400
    hvc     #0

    .data
    .balign 4096
stage2_level1:
    .quad   0
    .quad   stage2_level2 + 3
    .fill   510, 8, 0
stage2_level2:
    .quad   0
    .quad   0x40200000 + 0x7fd + (3 << 53) + (1 << 51)  /* Normal WB, ISH, AF, dirty, PIIndex 15 */
    .quad   stage2_level3 + 3
    .fill   509, 8, 0
stage2_level3:
    .set    n, 0
    .rept   16
    .quad   WINDOW + n * 4096 + 0x7bf + ((n >> 2) << 53) + (((n >> 1) & 1) << 51) + ((n & 1) << 6)
    .set    n, n + 1
    .endr
    .fill   496, 8, 0
