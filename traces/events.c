/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Events as lines of text. See events.h. An instruction's line comes first, with its address and disassembly;
 * what it did follows, a line for each: registers, memory, and whatever else happened.
 */
#include "traces/events.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

struct events {
    FILE *out;
    bool owned;
    struct sink_config cfg;
};

static void where(FILE *out, const struct trace_where *w)
{
    fprintf(out, "EL%u%s %s", w->el, w->spsel || w->el == 0 ? "" : "t", trace_regime_name(w->regime));
    if (w->secure)
        fputs(" secure", out);
    if (w->stage2)
        fprintf(out, " vmid=%u", w->vmid);
    if (w->regime < 2)
        fprintf(out, " asid=%u", w->asid);
}

static void begin(struct events *s, const struct trace_cpu *c, const char *what)
{
    fprintf(s->out, "%" PRIu64 " cpu%u %s ", c->insns(c), c->index, what);
}

static void on_insn(void *opaque, const struct trace_cpu *c, const struct trace_insn *i)
{
    struct events *s = opaque;
    char text[SINK_TEXT];
    fprintf(s->out, "%" PRIu64 " cpu%u EL%u %016" PRIx64 " %08x %s\n", c->insns(c), c->index, c->where.el,
            i->va, i->raw,
            s->cfg.disassemble != NULL ? s->cfg.disassemble(s->cfg.opaque, i->raw, i->va, text) : "");
}

static void on_done(void *opaque, const struct trace_cpu *c, const struct trace_insn *i)
{
    struct events *s = opaque;
    uint8_t list[TRACE_MAX_WRITES];
    unsigned n = c->writes(c, list);
    (void)i;
    for (unsigned k = 0; k < n; k++) {
        uint64_t high, low = trace_read(c, list[k], &high);
        begin(s, c, "  ");
        if (list[k] >= TRACE_V && list[k] < TRACE_NZCV)
            fprintf(s->out, "%s %016" PRIx64 "_%016" PRIx64 "\n", trace_reg_name(list[k]), high, low);
        else
            fprintf(s->out, "%s %016" PRIx64 "\n", trace_reg_name(list[k]), low);
    }
}

static void on_memory(void *opaque, const struct trace_cpu *c, const struct trace_memory *e)
{
    static const char *const access[] = {"", " exclusive", " atomic", " tags", " in place of a register"};
    struct events *s = opaque;
    begin(s, c, e->write ? "   write" : "   read");
    fprintf(s->out, "%016" PRIx64 ":%" PRIx64 " %u%s ", e->va, e->pa, e->size, access[e->access]);
    for (uint32_t k = e->size; k-- > 0;)
        fprintf(s->out, "%02x", e->data[k]);
    putc('\n', s->out);
}

static void on_exception(void *opaque, const struct trace_cpu *c, const struct trace_exception *e)
{
    struct events *s = opaque;
    begin(s, c, "exception");
    fprintf(s->out, "%s: %s; from ", e->name,
            e->cause != NULL ? e->cause : trace_class_name(e->esr >> 26 & 63));
    where(s->out, &e->from);
    fputs(" to ", s->out);
    where(s->out, &c->where);
    fprintf(s->out, " (%s), vector %" PRIx64 " ELR %" PRIx64 " SPSR %x", e->route, e->vector, e->elr,
            e->spsr);
    if (e->has_esr)
        fprintf(s->out, " ESR %" PRIx64, e->esr);
    if (e->has_far)
        fprintf(s->out, " FAR %" PRIx64, e->far);
    if (e->has_hpfar)
        fprintf(s->out, " HPFAR %" PRIx64, e->hpfar);
    putc('\n', s->out);
}

static void on_eret(void *opaque, const struct trace_cpu *c, const struct trace_eret *e)
{
    struct events *s = opaque;
    begin(s, c, "return");
    where(s->out, &e->from);
    fputs(" to ", s->out);
    where(s->out, &c->where);
    fprintf(s->out, " at %" PRIx64 " SPSR %x%s%s\n", e->target, e->spsr,
            e->illegal != NULL ? ", illegal: " : "", e->illegal != NULL ? e->illegal : "");
}

static void on_sysreg(void *opaque, const struct trace_cpu *c, const struct trace_sysreg *e)
{
    struct events *s = opaque;
    begin(s, c, e->instruction ? "system" : e->write ? "MSR" : "MRS");
    fprintf(s->out, "%s %016" PRIx64, e->name, e->value);
    if (e->memory)
        fprintf(s->out, " is memory at %" PRIx64, e->address);
    else if (e->reached != e->name)
        fprintf(s->out, " reaches %s", e->reached);
    if (e->rule != NULL)
        fprintf(s->out, " (%s)", e->rule);
    putc('\n', s->out);
}

