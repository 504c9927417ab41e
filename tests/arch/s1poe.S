/* SPDX-License-Identifier: BSD-2-Clause
 *
 * FEAT_S1POE in the EL1&0 regime: what each field of POR_EL0 and POR_EL1 leaves of direct permissions (D8.4.2.2, D19.2 POR_EL0,
 * AArch64.S1OverlayPermissions()), that a write needs an ISB and no TLBI, TCR2_EL1.{POE,E0POE}, ESR_EL1.ISS2.Overlay (bit 38)
 * of data and instruction aborts, which comes before the base permission's fault (AArch64.S1CheckPermissions()), PAR_EL1.Overlay,
 * SCTLR_EL1.WXN with an overlay (AArch64.S1ComputePermissions()), and CPACR_EL1.E0POE's trap of POR_EL0 at EL0.
 * Page n of a window has POIndex n = descriptor bits 62 to 60 and is read, write and execute at EL1 (n < 8) or at EL0 (8 + n).
 *
 * run:  -M virt,virtualization=on -cpu max
 * QEMU 7.2 has no FEAT_S1POE.
 */
#include "arch.inc"

#define TCR2_EL1 s3_0_c2_c0_3
#define POR_EL1 s3_0_c10_c2_4
#define POR_EL0 s3_3_c10_c2_4
#define HCRX_EL2 s3_4_c1_c2_2
#define HFGRTR_EL2 s3_4_c1_c1_4
#define HFGWTR_EL2 s3_4_c1_c1_5
#define E0POE (1 << 2)
#define POE (1 << 3)
#define SCTLR (0x30d00800 + (1 << 29) + 0x1005)
#define EVERY_ENCODING 0x76543210   /* POIndex n: encoding n */
#define ALL 0x77777777
#define WINDOW 0x40400000
#define USER_WINDOW (WINDOW + 0x8000)
#define RET_OFFSET 8                /* a RET in each page */

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
    /* X13: a bit for each of 8 pages from \window where the access works */
    .macro  permitted window, how:vararg
    mov     x13, #0
    mov     x11, #0
.Lpage\@:
    set(x0, \window)
    add     x0, x0, x11, lsl #12
    mov     x1, #1
    \how
    eor     x9, x9, #1
    lsl     x9, x9, x11
    orr     x13, x13, x9
    add     x11, x11, #1
    cmp     x11, #8
    b.ne    .Lpage\@
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
    set_sys(hcr_el2, 1 << 31)
    set_sys(HCRX_EL2, 1 << 14)              /* TCR2En */
    set_sys(HFGRTR_EL2, 3 << 59)            /* nPOR_EL1, nPOR_EL0: not trapped */
    set_sys(HFGWTR_EL2, 3 << 59)
    set_sys(mair_el1, MAIR_VALUE)
    set_sys(tcr_el1, TCR_EL1_VALUE)
    set_sys(ttbr0_el1, level1)
    set_sys(TCR2_EL1, POE + E0POE)
    set_sys(POR_EL1, ALL)
    set_sys(POR_EL0, ALL)
    set_sys(cpacr_el1, 1 << 29)             /* E0POE: no trap */
    set_sys(sctlr_el1, SCTLR)
    dsb     ish
    isb
    enter(2, EL1H, at_el1)

