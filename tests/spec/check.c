/* SPDX-License-Identifier: BSD-2-Clause
 *
 * make check-spec: Arm's tables (tests/data) against sysreg_access(), tlbi_make() and the register table.
 * Prints what was checked, what passed, and what was left out and why; every row is in one of these. Exit
 * status 1 on failure.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "mmu/mmu.h"
#include "sysregs/fields.h"
#include "tests/spec/sweep.h"

static unsigned failures;

#define FAIL(...) (failures++, printf("FAIL " __VA_ARGS__), printf("\n"))

/* ---- sysregs.tsv ---- */

static void check_encodings(void)
{
    static char line[4096];
    char *col[13];
    unsigned rows = 0, passed = 0, pairs = 0, immediates = 0;
    FILE *f = spec_open("sysregs.tsv");

    spec_row(f, line, sizeof(line), col, 13);
    while (spec_row(f, line, sizeof(line), col, 13)) {
        rows++;
        if (strcmp(col[0], "SYSP") == 0 || strcmp(col[0], "MSRIMM") == 0) {
            *(strcmp(col[0], "SYSP") == 0 ? &pairs : &immediates) += 1;
            continue;
        }
        const enum sysreg reg = spec_reg(col[1]);
        if (reg == SR_NONE) {
            FAIL("%s has no row", col[1]);
            continue;
        }
        bool good = true;
        if (isdigit((unsigned char)col[2][0]) && isdigit((unsigned char)col[3][0]) &&
            isdigit((unsigned char)col[5][0])) {
            const struct sysreg_row *r = sysreg_row(reg);
            good = r->op0 == atoi(col[2]) && r->op1 == atoi(col[3]) && r->crn == atoi(col[4]) &&
                   r->crm == atoi(col[5]) && r->op2 == atoi(col[6]);
            /* DBGDTRTX_EL0 is the write side of DBGDTRRX_EL0's encoding */
            if (strcmp(col[1], "DBGDTRTX_EL0") != 0)
                good &= sysreg_find(r->op0, r->op1, r->crn, r->crm, r->op2) == reg;
        }
        if (strcmp(col[0], "SYSREG") == 0 && strncmp(col[1], "DBGDTR", 6) != 0 && reg != SR_IMPDEF)
            good &= !!(sysreg_row(reg)->access & 1) == (strchr(col[7], 'R') != NULL) &&
                    !!(sysreg_row(reg)->access & 2) == (strchr(col[7], 'W') != NULL);
        if (good)
            passed++;
        else
            FAIL("sysregs.tsv: %s: encoding or access", col[1]);
    }
    fclose(f);
    printf("sysregs.tsv: %u rows: %u encodings passed, %u of SYSP (FEAT_D128 absent), %u of MSR (immediate) "
           "(tests/unit/test_system)\n",
           rows, passed, pairs, immediates);
}

/* ---- e2h-redirect.tsv and vncr-offsets.tsv ---- */

/* In a state where rule n decides and `also` holds. */
static bool rule_passes(struct sweep *w, struct spec_chain *c, enum sysreg reg, unsigned n, const char *also,
                        bool *found)
{
    static struct spec_state s;
    char why[80];
    struct condition *extra = condition_parse(also, why, sizeof(why));

    *found = extra != NULL && sweep_deciding(w, c, n, extra, &s);
    condition_free(extra);
    return !*found || sweep_compare(w, c, reg, &s, n);
}

/* A cell of the redirection table as sysreg-traps.tsv would say it. */
static bool same_outcome(const char *cell, const char *outcome)
{
    const char *text = strncmp(outcome, "READ ", 5) == 0    ? outcome + 5
                       : strncmp(outcome, "WRITE ", 6) == 0 ? outcome + 6
                                                            : outcome;
    const size_t n = strlen(cell);
    return strcmp(cell, text) == 0 || strcmp(cell, outcome) == 0 ||
           (strncmp(cell, text, n) == 0 && text[n] == '['); /* one of an array */
}

/* One cell: some rule with its outcome decides in a state of the column. */
static bool check_cell(struct sweep *w, char **col, unsigned column, enum sysreg reg, unsigned el,
                       const char *mode, unsigned *unreached)
{
    const struct spec_chain *chain = spec_chain_find(w->table, col[0], col[1], el);
    char why[80];
    bool found = false, good = true;

    if (chain == NULL) {
        FAIL("%s %s: not in sysreg-traps.tsv", col[1], col[0]);
        return false;
    }
    struct spec_chain *c = (struct spec_chain *)chain;
    if (!spec_chain_parse(c, why, sizeof(why)))
        return false; /* reported by the sweep */
    for (unsigned n = 0; n < c->count && !found; n++)
        if (!c->rule[n].debug_only && same_outcome(col[column], c->rule[n].outcome))
            good = rule_passes(w, c, reg, n, mode, &found);
    spec_chain_release(c);
    if (!found) {
        (*unreached)++;
        if (w->verbose)
            printf("  never so: %s %s EL%u %s: %s\n", col[1], col[0], el, mode, col[column]);
    }
    return good;
}

