/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Known differences in which Data or Instruction Abort there is: alignment, Device memory, accesses across
 * pages, permissions, the formats of tables. One predicate for each row of known.def;
 * docs/qemu-differences.md
 * ("Programs") says who is right.
 */
#include "fuzz/known_case.h"

#include "base/bits.h"
#include "fuzz/system_walk.h"
#include "sysregs/fields.h"

/* The class and place of an exception, and what an abort's syndrome and addresses say of it. */
static bool is_about_abort(const struct known_case *k)
{
    return known_parted(k) || k->d->what == SYSTEM_ESR || k->d->what == SYSTEM_FAR ||
           k->d->what == SYSTEM_HPFAR;
}

/* el2sim has an Alignment fault, QEMU another abort of this access, or none. */
static bool lacks_alignment_fault(const struct known_case *k)
{
    enum { LARGEST = 64 }; /* ST1 of four registers, DC ZVA */
    if (!known_is_alignment_fault(k->ours) || !is_about_abort(k))
        return false;
    bool other =
        known_same_place(k) && known_is_data_abort(k->theirs) && !known_is_alignment_fault(k->theirs);
    return known_only_ours(k) ||
           (other && (k->theirs->far - k->ours->far < LARGEST || k->ours->far - k->theirs->far < LARGEST));
}

/* An access that only the memory type keeps from being unaligned: SCTLR_ELx.A is 0, and the instruction isn't
 * one that asks for alignment itself, which LDAR, STLR, LDAPR and their like do across 16 bytes, unless
 * SCTLR_ELx.nAA is 1. */
static bool is_plain_unaligned(const struct known_case *k, const struct program_event *e)
{
    uint32_t insn = known_insn(k, e);
    unsigned element, bytes = known_access_bytes(insn, &element);
    uint64_t sctlr = known_sctlr(k, e, system_event_el(e));
    bool ordered = known_is_ldapr(insn) || (insn & 0x3fa00000) == 0x08800000;
    bool within = bits(e->far, 11, 0) != 0 && (e->far & 15) + bytes <= 16;
    bool atomic = !ordered && ((insn & 0x3f000000) == 0x08000000 || known_is_atomic(insn));
    return bytes != 0 && !atomic && (!ordered || (sctlr & SCTLR_NAA) != 0 || within) &&
           (sctlr & SCTLR_A) == 0 && ((e->far & (element - 1)) != 0 || bits(e->far, 11, 0) == 0);
}

/* An access across a page boundary to Device memory: both parts fault; or the second is Device memory, and
 * QEMU doesn't look. */
uint64_t known_split_access(struct known_case *k)
{
    const struct program_event *a = k->ours, *b = k->theirs;
    unsigned element, bytes = known_access_bytes(known_insn(k, a), &element);
    if (!is_about_abort(k) || !known_is_data_abort(a) || bytes < 2)
        return 0;
    if (known_same_place(k) && known_is_data_abort(b) && a->far != b->far) {
        uint64_t low = a->far < b->far ? a->far : b->far, high = a->far < b->far ? b->far : a->far;
        bool across = high == (low | 0xfff) + 1 && high - low < bytes;
        bool aligned = !known_is_alignment_fault(a) && !known_is_alignment_fault(b);
        return !across || aligned ? 0 : k->d->what == SYSTEM_ESR ? ones(25) : KNOWN_ALL;
    }
    return lacks_alignment_fault(k) && bits(a->far, 11, 0) == 0 && is_plain_unaligned(k, a) &&
                   known_is_device(k, a, a->far)
               ? KNOWN_ALL
               : 0;
}

/* QEMU 7.2 looks at SCTLR_ELx.A only, neither at Device memory nor, for LDAPR, at anything. */
uint64_t known_device_alignment(struct known_case *k)
{
    return lacks_alignment_fault(k) &&
                   (known_is_ldapr(known_insn(k, k->ours)) ||
                    (is_plain_unaligned(k, k->ours) && known_is_device(k, k->ours, k->ours->far)))
               ? KNOWN_ALL
               : 0;
}

/* A SIMD&FP access of 16 bytes at a multiple of 8: QEMU sees two of 8 bytes, which are aligned. */
uint64_t known_quad_alignment(struct known_case *k)
{
    unsigned element, bytes = known_access_bytes(known_insn(k, k->ours), &element);
    bool quad = bytes >= 16 && element == 16 && lacks_alignment_fault(k) && bits(k->ours->far, 3, 0) == 8;
    return quad && is_plain_unaligned(k, k->ours) && known_is_device(k, k->ours, k->ours->far) ? KNOWN_ALL
                                                                                               : 0;
}

