/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The timeline sink. See timeline.h. Slices are pairs of events B and E, written as they happen; on each
 * track time doesn't go back, and slices nest.
 */
#include "traces/timeline.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "traces/chrome.h"
#include "traces/reason.h"

/* Tracks that every CPU may have; `slot` of a tid. */
enum slot { SLOT_WORLD = 1, SLOT_EL, SLOT_EXCEPTIONS, SLOT_POWER, SLOT_TLBI, SLOT_NOTES, SLOT_OTHERS };

enum { CPU_TIDS = 100000, MAX_NESTED = 24, INTID_LPI = 8192 };

/* A track that is there once it is used: a line, a timer, an interrupt of the physical or virtual interface.
 */
struct extra {
    const char *name; /* static text, of lines and timers; NULL: of interrupts */
    uint32_t intid;
    bool is_virtual, open;
    uint64_t eoi; /* ns; 0: none yet */
};

struct nested {
    uint8_t from, to; /* Exception levels */
    uint64_t insns;
};

struct line {
    bool named[SLOT_OTHERS];
    bool el_open, asleep;
    struct trace_where el;
    uint64_t el_insns;

    enum { NO_WORLD, IN_GUEST, IN_EXIT } world;
    uint16_t vmid;
    uint64_t world_insns;

    struct nested nested[MAX_NESTED];
    unsigned n_nested;

    struct extra *extra;
    unsigned n_extras;
};

struct timeline {
    struct sink_config cfg;
    struct chrome *out;
    struct line *cpu;
    uint64_t latest; /* ns, of any CPU */
};

/* ---- tracks ---- */

static uint64_t now(struct timeline *t, const struct trace_cpu *c)
{
    uint64_t ns = c->ns(c);
    if (ns > t->latest)
        t->latest = ns;
    return ns;
}

static chrome_tid tid_of(const struct trace_cpu *c, unsigned slot)
{
    return (c->index + 1) * CPU_TIDS + slot;
}

/* The tid of one of the fixed tracks, whose name is told the first time. */
static chrome_tid track(struct timeline *t, const struct trace_cpu *c, enum slot slot)
{
    static const char *const names[] = {
        [SLOT_WORLD] = "world", [SLOT_EL] = "EL",     [SLOT_EXCEPTIONS] = "exceptions",
        [SLOT_POWER] = "power", [SLOT_TLBI] = "TLBI", [SLOT_NOTES] = "notes",
    };
    struct line *l = &t->cpu[c->index];
    if (!l->named[slot])
        chrome_name(t->out, tid_of(c, slot), "thread_name", "CPU %u: %s", c->index, names[slot]);
    l->named[slot] = true;
    return tid_of(c, slot);
}

static void begin(struct timeline *t, const struct trace_cpu *c, enum slot slot, const char *name,
                  const char *category)
{
    chrome_tid tid = track(t, c, slot); /* may write a name: before the event */
    chrome_event(t->out, 'B', tid, now(t, c), name, category);
}

/* `since`: instructions of the CPU when the slice began. */
static void end(struct timeline *t, const struct trace_cpu *c, enum slot slot, uint64_t since)
{
    chrome_event(t->out, 'E', tid_of(c, slot), now(t, c), NULL, NULL);
    chrome_number(t->out, "instructions", c->insns(c) - since);
}

/* Finds or makes the track of a line or timer (by its name) or of an interrupt. */
static struct extra *extra(struct timeline *t, const struct trace_cpu *c, const char *name, uint32_t intid,
                           bool is_virtual, chrome_tid *tid)
{
    struct line *l = &t->cpu[c->index];
    unsigned n = 0;
    for (; n < l->n_extras; n++) {
        const struct extra *x = &l->extra[n];
        if (name != NULL ? x->name != NULL && strcmp(x->name, name) == 0
                         : x->name == NULL && x->intid == intid && x->is_virtual == is_virtual)
            break;
    }
    *tid = tid_of(c, SLOT_OTHERS + n);
    if (n < l->n_extras)
        return &l->extra[n];
    l->extra = xrealloc(l->extra, ++l->n_extras * sizeof(*l->extra));
    l->extra[n] = (struct extra){.name = name, .intid = intid, .is_virtual = is_virtual};
    if (name != NULL)
        chrome_name(t->out, *tid, "thread_name", "CPU %u: %s", c->index, name);
    else
        chrome_name(t->out, *tid, "thread_name", "CPU %u: %s %u", c->index, is_virtual ? "vINTID" : "INTID",
                    intid);
    return &l->extra[n];
}

