/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The table walker: one function walks the tables of stage 1 and of stage 2, directed by a constant block of
 * parameters. Around it, each stage's own rules: permissions, Access flag and dirty state, memory type.
 * Arm ARM D8.2, D8.3; AArch64.S1Translate(), AArch64.S2Translate(), AArch64.S1Walk(), AArch64.S2Walk().
 */
#include "mmu/internal.h"

#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "mmu/descriptor.h"
#include "mmu/observe.h"
#include "mmu/params.h"
#include "sysregs/fields.h"

/* One translation under way. */
struct walk {
    const struct tctx *t;
    const struct mmu_port *port;
    const struct mmu_access *a;
    struct tlb *tlb;
    struct params_memo *memo;
    struct observation *seen; /* for the port's observer: the stage under way; or NULL */
};

/* The last descriptor of a walk. */
struct leaf {
    uint64_t desc, desc_addr; /* the address is an IPA if this is stage 1 under stage 2 */
    uint64_t oa;
    bool desc_ns; /* PA (or IPA) space of the last table */
    int level;
    unsigned size;   /* log2 */
    uint64_t tables; /* all table descriptors ORed: their permission bits add up */
};

/* What stage 2 is asked to do. */
struct s2_request {
    uint64_t ipa;
    bool ns;
    enum s2_use use;
    struct mmu_access
        a; /* as stage 2 sees it: descriptor accesses of stage 1 are reads, or writes to update */
};

static bool stage2(struct walk *k, const struct s2_request *q, struct xlat *x, struct fault *f);

static NOINLINE bool set_fault(struct fault *f, enum fault_type type, int level, const char *rule)
{
    f->type = (uint8_t)type;
    f->level = (int8_t)level;
    f->rule = rule;
    return false;
}

/* Where stage 1's descriptor at `addr` is in physical memory. */
static bool descriptor_pa(struct walk *k, const struct walk_params *p, uint64_t addr, bool ns,
                          enum s2_use use, uint64_t *pa, bool *pa_ns, struct fault *f)
{
    *pa = addr;
    *pa_ns = ns;
    if (p->stage == 2 || !k->t->stage2)
        return true;
    const struct s2_request q = {
        .ipa = addr,
        .ns = ns,
        .use = use,
        .a = {.type = use == S2_WALK_UPDATE ? ACCESS_WRITE : ACCESS_READ,
              .at = k->a->at,
              .debug = k->a->debug},
    };
    struct xlat x = {0};
    if (!stage2(k, &q, &x, f))
        return false;
    *pa = x.out;
    *pa_ns = x.ns;
    return true;
}

static NOINLINE bool read_descriptor(struct walk *k, const struct walk_params *p, const struct leaf *l,
                                     uint64_t *desc, struct fault *f)
{
    uint64_t pa = l->desc_addr;
    bool pa_ns = l->desc_ns, read;
    if (k->t->stage2 && !descriptor_pa(k, p, l->desc_addr, l->desc_ns, S2_WALK, &pa, &pa_ns, f))
        return false;
    read = k->port->read64(k->port->opaque, pa, pa_ns, desc);
    if (UNLIKELY(!read))
        set_fault(f, FAULT_EXTERNAL_WALK, l->level,
                  p->stage == 1 ? "stage 1: no memory answers at the descriptor's address"
                                : "stage 2: no memory answers at the descriptor's address");
    if (UNLIKELY(k->seen != NULL))
        observe_descriptor(k->seen, p, l->level, l->desc_addr, l->desc_ns, pa, pa_ns, *desc, l->tables,
                           read ? NULL : f->rule);
    return read;
}

/* Where the host has the descriptor, or NULL: to be read with all that may go with it. */
static ALWAYS_INLINE const uint8_t *direct_descriptor(const struct walk *k, const struct walk_params *p,
                                                      uint64_t addr)
{
    const struct mmu_port *port = k->port;
    uint64_t offset = addr - port->ram_base;
    if (UNLIKELY(offset >= port->ram_size || port->step != NULL || (k->t->stage2 && p->stage == 1)))
        return NULL;
    return port->ram + offset;
}

