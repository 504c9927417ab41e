/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Holding two results of one program against each other. See system_compare.h.
 */
#include "fuzz/system_compare.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/bits.h"
#include "fuzz/monitor.h"
#include "sysregs/sysreg.h"

struct list {
    struct system_difference *d;
    unsigned n;
};

static void note(struct list *l, enum system_what what, unsigned index, uint64_t ours, uint64_t theirs)
{
    if (ours != theirs && l->n < SYSTEM_DIFFERENCES)
        l->d[l->n++] = (struct system_difference){what, index, ours, theirs};
}

static uint64_t place(const struct program_result *r, unsigned n)
{
    return n < r->n_events ? (uint64_t)r->events[n].el << 8 | r->events[n].vector : UINT64_MAX;
}

/* Event by event, until both are somewhere else. False: they are. */
static bool compare_events(struct list *l, const struct program_result *ours,
                           const struct program_result *theirs)
{
    for (unsigned n = 0; n < PROGRAM_EVENTS; n++) {
        const struct program_event *a = &ours->events[n], *b = &theirs->events[n];
        unsigned before = l->n;
        note(l, SYSTEM_EVENT, n, place(ours, n), place(theirs, n));
        if (l->n != before)
            return false;
        if (n >= ours->n_events)
            return true;
        note(l, SYSTEM_ELR, n, a->elr, b->elr);
        if (l->n != before)
            return false;
        note(l, SYSTEM_ESR, n, a->esr, b->esr);
        note(l, SYSTEM_FAR, n, a->far, b->far);
        note(l, SYSTEM_HPFAR, n, a->hpfar, b->hpfar);
        note(l, SYSTEM_SPSR, n, a->spsr, b->spsr);
    }
    return true;
}

static uint64_t value_of(const struct program_result *r, uint16_t encoding)
{
    for (unsigned n = 0; n < r->n_registers; n++)
        if (r->registers[n].encoding == encoding)
            return r->registers[n].value;
    return 0;
}

/* A write of CNT*_TVAL makes a value of CNT*_CVAL that depends on the time. */
static bool writes_tval(const struct program *p)
{
    for (unsigned n = 0; n < p->n_code; n++)
        if ((p->code[n].raw & 0xfff8f0e0) == 0xd518e000 && bits(p->code[n].raw, 11, 8) >= 2)
            return true;
    return false;
}

/* Bits of a register that don't count: what only one side can hold, in the layouts that HCR_EL2.E2H had at
 * the start and at the end; the timers' ISTATUS, which depends on the time. */
static uint64_t bits_aside(const struct system_register *r, const struct program *p,
                           const struct program_result *ours)
{
    uint64_t aside = r->differ[bit(value_of(ours, system_encoding(SR_HCR_EL2)), 34)];
    bool e2h = false;
    for (unsigned n = 0; n < p->n_settings; n++)
        if (p->settings[n].encoding == system_encoding(SR_HCR_EL2))
            e2h = bit(p->settings[n].value, 34);
    aside |= r->differ[e2h];
    switch (r->reg) {
    case SR_CNTP_CTL_EL0:
    case SR_CNTV_CTL_EL0:
    case SR_CNTHP_CTL_EL2:
    case SR_CNTHV_CTL_EL2:
    case SR_CNTHPS_CTL_EL2:
    case SR_CNTHVS_CTL_EL2:
        return aside | BIT(2);
    case SR_CNTP_CVAL_EL0:
    case SR_CNTV_CVAL_EL0:
    case SR_CNTHP_CVAL_EL2:
    case SR_CNTHV_CVAL_EL2:
    case SR_CNTHPS_CVAL_EL2:
    case SR_CNTHVS_CVAL_EL2:
        return writes_tval(p) ? UINT64_MAX : aside;
    case SR_HPFAR_EL2: /* UNKNOWN after an abort that doesn't set it; events have it where it is set */
        return UINT64_MAX;
    default:
        return aside;
    }
}

static void compare_tables(struct list *l, const struct program *p, const struct program_result *ours,
                           const struct program_result *theirs)
{
    for (unsigned n = 0, word = 0; n < p->n_words; n++)
        if (program_is_table(p->words[n].at)) {
            note(l, SYSTEM_TABLES, (unsigned)(p->words[n].at - PROGRAM_BASE), ours->tables[word],
                 theirs->tables[word]);
            word++;
        }
}

