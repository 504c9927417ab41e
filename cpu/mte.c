/* SPDX-License-Identifier: BSD-2-Clause
 *
 * FEAT_MTE, FEAT_MTE2 and FEAT_MTE3. See mte.h. cpu/mem.c calls mte_check() for accesses whose context checks
 * tags; all else here is instructions of the extension. Arm ARM D10, C6.2.
 */
#include "cpu/mte.h"

#include "cpu/debug.h"
#include "cpu/exception.h"
#include "cpu/observe.h"
#include "cpu/sem.h"

enum {
    GRANULE = 16,
    GMID_BYTES = 256, /* 4 << GMID_EL1.BS: LDGM and STGM move 64 bits of tags */
    ZVA_BYTES = 64,   /* 4 << DCZID_EL0.BS */
};
_Static_assert(GRANULE == TAG_GRANULE, "as the bus has it");
#define GCR_EXCLUDE MASK(15, 0)
#define GCR_RRND BIT(16)
#define RGSR_TAG MASK(3, 0)
#define RGSR_SEED_SHIFT 8
#define ALIGN_DOWN(va, size) ((va) & ~(uint64_t)((size)-1))

/* AArch64.AllocationTagFromAddress() */
static unsigned logical_tag(uint64_t va)
{
    return (unsigned)bits(va, 59, 56);
}

/* AArch64.AddressWithAllocationTag() */
static uint64_t with_tag(uint64_t va, unsigned tag)
{
    return bits_set(va, 59, 56, tag);
}

/* ---- which instructions are checked ---- */

/* Encodings whose accesses are unchecked: with SP as base register, or whatever it is. In the pseudocode this
 * is each instruction's own `tagchecked`. */
static const struct {
    uint32_t mask, value;
    bool sp_only;
} unchecked[] = {
    {0x3b000000, 0x39000000, true},  /* unsigned immediate */
    {0x3b200400, 0x38000000, true},  /* unscaled immediate, unprivileged */
    {0x3a800000, 0x28000000, true},  /* pairs: offset, no-allocate */
    {0x3f000000, 0x08000000, true},  /* exclusive, ordered, CAS */
    {0x3b200c00, 0x38200000, true},  /* atomics, LDAPR, 64 bytes */
    {0x3b200c00, 0x38200400, true},  /* LDRAA, LDRAB: offset */
    {0x3f200c00, 0x19000000, true},  /* LDAPUR, STLUR of general-purpose registers */
    {0x3f200c00, 0x1d000800, true},  /* ... of SIMD&FP registers */
    {0x3fa0fc00, 0x19001800, true},  /* LDIAPP, STILP: without writeback */
    {0xbf200000, 0x19200000, true},  /* atomics of 128 bits, RCW */
    {0xbe800000, 0x0c000000, true},  /* SIMD structures: no post-index */
    {0x3b000000, 0x18000000, false}, /* PC-relative */
    {0xff200000, 0xd9200000, false}, /* LDG, STG and all with them */
    {0xfe400000, 0x68000000, false}, /* STGP */
    {0x3fe00c00, 0x1dc00400, false}, /* SETGP, SETGM, SETGE */
    {0xff000000, 0xd5000000, false}, /* system instructions ... */
};
#define DC_ZVA_MASK 0xffffffe0u
#define DC_ZVA 0xd50b7420u /* ... but this */

bool mte_checks(uint32_t raw)
{
    if ((raw & DC_ZVA_MASK) == DC_ZVA)
        return true;
    for (unsigned n = 0; n < ARRAY_LEN(unchecked); n++)
        if ((raw & unchecked[n].mask) == unchecked[n].value &&
            (!unchecked[n].sp_only || bits(raw, 9, 5) == 31))
            return false;
    return true;
}

/* ---- the check ---- */

/* AArch64.ReportTagCheckFault() */
static void accumulate(struct cpu *c, unsigned el, uint64_t va)
{
    static const uint16_t tfsr[] = {SR_TFSRE0_EL1, SR_TFSR_EL1, SR_TFSR_EL2, SR_TFSR_EL3};
    c->sr[tfsr[el]] |= el == 3 ? 1 : 1u << bit(va, 55);
}

/* AArch64.TagCheckFault(). An atomic counts as a read, which would fail as well. */
static bool fail(struct cpu *c, const struct insn *i, const struct tctx *t, uint64_t va, bool write,
                 unsigned flags)
{
    bool read = !write || (flags & MEM_RMW);
    if (t->tag_check == TAG_CHECK_ASYNC || (t->tag_check == TAG_CHECK_ASYMM && !read)) {
        accumulate(c, t->el0 ? 0 : c->el, va);
        return true;
    }
    const struct fault f = {
        .type = FAULT_TAG_CHECK, .write = !read, .rule = "the address's tag is not the allocation tag"};
    raise_data_abort(c, i, va, write, &f, flags);
    return false;
}

