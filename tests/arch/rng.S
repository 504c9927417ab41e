/* SPDX-License-Identifier: BSD-2-Clause
 *
 * FEAT_RNG: RNDR and RNDRRS give a random number and clear PSTATE.NZCV (K1.2.7, D19.2 RNDR); they can be read at EL0, are not
 * trapped by EL2, and are UNDEFINED where ID_AA64ISAR0_EL1.RNDR is 0. That a number is available is a choice (a failure would
 * set Z and return 0).
 *
 * run:  -M virt,virtualization=on -cpu max
 * run:  -M virt,virtualization=on -cpu neoverse-n1
 * qemu: -M virt,virtualization=on,gic-version=3 -cpu max
 */
#include "arch.inc"

#define RNDR s3_3_c2_c4_0
#define RNDRRS s3_3_c2_c4_1

test_start:
    mrs     x0, id_aa64isar0_el1
    ubfx    x0, x0, #60, #4
    cbz     x0, absent

    mov     x21, #0xf0000000
    msr     nzcv, x21                       /* all set */
    mrs     x1, RNDR
    mrs     x2, nzcv
    expect(x2, 0)
    msr     nzcv, x21
    mrs     x3, RNDRRS
    mrs     x4, nzcv
    expect(x4, 0)
    /* four numbers, all different: by chance they aren't once in 2^61 runs */
    mrs     x5, RNDR
    mrs     x6, RNDRRS
    cmp     x1, x3
    b.eq    same
    cmp     x1, x5
    b.eq    same
    cmp     x1, x6
    b.eq    same
    cmp     x3, x5
    b.eq    same
    cmp     x3, x6
    b.eq    same
    cmp     x5, x6
    b.eq    same

    set_sys(hcr_el2, (1 << 31) + (1 << 27)) /* RW, TGE: back by SVC */
    isb
    on_exception_to back
    enter(2, EL0T, at_el0)
at_el0:
    mrs     x7, RNDR
    svc     #0
back:
    expect_taken(TAKEN_COUNT, 1)
    expect_ec(0x15)                         /* not of the MRS */
    pass
same:
    fail

absent:
    on_exception_skip
    mrs     x1, RNDR
    expect_taken(TAKEN_COUNT, 1)
    expect_ec(0)
    mrs     x1, RNDRRS
    expect_taken(TAKEN_COUNT, 2)
    expect_ec(0)
    pass
    .ltorg
