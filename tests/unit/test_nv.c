/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Nested virtualization on a real CPU, Arm ARM D8.11: every row of Arm's table of FEAT_NV2 offsets
 * (tests/data/ vncr-offsets.tsv) by an actual MRS or MSR at EL1; aborts and watchpoints of the memory that
 * stands for registers; that nothing remembered outlives a change of HCR_EL2, VNCR_EL2 or EL2's translation
 * tables. Routing and syndromes of instructions at EL1 under FEAT_NV are in Arm's vectors
 * (tests/arch/routing.c).
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/decode.h"
#include "cpu/exception.h"
#include "cpu/sem.h"
#include "tests/arch/fixture.h"
#include "tests/unit/run.h"

enum { CODE = 0x40001000, VBAR1 = 0x40002000, VBAR2 = 0x40004000, VBAR3 = 0x40006000 };
/* The memory of the registers, another page, and tables that map LOW and HIGH to it: level 1 at TABLE. */
enum { PAGE = 0x40020000, OTHER = 0x40021000, TABLE = 0x40030000, LEVEL3 = TABLE + 0x2000 };
enum { INDEX = 7, LOW = INDEX << 12, NOWHERE = 0x10000000 };
#define HIGH (UINT64_C(0xffffff8000000000) | LOW)
enum { PAGE_BITS = 0x703, PAGE_EL0 = 1 << 6 }; /* AF, inner shareable, AttrIndx 0; AP<1> */

#define BRANCH_TO_SELF UINT32_C(0x14000000)
#define PATTERN UINT64_C(0xa5a5123456789abc)
#define NV2_BITS (HCR_NV | HCR_NV2)

static struct fixture x;
static bool fast; /* by the fast engine, else by the loop engine */

static void setup_loop(void)
{
    fixture_init(&x, "max", true, true);
    fast = false;
}

static void setup_fast(void)
{
    setup_loop();
    fast = true;
}

static void teardown(void)
{
    fixture_destroy(&x);
}

static uint64_t get64(uint64_t pa)
{
    uint64_t v;
    ck_assert(bus_read(x.bus, pa, 8, false, &v));
    return v;
}

static void put64(uint64_t pa, uint64_t v)
{
    bus_load(x.bus, pa, &v, sizeof(v));
}

/* MRS X5 or MSR from X6 */
static uint32_t access_word(enum sysreg reg, bool write)
{
    const struct sysreg_row *r = sysreg_row(reg);
    return (write ? 0xd5100006u : 0xd5300005u) | (r->op0 - 2u) << 19 | (uint32_t)r->op1 << 16 |
           (uint32_t)r->crn << 12 | (uint32_t)r->crm << 8 | (uint32_t)r->op2 << 5;
}

/* At EL1 with nothing trapped that could be, HCR_EL2 as given, EL2's stage 1 on: VNCR_EL2 points into the
 * lower half of the addresses, with E2H into the upper. */
static struct cpu *guest(uint64_t hcr)
{
    struct cpu *c = x.cpu;
    uint64_t *sr = c->sr;
    fixture_reset(&x, 1, CODE);
    sr[SR_SCR_EL3] = SCR_NS | SCR_RW | SCR_HCE | SCR_EEL2 | SCR_ST | SCR_APK | SCR_API | SCR_FIEN |
                     SCR_ENSCXT | SCR_ATA | SCR_ECVEN | SCR_HXEN | MASK(46, 43) | BIT(59);
    sr[SR_MDCR_EL3] = MASK(33, 32) | BIT(7); /* SBRBE, EnPM2: branch records, System PMU */
    sr[SR_MDCR_EL2] = BIT(15);               /* EnSPM */
    sr[SR_HDFGRTR2_EL2] = sr[SR_HDFGWTR2_EL2] = UINT64_MAX;
    sr[SR_HCR_EL2] = HCR_RW | HCR_APK | HCR_API | HCR_ENSCXT | HCR_FIEN | HCR_ATA | hcr;
    sr[SR_CPTR_EL2] = (hcr & HCR_E2H) ? MASK(21, 20) | BIT(29) : 0;
    sr[SR_HCRX_EL2] = BIT(14) | BIT(15);
    sr[SR_CNTHCTL_EL2] = 0xfff;
    sr[SR_VBAR_EL1] = VBAR1;
    sr[SR_VBAR_EL2] = VBAR2;
    sr[SR_VBAR_EL3] = VBAR3;
    put64(TABLE, (TABLE + 0x1000) | 3);
    put64(TABLE + 8, 0x40000000 | (PAGE_BITS & ~2)); /* EL2's vectors */
    put64(TABLE + 0x1000, LEVEL3 | 3);
    put64(LEVEL3 + 8 * INDEX, PAGE | PAGE_BITS);
    sr[SR_MAIR_EL2] = 0xff;
    sr[SR_TTBR0_EL2] = sr[SR_TTBR1_EL2] = TABLE;
    /* T0SZ, T1SZ = 25; TG1 = 4K; PS or IPS 40 bits */
    sr[SR_TCR_EL2] = (hcr & HCR_E2H) ? UINT64_C(0x280190019) : 0x20019;
    sr[SR_SCTLR_EL2] = 0x30c50831;
    sr[SR_VNCR_EL2] = (hcr & HCR_E2H) ? HIGH : LOW;
    static const uint32_t branches[] = {CODE + 4, VBAR1 + 0x200, VBAR2 + 0x400, VBAR3 + 0x400};
    for (unsigned k = 0; k < ARRAY_LEN(branches); k++)
        fixture_put_insn(&x, branches[k], BRANCH_TO_SELF);
    tlb_flush(c->tlb);
    htlb_flush(&c->htlb, NULL);
    fixture_changed(&x);
    return c;
}

