/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What writer and reader of binary traces have in common: the file's layout (man/el2sim-trace.5) and the
 * predictors, which both keep in the same state. What was predicted is not written.
 *
 * A *site* is an instruction at an address: its encoding, the registers it writes and how it accesses memory,
 * and for each of those what was seen there last. A value is predicted by the last one, by its stride, by its
 * distance from a base register, or by what was just loaded; an address by its distance from the base
 * register; stored data by the register that is stored; loaded data by what is known of that place in memory.
 */
#ifndef EL2SIM_TRACES_CODEC_H
#define EL2SIM_TRACES_CODEC_H

#include <string.h>

#include "base/compiler.h"
#include "traces/trace.h"

/* ---- the file ---- */

#define BINARY_MAGIC "EL2TRC01"
#define BINARY_INDEX_MAGIC "EL2TIDX1"
enum {
    BINARY_HEADER = 64, /* bytes: magic, version, CPUs, ns per instruction, model; CRC */
    BINARY_MODEL = 32,
    BINARY_BLOCK_HEADER = 40,        /* magic, CRC, sizes, first instruction, instructions */
    BINARY_BLOCK_MAGIC = 0x4b4c4254, /* "TBLK" */
    BINARY_TRAILER = 32,             /* index: offset, blocks, CRC; magic */
    BINARY_INDEX_ENTRY = 24,         /* offset, first instruction, instructions */
    BINARY_VERSION = 1,
    BLOCK_BYTES = 4 << 20, /* a block ends after so many bytes ... */
    BLOCK_MAX = 8 << 20,   /* ... and is never larger than this */
    BLOCK_INSNS = 1 << 24, /* nor are there more instructions in one */
};

/* ---- a block: records. One begins with the number of instructions before it that were just as predicted ...
 * ---- */

enum {
    MARK_EVENT = 0,   /* then: kind, the event */
    MARK_CPU = 1,     /* the following is of another CPU: number; its state */
    MARK_STRING = 2,  /* a text, which gets the next number */
    MARK_ODD = 3,     /* an instruction at length */
    MARK_END = 4,     /* of the block */
    MARK_COUNT = 5,   /* the count of instructions, and the clock, are otherwise than they seem */
    MARK_INSN = 0x10, /* an instruction, with flags: */
    INSN_SITE = 1,    /* not the site that was predicted: its number, 0: a new one and its description */
    INSN_SHAPE = 2,   /* other accesses than last time */
    INSN_MISSES = 4,  /* a mask of items that were not predicted, and those */
};

enum { SITE_WRITES = 8, SITE_MEMORY = 4, SITE_SLOTS = 16, SITE_DATA = 16 /* bytes of an access */ };

/* How something that was not predicted is given: by another predictor, or (RAW + n) in n bytes. */
enum { BY_LAST, BY_STRIDE, BY_BASE, BY_LOAD, BY_SIGNED_LOAD, BY_MODES, RAW = 8, DELTA = 32 };
/* Of an event, beside its kind: what comes before its fields. */
enum {
    EVENT_KIND = 15,
    EVENT_COUNT = 16, /* as MARK_COUNT */
    EVENT_WHERE = 32,
    EVENT_REGS = 64,    /* registers changed: their number, each with its value */
    EVENT_WITHIN = 128, /* the instruction that comes next is under execution */
};
/* Of an address that was not predicted: what is given. */
enum { ADDRESS_VA = 1, ADDRESS_PAGE = 2 };

struct slot {
    uint64_t last, stride, delta;
    uint8_t mode; /* BY_*: what was right the last time */
};

struct access_shape {
    uint8_t size;  /* 1..SITE_DATA */
    uint8_t flags; /* enum trace_access << 1 | write */
};

struct access_slot {
    uint64_t offset;  /* from the base register */
    uint64_t last[2]; /* data */
    uint8_t mode;     /* 0: memory or register, 1: last */
};

