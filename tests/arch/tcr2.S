/* SPDX-License-Identifier: BSD-2-Clause
 *
 * FEAT_TCR2, FEAT_SCTLR2 and what TCR2_ELx switches on beside permissions: identification, RES0 fields, E2H redirection, the
 * traps of HCRX_EL2.{TCR2En,SCTLR2En} and of the fine-grained MAIR2_EL1 (D19.2 TCR2_EL1, SCTLR2_EL1); TCR2En=0 makes TCR2_EL1 count
 * as 0 (IsTCR2EL1Enabled()); FEAT_AIE: AttrIndx<3> is descriptor bit 59 and chooses MAIR2_EL1; FEAT_HAFT: hardware sets the Access
 * flag of table descriptors (D8.5.1).
 *
 * run:  -M virt,virtualization=on -cpu max
 * QEMU 7.2 has no FEAT_TCR2.
 */
#include "arch.inc"

#define ID_AA64MMFR3_EL1 s3_0_c0_c7_3
#define TCR2_EL1 s3_0_c2_c0_3
#define TCR2_EL2 s3_4_c2_c0_3
#define TCR2_EL12 s3_5_c2_c0_3
#define SCTLR2_EL1 s3_0_c1_c0_3
#define MAIR2_EL1 s3_0_c10_c2_1
#define HCRX_EL2 s3_4_c1_c2_2
#define HFGRTR_EL2 s3_4_c1_c1_4
#define HFGWTR_EL2 s3_4_c1_c1_5
#define TCR2EN (1 << 14)
#define SCTLR2EN (1 << 15)
#define AIE (1 << 4)
#define HAFT (1 << 11)
#define RW (1 << 31)
#define E2H (1 << 34)
#define HA (1 << 39)
#define PAGE_VA 0x40400000

test_start:
    mrs     x0, ID_AA64MMFR3_EL1
    expect_field(x0, 0, 28, 0x1011111)      /* AIE, S1POE, S2PIE, S1PIE, SCTLRX, TCRX; no S2POE */
    mrs     x0, id_aa64mmfr1_el1
    expect_field(x0, 0, 4, 3)               /* HAFDBS with FEAT_HAFT */

    /* Fields of FEAT_THE, FEAT_D128 and FEAT_MEC are RES0. */
    set_sys(hcr_el2, RW)
    isb
    set_sys(TCR2_EL1, -1)
    expect_sys(TCR2_EL1, 0x81e)             /* HAFT, AIE, POE, E0POE, PIE */
    set_sys(TCR2_EL2, -1)
    expect_sys(TCR2_EL2, 0x81e)
    set_sys(SCTLR2_EL1, -1)
    expect_sys(SCTLR2_EL1, 0)
    /* E2H: EL1's name is EL2's register, _EL12 is EL1's. */
    set_sys(TCR2_EL1, 0x2)
    set_sys(TCR2_EL2, 0x8)
    set_sys(hcr_el2, RW + E2H)
    isb
    expect_sys(TCR2_EL1, 0x8)
    expect_sys(TCR2_EL12, 0x2)
    set_sys(TCR2_EL12, 0)
    set_sys(TCR2_EL1, 0)
    set_sys(hcr_el2, RW)
    isb
    expect_sys(TCR2_EL1, 0)

    /* Traps from EL1: EC 0x18 to EL2 unless HCRX_EL2 permits. */
    set_sys(HFGRTR_EL2, 1 << 62)            /* nMAIR2_EL1 for reads only */
    set_sys(HCRX_EL2, SCTLR2EN)
    isb
    on_exception_skip
    enter(2, EL1H, traps)
traps:
    mrs     x0, TCR2_EL1
    expect_taken(TAKEN_COUNT, 1)
    expect_ec(0x18)
    expect_taken(TAKEN_EL, 2)
    mrs     x0, SCTLR2_EL1
    expect_taken(TAKEN_COUNT, 1)
    mrs     x0, MAIR2_EL1
    expect_taken(TAKEN_COUNT, 1)
    msr     MAIR2_EL1, xzr
    expect_taken(TAKEN_COUNT, 2)
    on_exception_to back
    hvc     #0
back:
    on_exception_fail
    set_sys(HFGWTR_EL2, 1 << 62)

    /* AIE, seen through AT: page with AttrIndx<2:0>=1 and bit 59. The table's Access flag stays as it is without HA. */
    set_sys(mair_el1, 0x44ff00)             /* 1: Write-Back; 2: Non-cacheable */
    set_sys(MAIR2_EL1, 0x4400)              /* 9: Non-cacheable */
    set_sys(tcr_el1, TCR_EL1_VALUE)
    set_sys(ttbr0_el1, level1)
    set_sys(TCR2_EL1, AIE + HAFT)
    set_sys(sctlr_el1, 0x30d01805)
    set_sys(HCRX_EL2, TCR2EN)
    isb
    set(x0, PAGE_VA)
    at      s1e1r, x0
    mrs     x1, par_el1
    expect_field(x1, 0, 1, 0)
    expect_field(x1, 56, 8, 0x44)
    /* TCR2En=0: TCR2_EL1.AIE counts as 0. */
    set_sys(HCRX_EL2, 0)
    isb
    at      s1e1r, x0
    mrs     x1, par_el1
    expect_field(x1, 56, 8, 0xff)

    /* HAFT at EL1: both table descriptors get the flag at the first access, with HA and TCR2En only. */
    enter(2, EL1H, at_el1)
at_el1:
    set(x0, PAGE_VA)
    ldr     x1, [x0]
    set(x2, level1 + 8)
    ldr     x3, [x2]
    set(x4, level2 + 3)
    expect_same(x3, x4)
    on_exception_to with_ha
    hvc     #0
with_ha:
    on_exception_fail
    set_sys(tcr_el1, TCR_EL1_VALUE + HA)
    dsb     ish
    tlbi    vmalle1
    dsb     ish
    isb
    enter(2, EL1H, still_not)
still_not:
    set(x0, PAGE_VA)
    ldr     x1, [x0]
    ldr     x3, [x2]
    expect_same(x3, x4)
    on_exception_to with_haft
    hvc     #0
with_haft:
    on_exception_fail
    set_sys(HCRX_EL2, TCR2EN)
    dsb     ish
    tlbi    vmalle1
    dsb     ish
    isb
    enter(2, EL1H, marked)
marked:
    set(x0, PAGE_VA)
    ldr     x1, [x0]
    ldr     x3, [x2]
    orr     x4, x4, #0x400
    expect_same(x3, x4)
    set(x2, level2 + 16)
    ldr     x3, [x2]
    set(x4, level3 + 0x403)
    expect_same(x3, x4)
    pass
    .ltorg

    .data
    .balign 4096
level1:
    .quad   0
    .quad   level2 + 3
    .fill   510, 8, 0
level2:
    .quad   0
    .quad   0x40200000 + 0x705
    .quad   level3 + 3
    .fill   509, 8, 0
level3:
    .quad   PAGE_VA + 0x707 + (1 << 59)
    .fill   511, 8, 0
