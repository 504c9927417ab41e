/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Actions on memory: loads and stores, cache maintenance, address translation, changes of page tables.
 */
#include <string.h>

#include "base/compiler.h"
#include "fuzz/encode.h"
#include "fuzz/generate_code.h"
#include "sysregs/fields.h"

/* An access to `address` may reach a range. */
static bool reaches(uint64_t address, uint64_t va, uint64_t size)
{
    enum { WIDEST = 64 };

    return ((address - va + WIDEST) & MASK(55, 0)) < size + WIDEST;
}

/* A store there may change code, or tables, without the maintenance that it takes for that to be seen. */
static bool is_program(const struct generator *g, const struct place *where, uint64_t address)
{
    enum { CODE = 0x2000 };

    for (unsigned i = 1; i <= 2; i++) {
        const struct view *v = &g->view[i];
        if (reaches(address, v->code, CODE))
            return true;
        for (unsigned n = 0; n < v->places; n++)
            if (v->place[n].kind == PLACE_TABLES && reaches(address, v->place[n].va, v->place[n].size))
                return true;
    }
    return where->kind == PLACE_CODE || where->kind == PLACE_TABLES;
}

/* A base register that holds an address for an access of so many bytes. */
static unsigned emit_address(struct generator *g, unsigned bytes, bool store, int64_t less)
{
    unsigned rn = draw_register(g);
    const struct place *where;
    uint64_t a;

    do {
        where = draw_place(g);
        a = draw_address(g, where, bytes);
    } while (store && is_program(g, where, a));
    emit_constant(g, rn, a - (uint64_t)less);
    return rn;
}

/* The same for an address that is seldom misaligned: QEMU's exclusives and atomics report that in their own
 * way, or not at all. */
static unsigned emit_aligned_address(struct generator *g, unsigned bytes, int64_t less)
{
    /* Most at a place that doesn't fault: with WnR, QEMU doesn't tell reads. */
    bool good = bytes <= 16 && !draw(g, 4);
    unsigned rn = draw_register(g);
    const struct place *where;
    uint64_t a;

    do {
        where = good ? &g->view[view_of(g, g->el)].place[0] : draw_place(g);
        a = draw_address(g, where, bytes);
        good = false;
    } while (is_program(g, where, a));
    emit_constant(g, rn, (bytes < 32 && draw(g, 60) ? a : align_down(a, bytes)) - (uint64_t)less);
    return rn;
}

/* A register for data that isn't the base: with write-back that would be UNPREDICTABLE. */
static unsigned other_register(struct generator *g, unsigned a, unsigned b)
{
    unsigned r;

    do
        r = draw(g, 12) ? XZR : draw_register(g);
    while (r == a || r == b);
    return r;
}

/* Opcode of a load or store of 2^size bytes: 0 store, 1 load, 2 and 3 sign-extending loads. */
static unsigned draw_opcode(struct generator *g, unsigned size)
{
    return (unsigned)below(g, size == 3 ? 2 : size == 2 ? 3 : 4);
}

static void ldst_single(struct generator *g)
{
    unsigned size = (unsigned)below(g, 4), opc = draw_opcode(g, size), form = (unsigned)below(g, 5), rn;
    int offset = (int)below(g, 512) - 256;

    switch (form) {
    case 0:
        offset = (int)below(g, 256);
        rn = emit_address(g, 1 << size, opc == 0, (int64_t)offset << size);
        emit(g, insn_ldst_offset(size, opc, other_register(g, rn, rn), rn, (unsigned)offset));
        break;
    case 1: { /* register offset */
        unsigned rm;
        rn = emit_address(g, 1 << size, opc == 0, 0);
        rm = other_register(g, rn, rn);
        if (rm != XZR)
            emit_constant(g, rm, below(g, 2) << size);
        emit(g, insn_ldst9(size, opc, LDST_UNPRIV, other_register(g, rn, rm), rn, 0) | 1u << 21 | rm << 16 |
                    3u << 13);
        break;
    }
    default: {
        static const enum ldst9_form forms[] = {LDST_UNSCALED, LDST_POST, LDST_PRE};
        enum ldst9_form f = forms[below(g, 3)];
        rn = emit_address(g, 1 << size, opc == 0, f == LDST_POST ? 0 : offset);
        emit(g, insn_ldst9(size, opc, f, other_register(g, rn, rn), rn, offset));
    }
    }
}

