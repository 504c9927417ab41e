/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Feeding permitted differences. See align.h and permitted.def.
 */
#include "diff/align.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "cpu/encoding.h"
#include "cpu/engine.h"
#include "cpu/exception.h"
#include "cpu/sem.h"
#include "dev/timer.h"
#include "diff/examine.h"
#include "sysregs/sysreg.h"

/* ---- encodings ---- */

static bool is_mrs(uint32_t raw)
{
    return (raw & 0xfff00000) == 0xd5300000;
}

static bool is_wfe(uint32_t raw)
{
    return raw == 0xd503205f || (raw & 0xffffffe0) == 0xd5031000; /* WFE, WFET */
}

bool align_is_wfi(uint32_t raw)
{
    return raw == 0xd503207f;
}

bool align_is_partial(uint32_t raw)
{
    return encodes_memory_copy(raw);
}

/* The general-purpose registers that a load writes, its base apart: Rt, and Rt2 of a pair. */
static uint32_t loaded_registers(uint32_t raw)
{
    bool pair = encodes_pair(raw) || encodes_load_exclusive_pair(raw);
    uint32_t set = 1u << (raw & 31) | (pair ? 1u << (raw >> 10 & 31) : 0);
    return encodes_load_store(raw) ? set & INT32_MAX : 0;
}

/* ---- before ---- */

/* Is it a register of a lower Exception level, which no reset gives a value? */
static bool is_unknown_at_reset(const struct cpu *c, enum sysreg reg)
{
    const struct access_state s = {.feat = c->feat, .sr = c->sr, .el = c->el};
    const char *suffix = strstr(sysreg_row(reg)->name, "_EL");
    return suffix != NULL && suffix[4] == 0 && (unsigned)(suffix[3] - '0') < c->el &&
           sysreg_access(&s, reg, true).outcome == ACCESS_OK;
}

static void align_register(struct lockstep *l, enum sysreg reg, uint64_t qemu)
{
    struct cpu *c = l->m->cpus[0];
    const char *name = sysreg_row(reg)->name;
    struct permit *p = permitted_register(l->permitted, name, c->sr[reg] ^ qemu);
    if (p != NULL && p->class == PERMIT_IDENTIFICATION) {
        permit_use(p, name);
        c->sr[reg] = qemu;
    } else if (p == NULL && is_unknown_at_reset(c, reg)) {
        permit_use(permitted_row(l->permitted, "reset"), name);
        c->sr[reg] = sysreg_store_value(c->feat, c->sr, reg, qemu);
    }
}

void align_registers(struct lockstep *l, struct gdbclient *g)
{
    struct cpu *c = l->m->cpus[0];
    unsigned n_registers;
    const struct gdb_register *r = gdbclient_registers(g, &n_registers);
    for (unsigned n = 0; n < n_registers; n++) {
        uint64_t qemu[2];
        enum sysreg reg = examine_register(r[n].name);
        if (reg != SR_NONE && r[n].bits <= 64 && sysreg_row(reg)->unit == UNIT_NONE &&
            gdbclient_read(g, &r[n], qemu) && qemu[0] != c->sr[reg])
            align_register(l, reg, qemu[0]);
    }
    cpu_context_changed(c, EFFECT_MMU | EFFECT_TRAPS | EFFECT_IRQ | EFFECT_DEBUG);
}

void align_start(struct lockstep *l, const struct qemulog_record *qemu)
{
    unsigned nzcv = qemu->pstate >> 28;
    if (!qemu->has_core || nzcv == get_nzcv(l->c))
        return;
    set_nzcv(l->c, nzcv);
    permit_use(permitted_row(l->permitted, "reset"), NULL);
}

void align_before(struct lockstep *l, const struct insn *i)
{
    struct cpu *c = l->c;
    if (is_wfe(i->raw) && !c->event_register) {
        c->event_register = true;
        permit_use(permitted_row(l->permitted, "wfe"), NULL);
    } else if (encodes_store_exclusive(i->raw) && c->exclusive_valid && l->lookahead != NULL &&
               l->lookahead->has_core && i->rd < 31) {
        unsigned status = i->raw >> 16 & 31;
        if (status < 31 && l->lookahead->pc == l->cur->pc + 4 && l->lookahead->x[status] == 1 &&
            c->exclusive_valid) {
            c->exclusive_valid = false;
            permit_use(permitted_row(l->permitted, "monitor"), NULL);
        }
    }
}

/* ---- after ---- */

/* PSTATE fields that exist on QEMU's side only, such as ALLINT, which is set by each exception. */
void align_features(struct lockstep *l, struct qemulog_record *qemu)
{
    if (!qemu->has_core || (qemu->pstate & ~l->c->spsr_bits) == 0)
        return;
    qemu->pstate &= l->c->spsr_bits;
    permit_use(permitted_row(l->permitted, "pstate"), NULL);
}

