/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Parser, evaluator and solver of Arm's condition text: see conditions.h.
 */
#include "tests/spec/conditions.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "sysregs/fields.h"

enum kind {
    K_NUMBER,   /* value */
    K_FIELD,    /* fields[0..count): concatenated */
    K_SELECTED, /* field 0, of the System PMU that SPMSELR_EL0 selects */
    K_FEATURE,  /* value: enum feature */
    K_AT,       /* the current EL is `value` */
    K_HIGHEST,  /* IsHighestEL(value) */
    K_HAVE,     /* HaveEL(value) */
    K_ZERO,     /* IsZero(register `value`) */
    K_GROUP1,   /* IsG1ActivityMonitorImplemented(value) */
    K_SUM,      /* of children */
    K_PRODUCT,  /* of children */
    K_AND,
    K_OR,
    K_NOT,
    K_EQUAL, /* comparisons of children 0 and 1 */
    K_DIFFERS,
    K_AT_LEAST,
    K_AT_MOST,
};

enum { MAX_NODES = 256, MAX_CHILDREN = 12, MAX_FIELDS = 4 };

struct node {
    enum kind kind;
    uint64_t value;
    unsigned count;
    struct node *child[MAX_CHILDREN];
    struct spec_field field[MAX_FIELDS];
};

struct condition {
    struct node *root;
    unsigned used;
    struct node nodes[MAX_NODES];
};

/* ---- variables ---- */

uint64_t spec_get(const struct spec_state *s, const struct spec_field *f)
{
    if (f->var < SR_COUNT)
        return bits(s->sr[f->var], f->low + f->width - 1u, f->low);
    if (f->var == VAR_SP)
        return !s->sp0;
    if (f->var == VAR_BREAKPOINTS)
        return s->feat.breakpoints;
    if (f->var == VAR_WATCHPOINTS)
        return s->feat.watchpoints;
    return has(&s->feat, f->var - VAR_FEATURE);
}

void spec_set(struct spec_state *s, const struct spec_field *f, uint64_t value)
{
    if (f->var < SR_COUNT)
        s->sr[f->var] = bits_set(s->sr[f->var], f->low + f->width - 1u, f->low, value);
    else if (f->var == VAR_SP)
        s->sp0 = value == 0;
    else if (f->var == VAR_BREAKPOINTS)
        s->feat.breakpoints = value;
    else if (f->var == VAR_WATCHPOINTS)
        s->feat.watchpoints = value;
    else
        feature_set(&s->feat, f->var - VAR_FEATURE, value != 0);
}

bool spec_fixed(const struct spec_field *f)
{
    return f->var < SR_COUNT && (sysreg_row(f->var)->access & 2) == 0;
}

/* ---- parsing ---- */

struct parser {
    const char *p;
    struct condition *c;
    char *why;
    size_t size;
    bool failed;
};

static struct node *parse_or(struct parser *ps);

static struct node *unknown(struct parser *ps, const char *what)
{
    if (!ps->failed)
        snprintf(ps->why, ps->size, "%s", what);
    ps->failed = true;
    return &ps->c->nodes[0];
}

static struct node *node(struct parser *ps, enum kind kind, uint64_t value)
{
    if (ps->c->used == MAX_NODES)
        return unknown(ps, "too long");
    struct node *n = &ps->c->nodes[ps->c->used++];
    *n = (struct node){.kind = kind, .value = value};
    return n;
}

static struct node *pair(struct parser *ps, enum kind kind, struct node *a, struct node *b)
{
    struct node *n = node(ps, kind, 0);

    n->child[0] = a;
    n->child[1] = b;
    n->count = 2;
    return n;
}

static bool accept(struct parser *ps, const char *token)
{
    ps->p += strspn(ps->p, " ");
    if (strncmp(ps->p, token, strlen(token)) != 0)
        return false;
    ps->p += strlen(token);
    return true;
}

/* Part of a state by the text of a condition of our own. */
static struct node *expand(struct parser *ps, const char *text)
{
    struct parser inner = *ps;