NOINLINE bool mte_check(struct cpu *c, const struct insn *i, const struct tctx *t, const struct bus_ram *ram,
                        uint64_t va, uint64_t pa, unsigned size, bool write, unsigned flags)
{
    unsigned tag = logical_tag(va);
    if (!mmu_tag_checked(t, va))
        return true;
    for (uint64_t granule = ALIGN_DOWN(pa, GRANULE); granule < pa + size; granule += GRANULE)
        if (bus_tag_read(ram, granule) != tag)
            return !mte_checks(i->raw) ||
                   fail(c, i, t, granule < pa ? va : va + (granule - pa), write, flags);
    return true;
}

/* ---- tags of addresses ---- */

/* AArch64.ChooseNonExcludedTag() */
static unsigned choose_tag(unsigned tag, unsigned offset, uint64_t exclude)
{
    if (bits(exclude, 15, 0) == 0xffff)
        return 0;
    for (;;) {
        while (bit(exclude, tag))
            tag = (tag + 1) & 15;
        if (offset-- == 0)
            return tag;
        tag = (tag + 1) & 15;
    }
}

uint64_t mte_add_tag(const struct cpu *c, uint64_t base, uint64_t displacement, unsigned step)
{
    unsigned tag = 0;
    if (mmu_tag_access(c->feat, c->sr, c->el))
        tag = choose_tag(logical_tag(base), step, c->sr[SR_GCR_EL1] & GCR_EXCLUDE);
    return with_tag(base + displacement, tag);
}

/* AArch64.RandomTag(). With GCR_EL1.RRND=1 the source is IMPLEMENTATION DEFINED: here the same shift
 * register, which a seed of 0 does not stop. */
static unsigned random_tag(struct cpu *c)
{
    uint64_t lfsr = bits(c->sr[SR_RGSR_EL1], RGSR_SEED_SHIFT + 15, RGSR_SEED_SHIFT);
    unsigned tag = 0;
    if (lfsr == 0 && (c->sr[SR_GCR_EL1] & GCR_RRND))
        lfsr = 1;
    for (unsigned n = 0; n < 4; n++) {
        uint64_t top = (lfsr >> 5 ^ lfsr >> 3 ^ lfsr >> 2 ^ lfsr) & 1; /* AArch64.NextRandomTagBit() */
        lfsr = top << 15 | lfsr >> 1;
        tag |= (unsigned)top << n;
    }
    c->sr[SR_RGSR_EL1] = bits_set(c->sr[SR_RGSR_EL1], RGSR_SEED_SHIFT + 15, RGSR_SEED_SHIFT, lfsr);
    return tag;
}

uint64_t mte_random_tag(struct cpu *c, uint64_t base, uint64_t exclude)
{
    if (!mmu_tag_access(c->feat, c->sr, c->el))
        return with_tag(base, 0);
    unsigned offset = random_tag(c);
    unsigned tag = choose_tag((unsigned)(c->sr[SR_RGSR_EL1] & RGSR_TAG), offset, exclude | c->sr[SR_GCR_EL1]);
    c->sr[SR_RGSR_EL1] = (c->sr[SR_RGSR_EL1] & ~RGSR_TAG) | tag;
    return with_tag(base, tag);
}

/* ---- tags of memory ---- */

/* AArch64.MemTag[]: translates va for the tags of `size` bytes from there, all in one page. *ram NULL: no
 * tags there, or no access to them; they read as 0, and stores do nothing. */
static bool locate_tags(struct cpu *c, const struct insn *i, uint64_t va, unsigned size, bool write,
                        unsigned flags, struct bus_ram **ram, uint64_t *pa)
{
    const struct tctx *t = (flags & MEM_UNPRIV) ? &c->bank_unpriv->tctx : &c->bank->tctx;
    unsigned el = t->el0 ? 0 : c->el;
    struct mmu_result r;
    if (!mem_translate(c, i, va, write, flags, &r))
        return false;
    if (UNLIKELY(c->attention & ATT_DEBUG) && debug_watch(c, i, va, size, write, el))
        return false;
    *pa = r.pa;
    *ram = r.tagged && mmu_tag_access(c->feat, c->sr, el) ? bus_find_ram(c->bus, r.pa) : NULL;
    if (*ram != NULL && (*ram)->secure_only && r.ns)
        *ram = NULL;
    return true;
}

/* The tags of `size` bytes at va, which have been read or written. */
static NOINLINE void tell(struct cpu *c, const struct bus_ram *ram, uint64_t va, uint64_t pa, unsigned size,
                          bool write)
{
    uint8_t tags[GMID_BYTES / GRANULE];
    for (unsigned n = 0; n < size / GRANULE; n++)
        tags[n] = (uint8_t)bus_tag_read(ram, pa + n * GRANULE);
    observe_tags(c, va, pa, tags, size / GRANULE, write);
}

