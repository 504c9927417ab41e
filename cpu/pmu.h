/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The Performance Monitors of one PE (PMUv3): event counters, the cycle counter, their filters and the
 * overflow interrupt. Arm ARM D13 and D14.
 *
 * Counters have no life of their own: what instructions and cycles make of them is worked out from the PE's
 * instruction count when somebody looks or what counts changes (an Exception level, a register), and an event
 * of the machine's queue is set for the next overflow. One instruction takes one cycle; a PE that sleeps has
 * none. Exceptions and exception returns are counted where they are taken (cpu/exception.c, behind
 * cpu->pmu_counting). Branches, writes to registers and TLB refills are seen one instruction at a time: while
 * a counter counts one of those, ATT_PMU is set and the run loop calls pmu_observe().
 *
 * An exception counts for the Exception level that it is taken from, its return likewise.
 */
#ifndef EL2SIM_CPU_PMU_H
#define EL2SIM_CPU_PMU_H

#include <stdbool.h>
#include <stdint.h>

#include "base/event.h"
#include "base/irq.h"
#include "base/visit.h"
#include "cpu/exception.h"
#include "sysregs/sysreg.h"

struct cpu;
struct pmu;

/* The overflow interrupt's INTID: PPI 7 of the virt board. */
enum { PMU_INTID = 23, PMU_CYCLE_COUNTER = 31 };

struct pmu_config {
    struct cpu *cpu; /* gets cpu->pmu and cpu->units[UNIT_PMU] */
    struct event_queue *events;
    struct irq_line irq; /* the overflow interrupt: level-sensitive */
};

struct pmu *pmu_new(const struct pmu_config *cfg);
void pmu_free(struct pmu *p);

/* ---- verdicts: pure ---- */

/* The state that decides whether a counter counts: nothing else. */
struct pmu_state {
    const struct features *feat;
    const uint64_t *sr;
    uint8_t el;
};
struct pmu_verdict {
    bool counts;
    const char *rule; /* static text */
};
/* CountPMUEvents(): does event counter n (or PMU_CYCLE_COUNTER) count its event? */
struct pmu_verdict pmu_counts(const struct pmu_state *s, unsigned n);
/* CheckForPMUOverflow(): is the overflow interrupt asserted? */
bool pmu_overflow_interrupt(const struct pmu_state *s);

/* ---- what the PE tells its PMU; each may be called where cpu->pmu is NULL ---- */

/* sr[] was reset, or controls were written behind the PMU's back: counters go on from here. */
void pmu_restart(struct cpu *c);
/* The controls in MDCR_EL2, MDCR_EL3 changed. */
void pmu_controls_changed(struct cpu *c);
/* What of the PMU isn't in sr[]: after pmu_sync(). A visitor that writes also puts the PMU's event in the
 * queue to where it was, and calls pmu_restored(). */
void pmu_visit(struct cpu *c, visit_fn *fn, void *ctx);
void pmu_restored(struct cpu *c);
/* fn is told of the PMU's event. */
void pmu_events(struct cpu *c, event_fn *fn, void *ctx);
/* Brings the counters in sr[] up to the present instruction. */
void pmu_sync(struct cpu *c);
/* Instructions attempted and not completed, of those that it heard of: while cpu->pmu_counting. */
uint64_t pmu_aborted(const struct cpu *c);
/* The PE runs (again): the next overflow is waited for. */
void pmu_resume(struct cpu *c);

/* While cpu->pmu_counting: an exception was taken from EL `from`; e: a synchronous one, or NULL. */
void pmu_exception(struct cpu *c, unsigned from, enum exc_kind kind, const struct exc *e);
/* ... an exception return was executed. */
void pmu_exception_return(struct cpu *c);
/* While ATT_PMU is set: executes one instruction and counts what it was. */
void pmu_observe(struct cpu *c);

#endif
