/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Writing the compact trace. See binary.h; the format and the predictors are in codec.h. An instruction is
 * written when it is done: its accesses to memory were kept until then, other events it caused are before it
 * in the file and say so.
 */
#include "traces/binary.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <zlib.h>
#include <zstd.h>

#include "base/log.h"
#include "traces/codec.h"

enum {
    PENDING = 64,    /* accesses of one instruction that are kept; more go into ... */
    SLACK = 1 << 16, /* what one record may need beyond BLOCK_BYTES, data of odd accesses excepted */
    DETAIL = 1024,
    LEVEL = 1,
};

struct pending {
    uint64_t va, pa, data[2];
    struct access_shape shape;
};

struct index_entry {
    uint64_t offset, first, insns;
};

enum { TEXTS = 1 << 12 };
struct text {
    const char *text;
    unsigned number; /* 0: free */
};

struct binary {
    struct codec k;
    FILE *out;
    char *file;
    bool failed;
    uint64_t offset;             /* in the file */
    uint64_t insns, block_first; /* of all CPUs */

    uint8_t *raw, *packed;
    size_t n, room, packed_room;
    ZSTD_CCtx *zstd;
    uint32_t run;

    struct pending pending[SITE_MEMORY];
    unsigned n_pending;
    uint8_t *odd; /* accesses that don't fit there, as an odd record has them */
    size_t odd_n, odd_room;
    unsigned odd_count;
    bool fresh;   /* the CPU's state was written whole: FPSR is as after the instruction */
    bool recheck; /* the count of instructions may have moved */

    struct text texts[TEXTS]; /* of this block, by their addresses */
    unsigned n_texts;
    struct index_entry *index;
    unsigned n_index;
};

/* ---- bytes ---- */

static uint8_t *put_varint(uint8_t *p, uint64_t v)
{
    while (v >= 0x80) {
        *p++ = (uint8_t)v | 0x80;
        v >>= 7;
    }
    *p++ = (uint8_t)v;
    return p;
}

static uint64_t zigzag(uint64_t v)
{
    return v << 1 ^ (uint64_t)((int64_t)v >> 63);
}

static uint8_t *put_bytes(uint8_t *p, uint64_t v, unsigned n)
{
    memcpy(p, &v, 8); /* there is room; the host is little-endian */
    return p + n;
}

static unsigned bytes_of(uint64_t v)
{
    return v == 0 ? 0 : 8 - (unsigned)__builtin_clzll(v) / 8;
}

static void number(struct binary *w, uint64_t v)
{
    w->n = (size_t)(put_varint(w->raw + w->n, v) - w->raw);
}

static void byte(struct binary *w, unsigned v)
{
    w->raw[w->n++] = (uint8_t)v;
}

/* Begins a record. */
static void mark(struct binary *w, unsigned what)
{
    number(w, w->run);
    w->run = 0;
    byte(w, what);
}

static void make_room(struct binary *w, size_t more)
{
    if (w->n + more + SLACK <= w->room)
        return;
    w->room = w->n + more + 2 * SLACK;
    w->raw = xrealloc(w->raw, w->room);
}

/* ---- the file ---- */

static void put32(uint8_t *p, uint32_t v)
{
    memcpy(p, &v, 4);
}

static void put64(uint8_t *p, uint64_t v)
{
    memcpy(p, &v, 8);
}

static void to_file(struct binary *w, const void *data, size_t n)
{
    if (!w->failed && fwrite(data, 1, n, w->out) != n) {
        w->failed = true;
        warn("--trace binary: %s: %s; the trace ends here", w->file, strerror(errno));
    }
    w->offset += n;
}

