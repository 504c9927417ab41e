/* SPDX-License-Identifier: BSD-2-Clause
 *
 * See observe.h. What a descriptor means is asked of the same functions that the walker uses.
 */
#include "mmu/observe.h"

#include <stddef.h>

#include "base/bits.h"

static struct walk_step begin(const struct observation *o, enum walk_event event)
{
    return (struct walk_step){.event = (uint8_t)event,
                              .stage = (uint8_t)o->stage,
                              .for_table = o->for_table,
                              .input = o->input,
                              .input_ns = o->input_ns,
                              .pi = -1,
                              .po = -1,
                              .overlay = PROT_ANY};
}

static void tell(const struct observation *o, const struct walk_step *s)
{
    o->port->step(o->port->opaque, s);
}

void observe_stage(const struct observation *o, const struct walk_params *p, const char *rule)
{
    struct walk_step s = begin(o, WALK_STAGE);
    s.rule = rule;
    s.fault = rule != NULL ? FAULT_TRANSLATION : FAULT_NONE;
    s.off = p == NULL && rule == NULL;
    if (p != NULL) {
        s.granule = p->granule;
        s.input_bits = p->ia_bits;
        s.output_bits = p->oa_bits;
        s.level = p->start_level;
        s.address = p->base;
        s.address_ns = p->ns;
    }
    tell(o, &s);
}

/* The bits of the input that choose a descriptor at this level; the first table may be larger or smaller. */
static void index_bits(const struct walk_params *p, struct walk_step *s)
{
    unsigned low = desc_level_shift(p, s->level), high = low + p->granule - 4u;
    if (s->level == p->start_level)
        high = p->ia_bits - 1u;
    s->low = (uint8_t)low;
    s->high = (uint8_t)high;
}

static enum walk_kind kind_of(const struct walk_params *p, const struct walk_step *s)
{
    enum desc_type type = desc_type(p, s->level, s->desc);
    if (s->rule != NULL || (type != DESC_INVALID && s->output >> p->oa_bits != 0))
        return WALK_FAULT;
    switch (type) {
    case DESC_INVALID:
        return WALK_INVALID;
    case DESC_TABLE:
        return WALK_TABLE;
    default:
        break;
    }
    if (!(s->desc & DESC_AF) && !p->ha)
        return WALK_FAULT;
    return s->level == 3 ? WALK_PAGE : WALK_BLOCK;
}

/* What the stage's permissions in *x come to. */
static void show(const struct observation *o, const struct xlat *x, struct walk_step *s)
{
    const struct tctx *t = o->t;
    if (o->stage == 2) {
        s->perm = perm_s2_shown(t, x);
        s->pi = t->perm & PERM_S2PIE ? (int8_t)x->s2_perm : -1;
        return;
    }
    s->perm = perm_s1_shown(t, x);
    s->pi = t->perm & PERM_PIE ? (int8_t)(x->s1_perm & S1_PI_INDEX) : -1;
    if (!(t->perm & PERM_OVERLAY))
        return;
    s->po = (int8_t)(x->s1attr >> ATTR_PO_SHIFT & 7);
    s->overlay = perm_s1_access(t, x, true).overlay;
}

static void leaf_permissions(const struct observation *o, const struct walk_params *p, uint64_t tables,
                             struct walk_step *s)
{
    struct xlat x = {0};
    if (p->stage == 1)
        x.s1_perm = perm_s1_leaf(o->t, p->hpd ? 0 : tables, s->desc, desc_dirties(p, s->desc));
    else
        x.s2_perm = perm_s2_leaf(o->t, s->desc, desc_dirties(p, s->desc));
    x.s1attr = (uint32_t)bits(s->desc, 62, 60) << ATTR_PO_SHIFT;
    show(o, &x, s);
}

void observe_descriptor(const struct observation *o, const struct walk_params *p, int level, uint64_t address,
                        bool address_ns, uint64_t pa, bool pa_ns, uint64_t desc, uint64_t tables,
                        const char *unread)
{
    struct walk_step s = begin(o, WALK_DESCRIPTOR);
    s.level = (int8_t)level;
    s.address = address;
    s.address_ns = address_ns;
    s.pa = pa;
    s.pa_ns = pa_ns;
    s.desc = desc;
    s.rule = unread;
    s.fault = unread != NULL ? FAULT_EXTERNAL_WALK : FAULT_NONE;
    index_bits(p, &s);
    s.perm = p->stage == 2 ? S2_ANY : S1_ANY;
    switch (desc_type(p, level, desc)) {
    case DESC_TABLE:
        s.size = p->granule;
        s.output = desc_address(p, desc, p->granule);
        s.output_ns = address_ns || (p->stage == 1 && (desc & DESC_NSTABLE));
        if (p->stage == 1 && !p->hpd)
            s.perm = perm_s1_tables(o->t, tables | desc);
        break;
    case DESC_LEAF:
        s.size = s.low;
        s.output = desc_address(p, desc, s.low) | bits(o->input, s.low - 1u, 0);
        leaf_permissions(o, p, tables, &s);
        break;
    default:
        break;
    }
    s.kind = (uint8_t)kind_of(p, &s);
    tell(o, &s);
}

void observe_update(const struct observation *o, int level, uint64_t address, bool address_ns, uint64_t pa,
                    bool pa_ns, uint64_t desc)
{
    struct walk_step s = begin(o, WALK_UPDATE);
    s.kind = level == 3 ? WALK_PAGE : WALK_BLOCK;
    s.level = (int8_t)level;
    s.address = address;
    s.address_ns = address_ns;
    s.pa = pa;
    s.pa_ns = pa_ns;
    s.desc = desc;
    tell(o, &s);
}

static void set_fault(struct walk_step *s, const struct fault *f)
{
    s->fault = f->type;
    s->rule = f->rule;
    s->level = f->level;
}

void observe_output(const struct observation *o, const struct xlat *x, const struct fault *f, bool cached)
{
    struct walk_step s = begin(o, WALK_OUTPUT);
    s.off = o->stage == 1 && !xlat_stage1_on(o->t);
    s.cached = cached;
    if (f->type != FAULT_NONE) {
        set_fault(&s, f);
    } else {
        s.level = x->level;
        s.output = x->out;
        s.output_ns = x->ns;
        s.size = x->size;
        show(o, x, &s);
        s.attr = o->stage == 1 ? (uint8_t)x->s1attr : x->s2attr & 15;
        s.sh = (uint8_t)(o->stage == 1 ? attr_sh(x->s1attr) : x->s2attr >> 4 & 3);
    }
    tell(o, &s);
}

void observe_result(const struct observation *o, const struct mmu_access *a, const struct xlat *x,
                    const struct fault *f, bool s1_only)
{
    struct walk_step s = begin(o, WALK_RESULT);
    if (f->type != FAULT_NONE) {
        set_fault(&s, f);
        s.stage = f->stage2 ? 2 : 1; /* whose fault it is */
        s.for_table = f->s1ptw;
    } else {
        uint32_t attr = xlat_attr(o->t, x, a->type, s1_only);
        s.level = x->level;
        s.output = x->out;
        s.output_ns = x->ns;
        s.size = x->size;
        s.attr = attr_encode(o->t->feat, attr);
        s.sh = (uint8_t)attr_sh(attr);
        s.s1_perm = perm_s1_shown(o->t, x);
        s.s2_perm = o->t->stage2 && !s1_only ? perm_s2_shown(o->t, x) : S2_ANY;
        s.prot = perm_s1_prot(o->t, x, true);
        if (!s1_only)
            s.prot &= perm_s2_prot(o->t, x, false);
    }
    tell(o, &s);
}
