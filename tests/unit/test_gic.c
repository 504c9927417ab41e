/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The GIC against IHI 0069: state machines, prioritisation, security, SGIs, LPIs and the ITS (through tables
 * and command queues in a bus's RAM), and random accesses. Expectations are the specification's, written out
 * by hand. The virtual CPU interface has a program of its own, test_gic_virt.c.
 */
#include "tests/unit/gic_fixture.h"
#include "tests/unit/run.h"

enum {
    GICD_CTLR = 0x08000000,
    GICD_TYPER = GICD_CTLR + 0x4,
    GICD_SETSPI_NSR = GICD_CTLR + 0x40,
    GICD_CLRSPI_NSR = GICD_CTLR + 0x48,
    GICD_IGROUPR = GICD_CTLR + 0x80,
    GICD_ISENABLER = GICD_CTLR + 0x100,
    GICD_ICENABLER = GICD_CTLR + 0x180,
    GICD_ISPENDR = GICD_CTLR + 0x200,
    GICD_ICPENDR = GICD_CTLR + 0x280,
    GICD_ISACTIVER = GICD_CTLR + 0x300,
    GICD_ICACTIVER = GICD_CTLR + 0x380,
    GICD_IPRIORITYR = GICD_CTLR + 0x400,
    GICD_ICFGR = GICD_CTLR + 0xc00,
    GICD_IGRPMODR = GICD_CTLR + 0xd00,
    GICD_NSACR = GICD_CTLR + 0xe00,
    GICD_IROUTER = GICD_CTLR + 0x6000,
    GICR = 0x080a0000,
    GICR_STEP = 0x20000,
    SGI = 0x10000,
    GITS = 0x08080000,
};

#define RAM 0x40000000

static uint64_t sgi_base(unsigned cpu)
{
    return GICR + cpu * GICR_STEP + SGI;
}

/* Enables everything a kernel in one Security state does: Group 1 at distributor and CPU interface, PMR open.
 */
static void open_gates(struct fixture *f)
{
    mw32(f, GICD_CTLR, 0x2);
    for (unsigned n = 0; n < f->ncpus; n++) {
        mw32(f, sgi_base(n) + 0x80, 0xffffffff);
        wr(f, n, SR_ICC_PMR_EL1, 0xff);
        wr(f, n, SR_ICC_IGRPEN1_EL1, 1);
    }
    for (unsigned n = 1; n <= 8; n++)
        mw32(f, GICD_IGROUPR + 4 * n, 0xffffffff);
}

static void enable_spi(struct fixture *f, unsigned spi, uint8_t prio)
{
    unsigned intid = spi + 32;
    bus_write(f->bus, GICD_IPRIORITYR + intid, 1, f->secure, prio);
    mw32(f, GICD_ISENABLER + intid / 32 * 4, UINT32_C(1) << (intid % 32));
}

static void enable_private(struct fixture *f, unsigned cpu, unsigned intid, uint8_t prio)
{
    bus_write(f->bus, sgi_base(cpu) + 0x400 + intid, 1, f->secure, prio);
    mw32(f, sgi_base(cpu) + 0x100, UINT32_C(1) << intid);
}

static void set_edge(struct fixture *f, unsigned spi)
{
    uint64_t reg = GICD_ICFGR + (spi + 32) / 16 * 4;
    mw32(f, reg, mr32(f, reg) | UINT32_C(2) << (spi % 16 * 2));
}

static uint32_t spi_bit(struct fixture *f, uint64_t reg, unsigned spi)
{
    return (mr32(f, reg + (spi + 32) / 32 * 4) >> (spi % 32)) & 1;
}

START_TEST(identification)
{
    struct fixture *f = fixture(2, 0);
    /* ITLinesNumber 8 (288 INTIDs), one Security state, LPIs, 16-bit INTIDs, A3V, No1N */
    ck_assert_uint_eq(mr32(f, GICD_TYPER) & 0x1f, 8);
    ck_assert_uint_eq(mr32(f, GICD_TYPER) & 0x400, 0);
    ck_assert_uint_eq((mr32(f, GICD_TYPER) >> 19) & 0x1f, 15);
    ck_assert_uint_ne(mr32(f, GICD_TYPER) & 0x20000, 0);
    ck_assert_uint_eq(mr32(f, GICD_CTLR), 0x50);          /* ARE, DS */
    ck_assert_uint_eq(mr32(f, GICD_CTLR + 0xffe8), 0x3b); /* GICv3 */
    ck_assert_uint_eq(mr32(f, GICR + 0xffe8), 0x3b);
    ck_assert_uint_eq(mr32(f, GITS + 0xffe8), 0x3b);
    ck_assert_uint_eq(mr32(f, GICD_CTLR + 0xfff0), 0x0d);
    ck_assert_uint_eq(mr32(f, GICD_CTLR + 0xfffc), 0xb1);
    /* GICR_TYPER: PLPIS, Processor_Number, Last, affinity */
    ck_assert_uint_eq(mr64(f, GICR + 8) & 0xffff11, 0x01);
    ck_assert_uint_eq(mr64(f, GICR + GICR_STEP + 8) & 0xffff11, 0x111);
    ck_assert_uint_eq(mr64(f, GICR + GICR_STEP + 8) >> 32, 1);
    /* awake after waking */
    ck_assert_uint_eq(mr32(f, GICR + 0x14), 6);
    mw32(f, GICR + 0x14, 0);
    ck_assert_uint_eq(mr32(f, GICR + 0x14), 0);
    /* the CPU interface: five priority bits, system registers only */
    ck_assert_uint_eq((rd(f, 0, SR_ICC_CTLR_EL1) >> 8) & 7, 4);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_SRE_EL1), 7);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_SRE_EL2) & 9, 9);
    wr(f, 0, SR_ICC_PMR_EL1, 0xff);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_PMR_EL1), 0xf8);
    bus_write(f->bus, GICD_IPRIORITYR + 40, 1, false, 0xff);
    ck_assert_uint_eq(mr32(f, GICD_IPRIORITYR + 40), 0xf8);
    /* legacy and private registers of the distributor are RAZ/WI with affinity routing */
    mw32(f, GICD_ISENABLER, 0xffffffff);
    ck_assert_uint_eq(mr32(f, GICD_ISENABLER), 0);
    mw32(f, GICD_CTLR + 0x800, 0xffffffff);
    ck_assert_uint_eq(mr32(f, GICD_CTLR + 0x800), 0);
    /* SGIs are edge-triggered, read-only */
    mw32(f, sgi_base(0) + 0xc00, 0);
    ck_assert_uint_eq(mr32(f, sgi_base(0) + 0xc00), 0xaaaaaaaa);
    fixture_free(f);
}
END_TEST

