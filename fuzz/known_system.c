/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Differences between el2sim and QEMU that are known and explained: one predicate for each row KNOWN_SYSTEM
 * of known.def, which says whether it explains one difference. The rows of docs/qemu-differences.md
 * ("Programs") say who is right.
 */
#include "fuzz/known_system.h"

#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "fuzz/known.h"
#include "fuzz/known_case.h"
#include "fuzz/system_story.h"

/* ---- what happened ---- */

static unsigned class_of(const struct program_event *e)
{
    return e != NULL && (e->vector & 3) == 0 ? bits(e->esr, 31, 26) : 64;
}

static bool is_data_abort(const struct program_event *e)
{
    return class_of(e) == 0x24 || class_of(e) == 0x25;
}

static bool is_alignment_fault(const struct program_event *e)
{
    return is_data_abort(e) && bits(e->esr, 5, 0) == 0x21;
}

static bool from_el0(const struct program_event *e)
{
    return bits(e->spsr, 3, 0) == 0;
}

static uint64_t register_of(const struct program_result *r, enum sysreg reg)
{
    uint16_t encoding = system_encoding(reg);
    for (unsigned n = 0; n < r->n_registers; n++)
        if (r->registers[n].encoding == encoding)
            return r->registers[n].value;
    return 0;
}

/* A register at the end of el2sim's run; what a program changes on the way is missed. */
static uint64_t at_end(const struct known_case *k, enum sysreg reg)
{
    return register_of(&k->c->ours, reg);
}

static bool same_place(const struct known_case *k)
{
    return k->ours != NULL && k->theirs != NULL && k->ours->elr == k->theirs->elr;
}

/* el2sim takes an exception where QEMU goes on; the other way round. */
static bool only_ours(const struct known_case *k)
{
    return (k->d->what == SYSTEM_EVENT || k->d->what == SYSTEM_ELR) && k->ours != NULL && !same_place(k);
}

static bool only_theirs(const struct known_case *k)
{
    return (k->d->what == SYSTEM_EVENT || k->d->what == SYSTEM_ELR) && k->theirs != NULL && !same_place(k);
}

static uint32_t insn_of(const struct known_case *k, const struct program_event *e)
{
    uint32_t insn = 0;
    if (e != NULL)
        system_insn_at(k->c->program, e->elr, &insn);
    return insn;
}

static bool has_insn(const struct program *p, uint32_t mask, uint32_t insn)
{
    for (unsigned n = 0; n < p->n_code; n++)
        if ((p->code[n].raw & mask) == insn)
            return true;
    return false;
}

/* ---- one for each row: the bits of the difference that it explains; ALL: the difference as such ---- */

#define ALL UINT64_MAX

/* SPSR.BTYPE of exceptions for which it may be set to 0 (TakeException(), ZEROBTYPE). */
static uint64_t spsr_btype(struct known_case *k)
{
    bool may = k->d->what == SYSTEM_SPSR && bits(k->d->ours, 11, 10) == 0 && class_of(k->ours) != 0x0d;
    return may ? MASK(11, 10) : 0;
}

/* PSTATE after an illegal return: SSBS, BTYPE, UAO, DIT and TCO are UNKNOWN, PAN is SPSR's
 * (SetPSTATEFromPSR()). */
static uint64_t illegal_return(struct known_case *k)
{
    bool is = k->d->what == SYSTEM_SPSR && class_of(k->ours) == 0x0e;
    return is ? BIT(12) | MASK(11, 10) | MASK(25, 22) : 0;
}

static bool is_register(const struct known_case *k, enum sysreg reg)
{
    return k->d->what == SYSTEM_REGISTER && k->d->index == system_encoding(reg);
}

/* PAR_EL1, or what was read from it, of a fault. */
static bool is_par_fault(const struct known_case *k)
{
    return (is_register(k, SR_PAR_EL1) || k->d->what == SYSTEM_X) && bit(k->d->ours, 0) &&
           bits(k->d->ours, 63, 12) == 0;
}

/* SPSR of an exception, or in the end that of one that wasn't recorded: of an SMC in a vector of EL1. */
static bool is_spsr(const struct known_case *k)
{
    return k->d->what == SYSTEM_SPSR || is_register(k, SR_SPSR_EL1) || is_register(k, SR_SPSR_EL2);
}

