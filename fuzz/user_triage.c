/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What to make of a block that differs. First the instruction at which both part is found: all beginnings of
 * all such blocks are run in one start of QEMU. If that instruction, with the state before it, has a row in
 * known.def, it is counted there. Otherwise the block is minimised and written to a file: if the instruction
 * alone, from the state before it, shows the difference, then that; and of the input whatever isn't needed
 * becomes 0.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/log.h"
#include "fuzz/known.h"
#include "fuzz/minimise.h"
#include "fuzz/user.h"

/* Files for one kind of finding: the same row, the same parts. */
enum { FILES_PER_KIND = 2 };

bool user_both(struct user_session *s, const struct user_block *b, unsigned n, struct user_outcome *ours,
               struct user_outcome *qemus, char error[FUZZ_ERROR_SIZE])
{
    struct user_peer_run *run = user_peer_start(&s->peer, b, n, 0, error);
    if (run == NULL)
        return false;
    user_sim_load(s->sim, b, n, 0);
    for (unsigned k = 0; k < n; k++)
        user_sim_run(s->sim, &b[k], k, false, &ours[k]);
    return user_peer_finish(run, qemus, error);
}

/* ---- the instruction at which both part ---- */

/* The first `n` instructions of b; false: that would part what belongs together. */
static bool beginning(const struct user_block *b, unsigned n, struct user_block *out)
{
    *out = *b;
    out->n = n;
    return n == b->n || !bit(b->glued, n - 1);
}

/* The input as an outcome: the state before the first instruction. */
static void input_state(const struct user_block *b, unsigned slot, struct user_outcome *o)
{
    memset(o, 0, sizeof(*o));
    for (unsigned n = 0; n < 31; n++)
        o->x[n] = user_block_x(b, n, slot);
    o->sp = b->sp;
    o->nzcv = b->nzcv;
    o->fpsr = b->fpsr;
    o->fpcr = b->fpcr;
    memcpy(o->v, b->v, sizeof(o->v));
}

/* Beginnings of a block, with both outcomes. */
struct parting {
    const struct user_outcome *ours, *qemus; /* of n beginnings */
    const struct user_block *block;
    unsigned n, first_slot; /* the k-th ran in slot first_slot + k */
};

/* The state before the last instruction of the k-th beginning, at the addresses that it ran at. */
static void state_before(struct user_session *s, const struct parting *p, unsigned k,
                         struct user_outcome *before)
{
    unsigned slot = p->first_slot + k;
    if (k == 0) {
        input_state(&p->block[0], slot, before);
        return;
    }
    user_sim_load(s->sim, &p->block[k - 1], 1, slot);
    user_sim_run(s->sim, &p->block[k - 1], slot, false, before);
}

/* The instruction of the k-th beginning that is to blame: the last one, or of those that belong together with
 * it the one that gave our signal. */
static unsigned blamed(const struct parting *p, unsigned k)
{
    unsigned first = k == 0 ? 0 : p->block[k - 1].n, last = p->block[k].n - 1;
    uint64_t at = (p->ours[k].pc - user_block_address(p->first_slot + k)) / 4;
    return p->ours[k].signal != 0 && at >= first && at < last ? (unsigned)at : last;
}

/* The step at which they part: index of the beginning, or -1 if none differs (the block did). */
static int find_step(struct user_session *s, const struct parting *p, struct user_outcome *before,
                     struct user_step *step)
{
    for (unsigned k = 0; k < p->n; k++) {
        step->parts = user_compare(&p->ours[k], &p->qemus[k]);
        if (step->parts == 0)
            continue;
        unsigned at = blamed(p, k);
        step->raw = p->block[k].insn[at];
        const struct decode_row *row = decode_find(step->raw);
        step->row = row != NULL ? row->name : "";
        step->pc = user_block_address(p->first_slot + k) + 4 * at;
        state_before(s, p, k, before);
        step->before = before;
        step->ours = &p->ours[k];
        step->qemus = &p->qemus[k];
        return (int)k;
    }
    return -1;
}

/* ---- minimising ---- */

/* Items: instructions, X0-X30, halves of V0-V31, NZCV, FPSR, FPCR. */
enum { ITEM_X = BLOCK_INSNS, ITEM_V = ITEM_X + 31, ITEM_NZCV = ITEM_V + 64, ITEM_FPSR, ITEM_FPCR, ITEMS };

struct shrinking {
    struct user_session *s;
    const struct user_block *whole;
    unsigned parts; /* what differs */
    char *error;
};

