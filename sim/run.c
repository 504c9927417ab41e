/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The run loop. Simulated time advances in rounds: every CPU that is awake runs up to the same horizon, the
 * nearest of the next event and (with several CPUs) the quantum; then the events that are due run. Each CPU
 * has its own clock, so that an event which a CPU schedules for itself is met at the exact instruction. When
 * all CPUs sleep, time jumps to the next event. Nothing here depends on the host, except that typed input
 * arrives when it arrives.
 *
 * A run can pause before any instruction, in the middle of a round: m->in_round, turn and horizon say where
 * it goes on.
 */
#include "base/log.h"
#include "cpu/brbe.h"
#include "cpu/pmu.h"
#include "cpu/debug.h"
#include "cpu/engine.h"
#include "cpu/exception.h"
#include "sim/hostclock.h"
#include "sim/input.h"
#include "sim/machine.h"
#include "sim/travel.h"

/* ns of simulated time between two looks at the terminal, where nothing else ends a round. */
#define POLL_NS 1000000

/* WFE wakes for the event register and for an interrupt that can be taken, WFI for any pending one (D1.6). */
static bool awake(struct cpu *c)
{
    if (UNLIKELY(c->held))
        return false;
    bool woken = c->power == CPU_WFE   ? c->event_register || (c->attention & ATT_IRQ)
                 : c->power == CPU_WFI ? interrupt_pending(c)
                                       : false;
    if (!woken)
        return c->power == CPU_ON;
    if (c->power == CPU_WFE)
        c->event_register = false;
    cpu_wake(c);
    return true;
}

/* One instruction under the eyes of whoever wants to see it. */
static void observe(struct cpu *c)
{
    if (c->attention & ATT_BRBE)
        brbe_observe(c);
    else
        pmu_observe(c);
}

/* The engine that --engine asks for, or the traced one where somebody wants to hear of each instruction. */
static enum engine_choice engine_of(const struct machine *m, const struct cpu *c)
{
    if (UNLIKELY(c->tracer != NULL) && tracer_is_hot(c->tracer))
        return ENGINE_TRACED;
    return m->opt->engine;
}

/* One instruction by the engine for single steps. */
static void step(const struct machine *m, struct cpu *c)
{
    if (c->attention & (ATT_PMU | ATT_BRBE))
        observe(c);
    else if (engine_of(m, c) == ENGINE_TRACED)
        engine_traced_step(c);
    else
        engine_step(c);
}

/* The same with breakpoints and software step looked at, where they are armed. */
static void step_debugged(const struct machine *m, struct cpu *c)
{
    if (!(c->attention & ATT_DEBUG)) {
        step(m, c);
    } else if (!debug_before_insn(c)) {
        c->abandoned = false;
        step(m, c);
        if (!c->abandoned)
            debug_after_insn(c);
    }
}

/* One instruction under the eyes of m->probe. */
static void probe_step(struct machine *m, struct cpu *c)
{
    const struct machine_probe *p = m->probe;
    m->paused = m->hit = p->before != NULL && p->before(p->ctx, c);
    if (m->hit)
        return;
    step_debugged(m, c);
    c->cur = NULL;
    m->paused = m->hit = p->after != NULL && p->after(p->ctx, c);
}

/* Runs the chosen engine until the budget is used up or attention asks to leave. */
static void run_engine(struct machine *m, struct cpu *c)
{
    if (m->probe != NULL && (m->probe->before != NULL || m->probe->after != NULL)) {
        probe_step(m, c);
        return;
    }
    if (c->attention & ATT_DEBUG) {
        step_debugged(m, c);
        return;
    }
    if (c->attention & (ATT_PMU | ATT_BRBE)) {
        const uint32_t only = ATT_PMU | ATT_BRBE;
        while (c->budget > 0 && (c->attention & only) != 0 && (c->attention & ~only) == 0)
            observe(c);
        return;
    }
    switch (engine_of(m, c)) {
    case ENGINE_FAST:
        engine_fast_run(c);
        break;
    case ENGINE_LOOP:
        engine_loop_run(c);
        break;
    case ENGINE_TRACED:
        engine_traced_run(c);
        break;
    }
}

/* At an instruction boundary: what the attention bits ask for, interrupts excepted. */
static void attend(struct machine *m, struct cpu *c)
{
    if (c->attention & ATT_CODE) {
        c->attention &= ~(uint32_t)ATT_CODE;
        cpu_context_changed(c, 0); /* banks have new keys */
        c->cur = NULL;
        codecache_bury(&m->code);
    }
    c->attention &= ~(uint32_t)(ATT_EVENT | ATT_STOP);
}

/* What counts against --max-insns: instructions, and time asleep as the instructions it would have taken, so
 * that a guest which sleeps from one periodic event to the next ends, too. */
static uint64_t spent(const struct machine *m)
{
    return machine_insns(m) + (m->stats.idle_ns >> m->opt->icount_shift);
}

