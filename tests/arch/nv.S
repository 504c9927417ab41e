/* SPDX-License-Identifier: BSD-2-Clause
 *
 * FEAT_NV: a guest hypervisor at EL1 under HCR_EL2.NV, which the host at EL2 lets believe that it is at EL2. Arm ARM D8.11;
 * HCR_EL2.{NV,NV1,AT,TSC} (D19.2), AArch64.TakeException(), AArch64.CheckForERetTrap().
 *
 * - Accesses by EL2's, _EL12 and _EL02 names, of SP_EL1, and EL2's TLBI and AT: EC 0x18 to EL2, ISS with the encoding.
 * - ERET, ERETAA, ERETAB: EC 0x1A, ISS 0, 2, 3.
 * - CurrentEL reads 8. SVC goes to EL1, and SPSR_EL1.M says EL2h; SPSR_EL2.M of what goes to EL2 says EL1h.
 * - SMC under TSC: EC 0x17, ELR_EL2 is the SMC's. HVC: EC 0x16, ELR_EL2 is behind it.
 * - {NV,NV1}={1,1}: VBAR_EL1, ELR_EL1 and SPSR_EL1 trap, too, and an SVC's SPSR_EL1.M says EL1h.
 * - EL3's registers stay UNDEFINED; EL0 sees nothing of all this.
 *
 * run:  -M virt,virtualization=on -cpu max
 * run:  -M virt,virtualization=on -cpu max,NV2=off
 * run:  -M virt,virtualization=on,secure=on -cpu max
 * qemu: -M virt,virtualization=on,gic-version=3 -cpu max
 */
#include "arch.inc"

#define RW (1 << 31)
#define TSC (1 << 19)
#define API_APK (3 << 40)
#define NV (1 << 42)
#define NV1 (1 << 43)
#define AT (1 << 44)

#define SCTLR (0x30d00800 | 1 << 62)    /* RES1 bits; SPINTMASK: PSTATE.ALLINT stays 0 where there is FEAT_NMI */
#define ESR_SYSREG 0x62000000
#define ISS(op0, op1, crn, crm, op2, rt, read) \
    ((op0) << 20 | (op2) << 17 | (op1) << 14 | (crn) << 10 | (rt) << 5 | (crm) << 1 | (read))

/* X19 counts the exceptions that must have been taken. The vector at EL2 skips what trapped. */
    .macro  expect_trapped_ esr, line
    add     x19, x19, #1
    taken_to_ x26, TAKEN_COUNT
    cmp     x26, x19
    mov     x28, x19
    mov     x27, #\line
    b.ne    arch_mismatch
    expect_taken_ TAKEN_EL, 2, \line
    expect_taken_ TAKEN_VECTOR, 0x400, \line
    expect_taken_ TAKEN_ESR, \esr, \line
    expect_taken_spsr_ EL1H, \line
    .endm
#define expect_trapped(esr) expect_trapped_ (esr), __LINE__
    .macro  expect_no_trap_ line
    taken_to_ x26, TAKEN_COUNT
    cmp     x26, x19
    mov     x28, x19
    mov     x27, #\line
    b.ne    arch_mismatch
    .endm
#define expect_no_trap expect_no_trap_ __LINE__

    .macro  traps_ op0, op1, crn, crm, op2, line
    mrs     x3, s\op0\()_\op1\()_c\crn\()_c\crm\()_\op2
    expect_trapped_ (ESR_SYSREG | ISS(\op0, \op1, \crn, \crm, \op2, 3, 1)), \line
    msr     s\op0\()_\op1\()_c\crn\()_c\crm\()_\op2, x4
    expect_trapped_ (ESR_SYSREG | ISS(\op0, \op1, \crn, \crm, \op2, 4, 0)), \line
    .endm
/* MRS and MSR trap. */
#define traps(op1, crn, crm, op2) traps_ 3, op1, crn, crm, op2, __LINE__
    .macro  sys_traps_ op1, crn, crm, op2, line
    sys     #\op1, c\crn, c\crm, #\op2, x5
    expect_trapped_ (ESR_SYSREG | ISS(1, \op1, \crn, \crm, \op2, 5, 0)), \line
    .endm
#define sys_traps(op1, crn, crm, op2) sys_traps_ op1, crn, crm, op2, __LINE__

    /* From EL1 by an HVC to EL2, and to EL1h at `label` with another HCR_EL2. */
    .macro  guest_ hcr, label
    on_exception_to 921f
    hvc     #0x77