/* The registers were changed by an MSR at a higher Exception level. */
static void change(enum sysreg reg, uint64_t value)
{
    uint64_t old = x.cpu->sr[reg];
    x.cpu->sr[reg] = value;
    cpu_register_written(x.cpu, reg, old);
}

static void execute(uint32_t word)
{
    struct cpu *c = x.cpu;
    struct insn o = {0};
    c->pc = CODE;
    fixture_put_insn(&x, CODE, word);
    if (!fast) {
        fixture_step(&x);
        return;
    }
    /* the fast way goes whole runs only: with the branch behind the instruction where that doesn't end the
     * run */
    decode(&o, word, c->feat, false);
    c->slice_insns = (o.flags & INSN_END) ? 1 : 2;
    c->budget = (int64_t)c->slice_insns;
    c->attention = 0;
    cpu_context_changed(c, 0); /* the code may be new */
    engine_fast_run(c);
    c->budget = 0;
    c->slice_insns = 0;
    c->cur = NULL;
    codecache_bury(&x.code);
}

/* ---- Arm's table ---- */

static FILE *open_table(void)
{
    const char *dir = getenv("abs_top_srcdir");
    char path[1200];
    snprintf(path, sizeof(path), "%s/tests/data/vncr-offsets.tsv", dir != NULL ? dir : ".");
    FILE *f = fopen(path, "r");
    ck_assert_msg(f != NULL, "can't open %s", path);
    return f;
}

/* Reads or writes a register at EL1: is it memory at `offset`, and nothing else? `here`: it should be. */
static void check_row(const char *name, enum sysreg reg, bool write, unsigned offset, uint64_t hcr, bool here)
{
    static uint64_t before[SR_COUNT];
    struct cpu *c = guest(hcr);
    if (strncmp(name, "VST", 3) == 0) /* registers of Secure state */
        change(SR_SCR_EL3, c->sr[SR_SCR_EL3] & ~SCR_NS);
    if (strncmp(name, "MPAM", 4) == 0) { /* traps that are on at reset */
        change(SR_MPAM2_EL2, 0);
        change(SR_MPAM3_EL3, 0);
    }
    for (unsigned k = 0; k < 4096; k += 8)
        put64(PAGE + k, ~(PATTERN + k));
    put64(PAGE + offset, write ? 0 : PATTERN);
    for (unsigned again = 0; again < 2; again++) { /* by a walk, and by what was kept of it */
        memcpy(before, c->sr, sizeof(before));
        c->x[5] = 0;
        c->x[6] = PATTERN + again;
        execute(access_word(reg, write));
        bool memory = write ? get64(PAGE + offset) == PATTERN + again : c->x[5] == PATTERN;
        ck_assert_msg(memory == here, "%s %s, HCR_EL2 %#llx: %s", write ? "MSR" : "MRS", name,
                      (unsigned long long)hcr, here ? "not memory" : "memory");
        if (!here)
            return;
        ck_assert_msg(c->pc == CODE + 4 && c->el == 1, "%s: an exception", name);
        ck_assert_msg(memcmp(before, c->sr, sizeof(before)) == 0, "%s: a register changed", name);
        for (unsigned k = 0; k < 4096; k += 8)
            ck_assert(k == offset || get64(PAGE + k) == ~(PATTERN + k));
    }
}

