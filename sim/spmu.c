/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The System PMU. Arm ARM D15, D24.5 (SPM*_EL0, SPM*_EL1). Counters have no life of their own: what happened
 * since they were looked at is added when somebody looks or changes a control.
 *
 * Choices the architecture leaves: System PMU 0 is the only one; 6 counters of 64 bits; no filters
 * (SPMEVFILTR<n>_EL0 and SPMEVFILT2R<n>_EL0 are RAZ/WI), no counter groups, no SPMSCR_EL1 and SPMROOTCR_EL3
 * (RAZ/WI), SPMDEVARCH_EL1 not present.
 */
#include "sim/spmu.h"

#include <string.h>

#include "base/bits.h"
#include "cpu/cpu.h"

#define SPMCR_E BIT(0)
#define SPMCR_P BIT(1)
#define ALL_COUNTERS (BIT(SPMU_COUNTERS) - 1)
/* SPMCFGR_EL1: RAO, counters of 64 bits, N */
#define SPMCFGR (BIT(19) | UINT64_C(63) << 8 | (SPMU_COUNTERS - 1))

void spmu_init(struct spmu *u, struct cpu *const *cpus, unsigned n_cpus)
{
    memset(u, 0, sizeof(*u));
    u->cpus = cpus;
    u->n_cpus = n_cpus;
}

static uint64_t total(const struct spmu *u, uint64_t event)
{
    uint64_t sum = 0;

    if (event >= SPMU_EVENTS)
        return 0;
    if (event != SPMU_INSNS)
        return u->happened[event];
    for (unsigned n = 0; n < u->n_cpus; n++)
        sum += cpu_insns(u->cpus[n]);
    return sum;
}

/* Brings the counters up to now. */
static void sync(struct spmu *u)
{
    for (unsigned n = 0; n < SPMU_COUNTERS; n++) {
        const uint64_t now = total(u, u->type[n]), old = u->counter[n];
        if (u->enabled && bit(u->enable, n))
            u->counter[n] += now - u->counted[n];
        if (u->counter[n] < old)
            u->overflow |= BIT(n);
        u->counted[n] = now;
    }
}

void spmu_visit(struct spmu *u, visit_fn *fn, void *ctx)
{
    sync(u);
    VISIT(fn, ctx, u, happened);
    VISIT(fn, ctx, u, enabled);
    VISIT(fn, ctx, u, counter);
    VISIT(fn, ctx, u, type);
    VISIT(fn, ctx, u, counted);
    VISIT(fn, ctx, u, enable);
    VISIT(fn, ctx, u, interrupt);
    VISIT(fn, ctx, u, overflow);
}

_Static_assert(SR_SPMEVCNTR15_EL0 == SR_SPMEVCNTR0_EL0 + 15 && SR_SPMEVTYPER15_EL0 == SR_SPMEVTYPER0_EL0 + 15,
               "the rows of numbered registers are in order");

/* The register of one counter, of those that start at row `first`; NULL: reg is none of them, or the counter
 * isn't there. */
static uint64_t *of_counter(uint64_t *values, enum sysreg first, enum sysreg reg, unsigned bank)
{
    const unsigned n = (unsigned)(reg - first);

    return reg >= first && n < SPMU_COUNTERS && bank == 0 ? &values[n] : NULL;
}

static uint64_t *numbered(const struct spmu_port *p, enum sysreg reg)
{
    const unsigned bank = (unsigned)bits(p->cpu->sr[SR_SPMSELR_EL0], 1, 0);
    uint64_t *v = of_counter(p->pmu->counter, SR_SPMEVCNTR0_EL0, reg, bank);

    return v != NULL ? v : of_counter(p->pmu->type, SR_SPMEVTYPER0_EL0, reg, bank);
}

static uint64_t unit_read(void *opaque, enum sysreg reg)
{
    const struct spmu_port *p = opaque;
    struct spmu *u = p->pmu;

    sync(u);
    switch (reg) {
    case SR_SPMSELR_EL0:
        return p->cpu->sr[reg];
    case SR_SPMCFGR_EL1:
        return SPMCFGR;
    case SR_SPMCR_EL0:
        return u->enabled ? SPMCR_E : 0;
    case SR_SPMCNTENSET_EL0:
    case SR_SPMCNTENCLR_EL0:
        return u->enable;
    case SR_SPMINTENSET_EL1:
    case SR_SPMINTENCLR_EL1:
        return u->interrupt;
    case SR_SPMOVSSET_EL0:
    case SR_SPMOVSCLR_EL0:
        return u->overflow;
    default: {
        const uint64_t *v = numbered(p, reg);
        return v != NULL ? *v : 0;
    }
    }
}

static void unit_write(void *opaque, enum sysreg reg, uint64_t value)
{
    const struct spmu_port *p = opaque;
    struct spmu *u = p->pmu;
    const uint64_t mask = value & ALL_COUNTERS;

    sync(u);
    switch (reg) {
    case SR_SPMCR_EL0:
        u->enabled = value & SPMCR_E;
        if (value & SPMCR_P)
            memset(u->counter, 0, sizeof(u->counter));
        break;
    case SR_SPMCNTENSET_EL0:
        u->enable |= mask;
        break;
    case SR_SPMCNTENCLR_EL0:
        u->enable &= ~mask;
        break;
    case SR_SPMINTENSET_EL1:
        u->interrupt |= mask;
        break;
    case SR_SPMINTENCLR_EL1:
        u->interrupt &= ~mask;
        break;
    case SR_SPMOVSSET_EL0:
        u->overflow |= mask;
        break;
    case SR_SPMOVSCLR_EL0:
        u->overflow &= ~mask;
        break;
    default: {
        uint64_t *v = numbered(p, reg);
        if (v != NULL)
            *v = value;
        for (unsigned n = 0; n < SPMU_COUNTERS; n++)
            u->counted[n] = total(u, u->type[n]); /* it may count another event from here on */
        break;
    }
    }
}

struct sysreg_unit spmu_unit(struct spmu_port *port)
{
    return (struct sysreg_unit){unit_read, unit_write, port};
}
