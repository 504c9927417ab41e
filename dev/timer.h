/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The Generic Timer of one PE: system counter, physical, virtual, hypervisor and secure timers, event
 * streams. Arm ARM D12 (The Generic Timer in AArch64 state). The counter runs at 62.5 MHz of simulated time:
 * one tick is exactly 16 ns.
 */
#ifndef EL2SIM_DEV_TIMER_H
#define EL2SIM_DEV_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/event.h"
#include "base/irq.h"
#include "base/visit.h"
#include "sysregs/features.h"
#include "sysregs/sysreg.h"

#define TIMER_FREQUENCY UINT64_C(62500000) /* Hz: the value for CNTFRQ_EL0 */
#define TIMER_NS_PER_TICK 16

enum timer_id {
    TIMER_PHYS,         /* CNTP: EL1 physical timer, PPI 30 */
    TIMER_VIRT,         /* CNTV: EL1 virtual timer, PPI 27 */
    TIMER_HYP_PHYS,     /* CNTHP: Non-secure EL2 physical timer, PPI 26 */
    TIMER_HYP_VIRT,     /* CNTHV: Non-secure EL2 virtual timer (FEAT_VHE), PPI 28 */
    TIMER_SEC_PHYS,     /* CNTPS: Secure physical timer (EL3), PPI 29 */
    TIMER_SEC_HYP_PHYS, /* CNTHPS: Secure EL2 physical timer (FEAT_SEL2), PPI 20 */
    TIMER_SEC_HYP_VIRT, /* CNTHVS: Secure EL2 virtual timer (FEAT_SEL2), PPI 19 */
    TIMER_COUNT
};

struct timer_config {
    unsigned cpu; /* index, for names of events */
    struct event_queue *events;
    uint64_t *sr; /* the PE's registers: CNT*_CTL, _CVAL and controls are kept there */
    const uint8_t *el;
    const struct features *feat;
    struct irq_line irq[TIMER_COUNT]; /* e.g. gic_ppi(g, cpu, timer_ppi(id)) */
    /* The latest count that any PE of the machine has read, shared by them all, or NULL: the system counter
     * must not go back for whoever follows from one PE to the next (D12.1). Comparators keep to the PE's own
     * clock. */
    uint64_t *latest;
    /* For traces: a timer's output changed, "CNTV"; NULL: nobody wants to know. */
    void (*observe)(void *opaque, const char *name, unsigned intid, bool level);
    void (*wfe_event)(void *opaque); /* an event of the event stream: set the PE's event register */
    void *opaque;
};

struct timer;

/* INTID of a timer's private interrupt. */
unsigned timer_ppi(enum timer_id id);
/* (Not timer_create(): POSIX has one.) */
struct timer *timer_new(const struct timer_config *cfg);
void timer_free(struct timer *t);
/* Registers of UNIT_TIMER: all CNT* registers but CNTFRQ_EL0. */
struct sysreg_unit timer_unit(struct timer *t);
/* After sr[] was reset or written behind the timer's back: recomputes everything. */
void timer_controls_changed(struct timer *t);
/* After a write to HCR_EL2 or SCR_EL3, which turn CNTPOFF_EL2 on and off (FEAT_ECV). Cheap where nothing
 * changes. */
void timer_context_changed(struct timer *t);
/* What isn't in sr[]: the wires as last driven. A visitor that writes also puts the events in the queue to
 * where they were, and calls timer_restored(). */
void timer_visit(struct timer *t, visit_fn *fn, void *ctx);
void timer_restored(struct timer *t);
void timer_events(struct timer *t, event_fn *fn, void *ctx);
/* PhysicalCountInt(): the system counter now, in ticks. */
uint64_t timer_count(const struct timer *t);

#endif