static void print_features(const char *what, const unsigned *count)
{
    printf("%s", what);
    for (unsigned n = 0; n < FEATURE_COUNT; n++)
        if (count[n] != 0)
            printf(" %s %u", feature_name(n) + (n == 0 ? 0 : 5), count[n]);
    printf("\n");
}

static void check_redirection(struct sweep *w)
{
    static const struct {
        uint8_t el;
        const char *mode;
    } columns[] = {
        {0, "!(EL2Enabled() && HCR_EL2.TGE==1) && EL2Enabled()"},
        {0, "EL2Enabled() && [HCR_EL2.E2H,HCR_EL2.TGE]=='11'"},
        {1, "EL2Enabled() && HCR_EL2.NV==0"},
        {1, "EL2Enabled() && [HCR_EL2.NV2,HCR_EL2.NV1,HCR_EL2.NV]=='001'"},
        {1, "EL2Enabled() && [HCR_EL2.NV2,HCR_EL2.NV1,HCR_EL2.NV]=='101'"},
        {1, "EL2Enabled() && [HCR_EL2.NV2,HCR_EL2.NV1,HCR_EL2.NV]=='111'"},
        {2, "HCR_EL2.E2H==0"},
        {2, "HCR_EL2.E2H==1"},
        {3, "EL2Enabled() && HCR_EL2.E2H==0"},
        {3, "EL2Enabled() && HCR_EL2.E2H==1"},
    };
    static char line[4096];
    static unsigned absent[FEATURE_COUNT];
    char *col[14];
    unsigned rows = 0, passed = 0, cells = 0, unreached = 0, pairs = 0, implemented = 0;
    FILE *f = spec_open("e2h-redirect.tsv");

    spec_row(f, line, sizeof(line), col, 14);
    while (spec_row(f, line, sizeof(line), col, 14)) {
        rows++;
        const enum sysreg reg = spec_reg(col[0]);
        if (strlen(col[1]) > 1) {
            pairs++;
            continue;
        }
        if (reg == SR_NONE) {
            FAIL("%s has no row", col[0]);
            continue;
        }
        const enum feature feature = sysreg_row(reg)->feature;
        implemented += feature_implemented(feature);
        if (!has(&w->full[3], feature)) {
            absent[feature]++;
            continue;
        }
        bool good = true;
        for (unsigned i = 0; i < ARRAY_LEN(columns); i++, cells++)
            good &= check_cell(w, col, 2 + i, reg, columns[i].el, columns[i].mode, &unreached);
        passed += good;
        failures += !good;
    }
    fclose(f);
    printf("e2h-redirect.tsv: %u accesses: %u passed (%u cells, %u of them in no state), %u of pairs of "
           "registers "
           "(FEAT_D128 absent)\n",
           rows, passed, cells, unreached, pairs);
    print_features("  features without rules:", absent);
    printf("  accesses of implemented features: %u of %u, %.1f %%; of the 64-bit ones %.1f %%\n", implemented,
           rows, 100.0 * implemented / rows, 100.0 * implemented / (rows - pairs));
}

static void check_offsets(struct sweep *w)
{
    static char line[4096];
    static unsigned absent[FEATURE_COUNT];
    char *col[5], want[40], why[80];
    unsigned rows = 0, passed = 0, pairs = 0;
    FILE *f = spec_open("vncr-offsets.tsv");

    spec_row(f, line, sizeof(line), col, 5);
    while (spec_row(f, line, sizeof(line), col, 5)) {
        rows++;
        const enum sysreg reg = spec_reg(col[0]);
        if (strlen(col[1]) > 1) {
            pairs++;
            continue;
        }
        if (reg == SR_NONE) {
            FAIL("%s has no row", col[0]);
            continue;
        }
        if (!has(&w->full[3], sysreg_row(reg)->feature)) {
            absent[sysreg_row(reg)->feature]++;
            continue;
        }
        struct spec_chain *c =
            (struct spec_chain *)spec_chain_find(w->table, col[0], col[1], col[3][2] - '0');
        bool found = false, good = c != NULL && spec_chain_parse(c, why, sizeof(why));
        snprintf(want, sizeof(want), "%s NVMem[%s]", col[1][0] == 'W' ? "WRITE" : "READ", col[2]);
        for (unsigned n = 0; good && n < c->count && !found; n++)
            if (strcmp(c->rule[n].outcome, want) == 0)
                good = rule_passes(w, c, reg, n, col[4], &found);
        if (c != NULL)
            spec_chain_release(c);
        if (good && found)
            passed++;
        else
            FAIL("vncr-offsets.tsv: %s %s at %s", col[1], col[0], col[2]);
    }
    fclose(f);
    printf("vncr-offsets.tsv: %u rows: %u passed, %u of pairs of registers (FEAT_D128 absent)\n", rows,
           passed, pairs);
    print_features("  features without rules:", absent);
}

