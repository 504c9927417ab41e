/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The system registers that a program starts with: trap controls in the plan's density, and what else decides
 * how EL0 to EL2 behave. Registers of translation are generate_tables.c's. Fields: Arm ARM D19.2.
 */
#include "base/compiler.h"
#include "fuzz/generate_internal.h"
#include "sysregs/fields.h"

/* ---- controls that trap ---- */

#define HCR_TRAPS                                                                                            \
    (HCR_TWI | HCR_TID1 | HCR_TID2 | HCR_TID3 | HCR_TIDCP | HCR_TACR | HCR_TSW | HCR_TPCP | HCR_TPU |        \
     HCR_TTLB | HCR_TVM | HCR_TDZ | HCR_TRVM | HCR_TID4 | HCR_TICAB | HCR_TOCU | HCR_TTLBIS | HCR_TTLBOS)
#define HCR_ENABLES (HCR_ENSCXT | HCR_APK | HCR_API)
#define SCR_ENABLES (SCR_APK | SCR_API | SCR_ENSCXT | SCR_FGTEN | SCR_ECVEN | SCR_HXEN | SCR_ST)
#define SCTLR_ENABLES                                                                                        \
    (SCTLR_UMA | SCTLR_ENRCTX | SCTLR_DZE | SCTLR_UCT | SCTLR_NTWI | SCTLR_NTWE | SCTLR_UCI | SCTLR_MSCEN)
#define SCTLR_TRAPS (SCTLR_TSCXT | BIT(63))
#define MDCR_TPM BIT(6)
#define MDCR_TDOSA BIT(10)
#define MDCR_TDRA BIT(11)
#define CPTR_TCPAC BIT(31)
#define CNTHCTL_EL1TRAPS MASK(16, 13)

/* A register's controls: bits that trap as 1, and bits that let through as 1; vhe: with HCR_EL2.E2H=1. */
static const struct control {
    uint16_t reg;
    struct {
        uint64_t traps, enables;
    } nvhe, vhe;
} controls[] = {
    {SR_HCR_EL2, {HCR_TRAPS, HCR_ENABLES}, {HCR_TRAPS, HCR_ENABLES}},
    {SR_SCR_EL3, {SCR_TWI, SCR_ENABLES}, {SCR_TWI, SCR_ENABLES}},
    {SR_SCTLR_EL1, {SCTLR_TRAPS, SCTLR_ENABLES}, {SCTLR_TRAPS, SCTLR_ENABLES}},
    {SR_SCTLR_EL2, {0, 0}, {SCTLR_TRAPS, SCTLR_ENABLES}},
    {SR_CPACR_EL1, {0, CPACR_FPEN}, {0, CPACR_FPEN}},
    {SR_CPTR_EL2, {CPTR_TFP | CPTR_TCPAC, 0}, {CPTR_TCPAC, CPACR_FPEN}},
    {SR_CPTR_EL3, {CPTR_TFP | CPTR_TCPAC, 0}, {CPTR_TFP | CPTR_TCPAC, 0}},
    {SR_MDCR_EL2,
     {MDCR_TPM | MDCR_TDE | MDCR_TDA | MDCR_TDOSA | MDCR_TDRA, 0},
     {MDCR_TPM | MDCR_TDE | MDCR_TDA | MDCR_TDOSA | MDCR_TDRA, 0}},
    {SR_MDCR_EL3, {MDCR_TPM | MDCR_TDA | MDCR_TDOSA, 0}, {MDCR_TPM | MDCR_TDA | MDCR_TDOSA, 0}},
    {SR_CNTHCTL_EL2, {CNTHCTL_EL1TRAPS, 3}, {CNTHCTL_EL1TRAPS, MASK(11, 8) | 3}},
    {SR_CNTKCTL_EL1, {0, MASK(9, 8) | 3}, {0, MASK(9, 8) | 3}},
    {SR_PMUSERENR_EL0, {0, 15}, {0, 15}},
    {SR_HCRX_EL2, {HCRX_FGTNXS, HCRX_MSCEN}, {HCRX_FGTNXS, HCRX_MSCEN}},
    {SR_HFGRTR_EL2, {0, 0}, {0, 0}}, /* fgt.def */
    {SR_HFGWTR_EL2, {0, 0}, {0, 0}},
    {SR_HFGITR_EL2, {0, 0}, {0, 0}},
    {SR_HDFGRTR_EL2, {0, 0}, {0, 0}},
    {SR_HDFGWTR_EL2, {0, 0}, {0, 0}},
};

