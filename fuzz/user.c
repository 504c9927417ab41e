/* SPDX-License-Identifier: BSD-2-Clause
 *
 * `el2sim fuzz user`: the run. Batches of blocks go to QEMU; while it works on one, el2sim runs the same
 * blocks with the fast engine, and now and then with the loop engine, too. What differs goes to
 * user_triage.c.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/log.h"
#include "diff/qemu.h"
#include "fuzz/user.h"
#include "fuzz/user_features.h"

enum { LOOP_EVERY = 16 };

/* A batch, with both outcomes. */
struct batch {
    struct user_block block[USER_SLOTS];
    struct user_outcome ours[USER_SLOTS], qemus[USER_SLOTS];
    unsigned n, first_slot;
};

/* A wild address that happens to be the runner's in QEMU is not comparable: such a block becomes a NOP. */
static bool meets_runner(const struct user_outcome *o)
{
    uint64_t at = o->address & ones(56); /* TBI */
    return o->signal != 0 && at >= USER_HEADER_AT && at < USER_STACK_AT + USER_STACK_SIZE;
}

/* One block, by both engines; an engine that disagrees with the other is a finding of its own. */
static bool run_block(struct user_session *s, struct batch *t, unsigned k, char *error)
{
    struct user_outcome loop;
    unsigned slot = (t->first_slot + k) % USER_SLOTS;
    user_sim_run(s->sim, &t->block[k], slot, false, &t->ours[k]);
    if (t->block[k].seed % LOOP_EVERY != 0)
        return true;
    user_sim_run(s->sim, &t->block[k], slot, true, &loop);
    if (user_compare(&t->ours[k], &loop) == 0)
        return true;
    s->result->findings++;
    return user_finding_write(s, &t->block[k], &t->ours[k], &loop, "none: the loop engine", error);
}

/* Our outcomes of a batch whose blocks are made. */
static bool run_ours(struct user_session *s, struct batch *t, char *error)
{
    bool again = false;
    t->first_slot = (unsigned)(t->block[0].seed % USER_SLOTS);
    user_sim_load(s->sim, t->block, t->n, t->first_slot);
    for (unsigned k = 0; k < t->n; k++) {
        if (!run_block(s, t, k, error))
            return false;
        if (meets_runner(&t->ours[k])) {
            t->block[k].n = 1;
            t->block[k].insn[0] = (uint32_t)INSN_NOP;
            again = true;
        }
    }
    return !again || run_ours(s, t, error);
}

/* QEMU died in a batch: of which blocks? */
static bool find_dead(struct user_session *s, struct batch *t, char *error)
{
    bool died[USER_SLOTS], ok = user_peer_survive(&s->peer, t->block, t->n, t->qemus, died, error);
    for (unsigned k = 0; ok && k < t->n; k++) {
        if (!died[k])
            continue;
        t->qemus[k] = t->ours[k];
        ok = user_died(s, &t->block[k], &t->ours[k], error);
    }
    return ok;
}

/* Waits for QEMU's outcomes, and looks into what differs. */
static bool finish(struct user_session *s, struct user_peer_run *run, struct batch *t, char *error)
{
    struct user_block *different = xcalloc(t->n, sizeof(*different));
    unsigned n = 0;
    bool ok = user_peer_finish(run, t->qemus, error) || find_dead(s, t, error);
    for (unsigned k = 0; ok && k < t->n; k++) {
        if (user_compare(&t->ours[k], &t->qemus[k]) != 0)
            different[n++] = t->block[k];
        s->result->programs++;
        s->result->insns += t->block[k].n;
    }
    ok = ok && user_triage(s, different, n, error);
    free(different);
    return ok;
}

/* The n-th program and those behind it, as many as a batch takes. */
static void make_batch(struct user_session *s, struct batch *t, uint64_t n)
{
    const struct fuzz_options *o = s->options;
    uint64_t left = o->count - n;
    t->n = left < USER_SLOTS ? (unsigned)left : USER_SLOTS;
    for (unsigned k = 0; k < t->n; k++)
        user_block_make(&t->block[k], o->seed + n + k, s->classes, o->weight);
}

