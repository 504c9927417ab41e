/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Lock-step with QEMU's log. See lockstep.h.
 *
 * A state in the log is that before an instruction, which is not always executed then (QEMULOG_UNDONE): so it
 * is executed here only when the next record tells that QEMU did it. An exception is a record of its own;
 * where the instruction fetch itself gave it, there was no state for that.
 */
#include "diff/lockstep.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cpu/context.h"
#include "cpu/exception.h"
#include "cpu/observe.h"
#include "diff/align.h"
#include "mmu/mmu.h"

enum { VECTORS_SIZE = 0x800 };

void lockstep_state(struct cpu *c, bool fp, struct qemulog_record *r)
{
    r->kind = QEMULOG_STATE;
    r->has_core = true;
    r->has_fp = fp;
    r->pc = c->pc;
    memcpy(r->x, c->x, sizeof(r->x));
    r->sp = c->x[REG_SP];
    r->pstate = cpu_pstate(c, cpu_btype(c, c->pc));
    r->el = c->el;
    if (fp) {
        memcpy(r->v, c->v, sizeof(r->v));
        r->fpcr = c->fpcr;
        r->fpsr = c->fpsr;
    }
}

bool lockstep_compare(const struct qemulog_record *a, const struct qemulog_record *b,
                      struct lockstep_difference *d)
{
    *d = (struct lockstep_difference){.pc = a->pc != b->pc, .el = a->el != b->el};
    bool any = d->pc | d->el;
    if (a->has_core && b->has_core) {
        d->sp = a->sp != b->sp;
        d->pstate = a->pstate != b->pstate;
        any |= d->sp | d->pstate;
        if (memcmp(a->x, b->x, sizeof(a->x)) != 0) {
            for (unsigned n = 0; n < 31; n++)
                d->x |= (uint32_t)(a->x[n] != b->x[n]) << n;
            any = true;
        }
    }
    if (a->has_fp && b->has_fp) {
        for (unsigned n = 0; n < 32; n++)
            d->v |= (uint32_t)(memcmp(a->v[n], b->v[n], sizeof(a->v[n])) != 0) << n;
        d->fpcr = a->fpcr != b->fpcr;
        d->fpsr = a->fpsr != b->fpsr;
        any |= d->v != 0 || d->fpcr || d->fpsr;
    }
    return any;
}

bool lockstep_fetch(struct cpu *c, uint64_t pc, uint32_t *raw)
{
    const struct mmu_access access = {.type = ACCESS_FETCH, .debug = true};
    struct mmu_port port = c->port;
    struct mmu_result r;
    struct tctx t;
    port.tlb = NULL;
    tctx_make(&t, c->feat, c->sr, c->el, false, c->pan);
    return mmu_translate(&t, &port, pc, &access, &r) && bus_dma_read(c->bus, r.pa, raw, sizeof(*raw));
}

/* ---- ends ---- */

static bool part(struct lockstep *l, enum lockstep_outcome outcome, const char *reason)
{
    l->outcome = outcome;
    l->start = *l->cur;
    snprintf(l->reason, sizeof(l->reason), "%s", reason);
    return false;
}

/* ---- our side ---- */

static void observe(void *opaque, const struct trace_cpu *view, const struct trace_insn *seen)
{
    struct lockstep *l = opaque;
    const struct cpu *c = l->c;
    const struct insn *i = c->cur;
    (void)view;
    (void)seen;
    l->raw = i->raw;
    l->row = i->imm;
    if ((i->raw & 0xffe00000) == 0xd5000000) { /* MSR, SYS */
        memcpy(l->sr, c->sr, sizeof(l->sr));
        l->written = l->index + 1;
        l->vpidr_written |= i->imm == SR_VPIDR_EL2;
        l->vmpidr_written |= i->imm == SR_VMPIDR_EL2;
    }
    align_before(l, i);
}

/* A CPU that waits goes on when QEMU's does. False: nothing wakes ours. */
static bool wake(struct lockstep *l)
{
    if (l->c->power == CPU_WFE)
        cpu_wake(l->c);
    if (l->c->power != CPU_WFI || machine_sleep(l->m))
        return true;
    return part(l, LOCKSTEP_INTERRUPT_QEMU, "QEMU woke from WFI, and nothing will wake el2sim");
}

