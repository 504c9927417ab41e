/* SPDX-License-Identifier: BSD-2-Clause
 *
 * FEAT_MTE2 and FEAT_MTE3 at EL1 and EL0: asynchronous faults accumulate in TFSR_EL1 (by bit 55 of the address) and, of
 * accesses from EL0 and of LDTR and STTR, in TFSRE0_EL1; asymmetric ones are exceptions for reads (atomics count as reads)
 * and accumulate for writes; EL0 has SCTLR_EL1.{TCF0,ATA0}; PSTATE.TCO is set by an exception and given back by ERET.
 * SCTLR_EL1.ITFSB: what was accumulated can be read after exception entry. Arm ARM D10; AArch64.EffectiveTCF(),
 * AArch64.ReportTagCheckFault(), AArch64.TagCheckFault().
 *
 * run:  -M virt -cpu max
 * run:  -M virt,virtualization=on -cpu max
 * qemu: -M virt,mte=on -cpu max
 */
#include "arch.inc"
#include "mte.inc"

#define CONTROLS(tcf0, tcf) (SCTLR_ON + SCTLR_ATA + SCTLR_ATA0 + SCTLR_ITFSB + SCTLR_TCF0(tcf0) + SCTLR_TCF(tcf))

    .macro  tfsr el1, el0
    expect_sys(tfsr_el1, \el1)
    expect_sys(tfsre0_el1, \el0)
    msr     tfsr_el1, xzr
    msr     tfsre0_el1, xzr
    .endm
    .macro  controls tcf0, tcf
    set_sys(sctlr_el1, CONTROLS(\tcf0, \tcf))
    isb
    .endm

test_start:
    mrs     x0, currentel
    cmp     x0, #8
    b.ne    1f
    set_sys(hcr_el2, (1 << 31) + (1 << 56))         /* RW, ATA */
    enter(2, EL1H, 1f)
1:  mte_map_el1 CONTROLS(0, 2)
    msr     tco, #0
    msr     tfsr_el1, xzr
    msr     tfsre0_el1, xzr
    set(x1, buffer + TAGGED + TAG(5))
    stg     x1, [x1]
    set(x2, 0x123)
    str     x2, [x1]
    set(x4, buffer + TAGGED + TAG(4))
    set(x5, buffer + TAGGED + UPPER)                /* tag 15 */

    /* ---- asynchronous ---- */
    tfsr    0, 0
    ldr     x0, [x4]                                /* done all the same */
    dsb     sy
    expect(x0, 0x123)
    tfsr    1, 0
    str     x0, [x5, #8]
    dsb     sy
    tfsr    2, 0
    ldr     x0, [x4]
    ldr     x0, [x5]
    dsb     sy
    tfsr    3, 0
    ldr     x0, [x1]
    msr     tco, #1
    ldr     x0, [x4]
    msr     tco, #0
    dsb     sy
    tfsr    0, 0
    /* LDTR and STTR are EL0's: SCTLR_EL1.TCF0 */
    set(x6, buffer + TAGGED + 8 + TAG(4))
    ldtr    x0, [x4]
    tfsr    0, 0
    controls 2, 1
    ldtr    x0, [x4]
    sttr    x0, [x6]
    dsb     sy
    tfsr    0, 1
    on_exception_skip
    ldr     x0, [x4]
    expect_taken(TAKEN_COUNT, 1)
    expect_tag_fault(ESR_LOAD, buffer + TAGGED + TAG(4))
    controls 1, 2
    ldtr    x0, [x4]
    expect_taken(TAKEN_COUNT, 2)
    expect_tag_fault(ESR_LOAD, buffer + TAGGED + TAG(4))
    tfsr    0, 0

    /* ---- asymmetric (FEAT_MTE3) ---- */
    mrs     x0, s3_0_c0_c4_1
    ubfx    x0, x0, #8, #4
    cmp     x0, #3
    b.lo    no_mte3
    controls 0, 3
    str     x2, [x4]
    dsb     sy
    expect_taken(TAKEN_COUNT, 2)
    tfsr    1, 0
    mov     x0, #0
    ldr     x0, [x4]
    expect(x0, 0)
    expect_taken(TAKEN_COUNT, 3)
    expect_tag_fault(ESR_LOAD, buffer + TAGGED + TAG(4))
    tfsr    0, 0
no_mte3:

    /* ---- EL0 ---- */
    controls 2, 1
    on_exception_to 2f
    enter(1, EL0T, 1f + USER)                       /* SPSR.TCO=0 */
1:  ldr     x0, [x4]
    str     x0, [x6]
    svc     #0
2:  expect_ec(0x15)
    mrs     x0, tco
    expect(x0, 1 << 25)                             /* set by the exception */
    tfsr    0, 1
    /* synchronous from EL0: to EL1 with EC 0x24 */
    controls 1, 2
    on_exception_to 2f
    enter(1, EL0T, 1f + USER)
1:  ldr     x0, [x4]
    svc     #0
2:  expect_tag_fault(0x92000011, buffer + TAGGED + TAG(4))
    expect_taken(TAKEN_VECTOR, 0x400)
    tfsr    0, 0
    /* EL0 with SPSR.TCO=1: unchecked; MSR TCO works at EL0 */
    on_exception_to 2f
    enter(1, EL0T + (1 << 25), 1f + USER)
1:  ldr     x0, [x4]
    msr     tco, #0
    mrs     x0, tco
    msr     tco, #1
    ldr     x1, [x4]
    svc     #0
2:  expect_ec(0x15)
    expect(x0, 0)
    taken(x0, TAKEN_SPSR)
    expect_field(x0, 25, 1, 1)
    /* ATA0=0: EL0 neither checks nor sees tags, though EL1 does. */
    set_sys(sctlr_el1, SCTLR_ON + SCTLR_ATA + SCTLR_TCF0(1) + SCTLR_TCF(1))
    isb
    on_exception_to 2f
    enter(1, EL0T, 1f + USER)
1:  ldr     x0, [x4]
    mov     x0, #0
    ldg     x0, [x4]
    svc     #0
2:  expect_ec(0x15)
    expect(x0, 0)
    ldg     x0, [x4]
    expect(x0, TAG(5))
    tfsr    0, 0
    pass
    .ltorg

    .data
    .balign 4096
buffer:
    .space  4096
