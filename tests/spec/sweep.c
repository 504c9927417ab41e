/* SPDX-License-Identifier: BSD-2-Clause
 *
 * States for every rule of Arm's table, and their comparison with the verdicts: see sweep.h.
 */
#include "tests/spec/sweep.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "sysregs/fields.h"

enum { MAX_REPORTS = 60, MAX_INVOLVED = 96 };

/* ---- set-up ---- */

static void load_exceptions(struct sweep *w, const char *path)
{
    static char line[4096];
    char *col[8];
    FILE *f = fopen(path, "r");

    if (f == NULL) {
        fprintf(stderr, "can't open %s\n", path);
        exit(1);
    }
    while (spec_row(f, line, sizeof(line), col, 8)) {
        if (line[0] == '#' || line[0] == '\0')
            continue;
        w->exception = realloc(w->exception, (w->exceptions + 1) * sizeof(*w->exception));
        w->exception[w->exceptions++] = (struct sweep_exception){
            .name = strdup(col[0]),
            .access = strdup(col[1]),
            .el = col[2][2] - '0',
            .number = atoi(col[3]),
            .condition = strdup(col[4]),
            .outcome = strdup(col[5]),
            .manual = strdup(col[6]),
            .reference = strdup(col[7]),
        };
    }
    fclose(f);
}

static void add_model(struct sweep *w, const char *option, bool el3)
{
    struct features *f = &w->model[w->models++];

    f->has_el2 = true;
    f->has_el3 = el3;
    const char *wrong = features_parse(f, option);
    if (wrong != NULL) {
        fprintf(stderr, "%s: %s\n", option, wrong);
        exit(1);
    }
    f->counters = 31; /* as the table's PE has; tests/arch/pmu-traps.S has those that don't exist */
}

struct sweep *sweep_new(const char *exceptions)
{
    static const char *const reachable[] = {"otherwise", "!(EL2Enabled() && HCR_EL2.TGE==1)", "EL2Enabled()",
                                            "HaveEL(EL3)"};
    struct sweep *w = calloc(1, sizeof(*w));
    char why[80];

    w->table = spec_table_load();
    w->row = calloc(w->table->rows, sizeof(*w->row));
    w->random = 0x9e3779b97f4a7c15;
    for (unsigned i = 0; i < ARRAY_LEN(w->full); i++)
        spec_full_features(&w->full[i], i & 1, i >> 1);
    for (unsigned i = 0; cpu_model_name(i) != NULL && i < 4; i++) {
        add_model(w, cpu_model_name(i), false);
        add_model(w, cpu_model_name(i), true);
    }
    add_model(w, "max,e2h0=off", true);
    add_model(w, "max,vhe=off", true);
    for (unsigned el = 0; el < ARRAY_LEN(w->at); el++)
        w->at[el] = condition_parse(reachable[el], why, sizeof(why));
    if (exceptions != NULL)
        load_exceptions(w, exceptions);
    return w;
}

void sweep_free(struct sweep *w)
{
    for (unsigned i = 0; i < w->exceptions; i++) {
        struct sweep_exception *x = &w->exception[i];
        char *const text[] = {x->name, x->access, x->condition, x->outcome, x->manual, x->reference};
        for (unsigned k = 0; k < ARRAY_LEN(text); k++)
            free(text[k]);
    }
    for (unsigned el = 0; el < ARRAY_LEN(w->at); el++)
        condition_free(w->at[el]);
    spec_table_free(w->table);
    free(w->exception);
    free(w->row);
    free(w);
}

/* ---- comparison ---- */

static struct sweep_row *row_of(struct sweep *w, const struct spec_chain *c, unsigned n)
{
    unsigned index = n;

    for (const struct spec_chain *before = w->table->chain; before < c; before++)
        index += before->count;
    return &w->row[index];
}

