/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The event queue: an intrusive binary heap ordered by (when, priority, sequence). See event.h.
 */
#include "base/event.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/log.h"

static uint64_t no_clock(void *clock)
{
    (void)clock;
    return 0;
}

static void no_reschedule(void *clock, uint64_t earliest)
{
    (void)clock;
    (void)earliest;
}

void event_queue_init(struct event_queue *q)
{
    *q = (struct event_queue){.now = no_clock, .rescheduled = no_reschedule};
}

void event_queue_destroy(struct event_queue *q)
{
    free(q->heap);
    q->heap = NULL;
    q->count = q->capacity = 0;
}

void event_init(struct event *e, const char *name, int priority, void (*fn)(void *, uint64_t), void *opaque)
{
    *e = (struct event){.heap_index = -1, .priority = priority, .fn = fn, .opaque = opaque, .name = name};
}

static bool before(const struct event *a, const struct event *b)
{
    if (a->when != b->when)
        return a->when < b->when;
    if (a->priority != b->priority)
        return a->priority < b->priority;
    return a->seq < b->seq;
}

static void place(struct event_queue *q, int slot, struct event *e)
{
    q->heap[slot] = e;
    e->heap_index = slot;
}

static void sift_up(struct event_queue *q, int slot, struct event *e)
{
    while (slot > 0 && before(e, q->heap[(slot - 1) / 2])) {
        place(q, slot, q->heap[(slot - 1) / 2]);
        slot = (slot - 1) / 2;
    }
    place(q, slot, e);
}

static void sift_down(struct event_queue *q, int slot, struct event *e)
{
    for (;;) {
        int child = 2 * slot + 1;
        if (child >= q->count)
            break;
        if (child + 1 < q->count && before(q->heap[child + 1], q->heap[child]))
            child++;
        if (!before(q->heap[child], e))
            break;
        place(q, slot, q->heap[child]);
        slot = child;
    }
    place(q, slot, e);
}

void event_cancel(struct event_queue *q, struct event *e)
{
    int slot = e->heap_index;
    if (slot < 0)
        return;
    e->heap_index = -1;
    struct event *last = q->heap[--q->count];
    if (last == e)
        return;
    if (slot > 0 && before(last, q->heap[(slot - 1) / 2]))
        sift_up(q, slot, last);
    else
        sift_down(q, slot, last);
}

void event_schedule(struct event_queue *q, struct event *e, uint64_t when)
{
    event_cancel(q, e);
    if (q->count == q->capacity) {
        q->capacity = q->capacity ? 2 * q->capacity : 64;
        q->heap = xrealloc(q->heap, (unsigned long)q->capacity * sizeof(q->heap[0]));
    }
    e->when = when;
    e->seq = q->next_seq++;
    sift_up(q, q->count++, e);
    if (q->heap[0] == e)
        q->rescheduled(q->clock, when);
}

uint64_t event_next(const struct event_queue *q)
{
    return q->count ? q->heap[0]->when : EVENT_NEVER;
}

void event_run_due(struct event_queue *q, uint64_t now)
{
    while (q->count && q->heap[0]->when <= now) {
        struct event *e = q->heap[0];
        event_cancel(q, e);
        e->fn(e->opaque, now);
    }
}
