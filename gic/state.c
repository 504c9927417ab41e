/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The state of SGIs, PPIs and SPIs: the registers that GICD and GICR's SGI_base frame have in common (IHI
 * 0069 12.9, 12.11), the interrupt state machine (4.1), and the search for each PE's highest-priority pending
 * interrupt (4.8). Searches are made on changes only; everybody else reads their result in struct gic_cpu.
 */
#include "gic/gic-internal.h"

#include <string.h>

static const struct pending nothing = {.intid = INTID_SPURIOUS, .prio = PRIO_IDLE, .group = G0};

/* ---- registers ---- */

struct irq_reg_ref irq_reg_decode(uint32_t offset)
{
    /* Where each kind of register begins and ends, and how many bits it has per interrupt. */
    static const struct {
        uint16_t first, end;
        uint8_t reg, width;
    } map[] = {
        {0x080, 0x100, IRQ_IGROUPR, 1},   {0x100, 0x180, IRQ_ISENABLER, 1},  {0x180, 0x200, IRQ_ICENABLER, 1},
        {0x200, 0x280, IRQ_ISPENDR, 1},   {0x280, 0x300, IRQ_ICPENDR, 1},    {0x300, 0x380, IRQ_ISACTIVER, 1},
        {0x380, 0x400, IRQ_ICACTIVER, 1}, {0x400, 0x800, IRQ_IPRIORITYR, 8}, {0xc00, 0xd00, IRQ_ICFGR, 2},
        {0xd00, 0xd80, IRQ_IGRPMODR, 1},  {0xe00, 0xf00, IRQ_NSACR, 2},
    };
    for (size_t n = 0; n < ARRAY_LEN(map); n++) {
        if (offset >= map[n].first && offset < map[n].end) {
            unsigned index =
                (offset - map[n].first) / 4; /* of the 32-bit register; `width` registers to a word */
            return (struct irq_reg_ref){map[n].reg, index / map[n].width, index % map[n].width};
        }
    }
    return (struct irq_reg_ref){IRQ_NONE, 0, 0};
}

unsigned irq_nsacr(const struct irq_word *w, unsigned bit)
{
    return (w->nsacr[bit / 16] >> (bit % 16 * 2)) & 3;
}

/* The interrupts that an access may see or change: all, or for Non-secure accesses with two Security states
 * those of Non-secure Group 1 and those Secure ones whose NSACR field is at least `level` (IHI 0069 4.6.3,
 * GICD_NSACR). */
static uint32_t accessible(const struct gic *g, const struct irq_word *w, bool secure, unsigned level)
{
    if (secure || gic_ds(g))
        return UINT32_MAX;
    uint32_t mask = w->group;
    if ((w->nsacr[0] | w->nsacr[1]) != 0)
        for (unsigned bit = 0; bit < 32; bit++)
            if (irq_nsacr(w, bit) >= level)
                mask |= UINT32_C(1) << bit;
    return mask;
}

/* Each value of an NSACR field permits what lower ones do, and: */
enum { NSACR_SET_PENDING = 1, NSACR_CLEAR_PENDING = 2, NSACR_NEVER = 4 };

/* Does the access see priorities in the Non-secure view, the lower half of the range stretched? (4.8.1) */
static bool nonsecure_view(const struct gic *g, bool secure)
{
    return !secure && !gic_ds(g);
}

static uint32_t priority_read(const struct gic *g, const struct irq_word *w, unsigned part, bool secure)
{
    uint32_t value = 0, mask = accessible(g, w, secure, NSACR_NEVER);
    for (unsigned n = 0; n < 4; n++) {
        unsigned bit = part * 4 + n;
        uint8_t prio = w->prio[bit];
        if (nonsecure_view(g, secure))
            prio = prio << 1;
        if ((mask >> bit) & 1)
            value |= (uint32_t)prio << (8 * n);
    }
    return value;
}

