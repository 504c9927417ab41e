/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The state of the whole machine: one list of its objects for digests, snapshots (el2sim-snapshot(5)) and
 * checkpoints, and what restoring them takes beside filling them in.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cpu/pmu.h"
#include "loader/snapshot.h"
#include "sim/digest.h"
#include "sim/input.h"
#include "sim/machine.h"

/* Somebody who is shown the state: told of sections, then of their pieces. */
struct visitor {
    void (*section)(void *ctx, const char *name);
    visit_fn *piece;
    void *ctx;
};

/* ---- architectural state ---- */

static void begin_section(const struct visitor *v, const char *kind, unsigned n)
{
    char name[24];

    snprintf(name, sizeof(name), "%s %u", kind, n);
    v->section(v->ctx, name);
}

static void visit_objects(struct machine *m, const struct visitor *v)
{
    for (unsigned n = 0; n < m->n_cpus; n++) {
        begin_section(v, "cpu", n);
        cpu_visit(m->cpus[n], v->piece, v->ctx);
    }
    for (unsigned n = 0; n < m->n_cpus; n++) {
        begin_section(v, "timer", n);
        timer_visit(m->timers[n], v->piece, v->ctx);
    }
    v->section(v->ctx, "gic");
    gic_visit(m->gic, v->piece, v->ctx);
    v->section(v->ctx, "spmu");
    spmu_visit(&m->spmu, v->piece, v->ctx);
    v->section(v->ctx, "board");
    board_visit(m->board, v->piece, v->ctx);
}

/* ---- the options of the machine: a snapshot only fits one with the same ---- */

static const char *on_off(bool on)
{
    return on ? "on" : "off";
}

/* Somebody who is told of one option's value after the other, as text. */
typedef void option_fn(void *ctx, const char *option, const char *value);

static void tell_number(option_fn *fn, void *ctx, const char *option, uint64_t n)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRIu64, n);
    fn(ctx, option, text);
}

static void tell_devices(const struct options *o, option_fn *fn, void *ctx)
{
    static const char *const names[] = {[DEVICE_VIRTIO_BLK] = "virtio-blk-device",
                                        [DEVICE_VIRTIO_RNG] = "virtio-rng-device",
                                        [DEVICE_VIRTIO_SERIAL] = "virtio-serial-device",
                                        [DEVICE_VIRTCONSOLE] = "virtconsole"};

    for (unsigned n = 0; n < o->n_devices; n++)
        if (o->devices[n].kind != DEVICE_LOADER)
            fn(ctx, "-device", names[o->devices[n].kind]);
    for (unsigned n = 0; n < o->n_drives; n++)
        fn(ctx, "-drive readonly", on_off(o->drives[n].read_only));
    for (unsigned n = 0; n < o->n_serials; n++)
        fn(ctx, "-serial to a file", on_off(o->serials[n].kind == CHAR_FILE));
    fn(ctx, "-device", "no more");
}

static void tell_options(const struct machine *m, option_fn *fn, void *ctx)
{
    static const char *const conduits[] = {[PSCI_DISABLED] = "none", [PSCI_HVC] = "HVC", [PSCI_SMC] = "SMC"};
    const struct options *o = m->opt;

    fn(ctx, "cpu", o->cpu);
    fn(ctx, "EL2", on_off(m->feat.has_el2));
    fn(ctx, "EL3", on_off(m->feat.has_el3));
    tell_number(fn, ctx, "-smp", o->smp);
    tell_number(fn, ctx, "-m", o->ram_size);
    fn(ctx, "-M virtualization", on_off(o->virtualization));
    fn(ctx, "-M secure", on_off(o->secure));
    fn(ctx, "-M its", on_off(o->its));
    fn(ctx, "-M mte", on_off(o->mte));
    tell_number(fn, ctx, "-icount-shift", o->icount_shift);
    tell_number(fn, ctx, "-quantum", o->quantum);
    tell_number(fn, ctx, "-rtc", (uint64_t)o->rtc_base);
    fn(ctx, "-semihosting", on_off(o->semihosting));
    fn(ctx, "-append", o->append != NULL ? o->append : "");
    tell_number(fn, ctx, "an image for EL", m->board->boot_el);
    fn(ctx, "PSCI by", conduits[m->board->psci.conduit]);
    tell_devices(o, fn, ctx);
}

