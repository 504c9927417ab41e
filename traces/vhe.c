/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The log of a hypervisor's life. See vhe.h. A line is
 *
 *     INSTRUCTIONS cpuN KIND FROM -> TO  text
 *
 * exit, enter   between a guest (regime EL1&0) and EL2; trap, return: other changes of Exception level
 * switch        control registers that have changed since the last switch, old -> new; written when HCR_EL2's
 * VM, TGE or E2H changes, and before a guest is entered reach         an access that reached another register
 * than it names, or memory tlbi          TLB maintenance, with the entries that it dropped on each CPU virq
 * a virtual interrupt becomes pending, is acknowledged
 */
#include "traces/vhe.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "base/log.h"
#include "traces/repeats.h"

/* What a world switch changes. Written by EL2 or EL3, else it is the guest's own business. */
static const char *const controls[] = {
    "HCR_EL2",      "HCRX_EL2",     "VTTBR_EL2",     "VTCR_EL2",    "VSTTBR_EL2",  "VSTCR_EL2",
    "VNCR_EL2",     "VPIDR_EL2",    "VMPIDR_EL2",    "CPTR_EL2",    "MDCR_EL2",    "HSTR_EL2",
    "CNTHCTL_EL2",  "CNTVOFF_EL2",  "CNTPOFF_EL2",   "HFGRTR_EL2",  "HFGWTR_EL2",  "HFGITR_EL2",
    "HDFGRTR_EL2",  "HDFGWTR_EL2",  "HFGRTR2_EL2",   "HFGWTR2_EL2", "HFGITR2_EL2", "HDFGRTR2_EL2",
    "HDFGWTR2_EL2", "ICH_HCR_EL2",  "ICH_VMCR_EL2",  "ICH_LR0_EL2", "ICH_LR1_EL2", "ICH_LR2_EL2",
    "ICH_LR3_EL2",  "SCTLR_EL1",    "SCTLR2_EL1",    "TCR_EL1",     "TCR2_EL1",    "TTBR0_EL1",
    "TTBR1_EL1",    "MAIR_EL1",     "VBAR_EL1",      "CPACR_EL1",   "CNTKCTL_EL1", "CONTEXTIDR_EL1",
    "SP_EL1",       "TPIDR_EL1",    "ELR_EL1",       "SPSR_EL1",    "PIR_EL1",     "PIRE0_EL1",
    "POR_EL1",      "CNTV_CTL_EL0", "CNTV_CVAL_EL0", "SCR_EL3",     "SCTLR_EL2",   "TCR_EL2",
    "TTBR0_EL2",    "VBAR_EL2",
};
enum { HCR = 0, CONTROLS = ARRAY_LEN(controls) };

static const struct {
    uint8_t bit;
    const char *name;
} hcr_bits[] = {
    {0, "VM"},      {1, "SWIO"},    {2, "PTW"},     {3, "FMO"},    {4, "IMO"},       {5, "AMO"},
    {6, "VF"},      {7, "VI"},      {8, "VSE"},     {9, "FB"},     {12, "DC"},       {13, "TWI"},
    {14, "TWE"},    {15, "TID0"},   {16, "TID1"},   {17, "TID2"},  {18, "TID3"},     {19, "TSC"},
    {20, "TIDCP"},  {21, "TACR"},   {22, "TSW"},    {23, "TPCP"},  {24, "TPU"},      {25, "TTLB"},
    {26, "TVM"},    {27, "TGE"},    {28, "TDZ"},    {29, "HCD"},   {30, "TRVM"},     {31, "RW"},
    {32, "CD"},     {33, "ID"},     {34, "E2H"},    {35, "TLOR"},  {36, "TERR"},     {37, "TEA"},
    {40, "APK"},    {41, "API"},    {42, "NV"},     {43, "NV1"},   {44, "AT"},       {45, "NV2"},
    {46, "FWB"},    {47, "FIEN"},   {49, "TID4"},   {50, "TICAB"}, {51, "AMVOFFEN"}, {52, "TOCU"},
    {53, "EnSCXT"}, {54, "TTLBIS"}, {55, "TTLBOS"}, {56, "ATA"},   {57, "DCT"},      {58, "TID5"},
    {59, "TWEDEn"},
};
#define HCR_WORLD (BIT(0) | BIT(27) | BIT(34)) /* VM, TGE, E2H */

/* What is known of a CPU's control registers: only what was written while somebody listened. */
struct control {
    uint64_t value, old; /* now; when the last switch was told */
    bool known, known_old, written;
};

struct vhe {
    FILE *out;
    const char *file;
    struct repeats repeats;
    struct control (*control)[CONTROLS]; /* per CPU */
    struct {
        bool pending;
        uint64_t count;
        unsigned cpu, dropped;
        char text[128], hits[192];
    } tlbi; /* until all CPUs have received it */
};

/* ---- lines ---- */

struct text {
    char *at;
    size_t left;
};

static PRINTF_LIKE(2, 3) void append(struct text *t, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(t->at, t->left, fmt, args);
    va_end(args);
    size_t used = n < 0 ? 0 : (size_t)n < t->left ? (size_t)n : t->left - 1;
    t->at += used;
    t->left -= used;
}

