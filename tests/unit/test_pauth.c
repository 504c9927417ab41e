/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Pointer authentication where the instruction vectors don't go: the cipher's published test vector, the
 * first version of the feature (no FEAT_PAuth2), tagged pointers, disabled keys, traps, and the hint forms
 * without the feature. Arm ARM D8.10.
 */
#include <check.h>
#include <stdlib.h>

#include "cpu/pauth.h"
#include "cpu/sem.h"
#include "tests/arch/fixture.h"
#include "tests/unit/run.h"

#define PC0 UINT64_C(0x40000000)
#define KEY_HI UINT64_C(0x84be85ce9804e94b)
#define KEY_LO UINT64_C(0xec2802d4e0a488e9)
#define TCR_TBI0 BIT(37)
#define TCR_TBID0 BIT(51)

/* EL1 with 39-bit halves, all keys enabled, no traps. */
static struct cpu *machine(struct fixture *x, const char *option)
{
    fixture_init(x, option, true, true);
    fixture_reset(x, 1, PC0);
    uint64_t *sr = x->cpu->sr;
    sr[SR_SCTLR_EL1] |= SCTLR_ENIA | SCTLR_ENIB | SCTLR_ENDA | SCTLR_ENDB;
    sr[SR_TCR_EL1] = 25 << 16 | 25;
    sr[SR_HCR_EL2] = HCR_RW | HCR_API | HCR_APK;
    sr[SR_SCR_EL3] = SCR_NS | SCR_RW | SCR_API | SCR_APK;
    sr[SR_APIAKeyHi_EL1] = sr[SR_APDAKeyHi_EL1] = KEY_HI;
    sr[SR_APIAKeyLo_EL1] = sr[SR_APDAKeyLo_EL1] = KEY_LO;
    sr[SR_APIBKeyHi_EL1] = KEY_LO;
    sr[SR_VBAR_EL1] = sr[SR_VBAR_EL2] = sr[SR_VBAR_EL3] = PC0 + 0x10000;
    fixture_changed(x);
    return x->cpu;
}

static void step(struct fixture *x, uint32_t insn)
{
    x->cpu->pc = PC0;
    fixture_put_insn(x, PC0, insn);
    fixture_step(x);
}

/* R. Avanzi, "The QARMA Block Cipher Family", 64 bits, S-box sigma 2, r = 5. */
START_TEST(qarma5_published_vector)
{
    ck_assert_uint_eq(
        pauth_qarma5(UINT64_C(0xfb623599da6e8127), UINT64_C(0x477d469dec0b8762), KEY_HI, KEY_LO),
        UINT64_C(0xc003b93999b33765));
}
END_TEST

/* PACIA X0, X1 puts the code into bits 63:56 and 54:39; AUTIA takes it out again. */
static const uint64_t pointers[] = {0,
                                    0x4000000000,
                                    UINT64_C(0x7fffffffff),
                                    UINT64_C(0xffffff8000000000),
                                    UINT64_C(0xffffffc012345678),
                                    UINT64_MAX};

static void round_trips(const char *option)
{
    struct fixture x;
    struct cpu *c = machine(&x, option);
    for (unsigned k = 0; k < ARRAY_LEN(pointers); k++) {
        c->x[0] = pointers[k];
        c->x[1] = 77 + k;
        step(&x, 0xdac10020); /* PACIA X0, X1 */
        uint64_t signed_pointer = c->x[0];
        ck_assert_uint_eq(signed_pointer & MASK(38, 0), pointers[k] & MASK(38, 0));
        ck_assert_uint_eq(bit(signed_pointer, 55), bit(pointers[k], 55));
        step(&x, 0xdac11020); /* AUTIA X0, X1 */
        ck_assert_uint_eq(c->x[0], pointers[k]);
        ck_assert_uint_eq(c->pc, PC0 + 4);
        c->x[0] = signed_pointer;
        step(&x, 0xdac143e0); /* XPACI X0 */
        ck_assert_uint_eq(c->x[0], pointers[k]);
    }
    fixture_destroy(&x);
}

