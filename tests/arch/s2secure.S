/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Stage 2 of the Secure EL1&0 regime under Secure EL2 (FEAT_SEL2; D8.1.4, D19.2 VSTCR_EL2, VTCR_EL2): the Secure IPA space is
 * translated by VSTTBR_EL2's tables, the Non-secure one by VTTBR_EL2's; AArch64.SS2OutputPASpace(): VSTCR_EL2.SA, VTCR_EL2.NSA
 * choose the output's PA space, seen by RAM at 0x0e000000 that only answers Secure accesses; HPFAR_EL2.NS says which IPA space faulted;
 * PAR_EL1.NS which PA space AT S12E1R ended in.
 *
 * run:  -M virt,virtualization=on,secure=on -cpu max
 * run:  -M virt,virtualization=on,secure=on -cpu neoverse-v1
 * qemu: -M virt,virtualization=on,secure=on,gic-version=3 -cpu max
 */
#include "arch.inc"

#define VSTTBR_EL2 s3_4_c2_c6_0
#define VSTCR_EL2 s3_4_c2_c6_2
#define SCR ((1 << 8) + (1 << 10) + (1 << 18))  /* HCE, RW, EEL2; NS=0 */
#define TCR (25 + (1 << 6) + (1 << 31))     /* 39 bits from level 1, 4 KB */
#define VTCR (TCR + (3 << 12) + (2 << 16))  /* 40-bit PA */
#define SA (1 << 30)                        /* VSTCR_EL2 */
#define NSA (1 << 30)                       /* VTCR_EL2 */
#define SECURE_RAM 0x0e000000
#define UNMAPPED 0x20000000
#define SCTLR 0x30d00800

    /* runs `routine` at Secure EL1; it ends with HVC. X9: 0, or 1 if another exception came */
    .macro  try routine
    on_exception_to .Lback\@
    dsb     ish
    tlbi    vmalls12e1
    dsb     ish
    isb
    enter(2, EL1H, \routine)
.Lback\@:
    on_exception_fail
    taken(x9, TAKEN_ESR)
    ubfx    x9, x9, #26, #6
    cmp     x9, #0x16
    cset    x9, ne
    .endm
    .macro  at_s12e1r_ns expected
    set(x0, SECURE_RAM)
    at      s12e1r, x0
    isb
    mrs     x2, par_el1
    expect_field(x2, 0, 1, 0)
    expect_field(x2, 9, 1, \expected)
    .endm

test_start:
    set_sys(scr_el3, SCR)
    isb
    set_sys(hcr_el2, (1 << 31) + 1)         /* RW, VM */
    set_sys(VSTTBR_EL2, secure_ipa)
    set_sys(vttbr_el2, nonsecure_ipa)
    set_sys(vtcr_el2, VTCR)
    set_sys(VSTCR_EL2, TCR)
    set_sys(mair_el1, 0xff00)
    set_sys(tcr_el1, TCR_EL1_VALUE)
    set_sys(ttbr0_el1, stage1)
    set_sys(sctlr_el1, SCTLR)
    enter(3, EL2H, at_el2)

at_el2:
    set(x0, SECURE_RAM)
    set(x1, 0x5ec)
    /* Stage 1 off: addresses are in the Secure IPA space. SA=0: the PA space is Secure, and the RAM answers. */
    try access
    expect(x9, 0)
    expect(x2, 0x5ec)
    at_s12e1r_ns 0
    /* SA=1: Non-secure. Nothing answers there: a synchronous External abort, at EL1. */
    set_sys(VSTCR_EL2, TCR + SA)
    try access
    expect(x9, 0)
    expect(x2, 0xdead)
    at_s12e1r_ns 1
    set_sys(VSTCR_EL2, TCR)

    /* A stage 2 fault in the Secure IPA space. */
    set(x0, UNMAPPED)
    try access
    expect(x9, 1)
    expect_ec(0x24)
    expect_taken(TAKEN_HPFAR, UNMAPPED >> 8)

    /* Stage 1 on, the descriptor's NS=1: the Non-secure IPA space, by VTTBR_EL2's tables, here to a Secure PA at first. */
    set_sys(sctlr_el1, SCTLR + 1)
    set(x0, SECURE_RAM)
    try access
    expect(x9, 0)
    expect(x2, 0x5ec)
    at_s12e1r_ns 0
    set_sys(vtcr_el2, VTCR + NSA)
    try access
    expect(x9, 0)
    expect(x2, 0xdead)
    at_s12e1r_ns 1
    set_sys(vtcr_el2, VTCR)
    /* SA is of the Non-secure IPA space, too */
    set_sys(VSTCR_EL2, TCR + SA)
    try access
    expect(x2, 0xdead)
    set_sys(VSTCR_EL2, TCR)

    /* A stage 2 fault in the Non-secure IPA space: HPFAR_EL2.NS. This block is mapped in the Secure one only. */
    set(x0, SECURE_RAM + 0x200000)
    try access
    expect(x9, 1)
    expect_ec(0x24)
    expect_taken(TAKEN_HPFAR, ((SECURE_RAM + 0x200000) >> 8) + (1 << 63))
    set_sys(sctlr_el1, SCTLR)
    pass

/* Stores X1 at X0 and loads it into X2; 0xdead if that is an External abort, taken to EL1. */
access:
    set_sys(vbar_el1, abort_vectors)
    isb
    mov     x2, #0
    str     x1, [x0]
    ldr     x2, [x0]
    hvc     #0
    .ltorg
    .balign 2048
abort_vectors:
    .space  0x200
    mrs     x2, esr_el1
    and     x2, x2, #0x3f
    cmp     x2, #0x10                       /* External abort, not on a walk */
    mov     x2, #0xdead
    csel    x2, x2, xzr, eq
    hvc     #0

    .data
    .balign 4096
stage1:
    .quad   0x00000000 + (3 << 53) + 0x421      /* Device, NS=1 */
    .quad   0x40000000 + 0x705                  /* Normal, NS=0 */
    .fill   510, 8, 0
secure_ipa:
    .quad   secure_level2 + 3
    .quad   0x40000000 + 0x7fd
    .fill   510, 8, 0
secure_level2:
    .fill   112, 8, 0
    .quad   SECURE_RAM + 0x4c5                  /* Device, read and write */
    .quad   SECURE_RAM + 0x200000 + 0x4c5
    .fill   398, 8, 0
nonsecure_ipa:
    .quad   nonsecure_level2 + 3
    .fill   511, 8, 0
nonsecure_level2:
    .fill   112, 8, 0
    .quad   SECURE_RAM + 0x4c5
    .fill   399, 8, 0