/* ---- tlbi-ops.tsv ---- */

static void check_tlbi(struct sweep *w)
{
    static const struct {
        uint8_t el;
        uint64_t hcr;
    } columns[] = {{1, 0}, {1, HCR_FB},           {2, 0}, {2, HCR_E2H}, {2, HCR_E2H | HCR_TGE},
                   {3, 0}, {3, HCR_E2H | HCR_TGE}};
    static const char *const regimes[] = {"EL10", "EL20", "EL2", "EL3"};
    static const char *const shares[] = {"NSH", "ISH", "OSH"};
    static struct spec_state s;
    static char line[4096];
    char *col[20], regime[16], vmid[16], share[16];
    unsigned rows = 0, passed = 0, pairs = 0, realm = 0, cells = 0;
    FILE *f = spec_open("tlbi-ops.tsv");

    spec_row(f, line, sizeof(line), col, 20);
    while (spec_row(f, line, sizeof(line), col, 20)) {
        rows++;
        const enum sysreg reg = spec_reg(col[0]);
        if (strncmp(col[0], "TLBIP", 5) == 0 || strstr(col[7], "GPT") != NULL) {
            *(strncmp(col[0], "TLBIP", 5) == 0 ? &pairs : &realm) += 1;
            continue;
        }
        if (reg == SR_NONE) {
            FAIL("%s has no row", col[0]);
            continue;
        }
        bool good = true;
        for (unsigned i = 0; i < ARRAY_LEN(columns); i++) {
            struct tlbi op;
            spec_reset(&s, &w->full[3], columns[i].el);
            s.sr[SR_SCR_EL3] = SCR_NS;
            s.sr[SR_HCR_EL2] |= columns[i].hcr;
            const bool undefined = strncmp(col[11 + i], "UNDEFINED", 9) == 0;
            const struct access_state as = {.feat = &s.feat, .sr = s.sr, .el = s.el};
            good &= (sysreg_access(&as, reg, true).outcome == ACCESS_UNDEF) == undefined;
            cells++;
            if (undefined)
                continue;
            int n = sscanf(col[11 + i], "%15s %15s %15s", regime, vmid, share);
            s.sr[SR_VTTBR_EL2] = UINT64_C(3) << 48;
            tlbi_make(&op, &s.feat, s.sr, s.el, reg, UINT64_C(0x0005000000001234) | BIT(46));
            good &= n >= 1 && strcmp(regime, regimes[op.regime]) == 0 &&
                    strncmp(n == 3 ? share : col[9], shares[op.share], 3) == 0 &&
                    (n < 2 || op.regime != REGIME_EL10 || (op.vmid == 3) == (strcmp(vmid, "VMID") == 0)) &&
                    op.last_level == (strcmp(col[8], "Last") == 0) && op.nxs == (col[10][0] == '1') &&
                    op.range == (strstr(col[7], "range") != NULL);
        }
        if (good)
            passed++;
        else
            FAIL("tlbi-ops.tsv: %s", col[0]);
    }
    fclose(f);
    printf("tlbi-ops.tsv: %u rows: %u passed (%u cells), %u of pairs of registers (FEAT_D128 absent), %u of "
           "granule protection (FEAT_RME absent)\n",
           rows, passed, cells, pairs, realm);
}

/* ---- sysreg-traps.tsv ---- */

/* The rules of one fate, each condition once with how often and an example. */
static void print_conditions(const struct sweep *w, enum sweep_fate fate)
{
    struct line {
        const char *condition;
        const struct spec_chain *example;
        unsigned count;
    } *list = NULL;
    unsigned used = 0, index = 0;

    for (const struct spec_chain *c = w->table->chain; c < w->table->chain + w->table->chains; c++) {
        for (unsigned n = 0; n < c->count; n++) {
            if (w->row[index++].fate != fate)
                continue;
            unsigned i = 0;
            while (i < used && strcmp(list[i].condition, c->rule[n].condition) != 0)
                i++;
            if (i == used) {
                list = realloc(list, ++used * sizeof(*list));
                list[i] = (struct line){c->rule[n].condition, c, 0};
            }
            list[i].count++;
        }
    }
    for (unsigned i = 0; i < used; i++)
        printf("    %u x %s (%s %s EL%u)\n", list[i].count, list[i].condition, list[i].example->access,
               list[i].example->name, list[i].example->el);
    free(list);
}

