/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the PMU's counters count: Arm ARM D13.1, D13.5 (cycle and event counters), D14.3 (events). The numbers expected are
 * the instructions between two reads, or between the enabling and the disabling write, written out below.
 *
 *   INST_RETIRED and CPU_CYCLES (one cycle is one instruction in this model); PMCCNTR_EL0; SW_INCR; CHAIN (an odd counter
 *   counts overflows of the even one before it); branch events; CID_WRITE_RETIRED, TTBR_WRITE_RETIRED; PMCR_EL0.{P,C,N,E};
 *   PMCNTENSET/CLR, PMOVSSET/CLR, PMSELR_EL0 with PMXEVTYPER_EL0 and PMXEVCNTR_EL0; PMCEID0/1_EL0 against what was seen.
 *
 * run:  -M virt,virtualization=on -cpu max
 * run:  -M virt,virtualization=on -cpu neoverse-v1
 * run:  -M virt,virtualization=on -cpu neoverse-n1
 * run:  -M virt,virtualization=on -cpu cortex-a57
 * run:  -M virt,virtualization=on,secure=on -cpu max
 * QEMU 7.2 has neither the branch and exception events nor PMCEID bits for them, and counts INST_RETIRED in units of
 * translated blocks: not run there. pmu-regs.S is.
 */
#include "arch.inc"

#define NSH (1 << 27)               /* count at EL2 */
#define EL3_TOO (1 << 31 | 1 << 26) /* M == P counts at EL3; P=1 would exclude EL1 */
#define PMCR_E 1
#define PMCR_P 2
#define PMCR_C 4

    /* One event on counter 0 and the cycle counter, from zero; the next instruction is the first that counts. */
    .macro  start event
    set(x1, PMCR_P | PMCR_C)
    msr     pmcr_el0, x1
    set(x1, NSH | \event)
    msr     pmevtyper0_el0, x1
    set(x1, NSH)
    msr     pmccfiltr_el0, x1
    set(x1, 1 << 31 | 1)
    msr     pmcntenset_el0, x1
    set(x1, PMCR_E)
    isb
    msr     pmcr_el0, x1
    .endm
    /* The MSR itself is the last that counts. X10: event counter 0, X11: PMCCNTR_EL0. */
    .macro  stop
    msr     pmcr_el0, xzr
    isb
    mrs     x10, pmevcntr0_el0
    mrs     x11, pmccntr_el0
    .endm

test_start:
    mrs     x0, currentel
    cmp     x0, #12
    b.ne    1f
    set_sys(scr_el3, 0x531)                     /* NS, RW, HCE ... */
    set_sys(mdcr_el3, 0)
    enter(3, EL2H, 1f)
1:  set(x1, 0x7fffffff | 1 << 31)
    msr     pmcntenclr_el0, x1
    msr     pmintenclr_el1, x1
    msr     pmovsclr_el0, x1

    /* PMCR_EL0.N: six event counters, and MDCR_EL2.HPMN resets to them. */
    mrs     x0, pmcr_el0
    expect_field(x0, 11, 5, 6)
    expect_field(x0, 0, 1, 0)
    expect_field(x0, 6, 1, 1)                   /* LC is RES1: AArch64 only */
    mrs     x0, mdcr_el2
    expect_field(x0, 0, 5, 6)

    /* Straight code. */
    start   0x08
    stop
    expect(x10, 1)
    expect(x11, 1)
    start   0x08
    nop
    nop
    add     x2, x2, #1
    stop
    expect(x10, 4)
    expect(x11, 4)

    /* A loop: 3 + 1000 * 2, and stop's MSR. Both counters are read while they run, two instructions apart. */
    start   0x11
    mov     x2, #1000
    nop
    nop
