/* SPDX-License-Identifier: BSD-2-Clause
 *
 * `el2sim fuzz system`: images and results, the comparison of results, files of programs, and that programs
 * of one batch don't see each other.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "fuzz/generate.h"
#include "fuzz/known_system.h"
#include "fuzz/monitor.h"
#include "fuzz/system_compare.h"
#include "fuzz/system_image.h"
#include "fuzz/system_pair.h"
#include "fuzz/system_peer.h"
#include "fuzz/system_write.h"
#include "tests/unit/run.h"

enum { WATCHDOG = 200, PROGRAMS = 40 };

/* el2sim alone, with the registers that it has. */
struct bench {
    struct system_ours *ours;
    struct system_registers regs;
};

static struct bench bench_new(void)
{
    struct bench b = {.ours = system_ours_new("max")};
    struct system_registers all;
    struct system_image image;
    struct system_run run;
    struct system_probe *probe = xcalloc(1, sizeof(*probe));
    char error[FUZZ_ERROR_SIZE];
    system_registers_all(&all);
    system_image_init_probe(&image, &all);
    system_image_finish(&image);
    ck_assert(system_ours_run(b.ours, &image, 0, &run, error));
    system_image_probe(&image, run.memory, probe);
    b.regs = all;
    system_registers_agree(&b.regs, probe, probe);
    system_image_destroy(&image);
    free(probe);
    return b;
}

static void run(struct bench *b, const struct program *const *programs, unsigned n,
                struct program_result *results)
{
    struct system_image image;
    struct system_run r;
    char error[FUZZ_ERROR_SIZE];
    system_image_init(&image, &b->regs);
    for (unsigned k = 0; k < n; k++)
        ck_assert(system_image_add(&image, programs[k]));
    system_image_finish(&image);
    ck_assert(system_ours_run(b->ours, &image, WATCHDOG, &r, error));
    ck_assert_uint_eq(r.n_failures, 0);
    for (unsigned k = 0; k < n; k++)
        system_image_result(&image, r.memory, k, &results[k]);
    system_image_destroy(&image);
}

static void add(struct program *p, uint32_t raw)
{
    p->code[p->n_code] = (struct program_insn){.at = 4 * p->n_code, .raw = raw};
    p->n_code++;
}

/* At EL1: a register, UNDEFINED, SVC, an aborted load, memory, the end. */
static void make_small(struct program *p)
{
    memset(p, 0, sizeof(*p));
    p->pc = PROGRAM_CODE_AT;
    p->spsr = 0xa00003c5;
    p->x[1] = 41;
    p->x[2] = PROGRAM_DATA_AT;
    p->x[3] = UINT64_C(1) << 52;
    p->x[6] = PROGRAM_TABLES_AT + 0x10;
    p->x[30] = 30;
    p->v[7][1] = 7;
    p->sp_el1 = 0x1230;
    add(p, 0x91000421);          /* ADD X1, X1, #1 */
    add(p, 0);                   /* UDF */
    add(p, 0xd4000001 | 5 << 5); /* SVC #5 */
    add(p, 0xf9400064);          /* LDR X4, [X3] */
    add(p, 0xf9000041);          /* STR X1, [X2] */
    add(p, 0xf9400445);          /* LDR X5, [X2, #8] */
    add(p, 0xf90000c1);          /* STR X1, [X6] */
    add(p, PROGRAM_END_INSN);
    p->words[p->n_words++] = (struct program_word){PROGRAM_TABLES_AT + 8, 0x711};
    p->words[p->n_words++] = (struct program_word){PROGRAM_DATA_AT + 8, 0x1122334455667788};
    p->words[p->n_words++] = (struct program_word){PROGRAM_TABLES_AT + 0x10, 0x811};
    p->settings[p->n_settings++] = (struct program_setting){system_encoding(SR_TPIDR_EL2), 0x77};
}

