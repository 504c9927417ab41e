/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Routing and masking of interrupts against the manual's tables, and routing of synchronous exceptions. The
 * expectations are the tables "Routing when both EL3 and EL2 are implemented", "Routing when EL3 is not
 * implemented", "Asynchronous exception masking" and the text on virtual interrupts of Arm ARM DDI 0487
 * D1.3.6, written out by hand, AArch64 columns only.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/exception.h"
#include "sysregs/fields.h"
#include "sysregs/sysreg.h"
#include "tests/unit/run.h"

/* One row: the controls and, for EL0..EL3, where the interrupt goes and whether PSTATE can hold it back:
 * "1B" target EL1, subject to the mask; "2A" target EL2, whatever the mask; "C" stays pending; "-" no such
 * state. */
struct expectation {
    const char *scr; /* of SCR_EL3: "-" EL3 not implemented, else NS EEL2 x (x: EA, IRQ or FIQ) */
    const char *hcr; /* of HCR_EL2: "-" EL2 not implemented, else TGE E2H xMO, "x" both */
    const char *cell[4];
};

static const struct expectation physical[] = {
    /* both EL3 and EL2, Non-secure */
    {"1x1", "000", {"3A", "3A", "3A", "3B"}},
    {"1x1", "001", {"3A", "3A", "3A", "3B"}},
    {"1x1", "010", {"3A", "3A", "3A", "3B"}},
    {"1x1", "011", {"3A", "3A", "3A", "3B"}},
    {"1x1", "10x", {"3A", "-", "3A", "3B"}},
    {"1x1", "11x", {"3A", "-", "3A", "3B"}},
    {"1x0", "0x0", {"1B", "1B", "C", "C"}},
    {"1x0", "0x1", {"2A", "2A", "2B", "C"}},
    {"1x0", "10x", {"2A", "-", "2B", "C"}},
    {"1x0", "11x", {"2B", "-", "2B", "C"}},
    /* Secure, EL2 disabled: HCR_EL2 has no effect */
    {"001", "xxx", {"3A", "3A", "-", "3B"}},
    {"000", "xxx", {"1B", "1B", "-", "C"}},
    /* Secure, EL2 enabled */
    {"011", "0xx", {"3A", "3A", "3A", "3B"}},
    {"011", "1xx", {"3A", "-", "3A", "3B"}},
    {"010", "0x0", {"1B", "1B", "C", "C"}},
    {"010", "0x1", {"2A", "2A", "2B", "C"}},
    {"010", "10x", {"2A", "-", "2B", "C"}},
    {"010", "11x", {"2B", "-", "2B", "C"}},
    /* EL3 not implemented */
    {"-", "0x0", {"1B", "1B", "C", "-"}},
    {"-", "0x1", {"2A", "2A", "2B", "-"}},
    {"-", "10x", {"2A", "-", "2B", "-"}},
    {"-", "11x", {"2B", "-", "2B", "-"}},
    /* EL2 not implemented */
    {"1x1", "-", {"3A", "3A", "-", "3B"}},
    {"1x0", "-", {"1B", "1B", "-", "C"}},
    {"-", "-", {"1B", "1B", "-", "-"}},
};

/* Virtual interrupts: only with xMO=1 and TGE=0, with EL2 enabled, at EL0 and EL1, always subject to the
 * mask. */
static const struct expectation virtual[] = {
    {"1xx", "0x0", {"C", "C", "C", "C"}}, {"1xx", "0x1", {"1B", "1B", "C", "C"}},
    {"1xx", "1xx", {"C", "-", "C", "C"}}, {"00x", "xxx", {"C", "C", "-", "C"}},
    {"01x", "0x0", {"C", "C", "C", "C"}}, {"01x", "0x1", {"1B", "1B", "C", "C"}},
    {"01x", "1xx", {"C", "-", "C", "C"}}, {"-", "0x0", {"C", "C", "C", "-"}},
    {"-", "0x1", {"1B", "1B", "C", "-"}}, {"-", "1xx", {"C", "-", "C", "-"}},
    {"-", "-", {"C", "C", "-", "-"}},
};

static const struct {
    enum exc_kind kind, virtual_kind;
    uint64_t scr, hcr;
    uint8_t mask;
} kinds[] = {
    {EXC_IRQ, EXC_VIRQ, SCR_IRQ, HCR_IMO, 2},
    {EXC_FIQ, EXC_VFIQ, SCR_FIQ, HCR_FMO, 1},
    {EXC_SERROR, EXC_VSERROR, SCR_EA, HCR_AMO, 4},
};

