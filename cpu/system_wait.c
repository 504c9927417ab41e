/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Waiting, events, barriers and error synchronization: WFI, WFE, WFIT, WFET, SEV, SEVL, YIELD, ISB, DSB, DMB,
 * CLREX, ESB. Arm ARM D1.6 (low-power states), C6.2; pseudocode AArch64.CheckForWFxTrap(),
 * AArch64.ESBOperation(). The model executes in program order and makes every effect visible at once, so
 * barriers have nothing to do.
 */
#include "cpu/cpu.h"
#include "cpu/engine.h"
#include "cpu/exception.h"
#include "cpu/observe.h"

/* ISS.TI of EC_WFX */
enum wfx { WFX_WFI, WFX_WFE, WFX_WFIT, WFX_WFET };

/* Where a WFx that would wait traps to, and why; 0: it does not. CheckForWFxTrap(). */
static unsigned wfx_trap(const struct cpu *c, bool wfe, const char **why)
{
    if (c->el == 0) {
        bool host = el_is_in_host(c->feat, c->sr, 0);
        uint64_t sctlr = c->sr[host ? SR_SCTLR_EL2 : SR_SCTLR_EL1];
        *why = wfe ? "SCTLR_ELx.nTWE=0" : "SCTLR_ELx.nTWI=0";
        if (!(sctlr & (wfe ? SCTLR_NTWE : SCTLR_NTWI)))
            return host ? 2 : 1;
    }
    *why = wfe ? "HCR_EL2.TWE=1" : "HCR_EL2.TWI=1";
    if (c->el <= 1 && (c->hcr & (wfe ? HCR_TWE : HCR_TWI)))
        return 2;
    *why = wfe ? "SCR_EL3.TWE=1" : "SCR_EL3.TWI=1";
    if (c->el <= 2 && c->feat->has_el3 && (c->sr[SR_SCR_EL3] & (wfe ? SCR_TWE : SCR_TWI)))
        return 3;
    return 0;
}

/* WFETrapDelay(): TWEDEn and TWEDEL of the register that traps a WFE to `el`: 2^(TWEDEL + 8) cycles, which
 * are instructions here; 0: no delay. */
static uint64_t trap_delay(const struct cpu *c, unsigned el)
{
    static const struct {
        uint16_t reg;
        uint8_t enable; /* TWEDEL is above */
    } control[] = {{SR_SCTLR_EL1, 45}, {SR_SCTLR_EL2, 45}, {SR_HCR_EL2, 59}, {SR_SCR_EL3, 29}};
    unsigned n = el == 2 && c->el == 0 && el_is_in_host(c->feat, c->sr, 0) ? 1 : el == 1 ? 0 : el;
    uint64_t value = c->sr[control[n].reg];
    if (!has(c->feat, FEAT_TWED) || !bit(value, control[n].enable))
        return 0;
    return BIT(bits(value, control[n].enable + 4u, control[n].enable + 1u) + 8);
}

static uint32_t wfx_iss(const struct insn *i, enum wfx ti)
{
    uint32_t iss = 1u << 24 | 0xeu << 20 | (uint32_t)ti;
    if (ti == WFX_WFIT || ti == WFX_WFET)
        iss |= (i->raw & 31) << 5 | 1u << 2; /* RN, RV */
    return iss;
}

/* The PE stops until the run loop finds a wake-up event. */
static const struct insn *wait(struct cpu *c, const struct insn *i, enum cpu_power power)
{
    c->pc = PC + 4;
    c->power = (uint8_t)power;
    c->attention |= ATT_STOP;
    if (UNLIKELY(c->tracer != NULL))
        observe_power(c, power == CPU_WFI ? "WFI" : "WFE");
    if (c->board != NULL && c->board->power_changed != NULL)
        c->board->power_changed(c->board->opaque, c);
    return cpu_next(c, i);
}

/* WFIT and WFET: how far CNTVCT_EL0, as this Exception level sees it, is from Xt; 0: it has reached it. */
static uint64_t ticks_left(const struct cpu *c, const struct insn *i)
{
    const struct sysreg_unit *u = &c->units[UNIT_TIMER];
    uint64_t until = c->x[(i->raw & 31) == 31 ? REG_ZR : (i->raw & 31)];
    uint64_t now = u->read != NULL ? u->read(u->opaque, SR_CNTVCT_EL0) : UINT64_MAX;
    return now >= until ? 0 : until - now;
}

/* Sets the time-out event for the tick `ticks` from now, if that comes before simulated time ends. */
static void set_wakeup(struct cpu *c, uint64_t ticks)
{
    uint64_t count = cpu_now(c) / c->ns_per_tick, tick;
    if (!__builtin_add_overflow(count, ticks, &tick) && tick <= UINT64_MAX / c->ns_per_tick)
        event_schedule(c->events, c->wakeup, tick * c->ns_per_tick);
}

/* WaitForEventUntilDelay(): a WFE or WFET that traps to `el` waits for an event first. True: it does, with
 * the end of the delay scheduled. A WFET whose time is over before that (`ticks` from now) does not trap at
 * all. */
static bool delay_trap(struct cpu *c, const struct insn *i, unsigned el, bool timed, uint64_t ticks)
{
    uint64_t pc = PC, delay = trap_delay(c, el) << c->ns_shift;
    if (delay == 0 || c->wakeup == NULL)
        return false;
    if (timed && ticks <= delay / c->ns_per_tick) {
        set_wakeup(c, ticks);
        return true;
    }
    event_schedule(c->events, c->wakeup, cpu_now(c) + delay);
    c->wfe_delayed = true;
    c->wfe_pc = pc;
    return true;
}

