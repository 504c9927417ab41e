/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Interrupt groups of a GICv3 with two Security states (IHI 0069 4.6): Group 0 is signalled as FIQ always, Group 1 of the PE's own
 * Security state as IRQ, of the other as FIQ; SCR_EL3.FIQ takes FIQs to EL3. Acknowledged by ICC_IAR0_EL1 and ICC_IAR1_EL1; the
 * Non-secure Group 1 interrupt from EL3 with SCR_EL3.NS=1 (IHI 0069 12.2.14).
 *
 * run:  -M virt,virtualization=on,secure=on -cpu max
 * run:  -M virt,virtualization=on,secure=on -cpu neoverse-n1
 * qemu: -M virt,virtualization=on,secure=on,gic-version=3 -cpu max
 */
#include "arch.inc"

#define SCR_S ((1 << 10) + (1 << 8) + (1 << 2))     /* RW, HCE, FIQ; NS=0 */
#define NS 1
#define GICD 0x08000000
#define GICR 0x080a0000
#define GICR_SGI 0x080b0000
#define ICC_PMR_EL1 s3_0_c4_c6_0
#define ICC_IAR0_EL1 s3_0_c12_c8_0
#define ICC_EOIR0_EL1 s3_0_c12_c8_1
#define ICC_IAR1_EL1 s3_0_c12_c12_0
#define ICC_EOIR1_EL1 s3_0_c12_c12_1
#define ICC_SGI1R_EL1 s3_0_c12_c11_5
#define ICC_ASGI1R_EL1 s3_0_c12_c11_6
#define ICC_SGI0R_EL1 s3_0_c12_c11_7
#define ICC_SRE_EL3 s3_6_c12_c12_5
#define ICC_SRE_EL1 s3_0_c12_c12_5
#define ICC_IGRPEN0_EL1 s3_0_c12_c12_6
#define ICC_IGRPEN1_EL3 s3_6_c12_c12_7
#define EL1H_OPEN 0x305         /* EL1h, D and A masked, I and F not */

    .macro  put32 address, value
    ldr     x0, =\address
    ldr     w1, =\value
    str     w1, [x0]
    .endm

test_start:
    set_sys(scr_el3, SCR_S)
    isb
    set(x0, arch_vectors_el1)
    msr     vbar_el1, x0
    put32   GICD, 0x30                  /* ARE_S, ARE_NS */
    put32   GICD, 0x37                  /* Group 0, Group 1 Secure and Non-secure */
    put32   GICR + 0x14, 0              /* GICR_WAKER */
    put32   GICR_SGI + 0x80, 4          /* IGROUPR0: SGI 2 is Group 1 Non-secure */
    put32   GICR_SGI + 0xd00, 2         /* IGRPMODR0: SGI 1 is Group 1 Secure, SGI 0 Group 0 */
    put32   GICR_SGI + 0x100, 7         /* ISENABLER0 */
    put32   GICR_SGI + 0x400, 0x40404040 /* IPRIORITYR0 */
    dsb     sy
    set_sys(ICC_SRE_EL3, 0xf)
    isb
    set_sys(ICC_SRE_EL1, 7)
    isb
    set_sys(ICC_PMR_EL1, 0xff)
    set_sys(ICC_IGRPEN0_EL1, 1)
    set_sys(ICC_IGRPEN1_EL3, 3)
    isb

    /* Group 0 in Secure state: FIQ, to EL3 */
    on_exception_to group0
    set(x0, 1)                          /* SGI 0 to PE 0 */
    msr     ICC_SGI0R_EL1, x0
    isb
    enter(3, EL1H_OPEN, spin)
group0:
    expect_taken(TAKEN_EL, 3)
    expect_taken(TAKEN_VECTOR, 0x500)
    expect_sys(ICC_IAR0_EL1, 0)
    set_sys(ICC_EOIR0_EL1, 0)

    /* Group 1 Secure in Secure state: IRQ, to EL1 */
    on_exception_to group1s
    set(x0, 0x01000001)                 /* SGI 1 */
    msr     ICC_SGI1R_EL1, x0
    isb
    enter(3, EL1H_OPEN, spin)
group1s:
    expect_taken(TAKEN_EL, 1)
    expect_taken(TAKEN_VECTOR, 0x280)
    expect_sys(ICC_IAR1_EL1, 1)
    set_sys(ICC_EOIR1_EL1, 1)
    on_exception_to again
    smc     #0
again:

    /* Group 1 Non-secure in Secure state: FIQ, to EL3; ICC_IAR0_EL1 says 1021, ICC_IAR1_EL1 2 with SCR_EL3.NS=1 */
    on_exception_to group1ns
    set(x0, 0x02000001)                 /* SGI 2 */
    msr     ICC_ASGI1R_EL1, x0
    isb
    enter(3, EL1H_OPEN, spin)
group1ns:
    expect_taken(TAKEN_EL, 3)
    expect_taken(TAKEN_VECTOR, 0x500)
    expect_sys(ICC_IAR0_EL1, 1021)      /* at EL3: a Group 1 Non-secure interrupt is pending */
    set_sys(scr_el3, SCR_S | NS)
    isb
    expect_sys(ICC_IAR1_EL1, 2)
    set_sys(ICC_EOIR1_EL1, 2)

    /* Group 1 Secure in Non-secure state: FIQ, to EL3 */
    set_sys(hcr_el2, 1 << 31)
    set(x0, arch_vectors_el2)
    msr     vbar_el2, x0
    set_sys(scr_el3, SCR_S)
    isb
    on_exception_to group1s_outside
    set(x0, 0x01000001)
    msr     ICC_SGI1R_EL1, x0
    isb
    set_sys(scr_el3, SCR_S | NS)
    isb
    enter(3, EL1H_OPEN, spin)
group1s_outside:
    expect_taken(TAKEN_EL, 3)
    expect_taken(TAKEN_VECTOR, 0x500)
    expect_sys(ICC_IAR0_EL1, 1020)      /* a Group 1 Secure interrupt is pending */
    pass

spin:
    mov     x2, #1000
1:  subs    x2, x2, #1
    b.ne    1b
    fail
