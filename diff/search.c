/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Passes over both machines. See search.h.
 */
#include "diff/search.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "diff/align.h"
#include "diff/diff.h"
#include "sim/hostclock.h"

/* How far around a place where PCs part states are compared first, and how much farther if they differ there
 * already. QEMU is ahead by what the pipe holds when it is told to log more: the window is larger than that.
 */
enum { WINDOW = 65536, WINDOW_FACTOR = 16 };

/* One pass under way. */
struct pass {
    struct search *s;
    struct twin twin;
    struct qemulog *log;
    uint64_t began, mark; /* host's time: of the pass, of the present detail */
    uint64_t marked;      /* instructions at `mark` */
    uint64_t next;        /* where the detail changes */
    bool close;           /* states are compared now */
};

static void show_progress(const struct pass *p, uint64_t index)
{
    uint64_t ms = (hostclock_ns() - p->began) / 1000000;
    fprintf(stderr, "\rpass %u: %" PRIu64 " instructions%s, %" PRIu64 " per second  ", p->s->passes, index,
            p->close ? "" : " (PCs)", ms != 0 ? index * 1000 / ms : 0);
}

/* Adds what was compared since the last call. */
static void account(struct pass *p, uint64_t index)
{
    struct search_speed *v = p->close ? &p->s->states : &p->s->pcs;
    uint64_t now = hostclock_ns();
    v->insns += index - p->marked;
    v->ns += now - p->mark;
    p->marked = index;
    p->mark = now;
}

static enum qemu_detail detail(const struct pass *p)
{
    return !p->close ? QEMU_LOG_PC : p->s->cfg->fp ? QEMU_LOG_FP : QEMU_LOG_CORE;
}

/* Is `index` in a window, and where does that change? */
static void place(struct pass *p, uint64_t index)
{
    const struct search *s = p->s;
    p->close = false;
    p->next = UINT64_MAX;
    for (unsigned n = 0; n < s->n_windows && p->next == UINT64_MAX; n++) {
        p->close = index >= s->window[n].from && index < s->window[n].to;
        if (p->close)
            p->next = s->window[n].to;
        else if (index < s->window[n].from)
            p->next = s->window[n].from;
    }
}

static void before_insn(void *opaque, uint64_t index)
{
    struct pass *p = opaque;
    if (p->s->cfg->progress && index % 65536 == 0)
        show_progress(p, index);
    if (index < p->next)
        return;
    account(p, index);
    place(p, index);
    if (!qemu_set_detail(p->twin.qemu, detail(p)))
        warn("QEMU's monitor doesn't answer; the comparison goes on as it was");
}

static bool run(struct pass *p)
{
    struct search *s = p->s;
    p->log = qemulog_new(qemu_log_fd(p->twin.qemu));
    qemu_set_drain(p->twin.qemu, qemulog_drain, p->log);
    s->l = (struct lockstep){.m = s->m,
                             .log = p->log,
                             .permitted = s->cfg->permitted,
                             .max_insns = s->cfg->max_insns,
                             .before = before_insn,
                             .opaque = p};
    p->began = p->mark = hostclock_ns();
    align_registers(&s->l, p->twin.gdb);
    bool ok = twin_go(&p->twin);
    if (ok)
        lockstep_run(&s->l);
    else
        snprintf(s->error, sizeof(s->error), "QEMU doesn't start: %s", qemu_stderr(p->twin.qemu));
    account(p, s->l.index);
    if (s->cfg->progress)
        fputs("\r\033[K", stderr);
    if (ok && s->l.outcome == LOCKSTEP_FAILED) {
        snprintf(s->error, sizeof(s->error), "%s", s->l.reason);
        ok = false;
    }
    int status;
    if (ok && s->l.outcome == LOCKSTEP_ENDED_QEMU && qemu_wait(p->twin.qemu, 1000, &status) && status != 0) {
        snprintf(s->error, sizeof(s->error), "QEMU ended with status %d: %.300s", status,
                 qemu_stderr(p->twin.qemu));
        ok = false;
    }
    qemu_set_drain(p->twin.qemu, NULL, NULL);
    qemulog_free(p->log);
    return ok;
}

