/* SPDX-License-Identifier: BSD-2-Clause
 *
 * sysregs/: every rule of Arm's table of accesses in one state in which it decides (tests/spec has the
 * thorough sweep, `make check-spec`); features, CPU models, register masks and effective values against the
 * manual.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "sysregs/fields.h"
#include "sysregs/sysreg.h"
#include "tests/spec/sweep.h"
#include "tests/unit/run.h"

START_TEST(rules)
{
    struct sweep *w = sweep_new(NULL);

    w->quick = true;
    sweep_run(w);
    ck_assert_uint_eq(w->failures, 0);
    ck_assert_uint_ge(w->states, 10000);
    sweep_free(w);
}
END_TEST

START_TEST(encodings)
{
    ck_assert_int_eq(sysreg_find(3, 0, 0, 7, 7), SR_ID_S3_0_C0_C7_7);
    ck_assert_int_eq(sysreg_find(3, 5, 15, 3, 1), SR_IMPDEF);
    ck_assert_int_eq(sysreg_find(1, 2, 11, 0, 0), SR_IMPDEF_SYS);
    ck_assert_int_eq(sysreg_find(3, 3, 14, 0, 5), SR_CNTPCTSS_EL0);
    ck_assert_int_eq(sysreg_find(0, 0, 0, 0, 0), SR_NONE);
    ck_assert_int_eq(sysreg_find(3, 7, 13, 5, 7), SR_NONE);
}
END_TEST

/* ---- features and models ---- */

static void parse(struct features *f, bool el2, bool el3, const char *option)
{
    f->has_el2 = el2;
    f->has_el3 = el3;
    const char *wrong = features_parse(f, option);
    ck_assert_msg(wrong == NULL, "%s: %s", option, wrong);
}

