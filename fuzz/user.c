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
    bool died[USER_SLOTS]; /* QEMU, of this block: it has no outcome */
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

/* Looks into what differs, in order, as far as findings are wanted; what is behind is not counted. */
static bool judge(struct user_session *s, struct batch *t, char *error)
{
    struct user_block *different = xcalloc(t->n, sizeof(*different));
    unsigned *where = xcalloc(t->n, sizeof(*where)), n = 0, judged, over;
    for (unsigned k = 0; k < t->n; k++) {
        if (t->died[k] || user_compare(&t->ours[k], &t->qemus[k]) == 0)
            continue;
        where[n] = k;
        different[n++] = t->block[k];
    }
    bool ok = user_triage(s, different, n, &judged, error);
    over = judged < n ? where[judged] : t->n;
    for (unsigned k = 0; ok && k < over; k++) {
        ok = !t->died[k] || user_died(s, &t->block[k], &t->ours[k], error);
        if (t->died[k] && user_enough(s))
            over = k + 1;
    }
    for (unsigned k = 0; ok && k < over; k++)
        s->result->insns += t->block[k].n;
    s->result->programs += ok ? over : 0;
    free(different);
    free(where);
    return ok;
}

/* Waits for QEMU's outcomes, and looks into what differs. If QEMU died: of which blocks? */
static bool finish(struct user_session *s, struct user_peer_run *run, struct batch *t, char *error)
{
    memset(t->died, 0, sizeof(t->died));
    bool ok = user_peer_finish(run, t->qemus, error) ||
              (user_peer_works(&s->peer, error) &&
               user_peer_survive(&s->peer, t->block, t->n, t->qemus, t->died, error));
    return ok && judge(s, t, error);
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

/* While QEMU works on one batch, the next is made and run here. A batch that is interrupted does not count.
 */
static bool run_random(struct user_session *s, char *error)
{
    struct batch *now = xcalloc(1, sizeof(*now)), *next = xcalloc(1, sizeof(*next));
    struct fuzz_result before = *s->result;
    uint64_t made = 0;
    bool ok = true;
    while (ok && fuzz_goes_on(s->options, s->result)) {
        before = *s->result;
        if (made == 0) { /* the first */
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
    if (!ok)
        *s->result = before;
    free(now);
    free(next);
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
    if (!qemu_program_version(s->peer.qemu, "qemu-aarch64", s->peer.version)) {
        snprintf(error, FUZZ_ERROR_SIZE,
                 "can't run %s as qemu-aarch64 (apt install qemu-user, or --qemu PROGRAM)", s->peer.qemu);
        return false;
    }
    if (!user_peer_works(&s->peer, error) ||
        !user_features_both(s, s->result->note, sizeof(s->result->note), error))
        return false;
    user_sim_free(s->sim);
    s->sim = user_sim_new(&s->features);
    s->classes = user_classes_new(&s->features, s->deadly, s->n_deadly);
    return true;
}

/* A written block, on el2sim alone: is it as the file expects? All features are there, whatever QEMU has. */
static bool check_file(struct user_session *s, struct batch *t, char *error)
{
    struct user_report report;
    if (!user_report_read(s->options->replay, &report, error))
        return false;
    t->block[0] = report.block;
    t->n = 1;
    if (!run_ours(s, t, error))
        return false;
    if (!user_expect_met(stdout, report.expect, report.n_expect, &t->ours[0], t->first_slot))
        s->result->findings++;
    s->result->programs++;
    s->result->insns += t->block[0].n;
    return true;
}

/* A written block: what the file expects is compared with el2sim, and el2sim with QEMU, where it is wanted.
 */
static bool run_file(struct user_session *s, char *error)
{
    struct batch *t = xcalloc(1, sizeof(*t));
    bool ok = check_file(s, t, error);
    if (ok && !s->options->no_qemu) {
        s->result->programs = s->result->insns = 0; /* counted again */
        struct user_peer_run *run = meet_peer(s, error) && run_ours(s, t, error)
                                        ? user_peer_start(&s->peer, t->block, 1, t->first_slot, error)
                                        : NULL;
        ok = run != NULL && finish(s, run, t, error);
        if (ok)
            user_print_differences(stdout, "", &t->ours[0], &t->qemus[0]);
    }
    free(t);
    return ok;
}

bool fuzz_user_run(const struct fuzz_options *o, struct fuzz_result *r, char *error)
{
    struct user_session *s = xcalloc(1, sizeof(*s));
    const char *wrong = features_parse(&s->features, o->cpu);
    bool ok = wrong == NULL;
    s->options = o;
    s->result = r;
    if (ok) {
        s->sim = user_sim_new(&s->features);
        ok = o->replay != NULL ? run_file(s, error) : meet_peer(s, error) && run_random(s, error);
    } else {
        snprintf(error, FUZZ_ERROR_SIZE, "%s", wrong);
    }
    if (s->classes != NULL)
        user_classes_free(s->classes);
    if (s->sim != NULL)
        user_sim_free(s->sim);
    free(s);
    return ok || (wrong == NULL && fuzz_interrupted());
}
