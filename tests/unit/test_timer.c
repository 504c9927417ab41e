/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The Generic Timer against Arm ARM D12: views, conditions to the nanosecond, offsets by EL and E2H/TGE,
 * status bits, 64-bit arithmetic, event streams. The clock is a number; one tick is 16 ns (62.5 MHz).
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "dev/timer.h"
#include "sysregs/fields.h"
#include "tests/unit/run.h"

struct fixture {
    struct event_queue events;
    struct features feat;
    uint64_t now;
    uint64_t sr[SR_COUNT];
    uint8_t el;
    int level[TIMER_COUNT];
    unsigned wfe_events;
    struct timer *t;
    struct sysreg_unit unit;
};

static uint64_t clock_now(void *clock)
{
    return ((struct fixture *)clock)->now;
}

static void rescheduled(void *clock, uint64_t earliest)
{
    (void)clock;
    (void)earliest;
}

static void set_level(void *opaque, int n, int level)
{
    struct fixture *f = opaque;
    ck_assert_int_ne(f->level[n], level); /* told of changes only */
    f->level[n] = level;
}

static void wfe_event(void *opaque)
{
    ((struct fixture *)opaque)->wfe_events++;
}

static struct fixture *fixture(const char *cpu)
{
    struct fixture *f = calloc(1, sizeof(*f));
    event_queue_init(&f->events);
    f->events.now = clock_now;
    f->events.rescheduled = rescheduled;
    f->events.clock = f;
    f->feat.has_el2 = true;
    ck_assert_ptr_null(features_parse(&f->feat, cpu));
    f->el = 1;
    struct timer_config cfg = {.events = &f->events,
                               .sr = f->sr,
                               .el = &f->el,
                               .feat = &f->feat,
                               .wfe_event = wfe_event,
                               .opaque = f};
    for (int n = 0; n < TIMER_COUNT; n++)
        cfg.irq[n] = (struct irq_line){.fn = set_level, .opaque = f, .n = n};
    f->t = timer_new(&cfg);
    f->unit = timer_unit(f->t);
    return f;
}

static void fixture_free(struct fixture *f)
{
    timer_free(f->t);
    ck_assert_int_eq(f->events.count, 0);
    event_queue_destroy(&f->events);
    free(f);
}

/* Lets time pass, event by event, as the run loop does. */
static void advance(struct fixture *f, uint64_t to)
{
    while (event_next(&f->events) <= to) {
        if (f->now < event_next(&f->events))
            f->now = event_next(&f->events);
        event_run_due(&f->events, f->now);
    }
    f->now = to;
}

static uint64_t rd(struct fixture *f, enum sysreg reg)
{
    return f->unit.read(f->unit.opaque, reg);
}

static void wr(struct fixture *f, enum sysreg reg, uint64_t value)
{
    f->unit.write(f->unit.opaque, reg, value);
}

START_TEST(counter)
{
    struct fixture *f = fixture("max");
    f->now = 15;
    ck_assert_uint_eq(rd(f, SR_CNTPCT_EL0), 0);
    f->now = 16;
    ck_assert_uint_eq(rd(f, SR_CNTPCT_EL0), 1);
    f->now = UINT64_C(1000000000);
    ck_assert_uint_eq(rd(f, SR_CNTPCT_EL0), TIMER_FREQUENCY);
    ck_assert_uint_eq(timer_count(f->t), TIMER_FREQUENCY);
    static const uint8_t ppis[TIMER_COUNT] = {30, 27, 26, 28, 29, 20, 19};
    for (unsigned n = 0; n < TIMER_COUNT; n++)
        ck_assert_uint_eq(timer_ppi(n), ppis[n]);
    fixture_free(f);
}
END_TEST

