/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Exceptions and system instructions on a real CPU, as far as Arm's vectors (tests/arch/routing.c) leave them
 * out: interrupts, SError, ESB, waiting, firmware calls, External aborts, instruction syndromes of stage 2
 * aborts. Expectations are from Arm ARM DDI 0487, chapters D1 and D19.
 */
#include <check.h>
#include <stdlib.h>

#include "cpu/exception.h"
#include "cpu/sem.h"
#include "tests/arch/fixture.h"
#include "tests/unit/run.h"

enum { CODE = 0x40001000, VBAR1 = 0x40002000, VBAR2 = 0x40003000, VBAR3 = 0x40004000, DATA = 0x40008000 };
enum {
    NOP = 0xd503201f,
    ERET = 0xd69f03e0,
    SVC = 0xd4000001,
    HVC = 0xd4000002,
    SMC = 0xd4000003,
    WFI = 0xd503207f,
    WFE = 0xd503205f,
    SEVL = 0xd50320bf,
    ESB = 0xd503221f,
    HLT_SEMI = 0xd45e0000,
    LDR_X0_X1 = 0xf9400020,
    MRS_X0_SP_EL0 = 0xd5384100,
    MRS_X0_RESERVED_ID = 0xd5380660, /* S3_0_C0_C6_3 */
    MSR_DAIFCLR_2 = 0xd50342ff,
    MRS_X0_DAIF = 0xd53b4220,
    MRS_X0_NZCV = 0xd53b4200,
    MRS_X0_CURRENTEL = 0xd5384240,
    MRS_X0_ISR = 0xd538c100,
    MRS_X0_MPIDR = 0xd53800a0,
    IC_IALLU = 0xd508751f,
    DC_ZVA_X1 = 0xd50b7421,
    STR_PRE = 0xf8008c29,
    LDADD = 0xf8220029,
};

static struct fixture x;

static void setup(void)
{
    fixture_init(&x, "max", true, true);
}

static void setup_no_el3(void)
{
    fixture_init(&x, "max", true, false);
}

static void setup_el1_only(void)
{
    fixture_init(&x, "max", false, false);
}

static void setup_no_el2(void)
{
    fixture_init(&x, "max", false, true);
}

static void teardown(void)
{
    fixture_destroy(&x);
}

/* At EL `el` with one instruction at CODE, Non-secure, the vectors in their places. */
static struct cpu *at(unsigned el, uint32_t insn, uint64_t hcr, uint64_t scr)
{
    fixture_reset(&x, el, CODE);
    fixture_put_insn(&x, CODE, insn);
    x.cpu->sr[SR_SCR_EL3] = SCR_NS | SCR_RW | SCR_HCE | scr;
    x.cpu->sr[SR_HCR_EL2] = HCR_RW | hcr;
    x.cpu->sr[SR_VBAR_EL1] = VBAR1;
    x.cpu->sr[SR_VBAR_EL2] = VBAR2;
    x.cpu->sr[SR_VBAR_EL3] = VBAR3;
    fixture_changed(&x);
    return x.cpu;
}

/* ---- interrupts ---- */

START_TEST(test_irq_entry)
{
    struct cpu *c = at(1, NOP, 0, 0);
    c->sr[SR_ESR_EL1] = 0x1234;
    set_nzcv(c, 5);
    c->daif = 8;
    cpu_set_line(c, LINE_IRQ, true);
    ck_assert(c->attention & ATT_IRQ);
    fixture_step(&x);
    ck_assert_uint_eq(c->pc, VBAR1 + 0x280);
    ck_assert_uint_eq(c->sr[SR_ELR_EL1], CODE);
    ck_assert_uint_eq(c->sr[SR_SPSR_EL1], 0x50000205);
    ck_assert_uint_eq(c->sr[SR_ESR_EL1], 0x1234);
    ck_assert_uint_eq(c->daif, 15);
    ck_assert(!(c->attention & ATT_IRQ));
}
END_TEST

START_TEST(test_irq_unmasked_by_msr)
{
    struct cpu *c = at(1, MSR_DAIFCLR_2, 0, 0);
    c->daif = 2;
    cpu_set_line(c, LINE_IRQ, true);
    ck_assert(!(c->attention & ATT_IRQ));
    fixture_step(&x);
    ck_assert_uint_eq(c->pc, CODE + 4);
    ck_assert(c->attention & ATT_IRQ);
    fixture_step(&x);
    ck_assert_uint_eq(c->pc, VBAR1 + 0x280);
    ck_assert_uint_eq(c->sr[SR_ELR_EL1], CODE + 4);
}
END_TEST

