/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Blocks in el2sim: one CPU at EL0, with what a block sees of Linux: the mappings of user_layout.h in a flat
 * map of Normal memory, and SCTLR_EL1 and its like as Linux sets them. A block ends with an exception: SVC
 * where the runner's code would save its state, or that of a signal.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/log.h"
#include "cpu/codepage.h"
#include "cpu/exception.h"
#include "cpu/fpu.h"
#include "cpu/sem.h"
#include "fuzz/user.h"

/* Beside the blocks' memory: ours. */
#define VECTORS_AT UINT64_C(0x60000000)
#define TABLES_AT UINT64_C(0x60001000)
#define OURS_SIZE UINT64_C(0x10000)

enum {
    LINUX_SIGILL = 4,
    LINUX_SIGTRAP = 5,
    LINUX_SIGBUS = 7,
    LINUX_SIGSEGV = 11,
    INSN_SVC = (int)0xd4000001,
    INSN_BRANCH_TO_SELF = 0x14000000,
    TEXT_SIZE = USER_SLOTS_AT - USER_TEXT_AT + USER_SLOTS * USER_SLOT_SIZE,
};

struct user_sim {
    struct features feat;
    struct bus *bus;
    struct event_queue events;
    struct codecache code;
    struct cpu_board board;
    struct cpu *cpu, *cpus[1];
    uint64_t keys;
    uint8_t *memory; /* of USER_MEMORY_AT, in host memory */
    uint64_t pattern[USER_MEMORY_SIZE / 8];
    uint32_t slots[USER_SLOTS][USER_SLOT_SIZE / 4];
    uint64_t next_table;
};

static uint64_t events_now(void *clock)
{
    const struct user_sim *s = clock;
    return s->cpu != NULL ? cpu_now(s->cpu) : 0;
}

static void events_rescheduled(void *clock, uint64_t earliest)
{
    (void)clock;
    (void)earliest;
}

enum { EL0 = 1 << 6, READ_ONLY = 1 << 7 }; /* AP[2:1] */

/* Maps one page, flat, with the attributes that `permissions` adds. */
static void map_page(struct user_sim *s, uint64_t at, uint64_t permissions)
{
    enum { TABLE_OR_PAGE = 3, INNER_SHAREABLE = 3 << 8, AF = 1 << 10 };
    uint64_t table = TABLES_AT, entry;
    for (unsigned low = 39; low > 12; low -= 9) {
        uint64_t slot = table + 8 * bits(at, low + 8, low);
        bus_dma_read(s->bus, slot, &entry, sizeof(entry));
        if (entry == 0) {
            entry = s->next_table | TABLE_OR_PAGE;
            s->next_table += 0x1000;
            bus_load(s->bus, slot, &entry, sizeof(entry));
        }
        table = entry & ~UINT64_C(0xfff);
    }
    entry = at | AF | INNER_SHAREABLE | permissions | TABLE_OR_PAGE;
    bus_load(s->bus, table + 8 * bits(at, 20, 12), &entry, sizeof(entry));
}

static void map_all(struct user_sim *s)
{
    const uint64_t pxn = BIT(53), uxn = BIT(54);
    s->next_table = TABLES_AT + 0x1000;
    for (uint64_t at = USER_TEXT_AT; at < USER_TEXT_AT + TEXT_SIZE; at += 0x1000)
        map_page(s, at, EL0 | READ_ONLY);
    for (uint64_t at = USER_MEMORY_AT; at < USER_MEMORY_AT + USER_MEMORY_SIZE; at += 0x1000)
        map_page(s, at, EL0 | pxn | uxn);
    map_page(s, VECTORS_AT, READ_ONLY);
}