static void ldst_pair(struct generator *g)
{
    unsigned opc = (unsigned)below(g, 3), load = opc == 1 ? 1 : (unsigned)below(g, 2);
    unsigned form = 1 + (unsigned)below(g, 3), bytes = opc == 2 ? 8 : 4;
    int scaled = (int)below(g, 128) - 64;
    /* Stores keep to their own page: which part is done when the other faults is UNKNOWN. */
    unsigned rn = load ? emit_address(g, 2 * bytes, false, form == 1 ? 0 : scaled * (int)bytes)
                       : emit_aligned_address(g, 2 * bytes, form == 1 ? 0 : scaled * (int)bytes);
    unsigned rt = other_register(g, rn, rn), rt2 = other_register(g, rn, rt);

    emit(g, insn_ldstp(opc, form, load, rt, rt2, rn, scaled));
}

/* LDR and STR of a SIMD register: 1 to 16 bytes; LD1, ST1 of two. */
static void ldst_simd(struct generator *g)
{
    unsigned size = (unsigned)below(g, 5), load = (unsigned)below(g, 2), rt = draw_register(g), rn;

    if (draw(g, 4)) { /* across a page, what is left undone at a fault is UNKNOWN */
        rn = emit_aligned_address(g, 32, 0);
        emit(g, 0x4c00a000 | load << 22 | rt >> 3 << 10 | rn << 5 | rt);
        return;
    }
    rn = load || size < 4 ? emit_address(g, 1 << size, !load, 0) : emit_aligned_address(g, 16, 0);
    emit(g, 0x3d000000 | (size & 3) << 30 | (size == 4 ? 1u << 23 : 0) | load << 22 | rn << 5 | rt);
}

void action_ldst(struct generator *g)
{
    switch (below(g, 8)) {
    case 0:
        ldst_pair(g);
        break;
    case 1:
        ldst_simd(g);
        break;
    default:
        ldst_single(g);
    }
}

void action_unpriv(struct generator *g)
{
    unsigned size = (unsigned)below(g, 4), opc = draw_opcode(g, size), rn;

    if (draw(g, 3) && has(&g->feat, FEAT_PAN))
        emit(g, insn_msr_imm(0, 4, (unsigned)below(g, 2)));
    if (draw(g, 4) && has(&g->feat, FEAT_UAO))
        emit(g, insn_msr_imm(0, 3, (unsigned)below(g, 2)));
    rn = emit_address(g, 1 << size, opc == 0, 0);
    emit(g, insn_ldst9(size, opc, LDST_UNPRIV, other_register(g, rn, rn), rn, 0));
}

/* A load exclusive, and the store that belongs to it. */
static void exclusive(struct generator *g)
{
    unsigned size = (unsigned)below(g, 4), acquire = (unsigned)below(g, 2), pair = size >= 2 && draw(g, 4);
    unsigned rn = emit_aligned_address(g, pair ? 2u << size : 1u << size, 0);
    unsigned rt = other_register(g, rn, rn), rt2 = pair ? other_register(g, rn, rt) : 31, rs;

    emit(g, insn_exclusive(size, 0, 1, pair, 31, acquire, rt2, rn, rt));
    do
        rs = other_register(g, rn, rt);
    while (rs == rt2 || rs == XZR);
    emit(g, insn_exclusive(size, 0, 0, pair, rs, acquire, rt2, rn, rt));
}

static void lse(struct generator *g)
{
    unsigned size = (unsigned)below(g, 4), a = (unsigned)below(g, 2), l = (unsigned)below(g, 2);
    unsigned rn = emit_aligned_address(g, 1 << size, 0), rs, rt;

    rs = other_register(g, rn, rn);
    rt = other_register(g, rn, rs);
    if (draw(g, 4)) /* CAS */
        emit(g, insn_exclusive(size, 1, a, 1, rs, l, 31, rn, rt));
    else
        emit(g, insn_atomic(size, a, l, rs, (unsigned)below(g, 9), rn, rt));
}