static void save_option(void *ctx, const char *option, const char *value)
{
    snapshot_piece(ctx, option, (void *)(uintptr_t)value, strlen(value));
}

static void compare_option(void *ctx, const char *option, const char *value)
{
    snapshot_take_equal(ctx, option, value);
}

/* ---- the run ---- */

/* Where the run is; what --max-insns and the person have had of it. */
static void visit_run(struct machine *m, const struct visitor *v)
{
    v->section(v->ctx, "run");
    VISIT_UPTO(v->piece, v->ctx, m, time, CPU_TIME_MAX);
    VISIT(v->piece, v->ctx, m, latest_count);
    VISIT_UPTO(v->piece, v->ctx, m, horizon, CPU_TIME_MAX);
    VISIT(v->piece, v->ctx, m, in_round);
    VISIT_UPTO(v->piece, v->ctx, m, turn, m->n_cpus - 1);
    VISIT_UPTO(v->piece, v->ctx, m, polled, CPU_TIME_MAX);
    VISIT(v->piece, v->ctx, m, polls);
    VISIT_UPTO(v->piece, v->ctx, m, stats.idle_ns, CPU_TIME_MAX);
    board_visit_output(m->board, v->piece, v->ctx);
}

/* ---- events ---- */

struct event_list {
    struct event **events;
    uint64_t *when;
    uint32_t *order; /* among those that are scheduled; UINT32_MAX: it isn't */
    size_t count;
};

static void add_event(void *ctx, struct event *e)
{
    struct event_list *l = ctx;

    if ((l->count & (l->count - 1)) == 0)
        l->events = xrealloc(l->events, (l->count == 0 ? 1 : 2 * l->count) * sizeof(struct event *));
    l->events[l->count++] = e;
}