2:  subs    x2, x2, #1
    b.ne    2b
    mrs     x3, pmevcntr0_el0
    nop
    mrs     x4, pmevcntr0_el0
    stop
    expect(x10, 3 + 2000 + 3 + 1)
    expect(x11, 3 + 2000 + 3 + 1)
    sub     x4, x4, x3
    expect(x4, 2)

    /* An instruction that does not complete is no architecturally executed instruction, though it takes its time: UDF, then the
     * vector's instructions. What the vector executes is found with a second exception that does count: HVC. */
    on_exception_skip
    start   0x08
    udf     #0
    stop
    mov     x5, x10
    mov     x6, x11
    on_exception_return
    start   0x08
    hvc     #0
    stop
    sub     x6, x6, x5
    expect(x6, 1)                               /* UDF: a cycle, not an instruction */
    expect_same(x10, x11)                       /* HVC: both */
    on_exception_fail

    /* Only enabled counters count, and nothing counts while PMCR_EL0.E is 0. */
    start   0x08
    nop
    msr     pmcr_el0, xzr
    nop
    nop
    set(x1, 1)
    msr     pmcntenclr_el0, x1
    set(x1, PMCR_E)
    msr     pmcr_el0, x1
    nop
    nop
    stop
    expect(x10, 2)
    expect(x11, 2 + 3)
    mrs     x0, pmcntenset_el0
    expect(x0, 1 << 31)
    mrs     x0, pmcntenclr_el0
    expect(x0, 1 << 31)

    /* SW_INCR: by PMSWINC_EL0, for the counters that count it. */
    start   0x00
    mov     x1, #1
    msr     pmswinc_el0, x1
    mov     x1, #0x3f
    msr     pmswinc_el0, x1
    mov     x1, #0x3e
    msr     pmswinc_el0, x1
    stop
    expect(x10, 2)

    /* Branches. B taken, CBNZ not taken, B.cond taken, BL, RET, BR, TBZ taken: */
    .macro  branches
    b       3f
3:  cbnz    xzr, 3b
    cmp     xzr, xzr
    b.eq    4f
4:  bl      subroutine
    adr     x7, 5f
    br      x7