/* Identification registers by the values of the manual's field tables. */
START_TEST(models)
{
    struct features f;

    parse(&f, true, false, "cortex-a57");
    ck_assert_uint_eq(features_id(&f, SR_MIDR_EL1), 0x411fd070);
    ck_assert_uint_eq(features_id(&f, SR_ID_AA64PFR0_EL1), 0x01000111);
    ck_assert_uint_eq(features_id(&f, SR_ID_AA64ISAR0_EL1),
                      0x00011120); /* as the TRM has it: AES+PMULL, SHA1, SHA2, CRC32 */
    ck_assert_uint_eq(features_id(&f, SR_ID_AA64ISAR1_EL1), 0);
    ck_assert_uint_eq(features_id(&f, SR_ID_AA64MMFR0_EL1), 0x00000024);
    ck_assert_uint_eq(features_id(&f, SR_ID_AA64MMFR1_EL1), 0);
    ck_assert_uint_eq(features_id(&f, SR_ID_AA64MMFR2_EL1), 0);
    ck_assert_uint_eq(features_id(&f, SR_ID_AA64DFR0_EL1), 0x10305106);
    ck_assert(!has(&f, FEAT_VHE) && !has(&f, FEAT_LSE) && f.pa_bits == 44);

    parse(&f, true, true, "neoverse-n1");
    ck_assert_uint_eq(features_id(&f, SR_MIDR_EL1), 0x414fd0c1);
    ck_assert_uint_eq(features_id(&f, SR_ID_AA64PFR0_EL1), 0x1100000011111111);
    ck_assert_uint_eq(features_id(&f, SR_ID_AA64ISAR0_EL1), 0x0000100010211120);
    ck_assert_uint_eq(features_id(&f, SR_ID_AA64ISAR1_EL1), 0x00100001);
    ck_assert_uint_eq(features_id(&f, SR_ID_AA64MMFR1_EL1), 0x10212122);
    ck_assert_uint_eq(features_id(&f, SR_ID_AA64MMFR2_EL1), 0x1011);
    ck_assert_uint_eq(features_id(&f, SR_ID_AA64PFR1_EL1), 0x20);
    ck_assert(has(&f, FEAT_VHE) && has(&f, FEAT_E2H0) && !has(&f, FEAT_PAuth) && f.pa_bits == 48);

    parse(&f, true, true, "neoverse-v1");
    ck_assert_uint_eq(features_id(&f, SR_MIDR_EL1), 0x411fd402);
    ck_assert_uint_eq(features_id(&f, SR_ID_AA64ISAR1_EL1) & 0xfff000ff, 0x01200012);
    ck_assert_uint_eq(bits(features_id(&f, SR_ID_AA64PFR0_EL1), 39, 36), 1); /* SEL2 */
    ck_assert_uint_eq(bits(features_id(&f, SR_ID_AA64PFR0_EL1), 35, 32), 0); /* no SVE */

    parse(&f, true, false, "max");
    ck_assert_uint_eq(features_id(&f, SR_MIDR_EL1), 0x000f0510);
    ck_assert_uint_eq(bits(features_id(&f, SR_ID_AA64PFR0_EL1), 15, 0), 0x0111);
    ck_assert_uint_eq(bits(features_id(&f, SR_ID_AA64PFR0_EL1), 39, 36), 0); /* no EL3, no Secure EL2 */
    ck_assert_uint_eq(bits(features_id(&f, SR_ID_AA64ISAR1_EL1), 7, 4), 5);  /* APA: FPACCOMBINE */
    ck_assert_uint_eq(bits(features_id(&f, SR_ID_AA64ISAR1_EL1), 27, 24), 1);
    ck_assert_uint_eq(bits(features_id(&f, SR_ID_AA64MMFR0_EL1), 3, 0), 6);   /* 52 bits */
    ck_assert_uint_eq(bits(features_id(&f, SR_ID_AA64MMFR0_EL1), 31, 28), 1); /* 4K with LPA2 */
    ck_assert_uint_eq(bits(features_id(&f, SR_ID_AA64MMFR0_EL1), 23, 20), 2); /* 16K with LPA2 */
    ck_assert_uint_eq(bits(features_id(&f, SR_ID_AA64MMFR0_EL1), 63, 60), 2); /* ECV */
    ck_assert_uint_eq(bits(features_id(&f, SR_ID_AA64MMFR1_EL1), 11, 8), 1);  /* VHE */
    ck_assert_uint_eq(features_id(&f, SR_ID_AA64MMFR4_EL1), 0);               /* E2H can be 0 */
    ck_assert_uint_eq(bits(features_id(&f, SR_ID_AA64DFR0_EL1), 11, 8), 7);   /* PMUv3p7 */
    ck_assert_uint_eq(bits(features_id(&f, SR_ID_AA64PFR1_EL1), 11, 8), 3);   /* MTE3 */
    ck_assert_uint_eq(bits(features_id(&f, SR_ID_AA64PFR1_EL1), 43, 40), 0);  /* asynchronous faults, too */
    ck_assert_uint_eq(features_id(&f, SR_GMID_EL1), 6);
    features_without_tags(&f);
    ck_assert_uint_eq(bits(features_id(&f, SR_ID_AA64PFR1_EL1), 11, 8), 1);
    ck_assert_uint_eq(features_id(&f, SR_GMID_EL1), 0);
    ck_assert_uint_eq(sysreg_mask_write(&f, SR_HCR_EL2, 0, ~UINT64_C(0)) & HCR_ATA, 0);
    ck_assert_uint_eq(features_id(&f, SR_CTR_EL0) & 0xf000f, 0x40004);
}
END_TEST