static void header(struct binary *w, const struct sink_config *cfg)
{
    uint8_t h[BINARY_HEADER] = BINARY_MAGIC;
    put32(h + 8, BINARY_VERSION);
    put32(h + 12, cfg->n_cpus);
    put64(h + 16, cfg->ns_per_insn);
    snprintf((char *)h + 24, BINARY_MODEL, "%s", cfg->cpu != NULL ? cfg->cpu : "");
    put32(h + BINARY_HEADER - 4, (uint32_t)crc32_z(0, h, BINARY_HEADER - 4));
    to_file(w, h, sizeof(h));
}

static void end_block(struct binary *w)
{
    if (w->n == 0 && w->run == 0)
        return;
    mark(w, MARK_END);
    size_t bound = ZSTD_compressBound(w->n);
    if (bound > w->packed_room) {
        w->packed = xrealloc(w->packed, bound);
        w->packed_room = bound;
    }
    size_t packed = ZSTD_compressCCtx(w->zstd, w->packed, w->packed_room, w->raw, w->n, LEVEL);
    if (ZSTD_isError(packed))
        bug("zstd: %s", ZSTD_getErrorName(packed));
    uint8_t h[BINARY_BLOCK_HEADER] = {0};
    put32(h, BINARY_BLOCK_MAGIC);
    put32(h + 8, (uint32_t)w->n);
    put32(h + 12, (uint32_t)packed);
    put64(h + 16, w->block_first);
    put64(h + 24, w->insns - w->block_first);
    uint32_t crc = (uint32_t)crc32_z(crc32_z(0, h + 8, sizeof(h) - 8), w->packed, packed);
    put32(h + 4, crc);
    w->index = xrealloc(w->index, (w->n_index + 1) * sizeof(w->index[0]));
    w->index[w->n_index++] = (struct index_entry){w->offset, w->block_first, w->insns - w->block_first};
    to_file(w, h, sizeof(h));
    to_file(w, w->packed, packed);
    w->block_first = w->insns;
    w->n = 0;
    w->n_texts = 0;
    memset(w->texts, 0, sizeof(w->texts));
    codec_reset(&w->k);
}

static void trailer(struct binary *w)
{
    uint64_t at = w->offset;
    uint8_t t[BINARY_TRAILER] = {0};
    uint32_t crc = 0;
    for (unsigned n = 0; n < w->n_index; n++) {
        uint8_t e[BINARY_INDEX_ENTRY];
        put64(e, w->index[n].offset);
        put64(e + 8, w->index[n].first);
        put64(e + 16, w->index[n].insns);
        crc = (uint32_t)crc32_z(crc, e, sizeof(e));
        to_file(w, e, sizeof(e));
    }
    put64(t, at);
    put64(t + 8, w->n_index);
    crc = (uint32_t)crc32_z(crc, t, 16);
    put32(t + 16, crc);
    memcpy(t + 24, BINARY_INDEX_MAGIC, 8);
    to_file(w, t, sizeof(t));
}

/* ---- CPUs ---- */

static uint64_t skew(const struct binary *w, const struct trace_cpu *c, uint64_t insns)
{
    return c->ns(c) - insns * w->k.ns_per_insn;
}

static void where(struct binary *w, const struct trace_where *x)
{
    byte(w, x->el | x->regime << 2 | x->spsel << 4 | x->secure << 5 | x->stage2 << 6);
    byte(w, x->e2h | x->tge << 1);
    number(w, x->asid);
    number(w, x->vmid);
}

/* All of a CPU, as later records suppose it. `insns`: before the instruction under execution, if there is
 * one. */
static void whole_state(struct binary *w, const struct trace_cpu *c, uint64_t insns)
{
    struct codec_cpu *k = &w->k.cpu[c->index];
    w->fresh = true;
    k->known = true;
    k->where = c->where;
    k->insns = insns;
    k->skew = skew(w, c, c->insns(c));
    where(w, &k->where);
    number(w, k->insns);
    number(w, zigzag(k->skew));
    for (unsigned r = 0; r < TRACE_REGS; r++) {
        uint64_t high;
        k->low[r] = trace_read(c, r, &high);
        number(w, k->low[r]);
        if (r >= TRACE_V && r < TRACE_NZCV) {
            k->high[r - TRACE_V] = high;
            number(w, high);
        }
    }
}