    inner.p = text;
    struct node *n = parse_or(&inner);
    ps->failed |= inner.failed;
    return n;
}

static struct node *parse_field(struct parser *ps, const char *name)
{
    struct spec_field f;

    if (strcmp(name, "SCR_EL3.NS") == 0) /* the effective value: without EL3 all is Non-secure */
        return expand(ps, "(!HaveEL(EL3) || SCR_EL3.NS_ ==1)");
    if (!spec_find_field(strcmp(name, "SCR_EL3.NS_") == 0 ? "SCR_EL3.NS" : name, &f))
        return unknown(ps, name);
    struct node *n = node(ps, strncmp(name, "SPMACCESSR", 10) == 0 ? K_SELECTED : K_FIELD, 0);
    n->field[0] = f;
    n->count = 1;
    return n;
}

/* An identifier with dots and indices; the "_read()" of an accessor is left out. */
static void identifier(struct parser *ps, char *out, size_t size)
{
    size_t n = 0;

    ps->p += strspn(ps->p, " ");
    while (n + 1 < size) {
        if (strncmp(ps->p, "_read()", 7) == 0)
            ps->p += 7;
        else if (isalnum((unsigned char)*ps->p) || *ps->p == '_' || *ps->p == '.' ||
                 (*ps->p == '[' && isdigit((unsigned char)ps->p[1])) ||
                 (*ps->p == ']' && n > 1 && isdigit((unsigned char)out[n - 1])))
            out[n++] = *ps->p++;
        else
            break;
    }
    out[n] = '\0';
}

/* [A.B,C.D], after the bracket */
static struct node *parse_list(struct parser *ps)
{
    struct node *n = node(ps, K_FIELD, 0);
    char name[80];

    do {
        identifier(ps, name, sizeof(name));
        if (n->count == MAX_FIELDS || !spec_find_field(name, &n->field[n->count++]))
            return unknown(ps, name);
    } while (accept(ps, ","));
    return accept(ps, "]") ? n : unknown(ps, ps->p);
}

/* Functions of the pseudocode, as conditions on the state; Debug state, AArch32, Realms and PSTATE.EXLOCK
 * aren't there. */
static const struct {
    const char *name, *argument, *means; /* argument NULL: any */
} functions[] = {
    {"EL2Enabled", "", "HaveEL(EL2) && (SCR_EL3.NS==1 || FEAT_SEL2 && SCR_EL3.EEL2==1)"},
    {"IsHCRXEL2Enabled", "", "EL2Enabled() && (!HaveEL(EL3) || SCR_EL3.HXEn==1)"},
    {"IsCurrentSecurityState", "SS_Secure", "AtEL3 || SCR_EL3.NS==0"},
    {"IsCurrentSecurityState", "SS_NonSecure", "!AtEL3 && SCR_EL3.NS==1"},
    {"IsCurrentSecurityState", NULL, "never"},
    {"EffectiveMDSELR_EL1_BANK", "", "0"},
    {"AArch64_GetNumEventCountersAccessible", "", "MDCR_EL2.HPMN"}, /* asked at EL1 and EL0, EL2 enabled */
    {"Halted", "", "never"},
    {"HaltingAllowed", "", "never"},
    {"HaveAArch32EL", NULL, "never"},
    {"ELUsingAArch32", NULL, "never"},
    {"GetCurrentEXLOCKEN", "", "never"},
    {"ConstrainUnpredictableBool", NULL, "never"},
};

static struct node *parse_call(struct parser *ps, const char *name, const char *argument)
{
    unsigned number = strtoul(argument, NULL, 10);

