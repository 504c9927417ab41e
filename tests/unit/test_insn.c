/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Base instructions that the vectors leave out: exclusive stores, LDRAA and LDRAB, BTYPE, SP alignment,
 * registers that are SP or XZR by role, and system registers with bodies of their own. Expectations from Arm
 * ARM C6.2.
 */
#include <check.h>
#include <stdlib.h>

#include "cpu/pauth.h"
#include "cpu/sem.h"
#include "tests/arch/fixture.h"
#include "tests/unit/run.h"

#define PC0 UINT64_C(0x40000000)
#define DATA UINT64_C(0x40001000)
#define VBAR UINT64_C(0x40010000)

static struct cpu *machine(struct fixture *x)
{
    fixture_init(x, "max", true, true);
    fixture_reset(x, 1, PC0);
    uint64_t *sr = x->cpu->sr;
    sr[SR_SCTLR_EL1] |= SCTLR_ENDA | SCTLR_ENDB;
    sr[SR_TCR_EL1] = 25 << 16 | 25;
    sr[SR_HCR_EL2] = HCR_RW | HCR_API | HCR_APK;
    sr[SR_SCR_EL3] = SCR_NS | SCR_RW | SCR_API | SCR_APK;
    sr[SR_VBAR_EL1] = VBAR;
    fixture_changed(x);
    return x->cpu;
}

static void step(struct fixture *x, uint32_t insn)
{
    x->cpu->pc = PC0;
    fixture_put_insn(x, PC0, insn);
    fixture_step(x);
}

static uint64_t get64(struct fixture *x, uint64_t pa)
{
    uint64_t v = 0;
    ck_assert(bus_dma_read(x->bus, pa, &v, sizeof(v)));
    return v;
}

START_TEST(exclusive_pair_of_instructions)
{
    struct fixture x;
    struct cpu *c = machine(&x);
    fixture_put64(&x, DATA, 0x1122334455667788);
    c->x[1] = DATA;
    c->x[3] = 42;
    step(&x, 0xc85f7c20); /* LDXR X0, [X1] */
    ck_assert_uint_eq(c->x[0], 0x1122334455667788);
    step(&x, 0xc8027c23); /* STXR W2, X3, [X1] */
    ck_assert_uint_eq(c->x[2], 0);
    ck_assert_uint_eq(get64(&x, DATA), 42);
    c->x[3] = 43;
    step(&x, 0xc8027c23); /* the monitor is open again */
    ck_assert_uint_eq(c->x[2], 1);
    ck_assert_uint_eq(get64(&x, DATA), 42);
    step(&x, 0xc85ffc20); /* LDAXR X0, [X1] */
    step(&x, 0xd5033f5f); /* CLREX */
    step(&x, 0xc802fc23); /* STLXR W2, X3, [X1] */
    ck_assert_uint_eq(c->x[2], 1);
    fixture_destroy(&x);
}
END_TEST

START_TEST(exclusive_sizes)
{
    static const struct {
        uint32_t load, store;
        uint64_t loaded, stored;
    } rows[] = {
        {0x085f7c20, 0x08027c23, 0x88, UINT64_C(0x11223344556677aa)}, /* LDXRB W0, [X1]; STXRB W2, W3, [X1] */
        {0x485f7c20, 0x48027c23, 0x7788, UINT64_C(0x11223344556699aa)},
        {0x885f7c20, 0x88027c23, 0x55667788, UINT64_C(0x11223344778899aa)},
    };
    struct fixture x;
    struct cpu *c = machine(&x);
    c->x[1] = DATA;
    c->x[3] = UINT64_C(0x33445566778899aa);
    for (unsigned k = 0; k < ARRAY_LEN(rows); k++) {
        fixture_put64(&x, DATA, 0x1122334455667788);
        step(&x, rows[k].load);
        ck_assert_uint_eq(c->x[0], rows[k].loaded);
        step(&x, rows[k].store);
        ck_assert_uint_eq(c->x[2], 0);
        ck_assert_uint_eq(get64(&x, DATA), rows[k].stored);
    }
    fixture_destroy(&x);
}
END_TEST

START_TEST(exclusive_register_pairs)
{
    struct fixture x;
    struct cpu *c = machine(&x);
    fixture_put64(&x, DATA, 0x1122334455667788);
    fixture_put64(&x, DATA + 8, 0x99);
    c->x[1] = DATA;
    c->x[4] = 0xaaaa;
    c->x[5] = 0xbbbb;
    step(&x, 0xc87f0c20); /* LDXP X0, X3, [X1] */
    ck_assert_uint_eq(c->x[0], 0x1122334455667788);
    ck_assert_uint_eq(c->x[3], 0x99);
    step(&x, 0xc8221424); /* STXP W2, X4, X5, [X1] */
    ck_assert_uint_eq(c->x[2], 0);
    ck_assert_uint_eq(get64(&x, DATA), 0xaaaa);
    ck_assert_uint_eq(get64(&x, DATA + 8), 0xbbbb);
    step(&x, 0x887f0c20); /* LDXP W0, W3, [X1] */
    ck_assert_uint_eq(c->x[0], 0xaaaa);
    ck_assert_uint_eq(c->x[3], 0);
    step(&x, 0x88221424); /* STXP W2, W4, W5, [X1] */
    ck_assert_uint_eq(c->x[2], 0);
    ck_assert_uint_eq(get64(&x, DATA), UINT64_C(0x0000bbbb0000aaaa));
    fixture_destroy(&x);
}
END_TEST

