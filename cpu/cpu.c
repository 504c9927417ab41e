/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Making, resetting and wiring a processing element.
 */
#include "cpu/cpu.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cpu/amu.h"
#include "cpu/brbe.h"
#include "cpu/context.h"
#include "cpu/debug.h"
#include "cpu/exception.h"
#include "cpu/fpu.h"
#include "cpu/observe.h"
#include "cpu/pmu.h"

static bool port_read64(void *opaque, uint64_t pa, bool ns, uint64_t *value)
{
    struct cpu *c = opaque;
    const struct bus_ram *ram = bus_find_ram(c->bus, pa);
    if (LIKELY(ram != NULL && !(ram->secure_only && ns))) {
        memcpy(value, ram->host + (pa - ram->base), 8);
        if (!ram->secure_only) { /* the tables of a system are mostly in one region: the next are read
                                    directly */
            c->port.ram = ram->host;
            c->port.ram_base = ram->base;
            c->port.ram_size = ram->size;
        }
        return true;
    }
    return bus_read(c->bus, pa, 8, !ns, value);
}

static bool port_cas64(void *opaque, uint64_t pa, bool ns, uint64_t expected, uint64_t desired, bool *swapped)
{
    struct cpu *c = opaque;
    return bus_cas64(c->bus, pa, !ns, expected, desired, swapped);
}

/* The architectural TLB gave up an entry by itself: the host's banks must not go on with it, nor the jump
 * cache. */
static void port_evicted(void *opaque, const struct tlbi *op)
{
    struct cpu *c = opaque;
    htlb_evicted(&c->htlb, op);
    if (UNLIKELY(c->tracer != NULL))
        observe_evicted(c, op);
    cpu_context_changed(c, 0);
}

struct cpu *cpu_create(const struct cpu_config *cfg)
{
    struct cpu *c = aligned_alloc(64, align_up(sizeof(*c), 64));
    if (c == NULL)
        user_error("out of host memory for a CPU");
    memset(c, 0, sizeof(*c));
    c->feat = cfg->feat;
    c->random = cfg->index;
    c->index = cfg->index;
    c->bus = cfg->bus;
    c->events = cfg->events;
    c->code = cfg->code;
    c->board = cfg->board;
    c->tlb = tlb_create();
    htlb_init(&c->htlb, cfg->htlb_keys);
    tlb_on_evict(c->tlb, port_evicted, c);
    c->port = (struct mmu_port){.read64 = port_read64, .cas64 = port_cas64, .opaque = c, .tlb = c->tlb};
    return c;
}

void cpu_destroy(struct cpu *c)
{
    if (c == NULL)
        return;
    tlb_destroy(c->tlb);
    htlb_destroy(&c->htlb);
    free(c->effects);
    free(c);
}

void cpu_reset(struct cpu *c, unsigned el, uint64_t pc)
{
    memset(c->x, 0, sizeof(c->x));
    memset(c->v, 0, sizeof(c->v));
    memset(c->sp_el, 0, sizeof(c->sp_el));
    memset(c->jcache, 0, sizeof(c->jcache));
    c->nf = c->cf = c->vf = 0;
    c->zf = 1;
    c->fpcr = c->fpsr = 0;
    c->btype = c->pan = c->uao = c->dit = c->ssbs = c->tco = c->il = c->ss = c->allint = 0;
    c->daif = 15;
    c->exclusive_valid = c->event_register = c->serror_pending = c->wfe_delayed = false;
    c->wfe_pc = UINT64_MAX;
    c->attention = 0;
    c->pc = pc;
    tlb_flush(c->tlb);
    htlb_flush(&c->htlb, NULL);
    sysreg_reset(c->sr, c->feat, c->index);
    c->el = (uint8_t)el;
    c->spsel = 1;
    fpu_fpcr_changed(c);
    cpu_context_changed(c,
                        EFFECT_MMU | EFFECT_TRAPS | EFFECT_IRQ | EFFECT_DEBUG | EFFECT_TIMER | EFFECT_FPCR);
    if (c->debugger != NULL)
        debug_context(c);
    pmu_restart(c);
    brbe_reset(c);
    amu_restart(c);
    if (UNLIKELY(c->tracer != NULL))
        observe_state(c, "reset");
}

void cpu_set_line(struct cpu *c, enum cpu_line line, bool level)
{
    uint32_t lines = level ? c->lines | line : c->lines & ~(uint32_t)line;
    if (lines == c->lines)
        return;
    c->lines = lines;
    interrupt_update(c);
}

/* ---- state ---- */

/* What is kept in another form than it is shown in. */
struct shown {
    uint64_t sp[4], pc, el, pstate, insns, time, exclusive_pa, exclusive_size;
};

static struct shown show(const struct cpu *c)
{
    struct shown s = {.pc = c->pc,
                      .el = c->el,
                      .pstate = cpu_pstate(c, cpu_btype(c, c->pc)),
                      .insns = cpu_insns(c),
                      .time = cpu_now(c),
                      .exclusive_pa = c->exclusive_valid ? c->exclusive_pa : 0,
                      .exclusive_size = c->exclusive_valid ? c->exclusive_size : 0};
    memcpy(s.sp, c->sp_el, sizeof(s.sp));
    s.sp[c->spsel ? c->el : 0] = c->x[REG_SP];
    return s;
}