static uint64_t elr_of(const struct known_case *k)
{
    return k->d->what == SYSTEM_SPSR ? k->ours->elr
                                     : at_end(k, is_register(k, SR_SPSR_EL1) ? SR_ELR_EL1 : SR_ELR_EL2);
}

/* SPSR.ALLINT: only QEMU has FEAT_NMI. */
static uint64_t spsr_allint(struct known_case *k)
{
    return is_spsr(k) && !bit(k->d->ours, 13) ? BIT(13) : 0;
}

/* N, Z, C, V and DIT in a vector: an exception leaves them as they are. */
static uint64_t vector_flags(struct known_case *k)
{
    bool cleared = bits(k->d->theirs, 31, 28) == 0 && !bit(k->d->theirs, 24);
    return is_spsr(k) && elr_of(k) % 0x80 <= 4 && cleared ? MASK(31, 28) | BIT(24) : 0;
}

/* An access across a page boundary to Device memory: both parts fault; or the second is Device memory, and
 * QEMU doesn't look. */
static uint64_t split_access(struct known_case *k)
{
    const struct program_event *a = k->ours, *b = k->theirs;
    bool both = (k->d->what == SYSTEM_ESR || k->d->what == SYSTEM_FAR || k->d->what == SYSTEM_EVENT) &&
                is_data_abort(a) && is_data_abort(b) && a->elr == b->elr && a->far != b->far &&
                ((a->far | 0xfff) + 1 == b->far || (b->far | 0xfff) + 1 == a->far);
    bool second = is_alignment_fault(a) && bits(a->far, 11, 0) == 0 &&
                  (only_ours(k) || (same_place(k) && is_data_abort(b) && !is_alignment_fault(b)));
    return both || second ? ALL : 0;
}

/* What a store that faults in its second page has done in the first. */
static uint64_t store_parts(struct known_case *k)
{
    const struct program_result *r = &k->c->ours;
    bool seen = false;
    for (unsigned n = 0; n < r->n_events; n++)
        seen |=
            is_data_abort(&r->events[n]) && bit(r->events[n].esr, 6) && bits(r->events[n].far, 11, 0) == 0;
    return k->d->what == SYSTEM_MEMORY && seen ? ALL : 0;
}

/* What a load of several registers that faults in its second page has loaded. */
static uint64_t load_parts(struct known_case *k)
{
    const struct program_result *r = &k->c->ours;
    bool seen = false;
    for (unsigned n = 0; n < r->n_events; n++)
        seen |=
            is_data_abort(&r->events[n]) && !bit(r->events[n].esr, 6) && bits(r->events[n].far, 11, 0) == 0;
    return (k->d->what == SYSTEM_V || k->d->what == SYSTEM_X) && seen ? ALL : 0;
}

static bool manages_access_flag(const struct known_case *k)
{
    return bit(at_end(k, SR_TCR_EL1), 39) || bit(at_end(k, SR_TCR_EL2), 21) ||
           bit(at_end(k, SR_TCR_EL2), 39) || bit(at_end(k, SR_VTCR_EL2), 21);
}

/* Whether AT sets the Access flag is a choice (AArch64.SetAccessFlag()); dirty state it doesn't. */
static uint64_t at_access_flag(struct known_case *k)
{
    const struct program *p = k->c->program;
    bool seen = false;
    for (unsigned n = 0; n < p->n_code; n++)
        seen |= (p->code[n].raw & 0xfff8fe00) == 0xd5087800;
    return k->d->what == SYSTEM_TABLES && seen && manages_access_flag(k) ? BIT(10) | BIT(7) : 0;
}

/* A synchronous External abort where SCR_EL3.EA=1 or HCR_EL2.TEA=1. QEMU may be lost in a vector then. */
static uint64_t external_abort(struct known_case *k)
{
    unsigned ec = class_of(k->ours), status = k->ours != NULL ? bits(k->ours->esr, 5, 0) : 0;
    bool external = (ec == 0x20 || ec == 0x21 || ec == 0x24 || ec == 0x25) &&
                    (status == 0x10 || (status >= 0x13 && status <= 0x17));
    bool lower = same_place(k) ? k->theirs->el < k->ours->el : k->theirs == NULL && k->c->theirs.timed_out;
    return external && k->ours->el >= 2 && lower ? ALL : 0;
}

/* Stage 1 off: an address that is too large comes before the alignment of Device memory. */
static uint64_t address_size(struct known_case *k)
{
    return k->d->what == SYSTEM_ESR && is_data_abort(k->ours) && bits(k->d->ours, 5, 0) == 0 &&
                   bits(k->d->theirs, 5, 0) == 0x21
               ? MASK(5, 0)
               : 0;
}

