/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the predicates of known differences ask. See known_case.h.
 */
#include "fuzz/known_case.h"

#include "base/bits.h"
#include "fuzz/system_walk.h"
#include "sysregs/fields.h"

/* ---- exceptions ---- */

unsigned known_class(const struct program_event *e)
{
    return e != NULL && (e->vector & 3) == 0 ? (unsigned)bits(e->esr, 31, 26) : 64;
}

bool known_is_data_abort(const struct program_event *e)
{
    return known_class(e) == 0x24 || known_class(e) == 0x25;
}

bool known_is_abort(const struct program_event *e)
{
    return known_is_data_abort(e) || known_class(e) == 0x20 || known_class(e) == 0x21;
}

unsigned known_status(const struct program_event *e)
{
    return (unsigned)bits(e->esr, 5, 0);
}

bool known_is_alignment_fault(const struct program_event *e)
{
    return known_is_data_abort(e) && known_status(e) == 0x21;
}

bool known_is_permission_fault(const struct program_event *e)
{
    return known_is_abort(e) && known_status(e) >> 2 == 3;
}

bool known_parted(const struct known_case *k)
{
    return k->d->what == SYSTEM_EVENT || k->d->what == SYSTEM_ELR;
}

bool known_same_place(const struct known_case *k)
{
    return k->ours != NULL && k->theirs != NULL && k->ours->elr == k->theirs->elr;
}

/* Code goes forward only: how far an exception's is, in instructions. What it jumped to comes last. */
static unsigned progress(const struct known_case *k, const struct program_event *e)
{
    unsigned n;
    return e != NULL && program_find(k->c->program, e->elr, &n) ? n : k->c->program->n_code + (e == NULL);
}

bool known_only_ours(const struct known_case *k)
{
    return known_parted(k) && k->ours != NULL && !known_same_place(k) &&
           progress(k, k->ours) <= progress(k, k->theirs);
}

bool known_only_theirs(const struct known_case *k)
{
    return known_parted(k) && k->theirs != NULL && !known_same_place(k) &&
           progress(k, k->theirs) <= progress(k, k->ours);
}

bool known_is_register(const struct known_case *k, enum sysreg reg)
{
    return k->d->what == SYSTEM_REGISTER && k->d->index == system_encoding(reg);
}

/* ---- state ---- */

uint64_t known_at_start(const struct known_case *k, enum sysreg reg)
{
    const struct program *p = k->c->program;
    uint16_t encoding = system_encoding(reg);
    for (unsigned n = 0; n < p->n_settings; n++)
        if (p->settings[n].encoding == encoding)
            return p->settings[n].value;
    if (reg == SR_SCR_EL3)
        return system_scr_base();
    const struct system_register *row = k->regs != NULL ? system_registers_find(k->regs, encoding) : NULL;
    return row != NULL ? row->base : 0;
}

bool known_is_secure(const struct known_case *k)
{
    return !bit(known_at_start(k, SR_SCR_EL3), 0);
}

uint64_t known_sctlr(const struct known_case *k, const struct program_event *e, unsigned el)
{
    return system_state(k->c, e, system_is_el2_regime(k->c, e, el) ? SR_SCTLR_EL2 : SR_SCTLR_EL1);
}

/* Stage 1's memory type by MAIR_ELx, at a page or block descriptor. */
static bool is_device_attribute(uint64_t mair, uint64_t descriptor)
{
    unsigned low = 8 * (unsigned)bits(descriptor, 4, 2);
    return bits(mair, low + 7, low + 4) == 0;
}

/* Stage 2's, which has another format with HCR_EL2.FWB. */
static bool is_device_stage2(uint64_t hcr, uint64_t descriptor)
{
    return bits(descriptor, 5, 4) == 0 && ((hcr & HCR_FWB) != 0 || bits(descriptor, 5, 2) < 4);
}

static bool is_device_by(const struct known_case *k, const struct program_event *e, uint64_t va,
                         enum system_tables when)
{
    uint64_t hcr = system_state(k->c, e, SR_HCR_EL2);
    bool el2 = system_is_el2_regime(k->c, e, system_event_el(e));
    struct system_walk one = system_stage1(k->c, e, el2, va, when);
    if (one.off && (el2 || (hcr & HCR_DC) == 0 || (hcr & HCR_TGE) != 0))
        return true;
    if (!one.off && !one.found)
        return false;
    if (!one.off &&
        is_device_attribute(system_state(k->c, e, el2 ? SR_MAIR_EL2 : SR_MAIR_EL1), one.descriptor))
        return true;
    if (el2)
        return false;
    struct system_walk two = system_stage2(k->c, e, one.output, when);
    return two.found && is_device_stage2(hcr, two.descriptor);
}

bool known_is_device(const struct known_case *k, const struct program_event *e, uint64_t va)
{
    return is_device_by(k, e, va, TABLES_AT_START) || is_device_by(k, e, va, TABLES_AT_END);
}

/* ---- code ---- */

uint32_t known_insn(const struct known_case *k, const struct program_event *e)
{
    unsigned n;
    return e != NULL && program_find(k->c->program, e->elr, &n) ? k->c->program->code[n].raw : 0;
}

/* code[n] was trapped or UNDEFINED, or it faulted: it did nothing else. */
static bool took_exception(const struct known_case *k, unsigned n)
{
    unsigned at;
    for (unsigned i = 0; i < k->c->ours.n_events; i++)
        if (program_find(k->c->program, k->c->ours.events[i].elr, &at) && at == n &&
            program_find_event(k->c->program, &k->c->ours.events[i], &at) && at == n)
            return true;
    return false;
}

