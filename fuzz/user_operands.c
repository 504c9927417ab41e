/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a random instruction word needs to be worth running: branches that go forward, addresses in the memory
 * of blocks (or beside it, now and then), nothing that calls the system or whose result is nobody's business.
 * Works on encodings (Arm ARM C4.1), so that it also takes words that no row of the decode table has.
 */
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "cpu/encoding.h"
#include "fuzz/user.h"

enum { SP = 31 };

static unsigned rt(uint32_t raw)
{
    return raw & 31;
}
static unsigned rn(uint32_t raw)
{
    return raw >> 5 & 31;
}
static unsigned rt2(uint32_t raw)
{
    return raw >> 10 & 31;
}
static unsigned rs(uint32_t raw)
{
    return raw >> 16 & 31;
}

/* ---- what can't be used ---- */

bool user_calls_host(uint32_t raw)
{
    return (raw & 0xffe0001f) == 0xd4000001 || raw == 0xd4400000 + (0xf000 << 5);
}

/* Pointer authentication: QEMU's keys are random. XPAC has none. */
static bool depends_on_keys(const struct decode_row *row)
{
    return (row->feature[0] == FEAT_PAuth && strncmp(row->name, "XPAC", 4) != 0) ||
           strncmp(row->name, "PACI", 4) == 0 || strncmp(row->name, "AUTI", 4) == 0;
}

/* Times, random numbers, and what Linux emulates or the CPU model decides: identification, CTR_EL0,
 * DCZID_EL0.
 */
static bool is_nobodys_register(uint32_t raw)
{
    unsigned op0 = 2 + bit(raw, 19), op1 = (unsigned)bits(raw, 18, 16), crn = (unsigned)bits(raw, 15, 12),
             crm = (unsigned)bits(raw, 11, 8);
    if ((raw & 0xffd00000) != 0xd5100000 || op0 != 3)
        return false;
    return (op1 == 3 && crn == 14 && crm < 8) || (op1 == 3 && crn == 2 && crm == 4) ||
           (op1 == 0 && crn == 0) || (op1 == 3 && crn == 0);
}

/* CONSTRAINED UNPREDICTABLE combinations of registers. */
static bool is_unpredictable(uint32_t raw)
{
    unsigned t = rt(raw), t2 = rt2(raw), s = rs(raw), n = rn(raw);
    bool simd = bit(raw, 26);
    if (encodes_load_exclusive_pair(raw))
        return t == t2;
    if (encodes_store_exclusive(raw))
        return s == t || (s == n && n != SP) || (bit(raw, 21) && s == t2);
    if (encodes_pair(raw)) {
        bool tags = (raw & 0xfe400000) == 0x68000000; /* STGP */
        if (bit(raw, 22) && t == t2)
            return true;
        return !simd && !tags && bit(raw, 23) && n != SP && (n == t || n == t2);
    }
    if ((raw & 0x3f200400) == 0x38000400) /* post-indexed, pre-indexed */
        return n != SP && n == t;
    if ((raw & 0x3f200c00) == 0x19000800) /* FEAT_LRCPC3 */
        return n == t || n == s || t == s;
    if ((raw & 0xff200c00) == 0x19200000) /* FEAT_LSE128 */
        return t == s;
    return false;
}

static bool is_usable(uint32_t raw)
{
    const struct decode_row *row = decode_find(raw);
    return !user_calls_host(raw) && !is_nobodys_register(raw) && !is_unpredictable(raw) &&
           !encodes_memory_copy(raw) && !encodes_store_exclusive(raw) &&
           (row == NULL || !depends_on_keys(row));
}

/* ---- addresses ---- */

/* How a load or store makes its address. */
struct address_form {
    bool index;     /* Rm, extended by `option`, shifted by `shift` */
    bool whole;     /* atomic or exclusive: mostly aligned */
    int64_t offset; /* 0 where the base is used as it is */
    unsigned scale; /* log2 of the access's size, about */
    unsigned option, shift;
};

static unsigned single_scale(uint32_t raw)
{
    unsigned size = raw >> 30;
    return bit(raw, 26) ? (unsigned)bit(raw, 23) << 2 | size : size;
}

static unsigned pair_scale(uint32_t raw)
{
    unsigned opc = raw >> 30;
    if (bit(raw, 26))
        return 2 + opc;
    return opc == 1 && !bit(raw, 22) ? 4 : 2 + (opc >> 1);
}

