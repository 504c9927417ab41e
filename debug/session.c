/* SPDX-License-Identifier: BSD-2-Clause
 *
 * When the machine stands still and when it goes on. The machine runs until a probe (sim/machine.h) asks for
 * a pause, in the middle of a round if need be, and goes on as if it had not stopped: the order in which CPUs
 * run is that of a run without a debugger. Without breakpoints and steps it runs at full speed, with a probe
 * that only looks whether the debugger wants something.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cpu/debug.h"
#include "debug/internal.h"

/* How often somebody who waits looks whether the person at the terminal wants to end. */
enum { WAIT_MS = 200 };

/* ---- which CPUs are observed ---- */

static bool must_observe(const struct gdb *g)
{
    if (g->points.n != 0 || g->catches.n != 0)
        return true;
    for (unsigned n = 0; n < g->m->n_cpus; n++)
        if (g->cpu[n].mode != RUN_FREELY)
            return true;
    return false;
}

/* Is each instruction to be looked at, and (watchpoints) each access? */
static void observe(struct gdb *g)
{
    g->observed = must_observe(g);
    for (unsigned n = 0; n < g->m->n_cpus; n++)
        debug_attach(g->m->cpus[n], g->points.any_watch ? &g->cpu_hooks : NULL);
}

/* ---- stopping and going on ---- */

void session_end(struct gdb *g)
{
    g->m->stopping = true;
    g->m->stop = STOP_QUIT;
    g->m->status = 0;
}

/* While the machine runs there is nothing to say to it but Ctrl-C: other packets are lost. */
static void obey(struct gdb *g)
{
    if (!g->no_ack)
        server_send(&g->server, (const uint8_t *)"+", 1);
    if (!g->running)
        stub_packet(g);
}

/* Handles what has come from the debugger, if anything has. False: nothing was there. */
static bool serve(struct gdb *g)
{
    int byte = server_byte(&g->server);
    if (byte < 0)
        return false;
    switch (packet_take(&g->in, (uint8_t)byte)) {
    case PACKET_READY:
        obey(g);
        break;
    case PACKET_TOO_LONG:
        g->in.data[0] = 0; /* as a packet that isn't known */
        obey(g);
        break;
    case PACKET_DAMAGED:
        if (!g->no_ack)
            server_send(&g->server, (const uint8_t *)"-", 1);
        break;
    case PACKET_NAK:
        server_send(&g->server, g->out.bytes, g->out.used);
        break;
    case PACKET_INTERRUPT:
        if (g->running) {
            g->running = false;
            g->stop = (struct stop){.signal = SIGNAL_INT, .cpu = g->selected};
        }
        break;
    case PACKET_ACK:
    case PACKET_NONE:
        break;
    }
    return true;
}

static void attach(struct gdb *g)
{
    packet_reader_init(&g->in);
    g->attached = true;
    g->no_ack = g->answer = g->says_swbreak = g->says_hwbreak = false;
    g->selected = 0;
    g->resumed = -1;
    g->running = false;
    g->view = (struct view){VIEW_CURRENT};
    g->stop = (struct stop){.signal = SIGNAL_TRAP};
}

void session_detach(struct gdb *g)
{
    point_remove_all(&g->points);
    catch_remove(&g->catches, g->m, 0);
    for (unsigned n = 0; n < g->m->n_cpus; n++) {
        g->cpu[n] = (struct gdb_cpu){.mode = RUN_FREELY};
        g->m->cpus[n]->held = false;
    }
    g->attached = g->answer = false;
    g->running = true;
}

/* The debugger may have hung up. */
static void notice_departure(struct gdb *g)
{
    if (g->attached && g->server.peer < 0)
        session_detach(g);
}

static struct place present_place(const struct gdb *g)
{
    return (struct place){.in_round = g->m->in_round, .turn = g->m->turn, .horizon = g->m->horizon};
}

/* CPUs are held only while the machine runs. What ran meanwhile can be run again, without anybody held, if it
 * was all within one CPU's turn; else the order of CPUs was not the run loop's, and there is no way back. */