921:
    set_sys(hcr_el2, \hcr)
    isb
    enter(2, EL1H, \label)
    .endm

test_start:
    mrs     x0, currentel
    cmp     x0, #12
    b.ne    at_el2
    /* SCR_EL3: NS, RW, HCE, API, APK; MDCR_EL3, CPTR_EL3 0 */
    set_sys(scr_el3, 0x30531)
    set(x1, arch_vectors_el2)
    msr     vbar_el2, x1
    set(x1, arch_vectors_el1)
    msr     vbar_el1, x1
    set_sys(sctlr_el1, SCTLR)
    enter(3, EL2H, at_el2)
at_el2:
    set_sys(sctlr_el1, SCTLR)
    set_sys(hcr_el2, RW | API_APK | NV)
    isb
    mov     x19, #0
    on_exception_skip
    enter(2, EL1H, guest)

guest:
    expect_sys(currentel, 8)
    expect_no_trap
    traps(4, 1, 0, 0)                   /* SCTLR_EL2 */
    traps(4, 1, 0, 1)                   /* ACTLR_EL2 */
    traps(4, 1, 1, 0)                   /* HCR_EL2 */
    traps(4, 1, 1, 1)                   /* MDCR_EL2 */
    traps(4, 1, 1, 2)                   /* CPTR_EL2 */
    traps(4, 1, 1, 3)                   /* HSTR_EL2 */
    traps(4, 2, 0, 0)                   /* TTBR0_EL2 */
    traps(4, 2, 0, 1)                   /* TTBR1_EL2 */
    traps(4, 2, 0, 2)                   /* TCR_EL2 */
    traps(4, 2, 1, 0)                   /* VTTBR_EL2 */
    traps(4, 2, 1, 2)                   /* VTCR_EL2 */
    traps(4, 4, 0, 0)                   /* SPSR_EL2 */
    traps(4, 4, 0, 1)                   /* ELR_EL2 */
    traps(4, 4, 1, 0)                   /* SP_EL1 */
    traps(4, 5, 1, 0)                   /* AFSR0_EL2 */
    traps(4, 5, 2, 0)                   /* ESR_EL2 */
    traps(4, 6, 0, 0)                   /* FAR_EL2 */
    traps(4, 6, 0, 4)                   /* HPFAR_EL2 */
    traps(4, 10, 2, 0)                  /* MAIR_EL2 */
    traps(4, 12, 0, 0)                  /* VBAR_EL2 */
    traps(4, 13, 0, 1)                  /* CONTEXTIDR_EL2 */
    traps(4, 13, 0, 2)                  /* TPIDR_EL2 */
    traps(4, 14, 0, 3)                  /* CNTVOFF_EL2 */
    traps(4, 14, 1, 0)                  /* CNTHCTL_EL2 */
    traps(4, 14, 2, 1)                  /* CNTHP_CTL_EL2 */
    traps(4, 14, 3, 2)                  /* CNTHV_CVAL_EL2 */
    traps(5, 1, 0, 0)                   /* SCTLR_EL12 */
    traps(5, 2, 0, 2)                   /* TCR_EL12 */
    traps(5, 4, 0, 1)                   /* ELR_EL12 */
    traps(5, 12, 0, 0)                  /* VBAR_EL12 */
    traps(5, 14, 2, 1)                  /* CNTP_CTL_EL02 */
    traps(5, 14, 3, 2)                  /* CNTV_CVAL_EL02 */
    sys_traps(4, 8, 7, 0)               /* TLBI ALLE2 */
    sys_traps(4, 8, 7, 1)               /* TLBI VAE2 */
    sys_traps(4, 8, 7, 4)               /* TLBI ALLE1 */
    sys_traps(4, 8, 3, 6)               /* TLBI VMALLS12E1IS */
    sys_traps(4, 8, 4, 1)               /* TLBI IPAS2E1 */
    sys_traps(4, 7, 8, 0)               /* AT S1E2R */
    sys_traps(4, 7, 8, 1)               /* AT S1E2W */
    sys_traps(4, 7, 8, 4)               /* AT S12E1R */
    sys_traps(4, 7, 8, 7)               /* AT S12E0W */
    eret
    expect_trapped(0x6a000000)
    eretaa
    expect_trapped(0x6a000002)
    eretab
    expect_trapped(0x6a000003)

    /* What is EL1's own doesn't trap. */
    mrs     x0, vbar_el1
    mrs     x0, elr_el1
    mrs     x0, spsr_el1
    mrs     x0, sctlr_el1
    tlbi    vmalle1
    at      s1e1r, x0
    expect_no_trap

    /* SVC, an UNDEFINED instruction and EL3's registers: to EL1, as from EL2. */
    on_exception_to after_svc
    svc     #0x12
