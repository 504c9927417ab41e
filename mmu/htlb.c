/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The host TLB banks: found by context, filled by cpu/, and emptied of what TLBI operations cover. Nothing
 * here is architecture; every answer was the architectural TLB's or the walker's before, and is dropped no
 * later than theirs.
 *
 * An invalidation by address looks at one slot per matching bank as long as only 4 KB translations went in.
 * Where larger blocks did, their pages may be in any slot, so the slots in use are looked at.
 */
#include "mmu/htlb.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "base/log.h"
#include "mmu/internal.h"

#define NO_BANK 0xff
#define PAGE_MASK (~UINT64_C(4095))
#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)

/* ---- identification ---- */

#define ID_USED BIT(63)
#define ID_VMID_SHIFT 16
#define ID_REGIME_SHIFT 32
#define ID_SECURE BIT(36)
#define ID_STAGE1 BIT(37) /* stage 1 is on */
#define ID_STAGE2 BIT(38)

static uint64_t bank_id(const struct tctx *t)
{
    return ID_USED | t->asid | (uint64_t)t->vmid << ID_VMID_SHIFT | (uint64_t)t->regime << ID_REGIME_SHIFT |
           (t->secure ? ID_SECURE : 0) | (xlat_stage1_on(t) ? ID_STAGE1 : 0) | (t->stage2 ? ID_STAGE2 : 0);
}

/* The bits of an id that must be as in *want for the operation to concern the bank. */
static uint64_t id_mask(const struct tlbi *op, uint64_t *want)
{
    uint64_t mask = ID_USED | MASK(ID_REGIME_SHIFT + 3, ID_REGIME_SHIFT) | ID_SECURE;
    *want = ID_USED | (uint64_t)op->regime << ID_REGIME_SHIFT | (op->secure ? ID_SECURE : 0) |
            (uint64_t)op->vmid << ID_VMID_SHIFT | op->asid;
    if (op->kind != TLBI_ALL && op->regime == REGIME_EL10)
        mask |= MASK(ID_VMID_SHIFT + 15, ID_VMID_SHIFT);
    switch (op->kind) {
    case TLBI_ASID:
        mask |= MASK(15, 0) | ID_STAGE1;
        *want |= ID_STAGE1;
        break;
    case TLBI_VA:
    case TLBI_VAA:
        mask |= ID_STAGE1;
        *want |= ID_STAGE1;
        break;
    case TLBI_IPAS2: /* combined entries stay, as in the architectural TLB; addresses of stage 1 off are IPAs
                      */
        mask |= ID_STAGE1 | ID_STAGE2;
        *want |= ID_STAGE2;
        break;
    default:
        break;
    }
    return mask;
}

static uint64_t tctx_hash(const struct tctx *t)
{
    _Static_assert(sizeof(struct tctx) % 8 == 0, "hashed by words");
    uint64_t w[sizeof(struct tctx) / 8], h = 0, k = GOLDEN;
    memcpy(w, t, sizeof w);
    for (size_t n = 0; n < ARRAY_LEN(w); n++, k += UINT64_C(0xbf58476d1ce4e5b8))
        h += (w[n] ^ (w[n] >> 32)) * k;
    return h ^ (h >> 29);
}

static unsigned bucket(uint64_t hash)
{
    return (unsigned)(hash >> 58);
}

/* ---- emptying ---- */

static void renew_key(struct htlb *h, struct htlb_bank *b)
{
    b->key = ++*h->next_key;
}

static void clear_data(struct htlb_bank *b, unsigned slot)
{
    b->data[slot].read_tag = b->data[slot].write_tag = HTLB_NO_TAG;
    b->used[slot / 64] &= ~BIT(slot % 64);
}

static void clear_fetch(struct htlb_bank *b, unsigned slot)
{
    b->fetch[slot].tag = HTLB_NO_TAG;
    b->fetch[slot].code_page = NULL;
    b->fetch_used &= ~BIT(slot);
}

static void empty(struct htlb *h, struct htlb_bank *b)
{
    for (unsigned w = 0; w < ARRAY_LEN(b->used); w++)
        for (uint64_t m = b->used[w]; m != 0; m &= m - 1)
            clear_data(b, w * 64 + (unsigned)__builtin_ctzll(m));
    for (uint64_t m = b->fetch_used; m != 0; m &= m - 1)
        clear_fetch(b, (unsigned)__builtin_ctzll(m));
    if (b->fetch_sizes[0] | b->fetch_sizes[1])
        renew_key(h, b);
    memset(b->sizes, 0, sizeof b->sizes);
    memset(b->fetch_sizes, 0, sizeof b->fetch_sizes);
    memset(b->fetched, 0, sizeof b->fetched);
    b->global[0] = b->global[1] = false;
    b->stale = false;
}

/* Empties now, or when next selected. */
static void discard(struct htlb *h, struct htlb_bank *b, const struct htlb_bank *active)
{
    if (active == NULL || b == active)
        empty(h, b);
    else
        b->stale = true;
}

