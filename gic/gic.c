/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The GIC as a whole: creation, reset, wires, access to its frames, state. See gic.h, gic-internal.h.
 */
#include "gic/gic-internal.h"

#include <stdlib.h>

#include "base/log.h"

enum { DIST_SIZE = 0x10000, ITS_SIZE = 0x20000, REDIST_SIZE = 0x20000 };

struct gic *gic_create(const struct gic_config *cfg)
{
    if (cfg->ncpus < 1 || cfg->ncpus > GIC_MAX_CPUS)
        bug("gic: %u CPUs", cfg->ncpus);
    struct gic *g = xcalloc(1, sizeof(*g) + cfg->ncpus * sizeof(g->cpu[0]));
    g->cfg = *cfg;
    for (unsigned n = 0; n < cfg->ncpus; n++) {
        g->cpu[n].gic = g;
        g->cpu[n].index = n;
        g->cpu[n].pe = cfg->pe[n];
    }
    g->cfg.pe = NULL; /* copied */
    bus_add_mmio(cfg->bus, "gicd", GIC_DIST_BASE, DIST_SIZE, &gic_dist_ops, g);
    bus_add_mmio(cfg->bus, "gicr", GIC_REDIST_BASE, (uint64_t)cfg->ncpus * REDIST_SIZE, &gic_redist_ops, g);
    if (cfg->its)
        bus_add_mmio(cfg->bus, "its", GIC_ITS_BASE, ITS_SIZE, &gic_its_ops, g);
    gic_reset(g);
    return g;
}

void gic_destroy(struct gic *g)
{
    free(g);
}

/* What follows from registers alone: affinities, routes, running priorities, summaries of LPIs. */
static void derive(struct gic *g)
{
    for (unsigned n = 0; n < g->cfg.ncpus; n++) {
        uint64_t mpidr = g->cpu[n].pe.sr[SR_MPIDR_EL1];
        g->affinity[n] = bits(mpidr, 39, 32) << 24 | bits(mpidr, 23, 0);
        gic_running_changed(&g->cpu[n]);
        gic_lpis_replaced(&g->cpu[n]);
    }
    gic_dist_restored(g);
}

/* All signals are driven, whatever they were before. */
void gic_restored(struct gic *g)
{
    derive(g);
    for (unsigned n = 0; n < g->cfg.ncpus; n++) {
        const uint32_t all = GIC_LINE_IRQ | GIC_LINE_FIQ | GIC_LINE_VIRQ | GIC_LINE_VFIQ;
        struct gic_cpu *c = &g->cpu[n];
        gic_set_lines(c, all, ~c->lines & all);
        c->maintenance = (c->local.level >> GIC_PPI_MAINTENANCE & 1) != 0;
    }
    gic_recompute_all(g);
    for (unsigned n = 0; n < g->cfg.ncpus; n++)
        gic_virt_update(&g->cpu[n]);
}

void gic_reset(struct gic *g)
{
    gic_dist_reset(g);
    gic_its_reset(g);
    for (unsigned n = 0; n < g->cfg.ncpus; n++) {
        gic_redist_reset(&g->cpu[n]);
        gic_cpuif_reset(&g->cpu[n]);
        gic_virt_reset(&g->cpu[n]);
    }
    gic_restored(g);
}

void gic_cpu_reset(struct gic *g, unsigned cpu)
{
    struct gic_cpu *c = &g->cpu[cpu];
    gic_cpuif_reset(c);
    gic_virt_reset(c);
    gic_recompute(c);
    gic_virt_update(c);
}

void gic_tell(const struct gic_cpu *c, enum trace_irq what, bool is_virtual, uint32_t intid, unsigned prio)
{
    const struct gic_config *cfg = &c->gic->cfg;
    const struct trace_interrupt e = {
        .what = (uint8_t)what, .is_virtual = is_virtual, .priority = (uint8_t)prio, .intid = intid};
    if (cfg->observe != NULL)
        cfg->observe(cfg->opaque, c->index, &e);
}

static void tell_wire(const struct gic_cpu *c, const struct irq_word *w, unsigned intid, bool level)
{
    const struct gic_config *cfg = &c->gic->cfg;
    const struct trace_interrupt e = {.what = TRACE_IRQ_WIRE, .level = level, .intid = intid};
    if (cfg->observe != NULL && ((w->level >> intid % 32) & 1) != level)
        cfg->observe(cfg->opaque, c->index, &e);
}

static void spi_level(void *opaque, int n, int level)
{
    struct gic *g = opaque;
    tell_wire(&g->cpu[0], &g->spi[n / 32], INTID_SPI + (unsigned)n, level != 0);
    irq_set_level(&g->spi[n / 32], (unsigned)n % 32, level != 0);
    gic_spi_changed(g, (unsigned)n);
}