START_TEST(what_is_signed_authenticates)
{
    round_trips("max");
    round_trips("max,PACIMP=on");
    round_trips("max,FPAC=off");
    round_trips("max,PAuth2=off");
}
END_TEST

/* Without FEAT_PAuth2 the code replaces the bits; with it, it is added by exclusive OR. */
START_TEST(code_is_where_it_belongs)
{
    struct fixture x;
    struct cpu *c = machine(&x, "max,PAuth2=off");
    const uint64_t p = UINT64_C(0xffffffc012345678);
    const uint64_t field = MASK(63, 56) | MASK(54, 39);
    uint64_t pac = pauth_qarma5(p, 5, KEY_HI, KEY_LO);
    c->x[0] = p;
    c->x[1] = 5;
    step(&x, 0xdac10020);
    ck_assert_uint_eq(c->x[0], (p & ~field) | (pac & field));
    fixture_destroy(&x);
    c = machine(&x, "max");
    c->x[0] = p;
    c->x[1] = 5;
    step(&x, 0xdac10020);
    ck_assert_uint_eq(c->x[0], p ^ (pac & field));
    fixture_destroy(&x);
}
END_TEST

/* A wrong code without FEAT_PAuth2: an error code in bits 62:61, key A 01, key B 10. With FEAT_FPAC: an
 * exception. */
START_TEST(wrong_code)
{
    struct fixture x;
    struct cpu *c = machine(&x, "max,PAuth2=off");
    c->x[0] = UINT64_C(0x1234005678);
    step(&x, 0xdac11020); /* AUTIA X0, X1 */
    ck_assert_uint_eq(c->x[0], UINT64_C(0x1234005678) | UINT64_C(1) << 61);
    c->x[0] = UINT64_C(0x1234005678);
    step(&x, 0xdac11420); /* AUTIB X0, X1 */
    ck_assert_uint_eq(c->x[0], UINT64_C(0x1234005678) | UINT64_C(2) << 61);
    fixture_destroy(&x);
    c = machine(&x, "max");
    c->x[0] = UINT64_C(0x1234005678);
    step(&x, 0xdac11c20); /* AUTDB X0, X1 */
    ck_assert_uint_eq(bits(c->sr[SR_ESR_EL1], 31, 26), EC_PAC_FAIL);
    ck_assert_uint_eq(bits(c->sr[SR_ESR_EL1], 24, 0), 3); /* data, key B */
    ck_assert_uint_eq(c->sr[SR_ELR_EL1], PC0);
    ck_assert_uint_eq(c->x[0], UINT64_C(0x1234005678));
    fixture_destroy(&x);
}
END_TEST

/* A non-canonical pointer must not become a good one: without FEAT_PAuth2 the top bit of the code but one is
 * flipped, with FEAT_EPAC there is no code. */
START_TEST(non_canonical_pointers)
{
    struct fixture x;
    struct cpu *c = machine(&x, "max,PAuth2=off");
    const uint64_t good = 0x1234, bad = good | BIT(45), field = MASK(63, 56) | MASK(54, 39);
    uint64_t pac = pauth_qarma5(good, 0, KEY_HI, KEY_LO);
    c->x[0] = bad;
    step(&x, 0xdac123e0); /* PACIZA X0 */
    ck_assert_uint_eq(c->x[0], good | ((pac ^ BIT(62)) & field));
    feature_set(&x.feat, FEAT_EPAC, true);
    c->x[0] = bad;
    step(&x, 0xdac123e0);
    ck_assert_uint_eq(c->x[0], good);
    fixture_destroy(&x);
}
END_TEST

