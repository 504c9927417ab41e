/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The decoder against one built from Arm's tables (spec-table.h): every word is allocated here if and only if
 * it is there, and the row that it decodes to is one of those that tests/insn/decode-names.tsv gives for
 * Arm's row.
 *
 *     decode-spec [-w] [-j THREADS] [-n WORDS] [-c MODEL] [-v N] [-p] TOP
 *
 * For each row of the table, and each of el2sim's, words with random values of the remaining bits; then WORDS
 * words (a stride through all, and random ones), or with -w all 2^32: of `max`, and samples of the CPU models
 * that have less, or of MODEL only. -v N: show the first N differences (default 20). -p: print the pairs of
 * rows that were found, in decode-names.tsv's form. For `max` every line of decode-names.tsv must be used,
 * and every row of ours and of an implemented feature of Arm's reached.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cpu/decode.h"
#include "tests/insn/spec-table.h"

enum { MAX_THREADS = 64, MAX_REASONS = 512, CHUNK_BITS = 16 };

struct run {
    struct spec *spec;
    struct features feat;
    const struct decode_row *rows;
    unsigned n_rows;
    atomic_uint next; /* chunk of the sweep */
    atomic_uint shown;
    unsigned show;
};

/* What one thread has found. */
struct tally {
    struct run *run;
    uint64_t kind[SPEC_KINDS], see, wrong;
    uint64_t *by_row;    /* words of each of Arm's rows that are absent or undecided */
    uint64_t *pairs;     /* bit per Arm's row and el2sim's: decoded so */
    unsigned pair_words; /* of 64 bits, per row of Arm's */
};

static struct tally *tally_create(struct run *r)
{
    struct tally *t = calloc(1, sizeof(*t));
    if (!t)
        abort();
    t->run = r;
    t->pair_words = (r->n_rows + 63) / 64;
    t->by_row = calloc(r->spec->n_rows, sizeof(*t->by_row));
    t->pairs = calloc((size_t)r->spec->n_rows * t->pair_words, sizeof(*t->pairs));
    if (!t->by_row || !t->pairs)
        abort();
    return t;
}

static void tally_free(struct tally *t)
{
    free(t->by_row);
    free(t->pairs);
    free(t);
}

static void difference(struct tally *t, uint32_t word, const struct spec_verdict *v, bool decoded)
{
    static const char *const kinds[SPEC_KINDS] = {"unallocated", "absent feature", "UNDEFINED",
                                                  "exception",   "undecided",      "allocated"};
    const struct decode_row *d = decode_find(word);
    t->wrong++;
    if (atomic_fetch_add(&t->run->shown, 1) < t->run->show)
        printf("%08x: table %s (%s), here %s (%s)\n", word, v->row ? v->row->name : "-", kinds[v->kind],
               d ? d->name : "-", decoded ? "decoded" : "UNDEFINED");
}

static void compare(struct tally *t, uint32_t word, const struct spec_verdict *v)
{
    struct insn o = {0};
    decode(&o, word, &t->run->feat, false);
    bool decoded = o.op != OP_UNDEFINED;
    t->kind[v->kind]++;
    t->see += v->see;
    if (v->kind == SPEC_ABSENT || v->kind == SPEC_UNDECIDED)
        t->by_row[v->row - t->run->spec->row]++;
    if (v->kind != SPEC_UNDECIDED && decoded != (v->kind == SPEC_ALLOCATED))
        difference(t, word, v, decoded);
    else if (decoded && v->row != NULL) {
        size_t ours = (size_t)(decode_find(word) - t->run->rows);
        t->pairs[(size_t)(v->row - t->run->spec->row) * t->pair_words + ours / 64] |= UINT64_C(1)
                                                                                      << ours % 64;
    }
}

static void compare_one(struct tally *t, uint32_t word)
{
    struct spec_verdict v;
    spec_decode(t->run->spec, word, &v);
    compare(t, word, &v);
}

/* The 32 words that differ in bits 4:0 only: mostly the table says the same of all. */
static void compare_32(struct tally *t, uint32_t base)
{
    struct spec_verdict v;
    spec_decode(t->run->spec, base, &v);
    compare(t, base, &v);
    for (uint32_t k = 1; k < 32; k++) {
        if (v.low_matters)
            compare_one(t, base | k);
        else
            compare(t, base | k, &v);
    }
}

