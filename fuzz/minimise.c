/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Delta debugging. See minimise.h.
 *
 * Each round cuts what is left into `parts` parts and asks, in one group, what happens without each of them.
 * If several can be missed, the next round first asks whether all of them can be missed together, which saves
 * most of the rounds where few items matter. The result is 1-minimal: no single item can be taken away.
 */
#include "fuzz/minimise.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

struct minimiser {
    bool *keep; /* the smallest list so far */
    size_t n_items;
    size_t n_kept;
    size_t *kept; /* the items of `keep`, in order */
    minimise_try *fn;
    void *ctx;
};

static void count_kept(struct minimiser *m)
{
    m->n_kept = 0;
    for (size_t i = 0; i < m->n_items; i++)
        if (m->keep[i])
            m->kept[m->n_kept++] = i;
}

/* Takes part `part` of `parts` away from `list`. */
static void take_part(const struct minimiser *m, bool *list, size_t part, size_t parts)
{
    size_t begin = m->n_kept * part / parts, end = m->n_kept * (part + 1) / parts;
    for (size_t i = begin; i < end; i++)
        list[m->kept[i]] = false;
}

static bool *copy_list(const struct minimiser *m)
{
    bool *list = xmalloc(m->n_items * sizeof(*list));
    memcpy(list, m->keep, m->n_items * sizeof(*list));
    return list;
}

static void accept(struct minimiser *m, const bool *list)
{
    memcpy(m->keep, list, m->n_items * sizeof(*list));
    count_kept(m);
}

/* All parts that can be missed one by one, missed together: false if that doesn't show it, or couldn't be
 * run. */
static bool try_together(struct minimiser *m, const bool *can_miss, size_t parts)
{
    bool *list = copy_list(m), shows = false;
    for (size_t p = 0; p < parts; p++)
        if (can_miss[p])
            take_part(m, list, p, parts);
    const bool *one = list;
    if (m->fn(m->ctx, &one, 1, m->n_items, &shows) && shows)
        accept(m, list);
    else
        shows = false;
    free(list);
    return shows;
}

enum round { ROUND_FAILED, ROUND_NOTHING, ROUND_SMALLER };

/* Without one of `parts` parts. */
static enum round try_parts(struct minimiser *m, size_t parts)
{
    bool **list = xcalloc(parts, sizeof(*list)), *shows = xcalloc(parts, sizeof(*shows));
    enum round r = ROUND_FAILED;
    for (size_t p = 0; p < parts; p++)
        take_part(m, list[p] = copy_list(m), p, parts);
    if (m->fn(m->ctx, (const bool *const *)list, (unsigned)parts, m->n_items, shows)) {
        size_t n_shows = 0, first = 0;
        for (size_t p = parts; p-- > 0;) {
            if (shows[p]) {
                n_shows++;
                first = p;
            }
        }
        r = n_shows > 0 ? ROUND_SMALLER : ROUND_NOTHING;
        if (n_shows > 0 && (n_shows == 1 || !try_together(m, shows, parts)))
            accept(m, list[first]);
    }
    for (size_t p = 0; p < parts; p++)
        free(list[p]);
    free(list);
    free(shows);
    return r;
}

size_t minimise(bool *keep, size_t n_items, minimise_try *fn, void *ctx)
{
    struct minimiser m = {.keep = keep, .n_items = n_items, .fn = fn, .ctx = ctx};
    m.kept = xcalloc(n_items + 1, sizeof(*m.kept));
    count_kept(&m);
    for (size_t parts = 2; m.n_kept > 0;) {
        if (parts > m.n_kept)
            parts = m.n_kept;
        enum round r = try_parts(&m, parts);
        if (r == ROUND_FAILED || (r == ROUND_NOTHING && parts == m.n_kept))
            break;
        if (r == ROUND_NOTHING)
            parts *= 2;
        else if (parts > 2)
            parts--;
    }
    free(m.kept);
    return m.n_kept;
}
