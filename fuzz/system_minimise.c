/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Making a program that differs small. See system_minimise.h.
 */
#include "fuzz/system_minimise.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "fuzz/known.h"
#include "fuzz/known_system.h"
#include "fuzz/minimise.h"
#include "fuzz/system_compare.h"
#include "fuzz/system_inquiry.h"

enum { GROUP = 256, MAX_ITEMS = PROGRAM_SETTINGS + PROGRAM_WORDS + PROGRAM_CODE + 31 + 32 + 5 };

struct job {
    struct system_pair *pair;
    const struct program *whole;
    const struct system_cause *cause;
    struct system_difference first; /* what it is about */
    uint64_t ec;                    /* of the first event that differs */
    unsigned items;
    bool about; /* it is the known difference of --without */
    char error[FUZZ_ERROR_SIZE];
};

static unsigned count_items(const struct program *p)
{
    unsigned n = p->n_settings + p->n_words + 31 + 32 + 5;
    for (unsigned k = 0; k < p->n_code; k++)
        n += k == 0 || !p->code[k].joined;
    return n;
}

static void keep_code(struct program *p, const bool **keep)
{
    bool stays = true;
    for (unsigned n = 0; n < p->n_code; n++) {
        if (n == 0 || !p->code[n].joined)
            stays = *(*keep)++;
        if (!stays)
            p->code[n].raw = PROGRAM_NOP;
    }
}

/* The program with the items that stay. */
static void reduce(struct program *p, const struct program *whole, const bool *keep)
{
    *p = *whole;
    p->n_settings = p->n_words = 0;
    for (unsigned n = 0; n < whole->n_settings; n++)
        if (*keep++)
            p->settings[p->n_settings++] = whole->settings[n];
    for (unsigned n = 0; n < whole->n_words; n++)
        if (*keep++)
            p->words[p->n_words++] = whole->words[n];
    keep_code(p, &keep);
    for (unsigned n = 0; n < 31; n++)
        p->x[n] = *keep++ ? p->x[n] : 0;
    for (unsigned n = 0; n < 32; n++)
        if (!*keep++)
            p->v[n][0] = p->v[n][1] = 0;
    p->sp_el0 = *keep++ ? p->sp_el0 : 0;
    p->sp_el1 = *keep++ ? p->sp_el1 : 0;
    p->sp_el2 = *keep++ ? p->sp_el2 : 0;
    p->fpcr = *keep++ ? p->fpcr : 0;
    p->fpsr = *keep++ ? p->fpsr : 0;
}

static uint64_t class_of(const struct system_case *c, const struct system_difference *d)
{
    bool event = d->what >= SYSTEM_EVENT && d->what <= SYSTEM_SPSR;
    return event && d->index < c->ours.n_events ? c->ours.events[d->index].esr >> 26 & 63 : 64;
}

/* --without: the difference is that row's matter. */
static bool is_about(struct system_pair *pair, const struct system_case *c, const struct system_cause *cause,
                     const struct system_difference *d)
{
    const char *id = pair->without;
    struct known_ids ids = {0};
    struct system_cause culprit;
    bool found = false;
    pair->without = NULL;
    bool known = known_system_explain(pair, c, d, cause, &ids, &culprit);
    pair->without = id;
    for (unsigned i = 0; known && i < ids.n; i++)
        found |= strcmp(known_row(ids.id[i])->id, id) == 0;
    return found;
}

/* Still the same: the first difference that has no explanation is of the same thing. */
static bool still_shows(const struct job *j, const struct system_case *c)
{
    struct system_difference d;
    if (!system_unexplained(j->pair, c, j->cause, &d))
        return false;
    if (j->about)
        return is_about(j->pair, c, j->cause, &d);
    return d.what == j->first.what && class_of(c, &d) == j->ec &&
           ((d.what != SYSTEM_REGISTER && d.what != SYSTEM_X) || d.index == j->first.index);
}

static bool try_some(struct job *j, const bool *const *candidates, unsigned n, bool *shows)
{
    struct program *p = xcalloc(n, sizeof(*p));
    struct system_case *c = xcalloc(n, sizeof(*c));
    for (unsigned k = 0; k < n; k++) {
        reduce(&p[k], j->whole, candidates[k]);
        c[k].program = &p[k];
    }
    bool ok = system_pair_run(j->pair, c, n, j->error);
    for (unsigned k = 0; ok && k < n; k++)
        shows[k] = still_shows(j, &c[k]);
    free(c);
    free(p);
    return ok;
}

static bool try_group(void *ctx, const bool *const *candidates, unsigned n, size_t n_items, bool *shows)
{
    (void)n_items;
    for (unsigned done = 0; done < n; done += GROUP)
        if (!try_some(ctx, candidates + done, n - done < GROUP ? n - done : GROUP, shows + done))
            return false;
    return true;
}

void system_minimise(struct system_pair *pair, struct program *p, struct system_case *c,
                     const struct system_cause *cause)
{
    struct program whole = *p;
    bool keep[MAX_ITEMS];
    struct job j = {.pair = pair, .whole = &whole, .cause = cause, .items = count_items(p)};
    if (!system_unexplained(pair, c, cause, &j.first))
        return;
    j.ec = class_of(c, &j.first);
    j.about = pair->without != NULL && is_about(pair, c, cause, &j.first);
    for (unsigned n = 0; n < j.items; n++)
        keep[n] = true;
    minimise(keep, j.items, try_group, &j);
    struct system_case small = {.program = p};
    reduce(p, &whole, keep);
    if (system_pair_run(pair, &small, 1, j.error) && still_shows(&j, &small)) {
        *c = small;
    } else {
        *p = whole;
    }
}