5:  tbz     xzr, #3, 6f
6:
    .endm
    start   0x0d                                /* BR_IMMED_RETIRED: taken or not */
    branches
    stop
    expect(x10, 5)
    start   0x0c                                /* PC_WRITE_RETIRED: those taken */
    branches
    stop
    expect(x10, 6)
    start   0x0e                                /* BR_RETURN_RETIRED */
    branches
    stop
    expect(x10, 1)
    start   0x21                                /* BR_RETIRED */
    branches
    stop
    expect(x10, 7)
    expect(x11, 7 + 2 + 1)                      /* the same instructions whoever looks */
    start   0x10                                /* BR_MIS_PRED: never */
    branches
    stop
    expect(x10, 0)

    /* Exceptions and their returns: HVC from EL2 to EL2 and back. */
    on_exception_return
    start   0x09                                /* EXC_TAKEN */
    hvc     #0
    hvc     #0
    stop
    expect(x10, 2)
    start   0x0a                                /* EXC_RETURN */
    hvc     #0
    hvc     #0
    hvc     #0
    stop
    expect(x10, 3)
    start   0x8a                                /* EXC_HVC */
    hvc     #0
    stop
    expect(x10, 1)
    start   0x82                                /* EXC_SVC */
    hvc     #0
    stop
    expect(x10, 0)
    start   0x82
    svc     #0
    stop
    expect(x10, 1)
    on_exception_skip
    start   0x81                                /* EXC_UNDEF: taken locally */
    udf     #0
    brk     #0
    stop
    expect(x10, 2)
    on_exception_fail

    /* Writes to CONTEXTIDR_EL1 and TTBRn_EL1 (E2H=0: EL1's own). */
    mrs     x5, ttbr0_el1
    start   0x0b
    msr     contextidr_el1, xzr
    mrs     x2, contextidr_el1
    msr     ttbr0_el1, x5
    stop
    expect(x10, 1)
    start   0x1c
    msr     contextidr_el1, xzr
    msr     ttbr0_el1, x5
    msr     ttbr1_el1, x5
    stop
    expect(x10, 2)

    /* A reserved event counts nothing. */
    start   0x1d
    nop
    stop
    expect(x10, 0)

    /* CHAIN: counter 1 counts the overflows of bits 31..0 of counter 0. The overflow flag is counter 0's. */
    set(x1, NSH | 0x1e)
    msr     pmevtyper1_el0, x1
    msr     pmevcntr1_el0, xzr
    mov     x1, #2
    msr     pmcntenset_el0, x1
    set(x1, NSH | 0x08)
    msr     pmevtyper0_el0, x1
    mov     x1, #1
    msr     pmcntenset_el0, x1
    set(x1, 0xfffffffd)
    msr     pmevcntr0_el0, x1
    mov     x1, #PMCR_E
    isb
    msr     pmcr_el0, x1
    nop
    nop
    mrs     x2, pmovsset_el0
    nop
    stop
    expect(x2, 1)
    and     x10, x10, #0xffffffff
    expect(x10, 2)
    mrs     x0, pmevcntr1_el0
    expect(x0, 1)
    mov     x1, #1
    msr     pmovsclr_el0, x1
    mrs     x2, pmovsset_el0
    expect(x2, 0)

    /* By software: PMOVSSET_EL0 sets, PMOVSCLR_EL0 reads the same. Bits of counters that do not exist are RES0. */
    mov     x1, #-1
    msr     pmovsset_el0, x1
    mrs     x0, pmovsclr_el0
    expect(x0, 1 << 31 | 0x3f)
    msr     pmovsclr_el0, x1

    /* PMSELR_EL0 selects; SEL 31 is PMCCFILTR_EL0. */
    mov     x1, #3
    msr     pmselr_el0, x1
    set(x1, NSH | 0x11)
    msr     pmxevtyper_el0, x1
    mrs     x0, pmevtyper3_el0
    expect(x0, NSH | 0x11)
    mov     x1, #77
    msr     pmxevcntr_el0, x1
    mrs     x0, pmevcntr3_el0
    expect(x0, 77)
    mov     x1, #31
    msr     pmselr_el0, x1
    set(x1, 1 << 30 | NSH)
    msr     pmxevtyper_el0, x1
    mrs     x0, pmccfiltr_el0
    expect(x0, 1 << 30 | NSH)

    /* PMCR_EL0.P zeroes event counters and not PMCCNTR_EL0; C the reverse. */
    mov     x1, #5
    msr     pmccntr_el0, x1
    msr     pmevcntr5_el0, x1
    mov     x1, #PMCR_P
    msr     pmcr_el0, x1
    mrs     x0, pmevcntr5_el0
    expect(x0, 0)
    mrs     x0, pmccntr_el0
    expect(x0, 5)
    mov     x1, #5
    msr     pmevcntr5_el0, x1
    mov     x1, #PMCR_C
    msr     pmcr_el0, x1
    mrs     x0, pmevcntr5_el0
    expect(x0, 5)
    mrs     x0, pmccntr_el0
    expect(x0, 0)

    /* PMCEID0_EL0 has a bit for every event that this program counts. */
    mrs     x0, pmceid0_el0
    set(x1, 1 << 0x00 | 1 << 0x08 | 1 << 0x09 | 1 << 0x0a | 1 << 0x0b | 1 << 0x0c | 1 << 0x0d | 1 << 0x0e | 1 << 0x11 | 1 << 0x1c | 1 << 0x1e)
    and     x2, x0, x1
    expect_same(x2, x1)
    set(x1, 1 << 0x1d | 1 << 0x13)              /* BUS_CYCLES, MEM_ACCESS: not there */
    and     x0, x0, x1
    expect(x0, 0)
    mrs     x0, pmceid1_el0
    expect_field(x0, 1, 1, 1)                   /* BR_RETIRED */
    expect_field(x0, 4 + 16, 1, 1)              /* DTLB_WALK */
    pass

subroutine:
    ret
    .ltorg
