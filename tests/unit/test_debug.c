/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Self-hosted debug on a real CPU: breakpoints, watchpoints, software step, the OS lock and routing to EL2.
 * Expectations are from Arm ARM DDI 0487, D2 (self-hosted debug) and D19.2 (ESR_ELx).
 */
#include <check.h>
#include <stdlib.h>

#include "cpu/debug.h"
#include "cpu/exception.h"
#include "cpu/sem.h"
#include "tests/arch/fixture.h"
#include "tests/unit/run.h"

enum { CODE = 0x40001000, VBAR1 = 0x40002000, VBAR2 = 0x40003000, DATA = 0x40008000 };
enum {
    NOP = 0xd503201f,
    ERET = 0xd69f03e0,
    SVC = 0xd4000001,
    LDR_X0_X1 = 0xf9400020,
    STR_X0_X1 = 0xf9000020,
    LDRB_W0_X1 = 0x39400020,
    LDXR_X0_X1 = 0xc85f7c20,
    BRK = 0xd4200020,
};
/* DBGBCR: E, PMC, BAS; DBGWCR: E, PAC, LSC, BAS. Values for EL0 only, EL1 only. */
enum { BCR_EL0 = 1 | 2 << 1 | 0xf << 5, BCR_EL1 = 1 | 1 << 1 | 0xf << 5, LINKED = 1 << 20 };
enum { WCR_EL0 = 1 | 2 << 1, LOAD = 1 << 3, STORE = 2 << 3 };

static struct fixture x;

static void setup(void)
{
    fixture_init(&x, "max", true, true);
}

static void teardown(void)
{
    fixture_destroy(&x);
}

/* EL `el`, Non-secure, with the OS lock open and MDSCR_EL1 as given; NOPs at CODE. */
static struct cpu *at(unsigned el, uint64_t mdscr)
{
    fixture_reset(&x, el, CODE);
    for (unsigned n = 0; n < 8; n++)
        fixture_put_insn(&x, CODE + 4 * n, NOP);
    x.cpu->sr[SR_SCR_EL3] = SCR_NS | SCR_RW;
    x.cpu->sr[SR_HCR_EL2] = HCR_RW;
    x.cpu->sr[SR_VBAR_EL1] = VBAR1;
    x.cpu->sr[SR_VBAR_EL2] = VBAR2;
    x.cpu->sr[SR_OSLSR_EL1] &= ~OSLSR_OSLK;
    x.cpu->sr[SR_MDSCR_EL1] = mdscr;
    fixture_changed(&x);
    return x.cpu;
}

/* Breakpoint 0, or 5, which compares contexts (CTX_CMPs is 1: the last two do). */
static void breakpoint(unsigned n, uint64_t value, uint64_t control)
{
    x.cpu->sr[n == 0 ? SR_DBGBVR0_EL1 : SR_DBGBVR5_EL1] = value;
    x.cpu->sr[n == 0 ? SR_DBGBCR0_EL1 : SR_DBGBCR5_EL1] = control;
    fixture_changed(&x);
}

static void watchpoint(uint64_t value, uint64_t control)
{
    x.cpu->sr[SR_DBGWVR0_EL1] = value;
    x.cpu->sr[SR_DBGWCR0_EL1] = control;
    fixture_changed(&x);
}

/* Steps until PC leaves CODE's 32 bytes or n steps were made. */
static void steps(unsigned n)
{
    while (n-- > 0 && x.cpu->pc - CODE < 32)
        fixture_step(&x);
}

START_TEST(test_breakpoint)
{
    struct cpu *c = at(0, MDSCR_MDE);
    breakpoint(0, CODE + 8, BCR_EL0);
    steps(4);
    ck_assert_uint_eq(c->pc, VBAR1 + 0x400);
    ck_assert_uint_eq(c->sr[SR_ELR_EL1], CODE + 8);
    ck_assert_uint_eq(c->sr[SR_ESR_EL1], 0xc2000022);
}
END_TEST