struct site {
    uint64_t va, pa;
    uint32_t raw, next; /* next: the site that followed last time, or 0 */
    uint32_t chain;     /* of the same hash */
    uint8_t writes, slots, accesses;
    uint8_t reg[SITE_WRITES];
    struct access_shape shape[SITE_MEMORY];
    struct access_slot memory[SITE_MEMORY];
    uint32_t slot; /* its first in codec.slot[] */
};

enum { EVENT_SIZE = 256 };
enum { SITES_MAX = 1 << 18, SLOTS_MAX = 1 << 19, SITE_HASH = 1 << 16, WORDS = 1 << 14, PAGES = 1 << 10 };

struct codec_cpu {
    uint64_t low[TRACE_REGS], high[32]; /* registers as the reader knows them */
    struct trace_where where;
    uint32_t site;  /* the latest, or 0 */
    uint64_t insns; /* instructions so far */
    uint64_t skew;  /* its clock - insns * ns_per_insn */
    bool known;     /* in this block */
};

struct codec {
    struct codec_cpu *cpu;
    unsigned n_cpus, current; /* current: n_cpus before the first */
    uint64_t ns_per_insn;
    struct {
        uint8_t byte[EVENT_SIZE];
    } __attribute__((aligned(8))) event[TRACE_KINDS]; /* the latest of each kind, texts by number */
    struct site *site;                                /* from 1 on */
    struct slot *slot;
    uint32_t sites, slots;
    uint32_t hash[SITE_HASH];
    struct {
        uint64_t tag, value;
    } word[WORDS]; /* memory, as far as known, by VA */
    struct {
        uint64_t va, pa;
    } page[PAGES];
};

static inline struct site *codec_find(struct codec *k, uint64_t va, uint64_t pa, uint32_t raw)
{
    uint32_t n = k->hash[(va >> 2 ^ va >> 18) & (SITE_HASH - 1)];
    while (n != 0 && (k->site[n].va != va || k->site[n].raw != raw || k->site[n].pa != pa))
        n = k->site[n].chain;
    return &k->site[n];
}

/* A new site; there is room. Its writes are in reg[]. */
static inline struct site *codec_add(struct codec *k, uint64_t va, uint64_t pa, uint32_t raw, unsigned writes,
                                     const uint8_t *reg)
{
    uint32_t *head = &k->hash[(va >> 2 ^ va >> 18) & (SITE_HASH - 1)];
    uint32_t n = ++k->sites;
    struct site *s = &k->site[n];
    *s = (struct site){.va = va, .pa = pa, .raw = raw, .chain = *head, .writes = (uint8_t)writes};
    *head = n;
    for (unsigned i = 0; i < writes; i++) {
        s->reg[i] = reg[i];
        s->slots += reg[i] >= TRACE_V && reg[i] < TRACE_NZCV ? 2 : 1;
    }
    s->slot = k->slots;
    memset(&k->slot[s->slot], 0, s->slots * sizeof(k->slot[0]));
    k->slots += s->slots;
    return s;
}

static inline bool codec_is_full(const struct codec *k)
{
    return k->sites + 2 >= SITES_MAX || k->slots + SITE_SLOTS >= SLOTS_MAX;
}

/* ---- addresses ---- */

static inline uint64_t codec_x(const struct codec_cpu *c, unsigned n)
{
    return n == 31 ? 0 : c->low[n];
}

/* What the address of a load or store is near to: base register and index. */
static inline uint64_t codec_base(const struct codec_cpu *c, uint32_t raw)
{
    if ((raw & 0x3b000000) == 0x18000000) /* literal */
        return 0;
    uint64_t base = c->low[raw >> 5 & 31]; /* 31: SP */
    if ((raw & 0x3b200c00) == 0x38200800) {
        uint64_t index = codec_x(c, raw >> 16 & 31);
        unsigned size = raw >> 30 | ((raw & 0x04800000) == 0x04800000 ? 4 : 0),
                 shift = raw & 0x1000 ? size : 0;
        if (!(raw & 0x2000)) /* UXTW, SXTW */
            index = raw & 0x8000 ? (uint64_t)(int64_t)(int32_t)index : (uint32_t)index;
        base += index << shift;
    }
    return base;
}