/* An instruction before that of e, with a constant address, accessed the same 4 KB; or e's own was fetched
 * there. */
static bool accessed_before(const struct known_case *k, const struct program_event *e)
{
    const struct program *p = k->c->program;
    unsigned limit, element;
    uint64_t va;
    if ((e->elr ^ e->far) >> 12 == 0)
        return true;
    if (!program_find_event(p, e, &limit))
        return false;
    for (unsigned n = 0; n < limit; n++)
        if (known_access_bytes(p->code[n].raw, &element) != 0 &&
            known_constant(k, n, (unsigned)bits(p->code[n].raw, 9, 5), &va) && (va ^ e->far) >> 12 == 0)
            return true;
    return false;
}

/* The same page accessed again, at an address that isn't aligned: QEMU then has no fault, or takes the one
 * that is stage 2's doing to EL1. */
uint64_t known_device_again(struct known_case *k)
{
    bool lower = known_parted(k) && known_same_place(k) && known_is_alignment_fault(k->ours) &&
                 known_is_alignment_fault(k->theirs) && k->ours->el == 2 && k->theirs->el == 1;
    bool none = known_only_ours(k) && known_is_alignment_fault(k->ours);
    return (lower || none) && is_plain_unaligned(k, k->ours) && accessed_before(k, k->ours) &&
                   known_is_device(k, k->ours, k->ours->far)
               ? KNOWN_ALL
               : 0;
}

/* An unaligned access to memory that isn't there: QEMU makes two of it, each aligned. The first one's abort
 * comes before a fault in the next page, and has its address. */
uint64_t known_absent_parts(struct known_case *k)
{
    const struct program_event *a = k->ours, *b = k->theirs;
    unsigned element, bytes = known_access_bytes(known_insn(k, a), &element);
    if ((k->d->what != SYSTEM_ESR && k->d->what != SYSTEM_FAR) || bytes < 2 || !known_is_data_abort(a) ||
        !known_is_data_abort(b) || !known_same_place(k) || known_status(b) != 0x10)
        return 0;
    bool down = (b->far & (element - 1)) == 0 && b->far < a->far && a->far - b->far <= element;
    bool alone = known_status(a) == 0x10 && k->d->what == SYSTEM_FAR;
    bool across = bits(a->far, 11, 0) == 0;
    return down && (alone || across) ? k->d->what == SYSTEM_ESR ? MASK(5, 0) : KNOWN_ALL : 0;
}

/* Stage 1 off, stage 2 on: the memory is Device, whatever stage 2 says. */
uint64_t known_alignment_stage2(struct known_case *k)
{
    bool later = known_parted(k) && known_same_place(k) && known_is_alignment_fault(k->ours) &&
                 known_is_alignment_fault(k->theirs); /* one by stage 2's memory type */
    if ((!later && !lacks_alignment_fault(k)) || !is_plain_unaligned(k, k->ours))
        return 0;
    uint64_t hcr = system_state(k->c, k->ours, SR_HCR_EL2);
    unsigned el = system_event_el(k->ours);
    bool stage1 = (system_state(k->c, k->ours, SR_SCTLR_EL1) & SCTLR_M) != 0;
    bool is = el <= 1 && !system_is_el2_regime(k->c, k->ours, el) && !stage1 && (hcr & HCR_VM) != 0 &&
              (hcr & HCR_DC) == 0;
    return is && (!known_same_place(k) || k->theirs->el == 2) ? KNOWN_ALL : 0;
}

/* DC ZVA to Device memory. */
uint64_t known_zva_device(struct known_case *k)
{
    return lacks_alignment_fault(k) && (known_insn(k, k->ours) & ~UINT32_C(31)) == 0xd50b7420 &&
                   known_is_device(k, k->ours, k->ours->far)
               ? KNOWN_ALL
               : 0;
}

/* Stage 1 off: an address that is too large comes before the alignment of Device memory. */
uint64_t known_address_size(struct known_case *k)
{
    if (k->d->what != SYSTEM_ESR || !known_is_data_abort(k->ours) || !is_plain_unaligned(k, k->ours))
        return 0;
    bool off = (known_sctlr(k, k->ours, system_event_el(k->ours)) & SCTLR_M) == 0;
    bool large = bits(k->ours->far, 63, 48) != 0;
    return off && large && bits(k->d->ours, 5, 0) == 0 && bits(k->d->theirs, 5, 0) == 0x21 ? MASK(5, 0) : 0;
}