static void print_accesses(const struct sweep *w)
{
    unsigned total = 0, implemented = 0, with_rules = 0, pairs = 0, index = 0;

    for (const struct spec_chain *c = w->table->chain; c < w->table->chain + w->table->chains; c++) {
        const struct sweep_row *row = &w->row[index];
        const struct spec_chain *before = c - 1;
        index += c->count;
        if (c > w->table->chain && strcmp(c->name, before->name) == 0 &&
            strcmp(c->access, before->access) == 0)
            continue;
        total++;
        pairs += row->feature == FEAT_D128;
        implemented += feature_implemented(row->feature);
        with_rules += has(&w->full[3], row->feature);
    }
    printf("  accesses (a register or instruction, R or W): %u; of implemented features %u, %.1f %%, of the "
           "64-bit ones "
           "%.1f %%; with rules in the tables %u\n",
           total, implemented, 100.0 * implemented / total, 100.0 * implemented / (total - pairs),
           with_rules);
}

static void print_sweep(const struct sweep *w)
{
    static const char *const reasons[] = {
        [FATE_DEBUG] = "external debug (Halted(), EDSCR), which isn't modelled",
        [FATE_PAIR] = "pairs of registers: FEAT_D128 is absent, their encodings are UNDEFINED",
        [FATE_NO_RULES] = "of features that are absent and have no rules: UNDEFINED at every EL, checked",
        [FATE_IMPOSSIBLE] = "can't hold: need AArch32, Realms, Debug state or PSTATE.EXLOCK",
        [FATE_LEFT_OVER] = "have nothing left to decide after the rules before them",
        [FATE_NOT_FOUND] = "no deciding state found",
    };
    unsigned fates[FATE_COUNT] = {0}, neighbours = 0;
    static unsigned passed[FEATURE_COUNT], tested[FEATURE_COUNT], absent[FEATURE_COUNT];

    for (unsigned i = 0; i < w->table->rows; i++) {
        const struct sweep_row *r = &w->row[i];
        fates[r->fate]++;
        neighbours += r->fate == FATE_PASSED && r->neighbour;
        if (r->fate == FATE_PASSED)
            (feature_implemented(r->feature) ? passed : tested)[r->feature]++;
        if (r->fate == FATE_NO_RULES)
            absent[r->feature]++;
    }
    printf("sysreg-traps.tsv: %u rows: %u passed, %u failed; %u have a neighbour state that another rule "
           "decides; "
           "%lu states compared, %lu of them neighbours\n",
           w->table->rows, fates[FATE_PASSED], fates[FATE_FAILED], neighbours, w->states, w->neighbours);
    print_features("  passed, of implemented features:", passed);
    print_features("  passed, with the feature switched on for the test only:", tested);
    for (unsigned fate = FATE_DEBUG; fate < FATE_COUNT; fate++) {
        printf("  %u %s\n", fates[fate], reasons[fate]);
        if (fate == FATE_NO_RULES)
            print_features("   ", absent);
        if (fate == FATE_NOT_FOUND || (fate > FATE_NO_RULES && w->verbose))
            print_conditions(w, fate);
    }
    print_accesses(w);
    failures += w->failures + fates[FATE_NOT_FOUND];
}

static void print_exceptions(const struct sweep *w)
{
    printf("exceptions.tsv: %u rows where the manual is followed instead of the table\n", w->exceptions);
    for (unsigned i = 0; i < w->exceptions; i++)
        if (w->exception[i].used == 0)
            FAIL("exceptions.tsv: %s %s EL%u rule %u is of no use", w->exception[i].access,
                 w->exception[i].name, w->exception[i].el, w->exception[i].number);
}

int main(int argc, char **argv)
{
    const char *exceptions = NULL;
    bool verbose = false;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-v") == 0)
            verbose = true;
        else
            exceptions = argv[i];
    }
    struct sweep *w = sweep_new(exceptions);
    w->verbose = verbose;
    check_encodings();
    check_tlbi(w);
    sweep_run(w);
    check_redirection(w);
    check_offsets(w);
    print_sweep(w);
    print_exceptions(w);
    sweep_free(w);
    printf("%s\n", failures == 0 ? "check-spec: passed" : "check-spec: FAILED");
    return failures != 0;
}
