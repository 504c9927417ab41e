/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Passes over both machines. See search.h.
 */
#include "diff/search.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "diff/diff.h"
#include "sim/hostclock.h"

/* How much before the place where PCs part states are compared first; then 16 times as much, and so on. */
enum { WINDOW = 4096, WINDOW_FACTOR = 16 };

/* One pass under way. */
struct pass {
    struct search *s;
    struct twin twin;
    struct qemulog *log;
    uint64_t from;        /* states are compared from here on */
    uint64_t began, mark; /* host's time: of the pass, of the present detail */
    bool close;           /* states are compared now */
};

static void show_progress(const struct pass *p, uint64_t index)
{
    uint64_t ms = (hostclock_ns() - p->began) / 1000000;
    fprintf(stderr, "\rpass %u: %" PRIu64 " instructions%s, %" PRIu64 " per second  ", p->s->passes, index,
            p->close ? "" : " (PCs)", ms != 0 ? index * 1000 / ms : 0);
}

/* The detail of the log that is wanted from now on. */
static void account(struct pass *p, uint64_t index)
{
    struct search_speed *v = p->close ? &p->s->states : &p->s->pcs;
    uint64_t now = hostclock_ns(), start = p->close ? p->from : 0;
    v->insns += index > start ? index - start : 0;
    v->ns += now - p->mark;
    p->mark = now;
}

static enum qemu_detail detail(const struct pass *p)
{
    return !p->close ? QEMU_LOG_PC : p->s->cfg->fp ? QEMU_LOG_FP : QEMU_LOG_CORE;
}

static void before_insn(void *opaque, uint64_t index)
{
    struct pass *p = opaque;
    if (p->s->cfg->progress && index % 65536 == 0)
        show_progress(p, index);
    if (p->close || index < p->from)
        return;
    account(p, index);
    p->close = true;
    if (!qemu_set_detail(p->twin.qemu, detail(p)))
        warn("QEMU's monitor doesn't answer; the comparison goes on with PCs only");
}

static bool run(struct pass *p, uint64_t max_insns)
{
    struct search *s = p->s;
    p->log = qemulog_new(qemu_log_fd(p->twin.qemu));
    qemu_set_drain(p->twin.qemu, qemulog_drain, p->log);
    s->l = (struct lockstep){.m = s->m,
                             .log = p->log,
                             .permitted = s->cfg->permitted,
                             .max_insns = max_insns,
                             .before = before_insn,
                             .opaque = p};
    p->began = p->mark = hostclock_ns();
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
    qemu_set_drain(p->twin.qemu, NULL, NULL);
    qemulog_free(p->log);
    return ok;
}

static struct twin_config twin_config(const struct search *s, enum qemu_detail detail, bool monitor)
{
    return (struct twin_config){
        .program = s->cfg->program, .cpu = s->cfg->cpu, .detail = detail, .monitor = monitor};
}

/* Both machines from their first instruction, states compared from `from` on. */
static bool pass(struct search *s, uint64_t from, uint64_t max_insns)
{
    struct pass p = {.s = s, .from = from, .close = from == 0};
    const struct twin_config cfg = twin_config(s, detail(&p), from != 0);
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
    s->window = from;
    snprintf(s->version, sizeof(s->version), "%s", qemu_version(p.twin.qemu));
    bool ok = run(&p, max_insns);
    twin_stop(&p.twin);
    return ok;
}

/* PCs have parted: looks closer, from earlier and earlier, until the states agree where the window begins. */
static bool look_closer(struct search *s)
{
    uint64_t parted = s->l.index, window = WINDOW, from;
    do {
        from = parted > window ? parted - window : 0;
        if (!pass(s, from, s->cfg->max_insns))
            return false;
        window *= WINDOW_FACTOR;
    } while (from != 0 && s->l.outcome != LOCKSTEP_ALIKE && s->l.index <= from + 1);
    return true;
}

int search_run(struct search *s, const struct search_config *cfg)
{
    *s = (struct search){.cfg = cfg};
    uint64_t from = cfg->fast ? UINT64_MAX : cfg->from;
    if (!pass(s, from, cfg->max_insns))
        return DIFF_FAILED;
    if (s->l.outcome != LOCKSTEP_ALIKE && s->l.index < from && !look_closer(s))
        return DIFF_FAILED;
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
