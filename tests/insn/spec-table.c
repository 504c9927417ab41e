/* SPDX-License-Identifier: BSD-2-Clause
 *
 * See spec-table.h.
 */
#include "tests/insn/spec-table.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ROWS = 4096, MAX_NODES = 65535, LINE = 4096, COLUMNS = 13 };

/* ---- expressions ---- */

enum node_op {
    NODE_CONST,
    NODE_FIELD,
    NODE_EQ,
    NODE_NE,
    NODE_GT,
    NODE_GE,
    NODE_AND,
    NODE_OR,
    NODE_NOT,
    NODE_CAT,
    NODE_ADD
};

struct spec_node {
    uint8_t op, lo, width; /* FIELD: where; width in bits of any value that has one */
    uint16_t a, b;
    uint32_t value; /* CONST; FIELD: the mask after shifting */
};

struct parser {
    const char *p;
    struct spec *s;
    const struct spec_row *row;
    const struct features *feat;
    uint32_t depends;
    bool broken; /* says something that can't be known from the word */
};

static unsigned make(struct parser *e, struct spec_node n)
{
    if (e->s->n_nodes == MAX_NODES)
        abort();
    e->s->node[e->s->n_nodes] = n;
    return e->s->n_nodes++;
}

static unsigned constant(struct parser *e, uint32_t value, unsigned width)
{
    return make(e, (struct spec_node){.op = NODE_CONST, .value = value, .width = (uint8_t)width});
}

static void spaces(struct parser *e)
{
    e->p += strspn(e->p, " ");
}

static bool accept(struct parser *e, const char *token)
{
    spaces(e);
    size_t n = strlen(token);
    if (strncmp(e->p, token, n) != 0)
        return false;
    e->p += n;
    return true;
}

static bool feature_on(const struct features *f, const char *name, size_t len)
{
    static const char *const names[] = {
#define FEATURE(name, ...) "FEAT_" #name,
#include "sysregs/features.def"
#undef FEATURE
    };
    for (unsigned k = 0; k < sizeof(names) / sizeof(names[0]); k++)
        if (strlen(names[k]) == len && memcmp(names[k], name, len) == 0)
            return has(f, (enum feature)(k + 1));
    return false;
}

static unsigned field(struct parser *e, const struct spec_field *f)
{
    unsigned hi = f->hi, lo = f->lo, a, b;
    int n = 0;
    if (sscanf(e->p, "[%u .. %u]%n", &a, &b, &n) == 2 && n > 0) {
        hi = f->lo + a;
        lo = f->lo + b;
        e->p += n;
    } else if (sscanf(e->p, "[%u]%n", &a, &n) == 1 && n > 0) {
        hi = lo = f->lo + a;
        e->p += n;
    }
    uint32_t mask = (uint32_t)((UINT64_C(1) << (hi - lo + 1)) - 1);
    e->depends |= mask << lo;
    return make(e, (struct spec_node){
                       .op = NODE_FIELD, .lo = (uint8_t)lo, .width = (uint8_t)(hi - lo + 1), .value = mask});
}

static unsigned identifier(struct parser *e)
{
    const char *s = e->p;
    size_t len = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.");
    e->p += len;
    if (strncmp(s, "FEAT_", 5) == 0)
        return constant(e, feature_on(e->feat, s, len), 0);
    if (len == 6 && memcmp(s, "Halted", 6) == 0) { /* never: no external debug */
        accept(e, "()");
        return constant(e, 0, 0);
    }
    if (len == 9 &&
        memcmp(s, "PSTATE.EL", 9) == 0) /* of EL0 a decoder knows nothing: a matter of execution */
        return constant(e, 1, 0);
    if (len == 3 && memcmp(s, "EL0", 3) == 0)
        return constant(e, 0, 0);
    for (unsigned k = 0; e->row != NULL && k < e->row->n_fields; k++)
        if (strlen(e->row->field[k].name) == len && memcmp(e->row->field[k].name, s, len) == 0)
            return field(e, &e->row->field[k]);
    e->broken = true;
    return 0;
}

static unsigned or_expr(struct parser *e);

static unsigned number(struct parser *e)
{
    char *end;
    if (accept(e, "0b")) {
        size_t n = strspn(e->p, "01");
        unsigned v = (unsigned)strtoul(e->p, NULL, 2);
        e->p += n;
        return constant(e, v, (unsigned)n);
    }
    unsigned v = (unsigned)strtoul(e->p, &end, 10);
    e->p = end;
    return constant(e, v, 0);
}