START_TEST(test_fiq_before_irq)
{
    struct cpu *c = at(0, NOP, HCR_FMO, 0);
    cpu_set_line(c, LINE_IRQ, true);
    cpu_set_line(c, LINE_FIQ, true);
    fixture_step(&x);
    ck_assert_uint_eq(c->el, 2);
    ck_assert_uint_eq(c->pc, VBAR2 + 0x500);
}
END_TEST

START_TEST(test_virq)
{
    struct cpu *c = at(1, NOP, 0, 0);
    cpu_set_line(c, LINE_VIRQ, true);
    ck_assert(!(c->attention & ATT_IRQ));
    c->sr[SR_HCR_EL2] |= HCR_IMO;
    fixture_changed(&x);
    ck_assert(c->attention & ATT_IRQ);
    fixture_step(&x);
    ck_assert_uint_eq(c->pc, VBAR1 + 0x280);
    c = at(1, NOP, HCR_VI | HCR_IMO, 0);
    fixture_step(&x);
    ck_assert_uint_eq(c->pc, VBAR1 + 0x280);
    c = at(2, NOP, HCR_VI | HCR_IMO, 0);
    fixture_step(&x);
    ck_assert_uint_eq(c->pc, CODE + 4);
}
END_TEST

START_TEST(test_isr)
{
    struct cpu *c = at(1, MRS_X0_ISR, HCR_IMO | HCR_VF, 0);
    c->daif = 15;
    cpu_set_line(c, LINE_IRQ, true);
    cpu_set_line(c, LINE_FIQ, true);
    fixture_step(&x);
    ck_assert_uint_eq(c->pc, VBAR2 + 0x480); /* the physical IRQ goes to EL2 whatever PSTATE.I */
    c = at(1, MRS_X0_ISR, HCR_IMO | HCR_VF, 0);
    c->daif = 15;
    cpu_set_line(c, LINE_FIQ, true);
    cpu_set_line(c, LINE_VIRQ, true);
    fixture_step(&x);
    ck_assert_uint_eq(c->x[0], 0xc0); /* virtual IRQ because of IMO, physical FIQ because of FMO=0 */
    c = at(2, MRS_X0_ISR, HCR_IMO | HCR_VI, 0);
    fixture_step(&x);
    ck_assert_uint_eq(c->x[0], 0);
}
END_TEST

/* ---- SError ---- */

START_TEST(test_serror)
{
    struct cpu *c = at(1, NOP, HCR_AMO, 0);
    c->serror_pending = true;
    interrupt_update(c);
    fixture_step(&x);
    ck_assert_uint_eq(c->el, 2);
    ck_assert_uint_eq(c->pc, VBAR2 + 0x580);
    ck_assert_uint_eq(c->sr[SR_ESR_EL2] >> 26, EC_SERROR);
    ck_assert(!c->serror_pending);
}
END_TEST

START_TEST(test_vserror)
{
    struct cpu *c = at(1, NOP, HCR_AMO | HCR_VSE, 0);
    c->sr[SR_VSESR_EL2] = 0x1000123;
    fixture_step(&x);
    ck_assert_uint_eq(c->pc, VBAR1 + 0x380);
    ck_assert_uint_eq(c->sr[SR_ESR_EL1], 0xbe000000 | 0x1000123);
    ck_assert(!(c->sr[SR_HCR_EL2] & HCR_VSE));
}
END_TEST

START_TEST(test_esb)
{
    struct cpu *c = at(1, ESB, 0, 0);
    c->daif = 4;
    c->serror_pending = true;
    interrupt_update(c);
    fixture_step(&x);
    ck_assert_uint_eq(c->pc, CODE + 4);
    ck_assert(!c->serror_pending);
    ck_assert(c->sr[SR_DISR_EL1] & BIT(31));
    c = at(1, ESB, HCR_AMO | HCR_VSE, 0);
    c->daif = 4;
    c->sr[SR_VSESR_EL2] = 0x123;
    fixture_changed(&x);
    fixture_step(&x);
    ck_assert_uint_eq(c->sr[SR_VDISR_EL2], BIT(31) | 0x123);
    ck_assert(!(c->sr[SR_HCR_EL2] & HCR_VSE));
}
END_TEST

