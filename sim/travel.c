/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Time travel: see travel.h.
 *
 * A checkpoint is a snapshot of everything but memory. Memory is kept by page: a page has a version for each
 * checkpoint at which it was found changed since the one before; a page without any was zero. What has
 * changed since a checkpoint is known by PAGE_DIRTY, which is cleared there. The present memory is that of
 * checkpoint `base` but for pages that are dirty.
 */
#include "sim/travel.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "loader/snapshot.h"
#include "sim/input.h"
#include "sim/machine.h"

enum { PAGE = 4096 };
#define DEFAULT_INTERVAL UINT64_C(5000000)
#define DEFAULT_ROOM (UINT64_C(1) << 30)

/* A page as of a checkpoint, which is a number in checkpoints[]. */
struct version {
    size_t at;
    uint8_t *bytes; /* PAGE, then PAGE_TAG_BYTES if has_tags */
    bool has_tags;
};

struct page {
    struct bus_ram *ram;
    uint64_t number; /* in the region */
    struct version *versions;
    size_t count;
};

struct checkpoint {
    uint64_t insns;
    struct snapshot *state;
    size_t size; /* of the state */
};

struct travel {
    struct machine *m;
    uint64_t interval, room, used;
    uint64_t last; /* the last point reached */
    struct checkpoint *checkpoints;
    size_t count, base;
    struct page **pages; /* those with versions */
    size_t n_pages;
    struct page ***index; /* by region and number in it, or NULL */
};

/* Room for one more in an array that grows by doubling. */
static void *grown(void *array, size_t count, size_t size)
{
    if ((count & (count - 1)) != 0)
        return array;
    return xrealloc(array, (count == 0 ? 1 : 2 * count) * size);
}

/* ---- pages ---- */

static struct page *page_of(struct travel *t, size_t region, struct bus_ram *ram, uint64_t number)
{
    struct page **slot = &t->index[region][number];

    if (*slot == NULL) {
        *slot = xcalloc(1, sizeof(**slot));
        **slot = (struct page){.ram = ram, .number = number};
        t->pages = grown(t->pages, t->n_pages, sizeof(t->pages[0]));
        t->pages[t->n_pages++] = *slot;
    }
    return *slot;
}

static size_t version_size(const struct version *v)
{
    return PAGE + (v->has_tags ? PAGE_TAG_BYTES : 0);
}

/* The page as of checkpoint `at`; NULL: zero. */
static const struct version *version_at(const struct page *p, size_t at)
{
    const struct version *found = NULL;

    for (size_t n = 0; n < p->count && p->versions[n].at <= at; n++)
        found = &p->versions[n];
    return found;
}

static uint8_t *host_page(const struct page *p)
{
    return p->ram->host + p->number * PAGE;
}

/* Is the present page as it was? */
static bool page_is(const struct page *p, const struct version *v)
{
    static const uint8_t zeros[PAGE];
    const uint8_t *tags = bus_page_tags(p->ram, p->number), *bytes = v != NULL ? v->bytes : zeros;
    const uint8_t *old_tags = v != NULL && v->has_tags ? v->bytes + PAGE : zeros;

    return memcmp(host_page(p), bytes, PAGE) == 0 &&
           memcmp(tags != NULL ? tags : zeros, old_tags, PAGE_TAG_BYTES) == 0;
}

/* Keeps the present page as a version of checkpoint `at`, unless it is like the one before. */
static void keep_page(struct travel *t, struct page *p, size_t at)
{
    const uint8_t *tags = bus_page_tags(p->ram, p->number);
    struct version v = {.at = at, .has_tags = tags != NULL};

    if (page_is(p, p->count != 0 ? &p->versions[p->count - 1] : NULL))
        return;
    v.bytes = xmalloc(version_size(&v));
    memcpy(v.bytes, host_page(p), PAGE);
    if (tags != NULL)
        memcpy(v.bytes + PAGE, tags, PAGE_TAG_BYTES);
    p->versions = grown(p->versions, p->count, sizeof(p->versions[0]));
    p->versions[p->count++] = v;
    t->used += version_size(&v);
}

static void put_page(struct travel *t, const struct page *p, const struct version *v)
{
    static const uint8_t zeros[PAGE];

    if (page_is(p, v))
        return;
    bus_load(t->m->bus, p->ram->base + p->number * PAGE, v != NULL ? v->bytes : zeros, PAGE);
    bus_set_page_tags(p->ram, p->number, v != NULL && v->has_tags ? v->bytes + PAGE : NULL);
}

/* Does the page differ, or may it, between the present and checkpoint `to`? */
static bool may_differ(const struct travel *t, const struct page *p, size_t to)
{
    const size_t low = t->base < to ? t->base : to, high = t->base < to ? to : t->base;

    if (p->ram->page_flags[p->number] & PAGE_DIRTY)
        return true;
    for (size_t n = 0; n < p->count; n++)
        if (p->versions[n].at > low && p->versions[n].at <= high)
            return true;
    return false;
}