/* As arch/arm64 of Linux sets them, as far as EL0 can tell. */
static void set_registers(struct user_sim *s)
{
    uint64_t *sr = s->cpu->sr;
    const struct {
        enum sysreg reg;
        uint64_t value;
    } regs[] = {
        /* M, C, SA, SA0, I, DZE, UCT, nTWI, nTWE, TSCXT, UCI, the keys' enables, MSCEn, BT0, ATA0, EnTP2 */
        {SR_SCTLR_EL1, BIT(0) | BIT(2) | BIT(3) | BIT(4) | BIT(12) | BIT(14) | BIT(15) | BIT(16) | BIT(18) |
                           BIT(20) | BIT(26) | BIT(31) | BIT(30) | BIT(27) | BIT(13) | BIT(33) | BIT(35) |
                           BIT(42) | BIT(60)},
        /* T0SZ 16, TBI0, EPD1, 48 bits out */
        {SR_TCR_EL1, 16 | UINT64_C(3) << 12 | BIT(23) | UINT64_C(5) << 32 | BIT(37)},
        {SR_MAIR_EL1, 0xff},
        {SR_TTBR0_EL1, TABLES_AT},
        {SR_CPACR_EL1, 3 << 20},
        {SR_VBAR_EL1, VECTORS_AT},
        {SR_MDSCR_EL1, BIT(12)}, /* TDCC */
        {SR_GCR_EL1, 0x1ffff},   /* no tag but 0 is ever chosen */
    };
    for (unsigned n = 0; n < ARRAY_LEN(regs); n++)
        sr[regs[n].reg] = sysreg_store_value(&s->feat, sr, regs[n].reg, regs[n].value);
}

static bool lies_in(uint64_t address, uint64_t size, uint64_t base, uint64_t room)
{
    return address - base < room && size <= room - (address - base);
}

bool user_mapped(uint64_t address, uint64_t size)
{
    address &= ones(56); /* TBI */
    return lies_in(address, size, USER_MEMORY_AT, USER_MEMORY_SIZE) ||
           lies_in(address, size, USER_TEXT_AT, TEXT_SIZE);
}

struct user_sim *user_sim_new(const struct features *f)
{
    struct user_sim *s = xcalloc(1, sizeof(*s));
    const uint32_t loop = INSN_BRANCH_TO_SELF, svc = (uint32_t)INSN_SVC;
    s->feat = *f;
    features_derive(&s->feat);
    s->bus = bus_create();
    bus_add_ram(s->bus, "text", USER_TEXT_AT, TEXT_SIZE, false);
    s->memory = bus_add_ram(s->bus, "memory", USER_MEMORY_AT, USER_MEMORY_SIZE, false)->host;
    bus_add_ram(s->bus, "ours", VECTORS_AT, OURS_SIZE, false);
    codecache_init(&s->code, s->bus);
    event_queue_init(&s->events);
    s->events.now = events_now;
    s->events.rescheduled = events_rescheduled;
    s->events.clock = s;
    const struct cpu_config cfg = {.feat = &s->feat,
                                   .bus = s->bus,
                                   .events = &s->events,
                                   .code = &s->code,
                                   .board = &s->board,
                                   .htlb_keys = &s->keys};
    s->cpu = s->cpus[0] = cpu_create(&cfg);
    s->code.cpus = s->cpus;
    s->code.ncpus = 1;
    s->board.opaque = s;
    for (unsigned n = 0; n < ARRAY_LEN(s->pattern); n++)
        s->pattern[n] = user_pattern(n);
    memcpy(s->memory, s->pattern, sizeof(s->pattern));
    map_all(s);
    bus_load(s->bus, VECTORS_AT + 0x400, &loop, sizeof(loop));
    bus_load(s->bus, USER_SAVER_AT, &svc, sizeof(svc));
    cpu_reset(s->cpu, 1, VECTORS_AT);
    set_registers(s);
    return s;
}

void user_sim_free(struct user_sim *s)
{
    codecache_destroy(&s->code); /* tells the CPU that its pages go away */
    cpu_destroy(s->cpu);
    event_queue_destroy(&s->events);
    bus_destroy(s->bus);
    free(s);
}

void user_sim_load(struct user_sim *s, const struct user_block *b, unsigned n, unsigned first_slot)
{
    for (unsigned k = 0; k < n; k++) {
        unsigned slot = (first_slot + k) % USER_SLOTS;
        user_slot(&b[k], slot, s->slots[slot]);
    }
    bus_dma_write(s->bus, USER_SLOTS_AT, s->slots, sizeof(s->slots));
    codecache_bury(&s->code);
}

