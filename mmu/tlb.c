/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The architectural TLB: what software can observe through missing or wrong maintenance. It holds what walks
 * gave - one entry per page or block of stage 1 combined with stage 2, and apart from those the stage 2
 * translations that walks and accesses with stage 1 off used - until a TLBI removes it or, by a fixed rule,
 * capacity does. Arm ARM D8.13, D8.14.
 *
 * Entries belong to *contexts*: regime, security state, VMID and ASID (or "global"). A context has an epoch
 * that its entries repeat; TLBI by ASID, VMID or all is a new epoch. Where stage 2 maps a stage 1 block in
 * pieces, the pieces also repeat the epoch of a *block* record, so that TLBI by any VA in the block drops all
 * of them at once.
 *
 * Entries made with indirect permissions keep the index; what PIR_ELx, S2PIR_EL2 and POR_ELx say is looked up
 * at each use, so that their writes need no TLBI (of PIR_ELx and S2PIR_EL2 a TLB may know better).
 *
 * Look-ups change nothing, and replacement goes round by the count of insertions: what the TLB holds depends
 * only on the guest, never on which look-ups the host's own TLB saved.
 */
#include "mmu/internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "base/log.h"
#include "mmu/params.h"

#define SET_BITS 13
#define WAYS 4
#define ENTRIES ((size_t)WAYS << SET_BITS)
#define CONTEXTS 256
#define NO_CONTEXT UINT16_MAX
#define BLOCK_BITS 12
#define BLOCKS (1u << BLOCK_BITS)
#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)

/* Replacement and staleness. Others may come: what a TLB may keep is the implementation's choice. */
enum tlb_policy {
    TLB_PRECISE, /* an entry lives until software or capacity removes it */
};

/* 32 bytes, four to a set: a look-up in a large working set costs two of the host's cache lines at most. */
struct tlb_entry {
    uint64_t tag;   /* tlb_va() of the block | log2 of its size */
    uint64_t epoch; /* the context's; of a piece, its block record's */
    uint64_t out;   /* output address | OUT_* */
    uint16_t block; /* index of the block record, 0: not a piece of a larger block */
    uint16_t perm;  /* S1_* | S2_* << 6 | E_* */
    uint16_t s1attr;
    uint8_t ctx;
    uint8_t s2attr;
};

enum {
    E_S1_CLEAN = 1 << 10,
    E_S2_CLEAN = 1 << 11,
    E_NS = 1 << 12,
    E_IPA_NS = 1 << 13,
    E_GUARDED = 1 << 14,
    E_GLOBAL = 1 << 15
};

/* In the low bits of tlb_entry.out: s1_size in <5:0>, granule, level. */
#define OUT_ADDRESS (~UINT64_C(0xfff))
#define OUT_GRANULE_SHIFT 6 /* (log2 - 12) / 2 */
#define OUT_LEVEL_SHIFT 8   /* level + 1 */

static uint64_t out_word(const struct xlat *x)
{
    return (x->out & ~(BIT(x->size) - 1)) | x->s1_size |
           (uint64_t)(x->granule - 12) / 2 << OUT_GRANULE_SHIFT | (uint64_t)(x->level + 1) << OUT_LEVEL_SHIFT;
}

static uint8_t out_granule(uint64_t out)
{
    return (uint8_t)(12 + 2 * bits(out, 7, OUT_GRANULE_SHIFT));
}
static int8_t out_level(uint64_t out)
{
    return (int8_t)((int)bits(out, 10, OUT_LEVEL_SHIFT) - 1);
}

struct tlb_context {
    uint64_t id, epoch;
    uint64_t sizes;       /* bit n: entries of 2^n bytes may exist */
    uint64_t block_sizes; /* bit n: pieces of stage 1 blocks of 2^n bytes may exist */
    uint32_t live;
    uint16_t next; /* of the same hash */
};

struct tlb_block {
    uint64_t tag, ctx_epoch, epoch;
    uint32_t live;
    uint16_t ctx;
    uint8_t granule;
    int8_t level;
};

struct tlb {
    struct tlb_entry *entries;
    struct tlb_context ctx[CONTEXTS];
    struct tlb_block block[BLOCKS]; /* 0 stands for "none" */
    uint16_t head[CONTEXTS];
    struct {
        uint64_t id;
        uint16_t n; /* or NO_CONTEXT */
    } last[2];      /* what the last look-ups found; NO_ID once a context was made */
    unsigned contexts, context_hand;
    unsigned hand;
    uint64_t next_epoch;
    enum tlb_policy policy;
    struct params_memo memo[MEMO_COUNT];
    struct xlat_view view[ACCESS_FETCH + 1];
    struct tlb_counts counts;
    void (*evicted)(void *opaque, const struct tlbi *op);
    void *opaque;
    void (*entered)(void *opaque, const struct tlb_entered *e);
    void *entered_opaque;
};

/* ---- contexts ---- */

