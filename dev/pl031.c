/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The PrimeCell real-time clock PL031. Arm DDI 0224 chapter 3.
 *
 * The counter is never ticked: it is computed from simulated time when somebody looks, and the match
 * interrupt is an event.
 */
#include "dev/pl031.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/bits.h"
#include "base/log.h"

enum reg {
    RTCDR = 0x00,
    RTCMR = 0x04,
    RTCLR = 0x08,
    RTCCR = 0x0c,
    RTCIMSC = 0x10,
    RTCRIS = 0x14,
    RTCMIS = 0x18,
    RTCICR = 0x1c,
    PERIPH_ID0 = 0xfe0,
};

#define NS_PER_S UINT64_C(1000000000)

/* RTCPeriphID0-3 and RTCPCellID0-3. */
static const uint8_t id_bytes[8] = {0x31, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

struct pl031 {
    struct event_queue *events;
    struct irq_line irq;
    struct event match;
    uint64_t match_at; /* of the event, EVENT_NEVER while it is off: state */
    uint32_t base;     /* the counter at simulated time 0 */
    uint32_t mr, lr, imsc, ris;
};

static uint32_t counter(const struct pl031 *r)
{
    return r->base + (uint32_t)(event_now(r->events) / NS_PER_S);
}

static void update_irq(struct pl031 *r)
{
    irq_set(&r->irq, (r->ris & r->imsc) != 0);
}

static void matched(void *opaque, uint64_t now)
{
    struct pl031 *r = opaque;
    (void)now;
    r->match_at = EVENT_NEVER;
    r->ris = 1;
    update_irq(r);
}

/* Finds the next moment at which the counter becomes equal to RTCMR. A counter that is equal already matches
 * now. */
static void schedule_match(struct pl031 *r)
{
    uint64_t now = event_now(r->events);
    uint32_t wait = r->mr - counter(r);
    r->match_at = wait == 0 ? now : (now / NS_PER_S + wait) * NS_PER_S;
    event_schedule(r->events, &r->match, r->match_at);
}

static bool mmio_read(void *opaque, uint64_t offset, unsigned size, uint64_t *value)
{
    struct pl031 *r = opaque;
    uint64_t reg = offset & ~UINT64_C(3);
    uint32_t v = 0;
    if (reg >= PERIPH_ID0)
        v = id_bytes[(reg - PERIPH_ID0) / 4];
    else if (reg == RTCDR)
        v = counter(r);
    else if (reg == RTCMR)
        v = r->mr;
    else if (reg == RTCLR)
        v = r->lr;
    else if (reg == RTCCR)
        v = 1; /* always enabled, as on a part that came out of reset long ago */
    else if (reg == RTCIMSC)
        v = r->imsc;
    else if (reg == RTCRIS)
        v = r->ris;
    else if (reg == RTCMIS)
        v = r->ris & r->imsc;
    *value = (v >> (8 * (offset & 3))) & ones(8 * size);
    return true;
}

static bool mmio_write(void *opaque, uint64_t offset, unsigned size, uint64_t value)
{
    struct pl031 *r = opaque;
    uint32_t v = (uint32_t)(value & ones(8 * size));
    switch (offset) {
    case RTCMR:
        r->mr = v;
        schedule_match(r);
        break;
    case RTCLR:
        r->lr = v;
        r->base += v - counter(r);
        schedule_match(r);
        break;
    case RTCIMSC:
        r->imsc = v & 1;
        update_irq(r);
        break;
    case RTCICR:
        r->ris &= ~v;
        update_irq(r);
        break;
    default:
        /* RTCCR: clearing the enable has no effect, the rest is read-only. */
        break;
    }
    return true;
}

const struct mmio_ops pl031_ops = {.read = mmio_read, .write = mmio_write};

void pl031_reset(struct pl031 *r)
{
    event_cancel(r->events, &r->match);
    r->match_at = EVENT_NEVER;
    /* The clock itself runs on battery: the date survives. */
    r->mr = r->imsc = r->ris = 0;
    update_irq(r);
}

struct pl031 *pl031_create(struct event_queue *events, struct irq_line irq, int64_t base)
{
    struct pl031 *r = xcalloc(1, sizeof(*r));
    r->events = events;
    r->irq = irq;
    r->base = r->lr = (uint32_t)base;
    event_init(&r->match, "pl031 match", 0, matched, r);
    pl031_reset(r);
    return r;
}

void pl031_destroy(struct pl031 *r)
{
    event_cancel(r->events, &r->match);
    free(r);
}

void pl031_visit(struct pl031 *r, visit_fn *fn, void *ctx)
{
    VISIT(fn, ctx, r, match_at);
    VISIT(fn, ctx, r, base);
    VISIT(fn, ctx, r, mr);
    VISIT(fn, ctx, r, lr);
    VISIT(fn, ctx, r, imsc);
    VISIT(fn, ctx, r, ris);
}

void pl031_events(struct pl031 *r, event_fn *fn, void *ctx)
{
    fn(ctx, &r->match);
}
