/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The host's fast TLB. Each translation context owns a bank, so that a world switch, an ASID change or an
 * exception swaps one pointer and flushes nothing. Strictly derived state: dropping any of it at any time
 * changes nothing that software can see.
 *
 * A data entry answers for one 4 KB page. The tags are the page's virtual address; an odd tag never matches,
 * which is how Device memory, pages with decoded code, watched pages and read-only pages send an access to
 * the slow path.
 */
#ifndef EL2SIM_MMU_HTLB_H
#define EL2SIM_MMU_HTLB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mmu/mmu.h"

#define HTLB_ENTRIES 512 /* per bank, data; direct mapped: htlb_index() */
#define HTLB_FETCH_ENTRIES 64
#define HTLB_BANKS 48
/* Odd, and with a bit that no compare leaves in: one for natural alignment keeps the low bits of the address.
 */
#define HTLB_NO_TAG UINT64_C(0x801)

struct htlb_entry {
    uint64_t read_tag, write_tag;
    uintptr_t addend; /* host address = va + addend */
    uint64_t pa_page; /* physical page: for invalidation by PA */
};

struct htlb_fetch {
    uint64_t tag;
    uint64_t pa_page;
    void *code_page; /* cpu/codepage.c: decoded records of the page, or NULL */
    uint32_t dctx;   /* the decode context code_page was made for */
    bool guarded;    /* BTI guarded page */
};

struct htlb_bank {
    struct htlb_entry data[HTLB_ENTRIES];
    struct htlb_fetch fetch[HTLB_FETCH_ENTRIES];
    struct tctx tctx;
    uint64_t key; /* unique among all states any bank ever had: changes when the bank gets another context,
                   * and when a fetch entry, present or replaced meanwhile, may have been dropped */
    uint64_t last_use;  /* for LRU */
    bool in_use, stale; /* stale: to be emptied before it is used again */

    /* htlb.c's own: what an invalidation has to look at */
    uint64_t hash;                    /* of tctx */
    uint64_t used[HTLB_ENTRIES / 64]; /* slots that may hold something */
    uint64_t fetch_used;
    uint8_t size[HTLB_ENTRIES]; /* log2 of the block whose invalidation drops the slot's entry */
    uint8_t fetch_size[HTLB_FETCH_ENTRIES];
    uint64_t sizes[2];       /* per VA<55>: bit n, data entries of such a block may exist */
    uint64_t fetch_sizes[2]; /* the same of every fetch entry since the key was renewed, even replaced ones */
    uint64_t fetched[8];     /* and a filter of their blocks */
    bool global[2];          /* per VA<55>: global entries may exist */
    uint8_t next;            /* next bank in the list of the same hash */
};

struct htlb {
    struct htlb_bank *banks; /* HTLB_BANKS of them */
    uint64_t *next_key;      /* machine-wide counter */
    uint64_t use_clock;
    uint64_t id[HTLB_BANKS]; /* regime, security, VMID, ASID of each bank in short form; 0: not in use */
    uint8_t head[64];        /* of the lists of banks by hash */
    unsigned count;          /* banks 0..count-1 have been given to contexts */
};

void htlb_init(struct htlb *h, uint64_t *next_key);
void htlb_destroy(struct htlb *h);
/* The bank of a context: an existing one, or the least recently used emptied and given to it. */
struct htlb_bank *htlb_bank(struct htlb *h, const struct tctx *t);
/* Drops whatever the operation covers (or more) from all banks. Operations that empty whole banks empty
 * `active` at once and mark the others stale, for htlb_bank() to empty; with NULL for `active`, all are
 * emptied at once. */
void htlb_invalidate(struct htlb *h, const struct tlbi *op, const struct htlb_bank *active);
/* Drops everything in all banks; `active` as above. */
void htlb_flush(struct htlb *h, const struct htlb_bank *active);
/* For tlb_on_evict(): `htlb` is a struct htlb. */
void htlb_evicted(void *htlb, const struct tlbi *op);
/* A page got decoded code: makes write entries for physical page pa miss in all banks. */
void htlb_protect_page(struct htlb *h, uint64_t pa_page);
/* Decoded code of a physical page died: drops fetch entries that point to it in all banks and renews keys. */
void htlb_forget_code(struct htlb *h, uint64_t pa_page);

/* Enters the translation r of va's 4 KB page. `host_page` is the host address of the physical page; the fast
 * path may read and/or write through it. Called by cpu/mem.c; notes r->page_size for later invalidations of
 * larger blocks. */
void htlb_fill_data(struct htlb_bank *b, uint64_t va, const struct mmu_result *r, uint8_t *host_page,
                    bool readable, bool writable);
/* The same for instruction fetch: fills *e (a slot of b->fetch) except code_page and dctx, which the caller
 * sets. */
void htlb_fill_fetch(struct htlb_bank *b, struct htlb_fetch *e, uint64_t va, const struct mmu_result *r);

/* VA<20:12>, folded with VA<29:21>: arrays at equal offsets of aligned areas must not evict each other. */
static inline unsigned htlb_index(uint64_t va)
{
    return (unsigned)(va >> 12 ^ va >> 21) & (HTLB_ENTRIES - 1);
}

static inline struct htlb_entry *htlb_slot(struct htlb_bank *b, uint64_t va)
{
    return &b->data[htlb_index(va)];
}

#endif
