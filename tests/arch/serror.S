/* SPDX-License-Identifier: BSD-2-Clause
 *
 * FEAT_RAS as far as software can cause it: virtual SErrors, ESB, External aborts and their routing; FEAT_DoubleFault with EL3.
 * Arm ARM D1.3.6 (virtual SError), HCR_EL2.{AMO,VSE,TEA}, VSESR_EL2, VDISR_EL2, SCR_EL3.{EA,EASE} (D19.2), AArch64.vESBOperation().
 * And FEAT_IDST: at EL0, identification registers trap with EC 0x18 to EL1 instead of being UNDEFINED.
 *
 * - {AMO,VSE}={1,1}: pending at EL1 and EL0, ISR_EL1.A; taken when PSTATE.A is 0 with VSESR_EL2's syndrome, which clears VSE.
 * - Masked, an ESB moves it to DISR_EL1 (which is VDISR_EL2 then) and clears VSE. Without AMO none of it.
 * - With SCR_EL3.EA DISR_EL1 is RAZ/WI at EL2 and EL1.
 * - A load from an address where nothing answers: EC 0x25 (or 0x24), DFSC 0b010000: to EL1, with TEA to EL2, with SCR_EL3.EA to EL3,
 *   there with EASE by the SError vector.
 *
 * run:  -M virt,virtualization=on -cpu max
 * run:  -M virt,virtualization=on,secure=on -cpu max
 * run:  -M virt,virtualization=on -cpu neoverse-v1
 * QEMU 10 agrees but for HCR_EL2.TEA: there the External aborts of EL1 stay at EL1.
 */
#include "arch.inc"

#define RW (1 << 31)
#define AMO (1 << 5)
#define VSE (1 << 8)
#define TEA (1 << 37)
#define SCR 0x30531                     /* NS, HCE, RW, API, APK */
#define SCTLR (0x30d00800 | 1 << 62)    /* RES1 bits; SPINTMASK: PSTATE.ALLINT stays 0 where there is FEAT_NMI */
#define NOWHERE 0x7000000000            /* in the 512 GiB from 256 GiB, which only PCIe uses */
#define ESR_SERROR (0x2f << 26 | 1 << 25)

    .macro  guest_ hcr, spsr, label
    set_sys(hcr_el2, \hcr)
    isb
    enter(2, \spsr, \label)
    .endm
    .macro  to_el2
    on_exception_to 921f
    hvc     #0
921:
    .endm

test_start:
    mov     x20, #0                     /* there is an EL3 */
    mrs     x0, currentel
    cmp     x0, #12
    b.ne    at_el2
    mov     x20, #1
    set_sys(scr_el3, SCR)
    set(x1, arch_vectors_el2)
    msr     vbar_el2, x1
    set(x1, arch_vectors_el1)
    msr     vbar_el1, x1
    enter(3, EL2H, at_el2)
at_el2:
    set_sys(sctlr_el1, SCTLR)

    /* masked, then by ESB to DISR_EL1 */
    set_sys(vsesr_el2, 0x1002345)
    guest_  RW | AMO | VSE, EL1H, masked
masked:
    mrs     x0, isr_el1
    expect(x0, 1 << 8)
    expect_sys(disr_el1, 0)
    esb
    expect_sys(isr_el1, 0)
    expect_sys(disr_el1, 1 << 31 | 0x1002345)
    msr     disr_el1, xzr
    expect_sys(disr_el1, 0)
    set_sys(disr_el1, 1 << 31 | 0x11)
    to_el2
    expect_sys(vdisr_el2, 1 << 31 | 0x11)
    mrs     x0, hcr_el2
    expect_field(x0, 8, 1, 0)

    /* unmasked at EL1, and at EL0 */
    guest_  RW | AMO | VSE, EL1H, unmasked
unmasked:
    on_exception_to taken_el1
    msr     daifclr, #4
behind:
    fail
taken_el1:
    expect_taken(TAKEN_EL, 1)
    expect_taken(TAKEN_VECTOR, 0x380)
    expect_taken(TAKEN_ESR, ESR_SERROR | 0x1002345)
    expect_taken(TAKEN_ELR, behind)
    expect_sys(isr_el1, 0)
    to_el2
    mrs     x0, hcr_el2
    expect_field(x0, 8, 1, 0)
    set_sys(vsesr_el2, 0x11)
    on_exception_to taken_el0
    guest_  RW | AMO | VSE, 0x2c0, unmasked_el0
unmasked_el0:
    fail
taken_el0:
    expect_taken(TAKEN_EL, 1)
    expect_taken(TAKEN_VECTOR, 0x580)
    expect_taken(TAKEN_ESR, ESR_SERROR | 0x11)
    expect_taken(TAKEN_ELR, unmasked_el0)
    to_el2

    /* VSE without AMO is nothing */
    guest_  RW | VSE, 0x2c5, no_amo
