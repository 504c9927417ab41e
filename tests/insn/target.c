/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The vectors' machine on the real CPU: tests/arch/fixture.c with RAM where the vectors want it, at EL1 with
 * the control registers that the heads of the vector files give. Three ways to execute a row:
 *
 *   TARGET_LOOP    engine_step(), MMU off
 *   TARGET_FAST    engine_fast_run(), MMU off: memory is Device memory, so accesses still go the slow way
 *   TARGET_CACHED  engine_fast_run(), MMU on with everything Normal memory, mapped flat, and in the host TLB
 * before the row is executed. Unaligned accesses work then: rows that expect an Alignment fault don't apply.
 */
#include "tests/insn/target.h"

#include <stdlib.h>
#include <string.h>

#include "cpu/fpu.h"
#include "cpu/sem.h"
#include "tests/arch/fixture.h"

#define VBAR UINT64_C(0x80120000)
#define VECTOR (VBAR + 0x200) /* synchronous, from the current EL with SP_ELx */
#define TABLE UINT64_C(0x80130000)
#define RAM_BYTES 0x40000
#define BRANCH_TO_SELF UINT32_C(0x14000000)

struct target {
    struct fixture x;
    enum target_mode mode;
    uint8_t *scratch; /* in host memory */
};

/* The registers of the vector files' heads; with them the lower half has 39 bits: a walk starts at level 1.
 */
static void set_registers(struct target *t)
{
    static const struct {
        enum sysreg reg;
        uint64_t value;
    } regs[] = {
        {SR_SCTLR_EL1, 0xc8002000},
        {SR_TCR_EL1, 0x190019},
        {SR_CPACR_EL1, 0x300000},
        {SR_VBAR_EL1, VBAR},
        {SR_HCR_EL2, UINT64_C(0x30080000000)},
        {SR_SCR_EL3, UINT64_C(0x4000030501)},
        {SR_CPTR_EL2, 0},
        {SR_CPTR_EL3, 0},
        {SR_MDCR_EL2, 0},
        {SR_MDCR_EL3, 0},
        {SR_HCRX_EL2, 0},
        {SR_MDSCR_EL1, 0},
        {SR_APIAKeyHi_EL1, UINT64_C(0xec2802d4e0a488e9)},
        {SR_APIAKeyLo_EL1, UINT64_C(0x84be85ce9804e94b)},
        {SR_APIBKeyHi_EL1, UINT64_C(0xfedcba9876543210)},
        {SR_APIBKeyLo_EL1, UINT64_C(0x0123456789abcdef)},
        {SR_APDAKeyHi_EL1, UINT64_C(0x5555666677778888)},
        {SR_APDAKeyLo_EL1, UINT64_C(0x1111222233334444)},
        {SR_APDBKeyHi_EL1, UINT64_C(0xddddeeeeffff0000)},
        {SR_APDBKeyLo_EL1, UINT64_C(0x9999aaaabbbbcccc)},
        {SR_APGAKeyHi_EL1, UINT64_C(0x8796a5b4c3d2e1f0)},
        {SR_APGAKeyLo_EL1, UINT64_C(0x0f1e2d3c4b5a6978)},
    };
    uint64_t *sr = t->x.cpu->sr;
    for (unsigned k = 0; k < ARRAY_LEN(regs); k++)
        sr[regs[k].reg] = regs[k].value;
    if (t->mode == TARGET_CACHED) {
        sr[SR_SCTLR_EL1] |= SCTLR_M;
        sr[SR_MAIR_EL1] = 0xff;
        sr[SR_TTBR0_EL1] = TABLE;
    }
}

/* Maps the RAM flat, in 4 KB pages; the scratch page for EL0, too, as LDTR wants it. */
static void make_tables(struct target *t)
{
    enum { TABLE_OR_PAGE = 3, EL0 = 1 << 6, INNER_SHAREABLE = 3 << 8, AF = 1 << 10 };
    const uint64_t level2 = TABLE + 0x1000, level3 = TABLE + 0x2000;
    fixture_put64(&t->x, TABLE + 8 * bits(TARGET_PC, 38, 30), level2 | TABLE_OR_PAGE);
    fixture_put64(&t->x, level2 + 8 * bits(TARGET_PC, 29, 21), level3 | TABLE_OR_PAGE);
    for (uint64_t pa = TARGET_PC; pa < TARGET_PC + RAM_BYTES; pa += 0x1000)
        fixture_put64(&t->x, level3 + 8 * bits(pa, 20, 12),
                      pa | AF | INNER_SHAREABLE | (pa == TARGET_SCRATCH ? EL0 : 0) | TABLE_OR_PAGE);
}

