/* SPDX-License-Identifier: BSD-2-Clause
 *
 * FEAT_MTE2 at EL1: allocation tags are stored and loaded (STG and relatives, LDG), and accesses are checked against
 * them with synchronous faults (SCTLR_EL1.TCF=1): ESR_EL1, FAR_EL1, and what is not checked: PSTATE.TCO=1, SP with an
 * immediate offset and no writeback, PC-relative loads, TCMA, TBI=0, memory that is not Tagged, TCF=0. Arm ARM D10;
 * AArch64.AccessIsTagChecked(), AArch64.CheckTag(), AArch64.TagCheckFault(), AArch64.MemTag[].
 *
 * QEMU 7.2 keeps tags for two granules of each page only (it loses the rest of the offset), so no more are used here.
 *
 * run:  -M virt -cpu max
 * run:  -M virt,virtualization=on,secure=on -cpu max
 * qemu: -M virt,mte=on -cpu max
 */
#include "arch.inc"
#include "mte.inc"

#define CHECKS (SCTLR_ON + SCTLR_ATA + SCTLR_TCF(1))

test_start:
    mrs     x0, currentel
    cmp     x0, #12
    b.ne    1f
    set_sys(scr_el3, (1 << 26) + 0x531)             /* ATA, HCE, RW, NS */
    set_sys(hcr_el2, (1 << 31) + (1 << 56))         /* RW, ATA */
    set(x1, arch_vectors_el1)
    msr     vbar_el1, x1
    enter(3, EL1H, 1f)
