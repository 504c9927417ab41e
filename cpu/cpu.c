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

/* X0 to X30, SPs and V registers. The current SP lives among the X registers while it is in use. */
static void visit_registers(struct cpu *c, visit_fn *fn, void *ctx)
{
    uint64_t sp[4], pstate = cpu_pstate(c, cpu_btype(c, c->pc)), el = c->el;

    memcpy(sp, c->sp_el, sizeof(sp));
    sp[c->spsel ? c->el : 0] = c->x[REG_SP];
    fn(ctx, "x", c->x, 31 * sizeof(c->x[0]));
    fn(ctx, "sp", sp, sizeof(sp));
    fn(ctx, "v", c->v, sizeof(c->v));
    VISIT(fn, ctx, c, pc);
    fn(ctx, "el", &el, sizeof(el));
    fn(ctx, "pstate", &pstate, sizeof(pstate));
    VISIT(fn, ctx, c, fpcr);
    VISIT(fn, ctx, c, fpsr);
}

void cpu_visit(struct cpu *c, visit_fn *fn, void *ctx)
{
    pmu_sync(c);
    amu_sync(c);
    uint64_t insns = cpu_insns(c), now = cpu_now(c), exclusive_pa = c->exclusive_valid ? c->exclusive_pa : 0;
    uint8_t exclusive_size = c->exclusive_valid ? c->exclusive_size : 0;

    VISIT(fn, ctx, c, index);
    visit_registers(c, fn, ctx);
    for (unsigned n = 0; n < SR_COUNT; n++)
        if (sysreg_has_storage(n))
            fn(ctx, sysreg_row(n)->name, &c->sr[n], sizeof(c->sr[n]));
    VISIT(fn, ctx, c, lines);
    VISIT(fn, ctx, c, event_register);
    VISIT(fn, ctx, c, random);
    VISIT(fn, ctx, c, serror_pending);
    VISIT(fn, ctx, c, power);
    VISIT(fn, ctx, c, wfe_delayed);
    VISIT(fn, ctx, c, wfe_pc);
    VISIT(fn, ctx, c, brbe.fresh);
    VISIT(fn, ctx, c, brbe.since);
    VISIT(fn, ctx, c, exclusive_valid);
    fn(ctx, "exclusive_size", &exclusive_size, sizeof(exclusive_size));
    fn(ctx, "exclusive_pa", &exclusive_pa, sizeof(exclusive_pa));
    fn(ctx, "insns", &insns, sizeof(insns));
    fn(ctx, "time", &now, sizeof(now));
}