/* The difference is in these registers alone: their bits that differ, together. */
static bool only_registers(const struct qemulog_record *ours, const struct qemulog_record *qemu,
                           const struct lockstep_difference *d, uint32_t registers, uint64_t *bits)
{
    if (d->pc || d->sp || d->pstate || d->el || d->v != 0 || d->fpcr || d->fpsr || (d->x & ~registers) != 0)
        return false;
    *bits = 0;
    for (unsigned n = 0; n < 31; n++)
        if (d->x >> n & 1)
            *bits |= ours->x[n] ^ qemu->x[n];
    return true;
}

/* How far our clock is behind QEMU's, in ticks, where a register of time shows these values. */
static int64_t behind(enum permit_effect effect, uint64_t ours, uint64_t qemu)
{
    return effect == FEED_CLOCK_UP ? (int64_t)(qemu - ours) : (int32_t)(ours - qemu);
}

/* Our clock, so that the register that was read has QEMU's value now. */
static void set_clock(struct lockstep *l, int64_t ticks)
{
    uint64_t now = l->m->time, delta = (uint64_t)(ticks < 0 ? -ticks : ticks) * TIMER_NS_PER_TICK;
    if (ticks >= 0)
        machine_set_time(l->m, now + delta);
    else
        machine_set_time(l->m, now > delta ? now - delta : 0);
}

/* No more time than two machines may be apart. */
static bool is_near(const struct lockstep *l, int64_t ticks)
{
    uint64_t limit = ((uint64_t)LOCKSTEP_TOLERANCE << l->c->ns_shift) / TIMER_NS_PER_TICK;
    return ticks <= (int64_t)limit && ticks >= -(int64_t)limit;
}

/* The register that the MRS has reached, after redirection. */
static enum sysreg reached(const struct lockstep *l)
{
    const struct cpu *c = l->c;
    const struct access_state s = {.feat = c->feat, .sr = c->sr, .el = c->el};
    struct access_verdict v = sysreg_access(&s, (enum sysreg)l->row, false);
    return v.outcome == ACCESS_OK ? v.reg : SR_NONE;
}

/* Ticks until the condition of the timer whose CNT*_CTL was read is met; negative: since then. */
static bool time_left(const struct lockstep *l, int64_t *ticks)
{
    const struct sysreg_unit *timer = &l->c->units[UNIT_TIMER];
    enum sysreg reg = reached(l);
    char name[32];
    const char *ctl = reg != SR_NONE ? strstr(sysreg_row(reg)->name, "_CTL_") : NULL;
    if (ctl == NULL)
        return false;
    snprintf(name, sizeof(name), "%.*s_TVAL_%.8s", (int)(ctl - sysreg_row(reg)->name), sysreg_row(reg)->name,
             ctl + 5);
    reg = sysreg_by_name(name);
    *ticks = reg != SR_NONE ? (int32_t)timer->read(timer->opaque, reg) : 0;
    return reg != SR_NONE;
}

/* Is it VPIDR_EL2 or VMPIDR_EL2, by its own name or as MIDR_EL1 or MPIDR_EL1 at EL1, and has the program
 * written it? Not by what our access reached: that may be the error. */
static bool names_written_identity(const struct lockstep *l)
{
    bool guest = l->c->el == 1;
    return (l->vpidr_written && (l->row == SR_VPIDR_EL2 || (guest && l->row == SR_MIDR_EL1))) ||
           (l->vmpidr_written && (l->row == SR_VMPIDR_EL2 || (guest && l->row == SR_MPIDR_EL1)));
}

/* What the row says of the register is true of this read. */
static bool holds(const struct lockstep *l, const struct permit *p, uint64_t ours, uint64_t qemu)
{
    int64_t ticks;
    switch (p->effect) {
    case FEED_CLOCK_UP:
    case FEED_CLOCK_DOWN:
        return is_near(l, behind(p->effect, ours, qemu));
    case FEED_NEAR:
        return time_left(l, &ticks) && is_near(l, ticks);
    default:
        break;
    }
    return !names_written_identity(l);
}

static void feed(struct lockstep *l, const struct permit *p, const struct qemulog_record *ours,
                 const struct qemulog_record *qemu, const struct lockstep_difference *d)
{
    for (unsigned n = 0; n < 31; n++) {
        if (!(d->x >> n & 1))
            continue;
        l->c->x[n] = qemu->x[n];
        if (p->effect == FEED_CLOCK_UP || p->effect == FEED_CLOCK_DOWN)
            set_clock(l, behind(p->effect, ours->x[n], qemu->x[n]));
    }
}

/* The row that permits what an MRS of Xt read differently. */
static struct permit *for_register(struct lockstep *l, uint64_t ours, uint64_t qemu, const char **name)
{
    uint64_t bits = ours ^ qemu;
    bool e2h = bit(l->c->sr[SR_HCR_EL2], 34);
    if (l->row >= SR_COUNT)
        return NULL;
    *name = sysreg_row((enum sysreg)l->row)->name;
    struct permit *p = permitted_register(l->permitted, *name, bits);
    if (p != NULL)
        return p->class == PERMIT_USER || holds(l, p, ours, qemu) ? p : NULL;
    if (strncmp(*name, "SPSR_", 5) == 0 && (bits & l->c->spsr_bits) == 0)
        return permitted_row(l->permitted, "pstate");
    if ((bits & ~permitted_reserved(l->c->feat, e2h, *name)) == 0)
        return permitted_row(l->permitted, "reserved");
    return NULL;
}

