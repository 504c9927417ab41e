/* SPDX-License-Identifier: BSD-2-Clause
 *
 * fuzz/known_user.c: what each row of known.def explains, and neighbours of it that it must not explain,
 * since they would be errors of el2sim. Encodings are an assembler's.
 */
#include <string.h>

#include "base/bits.h"
#include "fuzz/known.h"
#include "fuzz/user.h"
#include "tests/unit/run.h"

enum { SIGILL_ = 4, SIGBUS_ = 7, SIGSEGV_ = 11, N = 31, Z = 30 };

#define MEMORY_END ((uint64_t)USER_MEMORY_AT + USER_MEMORY_SIZE)
#define HERE (USER_SLOTS_AT + UINT64_C(12)) /* the third instruction of slot 0 */

/* One instruction and its three states: alike to begin with. */
struct example {
    struct user_outcome before, ours, qemus;
    uint32_t raw;
    const char *version;
    bool died;
};

static struct example example(uint32_t raw, const char *version)
{
    struct example e = {.raw = raw, .version = version};
    for (unsigned n = 0; n < 31; n++)
        e.before.x[n] = 0x1000 * n;
    for (unsigned n = 0; n < 32; n++)
        e.before.v[n][0] = e.before.v[n][1] = n;
    e.before.sp = USER_MEMORY_AT + 0x100;
    e.ours = e.qemus = e.before;
    return e;
}

/* The same value in all three. */
static void set_x(struct example *e, unsigned n, uint64_t value)
{
    e->before.x[n] = e->ours.x[n] = e->qemus.x[n] = value;
}

static void set_sp(struct example *e, uint64_t value)
{
    e->before.sp = e->ours.sp = e->qemus.sp = value;
}

static void signal_at(struct user_outcome *o, unsigned signal, uint64_t pc, uint64_t address)
{
    o->signal = signal;
    o->pc = pc;
    o->address = address;
}

static void store(struct user_outcome *o, uint64_t address, uint64_t value)
{
    o->change[o->changed].offset = address - USER_MEMORY_AT;
    o->change[o->changed].value = value;
    o->changed++;
    o->hash ^= address ^ value; /* anything that depends on it */
}

/* The id that explains it, or "". */
static const char *explained(const struct example *e)
{
    const struct decode_row *row = decode_find(e->raw);
    const struct user_step s = {.raw = e->raw,
                                .pc = HERE,
                                .row = row != NULL ? row->name : "",
                                .version = e->version,
                                .before = &e->before,
                                .ours = &e->ours,
                                .qemus = &e->qemus,
                                .parts = user_compare(&e->ours, &e->qemus),
                                .died = e->died};
    int n = user_known(&s);
    return n >= 0 ? known_row((unsigned)n)->id : "";
}

START_TEST(stack_pointer)
{
    struct example e = example(0xf94003e0, "10.0.2"); /* ldr x0, [sp] */
    set_sp(&e, USER_MEMORY_AT + 8);
    signal_at(&e.ours, SIGBUS_, HERE, e.before.sp);
    e.qemus.x[0] = 1;
    ck_assert_str_eq(explained(&e), "sp-alignment");
    e.raw = 0xf98003e0; /* prfm pldl1keep, [sp] */
    ck_assert_str_eq(explained(&e), "");
    e.raw = 0xf9400020; /* ldr x0, [x1] */
    ck_assert_str_eq(explained(&e), "");
    e.raw = 0xf94003e0;
    e.ours.x[0] = 1; /* it gave the fault, and loaded */
    ck_assert_str_eq(explained(&e), "");
    e.ours.x[0] = 0;
    e.qemus.x[0] = 0;
    signal_at(&e.qemus, SIGILL_, HERE, 0);
    ck_assert_str_eq(explained(&e), "");
}
END_TEST

START_TEST(branch_target)
{
    struct example e = example(0xd61f0000, "10.0.2"); /* br x0 */
    signal_at(&e.ours, SIGBUS_, 0x50000002, 0x50000002);
    signal_at(&e.qemus, SIGSEGV_, 0x50000002, 0x50000002);
    ck_assert_str_eq(explained(&e), "pc-alignment");
    e.ours.pc = e.qemus.pc = 0x50000004; /* aligned */
    ck_assert_str_eq(explained(&e), "");
    e.ours.pc = e.qemus.pc = USER_SLOTS_AT + 2; /* mapped */
    ck_assert_str_eq(explained(&e), "");
}
END_TEST

