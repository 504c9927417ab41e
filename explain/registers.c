/* SPDX-License-Identifier: BSD-2-Clause
 *
 * `explain REGISTER VALUE`: the fields of a register's value in words; of ESR_ELx also the syndrome, by
 * class.
 */
#include <inttypes.h>
#include <string.h>

#include "base/bits.h"
#include "explain/access.h"
#include "explain/fields.h"
#include "explain/internal.h"
#include "sysregs/fields.h"

const struct explain_option explain_registers_options[] = {
    {"register", "NAME", "which register of the family: explain tcr VALUE --register tcr_el2"},
    {NULL, NULL, NULL},
};

/* With so many fields, those that are 0 share a line. */
#define MANY_FIELDS 13

static bool same_feature(const struct explain *x, const struct field *f)
{
    return f->feature >= FEATURE_COUNT || has(&x->feat, f->feature);
}

static uint64_t value_of(const struct field *f, uint64_t value)
{
    return bits(value, f->high, f->low);
}

/* What is odd about this value of the field, or "". */
static const char *remark(const struct explain *x, const struct field *f, uint64_t v)
{
    if (f->feature == FEATURE_COUNT)
        return v != ones(f->high - f->low + 1u) ? ", so it can't be 0" : "";
    if (!same_feature(x, f) && f->ones && v == 0)
        return " (RES1 on this CPU)";
    if (!same_feature(x, f) && !f->ones && v != 0)
        return " (RES0 on this CPU)";
    return "";
}

static void print_field(struct explain *x, const struct field *f, uint64_t v, unsigned indent)
{
    char meaning[256], place[16], line[400], number[24];

    if (f->high == f->low)
        snprintf(place, sizeof(place), "[%u]", f->high);
    else
        snprintf(place, sizeof(place), "[%u:%u]", f->high, f->low);
    field_meaning(f, v, meaning, sizeof(meaning));
    if (f->feature == FEATURE_COUNT)
        snprintf(meaning, sizeof(meaning), "RES1");
    snprintf(number, sizeof(number), v < 10 ? "%" PRIu64 : "0x%" PRIx64, v);
    snprintf(line, sizeof(line), "%s%s", meaning, remark(x, f, v));
    if (line[0] == '\0') {
        say(x, "%*s%-8s%-13s%s\n", (int)indent, "", place, f->name, number);
        return;
    }
    say(x, "%*s%-8s%-13s%-8s", (int)indent, "", place, f->name, number);
    if (strlen(f->name) > 12 || strlen(number) > 7)
        say(x, " ");
    say_wrapped(x, indent + 29, indent + 31, line);
}

static bool in_summary(const struct explain *x, const struct layout *l, const struct field *f, uint64_t v,
                       bool all)
{
    if (!all && v == 0 && !same_feature(x, f) && !f->ones)
        return true;
    return !all && l->n >= MANY_FIELDS && !field_zero_matters(f) &&
           (f->feature == FEATURE_COUNT ? v != 0 : v == 0);
}

/* Data aborts: ISS<23:14> describe the instruction only where ISV is 1. */
static bool not_valid(const struct layout *l, const struct field *f, uint64_t value)
{
    const struct field *isv = layout_field(l, "ISV");

    return isv != NULL && layout_field(l, "SAS") != NULL && !bit(value, isv->high) && f->high <= 23 &&
           f->low >= 14;
}

static void print_layout(struct explain *x, const struct layout *l, uint64_t value, unsigned indent, bool all)
{
    char zero[800] = "0:";
    size_t used = 2;

    for (unsigned n = 0; n < l->n; n++) {
        const struct field *f = &l->field[n];
        const uint64_t v = value_of(f, value);
        if (not_valid(l, f, value))
            continue;
        if (!in_summary(x, l, f, v, all))
            print_field(x, f, v, indent);
        else if (v == 0 && used + 24 < sizeof(zero))
            used += (size_t)snprintf(zero + used, sizeof(zero) - used, " %s", f->name);
    }
    if (used > 2) {
        say(x, "%*s", (int)indent, "");
        say_wrapped(x, indent, indent + 3, zero);
    }
}

/* Bits that are 1 and belong to no field. */
static uint64_t outside(const struct layout *l, uint64_t value)
{
    for (unsigned n = 0; n < l->n; n++)
        value &= ~MASK(l->field[n].high, l->field[n].low);
    return value;
}

void explain_fields_text(struct explain *x, enum sysreg reg, uint64_t value, unsigned indent, bool all)
{
    struct layout l;

    if (!layout_of(&l, reg, bit(x->sr[SR_HCR_EL2], 34), value)) {
        say(x, "%*sno fields are known of this register\n", (int)indent, "");
        return;
    }
    print_layout(x, &l, value, indent, all);
    if (outside(&l, value) != 0)
        say(x, "%*sbits 0x%" PRIx64 " belong to no field%s%s: RES0\n", (int)indent, "", outside(&l, value),
            l.name[0] != '\0' ? " of the layout of " : "", l.name);
}

/* ---- syndromes ---- */

/* The instruction that ISS of EC 0x18 describes. */
static void trapped_instruction(const struct explain *x, uint64_t esr, struct access_request *q)
{
    const uint32_t raw =
        0xd5000000u |
        (uint32_t)(bits(esr, 0, 0) << 21 | bits(esr, 21, 20) << 19 | bits(esr, 16, 14) << 16 |
                   bits(esr, 13, 10) << 12 | bits(esr, 4, 1) << 8 | bits(esr, 19, 17) << 5 | bits(esr, 9, 5));

    access_identify(x, raw, q);
}