static int compare_seq(const void *a, const void *b)
{
    const struct event *x = *(struct event *const *)a, *y = *(struct event *const *)b;

    return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static void number_events(struct event_list *l)
{
    struct event **sorted = xcalloc(l->count + 1, sizeof(sorted[0]));
    size_t scheduled = 0;

    for (size_t n = 0; n < l->count; n++)
        if (l->events[n]->heap_index >= 0)
            sorted[scheduled++] = l->events[n];
    qsort(sorted, scheduled, sizeof(sorted[0]), compare_seq);
    for (size_t n = 0; n < l->count; n++) {
        const struct event *e = l->events[n];
        l->order[n] = UINT32_MAX;
        l->when[n] = e->heap_index >= 0 ? e->when : EVENT_NEVER;
        for (size_t k = 0; k < scheduled; k++)
            if (sorted[k] == e)
                l->order[n] = (uint32_t)k;
    }
    free(sorted);
}

static struct event_list list_events(struct machine *m)
{
    struct event_list l = {NULL, NULL, NULL, 0};

    for (unsigned n = 0; n < m->n_cpus; n++) {
        add_event(&l, &m->wakeups[n]);
        timer_events(m->timers[n], add_event, &l);
        pmu_events(m->cpus[n], add_event, &l);
    }
    board_events(m->board, add_event, &l);
    l.when = xcalloc(l.count, sizeof(l.when[0]));
    l.order = xcalloc(l.count, sizeof(l.order[0]));
    number_events(&l);
    return l;
}

/* Schedules all events anew, in their order. */
static void put_events(struct machine *m, const struct event_list *l)
{
    for (size_t n = 0; n < l->count; n++)
        event_cancel(&m->events, l->events[n]);
    for (uint32_t turn = 0; turn < l->count; turn++)
        for (size_t n = 0; n < l->count; n++)
            if (l->order[n] == turn)
                event_schedule(&m->events, l->events[n], l->when[n]);
}

static void visit_events(struct machine *m, const struct visitor *v, bool put)
{
    struct event_list l = list_events(m);

    v->section(v->ctx, "events");
    v->piece(v->ctx, "when", l.when, l.count * sizeof(l.when[0]));
    v->piece(v->ctx, "order", l.order, l.count * sizeof(l.order[0]));
    if (put)
        put_events(m, &l);
    free(l.events);
    free(l.when);
    free(l.order);
}

/* ---- memory ---- */

static void save_region(struct snapshot_writer *w, const struct bus_ram *r)
{
    snapshot_memory(w, r->base, r->host, r->size);
    for (uint64_t page = 0; r->tags != NULL && page < r->size / 4096; page++) {
        const uint8_t *tags = bus_page_tags(r, page);
        if (tags != NULL)
            snapshot_tags(w, r->base + page * 4096, tags, PAGE_TAG_BYTES);
    }
}

static void save_memory(struct machine *m, struct snapshot_writer *w)
{
    const struct bus_ram *r;

    snapshot_section(w, "memory");
    for (size_t n = 0; (r = bus_ram_at(m->bus, n)) != NULL; n++)
        save_region(w, r);
}

/* Puts one piece of memory in place. NULL, or what is wrong. */
static const char *take_memory(struct machine *m, const struct snapshot_memory_piece *p, struct bus_ram **r,
                               size_t *regions)
{
    if (p->kind == SNAPSHOT_REGION) {
        *r = bus_ram_at(m->bus, (*regions)++);
        return *r == NULL || (*r)->base != p->pa || (*r)->size != p->size ? "has other memory" : NULL;
    }
    if (*r == NULL || p->pa < (*r)->base || p->pa - (*r)->base >= (*r)->size ||
        (*r)->size - (p->pa - (*r)->base) < p->size)
        return "has contents for memory that isn't there";
    if (p->kind == SNAPSHOT_BYTES) {
        bus_load(m->bus, p->pa, p->bytes, (size_t)p->size);
        return NULL;
    }
    if (p->size != PAGE_TAG_BYTES || p->pa % 4096 != 0)
        return "has damaged allocation tags";
    bus_set_page_tags(*r, (p->pa - (*r)->base) / 4096, p->bytes);
    return NULL;
}

static bool restore_memory(struct machine *m, struct snapshot_reader *r, struct load_error *e)
{
    struct bus_ram *region = NULL;
    size_t regions = 0;

    snapshot_take_section(r, "memory");
    bus_clear(m->bus);
    for (;;) {
        const struct snapshot_memory_piece p = snapshot_take_memory(r);
        if (p.kind == SNAPSHOT_NO_MORE)
            break;
        const char *problem = take_memory(m, &p, &region, &regions);
        if (problem != NULL)
            return load_fail(e, "memory: it %s", problem);
    }
    if (!r->failed && bus_ram_at(m->bus, regions) != NULL)
        return load_fail(e, "memory: it has less than this machine");
    return !r->failed;
}

/* ---- digest ---- */

static void no_section(void *ctx, const char *name)
{
    (void)ctx;
    (void)name;
}

void machine_digest(struct machine *m, char *text)
{
    struct digest d;
    const struct visitor v = {no_section, digest_piece, &d};

    digest_init(&d);
    visit_objects(m, &v);
    digest_piece(&d, "time", &m->time, sizeof(m->time));
    digest_piece(&d, "latest_count", &m->latest_count, sizeof(m->latest_count));
    digest_memory(&d, m->bus);
    digest_finish(&d, text);
}

/* ---- saving ---- */

static void save_section(void *ctx, const char *name)
{
    snapshot_section(ctx, name);
}

void machine_save_state(struct machine *m, struct snapshot_writer *w)
{
    const struct visitor v = {save_section, snapshot_piece, w};

    visit_objects(m, &v);
    visit_run(m, &v);
    visit_events(m, &v, false);
}

static void save_all(struct machine *m, struct snapshot_writer *w)
{
    snapshot_section(w, "machine");
    tell_options(m, save_option, w);
    machine_save_state(m, w);
    snapshot_section(w, "input");
    terminal_visit_input(m->board->terminal, snapshot_piece, w);
    save_memory(m, w);
}

bool machine_save_to(struct machine *m, const char *path, struct load_error *e)
{
    const char *drive = board_persistent_drive(m->board);

    if (drive != NULL)
        return load_fail(e, "what the guest writes to drive '%s' goes to its file (snapshot=off)", drive);
    struct snapshot_writer *w = snapshot_create(path, e);
    if (w == NULL)
        return false;
    save_all(m, w);
    return snapshot_finish(w, e);
}

void machine_save(struct machine *m)
{
    struct load_error e;
    struct snapshot_writer *w = m->snapshot;

    m->snapshot = NULL;
    save_all(m, w);
    if (!snapshot_finish(w, &e))
        user_error("--save-at: %s: %s", m->opt->save_to, e.text);
}

/* ---- restoring ---- */

/* How far a CPU's clock, and the horizon, can be ahead of the machine's: a turn, before an event cut it
 * short. */
static uint64_t lead(const struct machine *m)
{
    const uint64_t ms = 1000000;

    if (m->opt->quantum > CPU_TIME_MAX >> 12)
        return CPU_TIME_MAX;
    return 2 * ((m->opt->quantum << m->opt->icount_shift) + ms);
}

/* A CPU that runs must not lag behind the machine: its events would lie in the past for ever. One far ahead
 * would have no turn for years. */
static bool times_possible(const struct machine *m)
{
    const uint64_t limit = m->time + lead(m);

    for (unsigned n = 0; n < m->n_cpus; n++) {
        const struct cpu *c = m->cpus[n];
        if (c->time > limit || (c->power == CPU_ON && c->time < m->time && !(m->in_round && n >= m->turn)))
            return false;
    }
    return m->polled <= m->time && (!m->in_round || (m->horizon >= m->time && m->horizon <= limit));
}

static void take_state(struct machine *m, struct snapshot_reader *r)
{
    const struct visitor v = {snapshot_take_section, snapshot_take, r};

    visit_objects(m, &v);
    visit_run(m, &v);
    if (!times_possible(m))
        visit_refuse(snapshot_take, r, "time");
    visit_events(m, &v, !r->failed);
}

/* What is derived follows what was filled in. Signals of the GIC come last: they find the CPUs ready. */
static void restored(struct machine *m)
{
    m->stopping = m->out_of_insns = m->paused = m->idle = false;
    codecache_flush(&m->code);
    for (unsigned n = 0; n < m->n_cpus; n++)
        cpu_restored(m->cpus[n]);
    for (unsigned n = 0; n < m->n_cpus; n++)
        timer_restored(m->timers[n]);
    gic_restored(m->gic);
    input_go_to(m->board->input, m->polls);
}

bool machine_restore_state(struct machine *m, const struct snapshot *s, struct load_error *e)
{
    struct snapshot_reader *r = xcalloc(1, sizeof(*r));

    m->restoring = true;
    snapshot_reader_init(r, s, e);
    take_state(m, r);
    bool ok = snapshot_reader_finish(r);
    if (ok)
        restored(m);
    m->restoring = false;
    free(r);
    return ok;
}

static bool restore_all(struct machine *m, struct snapshot_reader *r, struct load_error *e)
{
    snapshot_take_section(r, "machine");
    tell_options(m, compare_option, r);
    if (r->failed)
        return false;
    take_state(m, r);
    snapshot_take_section(r, "input");
    terminal_visit_input(m->board->terminal, snapshot_take, r);
    if (r->failed || !restore_memory(m, r, e))
        return false;
    return snapshot_reader_finish(r);
}

bool machine_restore(struct machine *m, const struct snapshot *s, struct load_error *e)
{
    struct snapshot_reader *r = xcalloc(1, sizeof(*r));

    m->restoring = true;
    snapshot_reader_init(r, s, e);
    bool ok = restore_all(m, r, e);
    if (ok)
        restored(m);
    m->restoring = false;
    free(r);
    return ok;
}
