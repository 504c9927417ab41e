/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Putting the machine together. See machine.h; the run loop is in run.c.
 */
#include "sim/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cpu/amu.h"
#include "cpu/exception.h"
#include "cpu/observe.h"
#include "loader/snapshot.h"
#include "sim/tracing.h"

static uint64_t clock_now(void *clock)
{
    const struct machine *m = clock;
    return m->running != NULL ? cpu_now(m->running) : m->time;
}

/* An earlier event: the running CPU must not run past it. */
static void clock_rescheduled(void *clock, uint64_t earliest)
{
    struct machine *m = clock;
    if (m->running != NULL && earliest < m->horizon) {
        m->horizon = earliest;
        m->running->attention |= ATT_EVENT;
    }
}

static void gic_line_changed(void *opaque, unsigned cpu, unsigned line, bool level)
{
    struct machine *m = opaque;
    struct cpu *c = m->cpus[cpu];
    if (UNLIKELY(c->tracer != NULL)) {
        const struct trace_interrupt e = {.what = TRACE_IRQ_LINE,
                                          .is_virtual = line == LINE_VIRQ || line == LINE_VFIQ,
                                          .level = level,
                                          .line = line == LINE_IRQ    ? "IRQ"
                                                  : line == LINE_FIQ  ? "FIQ"
                                                  : line == LINE_VIRQ ? "vIRQ"
                                                                      : "vFIQ"};
        observe_interrupt(c, &e);
    }
    cpu_set_line(c, (enum cpu_line)line, level);
}

static void gic_observed(void *opaque, unsigned cpu, const struct trace_interrupt *e)
{
    struct machine *m = opaque;
    if (UNLIKELY(m->cpus[cpu]->tracer != NULL))
        observe_interrupt(m->cpus[cpu], e);
}

static void timer_observed(void *opaque, const char *name, unsigned intid, bool level)
{
    struct cpu *c = opaque;
    if (UNLIKELY(c->tracer != NULL))
        observe_timer(c, name, intid, level);
}

static void event_stream(void *opaque)
{
    struct cpu *c = opaque;
    c->event_register = true;
}

static bool hook_smccc(void *opaque, struct cpu *c, bool smc)
{
    struct machine *m = opaque;
    spmu_count(&m->spmu, SPMU_FIRMWARE);
    return psci_call(&m->board->psci, c, smc);
}

static bool hook_semihosting(void *opaque, struct cpu *c)
{
    struct machine *m = opaque;
    return m->opt->semihosting && semihost_call(&m->board->semihost, c);
}

static void hook_tlbi(void *opaque, struct cpu *c, const struct tlbi *op)
{
    struct machine *m = opaque;
    (void)c;
    spmu_count(&m->spmu, SPMU_TLBI);
    for (unsigned n = 0; n < m->n_cpus; n++)
        cpu_tlb_invalidate(m->cpus[n], op);
}

static void hook_send_event(void *opaque, struct cpu *from)
{
    struct machine *m = opaque;
    (void)from;
    spmu_count(&m->spmu, SPMU_SEV);
    for (unsigned n = 0; n < m->n_cpus; n++)
        m->cpus[n]->event_register = true;
}

/* What the GIC and the timers read of the PE beside the registers they own. */
static void hook_context_changed(void *opaque, struct cpu *c)
{
    struct machine *m = opaque;
    if (m->gic == NULL || m->timers[c->index] == NULL || m->restoring)
        return; /* the machine is being put together */
    if (m->feat.has_el3)
        gic_context_changed(m->gic, c->index);
    timer_context_changed(m->timers[c->index]);
}

static void hook_unimplemented(void *opaque, struct cpu *c, const char *what)
{
    struct machine *m = opaque;
    if (c->tracer != NULL)
        observe_note(c, what);
    warn("cpu%u at EL%u, PC 0x%llx: %s is not implemented in el2sim; stopping", c->index, c->el,
         (unsigned long long)(c->cur != NULL ? c->pc_page + c->cur->offset : c->pc), what);
    m->stopping = true;
    m->stop = STOP_EXIT;
    m->status = 2;
    c->attention |= ATT_STOP;
}

static void board_stop(void *opaque, enum stop_request what, int status)
{
    struct machine *m = opaque;
    m->stopping = true;
    m->stop = what;
    m->status = status;
    if (m->running != NULL)
        m->running->attention |= ATT_STOP;
}

