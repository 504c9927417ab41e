/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Runs the instruction test vectors: each row is one instruction, the state before and the state after as
 * Arm's specification computes it (tests/data/vectors/README.md). Rows of features that el2sim doesn't
 * implement are counted by the feature's name, as a64-encodings.tsv tells it, not as failures.
 *
 *     vectors [-m loop|fast|cached] [-v N] [-k NAME] -e a64-encodings.tsv insn-base.tsv.gz ...
 *
 * -m: the engine, see target.c; -v N: show the first N failures (default 20); -k NAME: only rows whose name
 * contains NAME.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "tests/insn/target.h"

enum { MAX_ENCODINGS = 4096, MAX_FEATURES = 64, MAX_NAMES = 1024, LINE = 65536 };

/* A row of a64-encodings.tsv, as far as it counts here. */
struct encoding {
    uint32_t mask, value;
    char feature[64];
};

/* Rows counted under some name. */
struct tally {
    char name[64];
    unsigned passed, failed;
};

struct run {
    struct encoding *encodings;
    unsigned n_encodings;
    struct tally left_out[MAX_FEATURES], failed[MAX_NAMES];
    unsigned n_left_out, n_failed;
    unsigned total, passed, failures, omitted, skipped, show;
    enum target_mode mode;
    const char *only;
    struct features feat;
    struct target *target;
    uint8_t scratch[TARGET_SCRATCH_SIZE];
    char line[LINE];
};

static struct tally *tally_of(struct tally *list, unsigned *n, unsigned max, const char *name)
{
    unsigned k = 0;
    while (k < *n && strcmp(list[k].name, name) != 0)
        k++;
    if (k == *n && *n < max) {
        snprintf(list[k].name, sizeof(list[k].name), "%s", name);
        (*n)++;
    }
    return &list[k < max ? k : max - 1];
}

/* Cuts the next tab-separated column off. */
static char *column(char **p)
{
    char *s = *p ? *p : NULL;
    if (!s)
        return (char *)"";
    char *tab = strchr(s, '\t');
    if (tab)
        *tab = 0;
    *p = tab ? tab + 1 : NULL;
    return s;
}

/* The feature column; some rows of FEAT_LRCPC3 have it empty. */
static const char *feature_of(const char *name, uint32_t value, const char *feature)
{
    bool post_pre = value == 0x99c00800 || value == 0x99800800; /* LDAPR, STLR with writeback */
    static const char *const names[] = {
        "ldiapp", "stilp", "ldapur_fpsimd", "stlur_fpsimd", "ldap1_advsimd_sngl", "stl1_advsimd_sngl"};
    for (unsigned k = 0; k < sizeof(names) / sizeof(names[0]); k++)
        if (strcmp(name, names[k]) == 0)
            return "FEAT_LRCPC3";
    return post_pre ? "FEAT_LRCPC3" : feature;
}

static void read_encodings(struct run *r, const char *file)
{
    FILE *f = fopen(file, "r");
    if (!f) {
        perror(file);
        exit(2);
    }
    r->encodings = calloc(MAX_ENCODINGS, sizeof(*r->encodings));
    while (r->encodings && fgets(r->line, LINE, f) && r->n_encodings < MAX_ENCODINGS) {
        char *p = r->line, *col[10];
        p[strcspn(p, "\r\n")] = 0;
        for (unsigned k = 0; k < 10; k++)
            col[k] = column(&p);
        if (col[6][0] != '0')
            continue;
        struct encoding *e = &r->encodings[r->n_encodings++];
        e->mask = (uint32_t)strtoul(col[6], NULL, 0);
        e->value = (uint32_t)strtoul(col[7], NULL, 0);
        snprintf(e->feature, sizeof(e->feature), "%s", feature_of(col[3], e->value, col[9]));
    }
    fclose(f);
}

/* A feature that is needed for the word and isn't there: its name, or NULL. */
static const char *missing_feature(const struct run *r, uint32_t word)
{
    static const struct {
        const char *name;
        enum feature n;
    } known[] = {
#define FEATURE(name, ...) {"FEAT_" #name, FEAT_##name},
#include "sysregs/features.def"
#undef FEATURE
    };
    for (unsigned k = 0; k < r->n_encodings; k++) {
        const struct encoding *e = &r->encodings[k];
        if ((word & e->mask) != e->value || strncmp(e->feature, "FEAT_", 5) != 0)
            continue;
        size_t len = strcspn(e->feature, " ");
        for (unsigned f = 0; f < sizeof(known) / sizeof(known[0]); f++)
            if (strlen(known[f].name) == len && memcmp(known[f].name, e->feature, len) == 0)
                return has(&r->feat, known[f].n) ? NULL : known[f].name;
        return e->feature; /* a feature that isn't even in the table */
    }
    return NULL;
}