/* ---- waiting ---- */

START_TEST(test_wfi)
{
    struct cpu *c = at(1, WFI, 0, 0);
    fixture_step(&x);
    ck_assert_uint_eq(c->power, CPU_WFI);
    ck_assert_uint_eq(c->pc, CODE + 4);
    ck_assert(c->attention & ATT_STOP);
    c = at(1, WFI, 0, 0);
    c->daif = 15;
    cpu_set_line(c, LINE_IRQ, true);
    fixture_step(&x);
    ck_assert_uint_eq(c->power, CPU_ON);
    ck_assert_uint_eq(c->pc, CODE + 4);
}
END_TEST

START_TEST(test_wfe)
{
    struct cpu *c = at(1, SEVL, 0, 0);
    fixture_put_insn(&x, CODE + 4, WFE);
    fixture_put_insn(&x, CODE + 8, WFE);
    for (unsigned n = 0; n < 3; n++)
        fixture_step(&x);
    ck_assert_uint_eq(c->power, CPU_WFE);
    ck_assert_uint_eq(c->pc, CODE + 12);
}
END_TEST

/* ---- waiting with a time-out ---- */

static uint64_t woken_at;

static void wake_up(void *opaque, uint64_t now)
{
    (void)opaque;
    woken_at = now;
}

/* The system counter in ticks of 16 ns, less CNTVOFF_EL2: what the timer unit would return. */
static uint64_t read_counter(void *opaque, enum sysreg reg)
{
    const struct cpu *c = opaque;
    ck_assert_uint_eq(reg, SR_CNTVCT_EL0);
    return cpu_now(c) / 16 - c->sr[SR_CNTVOFF_EL2];
}

/* WFIT X1 or WFET X1 at EL1, at 1,000,005 ns, CNTVCT_EL0 being 62,500 - 500. */
static struct cpu *timed_wait(uint32_t insn, uint64_t until, uint64_t hcr, struct event *wakeup)
{
    struct cpu *c = at(1, insn, hcr, 0);
    event_init(wakeup, "wakeup", 0, wake_up, c);
    c->units[UNIT_TIMER] = (struct sysreg_unit){.read = read_counter, .opaque = c};
    c->wakeup = wakeup;
    c->ns_per_tick = 16;
    c->time = 1000005;
    c->insns = 0;
    c->sr[SR_CNTVOFF_EL2] = 500;
    c->x[1] = until;
    fixture_step(&x);
    return c;
}

START_TEST(test_timed_wait)
{
    enum { COUNT = 62000, WFET_X1 = 0xd5031001, WFIT_X1 = 0xd5031021 };
    static const struct {
        uint32_t insn;
        uint8_t power;
        uint32_t ti;
    } forms[] = {{WFIT_X1, CPU_WFI, 2}, {WFET_X1, CPU_WFE, 3}};
    struct event wakeup;
    for (unsigned n = 0; n < ARRAY_LEN(forms); n++) {
        struct cpu *c = timed_wait(forms[n].insn, COUNT + 1, 0, &wakeup);
        ck_assert_uint_eq(c->power, forms[n].power);
        ck_assert_uint_eq(c->pc, CODE + 4);
        ck_assert_uint_eq(event_next(&x.events), (COUNT + 500 + 1) * 16);
        event_run_due(&x.events, (COUNT + 500 + 1) * 16);
        ck_assert_uint_eq(woken_at, (COUNT + 500 + 1) * 16);
        c = timed_wait(forms[n].insn, COUNT, 0, &wakeup); /* reached already */
        ck_assert_uint_eq(c->power, CPU_ON);
        ck_assert_uint_eq(event_next(&x.events), EVENT_NEVER);
        c = timed_wait(forms[n].insn, UINT64_MAX, 0, &wakeup); /* later than time goes */
        ck_assert_uint_eq(c->power, forms[n].power);
        ck_assert_uint_eq(event_next(&x.events), EVENT_NEVER);
        c = timed_wait(forms[n].insn, COUNT + 1, HCR_TWI | HCR_TWE, &wakeup); /* Rn valid, in bits 9:5 */
        ck_assert_uint_eq(c->pc, VBAR2 + 0x400);
        ck_assert_uint_eq(c->sr[SR_ESR_EL2], 0x07e00024 | forms[n].ti);
        ck_assert_uint_eq(event_next(&x.events), EVENT_NEVER);
        x.cpu->wakeup = NULL;
    }
}
END_TEST

