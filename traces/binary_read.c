/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The reader of compact traces. See binary_read.h; the format and the predictors are in codec.h. Every number
 * of the file that becomes an index or a size is checked here.
 */
#include "traces/binary_read.h"

#include <stdarg.h>
#include <stdlib.h>

#include <zlib.h>
#include <zstd.h>

#include "base/log.h"
#include "traces/codec.h"

enum {
    MAX_CPUS = 128,
    MAX_QUEUE = 1 << 16,
    MAX_TEXTS = 1 << 12,
    MAX_ACCESS = 1 << 16,
    MAX_ACCESSES = 1 << 16
};

/* A CPU as a tracer sees it. */
struct view {
    struct trace_cpu c;
    struct binary_reader *reader;
    uint64_t x[33], v[64], flags[4], insns, ns;
    uint32_t fpcr, fpsr;
    bool known;
    const struct binary_item *item; /* the one being delivered */
};

struct block {
    uint64_t offset, first, insns;
};

struct binary_reader {
    FILE *f;
    struct binary_info info;
    char error[READ_ERROR];
    struct codec k;
    struct view *view;

    struct block *index;
    uint64_t next_offset; /* of the block to read next */
    uint64_t end;         /* where blocks end */

    uint8_t *raw, *packed;
    const uint8_t *p, *stop;
    ZSTD_DCtx *zstd;
    uint64_t sequence, left; /* left: instructions of the block that are to come */
    uint64_t run;
    unsigned mark; /* the record after the run */
    bool has_mark;

    char **interned;
    unsigned n_interned;
    const char *text[MAX_TEXTS]; /* of this block */
    unsigned n_texts;

    struct binary_item *queue; /* insn or events; then `done` */
    unsigned queued, taken, room;
    struct binary_item insn, done;
    struct trace_where before; /* the first event of the queue */
    bool has_insn, has_done;
    struct trace_memory *access;
    unsigned access_room;
    uint8_t *data;
    size_t data_room;
};

/* ---- errors and bytes ---- */

static PRINTF_LIKE(2, 3) bool fail(struct binary_reader *r, const char *fmt, ...)
{
    va_list ap;
    if (r->error[0] == 0) {
        va_start(ap, fmt);
        vsnprintf(r->error, sizeof(r->error), fmt, ap);
        va_end(ap);
    }
    r->p = r->stop;
    return false;
}

static bool damaged(struct binary_reader *r)
{
    return fail(r, "damaged: a record of the block that begins with instruction %llu makes no sense",
                (unsigned long long)(r->sequence));
}

static unsigned get_byte(struct binary_reader *r)
{
    if (r->p < r->stop)
        return *r->p++;
    damaged(r);
    return 0;
}

static uint64_t get_varint(struct binary_reader *r)
{
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        unsigned b = get_byte(r);
        v |= (uint64_t)(b & 0x7f) << shift;
        if (!(b & 0x80))
            return v;
    }
    damaged(r);
    return 0;
}

static uint64_t unzigzag(uint64_t v)
{
    return v >> 1 ^ -(v & 1);
}

static uint64_t get_signed(struct binary_reader *r)
{
    return unzigzag(get_varint(r));
}

static uint64_t get_bytes(struct binary_reader *r, unsigned n)
{
    uint64_t v = 0;
    if ((size_t)(r->stop - r->p) < n) {
        damaged(r);
        return 0;
    }
    memcpy(&v, r->p, n);
    r->p += n;
    return v;
}

static uint32_t u32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, 4);
    return v;
}

static uint64_t u64(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}

/* ---- views ---- */

static struct view *view_of(const struct trace_cpu *c)
{
    return CONTAINER_OF((struct trace_cpu *)(uintptr_t)c, struct view, c);
}

static uint64_t view_insns(const struct trace_cpu *c)
{
    return view_of(c)->insns;
}

static uint64_t view_ns(const struct trace_cpu *c)
{
    return view_of(c)->ns;
}

static uint32_t view_pstate(const struct trace_cpu *c)
{
    return trace_nzcv(c) << 28 | (uint32_t)c->where.el << 2 | c->where.spsel;
}

static unsigned view_writes(const struct trace_cpu *c, uint8_t *list)
{
    const struct binary_item *item = view_of(c)->item;
    unsigned n = item != NULL && item->kind == TRACE_KIND_done ? item->n_regs : 0;
    n = n < TRACE_MAX_WRITES ? n : (unsigned)TRACE_MAX_WRITES;
    memcpy(list, item != NULL ? item->reg : list, n);
    return n;
}

