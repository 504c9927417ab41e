/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which Exception levels and Security states a counter counts in: Arm ARM D13.6 (filtering) and D13.7 (prohibiting event and
 * cycle counting), pseudocode CountPMUEvents(). A loop at one EL executes a known number of instructions between two reads of
 * PMEVCNTR0_EL0 and PMCCNTR_EL0; with the filter of the row the difference must be that number or 0.
 *
 *   PMEVTYPER<n>_EL0 and PMCCFILTR_EL0 {P,U,NSK,NSU,NSH,M,SH}; MDCR_EL2.{HPMD,HCCD}; PMCR_EL0.DP
 *   with secure=on also MDCR_EL3.{SPME,MPMX,SCCD,MCCD} at EL3 and in Secure EL1 and EL2
 *
 * An access at EL0 is permitted by PMUSERENR_EL0.EN.
 *
 * run:  -M virt,virtualization=on -cpu max
 * run:  -M virt,virtualization=on,secure=on -cpu max
 * qemu: -M virt,virtualization=on,gic-version=3 -cpu max -icount shift=0
 * QEMU 7.2 has no FEAT_PMUv3p7 (MPMX, MCCD): secure=on is not run there.
 */
#include "arch.inc"

#define P (1 << 31)
#define U (1 << 30)
#define NSK (1 << 29)
#define NSU (1 << 28)
#define NSH (1 << 27)
#define M (1 << 26)
#define SH (1 << 24)

#define HPMD (1 << 17)
#define HCCD (1 << 23)
#define SPME (1 << 17)
#define SCCD (1 << 23)
#define MCCD (1 << 34)
#define MPMX (1 << 35)

    /* Measures at the present EL; X10: instructions by counter 0, X11: cycles. Between the reads of one counter are 10. */
    .macro  measure
    mrs     x10, pmevcntr0_el0
    mrs     x11, pmccntr_el0
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    nop
    mrs     x12, pmevcntr0_el0
    mrs     x13, pmccntr_el0
    sub     x10, x12, x10
    sub     x11, x13, x11
    .endm

    /* At the EL that owns the test (2, or 3 with secure=on): one row. */
    .macro  filter value
    set(x0, \value + 0x08)
    msr     pmevtyper0_el0, x0
    set(x0, \value)
    msr     pmccfiltr_el0, x0
    isb
    .endm

    /* Measures at `spsr`'s EL (EL0T, EL1H, EL2H), from EL `from`. The way back is SVC or SMC. */
    .macro  measure_at from, spsr
    enter(\from, \spsr, 8f)
    .ltorg
    .balign 4
8:  measure
    .if     \from == 3
    .if     \spsr == EL0T
    svc     #0                                  /* to Secure or Non-secure EL1, and on by its vector */
    .else
    smc     #0
    .endif
    .else
    .if     \spsr == EL0T
    svc     #0
    .else
    hvc     #0
    .endif
    .endif
    .endm

    .macro  row from, spsr, value, events, cycles
    filter  \value
    on_exception_to 9f
    measure_at \from, \spsr
9:  expect(x10, \events)
    expect(x11, \cycles)
    .endm

test_start:
    set(x0, 6)                                  /* PMCR_EL0.{P,C}, then on */
    msr     pmcr_el0, x0
    mrs     x1, mdcr_el2
    set(x0, 1 << 31 | 1)
    msr     pmcntenset_el0, x0
    set(x0, 1)
    msr     pmcr_el0, x0
    msr     pmuserenr_el0, x0
    mrs     x0, currentel
    cmp     x0, #12
    b.eq    secure

    /* EL2 and Non-secure EL1 and EL0, no EL3. */
    set_sys(hcr_el2, 1 << 31)
    isb
    filter  0
    measure
    expect(x10, 0)
    expect(x11, 0)
    filter  NSH
    measure
    expect(x10, 10)
    expect(x11, 10)
    filter  NSH | P | U
    measure
    expect(x10, 10)
    row     2, EL1H, 0, 10, 10
    row     2, EL1H, P, 0, 0
    row     2, EL1H, P | U | NSH, 0, 0
    row     2, EL1H, U, 10, 10
    /* EL0, below EL1, whose vectors skip the SVC's way back: TGE routes it to EL2. */
    set_sys(hcr_el2, 1 << 31 | 1 << 27)
    isb
    row     2, EL0T, 0, 10, 10
    row     2, EL0T, U, 0, 0
    row     2, EL0T, P, 10, 10
    set_sys(hcr_el2, 1 << 31)
    isb

    /* MDCR_EL2.HPMD prohibits event counting at EL2; PMCR_EL0.DP extends that to cycles; HCCD prohibits cycles alone. */
    filter  NSH
    mrs     x5, mdcr_el2
    set(x0, HPMD)
    orr     x0, x0, x5
    msr     mdcr_el2, x0
    isb
    measure
    expect(x10, 0)
    expect(x11, 10)
    row     2, EL1H, 0, 10, 10
    filter  NSH
    mov     x0, #0x21                           /* E, DP */
    msr     pmcr_el0, x0
    isb
    measure
    expect(x10, 0)
    expect(x11, 0)
    row     2, EL1H, 0, 10, 10
    filter  NSH
    mov     x0, #1
    msr     pmcr_el0, x0
    set(x0, HCCD)
    orr     x0, x0, x5
    msr     mdcr_el2, x0
    isb
    measure
    expect(x10, 10)
    expect(x11, 0)
    row     2, EL1H, 0, 10, 10
    pass
    .ltorg

    /* ---- with EL3: the test runs there ---- */