/* What the manual says comes of it. */
static void check_small(const struct program_result *r)
{
    ck_assert(r->ran && !r->timed_out);
    ck_assert_uint_eq(r->n_events, 4);
    ck_assert_uint_eq(r->events[0].el, 1);
    ck_assert_uint_eq(r->events[0].vector, 4);
    ck_assert_uint_eq(r->events[0].esr, 0x2000000);
    ck_assert_uint_eq(r->events[0].elr, PROGRAM_CODE_AT + 4);
    ck_assert_uint_eq(r->events[0].spsr, 0xa00003c5);
    ck_assert_uint_eq(r->events[0].far, 0);
    ck_assert_uint_eq(r->events[1].esr, 0x56000005);
    ck_assert_uint_eq(r->events[1].elr, PROGRAM_CODE_AT + 12);
    ck_assert_uint_eq(r->events[2].esr >> 26, 0x25);
    ck_assert_uint_eq(r->events[2].far, UINT64_C(1) << 52);
    ck_assert_uint_eq(r->events[3].esr, 0x56000000 | PROGRAM_END);
    ck_assert_uint_eq(r->x[1], 42);
    ck_assert_uint_eq(r->x[4], 0);
    ck_assert_uint_eq(r->x[5], 0x1122334455667788);
    ck_assert_uint_eq(r->x[30], 30);
    ck_assert_uint_eq(r->v[7][1], 7);
    ck_assert_uint_eq(r->sp_el1, 0x1230);
    ck_assert_uint_eq(r->nzcv, 0xa0000000);
    ck_assert_uint_eq(r->tables[0], 0x711);
    ck_assert_uint_eq(r->tables[1], 42);
}

/* What is noted of the state at an exception. */
static uint64_t noted(const struct program_event *e, enum sysreg reg)
{
    for (unsigned n = 0; system_state_register(n) != SR_NONE; n++)
        if (system_state_register(n) == reg)
            return e->state[n];
    ck_abort_msg("not noted");
    return 0;
}

static uint64_t value_of(const struct program_result *r, enum sysreg reg)
{
    for (unsigned n = 0; n < r->n_registers; n++)
        if (r->registers[n].encoding == system_encoding(reg))
            return r->registers[n].value;
    ck_abort_msg("not recorded");
    return 0;
}

START_TEST(test_small)
{
    struct bench b = bench_new();
    struct program *p = xmalloc(sizeof(*p));
    struct program_result *r = xmalloc(sizeof(*r));
    make_small(p);
    run(&b, (const struct program *const *)&p, 1, r);
    check_small(r);
    ck_assert_uint_eq(value_of(r, SR_TPIDR_EL2), 0x77);
    ck_assert_uint_eq(noted(&r->events[0], SR_SP_EL1), 0x1230);
    ck_assert_uint_eq(noted(&r->events[3], SR_VBAR_EL2), PROGRAM_VECTORS_AT + 0x1000);
    ck_assert_uint_eq(value_of(r, SR_FAR_EL1), UINT64_C(1) << 52);
    free(r);
    free(p);
    system_ours_free(b.ours);
}
END_TEST

/* A vector that can't be fetched: EL1's MMU is on, and its tables are empty. */
START_TEST(test_watchdog)
{
    struct bench b = bench_new();
    struct program *p = xmalloc(2 * sizeof(*p));
    struct program_result *r = xmalloc(2 * sizeof(*r));
    const struct program *both[2] = {&p[0], &p[1]};
    make_small(&p[0]);
    make_small(&p[1]);
    p[0].settings[p[0].n_settings++] = (struct program_setting){system_encoding(SR_SCTLR_EL1), 0x30d00981};
    p[0].settings[p[0].n_settings++] =
        (struct program_setting){system_encoding(SR_TTBR0_EL1), PROGRAM_TABLES_AT};
    run(&b, both, 2, r);
    ck_assert(r[0].ran && r[0].timed_out);
    ck_assert_uint_eq(r[0].n_events, 0);
    check_small(&r[1]);
    free(r);
    free(p);
    system_ours_free(b.ours);
}
END_TEST

/* ---- the comparison ---- */

static unsigned differences(struct bench *b, const struct program *p, const struct program_result *a,
                            const struct program_result *c, struct system_difference *d)
{
    unsigned n = system_compare(p, &b->regs, a, c, d), m = system_compare(p, &b->regs, c, a, d + 1);
    ck_assert_uint_eq(n, m);
    return n;
}