static void set_register(struct view *v, unsigned reg, uint64_t low, uint64_t high)
{
    if (reg < TRACE_SP) {
        v->x[reg] = low;
    } else if (reg == TRACE_SP) {
        v->x[32] = low;
    } else if (reg < TRACE_NZCV) {
        v->v[2 * (reg - TRACE_V)] = low;
        v->v[2 * (reg - TRACE_V) + 1] = high;
    } else if (reg == TRACE_NZCV) {
        v->flags[0] = low << 60;
        v->flags[1] = (low & 4) == 0;
        v->flags[2] = low >> 1 & 1;
        v->flags[3] = low << 63;
    } else if (reg == TRACE_FPSR) {
        v->fpsr = (uint32_t)low;
    } else {
        v->fpcr = (uint32_t)low;
    }
}

static void make_views(struct binary_reader *r)
{
    r->view = xcalloc(r->info.n_cpus, sizeof(r->view[0]));
    for (unsigned n = 0; n < r->info.n_cpus; n++) {
        struct view *v = &r->view[n];
        v->reader = r;
        v->c = (struct trace_cpu){.index = n,
                                  .x = v->x,
                                  .v = v->v,
                                  .flags = v->flags,
                                  .fpcr = &v->fpcr,
                                  .fpsr = &v->fpsr,
                                  .insns = view_insns,
                                  .ns = view_ns,
                                  .pstate = view_pstate,
                                  .writes = view_writes};
    }
}

/* ---- the file ---- */

static bool read_at(struct binary_reader *r, uint64_t offset, void *data, size_t n)
{
    return fseeko(r->f, (off_t)offset, SEEK_SET) == 0 && fread(data, 1, n, r->f) == n;
}

static bool read_header(struct binary_reader *r)
{
    uint8_t h[BINARY_HEADER];
    if (!read_at(r, 0, h, sizeof(h)) || memcmp(h, BINARY_MAGIC, 8) != 0)
        return fail(r, "is not a binary trace of el2sim");
    if (u32(h + 8) != BINARY_VERSION)
        return fail(r, "is a trace of version %u; this el2sim reads version %u", u32(h + 8),
                    (unsigned)BINARY_VERSION);
    if (u32(h + BINARY_HEADER - 4) != (uint32_t)crc32_z(0, h, BINARY_HEADER - 4))
        return fail(r, "damaged: the header's checksum is wrong");
    r->info.version = BINARY_VERSION;
    r->info.n_cpus = u32(h + 12);
    r->info.ns_per_insn = u64(h + 16);
    memcpy(r->info.cpu, h + 24, BINARY_MODEL);
    r->info.cpu[BINARY_MODEL - 1] = 0;
    if (r->info.n_cpus == 0 || r->info.n_cpus > MAX_CPUS)
        return fail(r, "damaged: %u CPUs", r->info.n_cpus);
    return true;
}

/* The index at the end. Without one the file was cut off: blocks are read one after the other. */
static void read_index(struct binary_reader *r)
{
    uint8_t t[BINARY_TRAILER], e[BINARY_INDEX_ENTRY];
    r->end = r->info.bytes;
    if (r->info.bytes < BINARY_HEADER + BINARY_TRAILER ||
        !read_at(r, r->info.bytes - BINARY_TRAILER, t, sizeof(t)) ||
        memcmp(t + 24, BINARY_INDEX_MAGIC, 8) != 0)
        return;
    uint64_t at = u64(t), count = u64(t + 8), room = r->info.bytes - BINARY_TRAILER;
    if (at < BINARY_HEADER || at > room || (room - at) / BINARY_INDEX_ENTRY != count ||
        (room - at) % BINARY_INDEX_ENTRY != 0)
        return;
    uint32_t crc = 0;
    r->index = xcalloc(count + 1, sizeof(r->index[0]));
    for (uint64_t n = 0; n < count && read_at(r, at + n * sizeof(e), e, sizeof(e)); n++) {
        crc = (uint32_t)crc32_z(crc, e, sizeof(e));
        r->index[n] = (struct block){u64(e), u64(e + 8), u64(e + 16)};
        r->info.insns = r->index[n].first + r->index[n].insns;
    }
    if ((uint32_t)crc32_z(crc, t, 16) != u32(t + 16))
        return;
    r->info.blocks = count;
    r->info.indexed = true;
    r->end = at;
}

