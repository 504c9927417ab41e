/* SPDX-License-Identifier: BSD-2-Clause
 *
 * decgen: compiles the .decode notation of cpu/decode.md. A build tool of its own: it uses nothing of el2sim.
 *
 *     decgen ops_gen.h decode_gen.c a64-base.decode [a64-fp.decode ...]
 *
 * ops_gen.h gets one line OP(NAME) for each semantics body. decode_gen.c is included by cpu/decode.c and
 * holds the rows, a function that hands each row's fields to its fmt_<format>(), and a tree of tables over
 * groups of neighbouring bits that leads from a word to the few rows it may be. Before anything is written,
 * every two rows are proved to have no word in common; errors are reported as file:line and nothing is
 * written.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_WINDOW = 11, /* bits that one tree node looks at */
    LEAF_ROWS = 2,   /* so few candidates are tried one after the other */
    MAX_CUBES = 64,  /* excluded patterns of one row */
    MAX_TOKENS = 80,
    MAX_BRACES = 4,
    LEAF_FLAG = 0x8000,
};

/* The words w with (w & mask) == value. */
struct cube {
    uint32_t mask, value;
};

/* A line of a .decode file. */
struct source_row {
    const char *file;
    unsigned line;
    char *name;      /* as written, with braces */
    char *base;      /* without the braces */
    char letter[33]; /* the 32 positions, most significant first */
    char fields[27]; /* letters in order of appearance */
    char *format;
    char *feature[2];
    bool end, fp;
    struct cube excluded[MAX_CUBES];
    unsigned n_excluded;
};

/* A row with its braces resolved: one op, one pattern. */
struct row {
    const struct source_row *src;
    unsigned src_index;
    char *op;
    struct cube c;
};

/* A growing array of anything. */
struct list {
    void *item;
    size_t n, room, size;
};

struct node {
    unsigned shift, width, base; /* children are at base + field */
};

struct gen {
    struct list sources, rows, ops;   /* struct source_row, struct row, char * */
    struct list nodes, edges, leaves; /* struct node, uint16_t, uint16_t */
    unsigned errors;
    unsigned worst_leaf, depth;
};

static void *list_add(struct list *l, const void *item)
{
    if (l->n == l->room) {
        l->room = l->room ? l->room * 2 : 64;
        l->item = realloc(l->item, l->room * l->size);
        if (!l->item)
            abort();
    }
    return memcpy((char *)l->item + l->n++ * l->size, item, l->size);
}

__attribute__((format(printf, 4, 5))) static void error_at(struct gen *g, const char *file, unsigned line,
                                                           const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, "%s:%u: ", file, line);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    g->errors++;
}

static char *copy(const char *s, size_t n)
{
    char *r = malloc(n + 1);
    if (!r)
        abort();
    memcpy(r, s, n);
    r[n] = 0;
    return r;
}

/* ---- reading ---- */

/* The positions of `letter` in the row, as a mask. */
static uint32_t letter_mask(const struct source_row *s, char letter)
{
    uint32_t m = 0;
    for (unsigned p = 0; p < 32; p++)
        if (s->letter[p] == letter)
            m |= UINT32_C(1) << (31 - p);
    return m;
}

/* Puts the binary digits at `v` (as many as the mask has bits; '.' is "any") at the positions of `mask`. */
static bool scatter(struct cube *c, uint32_t mask, const char *v, size_t n)
{
    *c = (struct cube){0, 0};
    for (unsigned p = 32; p-- > 0;) {
        uint32_t b = UINT32_C(1) << p;
        if (!(mask & b))
            continue;
        if (n == 0 || !strchr("01.", *v))
            return false;
        if (*v != '.')
            c->mask |= b;
        if (*v == '1')
            c->value |= b;
        v++;
        n--;
    }
    return n == 0;
}