START_TEST(offsets)
{
    char line[1024], name[64], access[8], rest[512];
    unsigned rows = 0, accesses = 0, absent = 0, wide = 0, offset, by_feature[FEATURE_COUNT] = {0};
    FILE *f = open_table();
    while (fgets(line, sizeof(line), f) != NULL) {
        if (sscanf(line, "%63s %7s %x EL1 %511[^\n]", name, access, &offset, rest) != 4)
            continue;
        enum sysreg reg = sysreg_by_name(name);
        if (strlen(access) > 1) { /* 128 bits */
            wide++;
            continue;
        }
        ck_assert_msg(reg != SR_NONE, "%s has no row", name);
        if (!has(&x.feat, sysreg_row(reg)->feature) && sysreg_row(reg)->feature != FEAT_ALWAYS) {
            absent++;
            by_feature[sysreg_row(reg)->feature]++;
            continue;
        }
        for (unsigned state = 0; state < 16; state++) {
            uint64_t hcr = ((state & 1) ? HCR_NV : 0) | ((state & 2) ? HCR_NV1 : 0) |
                           ((state & 4) ? HCR_NV2 : 0) | ((state & 8) ? HCR_E2H : 0);
            bool here = (state & 5) == 5;
            if (strstr(rest, "'111'") != NULL)
                here = (state & 7) == 7;
            else if (strstr(rest, "'101'") != NULL)
                here = (state & 7) == 5;
            check_row(name, reg, access[0] == 'W', offset, hcr, here);
            accesses++;
        }
        rows++;
    }
    fclose(f);
    printf("vncr-offsets.tsv by the %s engine: %u rows in 16 states each (%u accesses); left out: %u of 128 "
           "bits,"
           " %u of absent features:",
           fast ? "fast" : "loop", rows, accesses, wide, absent);
    for (unsigned n = 0; n < FEATURE_COUNT; n++)
        if (by_feature[n] != 0)
            printf(" %s %u", feature_name(n), by_feature[n]);
    printf("\n");
    ck_assert_uint_ge(rows, 198);
}
END_TEST

/* ---- aborts ---- */

/* Of HFGRTR_EL2, which serves as the example. */
enum { OFFSET = 0x1b8 };

static void check_abort(unsigned el, bool write, uint64_t va, unsigned fsc)
{
    static const uint16_t esr[] = {[2] = SR_ESR_EL2, [3] = SR_ESR_EL3},
                          far[] = {[2] = SR_FAR_EL2, [3] = SR_FAR_EL3},
                          elr[] = {[2] = SR_ELR_EL2, [3] = SR_ELR_EL3},
                          spsr[] = {[2] = SR_SPSR_EL2, [3] = SR_SPSR_EL3};
    struct cpu *c = x.cpu;
    ck_assert_uint_eq(c->el, el);
    ck_assert_uint_eq(c->pc, (el == 2 ? VBAR2 : VBAR3) + 0x400);
    /* EC "without a change in Exception level", IL, VNCR, WnR */
    ck_assert_uint_eq(c->sr[esr[el]], UINT64_C(0x25) << 26 | BIT(25) | BIT(13) | (write ? BIT(6) : 0) | fsc);
    ck_assert_uint_eq(c->sr[far[el]], va);
    ck_assert_uint_eq(c->sr[elr[el]], CODE);
    ck_assert_uint_eq(c->sr[spsr[el]] & 0xf, 5);
}