#define SCR_NONSECURE 0x531
#define SCR_SECURE 0x530
#define SCR_SECURE_EL2 (0x530 + (1 << 18))
secure:
    set_sys(hcr_el2, 1 << 31)
    set_sys(mdcr_el3, 0)
    set_sys(scr_el3, SCR_NONSECURE)
    isb

    /* EL3: prohibited unless SPME, counted if M == P. */
    filter  0
    measure
    expect(x10, 0)
    expect(x11, 10)
    filter  M
    measure
    expect(x11, 0)
    set_sys(mdcr_el3, SPME)
    isb
    filter  0
    measure
    expect(x10, 10)
    expect(x11, 10)
    filter  M
    measure
    expect(x10, 0)
    filter  P
    measure
    expect(x10, 0)
    filter  M | P
    measure
    expect(x10, 10)
    expect(x11, 10)
    filter  0
    set_sys(mdcr_el3, SPME | SCCD)
    isb
    measure
    expect(x10, 10)
    expect(x11, 0)
    set_sys(mdcr_el3, SPME | MCCD)
    isb
    measure
    expect(x10, 10)
    expect(x11, 0)
    /* MPMX=1: the counters below HPMN don't count at EL3; those of EL2 do with SPME. */
    set_sys(mdcr_el3, SPME | MPMX)
    isb
    measure
    expect(x10, 0)
    expect(x11, 10)
    mov     x0, #0x21                           /* PMCR_EL0.DP */
    msr     pmcr_el0, x0
    isb
    measure
    expect(x11, 0)
    mov     x0, #1
    msr     pmcr_el0, x0
    mrs     x5, mdcr_el2
    set_sys(mdcr_el2, 1 << 7)                   /* HPME, HPMN=0: counter 0 is EL2's */
    isb
    measure
    expect(x10, 10)
    set_sys(mdcr_el3, MPMX)
    isb
    measure
    expect(x10, 0)
    msr     mdcr_el2, x5

    /* Non-secure EL1 and EL2: NSK, NSH. SPME has no say. */
    set_sys(mdcr_el3, 0)
    isb
    row     3, EL1H, 0, 10, 10
    row     3, EL1H, P, 0, 0
    row     3, EL1H, NSK, 0, 0
    row     3, EL1H, P | NSK, 10, 10
    row     3, EL2H, 0, 0, 0
    row     3, EL2H, NSH, 10, 10
    row     3, EL2H, NSH | SH, 10, 10
    row     3, EL2H, SH, 0, 0
    b       2f
    .ltorg

    /* Secure EL1: P alone. Events need SPME or MPMX. */
2:  set_sys(scr_el3, SCR_SECURE)
    isb
    row     3, EL1H, 0, 0, 10
    set_sys(mdcr_el3, SPME)
    isb
    row     3, EL1H, 0, 10, 10
    row     3, EL1H, NSK, 10, 10
    row     3, EL1H, P, 0, 0
    row     3, EL1H, P | NSK, 0, 0
    set_sys(mdcr_el3, MPMX)
    isb
    row     3, EL1H, 0, 10, 10
    set_sys(mdcr_el3, SPME | SCCD)
    isb
    row     3, EL1H, 0, 10, 0
    set_sys(mdcr_el3, SPME | MCCD)
    isb
    row     3, EL1H, 0, 10, 10

    /* Secure EL2 (FEAT_SEL2): counted if NSH differs from SH. */
    set_sys(scr_el3, SCR_SECURE_EL2)
    set_sys(mdcr_el3, SPME)
    isb
    row     3, EL2H, 0, 0, 0
    row     3, EL2H, NSH, 10, 10
    row     3, EL2H, SH, 10, 10
    row     3, EL2H, NSH | SH, 0, 0
    pass
    .ltorg