START_TEST(test_compare)
{
    struct bench b = bench_new();
    struct program *p = xmalloc(sizeof(*p));
    struct program_result *a = xmalloc(sizeof(*a)), *c = xmalloc(sizeof(*c));
    struct system_difference d[SYSTEM_DIFFERENCES + 1];
    make_small(p);
    run(&b, (const struct program *const *)&p, 1, a);
    *c = *a;
    ck_assert_uint_eq(differences(&b, p, a, c, d), 0);

#define PLANT(change, what_, index_)                                                                         \
    do {                                                                                                     \
        *c = *a;                                                                                             \
        change;                                                                                              \
        ck_assert_uint_ge(differences(&b, p, a, c, d), 1);                                                   \
        ck_assert_int_eq(d[0].what, what_);                                                                  \
        ck_assert_uint_eq(d[0].index, index_);                                                               \
    } while (0)
    PLANT(c->ran = false, SYSTEM_DIED, 0);
    PLANT(c->timed_out = true, SYSTEM_ENDED, 0);
    PLANT(c->n_events = 3, SYSTEM_EVENT, 3);
    PLANT(c->events[2].el = 2, SYSTEM_EVENT, 2);
    PLANT(c->events[1].vector = 0, SYSTEM_EVENT, 1);
    PLANT(c->events[2].elr += 4, SYSTEM_ELR, 2);
    PLANT(c->events[2].esr ^= 1, SYSTEM_ESR, 2);
    PLANT(c->events[2].far ^= 1, SYSTEM_FAR, 2);
    PLANT(c->events[2].hpfar ^= 16, SYSTEM_HPFAR, 2);
    PLANT(c->events[0].spsr ^= 1 << 10, SYSTEM_SPSR, 0);
    PLANT(c->x[30] ^= 1, SYSTEM_X, 30);
    PLANT(c->sp_el2 ^= 1, SYSTEM_SP, 2);
    PLANT(c->v[31][1] ^= 1, SYSTEM_V, 63);
    PLANT(c->fpcr ^= 1 << 22, SYSTEM_FPCR, 0);
    PLANT(c->fpsr ^= 1, SYSTEM_FPSR, 0);
    PLANT(c->nzcv ^= 1 << 30, SYSTEM_NZCV, 0);
    PLANT(c->data_hash ^= 1, SYSTEM_MEMORY, 0);
    PLANT(c->tables[1] ^= 1 << 10, SYSTEM_TABLES, PROGRAM_TABLES_AT + 0x10 - PROGRAM_BASE);
    for (unsigned n = 0; n < a->n_registers; n++) {
        const struct system_register *r = system_registers_find(&b.regs, a->registers[n].encoding);
        if (r->reg != SR_HPFAR_EL2)
            PLANT(c->registers[n].value ^= 1, SYSTEM_REGISTER, a->registers[n].encoding);
    }
#undef PLANT
    free(a);
    free(c);
    free(p);
    system_ours_free(b.ours);
}
END_TEST

/* ---- files ---- */

static void check_same(const struct program *p, const struct program *q)
{
    ck_assert_uint_eq(p->n_settings, q->n_settings);
    ck_assert_uint_eq(p->n_words, q->n_words);
    ck_assert_uint_eq(p->n_code, q->n_code);
    for (unsigned n = 0; n < p->n_settings; n++)
        ck_assert(p->settings[n].encoding == q->settings[n].encoding &&
                  p->settings[n].value == q->settings[n].value);
    for (unsigned n = 0; n < p->n_words; n++)
        ck_assert(p->words[n].at == q->words[n].at && p->words[n].value == q->words[n].value);
    for (unsigned n = 0; n < p->n_code; n++)
        ck_assert(p->code[n].at == q->code[n].at && p->code[n].raw == q->code[n].raw);
    ck_assert_mem_eq(p->x, q->x, sizeof(p->x));
    ck_assert_mem_eq(p->v, q->v, sizeof(p->v));
    ck_assert(p->seed == q->seed && p->pc == q->pc && p->spsr == q->spsr && p->sp_el0 == q->sp_el0);
    ck_assert(p->sp_el1 == q->sp_el1 && p->sp_el2 == q->sp_el2 && p->fpcr == q->fpcr && p->fpsr == q->fpsr);
}

