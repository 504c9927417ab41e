/* SPDX-License-Identifier: BSD-2-Clause
 *
 * How differences of a program are explained: what a row explains must not excuse anything else. QEMU's part
 * is played by el2sim itself, with mistakes that the test makes.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/log.h"
#include "fuzz/known.h"
#include "fuzz/system_inquiry.h"
#include "tests/unit/run.h"

#define BAD_ADDRESS BIT(52)
#define ADD_X5 0x910004a5U   /* ADD X5, X5, #1 */
#define SUB_X5 0xd10004a5U   /* SUB X5, X5, #1 */
#define ADD_X6 0x8b0500c6U   /* ADD X6, X6, X5 */
#define LDADD 0xf8220061U    /* LDADD X2, X1, [X3] */
#define MOV_X5_X6 0xaa0603e5 /* MOV X5, X6 */

/* A machine that gets some things wrong. */
struct mistakes {
    bool add;        /* it subtracts: an error that no row knows */
    bool atomic_wnr; /* WnR of an aborted LDADD: the row of that name */
    bool no_abort;   /* it goes on behind an LDADD that faults: no row */
};

struct bench {
    struct system_pair *pair;
    struct program *program;
    struct system_inquiry *inquiry;
    struct system_case *shown;
    unsigned runs;
};

static struct bench bench_new(void)
{
    const struct fuzz_options o = {.cpu = "max", .no_qemu = true};
    char error[FUZZ_ERROR_SIZE];
    struct bench b = {.pair = system_pair_new(&o, error)};
    ck_assert_ptr_nonnull(b.pair);
    b.pair->version = "7.2.22";
    b.program = xcalloc(1, sizeof(*b.program));
    b.inquiry = xcalloc(1, sizeof(*b.inquiry));
    b.shown = xcalloc(1, sizeof(*b.shown));
    b.program->pc = PROGRAM_CODE_AT;
    b.program->spsr = 0x3c5;
    b.program->x[3] = BAD_ADDRESS;
    return b;
}

static void bench_free(struct bench *b)
{
    system_pair_free(b->pair);
    free(b->program);
    free(b->inquiry);
    free(b->shown);
}

static void add(struct bench *b, uint32_t raw)
{
    struct program *p = b->program;
    p->code[p->n_code] = (struct program_insn){.at = 4 * p->n_code, .raw = raw};
    p->n_code++;
}

static void replace(struct program *p, uint32_t from, uint32_t to)
{
    for (unsigned n = 0; n < p->n_code; n++)
        if (p->code[n].raw == from)
            p->code[n].raw = to;
}

static void run_wrong(struct bench *b, const struct program *right, const struct mistakes *m,
                      struct program_result *r)
{
    struct program *p = xmalloc(sizeof(*p));
    struct system_case *c = xcalloc(1, sizeof(*c));
    char error[FUZZ_ERROR_SIZE];
    *p = *right;
    if (m->add)
        replace(p, ADD_X5, SUB_X5);
    if (m->no_abort)
        replace(p, LDADD, PROGRAM_NOP);
    c->program = p;
    ck_assert(system_pair_run(b->pair, c, 1, error));
    *r = c->ours;
    for (unsigned n = 0; n < r->n_events && m->atomic_wnr; n++)
        if (bits(r->events[n].esr, 31, 26) == 0x25)
            r->events[n].esr ^= BIT(6);
    free(c);
    free(p);
}

static enum system_verdict inquire(struct bench *b, const struct mistakes *m)
{
    struct program *p = xmalloc(sizeof(*p));
    enum system_verdict v = SYSTEM_AGAIN;
    char error[FUZZ_ERROR_SIZE];
    add(b, PROGRAM_END_INSN);
    system_inquiry_begin(b->inquiry, b->program);
    for (b->runs = 0; v == SYSTEM_AGAIN; b->runs++) {
        ck_assert_uint_lt(b->runs, 100);
        system_inquiry_next(b->inquiry, p);
        b->shown->program = p;
        ck_assert(system_pair_run(b->pair, b->shown, 1, error));
        run_wrong(b, p, m, &b->shown->theirs);
        v = system_inquiry_judge(b->inquiry, b->pair, b->shown);
    }
    free(p);
    return v;
}

START_TEST(test_alike)
{
    struct bench b = bench_new();
    add(&b, ADD_X5);
    add(&b, LDADD);
    ck_assert_int_eq(inquire(&b, &(struct mistakes){0}), SYSTEM_ALIKE);
    ck_assert_uint_eq(b.runs, 1);
    bench_free(&b);
}
END_TEST

