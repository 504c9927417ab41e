/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The Activity Monitors: see amu.h. Arm ARM D15 and the register descriptions in D19.6. One instruction takes
 * one cycle, memory never stalls the PE. An auxiliary counter counts cycles or retired instructions, as its
 * AMEVTYPER1<n>_EL0 says; it takes other events and finds them never happening.
 */
#include "cpu/amu.h"

#include "base/bits.h"
#include "base/log.h"
#include "cpu/cpu.h"
#include "cpu/pmu.h"
#include "sysregs/fields.h"

#include <stdlib.h>

enum { ARCHITECTED = 4, TICK_SHIFT = 4 }; /* a tick of the system counter is 16 ns */
enum { EV_INST_RETIRED = 0x0008, EV_CPU_CYCLES = 0x0011, EV_CNT_CYCLES = 0x4004 };

#define AMCR_HDBG BIT(10)
#define AMCR_CG1RZ BIT(17)
#define HCR_AMVOFFEN BIT(51)
#define SCR_AMVOFFEN BIT(35)

_Static_assert(SR_AMEVCNTR03_EL0 == SR_AMEVCNTR00_EL0 + 3, "the rows of numbered registers are in order");
_Static_assert(SR_AMEVTYPER03_EL0 == SR_AMEVTYPER00_EL0 + 3, "the rows of numbered registers are in order");
_Static_assert(SR_AMEVCNTR115_EL0 == SR_AMEVCNTR10_EL0 + 15, "the rows of numbered registers are in order");
_Static_assert(SR_AMEVTYPER115_EL0 == SR_AMEVTYPER10_EL0 + 15, "the rows of numbered registers are in order");
_Static_assert(SR_AMEVCNTVOFF03_EL2 == SR_AMEVCNTVOFF00_EL2 + 3,
               "the rows of numbered registers are in order");
_Static_assert(SR_AMEVCNTVOFF115_EL2 == SR_AMEVCNTVOFF10_EL2 + 15,
               "the rows of numbered registers are in order");

struct amu {
    struct cpu *cpu;
    uint64_t insns, aborted; /* the counters in sr[] are right up to here */
};

/* What counters of `event` have counted since a->insns. */
static uint64_t passed(const struct amu *a, uint64_t event, uint64_t now, uint64_t aborted)
{
    const unsigned shift = a->cpu->ns_shift;

    switch (event) {
    case EV_CPU_CYCLES:
        return now - a->insns;
    case EV_INST_RETIRED:
        return now - a->insns - (aborted - a->aborted);
    case EV_CNT_CYCLES:
        return (now << shift >> TICK_SHIFT) - (a->insns << shift >> TICK_SHIFT);
    default:
        return 0;
    }
}

static void sync(struct amu *a)
{
    uint64_t *sr = a->cpu->sr, now = cpu_insns(a->cpu), aborted = pmu_aborted(a->cpu);

    for (unsigned n = 0; n < ARCHITECTED; n++)
        if (sr[SR_AMCNTENSET0_EL0] >> n & 1)
            sr[SR_AMEVCNTR00_EL0 + n] += passed(a, sr[SR_AMEVTYPER00_EL0 + n], now, aborted);
    for (unsigned n = 0; n < a->cpu->feat->activity; n++)
        if (sr[SR_AMCNTENSET1_EL0] >> n & 1)
            sr[SR_AMEVCNTR10_EL0 + n] += passed(a, sr[SR_AMEVTYPER10_EL0 + n], now, aborted);
    a->insns = now;
    a->aborted = aborted;
}

void amu_restart(struct cpu *c)
{
    if (c->amu == NULL)
        return;
    c->amu->insns = cpu_insns(c);
    c->amu->aborted = pmu_aborted(c);
}

void amu_sync(struct cpu *c)
{
    if (c->amu != NULL && (c->sr[SR_AMCNTENSET0_EL0] | c->sr[SR_AMCNTENSET1_EL0]) != 0)
        sync(c->amu);
}

