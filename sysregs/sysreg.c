/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The register table made from sysregs.def, traps.def and fgt.def; look-up by encoding and name; the verdict
 * on an access; values as writes leave them; reset. Arm ARM DDI 0487 D19.2, accessibility pseudocode; D8.11
 * (nested virtualization). Relies on features.c for what a CPU has.
 */
#include "sysregs/sysreg.h"

#include <string.h>
#include <strings.h>

#include "base/compiler.h"
#include "sysregs/fields.h"

/* ---- conditions: traps.def and fgt.def ---- */

/* Facts about the state that rules need or forbid. */
enum guard {
    G_EL2 = 1,     /* EL2Enabled() */
    G_HOST = 2,    /* EL2Enabled() && HCR_EL2.{E2H,TGE} == {1,1} */
    G_E2H = 4,     /* HCR_EL2.E2H */
    G_TGE = 8,     /* HCR_EL2.TGE */
    G_EL3 = 16,    /* HaveEL(EL3) */
    G_FGTEN = 32,  /* FEAT_FGT, EL2 enabled, and SCR_EL3.FGTEn where EL3 exists */
    G_NXSFGT = 64, /* fine-grained traps of TLBI apply to the nXS forms */
    G_HCXEN = 128, /* IsHCRXEL2Enabled() */
    G_NV = 256,    /* HCR_EL2.NV, NV1, NV2 */
    G_NV1 = 512,
    G_NV2 = 1024,
    G_SECURE = 2048,      /* IsSecureBelowEL3() */
    G_SP0 = 4096,         /* PSTATE.SP is 0 */
    G_HAVE_EL2 = 8192,    /* HaveEL(EL2) */
    G_HIGHER_EL1 = 16384, /* EL2 or EL3 is implemented */
    G_IDST = 32768,       /* FEAT_IDST */
    G_FGT2 = 65536,       /* FEAT_FGT2 */
};

enum rule_outcome { OUT_UNDEF, OUT_T1, OUT_T2, OUT_T3, OUT_REACHES };
enum rule_test {
    TEST_EQUAL,
    TEST_DIFFERS,
    TEST_BREAKPOINTS,
    TEST_WATCHPOINTS,
    TEST_COUNTER_ABSENT,
    TEST_COUNTER_RESERVED,
    TEST_ACTIVITY,
    TEST_SYSPMU_EQUAL,
    TEST_SYSPMU_DIFFERS
};
/* How an access names an event counter of the PMU: by its encoding, by PMSELR_EL0.SEL, or so that SEL 31 is
 * the cycle counter. */
enum counter_name { BY_NAME, BY_SEL, BY_SEL_OR_CYCLES };

struct rule {
    uint8_t outcome, ec;
    uint8_t test; /* enum rule_test of (sr[reg] & mask) and want */
    uint16_t reg;
    uint32_t need, forbid;
    uint64_t mask, want;
    const char *text;
};

#define UNDEF OUT_UNDEF, 0
#define REACHES OUT_REACHES, 0
#define T1(ec) OUT_T1, ec
#define T2(ec) OUT_T2, ec
#define T3(ec) OUT_T3, ec
#define ONE(r, field, b) TEST_EQUAL, SR_##r, BIT(b), BIT(b), #r "." #field "=1"
#define ZERO(r, field, b) TEST_EQUAL, SR_##r, BIT(b), 0, #r "." #field "=0"
#define ANYOF(r, fields, m) TEST_DIFFERS, SR_##r, m, 0, #r "." fields " not all 0"
#define NONEOF(r, fields, m) TEST_EQUAL, SR_##r, m, 0, #r "." fields " all 0"
#define ALLOF(r, fields, m) TEST_EQUAL, SR_##r, m, m, #r "." fields " all 1"
#define NOTALL(r, fields, m) TEST_DIFFERS, SR_##r, m, m, #r "." fields " not all 1"
#define ISNT(r, fields, m, v) TEST_DIFFERS, SR_##r, m, v, #r "." fields " not " #v
#define WHEN(text) TEST_EQUAL, 0, 0, 0, text
#define BREAKPOINTS(n) TEST_BREAKPOINTS, 0, 0, n, "breakpoint not implemented"
#define WATCHPOINTS(n) TEST_WATCHPOINTS, 0, 0, n, "watchpoint not implemented"
#define COUNTER(test, by, text) TEST_COUNTER_##test, SR_PMSELR_EL0, 31, by, text
#define ACTIVITY TEST_ACTIVITY, 0, 0, 0, "activity monitor not implemented"
#define SYSPMU(test, r, n) TEST_SYSPMU_##test, SR_##r, 3, n, #r ".P<n> of the selected System PMU"
#define FGT_WHEN(r, name, b, on)                                                                             \
    TEST_EQUAL, SR_##r##_EL2, BIT(b), (uint64_t)(on) << (b),                                                 \
        (on) ? #r "_EL2." #name "=1" : #r "_EL2." #name "=0"

