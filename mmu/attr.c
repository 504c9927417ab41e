/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Memory types, cacheability and shareability: MAIR_ELx, stage 2 attributes with and without HCR_EL2.FWB,
 * their combination, and what the cache controls (SCTLR_ELx.{C,I}, HCR_EL2.{CD,ID,DC}) make of them. Arm ARM
 * D8.6; S1DecodeMemAttrs(), S2CombineS1MemAttrs(), AArch64.S2ApplyFWBMemAttrs().
 *
 * LORegions (LORSA_EL1, LOREA_EL1, LORN_EL1, LORC_EL1) are no part of this: they only limit what LDLAR and
 * STLLR order (B2.3.5), and accesses are performed in program order, so that they have no visible effect.
 */
#include "mmu/internal.h"

#include "sysregs/fields.h"

enum { SH_NSH = 0, SH_OSH = 2, SH_ISH = 3 };
enum cache_kind { CACHE_NC, CACHE_WT, CACHE_WB };

/* Cacheability nibbles of MAIR_ELx, and bytes that mean more than their nibbles. */
#define NIBBLE_NC 4u
#define NIBBLE_WB_RWA 0xfu /* Write-Back non-transient, Read- and Write-Allocate */
#define BYTE_NC 0x44u
#define BYTE_WB_RWA 0xffu
#define BYTE_WT_RA 0xaau
#define MAIR_TAGGED 0xf0u
#define MAIR_NC_XS0 0x40u
#define MAIR_WT_XS0 0xa0u

/* 00RW, 10RW Write-Through; 01RW, 11RW Write-Back; 0100 Non-cacheable. */
static enum cache_kind cache_kind(uint32_t nibble)
{
    if (nibble == NIBBLE_NC || nibble == 0)
        return CACHE_NC;
    return nibble & 4 ? CACHE_WB : CACHE_WT;
}

static uint32_t outer(uint32_t attr)
{
    return attr >> 4 & 15;
}
static uint32_t inner(uint32_t attr)
{
    return attr & 15;
}

static bool all_kind(uint32_t attr, enum cache_kind k)
{
    return !attr_device(attr) && cache_kind(outer(attr)) == k && cache_kind(inner(attr)) == k;
}

/* attr with another byte, keeping shareability and XS. */
static uint32_t with_byte(uint32_t attr, uint32_t byte)
{
    return (attr & (ATTR_SH | ATTR_XS)) | byte;
}

uint32_t attr_mair(const struct features *f, uint8_t mair, unsigned sh)
{
    uint32_t a = (uint32_t)sh << ATTR_SH_SHIFT;
    bool has_xs = has(f, FEAT_XS);
    if (mair >> 4 == 0)
        return a | (mair & 0xcu) | (has_xs && (mair & 3) == 1 ? 0 : ATTR_XS);
    if (mair == MAIR_TAGGED && has(f, FEAT_MTE2))
        return a | BYTE_WB_RWA | ATTR_TAGGED;
    if (has_xs && mair == MAIR_NC_XS0)
        return a | BYTE_NC;
    if (has_xs && mair == MAIR_WT_XS0)
        return a | BYTE_WT_RA;
    return a | mair | (all_kind(mair, CACHE_WB) ? 0 : ATTR_XS);
}

uint32_t attr_s1_off(const struct tctx *t, unsigned type)
{
    if (t->hcr & HCR_DC) {
        bool tagged = has(t->feat, FEAT_MTE2) && (t->hcr & HCR_DCT);
        return SH_NSH << ATTR_SH_SHIFT | BYTE_WB_RWA | (tagged ? ATTR_TAGGED : 0);
    }
    uint32_t a = SH_OSH << ATTR_SH_SHIFT | ATTR_XS;
    if (type == ACCESS_FETCH)
        return a | (t->sctlr & SCTLR_I ? BYTE_WT_RA : BYTE_NC);
    return a; /* Device-nGnRnE */
}

uint32_t attr_s1_effective(const struct tctx *t, uint32_t attr, unsigned type)
{
    bool device = attr_device(attr);
    bool nc = type == ACCESS_FETCH ? device || !(t->sctlr & SCTLR_I) : !device && !(t->sctlr & SCTLR_C);
    return nc ? with_byte(attr, BYTE_NC) : attr;
}

uint32_t attr_effective_sh(uint32_t attr)
{
    return attr_device(attr) || all_kind(attr, CACHE_NC) ? (attr & ~ATTR_SH) | SH_OSH << ATTR_SH_SHIFT : attr;
}

