/* SPDX-License-Identifier: BSD-2-Clause
 *
 * `el2sim fuzz system`: bare-metal programs from a seed (generate.h), run in batches on el2sim and on
 * qemu-system-aarch64 (system_pair.h). What differs is looked into (system_inquiry.h): what is left of such
 * programs goes into the next batch, beside new ones. What has no explanation is confirmed in a batch of its
 * own, made small and written down (system_finding.h).
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "fuzz/fuzz.h"
#include "fuzz/generate.h"
#include "fuzz/known.h"
#include "fuzz/system_compare.h"
#include "fuzz/system_finding.h"
#include "fuzz/system_inquiry.h"
#include "fuzz/system_pair.h"
#include "fuzz/system_story.h"
#include "fuzz/system_write.h"

enum { BATCH = 1000 };

/* A program that is being looked into. */
struct slot {
    bool used;
    uint64_t number; /* its seed less the first one */
    struct system_inquiry inquiry;
};

struct run {
    const struct fuzz_options *o;
    struct fuzz_options generated; /* with the CPU that both have */
    struct fuzz_result *r;
    struct system_pair *pair;
    struct slot *slots;
    struct program *programs; /* of one batch, with their results and the slots they belong to */
    struct system_case *cases;
    struct slot **owners;
    uint64_t next; /* number of the next new program */
    unsigned unconfirmed;
};

static void count_explained(struct run *s, const struct known_ids *ids)
{
    s->r->explained++;
    for (unsigned i = 0; i < ids->n; i++)
        s->r->by_id[ids->id[i]]++;
}

/* el2sim itself has another result than it had in the batch: that is said. */
static bool changed(const struct run *s, const struct system_case *c, const struct system_case *before)
{
    struct system_difference d[SYSTEM_DIFFERENCES];
    char name[64];
    if (system_compare(c->program, &s->pair->regs, &c->ours, &before->ours, d) == 0)
        return false;
    fprintf(stderr, "seed %llu: el2sim's own result depends on the batch: %s: %llx alone, %llx in it\n",
            (unsigned long long)c->program->seed, system_difference_name(&d[0], name),
            (unsigned long long)d[0].ours, (unsigned long long)d[0].theirs);
    return true;
}

static bool write_finding(struct run *s, const struct system_case *c, const struct system_cause *cause,
                          char *error)
{
    s->pair->patience = SYSTEM_PATIENCE; /* making it small takes hundreds of runs */
    bool ok = system_finding(s->o, s->pair, c, cause, s->r, error);
    s->r->findings++;
    return ok;
}

/* Runs a case that has no explanation again, alone. If it has none now, too, or el2sim itself has another
 * result, it is a finding; else QEMU had a bad moment. */
static bool confirm(struct run *s, const struct system_case *c, char *error)
{
    struct system_case *alone = xcalloc(1, sizeof(*alone));
    struct system_inquiry *q = xmalloc(sizeof(*q));
    struct program *p = xmalloc(sizeof(*p));
    alone->program = c->program;
    s->pair->patience = SYSTEM_MORE_PATIENCE;
    bool ok = system_pair_run(s->pair, alone, 1, error);
    if (ok && changed(s, alone, c)) {
        ok = write_finding(s, alone, NULL, error);
    } else if (ok) {
        *p = *c->program;
        enum system_verdict v = system_inquiry_run(q, s->pair, p, alone, error);
        ok = v != SYSTEM_AGAIN;
        if (v == SYSTEM_UNEXPLAINED)
            ok = write_finding(s, alone, q->cause.end != 0 ? &q->cause : NULL, error);
        else if (v == SYSTEM_EXPLAINED)
            count_explained(s, &q->ids);
        s->unconfirmed += v == SYSTEM_ALIKE || v == SYSTEM_EXPLAINED;
    }
    s->pair->patience = SYSTEM_PATIENCE;
    free(alone);
    free(q);
    free(p);
    return ok;
}

/* One batch: what is left of programs, and new ones if there is room. Returns how many. */
static unsigned fill(struct run *s, bool more)
{
    unsigned n = 0;
    for (unsigned k = 0; k < BATCH; k++) {
        struct slot *slot = &s->slots[k];
        struct program *p = &s->programs[n];
        if (!slot->used && more && s->next < s->o->count) {
            generate(p, s->o->seed + s->next, &s->generated);
            system_inquiry_begin(&slot->inquiry, p);
            slot->number = s->next++;
            slot->used = true;
        } else if (slot->used) {
            system_inquiry_next(&slot->inquiry, p);
        } else {
            continue;
        }
        s->cases[n].program = p;
        s->owners[n++] = slot;
    }
    return n;
}