struct binary_reader *binary_reader_open(FILE *f, char *error)
{
    struct binary_reader *r = xcalloc(1, sizeof(*r));
    r->f = f;
    bool good = fseeko(f, 0, SEEK_END) == 0;
    off_t bytes = good ? ftello(f) : -1;
    r->info.bytes = bytes > 0 ? (uint64_t)bytes : 0;
    if (!good || !read_header(r)) {
        snprintf(error, READ_ERROR, "%s",
                 r->error[0] != 0 ? r->error : "can't be read: a file that can seek is wanted");
        binary_reader_free(r);
        return NULL;
    }
    read_index(r);
    codec_init(&r->k, r->info.n_cpus, r->info.ns_per_insn);
    make_views(r);
    r->zstd = ZSTD_createDCtx();
    r->next_offset = BINARY_HEADER;
    return r;
}

void binary_reader_free(struct binary_reader *r)
{
    if (r == NULL)
        return;
    for (unsigned n = 0; n < r->n_interned; n++)
        free(r->interned[n]);
    free(r->interned);
    codec_free(&r->k);
    ZSTD_freeDCtx(r->zstd);
    free(r->view);
    free(r->index);
    free(r->raw);
    free(r->packed);
    free(r->queue);
    free(r->access);
    free(r->data);
    free(r);
}

const struct binary_info *binary_reader_info(const struct binary_reader *r)
{
    return &r->info;
}

const char *binary_reader_error(const struct binary_reader *r)
{
    return r->error[0] != 0 ? r->error : NULL;
}

const struct trace_cpu *binary_reader_cpu(const struct binary_reader *r, unsigned cpu)
{
    return &r->view[cpu].c;
}

/* The next block of the file into r->p..stop. False: the end, or an error. */
static bool read_block(struct binary_reader *r)
{
    uint8_t h[BINARY_BLOCK_HEADER];
    uint64_t at = r->next_offset;
    if (r->error[0] != 0 || at >= r->end)
        return false;
    if (r->end - at < sizeof(h) || !read_at(r, at, h, sizeof(h)) || u32(h) != BINARY_BLOCK_MAGIC)
        return fail(r, "damaged or cut off: no block at byte %llu", (unsigned long long)at);
    uint32_t size = u32(h + 8), packed = u32(h + 12);
    if (size > BLOCK_MAX || packed > ZSTD_compressBound(BLOCK_MAX) || packed > r->end - at - sizeof(h) ||
        u64(h + 24) > BLOCK_INSNS)
        return fail(r, "damaged or cut off: the block at byte %llu is not complete", (unsigned long long)at);
    r->raw = xrealloc(r->raw, (size_t)size + 8);
    r->packed = xrealloc(r->packed, (size_t)packed + 8);
    if (!read_at(r, at + sizeof(h), r->packed, packed) ||
        (uint32_t)crc32_z(crc32_z(0, h + 8, sizeof(h) - 8), r->packed, packed) != u32(h + 4))
        return fail(r, "damaged: the checksum of the block at byte %llu is wrong", (unsigned long long)at);
    size_t n = ZSTD_decompressDCtx(r->zstd, r->raw, size, r->packed, packed);
    if (ZSTD_isError(n) || n != size)
        return fail(r, "damaged: the block at byte %llu can't be unpacked", (unsigned long long)at);
    r->p = r->raw;
    r->stop = r->raw + size;
    r->sequence = u64(h + 16);
    r->left = u64(h + 24);
    r->next_offset = at + sizeof(h) + packed;
    r->run = 0;
    r->has_mark = false;
    r->n_texts = 0;
    codec_reset(&r->k);
    return true;
}

bool binary_reader_seek(struct binary_reader *r, uint64_t sequence)
{
    r->p = r->stop = r->raw;
    r->run = r->queued = r->taken = 0;
    r->has_mark = r->has_insn = r->has_done = false;
    r->next_offset = BINARY_HEADER;
    for (unsigned n = 0; n < r->info.n_cpus; n++)
        r->view[n].known = false;
    for (uint64_t n = 0; n < r->info.blocks && r->index[n].first <= sequence; n++)
        r->next_offset = r->index[n].offset;
    return r->error[0] == 0;
}

/* ---- CPUs ---- */

