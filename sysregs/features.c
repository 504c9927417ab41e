/* SPDX-License-Identifier: BSD-2-Clause
 *
 * CPU models, feature switches, and the identification registers and register masks that follow from them.
 * features.def and regfields.def are the tables. Arm ARM DDI 0487, D19.2 (ID_AA64*_EL1, CTR_EL0, CLIDR_EL1,
 * ...).
 */
#include "sysregs/features.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "sysregs/fields.h"
#include "sysregs/sysreg.h"

/* ---- the tables ---- */

enum model { MAX = 1, A57 = 2, N1 = 4, V1 = 8 };

struct model_row {
    const char *name;
    enum model model;
    uint8_t pa_bits, breakpoints, watchpoints;
    uint64_t midr;
    const char *about;
};

static const struct model_row models[] = {
    {"max", MAX, 52, 6, 4, 0x000f0510,
     "every feature that is implemented"}, /* implementer 0: reserved for software use */
    {"cortex-a57", A57, 44, 6, 4, 0x411fd070, "Armv8.0: EL2 without VHE"},
    {"neoverse-n1", N1, 48, 6, 4, 0x414fd0c1, "Armv8.2: the first server core with VHE"},
    {"neoverse-v1", V1, 48, 6, 4, 0x411fd402, "Armv8.4: pointer authentication, SHA3, BF16, range TLBI"},
};

struct feature_row {
    const char *name;     /* "FEAT_VHE" */
    const char *absent;   /* "FEAT_VHE not implemented" */
    uint16_t id;          /* SR_ID_..., SR_COUNT: none */
    uint8_t shift, value; /* 4-bit field */
    uint16_t needs[2];    /* FEAT_ALWAYS: nothing */
    uint8_t models;       /* enum model */
};

#define ID(reg, shift, value) SR_ID_##reg##_EL1, shift, value
#define NOID SR_COUNT, 0, 0
#define NEEDED_0                                                                                             \
    {                                                                                                        \
        FEAT_ALWAYS                                                                                          \
    }
#define NEEDED_NEEDS(a)                                                                                      \
    {                                                                                                        \
        FEAT_##a                                                                                             \
    }
#define NEEDED_NEEDS2(a, b)                                                                                  \
    {                                                                                                        \
        FEAT_##a, FEAT_##b                                                                                   \
    }