/* CNTVCT_EL0: less CNTVOFF_EL2, except for the host (D12.2.1.2 and the register's accessor). */
START_TEST(virtual_offset)
{
    static const struct {
        unsigned el;
        uint64_t hcr;
        bool offset;
    } rows[] = {
        {0, 0, true},
        {1, 0, true},
        {2, 0, true},
        {0, HCR_E2H, true},
        {1, HCR_E2H, true},
        {2, HCR_E2H, false},
        {0, HCR_TGE, true},
        {2, HCR_TGE, true},
        {0, HCR_E2H | HCR_TGE, false},
        {2, HCR_E2H | HCR_TGE, false},
    };
    struct fixture *f = fixture("max");
    f->now = 16000;
    wr(f, SR_CNTVOFF_EL2, 100);
    for (size_t n = 0; n < sizeof(rows) / sizeof(rows[0]); n++) {
        f->el = rows[n].el;
        f->sr[SR_HCR_EL2] = rows[n].hcr;
        ck_assert_uint_eq(rd(f, SR_CNTVCT_EL0), rows[n].offset ? 900 : 1000);
        ck_assert_uint_eq(rd(f, SR_CNTVCTSS_EL0), rows[n].offset ? 900 : 1000);
        ck_assert_uint_eq(rd(f, SR_CNTPCT_EL0), 1000);
    }
    /* The EL1 virtual timer always counts with the offset, even while the host runs. */
    f->el = 2;
    wr(f, SR_CNTV_CVAL_EL0, 950);
    wr(f, SR_CNTV_CTL_EL0, 1);
    ck_assert_int_eq(f->level[TIMER_VIRT], 0);
    ck_assert_uint_eq(rd(f, SR_CNTV_TVAL_EL0), 50);
    advance(f, 16 * 1050 - 1);
    ck_assert_int_eq(f->level[TIMER_VIRT], 0);
    advance(f, 16 * 1050);
    ck_assert_int_eq(f->level[TIMER_VIRT], 1);
    wr(f, SR_CNTVOFF_EL2, 101); /* one tick back */
    ck_assert_int_eq(f->level[TIMER_VIRT], 0);
    advance(f, 16 * 1051);
    ck_assert_int_eq(f->level[TIMER_VIRT], 1);
    /* without EL2 there is no offset */
    f->feat.has_el2 = false;
    f->el = 1;
    f->sr[SR_HCR_EL2] = 0;
    ck_assert_uint_eq(rd(f, SR_CNTVCT_EL0), 1051);
    fixture_free(f);
}
END_TEST

