/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The decoder against Arm's decode tables (tests/data/a64-encodings.tsv): what is allocated there decodes to
 * a row here, and nothing else does. The table's conditions are evaluated as far as they speak of the
 * encoding's fields; a condition about a variable of the pseudocode leaves the word undecided, and it is not
 * counted.
 */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "cpu/decode.h"
#include "tests/unit/run.h"

enum { MAX_ROWS = 4096, MAX_FIELDS = 12, LINE = 4096 };

struct field {
    char name[16];
    uint8_t hi, lo;
};

struct row {
    char class[16], name[48];
    uint32_t mask, value;
    struct field field[MAX_FIELDS];
    unsigned n_fields;
    char *feature, *undefined_if, *see_if, *guard;
};

struct table {
    struct row *row;
    unsigned n;
    struct features feat;
};

/* ---- reading ---- */

static char *column(char **p)
{
    char *s = *p, *tab = strchr(s, '\t');
    if (tab)
        *tab = 0;
    *p = tab ? tab + 1 : s + strlen(s);
    return s;
}

static void read_row(struct table *t, char *line)
{
    char *col[13];
    line[strcspn(line, "\r\n")] = 0;
    for (unsigned k = 0; k < 13; k++)
        col[k] = column(&line);
    if (col[6][0] != '0')
        return;
    struct row *r = &t->row[t->n++];
    ck_assert_uint_lt(t->n, MAX_ROWS);
    snprintf(r->class, sizeof(r->class), "%s", col[1]);
    snprintf(r->name, sizeof(r->name), "%s", col[3]);
    r->mask = (uint32_t)strtoul(col[6], NULL, 0);
    r->value = (uint32_t)strtoul(col[7], NULL, 0);
    for (char *f = strtok(col[8], " "); f; f = strtok(NULL, " ")) {
        unsigned hi, lo;
        char name[16];
        if (sscanf(f, "%15[^[][%u:%u]", name, &hi, &lo) == 3 && r->n_fields < MAX_FIELDS) {
            struct field *d = &r->field[r->n_fields++];
            memcpy(d->name, name, sizeof(name));
            d->hi = (uint8_t)hi;
            d->lo = (uint8_t)lo;
        }
    }
    r->feature = strdup(col[9]);
    r->undefined_if = strdup(col[10]);
    r->see_if = strdup(col[11]);
    r->guard = strdup(col[12]);
}

static void table_read(struct table *t)
{
    char path[1024], line[LINE];
    const char *top = getenv("abs_top_srcdir");
    snprintf(path, sizeof(path), "%s/tests/data/a64-encodings.tsv", top ? top : ".");
    FILE *f = fopen(path, "r");
    ck_assert_msg(f != NULL, "%s can't be read", path);
    memset(t, 0, sizeof(*t));
    t->row = calloc(MAX_ROWS, sizeof(*t->row));
    t->feat.has_el2 = t->feat.has_el3 = true;
    ck_assert_ptr_null(features_parse(&t->feat, "max"));
    while (fgets(line, sizeof(line), f))
        read_row(t, line);
    fclose(f);
    ck_assert_uint_gt(t->n, 2500);
}

static void table_free(struct table *t)
{
    for (unsigned k = 0; k < t->n; k++) {
        free(t->row[k].feature);
        free(t->row[k].undefined_if);
        free(t->row[k].see_if);
        free(t->row[k].guard);
    }
    free(t->row);
}

/* ---- conditions: a value and its width in bits (0: a number), or unknown ---- */

struct value {
    bool known;
    unsigned width;
    uint64_t v;
};

struct expr {
    const char *p;
    const struct table *t;
    const struct row *r;
    uint32_t word;
    bool broken; /* a form that this evaluator doesn't know */
};

static struct value or_expr(struct expr *e);

static const struct value unknown = {false, 0, 0};

static void spaces(struct expr *e)
{
    e->p += strspn(e->p, " ");
}

static bool accept(struct expr *e, const char *token)
{
    spaces(e);
    size_t n = strlen(token);
    if (strncmp(e->p, token, n) != 0)
        return false;
    e->p += n;
    return true;
}

static const struct {
    const char *name;
    enum feature n;
} features[] = {
#define FEATURE(name, ...) {"FEAT_" #name, FEAT_##name},
#include "sysregs/features.def"
#undef FEATURE
};

static bool feature_on(const struct table *t, const char *name, size_t len)
{
    for (unsigned k = 0; k < sizeof(features) / sizeof(features[0]); k++)
        if (strlen(features[k].name) == len && memcmp(features[k].name, name, len) == 0)
            return has(&t->feat, features[k].n);
    return false;
}

