/* SPDX-License-Identifier: BSD-2-Clause
 *
 * FEAT_MTE2 and EL2: HCR_EL2.ATA=0 traps GCR_EL1, RGSR_EL1, TFSR_EL1 and TFSRE0_EL1 of EL1 and hides the tags from it,
 * HCR_EL2.TID5 traps GMID_EL1, HCR_EL2.DCT makes the memory of HCR_EL2.DC Tagged, stage 2 keeps stage 1's Tagged memory
 * only where the result is Write-Back; TFSR_EL1 at EL2 with E2H is TFSR_EL2, TFSR_EL12 is TFSR_EL1; checks in the EL2 and
 * EL2&0 regimes. Arm ARM D10, D8.6 (stage 2 and tags), HCR_EL2; S2MemTagType(), AArch64.AllocationTagAccessIsEnabled().
 *
 * run:  -M virt,virtualization=on -cpu max
 * qemu: -M virt,virtualization=on,gic-version=3,mte=on -cpu max
 */
#include "arch.inc"
#include "mte.inc"

#define RW  (1 << 31)
#define E2H (1 << 34)
#define ATA (1 << 56)
#define DCT (1 << 57)
#define TID5 (1 << 58)
#define DC  (1 << 12)
#define VM  1
#define TFSR_EL12 s3_5_c5_c6_0
#define SCTLR_EL12 s3_5_c1_c0_0
/* 39-bit IPAs from level 1, WB ISH, 40-bit PAs */
#define VTCR 0x80023559

/* One instruction at EL1; EL2 goes on behind it, with the HVC's exception or another's. */
    .macro  at_el1 insn:vararg
    on_exception_to 922f
    enter(2, EL1H, 921f)
921:
    \insn
    hvc     #0
922:
    .endm

/* The same, which is a Tag Check Fault taken to EL1. */
    .macro  fault_at_el1 insn:vararg
    on_exception_to 924f
    enter(2, EL1H, 923f)
923:
    \insn
    fail
924:
    expect_taken(TAKEN_EL, 1)
    expect_tag_fault(ESR_LOAD, buffer + TAGGED + TAG(4))
    on_exception_to 925f
    hvc     #0
925:
    .endm

