/* SPDX-License-Identifier: BSD-2-Clause
 *
 * TLBI instructions: from encoding and operand to what they cover. The table is tlbi.def.
 * Arm ARM C5.5 (operands), D8.14; AArch64.TLBI_VA() and its family, TLBIRange().
 */
#include "mmu/internal.h"

#include <string.h>

#include "base/bits.h"
#include "sysregs/fields.h"
#include "sysregs/sysreg.h"

enum tlbi_target { TARGET_NONE, TARGET_E1, TARGET_EL10, TARGET_E2, TARGET_E3 };
enum tlbi_level { LEVEL_ANY, LEVEL_LAST };

struct tlbi_row {
    const char *name;
    uint8_t kind, target, level, share;
    bool nxs, range;
};

static const struct tlbi_row rows[SR_COUNT] = {
#define TLBI(n, kind_, target_, level_, share_, nxs_, range_)                                                \
    [SR_TLBI_##n] = {#n, TLBI_##kind_, TARGET_##target_, LEVEL_##level_, TLBI_##share_, nxs_, range_},
#include "mmu/tlbi.def"
#undef TLBI
};

static enum regime target_regime(const struct features *f, const uint64_t *sr, unsigned el, unsigned target)
{
    switch (target) {
    case TARGET_E1:
        return el >= 2 && el_is_in_host(f, sr, 0) ? REGIME_EL20 : REGIME_EL10;
    case TARGET_E2:
        return el_is_in_host(f, sr, 2) ? REGIME_EL20 : REGIME_EL2;
    case TARGET_E3:
        return REGIME_EL3;
    default:
        return REGIME_EL10;
    }
}

static uint16_t current_vmid(const struct features *f, const uint64_t *sr)
{
    if (!el2_enabled(f, sr))
        return 0;
    uint64_t vmid = sr[SR_VTTBR_EL2] >> 48;
    return (uint16_t)(has(f, FEAT_VMID16) && bit(sr[SR_VTCR_EL2], 19) ? vmid : vmid & 0xff);
}

/* The operand's ASID as the regime uses it: TCR_ELx.AS == 0 means 8 bits. */
static uint16_t operand_asid(const struct features *f, const uint64_t *sr, enum regime r, uint64_t xt)
{
    if (!regime_two_ranges(r))
        return 0;
    uint64_t asid = xt >> 48;
    return (uint16_t)(has(f, FEAT_ASID16) && bit(sr[regime_row(r)->tcr], 36) ? asid : asid & 0xff);
}

/* TTL<3:0>: the granule, and the level. Encodings that name no leaf level are no hint. */
static uint8_t operand_ttl(const struct features *f, unsigned ttl, bool ds)
{
    unsigned granule = ttl >> 2, level = ttl & 3;
    bool meaningful = level != 0;
    if (granule == 1 && level == 0)
        meaningful = ds;
    if (granule == 2 && level == 1)
        meaningful = ds;
    return (uint8_t)(has(f, FEAT_TTL) && granule != 0 && meaningful ? ttl : 0);
}

/* TCR_ELx.DS (VTCR_EL2.DS for stage 2): addresses of more than 48 bits with 4 KB and 16 KB granules. */
static bool large_addresses(const struct features *f, const uint64_t *sr, const struct tlbi *op)
{
    if (!has(f, FEAT_LPA2))
        return false;
    if (op->kind == TLBI_IPAS2)
        return bit(sr[SR_VTCR_EL2], 32);
    return bit(sr[regime_row(op->regime)->tcr], tcr_layout(op->regime)->ds);
}

/* TLBIRange(): TG, SCALE, NUM, TTL, BaseADDR. */
static void range_operand(const struct features *f, struct tlbi *op, uint64_t xt, bool ds)
{
    unsigned tg = (unsigned)bits(xt, 47, 46);
    if (tg == 0) {
        op->illegal = true;
        return;
    }
    unsigned granule = 10 + 2 * tg, unit = ds ? 16 : granule;
    uint64_t base = xt & MASK(36, 0);
    op->va = (op->kind == TLBI_IPAS2 ? base : (uint64_t)sign_extend(base, 37)) << unit;
    op->size = (bits(xt, 43, 39) + 1) << (5 * bits(xt, 45, 44) + 1 + granule);
    unsigned level = (unsigned)bits(xt, 38, 37);
    op->ttl = operand_ttl(f, level == 0 ? 0 : tg << 2 | level, ds);
}

static void address_operand(const struct features *f, struct tlbi *op, uint64_t xt, bool ds)
{
    if (op->kind == TLBI_IPAS2)
        op->va = (xt & MASK(39, 0)) << 12;
    else
        op->va = (uint64_t)sign_extend(xt & MASK(43, 0), 44) << 12;
    op->size = 1;
    op->ttl = operand_ttl(f, (unsigned)bits(xt, 47, 44), ds);
}

void tlbi_make(struct tlbi *op, const struct features *f, const uint64_t *sr, unsigned el, unsigned sysreg,
               uint64_t xt)
{
    memset(op, 0, sizeof *op);
    const struct tlbi_row *row = &rows[sysreg < SR_COUNT ? sysreg : 0];
    if (sysreg >= SR_COUNT || row->target == TARGET_NONE) {
        op->illegal = true;
        op->name = "unallocated";
        return;
    }
    enum regime r = target_regime(f, sr, el, row->target);
    op->kind = row->kind;
    op->regime = (uint8_t)r;
    op->share = row->share;
    op->secure = r == REGIME_EL3 || is_secure_below_el3(f, sr);
    op->last_level = row->level == LEVEL_LAST;
    op->nxs = row->nxs;
    op->range = row->range;
    op->name = row->name;
    op->vmid = r == REGIME_EL10 ? current_vmid(f, sr) : 0;
    if (el == 1 && op->share == TLBI_NSH && (hcr_effective(f, sr) & HCR_FB))
        op->share = TLBI_ISH;
    if (el == 1 && has(f, FEAT_XS) && hcrx_enabled(f, sr) && (sr[SR_HCRX_EL2] & HCRX_FNXS) != 0)
        op->nxs = true;        /* HCRX_EL2.FnXS */
    if (!el2_enabled(f, sr)) { /* no stage 2: from EL3 on behalf of a Secure state without EL2 */
        if (op->kind == TLBI_VMALLS12)
            op->kind = TLBI_VMALL;
        op->illegal = op->kind == TLBI_IPAS2;
    }
    if (op->kind == TLBI_ASID || op->kind == TLBI_VA)
        op->asid = operand_asid(f, sr, r, xt);
    if (op->kind == TLBI_IPAS2)
        op->ipa_ns = !op->secure || bit(xt, 63);
    bool ds = large_addresses(f, sr, op);
    if (row->range)
        range_operand(f, op, xt, ds);
    else if (op->kind == TLBI_VA || op->kind == TLBI_VAA || op->kind == TLBI_IPAS2)
        address_operand(f, op, xt, ds);
}
