/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The parameters of a walk: granule, input and output sizes, first level and table, from TCR_ELx, VTCR_EL2
 * and VSTCR_EL2. Arm ARM D8.2.2 to D8.2.8; AArch64.S1MinTxSZ(), AArch64.S2InvalidSL(),
 * AArch64.S2InconsistentSL(), AddrTop().
 */
#include "mmu/params.h"

#include <string.h>

#include "base/compiler.h"
#include "mmu/internal.h"

#define VTCR_HA 21
#define VTCR_HD 22
#define VTCR_NSW 29
#define VSTCR_SW 29
#define VTCR_DS 32
#define VTCR_SL2 33
#define VTCR_HAFT 44

/* Encodings of TG0 (TTBR0, stage 2) and TG1: log2 of the granule, 0 reserved. */
static const uint8_t granule_of[2][4] = {{12, 16, 14, 0}, {0, 14, 12, 16}};

/* A reserved or unimplemented granule behaves as one that is implemented (which: our choice). */
static unsigned implemented_granule(const struct features *f, unsigned g)
{
    bool has4 = has(f, FEAT_TGran4K), has16 = has(f, FEAT_TGran16K), has64 = has(f, FEAT_TGran64K);
    if ((g == 12 && has4) || (g == 14 && has16) || (g == 16 && has64))
        return g;
    return has4 || !(has16 || has64) ? 12 : has64 ? 16 : 14;
}

static unsigned max_txsz(const struct features *f, unsigned granule)
{
    if (!has(f, FEAT_TTST))
        return 39;
    return granule == 16 ? 47 : 48;
}

/* AArch64.PhysicalAddressSize(): of the PS field, cut to what the format and the PE can do. */
static unsigned output_bits(const struct features *f, const struct walk_params *p, unsigned ps)
{
    static const uint8_t size[8] = {32, 36, 40, 42, 44, 48, 52, 52};
    unsigned n = size[ps];
    if (n > 48 && p->granule != 16 && !p->ds)
        n = 48;
    return n < f->pa_bits ? n : f->pa_bits;
}

static void set_format(const struct features *f, struct walk_params *p, unsigned granule, bool ds)
{
    p->granule = (uint8_t)implemented_granule(f, granule);
    p->pa_bits = f->pa_bits;
    p->ds = ds && has(f, FEAT_LPA2) && p->granule != 16;
    p->wide = p->granule == 16 && has(f, FEAT_LPA);
}

static bool wide_ttbr(const struct walk_params *p, unsigned ps)
{
    return p->ds || (p->wide && ps == 6);
}

/* All that doesn't depend on the address, of one half of the VA space. */
static const char *make_stage1(const struct tctx *t, bool high, struct walk_params *p)
{
    const struct features *f = t->feat;
    const struct tcr_layout *l = tcr_layout(t->regime);
    uint64_t tcr = t->tcr;
    memset(p, 0, sizeof *p);
    p->stage = 1;
    set_format(f, p, granule_of[high][bits(tcr, l->tg[high] + 1u, l->tg[high])], tcr_bit(tcr, l->ds));
    unsigned txsz = (unsigned)bits(tcr, l->txsz[high] + 5u, l->txsz[high]);
    unsigned min = p->ds || (p->granule == 16 && has(f, FEAT_LVA)) ? 12 : 16;
    if (txsz < min || txsz > max_txsz(f, p->granule))
        return "stage 1: TCR_ELx.TxSZ is out of range";
    p->ia_bits = (uint8_t)(64 - txsz);
    unsigned ps = (unsigned)bits(tcr, l->ps + 2u, l->ps), stride = p->granule - 3u;
    p->oa_bits = (uint8_t)output_bits(f, p, ps);
    p->start_level = (int8_t)(3 - (int)((p->ia_bits - 1u - p->granule) / stride));
    p->ha = has(f, FEAT_HAFDBS) && tcr_bit(tcr, l->ha);
    p->hd = p->ha && tcr_bit(tcr, l->hd);
    p->pi = (t->tcr2 & TCR2_PIE) != 0;
    p->aie = (t->tcr2 & TCR2_AIE) != 0;
    p->table_af = p->ha && (t->tcr2 & TCR2_HAFT) ? DESC_AF : 0;
    p->hpd = p->pi || (has(f, FEAT_HPDS) && tcr_bit(tcr, l->hpd[high]));
    p->epd = tcr_bit(tcr, l->epd[high]);
    p->e0pd = has(f, FEAT_E0PD) && tcr_bit(tcr, l->e0pd[high]);
    p->sh = (uint8_t)bits(tcr, l->sh[high] + 1u, l->sh[high]);
    p->ns = !t->secure;
    p->base = desc_ttbr_address(p, high ? t->ttbr1 : t->ttbr0, wide_ttbr(p, ps));
    return NULL;
}

void params_make_stage1(const struct tctx *t, bool high, struct params_memo *m)
{
    m->rule = make_stage1(t, high, &m->p);
    memset(m->meaning, 0, sizeof m->meaning);
    m->feat = t->feat;
    m->tcr = t->tcr;
    m->ttbr = high ? t->ttbr1 : t->ttbr0;
    m->more = params_more(t);
}