1:  mte_map_el1 CHECKS
    set_sys(cpacr_el1, 3 << 20)
    msr     tco, #0
    isb
    mrs     x0, s3_0_c0_c4_1                        /* ID_AA64PFR1_EL1.MTE: 2 with FEAT_MTE2, 3 with FEAT_MTE3 */
    ubfx    x0, x0, #8, #4
    cmp     x0, #2
    b.lo    bad

    /* ---- tags are stored and loaded ---- */
    set(x1, buffer + TAGGED + TAG(5))
    set(x0, TAG(3) + 1)
    ldg     x0, [x1]
    expect(x0, 1)                                   /* X0<59:56> is the granule's tag, the rest stays */
    stg     x1, [x1]
    set(x0, 0xa0123456789abcde)
    ldg     x0, [x1]
    expect(x0, 0xa5123456789abcde)
    add     x2, x1, #15                             /* the address is aligned down by LDG */
    mov     x0, #0
    ldg     x0, [x2]
    expect(x0, TAG(5))
    /* A store of a tag must be aligned; FAR is the address. */
    on_exception_skip
    set(x2, TAG(7))
    set(x3, buffer + TAGGED + 0x48)
    stg     x2, [x3]
    expect_taken(TAKEN_ESR, 0x96000061)
    expect_taken(TAKEN_FAR, buffer + TAGGED + 0x48)
    stzg    x2, [x3, #16]!
    expect_taken(TAKEN_FAR, buffer + TAGGED + 0x58)
    expect(x3, buffer + TAGGED + 0x48)
    stgp    x4, x5, [x3]
    expect_taken(TAKEN_ESR, 0x96000061)
    expect_taken(TAKEN_COUNT, 3)

    /* ---- checks; the granule at `buffer` has tag 5, those at buffer2 and after it tags 1 and 2 ---- */
    set(x2, buffer2 + TAGGED + TAG(1))
    stg     x2, [x2]
    set(x3, buffer2 + TAGGED + 0x10 + TAG(2))
    stg     x3, [x3]
    ldr     x0, [x1]
    str     x0, [x1]
    expect_taken(TAKEN_COUNT, 3)
    set(x4, buffer + TAGGED + 8 + TAG(4))
    mov     x0, #77
    ldr     x0, [x4]
    expect(x0, 77)
    expect_taken(TAKEN_COUNT, 4)
    expect_taken(TAKEN_EL, 1)
    expect_taken(TAKEN_VECTOR, 0x200)
    expect_tag_fault(ESR_LOAD, buffer + TAGGED + 8 + TAG(4))
    strb    w0, [x4, #1]
    expect_tag_fault(ESR_STORE, buffer + TAGGED + 9 + TAG(4))
    set(x5, buffer + 8)
    ldrb    w0, [x5, #1]
    expect(x0, 0)                                   /* not stored */
    expect_taken(TAKEN_COUNT, 5)

    /* Each granule of an access is checked: FAR is the first byte that fails. */
    ldr     x0, [x2, #12]                           /* bytes 12..15 pass, 16 fails */
    expect_tag_fault(ESR_LOAD, buffer2 + TAGGED + 0x10 + TAG(1))
    ldr     x0, [x3, #-4]                           /* the first fails */
    expect_tag_fault(ESR_LOAD, buffer2 + TAGGED + 0xc + TAG(2))
    ldp     x6, x7, [x2, #8]
    expect_tag_fault(ESR_LOAD, buffer2 + TAGGED + 0x10 + TAG(1))
    stp     x6, x7, [x2, #8]
    expect_tag_fault(ESR_STORE, buffer2 + TAGGED + 0x10 + TAG(1))
    ld1     {v0.16b, v1.16b}, [x2]
    expect_tag_fault(ESR_LOAD, buffer2 + TAGGED + 0x10 + TAG(1))
    st2     {v0.s, v1.s}[1], [x4]
    expect_tag_fault(ESR_STORE, buffer + TAGGED + 8 + TAG(4))
    ldp     q0, q1, [x2]
    expect_tag_fault(ESR_LOAD, buffer2 + TAGGED + 0x10 + TAG(1))
    ldr     q0, [x2]
    expect_taken(TAKEN_COUNT, 12)
    /* LDXR, and STXR where the monitor passes */
    ldxr    x0, [x4]
    expect_tag_fault(ESR_LOAD, buffer + TAGGED + 8 + TAG(4))
    set(x5, buffer + TAGGED + 8 + TAG(5))
    ldxr    x0, [x5]
    stxr    w6, x0, [x5]
    expect(x6, 0)
    expect_taken(TAKEN_COUNT, 13)
    ldar    x0, [x4]
    stlr    x0, [x4]
    expect_tag_fault(ESR_STORE, buffer + TAGGED + 8 + TAG(4))
    expect_taken(TAKEN_COUNT, 15)
    ldadd   x0, x0, [x5]
    expect_taken(TAKEN_COUNT, 15)
    /* An atomic fails as a read and as a write; only the class and code are looked at (WnR: see mte-atomic.S) */
    ldadd   x0, x0, [x4]
    expect_ec(0x25)
    expect_taken(TAKEN_COUNT, 16)
    set(x10, buffer + TAGGED + TAG(4))              /* CASP: 16 bytes */
    casp    x6, x7, x8, x9, [x10]
    expect_ec(0x25)
    expect_taken(TAKEN_COUNT, 17)

    /* Writeback does not happen. Register offsets are checked whatever the base; unscaled and unprivileged ones, too. */
    mov     x6, x4
    ldr     x0, [x6, #8]!
    expect_same(x6, x4)
    ldr     x0, [x6], #8
    expect_same(x6, x4)
    expect_taken(TAKEN_COUNT, 19)
    b       2f
bad:
    fail
    .ltorg
2:
    /* ---- what is not checked ---- */
    on_exception_fail
    mov     x9, sp
    set(x0, buffer + TAGGED + TAG(4))
    mov     sp, x0
    ldr     x0, [sp]
    ldr     x0, [sp, #8]
    ldur    x0, [sp, #1]
    str     x0, [sp]
    ldp     x6, x7, [sp]
    stnp    x6, x7, [sp]
    ldr     q0, [sp]
    ldar    x0, [sp]
    ldxr    x0, [sp]
    ldtr    x0, [sp, #8]
    ld1     {v0.16b}, [sp]
    ldadd   xzr, x0, [sp]
    on_exception_skip
    set(x28, arch_taken)
    str     xzr, [x28, #TAKEN_COUNT]
    ldr     x0, [sp, xzr]                           /* a register offset is checked */
    expect_taken(TAKEN_COUNT, 1)
    expect_tag_fault(ESR_LOAD, buffer + TAGGED + TAG(4))
    ldr     x0, [sp, #16]!                          /* and writeback: +16 has tag 0 */
    expect_taken(TAKEN_COUNT, 2)
    expect_tag_fault(ESR_LOAD, buffer + TAGGED + 16 + TAG(4))
    ldp     x6, x7, [sp], #16
    expect_taken(TAKEN_COUNT, 3)
    ld1     {v0.16b}, [sp], #16
    expect_taken(TAKEN_COUNT, 4)
    mov     sp, x9

    msr     tco, #1                                 /* PSTATE.TCO */
    ldr     x0, [x4]
    msr     tco, #0
    expect_taken(TAKEN_COUNT, 4)
    ldr     x0, [x4]
    expect_taken(TAKEN_COUNT, 5)
    mov     x0, #1 << 25
    msr     tco, x0
    ldr     x0, [x4]
    mrs     x0, tco
    expect(x0, 1 << 25)
    msr     tco, xzr
    ldr     x0, [x4]
    expect_taken(TAKEN_COUNT, 6)
    taken(x0, TAKEN_SPSR)
    tst     x0, #1 << 25                            /* SPSR.TCO is TCO at the exception: 0 */
    b.ne    bad

    set(x6, buffer + TAG(4))                        /* the untagged view of the same memory */
    ldr     x0, [x6]
    stg     x6, [x6]                                /* no tag is stored ... */
    mov     x0, #0
    ldg     x0, [x6]                                /* ... and it reads as 0 */
    expect(x0, 0)
    expect_taken(TAKEN_COUNT, 6)
    ldg     x0, [x1]
    expect(x0, TAG(5))
    expect_taken(TAKEN_COUNT, 6)

    /* TCMA0: tag 0 is not checked in the lower half, TCMA1: tag 15 in the upper; other tags are. */
    set(x6, buffer + TAGGED)
    set(x7, buffer + TAGGED + UPPER)
    ldr     x0, [x6]
    ldr     x0, [x7]
    expect_taken(TAKEN_COUNT, 8)
    expect_tag_fault(ESR_LOAD, buffer + TAGGED + UPPER)
    set_sys(tcr_el1, MTE_TCR + TCMA0)
    isb
    ldr     x0, [x6]
    expect_taken(TAKEN_COUNT, 8)
    ldr     x0, [x4]
    ldr     x0, [x7]
    expect_taken(TAKEN_COUNT, 10)
    set_sys(tcr_el1, MTE_TCR + TCMA1)
    isb
    ldr     x0, [x7]
    expect_taken(TAKEN_COUNT, 10)
    ldr     x0, [x6]
    expect_taken(TAKEN_COUNT, 11)
    set(x8, buffer + TAGGED + UPPER - TAG(8))    /* tag 7, not 15 */
    ldr     x0, [x8]
    expect_taken(TAKEN_COUNT, 12)
    set_sys(tcr_el1, MTE_TCR)
    isb
    ldr     x0, [x7]
    expect_taken(TAKEN_COUNT, 13)

    /* TBI1=0: no checks in the upper half, whatever the tag. */
    set_sys(tcr_el1, MTE_TCR - TBI1)
    isb
    ldr     x0, [x7]
    ldr     x0, [x4]
    expect_taken(TAKEN_COUNT, 14)
    set_sys(tcr_el1, MTE_TCR)
    isb

    /* TCF=0: faults have no effect. ATA=0: no checks, no tags; ADDG and IRG give tag 0. */
    set_sys(sctlr_el1, SCTLR_ON + SCTLR_ATA)
    isb
    ldr     x0, [x4]
    mov     x0, #0
    ldg     x0, [x1]
    expect(x0, TAG(5))
    set_sys(sctlr_el1, SCTLR_ON + SCTLR_TCF(1))
    isb
    ldr     x0, [x4]
    set(x0, TAG(15))
    ldg     x0, [x1]
    expect(x0, 0)
    stg     x4, [x6]
    addg    x0, x4, #16, #1
    expect(x0, buffer + TAGGED + 24)
    irg     x0, x4
    expect(x0, buffer + TAGGED + 8)
    expect_taken(TAKEN_COUNT, 14)
    set_sys(sctlr_el1, CHECKS)
    isb
    mov     x0, #0
    ldg     x0, [x1]
    expect(x0, TAG(5))
    ldr     x0, [x4]
    expect_taken(TAKEN_COUNT, 15)

    /* A PC-relative load is unchecked: run a piece of code from the Tagged view? It is not executable: nothing to see.
     * Translation comes before the check: an unmapped address with any tag. */
    set(x6, 0x100000000 + TAG(3))
    ldr     x0, [x6]
    expect_taken(TAKEN_ESR, 0x96000005)
    pass
    .ltorg

    .data
    .balign 4096
buffer:
    .space  4096
buffer2:
    .space  4096
