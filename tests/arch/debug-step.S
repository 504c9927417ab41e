/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Software Step exceptions: Arm ARM D2.10, pseudocode SSAdvance(), CheckSoftwareStep(), DebugExceptionReturnSS(). EC 0x32 and 0x33,
 * ISS.{ISV,EX}, IFSC 0x22; the preferred return address is the next instruction.
 *
 *   an ERET with SPSR_ELx.SS=1 runs one instruction, with SS=0 none (ISV=0); branches, Load-Exclusive (EX=1), WFE, SVC, ERET,
 *   an instruction that takes an exception itself (SPSR_ELx.SS of that one is 1: it was not stepped), MDSCR_EL1.SS=0;
 *   to EL2 with MDCR_EL2.TDE, to EL1 from EL0, to EL1 from EL1 with KDE=1 and PSTATE.D=0
 *
 * run:  -M virt,virtualization=on -cpu max
 * run:  -M virt,virtualization=on -cpu cortex-a57
 * qemu: -M virt,virtualization=on,gic-version=3 -cpu max
 */
#include "arch.inc"

#define SS 1
#define KDE (1 << 13)
#define TDE (1 << 8)
#define SPSR_SS (1 << 21)
#define STEP 0xca000022                         /* EC 0x32, IL, IFSC */
#define ISV (1 << 24)
#define EX (1 << 6)

    /* One ERET from EL2 to `at` with SPSR_EL2.SS, then the state at the exception that follows. */
    .macro  step spsr, at
    set(x0, SS)
    msr     mdscr_el1, x0
    on_exception_to 7f
    enter(2, \spsr, \at)
    .ltorg
    .balign 4
7:
    .endm
    .macro  stepped to, esr
    expect_taken(TAKEN_EL, 2)
    expect_taken(TAKEN_ELR, \to)
    expect_taken(TAKEN_ESR, \esr)
    taken(x0, TAKEN_SPSR)
    expect_field(x0, 21, 1, 0)
    .endm

test_start:
    set_sys(hcr_el2, 1 << 31)
    msr     oslar_el1, xzr
    mrs     x21, mdcr_el2
    set(x0, TDE)
    orr     x0, x21, x0
    msr     mdcr_el2, x0
    isb
    set(x1, data)
    mov     x10, #0

    step    EL1H | SPSR_SS, code
    stepped code + 4, STEP | ISV
    expect_taken(TAKEN_VECTOR, 0x400)
    expect(x10, 1)
    step    EL1H, code                          /* pending */
    stepped code, STEP
    expect(x10, 1)
    step    EL0T | SPSR_SS, code
    stepped code + 4, STEP | ISV
    expect(x10, 2)
    step    EL1H | SPSR_SS, branch
    stepped code, STEP | ISV
    step    EL1H | SPSR_SS, load_exclusive
    stepped load_exclusive + 4, STEP | ISV | EX
    step    EL1H | SPSR_SS, load_acquire
    stepped load_acquire + 4, STEP | ISV
    step    EL1H | SPSR_SS, wait                /* the ERET has set the event register */
    stepped wait + 4, STEP | ISV

    /* SVC at EL0: taken to EL1, whose first instruction is where the step exception comes. The SVC has been stepped: SPSR_EL1.SS=0.
     * (ISV: the architecture permits both values.) */
    step    EL0T | SPSR_SS, call
    expect_taken(TAKEN_EL, 2)
    expect_taken(TAKEN_ELR, arch_vectors_el1 + 0x400)
    taken(x0, TAKEN_ESR)
    expect_field(x0, 26, 6, 0x32)
    mrs     x0, spsr_el1
    expect_field(x0, 21, 1, 0)
    mrs     x0, elr_el1
    set(x2, call + 4)
    expect_same(x0, x2)

    /* UDF at EL1 has not been stepped: SPSR_EL1.SS=1. */
    step    EL1H | SPSR_SS, undefined
    expect_taken(TAKEN_EL, 2)
    expect_taken(TAKEN_ELR, arch_vectors_el1 + 0x200)
    mrs     x0, spsr_el1
    expect_field(x0, 21, 1, 1)
    mrs     x0, elr_el1
    set(x2, undefined)
    expect_same(x0, x2)

    /* ERET at EL1 to EL0, stepped: SS is 0 at EL0, whatever SPSR_EL1.SS, for stepping was on before. */
    set_sys(spsr_el1, EL0T | SPSR_SS)
    set_sys(elr_el1, code)
    step    EL1H | SPSR_SS, return
    expect_taken(TAKEN_EL, 2)
    expect_taken(TAKEN_ELR, code)
    expect(x10, 2)

    /* HVC at EL1 is taken to EL2, where stepping is off: no step exception; SPSR_EL2.SS=0. */
    step    EL1H | SPSR_SS, hypercall
    expect_taken(TAKEN_EL, 2)
    expect_ec(0x16)
    taken(x0, TAKEN_SPSR)
    expect_field(x0, 21, 1, 0)

    /* MDSCR_EL1.SS=0: SPSR_EL2.SS means nothing. */
    msr     mdscr_el1, xzr
    on_exception_to 1f
    enter(2, EL1H | SPSR_SS, code)
1:  expect_taken(TAKEN_EL, 2)
    expect_ec(0x16)
    expect(x10, 3)

    /* TDE=0: EL1 steps EL0, and itself with KDE=1 and D=0. EL1H masks D at the source. */
    msr     mdcr_el2, x21
    set_sys(mdscr_el1, SS)
    on_exception_to 3f
    enter(2, EL1H, 2f)
2:  enter(1, EL0T | SPSR_SS, code)
    .ltorg
    .balign 4
3:  expect_taken(TAKEN_EL, 1)
    expect_taken(TAKEN_VECTOR, 0x400)
    expect_taken(TAKEN_ELR, code + 4)
    expect_taken(TAKEN_ESR, STEP | ISV)
    expect(x10, 4)
    on_exception_to 4f
    enter(1, (EL1H | SPSR_SS), code)            /* D=1, KDE=0: not stepped; the HVC after it */
    .ltorg
    .balign 4
4:  expect_taken(TAKEN_EL, 2)
    expect_ec(0x16)
    set_sys(mdscr_el1, SS | KDE)
    on_exception_to 6f
    enter(2, EL1H, 5f)
    .ltorg
    .balign 4
5:  enter(1, ((EL1H | SPSR_SS) - 0x200), code)
    .ltorg
    .balign 4
6:  expect_taken(TAKEN_EL, 1)
    expect_taken(TAKEN_VECTOR, 0x200)
    expect_taken(TAKEN_ELR, code + 4)
    expect_taken(TAKEN_ESR, STEP + (1 << 26) + ISV)
    expect(x10, 6)
    pass
    .ltorg

code:
    add     x10, x10, #1
    hvc     #0
branch:
    b       code
load_exclusive:
    ldxr    x2, [x1]
    nop
load_acquire:
    ldar    x2, [x1]
    nop
wait:
    wfe
    nop
call:
    svc     #0
    nop
undefined:
    udf     #0
return:
    eret
hypercall:
    hvc     #1

    .data
    .balign 16
data:
    .space  16
    .text