/* KEY=hex;... into *s. */
static void parse_values(struct target_state *s, char *text)
{
    for (char *p = strtok(text, ";"); p; p = strtok(NULL, ";")) {
        char *eq = strchr(p, '='), half[17] = {0};
        if (!eq)
            continue;
        uint64_t v = strtoull(eq + 1, NULL, 16);
        if (p[0] == 'X')
            s->x[atoi(p + 1)] = v;
        else if (p[0] == 'V') {
            uint64_t *reg = s->v[atoi(p + 1)];
            memcpy(half, eq + 1, 16);
            reg[1] = strtoull(half, NULL, 16);
            reg[0] = strtoull(eq + 17, NULL, 16);
        } else if (p[0] == 'M') {
            unsigned at = (unsigned)strtoul(p + 2, NULL, 16);
            for (char *b = eq + 1; b[0] && b[1] && at < TARGET_SCRATCH_SIZE; b += 2) {
                memcpy(half, b, 2);
                half[2] = 0;
                s->mem[at++] = (uint8_t)strtoul(half, NULL, 16);
            }
        } else if (strncmp(p, "SP=", 3) == 0)
            s->sp = v;
        else if (strncmp(p, "PC=", 3) == 0)
            s->pc = v;
        else if (strncmp(p, "NZCV=", 5) == 0)
            s->nzcv = (uint32_t)v;
        else if (strncmp(p, "FPCR=", 5) == 0)
            s->fpcr = (uint32_t)v;
        else if (strncmp(p, "FPSR=", 5) == 0)
            s->fpsr = (uint32_t)v;
    }
}

static void parse_outcome(struct target_state *s, const char *text)
{
    s->outcome = strcmp(text, "OK") == 0 ? TARGET_OK : strcmp(text, "UNDEF") == 0 ? TARGET_UNDEF : TARGET_EXC;
    const char *ec = strstr(text, "EC="), *iss = strstr(text, "ISS="), *far = strstr(text, "FAR=");
    s->ec = ec ? (uint32_t)strtoul(ec + 3, NULL, 16) : 0;
    s->iss = iss ? (uint32_t)strtoul(iss + 4, NULL, 16) : 0;
    s->far = far ? strtoull(far + 4, NULL, 16) : 0;
}

/* What differs, in words; false: nothing does. */
static bool differences(const struct target_state *want, const struct target_state *got, char *out,
                        size_t size)
{
    size_t n = 0;
    out[0] = 0;
#define DIFF(name, w, g)                                                                                     \
    if ((w) != (g) && n < size)                                                                              \
    n += (size_t)snprintf(out + n, size - n, " %s want %" PRIx64 " got %" PRIx64, name, (uint64_t)(w),       \
                          (uint64_t)(g))
    char name[16];
    DIFF("outcome", want->outcome, got->outcome);
    if (want->outcome == TARGET_EXC && got->outcome == TARGET_EXC) {
        DIFF("EC", want->ec, got->ec);
        DIFF("ISS", want->iss, got->iss);
        DIFF("FAR", want->far, got->far);
    }
    for (unsigned k = 0; k < 31; k++) {
        snprintf(name, sizeof(name), "X%u", k);
        DIFF(name, want->x[k], got->x[k]);
    }
    DIFF("SP", want->sp, got->sp);
    for (unsigned k = 0; k < 32; k++) {
        snprintf(name, sizeof(name), "V%u.hi", k);
        DIFF(name, want->v[k][1], got->v[k][1]);
        snprintf(name, sizeof(name), "V%u.lo", k);
        DIFF(name, want->v[k][0], got->v[k][0]);
    }
    if (want->outcome == TARGET_OK) {
        DIFF("PC", want->pc, got->pc);
        DIFF("NZCV", want->nzcv, got->nzcv);
    }
    DIFF("FPSR", want->fpsr, got->fpsr);
    for (unsigned k = 0; k < TARGET_SCRATCH_SIZE; k++) {
        snprintf(name, sizeof(name), "M+%x", k);
        DIFF(name, want->mem[k], got->mem[k]);
    }
#undef DIFF
    return n > 0;
}

