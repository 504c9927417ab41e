/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The Distributor's frame, GICD_* (IHI 0069 12.9). Affinity routing is always on, so that registers of SGIs
 * and PPIs and the legacy ones are RAZ/WI. 1 of N distribution isn't supported (GICD_TYPER.No1N);
 * message-based SPIs are.
 */
#include "gic/gic-internal.h"

enum {
    GICD_CTLR = 0x0000,
    GICD_TYPER = 0x0004,
    GICD_IIDR = 0x0008,
    GICD_SETSPI_NSR = 0x0040,
    GICD_CLRSPI_NSR = 0x0048,
    GICD_SETSPI_SR = 0x0050,
    GICD_CLRSPI_SR = 0x0058,
    GICD_IROUTER = 0x6000, /* of INTID 0 */
    GICD_ID = 0xffd0,
};

#define IROUTER_MASK UINT64_C(0xff00ffffff) /* no Interrupt_Routing_Mode: No1N */

unsigned gic_find_cpu(const struct gic *g, uint32_t affinity)
{
    for (unsigned n = 0; n < g->cfg.ncpus; n++)
        if (g->affinity[n] == affinity)
            return n;
    return GIC_MAX_CPUS;
}

/* Which PE SPI n goes to. */
static void route(struct gic *g, unsigned n)
{
    uint64_t r = g->irouter[n];
    g->spi_cpu[n] = gic_find_cpu(g, bits(r, 39, 32) << 24 | bits(r, 23, 0));
}

void gic_dist_reset(struct gic *g)
{
    g->ctlr = CTLR_ARE_S | (g->cfg.has_el3 ? CTLR_ARE_NS : CTLR_DS);
    for (unsigned w = 0; w < SPI_WORDS; w++)
        irq_word_reset(g, &g->spi[w], false);
    for (unsigned n = 0; n < GIC_SPIS; n++)
        g->irouter[n] = 0;
}

/* Non-secure software's view of GICD_CTLR: bit 1 is the Non-secure Group 1 enable, bit 4 ARE_NS. */
static uint32_t ctlr_read(const struct gic *g, bool secure)
{
    if (secure || gic_ds(g))
        return g->ctlr;
    return (g->ctlr & CTLR_GRP1NS) | CTLR_ARE_S;
}

static void ctlr_write(struct gic *g, bool secure, uint32_t value)
{
    uint32_t mask = CTLR_GRP1NS;
    if (gic_ds(g))
        mask |= CTLR_GRP0 | CTLR_E1NWF;
    else if (secure)
        mask |= CTLR_GRP0 | CTLR_GRP1S | CTLR_E1NWF | CTLR_DS;
    g->ctlr = (g->ctlr & ~mask) | (value & mask);
    if (gic_ds(g))
        g->ctlr &= ~(CTLR_GRP1S | CTLR_ARE_NS); /* DS, once set, stays: those bits are RES0 from then on */
    gic_recompute_all(g);
}

static uint32_t typer(const struct gic *g)
{
    unsigned it_lines = (INTID_SPI + GIC_SPIS) / 32 - 1;
    return it_lines | (gic_ds(g) ? 0 : BIT(10)) /* SecurityExtn */
           | BIT(16)                            /* MBIS */
           | (g->cfg.its ? BIT(17) : 0)         /* LPIS */
           | (INTID_BITS - 1) << 19             /* IDbits */
           | BIT(24) | BIT(25) | BIT(26);       /* A3V, No1N, RSS */
}

/* The frame's peripheral and component identification, the same for all GIC frames but PIDR0: GICv3, by Arm.
 */
uint32_t gic_id_register(uint32_t offset, uint8_t pidr0)
{
    /* PIDR4..7, PIDR0..3, CIDR0..3 */
    static const uint8_t id[] = {0x44, 0, 0, 0, 0, 0xb4, 0x3b, 0, 0x0d, 0xf0, 0x05, 0xb1};
    unsigned n = (offset - GICD_ID) / 4;
    return n == 4 ? pidr0 : id[n];
}

/* GICD_IROUTER<n> as two words; SPI registers begin after those of the 32 private INTIDs. */
static bool irouter_at(uint32_t offset, unsigned *spi)
{
    *spi = (offset - GICD_IROUTER) / 8 - INTID_SPI;
    return offset >= GICD_IROUTER + 8 * INTID_SPI && *spi < GIC_SPIS;
}

/* May the access see or change where this SPI goes? (NSACR: 0b11) */
static bool may_route(const struct gic *g, unsigned spi, bool secure)
{
    const struct irq_word *w = &g->spi[spi / 32];
    return secure || gic_ds(g) || ((w->group >> (spi % 32)) & 1) != 0 || irq_nsacr(w, spi % 32) == 3;
}