    for (unsigned i = 0; i < ARRAY_LEN(functions); i++)
        if (strcmp(functions[i].name, name) == 0 &&
            (functions[i].argument == NULL || strcmp(functions[i].argument, argument) == 0))
            return expand(ps, functions[i].means);
    if (strcmp(name, "HaveEL") == 0)
        return node(ps, K_HAVE, argument[2] - '0');
    if (strcmp(name, "IsHighestEL") == 0)
        return node(ps, K_HIGHEST, argument[2] - '0');
    if (strcmp(name, "IsG1ActivityMonitorImplemented") == 0 ||
        strcmp(name, "IsG1ActivityMonitorOffsetImplemented") == 0)
        return node(ps, K_GROUP1, number);
    if (strcmp(name, "neq_int") == 0)
        return expand(ps, "PMSELR_EL0.SEL!=31");
    if (strcmp(name, "IMPDEF") == 0) /* of the choices offered we take the traps */
        return node(ps, K_NUMBER, strstr(argument, "rapped by") != NULL);
    if (strcmp(name, "IsZero") == 0)
        return node(ps, K_ZERO, sysreg_by_name(argument));
    if (strcmp(name, "slice") == 0) /* the only one: CNTHCTL_EL2.EL1PCTEN in either layout */
        return expand(ps, "(HCR_EL2.E2H==1 && CNTHCTL_EL2.EL1PCTEN==1 || "
                          "HCR_EL2.E2H==0 && CNTHCTL_EL2.EL0PCTEN==1)");
    return unknown(ps, name);
}

static struct node *parse_word(struct parser *ps)
{
    char name[80], argument[160];

    identifier(ps, name, sizeof(name));
    if (strcmp(name, "otherwise") == 0)
        return node(ps, K_NUMBER, 1);
    if (strcmp(name, "AtEL3") == 0)
        return node(ps, K_AT, 3);
    if (strcmp(name, "never") == 0 || strcmp(name, "PSTATE.EXLOCK") == 0 || strncmp(name, "EDSCR", 5) == 0)
        return node(ps, K_NUMBER, 0);
    if (strcmp(name, "NUM_BREAKPOINTS") == 0 || strcmp(name, "NUM_WATCHPOINTS") == 0) {
        struct node *n = node(ps, K_FIELD, 0);
        n->field[0] = (struct spec_field){name[4] == 'B' ? VAR_BREAKPOINTS : VAR_WATCHPOINTS, 0, 5};
        n->count = 1;
        return n;
    }
    if (*ps->p == '(') {
        unsigned depth = 0, length = 0;
        bool quoted = false;
        do {
            quoted ^= ps->p[length] == '"';
            depth += !quoted * ((ps->p[length] == '(') - (ps->p[length] == ')'));
        } while (ps->p[length++] != '\0' && depth != 0);
        snprintf(argument, sizeof(argument), "%.*s", (int)length - 2, ps->p + 1);
        ps->p += length;
        return parse_call(ps, name, argument);
    }
    if (strncmp(name, "FEAT_", 5) == 0) {
        for (unsigned n = 1; n < FEATURE_COUNT; n++)
            if (strcmp(feature_name(n), name) == 0)
                return node(ps, K_FEATURE, n);
        return node(ps, K_NUMBER, 0); /* one that el2sim has never heard of */
    }
    return parse_field(ps, name);
}

static struct node *parse_primary(struct parser *ps)
{
    ps->p += strspn(ps->p, " ");
    if (accept(ps, "(")) {
        struct node *n = parse_or(ps);
        return accept(ps, ")") ? n : unknown(ps, ps->p);
    }
    if (accept(ps, "["))
        return parse_list(ps);
    if (*ps->p == '\'') {
        struct node *n = node(ps, K_NUMBER, 0);
        for (ps->p++; *ps->p == '0' || *ps->p == '1'; ps->p++)
            n->value = n->value << 1 | (*ps->p == '1');
        return accept(ps, "'") ? n : unknown(ps, ps->p);
    }
    if (isdigit((unsigned char)*ps->p))
        return node(ps, K_NUMBER, strtoul(ps->p, (char **)&ps->p, 10));
    return parse_word(ps);
}

static struct node *parse_product(struct parser *ps)
{
    struct node *n = parse_primary(ps);

    while (!ps->failed && accept(ps, "*"))
        n = pair(ps, K_PRODUCT, n, parse_primary(ps));
    return n;
}

