/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The virtual CPU interface against IHI 0069 chapter 6: redirection of ICC_* to ICV_*, the states of list
 * registers, hardware interrupts, both groups' signals, priorities, and each maintenance condition.
 * Expectations written out by hand.
 */
#include "tests/unit/gic_fixture.h"

#include "sysregs/fields.h"
#include "tests/unit/run.h"

#define PENDING BIT(62)
#define ACTIVE BIT(63)
#define HW BIT(61)
#define GROUP1 BIT(60)
#define EOI BIT(41)

/* A list register: state and flags, priority, virtual INTID. */
static uint64_t lr(uint64_t state, unsigned prio, unsigned intid)
{
    return state | (uint64_t)prio << 48 | intid;
}

static uint64_t physical(unsigned intid)
{
    return HW | (uint64_t)intid << 32;
}

/* A guest at EL1 with both groups and the virtual interface enabled. */
static struct fixture *guest(void)
{
    struct fixture *f = fixture(1, 0);
    f->sr[0][SR_HCR_EL2] = HCR_IMO | HCR_FMO;
    wr(f, 0, SR_ICH_HCR_EL2, 1);
    wr(f, 0, SR_ICH_VMCR_EL2, UINT64_C(0xf8) << 24 | 3);
    f->el[0] = 1;
    return f;
}

static uint64_t ich(struct fixture *f, enum sysreg reg)
{
    f->el[0] = 2;
    uint64_t v = rd(f, 0, reg);
    f->el[0] = 1;
    return v;
}

static void set_ich(struct fixture *f, enum sysreg reg, uint64_t v)
{
    f->el[0] = 2;
    wr(f, 0, reg, v);
    f->el[0] = 1;
}

START_TEST(registers)
{
    struct fixture *f = fixture(1, 0);
    uint64_t vtr = rd(f, 0, SR_ICH_VTR_EL2);
    ck_assert_uint_eq(vtr & 0x1f, 15);     /* ListRegs: 16 */
    ck_assert_uint_eq((vtr >> 26) & 7, 4); /* PREbits: 5 */
    ck_assert_uint_eq((vtr >> 29) & 7, 4); /* PRIbits: 5 */
    ck_assert_uint_eq((vtr >> 20) & 3, 3); /* nV4, A3V */
    ck_assert_uint_eq(rd(f, 0, SR_ICH_ELRSR_EL2), 0xffff);
    ck_assert_uint_eq(rd(f, 0, SR_ICH_EISR_EL2), 0);
    ck_assert_uint_eq(rd(f, 0, SR_ICH_MISR_EL2), 0);
    for (unsigned n = 0; n < 16; n++) {
        wr(f, 0, SR_ICH_LR0_EL2 + n, UINT64_MAX);
        /* RES0: <59>, <58:56>, <47:45>, unimplemented priority bits; INTIDs have 24 bits */
        ck_assert_uint_eq(rd(f, 0, SR_ICH_LR0_EL2 + n), UINT64_C(0xf0f81fff00ffffff));
        wr(f, 0, SR_ICH_LR0_EL2 + n, 0);
    }
    /* VMCR: VFIQEn is RES1, binary points have their minima, the mask five bits */
    wr(f, 0, SR_ICH_VMCR_EL2, 0);
    ck_assert_uint_eq(rd(f, 0, SR_ICH_VMCR_EL2), 8 | 3 << 18 | 2 << 21);
    wr(f, 0, SR_ICH_VMCR_EL2, UINT64_MAX);
    ck_assert_uint_eq(rd(f, 0, SR_ICH_VMCR_EL2), UINT64_C(0xf8fc021b));
    wr(f, 0, SR_ICH_HCR_EL2, UINT64_MAX);
    ck_assert_uint_eq(rd(f, 0, SR_ICH_HCR_EL2), UINT64_C(0xf8005cff));
    wr(f, 0, SR_ICH_AP1R0_EL2, UINT64_MAX);
    ck_assert_uint_eq(rd(f, 0, SR_ICH_AP1R0_EL2), 0xffffffff);
    fixture_free(f);
}
END_TEST

