/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the files of mmu/ share: regimes, permissions, memory attributes, one translation, and the TLB behind
 * them. Nothing outside mmu/ includes this.
 */
#ifndef EL2SIM_MMU_INTERNAL_H
#define EL2SIM_MMU_INTERNAL_H

#include "base/compiler.h"
#include "mmu/mmu.h"
#include "sysregs/fields.h"

/* ---- regimes (regime.c) ---- */
/* One row per translation regime, D8.1.2. Register columns are enum sysreg. */
struct regime_row {
    const char *name;
    uint16_t sctlr, tcr, ttbr0, ttbr1, mair; /* ttbr1 is SR_NONE with one VA range */
    uint16_t mair2, pir, pire0, por;         /* so is pire0 */
};
const struct regime_row *regime_row(enum regime r);
/* HasUnprivileged(): two VA ranges, EL0, ASIDs. */
static inline bool regime_two_ranges(unsigned r)
{
    return r == REGIME_EL10 || r == REGIME_EL20;
}
/* The context of a regime by name rather than by EL: AT instructions and tests. */
void tctx_make_regime(struct tctx *t, const struct features *f, const uint64_t *sr, enum regime regime,
                      bool el0, bool pan);

/* Where a field of TCR_ELx is: the layout with two VA ranges, or with one. */
struct tcr_layout {
    uint8_t txsz[2], epd[2], sh[2], tg[2], tbi[2], hpd[2], tbid[2], tcma[2],
        e0pd[2]; /* lowest bit; NO_FIELD: reads as 0 */
    uint8_t ps, ha, hd, ds;
};
#define NO_FIELD 0xff
const struct tcr_layout *tcr_layout(enum regime r);
/* TCR_ELx.<field> as one bit, 0 where the layout hasn't got it. */
static inline bool tcr_bit(uint64_t tcr, uint8_t pos)
{
    return pos != NO_FIELD && ((tcr >> pos) & 1);
}

/* TCR2_ELx, in TCR2_EL1's layout. */
#define TCR2_PIE BIT(1)
#define TCR2_E0POE BIT(2)
#define TCR2_POE BIT(3)
#define TCR2_AIE BIT(4)
#define TCR2_HAFT BIT(11)

/* ---- memory attributes (attr.c) ---- */
/* In one word, as it travels through every access: MAIR format in <7:0> (Device: kind << 2, whatever XS is;
 * Normal: outer and inner cacheability and hints), shareability in <9:8> (0 NSH, 2 OSH, 3 ISH), and flags. */
#define ATTR_BYTE 0xffu
#define ATTR_SH_SHIFT 8
#define ATTR_SH (3u << ATTR_SH_SHIFT)
#define ATTR_XS (1u << 10)
#define ATTR_TAGGED (1u << 11) /* MTE: the byte is 0xff then */
#define ATTR_PO_SHIFT 12       /* of a stage 1 leaf, with it for the way: POIndex in <14:12> */

static inline bool attr_device(uint32_t attr)
{
    return (attr & 0xf0) == 0;
}
static inline unsigned attr_sh(uint32_t attr)
{
    return (attr & ATTR_SH) >> ATTR_SH_SHIFT;
}

/* Stage 2 descriptor fields that decide attributes: MemAttr in <3:0>, SH in <5:4>, FnXS in <6>. */
#define S2ATTR_FNXS (1u << 6)

enum s2_use { S2_ACCESS, S2_WALK, S2_WALK_UPDATE };

/* S1DecodeMemAttrs(): a byte of MAIR_ELx. */
uint32_t attr_mair(const struct features *f, uint8_t mair, unsigned sh);
/* Stage 1 off: S1DisabledOutput(). */
uint32_t attr_s1_off(const struct tctx *t, unsigned type);
/* Stage 1 on: SCTLR_ELx.{C,I} and instruction fetches from Device memory. */
uint32_t attr_s1_effective(const struct tctx *t, uint32_t attr, unsigned type);
/* Is stage 2 memory Device, whatever stage 1 says? */
bool attr_s2_device(const struct tctx *t, uint32_t s2);
uint32_t attr_combine(const struct tctx *t, uint32_t s1, uint32_t s2, unsigned type);
/* As PAR_EL1.ATTR reports it. */
uint8_t attr_encode(const struct features *f, uint32_t attr);
/* EffectiveShareability() */
uint32_t attr_effective_sh(uint32_t attr);