static inline uint64_t *codec_page(struct codec *k, uint64_t va)
{
    unsigned n = (unsigned)(va >> 12 ^ va >> 22) & (PAGES - 1);
    if (k->page[n].va != va >> 12) {
        k->page[n].va = va >> 12;
        k->page[n].pa = ~UINT64_C(0);
    }
    return &k->page[n].pa;
}

/* ---- data ---- */

static inline uint64_t codec_mask(unsigned bytes)
{
    return bytes >= 8 ? ~UINT64_C(0) : (UINT64_C(1) << 8 * bytes) - 1;
}

/* What is known of the `bytes` (up to 8) at va; *known false: nothing. */
static inline uint64_t codec_recall(const struct codec *k, uint64_t va, unsigned bytes, bool *known)
{
    unsigned n = (unsigned)(va >> 3 ^ va >> 17) & (WORDS - 1), at = va & 7;
    *known = k->word[n].tag == va >> 3 && at + bytes <= 8;
    return k->word[n].value >> 8 * at & codec_mask(bytes);
}

static inline void codec_remember(struct codec *k, uint64_t va, unsigned bytes, uint64_t value)
{
    unsigned n = (unsigned)(va >> 3 ^ va >> 17) & (WORDS - 1), at = va & 7;
    if (at + bytes > 8)
        return;
    if (k->word[n].tag != va >> 3) {
        k->word[n].tag = va >> 3;
        k->word[n].value = 0;
    }
    uint64_t mask = codec_mask(bytes) << 8 * at;
    k->word[n].value = (k->word[n].value & ~mask) | (value << 8 * at & mask);
}

/* The data of a store, by the register that is stored: words of up to 8 bytes. */
static inline void codec_stored(const struct codec_cpu *c, uint32_t raw, unsigned size, uint64_t data[2])
{
    unsigned t = raw & 31, t2 = raw >> 10 & 31;
    bool pair = (raw & 0x3a000000) == 0x28000000;
    data[1] = 0;
    if (raw & 0x04000000) { /* SIMD&FP */
        data[0] = c->low[TRACE_V + t];
        data[1] = c->high[t];
        if (pair && size == 16)
            data[1] = c->low[TRACE_V + t2];
        else if (pair)
            data[0] = (uint32_t)data[0] | c->low[TRACE_V + t2] << 32;
    } else {
        data[0] = codec_x(c, t);
        if (pair && size == 16)
            data[1] = codec_x(c, t2);
        else if (pair)
            data[0] = (uint32_t)data[0] | codec_x(c, t2) << 32;
    }
    data[0] &= codec_mask(size);
    data[1] &= size > 8 ? codec_mask(size - 8) : 0;
}

/* What an access is predicted to move. */
static inline void codec_data(const struct codec *k, const struct codec_cpu *c, const struct site *s,
                              unsigned n, uint64_t va, unsigned mode, uint64_t data[2])
{
    const struct access_slot *m = &s->memory[n];
    unsigned size = s->shape[n].size;
    bool known = false;
    if (mode == 0 && (s->shape[n].flags & 1)) {
        codec_stored(c, s->raw, size, data);
    } else if (mode == 0) {
        data[0] = codec_recall(k, va, size < 8 ? size : 8, &known);
        data[1] = 0;
        if (known && size > 8)
            data[1] = codec_recall(k, va + 8, size - 8, &known);
        if (!known) {
            data[0] = m->last[0];
            data[1] = m->last[1];
        }
    } else {
        data[0] = m->last[0];
        data[1] = m->last[1];
    }
}

