/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Known differences in which instructions are trapped or UNDEFINED. One predicate for each row of known.def;
 * docs/qemu-differences.md ("Programs") says who is right.
 */
#include "fuzz/known_case.h"

#include "base/bits.h"
#include "fuzz/system_walk.h"
#include "sysregs/fields.h"

/* EC 0x18: a trapped MSR, MRS or SYS. */
static bool is_trapped_access(const struct program_event *e)
{
    return known_class(e) == 0x18;
}

static bool is_from_el0(const struct program_event *e)
{
    return bits(e->spsr, 3, 0) == 0;
}

/* HCR_EL2.{E2H,TGE} = {1,1}. */
static bool is_host(const struct known_case *k, const struct program_event *e)
{
    uint64_t hcr = system_state(k->c, e, SR_HCR_EL2);
    return (hcr & HCR_E2H) != 0 && (hcr & HCR_TGE) != 0;
}

/* CNTPCT_EL0, CNTPCTSS_EL0 at EL0. */
static bool is_counter_trap(const struct known_case *k, const struct program_event *e)
{
    uint32_t insn = known_insn(k, e) & ~UINT32_C(31);
    return is_trapped_access(e) && is_from_el0(e) && e->el == 2 && (insn == 0xd53be020 || insn == 0xd53be0a0);
}

/* CNTPCT_EL0 at EL0 with E2H=0: CNTHCTL_EL2.EL1PCTEN is bit 0; QEMU looks at EL1PCEN, bit 1. */
uint64_t known_cntpct_el0(struct known_case *k)
{
    bool ours = known_only_ours(k) && is_counter_trap(k, k->ours);
    bool theirs = known_only_theirs(k) && is_counter_trap(k, k->theirs);
    const struct program_event *e = ours ? k->ours : k->theirs;
    if (!ours && !theirs)
        return 0;
    unsigned enables = (unsigned)bits(system_state(k->c, e, SR_CNTHCTL_EL2), 1, 0);
    bool e2h = (system_state(k->c, e, SR_HCR_EL2) & HCR_E2H) != 0;
    return !e2h && enables == (ours ? 2 : 1) ? KNOWN_ALL : 0;
}

/* MSR DAIFSet, DAIFClr. */
static bool is_daif_immediate(uint32_t insn)
{
    return (insn & 0xfffff0df) == 0xd50340df;
}

/* DAIF at EL0 with HCR_EL2.{E2H,TGE}={1,1}: SCTLR_EL2 has no UMA, the access is trapped. */
uint64_t known_daif_host(struct known_case *k)
{
    uint32_t insn = known_insn(k, k->ours);
    return known_only_ours(k) && is_trapped_access(k->ours) && is_from_el0(k->ours) && k->ours->el == 2 &&
                   is_host(k, k->ours) && (system_state(k->c, k->ours, SR_SCTLR_EL2) & SCTLR_UMA) != 0 &&
                   (is_daif_immediate(insn) || (insn & 0xffdfffe0) == 0xd51b4220)
               ? KNOWN_ALL
               : 0;
}

/* The syndrome of MSR DAIFSet and DAIFClr: op2 is in bits 19 to 17, op1 in 16 to 14. QEMU has them swapped.
 */
uint64_t known_daif_syndrome(struct known_case *k)
{
    uint32_t insn = known_insn(k, k->ours);
    unsigned op1 = (unsigned)bits(insn, 18, 16), op2 = (unsigned)bits(insn, 7, 5);
    return k->d->what == SYSTEM_ESR && is_trapped_access(k->ours) && is_daif_immediate(insn) &&
                   bits(k->d->ours, 19, 14) == (op2 << 3 | op1) &&
                   bits(k->d->theirs, 19, 14) == (op1 << 3 | op2)
               ? MASK(19, 14)
               : 0;
}

/* _EL12 and _EL02 names with E2H=0. */
uint64_t known_el12_e2h0(struct known_case *k)
{
    bool other = known_parted(k) || (k->d->what == SYSTEM_ESR && known_class(k->theirs) == 0x18);
    return other && known_class(k->ours) == 0 && (known_insn(k, k->ours) & 0xffdf0000) == 0xd51d0000 &&
                   (system_state(k->c, k->ours, SR_HCR_EL2) & HCR_E2H) == 0
               ? KNOWN_ALL
               : 0;
}

/* CNTHPS_* and CNTHVS_* at Secure EL2. */
uint64_t known_no_secure_timers(struct known_case *k)
{
    return known_only_theirs(k) && known_is_secure(k) && known_class(k->theirs) == 0 &&
                   system_event_el(k->theirs) == 2 && (known_insn(k, k->theirs) & 0xffdffe00) == 0xd51ce400
               ? KNOWN_ALL
               : 0;
}

