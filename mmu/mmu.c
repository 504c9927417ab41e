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

/* Fills the result of a successful translation. */
static void fill(const struct tctx *t, const struct xlat *x, const struct mmu_access *a, struct mmu_result *r)
{
    uint32_t attr = xlat_attr(t, x, a->type, false);
    uint8_t s1 = perm_s1_prot(t, x->s1_perm, true), s2 = perm_s2_prot(t, x->s2_perm);
    r->fault.type = FAULT_NONE;
    r->pa = x->out;
    r->page_size = BIT(x->size);
    r->inval_size = BIT(x->s1_size);
    r->prot = s1 & s2;
    if (x->s1_clean || x->s2_clean)
        r->prot &= (uint8_t)~PROT_W;
    r->attr = attr_encode(t->feat, attr);
    r->sh = (uint8_t)attr_sh(attr);
    r->ns = x->ns;
    r->device = attr_device(attr);
    r->guarded = x->guarded;
    r->global = x->global;
    r->tagged = (attr & ATTR_TAGGED) != 0;
}

/* Is the TLB's answer all that this access needs? If not, a walk finds the fault, or updates the dirty state.
 */
static bool answers(const struct tctx *t, const struct xlat *x, const struct mmu_access *a)
{
    bool pan_applies = !a->cmo && a->type != ACCESS_FETCH, failed_read;
    uint8_t prot = perm_s1_prot(t, x->s1_perm, pan_applies) & perm_s2_prot(t, x->s2_perm);
    if (!perm_allows(prot, a, &failed_read))
        return false;
    if (a->type == ACCESS_WRITE && (x->s1_clean || x->s2_clean) && !a->cmo && !a->debug)
        return false;
    return !(a->unaligned && (attr_device(x->s1attr) || (t->stage2 && attr_s2_device(t, x->s2attr))));
}

/* May the TLB be asked at all? Its entries know neither the top byte of an address nor TCR_ELx.E0PD. */
static bool tlb_eligible(const struct tctx *t, uint64_t va, const struct mmu_access *a)
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
    if (port->tlb != NULL && tlb_eligible(t, va, a) && tlb_lookup(port->tlb, t, va, &x)) {
        if (answers(t, &x, a)) {
            fill(t, &x, a, r);
            return true;
        }
        if (!a->debug)
            tlb_drop(port->tlb, t, va);
    }
    if (!xlat_walk(t, port, va, a, false, &x, &r->fault))
        return false;
    fill(t, &x, a, r);
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
    case FAULT_EXCLUSIVE:
        return FSC_EXCLUSIVE;
    default:
        return 0;
    }
}