static void check_limit(struct machine *m)
{
    if (m->opt->max_insns != 0 && spent(m) >= m->opt->max_insns && !m->stopping) {
        m->stopping = m->out_of_insns = true;
        m->stop = STOP_QUIT;
    }
}

/* Instructions that c may execute now: to the horizon, to --max-insns or a pause, to the next host TLB flush.
 */
static uint64_t budget_of(const struct machine *m, const struct cpu *c)
{
    uint64_t ns = m->horizon - c->time;
    uint64_t budget = (ns + (UINT64_C(1) << c->ns_shift) - 1) >> c->ns_shift;
    if (m->opt->max_insns != 0) {
        uint64_t left = m->opt->max_insns - spent(m);
        budget = left < budget ? left : budget;
    }
    if (m->pause_at != MACHINE_NEVER) {
        uint64_t left = m->pause_at - machine_insns(m);
        budget = left < budget ? left : budget;
    }
    if (c->flush_every != 0) {
        uint64_t left = c->flush_every - c->insns % c->flush_every;
        budget = left < budget ? left : budget;
    }
    return budget;
}

static void begin_slice(struct cpu *c, uint64_t budget)
{
    c->slice_insns = budget;
    c->budget = (int64_t)budget;
}

static void end_slice(struct cpu *c)
{
    uint64_t done = c->slice_insns - (uint64_t)c->budget;
    c->insns += done;
    c->time += done << c->ns_shift;
    c->slice_insns = 0;
    c->budget = 0;
    c->cur = NULL;
}

static void run_slice(struct machine *m, struct cpu *c)
{
    attend(m, c);
    if (c->attention & ATT_IRQ)
        interrupt_take(c);
    if (UNLIKELY(c->pmu_counting))
        pmu_resume(c);
    if (!m->stopping && c->power == CPU_ON) {
        m->paused = m->pause_at != MACHINE_NEVER && machine_insns(m) >= m->pause_at;
        if (m->paused)
            return;
        begin_slice(c, budget_of(m, c));
        if (c->budget > 0)
            run_engine(m, c);
        end_slice(c);
    }
    if (c->flush_every != 0 && c->insns % c->flush_every == 0) {
        htlb_flush(&c->htlb, c->bank);
        cpu_context_changed(c, 0);
    }
    check_limit(m);
}

/* Runs c up to the horizon, or to a pause. */
static void run_cpu(struct machine *m, struct cpu *c)
{
    if (c->time < m->time)
        c->time = m->time;
    m->running = c;
    while (c->time < m->horizon && !m->stopping && !m->paused && awake(c))
        run_slice(m, c);
    m->running = NULL;
    if (m->paused || m->out_of_insns)
        return; /* within its turn */
    /* Other CPUs, and devices by DMA, may now write what this one's monitor watches: let it lapse, which Arm
     * permits at any time */
    if (c->exclusive_valid) {
        c->exclusive_valid = false;
        c->event_register = true;
    }
}

/* Every CPU sleeps: time passes to the next event. False: nothing will ever wake them. */
static bool sleep_through(struct machine *m)
{
    const bool known = input_is_known(m->board->input);
    uint64_t next = event_next(&m->events);
    if (next != EVENT_NEVER) {
        if (next > m->time) {
            m->stats.idle_ns += next - m->time;
            if (!known)
                terminal_wait(m->board->terminal,
                              (int)((next - m->time) / 1000000 < 100 ? (next - m->time) / 1000000 : 100));
            m->time = next;
            check_limit(m);
        }
        return true;
    }
    if (!input_expected(m->board->input))
        return false;
    if (!known)
        terminal_wait(m->board->terminal, m->probe != NULL ? 100 : -1);
    m->idle = true;
    return true;
}

/* Gives the CPUs that are awake a horizon; where all sleep, lets time pass instead. */
static void begin_round(struct machine *m)
{
    bool anybody = false;
    for (unsigned n = 0; n < m->n_cpus; n++)
        anybody |= awake(m->cpus[n]);
    if (!anybody) {
        if (sleep_through(m))
            return;
        m->paused = m->hit = m->probe != NULL && m->probe->stuck != NULL && m->probe->stuck(m->probe->ctx);
        if (!m->hit) {
            warn("every CPU sleeps (WFI, WFE or off) and nothing will wake one; stopping");
            m->stopping = true;
            m->stop = STOP_EXIT;
            m->status = 1;
        }
        return;
    }
    uint64_t span = m->n_cpus > 1 ? m->opt->quantum << m->opt->icount_shift : POLL_NS;
    uint64_t next = event_next(&m->events);
    m->horizon = m->time + span;
    if (next < m->horizon)
        m->horizon = next;
    m->in_round = true;
    m->turn = 0;
}