/* AT S12E*: an assertion in QEMU fails. */
static uint64_t at_s12_dies(struct known_case *k)
{
    return k->d->what == SYSTEM_DIED && strstr(k->c->failure, "is_s2_format") != NULL ? ALL : 0;
}

/* PSTATE.PAN doesn't count in the EL1&0 regime under HCR_EL2.{NV,NV1}={1,1}; at EL2 it does. */
static uint64_t nv1_pan(struct known_case *k)
{
    uint64_t hcr = at_end(k, SR_HCR_EL2);
    return only_ours(k) && is_data_abort(k->ours) && bits(k->ours->esr, 5, 2) == 3 &&
                   bits(hcr, 43, 42) == 3 && bits(k->ours->spsr, 3, 2) == 2 && bit(k->ours->spsr, 22)
               ? ALL
               : 0;
}

/* Stage 1 off, stage 2 on: the memory is Device, whatever stage 2 says. */
static uint64_t alignment_stage2(struct known_case *k)
{
    return is_alignment_fault(k->ours) && !bit(at_end(k, SR_SCTLR_EL1), 0) && bit(at_end(k, SR_HCR_EL2), 0) &&
                   (only_ours(k) || (k->theirs != NULL && k->theirs->el == 2 && is_data_abort(k->theirs)))
               ? ALL
               : 0;
}

/* Device memory, and LDAPR anywhere. */
static uint64_t device_alignment(struct known_case *k)
{
    bool other = same_place(k) && is_data_abort(k->theirs) && !is_alignment_fault(k->theirs);
    return is_alignment_fault(k->ours) && (only_ours(k) || other) ? ALL : 0;
}

/* A fault of stage 2 on a walk of stage 1 has the level of stage 2; also in PAR_EL1. */
static uint64_t s1ptw_level(struct known_case *k)
{
    unsigned ec = class_of(k->ours);
    bool par = is_par_fault(k) && bits(k->d->ours, 9, 8) != 0;
    if (par)
        return MASK(2, 1);
    bool abort = ec == 0x20 || ec == 0x24 || ec == 0x25;
    return k->d->what == SYSTEM_ESR && abort && bit(k->d->ours, 7) ? MASK(1, 0) : 0;
}

/* A block descriptor at a level that has none, 0 or with 16 KB 1, is invalid. */
static uint64_t block_level(struct known_case *k)
{
    unsigned ec = class_of(k->ours);
    bool abort = ec == 0x20 || ec == 0x21 || ec == 0x24 || ec == 0x25;
    unsigned level = abort ? bits(k->ours->esr, 5, 0) - 4 : 2;
    if (is_par_fault(k) && bits(k->d->ours, 6, 1) - 4 < 2 && bits(k->d->ours, 9, 8) == 0)
        return ALL;
    return level < 2 && k->d->what != SYSTEM_SPSR ? ALL : 0;
}

static bool is_cntpct_trap(const struct known_case *k, const struct program_event *e)
{
    uint32_t insn = insn_of(k, e) & ~UINT32_C(31);
    return class_of(e) == 0x18 && from_el0(e) && (insn == 0xd53be020 || insn == 0xd53be0a0);
}

/* CNTPCT_EL0, CNTPCTSS_EL0 at EL0 with E2H=0 or TGE=0: CNTHCTL_EL2.EL1PCTEN is bit 0. */
static uint64_t cntpct_el0(struct known_case *k)
{
    bool parted = k->d->what == SYSTEM_EVENT || k->d->what == SYSTEM_ELR;
    return parted && (is_cntpct_trap(k, k->ours) || is_cntpct_trap(k, k->theirs)) ? ALL : 0;
}

/* DAIF at EL0 with HCR_EL2.{E2H,TGE}={1,1}: SCTLR_EL2 has no UMA, the access is trapped. */
static uint64_t daif_host(struct known_case *k)
{
    uint32_t insn = insn_of(k, k->ours);
    return only_ours(k) && class_of(k->ours) == 0x18 && from_el0(k->ours) && k->ours->el == 2 &&
                   ((insn & 0xfffff0df) == 0xd50340df || (insn & 0xffdfffe0) == 0xd51b4220)
               ? ALL
               : 0;
}

