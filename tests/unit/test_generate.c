/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The generator of `el2sim fuzz system`: a program depends on nothing but its seed and the options; it stays
 * within its memory; every class gives instructions.
 */
#include <check.h>
#include <string.h>

#include "fuzz/encode.h"
#include "fuzz/generate.h"

static struct program a, b; /* too large for a stack */

static struct fuzz_options defaults(bool secure)
{
    struct fuzz_options o = {.cpu = "max", .secure = secure};

    for (unsigned i = 0; fuzz_system_classes[i].name != NULL; i++)
        o.weight[i] = fuzz_system_classes[i].weight;
    return o;
}

START_TEST(same_seed_same_program)
{
    struct fuzz_options o = defaults(_i);

    for (uint64_t seed = 1; seed < 100; seed++) {
        memset(&a, 0x55, sizeof(a));
        memset(&b, 0xaa, sizeof(b));
        generate(&a, seed, &o);
        generate(&b, seed, &o);
        ck_assert(memcmp(&a, &b, sizeof(a)) == 0);
        generate(&b, seed + 1, &o);
        ck_assert(memcmp(a.code, b.code, sizeof(a.code)) != 0);
    }
}
END_TEST

START_TEST(stays_in_its_memory)
{
    struct fuzz_options o = defaults(_i);

    for (uint64_t seed = 0; seed < 2000; seed++) {
        generate(&a, seed, &o);
        ck_assert_uint_gt(a.n_code, 4);
        ck_assert_uint_le(a.n_code, PROGRAM_CODE);
        ck_assert_uint_le(a.n_settings, PROGRAM_SETTINGS);
        ck_assert_uint_le(a.n_words, PROGRAM_WORDS);
        for (unsigned i = 0; i < a.n_code; i++)
            ck_assert_uint_lt(a.code[i].at, PROGRAM_VECTORS_AT - PROGRAM_CODE_AT);
        for (unsigned i = 0; i < a.n_words; i++)
            ck_assert(a.words[i].at >= PROGRAM_DATA_AT && a.words[i].at < PROGRAM_BASE + PROGRAM_SIZE);
        ck_assert(!a.code[0].joined);
        ck_assert_uint_eq(a.code[a.n_code - 3].raw, insn_exception(INSN_SMC, PROGRAM_END));
    }
}
END_TEST

/* A class alone gives more than the end. */
START_TEST(every_class)
{
    struct fuzz_options o = defaults(true);

    for (unsigned class = 0; fuzz_system_classes[class].name != NULL; class ++) {
        unsigned longest = 0;
        memset(o.weight, 0, sizeof(o.weight));
        o.weight[class] = 1;
        for (uint64_t seed = 0; seed < 20; seed++) {
            generate(&a, seed, &o);
            longest = a.n_code > longest ? a.n_code : longest;
        }
        ck_assert_msg(longest > 8, "%s", fuzz_system_classes[class].name);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("generate");
    TCase *t = tcase_create("programs");
    SRunner *r;
    int failed;

    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, same_seed_same_program, 0, 2);
    tcase_add_loop_test(t, stays_in_its_memory, 0, 2);
    tcase_add_test(t, every_class);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