/* The ways in which tables themselves are wrong: level faults of both stages. */
enum walk_error { TTBR_SIZE, INVALID, TABLE_SIZE, PAGE_SIZE, NO_ACCESS_FLAG };

static NOINLINE bool walk_fault(struct fault *f, const struct walk_params *p, int level, enum walk_error e)
{
    static const struct {
        uint8_t type;
        const char *rule[2];
    } errors[] = {
        [TTBR_SIZE] = {FAULT_ADDRESS_SIZE,
                       {"stage 1: TTBR's address is larger than the output size",
                        "stage 2: VTTBR's address is larger than the output size"}},
        [INVALID] = {FAULT_TRANSLATION,
                     {"stage 1: the descriptor is invalid", "stage 2: the descriptor is invalid"}},
        [TABLE_SIZE] = {FAULT_ADDRESS_SIZE,
                        {"stage 1: the table's address is larger than the output size",
                         "stage 2: the table's address is larger than the output size"}},
        [PAGE_SIZE] = {FAULT_ADDRESS_SIZE,
                       {"stage 1: the page's address is larger than the output size",
                        "stage 2: the page's address is larger than the output size"}},
        [NO_ACCESS_FLAG] = {FAULT_ACCESS_FLAG,
                            {"stage 1: the Access flag is 0", "stage 2: the Access flag is 0"}},
    };
    return set_fault(f, errors[e].type, level, errors[e].rule[p->stage - 1]);
}

/* AArch64.OAOutOfRange() */
static ALWAYS_INLINE bool out_of_range(const struct walk_params *p, uint64_t address)
{
    return address >> p->oa_bits != 0;
}

/* Writes a changed descriptor, whose address and value *l has. *swapped: it was as we knew it. */
static NOINLINE bool write_descriptor(struct walk *k, const struct walk_params *p, struct leaf *l,
                                      uint64_t desired, bool *swapped, struct fault *f)
{
    uint64_t pa;
    bool ns;
    if (!descriptor_pa(k, p, l->desc_addr, l->desc_ns, S2_WALK_UPDATE, &pa, &ns, f))
        return false;
    if (k->port->cas64 == NULL || !k->port->cas64(k->port->opaque, pa, ns, l->desc, desired, swapped))
        return set_fault(f, FAULT_EXTERNAL_WALK, l->level,
                         p->stage == 1 ? "stage 1: the descriptor can't be updated in memory"
                                       : "stage 2: the descriptor can't be updated in memory");
    l->desc = desired;
    if (*swapped && UNLIKELY(k->seen != NULL))
        observe_update(k->seen, l->level, l->desc_addr, l->desc_ns, pa, ns, desired);
    return true;
}

/* FEAT_HAFT: sets the Access flag of a table descriptor. If that changed meanwhile, it was software's doing
 * just now: the walk goes on with what was read, as if it had come before. */
static NOINLINE bool update_table(struct walk *k, const struct walk_params *p, struct leaf *l, uint64_t desc,
                                  struct fault *f)
{
    bool swapped;
    if (k->a->at || k->a->debug)
        return true;
    l->desc = desc;
    return write_descriptor(k, p, l, desc | DESC_AF, &swapped, f);
}