/* Which accesses at EL1 reach the virtual interface, by HCR_EL2.{IMO,FMO}. */
START_TEST(redirection)
{
    static const struct {
        enum sysreg reg;
        uint64_t by;
    } rows[] = {
        {SR_ICC_PMR_EL1, HCR_IMO | HCR_FMO}, {SR_ICC_CTLR_EL1, HCR_IMO | HCR_FMO},
        {SR_ICC_BPR0_EL1, HCR_FMO},          {SR_ICC_BPR1_EL1, HCR_IMO},
        {SR_ICC_IGRPEN0_EL1, HCR_FMO},       {SR_ICC_IGRPEN1_EL1, HCR_IMO},
        {SR_ICC_AP0R0_EL1, HCR_FMO},         {SR_ICC_AP1R0_EL1, HCR_IMO},
    };
    static const uint64_t hcr[] = {0, HCR_IMO, HCR_FMO, HCR_IMO | HCR_FMO};
    struct fixture *f = fixture(1, 0);
    /* different values in the two interfaces: virtual fields all ones, physical ones reset, but for binary
     * points */
    wr(f, 0, SR_ICC_BPR0_EL1, 6);
    wr(f, 0, SR_ICC_BPR1_EL1, 6);
    wr(f, 0, SR_ICH_VMCR_EL2, UINT64_C(0xf8fc0203));
    wr(f, 0, SR_ICH_AP0R0_EL2, 5);
    wr(f, 0, SR_ICH_AP1R0_EL2, 5);
    for (size_t n = 0; n < ARRAY_LEN(rows); n++) {
        f->el[0] = 2;
        f->sr[0][SR_HCR_EL2] = HCR_IMO | HCR_FMO;
        uint64_t real = rd(f, 0, rows[n].reg); /* at EL2 never the virtual one */
        f->el[0] = 1;
        for (size_t h = 0; h < ARRAY_LEN(hcr); h++) {
            f->sr[0][SR_HCR_EL2] = hcr[h];
            ck_assert_msg((rd(f, 0, rows[n].reg) != real) == ((hcr[h] & rows[n].by) != 0), "row %zu HCR %zu",
                          n, h);
        }
    }
    f->sr[0][SR_HCR_EL2] = HCR_IMO | HCR_FMO;
    f->feat.has_el2 = false;
    ck_assert_uint_eq(rd(f, 0, SR_ICC_PMR_EL1), 0);
    f->feat.has_el2 = true;
    ck_assert_uint_eq(rd(f, 0, SR_ICC_PMR_EL1), 0xf8);
    fixture_free(f);
}
END_TEST

/* Inactive, pending, active, active and pending (6.3). */
START_TEST(list_register_states)
{
    struct fixture *f = guest();
    set_ich(f, SR_ICH_LR2_EL2, lr(PENDING | GROUP1, 0x80, 40));
    ck_assert_uint_eq(f->lines[0], GIC_LINE_VIRQ);
    ck_assert_uint_eq(ich(f, SR_ICH_ELRSR_EL2), 0xfffb);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_HPPIR1_EL1), 40);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 40);
    ck_assert_uint_eq(f->lines[0], 0);
    ck_assert_uint_eq(ich(f, SR_ICH_LR2_EL2), lr(ACTIVE | GROUP1, 0x80, 40));
    ck_assert_uint_eq(ich(f, SR_ICH_AP1R0_EL2), 1 << 16);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_RPR_EL1), 0x80);
    /* the hypervisor makes it active and pending: not signalled again before its end */
    set_ich(f, SR_ICH_LR2_EL2, lr(ACTIVE | PENDING | GROUP1, 0x80, 40));
    ck_assert_uint_eq(f->lines[0], 0);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 1023);
    wr(f, 0, SR_ICC_EOIR1_EL1, 40);
    ck_assert_uint_eq(ich(f, SR_ICH_LR2_EL2), lr(PENDING | GROUP1, 0x80, 40));
    ck_assert_uint_eq(f->lines[0], GIC_LINE_VIRQ);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 40);
    wr(f, 0, SR_ICC_EOIR1_EL1, 40);
    ck_assert_uint_eq(ich(f, SR_ICH_LR2_EL2), lr(GROUP1, 0x80, 40));
    ck_assert_uint_eq(ich(f, SR_ICH_ELRSR_EL2), 0xffff);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_RPR_EL1), 0xff);
    ck_assert_uint_eq(ich(f, SR_ICH_EISR_EL2), 0);
    /* virtual LPIs have no active state */
    set_ich(f, SR_ICH_LR0_EL2, lr(PENDING | GROUP1, 0x80, 8192));
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 8192);
    ck_assert_uint_eq(ich(f, SR_ICH_LR0_EL2), lr(GROUP1, 0x80, 8192));
    ck_assert_uint_eq(rd(f, 0, SR_ICC_RPR_EL1), 0x80);
    wr(f, 0, SR_ICC_EOIR1_EL1, 8192);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_RPR_EL1), 0xff);
    ck_assert_uint_eq(ich(f, SR_ICH_HCR_EL2) >> 27, 0);
    /* ICH_HCR_EL2.En=0: no signals, and IAR reads as spurious */
    set_ich(f, SR_ICH_LR0_EL2, lr(PENDING | GROUP1, 0x80, 41));
    set_ich(f, SR_ICH_HCR_EL2, 0);
    ck_assert_uint_eq(f->lines[0], 0);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 1023);
    fixture_free(f);
}
END_TEST