static void on_context(void *opaque, const struct trace_cpu *c, const struct trace_context *e)
{
    struct events *s = opaque;
    (void)e;
    begin(s, c, "context");
    where(s->out, &c->where);
    fprintf(s->out, " E2H=%u TGE=%u\n", c->where.e2h, c->where.tge);
}

static void on_walk(void *opaque, const struct trace_cpu *c, const struct trace_walk *e)
{
    static const char *const steps[] = {"stage", "descriptor", "update", "output", "result"};
    struct events *s = opaque;
    begin(s, c, "walk");
    fprintf(s->out, "%s stage %u%s input %" PRIx64, steps[e->step], e->stage,
            e->for_table ? " for a table" : "", e->input);
    if (e->step == TRACE_WALK_DESCRIPTOR || e->step == TRACE_WALK_UPDATE)
        fprintf(s->out, " level %d at %" PRIx64 ": %016" PRIx64, e->level, e->pa, e->desc);
    if (e->step != TRACE_WALK_STAGE)
        fprintf(s->out, " output %" PRIx64, e->output);
    fprintf(s->out, "%s%s%s\n", e->fault ? " fault" : "", e->rule != NULL ? ": " : "",
            e->rule != NULL ? e->rule : "");
}

static void on_tlb(void *opaque, const struct trace_cpu *c, const struct trace_tlb *e)
{
    struct events *s = opaque;
    begin(s, c, e->evicted ? "TLB evicted" : "TLB entered");
    fprintf(s->out, "%" PRIx64 " to %" PRIx64 " size %" PRIx64 " %s asid=%u vmid=%u\n", e->va, e->pa, e->size,
            trace_regime_name(e->regime), e->asid, e->vmid);
}

static void on_tlbi(void *opaque, const struct trace_cpu *c, const struct trace_tlbi *e)
{
    struct events *s = opaque;
    begin(s, c, e->received ? "TLBI received" : "TLBI");
    fprintf(s->out, "%s %s asid=%u vmid=%u", e->name, trace_regime_name(e->regime), e->asid, e->vmid);
    if (e->size != 0)
        fprintf(s->out, " va %" PRIx64 " size %" PRIx64, e->va, e->size);
    if (e->received)
        fprintf(s->out, ": %u entries", e->dropped);
    putc('\n', s->out);
}

static void on_interrupt(void *opaque, const struct trace_cpu *c, const struct trace_interrupt *e)
{
    static const char *const what[] = {"wire", "line", "acknowledged", "end", "deactivated"};
    struct events *s = opaque;
    begin(s, c, e->is_virtual ? "virtual interrupt" : "interrupt");
    if (e->what == TRACE_IRQ_LINE)
        fprintf(s->out, "%s %s\n", e->line, e->level ? "up" : "down");
    else if (e->what == TRACE_IRQ_WIRE)
        fprintf(s->out, "INTID %u wire %s\n", e->intid, e->level ? "up" : "down");
    else
        fprintf(s->out, "INTID %u %s priority %02x\n", e->intid, what[e->what], e->priority);
}

static void on_timer(void *opaque, const struct trace_cpu *c, const struct trace_timer *e)
{
    struct events *s = opaque;
    begin(s, c, "timer");
    fprintf(s->out, "%s INTID %u %s\n", e->name, e->intid, e->level ? "up" : "down");
}

static void on_power(void *opaque, const struct trace_cpu *c, const struct trace_power *e)
{
    begin(opaque, c, "power");
    fprintf(((struct events *)opaque)->out, "%s\n", e->state);
}

static void on_barrier(void *opaque, const struct trace_cpu *c, const struct trace_barrier *e)
{
    begin(opaque, c, "barrier");
    fprintf(((struct events *)opaque)->out, "%s %u\n", e->name, e->option);
}

static void on_state(void *opaque, const struct trace_cpu *c, const struct trace_state *e)
{
    begin(opaque, c, "state");
    fprintf(((struct events *)opaque)->out, "%s\n", e->reason);
}

static void on_note(void *opaque, const struct trace_cpu *c, const struct trace_note *e)
{
    begin(opaque, c, "note");
    fprintf(((struct events *)opaque)->out, "%s\n", e->text);
}

static void on_close(void *opaque)
{
    struct events *s = opaque;
    if (s->owned)
        sink_file_close("events", s->cfg.file, s->out);
    else
        fflush(s->out);
    free(s);
}

void events_start(FILE *out, const struct sink_config *cfg, struct tracer *t)
{
    struct events *s = xcalloc(1, sizeof(*s));
    *s = (struct events){.out = out, .cfg = *cfg};
    *t = (struct tracer){.opaque = s, .close = on_close};
#define MINE(name, type, speed, what) t->name = on_##name;
    TRACE_EVENTS(MINE)
#undef MINE
}

void events_open(const struct sink_config *cfg, struct tracer *t)
{
    events_start(sink_file_open("events", cfg->file), cfg, t);
    ((struct events *)t->opaque)->owned = true;
}
