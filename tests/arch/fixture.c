/* SPDX-License-Identifier: BSD-2-Clause
 *
 * See fixture.h.
 */
#include "tests/arch/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/debug.h"
#include "cpu/exception.h"

enum { RAM_BYTES = 0x100000 };

static uint64_t events_now(void *clock)
{
    const struct fixture *x = clock;
    return x->cpu != NULL ? cpu_now(x->cpu) : 0;
}

static void events_rescheduled(void *clock, uint64_t earliest)
{
    (void)clock;
    (void)earliest;
}

void fixture_init(struct fixture *x, const char *cpu_option, bool el2, bool el3)
{
    memset(x, 0, sizeof(*x));
    x->feat.has_el2 = el2;
    x->feat.has_el3 = el3;
    const char *error = features_parse(&x->feat, cpu_option);
    if (error != NULL) {
        fprintf(stderr, "%s\n", error);
        exit(2);
    }
    x->bus = bus_create();
    bus_add_ram(x->bus, "ram", FIXTURE_RAM, RAM_BYTES, false);
    bus_add_ram(x->bus, "ram2", FIXTURE_RAM2, RAM_BYTES, false);
    codecache_init(&x->code, x->bus);
    event_queue_init(&x->events);
    x->events.now = events_now;
    x->events.rescheduled = events_rescheduled;
    x->events.clock = x;
    const struct cpu_config cfg = {.feat = &x->feat,
                                   .bus = x->bus,
                                   .events = &x->events,
                                   .code = &x->code,
                                   .board = &x->board,
                                   .htlb_keys = &x->keys};
    x->cpu = x->cpus[0] = cpu_create(&cfg);
    x->code.cpus = x->cpus;
    x->code.ncpus = 1;
    x->board.opaque = x;
}

void fixture_destroy(struct fixture *x)
{
    codecache_destroy(&x->code); /* tells the CPUs that its pages go away */
    cpu_destroy(x->cpu);
    event_queue_destroy(&x->events);
    bus_destroy(x->bus);
}

void fixture_changed(struct fixture *x)
{
    cpu_context_changed(x->cpu, EFFECT_MMU | EFFECT_TRAPS | EFFECT_IRQ | EFFECT_DEBUG);
}

void fixture_reset(struct fixture *x, unsigned el, uint64_t pc)
{
    struct cpu *c = x->cpu;
    cpu_reset(c, el, pc);
    c->spsel = el != 0;
    c->daif = 0;
    c->lines = 0;
    c->power = CPU_ON;
    fixture_changed(x);
}

void fixture_put64(struct fixture *x, uint64_t pa, uint64_t value)
{
    bus_load(x->bus, pa, &value, sizeof(value));
    if (x->touched_count < FIXTURE_WORDS)
        x->touched[x->touched_count++] = pa;
}

void fixture_clear(struct fixture *x)
{
    static const uint64_t zero;
    for (unsigned n = 0; n < x->touched_count; n++)
        bus_load(x->bus, x->touched[n], &zero, sizeof(zero));
    x->touched_count = 0;
}

void fixture_put_insn(struct fixture *x, uint64_t pa, uint32_t insn)
{
    bus_load(x->bus, pa, &insn, sizeof(insn));
}

void fixture_step(struct fixture *x)
{
    struct cpu *c = x->cpu;
    c->slice_insns = 1;
    c->budget = 1;
    c->attention &= ATT_IRQ | ATT_DEBUG;
    if (c->attention & ATT_IRQ)
        interrupt_take(c);
    else if (!(c->attention & ATT_DEBUG) || !debug_before_insn(c)) {
        engine_step(c);
        debug_after_insn(c);
    }
    c->insns += c->slice_insns - (uint64_t)c->budget;
    c->slice_insns = 0;
    c->budget = 0;
    c->cur = NULL;
    codecache_bury(&x->code);
}
