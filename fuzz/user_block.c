/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A block from its seed: a few instructions of classes drawn by weight, then their operands, in a state of
 * special and random values. What makes sense only as a sequence (a load exclusive and its store, signing and
 * checking a pointer, the three stages of a memory copy) is put in as a whole.
 */
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "base/log.h"
#include "fuzz/user.h"

enum { TRIES = 64 };

/* A block in the making. */
struct maker {
    struct user_block *b;
    const struct user_classes *c;
    struct random r;
    uint32_t inside; /* registers with addresses inside a sequence, for its own branch */
    uint32_t fixed;  /* registers whose input values are taken; bit 31: SP */
    uint8_t pool[4]; /* register numbers that are drawn more often, so that instructions use each other's
                        results */
};

/* ---- words ---- */

/* A free register field takes a number of the pool every other time. */
static uint32_t draw_registers(struct maker *m, const struct decode_row *row, uint32_t raw)
{
    static const unsigned low[] = {0, 5, 16};
    for (unsigned n = 0; n < ARRAY_LEN(low); n++) {
        uint32_t field = 31u << low[n];
        if ((row->mask & field) != 0 || random_one_in(&m->r, 2))
            continue;
        uint32_t number = random_one_in(&m->r, 12) ? 31 : m->pool[random_below(&m->r, ARRAY_LEN(m->pool))];
        raw = (raw & ~field) | number << low[n];
    }
    return raw;
}

uint32_t user_word(struct random *r, const struct decode_row *row, const struct features *f, bool legal)
{
    uint32_t raw = row->value;
    for (unsigned n = 0; n < TRIES; n++) {
        struct insn o = {0};
        raw = row->value | ((uint32_t)random_u64(r) & ~row->mask);
        decode(&o, raw, f, false);
        if (!legal || o.op != OP_UNDEFINED)
            break;
    }
    return raw;
}

static bool is_allocated(const struct maker *m, uint32_t raw)
{
    struct insn o = {0};
    decode(&o, raw, &m->c->features, false);
    return o.op != OP_UNDEFINED;
}

/* One instruction of the class; mostly allocated. */
static uint32_t row_word(struct maker *m, enum user_class class)
{
    bool legal = !random_one_in(&m->r, 32);
    const struct decode_row *row = m->c->row[class][random_below(&m->r, m->c->n[class])];
    uint32_t raw = user_word(&m->r, row, &m->c->features, legal);
    uint32_t drawn = draw_registers(m, row, raw);
    return !legal || is_allocated(m, drawn) ? drawn : raw;
}

/* An instruction that would end QEMU. */
static bool is_deadly(const struct maker *m, uint32_t raw)
{
    const struct decode_row *row = m->c->n_deadly != 0 ? decode_find(raw) : NULL;
    for (unsigned n = 0; row != NULL && n < m->c->n_deadly; n++)
        if (m->c->deadly[n] == row)
            return true;
    return false;
}

/* Appends one instruction, if there is room and it can be used. */
static bool add(struct maker *m, uint32_t raw)
{
    struct user_block *b = m->b;
    if (b->n == BLOCK_INSNS || is_deadly(m, raw))
        return false;
    b->insn[b->n] = raw;
    if (!user_operands(b, b->n, &m->r, &m->fixed))
        return false;
    b->n++;
    return true;
}

/* Appends instructions that belong together, as they are. */
static bool add_sequence(struct maker *m, const uint32_t *raw, unsigned n)
{
    struct user_block *b = m->b;
    if (b->n + n > BLOCK_INSNS)
        return false;
    for (unsigned k = 0; k < n; k++)
        if (is_deadly(m, raw[k]))
            return false;
    for (unsigned k = 0; k < n; k++) {
        b->glued |= k + 1 < n ? (uint8_t)BIT(b->n) : 0;
        b->insn[b->n++] = raw[k];
    }
    return true;
}

/* n different registers whose values aren't taken, X0 to X30. */
static bool take_registers(struct maker *m, unsigned *reg, unsigned n)
{
    uint32_t taken = m->fixed | (uint32_t)BIT(31) | user_written_before(m->b, m->b->n);
    for (unsigned k = 0; k < n; k++) {
        unsigned try = 0;
        do
            reg[k] = (unsigned)random_below(&m->r, 31);
        while (bit(taken, reg[k]) && try++ < TRIES);
        if (bit(taken, reg[k]))
            return false;
        taken |= (uint32_t)BIT(reg[k]);
    }
    for (unsigned k = 0; k < n; k++)
        m->fixed |= (uint32_t)BIT(reg[k]);
    return true;
}

/* ---- sequences ---- */

