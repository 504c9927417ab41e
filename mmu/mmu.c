/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The entry to address translation: the architectural TLB first, the walker where it has no answer. Fault
 * status codes. Arm ARM D8; AArch64.FullTranslate(), EncodeLDFSC().
 */
#include "mmu/internal.h"

#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "sysregs/fields.h"

/* What the attributes and permissions of a translation come to in a context. */
static void make_view(const struct tctx *t, const struct xlat *x, unsigned type, struct xlat_view *v)
{
    uint32_t attr = xlat_attr(t, x, type, false);
    v->prot = perm_s1_prot(t, x, true) & perm_s2_prot(t, x, false);
    v->attr = attr_encode(t->feat, attr);
    v->sh = (uint8_t)attr_sh(attr);
    v->device = attr_device(attr);
    v->tagged = (attr & ATTR_TAGGED) != 0;
}

/* The same, remembered in `memo`. */
static ALWAYS_INLINE const struct xlat_view *view(const struct tctx *t, const struct xlat *x, unsigned type,
                                                  struct xlat_view *memo)
{
    uint64_t kind;
    memcpy(&kind, &t->regime, sizeof kind); /* regime to sif */
    uint64_t attr = (uint64_t)x->s1attr << 32 | x->s2attr,
             more = (uint64_t)x->s1_perm << 16 | (uint64_t)x->s2_perm << 8 | (type + 1);
    if (UNLIKELY(memo->s1s2attr != attr || memo->more != more || memo->kind != kind ||
                 memo->sctlr != t->sctlr || memo->hcr != t->hcr || memo->feat != t->feat)) {
        make_view(t, x, type, memo);
        memo->feat = t->feat;
        memo->sctlr = t->sctlr;
        memo->hcr = t->hcr;
        memo->kind = kind;
        memo->s1s2attr = attr;
        memo->more = more;
    }
    return memo;
}

/* Fills the result of a successful translation. */
static ALWAYS_INLINE void fill(const struct tctx *t, const struct xlat *x, const struct xlat_view *v,
                               struct mmu_result *r)
{
    r->fault.type = FAULT_NONE;
    r->pa = x->out;
    r->page_size = BIT(x->size);
    r->inval_size = BIT(x->s1_size);
    r->prot = v->prot;
    if (UNLIKELY(t->perm != 0)) /* the view doesn't know the permission registers */
        r->prot = perm_s1_prot(t, x, true) & perm_s2_prot(t, x, false);
    if (x->s1_clean || x->s2_clean)
        r->prot &= (uint8_t)~PROT_W;
    r->attr = v->attr;
    r->sh = v->sh;
    r->ns = x->ns;
    r->device = v->device;
    r->guarded = x->guarded;
    r->global = x->global;
    r->tagged = v->tagged;
}

/* Is the TLB's answer all that this access needs? If not, a walk finds the fault, or updates the dirty state.
 */
static ALWAYS_INLINE bool answers(const struct tctx *t, const struct xlat *x, const struct mmu_access *a)
{
    bool pan_applies = !a->cmo && a->type != ACCESS_FETCH, failed_read;
    uint8_t prot = perm_s1_prot(t, x, pan_applies) & perm_s2_prot(t, x, false);
    if (!perm_allows(prot, a, &failed_read))
        return false;
    if (a->type == ACCESS_WRITE && (x->s1_clean || x->s2_clean) && !a->cmo && !a->debug)
        return false;
    return !(a->unaligned && (attr_device(x->s1attr) || (t->stage2 && attr_s2_device(t, x->s2attr))));
}

/* May the TLB be asked at all? Its entries know neither the top byte of an address nor TCR_ELx.E0PD. */
static ALWAYS_INLINE bool tlb_eligible(const struct tctx *t, uint64_t va, const struct mmu_access *a)
{
    if (!xlat_stage1_on(t) || a->at)
        return false;
    if (UNLIKELY(va != tlb_va(va)) && !mmu_tbi(t, va, a->type == ACCESS_FETCH))
        return false;
    return !(t->el0 && has(t->feat, FEAT_E0PD) && tcr_bit(t->tcr, tcr_layout(t->regime)->e0pd[bit(va, 55)]));
}

bool mmu_translate(const struct tctx *t, const struct mmu_port *port, uint64_t va, const struct mmu_access *a,
                   struct mmu_result *r)
{
    struct xlat x;
    struct xlat_view local, *memo = &local;
    if (port->tlb != NULL)
        memo = tlb_view(port->tlb, a->type);
    else
        local.more = 0; /* nothing remembered */
    bool cached = port->tlb != NULL && tlb_eligible(t, va, a);
    if (cached && tlb_lookup(port->tlb, t, va, &x)) {
        if (answers(t, &x, a)) {
            fill(t, &x, view(t, &x, a->type, memo), r);
            return true;
        }
        if (!a->debug)
            tlb_drop(port->tlb, t, va);
    }
    bool translated = xlat_walk(t, port, va, a, false, &x, &r->fault);
    if (cached && !a->debug)
        tlb_count_walk(port->tlb, a->type == ACCESS_FETCH, translated);
    if (!translated)
        return false;
    fill(t, &x, view(t, &x, a->type, memo), r);
    return true;
}

unsigned fault_fsc(const struct fault *f)
{
    unsigned level = (unsigned)f->level & 3;
    switch (f->type) {
    case FAULT_ADDRESS_SIZE:
        return f->level < 0 ? FSC_ADDRESS_SIZE_LM1 : FSC_ADDRESS_SIZE | level;
    case FAULT_TRANSLATION:
        return f->level < 0 ? FSC_TRANSLATION_LM1 : FSC_TRANSLATION | level;
    case FAULT_ACCESS_FLAG:
        return FSC_ACCESS_FLAG | level;
    case FAULT_PERMISSION:
        return FSC_PERMISSION | level;
    case FAULT_EXTERNAL_WALK:
        return f->level < 0 ? FSC_SYNC_EXTERNAL_WALK - 1 : FSC_SYNC_EXTERNAL_WALK | level;
    case FAULT_EXTERNAL:
        return FSC_SYNC_EXTERNAL;
    case FAULT_ALIGNMENT:
        return FSC_ALIGNMENT;
    case FAULT_DEBUG:
        return FSC_DEBUG;
    case FAULT_TLB_CONFLICT:
        return FSC_TLB_CONFLICT;
    case FAULT_UNSUPPORTED_ATOMIC:
        return FSC_UNSUPPORTED_ATOMIC;
    case FAULT_TAG_CHECK:
        return FSC_TAG_CHECK;
    case FAULT_EXCLUSIVE:
        return FSC_EXCLUSIVE;
    default:
        return 0;
    }
}
