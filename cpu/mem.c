/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Data accesses of a CPU, with every rule applied: alignment (AArch64.UnalignedAccessFaults), translation,
 * Device memory, watchpoints, allocation tags, page crossing, MMIO, the exclusive monitors. The fast engine
 * comes here only when its inline host TLB compare misses; the loop engine always. Arm ARM B2.8 (alignment),
 * B2.9 (exclusives), D8.
 */
#include <string.h>

#include "cpu/codepage.h"
#include "cpu/context.h"
#include "cpu/cpu.h"
#include "cpu/debug.h"
#include "cpu/exception.h"
#include "cpu/mte.h"
#include "cpu/observe.h"
#include "cpu/sem.h"

#define PAGE_MASK (~UINT64_C(4095))
/* Exclusives reservation granule: 64 bytes (CTR_EL0.ERG). */
#define ERG UINT64_C(64)

static ALWAYS_INLINE struct htlb_bank *bank_of(const struct cpu *c, unsigned flags)
{
    if (UNLIKELY(flags & (MEM_UNPRIV | MEM_VNCR)))
        return (flags & MEM_VNCR) ? c->ctx[CTX_EL2].bank : c->bank_unpriv;
    return c->bank;
}

static ALWAYS_INLINE const struct tctx *context_of(const struct cpu *c, unsigned flags)
{
    return &bank_of(c, flags)->tctx;
}

static bool fault(struct cpu *c, const struct insn *i, uint64_t va, bool write, const struct fault *f,
                  unsigned flags)
{
    raise_data_abort(c, i, va, write, f, flags);
    return false;
}

static bool alignment_fault(struct cpu *c, const struct insn *i, uint64_t va, bool write, unsigned flags)
{
    const struct fault f = {.type = FAULT_ALIGNMENT, .write = write, .rule = "unaligned access"};
    return fault(c, i, va, write, &f, flags);
}

static bool external_abort(struct cpu *c, const struct insn *i, uint64_t va, bool write, unsigned flags)
{
    const struct fault f = {
        .type = FAULT_EXTERNAL, .write = write, .rule = "nothing answers at this address"};
    return fault(c, i, va, write, &f, flags);
}

/* AArch64.UnalignedAccessFaults(), for an address that isn't aligned to the access size. */
static bool unaligned_faults(const struct cpu *c, const struct tctx *t, uint64_t va, unsigned size,
                             unsigned flags)
{
    if (t->sctlr & SCTLR_A)
        return true;
    bool in_16 = (va & 15) + size <= 16;
    if (flags & (MEM_EXCL | MEM_RMW))
        return !has(c->feat, FEAT_LSE2) || !in_16;
    if (flags & MEM_ORDERED)
        return !has(c->feat, FEAT_LSE2) || (!(t->sctlr & SCTLR_NAA) && !in_16);
    return false;
}

/* One translated piece of an access, inside one page. */
struct piece {
    uint8_t *host; /* RAM, or NULL: MMIO or nothing */
    struct bus_ram *ram;
    uint64_t pa;
    bool ns, tagged;
};

static ALWAYS_INLINE bool translate(struct cpu *c, const struct insn *i, uint64_t va, bool write,
                                    bool unaligned, unsigned flags, struct mmu_result *r)
{
    const struct mmu_access a = {
        .type = write ? ACCESS_WRITE : ACCESS_READ, .rmw = flags & MEM_RMW, .unaligned = unaligned};
    if (LIKELY(mmu_translate(context_of(c, flags), &c->port, va, &a, r)))
        return true;
    return fault(c, i, va, write, &r->fault, flags);
}

/* Lets the fast path have this page, as far as nothing about it needs a look each time. */
static ALWAYS_INLINE void remember(struct cpu *c, uint64_t va, const struct mmu_result *r,
                                   struct bus_ram *ram, unsigned flags)
{
    const struct tctx *t = context_of(c, flags);
    if (ram == NULL || r->device || (t->sctlr & SCTLR_A) || (c->attention & ATT_DEBUG))
        return;
    if (UNLIKELY(t->tag_check != TAG_CHECK_OFF) && r->tagged && mmu_tag_checked(t, va))
        return;
    uint64_t page = (r->pa & PAGE_MASK) - ram->base;
    uint8_t *page_flags = &ram->page_flags[page >> 12];
    bool writable =
        (r->prot & PROT_W) && !ram->read_only && !(*page_flags & PAGE_HAS_CODE) && (*page_flags & PAGE_DIRTY);
    if (writable)
        *page_flags |= PAGE_WRITE_CACHED;
    htlb_fill_data(bank_of(c, flags), va, r, ram->host + page, r->prot & PROT_R, writable);
}