/* Can a PE of these features be in this state? */
static bool shown_possible(const struct cpu *c, const struct shown *s)
{
    const unsigned el = (unsigned)bits(s->pstate, 3, 2);
    const uint64_t known = c->spsr_bits & ~UINT64_C(0x12); /* AArch64 only; M<1> is RES0 */

    return s->el == el && (s->pstate & ~known) == 0 && (el != 0 || !(s->pstate & 1)) &&
           (el != 2 || c->feat->has_el2) && (el != 3 || c->feat->has_el3);
}

/* A visitor has given other values. */
static void take(struct cpu *c, const struct shown *s)
{
    c->pc = c->btype_pc = s->pc;
    context_set_pstate(c, s->pstate);
    c->el = (uint8_t)bits(s->pstate, 3, 2);
    c->spsel = s->pstate & 1;
    memcpy(c->sp_el, s->sp, sizeof(c->sp_el));
    c->x[REG_SP] = s->sp[c->spsel ? c->el : 0];
    c->exclusive_pa = s->exclusive_pa;
    c->exclusive_size = (uint8_t)s->exclusive_size;
    c->insns = s->insns;
    c->time = s->time;
    c->slice_insns = 0;
    c->budget = 0;
    c->cur = NULL;
}

static void visit_sysregs(struct cpu *c, visit_fn *fn, void *ctx)
{
    for (unsigned n = 0; n < SR_COUNT; n++) {
        const uint64_t old = c->sr[n];
        if (!sysreg_has_storage(n))
            continue;
        fn(ctx, sysreg_row(n)->name, &c->sr[n], sizeof(c->sr[n]));
        if (c->sr[n] != old && !sysreg_can_hold(c->feat, n, old, c->sr[n])) {
            c->sr[n] = old;
            visit_refuse(fn, ctx, sysreg_row(n)->name);
        }
    }
}

/* X0 to X30, SPs and V registers. The current SP lives among the X registers while it is in use. */
static void visit_registers(struct cpu *c, struct shown *s, visit_fn *fn, void *ctx)
{
    fn(ctx, "x", c->x, 31 * sizeof(c->x[0]));
    VISIT(fn, ctx, s, sp);
    VISIT(fn, ctx, c, v);
    VISIT(fn, ctx, s, pc);
    VISIT(fn, ctx, s, el);
    VISIT(fn, ctx, s, pstate);
    VISIT(fn, ctx, c, fpcr);
    VISIT(fn, ctx, c, fpsr);
}

static void visit_waiting(struct cpu *c, struct shown *s, visit_fn *fn, void *ctx)
{
    VISIT_UPTO(fn, ctx, c, lines, LINE_IRQ | LINE_FIQ | LINE_VIRQ | LINE_VFIQ);
    VISIT(fn, ctx, c, event_register);
    VISIT(fn, ctx, c, random);
    VISIT(fn, ctx, c, serror_pending);
    VISIT_UPTO(fn, ctx, c, power, CPU_WFE);
    VISIT(fn, ctx, c, wfe_delayed);
    VISIT(fn, ctx, c, wfe_pc);
    VISIT(fn, ctx, c, stepped);
    VISIT(fn, ctx, c, stepped_exclusive);
    VISIT(fn, ctx, c, brbe.fresh);
    VISIT(fn, ctx, c, brbe.since);
    VISIT(fn, ctx, c, exclusive_valid);
    VISIT_UPTO(fn, ctx, s, exclusive_size, 32);
    VISIT(fn, ctx, s, exclusive_pa);
    VISIT_UPTO(fn, ctx, s, insns, CPU_TIME_MAX);
    VISIT_UPTO(fn, ctx, s, time, CPU_TIME_MAX);
}

void cpu_visit(struct cpu *c, visit_fn *fn, void *ctx)
{
    pmu_sync(c);
    amu_sync(c);
    const struct shown before = show(c);
    struct shown s = before;
    unsigned index = c->index;

    fn(ctx, "index", &index, sizeof(index));
    if (index != c->index)
        visit_refuse(fn, ctx, "index");
    visit_registers(c, &s, fn, ctx);
    visit_sysregs(c, fn, ctx);
    visit_waiting(c, &s, fn, ctx);
    if (!shown_possible(c, &s)) {
        s = before;
        visit_refuse(fn, ctx, "pstate");
    }
    if (memcmp(&s, &before, sizeof(s)) != 0)
        take(c, &s);
    pmu_visit(c, fn, ctx);
    tlb_visit(c->tlb, fn, ctx);
}

void cpu_restored(struct cpu *c)
{
    memset(c->jcache, 0, sizeof(c->jcache));
    htlb_flush(&c->htlb, NULL);
    c->ram = NULL;
    c->cur = NULL;
    c->attention = 0;
    c->step_active = c->debug_armed = false;
    fpu_fpcr_changed(c);
    cpu_context_changed(c,
                        EFFECT_MMU | EFFECT_TRAPS | EFFECT_IRQ | EFFECT_DEBUG | EFFECT_TIMER | EFFECT_FPCR);
    pmu_restored(c);
    brbe_update(c);
    amu_restart(c);
}