/* The CPUs' turns from m->turn on. A pause, and --max-insns, leave the round open. */
static void run_turns(struct machine *m)
{
    while (m->turn < m->n_cpus && !m->stopping) {
        run_cpu(m, m->cpus[m->turn]);
        if (m->paused || m->out_of_insns)
            return;
        m->turn++;
    }
    m->in_round = false;
    m->time = m->horizon;
}

/* The end of a run as the shell sees it. True: run on (a reset). */
static bool ended(struct machine *m)
{
    if (m->stop == STOP_RESET && !m->opt->no_reboot) {
        m->stopping = false;
        machine_reset(m);
        return false;
    }
    m->status = m->out_of_insns ? EXIT_OUT_OF_INSNS : m->stop == STOP_EXIT ? m->status : 0;
    return true;
}

/* --save-at: before the instruction asked for, or at the end. */
static void save_if_due(struct machine *m, bool at_end)
{
    if (m->snapshot != NULL && (at_end || machine_insns(m) >= m->opt->save_at))
        machine_save(m);
}

/* The point to pause at, for whoever asked, for --save-at and for a checkpoint. */
static uint64_t next_pause(const struct machine *m, uint64_t asked)
{
    uint64_t next = m->checkpoint_at < asked ? m->checkpoint_at : asked;
    return m->snapshot != NULL && m->opt->save_at < next ? m->opt->save_at : next;
}

/* Between two rounds: what was typed. False: the run is to pause or end. */
static bool poll_host(struct machine *m)
{
    if (!m->idle && m->time - m->polled < POLL_NS)
        return true;
    m->idle = false;
    m->polled = m->time;
    if (!board_poll(m->board, ++m->polls)) {
        m->stopping = true;
        m->stop = STOP_QUIT;
        m->status = 0;
        return false;
    }
    return m->probe == NULL || m->probe->poll == NULL || !m->probe->poll(m->probe->ctx);
}

/* The run goes on; if --max-insns ended it before, from where it was. */
static void resume(struct machine *m)
{
    m->paused = m->hit = false;
    m->stopping &= !m->out_of_insns;
    m->out_of_insns = false;
    check_limit(m);
}

enum machine_end machine_run_to(struct machine *m, uint64_t insns, const struct machine_probe *probe)
{
    const struct machine_probe *outer = m->probe; /* a probe may run the machine itself */
    uint64_t begin = hostclock_ns();
    m->probe = probe;
    resume(m);
    for (;;) {
        m->pause_at = next_pause(m, insns);
        if (!m->in_round) {
            event_run_due(&m->events, m->time);
            begin_round(m);
        }
        if (m->in_round)
            run_turns(m);
        if (m->stopping && ended(m))
            break;
        save_if_due(m, false);
        if (m->paused && machine_insns(m) >= m->checkpoint_at)
            travel_checkpoint(m->travel);
        if (m->hit || (m->paused && machine_insns(m) >= insns))
            break;
        m->paused = false;
        if (!m->in_round && !poll_host(m))
            break;
    }
    m->probe = outer;
    board_flush(m->board);
    m->stats.host_ns += hostclock_ns() - begin;
    if (m->stopping)
        return MACHINE_ENDED;
    return m->paused && !m->hit ? MACHINE_AT_POINT : MACHINE_PAUSED;
}

struct cpu *machine_next(const struct machine *m)
{
    return m->in_round ? m->cpus[m->turn] : NULL;
}

int machine_finish(struct machine *m)
{
    save_if_due(m, true);
    return m->status;
}

int machine_run(struct machine *m)
{
    machine_run_to(m, MACHINE_NEVER, NULL);
    return machine_finish(m);
}

/* ---- one instruction at a time ---- */

void machine_step(struct machine *m)
{
    struct cpu *c = m->cpus[0];
    c->time = m->time;
    m->horizon = m->time + (UINT64_C(1) << c->ns_shift);
    m->running = c;
    attend(m, c);
    if (UNLIKELY(c->pmu_counting))
        pmu_resume(c);
    begin_slice(c, 1);
    step_debugged(m, c);
    end_slice(c);
    m->running = NULL;
    m->time = c->time;
    event_run_due(&m->events, m->time);
    if (m->time - m->polled >= POLL_NS) {
        m->polled = m->time;
        board_flush(m->board);
    }
}

bool machine_sleep(struct machine *m)
{
    while (!awake(m->cpus[0])) {
        uint64_t next = event_next(&m->events);
        if (next == EVENT_NEVER || m->stopping)
            return false;
        machine_set_time(m, next > m->time ? next : m->time);
    }
    return true;
}

void machine_set_time(struct machine *m, uint64_t ns)
{
    bool back = ns < m->time;
    m->time = ns;
    for (unsigned n = 0; n < m->n_cpus; n++)
        m->cpus[n]->time = ns;
    if (back) {
        m->latest_count = 0;
        for (unsigned n = 0; n < m->n_cpus; n++)
            timer_controls_changed(m->timers[n]);
    }
    event_run_due(&m->events, ns);
}