/* Does the access at va, located at p, pass its tag check? False: the exception was taken. FEAT_NV2's
 * accesses in place of registers are Tag Unchecked: CreateAccDescNV2(). */
static ALWAYS_INLINE bool check_tags(struct cpu *c, const struct insn *i, uint64_t va, unsigned size,
                                     bool write, unsigned flags, const struct piece *p)
{
    const struct tctx *t = context_of(c, flags);
    if (LIKELY(t->tag_check == TAG_CHECK_OFF) || !p->tagged || p->ram == NULL || (flags & MEM_VNCR))
        return true;
    return mte_check(c, i, t, p->ram, va, p->pa, size, write, flags);
}

/* Translates [va, va + size), inside one page, and makes the checks that follow. */
static ALWAYS_INLINE bool locate(struct cpu *c, const struct insn *i, uint64_t va, unsigned size, bool write,
                                 bool unaligned, unsigned flags, struct piece *p)
{
    struct mmu_result r;
    if (!translate(c, i, va, write, unaligned, flags, &r))
        return false;
    struct bus_ram *ram = c->ram; /* the region of the last time */
    if (UNLIKELY(ram == NULL || r.pa - ram->base >= ram->size)) {
        ram = bus_find_ram(c->bus, r.pa);
        if (ram != NULL)
            c->ram = ram;
    }
    if (ram != NULL && ram->secure_only && r.ns)
        ram = NULL;
    if (ram != NULL && write && !ram->read_only)
        ram->page_flags[(r.pa - ram->base) >> 12] |= PAGE_DIRTY;
    remember(c, va, &r, ram, flags);
    *p = (struct piece){.ram = ram, .pa = r.pa, .ns = r.ns, .tagged = r.tagged};
    if (ram != NULL)
        p->host = ram->host + (r.pa - ram->base);
    return (flags & MEM_LATE_TAG_CHECK) || check_tags(c, i, va, size, write, flags, p);
}

/* Is va not aligned as the access wants it? */
static bool is_unaligned(const struct insn *i, uint64_t va, unsigned size, unsigned flags)
{
    if (UNLIKELY(flags & MEM_ELEMENTS))
        size = 1u << bits(i->raw, 11, 10);
    else if (flags & MEM_WHOLE_PAIR)
        size /= 2;
    return va & (size - 1);
}

/* AccessDescriptor.el: whose access it counts as. */
static unsigned access_el(const struct cpu *c, unsigned flags)
{
    if (flags & MEM_VNCR)
        return 2;
    return context_of(c, flags)->el0 ? 0 : c->el;
}

static bool check(struct cpu *c, const struct insn *i, uint64_t va, unsigned size, bool write, unsigned flags)
{
    c->cur = i;
    if (UNLIKELY(is_unaligned(i, va, size, flags)) &&
        unaligned_faults(c, context_of(c, flags), va, size, flags))
        return alignment_fault(c, i, va, write && !(flags & MEM_RMW), flags); /* an atomic's is a read's */
    return true;
}

/* Watchpoints on [va, va+size), after translation; true: the exception was taken. The read of an atomic comes
 * first: WnR is 0 where it would match alone. */
static ALWAYS_INLINE bool watched(struct cpu *c, const struct insn *i, uint64_t va, unsigned size, bool write,
                                  unsigned flags)
{
    if (LIKELY(!(c->attention & ATT_DEBUG)))
        return false;
    unsigned el = access_el(c, flags);
    return ((flags & MEM_RMW) && debug_watch(c, i, va, size, false, el)) ||
           debug_watch(c, i, va, size, write, el);
}

/* Locates the one or two pieces of [va, va+size); *first is the size of the first. Watchpoints come before
 * the check of tags. */
static NOINLINE bool locate_all(struct cpu *c, const struct insn *i, uint64_t va, unsigned size, bool write,
                                unsigned flags, struct piece p[2], unsigned *first)
{
    unsigned room = 4096 - (unsigned)(va & 4095);
    bool unaligned = is_unaligned(i, va, size, flags);
    unsigned late = c->attention & ATT_DEBUG ? flags | MEM_LATE_TAG_CHECK : flags, rest;
    *first = size <= room ? size : room;
    rest = size - *first;
    if (!locate(c, i, va, *first, write, unaligned, late, &p[0]) ||
        (rest != 0 && !locate(c, i, va + *first, rest, write, unaligned, late, &p[1])) ||
        watched(c, i, va, size, write, flags))
        return false;
    return late == flags || (check_tags(c, i, va, *first, write, flags, &p[0]) &&
                             (rest == 0 || check_tags(c, i, va + *first, rest, write, flags, &p[1])));
}