/* Whether an access with a Permission or Alignment fault sets the Access flag is a choice
 * (SettingAccessFlagPermitted()). */
static uint64_t fault_access_flag(struct known_case *k)
{
    const struct program_result *r = &k->c->ours;
    bool seen = false;
    for (unsigned n = 0; n < r->n_events; n++) {
        unsigned ec = class_of(&r->events[n]), status = bits(r->events[n].esr, 5, 0);
        seen |=
            (ec == 0x20 || ec == 0x21 || ec == 0x24 || ec == 0x25) && (status == 0x21 || status >> 2 == 3);
    }
    return k->d->what == SYSTEM_TABLES && seen && manages_access_flag(k) ? BIT(10) : 0;
}

/* VTCR_EL2.SL0=2 with 4 KB is legal where the implemented physical addresses have 44 bits, whatever
 * VTCR_EL2.PS says. */
static uint64_t s2_start_level(struct known_case *k)
{
    uint64_t vtcr = at_end(k, SR_VTCR_EL2);
    return (k->d->what == SYSTEM_EVENT || k->d->what == SYSTEM_ELR) && k->theirs != NULL &&
                   k->theirs->el == 2 && (class_of(k->theirs) == 0x20 || class_of(k->theirs) == 0x24) &&
                   bits(vtcr, 15, 14) == 0 && bits(vtcr, 7, 6) == 2 && bits(vtcr, 18, 16) < 4
               ? ALL
               : 0;
}

/* _EL12 and _EL02 names with E2H=0. */
static uint64_t el12_e2h0(struct known_case *k)
{
    uint32_t insn = insn_of(k, k->ours);
    return class_of(k->ours) == 0 && (insn & 0xffdf0000) == 0xd51d0000 ? ALL : 0;
}

/* CNTHPS_* and CNTHVS_* at Secure EL2. */
static uint64_t no_secure_timers(struct known_case *k)
{
    return only_theirs(k) && class_of(k->theirs) == 0 && (insn_of(k, k->theirs) & 0xffdffe00) == 0xd51ce400
               ? ALL
               : 0;
}

/* The syndrome of MSR DAIFSet and DAIFClr: op1 and op2. */
static uint64_t daif_syndrome(struct known_case *k)
{
    return k->d->what == SYSTEM_ESR && class_of(k->ours) == 0x18 &&
                   (insn_of(k, k->ours) & 0xfffff0df) == 0xd50340df
               ? MASK(19, 14)
               : 0;
}

static uint64_t sp_alignment(struct known_case *k)
{
    return class_of(k->ours) == 0x26 && class_of(k->theirs) != 0x26 ? ALL : 0;
}

/* MRS, MSR of a PMU register. */
static bool is_pmu_access(uint32_t insn)
{
    return (insn & 0xffdff000) == 0xd51b9000 || (insn & 0xffdff800) == 0xd51be800;
}

static uint64_t pmu_el0(struct known_case *k)
{
    return class_of(k->ours) == 0x18 && k->ours->el >= 2 && from_el0(k->ours) &&
                   is_pmu_access(insn_of(k, k->ours)) &&
                   (k->theirs == NULL || k->theirs->el != k->ours->el || !same_place(k))
               ? ALL
               : 0;
}

/* A target that is neither aligned nor mapped: it isn't fetched. */
static uint64_t pc_alignment(struct known_case *k)
{
    return same_place(k) && class_of(k->ours) == 0x22 &&
                   (class_of(k->theirs) == 0x20 || class_of(k->theirs) == 0x21)
               ? ALL
               : 0;
}

/* EL0 under HCR_EL2.{E2H,TGE}={0,1}, where SCTLR_EL1.M counts as 0. */
static uint64_t tge_mmu(struct known_case *k)
{
    uint64_t hcr = at_end(k, SR_HCR_EL2);
    const struct program_event *e = k->ours != NULL ? k->ours : k->theirs;
    bool par = is_register(k, SR_PAR_EL1) || k->d->what == SYSTEM_X;
    return ((e != NULL && from_el0(e)) || par) && bit(hcr, 27) && !bit(hcr, 34) &&
                   bit(at_end(k, SR_SCTLR_EL1), 0)
               ? ALL
               : 0;
}

static bool is_exclusive(uint32_t insn)
{
    return (insn & 0x3f800000) == 0x08000000;
}