/* The records that follow are c's; new blocks begin here. `within`: an instruction is under execution, or has
 * just been: counted, and its results are in the registers. */
static void select_cpu(struct binary *w, const struct trace_cpu *c, bool within)
{
    if (w->n >= BLOCK_BYTES || w->insns - w->block_first >= BLOCK_INSNS - 1 || codec_is_full(&w->k))
        end_block(w);
    if (w->k.current == c->index)
        return;
    w->k.current = c->index;
    mark(w, MARK_CPU);
    number(w, c->index);
    if (!w->k.cpu[c->index].known)
        whole_state(w, c, c->insns(c) - within);
}

/* Says so if the count of instructions is not what it seems; `expected` includes the one under execution. */
static bool count_moved(const struct binary *w, const struct trace_cpu *c, uint64_t expected)
{
    const struct codec_cpu *k = &w->k.cpu[c->index];
    return c->insns(c) != expected || skew(w, c, expected) != k->skew;
}

static void move_count(struct binary *w, const struct trace_cpu *c, uint64_t expected)
{
    struct codec_cpu *k = &w->k.cpu[c->index];
    uint64_t now = c->insns(c), s = skew(w, c, now);
    number(w, zigzag(now - expected));
    number(w, zigzag(s - k->skew));
    k->insns += now - expected;
    k->skew = s;
}

/* ---- instructions ---- */

static void on_memory(void *opaque, const struct trace_cpu *c, const struct trace_memory *e)
{
    struct binary *w = opaque;
    (void)c;
    if (LIKELY(w->n_pending < SITE_MEMORY && e->size <= SITE_DATA && w->odd_count == 0)) {
        struct pending *p = &w->pending[w->n_pending++];
        p->va = e->va;
        p->pa = e->pa;
        p->shape = (struct access_shape){(uint8_t)e->size, (uint8_t)(e->access << 1 | e->write)};
        p->data[0] = p->data[1] = 0;
        if (e->size == 8)
            memcpy(p->data, e->data, 8);
        else if (e->size == 4)
            memcpy(p->data, e->data, 4);
        else
            memcpy(p->data, e->data, e->size);
        return;
    }
    if (w->odd_n + e->size + 64 > w->odd_room) {
        w->odd_room = 2 * w->odd_room + e->size + 4096;
        w->odd = xrealloc(w->odd, w->odd_room);
    }
    uint8_t *p = w->odd + w->odd_n;
    *p++ = (uint8_t)(e->access << 1 | e->write);
    p = put_varint(p, e->size);
    p = put_varint(p, e->va);
    p = put_varint(p, e->pa);
    memcpy(p, e->data, e->size);
    w->odd_n = (size_t)(p - w->odd) + e->size;
    w->odd_count++;
}

/* An instruction that predictors have nothing to say of: exceptions, many or large accesses. */
static void odd(struct binary *w, const struct trace_cpu *c, const struct trace_insn *i)
{
    struct codec_cpu *k = &w->k.cpu[c->index];
    const struct site *last = &w->k.site[k->site];
    uint8_t list[TRACE_MAX_WRITES + 1];
    unsigned n = c->writes(c, list);
    make_room(w, w->odd_n + 4096);
    mark(w, MARK_ODD);
    byte(w, i->exception);
    number(w, zigzag(i->va - last->va));
    number(w, zigzag(i->pa - i->va));
    w->n = (size_t)(put_bytes(w->raw + w->n, i->raw, 4) - w->raw);
    byte(w, n);
    for (unsigned r = 0; r < n; r++) {
        uint64_t high;
        k->low[list[r]] = trace_read(c, list[r], &high);
        byte(w, list[r]);
        number(w, k->low[list[r]]);
        if (list[r] >= TRACE_V && list[r] < TRACE_NZCV)
            number(w, k->high[list[r] - TRACE_V] = high);
    }
    number(w, w->n_pending + w->odd_count);
    for (unsigned m = 0; m < w->n_pending; m++) {
        const struct pending *p = &w->pending[m];
        byte(w, p->shape.flags);
        number(w, p->shape.size);
        number(w, p->va);
        number(w, p->pa);
        memcpy(w->raw + w->n, p->data, p->shape.size);
        w->n += p->shape.size;
    }
    if (w->odd_n != 0)
        memcpy(w->raw + w->n, w->odd, w->odd_n);
    w->n += w->odd_n;
    w->odd_n = 0;
    w->odd_count = 0;
}

