/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The EL1 names of EL2's own registers while HCR_EL2.E2H is 1, and their way back by the _EL12 names: Arm ARM D8.10
 * (FEAT_VHE, "System and Special-purpose register redirection"). An access by an _EL12 name while E2H is 0 is UNDEFINED.
 *
 * run:  -M virt,virtualization=on -cpu max
 * run:  -M virt,virtualization=on -cpu neoverse-n1
 * QEMU 7.2 can't run it: there the _EL12 names are not UNDEFINED while E2H is 0.
 */
#include "arch.inc"

#define VBAR_EL12 s3_5_c12_c0_0
#define E2H (1 << 34)
#define RW (1 << 31)

test_start:
    set_sys(hcr_el2, RW)
    isb
    set_sys(vbar_el1, 0x1000)
    set_sys(contextidr_el1, 0x11)

    /* E2H=0: the _EL12 name is UNDEFINED; the exception is taken to EL2 from EL2 (vector 0x200). */
    on_exception_skip
    mrs     x0, VBAR_EL12
    expect_taken(TAKEN_COUNT, 1)
    expect_taken(TAKEN_EL, 2)
    expect_taken(TAKEN_VECTOR, 0x200)
    expect_ec(0)
    on_exception_fail

    set_sys(hcr_el2, RW | E2H)
    isb
    expect_sys(vbar_el1, arch_vectors_el2)      /* EL2's own */
    expect_sys(VBAR_EL12, 0x1000)
    set_sys(contextidr_el1, 0x22)               /* CONTEXTIDR_EL2 */
    set_sys(hcr_el2, RW)
    isb
    expect_sys(contextidr_el1, 0x11)
    expect_sys(s3_4_c13_c0_1, 0x22)             /* CONTEXTIDR_EL2 */

    /* HVC from EL1 comes to EL2 by vector 0x400, its number in ESR_EL2.ISS; the preferred return address is behind it. */
    set(x0, arch_vectors_el1)
    msr     vbar_el1, x0
    enter(2, EL1H, guest)
guest:
    expect_sys(currentel, 4)
    on_exception_to back
    hvc     #0x123
here:
    fail
back:
    expect_sys(currentel, 8)
    expect_taken(TAKEN_EL, 2)
    expect_taken(TAKEN_VECTOR, 0x400)
    expect_taken(TAKEN_ESR, 0x5a000123)
    expect_taken(TAKEN_ELR, here)
    expect_taken_spsr(EL1H)

    /* The identity map of arch.inc works in the EL2 regime. */
    set_sys(mair_el2, MAIR_VALUE)
    set_sys(tcr_el2, TCR_EL2_VALUE)
    set(x0, arch_map)
    msr     ttbr0_el2, x0
    isb
    set_sys(sctlr_el2, 0x30c51835)              /* RES1 bits, M C I */
    isb
    taken(x0, TAKEN_COUNT)
    expect(x0, 2)
    pass
