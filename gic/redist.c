/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The Redistributors' frames, GICR_* (IHI 0069 12.10, 12.11), and LPIs (chapter 5). Each PE has two frames of
 * 64 KB: RD_base with the controls, SGI_base with the registers of SGIs and PPIs. LPI configuration is read
 * from the guest's table whenever it is needed; pending states are held here while LPIs are enabled, and
 * exchanged with the guest's table when they are enabled and disabled.
 */
#include "gic/gic-internal.h"

#include <string.h>

enum {
    GICR_CTLR = 0x0000,
    GICR_IIDR = 0x0004,
    GICR_TYPER = 0x0008,
    GICR_WAKER = 0x0014,
    GICR_PROPBASER = 0x0070,
    GICR_PENDBASER = 0x0078,
    GICR_ID = 0xffd0,
    GICR_SGI_BASE = 0x10000,
    GICR_FRAMES = 0x20000,
};

#define CTLR_ENABLE_LPIS BIT(0)
#define CTLR_CES BIT(1) /* EnableLPIs can be cleared again */
#define WAKER_PROCESSOR_SLEEP BIT(1)
#define WAKER_CHILDREN_ASLEEP BIT(2)
#define PROPBASER_MASK (MASK(58, 56) | MASK(51, 7) | MASK(4, 0))
#define PENDBASER_MASK (BIT(62) | MASK(58, 56) | MASK(51, 16) | MASK(11, 7))
#define PENDBASER_PTZ BIT(62)
#define LPI_CONFIG_ENABLE BIT(0)
#define LPI_CONFIG_PRIORITY 0xfc

void gic_redist_reset(struct gic_cpu *c)
{
    irq_word_reset(c->gic, &c->local, true);
    c->gicr_ctlr = 0;
    c->waker = WAKER_PROCESSOR_SLEEP | WAKER_CHILDREN_ASLEEP;
    c->propbaser = c->pendbaser = 0;
    memset(c->lpi_pending, 0, sizeof(c->lpi_pending));
    gic_lpis_replaced(c);
}

/* ---- LPIs ---- */

/* First INTID past those that the tables cover: GICR_PROPBASER.IDbits. */
static uint32_t lpi_end(const struct gic_cpu *c)
{
    unsigned id_bits = (c->propbaser & 0x1f) + 1;
    return id_bits >= INTID_BITS ? INTID_END : UINT32_C(1) << id_bits;
}

bool gic_lpi_valid(const struct gic_cpu *c, uint32_t intid)
{
    return (c->gicr_ctlr & CTLR_ENABLE_LPIS) != 0 && intid >= INTID_LPI && intid < lpi_end(c);
}

/* The configuration byte: enabled, and its priority as the CPU interface compares it. LPIs are Non-secure
 * Group 1. */
static bool lpi_config(const struct gic_cpu *c, uint32_t intid, uint8_t *prio)
{
    uint8_t config;
    uint64_t table = c->propbaser & MASK(51, 12);
    if (!bus_dma_read(c->gic->cfg.bus, table + (intid - INTID_LPI), &config, 1) ||
        (config & LPI_CONFIG_ENABLE) == 0)
        return false;
    uint8_t p = config & LPI_CONFIG_PRIORITY;
    *prio = (gic_ds(c->gic) ? p : (0x80 | p >> 1)) & PRIO_MASK;
    return true;
}

static void lpi_offer(struct gic_cpu *c, uint32_t intid)
{
    uint8_t prio;
    if (!lpi_config(c, intid, &prio))
        return;
    if (prio < c->best_lpi.prio || (prio == c->best_lpi.prio && intid < c->best_lpi.intid))
        c->best_lpi = (struct pending){.intid = intid, .prio = prio, .group = G1NS};
}