after_svc:
    add     x19, x19, #1
    expect_taken(TAKEN_EL, 1)
    expect_taken(TAKEN_VECTOR, 0x200)
    expect_taken(TAKEN_ESR, 0x56000012)
    expect_taken_spsr(EL2H)
    on_exception_to after_udf
    udf     #0
after_udf:
    add     x19, x19, #1
    expect_taken(TAKEN_EL, 1)
    expect_taken(TAKEN_ESR, 0x02000000)
    expect_taken_spsr(EL2H)
    on_exception_to after_el3
    mrs     x0, s3_6_c1_c1_0            /* SCR_EL3 */
after_el3:
    add     x19, x19, #1
    expect_taken(TAKEN_EL, 1)
    expect_taken(TAKEN_ESR, 0x02000000)
    expect_taken_spsr(EL2H)

    /* HVC, and with TSC SMC. */
    on_exception_return
    hvc     #0x34
behind_hvc:
    expect_trapped(0x5a000034)
    expect_taken(TAKEN_ELR, behind_hvc)
    guest_  (RW | NV | TSC | AT), guest_tsc
guest_tsc:
    taken(x19, TAKEN_COUNT)
    on_exception_skip
smc:
    smc     #0x56
    expect_trapped(0x5e000056)
    expect_taken(TAKEN_ELR, smc)
    sys_traps(0, 7, 8, 0)               /* AT S1E1R, by HCR_EL2.AT */
    sys_traps(0, 7, 8, 3)               /* AT S1E0W */

    /* {NV,NV1}={1,1}. The EL1 vectors read what traps now: this SVC is looked at from EL2, at which they arrive by HVC. */
    guest_  (RW | NV | NV1), guest_nv1
guest_nv1:
    taken(x19, TAKEN_COUNT)
    on_exception_skip
    expect_sys(currentel, 8)
    traps(0, 12, 0, 0)                  /* VBAR_EL1 */
    traps(0, 4, 0, 0)                   /* SPSR_EL1 */
    traps(0, 4, 0, 1)                   /* ELR_EL1 */
    mrs     x0, esr_el1
    mrs     x0, sctlr_el1
    expect_no_trap
    on_exception_to host_vbar
    hvc     #0
host_vbar:
    set(x0, hvc_vectors)
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
    expect(x0, EL1H)
    mrs     x0, esr_el1
    expect(x0, 0x56000078)
    set(x0, arch_vectors_el1)
    msr     vbar_el1, x0

    /* EL0 of a guest hypervisor: EL2's registers and ERET are UNDEFINED, taken to EL1 as from EL0. */
    set_sys(hcr_el2, RW | NV)
    isb
    enter(2, EL0T, at_el0)
at_el0:
    on_exception_to after_el0
    mrs     x0, s3_4_c1_c1_0            /* HCR_EL2 */
after_el0:
    expect_taken(TAKEN_EL, 1)
    expect_taken(TAKEN_VECTOR, 0x400)
    expect_taken(TAKEN_ESR, 0x02000000)
    expect_taken_spsr(EL0T)
    expect_sys(currentel, 8)

    /* Without NV none of this: EL2's registers UNDEFINED at EL1, ERET returns. */
    guest_  RW, guest_plain
guest_plain:
    expect_sys(currentel, 4)
    on_exception_to after_plain
    mrs     x0, s3_4_c1_c1_0
after_plain:
    expect_taken(TAKEN_EL, 1)
    expect_taken(TAKEN_VECTOR, 0x200)
    expect_taken(TAKEN_ESR, 0x02000000)
    expect_taken_spsr(EL1H)
    enter(1, EL0T, plain_el0)
plain_el0:
    on_exception_to end
    svc     #0
end:
    expect_taken(TAKEN_VECTOR, 0x400)
    expect_taken_spsr(EL0T)
    pass

    .balign 2048
hvc_vectors:
    .space  0x200
    hvc     #0x200
