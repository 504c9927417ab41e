/* SPDX-License-Identifier: BSD-2-Clause
 *
 * TLB events: Arm ARM D14.3, L1I_TLB_REFILL (0x02), L1D_TLB_REFILL (0x05), DTLB_WALK (0x34), ITLB_WALK (0x35). This PE has one
 * unified TLB that keeps whole translations and evicts nothing here: after a TLBI each block that is used is walked for once;
 * an access to memory that is not mapped is a walk without a refill. Counted at EL1 from EL2, so that EL2's own accesses are filtered.
 *
 * run:  -M virt,virtualization=on -cpu max
 * run:  -M virt,virtualization=on -cpu max --flush-htlb-every 7
 * run:  -M virt,virtualization=on -cpu cortex-a57
 * QEMU has none of these events.
 */
#include "arch.inc"

test_start:
    set_sys(hcr_el2, 1 << 31)
    set_sys(mair_el1, MAIR_VALUE)
    set_sys(tcr_el1, TCR_EL1_VALUE)
    set_sys(ttbr0_el1, arch_map)
    set_sys(sctlr_el1, 0x30d00801)
    isb
    .irp    n, 0, 1, 2, 3
    .if     \n == 0
    mov     x1, #0x02
    .elseif \n == 1
    mov     x1, #0x05
    .elseif \n == 2
    mov     x1, #0x34
    .else
    mov     x1, #0x35
    .endif
    msr     pmevtyper\n\()_el0, x1
    .endr
    mov     x1, #15
    msr     pmcntenset_el0, x1
    on_exception_return
    tlbi    vmalle1
    dsb     sy
    mov     x1, #3                              /* E, P */
    msr     pmcr_el0, x1
    set(x2, 0x09000018)                         /* the UART's flags: another 1 GiB block */
    set(x3, 0x80000000)                         /* not mapped */
    set(x4, 0x40200000)                         /* the block that this program is in */
    enter(2, EL1H, 1f)
    .ltorg
1:  nop                                         /* fetch: one walk, one refill */
    ldr     w5, [x4]                            /* the same block: none */
    ldr     w5, [x2]                            /* data: one */
    ldr     w5, [x2]
    b       2f
2:  on_exception_to 3f
    hvc     #0
3:  mrs     x10, pmevcntr0_el0
    mrs     x11, pmevcntr1_el0
    mrs     x12, pmevcntr2_el0
    mrs     x13, pmevcntr3_el0
    expect(x10, 1)
    expect(x11, 1)
    expect(x12, 1)
    expect(x13, 1)

    /* Faults: each access to the unmapped block walks, and refills nothing. TLBI in between: both blocks again. */
    on_exception_skip
    mov     x1, #3
    msr     pmcr_el0, x1
    enter(2, EL1H, 4f)
4:  tlbi    vmalle1
    dsb     sy
    isb
    ldr     w5, [x3]
    ldr     w5, [x3]
    str     w5, [x3]
    ldr     w5, [x2]
    nop
    on_exception_to 5f
    hvc     #0
5:  mrs     x10, pmevcntr0_el0
    mrs     x11, pmevcntr1_el0
    mrs     x12, pmevcntr2_el0
    mrs     x13, pmevcntr3_el0
    expect(x12, 3 + 1)
    expect(x11, 1)
    expect(x10, 1)
    expect(x13, 1)
    pass
    .ltorg