/* An access with SP as its base. Rn is at the same place in all of them; PRFM doesn't access. */
uint64_t known_sp_alignment(struct known_case *k)
{
    static const enum sysreg pointers[] = {SR_SP_EL0, SR_SP_EL1, SR_SP_EL2};
    uint32_t insn = known_insn(k, k->ours);
    unsigned element, el;
    if (known_class(k->ours) != 0x26 || !is_about_abort(k) || known_access_bytes(insn, &element) == 0 ||
        bits(insn, 9, 5) != 31 || (insn & 0x3b000000) == 0x18000000)
        return 0;
    el = system_event_el(k->ours);
    uint64_t sp = system_state(k->c, k->ours, pointers[bit(k->ours->spsr, 0) ? el : 0]);
    bool checked = (known_sctlr(k, k->ours, el) & (el == 0 ? SCTLR_SA0 : SCTLR_SA)) != 0;
    bool other = known_same_place(k) && known_is_data_abort(k->theirs);
    return checked && (sp & 15) != 0 && (known_only_ours(k) || other) ? KNOWN_ALL : 0;
}

/* A target that is neither aligned nor mapped: it isn't fetched. */
uint64_t known_pc_alignment(struct known_case *k)
{
    bool is = is_about_abort(k) && known_same_place(k) && known_class(k->ours) == 0x22 &&
              (k->ours->elr & 3) != 0 && (known_class(k->theirs) == 0x20 || known_class(k->theirs) == 0x21);
    if (is) /* BR, BLR, RET */
        known_blame(k, known_last_insn(k, k->c->program->n_code, 0xff9ffc1f, 0xd61f0000));
    return is ? KNOWN_ALL : 0;
}

/* A synchronous External abort where SCR_EL3.EA=1 or HCR_EL2.TEA=1. QEMU may be lost in a vector then. */
uint64_t known_external_abort(struct known_case *k)
{
    if (!is_about_abort(k) || !known_is_abort(k->ours))
        return 0;
    unsigned status = known_status(k->ours);
    bool external = status == 0x10 || (status >= 0x13 && status <= 0x17);
    bool routed = k->ours->el == 3 ? bit(known_at_start(k, SR_SCR_EL3), 3)
                                   : k->ours->el == 2 && system_event_el(k->ours) < 2 &&
                                         (system_state(k->c, k->ours, SR_HCR_EL2) & HCR_TEA) != 0;
    bool lower = known_same_place(k) ? k->theirs->el < k->ours->el && known_is_abort(k->theirs) &&
                                           known_status(k->theirs) == status
                                     : k->theirs == NULL && k->c->theirs.timed_out;
    return external && routed && lower ? KNOWN_ALL : 0;
}

/* PSTATE.PAN doesn't count in the EL1&0 regime under HCR_EL2.{NV,NV1}={1,1}; at EL2 it does. */
uint64_t known_nv1_pan(struct known_case *k)
{
    const uint64_t nested = HCR_E2H | HCR_NV | HCR_NV1;
    bool next = is_about_abort(k) && known_same_place(k) && known_is_data_abort(k->theirs) &&
                bits(k->theirs->far, 11, 0) == 0 &&
                k->theirs->far - k->ours->far < 64; /* the next page's fault */
    if ((!known_only_ours(k) && !next) || !known_is_data_abort(k->ours) ||
        !known_is_permission_fault(k->ours))
        return 0;
    struct system_walk w = system_stage1(k->c, k->ours, true, k->ours->far, TABLES_AT_START);
    return (system_state(k->c, k->ours, SR_HCR_EL2) & nested) == nested && system_event_el(k->ours) == 2 &&
                   bit(k->ours->spsr, 22) && w.found && bit(w.descriptor, 6)
               ? KNOWN_ALL
               : 0;
}

