/* SPDX-License-Identifier: BSD-2-Clause
 *
 * FEAT_MOPS at EL2, EL1 and EL0: copies and sets, where they are UNDEFINED (Arm ARM HCRX_EL2.MSCEn, SCTLR_EL1.MSCEn,
 * SCTLR_EL2.MSCEn; CheckMOPSEnabled()), where Memory Copy and Memory Set exceptions are taken (HCRX_EL2.MCE2;
 * MismatchedCpySetTargetEL()) and their ISS (ESR_ELx, EC 0x27).
 * Results are compared byte by byte with loads and stores of the test's own. The registers between the stages depend on the
 * algorithm: they are read by PSTATE.C, as software must.
 *
 * run:  -M virt,virtualization=on -cpu max
 * QEMU 7.2 can't run it: it has no FEAT_MOPS.
 */
#include "arch.inc"
    .arch_extension mops

#define HCRX_EL2 s3_4_c1_c2_2
#define RW (1 << 31)
#define E2H_TGE ((1 << 34) | (1 << 27))
#define MSCEN_SCTLR (1 << 33)
#define MSCEN (1 << 11)
#define MCE2 (1 << 10)
#define SIZE 10007

/* Fills `source` with bytes that differ from their neighbours. */
    .macro  fill
    ldr     x0, =source
    ldr     x1, =(SIZE + 64)
    mov     x2, #1
1:  mov     x3, #0x6d
    madd    x2, x2, x3, x1
    lsr     x3, x2, #3
    strb    w3, [x0], #1
    subs    x1, x1, #1
    b.ne    1b
    .endm

/* X10 to X12: two areas of X12 bytes must be equal. */
    .macro  compare line
1:  ldrb    w13, [x10], #1
    ldrb    w14, [x11], #1
    cmp     w13, w14
    b.eq    2f
    mov     x27, #\line
    b       arch_fail
2:  subs    x12, x12, #1
    b.ne    1b
    .endm
#define compare_areas compare __LINE__

test_start:
    fill
    set_sys(mair_el2, MAIR_VALUE)
    set_sys(tcr_el2, TCR_EL2_VALUE)
    set(x0, arch_map)
    msr     ttbr0_el2, x0
    isb
    set_sys(sctlr_el2, 0x30c51835)
    isb

    /* EL2: no control disables them. memcpy() */
    set_sys(HCRX_EL2, 0)
    isb
    set(x0, target + 3)
    set(x1, source)
    set(x2, SIZE)
    cpyfp   [x0]!, [x1]!, x2!
    cpyfm   [x0]!, [x1]!, x2!
    cpyfe   [x0]!, [x1]!, x2!
    expect(x0, target + 3 + SIZE)
    expect(x1, source + SIZE)
    expect(x2, 0)
    set(x10, target + 3)
    set(x11, source)
    set(x12, SIZE)
    compare_areas

    /* memmove(): up by 37 bytes, then back down by 21 */
    set(x0, target + 40)
    set(x1, target + 3)
    set(x2, SIZE)
    cpyp    [x0]!, [x1]!, x2!
    cpym    [x0]!, [x1]!, x2!
    cpye    [x0]!, [x1]!, x2!
    expect(x2, 0)
    set(x10, target + 40)
    set(x11, source)
    set(x12, SIZE)
    compare_areas
    set(x0, target + 19)
    set(x1, target + 40)
    set(x2, SIZE)
    cpyp    [x0]!, [x1]!, x2!
    cpym    [x0]!, [x1]!, x2!
    cpye    [x0]!, [x1]!, x2!
    expect(x0, target + 19 + SIZE)
    expect(x1, target + 40 + SIZE)
    set(x10, target + 19)
    set(x11, source)
    set(x12, SIZE)
    compare_areas

    /* memset(): only X1's low byte counts; the bytes around stay */
    set(x0, target + 19)
    set(x1, 0x12345678a5)
    set(x2, 5000)
    setp    [x0]!, x2!, x1
    setm    [x0]!, x2!, x1
    sete    [x0]!, x2!, x1
    expect(x0, target + 19 + 5000)
    expect(x1, 0x12345678a5)
    expect(x2, 0)
    set(x3, target + 19)
    set(x2, 5000)