START_TEST(properties)
{
    struct features f;

    parse(&f, true, false, "MAX,LSE=off");
    ck_assert(!has(&f, FEAT_LSE));
    parse(&f, true, false, "max,feat_pauth=off"); /* and what needs it */
    ck_assert(!has(&f, FEAT_PAuth) && !has(&f, FEAT_PAuth2) && !has(&f, FEAT_FPAC) &&
              !has(&f, FEAT_PACQARMA5));
    ck_assert_uint_eq(features_id(&f, SR_ID_AA64ISAR1_EL1) & 0xff000ff0, 0); /* GPI, GPA, API, APA */
    parse(&f, true, false, "max,pauth-impdef=on");
    ck_assert(has(&f, FEAT_PACIMP) && !has(&f, FEAT_PACQARMA5));
    ck_assert_uint_eq(bits(features_id(&f, SR_ID_AA64ISAR1_EL1), 11, 4), 0x50); /* API 5, APA 0 */
    parse(&f, true, false, "max,lpa2=off,sve=off,mte=off");
    ck_assert(!has(&f, FEAT_LPA2) && has(&f, FEAT_LPA));
    ck_assert_uint_eq(bits(features_id(&f, SR_ID_AA64MMFR0_EL1), 31, 28), 0);
    parse(&f, true, false, "max,vhe=off");
    ck_assert(!has(&f, FEAT_VHE) && !f.e2h_res1);
    ck_assert_uint_eq(sysreg_mask_write(&f, SR_HCR_EL2, 0, ~UINT64_C(0)) & HCR_E2H, 0);
    parse(&f, true, false, "cortex-a57,sha3=on"); /* brings SHA256, which it has */
    ck_assert(has(&f, FEAT_SHA3) && has(&f, FEAT_SHA256));
    parse(&f, true, false, "max,e2h0=off");
    ck_assert(f.e2h_res1);
    ck_assert_uint_eq(sysreg_mask_write(&f, SR_HCR_EL2, 0, 0) & HCR_E2H, HCR_E2H);
    ck_assert_uint_eq(bits(features_id(&f, SR_ID_AA64MMFR4_EL1), 27, 24), 0xf);
    parse(&f, true, false, "max,e2h=res1");
    ck_assert(f.e2h_res1);
    parse(&f, false, false, "max"); /* virtualization=off */
    ck_assert(!has(&f, FEAT_VHE) && bits(features_id(&f, SR_ID_AA64PFR0_EL1), 11, 8) == 0);
    f.has_el2 = true;
    ck_assert_ptr_nonnull(strstr(features_parse(&f, "z80"), "neoverse-n1"));
    ck_assert_ptr_nonnull(strstr(features_parse(&f, "max,turbo=on"), "known are"));
    ck_assert_ptr_nonnull(strstr(features_parse(&f, "max,sve=on"), "FEAT_SVE is not implemented"));
    ck_assert_ptr_nonnull(features_parse(&f, "max,lse"));
    ck_assert_ptr_nonnull(features_parse(&f, "max,lse=maybe"));
}
END_TEST