/* EL0 under HCR_EL2.{E2H,TGE}={0,1}, or AT S1E* there, where SCTLR_EL1.M counts as 0. */
uint64_t known_tge_mmu(struct known_case *k)
{
    const struct program_event *e = k->ours != NULL ? k->ours : k->theirs;
    uint64_t hcr = system_state(k->c, e, SR_HCR_EL2);
    bool off =
        (hcr & HCR_TGE) != 0 && (hcr & HCR_E2H) == 0 && (system_state(k->c, e, SR_SCTLR_EL1) & SCTLR_M) != 0;
    if (off && known_is_register(k, SR_PAR_EL1)) { /* AT S1E0*, S1E1* */
        int at = known_last_insn(k, k->c->program->n_code, 0xfffffe00, 0xd5087800);
        known_blame(k, at);
        return at >= 0 ? KNOWN_ALL : 0;
    }
    bool abort = known_is_abort(k->ours) || known_is_abort(k->theirs);
    return off && e != NULL && is_about_abort(k) && system_event_el(e) == 0 && abort ? KNOWN_ALL : 0;
}

/* A Store-Exclusive whose monitor isn't set, to where it can't store. */
uint64_t known_store_exclusive(struct known_case *k)
{
    uint32_t insn = known_insn(k, k->ours);
    return known_only_ours(k) && known_is_data_abort(k->ours) && bit(k->ours->esr, 6) &&
                   known_is_exclusive(insn) && !bit(insn, 22)
               ? KNOWN_ALL
               : 0;
}

/* DC CVAP, DC CVADP. */
static bool is_cvap(uint32_t insn)
{
    return (insn & ~UINT32_C(31)) == 0xd50b7c20 || (insn & ~UINT32_C(31)) == 0xd50b7d20;
}

/* DC CVAP and CVADP as loads: PAN, unreadable memory; the syndrome, and FAR_ELx, of a load of the line. */
uint64_t known_cvap_load(struct known_case *k)
{
    if (known_only_theirs(k))
        return is_cvap(known_insn(k, k->theirs)) && known_is_data_abort(k->theirs) &&
                       known_is_permission_fault(k->theirs)
                   ? KNOWN_ALL
                   : 0;
    if (!known_same_place(k) || !known_is_data_abort(k->ours) || !is_cvap(known_insn(k, k->ours)))
        return 0;
    if (k->d->what == SYSTEM_ESR)
        return BIT(8) | BIT(6) | MASK(24, 14);
    bool line = k->d->what == SYSTEM_FAR && k->d->theirs == (k->d->ours & k->d->theirs) &&
                k->d->ours - k->d->theirs < 2048;
    return line ? KNOWN_ALL : 0;
}

/* DC IVAC, CVAC, CVAU, CIVAC, IC IVAU. */
static bool is_maintenance(uint32_t insn)
{
    uint32_t operation = insn & ~UINT32_C(31);
    return operation == 0xd5087620 || operation == 0xd50b7a20 || operation == 0xd50b7b20 ||
           operation == 0xd50b7e20 || operation == 0xd50b7520;
}

/* Other cache maintenance by VA does nothing in QEMU; here it faults as the manual says. It may be lost in a
 * vector then. */
uint64_t known_cache_maintenance(struct known_case *k)
{
    if (k->d->what == SYSTEM_EVENT && k->ours == NULL && k->c->ours.timed_out) {
        int n = known_next_insn(k, &k->c->ours, is_maintenance);
        known_blame(k, n);
        return n < 0 ? 0 : KNOWN_ALL;
    }
    return known_only_ours(k) && known_is_data_abort(k->ours) && bit(k->ours->esr, 8) &&
                   is_maintenance(known_insn(k, k->ours))
               ? KNOWN_ALL
               : 0;
}

/* Hardware makes pages of stage 1 dirty. */
static bool manages_dirty(const struct known_case *k, const struct program_event *e, bool el2)
{
    uint64_t tcr = system_state(k->c, e, el2 ? SR_TCR_EL2 : SR_TCR_EL1);
    bool single = el2 && (system_state(k->c, e, SR_HCR_EL2) & HCR_E2H) == 0;
    return single ? bits(tcr, 22, 21) == 3 : bits(tcr, 40, 39) == 3;
}

/* A page that hardware would make dirty at a write counts as writable: with WXN, or where EL0 could write it,
 * it isn't executable. */
