/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a CPU remembers must not outlive its reasons.
 *
 * cpu/system.c remembers permissions of sysreg_access() under a stamp of the registers with EFFECT_TRAPS.
 * This test holds the effects column and cpu/context.c's idea of which Exception levels a register concerns
 * against sysreg_access() itself: whatever register changes any verdict at an EL must change that EL's stamp.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/context.h"
#include "cpu/exception.h"
#include "tests/arch/fixture.h"
#include "tests/unit/run.h"

enum { BASES = 6 };

static struct fixture x;
static struct access_verdict before[4][2][SR_COUNT];

static void setup(void)
{
    fixture_init(&x, "max", true, true);
}

static void teardown(void)
{
    fixture_destroy(&x);
}

static struct access_verdict ask(unsigned el, bool write, enum sysreg reg)
{
    const struct access_state s = {.feat = &x.feat, .sr = x.cpu->sr, .el = (uint8_t)el};
    return sysreg_access(&s, reg, write);
}

static void ask_all(void)
{
    for (unsigned el = 0; el < 4; el++)
        for (unsigned w = 0; w < 2; w++)
            for (unsigned reg = 0; reg < SR_COUNT; reg++)
                before[el][w][reg] = ask(el, w, reg);
}

/* Permissions are remembered, with the register that they lead to. */
static bool differs(const struct access_verdict *permission, const struct access_verdict *now)
{
    return now->outcome != ACCESS_OK || now->reg != permission->reg;
}

/* States to start from: what is permitted depends on the other controls. */
static void base_state(unsigned n)
{
    static const uint64_t hcr[BASES] = {HCR_RW,
                                        HCR_RW | HCR_E2H,
                                        HCR_RW | HCR_E2H | HCR_TGE,
                                        HCR_RW | HCR_TGE,
                                        HCR_RW | HCR_API | HCR_APK | HCR_ENSCXT | HCR_ATA | HCR_FIEN,
                                        0};
    uint64_t *sr = x.cpu->sr;
    fixture_reset(&x, 3, 0);
    sr[SR_SCR_EL3] =
        (n == 5 ? 0 : MASK(62, 0) & ~(SCR_IRQ | SCR_FIQ | SCR_EA | SCR_TLOR | SCR_TERR | SCR_SMD)) | SCR_RW;
    sr[SR_HCR_EL2] = hcr[n];
    sr[SR_CPACR_EL1] = ~UINT64_C(0);
    sr[SR_CPTR_EL2] = n == 1 || n == 2 ? 3u << 20 | 3u << 16 : 0;
    sr[SR_SCTLR_EL1] = sr[SR_SCTLR_EL2] = n & 1 ? 0 : ~UINT64_C(0);
    sr[SR_CNTKCTL_EL1] = sr[SR_CNTHCTL_EL2] = 0xfff;
    sr[SR_PMUSERENR_EL0] = 0xf;
    sr[SR_ICC_SRE_EL1] = sr[SR_ICC_SRE_EL2] = sr[SR_ICC_SRE_EL3] = 0xf;
    fixture_changed(&x);
}

static void try_value(enum sysreg source, uint64_t value)
{
    uint64_t old = x.cpu->sr[source];
    uint32_t gen[4];
    if (value == old)
        return;
    for (unsigned el = 0; el < 4; el++)
        gen[el] = context_trap_stamp(x.cpu, el);
    x.cpu->sr[source] = value;
    cpu_register_written(x.cpu, source, old);
    for (unsigned el = 0; el < 4; el++) {
        if (context_trap_stamp(x.cpu, el) != gen[el])
            continue;
        for (unsigned w = 0; w < 2; w++)
            for (unsigned reg = 0; reg < SR_COUNT; reg++) {
                if (before[el][w][reg].outcome != ACCESS_OK)
                    continue;
                struct access_verdict now = ask(el, w, reg);
                if (differs(&before[el][w][reg], &now))
                    ck_abort_msg(
                        "%s = 0x%lx changes %s of %s at EL%u (%s -> %s), but its effects don't say so",
                        sysreg_row(source)->name, (unsigned long)value, w ? "MSR" : "MRS",
                        sysreg_row(reg)->name, el, before[el][w][reg].rule, now.rule);
            }
    }
    x.cpu->sr[source] = old;
    cpu_register_written(x.cpu, source, value);
}

/* Registers that sysreg_access() may look at; ID registers never change. */
static bool is_control(const struct sysreg_row *row)
{
    return (row->access & 6) == 2 && !(row->op0 == 3 && row->crn == 0);
}

START_TEST(test_effects)
{
    base_state((unsigned)_i);
    ask_all();
    for (unsigned source = 0; source < SR_COUNT; source++) {
        if (!is_control(sysreg_row(source)))
            continue;
        uint64_t old = x.cpu->sr[source];
        try_value(source, ~old);
        for (unsigned b = 0; b < 64; b++)
            try_value(source, old ^ BIT(b));
    }
}
END_TEST

/* HCR_EL2, bit by bit: a world switch must not make EL2 forget for nothing, nor keep too much. */
START_TEST(test_hcr_bits)
{
    base_state((unsigned)_i);
    ask_all();
    for (unsigned b = 0; b < 64; b++)
        try_value(SR_HCR_EL2, x.cpu->sr[SR_HCR_EL2] ^ BIT(b));
}
END_TEST