/* 4.1.2: inactive, pending, active, active and pending, of an edge-triggered interrupt. */
START_TEST(edge_states)
{
    struct fixture *f = fixture(1, 0);
    open_gates(f);
    set_edge(f, 3);
    struct irq_line l = gic_spi(f->g, 3);
    irq_set(&l, 1);
    ck_assert_uint_eq(spi_bit(f, GICD_ISPENDR, 3), 1); /* pending though not enabled */
    ck_assert_uint_eq(f->lines[0], 0);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 1023);
    enable_spi(f, 3, 0xa0);
    ck_assert_uint_eq(f->lines[0], GIC_LINE_IRQ);
    irq_set(&l, 0); /* stays pending */
    ck_assert_uint_eq(f->lines[0], GIC_LINE_IRQ);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_HPPIR1_EL1), 35);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 35);
    ck_assert_uint_eq(f->lines[0], 0);
    ck_assert_uint_eq(spi_bit(f, GICD_ISPENDR, 3), 0);
    ck_assert_uint_eq(spi_bit(f, GICD_ISACTIVER, 3), 1);
    irq_set(&l, 1); /* a second edge: active and pending */
    ck_assert_uint_eq(spi_bit(f, GICD_ISPENDR, 3), 1);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 1023);
    wr(f, 0, SR_ICC_EOIR1_EL1, 35);
    ck_assert_uint_eq(spi_bit(f, GICD_ISACTIVER, 3), 0);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 35);
    wr(f, 0, SR_ICC_EOIR1_EL1, 35);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 1023); /* the wire being high is no edge */
    mw32(f, GICD_ISPENDR + 4, 8);
    ck_assert_uint_eq(f->lines[0], GIC_LINE_IRQ);
    mw32(f, GICD_ICPENDR + 4, 8);
    ck_assert_uint_eq(f->lines[0], 0);
    fixture_free(f);
}
END_TEST

START_TEST(level_states)
{
    struct fixture *f = fixture(1, 0);
    open_gates(f);
    enable_spi(f, 3, 0xa0);
    struct irq_line l = gic_spi(f->g, 3);
    irq_set(&l, 1);
    mw32(f, GICD_ICPENDR + 4, 8); /* no effect while the wire is high */
    ck_assert_uint_eq(f->lines[0], GIC_LINE_IRQ);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 35);
    ck_assert_uint_eq(spi_bit(f, GICD_ISPENDR, 3), 1); /* active and pending */
    ck_assert_uint_eq(spi_bit(f, GICD_ISACTIVER, 3), 1);
    ck_assert_uint_eq(f->lines[0], 0);
    wr(f, 0, SR_ICC_EOIR1_EL1, 35);
    ck_assert_uint_eq(f->lines[0], GIC_LINE_IRQ); /* again */
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 35);
    irq_set(&l, 0);
    ck_assert_uint_eq(spi_bit(f, GICD_ISPENDR, 3), 0);
    wr(f, 0, SR_ICC_EOIR1_EL1, 35);
    ck_assert_uint_eq(f->lines[0], 0);
    irq_set(&l, 1);
    irq_set(&l, 0); /* withdrawn before anybody looked */
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 1023);
    /* pending by software survives the wire */
    mw32(f, GICD_ISPENDR + 4, 8);
    irq_set(&l, 1);
    irq_set(&l, 0);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 35);
    mw32(f, GICD_ICACTIVER + 4, 8);
    ck_assert_uint_eq(spi_bit(f, GICD_ISACTIVER, 3), 0);
    /* made active by software: not signalled */
    mw32(f, GICD_ISACTIVER + 4, 8);
    irq_set(&l, 1);
    wr(f, 0, SR_ICC_EOIR1_EL1, 1023); /* special INTIDs are ignored */
    ck_assert_uint_eq(f->lines[0], 0);
    fixture_free(f);
}
END_TEST

START_TEST(enables)
{
    struct fixture *f = fixture(1, 0);
    struct irq_line l = gic_spi(f->g, 0);
    open_gates(f);
    enable_spi(f, 0, 0x80);
    irq_set(&l, 1);
    ck_assert_uint_eq(f->lines[0], GIC_LINE_IRQ);
    mw32(f, GICD_CTLR, 0); /* distributor's group enable */
    ck_assert_uint_eq(f->lines[0], 0);
    mw32(f, GICD_CTLR, 2);
    wr(f, 0, SR_ICC_IGRPEN1_EL1, 0); /* CPU interface's */
    ck_assert_uint_eq(f->lines[0], 0);
    wr(f, 0, SR_ICC_IGRPEN1_EL1, 1);
    ck_assert_uint_eq(f->lines[0], GIC_LINE_IRQ);
    mw32(f, GICD_ICENABLER + 4, 1);
    ck_assert_uint_eq(f->lines[0], 0);
    mw32(f, GICD_ISENABLER + 4, 1);
    /* to Group 0: FIQ, and IAR0 */
    mw32(f, GICD_IGROUPR + 4, 0);
    ck_assert_uint_eq(f->lines[0], 0);
    mw32(f, GICD_CTLR, 3);
    wr(f, 0, SR_ICC_IGRPEN0_EL1, 1);
    ck_assert_uint_eq(f->lines[0], GIC_LINE_FIQ);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 1023);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_HPPIR0_EL1), 32);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR0_EL1), 32);
    wr(f, 0, SR_ICC_EOIR1_EL1, 32); /* the other group's register: ignored */
    ck_assert_uint_eq(rd(f, 0, SR_ICC_RPR_EL1), 0x80);
    wr(f, 0, SR_ICC_EOIR0_EL1, 32);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_RPR_EL1), 0xff);
    fixture_free(f);
}
END_TEST

/* 4.7: EOImode separates priority drop from deactivation. */
START_TEST(eoi_mode)
{
    struct fixture *f = fixture(1, 0);
    struct irq_line l = gic_spi(f->g, 1);
    open_gates(f);
    enable_spi(f, 1, 0x40);
    wr(f, 0, SR_ICC_CTLR_EL1, 2);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_CTLR_EL1) & 3, 2);
    irq_set(&l, 1);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 33);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_RPR_EL1), 0x40);
    wr(f, 0, SR_ICC_EOIR1_EL1, 33);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_RPR_EL1), 0xff);
    ck_assert_uint_eq(spi_bit(f, GICD_ISACTIVER, 1), 1);
    ck_assert_uint_eq(f->lines[0], 0);
    wr(f, 0, SR_ICC_DIR_EL1, 33);
    ck_assert_uint_eq(spi_bit(f, GICD_ISACTIVER, 1), 0);
    ck_assert_uint_eq(f->lines[0], GIC_LINE_IRQ);
    /* with EOImode=0, DIR does nothing */
    wr(f, 0, SR_ICC_CTLR_EL1, 0);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 33);
    wr(f, 0, SR_ICC_DIR_EL1, 33);
    ck_assert_uint_eq(spi_bit(f, GICD_ISACTIVER, 1), 1);
    fixture_free(f);
}
END_TEST

