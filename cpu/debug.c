/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Self-hosted debug: when breakpoints, watchpoints and software step generate exceptions, and which accesses
 * match. Arm ARM D2.3 to D2.12; pseudocode AArch64.GenerateDebugExceptionsFrom(), AArch64.BreakpointMatch(),
 * AArch64.WatchpointMatch(), AArch64.StateMatch(). External debug, halting and the double lock are not
 * modelled.
 *
 * Watchpoints look at memory accesses, not at cache maintenance. As CheckDebug() does, breakpoints and
 * watchpoints come after whatever fault the translation has. Reserved settings disable a breakpoint or
 * watchpoint.
 */
#include "cpu/debug.h"

#include <string.h>

#include "cpu/codepage.h"
#include "cpu/cpu.h"
#include "cpu/exception.h"

enum { DEBUG_REGISTERS = 16, ISS_EX = 1 << 6, ISS_WNR = 1 << 6, ISS_VNCR = 1 << 13, ISS_ISV = 1 << 24 };

/* The register rows of breakpoint or watchpoint n. */
#define NUMBERED(prefix)                                                                                     \
    {                                                                                                        \
        SR_##prefix##0_EL1, SR_##prefix##1_EL1, SR_##prefix##2_EL1, SR_##prefix##3_EL1, SR_##prefix##4_EL1,  \
            SR_##prefix##5_EL1, SR_##prefix##6_EL1, SR_##prefix##7_EL1, SR_##prefix##8_EL1,                  \
            SR_##prefix##9_EL1, SR_##prefix##10_EL1, SR_##prefix##11_EL1, SR_##prefix##12_EL1,               \
            SR_##prefix##13_EL1, SR_##prefix##14_EL1, SR_##prefix##15_EL1                                    \
    }
static const uint16_t bvr[DEBUG_REGISTERS] = NUMBERED(DBGBVR), bcr[DEBUG_REGISTERS] = NUMBERED(DBGBCR),
                      wvr[DEBUG_REGISTERS] = NUMBERED(DBGWVR), wcr[DEBUG_REGISTERS] = NUMBERED(DBGWCR);

/* ---- where debug exceptions are enabled ---- */

/* DebugTargetFrom() */
static unsigned debug_target(const struct features *f, const uint64_t *sr)
{
    if (el2_enabled(f, sr) && ((sr[SR_HCR_EL2] & HCR_TGE) || (sr[SR_MDCR_EL2] & MDCR_TDE)))
        return 2;
    return 1;
}

/* DoubleLockStatus() */
static bool double_lock(const struct features *f, const uint64_t *sr)
{
    return has(f, FEAT_DoubleLock) && (sr[SR_OSDLR_EL1] & 1) && !(sr[SR_DBGPRCR_EL1] & 1);
}

/* AArch64.GenerateDebugExceptionsFrom() */
const char *debug_suppressed(const struct features *f, const uint64_t *sr, unsigned el, bool d)
{
    if (sr[SR_OSLSR_EL1] & OSLSR_OSLK)
        return "OSLSR_EL1.OSLK=1";
    if (double_lock(f, sr))
        return "OSDLR_EL1.DLK=1";
    unsigned target = debug_target(f, sr);
    if (is_secure_below_el3(f, sr) && (sr[SR_MDCR_EL3] & MDCR3_SDD))
        return "MDCR_EL3.SDD=1";
    if (el > target)
        return "none above the Exception level that takes them";
    if (el < target)
        return NULL;
    return !(sr[SR_MDSCR_EL1] & MDSCR_KDE) ? "MDSCR_EL1.KDE=0" : d ? "PSTATE.D=1" : NULL;
}

static bool generates_from(const struct cpu *c, unsigned el, bool d)
{
    return debug_suppressed(c->feat, c->sr, el, d) == NULL;
}

static bool generates(const struct cpu *c)
{
    return generates_from(c, c->el, (c->daif & 8) != 0);
}

static bool step_enabled(const struct cpu *c)
{
    return (c->sr[SR_MDSCR_EL1] & MDSCR_SS) && generates(c);
}

static bool any_enabled(const struct cpu *c, const uint16_t control[], unsigned n)
{
    for (unsigned k = 0; k < n && k < DEBUG_REGISTERS; k++)
        if (c->sr[control[k]] & 1)
            return true;
    return false;
}

