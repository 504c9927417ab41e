/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Arm's table of accesses, states, and the comparison of outcomes: see accesses.h.
 */
#include "tests/spec/accesses.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "mmu/mmu.h"
#include "sysregs/fields.h"

/* ---- files ---- */

FILE *spec_open(const char *name)
{
    const char *env = getenv("EL2SIM_TEST_DATA"), *src = getenv("srcdir");
    char path[1200];

    if (env != NULL)
        snprintf(path, sizeof(path), "%s/%s", env, name);
    else
        snprintf(path, sizeof(path), "%s/tests/data/%s", src != NULL ? src : ".", name);
    FILE *f = fopen(path, "r");
    if (f == NULL) {
        fprintf(stderr, "can't open %s (set EL2SIM_TEST_DATA)\n", path);
        exit(1);
    }
    return f;
}

bool spec_row(FILE *f, char *line, size_t size, char **col, unsigned columns)
{
    if (fgets(line, size, f) == NULL)
        return false;
    line[strcspn(line, "\n")] = '\0';
    for (unsigned i = 0; i < columns; i++) {
        col[i] = line;
        line += strcspn(line, "\t");
        if (*line != '\0')
            *line++ = '\0';
    }
    return true;
}

/* ---- the table ---- */

/* The expression SPMACCESSR_ELx<2*SYSPMUSEL+1:2*SYSPMUSEL> was lost on the table's way from the pseudocode:
 * conditions have "=='00'" or "!='11'" there. The condition before it tells which register it was. Arm ARM
 * D19.5, SPMEVCNTR<n>_EL0 and its neighbours. */
static char *mend(const char *condition)
{
    const char *hole = strstr(condition, "&& =='");
    if (hole == NULL)
        hole = strstr(condition, "&& !='");
    if (hole == NULL)
        return strdup(condition);

    char *text = malloc(strlen(condition) + 32);
    const char *before = condition;
    unsigned el = strstr(condition, "HaveEL(EL3)") != NULL          ? 3
                  : strncmp(condition, "EL2Enabled() && ", 16) == 0 ? 2
                                                                    : 1;
    sprintf(text, "%.*s&& SPMACCESSR_EL%u.P0%s", (int)(hole - before), before, el, hole + 3);
    return text;
}

struct spec_table *spec_table_load(void)
{
    static char line[4096];
    struct spec_table *t = calloc(1, sizeof(*t));
    struct spec_chain *c = NULL;
    char *col[8];
    FILE *f = spec_open("sysreg-traps.tsv");

    spec_row(f, line, sizeof(line), col, 8); /* the heading */
    while (spec_row(f, line, sizeof(line), col, 8)) {
        const unsigned el = col[3][2] - '0';
        t->rows++;
        if (c == NULL || strcmp(c->name, col[1]) != 0 || strcmp(c->access, col[2]) != 0 || c->el != el) {
            if (t->chains % 1024 == 0)
                t->chain = realloc(t->chain, (t->chains + 1024) * sizeof(*t->chain));
            c = &t->chain[t->chains++];
            memset(c, 0, sizeof(*c));
            snprintf(c->kind, sizeof(c->kind), "%s", col[0]);
            snprintf(c->name, sizeof(c->name), "%s", col[1]);
            snprintf(c->access, sizeof(c->access), "%s", col[2]);
            c->el = el;
        }
        if (c->count == SPEC_RULES) {
            fprintf(stderr, "%s: more than %u rules\n", c->name, SPEC_RULES);
            exit(1);
        }
        /* DLR_EL0 and DSPSR_EL0 are the other way round: they need external debug to be reached. */
        const bool debug_only = strcmp(col[7], "1") == 0 && strcmp(col[5], "!Halted()") != 0;
        c->rule[c->count++] = (struct spec_rule){mend(col[5]), strdup(col[6]), atoi(col[4]), debug_only, NULL};
    }
    fclose(f);
    return t;
}

void spec_table_free(struct spec_table *t)
{
    for (unsigned i = 0; i < t->chains; i++) {
        for (unsigned k = 0; k < t->chain[i].count; k++) {
            free(t->chain[i].rule[k].condition);
            free(t->chain[i].rule[k].outcome);
        }
    }
    free(t->chain);
    free(t);
}