at_el1:
    /* All pages come into the TLB with everything permitted. */
    permitted WINDOW, try str x1, [x0]
    expect(x13, 0xff)
    permitted USER_WINDOW, try_el0 user_write
    expect(x13, 0xff)

    /* Every encoding at EL1; the program's own POIndex is 7. */
    set_sys(POR_EL1, EVERY_ENCODING)
    isb
    permitted WINDOW, try ldr x2, [x0]
    expect(x13, 0xaa)
    permitted WINDOW, try str x1, [x0]
    expect(x13, 0xf0)
    permitted WINDOW, try blr_page
    expect(x13, 0xcc)

    /* ISS2.Overlay, for reads, writes and fetches. */
    set(x0, WINDOW)
    try ldr x2, [x0]
    expect_taken(TAKEN_ESR, (1 << 38) + 0x9600000f)
    try str x1, [x0]
    expect_taken(TAKEN_ESR, (1 << 38) + 0x9600004f)
    expect_taken(TAKEN_FAR, WINDOW)
    try blr_page
    expect_taken(TAKEN_ESR, (1 << 38) + 0x8600000f)
    at      s1e1w, x0
    mrs     x2, par_el1
    expect_field(x2, 0, 16, 0x481f)         /* Overlay, RES1, Permission fault level 3, F */
    /* An atomic whose read half fails is reported as a read: page 4 is write-only. */
    set(x0, WINDOW + 0x4000)
    try ldadd x1, x2, [x0]
    expect_taken(TAKEN_ESR, (1 << 38) + 0x9600000f)
    set(x0, WINDOW + 0x1000)
    try ldadd x1, x2, [x0]
    expect_taken(TAKEN_ESR, (1 << 38) + 0x9600004f)
    /* POR_EL1 is not EL0's, and POE=0 switches it off. */
    permitted USER_WINDOW, try_el0 user_write
    expect(x13, 0xff)
    set_sys(TCR2_EL1, E0POE)
    isb
    permitted WINDOW, try str x1, [x0]
    expect(x13, 0xff)

    /* The same at EL0, by POR_EL0; LDTR and STTR at EL1 too. */
    set_sys(POR_EL0, EVERY_ENCODING)
    isb
    permitted USER_WINDOW, try_el0 user_read
    expect(x13, 0xaa)
    permitted USER_WINDOW, try_el0 user_write
    expect(x13, 0xf0)
    permitted USER_WINDOW, try_el0 user_fetch
    expect(x13, 0xcc)
    permitted USER_WINDOW, try ldtr x2, [x0]
    expect(x13, 0xaa)
    permitted USER_WINDOW, try sttr x1, [x0]
    expect(x13, 0xf0)
    permitted USER_WINDOW, try str x1, [x0]
    expect(x13, 0xff)
    set(x0, USER_WINDOW)
    try_el0 user_read
    expect_taken(TAKEN_ESR, (1 << 38) + 0x9200000f)
    try_el0 user_fetch
    expect_taken(TAKEN_ESR, (1 << 38) + 0x8200000f)
    /* The base permission's own fault says nothing of overlays: EL1's page 7 from EL0. */
    set(x0, WINDOW + 0x7000)
    try_el0 user_read
    expect_taken(TAKEN_ESR, 0x9200000f)
    /* Both would fail: page 0. The overlay is looked at first. */
    set(x0, WINDOW)
    try_el0 user_read
    expect_taken(TAKEN_ESR, (1 << 38) + 0x9200000f)
    set_sys(TCR2_EL1, 0)
    isb
    try_el0 user_read
    expect_taken(TAKEN_ESR, 0x9200000f)

    /* EL0 changes its own POR_EL0: from "nothing but the program" to all, and page 0 opens. */
    set_sys(TCR2_EL1, E0POE)
    set_sys(POR_EL0, 0x70000000)
    isb
    set(x0, USER_WINDOW)
    set(x1, ALL)
    try_el0 user_opens
    expect(x9, 0)
    mrs     x2, POR_EL0
    expect(x2, ALL)
    /* CPACR_EL1.E0POE=0: EL0's access is trapped to EL1 (EC 0x18), the translation not changed. */
    set_sys(cpacr_el1, 0)
    isb
    try_el0 user_opens
    expect(x9, 1)
    expect_ec(0x18)
    try_el0 user_read
    expect(x9, 0)

    /* WXN on direct permissions: what the overlay leaves executable is not writable; what it doesn't is. The program's page
     * is then executable only, so EL2 looks on. */
    set_sys(TCR2_EL1, POE)
    set_sys(POR_EL1, EVERY_ENCODING)
    isb
    on_exception_to at_el2
    hvc     #0
at_el2:
    set_sys(sctlr_el1, SCTLR + (1 << 19))
    dsb     ish
    tlbi    alle1
    dsb     ish
    isb
    set(x0, WINDOW + 0x5000)                /* rw-: stays writable */
    at      s1e1w, x0
    mrs     x2, par_el1
    expect_field(x2, 0, 1, 0)
    set(x0, WINDOW + 0x7000)                /* rwx: executable, so not writable */
    at      s1e1w, x0
    mrs     x2, par_el1
    expect_field(x2, 0, 16, 0x481f)
    at      s1e1r, x0
    mrs     x2, par_el1
    expect_field(x2, 0, 1, 0)
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
user_opens:
    msr     POR_EL0, x1
    isb
    ldr     x2, [x0]
    svc     #0
    .ltorg

    .data
    .balign 4096
level1:
    .quad   0
    .quad   level2 + 3
    .fill   510, 8, 0
/* The program's block: AP=00, UXN=PXN=0 is all at EL1 and execute-only at EL0. */
level2:
    .quad   0
    .quad   0x40200000 + 0x705 + (7 << 60)
    .quad   level3 + 3
    .fill   509, 8, 0
level3:
    .set    n, 0
    .rept   8
    .quad   WINDOW + n * 4096 + 0x707 + (n << 60)
    .set    n, n + 1
    .endr
    .set    n, 0
    .rept   8
    .quad   USER_WINDOW + n * 4096 + 0x747 + (n << 60)
    .set    n, n + 1
    .endr
    .fill   496, 8, 0