static struct value identifier(struct expr *e)
{
    const char *s = e->p;
    size_t len = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.");
    if (len == 0) {
        e->broken = true;
        return unknown;
    }
    e->p += len;
    if (strncmp(s, "FEAT_", 5) == 0)
        return (struct value){true, 0, feature_on(e->t, s, len)};
    if (len == 6 && memcmp(s, "Halted", 6) == 0) {
        accept(e, "()");
        return (struct value){true, 0, false};
    }
    if (len == 9 && memcmp(s, "PSTATE.EL", 9) == 0) /* of EL0 the decoder knows nothing */
        return (struct value){true, 0, 1};
    if (len == 3 && memcmp(s, "EL0", 3) == 0)
        return (struct value){true, 0, 0};
    for (unsigned k = 0; k < e->r->n_fields; k++) {
        const struct field *f = &e->r->field[k];
        if (strlen(f->name) != len || memcmp(f->name, s, len) != 0)
            continue;
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
        return (struct value){true, hi - lo + 1, bits(e->word, hi, lo)};
    }
    return unknown;
}

static struct value number(struct expr *e)
{
    if (accept(e, "0b")) {
        size_t n = strspn(e->p, "01");
        uint64_t v = strtoull(e->p, NULL, 2);
        e->p += n;
        return (struct value){true, (unsigned)n, v};
    }
    char *end;
    uint64_t v = strtoull(e->p, &end, 10);
    e->p = end;
    return (struct value){true, 0, v};
}

static struct value primary(struct expr *e)
{
    struct value v;
    spaces(e);
    if (accept(e, "not_bool(")) {
        v = or_expr(e);
        v.v = !v.v;
        e->broken |= !accept(e, ")");
        return v;
    }
    if (accept(e, "UInt(") || accept(e, "(")) {
        v = or_expr(e);
        if (accept(e, "@")) {
            struct value w = or_expr(e);
            v = (struct value){v.known && w.known, v.width + w.width, v.v << w.width | w.v};
        }
        e->broken |= !accept(e, ")");
        return v;
    }
    if (accept(e, "[")) {
        v = identifier(e);
        e->broken |= !accept(e, "]");
        return v;
    }
    return *e->p >= '0' && *e->p <= '9' ? number(e) : identifier(e);
}

static struct value sum(struct expr *e)
{
    struct value v = primary(e);
    while (accept(e, "+")) {
        struct value w = primary(e);
        v = (struct value){v.known && w.known, 0, v.v + w.v};
    }
    return v;
}

static struct value comparison(struct expr *e)
{
    struct value v = sum(e), w;
    bool r;
    if (accept(e, "==")) {
        w = sum(e);
        r = v.v == w.v;
    } else if (accept(e, "!=")) {
        w = sum(e);
        r = v.v != w.v;
    } else if (accept(e, ">=")) {
        w = sum(e);
        r = v.v >= w.v;
    } else if (accept(e, ">")) {
        w = sum(e);
        r = v.v > w.v;
    } else {
        return v;
    }
    return (struct value){v.known && w.known, 0, r};
}

static struct value and_expr(struct expr *e)
{
    struct value v = comparison(e);
    while (accept(e, "&")) {
        struct value w = comparison(e);
        if ((v.known && !v.v) || (w.known && !w.v))
            v = (struct value){true, 0, false};
        else
            v = (struct value){v.known && w.known, 0, true};
    }
    return v;
}

static struct value or_expr(struct expr *e)
{
    struct value v = and_expr(e);
    while (accept(e, "|")) {
        struct value w = and_expr(e);
        if ((v.known && v.v) || (w.known && w.v))
            v = (struct value){true, 0, true};
        else
            v = (struct value){v.known && w.known, 0, false};
    }
    return v;
}

/* One condition of a list. A nested one counts only if it is false: the conditions around it are not in the
 * table. */
static struct value condition(const struct table *t, const struct row *r, uint32_t word, const char *text,
                              size_t len)
{
    char copy[512];
    bool nested = strncmp(text, "(nested) ", 9) == 0;
    if (len >= sizeof(copy))
        return unknown;
    memcpy(copy, text, len);
    copy[len] = 0;
    struct expr e = {.p = copy + (nested ? 9 : 0), .t = t, .r = r, .word = word};
    struct value v = or_expr(&e);
    spaces(&e);
    if (e.broken || *e.p || (nested && v.v))
        return unknown;
    return v;
}

