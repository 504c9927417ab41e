/* SPDX-License-Identifier: BSD-2-Clause
 *
 * State of the GIC and the functions its files share. An interrupt flows: wire or register -> state words
 * (state.c) -> highest pending one of each PE (state.c) -> CPU interface (cpuif.c) -> signal. IHI 0069
 * chapters 2, 4.
 */
#ifndef EL2SIM_GIC_INTERNAL_H
#define EL2SIM_GIC_INTERNAL_H

#include "base/bits.h"
#include "base/compiler.h"
#include "gic/gic.h"

enum {
    INTID_SPI = 32,
    INTID_SPECIAL = 1020,
    INTID_SECURE = 1020,    /* at EL3: a Secure Group 1 interrupt is pending */
    INTID_NONSECURE = 1021, /* at EL3: a Non-secure Group 1 interrupt is pending */
    INTID_SPURIOUS = 1023,
    INTID_LPI = 8192,
    INTID_BITS = 16,
    INTID_END = 1 << INTID_BITS,
    LPIS = INTID_END - INTID_LPI,
    SPI_WORDS = GIC_SPIS / 32,
    PRIO_MASK = 0xf8, /* five bits of priority */
    PRIO_IDLE = 0xff, /* lower than any interrupt's */
    MIN_BPR = 2,      /* five bits of preemption: the smallest binary point of Group 0 and Secure Group 1 */
    NUM_LRS = 16,
    GIC_IIDR = 0x43b, /* Arm as the implementer, product 0 */
};

/* Interrupt groups, also indices of apr[]. With one Security state, Group 1 is G1NS. */
enum gic_group { G0, G1S, G1NS, GROUPS };
/* Security banks of CPU interface registers. */
enum gic_bank { BANK_NS, BANK_S, BANKS };

/* GICD_CTLR, as Secure software sees it. */
#define CTLR_GRP0 BIT(0)
#define CTLR_GRP1NS BIT(1)
#define CTLR_GRP1S BIT(2)
#define CTLR_ARE_S BIT(4) /* ARE with one Security state */
#define CTLR_ARE_NS BIT(5)
#define CTLR_DS BIT(6)
#define CTLR_E1NWF BIT(7)

/* State of 32 interrupts, one bit each. */
struct irq_word {
    uint32_t group, grpmod, enabled;
    uint32_t latch; /* pending by an edge, a message or software */
    uint32_t level; /* of the wire */
    uint32_t active;
    uint32_t edge; /* ICFGR: edge-triggered */
    uint32_t nsacr[2];
    uint8_t prio[32];
};

/* A pending interrupt; intid INTID_SPURIOUS and prio PRIO_IDLE for none. */
struct pending {
    uint32_t intid;
    uint8_t prio, group;
};

/* A PE: Redistributor, then CPU interface. The virtual CPU interface lives in sr[ICH_*]. */
struct gic_cpu {
    struct gic *gic;
    unsigned index;
    struct gic_pe pe;

    struct irq_word local; /* SGIs and PPIs */
    uint32_t gicr_ctlr, waker;
    uint64_t propbaser, pendbaser;
    uint64_t lpi_pending[LPIS / 64];

    uint8_t pmr, bpr0, bpr1[BANKS];
    uint8_t igrpen0, igrpen1[BANKS];
    uint8_t cbpr[BANKS], eoimode[BANKS], eoimode_el3;
    uint32_t apr[GROUPS];

    /* derived */
    struct pending best_local, best_spi, best_lpi, hppi;
    uint8_t running;                           /* running priority, PRIO_IDLE if nothing is active */
    bool lpi_stale;                            /* best_lpi must be searched again */
    uint64_t lpi_words[(LPIS / 64 + 63) / 64]; /* which words of lpi_pending aren't 0 */
    bool maintenance;
    uint32_t lines; /* enum gic_line: as driven */
};

struct its {
    uint64_t cbaser, cwriter, creadr;
    uint64_t baser[2]; /* devices, collections */
    uint32_t ctlr;
};

struct gic {
    struct gic_config cfg;
    uint32_t ctlr; /* CTLR_*; the enables, DS, E1NWF */
    struct irq_word spi[SPI_WORDS];
    uint64_t irouter[GIC_SPIS];
    struct its its;
    /* derived */
    uint8_t spi_cpu[GIC_SPIS];       /* index of the target PE, GIC_MAX_CPUS if it doesn't exist */
    uint32_t affinity[GIC_MAX_CPUS]; /* Aff3.Aff2.Aff1.Aff0 */
    struct gic_cpu cpu[];
};

/* One-bit-per-interrupt and other per-interrupt registers, common to GICD and GICR's SGI_base frame. */
enum irq_reg {
    IRQ_IGROUPR,
    IRQ_ISENABLER,
    IRQ_ICENABLER,
    IRQ_ISPENDR,
    IRQ_ICPENDR,
    IRQ_ISACTIVER,
    IRQ_ICACTIVER,
    IRQ_IPRIORITYR,
    IRQ_ICFGR,
    IRQ_IGRPMODR,
    IRQ_NSACR,
    IRQ_NONE,
};

struct irq_reg_ref {
    enum irq_reg reg;
    unsigned word; /* of 32 interrupts */
    unsigned part; /* which of the 32-bit registers that describe this word */
};