START_TEST(test_breakpoint_disabled)
{
    struct cpu *c = at(0, 0); /* MDE=0 */
    breakpoint(0, CODE + 8, BCR_EL0);
    steps(4);
    ck_assert_uint_eq(c->pc, CODE + 16);
    c = at(0, MDSCR_MDE); /* for EL1 only */
    breakpoint(0, CODE + 8, BCR_EL1);
    steps(4);
    ck_assert_uint_eq(c->pc, CODE + 16);
    c = at(0, MDSCR_MDE); /* OS lock */
    c->sr[SR_OSLSR_EL1] |= OSLSR_OSLK;
    breakpoint(0, CODE + 8, BCR_EL0);
    steps(4);
    ck_assert_uint_eq(c->pc, CODE + 16);
    c = at(1, MDSCR_MDE); /* same EL, KDE=0 */
    breakpoint(0, CODE + 8, BCR_EL1);
    steps(4);
    ck_assert_uint_eq(c->pc, CODE + 16);
    c = at(1, MDSCR_MDE | MDSCR_KDE); /* PSTATE.D */
    c->daif = 8;
    breakpoint(0, CODE + 8, BCR_EL1);
    steps(4);
    ck_assert_uint_eq(c->pc, CODE + 16);
    ck_assert(!(c->attention & ATT_DEBUG));
}
END_TEST

START_TEST(test_breakpoint_same_el)
{
    struct cpu *c = at(1, MDSCR_MDE | MDSCR_KDE);
    breakpoint(0, CODE + 8, BCR_EL1);
    steps(4);
    ck_assert_uint_eq(c->pc, VBAR1 + 0x200);
    ck_assert_uint_eq(c->sr[SR_ESR_EL1], 0xc6000022);
}
END_TEST

START_TEST(test_breakpoint_tde)
{
    struct cpu *c = at(1, MDSCR_MDE);
    c->sr[SR_MDCR_EL2] = MDCR_TDE;
    breakpoint(0, CODE + 8, BCR_EL1);
    steps(4);
    ck_assert_uint_eq(c->pc, VBAR2 + 0x400);
    ck_assert_uint_eq(c->sr[SR_ELR_EL2], CODE + 8);
    c = at(1, 0);
    fixture_put_insn(&x, CODE, BRK);
    c->sr[SR_MDCR_EL2] = MDCR_TDE;
    fixture_step(&x);
    ck_assert_uint_eq(c->pc, VBAR2 + 0x400);
    ck_assert_uint_eq(c->sr[SR_ESR_EL2], 0xf2000001);
}
END_TEST

START_TEST(test_breakpoint_linked)
{
    struct cpu *c = at(0, MDSCR_MDE);
    c->sr[SR_CONTEXTIDR_EL1] = 42;
    breakpoint(5, 41, 1 | 3 << 1 | 0xf << 5 | 3 << 20); /* BT=0b0011: linked Context ID match */
    breakpoint(0, CODE + 8, BCR_EL0 | LINKED | 5 << 16);
    steps(4);
    ck_assert_uint_eq(c->pc, CODE + 16);
    c->pc = CODE;
    breakpoint(5, 42, 1 | 3 << 1 | 0xf << 5 | 3 << 20);
    steps(4);
    ck_assert_uint_eq(c->pc, VBAR1 + 0x400);
    ck_assert_uint_eq(c->sr[SR_ELR_EL1], CODE + 8);
}
END_TEST

START_TEST(test_watchpoint)
{
    struct cpu *c = at(0, MDSCR_MDE);
    fixture_put_insn(&x, CODE + 4, LDR_X0_X1);
    fixture_put_insn(&x, CODE + 8, STR_X0_X1);
    c->x[1] = DATA;
    watchpoint(DATA, WCR_EL0 | STORE | 0x10 << 5); /* the fifth byte, stores only */
    steps(4);
    ck_assert_uint_eq(c->pc, VBAR1 + 0x400);
    ck_assert_uint_eq(c->sr[SR_ELR_EL1], CODE + 8);
    ck_assert_uint_eq(c->sr[SR_ESR_EL1], 0xd2000062);
    ck_assert_uint_eq(c->sr[SR_FAR_EL1], DATA);
    c = at(0, MDSCR_MDE);
    fixture_put_insn(&x, CODE + 4, LDR_X0_X1);
    c->x[1] = DATA;
    watchpoint(DATA, WCR_EL0 | LOAD | 0x01 << 5);
    steps(4);
    ck_assert_uint_eq(c->sr[SR_ESR_EL1], 0xd2000022);
}
END_TEST