START_TEST(test_file)
{
    struct fuzz_options o = {.cpu = "max"};
    struct program *p = xcalloc(1, sizeof(*p)), *q = xcalloc(1, sizeof(*q));
    struct system_case *c = xcalloc(1, sizeof(*c));
    char path[] = "/tmp/el2sim-test-XXXXXX", error[FUZZ_ERROR_SIZE];
    int fd = mkstemp(path);
    struct bench b = bench_new();
    struct system_pair pair = {.cpu = "max", .regs = b.regs};
    ck_assert_int_ge(fd, 0);
    close(fd);
    for (uint64_t seed = 1; seed < 20; seed++) {
        generate(p, seed, &o);
        c->program = p;
        ck_assert_msg(system_write(path, &o, &pair, c, "0.0", error), "%s", error);
        ck_assert_msg(system_read(path, q, error), "%s", error);
        check_same(p, q);
    }
    unlink(path);
    ck_assert(!system_read(path, q, error));
    ck_assert_ptr_nonnull(strstr(error, "can't read"));
    system_ours_free(b.ours);
    free(c);
    free(q);
    free(p);
}
END_TEST

static void refused(const char *text, const char *why)
{
    char path[] = "/tmp/el2sim-test-XXXXXX", error[FUZZ_ERROR_SIZE];
    struct program *p = xmalloc(sizeof(*p));
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (int)strlen(text));
    close(fd);
    ck_assert(!system_read(path, p, error));
    ck_assert_msg(strstr(error, why) != NULL, "%s", error);
    unlink(path);
    free(p);
}

START_TEST(test_bad_file)
{
    refused("", "has no program");
    refused(" *: code 0x0 0xd503201f\n *: code 2 0\n", ":2: not as");
    refused(" *: word 0x40000000 0\n", ":1: not as");
    refused(" *: x 1f 0\n", ":1: not as");
    refused(" *: sp 3 0\n", ":1: not as");
    refused(" *: v 40 0\n", ":1: not as");
    refused(" *: set 0x10000 0\n", ":1: not as");
    refused(" *: code 0x10000 0\n", ":1: not as");
    refused(" *: nops 0x0 0x101\n", ":1: not as");
    refused(" *: code\n", ":1: not as");
    refused(" *: nothing 1 1\n", ":1: not as");
}
END_TEST

/* ---- isolation ---- */

static void make_programs(struct program *p, const struct fuzz_options *o)
{
    for (unsigned n = 0; n < PROGRAMS; n++)
        generate(&p[n], 500 + n, o);
}

/* The same programs in order, in the opposite order, and each alone. */
START_TEST(test_isolation)
{
    struct fuzz_options o = {.cpu = "max", .secure = _i != 0};
    struct bench b = bench_new();
    struct program *p = xcalloc(PROGRAMS, sizeof(*p));
    struct program_result *r = xcalloc(3 * PROGRAMS, sizeof(*r)), *back = r + PROGRAMS,
                          *alone = back + PROGRAMS;
    const struct program *order[PROGRAMS], *opposite[PROGRAMS];
    struct system_difference d[SYSTEM_DIFFERENCES];
    unsigned n_classes = 0;
    while (fuzz_system_classes[n_classes].name != NULL) {
        o.weight[n_classes] = fuzz_system_classes[n_classes].weight;
        n_classes++;
    }
    make_programs(p, &o);
    for (unsigned n = 0; n < PROGRAMS; n++)
        order[n] = opposite[PROGRAMS - 1 - n] = &p[n];
    run(&b, order, PROGRAMS, r);
    run(&b, opposite, PROGRAMS, back);
    for (unsigned n = 0; n < PROGRAMS; n++) {
        run(&b, &order[n], 1, &alone[n]);
        ck_assert_uint_eq(system_compare(&p[n], &b.regs, &r[n], &back[PROGRAMS - 1 - n], d), 0);
        ck_assert_uint_eq(system_compare(&p[n], &b.regs, &r[n], &alone[n], d), 0);
    }
    free(r);
    free(p);
    system_ours_free(b.ours);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("fuzz system");
    TCase *c = tcase_create("fuzz system");
    tcase_set_timeout(c, 120);
    tcase_add_test(c, test_small);
    tcase_add_test(c, test_watchdog);
    tcase_add_test(c, test_compare);
    tcase_add_test(c, test_file);
    tcase_add_test(c, test_bad_file);
    tcase_add_loop_test(c, test_isolation, 0, 2);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return suite_run(suite());
}