/* From here on the pages that change become dirty: no CPU may write to them unseen. */
static void watch_pages(struct travel *t)
{
    struct bus_ram *r;

    for (size_t n = 0; (r = bus_ram_at(t->m->bus, n)) != NULL; n++)
        for (uint64_t page = 0; page < r->size / PAGE; page++)
            if (r->page_flags[page] & PAGE_DIRTY)
                r->page_flags[page] = (uint8_t)((r->page_flags[page] & ~PAGE_DIRTY) | PAGE_KEPT);
    for (unsigned n = 0; n < t->m->n_cpus; n++) {
        struct cpu *c = t->m->cpus[n];
        htlb_flush(&c->htlb, c->bank);
        cpu_context_changed(c, 0);
    }
}

/* ---- checkpoints ---- */

static void keep_memory(struct travel *t, size_t at)
{
    struct bus_ram *r;

    for (size_t n = 0; (r = bus_ram_at(t->m->bus, n)) != NULL; n++)
        for (uint64_t page = 0; page < r->size / PAGE; page++)
            if (r->page_flags[page] & PAGE_DIRTY)
                keep_page(t, page_of(t, n, r, page), at);
}

/* Drops every second checkpoint; there is an odd number of them, so that the first and the last stay. A
 * version of one that goes becomes one of the next. */
static void thin_page(struct travel *t, struct page *p)
{
    size_t kept = 0;

    for (size_t n = 0; n < p->count; n++) {
        struct version v = p->versions[n];
        v.at = (v.at + 1) / 2;
        if (kept != 0 && p->versions[kept - 1].at == v.at) {
            t->used -= version_size(&p->versions[kept - 1]);
            free(p->versions[--kept].bytes);
        }
        p->versions[kept++] = v;
    }
    if (kept == p->count)
        return;
    /* room for a power of two of them, as grown() wants it */
    size_t room = 1;
    while (room < kept)
        room *= 2;
    p->versions = xrealloc(p->versions, room * sizeof(p->versions[0]));
    p->count = kept;
}

static void thin(struct travel *t)
{
    for (size_t n = 0; n < t->n_pages; n++)
        thin_page(t, t->pages[n]);
    for (size_t n = 0; n < t->count; n++) {
        if (n % 2 == 0) {
            t->checkpoints[n / 2] = t->checkpoints[n];
            continue;
        }
        t->used -= t->checkpoints[n].size;
        snapshot_close(t->checkpoints[n].state);
    }
    t->count = (t->count + 1) / 2;
    t->base = t->count - 1;
    t->interval *= 2;
}

/* Room for one more checkpoint, as grown() sees it after thin(). */
static void grow_checkpoints(struct travel *t)
{
    t->checkpoints = xrealloc(t->checkpoints, (t->count + 1) * sizeof(t->checkpoints[0]));
}

void travel_checkpoint(struct travel *t)
{
    struct machine *m = t->m;
    const size_t at = t->count;

    if (at != 0 && machine_insns(m) <= t->checkpoints[at - 1].insns)
        return;
    struct snapshot_writer *w = snapshot_create_in_memory();
    machine_save_state(m, w);
    grow_checkpoints(t);
    t->checkpoints[at].insns = machine_insns(m);
    t->checkpoints[at].state = snapshot_finish_in_memory(w);
    t->checkpoints[at].size = snapshot_size(t->checkpoints[at].state);
    t->used += t->checkpoints[at].size;
    keep_memory(t, at);
    t->count++;
    t->base = at;
    watch_pages(t);
    if (t->used > t->room && t->count % 2 == 1 && t->count > 1)
        thin(t);
    m->checkpoint_at = t->checkpoints[t->count - 1].insns + t->interval;
}

/* Puts checkpoint `to` in place. */
static void go_to_checkpoint(struct travel *t, size_t to)
{
    struct load_error e;
    struct bus_ram *r;

    for (size_t n = 0; (r = bus_ram_at(t->m->bus, n)) != NULL; n++)
        for (uint64_t page = 0; page < r->size / PAGE; page++)
            if (r->page_flags[page] & PAGE_DIRTY)
                page_of(t, n, r, page); /* also pages that no checkpoint has: they were zero */
    for (size_t n = 0; n < t->n_pages; n++)
        if (may_differ(t, t->pages[n], to))
            put_page(t, t->pages[n], version_at(t->pages[n], to));
    t->base = to;
    if (!machine_restore_state(t->m, t->checkpoints[to].state, &e))
        bug("a checkpoint can't be restored: %s", e.text);
    watch_pages(t);
}

/* The last checkpoint at or before a point, which isn't before the first. */
static size_t checkpoint_before(const struct travel *t, uint64_t insns)
{
    size_t n = t->count - 1;

    while (n != 0 && t->checkpoints[n].insns > insns)
        n--;
    return n;
}

static void note_reached(struct travel *t)
{
    if (travel_now(t) > t->last)
        t->last = travel_now(t);
}

/* ---- the interface ---- */

static void make_index(struct travel *t)
{
    struct bus_ram *r;
    size_t regions = 0;

    while (bus_ram_at(t->m->bus, regions) != NULL)
        regions++;
    t->index = xcalloc(regions + 1, sizeof(t->index[0]));
    for (size_t n = 0; (r = bus_ram_at(t->m->bus, n)) != NULL; n++)
        t->index[n] = xcalloc(r->size / PAGE, sizeof(t->index[n][0]));
}