/* ---- samples ---- */

static uint32_t random_word(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 32);
}

/* Words of a row: random bits where mask has none; register fields are 31 more often than by chance. */
static void draw(struct tally *t, uint32_t mask, uint32_t value, uint64_t *seed)
{
    for (unsigned k = 0; k < 400; k++) {
        uint32_t word = random_word(seed);
        if (k % 4 == 1)
            word |= 31 << 5;
        if (k % 4 == 2)
            word |= 31;
        compare_one(t, (word & ~mask) | value);
    }
}

static void sample(struct tally *t, unsigned words)
{
    const struct run *r = t->run;
    uint64_t seed = 1;
    for (unsigned k = 0; k < r->spec->n_rows; k++)
        draw(t, r->spec->row[k].mask, r->spec->row[k].value, &seed);
    for (unsigned k = 0; k < r->n_rows; k++)
        draw(t, r->rows[k].mask, r->rows[k].value, &seed);
    if (words == 0)
        return;
    uint64_t stride = (UINT64_C(1) << 32) / (words / 2 + 1) | 1;
    for (uint64_t word = 0; word < UINT64_C(1) << 32; word += stride)
        compare_one(t, (uint32_t)word);
    for (unsigned k = 0; k < words / 2; k++)
        compare_one(t, random_word(&seed));
}

/* ---- the whole ---- */

static void *sweep_thread(void *arg)
{
    struct tally *t = arg;
    for (;;) {
        unsigned chunk = atomic_fetch_add(&t->run->next, 1);
        if (chunk >> (32 - CHUNK_BITS))
            return NULL;
        for (uint32_t low = 0; low < 1u << CHUNK_BITS; low += 32)
            compare_32(t, (uint32_t)chunk << CHUNK_BITS | low);
    }
}

static void merge(struct tally *t, const struct tally *from)
{
    for (unsigned k = 0; k < SPEC_KINDS; k++)
        t->kind[k] += from->kind[k];
    t->see += from->see;
    t->wrong += from->wrong;
    for (unsigned k = 0; k < t->run->spec->n_rows; k++)
        t->by_row[k] += from->by_row[k];
    for (size_t k = 0; k < (size_t)t->run->spec->n_rows * t->pair_words; k++)
        t->pairs[k] |= from->pairs[k];
}

static void sweep(struct tally *t, unsigned threads)
{
    pthread_t id[MAX_THREADS];
    struct tally *part[MAX_THREADS];
    for (unsigned k = 0; k < threads; k++) {
        part[k] = tally_create(t->run);
        if (pthread_create(&id[k], NULL, sweep_thread, part[k]) != 0)
            abort();
    }
    for (unsigned k = 0; k < threads; k++) {
        pthread_join(id[k], NULL);
        merge(t, part[k]);
        tally_free(part[k]);
    }
}

/* ---- names ---- */

struct name_pair {
    char spec[48], ours[48];
    bool found;
};

static int by_name(const void *a, const void *b)
{
    const struct name_pair *x = a, *y = b;
    int c = strcmp(x->spec, y->spec);
    return c ? c : strcmp(x->ours, y->ours);
}

/* The pairs that were found, sorted, each once. */
static struct name_pair *found_pairs(const struct tally *t, size_t *n)
{
    struct name_pair *list = NULL;
    size_t room = 0;
    *n = 0;
    for (unsigned a = 0; a < t->run->spec->n_rows; a++) {
        for (unsigned b = 0; b < t->run->n_rows; b++) {
            if (!(t->pairs[(size_t)a * t->pair_words + b / 64] >> b % 64 & 1))
                continue;
            if (*n == room) {
                room = room ? room * 2 : 1024;
                list = realloc(list, room * sizeof(*list));
                if (!list)
                    abort();
            }
            struct name_pair *p = &list[(*n)++];
            *p = (struct name_pair){0};
            snprintf(p->spec, sizeof(p->spec), "%s", t->run->spec->row[a].name);
            snprintf(p->ours, sizeof(p->ours), "%s", t->run->rows[b].name);
        }
    }
    if (*n == 0)
        return list;
    qsort(list, *n, sizeof(*list), by_name);
    size_t m = 1;
    for (size_t k = 1; k < *n; k++)
        if (by_name(&list[k], &list[m - 1]) != 0)
            list[m++] = list[k];
    *n = m;
    return list;
}

