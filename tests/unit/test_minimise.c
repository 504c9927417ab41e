/* SPDX-License-Identifier: BSD-2-Clause
 *
 * fuzz/minimise.c: what is left is exactly what is needed, in few groups of questions.
 */
#include "fuzz/minimise.h"

#include <string.h>

#include "tests/unit/run.h"

/* Shows it while all of `needed` are there; with `either`, one of those two is enough. */
struct task {
    const size_t *needed;
    size_t n_needed;
    bool either;
    unsigned groups, fail_after; /* fail_after: 0, never */
};

static bool try_lists(void *ctx, const bool *const *list, unsigned n, size_t n_items, bool *shows)
{
    struct task *t = ctx;
    ck_assert_uint_eq(n_items, 100);
    t->groups++;
    if (t->fail_after != 0 && t->groups > t->fail_after)
        return false;
    for (unsigned k = 0; k < n; k++) {
        size_t there = 0;
        for (size_t i = 0; i < t->n_needed; i++)
            there += list[k][t->needed[i]];
        shows[k] = t->either ? there > 0 : there == t->n_needed;
    }
    return true;
}

static size_t run(struct task *t, bool keep[100])
{
    memset(keep, true, 100);
    return minimise(keep, 100, try_lists, t);
}

START_TEST(test_exactly_the_needed)
{
    static const size_t needed[] = {3, 50, 51, 99};
    struct task t = {.needed = needed, .n_needed = 4};
    bool keep[100];
    ck_assert_uint_eq(run(&t, keep), 4);
    for (size_t i = 0; i < 100; i++)
        ck_assert_int_eq(keep[i], i == 3 || i == 50 || i == 51 || i == 99);
    ck_assert_uint_lt(t.groups, 60);
}
END_TEST

START_TEST(test_one_of_two)
{
    static const size_t needed[] = {10, 90};
    struct task t = {.needed = needed, .n_needed = 2, .either = true};
    bool keep[100];
    ck_assert_uint_eq(run(&t, keep), 1);
    ck_assert(keep[10] != keep[90]);
}
END_TEST

START_TEST(test_nothing_needed)
{
    struct task t = {.n_needed = 0};
    bool keep[100];
    ck_assert_uint_eq(run(&t, keep), 0);
    ck_assert_uint_lt(t.groups, 4);
}
END_TEST

START_TEST(test_only_kept_items_count)
{
    static const size_t needed[] = {7};
    struct task t = {.needed = needed, .n_needed = 1};
    bool keep[100] = {false};
    keep[7] = keep[8] = true;
    ck_assert_uint_eq(minimise(keep, 100, try_lists, &t), 1);
    ck_assert(keep[7] && !keep[8]);
}
END_TEST

START_TEST(test_a_failure_keeps_what_there_is)
{
    static const size_t needed[] = {3, 50};
    struct task t = {.needed = needed, .n_needed = 2, .fail_after = 4};
    bool keep[100];
    size_t left = run(&t, keep);
    ck_assert_uint_ge(left, 2);
    ck_assert_uint_le(left, 100);
    ck_assert(keep[3] && keep[50]);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("minimise");
    TCase *t = tcase_create("minimise");
    tcase_add_test(t, test_exactly_the_needed);
    tcase_add_test(t, test_one_of_two);
    tcase_add_test(t, test_nothing_needed);
    tcase_add_test(t, test_only_kept_items_count);
    tcase_add_test(t, test_a_failure_keeps_what_there_is);
    suite_add_tcase(s, t);
    return suite_run(s);
}