START_TEST(aborts)
{
    bool write = _i & 1;
    uint64_t hcr = NV2_BITS | ((_i & 2) ? HCR_E2H : 0), va = ((_i & 2) ? HIGH : LOW) + OFFSET;
    uint32_t word = access_word(SR_HFGRTR_EL2, write);

    /* not mapped */
    struct cpu *c = guest(hcr);
    put64(LEVEL3 + 8 * INDEX, 0);
    c->x[5] = 1;
    execute(word);
    check_abort(2, write, va, 0x07);
    ck_assert_uint_eq(c->x[5], 1);
    /* no access flag; read-only */
    c = guest(hcr);
    put64(LEVEL3 + 8 * INDEX, PAGE | (PAGE_BITS & ~0x400));
    execute(word);
    check_abort(2, write, va, 0x0b);
    c = guest(hcr);
    put64(LEVEL3 + 8 * INDEX, PAGE | PAGE_BITS | 1 << 7);
    execute(word);
    if (write)
        check_abort(2, write, va, 0x0f);
    else
        ck_assert_uint_eq(c->pc, CODE + 4);
    /* nothing answers: a synchronous External abort, to EL3 where SCR_EL3.EA says so */
    c = guest(hcr);
    put64(LEVEL3 + 8 * INDEX, NOWHERE | PAGE_BITS);
    execute(word);
    check_abort(2, write, va, 0x10);
    c = guest(hcr);
    put64(LEVEL3 + 8 * INDEX, NOWHERE | PAGE_BITS);
    change(SR_SCR_EL3, c->sr[SR_SCR_EL3] | SCR_EA);
    execute(word);
    check_abort(3, write, va, 0x10);
}
END_TEST

/* VNCR_EL2.BADDR is bits 52 to 12; bits 63 to 53 are its sign. */
START_TEST(sign_extension)
{
    static const uint64_t cases[][2] = {
        {UINT64_C(0x001fff8000007000), HIGH},
        {UINT64_C(0x0010000000000000), UINT64_C(0xfff0000000000000)},
        {UINT64_C(0xffe0000000007000), LOW},
        {UINT64_C(0x000f000000007000), UINT64_C(0x000f000000007000)},
    };
    struct cpu *c = guest(NV2_BITS | HCR_E2H);
    put64(LEVEL3 + 8 * INDEX, 0);
    c->sr[SR_VNCR_EL2] = cases[_i][0];
    execute(access_word(SR_HFGRTR_EL2, false));
    ck_assert_uint_eq(c->el, 2);
    ck_assert_uint_eq(c->sr[SR_ESR_EL2] >> 26, 0x25);
    ck_assert_uint_eq(c->sr[SR_FAR_EL2], cases[_i][1] + OFFSET);
    ck_assert_uint_eq(sysreg_store_value(c->feat, c->sr, SR_VNCR_EL2, cases[_i][0] | 0xfff), cases[_i][0]);
}
END_TEST

/* The access is EL2's: stage 2 and EL1's stage 1 have no part in it, nor has PSTATE.PAN, and EL0's pages are
 * fine. */
START_TEST(as_el2)
{
    struct cpu *c = guest(NV2_BITS | HCR_E2H | HCR_VM);
    change(SR_SCTLR_EL2, c->sr[SR_SCTLR_EL2] & ~SCTLR_SPAN);
    put64(LEVEL3 + 8 * INDEX, PAGE | PAGE_BITS | PAGE_EL0);
    put64(PAGE + OFFSET, PATTERN);
    /* stage 2: 39 bits from level 1, one block that maps the code's GB flat, but for the page of the
     * registers nothing of which is looked at */
    put64(OTHER, 0);
    put64(OTHER + 8, 0x400007fd);
    c->sr[SR_VTCR_EL2] = 0x23559;
    c->sr[SR_VTTBR_EL2] = OTHER;
    c->pan = 1;
    fixture_changed(&x);
    execute(access_word(SR_HFGRTR_EL2, false));
    ck_assert_uint_eq(c->pc, CODE + 4);
    ck_assert_uint_eq(c->x[5], PATTERN);
    ck_assert_uint_eq(c->pan, 1);
}
END_TEST

/* EL2 checks tags synchronously, and the address has logical tag 15 for memory with tag 0: Tag Unchecked all
 * the same. */
START_TEST(tag_unchecked)
{
    enum { TBI1 = 38, TCF = 40, ATA = 43 }; /* of TCR_EL2 and SCTLR_EL2 */
    struct cpu *c = guest(NV2_BITS | HCR_E2H);
    put64(PAGE + OFFSET, PATTERN);
    c->sr[SR_MAIR_EL2] = 0xf0;
    c->sr[SR_TCR_EL2] |= BIT(TBI1);
    c->sr[SR_SCTLR_EL2] |= BIT(TCF) | BIT(ATA);
    fixture_changed(&x);
    execute(access_word(SR_HFGRTR_EL2, false));
    ck_assert_uint_eq(c->pc, CODE + 4);
    ck_assert_uint_eq(c->x[5], PATTERN);
}
END_TEST

/* ---- watchpoints ---- */