START_TEST(groups_and_priorities)
{
    struct fixture *f = guest();
    set_ich(f, SR_ICH_LR0_EL2, lr(PENDING, 0x80, 50));
    ck_assert_uint_eq(f->lines[0], GIC_LINE_VFIQ);
    set_ich(f, SR_ICH_LR1_EL2, lr(PENDING | GROUP1, 0x40, 51));
    ck_assert_uint_eq(f->lines[0], GIC_LINE_VIRQ); /* of higher priority */
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR0_EL1), 1023);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_HPPIR0_EL1), 1023);
    wr(f, 0, SR_ICC_IGRPEN1_EL1, 0); /* VENG1 */
    ck_assert_uint_eq(ich(f, SR_ICH_VMCR_EL2) & 3, 1);
    ck_assert_uint_eq(f->lines[0], GIC_LINE_VFIQ);
    wr(f, 0, SR_ICC_IGRPEN1_EL1, 1);
    wr(f, 0, SR_ICC_PMR_EL1, 0x40); /* VPMR: must be higher */
    ck_assert_uint_eq(ich(f, SR_ICH_VMCR_EL2) >> 24, 0x40);
    ck_assert_uint_eq(f->lines[0], 0);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 1023);
    wr(f, 0, SR_ICC_PMR_EL1, 0xf8);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 51);
    ck_assert_uint_eq(f->lines[0], 0); /* 50 doesn't preempt */
    set_ich(f, SR_ICH_LR2_EL2, lr(PENDING, 0x38, 52));
    ck_assert_uint_eq(f->lines[0], GIC_LINE_VFIQ);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR0_EL1), 52);
    ck_assert_uint_eq(ich(f, SR_ICH_AP0R0_EL2), 1 << 7);
    ck_assert_uint_eq(ich(f, SR_ICH_AP1R0_EL2), 1 << 8);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_RPR_EL1), 0x38);
    wr(f, 0, SR_ICC_EOIR0_EL1, 52);
    wr(f, 0, SR_ICC_EOIR1_EL1, 51);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR0_EL1), 50);
    wr(f, 0, SR_ICC_EOIR0_EL1, 50);
    /* VBPR1 = 5: 0x78 and 0x60 are one group priority; VCBPR: Group 1 by VBPR0 */
    wr(f, 0, SR_ICC_BPR1_EL1, 5);
    set_ich(f, SR_ICH_LR0_EL2, lr(PENDING | GROUP1, 0x78, 60));
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 60);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_RPR_EL1), 0x60);
    set_ich(f, SR_ICH_LR1_EL2, lr(PENDING | GROUP1, 0x60, 61));
    ck_assert_uint_eq(f->lines[0], 0);
    set_ich(f, SR_ICH_LR1_EL2, lr(PENDING | GROUP1, 0x58, 61));
    ck_assert_uint_eq(f->lines[0], GIC_LINE_VIRQ);
    wr(f, 0, SR_ICC_CTLR_EL1, 1);
    wr(f, 0, SR_ICC_BPR0_EL1, 6);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_BPR1_EL1), 7);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1),
                      61); /* only bit 7 decides: the group priority of 0x58 is 0 */
    ck_assert_uint_eq(rd(f, 0, SR_ICC_RPR_EL1), 0);
    wr(f, 0, SR_ICC_BPR1_EL1, 3);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_BPR1_EL1), 7);
    wr(f, 0, SR_ICC_CTLR_EL1, 0);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_BPR1_EL1), 5);
    ck_assert_uint_eq((rd(f, 0, SR_ICC_CTLR_EL1) >> 8) & 7, 4);
    fixture_free(f);
}
END_TEST

