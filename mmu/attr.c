/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Memory types, cacheability and shareability: MAIR_ELx, stage 2 attributes with and without HCR_EL2.FWB, their
 * combination, and what the cache controls (SCTLR_ELx.{C,I}, HCR_EL2.{CD,ID,DC}) make of them.
 * Arm ARM D8.6; S1DecodeMemAttrs(), S2CombineS1MemAttrs(), AArch64.S2ApplyFWBMemAttrs().
 */
#include "mmu/internal.h"

#include "base/bits.h"
#include "sysregs/fields.h"

enum { SH_NSH = 0, SH_OSH = 2, SH_ISH = 3 };
enum cache_kind { CACHE_NC, CACHE_WT, CACHE_WB };

#define NIBBLE_WB_RWA 0xf /* Write-Back non-transient, Read- and Write-Allocate */
#define NIBBLE_WT_RA 0xa
#define MAIR_TAGGED 0xf0
#define MAIR_NC_XS0 0x40
#define MAIR_WT_XS0 0xa0

/* A MAIR nibble's cacheability: 00RW, 10RW Write-Through; 01RW, 11RW Write-Back; 0100 Non-cacheable. */
static enum cache_kind cache_kind(uint8_t nibble)
{
    if (nibble == ATTR_NC || nibble == 0)
        return CACHE_NC;
    return nibble & 4 ? CACHE_WB : CACHE_WT;
}

static struct memattr normal(uint8_t nibble, unsigned sh, bool xs)
{
    return (struct memattr){.outer = nibble, .inner = nibble, .sh = (uint8_t)sh, .xs = xs};
}

struct memattr attr_mair(const struct features *f, uint8_t mair, unsigned sh)
{
    struct memattr a = {.sh = (uint8_t)sh, .xs = true};
    bool has_xs = has(f, FEAT_XS);
    if (mair >> 4 == 0) {
        a.device = true;
        a.kind = (uint8_t)bits(mair, 3, 2);
        a.xs = !(has_xs && bits(mair, 1, 0) == 1);
        return a;
    }
    a.outer = mair >> 4;
    a.inner = mair & 15;
    if (mair == MAIR_TAGGED && has(f, FEAT_MTE2)) {
        a = normal(NIBBLE_WB_RWA, sh, false);
        a.tagged = true;
    } else if (has_xs && mair == MAIR_NC_XS0) {
        a = normal(ATTR_NC, sh, false);
    } else if (has_xs && mair == MAIR_WT_XS0) {
        a = normal(NIBBLE_WT_RA, sh, false);
    } else {
        a.xs = !(cache_kind(a.outer) == CACHE_WB && cache_kind(a.inner) == CACHE_WB);
    }
    return a;
}

struct memattr attr_s1_off(const struct tctx *t, unsigned type)
{
    if (t->hcr & HCR_DC) {
        struct memattr a = normal(NIBBLE_WB_RWA, SH_NSH, false);
        a.tagged = has(t->feat, FEAT_MTE2) && (t->hcr & HCR_DCT);
        return a;
    }
    if (type == ACCESS_FETCH)
        return normal(t->sctlr & SCTLR_I ? NIBBLE_WT_RA : ATTR_NC, SH_OSH, true);
    return (struct memattr){.device = true, .kind = 0, .sh = SH_OSH, .xs = true};
}

struct memattr attr_s1_effective(const struct tctx *t, struct memattr a, unsigned type)
{
    bool nc = type == ACCESS_FETCH ? a.device || !(t->sctlr & SCTLR_I) : !a.device && !(t->sctlr & SCTLR_C);
    return nc ? normal(ATTR_NC, a.sh, a.xs) : a;
}

unsigned attr_shareability(struct memattr a)
{
    return a.device || (cache_kind(a.inner) == CACHE_NC && cache_kind(a.outer) == CACHE_NC) ? SH_OSH : a.sh;
}

static unsigned combine_shareability(unsigned s1, unsigned s2)
{
    if (s1 == SH_OSH || s2 == SH_OSH)
        return SH_OSH;
    return s1 == SH_ISH || s2 == SH_ISH ? SH_ISH : SH_NSH;
}

/* The weaker cacheability; the hints are stage 1's. */
static uint8_t combine_nibble(uint8_t s1, enum cache_kind s2)
{
    enum cache_kind k1 = cache_kind(s1), k = k1 < s2 ? k1 : s2;
    if (k == CACHE_NC)
        return ATTR_NC;
    return (uint8_t)(k == CACHE_WB ? s1 | 4 : s1 & ~4);
}