/* WnR of a Load-Exclusive. */
static uint64_t exclusive_wnr(struct known_case *k)
{
    uint32_t insn = insn_of(k, k->ours);
    return k->d->what == SYSTEM_ESR && is_alignment_fault(k->ours) && is_exclusive(insn) && bit(insn, 22)
               ? BIT(6)
               : 0;
}

/* A Store-Exclusive whose monitor isn't set, to where it can't store. */
static uint64_t store_exclusive(struct known_case *k)
{
    uint32_t insn = insn_of(k, k->ours);
    return only_ours(k) && is_data_abort(k->ours) && is_exclusive(insn) && !bit(insn, 22) ? ALL : 0;
}

/* The level of a stage 2 permission fault that HCR_EL2.PTW makes of a walk; also in PAR_EL1. */
static uint64_t ptw_level(struct known_case *k)
{
    bool ptw = bit(at_end(k, SR_HCR_EL2), 2);
    if (ptw && is_par_fault(k) && bits(k->d->ours, 6, 3) == 3 && bits(k->d->theirs, 6, 1) == 0xc)
        return MASK(2, 1);
    return ptw && k->d->what == SYSTEM_ESR && bit(k->d->ours, 7) && bits(k->d->ours, 5, 2) == 3 &&
                   bits(k->d->theirs, 5, 0) == 0xc
               ? MASK(1, 0)
               : 0;
}

/* A Data Abort by DC CVAP or DC CVADP. */
static bool is_cvap_abort(const struct known_case *k, const struct program_event *e)
{
    uint32_t insn = insn_of(k, e) & ~UINT32_C(31);
    return is_data_abort(e) && (insn == 0xd50b7c20 || insn == 0xd50b7d20);
}

/* DC CVAP and CVADP as loads: PAN, unreadable memory; the syndrome, and FAR_ELx, of a load. */
static uint64_t cvap_load(struct known_case *k)
{
    return is_cvap_abort(k, k->ours) || is_cvap_abort(k, k->theirs) ? ALL : 0;
}

/* Other cache maintenance by VA does nothing in QEMU; here it faults as the manual says. It may be lost in a
 * vector then. */
static uint64_t cache_maintenance(struct known_case *k)
{
    bool lost = k->d->what == SYSTEM_EVENT && k->ours == NULL && k->c->ours.timed_out &&
                has_insn(k->c->program, 0xfff8f000, 0xd5087000);
    return lost || (only_ours(k) && is_data_abort(k->ours) && bit(k->ours->esr, 8)) ? ALL : 0;
}

static bool is_atomic(uint32_t insn)
{
    return (insn & 0x3f200c00) == 0x38200000 || (insn & 0x3fa07c00) == 0x08a07c00 ||
           (insn & 0xbfa07c00) == 0x08207c00;
}

/* WnR of an atomic instruction: 0 where a read would have faulted, too. */
static uint64_t atomic_wnr(struct known_case *k)
{
    return k->d->what == SYSTEM_ESR && is_data_abort(k->ours) && !bit(k->d->ours, 6) &&
                   is_atomic(insn_of(k, k->ours))
               ? BIT(6)
               : 0;
}

/* SCXTNUM_EL0 with HCR_EL2.{E2H,TGE}={1,1}: HCR_EL2.EnSCXT doesn't apply. */
static uint64_t scxtnum_host(struct known_case *k)
{
    uint64_t hcr = at_end(k, SR_HCR_EL2);
    return only_theirs(k) && class_of(k->theirs) == 0x18 && from_el0(k->theirs) && bit(hcr, 27) &&
                   bit(hcr, 34) && (insn_of(k, k->theirs) & 0xffdfffe0) == 0xd51bd0e0
               ? ALL
               : 0;
}

/* SCXTNUM_EL0 and SCXTNUM_EL1 at EL1: SCTLR_EL2.TSCXT is about EL0. QEMU may be lost in a vector then. */
static uint64_t scxtnum_tscxt(struct known_case *k)
{
    bool trapped =
        only_theirs(k) && class_of(k->theirs) == 0x18 && (insn_of(k, k->theirs) & 0xffd8ffe0) == 0xd518d0e0;
    bool lost = k->d->what == SYSTEM_EVENT && k->theirs == NULL && k->c->theirs.timed_out &&
                has_insn(k->c->program, 0xffd8ffe0, 0xd518d0e0);
    return (trapped || lost) && bit(at_end(k, SR_SCTLR_EL2), 20) ? ALL : 0;
}

