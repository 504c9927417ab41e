/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Looking closer. See examine.h. A new QEMU executes the same instructions again: its time is the number of
 * instructions, so that everything comes as before. The log, of PCs only, tells when it is near; the pipe
 * holds it back. Then the gdb stub stops it and steps to the very instruction.
 */
#define _GNU_SOURCE /* F_SETPIPE_SZ */
#include "diff/examine.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/compiler.h"
#include "base/log.h"
#include "cpu/exception.h"

/* States before the instruction in question: from FAR on the pipe is made small, so that QEMU can't be far
 * ahead; at NEAR it is stopped. */
enum { FAR = 60000, NEAR = 3000, SLACK = 100, STOP_MS = 20000, REST_MS = 300, PAGE = 4096 };

struct peer {
    struct twin twin;
    struct qemulog *log;
    const struct lockstep *l;
    uint64_t reset[SR_COUNT]; /* our system registers before the first instruction */
    uint64_t states, goal;    /* executed so far, to be executed before the instruction in question */
};

static bool read_register(struct gdbclient *g, const char *name, uint64_t *value)
{
    const struct gdb_register *r = gdbclient_find(g, name);
    uint64_t both[2];
    if (r == NULL || !gdbclient_read(g, r, both))
        return false;
    *value = both[0];
    return true;
}

/* Is QEMU in this state? Registers one by one, the PC first. */
static bool is_at(struct gdbclient *g, const struct qemulog_record *r)
{
    uint64_t v;
    char name[8];
    if (!read_register(g, "pc", &v) || v != r->pc)
        return false;
    for (unsigned n = 0; r->has_core && n < 31; n++) {
        snprintf(name, sizeof(name), "x%u", n);
        if (!read_register(g, name, &v) || v != r->x[n])
            return false;
    }
    return !r->has_core || (read_register(g, "sp", &v) && v == r->sp);
}

/* One record; false: there is none. */
static bool count(struct peer *p)
{
    struct qemulog_record r;
    if (!qemulog_next(p->log, &r) || r.kind == QEMULOG_END)
        return false;
    p->states += r.kind == QEMULOG_STATE;
    p->states -= r.kind == QEMULOG_UNDONE;
    return true;
}

/* Lets QEMU run until it is near, and stops it. */
static bool approach(struct peer *p)
{
    if (p->goal <= NEAR)
        return true; /* stopped at the first instruction as it is */
    if (!twin_go(&p->twin))
        return false;
    bool small = false;
    while (p->states < p->goal - NEAR) {
        if (!count(p))
            return false;
        if (!small && p->states + FAR > p->goal) /* refused while there is more in it */
            small = fcntl(qemu_log_fd(p->twin.qemu), F_SETPIPE_SZ, PAGE) >= 0;
    }
    if (!gdbclient_interrupt(p->twin.gdb, STOP_MS, qemulog_drain, p->log))
        return false;
    qemulog_set_timeout(p->log, REST_MS);
    while (count(p))
        ;
    return qemulog_timed_out(p->log) && p->states <= p->goal;
}

/* Steps to the state before the instruction, and over it. The states are looked at for the last few steps
 * only: the same may have been there before. */
static bool arrive(struct peer *p)
{
    struct gdbclient *g = p->twin.gdb;
    uint64_t steps = p->goal - p->states;
    gdbclient_hold(g, p->l->interrupted < p->states); /* QEMU's timers don't heed a debugger's stops */
    for (uint64_t n = 0; n < steps + SLACK; n++) {
        bool here = n + SLACK >= steps && is_at(g, &p->l->start);
        bool ok = gdbclient_step(g);
        qemulog_drain(p->log);
        if (here || !ok)
            return ok;
    }
    return false;
}

/* ---- system registers ---- */

enum sysreg examine_register(const char *name)
{
    static const char *const suffixes[] = {"", "_EL1", "_EL0", "_EL2", "_EL3"};
    for (size_t n = 0; n < ARRAY_LEN(suffixes); n++) {
        char full[64];
        snprintf(full, sizeof(full), "%.50s%s", name, suffixes[n]);
        enum sysreg reg = sysreg_by_name(full);
        if (reg != SR_NONE && sysreg_has_storage(reg) && strncasecmp(full, "SP_EL", 5) != 0)
            return reg;
    }
    return SR_NONE;
}

/* What an MRS would read where the PE itself holds it; else what is stored. */
static uint64_t our_value(struct cpu *c, enum sysreg reg)
{
    return sysreg_row(reg)->unit == UNIT_CPU ? cpu_sysreg_read(c, reg) : c->sr[reg];
}

/* Bits that can be written at all. */
static uint64_t writable(const struct cpu *c, enum sysreg reg)
{
    return sysreg_store_value(c->feat, c->sr, reg, 0) ^ sysreg_store_value(c->feat, c->sr, reg, UINT64_MAX);
}