static bool has_iss(uint64_t esr, struct layout *l)
{
    layout_of_set(l, exception_class_iss(esr));
    return l->n != 0;
}

void explain_esr_text(struct explain *x, uint64_t esr, unsigned indent)
{
    const unsigned ec = (unsigned)bits(esr, 31, 26);
    struct access_request q;
    struct layout l;

    say(x, "%*sESR    0x%08" PRIx64 ": EC 0x%02x, %s; IL=%u\n", (int)indent, "", esr, ec,
        exception_class_name(ec), (unsigned)bit(esr, 25));
    indent += 7;
    if (ec == EC_SYSREG) {
        trapped_instruction(x, esr, &q);
        say(x, "%*sISS: %s (0x%08x)\n", (int)indent, "", q.text, q.raw);
    }
    if (!has_iss(esr, &l)) {
        if (bits(esr, 24, 0) != 0 || bits(esr, 55, 32) != 0)
            say(x, "%*sISS 0x%" PRIx64 ", not decoded\n", (int)indent, "",
                esr & (MASK(55, 32) | MASK(24, 0)));
        return;
    }
    print_layout(x, &l, esr, indent, false);
}

/* ---- JSON ---- */

static void json_layout(struct explain *x, const char *key, const struct layout *l, uint64_t value)
{
    char meaning[256];

    json_open(x, key, '[');
    for (unsigned n = 0; n < l->n; n++) {
        const struct field *f = &l->field[n];
        json_open(x, NULL, '{');
        json_text(x, "name", f->name);
        json_number(x, "high", f->high);
        json_number(x, "low", f->low);
        json_hex(x, "value", value_of(f, value));
        field_meaning(f, value_of(f, value), meaning, sizeof(meaning));
        json_text(x, "meaning", f->feature == FEATURE_COUNT ? "RES1" : meaning);
        json_bool(x, "implemented", same_feature(x, f));
        json_close(x);
    }
    json_close(x);
}

void explain_esr_json(struct explain *x, const char *key, uint64_t esr)
{
    struct access_request q;
    struct layout l;

    json_open(x, key, '{');
    json_hex(x, "value", esr);
    json_hex(x, "ec", bits(esr, 31, 26));
    json_text(x, "class", exception_class_name((unsigned)bits(esr, 31, 26)));
    json_bool(x, "il", bit(esr, 25));
    json_hex(x, "iss", bits(esr, 24, 0));
    json_hex(x, "iss2", bits(esr, 55, 32));
    if (bits(esr, 31, 26) == EC_SYSREG) {
        trapped_instruction(x, esr, &q);
        json_text(x, "instruction", q.text);
    }
    has_iss(esr, &l);
    json_layout(x, "iss_fields", &l, esr);
    json_close(x);
}

static bool is_esr(enum sysreg reg)
{
    return reg == SR_ESR_EL1 || reg == SR_ESR_EL2 || reg == SR_ESR_EL3;
}

static void json_register(struct explain *x, enum sysreg reg, uint64_t value)
{
    struct layout l;
    char section[96];

    json_open(x, NULL, '{');
    json_text(x, "command", "register");
    json_text(x, "register", sysreg_row(reg)->name);
    json_hex(x, "value", value);
    const bool known = layout_of(&l, reg, bit(x->sr[SR_HCR_EL2], 34), value);
    json_text(x, "layout", l.name[0] != '\0' ? l.name : NULL);
    json_text(x, "section", manual_section(reg, section, sizeof(section)));
    if (!known)
        l.n = 0;
    json_layout(x, "fields", &l, value);
    json_hex(x, "res0", known ? outside(&l, value) : 0);
    if (is_esr(reg))
        explain_esr_json(x, "syndrome", value);
    explain_notes_json(x);
    json_close(x);
}

/* ---- the command ---- */

static void print_register(struct explain *x, enum sysreg reg, uint64_t value)
{
    struct layout l;
    char section[96];

    layout_of(&l, reg, bit(x->sr[SR_HCR_EL2], 34), value);
    say_strong(x, "%s = 0x%" PRIx64 "%s%s%s  [%s]", sysreg_row(reg)->name, value,
               l.name[0] != '\0' ? " (" : "", l.name, l.name[0] != '\0' ? ")" : "",
               manual_section(reg, section, sizeof(section)));
    explain_notes_text(x);
    if (is_esr(reg))
        explain_esr_text(x, value, 2);
    else
        explain_fields_text(x, reg, value, 2, explain_option(x, "all") != NULL);
}

bool explain_registers(struct explain *x)
{
    const char *name = explain_option(x, "register");
    uint64_t value;

    if (name == NULL)
        name = x->name;
    enum sysreg reg = explain_register(x, name);
    if (reg == SR_NONE)
        return false;
    if (x->n_args > 1)
        return explain_fail(x, "explain %s: one value is wanted, not also '%s'", x->name, x->arg[1]);
    if (x->n_args == 0)
        value = x->sr[reg];
    else if (!explain_value(x, reg, x->arg[0], &value))
        return false;
    if (x->json)
        json_register(x, reg, value);
    else
        print_register(x, reg, value);
    return true;
}