/* MMIO in naturally aligned units of at most 8 bytes, as a bus would split it. */
static bool mmio_read(struct cpu *c, const struct piece *p, uint8_t *buf, unsigned size)
{
    for (unsigned done = 0; done < size;) {
        unsigned unit = size - done >= 8 ? 8 : size - done >= 4 ? 4 : size - done >= 2 ? 2 : 1;
        while ((p->pa + done) & (unit - 1))
            unit /= 2;
        uint64_t v;
        if (!bus_read(c->bus, p->pa + done, unit, !p->ns, &v))
            return false;
        memcpy(buf + done, &v, unit);
        done += unit;
    }
    return true;
}

static bool mmio_write(struct cpu *c, const struct piece *p, const uint8_t *buf, unsigned size)
{
    for (unsigned done = 0; done < size;) {
        unsigned unit = size - done >= 8 ? 8 : size - done >= 4 ? 4 : size - done >= 2 ? 2 : 1;
        while ((p->pa + done) & (unit - 1))
            unit /= 2;
        uint64_t v = 0;
        memcpy(&v, buf + done, unit);
        if (!bus_write(c->bus, p->pa + done, unit, !p->ns, v))
            return false;
        done += unit;
    }
    return true;
}

/* memcpy() of a size that is mostly one of two, without the call. */
static ALWAYS_INLINE void copy(void *to, const void *from, unsigned size)
{
    if (size == 8)
        memcpy(to, from, 8);
    else if (size == 4)
        memcpy(to, from, 4);
    else
        memcpy(to, from, size);
}

static ALWAYS_INLINE bool read_piece(struct cpu *c, const struct piece *p, uint8_t *buf, unsigned size)
{
    if (UNLIKELY(p->host == NULL))
        return mmio_read(c, p, buf, size);
    copy(buf, p->host, size);
    return true;
}

static ALWAYS_INLINE bool write_piece(struct cpu *c, const struct piece *p, const uint8_t *buf, unsigned size)
{
    if (p->host == NULL)
        return mmio_write(c, p, buf, size);
    if (p->ram->read_only)
        return true;
    if (p->ram->page_flags[(p->pa - p->ram->base) >> 12] & PAGE_HAS_CODE)
        codecache_written(c->code, p->pa, size);
    copy(p->host, buf, size);
    return true;
}

/* Aligned to its whole size and unobserved: nothing to check before translation, and it stays in one page. */
static ALWAYS_INLINE bool is_simple(const struct cpu *c, uint64_t va, unsigned size)
{
    return !(va & (size - 1)) && (va & ~PAGE_MASK) + size <= 4096 && !(c->attention & ATT_DEBUG);
}

/* Tells of an access that was made, in its one or two pieces. */
static NOINLINE void tell(struct cpu *c, uint64_t va, const void *data, unsigned size, unsigned first,
                          bool write, unsigned flags, const struct piece p[2])
{
    observe_memory(c, va, p[0].pa, data, first, write, flags);
    if (first != size)
        observe_memory(c, va + first, p[1].pa, (const uint8_t *)data + first, size - first, write, flags);
}

/* What a load comes to that has been made, or could not be. */
static ALWAYS_INLINE bool loaded(struct cpu *c, const struct insn *i, bool done, uint64_t va,
                                 const void *data, unsigned size, unsigned first, unsigned flags,
                                 const struct piece p[2])
{
    if (UNLIKELY(!done))
        return external_abort(c, i, va, false, flags);
    if (UNLIKELY(c->tells_memory))
        tell(c, va, data, size, first, false, flags, p);
    return true;
}

static ALWAYS_INLINE bool stored(struct cpu *c, const struct insn *i, bool done, uint64_t va,
                                 const void *data, unsigned size, unsigned first, unsigned flags,
                                 const struct piece p[2])
{
    if (UNLIKELY(!done))
        return external_abort(c, i, va, true, flags);
    if (UNLIKELY(c->tells_memory))
        tell(c, va, data, size, first, true, flags, p);
    return true;
}

