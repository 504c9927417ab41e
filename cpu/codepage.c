/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The cache of decoded code pages. See codepage.h.
 */
#include "cpu/codepage.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cpu/engine.h"

static unsigned bucket_of(uint64_t pa_page)
{
    return (unsigned)((pa_page >> 12) * UINT64_C(0x9e3779b97f4a7c15) >> 52);
}

static void code_written(void *opaque, uint64_t pa, size_t len)
{
    codecache_written(opaque, pa, len);
}

void codecache_init(struct codecache *cc, struct bus *bus)
{
    *cc = (struct codecache){.bus = bus};
    bus_set_code_listener(bus, code_written, cc);
}

void codecache_bury(struct codecache *cc)
{
    while (cc->graveyard != NULL) {
        struct code_page *p = cc->graveyard;
        cc->graveyard = p->next;
        free(p);
    }
}

/* Makes every page's records unreachable: from the fetch entries and jump caches of all CPUs, and from the
 * hash. */
static void kill_page(struct codecache *cc, struct code_page **link)
{
    struct code_page *p = *link;
    *link = p->next;
    p->next = cc->graveyard;
    cc->graveyard = p;
    cc->pages--;
    for (unsigned n = 0; n < cc->ncpus; n++) {
        struct cpu *c = cc->cpus[n];
        htlb_forget_code(&c->htlb, p->pa);
        c->attention |= ATT_CODE;
    }
}

static void drop_all(struct codecache *cc)
{
    for (unsigned b = 0; b < CODE_BUCKETS; b++)
        while (cc->bucket[b] != NULL)
            kill_page(cc, &cc->bucket[b]);
}

void codecache_flush(struct codecache *cc)
{
    for (unsigned b = 0; b < CODE_BUCKETS; b++)
        while (cc->bucket[b] != NULL) {
            struct code_page *p = cc->bucket[b];
            cc->bucket[b] = p->next;
            free(p);
        }
    cc->pages = 0;
    codecache_bury(cc);
}

void codecache_destroy(struct codecache *cc)
{
    codecache_flush(cc);
}

static struct code_page *new_page(struct codecache *cc, struct bus_ram *ram, uint64_t pa_page,
                                  const struct features *f, uint32_t dctx)
{
    struct code_page *p = aligned_alloc(64, align_up(sizeof(*p), 64));
    if (p == NULL)
        user_error("out of host memory for decoded code");
    const struct insn undecoded = {.fn = engine_fast_ops[OP_DECODE], .op = OP_DECODE};
    for (unsigned n = 0; n < PAGE_INSNS; n++) {
        p->rec[n] = undecoded;
        p->rec[n].offset = (uint16_t)(4 * n);
    }
    p->rec[PAGE_INSNS] = (struct insn){.fn = engine_fast_ops[OP_PAGE_END], .op = OP_PAGE_END, .offset = 4096};
    p->pa = pa_page;
    p->lines = 0;
    p->host = ram->host + (pa_page - ram->base);
    p->feat = f;
    p->dctx = dctx;
    p->next = cc->bucket[bucket_of(pa_page)];
    cc->bucket[bucket_of(pa_page)] = p;
    cc->pages++;
    return p;
}

struct code_page *codecache_get(struct codecache *cc, struct bus_ram *ram, uint64_t pa_page,
                                const struct features *f, uint32_t dctx)
{
    for (struct code_page *p = cc->bucket[bucket_of(pa_page)]; p != NULL; p = p->next)
        if (p->pa == pa_page && p->dctx == dctx)
            return p;
    if (cc->pages >= CODE_PAGES_MAX)
        drop_all(cc);
    uint8_t *flags = &ram->page_flags[(pa_page - ram->base) >> 12];
    if ((*flags & PAGE_WRITE_CACHED) && !(*flags & PAGE_HAS_CODE))
        for (unsigned n = 0; n < cc->ncpus; n++)
            htlb_protect_page(&cc->cpus[n]->htlb, pa_page);
    *flags = (uint8_t)((*flags & ~PAGE_WRITE_CACHED) | PAGE_HAS_CODE);
    return new_page(cc, ram, pa_page, f, dctx);
}

static uint64_t lines_of(uint64_t pa, size_t len)
{
    unsigned first = (unsigned)(pa & 4095) / 64, last = (unsigned)((pa + len - 1) & 4095) / 64;
    return MASK(last, first);
}

void codecache_written(struct codecache *cc, uint64_t pa, size_t len)
{
    while (len != 0) {
        size_t here = 4096 - (size_t)(pa & 4095);
        here = here < len ? here : len;
        uint64_t page = pa & ~UINT64_C(4095), lines = lines_of(pa, here);
        struct code_page **link = &cc->bucket[bucket_of(page)];
        bool alive = false;
        while (*link != NULL) {
            if ((*link)->pa == page && ((*link)->lines & lines)) {
                kill_page(cc, link);
                continue;
            }
            alive |= (*link)->pa == page;
            link = &(*link)->next;
        }
        struct bus_ram *ram = bus_find_ram(cc->bus, page);
        if (!alive && ram != NULL)
            ram->page_flags[(page - ram->base) >> 12] &= (uint8_t)~PAGE_HAS_CODE;
        pa += here;
        len -= here;
    }
}

void code_page_decode_run(struct insn *i)
{
    struct code_page *p = CONTAINER_OF(i - i->offset / 4, struct code_page, rec);
    struct insn *r = i;
    for (; r < p->rec + PAGE_INSNS && r->op == OP_DECODE; r++) {
        uint32_t raw;
        uint16_t offset = r->offset;
        memcpy(&raw, p->host + offset, 4);
        decode(r, raw, p->feat, p->dctx);
        r->raw = raw;
        r->offset = offset;
        r->left = 0;
        r->fn = engine_fast_ops[r->op];
        p->lines |= BIT(offset / 64);
        if (r->flags & INSN_END) {
            r++;
            break;
        }
    }
    /* r is past the last new record. A run that flows into decoded code counts on; PAGE_END counts as one,
     * too (it refunds itself), so that falling into it and branching to it are charged alike. */
    uint16_t left = (r - 1)->flags & INSN_END ? 0 : (uint16_t)(r->left + 1);
    for (struct insn *b = r - 1; b >= i; b--)
        b->left = left++;
}