static void print_pairs(const struct name_pair *list, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        bool first = k == 0 || strcmp(list[k].spec, list[k - 1].spec) != 0;
        printf("%s%s%s%s", first && k > 0 ? "\n" : "", first ? list[k].spec : "", first ? "\t" : " ",
               list[k].ours);
    }
    printf("\n");
}

/* Reads decode-names.tsv and holds it against what was found, in both directions; returns the number of
 * mistakes. */
static unsigned check_names(const char *top, struct name_pair *list, size_t n)
{
    char path[1024], line[8192];
    unsigned wrong = 0;
    snprintf(path, sizeof(path), "%s/tests/insn/decode-names.tsv", top);
    FILE *f = fopen(path, "r");
    if (!f) {
        perror(path);
        return 1;
    }
    while (fgets(line, sizeof(line), f)) {
        struct name_pair key;
        char *spec = strtok(line, " \t\n");
        if (!spec || *spec == '#')
            continue;
        snprintf(key.spec, sizeof(key.spec), "%s", spec);
        for (char *ours = strtok(NULL, " \t\n"); ours; ours = strtok(NULL, " \t\n")) {
            snprintf(key.ours, sizeof(key.ours), "%s", ours);
            struct name_pair *p = n ? bsearch(&key, list, n, sizeof(*list), by_name) : NULL;
            if (p)
                p->found = true;
            else if (++wrong)
                printf("decode-names.tsv: no word of %s is %s here\n", spec, ours);
        }
    }
    fclose(f);
    for (size_t k = 0; k < n; k++)
        if (!list[k].found && ++wrong)
            printf("words of %s are %s here: not in decode-names.tsv\n", list[k].spec, list[k].ours);
    return wrong;
}

/* Rows of the implemented features that no word reached here, and el2sim's rows that none of Arm's reached.
 */
static unsigned check_reached(const struct tally *t)
{
    unsigned wrong = 0;
    for (unsigned b = 0; b < t->run->n_rows; b++) {
        const struct decode_row *d = &t->run->rows[b];
        bool exists = true, reached = false;
        for (unsigned k = 0; k < 2; k++)
            exists &= d->feature[k] == FEAT_ALWAYS || has(&t->run->feat, d->feature[k]);
        for (unsigned a = 0; a < t->run->spec->n_rows; a++)
            reached |= t->pairs[(size_t)a * t->pair_words + b / 64] >> b % 64 & 1;
        if (exists && !reached && ++wrong)
            printf("%s (%08x/%08x): no row of the table is decoded so\n", d->name, d->value, d->mask);
    }
    for (unsigned a = 0; a < t->run->spec->n_rows; a++) {
        const struct spec_row *r = &t->run->spec->row[a];
        bool reached = r->absent != NULL;
        for (unsigned w = 0; w < t->pair_words; w++)
            reached |= t->pairs[(size_t)a * t->pair_words + w] != 0;
        if (!reached && ++wrong)
            printf("%s (%08x/%08x) of the table: nothing here is decoded so\n", r->name, r->value, r->mask);
    }
    return wrong;
}

/* ---- report ---- */

/* Words by reason, for the rows of which reason() has one. */
static void report_reasons(const struct tally *t, const char *title, bool absent)
{
    const struct spec *s = t->run->spec;
    bool *done = calloc(s->n_rows, sizeof(*done));
    for (unsigned a = 0; done && a < s->n_rows; a++) {
        const char *why = absent ? s->row[a].absent : s->row[a].absent ? NULL : s->row[a].undecided;
        uint64_t n = 0;
        if (done[a] || why == NULL)
            continue;
        for (unsigned b = a; b < s->n_rows; b++) {
            const char *other = absent ? s->row[b].absent : s->row[b].absent ? NULL : s->row[b].undecided;
            if (other != NULL && strcmp(other, why) == 0) {
                done[b] = true;
                n += t->by_row[b];
            }
        }
        if (n)
            printf("  %12" PRIu64 " %s: %s\n", n, title, why);
    }
    free(done);
}