static bool excepted(struct sweep *w, const struct spec_chain *c, enum sysreg reg, const struct spec_state *s,
                     unsigned n)
{
    const struct spec_rule *r = &c->rule[n];
    char got[200];

    for (unsigned i = 0; i < w->exceptions; i++) {
        struct sweep_exception *x = &w->exception[i];
        if (x->el == c->el && x->number == r->number && strcmp(x->name, c->name) == 0 &&
            strcmp(x->access, c->access) == 0 && strcmp(x->condition, r->condition) == 0 &&
            strcmp(x->outcome, r->outcome) == 0 &&
            spec_agrees(s, reg, c->access[0] == 'W', x->manual, got, sizeof(got))) {
            x->used++;
            return true;
        }
    }
    return false;
}

bool sweep_compare(struct sweep *w, const struct spec_chain *c, enum sysreg reg, const struct spec_state *s,
                   unsigned decides)
{
    char got[200];

    w->states++;
    if (decides == c->count) /* the last rule of a chain is "otherwise" unless it was a debug_only one */
        return true;
    if (spec_agrees(s, reg, c->access[0] == 'W', c->rule[decides].outcome, got, sizeof(got)) ||
        excepted(w, c, reg, s, decides))
        return true;
    struct sweep_row *row = row_of(w, c, decides);
    if (row->fate == FATE_FAILED)
        return false;
    row->fate = FATE_FAILED;
    if (w->failures++ < MAX_REPORTS || w->verbose)
        printf("FAIL %s %s %s EL%u rule %u: %s\n     table: %s\n     el2sim: %s\n"
               "     HCR_EL2 %#llx SCR_EL3 %#llx EL2 %d EL3 %d\n",
               c->kind, c->access, c->name, c->el, c->rule[decides].number, c->rule[decides].condition,
               c->rule[decides].outcome, got, (unsigned long long)s->sr[SR_HCR_EL2],
               (unsigned long long)s->sr[SR_SCR_EL3], s->feat.has_el2, s->feat.has_el3);
    return false;
}

/* ---- one rule ---- */

/* Solves for rule n on machine m. */
static bool solve(struct sweep *w, const struct spec_chain *c, unsigned n, const struct condition *also,
                  unsigned m, bool features, unsigned seed, struct spec_state *s)
{
    const struct condition *yes[4], *no[SPEC_RULES];
    unsigned yes_count = 0, no_count = 0;

    yes[yes_count++] = w->at[c->el];
    if (also != NULL)
        yes[yes_count++] = also;
    yes[yes_count++] = c->rule[n].when;
    for (unsigned i = 0; i < n; i++)
        if (!c->rule[i].debug_only)
            no[no_count++] = c->rule[i].when;
    spec_reset(s, &w->full[m], c->el);
    if (seed != 0)
        spec_fill(s, seed % FILL_COUNT, &w->random);
    if (!conditions_solve(s, yes, yes_count, no, no_count, features, seed))
        return false;
    if (features) {
        features_derive(&s->feat);
    }
    spec_settle(s);
    return spec_possible(s) && spec_chain_decides(c, s) == n && (also == NULL || condition_holds(also, s));
}

bool sweep_deciding(struct sweep *w, const struct spec_chain *c, unsigned n, const struct condition *also,
                    struct spec_state *s)
{
    static const uint8_t machines[] = {3, 1, 2, 0};

    for (unsigned features = 0; features < 2; features++)
        for (unsigned i = 0; i < ARRAY_LEN(machines); i++)
            for (unsigned seed = 0; seed < 4; seed++)
                if (solve(w, c, n, also, machines[i], features, seed, s))
                    return true;
    return false;
}

/* Each bit that rules up to n look at, changed alone. */
static bool compare_neighbours(struct sweep *w, const struct spec_chain *c, enum sysreg reg,
                               const struct spec_state *s, unsigned n)
{
    struct spec_field f[MAX_INVOLVED];
    static struct spec_state other;
    unsigned count = 0;
    bool found = false;

    for (unsigned i = 0; i <= n; i++)
        if (!c->rule[i].debug_only)
            condition_fields(c->rule[i].when, f, &count, ARRAY_LEN(f));
    for (unsigned i = 0; i < count; i++) {
        for (unsigned b = 0; b < f[i].width; b++) {
            if (f[i].var >= VAR_FEATURE || spec_fixed(&f[i]))
                continue;
            other = *s;
            spec_set(&other, &f[i], spec_get(&other, &f[i]) ^ BIT(b));
            spec_settle(&other);
            if (!spec_possible(&other))
                continue;
            unsigned decides = spec_chain_decides(c, &other);
            sweep_compare(w, c, reg, &other, decides);
            w->neighbours++;
            found |= decides != n;
        }
    }
    return found;
}