START_TEST(masks)
{
    static uint64_t sr[SR_COUNT];
    struct features f;

    parse(&f, true, false, "max");
    sysreg_reset(sr, &f, 17);
    ck_assert_uint_eq(sr[SR_MPIDR_EL1], 0x80000101);
    ck_assert_uint_eq(sr[SR_VPIDR_EL2], 0x000f0510);
    ck_assert_uint_eq(sr[SR_CNTFRQ_EL0], 62500000);
    ck_assert_uint_eq(sr[SR_ID_AA64MMFR1_EL1], features_id(&f, SR_ID_AA64MMFR1_EL1));
    /* HCR_EL2: RW is RAO/WI without AArch32; E2H is writable; NV, NV1, AT and NV2 need FEAT_NV and FEAT_NV2.
     */
    const uint64_t nv = HCR_NV | HCR_NV1 | HCR_AT, nv2 = nv | HCR_NV2, host = HCR_RW | HCR_E2H | HCR_TGE;
    ck_assert_uint_eq(sysreg_store_value(&f, sr, SR_HCR_EL2, 0), HCR_RW);
    ck_assert_uint_eq(sysreg_store_value(&f, sr, SR_HCR_EL2, host | nv2), host | nv2);
    parse(&f, true, false, "max,NV2=off");
    ck_assert_uint_eq(sysreg_store_value(&f, sr, SR_HCR_EL2, host | nv2), host | nv);
    parse(&f, true, false, "max,NV=off");
    ck_assert_uint_eq(sysreg_store_value(&f, sr, SR_HCR_EL2, host | nv2), host);
    parse(&f, true, false, "max");
    /* CPTR_EL2: RES1 bits with E2H=0 (0x33ff without SVE and SME), none with E2H=1. */
    ck_assert_uint_eq(sysreg_store_value(&f, sr, SR_CPTR_EL2, 0), 0x33ff);
    sr[SR_HCR_EL2] |= HCR_E2H;
    ck_assert_uint_eq(sysreg_store_value(&f, sr, SR_CPTR_EL2, ~UINT64_C(0)), MASK(21, 20) | MASK(31, 28));
    ck_assert_uint_eq(sysreg_store_value(&f, sr, SR_CNTHCTL_EL2, ~UINT64_C(0)), MASK(17, 0));
    ck_assert_uint_eq(sysreg_store_value(&f, sr, SR_TCR_EL2, BIT(22) | BIT(35)), BIT(22));
    sr[SR_HCR_EL2] &= ~HCR_E2H;
    ck_assert_uint_eq(sysreg_store_value(&f, sr, SR_TCR_EL2, 0), BIT(31) | BIT(23));
    ck_assert_uint_eq(sysreg_store_value(&f, sr, SR_SCTLR_EL2, 0), 0x30c50830);
    ck_assert_uint_eq(sysreg_store_value(&f, sr, SR_SCTLR_EL1, 0),
                      0x30400980); /* LSMAOE nTLSMD EIS EOS SED ITD */
    ck_assert_uint_eq(sysreg_store_value(&f, sr, SR_VBAR_EL1, 0xfff), 0x800);
    parse(&f, true, false, "cortex-a57");
    sysreg_reset(sr, &f, 0);
    ck_assert_uint_eq(sysreg_store_value(&f, sr, SR_HCR_EL2, ~UINT64_C(0)) &
                          (HCR_E2H | HCR_TLOR | HCR_TEA | HCR_APK | HCR_FWB),
                      0);
    ck_assert_uint_eq(sysreg_store_value(&f, sr, SR_SCTLR_EL1, 0), 0x30d00980); /* TSCXT and SPAN too */
    ck_assert_uint_eq(sysreg_store_value(&f, sr, SR_VTTBR_EL2, ~UINT64_C(0)), MASK(55, 1));
}
END_TEST

/* What `max` keeps of all ones, by the manual's field tables. */
START_TEST(writable)
{
    static const struct {
        enum sysreg reg;
        uint64_t kept;
    } expected[] = {
        /* all but TID0 (AArch32), TME, GPF (FEAT_RME) */
        {SR_HCR_EL2, ~(BIT(15) | BIT(39) | BIT(48))},
        {SR_HAFGRTR_EL2, MASK(4, 0) | MASK(49, 17)},
        {SR_MPAM0_EL1, MASK(47, 0)},
        {SR_MPAM2_EL2, MASK(49, 0) | BIT(58) | BIT(63)}, /* MPAMEN is its own without EL3 */
        {SR_MPAM1_EL1, MASK(47, 0)},
        {SR_MPAMHCR_EL2, BIT(0) | BIT(1) | BIT(8) | BIT(31)},
        {SR_CPTR_EL2, MASK(9, 0) | BIT(10) | MASK(13, 12) | BIT(20) | MASK(31, 30)}, /* E2H=0 */
        {SR_AMUSERENR_EL0, BIT(0)},
    };
    static uint64_t sr[SR_COUNT];
    struct features f;

    parse(&f, true, false, "max");
    sysreg_reset(sr, &f, 0);
    for (unsigned i = 0; i < ARRAY_LEN(expected); i++)
        ck_assert_msg(sysreg_store_value(&f, sr, expected[i].reg, ~UINT64_C(0)) == expected[i].kept,
                      "%s: %#llx", sysreg_row(expected[i].reg)->name,
                      (unsigned long long)sysreg_store_value(&f, sr, expected[i].reg, ~UINT64_C(0)));
}
END_TEST

