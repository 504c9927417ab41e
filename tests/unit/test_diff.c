/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the comparison with QEMU goes by: the table of permitted differences with --ignore, addresses of loads
 * and stores (encodings from an assembler, addresses by hand), and which differences of two states are seen.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "diff/lockstep.h"
#include "diff/operand.h"
#include "diff/permitted.h"
#include "tests/unit/run.h"

/* ---- operand.h ---- */

START_TEST(addresses_of_loads_and_stores)
{
    static const struct {
        uint32_t raw;
        uint64_t va;
        bool write;
    } rows[] = {
        {0xf9400841, 0x20010, false}, /* ldr x1, [x2, #16] */
        {0xb8004441, 0x20000, true},  /* str w1, [x2], #4 */
        {0xf85f8c41, 0x1fff8, false}, /* ldr x1, [x2, #-8]! */
        {0x385fd041, 0x1fffd, false}, /* ldurb w1, [x2, #-3] */
        {0xa97f0c41, 0x1fff0, false}, /* ldp x1, x3, [x2, #-16] */
        {0xad0107e0, 0x90020, true},  /* stp q0, q1, [sp, #32] */
        {0x28c10c41, 0x20000, false}, /* ldp w1, w3, [x2], #8 */
        {0xf863d841, 0x1fff8, false}, /* ldr x1, [x2, w3, sxtw #3] */
        {0x3ce57841, 0x20030, false}, /* ldr q1, [x2, x5, lsl #4] */
        {0xb8405841, 0x20005, false}, /* ldtr w1, [x2, #5] */
        {0x58000041, 0x10008, false}, /* ldr x1, .+8 */
        {0xc85f7c41, 0x20000, false}, /* ldxr x1, [x2] */
        {0x889fffe1, 0x90000, true},  /* stlr w1, [sp] */
        {0xf8210043, 0x20000, true},  /* ldadd x1, x3, [x2] */
        {0x4c407040, 0x20000, false}, /* ld1 {v0.16b}, [x2] */
        {0xd91ff041, 0x1ffff, true},  /* stlur x1, [x2, #-1] */
        {0xb9800441, 0x20004, false}, /* ldrsw x1, [x2, #4] */
        {0x3d000441, 0x20001, true},  /* str b1, [x2, #1] */
        {0xd9fffc41, 0x1fff0, true},  /* stz2g x1, [x2, #-16]! */
        {0xd9201441, 0x20000, true},  /* stg x1, [x2], #16 */
    };
    const uint64_t x[31] = {[2] = 0x20000, [3] = 0xffffffff /* -1 as a word */, [5] = 3};
    const struct operand_state r = {x, .pc = 0x10000, .sp = 0x90000};
    struct operand o;
    for (size_t n = 0; n < ARRAY_LEN(rows); n++) {
        ck_assert_msg(operand_of(rows[n].raw, &r, &o), "%08x", rows[n].raw);
        ck_assert_msg(o.va == rows[n].va && o.write == rows[n].write, "%08x: %llx", rows[n].raw,
                      (unsigned long long)o.va);
    }
    ck_assert(!operand_of(0x8b030041, &r, &o)); /* add x1, x2, x3 */
    ck_assert(!operand_of(0xd8000040, &r, &o)); /* prfm pldl1keep, .+8 */
    ck_assert(operand_of(0xb8405841, &r, &o) && o.unprivileged);
}
END_TEST

/* ---- permitted.h ---- */

START_TEST(rows_fit_names_addresses_and_bits)
{
    struct permitted p;
    permitted_init(&p);
    ck_assert_str_eq(permitted_register(&p, "CNTVCT_EL0", UINT64_MAX)->id, "counter");
    ck_assert_str_eq(permitted_register(&p, "ID_AA64MMFR4_EL1", 1)->id, "id"); /* a pattern */
    ck_assert_str_eq(permitted_register(&p, "CNTV_CTL_EL0", 4)->id, "istatus");
    ck_assert_ptr_null(permitted_register(&p, "CNTV_CTL_EL0", 5)); /* ENABLE, too */
    ck_assert_ptr_null(permitted_register(&p, "SCTLR_EL1", 1));
    ck_assert_ptr_null(permitted_register(&p, "CNTVCT_EL", 1));
    ck_assert_str_eq(permitted_device(&p, 0x08000008, 0xff)->id, "gicd-id"); /* GICD_IIDR */
    ck_assert_ptr_null(permitted_device(&p, 0x08000000, 1));                 /* GICD_CTLR */
    ck_assert_ptr_null(permitted_device(&p, 0x0800000c + 4, 1));
    ck_assert_str_eq(permitted_insn(&p, "SMC")->id, "firmware");
    ck_assert_ptr_null(permitted_insn(&p, "ADD_imm"));
    permitted_free(&p);
}
END_TEST

