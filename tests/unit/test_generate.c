/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The generator of `el2sim fuzz system`: a program depends on nothing but its seed and the options; it stays
 * within its memory; every class gives instructions; and what programs are for happens when el2sim runs them:
 * every Exception level, every class of exception, faults of every kind and level in both stages, all
 * granules.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "fuzz/encode.h"
#include "fuzz/generate.h"
#include "fuzz/system_peer.h"
#include "sysregs/fields.h"

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
        for (uint64_t seed = 0; seed < 200; seed++) {
            generate(&a, seed, &o);
            longest = a.n_code > longest ? a.n_code : longest;
        }
        ck_assert_msg(longest > 8, "%s", fuzz_system_classes[class].name);
    }
}
END_TEST

/* ---- what programs do ---- */

enum { PROGRAMS = 2000 };

static struct census {
    unsigned from[3];       /* programs with an exception from this Exception level */
    unsigned classes[64];   /* exceptions by ESR.EC */
    unsigned faults[2][64]; /* of data accesses and fetches by stage (0: the first) and status code */
    unsigned
        granules[3][17]; /* programs by regime (stage 1 of EL1&0, of EL2; stage 2) and log2 of the granule */
    unsigned ended, far; /* programs that came to their end, and that did so behind 20 instructions */
    unsigned timed_out;
} census;

static uint64_t setting(const struct program *p, enum sysreg reg)
{
    for (unsigned i = 0; i < p->n_settings; i++)
        if (p->settings[i].encoding == system_encoding(reg))
            return p->settings[i].value;
    return 0;
}

static void count_granules(const struct program *p)
{
    static const uint8_t granule[4] = {12, 16, 14, 0};
    uint64_t hcr = setting(p, SR_HCR_EL2);

    if (setting(p, SR_SCTLR_EL1) & SCTLR_M)
        census.granules[0][granule[bits(setting(p, SR_TCR_EL1), 15, 14)]]++;
    if (setting(p, SR_SCTLR_EL2) & SCTLR_M)
        census.granules[1][granule[bits(setting(p, SR_TCR_EL2), 15, 14)]]++;
    if (hcr & HCR_VM)
        census.granules[2][granule[bits(setting(p, SR_VTCR_EL2), 15, 14)]]++;
}

static bool is_abort(unsigned ec)
{
    return ec == EC_INSN_ABORT_LOWER || ec == EC_INSN_ABORT_SAME || ec == EC_DATA_ABORT_LOWER ||
           ec == EC_DATA_ABORT_SAME;
}

static void count_program(const struct program *p, const struct program_result *r)
{
    bool from[4] = {false};

    census.timed_out += r->timed_out;
    for (unsigned i = 0; i < r->n_events; i++) {
        const struct program_event *e = &r->events[i];
        unsigned ec = (unsigned)bits(e->esr, 31, 26), status = (unsigned)bits(e->esr, 5, 0);
        from[bits(e->spsr, 3, 2)] = true;
        census.classes[ec]++;
        if (is_abort(ec)) /* an abort that EL1 has in EL2's hands comes from stage 2 */
            census.faults[e->el == 2 && bits(e->spsr, 3, 2) < 2 && !(setting(p, SR_HCR_EL2) & HCR_TGE)]
                         [status]++;
        if (i + 1 == r->n_events && bits(e->esr, 15, 0) == PROGRAM_END && !is_abort(ec)) {
            census.ended++;
            census.far += bits(e->elr - p->pc, 11, 0) >= 80;
        }
    }
    for (unsigned el = 0; el < 3; el++)
        census.from[el] += from[el];
    count_granules(p);
}

static void run_some(struct system_ours *ours, const struct system_registers *regs, struct program *p,
                     unsigned n)
{
    struct system_image image;
    struct system_run run;
    struct program_result r;
    char error[FUZZ_ERROR_SIZE];

    system_image_init(&image, regs);
    for (unsigned i = 0; i < n; i++)
        ck_assert(system_image_add(&image, &p[i]));
    system_image_finish(&image);
    ck_assert_msg(system_ours_run(ours, &image, 200, &run, error), "%s", error);
    ck_assert_uint_eq(run.n_failures, 0);
    for (unsigned i = 0; i < n; i++) {
        system_image_result(&image, run.memory, i, &r);
        count_program(&p[i], &r);
    }
    system_image_destroy(&image);
}