bool amu_counts_retired(const struct cpu *c)
{
    return c->amu != NULL && ((c->sr[SR_AMCNTENSET0_EL0] & BIT(2)) != 0 || c->sr[SR_AMCNTENSET1_EL0] != 0);
}

/* The offset that an EL1&0 guest's view of a counter has: D15.2.2. */
static uint64_t virtual_offset(const struct cpu *c, uint64_t offset)
{
    const uint64_t *sr = c->sr;

    if (c->el > 1 || !has(c->feat, FEAT_AMUv1p1) || !el2_enabled(c->feat, sr) ||
        el_is_in_host(c->feat, sr, c->el) || !(sr[SR_HCR_EL2] & HCR_AMVOFFEN) ||
        (c->feat->has_el3 && !(sr[SR_SCR_EL3] & SCR_AMVOFFEN)))
        return 0;
    return offset;
}

static uint64_t unit_read(void *opaque, enum sysreg reg)
{
    struct amu *a = opaque;
    const struct cpu *c = a->cpu;
    const uint64_t *sr = c->sr;
    const unsigned highest = c->feat->has_el3 ? 3 : c->feat->has_el2 ? 2 : 1;

    sync(a);
    if (reg == SR_AMCNTENCLR0_EL0 || reg == SR_AMCNTENCLR1_EL0)
        return sr[reg == SR_AMCNTENCLR0_EL0 ? SR_AMCNTENSET0_EL0 : SR_AMCNTENSET1_EL0];
    if (reg >= SR_AMEVCNTR00_EL0 && reg <= SR_AMEVCNTR03_EL0 && reg != SR_AMEVCNTR01_EL0)
        return sr[reg] - virtual_offset(c, sr[SR_AMEVCNTVOFF00_EL2 + (reg - SR_AMEVCNTR00_EL0)]);
    if (reg >= SR_AMEVCNTR10_EL0 && reg <= SR_AMEVCNTR115_EL0) {
        if ((sr[SR_AMCR_EL0] & AMCR_CG1RZ) != 0 && c->el < highest)
            return 0;
        return sr[reg] - virtual_offset(c, sr[SR_AMEVCNTVOFF10_EL2 + (reg - SR_AMEVCNTR10_EL0)]);
    }
    return sr[reg];
}

/* Only the highest Exception level writes. */
static void unit_write(void *opaque, enum sysreg reg, uint64_t value)
{
    struct amu *a = opaque;
    uint64_t *sr = a->cpu->sr;
    const uint64_t auxiliary = BIT(a->cpu->feat->activity) - 1;

    sync(a);
    switch (reg) {
    case SR_AMCNTENSET0_EL0:
        sr[reg] |= value & MASK(ARCHITECTED - 1, 0);
        break;
    case SR_AMCNTENCLR0_EL0:
        sr[SR_AMCNTENSET0_EL0] &= ~value;
        break;
    case SR_AMCNTENSET1_EL0:
        sr[reg] |= value & auxiliary;
        break;
    case SR_AMCNTENCLR1_EL0:
        sr[SR_AMCNTENSET1_EL0] &= ~value;
        break;
    case SR_AMCR_EL0:
        sr[reg] = value & (AMCR_HDBG | (has(a->cpu->feat, FEAT_AMUv1p1) ? AMCR_CG1RZ : 0));
        break;
    default:
        sr[reg] = reg >= SR_AMEVTYPER10_EL0 && reg <= SR_AMEVTYPER115_EL0 ? value & 0xffff : value;
        break;
    }
    pmu_controls_changed(a->cpu);
}

struct amu *amu_new(struct cpu *c)
{
    struct amu *a = xcalloc(1, sizeof(*a));

    a->cpu = c;
    c->amu = a;
    c->units[UNIT_AMU] = (struct sysreg_unit){unit_read, unit_write, a};
    amu_restart(c);
    return a;
}

void amu_free(struct amu *a)
{
    free(a);
}
