/* SPDX-License-Identifier: BSD-2-Clause
 *
 * FEAT_LOR: LORegions only limit what LDLAR and STLLR order (B2.3.5). Accesses are performed in program order here, so there is
 * nothing of it to see but the registers: LORID_EL1, RES0 fields, HCR_EL2.TLOR's trap, and the loads and stores themselves.
 *
 * run:  -M virt,virtualization=on -cpu max
 * run:  -M virt,virtualization=on -cpu neoverse-n1
 * qemu: -M virt,virtualization=on,gic-version=3 -cpu max
 */
#include "arch.inc"

    .arch   armv8.6-a+lor

test_start:
    set_sys(hcr_el2, 1 << 31)
    isb
    mrs     x0, lorid_el1
    expect_field(x0, 24, 40, 0)
    /* an access to a described region, with regions switched on, and without */
    ubfx    x1, x0, #16, #8                 /* LD: descriptors */
    cbz     x1, none
    set_sys(lorsa_el1, 0x40000000 + 1)      /* valid */
    set_sys(lorea_el1, 0x4fff0000)
    set_sys(lorn_el1, 1)
    set_sys(lorc_el1, 1)
    isb
    expect_sys(lorsa_el1, 0x40000001)
    expect_sys(lorea_el1, 0x4fff0000)
none:
    ldr     x2, =word
    mov     x3, #0x55
    stllr   x3, [x2]
    ldlar   x4, [x2]
    expect(x4, 0x55)
    set_sys(lorc_el1, 0)
    isb
    stllr   xzr, [x2]
    ldlar   x4, [x2]
    expect(x4, 0)

    /* HCR_EL2.TLOR: EL1's accesses are trapped, EC 0x18. */
    set_sys(hcr_el2, (1 << 31) + (1 << 35))
    isb
    on_exception_skip
    enter(2, EL1H, at_el1)
at_el1:
    mrs     x0, lorid_el1
    expect_taken(TAKEN_COUNT, 1)
    expect_taken(TAKEN_EL, 2)
    expect_ec(0x18)
    msr     lorc_el1, xzr
    expect_taken(TAKEN_COUNT, 2)
    pass
    .ltorg

    .data
    .balign 8
word:
    .quad   0