static struct trace_where get_where(struct binary_reader *r)
{
    unsigned a = get_byte(r), b = get_byte(r);
    struct trace_where w;
    memset(&w, 0, sizeof(w));
    w.el = a & 3;
    w.regime = a >> 2 & 3;
    w.spsel = a >> 4 & 1;
    w.secure = a >> 5 & 1;
    w.stage2 = a >> 6 & 1;
    w.e2h = b & 1;
    w.tge = b >> 1 & 1;
    w.asid = (uint16_t)get_varint(r);
    w.vmid = (uint16_t)get_varint(r);
    return w;
}

static void get_cpu(struct binary_reader *r)
{
    unsigned n = (unsigned)get_varint(r);
    if (n >= r->info.n_cpus) {
        damaged(r);
        return;
    }
    struct codec_cpu *k = &r->k.cpu[n];
    struct view *v = &r->view[n];
    r->k.current = n;
    if (k->known)
        return;
    k->known = true;
    k->where = get_where(r);
    k->insns = get_varint(r);
    k->skew = get_signed(r);
    for (unsigned reg = 0; reg < TRACE_REGS; reg++) {
        k->low[reg] = get_varint(r);
        if (reg >= TRACE_V && reg < TRACE_NZCV)
            k->high[reg - TRACE_V] = get_varint(r);
        if (!v->known)
            set_register(v, reg, k->low[reg],
                         reg >= TRACE_V && reg < TRACE_NZCV ? k->high[reg - TRACE_V] : 0);
    }
    if (!v->known)
        v->c.where = k->where;
    v->known = true;
}

static void get_count(struct binary_reader *r, struct codec_cpu *k)
{
    k->insns += get_signed(r);
    k->skew += get_signed(r);
}

/* ---- items ---- */

static struct codec_cpu *current(struct binary_reader *r)
{
    if (r->k.current < r->info.n_cpus)
        return &r->k.cpu[r->k.current];
    damaged(r);
    return NULL;
}

static void begin_item(const struct binary_reader *r, struct binary_item *item, unsigned kind,
                       const struct codec_cpu *k, uint64_t insns)
{
    item->kind = (uint8_t)kind;
    item->cpu = r->k.current;
    item->sequence = r->sequence;
    item->insns = insns;
    item->ns = insns * r->info.ns_per_insn + k->skew;
    item->where = k->where;
    item->insn = (struct trace_insn){.executing = true};
    item->n_regs = item->n_accesses = 0;
    item->access = NULL;
}

static void add_register(struct binary_item *item, struct codec_cpu *k, unsigned reg, uint64_t low,
                         uint64_t high)
{
    k->low[reg] = low;
    if (reg >= TRACE_V && reg < TRACE_NZCV)
        k->high[reg - TRACE_V] = high;
    if (item->n_regs == TRACE_REGS)
        return;
    item->reg[item->n_regs] = (uint8_t)reg;
    item->low[item->n_regs] = low;
    item->high[item->n_regs++] = high;
}

static bool get_register(struct binary_reader *r, struct binary_item *item, struct codec_cpu *k)
{
    unsigned reg = get_byte(r);
    if (reg >= TRACE_REGS)
        return damaged(r);
    uint64_t low = get_varint(r), high = reg >= TRACE_V && reg < TRACE_NZCV ? get_varint(r) : 0;
    add_register(item, k, reg, low, high);
    return r->error[0] == 0;
}

/* Room for n accesses with `bytes` of data in all. */
static void room_for(struct binary_reader *r, unsigned n, size_t bytes)
{
    if (n > r->access_room) {
        r->access = xrealloc(r->access, n * sizeof(r->access[0]));
        r->access_room = n;
    }
    if (bytes > r->data_room) {
        r->data = xrealloc(r->data, bytes);
        r->data_room = bytes;
    }
}

static void begin_insn(struct binary_reader *r, struct codec_cpu *k)
{
    begin_item(r, &r->insn, TRACE_KIND_insn, k, k->insns + 1);
    begin_item(r, &r->done, TRACE_KIND_done, k, k->insns + 1);
}

static void end_insn(struct binary_reader *r, struct codec_cpu *k, uint64_t va, uint64_t pa, uint32_t raw,
                     bool exception)
{
    const struct trace_insn i = {.va = va, .pa = pa, .raw = raw, .executing = true};
    r->insn.insn = r->done.insn = i;
    r->done.insn.exception = exception;
    r->has_insn = r->has_done = true;
    r->done.access = r->access;
    r->sequence++;
    r->left--;
    k->insns++;
}