/* Finds c's highest-priority pending LPI among all. */
void gic_lpi_search(struct gic_cpu *c)
{
    c->lpi_stale = false;
    c->best_lpi = (struct pending){.intid = INTID_SPURIOUS, .prio = PRIO_IDLE, .group = G1NS};
    if ((c->gicr_ctlr & CTLR_ENABLE_LPIS) == 0 || (gic_enabled_groups(c) & BIT(G1NS)) == 0)
        return;
    for (unsigned s = 0; s < ARRAY_LEN(c->lpi_words); s++) {
        for (uint64_t words = c->lpi_words[s]; words != 0; words &= words - 1) {
            unsigned w = s * 64 + (unsigned)__builtin_ctzll(words);
            for (uint64_t set = c->lpi_pending[w]; set != 0; set &= set - 1)
                lpi_offer(c, INTID_LPI + w * 64 + (unsigned)__builtin_ctzll(set));
        }
    }
}

void gic_lpis_replaced(struct gic_cpu *c)
{
    memset(c->lpi_words, 0, sizeof(c->lpi_words));
    for (unsigned w = 0; w < ARRAY_LEN(c->lpi_pending); w++)
        if (c->lpi_pending[w] != 0)
            c->lpi_words[w / 64] |= BIT(w % 64);
    c->lpi_stale = true;
}

bool gic_lpi_is_pending(const struct gic_cpu *c, uint32_t intid)
{
    return gic_lpi_valid(c, intid) && bit(c->lpi_pending[(intid - INTID_LPI) / 64], intid % 64);
}

void gic_lpi_set(struct gic_cpu *c, uint32_t intid, bool pending)
{
    if (!gic_lpi_valid(c, intid) || gic_lpi_is_pending(c, intid) == pending)
        return;
    unsigned w = (intid - INTID_LPI) / 64;
    c->lpi_pending[w] ^= BIT(intid % 64);
    c->lpi_words[w / 64] = bits_set(c->lpi_words[w / 64], w % 64, w % 64, c->lpi_pending[w] != 0);
    if (!pending)
        c->lpi_stale |= c->best_lpi.intid == intid;
    else if (!c->lpi_stale && (gic_enabled_groups(c) & BIT(G1NS)) != 0)
        lpi_offer(c, intid);
}

/* Where LPIs' bits are in a Pending table: one bit for each INTID, the first 8192 not LPIs'. */
static uint64_t pending_table(const struct gic_cpu *c, size_t *len)
{
    *len = lpi_end(c) > INTID_LPI ? (lpi_end(c) - INTID_LPI) / 8 : 0;
    return (c->pendbaser & MASK(51, 16)) + INTID_LPI / 8;
}

static void enable_lpis(struct gic_cpu *c, bool enable)
{
    size_t len;
    uint64_t table = pending_table(c, &len);
    if (enable) {
        memset(c->lpi_pending, 0, sizeof(c->lpi_pending));
        if ((c->pendbaser & PENDBASER_PTZ) == 0 && !bus_dma_read(c->gic->cfg.bus, table, c->lpi_pending, len))
            memset(c->lpi_pending, 0, sizeof(c->lpi_pending));
        c->gicr_ctlr |= CTLR_ENABLE_LPIS;
    } else {
        bus_dma_write(c->gic->cfg.bus, table, c->lpi_pending, len);
        memset(c->lpi_pending, 0, sizeof(c->lpi_pending));
        c->gicr_ctlr &= ~CTLR_ENABLE_LPIS;
    }
    gic_lpis_replaced(c);
    gic_combine(c);
}

/* ---- registers ---- */

static uint64_t typer(const struct gic_cpu *c)
{
    const struct gic *g = c->gic;
    return (uint64_t)g->affinity[c->index] << 32 | BIT(24) /* CommonLPIAff: one table for equal Aff3 */
           | c->index << 8                                 /* Processor_Number */
           | (c->index == g->cfg.ncpus - 1 ? BIT(4) : 0)   /* Last */
           | (g->cfg.its ? BIT(0) : 0);                    /* PLPIS */
}