struct fixture {
    struct features f;
    uint64_t sr[SR_COUNT];
    struct route_state s;
};

static void fixture_init(struct fixture *x, bool el2, bool el3)
{
    memset(x, 0, sizeof(*x));
    x->f.has_el2 = el2;
    x->f.has_el3 = el3;
    feature_set(&x->f, FEAT_ALWAYS, true);
    feature_set(&x->f, FEAT_VHE, true);
    feature_set(&x->f, FEAT_E2H0, true);
    feature_set(&x->f, FEAT_SEL2, true);
    feature_set(&x->f, FEAT_RAS, true);
    x->s.feat = &x->f;
    x->s.sr = x->sr;
    x->sr[SR_SCR_EL3] = SCR_RW;
    x->sr[SR_HCR_EL2] = HCR_RW;
}

/* Does the combination n, a bit per character of `pattern`, agree with it? "x" agrees with both. */
static bool agrees(const char *pattern, unsigned n)
{
    for (unsigned k = 0; k < 3; k++)
        if (pattern[k] != 'x' && (unsigned)(pattern[k] - '0') != (n >> (2 - k) & 1))
            return false;
    return true;
}

static void check_cell(const struct fixture *x, enum exc_kind kind, uint8_t mask, const char *cell,
                       unsigned row)
{
    struct route_state s = x->s;
    for (unsigned masked = 0; masked < 2; masked++) {
        /* every mask but the kind's own must not matter */
        s.daif = masked ? mask : (uint8_t)(15 & ~mask);
        struct route r = route_async(&s, kind);
        ck_assert_ptr_nonnull(r.rule);
        if (cell[0] == 'C') {
            ck_assert_msg(r.outcome == ROUTE_NEVER, "row %u kind %u EL%u: not left pending", row, kind, s.el);
            continue;
        }
        ck_assert_msg(r.el == (unsigned)(cell[0] - '0'), "row %u kind %u EL%u: target EL%u", row, kind, s.el,
                      r.el);
        ck_assert_msg(r.outcome == (masked && cell[1] == 'B' ? ROUTE_MASKED : ROUTE_TAKEN),
                      "row %u kind %u EL%u masked %u: outcome %u", row, kind, s.el, masked, r.outcome);
    }
}

/* Runs a table for kind k; `hcr_extra` makes virtual interrupts pending. */
static void check_table(const struct expectation *t, unsigned rows, unsigned k, bool virt)
{
    for (unsigned row = 0; row < rows; row++) {
        bool el3 = t[row].scr[0] != '-', el2 = t[row].hcr[0] != '-';
        unsigned tried = 0;
        for (unsigned n = 0; n < 64; n++) {
            if ((el3 ? !agrees(t[row].scr, n >> 3) : n >> 3) || (el2 ? !agrees(t[row].hcr, n & 7) : n & 7))
                continue;
            struct fixture x;
            fixture_init(&x, el2, el3);
            x.sr[SR_SCR_EL3] |= (n & 32 ? SCR_NS : 0) | (n & 16 ? SCR_EEL2 : 0) | (n & 8 ? kinds[k].scr : 0);
            x.sr[SR_HCR_EL2] |= (n & 4 ? HCR_TGE : 0) | (n & 2 ? HCR_E2H : 0) | (n & 1 ? kinds[k].hcr : 0);
            for (unsigned el = 0; el < 4; el++) {
                if (t[row].cell[el][0] == '-')
                    continue;
                x.s.el = (uint8_t)el;
                check_cell(&x, virt ? kinds[k].virtual_kind : kinds[k].kind, kinds[k].mask, t[row].cell[el],
                           row);
            }
            tried++;
        }
        ck_assert_msg(tried > 0, "row %u describes nothing", row);
    }
}

START_TEST(test_physical)
{
    check_table(physical, sizeof(physical) / sizeof(physical[0]), (unsigned)_i, false);
}
END_TEST

START_TEST(test_virtual)
{
    check_table(virtual, sizeof(virtual) / sizeof(virtual[0]), (unsigned)_i, true);
}
END_TEST

/* SCR_EL3.NMEA with FEAT_DoubleFault: SError at EL3 is not maskable. */
START_TEST(test_nmea)
{
    struct fixture x;
    fixture_init(&x, true, true);
    feature_set(&x.f, FEAT_DoubleFault, true);
    x.sr[SR_SCR_EL3] |= SCR_NS | SCR_EA;
    x.s.el = 3;
    x.s.daif = 15;
    ck_assert_int_eq(route_async(&x.s, EXC_SERROR).outcome, ROUTE_MASKED);
    x.sr[SR_SCR_EL3] |= SCR_NMEA;
    ck_assert_int_eq(route_async(&x.s, EXC_SERROR).outcome, ROUTE_TAKEN);
    ck_assert_int_eq(route_async(&x.s, EXC_IRQ).outcome, ROUTE_NEVER);
}
END_TEST