void debug_context(struct cpu *c)
{
    bool armed = c->debug_wanted && generates(c) &&
                 ((c->sr[SR_MDSCR_EL1] & MDSCR_SS) ||
                  ((c->sr[SR_MDSCR_EL1] & MDSCR_MDE) &&
                   (any_enabled(c, bcr, c->feat->breakpoints) || any_enabled(c, wcr, c->feat->watchpoints))));
    if (armed || c->debugger != NULL)
        c->attention |= ATT_DEBUG;
    else
        c->attention &= ~(uint32_t)ATT_DEBUG;
    if (!armed)
        c->step_active = false;
    c->debug_armed = armed;
}

void debug_attach(struct cpu *c, const struct cpu_debugger *d)
{
    c->debugger = d;
    c->abandoned = false;
    debug_context(c);
}

bool debug_return_ss(const struct cpu *c, uint64_t spsr, unsigned el)
{
    if (LIKELY(!(c->sr[SR_MDSCR_EL1] & MDSCR_SS)))
        return false;
    return !generates(c) && generates_from(c, el, (spsr & SPSR_D) != 0) && (spsr & SPSR_SS);
}

/* ---- matching ---- */

/* The highest address bit that is compared. */
static unsigned va_top(const struct cpu *c)
{
    return has(c->feat, FEAT_LVA) || has(c->feat, FEAT_LPA2) ? 52 : 48;
}

/* The VMID half of a context breakpoint. */
static bool vmid_matches(const struct cpu *c, uint64_t value)
{
    bool wide = has(c->feat, FEAT_VMID16) && bit(c->sr[SR_VTCR_EL2], 19);
    unsigned hi = wide ? 15 : 7;
    return bits(c->sr[SR_VTTBR_EL2], 48 + hi, 48) == bits(value, 32 + hi, 32);
}

/* IsContextAwareBreakpoint(): the last ID_AA64DFR0_EL1.CTX_CMPs + 1 can compare contexts. */
static bool context_aware(const struct cpu *c, unsigned n)
{
    return n + bits(c->sr[SR_ID_AA64DFR0_EL1], 31, 28) + 1 >= c->feat->breakpoints;
}

/* AArch64.BreakpointValueMatch() for the context types, BT<3:1>. */
static bool context_matches(const struct cpu *c, unsigned n)
{
    if (!context_aware(c, n))
        return false;
    uint64_t value = c->sr[bvr[n]];
    bool el2 = el2_enabled(c->feat, c->sr), host = el_is_in_host(c->feat, c->sr, c->el);
    bool low1 = (uint32_t)c->sr[SR_CONTEXTIDR_EL1] == (uint32_t)value;
    bool low2 = (uint32_t)c->sr[SR_CONTEXTIDR_EL2] == (uint32_t)value;
    bool high2 = c->el <= 2 && el2 && (uint32_t)c->sr[SR_CONTEXTIDR_EL2] == (uint32_t)(value >> 32);
    bool el10 = c->el <= 1 && !host;
    bool vmid = el10 && el2 && vmid_matches(c, value);
    switch (bits(c->sr[bcr[n]], 23, 21)) {
    case 1: /* CONTEXTIDR of the current regime */
        return host ? low2 : el10 && low1;
    case 3:
        return el10 && low1;
    case 4:
        return vmid;
    case 5:
        return vmid && low1;
    case 6:
        return high2;
    case 7:
        return el10 && low1 && high2;
    default:
        return false;
    }
}

/* CheckValidStateMatch(): the combinations of HMC, SSC and PMC (PAC) that are allocated. */
static bool state_valid(const struct features *f, bool hmc, unsigned ssc, unsigned priv)
{
    bool sel2 = has(f, FEAT_SEL2);
    if (!hmc && ((ssc == 3 && priv == 2) || (priv == 0 && ssc != 3))) /* the latter is AArch32's */
        return false;
    if (hmc && ((ssc == 0 && !(priv & 1)) || (ssc != 0 && priv == 2)))
        return false;
    if (!f->has_el3 && !f->has_el2 && (hmc || ssc != 0))
        return false;
    if (!f->has_el3 && (ssc == 1 || ssc == 2) && !(hmc && ssc == 1 && priv == 0))
        return false;
    if (!f->has_el2 && hmc && ssc == 3 && priv == 0)
        return false;
    return sel2 ||
           !((!hmc && ssc == 3 && priv == 0) || (hmc && ssc == 1 && priv == 0) || (ssc == 3 && (priv & 1)));
}