START_TEST(test_explained)
{
    struct bench b = bench_new();
    add(&b, ADD_X5);
    add(&b, LDADD);
    ck_assert_int_eq(inquire(&b, &(struct mistakes){.atomic_wnr = true}), SYSTEM_EXPLAINED);
    ck_assert_uint_eq(b.inquiry->ids.n, 1);
    ck_assert_str_eq(known_row(b.inquiry->ids.id[0])->id, "atomic-wnr");
    bench_free(&b);
}
END_TEST

/* An error before, or behind, what is explained; also where only values that were made of it are left. The
 * instruction is named. */
START_TEST(test_beside)
{
    static const uint32_t code[][5] = {
        {ADD_X5, LDADD, PROGRAM_NOP, PROGRAM_NOP, PROGRAM_NOP},
        {LDADD, PROGRAM_NOP, LDADD, ADD_X5, LDADD},
        {LDADD, ADD_X5, ADD_X6, MOV_X5_X6, LDADD},
    };
    static const unsigned at[] = {0, 3, 1};
    struct bench b = bench_new();
    for (unsigned n = 0; n < 5; n++)
        add(&b, code[_i][n]);
    ck_assert_int_eq(inquire(&b, &(struct mistakes){.atomic_wnr = true, .add = true}), SYSTEM_UNEXPLAINED);
    ck_assert_uint_eq(b.inquiry->cause.begin, at[_i]);
    ck_assert_uint_eq(b.inquiry->cause.end, at[_i] + 1);
    bench_free(&b);
}
END_TEST

/* Both go different ways, and no row says why. */
START_TEST(test_parted)
{
    struct bench b = bench_new();
    add(&b, ADD_X6);
    add(&b, LDADD);
    add(&b, ADD_X6);
    ck_assert_int_eq(inquire(&b, &(struct mistakes){.no_abort = true}), SYSTEM_UNEXPLAINED);
    ck_assert_uint_eq(b.inquiry->cause.begin, 1);
    bench_free(&b);
}
END_TEST

/* A row that isn't about this QEMU, or isn't to count, explains nothing. */
START_TEST(test_without)
{
    struct bench b = bench_new();
    b.pair->without = "atomic-wnr";
    add(&b, LDADD);
    ck_assert_int_eq(inquire(&b, &(struct mistakes){.atomic_wnr = true}), SYSTEM_UNEXPLAINED);
    bench_free(&b);
}
END_TEST

/* Instructions that belong together are taken away together; those of the end aren't joined. */
START_TEST(test_group)
{
    struct bench b = bench_new();
    unsigned begin, end;
    for (unsigned n = 0; n < 4; n++)
        add(&b, ADD_X5);
    add(&b, PROGRAM_END_INSN);
    b.program->code[2].joined = b.program->code[3].joined = b.program->code[4].joined = true;
    program_group(b.program, 2, &begin, &end);
    ck_assert_uint_eq(begin, 1);
    ck_assert_uint_eq(end, 4);
    program_group(b.program, 4, &begin, &end);
    ck_assert_uint_eq(begin, 4);
    ck_assert_uint_eq(end, 5);
    bench_free(&b);
}
END_TEST

/* An address of the same page offset in another page isn't the program's; page 0 may be. */
START_TEST(test_find)
{
    struct bench b = bench_new();
    unsigned n;
    add(&b, ADD_X5);
    add(&b, ADD_X6);
    ck_assert(!program_find(b.program, 4, &n));
    b.program->has_code_va = true;
    b.program->code_va[1] = 0x7000000;
    ck_assert(program_find(b.program, PROGRAM_CODE_AT + 4, &n));
    ck_assert_uint_eq(n, 1);
    ck_assert(program_find(b.program, 0x7000004, &n));
    ck_assert(!program_find(b.program, PROGRAM_CODE_AT + 0x1004, &n));
    ck_assert(program_find(b.program, 4, &n));
    bench_free(&b);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("fuzz inquiry");
    TCase *c = tcase_create("fuzz inquiry");
    tcase_set_timeout(c, 120);
    tcase_add_test(c, test_alike);
    tcase_add_test(c, test_explained);
    tcase_add_loop_test(c, test_beside, 0, 3);
    tcase_add_test(c, test_parted);
    tcase_add_test(c, test_without);
    tcase_add_test(c, test_group);
    tcase_add_test(c, test_find);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return suite_run(suite());
}