/* letter!=value,... */
static void parse_constraint(struct gen *g, struct source_row *s, const char *t)
{
    uint32_t m = letter_mask(s, t[0]);
    if (!m) {
        error_at(g, s->file, s->line, "'%c' in '%s' is not a field of this row", t[0], t);
        return;
    }
    for (const char *v = t + 3;; v++) {
        size_t n = strcspn(v, ",");
        struct cube c;
        if (!scatter(&c, m, v, n)) {
            error_at(g, s->file, s->line, "'%s': a value has not as many binary digits as the field", t);
            return;
        }
        if (s->n_excluded == MAX_CUBES) {
            error_at(g, s->file, s->line, "too many constraints");
            return;
        }
        s->excluded[s->n_excluded++] = c;
        v += n;
        if (!*v)
            return;
    }
}

static void parse_flag(struct gen *g, struct source_row *s, const char *t)
{
    if (strcmp(t, "END") == 0)
        s->end = true;
    else if (strcmp(t, "FP") == 0)
        s->fp = true;
    else if (islower((unsigned char)t[0]) && strncmp(t + 1, "!=", 2) == 0)
        parse_constraint(g, s, t);
    else
        error_at(g, s->file, s->line, "unknown flag or constraint '%s'", t);
}

/* Format, feature and flags: the tokens after the bits. */
static void parse_tail(struct gen *g, struct source_row *s, char **tok, unsigned n)
{
    if (n < 2) {
        error_at(g, s->file, s->line, "format or feature missing (or more or less than 32 bits)");
        return;
    }
    if (strcmp(tok[0], "-") != 0) {
        if (!islower((unsigned char)tok[0][0]))
            error_at(g, s->file, s->line, "'%s' is no format name (are there 32 bits before it?)", tok[0]);
        s->format = copy(tok[0], strlen(tok[0]));
    }
    if (strcmp(tok[1], "-") != 0) {
        size_t k = strcspn(tok[1], "+");
        s->feature[0] = copy(tok[1], k);
        if (tok[1][k])
            s->feature[1] = copy(tok[1] + k + 1, strlen(tok[1]) - k - 1);
        if (!isupper((unsigned char)tok[1][0]))
            error_at(g, s->file, s->line, "'%s' is no feature name", tok[1]);
    }
    for (unsigned k = 2; k < n; k++)
        parse_flag(g, s, tok[k]);
}

/* Collects bit tokens until there are 32 positions; returns the number of tokens used, 0 after an error. */
static unsigned parse_bits(struct gen *g, struct source_row *s, char **tok, unsigned n)
{
    unsigned have = 0, k = 0;
    while (have < 32 && k < n) {
        for (const char *p = tok[k]; *p; p++) {
            if (have == 32 || !(*p == '0' || *p == '1' || *p == '.' || (*p >= 'a' && *p <= 'z'))) {
                error_at(g, s->file, s->line, "%s bits at '%s'", have == 32 ? "more than 32" : "less than 32",
                         tok[k]);
                return 0;
            }
            s->letter[have++] = *p;
        }
        k++;
    }
    if (have < 32) {
        error_at(g, s->file, s->line, "only %u bits", have);
        return 0;
    }
    unsigned nf = 0;
    for (unsigned p = 0; p < 32; p++)
        if (islower((unsigned char)s->letter[p]) && !memchr(s->fields, s->letter[p], nf))
            s->fields[nf++] = s->letter[p];
    return k;
}

/* "ADD_imm" for "ADD_imm{s:32|64}" */
static char *without_braces(const char *name)
{
    char *r = copy(name, strlen(name)), *w = r;
    bool in = false;
    for (const char *p = name; *p; p++) {
        in |= *p == '{';
        if (!in)
            *w++ = *p;
        in &= *p != '}';
    }
    *w = 0;
    return r;
}

static bool is_identifier(const char *s)
{
    for (const char *p = s; *p; p++)
        if (!isalnum((unsigned char)*p) && *p != '_')
            return false;
    return *s && !isdigit((unsigned char)*s);
}

static void add_op(struct gen *g, char *name)
{
    char **op = g->ops.item;
    for (size_t k = 0; k < g->ops.n; k++)
        if (strcmp(op[k], name) == 0)
            return;
    list_add(&g->ops, &name);
}