/* HW=1: the guest's deactivation is the physical interrupt's (6.3, ICH_LR<n>_EL2.HW). */
START_TEST(hardware_interrupts)
{
    struct fixture *f = guest();
    struct irq_line timer = gic_ppi(f->g, 0, 27);
    f->el[0] = 2;
    mw32(f, 0x08000000, 2);
    mw32(f, 0x080b0080, 0xffffffff);
    mw32(f, 0x080b0100, 1 << 27);
    wr(f, 0, SR_ICC_PMR_EL1, 0xf8);
    wr(f, 0, SR_ICC_IGRPEN1_EL1, 1);
    wr(f, 0, SR_ICC_CTLR_EL1, 2); /* the host splits drop and deactivation */
    irq_set(&timer, 1);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 27);
    wr(f, 0, SR_ICC_EOIR1_EL1, 27);
    wr(f, 0, SR_ICH_LR0_EL2, lr(PENDING | GROUP1 | physical(27), 0xa0, 27));
    f->el[0] = 1;
    ck_assert_uint_eq(f->lines[0], GIC_LINE_VIRQ);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 27);
    irq_set(&timer, 0);
    ck_assert_uint_eq(mr32(f, 0x080b0300), 1 << 27);
    wr(f, 0, SR_ICC_EOIR1_EL1, 27);
    ck_assert_uint_eq(mr32(f, 0x080b0300), 0);
    ck_assert_uint_eq(ich(f, SR_ICH_LR0_EL2) >> 62, 0);
    ck_assert_uint_eq(ich(f, SR_ICH_ELRSR_EL2), 0xffff);
    irq_set(&timer, 1);
    ck_assert_uint_eq(f->lines[0], GIC_LINE_IRQ);
    /* bit 41 is part of the physical INTID when HW=1, not a request for maintenance */
    set_ich(f, SR_ICH_LR1_EL2, lr(GROUP1 | HW | EOI, 0xa0, 33));
    ck_assert_uint_eq(ich(f, SR_ICH_EISR_EL2), 0);
    ck_assert_uint_eq(ich(f, SR_ICH_ELRSR_EL2), 0xffff);
    fixture_free(f);
}
END_TEST

START_TEST(eoi_mode)
{
    struct fixture *f = guest();
    wr(f, 0, SR_ICC_CTLR_EL1, 2);
    ck_assert_uint_eq(ich(f, SR_ICH_VMCR_EL2) & 0x210, 0x200);
    set_ich(f, SR_ICH_LR3_EL2, lr(PENDING | GROUP1, 0x80, 70));
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 70);
    wr(f, 0, SR_ICC_EOIR1_EL1, 70);
    ck_assert_uint_eq(rd(f, 0, SR_ICC_RPR_EL1), 0xff);
    ck_assert_uint_eq(ich(f, SR_ICH_LR3_EL2) >> 62, 2);
    wr(f, 0, SR_ICC_DIR_EL1, 70);
    ck_assert_uint_eq(ich(f, SR_ICH_LR3_EL2) >> 62, 0);
    ck_assert_uint_eq(ich(f, SR_ICH_HCR_EL2) >> 27, 0);
    wr(f, 0, SR_ICC_DIR_EL1, 71); /* no list register: counted, for EOImode=1 at the deactivation */
    ck_assert_uint_eq(ich(f, SR_ICH_HCR_EL2) >> 27, 1);
    set_ich(f, SR_ICH_AP1R0_EL2, 1 << 4);
    wr(f, 0, SR_ICC_EOIR1_EL1, 71);
    ck_assert_uint_eq(ich(f, SR_ICH_HCR_EL2) >> 27, 1);
    wr(f, 0, SR_ICC_CTLR_EL1, 0); /* and for EOImode=0 at the EOI */
    set_ich(f, SR_ICH_AP1R0_EL2, 1 << 4);
    wr(f, 0, SR_ICC_EOIR1_EL1, 71);
    ck_assert_uint_eq(ich(f, SR_ICH_HCR_EL2) >> 27, 2);
    set_ich(f, SR_ICH_AP1R0_EL2, 1 << 4);
    wr(f, 0, SR_ICC_EOIR1_EL1, 8192); /* LPIs aren't */
    ck_assert_uint_eq(ich(f, SR_ICH_HCR_EL2) >> 27, 2);
    wr(f, 0, SR_ICC_DIR_EL1, 71); /* EOImode=0: no effect */
    ck_assert_uint_eq(ich(f, SR_ICH_HCR_EL2) >> 27, 2);
    set_ich(f, SR_ICH_HCR_EL2, UINT64_C(31) << 27 | 1);
    set_ich(f, SR_ICH_AP1R0_EL2, 1 << 4);
    wr(f, 0, SR_ICC_EOIR1_EL1, 71); /* wraps */
    ck_assert_uint_eq(ich(f, SR_ICH_HCR_EL2), 1);
    fixture_free(f);
}
END_TEST

/* Is PPI 25 pending? */
static bool maintenance(struct fixture *f)
{
    return (mr32(f, 0x080b0200) >> 25) & 1;
}

