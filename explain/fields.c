/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Registers as fields, and values in words. See fields.h.
 */
#include "explain/fields.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/bits.h"
#include "base/compiler.h"

/* ---- the tables ---- */

struct field_row {
    uint8_t set, high, low;
    bool ones;
    uint16_t feature;
    const char *name;
};

/* sysregs/: sets are REGSET_*. */
static const struct field_row reg_fields[] = {
#define SET(name, reg, layout)
#define FIELD(set, name, high, low, feature) {REGSET_##set, high, low, false, FEAT_##feature, #name},
#define FIELD1(set, name, high, low, feature) {REGSET_##set, high, low, true, FEAT_##feature, #name},
#define FIXED1(set, name, high, low) {REGSET_##set, high, low, true, FEATURE_COUNT, #name},
#include "sysregs/regfields.def"
#undef SET
#undef FIELD
#undef FIELD1
#undef FIXED1
#define FGT(r, name, b, on, feature) {REGSET_##r##_EL2, b, b, false, FEAT_##feature, #name},
#include "sysregs/fgt.def"
#undef FGT
};

enum { LAYOUT_ANY, LAYOUT_NVHE, LAYOUT_VHE };

static const struct {
    const char *name;
    uint16_t reg;
    uint8_t layout;
} reg_sets[] = {
#define SET(name, reg, layout) {#name, SR_##reg, LAYOUT_##layout},
#define FIELD(set, name, high, low, feature)
#define FIELD1(set, name, high, low, feature)
#define FIXED1(set, name, high, low)
#include "sysregs/regfields.def"
#undef SET
#undef FIELD
#undef FIELD1
#undef FIXED1
};

static const struct field_row extra_fields[] = {
#define XSET(name, reg)
#define XALSO(name, reg)
#define XFIELD(set, name, high, low) {XSET_##set, high, low, false, FEAT_ALWAYS, #name},
#define WORDS(family, name, format, about, ...)
#include "explain/fields.def"
#undef XSET
#undef XALSO
#undef XFIELD
#undef WORDS
};

static const struct {
    const char *name;
    uint16_t reg;
} extra_sets[] = {
#define XSET(name, reg) {#name, reg},
#define XALSO(name, reg)
#define XFIELD(set, name, high, low)
#define WORDS(family, name, format, about, ...)
#include "explain/fields.def"
#undef XSET
#undef XALSO
#undef XFIELD
#undef WORDS
};

/* Registers that share the layout of another. */
static const struct {
    uint8_t set;
    uint16_t reg;
} extra_also[] = {
#define XSET(name, reg)
#define XALSO(name, reg) {XSET_##name, reg},
#define XFIELD(set, name, high, low)
#define WORDS(family, name, format, about, ...)
#include "explain/fields.def"
#undef XSET
#undef XALSO
#undef XFIELD
#undef WORDS
};

#define VALUES(...)                                                                                          \
    (const char *const[])                                                                                    \
    {                                                                                                        \
        __VA_ARGS__                                                                                          \
    }
