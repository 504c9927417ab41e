/* SPDX-License-Identifier: BSD-2-Clause
 *
 * PSCI 1.1 (DEN 0022 chapter 5) and SMCCC 1.2 (DEN 0028 chapter 7) as a board without EL3 firmware offers
 * them. Every call on the board's conduit is answered; what isn't known gets NOT_SUPPORTED.
 */
#include "sim/psci.h"

#include "base/bits.h"
#include "base/compiler.h"
#include "bus/bus.h"
#include "cpu/cpu.h"
#include "cpu/observe.h"

enum function {
    PSCI_VERSION = 0x84000000,
    PSCI_CPU_SUSPEND = 0x84000001,
    PSCI_CPU_OFF = 0x84000002,
    PSCI_CPU_ON = 0x84000003,
    PSCI_AFFINITY_INFO = 0x84000004,
    PSCI_MIGRATE_INFO_TYPE = 0x84000006,
    PSCI_SYSTEM_OFF = 0x84000008,
    PSCI_SYSTEM_RESET = 0x84000009,
    PSCI_FEATURES = 0x8400000a,
    PSCI_SYSTEM_RESET2 = 0x84000012,
    SMCCC_VERSION = 0x80000000,
    SMCCC_ARCH_FEATURES = 0x80000001,
    FN_64 = 0x40000000, /* the SMC64 form of a call */
};

enum result {
    SUCCESS = 0,
    NOT_SUPPORTED = -1,
    INVALID_PARAMETERS = -2,
    ALREADY_ON = -4,
    ON_PENDING = -5,
    INVALID_ADDRESS = -9,
};

enum affinity_state { AFFINITY_ON, AFFINITY_OFF, AFFINITY_ON_PENDING };

#define AFFINITY_MASK UINT64_C(0xff00ffffff) /* Aff3..Aff0 of MPIDR_EL1 */
#define MIGRATE_NOT_NEEDED 2 /* "Trusted OS is either not present or does not require migration" */

/* One call: its arguments cut to the width of its convention. */
struct call {
    struct psci *p;
    struct cpu *c;
    uint32_t fn;
    uint64_t arg[3];
};

struct function_row {
    uint32_t fn;
    bool has_64; /* the SMC64 form exists too */
    int64_t (*perform)(const struct call *call);
};

static const struct function_row *find(uint32_t fn);

static struct cpu *cpu_by_affinity(const struct psci *p, uint64_t affinity)
{
    for (unsigned n = 0; n < p->n_cpus; n++)
        if ((p->cpus[n]->sr[SR_MPIDR_EL1] & AFFINITY_MASK) == affinity)
            return p->cpus[n];
    return NULL;
}

/* c stops running after this instruction, or another CPU starts. */
static void power(struct cpu *c, enum cpu_power state)
{
    c->power = state;
    c->attention |= ATT_STOP;
    if (c->tracer != NULL)
        observe_power(c, state == CPU_OFF ? "off" : state == CPU_ON ? "on" : "WFI");
    if (c->board != NULL && c->board->power_changed != NULL)
        c->board->power_changed(c->board->opaque, c);
}

static int64_t psci_version(const struct call *call)
{
    (void)call;
    return 1 << 16 | 1;
}

/* Standby is WFI. A request to power down is answered with the same, which PSCI permits (a "downgrade"): the
 * call then returns SUCCESS like any other. */
static int64_t psci_cpu_suspend(const struct call *call)
{
    power(call->c, CPU_WFI);
    return SUCCESS;
}

static int64_t psci_cpu_off(const struct call *call)
{
    power(call->c, CPU_OFF);
    return SUCCESS;
}

static int64_t psci_cpu_on(const struct call *call)
{
    struct cpu *target = cpu_by_affinity(call->p, call->arg[0]);
    uint64_t entry = call->arg[1];
    if (target == NULL)
        return INVALID_PARAMETERS;
    if (target->power == CPU_ON_PENDING)
        return ON_PENDING;
    if (target->power != CPU_OFF)
        return ALREADY_ON;
    if ((entry & 3) != 0 || bus_find_ram(call->c->bus, entry) == NULL)
        return INVALID_ADDRESS;
    call->p->reset_cpu(call->p->opaque, target, call->p->entry_el, entry, call->arg[2]);
    uint64_t now = cpu_now(call->c);
    if (target->time < now)
        target->time = now;
    power(target, CPU_ON);
    return SUCCESS;
}

