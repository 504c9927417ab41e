/* SPDX-License-Identifier: BSD-2-Clause
 *
 * FEAT_NV2: registers of a guest hypervisor that are memory at VNCR_EL2, or EL1's. Arm ARM D8.11.6 ff., VNCR_EL2 and
 * HCR_EL2.{NV1,NV2} (D19.2); the offsets are the manual's table in D8.11.6.1.
 *
 * - {NV2,NV1,NV}={1,0,1}: EL2's registers that only affect EL1 and EL0, SP_EL1, MDSCR_EL1 and the _EL12 and _EL02 names are
 *   memory; SPSR_EL2, ELR_EL2, ESR_EL2 and FAR_EL2 are EL1's; what affects EL2 itself traps, as do ERET, TLBI and AT.
 * - {1,1,1}: EL1's own names are memory instead of the _EL12 names, which trap.
 * - Neither is looked at or changed otherwise: the registers of the real EL1 and EL2 keep their values.
 * - SPSR_EL1.M says EL2h for an SVC at EL1 with NV1 0 and 1.
 * - The access is made by EL2, in its regime: a fault goes to EL2 with EC 0x25, ISS.VNCR (bit 13) and WnR; FAR_EL2
 *   is the address, ELR_EL2 the MRS's or MSR's. In EL2&0 PSTATE.PAN has no say.
 * - A guest hypervisor that believes E2H to be 1 (HCR_EL2 in memory) has SCTLR_EL1 and the like for its own.
 *
 * run:  -M virt,virtualization=on,gic-version=3 -cpu max
 * qemu: -M virt,virtualization=on,gic-version=3 -cpu max
 */
#include "arch.inc"

#define RW (1 << 31)
#define E2H (1 << 34)
#define NV (1 << 42)
#define NV1 (1 << 43)
#define NV2 (1 << 45)
#define SCTLR (0x30d00800 | 1 << 62)    /* RES1 bits; SPINTMASK: PSTATE.ALLINT stays 0 where there is FEAT_NMI */
#define SCTLR_EL2_ON (0x30c51835)       /* M, C, I */

/* The register is the memory at vncr + offset: an MSR arrives there, an MRS comes from there. */
    .macro  memory_ op1, crn, crm, op2, offset, line
    set(x9, vncr + \offset)
    set(x10, 0x5a5a000000000000 + \line)
    str     xzr, [x9]
    msr     s3_\op1\()_c\crn\()_c\crm\()_\op2, x10
    ldr     x11, [x9]
    expect_reg_ x11, x10, \line
    mvn     x10, x10
    str     x10, [x9]
    mrs     x11, s3_\op1\()_c\crn\()_c\crm\()_\op2
    expect_reg_ x11, x10, \line
    str     xzr, [x9]
    .endm
#define memory(op1, crn, crm, op2, offset) memory_ op1, crn, crm, op2, offset, __LINE__

/* The two names are one register. */
    .macro  same_ op1, crn, crm, op2, other, value, line
    set(x10, \value)
    msr     s3_\op1\()_c\crn\()_c\crm\()_\op2, x10
    mrs     x11, \other
    expect_reg_ x11, x10, \line
    msr     \other, xzr
    mrs     x11, s3_\op1\()_c\crn\()_c\crm\()_\op2
    expect_reg_ x11, xzr, \line
    .endm
#define same(op1, crn, crm, op2, other, value) same_ op1, crn, crm, op2, other, value, __LINE__

/* X19 counts the exceptions that must have been taken. The vector at EL2 skips what trapped. */
    .macro  expect_count_ line
    taken_to_ x26, TAKEN_COUNT
    cmp     x26, x19
    mov     x28, x19
    mov     x27, #\line
    b.ne    arch_mismatch
    .endm
#define expect_count expect_count_ __LINE__
    .macro  expect_trapped_ esr, line
    add     x19, x19, #1
    expect_count_ \line
    expect_taken_ TAKEN_EL, 2, \line
    expect_taken_ TAKEN_VECTOR, 0x400, \line
    expect_taken_ TAKEN_ESR, \esr, \line
    expect_taken_spsr_ EL1H, \line
    .endm
#define expect_trapped(esr) expect_trapped_ (esr), __LINE__
    .macro  traps_ op1, crn, crm, op2, line
    mrs     x3, s3_\op1\()_c\crn\()_c\crm\()_\op2
    expect_trapped_ (0x62300061 | \op2 << 17 | \op1 << 14 | \crn << 10 | \crm << 1), \line
    .endm
#define traps(op1, crn, crm, op2) traps_ op1, crn, crm, op2, __LINE__

