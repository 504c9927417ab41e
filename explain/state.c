/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The state that an explanation is about, from the command line: CPU model, Exception level, PSTATE,
 * registers by field names. Registers that aren't named have their reset values, except that EL3 stays out of
 * the way: as firmware leaves it for an operating system (SCR_EL3.NS, HCE, and every enable that the CPU
 * has).
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bits.h"
#include "explain/fields.h"
#include "explain/internal.h"
#include "sysregs/fields.h"

bool explain_fail(struct explain *x, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(x->io->error, sizeof(x->io->error), fmt, ap);
    va_end(ap);
    return false;
}

void explain_note(struct explain *x, const char *fmt, ...)
{
    va_list ap;

    if (x->n_notes == EXPLAIN_NOTES)
        return;
    va_start(ap, fmt);
    vsnprintf(x->note[x->n_notes], sizeof(x->note[0]), fmt, ap);
    va_end(ap);
    x->n_notes++;
}

/* ---- names that were nearly right ---- */

/* Levenshtein's distance, of lower case; long words count as far. */
static unsigned distance(const char *a, const char *b)
{
    enum { MAX = 40 };
    unsigned row[MAX + 1], la = (unsigned)strlen(a), lb = (unsigned)strlen(b);

    if (la > MAX || lb > MAX)
        return MAX;
    for (unsigned j = 0; j <= lb; j++)
        row[j] = j;
    for (unsigned i = 1; i <= la; i++) {
        unsigned diagonal = row[0];
        row[0] = i;
        for (unsigned j = 1; j <= lb; j++) {
            unsigned change =
                diagonal + (tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1]));
            unsigned other = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = change < other ? change : other;
        }
    }
    return row[lb];
}

void nearest_start(struct nearest *n, const char *wanted)
{
    *n = (struct nearest){.wanted = wanted, .distance = (unsigned)strlen(wanted) / 3 + 1};
}

void nearest_offer(struct nearest *n, const char *name)
{
    unsigned d = distance(n->wanted, name);

    if (strlen(name) < sizeof(n->name) && (n->name[0] == '\0' ? d <= n->distance : d < n->distance)) {
        n->distance = d;
        strcpy(n->name, name);
    }
}

const char *nearest_hint(const struct nearest *n, char *buffer, size_t size)
{
    buffer[0] = '\0';
    if (n->name[0] != '\0')
        snprintf(buffer, size, "; did you mean '%s'?", n->name);
    return buffer;
}

/* ---- numbers and registers ---- */

bool explain_number(const char *text, uint64_t *value)
{
    char digits[80], *end;
    size_t n = 0;
    int base = 0;

    for (; *text != '\0' && n + 1 < sizeof(digits); text++)
        if (*text != '_')
            digits[n++] = *text;
    digits[n] = '\0';
    if (!isdigit((unsigned char)digits[0]) || *text != '\0')
        return false;
    const char *start = digits;
    if (digits[0] == '0' && tolower((unsigned char)digits[1]) == 'b') {
        start += 2;
        base = 2;
    } else if (digits[0] == '0' && tolower((unsigned char)digits[1]) != 'x') {
        base = 10;
    }
    if (!isxdigit((unsigned char)start[0]))
        return false;
    unsigned long long v = strtoull(start, &end, base);
    if (*end != '\0' || (v == UINT64_MAX && strspn(digits + 2, "fF") != 16))
        return false;
    *value = v;
    return true;
}

bool explain_encoding(const char *text, unsigned code[5])
{
    static const unsigned limit[5] = {3, 7, 15, 15, 7};

    for (unsigned n = 0; n < 5; n++) {
        char *end;
        if (tolower((unsigned char)*text) == (n == 0 ? 's' : n == 2 || n == 3 ? 'c' : 0))
            text++;
        else if (n == 0 || n == 2 || n == 3)
            return false;
        if (!isdigit((unsigned char)*text))
            return false;
        unsigned long v = strtoul(text, &end, 10);
        if (v > limit[n] || *end != (n == 4 ? '\0' : '_'))
            return false;
        code[n] = (unsigned)v;
        text = end + 1;
    }
    return true;
}

static bool is_register(enum sysreg reg)
{
    return reg != SR_NONE && (sysreg_row(reg)->access & 4) == 0;
}

/* NAME_ELn, the register of this family that has most to do with the state. */
static enum sysreg by_family(const struct explain *x, const char *name)
{
    const bool host = el_is_in_host(&x->feat, x->sr, 0);
    const unsigned first = x->el >= 2 ? x->el : x->el == 0 && host ? 2 : 1;
    const unsigned order[] = {first, 2, 1, 3, 0};
    char full[64];