1:  ldrb    w4, [x3], #1
    expect(x4, 0xa5)
    sub     x2, x2, #1
    cbnz    x2, 1b
    set(x10, target + 19 + 5000)
    set(x11, source + 5000)
    set(x12, SIZE - 5000)
    compare_areas

    /* The wrong option: PSTATE.C inverted between prologue and main. WrongOption=1, OptionA by the prologue's C. */
    on_exception_to wrong_option
    set(x0, target)
    set(x1, source)
    set(x2, 64)
    .inst   0x1d010440      /* cpyp [x0]!, [x1]!, x2! */
    mrs     x20, nzcv
    eor     x21, x20, #(1 << 29)
    msr     nzcv, x21
wrong:
    .inst   0x1d410440      /* cpym [x0]!, [x1]!, x2! */
    fail
wrong_option:
    expect_taken(TAKEN_EL, 2)
    expect_taken(TAKEN_VECTOR, 0x200)
    expect_taken(TAKEN_ELR, wrong)
    taken(x3, TAKEN_ESR)
    mov     x4, #1 << 16                /* OptionA = !C */
    tst     x20, #(1 << 29)
    csel    x4, xzr, x4, ne
    set(x5, (0x27 << 26) + (1 << 25) + (1 << 17) + (0 << 10) + (1 << 5) + 2)
    orr     x4, x4, x5
    expect_same(x3, x4)
    /* as an operating system does: begin again, from the registers as the prologue left them (target and size here) */
    on_exception_fail
    set(x0, target)
    set(x1, source)
    set(x2, 64)
    cpyp    [x0]!, [x1]!, x2!
    cpym    [x0]!, [x1]!, x2!
    cpye    [x0]!, [x1]!, x2!
    expect(x2, 0)

    /* An epilogue with more than a main stage leaves: FromEpilogue=1, MemInst=1 for a set */
    on_exception_to from_epilogue
    set(x0, target)
    set(x1, 0)
    set(x2, 0x8000000)
    .inst   0x19c10440      /* setp [x0]!, x2!, x1 */
epilogue:
    .inst   0x19c18440      /* sete [x0]!, x2!, x1 */
    fail
from_epilogue:
    expect_ec(0x27)
    expect_taken(TAKEN_ELR, epilogue)
    taken(x3, TAKEN_ESR)
    expect_field(x3, 24, 1, 1)
    expect_field(x3, 17, 2, 2)
    expect_field(x3, 0, 15, (0 << 10) + (1 << 5) + 2)

    /* EL1: HCRX_EL2.MSCEn=0 is UNDEFINED, taken to EL1 */
    set_sys(hcr_el2, RW)
    set_sys(sctlr_el1, 0x30d00980)
    isb
    on_exception_to undefined_at_el1
    enter(2, EL1H, el1_disabled)
el1_disabled:
    set(x0, target)
    set(x1, source)
    set(x2, 16)
disabled:
    .inst   0x1d010440      /* cpyp [x0]!, [x1]!, x2! */
    fail
undefined_at_el1:
    expect_taken(TAKEN_EL, 1)
    expect_taken(TAKEN_ESR, 1 << 25)
    expect_taken(TAKEN_ELR, disabled)
    on_exception_to back_at_el2
    hvc     #0
    .ltorg

back_at_el2:
    set_sys(HCRX_EL2, MSCEN)
    isb
    on_exception_to mismatch_at_el1
    enter(2, EL1H, el1_enabled)
el1_enabled:
    set(x0, target)
    set(x1, source + 1)
    set(x2, 4000)
    cpyp    [x0]!, [x1]!, x2!
    cpym    [x0]!, [x1]!, x2!
    cpye    [x0]!, [x1]!, x2!
    set(x10, target)
    set(x11, source + 1)
    set(x12, 4000)
    compare_areas
    set(x0, target)
    set(x2, 64)
    .inst   0x19df0440      /* setp [x0]!, x2!, xzr */
    mrs     x21, nzcv
    eor     x21, x21, #(1 << 29)
    msr     nzcv, x21
    .inst   0x19df7440      /* setmtn [x0]!, x2!, xzr */
    fail