struct travel *travel_start(struct machine *m, uint64_t interval, uint64_t room, const char **why)
{
    if (board_persistent_drive(m->board) != NULL) {
        *why = "what the guest writes to a drive with snapshot=off can't be taken back";
        return NULL;
    }
    if (m->tracing != NULL) {
        *why = "a trace is written, which would have again what is executed again";
        return NULL;
    }
    if (m->travel != NULL) {
        *why = "checkpoints are kept already";
        return NULL;
    }
    struct travel *t = xcalloc(1, sizeof(*t));
    t->m = m;
    t->interval = interval != 0 ? interval : DEFAULT_INTERVAL;
    t->room = room != 0 ? room : DEFAULT_ROOM;
    make_index(t);
    m->travel = t;
    travel_checkpoint(t);
    return t;
}

static void drop_all(struct travel *t)
{
    for (size_t n = 0; n < t->n_pages; n++) {
        struct page *p = t->pages[n];
        p->ram->page_flags[p->number] |= PAGE_DIRTY; /* may not be zero */
        for (size_t k = 0; k < p->count; k++)
            free(p->versions[k].bytes);
        free(p->versions);
        p->versions = NULL;
        p->count = 0;
    }
    for (size_t n = 0; n < t->count; n++)
        snapshot_close(t->checkpoints[n].state);
    t->count = t->base = 0;
    t->used = 0;
}

void travel_stop(struct travel *t)
{
    if (t == NULL)
        return;
    drop_all(t);
    for (size_t n = 0; n < t->n_pages; n++)
        free(t->pages[n]);
    for (size_t n = 0; bus_ram_at(t->m->bus, n) != NULL; n++)
        free(t->index[n]);
    free(t->index);
    free(t->pages);
    free(t->checkpoints);
    t->m->travel = NULL;
    t->m->checkpoint_at = MACHINE_NEVER;
    free(t);
}

uint64_t travel_now(const struct travel *t)
{
    return machine_insns(t->m);
}

uint64_t travel_first(const struct travel *t)
{
    return t->checkpoints[0].insns;
}

uint64_t travel_last(const struct travel *t)
{
    return travel_now(t) > t->last ? travel_now(t) : t->last;
}

static bool pause_when_stuck(void *ctx)
{
    (void)ctx;
    return true;
}

bool travel_to(struct travel *t, uint64_t insns)
{
    /* nothing woke the CPUs at the last point either; that doesn't end a run which paused there */
    const struct machine_probe again = {.stuck = pause_when_stuck};
    const size_t nearest = checkpoint_before(t, insns);
    const uint64_t now = travel_now(t), from = t->checkpoints[nearest].insns;

    note_reached(t);
    if (insns < now || from > now || t->m->stopping)
        go_to_checkpoint(t, nearest);
    if (insns < from)
        return false;
    const enum machine_end end = machine_run_to(t->m, insns, insns <= t->last ? &again : NULL);
    return end != MACHINE_ENDED && travel_now(t) == insns;
}

/* A probe around the caller's, which notes hits; it pauses where the caller is out of patience only. */
struct search {
    const struct machine_probe *probe;
    struct machine *m;
    uint64_t number, hit; /* of the present instruction, of the last hit */
    bool found, interrupted;
};

static void note_hit(struct search *s)
{
    s->found = true;
    s->hit = s->number;
}

static bool search_before(void *ctx, struct cpu *c)
{
    struct search *s = ctx;

    s->number = machine_insns(s->m);
    if (s->probe->before != NULL && s->probe->before(s->probe->ctx, c))
        note_hit(s);
    return false;
}

static bool search_after(void *ctx, struct cpu *c)
{
    struct search *s = ctx;

    if (s->probe->after != NULL && s->probe->after(s->probe->ctx, c))
        note_hit(s);
    return false;
}

static bool search_poll(void *ctx)
{
    struct search *s = ctx;

    s->interrupted = s->probe->poll != NULL && s->probe->poll(s->probe->ctx);
    return s->interrupted;
}

bool travel_find(struct travel *t, const struct machine_probe *p, uint64_t *where)
{
    const uint64_t now = travel_now(t);
    struct search s = {.probe = p, .m = t->m};
    const struct machine_probe wrapped = {.before = search_before,
                                          .after = search_after,
                                          .poll = search_poll,
                                          .stuck = pause_when_stuck,
                                          .ctx = &s};
    uint64_t end = now;

    note_reached(t);
    while (!s.found && !s.interrupted && end > travel_first(t)) {
        const size_t from = checkpoint_before(t, end - 1);
        go_to_checkpoint(t, from);
        machine_run_to(t->m, end, &wrapped);
        end = t->checkpoints[from].insns;
    }
    travel_to(t, now);
    *where = s.hit;
    return s.found && !s.interrupted;
}

void travel_changed(struct travel *t)
{
    drop_all(t);
    t->last = 0;
    input_cut(t->m->board->input, t->m->polls);
    travel_checkpoint(t);
}