/* Is any condition of a ";;" list true? */
static struct value any_condition(const struct table *t, const struct row *r, uint32_t word, const char *list)
{
    struct value result = {true, 0, false};
    while (*list) {
        const char *end = strstr(list, " ;; "), *arrow = strstr(list, " -> ");
        size_t len = end ? (size_t)(end - list) : strlen(list);
        struct value v =
            condition(t, r, word, list, arrow && arrow < list + len ? (size_t)(arrow - list) : len);
        if (v.known && v.v)
            return v;
        result.known &= v.known;
        list += end ? len + 4 : len;
    }
    return result;
}

/* ---- what the table says ---- */

enum verdict { ALLOCATED, UNALLOCATED, UNDECIDED };

/* Rows whose feature the table doesn't say, or that are UNDEFINED by their nature. */
static const char *feature_of(const struct row *r)
{
    static const struct {
        const char *name, *feature;
    } known[] = {
        {"udf_perm_undef", "NONE"}, {"tcancel", "FEAT_TME"},  {"tstart", "FEAT_TME"}, {"ttest", "FEAT_TME"},
        {"ldiapp", "FEAT_LRCPC3"},  {"stilp", "FEAT_LRCPC3"}, {"xpac", "FEAT_PAuth"}, {"dcps1", "NONE"},
        {"dcps2", "NONE"},          {"dcps3", "NONE"},        {"ld64b", "FEAT_LS64"},
    };
    if (r->value == 0x99c00800 || r->value == 0x99800800)
        return "FEAT_LRCPC3";
    if (r->value == 0xd50320ff) /* XPACLRI is a hint */
        return "";
    for (unsigned k = 0; k < sizeof(known) / sizeof(known[0]); k++)
        if (strcmp(r->name, known[k].name) == 0)
            return known[k].feature;
    return r->feature;
}

/* UNDEFINED by a case of the decode pseudocode ("when '10' UNDEFINED", "otherwise UNDEFINED"), which the
 * table's columns don't have: from the instructions' pages in Arm ARM C6.2, C7.2. A name that starts with '*'
 * is an ending. */
static const struct {
    const char *name, *undefined_if;
} cases[] = {
    /* DecodeBitMasks(): all ones of an element, or no element size */
    {"*_log_imm",
     "N == 0b1 & imms == 0b111111 | N == 0b0 & (imms == 0b011111 | imms == 0b101111 | imms == 0b110111 | "
     "imms == 0b111011 | imms == 0b111101 | imms == 0b111110 | imms == 0b111111)"},
    {"ldr_lit_fpsimd", "opc == 0b11"},
    {"*1_advsimd_mult",
     "opcode == 0b0001 | opcode == 0b0011 | opcode == 0b0101 | opcode == 0b1001 | opcode == 0b1011 "
     "| opcode >= 12"},
    {"fcvt_float", "ftype == 0b10 | opc == 0b10"},
    {"*_float", "ftype == 0b10"},
    {"*_float_fix", "ftype == 0b10"},
    {"fmov_float_imm", "ftype == 0b10"},
    {"umov_advsimd", "not_bool(Q == 0b0 & (imm5[0] == 0b1 | imm5[1 .. 0] == 0b10 | imm5[2 .. 0] == 0b100) | "
                     "Q == 0b1 & imm5[3 .. 0] == 0b1000)"},
    {"smov_advsimd", "not_bool(imm5[0] == 0b1 | imm5[1 .. 0] == 0b10 | Q == 0b1 & imm5[2 .. 0] == 0b100)"},
    {"f*_advsimd_elt", "(sz @ L) == 0b11"},
    {"*_advsimd_elt", "size == 0b00 | size == 0b11"},
    /* CONSTRAINED UNPREDICTABLE: UNDEFINED here */
    {"cpy*", "Rd == 31 | Rn == 31 | Rs == 31 | Rd == Rn | Rd == Rs | Rn == Rs"},
    {"set*", "op2[3 .. 2] == 0b11 | Rd == 31 | Rn == 31 | Rd == Rn | Rd == Rs | Rn == Rs"},
};

static bool name_fits(const char *name, const char *pattern)
{
    const char *star = strchr(pattern, '*');
    size_t n = strlen(name), head = star ? (size_t)(star - pattern) : 0;
    if (!star)
        return strcmp(name, pattern) == 0;
    size_t tail = strlen(star + 1);
    return n >= head + tail && memcmp(name, pattern, head) == 0 && strcmp(name + n - tail, star + 1) == 0;
}

/* Does a case make the word UNDEFINED? One whose fields the row doesn't have says nothing. */
static bool undefined_by_case(const struct table *t, const struct row *r, uint32_t word)
{
    for (unsigned k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
        if (!name_fits(r->name, cases[k].name))
            continue;
        struct value v = any_condition(t, r, word, cases[k].undefined_if);
        if (v.known && v.v)
            return true;
    }
    return false;
}