/* From the first table down to a page or block. Level faults only: permissions are the caller's. */
static ALWAYS_INLINE bool walk_tables(struct walk *k, const struct walk_params *p, uint64_t ia,
                                      struct leaf *l, struct fault *f)
{
    uint64_t table = p->base, index = ia & ones(p->ia_bits), tables = 0, desc;
    unsigned lsb = desc_level_shift(p, p->start_level), stride = p->granule - 3u;
    int level = p->start_level;
    l->desc_ns = p->ns;
    if (UNLIKELY(out_of_range(p, table)))
        return walk_fault(f, p, 0, TTBR_SIZE);
    for (;; level++, lsb -= stride) {
        uint64_t addr = table | index >> lsb << 3;
        const uint8_t *direct = direct_descriptor(k, p, addr);
        l->desc_addr = addr;
        l->level = level;
        if (LIKELY(direct != NULL)) {
            memcpy(&desc, direct, sizeof desc);
        } else {
            uint64_t value = 0; /* of its own, so that desc can live in a register */
            l->tables = tables;
            if (UNLIKELY(!read_descriptor(k, p, l, &value, f)))
                return false;
            desc = value;
        }
        enum desc_type type = desc_type(p, level, desc);
        if (UNLIKELY(type == DESC_INVALID))
            return walk_fault(f, p, level, INVALID);
        if (type == DESC_LEAF)
            break;
        table = desc_address(p, desc, p->granule);
        if (UNLIKELY(out_of_range(p, table)))
            return walk_fault(f, p, level, TABLE_SIZE);
        if (UNLIKELY(p->table_af & ~desc) && !update_table(k, p, l, desc, f))
            return false;
        tables |= desc;
        if (p->stage == 1 && (desc & DESC_NSTABLE)) /* in Non-secure state it is so already */
            l->desc_ns = true;
        index &= ones(lsb);
    }
    l->tables = tables;
    l->size = lsb;
    l->desc = desc;
    l->oa = desc_address(p, desc, lsb);
    if (UNLIKELY(out_of_range(p, l->oa)))
        return walk_fault(f, p, l->level, PAGE_SIZE);
    if (UNLIKELY(!(desc & DESC_AF) && !p->ha) && !(k->a->debug && k->a->unchecked))
        return walk_fault(f, p, l->level, NO_ACCESS_FLAG);
    return true;
}

/* Hardware's changes to a leaf that this access asks for: Access flag and dirty state. */
static ALWAYS_INLINE uint64_t updated_descriptor(const struct walk_params *p, const struct mmu_access *a,
                                                 uint64_t desc)
{
    if (a->at || a->debug || !p->ha)
        return desc;
    uint64_t d = desc | DESC_AF;
    if (desc_dirties(p, desc) && a->type == ACCESS_WRITE && !a->cmo)
        d = p->stage == 1 ? d & ~DESC_AP2 : d | DESC_S2AP_W;
    return d;
}

/* Brings the leaf up to date, if need be. *again: memory changed meanwhile. */
static ALWAYS_INLINE bool update_leaf(struct walk *k, const struct walk_params *p, struct leaf *l,
                                      const struct mmu_access *a, bool *again, struct fault *f)
{
    uint64_t desired = updated_descriptor(p, a, l->desc);
    *again = false;
    if (LIKELY(desired == l->desc))
        return true;
    bool swapped;
    if (!write_descriptor(k, p, l, desired, &swapped, f))
        return false;
    *again = !swapped;
    return true;
}

/* A write to a clean page whose dirty state is software's matter: a Permission fault of indirect permissions.
 */
static bool needs_dirty(const struct walk_params *p, const struct mmu_access *a)
{
    return !p->hd && a->type == ACCESS_WRITE && !a->cmo;
}

/* ---- stage 2 ---- */

/* AArch64.SS2OutputPASpace(): VSTCR_EL2.{SW,SA}, and for the Non-secure IPA space VTCR_EL2.{NSW,NSA}. */
static bool s2_output_ns(const struct tctx *t, bool ipa_ns)
{
    if (!t->secure)
        return true;
    return bits(t->vstcr, 30, 29) != 0 || (ipa_ns && bits(t->vtcr, 30, 29) != 0);
}

static bool s2_fault(const struct s2_request *q, struct fault *f, enum fault_type type, int level,
                     const char *rule)
{
    f->ipa = q->ipa;
    f->ipa_ns = q->ns;
    f->stage2 = true;
    f->s1ptw = q->use != S2_ACCESS;
    return set_fault(f, type, level, rule);
}

