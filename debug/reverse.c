/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Going back: `bs` and `bc` of the remote protocol over sim/travel.h. An instruction that meets a breakpoint,
 * makes a watched access or something to be caught is found by executing again what came before.
 */
#include "cpu/debug.h"
#include "debug/internal.h"
#include "sim/travel.h"

struct backwards {
    struct gdb *g;
    int cpu; /* whose instruction is looked for, or -1: what breakpoints and watchpoints say */
    bool watched;
    struct stop stop; /* of the last hit */
};

void reverse_start(struct gdb *g)
{
    const char *why;
    if (g->travel != NULL || g->travel_refused)
        return;
    g->travel = travel_start(g->m, 0, 0, &why);
    g->travel_refused = g->travel == NULL;
}

void reverse_stop(struct gdb *g)
{
    travel_stop(g->travel);
    g->travel = NULL;
}

void reverse_changed(struct gdb *g)
{
    g->changed = true;
}

void reverse_settle(struct gdb *g)
{
    if (g->travel != NULL && g->changed)
        travel_changed(g->travel);
    g->changed = false;
}

/* ---- the probe ---- */

static bool before(void *ctx, struct cpu *c)
{
    struct backwards *b = ctx;
    if (b->cpu >= 0)
        return c->index == (unsigned)b->cpu;
    if (catch_take(&b->g->catches, c)) {
        session_catch_stop(b->g, &b->stop, c);
        return true;
    }
    if (c->debugger != NULL)
        debug_context(c); /* a checkpoint that was put in place knows nothing of debuggers */
    const struct point *p = point_at_pc(&b->g->points, c);
    if (p == NULL)
        return false;
    session_point_stop(b->g, &b->stop, c, p);
    return true;
}

static bool watch(void *ctx, struct cpu *c, uint64_t va, unsigned size, bool write)
{
    struct backwards *b = ctx;
    uint64_t where;
    const struct point *p = point_watching(&b->g->points, c, va, size, write, &where);
    if (p != NULL && !b->watched) {
        b->watched = true;
        session_watch_stop(b->g, &b->stop, c, p, where);
    }
    return false; /* only looks */
}

static bool after(void *ctx, struct cpu *c)
{
    struct backwards *b = ctx;
    bool watched = b->watched;
    b->watched = false;
    if (watched || b->cpu >= 0 || !catch_take(&b->g->catches, c))
        return watched;
    session_catch_stop(b->g, &b->stop, c);
    return true;
}

/* Ctrl-C, or the debugger has left. */
static bool poll(void *ctx)
{
    struct backwards *b = ctx;
    return session_interrupted(b->g) || b->g->server.peer < 0;
}

/* ---- the commands ---- */

static void attach(struct gdb *g, const struct cpu_debugger *d)
{
    for (unsigned n = 0; n < g->m->n_cpus; n++)
        debug_attach(g->m->cpus[n], d);
}

/* The last instruction that *b looks for, before the present one. */
static bool find(struct backwards *b, uint64_t *where)
{
    struct gdb *g = b->g;
    const struct machine_probe probe = {.before = before, .after = after, .poll = poll, .ctx = b};
    const struct cpu_debugger watcher = {.opaque = b, .watch = watch};
    if (b->cpu >= 0 && g->m->n_cpus == 1) {
        *where = travel_now(g->travel) - 1;
        return travel_now(g->travel) > travel_first(g->travel);
    }
    attach(g, b->cpu < 0 && g->points.any_watch ? &watcher : NULL);
    bool found = travel_find(g->travel, &probe, where);
    attach(g, NULL);
    return found;
}

/* Where to stand when the instruction `where` is what was looked for: before it. GDB however steps over a
 * watched access by itself, backwards, too: it is shown the place behind. */
static uint64_t place_of(const struct stop *s, uint64_t where)
{
    return s->has_address ? where + 1 : where;
}

bool reverse_run(struct gdb *g, bool step)
{
    struct backwards b = {.g = g, .cpu = -1};
    uint64_t where;
    if (g->travel == NULL)
        return false;
    reverse_settle(g);
    if (step) {
        b.cpu = g->resumed >= 0 ? g->resumed : (int)g->selected;
        b.stop.cpu = (unsigned)b.cpu;
    }
    g->running = true;
    bool found = find(&b, &where), interrupted = !g->running || g->server.peer < 0;
    g->running = g->catches.caught = false;
    if (interrupted)
        return true;
    if (found) {
        travel_to(g->travel, place_of(&b.stop, where));
        g->stop = b.stop;
    } else {
        travel_to(g->travel, travel_first(g->travel));
        g->stop = (struct stop){.cpu = g->selected, .reason = "replaylog", .text = "begin"};
    }
    g->catches.caught = false; /* on the way here, by what was executed again */
    g->stop.signal = SIGNAL_TRAP;
    g->selected = g->stop.cpu;
    return true;
}
