/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which system registers a program of `el2sim fuzz system` begins and ends with. See system_registers.h.
 */
#include "fuzz/system_registers.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "fuzz/monitor.h"
#include "sysregs/fields.h"

/* Registers that are left alone: */
static const char *const left_alone[] = {
    /* the monitor's own */
    "SCTLR_EL3", "VBAR_EL3", "ELR_EL3", "SPSR_EL3", "ESR_EL3", "FAR_EL3", "TPIDR_EL3", "TTBR0_EL3", "SCR_EL3",
    "CPTR_EL3", "MDCR_EL3",
    /* a write may reset the PE */
    "RMR_EL*",
    /* PSTATE and what else results have of their own */
    "SP_EL*", "SPSel", "NZCV", "DAIF", "PAN", "UAO", "DIT", "SSBS", "TCO", "ALLINT", "PM", "FPCR", "FPSR",
    "SVCR",
    /* time, counters of events, and what selects or resets them */
    "CNTPS_*", "CNTFRQ_EL0", "CNT*_TVAL*", "PMCCNTR*", "PMICNTR*", "PMEVCNTR*", "PMX*", "PMZR_EL0",
    "PMCR_EL0",
    /* the GIC: interrupts are no part of programs */
    "ICC_*", "ICH_AP*", "ICH_EISR_EL2",
    /* an external debugger's */
    "OSDTR*", "DBGDTR*", "DBGPRCR*", "OSDLR*", "DBGCLAIM*", "DLR_EL0", "DSPSR_EL0", "MDCCINT_EL1",
    "OSECCR_EL1",
    /* units that have no part in what programs do: errors, activity, partitions, branch records, system PMUs,
     * trace, ordering regions */
    "ERX*", "ERRSELR*", "AM*", "MPAM*", "BRB*", "SPM*", "TRFCR_EL*", "LOR*",
    /* IMPLEMENTATION DEFINED */
    "IMPDEF*", "ACTLR_EL*", "HACR_EL2", "AMAIR*_EL*", "AFSR*_EL*",
    /* AArch32's */
    "SPSR_irq", "SPSR_abt", "SPSR_und", "SPSR_fiq", "*32_EL*", "HSTR_EL2",
    /* random tags, and tag check faults that come some time */
    "RGSR_EL1", "GCR_EL1", "TFSR*"};

/* EL3's controls are the monitor's, but for settings; programs can't change them. */
static const enum sysreg controls[] = {SR_SCR_EL3, SR_CPTR_EL3, SR_MDCR_EL3};

/* Values other than 0 that a program finds. */
#define RES1_SCTLR_EL1 UINT64_C(0x30d00980)
#define RES1_SCTLR_EL2 UINT64_C(0x30c50830)
static const struct {
    enum sysreg reg;
    uint64_t value;
} bases[] = {
    {SR_HCR_EL2, BIT(31)},                                               /* RW */
    {SR_SCTLR_EL1, RES1_SCTLR_EL1},                                      /* also ITD, SED */
    {SR_SCTLR_EL2, RES1_SCTLR_EL2},                                      /* */
    {SR_TCR_EL1, 16 | 16 << 16 | UINT64_C(2) << 30 | UINT64_C(2) << 32}, /* 4 KB, 48 bits; IPS: 40 bits */
    {SR_TCR_EL2, 16 | BIT(31) | BIT(23) | 2 << 16},                      /* the same, RES1 */
    {SR_VTCR_EL2, 24 | 1 << 6 | BIT(31) | 2 << 16},                      /* 40 bits from level 1 */
    {SR_CPACR_EL1, 3 << 20},                                             /* FPEN */
    {SR_CPTR_EL2, 0x33ff},                                               /* RES1 */
    {SR_VBAR_EL1, PROGRAM_VECTORS_AT},
    {SR_VBAR_EL2, PROGRAM_VECTORS_AT + 0x1000},
    {SR_CNTHCTL_EL2, 3}, /* EL1PCTEN, EL1PCEN */
    {SR_VPIDR_EL2, 0x410fd0f0},
    {SR_VMPIDR_EL2, BIT(31)},
    {SR_MDCR_EL2, 4}, /* HPMN */
    {SR_PMCNTENCLR_EL0, UINT64_MAX},
    {SR_PMOVSCLR_EL0, UINT64_MAX},
    {SR_PMINTENCLR_EL1, UINT64_MAX},
};