/* From EL1 to EL2, going on behind it. */
    .macro  to_el2
    on_exception_to 921f
    hvc     #0
921:
    .endm

test_start:
    set_sys(sctlr_el1, SCTLR)
    set(x0, vncr)
    msr     s3_4_c2_c2_0, x0            /* VNCR_EL2 */
    expect_sys(s3_4_c2_c2_0, vncr)
    set_sys(vttbr_el2, 0x1110)
    set_sys(tpidr_el2, 0x2220)
    set_sys(sp_el1, 0x3330)
    set_sys(hcr_el2, RW | NV | NV2)
    isb
    mov     x19, #0
    on_exception_skip
    enter(2, EL1H, guest)

guest:
    expect_sys(currentel, 8)
    memory(4, 1, 1, 0, 0x78)            /* HCR_EL2 */
    memory(4, 1, 1, 3, 0x80)            /* HSTR_EL2 */
    memory(4, 1, 2, 2, 0xa0)            /* HCRX_EL2 */
    memory(4, 2, 1, 0, 0x20)            /* VTTBR_EL2 */
    memory(4, 2, 1, 2, 0x40)            /* VTCR_EL2 */
    memory(4, 2, 2, 0, 0xb0)            /* VNCR_EL2 */
    memory(4, 4, 1, 0, 0x240)           /* SP_EL1 */
    memory(4, 13, 0, 2, 0x90)           /* TPIDR_EL2 */
    memory(4, 14, 0, 3, 0x60)           /* CNTVOFF_EL2 */
    memory(4, 0, 0, 0, 0x88)            /* VPIDR_EL2 */
    memory(4, 0, 0, 5, 0x50)            /* VMPIDR_EL2 */
    memory(4, 1, 1, 4, 0x1b8)           /* HFGRTR_EL2 */
    memory(4, 12, 11, 0, 0x4c0)         /* ICH_HCR_EL2 */
    memory(4, 12, 11, 7, 0x4c8)         /* ICH_VMCR_EL2 */
    memory(4, 12, 12, 0, 0x400)         /* ICH_LR0_EL2 */
    memory(0, 1, 0, 1, 0x118)           /* ACTLR_EL1 */
    memory(5, 1, 0, 0, 0x110)           /* SCTLR_EL12 */
    memory(5, 1, 0, 2, 0x100)           /* CPACR_EL12 */
    memory(5, 2, 0, 0, 0x200)           /* TTBR0_EL12 */
    memory(5, 2, 0, 1, 0x210)           /* TTBR1_EL12 */
    memory(5, 2, 0, 2, 0x120)           /* TCR_EL12 */
    memory(5, 4, 0, 0, 0x160)           /* SPSR_EL12 */
    memory(5, 4, 0, 1, 0x230)           /* ELR_EL12 */
    memory(5, 5, 2, 0, 0x138)           /* ESR_EL12 */
    memory(5, 6, 0, 0, 0x220)           /* FAR_EL12 */
    memory(5, 10, 2, 0, 0x140)          /* MAIR_EL12 */
    memory(5, 12, 0, 0, 0x250)          /* VBAR_EL12 */
    memory(5, 13, 0, 1, 0x108)          /* CONTEXTIDR_EL12 */
    memory(5, 14, 2, 1, 0x180)          /* CNTP_CTL_EL02 */
    memory(5, 14, 3, 2, 0x168)          /* CNTV_CVAL_EL02 */
    /* MDSCR_EL1, 0x158 */
    set(x9, vncr + 0x158)
    set(x10, 0x123456789a)
    msr     mdscr_el1, x10
    ldr     x11, [x9]
    expect_same(x11, x10)
    expect_count
    same(4, 4, 0, 0, spsr_el1, 0x3c9)           /* SPSR_EL2 */
    same(4, 4, 0, 1, elr_el1, 0x40201230)       /* ELR_EL2 */
    same(4, 5, 2, 0, esr_el1, 0x02000000)       /* ESR_EL2 */
    same(4, 6, 0, 0, far_el1, 0x1234567890)     /* FAR_EL2 */
    expect_count
    traps(4, 1, 0, 0)                   /* SCTLR_EL2 */
    traps(4, 1, 1, 1)                   /* MDCR_EL2 */
    traps(4, 1, 1, 2)                   /* CPTR_EL2 */
    traps(4, 2, 0, 0)                   /* TTBR0_EL2 */
    traps(4, 2, 0, 2)                   /* TCR_EL2 */
    traps(4, 6, 0, 4)                   /* HPFAR_EL2 */
    traps(4, 10, 2, 0)                  /* MAIR_EL2 */
    traps(4, 12, 0, 0)                  /* VBAR_EL2 */
    traps(4, 14, 1, 0)                  /* CNTHCTL_EL2 */
    tlbi    alle2
    expect_trapped(0x62100000 + (8 << 10) + (4 << 14) + (31 << 5) + (7 << 1))
    at      s1e2r, x5
    expect_trapped(0x62100000 + (7 << 10) + (4 << 14) + (5 << 5) + (8 << 1))
    eret
    expect_trapped(0x6a000000)

    /* SVC: for EL2's own. */
    on_exception_to after_svc
    svc     #0x12
