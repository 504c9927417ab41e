/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The Generic Timer of one PE, Arm ARM D12. Registers live in the PE's sr[]; this file keeps one event per
 * timer, set for the very nanosecond at which the timer's condition changes, and one per event stream. It
 * relies on the event queue for time, and on the register table for the writable bits of control registers.
 */
#include "dev/timer.h"

#include <stdlib.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "base/log.h"
#include "sysregs/fields.h"

#define CTL_ENABLE BIT(0)
#define CTL_IMASK BIT(1)
#define CTL_ISTATUS BIT(2)

/* CNTHCTL_EL2 and CNTKCTL_EL1: positions are the same in both, whatever HCR_EL2.E2H says */
#define CNTCTL_EVNTEN BIT(2)
#define CNTCTL_EVNTDIR BIT(3)
#define CNTCTL_EVNTIS BIT(17)

enum view { VIEW_NONE, VIEW_CTL, VIEW_CVAL, VIEW_TVAL };

static const struct timer_desc {
    uint16_t ctl, cval; /* enum sysreg */
    uint8_t ppi;
    const char *name;
} descs[TIMER_COUNT] = {
    [TIMER_PHYS] = {SR_CNTP_CTL_EL0, SR_CNTP_CVAL_EL0, 30, "CNTP"},
    [TIMER_VIRT] = {SR_CNTV_CTL_EL0, SR_CNTV_CVAL_EL0, 27, "CNTV"},
    [TIMER_HYP_PHYS] = {SR_CNTHP_CTL_EL2, SR_CNTHP_CVAL_EL2, 26, "CNTHP"},
    [TIMER_HYP_VIRT] = {SR_CNTHV_CTL_EL2, SR_CNTHV_CVAL_EL2, 28, "CNTHV"},
    [TIMER_SEC_PHYS] = {SR_CNTPS_CTL_EL1, SR_CNTPS_CVAL_EL1, 29, "CNTPS"},
    [TIMER_SEC_HYP_PHYS] = {SR_CNTHPS_CTL_EL2, SR_CNTHPS_CVAL_EL2, 20, "CNTHPS"},
    [TIMER_SEC_HYP_VIRT] = {SR_CNTHVS_CTL_EL2, SR_CNTHVS_CVAL_EL2, 19, "CNTHVS"},
};

/* Which timer, and which of its views, a register row is. */
static const struct timer_row {
    uint8_t id, view;
} rows[SR_COUNT] = {
    [SR_CNTP_CTL_EL0] = {TIMER_PHYS, VIEW_CTL},
    [SR_CNTP_CVAL_EL0] = {TIMER_PHYS, VIEW_CVAL},
    [SR_CNTP_TVAL_EL0] = {TIMER_PHYS, VIEW_TVAL},
    [SR_CNTV_CTL_EL0] = {TIMER_VIRT, VIEW_CTL},
    [SR_CNTV_CVAL_EL0] = {TIMER_VIRT, VIEW_CVAL},
    [SR_CNTV_TVAL_EL0] = {TIMER_VIRT, VIEW_TVAL},
    [SR_CNTHP_CTL_EL2] = {TIMER_HYP_PHYS, VIEW_CTL},
    [SR_CNTHP_CVAL_EL2] = {TIMER_HYP_PHYS, VIEW_CVAL},
    [SR_CNTHP_TVAL_EL2] = {TIMER_HYP_PHYS, VIEW_TVAL},
    [SR_CNTHV_CTL_EL2] = {TIMER_HYP_VIRT, VIEW_CTL},
    [SR_CNTHV_CVAL_EL2] = {TIMER_HYP_VIRT, VIEW_CVAL},
    [SR_CNTHV_TVAL_EL2] = {TIMER_HYP_VIRT, VIEW_TVAL},
    [SR_CNTPS_CTL_EL1] = {TIMER_SEC_PHYS, VIEW_CTL},
    [SR_CNTPS_CVAL_EL1] = {TIMER_SEC_PHYS, VIEW_CVAL},
    [SR_CNTPS_TVAL_EL1] = {TIMER_SEC_PHYS, VIEW_TVAL},
    [SR_CNTHPS_CTL_EL2] = {TIMER_SEC_HYP_PHYS, VIEW_CTL},
    [SR_CNTHPS_CVAL_EL2] = {TIMER_SEC_HYP_PHYS, VIEW_CVAL},
    [SR_CNTHPS_TVAL_EL2] = {TIMER_SEC_HYP_PHYS, VIEW_TVAL},
    [SR_CNTHVS_CTL_EL2] = {TIMER_SEC_HYP_VIRT, VIEW_CTL},
    [SR_CNTHVS_CVAL_EL2] = {TIMER_SEC_HYP_VIRT, VIEW_CVAL},
    [SR_CNTHVS_TVAL_EL2] = {TIMER_SEC_HYP_VIRT, VIEW_TVAL},
};

