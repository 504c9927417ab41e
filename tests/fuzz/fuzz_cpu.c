/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Fuzz: allocated and random instruction words on a whole machine with one or two CPUs, in any state of the
 * system registers. Nothing may crash or hang, and the run must end in the same digest with the fast engine
 * and with the loop engine that forgets its translations all the time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "base/log.h"
#include "cpu/decode.h"
#include "sim/digest.h"
#include "sim/machine.h"
#include "tests/fuzz/fuzz.h"

#define CODE UINT64_C(0x40080000)
#define TABLE UINT64_C(0x400a0000)
#define DATA UINT64_C(0x400c0000)
enum { MAX_WORDS = 200, MAX_INSNS = 2000, END_NS = 5000000 };

static void end_run(void *opaque, uint64_t now)
{
    struct machine *m = opaque;
    (void)now;
    m->stopping = true;
    m->stop = STOP_QUIT;
}

static struct machine *make_machine(struct options *o, uint64_t flags, bool reference)
{
    static const char *const cpus[] = {"max",
                                       "cortex-a57",
                                       "neoverse-n1",
                                       "neoverse-v1",
                                       "max,pauth-impdef=on",
                                       "max,e2h=res1",
                                       "max,LPA2=off,PAuth=off",
                                       "max"};
    options_init(o);
    o->cpu = cpus[flags & 7];
    o->virtualization = (flags & 8) != 0;
    o->secure = (flags & 16) != 0;
    o->smp = (flags & 32) != 0 ? 2 : 1;
    o->semihosting = false;
    o->ram_size = 2 << 20;
    o->no_reboot = true;
    o->max_insns = MAX_INSNS;
    o->quantum = 50;
    o->engine = reference ? ENGINE_LOOP : ENGINE_FAST;
    o->flush_htlb_every = reference ? 7 : 0;
    o->serials[o->n_serials++] = (struct char_option){.kind = CHAR_NULL};
    o->devices[o->n_devices++] = (struct device_option){
        .kind = DEVICE_LOADER, .addr = CODE, .has_addr = true, .data_len = 4, .cpu_num = 0, .backend = -1};
    return machine_create(o);
}

/* An identity map of the first and second GB in one level, 4 KB granule: blocks of Device and Normal memory.
 */
static void make_tables(struct machine *m)
{
    const uint64_t blocks[2] = {0x0 | 0x401 | 1 << 2, 0x40000000 | 0x741};
    bus_load(m->bus, TABLE, blocks, sizeof(blocks));
}

/* T0SZ 25, 4 KB granule, both halves, 40-bit output. */
static void use_tables(struct cpu *c)
{
    static const uint16_t ttbr[] = {SR_TTBR0_EL1, SR_TTBR1_EL1, SR_TTBR0_EL2, SR_TTBR1_EL2, SR_TTBR0_EL3};
    static const uint16_t tcr[] = {SR_TCR_EL1, SR_TCR_EL2, SR_TCR_EL3};
    static const uint16_t sctlr[] = {SR_SCTLR_EL1, SR_SCTLR_EL2, SR_SCTLR_EL3};
    for (unsigned n = 0; n < ARRAY_LEN(ttbr); n++)
        c->sr[ttbr[n]] = TABLE;
    for (unsigned n = 0; n < ARRAY_LEN(tcr); n++) {
        c->sr[tcr[n]] = UINT64_C(25) | UINT64_C(25) << 16 | UINT64_C(2) << 30 | UINT64_C(2) << 32;
        c->sr[sctlr[n]] |= 1;
    }
    c->sr[SR_MAIR_EL1] = c->sr[SR_MAIR_EL2] = c->sr[SR_MAIR_EL3] = 0xff;
}

/* FEAT_MTE: Tagged memory, tags ignored by translation, and any mode of checks. */
static void use_tags(struct cpu *c, unsigned modes)
{
    static const uint16_t sctlr[] = {SR_SCTLR_EL1, SR_SCTLR_EL2, SR_SCTLR_EL3};
    if (!has(c->feat, FEAT_MTE2))
        return;
    for (unsigned n = 0; n < ARRAY_LEN(sctlr); n++)
        c->sr[sctlr[n]] |= SCTLR_C | SCTLR_ATA | SCTLR_ATA0 | (uint64_t)(modes & 15) << 38;
    c->sr[SR_TCR_EL1] |= BIT(37) | BIT(38) | (uint64_t)(modes >> 4 & 3) << 57; /* TBI, TCMA */
    c->sr[SR_TCR_EL2] |= BIT(20) | BIT(37) | BIT(38);
    c->sr[SR_TCR_EL3] |= BIT(20);
    c->sr[SR_MAIR_EL1] = c->sr[SR_MAIR_EL2] = c->sr[SR_MAIR_EL3] = 0xf0;
    c->sr[SR_HCR_EL2] |= HCR_ATA;
    c->sr[SR_SCR_EL3] |= SCR_ATA;
    c->tco = modes >> 6 & 1;
    for (unsigned n = 0; n < 31; n++) /* some addresses have the memory's tag, 0, others don't */
        c->x[n] |= (uint64_t)(n % 3) << 56;
}