/* Warm reset of one PE, for PSCI CPU_ON: with its GIC interface and timers. */
static void board_reset_cpu(void *opaque, struct cpu *c, unsigned el, uint64_t pc)
{
    struct machine *m = opaque;
    cpu_reset(c, el, pc);
    gic_cpu_reset(m->gic, c->index);
    timer_controls_changed(m->timers[c->index]);
}

static struct irq_line spi_wire(void *opaque, unsigned n)
{
    struct machine *m = opaque;
    return gic_spi(m->gic, n);
}

static void wake_up(void *opaque, uint64_t now)
{
    (void)now;
    cpu_timed_out(opaque);
}

static void make_cpus(struct machine *m)
{
    for (unsigned n = 0; n < m->n_cpus; n++) {
        const struct cpu_config cfg = {.feat = &m->feat,
                                       .index = n,
                                       .bus = m->bus,
                                       .events = &m->events,
                                       .code = &m->code,
                                       .board = &m->hooks,
                                       .htlb_keys = &m->htlb_keys};
        m->cpus[n] = cpu_create(&cfg);
        m->cpus[n]->ns_shift = m->opt->icount_shift;
        m->cpus[n]->flush_every = m->opt->flush_htlb_every;
        event_init(&m->wakeups[n], "wakeup", 0, wake_up, m->cpus[n]);
        m->cpus[n]->wakeup = &m->wakeups[n];
        m->cpus[n]->ns_per_tick = TIMER_NS_PER_TICK;
        cpu_reset(m->cpus[n], board_boot_el(m->opt), 0);
    }
    m->code.cpus = m->cpus;
    m->code.ncpus = m->n_cpus;
}

static void make_gic(struct machine *m)
{
    struct gic_pe pe[OPTIONS_MAX_CPUS];
    for (unsigned n = 0; n < m->n_cpus; n++)
        pe[n] = (struct gic_pe){.sr = m->cpus[n]->sr, .el = &m->cpus[n]->el, .feat = &m->feat};
    const struct gic_config cfg = {.ncpus = m->n_cpus,
                                   .bus = m->bus,
                                   .has_el3 = m->feat.has_el3,
                                   .reset_nonsecure = m->feat.has_el3 && m->opt->bios == NULL,
                                   .its = m->opt->its,
                                   .pe = pe,
                                   .set_line = gic_line_changed,
                                   .observe = gic_observed,
                                   .opaque = m};
    m->gic = gic_create(&cfg);
    for (unsigned n = 0; n < m->n_cpus; n++)
        m->cpus[n]->units[UNIT_GIC] = gic_cpu_interface(m->gic, n);
}

static void make_timers(struct machine *m)
{
    for (unsigned n = 0; n < m->n_cpus; n++) {
        struct cpu *c = m->cpus[n];
        struct timer_config cfg = {.cpu = n,
                                   .events = &m->events,
                                   .sr = c->sr,
                                   .el = &c->el,
                                   .feat = &m->feat,
                                   .latest = &m->latest_count,
                                   .observe = timer_observed,
                                   .wfe_event = event_stream,
                                   .opaque = c};
        for (unsigned id = 0; id < TIMER_COUNT; id++)
            cfg.irq[id] = gic_ppi(m->gic, n, timer_ppi(id));
        m->timers[n] = timer_new(&cfg);
        c->units[UNIT_TIMER] = timer_unit(m->timers[n]);
        c->units[UNIT_CPU] = (struct sysreg_unit){cpu_sysreg_read, cpu_sysreg_write, c};
    }
}

static void make_pmus(struct machine *m)
{
    for (unsigned n = 0; n < m->n_cpus && has(&m->feat, FEAT_PMUv3); n++) {
        const struct pmu_config cfg = {
            .cpu = m->cpus[n], .events = &m->events, .irq = gic_ppi(m->gic, n, PMU_INTID)};
        m->pmus[n] = pmu_new(&cfg);
    }
    for (unsigned n = 0; n < m->n_cpus && has(&m->feat, FEAT_AMUv1); n++)
        m->amus[n] = amu_new(m->cpus[n]);
}

static void make_spmu(struct machine *m)
{
    spmu_init(&m->spmu, m->cpus, m->n_cpus);
    for (unsigned n = 0; n < m->n_cpus; n++) {
        m->spmu_ports[n] = (struct spmu_port){&m->spmu, m->cpus[n]};
        m->cpus[n]->units[UNIT_SPMU] = spmu_unit(&m->spmu_ports[n]);
    }
}