/* ---- one translation ---- */
struct xlat {
    uint64_t out;    /* output address of the address asked for */
    uint64_t ipa;    /* of stage 1 */
    uint32_t s1attr; /* as MAIR_ELx says, before cache controls and stage 2; and POIndex */
    uint32_t s2attr;
    uint8_t size;             /* log2 of the block that this answers for */
    uint8_t s1_size;          /* log2 of the stage 1 block; if stage 1 is off, of the stage 2 block */
    uint8_t granule;          /* log2 of the granule of stage 1 (or 2 if it is off) */
    int8_t level;             /* of the leaf in stage 1 (or 2) */
    uint8_t s1_perm, s2_perm; /* S1_*, S2_*; or in a context with indirect permissions the index */
    bool s1_clean, s2_clean;  /* writable after an update of the dirty state, if hardware does that */
    bool ns, ipa_ns, guarded, global;
};

/* ---- permissions (perm.c) ---- */
/* xlat.s1_perm of a leaf with indirect permissions: PIIndex, and a flag. */
#define S1_PI_INDEX 15u
#define S1_PI_SIF 16u /* never executable: SCR_EL3.SIF */

/* What table descriptors, ORed, leave of the permissions: S1_*. */
uint8_t perm_s1_tables(const struct tctx *t, uint64_t tables);
/* Stage 1 permissions of a leaf and its tables, before PAN and WXN, or PIIndex. `tables`: the table
 * descriptors on the way, ORed, or 0 where TCR_ELx.HPD ignores them. `writable`: hardware manages the dirty
 * state and the descriptor has DBM set. */
uint8_t perm_s1_leaf(const struct tctx *t, uint64_t tables, uint64_t desc, bool writable);
uint8_t perm_s2_leaf(const struct tctx *t, uint64_t desc, bool writable);

/* What base permissions and the overlay give the context's view: PROT_*; PROT_ANY where there is no
 * overlay. */
struct s1_access {
    uint8_t base, overlay;
};
struct s1_access perm_s1_access(const struct tctx *t, const struct xlat *x, bool pan_applies);
uint8_t perm_s2_indirect(const struct tctx *t, const struct xlat *x, bool walk);
/* The descriptor's permissions as S1_* and S2_*, for those who show them. */
uint8_t perm_s1_shown(const struct tctx *t, const struct xlat *x);
uint8_t perm_s2_shown(const struct tctx *t, const struct xlat *x);