static enum cache_kind s2_cache_kind(unsigned two_bits)
{
    return two_bits == 2 ? CACHE_WT : two_bits == 3 ? CACHE_WB : CACHE_NC;
}

/* Without FWB: the stronger of the two. S2CombineS1MemAttrs(). */
static struct memattr combine_plain(struct memattr s1, struct s2attr s2, bool s2_forced_nc)
{
    struct memattr a = s1;
    if (!s2_forced_nc && s2.memattr >> 2 == 0) {
        unsigned kind = s2.memattr & 3;
        a.kind = (uint8_t)(s1.device && s1.kind < kind ? s1.kind : kind);
        a.device = true;
    } else if (!s1.device) {
        a.outer = s2_forced_nc ? ATTR_NC : combine_nibble(s1.outer, s2_cache_kind(s2.memattr >> 2));
        a.inner = s2_forced_nc ? ATTR_NC : combine_nibble(s1.inner, s2_cache_kind(s2.memattr & 3));
    }
    return a;
}

/* With FWB: AArch64.S2ApplyFWBMemAttrs(). */
static struct memattr combine_fwb(struct memattr s1, unsigned memattr)
{
    struct memattr a = s1;
    if (!bit(memattr, 2)) {
        unsigned kind = memattr & 3;
        a.kind = (uint8_t)(s1.device && s1.kind < kind ? s1.kind : kind);
        a.device = true;
    } else if ((memattr & 3) == 2) {
        a.device = false;
        a.outer = s1.device || cache_kind(s1.outer) == CACHE_NC ? NIBBLE_WB_RWA : (uint8_t)(s1.outer | 4);
        a.inner = s1.device || cache_kind(s1.inner) == CACHE_NC ? NIBBLE_WB_RWA : (uint8_t)(s1.inner | 4);
        a.xs = false;
    } else if ((memattr & 3) != 3 && !s1.device) {
        a.outer = a.inner = ATTR_NC;
    }
    return a;
}

static bool fwb(const struct tctx *t) { return has(t->feat, FEAT_S2FWB) && (t->hcr & HCR_FWB); }

bool attr_s2_device(const struct tctx *t, struct s2attr s2)
{
    return fwb(t) ? !bit(s2.memattr, 2) : s2.memattr >> 2 == 0;
}

struct memattr attr_combine(const struct tctx *t, struct memattr s1, struct s2attr s2, unsigned type,
                            enum s2_use use)
{
    bool walk = use != S2_ACCESS, fetch = type == ACCESS_FETCH && !walk;
    struct memattr a;
    if (fwb(t)) {
        a = combine_fwb(s1, s2.memattr);
        bool nc = fetch ? a.device || (t->hcr & HCR_ID) : a.device ? walk : (t->hcr & HCR_CD) != 0;
        if (nc) {
            a.device = false;
            a.outer = a.inner = ATTR_NC;
        }
    } else {
        bool device = attr_s2_device(t, s2);
        bool nc = fetch ? device || (t->hcr & HCR_ID) : device ? walk : (t->hcr & HCR_CD) != 0;
        a = combine_plain(s1, s2, nc);
    }
    if (s2.fnxs && has(t->feat, FEAT_XS))
        a.xs = false;
    if (!a.device && cache_kind(a.outer) == CACHE_WB && cache_kind(a.inner) == CACHE_WB)
        a.xs = false;
    a.tagged = s1.tagged && !a.device && a.outer == NIBBLE_WB_RWA && a.inner == NIBBLE_WB_RWA;
    a.sh = (uint8_t)combine_shareability(s1.sh, s2.sh);
    a.sh = (uint8_t)attr_shareability(a);
    return a;
}

uint8_t attr_encode(const struct features *f, struct memattr a)
{
    bool xs0 = has(f, FEAT_XS) && !a.xs;
    if (a.device)
        return (uint8_t)(a.kind << 2 | xs0);
    if (a.tagged)
        return MAIR_TAGGED;
    if (xs0 && cache_kind(a.outer) == CACHE_NC && cache_kind(a.inner) == CACHE_NC)
        return MAIR_NC_XS0;
    if (xs0 && a.outer == NIBBLE_WT_RA && a.inner == NIBBLE_WT_RA)
        return MAIR_WT_XS0;
    return (uint8_t)(a.outer << 4 | a.inner);
}
