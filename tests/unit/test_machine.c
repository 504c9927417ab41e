/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Whole machines: two in one process, and one digest whichever engine runs. The program is the bundled
 * hypervisor (tests/hyp), which uses VHE, stage 2, the GIC's virtual interface and timers.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/observe.h"
#include "sim/digest.h"
#include "sim/machine.h"
#include "tests/unit/run.h"
#include "traces/trace.h"

static char image[4096];

static void set_options(struct options *o)
{
    options_init(o);
    o->virtualization = true;
    o->kernel = image;
    o->cpu = "max";
    o->no_reboot = true;
    o->n_serials = 1;
    o->serials[0] = (struct char_option){.kind = CHAR_NULL};
}

static void run_to_end(struct machine *m, char digest[DIGEST_TEXT_SIZE])
{
    ck_assert_int_eq(machine_run(m), m->opt->max_insns != 0 ? EXIT_OUT_OF_INSNS : 0);
    machine_digest(m, digest);
}

static void run_once(const struct options *o, char digest[DIGEST_TEXT_SIZE], uint64_t *insns)
{
    struct machine *m = machine_create(o);
    run_to_end(m, digest);
    *insns = machine_insns(m);
    machine_destroy(m);
}

START_TEST(two_machines_in_one_process)
{
    struct options a, b;
    char digest_a[DIGEST_TEXT_SIZE], digest_b[DIGEST_TEXT_SIZE], alone[DIGEST_TEXT_SIZE];
    uint64_t insns;
    set_options(&a);
    set_options(&b);
    b.cpu = "neoverse-n1";
    run_once(&b, alone, &insns);
    ck_assert_uint_gt(insns, 100000);
    struct machine *ma = machine_create(&a), *mb = machine_create(&b);
    run_to_end(mb, digest_b);
    run_to_end(ma, digest_a);
    ck_assert_str_eq(digest_b, alone);
    ck_assert_str_ne(digest_a, digest_b); /* another CPU: its identification registers are state */
    machine_destroy(ma);
    machine_destroy(mb);
}
END_TEST

START_TEST(engines_agree)
{
    char fast[DIGEST_TEXT_SIZE], other[DIGEST_TEXT_SIZE];
    uint64_t insns, insns_other;
    struct options o;
    set_options(&o);
    run_once(&o, fast, &insns);
    for (int engine = ENGINE_FAST; engine <= ENGINE_TRACED; engine++) {
        static const uint64_t every[] = {0, 1000, 17};
        for (unsigned n = 0; n < 3; n++) {
            o.engine = (enum engine_choice)engine;
            o.flush_htlb_every = every[n];
            run_once(&o, other, &insns_other);
            ck_assert_uint_eq(insns, insns_other);
            ck_assert_str_eq(fast, other);
        }
    }
}
END_TEST

static void count_insn(void *opaque, const struct trace_cpu *c, const struct trace_insn *i)
{
    uint64_t *count = opaque;
    (void)c;
    (void)i;
    (*count)++;
}

/* A tracer sees every instruction once, and changes nothing. The program takes no exception on a fetch, which
 * would be time without an instruction. */
START_TEST(tracer_sees_every_instruction)
{
    char fast[DIGEST_TEXT_SIZE], traced[DIGEST_TEXT_SIZE];
    uint64_t insns, count = 0;
    const struct tracer t = {.opaque = &count, .insn = count_insn};
    struct options o;
    set_options(&o);
    run_once(&o, fast, &insns);
    o.engine = ENGINE_TRACED;
    struct machine *m = machine_create(&o);
    cpu_set_tracer(m->cpus[0], &t, "start");
    run_to_end(m, traced);
    machine_destroy(m);
    ck_assert_uint_eq(count, insns);
    ck_assert_str_eq(fast, traced);
}
END_TEST

/* --max-insns stops after exactly that many instructions, in every engine, in the same state. */
START_TEST(instruction_limit_is_exact)
{
    static const uint64_t limits[] = {1, 2, 1000, 77777, 200001};
    for (unsigned n = 0; n < sizeof(limits) / sizeof(limits[0]); n++) {
        char digest[2][DIGEST_TEXT_SIZE];
        for (int k = 0; k < 2; k++) {
            struct options o;
            uint64_t insns;
            set_options(&o);
            o.max_insns = limits[n];
            o.engine = k == 0 ? ENGINE_FAST : ENGINE_LOOP;
            run_once(&o, digest[k], &insns);
            ck_assert_uint_eq(insns, limits[n]);
        }
        ck_assert_str_eq(digest[0], digest[1]);
    }
}
END_TEST

int main(void)
{
    const char *top = getenv("abs_top_srcdir");
    snprintf(image, sizeof(image), "%s/tests/hyp/vhe-demo.elf", top != NULL ? top : ".");
    Suite *s = suite_create("machine");
    TCase *t = tcase_create("machine");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, two_machines_in_one_process);
    tcase_add_test(t, engines_agree);
    tcase_add_test(t, tracer_sees_every_instruction);
    tcase_add_test(t, instruction_limit_is_exact);
    suite_add_tcase(s, t);
    return suite_run(s);
}
