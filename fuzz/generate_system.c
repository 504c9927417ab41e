/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Actions on system registers, TLB maintenance, and the host switches of FEAT_VHE. sysreg_access() is asked
 * what an access reaches only to choose accesses that show something, and values that keep the program legal;
 * what comes of it is for the comparison to say.
 */
#include <string.h>

#include "base/compiler.h"
#include "fuzz/encode.h"
#include "fuzz/generate_code.h"
#include "sysregs/fields.h"

static bool is_renamed(enum sysreg reg)
{
    const char *name = sysreg_row(reg)->name;
    size_t n = strlen(name);

    return n > 5 && (strcmp(name + n - 5, "_EL12") == 0 || strcmp(name + n - 5, "_EL02") == 0);
}

static bool is_instruction(enum sysreg reg, const char *group)
{
    const struct sysreg_row *row = sysreg_row(reg);

    return (row->access & 4) != 0 && strncmp(row->name, group, strlen(group)) == 0;
}

static struct access_verdict verdict(const struct generator *g, enum sysreg reg, bool write)
{
    struct access_state s = {.feat = &g->feat, .sr = g->sr, .el = (uint8_t)g->el};

    return sysreg_access(&s, reg, write);
}

/* Accesses that QEMU is known to answer otherwise, whatever else a program does: docs/qemu-differences.md has
 * them all, found by the matrix. Programs are about the rest. */
static bool is_known_quirk(const struct generator *g, enum sysreg reg, bool write)
{
    struct access_verdict v = verdict(g, reg, write);
    const char *name = sysreg_row(reg)->name;
    bool host = g->el == 0 && g->e2h && g->tge, trapped = v.outcome == ACCESS_TRAP;

    return (reg == SR_MDCR_EL2 && trapped && v.target_el == 3) ||
           (strncmp(name, "SCXTNUM", 7) == 0 &&
            (host || (g->el < 2 && (g->sr[SR_SCTLR_EL2] & SCTLR_TSCXT) != 0))) ||
           (g->el == 0 && strncmp(name, "PM", 2) == 0 && trapped && v.target_el >= 2) ||
           (reg == SR_PMUSERENR_EL0 && trapped && v.target_el == 2) ||
           (g->el == 0 && g->tge && reg == SR_CNTPCT_EL0) || (is_renamed(reg) && (!g->e2h || g->nested)) ||
           (host && reg == SR_DAIF) || (g->e2h && !g->non_secure && strncmp(name, "CNT", 3) == 0);
}

static bool usable(const struct generator *g, enum sysreg reg)
{
    const struct sysreg_row *row = sysreg_row(reg);

    return row->op0 >= 2 && (row->access & 4) == 0 && has(&g->feat, row->feature) &&
           register_use(reg) != USE_NEVER;
}

enum sysreg draw_sysreg(struct generator *g, bool fits(const struct generator *, enum sysreg))
{
    for (unsigned n = 0; n < 400; n++) {
        enum sysreg reg = (enum sysreg)below(g, SR_COUNT);
        if (fits(g, reg))
            return reg;
    }
    return SR_NONE;
}

static void emit_write(struct generator *g, enum sysreg reg)
{
    struct access_verdict v = verdict(g, reg, true);
    enum sysreg reached = v.outcome == ACCESS_OK ? v.reg : reg;
    bool control = generate_is_control(reached);
    uint64_t value = control ? generate_trap_bits(g, reached) : generate_value(g, reached);
    unsigned r = draw_register(g);

    emit_constant(g, r, value);
    emit(g, insn_msr(r, register_encoding(reg)));
    emit(g, INSN_ISB);
    if (v.outcome == ACCESS_OK)
        g->sr[reached] = value;
}