static bool store_tags(struct cpu *c, const struct insn *i, uint64_t va, unsigned size, unsigned flags,
                       unsigned tag)
{
    struct bus_ram *ram;
    uint64_t pa;
    if (!locate_tags(c, i, va, size, true, flags, &ram, &pa))
        return false;
    for (unsigned n = 0; ram != NULL && n < size; n += GRANULE)
        bus_tag_write(ram, pa + n, tag);
    if (UNLIKELY(c->tells_memory) && ram != NULL)
        tell(c, ram, va, pa, size, true);
    return true;
}

/* Zeroes whole granules: unchecked, as mte_checks() knows. */
static bool zero_data(struct cpu *c, const struct insn *i, uint64_t va, unsigned size)
{
    static const uint8_t zero[GRANULE];
    for (unsigned n = 0; n < size; n += GRANULE)
        if (!mem_store(c, i, va + n, zero, GRANULE, 0))
            return false;
    return true;
}

static bool granule_aligned(struct cpu *c, const struct insn *i, uint64_t va)
{
    const struct fault f = {.type = FAULT_ALIGNMENT, .write = true, .rule = "store of an unaligned tag"};
    if (!(va & (GRANULE - 1)))
        return true;
    c->cur = i;
    raise_data_abort(c, i, va, true, &f, 0);
    return false;
}

bool mte_load_tag(struct cpu *c, const struct insn *i, uint64_t va, uint64_t *address)
{
    struct bus_ram *ram;
    uint64_t pa;
    if (!locate_tags(c, i, ALIGN_DOWN(va, GRANULE), GRANULE, false, 0, &ram, &pa))
        return false;
    *address = with_tag(*address, ram == NULL ? 0 : bus_tag_read(ram, pa));
    if (UNLIKELY(c->tells_memory) && ram != NULL)
        tell(c, ram, ALIGN_DOWN(va, GRANULE), pa, GRANULE, false);
    return true;
}

bool mte_store_tag(struct cpu *c, const struct insn *i, uint64_t va, uint64_t address, unsigned granules,
                   bool zero)
{
    if (!granule_aligned(c, i, va) || (zero && !zero_data(c, i, va, granules * GRANULE)))
        return false;
    for (unsigned n = 0; n < granules; n++)
        if (!store_tags(c, i, va + n * GRANULE, GRANULE, 0, logical_tag(address)))
            return false;
    return true;
}

bool mte_store_pair(struct cpu *c, const struct insn *i, uint64_t va, uint64_t low, uint64_t high)
{
    const uint64_t pair[] = {low, high};
    return granule_aligned(c, i, va) && mem_store(c, i, va, pair, sizeof(pair), 0) &&
           store_tags(c, i, va, GRANULE, 0, logical_tag(va));
}

/* LDGM and its like are UNDEFINED at EL0. */
static bool privileged(struct cpu *c, const struct insn *i)
{
    if (c->el != 0)
        return true;
    c->cur = i;
    raise_undefined(c, i);
    return false;
}

bool mte_load_tags(struct cpu *c, const struct insn *i, uint64_t va, uint64_t *tags)
{
    struct bus_ram *ram;
    uint64_t pa;
    if (!privileged(c, i) || !locate_tags(c, i, ALIGN_DOWN(va, GMID_BYTES), GMID_BYTES, false, 0, &ram, &pa))
        return false;
    *tags = 0;
    for (unsigned n = 0; ram != NULL && n < GMID_BYTES / GRANULE; n++)
        *tags |= (uint64_t)bus_tag_read(ram, pa + n * GRANULE) << (4 * n);
    if (UNLIKELY(c->tells_memory) && ram != NULL)
        tell(c, ram, ALIGN_DOWN(va, GMID_BYTES), pa, GMID_BYTES, false);
    return true;
}

bool mte_store_tags(struct cpu *c, const struct insn *i, uint64_t va, uint64_t tags)
{
    struct bus_ram *ram;
    uint64_t pa;
    if (!privileged(c, i) || !locate_tags(c, i, ALIGN_DOWN(va, GMID_BYTES), GMID_BYTES, true, 0, &ram, &pa))
        return false;
    for (unsigned n = 0; ram != NULL && n < GMID_BYTES / GRANULE; n++)
        bus_tag_write(ram, pa + n * GRANULE, tags >> (4 * n) & 15);
    if (UNLIKELY(c->tells_memory) && ram != NULL)
        tell(c, ram, ALIGN_DOWN(va, GMID_BYTES), pa, GMID_BYTES, true);
    return true;
}

bool mte_zero_tags(struct cpu *c, const struct insn *i, uint64_t va, uint64_t tag)
{
    va = ALIGN_DOWN(va, ZVA_BYTES);
    return privileged(c, i) && zero_data(c, i, va, ZVA_BYTES) && store_tags(c, i, va, ZVA_BYTES, 0, tag & 15);
}

bool mte_tag_block(struct cpu *c, const struct insn *i, uint64_t va, unsigned size, unsigned flags)
{
    return store_tags(c, i, ALIGN_DOWN(va, size), size, flags, logical_tag(va));
}