static bool s2_check(struct walk *k, const struct s2_request *q, const struct xlat *x, struct fault *f)
{
    const struct tctx *t = k->t;
    bool device = attr_s2_device(t, x->s2attr), failed_read;
    if (q->a.unaligned && device)
        return s2_fault(q, f, FAULT_ALIGNMENT, x->level, "stage 2: unaligned access to Device memory");
    if (q->use != S2_ACCESS && device && (t->hcr & HCR_PTW))
        return s2_fault(q, f, FAULT_PERMISSION, x->level, "HCR_EL2.PTW=1: stage 1 table in Device memory");
    if (!perm_allows(perm_s2_prot(t, x, q->use != S2_ACCESS), &q->a, &failed_read)) {
        if (q->a.rmw)
            f->write = !failed_read;
        return s2_fault(q, f, FAULT_PERMISSION, x->level,
                        q->use == S2_ACCESS ? "stage 2: permission"
                                            : "stage 2: permission on a stage 1 table");
    }
    return true;
}

static NOINLINE bool stage2_walk(struct walk *k, const struct s2_request *q, struct xlat *x, struct fault *f)
{
    struct leaf l;
    const char *rule;
    const struct walk_params *p = params_stage2(k->t, q->ipa, q->ns, k->memo, &rule);
    if (UNLIKELY(k->seen != NULL))
        observe_stage(k->seen, p, rule);
    if (p == NULL)
        return s2_fault(q, f, FAULT_TRANSLATION, 0, rule);
    for (bool again = true; again;) {
        if (!walk_tables(k, p, q->ipa, &l, f))
            return s2_fault(q, f, f->type, f->level, f->rule);
        bool dirties = desc_dirties(p, l.desc);
        x->out = l.oa | bits(q->ipa, l.size - 1, 0);
        x->ns = s2_output_ns(k->t, q->ns);
        x->s2attr = (uint32_t)(bits(l.desc, 5, 2) | (p->ds ? p->sh : bits(l.desc, 9, 8)) << 4 |
                               (l.desc & DESC_FNXS ? S2ATTR_FNXS : 0));
        x->size = (uint8_t)l.size;
        x->granule = p->granule;
        x->level = (int8_t)l.level;
        x->s2_perm = perm_s2_leaf(k->t, l.desc, dirties);
        if (!s2_check(k, q, x, f))
            return false;
        if (UNLIKELY(p->pi) && !(l.desc & DESC_S2AP_W) && needs_dirty(p, &q->a)) {
            f->dirty_bit = true;
            f->write |= q->use == S2_ACCESS;
            return s2_fault(q, f, FAULT_PERMISSION, l.level, "stage 2: written while clean, VTCR_EL2.HD=0");
        }
        if (!update_leaf(k, p, &l, &q->a, &again, f))
            return s2_fault(q, f, f->type, f->level, f->rule);
        x->s2_clean = (dirties || p->pi) && !(l.desc & DESC_S2AP_W);
    }
    if (k->tlb != NULL && !k->a->debug && (l.desc & DESC_AF))
        tlb_insert_s2(k->tlb, k->t, q->ipa, q->ns, x);
    return true;
}

static ALWAYS_INLINE bool stage2_cached(struct walk *k, const struct s2_request *q, struct xlat *x)
{
    if (k->tlb == NULL || !tlb_lookup_s2(k->tlb, k->t, q->ipa, q->ns, x))
        return false;
    struct fault ignored = {0};
    bool dirties = q->a.type == ACCESS_WRITE && x->s2_clean && !q->a.cmo && !q->a.debug;
    if (!dirties && s2_check(k, q, x, &ignored))
        return true;
    if (!q->a.debug)
        tlb_drop_s2(k->tlb, k->t, q->ipa, q->ns);
    return false;
}