/* Tells a TLBI that was waiting for what it hit. */
static void settle(struct vhe *s)
{
    char line[REPEATS_TEXT];
    if (!s->tlbi.pending)
        return;
    s->tlbi.pending = false;
    snprintf(line, sizeof(line), "cpu%u %-6s %s: %u entr%s%s", s->tlbi.cpu, "tlbi", s->tlbi.text,
             s->tlbi.dropped, s->tlbi.dropped == 1 ? "y" : "ies", s->tlbi.hits);
    repeats_add(&s->repeats, s->tlbi.count, line);
}

static PRINTF_LIKE(4, 5) void say(struct vhe *s, const struct trace_cpu *c, const char *kind, const char *fmt,
                                  ...)
{
    char line[REPEATS_TEXT];
    settle(s);
    int n = snprintf(line, sizeof(line), "cpu%u %-6s ", c->index, kind);
    va_list args;
    va_start(args, fmt);
    vsnprintf(line + n, sizeof(line) - (size_t)n, fmt, args);
    va_end(args);
    repeats_add(&s->repeats, c->insns(c), line);
}

/* ---- world switches ---- */

static void hcr_changes(struct text *t, uint64_t old, uint64_t new)
{
    const char *sep = " (";
    for (unsigned n = 0; n < ARRAY_LEN(hcr_bits); n++) {
        if (!((old ^ new) >> hcr_bits[n].bit & 1))
            continue;
        append(t, "%s%c%s", sep, new >> hcr_bits[n].bit & 1 ? '+' : '-', hcr_bits[n].name);
        sep = " ";
    }
    if (sep[1] == '\0')
        append(t, ")");
}

static void change(struct text *t, unsigned reg, const struct control *k)
{
    append(t, "  %s ", controls[reg]);
    if (k->known_old)
        append(t, "%" PRIx64, k->old);
    else
        append(t, "?");
    append(t, " -> %" PRIx64, k->value);
    if (reg == HCR && k->known_old)
        hcr_changes(t, k->old, k->value);
    if (strcmp(controls[reg], "VTTBR_EL2") == 0)
        append(t, " (VMID %u)", (unsigned)(k->value >> 48));
}

/* Tells what was changed since the last time. */
static void world_switch(struct vhe *s, const struct trace_cpu *c)
{
    char buf[REPEATS_TEXT];
    struct text t = {buf, sizeof(buf)};
    for (unsigned n = 0; n < CONTROLS; n++) {
        struct control *k = &s->control[c->index][n];
        if (k->written && (!k->known_old || k->old != k->value))
            change(&t, n, k);
        if (k->written)
            *k = (struct control){.value = k->value, .old = k->value, .known = true, .known_old = true};
    }
    if (t.at != buf)
        say(s, c, "switch", "EL%u%s", c->where.el, buf);
}

static void on_write(struct vhe *s, const struct trace_cpu *c, const struct trace_sysreg *e)
{
    for (unsigned n = 0; n < CONTROLS; n++) {
        struct control *k = &s->control[c->index][n];
        if (strcmp(e->reached, controls[n]) != 0)
            continue;
        uint64_t before = k->value;
        bool known = k->known;
        k->value = e->value;
        k->known = k->written = true;
        if (n == HCR && (!known || ((before ^ e->value) & HCR_WORLD)))
            world_switch(s, c);
        return;
    }
}

static void on_sysreg(void *opaque, const struct trace_cpu *c, const struct trace_sysreg *e)
{
    struct vhe *s = opaque;
    if (e->instruction)
        return;
    if (e->memory)
        say(s, c, "reach", "EL%u %s %s -> memory at %" PRIx64 "  %" PRIx64 "  %s", c->where.el,
            e->write ? "write" : "read ", e->name, e->address, e->value, e->rule);
    else if (e->rule != NULL)
        say(s, c, "reach", "EL%u %s %s -> %s  %" PRIx64 "  %s", c->where.el, e->write ? "write" : "read ",
            e->name, e->reached, e->value, e->rule);
    if (e->write && !e->memory && c->where.el >= 2)
        on_write(s, c, e);
}

/* ---- Exception levels ---- */

/* Not a host's application: that is in regime EL2&0. */
static bool is_guest(const struct trace_where *w)
{
    return w->el < 2 && w->regime == 0;
}

static void identity(struct text *t, const struct trace_where *w)
{
    append(t, "%s%s", trace_regime_name(w->regime), w->secure ? " secure" : "");
    if (w->stage2)
        append(t, " VMID %u", w->vmid);
}