static void priority_write(const struct gic *g, struct irq_word *w, unsigned part, bool secure,
                           uint32_t value, uint32_t lanes)
{
    uint32_t mask = accessible(g, w, secure, NSACR_NEVER);
    for (unsigned n = 0; n < 4; n++) {
        unsigned bit = part * 4 + n;
        uint8_t prio = value >> (8 * n);
        if (((lanes >> (8 * n)) & 1) == 0 || ((mask >> bit) & 1) == 0)
            continue;
        if (nonsecure_view(g, secure))
            prio = 0x80 | prio >> 1;
        w->prio[bit] = prio & PRIO_MASK;
    }
}

/* Two-bit fields of 16 interrupts from one bit each: ICFGR's Int_config[1]. */
static uint32_t spread(uint32_t half)
{
    uint32_t value = 0;
    for (unsigned n = 0; n < 16; n++)
        value |= ((half >> n) & 1) << (2 * n + 1);
    return value;
}

static uint32_t gather(uint32_t value)
{
    uint32_t half = 0;
    for (unsigned n = 0; n < 16; n++)
        half |= ((value >> (2 * n + 1)) & 1) << n;
    return half;
}

uint32_t irq_reg_read(const struct gic *g, const struct irq_word *w, struct irq_reg_ref r, bool secure,
                      bool local)
{
    bool see_groups = secure && !gic_ds(g);
    uint32_t any = accessible(g, w, secure, NSACR_NEVER);
    switch (r.reg) {
    case IRQ_IGROUPR:
        return secure || gic_ds(g) ? w->group : 0;
    case IRQ_ISENABLER:
    case IRQ_ICENABLER:
        return w->enabled & any;
    case IRQ_ISPENDR:
        return irq_pending(w) & accessible(g, w, secure, local ? NSACR_NEVER : NSACR_SET_PENDING);
    case IRQ_ICPENDR:
        return irq_pending(w) & accessible(g, w, secure, local ? NSACR_NEVER : NSACR_CLEAR_PENDING);
    case IRQ_ISACTIVER:
    case IRQ_ICACTIVER:
        return w->active & accessible(g, w, secure, local ? NSACR_NEVER : NSACR_CLEAR_PENDING);
    case IRQ_IPRIORITYR:
        return priority_read(g, w, r.part, secure);
    case IRQ_ICFGR:
        return spread((w->edge & any) >> (16 * r.part));
    case IRQ_IGRPMODR:
        return see_groups ? w->grpmod : 0;
    case IRQ_NSACR:
        return see_groups ? w->nsacr[r.part] : 0;
    default:
        return 0;
    }
}

/* `lanes` masks the bytes written; only priorities may be written by the byte. SGIs (the low half of a local
 * word) are always edge-triggered. */
void irq_reg_write(struct gic *g, struct irq_word *w, struct irq_reg_ref r, bool secure, uint32_t value,
                   uint32_t lanes, bool local)
{
    bool see_groups = secure && !gic_ds(g);
    uint32_t any = value & accessible(g, w, secure, NSACR_NEVER);
    switch (r.reg) {
    case IRQ_IGROUPR:
        if (secure || gic_ds(g))
            w->group = value;
        break;
    case IRQ_ISENABLER:
        w->enabled |= any;
        break;
    case IRQ_ICENABLER:
        w->enabled &= ~any;
        break;
    case IRQ_ISPENDR:
        w->latch |= value & accessible(g, w, secure, local ? NSACR_NEVER : NSACR_SET_PENDING);
        break;
    case IRQ_ICPENDR:
        w->latch &= ~(value & accessible(g, w, secure, local ? NSACR_NEVER : NSACR_CLEAR_PENDING));
        break;
    case IRQ_ISACTIVER:
        w->active |= any;
        break;
    case IRQ_ICACTIVER:
        w->active &= ~any;
        break;
    case IRQ_IPRIORITYR:
        priority_write(g, w, r.part, secure, value, lanes);
        break;
    case IRQ_ICFGR: {
        uint32_t mask = accessible(g, w, secure, NSACR_NEVER) & (UINT32_C(0xffff) << (16 * r.part));
        if (local)
            mask &= ~UINT32_C(0xffff);
        w->edge = (w->edge & ~mask) | ((gather(value) << (16 * r.part)) & mask);
        break;
    }
    case IRQ_IGRPMODR:
        if (see_groups)
            w->grpmod = value;
        break;
    case IRQ_NSACR:
        /* private interrupts: GICR_NSACR has SGIs only */
        if (see_groups && !(local && r.part == 1))
            w->nsacr[r.part] = value;
        break;
    default:
        break;
    }
}