static NOINLINE bool stage2_observed(struct walk *k, const struct s2_request *q, struct xlat *x,
                                     struct fault *f)
{
    struct observation mine = {.t = k->t,
                               .port = k->port,
                               .input = q->ipa,
                               .stage = 2,
                               .for_table = q->use != S2_ACCESS,
                               .input_ns = q->ns},
                       *outer = k->seen;
    k->seen = &mine;
    bool cached = stage2_cached(k, q, x), good = cached || stage2_walk(k, q, x, f);
    observe_output(&mine, x, f, cached);
    k->seen = outer;
    return good;
}

/* AArch64.S2Translate() of q->ipa: fills the stage 2 fields, out, ns, size and level of *x. */
static bool stage2(struct walk *k, const struct s2_request *q, struct xlat *x, struct fault *f)
{
    if (UNLIKELY(k->seen != NULL))
        return stage2_observed(k, q, x, f);
    return stage2_cached(k, q, x) || stage2_walk(k, q, x, f);
}

/* ---- stage 1 ---- */

static bool pan_applies(const struct mmu_access *a)
{
    return !a->cmo && a->type != ACCESS_FETCH;
}

/* AArch64.S1CheckPermissions() for an access that isn't permitted. */
static NOINLINE bool s1_permission_fault(const struct walk *k, const struct xlat *x, struct fault *f)
{
    const struct mmu_access *a = k->a;
    struct s1_access s = {.base = perm_s1_prot(k->t, x, pan_applies(a)), .overlay = PROT_ANY};
    if (k->t->perm & (PERM_PIE | PERM_OVERLAY))
        s = perm_s1_access(k->t, x, pan_applies(a));
    bool failed_read;
    f->overlay = !perm_allows(s.overlay, a, &failed_read);
    if (!f->overlay)
        perm_allows(s.base, a, &failed_read);
    if (a->rmw)
        f->write = !failed_read;
    return set_fault(f, FAULT_PERMISSION, x->level,
                     f->overlay ? "stage 1: permission overlay" : "stage 1: permission");
}

static ALWAYS_INLINE bool s1_check(const struct walk *k, const struct xlat *x, struct fault *f)
{
    bool failed_read;
    if (k->a->unaligned && attr_device(x->s1attr))
        return set_fault(f, FAULT_ALIGNMENT, x->level, "stage 1: unaligned access to Device memory");
    if (!perm_allows(perm_s1_prot(k->t, x, pan_applies(k->a)), k->a, &failed_read))
        return s1_permission_fault(k, x, f);
    return true;
}

/* What the attribute fields of the leaf and of the tables above it say. */
static NOINLINE void make_meaning(const struct tctx *t, const struct walk_params *p, const struct leaf *l,
                                  struct leaf_meaning *m)
{
    bool dirties = desc_dirties(p, l->desc), two = regime_two_ranges(t->regime);
    unsigned index = (unsigned)bits(l->desc, 4, 2);
    uint64_t mair = p->aie && bit(l->desc, 59) ? t->mair2 : t->mair;
    m->ns = !t->secure || l->desc_ns || (l->desc & DESC_NS);
    m->s1attr = attr_mair(t->feat, (uint8_t)(mair >> (8 * index)), p->ds ? p->sh : bits(l->desc, 9, 8)) |
                (uint32_t)bits(l->desc, 62, 60) << ATTR_PO_SHIFT;
    m->s1_perm = perm_s1_leaf(t, p->hpd ? 0 : l->tables, l->desc, dirties);
    if (t->sif && m->ns)
        m->s1_perm = (uint8_t)(p->pi ? m->s1_perm | S1_PI_SIF : m->s1_perm & ~(unsigned)(S1_PX | S1_UX));
    m->guarded = has(t->feat, FEAT_BTI) && (l->desc & DESC_GP);
    m->global = !two || !((l->desc & DESC_NG) || (t->secure && l->desc_ns));
    m->clean = (dirties || p->pi) && (l->desc & DESC_AP2);
}