#define ID_VMID_SHIFT 16
#define ID_REGIME_SHIFT 32
#define ID_SECURE BIT(36)
#define ID_GLOBAL BIT(37)
#define ID_STAGE2 BIT(38)  /* made with stage 2 */
#define ID_S2_ONLY BIT(39) /* IPA to PA */
#define ID_IPA_NS BIT(40)
#define ID_PERM_SHIFT 41 /* PERM_PIE, PERM_S2PIE: entries hold indices instead of permissions */
#define NO_ID UINT64_MAX

static uint64_t context_id(const struct tctx *t, bool global)
{
    return (global ? ID_GLOBAL : t->asid) | (uint64_t)t->vmid << ID_VMID_SHIFT |
           (uint64_t)t->regime << ID_REGIME_SHIFT | (t->secure ? ID_SECURE : 0) |
           (t->stage2 ? ID_STAGE2 : 0) | (uint64_t)(t->perm & (PERM_PIE | PERM_S2PIE)) << ID_PERM_SHIFT;
}

static uint64_t context_id_s2(const struct tctx *t, bool ns)
{
    uint64_t id = context_id(t, true) & ~((uint64_t)PERM_PIE << ID_PERM_SHIFT);
    return id | ID_S2_ONLY | (ns ? ID_IPA_NS : 0);
}

static unsigned context_hash(uint64_t id)
{
    return (unsigned)((id * GOLDEN) >> 56);
}

static uint16_t context_find(const struct tlb *tlb, uint64_t id)
{
    uint16_t n = tlb->head[context_hash(id)];
    while (n != NO_CONTEXT && tlb->ctx[n].id != id)
        n = tlb->ctx[n].next;
    return n;
}

static void forget_last(struct tlb *tlb)
{
    tlb->last[0].id = tlb->last[1].id = NO_ID;
}

/* The same, remembering the answer. */
static ALWAYS_INLINE const struct tlb_context *context_recall(struct tlb *tlb, uint64_t id, unsigned slot)
{
    if (UNLIKELY(tlb->last[slot].id != id)) {
        tlb->last[slot].n = context_find(tlb, id);
        tlb->last[slot].id = id;
    }
    uint16_t n = tlb->last[slot].n;
    return n == NO_CONTEXT ? NULL : &tlb->ctx[n];
}

static unsigned context_empty(struct tlb *tlb, struct tlb_context *c)
{
    unsigned n = c->live;
    c->epoch = ++tlb->next_epoch;
    c->sizes = c->block_sizes = 0;
    c->live = 0;
    return n;
}

static struct tlbi context_op(uint64_t id, enum tlbi_kind kind)
{
    return (struct tlbi){.kind = (uint8_t)kind,
                         .regime = (uint8_t)bits(id, ID_REGIME_SHIFT + 3, ID_REGIME_SHIFT),
                         .secure = (id & ID_SECURE) != 0,
                         .ipa_ns = (id & ID_IPA_NS) != 0,
                         .asid = (uint16_t)id,
                         .vmid = (uint16_t)(id >> ID_VMID_SHIFT),
                         .size = 1,
                         .name = "evicted"};
}

static void tell(struct tlb *tlb, const struct tlbi *op)
{
    if (tlb->evicted != NULL)
        tlb->evicted(tlb->opaque, op);
}

static void context_unlink(struct tlb *tlb, uint16_t n)
{
    uint16_t *link = &tlb->head[context_hash(tlb->ctx[n].id)];
    while (*link != n)
        link = &tlb->ctx[*link].next;
    *link = tlb->ctx[n].next;
}

/* The context of id, made if need be at the cost of the one whose turn it is. */
static NOINLINE uint16_t context_make(struct tlb *tlb, uint64_t id)
{
    uint16_t n = context_find(tlb, id);
    if (n != NO_CONTEXT)
        return n;
    if (tlb->contexts < CONTEXTS) {
        n = (uint16_t)tlb->contexts++;
    } else {
        n = (uint16_t)(tlb->context_hand++ % CONTEXTS);
        uint64_t old = tlb->ctx[n].id;
        if (tlb->ctx[n].live != 0) {
            struct tlbi op = context_op(old, old & ID_S2_ONLY  ? TLBI_VMALLS12
                                             : old & ID_GLOBAL ? TLBI_VMALL
                                                               : TLBI_ASID);
            tell(tlb, &op);
        }
        context_unlink(tlb, n);
    }
    struct tlb_context *c = &tlb->ctx[n];
    forget_last(tlb);
    *c = (struct tlb_context){.id = id, .next = tlb->head[context_hash(id)]};
    context_empty(tlb, c);
    tlb->head[context_hash(id)] = n;
    return n;
}

/* ---- entries ---- */

