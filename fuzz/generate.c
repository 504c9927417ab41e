/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The plan of a program, and the table of classes. generate.h says how the parts go together.
 */
#include "fuzz/generate.h"

#include <string.h>

#include "base/compiler.h"
#include "fuzz/generate_internal.h"
#include "sysregs/fields.h"

const struct fuzz_class fuzz_system_classes[] = {
    [CLASS_ALU] = {"alu", "integer arithmetic, moves, conditions", 6},
    [CLASS_BRANCH] = {"branch", "branches forward, of every kind", 3},
    [CLASS_LDST] = {"ldst", "loads and stores of all sizes, everywhere", 24},
    [CLASS_UNPRIV] = {"unpriv", "LDTR and STTR, with and without PAN and UAO", 6},
    [CLASS_ATOMIC] = {"atomic", "exclusives, acquire and release, FEAT_LSE", 6},
    [CLASS_SYSREG] = {"sysreg", "MRS and MSR of any register", 14},
    [CLASS_SYSREG_EL12] = {"sysreg-el12", "the names that end in _EL12 and _EL02", 3},
    [CLASS_TRAP_STATE] = {"trap-state", "trap controls at random, and accesses that they decide", 12},
    [CLASS_PSTATE] = {"pstate", "PAN, UAO, DIT, SSBS, SPSel, DAIF, flags", 6},
    [CLASS_TIMER] = {"timer", "registers of the timers; no interrupts", 3},
    [CLASS_PAGETABLE] = {"pagetable", "stage 1 on, with random tables; changes of them", 4},
    [CLASS_STAGE2] = {"stage2", "stage 2 on, with random tables", 4},
    [CLASS_AT] = {"at", "address translation instructions", 6},
    [CLASS_TLBI] = {"tlbi", "TLB maintenance of every kind", 5},
    [CLASS_CACHE] = {"cache", "cache maintenance, DC ZVA, barriers", 5},
    [CLASS_EXCEPTION] = {"exception", "SVC, HVC, SMC, BRK, SP alignment", 6},
    [CLASS_ERET] = {"eret", "exception returns, legal and illegal", 5},
    [CLASS_ILLEGAL] = {"illegal", "UNDEFINED instructions and registers", 4},
    [CLASS_FP_TRAP] = {"fp-trap", "SIMD and FP instructions, trapped or not", 5},
    [CLASS_PAUTH] = {"pauth", "pointer authentication and its traps", 2},
    [CLASS_VHE] = {"vhe", "HCR_EL2.{E2H,TGE}, also changed on the way", 3},
    [CLASS_NV] = {"nv", "nested virtualization", 1},
    [CLASS_FETCH] = {"fetch", "a jump to anywhere at the end", 3},
    [CLASS_FEAT] = {"feat", "any word, also of features that only one side may have", 0},
    {0},
};
_Static_assert(ARRAY_LEN(fuzz_system_classes) == CLASS_COUNT + 1, "a class has no row");

/* Features that no QEMU up to 10.0 has (docs/qemu-differences.md, "Features"), with what needs them. */
static const uint16_t not_in_qemu[] = {
    FEAT_CCIDX, FEAT_TWED, FEAT_S1PIE, FEAT_S2PIE,   FEAT_S1POE,  FEAT_SCTLR2, FEAT_TCR2,     FEAT_AIE,
    FEAT_HAFT,  FEAT_SPMU, FEAT_AMUv1, FEAT_AMUv1p1, FEAT_MPAM,   FEAT_FGT2,   FEAT_SPECRES2, FEAT_BRBE,
    FEAT_MTE3,  FEAT_MTE2, FEAT_MTE,   FEAT_LSE128,  FEAT_LRCPC3, FEAT_CSSC,   FEAT_ATS1A,    FEAT_PMUv3p7,
};

static void find_features(struct generator *g)
{
    g->feat.has_el2 = true;
    g->feat.has_el3 = true;
    if (features_parse(&g->feat, g->options->cpu ? g->options->cpu : "max") != NULL)
        features_parse(&g->feat, "max");
    for (unsigned i = 0; i < ARRAY_LEN(not_in_qemu); i++)
        feature_set(&g->feat, not_in_qemu[i], false);
    features_derive(&g->feat);
}

