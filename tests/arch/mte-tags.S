/* SPDX-License-Identifier: BSD-2-Clause
 *
 * FEAT_MTE2: the forms of instructions that store and load allocation tags, and those that compute logical tags: LDG, STG,
 * ST2G, STZG, STZ2G, STGP with all addressing forms, LDGM, STGM, STZGM, DC GVA, DC GZVA, DC ZVA, ADDG, SUBG, IRG, GMI,
 * SUBP, SUBPS. Arm ARM D10, C6.2; AArch64.MemTag[], AArch64.ChooseNonExcludedTag(), AArch64.RandomTag().
 *
 * run:  -M virt -cpu max
 * QEMU 7.2 can't run it: it keeps tags for two granules of each page only (it loses the rest of the offset).
 */
#include "arch.inc"
#include "mte.inc"

test_start:
    mte_map_el1 (SCTLR_ON + SCTLR_ATA + SCTLR_TCF(1))
    msr     tco, #1
    isb
    set(x1, buffer + TAGGED + TAG(5))
    stg     x1, [x1]
    mov     x0, #0
    set(x2, buffer + TAGGED + 16 + TAG(9))
    ldg     x0, [x2]
    expect(x0, 0)                                   /* the neighbour has its own */

    /* Forms: the tag is that of Xt, the address Xn's; post- and pre-index by granules. */
    set(x2, TAG(7))
    set(x3, buffer + TAGGED + 0x40)
    stg     x2, [x3], #16
    expect(x3, buffer + TAGGED + 0x50)
    st2g    x2, [x3, #16]!                          /* 0x60, 0x70 */
    expect(x3, buffer + TAGGED + 0x60)
    mov     x0, #0
    ldg     x0, [x3, #-32]
    expect(x0, TAG(7))
    ldg     x0, [x3, #-16]
    expect(x0, 0)
    ldg     x0, [x3]
    expect(x0, TAG(7))
    ldg     x0, [x3, #16]
    expect(x0, TAG(7))
    ldg     x0, [x3, #32]
    expect(x0, 0)
    /* STZG and STZ2G zero the data, unchecked: the address has another tag than the memory. */
    set(x2, buffer + 0x60)
    set(x0, 0x1111111111111111)
    stp     x0, x0, [x2]
    stp     x0, x0, [x2, #16]
    stp     x0, x0, [x2, #32]
    set(x4, TAG(3))
    stzg    x4, [x3]
    expect_memory_zero x2, 2
    ldr     x0, [x2, #16]
    expect(x0, 0x1111111111111111)
    stz2g   x4, [x3], #32
    expect(x3, buffer + TAGGED + 0x80)
    expect_memory_zero x2, 4
    ldr     x0, [x2, #32]
    expect(x0, 0x1111111111111111)
    /* STGP stores two registers and the tag of its address. */
    set(x3, buffer + TAGGED + 0x80 + TAG(6))
    mov     x4, #44
    mov     x5, #55
    stgp    x4, x5, [x3, #16]
    mov     x0, #0
    ldg     x0, [x3, #16]
    expect(x0, TAG(6))
    ldp     x6, x7, [x2, #0x30]
    expect(x6, 44)
    expect(x7, 55)
    stgp    x5, x4, [x3], #-32
    expect(x3, buffer + TAGGED + 0x60 + TAG(6))
    ldp     x6, x7, [x2, #0x20]
    expect(x6, 55)


    /* ---- many at once: GMID_EL1.BS and DCZID_EL0.BS are IMPLEMENTATION DEFINED, 256 and 64 bytes here ---- */
    mrs     x0, gmid_el1
    expect(x0, 6)
    mrs     x0, dczid_el0
    expect_field(x0, 0, 4, 4)
    set(x1, buffer + TAGGED + 0x200)
    set(x2, 0xfedcba9876543210)
    add     x3, x1, #0x38                           /* aligned down to 256 bytes */
    stgm    x2, [x3]
    mov     x0, #0
    ldg     x0, [x1, #0x30]
    expect(x0, TAG(3))
    ldg     x0, [x1, #0xf0]
    expect(x0, 0xf00000000000000)
    ldg     x0, [x1, #0x100]
    expect(x0, 0)
    add     x3, x1, #0xff
    ldgm    x0, [x3]
    expect_same(x0, x2)
    set(x4, 0x2222222222222222)
    str     x4, [x1, #0x40]
    str     x4, [x1, #0x78]
    str     x4, [x1, #0x80]
    mov     x5, #0xfd                               /* STZGM: Xt<3:0>, a block of DC ZVA */
    add     x3, x1, #0x50
    stzgm   x5, [x3]
    ldgm    x0, [x1]
    expect(x0, 0xfedcba98dddd3210)
    ldr     x0, [x1, #0x40]
    expect(x0, 0)
    ldr     x0, [x1, #0x78]
    expect(x0, 0)
    ldr     x0, [x1, #0x80]
    expect_same(x0, x4)
    set(x3, buffer + TAGGED + 0x2b8 + TAG(11))      /* DC GVA: tags only, of the address */
    dc      gva, x3
    ldgm    x0, [x1]
    expect(x0, 0xfedcbbbbdddd3210)
    ldr     x0, [x1, #0x80]
    expect_same(x0, x4)
    set(x3, buffer + TAGGED + 0x280 + TAG(1))
    dc      gzva, x3
    ldgm    x0, [x1]
    expect(x0, 0xfedc1111dddd3210)
    ldr     x0, [x1, #0x80]
    expect(x0, 0)

    /* DC ZVA is checked, DC GVA and DC GZVA are not. */
    msr     tco, #0
    on_exception_skip
    str     x4, [x3]
    set(x5, buffer + TAGGED + 0x280 + TAG(2))
    dc      zva, x5
    expect_taken(TAKEN_COUNT, 1)
    expect_tag_fault(ESR_STORE, buffer + TAGGED + 0x280 + TAG(2))
    ldr     x0, [x3]
    expect_same(x0, x4)
    dc      zva, x3
    ldr     x0, [x3]
    expect(x0, 0)
    dc      gzva, x5
    dc      gva, x3
    expect_taken(TAKEN_COUNT, 1)
    /* Cache maintenance by VA is not checked. */
    dc      cvac, x5
    dc      civac, x5
    dc      cgvac, x5
    dc      cgdvac, x5
    dc      cigvac, x5
    dc      cigdvac, x5
    dc      cgvap, x5
    dc      cgdvap, x5
    dc      igvac, x3
    dc      igdvac, x3
    dc      igsw, xzr
    dc      igdsw, xzr
    dc      cgsw, xzr
    dc      cgdsw, xzr
    dc      cigsw, xzr
    dc      cigdsw, xzr
    expect_taken(TAKEN_COUNT, 1)
    /* To Device memory DC GVA is an Alignment fault, as DC ZVA is; FAR is the address given. */
    set(x6, 0x09000047)
    dc      gva, x6
    expect_taken(TAKEN_ESR, 0x96000061)
    expect_taken(TAKEN_FAR, 0x09000047)
    dc      gzva, x6
    expect_taken(TAKEN_COUNT, 3)
    /* SETG*: data and tags in granules, unchecked (the memory has tag 1, the address 14); misaligned: Alignment fault. */
    mrs     x0, id_aa64isar2_el1                    /* FEAT_MOPS */
    tst     x0, #0xf0000
    b.eq    1f
    on_exception_fail
    set(x8, buffer + TAGGED + 0x280 + TAG(14))
    mov     x9, #0x40
    mov     x10, #0x5a
    .inst   0x1dca0528                              /* setgp [x8]!, x9!, x10 */
    .inst   0x1dca4528                              /* setgm */
    .inst   0x1dca8528                              /* setge */
    expect(x9, 0)
    expect(x8, buffer + TAGGED + 0x2c0 + TAG(14))
    ldgm    x0, [x1]
    expect(x0, 0xfedceeeedddd3210)
    set(x3, buffer + 0x280)
    ldr     x0, [x3, #-8]
    expect(x0, 0)
    ldr     x0, [x3]
    expect(x0, 0x5a5a5a5a5a5a5a5a)
    ldr     x0, [x3, #0x38]
    expect(x0, 0x5a5a5a5a5a5a5a5a)
    on_exception_skip
    mov     x9, #0x48
    .inst   0x1dca0528
    expect_taken(TAKEN_COUNT, 4)
    expect_taken(TAKEN_ESR, 0x96000061)
    set(x8, buffer + TAGGED + 0x288)
    mov     x9, #0x40
    .inst   0x1dca0528
    expect_taken(TAKEN_COUNT, 5)
    expect_taken(TAKEN_FAR, buffer + TAGGED + 0x288)
    mov     x9, #0                                  /* nothing to do: the address does not matter */
    .inst   0x1dca0528
    expect_taken(TAKEN_COUNT, 5)
    set(x28, arch_taken)
    mov     x27, #3
    str     x27, [x28, #TAKEN_COUNT]
1:
    /* LDGM, STGM and STZGM are UNDEFINED at EL0. */
    .macro  undefined_at_el0 insn:vararg
    on_exception_to 912f
    enter(1, EL0T, 911f + USER)
911:
    \insn
912:
    expect_ec(0)
    .endm
    undefined_at_el0 ldgm x0, [x1]
    undefined_at_el0 stgm x0, [x1]
    undefined_at_el0 stzgm x0, [x1]
    expect_taken(TAKEN_COUNT, 6)

    /* ---- logical tags ---- */
    on_exception_fail
    set(x1, buffer + TAG(4))
    set_sys(gcr_el1, 0x0060)                        /* tags 5 and 6 are excluded */
    addg    x0, x1, #32, #1
    expect(x0, buffer + 32 + TAG(7))
    addg    x0, x1, #0, #0
    expect(x0, buffer + TAG(4))
    subg    x0, x1, #1008, #2
    expect(x0, buffer - 1008 + TAG(8))
    set(x2, buffer + TAG(5))
    addg    x0, x2, #0, #0                          /* an excluded tag moves on even without an offset */
    expect(x0, buffer + TAG(7))
    set(x2, buffer + TAG(15))
    addg    x0, x2, #0, #7                          /* 15 -> 0 1 2 3 4 7 8: modulo 16 */
    expect(x0, buffer + TAG(8))
    set_sys(gcr_el1, 0xffff)                        /* nothing is left: 0 */
    addg    x0, x2, #16, #3
    expect(x0, buffer + 16)
    set(x2, 0xffffffffffff0000)
    gmi     x0, x2, xzr
    expect(x0, 0x8000)
    set(x3, 0x10001)
    gmi     x0, x1, x3
    expect(x0, 0x10011)
    /* SUBP: the difference of bits <55:0>, sign-extended. */
    set(x2, 0x12ffffffffffffff)                     /* -1 with a tag */
    set(x3, 0x3400000000000010)
    subp    x0, x2, x3
    expect(x0, -17)
    subps   x0, x3, x2
    mrs     x4, nzcv                                /* 16 - -1: no carry */
    expect(x0, 17)
    expect(x4, 0)
    subps   xzr, x3, x3
    mrs     x4, nzcv
    expect(x4, 6 << 28)

    /* IRG with GCR_EL1.RRND=0: the shift register of RGSR_EL1.SEED; Xm and GCR_EL1.Exclude exclude. */
    set_sys(rgsr_el1, 0xace100)
    set_sys(gcr_el1, 0x0)
    mov     x3, #0x0
    irg     x0, x1, x3
    expect(x0, buffer + TAG(2))
    expect_sys(rgsr_el1, 0x2ace02)
    irg     x0, x1, x3
    expect(x0, buffer + TAG(4))
    expect_sys(rgsr_el1, 0x22ac04)
    irg     x0, x1, x3
    expect(x0, buffer + TAG(11))
    expect_sys(rgsr_el1, 0x722a0b)
    irg     x0, x1, x3
    expect(x0, buffer + TAG(15))
    expect_sys(rgsr_el1, 0x47220f)
    set_sys(rgsr_el1, 0x123409)
    set_sys(gcr_el1, 0x8001)
    mov     x3, #0xf0
    irg     x0, x1, x3
    expect(x0, buffer + TAG(13))
    expect_sys(rgsr_el1, 0xe1230d)
    irg     x0, x1, x3
    expect(x0, buffer + TAG(9))
    expect_sys(rgsr_el1, 0x6e1209)
    irg     x0, x1, x3
    expect(x0, buffer + TAG(13))
    expect_sys(rgsr_el1, 0x46e10d)
    irg     x0, x1, x3
    expect(x0, buffer + TAG(1))
    expect_sys(rgsr_el1, 0x246e01)
    /* with all tags excluded: 0 */
    mov     x3, #0xff00
    set_sys(gcr_el1, 0x00ff)
    irg     x0, x1, x3
    expect(x0, buffer)
    pass
    .ltorg

    .data
    .balign 4096
buffer:
    .space  4096