void irq_word_reset(struct gic *g, struct irq_word *w, bool local)
{
    uint32_t level = w->level;
    memset(w, 0, sizeof(*w));
    w->level = level;
    w->edge = local ? 0xffff : 0;
    if (g->cfg.has_el3 && g->cfg.reset_nonsecure)
        w->group = UINT32_MAX;
}

/* A wire changed: a rising edge makes an edge-triggered interrupt pending until it is acknowledged or
 * cleared. */
void irq_set_level(struct irq_word *w, unsigned bit, bool level)
{
    uint32_t mask = UINT32_C(1) << bit;
    if (level) {
        w->latch |= mask & w->edge & ~w->level;
        w->level |= mask;
    } else {
        w->level &= ~mask;
    }
}

/* ---- the highest-priority pending interrupt ---- */

/* Interrupts of w that may be signalled to a PE with these groups enabled. */
static uint32_t candidates(const struct gic *g, const struct irq_word *w, uint32_t groups)
{
    uint32_t pending = irq_pending(w) & w->enabled & ~w->active;
    if (pending == 0)
        return 0;
    uint32_t g1s = group1s(g, w), mask = 0;
    if ((groups & BIT(G0)) != 0)
        mask |= ~w->group & ~g1s;
    if ((groups & BIT(G1S)) != 0)
        mask |= g1s;
    if ((groups & BIT(G1NS)) != 0)
        mask |= w->group;
    return pending & mask;
}

/* Interrupts are offered in the order of INTIDs, so that of equal priorities the lowest INTID wins. */
static void offer(struct pending *best, const struct gic *g, const struct irq_word *w, unsigned bit,
                  uint32_t intid)
{
    if (w->prio[bit] < best->prio)
        *best = (struct pending){.intid = intid, .prio = w->prio[bit], .group = irq_group(g, w, bit)};
}

static void search_local(struct gic_cpu *c)
{
    const struct gic *g = c->gic;
    c->best_local = nothing;
    uint32_t set = candidates(g, &c->local, gic_enabled_groups(c));
    for (; set != 0; set &= set - 1) {
        unsigned bit = (unsigned)__builtin_ctz(set);
        offer(&c->best_local, g, &c->local, bit, bit);
    }
}

/* SPIs of one PE. */
static void search_spis(struct gic_cpu *c)
{
    const struct gic *g = c->gic;
    uint32_t groups = gic_enabled_groups(c);
    c->best_spi = nothing;
    for (unsigned word = 0; word < SPI_WORDS; word++) {
        uint32_t set = candidates(g, &g->spi[word], groups);
        for (; set != 0; set &= set - 1) {
            unsigned bit = (unsigned)__builtin_ctz(set);
            if (g->spi_cpu[word * 32 + bit] == c->index)
                offer(&c->best_spi, g, &g->spi[word], bit, INTID_SPI + word * 32 + bit);
        }
    }
}

void gic_combine(struct gic_cpu *c)
{
    if (c->lpi_stale)
        gic_lpi_search(c);
    c->hppi = c->best_local;
    if (c->best_spi.prio < c->hppi.prio)
        c->hppi = c->best_spi;
    if (c->best_lpi.prio < c->hppi.prio)
        c->hppi = c->best_lpi;
    gic_cpuif_update(c);
}