/* 4.8: PMR, the order of priorities and INTIDs, preemption by group priority, nested priority drops. */
START_TEST(priorities)
{
    struct fixture *f = fixture(1, 0);
    struct irq_line a = gic_spi(f->g, 10), b = gic_spi(f->g, 5), c = gic_ppi(f->g, 0, 27);
    open_gates(f);
    enable_spi(f, 10, 0x80);
    enable_spi(f, 5, 0x80);
    enable_private(f, 0, 27, 0x90);
    irq_set(&a, 1);
    irq_set(&b, 1);
    irq_set(&c, 1);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_HPPIR1_EL1), 37); /* lowest INTID of equal priorities */
    wr(f, 0, SR_ICC_PMR_EL1, 0x80);                     /* must be higher than the mask */
    ck_assert_uint_eq(f->lines[0], 0);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 1023);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_HPPIR1_EL1), 37);
    wr(f, 0, SR_ICC_PMR_EL1, 0x88);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 37);
    wr(f, 0, SR_ICC_PMR_EL1, 0xf8);
    ck_assert_uint_eq(f->lines[0], 0); /* equal priority doesn't preempt */
    bus_write(f->bus, GICD_IPRIORITYR + 42, 1, false, 0x78);
    ck_assert_uint_eq(f->lines[0], GIC_LINE_IRQ);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 42);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_RPR_EL1), 0x78);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_AP1R0_EL1), UINT32_C(1) << (0x80 >> 3) | UINT32_C(1) << (0x78 >> 3));
    wr(f, 0, SR_ICC_EOIR1_EL1, 42);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_RPR_EL1), 0x80);
    irq_set(&a, 0);
    wr(f, 0, SR_ICC_EOIR1_EL1, 37);
    irq_set(&b, 0);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 27);
    wr(f, 0, SR_ICC_EOIR1_EL1, 27);
    /* binary point 5 of Group 1: bits 7:5 are the group priority, 0x78 and 0x60 are one group */
    wr(f, 0, SR_ICC_BPR1_EL1, 5);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_BPR1_EL1), 5);
    irq_set(&c, 0);
    irq_set(&a, 1);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 42);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_RPR_EL1), 0x60);
    bus_write(f->bus, GICD_IPRIORITYR + 37, 1, false, 0x60);
    irq_set(&b, 1);
    ck_assert_uint_eq(f->lines[0], 0);
    bus_write(f->bus, GICD_IPRIORITYR + 37, 1, false, 0x58);
    ck_assert_uint_eq(f->lines[0], GIC_LINE_IRQ);
    /* active priorities restored by software mask again */
    wr(f, 0, SR_ICC_AP1R0_EL1, 1);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_RPR_EL1), 0);
    ck_assert_uint_eq(f->lines[0], 0);
    wr(f, 0, SR_ICC_AP1R0_EL1, 0);
    ck_assert_uint_eq(f->lines[0], GIC_LINE_IRQ);
    fixture_free(f);
}
END_TEST

START_TEST(binary_points)
{
    struct fixture *f = fixture(1, 0);
    open_gates(f);
    /* the smallest binary points for five bits */
    wr(f, 0, SR_ICC_BPR1_EL1, 0);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_BPR1_EL1), 3);
    wr(f, 0, SR_ICC_BPR0_EL1, 0);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_BPR0_EL1), 2);
    /* CBPR: Group 1 uses BPR0; BPR1 reads as BPR0 + 1 and ignores writes */
    wr(f, 0, SR_ICC_CTLR_EL1, 1);
    wr(f, 0, SR_ICC_BPR0_EL1, 4);
    wr(f, 0, SR_ICC_BPR1_EL1, 7);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_BPR1_EL1), 5);
    wr(f, 0, SR_ICC_BPR0_EL1, 7);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_BPR1_EL1), 7);
    wr(f, 0, SR_ICC_CTLR_EL1, 0);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_BPR1_EL1), 3);
    fixture_free(f);
}
END_TEST

START_TEST(routing)
{
    struct fixture *f = fixture(20, 0); /* affinity n is Aff1 = n / 16, Aff0 = n % 16 */
    struct irq_line l = gic_spi(f->g, 200);
    open_gates(f);
    enable_spi(f, 200, 0);
    bus_write(f->bus, GICD_IROUTER + 8 * 232, 8, false, UINT64_C(1) << 31 | 0x103);
    ck_assert_uint_eq(mr64(f, GICD_IROUTER + 8 * 232), 0x103); /* no 1 of N */
    irq_set(&l, 1);
    ck_assert_uint_eq(f->lines[19], GIC_LINE_IRQ);
    ck_assert_uint_eq(f->lines[0], 0);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 1023);
    mw32(f, GICD_IROUTER + 8 * 232, 2);
    ck_assert_uint_eq(f->lines[19], 0);
    ck_assert_uint_eq(f->lines[2], GIC_LINE_IRQ);
    mw32(f, GICD_IROUTER + 8 * 232 + 4, 1); /* Aff3: nobody */
    ck_assert_uint_eq(f->lines[2], 0);
    mw32(f, GICD_IROUTER + 8 * 232 + 4, 0);
    ck_assert_uint_eq(rd(f, 2, SR_ICC_IAR1_EL1), 232);
    wr(f, 2, SR_ICC_EOIR1_EL1, 232);
    /* active anywhere is active everywhere: any PE may deactivate */
    ck_assert_uint_eq(rd(f, 2, SR_ICC_IAR1_EL1), 232);
    mw32(f, GICD_IROUTER + 8 * 232, 0x102);
    ck_assert_uint_eq(f->lines[18], 0);
    wr(f, 2, SR_ICC_EOIR1_EL1, 232);
    ck_assert_uint_eq(f->lines[18], GIC_LINE_IRQ);
    /* private interrupts are each PE's own */
    struct irq_line p = gic_ppi(f->g, 7, 30);
    enable_private(f, 7, 30, 0);
    enable_private(f, 8, 30, 0);
    irq_set(&p, 1);
    ck_assert_uint_eq(f->lines[7], GIC_LINE_IRQ);
    ck_assert_uint_eq(f->lines[8], 0);
    fixture_free(f);
}
END_TEST