/* Why no state was found in which rule n decides. */
static enum sweep_fate why_not(struct sweep *w, const struct spec_chain *c, unsigned n)
{
    static struct spec_state s;
    const struct condition *yes[] = {w->at[c->el], c->rule[n].when};
    const struct condition *no[SPEC_RULES];
    unsigned before = 0;
    bool alone = false, together = false;

    for (unsigned i = 0; i < n; i++)
        if (!c->rule[i].debug_only)
            no[before++] = c->rule[i].when;
    for (unsigned m = 0; m < ARRAY_LEN(w->full); m++) {
        spec_reset(&s, &w->full[m], c->el);
        alone |= conditions_solve(&s, yes, 2, NULL, 0, true, 0);
        spec_reset(&s, &w->full[m], c->el);
        together |= conditions_solve(&s, yes, 2, no, before, true, 0);
    }
    return !alone ? FATE_IMPOSSIBLE : !together ? FATE_LEFT_OVER : FATE_NOT_FOUND;
}

static void check_rule(struct sweep *w, const struct spec_chain *c, enum sysreg reg, unsigned n)
{
    static struct spec_state s;
    struct sweep_row *row = row_of(w, c, n);

    if (!sweep_deciding(w, c, n, NULL, &s)) {
        if (row->fate != FATE_FAILED)
            row->fate = why_not(w, c, n);
        return;
    }
    sweep_compare(w, c, reg, &s, n);
    if (w->quick)
        return;
    row->neighbour = compare_neighbours(w, c, reg, &s, n);
    for (unsigned m = 0; m < ARRAY_LEN(w->full); m++)
        for (unsigned seed = 1; seed < 4; seed++)
            if (solve(w, c, n, NULL, m, false, seed, &s))
                sweep_compare(w, c, reg, &s, n);
}

/* ---- one access ---- */

/* E2H, TGE, NV, NV1, NV2 by the bits of n, and the security state: Non-secure, Secure without and with EL2.
 */
static void mode(struct spec_state *s, unsigned n, unsigned security)
{
    static const uint64_t hcr[] = {HCR_E2H, HCR_TGE, HCR_NV, HCR_NV1, HCR_NV2};

    for (unsigned i = 0; i < ARRAY_LEN(hcr); i++)
        s->sr[SR_HCR_EL2] = (s->sr[SR_HCR_EL2] & ~hcr[i]) | ((n >> i & 1) ? hcr[i] : 0);
    s->sr[SR_SCR_EL3] &= ~(SCR_NS | SCR_EEL2);
    s->sr[SR_SCR_EL3] |= security == 0 ? SCR_NS : security == 1 ? 0 : SCR_EEL2;
}

static void sweep_machine(struct sweep *w, const struct spec_chain *c, enum sysreg reg,
                          const struct features *f, unsigned fills)
{
    static struct spec_state filled, s;

    for (unsigned fill = 0; fill < fills; fill++) {
        spec_reset(&filled, f, c->el);
        spec_fill(&filled, fill, &w->random);
        spec_settle(&filled);
        for (unsigned n = 0; n < 32 * 3; n++) {
            if (n >= 32 && !f->has_el3)
                break;
            memcpy(&s, &filled, sizeof(s));
            mode(&s, n % 32, n / 32);
            s.sr[SR_HCR_EL2] = f->has_el2 ? sysreg_mask_write(f, SR_HCR_EL2, 0, s.sr[SR_HCR_EL2]) : 0;
            s.sr[SR_SCR_EL3] = f->has_el3 ? sysreg_mask_write(f, SR_SCR_EL3, 0, s.sr[SR_SCR_EL3]) : 0;
            s.sp0 = n & 1;
            if (spec_possible(&s))
                sweep_compare(w, c, reg, &s, spec_chain_decides(c, &s));
        }
    }
}