/* MRS, MSR of a PMU register that EL0 has. */
static bool is_pmu_access(uint32_t insn)
{
    return (insn & 0xffdff000) == 0xd51b9000 || (insn & 0xffdff800) == 0xd51be800;
}

/* What MDCR_EL2 and MDCR_EL3 and the fine-grained traps say, beside PMUSERENR_EL0. */
uint64_t known_pmu_el0(struct known_case *k)
{
    if (!known_parted(k) || !is_trapped_access(k->ours) || !is_from_el0(k->ours) ||
        !is_pmu_access(known_insn(k, k->ours)))
        return 0;
    bool trapped =
        k->ours->el == 3
            ? bit(known_at_start(k, SR_MDCR_EL3), 6)
            : k->ours->el == 2 && ((system_state(k->c, k->ours, SR_MDCR_EL2) & (BIT(6) | BIT(5))) != 0 ||
                                   system_state(k->c, NULL, SR_HDFGRTR_EL2) != 0 ||
                                   system_state(k->c, NULL, SR_HDFGWTR_EL2) != 0);
    bool lower = known_same_place(k) && k->theirs->el < k->ours->el && is_trapped_access(k->theirs);
    return trapped && (lower || known_only_ours(k)) ? KNOWN_ALL : 0;
}

/* SCXTNUM_ELx. */
static bool is_scxtnum(uint32_t insn)
{
    return (insn & 0xffd8ffe0) == 0xd518d0e0;
}

/* SCXTNUM_EL0 with HCR_EL2.{E2H,TGE}={1,1}: HCR_EL2.EnSCXT doesn't apply. */
uint64_t known_scxtnum_host(struct known_case *k)
{
    return known_only_theirs(k) && is_trapped_access(k->theirs) && is_from_el0(k->theirs) &&
                   k->theirs->el == 2 && is_host(k, k->theirs) &&
                   (system_state(k->c, k->theirs, SR_HCR_EL2) & HCR_ENSCXT) == 0 &&
                   (known_insn(k, k->theirs) & 0xffdfffe0) == 0xd51bd0e0
               ? KNOWN_ALL
               : 0;
}

/* SCXTNUM_EL0 and SCXTNUM_EL1 at EL1: SCTLR_EL2.TSCXT is about EL0. QEMU may be lost in a vector then. */
uint64_t known_scxtnum_tscxt(struct known_case *k)
{
    if (k->d->what == SYSTEM_EVENT && k->theirs == NULL && k->c->theirs.timed_out) {
        int n = known_next_insn(k, &k->c->theirs, is_scxtnum);
        known_blame(k, n);
        return n >= 0 && (system_state(k->c, k->ours, SR_SCTLR_EL2) & SCTLR_TSCXT) != 0 ? KNOWN_ALL : 0;
    }
    return known_only_theirs(k) && is_trapped_access(k->theirs) && k->theirs->el == 2 &&
                   system_event_el(k->theirs) == 1 && is_scxtnum(known_insn(k, k->theirs)) &&
                   (system_state(k->c, k->theirs, SR_SCTLR_EL2) & SCTLR_TSCXT) != 0
               ? KNOWN_ALL
               : 0;
}

/* SCXTNUM_EL2 at EL1 under HCR_EL2.NV: the trap to EL2 is the only one; QEMU looks at SCR_EL3.EnSCXT before.
 */
uint64_t known_scxtnum_nv(struct known_case *k)
{
    return known_parted(k) && known_same_place(k) && is_trapped_access(k->ours) && k->ours->el == 2 &&
                   is_trapped_access(k->theirs) && k->theirs->el == 3 && system_event_el(k->ours) == 1 &&
                   (known_insn(k, k->ours) & 0xffdfffe0) == 0xd51cd0e0 &&
                   (system_state(k->c, k->ours, SR_HCR_EL2) & HCR_NV) != 0 &&
                   !bit(known_at_start(k, SR_SCR_EL3), 25)
               ? KNOWN_ALL
               : 0;
}

/* HVC at Secure EL1 where EL2 isn't enabled. */
uint64_t known_hvc_without_el2(struct known_case *k)
{
    return known_parted(k) && known_is_secure(k) && !bit(known_at_start(k, SR_SCR_EL3), 18) &&
                   known_class(k->ours) == 0 && (known_insn(k, k->ours) & 0xffe0001f) == 0xd4000002 &&
                   known_class(k->theirs) == 0x16 && k->theirs->elr == k->ours->elr + 4
               ? KNOWN_ALL
               : 0;
}