static bool get_odd(struct binary_reader *r)
{
    struct codec_cpu *k = current(r);
    if (k == NULL || r->left == 0)
        return damaged(r);
    const struct site *last = &r->k.site[k->site];
    begin_insn(r, k);
    bool exception = get_byte(r);
    uint64_t va = last->va + get_signed(r), pa = va + get_signed(r);
    uint32_t raw = (uint32_t)get_bytes(r, 4);
    unsigned n = get_byte(r);
    if (n > TRACE_MAX_WRITES + 1)
        return damaged(r);
    for (unsigned m = 0; m < n; m++)
        if (!get_register(r, &r->done, k))
            return false;
    uint64_t accesses = get_varint(r);
    if (accesses > MAX_ACCESSES || accesses > (uint64_t)(r->stop - r->p))
        return damaged(r);
    room_for(r, (unsigned)accesses, (size_t)(r->stop - r->p));
    size_t used = 0;
    for (unsigned m = 0; m < accesses; m++) {
        unsigned flags = get_byte(r);
        uint64_t size = get_varint(r), at = get_varint(r), to = get_varint(r);
        if (r->error[0] != 0 || size > MAX_ACCESS || size > (uint64_t)(r->stop - r->p) ||
            flags >> 1 > TRACE_NV2)
            return damaged(r);
        memcpy(r->data + used, r->p, size);
        r->access[m] = (struct trace_memory){.va = at,
                                             .pa = to,
                                             .data = r->data + used,
                                             .size = (uint32_t)size,
                                             .access = (uint8_t)(flags >> 1),
                                             .write = flags & 1};
        r->p += size;
        used += size;
    }
    r->done.n_accesses = (unsigned)accesses;
    if (r->error[0] == 0)
        end_insn(r, k, va, pa, raw, exception);
    return r->error[0] == 0;
}

static bool get_new_site(struct binary_reader *r, const struct site *last, struct site **s)
{
    uint64_t va = last->va + 4 + get_signed(r), pa = va + (last->pa - last->va) + get_signed(r);
    uint32_t raw = (uint32_t)get_bytes(r, 4);
    unsigned writes = get_byte(r);
    uint8_t reg[SITE_WRITES];
    if (writes > SITE_WRITES || codec_is_full(&r->k))
        return damaged(r);
    for (unsigned n = 0; n < writes; n++)
        if ((reg[n] = (uint8_t)get_byte(r)) >= TRACE_REGS)
            return damaged(r);
    if (r->error[0] != 0)
        return false;
    *s = codec_add(&r->k, va, pa, raw, writes, reg);
    return true;
}

/* A value that was not predicted; mode BY_MODES: it is in *value. */
static unsigned get_value(struct binary_reader *r, uint64_t last, uint64_t *value)
{
    unsigned how = get_byte(r);
    if (how < BY_MODES)
        return how;
    if (how >= RAW && how <= RAW + 8)
        *value = get_bytes(r, how - RAW);
    else if (how >= DELTA && how <= DELTA + 8)
        *value = last + unzigzag(get_bytes(r, how - DELTA));
    else
        damaged(r);
    return BY_MODES;
}

static bool get_access(struct binary_reader *r, struct codec_cpu *k, struct site *s, unsigned n,
                       uint32_t mask, unsigned item, struct codec_values *v)
{
    struct access_slot *m = &s->memory[n];
    uint64_t base = codec_base(k, s->raw), va = base + m->offset, page = 0, data[2];
    unsigned given = mask >> item & 1 ? get_byte(r) : 0;
    if (given & ADDRESS_VA)
        va += get_signed(r);
    if (given & ADDRESS_PAGE)
        page = get_varint(r);
    uint64_t *known = codec_page(&r->k, va);
    if (given & ADDRESS_PAGE)
        *known = page;
    m->offset = va - base;
    codec_data(&r->k, k, s, n, va, m->mode, data);
    if (mask >> (item + 1) & 1) {
        uint64_t raw = 0;
        unsigned mode = get_value(r, 0, &raw);
        if (mode < 2) {
            m->mode = (uint8_t)mode;
            codec_data(&r->k, k, s, n, va, mode, data);
        } else if (mode == BY_MODES) {
            data[0] = raw;
            data[1] = 0;
            if (s->shape[n].size > 8 && get_value(r, 0, &data[1]) != BY_MODES)
                return damaged(r);
        } else {
            return damaged(r);
        }
    }
    codec_moved(&r->k, s, n, va, data);
    uint8_t *bytes = r->data + n * (size_t)SITE_DATA;
    memcpy(bytes, data, SITE_DATA);
    r->access[n] = (struct trace_memory){.va = va,
                                         .pa = *known << 12 | (va & 4095),
                                         .data = bytes,
                                         .size = s->shape[n].size,
                                         .access = s->shape[n].flags >> 1,
                                         .write = s->shape[n].flags & 1};
    if (v->size == 0 && !r->access[n].write) {
        v->loaded[0] = data[0];
        v->loaded[1] = data[1];
        v->size = s->shape[n].size;
        v->pair = (s->raw & 0x3a000000) == 0x28000000;
    }
    return r->error[0] == 0;
}