/* Executes an instruction; `after` is QEMU's state after it, if it is the next record. */
static bool execute(struct lockstep *l, const struct qemulog_record *after)
{
    if (l->before != NULL)
        l->before(l->opaque, l->index);
    l->raw = 0;
    l->lookahead = after;
    if (!l->cur->has_core)
        lockstep_state(l->c, false, l->cur); /* where only PCs are compared, for the report */
    l->device_accesses = bus_last_device_access(l->m->bus).count;
    struct lockstep_insn *last = &l->last[l->index % LOCKSTEP_LAST];
    *last = (struct lockstep_insn){.index = l->index, .pc = l->c->pc, .el = l->c->el};
    machine_step(l->m);
    last->raw = l->raw;
    last->ours = last->qemu = l->c->pc;
    l->executed = true;
    l->index++;
    return wake(l);
}

/* ---- QEMU's records ---- */

/* Is the same instruction begun again, with part of its work done? Ours are done in one. */
static bool is_partial(struct lockstep *l)
{
    uint32_t raw;
    return l->next->pc == l->cur->pc && l->next->el == l->cur->el && lockstep_fetch(l->c, l->cur->pc, &raw) &&
           align_is_partial(raw);
}

static void take_state(struct lockstep *l)
{
    struct qemulog_record *swap = l->cur;
    l->cur = l->next;
    l->next = swap;
    l->executed = l->undone = l->excepted = false;
}

static bool on_state(struct lockstep *l)
{
    if (!l->executed && (l->undone || is_partial(l))) {
        take_state(l);
        return true;
    }
    if (!l->executed && !execute(l, l->next))
        return false;
    if (!l->next->has_core)
        l->states_since = UINT64_MAX;
    else if (l->states_since == UINT64_MAX)
        l->states_since = l->index;
    if (l->m->stopping)
        return part(l, LOCKSTEP_ENDED_OURS, "el2sim's machine ended, QEMU's goes on");
    align_features(l, l->next);
    lockstep_state(l->c, l->next->has_fp, &l->ours);
    l->last[(l->index + LOCKSTEP_LAST - 1) % LOCKSTEP_LAST].qemu = l->next->pc;
    if (lockstep_compare(&l->ours, l->next, &l->difference) &&
        !align_after(l, &l->ours, l->next, &l->difference)) {
        l->qemu = *l->next;
        return part(l, LOCKSTEP_STATE,
                    l->excepted ? "the states after an exception differ"
                                : "the states after an instruction differ");
    }
    l->overdue = l->c->attention & ATT_IRQ ? l->overdue + 1 : 0;
    if (l->overdue > LOCKSTEP_TOLERANCE)
        return part(l, LOCKSTEP_INTERRUPT_OURS, "an interrupt is pending here that QEMU does not take");
    take_state(l);
    return true;
}

static bool on_interrupt(struct lockstep *l)
{
    const struct qemulog_record *e = l->next;
    if (!l->executed && !l->undone && !execute(l, NULL))
        return false;
    l->executed = true;
    l->interrupts++;
    l->interrupted = l->states;
    if (!align_interrupt(l)) {
        snprintf(l->reason, sizeof(l->reason),
                 "QEMU takes an interrupt (%s, EL%u to EL%u, ELR 0x%" PRIx64 ") that is not pending here",
                 e->name, e->from_el, e->to_el, e->elr);
        l->outcome = LOCKSTEP_INTERRUPT_QEMU;
        l->start = *l->cur;
        return false;
    }
    interrupt_take(l->c);
    l->overdue = 0;
    return true;
}

/* ESR_ELx.EC of exceptions that QEMU takes before it writes a state: Instruction Abort, Breakpoint. */
static bool before_state(uint64_t esr)
{
    unsigned ec = (unsigned)(esr >> 26 & 63);
    return ec == EC_INSN_ABORT_LOWER || ec == EC_INSN_ABORT_LOWER + 1 || ec == EC_BREAKPOINT_LOWER ||
           ec == EC_BREAKPOINT_LOWER + 1;
}

/* Is it the exception that ours took as well? If ours took none, or one to elsewhere, the states will tell.
 */
