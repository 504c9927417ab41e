/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Fuzz: everything software can do to the GIC: frames of distributor, redistributors and ITS, commands in the
 * ITS's queue, CPU interface and list registers, wires and MSIs, in any order.
 */
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "cpu/cpu.h"
#include "gic/gic.h"
#include "tests/fuzz/fuzz.h"

#define RAM UINT64_C(0x40000000)
#define QUEUE (RAM + 0x10000)
enum { CPUS = 3, RAM_SIZE = 0x100000, QUEUE_BYTES = 0x10000 };

struct world {
    struct bus *bus;
    struct gic *g;
    struct features feat;
    struct sysreg_unit unit[CPUS];
    uint64_t queue_write;
    uint8_t el[CPUS];
    uint64_t sr[CPUS][SR_COUNT];
};

static void line(void *opaque, unsigned cpu, unsigned n, bool level)
{
    (void)opaque;
    (void)cpu;
    (void)n;
    (void)level;
}

static void set(struct irq_line l, bool level)
{
    l.fn(l.opaque, l.n, level);
}

static void start(struct world *w, uint64_t flags)
{
    struct gic_pe pe[CPUS];
    memset(w, 0, sizeof(*w));
    w->feat.has_el2 = true;
    w->feat.has_el3 = (flags & 1) != 0;
    features_parse(&w->feat, "max");
    w->bus = bus_create();
    bus_add_ram(w->bus, "ram", RAM, RAM_SIZE, false);
    for (unsigned n = 0; n < CPUS; n++) {
        sysreg_reset(w->sr[n], &w->feat, n);
        w->el[n] = 2;
        pe[n] = (struct gic_pe){.sr = w->sr[n], .el = &w->el[n], .feat = &w->feat};
    }
    const struct gic_config cfg = {.ncpus = CPUS,
                                   .bus = w->bus,
                                   .has_el3 = w->feat.has_el3,
                                   .reset_nonsecure = (flags & 2) != 0,
                                   .its = true,
                                   .pe = pe,
                                   .set_line = line,
                                   .opaque = w};
    w->g = gic_create(&cfg);
    for (unsigned n = 0; n < CPUS; n++)
        w->unit[n] = gic_cpu_interface(w->g, n);
    if ((flags & 4) == 0)
        return;
    /* as a driver leaves it: groups on, LPI tables, device and collection tables, command queue */
    bus_write(w->bus, GIC_DIST_BASE, 4, false, 0x37);
    for (unsigned n = 0; n < CPUS; n++) {
        uint64_t r = GIC_REDIST_BASE + 0x20000 * n;
        bus_write(w->bus, r + 0x70, 8, false, (RAM + 0x20000) | 15);
        bus_write(w->bus, r + 0x78, 8, false, RAM + 0x30000 + 0x10000 * n);
        bus_write(w->bus, r, 4, false, 1);
    }
    bus_write(w->bus, GIC_ITS_BASE + 0x100, 8, false, UINT64_C(1) << 63 | (RAM + 0x60000));
    bus_write(w->bus, GIC_ITS_BASE + 0x108, 8, false, UINT64_C(1) << 63 | (RAM + 0x70000));
    bus_write(w->bus, GIC_ITS_BASE + 0x80, 8, false, UINT64_C(1) << 63 | QUEUE | (QUEUE_BYTES / 4096 - 1));
    bus_write(w->bus, GIC_ITS_BASE, 4, false, 1);
}

static void command(struct world *w, struct fuzz_input *in)
{
    uint64_t device = take(in, 1), size = take(in, 1) & 31;
    uint64_t cmd[4] = {take(in, 1) % 0x20 | device << 32, take(in, 1) | (8192 + take(in, 1)) << 32,
                       take(in, 2), 0};
    cmd[1] = (cmd[0] & 31) == 8 ? size : cmd[1]; /* MAPD */
    cmd[2] |= (cmd[2] & 0x8000) << 48 |
              ((cmd[0] & 31) == 8 ? RAM + 0x80000 + device * 0x100 : (cmd[2] & 0xf00) << 8);
    bus_dma_write(w->bus, QUEUE + w->queue_write, cmd, sizeof(cmd));
    w->queue_write = (w->queue_write + 32) % QUEUE_BYTES;
    bus_write(w->bus, GIC_ITS_BASE + 0x88, 8, false, w->queue_write);
}

static void interface(struct world *w, struct fuzz_input *in, unsigned cpu)
{
    uint64_t n = take(in, 2);
    /* the n-th row from there on that is the GIC's */
    for (unsigned k = 0; k < SR_COUNT; k++) {
        enum sysreg reg = (enum sysreg)((n + k) % SR_COUNT);
        const struct sysreg_row *row = sysreg_row(reg);
        if (row->unit != UNIT_GIC)
            continue;
        if ((n & 0x8000) != 0 && (row->access & 2))
            w->unit[cpu].write(w->unit[cpu].opaque, reg, take(in, 8));
        else if (row->access & 1)
            w->unit[cpu].read(w->unit[cpu].opaque, reg);
        return;
    }
}

static void frame(struct world *w, struct fuzz_input *in, uint64_t op)
{
    static const uint64_t bases[] = {GIC_DIST_BASE, GIC_ITS_BASE, GIC_REDIST_BASE, GIC_REDIST_BASE + 0x20000,
                                     GIC_REDIST_BASE + 0x50000};
    uint64_t base = bases[op / 16 % ARRAY_LEN(bases)], offset = take(in, 3) & 0x1ffff, v;
    unsigned size = 1u << (op & 3);
    offset &= ~(uint64_t)(size - 1);
    if (base == GIC_DIST_BASE)
        offset &= 0xffff;
    if ((op & 8) != 0)
        bus_write(w->bus, base + offset, size, (op & 4) != 0, take(in, 8));
    else
        bus_read(w->bus, base + offset, size, (op & 4) != 0, &v);
}

static void operate(struct world *w, struct fuzz_input *in)
{
    uint64_t op = take(in, 2), v = op >> 8;
    unsigned cpu = (unsigned)(op >> 4) % CPUS;
    switch (op & 7) {
    case 0:
    case 1:
        frame(w, in, v);
        break;
    case 2:
        interface(w, in, cpu);
        break;
    case 3:
        command(w, in);
        break;
    case 4:
        set(gic_spi(w->g, (unsigned)v % GIC_SPIS), (op & 8) != 0);
        break;
    case 5:
        set(gic_ppi(w->g, cpu, 16 + (unsigned)v % 16), (op & 8) != 0);
        break;
    case 6:
        gic_its_msi(w->g, (uint32_t)v, (uint32_t)take(in, 1));
        break;
    default: /* the PE goes elsewhere */
        w->el[cpu] = (uint8_t)(v & 3);
        w->sr[cpu][SR_HCR_EL2] = (v & 4) != 0 ? HCR_IMO | HCR_FMO : 0;
        if (w->feat.has_el3)
            w->sr[cpu][SR_SCR_EL3] = (v & 8) != 0;
        gic_context_changed(w->g, cpu);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world w;
    struct fuzz_input in = {data, size};
    start(&w, take(&in, 1));
    while (in.left > 0)
        operate(&w, &in);
    gic_restored(w.g);
    gic_destroy(w.g);
    bus_destroy(w.bus);
    return 0;
}