static void emit_read(struct generator *g, enum sysreg reg)
{
    struct access_verdict v = verdict(g, reg, false);
    enum sysreg reached = v.outcome == ACCESS_OK ? v.reg : reg;
    unsigned r = draw_register(g);

    emit(g, insn_mrs(r, register_encoding(reg)));
    /* CP15BEN, ITD and SED belong to AArch32, which QEMU has at EL0. */
    if (reached == SR_SCTLR_EL1 || reached == SR_SCTLR_EL2) {
        emit(g, insn_clear_bits(r, 5, 1));
        emit(g, insn_clear_bits(r, 7, 2));
    }
    if (register_use(reg) == USE_LIVE || (v.outcome == ACCESS_OK && register_use(v.reg) == USE_LIVE))
        emit_constant(g, r, generate_number(g) & 0xffff);
}

/* A read or a write, as the register allows. */
static void emit_access(struct generator *g, enum sysreg reg)
{
    const struct sysreg_row *row = sysreg_row(reg);
    bool may_write =
        register_use(reg) == USE_FREE || register_use(reg) == USE_KEEP || generate_is_control(reg);
    bool write = (row->access & 2) != 0 && may_write && draw(g, 2);

    if ((!write && (row->access & 1) == 0) || is_known_quirk(g, reg, write))
        return;
    if (write)
        emit_write(g, reg);
    else
        emit_read(g, reg);
}

/* ---- any register ---- */

static bool is_plain(const struct generator *g, enum sysreg reg)
{
    return usable(g, reg) && !is_renamed(reg);
}

void action_sysreg(struct generator *g)
{
    enum sysreg reg = draw_sysreg(g, is_plain);

    /* Most registers belong to a higher level: that is one case, not most of them. */
    for (unsigned n = 0;
         n < 40 && reg != SR_NONE && verdict(g, reg, false).outcome == ACCESS_UNDEF && !draw(g, 40); n++)
        reg = draw_sysreg(g, is_plain);
    if (reg != SR_NONE)
        emit_access(g, reg);
}

static bool is_usable_renamed(const struct generator *g, enum sysreg reg)
{
    return usable(g, reg) && is_renamed(reg);
}

void action_sysreg_el12(struct generator *g)
{
    enum sysreg reg = draw_sysreg(g, is_usable_renamed);

    if (reg != SR_NONE && (verdict(g, reg, false).outcome != ACCESS_UNDEF || draw(g, 4)))
        emit_access(g, reg);
}

/* An access that a control traps or that goes elsewhere; or, where code may, other controls. */
void action_trap_state(struct generator *g)
{
    if (g->el == 2 && draw(g, 3)) {
        enum sysreg reg = draw_sysreg(g, is_plain);
        for (unsigned n = 0; n < 400 && (reg == SR_NONE || !generate_is_control(reg)); n++)
            reg = (enum sysreg)below(g, SR_COUNT);
        if (reg != SR_NONE && generate_is_control(reg) && usable(g, reg) &&
            verdict(g, reg, true).outcome == ACCESS_OK)
            emit_write(g, reg);
        return;
    }
    for (unsigned n = 0; n < 60; n++) {
        enum sysreg reg = draw_sysreg(g, usable);
        bool write = draw(g, 2);
        struct access_verdict v;
        if (reg == SR_NONE || (sysreg_row(reg)->access & (write ? 2 : 1)) == 0 ||
            (write && register_use(reg) != USE_FREE && register_use(reg) != USE_KEEP &&
             !generate_is_control(reg)))
            continue;
        v = verdict(g, reg, write);
        if (v.outcome == ACCESS_UNDEF || (v.outcome == ACCESS_OK && v.reg == reg) ||
            is_known_quirk(g, reg, write))
            continue;
        if (write)
            emit_write(g, reg);
        else
            emit_read(g, reg);
        return;
    }
    action_sysreg(g);
}

/* ---- TLB maintenance ---- */

static bool is_tlbi(const struct generator *g, enum sysreg reg)
{
    return has(&g->feat, sysreg_row(reg)->feature) && is_instruction(reg, "TLBI");
}

