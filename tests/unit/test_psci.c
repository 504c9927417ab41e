/* SPDX-License-Identifier: BSD-2-Clause
 *
 * PSCI and SMCCC answers against DEN 0022 and DEN 0028: versions, features, CPU power states and their error
 * codes.
 */
#include <check.h>
#include <stdlib.h>

#include "base/log.h"
#include "bus/bus.h"
#include "cpu/cpu.h"
#include "sim/psci.h"
#include "tests/unit/run.h"

enum { CPUS = 3 };
#define RAM UINT64_C(0x40000000)

struct fixture {
    struct psci p;
    struct cpu *cpus[CPUS];
    struct bus *bus;
    struct cpu *reset;
    unsigned reset_el;
    uint64_t reset_pc, reset_x0;
    int stops, last_stop;
};

static void reset_cpu(void *opaque, struct cpu *c, unsigned el, uint64_t pc, uint64_t x0)
{
    struct fixture *f = opaque;
    f->reset = c;
    f->reset_el = el;
    f->reset_pc = pc;
    f->reset_x0 = x0;
}

static void stop_request(void *opaque, enum stop_request what, int status)
{
    struct fixture *f = opaque;
    (void)status;
    f->stops++;
    f->last_stop = what;
}

static void start(struct fixture *f)
{
    static const uint64_t mpidr[CPUS] = {0x80000000, 0x80000001, 0x80000100};
    *f = (struct fixture){.bus = bus_create()};
    bus_add_ram(f->bus, "RAM", RAM, 0x10000, false);
    for (unsigned n = 0; n < CPUS; n++) {
        f->cpus[n] = xcalloc(1, sizeof(struct cpu));
        f->cpus[n]->index = n;
        f->cpus[n]->bus = f->bus;
        f->cpus[n]->sr[SR_MPIDR_EL1] = mpidr[n];
        f->cpus[n]->power = n == 0 ? CPU_ON : CPU_OFF;
    }
    f->p = (struct psci){.cpus = f->cpus,
                         .n_cpus = CPUS,
                         .conduit = PSCI_SMC,
                         .entry_el = 2,
                         .reset_cpu = reset_cpu,
                         .stop = stop_request,
                         .opaque = f};
}

static void stop(struct fixture *f)
{
    for (unsigned n = 0; n < CPUS; n++)
        free(f->cpus[n]);
    bus_destroy(f->bus);
}

static int64_t call(struct fixture *f, uint64_t fn, uint64_t a, uint64_t b, uint64_t c)
{
    struct cpu *cpu = f->cpus[0];
    cpu->x[0] = fn;
    cpu->x[1] = a;
    cpu->x[2] = b;
    cpu->x[3] = c;
    ck_assert(psci_call(&f->p, cpu, true));
    return (int64_t)cpu->x[0];
}

START_TEST(versions_and_features)
{
    struct fixture f;
    start(&f);
    ck_assert_int_eq(call(&f, 0x84000000, 0, 0, 0), 0x10001);
    ck_assert_int_eq(call(&f, 0x80000000, 0, 0, 0), 0x10002);
    ck_assert_int_eq(call(&f, 0x84000006, 0, 0, 0), 2);
    static const struct {
        uint32_t fn;
        int result;
    } features[] = {{0x84000000, 0},  {0x84000001, 0},  {0xc4000001, 0},  {0x84000002, 0}, {0xc4000002, -1},
                    {0x84000003, 0},  {0xc4000003, 0},  {0x84000004, 0},  {0xc4000004, 0}, {0x84000005, -1},
                    {0x84000006, 0},  {0x84000008, 0},  {0x84000009, 0},  {0x8400000a, 0}, {0x84000012, 0},
                    {0xc4000012, 0},  {0x8400000e, -1}, {0xc400000e, -1}, {0x80000000, 0}, {0x84000077, -1},
                    {0x8400000f, -1}, {0xc6000001, -1}};
    for (size_t n = 0; n < ARRAY_LEN(features); n++)
        ck_assert_int_eq(call(&f, 0x8400000a, features[n].fn, 0, 0), features[n].result);
    ck_assert_int_eq(call(&f, 0x80000001, 0x80000001, 0, 0), 0);
    ck_assert_int_eq(call(&f, 0x80000001, 0x80000002, 0, 0), -1); /* SOC_ID */
    ck_assert_int_eq(call(&f, 0x80000001, 0x80008000, 0, 0), -1); /* WORKAROUND_1 */
    ck_assert_int_eq(call(&f, 0x12345678, 0, 0, 0), -1);
    stop(&f);
}
END_TEST