int known_last_insn(const struct known_case *k, unsigned limit, uint32_t mask, uint32_t insn)
{
    for (unsigned n = limit; n-- > 0;)
        if ((k->c->program->code[n].raw & mask) == insn && !took_exception(k, n))
            return (int)n;
    return -1;
}

int known_next_insn(const struct known_case *k, const struct program_result *r, bool is(uint32_t insn))
{
    const struct program *p = k->c->program;
    unsigned n = 0;
    if (r->n_events != 0 && program_find_event(p, &r->events[r->n_events - 1], &n))
        n++;
    for (; n < p->n_code; n++)
        if (is(p->code[n].raw))
            return (int)n;
    return -1;
}

int known_par_source(struct known_case *k)
{
    int limit = (int)k->c->program->n_code, at;
    if (k->d->what == SYSTEM_X)
        limit = known_last_insn(k, (unsigned)limit, UINT32_MAX,
                                system_mrs(system_encoding(SR_PAR_EL1), k->d->index));
    else if (!known_is_register(k, SR_PAR_EL1))
        return -1;
    at = limit < 0 ? -1 : known_last_insn(k, (unsigned)limit, 0xfff8fe00, 0xd5087800);
    known_blame(k, k->d->what == SYSTEM_X ? limit : at);
    return at;
}

bool known_constant(const struct known_case *k, unsigned n, unsigned reg, uint64_t *value)
{
    uint64_t known = 0;
    *value = 0;
    while (n-- > 0) {
        uint32_t raw = k->c->program->code[n].raw, kind = raw & 0xff800000;
        unsigned shift = 16 * (unsigned)bits(raw, 22, 21);
        uint64_t part = UINT64_C(0xffff) << shift, v = (uint64_t)bits(raw, 20, 5) << shift;
        if (kind != 0xd2800000 && kind != 0x92800000 && kind != 0xf2800000)
            return false;
        if (bits(raw, 4, 0) != reg)
            continue;
        if (kind == 0x92800000)
            v = ~v;
        *value |= v & ~known & (kind == 0xf2800000 ? part : UINT64_MAX);
        if (kind != 0xf2800000)
            return true;
        known |= part;
    }
    return false;
}

void known_blame(struct known_case *k, int n)
{
    k->culprit_at = n < 0 ? KNOWN_CULPRIT_NONE : k->c->program->code[n].at;
}

/* ---- instructions (Arm ARM DDI 0487, C4.1.97) ---- */

bool known_is_exclusive(uint32_t insn)
{
    bool casp = (insn & 0xbfa07c00) == 0x08207c00;
    return (insn & 0x3f800000) == 0x08000000 && !casp;
}

bool known_is_ldapr(uint32_t insn)
{
    return (insn & 0x3ffffc00) == 0x38bfc000 || (insn & 0x3f200c00) == 0x19000000;
}

bool known_is_atomic(uint32_t insn)
{
    bool operation = (insn & 0x3f200c00) == 0x38200000 && (!bit(insn, 15) || bits(insn, 14, 12) == 0);
    return operation || (insn & 0x3fa07c00) == 0x08a07c00 || (insn & 0xbfa07c00) == 0x08207c00;
}

/* LDP, STP and their kin; LD1 to LD4, ST1 to ST4 of whole registers. */
static unsigned several_bytes(uint32_t insn, unsigned *element)
{
    static const uint8_t registers[16] = {[0] = 4, [2] = 4, [4] = 3, [6] = 3, [7] = 1, [8] = 2, [10] = 2};
    if ((insn & 0x3a000000) == 0x28000000) {
        unsigned opc = insn >> 30;
        *element = bit(insn, 26) ? 4u << opc : opc == 2 ? 8 : 4;
        return 2 * *element;
    }
    if ((insn & 0xbf200000) == 0x0c000000) {
        *element = 1u << bits(insn, 11, 10);
        return registers[bits(insn, 15, 12)] * (bit(insn, 30) ? 16u : 8u);
    }
    return 0;
}

unsigned known_access_bytes(uint32_t insn, unsigned *element)
{
    unsigned size = insn >> 30, bytes = several_bytes(insn, element);
    if (bytes != 0)
        return bytes;
    if ((insn & 0x3b000000) == 0x39000000 || (insn & 0x3b000000) == 0x38000000) {
        bool prefetch = !bit(insn, 26) && size == 3 && bits(insn, 23, 22) == 2 &&
                        (bit(insn, 24) || !bit(insn, 21) || bits(insn, 11, 10) == 2);
        *element = bit(insn, 26) && bit(insn, 23) ? 16 : 1u << size;
        return prefetch ? 0 : *element;
    }
    if ((insn & 0x3f000000) == 0x08000000) { /* exclusives and ordered accesses, CAS, CASP */
        bool pair = bit(insn, 21) && !bit(insn, 23);
        *element = pair ? 2u << (size & 1 ? 3 : 2) : 1u << size;
        return *element;
    }
    if ((insn & 0x3f200c00) == 0x19000000) {
        *element = 1u << size;
        return *element;
    }
    if ((insn & 0x3b000000) == 0x18000000) { /* a literal */
        *element = bit(insn, 26) ? 4u << size : size == 1 ? 8 : 4;
        return size == 3 ? 0 : *element;
    }
    return 0;
}