/* LDXR or LDXP, one instruction between them or none, STXR or STXP. */
static bool add_exclusive(struct maker *m)
{
    bool pair = random_one_in(&m->r, 3);
    unsigned size = (unsigned)random_below(&m->r, 4) | (pair ? 2 : 0), reg[6];
    if (!take_registers(m, reg, 6))
        return false;
    uint32_t common = 0x08000000 | size << 30 | (uint32_t)pair << 21 | reg[0] << 5;
    uint32_t load = common | 1 << 22 | 31 << 16 | (uint32_t)random_below(&m->r, 2) << 15 |
                    (pair ? reg[1] : 31) << 10 | reg[2];
    uint32_t store =
        common | reg[3] << 16 | (uint32_t)random_below(&m->r, 2) << 15 | (pair ? reg[4] : 31) << 10 | reg[5];
    m->b->x[reg[0]] = USER_MEMORY_AT + 16 * (8 + random_below(&m->r, 400));
    if (random_one_in(&m->r, 8))
        m->b->x[reg[0]] += random_below(&m->r, 16);
    const uint32_t raw[] = {load, store};
    const uint32_t apart[] = {load, INSN_NOP, store};
    return random_one_in(&m->r, 2) ? add_sequence(m, raw, 2) : add_sequence(m, apart, 3);
}

/* A pointer such as programs have: bits [63:47] are 0. */
static uint64_t pointer(struct maker *m)
{
    return random_one_in(&m->r, 2) ? USER_MEMORY_AT + random_below(&m->r, USER_MEMORY_SIZE)
                                   : random_u64(&m->r) >> 17;
}

/* PACxx and AUTxx with the same key and modifier: the pointer is as before. */
static bool add_signed(struct maker *m)
{
    unsigned reg[2], key = (unsigned)random_below(&m->r, 4);
    bool zero = random_one_in(&m->r, 4);
    if (!take_registers(m, reg, 2))
        return false;
    m->b->x[reg[0]] = pointer(m);
    uint32_t modifier = zero ? 31 : random_one_in(&m->r, 6) ? 31 : reg[1];
    uint32_t sign = 0xdac10000 | (uint32_t)zero << 13 | key << 10 | modifier << 5 | reg[0];
    const uint32_t raw[] = {sign, sign | 1 << 12};
    return add_sequence(m, raw, 2);
}

/* PACIA, BRAA or BLRAA to the instruction behind, XPACI: the register has its address again. */
static bool add_signed_branch(struct maker *m)
{
    unsigned reg[2], b_key = (unsigned)random_below(&m->r, 2), link = (unsigned)random_below(&m->r, 2);
    if (!take_registers(m, reg, 2) || (link && (reg[0] == 30 || reg[1] == 30)))
        return false;
    m->b->x[reg[0]] = 4 * (m->b->n + 2);
    m->b->x_code |= (uint32_t)BIT(reg[0]);
    m->inside |= (uint32_t)BIT(reg[0]);
    const uint32_t raw[] = {0xdac10000 | b_key << 10 | reg[1] << 5 | reg[0],
                            0xd71f0800 | link << 21 | b_key << 10 | reg[0] << 5 | reg[1],
                            0xdac143e0 | reg[0]};
    return add_sequence(m, raw, 3);
}

/* PACIASP or PACIBSP, RETAA or RETAB, XPACI X30. */
static bool add_signed_return(struct maker *m)
{
    unsigned b_key = (unsigned)random_below(&m->r, 2);
    if (m->b->n != 0 || bit(m->fixed, 30))
        return false;
    m->fixed |= (uint32_t)BIT(30);
    m->b->x[30] = 4 * 2;
    m->b->x_code |= (uint32_t)BIT(30);
    m->inside |= (uint32_t)BIT(30);
    const uint32_t raw[] = {0xd503233f | b_key << 6, 0xd65f0bff | b_key << 10, 0xdac143fe};
    return add_sequence(m, raw, 3);
}

/* PACDA or PACDB with no modifier, LDRAA or LDRAB with write-back, which leaves an address. */
static bool add_signed_load(struct maker *m)
{
    unsigned reg[2], b_key = (unsigned)random_below(&m->r, 2);
    int64_t words = (int64_t)random_below(&m->r, 1024) - 512;
    if (!take_registers(m, reg, 2))
        return false;
    uint32_t imm = (uint32_t)bits((uint64_t)words, 8, 0) << 12 | (uint32_t)bits((uint64_t)words, 9, 9) << 22;
    m->b->x[reg[0]] = USER_MEMORY_AT + 4096 - (uint64_t)(words * 8) + random_below(&m->r, 64);
    const uint32_t raw[] = {0xdac12be0 | b_key << 10 | reg[0],
                            0xf8200c00 | b_key << 23 | imm | reg[0] << 5 | reg[1]};
    return add_sequence(m, raw, 2);
}