static inline void codec_moved(struct codec *k, struct site *s, unsigned n, uint64_t va,
                               const uint64_t data[2])
{
    struct access_slot *m = &s->memory[n];
    unsigned size = s->shape[n].size;
    m->last[0] = data[0];
    m->last[1] = data[1];
    if (s->shape[n].flags >> 1 == TRACE_TAG)
        return;
    codec_remember(k, va, size < 8 ? size : 8, data[0]);
    if (size > 8)
        codec_remember(k, va + 8, size - 8, data[1]);
}

/* ---- values ---- */

/* The context of an instruction's values: the base register before it, and what it loaded. */
struct codec_values {
    uint64_t base, loaded[2];
    unsigned size; /* of what was loaded; 0: nothing */
    bool pair;
};

/* What slot n of an instruction would be by a predictor. */
static inline uint64_t codec_predict(const struct slot *s, unsigned mode, const struct codec_values *v,
                                     unsigned n)
{
    uint64_t value;
    switch (mode) {
    case BY_STRIDE:
        return s->last + s->stride;
    case BY_BASE:
        return v->base + s->delta;
    case BY_LOAD:
    case BY_SIGNED_LOAD:
        if (v->pair && v->size == 8)
            value = n == 0 ? (uint32_t)v->loaded[0] : v->loaded[0] >> 32;
        else
            value = v->loaded[n & 1];
        unsigned size = v->pair ? v->size / 2 : v->size;
        if (mode == BY_SIGNED_LOAD && size != 0 && v->size <= 8) {
            unsigned up = 64 - 8 * size;
            value = (uint64_t)((int64_t)(value << up) >> up);
        }
        return value;
    default:
        return s->last;
    }
}

static inline void codec_learn(struct slot *s, const struct codec_values *v, uint64_t value)
{
    s->stride = value - s->last;
    s->delta = value - v->base;
    s->last = value;
}

/* ---- the life of a block ---- */
void codec_init(struct codec *k, unsigned n_cpus, uint64_t ns_per_insn);
void codec_free(struct codec *k);
/* Forgets everything, as at the beginning of each block. */
void codec_reset(struct codec *k);

/* ---- cold events as lists of fields ---- */

enum field_type { FIELD_U8, FIELD_BOOL, FIELD_U16, FIELD_U32, FIELD_U64, FIELD_TEXT };
struct event_field {
    uint8_t type;
    uint16_t offset;
};
struct event_row {
    const char *name;
    const struct event_field *field;
    unsigned n; /* up to 32; 0: an event that is not written by this list */
    size_t size;
};
/* By enum trace_kind. */
const struct event_row *event_row(unsigned kind);
enum { EVENT_FIELDS = 32 };

/* The field as a number; a text's is kept in place of its pointer. */
static inline uint64_t event_get(const struct event_field *f, const void *event)
{
    const uint8_t *p = (const uint8_t *)event + f->offset;
    uint16_t h;
    uint32_t w;
    uint64_t x;
    switch (f->type) {
    case FIELD_U8:
    case FIELD_BOOL:
        return *p;
    case FIELD_U16:
        memcpy(&h, p, sizeof(h));
        return h;
    case FIELD_U32:
        memcpy(&w, p, sizeof(w));
        return w;
    default:
        memcpy(&x, p, sizeof(x));
        return x;
    }
}

static inline void event_set(const struct event_field *f, void *event, uint64_t value)
{
    uint8_t *p = (uint8_t *)event + f->offset;
    uint16_t h = (uint16_t)value;
    uint32_t w = (uint32_t)value;
    switch (f->type) {
    case FIELD_U8:
        *p = (uint8_t)value;
        break;
    case FIELD_BOOL:
        *p = value != 0;
        break;
    case FIELD_U16:
        memcpy(p, &h, sizeof(h));
        break;
    case FIELD_U32:
        memcpy(p, &w, sizeof(w));
        break;
    default:
        memcpy(p, &value, sizeof(value));
        break;
    }
}

#endif