static void without_items(const struct user_block *whole, const bool *keep, struct user_block *b)
{
    *b = *whole;
    for (unsigned n = 0; n < b->n; n++)
        if (!keep[n])
            b->insn[n] = (uint32_t)INSN_NOP;
    for (unsigned n = 0; n < 31; n++) {
        if (!keep[ITEM_X + n]) {
            b->x[n] = 0;
            b->x_code &= ~(uint32_t)BIT(n);
        }
    }
    for (unsigned n = 0; n < 64; n++)
        if (!keep[ITEM_V + n])
            b->v[n / 2][n % 2] = 0;
    b->nzcv = keep[ITEM_NZCV] ? b->nzcv : 0;
    b->fpsr = keep[ITEM_FPSR] ? b->fpsr : 0;
    b->fpcr = keep[ITEM_FPCR] ? b->fpcr : 0;
}

/* It shows the difference: in the same parts, or some of them. */
static bool try_smaller(void *ctx, const bool *const *candidates, unsigned n, size_t n_items, bool *shows)
{
    struct shrinking *z = ctx;
    struct user_block *b = xcalloc(n, sizeof(*b));
    struct user_outcome *ours = xcalloc(n, sizeof(*ours)), *qemus = xcalloc(n, sizeof(*qemus));
    (void)n_items;
    for (unsigned k = 0; k < n; k++)
        without_items(z->whole, candidates[k], &b[k]);
    bool ok = user_both(z->s, b, n, ours, qemus, z->error);
    for (unsigned k = 0; ok && k < n; k++) {
        unsigned parts = user_compare(&ours[k], &qemus[k]);
        shows[k] = parts != 0 && (parts & ~z->parts) == 0;
    }
    free(b);
    free(ours);
    free(qemus);
    return ok;
}

static bool is_relative(uint32_t raw)
{
    return (raw & 0x1c000000) == 0x14000000 || (raw & 0x1f000000) == 0x10000000;
}

/* The instruction of the step alone, if that shows the same. */
static bool alone(struct user_session *s, const struct user_block *b, const struct user_step *step,
                  struct user_block *one, char *error)
{
    struct user_outcome ours, qemus;
    *one = *b;
    one->insn[0] = step->raw;
    one->n = 1;
    one->glued = 0;
    one->x_code = 0;
    memcpy(one->x, step->before->x, sizeof(one->x));
    memcpy(one->v, step->before->v, sizeof(one->v));
    one->sp = step->before->sp;
    one->nzcv = step->before->nzcv & 0xf0000000;
    one->fpsr = step->before->fpsr;
    one->fpcr = step->before->fpcr;
    return !is_relative(step->raw) && (b->n == 1 || !bit(b->glued, b->n - 2)) &&
           user_both(s, one, 1, &ours, &qemus, error) && user_compare(&ours, &qemus) == step->parts;
}

/* Instructions that were taken away, out of the list where no branch counts them. */
static void close_up(struct user_block *b)
{
    unsigned to = 0;
    for (unsigned n = 0; n < b->n; n++)
        if (is_relative(b->insn[n]))
            return;
    for (unsigned n = 0; n < b->n; n++)
        if (b->insn[n] != (uint32_t)INSN_NOP || b->glued != 0)
            b->insn[to++] = b->insn[n];
    b->n = to;
}

static void shrink(struct user_session *s, const struct user_block *b, const struct user_step *step,
                   struct user_block *small, char *error)
{
    struct user_block whole;
    if (!alone(s, b, step, &whole, error))
        whole = *b;
    struct shrinking z = {.s = s, .whole = &whole, .parts = step->parts, .error = error};
    bool keep[ITEMS];
    memset(keep, true, sizeof(keep));
    minimise(keep, ITEMS, try_smaller, &z);
    if (whole.glued != 0)
        memset(keep, true, BLOCK_INSNS);
    without_items(&whole, keep, small);
    close_up(small);
}

/* ---- findings ---- */

/* True while there are few files of this kind. */
static bool wants_file(struct user_session *s, const struct user_step *step)
{
    unsigned same = 0;
    for (unsigned n = 0; n < s->n_kinds; n++)
        same += s->kind[n].parts == step->parts && strcmp(s->kind[n].row, step->row) == 0;
    if (same >= FILES_PER_KIND || s->n_kinds == ARRAY_LEN(s->kind))
        return false;
    s->kind[s->n_kinds].row = step->row;
    s->kind[s->n_kinds++].parts = step->parts;
    return true;
}

bool user_finding_write(struct user_session *s, const struct user_block *b, const struct user_outcome *ours,
                        const struct user_outcome *qemus, const char *version, char error[FUZZ_ERROR_SIZE])
{
    char path[4096];
    if (s->options->replay != NULL)
        return true; /* it has its file */
    if (s->options->out == NULL) {
        user_report_print(stdout, b, ours, qemus, version);
        return true;
    }
    snprintf(path, sizeof(path), "%s/%04u.S", s->options->out, ++s->files);
    return user_report_write(path, b, ours, qemus, version, error);
}

