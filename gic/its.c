/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The Interrupt Translation Service, GITS_* (IHI 0069 chapter 5.2, 5.3, 12.12): turns (DeviceID, EventID)
 * into an LPI at a PE. Its tables are in the guest's memory and are read there for each translation; nothing
 * is cached, so that INV and SYNC have nothing to wait for. A command that can't be carried out is skipped,
 * as GITS_TYPER.SEIS=0 permits; a command queue that can't be read stalls (GITS_CREADR.Stalled). The formats
 * of table entries are ours: IMPLEMENTATION DEFINED.
 */
#include "gic/gic-internal.h"

enum {
    GITS_CTLR = 0x0000,
    GITS_IIDR = 0x0004,
    GITS_TYPER = 0x0008,
    GITS_CBASER = 0x0080,
    GITS_CWRITER = 0x0088,
    GITS_CREADR = 0x0090,
    GITS_BASER = 0x0100, /* eight registers of 64 bits */
    GITS_ID = 0xffd0,
    GITS_TRANSLATER = 0x10040,
    COMMAND_SIZE = 32,
    ENTRY_SIZE = 8,   /* of every table */
    DEVICE_BITS = 16, /* DeviceID, EventID and ICID */
};

enum its_table { TABLE_DEVICES, TABLE_COLLECTIONS };

#define CTLR_ENABLED BIT(0)
#define CTLR_QUIESCENT BIT(31)
#define VALID BIT(63)
#define BASER_INDIRECT BIT(62)
#define BASER_WRITABLE (VALID | BASER_INDIRECT | MASK(61, 59) | MASK(55, 53) | MASK(47, 0))
#define CBASER_WRITABLE (VALID | MASK(61, 59) | MASK(55, 53) | MASK(51, 10) | MASK(7, 0))
#define QUEUE_OFFSET MASK(19, 5)
#define CREADR_STALLED BIT(0)
#define CWRITER_RETRY BIT(0)

/* Device table entry: valid, ITT address<51:8>, EventID bits - 1 <4:0> */
#define DTE_ITT MASK(51, 8)
/* Collection table entry: valid, number of the PE<15:0>. ITT entry: valid, ICID<47:32>, INTID<31:0> */

enum command {
    CMD_MOVI = 0x01,
    CMD_INT = 0x03,
    CMD_CLEAR = 0x04,
    CMD_SYNC = 0x05,
    CMD_MAPD = 0x08,
    CMD_MAPC = 0x09,
    CMD_MAPTI = 0x0a,
    CMD_MAPI = 0x0b,
    CMD_INV = 0x0c,
    CMD_INVALL = 0x0d,
    CMD_MOVALL = 0x0e,
    CMD_DISCARD = 0x0f,
};

void gic_its_reset(struct gic *g)
{
    g->its = (struct its){.ctlr = 0};
    for (unsigned n = 0; n < ARRAY_LEN(g->its.baser); n++) /* Type, Entry_Size */
        g->its.baser[n] = (n == TABLE_DEVICES ? UINT64_C(1) : UINT64_C(4)) << 56 | (uint64_t)(ENTRY_SIZE - 1)
                                                                                       << 48;
}

/* ---- tables ---- */

static bool read64(const struct gic *g, uint64_t pa, uint64_t *value)
{
    uint8_t b[8];
    if (!bus_dma_read(g->cfg.bus, pa, b, sizeof(b)))
        return false;
    *value = 0;
    for (unsigned n = 0; n < 8; n++)
        *value |= (uint64_t)b[n] << (8 * n);
    return true;
}

static bool write64(const struct gic *g, uint64_t pa, uint64_t value)
{
    uint8_t b[8];
    for (unsigned n = 0; n < 8; n++)
        b[n] = value >> (8 * n);
    return bus_dma_write(g->cfg.bus, pa, b, sizeof(b));
}