/* The file of --save-at, opened before the run so that a mistake in its name shows at once. */
static void open_snapshot(struct machine *m)
{
    struct load_error e;

    if (m->opt->save_to == NULL)
        return;
    const char *drive = board_persistent_drive(m->board);
    if (drive != NULL)
        user_error("--save-at: what the guest writes to drive '%s' goes to its file (snapshot=off), which a "
                   "snapshot can't bring back",
                   drive);
    m->snapshot = snapshot_create(m->opt->save_to, &e);
    if (m->snapshot == NULL)
        user_error("--save-at: %s: %s", m->opt->save_to, e.text);
}

/* --restore */
static void restore(struct machine *m)
{
    const char *path = m->opt->restore;
    struct load_error e;

    if (path == NULL)
        return;
    struct snapshot *s = snapshot_open(path, &e);
    if (s == NULL || !machine_restore(m, s, &e))
        user_error("--restore: %s: %s", path, e.text);
    snapshot_close(s);
}

struct machine *machine_create(const struct options *opt)
{
    struct machine *m = xcalloc(1, sizeof(*m));
    m->opt = opt;
    m->n_cpus = opt->smp;
    m->checkpoint_at = MACHINE_NEVER;
    m->feat.has_el2 = opt->virtualization;
    m->feat.has_el3 = opt->secure;
    const char *problem = features_parse(&m->feat, opt->cpu);
    if (problem != NULL)
        user_error("-cpu %s: %s", opt->cpu, problem);
    if (opt->mte_given && opt->mte && !has(&m->feat, FEAT_MTE2))
        user_error("-machine mte=on: -cpu %s has no FEAT_MTE2", opt->cpu);
    if (!opt->mte)
        features_without_tags(&m->feat);
    m->bus = bus_create();
    event_queue_init(&m->events);
    m->events.now = clock_now;
    m->events.rescheduled = clock_rescheduled;
    m->events.clock = m;
    codecache_init(&m->code, m->bus);
    m->hooks = (struct cpu_board){.opaque = m,
                                  .smccc = hook_smccc,
                                  .semihosting = hook_semihosting,
                                  .tlbi = hook_tlbi,
                                  .send_event = hook_send_event,
                                  .context_changed = hook_context_changed,
                                  .unimplemented = hook_unimplemented};
    make_cpus(m);
    make_gic(m);
    make_timers(m);
    make_pmus(m);
    make_spmu(m);
    const struct board_config cfg = {.opt = opt,
                                     .bus = m->bus,
                                     .events = &m->events,
                                     .spi = spi_wire,
                                     .stop = board_stop,
                                     .reset_cpu = board_reset_cpu,
                                     .opaque = m};
    m->board = board_create(&cfg);
    board_boot(m->board, m->cpus, m->n_cpus);
    restore(m);
    open_snapshot(m); /* which may write the file that was just read */
    m->tracing = tracing_start(m);
    return m;
}

void machine_reset(struct machine *m)
{
    for (unsigned n = 0; n < m->n_cpus; n++) {
        event_cancel(&m->events, &m->wakeups[n]);
        cpu_reset(m->cpus[n], m->board->boot_el, 0);
        timer_controls_changed(m->timers[n]);
    }
    spmu_init(&m->spmu, m->cpus, m->n_cpus);
    gic_reset(m->gic);
    board_reset(m->board);
    board_boot(m->board, m->cpus, m->n_cpus);
}

void machine_destroy(struct machine *m)
{
    tracing_end(m->tracing, m);
    board_destroy(m->board);
    for (unsigned n = 0; n < m->n_cpus; n++)
        timer_free(m->timers[n]);
    for (unsigned n = 0; n < m->n_cpus; n++)
        pmu_free(m->pmus[n]);
    for (unsigned n = 0; n < m->n_cpus; n++)
        amu_free(m->amus[n]);
    gic_destroy(m->gic);
    codecache_destroy(&m->code);
    for (unsigned n = 0; n < m->n_cpus; n++)
        cpu_destroy(m->cpus[n]);
    event_queue_destroy(&m->events);
    bus_destroy(m->bus);
    free(m);
}

uint64_t machine_insns(const struct machine *m)
{
    uint64_t sum = 0;
    for (unsigned n = 0; n < m->n_cpus; n++)
        sum += m->cpus[n]->insns;
    return sum;
}