static bool is_prefetch_range(uint32_t word)
{
    return (word & 0x18) == 0x18;
}

static enum verdict table_says(const struct table *t, uint32_t word, const struct row **row)
{
    for (unsigned k = 0; k < t->n; k++) {
        const struct row *r = &t->row[k];
        if ((word & r->mask) != r->value)
            continue;
        if (strncmp(r->name, "cpy", 3) == 0 && bits(word, 23, 22) == 3) /* SET* */
            continue;
        if (r->guard[0] && is_prefetch_range(word)) /* the only guard: PRFM (register) is not RPRFM */
            continue;
        if (r->see_if[0]) {
            struct value see = any_condition(t, r, word, r->see_if);
            if (see.known && see.v)
                continue;
        }
        *row = r;
        if (strcmp(r->class, "sve") == 0 || strcmp(r->class, "sme") == 0)
            return UNALLOCATED;
        const char *f = feature_of(r);
        if (f[0]) {
            struct expr e = {.p = f, .t = t, .r = r, .word = word};
            struct value v = strcmp(f, "NONE") == 0 ? (struct value){true, 0, false} : or_expr(&e);
            if (!v.known)
                return UNDECIDED;
            if (!v.v)
                return UNALLOCATED;
        }
        struct value u = any_condition(t, r, word, r->undefined_if);
        if (undefined_by_case(t, r, word))
            return UNALLOCATED;
        return u.known ? (u.v ? UNALLOCATED : ALLOCATED) : UNDECIDED;
    }
    *row = NULL;
    return UNALLOCATED;
}

/* ---- tests ---- */

static uint32_t random_word(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 32);
}

struct count {
    unsigned agree, undecided, wrong;
};

static void compare(const struct table *t, uint32_t word, struct count *n)
{
    const struct row *r;
    struct insn o = {0};
    enum verdict v = table_says(t, word, &r);
    decode(&o, word, &t->feat, false);
    if (v == UNDECIDED) {
        n->undecided++;
    } else if ((v == ALLOCATED) == (o.op != OP_UNDEFINED)) {
        n->agree++;
    } else if (n->wrong++ < 40) {
        const char *ours = decode_row_name(word);
        printf("%08x: table %s (%s), here %s (%s)\n", word, r ? r->name : "-",
               v == ALLOCATED ? "allocated" : "unallocated", ours ? ours : "-",
               o.op == OP_UNDEFINED ? "UNDEFINED" : "decoded");
    }
}

START_TEST(rows_of_the_table_decode)
{
    struct table t;
    struct count n = {0};
    uint64_t seed = 1;
    table_read(&t);
    for (unsigned k = 0; k < t.n; k++)
        for (unsigned i = 0; i < 300; i++)
            compare(&t, (random_word(&seed) & ~t.row[k].mask) | t.row[k].value, &n);
    printf("words of the table's rows: %u agree, %u undecided, %u differ\n", n.agree, n.undecided, n.wrong);
    ck_assert_uint_eq(n.wrong, 0);
    ck_assert_uint_gt(n.agree, n.undecided);
    table_free(&t);
}
END_TEST

START_TEST(random_words_agree_with_the_table)
{
    struct table t;
    struct count n = {0};
    uint64_t seed = 2;
    table_read(&t);
    for (unsigned i = 0; i < 1000000; i++)
        compare(&t, random_word(&seed), &n);
    printf("random words: %u agree, %u undecided, %u differ\n", n.agree, n.undecided, n.wrong);
    ck_assert_uint_eq(n.wrong, 0);
    table_free(&t);
}
END_TEST

/* Each pattern's own words reach that pattern: the tree loses none, and rows don't hide each other. */
START_TEST(every_row_is_found)
{
    unsigned n;
    uint64_t seed = 3;
    const struct decode_row *rows = decode_rows(&n);
    for (unsigned k = 0; k < n; k++) {
        unsigned hits = 0;
        for (unsigned i = 0; i < 200; i++) {
            uint32_t word = (random_word(&seed) & ~rows[k].mask) | rows[k].value;
            const struct decode_row *found = decode_find(word);
            hits += found == &rows[k];
            ck_assert_msg(found == &rows[k] || rows[k].n_excluded > 0, "%08x is %s, found %s", word,
                          rows[k].name, found ? found->name : "nothing");
        }
        ck_assert_msg(hits > 0, "%s is never found", rows[k].name);
    }
}
END_TEST

