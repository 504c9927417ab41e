/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Known differences in what an exception records: bits of SPSR_ELx, of an abort's ESR_ELx, and HPFAR_EL2. One
 * predicate for each row of known.def; docs/qemu-differences.md ("Programs") says who is right.
 */
#include "fuzz/known_case.h"

#include "base/bits.h"
#include "fuzz/system_walk.h"
#include "sysregs/fields.h"

/* ---- SPSR_ELx ---- */

/* SPSR.BTYPE of exceptions for which it may be set to 0 (TakeException(), ZEROBTYPE): not of asynchronous
 * ones, branch targets, Illegal State, Instruction Aborts, PC alignment, breakpoints, step, vector catch and
 * BRK. */
uint64_t known_spsr_btype(struct known_case *k)
{
    unsigned ec = known_class(k->ours);
    bool kept = ec >= 64 || ec == 0x0d || ec == 0x0e || (ec >= 0x20 && ec <= 0x22) ||
                (ec >= 0x30 && ec <= 0x33) || ec == 0x3a || ec == 0x3c;
    return k->d->what == SYSTEM_SPSR && bits(k->d->ours, 11, 10) == 0 && !kept ? MASK(11, 10) : 0;
}

/* That of a BRK that a branch went to is kept. */
uint64_t known_brk_btype(struct known_case *k)
{
    bool brk = known_class(k->ours) == 0x3c && known_same_place(k);
    return k->d->what == SYSTEM_SPSR && brk && bits(k->d->theirs, 11, 10) == 0 ? MASK(11, 10) : 0;
}

/* PSTATE after an illegal return: SSBS, BTYPE, UAO, DIT and TCO are UNKNOWN; PAN is that of the SPSR
 * (SetPSTATEFromPSR()), as the constant right before MSR SPSR_ELx has it. */
uint64_t known_illegal_return(struct known_case *k)
{
    if (k->d->what != SYSTEM_SPSR || known_class(k->ours) != 0x0e)
        return 0;
    int eret = known_last_insn(k, k->c->program->n_code, UINT32_MAX, 0xd69f03e0);
    if (eret < 0)
        return 0;
    /* SPSR_EL1, SPSR_EL2, SPSR_EL12 */
    int msr = known_last_insn(k, (unsigned)eret, 0xfff8ffe0, 0xd5184000);
    uint64_t spsr, mask = BIT(12) | MASK(11, 10) | MASK(25, 23);
    if (msr >= 0 && known_constant(k, (unsigned)msr, k->c->program->code[msr].raw & 31, &spsr) &&
        bit(spsr, 22) == bit(k->d->ours, 22))
        mask |= BIT(22);
    known_blame(k, eret);
    return mask;
}

/* SPSR of an exception, or in the end that of one that wasn't recorded: of an SMC in a vector of EL1. */
static bool is_spsr(const struct known_case *k)
{
    return k->d->what == SYSTEM_SPSR || known_is_register(k, SR_SPSR_EL1) ||
           known_is_register(k, SR_SPSR_EL2);
}

/* The exception that SPSR is of was taken in a vector: QEMU's PSTATE is not that of the code before. */
static bool is_in_vector(const struct known_case *k)
{
    const struct program_event *e = k->d->what == SYSTEM_SPSR ? k->ours : NULL;
    uint64_t elr =
        e != NULL ? e->elr
                  : system_state(k->c, NULL, known_is_register(k, SR_SPSR_EL1) ? SR_ELR_EL1 : SR_ELR_EL2);
    bool el2 = bits(k->d->ours, 3, 2) == 2 && !(e != NULL && e->el == 1);
    uint64_t vectors = system_state(k->c, e, el2 ? SR_VBAR_EL2 : SR_VBAR_EL1);
    return bits(k->d->ours, 3, 2) != 0 && elr - vectors < 0x800;
}

/* SPSR.ALLINT: only QEMU has FEAT_NMI, whose exceptions set PSTATE.ALLINT. */
uint64_t known_spsr_allint(struct known_case *k)
{
    return is_spsr(k) && !bit(k->d->ours, 13) && is_in_vector(k) ? BIT(13) : 0;
}

/* N, Z, C, V and DIT in a vector: an exception leaves them as they are. */
uint64_t known_vector_flags(struct known_case *k)
{
    bool cleared = bits(k->d->theirs, 31, 28) == 0 && !bit(k->d->theirs, 24);
    return is_spsr(k) && cleared && is_in_vector(k) ? MASK(31, 28) | BIT(24) : 0;
}

/* ---- the syndrome of an abort ---- */