void cpu_wake(struct cpu *c)
{
    c->power = CPU_ON;
    if (UNLIKELY(c->tracer != NULL))
        observe_power(c, "awake");
    if (UNLIKELY(c->wfe_delayed)) {
        c->wfe_delayed = false;
        c->wfe_pc = UINT64_MAX;
    }
    event_cancel(c->events, c->wakeup);
}

void cpu_timed_out(struct cpu *c)
{
    if (c->power != CPU_WFI && c->power != CPU_WFE)
        return;
    c->power = CPU_ON;
    if (UNLIKELY(c->tracer != NULL))
        observe_power(c, "awake");
    if (c->wfe_delayed) { /* once more, to trap */
        c->wfe_delayed = false;
        c->pc = c->wfe_pc;
    }
}

static const struct insn *wfx(struct cpu *c, const struct insn *i, enum wfx ti)
{
    bool wfe = ti == WFX_WFE || ti == WFX_WFET;
    bool timed = ti == WFX_WFIT || ti == WFX_WFET;
    bool delayed = c->wfe_pc == PC;
    c->cur = i;
    c->wfe_pc = UINT64_MAX;
    if (wfe && c->event_register) {
        c->event_register = false;
        return cpu_next(c, i);
    }
    /* a WFI completes at once when an interrupt is pending, whatever PSTATE masks; a WFE when one can be
     * taken */
    uint64_t ticks = timed ? ticks_left(c, i) : 0;
    if ((wfe ? (c->attention & ATT_IRQ) != 0 : interrupt_pending(c)) || (timed && ticks == 0))
        return cpu_next(c, i);
    const char *why;
    unsigned el = wfx_trap(c, wfe, &why);
    if (el != 0) {
        if (wfe && !delayed && delay_trap(c, i, el, timed, ticks))
            return wait(c, i, CPU_WFE);
        raise_sync(c, i, EC_WFX, wfx_iss(i, ti), el, why);
        return cpu_resume(c);
    }
    if (timed) {
        if (c->wakeup == NULL) /* nobody to wake it: the timed forms may complete early */
            return cpu_next(c, i);
        set_wakeup(c, ticks);
    }
    return wait(c, i, wfe ? CPU_WFE : CPU_WFI);
}

const struct insn *exec_wfi(struct cpu *c, const struct insn *i)
{
    return wfx(c, i, WFX_WFI);
}

const struct insn *exec_wfe(struct cpu *c, const struct insn *i)
{
    return wfx(c, i, WFX_WFE);
}

const struct insn *exec_wfit(struct cpu *c, const struct insn *i)
{
    return wfx(c, i, WFX_WFIT);
}

const struct insn *exec_wfet(struct cpu *c, const struct insn *i)
{
    return wfx(c, i, WFX_WFET);
}

const struct insn *exec_sev(struct cpu *c, const struct insn *i)
{
    c->cur = i;
    c->event_register = true;
    if (c->board != NULL && c->board->send_event != NULL)
        c->board->send_event(c->board->opaque, c);
    return cpu_next(c, i);
}

const struct insn *exec_sevl(struct cpu *c, const struct insn *i)
{
    c->event_register = true;
    return cpu_next(c, i);
}

const struct insn *exec_yield(struct cpu *c, const struct insn *i)
{
    return cpu_next(c, i);
}

/* For observers; nothing happens otherwise. */
static const struct insn *barrier(struct cpu *c, const struct insn *i, const char *name)
{
    if (UNLIKELY(c->tracer != NULL)) {
        c->cur = i;
        observe_barrier(c, i, name);
    }
    return cpu_next(c, i);
}

const struct insn *exec_isb(struct cpu *c, const struct insn *i)
{
    return barrier(c, i, "ISB");
}

const struct insn *exec_dsb(struct cpu *c, const struct insn *i)
{
    return barrier(c, i, "DSB");
}

const struct insn *exec_dmb(struct cpu *c, const struct insn *i)
{
    return cpu_next(c, i);
}

const struct insn *exec_clrex(struct cpu *c, const struct insn *i)
{
    c->exclusive_valid = false;
    return cpu_next(c, i);
}

/* AArch64.ESBOperation(): a pending, masked physical SError goes to DISR_EL1 instead of being taken. */
static void esb_physical(struct cpu *c)
{
    const struct route_state s = {.feat = c->feat, .sr = c->sr, .el = c->el, .daif = c->daif};
    if (!c->serror_pending || route_async(&s, EXC_SERROR).outcome != ROUTE_MASKED)
        return;
    c->serror_pending = false;
    c->sr[SR_DISR_EL1] = DISR_A | FSC_TAG_CHECK;
}

/* AArch64.vESBOperation() */
static void esb_virtual(struct cpu *c)
{
    if (c->el > 1 || (c->hcr & (HCR_TGE | HCR_AMO | HCR_VSE)) != (HCR_AMO | HCR_VSE) || !(c->daif & 4))
        return;
    c->sr[SR_VDISR_EL2] = DISR_A | (c->sr[SR_VSESR_EL2] & DISR_ISS);
    c->sr[SR_HCR_EL2] &= ~HCR_VSE;
    c->hcr &= ~HCR_VSE;
}

const struct insn *exec_esb(struct cpu *c, const struct insn *i)
{
    if (has(c->feat, FEAT_RAS) && UNLIKELY(c->serror_pending || (c->hcr & HCR_VSE))) {
        c->cur = i;
        esb_physical(c);
        esb_virtual(c);
        interrupt_update(c);
    }
    return cpu_next(c, i);
}