static int64_t psci_affinity_info(const struct call *call)
{
    struct cpu *target = cpu_by_affinity(call->p, call->arg[0]);
    /* Levels above 0 are optional since PSCI 1.0. */
    if (target == NULL || call->arg[1] != 0)
        return INVALID_PARAMETERS;
    if (target->power == CPU_OFF)
        return AFFINITY_OFF;
    return target->power == CPU_ON_PENDING ? AFFINITY_ON_PENDING : AFFINITY_ON;
}

static int64_t psci_migrate_info_type(const struct call *call)
{
    (void)call;
    return MIGRATE_NOT_NEEDED;
}

static int64_t psci_system_off(const struct call *call)
{
    power(call->c, CPU_OFF);
    call->p->stop(call->p->opaque, STOP_POWEROFF, 0);
    return SUCCESS;
}

static int64_t psci_system_reset(const struct call *call)
{
    power(call->c, CPU_OFF);
    call->p->stop(call->p->opaque, STOP_RESET, 0);
    return SUCCESS;
}

/* Only SYSTEM_WARM_RESET is defined by the architecture; the vendor's types aren't offered. */
static int64_t psci_system_reset2(const struct call *call)
{
    if (call->arg[0] != 0)
        return INVALID_PARAMETERS;
    return psci_system_reset(call);
}

static int64_t psci_features(const struct call *call)
{
    uint32_t fn = (uint32_t)call->arg[0];
    const struct function_row *row = find(fn);
    if (row == NULL || (fn & ~(uint32_t)FN_64) == SMCCC_ARCH_FEATURES)
        return NOT_SUPPORTED;
    return SUCCESS; /* for CPU_SUSPEND: original StateID format, platform-coordinated */
}

static int64_t smccc_version(const struct call *call)
{
    (void)call;
    return 1 << 16 | 2;
}

static int64_t smccc_arch_features(const struct call *call)
{
    uint32_t fn = (uint32_t)call->arg[0];
    return fn == SMCCC_VERSION || fn == SMCCC_ARCH_FEATURES ? SUCCESS : NOT_SUPPORTED;
}

static const struct function_row functions[] = {
    {PSCI_VERSION, false, psci_version},
    {PSCI_CPU_SUSPEND, true, psci_cpu_suspend},
    {PSCI_CPU_OFF, false, psci_cpu_off},
    {PSCI_CPU_ON, true, psci_cpu_on},
    {PSCI_AFFINITY_INFO, true, psci_affinity_info},
    {PSCI_MIGRATE_INFO_TYPE, false, psci_migrate_info_type},
    {PSCI_SYSTEM_OFF, false, psci_system_off},
    {PSCI_SYSTEM_RESET, false, psci_system_reset},
    {PSCI_FEATURES, false, psci_features},
    {PSCI_SYSTEM_RESET2, true, psci_system_reset2},
    {SMCCC_VERSION, false, smccc_version},
    {SMCCC_ARCH_FEATURES, false, smccc_arch_features},
};

static const struct function_row *find(uint32_t fn)
{
    for (size_t n = 0; n < ARRAY_LEN(functions); n++)
        if (functions[n].fn == fn || (functions[n].has_64 && (functions[n].fn | FN_64) == fn))
            return &functions[n];
    return NULL;
}

bool psci_call(struct psci *p, struct cpu *c, bool smc)
{
    if (p->conduit != (smc ? PSCI_SMC : PSCI_HVC))
        return false;
    struct call call = {.p = p, .c = c, .fn = (uint32_t)c->x[0]};
    bool is_64 = (call.fn & FN_64) != 0;
    for (unsigned n = 0; n < ARRAY_LEN(call.arg); n++)
        call.arg[n] = is_64 ? c->x[n + 1] : (uint32_t)c->x[n + 1];
    const struct function_row *row = find(call.fn);
    int64_t result = row != NULL ? row->perform(&call) : NOT_SUPPORTED;
    /* A 32-bit call's result is 32 bits wide; its sign is kept for callers that look at all of X0. */
    c->x[0] = (uint64_t)result;
    return true;
}
