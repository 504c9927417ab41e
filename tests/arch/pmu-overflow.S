/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Overflow: Arm ARM D13.3 (overflow status flags, interrupts), D13.4 (freeze on overflow), pseudocode
 * IncrementEventCounter(), CheckForPMUOverflow(). The interrupt (PPI 7, INTID 23, level-sensitive) is taken before the
 * instruction that follows the one which overflowed the counter; its ELR tells which.
 *
 *   32-bit counters overflow at 2^32; with PMCR_EL0.LP (FEAT_PMUv3p5) at 2^64; PMCCNTR_EL0 at 2^64 (LC is 1)
 *   the interrupt needs PMINTENSET_EL1, PMCR_EL0.E or, for counters from MDCR_EL2.HPMN on, MDCR_EL2.HPME; it is level-sensitive
 *   PMCR_EL0.FZO and MDCR_EL2.HPMFZO freeze the counters of their range, with PMCR_EL0.DP the cycle counter as well (FEAT_PMUv3p7)
 *   a CHAIN counter overflows, too
 *
 * run:  -M virt,virtualization=on -cpu max
 * run:  -M virt,virtualization=on -cpu max -smp 2
 * QEMU 7.2 has no FEAT_PMUv3p7, and its overflow interrupt comes at the end of a translated block: not run there.
 */
#include "arch.inc"

#define NSH (1 << 27)
#define GICD 0x08000000
#define GICR 0x080a0000
#define SGI_BASE (GICR + 0x10000)

    /* Counter \n at -\left, counting \event at EL2, enabled; X1 is used. PMCR_EL0 is left as it is. */
    .macro  arm n, event, left
    set(x1, NSH | \event)
    msr     pmevtyper\n\()_el0, x1
    set(x1, 0x100000000 - \left)
    msr     pmevcntr\n\()_el0, x1
    mov     x1, #1 << \n
    msr     pmovsclr_el0, x1
    msr     pmcntenset_el0, x1
    .endm
    .macro  pmcr value
    mov     x1, #\value
    msr     pmcr_el0, x1
    isb
    .endm
#define E 1
#define DP 0x20
#define LP 0x80
#define FZO 0x200