/* Neighbouring pages go to neighbouring sets, so that a contiguous region fills the TLB evenly. */
static ALWAYS_INLINE struct tlb_entry *set_of(const struct tlb *tlb, uint64_t tag, uint64_t ctx)
{
    unsigned size = tag & 63;
    uint64_t n = (tag >> size) + ctx * 0x9e37 + size * 0x3a7;
    return &tlb->entries[(n & (BIT(SET_BITS) - 1)) * WAYS];
}

/* Is the epoch of a tag's entry current? A piece's is its block record's, and that has the context's. */
static ALWAYS_INLINE bool epoch_current(const struct tlb *tlb, const struct tlb_context *c,
                                        const struct tlb_entry *e)
{
    if (LIKELY(e->block == 0))
        return e->epoch == c->epoch;
    const struct tlb_block *b = &tlb->block[e->block];
    return e->epoch == b->epoch && b->ctx_epoch == c->epoch;
}

static ALWAYS_INLINE bool alive(const struct tlb *tlb, const struct tlb_entry *e)
{
    return e->tag != 0 && epoch_current(tlb, &tlb->ctx[e->ctx], e);
}

static ALWAYS_INLINE struct tlb_entry *find_sized(const struct tlb *tlb, const struct tlb_context *c,
                                                  uint64_t va, unsigned size)
{
    uint64_t tag = (va & ~(BIT(size) - 1)) | size;
    struct tlb_entry *e = set_of(tlb, tag, (uint64_t)(c - tlb->ctx));
    for (unsigned w = 0; w < WAYS; w++, e++)
        if (e->tag == tag && epoch_current(tlb, c, e))
            return e;
    return NULL;
}

/* Of several sizes, the smallest answers. */
static ALWAYS_INLINE struct tlb_entry *find(const struct tlb *tlb, const struct tlb_context *c, uint64_t va)
{
    for (uint64_t m = c->sizes; m != 0; m &= m - 1) {
        struct tlb_entry *e = find_sized(tlb, c, va, (unsigned)__builtin_ctzll(m));
        if (e != NULL)
            return e;
    }
    return NULL;
}

static void entry_drop(struct tlb *tlb, struct tlb_entry *e)
{
    tlb->ctx[e->ctx].live--;
    if (e->block != 0)
        tlb->block[e->block].live--;
    e->tag = 0; /* no entry has size 0 */
    e->epoch = 0;
}

static void entry_evict(struct tlb *tlb, struct tlb_entry *e)
{
    uint64_t id = tlb->ctx[e->ctx].id;
    struct tlbi op = context_op(id, id & ID_S2_ONLY ? TLBI_IPAS2 : id & ID_GLOBAL ? TLBI_VAA : TLBI_VA);
    op.va = e->tag & ~UINT64_C(0xfff);
    entry_drop(tlb, e);
    tell(tlb, &op);
}

static ALWAYS_INLINE void entry_read(const struct tlb_entry *e, uint64_t va, struct xlat *x)
{
    unsigned size = e->tag & 63;
    x->out = (e->out & OUT_ADDRESS) | (va & (BIT(size) - 1));
    x->ipa = 0;
    x->s1attr = e->s1attr;
    x->s2attr = e->s2attr;
    x->size = (uint8_t)size;
    x->s1_size = e->out & 63;
    x->granule = out_granule(e->out);
    x->level = out_level(e->out);
    x->s1_perm = e->perm & 63;
    x->s2_perm = e->perm >> 6 & 15;
    x->s1_clean = e->perm & E_S1_CLEAN;
    x->s2_clean = e->perm & E_S2_CLEAN;
    x->ns = e->perm & E_NS;
    x->ipa_ns = e->perm & E_IPA_NS;
    x->guarded = e->perm & E_GUARDED;
    x->global = e->perm & E_GLOBAL;
}

/* ---- blocks that stage 2 maps in pieces ---- */

static uint16_t block_slot(uint64_t tag, uint16_t ctx)
{
    uint64_t h = ((tag >> 12) + (tag << 44) + ((uint64_t)ctx << 32)) * GOLDEN;
    uint16_t n = (uint16_t)(h >> (64 - BLOCK_BITS));
    return n == 0 ? 1 : n;
}

static bool block_alive(const struct tlb *tlb, const struct tlb_block *b)
{
    return b->live != 0 && b->ctx_epoch == tlb->ctx[b->ctx].epoch;
}

static unsigned block_drop(struct tlb *tlb, struct tlb_block *b)
{
    unsigned n = b->live;
    tlb->ctx[b->ctx].live -= n;
    b->live = 0;
    b->tag = 0;
    b->epoch = ++tlb->next_epoch;
    return n;
}

static struct tlb_block *block_find(struct tlb *tlb, uint16_t ctx, uint64_t va, unsigned size)
{
    uint64_t tag = (va & ~(BIT(size) - 1)) | size;
    struct tlb_block *b = &tlb->block[block_slot(tag, ctx)];
    return b->tag == tag && b->ctx == ctx && block_alive(tlb, b) ? b : NULL;
}