const struct spec_chain *spec_chain_find(const struct spec_table *t, const char *name, const char *access,
                                         unsigned el)
{
    for (unsigned i = 0; i < t->chains; i++)
        if (t->chain[i].el == el && strcmp(t->chain[i].name, name) == 0 &&
            strcmp(t->chain[i].access, access) == 0)
            return &t->chain[i];
    return NULL;
}

bool spec_chain_parse(struct spec_chain *c, char *why, size_t size)
{
    for (unsigned i = 0; i < c->count; i++) {
        c->rule[i].when = condition_parse(c->rule[i].condition, why, size);
        if (c->rule[i].when == NULL) {
            spec_chain_release(c);
            return false;
        }
    }
    return true;
}

void spec_chain_release(struct spec_chain *c)
{
    for (unsigned i = 0; i < c->count; i++) {
        condition_free(c->rule[i].when);
        c->rule[i].when = NULL;
    }
}

unsigned spec_chain_decides(const struct spec_chain *c, const struct spec_state *s)
{
    for (unsigned i = 0; i < c->count; i++)
        if (!c->rule[i].debug_only && condition_holds(c->rule[i].when, s))
            return i;
    return c->count;
}

enum sysreg spec_reg(const char *name)
{
    char spaced[64];

    if (strncmp(name, "S3_<", 4) == 0)
        return SR_IMPDEF;
    if (strncmp(name, "S1_<", 4) == 0)
        return SR_IMPDEF_SYS;
    enum sysreg reg = sysreg_by_name(name);
    if (reg != SR_NONE)
        return reg;
    snprintf(spaced, sizeof(spaced), "%s", name);
    if (strchr(spaced, '_') != NULL)
        *strchr(spaced, '_') = ' ';
    return sysreg_by_name(spaced);
}

/* ---- outcomes ---- */

static void describe(const struct access_verdict *v, char *text, size_t size)
{
    static const char *const what[] = {"reaches", "UNDEFINED", "TRAP", "memory"};

    if (v->outcome == ACCESS_TRAP)
        snprintf(text, size, "TRAP EL%u EC=%#04x (%s)", v->target_el, v->ec, v->rule);
    else if (v->outcome == ACCESS_MEMORY)
        snprintf(text, size, "NVMem[%#x] (%s)", v->offset, v->rule);
    else
        snprintf(text, size, "%s %s (%s)", what[v->outcome], sysreg_row(v->reg)->name, v->rule);
}

/* The operation that tlbi_make() builds, against AArch64_TLBI_VA(SecurityStateAtEL(EL1), Regime_EL10, ...).
 */
static bool agrees_tlbi(const struct spec_state *s, enum sysreg reg, const char *outcome, char *got,
                        size_t size)
{
    static const char *const regimes[] = {"EL10,", "EL20,", "EL2,", "EL3,"};
    static const char *const shares[] = {"NSH", "ISH", "OSH"};
    static const struct {
        const char *name;
        enum tlbi_kind kind;
        bool range;
    } kinds[] = {
        {"ALL(", TLBI_ALL, false},     {"VMALL(", TLBI_VMALL, false}, {"VMALLS12(", TLBI_VMALLS12, false},
        {"ASID(", TLBI_ASID, false},   {"VA(", TLBI_VA, false},       {"RVA(", TLBI_VA, true},
        {"VAA(", TLBI_VAA, false},     {"RVAA(", TLBI_VAA, true},     {"IPAS2(", TLBI_IPAS2, false},
        {"RIPAS2(", TLBI_IPAS2, true},
    };
    const char *kind = strstr(outcome, "TLBI_") + 5;
    const bool secure =
        s->feat.has_el3 && (!(s->sr[SR_SCR_EL3] & SCR_NS) || strstr(outcome, "(EL3)") != NULL);
    struct tlbi op;

    tlbi_make(&op, &s->feat, s->sr, s->el, reg, UINT64_C(0x0005000000001234) | BIT(46));
    snprintf(got, size, "kind %u regime %s share %s last %d nXS %d secure %d range %d", op.kind,
             regimes[op.regime], shares[op.share], op.last_level, op.nxs, op.secure, op.range);
    for (unsigned i = 0; i < ARRAY_LEN(kinds); i++)
        if (strncmp(kind, kinds[i].name, strlen(kinds[i].name)) == 0 &&
            (op.kind != kinds[i].kind || op.range != kinds[i].range))
            return false;
    const char *regime = strstr(outcome, "Regime_") + 7, *share = strstr(outcome, "Shareability_") + 13;
    return strncmp(regime, regimes[op.regime], strlen(regimes[op.regime])) == 0 &&
           strncmp(share, shares[op.share], 3) == 0 && op.nxs == (strstr(outcome, "ExcludeXS") != NULL) &&
           op.last_level == (strstr(outcome, "TLBILevel_Last") != NULL) && op.secure == secure;
}