/* A record under construction: what was not predicted. */
struct misses {
    uint32_t mask;
    unsigned item;
    uint8_t *p, detail[DETAIL];
};

static void put_raw(struct misses *x, uint64_t v)
{
    unsigned n = bytes_of(v);
    *x->p++ = (uint8_t)(RAW + n);
    x->p = put_bytes(x->p, v, n);
}

static ALWAYS_INLINE void one_access(struct binary *w, struct codec_cpu *k, struct site *s, unsigned n,
                                     const struct pending *a, struct misses *x)
{
    struct access_slot *m = &s->memory[n];
    uint64_t base = codec_base(k, s->raw), predicted = base + m->offset, *page = codec_page(&w->k, a->va),
             data[2];
    bool has_va = a->va == predicted, has_page = *page == a->pa >> 12;
    if (UNLIKELY(!has_va || !has_page)) {
        x->mask |= 1u << x->item;
        *x->p++ = (uint8_t)((has_va ? 0 : ADDRESS_VA) | (has_page ? 0 : ADDRESS_PAGE));
        if (!has_va)
            x->p = put_varint(x->p, zigzag(a->va - predicted));
        if (!has_page)
            x->p = put_varint(x->p, a->pa >> 12);
        m->offset = a->va - base;
        *page = a->pa >> 12;
    }
    x->item++;
    codec_data(&w->k, k, s, n, a->va, m->mode, data);
    if (UNLIKELY(data[0] != a->data[0] || data[1] != a->data[1])) {
        x->mask |= 1u << x->item;
        codec_data(&w->k, k, s, n, a->va, m->mode ^ 1, data);
        if (data[0] == a->data[0] && data[1] == a->data[1]) {
            m->mode ^= 1;
            *x->p++ = m->mode;
        } else {
            put_raw(x, a->data[0]);
            if (a->shape.size > 8)
                put_raw(x, a->data[1]);
        }
    }
    x->item++;
    codec_moved(&w->k, s, n, a->va, a->data);
}

static ALWAYS_INLINE void one_value(struct slot *s, unsigned n, const struct codec_values *v, uint64_t value,
                                    struct misses *x)
{
    if (UNLIKELY(codec_predict(s, s->mode, v, n) != value)) {
        unsigned mode = 0;
        while (mode < BY_MODES && codec_predict(s, mode, v, n) != value)
            mode++;
        x->mask |= 1u << x->item;
        uint64_t delta = value - s->last;
        if (mode < BY_MODES) {
            *x->p++ = s->mode = (uint8_t)mode;
        } else if (bytes_of(zigzag(delta)) < bytes_of(value)) {
            unsigned bytes = bytes_of(zigzag(delta));
            *x->p++ = (uint8_t)(DELTA + bytes);
            x->p = put_bytes(x->p, zigzag(delta), bytes);
        } else {
            put_raw(x, value);
        }
    }
    codec_learn(s, v, value);
    x->item++;
}

