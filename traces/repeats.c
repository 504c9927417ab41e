/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Repeated lines. See repeats.h. A line equal to the one `period` before begins a cycle and is held back; so
 * is every next one while it goes on. When it ends, whole rounds are told as a number, and the lines of a
 * round that was not completed are written after all.
 */
#include "traces/repeats.h"

#include <inttypes.h>
#include <string.h>

void repeats_start(struct repeats *r, FILE *out, bool every)
{
    memset(r, 0, sizeof(*r));
    r->out = out;
    r->every = every;
}

static struct repeats_line *line_at(struct repeats *r, uint64_t n)
{
    return &r->line[n % REPEATS_PERIOD];
}

static void write_line(struct repeats *r, const struct repeats_line *l)
{
    fprintf(r->out, "%12" PRIu64 " %s\n", l->count, l->text);
}

void repeats_flush(struct repeats *r)
{
    if (r->period == 0)
        return;
    uint64_t rounds = r->matched / r->period, rest = r->matched % r->period;
    if (rounds != 0)
        fprintf(r->out, "%12" PRIu64 "    ... the last %u line%s %" PRIu64 " time%s more\n",
                line_at(r, r->n - 1 - rest)->count, r->period, r->period == 1 ? "" : "s", rounds,
                rounds == 1 ? "" : "s");
    for (uint64_t n = r->n - rest; n != r->n; n++)
        write_line(r, line_at(r, n));
    r->period = 0;
    r->matched = 0;
}

/* The shortest cycle that `text` would go on with, or 0. */
static unsigned find_period(struct repeats *r, const char *text)
{
    for (unsigned p = 1; p <= REPEATS_PERIOD && p <= r->n; p++)
        if (strcmp(line_at(r, r->n - p)->text, text) == 0)
            return p;
    return 0;
}

void repeats_add(struct repeats *r, uint64_t count, const char *text)
{
    if (r->period != 0 && strcmp(line_at(r, r->n - r->period)->text, text) != 0)
        repeats_flush(r);
    if (r->period == 0 && !r->every)
        r->period = find_period(r, text);
    struct repeats_line *l = line_at(r, r->n++);
    l->count = count;
    snprintf(l->text, sizeof(l->text), "%s", text);
    if (r->period != 0)
        r->matched++;
    else
        write_line(r, l);
}