/* The same, remembered: the leaves of a table mostly look alike. The key has every field that is read above
 * and in perm_s1_leaf(); what it depends on beside, params_stage1() has compared. */
static ALWAYS_INLINE const struct leaf_meaning *leaf_meaning(const struct tctx *t, struct params_memo *memo,
                                                             const struct leaf *l)
{
    _Static_assert(LEAF_MEANINGS == 4, "two bits choose");
    uint64_t key = (l->desc & (MASK(63, 50) | MASK(11, 2))) | (l->tables & MASK(62, 59)) >> 40 |
                   (l->desc_ns ? BIT(23) : 0) | (t->sif ? BIT(24) : 0) | 1;
    struct leaf_meaning *m = &memo->meaning[(key >> 7 ^ key >> 53) & (LEAF_MEANINGS - 1)];
    if (UNLIKELY(m->key != key || m->mair != t->mair || m->mair2 != t->mair2 || m->hcr != t->hcr)) {
        make_meaning(t, &memo->p, l, m);
        m->key = key;
        m->mair = t->mair;
        m->mair2 = t->mair2;
        m->hcr = t->hcr;
    }
    return m;
}

static ALWAYS_INLINE bool stage1(struct walk *k, uint64_t va, bool observed, struct xlat *x, struct fault *f)
{
    const struct tctx *t = k->t;
    struct leaf l;
    const char *rule;
    struct params_memo *memo = params_stage1(t, va, k->a->type == ACCESS_FETCH, k->memo, &rule);
    if (observed)
        observe_stage(k->seen, memo != NULL ? &memo->p : NULL, memo != NULL ? NULL : rule);
    if (memo == NULL)
        return set_fault(f, FAULT_TRANSLATION, 0, rule);
    const struct walk_params *p = &memo->p;
    for (bool again = true; again;) {
        if (!walk_tables(k, p, va, &l, f))
            return false;
        const struct leaf_meaning *m = leaf_meaning(t, memo, &l);
        x->ipa = x->out = l.oa | bits(va, l.size - 1, 0);
        x->ns = m->ns;
        x->size = x->s1_size = (uint8_t)l.size;
        x->granule = p->granule;
        x->level = (int8_t)l.level;
        x->s1attr = m->s1attr;
        x->s1_perm = m->s1_perm;
        x->guarded = m->guarded;
        x->global = m->global;
        if (!s1_check(k, x, f))
            return false;
        if (UNLIKELY(m->clean) && needs_dirty(p, k->a)) {
            f->write = f->dirty_bit = true;
            return set_fault(f, FAULT_PERMISSION, l.level, "stage 1: written while clean, TCR_ELx.HD=0");
        }
        if (!update_leaf(k, p, &l, k->a, &again, f))
            return false;
        x->s1_clean = m->clean && (l.desc & DESC_AP2);
    }
    if (!(l.desc & DESC_AF))
        k->tlb = NULL; /* such a translation is never cached */
    return true;
}

/* AArch64.S1DisabledOutput(): the address as it is. */
static bool stage1_off(struct walk *k, uint64_t va, struct xlat *x, struct fault *f)
{
    const struct tctx *t = k->t;
    unsigned top = mmu_tbi(t, va, k->a->type == ACCESS_FETCH) ? 55 : 63;
    if (bits(va, top, t->feat->pa_bits) != 0)
        return set_fault(f, FAULT_ADDRESS_SIZE, 0, "stage 1 is off: the address is larger than the PA size");
    x->ipa = x->out = va & ones(t->feat->pa_bits);
    x->ns = !t->secure;
    x->size = x->s1_size = x->granule = 12;
    x->s1attr = attr_s1_off(t, k->a->type);
    x->s1_perm = S1_ANY;
    x->global = true;
    if (k->a->unaligned && attr_device(x->s1attr))
        return set_fault(f, FAULT_ALIGNMENT, 0, "stage 1 is off: unaligned access to Device memory");
    return true;
}