/* One comparator: the event that waits for its condition to change, and the wire as last driven. */
struct comparator {
    struct timer *timer;
    struct event event;
    uint8_t id;
    bool level;
};

/* A generator of events for WFE. */
struct stream {
    struct timer *timer;
    struct event event;
    uint16_t control; /* enum sysreg: CNTKCTL_EL1 or CNTHCTL_EL2 */
};

struct timer {
    struct timer_config cfg;
    struct comparator comparator[TIMER_COUNT];
    struct stream streams[2];
    bool poff; /* CNTPOFF_EL2 is in use: derived */
};

unsigned timer_ppi(enum timer_id id)
{
    return descs[id].ppi;
}

static uint64_t ticks(uint64_t ns)
{
    return ns / TIMER_NS_PER_TICK;
}

uint64_t timer_count(const struct timer *t)
{
    uint64_t now = ticks(event_now(t->cfg.events)), *latest = t->cfg.latest;
    if (latest == NULL)
        return now;
    /* PEs run one after the other: this one's clock may be behind a count that another has read and passed on
     */
    if (*latest < now)
        *latest = now;
    return *latest;
}

/* CNTVOFF_EL2 as the virtual counter and timer use it outside a host. */
static uint64_t virtual_offset(const struct timer *t)
{
    return t->cfg.feat->has_el2 ? t->cfg.sr[SR_CNTVOFF_EL2] : 0;
}

/* Is Enhanced Counter Virtualization's physical offset enabled? (CNTHCTL_EL2.ECV) */
static bool poff_enabled(const struct timer *t)
{
    const struct features *f = t->cfg.feat;
    const uint64_t *sr = t->cfg.sr;
    return (sr[SR_CNTHCTL_EL2] & CNTHCTL_ECV) != 0 && has(f, FEAT_ECV) &&
           (!f->has_el3 || (sr[SR_SCR_EL3] & SCR_ECVEN) != 0) && el2_enabled(f, sr) &&
           !el_is_in_host(f, sr, 0);
}

/* D12.2.4: the Offset of a timer's CompareValue view. */
static uint64_t compare_offset(const struct timer *t, enum timer_id id)
{
    if (id == TIMER_VIRT)
        return virtual_offset(t);
    return id == TIMER_PHYS && t->poff ? t->cfg.sr[SR_CNTPOFF_EL2] : 0;
}

/* The offset of a direct access to CNTPCT_EL0 or CNTP_TVAL_EL0: only EL0 and EL1 see it. */
static uint64_t direct_physical_offset(const struct timer *t)
{
    return *t->cfg.el <= 1 && t->poff ? t->cfg.sr[SR_CNTPOFF_EL2] : 0;
}

/* Time of the tick `delta` after `count`, or never. */
static uint64_t tick_time(uint64_t count, uint64_t delta)
{
    uint64_t tick = count + delta;
    if (tick < count || tick > UINT64_MAX / TIMER_NS_PER_TICK)
        return EVENT_NEVER;
    return tick * TIMER_NS_PER_TICK;
}

static bool condition_met(const struct timer *t, enum timer_id id, uint64_t count)
{
    return count - compare_offset(t, id) >= t->cfg.sr[descs[id].cval];
}

/* Sets e for `when`, or not at all. Leaves it alone if it is set for that time. */
static void wait_until(struct timer *t, struct event *e, uint64_t when)
{
    if (when == EVENT_NEVER)
        event_cancel(t->cfg.events, e);
    else if (e->heap_index < 0 || e->when != when)
        event_schedule(t->cfg.events, e, when);
}