START_TEST(sgis)
{
    struct fixture *f = fixture(20, 0);
    open_gates(f);
    for (unsigned n = 0; n < 20; n++)
        enable_private(f, n, 5, 0x80);
    wr(f, 3, SR_ICC_SGI1R_EL1, UINT64_C(5) << 24 | 0x8006); /* Aff1 0: 1, 2 and 15 */
    for (unsigned n = 0; n < 20; n++)
        ck_assert_uint_eq(f->lines[n], n == 1 || n == 2 || n == 15 ? GIC_LINE_IRQ : 0);
    ck_assert_uint_eq(rd(f, 2, SR_ICC_IAR1_EL1), 5);
    wr(f, 3, SR_ICC_SGI1R_EL1, UINT64_C(5) << 24 | 4); /* while active: pending again */
    wr(f, 2, SR_ICC_EOIR1_EL1, 5);
    ck_assert_uint_eq(rd(f, 2, SR_ICC_IAR1_EL1), 5);
    wr(f, 2, SR_ICC_EOIR1_EL1, 5);
    ck_assert_uint_eq(rd(f, 2, SR_ICC_IAR1_EL1), 1023);
    wr(f, 0, SR_ICC_SGI1R_EL1, UINT64_C(5) << 24 | 1 << 16 | 0xf); /* Aff1 1 */
    ck_assert_uint_eq(f->lines[16] & f->lines[17] & f->lines[18] & f->lines[19], GIC_LINE_IRQ);
    wr(f, 0, SR_ICC_SGI1R_EL1, UINT64_C(5) << 24 | UINT64_C(1) << 44 | 1 << 3); /* RS 1: Aff0 19, nobody */
    ck_assert_uint_eq(f->lines[3], 0);
    wr(f, 4, SR_ICC_SGI1R_EL1, UINT64_C(5) << 24 | UINT64_C(1) << 40); /* all but self */
    for (unsigned n = 0; n < 20; n++)
        ck_assert_uint_eq(f->lines[n], n == 4 ? 0 : GIC_LINE_IRQ);
    /* the group of the register must be that of the interrupt */
    wr(f, 0, SR_ICC_SGI0R_EL1, UINT64_C(5) << 24 | 1 << 4);
    ck_assert_uint_eq(f->lines[4], 0);
    fixture_free(f);
}
END_TEST

/* A single PE whose Aff0 is above 15 is reached through the range selector. */
START_TEST(sgi_range_selector)
{
    struct fixture *f = fixture(2, 0);
    f->sr[1][SR_MPIDR_EL1] = UINT64_C(0x2200000000) | 0x81000000 | 0x334413;
    f->sr[1][SR_MPIDR_EL1] &= ~UINT64_C(0x01000000);
    gic_reset(f->g);
    open_gates(f);
    enable_private(f, 1, 0, 0);
    wr(f, 0, SR_ICC_SGI1R_EL1, UINT64_C(0x22) << 48 | UINT64_C(0x33) << 32 | 0x44 << 16 | 1 << 3);
    ck_assert_uint_eq(f->lines[1], 0);
    wr(f, 0, SR_ICC_SGI1R_EL1,
       UINT64_C(0x22) << 48 | UINT64_C(1) << 44 | UINT64_C(0x33) << 32 | 0x44 << 16 | 1 << 3);
    ck_assert_uint_eq(f->lines[1], GIC_LINE_IRQ);
    ck_assert_uint_eq(mr64(f, GICR + GICR_STEP + 8) >> 32, 0x22334413);
    fixture_free(f);
}
END_TEST

START_TEST(messages)
{
    struct fixture *f = fixture(1, 0);
    open_gates(f);
    set_edge(f, 100);
    enable_spi(f, 100, 0);
    mw32(f, GICD_SETSPI_NSR, 132);
    ck_assert_uint_eq(f->lines[0], GIC_LINE_IRQ);
    bus_write(f->bus, GICD_CLRSPI_NSR, 2, false, 132);
    ck_assert_uint_eq(f->lines[0], 0);
    mw32(f, GICD_SETSPI_NSR, 5); /* not an SPI */
    mw32(f, GICD_SETSPI_NSR, 1019);
    ck_assert_uint_eq(f->lines[0], 0);
    fixture_free(f);
}
END_TEST

/* ---- two Security states ---- */

#define SCR_NS_BIT UINT64_C(1)
#define SCR_FIQ_BIT UINT64_C(4)

static void go(struct fixture *f, unsigned el, uint64_t scr)
{
    f->el[0] = el;
    f->sr[0][SR_SCR_EL3] = scr;
    gic_context_changed(f->g, 0);
}

static struct fixture *secure_fixture(void)
{
    struct fixture *f = fixture(1, FIXTURE_EL3);
    f->secure = true;
    go(f, 3, 0);
    mw32(f, GICD_CTLR, 7);
    wr(f, 0, SR_ICC_PMR_EL1, 0xf8);
    wr(f, 0, SR_ICC_IGRPEN0_EL1, 1);
    wr(f, 0, SR_ICC_IGRPEN1_EL3, 3);
    /* SPI 0: Group 0; SPI 1: Secure Group 1; SPI 2: Non-secure Group 1 */
    mw32(f, GICD_IGROUPR + 4, 4);
    mw32(f, GICD_IGRPMODR + 4, 2);
    enable_spi(f, 0, 0x20);
    enable_spi(f, 1, 0x20);
    enable_spi(f, 2, 0xa0);
    return f;
}

START_TEST(secure_views)
{
    struct fixture *f = secure_fixture();
    ck_assert_uint_ne(mr32(f, GICD_TYPER) & 0x400, 0);
    ck_assert_uint_eq(mr32(f, GICD_CTLR), 0x37);
    ck_assert_uint_eq(mr32(f, GICD_IPRIORITYR + 32), 0xa02020);
    f->secure = false;
    ck_assert_uint_eq(mr32(f, GICD_CTLR), 0x12); /* ARE_NS, EnableGrp1A */
    ck_assert_uint_eq(mr32(f, GICD_IGROUPR + 4), 0);
    ck_assert_uint_eq(mr32(f, GICD_ISENABLER + 4), 4);
    ck_assert_uint_eq(mr32(f, GICD_IPRIORITYR + 32), 0x400000); /* (0xa0 << 1) & 0xff; Secure ones RAZ */
    mw32(f, GICD_IPRIORITYR + 32, 0x808080);
    mw32(f, GICD_IGROUPR + 4, 0xffffffff);
    mw32(f, GICD_ICENABLER + 4, 0xffffffff);
    mw32(f, GICD_ISENABLER + 4, 0xfffffff0);
    mw32(f, GICD_CTLR, 0x43);
    f->secure = true;
    ck_assert_uint_eq(mr32(f, GICD_IPRIORITYR + 32), 0xc02020);
    ck_assert_uint_eq(mr32(f, GICD_IGROUPR + 4), 4);
    ck_assert_uint_eq(mr32(f, GICD_ISENABLER + 4), 3);
    ck_assert_uint_eq(mr32(f, GICD_CTLR), 0x37);
    /* NSACR: 1 lets Non-secure software set, 2 also clear the pending state */
    mw32(f, GICD_NSACR + 8, 0x1);
    f->secure = false;
    mw32(f, GICD_ISPENDR + 4, 3);
    ck_assert_uint_eq(mr32(f, GICD_ISPENDR + 4), 1);
    mw32(f, GICD_ICPENDR + 4, 3);
    ck_assert_uint_eq(mr32(f, GICD_ISPENDR + 4), 1);
    f->secure = true;
    mw32(f, GICD_NSACR + 8, 0x2);
    f->secure = false;
    mw32(f, GICD_ICPENDR + 4, 3);
    ck_assert_uint_eq(mr32(f, GICD_ISPENDR + 4), 0);
    /* DS, once set by Secure software, makes it one Security state */
    f->secure = true;
    mw32(f, GICD_CTLR, 0x40);
    f->secure = false;
    mw32(f, GICD_IGROUPR + 4, 7);
    ck_assert_uint_eq(mr32(f, GICD_IGROUPR + 4), 7);
    ck_assert_uint_eq(mr32(f, GICD_TYPER) & 0x400, 0);
    fixture_free(f);
}
END_TEST