/* False: no load or store with a base register. */
static bool address_form(uint32_t raw, struct address_form *f)
{
    int64_t imm9 = sign_extend(bits(raw, 20, 12), 9);
    unsigned mode = (unsigned)bits(raw, 11, 10);
    *f = (struct address_form){.scale = raw >> 30};
    if (encodes_exclusive_or_ordered(raw)) {
        f->whole = true;
    } else if ((raw & 0xbe000000) == 0x0c000000) { /* LD1 to ST4 */
        f->scale = 3;
    } else if (encodes_pair(raw)) {
        f->scale = pair_scale(raw);
        if (bits(raw, 24, 23) != 1)
            f->offset = sign_extend(bits(raw, 21, 15), 7) * (1 << f->scale);
    } else if ((raw & 0x3b000000) == 0x39000000) {
        f->scale = single_scale(raw);
        f->offset = (int64_t)(bits(raw, 21, 10) << f->scale);
    } else if ((raw & 0x3b200000) == 0x38000000) {
        f->scale = single_scale(raw);
        f->offset = mode != 1 ? imm9 : 0;
    } else if ((raw & 0x3b200c00) == 0x38200800) {
        f->scale = single_scale(raw);
        f->index = true;
        f->option = (unsigned)bits(raw, 15, 13);
        f->shift = bit(raw, 12) ? f->scale : 0;
    } else if ((raw & 0x3b200c00) == 0x38200000) {
        f->whole = true;
    } else if ((raw & 0xff200000) == 0xd9200000) { /* tags */
        f->scale = 4;
        f->offset = mode != 1 ? imm9 * 16 : 0;
    } else if ((raw & 0x3b000000) == 0x19000000) {
        f->whole = true;
        f->offset = !bit(raw, 21) && (mode == 0 || bit(raw, 26)) ? imm9 : 0;
    } else {
        return false;
    }
    return true;
}

/* Somewhere in the memory of blocks; now and then at an edge, outside, or with a tag in bits [63:56]. */
static uint64_t pick_address(struct random *r, const struct address_form *f)
{
    const uint64_t end = USER_MEMORY_AT + USER_MEMORY_SIZE;
    uint64_t at = USER_MEMORY_AT + 128 + random_below(r, USER_MEMORY_SIZE - 384), tag = 0;
    unsigned kind = (unsigned)random_below(r, 64);
    if (kind < 5)
        at = USER_MEMORY_AT + USER_MEMORY_SIZE / 2 - random_below(r, 64);
    else if (kind < 7)
        at = end - random_below(r, 48);
    else if (kind < 8)
        at = USER_MEMORY_AT - random_below(r, 32);
    else if (kind < 9)
        at = random_one_in(r, 2) ? random_below(r, 0x8000) : random_u64(r) | BIT(50);
    else if (kind < 12)
        tag = random_u64(r) << 56;
    unsigned aligned = f->whole ? 7 : 4;
    if (random_below(r, 8) < aligned)
        at &= ~UINT64_C(15);
    else if (random_one_in(r, 2))
        at &= ~(BIT(f->scale < 4 ? f->scale : 4) - 1);
    return at | tag;
}

uint32_t user_written_before(const struct user_block *b, unsigned k)
{
    uint32_t set = 0;
    for (unsigned j = 0; j < k; j++) {
        uint32_t raw = b->insn[j];
        set |= (uint32_t)(BIT(rt(raw)) | BIT(rn(raw)) | BIT(rt2(raw)) | BIT(rs(raw)));
        if ((raw & 0xfc000000) == 0x94000000 || (raw & 0xfe000000) == 0xd6000000)
            set |= (uint32_t)BIT(30); /* BL, BLR */
        if (encodes_exclusive_or_ordered(raw))
            set |= (uint32_t)BIT((rs(raw) + 1) & 31); /* CASP */
    }
    return set;
}

/* Another base register, where the one of the word has a value already. */
static bool move_base(uint32_t *raw, uint32_t taken, struct random *r)
{
    for (unsigned n = 0; n < 16; n++) {
        uint32_t other = (*raw & ~(31u << 5)) | (uint32_t)random_below(r, 31) << 5;
        if (!bit(taken, rn(other)) && !is_unpredictable(other) && decode_find(other) == decode_find(*raw)) {
            *raw = other;
            return true;
        }
    }
    return false;
}

/* The value of the index register, and what it adds. */
static uint64_t pick_index(struct user_block *b, uint32_t raw, const struct address_form *f, struct random *r,
                           uint32_t *fixed)
{
    unsigned m = rs(raw);
    int64_t index = (int64_t)random_below(r, 256) - 128;
    if (m == 31)
        return 0;
    if (f->option == 2) /* UXTW */
        index &= 0x7f;
    uint64_t v = (uint64_t)index;
    if (f->option == 2 || f->option == 6)
        v = (v & 0xffffffff) | random_u64(r) << 32;
    if (!bit(*fixed, m))
        b->x[m] = v;
    *fixed |= (uint32_t)BIT(m);
    return (uint64_t)index << f->shift;
}

static void point_base(struct user_block *b, unsigned k, struct random *r, uint32_t *fixed,
                       const struct address_form *f)
{
    uint32_t taken = *fixed | user_written_before(b, k);
    if (bit(taken, rn(b->insn[k])) && !move_base(&b->insn[k], taken, r))
        return;
    unsigned n = rn(b->insn[k]);
    if (bit(*fixed, n))
        return;
    *fixed |= (uint32_t)BIT(n);
    uint64_t base = pick_address(r, f) - (uint64_t)f->offset;
    if (f->index)
        base -= pick_index(b, b->insn[k], f, r, fixed);
    if (n == SP)
        b->sp = base & ~UINT64_C(15);
    else
        b->x[n] = base;
}