START_TEST(reserved_bits_are_those_of_absent_features)
{
    struct features f = {.has_el2 = true};
    ck_assert_ptr_null(features_parse(&f, "max"));
    const uint64_t ever = 0x1a0 | 0x400800;                               /* CP15BEN, ITD, SED; EIS, EOS */
    ck_assert_uint_eq(permitted_reserved(&f, false, "SCTLR_EL12"), ever); /* EPAN, TSCXT are there */
    ck_assert_uint_eq(permitted_reserved(&f, true, "SCTLR_EL2"), ever);
    /* RES1 in SCTLR_EL2 with E2H=0: bits 29, 28, 23, 22, 18, 16, 11, 5, 4 */
    ck_assert_uint_eq(permitted_reserved(&f, false, "SCTLR_EL2"), ever | 0x30c50830);
    ck_assert_uint_eq(permitted_reserved(&f, false, "TCR_EL1"), UINT64_C(3) << 53);
    ck_assert_uint_eq(permitted_reserved(&f, false, "HCR_EL2"), 0);
    ck_assert_ptr_null(features_parse(&f, "neoverse-n1"));
    ck_assert_uint_eq(permitted_reserved(&f, true, "SCTLR_EL1"),
                      ever | UINT64_C(1) << 57 | UINT64_C(1) << 20);
    ck_assert_uint_eq(permitted_reserved(&f, true, "TCR_EL1"), UINT64_C(0x1ff) << 51);
}
END_TEST

START_TEST(ignored_names_come_first)
{
    struct permitted p;
    char error[200];
    permitted_init(&p);
    ck_assert(permitted_ignore(&p, "SCTLR_EL1,mmio:0x9000018+4,insn:ADD*", error, sizeof(error)));
    ck_assert_int_eq(permitted_register(&p, "sctlr_el1", UINT64_MAX)->class, PERMIT_USER);
    ck_assert_int_eq(permitted_device(&p, 0x900001b, 1)->class, PERMIT_USER);
    ck_assert_ptr_null(permitted_device(&p, 0x900001c, 1));
    ck_assert_int_eq(permitted_insn(&p, "ADD_imm")->class, PERMIT_USER);
    static const char *const bad[] = {
        "", ",", "NO_SUCH_EL1", "mmio:", "mmio:x+4", "mmio:0x10+0", "SCTLR_EL1,,"};
    for (size_t n = 0; n < ARRAY_LEN(bad); n++)
        ck_assert_msg(!permitted_ignore(&p, bad[n], error, sizeof(error)), "'%s'", bad[n]);
    permitted_free(&p);
}
END_TEST

START_TEST(names_are_listed_once)
{
    struct permitted p;
    permitted_init(&p);
    struct permit *row = permitted_row(&p, "id");
    permit_use(row, "MVFR0_EL1");
    permit_use(row, "ID_AA64PFR0_EL1");
    permit_use(row, "MVFR0_EL1");
    permit_use(row, NULL);
    ck_assert_str_eq(row->names, "MVFR0_EL1, ID_AA64PFR0_EL1");
    ck_assert_uint_eq(row->fed, 4);
    permitted_restart(&p);
    ck_assert_uint_eq(row->fed, 0);
    ck_assert_str_eq(row->names, "");
    permitted_free(&p);
}
END_TEST

/* ---- lockstep.h ---- */

START_TEST(each_part_of_a_state_is_compared)
{
    struct qemulog_record a = {.has_core = true, .has_fp = true}, b = a;
    struct lockstep_difference d;
    ck_assert(!lockstep_compare(&a, &b, &d));
    b.x[0] = 1;
    b.x[30] = 1;
    ck_assert(lockstep_compare(&a, &b, &d) && d.x == (1u | 1u << 30) && !d.sp && !d.pc && d.v == 0);
    b = a;
    b.v[31][1] = 1;
    ck_assert(lockstep_compare(&a, &b, &d) && d.v == 1u << 31 && d.x == 0);
    b.has_fp = false; /* not logged */
    ck_assert(!lockstep_compare(&a, &b, &d));
    b = a;
    b.fpsr = 1;
    ck_assert(lockstep_compare(&a, &b, &d) && d.fpsr && !d.fpcr);
    b = a;
    b.sp = 1;
    ck_assert(lockstep_compare(&a, &b, &d) && d.sp);
    b = a;
    b.pstate = 1;
    ck_assert(lockstep_compare(&a, &b, &d) && d.pstate);
    b.has_core = false; /* PCs only: PC and EL */
    ck_assert(!lockstep_compare(&a, &b, &d));
    b.pc = 4;
    ck_assert(lockstep_compare(&a, &b, &d) && d.pc);
    b.pc = 0;
    b.el = 1;
    ck_assert(lockstep_compare(&a, &b, &d) && d.el);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("diff");
    TCase *t = tcase_create("diff");
    tcase_add_test(t, addresses_of_loads_and_stores);
    tcase_add_test(t, rows_fit_names_addresses_and_bits);
    tcase_add_test(t, reserved_bits_are_those_of_absent_features);
    tcase_add_test(t, ignored_names_come_first);
    tcase_add_test(t, names_are_listed_once);
    tcase_add_test(t, each_part_of_a_state_is_compared);
    suite_add_tcase(s, t);
    return suite_run(s);
}
