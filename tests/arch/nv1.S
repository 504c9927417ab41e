/* SPDX-License-Identifier: BSD-2-Clause
 *
 * HCR_EL2.{NV,NV1}={1,1}: EL1's stage 1 tables have the format of a hypervisor's without E2H, as a guest hypervisor that has left
 * E2H 0 writes them. Arm ARM D8.11.4, HCR_EL2.NV1 (D19.2); AArch64.S1DirectBasePermissions().
 *
 * - AP<1> is ignored: nothing is accessible at EL0, so that PSTATE.PAN keeps nothing from EL1, and what EL0 could write is executable.
 * - Bit 54 is PXN (XN of the EL2 regime) and bit 53 is ignored.
 * - LDTR and STTR are LDR and STR.
 * With {NV,NV1}={1,0} and {0,0} all is as ever. NV2 makes no difference.
 *
 * run:  -M virt,virtualization=on -cpu max
 * qemu: -M virt,virtualization=on,gic-version=3 -cpu max
 */
#include "arch.inc"

#define RW (1 << 31)
#define NV (1 << 42)
#define NV1 (1 << 43)
#define NV2 (1 << 45)
#define GIB 0x40000000
#define SCTLR (0x30d01805 | 1 << 62)    /* M, C, I; SPAN 1; SPINTMASK */

/* From EL2 to `label` at EL1; back by HVC #1 there, or by HVC #0x200 of EL1's vector after a fault, with `esr` in ESR_EL1. */
    .macro  probe_ label, line
    on_exception_to 921f
    enter(2, EL1H, \label)
921:
    expect_taken_ TAKEN_EL, 2, \line
    expect_taken_ TAKEN_ESR, 0x5a000001, \line
    .endm
    .macro  probe_fault_ label, esr, line
    on_exception_to 921f
    enter(2, EL1H, \label)
921:
    expect_taken_ TAKEN_EL, 2, \line
    expect_taken_ TAKEN_ESR, 0x5a000200, \line
    expect_sys_ esr_el1, \esr, \line
    .endm
#define works(label) probe_ label, __LINE__
#define faults(label, esr) probe_fault_ label, esr, __LINE__

    .macro  as_ever hcr
    set_sys(hcr_el2, \hcr)
    isb
    tlbi    alle1
    dsb     sy
    isb
    works(load)
    works(store)
    faults(load_pan, 0x9600000d)        /* permission fault, level 1 */
    faults(load_unpriv, 0x9600000d)
    faults(store_unpriv, 0x9600004d)
    works(load_unpriv_el0)
    works(execute_plain)
    faults(execute_el0, 0x8600000d)
    works(execute_54)
    faults(execute_53, 0x8600000d)
    .endm
    .macro  as_el2 hcr
    set_sys(hcr_el2, \hcr)
    isb
    tlbi    alle1
    dsb     sy
    isb
    works(load)
    works(store)
    works(load_pan)
    works(load_unpriv)
    works(store_unpriv)
    works(load_unpriv_el0)
    works(execute_plain)
    works(execute_el0)
    faults(execute_54, 0x8600000d)
    works(execute_53)
    .endm

test_start:
    set_sys(hcr_el2, RW)
    set_sys(mair_el1, MAIR_VALUE)
    set_sys(tcr_el1, TCR_EL1_VALUE)
    set(x0, map)
    msr     ttbr0_el1, x0
    set(x0, hvc_vectors)
    msr     vbar_el1, x0
    set_sys(sctlr_el1, SCTLR)
    set(x0, arch_taken)                 /* VNCR_EL2: no register that it holds is used */
    and     x0, x0, #~0xfff
    msr     s3_4_c2_c2_0, x0
    isb
    as_ever RW
    as_ever RW | NV
    as_ever RW | NV | NV2
    as_el2  RW | NV | NV1
    as_el2  RW | NV | NV1 | NV2
    as_ever RW
    pass

/* The word is at every GiB; in the first it is EL1's, in the second EL0's, too. */
    .macro  to_word n
    set(x1, word + \n * GIB)
    .endm
load:
    to_word 0
    ldr     x0, [x1]
    hvc     #1
store:
    to_word 0
    str     x0, [x1]
    hvc     #1
load_pan:
    msr     pan, #1
    to_word 1
    ldr     x0, [x1]
    msr     pan, #0
    hvc     #1
load_unpriv:
    to_word 0
    ldtr    x0, [x1]
    hvc     #1
store_unpriv:
    to_word 0
    sttr    x0, [x1]
    hvc     #1
load_unpriv_el0:
    to_word 1
    ldtr    x0, [x1]
    hvc     #1
    .macro  execute n
    set(x1, one + \n * GIB)
    br      x1
    .endm
execute_plain:
    execute 0
execute_el0:
    execute 1
execute_54:
    execute 2
execute_53:
    execute 3
one:
    hvc     #1

    .balign 2048
hvc_vectors:
    .space  0x200
    hvc     #0x200

    .data
    .balign 8
word:
    .quad   0
    .balign 4096
map:
    .quad   0x00000000 + (3 << 53) + 0x401      /* Device, AF, XN */
    .quad   GIB + 0x705                         /* Normal WB, ISH, AF */
    .quad   GIB + 0x745                         /* AP<1> */
    .quad   GIB + (1 << 54) + 0x705
    .quad   GIB + (1 << 53) + 0x705
    .fill   507, 8, 0