test_start:
    set_sys(hcr_el2, RW + ATA)
    isb
    mte_map_el1 SCTLR_ON + SCTLR_ATA + SCTLR_TCF(1)
    set(x1, buffer + TAGGED + TAG(5))
    set(x4, buffer + TAGGED + TAG(4))

    /* ---- traps of registers: EC 0x18 to EL2; ISS: op0 3, op2, op1 0, CRn, Rt, CRm, read ---- */
    at_el1  mrs x0, gcr_el1
    expect_ec(0x16)
    at_el1  mrs x0, gmid_el1
    expect_ec(0x16)
    set_sys(hcr_el2, RW)
    at_el1  mrs x0, gcr_el1
    expect_taken(TAKEN_ESR, 0x62000000 + (3 << 20) + (6 << 17) + (1 << 10) + 1)
    at_el1  msr rgsr_el1, x2
    expect_taken(TAKEN_ESR, 0x62000000 + (3 << 20) + (5 << 17) + (1 << 10) + (2 << 5))
    at_el1  mrs x3, tfsr_el1
    expect_taken(TAKEN_ESR, 0x62000000 + (3 << 20) + (5 << 10) + (3 << 5) + (6 << 1) + 1)
    at_el1  mrs x3, tfsre0_el1
    expect_taken(TAKEN_ESR, 0x62000000 + (3 << 20) + (1 << 17) + (5 << 10) + (3 << 5) + (6 << 1) + 1)
    at_el1  mrs x0, tco
    expect_ec(0x16)
    set_sys(hcr_el2, RW + TID5)
    at_el1  mrs x0, gmid_el1
    expect_taken(TAKEN_ESR, 0x62000000 + (3 << 20) + (4 << 17) + (1 << 14) + 1)
    mrs     x0, gcr_el1                             /* EL2 itself is not trapped */

    /* ---- HCR_EL2.ATA=0: EL1 has no tags ---- */
    set_sys(hcr_el2, RW + ATA)
    at_el1  stg x1, [x1]
    expect_ec(0x16)
    mov     x0, #0
    at_el1  ldg x0, [x1]
    expect(x0, TAG(5))
    fault_at_el1 ldr x0, [x4]
    set_sys(hcr_el2, RW)
    at_el1  ldr x0, [x4]                            /* not checked */
    expect_ec(0x16)
    at_el1  stg x4, [x4]
    set(x0, TAG(15))
    at_el1  ldg x0, [x1]
    expect(x0, 0)
    set_sys(hcr_el2, RW + ATA)
    at_el1  ldg x0, [x1]
    expect(x0, TAG(5))                              /* the STG stored nothing */

    /* ---- stage 2: Write-Back keeps memory Tagged, Non-cacheable doesn't ---- */
    set_sys(vtcr_el2, VTCR)
    set_sys(vttbr_el2, stage2_wb)
    set_sys(hcr_el2, RW + ATA + VM)
    isb
    tlbi    alle1
    dsb     sy
    isb
    at_el1  ldg x0, [x1]
    expect(x0, TAG(5))
    fault_at_el1 ldr x0, [x4]
    set_sys(vttbr_el2, stage2_nc)
    isb
    tlbi    alle1
    dsb     sy
    isb
    at_el1  ldr x0, [x4]
    expect_ec(0x16)
    at_el1  ldg x0, [x1]
    expect(x0, 0)

    /* ---- HCR_EL2.DC: stage 1 off is Normal Write-Back, Tagged with DCT; TBI is TCR_EL1's ---- */
    set_sys(vttbr_el2, stage2_wb)
    set(x2, buffer + TAG(5))
    set(x3, buffer + TAG(4))
    set_sys(hcr_el2, RW + ATA + VM + DC + DCT)
    isb
    tlbi    alle1
    dsb     sy
    isb
    at_el1  ldg x0, [x2]
    expect(x0, TAG(5))
    set_sys(hcr_el2, RW + ATA + VM + DC)
    isb
    tlbi    alle1
    dsb     sy
    isb
    at_el1  ldg x0, [x2]
    expect(x0, 0)

    /* ---- the EL2&0 regime: TFSR_EL1 is TFSR_EL2, TFSR_EL12 is TFSR_EL1 ---- */
    set_sys(hcr_el2, RW + ATA)
    isb
    set_sys(tfsr_el1, 2)
    set_sys(tfsr_el2, 1)
    set_sys(hcr_el2, RW + E2H + ATA)
    isb
    expect_sys(tfsr_el1, 1)
    expect_sys(TFSR_EL12, 2)
    set_sys(tfsr_el1, 0)
    set_sys(tcr_el1, MTE_TCR)                       /* TCR_EL2 and so on */
    set_sys(mair_el1, MAIR_VALUE)
    set_sys(ttbr0_el1, mte_map)
    set_sys(ttbr1_el1, mte_map)
    tlbi    alle2
    dsb     sy
    isb
    set_sys(sctlr_el1, SCTLR_ON + SCTLR_ATA + SCTLR_TCF(2))
    isb
    msr     tco, #0
    ldr     x0, [x1]
    expect_sys(tfsr_el1, 0)
    set(x5, buffer + TAGGED + UPPER)
    ldr     x0, [x5]
    dsb     sy
    expect_sys(tfsr_el1, 2)
    ldr     x0, [x4]
    dsb     sy
    expect_sys(tfsr_el2, 3)
    expect_sys(TFSR_EL12, 2)
    set_sys(sctlr_el1, SCTLR_ON + SCTLR_ATA + SCTLR_TCF(1))
    isb
    on_exception_skip
    ldr     x0, [x4]
    expect_taken(TAKEN_EL, 2)
    expect_tag_fault(ESR_LOAD, buffer + TAGGED + TAG(4))
    pass
    .ltorg
    .data
    .balign 4096
stage2_wb:
    .quad   0x00000000 + 0x4c1                      /* Device, S2AP read and write, AF */
    .quad   0x40000000 + 0x7fd                      /* Normal WB, ISH */
    .fill   510, 8, 0
stage2_nc:
    .quad   0x00000000 + 0x4c1
    .quad   0x40000000 + 0x7d5                      /* Normal Non-cacheable */
    .fill   510, 8, 0
buffer:
    .space  4096