static const struct fine_grained {
    uint16_t reg;
    uint16_t feature;
    uint8_t bit;
    bool traps; /* as 1 */
} fine_grained[] = {
#define FGT(r, name, bit, on, feature) {SR_##r##_EL2, FEAT_##feature, bit, on},
#include "sysregs/fgt.def"
#undef FGT
};

static void find_bits(const struct generator *g, const struct control *c, uint64_t *traps, uint64_t *enables)
{
    *traps = g->e2h ? c->vhe.traps : c->nvhe.traps;
    *enables = g->e2h ? c->vhe.enables : c->nvhe.enables;
    for (unsigned i = 0; i < ARRAY_LEN(fine_grained); i++) {
        const struct fine_grained *f = &fine_grained[i];
        if (f->reg == c->reg && has(&g->feat, f->feature))
            *(f->traps ? traps : enables) |= BIT(f->bit);
    }
    /* What no feature gives the register can't be changed. */
    *traps &= sysreg_store_value(&g->feat, g->sr, c->reg, UINT64_MAX);
    *enables &= sysreg_store_value(&g->feat, g->sr, c->reg, UINT64_MAX);
}

static uint64_t random_bits(struct generator *g, uint64_t mask)
{
    uint64_t r = random_u64(&g->random);

    switch (g->density) {
    case TRAPS_SPARSE:
        for (unsigned i = 0; i < 4; i++)
            r &= random_u64(&g->random);
        break;
    case TRAPS_SOME:
        r &= random_u64(&g->random);
        break;
    case TRAPS_RANDOM:
        break;
    case TRAPS_ALL:
        r = UINT64_MAX;
        break;
    default:
        r = 0;
    }
    return r & mask;
}

static const struct control *control_of(enum sysreg reg)
{
    for (unsigned i = 0; i < ARRAY_LEN(controls); i++)
        if (controls[i].reg == reg)
            return &controls[i];
    return NULL;
}

bool generate_is_control(enum sysreg reg)
{
    return control_of(reg) != NULL;
}

uint64_t generate_trap_bits(struct generator *g, enum sysreg reg)
{
    uint64_t traps, enables, v;

    find_bits(g, control_of(reg), &traps, &enables);
    v = (g->sr[reg] & ~traps) | enables;
    v ^= random_bits(g, traps);
    return v ^ random_bits(g, enables);
}

static uint64_t one_bit_of(struct generator *g, uint64_t mask)
{
    unsigned n = (unsigned)below(g, (unsigned)__builtin_popcountll(mask));

    while (n-- > 0)
        mask &= mask - 1;
    return mask & -mask;
}

static void draw_traps(struct generator *g)
{
    unsigned one = (unsigned)below(g, ARRAY_LEN(controls));

    for (unsigned i = 0; i < ARRAY_LEN(controls); i++) {
        enum sysreg reg = controls[i].reg;
        uint64_t traps, enables;
        if (!has(&g->feat, sysreg_row(reg)->feature))
            continue;
        g->sr[reg] = generate_trap_bits(g, reg);
        find_bits(g, &controls[i], &traps, &enables);
        if (g->density == TRAPS_ONE_BIT && i == one && (traps | enables) != 0)
            g->sr[reg] ^= one_bit_of(g, traps | enables);
    }
}

/* ---- the other controls ---- */

/* Each bit of mask with a probability of so many percent. */
static uint64_t some_of(struct generator *g, uint64_t mask, unsigned probability)
{
    uint64_t r = 0;

    for (unsigned i = 0; i < 64; i++)
        if (bit(mask, i) && percent(g, probability))
            r |= BIT(i);
    return r;
}

static void draw_scr(struct generator *g)
{
    uint64_t v = SCR_RW | SCR_FIQ; /* FIQ: the watchdog */

    v |= some_of(g, SCR_IRQ, 50);
    v |= some_of(g, SCR_EA, 4);
    v |= (g->non_secure ? SCR_NS : 0) | (g->el2_enabled ? SCR_EEL2 : 0);
    if (!draw(g, 10))
        v |= SCR_HCE;
    v |= some_of(g, SCR_SIF, 8);
    g->sr[SR_SCR_EL3] |= v;
}