static inline bool gic_ds(const struct gic *g)
{
    return (g->ctlr & CTLR_DS) != 0;
}
static inline uint32_t group1s(const struct gic *g, const struct irq_word *w)
{
    return gic_ds(g) ? 0 : w->grpmod & ~w->group;
}
static inline enum gic_group irq_group(const struct gic *g, const struct irq_word *w, unsigned bit)
{
    if ((w->group >> bit) & 1)
        return G1NS;
    return (group1s(g, w) >> bit) & 1 ? G1S : G0;
}
/* ISPENDR as it reads. */
static inline uint32_t irq_pending(const struct irq_word *w)
{
    return w->latch | (w->level & ~w->edge);
}

/* state.c */
struct irq_reg_ref irq_reg_decode(uint32_t offset);
uint32_t irq_reg_read(const struct gic *g, const struct irq_word *w, struct irq_reg_ref r, bool secure,
                      bool local);
void irq_reg_write(struct gic *g, struct irq_word *w, struct irq_reg_ref r, bool secure, uint32_t value,
                   uint32_t lanes, bool local);
void irq_word_reset(struct gic *g, struct irq_word *w, bool local);
void irq_set_level(struct irq_word *w, unsigned bit, bool level);
/* NSACR's field for an interrupt: what Non-secure software may do to a Secure one. */
unsigned irq_nsacr(const struct irq_word *w, unsigned bit);
/* Something about SGIs/PPIs of c, one SPI, or any SPIs, changed: find the highest pending interrupts again,
 * drive signals. */
void gic_local_changed(struct gic_cpu *c);
void gic_spi_changed(struct gic *g, unsigned n);
void gic_spis_changed(struct gic *g);
/* Everything about c, or about all PEs, may have changed. */
void gic_recompute(struct gic_cpu *c);
void gic_recompute_all(struct gic *g);
/* Highest of c's three candidates, and signals. */
void gic_combine(struct gic_cpu *c);
void gic_ppi_level(struct gic_cpu *c, unsigned intid, bool level);
/* Tells cfg.observe of an interrupt. */
void gic_tell(const struct gic_cpu *c, enum trace_irq what, bool is_virtual, uint32_t intid, unsigned prio);
/* State changes of the acknowledge and deactivate steps. */
void gic_acknowledge(struct gic_cpu *c, uint32_t intid);
void gic_deactivate(struct gic_cpu *c, uint32_t intid);
/* Group of an SGI, PPI, SPI or LPI as c sees it. */
enum gic_group gic_intid_group(const struct gic_cpu *c, uint32_t intid);
bool gic_intid_valid(const struct gic *g, uint32_t intid);
/* Index of the PE with this affinity, GIC_MAX_CPUS if there is none. */
unsigned gic_find_cpu(const struct gic *g, uint32_t affinity);
uint32_t gic_id_register(uint32_t offset, uint8_t pidr0);

/* gic.c: an access to a frame as accesses to its 32-bit registers. Reads of any size, aligned or not, take
 * the bytes from them; a write says in `lanes` which bits of the register it covers. */
typedef uint32_t gic_read32_fn(void *opaque, uint64_t offset, bool secure);
typedef void gic_write32_fn(void *opaque, uint64_t offset, bool secure, uint32_t value, uint32_t lanes);
uint64_t gic_frame_read(void *opaque, gic_read32_fn *fn, uint64_t offset, unsigned size, bool secure);
void gic_frame_write(void *opaque, gic_write32_fn *fn, uint64_t offset, unsigned size, bool secure,
                     uint64_t value);

/* dist.c, redist.c, its.c: frames */
extern const struct mmio_ops gic_dist_ops, gic_redist_ops, gic_its_ops;
void gic_dist_reset(struct gic *g);
void gic_dist_restored(struct gic *g); /* routes of SPIs */
void gic_redist_reset(struct gic_cpu *c);
void gic_its_reset(struct gic *g);
/* Are the queue's read and write offsets such as registers can hold? For values from a snapshot. */
bool gic_its_possible(const struct its *t);
/* redist.c: LPIs. gic_lpi_set() sets or clears a pending state; the caller then calls gic_combine().
 * gic_lpis_replaced() is for those who wrote lpi_pending[]. */
bool gic_lpi_valid(const struct gic_cpu *c, uint32_t intid);
bool gic_lpi_is_pending(const struct gic_cpu *c, uint32_t intid);
void gic_lpi_set(struct gic_cpu *c, uint32_t intid, bool pending);
void gic_lpi_search(struct gic_cpu *c);
void gic_lpis_replaced(struct gic_cpu *c);

/* cpuif.c */
void gic_cpuif_reset(struct gic_cpu *c);
void gic_cpuif_update(struct gic_cpu *c);
/* Are the binary points such as registers can hold? For values from a snapshot. */
bool gic_cpuif_possible(const struct gic_cpu *c);
/* Recomputes the running priority after a change of apr[]. */
void gic_running_changed(struct gic_cpu *c);
/* Bit of an interrupt group in the set of groups that c's CPU interface and the distributor both enable. */
uint32_t gic_enabled_groups(const struct gic_cpu *c);
void gic_set_lines(struct gic_cpu *c, uint32_t mask, uint32_t lines);

/* virt.c */
void gic_virt_reset(struct gic_cpu *c);
void gic_virt_update(struct gic_cpu *c);
bool gic_virt_redirects(const struct gic_cpu *c, enum sysreg reg);
uint64_t gic_icv_read(struct gic_cpu *c, enum sysreg reg);
void gic_icv_write(struct gic_cpu *c, enum sysreg reg, uint64_t value);
uint64_t gic_ich_read(struct gic_cpu *c, enum sysreg reg);
void gic_ich_write(struct gic_cpu *c, enum sysreg reg, uint64_t value);

#endif