static uint32_t combine_sh(unsigned s1, unsigned s2)
{
    unsigned sh = s1 == SH_OSH || s2 == SH_OSH ? SH_OSH : s1 == SH_ISH || s2 == SH_ISH ? SH_ISH : SH_NSH;
    return sh << ATTR_SH_SHIFT;
}

/* The weaker cacheability; the hints are stage 1's. */
static uint32_t weaker(uint32_t s1_nibble, unsigned s2_two_bits)
{
    enum cache_kind k1 = cache_kind(s1_nibble);
    enum cache_kind k2 = s2_two_bits == 2 ? CACHE_WT : s2_two_bits == 3 ? CACHE_WB : CACHE_NC;
    enum cache_kind k = k1 < k2 ? k1 : k2;
    return k == CACHE_NC ? NIBBLE_NC : k == CACHE_WB ? s1_nibble | 4 : s1_nibble & ~4u;
}

/* Of two Device kinds the stronger; Normal stage 1 gives way. */
static uint32_t combine_device(uint32_t s1, unsigned kind)
{
    unsigned k1 = s1 >> 2 & 3;
    return with_byte(s1, (attr_device(s1) && k1 < kind ? k1 : kind) << 2);
}

/* Without FWB: S2CombineS1MemAttrs(). `nc`: stage 2 counts as Normal Non-cacheable. */
static uint32_t combine_plain(uint32_t s1, uint32_t s2, bool nc)
{
    if (!nc && (s2 & 0xc) == 0)
        return combine_device(s1, s2 & 3);
    if (attr_device(s1))
        return s1;
    if (nc)
        return with_byte(s1, BYTE_NC);
    return with_byte(s1, weaker(outer(s1), s2 >> 2 & 3) << 4 | weaker(inner(s1), s2 & 3));
}

/* A stage 1 nibble under "force Write-Back". */
static uint32_t forced_wb(uint32_t s1, uint32_t nibble)
{
    return attr_device(s1) || cache_kind(nibble) == CACHE_NC ? NIBBLE_WB_RWA : nibble | 4;
}

/* With FWB: AArch64.S2ApplyFWBMemAttrs(). */
static uint32_t combine_fwb(uint32_t s1, uint32_t s2)
{
    if (!(s2 & 4))
        return combine_device(s1, s2 & 3);
    if ((s2 & 3) == 3)
        return s1;
    if ((s2 & 3) == 2)
        return with_byte(s1, forced_wb(s1, outer(s1)) << 4 | forced_wb(s1, inner(s1))) & ~ATTR_XS;
    return attr_device(s1) ? s1 : with_byte(s1, BYTE_NC);
}

static bool fwb(const struct tctx *t)
{
    return has(t->feat, FEAT_S2FWB) && (t->hcr & HCR_FWB);
}

bool attr_s2_device(const struct tctx *t, uint32_t s2)
{
    return fwb(t) ? !(s2 & 4) : (s2 & 0xc) == 0;
}

/* What instruction fetches and HCR_EL2.{CD,ID} make of stage 2's (or with FWB, the resultant) type. */
static bool counts_as_nc(const struct tctx *t, bool device, unsigned type)
{
    if (type == ACCESS_FETCH)
        return device || (t->hcr & HCR_ID);
    return !device && (t->hcr & HCR_CD);
}

uint32_t attr_combine(const struct tctx *t, uint32_t s1, uint32_t s2, unsigned type)
{
    uint32_t a;
    if (fwb(t)) {
        a = combine_fwb(s1, s2);
        if (counts_as_nc(t, attr_device(a), type))
            a = with_byte(a, BYTE_NC);
    } else {
        a = combine_plain(s1, s2, counts_as_nc(t, (s2 & 0xc) == 0, type));
    }
    if (((s2 & S2ATTR_FNXS) && has(t->feat, FEAT_XS)) || all_kind(a, CACHE_WB))
        a &= ~ATTR_XS;
    bool tagged = (s1 & ATTR_TAGGED) && (a & ATTR_BYTE) == BYTE_WB_RWA;
    a = (a & (ATTR_BYTE | ATTR_XS)) | combine_sh(attr_sh(s1), s2 >> 4 & 3) | (tagged ? ATTR_TAGGED : 0);
    return attr_effective_sh(a);
}

uint8_t attr_encode(const struct features *f, uint32_t attr)
{
    bool xs0 = has(f, FEAT_XS) && !(attr & ATTR_XS);
    uint8_t byte = (uint8_t)attr;
    if (attr_device(attr))
        return byte | xs0;
    if (attr & ATTR_TAGGED)
        return MAIR_TAGGED;
    if (xs0 && all_kind(attr, CACHE_NC))
        return MAIR_NC_XS0;
    return xs0 && byte == BYTE_WT_RA ? MAIR_WT_XS0 : byte;
}