/* HCR_EL2 as the PE sees it: the manual's field descriptions under {E2H,TGE}. */
START_TEST(effective)
{
    static uint64_t sr[SR_COUNT];
    struct features f;

    parse(&f, true, false, "max");
    sysreg_reset(sr, &f, 0);
    sr[SR_HCR_EL2] = HCR_E2H | HCR_TGE | HCR_VM | HCR_IMO | HCR_FMO | HCR_AMO | HCR_TVM | HCR_DC;
    ck_assert_uint_eq(hcr_effective(&f, sr) & ~HCR_RW, HCR_E2H | HCR_TGE);
    ck_assert(el_is_in_host(&f, sr, 0) && el_is_in_host(&f, sr, 2) && !el_is_in_host(&f, sr, 1));
    sr[SR_HCR_EL2] = HCR_TGE | HCR_VI;
    ck_assert_uint_eq(hcr_effective(&f, sr) & (HCR_IMO | HCR_FMO | HCR_AMO | HCR_VI),
                      HCR_IMO | HCR_FMO | HCR_AMO);
    sr[SR_HCR_EL2] = HCR_E2H;
    ck_assert(!el_is_in_host(&f, sr, 0) && el_is_in_host(&f, sr, 2));
    parse(&f, true, true, "max");
    sysreg_reset(sr, &f, 0);
    ck_assert(is_secure_below_el3(&f, sr) && !el2_enabled(&f, sr));
    sr[SR_SCR_EL3] |= SCR_EEL2;
    ck_assert(el2_enabled(&f, sr));
    sr[SR_SCR_EL3] = SCR_NS;
    ck_assert(el2_enabled(&f, sr) && !is_secure_below_el3(&f, sr) && !fgt_enabled(&f, sr));
    sr[SR_SCR_EL3] |= SCR_FGTEN;
    ck_assert(fgt_enabled(&f, sr));
    parse(&f, false, false, "max");
    sysreg_reset(sr, &f, 0);
    ck_assert(!el2_enabled(&f, sr) && hcr_effective(&f, sr) == 0);
}
END_TEST

/* Rules that no row of the tables has: absent features, IDST, CNTPCTSS, reserved identification space. */
START_TEST(others)
{
    static uint64_t sr[SR_COUNT];
    struct features f;

    parse(&f, true, false, "max");
    sysreg_reset(sr, &f, 0);
    struct access_state s = {.feat = &f, .sr = sr, .el = 0};
    struct access_verdict v = sysreg_access(&s, SR_ID_S3_0_C0_C7_7, false);
    ck_assert(v.outcome == ACCESS_TRAP && v.target_el == 1 && v.ec == 0x18); /* FEAT_IDST */
    s.el = 1;
    ck_assert_int_eq(sysreg_access(&s, SR_ID_S3_0_C0_C7_7, false).outcome, ACCESS_OK);
    ck_assert_int_eq(sysreg_access(&s, SR_ID_S3_0_C0_C7_7, true).outcome, ACCESS_UNDEF);
    feature_set(&f, FEAT_PMUv3, false);
    ck_assert_int_eq(sysreg_access(&s, SR_PMCR_EL0, false).outcome, ACCESS_UNDEF);
    ck_assert_str_eq(sysreg_access(&s, SR_PMCR_EL0, false).rule, "FEAT_PMUv3 not implemented");
    sr[SR_CNTHCTL_EL2] = 0;
    v = sysreg_access(&s, SR_CNTPCTSS_EL0, false);
    ck_assert(v.outcome == ACCESS_TRAP && v.target_el == 2);
    sr[SR_HCR_EL2] |= HCR_TVM;
    v = sysreg_access(&s, SR_SCTLR_EL1, true);
    ck_assert(v.outcome == ACCESS_TRAP && v.target_el == 2 && strcmp(v.rule, "HCR_EL2.TVM=1") == 0);
    sr[SR_HCR_EL2] = HCR_E2H | HCR_TGE;
    s.el = 2;
    v = sysreg_access(&s, SR_SCTLR_EL1, true);
    ck_assert(v.outcome == ACCESS_OK && v.reg == SR_SCTLR_EL2);
    ck_assert(sysreg_access(&s, SR_SCTLR_EL12, true).reg == SR_SCTLR_EL1);
    parse(&f, true, false, "cortex-a57");
    s.el = 0;
    sr[SR_HCR_EL2] = HCR_RW;
    ck_assert_int_eq(sysreg_access(&s, SR_ID_AA64PFR0_EL1, false).outcome, ACCESS_UNDEF); /* no FEAT_IDST */
    s.el = 2;
    ck_assert_int_eq(sysreg_access(&s, SR_TTBR1_EL2, false).outcome, ACCESS_UNDEF); /* no FEAT_VHE */
}
END_TEST