/* "TLBI VMALLE1IS": it has no operand. */
static bool is_all(const char *name)
{
    return strstr(name, "ALL") != NULL;
}

static uint64_t range_operand(struct generator *g, uint64_t va)
{
    unsigned granule = 1 + (unsigned)below(g, 3), shift = 10 + 2 * granule;
    uint64_t scale = below(g, 4), number = below(g, 32), asid = below(g, 256);

    return bits(va, shift + 36, shift) | number << 39 | scale << 44 | (uint64_t)granule << 46 | asid << 48;
}

void action_tlbi(struct generator *g)
{
    enum sysreg reg = draw_sysreg(g, is_tlbi);
    unsigned r = draw_register(g);
    const char *name;

    if (reg == SR_NONE)
        return;
    for (unsigned n = 0; n < 40 && verdict(g, reg, true).outcome == ACCESS_UNDEF && !draw(g, 20); n++)
        reg = draw_sysreg(g, is_tlbi);
    name = sysreg_row(reg)->name;
    if (is_all(name)) {
        r = XZR;
    } else if (name[5] == 'R') {
        emit_constant(g, r, range_operand(g, draw_place(g)->va));
    } else {
        uint64_t asid = draw(g, 2) ? below(g, 4) : 0;
        emit_constant(g, r, bits(draw_place(g)->va, 55, 12) | asid << 48);
    }
    emit(g, insn_msr(r, register_encoding(reg)));
    emit(g, INSN_DSB_SY);
    emit(g, INSN_ISB);
}

/* ---- the host's switches ---- */

static void toggle_host(struct generator *g)
{
    static const uint16_t two_layouts[] = {SR_CPTR_EL2, SR_CNTHCTL_EL2};
    uint64_t hcr = g->sr[SR_HCR_EL2] ^ (draw(g, 2) ? HCR_E2H : HCR_TGE);
    unsigned r = draw_register(g);

    if (draw(g, 4))
        hcr ^= HCR_E2H;
    /* With TGE alone stage 1 of EL1&0 is off, which QEMU doesn't know. */
    if ((hcr & (HCR_E2H | HCR_TGE)) == HCR_TGE && g->mmu[1])
        hcr |= HCR_E2H;
    g->sr[SR_HCR_EL2] = hcr;
    g->e2h = (hcr & HCR_E2H) != 0;
    g->tge = (hcr & HCR_TGE) != 0;
    emit_constant(g, r, hcr);
    emit(g, insn_msr(r, register_encoding(SR_HCR_EL2)));
    emit(g, INSN_ISB);
    for (unsigned i = 0; i < ARRAY_LEN(two_layouts); i++) {
        enum sysreg reg = two_layouts[i];
        g->sr[reg] = sysreg_store_value(&g->feat, g->sr, reg, 0);
        g->sr[reg] = generate_trap_bits(g, reg);
        emit_constant(g, r, g->sr[reg]);
        emit(g, insn_msr(r, register_encoding(reg)));
    }
    emit(g, INSN_ISB);
}

/* EL2's own translation depends on E2H: it changes with the MMU off. */
void action_vhe(struct generator *g)
{
    if (g->el == 2 && !g->mmu[2] && has(&g->feat, FEAT_VHE) && !g->nested)
        toggle_host(g);
    else if (g->el == 2)
        action_sysreg_el12(g);
    else
        action_sysreg(g);
}

/* ---- nested virtualization ---- */

static bool is_of_el2(const struct generator *g, enum sysreg reg)
{
    return usable(g, reg) && sysreg_row(reg)->op0 == 3 && (sysreg_row(reg)->op1 & 6) == 4;
}

void action_nv(struct generator *g)
{
    enum sysreg reg = draw_sysreg(g, is_of_el2);

    if (!g->nested || reg == SR_NONE)
        action_sysreg(g);
    else if (draw(g, 5))
        emit(g, insn_mrs(draw_register(g), register_encoding(SR_CurrentEL)));
    else
        emit_access(g, reg);
}