/* Data Abort, DFSC: Alignment fault */
static bool is_alignment_fault(const struct target_state *want)
{
    return want->outcome == TARGET_EXC && want->ec == 0x25 && (want->iss & 0x3f) == 0x21;
}

static void run_row(struct run *r, char *line)
{
    static const char *const outcomes[] = {"OK", "UNDEF", "EXC"};
    struct target_state before = {.pc = TARGET_PC}, want, got;
    char inputs[LINE / 8], diff[512];
    char *name = column(&line);
    uint32_t word = (uint32_t)strtoul(column(&line), NULL, 16);
    char *in = column(&line), *outcome = column(&line), *out = column(&line);
    if (r->only && !strstr(name, r->only))
        return;
    r->total++;
    snprintf(inputs, sizeof(inputs), "%s", in);
    memcpy(before.mem, r->scratch, sizeof(before.mem));
    parse_values(&before, in);
    want = got = before;
    want.pc = TARGET_PC + 4;
    want.fpsr = 0;
    parse_outcome(&want, outcome);
    parse_values(&want, out);
    if (r->mode == TARGET_CACHED && is_alignment_fault(&want)) {
        r->skipped++;
        return;
    }
    target_step(r->target, word, &got);
    if (!differences(&want, &got, diff, sizeof(diff))) {
        r->passed++;
        return;
    }
    const char *feature = missing_feature(r, word);
    if (feature != NULL && got.outcome == TARGET_UNDEF) {
        r->omitted++;
        tally_of(r->left_out, &r->n_left_out, MAX_FEATURES, feature)->passed++;
        return;
    }
    tally_of(r->failed, &r->n_failed, MAX_NAMES, name)->failed++;
    if (r->failures++ < r->show)
        printf("FAIL %s %08x [%s] want %s got %s:%s\n", name, word, inputs, outcomes[want.outcome],
               outcomes[got.outcome], diff);
}

static void run_file(struct run *r, const char *file)
{
    gzFile f = gzopen(file, "r");
    if (!f) {
        perror(file);
        exit(2);
    }
    while (gzgets(f, r->line, LINE)) {
        r->line[strcspn(r->line, "\r\n")] = 0;
        if (r->line[0] != '#')
            run_row(r, r->line);
    }
    gzclose(f);
}

static void default_scratch(uint8_t *mem)
{
    uint32_t x = 0x12345678;
    for (unsigned k = 0; k < TARGET_SCRATCH_SIZE; k++) {
        x = x * 1664525 + 1013904223;
        mem[k] = (uint8_t)(x >> 24);
    }
}

static int report(const struct run *r)
{
    for (unsigned k = 0; k < r->n_failed; k++)
        printf("%8u failed: %s\n", r->failed[k].failed, r->failed[k].name);
    for (unsigned k = 0; k < r->n_left_out; k++)
        printf("%8u left out: %s\n", r->left_out[k].passed, r->left_out[k].name);
    printf("%u vectors: %u passed, %u failed, %u left out", r->total, r->passed, r->failures, r->omitted);
    printf(r->skipped ? ", %u do not apply to Normal memory\n" : "\n", r->skipped);
    return r->failures > 0 || r->total == 0;
}

int main(int argc, char **argv)
{
    struct run *r = calloc(1, sizeof(*r));
    if (!r)
        return 2;
    r->show = 20;
    for (int opt; (opt = getopt(argc, argv, "m:v:k:e:")) != -1;) {
        if (opt == 'v')
            r->show = (unsigned)atoi(optarg);
        else if (opt == 'm' && strlen(optarg) > 1)
            r->mode = optarg[0] == 'f' ? TARGET_FAST : optarg[0] == 'c' ? TARGET_CACHED : TARGET_LOOP;
        else if (opt == 'k')
            r->only = optarg;
        else if (opt == 'e')
            read_encodings(r, optarg);
        else
            return 2;
    }
    r->feat.has_el2 = r->feat.has_el3 = true;
    const char *error = features_parse(&r->feat, "max");
    if (error != NULL) {
        fprintf(stderr, "vectors: %s\n", error);
        return 2;
    }
    default_scratch(r->scratch);
    r->target = target_create(&r->feat, r->mode);
    for (int k = optind; k < argc; k++)
        run_file(r, argv[k]);
    int status = report(r);
    target_destroy(r->target);
    free(r->encodings);
    free(r);
    return status;
}