static bool same_syndrome(struct lockstep *l, const struct qemulog_record *e)
{
    static const struct {
        uint16_t esr, elr, far, vbar;
    } reg[] = {[1] = {SR_ESR_EL1, SR_ELR_EL1, SR_FAR_EL1, SR_VBAR_EL1},
               [2] = {SR_ESR_EL2, SR_ELR_EL2, SR_FAR_EL2, SR_VBAR_EL2},
               [3] = {SR_ESR_EL3, SR_ELR_EL3, SR_FAR_EL3, SR_VBAR_EL3}};
    const uint64_t *sr = l->c->sr;
    unsigned el = e->to_el;
    if (el < 1 || el > 3 || l->c->el != el || l->c->pc - sr[reg[el].vbar] >= VECTORS_SIZE)
        return true;
    uint64_t esr = sr[reg[el].esr], elr = sr[reg[el].elr], far = sr[reg[el].far];
    if (elr == e->elr && (uint32_t)esr == (uint32_t)e->esr && (!e->has_far || far == e->far))
        return true;
    snprintf(l->reason, sizeof(l->reason),
             "exception to EL%u: ESR 0x%" PRIx64 ", ELR 0x%" PRIx64 ", FAR 0x%" PRIx64
             "; in QEMU ESR 0x%" PRIx64 ", ELR 0x%" PRIx64 ", FAR 0x%" PRIx64,
             el, esr, elr, far, e->esr, e->elr, e->has_far ? e->far : far);
    l->outcome = LOCKSTEP_SYNDROME;
    l->start = *l->cur;
    return false;
}

static bool on_exception(struct lockstep *l)
{
    const struct qemulog_record *e = l->next;
    if (!l->executed && !l->undone && !execute(l, NULL))
        return false;
    l->executed = true;
    if (before_state(e->esr) && l->c->pc == e->elr && !execute(l, NULL))
        return false;
    l->exceptions++;
    align_exception(l, e->esr);
    return same_syndrome(l, e);
}

/* QEMU's machine ended: does ours, with the instruction that QEMU began? */
static bool on_end(struct lockstep *l)
{
    if (!l->executed && !l->undone)
        execute(l, NULL);
    if (!l->m->stopping)
        return part(l, LOCKSTEP_ENDED_QEMU, "QEMU's machine ended, el2sim's goes on");
    l->outcome = LOCKSTEP_ALIKE;
    return false;
}

static bool on_record(struct lockstep *l)
{
    switch (l->next->kind) {
    case QEMULOG_STATE:
        return on_state(l);
    case QEMULOG_UNDONE:
        l->undone = true;
        return true;
    case QEMULOG_EXCEPTION:
        if (l->next->handled) /* by QEMU as firmware, and by us within the instruction */
            return true;
        l->exception = *l->next;
        l->excepted = true;
        return l->next->asynchronous ? on_interrupt(l) : on_exception(l);
    default:
        return on_end(l);
    }
}

/* Nothing comes from QEMU: is its instruction a WFI from which nothing wakes ours, either? */
static bool sleeps_for_ever(struct lockstep *l)
{
    uint32_t raw;
    if (!l->executed && !l->undone && lockstep_fetch(l->c, l->cur->pc, &raw) && align_is_wfi(raw))
        execute(l, NULL);
    return l->c->power == CPU_WFI && !machine_sleep(l->m);
}

static bool next_record(struct lockstep *l)
{
    unsigned silences = 0;
    while (!qemulog_next(l->log, l->next)) {
        if (!qemulog_timed_out(l->log) || ++silences == LOCKSTEP_SILENCES)
            return part(l, LOCKSTEP_FAILED, qemulog_error(l->log));
        if (sleeps_for_ever(l)) {
            l->outcome = LOCKSTEP_ALIKE;
            return false;
        }
    }
    l->states += l->next->kind == QEMULOG_STATE;
    l->states -= l->next->kind == QEMULOG_UNDONE;
    return true;
}

/* The state before the first instruction. */
static bool first_record(struct lockstep *l)
{
    if (!next_record(l))
        return false;
    if (l->next->kind != QEMULOG_STATE)
        return part(l, LOCKSTEP_FAILED, "QEMU's log does not begin with a state");
    l->states_since = l->next->has_core ? 0 : UINT64_MAX;
    align_start(l, l->next);
    lockstep_state(l->c, l->next->has_fp, &l->ours);
    if (lockstep_compare(&l->ours, l->next, &l->difference)) {
        l->qemu = *l->next;
        return part(l, LOCKSTEP_STATE, "the states before the first instruction differ");
    }
    take_state(l);
    return true;
}

void lockstep_run(struct lockstep *l)
{
    l->c = l->m->cpus[0];
    l->cur = &l->record[0];
    l->next = &l->record[1];
    qemulog_set_timeout(l->log, LOCKSTEP_SILENCE_MS);
    l->tracer = (struct tracer){.opaque = l, .insn = observe};
    cpu_set_tracer(l->c, &l->tracer, "start");
    bool go = first_record(l);
    while (go && (l->max_insns == 0 || l->index < l->max_insns))
        go = next_record(l) && on_record(l);
    if (go)
        l->outcome = LOCKSTEP_ALIKE;
    cpu_set_tracer(l->c, NULL, NULL);
}