test_start:
    set_sys(hcr_el2, 1 << 31 | 7 << 3)          /* IMO: IRQ to EL2 */
    isb
    /* The GIC: group 1, PPI 23 enabled, priority below the mask. */
    set(x0, GICD)
    mov     w1, #0x12                           /* ARE, EnableGrp1 */
    str     w1, [x0]
    set(x0, GICR)
    str     wzr, [x0, #0x14]                    /* GICR_WAKER */
    set(x0, SGI_BASE)
    mov     w1, #-1
    str     w1, [x0, #0x80]                     /* GICR_IGROUPR0 */
    mov     w1, #1 << 23
    str     w1, [x0, #0x100]                    /* GICR_ISENABLER0 */
    mov     w1, #0xa0
    strb    w1, [x0, #0x400 + 23]
    set_sys(s3_4_c12_c9_5, 1 | 1 << 3)          /* ICC_SRE_EL2 */
    isb
    set_sys(s3_0_c4_c6_0, 0xff)                 /* ICC_PMR_EL1 */
    set_sys(s3_0_c12_c12_7, 1)                  /* ICC_IGRPEN1_EL1 */
    isb
    msr     pmcr_el0, xzr
    set(x1, 0xffffffff)
    msr     pmcntenclr_el0, x1
    msr     pmovsclr_el0, x1

    /* Without PMINTENSET_EL1: the flag and no interrupt. */
    msr     daifclr, #2
    arm     0, 0x08, 3
    pmcr    E
    nop
    nop
    nop
    mrs     x0, pmovsset_el0
    expect(x0, 1)
    mrs     x0, pmevcntr0_el0
    and     x0, x0, #0xffff0000
    expect(x0, 0)
    pmcr    0

    /* With it: PMCR_EL0.E is set by the MSR, ISB counts first, NOP second, NOP third: the interrupt comes before `here`. */
    mov     x1, #1
    msr     pmintenset_el1, x1
    arm     0, 0x08, 3
    on_exception_to 1f
    pmcr    E
    nop
    nop
here:
    nop
    nop
    nop
    fail
1:  mrs     x0, s3_0_c12_c12_0                  /* ICC_IAR1_EL1 */
    msr     pmcr_el0, xzr
    expect(x0, 23)
    expect_taken(TAKEN_EL, 2)
    expect_taken(TAKEN_VECTOR, 0x280)
    expect_taken(TAKEN_ELR, here)
    msr     s3_0_c12_c12_1, x0                  /* ICC_EOIR1_EL1 */
    isb
    mrs     x0, pmovsset_el0
    expect(x0, 1)

    /* Level-sensitive: it is asserted again with PMCR_EL0.E while the flag is set; masked here by PSTATE.I. ISR_EL1.I */
    mrs     x0, isr_el1
    expect(x0, 0)
    pmcr    E
    mrs     x0, isr_el1
    expect(x0, 0x80)
    mov     x1, #1
    msr     pmovsclr_el0, x1
    mrs     x0, isr_el1
    expect(x0, 0)
    msr     pmovsset_el0, x1                    /* by software */
    mrs     x0, isr_el1
    expect(x0, 0x80)
    msr     pmintenclr_el1, x1
    mrs     x0, isr_el1
    expect(x0, 0)
    pmcr    0
    mov     x1, #1
    msr     pmovsclr_el0, x1
    msr     pmintenset_el1, x1

    /* The same by events that must be looked at: the third branch overflows; the interrupt comes at its target. */
    arm     0, 0x0d, 3
    msr     daifclr, #2
    on_exception_to 3f
    pmcr    E
    nop
    b       2f
2:  cbz     xzr, 2f
    fail
2:  cbnz    xzr, 2b
there:
    nop
    nop
    fail
3:  mrs     x0, s3_0_c12_c12_0
    msr     pmcr_el0, xzr
    expect_taken(TAKEN_ELR, there)
    expect(x0, 23)
    msr     s3_0_c12_c12_1, x0
    mov     x1, #1
    msr     pmovsclr_el0, x1

    /* By an exception: the second HVC. The interrupt is pending when its handler begins; PSTATE.I masks it there. */
    arm     0, 0x09, 2
    on_exception_return
    msr     daifset, #2
    pmcr    E
    hvc     #0
    mrs     x0, isr_el1
    expect(x0, 0)
    hvc     #0
    mrs     x0, isr_el1
    expect(x0, 0x80)
    on_exception_fail
    pmcr    0
    mov     x1, #1
    msr     pmovsclr_el0, x1
    msr     pmintenclr_el1, x1
    msr     pmcntenclr_el0, x1

    /* PMCR_EL0.LP: counter 0 is 64 bits long, no overflow at 2^32. */
    arm     0, 0x08, 3
    pmcr    E | LP
    nop
    nop
    nop
    mrs     x0, pmovsset_el0
    expect(x0, 0)
    pmcr    0
    mrs     x0, pmevcntr0_el0
    lsr     x0, x0, #32
    expect(x0, 1)
    mov     x1, #-3
    msr     pmevcntr0_el0, x1
    pmcr    E | LP
    nop
    nop
    nop
    mrs     x0, pmovsset_el0
    expect(x0, 1)
    pmcr    0

    /* PMCCNTR_EL0 overflows at 2^64. */
    set(x1, 0xffffffff)
    msr     pmovsclr_el0, x1
    msr     pmcntenclr_el0, x1
    msr     pmccntr_el0, x1
    set(x1, NSH)
    msr     pmccfiltr_el0, x1
    set(x1, 1 << 31)
    msr     pmcntenset_el0, x1
    pmcr    E
    nop
    mrs     x0, pmovsset_el0
    expect(x0, 0)
    mov     x1, #-2
    msr     pmccntr_el0, x1
    nop
    nop
    nop
    mrs     x0, pmovsset_el0
    expect(x0, 1 << 31)
    pmcr    0
    set(x1, 0xffffffff)
    msr     pmovsclr_el0, x1

    /* FZO: when counter 1 overflows, counters 0 and 1 stop with it; the cycle counter goes on, or stops with DP. Counter 0
     * counts from its own enabling: ISB, 4 NOPs. */
    .macro  freeze value
    set(x1, 0xffffffff)
    msr     pmcntenclr_el0, x1
    msr     pmovsclr_el0, x1
    arm     1, 0x11, 5
    arm     0, 0x08, 0x100
    msr     pmccntr_el0, xzr
    set(x1, 1 << 31)
    msr     pmcntenset_el0, x1
    pmcr    \value
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    pmcr    0
    mrs     x0, pmevcntr0_el0
    and     x0, x0, #0xffffffff
    mrs     x2, pmccntr_el0
    mrs     x3, pmevcntr1_el0
    and     x3, x3, #0xffffffff
    .endm
    freeze  E
    expect(x0, 0x100000000 - 0x100 + 1 + 8 + 2) /* ISB, NOPs, MOV and MSR of the last line */
    expect(x2, 11)
    freeze  E | FZO
    expect(x0, 0x100000000 - 0x100 + 5)
    expect(x3, 0)
    expect(x2, 11)
    freeze  E | FZO | DP
    expect(x0, 0x100000000 - 0x100 + 5)
    expect(x2, 5)

    /* MDCR_EL2.HPMFZO: HPMN=1 makes counter 1 EL2's; its overflow freezes counters from 1 on, not counter 0. */
    mrs     x5, mdcr_el2
    .macro  freeze_hyp value
    set(x1, 0xffffffff)
    msr     pmcntenclr_el0, x1
    msr     pmovsclr_el0, x1
    arm     1, 0x11, 5
    arm     2, 0x11, 0x100
    arm     0, 0x08, 0x100
    set(x1, \value)
    mov     x2, #E
    msr     pmcr_el0, x2
    msr     mdcr_el2, x1
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    msr     mdcr_el2, x5
    pmcr    0
    mrs     x0, pmevcntr0_el0
    and     x0, x0, #0xffffffff
    mrs     x2, pmevcntr2_el0
    and     x2, x2, #0xffffffff
    .endm
    /* MSR MDCR_EL2, NOPs, MSR MDCR_EL2; then HPMN is 6 again and MOV and MSR count under PMCR_EL0.E */
    freeze_hyp 1 | 1 << 7 | 1 << 29
    expect(x0, 0x100000000 - 0x100 + 1 + 8 + 1 + 2)
    expect(x2, 0x100000000 - 0x100 + 5 + 2)
    freeze_hyp 1 | 1 << 7
    expect(x2, 0x100000000 - 0x100 + 1 + 8 + 1 + 2)
    msr     mdcr_el2, x5

    /* CHAIN: two overflows of counter 2 overflow counter 3, which interrupts. */
    set(x1, 0xffffffff)
    msr     pmcntenclr_el0, x1
    msr     pmovsclr_el0, x1
    msr     pmintenclr_el1, x1
    arm     3, 0x1e, 1
    arm     2, 0x11, 4
    mov     x1, #8
    msr     pmintenset_el1, x1
    msr     daifclr, #2
    on_exception_to 5f
    pmcr    E
    nop
    nop
    nop
chained:
    nop
    nop
    fail
5:  msr     pmcr_el0, xzr
    expect_taken(TAKEN_ELR, chained)
    mrs     x0, pmovsset_el0
    expect(x0, 0xc)
    mrs     x0, pmevcntr3_el0
    and     x0, x0, #0xffffffff
    expect(x0, 0)
    pass
    .ltorg