    for (unsigned n = 0; n < ARRAY_LEN(order); n++) {
        snprintf(full, sizeof(full), "%s_EL%u", name, order[n]);
        enum sysreg reg = sysreg_by_name(full);
        if (is_register(reg))
            return reg;
    }
    return SR_NONE;
}

static enum sysreg find_register(const struct explain *x, const char *name)
{
    unsigned code[5];
    enum sysreg reg = sysreg_by_name(name);

    if (is_register(reg))
        return reg;
    if (explain_encoding(name, code))
        return sysreg_find(code[0], code[1], code[2], code[3], code[4]);
    return strlen(name) < 48 ? by_family(x, name) : SR_NONE;
}

enum sysreg explain_register(struct explain *x, const char *name)
{
    enum sysreg reg = find_register(x, name);
    struct nearest near;
    char hint[80];

    if (reg != SR_NONE)
        return reg;
    nearest_start(&near, name);
    for (unsigned n = 0; n < SR_COUNT; n++)
        if (is_register(n))
            nearest_offer(&near, sysreg_row(n)->name);
    explain_fail(x, "unknown register '%s'%s", name, nearest_hint(&near, hint, sizeof(hint)));
    return SR_NONE;
}

/* ---- values by field names ---- */

static bool unknown_field(struct explain *x, enum sysreg reg, const struct layout *l, const char *name)
{
    struct nearest near;
    char hint[80];

    nearest_start(&near, name);
    for (unsigned n = 0; n < l->n; n++)
        nearest_offer(&near, l->field[n].name);
    return explain_fail(x, "%s has no field '%s'%s", sysreg_row(reg)->name, name,
                        nearest_hint(&near, hint, sizeof(hint)));
}

/* One "field", "-field", "+field" or "field=value" of a list. */
static bool apply_field(struct explain *x, enum sysreg reg, const struct layout *l, char *item,
                        uint64_t *value)
{
    char *number = strchr(item, '=');
    const bool minus = item[0] == '-';
    uint64_t v = !minus;

    if (item[0] == '+' || minus)
        item++;
    if (number != NULL)
        *number++ = '\0';
    const struct field *f = layout_field(l, item);
    if (f == NULL)
        return unknown_field(x, reg, l, item);
    const unsigned width = f->high - f->low + 1u;
    if (number != NULL && (!explain_number(number, &v) || v > ones(width)))
        return explain_fail(x, "%s.%s: '%s' is not a number of %u bit%s", sysreg_row(reg)->name, f->name,
                            number, width, width == 1 ? "" : "s");
    if (number == NULL && !minus && width > 1)
        return explain_fail(x, "%s.%s has %u bits: write %s=NUMBER", sysreg_row(reg)->name, f->name, width,
                            f->name);
    *value = bits_set(*value, f->high, f->low, v);
    if (v != 0 && f->feature < FEATURE_COUNT && !has(&x->feat, f->feature))
        explain_note(x, "%s.%s can't be set: %s isn't in this CPU", sysreg_row(reg)->name, f->name,
                     feature_name(f->feature));
    return true;
}

bool explain_value(struct explain *x, enum sysreg reg, const char *text, uint64_t *value)
{
    struct layout l;
    char copy[512], *rest = copy, *item;

    if (explain_number(text, value))
        return true;
    if (strlen(text) >= sizeof(copy))
        return explain_fail(x, "%s: the list is too long", sysreg_row(reg)->name);
    if (!layout_of(&l, reg, bit(x->sr[SR_HCR_EL2], 34), 0))
        return explain_fail(x, "%s: '%s' is not a number (0x...), and its fields have no names here",
                            sysreg_row(reg)->name, text);
    strcpy(copy, text);
    *value = text[0] == '+' || text[0] == '-' ? x->sr[reg] : 0;
    while ((item = strsep(&rest, ",")) != NULL)
        if (item[0] != '\0' && !apply_field(x, reg, &l, item, value))
            return false;
    return true;
}

/* ---- the command line ---- */

static const struct explain_option state_options[] = {
    {"el", "N", "Exception level 0 to 3"},
    {"hcr", "LIST", "HCR_EL2 as field names (e2h,tge,imo) or a number (0x488000000)"},
    {"set", "REGISTER=LIST", "any register; --REGISTER LIST is the same"},
    {"cpu", "MODEL", "CPU model with features as for -cpu (default max)"},
    {"secure", NULL, "Secure state (SCR_EL3.NS=0, EEL2=1)"},
    {"no-el2", NULL, "EL2 is not implemented"},
    {"no-el3", NULL, "EL3 is not implemented"},
    {"daif", "BITS", "PSTATE masks: letters of d, a, i, f, or all, none (default none)"},
    {"sp0", NULL, "PSTATE.SP=0: SP_EL0 is the stack pointer"},
    {"json", NULL, "write JSON"},
    {"all", NULL, "also fields that are 0"},
    {"help", NULL, "this text"},
    {NULL, NULL, NULL},
};