/* ---- branches ---- */

/* Sets the field of `width` bits from bit `low` up to go 1 or more instructions ahead, at most to the end. */
static void forward(struct user_block *b, unsigned k, struct random *r, unsigned width, unsigned low)
{
    uint32_t mask = (uint32_t)(ones(width) << low), words = 1 + (uint32_t)random_below(r, BLOCK_INSNS - k);
    b->insn[k] = (b->insn[k] & ~mask) | words << low;
}

bool user_branch_field(uint32_t raw, unsigned *width, unsigned *low)
{
    *low = 5;
    if ((raw & 0x7c000000) == 0x14000000) {
        *width = 26;
        *low = 0;
    } else if ((raw & 0xff000000) == 0x54000000 || (raw & 0x7e000000) == 0x34000000) {
        *width = 19;
    } else if ((raw & 0x7e000000) == 0x36000000) {
        *width = 14;
    } else {
        return false;
    }
    return true;
}

static bool fix_branch(struct user_block *b, unsigned k, struct random *r)
{
    unsigned width, low;
    if (!user_branch_field(b->insn[k], &width, &low))
        return false;
    forward(b, k, r, width, low);
    return true;
}

/* BR, BLR, RET: to an instruction further on, or sometimes to where nothing can be executed. Never to a value
 * that the block made: it could be an instruction further back, or of the runner. */
static bool aim_register(struct user_block *b, unsigned k, struct random *r, uint32_t *fixed)
{
    unsigned n = rn(b->insn[k]);
    uint32_t taken = *fixed | user_written_before(b, k);
    if (n != 31 && bit(taken, n) && !move_base(&b->insn[k], taken, r))
        return false;
    n = rn(b->insn[k]);
    if (n == 31)
        return true;
    *fixed |= (uint32_t)BIT(n);
    if (random_one_in(r, 16)) {
        b->x[n] = random_one_in(r, 2) ? USER_MEMORY_AT : random_u64(r) | BIT(50) | 2;
        return true;
    }
    b->x[n] = 4 * (k + 1 + random_below(r, BLOCK_INSNS - k));
    if (random_one_in(r, 16))
        b->x[n] += 2;
    b->x_code |= (uint32_t)BIT(n);
    return true;
}

static bool is_branch_register(uint32_t raw)
{
    return (raw & 0xff9ffc1f) == 0xd61f0000 || (raw & 0xfffffc1f) == 0xd65f0000;
}

/* ---- the whole ---- */

/* LDR (literal) and PRFM: from the pool, which begins behind the branch to the saver. */
static void aim_literal(struct user_block *b, unsigned k, struct random *r)
{
    uint32_t words = BLOCK_INSNS - k + 1 + (uint32_t)random_below(r, BLOCK_POOL);
    b->insn[k] = (b->insn[k] & ~(0x7ffffu << 5)) | words << 5;
}

/* DC and IC by address, at EL0: in memory, so that nothing depends on whether they check it. */
static void point_maintenance(struct user_block *b, struct random *r, uint32_t raw, uint32_t *fixed)
{
    unsigned t = rt(raw);
    if (t == 31 || bit(*fixed, t))
        return;
    b->x[t] = USER_MEMORY_AT + 1024 + random_below(r, USER_MEMORY_SIZE - 2048);
    *fixed |= (uint32_t)BIT(t);
}

/* MSR FPCR: values without the bits that only one side has; only where nothing can have changed the register.
 */
static bool fix_fpcr(struct user_block *b, unsigned k, struct random *r, uint32_t *fixed)
{
    unsigned t = rt(b->insn[k]);
    if (t == 31)
        return true;
    if (bit(*fixed | user_written_before(b, k), t))
        return false;
    b->x[t] = user_value_fpcr(r);
    *fixed |= (uint32_t)BIT(t);
    return true;
}

bool user_operands(struct user_block *b, unsigned k, struct random *r, uint32_t *fixed)
{
    struct address_form f;
    uint32_t raw = b->insn[k];
    if (!is_usable(raw))
        return false;
    if (fix_branch(b, k, r))
        return true;
    if (is_branch_register(raw))
        return aim_register(b, k, r, fixed);
    if ((raw & 0x3b000000) == 0x18000000)
        aim_literal(b, k, r);
    else if (address_form(raw, &f))
        point_base(b, k, r, fixed, &f);
    else if ((raw & 0xfff8f000) == 0xd5087000)
        point_maintenance(b, r, raw, fixed);
    else if ((raw & 0xffffffe0) == 0xd51b4400)
        return fix_fpcr(b, k, r, fixed);
    return true;
}