/* NS, RES1, FIQ, HCE, RW, EEL2, and what opens features to lower Exception levels: APK, API, ATA, EnSCXT,
 * FGTEn, ECVEn, HXEn, TCR2En, SCTLR2En, PIEn, AIEn, FGTEn2. */
uint64_t system_scr_base(void)
{
    return BIT(0) | BIT(4) | BIT(5) | BIT(2) | BIT(8) | BIT(10) | BIT(18) | BIT(16) | BIT(17) | BIT(26) |
           BIT(25) | BIT(27) | BIT(28) | BIT(38) | BIT(43) | BIT(44) | BIT(45) | BIT(46) | BIT(59);
}

uint16_t system_encoding(enum sysreg reg)
{
    const struct sysreg_row *r = sysreg_row(reg);
    return (uint16_t)(r->op0 << 14 | r->op1 << 11 | r->crn << 7 | r->crm << 3 | r->op2);
}

uint32_t system_msr(uint16_t encoding, unsigned rt)
{
    return UINT32_C(0xd5000000) | (uint32_t)encoding << 5 | rt;
}

uint32_t system_mrs(uint16_t encoding, unsigned rt)
{
    return system_msr(encoding, rt) | UINT32_C(1) << 21;
}

enum sysreg system_state_register(unsigned n)
{
    static const enum sysreg noted[] = {
        SR_HCR_EL2,   SR_SCTLR_EL1, SR_SCTLR_EL2,   SR_TCR_EL1,     SR_TCR_EL2,  SR_VTCR_EL2,
        SR_TTBR0_EL1, SR_TTBR1_EL1, SR_TTBR0_EL2,   SR_TTBR1_EL2,   SR_MAIR_EL1, SR_MAIR_EL2,
        SR_VBAR_EL1,  SR_VBAR_EL2,  SR_CNTHCTL_EL2, SR_CNTKCTL_EL1, SR_MDCR_EL2, SR_PMUSERENR_EL0,
        SR_SP_EL0,    SR_SP_EL1,    SR_SP_EL2,      SR_VTTBR_EL2,   SR_PAR_EL1};
    _Static_assert(ARRAY_LEN(noted) <= PROGRAM_STATE, "an event has a place for each");
    return n < ARRAY_LEN(noted) ? noted[n] : SR_NONE;
}

static bool is_left_alone(const char *name)
{
    for (unsigned n = 0; n < ARRAY_LEN(left_alone); n++)
        if (fnmatch(left_alone[n], name, 0) == 0)
            return true;
    return false;
}

static uint64_t base_of(enum sysreg reg)
{
    if (reg == SR_SCR_EL3)
        return system_scr_base();
    for (unsigned n = 0; n < ARRAY_LEN(bases); n++)
        if (bases[n].reg == reg)
            return bases[n].value;
    return 0;
}

static void add(struct system_registers *r, enum sysreg reg, bool write_only)
{
    if (r->n < ARRAY_LEN(r->row))
        r->row[r->n++] = (struct system_register){
            .reg = reg, .encoding = system_encoding(reg), .write_only = write_only, .base = base_of(reg)};
}

void system_registers_all(struct system_registers *r)
{
    r->n = 0;
    add(r, SR_HCR_EL2, false);
    add(r, SR_OSLAR_EL1, true);
    for (unsigned n = 0; n < ARRAY_LEN(controls); n++)
        add(r, controls[n], true);
    for (unsigned n = 0; n < SR_COUNT; n++) {
        const struct sysreg_row *row = sysreg_row(n);
        if (n != SR_HCR_EL2 && row->access == 3 && sysreg_has_storage(n) && !is_left_alone(row->name) &&
            feature_implemented(row->feature))
            add(r, n, false);
    }
}