const char *params_refusal(const struct tctx *t, uint64_t va, bool fetch, bool high,
                           const struct params_memo *m)
{
    const struct walk_params *p = &m->p;
    if (m->rule != NULL)
        return m->rule;
    unsigned top = mmu_tbi(t, va, fetch) ? 55 : 63;
    if (bits(va, top, p->ia_bits) != (high ? ones(top - p->ia_bits + 1u) : 0))
        return "stage 1: the address is outside of the VA range";
    if (t->el0 && p->e0pd)
        return "TCR_ELx.E0PD=1: no EL0 access to this half";
    return p->epd ? "TCR_ELx.EPD=1: no walks for this half" : NULL;
}

/* The first level that SL0 and SL2 name; false: AArch64.S2InvalidSL(). */
static bool s2_start_level(const struct features *f, struct walk_params *p, unsigned sl0, bool sl2)
{
    if (p->granule == 12) {
        static const int8_t level[8] = {2, 1, 0, 3, -1, -2, -2, -2};
        unsigned sl = (sl2 ? 4u : 0) | sl0;
        p->start_level = level[sl];
        return level[sl] != -2 && !(sl == 2 && f->pa_bits < 44) && !(sl == 3 && !has(f, FEAT_TTST));
    }
    p->start_level = (int8_t)(3 - (int)sl0);
    if (p->granule == 14)
        return !(sl0 == 3 && !p->ds) && !(sl0 == 2 && f->pa_bits < 42);
    return sl0 != 3 && !(sl0 == 2 && f->pa_bits < 44);
}

/* AArch64.S2InconsistentSL(): up to 16 concatenated tables at the first level, and no level skipped. */
static bool s2_consistent(const struct walk_params *p)
{
    unsigned stride = p->granule - 3u, min = (unsigned)(3 - p->start_level) * stride + p->granule + 1;
    return p->ia_bits >= min && p->ia_bits <= min + stride - 1 + 4;
}

static const char *make_stage2(const struct tctx *t, bool ns, struct walk_params *p)
{
    const struct features *f = t->feat;
    bool secure_ipa = t->secure && !ns;
    uint64_t vtcr = t->vtcr, tcr = secure_ipa ? t->vstcr : vtcr; /* VSTCR has size, level and granule only */
    memset(p, 0, sizeof *p);
    p->stage = 2;
    set_format(f, p, granule_of[0][bits(tcr, 15, 14)], bit(vtcr, VTCR_DS));
    unsigned txsz = (unsigned)bits(tcr, 5, 0), ps = (unsigned)bits(vtcr, 18, 16);
    unsigned ipa_max = f->pa_bits > 48 && !p->wide && !p->ds ? 48 : f->pa_bits;
    if (txsz < 64 - ipa_max || txsz > max_txsz(f, p->granule))
        return "stage 2: T0SZ is out of range";
    p->ia_bits = (uint8_t)(64 - txsz);
    if (!s2_start_level(f, p, (unsigned)bits(tcr, 7, 6), p->ds && bit(tcr, VTCR_SL2)))
        return "stage 2: SL0 is reserved";
    if (!s2_consistent(p))
        return "stage 2: SL0 and T0SZ don't go together";
    p->oa_bits = (uint8_t)output_bits(f, p, ps);
    p->ha = has(f, FEAT_HAFDBS) && bit(vtcr, VTCR_HA);
    p->hd = p->ha && bit(vtcr, VTCR_HD);
    p->pi = (t->perm & PERM_S2PIE) != 0;
    p->table_af = p->ha && has(f, FEAT_HAFT) && bit(vtcr, VTCR_HAFT) ? DESC_AF : 0;
    p->sh = (uint8_t)bits(vtcr, 13, 12);
    p->ns = !t->secure || (ns ? bit(vtcr, VTCR_NSW) : bit(t->vstcr, VSTCR_SW)); /* SS2InitialTTWState() */
    p->base = desc_ttbr_address(p, secure_ipa ? t->vsttbr : t->vttbr, wide_ttbr(p, ps));
    return NULL;
}

const struct walk_params *params_stage2(const struct tctx *t, uint64_t ipa, bool ns, struct params_memo *memo,
                                        const char **rule)
{
    bool secure_ipa = t->secure && !ns;
    struct params_memo *m = &memo[secure_ipa ? MEMO_S2 : MEMO_S2_NS];
    uint64_t ttbr = secure_ipa ? t->vsttbr : t->vttbr, more = t->vstcr << 1 | t->secure;
    if (UNLIKELY(m->tcr != t->vtcr || m->ttbr != ttbr || m->more != more || m->feat != t->feat)) {
        m->rule = make_stage2(t, ns, &m->p);
        m->feat = t->feat;
        m->tcr = t->vtcr;
        m->ttbr = ttbr;
        m->more = more;
    }
    *rule = m->rule;
    if (*rule == NULL && ipa >> m->p.ia_bits != 0)
        *rule = "stage 2: the IPA is outside of the input range";
    return *rule == NULL ? &m->p : NULL;
}