START_TEST(ordered_load)
{
    struct example e = example(0xb8bfc020, "7.2.22"); /* ldapr w0, [x1] */
    set_x(&e, 1, USER_MEMORY_AT + 2);
    signal_at(&e.ours, SIGBUS_, HERE, USER_MEMORY_AT + 2);
    ck_assert_str_eq(explained(&e), "ldapr-alignment");
    e.version = "10.0.2";
    ck_assert_str_eq(explained(&e), "");
    e.version = "7.2.22";
    set_x(&e, 1, USER_MEMORY_AT + 4); /* aligned */
    e.ours.address = USER_MEMORY_AT + 4;
    ck_assert_str_eq(explained(&e), "");
    set_x(&e, 1, USER_MEMORY_AT + 2);
    ck_assert_str_eq(explained(&e), ""); /* another address than the one that was accessed */
    e.ours.address = USER_MEMORY_AT + 2;
    e.raw = 0x38bfc020; /* ldaprb w0, [x1]: always aligned */
    ck_assert_str_eq(explained(&e), "");
    e.raw = 0xb85fc020; /* ldur w0, [x1, #-4] */
    ck_assert_str_eq(explained(&e), "");
}
END_TEST

START_TEST(addresses_of_signals)
{
    struct example e = example(0xf9400020, "10.0.2");
    signal_at(&e.ours, SIGSEGV_, HERE, UINT64_C(0x0004000012345678));
    signal_at(&e.qemus, SIGSEGV_, HERE, 0);
    ck_assert_str_eq(explained(&e), "fault-address");
    e.ours.address = 0x12345678; /* one that a host calls canonical */
    ck_assert_str_eq(explained(&e), "");
}
END_TEST

START_TEST(should_be_one)
{
    struct example e = example(0x9b427c20, "10.0.2"); /* smulh x0, x1, x2 */
    e.raw &= ~(1u << 10);
    signal_at(&e.ours, SIGILL_, HERE, 0);
    e.qemus.x[0] = 5;
    ck_assert_str_eq(explained(&e), "should-be-one");
    e.raw |= 1u << 10; /* we don't know SMULH itself? */
    ck_assert_str_eq(explained(&e), "");
    e.raw = 0x08207c00 & ~(1u << 10); /* CASP with Rt2 other than 31: unallocated */
    ck_assert_str_eq(explained(&e), "");
}
END_TEST

START_TEST(fpsr)
{
    struct example e = example(0xd51b4420, "10.0.2"); /* msr fpsr, x0 */
    set_x(&e, 0, 0xa0000001);
    e.ours.fpsr = 1;
    e.qemus.fpsr = 0xa0000001;
    ck_assert_str_eq(explained(&e), "fpsr-nzcv");
    e.ours.fpsr = 0;
    ck_assert_str_eq(explained(&e), "");
    e.ours.fpsr = 0xa0000001;
    e.qemus.fpsr = 1; /* the other way round */
    ck_assert_str_eq(explained(&e), "");
}
END_TEST

START_TEST(cache_maintenance)
{
    struct example e = example(0xd50b7a20, "10.0.2"); /* dc cvac, x0 */
    set_x(&e, 0, 0x12345);
    signal_at(&e.ours, SIGSEGV_, HERE, 0x12345);
    ck_assert_str_eq(explained(&e), "dc-fault");
    e.ours.address = 0x12340; /* not the register's address */
    ck_assert_str_eq(explained(&e), "");
    set_x(&e, 0, USER_MEMORY_AT); /* mapped */
    e.ours.address = USER_MEMORY_AT;
    ck_assert_str_eq(explained(&e), "");
    set_x(&e, 0, 0x12345);
    e.ours.address = 0x12345;
    e.raw = 0xd50b7380; /* cfp rctx, x0: no address at all */
    ck_assert_str_eq(explained(&e), "");
    e.raw = 0xd50b7a00; /* CRm=10, op2=0: by no address */
    ck_assert_str_eq(explained(&e), "");

    e = example(0xd50b7b20, "10.0.2"); /* dc cvau, x0 */
    set_x(&e, 0, 0x12345);
    signal_at(&e.ours, SIGSEGV_, HERE, 0x12345);
    signal_at(&e.qemus, SIGSEGV_, HERE, 0x12340);
    ck_assert_str_eq(explained(&e), "dc-address");
    e.qemus.address = 0x12344;
    ck_assert_str_eq(explained(&e), "");
    e.qemus.address = 0x12345;
    e.ours.address = 0x12340; /* ours is the line */
    ck_assert_str_eq(explained(&e), "");
}
END_TEST