/* ---- fetch filter ---- */

static unsigned filter_bit(uint64_t va, unsigned size)
{
    return (unsigned)((((va >> size) + size) * GOLDEN) >> 55);
}

static void note_fetch(struct htlb_bank *b, uint64_t va, unsigned size)
{
    unsigned n = filter_bit(tlb_va(va), size);
    b->fetched[n / 64] |= BIT(n % 64);
    b->fetch_sizes[bit(va, 55)] |= BIT(size);
}

/* Could va's translation have been used for a fetch since the key was renewed? */
static bool may_have_fetched(const struct htlb_bank *b, uint64_t va)
{
    for (uint64_t m = b->fetch_sizes[bit(va, 55)]; m != 0; m &= m - 1) {
        unsigned n = filter_bit(va, (unsigned)__builtin_ctzll(m));
        if (bit(b->fetched[n / 64], n % 64))
            return true;
    }
    return false;
}

/* Does the slot's block overlap [va, va + size)? */
static bool overlaps(uint64_t tag, unsigned log2, uint64_t va, uint64_t size)
{
    uint64_t block = BIT(log2), first = tlb_va(tag) & ~(block - 1);
    return first - va < size || va - first < block;
}

/* Drops fetch entries of the range and starts a new key; what remains is noted anew. */
static void drop_fetch(struct htlb *h, struct htlb_bank *b, uint64_t va, uint64_t size)
{
    memset(b->fetch_sizes, 0, sizeof b->fetch_sizes);
    memset(b->fetched, 0, sizeof b->fetched);
    for (uint64_t m = b->fetch_used; m != 0; m &= m - 1) {
        unsigned n = (unsigned)__builtin_ctzll(m);
        if (overlaps(b->fetch[n].tag, b->fetch_size[n], va, size))
            clear_fetch(b, n);
        else
            note_fetch(b, b->fetch[n].tag, b->fetch_size[n]);
    }
    renew_key(h, b);
}

/* ---- invalidation by address ---- */

static uint64_t slot_va(const struct htlb_entry *e)
{
    return e->read_tag & 1 ? e->write_tag : e->read_tag;
}

static void drop_slots(struct htlb_bank *b, uint64_t va, uint64_t size)
{
    for (unsigned w = 0; w < ARRAY_LEN(b->used); w++)
        for (uint64_t m = b->used[w]; m != 0; m &= m - 1) {
            unsigned slot = w * 64 + (unsigned)__builtin_ctzll(m);
            if (overlaps(slot_va(&b->data[slot]), b->size[slot], va, size))
                clear_data(b, slot);
        }
}

static void drop_page(struct htlb *h, struct htlb_bank *b, uint64_t va)
{
    unsigned slot = htlb_index(va);
    if (b->sizes[bit(va, 55)] >> 13) /* blocks of more than 4 KB */
        drop_slots(b, va, 1);
    else if (((tlb_va(slot_va(&b->data[slot])) ^ va) & PAGE_MASK) == 0)
        clear_data(b, slot);
    if (may_have_fetched(b, va))
        drop_fetch(h, b, va, 1);
}

static void drop_address(struct htlb *h, struct htlb_bank *b, const struct tlbi *op)
{
    if (op->size > 4096) {
        drop_slots(b, op->va, op->size);
        if (b->fetch_sizes[0] | b->fetch_sizes[1])
            drop_fetch(h, b, op->va, op->size);
    } else {
        drop_page(h, b, op->va);
    }
}

void htlb_invalidate(struct htlb *h, const struct tlbi *op, const struct htlb_bank *active)
{
    uint64_t want, mask = id_mask(op, &want);
    bool by_address = op->kind == TLBI_VA || op->kind == TLBI_VAA || op->kind == TLBI_IPAS2;
    unsigned half = (unsigned)bit(op->va, 55);
    bool both = op->size > 4096; /* a range may reach over both halves */
    if (op->illegal)
        return;
    for (unsigned n = 0; n < h->count; n++) {
        struct htlb_bank *b = &h->banks[n];
        if (((h->id[n] ^ want) & mask) != 0 || b->stale)
            continue;
        if (!by_address)
            discard(h, b, active);
        else if (op->kind != TLBI_VA || (uint16_t)h->id[n] == op->asid || b->global[half] ||
                 (both && b->global[!half]))
            drop_address(h, b, op);
    }
}

void htlb_evicted(void *htlb, const struct tlbi *op)
{
    htlb_invalidate(htlb, op, NULL);
}

void htlb_flush(struct htlb *h, const struct htlb_bank *active)
{
    for (unsigned n = 0; n < h->count; n++)
        discard(h, &h->banks[n], active);
}

/* ---- invalidation by physical page ---- */

