/* SPDX-License-Identifier: BSD-2-Clause
 *
 * FEAT_SPMU, Arm ARM D15: the one System PMU's counters of el2sim's own events (sim/spmu.h: 1 instructions of all PEs, 2 broadcast
 * TLBIs), RAZ/WI for counters that aren't there (I_RHHZC), overflow flags, and the traps of an access from EL1 and EL0
 * (MDCR_EL2.EnSPM, SPMACCESSR_EL2.P0: 0b00 traps, 0b01 traps writes).
 *
 * run: -M virt,virtualization=on -cpu max
 * QEMU has no FEAT_SPMU.
 */
#include "arch.inc"

#define SPMCFGR s2_0_c9_c13_7
#define SPMACCESSR_EL2 s2_4_c9_c13_3
#define SPMCR s2_3_c9_c12_0
#define SPMCNTENSET s2_3_c9_c12_1
#define SPMCNTENCLR s2_3_c9_c12_2
#define SPMOVSCLR s2_3_c9_c12_3
#define SPMSELR s2_3_c9_c12_5
#define SPMEVCNTR0 s2_3_c14_c0_0
#define SPMEVCNTR1 s2_3_c14_c0_1
#define SPMEVCNTR7 s2_3_c14_c0_7
#define SPMEVTYPER0 s2_3_c14_c2_0
#define SPMEVTYPER1 s2_3_c14_c2_1

test_start:
    mrs     x0, id_aa64dfr1_el1
    expect_field(x0, 32, 4, 1)
    mrs     x0, SPMCFGR
    expect_field(x0, 8, 6, 63)                  /* SIZE: 64 bits */
    expect_field(x0, 0, 8, 5)                   /* N: 6 counters */
    set_sys(SPMSELR, 0)
    set_sys(SPMEVTYPER0, 1)
    set_sys(SPMEVTYPER1, 2)
    set_sys(SPMCNTENSET, 0xff)
    expect_sys(SPMCNTENSET, 0x3f)
    set_sys(SPMCNTENCLR, 0x3c)
    expect_sys(SPMCNTENSET, 3)
    set_sys(SPMEVCNTR7, 0x1234)                 /* not there */
    expect_sys(SPMEVCNTR7, 0)
    set(x0, 1)
    msr     SPMCR, x0
    nop
    tlbi    vmalle1is
    tlbi    alle2                               /* of this PE only */
    mrs     x1, SPMEVCNTR0
    mrs     x2, SPMEVCNTR1
    expect(x1, 4)
    expect(x2, 1)

    /* 64-bit overflow */
    msr     SPMCR, xzr
    set_sys(SPMEVCNTR0, 0xfffffffffffffffe)
    expect_sys(SPMOVSCLR, 0)
    set(x0, 1)
    msr     SPMCR, x0
    nop
    nop
    nop
    msr     SPMCR, xzr
    expect_sys(SPMOVSCLR, 1)
    expect_sys(SPMEVCNTR0, 2)
    set_sys(SPMOVSCLR, 1)
    expect_sys(SPMOVSCLR, 0)
    set_sys(SPMCR, 2)                           /* P: all counters to 0 */
    expect_sys(SPMEVCNTR0, 0)
    expect_sys(SPMCR, 0)

    /* EL1: MDCR_EL2.EnSPM is 0, then P0 is 0b00, then 0b01, then 0b11. */
    set_sys(hcr_el2, 1 << 31)
    set_sys(mdcr_el2, 0)
    on_exception_skip
    enter(2, EL1H, el1)
el1:
    mrs     x0, SPMCR
    expect_taken(TAKEN_COUNT, 1)
    expect_taken(TAKEN_EL, 2)
    expect_ec(0x18)
    on_exception_to el2
    hvc     #0
el2:
    set_sys(mdcr_el2, 1 << 15)
    set_sys(s3_4_c3_c1_0, -1)                   /* HDFGRTR2_EL2, HDFGWTR2_EL2: no fine-grained traps */
    set_sys(s3_4_c3_c1_1, -1)
    set_sys(SPMACCESSR_EL2, 0)
    on_exception_skip
    enter(2, EL1H, el1_closed)
el1_closed:
    mrs     x0, SPMCR
    expect_taken(TAKEN_COUNT, 3)
    on_exception_to el2_again
    hvc     #0
el2_again:
    set_sys(SPMACCESSR_EL2, 1)
    on_exception_skip
    enter(2, EL1H, el1_reads)
el1_reads:
    mrs     x0, SPMCR
    expect_taken(TAKEN_COUNT, 4)
    msr     SPMCR, xzr
    expect_taken(TAKEN_COUNT, 5)
    on_exception_to el2_open
    hvc     #0
el2_open:
    set_sys(SPMACCESSR_EL2, 3)
    on_exception_fail
    enter(2, EL1H, el1_writes)
el1_writes:
    set_sys(SPMEVCNTR1, 7)
    expect_sys(SPMEVCNTR1, 7)
    pass