/* Address of entry `id` of a device or collection table, flat or of two levels (GITS_BASER<n>). */
static bool table_entry(const struct gic *g, enum its_table table, uint32_t id, uint64_t *pa)
{
    static const uint8_t page_shift[] = {12, 14, 16, 16};
    uint64_t baser = g->its.baser[table];
    unsigned shift = page_shift[bits(baser, 9, 8)];
    uint64_t base = baser & MASK(47, 12) & ~(BIT(shift) - 1);
    if (shift == 16) /* <15:12> hold address bits 51:48 */
        base |= bits(baser, 15, 12) << 48;
    uint64_t bytes = (bits(baser, 7, 0) + 1) << shift, per_page = BIT(shift) / ENTRY_SIZE;
    if ((baser & VALID) == 0 || id >= BIT(DEVICE_BITS))
        return false;
    if ((baser & BASER_INDIRECT) == 0) {
        *pa = base + (uint64_t)id * ENTRY_SIZE;
        return (uint64_t)id * ENTRY_SIZE < bytes;
    }
    uint64_t index = id / per_page, level1;
    if (index * ENTRY_SIZE >= bytes || !read64(g, base + index * ENTRY_SIZE, &level1) ||
        (level1 & VALID) == 0)
        return false;
    *pa = (level1 & MASK(51, 12) & ~(BIT(shift) - 1)) + id % per_page * ENTRY_SIZE;
    return true;
}

/* Address of the ITT entry of an event; false if the device isn't mapped or the EventID is out of its range.
 */
static bool itt_entry(const struct gic *g, uint32_t device, uint32_t event, uint64_t *pa)
{
    uint64_t at, dte;
    if (!table_entry(g, TABLE_DEVICES, device, &at) || !read64(g, at, &dte) || (dte & VALID) == 0)
        return false;
    if (event >= BIT(bits(dte, 4, 0) + 1) || event >= BIT(DEVICE_BITS))
        return false;
    *pa = (dte & DTE_ITT) + (uint64_t)event * ENTRY_SIZE;
    return true;
}

static uint32_t ite_icid(uint64_t ite)
{
    return bits(ite, 47, 32);
}

/* The PE that a collection is mapped to, or NULL. */
static struct gic_cpu *collection(struct gic *g, uint32_t icid)
{
    uint64_t at, cte;
    if (!table_entry(g, TABLE_COLLECTIONS, icid, &at) || !read64(g, at, &cte) || (cte & VALID) == 0)
        return NULL;
    uint32_t pe = bits(cte, 15, 0);
    return pe < g->cfg.ncpus ? &g->cpu[pe] : NULL;
}

/* What an event means: its ITT entry, and the PE. */
static struct gic_cpu *translate(struct gic *g, uint32_t device, uint32_t event, uint64_t *pa, uint64_t *ite)
{
    if (!itt_entry(g, device, event, pa) || !read64(g, *pa, ite) || (*ite & VALID) == 0)
        return NULL;
    return collection(g, ite_icid(*ite));
}

/* Sets or clears the pending state of the event's LPI; the PE whose it is, or NULL. */
static struct gic_cpu *event_set(struct gic *g, uint32_t device, uint32_t event, bool pending)
{
    uint64_t pa, ite;
    struct gic_cpu *c = translate(g, device, event, &pa, &ite);
    if (c != NULL)
        gic_lpi_set(c, (uint32_t)ite, pending);
    return c;
}

void gic_its_msi(struct gic *g, uint32_t device_id, uint32_t event_id)
{
    if (!g->cfg.its || (g->its.ctlr & CTLR_ENABLED) == 0)
        return;
    struct gic_cpu *c = event_set(g, device_id, event_id, true);
    if (c != NULL)
        gic_combine(c);
}

/* ---- commands (5.3) ---- */

static void cmd_mapd(const struct gic *g, const uint64_t *dw)
{
    uint64_t at, size = bits(dw[1], 4, 0);
    if (!table_entry(g, TABLE_DEVICES, dw[0] >> 32, &at) || size >= DEVICE_BITS)
        return;
    write64(g, at, (dw[2] & VALID) != 0 ? VALID | (dw[2] & DTE_ITT) | size : 0);
}

static void cmd_mapc(const struct gic *g, const uint64_t *dw)
{
    uint64_t at, pe = bits(dw[2], 50, 16);
    if (!table_entry(g, TABLE_COLLECTIONS, bits(dw[2], 15, 0), &at))
        return;
    if ((dw[2] & VALID) == 0)
        write64(g, at, 0);
    else if (pe < g->cfg.ncpus)
        write64(g, at, VALID | pe);
}

/* MAPTI; MAPI is the same with the EventID as the INTID. */
static void cmd_mapti(const struct gic *g, const uint64_t *dw, uint32_t intid)
{
    uint64_t pa;
    if (intid < INTID_LPI || intid >= INTID_END || !itt_entry(g, dw[0] >> 32, (uint32_t)dw[1], &pa))
        return;
    write64(g, pa, VALID | bits(dw[2], 15, 0) << 32 | intid);
}

