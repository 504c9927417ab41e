/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Known differences in values at the end of a program: PAR_EL1, general registers, memory, page tables; and
 * programs that QEMU doesn't survive. One predicate for each row of known.def; docs/qemu-differences.md
 * ("Programs") says who is right.
 */
#include "fuzz/known_case.h"

#include <string.h>

#include "base/bits.h"
#include "fuzz/system_walk.h"
#include "sysregs/fields.h"

/* ---- PAR_EL1 ---- */

/* What AT found without a fault. */
static bool is_par_success(struct known_case *k)
{
    return known_par_source(k) >= 0 && !bit(k->d->ours, 0) && !bit(k->d->theirs, 0);
}

/* A bit is 0 at the program's start or at its end. */
static bool is_ever_off(const struct known_case *k, enum sysreg reg, uint64_t which)
{
    return (known_at_start(k, reg) & system_state(k->c, NULL, reg) & which) == 0;
}

/* PAR_EL1.SH of Device and Non-cacheable memory is Outer Shareable; and that of AT S12E* with stage 1 off,
 * whose Outer Shareable counts together with stage 2's (S2CombineS1Shareability()). */
uint64_t known_par_sh(struct known_case *k)
{
    if (!is_par_success(k) || bits(k->d->ours, 8, 7) != 2)
        return 0;
    int at = known_par_source(k);
    unsigned attributes = (unsigned)bits(k->d->ours, 63, 56);
    bool outer = attributes >> 4 == 0 || attributes == 0x40 || attributes == 0x44;
    bool both = (k->c->program->code[at].raw & 0xffffff80) == 0xd50c7880;
    return outer || (both && is_ever_off(k, SR_SCTLR_EL1, SCTLR_M)) ? MASK(8, 7) : 0;
}

/* PAR_EL1.{ATTR,SH} with SCTLR_ELx.C=0 of the regime that AT is about, or HCR_EL2.CD=1, where all Normal
 * memory is Non-cacheable. */
uint64_t known_par_cacheable(struct known_case *k)
{
    if (!is_par_success(k) || bits(k->d->ours, 8, 7) != 2)
        return 0;
    int at = known_par_source(k);
    bool of_el2 = (k->c->program->code[at].raw & 0xffffffc0) == 0xd50c7800; /* S1E2R, S1E2W */
    bool host = !is_ever_off(k, SR_HCR_EL2, HCR_TGE) && !is_ever_off(k, SR_HCR_EL2, HCR_E2H);
    bool off = is_ever_off(k, of_el2 || host ? SR_SCTLR_EL2 : SR_SCTLR_EL1, SCTLR_C) ||
               (!of_el2 && (known_at_start(k, SR_HCR_EL2) & HCR_CD) != 0);
    unsigned ours = (unsigned)bits(k->d->ours, 63, 56), theirs = (unsigned)bits(k->d->theirs, 63, 56);
    if (!off || (ours != 0x44 && ours != 0x40) || theirs >> 4 == 0)
        return 0;
    return MASK(63, 56) | MASK(8, 7);
}

/* Memory with XS=0: only el2sim has it (FEAT_XS). Device memory 0bdd01, Normal Non-cacheable 0x40. */
uint64_t known_par_xs(struct known_case *k)
{
    if (!is_par_success(k))
        return 0;
    unsigned ours = (unsigned)bits(k->d->ours, 63, 56), theirs = (unsigned)bits(k->d->theirs, 63, 56);
    bool device = (ours & 0xf3) == 1 && theirs == (ours & ~1u);
    return device || (ours == 0x40 && theirs == 0x44) ? MASK(63, 56) : 0;
}

/* ---- general registers ---- */

/* XPACI and XPACD strip a pointer whatever SCTLR_ELx enables; QEMU does nothing while it enables no key: ours
 * is QEMU's with bits of the top, without the top byte or with it, as copies of bit 55 (Strip()). */
uint64_t known_xpac_no_key(struct known_case *k)
{
    const uint64_t keys = SCTLR_ENIA | SCTLR_ENIB | SCTLR_ENDA | SCTLR_ENDB;
    int xpac = k->d->what == SYSTEM_X
                   ? known_last_insn(k, k->c->program->n_code, 0xfffffbff, 0xdac143e0 | k->d->index)
                   : -1;
    bool off = is_ever_off(k, SR_SCTLR_EL1, keys) || is_ever_off(k, SR_SCTLR_EL2, keys);
    if (xpac < 0 || !off)
        return 0;
    known_blame(k, xpac);
    for (unsigned bottom = 32; bottom < 55; bottom++)
        for (unsigned tagged = 0; tagged < 2; tagged++) {
            uint64_t top = MASK(54, bottom) | (tagged ? 0 : MASK(63, 56));
            uint64_t stripped = bit(k->d->theirs, 55) ? k->d->theirs | top : k->d->theirs & ~top;
            if (k->d->ours == stripped)
                return KNOWN_ALL;
        }
    return 0;
}