static ALWAYS_INLINE void values(struct binary *w, const struct trace_cpu *c, struct codec_cpu *k,
                                 struct site *s, const struct codec_values *v, struct misses *x)
{
    struct slot *slot = &w->k.slot[s->slot];
    for (unsigned n = 0; n < s->writes; n++) {
        unsigned reg = s->reg[n];
        uint64_t high, low = trace_read(c, reg, &high);
        one_value(slot++, n, v, low, x);
        k->low[reg] = low;
        if (reg >= TRACE_V && reg < TRACE_NZCV) {
            struct codec_values upper = *v;
            upper.base = 0;
            one_value(slot++, 1, &upper, high, x);
            k->high[reg - TRACE_V] = high;
        }
    }
}

static NOINLINE struct site *other_site(struct binary *w, const struct trace_cpu *c,
                                        const struct trace_insn *i, bool *is_new)
{
    uint8_t list[TRACE_MAX_WRITES + 1];
    struct site *s = codec_find(&w->k, i->va, i->pa, i->raw);
    *is_new = s == w->k.site;
    return *is_new ? codec_add(&w->k, i->va, i->pa, i->raw, c->writes(c, list), list) : s;
}

/* Emits an instruction that was not quite as predicted. */
static NOINLINE void surprise(struct binary *w, const struct site *last, const struct site *s, unsigned flags,
                              bool is_new, const struct misses *x)
{
    mark(w, MARK_INSN | flags);
    if (flags & INSN_SITE) {
        number(w, is_new ? 0 : zigzag((uint64_t)(s - last)) + 1);
        if (is_new) {
            number(w, zigzag(s->va - last->va - 4));
            number(w, zigzag(s->pa - s->va - (last->pa - last->va)));
            w->n = (size_t)(put_bytes(w->raw + w->n, s->raw, 4) - w->raw);
            byte(w, s->writes);
            for (unsigned n = 0; n < s->writes; n++)
                byte(w, s->reg[n]);
        }
    }
    if (flags & INSN_SHAPE) {
        byte(w, s->accesses);
        for (unsigned n = 0; n < s->accesses; n++) {
            byte(w, s->shape[n].size);
            byte(w, s->shape[n].flags);
        }
    }
    if (flags & INSN_MISSES) {
        size_t n = (size_t)(x->p - x->detail);
        number(w, x->mask);
        memcpy(w->raw + w->n, x->detail, n);
        w->n += n;
    }
}

static bool same_shape(const struct binary *w, const struct site *s)
{
    if (s->accesses != w->n_pending)
        return false;
    for (unsigned n = 0; n < w->n_pending; n++)
        if (memcmp(&s->shape[n], &w->pending[n].shape, sizeof(s->shape[n])) != 0)
            return false;
    return true;
}

static void usual(struct binary *w, const struct trace_cpu *c, const struct trace_insn *i)
{
    struct codec_cpu *k = &w->k.cpu[c->index];
    struct site *last = &w->k.site[k->site], *s = &w->k.site[last->next];
    struct misses x;
    unsigned flags = 0;
    bool is_new = false;
    x.mask = 0;
    x.item = 0;
    x.p = x.detail;
    if (UNLIKELY(s->va != i->va || s->raw != i->raw || s->pa != i->pa)) {
        s = other_site(w, c, i, &is_new);
        last->next = (uint32_t)(s - w->k.site);
        flags |= INSN_SITE;
    }
    if (UNLIKELY(!same_shape(w, s))) {
        flags |= INSN_SHAPE;
        s->accesses = (uint8_t)w->n_pending;
        for (unsigned n = 0; n < w->n_pending; n++)
            s->shape[n] = w->pending[n].shape;
    }
    struct codec_values v = {.base = k->low[i->raw >> 5 & 31]};
    for (unsigned n = 0; n < w->n_pending; n++) {
        const struct pending *a = &w->pending[n];
        one_access(w, k, s, n, a, &x);
        if (v.size == 0 && !(a->shape.flags & 1)) {
            v.loaded[0] = a->data[0];
            v.loaded[1] = a->data[1];
            v.size = a->shape.size;
            v.pair = (i->raw & 0x3a000000) == 0x28000000;
        }
    }
    values(w, c, k, s, &v, &x);
    k->site = (uint32_t)(s - w->k.site);
    flags |= x.mask != 0 ? INSN_MISSES : 0;
    if (UNLIKELY(flags != 0))
        surprise(w, last, s, flags, is_new, &x);
    else
        w->run++;
}

