/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Filters of events. See filter.h.
 */
#include "traces/filter.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"

#define ALL_KINDS ((UINT32_C(1) << TRACE_KINDS) - 1)

static const char *const kind_names[TRACE_KINDS] = {
#define NAME(name, type, speed, what) [TRACE_KIND_##name] = #name,
    TRACE_EVENTS(NAME)
#undef NAME
};

void filter_init(struct filter *f)
{
    *f = (struct filter){.kinds = ALL_KINDS, .any_vmid = true, .any_asid = true};
}

/* ---- words ---- */

/* Splits "a+b+c": the next word of *rest in word[]; false: no more, or too long a word. */
static bool next_word(const char **rest, char word[64])
{
    size_t n = strcspn(*rest, "+");
    if (n == 0 || n >= 64)
        return false;
    memcpy(word, *rest, n);
    word[n] = 0;
    *rest += n + ((*rest)[n] == '+');
    return true;
}

/* A number with K, M, G for thousands, up to `*end`. */
static bool number(const char *text, const char **end, uint64_t *value)
{
    char *stop;
    errno = 0;
    if (!isdigit((unsigned char)*text))
        return false;
    *value = strtoull(text, &stop, 0);
    uint64_t factor = 1;
    switch (*stop) {
    case 'k':
    case 'K':
        factor = 1000;
        break;
    case 'm':
    case 'M':
        factor = 1000000;
        break;
    case 'g':
    case 'G':
        factor = 1000000000;
        break;
    default:
        stop--;
        break;
    }
    *end = stop + 1;
    return errno == 0 && !__builtin_mul_overflow(*value, factor, value);
}

static bool whole_number(const char *text, uint64_t max, uint64_t *value)
{
    const char *end;
    return number(text, &end, value) && *end == 0 && *value <= max;
}

static bool set_els(struct filter *f, const char *value)
{
    char word[64];
    while (next_word(&value, word)) {
        const char *digit = strncmp(word, "el", 2) == 0 || strncmp(word, "EL", 2) == 0 ? word + 2 : word;
        if (digit[0] < '0' || digit[0] > '3' || digit[1] != 0)
            return false;
        f->els |= (uint8_t)(1u << (digit[0] - '0'));
    }
    return *value == 0 && f->els != 0;
}

static bool set_regimes(struct filter *f, const char *value)
{
    static const char *const names[] = {"el1", "el2h", "el2", "el3"};
    char word[64];
    while (next_word(&value, word)) {
        unsigned n = 0;
        while (n < ARRAY_LEN(names) && strcasecmp(word, names[n]) != 0 &&
               strcasecmp(word, trace_regime_name(n)) != 0)
            n++;
        if (n == ARRAY_LEN(names))
            return false;
        f->regimes |= (uint8_t)(1u << n);
    }
    return *value == 0 && f->regimes != 0;
}

static bool set_kinds(struct filter *f, const char *value)
{
    char word[64];
    f->kinds = 0;
    while (next_word(&value, word)) {
        unsigned n = 0;
        while (n < TRACE_KINDS && strcmp(word, kind_names[n]) != 0)
            n++;
        if (n == TRACE_KINDS)
            return false;
        f->kinds |= UINT32_C(1) << n;
        if (n == TRACE_KIND_insn || n == TRACE_KIND_done)
            f->kinds |= UINT32_C(1) << TRACE_KIND_insn | UINT32_C(1) << TRACE_KIND_done;
    }
    return *value == 0 && f->kinds != 0;
}

/* An address, or a symbol; `end` is where it ends: at 0, or at a `-` after a number. */
static bool place(const char *text, const char **end, uint64_t *address, filter_symbol_fn *symbol,
                  void *opaque)
{
    if (number(text, end, address))
        return true;
    *end = text + strlen(text);
    return symbol != NULL && symbol(opaque, text, address);
}

static bool set_range(struct filter_range *r, const char *value)
{
    const char *end;
    r->first = 0;
    r->last = UINT64_MAX;
    if (*value != '-') {
        if (!number(value, &end, &r->first))
            return false;
        value = end;
        if (*value == 0) {
            r->last = r->first;
            return true;
        }
    }
    if (*value++ != '-')
        return false;
    if (*value == 0)
        return true;
    return number(value, &end, &r->last) && *end == 0 && r->first <= r->last;
}

static const char *set_pcs(struct filter *f, const char *value)
{
    char word[64];
    while (next_word(&value, word)) {
        if (f->n_pcs == FILTER_RANGES)
            return "too many ranges";
        if (!set_range(&f->pc[f->n_pcs++], word))
            return "FIRST-LAST is wanted, several with + between them";
    }
    return *value == 0 && f->n_pcs != 0 ? NULL : "FIRST-LAST is wanted, several with + between them";
}

/* ---- keys ---- */

struct target {
    filter_symbol_fn *symbol;
    void *opaque;
};

static const char *key_el(struct filter *f, const char *v, const struct target *t)
{
    (void)t;
    return set_els(f, v) ? NULL : "0 to 3 are wanted, several as 1+2";
}

static const char *key_regime(struct filter *f, const char *v, const struct target *t)
{
    (void)t;
    return set_regimes(f, v) ? NULL : "el1, el2, el2h, el3 are wanted, several as el2+el2h";
}

static const char *key_kind(struct filter *f, const char *v, const struct target *t)
{
    (void)t;
    return set_kinds(f, v) ? NULL : "unknown kind of event (--trace help lists them)";
}

