/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Explain, take the cause away, compare again. See system_inquiry.h.
 */
#include "fuzz/system_inquiry.h"

#include "fuzz/system_compare.h"

/* Causes in one program, and runs of all that is left: no program needs so many. */
enum { MAX_TAKEN = 64 };

void system_inquiry_begin(struct system_inquiry *q, const struct program *p)
{
    *q = (struct system_inquiry){.program = *p};
}

/* From instruction `kept` on only the end is left. */
static void cut(struct program *p, unsigned kept)
{
    for (unsigned n = kept; n < p->n_code; n++)
        if (!program_is_end(p->code[n].raw))
            p->code[n].raw = PROGRAM_NOP;
}

void system_inquiry_next(const struct system_inquiry *q, struct program *p)
{
    *p = q->program;
    if (q->step != INQUIRY_WHOLE)
        cut(p, q->tried);
}

/* The two went different ways: nothing behind it was compared. */
static bool parts(const struct system_difference *d)
{
    return d->what <= SYSTEM_ELR;
}

bool system_unexplained(const struct system_pair *pair, const struct system_case *c,
                        const struct system_cause *cause, struct system_difference *first)
{
    struct system_difference d[SYSTEM_DIFFERENCES];
    unsigned n = system_compare(c->program, &pair->regs, &c->ours, &c->theirs, d);
    struct system_cause culprit;
    for (unsigned i = 0; i < n; i++) {
        struct known_ids ids = {0};
        if (!known_system_explain(pair, c, &d[i], cause, &ids, &culprit)) {
            *first = d[i];
            return true;
        }
    }
    return false;
}

/* Takes instructions away. False: there is nothing, or too much was taken already. */
static bool take_away(struct system_inquiry *q, const struct system_cause *cause)
{
    bool some = false;
    for (unsigned n = cause->begin; n < cause->end; n++) {
        some |= q->program.code[n].raw != PROGRAM_NOP;
        q->program.code[n].raw = PROGRAM_NOP;
    }
    q->step = INQUIRY_WHOLE;
    return some && ++q->taken <= MAX_TAKEN;
}

/* The next step of the search: about in the middle, where a group of instructions begins. */
static void halve(struct system_inquiry *q)
{
    unsigned begin, end, middle = (q->alike + q->differs) / 2;
    program_group(&q->program, middle, &begin, &end);
    q->step = INQUIRY_SEARCH;
    if (begin > q->alike)
        q->tried = begin;
    else if (end < q->differs)
        q->tried = end;
    else {
        q->step = INQUIRY_FOUND;
        q->tried = q->differs;
        q->cause = (struct system_cause){q->alike, q->differs};
    }
}

static void add_ids(struct system_inquiry *q, const struct known_ids *ids)
{
    for (unsigned n = 0; n < ids->n; n++)
        known_add_id(&q->ids, ids->id[n]);
}

/* All that is left of the program. */
static enum system_verdict judge_whole(struct system_inquiry *q, const struct system_pair *pair,
                                       const struct system_case *c, const struct system_difference *d,
                                       unsigned n)
{
    struct known_ids ids = {0}, of_first = {0};
    struct system_cause first = {0}, culprit;
    bool explained = false, all = true;
    for (unsigned i = 0; i < n; i++) {
        bool is = known_system_explain(pair, c, &d[i], NULL, i == 0 ? &of_first : &ids, &culprit);
        if (i == 0) {
            first = culprit;
            explained = is;
        }
        all &= is;
    }
    if (n == 0)
        return q->taken == 0 ? SYSTEM_ALIKE : SYSTEM_EXPLAINED;
    if (all && !parts(&d[n - 1])) {
        add_ids(q, &of_first);
        add_ids(q, &ids);
        return SYSTEM_EXPLAINED;
    }
    if (explained && take_away(q, &first)) {
        add_ids(q, &of_first);
        return SYSTEM_AGAIN;
    }
    q->alike = 0;
    q->differs = q->program.n_code;
    q->tried = 0;
    q->step = INQUIRY_SEARCH;
    return SYSTEM_AGAIN;
}

/* A part of the program: does it differ already in what isn't explained by itself? */
static bool shows(const struct system_pair *pair, const struct system_case *c,
                  const struct system_difference *d, unsigned n)
{
    struct system_difference first;
    return n != 0 && (parts(&d[n - 1]) || system_unexplained(pair, c, NULL, &first));
}

/* The smallest part of the program that differs: by its last instructions. */
static enum system_verdict judge_found(struct system_inquiry *q, const struct system_pair *pair,
                                       const struct system_case *c, const struct system_difference *d,
                                       unsigned n)
{
    struct known_ids ids = {0};
    struct system_cause culprit;
    if (!shows(pair, c, d, n)) /* not this time */
        return SYSTEM_UNEXPLAINED;
    for (unsigned i = 0; i < n; i++)
        if (!known_system_explain(pair, c, &d[i], &q->cause, &ids, &culprit))
            return SYSTEM_UNEXPLAINED;
    add_ids(q, &ids);
    if (q->cause.end == 0) /* the start: nothing is left to be taken away, or to be compared */
        return parts(&d[n - 1]) ? SYSTEM_EXPLAINED : SYSTEM_UNEXPLAINED;
    return take_away(q, &q->cause) ? SYSTEM_AGAIN : SYSTEM_UNEXPLAINED;
}

static enum system_verdict judge_part(struct system_inquiry *q, const struct system_pair *pair,
                                      const struct system_case *c, const struct system_difference *d,
                                      unsigned n)
{
    bool differs = shows(pair, c, d, n);
    if (q->tried == 0 && differs) {
        q->differs = 0;
        q->cause = (struct system_cause){0, 0};
        q->step = INQUIRY_FOUND;
        return judge_found(q, pair, c, d, n);
    }
    if (differs)
        q->differs = q->tried;
    else
        q->alike = q->tried;
    halve(q);
    return SYSTEM_AGAIN;
}

enum system_verdict system_inquiry_judge(struct system_inquiry *q, const struct system_pair *pair,
                                         const struct system_case *c)
{
    struct system_difference d[SYSTEM_DIFFERENCES];
    unsigned n = system_compare(c->program, &pair->regs, &c->ours, &c->theirs, d);
    if (q->step == INQUIRY_WHOLE)
        return judge_whole(q, pair, c, d, n);
    if (q->step == INQUIRY_SEARCH)
        return judge_part(q, pair, c, d, n);
    return judge_found(q, pair, c, d, n);
}

enum system_verdict system_inquiry_run(struct system_inquiry *q, struct system_pair *pair, struct program *p,
                                       struct system_case *c, char *error)
{
    enum system_verdict v = SYSTEM_AGAIN;
    system_inquiry_begin(q, p);
    c->program = p;
    while (v == SYSTEM_AGAIN) {
        system_inquiry_next(q, p);
        if (!system_pair_run(pair, c, 1, error))
            return SYSTEM_AGAIN;
        v = system_inquiry_judge(q, pair, c);
    }
    return v;
}