START_TEST(test_watchpoint_bytes)
{
    struct cpu *c = at(0, MDSCR_MDE);
    fixture_put_insn(&x, CODE, LDRB_W0_X1);
    c->x[1] = DATA + 3;
    watchpoint(DATA, WCR_EL0 | LOAD | 0xf7 << 5); /* all but the fourth byte */
    fixture_step(&x);
    ck_assert_uint_eq(c->pc, CODE + 4);
    c = at(0, MDSCR_MDE);
    fixture_put_insn(&x, CODE, LDRB_W0_X1);
    c->x[1] = DATA + 0x7f;
    watchpoint(DATA, WCR_EL0 | LOAD | 0xff << 5 | 7 << 24); /* 128 bytes */
    fixture_step(&x);
    ck_assert_uint_eq(c->pc, VBAR1 + 0x400);
    ck_assert_uint_eq(c->sr[SR_FAR_EL1], DATA + 0x7f);
    c = at(0, MDSCR_MDE);
    fixture_put_insn(&x, CODE, LDRB_W0_X1);
    c->x[1] = DATA + 0x80;
    watchpoint(DATA, WCR_EL0 | LOAD | 0xff << 5 | 7 << 24);
    fixture_step(&x);
    ck_assert_uint_eq(c->pc, CODE + 4);
}
END_TEST

/* A page that the host TLB knows must be watched all the same. */
START_TEST(test_watchpoint_after_use)
{
    struct cpu *c = at(0, 0);
    fixture_put_insn(&x, CODE, LDR_X0_X1);
    c->x[1] = DATA;
    fixture_step(&x);
    ck_assert_uint_eq(c->pc, CODE + 4);
    c->pc = CODE;
    c->sr[SR_MDSCR_EL1] = MDSCR_MDE;
    watchpoint(DATA, WCR_EL0 | LOAD | 0xff << 5);
    fixture_step(&x);
    ck_assert_uint_eq(c->pc, VBAR1 + 0x400);
}
END_TEST

/* ERET at EL1 to EL0 with SPSR.SS=1: one instruction, then the Software Step exception. */
START_TEST(test_step)
{
    struct cpu *c = at(1, MDSCR_SS);
    fixture_put_insn(&x, CODE, ERET);
    c->sr[SR_ELR_EL1] = CODE + 4;
    c->sr[SR_SPSR_EL1] = SPSR_SS;
    fixture_step(&x);
    ck_assert_uint_eq(c->el, 0);
    ck_assert_uint_eq(c->ss, 1);
    ck_assert(c->attention & ATT_DEBUG);
    fixture_step(&x);
    ck_assert_uint_eq(c->pc, CODE + 8);
    ck_assert_uint_eq(c->ss, 0);
    fixture_step(&x);
    ck_assert_uint_eq(c->pc, VBAR1 + 0x400);
    ck_assert_uint_eq(c->sr[SR_ELR_EL1], CODE + 8);
    ck_assert_uint_eq(c->sr[SR_ESR_EL1], 0xcb000022); /* EC 0x32, ISV=1, EX=0 */
    ck_assert_uint_eq(c->sr[SR_SPSR_EL1] & SPSR_SS, 0);
    ck_assert(!(c->attention & ATT_DEBUG));
}
END_TEST

START_TEST(test_step_exclusive)
{
    struct cpu *c = at(1, MDSCR_SS);
    fixture_put_insn(&x, CODE, ERET);
    fixture_put_insn(&x, CODE + 4, LDXR_X0_X1);
    c->x[1] = DATA;
    c->sr[SR_ELR_EL1] = CODE + 4;
    c->sr[SR_SPSR_EL1] = SPSR_SS;
    steps(4);
    ck_assert_uint_eq(c->sr[SR_ESR_EL1], 0xcb000062);
}
END_TEST

/* SPSR.SS=0: the exception comes before the first instruction, and says that nothing was stepped. */
START_TEST(test_step_pending)
{
    struct cpu *c = at(1, MDSCR_SS);
    fixture_put_insn(&x, CODE, ERET);
    c->sr[SR_ELR_EL1] = CODE + 4;
    c->sr[SR_SPSR_EL1] = 0;
    fixture_step(&x);
    fixture_step(&x);
    ck_assert_uint_eq(c->pc, VBAR1 + 0x400);
    ck_assert_uint_eq(c->sr[SR_ELR_EL1], CODE + 4);
    ck_assert_uint_eq(c->sr[SR_ESR_EL1], 0xca000022);
}
END_TEST

/* The stepped instruction takes an exception itself: an SVC counts as executed (SPSR.SS=0), a fault does not.
 */