mismatch_at_el1:
    expect_taken(TAKEN_EL, 1)
    expect_ec(0x27)
    taken(x3, TAKEN_ESR)
    expect_field(x3, 19, 6, 0x23)       /* MemInst, options T and N */
    expect_field(x3, 17, 2, 1)
    expect_field(x3, 0, 15, (0 << 10) + (31 << 5) + 2)
    on_exception_to el2_again
    hvc     #0

el2_again:
    set_sys(HCRX_EL2, MSCEN | MCE2)
    isb
    on_exception_to mismatch_at_el2
    enter(2, EL1H, el1_mce2)
el1_mce2:
    set(x0, target)
    set(x1, source)
    set(x2, 64)
    .inst   0x1d010440      /* cpyp [x0]!, [x1]!, x2! */
    mrs     x21, nzcv
    eor     x21, x21, #(1 << 29)
    msr     nzcv, x21
    .inst   0x1d81a440      /* cpyertrn [x0]!, [x1]!, x2! */
    fail
mismatch_at_el2:
    expect_taken(TAKEN_EL, 2)
    expect_taken(TAKEN_VECTOR, 0x400)
    expect_ec(0x27)
    taken(x3, TAKEN_ESR)
    expect_field(x3, 19, 6, 0xa)        /* reads non-temporal and unprivileged */
    expect_field(x3, 17, 2, 3)

    /* EL0: SCTLR_EL1.MSCEn; a mismatch there goes to EL1 whatever MCE2 says */
    on_exception_to undefined_at_el0
    enter(2, EL0T, el0_disabled)
el0_disabled:
    set(x0, target)
    .inst   0x19c10440      /* setp [x0]!, x2!, x1 */
    b       .
undefined_at_el0:
    expect_taken(TAKEN_EL, 1)
    expect_taken(TAKEN_VECTOR, 0x400)
    expect_taken(TAKEN_ESR, 1 << 25)
    set_sys(sctlr_el1, 0x30d00980 | MSCEN_SCTLR)
    isb
    on_exception_to mismatch_of_el0
    enter(1, EL0T, el0_enabled)
el0_enabled:
    set(x0, target)
    set(x1, source)
    set(x2, 300)
    cpyfp   [x0]!, [x1]!, x2!
    cpyfm   [x0]!, [x1]!, x2!
    cpyfe   [x0]!, [x1]!, x2!
    set(x0, target)
    set(x2, 64)
    .inst   0x19c10440      /* setp [x0]!, x2!, x1 */
    mrs     x21, nzcv
    eor     x21, x21, #(1 << 29)
    msr     nzcv, x21
    .inst   0x19c14440      /* setm [x0]!, x2!, x1 */
    b       .
mismatch_of_el0:
    expect_taken(TAKEN_EL, 1)
    expect_ec(0x27)
    set(x10, target)
    set(x11, source)
    set(x12, 300)
    compare_areas
    on_exception_to host
    hvc     #0
    .ltorg

    /* A VHE host's EL0: SCTLR_EL2.MSCEn, exceptions to EL2; HCRX_EL2 says nothing */
host:
    set_sys(HCRX_EL2, 0)
    set_sys(hcr_el2, RW | E2H_TGE)
    set_sys(sctlr_el2, 0x30d00980)
    isb
    on_exception_to host_undefined
    enter(2, EL0T, host_el0)
host_el0:
    set(x0, target)
    set(x2, 64)
    setp    [x0]!, x2!, xzr
    setm    [x0]!, x2!, xzr
    sete    [x0]!, x2!, xzr
    svc     #0
    b       .
host_undefined:
    expect_taken(TAKEN_EL, 2)
    expect_taken(TAKEN_ESR, 1 << 25)
    set_sys(sctlr_el2, 0x30d00980 | MSCEN_SCTLR)
    isb
    on_exception_to host_done
    enter(2, EL0T, host_el0)
host_done:
    expect_ec(0x15)
    expect(x2, 0)
    set(x3, target)
    ldp     x4, x5, [x3, #48]
    expect(x4, 0)
    expect(x5, 0)
    pass

    .bss
    .balign 4096
source:
    .space  16384
target:
    .space  16384
