/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Registers for the debugger. See target.h; the text that describes them is in target_xml.c.
 */
#include "debug/target.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "cpu/context.h"
#include "cpu/cpu.h"
#include "cpu/fpu.h"
#include "cpu/sem.h"
#include "debug/target_internal.h"

/* Reading these does something, or there is nothing behind them. */
static const char *const left_out[] = {"RNDR*", "ICC_IAR*", "ICC_NMIAR*", "DBGDTR*", "IMPDEF*", "ICC_SGI*"};

static bool is_left_out(const char *name)
{
    for (size_t n = 0; n < ARRAY_LEN(left_out); n++)
        if (fnmatch(left_out[n], name, 0) == 0)
            return true;
    return false;
}

/* Does the row's Exception level exist? By op1, as encodings are assigned. */
static bool level_exists(const struct features *f, const struct sysreg_row *row)
{
    switch (row->op1) {
    case 4:
        return f->has_el2 || strcmp(row->name, "SP_EL1") == 0;
    case 5:
        return f->has_el2;
    case 6:
        return f->has_el3;
    default:
        return true;
    }
}

/* The row that holds the storage of `reg`: of SCTLR_EL12 that is SCTLR_EL1. */
static enum sysreg storage_of(const struct features *f, enum sysreg reg)
{
    uint64_t sr[SR_COUNT] = {[SR_HCR_EL2] = HCR_E2H, [SR_SCR_EL3] = UINT64_MAX};
    const struct access_state s = {.feat = f, .sr = sr, .el = 2};
    if (sysreg_has_storage(reg))
        return reg;
    struct access_verdict v = sysreg_access(&s, reg, false);
    return v.outcome == ACCESS_OK && sysreg_has_storage(v.reg) ? v.reg : SR_NONE;
}

struct target *target_create(const struct features *f, uint64_t *latest)
{
    struct target *t = xcalloc(1, sizeof(*t));
    t->latest = latest;
    for (unsigned n = 0; n < SR_COUNT; n++) {
        const struct sysreg_row *row = sysreg_row(n);
        if ((row->access & 1) == 0 || (row->access & 4) != 0 || !has(f, row->feature) ||
            !level_exists(f, row) || is_left_out(row->name))
            continue;
        enum sysreg storage = storage_of(f, n);
        if (storage == SR_NONE)
            continue;
        t->reg[t->n] = (uint16_t)n;
        t->storage[t->n++] = (uint16_t)storage;
    }
    target_make_xml(t);
    return t;
}

void target_destroy(struct target *t)
{
    if (t == NULL)
        return;
    for (unsigned n = 0; n < XML_FILES; n++)
        free(t->xml[n]);
    free(t);
}

unsigned target_register_size(const struct target *t, unsigned n)
{
    if (n == REGISTER_CPSR || n == REGISTER_FPSR || n == REGISTER_FPCR)
        return 4;
    if (n >= REGISTER_V0 && n < REGISTER_FPSR)
        return 16;
    return n < REGISTER_SYSTEM + t->n ? 8 : 0;
}

enum sysreg target_system_register(const struct target *t, const char *name)
{
    for (unsigned n = 0; n < t->n; n++)
        if (strcasecmp(sysreg_row(t->reg[n])->name, name) == 0)
            return t->storage[n];
    return SR_NONE;
}

/* ---- system registers ---- */

/* Units outside the CPU show EL1 what a hypervisor wants it to see. A debugger asks as EL2 would, where there
 * is one. */
static uint8_t asking_el(const struct cpu *c)
{
    return c->el < 2 && el2_enabled(c->feat, c->sr) ? 2 : c->el;
}

static const struct sysreg_unit *unit_of(const struct cpu *c, enum sysreg reg)
{
    return &c->units[sysreg_row(reg)->unit];
}

uint64_t target_system_read(const struct target *t, struct cpu *c, enum sysreg reg)
{
    const struct sysreg_row *row = sysreg_row(reg);
    if (row->unit == UNIT_NONE)
        return c->sr[reg];
    if (row->unit == UNIT_CPU)
        return cpu_sysreg_read(c, reg);
    const struct sysreg_unit *u = unit_of(c, reg);
    const uint64_t latest = *t->latest;
    const uint8_t el = c->el;
    c->el = asking_el(c);
    uint64_t value = u->read != NULL ? u->read(u->opaque, reg) : c->sr[reg];
    c->el = el;
    *t->latest = latest;
    return value;
}