/* AArch64.S1DirectBasePermissions() for the context's view: PROT_*. */
static inline uint8_t perm_s1_direct(const struct tctx *t, uint8_t s1, bool pan_applies)
{
    bool r = s1 & (t->el0 ? S1_UR : S1_PR), w = s1 & (t->el0 ? S1_UW : S1_PW),
         x = s1 & (t->el0 ? S1_UX : S1_PX);
    if (t->pan && pan_applies) {
        bool epan = has(t->feat, FEAT_PAN3) && (t->sctlr & SCTLR_EPAN);
        if ((s1 & (S1_UR | S1_UW)) || (epan && (s1 & S1_UX)))
            r = w = false;
    }
    return (uint8_t)((r ? PROT_R : 0) | (w ? PROT_W : 0) | (x ? PROT_X : 0));
}
/* What the context may do: PROT_*. pan_applies is false for DC by VA and AT without P. */
static ALWAYS_INLINE uint8_t perm_s1_prot(const struct tctx *t, const struct xlat *x, bool pan_applies)
{
    if (UNLIKELY(t->perm & (PERM_PIE | PERM_OVERLAY))) {
        struct s1_access s = perm_s1_access(t, x, pan_applies);
        return s.base & s.overlay;
    }
    uint8_t p = perm_s1_direct(t, x->s1_perm, pan_applies);
    return (p & PROT_W) && (t->sctlr & SCTLR_WXN) ? p & (uint8_t)~PROT_X : p;
}
/* `walk`: for a stage 1 descriptor's own access. */
static ALWAYS_INLINE uint8_t perm_s2_prot(const struct tctx *t, const struct xlat *x, bool walk)
{
    if (UNLIKELY(t->perm & PERM_S2PIE))
        return perm_s2_indirect(t, x, walk);
    unsigned exec = x->s2_perm & (t->el0 ? S2_UX : S2_PX);
    return (uint8_t)((x->s2_perm & (S2_R | S2_W)) | (exec ? PROT_X : 0)); /* S2_R and S2_W are PROT_R, _W */
}
/* Does `prot` permit the access? For rmw, *failed_read says which half failed. */
static inline bool perm_allows(uint8_t prot, const struct mmu_access *a, bool *failed_read)
{
    *failed_read = false;
    switch (a->type) {
    case ACCESS_FETCH:
        return prot & PROT_X;
    case ACCESS_READ:
        return (prot & PROT_R) || a->unchecked;
    default:
        if (a->rmw && !(prot & PROT_R)) {
            *failed_read = true;
            return false;
        }
        return prot & PROT_W;
    }
}

/* ---- walking (walk.c) ---- */
/* Stage 1, and unless s1_only stage 2. False: fault filled. No TLB look-up for the address itself. */
bool xlat_walk(const struct tctx *t, const struct mmu_port *port, uint64_t va, const struct mmu_access *a,
               bool s1_only, struct xlat *x, struct fault *f);
/* The memory attributes of x for an access of this type: cache controls and stage 2 applied. */
uint32_t xlat_attr(const struct tctx *t, const struct xlat *x, unsigned type, bool s1_only);
static inline bool xlat_stage1_on(const struct tctx *t)
{
    return t->sctlr & 1; /* SCTLR_ELx.M, already cleared where HCR_EL2.{DC,TGE} turn stage 1 off */
}

/* ---- TLB (tlb.c) ---- */
bool tlb_lookup(struct tlb *tlb, const struct tctx *t, uint64_t va, struct xlat *x);
/* What attributes and permissions come to in a context: by mmu.c, which compares everything they depend on.
 */
struct xlat_view {
    const struct features *feat;
    uint64_t sctlr, hcr, kind; /* of the context */
    uint64_t s1s2attr, more;   /* of the translation and the access; more is never 0 */
    uint8_t prot, attr, sh;
    bool device, tagged;
};
/* Room for one per type of access. */
struct xlat_view *tlb_view(struct tlb *tlb, unsigned type);
/* Room for the walker's parameters (MEMO_COUNT of them). */
struct params_memo;
struct params_memo *tlb_memo(struct tlb *tlb);
/* Notes a walk for an access in struct tlb_counts. */
void tlb_count_walk(struct tlb *tlb, bool fetch, bool translated);
void tlb_insert(struct tlb *tlb, const struct tctx *t, uint64_t va, const struct xlat *x);
/* Drops the entry that tlb_lookup() would give, if any: a new walk replaces it. */
void tlb_drop(struct tlb *tlb, const struct tctx *t, uint64_t va);
bool tlb_lookup_s2(struct tlb *tlb, const struct tctx *t, uint64_t ipa, bool ns, struct xlat *x);
void tlb_insert_s2(struct tlb *tlb, const struct tctx *t, uint64_t ipa, bool ns, const struct xlat *x);
void tlb_drop_s2(struct tlb *tlb, const struct tctx *t, uint64_t ipa, bool ns);

/* A TLBI operand names VA<55:12>: addresses compare in this form. */
static inline uint64_t tlb_va(uint64_t va)
{
    return (uint64_t)((int64_t)(va << 8) >> 8);
}

#endif