/* D12.2.4: CompareValue and TimerValue views, CTL, the level of the wire; for every timer. */
START_TEST(views)
{
    static const enum sysreg regs[TIMER_COUNT][3] = {
        {SR_CNTP_CTL_EL0, SR_CNTP_CVAL_EL0, SR_CNTP_TVAL_EL0},
        {SR_CNTV_CTL_EL0, SR_CNTV_CVAL_EL0, SR_CNTV_TVAL_EL0},
        {SR_CNTHP_CTL_EL2, SR_CNTHP_CVAL_EL2, SR_CNTHP_TVAL_EL2},
        {SR_CNTHV_CTL_EL2, SR_CNTHV_CVAL_EL2, SR_CNTHV_TVAL_EL2},
        {SR_CNTPS_CTL_EL1, SR_CNTPS_CVAL_EL1, SR_CNTPS_TVAL_EL1},
        {SR_CNTHPS_CTL_EL2, SR_CNTHPS_CVAL_EL2, SR_CNTHPS_TVAL_EL2},
        {SR_CNTHVS_CTL_EL2, SR_CNTHVS_CVAL_EL2, SR_CNTHVS_TVAL_EL2},
    };
    struct fixture *f = fixture("max");
    const enum sysreg ctl = regs[_i][0], cval = regs[_i][1], tval = regs[_i][2];
    const int *level = &f->level[_i];
    f->now = 1605; /* tick 100, 5 ns later */
    wr(f, tval, 50);
    ck_assert_uint_eq(rd(f, cval), 150);
    ck_assert_uint_eq(rd(f, tval), 50);
    ck_assert_uint_eq(rd(f, ctl), 0);
    wr(f, ctl, 1);
    ck_assert_uint_eq(event_next(&f->events), 2400);
    advance(f, 2399);
    ck_assert_int_eq(*level, 0);
    ck_assert_uint_eq(rd(f, ctl), 1);
    advance(f, 2400);
    ck_assert_int_eq(*level, 1);
    ck_assert_uint_eq(rd(f, ctl), 5); /* ISTATUS */
    wr(f, ctl, 3);                    /* IMASK */
    ck_assert_int_eq(*level, 0);
    ck_assert_uint_eq(rd(f, ctl), 7);
    wr(f, ctl, 1);
    ck_assert_int_eq(*level, 1);
    f->now = 3200;
    ck_assert_uint_eq(rd(f, tval), 0xffffffce); /* -50: 32 bits */
    wr(f, tval, 0xffffffff);                    /* one tick ago */
    ck_assert_uint_eq(rd(f, cval), 199);
    ck_assert_int_eq(*level, 1);
    wr(f, tval, 0x80000000); /* the lowest: CVAL is modulo 2^64, so far in the future */
    ck_assert_uint_eq(rd(f, cval), (uint64_t)200 - UINT64_C(0x80000000));
    ck_assert_int_eq(*level, 0);
    ck_assert_uint_eq(event_next(&f->events), EVENT_NEVER);
    wr(f, cval, 0);
    ck_assert_int_eq(*level, 1);
    wr(f, ctl, 0);
    ck_assert_int_eq(*level, 0);
    ck_assert_uint_eq(rd(f, ctl), 0);
    wr(f, cval, UINT64_MAX);
    wr(f, ctl, 1);
    ck_assert_int_eq(*level, 0);
    ck_assert_uint_eq(event_next(&f->events), EVENT_NEVER);
    /* the last tick whose time can be expressed in ns */
    wr(f, cval, (UINT64_MAX >> 4));
    ck_assert_uint_eq(event_next(&f->events), (UINT64_MAX >> 4) << 4);
    wr(f, cval, (UINT64_MAX >> 4) + 1);
    ck_assert_uint_eq(event_next(&f->events), EVENT_NEVER);
    wr(f, ctl, UINT64_MAX); /* RES0 and read-only bits */
    ck_assert_uint_eq(rd(f, ctl), 3);
    fixture_free(f);
}
END_TEST

/* A masked timer needs no event: its status is computed when somebody looks. */
START_TEST(masked_is_idle)
{
    struct fixture *f = fixture("max");
    wr(f, SR_CNTP_CVAL_EL0, 10);
    wr(f, SR_CNTP_CTL_EL0, 3);
    ck_assert_uint_eq(event_next(&f->events), EVENT_NEVER);
    f->now = 160;
    ck_assert_uint_eq(rd(f, SR_CNTP_CTL_EL0), 7);
    fixture_free(f);
}
END_TEST

/* A virtual count "before" zero is a very large one, which ends where the counter passes the offset. */
START_TEST(wrap)
{
    struct fixture *f = fixture("max");
    wr(f, SR_CNTVOFF_EL2, 10);
    wr(f, SR_CNTV_CVAL_EL0, 5);
    wr(f, SR_CNTV_CTL_EL0, 1);
    ck_assert_int_eq(f->level[TIMER_VIRT], 1);
    advance(f, 159);
    ck_assert_int_eq(f->level[TIMER_VIRT], 1);
    advance(f, 160); /* virtual count 0 */
    ck_assert_int_eq(f->level[TIMER_VIRT], 0);
    advance(f, 239);
    ck_assert_int_eq(f->level[TIMER_VIRT], 0);
    advance(f, 240);
    ck_assert_int_eq(f->level[TIMER_VIRT], 1);
    fixture_free(f);
}
END_TEST