START_TEST(test_eret_sets_event)
{
    struct cpu *c = at(2, ERET, 0, 0);
    c->exclusive_valid = true;
    c->sr[SR_ELR_EL2] = CODE + 0x100;
    c->sr[SR_SPSR_EL2] = 0x600003c5;
    fixture_step(&x);
    ck_assert_uint_eq(c->el, 1);
    ck_assert_uint_eq(c->pc, CODE + 0x100);
    ck_assert_uint_eq(get_nzcv(c), 6);
    ck_assert(!c->exclusive_valid && c->event_register);
}
END_TEST

/* ---- firmware and semihosting ---- */

static bool answer(void *opaque, struct cpu *c, bool smc)
{
    (void)opaque;
    c->x[0] = smc ? 111 : 222;
    return true;
}

static bool answer_semihosting(void *opaque, struct cpu *c)
{
    (void)opaque;
    c->x[0] = 333;
    return true;
}

START_TEST(test_smc_conduit)
{
    x.board.smccc = answer;
    struct cpu *c = at(2, SMC, 0, 0);
    fixture_step(&x);
    ck_assert_uint_eq(c->x[0], 111);
    ck_assert_uint_eq(c->pc, CODE + 4);
    c = at(1, SMC, HCR_TSC, 0);
    fixture_step(&x);
    ck_assert_uint_eq(c->pc, VBAR2 + 0x400);
    ck_assert_uint_eq(c->sr[SR_ESR_EL2], 0x5e000000);
    ck_assert_uint_eq(c->sr[SR_ELR_EL2], CODE); /* trapped: the SMC itself */
    c = at(0, SMC, 0, 0);
    fixture_step(&x);
    ck_assert_uint_eq(c->pc, VBAR1 + 0x400);
    ck_assert_uint_eq(c->sr[SR_ESR_EL1], 0x02000000);
    x.board.smccc = NULL;
    c = at(1, SMC, 0, 0);
    fixture_step(&x);
    ck_assert_uint_eq(c->sr[SR_ESR_EL1], 0x02000000);
}
END_TEST

static bool answer_hvc(void *opaque, struct cpu *c, bool smc)
{
    return !smc && answer(opaque, c, smc);
}

/* EL3 exists, and the board plays its firmware, or doesn't. */
START_TEST(test_smc_with_el3)
{
    struct cpu *c;
    x.board.smccc = answer;
    for (unsigned el = 1; el <= 2; el++) {
        c = at(el, SMC, 0, 0);
        fixture_step(&x);
        ck_assert_uint_eq(c->x[0], 111);
        ck_assert_uint_eq(c->el, el);
        ck_assert_uint_eq(c->pc, CODE + 4);
    }
    c = at(1, SMC, HCR_TSC, 0);
    fixture_step(&x);
    ck_assert_uint_eq(c->pc, VBAR2 + 0x400);
    c = at(3, SMC, 0, 0);
    fixture_step(&x);
    ck_assert_uint_eq(c->pc, VBAR3 + 0x200);
    x.board.smccc = answer_hvc;
    c = at(1, SMC, 0, 0);
    fixture_step(&x);
    ck_assert_uint_eq(c->pc, VBAR3 + 0x400);
    ck_assert_uint_eq(c->sr[SR_ESR_EL3], 0x5e000000);
    ck_assert_uint_eq(c->sr[SR_ELR_EL3], CODE + 4);
    c = at(2, SMC, 0, SCR_SMD);
    fixture_step(&x);
    ck_assert_uint_eq(c->sr[SR_ESR_EL2], 0x02000000);
}
END_TEST

START_TEST(test_hvc_without_el2)
{
    x.board.smccc = answer_hvc;
    struct cpu *c = at(1, HVC, 0, 0);
    fixture_step(&x);
    ck_assert_uint_eq(c->x[0], 222);
    x.board.smccc = NULL;
    c = at(1, HVC, 0, 0);
    fixture_step(&x);
    ck_assert_uint_eq(c->sr[SR_ESR_EL1], 0x02000000);
}
END_TEST