static void release_held(struct gdb *g)
{
    const struct place was = g->resumed_at, is = present_place(g);
    bool held = false;
    for (unsigned n = 0; n < g->m->n_cpus; n++) {
        held |= g->m->cpus[n]->held;
        g->m->cpus[n]->held = false;
    }
    if (held && !(was.in_round && is.in_round && was.turn == is.turn && was.horizon == is.horizon))
        reverse_changed(g);
}

/* Stands still, for what is in g->stop, until the debugger lets the machine go, leaves, or ends it. */
static void stand_still(struct gdb *g)
{
    struct terminal *terminal = g->m->board->terminal;
    g->running = false;
    release_held(g);
    g->selected = g->stop.cpu;
    if (g->answer) {
        g->answer = false;
        board_flush(g->m->board); /* what the guest has printed until now */
        stub_stop_reply(g);
    }
    while (!g->running && !g->m->stopping) {
        if (server_accept(&g->server))
            attach(g);
        if (g->attached)
            reverse_start(g);
        if (!serve(g)) {
            notice_departure(g);
            if (!g->running)
                server_wait(&g->server, WAIT_MS);
            if (!terminal_listen(terminal))
                session_end(g);
        }
    }
}

void session_resume(struct gdb *g)
{
    reverse_settle(g);
    g->resumed_at = present_place(g);
    for (unsigned n = 0; n < g->m->n_cpus; n++) {
        g->cpu[n].skip = g->points.n != 0 && (n == g->stop.cpu || g->cpu[n].mode != RUN_FREELY);
        g->cpu[n].skip_pc = g->m->cpus[n]->pc;
        g->cpu[n].fresh = true;
        g->m->cpus[n]->held = g->cpu[n].mode == RUN_NOT;
    }
    g->running = g->answer = true;
}

/* ---- the probe ---- */

/* What to tell a debugger that knows the words; GDB ignores a stop at a breakpoint that isn't its own. */
static const char *breakpoint_reason(const struct gdb *g, const struct point *p)
{
    if (p->number != 0)
        return NULL;
    if (p->kind == POINT_SOFTWARE)
        return g->says_swbreak ? "swbreak" : NULL;
    return g->says_hwbreak ? "hwbreak" : NULL;
}

void session_point_stop(const struct gdb *g, struct stop *s, const struct cpu *c, const struct point *p)
{
    *s = (struct stop){.signal = SIGNAL_TRAP, .cpu = c->index, .reason = breakpoint_reason(g, p)};
    if (p->number != 0)
        point_describe(p, s->note, sizeof(s->note));
}

void session_watch_stop(const struct gdb *g, struct stop *s, const struct cpu *c, const struct point *p,
                        uint64_t where)
{
    static const char *const reasons[POINT_KINDS] = {
        [POINT_WRITE] = "watch", [POINT_READ] = "rwatch", [POINT_ACCESS] = "awatch"};
    session_point_stop(g, s, c, p);
    if (p->number == 0) {
        s->reason = reasons[p->kind];
        s->has_address = true;
        s->address = where;
    }
}

void session_catch_stop(const struct gdb *g, struct stop *s, const struct cpu *c)
{
    *s = (struct stop){.signal = SIGNAL_TRAP, .cpu = c->index};
    memcpy(s->note, g->catches.note, sizeof(s->note));
}

/* Stops where something that is to be caught has just happened to c. */
static bool caught(struct gdb *g, const struct cpu *c)
{
    if (!catch_take(&g->catches, c))
        return false;
    session_catch_stop(g, &g->stop, c);
    g->running = false;
    return true;
}

static bool step_is_over(const struct gdb_cpu *t, const struct cpu *c)
{
    return t->mode == RUN_STEP || (t->mode == RUN_RANGE && (c->pc < t->from || c->pc >= t->to));
}

static void step_stop(struct gdb *g, const struct cpu *c)
{
    g->stop = (struct stop){.signal = SIGNAL_TRAP, .cpu = c->index};
}