void system_registers_agree(struct system_registers *r, const struct system_probe *ours,
                            const struct system_probe *theirs)
{
    unsigned kept = 0;
    for (unsigned n = 0; n < r->n; n++) {
        struct system_register row = r->row[n];
        if (!row.write_only && (ours->value[n] == MONITOR_ABSENT || theirs->value[n] == MONITOR_ABSENT))
            continue;
        for (unsigned e2h = 0; e2h < 2; e2h++)
            row.differ[e2h] =
                (ours->ones[e2h][n] ^ theirs->ones[e2h][n]) | (ours->zeros[e2h][n] ^ theirs->zeros[e2h][n]);
        r->row[kept++] = row;
    }
    r->n = kept;
}

const struct system_register *system_registers_find(const struct system_registers *r, uint16_t encoding)
{
    for (unsigned n = 0; n < r->n; n++)
        if (r->row[n].encoding == encoding)
            return &r->row[n];
    return NULL;
}

static uint64_t differ_of(const struct system_registers *r, enum sysreg reg)
{
    const struct system_register *row = system_registers_find(r, system_encoding(reg));
    return row != NULL ? row->differ[0] | row->differ[1] : 0;
}

uint64_t system_registers_differ(const struct system_registers *r, uint16_t encoding)
{
    unsigned e = encoding;
    enum sysreg reg = sysreg_find(e >> 14, e >> 11 & 7, e >> 7 & 15, e >> 3 & 15, e & 7);
    struct features f = {.has_el2 = true, .has_el3 = true};
    uint64_t sr[SR_COUNT] = {0};
    const struct access_state host = {.feat = &f, .sr = sr, .el = 2};
    if (reg == SR_NONE || features_parse(&f, "max") != NULL)
        return 0;
    sysreg_reset(sr, &f, 0);
    sr[SR_HCR_EL2] |= HCR_E2H;
    sr[SR_SCR_EL3] = system_scr_base();
    const struct access_verdict v = sysreg_access(&host, reg, false);
    return differ_of(r, reg) | (v.outcome == ACCESS_OK ? differ_of(r, v.reg) : 0);
}

/* ---- features ---- */

enum sysreg system_id_register(unsigned n)
{
    enum sysreg seen[SYSTEM_ID_REGISTERS];
    unsigned count = 0, reg, low;
    for (unsigned f = 1; f < FEATURE_COUNT && count < SYSTEM_ID_REGISTERS; f++) {
        bool again = !feature_id_field(f, &reg, &low);
        for (unsigned i = 0; i < count && !again; i++)
            again = seen[i] == (enum sysreg)reg;
        if (!again)
            seen[count++] = reg;
    }
    return n < count ? seen[n] : SR_NONE;
}

static bool theirs_has(enum feature f, const struct system_probe *theirs)
{
    unsigned reg, low, value;
    if (!feature_id_value(f, &reg, &low, &value))
        return true;
    for (unsigned n = 0; system_id_register(n) != SR_NONE; n++)
        if (system_id_register(n) == (enum sysreg)reg)
            return theirs->id[n] != MONITOR_ABSENT && (theirs->id[n] >> low & 15) >= value;
    return true;
}

static bool switch_off(char *cpu, unsigned size, const char *name)
{
    size_t length = strlen(cpu);
    if (length + strlen(name) + 6 > size)
        return false;
    snprintf(cpu + length, size - length, ",%s=off", name);
    return true;
}

bool system_common_cpu(char *cpu, unsigned size, const struct system_probe *theirs)
{
    for (;;) {
        struct features f = {.has_el2 = true, .has_el3 = true};
        unsigned n = 1;
        if (features_parse(&f, cpu) != NULL)
            return false;
        /* Of FEAT_MTE without tags in memory QEMU has no PSTATE.TCO */
        bool half = has(&f, FEAT_MTE) && !theirs_has(FEAT_MTE2, theirs);
        while (n < FEATURE_COUNT && (!has(&f, n) || theirs_has(n, theirs)))
            n++;
        if (n == FEATURE_COUNT && !half)
            return true;
        const char *name = half ? "FEAT_MTE" : feature_name(n);
        if (!switch_off(cpu, size, strncmp(name, "FEAT_", 5) == 0 ? name + 5 : name))
            return false;
    }
}