/* Bits that only one side can hold, in what the last MRS into the register read. */
uint64_t known_register_bits(struct known_case *k)
{
    if (k->d->what != SYSTEM_X)
        return 0;
    int mrs = known_last_insn(k, k->c->program->n_code, 0xfff0001f, 0xd5300000 | k->d->index);
    known_blame(k, mrs);
    return mrs < 0 ? 0
                   : system_registers_differ(k->regs, (uint16_t)bits(k->c->program->code[mrs].raw, 20, 5));
}

/* ---- what an access that faults in its second page has done ---- */

/* Event n, on both sides: an abort of a load or a store of several bytes, at the beginning of a page. */
static uint32_t crossing_insn(const struct known_case *k, unsigned n, bool store)
{
    const struct program_event *a = &k->c->ours.events[n], *b = &k->c->theirs.events[n];
    unsigned element;
    bool abort = known_is_data_abort(a) && known_is_data_abort(b) && a->elr == b->elr &&
                 bit(a->esr, 6) == store && bits(a->far, 11, 0) == 0;
    uint32_t insn = abort ? known_insn(k, a) : 0;
    return known_access_bytes(insn, &element) > 1 ? insn : 0;
}

static unsigned common_events(const struct known_case *k)
{
    unsigned a = k->c->ours.n_events, b = k->c->theirs.n_events;
    return a < b ? a : b;
}

static void blame_event(struct known_case *k, unsigned n)
{
    unsigned at;
    if (program_find(k->c->program, k->c->ours.events[n].elr, &at))
        known_blame(k, (int)at);
    else
        k->culprit_at = KNOWN_CULPRIT_EVENT; /* a vector couldn't be fetched */
}

/* What a store that faults in its second page has done in the first. */
uint64_t known_store_parts(struct known_case *k)
{
    if (k->d->what != SYSTEM_MEMORY)
        return 0;
    for (unsigned n = common_events(k); n-- > 0;)
        if (crossing_insn(k, n, true) != 0) {
            blame_event(k, n);
            return KNOWN_ALL;
        }
    return 0;
}

/* A load of several registers writes this one. */
static bool loads_register(uint32_t insn, bool vector, unsigned reg)
{
    bool pair = (insn & 0x3a000000) == 0x28000000, several = (insn & 0xbf200000) == 0x0c000000;
    if (pair)
        return bit(insn, 26) == vector && (bits(insn, 4, 0) == reg || bits(insn, 14, 10) == reg);
    static const uint8_t count[16] = {[0] = 4, [2] = 4, [4] = 3, [6] = 3, [7] = 1, [8] = 2, [10] = 2};
    return several && vector && ((reg - bits(insn, 4, 0)) & 31) < count[bits(insn, 15, 12)];
}

/* What a load of several registers that faults in its second page has loaded. */
uint64_t known_load_parts(struct known_case *k)
{
    bool vector = k->d->what == SYSTEM_V;
    if (!vector && k->d->what != SYSTEM_X)
        return 0;
    for (unsigned n = common_events(k); n-- > 0;)
        if (loads_register(crossing_insn(k, n, false), vector, vector ? k->d->index / 2 : k->d->index)) {
            blame_event(k, n);
            return KNOWN_ALL;
        }
    return 0;
}

/* ---- page tables ---- */

/* Hardware sets the Access flag in some regime, at e or (NULL) at the end. */
static bool manages_access_flag(const struct known_case *k, const struct program_event *e)
{
    uint64_t tcr = system_state(k->c, e, SR_TCR_EL2);
    bool e2h = (system_state(k->c, e, SR_HCR_EL2) & HCR_E2H) != 0;
    return bit(system_state(k->c, e, SR_TCR_EL1), 39) || bit(tcr, e2h ? 39 : 21) ||
           bit(system_state(k->c, e, SR_VTCR_EL2), 21);
}

/* Whether AT sets the Access flag is a choice (AArch64.SetAccessFlag()), el2sim doesn't; dirty state it never
 * changes. */
