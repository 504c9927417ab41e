/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The Performance Monitors: pmu_counts() and pmu_overflow_interrupt() against a second reading of Arm's
 * CountPMUEvents() and CheckForPMUOverflow() in random states, fields of registers by model (Arm ARM D19.5,
 * the cores' manuals), and counters on a CPU. Whole programs are in tests/arch/pmu-*.S.
 */
#include <check.h>
#include <stdlib.h>

#include "cpu/pmu.h"
#include "cpu/sem.h"
#include "tests/arch/fixture.h"
#include "tests/unit/run.h"

enum { CODE = 0x40001000, NOP = 0xd503201f, SVC = 0xd4000001, UDF = 0 };

static struct fixture x;
static struct pmu *pmu;
static int line_level;

static void wire(void *opaque, int n, int level)
{
    (void)opaque;
    (void)n;
    line_level = level;
}

static void open(const char *cpu, bool el2, bool el3)
{
    fixture_init(&x, cpu, el2, el3);
    const struct pmu_config cfg = {.cpu = x.cpu, .events = &x.events, .irq = {.fn = wire}};
    line_level = 0;
    pmu = pmu_new(&cfg);
}

static void close(void)
{
    pmu_free(pmu);
    fixture_destroy(&x);
}

static uint64_t get(enum sysreg reg)
{
    return x.cpu->units[UNIT_PMU].read(pmu, reg);
}

static void put(enum sysreg reg, uint64_t value)
{
    x.cpu->units[UNIT_PMU].write(pmu, reg, value);
}

/* ---- verdicts ---- */

static uint64_t random_state = 0x9e3779b97f4a7c15;

static uint64_t draw(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state * UINT64_C(0x2545f4914f6cdd1d);
}

/* Bit positions are written out here, from the registers' diagrams. */
static unsigned b(const struct pmu_state *s, enum sysreg reg, unsigned n)
{
    return s->sr[reg] >> n & 1;
}

/* CountPMUEvents() in the order of the pseudocode; Armv8 without Realms, debug state and AArch32. */
static bool reference(const struct pmu_state *s, unsigned idx)
{
    const unsigned counters = 6, cycle = 31;
    unsigned hpmn = s->feat->has_el2 ? s->sr[SR_MDCR_EL2] & 31 : counters;
    bool r1 = idx == cycle || idx < hpmn, el3 = s->feat->has_el3;
    bool ns = !el3 || b(s, SR_SCR_EL3, 0);
    bool p1 = has(s->feat, FEAT_PMUv3p1), p5 = has(s->feat, FEAT_PMUv3p5), p7 = has(s->feat, FEAT_PMUv3p7);
    bool enabled = (r1 ? b(s, SR_PMCR_EL0, 0) : b(s, SR_MDCR_EL2, 7)) && b(s, SR_PMCNTENSET_EL0, idx);
    bool prohibited = false, frozen = false, filtered;

    if (el3 && (!ns || s->el == 3))
        prohibited = !b(s, SR_MDCR_EL3, 17) && (!p7 || !b(s, SR_MDCR_EL3, 35));
    if (!prohibited && p7 && s->el == 3)
        prohibited = b(s, SR_MDCR_EL3, 35) && (!b(s, SR_MDCR_EL3, 17) || r1);
    if (!prohibited && s->el == 2 && p1 && r1)
        prohibited = b(s, SR_MDCR_EL2, 17);
    if (p7) {
        bool any = false;
        for (unsigned n = 0; n < counters; n++)
            any |= (n < hpmn) == r1 && b(s, SR_PMOVSSET_EL0, n);
        frozen = any && (r1 ? b(s, SR_PMCR_EL0, 9) : b(s, SR_MDCR_EL2, 29));
    }
    if ((prohibited || frozen) && idx == cycle) {
        enabled = enabled && !b(s, SR_PMCR_EL0, 5);
        prohibited = frozen = false;
    }
    if (p5 && idx == cycle) {
        if (el3 && (!ns || s->el == 3) && b(s, SR_MDCR_EL3, 23))
            prohibited = true;
        if (s->el == 2 && b(s, SR_MDCR_EL2, 23))
            prohibited = true;
    }
    if (p7 && idx == cycle && s->el == 3 && b(s, SR_MDCR_EL3, 34))
        prohibited = true;

    enum sysreg f = idx == cycle ? SR_PMCCFILTR_EL0 : SR_PMEVTYPER0_EL0 + idx;
    bool p = b(s, f, 31), u = b(s, f, 30), nsk = b(s, f, 29), nsu = b(s, f, 28), nsh = b(s, f, 27);
    bool m = b(s, f, 26), sh = b(s, f, 24);
    switch (s->el) {
    case 0:
        filtered = ns ? u != nsu : u;
        break;
    case 1:
        filtered = ns ? p != nsk : p;
        break;
    case 2:
        filtered = ns ? !nsh : nsh == sh;
        break;
    default:
        filtered = m != p;
        break;
    }
    return enabled && !prohibited && !filtered && !frozen;
}

/* CheckForPMUOverflow() */
static bool reference_overflow(const struct pmu_state *s)
{
    unsigned hpmn = s->feat->has_el2 ? s->sr[SR_MDCR_EL2] & 31 : 6;
    bool irq = b(s, SR_PMCR_EL0, 0) && b(s, SR_PMINTENSET_EL1, 31) && b(s, SR_PMOVSSET_EL0, 31);
    for (unsigned n = 0; n < 6; n++)
        if (b(s, SR_PMINTENSET_EL1, n) && b(s, SR_PMOVSSET_EL0, n) &&
            (n < hpmn ? b(s, SR_PMCR_EL0, 0) : b(s, SR_MDCR_EL2, 7)))
            irq = true;
    return irq;
}

static void compare(const char *cpu, bool el2, bool el3)
{
    static const uint16_t controls[] = {SR_PMCR_EL0,       SR_MDCR_EL2,     SR_PMCNTENSET_EL0,
                                        SR_PMINTENSET_EL1, SR_PMOVSSET_EL0, SR_PMCCFILTR_EL0};
    static uint64_t sr[SR_COUNT];
    unsigned counted = 0, asserted = 0;
    open(cpu, el2, el3);
    for (unsigned n = 0; n < 8000; n++) {
        struct pmu_state s = {.feat = &x.feat, .sr = sr, .el = (uint8_t)(draw() % 4)};
        for (unsigned k = 0; k < ARRAY_LEN(controls); k++)
            sr[controls[k]] = k < 3 ? draw() | draw() : draw() & draw();
        sr[SR_MDCR_EL2] = el2 ? (draw() & ~UINT64_C(31)) | draw() % 7 : 6;
        sr[SR_MDCR_EL3] = el3 ? draw() : 0;
        sr[SR_SCR_EL3] = draw() & 1;
        for (unsigned k = 0; k < 6; k++)
            sr[SR_PMEVTYPER0_EL0 + k] = sysreg_mask_write(&x.feat, SR_PMEVTYPER0_EL0 + k, 0, draw());
        sr[SR_PMOVSSET_EL0] &= n & 1 ? 0 : 0x8000003f; /* the counters that exist */
        if (!el3) {
            for (unsigned k = 0; k < 6; k++)
                sr[SR_PMEVTYPER0_EL0 + k] &= ~(UINT64_C(0x34) << 24);
            sr[SR_PMCCFILTR_EL0] &= ~(UINT64_C(0x34) << 24);
        }
        if ((s.el == 3 && !el3) || (s.el == 2 && !el2))
            continue;
        for (unsigned k = 0; k < 7; k++) {
            unsigned idx = k < 6 ? k : 31;
            struct pmu_verdict v = pmu_counts(&s, idx);
            ck_assert_msg(v.counts == reference(&s, idx),
                          "%s, counter %u at EL%u: %s; PMCR %llx MDCR_EL2 %llx MDCR_EL3 %llx", cpu, idx, s.el,
                          v.rule, (unsigned long long)sr[SR_PMCR_EL0], (unsigned long long)sr[SR_MDCR_EL2],
                          (unsigned long long)sr[SR_MDCR_EL3]);
            counted += v.counts;
        }
        ck_assert(pmu_overflow_interrupt(&s) == reference_overflow(&s));
        asserted += pmu_overflow_interrupt(&s);
    }
    ck_assert_uint_gt(counted, 100);
    ck_assert_uint_gt(asserted, 100);
    close();
}

START_TEST(test_counts)
{
    compare("max", true, true);
    compare("max", true, false);
    compare("max", false, false);
    compare("max", false, true);
    compare("neoverse-v1", true, true);
    compare("neoverse-n1", true, true);
    compare("cortex-a57", true, true);
}
END_TEST

/* ---- registers ---- */

/* PMCR_EL0 at reset and which of its bits can be written; PMEVTYPER<n>_EL0; widths. The cores' values are in
 * their Technical Reference Manuals. */
START_TEST(test_registers)
{
    static const struct {
        const char *cpu;
        uint64_t pmcr, writable, type, counter;
    } rows[] = {
        {"max", 6 << 11 | 1 << 6, 0x2a1, 0xfd00ffff, UINT64_MAX},
        {"neoverse-v1", 0x41213040, 0x21, 0xfd00ffff, UINT32_MAX},
        {"neoverse-n1", 0x410c3040, 0x21, 0xfc00ffff, UINT32_MAX},
        {"cortex-a57", 0x41013040, 0x21, 0xfc0003ff, UINT32_MAX},
    };
    for (unsigned n = 0; n < ARRAY_LEN(rows); n++) {
        open(rows[n].cpu, true, true);
        fixture_reset(&x, 3, CODE);
        ck_assert_uint_eq(get(SR_PMCR_EL0), rows[n].pmcr);
        put(SR_PMCR_EL0, UINT64_MAX);
        ck_assert_uint_eq(get(SR_PMCR_EL0), rows[n].pmcr | rows[n].writable);
        put(SR_PMCR_EL0, 0);
        put(SR_PMEVTYPER0_EL0, UINT64_MAX);
        ck_assert_uint_eq(get(SR_PMEVTYPER0_EL0), rows[n].type);
        put(SR_PMCCFILTR_EL0, UINT64_MAX);
        ck_assert_uint_eq(get(SR_PMCCFILTR_EL0), rows[n].type & 0xff000000);
        put(SR_PMEVCNTR5_EL0, UINT64_MAX);
        ck_assert_uint_eq(get(SR_PMEVCNTR5_EL0), rows[n].counter);
        put(SR_PMCCNTR_EL0, UINT64_MAX);
        ck_assert_uint_eq(get(SR_PMCCNTR_EL0), UINT64_MAX);
        put(SR_PMSELR_EL0, UINT64_MAX);
        ck_assert_uint_eq(get(SR_PMSELR_EL0), 31);
        put(SR_PMUSERENR_EL0, UINT64_MAX);
        ck_assert_uint_eq(get(SR_PMUSERENR_EL0), 15);
        ck_assert_uint_eq(bits(x.cpu->sr[SR_MDCR_EL2], 4, 0), 6);
        close();
    }
    open("max", false, false); /* the filters of EL2 and EL3 are RES0 */
    put(SR_PMCCFILTR_EL0, UINT64_MAX);
    ck_assert_uint_eq(get(SR_PMCCFILTR_EL0), 0xc0000000);
    close();
}
END_TEST

/* ---- on a CPU ---- */

static struct cpu *at(unsigned el, uint32_t insn)
{
    fixture_reset(&x, el, CODE);
    for (unsigned n = 0; n < 16; n++)
        fixture_put_insn(&x, CODE + 4 * n, insn);
    x.cpu->sr[SR_HCR_EL2] = HCR_RW;
    x.cpu->sr[SR_VBAR_EL1] = x.cpu->sr[SR_VBAR_EL2] = 0x40004000;
    fixture_changed(&x);
    return x.cpu;
}

static void steps(unsigned n)
{
    while (n-- > 0)
        fixture_step(&x);
}

START_TEST(test_stepping)
{
    open("max", true, false);
    struct cpu *c = at(1, NOP);
    put(SR_PMEVTYPER0_EL0, 0x08);
    put(SR_PMCNTENSET_EL0, 1u << 31 | 1);
    put(SR_PMCR_EL0, 1);
    ck_assert(c->pmu_counting);
    steps(3);
    ck_assert_uint_eq(get(SR_PMEVCNTR0_EL0), 3);
    ck_assert_uint_eq(get(SR_PMCCNTR_EL0), 3);
    put(SR_PMCR_EL0, 0);
    ck_assert(!c->pmu_counting);
    steps(3);
    ck_assert_uint_eq(get(SR_PMEVCNTR0_EL0), 3);
    cpu_reset(c, 1, CODE); /* as PSCI CPU_ON does */
    ck_assert_uint_eq(get(SR_PMCNTENSET_EL0), 0);
    ck_assert_uint_eq(get(SR_PMEVCNTR0_EL0), 0);
    close();
}
END_TEST

START_TEST(test_exceptions)
{
    open("max", true, false);
    at(0, SVC);
    put(SR_PMEVTYPER0_EL0, 0x08);            /* INST_RETIRED */
    put(SR_PMEVTYPER1_EL0, 0x09);            /* EXC_TAKEN */
    put(SR_PMEVTYPER2_EL0, 0x82);            /* EXC_SVC */
    put(SR_PMEVTYPER3_EL0, 0x09 | 1u << 30); /* EXC_TAKEN, not from EL0 */
    put(SR_PMEVTYPER4_EL0, 0x11 | 1u << 31); /* CPU_CYCLES, not at EL1 */
    x.cpu->sr[SR_PMUSERENR_EL0] = 1;
    put(SR_PMCNTENSET_EL0, 0x1f);
    put(SR_PMCR_EL0, 1);
    steps(1); /* SVC: to EL1, where its vector has UDF */
    steps(2); /* two of them */
    ck_assert_uint_eq(get(SR_PMEVCNTR0_EL0), 1);
    ck_assert_uint_eq(get(SR_PMEVCNTR1_EL0), 3);
    ck_assert_uint_eq(get(SR_PMEVCNTR2_EL0), 1);
    ck_assert_uint_eq(get(SR_PMEVCNTR3_EL0), 2);
    ck_assert_uint_eq(get(SR_PMEVCNTR4_EL0), 1);
    close();
}
END_TEST

START_TEST(test_overflow)
{
    open("max", true, false);
    at(1, NOP);
    put(SR_PMEVTYPER0_EL0, 0x11);
    put(SR_PMEVCNTR0_EL0, 0xfffffffe);
    put(SR_PMINTENSET_EL1, 1);
    put(SR_PMCNTENSET_EL0, 1);
    put(SR_PMCR_EL0, 1);
    ck_assert_uint_eq(event_next(&x.events), cpu_now(x.cpu) + (2u << x.cpu->ns_shift));
    steps(1);
    ck_assert_uint_eq(get(SR_PMOVSSET_EL0), 0);
    steps(1);
    ck_assert_uint_eq(get(SR_PMOVSSET_EL0), 1);
    ck_assert_int_eq(line_level, 1);
    put(SR_PMCR_EL0, 0);
    ck_assert_int_eq(line_level, 0);
    put(SR_PMCR_EL0, 1);
    ck_assert_int_eq(line_level, 1);
    put(SR_PMOVSCLR_EL0, 1);
    ck_assert_int_eq(line_level, 0);
    close();
}
END_TEST

int main(void)
{
    Suite *s = suite_create("pmu");
    TCase *t = tcase_create("pmu");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, test_counts);
    tcase_add_test(t, test_registers);
    tcase_add_test(t, test_stepping);
    tcase_add_test(t, test_exceptions);
    tcase_add_test(t, test_overflow);
    suite_add_tcase(s, t);
    return suite_run(s);
}