/* 4.6.2: which signal a group's interrupts use. */
START_TEST(secure_signals)
{
    static const struct {
        unsigned el, ns, line[3]; /* Group 0, Secure Group 1, Non-secure Group 1 */
    } rows[] = {
        {1, 1, {GIC_LINE_FIQ, GIC_LINE_FIQ, GIC_LINE_IRQ}},
        {2, 1, {GIC_LINE_FIQ, GIC_LINE_FIQ, GIC_LINE_IRQ}},
        {1, 0, {GIC_LINE_FIQ, GIC_LINE_IRQ, GIC_LINE_FIQ}},
        {3, 0, {GIC_LINE_FIQ, GIC_LINE_FIQ, GIC_LINE_FIQ}},
        {3, 1, {GIC_LINE_FIQ, GIC_LINE_FIQ, GIC_LINE_FIQ}},
    };
    struct fixture *f = secure_fixture();
    for (unsigned spi = 0; spi < 3; spi++) {
        struct irq_line l = gic_spi(f->g, spi);
        irq_set(&l, 1);
        for (size_t n = 0; n < ARRAY_LEN(rows); n++) {
            go(f, rows[n].el, rows[n].ns);
            ck_assert_uint_eq(f->lines[0], rows[n].line[spi]);
        }
        irq_set(&l, 0);
    }
    fixture_free(f);
}
END_TEST

START_TEST(secure_acknowledge)
{
    struct fixture *f = secure_fixture();
    struct irq_line g0 = gic_spi(f->g, 0), g1s = gic_spi(f->g, 1), g1ns = gic_spi(f->g, 2);
    irq_set(&g1ns, 1);
    go(f, 3, 0); /* EL3: IAR0 tells of the other state's Group 1 interrupt, IAR1 takes it */
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR0_EL1), 1021);
    go(f, 1, 0);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR0_EL1), 1023);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 1023);
    go(f, 1, SCR_NS_BIT);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 34);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_RPR_EL1), 0xa0);
    go(f, 1, SCR_NS_BIT | SCR_FIQ_BIT); /* Non-secure view of priorities */
    ck_assert_uint_eq(rd(f, 0, SR_ICC_RPR_EL1), 0x40);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_PMR_EL1), 0xf0);
    wr(f, 0, SR_ICC_PMR_EL1, 0x80);
    irq_set(&g1s, 1); /* preempts, as FIQ; Non-secure state can't see it */
    ck_assert_uint_eq(f->lines[0], GIC_LINE_FIQ);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 1023);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_HPPIR1_EL1), 1023);
    go(f, 3, 1);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_PMR_EL1), 0xc0);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR0_EL1), 1020);
    go(f, 1, 0);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 33);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_AP1R0_EL1), 1 << (0x20 >> 3));
    go(f, 1, SCR_NS_BIT);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_AP1R0_EL1), UINT32_C(1) << (0xa0 >> 3)); /* banked */
    wr(f, 0, SR_ICC_EOIR1_EL1, 33); /* the running priority is Secure's: ignored */
    ck_assert_uint_eq(spi_bit(f, GICD_ISACTIVER, 1), 1);
    go(f, 1, 0);
    irq_set(&g1s, 0);
    wr(f, 0, SR_ICC_EOIR1_EL1, 33);
    ck_assert_uint_eq(spi_bit(f, GICD_ISACTIVER, 1), 0);
    go(f, 1, SCR_NS_BIT);
    irq_set(&g1ns, 0);
    wr(f, 0, SR_ICC_EOIR1_EL1, 34);
    irq_set(&g0, 1);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR0_EL1), 1023);
    go(f, 1, 0);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR0_EL1), 32);
    go(f, 1, SCR_NS_BIT); /* a PMR below 0x80 can't be raised from Non-secure state */
    go(f, 3, 1);
    wr(f, 0, SR_ICC_PMR_EL1, 0x40);
    go(f, 2, SCR_NS_BIT | SCR_FIQ_BIT);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_PMR_EL1), 0);
    wr(f, 0, SR_ICC_PMR_EL1, 0xf0);
    go(f, 3, 1);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_PMR_EL1), 0x40);
    fixture_free(f);
}
END_TEST

START_TEST(secure_sgis)
{
    struct fixture *f = secure_fixture();
    uint64_t base = sgi_base(0);
    mw32(f, base + 0x80, 4);  /* SGI 2: G1NS */
    mw32(f, base + 0xd00, 2); /* SGI 1: G1S; SGI 0: G0 */
    mw32(f, base + 0x100, 7);
    uint64_t sgi[3] = {1, UINT64_C(1) << 24 | 1, UINT64_C(2) << 24 | 1};
    struct {
        unsigned scr;
        enum sysreg reg;
        unsigned pending; /* of SGIs 0, 1, 2 */
    } rows[] = {
        {0, SR_ICC_SGI0R_EL1, 1}, {0, SR_ICC_SGI1R_EL1, 3},  {0, SR_ICC_ASGI1R_EL1, 4},
        {1, SR_ICC_SGI1R_EL1, 4}, {1, SR_ICC_ASGI1R_EL1, 0}, {1, SR_ICC_SGI0R_EL1, 0},
    };
    for (size_t n = 0; n < ARRAY_LEN(rows); n++) {
        go(f, 1, rows[n].scr);
        for (unsigned k = 0; k < 3; k++)
            wr(f, 0, rows[n].reg, sgi[k]);
        ck_assert_uint_eq(mr32(f, base + 0x200), rows[n].pending);
        mw32(f, base + 0x280, 7);
    }
    /* NSACR opens Secure SGIs: 1 for Group 0, 2 for Group 1 */
    mw32(f, base + 0xe00, 0x9);
    go(f, 1, 1);
    wr(f, 0, SR_ICC_SGI0R_EL1, sgi[0]);
    wr(f, 0, SR_ICC_ASGI1R_EL1, sgi[1]);
    ck_assert_uint_eq(mr32(f, base + 0x200), 3);
    /* ... to generation only, not to GICR_ISPENDR0 */
    f->secure = false;
    ck_assert_uint_eq(mr32(f, base + 0x200), 0);
    mw32(f, base + 0x280, 7);
    f->secure = true;
    ck_assert_uint_eq(mr32(f, base + 0x200), 3);
    mw32(f, base + 0x280, 7);
    /* EL3 is Secure, whatever SCR_EL3.NS */
    go(f, 3, 1);
    wr(f, 0, SR_ICC_SGI1R_EL1, sgi[1]);
    wr(f, 0, SR_ICC_SGI1R_EL1, sgi[2]);
    ck_assert_uint_eq(mr32(f, base + 0x200), 2);
    wr(f, 0, SR_ICC_ASGI1R_EL1, sgi[2]);
    ck_assert_uint_eq(mr32(f, base + 0x200), 6);
    fixture_free(f);
}
END_TEST