/* CNTPOFF_EL2 (FEAT_ECV): CNTHCTL_EL2.ECV, SCR_EL3.ECVEn, not for the host. */
START_TEST(physical_offset)
{
    struct fixture *f = fixture("max");
    const uint64_t ecv = BIT(12);
    f->now = 16 * 1000;
    wr(f, SR_CNTPOFF_EL2, 300);
    wr(f, SR_CNTP_CVAL_EL0, 800);
    wr(f, SR_CNTP_CTL_EL0, 1);
    ck_assert_int_eq(f->level[TIMER_PHYS], 1);
    ck_assert_uint_eq(rd(f, SR_CNTPCT_EL0), 1000);
    wr(f, SR_CNTHCTL_EL2, ecv);
    ck_assert_uint_eq(rd(f, SR_CNTPCT_EL0), 700);
    ck_assert_uint_eq(rd(f, SR_CNTPCTSS_EL0), 700);
    ck_assert_uint_eq(rd(f, SR_CNTP_TVAL_EL0), 100);
    ck_assert_int_eq(f->level[TIMER_PHYS], 0);
    ck_assert_uint_eq(event_next(&f->events), 16 * 1100);
    f->el = 2; /* EL2 sees the real count, the timer keeps its offset */
    ck_assert_uint_eq(rd(f, SR_CNTPCT_EL0), 1000);
    ck_assert_uint_eq(rd(f, SR_CNTP_CTL_EL0), 1);
    /* {E2H,TGE} = {1,1} turns it off, and back */
    f->sr[SR_HCR_EL2] = HCR_E2H | HCR_TGE;
    timer_context_changed(f->t);
    ck_assert_int_eq(f->level[TIMER_PHYS], 1);
    f->sr[SR_HCR_EL2] = HCR_E2H;
    timer_context_changed(f->t);
    ck_assert_int_eq(f->level[TIMER_PHYS], 0);
    /* SCR_EL3.ECVEn where EL3 exists */
    f->feat.has_el3 = true;
    f->sr[SR_SCR_EL3] = SCR_NS;
    timer_context_changed(f->t);
    ck_assert_int_eq(f->level[TIMER_PHYS], 1);
    f->sr[SR_SCR_EL3] = SCR_NS | SCR_ECVEN;
    timer_context_changed(f->t);
    ck_assert_int_eq(f->level[TIMER_PHYS], 0);
    fixture_free(f);
}
END_TEST

/* D12.2.5: an event at each transition of the selected bit, in the selected direction. */
START_TEST(event_streams)
{
    struct fixture *f = fixture(_i == 1 ? "max" : "max,ECV=off");
    const uint64_t evnten = BIT(2), evntdir = BIT(3);
    wr(f, SR_CNTHCTL_EL2, evnten | 4 << 4); /* bit 4 of the physical count, 0 to 1: ticks 16, 48, 80 ... */
    advance(f, 16 * 16 - 1);
    ck_assert_uint_eq(f->wfe_events, 0);
    advance(f, 16 * 16);
    ck_assert_uint_eq(f->wfe_events, 1);
    advance(f, 16 * 48 - 1);
    ck_assert_uint_eq(f->wfe_events, 1);
    advance(f, 16 * 80);
    ck_assert_uint_eq(f->wfe_events, 3);
    wr(f, SR_CNTHCTL_EL2, evnten | evntdir | 4 << 4); /* 1 to 0: ticks 96, 128 ... */
    ck_assert_uint_eq(event_next(&f->events), 16 * 96);
    wr(f, SR_CNTHCTL_EL2, 0);
    ck_assert_uint_eq(event_next(&f->events), EVENT_NEVER);
    wr(f, SR_CNTVOFF_EL2, 3);
    wr(f, SR_CNTKCTL_EL1,
       evnten | 1 << 4); /* bit 1 of the virtual count: 77 = 0b1001101 now, 78 at tick 81 */
    ck_assert_uint_eq(event_next(&f->events), 16 * 81);
    wr(f, SR_CNTKCTL_EL1,
       BIT(17) | evnten | 1 << 4); /* EVNTIS, with FEAT_ECV: bit 9, virtual 512 is tick 515 */
    ck_assert_uint_eq(event_next(&f->events), _i == 1 ? 16 * 515 : 16 * 81);
    f->sr[SR_CNTKCTL_EL1] = 0;
    timer_controls_changed(f->t);
    ck_assert_uint_eq(event_next(&f->events), EVENT_NEVER);
    fixture_free(f);
}
END_TEST

