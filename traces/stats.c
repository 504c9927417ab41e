/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Counting. See stats.h; stats_print.c writes what was counted.
 */
#include "traces/stats.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "traces/stats-internal.h"

struct tally *stats_tally(struct tallies *all, const char *text, unsigned a, unsigned b)
{
    for (unsigned n = 0; n < all->n; n++) {
        struct tally *t = &all->tally[n];
        if (t->a == a && t->b == b && strcmp(t->text, text) == 0)
            return t;
    }
    all->tally = xrealloc(all->tally, (all->n + 1) * sizeof(*all->tally));
    struct tally *t = &all->tally[all->n++];
    memset(t, 0, sizeof(*t));
    snprintf(t->text, sizeof(t->text), "%s", text);
    t->a = a;
    t->b = b;
    return t;
}

/* Buckets of an eighth of an octave; below 8, of one. */
static unsigned bucket_of(uint64_t value)
{
    if (value < 8)
        return (unsigned)value;
    unsigned octave = 63 - (unsigned)__builtin_clzll(value);
    return (octave - 2) * 8 + (unsigned)(value >> (octave - 3) & 7);
}

uint64_t stats_bucket_value(unsigned bucket)
{
    if (bucket < 8)
        return bucket;
    return (uint64_t)(8 + bucket % 8) << (bucket / 8 - 1);
}

static void add_cost(struct tally *t, uint64_t cost)
{
    if (t->timed == 0 || cost < t->min)
        t->min = cost;
    if (cost > t->max)
        t->max = cost;
    t->total += cost;
    t->timed++;
    t->bucket[bucket_of(cost)]++;
}

/* What the CPU executed since this was last asked belongs to where it was. */
static void account(struct stats *s, const struct trace_cpu *c, const struct trace_where *w)
{
    struct stats_cpu *p = &s->cpu[c->index];
    uint64_t insns = c->insns(c), ran = insns - p->counted;
    char text[REASON_TEXT];
    p->counted = insns;
    s->el[w->el] += ran;
    stats_tally(&s->places, where_text(w, text), w->el, where_in_guest(w) ? w->vmid + 1u : 0)->total += ran;
}

static void on_state(void *opaque, const struct trace_cpu *c, const struct trace_state *e)
{
    struct stats *s = opaque;
    struct stats_cpu *p = &s->cpu[c->index];
    (void)e;
    if (p->view == NULL)
        p->counted = p->first = c->insns(c);
    p->view = c;
    p->where = c->where;
}

static void on_context(void *opaque, const struct trace_cpu *c, const struct trace_context *e)
{
    struct stats *s = opaque;
    struct stats_cpu *p = &s->cpu[c->index];
    account(s, c, &e->from);
    p->where = c->where;
    if (!where_in_guest(&c->where) || where_in_guest(&e->from))
        return;
    s->entries++;
    if (p->in_exit)
        add_cost(&s->exits.tally[p->exit], c->insns(c) - p->exit_insns);
    p->in_exit = false;
}

static void on_exception(void *opaque, const struct trace_cpu *c, const struct trace_exception *e)
{
    struct stats *s = opaque;
    struct stats_cpu *p = &s->cpu[c->index];
    char reason[REASON_TEXT];
    reason_text(e, reason);
    stats_tally(&s->exceptions, reason, e->from.el, c->where.el)->count++;
    if (!where_in_guest(&e->from) || where_in_guest(&c->where))
        return;
    struct tally *t = stats_tally(&s->exits, reason, e->from.vmid, 0);
    t->count++;
    p->in_exit = true;
    p->exit = (unsigned)(t - s->exits.tally);
    p->exit_insns = c->insns(c);
}

static void on_walk(void *opaque, const struct trace_cpu *c, const struct trace_walk *e)
{
    struct stats *s = opaque;
    struct stats_cpu *p = &s->cpu[c->index];
    if (e->step == TRACE_WALK_DESCRIPTOR)
        p->descriptors++;
    if (e->step != TRACE_WALK_RESULT)
        return;
    s->walks++;
    s->walk_faults += e->fault;
    s->depth[p->descriptors < STATS_DEPTH ? p->descriptors : STATS_DEPTH - 1]++;
    p->descriptors = 0;
}

static void on_tlb(void *opaque, const struct trace_cpu *c, const struct trace_tlb *e)
{
    struct stats *s = opaque;
    (void)c;
    s->evicted += e->evicted;
    s->made += !e->evicted;
}

static void on_tlbi(void *opaque, const struct trace_cpu *c, const struct trace_tlbi *e)
{
    struct stats *s = opaque;
    (void)c;
    struct tally *t = stats_tally(&s->tlbis, e->name, 0, 0);
    if (e->received)
        t->total += e->dropped;
    else
        t->count++;
}

static void on_close(void *opaque)
{
    struct stats *s = opaque;
    for (unsigned n = 0; n < s->cfg.n_cpus; n++) {
        if (s->cpu[n].view != NULL) /* CPUs outlive their tracers */
            account(s, s->cpu[n].view, &s->cpu[n].where);
        s->total += s->cpu[n].counted - s->cpu[n].first;
    }
    stats_print(s);
    sink_file_close("stats", s->cfg.file, s->out);
    free(s->places.tally);
    free(s->exceptions.tally);
    free(s->exits.tally);
    free(s->tlbis.tally);
    free(s->cpu);
    free(s);
}

void stats_open(const struct sink_config *cfg, struct tracer *t)
{
    struct stats *s = xcalloc(1, sizeof(*s));
    s->cfg = *cfg;
    s->json = sink_option(cfg, "json") != NULL;
    s->out = strcmp(cfg->file, "stderr") == 0 ? stderr : sink_file_open("stats", cfg->file);
    s->cpu = xcalloc(cfg->n_cpus, sizeof(*s->cpu));
    *t = (struct tracer){.opaque = s,
                         .exception = on_exception,
                         .context = on_context,
                         .walk = on_walk,
                         .tlb = on_tlb,
                         .tlbi = on_tlbi,
                         .state = on_state,
                         .close = on_close};
}