/* What an access comes to without its feature: UNDEFINED, but where FEAT_IDST reports a read of an
 * identification register as EC 0x18 (Arm ARM A2.2.6, FEAT_IDST; pseudocode UnimplementedIDRegister()). The
 * table, of 2023, doesn't have that yet. */
static const char *absent_outcome(const struct spec_state *s, const struct spec_chain *c, enum sysreg reg)
{
    static const char *const traps[] = {NULL, "TRAP EL1 EC=0x18", "TRAP EL2 EC=0x18", "TRAP EL3 EC=0x18"};
    const struct sysreg_row *r = sysreg_row(reg);
    const bool id = r->op0 == 3 && (r->op1 < 2 || r->op1 == 3) && r->crn == 0 && r->crm < 8;

    if (!id || c->access[0] == 'W' || !has(&s->feat, FEAT_IDST))
        return "UNDEFINED";
    if (c->el != 0)
        return traps[c->el];
    return traps[hcr_effective(&s->feat, s->sr) & HCR_TGE ? 2 : 1];
}

/* Without its feature an access is UNDEFINED, whatever else holds. */
static bool undefined_everywhere(struct sweep *w, const struct spec_chain *c, enum sysreg reg,
                                 const struct features *f)
{
    static struct spec_state s;
    char got[200];

    for (unsigned n = 0; n < 32 * FILL_COUNT; n++) {
        if (n % 32 == 0) {
            spec_reset(&s, f, c->el);
            spec_fill(&s, n / 32, &w->random);
            spec_settle(&s);
        }
        mode(&s, n % 32, 0);
        w->states++;
        if (!spec_agrees(&s, reg, c->access[0] == 'W', absent_outcome(&s, c, reg), got, sizeof(got))) {
            printf("FAIL %s %s EL%u on %s without %s: %s\n", c->access, c->name, c->el, f->model,
                   feature_name(sysreg_row(reg)->feature), got);
            w->failures++;
            return false;
        }
    }
    return true;
}

static void check_chain(struct sweep *w, struct spec_chain *c)
{
    struct sweep_row *row = row_of(w, c, 0);
    const enum sysreg reg = spec_reg(c->name);
    const bool pair = strcmp(c->kind, "SYSP") == 0 || strlen(c->access) > 1;
    char why[80];

    for (unsigned i = 0; i < c->count; i++) {
        row[i].feature = pair ? FEAT_D128 : reg == SR_NONE ? FEAT_ALWAYS : sysreg_row(reg)->feature;
        row[i].fate = c->rule[i].debug_only ? FATE_DEBUG : pair ? FATE_PAIR : FATE_PASSED;
    }
    if (pair)
        return;
    if (reg == SR_NONE || !spec_chain_parse(c, why, sizeof(why))) {
        printf("FAIL %s %s: %s\n", c->access, c->name, reg == SR_NONE ? "no row" : why);
        w->failures++;
        for (unsigned i = 0; i < c->count; i++)
            row[i].fate = FATE_FAILED;
        return;
    }
    if (!has(&w->full[3], row->feature)) {
        for (unsigned i = 0; i < c->count; i++)
            if (row[i].fate == FATE_PASSED)
                row[i].fate = FATE_NO_RULES;
        for (unsigned m = 0; m < ARRAY_LEN(w->full); m++)
            if (!undefined_everywhere(w, c, reg, &w->full[m]))
                row->fate = FATE_FAILED;
        spec_chain_release(c);
        return;
    }
    for (unsigned i = 0; i < c->count; i++)
        if (!c->rule[i].debug_only)
            check_rule(w, c, reg, i);
    for (unsigned m = 0; m < ARRAY_LEN(w->full) && !w->quick; m++)
        sweep_machine(w, c, reg, &w->full[m], FILL_COUNT);
    for (unsigned m = 0; m < w->models && !w->quick; m++) {
        if (has(&w->model[m], row->feature))
            sweep_machine(w, c, reg, &w->model[m], 1);
        else
            undefined_everywhere(w, c, reg, &w->model[m]);
    }
    spec_chain_release(c);
}

void sweep_run(struct sweep *w)
{
    for (unsigned i = 0; i < w->table->chains; i++)
        check_chain(w, &w->table->chain[i]);
}