/* 6.4: each condition alone: enabled and true, enabled and false; and ICH_HCR_EL2.En. */
START_TEST(maintenance_conditions)
{
    struct fixture *f = guest();
    static const struct {
        unsigned enable; /* ICH_HCR_EL2 */
        uint64_t lr[2];
        unsigned veng, eoicount;
        unsigned misr;
    } rows[] = {
        {0, {EOI | GROUP1, 0}, 3, 0, 1 << 0}, /* EOI needs no enable */
        {0, {EOI | GROUP1 | ACTIVE, 0}, 3, 0, 0},
        {0, {HW | EOI, 0}, 3, 0, 0},
        {1 << 1, {0, 0}, 3, 0, 1 << 1}, /* UIE: none or one valid */
        {1 << 1, {ACTIVE, 0}, 3, 0, 1 << 1},
        {1 << 1, {ACTIVE, PENDING}, 3, 0, 0},
        {1 << 2, {0, 0}, 3, 1, 1 << 2}, /* LRENPIE */
        {1 << 2, {0, 0}, 3, 0, 0},
        {1 << 3, {ACTIVE, 0}, 3, 0, 1 << 3}, /* NPIE: none pending */
        {1 << 3, {ACTIVE | PENDING, 0}, 3, 0, 1 << 3},
        {1 << 3, {ACTIVE, PENDING}, 3, 0, 0},
        {1 << 4, {0, 0}, 1, 0, 1 << 4}, /* VGrp0EIE */
        {1 << 4, {0, 0}, 2, 0, 0},
        {1 << 5, {0, 0}, 2, 0, 1 << 5}, /* VGrp0DIE */
        {1 << 5, {0, 0}, 1, 0, 0},
        {1 << 6, {0, 0}, 2, 0, 1 << 6}, /* VGrp1EIE */
        {1 << 6, {0, 0}, 1, 0, 0},
        {1 << 7, {0, 0}, 1, 0, 1 << 7}, /* VGrp1DIE */
        {1 << 7, {0, 0}, 2, 0, 0},
        {0xfe, {0, 0}, 0, 3, 0x02 | 0x04 | 0x08 | 0x20 | 0x80},
    };
    for (size_t n = 0; n < ARRAY_LEN(rows); n++) {
        set_ich(f, SR_ICH_VMCR_EL2, rows[n].veng);
        set_ich(f, SR_ICH_LR0_EL2, rows[n].lr[0]);
        set_ich(f, SR_ICH_LR1_EL2, rows[n].lr[1]);
        set_ich(f, SR_ICH_HCR_EL2, (uint64_t)rows[n].eoicount << 27 | rows[n].enable | 1);
        ck_assert_msg(ich(f, SR_ICH_MISR_EL2) == rows[n].misr, "row %zu", n);
        ck_assert_msg(maintenance(f) == (rows[n].misr != 0), "row %zu", n);
        set_ich(f, SR_ICH_HCR_EL2, (uint64_t)rows[n].eoicount << 27 | rows[n].enable);
        ck_assert_msg(!maintenance(f), "row %zu, En=0", n);
    }
    fixture_free(f);
}
END_TEST

/* EOI maintenance as a hypervisor uses it, end to end. */
START_TEST(maintenance_at_eoi)
{
    struct fixture *f = guest();
    set_ich(f, SR_ICH_LR0_EL2, lr(PENDING | GROUP1 | EOI, 0x80, 80));
    ck_assert_uint_eq(rd(f, 0, SR_ICC_IAR1_EL1), 80);
    ck_assert(!maintenance(f));
    wr(f, 0, SR_ICC_EOIR1_EL1, 80);
    ck_assert(maintenance(f));
    ck_assert_uint_eq(ich(f, SR_ICH_EISR_EL2), 1);
    ck_assert_uint_eq(ich(f, SR_ICH_ELRSR_EL2), 0xfffe); /* not free before the hypervisor has seen it */
    set_ich(f, SR_ICH_LR0_EL2, 0);
    ck_assert(!maintenance(f));
    ck_assert_uint_eq(ich(f, SR_ICH_ELRSR_EL2), 0xffff);
    fixture_free(f);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("gic_virt");
    TCase *t = tcase_create("virtual CPU interface");
    tcase_add_test(t, registers);
    tcase_add_test(t, redirection);
    tcase_add_test(t, list_register_states);
    tcase_add_test(t, groups_and_priorities);
    tcase_add_test(t, hardware_interrupts);
    tcase_add_test(t, eoi_mode);
    tcase_add_test(t, maintenance_conditions);
    tcase_add_test(t, maintenance_at_eoi);
    suite_add_tcase(s, t);
    return suite_run(s);
}