bool mem_load(struct cpu *c, const struct insn *i, uint64_t va, void *buf, unsigned size, unsigned flags)
{
    struct piece p[2];
    unsigned first;
    bool write = flags & MEM_RMW;
    if (LIKELY(is_simple(c, va, size))) {
        c->cur = i;
        return locate(c, i, va, size, write, false, flags, p) &&
               loaded(c, i, read_piece(c, p, buf, size), va, buf, size, size, flags, p);
    }
    if (!check(c, i, va, size, write, flags) || !locate_all(c, i, va, size, write, flags, p, &first))
        return false;
    bool done = read_piece(c, &p[0], buf, first) &&
                (first == size || read_piece(c, &p[1], (uint8_t *)buf + first, size - first));
    return loaded(c, i, done, va, buf, size, first, flags, p);
}

bool mem_store(struct cpu *c, const struct insn *i, uint64_t va, const void *buf, unsigned size,
               unsigned flags)
{
    struct piece p[2];
    unsigned first;
    if (LIKELY(is_simple(c, va, size))) {
        c->cur = i;
        return locate(c, i, va, size, true, false, flags, p) &&
               stored(c, i, write_piece(c, p, buf, size), va, buf, size, size, flags, p);
    }
    if (!check(c, i, va, size, true, flags) || !locate_all(c, i, va, size, true, flags, p, &first))
        return false;
    bool done = write_piece(c, &p[0], buf, first) &&
                (first == size || write_piece(c, &p[1], (const uint8_t *)buf + first, size - first));
    return stored(c, i, done, va, buf, size, first, flags, p);
}

bool mem_window(struct cpu *c, const struct insn *i, uint64_t va, unsigned at, unsigned n, bool write,
                unsigned flags, uint8_t **host)
{
    const struct htlb_entry *e = htlb_slot((flags & MEM_UNPRIV) ? c->bank_unpriv : c->bank, va);
    struct piece p;
    c->cur = i;
    *host = NULL;
    if (UNLIKELY(c->attention & ATT_DEBUG))
        return true;
    if (LIKELY((write ? e->write_tag : e->read_tag) == (va & PAGE_MASK))) {
        *host = (uint8_t *)(uintptr_t)(va + e->addend);
        return true;
    }
    if (mmu_tag_checked(context_of(c, flags), va))
        return true;
    if (!locate(c, i, va + at, 1, write, false, flags, &p))
        return false;
    if (p.host == NULL || (write && p.ram->read_only))
        return true;
    if (write && (p.ram->page_flags[(p.pa - p.ram->base) >> 12] & PAGE_HAS_CODE))
        codecache_written(c->code, p.pa - at, n);
    *host = p.host - at;
    return true;
}

bool mem_translate(struct cpu *c, const struct insn *i, uint64_t va, bool write, unsigned flags,
                   struct mmu_result *r)
{
    c->cur = i;
    return translate(c, i, va, write, false, flags, r);
}

bool mem_load_exclusive(struct cpu *c, const struct insn *i, uint64_t va, void *buf, unsigned size,
                        unsigned flags)
{
    struct piece p[2];
    unsigned first;
    if (!check(c, i, va, size, false, flags) || !locate_all(c, i, va, size, false, flags, p, &first))
        return false;
    if (!loaded(c, i, read_piece(c, &p[0], buf, first), va, buf, size, first, flags, p))
        return false;
    c->exclusive_valid = true;
    c->exclusive_size = (uint8_t)size;
    c->exclusive_pa = p[0].pa & ~(ERG - 1);
    return true;
}

bool mem_store_exclusive(struct cpu *c, const struct insn *i, uint64_t va, const void *buf, unsigned size,
                         unsigned flags, uint64_t *status)
{
    struct piece p[2];
    unsigned first;
    *status = 1;
    if (!check(c, i, va, size, true, flags))
        return false;
    bool armed = c->exclusive_valid;
    c->exclusive_valid = false;
    if (!armed)
        return true;
    if (!locate_all(c, i, va, size, true, flags | MEM_LATE_TAG_CHECK, p, &first)) {
        c->exclusive_valid = c->abandoned; /* it comes again */
        return false;
    }
    if ((p[0].pa & ~(ERG - 1)) != c->exclusive_pa || size != c->exclusive_size)
        return true;
    if (!check_tags(c, i, va, size, true, flags,
                    &p[0])) /* one granule: AArch64.ExclusiveMonitorsPass() saw to it */
        return false;
    if (!stored(c, i, write_piece(c, &p[0], buf, first), va, buf, size, first, flags, p))
        return false;
    *status = 0;
    return true;
}