/* As the registers are called. */
static const char *const names[TIMER_COUNT] = {
    [TIMER_PHYS] = "CNTP",          [TIMER_VIRT] = "CNTV",      [TIMER_HYP_PHYS] = "CNTHP",
    [TIMER_HYP_VIRT] = "CNTHV",     [TIMER_SEC_PHYS] = "CNTPS", [TIMER_SEC_HYP_PHYS] = "CNTHPS",
    [TIMER_SEC_HYP_VIRT] = "CNTHVS"};

/* Drives the wire by the condition as of now_ns and waits for its next change. The counter (less the offset)
 * grows up to CVAL, then up to 2^64, where it starts again from 0. */
static void comparator_update(struct comparator *c, uint64_t now_ns)
{
    struct timer *t = c->timer;
    const uint64_t *sr = t->cfg.sr;
    uint64_t ctl = sr[descs[c->id].ctl];
    bool level = false;
    uint64_t when = EVENT_NEVER;

    if ((ctl & (CTL_ENABLE | CTL_IMASK)) == CTL_ENABLE) {
        uint64_t cval = sr[descs[c->id].cval];
        uint64_t count = ticks(now_ns);
        uint64_t value = count - compare_offset(t, c->id);
        level = value >= cval;
        if (!level)
            when = tick_time(count, cval - value);
        else if (cval != 0 && value != 0)
            when = tick_time(count, 0 - value);
    }
    wait_until(t, &c->event, when);
    if (level != c->level) {
        c->level = level;
        if (t->cfg.observe != NULL)
            t->cfg.observe(t->cfg.opaque, names[c->id], timer_ppi((enum timer_id)c->id), level);
        irq_set(&t->cfg.irq[c->id], level);
    }
}

static void comparator_event(void *opaque, uint64_t now)
{
    comparator_update(opaque, now);
}

/* D12.2.5 (Event streams): CNTKCTL_EL1 watches a bit of the virtual counter as EL1 sees it, CNTHCTL_EL2 one
 * of the physical. */
static void stream_update(struct stream *s, uint64_t now_ns)
{
    struct timer *t = s->timer;
    uint64_t control = t->cfg.sr[s->control];
    if ((control & CNTCTL_EVNTEN) == 0 || (s->control == SR_CNTHCTL_EL2 && !t->cfg.feat->has_el2)) {
        event_cancel(t->cfg.events, &s->event);
        return;
    }
    unsigned trigger = bits(control, 7, 4);
    if ((control & CNTCTL_EVNTIS) != 0 && has(t->cfg.feat, FEAT_ECV))
        trigger += 8;
    uint64_t count = ticks(now_ns);
    uint64_t value = s->control == SR_CNTKCTL_EL1 ? count - virtual_offset(t) : count;
    uint64_t period = BIT(trigger + 1);
    uint64_t phase = (control & CNTCTL_EVNTDIR) != 0 ? 0 : BIT(trigger);
    uint64_t delta = (phase - value) & (period - 1);
    wait_until(t, &s->event, tick_time(count, delta != 0 ? delta : period));
}

static void stream_event(void *opaque, uint64_t now)
{
    struct stream *s = opaque;
    if (s->timer->cfg.wfe_event != NULL)
        s->timer->cfg.wfe_event(s->timer->cfg.opaque);
    stream_update(s, now);
}

void timer_controls_changed(struct timer *t)
{
    uint64_t now = event_now(t->cfg.events);
    t->poff = poff_enabled(t);
    for (unsigned n = 0; n < TIMER_COUNT; n++)
        comparator_update(&t->comparator[n], now);
    for (unsigned n = 0; n < ARRAY_LEN(t->streams); n++)
        stream_update(&t->streams[n], now);
}

void timer_context_changed(struct timer *t)
{
    bool poff = poff_enabled(t);
    if (poff != t->poff) {
        t->poff = poff;
        comparator_update(&t->comparator[TIMER_PHYS], event_now(t->cfg.events));
    }
}