START_TEST(tagged_maintenance)
{
    const uint64_t tagged = UINT64_C(0x7500000000000000) + USER_MEMORY_AT + 0x21;
    struct example e = example(0xd50b7c20, "10.0.2"); /* dc cvap, x0 */
    set_x(&e, 0, tagged);
    signal_at(&e.qemus, SIGSEGV_, HERE, tagged - 1);
    ck_assert_str_eq(explained(&e), "dc-tag");
    e.version = "7.2.22";
    ck_assert_str_eq(explained(&e), "");
    e.version = "10.0.2";
    set_x(&e, 0, 0x12345); /* we should have faulted */
    e.qemus.address = 0x12340;
    ck_assert_str_eq(explained(&e), "");
    e.raw = 0xd50b7a20; /* dc cvac, x0 */
    ck_assert_str_eq(explained(&e), "");
}
END_TEST

START_TEST(zeroing)
{
    struct example e = example(0xd50b7420, "7.2.22"); /* dc zva, x0 */
    set_x(&e, 0, USER_MEMORY_AT + 0x408);
    for (uint64_t at = 0x400; at < 0x600; at += 8) {
        if (at < 0x440)
            store(&e.ours, USER_MEMORY_AT + at, 0);
        store(&e.qemus, USER_MEMORY_AT + at, 0);
    }
    ck_assert_str_eq(explained(&e), "zva-size");
    store(&e.ours, USER_MEMORY_AT + 0x600, 0); /* behind QEMU's block */
    ck_assert_str_eq(explained(&e), "");

    e = example(0xd50b7420, "7.2.22");
    signal_at(&e.ours, SIGSEGV_, HERE, 0);
    signal_at(&e.qemus, SIGSEGV_, HERE - 8, 0);
    ck_assert_str_eq(explained(&e), "zva-pc");
    e.qemus.pc = HERE - 0x100; /* not of this block */
    ck_assert_str_eq(explained(&e), "");
    e.qemus.pc = HERE; /* it's ours that is wrong */
    e.ours.pc = HERE - 8;
    ck_assert_str_eq(explained(&e), "");
}
END_TEST

START_TEST(half_precision)
{
    struct example e = example(0x5f1ffc20, "7.2.22"); /* fcvtzs h0, h1, #1 */
    e.ours.v[0][0] = 0x8000;
    e.qemus.v[0][0] = 0xffff8000;
    e.ours.v[0][1] = e.qemus.v[0][1] = 0;
    ck_assert_str_eq(explained(&e), "half-fixed");
    e.qemus.v[0][0] = 0xffff8001; /* the result itself */
    ck_assert_str_eq(explained(&e), "");
    e.ours.v[0][0] = 0xffff8000;
    e.qemus.v[0][0] = 0x8000;
    ck_assert_str_eq(explained(&e), "");
}
END_TEST

START_TEST(javascript)
{
    struct example e = example(0x1e7e0020, "7.2.22"); /* fjcvtzs w0, d1 */
    e.before.fpcr = e.ours.fpcr = e.qemus.fpcr = BIT(24);
    e.before.v[1][0] = e.ours.v[1][0] = e.qemus.v[1][0] = 1; /* denormal */
    e.qemus.nzcv = BIT(Z);
    ck_assert_str_eq(explained(&e), "fjcvtzs-denormal");
    e.ours.nzcv = BIT(Z);
    e.qemus.nzcv = 0; /* ours has Z */
    ck_assert_str_eq(explained(&e), "");
    e.ours.nzcv = BIT(N); /* ours has another flag */
    e.qemus.nzcv = BIT(Z);
    ck_assert_str_eq(explained(&e), "");
    e.ours.nzcv = 0;
    e.before.fpcr = e.ours.fpcr = e.qemus.fpcr = 0; /* FZ=0 */
    ck_assert_str_eq(explained(&e), "");
}
END_TEST

