/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which features QEMU has: for each feature that instructions of our table need, a few of them are run once.
 * If QEMU answers all of them by SIGILL, and we don't, it lacks the feature, and blocks have none of its
 * instructions.
 */
#include "fuzz/user_features.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum { LINUX_SIGILL = 4 };

struct samples {
    unsigned ours, qemus; /* how many were not undefined */
};

/* Features without a row of their own, by an instruction that works only with them; X1 is 4 bytes off the
 * beginning of memory. */
static const struct {
    enum feature feature;
    uint32_t raw;
} others[] = {
    {FEAT_LSE2, 0xc8dffc20},  /* LDAR X0, [X1]: an unaligned access within 16 bytes */
    {FEAT_AMUv1, 0xd53bd260}, /* MRS X0, AMUSERENR_EL0 */
    {FEAT_DPB, 0xd50b7c21},   /* DC CVAP, X1 */
    {FEAT_DPB2, 0xd50b7d21},  /* DC CVADP, X1 */
};

static void other_samples(struct user_block *b)
{
    for (unsigned k = 0; k < ARRAY_LEN(others); k++) {
        memset(&b[k], 0, sizeof(b[k]));
        b[k].n = 1;
        b[k].insn[0] = others[k].raw;
        b[k].x[1] = USER_MEMORY_AT + 4;
    }
}

/* A word of every row, with the last feature that it needs; room for `others` is left. Returns their number.
 */
static unsigned make_samples(const struct features *f, struct user_block *b, enum feature *of)
{
    unsigned n_rows, n = 0;
    const struct decode_row *row = decode_rows(&n_rows);
    struct random r = {1};
    for (unsigned k = 0; k < n_rows && n < USER_SLOTS - ARRAY_LEN(others); k++) {
        enum feature first = (enum feature)row[k].feature[0], second = (enum feature)row[k].feature[1];
        uint32_t fixed = 0;
        struct user_block *one = &b[n];
        memset(one, 0, sizeof(*one));
        one->sp = USER_MEMORY_AT + USER_MEMORY_SIZE / 2;
        one->n = 1;
        one->insn[0] = user_word(&r, &row[k], f, true);
        if (!has(f, first) || !has(f, second) || user_calls_host(one->insn[0]))
            continue;
        user_operands(one, 0, &r, &fixed);
        of[n++] = second != FEAT_ALWAYS ? second : first;
    }
    return n;
}

/* Takes a feature out, and adds its name to the note. */
static void lacks(struct features *f, enum feature which, char *note, size_t size)
{
    size_t at = strlen(note);
    feature_set(f, which, false);
    snprintf(note + at, size - at, "%s %s",
             at == 0 ? "features that QEMU lacks, switched off in el2sim:" : "", feature_name(which));
}

static void run_ours(struct user_session *s, const struct user_block *b, unsigned n, struct user_outcome *o)
{
    user_sim_load(s->sim, b, n, 0);
    for (unsigned k = 0; k < n; k++)
        user_sim_run(s->sim, &b[k], k, false, &o[k]);
}

/* An instruction that kills QEMU: a difference like any other, but no block gets it, since with it dies the
 * batch. */
static bool deadly(struct user_session *s, const struct user_block *b, const struct user_outcome *ours,
                   char *error)
{
    if (s->n_deadly < ARRAY_LEN(s->deadly))
        s->deadly[s->n_deadly++] = decode_find(b->insn[0]);
    return user_died(s, b, ours, error);
}

bool user_features_both(struct user_session *s, char *note, size_t size, char error[FUZZ_ERROR_SIZE])
{
    struct features *f = &s->features;
    const unsigned room = USER_SLOTS;
    struct user_block *b = xcalloc(room, sizeof(*b));
    struct user_outcome *ours = xcalloc(room, sizeof(*ours)), *qemus = xcalloc(room, sizeof(*qemus));
    enum feature *of = xcalloc(room, sizeof(*of));
    bool *died = xcalloc(room, sizeof(*died));
    struct samples got[FEATURE_COUNT] = {{0, 0}};
    unsigned n = make_samples(f, b, of);
    other_samples(&b[n]);
    run_ours(s, b, n + ARRAY_LEN(others), ours);
    bool ok = user_peer_survive(&s->peer, b, n + ARRAY_LEN(others), qemus, died, error);
    for (unsigned k = 0; ok && k < n; k++) {
        got[of[k]].ours += ours[k].signal != LINUX_SIGILL;
        got[of[k]].qemus += died[k] || qemus[k].signal != LINUX_SIGILL;
        if (died[k])
            ok = deadly(s, &b[k], &ours[k], error);
    }
    note[0] = 0;
    for (unsigned k = 0; ok && k < FEATURE_COUNT; k++)
        if (k != FEAT_ALWAYS && got[k].ours != 0 && got[k].qemus == 0)
            lacks(f, (enum feature)k, note, size - 2);
    for (unsigned k = 0; ok && k < ARRAY_LEN(others); k++)
        if (ours[n + k].signal == 0 && qemus[n + k].signal != 0)
            lacks(f, others[k].feature, note, size - 2);
    if (note[0] != 0)
        strcat(note, "\n");
    free(b);
    free(ours);
    free(qemus);
    free(of);
    free(died);
    return ok;
}