/* Non-secure software can't hold up Secure interrupts: not by active priorities, not by ending them. */
START_TEST(secure_protection)
{
    struct fixture *f = secure_fixture();
    struct irq_line g1s = gic_spi(f->g, 1), g1ns = gic_spi(f->g, 2);
    go(f, 1, SCR_NS_BIT);
    wr(f, 0, SR_ICC_AP1R0_EL1, UINT64_MAX); /* bits 15:0 are priorities above the Non-secure range */
    ck_assert_uint_eq(rd(f, 0, SR_ICC_AP1R0_EL1), 0xffff0000);
    irq_set(&g1s, 1);
    ck_assert_uint_eq(f->lines[0], GIC_LINE_FIQ);
    wr(f, 0, SR_ICC_AP1R0_EL1, 0);
    go(f, 1, 0);
    wr(f, 0, SR_ICC_CTLR_EL1, 2);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 33);
    irq_set(&g1s, 0);
    wr(f, 0, SR_ICC_EOIR1_EL1, 33); /* priority dropped, still active */
    go(f, 1, SCR_NS_BIT);
    irq_set(&g1ns, 1);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 34);
    wr(f, 0, SR_ICC_EOIR1_EL1, 33);
    ck_assert_uint_eq(spi_bit(f, GICD_ISACTIVER, 1), 1);
    wr(f, 0, SR_ICC_CTLR_EL1, 2);
    wr(f, 0, SR_ICC_DIR_EL1, 33);
    ck_assert_uint_eq(spi_bit(f, GICD_ISACTIVER, 1), 1);
    wr(f, 0, SR_ICC_DIR_EL1, 34);
    ck_assert_uint_eq(spi_bit(f, GICD_ISACTIVER, 2), 0);
    fixture_free(f);
}
END_TEST

START_TEST(boots_nonsecure)
{
    struct fixture *f = fixture(1, FIXTURE_EL3 | FIXTURE_NONSECURE);
    ck_assert_uint_eq(mr32(f, GICD_ISENABLER + 4), 0);
    mw32(f, GICD_ISENABLER + 4, 1);
    ck_assert_uint_eq(mr32(f, GICD_ISENABLER + 4), 1);
    fixture_free(f);
}
END_TEST

/* ---- LPIs and the ITS ---- */

enum {
    QUEUE = RAM + 0x10000,
    CONFIG = RAM + 0x20000,
    PENDING = RAM + 0x40000, /* + cpu * 64 KB */
    DEVICES = RAM + 0x100000,
    COLLECTIONS = RAM + 0x110000,
    ITT = RAM + 0x120000,
    LEVEL2 = RAM + 0x130000,
};

static void config_lpi(struct fixture *f, unsigned lpi, uint8_t config)
{
    bus_dma_write(f->bus, CONFIG + lpi - 8192, &config, 1);
}

static void command(struct fixture *f, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    uint64_t dw[4] = {a, b, c, d}, at = mr64(f, GITS + 0x88);
    bus_dma_write(f->bus, QUEUE + at, dw, sizeof(dw));
    mw64(f, GITS + 0x88, (at + 32) % 4096);
    ck_assert_uint_eq(mr64(f, GITS + 0x90), mr64(f, GITS + 0x88));
}

static void enable_lpis(struct fixture *f, unsigned cpu)
{
    uint64_t rd_base = GICR + cpu * GICR_STEP;
    mw64(f, rd_base + 0x70, CONFIG | 15);
    mw64(f, rd_base + 0x78, PENDING + cpu * 0x10000);
    mw32(f, rd_base, 1);
    ck_assert_uint_eq(mr32(f, rd_base) & 1, 1);
}

/* Tables of 64 KB pages, flat, or the device table of 4 KB pages in two levels. */
static struct fixture *its_fixture(bool indirect)
{
    struct fixture *f = fixture(3, 0);
    open_gates(f);
    enable_lpis(f, 0);
    enable_lpis(f, 1);
    ck_assert_uint_eq(mr64(f, GITS + 0x100) >> 56 & 7, 1); /* Type: devices, collections */
    ck_assert_uint_eq(mr64(f, GITS + 0x108) >> 56 & 7, 4);
    ck_assert_uint_eq(mr64(f, GITS + 0x110), 0);
    mw64(f, GITS + 0x100, UINT64_C(1) << 63 | (uint64_t)indirect << 62 | DEVICES | (indirect ? 0 : 2) << 8);
    mw64(f, GITS + 0x108, UINT64_C(1) << 63 | COLLECTIONS | 2 << 8);
    mw64(f, GITS + 0x80, UINT64_C(1) << 63 | QUEUE);
    mw32(f, GITS, 1);
    command(f, 0x09, 0, UINT64_C(1) << 63 | 0 << 16 | 7, 0); /* MAPC 7 -> PE 0 */
    command(f, 0x09, 0, UINT64_C(1) << 63 | 1 << 16 | 8, 0); /* MAPC 8 -> PE 1 */
    return f;
}

#define DEVICE(d, cmd) ((uint64_t)(d) << 32 | (cmd))

/* A device with two events, for either form of the device table: event 3 is LPI 8200 at PE 0, event 31 LPI
 * 9000 at PE 1. */
static struct fixture *its_device(bool two_level)
{
    struct fixture *f = its_fixture(two_level);
    uint64_t level1 = UINT64_C(1) << 63 | LEVEL2;
    if (two_level)
        bus_dma_write(f->bus, DEVICES + 8 * (0x1203 / 512), &level1,
                      8); /* 512 entries of 8 bytes to a page of 4 KB */
    command(f, DEVICE(0x1203, 0x08), 4, UINT64_C(1) << 63 | ITT, 0);   /* MAPD, 32 events */
    command(f, DEVICE(0x1203, 0x0a), UINT64_C(8200) << 32 | 3, 7, 0);  /* MAPTI event 3 -> 8200 */
    command(f, DEVICE(0x1203, 0x0a), UINT64_C(9000) << 32 | 31, 8, 0); /* MAPTI event 31 -> 9000 at PE 1 */
    config_lpi(f, 8200, 0xa0 | 1);
    config_lpi(f, 9000, 0x40 | 1);
    return f;
}

START_TEST(its_translation)
{
    struct fixture *f = its_device(_i == 1);
    gic_its_msi(f->g, 0x1203, 3);
    ck_assert_uint_eq(f->lines[0], GIC_LINE_IRQ);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 8200);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_RPR_EL1), 0xa0);
    gic_its_msi(f->g, 0x1203, 3); /* no active state: pending again at once, but not of higher priority */
    ck_assert_uint_eq(f->lines[0], 0);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_HPPIR1_EL1), 8200);
    wr(f, 0, SR_ICC_EOIR1_EL1, 8200);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 8200);
    wr(f, 0, SR_ICC_EOIR1_EL1, 8200);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 1023);
    gic_its_msi(f->g, 0x1203, 31);
    ck_assert_uint_eq(f->lines[0], 0);
    ck_assert_uint_eq(f->lines[1], GIC_LINE_IRQ);
    /* nothing for unmapped events, events out of range, other devices */
    gic_its_msi(f->g, 0x1203, 4);
    gic_its_msi(f->g, 0x1203, 32);
    gic_its_msi(f->g, 0x1203, 0xffffffff);
    gic_its_msi(f->g, 0x1202, 3);
    gic_its_msi(f->g, 0xffffffff, 3);
    ck_assert_uint_eq(f->lines[0], 0);
    fixture_free(f);
}
END_TEST