static unsigned primary(struct parser *e)
{
    spaces(e);
    if (accept(e, "not_bool(")) {
        unsigned a = or_expr(e);
        e->broken |= !accept(e, ")");
        return make(e, (struct spec_node){.op = NODE_NOT, .a = (uint16_t)a});
    }
    if (accept(e, "UInt(") || accept(e, "(")) {
        unsigned a = or_expr(e);
        if (accept(e, "@")) {
            unsigned b = or_expr(e);
            unsigned width = e->s->node[a].width + e->s->node[b].width;
            a = make(e, (struct spec_node){
                            .op = NODE_CAT, .a = (uint16_t)a, .b = (uint16_t)b, .width = (uint8_t)width});
        }
        e->broken |= !accept(e, ")");
        return a;
    }
    if (accept(e, "[")) {
        unsigned a = identifier(e);
        e->broken |= !accept(e, "]");
        return a;
    }
    return *e->p >= '0' && *e->p <= '9' ? number(e) : identifier(e);
}

static unsigned pair(struct parser *e, enum node_op op, unsigned a, unsigned b)
{
    return make(e, (struct spec_node){.op = (uint8_t)op, .a = (uint16_t)a, .b = (uint16_t)b});
}

static unsigned sum(struct parser *e)
{
    unsigned a = primary(e);
    while (!e->broken && accept(e, "+"))
        a = pair(e, NODE_ADD, a, primary(e));
    return a;
}

static unsigned comparison(struct parser *e)
{
    static const struct {
        const char *token;
        enum node_op op;
    } ops[] = {{"==", NODE_EQ}, {"!=", NODE_NE}, {">=", NODE_GE}, {">", NODE_GT}};
    unsigned a = sum(e);
    for (unsigned k = 0; k < sizeof(ops) / sizeof(ops[0]) && !e->broken; k++)
        if (accept(e, ops[k].token))
            return pair(e, ops[k].op, a, sum(e));
    return a;
}

static unsigned and_expr(struct parser *e)
{
    unsigned a = comparison(e);
    while (!e->broken && accept(e, "&"))
        a = pair(e, NODE_AND, a, comparison(e));
    return a;
}

static unsigned or_expr(struct parser *e)
{
    unsigned a = and_expr(e);
    while (!e->broken && accept(e, "|"))
        a = pair(e, NODE_OR, a, and_expr(e));
    return a;
}

static uint32_t evaluate(const struct spec *s, unsigned at, uint32_t word)
{
    const struct spec_node *n = &s->node[at];
    switch ((enum node_op)n->op) {
    case NODE_CONST:
        return n->value;
    case NODE_FIELD:
        return word >> n->lo & n->value;
    case NODE_EQ:
        return evaluate(s, n->a, word) == evaluate(s, n->b, word);
    case NODE_NE:
        return evaluate(s, n->a, word) != evaluate(s, n->b, word);
    case NODE_GT:
        return evaluate(s, n->a, word) > evaluate(s, n->b, word);
    case NODE_GE:
        return evaluate(s, n->a, word) >= evaluate(s, n->b, word);
    case NODE_AND:
        return evaluate(s, n->a, word) && evaluate(s, n->b, word);
    case NODE_OR:
        return evaluate(s, n->a, word) || evaluate(s, n->b, word);
    case NODE_NOT:
        return !evaluate(s, n->a, word);
    case NODE_CAT:
        return evaluate(s, n->a, word) << s->node[n->b].width | evaluate(s, n->b, word);
    case NODE_ADD:
        return evaluate(s, n->a, word) + evaluate(s, n->b, word);
    }
    return 0;
}

/* The number of a condition's expression; 0 if it can't be decided from the row's fields. */
static unsigned compile(struct spec *s, struct spec_row *r, const struct features *f, const char *text)
{
    struct parser e = {.p = text, .s = s, .row = r, .feat = f};
    unsigned at = or_expr(&e);
    spaces(&e);
    if (e.broken || *e.p)
        return 0;
    if (r != NULL)
        r->depends |= e.depends;
    return at;
}

/* ---- rows ---- */

static void add(struct spec *s, const struct spec_row *r, uint16_t *list, unsigned condition)
{
    unsigned k = 0;
    while (k < SPEC_CONDITIONS && list[k] != 0)
        k++;
    if (k == SPEC_CONDITIONS) {
        printf("%s: too many conditions\n", r->name);
        s->errors++;
        return;
    }
    list[k] = (uint16_t)condition;
}

/* Conditions separated by ";;", each perhaps "-> what to see"; those after "(nested)" belong to a case that
 * the table doesn't give. */