START_TEST(test_hvc_conduit)
{
    x.board.smccc = answer_hvc;
    struct cpu *c = at(1, HVC, 0, 0);
    fixture_step(&x);
    ck_assert_uint_eq(c->x[0], 222);
    ck_assert_uint_eq(c->pc, CODE + 4);
    c = at(1, SMC, 0, 0);
    fixture_step(&x);
    ck_assert_uint_eq(c->sr[SR_ESR_EL1], 0x02000000);
}
END_TEST

START_TEST(test_semihosting)
{
    struct cpu *c = at(1, HLT_SEMI, 0, 0);
    fixture_step(&x);
    ck_assert_uint_eq(c->sr[SR_ESR_EL1], 0x02000000);
    x.board.semihosting = answer_semihosting;
    c = at(1, HLT_SEMI, 0, 0);
    fixture_step(&x);
    ck_assert_uint_eq(c->x[0], 333);
    ck_assert_uint_eq(c->pc, CODE + 4);
}
END_TEST

/* ---- registers ---- */

/* ---- what the GIC and timers are told ---- */

static unsigned told;

static void count_told(void *opaque, struct cpu *c)
{
    (void)opaque;
    (void)c;
    told++;
}

START_TEST(test_context_told)
{
    enum { MSR_HCR_X0 = 0xd51c1100, MSR_SCR_X0 = 0xd51e1100 };
    static const struct {
        unsigned el;
        uint32_t insn;
        uint64_t cnthctl;
        unsigned times;
    } cases[] = {
        {2, SMC, 0, 1},        /* into EL3 */
        {3, SMC, 0, 0},        /* EL3 already */
        {3, ERET, 0, 1},       /* SPSR_EL3 is EL1's below */
        {2, ERET, 0, 0},       /* from EL2 to EL1 */
        {0, SVC, 0, 0},        /* to EL1 */
        {2, MSR_HCR_X0, 0, 0}, /* nobody looks */
        {2, MSR_HCR_X0, CNTHCTL_ECV, 1},
        {3, MSR_SCR_X0, 0, 1},
    };
    for (unsigned n = 0; n < ARRAY_LEN(cases); n++) {
        x.board.context_changed = NULL;
        struct cpu *c = at(cases[n].el, cases[n].insn, 0, 0);
        c->sr[SR_SPSR_EL2] = c->sr[SR_SPSR_EL3] = 0x3c5;
        c->sr[SR_CNTHCTL_EL2] = cases[n].cnthctl;
        c->x[0] = SCR_RW | HCR_RW | SCR_NS;
        x.board.context_changed = count_told;
        told = 0;
        fixture_step(&x);
        ck_assert_msg(told == cases[n].times, "case %u: told %u times", n, told);
    }
}
END_TEST

/* DCZID_EL0.DZP by SCTLR_ELx.DZE at EL0 and HCR_EL2.TDZ at EL0 and EL1. */
START_TEST(test_dczid)
{
    enum { MRS_X0_DCZID = 0xd53b00e0 };
    static const struct {
        unsigned el;
        uint64_t hcr, sctlr1, sctlr2;
        unsigned value;
    } cases[] = {
        {1, 0, 0, 0, 4},
        {0, 0, 0, SCTLR_DZE, 0x14},
        {0, 0, SCTLR_DZE, 0, 4},
        {0, HCR_TDZ, SCTLR_DZE, 0, 0x14},
        {1, HCR_TDZ, SCTLR_DZE, 0, 0x14},
        {2, HCR_TDZ, 0, 0, 4},
        {3, HCR_TDZ, 0, 0, 4},
        {0, HCR_TDZ | HCR_E2H | HCR_TGE, 0, SCTLR_DZE, 4},
        {0, HCR_E2H | HCR_TGE, SCTLR_DZE, 0, 0x14},
    };
    for (unsigned n = 0; n < ARRAY_LEN(cases); n++) {
        struct cpu *c = at(cases[n].el, MRS_X0_DCZID, cases[n].hcr, 0);
        c->sr[SR_SCTLR_EL1] = cases[n].sctlr1;
        c->sr[SR_SCTLR_EL2] = cases[n].sctlr2;
        fixture_changed(&x);
        fixture_step(&x);
        ck_assert_msg(c->x[0] == cases[n].value, "case %u: DCZID_EL0 is 0x%lx", n, (unsigned long)c->x[0]);
    }
}
END_TEST