static void set_registers(struct cpu *c, struct fuzz_input *in)
{
    static const uint16_t vbar[] = {SR_VBAR_EL1, SR_VBAR_EL2, SR_VBAR_EL3};
    uint64_t count = take(in, 1) % 24, flags = take(in, 1);
    for (unsigned n = 0; n < 31; n++)
        c->x[n] = DATA + 0x100 * n + (n % 5) * 8;
    c->x[REG_SP] = DATA + 0x8000;
    for (unsigned n = 0; n < ARRAY_LEN(vbar); n++)
        c->sr[vbar[n]] = CODE;
    if (flags & 1)
        use_tables(c);
    unsigned modes = (unsigned)take(in, 1);
    if (modes & 128)
        use_tags(c, modes);
    while (count-- > 0) {
        enum sysreg reg = (enum sysreg)(take(in, 2) % SR_COUNT);
        const struct sysreg_row *row = sysreg_row(reg);
        uint64_t v = take(in, 8);
        if (row->unit == UNIT_NONE && (row->access & 6) == 2)
            c->sr[reg] = sysreg_store_value(c->feat, c->sr, reg, v);
    }
    for (unsigned n = 0; n < 4; n++) {
        uint64_t r = take(in, 1), v = take(in, 8);
        if (r < 31)
            c->x[r] = v;
    }
    c->v[1].d[0] = take(in, 8);
    c->v[2].d[1] = take(in, 8);
    /* EL0 exists in every state; higher ones as the machine has them */
    unsigned el = (unsigned)(flags >> 1) & 3;
    if ((el == 2 && !c->feat->has_el2) || (el == 3 && !c->feat->has_el3))
        el = 1;
    c->el = (uint8_t)el;
    c->spsel = el != 0 && (flags & 8) != 0;
    c->daif = (uint8_t)(flags >> 4);
    cpu_context_changed(c,
                        EFFECT_MMU | EFFECT_TRAPS | EFFECT_IRQ | EFFECT_DEBUG | EFFECT_TIMER | EFFECT_FPCR);
}

static void put_code(struct machine *m, struct fuzz_input *in)
{
    unsigned rows;
    const struct decode_row *row = decode_rows(&rows);
    for (unsigned n = 0; n < MAX_WORDS && in->left > 0; n++) {
        uint64_t pick = take(in, 2);
        uint32_t word = (uint32_t)take(in, 4);
        if ((pick & 0xf000) != 0xf000) {
            const struct decode_row *r = &row[pick % rows];
            word = (word & ~r->mask) | r->value;
        }
        bus_load(m->bus, CODE + 4 * n, &word, 4);
        /* the same at the other vectors, in another order */
        bus_load(m->bus, CODE + 0x400 + 4 * (n * 7 % 256), &word, 4);
    }
    /* an exception sets PSTATE.TCO, which would be the end of tag checks */
    const uint32_t msr_tco_0 = 0xd503409f;
    if (has(&m->feat, FEAT_MTE2)) {
        bus_load(m->bus, CODE + 0x200, &msr_tco_0, 4);
        bus_load(m->bus, CODE + 0x400, &msr_tco_0, 4);
    }
}

/* What the instructions can have changed, without the large empty rest of the memory. */
static void digest_run(struct machine *m, char *text)
{
    static uint8_t memory[0x60000];
    struct digest d;
    digest_init(&d);
    for (unsigned n = 0; n < m->n_cpus; n++)
        cpu_visit(m->cpus[n], digest_piece, &d);
    gic_visit(m->gic, digest_piece, &d);
    digest_piece(&d, "time", &m->time, sizeof(m->time));
    if (!bus_dma_read(m->bus, CODE, memory, sizeof(memory)))
        bug("no RAM where the code was");
    digest_piece(&d, "memory", memory, sizeof(memory));
    const struct bus_ram *ram = bus_find_ram(m->bus, CODE);
    for (uint64_t page = 0; page < sizeof(memory) / 4096; page++) {
        const uint8_t *tags = bus_page_tags(ram, (CODE - ram->base) / 4096 + page);
        uint8_t copy[PAGE_TAG_BYTES] = {0};
        if (tags != NULL)
            memcpy(copy, tags, sizeof(copy));
        digest_piece(&d, "tags", copy, sizeof(copy));
    }
    digest_finish(&d, text);
}

static void run(const uint8_t *data, size_t size, bool reference, char *digest)
{
    struct fuzz_input in = {data, size};
    struct options o;
    struct event end;
    struct machine *m = make_machine(&o, take(&in, 1), reference);
    make_tables(m);
    for (unsigned n = 0; n < m->n_cpus; n++) {
        m->cpus[n]->power = CPU_ON;
        m->cpus[n]->pc = CODE + 64 * n;
        set_registers(m->cpus[n], &in);
    }
    put_code(m, &in);
    event_init(&end, "end", 0, end_run, m);
    event_schedule(&m->events, &end, END_NS);
    machine_run(m);
    digest_run(m, digest);
    event_cancel(&m->events, &end);
    machine_destroy(m);
    options_destroy(&o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char fast[DIGEST_TEXT_SIZE], loop[DIGEST_TEXT_SIZE];
    run(data, size, false, fast);
    run(data, size, true, loop);
    if (strcmp(fast, loop) != 0)
        bug("the engines disagree: %s (fast), %s (loop)", fast, loop);
    return 0;
}