static void parse_line(struct gen *g, const char *file, unsigned line, char *text)
{
    char *tok[MAX_TOKENS];
    unsigned n = 0;
    text[strcspn(text, "#\r\n")] = 0;
    for (char *p = strtok(text, " \t"); p; p = strtok(NULL, " \t")) {
        if (n == MAX_TOKENS) {
            error_at(g, file, line, "line too long");
            return;
        }
        tok[n++] = p;
    }
    if (n == 0)
        return;
    if (tok[0][0] == '!') {
        if (n != 1 || !is_identifier(tok[0] + 1))
            error_at(g, file, line, "an op without encoding is written '!NAME'");
        add_op(g, copy(tok[0] + 1, strlen(tok[0] + 1)));
        return;
    }
    struct source_row s = {.file = file, .line = line};
    s.name = copy(tok[0], strlen(tok[0]));
    s.base = without_braces(tok[0]);
    unsigned used = parse_bits(g, &s, tok + 1, n - 1);
    if (used)
        parse_tail(g, &s, tok + 1 + used, n - 1 - used);
    if (!g->errors)
        list_add(&g->sources, &s);
}

static void read_file(struct gen *g, const char *file)
{
    char text[1024];
    unsigned line = 0;
    FILE *f = fopen(file, "r");
    if (!f) {
        error_at(g, file, 0, "can't be read");
        return;
    }
    while (fgets(text, sizeof(text), f))
        parse_line(g, file, ++line, text);
    fclose(f);
}

/* ---- braces ---- */

/* The k-th of the alternatives "a|b|c}" at p. Returns its length, -1 if there are fewer. */
static int alternative(const char *p, unsigned k, const char **start)
{
    for (;; p++) {
        size_t n = strcspn(p, "|}");
        if (k-- == 0) {
            *start = p;
            return (int)n;
        }
        p += n;
        if (*p != '|')
            return -1;
    }
}

/* Adds rows for every value of the fields selected by the braces in `rest`; `done` is the name so far. */
static void expand(struct gen *g, unsigned src, const char *done, const char *rest, struct cube c)
{
    const struct source_row *s = (struct source_row *)g->sources.item + src;
    size_t plain = strcspn(rest, "{");
    char name[256];
    if (!rest[plain]) {
        snprintf(name, sizeof(name), "%s%s", done, rest);
        struct row r = {.src_index = src, .op = copy(name, strlen(name)), .c = c};
        if (!is_identifier(name))
            error_at(g, s->file, s->line, "'%s' is no identifier", name);
        add_op(g, r.op);
        list_add(&g->rows, &r);
        return;
    }
    const char *brace = rest + plain + 1, *close = strchr(brace, '}');
    uint32_t m = letter_mask(s, brace[0]);
    unsigned count = 1u << __builtin_popcount(m);
    const char *alt;
    if (!close || brace[1] != ':' || !m || (m & c.mask) || alternative(brace + 2, count, &alt) >= 0) {
        error_at(g, s->file, s->line, "'%s': bad braces", s->name);
        return;
    }
    for (unsigned v = 0; v < count; v++) {
        int n = alternative(brace + 2, v, &alt);
        if (n < 0) {
            error_at(g, s->file, s->line, "'%s': field '%c' has %u values", s->name, brace[0], count);
            return;
        }
        if (n == 1 && *alt == '-')
            continue;
        struct cube d = {c.mask | m, c.value};
        unsigned bit = 0;
        for (unsigned p = 0; p < 32; p++)
            if (m >> p & 1)
                d.value |= (v >> bit++ & 1) << p;
        snprintf(name, sizeof(name), "%s%.*s%.*s", done, (int)plain, rest, n, alt);
        expand(g, src, name, close + 1, d);
    }
}