START_TEST(test_registers)
{
    struct cpu *c = at(1, MRS_X0_SP_EL0, 0, 0);
    c->sp_el[0] = 0x77;
    fixture_step(&x);
    ck_assert_uint_eq(c->x[0], 0x77);
    c = at(1, MRS_X0_SP_EL0, 0, 0);
    c->spsel = 0;
    fixture_step(&x);
    ck_assert_uint_eq(c->pc, VBAR1); /* current EL with SP_EL0 */
    c = at(1, MRS_X0_RESERVED_ID, 0, 0);
    c->x[0] = 1;
    fixture_step(&x);
    ck_assert_uint_eq(c->x[0], 0);
    c = at(1, MRS_X0_RESERVED_ID, HCR_TID3, 0);
    fixture_step(&x);
    ck_assert_uint_eq(c->el, 2);
    ck_assert_uint_eq(c->sr[SR_ESR_EL2], 0x62000000 | 3 << 20 | 3 << 17 | 0 << 14 | 0 << 10 | 6 << 1 | 1);
    c = at(1, MRS_X0_DAIF, 0, 0);
    c->daif = 10;
    fixture_step(&x);
    ck_assert_uint_eq(c->x[0], 0x280);
    c = at(0, MRS_X0_NZCV, 0, 0);
    set_nzcv(c, 9);
    fixture_step(&x);
    ck_assert_uint_eq(c->x[0], 0x90000000);
    c = at(2, MRS_X0_CURRENTEL, 0, 0);
    fixture_step(&x);
    ck_assert_uint_eq(c->x[0], 8);
    c = at(1, MRS_X0_MPIDR, 0, 0);
    c->sr[SR_VMPIDR_EL2] = 0x80000055;
    fixture_step(&x);
    ck_assert_uint_eq(c->x[0], 0x80000055);
}
END_TEST

START_TEST(test_dc_zva)
{
    uint64_t v;
    struct cpu *c = at(2, DC_ZVA_X1, 0, 0);
    for (unsigned n = 0; n < 24; n++)
        fixture_put64(&x, DATA + 8 * n, ~UINT64_C(0));
    c->x[1] = DATA + 0x47;
    fixture_step(&x);
    ck_assert_uint_eq(c->pc, VBAR2 + 0x200); /* MMU off: Device memory, so an Alignment fault */
    ck_assert_uint_eq(c->sr[SR_ESR_EL2], 0x96000061);
    ck_assert_uint_eq(c->sr[SR_FAR_EL2], DATA + 0x47);
    /* EL1 with HCR_EL2.DC: Normal memory. Stage 2 maps 0x40000000 with a block */
    c = at(1, DC_ZVA_X1, HCR_DC | HCR_VM, 0);
    c->sr[SR_VTCR_EL2] = 0x80023559;
    c->sr[SR_VTTBR_EL2] = 0x40011000;
    fixture_put64(&x, 0x40011008, 0x400007fd);
    fixture_changed(&x);
    c->x[1] = DATA + 0x47;
    fixture_step(&x);
    ck_assert_uint_eq(c->pc, CODE + 4);
    for (unsigned n = 0; n < 24; n++) {
        ck_assert(bus_read(x.bus, DATA + 8 * n, 8, false, &v));
        ck_assert_uint_eq(v, n >= 8 && n < 16 ? 0 : ~UINT64_C(0));
    }
    fixture_clear(&x);
}
END_TEST

/* ---- aborts ---- */

START_TEST(test_external_abort)
{
    struct cpu *c = at(1, LDR_X0_X1, 0, 0);
    c->x[1] = 0x1000000000;
    fixture_step(&x);
    ck_assert_uint_eq(c->pc, VBAR1 + 0x200);
    ck_assert_uint_eq(c->sr[SR_ESR_EL1], 0x96000010);
    ck_assert_uint_eq(c->sr[SR_FAR_EL1], 0x1000000000);
    c = at(1, LDR_X0_X1, HCR_TEA, 0);
    c->x[1] = 0x1000000000;
    fixture_step(&x);
    ck_assert_uint_eq(c->sr[SR_ESR_EL2], 0x92000010);
    c = at(1, LDR_X0_X1, HCR_TEA, SCR_EA);
    c->x[1] = 0x1000000000;
    fixture_step(&x);
    ck_assert_uint_eq(c->pc, VBAR3 + 0x400);
    c = at(1, LDR_X0_X1, 0, SCR_EA | SCR_EASE); /* FEAT_DoubleFault */
    c->x[1] = 0x1000000000;
    fixture_step(&x);
    ck_assert_uint_eq(c->pc, VBAR3 + 0x580);
}
END_TEST