static void add_conditions(struct spec *s, struct spec_row *r, const struct features *f, uint16_t *list,
                           char *text)
{
    while (*text) {
        char *end = strstr(text, " ;; "), *next = end ? end + 4 : text + strlen(text);
        if (end)
            *end = 0;
        char *arrow = strstr(text, " -> ");
        if (arrow)
            *arrow = 0;
        unsigned c = strncmp(text, "(nested) ", 9) == 0 ? 0 : compile(s, r, f, text);
        if (c != 0)
            add(s, r, list, c);
        else if (r->undecided == NULL)
            r->undecided = strdup(text);
        text = next;
    }
}

static void set_feature(struct spec *s, struct spec_row *r, const struct features *f, const char *text)
{
    free(r->absent);
    r->absent = NULL;
    unsigned c = *text ? compile(s, NULL, f, text) : 0;
    if (c != 0 && !evaluate(s, c, 0))
        r->absent = strdup(text);
}

static char *column(char **p)
{
    char *s = *p, *tab = strchr(s, '\t');
    if (tab)
        *tab = 0;
    *p = tab ? tab + 1 : s + strlen(s);
    return s;
}

static void read_row(struct spec *s, const struct features *f, char *line)
{
    char *col[COLUMNS];
    for (unsigned k = 0; k < COLUMNS; k++)
        col[k] = column(&line);
    if (col[6][0] != '0' || s->n_rows == MAX_ROWS)
        return;
    struct spec_row *r = &s->row[s->n_rows++];
    snprintf(r->name, sizeof(r->name), "%s", col[3]);
    r->mask = r->depends = (uint32_t)strtoul(col[6], NULL, 0);
    r->value = (uint32_t)strtoul(col[7], NULL, 0);
    for (char *t = strtok(col[8], " "); t; t = strtok(NULL, " ")) {
        struct spec_field *d = &r->field[r->n_fields];
        unsigned hi, lo;
        if (sscanf(t, "%15[^[][%u:%u]", d->name, &hi, &lo) == 3) {
            d->hi = (uint8_t)hi;
            d->lo = (uint8_t)lo;
            r->n_fields++;
        }
    }
    if (strcmp(col[1], "sve") == 0 || strcmp(col[1], "sme") == 0)
        r->absent = strdup("FEAT_SVE, FEAT_SME");
    else
        set_feature(s, r, f, col[9]);
    add_conditions(s, r, f, r->undefined, col[10]);
    add_conditions(s, r, f, r->see, col[11]);
    if (col[12][0] && r->undecided == NULL)
        r->undecided = strdup(col[12]);
}

/* A pattern inside another is the more special encoding of the two (NOP among the hints, RPRFM in PRFM) and is tried
 * before it; the numbers say nothing there. */
static bool inside(const struct spec_row *a, const struct spec_row *b)
{
    return (a->mask & b->mask) == b->mask && a->mask != b->mask && ((a->value ^ b->value) & b->mask) == 0;
}

static void sort_rows(struct spec *s)
{
    for (unsigned k = 1; k < s->n_rows; k++) {
        const struct spec_row r = s->row[k];
        unsigned to = 0;
        while (to < k && !inside(&r, &s->row[to]))
            to++;
        memmove(&s->row[to + 1], &s->row[to], (k - to) * sizeof(r));
        s->row[to] = r;
    }
}

/* ---- the supplement and the exceptions ---- */

static bool named(const struct spec_row *r, char *names)
{
    char list[LINE];
    snprintf(list, sizeof(list), "%s", names);
    for (char *t = strtok(list, ", "); t; t = strtok(NULL, ", ")) {
        char *at = strchr(t, '@');
        if (at)
            *at = 0;
        if (fnmatch(t, r->name, 0) == 0 && (!at || strtoul(at + 1, NULL, 0) == r->value))
            return true;
    }
    return false;
}

/* Does the line `kind` concern the row, and was it applied? */
static bool apply(struct spec *s, struct spec_row *r, const struct features *f, const char *kind,
                  const char *text)
{
    if (strcmp(kind, "feature") == 0) {
        set_feature(s, r, f, text);
        return true;
    }
    bool resolves = strcmp(kind, "resolves") == 0;
    if (resolves && r->undecided == NULL)
        return false;
    unsigned c = compile(s, r, f, text);
    if (c == 0)
        return false;
    if (strcmp(kind, "see") == 0)
        add(s, r, r->see, c);
    else
        add(s, r, strcmp(kind, "undefined-here") == 0 ? r->exception : r->undefined, c);
    return true;
}