START_TEST(test_step_exception)
{
    struct cpu *c = at(1, MDSCR_SS);
    fixture_put_insn(&x, CODE, ERET);
    fixture_put_insn(&x, CODE + 4, SVC);
    c->sr[SR_ELR_EL1] = CODE + 4;
    c->sr[SR_SPSR_EL1] = SPSR_SS;
    fixture_step(&x);
    fixture_step(&x);
    ck_assert_uint_eq(c->pc, VBAR1 + 0x400);
    ck_assert_uint_eq(c->sr[SR_ESR_EL1], 0x56000000);
    ck_assert_uint_eq(c->sr[SR_SPSR_EL1] & SPSR_SS, 0);
    c = at(1, MDSCR_SS);
    fixture_put_insn(&x, CODE, ERET);
    fixture_put_insn(&x, CODE + 4, LDR_X0_X1);
    c->x[1] = 0x1000000000;
    c->sr[SR_ELR_EL1] = CODE + 4;
    c->sr[SR_SPSR_EL1] = SPSR_SS;
    fixture_step(&x);
    fixture_step(&x);
    ck_assert_uint_eq(c->sr[SR_ESR_EL1], 0x92000010);
    ck_assert_uint_eq(c->sr[SR_SPSR_EL1] & SPSR_SS, SPSR_SS);
    ck_assert_uint_eq(c->ss, 0);
}
END_TEST

/* The OS lock by OSLAR_EL1, as debuggers open it. */
/* D2.5, DoubleLockStatus(): OSDLR_EL1.DLK, unless DBGPRCR_EL1.CORENPDRQ; FEAT_DoubleLock only. */
START_TEST(test_double_lock)
{
    static struct features a57 = {.has_el2 = true};
    static uint64_t sr[SR_COUNT];
    ck_assert_ptr_null(features_parse(&a57, "cortex-a57"));
    sysreg_reset(sr, &a57, 0);
    sr[SR_OSLSR_EL1] = 8;
    ck_assert_ptr_null(debug_suppressed(&a57, sr, 0, false));
    sr[SR_OSDLR_EL1] = 1;
    ck_assert_str_eq(debug_suppressed(&a57, sr, 0, false), "OSDLR_EL1.DLK=1");
    ck_assert_ptr_null(debug_suppressed(&x.feat, sr, 0, false)); /* max does not have it */
    sr[SR_DBGPRCR_EL1] = 1;
    ck_assert_ptr_null(debug_suppressed(&a57, sr, 0, false));
}
END_TEST

/* Atomics are a read and a write; a read that matches makes WnR 0. */
START_TEST(test_watchpoint_atomic)
{
    enum { LDADD_X2_X0_X1 = 0xf8220020 };
    static const struct {
        unsigned lsc, esr;
    } rows[] = {{LOAD, 0xd2000022}, {LOAD | STORE, 0xd2000022}, {STORE, 0xd2000062}};
    for (unsigned n = 0; n < ARRAY_LEN(rows); n++) {
        struct cpu *c = at(0, MDSCR_MDE);
        fixture_put_insn(&x, CODE, LDADD_X2_X0_X1);
        c->x[1] = DATA;
        watchpoint(DATA, WCR_EL0 | rows[n].lsc | 0xff << 5);
        fixture_step(&x);
        ck_assert_uint_eq(c->pc, VBAR1 + 0x400);
        ck_assert_uint_eq(c->sr[SR_ESR_EL1], rows[n].esr);
    }
}
END_TEST

START_TEST(test_os_lock)
{
    struct cpu *c = at(0, MDSCR_MDE);
    breakpoint(0, CODE + 8, BCR_EL0);
    ck_assert(c->attention & ATT_DEBUG);
    cpu_sysreg_write(c, SR_OSLAR_EL1, 1);
    ck_assert(!(c->attention & ATT_DEBUG));
    ck_assert(c->sr[SR_OSLSR_EL1] & OSLSR_OSLK);
    cpu_sysreg_write(c, SR_OSLAR_EL1, 0);
    ck_assert(c->attention & ATT_DEBUG);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("debug");
    TCase *t = tcase_create("D2");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, test_breakpoint);
    tcase_add_test(t, test_breakpoint_disabled);
    tcase_add_test(t, test_breakpoint_same_el);
    tcase_add_test(t, test_breakpoint_tde);
    tcase_add_test(t, test_breakpoint_linked);
    tcase_add_test(t, test_watchpoint);
    tcase_add_test(t, test_watchpoint_bytes);
    tcase_add_test(t, test_watchpoint_after_use);
    tcase_add_test(t, test_step);
    tcase_add_test(t, test_step_exclusive);
    tcase_add_test(t, test_step_pending);
    tcase_add_test(t, test_step_exception);
    tcase_add_test(t, test_double_lock);
    tcase_add_test(t, test_watchpoint_atomic);
    tcase_add_test(t, test_os_lock);
    suite_add_tcase(s, t);
    return suite_run(s);
}
