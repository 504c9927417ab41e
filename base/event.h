/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The event queue: things that happen at a given simulated time. Devices only ever schedule; the run
 * loop takes the time of the earliest event as the CPU's budget. Ties are broken by priority, then by the
 * order of scheduling, so that a run never depends on the host.
 */
#ifndef EL2SIM_BASE_EVENT_H
#define EL2SIM_BASE_EVENT_H

#include <stdint.h>

#define EVENT_NEVER UINT64_MAX

struct event {
    uint64_t when; /* nanoseconds of simulated time */
    uint64_t seq;
    int priority;   /* lower runs first at the same time */
    int heap_index; /* -1 while not scheduled */
    void (*fn)(void *opaque, uint64_t now);
    void *opaque;
    const char *name;
};

struct event_queue {
    struct event **heap;
    int count, capacity;
    uint64_t next_seq;
    /* The present simulated time in ns, exact to the instruction under execution. */
    uint64_t (*now)(void *clock);
    /* Told when the earliest event changes, so that the running CPU can shorten its budget. */
    void (*rescheduled)(void *clock, uint64_t earliest);
    void *clock;
};

/* Told of each event of an object, scheduled or not, always in the same order: for snapshots. */
typedef void event_fn(void *ctx, struct event *e);

void event_queue_init(struct event_queue *q);
void event_queue_destroy(struct event_queue *q);
void event_init(struct event *e, const char *name, int priority, void (*fn)(void *, uint64_t), void *opaque);
/* (Re)schedules e at absolute time `when`; a time in the past fires at the next event boundary. */
void event_schedule(struct event_queue *q, struct event *e, uint64_t when);
void event_cancel(struct event_queue *q, struct event *e);
/* Time of the earliest event, EVENT_NEVER if there is none. */
uint64_t event_next(const struct event_queue *q);
/* Runs, in order, every event with when <= now. */
void event_run_due(struct event_queue *q, uint64_t now);
static inline uint64_t event_now(const struct event_queue *q)
{
    return q->now(q->clock);
}

#endif