START_TEST(conduit)
{
    struct fixture f;
    start(&f);
    f.cpus[0]->x[0] = 0x84000000;
    ck_assert(!psci_call(&f.p, f.cpus[0], false));
    f.p.conduit = PSCI_HVC;
    ck_assert(psci_call(&f.p, f.cpus[0], false));
    ck_assert(!psci_call(&f.p, f.cpus[0], true));
    f.p.conduit = PSCI_DISABLED;
    ck_assert(!psci_call(&f.p, f.cpus[0], true));
    ck_assert(!psci_call(&f.p, f.cpus[0], false));
    stop(&f);
}
END_TEST

START_TEST(cpu_on)
{
    struct fixture f;
    start(&f);
    f.cpus[0]->time = 777;
    ck_assert_int_eq(call(&f, 0xc4000003, 1, RAM + 0x100, 0xdeadbeef12345678), 0);
    ck_assert_ptr_eq(f.reset, f.cpus[1]);
    ck_assert_uint_eq(f.reset_el, 2);
    ck_assert_uint_eq(f.reset_pc, RAM + 0x100);
    ck_assert_uint_eq(f.reset_x0, 0xdeadbeef12345678);
    ck_assert_int_eq(f.cpus[1]->power, CPU_ON);
    ck_assert_uint_eq(f.cpus[1]->time, 777);
    ck_assert_int_eq(call(&f, 0xc4000003, 1, RAM, 0), -4); /* ALREADY_ON */
    ck_assert_int_eq(call(&f, 0xc4000003, 0, RAM, 0), -4);
    f.cpus[1]->power = CPU_WFI;
    ck_assert_int_eq(call(&f, 0xc4000003, 1, RAM, 0), -4);
    ck_assert_int_eq(call(&f, 0xc4000003, 2, RAM, 0), -2); /* no such CPU */
    ck_assert_int_eq(call(&f, 0xc4000003, 0x80000001, RAM, 0), -2);
    f.cpus[2]->power = CPU_ON_PENDING;
    ck_assert_int_eq(call(&f, 0xc4000003, 0x100, RAM, 0), -5);
    f.cpus[2]->power = CPU_OFF;
    ck_assert_int_eq(call(&f, 0xc4000003, 0x100, 0x10, 0), -9);    /* no memory there */
    ck_assert_int_eq(call(&f, 0xc4000003, 0x100, RAM + 2, 0), -9); /* not aligned */
    /* The 32-bit call ignores the upper halves. */
    ck_assert_int_eq(call(&f, 0x84000003, 0xffffffff00000100, 0xffffffff00000000 | RAM, UINT64_MAX), 0);
    ck_assert_uint_eq(f.reset_pc, RAM);
    ck_assert_uint_eq(f.reset_x0, UINT32_MAX);
    stop(&f);
}
END_TEST

START_TEST(cpu_off_and_affinity)
{
    struct fixture f;
    start(&f);
    ck_assert_int_eq(call(&f, 0xc4000004, 0, 0, 0), 0);
    ck_assert_int_eq(call(&f, 0xc4000004, 1, 0, 0), 1);
    f.cpus[1]->power = CPU_ON_PENDING;
    ck_assert_int_eq(call(&f, 0x84000004, 1, 0, 0), 2);
    f.cpus[1]->power = CPU_WFI;
    ck_assert_int_eq(call(&f, 0x84000004, 1, 0, 0), 0);
    ck_assert_int_eq(call(&f, 0xc4000004, 7, 0, 0), -2);
    ck_assert_int_eq(call(&f, 0xc4000004, 0, 1, 0), -2);
    (void)call(&f, 0xc4000001, 0, 0, 0);
    ck_assert_int_eq(f.cpus[0]->power, CPU_WFI);
    (void)call(&f, 0x84000002, 0, 0, 0);
    ck_assert_int_eq(f.cpus[0]->power, CPU_OFF);
    ck_assert(f.cpus[0]->attention & ATT_STOP);
    stop(&f);
}
END_TEST

START_TEST(system_calls)
{
    struct fixture f;
    start(&f);
    (void)call(&f, 0x84000008, 0, 0, 0);
    ck_assert_int_eq(f.last_stop, STOP_POWEROFF);
    (void)call(&f, 0x84000009, 0, 0, 0);
    ck_assert_int_eq(f.last_stop, STOP_RESET);
    (void)call(&f, 0xc4000012, 0, 0, 0);
    ck_assert_int_eq(f.last_stop, STOP_RESET);
    ck_assert_int_eq(f.stops, 3);
    ck_assert_int_eq(call(&f, 0xc4000012, 0x80000000, 0, 0), -2);
    ck_assert_int_eq(f.stops, 3);
    stop(&f);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("psci");
    TCase *t = tcase_create("psci");
    tcase_add_test(t, versions_and_features);
    tcase_add_test(t, conduit);
    tcase_add_test(t, cpu_on);
    tcase_add_test(t, cpu_off_and_affinity);
    tcase_add_test(t, system_calls);
    suite_add_tcase(s, t);
    return suite_run(s);
}