void gic_local_changed(struct gic_cpu *c)
{
    search_local(c);
    gic_combine(c);
}

void gic_spi_changed(struct gic *g, unsigned n)
{
    if (g->spi_cpu[n] >= g->cfg.ncpus)
        return;
    struct gic_cpu *c = &g->cpu[g->spi_cpu[n]];
    const struct irq_word *w = &g->spi[n / 32];
    uint32_t intid = INTID_SPI + n;
    if (c->best_spi.intid == intid) {
        search_spis(c);
    } else {
        if (((candidates(g, w, gic_enabled_groups(c)) >> (n % 32)) & 1) == 0)
            return;
        uint8_t prio = w->prio[n % 32];
        if (prio > c->best_spi.prio || (prio == c->best_spi.prio && intid > c->best_spi.intid))
            return;
        c->best_spi = (struct pending){.intid = intid, .prio = prio, .group = irq_group(g, w, n % 32)};
    }
    gic_combine(c);
}

void gic_spis_changed(struct gic *g)
{
    for (unsigned n = 0; n < g->cfg.ncpus; n++) {
        search_spis(&g->cpu[n]);
        gic_combine(&g->cpu[n]);
    }
}

void gic_recompute(struct gic_cpu *c)
{
    c->lpi_stale = true;
    search_local(c);
    search_spis(c);
    gic_combine(c);
}

void gic_recompute_all(struct gic *g)
{
    for (unsigned n = 0; n < g->cfg.ncpus; n++)
        gic_recompute(&g->cpu[n]);
}

/* ---- what the CPU interface does to an interrupt ---- */

/* The word, and the bit in it, of an SGI, PPI or SPI. */
static struct irq_word *word_of(struct gic_cpu *c, uint32_t intid, unsigned *bit)
{
    *bit = intid % 32;
    if (intid < INTID_SPI)
        return &c->local;
    return intid < INTID_SPI + GIC_SPIS ? &c->gic->spi[(intid - INTID_SPI) / 32] : NULL;
}

static void changed(struct gic_cpu *c, uint32_t intid)
{
    if (intid < INTID_SPI)
        gic_local_changed(c);
    else
        gic_spi_changed(c->gic, intid - INTID_SPI);
}

bool gic_intid_valid(const struct gic *g, uint32_t intid)
{
    return intid < INTID_SPI + GIC_SPIS || (g->cfg.its && intid >= INTID_LPI && intid < INTID_END);
}

enum gic_group gic_intid_group(const struct gic_cpu *c, uint32_t intid)
{
    if (intid >= INTID_LPI)
        return G1NS;
    if (intid < INTID_SPI)
        return irq_group(c->gic, &c->local, intid);
    return irq_group(c->gic, &c->gic->spi[(intid - INTID_SPI) / 32], intid % 32);
}

/* Pending to active; a level-sensitive interrupt whose wire is still high becomes active and pending. LPIs
 * have no active state. */
void gic_acknowledge(struct gic_cpu *c, uint32_t intid)
{
    if (intid >= INTID_LPI) {
        gic_lpi_set(c, intid, false);
        gic_combine(c);
        return;
    }
    unsigned bit;
    struct irq_word *w = word_of(c, intid, &bit);
    w->latch &= ~(UINT32_C(1) << bit);
    w->active |= UINT32_C(1) << bit;
    changed(c, intid);
}

void gic_deactivate(struct gic_cpu *c, uint32_t intid)
{
    unsigned bit;
    struct irq_word *w = word_of(c, intid, &bit);
    if (w == NULL || ((w->active >> bit) & 1) == 0)
        return;
    w->active &= ~(UINT32_C(1) << bit);
    gic_tell(c, TRACE_IRQ_DEACTIVATE, false, intid, 0);
    changed(c, intid);
}

void gic_ppi_level(struct gic_cpu *c, unsigned intid, bool level)
{
    irq_set_level(&c->local, intid, level);
    gic_local_changed(c);
}
