/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Time travel, on the bundled hypervisor and on four CPUs: points that were gone back to are those of a
 * machine that only ran forward; searches find what a forward run noted; what is printed comes out once.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/random.h"
#include "sim/digest.h"
#include "sim/machine.h"
#include "sim/travel.h"
#include "tests/unit/run.h"

enum { POINTS = 100 };
#define WORD UINT64_C(0x40000000) /* what the four CPUs count in */

static char hypervisor[4096];
static char bios[] = "/tmp/el2sim-test-travel-XXXXXX";
static char console[] = "/tmp/el2sim-test-console-XXXXXX";

/* Four CPUs at EL3 add 4,000 each to a word of memory, note what it was, and print their number now and then.
 */
static const uint32_t program[] = {
    0xd53800a0, /*    mrs x0, mpidr_el1 */
    0x92401c00, /*    and x0, x0, #0xff */
    0xd2a80001, /*    mov x1, #0x40000000 */
    0xd2a12007, /*    mov x7, #0x9000000 */
    0x8b005022, /*    add x2, x1, x0, lsl #20 */
    0x91400442, /*    add x2, x2, #1, lsl #12 */
    0x5281f403, /*    mov w3, #4000 */
    0x885f7c24, /* 1: ldxr w4, [x1] */
    0x11000484, /*    add w4, w4, #1 */
    0x88057c24, /*    stxr w5, w4, [x1] */
    0x35ffffa5, /*    cbnz w5, 1b */
    0xf8008444, /*    str x4, [x2], #8 */
    0x12002486, /*    and w6, w4, #0x3ff */
    0x35000066, /*    cbnz w6, 2f */
    0x1100c008, /*    add w8, w0, #'0' */
    0x390000e8, /*    strb w8, [x7] */
    0x71000463, /* 2: subs w3, w3, #1 */
    0x54fffec1, /*    b.ne 1b */
    0xd503207f, /* 3: wfi */
    0x17ffffff, /*    b 3b */
};

static void make_file(char *path, const void *data, size_t size)
{
    int fd = mkstemp(path);

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        exit(1);
    close(fd);
}

/* Machine 0: the hypervisor. 1: four CPUs. */
static void set_options(struct options *o, int machine)
{
    options_init(o);
    o->n_serials = 1;
    o->serials[0] = (struct char_option){.kind = CHAR_FILE, .path = console};
    o->no_reboot = true;
    if (machine == 0) {
        o->virtualization = true;
        o->kernel = hypervisor;
    } else {
        o->secure = true;
        o->smp = 4;
        o->quantum = 100;
        o->bios = bios;
    }
}

struct point {
    uint64_t insns;
    char digest[DIGEST_TEXT_SIZE];
};

static int by_insns(const void *a, const void *b)
{
    const struct point *x = a, *y = b;

    return x->insns < y->insns ? -1 : x->insns > y->insns;
}

/* Runs forward only, and notes the digest at each point, which are sorted first. */
static void note_points(const struct options *o, struct point *points, size_t count)
{
    struct machine *m = machine_create(o);

    qsort(points, count, sizeof(points[0]), by_insns);
    for (size_t n = 0; n < count; n++) {
        ck_assert_int_eq(machine_run_to(m, points[n].insns, NULL), MACHINE_AT_POINT);
        ck_assert_uint_eq(machine_insns(m), points[n].insns);
        machine_digest(m, points[n].digest);
    }
    machine_destroy(m);
}

/* The number of instructions of a whole run, and what it prints. */
static uint64_t run_whole(const struct options *o, char *printed, size_t size)
{
    struct machine *m = machine_create(o);

    ck_assert_int_eq(machine_run_to(m, MACHINE_NEVER, NULL), MACHINE_ENDED);
    const uint64_t insns = machine_insns(m);
    machine_destroy(m);
    FILE *f = fopen(console, "r");
    const size_t n = fread(printed, 1, size - 1, f);
    printed[n] = 0;
    fclose(f);
    return insns;
}