static bool before(void *opaque, struct cpu *c)
{
    struct gdb *g = opaque;
    struct gdb_cpu *t = &g->cpu[c->index];
    bool interrupted = t->fresh && c->pc != t->skip_pc;
    t->fresh = false;
    if (caught(g, c)) /* an interrupt */
        return true;
    t->skipping = t->skip && t->skip_pc == c->pc;
    t->skip = false;
    const struct point *p = t->skipping ? NULL : point_at_pc(&g->points, c);
    if (p != NULL)
        session_point_stop(g, &g->stop, c, p);
    else if (interrupted && step_is_over(t, c))
        step_stop(g, c);
    else
        return false;
    g->running = false;
    return true;
}

static bool after(void *opaque, struct cpu *c)
{
    struct gdb *g = opaque;
    struct gdb_cpu *t = &g->cpu[c->index];
    t->skipping = false;
    if (c->abandoned) { /* watch() has said why */
        c->abandoned = false;
        return true;
    }
    if (caught(g, c))
        return true;
    if (!step_is_over(t, c))
        return false;
    step_stop(g, c);
    g->running = false;
    return true;
}

/* A watched access: the instruction waits until the debugger has seen it. */
static bool watch(void *opaque, struct cpu *c, uint64_t va, unsigned size, bool write)
{
    struct gdb *g = opaque;
    uint64_t where;
    if (g->cpu[c->index].skipping)
        return false;
    const struct point *p = point_watching(&g->points, c, va, size, write, &where);
    if (p == NULL)
        return false;
    session_watch_stop(g, &g->stop, c, p, where);
    g->running = false;
    return true;
}

bool session_interrupted(struct gdb *g)
{
    while (g->running && serve(g))
        ;
    return !g->running;
}

/* Between rounds: has the debugger come, gone, or pressed Ctrl-C? */
static bool poll_debugger(void *opaque)
{
    struct gdb *g = opaque;
    bool attached = g->attached;
    if (server_accept(&g->server))
        attach(g);
    session_interrupted(g);
    notice_departure(g);
    return !g->running || g->attached != attached;
}

static bool stuck(void *opaque)
{
    struct gdb *g = opaque;
    if (!g->attached)
        return false;
    g->running = false;
    g->stop = (struct stop){.signal = SIGNAL_INT, .cpu = g->selected};
    snprintf(g->stop.note, sizeof(g->stop.note), "every CPU sleeps or is held, and nothing will wake one");
    return true;
}

/* ---- the run ---- */

int gdb_run(struct gdb *g)
{
    struct machine *m = g->m;
    for (;;) {
        struct machine_probe probe = {.poll = poll_debugger, .stuck = stuck, .ctx = g};
        if (!g->running)
            stand_still(g);
        if (!g->attached)
            reverse_stop(g);
        observe(g);
        if (g->observed) {
            probe.before = before;
            probe.after = after;
        }
        if (m->stopping || machine_run_to(m, MACHINE_NEVER, &probe) == MACHINE_ENDED)
            break;
    }
    reverse_stop(g);
    int status = machine_finish(m);
    if (g->attached)
        stub_exited(g, status);
    return status;
}

/* ---- beginning and end ---- */

static struct gdb *create(struct machine *m)
{
    struct gdb *g = xcalloc(1, sizeof(*g));
    g->m = m;
    g->cpu_hooks = (struct cpu_debugger){.opaque = g, .watch = watch};
    g->target = target_create(&m->feat, &m->latest_count);
    g->server = (struct server){.listener = -1, .peer = -1};
    g->resumed = -1;
    g->running = true;
    g->points.next_number = 1;
    return g;
}

struct gdb *gdb_create(struct machine *m, const char *where, bool stopped)
{
    struct gdb *g = create(m);
    server_listen(&g->server, where);
    g->running = !stopped;
    if (stopped)
        inform("waiting for a debugger at %s", where);
    return g;
}

struct gdb *gdb_create_connected(struct machine *m, int fd)
{
    struct gdb *g = create(m);
    g->server.peer = fd;
    attach(g);
    return g;
}

void gdb_destroy(struct gdb *g)
{
    if (g == NULL)
        return;
    session_detach(g);
    observe(g);
    reverse_stop(g);
    server_close(&g->server);
    target_destroy(g->target);
    free(g);
}