START_TEST(its_commands)
{
    struct fixture *f = its_device(_i == 1);
    gic_its_msi(f->g, 0x1203, 31);
    /* MOVI takes the pending state along */
    command(f, DEVICE(0x1203, 0x01), 31, 7, 0);
    ck_assert_uint_eq(f->lines[0], GIC_LINE_IRQ);
    ck_assert_uint_eq(f->lines[1], 0);
    command(f, 0x0e, 0, 0 << 16, 1 << 16); /* MOVALL 0 -> 1 */
    ck_assert_uint_eq(f->lines[0], 0);
    ck_assert_uint_eq(rd(f, 1, SR_ICC_IAR1_EL1), 9000);
    wr(f, 1, SR_ICC_EOIR1_EL1, 9000);
    command(f, DEVICE(0x1203, 0x03), 31, 0, 0); /* INT */
    ck_assert_uint_eq(f->lines[0], GIC_LINE_IRQ);
    command(f, DEVICE(0x1203, 0x04), 31, 0, 0); /* CLEAR */
    ck_assert_uint_eq(f->lines[0], 0);
    /* configuration takes effect at INV and INVALL at the latest */
    config_lpi(f, 8200, 0xa0);
    command(f, DEVICE(0x1203, 0x0c), 3, 0, 0);
    gic_its_msi(f->g, 0x1203, 3);
    ck_assert_uint_eq(f->lines[0], 0);
    config_lpi(f, 8200, 0xa1);
    command(f, 0x0d, 0, 7, 0);
    ck_assert_uint_eq(f->lines[0], GIC_LINE_IRQ);
    command(f, DEVICE(0x1203, 0x0f), 3, 0, 0); /* DISCARD: no longer pending, no longer mapped */
    ck_assert_uint_eq(f->lines[0], 0);
    gic_its_msi(f->g, 0x1203, 3);
    ck_assert_uint_eq(f->lines[0], 0);
    command(f, DEVICE(0x1203, 0x0b), 31, 7, 0); /* MAPI: event 31 is no LPI's number, ignored */
    gic_its_msi(f->g, 0x1203, 31);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 9000);
    wr(f, 0, SR_ICC_EOIR1_EL1, 9000);
    command(f, DEVICE(0x1203, 0x08), 4, ITT, 0); /* MAPD V=0 */
    gic_its_msi(f->g, 0x1203, 31);
    ck_assert_uint_eq(f->lines[0], 0);
    fixture_free(f);
}
END_TEST

START_TEST(its_translater_register)
{
    struct fixture *f = its_fixture(false);
    command(f, DEVICE(0, 0x08), 15, UINT64_C(1) << 63 | ITT, 0);
    command(f, DEVICE(0, 0x0b), 8300, 7, 0); /* MAPI: EventID 8300 is INTID 8300 */
    config_lpi(f, 8300, 1);
    mw32(f, GITS + 0x10040, 8300);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 8300);
    wr(f, 0, SR_ICC_EOIR1_EL1, 8300);
    mw32(f, GITS, 0); /* disabled */
    mw32(f, GITS + 0x10040, 8300);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 1023);
    fixture_free(f);
}
END_TEST

/* Commands and registers with nonsense: nothing happens, the queue goes on. */
START_TEST(its_malformed)
{
    struct fixture *f = its_fixture(false);
    command(f, DEVICE(0xffffffff, 0x08), 4, UINT64_C(1) << 63 | ITT, 0); /* DeviceID */
    command(f, DEVICE(1, 0x08), 31, UINT64_C(1) << 63 | ITT, 0);         /* size */
    command(f, DEVICE(2, 0x08), 4, UINT64_C(1) << 63 | UINT64_C(0xffffffff0000),
            0); /* ITT where there is no memory */
    command(f, DEVICE(2, 0x0a), UINT64_C(8200) << 32, 7, 0);
    command(f, 0x09, 0, UINT64_C(1) << 63 | UINT64_C(0xffff) << 16 | 9, 0); /* no such PE */
    command(f, 0x09, 0, UINT64_C(1) << 63 | 2 << 16 | 10, 0);               /* PE 2: LPIs not enabled there */
    command(f, DEVICE(3, 0x08), 4, UINT64_C(1) << 63 | ITT, 0);
    command(f, DEVICE(3, 0x0a), UINT64_C(100) << 32, 7, 0); /* not an LPI */
    command(f, DEVICE(3, 0x0a), UINT64_C(70000) << 32, 7, 0);
    command(f, DEVICE(3, 0x0a), UINT64_C(8200) << 32 | 1, 9, 0);
    command(f, DEVICE(3, 0x0a), UINT64_C(8201) << 32 | 2, 10, 0);
    command(f, DEVICE(3, 0x01), 1, 0xffff, 0);
    command(f, 0x0e, 0, UINT64_C(77) << 16, 1 << 16);
    command(f, 0xff, ~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0));
    config_lpi(f, 8200, 1);
    config_lpi(f, 8201, 1);
    for (unsigned d = 0; d < 4; d++)
        for (unsigned e = 0; e < 32; e++)
            gic_its_msi(f->g, d, e);
    ck_assert_uint_eq(f->lines[0] | f->lines[1] | f->lines[2], 0);
    /* a queue where there is no memory stalls; Retry reads it again */
    mw32(f, GITS, 0);
    mw64(f, GITS + 0x80, UINT64_C(1) << 63 | UINT64_C(0xff0000000000));
    mw64(f, GITS + 0x88, 64);
    mw32(f, GITS, 1);
    ck_assert_uint_eq(mr64(f, GITS + 0x90), 1);
    /* an offset past the queue's end does nothing */
    mw32(f, GITS, 0);
    mw64(f, GITS + 0x80, UINT64_C(1) << 63 | QUEUE);
    mw64(f, GITS + 0x88, 0xfffe0);
    mw32(f, GITS, 1);
    ck_assert_uint_eq(mr64(f, GITS + 0x90), 0);
    fixture_free(f);
}
END_TEST