static void check_digest(struct machine *m, const struct point *p)
{
    char digest[DIGEST_TEXT_SIZE];

    machine_digest(m, digest);
    ck_assert_uint_eq(machine_insns(m), p->insns);
    ck_assert_str_eq(digest, p->digest);
}

START_TEST(random_points)
{
    static const enum engine_choice engines[] = {ENGINE_FAST, ENGINE_LOOP};
    static char printed[20000], again[20000];
    struct options o;
    struct point points[POINTS];
    struct random r = {(uint64_t)_i};
    const char *why;

    set_options(&o, _i);
    const uint64_t insns = run_whole(&o, printed, sizeof(printed));
    ck_assert_uint_gt(strlen(printed), 10);
    for (size_t n = 0; n < POINTS; n++)
        points[n].insns = random_below(&r, insns);
    note_points(&o, points, POINTS);
    o.engine = engines[_i];
    struct machine *m = machine_create(&o);
    /* room for so little that checkpoints are thinned on the way */
    struct travel *t = travel_start(m, insns / 40, _i == 1 ? 3 << 20 : 0, &why);
    ck_assert_msg(t != NULL, "%s", why);
    ck_assert_int_eq(machine_run_to(m, MACHINE_NEVER, NULL), MACHINE_ENDED);
    for (size_t n = 0; n < POINTS; n++) {
        const struct point *p = &points[random_below(&r, POINTS)];
        ck_assert(travel_to(t, p->insns));
        check_digest(m, p);
    }
    ck_assert_uint_eq(travel_last(t), insns);
    ck_assert(!travel_to(t, insns + 1));
    ck_assert(m->stopping);
    travel_stop(t);
    machine_destroy(m);
    ck_assert_uint_eq(run_whole(&o, again, sizeof(again)), insns);
    ck_assert_str_eq(printed, again);
}
END_TEST

/* Steps back one by one over exceptions and turns of CPUs. */
START_TEST(reverse_steps)
{
    enum { STEPS = 100 };
    static struct point points[STEPS];
    struct options o;
    const char *why;

    set_options(&o, _i);
    for (size_t n = 0; n < STEPS; n++)
        points[n].insns = 20000 + n;
    note_points(&o, points, STEPS);
    struct machine *m = machine_create(&o);
    struct travel *t = travel_start(m, 1000, 0, &why);
    ck_assert(travel_to(t, points[STEPS - 1].insns));
    for (size_t n = STEPS - 1; n-- > 0;) {
        ck_assert(travel_to(t, travel_now(t) - 1));
        check_digest(m, &points[n]);
    }
    travel_stop(t);
    machine_destroy(m);
}
END_TEST

/* ---- searching ---- */

struct watch {
    struct machine *m;
    uint32_t old;
    uint64_t number;
    uint64_t hits[20000];
    size_t count;
};

static uint32_t word(struct machine *m)
{
    uint64_t v;

    ck_assert(bus_read(m->bus, WORD, 4, true, &v));
    return (uint32_t)v;
}

static bool watch_before(void *ctx, struct cpu *c)
{
    struct watch *w = ctx;

    (void)c;
    w->number = machine_insns(w->m);
    w->old = word(w->m);
    return false;
}

static bool watch_after(void *ctx, struct cpu *c)
{
    struct watch *w = ctx;

    (void)c;
    if (word(w->m) == w->old)
        return false;
    if (w->count < 20000)
        w->hits[w->count++] = w->number;
    return true;
}

