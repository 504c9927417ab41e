/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Watchpoint exceptions: Arm ARM D2.9, pseudocode AArch64.WatchpointMatch(), AArch64.WatchpointByteMatch(). EC 0x34 and 0x35, ISS.WnR,
 * DFSC 0x22, FAR_ELx an address of the access, ELR_ELx the instruction.
 *
 *   LSC; BAS with WVR doubleword- and word-aligned; MASK; accesses that only partly overlap, pairs, DC ZVA, exclusives, atomics;
 *   LDTR and STTR count as EL0's; PAC; no watchpoint on PRFM and DC CVAC; the access that matched has not happened;
 *   a Data Abort of the translation comes first
 *
 * run:  -M virt,virtualization=on -cpu max
 * run:  -M virt,virtualization=on -cpu neoverse-n1
 * qemu: -M virt,virtualization=on,gic-version=3 -cpu max
 */
#include "arch.inc"

#define MDE (1 << 15)
#define TDE (1 << 8)
#define PAC_EL0 (2 << 1)
#define PAC_EL1 (1 << 1)
#define LOADS (1 << 3)
#define STORES (2 << 3)
#define BAS(b) (b << 5)
#define ALL BAS(0xff)
#define MASK(n) (n << 24)
#define READ 0xd2000022                         /* EC 0x34, IL, DFSC */
#define WRITE 0xd2000062

    .macro  watchpoint value, control
    set(x0, \value)
    msr     dbgwvr0_el1, x0
    set(x0, \control)
    msr     dbgwcr0_el1, x0
    isb
    .endm
    /* The instruction before (at EL1) matched: one exception more, to EL2. */
    .macro  matched esr
    add     x20, x20, #1
    taken(x0, TAKEN_COUNT)
    expect_same(x0, x20)
    expect_taken(TAKEN_EL, 2)
    expect_taken(TAKEN_ESR, \esr)
    .endm
    .macro  no_match
    taken(x0, TAKEN_COUNT)
    expect_same(x0, x20)
    .endm
    .macro  far address
    expect_taken(TAKEN_FAR, \address)
    .endm

test_start:
    set_sys(hcr_el2, 1 << 31)
    msr     oslar_el1, xzr
    mrs     x1, mdcr_el2
    set(x0, TDE)
    orr     x1, x1, x0
    msr     mdcr_el2, x1
    set_sys(mdscr_el1, MDE)
    set_sys(cpacr_el1, 3 << 20)
    set_sys(mair_el1, MAIR_VALUE)
    set_sys(tcr_el1, TCR_EL1_VALUE)
    set_sys(ttbr0_el1, arch_map)
    set_sys(sctlr_el1, 0x30d00801)
    on_exception_skip
    mov     x20, #0
    set(x1, data)
    /* Debug registers can be written at EL1, but MDCR_EL2.TDE makes that a trap: the rows run at EL1 between calls of EL2. */
    .macro  at_el1
    enter(2, EL1H, 8f)
    .ltorg
    .balign 4
8:
    .endm
    .macro  to_el2
    on_exception_to 9f
    hvc     #0