static void expand_all(struct gen *g)
{
    for (unsigned k = 0; k < g->sources.n; k++) {
        const struct source_row *s = (struct source_row *)g->sources.item + k;
        struct cube c = {0, 0};
        for (unsigned p = 0; p < 32; p++) {
            if (s->letter[p] == '0' || s->letter[p] == '1')
                c.mask |= UINT32_C(1) << (31 - p);
            if (s->letter[p] == '1')
                c.value |= UINT32_C(1) << (31 - p);
        }
        expand(g, k, "", s->name, c);
    }
    struct row *r = g->rows.item;
    for (size_t k = 0; k < g->rows.n; k++)
        r[k].src = (struct source_row *)g->sources.item + r[k].src_index;
}

/* ---- proof ---- */

static bool disjoint(struct cube a, struct cube b)
{
    return ((a.value ^ b.value) & a.mask & b.mask) != 0;
}

/* Is there a word in c that is in none of the n cubes? If so it is left in *witness. */
static bool outside(struct cube c, const struct cube *ex, unsigned n, uint32_t *witness)
{
    for (unsigned k = 0; k < n; k++) {
        if (disjoint(c, ex[k]))
            continue;
        uint32_t open = ex[k].mask & ~c.mask;
        if (!open)
            return false;
        open &= -open;
        struct cube zero = {c.mask | open, c.value}, one = {c.mask | open, c.value | open};
        return outside(zero, ex, n, witness) || outside(one, ex, n, witness);
    }
    *witness = c.value;
    return true;
}

static void prove_disjoint(struct gen *g)
{
    const struct row *r = g->rows.item;
    for (size_t a = 0; a < g->rows.n; a++) {
        for (size_t b = a + 1; b < g->rows.n; b++) {
            if (disjoint(r[a].c, r[b].c))
                continue;
            struct cube both = {r[a].c.mask | r[b].c.mask, r[a].c.value | r[b].c.value};
            struct cube ex[2 * MAX_CUBES];
            unsigned na = r[a].src->n_excluded, nb = r[b].src->n_excluded;
            memcpy(ex, r[a].src->excluded, na * sizeof(ex[0]));
            memcpy(ex + na, r[b].src->excluded, nb * sizeof(ex[0]));
            uint32_t w;
            if (outside(both, ex, na + nb, &w))
                error_at(g, r[b].src->file, r[b].src->line, "%s overlaps %s (%s:%u), e.g. in %08x", r[b].op,
                         r[a].op, r[a].src->file, r[a].src->line, w);
        }
    }
}

/* ---- tree ---- */

/* How bad a window is: rows left in the average child, the fullest child, and the table's own size. */
static double window_cost(const struct row *r, const unsigned *cand, unsigned n, unsigned shift,
                          unsigned width)
{
    unsigned count[1 << MAX_WINDOW] = {0}, worst = 0;
    double squares = 0;
    for (unsigned v = 0; v < 1u << width; v++) {
        struct cube c = {((1u << width) - 1) << shift, v << shift};
        for (unsigned k = 0; k < n; k++)
            count[v] += !disjoint(r[cand[k]].c, c);
        worst = count[v] > worst ? count[v] : worst;
        squares += (double)count[v] * count[v];
    }
    if (worst == n)
        return 1e9;
    return squares / (1u << width) + worst + (1u << width) / 64.0;
}

static unsigned add_leaf(struct gen *g, const unsigned *cand, unsigned n)
{
    const uint16_t *l = g->leaves.item;
    for (size_t at = 0; at + n < g->leaves.n; at++) {
        unsigned k = 0;
        while (k < n && l[at + k] == cand[k] + 1)
            k++;
        if (k == n && l[at + n] == 0)
            return LEAF_FLAG | (unsigned)at;
    }
    unsigned at = (unsigned)g->leaves.n;
    for (unsigned k = 0; k <= n; k++) {
        uint16_t e = k < n ? cand[k] + 1 : 0;
        list_add(&g->leaves, &e);
    }
    g->worst_leaf = n > g->worst_leaf ? n : g->worst_leaf;
    return LEAF_FLAG | at;
}