const struct explain_option *explain_state_options(void)
{
    return state_options;
}

static const struct explain_option *find_option(const struct explain_option *o, const char *name)
{
    for (; o != NULL && o->name != NULL; o++)
        if (strcasecmp(o->name, name) == 0)
            return o;
    return NULL;
}

const char *explain_option(const struct explain *x, const char *name)
{
    for (unsigned n = x->n_options; n > 0; n--)
        if (strcmp(x->option[n - 1].name, name) == 0)
            return x->option[n - 1].value != NULL ? x->option[n - 1].value : name;
    return NULL;
}

bool explain_option_number(struct explain *x, const char *name, uint64_t min, uint64_t max, uint64_t *value)
{
    const char *text = explain_option(x, name);
    uint64_t v;

    if (text == NULL)
        return true;
    if (!explain_number(text, &v) || v < min || v > max)
        return explain_fail(x, "--%s %s: a number from %" PRIu64 " to %" PRIu64 " is wanted", name, text, min,
                            max);
    *value = v;
    return true;
}

static bool unknown_option(struct explain *x, const char *name)
{
    struct nearest near;
    char hint[80];

    nearest_start(&near, name);
    for (const struct explain_option *o = state_options; o->name != NULL; o++)
        nearest_offer(&near, o->name);
    for (const struct explain_option *o = x->command->options; o != NULL && o->name != NULL; o++)
        nearest_offer(&near, o->name);
    for (unsigned n = 0; n < SR_COUNT; n++)
        if (is_register(n))
            nearest_offer(&near, sysreg_row(n)->name);
    return explain_fail(x, "unknown option '--%s'%s (explain %s --help lists them)", name,
                        nearest_hint(&near, hint, sizeof(hint)), x->command->name);
}

bool explain_is_register(const struct explain *x, const char *name)
{
    return find_register(x, name) != SR_NONE;
}

static bool add_option(struct explain *x, const char *name, const char *value)
{
    if (x->n_options == EXPLAIN_OPTIONS)
        return explain_fail(x, "too many options");
    x->option[x->n_options].name = name;
    x->option[x->n_options++].value = value;
    return true;
}

/* argv into arguments and options; nothing is looked at yet but names. */
static bool split(struct explain *x, int argc, char **argv)
{
    for (int n = 1; n < argc; n++) {
        char *arg = argv[n];
        if (arg[0] != '-' || arg[1] == '\0') {
            if (x->n_args == EXPLAIN_ARGS)
                return explain_fail(x, "too many arguments at '%s'", arg);
            x->arg[x->n_args++] = arg;
            continue;
        }
        char *name = arg + (arg[1] == '-' ? 2 : 1), *value = strchr(name, '=');
        if (value != NULL)
            *value++ = '\0';
        const struct explain_option *o = find_option(state_options, name);
        if (o == NULL)
            o = find_option(x->command->options, name);
        if (o == NULL && !explain_is_register(x, name))
            return unknown_option(x, name);
        const bool wants = o == NULL || o->arg != NULL;
        if (!wants && value != NULL)
            return explain_fail(x, "option '--%s' takes no value", name);
        if (wants && value == NULL) {
            if (n + 1 == argc)
                return explain_fail(x, "option '--%s' needs a value%s%s", name, o != NULL ? ": " : "",
                                    o != NULL ? o->arg : "");
            value = argv[++n];
        }
        if (!add_option(x, o != NULL ? o->name : name, value))
            return false;
    }
    return true;
}

/* EL3 as firmware leaves it: Non-secure, and everything that EL3 can enable for lower levels enabled. */
static void default_el3(struct explain *x)
{
    const uint64_t scr = SCR_NS | SCR_HCE | SCR_APK | SCR_API | SCR_FIEN | SCR_ENSCXT | SCR_ATA | SCR_FGTEN |
                         SCR_ECVEN | SCR_HXEN | MASK(46, 43) | BIT(59);

    if (!x->feat.has_el3)
        return;
    x->sr[SR_SCR_EL3] = sysreg_store_value(&x->feat, x->sr, SR_SCR_EL3, scr);
    if (explain_option(x, "secure") != NULL)
        x->sr[SR_SCR_EL3] = sysreg_store_value(&x->feat, x->sr, SR_SCR_EL3, (scr & ~SCR_NS) | SCR_EEL2);
}