static bool add_pauth(struct maker *m)
{
    if (!has(&m->c->features, FEAT_PAuth))
        return false;
    switch (random_below(&m->r, 8)) {
    case 0:
    case 1:
        return add_signed_branch(m);
    case 2:
        return add_signed_return(m);
    case 3:
    case 4:
        return add_signed_load(m);
    default:
        return add_signed(m);
    }
}

/* CPYP, CPYM, CPYE; CPYFP ...; SETP ...; SETGP ...: what is left behind all three doesn't depend on how much
 * each did. */
static bool add_memory_copy(struct maker *m)
{
    bool set = random_one_in(&m->r, 2), other = random_one_in(&m->r, 2); /* other: SETG; CPY, not CPYF */
    unsigned reg[3], step = set ? 14 : 22;
    uint32_t options = (uint32_t)random_below(&m->r, set ? 4 : 16) << 12;
    if (!has(&m->c->features, FEAT_MOPS) || (set && other && !has(&m->c->features, FEAT_MTE)) ||
        !take_registers(m, reg, 3))
        return false;
    uint64_t grain = set && other ? 16 : 1, at = USER_MEMORY_AT + 1024;
    m->b->x[reg[0]] = at + random_below(&m->r, 5000) / grain * grain;
    m->b->x[reg[1]] = random_below(&m->r, 240) / grain * grain;
    if (!set) /* overlapping, now and then */
        m->b->x[reg[2]] = random_one_in(&m->r, 3) ? m->b->x[reg[0]] + random_below(&m->r, 64) - 32
                                                  : at + random_below(&m->r, 5000);
    uint32_t raw = (set ? 0x19c00400 : 0x19000400) | (uint32_t)other << 26 | reg[2] << 16 | options |
                   reg[1] << 5 | reg[0];
    const uint32_t three[] = {raw, raw | 1u << step, raw | 2u << step};
    return add_sequence(m, three, 3);
}

/* ---- classes ---- */

/* Registers and cache maintenance of EL0, and encodings of any other. */
static uint32_t system_word(struct maker *m)
{
    static const uint16_t cache[] = {
        /* CRm and op2 of SYS #3, C7: ZVA, GVA, GZVA, IVAU, CVAC to CGDVAC, CVAU, CVAP ..., CVADP ..., CIVAC
           ... */
        0x420, 0x460, 0x480, 0x520, 0xa20, 0xa60, 0xaa0, 0xb20, 0xc20,
        0xc60, 0xca0, 0xd20, 0xd60, 0xda0, 0xe20, 0xe60, 0xea0,
    };
    static const uint32_t el0[] = {
        0xd51b4200, 0xd51b4400, 0xd51b4420, 0xd51bd040, /* MSR NZCV, FPCR, FPSR, TPIDR_EL0 */
        0xd53bd060, 0xd51b42a0, 0xd51b42c0, 0xd51b42e0, /* MRS TPIDRRO_EL0; MSR DIT, SSBS, TCO */
    };
    uint32_t t = (uint32_t)random_below(&m->r, 32);
    if (random_one_in(&m->r, 3))
        return row_word(m, CLASS_SYSTEM);
    if (random_one_in(&m->r, 4))
        return 0xd50b7000 | cache[random_below(&m->r, ARRAY_LEN(cache))] | t;
    if (random_one_in(&m->r, 8))
        return 0xd5100000 | ((uint32_t)random_u64(&m->r) & 0x2fffe0) | t;
    uint32_t read = (uint32_t)random_below(&m->r, 2) << 21;
    return el0[random_below(&m->r, ARRAY_LEN(el0))] | read | t;
}

static bool add_class(struct maker *m, enum user_class class)
{
    if (class == CLASS_RANDOM)
        return add(m, (uint32_t)random_u64(&m->r));
    if (class == CLASS_SYSTEM)
        return add(m, system_word(m));
    if (class == CLASS_EXCLUSIVE)
        return add_exclusive(m);
    if (class == CLASS_MOPS)
        return add_memory_copy(m);
    if (class == CLASS_PAUTH && !random_one_in(&m->r, 4))
        return add_pauth(m);
    return m->c->n[class] != 0 && add(m, row_word(m, class));
}

