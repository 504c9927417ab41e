/* SPDX-License-Identifier: BSD-2-Clause
 *
 * FEAT_MOPS: CPY*, CPYF*, SET*, and SETG* of FEAT_MTE. Arm ARM C3.2 "Memory Copy and Memory Set
 * instructions", C6.2 (CPYP, CPYFP, SETP and their options), D1.3 (Memory Copy and Memory Set exceptions).
 *
 * The choices that the architecture leaves:
 * - Option A, always: PSTATE.C is 0 between the stages; a forward copy has the end addresses in Xd and Xs and
 *   minus the number of bytes left in Xn, a backward one the start addresses and the number of bytes left.
 * - The prologue only prepares the registers, the main stage does all bytes, the epilogue finds Xn zero. A
 *   copy whose areas don't overlap goes forward.
 * - The unit is the byte: no access is unaligned. What lies in RAM is moved in one piece, which nobody can
 *   tell from bytes.
 * - One execution of the main stage ends at the next page boundary of either area. Until Xn is zero it leaves
 *   PC where it is, so that interrupts are taken with the registers saying what is left.
 * - Registers are checked only where there is something left to do (MemCpyZeroSizeCheck() is false). An Xn
 *   whose sign doesn't fit an instruction that only goes forward is ill-formed.
 * - SETG* stores granules, data and tag, and is not checked; its alignment is, at every stage.
 * - Overlapping register numbers, and number 31, are UNDEFINED (formats-base.h).
 *
 * Options 'T' choose the unprivileged translation (MEM_UNPRIV), 'N' is a hint for caches.
 */
#include "cpu/mops.h"

#include <string.h>

#include "cpu/engine.h"
#include "cpu/mte.h"
#include "cpu/observe.h"
#include "cpu/sem.h"

/* ISS of EC_MOPS */
enum {
    ISS_MEM_INST = 1 << 24, /* a memory set */
    ISS_IS_SETG = 1 << 23,
    ISS_OPTIONS_SHIFT = 19,
    ISS_FROM_EPILOGUE = 1 << 18,
    ISS_WRONG_OPTION = 1 << 17,
    ISS_OPTION_A = 1 << 16,
};

/* Where the size saturates: ArchMaxMOPSCPYSize, ArchMaxMOPSBlockSize. */
#define MAX_COPY UINT64_C(0x007fffffffffffff)
#define MAX_BLOCK UINT64_C(0x7fffffffffffffff)
#define MAX_TAGGED_BLOCK UINT64_C(0x7ffffffffffffff0)

/* ---- verdicts ---- */

struct mops_verdict mops_enabled(const struct route_state *s)
{
    bool host = el_is_in_host(s->feat, s->sr, 0);
    if (s->el <= 1 && !host && el2_enabled(s->feat, s->sr)) {
        if (!hcrx_enabled(s->feat, s->sr))
            return (struct mops_verdict){false, "HCRX_EL2 is not enabled: MSCEn is 0"};
        if (!(s->sr[SR_HCRX_EL2] & HCRX_MSCEN))
            return (struct mops_verdict){false, "HCRX_EL2.MSCEn=0"};
    }
    if (s->el == 0 && !(s->sr[host ? SR_SCTLR_EL2 : SR_SCTLR_EL1] & SCTLR_MSCEN))
        return (struct mops_verdict){false, host ? "SCTLR_EL2.MSCEn=0" : "SCTLR_EL1.MSCEn=0"};
    return (struct mops_verdict){true, "permitted"};
}

unsigned mops_mismatch_el(const struct route_state *s)
{
    if (s->el > 1)
        return s->el;
    if (s->el == 0)
        return el2_enabled(s->feat, s->sr) && (s->sr[SR_HCR_EL2] & HCR_TGE) ? 2 : 1;
    return hcrx_enabled(s->feat, s->sr) && (s->sr[SR_HCRX_EL2] & HCRX_MCE2) ? 2 : 1;
}

/* ---- exceptions ---- */

static struct route_state state_of(const struct cpu *c)
{
    return (struct route_state){.feat = c->feat, .sr = c->sr, .el = c->el, .daif = c->daif};
}

static bool permitted(struct cpu *c, const struct insn *i)
{
    const struct route_state s = state_of(c);
    c->cur = i;
    if (LIKELY(mops_enabled(&s).enabled))
        return true;
    raise_undefined(c, i);
    return false;
}