uint64_t known_at_access_flag(struct known_case *k)
{
    int at = known_last_insn(k, k->c->program->n_code, 0xfff8fe00, 0xd5087800);
    if (k->d->what != SYSTEM_TABLES || at < 0 || !manages_access_flag(k, NULL))
        return 0;
    known_blame(k, at);
    return (bit(k->d->theirs, 10) && !bit(k->d->ours, 10) ? BIT(10) : 0) | (bit(k->d->ours, 51) ? BIT(7) : 0);
}

/* The descriptor at an address, of stage 1 or of stage 2 behind it, was used for the access of e. */
static bool is_used_by(const struct known_case *k, const struct program_event *e, uint64_t descriptor)
{
    bool el2 = system_is_el2_regime(k->c, e, system_event_el(e));
    if (e->el == 2 && bit(e->esr, 7)) /* S1PTW: of a table of stage 1 */
        return system_stage2(k->c, e, bits(e->hpfar, 43, 4) << 12, TABLES_AT_END).at == descriptor;
    struct system_walk one = system_stage1(k->c, e, el2, e->far, TABLES_AT_END);
    if (!one.off && (!one.found || one.at == descriptor))
        return one.found;
    return !el2 && system_stage2(k->c, e, one.output, TABLES_AT_END).at == descriptor;
}

/* Whether an access with a Permission or Alignment fault sets the Access flag is a choice
 * (SettingAccessFlagPermitted()). */
uint64_t known_fault_access_flag(struct known_case *k)
{
    if (k->d->what != SYSTEM_TABLES)
        return 0;
    for (unsigned n = common_events(k); n-- > 0;) {
        const struct program_event *e = &k->c->ours.events[n];
        if (known_is_abort(e) && (known_is_permission_fault(e) || known_status(e) == 0x21) &&
            manages_access_flag(k, e) && is_used_by(k, e, PROGRAM_BASE + k->d->index)) {
            blame_event(k, n);
            return BIT(10);
        }
    }
    return 0;
}

/* Dirty state of a page of stage 2 that an atomic instruction may not read: a Permission fault, which sets
 * none (AArch64.SettingDirtyStatePermitted()). */
uint64_t known_dirty_unreadable(struct known_case *k)
{
    bool clean = k->d->what == SYSTEM_TABLES && bit(k->d->ours, 51) && bits(k->d->ours, 7, 6) == 0;
    for (unsigned n = common_events(k); clean && n-- > 0;) {
        const struct program_event *e = &k->c->ours.events[n];
        if (known_is_data_abort(e) && known_is_permission_fault(e) && e->el == 2 &&
            known_is_atomic(known_insn(k, e)) && is_used_by(k, e, PROGRAM_BASE + k->d->index)) {
            blame_event(k, n);
            return BIT(7);
        }
    }
    return 0;
}

/* ---- programs that end QEMU ---- */

/* AT S12E*: an assertion in QEMU fails. */
uint64_t known_at_s12_dies(struct known_case *k)
{
    int at = known_last_insn(k, k->c->program->n_code, 0xffffff80, 0xd50c7880);
    if (k->d->what != SYSTEM_DIED || !k->c->ours.ran || at < 0 ||
        strstr(k->c->failure, "is_s2_format") == NULL)
        return 0;
    known_blame(k, at);
    return KNOWN_ALL;
}

/* A level that QEMU never set: an assertion fails. Both stages are on. */
uint64_t known_level_dies(struct known_case *k)
{
    bool stages = bit(known_at_start(k, SR_HCR_EL2), 0) && bit(known_at_start(k, SR_SCTLR_EL1), 0);
    k->culprit_at = KNOWN_CULPRIT_NONE;
    return k->d->what == SYSTEM_DIED && k->c->ours.ran && stages &&
                   strstr(k->c->failure, "arm_fi_to_lfsc") != NULL
               ? KNOWN_ALL
               : 0;
}

/* A timer that is enabled while CNTV_CVAL_EL0 + CNTVOFF_EL2 has more than 64 bits: QEMU's deadline is then in
 * the past for ever, and its main loop does nothing else. */
uint64_t known_timer_wrap(struct known_case *k)
{
    uint64_t deadline = known_at_start(k, SR_CNTV_CVAL_EL0), offset = known_at_start(k, SR_CNTVOFF_EL2);
    /* MSR CNTV_CTL_EL0, Xn */
    int msr = known_last_insn(k, k->c->program->n_code, 0xffffffe0, 0xd51be320);
    if (k->d->what != SYSTEM_DIED || !k->c->ours.ran || msr < 0 || deadline + offset >= deadline ||
        strncmp(k->c->failure, "QEMU hung", 9) != 0)
        return 0;
    known_blame(k, msr);
    return KNOWN_ALL;
}