static bool make_cpu(struct explain *x)
{
    const char *model = explain_option(x, "cpu");

    x->feat.has_el2 = explain_option(x, "no-el2") == NULL;
    x->feat.has_el3 = explain_option(x, "no-el3") == NULL;
    const char *wrong = features_parse(&x->feat, model != NULL ? model : "max");
    if (wrong != NULL)
        return explain_fail(x, "--cpu %s: %s", model, wrong);
    if (!x->feat.has_el3 && explain_option(x, "secure") != NULL)
        return explain_fail(x, "--secure needs EL3, which --no-el3 takes away");
    sysreg_reset(x->sr, &x->feat, 0);
    default_el3(x);
    return true;
}

static bool make_pstate(struct explain *x)
{
    static const char letters[] = "fiad";
    const char *el = explain_option(x, "el"), *daif = explain_option(x, "daif");
    uint64_t v = 1;

    if (!explain_option_number(x, "el", 0, 3, &v))
        return false;
    x->el = (uint8_t)v;
    x->el_given = el != NULL;
    x->sp0 = explain_option(x, "sp0") != NULL;
    if ((v == 2 && !x->feat.has_el2) || (v == 3 && !x->feat.has_el3))
        return explain_fail(x, "--el %u: this CPU has no EL%u", x->el, x->el);
    if (daif == NULL || strcasecmp(daif, "none") == 0)
        return true;
    if (strcasecmp(daif, "all") == 0)
        daif = "daif";
    if (explain_number(daif, &v) && v <= 15) {
        x->daif = (uint8_t)v;
        return true;
    }
    for (; *daif != '\0'; daif++) {
        const char *p = strchr(letters, tolower((unsigned char)*daif));
        if (p == NULL)
            return explain_fail(x, "--daif: letters of d, a, i, f are wanted, or all, or none");
        x->daif |= (uint8_t)(1u << (p - letters));
    }
    return true;
}

/* The register holds what a write of `wanted` leaves; a note for bits that didn't stay, unless names said it.
 */
static void store(struct explain *x, enum sysreg reg, uint64_t wanted, bool said)
{
    x->sr[reg] = sysreg_store_value(&x->feat, x->sr, reg, wanted);
    x->given[reg] = true;
    if ((wanted & ~x->sr[reg]) != 0 && !said)
        explain_note(x, "%s: bits 0x%" PRIx64 " can't be set on this CPU (RES0)", sysreg_row(reg)->name,
                     wanted & ~x->sr[reg]);
}

/* One option that gives a register its value; HCR_EL2 is looked at first, since it decides layouts. */
bool explain_set(struct explain *x, const char *name, const char *value, bool hcr)
{
    char copy[64];

    if (strcmp(name, "set") == 0) {
        const char *equals = strchr(value, '=');
        if (equals == NULL || (size_t)(equals - value) >= sizeof(copy))
            return explain_fail(x, "--set %s: REGISTER=VALUE is wanted", value);
        snprintf(copy, sizeof(copy), "%.*s", (int)(equals - value), value);
        name = copy;
        value = equals + 1;
    }
    enum sysreg reg = explain_register(x, name);
    if (reg == SR_NONE)
        return false;
    if ((reg == SR_HCR_EL2) != hcr)
        return true;
    const unsigned notes = x->n_notes;
    uint64_t v;
    if (!explain_value(x, reg, value, &v))
        return false;
    store(x, reg, v, x->n_notes != notes);
    return true;
}

/* The state of a machine. */
static void take_source(struct explain *x, const struct explain_source *s)
{
    x->feat = *s->feat;
    memcpy(x->sr, s->sr, sizeof(x->sr));
    x->given[SR_HCR_EL2] = s->feat->has_el2;
    x->el = s->el;
    x->el_given = true;
    x->daif = s->daif;
    x->sp0 = s->sp0;
    x->pan = s->pan;
}

static bool make_state(struct explain *x)
{
    if (x->io->source != NULL) {
        take_source(x, x->io->source);
        return true;
    }
    return make_cpu(x) && make_pstate(x) && (x->command->prepare == NULL || x->command->prepare(x));
}