uint64_t known_wxn_dirty(struct known_case *k)
{
    unsigned ec = known_class(k->ours);
    bool fetch = known_parted(k) && known_same_place(k);
    if ((!known_only_ours(k) && !fetch) || (ec != 0x20 && ec != 0x21) || !known_is_permission_fault(k->ours))
        return 0;
    unsigned el = system_event_el(k->ours);
    bool el2 = system_is_el2_regime(k->c, k->ours, el);
    bool wxn = (known_sctlr(k, k->ours, el) & SCTLR_WXN) != 0;
    for (unsigned when = TABLES_AT_START; when <= TABLES_AT_END; when++) {
        struct system_walk w = system_stage1(k->c, k->ours, el2, k->ours->far, when);
        bool clean = w.found && bit(w.descriptor, 51) && bit(w.descriptor, 7);
        if (clean && manages_dirty(k, k->ours, el2) && (wxn || (el != 0 && bit(w.descriptor, 6)))) {
            known_blame(k, known_last_insn(k, k->c->program->n_code, 0xff9ffc1f, 0xd61f0000));
            return KNOWN_ALL;
        }
    }
    return 0;
}

/* A writable page with SCTLR_ELx.WXN=1, to which PSTATE.PAN by SCTLR_ELx.EPAN permits no data access: it is
 * not executable all the same. */
uint64_t known_wxn_epan(struct known_case *k)
{
    unsigned ec = known_class(k->ours);
    bool fetch = known_only_ours(k) || (known_parted(k) && known_same_place(k));
    if (!fetch || (ec != 0x20 && ec != 0x21) || !known_is_permission_fault(k->ours) ||
        !bit(k->ours->spsr, 22))
        return 0;
    unsigned el = system_event_el(k->ours);
    bool el2 = system_is_el2_regime(k->c, k->ours, el);
    struct system_walk w = system_stage1(k->c, k->ours, el2, k->ours->far, TABLES_AT_START);
    uint64_t both = SCTLR_WXN | SCTLR_EPAN;
    if ((known_sctlr(k, k->ours, el) & both) != both || !w.found || bit(w.descriptor, 7) ||
        bit(w.descriptor, 54))
        return 0;
    known_blame(k, known_last_insn(k, k->c->program->n_code, 0xff9ffc1f, 0xd61f0000));
    return KNOWN_ALL;
}

/* Stage 2 begins at level 0 by SL0=2 of 4 KB pages (VSTCR_EL2's in Secure state), while VTCR_EL2.PS is below
 * 44 bits. */
static bool begins_above_ps(const struct known_case *k, const struct program_event *e)
{
    uint64_t vtcr = system_state(k->c, e, SR_VTCR_EL2);
    uint64_t shape = known_is_secure(k) ? known_at_start(k, SR_VSTCR_EL2) : vtcr;
    return bits(shape, 15, 14) == 0 && bits(shape, 7, 6) == 2 && bits(vtcr, 18, 16) < 4;
}

/* QEMU can't fetch the vector of EL1 that both went to; perhaps it is lost in those of EL2 then. */
static bool vector_starts_above_ps(const struct known_case *k)
{
    if (k->d->what != SYSTEM_EVENT || k->ours == NULL || k->ours->el != 1 ||
        (system_state(k->c, k->ours, SR_HCR_EL2) & HCR_VM) == 0 || !begins_above_ps(k, k->ours))
        return false;
    if (k->d->index >= k->c->theirs.n_events)
        return k->c->theirs.timed_out;
    const struct program_event *e = &k->c->theirs.events[k->d->index];
    return k->theirs != e && e->el == 2 && known_class(e) == 0x20 && known_status(e) >> 2 == 1;
}

/* That is legal where the implemented physical addresses have 44 bits, whatever VTCR_EL2.PS says. QEMU has a
 * Translation fault of stage 2 at level 0, or that of the stage 1 walk that it meets; also in PAR_EL1. */
uint64_t known_s2_start_level(struct known_case *k)
{
    unsigned ec = known_class(k->theirs);
    if (known_par_source(k) >= 0) {
        bool fault = bit(k->d->theirs, 0) && bit(k->d->theirs, 9) && bits(k->d->theirs, 6, 3) == 1;
        return fault && begins_above_ps(k, NULL) ? KNOWN_ALL : 0;
    }
    if (vector_starts_above_ps(k))
        return KNOWN_ALL;
    bool fetch =
        ec == 0x20 && known_parted(k) && known_same_place(k); /* where el2sim has another exception */
    /* el2sim's walk of stage 2 goes on, and may fault elsewhere */
    bool other = known_same_place(k) && is_about_abort(k) && known_is_abort(k->ours) && k->ours->el == 2;
    if ((!known_only_theirs(k) && !fetch && !other) || k->theirs->el != 2 || (ec != 0x20 && ec != 0x24))
        return 0;
    unsigned status = known_status(k->theirs); /* 0x2b: level -1 */
    return (status >> 2 == 1 || status == 0x2b) && begins_above_ps(k, k->theirs) ? KNOWN_ALL : 0;
}