/* A page that hardware would make dirty at a write counts as writable: with WXN, or where EL0 could write it,
 * it isn't executable. */
static uint64_t wxn_dirty(struct known_case *k)
{
    unsigned ec = class_of(k->ours);
    bool hd =
        bit(at_end(k, SR_TCR_EL1), 40) || bit(at_end(k, SR_TCR_EL2), 22) || bit(at_end(k, SR_TCR_EL2), 40);
    return only_ours(k) && (ec == 0x20 || ec == 0x21) && bits(k->ours->esr, 5, 2) == 3 && hd ? ALL : 0;
}

/* DC ZVA to Device memory. */
static uint64_t zva_device(struct known_case *k)
{
    return is_alignment_fault(k->ours) && !is_alignment_fault(k->theirs) &&
                   (insn_of(k, k->ours) & ~UINT32_C(31)) == 0xd50b7420
               ? ALL
               : 0;
}

/* ISV and what it makes valid, for a fault of stage 1. */
static uint64_t isv_stage1(struct known_case *k)
{
    return k->d->what == SYSTEM_ESR && is_data_abort(k->ours) && k->ours->el == 2 && !bit(k->d->ours, 24) &&
                   bit(k->d->theirs, 24)
               ? MASK(24, 14)
               : 0;
}

/* PAR_EL1, or what was read from it, without a fault. */
static bool is_par(const struct known_case *k)
{
    return (is_register(k, SR_PAR_EL1) || k->d->what == SYSTEM_X) && !bit(k->d->ours, 0);
}

/* PAR_EL1.SH of Device and Non-cacheable memory is Outer Shareable. */
static uint64_t par_sh(struct known_case *k)
{
    return is_par(k) && bits(k->d->ours, 8, 7) == 2 ? MASK(8, 7) : 0;
}

/* PAR_EL1.{ATTR,SH} with SCTLR_ELx.C=0 or HCR_EL2.CD=1, where all Normal memory is Non-cacheable. */
static uint64_t par_cacheable(struct known_case *k)
{
    bool off = !bit(at_end(k, SR_SCTLR_EL1), 2) || !bit(at_end(k, SR_SCTLR_EL2), 2) ||
               bit(at_end(k, SR_HCR_EL2), 32);
    uint64_t attr = bits(k->d->ours, 63, 56);
    return is_par(k) && off && (attr == 0x44 || attr == 0x40) && bits(k->d->ours, 8, 7) == 2
               ? MASK(63, 56) | MASK(8, 7)
               : 0;
}

/* HPFAR_EL2.NS tells the space of the address that stage 2 was given; QEMU has it the other way round. */
static uint64_t hpfar_ns(struct known_case *k)
{
    const struct program *p = k->c->program;
    bool secure = false;
    for (unsigned n = 0; n < p->n_settings; n++)
        if (p->settings[n].encoding == system_encoding(SR_SCR_EL3))
            secure = !bit(p->settings[n].value, 0);
    return k->d->what == SYSTEM_HPFAR && secure ? BIT(63) : 0;
}

/* XPACI and XPACD strip a pointer whatever SCTLR_ELx enables; QEMU does nothing while it enables no key. */
static uint64_t xpac_no_key(struct known_case *k)
{
    const uint64_t keys = BIT(31) | BIT(30) | BIT(27) | BIT(13); /* EnIA, EnIB, EnDA, EnDB */
    bool off = (at_end(k, SR_SCTLR_EL1) & keys) == 0 || (at_end(k, SR_SCTLR_EL2) & keys) == 0;
    if (!off || !has_insn(k->c->program, 0xfffffbe0, 0xdac143e0))
        return 0;
    return k->d->what == SYSTEM_X ? ALL : k->d->what == SYSTEM_SPSR ? MASK(31, 28) : 0;
}

/* HVC at Secure EL1 where EL2 isn't enabled. */
static uint64_t hvc_without_el2(struct known_case *k)
{
    return class_of(k->ours) == 0 && class_of(k->theirs) == 0x16 && k->theirs->elr == k->ours->elr + 4 ? ALL
                                                                                                       : 0;
}

/* A level that QEMU never set: an assertion fails. */
static uint64_t level_dies(struct known_case *k)
{
    return k->d->what == SYSTEM_DIED && strstr(k->c->failure, "arm_fi_to_lfsc") != NULL ? ALL : 0;
}