/* Opens or closes the one slice of such a track. */
static bool switch_extra(struct timeline *t, const struct trace_cpu *c, struct extra *x, chrome_tid tid,
                         bool on, const char *name, const char *category)
{
    if (x->open == on)
        return false;
    x->open = on;
    chrome_event(t->out, on ? 'B' : 'E', tid, now(t, c), on ? name : NULL, category);
    return true;
}

/* ---- Exception levels and worlds ---- */

static void where_arguments(struct timeline *t, const struct trace_where *w)
{
    chrome_text(t->out, "regime", trace_regime_name(w->regime));
    chrome_number(t->out, "E2H", w->e2h);
    chrome_number(t->out, "TGE", w->tge);
    if (w->stage2)
        chrome_number(t->out, "VMID", w->vmid);
    chrome_number(t->out, "ASID", w->asid);
}

/* The same track section: a change of ASID is told with the next. */
static bool same_el(const struct trace_where *a, const struct trace_where *b)
{
    return a->el == b->el && a->regime == b->regime && a->secure == b->secure && a->e2h == b->e2h &&
           a->tge == b->tge && a->stage2 == b->stage2 && (!a->stage2 || a->vmid == b->vmid);
}

static void show_el(struct timeline *t, const struct trace_cpu *c)
{
    struct line *l = &t->cpu[c->index];
    char text[REASON_TEXT];
    if (l->el_open && same_el(&l->el, &c->where))
        return;
    if (l->el_open)
        end(t, c, SLOT_EL, l->el_insns);
    l->el_open = true;
    l->el = c->where;
    l->el_insns = c->insns(c);
    begin(t, c, SLOT_EL, where_text(&c->where, text), "el");
    where_arguments(t, &c->where);
}

static void leave_world(struct timeline *t, const struct trace_cpu *c)
{
    struct line *l = &t->cpu[c->index];
    if (l->world != NO_WORLD)
        end(t, c, SLOT_WORLD, l->world_insns);
    l->world = NO_WORLD;
    l->world_insns = c->insns(c);
}

static void enter_guest(struct timeline *t, const struct trace_cpu *c)
{
    struct line *l = &t->cpu[c->index];
    char text[REASON_TEXT];
    if (l->world == IN_GUEST && l->vmid == c->where.vmid)
        return;
    leave_world(t, c);
    snprintf(text, sizeof(text), "VMID %u", c->where.vmid);
    begin(t, c, SLOT_WORLD, text, "guest");
    l->world = IN_GUEST;
    l->vmid = c->where.vmid;
}

static void on_context(void *opaque, const struct trace_cpu *c, const struct trace_context *e)
{
    struct timeline *t = opaque;
    (void)e;
    show_el(t, c);
    if (where_in_guest(&c->where))
        enter_guest(t, c);
}

/* ---- exceptions ---- */

static void syndrome_arguments(struct timeline *t, const struct trace_cpu *c, const struct trace_exception *e)
{
    char text[SINK_TEXT];
    uint64_t offset;
    if (e->cause != NULL)
        chrome_text(t->out, "because", e->cause);
    if (e->has_esr)
        chrome_hex(t->out, "ESR", e->esr);
    if (e->has_far)
        chrome_hex(t->out, "FAR", e->far);
    if (e->has_hpfar)
        chrome_hex(t->out, "IPA", e->hpfar >> 4 << 12 & ((UINT64_C(1) << 52) - 1));
    chrome_hex(t->out, "ELR", e->elr);
    const char *symbol = t->cfg.symbol != NULL ? t->cfg.symbol(t->cfg.opaque, e->elr, &offset) : NULL;
    if (symbol != NULL)
        chrome_text(t->out, "in", symbol);
    if (e->has_esr && c->insn.raw != 0 && t->cfg.disassemble != NULL)
        chrome_text(t->out, "instruction", t->cfg.disassemble(t->cfg.opaque, c->insn.raw, c->insn.va, text));
}

static void leave_guest(struct timeline *t, const struct trace_cpu *c, const struct trace_exception *e,
                        const char *reason)
{
    struct line *l = &t->cpu[c->index];
    char text[REASON_TEXT + 8];
    leave_world(t, c);
    snprintf(text, sizeof(text), "exit: %s", reason);
    begin(t, c, SLOT_WORLD, text, "exit");
    chrome_number(t->out, "VMID", e->from.vmid);
    syndrome_arguments(t, c, e);
    if (reason_class(e) == 0x16 && e->has_esr)
        chrome_hex(t->out, "X0", c->x[0]); /* the function, by the SMC calling convention */
    l->world = IN_EXIT;
}