/* READ and WRITE of a storage, of memory, or of an expression. */
static bool agrees_storage(const struct access_verdict *v, const char *outcome)
{
    const char *operand = strchr(outcome, ' ') + 1;
    unsigned offset, index;
    char reg[64], numbered[80];

    if (sscanf(operand, "NVMem[%x]", &offset) == 1)
        return v->outcome == ACCESS_MEMORY && v->offset == offset;
    if (v->outcome != ACCESS_OK || sscanf(operand, "%60[A-Z0-9_]", reg) != 1)
        return v->outcome == ACCESS_OK;
    if (sscanf(operand + strlen(reg), "[%u]", &index) == 1 ||
        sscanf(operand + strlen(reg), "_read(%u)", &index) == 1) {
        /* AMEVCNTR1_EL0[3] is AMEVCNTR13_EL0 */
        char *el = strstr(reg, "_EL");
        if (el == NULL)
            return true;
        snprintf(numbered, sizeof(numbered), "%.*s%u%s", (int)(el - reg), reg, index, el);
        enum sysreg r = sysreg_by_name(numbered);
        return r == SR_NONE || v->reg == r;
    }
    if (operand[strlen(reg)] != '\0' && strcmp(operand + strlen(reg), "_read()") != 0)
        return true;                     /* an expression */
    char *timer = strstr(reg, "_CVAL_"); /* a write of TVAL is a write of CVAL: the timer unit's */
    if (timer != NULL && strstr(sysreg_row(v->reg)->name, "_TVAL_") != NULL)
        timer[1] = 'T';
    if (v->reg == SR_PMXEVTYPER_EL0 && strcmp(reg, "PMCCFILTR_EL0") == 0)
        return true; /* PMSELR_EL0.SEL is 31: the PMU unit's */
    enum sysreg r = sysreg_by_name(reg);
    return r == SR_NONE || v->reg == r; /* none: a virtual register of the GIC */
}

bool spec_agrees(const struct spec_state *s, enum sysreg reg, bool write, const char *outcome, char *got,
                 size_t size)
{
    const struct access_state as = {.feat = &s->feat, .sr = s->sr, .el = s->el, .pstate_sp0 = s->sp0};
    const struct access_verdict v = sysreg_access(&as, reg, write);
    unsigned el, ec;

    describe(&v, got, size);
    if (strcmp(outcome, "UNDEFINED") == 0)
        return v.outcome == ACCESS_UNDEF;
    if (sscanf(outcome, "TRAP EL%u EC=%x", &el, &ec) == 2)
        return v.outcome == ACCESS_TRAP && v.target_el == el && v.ec == ec;
    if (strncmp(outcome, "READ ", 5) == 0 || strncmp(outcome, "WRITE ", 6) == 0)
        return agrees_storage(&v, outcome);
    if (strncmp(outcome, "AArch64_ImpDefSys", 17) == 0)
        return v.outcome == ACCESS_UNDEF; /* el2sim has no IMPLEMENTATION DEFINED registers */
    if (strncmp(outcome, "ConstrainUnpredictableProcedure", 31) == 0)
        return v.outcome == ACCESS_UNDEF || /* the choices that el2sim takes of those permitted */
               (strstr(outcome, "PMUEVENTCOUNTER") != NULL && v.outcome == ACCESS_TRAP && v.target_el == 2);
    if (v.outcome != ACCESS_OK)
        return false;
    if (strncmp(outcome, "AArch64_TLBI_", 13) == 0 && strstr(outcome, "PAALL") == NULL &&
        strstr(outcome, "TLBI_RPA") == NULL)
        return agrees_tlbi(s, reg, outcome, got, size);
    if (strcmp(outcome, "NOP") == 0 && strncmp(sysreg_row(reg)->name, "TLBI", 4) == 0) {
        struct tlbi op;
        tlbi_make(&op, &s->feat, s->sr, s->el, reg, 0);
        return op.illegal;
    }
    return true; /* an operation: AT, DC */
}