static struct node *parse_sum(struct parser *ps)
{
    struct node *n = parse_product(ps);

    while (!ps->failed && accept(ps, "+"))
        n = pair(ps, K_SUM, n, parse_product(ps));
    return n;
}

static struct node *parse_comparison(struct parser *ps)
{
    static const struct {
        const char *sign;
        enum kind kind;
    } signs[] = {{"==", K_EQUAL}, {"!=", K_DIFFERS}, {">=", K_AT_LEAST}, {"<=", K_AT_MOST}};

    struct node *n = parse_sum(ps);
    for (unsigned i = 0; i < ARRAY_LEN(signs) && !ps->failed; i++)
        if (accept(ps, signs[i].sign))
            return pair(ps, signs[i].kind, n, parse_sum(ps));
    return n;
}

static struct node *parse_not(struct parser *ps)
{
    ps->p += strspn(ps->p, " ");
    if (ps->p[0] != '!' || ps->p[1] == '=')
        return parse_comparison(ps);
    ps->p++;
    struct node *n = node(ps, K_NOT, 0);
    n->child[0] = parse_not(ps);
    n->count = 1;
    return n;
}

static struct node *parse_terms(struct parser *ps, enum kind kind, const char *sign,
                                struct node *(*term)(struct parser *))
{
    struct node *first = term(ps), *n = NULL;

    while (!ps->failed && accept(ps, sign)) {
        if (n == NULL) {
            n = node(ps, kind, 0);
            n->child[n->count++] = first;
        }
        if (n->count == MAX_CHILDREN)
            return unknown(ps, "too many terms");
        n->child[n->count++] = term(ps);
    }
    return n != NULL ? n : first;
}

static struct node *parse_and(struct parser *ps)
{
    return parse_terms(ps, K_AND, "&&", parse_not);
}

static struct node *parse_or(struct parser *ps)
{
    return parse_terms(ps, K_OR, "||", parse_and);
}

struct condition *condition_parse(const char *text, char *why, size_t size)
{
    struct condition *c = calloc(1, sizeof(*c));
    struct parser ps = {.p = text, .c = c, .why = why, .size = size};

    c->root = parse_or(&ps);
    if (!ps.failed && *ps.p != '\0')
        unknown(&ps, ps.p);
    if (!ps.failed)
        return c;
    free(c);
    return NULL;
}

void condition_free(struct condition *c)
{
    free(c);
}

/* ---- evaluation ---- */

/* D19.2, HCR_EL2: all its bits act as 0 while EL2 is not enabled in the current
 * Security state. */
static uint64_t effective(const struct spec_state *s, const struct spec_field *f)
{
    const bool ns = !s->feat.has_el3 || (s->sr[SR_SCR_EL3] & SCR_NS) != 0;

    if (f->var == SR_HCR_EL2 && !ns && !(has(&s->feat, FEAT_SEL2) && (s->sr[SR_SCR_EL3] & SCR_EEL2) != 0))
        return 0;
    return spec_get(s, f);
}