static void on_exception(void *opaque, const struct trace_cpu *c, const struct trace_exception *e)
{
    struct timeline *t = opaque;
    struct line *l = &t->cpu[c->index];
    char reason[REASON_TEXT], text[REASON_TEXT];
    reason_text(e, reason);
    if (l->n_nested < MAX_NESTED) {
        begin(t, c, SLOT_EXCEPTIONS, reason, "exception");
        l->nested[l->n_nested++] = (struct nested){e->from.el, c->where.el, c->insns(c)};
    } else { /* nobody returns from them */
        chrome_event(t->out, 'i', tid_of(c, SLOT_EXCEPTIONS), now(t, c), reason, "exception");
    }
    chrome_text(t->out, "from", where_text(&e->from, text));
    chrome_text(t->out, "to", where_text(&c->where, text));
    if (e->route != NULL)
        chrome_text(t->out, "routed by", e->route);
    syndrome_arguments(t, c, e);
    if (where_in_guest(&e->from) && !where_in_guest(&c->where))
        leave_guest(t, c, e, reason);
}

/* Ends what the return is from: to the same Exception level, the latest exception; to a lower one, all that
 * were taken at or above that and below the one that is left. One to a level above is still being handled: a
 * guest runs within its host's ioctl(). */
static void on_eret(void *opaque, const struct trace_cpu *c, const struct trace_eret *e)
{
    struct timeline *t = opaque;
    struct line *l = &t->cpu[c->index];
    while (l->n_nested > 0) {
        const struct nested *n = &l->nested[l->n_nested - 1];
        if (n->from < c->where.el || n->to > e->from.el)
            break;
        l->n_nested--;
        end(t, c, SLOT_EXCEPTIONS, n->insns);
        if (c->where.el == e->from.el)
            break;
    }
}

/* ---- interrupts, timers, power ---- */

/* An interrupt is active from its acknowledge to its deactivation; LPIs, which have no such state, to the end
 * of interrupt. If that was not seen (another CPU's doing, or a write to GICD_ICACTIVER), to the next
 * acknowledge. */
static void show_interrupt(struct timeline *t, const struct trace_cpu *c, const struct trace_interrupt *e)
{
    chrome_tid tid;
    char text[32];
    struct extra *x = extra(t, c, NULL, e->intid, e->is_virtual, &tid);
    const char *category = e->is_virtual ? "virtual interrupt" : "interrupt";
    snprintf(text, sizeof(text), "INTID %u", e->intid);
    if (e->what == TRACE_IRQ_ACK) {
        switch_extra(t, c, x, tid, false, NULL, NULL);
        switch_extra(t, c, x, tid, true, text, category);
        chrome_number(t->out, "priority", e->priority);
        x->eoi = 0;
    } else if (e->what == TRACE_IRQ_EOI && e->intid < INTID_LPI) {
        x->eoi = now(t, c);
    } else if (switch_extra(t, c, x, tid, false, NULL, NULL) && x->eoi != 0 && x->eoi < now(t, c)) {
        chrome_number(t->out, "ns since end of interrupt", now(t, c) - x->eoi);
    }
}

static void on_interrupt(void *opaque, const struct trace_cpu *c, const struct trace_interrupt *e)
{
    static const char *const names[][2] = {
        {"line IRQ", "IRQ"}, {"line FIQ", "FIQ"}, {"line vIRQ", "vIRQ"}, {"line vFIQ", "vFIQ"}};
    struct timeline *t = opaque;
    chrome_tid tid;
    if (e->what == TRACE_IRQ_LINE) {
        for (unsigned n = 0; n < 4; n++) {
            if (strcmp(names[n][1], e->line) == 0) {
                struct extra *x = extra(t, c, names[n][0], 0, false, &tid);
                switch_extra(t, c, x, tid, e->level, "asserted", "line");
            }
        }
    } else if (e->what != TRACE_IRQ_WIRE) {
        show_interrupt(t, c, e);
    }
}