static uint64_t get_slot(struct binary_reader *r, struct slot *s, unsigned n, const struct codec_values *v,
                         bool missed)
{
    uint64_t value = 0;
    if (missed) {
        unsigned mode = get_value(r, s->last, &value);
        if (mode < BY_MODES) {
            s->mode = (uint8_t)mode;
            value = codec_predict(s, mode, v, n);
        }
    } else {
        value = codec_predict(s, s->mode, v, n);
    }
    codec_learn(s, v, value);
    return value;
}

static bool get_values(struct binary_reader *r, struct codec_cpu *k, struct site *s,
                       const struct codec_values *v, uint32_t mask, unsigned item)
{
    struct slot *slot = &r->k.slot[s->slot];
    for (unsigned n = 0; n < s->writes; n++) {
        unsigned reg = s->reg[n];
        uint64_t high = 0, low = get_slot(r, slot++, n, v, mask >> item & 1);
        item++;
        if (reg >= TRACE_V && reg < TRACE_NZCV) {
            struct codec_values upper = *v;
            upper.base = 0;
            high = get_slot(r, slot++, 1, &upper, mask >> item & 1);
            item++;
        }
        add_register(&r->done, k, reg, low, high);
    }
    return r->error[0] == 0;
}

/* An instruction of the given site, with what was not predicted in `mask`. */
static bool make_insn(struct binary_reader *r, struct codec_cpu *k, struct site *s, uint32_t mask)
{
    struct codec_values v = {.base = k->low[s->raw >> 5 & 31]};
    unsigned item = 0;
    begin_insn(r, k);
    room_for(r, SITE_MEMORY, SITE_MEMORY * SITE_DATA);
    for (unsigned n = 0; n < s->accesses; n++, item += 2)
        if (!get_access(r, k, s, n, mask, item, &v))
            return false;
    r->done.n_accesses = s->accesses;
    if (!get_values(r, k, s, &v, mask, item))
        return false;
    k->site = (uint32_t)(s - r->k.site);
    end_insn(r, k, s->va, s->pa, s->raw, false);
    return true;
}

static bool get_shape(struct binary_reader *r, struct site *s)
{
    unsigned n = get_byte(r);
    if (n > SITE_MEMORY)
        return damaged(r);
    s->accesses = (uint8_t)n;
    for (unsigned m = 0; m < n; m++) {
        s->shape[m].size = (uint8_t)get_byte(r);
        s->shape[m].flags = (uint8_t)get_byte(r);
        if (s->shape[m].size == 0 || s->shape[m].size > SITE_DATA || s->shape[m].flags >> 1 > TRACE_NV2)
            return damaged(r);
    }
    return r->error[0] == 0;
}

static bool get_surprise(struct binary_reader *r, unsigned flags)
{
    struct codec_cpu *k = current(r);
    if (k == NULL || r->left == 0)
        return damaged(r);
    struct site *last = &r->k.site[k->site], *s = &r->k.site[last->next];
    if (flags & INSN_SITE) {
        uint64_t step = get_varint(r);
        uint64_t index = k->site + unzigzag(step - 1);
        if (step == 0) {
            if (!get_new_site(r, last, &s))
                return false;
        } else if (index > r->k.sites) {
            return damaged(r);
        } else {
            s = &r->k.site[index];
        }
        last->next = (uint32_t)(s - r->k.site);
    }
    if (s == r->k.site || r->error[0] != 0 || ((flags & INSN_SHAPE) && !get_shape(r, s)))
        return damaged(r);
    uint32_t mask = flags & INSN_MISSES ? (uint32_t)get_varint(r) : 0;
    return r->error[0] == 0 && make_insn(r, k, s, mask);
}