/* Enters (el, pan) and compares what is in effect there with what follows from the registers now. */
static void check_context(unsigned el, bool pan, enum sysreg source, uint64_t value)
{
    struct cpu *c = x.cpu;
    c->el = (uint8_t)el;
    c->pan = pan;
    cpu_context_changed(c, 0);
    struct tctx t, unpriv;
    bool host = el_is_in_host(&x.feat, c->sr, el), host_el0 = el_is_in_host(&x.feat, c->sr, 0);
    bool own_view = el == 1 || (el == 2 && host_el0);
    tctx_make(&t, &x.feat, c->sr, el, false, pan);
    tctx_make(&unpriv, &x.feat, c->sr, el, own_view, pan);
    const struct route_state s = {.feat = &x.feat, .sr = c->sr, .el = (uint8_t)el};
    uint64_t sctlr = c->sr[el == 3 ? SR_SCTLR_EL3 : el == 2 || host ? SR_SCTLR_EL2 : SR_SCTLR_EL1];
    unsigned sp_mask = sctlr & (el == 0 ? SCTLR_SA0 : SCTLR_SA) ? 15 : 0;
    if (memcmp(&c->bank->tctx, &t, sizeof(t)) != 0 ||
        memcmp(&c->bank_unpriv->tctx, &unpriv, sizeof(t)) != 0 ||
        c->fp_trapped != (fp_access(&s).target_el != 0) || c->sp_mask != sp_mask ||
        c->hcr != hcr_effective(&x.feat, c->sr))
        ck_abort_msg("%s = 0x%lx: EL%u PAN=%u keeps what it was before", sysreg_row(source)->name,
                     (unsigned long)value, el, pan);
}

static void check_contexts(enum sysreg source, uint64_t value)
{
    for (unsigned el = 0; el < 4; el++)
        for (unsigned pan = 0; pan < 2; pan++)
            check_context(el, pan && el != 0, source, value);
}

START_TEST(test_contexts)
{
    base_state((unsigned)_i);
    check_contexts(SR_HCR_EL2, 0);
    for (unsigned source = 0; source < SR_COUNT; source++) {
        uint64_t old = x.cpu->sr[source];
        for (unsigned b = 0; b < 64 && is_control(sysreg_row(source)); b++) {
            x.cpu->sr[source] = old ^ BIT(b);
            cpu_register_written(x.cpu, source, old);
            check_contexts(source, old ^ BIT(b));
            x.cpu->sr[source] = old;
            cpu_register_written(x.cpu, source, old ^ BIT(b));
        }
    }
}
END_TEST

/* Going to and fro: any sequence of writes to the registers that world switches change must leave what
 * follows from their values, and equal stamps must stand for equal values. */
START_TEST(test_going_back)
{
    enum { STEPS = 4000, KNOWN = 4096 };
    static const uint16_t regs[] = {SR_HCR_EL2,   SR_HCR_EL2,    SR_VTTBR_EL2,   SR_CPTR_EL2,
                                    SR_CPACR_EL1, SR_SCTLR_EL1,  SR_MDCR_EL2,    SR_TTBR0_EL1,
                                    SR_SCTLR_EL2, SR_HFGRTR_EL2, SR_CNTHCTL_EL2, SR_SCR_EL3};
    static const uint64_t flips[] = {HCR_TGE,  HCR_E2H,     BIT(48),   3u << 20, 3u << 20, SCTLR_DZE,
                                     MDCR_TDA, BIT(48 + 1), SCTLR_UCT, BIT(2),   BIT(0),   SCR_API};
    static struct {
        uint64_t values[ARRAY_LEN(regs)];
    } known[4][KNOWN];
    uint64_t random = 88172645463325252u + (unsigned)_i;
    base_state((unsigned)_i);
    memset(known, 0, sizeof(known));
    for (unsigned step = 0; step < STEPS; step++) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        unsigned n = (unsigned)(random % ARRAY_LEN(regs));
        uint64_t old = x.cpu->sr[regs[n]];
        x.cpu->sr[regs[n]] ^= flips[n];
        cpu_register_written(x.cpu, regs[n], old);
        check_contexts(regs[n], x.cpu->sr[regs[n]]);
        for (unsigned el = 0; el < 4; el++) {
            uint64_t values[ARRAY_LEN(regs)];
            uint32_t stamp = context_trap_stamp(x.cpu, el);
            ck_assert_uint_lt(stamp, KNOWN);
            for (unsigned k = 0; k < ARRAY_LEN(regs); k++)
                values[k] = x.cpu->sr[regs[k]];
            /* translation is none of a verdict's business; EL2 and EL3 look at few of the others */
            values[2] = values[7] = 0;
            if (el >= 2) {
                values[0] &= HCR_E2H, values[1] &= HCR_E2H;
                values[4] = values[5] = values[6] = values[9] = values[10] = 0;
                if (el == 3)
                    values[3] = values[8] = 0;
            }
            if (known[el][stamp].values[11] != 0)
                ck_assert_mem_eq(known[el][stamp].values, values, sizeof(values));
            memcpy(known[el][stamp].values, values, sizeof(values));
        }
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("system");
    TCase *t = tcase_create("remembered verdicts");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, test_effects, 0, BASES);
    tcase_add_loop_test(t, test_hcr_bits, 0, BASES);
    tcase_add_loop_test(t, test_contexts, 0, BASES);
    tcase_add_loop_test(t, test_going_back, 0, BASES);
    suite_add_tcase(s, t);
    return suite_run(s);
}
