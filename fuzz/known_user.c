/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Known differences of `el2sim fuzz user`: whether a row of known.def explains what one instruction did. A
 * predicate looks at the instruction, the state before it and both outcomes, and is as narrow as the row of
 * docs/qemu-differences.md that it stands for.
 */
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "cpu/encoding.h"
#include "diff/operand.h"
#include "fuzz/known.h"
#include "fuzz/user.h"

typedef bool known_user(const struct user_step *s);

enum { LINUX_SIGILL = 4, LINUX_SIGBUS = 7, LINUX_SIGSEGV = 11 };

/* QEMU went on, or found nothing mapped. */
static bool qemu_accessed(const struct user_step *s)
{
    return s->qemus->signal == 0 || s->qemus->signal == LINUX_SIGSEGV;
}

/* Our instruction gave this signal, and did nothing else. */
static bool only_signalled(const struct user_step *s, uint64_t signal)
{
    struct user_outcome without = *s->ours;
    without.signal = 0;
    return s->ours->signal == signal && s->ours->pc == s->pc && user_compare(s->before, &without) == 0;
}

/* X0 to X30, and XZR. */
static uint64_t register_or_zero(const struct user_outcome *o, unsigned n)
{
    return n != 31 ? o->x[n] : 0;
}

/* CheckSPAlignment(): QEMU has no such check. PRFM hasn't, either. */
static bool sp_alignment(const struct user_step *s)
{
    return only_signalled(s, LINUX_SIGBUS) && qemu_accessed(s) && encodes_load_store(s->raw) &&
           bits(s->raw, 9, 5) == 31 && !encodes_literal(s->raw) && !encodes_prefetch(s->raw) &&
           !encodes_memory_copy(s->raw) && (s->before->sp & 15) != 0 && s->ours->address == s->before->sp;
}

/* A branch to an address that is neither aligned nor mapped: QEMU looks at the mapping first. */
static bool pc_alignment(const struct user_step *s)
{
    return s->parts == PART_SIGNAL && s->ours->signal == LINUX_SIGBUS && s->qemus->signal == LINUX_SIGSEGV &&
           (s->ours->pc & 3) != 0 && s->ours->pc == s->qemus->pc && !user_mapped(s->ours->pc, 4);
}

/* LDAPRB, LDAPRH, LDAPR: without FEAT_LSE2 any unaligned address is an Alignment fault. */
static bool ldapr_alignment(const struct user_step *s)
{
    struct operand_state state = {s->before->x, s->before->sp, s->pc};
    struct operand o;
    return only_signalled(s, LINUX_SIGBUS) && qemu_accessed(s) && (s->raw & 0x3ffffc00) == 0x38bfc000 &&
           operand_of(s->raw, &state, &o) && (o.va & ones(s->raw >> 30)) != 0 && s->ours->address == o.va;
}

/* An address that isn't canonical for QEMU's host (47 bits of user space): its host tells it no address. */
static bool fault_address(const struct user_step *s)
{
    return s->parts == PART_ADDRESS && s->ours->signal == LINUX_SIGSEGV && s->qemus->address == 0 &&
           bits(s->ours->address, 55, 47) != 0;
}

/* The same word with its should-be-one bits set, where it has any: SMULH, UMULH; exclusives, acquire,
 * release. */
static uint32_t with_ones(uint32_t raw)
{
    if ((raw & 0xff608000) == 0x9b400000)
        return raw | 31 << 10;
    if (!encodes_exclusive_or_ordered(raw))
        return raw;
    bool pair = bit(raw, 21), load = bit(raw, 22), ordered = bit(raw, 23);
    if (pair && (ordered || !bit(raw, 31)))
        return raw; /* CAS, CASP */
    return raw | (pair ? 0 : 31u << 10) | (load || ordered ? 31u << 16 : 0);
}

static bool should_be_one(const struct user_step *s)
{
    uint32_t ones = with_ones(s->raw);
    return only_signalled(s, LINUX_SIGILL) && s->qemus->signal != LINUX_SIGILL && ones != s->raw &&
           s->row[0] == 0 && decode_find(ones) != NULL;
}

/* FPSR[31:28] are the flags of AArch32, which el2sim hasn't. */
static bool fpsr_nzcv(const struct user_step *s)
{
    uint64_t written = register_or_zero(s->before, s->raw & 31);
    return s->parts == PART_FPSR && (s->raw & 0xffffffe0) == 0xd51b4420 &&
           s->ours->fpsr == bits(s->qemus->fpsr, 27, 0) && s->qemus->fpsr >> 28 == bits(written, 31, 28);
}

static bool is_zva(uint32_t raw)
{
    return (raw & ~31u) == 0xd50b7420 || (raw & ~31u) == 0xd50b7480; /* DC ZVA, DC GZVA */
}

