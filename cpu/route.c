/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Where an exception is taken: Arm ARM D1.3.1 (synchronous exceptions) and D1.3.6 (asynchronous exceptions:
 * target Exception level and masking, virtual interrupts). Pure functions of SCR_EL3, HCR_EL2, MDCR_EL2, the
 * current Exception level and PSTATE.{A,I,F}; pseudocode PhysicalSErrorTarget(),
 * AArch64.TakePhysicalIRQException() and their neighbours. Every Exception level uses AArch64. Relies on
 * hcr_effective() for what {E2H,TGE} do to the AMO, IMO and FMO bits.
 */
#include "cpu/exception.h"

#include <stddef.h>

#include "base/compiler.h"
#include "sysregs/fields.h"
#include "sysregs/sysreg.h"

/* The cells of the manual's tables: taken whatever the mask says, subject to the PSTATE mask, or left
 * pending. */
enum cell { A, B, C };

/* Their rows: what the registers say together about one kind of physical interrupt. */
enum row { BY_SCR, EL2_OFF, NOT_ROUTED, BY_HCR, BY_TGE, BY_HOST, ROWS };

static const struct {
    uint8_t target;
    uint8_t cell[4]; /* by current Exception level */
} physical[ROWS] = {
    /*                  EL0 EL1 EL2 EL3 */
    [BY_SCR] = {3, {A, A, A, B}}, [EL2_OFF] = {1, {B, B, C, C}}, [NOT_ROUTED] = {1, {B, B, C, C}},
    [BY_HCR] = {2, {A, A, B, C}}, [BY_TGE] = {2, {A, A, B, C}},  [BY_HOST] = {2, {B, A, B, C}},
};

static const struct {
    uint64_t scr, hcr;
    uint8_t mask; /* in PSTATE.DAIF */
    bool is_virtual;
    const char *rule[ROWS];
} kinds[EXC_KINDS] = {
#define RULES(scr, xmo)                                                                                      \
    {                                                                                                        \
        [BY_SCR] = "SCR_EL3." scr "=1", [EL2_OFF] = "EL2 is not enabled",                                    \
        [NOT_ROUTED] = "HCR_EL2.{TGE," xmo "}={0,0}", [BY_HCR] = "HCR_EL2." xmo "=1",                        \
        [BY_TGE] = "HCR_EL2.TGE=1", [BY_HOST] = "HCR_EL2.{E2H,TGE}={1,1}"                                    \
    }
    [EXC_IRQ] = {SCR_IRQ, HCR_IMO, 2, false, RULES("IRQ", "IMO")},
    [EXC_FIQ] = {SCR_FIQ, HCR_FMO, 1, false, RULES("FIQ", "FMO")},
    [EXC_SERROR] = {SCR_EA, HCR_AMO, 4, false, RULES("EA", "AMO")},
    [EXC_VIRQ] = {0, HCR_IMO, 2, true, RULES("IRQ", "IMO")},
    [EXC_VFIQ] = {0, HCR_FMO, 1, true, RULES("FIQ", "FMO")},
    [EXC_VSERROR] = {0, HCR_AMO, 4, true, RULES("EA", "AMO")},
#undef RULES
};

static enum row physical_row(const struct route_state *s, enum exc_kind kind)
{
    if (s->feat->has_el3 && (s->sr[SR_SCR_EL3] & kinds[kind].scr))
        return BY_SCR;
    if (!el2_enabled(s->feat, s->sr))
        return EL2_OFF;
    uint64_t hcr = hcr_effective(s->feat, s->sr);
    if (hcr & HCR_TGE)
        return (hcr & HCR_E2H) ? BY_HOST : BY_TGE;
    return (hcr & kinds[kind].hcr) ? BY_HCR : NOT_ROUTED;
}

static struct route physical_route(const struct route_state *s, enum exc_kind kind)
{
    enum row row = physical_row(s, kind);
    struct route r = {.outcome = ROUTE_TAKEN, .el = physical[row].target, .rule = kinds[kind].rule[row]};
    enum cell cell = physical[row].cell[s->el];
    bool masked = (s->daif & kinds[kind].mask) != 0;
    /* FEAT_DoubleFault: SCR_EL3.NMEA makes SError at EL3 non-maskable */
    if (kind == EXC_SERROR && row == BY_SCR && s->el == 3 && has(s->feat, FEAT_DoubleFault) &&
        (s->sr[SR_SCR_EL3] & SCR_NMEA))
        masked = false;
    if (cell == C)
        r.outcome = ROUTE_NEVER;
    else if (cell == B && masked)
        r.outcome = ROUTE_MASKED;
    return r;
}

static struct route virtual_route(const struct route_state *s, enum exc_kind kind)
{
    struct route r = {.outcome = ROUTE_NEVER, .el = 1};
    uint64_t hcr = hcr_effective(s->feat, s->sr);
    if (!el2_enabled(s->feat, s->sr)) {
        r.rule = "EL2 is not enabled";
    } else if (s->el > 1) {
        r.rule = "virtual interrupts are taken from EL0 and EL1 only";
    } else if (hcr & HCR_TGE) {
        r.rule = "HCR_EL2.TGE=1";
    } else if (!(hcr & kinds[kind].hcr)) {
        r.rule = kinds[kind].rule[NOT_ROUTED];
    } else {
        r.rule = kinds[kind].rule[BY_HCR];
        r.outcome = (s->daif & kinds[kind].mask) ? ROUTE_MASKED : ROUTE_TAKEN;
    }
    return r;
}

struct route route_async(const struct route_state *s, enum exc_kind kind)
{
    return kinds[kind].is_virtual ? virtual_route(s, kind) : physical_route(s, kind);
}

/* Routing to EL2 of what would be taken to EL1; NULL: it stays at EL1. */
static const char *el2_rule(const struct route_state *s, const struct exc *e)
{
    if (e->stage2)
        return "stage 2 abort";
    if (!el2_enabled(s->feat, s->sr))
        return NULL;
    uint64_t hcr = s->sr[SR_HCR_EL2];
    if (hcr & HCR_TGE)
        return "HCR_EL2.TGE=1";
    if (e->external && (hcr & HCR_TEA) && has(s->feat, FEAT_RAS))
        return "HCR_EL2.TEA=1";
    if (e->debug && (s->sr[SR_MDCR_EL2] & MDCR_TDE))
        return "MDCR_EL2.TDE=1";
    return NULL;
}

struct route route_sync(const struct route_state *s, const struct exc *e)
{
    struct route r = {.outcome = ROUTE_TAKEN, .el = s->el, .rule = "current Exception level"};
    if (r.el < 1) {
        r.el = 1;
        r.rule = "from EL0 to EL1";
    }
    if (e->external && s->feat->has_el3 && (s->sr[SR_SCR_EL3] & SCR_EA)) {
        r.el = 3;
        r.rule = "SCR_EL3.EA=1";
    } else if (r.el < e->min_el) {
        r.el = e->min_el;
        r.rule = "target of the instruction or trap";
    }
    if (r.el == 1) {
        const char *rule = el2_rule(s, e);
        if (rule != NULL) {
            r.el = 2;
            r.rule = rule;
        }
    }
    return r;
}