/* AArch64.StateMatch(): `priv` is PMC or PAC, `el` whose access it counts as. */
static bool state_matches(const struct cpu *c, uint64_t control, unsigned el)
{
    bool hmc = bit(control, 13), secure = c->el == 3 || is_secure_below_el3(c->feat, c->sr);
    unsigned ssc = (unsigned)bits(control, 15, 14), priv = (unsigned)bits(control, 2, 1);
    bool match;
    if (!state_valid(c->feat, hmc, ssc, priv))
        return false;
    switch (el) {
    case 0:
        match = priv & 2;
        break;
    case 1:
        match = priv & 1;
        break;
    case 2:
        match = (hmc && !(ssc == 2 && priv == 0)) || ssc == 3;
        break;
    default:
        match = hmc && !(ssc & 1);
        break;
    }
    return match &&
           (ssc == 0 || (ssc == 1 && !secure) || (ssc == 2 && secure) || (ssc == 3 && (hmc || secure)));
}

/* The context breakpoint that a linked one names: enabled for linking and matching now. */
static bool link_matches(const struct cpu *c, uint64_t control)
{
    unsigned n = (unsigned)bits(control, 19, 16);
    if (n >= c->feat->breakpoints || n >= DEBUG_REGISTERS)
        return false;
    uint64_t linked = c->sr[bcr[n]];
    return (linked & 1) && bit(linked, 20) && bits(linked, 23, 21) != 0 && context_matches(c, n);
}

/* AArch64.BreakpointMatch() */
static bool breakpoint_matches(const struct cpu *c, unsigned n)
{
    uint64_t control = c->sr[bcr[n]];
    bool linked = bit(control, 20);
    if (!(control & 1) || !state_matches(c, control, c->el))
        return false;
    if (bits(control, 23, 21) !=
        0) /* a context breakpoint; one that is linked to acts through the other only */
        return !linked && context_matches(c, n);
    unsigned top = va_top(c);
    if (bits(c->sr[bvr[n]], top, 2) != bits(c->pc, top, 2) || !bit(control, 5))
        return false;
    return !linked || link_matches(c, control);
}

/* AArch64.WatchpointByteMatch() for the bytes of [va, va + size). */
static bool watch_bytes_match(const struct cpu *c, unsigned n, uint64_t va, unsigned size)
{
    uint64_t control = c->sr[wcr[n]], value = c->sr[wvr[n]];
    unsigned mask = (unsigned)bits(control, 28, 24), top = va_top(c);
    unsigned bas = (unsigned)bits(control, 12, 5);
    unsigned bottom = mask != 0 ? mask : bit(value, 2) ? 2 : 3;
    for (unsigned k = 0; k < size; k++) {
        uint64_t byte = va + k;
        bool selected = mask != 0 ? bas == 0xff : (bas >> (byte & ((1u << bottom) - 1)) & 1) != 0;
        if (selected && bits(byte, top, bottom) == bits(value, top, bottom))
            return true;
    }
    return false;
}

static bool watchpoint_matches(const struct cpu *c, unsigned n, uint64_t va, unsigned size, bool write,
                               unsigned el)
{
    uint64_t control = c->sr[wcr[n]];
    unsigned lsc = (unsigned)bits(control, 4, 3);
    if (!(control & 1) || !(lsc & (write ? 2 : 1)) || !state_matches(c, control, el))
        return false;
    if (bit(control, 20) && !link_matches(c, control))
        return false;
    return watch_bytes_match(c, n, va, size);
}

/* ---- the run loop's and memory's hooks ---- */

static bool take_step(struct cpu *c)
{
    struct exc e = {
        .ec = EC_STEP_LOWER, .iss = FSC_DEBUG, .debug = true, .elr = c->pc, .cause = "MDSCR_EL1.SS=1"};
    if (c->stepped)
        e.iss |= ISS_ISV | (c->stepped_exclusive ? ISS_EX : 0);
    c->stepped = false;
    exception_take_sync(c, &e);
    return true;
}