void htlb_protect_page(struct htlb *h, uint64_t pa_page)
{
    for (unsigned n = 0; n < h->count; n++) {
        struct htlb_bank *b = &h->banks[n];
        for (unsigned w = 0; w < ARRAY_LEN(b->used); w++)
            for (uint64_t m = b->used[w]; m != 0; m &= m - 1) {
                struct htlb_entry *e = &b->data[w * 64 + (unsigned)__builtin_ctzll(m)];
                if (e->pa_page == pa_page)
                    e->write_tag = HTLB_NO_TAG;
            }
    }
}

void htlb_forget_code(struct htlb *h, uint64_t pa_page)
{
    for (unsigned n = 0; n < h->count; n++) {
        struct htlb_bank *b = &h->banks[n];
        for (uint64_t m = b->fetch_used; m != 0; m &= m - 1) {
            unsigned slot = (unsigned)__builtin_ctzll(m);
            if (b->fetch[slot].pa_page == pa_page)
                clear_fetch(b, slot);
        }
        renew_key(h, b); /* records of the page may be remembered by the key alone */
    }
}

/* ---- finding and filling ---- */

static void unlink_bank(struct htlb *h, unsigned n)
{
    uint8_t *link = &h->head[bucket(h->banks[n].hash)];
    while (*link != n)
        link = &h->banks[*link].next;
    *link = h->banks[n].next;
}

static unsigned oldest_bank(const struct htlb *h)
{
    unsigned oldest = 0;
    for (unsigned n = 1; n < HTLB_BANKS; n++)
        if (h->banks[n].last_use < h->banks[oldest].last_use)
            oldest = n;
    return oldest;
}

static struct htlb_bank *new_bank(struct htlb *h, const struct tctx *t, uint64_t hash)
{
    unsigned n = h->count < HTLB_BANKS ? h->count : oldest_bank(h);
    struct htlb_bank *b = &h->banks[n];
    if (n == h->count)
        h->count++;
    else
        unlink_bank(h, n);
    empty(h, b);
    renew_key(h, b);
    b->tctx = *t;
    b->hash = hash;
    b->in_use = true;
    b->next = h->head[bucket(hash)];
    h->head[bucket(hash)] = (uint8_t)n;
    h->id[n] = bank_id(t);
    return b;
}

struct htlb_bank *htlb_bank(struct htlb *h, const struct tctx *t)
{
    uint64_t hash = tctx_hash(t);
    struct htlb_bank *b = NULL;
    for (uint8_t n = h->head[bucket(hash)]; n != NO_BANK; n = h->banks[n].next)
        if (h->banks[n].hash == hash && memcmp(&h->banks[n].tctx, t, sizeof *t) == 0)
            b = &h->banks[n];
    if (b == NULL)
        b = new_bank(h, t, hash);
    else if (b->stale)
        empty(h, b);
    b->last_use = ++h->use_clock;
    return b;
}

void htlb_fill_data(struct htlb_bank *b, uint64_t va, const struct mmu_result *r, uint8_t *host_page,
                    bool readable, bool writable)
{
    uint64_t page = va & PAGE_MASK;
    unsigned slot = htlb_index(va);
    struct htlb_entry *e = &b->data[slot];
    if (!readable && !writable)
        return;
    e->read_tag = readable ? page : HTLB_NO_TAG;
    e->write_tag = writable ? page : HTLB_NO_TAG;
    e->addend = (uintptr_t)host_page - (uintptr_t)page;
    e->pa_page = r->pa & PAGE_MASK;
    b->used[slot / 64] |= BIT(slot % 64);
    b->size[slot] = (uint8_t)__builtin_ctzll(r->inval_size);
    b->sizes[bit(va, 55)] |= r->inval_size;
    b->global[bit(va, 55)] |= r->global;
}

void htlb_fill_fetch(struct htlb_bank *b, struct htlb_fetch *e, uint64_t va, const struct mmu_result *r)
{
    unsigned slot = (unsigned)(e - b->fetch), size = (unsigned)__builtin_ctzll(r->inval_size);
    e->tag = va & PAGE_MASK;
    e->pa_page = r->pa & PAGE_MASK;
    e->guarded = r->guarded;
    b->fetch_used |= BIT(slot);
    b->fetch_size[slot] = (uint8_t)size;
    b->global[bit(va, 55)] |= r->global;
    note_fetch(b, va, size);
}

void htlb_init(struct htlb *h, uint64_t *next_key)
{
    memset(h, 0, sizeof *h);
    h->banks = xcalloc(HTLB_BANKS, sizeof *h->banks);
    h->next_key = next_key;
    memset(h->head, NO_BANK, sizeof h->head);
    for (unsigned n = 0; n < HTLB_BANKS; n++) {
        struct htlb_bank *b = &h->banks[n];
        for (unsigned slot = 0; slot < HTLB_ENTRIES; slot++)
            clear_data(b, slot);
        for (unsigned slot = 0; slot < HTLB_FETCH_ENTRIES; slot++)
            clear_fetch(b, slot);
        renew_key(h, b);
    }
}

void htlb_destroy(struct htlb *h)
{
    free(h->banks);
    h->banks = NULL;
}