/* 5.1: the pending table is read when LPIs are enabled and written when they are disabled. */
START_TEST(lpi_pending_table)
{
    struct fixture *f = fixture(1, 0);
    uint8_t byte = 1 << 5; /* INTID 8192 + 8 * 3 + 5 = 8221 */
    open_gates(f);
    bus_dma_write(f->bus, PENDING + 1024 + 3, &byte, 1);
    config_lpi(f, 8221, 0x81);
    enable_lpis(f, 0);
    ck_assert_uint_eq(f->lines[0], GIC_LINE_IRQ);
    mw64(f, GICR + 0x70, 0); /* locked while enabled */
    ck_assert_uint_eq(mr64(f, GICR + 0x70), CONFIG | 15);
    byte = 0;
    bus_dma_write(f->bus, PENDING + 1024 + 3, &byte, 1);
    mw32(f, GICR, 0);
    ck_assert_uint_eq(f->lines[0], 0);
    bus_dma_read(f->bus, PENDING + 1024 + 3, &byte, 1);
    ck_assert_uint_eq(byte, 1 << 5);
    mw64(f, GICR + 0x78, UINT64_C(1) << 62 | PENDING); /* PTZ: the table is known to be zero; reads as 0 */
    ck_assert_uint_eq(mr64(f, GICR + 0x78), PENDING);
    mw32(f, GICR, 1);
    ck_assert_uint_eq(f->lines[0], 0);
    fixture_free(f);
}
END_TEST

/* ---- state and robustness ---- */

struct image {
    uint8_t *bytes;
    size_t size, at;
    bool load;
};

static void copy_piece(void *ctx, const char *name, void *data, size_t size)
{
    struct image *i = ctx;
    ck_assert_ptr_nonnull(name);
    if (i->load) {
        memcpy(data, i->bytes + i->at, size);
    } else {
        i->bytes = realloc(i->bytes, i->at + size);
        memcpy(i->bytes + i->at, data, size);
        i->size = i->at + size;
    }
    i->at += size;
}

START_TEST(save_and_restore)
{
    struct fixture *f = fixture(2, 0), *other = fixture(2, 0);
    struct irq_line l = gic_spi(f->g, 77), k = gic_spi(f->g, 78);
    open_gates(f);
    enable_spi(f, 77, 0x40);
    enable_spi(f, 78, 0x20);
    bus_write(f->bus, GICD_IROUTER + 8 * (32 + 77), 8, false, 1);
    irq_set(&l, 1);
    irq_set(&k, 1);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 110);
    struct image i = {NULL, 0, 0, false};
    gic_visit(f->g, copy_piece, &i);
    i.load = true;
    i.at = 0;
    gic_visit(other->g, copy_piece, &i);
    ck_assert_uint_eq(i.at, i.size);
    gic_restored(other->g);
    ck_assert_uint_eq(other->lines[1], GIC_LINE_IRQ);
    ck_assert_uint_eq(other->lines[0], 0);
    ck_assert_uint_eq(rd(other, 0, SR_ICC_RPR_EL1), 0x20);
    ck_assert_uint_eq(rd(other, 1, SR_ICC_IAR1_EL1), 109);
    wr(other, 0, SR_ICC_EOIR1_EL1, 110);
    ck_assert_uint_eq(other->lines[0], GIC_LINE_IRQ);
    gic_reset(f->g);
    ck_assert_uint_eq(f->lines[0] | f->lines[1], 0);
    free(i.bytes);
    fixture_free(f);
    fixture_free(other);
}
END_TEST

/* Any access with any data: no crash, and summaries never differ from a fresh search. */
START_TEST(random_accesses)
{
    struct fixture *f = fixture(3, _i == 1 ? FIXTURE_EL3 : 0);
    static const uint64_t base[] = {0x08000000, 0x08080000, 0x080a0000, 0x080c0000};
    static const uint64_t size[] = {0x10000, 0x20000, 0x20000, 0x40000};
    for (unsigned n = 0; n < 400000; n++) {
        uint64_t r = fixture_random(f), v = fixture_random(f), ignored;
        unsigned cpu = r % 3, area = (r >> 8) % 4, bytes = 1u << ((r >> 16) % 4);
        f->el[cpu] = 1 + (r >> 20) % 3;
        f->sr[cpu][SR_SCR_EL3] = (r >> 24) & 5;
        f->sr[cpu][SR_HCR_EL2] = (r >> 28) & 0x18;
        gic_context_changed(f->g, cpu);
        uint64_t offset = (r >> 32) % size[area];
        if ((r >> 56) % 4 != 0) /* mostly where registers are */
            offset = offset & ~UINT64_C(0xf000) & ~UINT64_C(3);
        if ((r >> 60) % 2 != 0 && area == 1) /* addresses that often are RAM */
            v = (v & ~UINT64_C(0xffffffff0000)) | RAM;
        switch ((r >> 62) & 3) {
        case 0:
            bus_write(f->bus, base[area] + offset, offset % bytes == 0 ? bytes : 1, (v >> 7) & 1, v);
            break;
        case 1:
            bus_read(f->bus, base[area] + offset, bytes, (v >> 7) & 1, &ignored);
            break;
        case 2: {
            struct irq_line l =
                (v & 1) ? gic_spi(f->g, (v >> 8) % GIC_SPIS) : gic_ppi(f->g, cpu, 16 + (v >> 8) % 16);
            irq_set(&l, (v >> 1) & 1);
            gic_its_msi(f->g, (v >> 16) % 70000, (v >> 40) % 70000);
            break;
        }
        default:
            if ((r >> 52) & 1)
                rd(f, cpu, gic_rows[(v >> 8) % gic_row_count]);
            else
                wr(f, cpu, gic_rows[(v >> 8) % gic_row_count], fixture_random(f));
            break;
        }
        if (n % 64 == 0) {
            uint32_t lines[3];
            memcpy(lines, f->lines, sizeof(lines));
            gic_restored(f->g);
            ck_assert_mem_eq(lines, f->lines, sizeof(lines));
        }
    }
    fixture_free(f);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("gic");
    TCase *t = tcase_create("physical");
    tcase_add_test(t, identification);
    tcase_add_test(t, edge_states);
    tcase_add_test(t, level_states);
    tcase_add_test(t, enables);
    tcase_add_test(t, eoi_mode);
    tcase_add_test(t, priorities);
    tcase_add_test(t, binary_points);
    tcase_add_test(t, routing);
    tcase_add_test(t, sgis);
    tcase_add_test(t, sgi_range_selector);
    tcase_add_test(t, messages);
    suite_add_tcase(s, t);
    t = tcase_create("security");
    tcase_add_test(t, secure_views);
    tcase_add_test(t, secure_signals);
    tcase_add_test(t, secure_acknowledge);
    tcase_add_test(t, secure_sgis);
    tcase_add_test(t, secure_protection);
    tcase_add_test(t, boots_nonsecure);
    suite_add_tcase(s, t);
    t = tcase_create("its");
    tcase_add_loop_test(t, its_translation, 0, 2);
    tcase_add_loop_test(t, its_commands, 0, 2);
    tcase_add_test(t, its_translater_register);
    tcase_add_test(t, its_malformed);
    tcase_add_test(t, lpi_pending_table);
    suite_add_tcase(s, t);
    t = tcase_create("state");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, save_and_restore);
    tcase_add_loop_test(t, random_accesses, 0, 2);
    suite_add_tcase(s, t);
    return suite_run(s);
}