static void take_census(bool secure)
{
    enum { BATCH = 100 };
    struct fuzz_options o = defaults(secure);
    struct program *p = calloc(BATCH, sizeof(*p));
    struct system_registers *regs = calloc(1, sizeof(*regs));
    struct system_ours *ours = system_ours_new(o.cpu);

    memset(&census, 0, sizeof(census));
    system_registers_all(regs);
    for (unsigned first = 0; first < PROGRAMS; first += BATCH) {
        for (unsigned i = 0; i < BATCH; i++)
            generate(&p[i], first + i, &o);
        run_some(ours, regs, p, BATCH);
    }
    system_ours_free(ours);
    free(regs);
    free(p);
}

START_TEST(what_programs_do)
{
    /* The least number of exceptions of a class; about half of what there is. */
    static const struct {
        uint8_t ec;
        unsigned floor;
    } classes[] = {{EC_UNKNOWN, 2000},
                   {EC_WFX, 8},
                   {EC_FP_ACCESS, 300},
                   {EC_PAUTH_TRAP, 25},
                   {EC_BTI, 25},
                   {EC_ILLEGAL_STATE, 40},
                   {EC_SVC64, 700},
                   {EC_HVC64, 300},
                   {EC_SMC64, 300},
                   {EC_SYSREG, 2500},
                   {EC_ERET, 30},
                   {EC_INSN_ABORT_LOWER, 50},
                   {EC_INSN_ABORT_SAME, 50},
                   {EC_PC_ALIGN, 25},
                   {EC_DATA_ABORT_LOWER, 1500},
                   {EC_DATA_ABORT_SAME, 1800},
                   {EC_SP_ALIGN, 2},
                   {EC_BRK, 200}};
    /* Faults that have to occur: address size, translation, Access flag, permission by level, alignment. */
    static const struct {
        uint8_t stage, status;
    } faults[] = {{0, 0x00}, {0, 0x03}, {0, 0x04}, {0, 0x05}, {0, 0x06}, {0, 0x07},
                  {0, 0x0a}, {0, 0x0b}, {0, 0x0d}, {0, 0x0e}, {0, 0x0f}, {0, 0x21},
                  {1, 0x04}, {1, 0x05}, {1, 0x06}, {1, 0x07}, {1, 0x0b}, {1, 0x0f}};

    take_census(_i);
    for (unsigned el = 0; el < 3; el++)
        ck_assert_msg(census.from[el] >= PROGRAMS / 6, "EL%u: %u", el, census.from[el]);
    for (unsigned i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
        ck_assert_msg(census.classes[classes[i].ec] >= classes[i].floor, "EC 0x%x: %u", classes[i].ec,
                      census.classes[classes[i].ec]);
    for (unsigned i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
        ck_assert_msg(census.faults[faults[i].stage][faults[i].status] >= 2, "stage %u, status 0x%x: %u",
                      faults[i].stage + 1, faults[i].status,
                      census.faults[faults[i].stage][faults[i].status]);
    for (unsigned regime = 0; regime < 3; regime++)
        for (unsigned granule = 12; granule <= 16; granule += 2)
            ck_assert_msg(census.granules[regime][granule] >= PROGRAMS / 40, "regime %u, granule %u: %u",
                          regime, granule, census.granules[regime][granule]);
    ck_assert_msg(census.timed_out <= PROGRAMS / 30, "timed out: %u", census.timed_out);
    ck_assert_msg(census.ended >= PROGRAMS * 7 / 10, "ended: %u", census.ended);
    ck_assert_msg(census.far >= PROGRAMS * 3 / 5, "ended behind 20 instructions: %u", census.far);
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
    tcase_add_loop_test(t, what_programs_do, 0, 2);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