struct target *target_create(const struct features *f, enum target_mode mode)
{
    struct target *t = calloc(1, sizeof(*t));
    if (t == NULL)
        return NULL;
    t->mode = mode;
    fixture_init(&t->x, "max", true, true);
    t->x.feat = *f;
    struct bus_ram *ram = bus_add_ram(t->x.bus, "vectors", TARGET_PC, RAM_BYTES, false);
    t->scratch = ram->host + (TARGET_SCRATCH - ram->base);
    fixture_reset(&t->x, 1, TARGET_PC);
    t->x.cpu->daif = 15;
    set_registers(t);
    fixture_put_insn(&t->x, VECTOR, BRANCH_TO_SELF);
    make_tables(t);
    return t;
}

void target_destroy(struct target *t)
{
    fixture_destroy(&t->x);
    free(t);
}

static void put_state(struct target *t, uint32_t word, const struct target_state *s)
{
    struct cpu *c = t->x.cpu;
    const uint32_t code[2] = {word, BRANCH_TO_SELF};
    uint32_t now[2];
    memcpy(t->scratch, s->mem, sizeof(s->mem));
    bus_dma_read(t->x.bus, s->pc, now, sizeof(now));
    if (memcmp(now, code, sizeof(code)) != 0)
        bus_dma_write(t->x.bus, s->pc, code, sizeof(code));
    memcpy(c->x, s->x, sizeof(s->x));
    c->x[REG_SP] = s->sp;
    memcpy(c->v, s->v, sizeof(s->v));
    set_nzcv(c, s->nzcv);
    c->fpcr = s->fpcr;
    c->fpsr = s->fpsr;
    fpu_fpcr_changed(c);
    c->pc = s->pc;
    c->pan = c->btype = c->ss = c->il = 0;
    c->exclusive_valid = c->event_register = false;
    c->power = CPU_ON;
    c->sr[SR_ESR_EL1] = c->sr[SR_FAR_EL1] = c->sr[SR_ELR_EL1] = 0;
    fixture_changed(&t->x);
}

/* Makes an access of the scratch page, so that its translation is in the host TLB. */
static void warm_up(struct cpu *c)
{
    const struct insn none = {0};
    uint64_t v;
    if (mem_load(c, &none, TARGET_SCRATCH, &v, 8, 0))
        mem_store(c, &none, TARGET_SCRATCH, &v, 8, 0);
}

/* One instruction, with the branch behind it where it doesn't end its run by itself: only whole runs go the
 * fast way. */
static void run_fast(struct target *t, uint32_t word)
{
    struct cpu *c = t->x.cpu;
    struct insn o = {0};
    if (t->mode == TARGET_CACHED)
        warm_up(c);
    decode(&o, word, c->feat, false);
    c->slice_insns = (o.flags & INSN_END) ? 1 : 2;
    c->budget = (int64_t)c->slice_insns;
    c->attention = 0;
    engine_fast_run(c);
    c->budget = 0;
    c->slice_insns = 0;
    c->cur = NULL;
    codecache_bury(&t->x.code);
}

void target_step(struct target *t, uint32_t word, struct target_state *s)
{
    struct cpu *c = t->x.cpu;
    put_state(t, word, s);
    uint64_t pc = s->pc;
    if (t->mode == TARGET_LOOP)
        fixture_step(&t->x);
    else
        run_fast(t, word);
    memcpy(s->x, c->x, sizeof(s->x));
    s->sp = c->x[REG_SP];
    memcpy(s->v, c->v, sizeof(s->v));
    s->nzcv = get_nzcv(c);
    s->fpsr = c->fpsr;
    s->pc = c->pc;
    memcpy(s->mem, t->scratch, sizeof(s->mem));
    uint64_t esr = c->sr[SR_ESR_EL1];
    s->outcome = TARGET_OK;
    if (c->pc == VECTOR) {
        s->ec = (uint32_t)bits(esr, 31, 26);
        s->iss = (uint32_t)bits(esr, 24, 0);
        s->far = c->sr[SR_FAR_EL1];
        s->outcome = s->ec == 0 ? TARGET_UNDEF : TARGET_EXC;
        uint64_t elr = s->ec == EC_SVC64 ? pc + 4 : pc;
        if (c->sr[SR_ELR_EL1] != elr || c->el != 1)
            s->ec = UINT32_MAX; /* not what any row has */
    }
    if (c->x[REG_ZR] != 0)
        s->ec = UINT32_MAX;
}