/* The row that permits what a load from a device read differently. */
static struct permit *for_device(struct lockstep *l, uint64_t bits, char *name, size_t size)
{
    const struct bus_device_access last = bus_last_device_access(l->m->bus);
    if (last.count == l->device_accesses || last.write)
        return NULL;
    snprintf(name, size, "0x%" PRIx64, last.pa);
    return permitted_device(l->permitted, last.pa, bits);
}

/* The first state after an exception: ours has the flags as they were, QEMU's has none. */
static bool exception_flags(struct lockstep *l, const struct qemulog_record *ours,
                            const struct qemulog_record *qemu, const struct lockstep_difference *d)
{
    static const enum sysreg spsr[] = {[1] = SR_SPSR_EL1, [2] = SR_SPSR_EL2, [3] = SR_SPSR_EL3};
    uint64_t bits;
    struct lockstep_difference rest = *d;
    rest.pstate = false;
    uint64_t saved = ours->el < 4 && ours->el > 0 ? l->c->sr[spsr[ours->el]] : 0;
    if (!d->pstate || ((ours->pstate ^ qemu->pstate) & 0x0fffffff) != 0 || qemu->pstate >> 28 != 0 ||
        ours->pstate >> 28 != (saved >> 28 & 15) || !only_registers(ours, qemu, &rest, 0, &bits))
        return false;
    set_nzcv(l->c, qemu->pstate >> 28);
    permit_use(permitted_row(l->permitted, "exception-flags"), NULL);
    return true;
}

/* A question to firmware (PSCI_VERSION, MIGRATE_INFO_TYPE, PSCI_FEATURES, SMCCC_VERSION, ARCH_FEATURES, and
 * TRNG_VERSION), which the machine itself answers in X0 to X3. */
static bool is_firmware_question(const struct lockstep *l)
{
    bool call = (l->raw & 0xffe0001f) == 0xd4000002 || (l->raw & 0xffe0001f) == 0xd4000003; /* HVC, SMC */
    switch (call && l->cur->has_core ? (uint32_t)l->cur->x[0] : 0) {
    case 0x84000000:
    case 0x84000006:
    case 0x8400000a:
    case 0x80000000:
    case 0x80000001:
    case 0x84000050:
        return true;
    default:
        return false;
    }
}

bool align_after(struct lockstep *l, const struct qemulog_record *ours, const struct qemulog_record *qemu,
                 const struct lockstep_difference *d)
{
    struct permit *p = NULL;
    const char *name = NULL;
    char address[24];
    uint64_t bits;
    if (l->excepted)
        return exception_flags(l, ours, qemu, d);
    if (l->raw == 0)
        return false;
    if (is_mrs(l->raw)) {
        unsigned t = l->raw & 31;
        if (t != 31 && only_registers(ours, qemu, d, 1u << t, &bits))
            p = for_register(l, ours->x[t], qemu->x[t], &name);
    } else if (only_registers(ours, qemu, d, loaded_registers(l->raw), &bits)) {
        p = for_device(l, bits, address, sizeof(address));
        name = address;
    }
    if (p == NULL && only_registers(ours, qemu, d, INT32_MAX, &bits)) {
        name = decode_row_name(l->raw);
        p = permitted_insn(l->permitted, name);
        if (p == permitted_row(l->permitted, "firmware") && (!is_firmware_question(l) || (d->x & ~15u) != 0))
            p = NULL;
    }
    if (p == NULL)
        return false;
    permit_use(p, name);
    feed(l, p, ours, qemu, d);
    return true;
}

/* ---- exceptions and interrupts ---- */

/* QEMU takes back the count of an instruction that is abandoned inside a memory access; others have been
 * counted. Ours counts each exception as an instruction. */
void align_exception(struct lockstep *l, uint64_t esr)
{
    uint64_t one = UINT64_C(1) << l->c->ns_shift;
    switch (esr >> 26 & 63) {
    case EC_INSN_ABORT_LOWER:
    case EC_INSN_ABORT_LOWER + 1:
    case EC_DATA_ABORT_LOWER:
    case EC_DATA_ABORT_LOWER + 1:
    case EC_WATCHPOINT_LOWER:
    case EC_WATCHPOINT_LOWER + 1:
        machine_set_time(l->m, l->m->time >= one ? l->m->time - one : 0);
        break;
    default:
        break;
    }
}

bool align_interrupt(struct lockstep *l)
{
    struct machine *m = l->m;
    const uint64_t limit = m->time + ((uint64_t)LOCKSTEP_TOLERANCE << l->c->ns_shift);
    if (l->c->attention & ATT_IRQ)
        return true;
    for (;;) {
        uint64_t next = event_next(&m->events);
        if (next > limit)
            return false;
        machine_set_time(m, next > m->time ? next : m->time);
        if (!(l->c->attention & ATT_IRQ))
            continue;
        permit_use(permitted_row(l->permitted, "interrupt"), NULL);
        return true;
    }
}