after_svc:
    expect_taken(TAKEN_EL, 1)
    expect_taken(TAKEN_VECTOR, 0x200)
    expect_taken(TAKEN_ESR, 0x56000012)
    expect_taken_spsr(EL2H)
    mrs     x0, s3_4_c4_c0_0            /* SPSR_EL2 */
    and     x0, x0, #0x3ff
    expect(x0, EL2H)
    expect_sys(s3_4_c5_c2_0, 0x56000012)

    /* None of all this reached the registers themselves. */
    to_el2
    expect_sys(vttbr_el2, 0x1110)
    expect_sys(tpidr_el2, 0x2220)
    expect_sys(sp_el1, 0x3330)
    expect_sys(s3_4_c2_c2_0, vncr)
    mrs     x0, sctlr_el1
    and     w0, w0, #~0x180             /* SED, ITD: RES1 without AArch32 */
    expect(x0, 0x30d00800)

    /* A guest hypervisor that believes E2H to be 1. */
    set_sys(hcr_el2, RW | NV | NV2)
    isb
    enter(2, EL1H, guest_e2h)
guest_e2h:
    taken(x19, TAKEN_COUNT)
    on_exception_fail
    set(x0, RW | E2H)
    msr     s3_4_c1_c1_0, x0            /* HCR_EL2 */
    expect_sys(s3_4_c1_c1_0, RW | E2H)
    set_sys(contextidr_el1, 0x44)       /* its own, CONTEXTIDR_EL2 by the name of EL1 */
    set_sys(s3_5_c13_c0_1, 0x55)        /* CONTEXTIDR_EL12: its guest's */
    expect_sys(contextidr_el1, 0x44)
    set(x9, vncr + 0x108)
    ldr     x0, [x9]
    expect(x0, 0x55)
    expect_count

    /* NV1: the guest hypervisor believes E2H to be 0. */
    to_el2
    set_sys(hcr_el2, RW | NV | NV1 | NV2)
    isb
    on_exception_skip
    enter(2, EL1H, guest_nv1)
guest_nv1:
    taken(x19, TAKEN_COUNT)
    memory(0, 1, 0, 0, 0x110)           /* SCTLR_EL1 */
    memory(0, 1, 0, 2, 0x100)           /* CPACR_EL1 */
    memory(0, 2, 0, 0, 0x200)           /* TTBR0_EL1 */
    memory(0, 2, 0, 2, 0x120)           /* TCR_EL1 */
    memory(0, 4, 0, 0, 0x160)           /* SPSR_EL1 */
    memory(0, 4, 0, 1, 0x230)           /* ELR_EL1 */
    memory(0, 5, 2, 0, 0x138)           /* ESR_EL1 */
    memory(0, 6, 0, 0, 0x220)           /* FAR_EL1 */
    memory(0, 10, 2, 0, 0x140)          /* MAIR_EL1 */
    memory(0, 12, 0, 0, 0x250)          /* VBAR_EL1 */
    memory(0, 13, 0, 1, 0x108)          /* CONTEXTIDR_EL1 */
    memory(3, 14, 2, 1, 0x180)          /* CNTP_CTL_EL0 */
    memory(3, 14, 3, 2, 0x168)          /* CNTV_CVAL_EL0 */
    memory(4, 1, 1, 0, 0x78)            /* HCR_EL2 */
    expect_count
    traps(5, 1, 0, 0)                   /* SCTLR_EL12 */
    traps(5, 12, 0, 0)                  /* VBAR_EL12 */
    traps(5, 14, 2, 1)                  /* CNTP_CTL_EL02 */
    traps(4, 12, 0, 0)                  /* VBAR_EL2 */
    set(x10, 0x40201230)                /* ELR_EL2 is the real ELR_EL1 */
    msr     s3_4_c4_c0_1, x10
    to_el2
    expect_sys(elr_el1, 0x40201230)
    expect_sys(contextidr_el1, 0x44)
    set(x0, hvc_vectors)                /* EL1's vectors read what is memory now */
    msr     vbar_el1, x0
    isb
    enter(2, EL1H, guest_svc)