/* A block where the level has none: 0, and with 16 KB and 64 KB pages 1 (D8.3.1, without TCR_ELx.DS). */
static bool is_bad_block(const struct system_walk *w)
{
    return w->found && w->level < 3 && (w->level < 1 || (w->level == 1 && w->granule != 12));
}

/* A walk of stage 1 for a fault at address va. */
static bool meets_bad_block(const struct known_case *k, const struct program_event *e, bool el2, uint64_t va)
{
    struct system_walk start = system_stage1(k->c, e, el2, va, TABLES_AT_START);
    struct system_walk end = system_stage1(k->c, e, el2, va, TABLES_AT_END);
    return is_bad_block(&start) || is_bad_block(&end);
}

/* The address that an AT instruction was given, and whether it is about EL2's regime. e: the state that it
 * ran in, NULL: that of the end. */
static bool at_operand(const struct known_case *k, const struct program_event *e, int at, bool *el2,
                       uint64_t *va)
{
    uint32_t insn = at < 0 ? 0 : k->c->program->code[at].raw;
    uint64_t hcr = system_state(k->c, e, SR_HCR_EL2);
    bool host = (hcr & HCR_E2H) != 0 && (hcr & HCR_TGE) != 0;
    *el2 = host || ((insn & 0xffffffc0) == 0xd50c7800);
    return insn != 0 && known_constant(k, (unsigned)at, insn & 31, va);
}

/* The same of AT, in the state of the program's start or end. */
static bool at_meets_bad_block(const struct known_case *k, int at)
{
    struct program_event start = {0};
    bool el2;
    uint64_t va;
    for (unsigned n = 0; system_state_register(n) != SR_NONE; n++)
        start.state[n] = known_at_start(k, system_state_register(n));
    return (at_operand(k, NULL, at, &el2, &va) && meets_bad_block(k, NULL, el2, va)) ||
           (at_operand(k, &start, at, &el2, &va) && meets_bad_block(k, &start, el2, va));
}

/* A block descriptor at a level that has none, 0 or with 16 KB and 64 KB 1, is invalid. */
uint64_t known_block_level(struct known_case *k)
{
    int at = known_par_source(k);
    if (at >= 0) {
        unsigned status = (unsigned)bits(k->d->ours, 6, 1);
        bool fault = bit(k->d->ours, 0) && (status == 4 || status == 5) && bits(k->d->ours, 9, 8) == 0;
        return fault && at_meets_bad_block(k, at) ? KNOWN_ALL : 0;
    }
    if (!is_about_abort(k) || !known_is_abort(k->ours) || bit(k->ours->esr, 7) ||
        (known_status(k->ours) != 4 && known_status(k->ours) != 5))
        return 0;
    bool el2 = system_is_el2_regime(k->c, k->ours, system_event_el(k->ours));
    return meets_bad_block(k, k->ours, el2, k->ours->far) ? KNOWN_ALL : 0;
}

/* Whether SCR_EL3.SIF, which makes a page not executable, also keeps SCTLR_ELx.EPAN from it, is a choice. */
uint64_t known_sif_epan(struct known_case *k)
{
    int at = known_par_source(k);
    const struct program_event *e = at < 0 ? k->theirs : NULL;
    uint64_t va;
    bool el2 = false, sif = known_is_secure(k) && bit(known_at_start(k, SR_SCR_EL3), 9);
    if (at >= 0) {
        bool par = !bit(k->d->ours, 0) && bit(k->d->theirs, 0) && bits(k->d->theirs, 6, 3) == 3;
        if (!par || !at_operand(k, NULL, at, &el2, &va))
            return 0;
    } else {
        if (!known_only_theirs(k) || !known_is_data_abort(e) || !known_is_permission_fault(e) ||
            !bit(e->spsr, 22))
            return 0;
        el2 = system_is_el2_regime(k->c, e, system_event_el(e));
        va = e->far;
    }
    struct system_walk w = system_stage1(k->c, e, el2, va, TABLES_AT_START);
    bool epan = (system_state(k->c, e, el2 ? SR_SCTLR_EL2 : SR_SCTLR_EL1) & SCTLR_EPAN) != 0;
    return sif && epan && w.found && w.non_secure ? KNOWN_ALL : 0;
}