static const struct {
    const char *what;
    uint64_t scr, hcr, mdcr;
    struct exc e;
    uint8_t target[4]; /* by EL; 9: no such state */
} sync_rows[] = {
    {"undefined", SCR_NS, 0, 0, {.ec = EC_UNKNOWN}, {1, 1, 2, 3}},
    {"undefined, TGE", SCR_NS, HCR_TGE, 0, {.ec = EC_UNKNOWN}, {2, 9, 2, 3}},
    {"undefined, TGE, Secure without EL2", 0, HCR_TGE, 0, {.ec = EC_UNKNOWN}, {1, 1, 9, 3}},
    {"undefined, TGE, Secure EL2", SCR_EEL2, HCR_TGE, 0, {.ec = EC_UNKNOWN}, {2, 9, 2, 3}},
    {"HVC", SCR_NS | SCR_HCE, 0, 0, {.ec = EC_HVC64, .min_el = 2}, {2, 2, 2, 3}},
    {"SMC", SCR_NS, 0, 0, {.ec = EC_SMC64, .min_el = 3}, {3, 3, 3, 3}},
    {"trap to EL1", SCR_NS, 0, 0, {.ec = EC_WFX, .min_el = 1}, {1, 1, 2, 3}},
    {"trap to EL1, TGE", SCR_NS, HCR_TGE, 0, {.ec = EC_WFX, .min_el = 1}, {2, 9, 2, 3}},
    {"stage 2 abort", SCR_NS, HCR_VM, 0, {.ec = EC_DATA_ABORT_LOWER, .stage2 = true}, {2, 2, 2, 3}},
    {"stage 1 abort", SCR_NS, HCR_VM, 0, {.ec = EC_DATA_ABORT_LOWER}, {1, 1, 2, 3}},
    {"external abort", SCR_NS, 0, 0, {.ec = EC_DATA_ABORT_LOWER, .external = true}, {1, 1, 2, 3}},
    {"external abort, TEA", SCR_NS, HCR_TEA, 0, {.ec = EC_DATA_ABORT_LOWER, .external = true}, {2, 2, 2, 3}},
    {"external abort, EA",
     SCR_NS | SCR_EA,
     HCR_TEA,
     0,
     {.ec = EC_DATA_ABORT_LOWER, .external = true},
     {3, 3, 3, 3}},
    {"ordinary abort, EA", SCR_NS | SCR_EA, HCR_TEA, 0, {.ec = EC_DATA_ABORT_LOWER}, {1, 1, 2, 3}},
    {"breakpoint", SCR_NS, 0, 0, {.ec = EC_BRK, .debug = true}, {1, 1, 2, 3}},
    {"breakpoint, TDE", SCR_NS, 0, MDCR_TDE, {.ec = EC_BRK, .debug = true}, {2, 2, 2, 3}},
    {"other, TDE", SCR_NS, 0, MDCR_TDE, {.ec = EC_UNKNOWN}, {1, 1, 2, 3}},
};

START_TEST(test_sync)
{
    struct fixture x;
    fixture_init(&x, true, true);
    x.sr[SR_SCR_EL3] |= sync_rows[_i].scr;
    x.sr[SR_HCR_EL2] |= sync_rows[_i].hcr;
    x.sr[SR_MDCR_EL2] = sync_rows[_i].mdcr;
    for (unsigned el = 0; el < 4; el++) {
        if (sync_rows[_i].target[el] == 9)
            continue;
        x.s.el = (uint8_t)el;
        struct route r = route_sync(&x.s, &sync_rows[_i].e);
        ck_assert_msg(r.outcome == ROUTE_TAKEN && r.el == sync_rows[_i].target[el], "%s at EL%u: EL%u (%s)",
                      sync_rows[_i].what, el, r.el, r.rule);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("route");
    TCase *t = tcase_create("D1.3");
    tcase_add_loop_test(t, test_physical, 0, 3);
    tcase_add_loop_test(t, test_virtual, 0, 3);
    tcase_add_test(t, test_nmea);
    tcase_add_loop_test(t, test_sync, 0, (int)(sizeof(sync_rows) / sizeof(sync_rows[0])));
    suite_add_tcase(s, t);
    return suite_run(s);
}
