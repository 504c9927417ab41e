/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The predictors' life, and events as lists of fields. See codec.h.
 */
#include "traces/codec.h"

#include <stdlib.h>

#include "base/log.h"

void codec_init(struct codec *k, unsigned n_cpus, uint64_t ns_per_insn)
{
    memset(k, 0, sizeof(*k));
    k->n_cpus = n_cpus;
    k->ns_per_insn = ns_per_insn;
    k->cpu = xcalloc(n_cpus, sizeof(k->cpu[0]));
    k->site = xmalloc(SITES_MAX * sizeof(k->site[0]));
    k->slot = xmalloc(SLOTS_MAX * sizeof(k->slot[0]));
    codec_reset(k);
}

void codec_free(struct codec *k)
{
    free(k->cpu);
    free(k->site);
    free(k->slot);
}

void codec_reset(struct codec *k)
{
    memset(k->cpu, 0, k->n_cpus * sizeof(k->cpu[0]));
    memset(&k->site[0], 0, sizeof(k->site[0]));
    k->sites = k->slots = 0;
    k->current = k->n_cpus;
    memset(k->event, 0, sizeof(k->event));
    memset(k->hash, 0, sizeof(k->hash));
    memset(k->word, 0xff, sizeof(k->word));
    memset(k->page, 0xff, sizeof(k->page));
}

/* ---- events ---- */

#define F(type, event, member)                                                                               \
    {                                                                                                        \
        FIELD_##type, offsetof(struct event, member)                                                         \
    }
#define WHERE(event, member)                                                                                 \
    F(U8, event, member.el), F(U8, event, member.regime), F(BOOL, event, member.spsel),                      \
        F(BOOL, event, member.secure), F(BOOL, event, member.stage2), F(BOOL, event, member.e2h),            \
        F(BOOL, event, member.tge), F(U16, event, member.asid), F(U16, event, member.vmid)

static const struct event_field exception[] = {
    F(TEXT, trace_exception, name),    WHERE(trace_exception, from),        F(U64, trace_exception, vector),
    F(U64, trace_exception, elr),      F(U64, trace_exception, esr),        F(U64, trace_exception, far),
    F(U64, trace_exception, hpfar),    F(U32, trace_exception, spsr),       F(BOOL, trace_exception, has_esr),
    F(BOOL, trace_exception, has_far), F(BOOL, trace_exception, has_hpfar), F(TEXT, trace_exception, cause),
    F(TEXT, trace_exception, route),
};
static const struct event_field eret[] = {WHERE(trace_eret, from), F(U64, trace_eret, target),
                                          F(U32, trace_eret, spsr), F(TEXT, trace_eret, illegal)};
static const struct event_field sysreg[] = {F(TEXT, trace_sysreg, name),   F(TEXT, trace_sysreg, reached),
                                            F(TEXT, trace_sysreg, rule),   F(U64, trace_sysreg, value),
                                            F(BOOL, trace_sysreg, write),  F(BOOL, trace_sysreg, instruction),
                                            F(BOOL, trace_sysreg, memory), F(U64, trace_sysreg, address)};
static const struct event_field context[] = {WHERE(trace_context, from)};
static const struct event_field walk[] = {
    F(U8, trace_walk, step),        F(U8, trace_walk, stage),    F(U8, trace_walk, level),
    F(BOOL, trace_walk, for_table), F(BOOL, trace_walk, cached), F(U64, trace_walk, input),
    F(U64, trace_walk, output),     F(U64, trace_walk, pa),      F(U64, trace_walk, desc),
    F(U8, trace_walk, size),        F(U8, trace_walk, attr),     F(U8, trace_walk, prot),
    F(BOOL, trace_walk, fault),     F(TEXT, trace_walk, rule)};
static const struct event_field tlb[] = {
    F(BOOL, trace_tlb, evicted), F(BOOL, trace_tlb, stage2_only), F(BOOL, trace_tlb, global),
    F(U8, trace_tlb, regime),    F(U16, trace_tlb, asid),         F(U16, trace_tlb, vmid),
    F(U64, trace_tlb, va),       F(U64, trace_tlb, pa),           F(U64, trace_tlb, size)};
static const struct event_field tlbi[] = {
    F(TEXT, trace_tlbi, name),   F(U8, trace_tlbi, regime),       F(U8, trace_tlbi, share),
    F(BOOL, trace_tlbi, secure), F(BOOL, trace_tlbi, last_level), F(BOOL, trace_tlbi, range),
    F(U16, trace_tlbi, asid),    F(U16, trace_tlbi, vmid),        F(U64, trace_tlbi, va),
    F(U64, trace_tlbi, size),    F(U64, trace_tlbi, operand),     F(BOOL, trace_tlbi, received),
    F(U32, trace_tlbi, dropped)};
static const struct event_field interrupt[] = {
    F(U8, trace_interrupt, what),     F(BOOL, trace_interrupt, is_virtual), F(BOOL, trace_interrupt, level),
    F(U8, trace_interrupt, priority), F(U32, trace_interrupt, intid),       F(TEXT, trace_interrupt, line)};
static const struct event_field timer[] = {F(TEXT, trace_timer, name), F(U32, trace_timer, intid),
                                           F(BOOL, trace_timer, level)};
static const struct event_field power[] = {F(TEXT, trace_power, state)};
static const struct event_field barrier[] = {F(TEXT, trace_barrier, name), F(U8, trace_barrier, option)};
static const struct event_field state[] = {F(TEXT, trace_state, reason)};
static const struct event_field note[] = {F(TEXT, trace_note, text)};

#define ROW(event) [TRACE_KIND_##event] = {#event, event, ARRAY_LEN(event), sizeof(struct trace_##event)}
static const struct event_row rows[TRACE_KINDS] = {
    [TRACE_KIND_insn] = {.name = "insn"},
    [TRACE_KIND_done] = {.name = "done"},
    [TRACE_KIND_memory] = {.name = "memory"},
    ROW(exception),
    ROW(eret),
    ROW(sysreg),
    ROW(context),
    ROW(walk),
    ROW(tlb),
    ROW(tlbi),
    ROW(interrupt),
    ROW(timer),
    ROW(power),
    ROW(barrier),
    ROW(state),
    ROW(note),
};

const struct event_row *event_row(unsigned kind)
{
    return &rows[kind];
}
_Static_assert(ARRAY_LEN(exception) <= EVENT_FIELDS, "a bit each in a mask of 32");
_Static_assert(sizeof(struct trace_exception) <= EVENT_SIZE && sizeof(struct trace_sysreg) <= EVENT_SIZE &&
                   sizeof(struct trace_tlbi) <= EVENT_SIZE && sizeof(struct trace_walk) <= EVENT_SIZE,
               "room for the largest");