/* With TBI the tag stays and is not part of the code; TBID takes instruction pointers out of that. */
START_TEST(tagged_pointers)
{
    struct fixture x;
    struct cpu *c = machine(&x, "max");
    const uint64_t p = UINT64_C(0xab00000012345678);
    c->sr[SR_TCR_EL1] |= TCR_TBI0;
    fixture_changed(&x);
    for (unsigned data = 0; data < 2; data++) {
        c->x[0] = p;
        step(&x, data ? 0xdac10820 : 0xdac10020); /* PACDA, PACIA */
        ck_assert_uint_eq(c->x[0] >> 56, 0xab);
        ck_assert_uint_eq(c->x[0], p ^ (pauth_qarma5(p, c->x[1], KEY_HI, KEY_LO) & MASK(54, 39)));
    }
    c->sr[SR_TCR_EL1] |= TCR_TBID0;
    fixture_changed(&x);
    c->x[0] = p;
    step(&x, 0xdac147e0); /* XPACD: data pointers still have tags */
    ck_assert_uint_eq(c->x[0], p);
    step(&x, 0xdac143e0); /* XPACI */
    ck_assert_uint_eq(c->x[0], p & MASK(55, 0));
    fixture_destroy(&x);
}
END_TEST

START_TEST(disabled_keys_do_nothing)
{
    struct fixture x;
    struct cpu *c = machine(&x, "max");
    c->sr[SR_SCTLR_EL1] &= ~SCTLR_ENIA;
    c->sr[SR_HCR_EL2] &= ~HCR_API; /* a disabled key isn't trapped, either */
    fixture_changed(&x);
    c->x[0] = 0x1234;
    step(&x, 0xdac10020);
    ck_assert_uint_eq(c->x[0], 0x1234);
    step(&x, 0xdac11020);
    ck_assert_uint_eq(c->x[0], 0x1234);
    ck_assert_uint_eq(c->pc, PC0 + 4);
    fixture_destroy(&x);
}
END_TEST

START_TEST(use_of_keys_is_trapped)
{
    struct fixture x;
    struct cpu *c = machine(&x, "max");
    c->sr[SR_HCR_EL2] &= ~HCR_API;
    fixture_changed(&x);
    step(&x, 0xdac10020); /* PACIA */
    ck_assert_uint_eq(c->el, 2);
    ck_assert_uint_eq(c->sr[SR_ESR_EL2] >> 26, EC_PAUTH_TRAP);
    fixture_destroy(&x);
    c = machine(&x, "max");
    c->sr[SR_SCR_EL3] &= ~SCR_API;
    fixture_changed(&x);
    step(&x, 0x9ac13000); /* PACGA X0, X0, X1 */
    ck_assert_uint_eq(c->el, 3);
    ck_assert_uint_eq(c->sr[SR_ESR_EL3] >> 26, EC_PAUTH_TRAP);
    fixture_destroy(&x);
}
END_TEST

START_TEST(hints_without_the_feature)
{
    static const uint32_t hints[] = {0xd503233f, 0xd50323bf, 0xd503211f, 0xd503219f, 0xd50320ff, 0xd503231f};
    struct fixture x;
    struct cpu *c = machine(&x, "neoverse-n1");
    for (unsigned k = 0; k < ARRAY_LEN(hints); k++) {
        c->x[30] = UINT64_C(0xab12345678901234);
        c->x[17] = UINT64_C(0xab12345678905555);
        step(&x, hints[k]);
        ck_assert_uint_eq(c->x[30], UINT64_C(0xab12345678901234));
        ck_assert_uint_eq(c->x[17], UINT64_C(0xab12345678905555));
        ck_assert_uint_eq(c->pc, PC0 + 4);
    }
    fixture_destroy(&x);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("pauth");
    TCase *tc = tcase_create("pauth");
    tcase_add_test(tc, qarma5_published_vector);
    tcase_add_test(tc, what_is_signed_authenticates);
    tcase_add_test(tc, code_is_where_it_belongs);
    tcase_add_test(tc, wrong_code);
    tcase_add_test(tc, non_canonical_pointers);
    tcase_add_test(tc, tagged_pointers);
    tcase_add_test(tc, disabled_keys_do_nothing);
    tcase_add_test(tc, use_of_keys_is_trapped);
    tcase_add_test(tc, hints_without_the_feature);
    suite_add_tcase(s, tc);
    return suite_run(s);
}