/* What a fine-grained trap register needs to be looked at: FEAT_FGT2 has no switch of its own (FGT2_OFF). */
#define FGT_NEED_HFGRTR G_FGTEN
#define FGT_NEED_HFGWTR G_FGTEN
#define FGT_NEED_HFGITR G_FGTEN
#define FGT_NEED_HDFGRTR G_FGTEN
#define FGT_NEED_HDFGWTR G_FGTEN
#define FGT_NEED_HAFGRTR G_FGTEN
#define FGT_NEED_HFGRTR2 (G_EL2 | G_FGT2)
#define FGT_NEED_HFGWTR2 (G_EL2 | G_FGT2)
#define FGT_NEED_HDFGRTR2 (G_EL2 | G_FGT2)
#define FGT_NEED_HDFGWTR2 (G_EL2 | G_FGT2)

enum rule_id {
#define TRAP(name, ...) RULE_##name,
#include "sysregs/traps.def"
#undef TRAP
#define FGT(r, name, b, on, feature) FGT_##r##_##name, FGTX_##r##_##name,
#include "sysregs/fgt.def"
#undef FGT
    RULE_COUNT
};

/* Fills a rule from the columns of its row, which are macros that give several members each. */
#define RULE(...) RULE_MEMBERS(__VA_ARGS__)
#define RULE_MEMBERS(outcome_, ec_, need_, forbid_, test_, reg_, mask_, want_, text_)                        \
    {                                                                                                        \
        .outcome = outcome_, .ec = ec_, .test = test_, .need = need_, .forbid = forbid_, .reg = reg_,        \
        .mask = mask_, .want = want_, .text = text_                                                          \
    }