struct timer *timer_new(const struct timer_config *cfg)
{
    struct timer *t = xcalloc(1, sizeof(*t));
    t->cfg = *cfg;
    for (unsigned n = 0; n < TIMER_COUNT; n++) {
        t->comparator[n].timer = t;
        t->comparator[n].id = n;
        event_init(&t->comparator[n].event, descs[n].name, 0, comparator_event, &t->comparator[n]);
    }
    t->streams[0].control = SR_CNTKCTL_EL1;
    t->streams[1].control = SR_CNTHCTL_EL2;
    for (unsigned n = 0; n < ARRAY_LEN(t->streams); n++) {
        t->streams[n].timer = t;
        event_init(&t->streams[n].event, "event stream", 0, stream_event, &t->streams[n]);
    }
    return t;
}

void timer_visit(struct timer *t, visit_fn *fn, void *ctx)
{
    for (unsigned n = 0; n < TIMER_COUNT; n++)
        VISIT(fn, ctx, &t->comparator[n], level);
}

void timer_restored(struct timer *t)
{
    t->poff = poff_enabled(t);
}

void timer_events(struct timer *t, event_fn *fn, void *ctx)
{
    for (unsigned n = 0; n < TIMER_COUNT; n++)
        fn(ctx, &t->comparator[n].event);
    for (unsigned n = 0; n < ARRAY_LEN(t->streams); n++)
        fn(ctx, &t->streams[n].event);
}

void timer_free(struct timer *t)
{
    for (unsigned n = 0; n < TIMER_COUNT; n++)
        event_cancel(t->cfg.events, &t->comparator[n].event);
    for (unsigned n = 0; n < ARRAY_LEN(t->streams); n++)
        event_cancel(t->cfg.events, &t->streams[n].event);
    free(t);
}

/* CNTVCT_EL0: the host, at EL2 and at EL0, sees the physical count. */
static uint64_t virtual_count(const struct timer *t)
{
    uint64_t count = timer_count(t);
    bool host = *t->cfg.el != 1 && el_is_in_host(t->cfg.feat, t->cfg.sr, *t->cfg.el);
    return host ? count : count - virtual_offset(t);
}

/* What a TimerValue view counts by: the offset of the row reached, as the accessors of CNT*_TVAL have it. */
static uint64_t tval_base(const struct timer *t, enum timer_id id)
{
    uint64_t count = timer_count(t);
    if (id == TIMER_VIRT)
        return count - virtual_offset(t);
    return id == TIMER_PHYS ? count - direct_physical_offset(t) : count;
}

static uint64_t unit_read(void *opaque, enum sysreg reg)
{
    struct timer *t = opaque;
    const struct timer_row r = rows[reg];
    switch (r.view) {
    case VIEW_CTL: {
        uint64_t ctl = t->cfg.sr[reg] & (CTL_ENABLE | CTL_IMASK);
        if ((ctl & CTL_ENABLE) != 0 && condition_met(t, r.id, timer_count(t)))
            ctl |= CTL_ISTATUS;
        return ctl;
    }
    case VIEW_TVAL:
        return (t->cfg.sr[descs[r.id].cval] - tval_base(t, r.id)) & UINT32_MAX;
    default:
        break;
    }
    switch (reg) {
    case SR_CNTPCT_EL0:
    case SR_CNTPCTSS_EL0:
        return timer_count(t) - direct_physical_offset(t);
    case SR_CNTVCT_EL0:
    case SR_CNTVCTSS_EL0:
        return virtual_count(t);
    default:
        return t->cfg.sr[reg];
    }
}

static void unit_write(void *opaque, enum sysreg reg, uint64_t value)
{
    struct timer *t = opaque;
    const struct timer_row r = rows[reg];
    uint64_t *sr = t->cfg.sr;
    switch (r.view) {
    case VIEW_CTL:
        sr[reg] = value & (CTL_ENABLE | CTL_IMASK);
        break;
    case VIEW_CVAL:
        sr[reg] = value;
        break;
    case VIEW_TVAL:
        sr[descs[r.id].cval] = tval_base(t, r.id) + (uint64_t)sign_extend(value & UINT32_MAX, 32);
        break;
    default:
        value = sysreg_store_value(t->cfg.feat, sr, reg, value);
        if (value != sr[reg]) { /* world switches restore what is there */
            sr[reg] = value;
            timer_controls_changed(t);
        }
        return;
    }
    comparator_update(&t->comparator[r.id], event_now(t->cfg.events));
}

struct sysreg_unit timer_unit(struct timer *t)
{
    return (struct sysreg_unit){.read = unit_read, .write = unit_write, .opaque = t};
}