guest_svc:
    on_exception_to host_svc
    svc     #0x78
host_svc:
    expect_taken(TAKEN_EL, 2)
    expect_taken(TAKEN_ESR, 0x5a000200)         /* the HVC at VBAR_EL1 + 0x200 */
    mrs     x0, spsr_el1
    and     x0, x0, #0x3ff
    expect(x0, EL2H)
    set(x0, arch_vectors_el1)
    msr     vbar_el1, x0

    /* Faults, in the EL2 regime. The map has nothing above 2 GiB. */
    set_sys(mair_el2, MAIR_VALUE)
    set_sys(tcr_el2, TCR_EL2_VALUE)
    set(x0, arch_map)
    msr     ttbr0_el2, x0
    isb
    set_sys(sctlr_el2, SCTLR_EL2_ON)
    set_sys(s3_4_c2_c2_0, 0x80000000)
    set_sys(hcr_el2, RW | NV | NV2)
    isb
    enter(2, EL1H, guest_fault)
guest_fault:
    taken(x19, TAKEN_COUNT)
    on_exception_skip
    mov     x5, #5
read:
    mrs     x5, s3_4_c1_c1_0            /* HCR_EL2 */
    expect_trapped(0x96002005)          /* translation fault, level 1 */
    expect_taken(TAKEN_FAR, 0x80000078)
    expect_taken(TAKEN_ELR, read)
    expect(x5, 5)
write:
    msr     s3_5_c12_c0_0, x5           /* VBAR_EL12 */
    expect_trapped(0x96002045)
    expect_taken(TAKEN_FAR, 0x80000250)
    expect_taken(TAKEN_ELR, write)
    to_el2
    set_sys(s3_4_c2_c2_0, 0xfffff00000001000)
    isb
    enter(2, EL1H, guest_sign)
guest_sign:
    taken(x19, TAKEN_COUNT)
    on_exception_skip
    mrs     x5, s3_4_c1_c1_0
    expect_trapped(0x96002004)          /* outside of the only range: translation fault, level 0 */
    expect_taken(TAKEN_FAR, 0xfffff00000001078)
    /* back in place, with EL2's MMU on */
    to_el2
    set(x0, vncr)
    msr     s3_4_c2_c2_0, x0
    isb
    enter(2, EL1H, guest_mapped)
guest_mapped:
    taken(x19, TAKEN_COUNT)
    memory(4, 1, 1, 0, 0x78)
    memory(5, 12, 0, 0, 0x250)
    expect_count

    /* In EL2&0: a page that EL0 may access, with PSTATE.PAN. */
    to_el2
    set_sys(sctlr_el2, 0x30c50830)
    isb
    set_sys(hcr_el2, RW | E2H | NV | NV2)
    isb
    set_sys(tcr_el2, TCR_EL1_VALUE)
    set_sys(cptr_el2, 3 << 20)
    set(x0, map_el20)
    msr     ttbr0_el2, x0
    set(x0, vncr + 0x40000000)          /* by its other address, which EL0 may use */
    msr     s3_4_c2_c2_0, x0
    isb
    tlbi    alle2
    dsb     sy
    isb
    set_sys(sctlr_el2, SCTLR_EL2_ON | 1 << 23)  /* SPAN */
    isb
    enter(2, EL1H, guest_el20)
guest_el20:
    taken(x19, TAKEN_COUNT)
    msr     pan, #1
    memory(4, 1, 1, 0, 0x78)
    memory(5, 12, 0, 0, 0x250)
    memory(4, 13, 0, 2, 0x90)
    expect_sys(currentel, 8)
    expect_count
    /* ... and a fault there, in the upper half, for which walks are off (EPD1) */
    msr     pan, #0
    to_el2
    set_sys(s3_4_c2_c2_0, 0xffffffffff000000)
    isb
    enter(2, EL1H, guest_high)
guest_high:
    taken(x19, TAKEN_COUNT)
    on_exception_skip
    mrs     x5, s3_4_c1_c1_0
    expect_trapped(0x96002004)
    expect_taken(TAKEN_FAR, 0xffffffffff000078)
    pass

    .balign 2048
hvc_vectors:
    .space  0x200
    hvc     #0x200

    .data
    .balign 4096
vncr:
    .space  4096
map_el20:
    .quad   0x00000000 + (3 << 53) + 0x401      /* Device, AF, XN */
    .quad   0x40000000 + 0x705                  /* Normal WB, ISH, AF */
    .quad   0x40000000 + (3 << 53) + 0x745      /* ... the same for EL0, too, XN */
    .fill   509, 8, 0