static uint32_t dist_read32(const struct gic *g, uint32_t offset, bool secure)
{
    unsigned spi;
    if (irouter_at(offset, &spi))
        return may_route(g, spi, secure) ? (uint32_t)(g->irouter[spi] >> (offset & 4) * 8) : 0;
    if (offset >= GICD_ID)
        return gic_id_register(offset, 0x92);
    struct irq_reg_ref r = irq_reg_decode(offset);
    if (r.reg != IRQ_NONE)
        return r.word >= 1 && r.word <= SPI_WORDS ? irq_reg_read(g, &g->spi[r.word - 1], r, secure, false)
                                                  : 0;
    switch (offset) {
    case GICD_CTLR:
        return ctlr_read(g, secure);
    case GICD_TYPER:
        return typer(g);
    case GICD_IIDR:
        return GIC_IIDR;
    default:
        return 0;
    }
}

/* GICD_SETSPI_*, GICD_CLRSPI_*: a message sets or clears a pending state. The _SR forms are for Secure SPIs
 * too. */
static void message_spi(struct gic *g, uint32_t offset, bool secure, uint32_t value)
{
    uint32_t intid = bits(value, 12, 0);
    bool secure_form = offset >= GICD_SETSPI_SR;
    if (intid < INTID_SPI || intid >= INTID_SPI + GIC_SPIS || (secure_form && (!secure || gic_ds(g))))
        return;
    unsigned spi = intid - INTID_SPI;
    struct irq_word *w = &g->spi[spi / 32];
    bool set = offset == GICD_SETSPI_NSR || offset == GICD_SETSPI_SR;
    bool allowed = secure_form || gic_ds(g) || ((w->group >> (spi % 32)) & 1) != 0 ||
                   irq_nsacr(w, spi % 32) >= (set ? 1 : 2);
    if (!allowed)
        return;
    uint32_t mask = UINT32_C(1) << (spi % 32);
    w->latch = set ? w->latch | mask : w->latch & ~mask;
    gic_spi_changed(g, spi);
}

static void dist_write32(struct gic *g, uint32_t offset, bool secure, uint32_t value, uint32_t lanes)
{
    unsigned spi;
    if (irouter_at(offset, &spi)) {
        if (may_route(g, spi, secure)) {
            unsigned lo = (offset & 4) * 8;
            g->irouter[spi] = bits_set(g->irouter[spi], lo + 31, lo, value) & IROUTER_MASK;
            route(g, spi);
            gic_spis_changed(g);
        }
        return;
    }
    struct irq_reg_ref r = irq_reg_decode(offset);
    if (r.reg != IRQ_NONE) {
        if (r.word >= 1 && r.word <= SPI_WORDS) {
            irq_reg_write(g, &g->spi[r.word - 1], r, secure, value, lanes, false);
            gic_spis_changed(g);
        }
        return;
    }
    switch (offset) {
    case GICD_CTLR:
        ctlr_write(g, secure, value);
        break;
    case GICD_SETSPI_NSR:
    case GICD_CLRSPI_NSR:
    case GICD_SETSPI_SR:
    case GICD_CLRSPI_SR:
        message_spi(g, offset, secure, value);
        break;
    default:
        break;
    }
}

static uint32_t read32(void *opaque, uint64_t offset, bool secure)
{
    return dist_read32(opaque, offset, secure);
}

static void write32(void *opaque, uint64_t offset, bool secure, uint32_t value, uint32_t lanes)
{
    /* of the registers with one field for many interrupts, and controls, only words exist; messages may be
     * halfwords */
    bool message = offset >= GICD_SETSPI_NSR && offset <= GICD_CLRSPI_SR;
    if (lanes == UINT32_MAX || irq_reg_decode(offset).reg == IRQ_IPRIORITYR || (message && lanes == 0xffff))
        dist_write32(opaque, offset, secure, value, lanes);
}

static bool dist_read(void *opaque, uint64_t offset, unsigned size, bool secure, uint64_t *value)
{
    *value = gic_frame_read(opaque, read32, offset, size, secure);
    return true;
}

static bool dist_write(void *opaque, uint64_t offset, unsigned size, bool secure, uint64_t value)
{
    gic_frame_write(opaque, write32, offset, size, secure, value);
    return true;
}

const struct mmio_ops gic_dist_ops = {.read_attrs = dist_read, .write_attrs = dist_write};

void gic_dist_restored(struct gic *g)
{
    for (unsigned n = 0; n < GIC_SPIS; n++)
        route(g, n);
}