static const struct rule rules[RULE_COUNT] = {
#define TRAP(name, ...) [RULE_##name] = RULE(__VA_ARGS__),
#include "sysregs/traps.def"
#undef TRAP
#define FGT(r, name, b, on, feature)                                                                         \
    [FGT_##r##_##name] = RULE(T2(0x18), FGT_NEED_##r, G_HOST, FGT_WHEN(r, name, b, on)),                     \
    [FGTX_##r##_##name] = RULE(T2(0x18), FGT_NEED_##r | G_NXSFGT, G_HOST, FGT_WHEN(r, name, b, on)),
#include "sysregs/fgt.def"
#undef FGT
};
#undef UNDEF
#undef REACHES
#undef T1
#undef T2
#undef T3
#undef ONE
#undef ZERO
#undef WHEN

/* ---- the table: sysregs.def ---- */

/* Accesses as bits: EL times 2, plus 1 for a write. */
enum {
    ON_R0 = 1,
    ON_R1 = 4,
    ON_R2 = 16,
    ON_R3 = 64,
    ON_R01 = ON_R0 | ON_R1,
    ON_R012 = ON_R01 | ON_R2,
    ON_R12 = ON_R1 | ON_R2,
    ON_R23 = ON_R2 | ON_R3,
    ON_R123 = ON_R12 | ON_R3,
    ON_R0123 = ON_R012 | ON_R3,
    ON_W0 = ON_R0 << 1,
    ON_W1 = ON_R1 << 1,
    ON_W2 = ON_R2 << 1,
    ON_W3 = ON_R3 << 1,
    ON_W01 = ON_R01 << 1,
    ON_W012 = ON_R012 << 1,
    ON_W12 = ON_R12 << 1,
    ON_RW0 = ON_R0 * 3,
    ON_RW1 = ON_R1 * 3,
    ON_RW2 = ON_R2 * 3,
    ON_RW3 = ON_R3 * 3,
    ON_RW01 = ON_R01 * 3,
    ON_RW012 = ON_R012 * 3,
    ON_RW12 = ON_R12 * 3,
    ON_RW23 = ON_R23 * 3,
    ON_RW123 = ON_R123 * 3,
    ON_RW0123 = ON_R0123 * 3,
    ON_READS = ON_R0123,
    ON_WRITES = ON_R0123 << 1,
};

/* A row's reference to a rule; lists end with one whose `when` is 0. */
struct row_rule {
    uint8_t when; /* ON_* */
    uint16_t rule;
};

#define ROW_RULES_NONE
#define ROW_RULES_RULES(...) __VA_ARGS__
#define T(when_, name) {ON_##when_, RULE_##name},
#define F(when_, r, name) {ON_##when_, FGT_##r##_##name},
#define FX(when_, r, name) {ON_##when_, FGTX_##r##_##name},
#define FG(els, group, name) {ON_R##els, FGT_##group##RTR_##name}, {ON_W##els, FGT_##group##WTR_##name},
#define F2(when_, r, name) {ON_##when_, RULE_FGT2_OFF}, {ON_##when_, FGT_##r##_##name},
#define FG2(els, group, name)                                                                                \
    {ON_RW##els, RULE_FGT2_OFF}, {ON_R##els, FGT_##group##RTR2_##name}, {ON_W##els, FGT_##group##WTR2_##name},
#define SYSREG(name, op0, op1, crn, crm, op2, access, class, feature, reach, memory, unit, effects, reset,   \
               res0, res1, list)                                                                             \
    static const struct row_rule rules_##name[] = {ROW_RULES_##list{0, 0}};
#include "sysregs/sysregs.def"
#undef SYSREG
#undef T
#undef F
#undef FX
#undef FG
#undef F2
#undef FG2

enum row_class { CLASS_EL0, CLASS_EL1, CLASS_EL2, CLASS_EL3, CLASS_EL12, CLASS_EL02 };
enum reach {
    REACH_SAME,
    REACH_E2H,
    REACH_HOST,
    REACH_ALIAS,
    REACH_GUEST,
    REACH_AMO,
    REACH_NVREG,
    REACH_NOEL2
};

/* What sysreg_access() knows of a row beyond struct sysreg_row. */
struct row_access {
    const struct row_rule *rules;
    uint8_t care;     /* ON_*: accesses that must be looked at; others just reach their own storage */
    uint8_t examined; /* ON_*: those of them that need more than a look at `reach` */
    uint8_t class;    /* enum row_class */
    uint8_t reach;    /* enum reach, of `to`, in Secure state `to_secure` */
    uint8_t nv_bits;  /* HCR_EL2.{NV2,NV1,NV} that send it to memory, under nv_mask; both 0: never */
    uint8_t nv_mask;
    uint16_t feature;
    uint16_t to, to_secure;
    uint16_t nv_offset;
};

#define ACCESS_R 1
#define ACCESS_W 2
#define ACCESS_RW 3
#define ACCESS_SYS(text) 6
#define ACCESS_SYSL(text) 5
#define TEXT_R(name) name
#define TEXT_W(name) name
#define TEXT_RW(name) name
#define TEXT_SYS(text) text TEXT_OF
#define TEXT_SYSL(text) text TEXT_OF
#define TEXT_OF(name)

static const struct sysreg_row rows[SR_COUNT] = {
#define SYSREG(name_, op0_, op1_, crn_, crm_, op2_, access_, class_, feature_, reach_, memory_, unit_,       \
               effects_, reset_, res0_, res1_, list_)                                                        \
    [SR_##name_] = {.name = TEXT_##access_(#name_),                                                          \
                    .op0 = op0_,                                                                             \
                    .op1 = op1_,                                                                             \
                    .crn = crn_,                                                                             \
                    .crm = crm_,                                                                             \
                    .op2 = op2_,                                                                             \
                    .access = ACCESS_##access_,                                                              \
                    .unit = unit_,                                                                           \
                    .effects = effects_,                                                                     \
                    .feature = FEAT_##feature_,                                                              \
                    .reset = reset_,                                                                         \
                    .res0 = res0_,                                                                           \
                    .res1 = res1_},
#include "sysregs/sysregs.def"
#undef SYSREG
};

/* Accesses that a column alone makes interesting. */
#define CARE_CLASS_EL0 0
#define CARE_CLASS_EL1 ON_RW0
#define CARE_CLASS_EL2 ON_RW01
#define CARE_CLASS_EL3 ON_RW012
#define CARE_CLASS_EL12 ON_RW0123
#define CARE_CLASS_EL02 ON_RW0123
#define EXAMINE_CLASS_EL0 CARE_CLASS_EL0
#define EXAMINE_CLASS_EL1 CARE_CLASS_EL1
#define EXAMINE_CLASS_EL2 CARE_CLASS_EL2
#define EXAMINE_CLASS_EL3 CARE_CLASS_EL3
#define EXAMINE_CLASS_EL12 (ON_RW01 | ON_RW3)
#define EXAMINE_CLASS_EL02 (ON_RW01 | ON_RW3)
#define CARE_SAME 0
#define CARE_E2H(r) ON_RW2
#define CARE_HOST(r, s) (ON_RW0 | ON_RW2)
#define CARE_ALIAS(r) ON_RW0123
#define CARE_GUEST(r) ON_RW1
#define CARE_AMO(r) ON_RW1
#define CARE_NVREG(r) ON_RW1
#define CARE_NOEL2(r) ON_R3
#define CARE_NONE 0
#define CARE_NV(bits, offset) ON_RW1
#define CARE_ACCESS_R ON_WRITES
#define CARE_ACCESS_W ON_READS
#define CARE_ACCESS_RW 0
#define CARE_ACCESS_SYS(text) ON_READS
#define CARE_ACCESS_SYSL(text) ON_WRITES
#define CARE_RULES(...) (0 __VA_ARGS__)
/* The columns as members of struct row_access. */
#define INTO_SAME .reach = REACH_SAME
#define INTO_E2H(r) .reach = REACH_E2H, .to = SR_##r, .to_secure = SR_##r
#define INTO_HOST(r, s) .reach = REACH_HOST, .to = SR_##r, .to_secure = SR_##s
#define INTO_ALIAS(r) .reach = REACH_ALIAS, .to = SR_##r, .to_secure = SR_##r
#define INTO_GUEST(r) .reach = REACH_GUEST, .to = SR_##r, .to_secure = SR_##r
#define INTO_AMO(r) .reach = REACH_AMO, .to = SR_##r, .to_secure = SR_##r
#define INTO_NVREG(r) .reach = REACH_NVREG, .to = SR_##r, .to_secure = SR_##r
#define INTO_NOEL2(r) .reach = REACH_NOEL2, .to = SR_##r, .to_secure = SR_##r
#define MEMORY_NONE .nv_offset = 0
#define MEMORY_NV(bits, offset) NV_##bits, .nv_offset = offset
#define NV_1x1 .nv_bits = 5, .nv_mask = 5
#define NV_101 .nv_bits = 5, .nv_mask = 7
#define NV_111 .nv_bits = 7, .nv_mask = 7

static const struct row_access access_rows[SR_COUNT] = {
#define T(when_, name) | ON_##when_
#define F(when_, r, name) | ON_##when_
#define FX(when_, r, name) | ON_##when_
#define FG(els, group, name) | ON_RW##els
#define F2(when_, r, name) | ON_##when_
#define FG2(els, group, name) | ON_RW##els
#define SYSREG(name_, op0_, op1_, crn_, crm_, op2_, access_, class_, feature_, reach_, memory_, unit_,       \
               effects_, reset_, res0_, res1_, list_)                                                        \
    [SR_##name_] = {                                                                                         \
        .rules = rules_##name_,                                                                              \
        .care = CARE_CLASS_##class_ | CARE_##reach_ | CARE_##memory_ | CARE_ACCESS_##access_ | CARE_##list_, \
        .examined = EXAMINE_CLASS_##class_ | CARE_##memory_ | CARE_ACCESS_##access_ | CARE_##list_,          \
        .feature = FEAT_##feature_,                                                                          \
        .class = CLASS_##class_,                                                                             \
        INTO_##reach_,                                                                                       \
        MEMORY_##memory_},
#include "sysregs/sysregs.def"
#undef SYSREG
#undef T
#undef F
#undef FX
#undef FG
#undef F2
#undef FG2
};

#define ENCODING(op0, op1, crn, crm, op2) ((op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))

/* Row number plus 1 of each encoding, 0 where there is none. DBGDTRTX_EL0 is DBGDTRRX_EL0's write side. */
static const uint16_t encodings[1 << 16] = {
#define SYSREG(name, op0, op1, crn, crm, op2, ...)                                                           \
    [SR_##name == SR_DBGDTRTX_EL0 ? 0 : ENCODING(op0, op1, crn, crm, op2)] = SR_##name + 1,
#include "sysregs/sysregs.def"
#undef SYSREG
};

const struct sysreg_row *sysreg_row(enum sysreg reg)
{
    return &rows[reg];
}

bool sysreg_has_storage(enum sysreg reg)
{
    return !(rows[reg].access & 4) && access_rows[reg].reach != REACH_ALIAS;
}

enum sysreg sysreg_find(unsigned op0, unsigned op1, unsigned crn, unsigned crm, unsigned op2)
{
    if ((op0 & 1) != 0 && (crn == 11 || crn == 15))
        return op0 == 3 ? SR_IMPDEF : SR_IMPDEF_SYS;
    unsigned index = ENCODING(op0 & 3, op1 & 7, crn & 15, crm & 15, op2 & 7);
    if (index == 0 || encodings[index] == 0)
        return SR_NONE;
    return encodings[index] - 1;
}

enum sysreg sysreg_by_name(const char *name)
{
    for (unsigned i = 0; i < SR_COUNT; i++)
        if (strcasecmp(rows[i].name, name) == 0)
            return i;
    return SR_NONE;
}

/* ---- the verdict ---- */

static ALWAYS_INLINE uint32_t state_guards(const struct access_state *s)
{
    const struct features *f = s->feat;
    const uint64_t hcr = s->sr[SR_HCR_EL2], hcrx = s->sr[SR_HCRX_EL2];
    /* Without EL3 everything is Non-secure and nothing that EL3 enables is disabled. */
    const uint64_t scr = f->has_el3 ? s->sr[SR_SCR_EL3] : SCR_NS | SCR_FGTEN | SCR_HXEN;
    const bool secure = (scr & SCR_NS) == 0;
    const bool el2 = f->has_el2 && (!secure || (scr & SCR_EEL2) != 0); /* EL2Enabled() */
    const bool host = el2 && (hcr & HCR_E2H) != 0 && (hcr & HCR_TGE) != 0;
    const bool hcx = (scr & SCR_HXEN) != 0, nxs = has(f, FEAT_HCX) && !(hcx && (hcrx & HCRX_FGTNXS) != 0);

    return el2 * G_EL2 | host * G_HOST | bit(hcr, 34) * G_E2H | bit(hcr, 27) * G_TGE | f->has_el3 * G_EL3 |
           (el2 && has(f, FEAT_FGT) && (scr & SCR_FGTEN) != 0) * G_FGTEN | nxs * G_NXSFGT |
           (hcx && has(f, FEAT_HCX)) * G_HCXEN | bits(hcr, 43, 42) * G_NV | bit(hcr, 45) * G_NV2 |
           secure * G_SECURE | s->pstate_sp0 * G_SP0 | f->has_el2 * G_HAVE_EL2 |
           (f->has_el2 || f->has_el3) * G_HIGHER_EL1 | has(f, FEAT_IDST) * G_IDST |
           has(f, FEAT_FGT2) * G_FGT2;
}

/* Is the event counter that an access to `reg` names one of those from `first` on? Arm ARM D13.8
 * (PMEVCNTR<n>_EL0, PMXEVCNTR_EL0): for the case that it is not accessible, what FEAT_FGT makes the rule is
 * chosen without it, too. */
static bool counter_beyond(const struct access_state *s, enum sysreg reg, enum counter_name by,
                           unsigned first)
{
    unsigned n = (unsigned)bits(s->sr[SR_PMSELR_EL0], 4, 0);
    if (by == BY_NAME)
        n = (rows[reg].crm & 3u) << 3 | rows[reg].op2;
    return n >= first && !(n == 31 && by == BY_SEL_OR_CYCLES);
}

/* Number n of AMEVCNTR1<n>_EL0, AMEVTYPER1<n>_EL0 and AMEVCNTVOFF1<n>_EL2, as their encodings have it. */
static unsigned activity_number(enum sysreg reg)
{
    return (rows[reg].crm & 1u) << 3 | rows[reg].op2;
}

/* SPMACCESSR_ELx.P<n> of the System PMU that SPMSELR_EL0.SYSPMUSEL selects. */
static unsigned syspmu_access(const struct access_state *s, enum sysreg reg)
{
    return s->sr[reg] >> (bits(s->sr[SR_SPMSELR_EL0], 8, 4) * 2) & 3;
}

static bool rule_holds(const struct rule *r, const struct access_state *s, enum sysreg reg, uint32_t guards)
{
    if ((guards & r->need) != r->need || (guards & r->forbid) != 0)
        return false;
    switch (r->test) {
    case TEST_EQUAL:
        return (s->sr[r->reg] & r->mask) == r->want;
    case TEST_DIFFERS:
        return (s->sr[r->reg] & r->mask) != r->want;
    case TEST_BREAKPOINTS:
        return s->feat->breakpoints <= r->want;
    case TEST_COUNTER_ABSENT:
        return counter_beyond(s, reg, r->want, s->feat->counters);
    case TEST_COUNTER_RESERVED:
        return counter_beyond(s, reg, r->want, (unsigned)bits(s->sr[SR_MDCR_EL2], 4, 0));
    case TEST_ACTIVITY:
        return s->feat->activity <= activity_number(reg);
    case TEST_SYSPMU_EQUAL:
        return syspmu_access(s, r->reg) == r->want;
    case TEST_SYSPMU_DIFFERS:
        return syspmu_access(s, r->reg) != r->want;
    default:
        return s->feat->watchpoints <= r->want;
    }
}

/* ---- what is looked at, for those who want to know ---- */

const char *sysreg_condition(unsigned n, bool holds)
{
    static const char *const text[SYSREG_CONDITIONS][2] = {
        {"EL2 is not enabled", "EL2 is enabled"},
        {"not in a host: HCR_EL2.{E2H,TGE} is not {1,1}", "in a host: HCR_EL2.{E2H,TGE}={1,1}"},
        {"HCR_EL2.E2H=0", "HCR_EL2.E2H=1"},
        {"HCR_EL2.TGE=0", "HCR_EL2.TGE=1"},
        {"EL3 is not implemented", "EL3 is implemented"},
        {"fine-grained traps are off (FEAT_FGT, SCR_EL3.FGTEn)", "fine-grained traps are on"},
        {"HCRX_EL2.FGTnXS=1", "HCRX_EL2.FGTnXS=0"},
        {"HCRX_EL2 is not enabled (FEAT_HCX, SCR_EL3.HXEn)", "HCRX_EL2 is enabled"},
        {"HCR_EL2.NV=0", "HCR_EL2.NV=1"},
        {"HCR_EL2.NV1=0", "HCR_EL2.NV1=1"},
        {"HCR_EL2.NV2=0", "HCR_EL2.NV2=1"},
        {"not in Secure state", "in Secure state"},
        {"PSTATE.SP=1", "PSTATE.SP=0"},
        {"EL2 is not implemented", "EL2 is implemented"},
        {"neither EL2 nor EL3 is implemented", "EL2 or EL3 is implemented"},
        {"FEAT_IDST is not implemented", "FEAT_IDST is implemented"},
        {"FEAT_FGT2 is not implemented", "FEAT_FGT2 is implemented"},
    };

    return n < ARRAY_LEN(text) ? text[n][holds] : "";
}

/* Every function below that takes a `rec` is compiled twice: for nobody (NULL, a constant) and for a
 * recorder. */
static ALWAYS_INLINE struct access_step *note(struct access_record *rec, const char *rule, bool holds)
{
    if (rec == NULL || rec->n == ACCESS_STEPS)
        return NULL;
    struct access_step *step = &rec->step[rec->n++];
    *step = (struct access_step){.rule = rule, .holds = holds, .reg = SR_NONE};
    return step;
}

/* The same of a rule that looks at HCR_EL2 only. */
static ALWAYS_INLINE void note_hcr(struct access_record *rec, const char *rule, uint64_t mask, bool holds)
{
    struct access_step *step = note(rec, rule, holds);
    if (step == NULL)
        return;
    step->reg = SR_HCR_EL2;
    step->mask = step->want = mask;
}

static ALWAYS_INLINE void note_rule(struct access_record *rec, const struct rule *r, bool holds)
{
    struct access_step *step = note(rec, r->text, holds);
    if (step == NULL)
        return;
    step->need = r->need;
    step->forbid = r->forbid;
    step->decides = true;
    step->undefined = r->outcome == OUT_UNDEF;
    step->target_el = r->outcome >= OUT_T1 && r->outcome <= OUT_T3 ? r->outcome - OUT_T1 + 1 : 0;
    step->ec = r->ec;
    if (r->test <= TEST_DIFFERS && r->mask != 0) {
        step->reg = r->reg;
        step->mask = r->mask;
        step->want = r->want;
        step->differs = r->test == TEST_DIFFERS;
    }
}

static struct access_verdict undefined(enum sysreg reg, const char *rule)
{
    return (struct access_verdict){.outcome = ACCESS_UNDEF, .reg = reg, .rule = rule};
}

static struct access_verdict trapped(enum sysreg reg, unsigned el, unsigned ec, const char *rule)
{
    return (struct access_verdict){
        .outcome = ACCESS_TRAP, .reg = reg, .target_el = el, .ec = ec, .rule = rule};
}

static struct access_verdict reaches(enum sysreg reg, const char *rule)
{
    return (struct access_verdict){.outcome = ACCESS_OK, .reg = reg, .rule = rule};
}

static struct access_verdict decided(const struct rule *r, enum sysreg reg, unsigned el, uint32_t guards)
{
    if (r->outcome == OUT_UNDEF)
        return undefined(reg, r->text);
    if (r->outcome == OUT_REACHES)
        return reaches(reg, r->text);
    /* An exception to EL1 from EL0 is routed to EL2 under TGE; AArch64.AdvSIMDFPAccessTrap() reports EC 0
     * then. */
    if (r->outcome == OUT_T1 && el == 0 && (guards & (G_EL2 | G_TGE)) == (G_EL2 | G_TGE))
        return trapped(reg, 2, r->ec == EC_FP_ACCESS ? EC_UNKNOWN : r->ec, r->text);
    return trapped(reg, r->outcome - OUT_T1 + 1, r->ec, r->text);
}

/* HCR_EL2's bits of a column NV(): row_access.nv_bits or nv_mask. */
static uint64_t nv_hcr(unsigned bits)
{
    return ((bits & 4) != 0 ? HCR_NV2 : 0) | ((bits & 2) != 0 ? HCR_NV1 : 0) | ((bits & 1) != 0 ? HCR_NV : 0);
}

/* An access at EL1 that FEAT_NV or FEAT_NV2 may redirect or trap; false: they don't. Arm ARM D8.11. */
static ALWAYS_INLINE bool nested(const struct row_access *a, enum sysreg reg, uint32_t guards,
                                 struct access_verdict *v, struct access_record *rec)
{
    const bool on = (guards & (G_EL2 | G_NV)) == (G_EL2 | G_NV);
    const unsigned bits = ((guards & G_NV2) != 0) << 2 | ((guards & G_NV1) != 0) << 1 | on;

    if (a->nv_mask != 0) {
        const bool holds = on && (bits & a->nv_mask) == a->nv_bits;
        struct access_step *step = note(rec, "redirected to memory by HCR_EL2.NV2", holds);
        if (step != NULL) {
            step->need = G_EL2;
            step->reg = SR_HCR_EL2;
            step->mask = nv_hcr(a->nv_mask);
            step->want = nv_hcr(a->nv_bits);
        }
        if (holds) {
            *v = (struct access_verdict){.outcome = ACCESS_MEMORY,
                                         .reg = reg,
                                         .offset = a->nv_offset,
                                         .rule = "redirected to memory by HCR_EL2.NV2"};
            return true;
        }
    }
    if (a->reach == REACH_NVREG) {
        const bool holds = on && (guards & G_NV2) != 0;
        note_hcr(rec, "redirected by HCR_EL2.NV2", HCR_NV | HCR_NV2, holds);
        if (holds) {
            *v = reaches(a->to, "redirected by HCR_EL2.NV2");
            return true;
        }
    }
    if (a->class != CLASS_EL2 && a->class != CLASS_EL12 && a->class != CLASS_EL02)
        return false;
    note_hcr(rec, "HCR_EL2.NV=1", HCR_NV, on);
    if (on)
        *v = trapped(reg, 2, EC_SYSREG, "HCR_EL2.NV=1");
    return on;
}

/* Is a name of this class there at this EL? */
static bool class_permits(unsigned class, unsigned el, uint32_t guards)
{
    if (class < CLASS_EL12)
        return el >= class;
    return el >= 2 && (guards & (G_EL2 | G_E2H)) == (G_EL2 | G_E2H);
}

/* The same in words, where it isn't. */
static const char *class_rule(unsigned class)
{
    static const char *const text[] = {
        [CLASS_EL0] = "",
        [CLASS_EL1] = "not accessible below EL1",
        [CLASS_EL2] = "not accessible below EL2",
        [CLASS_EL3] = "not accessible below EL3",
        [CLASS_EL12] = "an _EL12 name: EL2 and EL3 have it, while HCR_EL2.E2H=1",
        [CLASS_EL02] = "an _EL02 name: EL2 and EL3 have it, while HCR_EL2.E2H=1",
    };

    return text[class];
}

/* Where an access that is permitted lands. `hcr` is HCR_EL2. */
static ALWAYS_INLINE struct access_verdict redirect(const struct access_state *s, enum sysreg reg, bool write,
                                                    struct access_record *rec)
{
    const struct row_access *a = &access_rows[reg];
    const uint64_t hcr = s->sr[SR_HCR_EL2];
    const char *rule = NULL;
    bool holds = false;
    enum sysreg to = a->to;
    uint64_t looks_at = 0; /* bits of HCR_EL2 */

    switch (a->reach) {
    case REACH_E2H:
        rule = "redirected by HCR_EL2.E2H=1";
        holds = s->el == 2 && (hcr & HCR_E2H) != 0;
        looks_at = HCR_E2H;
        break;
    case REACH_HOST:
        rule = "redirected in host: HCR_EL2.E2H=1";
        holds = s->el != 1 && el_is_in_host(s->feat, s->sr, s->el);
        looks_at = s->el == 0 ? HCR_E2H | HCR_TGE : HCR_E2H;
        if (holds && is_secure_below_el3(s->feat, s->sr))
            to = a->to_secure;
        break;
    case REACH_ALIAS:
        rule = "alias while HCR_EL2.E2H=1";
        holds = true;
        looks_at = HCR_E2H;
        break;
    case REACH_GUEST:
        rule = "virtual value: EL2 enabled";
        holds = s->el == 1 && el2_enabled(s->feat, s->sr);
        break;
    case REACH_AMO:
        rule = "virtual SError: HCR_EL2.AMO=1";
        holds = s->el == 1 && (hcr & HCR_AMO) != 0 && el2_enabled(s->feat, s->sr);
        looks_at = HCR_AMO;
        break;
    case REACH_NOEL2:
        rule = "EL2 not implemented";
        holds = !write && !s->feat->has_el2;
        break;
    default:
        return reaches(reg, "direct");
    }
    note_hcr(rec, rule, looks_at, holds);
    return holds ? reaches(to, rule) : reaches(reg, "direct");
}

/* The access is one that rules, the class or nested virtualization have a word on. */
static ALWAYS_INLINE struct access_verdict examine_for(const struct access_state *s, enum sysreg reg,
                                                       bool write, struct access_record *rec)
{
    if (reg == SR_DBGDTRRX_EL0 && write)
        reg = SR_DBGDTRTX_EL0; /* one encoding, two registers */

    const struct row_access *a = &access_rows[reg];
    const unsigned el = s->el, when = 1u << (el * 2 + write);
    const uint32_t guards = state_guards(s);
    struct access_verdict v;

    if ((rows[reg].access & (write ? 2 : 1)) == 0)
        return undefined(reg, write ? "not writable" : "not readable");
    for (const struct row_rule *r = a->rules; r->when != 0; r++) {
        if ((r->when & when) == 0)
            continue;
        const bool holds = rule_holds(&rules[r->rule], s, reg, guards);
        note_rule(rec, &rules[r->rule], holds);
        if (holds)
            return decided(&rules[r->rule], reg, el, guards);
    }
    if (el == 1 && nested(a, reg, guards, &v, rec))
        return v;
    if (!class_permits(a->class, el, guards)) {
        note(rec, class_rule(a->class), true);
        return undefined(reg, "no access at this EL");
    }
    return redirect(s, reg, write, rec);
}

static NOINLINE struct access_verdict examine(const struct access_state *s, enum sysreg reg, bool write)
{
    return examine_for(s, reg, write, NULL);
}

struct access_verdict sysreg_undefined_read(const struct access_state *s, enum sysreg reg,
                                            const unsigned encoding[4], const char *rule)
{
    const bool id_space =
        encoding[0] == 3 && (encoding[1] < 2 || encoding[1] == 3) && encoding[2] == 0 && encoding[3] < 8;

    if (!id_space || !has(s->feat, FEAT_IDST))
        return undefined(reg, rule);
    if (s->el == 0)
        return trapped(reg, (hcr_effective(s->feat, s->sr) & HCR_TGE) != 0 ? 2 : 1, EC_SYSREG, rule);
    return trapped(reg, s->el, EC_SYSREG, rule);
}

static ALWAYS_INLINE struct access_verdict access_for(const struct access_state *s, enum sysreg reg,
                                                      bool write, struct access_record *rec)
{
    const struct row_access *a = &access_rows[reg];
    const unsigned when = 1u << (s->el * 2 + write);

    if (UNLIKELY(!has(s->feat, a->feature))) {
        const struct sysreg_row *r = &rows[reg];
        note(rec, feature_absent(a->feature), true);
        if (!write && r->op0 == 3 && r->crn == 0)
            return sysreg_undefined_read(s, reg, (const unsigned[]){r->op0, r->op1, r->crn, r->crm},
                                         feature_absent(a->feature));
        return undefined(reg, feature_absent(a->feature));
    }
    if ((a->care & when) == 0)
        return reaches(reg, "direct");
    if ((a->examined & when) != 0)
        return rec == NULL ? examine(s, reg, write) : examine_for(s, reg, write, rec);
    if (a->class >= CLASS_EL12 && (s->sr[SR_HCR_EL2] & HCR_E2H) == 0) { /* at EL2 */
        note(rec, class_rule(a->class), true);
        return undefined(reg, "no access at this EL");
    }
    return redirect(s, reg, write, rec);
}

struct access_verdict sysreg_access(const struct access_state *s, enum sysreg reg, bool write)
{
    return access_for(s, reg, write, NULL);
}

struct access_verdict sysreg_access_steps(const struct access_state *s, enum sysreg reg, bool write,
                                          struct access_record *rec)
{
    rec->n = 0;
    rec->state = state_guards(s);
    return access_for(s, reg, write, rec);
}

/* ---- values ---- */

enum { LAYOUT_ANY, LAYOUT_NVHE, LAYOUT_VHE };

/* The layouts of a register: for E2H=0 and E2H=1, as REGSET_* plus 1; 0: the row's RES0 and RES1 say it all.
 */
static const uint8_t layouts[2][SR_COUNT] = {
#define FIELD(set, name, high, low, feature)
#define FIELD1(set, name, high, low, feature)
#define FIXED1(set, name, high, low)
#define SET(name, reg, layout) [LAYOUT_##layout == LAYOUT_VHE][SR_##reg] = REGSET_##name + 1,
#include "sysregs/regfields.def"
#undef SET
#undef FIELD
#undef FIELD1
#undef FIXED1
};

static uint64_t apply_mask(const struct regmask *m, uint64_t v)
{
    return (v & m->writable) | m->ones;
}

uint64_t sysreg_store_value(const struct features *f, const uint64_t *sr, enum sysreg reg, uint64_t v)
{
    unsigned set = layouts[0][reg];

    v = (v & ~rows[reg].res0) | rows[reg].res1;
    if ((sr[SR_HCR_EL2] & HCR_E2H) != 0 && layouts[1][reg] != 0)
        set = layouts[1][reg];
    return set != 0 ? apply_mask(&f->masks[set - 1], v) : v;
}

uint64_t sysreg_mask_write(const struct features *f, enum sysreg reg, uint64_t old, uint64_t v)
{
    const uint8_t set = layouts[0][reg], vhe = layouts[1][reg];

    (void)old;
    v = (v & ~rows[reg].res0) | rows[reg].res1;
    if (set == 0)
        return v;
    struct regmask m = f->masks[set - 1];
    if (vhe != 0) {
        m.writable |= f->masks[vhe - 1].writable;
        m.ones &= f->masks[vhe - 1].ones;
    }
    return apply_mask(&m, v);
}

/* Which bits may be ones, and which must: in either layout. */
bool sysreg_can_hold(const struct features *f, enum sysreg reg, uint64_t old, uint64_t v)
{
    const uint8_t set = layouts[0][reg], vhe = layouts[1][reg];
    uint64_t may = ~rows[reg].res0 | rows[reg].res1, must = rows[reg].res1;

    if (rows[reg].op0 == 3 && rows[reg].access == ACCESS_R)
        return v == old;
    if (set != 0) {
        struct regmask m = f->masks[set - 1];
        if (vhe != 0) {
            m.writable |= f->masks[vhe - 1].writable | f->masks[vhe - 1].ones | m.ones;
            m.ones &= f->masks[vhe - 1].ones;
        }
        may &= m.writable | m.ones;
        must |= m.ones;
    }
    return (v & ~may) == 0 && (must & ~v) == 0;
}

void sysreg_reset(uint64_t *sr, const struct features *f, unsigned index)
{
    memset(sr, 0, SR_COUNT * sizeof(*sr));
    sr[SR_HCR_EL2] = sysreg_mask_write(f, SR_HCR_EL2, 0, 0);
    for (unsigned i = 0; i < SR_COUNT; i++) {
        sr[i] = sysreg_store_value(f, sr, i, rows[i].reset);
        if (rows[i].op0 == 3 && rows[i].access == ACCESS_R)
            sr[i] |= features_id(f, i);
    }
    sr[SR_MDCR_EL2] |= f->counters; /* HPMN: no event counter is reserved for EL2 */
    /* Affinity as the board's GIC counts: clusters of 16. */
    sr[SR_MPIDR_EL1] = BIT(31) | (uint64_t)(index / 16) << 8 | index % 16;
    sr[SR_VMPIDR_EL2] = sr[SR_MPIDR_EL1];
    sr[SR_VPIDR_EL2] = sr[SR_MIDR_EL1];
}