void action_atomic(struct generator *g)
{
    unsigned size = (unsigned)below(g, 4), load, rn;

    switch (below(g, 4)) {
    case 0:
        exclusive(g);
        break;
    case 1:
        if (has(&g->feat, FEAT_LSE)) {
            lse(g);
            break;
        }
        /* fall through */
    case 2: /* LDAR, STLR */
        load = (unsigned)below(g, 2);
        rn = emit_address(g, 1 << size, !load, 0);
        emit(g, insn_exclusive(size, 1, load, 0, 31, 1, 31, rn, other_register(g, rn, rn)));
        break;
    default: /* LDAPR */
        if (has(&g->feat, FEAT_LRCPC)) {
            rn = emit_address(g, 1 << size, false, 0);
            emit(g, 0x38bfc000 | size << 30 | rn << 5 | other_register(g, rn, rn));
        }
    }
}

/* ---- caches ---- */

static bool is_cache(const struct generator *g, enum sysreg reg)
{
    const struct sysreg_row *row = sysreg_row(reg);

    return (row->access & 4) != 0 && has(&g->feat, row->feature) &&
           (strncmp(row->name, "DC ", 3) == 0 || strncmp(row->name, "IC ", 3) == 0 ||
            strstr(row->name, " RCTX") != NULL);
}

static void barrier(struct generator *g)
{
    /* DMB, DSB of any kind, ISB, SB, ESB, CSDB */
    static const uint32_t words[] = {0xd50330bf, 0xd503309f, INSN_ISB, 0xd50330ff, 0xd503221f, 0xd503229f};
    unsigned i = (unsigned)below(g, ARRAY_LEN(words));
    uint32_t domain = (uint32_t)below(g, 4), kind = 1 + (uint32_t)below(g, 3);

    if (i == 3 && !has(&g->feat, FEAT_SB))
        return;
    /* CRm: domain and kinds; DSB with CRm 0 and 4 is SSBB and PSSBB. */
    emit(g, words[i] | (i <= 1 ? (domain << 2 | kind) << 8 : 0));
}

void action_cache(struct generator *g)
{
    enum sysreg reg = draw_sysreg(g, is_cache);
    unsigned r = draw_register(g);
    const struct place *where = &g->view[view_of(g, g->el)].place[0];
    const char *name;

    if (draw(g, 4)) {
        barrier(g);
        return;
    }
    if (reg == SR_NONE)
        return;
    name = sysreg_row(reg)->name;
    /* QEMU's maintenance does nothing, and faults nowhere or otherwise; DC ZVA knows no Device memory there.
     */
    if (draw(g, 80) && strstr(name, "ZVA") == NULL)
        where = draw_place(g);
    else if ((where->device && strstr(name, "ZVA") != NULL) || strncmp(name, "DC CVAP", 7) == 0 ||
             strncmp(name, "DC CVADP", 8) == 0)
        return;
    if (strstr(name, "IALLU") != NULL)
        r = XZR;
    else if (strstr(name, "SW") != NULL || strstr(name, "RCTX") != NULL)
        emit_constant(g, r, 0);
    else
        emit_constant(g, r, draw_address(g, where, 8));
    emit(g, insn_msr(r, register_encoding(reg)));
    emit(g, INSN_DSB_SY);
    emit(g, INSN_ISB);
}

/* ---- translation ---- */