/* AArch64.WatchpointMatch() takes the access for EL2's; EC 0x35 and ISS.VNCR: AArch64.WatchpointException().
 */
START_TEST(watchpoints)
{
    enum {
        E = 1,
        PAC_EL1 = 1 << 1,
        LSC_BOTH = 3 << 3,
        BAS_ALL = 0xff << 5,
        HMC = 1 << 13,
        SSC_EL2 = 3 << 14
    };
    bool write = _i & 1, el2 = _i & 2;
    struct cpu *c = guest(NV2_BITS);
    c->sr[SR_MDCR_EL2] = MDCR_TDE;
    c->sr[SR_MDSCR_EL1] = MDSCR_MDE;
    c->sr[SR_DBGWVR0_EL1] = LOW + OFFSET;
    c->sr[SR_DBGWCR0_EL1] = E | LSC_BOTH | BAS_ALL | (el2 ? HMC | SSC_EL2 : PAC_EL1);
    c->sr[SR_OSLSR_EL1] &= ~OSLSR_OSLK;
    fixture_changed(&x);
    execute(access_word(SR_HFGRTR_EL2, write));
    if (!el2) {
        ck_assert_uint_eq(c->pc, CODE + 4);
        return;
    }
    ck_assert_uint_eq(c->el, 2);
    ck_assert_uint_eq(c->sr[SR_ESR_EL2],
                      UINT64_C(0x35) << 26 | BIT(25) | BIT(13) | (write ? BIT(6) : 0) | 0x22);
    ck_assert_uint_eq(c->sr[SR_FAR_EL2], LOW + OFFSET);
    ck_assert_uint_eq(c->sr[SR_ELR_EL2], CODE);
}
END_TEST

/* A watchpoint for EL0's accesses matches LDTR at EL1, but not under {NV,NV1}={1,1}, where that is LDR. */
START_TEST(watchpoint_ldtr)
{
    enum { LDTR_X0_X1 = 0xf8400820, E = 1, PAC_EL0 = 2 << 1, LSC_BOTH = 3 << 3, BAS_ALL = 0xff << 5 };
    struct cpu *c = guest(_i != 0 ? HCR_NV | HCR_NV1 : 0);
    c->sr[SR_MDCR_EL2] = MDCR_TDE;
    c->sr[SR_MDSCR_EL1] = MDSCR_MDE;
    c->sr[SR_DBGWVR0_EL1] = PAGE;
    c->sr[SR_DBGWCR0_EL1] = E | LSC_BOTH | BAS_ALL | PAC_EL0;
    c->sr[SR_OSLSR_EL1] &= ~OSLSR_OSLK;
    c->x[1] = PAGE;
    fixture_changed(&x);
    execute(LDTR_X0_X1);
    if (_i != 0) {
        ck_assert_uint_eq(c->pc, CODE + 4);
        return;
    }
    ck_assert_uint_eq(c->el, 2);
    ck_assert_uint_eq(c->sr[SR_ESR_EL2], UINT64_C(0x34) << 26 | BIT(25) | 0x22);
    ck_assert_uint_eq(c->sr[SR_FAR_EL2], PAGE);
}
END_TEST

/* ---- what is remembered ---- */

static uint64_t read_at_el1(enum sysreg reg)
{
    x.cpu->x[5] = 0;
    execute(access_word(reg, false));
    ck_assert_uint_eq(x.cpu->pc, CODE + 4);
    return x.cpu->x[5];
}

/* SPSR_EL2 at EL1: SPSR_EL1 under NV2, a trap under NV alone, UNDEFINED without; and ELR_EL1: its own, under
 * NV1 memory. */