static uint32_t redist_read32(void *opaque, uint64_t offset, bool secure)
{
    struct gic *g = opaque;
    const struct gic_cpu *c = &g->cpu[offset / GICR_FRAMES];
    uint32_t o = offset % GICR_FRAMES;
    if (o >= GICR_SGI_BASE) {
        struct irq_reg_ref r = irq_reg_decode(o - GICR_SGI_BASE);
        if (r.reg != IRQ_NONE)
            return r.word == 0 ? irq_reg_read(g, &c->local, r, secure, true) : 0;
        return o >= GICR_SGI_BASE + GICR_ID ? gic_id_register(o - GICR_SGI_BASE, 0x93) : 0;
    }
    if (o >= GICR_ID)
        return gic_id_register(o, 0x93);
    switch (o) {
    case GICR_CTLR:
        return c->gicr_ctlr | (g->cfg.its ? CTLR_CES : 0);
    case GICR_IIDR:
        return GIC_IIDR;
    case GICR_TYPER:
        return typer(c);
    case GICR_TYPER + 4:
        return typer(c) >> 32;
    case GICR_WAKER:
        return secure || gic_ds(g) ? c->waker : 0;
    case GICR_PROPBASER:
        return c->propbaser;
    case GICR_PROPBASER + 4:
        return c->propbaser >> 32;
    case GICR_PENDBASER:
        return c->pendbaser;
    case GICR_PENDBASER + 4:
        return (c->pendbaser & ~PENDBASER_PTZ) >> 32;
    default:
        return 0;
    }
}

/* Tables can't be moved while they are in use. */
static void base_write(struct gic_cpu *c, uint64_t *base, uint64_t mask, unsigned lo, uint32_t value)
{
    if (c->gic->cfg.its && (c->gicr_ctlr & CTLR_ENABLE_LPIS) == 0)
        *base = bits_set(*base, lo + 31, lo, value) & mask;
}

static void rd_write32(struct gic_cpu *c, uint32_t o, bool secure, uint32_t value)
{
    switch (o) {
    case GICR_CTLR: {
        bool enable = (value & CTLR_ENABLE_LPIS) != 0;
        if (c->gic->cfg.its && enable != ((c->gicr_ctlr & CTLR_ENABLE_LPIS) != 0))
            enable_lpis(c, enable);
        break;
    }
    case GICR_WAKER:
        /* The Redistributor falls asleep and wakes at once. It delivers interrupts in either state, as
         * software that was written on the virt board expects. */
        if (secure || gic_ds(c->gic))
            c->waker =
                (value & WAKER_PROCESSOR_SLEEP) != 0 ? WAKER_PROCESSOR_SLEEP | WAKER_CHILDREN_ASLEEP : 0;
        break;
    case GICR_PROPBASER:
    case GICR_PROPBASER + 4:
        base_write(c, &c->propbaser, PROPBASER_MASK, (o & 4) * 8, value);
        break;
    case GICR_PENDBASER:
    case GICR_PENDBASER + 4:
        base_write(c, &c->pendbaser, PENDBASER_MASK, (o & 4) * 8, value);
        break;
    default:
        break;
    }
}

static void redist_write32(void *opaque, uint64_t offset, bool secure, uint32_t value, uint32_t lanes)
{
    struct gic *g = opaque;
    struct gic_cpu *c = &g->cpu[offset / GICR_FRAMES];
    uint32_t o = offset % GICR_FRAMES;
    if (o < GICR_SGI_BASE) {
        if (lanes == UINT32_MAX)
            rd_write32(c, o, secure, value);
        return;
    }
    struct irq_reg_ref r = irq_reg_decode(o - GICR_SGI_BASE);
    if (r.reg == IRQ_NONE || r.word != 0 || (lanes != UINT32_MAX && r.reg != IRQ_IPRIORITYR))
        return;
    irq_reg_write(g, &c->local, r, secure, value, lanes, true);
    gic_local_changed(c);
}

static bool redist_read(void *opaque, uint64_t offset, unsigned size, bool secure, uint64_t *value)
{
    *value = gic_frame_read(opaque, redist_read32, offset, size, secure);
    return true;
}

static bool redist_write(void *opaque, uint64_t offset, unsigned size, bool secure, uint64_t value)
{
    gic_frame_write(opaque, redist_write32, offset, size, secure, value);
    return true;
}

const struct mmio_ops gic_redist_ops = {.read_attrs = redist_read, .write_attrs = redist_write};