static void draw_hcr(struct generator *g)
{
    uint64_t v = HCR_RW;

    v |= some_of(g, HCR_IMO | HCR_FMO | HCR_AMO, 40);
    v |= some_of(g, HCR_FB | HCR_BSU | HCR_TEA, 20);
    /* The SMC of EL1's vectors doesn't reach the monitor then: for programs that stay out of EL1. */
    v |= some_of(g, HCR_TSC, g->el != 1 && g->tge ? 30 : 0);
    if (g->stage2) {
        v |= HCR_VM | some_of(g, HCR_PTW | HCR_FWB, 30);
        v |= some_of(g, HCR_ID, 5); /* CD: as SCTLR_ELx.C */
        if (draw(g, 16)) {
            v |= HCR_DC;
            g->mmu[1] = false;
        }
    }
    if (g->nested)
        v |= HCR_NV | some_of(g, HCR_NV1 | HCR_NV2 | HCR_AT, 50);
    g->sr[SR_HCR_EL2] |= v;
}

static void draw_sctlr(struct generator *g, enum sysreg reg, bool mmu)
{
    uint64_t v = g->sr[reg];

    v |= some_of(g, SCTLR_C, 97); /* QEMU's PAR_EL1 doesn't know it */
    v |= some_of(g, SCTLR_I, 80);
    v |= some_of(g, SCTLR_SPAN | SCTLR_NAA | SCTLR_SA | SCTLR_SA0, 50);
    v |= some_of(g, SCTLR_A | SCTLR_WXN | SCTLR_EPAN | SCTLR_IESB | SCTLR_DSSBS | SCTLR_BT0 | SCTLR_BT1, 15);
    v |= some_of(g, SCTLR_ENIA | SCTLR_ENIB | SCTLR_ENDA | SCTLR_ENDB, 50);
    g->sr[reg] = v | (mmu ? SCTLR_M : 0);
}

/* Registers that only hold what software puts there. */
static const uint16_t held[] = {
    SR_TPIDR_EL0,     SR_TPIDRRO_EL0,   SR_TPIDR_EL1,      SR_CONTEXTIDR_EL1, SR_ELR_EL1,
    SR_SPSR_EL1,      SR_FAR_EL1,       SR_ESR_EL1,        SR_TPIDR_EL2,      SR_VPIDR_EL2,
    SR_VMPIDR_EL2,    SR_CNTV_CVAL_EL0, SR_CNTP_CVAL_EL0,  SR_CNTVOFF_EL2,    SR_APIAKeyLo_EL1,
    SR_APIAKeyHi_EL1, SR_APGAKeyLo_EL1, SR_CONTEXTIDR_EL2,
};

void generate_state(struct generator *g)
{
    g->sr[SR_HCR_EL2] |= (g->e2h ? HCR_E2H : 0) | (g->tge ? HCR_TGE : 0);
    draw_traps(g);
    draw_scr(g);
    draw_hcr(g);
    draw_sctlr(g, SR_SCTLR_EL1, g->mmu[1]);
    draw_sctlr(g, SR_SCTLR_EL2, g->mmu[2]);
    for (unsigned i = 0; i < ARRAY_LEN(held); i++)
        if (has(&g->feat, sysreg_row(held[i])->feature))
            g->sr[held[i]] = generate_value(g, held[i]);
}

/* ---- the list of settings ---- */

static const uint16_t translation[] = {
    SR_TCR_EL1,  SR_TTBR0_EL1, SR_TTBR1_EL1, SR_MAIR_EL1,  SR_VBAR_EL1,
    SR_VTCR_EL2, SR_VTTBR_EL2, SR_VNCR_EL2,  SR_VSTCR_EL2, SR_VSTTBR_EL2,
    SR_TCR_EL2,  SR_TTBR0_EL2, SR_TTBR1_EL2, SR_MAIR_EL2,  SR_VBAR_EL2,
};

static void set(struct generator *g, enum sysreg reg)
{
    struct program_setting *s = &g->p->settings[g->p->n_settings];

    if (!has(&g->feat, sysreg_row(reg)->feature) || g->p->n_settings == PROGRAM_SETTINGS)
        return;
    g->sr[reg] = sysreg_store_value(&g->feat, g->sr, reg, g->sr[reg]);
    s->encoding = register_encoding(reg);
    s->value = g->sr[reg];
    g->p->n_settings++;
}

void generate_settings(struct generator *g)
{
    bool secure_el2 = !g->non_secure && g->el2_enabled;

    set(g, SR_HCR_EL2);
    for (unsigned i = 0; i < ARRAY_LEN(controls); i++)
        if (controls[i].reg != SR_HCR_EL2)
            set(g, controls[i].reg);
    for (unsigned i = 0; i < ARRAY_LEN(translation); i++)
        if (secure_el2 || (translation[i] != SR_VSTCR_EL2 && translation[i] != SR_VSTTBR_EL2))
            set(g, translation[i]);
    for (unsigned i = 0; i < ARRAY_LEN(held); i++)
        set(g, held[i]);
}