START_TEST(verdicts_follow_hcr)
{
    enum { MRS_X5_SPSR_EL2_ISS = 3 << 20 | 4 << 14 | 4 << 10 | 5 << 5 | 1 }; /* Op0, Op1, CRn, Rt, read */
    struct cpu *c = guest(NV2_BITS);
    uint64_t plain = c->sr[SR_HCR_EL2] & ~NV2_BITS;
    c->sr[SR_SPSR_EL1] = 0x3c5;
    c->sr[SR_ELR_EL1] = 0x1111;
    put64(PAGE + 0x230, 0x2222);
    for (unsigned n = 0; n < 3; n++) {
        change(SR_HCR_EL2, plain | NV2_BITS);
        ck_assert_uint_eq(read_at_el1(SR_SPSR_EL2), 0x3c5);
        ck_assert_uint_eq(read_at_el1(SR_ELR_EL1), 0x1111);
        change(SR_HCR_EL2, plain | NV2_BITS | HCR_NV1);
        ck_assert_uint_eq(read_at_el1(SR_ELR_EL1), 0x2222);
        change(SR_HCR_EL2, plain);
        ck_assert_uint_eq(read_at_el1(SR_ELR_EL1), 0x1111);
        execute(access_word(SR_SPSR_EL2, false));
        ck_assert_uint_eq(c->pc, VBAR1 + 0x200);
        ck_assert_uint_eq(c->sr[SR_ESR_EL1] >> 26, 0);
        c->sr[SR_SPSR_EL1] = 0x3c5;
        c->sr[SR_ELR_EL1] = 0x1111;
        change(SR_HCR_EL2, plain | HCR_NV);
        execute(access_word(SR_SPSR_EL2, false));
        ck_assert_uint_eq(c->pc, VBAR2 + 0x400);
        ck_assert_uint_eq(c->sr[SR_ESR_EL2], UINT64_C(0x18) << 26 | BIT(25) | MRS_X5_SPSR_EL2_ISS);
        cpu_set_el(c, 1, 1);
        cpu_context_changed(c, 0);
    }
}
END_TEST

START_TEST(follows_vncr)
{
    guest(NV2_BITS);
    put64(LEVEL3 + 8 * (INDEX + 1), OTHER | PAGE_BITS);
    put64(PAGE + OFFSET, 1);
    put64(OTHER + OFFSET, 2);
    for (unsigned n = 0; n < 3; n++) {
        change(SR_VNCR_EL2, LOW);
        ck_assert_uint_eq(read_at_el1(SR_HFGRTR_EL2), 1);
        change(SR_VNCR_EL2, LOW + 0x1000);
        ck_assert_uint_eq(read_at_el1(SR_HFGRTR_EL2), 2);
    }
}
END_TEST

/* EL2 maps its page elsewhere, and invalidates; then it changes TTBR0_EL2. */
START_TEST(follows_translation)
{
    struct cpu *c = guest(NV2_BITS);
    struct tlbi op;
    put64(PAGE + OFFSET, 1);
    put64(OTHER + OFFSET, 2);
    for (unsigned n = 0; n < 3; n++) {
        put64(LEVEL3 + 8 * INDEX, PAGE | PAGE_BITS);
        tlbi_make(&op, c->feat, c->sr, 2, SR_TLBI_VAE2, LOW >> 12);
        cpu_tlb_invalidate(c, &op);
        ck_assert_uint_eq(read_at_el1(SR_HFGRTR_EL2), 1);
        put64(LEVEL3 + 8 * INDEX, OTHER | PAGE_BITS);
        ck_assert_uint_eq(read_at_el1(SR_HFGRTR_EL2), 1); /* the TLB still holds it */
        tlbi_make(&op, c->feat, c->sr, 2, SR_TLBI_ALLE2, 0);
        cpu_tlb_invalidate(c, &op);
        ck_assert_uint_eq(read_at_el1(SR_HFGRTR_EL2), 2);
    }
    change(SR_SCTLR_EL2, c->sr[SR_SCTLR_EL2] & ~SCTLR_M);
    change(SR_VNCR_EL2, PAGE);
    ck_assert_uint_eq(read_at_el1(SR_HFGRTR_EL2), 1);
}
END_TEST

static void add_tests(Suite *s, const char *name, void (*setup)(void))
{
    TCase *t = tcase_create(name);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, offsets);
    tcase_add_loop_test(t, aborts, 0, 4);
    tcase_add_loop_test(t, sign_extension, 0, 4);
    tcase_add_test(t, as_el2);
    tcase_add_test(t, tag_unchecked);
    tcase_add_test(t, verdicts_follow_hcr);
    tcase_add_test(t, follows_vncr);
    tcase_add_test(t, follows_translation);
    suite_add_tcase(s, t);
}

int main(void)
{
    Suite *s = suite_create("nv");
    add_tests(s, "loop engine", setup_loop);
    add_tests(s, "fast engine", setup_fast);
    TCase *t = tcase_create("debug");
    tcase_add_checked_fixture(t, setup_loop, teardown);
    tcase_add_loop_test(t, watchpoints, 0, 4);
    tcase_add_loop_test(t, watchpoint_ldtr, 0, 2);
    suite_add_tcase(s, t);
    return suite_run(s);
}