static enum trap_density draw_density(struct generator *g)
{
    static const enum trap_density often[] = {
        TRAPS_OPEN,    TRAPS_OPEN,    TRAPS_OPEN,    TRAPS_OPEN,   TRAPS_OPEN,   TRAPS_OPEN,   TRAPS_ONE_BIT,
        TRAPS_ONE_BIT, TRAPS_ONE_BIT, TRAPS_ONE_BIT, TRAPS_SPARSE, TRAPS_SPARSE, TRAPS_SPARSE, TRAPS_SPARSE,
        TRAPS_SPARSE,  TRAPS_SOME,    TRAPS_SOME,    TRAPS_SOME,   TRAPS_RANDOM, TRAPS_ALL,
    };
    return wanted(g, CLASS_TRAP_STATE) ? often[below(g, ARRAY_LEN(often))] : TRAPS_OPEN;
}

/* Security state, Exception level, and the regimes that are on. */
static void draw_plan(struct generator *g)
{
    bool can_host;

    g->non_secure = !g->options->secure || draw(g, 3);
    g->el2_enabled = g->non_secure || (has(&g->feat, FEAT_SEL2) && draw(g, 2));
    g->el = g->el2_enabled && percent(g, 40) ? 2 : percent(g, 70);
    g->e2h = g->el2_enabled && has(&g->feat, FEAT_VHE) &&
             (wanted(g, CLASS_VHE) || wanted(g, CLASS_SYSREG_EL12)) && percent(g, 35);
    can_host = g->el2_enabled && g->el != 1 && wanted(g, CLASS_VHE);
    g->tge = can_host && percent(g, g->e2h ? 45 : 12);
    g->nested = g->el2_enabled && !g->tge && has(&g->feat, FEAT_NV) && wanted(g, CLASS_NV) &&
                draw(g, g->el == 1 ? 12 : 100);
    g->mmu[1] = wanted(g, CLASS_PAGETABLE) && (!g->tge || g->e2h) && percent(g, 75);
    g->mmu[2] = g->el2_enabled && wanted(g, CLASS_PAGETABLE) && percent(g, 65);
    g->stage2 = g->el2_enabled && !g->tge && wanted(g, CLASS_STAGE2) && percent(g, 45);
    g->density = draw_density(g);
}

static void draw_start(struct generator *g)
{
    struct program *p = g->p;
    unsigned view = view_of(g, g->el);

    /* Sometimes it begins so that it runs across the end of its first 4 KB. */
    g->at = draw(g, 4) ? 0x1000 - 4 * (unsigned)below(g, 150) : 0;
    p->pc = g->view[view].code + g->at;
    p->has_code_va = true;
    for (unsigned i = 0; i < 2; i++)
        p->code_va[i] = g->view[i + 1].code;
    p->spsr = g->el << 2 | (g->el != 0 && !draw(g, 6)) | MASK(9, 6);
    p->spsr |= below(g, 16) << 28;
    if (draw(g, 4) && has(&g->feat, FEAT_PAN))
        p->spsr |= SPSR_PAN;
    if (draw(g, 8) && has(&g->feat, FEAT_UAO))
        p->spsr |= SPSR_UAO;
    if (draw(g, 8) && has(&g->feat, FEAT_SSBS))
        p->spsr |= SPSR_SSBS;
    for (unsigned i = 0; i < 31; i++)
        p->x[i] = generate_number(g);
    for (unsigned i = 0; i < 32; i++)
        for (unsigned j = 0; j < 2; j++)
            p->v[i][j] = generate_number(g);
    p->fpcr = generate_value(g, SR_FPCR);
    p->fpsr = generate_value(g, SR_FPSR);
    p->sp_el0 = g->view[view].place[0].va + 16 * below(g, 64);
    p->sp_el1 = g->view[1].place[0].va + 16 * below(g, 64);
    p->sp_el2 = g->view[2].place[0].va + 16 * below(g, 64);
}

void generate(struct program *p, uint64_t seed, const struct fuzz_options *options)
{
    struct generator g;

    memset(p, 0, sizeof(*p));
    memset(&g, 0, sizeof(g));
    p->seed = seed;
    g.random.state = seed;
    g.p = p;
    g.options = options;
    find_features(&g);
    draw_plan(&g);
    sysreg_reset(g.sr, &g.feat, 0);
    generate_state(&g);
    generate_tables(&g);
    generate_settings(&g);
    draw_start(&g);
    generate_code(&g);
}