void action_at(struct generator *g)
{
    /* op1, CRm, op2: S1E1R, S1E1W, S1E0R, S1E0W, S1E1RP, S1E1WP; S1E2R, S1E2W, S12E1R, S12E1W, S12E0R, S12E0W
     */
    static const uint8_t operations[][3] = {{0, 8, 0}, {0, 8, 1}, {0, 8, 2}, {0, 8, 3}, {0, 9, 0}, {0, 9, 1},
                                            {4, 8, 0}, {4, 8, 1}, {4, 8, 4}, {4, 8, 5}, {4, 8, 6}, {4, 8, 7}};
    const uint8_t *o = operations[below(g, g->el == 2 || draw(g, 8) ? ARRAY_LEN(operations) : 6)];
    const struct view *v = &g->view[o[0] == 4 && o[2] < 2 ? 2 : 1];
    const struct place *where = &v->place[below(g, v->places)];
    unsigned r = draw_register(g);

    if ((o[1] == 9 && !has(&g->feat, FEAT_PAN2)) || (g->el == 0 && !draw(g, 8)))
        return;
    /* Whether a translation that is asked for sets the Access flag is a choice. */
    if (g->hardware_flags && !draw(g, 40))
        return;
    /* QEMU 10 ends with a failed assertion where both stages are asked for and stage 2 permits less. */
    if (o[0] == 4 && o[2] >= 4 && g->stage2)
        while (where->kind != PLACE_GOOD && where->kind != PLACE_NONE)
            where = &v->place[below(g, v->places)];
    emit_constant(g, r, draw_address(g, where, 8));
    emit(g, insn_msr(r, 1u << 14 | o[0] << 11 | 7u << 7 | o[1] << 3 | o[2]));
    emit(g, INSN_ISB);
    r = draw_register(g);
    emit(g, insn_mrs(r, register_encoding(SR_PAR_EL1)));
    /* PAR_EL1 may tell the attributes of the tables or those that are made of them: mostly without ATTR and
     * SH. */
    if (!draw(g, 6)) {
        emit(g, insn_clear_bits(r, 56, 8));
        emit(g, insn_clear_bits(r, 7, 2));
    }
}

/* Break before make: the descriptor of a place becomes another one; then the place is used. */
void action_pagetable(struct generator *g)
{
    const struct view *v = &g->view[g->el];
    enum sysreg tlbi = g->el == 2 ? SR_TLBI_ALLE2 : SR_TLBI_VMALLE1; /* EL2&0, too: TGE may be 0 */
    struct access_state s = {.feat = &g->feat, .sr = g->sr, .el = (uint8_t)g->el};
    const struct remap *m;
    unsigned pte = 20 + (unsigned)below(g, 4), other = 24 + (unsigned)below(g, 4), load;

    /* Without the TLB maintenance the old translation may go on. */
    if (g->el == 0 || v->remaps == 0 || sysreg_access(&s, tlbi, true).outcome != ACCESS_OK ||
        (g->e2h && g->tge && g->el == 1)) {
        action_at(g);
        return;
    }
    m = &v->remap[below(g, v->remaps)];
    emit_constant(g, pte, m->descriptor_va);
    emit(g, insn_ldst_offset(3, 0, XZR, pte, 0));
    emit(g, INSN_DSB_ISH);
    emit(g, insn_msr(XZR, register_encoding(tlbi)));
    emit(g, INSN_DSB_ISH);
    emit(g, INSN_ISB);
    emit_constant(g, other, m->other);
    emit(g, insn_ldst_offset(3, 0, other, pte, 0));
    emit(g, INSN_DSB_ISH);
    emit(g, INSN_ISB);
    emit_constant(g, pte, m->va + 8 * below(g, 128));
    load = (unsigned)below(g, 2);
    emit(g, insn_ldst_offset(3, load, draw_register(g), pte, 0));
}

/* An access or a translation of what stage 2 maps; at EL2, maintenance of it, too. */
void action_stage2(struct generator *g)
{
    unsigned r = draw_register(g);

    if (g->el < 2) {
        action_ldst(g);
    } else if (draw(g, 2)) {
        action_at(g);
    } else {
        emit_constant(g, r, bits(g->odd_ipa[below(g, ODD_IPAS)], 47, 12));
        emit(g, insn_msr(r, register_encoding(draw(g, 2) ? SR_TLBI_IPAS2E1IS : SR_TLBI_IPAS2LE1)));
        emit(g, INSN_DSB_SY);
        emit(g, INSN_ISB);
    }
}