static void ppi_level(void *opaque, int intid, int level)
{
    struct gic_cpu *c = opaque;
    tell_wire(c, &c->local, (unsigned)intid, level != 0);
    gic_ppi_level(c, (unsigned)intid, level != 0);
}

struct irq_line gic_spi(struct gic *g, unsigned n)
{
    if (n >= GIC_SPIS)
        bug("gic: no SPI %u", n);
    return (struct irq_line){.fn = spi_level, .opaque = g, .n = (int)n};
}

struct irq_line gic_ppi(struct gic *g, unsigned cpu, unsigned intid)
{
    if (cpu >= g->cfg.ncpus || intid < 16 || intid >= INTID_SPI)
        bug("gic: no PPI %u of CPU %u", intid, cpu);
    return (struct irq_line){.fn = ppi_level, .opaque = &g->cpu[cpu], .n = (int)intid};
}

uint64_t gic_frame_read(void *opaque, gic_read32_fn *fn, uint64_t offset, unsigned size, bool secure)
{
    uint64_t value = 0;
    for (unsigned done = 0, n; done < size; done += n) {
        unsigned byte = (offset + done) & 3;
        n = size - done < 4 - byte ? size - done : 4 - byte;
        uint64_t part = fn(opaque, (offset + done) & ~UINT64_C(3), secure) >> (8 * byte);
        value |= (part & ones(8 * n)) << (8 * done);
    }
    return value;
}

void gic_frame_write(void *opaque, gic_write32_fn *fn, uint64_t offset, unsigned size, bool secure,
                     uint64_t value)
{
    for (unsigned done = 0, n; done < size; done += n) {
        unsigned byte = (offset + done) & 3;
        n = size - done < 4 - byte ? size - done : 4 - byte;
        uint32_t lanes = (uint32_t)ones(8 * n) << (8 * byte);
        uint32_t part = (uint32_t)(value >> (8 * done)) << (8 * byte) & lanes;
        fn(opaque, (offset + done) & ~UINT64_C(3), secure, part, lanes);
    }
}

static void visit_word(struct irq_word *w, visit_fn *fn, void *ctx)
{
    VISIT(fn, ctx, w, group);
    VISIT(fn, ctx, w, grpmod);
    VISIT(fn, ctx, w, enabled);
    VISIT(fn, ctx, w, latch);
    VISIT(fn, ctx, w, level);
    VISIT(fn, ctx, w, active);
    VISIT(fn, ctx, w, edge);
    VISIT(fn, ctx, w, nsacr);
    VISIT(fn, ctx, w, prio);
}

static void visit_cpu(struct gic_cpu *c, visit_fn *fn, void *ctx)
{
    visit_word(&c->local, fn, ctx);
    VISIT(fn, ctx, c, gicr_ctlr);
    VISIT(fn, ctx, c, waker);
    VISIT(fn, ctx, c, propbaser);
    VISIT(fn, ctx, c, pendbaser);
    VISIT(fn, ctx, c, lpi_pending);
    VISIT(fn, ctx, c, pmr);
    VISIT(fn, ctx, c, bpr0);
    VISIT(fn, ctx, c, bpr1);
    if (!gic_cpuif_possible(c)) {
        c->bpr0 = c->bpr1[BANK_S] = c->bpr1[BANK_NS] = 7;
        visit_refuse(fn, ctx, "bpr1");
    }
    VISIT(fn, ctx, c, igrpen0);
    VISIT(fn, ctx, c, igrpen1);
    VISIT(fn, ctx, c, cbpr);
    VISIT(fn, ctx, c, eoimode);
    VISIT(fn, ctx, c, eoimode_el3);
    VISIT(fn, ctx, c, apr);
}

void gic_visit(struct gic *g, visit_fn *fn, void *ctx)
{
    VISIT(fn, ctx, g, ctlr);
    for (unsigned n = 0; n < SPI_WORDS; n++)
        visit_word(&g->spi[n], fn, ctx);
    VISIT(fn, ctx, g, irouter);
    VISIT(fn, ctx, &g->its, ctlr);
    VISIT(fn, ctx, &g->its, cbaser);
    VISIT(fn, ctx, &g->its, cwriter);
    VISIT(fn, ctx, &g->its, creadr);
    if (!gic_its_possible(&g->its)) {
        g->its.cwriter = g->its.creadr = 0;
        visit_refuse(fn, ctx, "creadr");
    }
    VISIT(fn, ctx, &g->its, baser);
    for (unsigned n = 0; n < g->cfg.ncpus; n++)
        visit_cpu(&g->cpu[n], fn, ctx);
}
