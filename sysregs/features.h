/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Architectural features and CPU models. features.def is the table; a `struct features` is a CPU's choice of
 * them together with its identification registers.
 */
#ifndef EL2SIM_SYSREGS_FEATURES_H
#define EL2SIM_SYSREGS_FEATURES_H

#include <stdbool.h>
#include <stdint.h>

enum feature {
    FEAT_ALWAYS, /* Armv8.0 base: always there */
#define FEATURE(name, ...) FEAT_##name,
#include "sysregs/features.def"
#undef FEATURE
    FEATURE_COUNT
};

/* Layouts of registers whose writable fields depend on features: the rows SET() of regfields.def. */
enum regset {
#define SET(name, reg, layout) REGSET_##name,
#define FIELD(set, name, high, low, feature)
#define FIELD1(set, name, high, low, feature)
#define FIXED1(set, name, high, low)
#include "sysregs/regfields.def"
#undef SET
#undef FIELD
#undef FIELD1
#undef FIXED1
    REGSET_COUNT
};

struct regmask {
    uint64_t writable, ones; /* bits that keep what is written; bits that read as 1; all others read as 0 */
};

struct features {
    uint64_t bitmap[(FEATURE_COUNT + 63) / 64];
    const char *model;     /* "max", "neoverse-n1", ... */
    uint8_t pa_bits;       /* implemented physical address size, 32..52 (ID_AA64MMFR0_EL1.PARange) */
    bool has_el2, has_el3; /* exception levels that exist: board's virtualization= and secure= */
    bool e2h_res1;         /* HCR_EL2.E2H reads as 1 and can't be cleared (no FEAT_E2H0) */
    uint8_t breakpoints, watchpoints;
    uint8_t counters;                   /* event counters of the PMU */
    uint8_t activity;                   /* auxiliary activity monitors (FEAT_AMUv1) */
    struct regmask masks[REGSET_COUNT]; /* derived from the rest by features_parse() */
    char message[2048];                 /* of features_parse() */
};

static inline bool has(const struct features *f, enum feature n)
{
    return (f->bitmap[n / 64] >> (n % 64)) & 1;
}

static inline void feature_set(struct features *f, enum feature n, bool on)
{
    if (on)
        f->bitmap[n / 64] |= UINT64_C(1) << (n % 64);
    else
        f->bitmap[n / 64] &= ~(UINT64_C(1) << (n % 64));
}

/* Fills *f for a `-cpu` argument such as "max", "neoverse-n1" or "max,PAuth=off,e2h=res1". Returns NULL, or a
 * message (static or in a buffer of *f's lifetime) that says what is wrong and what is known. has_el2/has_el3
 * are set by the caller before the call. */
const char *features_parse(struct features *f, const char *cpu_option);
/* The same CPU where memory has no allocation tags: of FEAT_MTE only the instructions are left. */
void features_without_tags(struct features *f);
/* Name and one-line description of the n-th CPU model; NULL past the last. */
const char *cpu_model_name(unsigned n);
const char *cpu_model_about(unsigned n);
/* "FEAT_VHE" for FEAT_VHE. */
const char *feature_name(enum feature n);
/* The identification register and its 4-bit field from bit *low up that tell software of the feature; false:
 * it has none of its own. */
bool feature_id_field(enum feature n, unsigned *reg, unsigned *low);
/* The same, with the least value of the field that announces it. */
bool feature_id_value(enum feature n, unsigned *reg, unsigned *low, unsigned *value);
/* Some CPU model has it, so that it can be switched on. */
bool feature_implemented(enum feature n);
/* "FEAT_VHE not implemented": what an access verdict says. */
const char *feature_absent(enum feature n);
/* CCSIDR_EL1 of the cache that a value of CSSELR_EL1 selects; 0 for a cache that isn't there. */
uint64_t features_ccsidr(const struct features *f, uint64_t csselr);
/* Value of the identification register `reg` (SR_ID_AA64*, SR_MIDR_EL1, SR_CTR_EL0 ...) of a CPU with these
 * features; 0 for any other register. Arm ARM D19.2. */
uint64_t features_id(const struct features *f, unsigned reg);
/* Recomputes f->masks after has_el3, e2h_res1 or the bitmap were changed by hand (tests). */
void features_derive(struct features *f);

#endif