static const struct feature_row table[FEATURE_COUNT] = {
    [FEAT_ALWAYS] = {"Armv8.0", "", NOID, {FEAT_ALWAYS}, MAX | A57 | N1 | V1},
#define FEATURE(name_, id_, needs_, models_)                                                                 \
    [FEAT_##name_] = {"FEAT_" #name_, "FEAT_" #name_ " not implemented", id_, NEEDED_##needs_, models_},
#include "sysregs/features.def"
#undef FEATURE
};

const char *cpu_model_name(unsigned n)
{
    return n < ARRAY_LEN(models) ? models[n].name : NULL;
}

const char *cpu_model_about(unsigned n)
{
    return n < ARRAY_LEN(models) ? models[n].about : NULL;
}

const char *feature_name(enum feature n)
{
    return table[n].name;
}

bool feature_id_value(enum feature n, unsigned *reg, unsigned *low, unsigned *value)
{
    *value = table[n].value;
    return feature_id_field(n, reg, low);
}

bool feature_id_field(enum feature n, unsigned *reg, unsigned *low)
{
    *reg = table[n].id;
    *low = table[n].shift;
    return table[n].id != SR_COUNT;
}

bool feature_implemented(enum feature n)
{
    return table[n].models != 0;
}

const char *feature_absent(enum feature n)
{
    return table[n].absent;
}

/* ---- switching ---- */

static void switch_on(struct features *f, enum feature n)
{
    feature_set(f, n, true);
    for (unsigned i = 0; i < ARRAY_LEN(table[n].needs); i++)
        if (!has(f, table[n].needs[i]))
            switch_on(f, table[n].needs[i]);
}

static void switch_off(struct features *f, enum feature n)
{
    feature_set(f, n, false);
    for (unsigned m = 1; m < FEATURE_COUNT; m++)
        if (has(f, m) && (table[m].needs[0] == n || table[m].needs[1] == n))
            switch_off(f, m);
}

static bool settable(const struct model_row *m, enum feature n)
{
    return (table[n].models & (MAX | m->model)) != 0;
}

PRINTF_LIKE(2, 3) static const char *complain(struct features *f, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(f->message, sizeof(f->message), fmt, ap);
    va_end(ap);
    return f->message;
}

static void append(struct features *f, const char *text)
{
    size_t used = strlen(f->message);

    snprintf(f->message + used, sizeof(f->message) - used, "%s", text);
}

static const char *unknown_model(struct features *f, const char *name)
{
    complain(f, "unknown CPU '%s'; known are", name);
    for (unsigned i = 0; i < ARRAY_LEN(models); i++) {
        append(f, i == 0 ? " " : ", ");
        append(f, models[i].name);
    }
    return f->message;
}

static const char *unknown_property(struct features *f, const struct model_row *m, const char *name)
{
    complain(f, "unknown CPU property '%s'; known are e2h0, e2h, pauth-impdef", name);
    for (unsigned n = 1; n < FEATURE_COUNT; n++) {
        if (!settable(m, n))
            continue;
        append(f, ", ");
        append(f, table[n].name + strlen("FEAT_"));
    }
    return f->message;
}

/* Names that QEMU has for features, and for the algorithms of pointer authentication. */
static const struct {
    const char *name;
    enum feature feature;
} synonyms[] = {
    {"pauth-impdef", FEAT_PACIMP}, {"pauth-qarma3", FEAT_PACQARMA3}, {"pauth-qarma5", FEAT_PACQARMA5},
    {"pmu", FEAT_PMUv3},           {"neon", FEAT_AdvSIMD},           {"rng", FEAT_RNG},
};

/* FEATURE_COUNT if there is no such feature. */
static enum feature feature_by_name(const char *name)
{
    if (strncasecmp(name, "FEAT_", 5) == 0)
        name += 5;
    for (unsigned i = 0; i < ARRAY_LEN(synonyms); i++)
        if (strcasecmp(name, synonyms[i].name) == 0)
            return synonyms[i].feature;
    for (unsigned n = 1; n < FEATURE_COUNT; n++)
        if (strcasecmp(name, table[n].name + strlen("FEAT_")) == 0)
            return n;
    return FEATURE_COUNT;
}

/* One `name=value` of the option. */
static const char *set_property(struct features *f, const struct model_row *m, const char *name,
                                const char *value)
{
    if (strcasecmp(name, "e2h") == 0 && value != NULL && strcasecmp(value, "res1") == 0) {
        switch_off(f, FEAT_E2H0);
        return NULL;
    }
    enum feature n = feature_by_name(name);
    if (n == FEATURE_COUNT)
        return unknown_property(f, m, name);
    bool on = value != NULL && (strcasecmp(value, "on") == 0 || strcasecmp(value, "true") == 0);
    if (!on && (value == NULL || (strcasecmp(value, "off") != 0 && strcasecmp(value, "false") != 0)))
        return complain(f, "CPU property '%s' wants =on or =off", name);
    if (n == FEAT_PACIMP || n == FEAT_PACQARMA3 || n == FEAT_PACQARMA5) { /* exactly one algorithm */
        if (n == FEAT_PACQARMA3 && on)
            return complain(f, "%s is not implemented", table[n].name);
        if (!has(f, FEAT_PAuth))
            return on ? complain(f, "%s needs FEAT_PAuth", table[n].name) : NULL;
        feature_set(f, FEAT_PACIMP, (n == FEAT_PACIMP) == on);
        feature_set(f, FEAT_PACQARMA5, !has(f, FEAT_PACIMP));
        return NULL;
    }
    if (on && !has(f, n) && !settable(m, n))
        return complain(f, "%s is not implemented", table[n].name);
    if (on)
        switch_on(f, n);
    else if (n == FEAT_FP || n == FEAT_TGran4K || n == FEAT_GICv3)
        return complain(f, "%s can't be switched off", table[n].name);
    else
        switch_off(f, n);
    return NULL;
}

/* What must hold whatever was asked for. */
static void make_consistent(struct features *f)
{
    static const uint16_t el2_only[] = {FEAT_VHE, FEAT_SEL2, FEAT_FGT, FEAT_HCX, FEAT_EVT};

    for (unsigned i = 0; i < ARRAY_LEN(el2_only) && !f->has_el2; i++)
        switch_off(f, el2_only[i]);
    if (!f->has_el3)
        switch_off(f, FEAT_SEL2);
    if (f->has_el2 && !has(f, FEAT_HCX)) /* HCRX_EL2.MSCEn enables it below EL2 */
        switch_off(f, FEAT_MOPS);
    if (!has(f, FEAT_VHE)) /* E2H is RES0 */
        feature_set(f, FEAT_E2H0, true);
    f->e2h_res1 = !has(f, FEAT_E2H0);
    if (has(f, FEAT_PAuth) && !has(f, FEAT_PACIMP))
        feature_set(f, FEAT_PACQARMA5, true);
    f->activity = has(f, FEAT_AMUv1) ? 16 : 0;
    if (f->pa_bits > 48 && !has(f, FEAT_LPA))
        f->pa_bits = 48;
    f->counters = has(f, FEAT_PMUv3) ? 6 : 0; /* as the cores that are modelled, and QEMU's */
}

const char *features_parse(struct features *f, const char *cpu_option)
{
    const bool el2 = f->has_el2, el3 = f->has_el3;
    const struct model_row *m = NULL;
    char option[512], *rest = option;

    memset(f, 0, sizeof(*f));
    f->has_el2 = el2;
    f->has_el3 = el3;
    if (strlen(cpu_option) >= sizeof(option))
        return complain(f, "the CPU option is too long");
    strcpy(option, cpu_option);
    const char *name = strsep(&rest, ",");
    for (unsigned i = 0; i < ARRAY_LEN(models); i++)
        if (strcasecmp(name, models[i].name) == 0)
            m = &models[i];
    if (m == NULL)
        return unknown_model(f, name);
    f->model = m->name;
    f->pa_bits = m->pa_bits;
    f->breakpoints = m->breakpoints;
    f->watchpoints = m->watchpoints;
    for (unsigned n = 0; n < FEATURE_COUNT; n++)
        feature_set(f, n, (table[n].models & m->model) != 0);
    for (char *value; (value = strsep(&rest, ",")) != NULL;) {
        const char *property = strsep(&value, "=");
        const char *wrong = set_property(f, m, property, value);
        if (wrong != NULL)
            return wrong;
    }
    make_consistent(f);
    features_derive(f);
    return NULL;
}

void features_without_tags(struct features *f)
{
    switch_off(f, FEAT_MTE2);
    features_derive(f);
}

/* ---- register masks ---- */

static void mask_field(struct features *f, enum regset set, unsigned high, unsigned low, enum feature n,
                       bool ones)
{
    if (has(f, n))
        f->masks[set].writable |= MASK(high, low);
    else if (ones)
        f->masks[set].ones |= MASK(high, low);
}

/* The rows of regfields.def, with FIXED1 as a field of a feature that no CPU has. */
static const struct {
    uint8_t set, high, low, ones;
    uint16_t feature;
} fields[] = {
#define SET(name, reg, layout)
#define FIELD(set, name, high, low, feature) {REGSET_##set, high, low, false, FEAT_##feature},
#define FIELD1(set, name, high, low, feature) {REGSET_##set, high, low, true, FEAT_##feature},
#define FIXED1(set, name, high, low) {REGSET_##set, high, low, true, FEATURE_COUNT},
#include "sysregs/regfields.def"
#undef SET
#undef FIELD
#undef FIELD1
#undef FIXED1
#define FGT(r, name, b, on, feature) {REGSET_##r##_EL2, b, b, false, FEAT_##feature},
#include "sysregs/fgt.def"
#undef FGT
};

void features_derive(struct features *f)
{
    static const uint8_t asid[] = {REGSET_TTBR0_EL1, REGSET_TTBR1_EL1, REGSET_TTBR0_EL2, REGSET_TTBR1_EL2};
    struct regmask *hcr = &f->masks[REGSET_HCR_EL2];

    memset(f->masks, 0, sizeof(f->masks));
    for (unsigned i = 0; i < ARRAY_LEN(fields); i++) {
        if (fields[i].feature == FEATURE_COUNT)
            f->masks[fields[i].set].ones |= MASK(fields[i].high, fields[i].low);
        else
            mask_field(f, fields[i].set, fields[i].high, fields[i].low, fields[i].feature, fields[i].ones);
    }
    if (f->e2h_res1) {
        hcr->writable &= ~HCR_E2H;
        hcr->ones |= HCR_E2H;
    }
    if (f->has_el3) /* HVC is disabled by SCR_EL3.HCE then */
        hcr->writable &= ~HCR_HCD;
    if (has(f, FEAT_MPAM) && !f->has_el3) /* MPAMEN is writable at the highest Exception level */
        f->masks[f->has_el2 ? REGSET_MPAM2_EL2 : REGSET_MPAM1_EL1].writable |= BIT(63);
    for (unsigned i = 0; i < ARRAY_LEN(asid) && !has(f, FEAT_ASID16); i++)
        f->masks[asid[i]].writable &= ~MASK(63, 56);
    if (!has(f, FEAT_VMID16))
        f->masks[REGSET_VTTBR_EL2].writable &= ~MASK(63, 56);
}

/* ---- identification registers ---- */

/* Level of pointer authentication as ID_AA64ISAR1_EL1.{APA,API} and ID_AA64ISAR2_EL1.APA3 count it. */
static unsigned pauth_level(const struct features *f)
{
    static const uint16_t levels[] = {FEAT_PAuth, FEAT_EPAC, FEAT_PAuth2, FEAT_FPAC, FEAT_FPACCOMBINE};
    unsigned level = 0;

    for (unsigned i = 0; i < ARRAY_LEN(levels); i++)
        if (has(f, levels[i]))
            level = i + 1;
    return level;
}

static uint64_t pfr0_specials(const struct features *f)
{
    uint64_t fp = !has(f, FEAT_FP) ? 0xf : has(f, FEAT_FP16) ? 1 : 0;
    uint64_t simd = !has(f, FEAT_AdvSIMD) ? 0xf : fp;

    return 0x11 | (uint64_t)f->has_el2 << 8 | (uint64_t)f->has_el3 << 12 | fp << 16 | simd << 20;
}

static uint64_t isar1_specials(const struct features *f)
{
    uint64_t level = pauth_level(f), generic = level != 0;

    return has(f, FEAT_PACIMP)      ? level << 8 | generic << 28
           : has(f, FEAT_PACQARMA5) ? level << 4 | generic << 24
                                    : 0;
}

static uint64_t mmfr0_specials(const struct features *f)
{
    static const uint8_t sizes[] = {32, 36, 40, 42, 44, 48, 52};
    uint64_t v = 0, lpa2 = has(f, FEAT_LPA2);

    for (unsigned i = 0; i < ARRAY_LEN(sizes); i++)
        if (f->pa_bits >= sizes[i])
            v = i;
    v |= (uint64_t)f->has_el3 << 12; /* SNSMem: Secure and Non-secure memory are apart */
    v |= (has(f, FEAT_TGran16K) ? 1 + lpa2 : 0) << 20;
    v |= (uint64_t)(has(f, FEAT_TGran64K) ? 0 : 0xf) << 24;
    v |= (has(f, FEAT_TGran4K) ? lpa2 : 0xf) << 28;
    /* TGran*_2: 0 says stage 2 has the granules of stage 1, but software asks for LPA2 of stage 2 by its own
     * value */
    if (lpa2) {
        v |= UINT64_C(3) << 40 | UINT64_C(2) << 36;
        v |= (has(f, FEAT_TGran16K) ? UINT64_C(3) : 1) << 32;
    }
    return v;
}

static uint64_t dfr0_specials(const struct features *f)
{
    uint64_t v =
        (uint64_t)(f->breakpoints - 1) << 12 | (uint64_t)(f->watchpoints - 1) << 20 | UINT64_C(1) << 28;

    if (!has(f, FEAT_Debugv8p1))
        v |= 6;
    if (!has(f, FEAT_DoubleLock))
        v |= UINT64_C(0xf) << 36;
    return v;
}

static uint64_t midr(const struct features *f)
{
    for (unsigned i = 0; i < ARRAY_LEN(models); i++)
        if (f->model != NULL && strcmp(f->model, models[i].name) == 0)
            return models[i].midr;
    return 0;
}

/* The fields of `reg` that rows of features.def fill. */
static uint64_t id_fields(const struct features *f, unsigned reg)
{
    uint64_t v = 0;

    for (unsigned n = 1; n < FEATURE_COUNT; n++) {
        const struct feature_row *r = &table[n];
        if (r->id == reg && has(f, n) && r->value > bits(v, r->shift + 3u, r->shift))
            v = bits_set(v, r->shift + 3u, r->shift, r->value);
    }
    return v;
}

uint64_t features_id(const struct features *f, unsigned reg)
{
    switch (reg) {
    case SR_MIDR_EL1:
        return midr(f);
    case SR_ID_AA64PFR0_EL1:
        return id_fields(f, reg) | pfr0_specials(f);
    case SR_ID_AA64ISAR1_EL1:
        return id_fields(f, reg) | isar1_specials(f);
    case SR_ID_AA64MMFR0_EL1:
        return id_fields(f, reg) | mmfr0_specials(f);
    case SR_ID_AA64MMFR4_EL1: /* E2H0: 0xf is "not implemented" */
        return id_fields(f, reg) | (f->e2h_res1 ? UINT64_C(0xf) << 24 : 0);
    case SR_ID_AA64DFR0_EL1:
        return id_fields(f, reg) | dfr0_specials(f);
    case SR_CTR_EL0: /* 64-byte lines, PIPT instruction cache; software must maintain it (DIC=0, IDC=0) */
        return 0x8444c004;
    case SR_DCZID_EL0: /* DC ZVA clears 64 bytes */
        return 4;
    case SR_GMID_EL1: /* LDGM and STGM move the tags of 256 bytes */
        return has(f, FEAT_MTE2) ? 6 : 0;
    case SR_CLIDR_EL1: /* L1 instruction and data, L2 unified; LoUIS 1, LoC 2, LoUU 1 */
        return 0x0a200023;
    case SR_AMCGCR_EL0: /* four architected monitors; the auxiliary ones count events of the PMU */
        return has(f, FEAT_AMUv1) ? 4 | (uint64_t)f->activity << 8 : 0;
    case SR_AMCFGR_EL0: /* two groups, 64 bits, AMCR_EL0.HDBG */
        return has(f, FEAT_AMUv1) ? UINT64_C(1) << 28 | BIT(24) | 63 << 8 | (4u + f->activity - 1u) : 0;
    case SR_AMCG1IDR_EL0:
        return has(f, FEAT_AMUv1p1) ? (BIT(f->activity) - 1) * 0x10001 : 0;
    case SR_AMEVTYPER00_EL0: /* CPU_CYCLES, CNT_CYCLES, INST_RETIRED, STALL_BACKEND_MEM */
        return has(f, FEAT_AMUv1) ? 0x0011 : 0;
    case SR_AMEVTYPER01_EL0:
        return has(f, FEAT_AMUv1) ? 0x4004 : 0;
    case SR_AMEVTYPER02_EL0:
        return has(f, FEAT_AMUv1) ? 0x0008 : 0;
    case SR_AMEVTYPER03_EL0:
        return has(f, FEAT_AMUv1) ? 0x4005 : 0;
    case SR_MPAMIDR_EL1: /* 64 PARTIDs, 2 PMGs, virtual PARTIDs in eight registers, MPAM2_EL2.TIDR */
        return has(f, FEAT_MPAM) ? UINT64_C(0x040000010000003f) | BIT(17) | UINT64_C(7) << 18 : 0;
    case SR_LORID_EL1: /* four LORegions, four descriptors */
        return has(f, FEAT_LOR) ? 0x00040004 : 0;
    default:
        return id_fields(f, reg);
    }
}

uint64_t features_ccsidr(const struct features *f, uint64_t csselr)
{
    static const struct {
        uint16_t ways, sets;
    } caches[] = {{4, 256}, {4, 256}, {8, 2048}}; /* L1 data 64K, L1 instruction 64K, L2 1M; 64-byte lines */

    if (csselr >= ARRAY_LEN(caches))
        return 0;
    uint64_t ways = caches[csselr].ways - 1u, sets = caches[csselr].sets - 1u;
    return has(f, FEAT_CCIDX) ? sets << 32 | ways << 3 | 2 : sets << 13 | ways << 3 | 2;
}