/* Whether SCR_EL3.SIF, which makes a page not executable, also keeps SCTLR_ELx.EPAN from it, is a choice. */
static uint64_t sif_epan(struct known_case *k)
{
    const struct program *p = k->c->program;
    bool sif = false, epan = bit(at_end(k, SR_SCTLR_EL1), 57) || bit(at_end(k, SR_SCTLR_EL2), 57);
    for (unsigned n = 0; n < p->n_settings; n++)
        if (p->settings[n].encoding == system_encoding(SR_SCR_EL3))
            sif = bit(p->settings[n].value, 9) && !bit(p->settings[n].value, 0);
    bool par = is_par(k) && bit(k->d->theirs, 0) && bits(k->d->theirs, 6, 3) == 3;
    bool event = only_theirs(k) && is_data_abort(k->theirs) && bits(k->theirs->esr, 5, 2) == 3;
    return sif && epan && (par || event) ? ALL : 0;
}

/* Bits that only one side can hold, in what an MRS read. */
static uint64_t register_bits(struct known_case *k)
{
    const struct program *p = k->c->program;
    uint64_t mask = 0;
    for (unsigned n = 0; n < p->n_code && k->d->what == SYSTEM_X; n++)
        if (bits(p->code[n].raw, 31, 20) == 0xd53 && bits(p->code[n].raw, 4, 0) == k->d->index)
            mask |= system_registers_differ(k->regs, (uint16_t)bits(p->code[n].raw, 20, 5));
    return mask;
}

struct row {
    known_predicate *explains;
};

static const struct row rows[] = {
#define KNOWN_USER(id, versions, predicate) {NULL},
#define KNOWN_DEATH(id, versions, predicate) {NULL},
#define KNOWN_SYSTEM(id, versions, predicate) {predicate},
#include "fuzz/known.def"
#undef KNOWN_USER
#undef KNOWN_DEATH
#undef KNOWN_SYSTEM
};

static bool is_event(enum system_what what)
{
    return what >= SYSTEM_EVENT && what <= SYSTEM_SPSR;
}

/* Event n. Where it is that a vector of EL1 couldn't be fetched: the exception that led there. */
static const struct program_event *event_of(const struct program_result *r, unsigned n,
                                            struct program_event *led)
{
    const struct program_event *e = &r->events[n];
    if (n >= r->n_events)
        return NULL;
    if (e->el != 2 || class_of(e) != 0x20 || e->elr % 0x80 != 0 || n + 1 != r->n_events ||
        bits(e->elr ^ register_of(r, SR_VBAR_EL1), 63, 11) != 0)
        return e;
    *led = (struct program_event){.el = 1,
                                  .esr = register_of(r, SR_ESR_EL1),
                                  .far = register_of(r, SR_FAR_EL1),
                                  .elr = register_of(r, SR_ELR_EL1),
                                  .spsr = register_of(r, SR_SPSR_EL1)};
    return led;
}

/* Code goes forward only: where both went different ways, the instruction that comes first is where they
 * parted, and the other side took no exception there. */
static void hide_the_later(struct known_case *k)
{
    unsigned ours, theirs;
    if (k->ours == NULL || k->theirs == NULL || !program_find_event(k->c->program, k->ours, &ours) ||
        !program_find_event(k->c->program, k->theirs, &theirs))
        return;
    if (ours < theirs)
        k->theirs = NULL;
    else if (theirs < ours)
        k->ours = NULL;
}

static void look_at(struct known_case *k)
{
    k->ours = k->theirs = NULL;
    if (!is_event(k->d->what))
        return;
    bool parted = k->d->what == SYSTEM_EVENT || k->d->what == SYSTEM_ELR;
    k->ours = event_of(&k->c->ours, k->d->index, &k->led[0]);
    k->theirs = event_of(&k->c->theirs, k->d->index, &k->led[1]);
    if (!parted && k->ours != NULL && k->theirs != NULL) {
        k->ours = &k->c->ours.events[k->d->index];
        k->theirs = &k->c->theirs.events[k->d->index];
    }
    if (parted)
        hide_the_later(k);
}

void known_add_id(struct known_ids *l, unsigned id)
{
    for (unsigned j = 0; j < l->n; j++)
        if (l->id[j] == id)
            return;
    if (l->n < KNOWN_IDS)
        l->id[l->n++] = id;
}