/* Has the instruction changed FPSR? */
static bool changes_fpsr(struct binary *w, const struct trace_cpu *c)
{
    uint8_t list[TRACE_MAX_WRITES + 1];
    if (LIKELY(!w->fresh))
        return *c->fpsr != w->k.cpu[c->index].low[TRACE_FPSR];
    w->fresh = false;
    return memchr(list, TRACE_FPSR, c->writes(c, list)) != NULL;
}

static void on_done(void *opaque, const struct trace_cpu *c, const struct trace_insn *i)
{
    struct binary *w = opaque;
    select_cpu(w, c, true);
    struct codec_cpu *k = &w->k.cpu[c->index];
    if (UNLIKELY(w->recheck)) {
        w->recheck = false;
        if (count_moved(w, c, k->insns + 1)) {
            mark(w, MARK_COUNT);
            move_count(w, c, k->insns + 1);
        }
    }
    if (UNLIKELY(i->exception || w->odd_count != 0 || changes_fpsr(w, c)))
        odd(w, c, i);
    else
        usual(w, c, i);
    w->n_pending = 0;
    w->insns++;
    k->insns++;
}

/* ---- events ---- */

/* The number of a static text, written the first time. */
static unsigned text_number(struct binary *w, const char *text)
{
    if (text == NULL)
        return 0;
    size_t at = ((uintptr_t)text * UINT64_C(0x9e3779b97f4a7c15) >> 40) & (TEXTS - 1);
    while (w->texts[at].number != 0 && w->texts[at].text != text)
        at = (at + 1) & (TEXTS - 1);
    if (w->texts[at].number != 0)
        return w->texts[at].number;
    if (w->n_texts == TEXTS - 2) /* no sink of texts makes them up */
        bug("--trace binary: too many texts");
    w->texts[at] = (struct text){text, ++w->n_texts};
    size_t length = strlen(text) < 255 ? strlen(text) : 255;
    mark(w, MARK_STRING);
    byte(w, (unsigned)length);
    memcpy(w->raw + w->n, text, length);
    w->n += length;
    return w->n_texts;
}

/* Registers that change otherwise than by instructions: the SP by exceptions, NZCV by returns; by a reset
 * all. */
static unsigned changed_registers(struct binary *w, const struct trace_cpu *c, bool all, uint8_t *list)
{
    static const uint8_t few[] = {TRACE_SP, TRACE_NZCV, TRACE_FPSR, TRACE_FPCR};
    const struct codec_cpu *k = &w->k.cpu[c->index];
    unsigned n = 0;
    for (unsigned m = 0; m < (all ? (unsigned)TRACE_REGS : ARRAY_LEN(few)); m++) {
        unsigned r = all ? m : few[m];
        uint64_t high, low = trace_read(c, r, &high);
        if (low != k->low[r] || (r >= TRACE_V && r < TRACE_NZCV && high != k->high[r - TRACE_V]))
            list[n++] = (uint8_t)r;
    }
    return n;
}

static void event_registers(struct binary *w, const struct trace_cpu *c, const uint8_t *list, unsigned n)
{
    struct codec_cpu *k = &w->k.cpu[c->index];
    byte(w, n);
    for (unsigned m = 0; m < n; m++) {
        uint64_t high;
        k->low[list[m]] = trace_read(c, list[m], &high);
        byte(w, list[m]);
        number(w, k->low[list[m]]);
        if (list[m] >= TRACE_V && list[m] < TRACE_NZCV)
            number(w, k->high[list[m] - TRACE_V] = high);
    }
}