static uint64_t value_of(const struct node *n, const struct spec_state *s)
{
    uint64_t v = 0;

    switch (n->kind) {
    case K_NUMBER:
        return n->value;
    case K_FIELD:
        for (unsigned i = 0; i < n->count; i++)
            v = v << n->field[i].width | effective(s, &n->field[i]);
        return v;
    case K_SELECTED:
        return s->sr[n->field[0].var] >> (bits(s->sr[SR_SPMSELR_EL0], 9, 4) * 2 & 63) & 3;
    case K_FEATURE:
        return has(&s->feat, n->value);
    case K_AT:
        return s->el == n->value;
    case K_HAVE:
        return n->value == 3 ? s->feat.has_el3 : n->value == 2 ? s->feat.has_el2 : 1;
    case K_HIGHEST:
        return n->value == (s->feat.has_el3 ? 3u : s->feat.has_el2 ? 2u : 1u);
    case K_ZERO:
        return n->value == SR_NONE || s->sr[n->value] == 0;
    case K_GROUP1:
        return n->value < bits(features_id(&s->feat, SR_AMCGCR_EL0), 15, 8);
    case K_SUM:
        return value_of(n->child[0], s) + value_of(n->child[1], s);
    case K_PRODUCT:
        return value_of(n->child[0], s) * value_of(n->child[1], s);
    case K_AND:
        for (unsigned i = 0; i < n->count; i++)
            if (value_of(n->child[i], s) == 0)
                return 0;
        return 1;
    case K_OR:
        for (unsigned i = 0; i < n->count; i++)
            if (value_of(n->child[i], s) != 0)
                return 1;
        return 0;
    case K_NOT:
        return value_of(n->child[0], s) == 0;
    case K_EQUAL:
        return value_of(n->child[0], s) == value_of(n->child[1], s);
    case K_DIFFERS:
        return value_of(n->child[0], s) != value_of(n->child[1], s);
    case K_AT_LEAST:
        return value_of(n->child[0], s) >= value_of(n->child[1], s);
    case K_AT_MOST:
        return value_of(n->child[0], s) <= value_of(n->child[1], s);
    }
    return 0;
}

bool condition_holds(const struct condition *c, const struct spec_state *s)
{
    return value_of(c->root, s) != 0;
}

static void add_field(struct spec_field f, struct spec_field *list, unsigned *count, unsigned max)
{
    for (unsigned i = 0; i < *count; i++)
        if (list[i].var == f.var && list[i].low == f.low && list[i].width == f.width)
            return;
    if (*count < max)
        list[(*count)++] = f;
}

static void node_fields(const struct node *n, struct spec_field *list, unsigned *count, unsigned max)
{
    if (n->kind == K_FEATURE)
        add_field((struct spec_field){VAR_FEATURE + n->value, 0, 1}, list, count, max);
    for (unsigned i = 0; i < n->count; i++) {
        if (n->kind == K_FIELD || n->kind == K_SELECTED)
            add_field(n->field[i], list, count, max);
        else
            node_fields(n->child[i], list, count, max);
    }
}

void condition_fields(const struct condition *c, struct spec_field *list, unsigned *count, unsigned max)
{
    node_fields(c->root, list, count, max);
}

/* ---- solving ---- */

/* What was decided so far: bits of variables that have a value now. */
struct decisions {
    struct spec_state *s;
    bool features;
    uint64_t random;
    unsigned count;
    unsigned steps; /* left before giving up */
    struct {
        uint16_t var;
        uint64_t mask;
    } taken[64];
};

struct goal {
    const struct node *n;
    bool want;
    const struct goal *next;
};

static bool reach(struct decisions *d, const struct goal *goals);

static unsigned pick(struct decisions *d, unsigned n)
{
    d->random ^= d->random << 13;
    d->random ^= d->random >> 7;
    d->random ^= d->random << 17;
    return (d->random >> 20) % n;
}

static uint64_t *taken_of(struct decisions *d, uint16_t var)
{
    for (unsigned i = 0; i < d->count; i++)
        if (d->taken[i].var == var)
            return &d->taken[i].mask;
    if (d->count == ARRAY_LEN(d->taken))
        return NULL;
    d->taken[d->count].var = var;
    d->taken[d->count].mask = 0;
    return &d->taken[d->count++].mask;
}

/* Gives f a value; false: some of its bits have another already. */
static bool decide(struct decisions *d, const struct spec_field *f, uint64_t value)
{
    const uint64_t mask = MASK(f->low + f->width - 1u, f->low);
    uint64_t *taken = taken_of(d, f->var);

    if (spec_fixed(f) && spec_get(d->s, f) != value)
        return false;

    if (taken == NULL ||
        (f->var >= VAR_FEATURE && spec_get(d->s, f) != value && (!d->features || value != 0)))
        return false; /* features are switched off only */
    if (((spec_get(d->s, f) ^ value) << f->low & mask & *taken) != 0)
        return false;
    *taken |= mask;
    spec_set(d->s, f, value);
    return true;
}

