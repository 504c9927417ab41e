/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Known differences of `el2sim fuzz user`: whether a row of known.def explains what one instruction did. A
 * predicate looks at the instruction, the state before it and both outcomes, and is as narrow as the row of
 * docs/qemu-differences.md that it stands for.
 */
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "fuzz/known.h"
#include "fuzz/user.h"

typedef bool known_user(const struct user_step *s);

enum { LINUX_SIGILL = 4, LINUX_SIGBUS = 7, LINUX_SIGSEGV = 11 };

static bool is_load_store(uint32_t raw)
{
    return (raw & 0x0a000000) == 0x08000000;
}

/* CheckSPAlignment(): QEMU has no such check. */
static bool sp_alignment(const struct user_step *s)
{
    return s->ours->signal == LINUX_SIGBUS && is_load_store(s->raw) && bits(s->raw, 9, 5) == 31 &&
           (s->before->sp & 15) != 0 && s->ours->address == s->before->sp;
}

/* A branch to an address that is neither aligned nor mapped: QEMU looks at the mapping first. */
static bool pc_alignment(const struct user_step *s)
{
    return s->parts == PART_SIGNAL && s->ours->signal == LINUX_SIGBUS && s->qemus->signal == LINUX_SIGSEGV &&
           (s->ours->pc & 3) != 0 && s->ours->pc == s->qemus->pc;
}

/* LDAPRB, LDAPRH, LDAPR: without FEAT_LSE2 any unaligned address is an Alignment fault. */
static bool ldapr_alignment(const struct user_step *s)
{
    return s->ours->signal == LINUX_SIGBUS && (s->qemus->signal == 0 || s->qemus->signal == LINUX_SIGSEGV) &&
           (s->raw & 0x3ffffc00) == 0x38bfc000;
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
    if ((raw & 0x3f000000) != 0x08000000)
        return raw;
    bool pair = bit(raw, 21), load = bit(raw, 22), ordered = bit(raw, 23);
    if (pair && ordered)
        return raw; /* CAS */
    return raw | (pair ? 0 : 31u << 10) | (load || ordered ? 31u << 16 : 0);
}

static bool should_be_one(const struct user_step *s)
{
    uint32_t ones = with_ones(s->raw);
    return s->ours->signal == LINUX_SIGILL && s->qemus->signal != LINUX_SIGILL && ones != s->raw &&
           s->row[0] == 0 && decode_find(ones) != NULL;
}

/* FPSR[31:28] are the flags of AArch32, which el2sim hasn't. */
static bool fpsr_nzcv(const struct user_step *s)
{
    return s->parts == PART_FPSR && (s->raw & 0xffffffe0) == 0xd51b4420 &&
           bits(s->ours->fpsr ^ s->qemus->fpsr, 27, 0) == 0;
}

/* Xt of a DC or IC, which leaves it as it was. Not from the state before: that is of a block elsewhere, where
 * ADR gives another address. */
static uint64_t maintenance_operand(const struct user_step *s)
{
    unsigned t = s->raw & 31;
    return t != 31 ? s->ours->x[t] : 0;
}

/* DC ZVA and DC GZVA: QEMU's block, in user mode, has 512 bytes, and ours 64. */
static bool zva_size(const struct user_step *s)
{
    enum { QEMUS_BLOCK = 512 };
    uint64_t xt = maintenance_operand(s);
    uint64_t block = align_down(xt & ones(56), QEMUS_BLOCK) - USER_MEMORY_AT;
    if (s->parts != PART_MEMORY || ((s->raw & ~31u) != 0xd50b7420 && (s->raw & ~31u) != 0xd50b7480))
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
    uint64_t xt = maintenance_operand(s);
    return s->ours->signal == LINUX_SIGSEGV && s->qemus->signal == 0 && (s->raw & 0xfffff000) == 0xd50b7000 &&
           s->ours->address == xt;
}

/* DC and IC by address: QEMU reports the beginning of the block. */
static bool maintenance_address(const struct user_step *s)
{
    const uint64_t block = 512;
    return s->parts == PART_ADDRESS && s->ours->signal == LINUX_SIGSEGV &&
           (s->raw & 0xfffff000) == 0xd50b7000 && s->qemus->address < s->ours->address &&
           (s->ours->address << 8 >> 8) - (s->qemus->address << 8 >> 8) < block;
}

/* DC ZVA: QEMU's PC is that of the beginning of its translation block. */
static bool zva_pc(const struct user_step *s)
{
    return (s->parts & ~(unsigned)PART_ADDRESS) == PART_PC && s->ours->signal == LINUX_SIGSEGV &&
           ((s->raw & ~31u) == 0xd50b7420 || (s->raw & ~31u) == 0xd50b7480) && s->qemus->pc < s->ours->pc;
}

/* MDSCR_EL1.TDCC, which Linux sets, but QEMU's user mode doesn't. */
static bool mdccsr(const struct user_step *s)
{
    return s->ours->signal == LINUX_SIGILL && s->qemus->signal == 0 && (s->raw & ~31u) == 0xd5330100;
}

/* Modified immediates with cmode=1111, op=1, o2=1 are unallocated; QEMU takes them for FMOV (double). */
static bool fmov_o2(const struct user_step *s)
{
    return s->ours->signal == LINUX_SIGILL && s->qemus->signal == 0 && (s->raw & 0xfff8fc00) == 0x6f00fc00;
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
           from != 0 && bits(from, 63, 52) == 0;
}

/* The last doublewords of memory: an access across its end stores part of its data there. */
static bool only_end_differs(const struct user_outcome *a, const struct user_outcome *b)
{
    const uint64_t end = USER_MEMORY_SIZE - 64;
    for (unsigned n = 0; n < 2 * OUTPUT_MAX_CHANGES; n++) {
        const struct user_outcome *o = n < OUTPUT_MAX_CHANGES ? a : b;
        unsigned k = n % OUTPUT_MAX_CHANGES;
        if (k < o->changed && o->change[k].offset < end &&
            user_changed_to(a, o->change[k].offset) != user_changed_to(b, o->change[k].offset))
            return false;
    }
    return a->changed <= OUTPUT_MAX_CHANGES && b->changed <= OUTPUT_MAX_CHANGES;
}

/* A store that faults: memory that it could have written is UNKNOWN. */
static bool partial_store(const struct user_step *s)
{
    return s->parts == PART_MEMORY && s->ours->signal == LINUX_SIGSEGV && is_load_store(s->raw) &&
           only_end_differs(s->ours, s->qemus);
}

/* The registers that a load may write beside its base. */
static bool only_loaded_differ(const struct user_step *s)
{
    unsigned t = s->raw & 31, t2 = s->raw >> 10 & 31, n = s->raw >> 5 & 31;
    bool simd = bit(s->raw, 26), pair = (s->raw & 0x3a000000) == 0x28000000;
    for (unsigned k = 0; k < 32; k++) {
        bool loaded = k == t || (pair && k == t2) || (simd && !pair && ((k - t) & 31) < 4);
        if (memcmp(s->ours->v[k], s->qemus->v[k], sizeof(s->ours->v[k])) != 0 && !(loaded && simd))
            return false;
        if (k < 31 && s->ours->x[k] != s->qemus->x[k] && !(loaded && !simd && k != n))
            return false;
    }
    return true;
}

/* A load that faults: what it would have loaded is UNKNOWN; not its base. */
static bool partial_load(const struct user_step *s)
{
    return (s->parts & ~(unsigned)(PART_V | PART_X)) == 0 && s->ours->signal == LINUX_SIGSEGV &&
           is_load_store(s->raw) && only_loaded_differ(s);
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