/* IC IVAU and DC C*VA*, also those of tags: op1=3, CRn=7; op2=1 for data, 3 and 5 for tags. */
static bool is_maintenance(uint32_t raw)
{
    unsigned crm = (unsigned)bits(raw, 11, 8), op2 = (unsigned)bits(raw, 7, 5);
    bool data = op2 == 1 && (crm == 5 || (crm >= 10 && crm <= 14));
    bool tags = (op2 == 3 || op2 == 5) && (crm == 10 || (crm >= 12 && crm <= 14));
    return (raw & 0xfffff000) == 0xd50b7000 && (data || tags);
}

/* DC ZVA and DC GZVA: QEMU's block, in user mode, has 512 bytes, and ours 64. */
static bool zva_size(const struct user_step *s)
{
    enum { QEMUS_BLOCK = 512 };
    uint64_t xt = register_or_zero(s->before, s->raw & 31);
    uint64_t block = align_down(xt & ones(56), QEMUS_BLOCK) - USER_MEMORY_AT;
    if (s->parts != PART_MEMORY || !is_zva(s->raw))
        return false;
    for (uint64_t at = 0; at < USER_MEMORY_SIZE; at += 8)
        if (user_changed_to(s->ours, at) != user_changed_to(s->qemus, at) &&
            (at - block >= QEMUS_BLOCK || user_changed_to(s->qemus, at) != 0))
            return false;
    return true;
}

/* Cache maintenance by address, of an address that isn't mapped: QEMU has it as a NOP. */
static bool maintenance_fault(const struct user_step *s)
{
    uint64_t xt = register_or_zero(s->before, s->raw & 31);
    return only_signalled(s, LINUX_SIGSEGV) && s->parts == PART_SIGNAL && s->qemus->signal == 0 &&
           is_maintenance(s->raw) && s->ours->address == xt && !user_mapped(xt, 1);
}

/* DC and IC by address: QEMU reports the beginning of the block. */
static bool maintenance_address(const struct user_step *s)
{
    const uint64_t block = is_zva(s->raw) ? 512 : 32; /* QEMU's DCZID_EL0.BS, CTR_EL0.DminLine */
    uint64_t xt = register_or_zero(s->before, s->raw & 31);
    return s->parts == PART_ADDRESS && s->ours->signal == LINUX_SIGSEGV && s->ours->address == xt &&
           (is_zva(s->raw) || is_maintenance(s->raw)) &&
           (s->qemus->address & ones(56)) == align_down(xt & ones(56), block);
}

/* DC CVAP, DC CVADP of mapped memory by an address with a tag: QEMU looks for the mapping with the tag. */
static bool maintenance_tag(const struct user_step *s)
{
    uint64_t xt = register_or_zero(s->before, s->raw & 31);
    uint32_t word = s->raw & ~31u;
    return (word == 0xd50b7c20 || word == 0xd50b7d20) && s->parts == PART_SIGNAL && s->ours->signal == 0 &&
           s->qemus->signal == LINUX_SIGSEGV && s->qemus->pc == s->pc && xt >> 56 != 0 &&
           user_mapped(xt, 1) && s->qemus->address == align_down(xt, 32);
}

/* DC ZVA: QEMU's PC is that of the beginning of its translation block. */
static bool zva_pc(const struct user_step *s)
{
    return (s->parts & ~(unsigned)PART_ADDRESS) == PART_PC && s->ours->signal == LINUX_SIGSEGV &&
           is_zva(s->raw) && s->ours->pc == s->pc && s->qemus->pc < s->pc &&
           s->qemus->pc >= align_down(s->pc, USER_SLOT_SIZE);
}

/* MDSCR_EL1.TDCC, which Linux sets, but QEMU's user mode doesn't. */
static bool mdccsr(const struct user_step *s)
{
    return only_signalled(s, LINUX_SIGILL) && s->qemus->signal == 0 && (s->raw & ~31u) == 0xd5330100;
}

/* Modified immediates with cmode=1111, op=1, o2=1 are unallocated; QEMU takes them for FMOV (double). */
static bool fmov_o2(const struct user_step *s)
{
    return only_signalled(s, LINUX_SIGILL) && s->qemus->signal == 0 && (s->raw & 0xfff8fc00) == 0x6f00fc00;
}

/* BRAA, BRAB, BRAAZ, BRABZ: an assertion in QEMU's translator fails. */
static bool bra_dies(const struct user_step *s)
{
    return (s->raw & 0xfefff800) == 0xd61f0800;
}