static const struct field_words words[] = {
#define XSET(name, reg)
#define XALSO(name, reg)
#define XFIELD(set, name, high, low)
#define WORDS(family, name, format, about, ...)                                                              \
    {#family, #name, FORMAT_##format, about, VALUES(__VA_ARGS__), ARRAY_LEN(VALUES(__VA_ARGS__))},
#include "explain/fields.def"
#undef XSET
#undef XALSO
#undef XFIELD
#undef WORDS
};

/* ---- layouts ---- */

/* Is `set` ("SCTLR_EL2_VHE") of this family ("SCTLR")? A family may also be a whole name. */
static bool of_family(const char *set, const char *family)
{
    const size_t n = strlen(family);

    return strncmp(set, family, n) == 0 && (set[n] == '\0' || strncmp(set + n, "_EL", 3) == 0);
}

static const struct field_words *words_for(const char *set, const char *name)
{
    for (unsigned n = 0; n < ARRAY_LEN(words); n++)
        if (strcmp(words[n].name, name) == 0 && of_family(set, words[n].family))
            return &words[n];
    return NULL;
}

/* Rows from the highest bit down. */
static void add_row(struct layout *l, const struct field_row *r, const char *set, enum sysreg reg)
{
    unsigned at = l->n;

    if (l->n == LAYOUT_FIELDS)
        return;
    for (; at > 0 && l->field[at - 1].high < r->high; at--)
        l->field[at] = l->field[at - 1];
    l->field[at] = (struct field){.name = r->name,
                                  .high = r->high,
                                  .low = r->low,
                                  .ones = r->ones,
                                  .feature = r->feature,
                                  .reg = reg,
                                  .words = words_for(set, r->name)};
    l->n++;
}

static void from_set(struct layout *l, enum extra_set set, enum sysreg reg)
{
    l->n = 0;
    l->name = "";
    for (unsigned n = 0; n < ARRAY_LEN(extra_fields); n++)
        if (extra_fields[n].set == set)
            add_row(l, &extra_fields[n], extra_sets[set].name, reg);
}

void layout_of_set(struct layout *l, enum extra_set set)
{
    from_set(l, set, SR_NONE);
}

static bool from_regfields(struct layout *l, enum sysreg reg, bool e2h)
{
    for (unsigned s = 0; s < ARRAY_LEN(reg_sets); s++) {
        if (reg_sets[s].reg != reg || reg_sets[s].layout == (e2h ? LAYOUT_NVHE : LAYOUT_VHE))
            continue;
        for (unsigned n = 0; n < ARRAY_LEN(reg_fields); n++)
            if (reg_fields[n].set == s)
                add_row(l, &reg_fields[n], reg_sets[s].name, reg);
        if (reg_sets[s].layout != LAYOUT_ANY)
            l->name = e2h ? "HCR_EL2.E2H=1" : "HCR_EL2.E2H=0";
        return l->n != 0;
    }
    return false;
}

/* Of ICH_LR3_EL2: ICH_LR0_EL2. */
static enum sysreg first_of_group(enum sysreg reg)
{
    const char *name = sysreg_row(reg)->name, *end = strstr(name, "_EL");
    char first[48];

    if (end == NULL)
        return reg;
    const char *digits = end;
    while (digits > name && digits[-1] >= '0' && digits[-1] <= '9')
        digits--;
    if (digits == end || strlen(name) >= sizeof(first))
        return reg;
    snprintf(first, sizeof(first), "%.*s0%s", (int)(digits - name), name, end);
    enum sysreg found = sysreg_by_name(first);
    return found != SR_NONE ? found : reg;
}

static bool from_extra(struct layout *l, enum sysreg shape, enum sysreg reg)
{
    for (unsigned s = 0; s < ARRAY_LEN(extra_sets); s++) {
        if (extra_sets[s].reg == shape) {
            from_set(l, (enum extra_set)s, reg);
            return true;
        }
    }
    for (unsigned s = 0; s < ARRAY_LEN(extra_also); s++) {
        if (extra_also[s].reg == shape) {
            from_set(l, (enum extra_set)extra_also[s].set, reg);
            return true;
        }
    }
    return false;
}

bool layout_of(struct layout *l, enum sysreg reg, bool e2h, uint64_t value)
{
    l->n = 0;
    l->name = "";
    if (reg == SR_PAR_EL1 && bit(value, 0)) {
        from_set(l, XSET_PAR_FAULT, reg);
        l->name = "F=1";
        return true;
    }
    return from_regfields(l, reg, e2h) || from_extra(l, reg, reg) || from_extra(l, first_of_group(reg), reg);
}

const struct field *layout_field(const struct layout *l, const char *name)
{
    for (unsigned n = 0; n < l->n; n++)
        if (strcasecmp(l->field[n].name, name) == 0)
            return &l->field[n];
    return NULL;
}