/* The rest of the goals after an attempt; undoes everything if that fails. */
static bool attempt(struct decisions *d, const struct spec_field *f, unsigned count, const uint64_t *values,
                    const struct goal *rest)
{
    const struct decisions before = *d;
    uint64_t old[MAX_FIELDS * 4];
    unsigned done = 0;
    bool good = true;

    for (; done < count && good; done++) {
        old[done] = spec_get(d->s, &f[done]);
        good = decide(d, &f[done], values[done]);
    }
    if (good && reach(d, rest))
        return true;
    while (done > 0) {
        done--;
        spec_set(d->s, &f[done], old[done]);
    }
    const unsigned steps = d->steps;
    const uint64_t random = d->random;
    *d = before;
    d->steps = steps;
    d->random = random;
    return false;
}

/* A comparison, by trying the values of the fields that it looks at: few bits in every condition. */
static bool reach_comparison(struct decisions *d, const struct goal *g)
{
    struct spec_field f[MAX_FIELDS * 4];
    uint64_t values[MAX_FIELDS * 4], old[MAX_FIELDS * 4];
    unsigned count = 0, width = 0;

    node_fields(g->n, f, &count, ARRAY_LEN(f));
    for (unsigned i = 0; i < count; i++)
        width += f[i].width;
    if (width > 12)
        return false;
    const unsigned start = width == 0 ? 0 : pick(d, 1u << width);
    for (unsigned i = 0; i < 1u << width; i++) {
        unsigned v = (start + i) & ((1u << width) - 1);
        for (unsigned k = 0; k < count; k++) {
            values[k] = v & MASK(f[k].width - 1u, 0);
            v >>= f[k].width;
            old[k] = spec_get(d->s, &f[k]);
        }
        for (unsigned k = 0; k < count; k++)
            spec_set(d->s, &f[k], values[k]);
        bool holds = (value_of(g->n, d->s) != 0) == g->want;
        for (unsigned k = count; k > 0; k--)
            spec_set(d->s, &f[k - 1], old[k - 1]);
        if (holds && attempt(d, f, count, values, g->next))
            return true;
        if (d->steps == 0)
            return false;
    }
    return false;
}

/* Makes every goal true. */
static bool reach(struct decisions *d, const struct goal *goals)
{
    if (goals == NULL)
        return true;
    if (d->steps == 0)
        return false;
    d->steps--;

    const struct node *n = goals->n;
    struct goal more[MAX_CHILDREN];

    if (n->kind == K_NOT)
        return reach(d, &(struct goal){n->child[0], !goals->want, goals->next});
    if ((n->kind == K_AND && goals->want) || (n->kind == K_OR && !goals->want)) {
        for (unsigned i = 0; i < n->count; i++)
            more[i] = (struct goal){n->child[i], goals->want, i + 1 < n->count ? &more[i + 1] : goals->next};
        return reach(d, more);
    }
    if (n->kind == K_AND || n->kind == K_OR) {
        const unsigned start = pick(d, n->count);
        for (unsigned i = 0; i < n->count; i++)
            if (attempt(d, NULL, 0, NULL,
                        &(struct goal){n->child[(start + i) % n->count], goals->want, goals->next}))
                return true;
        return false;
    }
    return reach_comparison(d, goals);
}

bool conditions_solve(struct spec_state *s, const struct condition *const *yes, unsigned yes_count,
                      const struct condition *const *no, unsigned no_count, bool features, uint64_t seed)
{
    struct decisions d = {.s = s, .features = features, .random = seed * 2 + 1, .steps = 20000};
    struct goal goals[64];
    unsigned n = 0;

    for (unsigned i = 0; i < yes_count && n < ARRAY_LEN(goals); i++)
        goals[n++] = (struct goal){yes[i]->root, true, NULL};
    for (unsigned i = 0; i < no_count && n < ARRAY_LEN(goals); i++)
        goals[n++] = (struct goal){no[i]->root, false, NULL};
    for (unsigned i = 0; i + 1 < n; i++)
        goals[i].next = &goals[i + 1];
    return n == 0 || reach(&d, goals);
}