/* While QEMU works on one batch, the next is made and run here. */
static bool run_random(struct user_session *s, char *error)
{
    struct batch *now = xcalloc(1, sizeof(*now)), *next = xcalloc(1, sizeof(*next));
    uint64_t made = 0;
    bool ok = true;
    while (ok && fuzz_goes_on(s->options, s->result)) {
        if (made == s->result->programs) { /* the first */
            make_batch(s, now, made);
            ok = run_ours(s, now, error);
            made += now->n;
        }
        struct user_peer_run *run =
            ok ? user_peer_start(&s->peer, now->block, now->n, now->first_slot, error) : NULL;
        make_batch(s, next, made);
        made += next->n;
        ok = run != NULL && (next->n == 0 || run_ours(s, next, error));
        ok = run != NULL && finish(s, run, now, error) && ok;
        struct batch *done = now;
        now = next;
        next = done;
    }
    free(now);
    free(next);
    return ok;
}

/* A written block: what the file expects is compared with el2sim, and el2sim with QEMU, where it is wanted.
 */
static bool run_file(struct user_session *s, char *error)
{
    struct user_report report;
    struct batch *t = xcalloc(1, sizeof(*t));
    bool ok = user_report_read(s->options->replay, &report, error), qemu = !s->options->no_qemu;
    t->block[0] = report.block;
    t->n = 1;
    ok = ok && run_ours(s, t, error);
    if (ok && !user_expect_met(stdout, report.expect, report.n_expect, &t->ours[0], t->first_slot))
        s->result->findings++;
    struct user_peer_run *run =
        ok && qemu ? user_peer_start(&s->peer, t->block, 1, t->first_slot, error) : NULL;
    if (ok && qemu)
        ok = run != NULL && finish(s, run, t, error);
    if (ok && qemu)
        user_print_differences(stdout, "", &t->ours[0], &t->qemus[0]);
    else if (ok) {
        s->result->programs++;
        s->result->insns += t->block[0].n;
    }
    free(t);
    return ok;
}

/* QEMU, and what it can do: the rest is switched off on our side. */
static bool meet_peer(struct user_session *s, char *error)
{
    const struct fuzz_options *o = s->options;
    s->peer.qemu = o->qemu != NULL ? o->qemu : "qemu-aarch64";
    s->peer.cpu = o->qemu_cpu != NULL ? o->qemu_cpu : o->cpu;
    if (strcmp(s->peer.cpu, "max") == 0)
        s->peer.cpu = "max,sve=off,sme=off";
    s->peer.features = &s->features;
    s->sim = user_sim_new(&s->features);
    if (o->no_qemu)
        return true;
    if (!qemu_program_version(s->peer.qemu, s->peer.version)) {
        snprintf(error, FUZZ_ERROR_SIZE, "can't run %s (apt install qemu-user, or --qemu PROGRAM)",
                 s->peer.qemu);
        return false;
    }
    bool ok = user_features_both(s, s->result->note, sizeof(s->result->note), error);
    user_sim_free(s->sim);
    s->sim = user_sim_new(&s->features);
    s->classes = user_classes_new(&s->features, s->deadly, s->n_deadly);
    return ok;
}

bool fuzz_user_run(const struct fuzz_options *o, struct fuzz_result *r, char *error)
{
    struct user_session *s = xcalloc(1, sizeof(*s));
    const char *wrong = features_parse(&s->features, o->cpu);
    bool ok = wrong == NULL;
    s->options = o;
    s->result = r;
    if (wrong != NULL)
        snprintf(error, FUZZ_ERROR_SIZE, "%s", wrong);
    ok = ok && meet_peer(s, error);
    if (ok)
        ok = o->replay != NULL ? run_file(s, error) : run_random(s, error);
    if (s->classes != NULL)
        user_classes_free(s->classes);
    if (s->sim != NULL)
        user_sim_free(s->sim);
    free(s);
    return ok;
}