static void on_exception(void *opaque, const struct trace_cpu *c, const struct trace_exception *e)
{
    struct vhe *s = opaque;
    char buf[REPEATS_TEXT];
    struct text t = {buf, sizeof(buf)};
    if (e->from.el == c->where.el)
        return;
    append(&t, "EL%u -> EL%u  ", e->from.el, c->where.el);
    identity(&t, &e->from);
    append(&t, "  at %" PRIx64 "  ", e->elr);
    const char *class = e->has_esr ? trace_class_name(e->esr >> 26 & 63) : NULL;
    const char *cause = e->cause != NULL ? e->cause : e->name;
    if (class != NULL && strcmp(class, cause) != 0)
        append(&t, "%s: ", class);
    append(&t, "%s", cause);
    if (e->route != NULL)
        append(&t, "; %s", e->route);
    if (e->has_esr)
        append(&t, "  ESR %" PRIx64, e->esr);
    if (e->has_far)
        append(&t, "  FAR %" PRIx64, e->far);
    if (e->has_hpfar)
        append(&t, "  IPA %" PRIx64, bits(e->hpfar, 43, 4) << 12);
    say(s, c, is_guest(&e->from) && c->where.el == 2 ? "exit" : "trap", "%s", buf);
}

static void on_eret(void *opaque, const struct trace_cpu *c, const struct trace_eret *e)
{
    struct vhe *s = opaque;
    char buf[REPEATS_TEXT];
    struct text t = {buf, sizeof(buf)};
    bool enters = e->from.el == 2 && is_guest(&c->where);
    if (e->illegal != NULL)
        say(s, c, "return", "EL%u illegal: %s", e->from.el, e->illegal);
    if (e->from.el == c->where.el)
        return;
    if (enters)
        world_switch(s, c);
    append(&t, "EL%u -> EL%u  ", e->from.el, c->where.el);
    identity(&t, &c->where);
    say(s, c, enters ? "enter" : "return", "%s  at %" PRIx64, buf, e->target);
}

/* ---- TLBs, interrupts, the rest ---- */

static void issued(struct vhe *s, const struct trace_cpu *c, const struct trace_tlbi *e)
{
    static const char *const share[] = {"local", "inner", "outer"};
    struct text t = {s->tlbi.text, sizeof(s->tlbi.text)};
    settle(s);
    s->tlbi.pending = true;
    s->tlbi.count = c->insns(c);
    s->tlbi.cpu = c->index;
    s->tlbi.dropped = 0;
    s->tlbi.hits[0] = '\0';
    append(&t, "EL%u %s %s %s VMID %u ASID %u", c->where.el, e->name, e->share < 3 ? share[e->share] : "?",
           trace_regime_name(e->regime), e->vmid, e->asid);
    if (e->size != 0)
        append(&t, " %" PRIx64, e->va);
    if (e->size > 1) /* a range, not the page that it is in */
        append(&t, "+%" PRIx64, e->size);
}

static void on_tlbi(void *opaque, const struct trace_cpu *c, const struct trace_tlbi *e)
{
    struct vhe *s = opaque;
    if (!e->received) {
        issued(s, c, e);
        return;
    }
    if (!s->tlbi.pending || e->dropped == 0)
        return;
    size_t used = strlen(s->tlbi.hits);
    s->tlbi.dropped += e->dropped;
    if (s->tlbi.cpu != c->index || used != 0)
        snprintf(s->tlbi.hits + used, sizeof(s->tlbi.hits) - used, ", cpu%u %u", c->index, e->dropped);
}

static void on_interrupt(void *opaque, const struct trace_cpu *c, const struct trace_interrupt *e)
{
    if (e->what == TRACE_IRQ_LINE && e->line[0] == 'v' && e->level)
        say(opaque, c, "virq", "%s pending", e->line);
    else if (e->what == TRACE_IRQ_ACK && e->is_virtual)
        say(opaque, c, "virq", "INTID %" PRIu32 " acknowledged", e->intid);
}

static void on_power(void *opaque, const struct trace_cpu *c, const struct trace_power *e)
{
    if (strcmp(e->state, "on") == 0 || strcmp(e->state, "off") == 0)
        say(opaque, c, "power", "%s", e->state);
}

static void on_state(void *opaque, const struct trace_cpu *c, const struct trace_state *e)
{
    struct vhe *s = opaque;
    memset(s->control[c->index], 0, sizeof(s->control[0]));
    say(s, c, "state", "%s, at EL%u", e->reason, c->where.el);
}

static void on_note(void *opaque, const struct trace_cpu *c, const struct trace_note *e)
{
    say(opaque, c, "note", "%s", e->text);
}

static void on_close(void *opaque)
{
    struct vhe *s = opaque;
    settle(s);
    repeats_flush(&s->repeats);
    sink_file_close("vhe", s->file, s->out);
    free(s->control);
    free(s);
}

void vhe_open(const struct sink_config *cfg, struct tracer *t)
{
    FILE *out = sink_file_open("vhe", cfg->file);
    struct vhe *s = xcalloc(1, sizeof(*s));
    s->out = out;
    s->file = cfg->file;
    s->control = xcalloc(cfg->n_cpus, sizeof(s->control[0]));
    repeats_start(&s->repeats, out, sink_option(cfg, "every") != NULL);
    *t = (struct tracer){.opaque = s,
                         .exception = on_exception,
                         .eret = on_eret,
                         .sysreg = on_sysreg,
                         .tlbi = on_tlbi,
                         .interrupt = on_interrupt,
                         .power = on_power,
                         .state = on_state,
                         .note = on_note,
                         .close = on_close};
}