static void cmd_discard(struct gic *g, const uint64_t *dw)
{
    uint64_t pa, ite;
    struct gic_cpu *c = translate(g, dw[0] >> 32, (uint32_t)dw[1], &pa, &ite);
    if (c == NULL)
        return;
    gic_lpi_set(c, (uint32_t)ite, false);
    write64(g, pa, 0);
}

/* The event to another collection, its pending state with it. */
static void cmd_movi(struct gic *g, const uint64_t *dw)
{
    uint64_t pa, ite;
    uint32_t icid = bits(dw[2], 15, 0);
    struct gic_cpu *from = translate(g, dw[0] >> 32, (uint32_t)dw[1], &pa, &ite), *to = collection(g, icid);
    if (from == NULL || to == NULL || !write64(g, pa, bits_set(ite, 47, 32, icid)))
        return;
    if (from != to && gic_lpi_is_pending(from, (uint32_t)ite)) {
        gic_lpi_set(from, (uint32_t)ite, false);
        gic_lpi_set(to, (uint32_t)ite, true);
    }
}

/* All pending LPIs of one PE to another. */
static void cmd_movall(struct gic *g, const uint64_t *dw)
{
    uint64_t a = bits(dw[2], 50, 16), b = bits(dw[3], 50, 16);
    if (a >= g->cfg.ncpus || b >= g->cfg.ncpus || a == b)
        return;
    struct gic_cpu *from = &g->cpu[a], *to = &g->cpu[b];
    if (!gic_lpi_valid(to, INTID_LPI))
        return;
    for (unsigned w = 0; w < ARRAY_LEN(from->lpi_pending); w++) {
        if (gic_lpi_valid(to, INTID_LPI + w * 64))
            to->lpi_pending[w] |= from->lpi_pending[w];
        from->lpi_pending[w] = 0;
    }
    gic_lpis_replaced(from);
    gic_lpis_replaced(to);
}

static void command(struct gic *g, const uint64_t *dw)
{
    uint32_t device = dw[0] >> 32, event = (uint32_t)dw[1];
    uint64_t pa, ite;
    struct gic_cpu *c;
    switch (bits(dw[0], 7, 0)) {
    case CMD_MAPD:
        cmd_mapd(g, dw);
        break;
    case CMD_MAPC:
        cmd_mapc(g, dw);
        break;
    case CMD_MAPTI:
        cmd_mapti(g, dw, dw[1] >> 32);
        break;
    case CMD_MAPI:
        cmd_mapti(g, dw, event);
        break;
    case CMD_MOVI:
        cmd_movi(g, dw);
        break;
    case CMD_MOVALL:
        cmd_movall(g, dw);
        break;
    case CMD_DISCARD:
        cmd_discard(g, dw);
        break;
    case CMD_INT:
        event_set(g, device, event, true);
        break;
    case CMD_CLEAR:
        event_set(g, device, event, false);
        break;
    case CMD_INV: /* the configuration is read again in the search that follows */
        c = translate(g, device, event, &pa, &ite);
        if (c != NULL)
            c->lpi_stale = true;
        break;
    case CMD_INVALL:
        c = collection(g, bits(dw[2], 15, 0));
        if (c != NULL)
            c->lpi_stale = true;
        break;
    case CMD_SYNC: /* everything is done already */
    default:
        break;
    }
}

bool gic_its_possible(const struct its *t)
{
    return (t->cwriter & ~QUEUE_OFFSET) == 0 && (t->creadr & ~(QUEUE_OFFSET | CREADR_STALLED)) == 0;
}

/* Carries out commands up to GITS_CWRITER, then lets every PE see the outcome. */
static void run_queue(struct gic *g)
{
    struct its *t = &g->its;
    uint64_t size = (bits(t->cbaser, 7, 0) + 1) << 12;
    if ((t->ctlr & CTLR_ENABLED) == 0 || (t->cbaser & VALID) == 0 || (t->creadr & CREADR_STALLED) != 0 ||
        t->cwriter >= size || t->creadr >= size)
        return;
    while (t->creadr != t->cwriter) {
        uint64_t dw[COMMAND_SIZE / 8], pa = (t->cbaser & MASK(51, 12)) + t->creadr;
        bool readable = true;
        for (unsigned n = 0; n < ARRAY_LEN(dw); n++)
            readable = readable && read64(g, pa + 8 * n, &dw[n]);
        if (!readable) {
            t->creadr |= CREADR_STALLED;
            break;
        }
        command(g, dw);
        t->creadr = (t->creadr + COMMAND_SIZE) % size;
    }
    for (unsigned n = 0; n < g->cfg.ncpus; n++)
        gic_combine(&g->cpu[n]);
}