static void set_state(struct cpu *c, const struct user_block *b, unsigned slot)
{
    cpu_set_el(c, 0, 0);
    for (unsigned n = 0; n < 31; n++)
        c->x[n] = user_block_x(b, n, slot);
    c->x[REG_SP] = b->sp;
    memcpy(c->v, b->v, sizeof(b->v));
    set_nzcv(c, (unsigned)bits(b->nzcv, 31, 28));
    c->fpcr = (uint32_t)b->fpcr;
    c->fpsr = (uint32_t)b->fpsr;
    fpu_fpcr_changed(c);
    c->sr[SR_TPIDR_EL0] = b->tpidr;
    c->pc = user_block_address(slot) - 4;
    c->pan = c->uao = c->dit = c->ssbs = c->tco = c->btype = c->ss = c->il = c->allint = c->daif = 0;
    c->exclusive_valid = c->event_register = false;
    c->power = CPU_ON;
    c->sr[SR_ESR_EL1] = c->sr[SR_FAR_EL1] = c->sr[SR_ELR_EL1] = 0;
    cpu_context_changed(c, EFFECT_MMU | EFFECT_TRAPS | EFFECT_IRQ | EFFECT_DEBUG);
}

/* Until an exception: a wait for an event that never comes ends at once. */
static void run_to_exception(struct user_sim *s, bool loop_engine)
{
    enum { INSNS = 32, ROUNDS = 2 * BLOCK_INSNS };
    struct cpu *c = s->cpu;
    for (unsigned n = 0; n < ROUNDS && c->el == 0; n++) {
        c->power = CPU_ON;
        c->attention = 0;
        c->slice_insns = INSNS;
        c->budget = INSNS;
        if (loop_engine)
            engine_loop_run(c);
        else
            engine_fast_run(c);
        c->insns += c->slice_insns - (uint64_t)c->budget;
        c->slice_insns = 0;
        c->budget = 0;
        c->cur = NULL;
        codecache_bury(&s->code);
    }
}

/* What Linux makes of a synchronous exception from EL0 (arch/arm64/kernel/entry-common.c). */
static unsigned linux_signal(uint64_t esr)
{
    enum { DFSC_ALIGNMENT = 0x21 };
    switch (bits(esr, 31, 26)) {
    case EC_SVC64:
        return 0;
    case EC_BRK:
        return LINUX_SIGTRAP;
    case EC_DATA_ABORT_LOWER:
    case EC_INSN_ABORT_LOWER:
        return bits(esr, 5, 0) == DFSC_ALIGNMENT ? LINUX_SIGBUS : LINUX_SIGSEGV;
    case EC_PC_ALIGN:
    case EC_SP_ALIGN:
        return LINUX_SIGBUS;
    default:
        return LINUX_SIGILL;
    }
}

static void note_memory(struct user_sim *s, struct user_outcome *o)
{
    const uint64_t *now = (const uint64_t *)(const void *)s->memory;
    if (memcmp(now, s->pattern, sizeof(s->pattern)) == 0)
        return;
    for (unsigned n = 0; n < ARRAY_LEN(s->pattern); n++) {
        if (now[n] == s->pattern[n])
            continue;
        o->hash = (o->hash ^ 8 * n) * USER_HASH_PRIME;
        o->hash = (o->hash ^ now[n]) * USER_HASH_PRIME;
        if (o->changed < OUTPUT_MAX_CHANGES) {
            o->change[o->changed].offset = 8 * n;
            o->change[o->changed].value = now[n];
        }
        o->changed++;
    }
    memcpy(s->memory, s->pattern, sizeof(s->pattern));
}

void user_sim_run(struct user_sim *s, const struct user_block *b, unsigned slot, bool loop_engine,
                  struct user_outcome *o)
{
    struct cpu *c = s->cpu;
    set_state(c, b, slot);
    run_to_exception(s, loop_engine);
    if (c->el == 0)
        user_error("fuzz: block %" PRIu64 " has no end: PC 0x%" PRIx64, b->seed, c->pc);
    memset(o, 0, sizeof(*o));
    memcpy(o->x, c->x, sizeof(o->x));
    o->sp = c->sp_el[0];
    o->nzcv = (uint64_t)get_nzcv(c) << 28;
    o->fpsr = c->fpsr;
    o->fpcr = c->fpcr;
    memcpy(o->v, c->v, sizeof(o->v));
    uint64_t esr = c->sr[SR_ESR_EL1];
    o->signal = linux_signal(esr);
    if (o->signal != 0)
        o->pc = c->sr[SR_ELR_EL1];
    if (o->signal == LINUX_SIGSEGV || o->signal == LINUX_SIGBUS)
        o->address = bits(esr, 31, 26) == EC_SP_ALIGN ? c->sp_el[0] : c->sr[SR_FAR_EL1];
    note_memory(s, o);
}