/* The record of the stage 1 block around va, for a piece of it. */
static uint16_t block_get(struct tlb *tlb, uint16_t ctx, uint64_t va, const struct xlat *x)
{
    uint64_t tag = (va & ~(BIT(x->s1_size) - 1)) | x->s1_size;
    uint16_t n = block_slot(tag, ctx);
    struct tlb_block *b = &tlb->block[n];
    if (b->tag == tag && b->ctx == ctx && b->ctx_epoch == tlb->ctx[ctx].epoch)
        return n;
    if (block_alive(tlb, b)) {
        uint64_t id = tlb->ctx[b->ctx].id;
        struct tlbi op = context_op(id, id & ID_GLOBAL ? TLBI_VAA : TLBI_VA);
        op.va = b->tag & ~UINT64_C(0xfff);
        block_drop(tlb, b);
        tell(tlb, &op);
    }
    *b = (struct tlb_block){.tag = tag,
                            .ctx_epoch = tlb->ctx[ctx].epoch,
                            .epoch = ++tlb->next_epoch,
                            .ctx = ctx,
                            .granule = x->granule,
                            .level = x->level};
    tlb->ctx[ctx].block_sizes |= BIT(x->s1_size);
    return n;
}

/* ---- look-up and insertion ---- */

static ALWAYS_INLINE bool lookup(struct tlb *tlb, const struct tlb_context *c, uint64_t va, struct xlat *x)
{
    const struct tlb_entry *e = c == NULL ? NULL : find(tlb, c, va);
    if (e == NULL)
        return false;
    entry_read(e, va, x);
    return true;
}

struct params_memo *tlb_memo(struct tlb *tlb)
{
    return tlb->memo;
}

struct xlat_view *tlb_view(struct tlb *tlb, unsigned type)
{
    return &tlb->view[type];
}

bool tlb_lookup(struct tlb *tlb, const struct tctx *t, uint64_t va, struct xlat *x)
{
    va = tlb_va(va);
    uint64_t id = context_id(t, false), global = context_id(t, true);
    return lookup(tlb, context_recall(tlb, id, 0), va, x) ||
           lookup(tlb, context_recall(tlb, global, 1), va, x);
}

bool tlb_lookup_s2(struct tlb *tlb, const struct tctx *t, uint64_t ipa, bool ns, struct xlat *x)
{
    uint16_t n = context_find(tlb, context_id_s2(t, ns));
    return n != NO_CONTEXT && lookup(tlb, &tlb->ctx[n], ipa, x);
}

static void drop(struct tlb *tlb, uint64_t id, uint64_t va)
{
    uint16_t n = context_find(tlb, id);
    struct tlb_entry *e = n == NO_CONTEXT ? NULL : find(tlb, &tlb->ctx[n], va);
    if (e != NULL)
        entry_evict(tlb, e);
}

void tlb_drop(struct tlb *tlb, const struct tctx *t, uint64_t va)
{
    drop(tlb, context_id(t, false), tlb_va(va));
    drop(tlb, context_id(t, true), tlb_va(va));
}

void tlb_drop_s2(struct tlb *tlb, const struct tctx *t, uint64_t ipa, bool ns)
{
    drop(tlb, context_id_s2(t, ns), ipa);
}

/* A place in the set: a dead entry's, or the one whose turn it is. (What is inserted is never there already:
 * it was looked up before, or dropped for this.) */
static ALWAYS_INLINE struct tlb_entry *choose_way(struct tlb *tlb, uint64_t tag, uint16_t ctx)
{
    struct tlb_entry *set = set_of(tlb, tag, ctx);
    for (unsigned w = 0; w < WAYS; w++)
        if (!alive(tlb, &set[w]))
            return &set[w];
    struct tlb_entry *e = &set[tlb->hand++ % WAYS];
    entry_evict(tlb, e);
    return e;
}

static ALWAYS_INLINE uint16_t context_get(struct tlb *tlb, uint64_t id)
{
    for (unsigned slot = 0; slot < ARRAY_LEN(tlb->last); slot++)
        if (tlb->last[slot].id == id && tlb->last[slot].n != NO_CONTEXT)
            return tlb->last[slot].n;
    return context_make(tlb, id);
}

static ALWAYS_INLINE void insert(struct tlb *tlb, uint64_t id, uint64_t va, const struct xlat *x)
{
    uint16_t n = context_get(tlb, id);
    uint16_t block = x->s1_size > x->size ? block_get(tlb, n, va, x) : 0;
    uint64_t tag = (va & ~(BIT(x->size) - 1)) | x->size;
    struct tlb_entry *e = choose_way(tlb, tag, n);
    struct tlb_context *c = &tlb->ctx[n];
    unsigned flags = (x->s1_clean ? E_S1_CLEAN : 0) | (x->s2_clean ? E_S2_CLEAN : 0) | (x->ns ? E_NS : 0) |
                     (x->ipa_ns ? E_IPA_NS : 0) | (x->guarded ? E_GUARDED : 0) | (x->global ? E_GLOBAL : 0);
    e->tag = tag;
    e->epoch = block != 0 ? tlb->block[block].epoch : c->epoch;
    e->out = out_word(x);
    e->block = block;
    e->perm = (uint16_t)(x->s1_perm | x->s2_perm << 6 | flags);
    e->s1attr = (uint16_t)x->s1attr;
    e->ctx = (uint8_t)n;
    e->s2attr = (uint8_t)x->s2attr;
    c->live++;
    if (block != 0)
        tlb->block[block].live++;
    c->sizes |= BIT(x->size);
}