START_TEST(features_switch_rows_off)
{
    static const struct {
        uint32_t word;
        enum feature needs;
    } rows[] = {{0xb8200000, FEAT_LSE},    {0x1ac04000, FEAT_CRC32},  {0xdac10000, FEAT_PAuth},
                {0xd500401f, FEAT_FlagM},  {0xd500403f, FEAT_FlagM2}, {0x38bfc000, FEAT_LRCPC},
                {0x99000000, FEAT_LRCPC2}, {0xd50330ff, FEAT_SB},     {0xd5031000, FEAT_WFxT},
                {0x48df7c00, FEAT_LOR},    {0xd503323f, FEAT_XS},     {0x5ac01c00, FEAT_CSSC},
                {0x91c00000, FEAT_CSSC},   {0x99c00800, FEAT_LRCPC3}, {0x19208000, FEAT_LSE128}};
    for (unsigned k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
        struct features f = {0};
        struct insn o = {0};
        decode(&o, rows[k].word, &f, false);
        ck_assert_uint_eq(o.op, OP_UNDEFINED);
        feature_set(&f, rows[k].needs, true);
        decode(&o, rows[k].word, &f, false);
        ck_assert_uint_ne(o.op, OP_UNDEFINED);
    }
}
END_TEST

START_TEST(trapped_fp_becomes_fp_trap)
{
    struct features f = {0};
    struct insn o = {.offset = 0x123, .left = 7};
    feature_set(&f, FEAT_FP, true);
    decode(&o, 0x1e622820, &f, true); /* FADD D0, D1, D2 */
    ck_assert_uint_eq(o.op, OP_FP_TRAP);
    ck_assert(o.flags & INSN_END);
    ck_assert_uint_eq(o.offset, 0x123);
    ck_assert_uint_eq(o.left, 7);
    ck_assert_uint_eq(o.raw, 0x1e622820);
    decode(&o, 0x8b020020, &f, true); /* ADD X0, X1, X2 */
    ck_assert_uint_eq(o.op, OP_ADD_reg64);
    decode(&o, 0x1e200000 | 3 << 22 | 1 << 21, &f, true); /* unallocated: UNDEFINED wins over the trap */
    ck_assert_uint_eq(o.op, OP_UNDEFINED);
}
END_TEST

/* Operands, against the manual's examples of expansion. */
START_TEST(operands_are_expanded)
{
    static const struct {
        uint32_t word;
        uint64_t imm;
    } rows[] = {
        {0x92403c00, 0xffff},                       /* AND X0, X0, #0xffff */
        {0xb200f3e0, UINT64_C(0x5555555555555555)}, /* MOV X0, #0x5555555555555555 */
        {0x3201f3e0, UINT64_C(0xaaaaaaaa)},         /* MOV W0, #0xaaaaaaaa */
        {0x12800000, UINT64_C(0xffffffff)},         /* MOV W0, #-1 */
        {0x92bfffe0, UINT64_C(0xffffffff0000ffff)}, /* MOVN X0, #0xffff, LSL #16 */
        {0x91400400, 0x1000},                       /* ADD X0, X0, #1, LSL #12 */
        {0x17ffffff, UINT64_C(0xfffffffffffffffc)}, /* B .-4 */
        {0x54ffffe0, UINT64_C(0xfffffffffffffffc)}, /* B.EQ .-4 */
        {0xf94007e0, 8},                            /* LDR X0, [SP, #8] */
        {0xf81f83e0, UINT64_C(0xfffffffffffffff8)}, /* STUR X0, [SP, #-8] */
        {0xa9bf7bfd, UINT64_C(0xfffffffffffffff0)}, /* STP X29, X30, [SP, #-16]! */
        {0xb0000000, 0x1000},                       /* ADRP X0, .+0x1000 */
        {0x70ffffe0, UINT64_C(0xffffffffffffffff)}, /* ADR X0, .-1 */
    };
    const struct features f = {0};
    for (unsigned k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
        struct insn o = {0};
        decode(&o, rows[k].word, &f, false);
        ck_assert_msg(o.op != OP_UNDEFINED && o.imm == rows[k].imm, "%08x: imm %" PRIx64, rows[k].word,
                      o.imm);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("decode");
    TCase *tc = tcase_create("decode");
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, rows_of_the_table_decode);
    tcase_add_test(tc, random_words_agree_with_the_table);
    tcase_add_test(tc, every_row_is_found);
    tcase_add_test(tc, features_switch_rows_off);
    tcase_add_test(tc, trapped_fp_becomes_fp_trap);
    tcase_add_test(tc, operands_are_expanded);
    suite_add_tcase(s, tc);
    return suite_run(s);
}