/* ---- registers ---- */

static uint64_t typer(void)
{
    return BIT(0)                              /* Physical */
           | (ENTRY_SIZE - 1) << 4             /* ITT_entry_size */
           | (DEVICE_BITS - 1) << 8            /* ID_bits */
           | (DEVICE_BITS - 1) << 13           /* Devbits */
           | (uint64_t)(DEVICE_BITS - 1) << 32 /* CIDbits */
           | BIT(36); /* CIL; PTA=0: RDbase is a PE's number; HCC=0: collections are in memory */
}

/* The 64-bit register that contains `offset`, 0 where there is none. */
static uint64_t register64(const struct its *t, uint64_t offset)
{
    switch (offset & ~UINT64_C(7)) {
    case GITS_TYPER:
        return typer();
    case GITS_CBASER:
        return t->cbaser;
    case GITS_CWRITER:
        return t->cwriter;
    case GITS_CREADR:
        return t->creadr;
    case GITS_BASER + 8 * TABLE_DEVICES:
        return t->baser[TABLE_DEVICES];
    case GITS_BASER + 8 * TABLE_COLLECTIONS:
        return t->baser[TABLE_COLLECTIONS];
    default:
        return 0;
    }
}

static uint32_t its_read32(void *opaque, uint64_t offset, bool secure)
{
    const struct its *t = &((struct gic *)opaque)->its;
    (void)secure;
    if (offset == GITS_CTLR)
        return t->ctlr | CTLR_QUIESCENT;
    if (offset == GITS_IIDR)
        return GIC_IIDR;
    if (offset >= GITS_ID && offset < GITS_ID + 0x30)
        return gic_id_register(offset, 0x94);
    return register64(t, offset) >> (offset & 4) * 8;
}

static void its_write32(void *opaque, uint64_t offset, bool secure, uint32_t value, uint32_t lanes)
{
    struct gic *g = opaque;
    struct its *t = &g->its;
    unsigned lo = (offset & 4) * 8;
    (void)secure;
    if (offset == GITS_TRANSLATER && (lanes == UINT32_MAX || lanes == 0xffff)) {
        gic_its_msi(g, 0, value & lanes); /* by a PE: DeviceID 0 */
        return;
    }
    if (lanes != UINT32_MAX)
        return;
    bool enabled = (t->ctlr & CTLR_ENABLED) != 0; /* bases can't be moved then */
    switch (offset) {
    case GITS_CTLR:
        t->ctlr = value & CTLR_ENABLED;
        run_queue(g);
        break;
    case GITS_CBASER:
    case GITS_CBASER + 4:
        if (!enabled) {
            t->cbaser = bits_set(t->cbaser, lo + 31, lo, value) & CBASER_WRITABLE;
            t->creadr = 0;
        }
        break;
    case GITS_CWRITER:
        t->cwriter = value & QUEUE_OFFSET;
        if ((value & CWRITER_RETRY) != 0)
            t->creadr &= ~CREADR_STALLED;
        run_queue(g);
        break;
    default:
        if (!enabled && offset >= GITS_BASER && offset < GITS_BASER + 8 * ARRAY_LEN(t->baser)) {
            uint64_t *baser = &t->baser[(offset - GITS_BASER) / 8];
            uint64_t merged = bits_set(*baser, lo + 31, lo, value);
            *baser = (*baser & ~BASER_WRITABLE) | (merged & BASER_WRITABLE);
        }
        break;
    }
}

static bool its_read(void *opaque, uint64_t offset, unsigned size, bool secure, uint64_t *value)
{
    *value = gic_frame_read(opaque, its_read32, offset, size, secure);
    return true;
}

static bool its_write(void *opaque, uint64_t offset, unsigned size, bool secure, uint64_t value)
{
    gic_frame_write(opaque, its_write32, offset, size, secure, value);
    return true;
}

const struct mmio_ops gic_its_ops = {.read_attrs = its_read, .write_attrs = its_write};