/* WnR of a Load-Exclusive. */
uint64_t known_exclusive_wnr(struct known_case *k)
{
    uint32_t insn = known_insn(k, k->ours);
    return k->d->what == SYSTEM_ESR && known_is_alignment_fault(k->ours) && known_is_exclusive(insn) &&
                   bit(insn, 22) && !bit(k->d->ours, 6)
               ? BIT(6)
               : 0;
}

/* WnR of an atomic instruction: 0 where a read would have faulted, too. */
uint64_t known_atomic_wnr(struct known_case *k)
{
    return k->d->what == SYSTEM_ESR && known_is_data_abort(k->ours) && !bit(k->d->ours, 6) &&
                   known_is_atomic(known_insn(k, k->ours))
               ? BIT(6)
               : 0;
}

/* ISV and what it makes valid are for stage 2: not where the abort came from EL2 itself, or by TGE. */
uint64_t known_isv_stage1(struct known_case *k)
{
    if (k->d->what != SYSTEM_ESR || !known_is_data_abort(k->ours) || k->ours->el != 2)
        return 0;
    bool stage1 = known_class(k->ours) == 0x25 || (system_state(k->c, k->ours, SR_HCR_EL2) & HCR_TGE) != 0;
    return stage1 && !bit(k->d->ours, 24) && bit(k->d->theirs, 24) ? MASK(24, 14) : 0;
}

/* PAR_EL1 of a fault of stage 2 on a walk of stage 1 ({S,PTW} = {1,1}). Programs clear PTW in what they read,
 * by BFC Xd, #7, #2. */
static bool is_par_of_walk(struct known_case *k)
{
    unsigned x = k->d->index;
    bool cleared =
        k->d->what == SYSTEM_X && known_last_insn(k, k->c->program->n_code, UINT32_MAX, 0xb37907e0 | x) >= 0;
    return known_par_source(k) >= 0 && bit(k->d->ours, 0) && bit(k->d->ours, 9) &&
           (cleared || bit(k->d->ours, 8));
}

/* ESR_EL2 of one. */
static bool is_esr_of_walk(const struct known_case *k)
{
    unsigned ec = known_class(k->ours);
    return k->d->what == SYSTEM_ESR && k->ours->el == 2 && (ec == 0x20 || ec == 0x24) && bit(k->d->ours, 7);
}

/* Bits of a fault status that hold the level, where QEMU's is the same fault of another level: level -1 has
 * encodings of its own. */
static uint64_t level_bits(unsigned ours, unsigned theirs)
{
    bool below = (theirs == 0x13 && ours >> 2 == 5) || (theirs == 0x2b && ours >> 2 == 1) ||
                 (theirs == 0x29 && ours >> 2 == 0);
    return below ? MASK(5, 0) : MASK(1, 0);
}

/* A fault of stage 2 on a walk of stage 1 has the level of stage 2; also in PAR_EL1. */
uint64_t known_s1ptw_level(struct known_case *k)
{
    unsigned low = is_par_of_walk(k) ? 1 : 0;
    uint64_t level =
        level_bits((unsigned)bits(k->d->ours, low + 5, low), (unsigned)bits(k->d->theirs, low + 5, low));
    return low != 0 || is_esr_of_walk(k) ? level << low : 0;
}

/* The level of a stage 2 permission fault that HCR_EL2.PTW makes of a walk; also in PAR_EL1. */
uint64_t known_ptw_level(struct known_case *k)
{
    bool ptw = (system_state(k->c, k->ours, SR_HCR_EL2) & HCR_PTW) != 0;
    if (ptw && is_par_of_walk(k) && bits(k->d->ours, 6, 3) == 3 && bits(k->d->theirs, 6, 1) == 0xc) {
        return MASK(2, 1);
    }
    return ptw && is_esr_of_walk(k) && bits(k->d->ours, 5, 2) == 3 && bits(k->d->theirs, 5, 0) == 0xc
               ? MASK(1, 0)
               : 0;
}

/* HPFAR_EL2.NS in Secure state tells the space of the address that stage 2 was given, 1: Non-secure, which is
 * the leaf's NS, or NSTable's for a table. QEMU has it the other way round. */
uint64_t known_hpfar_ns(struct known_case *k)
{
    if (k->d->what != SYSTEM_HPFAR || !known_is_secure(k) || k->ours->el != 2)
        return 0;
    struct system_walk start = system_stage1(k->c, k->ours, false, k->ours->far, TABLES_AT_START);
    struct system_walk end = system_stage1(k->c, k->ours, false, k->ours->far, TABLES_AT_END);
    bool ns = bit(k->d->ours, 63);
    return start.non_secure == ns || end.non_secure == ns ? BIT(63) : 0;
}