9:  add     x20, x20, #1
    on_exception_skip
    .endm

    watchpoint data, 1 | PAC_EL1 | STORES | ALL
    at_el1
    ldr     x2, [x1]
    no_match
    str     x1, [x1]
    matched WRITE
    far     data
    ldr     x2, [x1]
    expect(x2, 0)                               /* it has not happened */
    strb    w1, [x1, #7]
    matched WRITE
    far     data + 7
    strb    w1, [x1, #8]
    no_match
    str     x1, [x1, #-8]
    no_match
    stp     x1, x1, [x1, #-8]                   /* the second half */
    matched WRITE
    sub     x3, x1, #4
    str     x1, [x3]                            /* unaligned: four bytes are below */
    matched WRITE
    prfm    pstl1keep, [x1]
    dc      cvac, x1
    no_match
    to_el2

    watchpoint data, 1 | PAC_EL1 | LOADS | ALL
    at_el1
    str     xzr, [x1]
    no_match
    ldr     x2, [x1]
    matched READ
    far     data
    ldxr    x2, [x1]
    matched READ
    ldp     x2, x3, [x1]
    matched READ
    ldr     q0, [x1]
    matched READ
    to_el2

    /* BAS: bytes 2 and 3; in a word-aligned WVR only the lower four bits are used. */
    watchpoint data, 1 | PAC_EL1 | LOADS | BAS(0x0c)
    at_el1
    ldrb    w2, [x1, #1]
    ldrh    w2, [x1]
    ldr     w2, [x1, #4]
    no_match
    ldrb    w2, [x1, #2]
    matched READ
    far     data + 2
    ldr     w2, [x1]
    matched READ
    to_el2
    watchpoint data + 4, 1 | PAC_EL1 | LOADS | BAS(0x03)
    at_el1
    ldr     w2, [x1]
    ldrh    w2, [x1, #6]
    no_match
    ldrh    w2, [x1, #4]
    matched READ
    to_el2

    /* MASK: 64 bytes. */
    watchpoint data, 1 | PAC_EL1 | LOADS | STORES | ALL | MASK(6)
    at_el1
    ldrb    w2, [x1, #63]
    matched READ
    far     data + 63
    str     xzr, [x1, #56]
    matched WRITE
    ldrb    w2, [x1, #64]
    str     xzr, [x1, #-8]
    no_match
    to_el2

    /* PAC: not EL0's. LDTR and STTR are. */
    watchpoint data, 1 | PAC_EL0 | LOADS | STORES | ALL
    at_el1
    ldr     x2, [x1]
    no_match
    to_el2
    /* ... at the alias of the same memory that EL0 may use (what EL0 can write, EL1 can't execute) */
    set_sys(ttbr0_el1, alias_map)
    set(x0, 0x40000000)
    add     x3, x1, x0
    tlbi    vmalle1
    dsb     sy
    watchpoint data + 0x40000000, 1 | PAC_EL0 | LOADS | STORES | ALL
    at_el1
    ldr     x2, [x3]
    no_match
    ldtr    x2, [x3]
    matched READ
    sttr    x2, [x3]
    matched WRITE
    to_el2
    watchpoint data + 0x40000000, 1 | PAC_EL1 | LOADS | STORES | ALL
    at_el1
    ldtr    x2, [x3]
    no_match
    to_el2
    set_sys(ttbr0_el1, arch_map)
    tlbi    vmalle1
    dsb     sy
    isb

    /* DC ZVA writes its whole block. */
    watchpoint data + 40, 1 | PAC_EL1 | STORES | ALL
    at_el1
    add     x3, x1, #3
    str     x1, [x1]
    dc      zva, x3
    matched WRITE
    ldr     x2, [x1]
    expect_same(x2, x1)                         /* nothing of it */
    to_el2
    watchpoint data + 64, 1 | PAC_EL1 | STORES | ALL
    at_el1
    dc      zva, x3
    no_match
    ldr     x2, [x1]
    expect(x2, 0)
    to_el2

    /* E=0, MDE=0. */
    watchpoint data, PAC_EL1 | LOADS | STORES | ALL
    at_el1
    ldr     x2, [x1]
    no_match
    to_el2
    watchpoint data, 1 | PAC_EL1 | LOADS | STORES | ALL
    msr     mdscr_el1, xzr
    isb
    at_el1
    ldr     x2, [x1]
    no_match
    to_el2
    set_sys(mdscr_el1, MDE)
    isb

    /* A Data Abort of the translation comes first: an address that is not mapped. */
    watchpoint 0x80000000, 1 | PAC_EL1 | LOADS | STORES | ALL
    set(x3, 0x80000000)
    at_el1
    ldr     x2, [x3]
    add     x20, x20, #1
    expect_taken(TAKEN_EL, 1)
    expect_ec(0x25)
    to_el2

    /* Atomics: a read and a write. WnR is 0 where the read would match. */
    mrs     x0, id_aa64isar0_el1
    ubfx    x0, x0, #20, #4
    cbz     x0, 1f
    watchpoint data, 1 | PAC_EL1 | LOADS | ALL
    at_el1
    .arch_extension lse
    ldadd   x1, x2, [x1]
    matched READ
    to_el2
    watchpoint data, 1 | PAC_EL1 | LOADS | STORES | ALL
    at_el1
    ldadd   x1, x2, [x1]
    matched READ
    to_el2
    watchpoint data, 1 | PAC_EL1 | STORES | ALL
    at_el1
    swp     x1, x2, [x1]
    matched WRITE
    to_el2
1:  pass
    .ltorg

    .data
    .balign 64
    .space  64
data:
    .space  256
    .balign 4096
alias_map:
    .quad   0, 0x40000000 + 0x705, 0x40000000 + 0x745
    .fill   509, 8, 0
    .text
