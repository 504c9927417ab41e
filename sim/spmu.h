/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The System PMU (FEAT_SPMU): one set of counters for the whole machine, which every PE reaches by system
 * registers. Arm ARM D15.
 *
 * It counts what concerns all PEs, so that a hypervisor's cost to the others shows: see enum spmu_event,
 * which are the values of SPMEVTYPER<n>_EL0. Its interrupt isn't wired: the virt board has no line for it.
 */
#ifndef EL2SIM_SIM_SPMU_H
#define EL2SIM_SIM_SPMU_H

#include <stdint.h>

#include "base/visit.h"
#include "sysregs/sysreg.h"

struct cpu;

enum { SPMU_COUNTERS = 6 };

enum spmu_event {
    SPMU_NOTHING,
    SPMU_INSNS,    /* instructions of all PEs */
    SPMU_TLBI,     /* TLB maintenance broadcast to all PEs */
    SPMU_SEV,      /* events sent to all PEs: SEV */
    SPMU_FIRMWARE, /* SMCCC and PSCI calls */
    SPMU_EVENTS
};

struct spmu {
    struct cpu *const *cpus;
    unsigned n_cpus;
    uint64_t happened[SPMU_EVENTS]; /* since the machine began */
    bool enabled;                   /* SPMCR_EL0.E */
    uint64_t counter[SPMU_COUNTERS], type[SPMU_COUNTERS];
    uint64_t counted[SPMU_COUNTERS]; /* of the event, as of the counter's value */
    uint64_t enable, interrupt, overflow;
};

/* What one PE sees: the System PMU and its own SPMSELR_EL0. */
struct spmu_port {
    struct spmu *pmu;
    struct cpu *cpu;
};

/* cpus[] must outlive it. */
void spmu_init(struct spmu *u, struct cpu *const *cpus, unsigned n_cpus);
/* For cpu->units[UNIT_SPMU]; port must outlive the CPU. */
struct sysreg_unit spmu_unit(struct spmu_port *port);
static inline void spmu_count(struct spmu *u, enum spmu_event what)
{
    u->happened[what]++;
}
void spmu_visit(struct spmu *u, visit_fn *fn, void *ctx);

#endif