static void report(const struct tally *t, unsigned wrong_names)
{
    uint64_t total = 0;
    for (unsigned k = 0; k < SPEC_KINDS; k++)
        total += t->kind[k];
    printf("%12" PRIu64 " words\n", total);
    printf("%12" PRIu64 " allocated, feature implemented\n", t->kind[SPEC_ALLOCATED]);
    printf("%12" PRIu64 " allocated, UNDEFINED by a permitted choice (decode-exceptions.tsv)\n",
           t->kind[SPEC_EXCEPTION]);
    printf("%12" PRIu64 " allocated, feature absent\n", t->kind[SPEC_ABSENT]);
    report_reasons(t, "absent", true);
    printf("%12" PRIu64 " UNDEFINED by a condition of their row\n", t->kind[SPEC_UNDEFINED]);
    printf("%12" PRIu64 " unallocated\n", t->kind[SPEC_UNALLOCATED]);
    printf("%12" PRIu64 " undecided by the table\n", t->kind[SPEC_UNDECIDED]);
    report_reasons(t, "undecided", false);
    printf("%12" PRIu64 " passed on by a SEE\n", t->see);
    printf("%12" PRIu64 " differ; %u mistakes in names, rows and lines of the tables\n", t->wrong,
           wrong_names);
}

/* Compares what a CPU model decodes; with `names` the tables of names as well. Returns the number of
 * mistakes. */
static uint64_t check_model(struct run *r, const char *model, const char *top, bool whole, unsigned threads,
                            unsigned words, bool names, bool print)
{
    r->feat = (struct features){.has_el2 = true, .has_el3 = true};
    const char *error = features_parse(&r->feat, model);
    if (error != NULL) {
        fprintf(stderr, "decode-spec: %s\n", error);
        return 1;
    }
    r->rows = decode_rows(&r->n_rows);
    r->spec = spec_read(top, &r->feat);
    atomic_store(&r->next, 0);
    struct tally *t = tally_create(r);
    if (whole)
        sweep(t, threads == 0 ? 1 : threads > MAX_THREADS ? MAX_THREADS : threads);
    else
        sample(t, words);
    size_t n;
    struct name_pair *pairs = found_pairs(t, &n);
    if (print)
        print_pairs(pairs, n);
    unsigned wrong = r->spec->errors;
    if (names)
        wrong += check_reached(t) + check_names(top, pairs, n);
    printf("-cpu %s\n", model);
    report(t, wrong);
    uint64_t mistakes = t->wrong + wrong + (t->kind[SPEC_ALLOCATED] == 0);
    free(pairs);
    tally_free(t);
    spec_free(r->spec);
    return mistakes;
}

int main(int argc, char **argv)
{
    struct run r = {.show = 20};
    unsigned threads = (unsigned)sysconf(_SC_NPROCESSORS_ONLN), words = 400000;
    const char *model = NULL;
    bool whole = false, print = false;
    for (int opt; (opt = getopt(argc, argv, "wj:n:v:pc:")) != -1;) {
        if (opt == 'w')
            whole = true;
        else if (opt == 'j')
            threads = (unsigned)atoi(optarg);
        else if (opt == 'n')
            words = (unsigned)strtoul(optarg, NULL, 0);
        else if (opt == 'v')
            r.show = (unsigned)atoi(optarg);
        else if (opt == 'p')
            print = true;
        else if (opt == 'c')
            model = optarg;
        else
            return 2;
    }
    const char *top = optind < argc              ? argv[optind]
                      : getenv("abs_top_srcdir") ? getenv("abs_top_srcdir")
                                                 : ".";
    if (model != NULL)
        return check_model(&r, model, top, whole, threads, words, false, print) != 0;
    uint64_t mistakes = check_model(&r, "max", top, whole, threads, words, true, print);
    for (unsigned k = 0; cpu_model_name(k) != NULL; k++)
        if (strcmp(cpu_model_name(k), "max") != 0)
            mistakes += check_model(&r, cpu_model_name(k), top, false, 1, words, false, false);
    return mistakes != 0;
}