START_TEST(authenticated_loads)
{
    struct fixture x;
    struct cpu *c = machine(&x);
    uint64_t signed_base;
    fixture_put64(&x, DATA + 8, 0x1234);
    fixture_put64(&x, DATA - 8, 0x5678);
    ck_assert(pauth_sign(c, NULL, PAUTH_DA, DATA, 0, &signed_base));
    ck_assert_uint_ne(signed_base, DATA);
    c->x[1] = signed_base;
    step(&x, 0xf8201420); /* LDRAA X0, [X1, #8] */
    ck_assert_uint_eq(c->x[0], 0x1234);
    ck_assert_uint_eq(c->x[1], signed_base);
    step(&x, 0xf87ffc20); /* LDRAA X0, [X1, #-8]! */
    ck_assert_uint_eq(c->x[0], 0x5678);
    ck_assert_uint_eq(c->x[1], DATA - 8);
    c->x[1] = signed_base;
    c->sr[SR_APDBKeyLo_EL1] = 1;
    step(&x, 0xf8a01420); /* LDRAB: the other key */
    ck_assert_uint_ne(c->x[1], DATA);
    ck_assert_uint_eq(c->pc, VBAR + 0x200);
    fixture_destroy(&x);
}
END_TEST

/* PSTATE.BTYPE after a branch shows in the SPSR of the next exception. Pages without GP give BR's type 01. */
START_TEST(btype_of_indirect_branches)
{
    static const struct {
        uint32_t insn;
        unsigned btype;
    } rows[] = {
        {0xd61f0020, 1}, {0xd61f0200, 1}, {0xd63f0020, 2}, {0xd65f0020, 0}}; /* BR X1, X16; BLR X1; RET X1 */
    struct fixture x;
    struct cpu *c = machine(&x);
    for (unsigned k = 0; k < ARRAY_LEN(rows); k++) {
        c->x[1] = c->x[16] = PC0 + 0x100;
        step(&x, rows[k].insn);
        ck_assert_uint_eq(c->pc, PC0 + 0x100);
        ck_assert_uint_eq(cpu_btype(c, c->pc), rows[k].btype);
    }
    ck_assert_uint_eq(c->x[30], PC0 + 4);
    fixture_destroy(&x);
}
END_TEST

/* Each form of addressing with SP as base: a misaligned SP is an exception where SCTLR_EL1.SA=1, and none
 * where it is 0. */
START_TEST(sp_alignment)
{
    static const uint32_t insns[] = {
        0xf94003e0, /* LDR X0, [SP] */
        0xf90007e0, /* STR X0, [SP, #8] */
        0x385f83e0, /* LDURB W0, [SP, #-8] */
        0xf84087e0, /* LDR X0, [SP], #8 */
        0xf81f8fe0, /* STR X0, [SP, #-8]! */
        0xb89fcfe0, /* LDRSW X0, [SP, #-4]! */
        0xf8626be0, /* LDR X0, [SP, X2] */
        0xa9bf07e0, /* STP X0, X1, [SP, #-16]! */
        0xa8c107e0, /* LDP X0, X1, [SP], #16 */
        0xa94007e0, /* LDP X0, X1, [SP] */
        0x2d4007e0, /* LDP S0, S1, [SP] */
        0xc8dfffe0, /* LDAR X0, [SP] */
        0xc85f7fe0, /* LDXR X0, [SP] */
        0xf8e003e2, /* LDADDAL X0, X2, [SP] */
        0x3dc003e0, /* LDR Q0, [SP] */
        0x4c407be0, /* LD1 {V0.4S}, [SP] */
    };
    struct fixture x;
    struct cpu *c = machine(&x);
    c->sr[SR_CPACR_EL1] = CPACR_FPEN;
    for (unsigned k = 0; k < ARRAY_LEN(insns); k++) {
        for (unsigned sa = 0; sa < 2; sa++) {
            c->sr[SR_SCTLR_EL1] = sa ? c->sr[SR_SCTLR_EL1] | SCTLR_SA : c->sr[SR_SCTLR_EL1] & ~SCTLR_SA;
            fixture_changed(&x);
            c->x[2] = 0;
            c->x[REG_SP] = DATA + 8;
            c->sr[SR_ESR_EL1] = 0;
            step(&x, insns[k]);
            unsigned ec = (unsigned)bits(c->sr[SR_ESR_EL1], 31, 26);
            if (sa)
                ck_assert_msg(ec == EC_SP_ALIGN && c->sr[SR_ELR_EL1] == PC0, "%08x: EC %x", insns[k], ec);
            else
                ck_assert_msg(ec != EC_SP_ALIGN, "%08x: EC %x", insns[k], ec);
        }
    }
    fixture_destroy(&x);
}
END_TEST