static void fields(struct binary *w, unsigned kind, const void *event, const unsigned *texts)
{
    const struct event_row *row = event_row(kind);
    void *last = &w->k.event[kind];
    uint64_t value[EVENT_FIELDS];
    uint32_t mask = 0;
    for (unsigned n = 0; n < row->n; n++) {
        value[n] = row->field[n].type == FIELD_TEXT ? texts[n] : event_get(&row->field[n], event);
        mask |= (uint32_t)(value[n] != event_get(&row->field[n], last)) << n;
    }
    number(w, mask);
    for (unsigned n = 0; n < row->n; n++) {
        if (!(mask >> n & 1))
            continue;
        number(w, zigzag(value[n] - event_get(&row->field[n], last)));
        event_set(&row->field[n], last, value[n]);
    }
}

static void event(struct binary *w, const struct trace_cpu *c, unsigned kind, const void *e)
{
    const struct event_row *row = event_row(kind);
    bool within = c->insn.executing;
    unsigned texts[EVENT_FIELDS], head = kind;
    uint8_t list[TRACE_REGS];
    select_cpu(w, c, within);
    make_room(w, 0);
    struct codec_cpu *k = &w->k.cpu[c->index];
    for (unsigned n = 0; n < row->n; n++)
        if (row->field[n].type == FIELD_TEXT)
            texts[n] = text_number(w, (const char *)(uintptr_t)event_get(&row->field[n], e));
    unsigned n = changed_registers(w, c, kind == TRACE_KIND_state, list);
    bool moved = count_moved(w, c, k->insns + within);
    head |= (moved ? EVENT_COUNT : 0) | (n != 0 ? EVENT_REGS : 0) | (within ? EVENT_WITHIN : 0) |
            (memcmp(&k->where, &c->where, sizeof(k->where)) != 0 ? EVENT_WHERE : 0);
    mark(w, MARK_EVENT);
    byte(w, head);
    if (moved)
        move_count(w, c, k->insns + within);
    if (head & EVENT_WHERE) {
        k->where = c->where;
        where(w, &k->where);
    }
    if (n != 0)
        event_registers(w, c, list, n);
    fields(w, kind, e, texts);
    w->recheck |= !within;
}

#define ON(name, type, speed, what)                                                                          \
    static UNUSED void on_cold_##name(void *opaque, const struct trace_cpu *c, const struct type *e)         \
    {                                                                                                        \
        event(opaque, c, TRACE_KIND_##name, e);                                                              \
    }
TRACE_EVENTS(ON)
#undef ON
_Static_assert(TRACE_KINDS <= EVENT_KIND + 1, "four bits");

static void on_close(void *opaque)
{
    struct binary *w = opaque;
    end_block(w);
    trailer(w);
    if (fclose(w->out) != 0 && !w->failed)
        warn("--trace binary: %s: %s", w->file, strerror(errno));
    ZSTD_freeCCtx(w->zstd);
    codec_free(&w->k);
    free(w->raw);
    free(w->packed);
    free(w->odd);
    free(w->index);
    free(w->file);
    free(w);
}

void binary_open(const struct sink_config *cfg, struct tracer *t)
{
    struct binary *w = xcalloc(1, sizeof(*w));
    w->out = fopen(cfg->file, "wb");
    if (w->out == NULL)
        user_error("--trace binary: %s: %s", cfg->file, strerror(errno));
    w->file = xstrdup(cfg->file);
    codec_init(&w->k, cfg->n_cpus, cfg->ns_per_insn);
    w->room = BLOCK_BYTES + 2 * SLACK;
    w->raw = xmalloc(w->room);
    w->zstd = ZSTD_createCCtx();
    header(w, cfg);
    *t = (struct tracer){.opaque = w};
#define MINE(name, type, speed, what) t->name = on_cold_##name;
    TRACE_EVENTS(MINE)
#undef MINE
    t->insn = NULL;
    t->done = on_done;
    t->memory = on_memory;
    t->close = on_close;
}