uint32_t xlat_attr(const struct tctx *t, const struct xlat *x, unsigned type, bool s1_only)
{
    uint32_t a = xlat_stage1_on(t) ? attr_s1_effective(t, x->s1attr, type) : attr_s1_off(t, type);
    return t->stage2 && !s1_only ? attr_combine(t, a, x->s2attr, type) : attr_effective_sh(a);
}

/* The stage 2 of an access whose stage 1 is in *x. */
static bool add_stage2(struct walk *k, struct xlat *x, struct fault *f)
{
    const struct s2_request q = {.ipa = x->ipa, .ns = x->ns, .use = S2_ACCESS, .a = *k->a};
    struct xlat y = {0};
    if (!stage2(k, &q, &y, f))
        return false;
    x->ipa_ns = x->ns;
    x->out = y.out;
    x->ns = y.ns;
    x->s2attr = y.s2attr;
    x->s2_perm = y.s2_perm;
    x->s2_clean = y.s2_clean;
    if (!xlat_stage1_on(k->t)) {
        x->size = x->s1_size = y.size;
        x->granule = y.granule;
        x->level = y.level;
    } else if (y.size < x->size) {
        x->size = y.size;
    }
    return true;
}

/* `observed`, a constant: is there k->seen? */
static ALWAYS_INLINE bool walk_with(struct walk *k, uint64_t va, bool s1_only, bool observed, struct xlat *x,
                                    struct fault *f)
{
    const struct tctx *t = k->t;
    const struct mmu_access *a = k->a;
    memset(x, 0, sizeof *x);
    memset(f, 0, sizeof *f);
    f->write = a->type == ACCESS_WRITE && !a->rmw;
    x->s2_perm = S2_ANY;
    bool on = xlat_stage1_on(t), good;
    if (observed && !on)
        observe_stage(k->seen, NULL, NULL);
    good = on ? stage1(k, va, observed, x, f) : stage1_off(k, va, x, f);
    if (observed)
        observe_output(k->seen, x, f, false);
    if (!good || (t->stage2 && !s1_only && !add_stage2(k, x, f)))
        return false;
    if (on && k->tlb != NULL && !a->debug)
        tlb_insert(k->tlb, t, va, x);
    return true;
}

static NOINLINE bool walk_observed(struct walk *k, uint64_t va, bool s1_only, struct xlat *x, struct fault *f)
{
    struct observation mine = {.t = k->t, .port = k->port, .input = va, .stage = 1};
    k->seen = &mine;
    bool good = walk_with(k, va, s1_only, true, x, f);
    mine.stage = 0;
    observe_result(&mine, k->a, x, f, s1_only);
    return good;
}

/* Without a TLB nothing is remembered either. */
static NOINLINE bool walk_alone(struct walk *k, uint64_t va, bool s1_only, struct xlat *x, struct fault *f)
{
    struct params_memo local[MEMO_COUNT];
    memset(local, 0, sizeof local);
    k->memo = local;
    return k->port->step != NULL ? walk_observed(k, va, s1_only, x, f)
                                 : walk_with(k, va, s1_only, false, x, f);
}

bool xlat_walk(const struct tctx *t, const struct mmu_port *port, uint64_t va, const struct mmu_access *a,
               bool s1_only, struct xlat *x, struct fault *f)
{
    struct walk k = {.t = t, .port = port, .a = a, .tlb = a->at ? NULL : port->tlb};
    if (UNLIKELY(k.tlb == NULL))
        return walk_alone(&k, va, s1_only, x, f);
    k.memo = tlb_memo(k.tlb);
    if (UNLIKELY(port->step != NULL))
        return walk_observed(&k, va, s1_only, x, f);
    return walk_with(&k, va, s1_only, false, x, f);
}