static bool finding(struct user_session *s, const struct user_block *b, const struct user_step *step,
                    char *error)
{
    struct user_block small;
    struct user_outcome ours, qemus;
    s->result->findings++;
    if (!wants_file(s, step))
        return true;
    shrink(s, b, step, &small, error);
    if (!user_both(s, &small, 1, &ours, &qemus, error))
        return false;
    return user_finding_write(s, &small, &ours, &qemus, s->peer.version, error);
}

/* The known row, counted, or -1. */
static int count_known(struct user_session *s, const struct user_step *step)
{
    int known = user_known(step);
    const char *without = s->options->without;
    if (known >= 0 && without != NULL && strcmp(known_row((unsigned)known)->id, without) == 0)
        return -1;
    if (known >= 0) {
        s->result->explained++;
        s->result->by_id[known]++;
    }
    return known;
}

bool user_died(struct user_session *s, const struct user_block *b, const struct user_outcome *ours,
               char error[FUZZ_ERROR_SIZE])
{
    struct user_step step = {
        .row = "", .version = s->peer.version, .before = ours, .ours = ours, .qemus = ours, .died = true};
    for (unsigned k = 0; k < b->n; k++) {
        step.raw = b->insn[k];
        if (count_known(s, &step) >= 0)
            return true;
    }
    s->result->findings++;
    fprintf(stderr, "el2sim: fuzz: QEMU died of block %" PRIu64 ": %s\n", b->seed, error);
    return user_finding_write(s, b, ours, ours, s->peer.version, error);
}

/* The first of a known difference, minimised, as a file with its id. */
static bool example(struct user_session *s, const struct user_block *b, const struct user_step *step,
                    int known, char *error)
{
    struct user_block small;
    struct user_outcome ours, qemus;
    char path[4096];
    if (!s->options->examples || s->result->by_id[known] != 1)
        return true;
    shrink(s, b, step, &small, error);
    snprintf(path, sizeof(path), "%s/%s.S", s->options->out, known_row((unsigned)known)->id);
    return user_both(s, &small, 1, &ours, &qemus, error) &&
           user_report_write(path, &small, &ours, &qemus, s->peer.version, error);
}

static bool judge(struct user_session *s, const struct parting *p, char *error)
{
    struct user_outcome before;
    struct user_step step = {.version = s->peer.version, .row = "(not again)"};
    int k = find_step(s, p, &before, &step);
    int known = k >= 0 ? count_known(s, &step) : -1;
    if (known >= 0)
        return example(s, &p->block[k], &step, known, error);
    if (k >= 0)
        return finding(s, &p->block[k], &step, error);
    s->result->findings++;
    return user_finding_write(s, &p->block[p->n - 1], &p->ours[p->n - 1], &p->qemus[p->n - 1],
                              s->peer.version, error);
}

/* At most USER_SLOTS / BLOCK_INSNS blocks. */
static bool triage_some(struct user_session *s, const struct user_block *b, unsigned n, unsigned *judged,
                        char *error)
{
    const unsigned room = n * BLOCK_INSNS;
    struct user_block *part = xcalloc(room, sizeof(*part));
    struct user_outcome *ours = xcalloc(room, sizeof(*ours)), *qemus = xcalloc(room, sizeof(*qemus));
    unsigned *first = xcalloc(n + 1, sizeof(*first)), total = 0;
    for (unsigned k = 0; k < n; k++) {
        first[k] = total;
        for (unsigned length = 1; length <= b[k].n; length++)
            total += beginning(&b[k], length, &part[total]);
    }
    first[n] = total;
    bool ok = user_both(s, part, total, ours, qemus, error);
    for (unsigned k = 0; ok && k < n && !user_enough(s) && !fuzz_interrupted(); k++) {
        const struct parting p = {&ours[first[k]], &qemus[first[k]], &part[first[k]], first[k + 1] - first[k],
                                  first[k]};
        ok = judge(s, &p, error);
        ++*judged;
    }
    free(part);
    free(ours);
    free(qemus);
    free(first);
    return ok;
}

bool user_triage(struct user_session *s, const struct user_block *b, unsigned n, unsigned *judged,
                 char error[FUZZ_ERROR_SIZE])
{
    const unsigned most = USER_SLOTS / BLOCK_INSNS;
    *judged = 0;
    for (unsigned at = 0; at < n && at == *judged; at += most)
        if (!triage_some(s, b + at, n - at < most ? n - at : most, judged, error))
            return false;
    return true;
}