/* SYS and SYSL are instructions of their own: one with the encoding of the other is UNDEFINED (C5.1.2, C6.2). */
START_TEST(direction)
{
    static uint64_t sr[SR_COUNT];
    struct features f;

    parse(&f, true, false, "max");
    sysreg_reset(sr, &f, 0);
    struct access_state s = {.feat = &f, .sr = sr};
    for (s.el = 0; s.el < 3; s.el++) {
        ck_assert_int_eq(sysreg_access(&s, SR_DC_GZVA, false).outcome, ACCESS_UNDEF);
        ck_assert_int_eq(sysreg_access(&s, SR_TLBI_VMALLE1, false).outcome, ACCESS_UNDEF);
    }
    s.el = 1;
    ck_assert_int_eq(sysreg_access(&s, SR_DC_GZVA, true).outcome, ACCESS_OK);
    ck_assert_int_eq(sysreg_access(&s, SR_GCSPOPM, true).outcome, ACCESS_UNDEF);
}
END_TEST

/* CPUs cache verdicts until a register with EFFECT_TRAPS is written: every register that a rule reads must
 * have it. */
START_TEST(watched)
{
    static const uint16_t read_by_rules[] = {
#define ONE(reg, field, b) SR_##reg
#define ZERO(reg, field, b) SR_##reg
#define ANYOF(reg, fields, mask) SR_##reg
#define NONEOF(reg, fields, mask) SR_##reg
#define ALLOF(reg, fields, mask) SR_##reg
#define NOTALL(reg, fields, mask) SR_##reg
#define ISNT(reg, fields, mask, value) SR_##reg
#define WHEN(text) SR_HCR_EL2
#define ACTIVITY SR_HCR_EL2
#define SYSPMU(test, reg, n) SR_##reg
#define BREAKPOINTS(n) SR_HCR_EL2
#define WATCHPOINTS(n) SR_HCR_EL2
#define COUNTER(test, by, text) SR_PMSELR_EL0
#define TRAP(name, outcome, need, forbid, test) test,
#include "sysregs/traps.def"
#undef TRAP
#define FGT(reg, name, b, value, feature) SR_##reg##_EL2,
#include "sysregs/fgt.def"
#undef FGT
        SR_SCR_EL3,
        SR_HCRX_EL2,
        SR_SPMSELR_EL0,
    };

    for (unsigned i = 0; i < ARRAY_LEN(read_by_rules); i++)
        ck_assert_msg(sysreg_row(read_by_rules[i])->effects & EFFECT_TRAPS, "%s has no EFFECT_TRAPS",
                      sysreg_row(read_by_rules[i])->name);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("sysregs");
    TCase *tables = tcase_create("tables"), *cpus = tcase_create("features");

    if (argc > 1)
        setenv("EL2SIM_TEST_DATA", argv[1], 1);
    tcase_set_timeout(tables, 300);
    tcase_add_test(tables, encodings);
    tcase_add_test(tables, rules);
    suite_add_tcase(suite, tables);
    tcase_add_test(cpus, models);
    tcase_add_test(cpus, properties);
    tcase_add_test(cpus, masks);
    tcase_add_test(cpus, writable);
    tcase_add_test(cpus, effective);
    tcase_add_test(cpus, others);
    tcase_add_test(cpus, direction);
    tcase_add_test(cpus, watched);
    suite_add_tcase(suite, cpus);
    return suite_run(suite);
}