/* Any register, any value, any time: the wires are always what a fresh evaluation says, and time never stands
 * still. */
START_TEST(random_writes)
{
    static const enum sysreg regs[] = {
        SR_CNTKCTL_EL1,    SR_CNTVOFF_EL2,    SR_CNTPOFF_EL2,    SR_CNTHCTL_EL2,   SR_CNTP_CTL_EL0,
        SR_CNTP_CVAL_EL0,  SR_CNTP_TVAL_EL0,  SR_CNTV_CTL_EL0,   SR_CNTV_CVAL_EL0, SR_CNTV_TVAL_EL0,
        SR_CNTHP_CTL_EL2,  SR_CNTHP_CVAL_EL2, SR_CNTHP_TVAL_EL2, SR_CNTHV_CTL_EL2, SR_CNTHV_CVAL_EL2,
        SR_CNTHV_TVAL_EL2, SR_CNTPCT_EL0,     SR_CNTVCT_EL0,
    };
    struct fixture *f = fixture("max");
    uint64_t seed = 1;
    for (unsigned n = 0; n < 200000; n++) {
        seed ^= seed >> 12;
        seed ^= seed << 25;
        seed ^= seed >> 27;
        uint64_t r = seed * UINT64_C(0x2545f4914f6cdd1d);
        enum sysreg reg = regs[r % (sizeof(regs) / sizeof(regs[0]))];
        uint64_t v = (r >> 8) % 3 == 0 ? r : (r >> 12) % 5000;
        f->el = (r >> 50) % 3;
        rd(f, reg);
        if (reg != SR_CNTPCT_EL0 && reg != SR_CNTVCT_EL0)
            wr(f, reg, v);
        advance(f, f->now + (r >> 30) % 3000);
        for (unsigned id = 0; id < 2; id++) {
            uint64_t count = f->now / 16, off = id == TIMER_VIRT ? f->sr[SR_CNTVOFF_EL2] : 0;
            if (id == TIMER_PHYS && (f->sr[SR_CNTHCTL_EL2] & BIT(12)) != 0)
                off = f->sr[SR_CNTPOFF_EL2];
            uint64_t ctl = f->sr[id == TIMER_VIRT ? SR_CNTV_CTL_EL0 : SR_CNTP_CTL_EL0];
            uint64_t cval = f->sr[id == TIMER_VIRT ? SR_CNTV_CVAL_EL0 : SR_CNTP_CVAL_EL0];
            ck_assert_int_eq(f->level[id], (ctl & 3) == 1 && count - off >= cval);
        }
    }
    fixture_free(f);
}
END_TEST

/* D12.1: what one PE has read, no other reads less afterwards, though its own clock may be behind. */
START_TEST(counter_is_monotonic_across_pes)
{
    struct fixture *f = fixture("max");
    uint64_t latest = 0;
    const struct timer_config cfg = {
        .events = &f->events, .sr = f->sr, .el = &f->el, .feat = &f->feat, .latest = &latest};
    struct timer *first = timer_new(&cfg), *second = timer_new(&cfg);
    f->now = 16 * 500;
    ck_assert_uint_eq(timer_count(first), 500);
    f->now = 16 * 300; /* the next PE's turn begins where the first one's began */
    ck_assert_uint_eq(timer_count(second), 500);
    f->now = 16 * 501;
    ck_assert_uint_eq(timer_count(second), 501);
    ck_assert_uint_eq(timer_count(first), 501);
    timer_free(first);
    timer_free(second);
    fixture_free(f);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("timer");
    TCase *t = tcase_create("timer");
    tcase_add_test(t, counter);
    tcase_add_test(t, virtual_offset);
    tcase_add_loop_test(t, views, 0, TIMER_COUNT);
    tcase_add_test(t, masked_is_idle);
    tcase_add_test(t, wrap);
    tcase_add_test(t, physical_offset);
    tcase_add_loop_test(t, event_streams, 0, 2);
    tcase_add_test(t, random_writes);
    tcase_add_test(t, counter_is_monotonic_across_pes);
    suite_add_tcase(s, t);
    return suite_run(s);
}