/* The instruction that a predicate blames, as its number; false: none. */
static bool find_culprit(const struct known_case *k, unsigned *n)
{
    const struct program *p = k->c->program;
    const struct program_event *e = k->ours != NULL ? k->ours : k->theirs;
    if (k->culprit_at == KNOWN_CULPRIT_EVENT)
        return e != NULL && program_find_event(p, e, n);
    for (*n = 0; *n < p->n_code; ++*n)
        if (p->code[*n].at == k->culprit_at)
            return true;
    return false;
}

/* Results of instructions: where they come from is known only when it was looked for. */
static bool is_value(enum system_what what)
{
    return what >= SYSTEM_X && what <= SYSTEM_TABLES;
}

/* Values: the instruction that is blamed must be one of those that made the difference. */
static bool blames_cause(const struct known_case *k, const struct system_cause *cause)
{
    unsigned n;
    if (!is_value(k->d->what) || k->culprit_at == KNOWN_CULPRIT_EVENT)
        return true;
    return find_culprit(k, &n) && n >= cause->begin && n < cause->end;
}

/* The syndrome of the last exception that was taken to an EL, as that EL's registers still have it. */
static const uint64_t *noted(const struct program_event *e, enum sysreg reg, unsigned *el,
                             enum system_what *what)
{
    *el = reg == SR_ESR_EL2 || reg == SR_FAR_EL2 || reg == SR_SPSR_EL2 ? 2 : 1;
    switch (reg) {
    case SR_ESR_EL1:
    case SR_ESR_EL2:
        *what = SYSTEM_ESR;
        return &e->esr;
    case SR_FAR_EL1:
    case SR_FAR_EL2:
        *what = SYSTEM_FAR;
        return &e->far;
    case SR_SPSR_EL1:
    case SR_SPSR_EL2:
        *what = SYSTEM_SPSR;
        return &e->spsr;
    default:
        return NULL;
    }
}

/* A difference at the end may be that of an exception, seen again: in the registers that it left its syndrome
 * in, and in the flags, which are those of the last SPSR_ELx. Then *event is the one of the exception. */
static bool seen_again(const struct system_case *c, const struct system_difference *d,
                       struct system_difference *event)
{
    unsigned n = c->ours.n_events < c->theirs.n_events ? c->ours.n_events : c->theirs.n_events, el;
    enum system_what what;
    if (d->what == SYSTEM_NZCV && n > 0) {
        uint64_t a = c->ours.events[n - 1].spsr, b = c->theirs.events[n - 1].spsr;
        *event = (struct system_difference){SYSTEM_SPSR, n - 1, a, b};
        return (a & MASK(31, 28)) == d->ours && (b & MASK(31, 28)) == d->theirs;
    }
    if (d->what != SYSTEM_REGISTER)
        return false;
    enum sysreg reg =
        sysreg_find(d->index >> 14, d->index >> 11 & 7, d->index >> 7 & 15, d->index >> 3 & 15, d->index & 7);
    while (n-- > 0) {
        const uint64_t *a = noted(&c->ours.events[n], reg, &el, &what);
        const uint64_t *b = noted(&c->theirs.events[n], reg, &el, &what);
        if (a == NULL || c->ours.events[n].el != el)
            continue;
        *event = (struct system_difference){what, n, *a, *b};
        return *a == d->ours && *b == d->theirs;
    }
    return false;
}

bool known_system_explain(const struct system_pair *pair, const struct system_case *c,
                          const struct system_difference *d, const struct system_cause *cause,
                          struct known_ids *ids, struct system_cause *culprit)
{
    struct system_difference event;
    struct known_case k = {.c = c, .regs = &pair->regs, .d = seen_again(c, d, &event) ? &event : d};
    uint64_t left = d->ours ^ d->theirs;
    *culprit = (struct system_cause){0};
    if (is_value(k.d->what) && cause == NULL)
        return false;
    look_at(&k);
    for (unsigned n = 0; n < known_count() && left != 0; n++) {
        bool counts = rows[n].explains != NULL && known_applies(n, pair->version) &&
                      (pair->without == NULL || strcmp(known_row(n)->id, pair->without) != 0);
        k.culprit_at = KNOWN_CULPRIT_EVENT;
        uint64_t mask = counts ? rows[n].explains(&k) : 0;
        unsigned insn;
        if ((mask & left) == 0 || !blames_cause(&k, cause))
            continue;
        known_add_id(ids, n);
        left &= ~mask;
        if (find_culprit(&k, &insn))
            program_group(c->program, insn, &culprit->begin, &culprit->end);
    }
    return left == 0;
}