static FILE *open_in(const char *top, const char *name)
{
    char path[1024];
    snprintf(path, sizeof(path), "%s/%s", top, name);
    FILE *f = fopen(path, "r");
    if (!f) {
        perror(path);
        exit(2);
    }
    return f;
}

static void read_supplement(struct spec *s, const struct features *feat, const char *top, const char *name)
{
    bool *resolved = calloc(MAX_ROWS, sizeof(*resolved));
    char line[LINE];
    FILE *f = open_in(top, name);
    if (!resolved)
        abort();
    for (unsigned at = 1; fgets(line, sizeof(line), f); at++) {
        char *p = line;
        line[strcspn(line, "\r\n")] = 0;
        if (line[0] == '#' || line[0] == 0)
            continue;
        char *names = column(&p), *kind = column(&p), *text = column(&p);
        unsigned used = 0;
        for (unsigned k = 0; k < s->n_rows; k++) {
            struct spec_row *r = &s->row[k];
            if (!named(r, names) || !apply(s, r, feat, kind, text))
                continue;
            resolved[k] |= strcmp(kind, "resolves") == 0;
            used++;
        }
        if (used == 0 || !*p) {
            printf("%s:%u: %s\n", name, at, *p ? "applies to no row" : "no reference");
            s->errors++;
        }
    }
    fclose(f);
    for (unsigned k = 0; k < s->n_rows; k++) {
        if (resolved[k]) {
            free(s->row[k].undecided);
            s->row[k].undecided = NULL;
        }
    }
    free(resolved);
}

static void fill_buckets(struct spec *s)
{
    for (unsigned b = 0; b < 8192; b++) {
        uint16_t list[MAX_ROWS + 1];
        unsigned n = 0;
        for (unsigned k = 0; k < s->n_rows; k++)
            if ((((uint32_t)b << 19 ^ s->row[k].value) & s->row[k].mask & 0xfff80000) == 0)
                list[n++] = (uint16_t)k;
        list[n++] = UINT16_MAX;
        s->bucket[b] = malloc(n * sizeof(list[0]));
        if (!s->bucket[b])
            abort();
        memcpy(s->bucket[b], list, n * sizeof(list[0]));
    }
}

struct spec *spec_read(const char *top, const struct features *feat)
{
    struct spec *s = calloc(1, sizeof(*s));
    char line[LINE];
    if (!s)
        abort();
    s->row = calloc(MAX_ROWS, sizeof(*s->row));
    s->node = calloc(MAX_NODES, sizeof(*s->node));
    s->n_nodes = 1;
    if (!s->row || !s->node)
        abort();
    FILE *f = open_in(top, "tests/data/a64-encodings.tsv");
    while (fgets(line, sizeof(line), f)) {
        line[strcspn(line, "\r\n")] = 0;
        read_row(s, feat, line);
    }
    fclose(f);
    sort_rows(s);
    read_supplement(s, feat, top, "tests/insn/decode-supplement.tsv");
    read_supplement(s, feat, top, "tests/insn/decode-exceptions.tsv");
    fill_buckets(s);
    return s;
}

void spec_free(struct spec *s)
{
    for (unsigned k = 0; k < s->n_rows; k++) {
        free(s->row[k].absent);
        free(s->row[k].undecided);
    }
    for (unsigned b = 0; b < 8192; b++)
        free(s->bucket[b]);
    free(s->row);
    free(s->node);
    free(s);
}

/* ---- decoding ---- */

static bool any(const struct spec *s, const uint16_t *list, uint32_t word)
{
    for (unsigned k = 0; k < SPEC_CONDITIONS && list[k] != 0; k++)
        if (evaluate(s, list[k], word))
            return true;
    return false;
}

void spec_decode(const struct spec *s, uint32_t word, struct spec_verdict *v)
{
    *v = (struct spec_verdict){.kind = SPEC_UNALLOCATED};
    for (const uint16_t *k = s->bucket[word >> 19]; *k != UINT16_MAX; k++) {
        const struct spec_row *r = &s->row[*k];
        if ((word ^ r->value) & r->mask & ~31u)
            continue;
        v->low_matters |= (r->depends & 31) != 0;
        if ((word ^ r->value) & r->mask & 31)
            continue;
        if (any(s, r->see, word)) {
            v->see = true;
            continue;
        }
        v->row = r;
        if (r->absent != NULL)
            v->kind = SPEC_ABSENT;
        else if (any(s, r->undefined, word))
            v->kind = SPEC_UNDEFINED;
        else if (r->undecided != NULL)
            v->kind = SPEC_UNDECIDED;
        else
            v->kind = any(s, r->exception, word) ? SPEC_EXCEPTION : SPEC_ALLOCATED;
        return;
    }
}