/* Programs are counted in their order, so that a later run can go on there. */
static void count_programs(struct run *s)
{
    uint64_t done = s->next;
    for (unsigned k = 0; k < BATCH; k++)
        if (s->slots[k].used && s->slots[k].number < done)
            done = s->slots[k].number;
    s->r->programs = done;
}

static bool look_at(struct run *s, struct slot *slot, const struct system_case *c, char *error)
{
    unsigned n_code = slot->inquiry.program.n_code;
    enum system_verdict v = system_inquiry_judge(&slot->inquiry, s->pair, c);
    if (v == SYSTEM_AGAIN)
        return true;
    slot->used = false;
    s->r->insns += n_code;
    if (v == SYSTEM_EXPLAINED)
        count_explained(s, &slot->inquiry.ids);
    return v != SYSTEM_UNEXPLAINED || confirm(s, c, error);
}

/* more: new programs, too. False: error says why. */
static bool run_batch(struct run *s, bool more, char *error)
{
    unsigned n = fill(s, more);
    bool ok = n == 0 || system_pair_run(s->pair, s->cases, n, error);
    for (unsigned k = 0; ok && k < n; k++) {
        ok = look_at(s, s->owners[k], &s->cases[k], error);
        if (s->o->max_findings != 0 && s->r->findings >= s->o->max_findings)
            break;
    }
    count_programs(s);
    return ok;
}

/* Up to the last program, or until it is interrupted: what was begun is ended then. With enough findings it
 * ends at once. */
static bool run_all(struct run *s, char *error)
{
    bool more = true, ok = true;
    while (ok && (s->r->programs < s->next || more)) {
        if (s->o->max_findings != 0 && s->r->findings >= s->o->max_findings)
            break;
        more = fuzz_goes_on(s->o, s->r) && s->next < s->o->count;
        ok = run_batch(s, more, error);
    }
    return ok;
}

/* The program of a file, on both sides: what happened, and what it is. */
static bool replay(struct run *s, char *error)
{
    struct system_case *c = xcalloc(1, sizeof(*c));
    struct system_inquiry *q = xmalloc(sizeof(*q));
    struct program *p = &s->programs[0];
    c->program = p;
    s->pair->patience = SYSTEM_MORE_PATIENCE;
    bool ok = system_read(s->o->replay, p, error) && system_pair_run(s->pair, c, 1, error);
    if (ok) {
        system_story(stdout, "", c, &s->pair->regs, s->pair->version);
        s->r->programs = 1;
        s->r->insns = p->n_code;
        enum system_verdict v = system_inquiry_run(q, s->pair, p, c, error);
        ok = v != SYSTEM_AGAIN;
        s->r->findings = v == SYSTEM_UNEXPLAINED;
        if (v == SYSTEM_EXPLAINED)
            count_explained(s, &q->ids);
    }
    free(q);
    free(c);
    return ok;
}

static void write_note(const struct run *s, char *note, size_t size)
{
    if (s->pair->qemu == NULL)
        return;
    int used = snprintf(note, size, "QEMU %s; el2sim -cpu %.300s\n", s->pair->version, s->pair->cpu);
    if (s->unconfirmed != 0 && used > 0 && (size_t)used < size)
        snprintf(note + used, size - (size_t)used, "QEMU differed in a batch otherwise than alone: %u\n",
                 s->unconfirmed);
}

bool fuzz_system_run(const struct fuzz_options *o, struct fuzz_result *r, char *error)
{
    struct run s = {.o = o, .generated = *o, .r = r};
    s.pair = system_pair_new(o, error);
    if (s.pair == NULL)
        return false;
    s.generated.cpu = s.pair->cpu;
    s.slots = xcalloc(BATCH, sizeof(*s.slots));
    s.programs = xcalloc(BATCH, sizeof(*s.programs));
    s.cases = xcalloc(BATCH, sizeof(*s.cases));
    s.owners = xcalloc(BATCH, sizeof(*s.owners));
    bool ok = o->replay != NULL ? replay(&s, error) : run_all(&s, error);
    write_note(&s, r->note, sizeof(r->note));
    free(s.slots);
    free(s.programs);
    free(s.cases);
    free(s.owners);
    system_pair_free(s.pair);
    return ok;
}