bool explain_parse(struct explain *x, int argc, char **argv)
{
    if (!split(x, argc, argv) || !make_state(x))
        return false;
    x->json = explain_option(x, "json") != NULL;
    for (unsigned pass = 0; pass < 2; pass++) {
        for (unsigned n = 0; n < x->n_options; n++) {
            const char *name = x->option[n].name;
            if (strcmp(name, "set") != 0 && strcmp(name, "hcr") != 0 &&
                (find_option(state_options, name) != NULL || find_option(x->command->options, name) != NULL))
                continue;
            if (!explain_set(x, name, x->option[n].value, pass == 0))
                return false;
        }
    }
    if (x->el == 2 && !el2_enabled(&x->feat, x->sr))
        return explain_fail(x, "--el 2: EL2 is not enabled in Secure state without SCR_EL3.EEL2");
    return true;
}

struct access_state explain_access_state(const struct explain *x)
{
    return (struct access_state){.feat = &x->feat, .sr = x->sr, .el = x->el, .pstate_sp0 = x->sp0};
}

/* ---- the state in words ---- */

static const char *security(const struct explain *x)
{
    if (!x->feat.has_el3)
        return "Non-secure, without EL3";
    return is_secure_below_el3(&x->feat, x->sr) ? "Secure" : "Non-secure";
}

/* "E2H|TGE" of what is set; a number for a register without names. */
static void names_of(const struct explain *x, enum sysreg reg, char *buffer, size_t size)
{
    struct layout l;
    size_t used = 0;

    snprintf(buffer, size, "0x%" PRIx64, x->sr[reg]);
    if (!layout_of(&l, reg, bit(x->sr[SR_HCR_EL2], 34), x->sr[reg]))
        return;
    for (unsigned n = 0; n < l.n && used + 24 < size; n++) {
        const struct field *f = &l.field[n];
        const uint64_t v = bits(x->sr[reg], f->high, f->low);
        if (v == 0 || f->ones)
            continue;
        const char *between = used == 0 ? "" : ",";
        used += (size_t)(f->high == f->low
                             ? snprintf(buffer + used, size - used, "%s%s", between, f->name)
                             : snprintf(buffer + used, size - used, "%s%s=0x%" PRIx64, between, f->name, v));
    }
    if (used == 0)
        snprintf(buffer, size, "0");
}

void explain_state_text(struct explain *x)
{
    char line[1024], names[400];
    size_t used;

    used = x->el_given ? (size_t)snprintf(line, sizeof(line), "EL%u, ", x->el) : 0;
    used += (size_t)snprintf(line + used, sizeof(line) - used, "%s, CPU %s%s", security(x), x->feat.model,
                             x->feat.has_el2 ? "" : " without EL2");
    if (x->daif != 0)
        used += (size_t)snprintf(line + used, sizeof(line) - used, ", PSTATE.{%s%s%s%s}=1",
                                 x->daif & 8 ? "D" : "", x->daif & 4 ? "A" : "", x->daif & 2 ? "I" : "",
                                 x->daif & 1 ? "F" : "");
    for (unsigned n = 0; n < SR_COUNT && used + 200 < sizeof(line); n++) {
        if (!x->given[n] && n != SR_HCR_EL2)
            continue;
        names_of(x, n, names, sizeof(names));
        used += (size_t)snprintf(line + used, sizeof(line) - used, ", %s=%.300s", sysreg_row(n)->name, names);
        if (used > sizeof(line))
            used = sizeof(line);
    }
    say(x, "  State  ");
    say_wrapped(x, 9, 9, line);
}

void explain_state_json(struct explain *x)
{
    json_open(x, "state", '{');
    if (x->el_given)
        json_number(x, "el", x->el);
    json_text(x, "security", is_secure_below_el3(&x->feat, x->sr) ? "secure" : "non-secure");
    json_text(x, "cpu", x->feat.model);
    json_bool(x, "has_el2", x->feat.has_el2);
    json_bool(x, "has_el3", x->feat.has_el3);
    json_number(x, "daif", x->daif);
    json_number(x, "sp", !x->sp0);
    json_open(x, "registers", '{');
    for (unsigned n = 0; n < SR_COUNT; n++)
        if (x->given[n] || n == SR_HCR_EL2 || (n == SR_SCR_EL3 && x->feat.has_el3))
            json_hex(x, sysreg_row(n)->name, x->sr[n]);
    json_close(x);
    json_close(x);
}

void explain_notes_text(struct explain *x)
{
    for (unsigned n = 0; n < x->n_notes; n++) {
        say(x, "  Note   ");
        say_wrapped(x, 9, 9, x->note[n]);
    }
}

void explain_notes_json(struct explain *x)
{
    json_open(x, "notes", '[');
    for (unsigned n = 0; n < x->n_notes; n++)
        json_text(x, NULL, x->note[n]);
    json_close(x);
}