static enum user_class draw_class(struct maker *m, const unsigned weight[FUZZ_MAX_CLASSES])
{
    uint64_t total = 0;
    for (unsigned n = 0; n < CLASS_COUNT; n++)
        total += weight[n];
    uint64_t at = random_below(&m->r, total);
    for (unsigned n = 0; n < CLASS_COUNT; n++) {
        if (at < weight[n])
            return (enum user_class)n;
        at -= weight[n];
    }
    return CLASS_RANDOM;
}

/* ---- the block ---- */

static void make_state(struct maker *m)
{
    struct user_block *b = m->b;
    for (unsigned n = 0; n < 31; n++)
        b->x[n] = user_value_x(&m->r);
    for (unsigned n = 0; n < 32; n++)
        user_value_v(&m->r, b->v[n]);
    b->sp = USER_MEMORY_AT + USER_MEMORY_SIZE / 2 - 16 * random_below(&m->r, 8);
    if (random_one_in(&m->r, 64))
        b->sp += random_below(&m->r, 16);
    b->nzcv = random_below(&m->r, 16) << 28;
    b->fpcr = user_value_fpcr(&m->r);
    b->fpsr = user_value_fpsr(&m->r);
    b->tpidr = random_u64(&m->r);
    for (unsigned n = 0; n < BLOCK_POOL; n++)
        b->pool[n] = (uint32_t)random_u64(&m->r) & 0x3fffffff; /* not in a system call's group */
    for (unsigned n = 0; n < ARRAY_LEN(m->pool); n++)
        m->pool[n] = (uint8_t)random_below(&m->r, 31);
}

/* The instruction that a branch at `from` may go to instead of `to`: not one in the middle of a sequence. */
static unsigned landing(const struct user_block *b, unsigned from, unsigned to)
{
    unsigned first = to;
    while (to < b->n && first > 0 && bit(b->glued, first - 1))
        first--;
    if (first > from)
        return first;
    while (to < b->n && bit(b->glued, to - 1))
        to++;
    return to;
}

/* Branches were made before what is behind them. */
static void land_outside_sequences(struct maker *m)
{
    struct user_block *b = m->b;
    for (unsigned k = 0; k < b->n; k++) {
        unsigned width, low;
        if (user_branch_field(b->insn[k], &width, &low)) {
            uint32_t words = (uint32_t)bits(b->insn[k], low + width - 1, low);
            b->insn[k] = (uint32_t)bits_set(b->insn[k], low + width - 1, low, landing(b, k, k + words) - k);
        }
    }
    for (unsigned n = 0; n < 31; n++) {
        unsigned to = (unsigned)(b->x[n] / 4);
        if (bit(b->x_code & ~m->inside, n))
            b->x[n] = 4 * landing(b, to, to) + b->x[n] % 4;
    }
}

void user_block_make(struct user_block *b, uint64_t seed, const struct user_classes *c,
                     const unsigned weight[FUZZ_MAX_CLASSES])
{
    static const uint8_t lengths[] = {1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 4, 5, 6, 8};
    struct random mix = {seed};
    struct maker m = {.b = b, .c = c, .r = {random_u64(&mix)}};
    memset(b, 0, sizeof(*b));
    b->seed = seed;
    make_state(&m);
    unsigned wanted = lengths[random_below(&m.r, ARRAY_LEN(lengths))];
    for (unsigned n = 0; n < TRIES && b->n < wanted; n++)
        add_class(&m, draw_class(&m, weight));
    if (b->n == 0)
        b->insn[b->n++] = INSN_NOP;
    land_outside_sequences(&m);
}

/* ---- in memory ---- */

uint64_t user_block_x(const struct user_block *b, unsigned n, unsigned slot)
{
    return b->x[n] + (bit(b->x_code, n) ? user_block_address(slot) : 0);
}

void user_slot(const struct user_block *b, unsigned slot, uint32_t word[USER_SLOT_SIZE / 4])
{
    enum { POOL = BLOCK_INSNS + 2, X30 = POOL + BLOCK_POOL };
    uint64_t x30 = user_block_x(b, 30, slot), end = user_block_address(slot) + 4 * BLOCK_INSNS;
    _Static_assert(4 * (X30 + 2) == USER_SLOT_SIZE, "a slot is full");
    word[0] = 0x58000000 | X30 << 5 | 30; /* LDR X30, literal */
    for (unsigned n = 0; n < BLOCK_INSNS; n++)
        word[1 + n] = n < b->n ? b->insn[n] : (uint32_t)INSN_NOP;
    word[1 + BLOCK_INSNS] = 0x14000000 | (uint32_t)bits(USER_SAVER_AT - end, 27, 2);
    memcpy(&word[POOL], b->pool, sizeof(b->pool));
    memcpy(&word[X30], &x30, sizeof(x30));
}
