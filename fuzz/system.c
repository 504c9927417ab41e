/* SPDX-License-Identifier: BSD-2-Clause
 *
 * `el2sim fuzz system`: bare-metal programs from a seed (generate.h), run in batches on el2sim and on
 * qemu-system-aarch64 (system_pair.h). What differs is looked up (known_system.h), confirmed in a batch of
 * its own, made small and written down (system_finding.h).
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "fuzz/fuzz.h"
#include "fuzz/generate.h"
#include "fuzz/known.h"
#include "fuzz/known_system.h"
#include "fuzz/system_compare.h"
#include "fuzz/system_finding.h"
#include "fuzz/system_pair.h"
#include "fuzz/system_story.h"
#include "fuzz/system_write.h"

enum { BATCH = 1000, MAX_IDS = 8 };

struct run {
    const struct fuzz_options *o;
    struct fuzz_options generated; /* with the CPU that both have */
    struct fuzz_result *r;
    struct system_pair *pair;
    struct program *programs;
    struct system_case *cases;
    unsigned unconfirmed;
};

enum judgement { ALIKE, EXPLAINED, UNEXPLAINED };

/* What explains the differences of a case, counted if it does. */
static enum judgement judge(struct run *s, const struct system_case *c)
{
    struct system_difference d[SYSTEM_DIFFERENCES];
    unsigned ids[MAX_IDS];
    unsigned n = system_compare(c->program, &s->pair->regs, &c->ours, &c->theirs, d);
    if (n == 0)
        return ALIKE;
    unsigned known = known_system_explain(s->pair, c, d, n, ids, MAX_IDS);
    if (known == 0)
        return UNEXPLAINED;
    s->r->explained++;
    for (unsigned i = 0; i < known; i++)
        s->r->by_id[ids[i]]++;
    return EXPLAINED;
}

/* Runs a case again, alone. What differs now, too, is a finding. */
static bool confirm(struct run *s, const struct system_case *c, char *error)
{
    struct system_case *alone = xcalloc(1, sizeof(*alone));
    alone->program = c->program;
    s->pair->patience = SYSTEM_MORE_PATIENCE;
    bool ok = system_pair_run(s->pair, alone, 1, error);
    s->pair->patience = SYSTEM_PATIENCE;
    enum judgement j = ok ? judge(s, alone) : ALIKE;
    if (j == UNEXPLAINED) {
        ok = system_finding(s->o, s->pair, alone, s->r, error);
        s->r->findings++;
    }
    s->unconfirmed += ok && j == ALIKE;
    free(alone);
    return ok;
}

/* One batch: programs from number `first` on. */
static bool run_batch(struct run *s, uint64_t first, unsigned n, char *error)
{
    for (unsigned k = 0; k < n; k++) {
        generate(&s->programs[k], s->o->seed + first + k, &s->generated);
        s->cases[k].program = &s->programs[k];
    }
    if (!system_pair_run(s->pair, s->cases, n, error))
        return false;
    for (unsigned k = 0; k < n; k++) {
        if (judge(s, &s->cases[k]) == UNEXPLAINED && !confirm(s, &s->cases[k], error))
            return false;
        s->r->programs++;
        s->r->insns += s->programs[k].n_code;
        if (s->o->max_findings != 0 && s->r->findings >= s->o->max_findings)
            break;
    }
    return true;
}

/* The program of a file, on both sides: what happened, and what it is. */
static bool replay(struct run *s, char *error)
{
    struct system_case *c = xcalloc(1, sizeof(*c));
    c->program = &s->programs[0];
    s->pair->patience = SYSTEM_MORE_PATIENCE;
    bool ok = system_read(s->o->replay, &s->programs[0], error) && system_pair_run(s->pair, c, 1, error);
    if (ok) {
        system_story(stdout, "", c, &s->pair->regs, system_qemu_version(s->pair->qemu));
        s->r->programs = 1;
        s->r->insns = c->program->n_code;
        s->r->findings = judge(s, c) == UNEXPLAINED;
    }
    free(c);
    return ok;
}

bool fuzz_system_run(const struct fuzz_options *o, struct fuzz_result *r, char *error)
{
    struct run s = {.o = o, .generated = *o, .r = r};
    bool ok = true;
    s.pair = system_pair_new(o, error);
    if (s.pair == NULL)
        return false;
    s.generated.cpu = s.pair->cpu;
    s.programs = xcalloc(BATCH, sizeof(*s.programs));
    s.cases = xcalloc(BATCH, sizeof(*s.cases));
    if (o->replay != NULL)
        ok = replay(&s, error);
    while (ok && o->replay == NULL && fuzz_goes_on(o, r)) {
        uint64_t left = o->count - r->programs;
        ok = run_batch(&s, r->programs, left < BATCH ? (unsigned)left : BATCH, error);
    }
    int used = snprintf(r->note, sizeof(r->note), "QEMU %s; el2sim -cpu %.300s\n",
                        system_qemu_version(s.pair->qemu), s.pair->cpu);
    if (s.unconfirmed != 0 && used > 0 && (size_t)used < sizeof(r->note))
        snprintf(r->note + used, sizeof(r->note) - (size_t)used, "differed in a batch, but not alone: %u\n",
                 s.unconfirmed);
    free(s.programs);
    free(s.cases);
    system_pair_free(s.pair);
    return ok;
}