no_amo:
    on_exception_fail
    esb
    expect_sys(isr_el1, 0)
    to_el2
    mrs     x0, hcr_el2
    expect_field(x0, 8, 1, 1)

    /* External aborts */
    guest_  RW, EL1H, abort_el1
abort_el1:
    set(x1, NOWHERE)
    on_exception_to aborted_el1
load_el1:
    ldr     x0, [x1]
aborted_el1:
    expect_taken(TAKEN_EL, 1)
    expect_taken(TAKEN_VECTOR, 0x200)
    taken(x0, TAKEN_ESR)
    and     x0, x0, #~(1 << 9)          /* EA: IMPLEMENTATION DEFINED */
    expect(x0, 0x96000010)
    expect_taken(TAKEN_FAR, NOWHERE)
    expect_taken(TAKEN_ELR, load_el1)
    to_el2
    guest_  RW | TEA, EL1H, abort_tea
abort_tea:
    set(x1, NOWHERE)
    on_exception_to aborted_tea
    ldr     x0, [x1]
aborted_tea:
    expect_taken(TAKEN_EL, 2)
    expect_taken(TAKEN_VECTOR, 0x400)
    taken(x0, TAKEN_ESR)
    and     x0, x0, #~(1 << 9)
    expect(x0, 0x92000010)
    expect_taken(TAKEN_FAR, NOWHERE)

    /* FEAT_IDST */
    guest_  RW, EL0T, idst
idst:
    on_exception_to after_idst
    mrs     x3, id_aa64pfr0_el1
after_idst:
    expect_taken(TAKEN_EL, 1)
    expect_taken(TAKEN_ESR, 0x62300001 | 3 << 5 | 4 << 1)
    enter(1, EL0T, idst_ccsidr)
idst_ccsidr:
    on_exception_to after_ccsidr
    mrs     x3, ccsidr_el1
after_ccsidr:
    expect_taken(TAKEN_EL, 1)
    expect_taken(TAKEN_ESR, 0x62300001 | 1 << 14 | 3 << 5)
    enter(1, EL0T, idst_reserved)
idst_reserved:
    on_exception_to after_reserved
    mrs     x3, s3_0_c0_c7_7            /* reserved, in the identification space */
after_reserved:
    expect_taken(TAKEN_EL, 1)
    expect_taken(TAKEN_ESR, 0x62300001 | 7 << 17 | 3 << 5 | 7 << 1)
    to_el2
    cbnz    x20, el3
    pass

    /* SCR_EL3.{EA,EASE}: from EL2 to EL3, whose MMU is off as well. */
el3:
    set_sys(hcr_el2, RW)
    isb
    on_exception_to at_el3
    smc     #0
at_el3:
    expect_sys(currentel, 12)
    set_sys(scr_el3, SCR | 1 << 3)
    isb
    enter(3, EL2H, abort_ea)
abort_ea:
    set(x1, NOWHERE)
    on_exception_to aborted_ea
    ldr     x0, [x1]
aborted_ea:
    expect_taken(TAKEN_EL, 3)
    expect_taken(TAKEN_VECTOR, 0x400)
    expect_taken(TAKEN_ESR, 0x92000010)
    set_sys(scr_el3, SCR | 1 << 3 | 1 << 19)
    isb
    enter(3, EL1H, abort_ease)
abort_ease:
    set(x1, NOWHERE)
    on_exception_to aborted_ease
    ldr     x0, [x1]
aborted_ease:
    expect_taken(TAKEN_EL, 3)
    expect_taken(TAKEN_VECTOR, 0x580)
    expect_taken(TAKEN_ESR, 0x92000010)

    /* While SCR_EL3.EA is 1, DISR_EL1 is EL3's: RAZ/WI below, but for the virtual one. */
    set_sys(disr_el1, 1 << 31 | 0x11)
    enter(3, EL2H, disr_el2)
disr_el2:
    expect_sys(disr_el1, 0)
    msr     disr_el1, xzr
    msr     vdisr_el2, xzr
    guest_  RW | AMO, EL1H, disr_el1
disr_el1:
    set_sys(disr_el1, 0x3f)
    expect_sys(disr_el1, 0x3f)
    on_exception_to disr_el3
    smc     #0
disr_el3:
    expect_sys(disr_el1, 1 << 31 | 0x11)
    expect_sys(vdisr_el2, 0x3f)
    set_sys(scr_el3, SCR)
    isb
    enter(3, EL2H, disr_own)
disr_own:
    expect_sys(disr_el1, 1 << 31 | 0x11)
    pass