/* Builds the tree below a set of candidate rows; returns the edge that leads to it. */
static unsigned build(struct gen *g, const unsigned *cand, unsigned n, unsigned depth)
{
    const struct row *r = g->rows.item;
    unsigned best_shift = 0, best_width = 0;
    double best = 1e9;
    g->depth = depth > g->depth ? depth : g->depth;
    for (unsigned width = 1; n > LEAF_ROWS && width <= MAX_WINDOW; width++) {
        for (unsigned shift = 0; shift + width <= 32; shift++) {
            double cost = window_cost(r, cand, n, shift, width);
            if (cost < best) {
                best = cost;
                best_shift = shift;
                best_width = width;
            }
        }
    }
    if (best_width == 0)
        return add_leaf(g, cand, n);
    struct node node = {best_shift, best_width, (unsigned)g->edges.n};
    unsigned at = (unsigned)g->nodes.n;
    list_add(&g->nodes, &node);
    uint16_t none = 0;
    for (unsigned v = 0; v < 1u << best_width; v++)
        list_add(&g->edges, &none);
    unsigned *sub = malloc(n * sizeof(*sub));
    if (!sub)
        abort();
    for (unsigned v = 0; v < 1u << best_width; v++) {
        struct cube c = {((1u << best_width) - 1) << best_shift, v << best_shift};
        unsigned m = 0;
        for (unsigned k = 0; k < n; k++)
            if (!disjoint(r[cand[k]].c, c))
                sub[m++] = cand[k];
        unsigned edge = build(g, sub, m, depth + 1);
        ((uint16_t *)g->edges.item)[node.base + v] = (uint16_t)edge;
    }
    free(sub);
    return at;
}

static void build_tree(struct gen *g)
{
    unsigned *all = malloc((g->rows.n + 1) * sizeof(*all));
    if (!all)
        abort();
    for (unsigned k = 0; k < g->rows.n; k++)
        all[k] = k;
    unsigned root = build(g, all, (unsigned)g->rows.n, 0);
    free(all);
    if (root != 0)
        error_at(g, "decgen", 0, "too few rows for a tree");
    if (g->edges.n >= LEAF_FLAG || g->leaves.n >= LEAF_FLAG || g->nodes.n >= LEAF_FLAG)
        error_at(g, "decgen", 0, "tree too large: %zu edges, %zu leaves", g->edges.n, g->leaves.n);
}

/* ---- writing ---- */

static void write_ops(const struct gen *g, FILE *f)
{
    char **op = g->ops.item;
    fprintf(f, "/* Generated by decgen: one OP() per semantics body. */\n");
    for (size_t k = 0; k < g->ops.n; k++)
        fprintf(f, "OP(%s)\n", op[k]);
}

/* An expression for one field: its pieces shifted together, most significant first. */
static void write_field(FILE *f, const struct source_row *s, char letter)
{
    bool first = true;
    unsigned done = 0, total = (unsigned)__builtin_popcount(letter_mask(s, letter));
    for (unsigned p = 0; p < 32;) {
        unsigned n = 0;
        while (p + n < 32 && s->letter[p + n] == letter)
            n++;
        if (n) {
            done += n;
            fprintf(f, "%s(raw >> %u & 0x%xu) << %u", first ? "" : " | ", 32 - p - n,
                    n == 32 ? ~0u : (1u << n) - 1, total - done);
            first = false;
        }
        p += n ? n : 1;
    }
}

static void write_fill(const struct gen *g, FILE *f)
{
    const struct source_row *s = g->sources.item;
    for (unsigned k = 0; k < g->sources.n; k++) {
        if (!s[k].format)
            continue;
        fprintf(f,
                "static bool fill_%u(struct insn *o, uint32_t raw UNUSED) /* %s */\n{\n    return fmt_%s(o",
                k, s[k].base, s[k].format);
        for (const char *l = s[k].fields; *l; l++) {
            fprintf(f, ", ");
            write_field(f, &s[k], *l);
        }
        fprintf(f, ");\n}\n");
    }
}