/* MismatchedMemCpyException(), MismatchedMemSetException() */
static const struct insn *mismatch(struct cpu *c, const struct insn *i, uint32_t iss, bool wrong_option)
{
    const struct route_state s = state_of(c);
    iss |= ISS_OPTION_A | (i->raw & 31) << 10 | (i->raw >> 16 & 31) << 5 | (i->raw >> 5 & 31);
    if (i->aux == MOPS_EPILOGUE)
        iss |= ISS_FROM_EPILOGUE;
    if (wrong_option)
        iss |= ISS_WRONG_OPTION;
    raise_sync(c, i, EC_MOPS, iss, mops_mismatch_el(&s), "registers that no earlier stage left");
    return cpu_resume(c);
}

/* ---- pieces ---- */

/* Bytes from va to the end of its page, and from the beginning of its page up to va. */
static uint64_t bytes_after(uint64_t va)
{
    return 4096 - (va & 4095);
}

static uint64_t bytes_up_to(uint64_t va)
{
    return (va & 4095) + 1;
}

static unsigned least(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t m = a < b ? a : b;
    return (unsigned)(m < c ? m : c);
}

/* After a main stage: the next instruction, or the same one again for what is left. */
static const struct insn *advance(struct cpu *c, const struct insn *i)
{
    if (c->x[i->rn] == 0)
        return cpu_next(c, i);
    c->pc = PC;
    c->btype = 0;
    c->cur = NULL;
    cpu_refund(c, i);
    return cpu_resume(c);
}

/* Copies n bytes, which are in one page at either end; c->x[i->rn] follows. False: an exception was taken. */
static bool copy_piece(struct cpu *c, const struct insn *i, uint64_t to, uint64_t from, unsigned n,
                       bool forward)
{
    unsigned read = (i->raw >> 13 & 1) ? MEM_UNPRIV : 0, write = (i->raw >> 12 & 1) ? MEM_UNPRIV : 0;
    unsigned first = forward ? 0 : n - 1;
    uint8_t *source, *target;
    if (!mem_window(c, i, from, first, n, false, read, &source) ||
        !mem_window(c, i, to, first, n, true, write, &target))
        return false;
    if (LIKELY(source != NULL && target != NULL)) {
        if (UNLIKELY(c->tells_memory))
            observe_window(c, from, source, n, false);
        memmove(target, source, n);
        if (UNLIKELY(c->tells_memory))
            observe_window(c, to, target, n, true);
        c->x[i->rn] += forward ? n : -(uint64_t)n;
        return true;
    }
    for (unsigned k = 0; k < n; k++) {
        unsigned at = forward ? k : n - 1 - k;
        uint8_t byte;
        if (!mem_load(c, i, from + at, &byte, 1, read) || !mem_store(c, i, to + at, &byte, 1, write))
            return false;
        c->x[i->rn] += forward ? 1 : UINT64_MAX;
    }
    return true;
}

static bool set_piece(struct cpu *c, const struct insn *i, uint64_t to, unsigned n)
{
    unsigned flags = (i->raw >> 12 & 1) ? MEM_UNPRIV : 0;
    uint8_t *target, byte = (uint8_t)c->x[i->rm];
    if (!mem_window(c, i, to, 0, n, true, flags, &target))
        return false;
    if (LIKELY(target != NULL)) {
        memset(target, byte, n);
        if (UNLIKELY(c->tells_memory))
            observe_window(c, to, target, n, true);
        c->x[i->rn] += n;
        return true;
    }
    for (unsigned k = 0; k < n; k++) {
        if (!mem_store(c, i, to + k, &byte, 1, flags))
            return false;
        c->x[i->rn]++;
    }
    return true;
}

/* SETG*: the granules of [to, to + n). */
static bool set_tagged_piece(struct cpu *c, const struct insn *i, uint64_t to, unsigned n)
{
    unsigned flags = (i->raw >> 12 & 1) ? MEM_UNPRIV : 0;
    uint8_t data[TAG_GRANULE];
    memset(data, (uint8_t)c->x[i->rm], sizeof(data));
    for (unsigned k = 0; k < n; k += TAG_GRANULE) {
        if (!mem_store(c, i, to + k, data, sizeof(data), flags) ||
            !mte_tag_block(c, i, to + k, TAG_GRANULE, flags))
            return false;
        c->x[i->rn] += TAG_GRANULE;
    }
    return true;
}