/* A slice that ends with an exception leaves what fetching at its vector raises to the next one. */
START_TEST(test_budget)
{
    struct cpu *c = at(1, SVC, 0, 0);
    c->sr[SR_VBAR_EL1] = 0x1000000000; /* nothing answers there */
    c->slice_insns = 1;
    c->budget = 1;
    c->attention = 0;
    if (_i == 0)
        engine_loop_run(c);
    else
        engine_fast_run(c);
    ck_assert_int_eq(c->budget, 0);
    ck_assert_uint_eq(c->pc, 0x1000000200);
    ck_assert_uint_eq(c->sr[SR_ESR_EL1], 0x56000000);
}
END_TEST

/* ISS<24:14> of a stage 2 translation fault: ISV SAS SSE SRT SF AR as D19.2 "ISS encoding for a Data Abort"
 * wants them. Base X1 (0x80000000 is not mapped at stage 2), data register 9. */
#define ISV(sas, sse, sf, ar) (1u << 24 | (sas) << 22 | (sse) << 21 | 9u << 16 | (sf) << 15 | (ar) << 14)
static const struct {
    const char *what;
    uint32_t insn, iss;
} syndromes[] = {
    {"LDR X9", 0xf9400029, ISV(3, 0, 1, 0)},
    {"LDR W9", 0xb9400029, ISV(2, 0, 0, 0)},
    {"LDRH W9", 0x79400029, ISV(1, 0, 0, 0)},
    {"LDRB W9", 0x39400029, ISV(0, 0, 0, 0)},
    {"LDRSB W9", 0x39c00029, ISV(0, 1, 0, 0)},
    {"LDRSB X9", 0x39800029, ISV(0, 1, 1, 0)},
    {"LDRSH W9", 0x79c00029, ISV(1, 1, 0, 0)},
    {"LDRSW X9", 0xb9800029, ISV(2, 1, 1, 0)},
    {"STR X9", 0xf9000029, ISV(3, 0, 1, 0) | 1 << 6},
    {"STRB W9", 0x39000029, ISV(0, 0, 0, 0) | 1 << 6},
    {"LDUR X9", 0xf8400029, ISV(3, 0, 1, 0)},
    {"STURH W9", 0x78000029, ISV(1, 0, 0, 0) | 1 << 6},
    {"LDTR W9", 0xb8400829, ISV(2, 0, 0, 0)},
    {"STTR X9", 0xf8000829, ISV(3, 0, 1, 0) | 1 << 6},
    {"LDR X9, [X1, X2]", 0xf8626829, ISV(3, 0, 1, 0)},
    {"LDAR X9", 0xc8dffc29, ISV(3, 0, 1, 1)},
    {"STLR W9", 0x889ffc29, ISV(2, 0, 0, 1) | 1 << 6},
    {"LDAPRB W9", 0x38bfc029, ISV(0, 0, 0, 1)},
    {"LDAPUR X9", 0xd9400029, ISV(3, 0, 1, 1)},
    {"LDAPURSH X9", 0x59800029, ISV(1, 1, 1, 1)},
    {"STLUR X9", 0xd9000029, ISV(3, 0, 1, 1) | 1 << 6},
    {"LDR X9, [X1], #8: writeback", 0xf8408429, 0},
    {"STR X9, [X1, #8]!: writeback", STR_PRE, 1 << 6},
    {"LDP", 0xa9402829, 0},
    {"LDXR X9", 0xc85f7c29, 0},
    {"LDADD X2, X9", LDADD, 1 << 6},
    {"LDR D9: SIMD&FP", 0xfd400029, 0},
    {"DC CIVAC, X1: CM and WnR", 0xd50b7e21, 1 << 8 | 1 << 6},
    {"DC IVAC, X1", 0xd5087621, 1 << 8 | 1 << 6},
};