static void on_timer(void *opaque, const struct trace_cpu *c, const struct trace_timer *e)
{
    struct timeline *t = opaque;
    chrome_tid tid;
    struct extra *x = extra(t, c, e->name, 0, false, &tid);
    if (switch_extra(t, c, x, tid, e->level, "fired", "timer") && e->level)
        chrome_number(t->out, "INTID", e->intid);
}

static void on_power(void *opaque, const struct trace_cpu *c, const struct trace_power *e)
{
    struct timeline *t = opaque;
    struct line *l = &t->cpu[c->index];
    if (l->asleep)
        chrome_event(t->out, 'E', tid_of(c, SLOT_POWER), now(t, c), NULL, NULL);
    l->asleep = strcmp(e->state, "on") != 0 && strcmp(e->state, "awake") != 0;
    if (l->asleep)
        begin(t, c, SLOT_POWER, e->state, "power");
}

/* ---- moments ---- */

static void on_tlbi(void *opaque, const struct trace_cpu *c, const struct trace_tlbi *e)
{
    struct timeline *t = opaque;
    if (e->received)
        return;
    chrome_tid tid = track(t, c, SLOT_TLBI);
    chrome_event(t->out, 'i', tid, now(t, c), e->name, "tlbi");
    chrome_text(t->out, "regime", trace_regime_name(e->regime));
    chrome_number(t->out, "VMID", e->vmid);
    chrome_number(t->out, "ASID", e->asid);
    if (e->size != 0) {
        chrome_hex(t->out, "address", e->va);
        chrome_hex(t->out, "bytes", e->size);
    }
}

static void moment(struct timeline *t, const struct trace_cpu *c, const char *text)
{
    chrome_tid tid = track(t, c, SLOT_NOTES);
    chrome_event(t->out, 'i', tid, now(t, c), text, "note");
}

static void on_state(void *opaque, const struct trace_cpu *c, const struct trace_state *e)
{
    moment(opaque, c, e->reason);
}

static void on_note(void *opaque, const struct trace_cpu *c, const struct trace_note *e)
{
    moment(opaque, c, e->text);
}

/* ---- begin and end ---- */

/* Slices that are still open end with the trace. */
static void close_cpu(struct timeline *t, unsigned index)
{
    struct line *l = &t->cpu[index];
    const struct trace_cpu c = {.index = index};
    const bool open[] = {
        [SLOT_WORLD] = l->world != NO_WORLD, [SLOT_EL] = l->el_open, [SLOT_POWER] = l->asleep};
    for (unsigned slot = 0; slot < sizeof(open); slot++)
        if (open[slot])
            chrome_event(t->out, 'E', tid_of(&c, slot), t->latest, NULL, NULL);
    while (l->n_nested > 0) {
        l->n_nested--;
        chrome_event(t->out, 'E', tid_of(&c, SLOT_EXCEPTIONS), t->latest, NULL, NULL);
    }
    for (unsigned n = 0; n < l->n_extras; n++)
        if (l->extra[n].open)
            chrome_event(t->out, 'E', tid_of(&c, SLOT_OTHERS + n), t->latest, NULL, NULL);
    free(l->extra);
}

static void on_close(void *opaque)
{
    struct timeline *t = opaque;
    for (unsigned n = 0; n < t->cfg.n_cpus; n++)
        close_cpu(t, n);
    if (!chrome_close(t->out))
        warn("--trace timeline:%s: not everything could be written", t->cfg.file);
    free(t->cpu);
    free(t);
}

void timeline_open(const struct sink_config *cfg, struct tracer *tracer)
{
    struct timeline *t = xcalloc(1, sizeof(*t));
    t->cfg = *cfg;
    t->cpu = xcalloc(cfg->n_cpus, sizeof(*t->cpu));
    t->out = chrome_open(cfg->file);
    if (t->out == NULL)
        user_error("--trace timeline:%s: %s", cfg->file, strerror(errno));
    chrome_about(t->out, "program", "el2sim");
    chrome_about(t->out, "cpu", "%s", cfg->cpu);
    chrome_about(t->out, "cpus", "%u", cfg->n_cpus);
    chrome_name(t->out, 0, "process_name", "machine");
    *tracer = (struct tracer){.opaque = t,
                              .exception = on_exception,
                              .eret = on_eret,
                              .context = on_context,
                              .tlbi = on_tlbi,
                              .interrupt = on_interrupt,
                              .timer = on_timer,
                              .power = on_power,
                              .state = on_state,
                              .note = on_note,
                              .close = on_close};
}