static NOINLINE void tell_entered(struct tlb *tlb, const struct tctx *t, uint64_t va, const struct xlat *x,
                                  bool stage2_only)
{
    const uint64_t mask = BIT(x->size) - 1;
    const struct tlb_entered e = {.va = va & ~mask,
                                  .out = x->out & ~mask,
                                  .size = BIT(x->size),
                                  .stage2_only = stage2_only,
                                  .global = x->global,
                                  .regime = t->regime,
                                  .asid = t->asid,
                                  .vmid = t->vmid};
    tlb->entered(tlb->entered_opaque, &e);
}

void tlb_insert(struct tlb *tlb, const struct tctx *t, uint64_t va, const struct xlat *x)
{
    insert(tlb, context_id(t, x->global), tlb_va(va), x);
    if (UNLIKELY(tlb->entered != NULL))
        tell_entered(tlb, t, va, x, false);
}

void tlb_insert_s2(struct tlb *tlb, const struct tctx *t, uint64_t ipa, bool ns, const struct xlat *x)
{
    insert(tlb, context_id_s2(t, ns), ipa, x);
    if (UNLIKELY(tlb->entered != NULL))
        tell_entered(tlb, t, ipa, x, true);
}

/* ---- lifecycle ---- */

struct tlb *tlb_create(void)
{
    struct tlb *tlb = xcalloc(1, sizeof *tlb);
    tlb->entries = aligned_alloc(128, ENTRIES * sizeof *tlb->entries);
    if (tlb->entries == NULL)
        user_error("out of host memory for a TLB");
    memset(tlb->entries, 0, ENTRIES * sizeof *tlb->entries);
    tlb->policy = TLB_PRECISE;
    memset(tlb->head, 0xff, sizeof tlb->head);
    forget_last(tlb);
    for (unsigned n = 0; n < CONTEXTS; n++)
        tlb->ctx[n].epoch = ++tlb->next_epoch;
    return tlb;
}

void tlb_destroy(struct tlb *tlb)
{
    if (tlb == NULL)
        return;
    free(tlb->entries);
    free(tlb);
}

void tlb_flush(struct tlb *tlb)
{
    for (unsigned n = 0; n < tlb->contexts; n++)
        context_empty(tlb, &tlb->ctx[n]);
}

void tlb_count_walk(struct tlb *tlb, bool fetch, bool translated)
{
    tlb->counts.walks[fetch]++;
    tlb->counts.refills[fetch] += translated;
}

const struct tlb_counts *tlb_counts(const struct tlb *t)
{
    return &t->counts;
}

void tlb_on_evict(struct tlb *tlb, void (*fn)(void *opaque, const struct tlbi *op), void *opaque)
{
    tlb->evicted = fn;
    tlb->opaque = opaque;
}

void tlb_on_enter(struct tlb *tlb, void (*fn)(void *opaque, const struct tlb_entered *e), void *opaque)
{
    tlb->entered = fn;
    tlb->entered_opaque = opaque;
}

unsigned tlb_count(const struct tlb *tlb)
{
    unsigned n = 0;
    for (unsigned c = 0; c < tlb->contexts; c++)
        n += tlb->ctx[c].live;
    return n;
}

/* ---- what it holds, to be shown ---- */