/* Back from write to write: the same that a run forward met. */
START_TEST(last_write)
{
    static struct watch forward, back;
    struct machine_probe p = {.before = watch_before, .after = watch_after, .ctx = &forward};
    struct options o;
    const char *why;
    uint64_t where;

    set_options(&o, 1);
    struct machine *m = machine_create(&o);
    forward.m = m;
    while (machine_run_to(m, MACHINE_NEVER, &p) == MACHINE_PAUSED)
        continue;
    const uint32_t last = word(m);
    ck_assert_uint_eq(forward.count, 16000); /* 4 CPUs, 4,000 times each */
    machine_destroy(m);
    m = machine_create(&o);
    back.m = m;
    p.ctx = &back;
    struct travel *t = travel_start(m, 3000, 0, &why);
    ck_assert_int_eq(machine_run_to(m, MACHINE_NEVER, NULL), MACHINE_ENDED);
    for (uint32_t n = 0; n < 50; n++) {
        ck_assert(travel_find(t, &p, &where));
        ck_assert_uint_eq(where, forward.hits[15999 - n]);
        ck_assert(travel_to(t, where));
        ck_assert_uint_eq(word(m), last - 1 - n); /* it is about to be written */
    }
    ck_assert(travel_to(t, forward.hits[0]));
    ck_assert(!travel_find(t, &p, &where));
    ck_assert_uint_eq(travel_now(t), forward.hits[0]);
    travel_stop(t);
    machine_destroy(m);
}
END_TEST

static bool yes(void *ctx)
{
    (void)ctx;
    return true;
}

/* At the end all four CPUs sleep for good. A run that paused there, instead of ending, stays so over a
 * search, and can be gone back to. */
START_TEST(asleep_for_good)
{
    struct options o;
    struct point end;
    const char *why;
    uint64_t where;
    const struct machine_probe sleeper = {.stuck = yes}, nothing = {.ctx = NULL};

    set_options(&o, 1);
    struct machine *m = machine_create(&o);
    struct travel *t = travel_start(m, 30000, 0, &why);
    ck_assert_int_eq(machine_run_to(m, MACHINE_NEVER, &sleeper), MACHINE_PAUSED);
    end.insns = machine_insns(m);
    machine_digest(m, end.digest);
    ck_assert(!travel_find(t, &nothing, &where));
    ck_assert(!m->stopping);
    check_digest(m, &end);
    ck_assert(travel_to(t, 0));
    ck_assert(travel_to(t, end.insns));
    check_digest(m, &end);
    travel_stop(t);
    machine_destroy(m);
}
END_TEST

/* After a change by hand there is no way back beyond it, and the run is another one. */
START_TEST(changed)
{
    struct options o;
    const char *why;
    uint64_t value = 100000;

    set_options(&o, 1);
    struct machine *m = machine_create(&o);
    struct travel *t = travel_start(m, 3000, 0, &why);
    ck_assert(travel_to(t, 50000));
    ck_assert(bus_write(m->bus, WORD, 4, true, value));
    travel_changed(t);
    ck_assert(travel_to(t, 60000));
    ck_assert_uint_gt(word(m), value);
    ck_assert(travel_to(t, 50000));
    ck_assert_uint_eq(word(m), value);
    ck_assert_uint_eq(travel_first(t), 50000);
    ck_assert(!travel_to(t, 49999));
    ck_assert_uint_eq(travel_now(t), 50000);
    travel_stop(t);
    machine_destroy(m);
}
END_TEST

int main(void)
{
    const char *src = getenv("abs_top_srcdir");
    Suite *s = suite_create("travel");
    TCase *t = tcase_create("travel");

    snprintf(hypervisor, sizeof(hypervisor), "%s/tests/hyp/vhe-demo.elf", src != NULL ? src : ".");
    make_file(bios, program, sizeof(program));
    make_file(console, "", 0);
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, random_points, 0, 2);
    tcase_add_loop_test(t, reverse_steps, 0, 2);
    tcase_add_test(t, last_write);
    tcase_add_test(t, asleep_for_good);
    tcase_add_test(t, changed);
    suite_add_tcase(s, t);
    int status = suite_run(s);
    unlink(bios);
    unlink(console);
    return status;
}