/* ---- copy ---- */

static bool only_forward(const struct insn *i)
{
    return !(i->raw >> 26 & 1);
}

/* IsMemCpyForward(): tags and the like don't count. */
static bool copies_forward(uint64_t to, uint64_t from, uint64_t size)
{
    to &= MASK(55, 0);
    from &= MASK(55, 0);
    return !(from < to && from + size > to);
}

static void prepare_copy(struct cpu *c, const struct insn *i)
{
    uint64_t size = c->x[i->rn], max = only_forward(i) ? MAX_BLOCK : MAX_COPY;
    if (size > max)
        size = max;
    if (only_forward(i) || copies_forward(c->x[i->rd], c->x[i->rm], size)) {
        c->x[i->rd] += size;
        c->x[i->rm] += size;
        size = -size;
    }
    c->x[i->rn] = size;
    set_nzcv(c, 0);
}

const struct insn *exec_mops_copy(struct cpu *c, const struct insn *i)
{
    if (!permitted(c, i))
        return cpu_resume(c);
    if (i->aux == MOPS_PROLOGUE) {
        prepare_copy(c, i);
        return cpu_next(c, i);
    }
    uint64_t left = c->x[i->rn], to = c->x[i->rd] + left, from = c->x[i->rm] + left;
    bool forward = left >> 63, wrong_option = c->cf & 1;
    if (left == 0)
        return cpu_next(c, i);
    if (wrong_option || i->aux == MOPS_EPILOGUE || (only_forward(i) && !forward))
        return mismatch(c, i, (i->raw >> 12 & 15) << ISS_OPTIONS_SHIFT, wrong_option);
    unsigned n = forward ? least(-left, bytes_after(to), bytes_after(from))
                         : least(left, bytes_up_to(to - 1), bytes_up_to(from - 1));
    if (!forward) {
        to -= n;
        from -= n;
    }
    return copy_piece(c, i, to, from, n, forward) ? advance(c, i) : cpu_resume(c);
}

/* ---- set ---- */

static bool sets_tags(const struct insn *i)
{
    return i->raw >> 26 & 1;
}

/* SETG* wants an address and a number of bytes in whole granules. */
static bool granules(struct cpu *c, const struct insn *i, uint64_t to, uint64_t left)
{
    const struct fault f = {.type = FAULT_ALIGNMENT, .write = true, .rule = "SETG* of parts of granules"};
    if (!sets_tags(i) || (((left != 0 ? to : 0) | left) & (TAG_GRANULE - 1)) == 0)
        return true;
    raise_data_abort(c, i, to, true, &f, 0);
    return false;
}

static const struct insn *prepare_set(struct cpu *c, const struct insn *i)
{
    uint64_t max = sets_tags(i) ? MAX_TAGGED_BLOCK : MAX_BLOCK, size = c->x[i->rn];
    if (size > MAX_BLOCK)
        size = max;
    if (!granules(c, i, c->x[i->rd], size))
        return cpu_resume(c);
    c->x[i->rd] += size;
    c->x[i->rn] = -size;
    set_nzcv(c, 0);
    return cpu_next(c, i);
}

const struct insn *exec_mops_set(struct cpu *c, const struct insn *i)
{
    if (!permitted(c, i))
        return cpu_resume(c);
    if (i->aux == MOPS_PROLOGUE)
        return prepare_set(c, i);
    uint64_t left = c->x[i->rn], to = c->x[i->rd] + left;
    bool wrong_option = c->cf & 1, tags = sets_tags(i);
    if (left == 0)
        return cpu_next(c, i);
    if (wrong_option || i->aux == MOPS_EPILOGUE || !(left >> 63))
        return mismatch(c, i,
                        ISS_MEM_INST | (tags ? ISS_IS_SETG : 0) | (i->raw >> 12 & 3) << ISS_OPTIONS_SHIFT,
                        wrong_option);
    if (!granules(c, i, to, left))
        return cpu_resume(c);
    unsigned n = least(-left, bytes_after(to), 4096);
    return (tags ? set_tagged_piece(c, i, to, n) : set_piece(c, i, to, n)) ? advance(c, i) : cpu_resume(c);
}