/* FCVTZS, FCVTZU (vector, fixed-point, scalar) of half precision: bits [31:16] are not cleared. */
static bool half_fixed(const struct user_step *s)
{
    unsigned d = s->raw & 31, differ = 0;
    for (unsigned n = 0; n < 32; n++)
        differ += n != d && memcmp(s->ours->v[n], s->qemus->v[n], sizeof(s->ours->v[n])) != 0;
    return s->parts == PART_V && (s->raw & 0xdff0fc00) == 0x5f10fc00 && differ == 0 &&
           s->ours->v[d][1] == s->qemus->v[d][1] && (s->ours->v[d][0] ^ s->qemus->v[d][0]) << 48 == 0 &&
           s->ours->v[d][0] >> 16 == 0;
}

/* FJCVTZS of a positive denormal number with FPCR.FZ=1: the result isn't exact, so Z is 0. */
static bool javascript_denormal(const struct user_step *s)
{
    uint64_t from = s->before->v[s->raw >> 5 & 31][0];
    return s->parts == PART_NZCV && (s->raw & 0xfffffc00) == 0x1e7e0000 && bit(s->before->fpcr, 24) &&
           from != 0 && bits(from, 63, 52) == 0 && bits(s->ours->nzcv, 31, 28) == 0 &&
           bits(s->qemus->nzcv, 31, 28) == 4;
}

/* What the load or store accesses, where that begins in memory and goes across its end: a fault of the second
 * part. Its offset from the beginning of memory. */
static bool crosses_end(const struct user_step *s, uint64_t *offset)
{
    struct operand_state state = {s->before->x, s->before->sp, s->pc};
    struct operand o;
    if (s->ours->signal != LINUX_SIGSEGV || s->qemus->signal != LINUX_SIGSEGV || s->ours->pc != s->pc ||
        !operand_of(s->raw, &state, &o))
        return false;
    *offset = (o.va & ones(56)) - USER_MEMORY_AT;
    return *offset<USER_MEMORY_SIZE && * offset + o.size> USER_MEMORY_SIZE;
}

/* No byte of memory below `offset` differs. */
static bool only_behind_differs(const struct user_outcome *a, const struct user_outcome *b, uint64_t offset)
{
    for (uint64_t at = 0; at < offset; at += 8) {
        uint64_t differing = user_changed_to(a, at) ^ user_changed_to(b, at);
        if ((offset - at >= 8 ? differing : differing << (64 - 8 * (offset - at))) != 0)
            return false;
    }
    return a->changed <= OUTPUT_MAX_CHANGES && b->changed <= OUTPUT_MAX_CHANGES;
}

/* A store that faults in its second part: memory of the first one is UNKNOWN. */
static bool partial_store(const struct user_step *s)
{
    uint64_t offset;
    return s->parts == PART_MEMORY && crosses_end(s, &offset) &&
           only_behind_differs(s->ours, s->qemus, offset);
}

/* Only registers that a load writes differ, other than its base. */
static bool only_loaded_differ(const struct user_step *s)
{
    unsigned t = s->raw & 31, t2 = s->raw >> 10 & 31, n = s->raw >> 5 & 31;
    bool simd = bit(s->raw, 26), pair = encodes_pair(s->raw) || encodes_load_exclusive_pair(s->raw);
    for (unsigned k = 0; k < 32; k++) {
        bool loaded = k == t || (pair && k == t2) || (encodes_structures(s->raw) && ((k - t) & 31) < 4);
        if (memcmp(s->ours->v[k], s->qemus->v[k], sizeof(s->ours->v[k])) != 0 && !(loaded && simd))
            return false;
        if (k < 31 && s->ours->x[k] != s->qemus->x[k] && !(loaded && !simd && k != n))
            return false;
    }
    return true;
}

/* A load that faults in its second part: what it would have loaded is UNKNOWN; not its base. El2sim leaves it
 * as it was. */
static bool partial_load(const struct user_step *s)
{
    uint64_t offset;
    return (s->parts & ~(unsigned)(PART_V | PART_X)) == 0 && crosses_end(s, &offset) &&
           only_signalled(s, LINUX_SIGSEGV) && only_loaded_differ(s);
}

static const struct {
    known_user *explains;
    bool death; /* it is about instructions that end QEMU itself */
} predicates[] = {
#define KNOWN_USER(id, versions, predicate) {predicate, false},
#define KNOWN_DEATH(id, versions, predicate) {predicate, true},
#define KNOWN_SYSTEM(id, versions, predicate) {NULL, false},
#include "fuzz/known.def"
#undef KNOWN_USER
#undef KNOWN_DEATH
#undef KNOWN_SYSTEM
};

int user_known(const struct user_step *s)
{
    for (unsigned n = 0; n < known_count(); n++)
        if (predicates[n].explains != NULL && predicates[n].death == s->died &&
            known_applies(n, s->version) && predicates[n].explains(s))
            return (int)n;
    return -1;
}