static void compare_registers(struct list *l, const struct program *p, const struct system_registers *regs,
                              const struct program_result *ours, const struct program_result *theirs)
{
    unsigned n = 0;
    for (unsigned k = 0; k < regs->n; k++) {
        const struct system_register *r = &regs->row[k];
        if (r->write_only)
            continue;
        if (r->reg == SR_VSTTBR_EL2 || r->reg == SR_VSTCR_EL2) {
            /* el2sim has them at EL3 where Secure EL2 is enabled only, as it should: no business of a
             * program. */
            if (ours->registers[n].value == MONITOR_ABSENT) {
                n++;
                continue;
            }
        }
        uint64_t count = ~bits_aside(r, p, ours);
        note(l, SYSTEM_REGISTER, r->encoding, ours->registers[n].value & count,
             theirs->registers[n].value & count);
        n++;
    }
}

unsigned system_compare(const struct program *p, const struct system_registers *regs,
                        const struct program_result *ours, const struct program_result *theirs,
                        struct system_difference *d)
{
    struct list l = {d, 0};
    note(&l, SYSTEM_DIED, 0, ours->ran, theirs->ran);
    if (!ours->ran || !theirs->ran)
        return l.n;
    if (!compare_events(&l, ours, theirs))
        return l.n;
    note(&l, SYSTEM_ENDED, 0, ours->timed_out, theirs->timed_out);
    if (ours->timed_out || theirs->timed_out)
        return l.n;
    for (unsigned n = 0; n < 31; n++)
        note(&l, SYSTEM_X, n, ours->x[n], theirs->x[n]);
    note(&l, SYSTEM_SP, 0, ours->sp_el0, theirs->sp_el0);
    note(&l, SYSTEM_SP, 1, ours->sp_el1, theirs->sp_el1);
    note(&l, SYSTEM_SP, 2, ours->sp_el2, theirs->sp_el2);
    for (unsigned n = 0; n < 64; n++)
        note(&l, SYSTEM_V, n, ours->v[n / 2][n % 2], theirs->v[n / 2][n % 2]);
    note(&l, SYSTEM_FPCR, 0, ours->fpcr, theirs->fpcr);
    note(&l, SYSTEM_FPSR, 0, ours->fpsr, theirs->fpsr);
    note(&l, SYSTEM_NZCV, 0, ours->nzcv, theirs->nzcv);
    note(&l, SYSTEM_MEMORY, 0, ours->data_hash, theirs->data_hash);
    compare_tables(&l, p, ours, theirs);
    compare_registers(&l, p, regs, ours, theirs);
    return l.n;
}

const char *system_difference_name(const struct system_difference *d, char text[64])
{
    static const char *const of_event[] = {
        [SYSTEM_EVENT] = "",      [SYSTEM_ESR] = "ESR of ",   [SYSTEM_FAR] = "FAR of ",
        [SYSTEM_ELR] = "ELR of ", [SYSTEM_SPSR] = "SPSR of ", [SYSTEM_HPFAR] = "HPFAR of "};
    static const char *const at_end[] = {[SYSTEM_DIED] = "a result at all",
                                         [SYSTEM_ENDED] = "the watchdog",
                                         [SYSTEM_FPCR] = "FPCR",
                                         [SYSTEM_FPSR] = "FPSR",
                                         [SYSTEM_NZCV] = "NZCV",
                                         [SYSTEM_MEMORY] = "memory"};
    enum sysreg reg;
    unsigned e = d->index;
    switch (d->what) {
    case SYSTEM_EVENT:
    case SYSTEM_ESR:
    case SYSTEM_FAR:
    case SYSTEM_ELR:
    case SYSTEM_SPSR:
    case SYSTEM_HPFAR:
        snprintf(text, 64, "%sexception %u", of_event[d->what], e + 1);
        break;
    case SYSTEM_X:
        snprintf(text, 64, "X%u", e);
        break;
    case SYSTEM_SP:
        snprintf(text, 64, "SP_EL%u", e);
        break;
    case SYSTEM_V:
        snprintf(text, 64, "V%u.D[%u]", e / 2, e % 2);
        break;
    case SYSTEM_TABLES:
        snprintf(text, 64, "descriptor at 0x%" PRIx64, PROGRAM_BASE + e);
        break;
    case SYSTEM_REGISTER:
        reg = sysreg_find(e >> 14, e >> 11 & 7, e >> 7 & 15, e >> 3 & 15, e & 7);
        snprintf(text, 64, "%s", reg != SR_NONE ? sysreg_row(reg)->name : "a system register");
        break;
    default:
        snprintf(text, 64, "%s", at_end[d->what]);
    }
    return text;
}