START_TEST(stores_in_two_parts)
{
    struct example e = example(0xa9000801, "10.0.2"); /* stp x1, x2, [x0] */
    set_x(&e, 0, MEMORY_END - 8);
    signal_at(&e.ours, SIGSEGV_, HERE, MEMORY_END);
    signal_at(&e.qemus, SIGSEGV_, HERE, MEMORY_END);
    store(&e.qemus, MEMORY_END - 8, 1);
    ck_assert_str_eq(explained(&e), "partial-store");
    store(&e.ours, MEMORY_END - 16, 1); /* in front of it */
    ck_assert_str_eq(explained(&e), "");

    e = example(0xa9000801, "10.0.2");
    set_x(&e, 0, MEMORY_END); /* all of it outside: nothing may be written */
    signal_at(&e.ours, SIGSEGV_, HERE, MEMORY_END);
    signal_at(&e.qemus, SIGSEGV_, HERE, MEMORY_END);
    store(&e.qemus, MEMORY_END - 8, 1);
    ck_assert_str_eq(explained(&e), "");

    e = example(0xf9000001, "10.0.2"); /* str x1, [x0]: the bytes from the address on */
    set_x(&e, 0, MEMORY_END - 4);
    signal_at(&e.ours, SIGSEGV_, HERE, MEMORY_END);
    signal_at(&e.qemus, SIGSEGV_, HERE, MEMORY_END);
    uint64_t was = user_changed_to(&e.ours, USER_MEMORY_SIZE - 8);
    store(&e.qemus, MEMORY_END - 8, (uint32_t)was);
    ck_assert_str_eq(explained(&e), "partial-store");
    e.qemus.change[0].value = was ^ 1;
    ck_assert_str_eq(explained(&e), "");
}
END_TEST

START_TEST(loads_in_two_parts)
{
    struct example e = example(0xa9400801, "10.0.2"); /* ldp x1, x2, [x0] */
    set_x(&e, 0, MEMORY_END - 8);
    signal_at(&e.ours, SIGSEGV_, HERE, MEMORY_END);
    signal_at(&e.qemus, SIGSEGV_, HERE, MEMORY_END);
    e.qemus.x[1] = 77;
    ck_assert_str_eq(explained(&e), "partial-load");
    e.ours.x[2] = 77; /* ours loads some of it, too: it never does */
    ck_assert_str_eq(explained(&e), "");
    e.ours.x[2] = e.before.x[2];
    e.qemus.x[3] = 77; /* no register of the load */
    ck_assert_str_eq(explained(&e), "");
    e.qemus.x[3] = e.before.x[3];
    set_x(&e, 0, MEMORY_END); /* all of it outside */
    ck_assert_str_eq(explained(&e), "");
    set_x(&e, 0, MEMORY_END - 16); /* nothing of it outside */
    ck_assert_str_eq(explained(&e), "");
}
END_TEST

START_TEST(undefined_here_only)
{
    struct example e = example(0xd5330100, "10.0.2"); /* mrs x0, mdccsr_el0 */
    signal_at(&e.ours, SIGILL_, HERE, 0);
    ck_assert_str_eq(explained(&e), "mdccsr");
    e.raw = 0xd5330500; /* mrs x0, dbgdtrrx_el0 */
    ck_assert_str_eq(explained(&e), "");
    e.raw = 0x6f07ffe0; /* fmov v0.2d, #-1.0 with o2=1 */
    e.version = "7.2.22";
    ck_assert_str_eq(explained(&e), "fmov-o2");
    e.raw = 0x6f07f7e0; /* o2=0: allocated */
    ck_assert_str_eq(explained(&e), "");
}
END_TEST

START_TEST(deaths)
{
    struct example e = example(0xd71f0801, "10.0.2"); /* braa x0, x1 */
    e.died = true;
    ck_assert_str_eq(explained(&e), "bra-dies");
    e.raw = 0xd61f0000; /* br x0 */
    ck_assert_str_eq(explained(&e), "");
    e.raw = 0xd71f0801;
    e.died = false;
    e.qemus.x[0] = 1;
    ck_assert_str_eq(explained(&e), "");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("known differences of fuzz user");
    TCase *c = tcase_create("known_user");
    tcase_add_test(c, stack_pointer);
    tcase_add_test(c, branch_target);
    tcase_add_test(c, ordered_load);
    tcase_add_test(c, addresses_of_signals);
    tcase_add_test(c, should_be_one);
    tcase_add_test(c, fpsr);
    tcase_add_test(c, cache_maintenance);
    tcase_add_test(c, tagged_maintenance);
    tcase_add_test(c, zeroing);
    tcase_add_test(c, half_precision);
    tcase_add_test(c, javascript);
    tcase_add_test(c, stores_in_two_parts);
    tcase_add_test(c, loads_in_two_parts);
    tcase_add_test(c, undefined_here_only);
    tcase_add_test(c, deaths);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return suite_run(suite());
}