/* ---- states ---- */

uint64_t spec_random(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random * UINT64_C(0x2545f4914f6cdd1d);
}

void spec_full_features(struct features *f, bool el2, bool el3)
{
    static const uint16_t more[] = {
        FEAT_VHE,     FEAT_SEL2,        FEAT_FGT,     FEAT_HCX,     FEAT_EVT,      FEAT_NV,      FEAT_NV2,
        FEAT_PMUv3,   FEAT_PMUv3p1,     FEAT_PMUv3p4, FEAT_PMUv3p5, FEAT_PMUv3p7,  FEAT_PMUv3p9, FEAT_MTE,
        FEAT_MTE2,    FEAT_TCR2,        FEAT_SCTLR2,  FEAT_S1PIE,   FEAT_S1POE,    FEAT_S2PIE,   FEAT_S2POE,
        FEAT_AIE,     FEAT_RASv1p1,     FEAT_RASv2,   FEAT_TRF,     FEAT_SPECRES2, FEAT_FGT2,    FEAT_AMUv1,
        FEAT_AMUv1p1, FEAT_MPAM,        FEAT_NMI,     FEAT_THE,     FEAT_GCS,      FEAT_SVE,     FEAT_SME,
        FEAT_BRBE,    FEAT_SPE,         FEAT_SPMU,    FEAT_PFAR,    FEAT_EBEP,     FEAT_MEC,     FEAT_RME,
        FEAT_RNG,     FEAT_LS64_ACCDATA};

    f->has_el2 = el2;
    f->has_el3 = el3;
    const char *wrong = features_parse(f, "max");
    if (wrong != NULL) {
        fprintf(stderr, "%s\n", wrong);
        exit(1);
    }
    for (unsigned i = 0; i < ARRAY_LEN(more); i++)
        feature_set(f, more[i], true);
    f->breakpoints = f->watchpoints = f->activity = 16;
    f->counters = 31;
    features_derive(f);
}

void spec_reset(struct spec_state *s, const struct features *f, unsigned el)
{
    s->feat = *f;
    s->el = el;
    s->sp0 = false;
    sysreg_reset(s->sr, f, 0);
}

/* The registers that rules look at say so: EFFECT_TRAPS. */
void spec_fill(struct spec_state *s, enum spec_fill fill, uint64_t *random)
{
    for (unsigned i = 0; i < SR_COUNT; i++) {
        const struct sysreg_row *row = sysreg_row(i);
        if (!(row->effects & EFFECT_TRAPS) || !(row->access & 2) || (row->access & 4))
            continue;
        s->sr[i] = fill == FILL_ZERO   ? 0
                   : fill == FILL_ONES ? ~UINT64_C(0)
                                       : spec_random(random) & spec_random(random);
    }
}

void spec_settle(struct spec_state *s)
{
    if (!s->feat.has_el2)
        s->sr[SR_HCR_EL2] = 0;
    for (unsigned i = 0; i < SR_COUNT; i++) {
        const struct sysreg_row *row = sysreg_row(i);
        if ((row->effects & EFFECT_TRAPS) && !(row->access & 4))
            s->sr[i] = sysreg_mask_write(&s->feat, i, 0, s->sr[i]);
    }
    if (!s->feat.has_el2)
        s->sr[SR_HCR_EL2] = 0;
    if (!s->feat.has_el3)
        s->sr[SR_SCR_EL3] = s->sr[SR_MDCR_EL3] = s->sr[SR_CPTR_EL3] = 0;
}

bool spec_possible(const struct spec_state *s)
{
    const bool el2 = el2_enabled(&s->feat, s->sr);

    if (s->el == 3)
        return s->feat.has_el3;
    if (s->el == 2)
        return el2;
    return s->el == 0 || !el2 || !(s->sr[SR_HCR_EL2] & HCR_TGE);
}