static struct twin_config twin_config(const struct search *s, enum qemu_detail detail, bool monitor)
{
    return (struct twin_config){
        .program = s->cfg->program, .cpu = s->cfg->cpu, .detail = detail, .monitor = monitor};
}

/* Both machines from their first instruction. */
static bool pass(struct search *s)
{
    struct pass p = {.s = s};
    place(&p, 0);
    const struct twin_config cfg = twin_config(s, detail(&p), p.next != UINT64_MAX);
    if (s->m != NULL)
        machine_destroy(s->m);
    s->m = machine_create(s->cfg->options);
    permitted_restart(s->cfg->permitted);
    const char *refused = twin_refuses(s->cfg->options, s->m);
    if (refused != NULL) {
        snprintf(s->error, sizeof(s->error), "%s", refused);
        return false;
    }
    if (!twin_start(&p.twin, &cfg, s->m, s->error))
        return false;
    s->passes++;
    snprintf(s->version, sizeof(s->version), "%s", qemu_version(p.twin.qemu));
    bool ok = run(&p);
    twin_stop(&p.twin);
    return ok;
}

static void add_window(struct search *s, uint64_t from, uint64_t to)
{
    unsigned n = 0, keep;
    while (n < s->n_windows && s->window[n].to < from)
        n++;
    for (keep = n; keep < s->n_windows && s->window[keep].from <= to; keep++) {
        from = s->window[keep].from < from ? s->window[keep].from : from;
        to = s->window[keep].to > to ? s->window[keep].to : to;
    }
    if (keep == n && s->n_windows == SEARCH_WINDOWS) { /* too many: one large one instead */
        s->window[SEARCH_WINDOWS - 1].to = UINT64_MAX;
        s->window[SEARCH_WINDOWS - 1].from =
            from < s->window[SEARCH_WINDOWS - 1].from ? from : s->window[SEARCH_WINDOWS - 1].from;
        return;
    }
    memmove(&s->window[n + 1], &s->window[keep], (s->n_windows - keep) * sizeof(s->window[0]));
    s->window[n] = (struct search_window){from, to};
    s->n_windows += n + 1 - keep;
}

/* Is there something to look at more closely before the result of the last pass is the first difference? PCs
 * have parted: their states are to be compared. States differ where comparing them began: it was before that.
 */
static bool look_closer(struct search *s)
{
    uint64_t at = s->l.index, around = WINDOW;
    bool pcs_only = s->l.states_since == UINT64_MAX, began_late = s->l.states_since == at;
    if (s->l.outcome == LOCKSTEP_ALIKE || at == 0 || (!pcs_only && !began_late))
        return false;
    for (unsigned n = 0; n < s->n_windows; n++) {
        if (at < s->window[n].from || at > s->window[n].to)
            continue;
        if (s->window[n].from == 0)
            return false;
        if (at - s->window[n].from > WINDOW / WINDOW_FACTOR)
            around = (at - s->window[n].from) * WINDOW_FACTOR;
    }
    add_window(s, at > around ? at - around : 0, at + WINDOW);
    return true;
}

int search_run(struct search *s, const struct search_config *cfg)
{
    *s = (struct search){.cfg = cfg};
    if (!cfg->fast)
        add_window(s, cfg->from, UINT64_MAX);
    do {
        if (!pass(s))
            return DIFF_FAILED;
    } while (look_closer(s));
    if (s->l.outcome == LOCKSTEP_ALIKE)
        return DIFF_ALIKE;
    const struct twin_config peer = twin_config(s, QEMU_LOG_PC, false);
    examine(&s->examination, &s->l, cfg->options, s->m, &peer);
    return DIFF_DIFFERENT;
}

void search_free(struct search *s)
{
    if (s->m != NULL)
        machine_destroy(s->m);
    s->m = NULL;
}