static bool get_predicted(struct binary_reader *r)
{
    struct codec_cpu *k = current(r);
    if (k == NULL || r->left == 0)
        return damaged(r);
    struct site *s = &r->k.site[r->k.site[k->site].next];
    return s != r->k.site ? make_insn(r, k, s, 0) : damaged(r);
}

/* ---- events ---- */

/* A copy of the text that lives as long as the reader. */
static const char *intern(struct binary_reader *r, const uint8_t *text, size_t length)
{
    for (unsigned n = 0; n < r->n_interned; n++)
        if (strlen(r->interned[n]) == length && memcmp(r->interned[n], text, length) == 0)
            return r->interned[n];
    char *copy = xmalloc(length + 1);
    memcpy(copy, text, length);
    copy[length] = 0;
    for (size_t n = 0; n < length; n++)
        copy[n] = copy[n] >= ' ' && copy[n] < 127 ? copy[n] : '?';
    r->interned = xrealloc(r->interned, (r->n_interned + 1) * sizeof(r->interned[0]));
    return r->interned[r->n_interned++] = copy;
}

static void get_text(struct binary_reader *r)
{
    size_t length = get_byte(r);
    if (length > (size_t)(r->stop - r->p) || r->n_texts == MAX_TEXTS || r->n_interned > 2 * MAX_TEXTS) {
        damaged(r);
        return;
    }
    r->text[r->n_texts++] = intern(r, r->p, length);
    r->p += length;
}

/* Texts that events may not be without: those that are not NULL by their description. */
static bool complete(unsigned kind, const void *event)
{
    switch (kind) {
    case TRACE_KIND_exception:
        return ((const struct trace_exception *)event)->name != NULL &&
               ((const struct trace_exception *)event)->route != NULL;
    case TRACE_KIND_sysreg:
        return ((const struct trace_sysreg *)event)->name != NULL &&
               ((const struct trace_sysreg *)event)->reached != NULL;
    case TRACE_KIND_walk:
        return ((const struct trace_walk *)event)->step <= TRACE_WALK_RESULT;
    case TRACE_KIND_tlbi:
        return ((const struct trace_tlbi *)event)->name != NULL;
    case TRACE_KIND_interrupt: {
        const struct trace_interrupt *e = event;
        return e->what <= TRACE_IRQ_DEACTIVATE && (e->what != TRACE_IRQ_LINE || e->line != NULL);
    }
    case TRACE_KIND_timer:
    case TRACE_KIND_power:
    case TRACE_KIND_barrier:
    case TRACE_KIND_state:
    case TRACE_KIND_note: /* the text comes first */
        return *(const char *const *)event != NULL;
    default:
        return true;
    }
}

static bool get_fields(struct binary_reader *r, unsigned kind, struct binary_item *item)
{
    const struct event_row *row = event_row(kind);
    void *last = &r->k.event[kind];
    uint32_t mask = (uint32_t)get_varint(r);
    memset(&item->event, 0, sizeof(item->event));
    for (unsigned n = 0; n < row->n; n++) {
        uint64_t value = event_get(&row->field[n], last);
        if (mask >> n & 1) {
            value += get_signed(r);
            event_set(&row->field[n], last, value);
            value = event_get(&row->field[n], last);
        }
        if (row->field[n].type == FIELD_TEXT) {
            if (value > r->n_texts)
                return damaged(r);
            value = value != 0 ? (uint64_t)(uintptr_t)r->text[value - 1] : 0;
        }
        event_set(&row->field[n], &item->event, value);
    }
    return r->error[0] == 0 && (complete(kind, &item->event) || damaged(r));
}

/* An event into the queue; *within: the instruction that it belongs to comes later. */
static bool get_event(struct binary_reader *r, bool *within)
{
    struct codec_cpu *k = current(r);
    unsigned head = get_byte(r), kind = head & EVENT_KIND;
    if (k == NULL || kind >= TRACE_KINDS || event_row(kind)->n == 0 || r->queued == MAX_QUEUE)
        return damaged(r);
    if (r->queued == r->room) {
        r->room = r->room != 0 ? 2 * r->room : 16;
        r->queue = xrealloc(r->queue, r->room * sizeof(r->queue[0]));
    }
    *within = head & EVENT_WITHIN;
    if (head & EVENT_COUNT)
        get_count(r, k);
    if (r->queued == 0)
        r->before = k->where;
    if (head & EVENT_WHERE)
        k->where = get_where(r);
    struct binary_item *item = &r->queue[r->queued];
    begin_item(r, item, kind, k, k->insns + *within);
    item->insn = (struct trace_insn){.executing = *within};
    if (head & EVENT_REGS) {
        unsigned n = get_byte(r);
        if (n > TRACE_REGS)
            return damaged(r);
        while (n-- != 0)
            if (!get_register(r, item, k))
                return false;
    }
    if (!get_fields(r, kind, item))
        return false;
    r->queued++;
    return true;
}