static void show(const struct tlb *tlb, const struct tlb_entry *e, struct tlb_shown *s)
{
    const uint64_t id = tlb->ctx[e->ctx].id;
    struct xlat x;
    entry_read(e, 0, &x);
    *s = (struct tlb_shown){.regime = (uint8_t)bits(id, ID_REGIME_SHIFT + 3, ID_REGIME_SHIFT),
                            .secure = (id & ID_SECURE) != 0,
                            .stage2 = (id & (ID_STAGE2 | ID_S2_ONLY)) != 0,
                            .stage2_only = (id & ID_S2_ONLY) != 0,
                            .global = (id & ID_GLOBAL) != 0,
                            .ns = x.ns,
                            .ipa_ns = (id & ID_IPA_NS) != 0,
                            .s1_index = (id >> ID_PERM_SHIFT & PERM_PIE) != 0,
                            .s2_index = (id >> ID_PERM_SHIFT & PERM_S2PIE) != 0,
                            .s1_clean = x.s1_clean,
                            .s2_clean = x.s2_clean,
                            .guarded = x.guarded,
                            .asid = (uint16_t)id,
                            .vmid = (uint16_t)(id >> ID_VMID_SHIFT),
                            .va = e->tag & ~UINT64_C(0xfff),
                            .pa = x.out,
                            .size = BIT(x.size),
                            .block = BIT(x.s1_size > x.size ? x.s1_size : x.size),
                            .s1_perm = x.s1_perm,
                            .s2_perm = x.s2_perm,
                            .attr = x.s1attr & ATTR_TAGGED ? 0xf0 : (uint8_t)(x.s1attr & ATTR_BYTE),
                            .sh = (uint8_t)attr_sh(x.s1attr),
                            .s2_attr = x.s2attr & 15,
                            .s2_sh = x.s2attr >> 4 & 3};
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_shown(const void *a, const void *b)
{
    const struct tlb_shown *x = a, *y = b;
    const uint64_t keys[][2] = {
        {x->regime, y->regime}, {x->secure, y->secure},     {x->stage2_only, y->stage2_only},
        {x->stage2, y->stage2}, {x->ipa_ns, y->ipa_ns},     {x->vmid, y->vmid},
        {x->global, y->global}, {x->asid, y->asid},         {x->va, y->va},
        {x->size, y->size},     {x->s1_index, y->s1_index}, {x->s2_index, y->s2_index}};
    int order = 0;
    for (size_t n = 0; order == 0 && n < ARRAY_LEN(keys); n++)
        order = compare_numbers(keys[n][0], keys[n][1]);
    return order;
}

struct tlb_shown *tlb_list(const struct tlb *tlb, size_t *n)
{
    size_t count = 0;
    for (size_t k = 0; k < ENTRIES; k++)
        count += alive(tlb, &tlb->entries[k]);
    struct tlb_shown *list = xcalloc(count + 1, sizeof(list[0]));
    *n = 0;
    for (size_t k = 0; k < ENTRIES; k++)
        if (alive(tlb, &tlb->entries[k]))
            show(tlb, &tlb->entries[k], &list[(*n)++]);
    qsort(list, *n, sizeof(list[0]), compare_shown);
    return list;
}

/* ---- TLBI ---- */

/* Does the operation concern the context at all? */
static bool context_matches(uint64_t id, const struct tlbi *op)
{
    if (bits(id, ID_REGIME_SHIFT + 3, ID_REGIME_SHIFT) != op->regime || ((id & ID_SECURE) != 0) != op->secure)
        return false;
    bool s2_only = id & ID_S2_ONLY;
    if (op->kind == TLBI_ALL)
        return true;
    if (op->regime == REGIME_EL10 && (uint16_t)(id >> ID_VMID_SHIFT) != op->vmid)
        return false;
    switch (op->kind) {
    case TLBI_VMALLS12:
        return true;
    case TLBI_IPAS2:
        return s2_only && ((id & ID_IPA_NS) != 0) == (op->ipa_ns || !op->secure);
    case TLBI_ASID:
        return !s2_only && !(id & ID_GLOBAL) && (uint16_t)id == op->asid;
    case TLBI_VA:
        return !s2_only && ((id & ID_GLOBAL) || (uint16_t)id == op->asid);
    default:
        return !s2_only;
    }
}

bool tlbi_concerns(const struct tlbi *op, const struct tlb_scope *s)
{
    const struct tctx t = {.regime = s->regime, .secure = s->secure, .asid = s->asid, .vmid = s->vmid};

    if (op->illegal)
        return false;
    return context_matches(s->stage2_only ? context_id_s2(&t, s->ipa_ns) : context_id(&t, s->global), op);
}

/* Does the operand's TTL hint leave a leaf of this granule and level in scope? */
static bool ttl_matches(const struct tlbi *op, uint8_t granule, int8_t level)
{
    if (op->ttl == 0)
        return true;
    static const uint8_t granule_of[4] = {0, 12, 14, 16};
    return granule_of[op->ttl >> 2] == granule && (op->ttl & 3) == (level & 3);
}

static unsigned drop_va(struct tlb *tlb, uint16_t n, uint64_t va, const struct tlbi *op)
{
    struct tlb_context *c = &tlb->ctx[n];
    unsigned dropped = 0;
    for (uint64_t m = c->sizes; m != 0; m &= m - 1) {
        struct tlb_entry *e = find_sized(tlb, c, va, (unsigned)__builtin_ctzll(m));
        if (e != NULL && ttl_matches(op, out_granule(e->out), out_level(e->out))) {
            entry_drop(tlb, e);
            dropped++;
        }
    }
    for (uint64_t m = c->block_sizes; m != 0; m &= m - 1) {
        struct tlb_block *b = block_find(tlb, n, va, (unsigned)__builtin_ctzll(m));
        if (b != NULL && ttl_matches(op, b->granule, b->level))
            dropped += block_drop(tlb, b);
    }
    return dropped;
}

static bool overlaps(const struct tlbi *op, uint64_t tag)
{
    uint64_t first = tag & ~UINT64_C(0xfff), size = BIT(tag & 63);
    return first - op->va < op->size || op->va - first < size;
}

/* A long range: every entry of the context is looked at instead of every page of the range. */
static unsigned drop_scan(struct tlb *tlb, uint16_t n, const struct tlbi *op)
{
    unsigned dropped = 0;
    for (struct tlb_block *b = &tlb->block[1]; b < &tlb->block[BLOCKS]; b++)
        if (b->ctx == n && block_alive(tlb, b) && overlaps(op, b->tag) &&
            ttl_matches(op, b->granule, b->level))
            dropped += block_drop(tlb, b);
    for (struct tlb_entry *e = tlb->entries; e < &tlb->entries[ENTRIES]; e++)
        if (e->ctx == n && alive(tlb, e) && overlaps(op, e->tag) &&
            ttl_matches(op, out_granule(e->out), out_level(e->out))) {
            entry_drop(tlb, e);
            dropped++;
        }
    return dropped;
}

static unsigned drop_range(struct tlb *tlb, uint16_t n, const struct tlbi *op)
{
    unsigned dropped = 0;
    if (tlb->ctx[n].live == 0)
        return 0;
    if (op->size > (UINT64_C(1024) << 12))
        return drop_scan(tlb, n, op);
    uint64_t first = op->va & ~UINT64_C(0xfff);
    for (uint64_t page = 0; page < op->size; page += 4096)
        dropped += drop_va(tlb, n, first + page, op);
    return dropped;
}

unsigned tlb_invalidate(struct tlb *tlb, const struct tlbi *op)
{
    unsigned dropped = 0;
    if (op->illegal)
        return 0;
    for (uint16_t n = 0; n < tlb->contexts; n++) {
        if (!context_matches(tlb->ctx[n].id, op))
            continue;
        if (op->kind == TLBI_VA || op->kind == TLBI_VAA || op->kind == TLBI_IPAS2)
            dropped += op->size > 1 ? drop_range(tlb, n, op) : drop_va(tlb, n, op->va, op);
        else
            dropped += context_empty(tlb, &tlb->ctx[n]);
    }
    return dropped;
}

/* ---- state ---- */

/* Entries that live, and the records of blocks that have some, with their places; no padding. */
struct saved_entry {
    uint64_t tag, out;
    uint32_t place, zero;
    uint16_t block, perm, s1attr;
    uint8_t ctx, s2attr;
};
struct saved_block {
    uint64_t tag;
    uint32_t place;
    uint16_t ctx;
    uint8_t granule;
    int8_t level;
};
_Static_assert(sizeof(struct saved_entry) == 32 && sizeof(struct saved_block) == 16, "no padding");

struct saved {
    uint64_t *ids; /* of the contexts */
    struct saved_entry *entries;
    struct saved_block *blocks;
    size_t n_ids, n_entries, n_blocks;
    uint32_t hand, context_hand;
};

static void gather(const struct tlb *tlb, struct saved *s)
{
    *s = (struct saved){.hand = tlb->hand % WAYS, .context_hand = tlb->context_hand % CONTEXTS};
    s->ids = xcalloc(tlb->contexts + 1, sizeof(s->ids[0]));
    for (size_t n = 0; n < ENTRIES; n++)
        s->n_entries += alive(tlb, &tlb->entries[n]);
    s->entries = xcalloc(s->n_entries + 1, sizeof(s->entries[0]));
    s->n_entries = 0;
    s->blocks = xcalloc(BLOCKS, sizeof(s->blocks[0]));
    while (s->n_ids < tlb->contexts) {
        s->ids[s->n_ids] = tlb->ctx[s->n_ids].id;
        s->n_ids++;
    }
    for (size_t n = 0; n < ENTRIES; n++) {
        const struct tlb_entry *e = &tlb->entries[n];
        if (alive(tlb, e))
            s->entries[s->n_entries++] = (struct saved_entry){
                e->tag, e->out, (uint32_t)n, 0, e->block, e->perm, e->s1attr, e->ctx, e->s2attr};
    }
    for (size_t n = 1; n < BLOCKS; n++) {
        const struct tlb_block *b = &tlb->block[n];
        if (block_alive(tlb, b))
            s->blocks[s->n_blocks++] =
                (struct saved_block){b->tag, (uint32_t)n, b->ctx, b->granule, b->level};
    }
}

static void saved_free(struct saved *s)
{
    free(s->ids);
    free(s->entries);
    free(s->blocks);
}

static bool equal(const void *a, size_t n_a, const void *b, size_t n_b, size_t size)
{
    return n_a == n_b && (n_a == 0 || memcmp(a, b, n_a * size) == 0);
}

static bool saved_equal(const struct saved *a, const struct saved *b)
{
    return a->hand == b->hand && a->context_hand == b->context_hand &&
           equal(a->ids, a->n_ids, b->ids, b->n_ids, sizeof(a->ids[0])) &&
           equal(a->entries, a->n_entries, b->entries, b->n_entries, sizeof(a->entries[0])) &&
           equal(a->blocks, a->n_blocks, b->blocks, b->n_blocks, sizeof(a->blocks[0]));
}

/* A tag is an address as tlb_va() has it and the size of a page or block. */
static bool tag_possible(uint64_t tag)
{
    const unsigned size = tag & 63;

    return size >= 12 && size <= 56 && (tag & ~UINT64_C(63) & (BIT(size) - 1)) == 0;
}

static bool put_context(struct tlb *tlb, uint64_t id)
{
    if (bits(id, ID_REGIME_SHIFT + 3, ID_REGIME_SHIFT) >= REGIME_COUNT || context_find(tlb, id) != NO_CONTEXT)
        return false;
    context_make(tlb, id);
    return true;
}

static bool put_block(struct tlb *tlb, const struct saved_block *s)
{
    if (s->place == 0 || s->place >= BLOCKS || s->ctx >= tlb->contexts || !tag_possible(s->tag) ||
        block_slot(s->tag, s->ctx) != s->place)
        return false;
    tlb->block[s->place] = (struct tlb_block){.tag = s->tag,
                                              .ctx_epoch = tlb->ctx[s->ctx].epoch,
                                              .epoch = ++tlb->next_epoch,
                                              .ctx = s->ctx,
                                              .granule = s->granule,
                                              .level = s->level};
    tlb->ctx[s->ctx].block_sizes |= BIT(s->tag & 63);
    return true;
}

static bool put_entry(struct tlb *tlb, const struct saved_entry *s)
{
    if (s->place >= ENTRIES || s->ctx >= tlb->contexts || s->block >= BLOCKS || !tag_possible(s->tag))
        return false;
    struct tlb_entry *e = &tlb->entries[s->place];
    struct tlb_context *c = &tlb->ctx[s->ctx];
    struct tlb_block *b = s->block != 0 ? &tlb->block[s->block] : NULL;
    if (alive(tlb, e) || set_of(tlb, s->tag, s->ctx) != &tlb->entries[s->place / WAYS * WAYS] ||
        (b != NULL && (b->ctx != s->ctx || b->ctx_epoch != c->epoch)))
        return false;
    *e = (struct tlb_entry){.tag = s->tag,
                            .epoch = b != NULL ? b->epoch : c->epoch,
                            .out = s->out,
                            .block = s->block,
                            .perm = s->perm,
                            .s1attr = s->s1attr,
                            .ctx = s->ctx,
                            .s2attr = s->s2attr};
    c->live++;
    c->sizes |= BIT(s->tag & 63);
    if (b != NULL)
        b->live++;
    return true;
}

/* Empties the TLB and puts into it what was saved. False: that can't be. */
static bool put_saved(struct tlb *tlb, const struct saved *s)
{
    bool ok = s->hand < WAYS && s->context_hand < CONTEXTS;

    memset(tlb->entries, 0, ENTRIES * sizeof(tlb->entries[0]));
    memset(tlb->block, 0, sizeof(tlb->block));
    memset(tlb->head, 0xff, sizeof(tlb->head));
    tlb->contexts = 0;
    forget_last(tlb);
    for (size_t n = 0; ok && n < s->n_ids; n++)
        ok = put_context(tlb, s->ids[n]);
    for (size_t n = 0; ok && n < s->n_blocks; n++)
        ok = put_block(tlb, &s->blocks[n]);
    for (size_t n = 0; ok && n < s->n_entries; n++)
        ok = put_entry(tlb, &s->entries[n]);
    tlb->hand = s->hand % WAYS;
    tlb->context_hand = s->context_hand % CONTEXTS;
    forget_last(tlb);
    return ok;
}

void tlb_visit(struct tlb *tlb, visit_fn *fn, void *ctx)
{
    struct saved before, now;

    gather(tlb, &before);
    gather(tlb, &now);
    visit_array(fn, ctx, "tlb contexts", (void **)&now.ids, &now.n_ids, sizeof(now.ids[0]), CONTEXTS);
    visit_array(fn, ctx, "tlb blocks", (void **)&now.blocks, &now.n_blocks, sizeof(now.blocks[0]), BLOCKS);
    visit_array(fn, ctx, "tlb entries", (void **)&now.entries, &now.n_entries, sizeof(now.entries[0]),
                ENTRIES);
    fn(ctx, "tlb hand", &now.hand, sizeof(now.hand));
    fn(ctx, "tlb context hand", &now.context_hand, sizeof(now.context_hand));
    if (!saved_equal(&before, &now) && !put_saved(tlb, &now)) {
        tlb_flush(tlb);
        visit_refuse(fn, ctx, "tlb entries");
    }
    saved_free(&before);
    saved_free(&now);
}