static void write_rows(const struct gen *g, FILE *f)
{
    const struct row *r = g->rows.item;
    unsigned at = 0;
    fprintf(f, "static const struct decode_cube excluded[] = {\n");
    for (unsigned k = 0; k < g->sources.n; k++) {
        const struct source_row *s = (struct source_row *)g->sources.item + k;
        for (unsigned e = 0; e < s->n_excluded; e++)
            fprintf(f, "    {0x%08x, 0x%08x},\n", s->excluded[e].mask, s->excluded[e].value);
    }
    fprintf(f, "    {0, 0},\n};\n\nstatic const struct decode_row rows[] = {\n");
    for (unsigned k = 0; k < g->rows.n; k++) {
        const struct source_row *s = r[k].src;
        if (k > 0 && r[k - 1].src != s)
            at += r[k - 1].src->n_excluded;
        fprintf(f, "    {0x%08x, 0x%08x, OP_%s, %s%s%s, ", r[k].c.mask, r[k].c.value, r[k].op,
                s->end  ? "INSN_END"
                : s->fp ? ""
                        : "0",
                s->end && s->fp ? " | " : "", s->fp ? "INSN_FP" : "");
        fprintf(f, "%u, %u, {FEAT_%s, FEAT_%s}, ", s->n_excluded, s->n_excluded ? at : 0,
                s->feature[0] ? s->feature[0] : "ALWAYS", s->feature[1] ? s->feature[1] : "ALWAYS");
        if (s->format)
            fprintf(f, "fill_%u, \"%s\"},\n", r[k].src_index, r[k].op);
        else
            fprintf(f, "NULL, \"%s\"},\n", r[k].op);
    }
    fprintf(f, "};\n");
}

static void write_numbers(FILE *f, const char *name, const struct list *l)
{
    const uint16_t *v = l->item;
    fprintf(f, "\nstatic const uint16_t %s[] = {", name);
    for (size_t k = 0; k < l->n; k++)
        fprintf(f, "%s%u,", k % 16 ? " " : "\n    ", v[k]);
    fprintf(f, "\n};\n");
}

static void write_decoder(const struct gen *g, FILE *f)
{
    const struct node *n = g->nodes.item;
    fprintf(f,
            "/* Generated by decgen. %zu rows, %zu patterns, %zu nodes, depth %u, at most %u candidates in a "
            "leaf. */\n",
            g->sources.n, g->rows.n, g->nodes.n, g->depth, g->worst_leaf);
    write_fill(g, f);
    fprintf(f, "\n");
    write_rows(g, f);
    fprintf(f, "\nstatic const struct decode_node nodes[] = {\n");
    for (size_t k = 0; k < g->nodes.n; k++)
        fprintf(f, "    {%u, 0x%x, %u},\n", n[k].shift, (1u << n[k].width) - 1, n[k].base);
    fprintf(f, "};\n");
    write_numbers(f, "edges", &g->edges);
    write_numbers(f, "leaves", &g->leaves);
}

static bool write_file(const struct gen *g, const char *name, void (*write)(const struct gen *, FILE *))
{
    FILE *f = fopen(name, "w");
    if (!f) {
        perror(name);
        return false;
    }
    write(g, f);
    bool ok = !ferror(f);
    return fclose(f) == 0 && ok;
}

int main(int argc, char **argv)
{
    struct gen g = {
        .sources.size = sizeof(struct source_row),
        .rows.size = sizeof(struct row),
        .ops.size = sizeof(char *),
        .nodes.size = sizeof(struct node),
        .edges.size = sizeof(uint16_t),
        .leaves.size = sizeof(uint16_t),
    };
    if (argc < 4) {
        fprintf(stderr, "usage: decgen ops_gen.h decode_gen.c FILE.decode...\n");
        return 2;
    }
    for (int k = 3; k < argc; k++)
        read_file(&g, argv[k]);
    if (!g.errors)
        expand_all(&g);
    if (!g.errors)
        prove_disjoint(&g);
    if (!g.errors)
        build_tree(&g);
    if (g.errors)
        return 1;
    return write_file(&g, argv[1], write_ops) && write_file(&g, argv[2], write_decoder) ? 0 : 1;
}