/* ---- records ---- */

/* Performs the record `mark`. False: error, or the end of the block. */
static bool get_record(struct binary_reader *r, bool *within)
{
    struct codec_cpu *k;
    if (r->mark >= MARK_INSN && r->mark < MARK_INSN + 8)
        return get_surprise(r, r->mark - MARK_INSN);
    switch (r->mark) {
    case MARK_EVENT:
        return get_event(r, within);
    case MARK_CPU:
        get_cpu(r);
        break;
    case MARK_STRING:
        get_text(r);
        break;
    case MARK_ODD:
        return get_odd(r);
    case MARK_COUNT:
        k = current(r);
        if (k != NULL)
            get_count(r, k);
        break;
    case MARK_END:
        if (r->p != r->stop || r->left != 0)
            damaged(r);
        r->p = r->stop;
        return false;
    default:
        return damaged(r);
    }
    return r->error[0] == 0;
}

/* Reads on until there is an item to give. */
static void fill(struct binary_reader *r)
{
    bool held = false;
    r->queued = r->taken = 0;
    while (!r->has_insn && (r->queued == 0 || held) && r->error[0] == 0) {
        bool within = false;
        if (r->run != 0) {
            r->run--;
            get_predicted(r);
        } else if (r->has_mark) {
            r->has_mark = false;
            get_record(r, &within);
            held |= within;
        } else if (r->p == r->stop) {
            if (!read_block(r))
                return;
        } else {
            r->run = get_varint(r);
            r->mark = get_byte(r);
            r->has_mark = true;
        }
    }
}

const struct binary_item *binary_reader_next(struct binary_reader *r)
{
    if (!r->has_insn && !r->has_done && r->taken == r->queued)
        fill(r);
    if (r->has_insn) {
        r->has_insn = false;
        if (r->taken < r->queued)
            r->insn.where = r->before;
        for (unsigned n = r->taken; n < r->queued; n++) /* now it is known */
            if (r->queue[n].insn.executing)
                r->queue[n].insn = r->insn.insn;
        return &r->insn;
    }
    if (r->taken < r->queued)
        return &r->queue[r->taken++];
    if (r->has_done) {
        r->has_done = false;
        return &r->done;
    }
    return NULL;
}

/* ---- delivery ---- */

static void take_registers(struct view *v, const struct binary_item *item)
{
    for (unsigned n = 0; n < item->n_regs; n++)
        set_register(v, item->reg[n], item->low[n], item->high[n]);
}

void binary_deliver(struct binary_reader *r, const struct binary_item *item, const struct tracer *t)
{
    static const struct tracer nobody;
    struct view *v = &r->view[item->cpu];
    if (t == NULL)
        t = &nobody;
    v->insns = item->insns;
    v->ns = item->ns;
    v->c.where = item->where;
    v->c.insn = item->insn;
    v->item = item;
    if (item->kind != TRACE_KIND_done)
        take_registers(v, item);
    switch (item->kind) {
    case TRACE_KIND_insn:
        if (t->insn != NULL)
            t->insn(t->opaque, &v->c, &v->c.insn);
        break;
    case TRACE_KIND_done:
        for (unsigned n = 0; n < item->n_accesses && t->memory != NULL; n++)
            t->memory(t->opaque, &v->c, &item->access[n]);
        take_registers(v, item);
        if (t->done != NULL)
            t->done(t->opaque, &v->c, &v->c.insn);
        v->c.insn.executing = false;
        break;
#define DELIVER(name, type, speed, what)                                                                     \
    case TRACE_KIND_##name:                                                                                  \
        if (t->name != NULL)                                                                                 \
            t->name(t->opaque, &v->c, (const struct type *)(const void *)&item->event);                      \
        break;
#define COLD(name, type, speed, what) DELIVER_##speed(name, type, speed, what)
#define DELIVER_HOT(name, type, speed, what)
#define DELIVER_COLD(name, type, speed, what) DELIVER(name, type, speed, what)
        TRACE_EVENTS(COLD)
    default:
        break;
    }
    v->item = NULL;
}
