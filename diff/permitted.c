/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The table of permitted differences. See permitted.h.
 */
#include "diff/permitted.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "base/log.h"
#include "cpu/insn.h"
#include "sysregs/sysreg.h"

#define ALL_BITS UINT64_MAX

static const struct permit table[] = {
#define PERMIT(id, class, what, bits, effect, rule)                                                          \
    {#id, what, bits, PERMIT_##class, FEED_##effect, rule, 0, ""},
#define RESERVED(what, bits, feature, e2h, fields)
#include "diff/permitted.def"
#undef PERMIT
#undef RESERVED
};

enum when { WHEN_ANY, WHEN_E2H0 };

static const struct {
    const char *what;
    uint64_t bits;
    enum feature feature;
    enum when e2h;
    const char *fields;
} reserved[] = {
#define PERMIT(id, class, what, bits, effect, rule)
#define RESERVED(what, bits, feature, e2h, fields) {what, bits, FEAT_##feature, WHEN_##e2h, fields},
#include "diff/permitted.def"
#undef PERMIT
#undef RESERVED
};

void permitted_init(struct permitted *p)
{
    p->n = ARRAY_LEN(table);
    p->row = xmalloc(sizeof(table));
    memcpy(p->row, table, sizeof(table));
}

void permitted_free(struct permitted *p)
{
    for (size_t n = 0; n < p->n; n++)
        if (p->row[n].class == PERMIT_USER)
            free((void *)(uintptr_t)p->row[n].what);
    free(p->row);
    *p = (struct permitted){0};
}

const char *permit_class_name(enum permit_class c)
{
    static const char *const names[] = {
        [PERMIT_TIME] = "time",       [PERMIT_IDENTIFICATION] = "identification",
        [PERMIT_UNKNOWN] = "unknown", [PERMIT_RANDOM] = "random",
        [PERMIT_CHOICE] = "choice",   [PERMIT_QEMU] = "QEMU",
        [PERMIT_USER] = "ignored"};
    return names[c];
}

/* ---- the names in `what` ---- */

/* Calls fn for each item of a list until one fits. */
static bool any_item(const char *list, bool (*fits)(const char *item, size_t length, const void *of),
                     const void *of)
{
    while (*list != 0) {
        size_t n = strcspn(list, ",");
        if (fits(list, n, of))
            return true;
        list += n + (list[n] != 0);
    }
    return false;
}

static bool name_fits(const char *item, size_t n, const void *of)
{
    const char *name = of;
    if (n > 0 && item[n - 1] == '*')
        return strncasecmp(item, name, n - 1) == 0;
    return strlen(name) == n && strncasecmp(item, name, n) == 0;
}

static bool insn_fits(const char *item, size_t n, const void *of)
{
    return n > 5 && strncmp(item, "insn:", 5) == 0 && name_fits(item + 5, n - 5, of);
}

/* "mmio:ADDRESS+SIZE" */
static bool parse_device(const char *item, size_t n, uint64_t *base, uint64_t *size)
{
    char text[64], *end;
    if (n < 6 || n >= sizeof(text) || strncmp(item, "mmio:", 5) != 0)
        return false;
    memcpy(text, item + 5, n - 5);
    text[n - 5] = 0;
    errno = 0;
    *base = strtoull(text, &end, 0);
    *size = 4;
    if (!isdigit((unsigned char)text[0]) || errno != 0 || (*end != '+' && *end != 0))
        return false;
    if (*end == '+') {
        const char *start = end + 1;
        *size = strtoull(start, &end, 0);
        if (!isdigit((unsigned char)*start) || errno != 0 || *end != 0 || *size == 0)
            return false;
    }
    return true;
}

static bool device_fits(const char *item, size_t n, const void *of)
{
    uint64_t base, size;
    return parse_device(item, n, &base, &size) && *(const uint64_t *)of - base < size;
}

/* ---- look-ups ---- */

static struct permit *find(struct permitted *p, bool (*fits)(const char *, size_t, const void *),
                           const void *of, uint64_t differing)
{
    for (size_t n = 0; n < p->n; n++)
        if ((differing & ~p->row[n].bits) == 0 && any_item(p->row[n].what, fits, of))
            return &p->row[n];
    return NULL;
}

struct permit *permitted_register(struct permitted *p, const char *name, uint64_t differing)
{
    return find(p, name_fits, name, differing);
}

uint64_t permitted_reserved(const struct features *f, bool e2h, const char *name)
{
    uint64_t bits = 0;
    for (size_t n = 0; n < ARRAY_LEN(reserved); n++)
        if ((reserved[n].feature == FEAT_ALWAYS || !has(f, reserved[n].feature)) &&
            (reserved[n].e2h == WHEN_ANY || !e2h) && any_item(reserved[n].what, name_fits, name))
            bits |= reserved[n].bits;
    return bits;
}

struct permit *permitted_device(struct permitted *p, uint64_t pa, uint64_t differing)
{
    return find(p, device_fits, &pa, differing);
}

struct permit *permitted_insn(struct permitted *p, const char *name)
{
    return find(p, insn_fits, name, 0);
}

struct permit *permitted_row(struct permitted *p, const char *id)
{
    for (size_t n = 0; n < p->n; n++)
        if (strcmp(p->row[n].id, id) == 0)
            return &p->row[n];
    bug("permitted.def has no row '%s'", id);
}

void permit_use(struct permit *p, const char *name)
{
    size_t used = strlen(p->names), n = name != NULL ? strlen(name) : 0;
    p->fed++;
    if (n == 0 || used + n + 6 > sizeof(p->names))
        return;
    for (const char *at = p->names; (at = strstr(at, name)) != NULL; at += n)
        if ((at == p->names || at[-1] == ' ') && (at[n] == ',' || at[n] == 0))
            return;
    snprintf(p->names + used, sizeof(p->names) - used, "%s%s", used != 0 ? ", " : "", name);
}

void permitted_restart(struct permitted *p)
{
    for (size_t n = 0; n < p->n; n++) {
        p->row[n].fed = 0;
        p->row[n].names[0] = 0;
    }
}

/* ---- --ignore ---- */

/* The length of an item that can't be understood; 0: all can. */
static size_t bad_item(const char *list, const char **at)
{
    for (*at = list; **at != 0;) {
        uint64_t base, size;
        size_t n = strcspn(*at, ",");
        char name[48];
        snprintf(name, sizeof(name), "%.*s", (int)n, *at);
        bool insn = strncmp(name, "insn:", 5) == 0, pattern = n > 1 && name[n - 1] == '*';
        if (n == 0 || n >= sizeof(name) ||
            (!parse_device(*at, n, &base, &size) && !insn && !pattern && sysreg_by_name(name) == SR_NONE))
            return n != 0 ? n : 1;
        *at += n + ((*at)[n] != 0);
    }
    return 0;
}

bool permitted_ignore(struct permitted *p, const char *list, char *error, size_t size)
{
    const char *at;
    size_t bad = bad_item(list, &at);
    if (bad != 0 || *list == 0) {
        snprintf(error, size, "--ignore: '%.*s' is no system register, no mmio:ADDRESS+SIZE and no insn:NAME",
                 (int)bad, at);
        return false;
    }
    p->row = xrealloc(p->row, (p->n + 1) * sizeof(p->row[0]));
    memmove(p->row + 1, p->row, p->n * sizeof(p->row[0]));
    p->n++;
    p->row[0] = (struct permit){.id = "--ignore",
                                .what = xstrdup(list),
                                .bits = ALL_BITS,
                                .class = PERMIT_USER,
                                .rule = "asked for on the command line"};
    return true;
}

void permitted_print(FILE *out)
{
    fputs("What may differ, and is then fed from QEMU to el2sim:\n", out);
    for (size_t n = 0; n < ARRAY_LEN(table); n++) {
        const struct permit *r = &table[n];
        fprintf(out, "\n%s (%s): %s\n  %s\n", r->id, permit_class_name(r->class), r->rule, r->what);
        if (r->bits != ALL_BITS)
            fprintf(out, "  bits 0x%llx\n", (unsigned long long)r->bits);
    }
    fputs("\nRESERVED:\n", out);
    for (size_t n = 0; n < ARRAY_LEN(reserved); n++)
        fprintf(out, "  %s: 0x%llx%s%s%s: %s\n", reserved[n].what, (unsigned long long)reserved[n].bits,
                reserved[n].feature != FEAT_ALWAYS ? ", without " : "",
                reserved[n].feature != FEAT_ALWAYS ? feature_name(reserved[n].feature) : "",
                reserved[n].e2h == WHEN_E2H0 ? ", while HCR_EL2.E2H is 0" : "", reserved[n].fields);
}