static void write_storage(struct cpu *c, enum sysreg reg, uint64_t value)
{
    uint64_t old = c->sr[reg];
    c->sr[reg] = sysreg_store_value(c->feat, c->sr, reg, value);
    if (c->sr[reg] != old)
        cpu_register_written(c, reg, old);
}

static const char *write_system(struct cpu *c, enum sysreg reg, uint64_t value)
{
    const struct sysreg_row *row = sysreg_row(reg);
    const struct sysreg_unit *u = unit_of(c, reg);
    uint64_t old = c->sr[reg];
    if ((row->access & 2) == 0)
        return "this register is read-only";
    if (row->unit == UNIT_CPU) {
        cpu_sysreg_write(c, reg, value);
    } else if (row->unit == UNIT_NONE || u->write == NULL) {
        write_storage(c, reg, value);
    } else {
        uint8_t el = c->el;
        c->el = asking_el(c);
        u->write(u->opaque, reg, value);
        c->el = el;
        if (c->sr[reg] != old)
            cpu_register_written(c, reg, old);
    }
    return NULL;
}

/* ---- PSTATE ---- */

/* CPSR as the debugger writes it: the fields of an SPSR, also to a higher Exception level, but none that
 * doesn't exist. */
static const char *write_pstate(struct cpu *c, uint32_t value)
{
    struct route_state highest = {.feat = c->feat, .sr = c->sr, .el = 3};
    const char *problem = exception_return_illegal(&highest, value);
    if (problem != NULL)
        return problem;
    value &= c->spsr_bits;
    context_set_pstate(c, value);
    c->btype_pc = c->pc;
    cpu_set_el(c, (unsigned)bits(value, 3, 2), value & 1);
    cpu_context_changed(c, 0);
    context_tell(c);
    return NULL;
}

/* ---- all of them ---- */

unsigned target_register_read(const struct target *t, struct cpu *c, unsigned n, void *value)
{
    unsigned size = target_register_size(t, n);
    uint64_t v = 0;
    if (n >= REGISTER_V0 && n < REGISTER_FPSR) {
        memcpy(value, c->v[n - REGISTER_V0].b, 16);
        return 16;
    }
    if (n < REGISTER_SP)
        v = c->x[n];
    else if (n == REGISTER_SP)
        v = c->x[REG_SP];
    else if (n == REGISTER_PC)
        v = c->pc;
    else if (n == REGISTER_CPSR)
        v = cpu_pstate(c, cpu_btype(c, c->pc));
    else if (n == REGISTER_FPSR)
        v = c->fpsr;
    else if (n == REGISTER_FPCR)
        v = c->fpcr;
    else if (size != 0)
        v = target_system_read(t, c, t->storage[n - REGISTER_SYSTEM]);
    memcpy(value, &v, size);
    return size;
}

const char *target_register_write(const struct target *t, struct cpu *c, unsigned n, const void *value)
{
    uint64_t v = 0;
    unsigned size = target_register_size(t, n);
    if (size == 0)
        return "there is no such register";
    if (n >= REGISTER_V0 && n < REGISTER_FPSR) {
        memcpy(c->v[n - REGISTER_V0].b, value, 16);
        return NULL;
    }
    memcpy(&v, value, size);
    if (n < REGISTER_SP) {
        c->x[n] = v;
    } else if (n == REGISTER_SP) {
        c->x[REG_SP] = v;
    } else if (n == REGISTER_PC) {
        c->pc = v;
        c->btype = 0;
    } else if (n == REGISTER_CPSR) {
        return write_pstate(c, (uint32_t)v);
    } else if (n == REGISTER_FPSR) {
        cpu_sysreg_write(c, SR_FPSR, v);
    } else if (n == REGISTER_FPCR) {
        cpu_sysreg_write(c, SR_FPCR, v);
    } else {
        return write_system(c, t->storage[n - REGISTER_SYSTEM], v);
    }
    return NULL;
}