START_TEST(test_instruction_syndrome)
{
    struct cpu *c = at(1, syndromes[_i].insn, HCR_VM, 0);
    c->sr[SR_VTCR_EL2] = 0x80023559;
    c->sr[SR_VTTBR_EL2] = 0x40011000;
    c->sr[SR_CPACR_EL1] = 3 << 20;
    fixture_put64(&x, 0x40011008, 0x400007fd);
    c->x[1] = FIXTURE_RAM2;
    fixture_changed(&x);
    fixture_step(&x);
    uint64_t iss = c->sr[SR_ESR_EL2] & MASK(24, 0);
    ck_assert_uint_eq(c->pc, VBAR2 + 0x400);
    ck_assert_uint_eq(c->sr[SR_ESR_EL2] >> 26, EC_DATA_ABORT_LOWER);
    uint64_t wnr = syndromes[_i].insn == LDADD ? iss & 1 << 6 : syndromes[_i].iss & 1 << 6;
    ck_assert_msg(iss == (((syndromes[_i].iss & ~(1u << 6)) | wnr) | 5), "%s: ISS 0x%lx", syndromes[_i].what,
                  (unsigned long)iss);
    ck_assert_uint_eq(c->sr[SR_HPFAR_EL2], (FIXTURE_RAM2 >> 12) << 4);
    ck_assert_uint_eq(c->sr[SR_FAR_EL2], FIXTURE_RAM2 + (syndromes[_i].insn == STR_PRE ? 8 : 0));
    fixture_clear(&x);
}
END_TEST

/* A stage 1 table that stage 2 doesn't map: ESR_EL2.S1PTW, FAR_EL2 has the address that was to be translated,
 * HPFAR_EL2 that of the descriptor (D19.2, HPFAR_EL2; IPAValid()). */
START_TEST(test_table_walk_at_stage2)
{
    struct cpu *c = at(1, NOP, HCR_VM, 0);
    c->sr[SR_VTCR_EL2] = 0x80023559;
    c->sr[SR_VTTBR_EL2] = 0x40011000;
    fixture_put64(&x, 0x40011008, 0x400007fd);
    c->sr[SR_TCR_EL1] = 0x280803519; /* T0SZ=25: the first table is level 1's */
    c->sr[SR_TTBR0_EL1] = FIXTURE_RAM2 + 0x5000;
    c->sr[SR_SCTLR_EL1] |= 1;
    fixture_changed(&x);
    fixture_step(&x);
    ck_assert_uint_eq(c->pc, VBAR2 + 0x400);
    ck_assert_uint_eq(c->sr[SR_ESR_EL2], (uint64_t)EC_INSN_ABORT_LOWER << 26 | BIT(25) | BIT(7) | 5);
    ck_assert_uint_eq(c->sr[SR_FAR_EL2], CODE);
    ck_assert_uint_eq(c->sr[SR_HPFAR_EL2], ((FIXTURE_RAM2 + 0x5000) >> 12) << 4);
    fixture_clear(&x);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("exception");
    TCase *t = tcase_create("EL3");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, test_irq_entry);
    tcase_add_test(t, test_irq_unmasked_by_msr);
    tcase_add_test(t, test_fiq_before_irq);
    tcase_add_test(t, test_virq);
    tcase_add_test(t, test_isr);
    tcase_add_test(t, test_serror);
    tcase_add_test(t, test_vserror);
    tcase_add_test(t, test_esb);
    tcase_add_test(t, test_wfi);
    tcase_add_test(t, test_wfe);
    tcase_add_test(t, test_timed_wait);
    tcase_add_test(t, test_smc_with_el3);
    tcase_add_test(t, test_context_told);
    tcase_add_test(t, test_dczid);
    tcase_add_test(t, test_eret_sets_event);
    tcase_add_test(t, test_semihosting);
    tcase_add_test(t, test_registers);
    tcase_add_test(t, test_dc_zva);
    tcase_add_test(t, test_external_abort);
    tcase_add_loop_test(t, test_budget, 0, 2);
    tcase_add_loop_test(t, test_instruction_syndrome, 0, (int)ARRAY_LEN(syndromes));
    tcase_add_test(t, test_table_walk_at_stage2);
    suite_add_tcase(s, t);
    t = tcase_create("no EL3");
    tcase_add_checked_fixture(t, setup_no_el3, teardown);
    tcase_add_test(t, test_smc_conduit);
    suite_add_tcase(s, t);
    t = tcase_create("EL1 only");
    tcase_add_checked_fixture(t, setup_el1_only, teardown);
    tcase_add_test(t, test_hvc_conduit);
    suite_add_tcase(s, t);
    t = tcase_create("EL1 and EL3");
    tcase_add_checked_fixture(t, setup_no_el2, teardown);
    tcase_add_test(t, test_hvc_without_el2);
    suite_add_tcase(s, t);
    return suite_run(s);
}