static void compare_register(struct examination *e, const struct peer *p, const struct gdb_register *r,
                             uint64_t qemu, uint64_t at_reset)
{
    struct cpu *c = p->l->c;
    enum sysreg reg = examine_register(r->name);
    if (reg == SR_NONE || r->bits > 64 || sysreg_row(reg)->unit == UNIT_TIMER)
        return;
    uint64_t mask = writable(c, reg);
    e->n_compared++;
    if (mask == 0)
        return; /* and not read: RNDR would change NZCV */
    uint64_t ours = our_value(c, reg);
    bool untouched = qemu == at_reset && c->sr[reg] == p->reset[reg];
    if (((ours ^ qemu) & mask) == 0 || untouched || e->n_registers == EXAMINE_REGISTERS)
        return;
    e->reg[e->n_registers].name = sysreg_row(reg)->name;
    e->reg[e->n_registers].ours = ours;
    e->reg[e->n_registers++].qemu = qemu;
}

/* All registers of the stub, by index; what can't be read is 0. */
static uint64_t *read_all(struct gdbclient *g)
{
    unsigned n_registers;
    const struct gdb_register *r = gdbclient_registers(g, &n_registers);
    uint64_t *value = xcalloc(n_registers, sizeof(*value));
    for (unsigned n = 0; n < n_registers; n++) {
        uint64_t both[2];
        if (examine_register(r[n].name) != SR_NONE && gdbclient_read(g, &r[n], both))
            value[n] = both[0];
    }
    return value;
}

/* A register that both sides still have as their reset left it is no difference: it may be UNKNOWN there. */
static void compare_registers(struct examination *e, const struct peer *p, const uint64_t *at_reset)
{
    struct gdbclient *g = p->twin.gdb;
    unsigned n_registers;
    const struct gdb_register *r = gdbclient_registers(g, &n_registers);
    uint64_t *now = read_all(g);
    for (unsigned n = 0; n < n_registers; n++)
        compare_register(e, p, &r[n], now[n], at_reset[n]);
    free(now);
}

/* ---- memory ---- */

static void compare_page(struct examination *e, uint64_t pa, const uint8_t *ours, const uint8_t *qemu)
{
    for (unsigned at = 0; at < PAGE; at += 8) {
        uint64_t a, b;
        memcpy(&a, ours + at, 8);
        memcpy(&b, qemu + at, 8);
        if (a == b)
            continue;
        for (unsigned n = 0; n < 8; n++)
            e->differing_bytes += ours[at + n] != qemu[at + n];
        if (e->n_words == EXAMINE_WORDS)
            continue;
        e->word[e->n_words].pa = pa + at;
        e->word[e->n_words].ours = a;
        e->word[e->n_words++].qemu = b;
    }
}

/* All of RAM: what neither side has touched is 0 in both, and costs little. */
static void compare_memory(struct examination *e, struct machine *m, const struct twin *t)
{
    const struct bus_ram *r = bus_find_ram(m->bus, BOARD_RAM);
    uint8_t page[PAGE];
    for (uint64_t n = 0; n < r->size / PAGE; n++) {
        uint64_t pa = r->base + n * PAGE;
        if (twin_memory(t, pa, page, PAGE) && memcmp(page, r->host + n * PAGE, PAGE) != 0)
            compare_page(e, pa, r->host + n * PAGE, page);
    }
}

/* ---- */

static const char *look(struct peer *p, struct examination *e, struct machine *m)
{
    uint64_t *at_reset = read_all(p->twin.gdb);
    const char *problem = NULL;
    if (!approach(p))
        problem = "QEMU didn't come near the instruction again";
    else if (!arrive(p))
        problem = "QEMU didn't come to the same state again";
    if (problem == NULL) {
        compare_registers(e, p, at_reset);
        compare_memory(e, m, &p->twin);
        e->done = true;
    }
    free(at_reset);
    return problem;
}

void examine(struct examination *e, const struct lockstep *l, const struct options *o, struct machine *m,
             const struct twin_config *cfg)
{
    /* the latest state in l's log is the one after it, or its own where the exception was wrong */
    struct peer p = {.l = l, .goal = l->states - (l->outcome == LOCKSTEP_STATE ? 2 : 1)};
    char error[QEMU_ERROR_SIZE];
    *e = (struct examination){.why_not = NULL};
    if ((l->outcome != LOCKSTEP_STATE && l->outcome != LOCKSTEP_SYNDROME) || l->states < 2)
        return;
    struct machine *fresh = machine_create(o); /* memory as it was before the first instruction */
    memcpy(p.reset, fresh->cpus[0]->sr, sizeof(p.reset));
    bool ok = twin_start(&p.twin, cfg, fresh, error);
    machine_destroy(fresh);
    if (!ok) {
        e->why_not = "QEMU didn't start again";
        return;
    }
    p.log = qemulog_new(qemu_log_fd(p.twin.qemu));
    e->why_not = look(&p, e, m);
    qemulog_free(p.log);
    twin_stop(&p.twin);
}