/* Register 31 as SP and as XZR, in every role. */
START_TEST(register_31)
{
    struct fixture x;
    struct cpu *c = machine(&x);
    c->x[REG_SP] = 0x1000;
    c->x[0] = 5;
    step(&x, 0x910043ff); /* ADD SP, SP, #16 */
    ck_assert_uint_eq(c->x[REG_SP], 0x1010);
    step(&x, 0xf10043ff); /* CMP SP, #16: the result is dropped */
    ck_assert_uint_eq(c->x[REG_SP], 0x1010);
    ck_assert_uint_eq(get_nzcv(c), 2);
    step(&x, 0x8b1f03e0); /* ADD X0, XZR, XZR */
    ck_assert_uint_eq(c->x[0], 0);
    step(&x, 0x8b2063e1); /* ADD X1, SP, X0 */
    ck_assert_uint_eq(c->x[1], 0x1010);
    step(&x, 0xb24003ff); /* ORR SP, XZR, #1 */
    ck_assert_uint_eq(c->x[REG_SP], 1);
    step(&x, 0x8b00001f); /* ADD XZR, X0, X0 */
    step(&x, 0xd360fc1f); /* LSR XZR, X0, #32 */
    ck_assert_uint_eq(c->x[REG_ZR], 0);
    ck_assert_uint_eq(c->x[REG_SP], 1);
    c->x[1] = DATA;
    fixture_put64(&x, DATA, 7);
    step(&x, 0xf940003f); /* LDR XZR, [X1] */
    ck_assert_uint_eq(c->x[REG_ZR], 0);
    step(&x, 0xf900003f); /* STR XZR, [X1] */
    ck_assert_uint_eq(get64(&x, DATA), 0);
    fixture_destroy(&x);
}
END_TEST

/* Where the low bits of the address look like an empty host TLB entry's tag. */
START_TEST(misaligned_ordered_access_near_zero)
{
    static const uint32_t insns[] = {0xc89ffc20, 0xc8dffc20, 0xf8200020,
                                     0xc8a07c20}; /* STLR, LDAR, LDADD, CAS */
    struct fixture x;
    struct cpu *c = machine(&x);
    for (unsigned k = 0; k < ARRAY_LEN(insns); k++) {
        for (c->x[1] = 0; c->x[1] < 16; c->x[1]++) {
            c->sr[SR_ESR_EL1] = 0;
            step(&x, insns[k]);
            ck_assert_uint_eq(bits(c->sr[SR_ESR_EL1], 31, 26), EC_DATA_ABORT_SAME);
        }
    }
    fixture_destroy(&x);
}
END_TEST

START_TEST(fast_system_registers)
{
    struct fixture x;
    struct cpu *c = machine(&x);
    c->sp_el[0] = 0x1234;
    c->daif = 0xb;
    set_nzcv(c, 9);
    step(&x, 0xd5384100); /* MRS X0, SP_EL0 */
    ck_assert_uint_eq(c->x[0], 0x1234);
    step(&x, 0xd53b4221); /* MRS X1, DAIF */
    ck_assert_uint_eq(c->x[1], 0x2c0);
    step(&x, 0xd53b4202); /* MRS X2, NZCV */
    ck_assert_uint_eq(c->x[2], 0x90000000);
    c->sr[SR_TPIDR_EL1] = 0x77;
    for (unsigned k = 0; k < 2; k++) { /* the verdict asked for, and remembered */
        c->x[3] = 0;
        step(&x, 0xd538d083); /* MRS X3, TPIDR_EL1 */
        ck_assert_uint_eq(c->x[3], 0x77);
        ck_assert_uint_eq(c->pc, PC0 + 4);
    }
    step(&x, 0xd50040bf); /* MSR SPSel, #0 */
    step(&x, 0xd5384100); /* MRS X0, SP_EL0: UNDEFINED now */
    ck_assert_uint_eq(c->pc, VBAR + 0x0);
    ck_assert_uint_eq(bits(c->sr[SR_ESR_EL1], 31, 26), EC_UNKNOWN);
    fixture_destroy(&x);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("insn");
    TCase *tc = tcase_create("insn");
    tcase_add_test(tc, exclusive_pair_of_instructions);
    tcase_add_test(tc, exclusive_sizes);
    tcase_add_test(tc, exclusive_register_pairs);
    tcase_add_test(tc, authenticated_loads);
    tcase_add_test(tc, btype_of_indirect_branches);
    tcase_add_test(tc, sp_alignment);
    tcase_add_test(tc, register_31);
    tcase_add_test(tc, misaligned_ordered_access_near_zero);
    tcase_add_test(tc, fast_system_registers);
    suite_add_tcase(s, tc);
    return suite_run(s);
}