/* Will fetching take an exception that comes before a breakpoint: a PC alignment fault, an Instruction Abort?
 */
static bool fetch_aborts(struct cpu *c)
{
    const struct mmu_access a = {.type = ACCESS_FETCH};
    struct mmu_result r;
    if ((c->pc & 3) != 0 || !mmu_translate(&c->bank->tctx, &c->port, c->pc, &a, &r))
        return true;
    const struct bus_ram *ram = bus_find_ram(c->bus, r.pa);
    return ram == NULL || (ram->secure_only && r.ns);
}

bool debug_before_insn(struct cpu *c)
{
    if (!c->debug_armed)
        return false;
    c->step_active = false;
    if (step_enabled(c)) {
        if (!c->ss) /* active-pending */
            return take_step(c);
        c->step_active = true;
        c->stepped = false;
        c->step_pc = c->pc;
    }
    if (!(c->sr[SR_MDSCR_EL1] & MDSCR_MDE))
        return false;
    for (unsigned n = 0; n < c->feat->breakpoints && n < DEBUG_REGISTERS; n++) {
        if (!breakpoint_matches(c, n))
            continue;
        if (fetch_aborts(c))
            return false;
        const struct exc e = {.ec = EC_BREAKPOINT_LOWER,
                              .iss = FSC_DEBUG,
                              .debug = true,
                              .elr = c->pc,
                              .cause = "a breakpoint matches"};
        exception_take_sync(c, &e);
        return true;
    }
    return false;
}

/* Was the instruction just stepped a Load-Exclusive? ESR_ELx.EX. */
static bool is_load_exclusive(const struct cpu *c, uint64_t pc)
{
    const struct htlb_fetch *e = &c->bank->fetch[(pc >> 12) & (HTLB_FETCH_ENTRIES - 1)];
    uint32_t raw;
    if (e->tag != (pc & ~UINT64_C(4095)) || e->code_page == NULL)
        return false;
    const struct code_page *p = e->code_page;
    memcpy(&raw, p->host + (pc & 4095), sizeof(raw));
    return (raw & 0x3fc00000) == 0x08400000 && (bit(raw, 31) || !bit(raw, 21)); /* not CASPA */
}

void debug_advance(struct cpu *c)
{
    if (UNLIKELY(c->step_active))
        c->ss = 0;
}

void debug_after_insn(struct cpu *c)
{
    if (!c->step_active)
        return;
    c->step_active = false;
    c->ss = 0;
    c->stepped = true;
    c->stepped_exclusive = is_load_exclusive(c, c->step_pc);
}

/* The instruction leaves no trace: neither does the budget know of it, nor did its body change a register
 * before this access. */
static bool abandon(struct cpu *c, const struct insn *i)
{
    c->budget += i->left + 1;
    c->pc = c->pc_page + i->offset;
    c->abandoned = true;
    return true;
}

bool debug_watch(struct cpu *c, const struct insn *i, uint64_t va, unsigned size, bool write, unsigned el)
{
    if (c->debugger != NULL && c->debugger->watch(c->debugger->opaque, c, va, size, write))
        return abandon(c, i);
    if (!c->debug_armed || !(c->sr[SR_MDSCR_EL1] & MDSCR_MDE))
        return false;
    bool vncr = el == 2 && c->el == 1;
    for (unsigned n = 0; n < c->feat->watchpoints && n < DEBUG_REGISTERS; n++) {
        if (!watchpoint_matches(c, n, va, size, write, el))
            continue;
        const struct exc e = {.ec = vncr ? EC_WATCHPOINT_SAME : EC_WATCHPOINT_LOWER, /* NV2Watchpoint */
                              .iss = FSC_DEBUG | (write ? ISS_WNR : 0) | (vncr ? ISS_VNCR : 0),
                              .debug = true,
                              .has_far = true,
                              .far = va,
                              .elr = c->pc_page + i->offset,
                              .cause = "a watchpoint matches"};
        c->budget += i->left;
        exception_take_sync(c, &e);
        return true;
    }
    return false;
}