static const char *key_vmid(struct filter *f, const char *v, const struct target *t)
{
    uint64_t n;
    (void)t;
    if (!whole_number(v, 0xffff, &n))
        return "a number up to 65535 is wanted";
    f->any_vmid = false;
    f->vmid = (uint16_t)n;
    return NULL;
}

static const char *key_asid(struct filter *f, const char *v, const struct target *t)
{
    uint64_t n;
    (void)t;
    if (!whole_number(v, 0xffff, &n))
        return "a number up to 65535 is wanted";
    f->any_asid = false;
    f->asid = (uint16_t)n;
    return NULL;
}

static const char *key_cpu(struct filter *f, const char *v, const struct target *t)
{
    uint64_t n;
    (void)t;
    if (!whole_number(v, FILTER_CPUS - 1, &n))
        return "the number of a CPU is wanted";
    f->has_cpu = true;
    f->cpu = (unsigned)n;
    return NULL;
}

static const char *key_pc(struct filter *f, const char *v, const struct target *t)
{
    (void)t;
    return set_pcs(f, v);
}

static const char *key_insns(struct filter *f, const char *v, const struct target *t)
{
    (void)t;
    f->has_window = true;
    return set_range(&f->window, v) ? NULL : "FIRST-LAST, FIRST- or -LAST is wanted: 1M-2M";
}

static const char *key_from(struct filter *f, const char *v, const struct target *t)
{
    (void)t;
    f->from_el2 = true;
    return strcmp(v, "el2") == 0 ? NULL : "el2 is wanted: from the first entry to it";
}

static const char *key_start(struct filter *f, const char *v, const struct target *t)
{
    const char *end;
    f->has_start = true;
    return place(v, &end, &f->start, t->symbol, t->opaque) && *end == 0 ? NULL : "no such symbol";
}

static const char *key_stop(struct filter *f, const char *v, const struct target *t)
{
    const char *end;
    f->has_stop = true;
    return place(v, &end, &f->stop, t->symbol, t->opaque) && *end == 0 ? NULL : "no such symbol";
}

static const struct {
    const char *name;
    const char *(*set)(struct filter *f, const char *value, const struct target *t);
} keys[] = {
    {"el", key_el},     {"regime", key_regime}, {"vmid", key_vmid}, {"asid", key_asid},
    {"cpu", key_cpu},   {"kind", key_kind},     {"pc", key_pc},     {"insns", key_insns},
    {"from", key_from}, {"start", key_start},   {"stop", key_stop},
};

const char *filter_keys(void)
{
    return "el=, regime=, vmid=, asid=, cpu=, kind=, pc=, insns=, from=, start=, stop=";
}

const char *filter_set(struct filter *f, const char *key, const char *value, filter_symbol_fn *symbol,
                       void *opaque)
{
    const struct target t = {symbol, opaque};
    for (size_t n = 0; n < ARRAY_LEN(keys); n++)
        if (strcmp(key, keys[n].name) == 0)
            return keys[n].set(f, value, &t);
    return "";
}

/* ---- events ---- */

void filter_begin(const struct filter *f, struct filter_state *s)
{
    *s = (struct filter_state){.begun = !f->has_start, .seen_el2 = !f->from_el2};
}

bool filter_is_of_cpu(const struct filter *f)
{
    return f->kinds == ALL_KINDS && f->els == 0 && f->regimes == 0 && f->any_vmid && f->any_asid &&
           f->n_pcs == 0 && !f->has_window && !f->from_el2 && !f->has_start && !f->has_stop;
}

bool filter_is_hot(const struct filter *f)
{
    return f->has_start || f->has_stop;
}

static bool in_pcs(const struct filter *f, uint64_t va)
{
    for (unsigned n = 0; n < f->n_pcs; n++)
        if (va >= f->pc[n].first && va <= f->pc[n].last)
            return true;
    return f->n_pcs == 0;
}

static bool in_window(const struct filter *f, const struct trace_cpu *c)
{
    if (!f->has_window)
        return true;
    uint64_t n = c->insns(c);
    return n >= f->window.first && n <= f->window.last;
}

/* The instruction at `stop` is the last that is seen. */
static void begin_or_end(const struct filter *f, struct filter_state *s, const struct trace_cpu *c,
                         enum trace_kind kind)
{
    if (c->where.el == 2)
        s->seen_el2 = true;
    if (kind == TRACE_KIND_insn && f->has_start && c->insn.va == f->start) {
        s->begun = true;
        s->ended = false;
    }
}

bool filter_passes(const struct filter *f, struct filter_state *s, const struct trace_cpu *c,
                   enum trace_kind kind)
{
    begin_or_end(f, s, c, kind);
    bool passes = s->begun && !s->ended && s->seen_el2 && (f->kinds >> kind & 1) &&
                  (f->els == 0 || (f->els >> c->where.el & 1)) &&
                  (f->regimes == 0 || (f->regimes >> c->where.regime & 1)) &&
                  (f->any_vmid || f->vmid == c->where.vmid) && (f->any_asid || f->asid == c->where.asid) &&
                  (!f->has_cpu || f->cpu == c->index) && in_pcs(f, c->insn.va) && in_window(f, c);
    if (kind == TRACE_KIND_done && f->has_stop && s->begun && c->insn.va == f->stop) {
        s->ended = true;
        s->begun = !f->has_start;
    }
    return passes;
}
