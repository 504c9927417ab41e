/* SPDX-License-Identifier: BSD-2-Clause
 *
 * MRS, MSR and MSR (immediate): the verdict comes from sysreg_access(), this file performs the access: plain
 * storage, registers of other units through cpu->units[], and those that are the PE's own state
 * (cpu/system_special.c). Arm ARM C5.2, D19.2.
 *
 * A verdict that permits an access is remembered per Exception level together with a stamp that stands for
 * the values of the registers that sysreg_access() reads (EFFECT_TRAPS; cpu/context.c), which makes the
 * common MRS or MSR a compare and a load or store.
 */
#include "cpu/system.h"

#include <string.h>

#include "cpu/context.h"
#include "cpu/engine.h"
#include "cpu/exception.h"
#include "cpu/observe.h"

uint32_t system_trap_iss(uint32_t raw)
{
    /* Op0 Op2 Op1 CRn Rt CRm Direction */
    return (uint32_t)(bits(raw, 20, 19) << 20 | bits(raw, 7, 5) << 17 | bits(raw, 18, 16) << 14 |
                      bits(raw, 15, 12) << 10 | bits(raw, 4, 0) << 5 | bits(raw, 11, 8) << 1 | bit(raw, 21));
}

uint32_t system_refusal_iss(const struct access_verdict *v, uint32_t raw)
{
    if (v->outcome != ACCESS_TRAP)
        return 0;
    if (v->ec == EC_SYSREG)
        return system_trap_iss(raw);
    return v->ec == EC_FP_ACCESS ? 1u << 24 | 0xeu << 20 : 0;
}

void system_refuse(struct cpu *c, const struct insn *i, const struct access_verdict *v)
{
    switch (v->outcome) {
    case ACCESS_TRAP:
        raise_sync(c, i, v->ec, system_refusal_iss(v, i->raw), v->target_el, v->rule);
        return;
    default:
        raise_sync(c, i, EC_UNKNOWN, 0, 0, v->rule);
        return;
    }
}

/* Asks sysreg_access() and remembers a permission. False: the access was refused, its exception taken. */
static NOINLINE bool ask(struct cpu *c, const struct insn *i, struct cpu_access *a, bool write)
{
    const struct access_state s = {
        .feat = c->feat, .sr = c->sr, .el = c->el, .pstate_uao = c->uao, .pstate_pan = c->pan};
    uint32_t stamp = context_trap_stamp(c, c->el);
    if (a->stamp == stamp) /* back in a known state */
        return true;
    if (UNLIKELY(c->tracer != NULL) && !write) /* not remembered: exec_mrs() is to hear of each read */
        stamp = 0;
    struct access_verdict v = sysreg_access(&s, (enum sysreg)i->imm, write);
    if (v.outcome == ACCESS_MEMORY) {
        *a = (struct cpu_access){.stamp = stamp, .reg = v.offset, .unit = UNIT_MEMORY};
        return true;
    }
    if (v.outcome != ACCESS_OK) {
        system_refuse(c, i, &v);
        return false;
    }
    const struct sysreg_row *row = sysreg_row(v.reg);
    *a = (struct cpu_access){
        .stamp = stamp, .reg = (uint16_t)v.reg, .unit = row->unit, .effects = row->effects};
    return true;
}

bool system_permitted(struct cpu *c, const struct insn *i, enum sysreg reg, bool write)
{
    struct cpu_access *a = &c->access[c->el][write][reg];
    return LIKELY(a->stamp == c->trap_gen[c->el]) || ask(c, i, a, write);
}

/* ---- FEAT_NV2: registers of a guest hypervisor that are memory. D8.11, NVMem[] ---- */

/* The host's address of the register, if the host TLB has it: tag is the entry's for the access. */
static ALWAYS_INLINE void *vncr_host(const struct cpu *c, const struct htlb_entry *e, uint64_t tag,
                                     uint64_t va)
{
    if (UNLIKELY(!htlb_hit(tag, va, sizeof(uint64_t), 0) || (c->attention & ATT_DEBUG) || c->tells_memory))
        return NULL;
    return (void *)(uintptr_t)(va + e->addend);
}

/* MRS; false: an exception was taken. */
static NOINLINE bool vncr_read(struct cpu *c, const struct insn *i, unsigned offset)
{
    uint64_t va = system_vncr_address(c->sr[SR_VNCR_EL2], offset), value;
    const struct htlb_entry *e = htlb_slot(context_el2_bank(c), va);
    const void *host = vncr_host(c, e, e->read_tag, va);
    if (LIKELY(host != NULL))
        memcpy(&value, host, sizeof(value));
    else if (!mem_load(c, i, va, &value, sizeof(value), MEM_VNCR))
        return false;
    c->x[i->rd] = value;
    return true;
}

/* MSR; false: an exception was taken. */
static NOINLINE bool vncr_write(struct cpu *c, const struct insn *i, unsigned offset)
{
    uint64_t va = system_vncr_address(c->sr[SR_VNCR_EL2], offset), value = c->x[i->rn];
    const struct htlb_entry *e = htlb_slot(context_el2_bank(c), va);
    void *host = vncr_host(c, e, e->write_tag, va);
    if (UNLIKELY(host == NULL))
        return mem_store(c, i, va, &value, sizeof(value), MEM_VNCR);
    memcpy(host, &value, sizeof(value));
    return true;
}

/* ---- MRS and MSR (register) ---- */

/* D19.1: the ID space op0=3, op1=0, CRn=0, CRm=1..7 reads as zero and traps with HCR_EL2.TID3. Other reads of
 * the feature ID space are UNDEFINED, and reported as FEAT_IDST says. */
struct access_verdict system_unallocated(const struct access_state *s, uint32_t raw)
{
    const uint64_t hcr = hcr_effective(s->feat, s->sr);
    unsigned op0 = 2u | (unsigned)bit(raw, 19), op1 = (unsigned)bits(raw, 18, 16);
    unsigned crn = (unsigned)bits(raw, 15, 12), crm = (unsigned)bits(raw, 11, 8);
    struct access_verdict v = {.outcome = ACCESS_UNDEF, .reg = SR_NONE, .rule = "unallocated encoding"};

    if (!bit(raw, 20) || !bit(raw, 21))
        return v;
    if (op0 != 3 || op1 != 0 || crn != 0 || crm < 1 || crm > 7)
        return sysreg_undefined_read(s, SR_NONE, (const unsigned[]){op0, op1, crn, crm}, v.rule);
    v.rule = "reserved identification register: reads as 0";
    if (s->el > 0 && !(s->el == 1 && (hcr & HCR_TID3))) {
        v.outcome = ACCESS_OK;
    } else if (s->el > 0 || has(s->feat, FEAT_IDST)) {
        v.outcome = ACCESS_TRAP;
        v.ec = EC_SYSREG;
        v.target_el = s->el > 0 || (hcr & HCR_TGE) ? 2 : 1;
        v.rule = s->el > 0 ? "HCR_EL2.TID3=1" : "FEAT_IDST";
    }
    return v;
}

/* An encoding without a row. Returns true if the read is permitted (as zero). */
static bool unallocated(struct cpu *c, const struct insn *i)
{
    const struct access_state s = {.feat = c->feat, .sr = c->sr, .el = c->el};
    struct access_verdict v = system_unallocated(&s, i->raw);
    if (v.outcome == ACCESS_OK)
        return true;
    system_refuse(c, i, &v);
    return false;
}

const struct insn *exec_mrs(struct cpu *c, const struct insn *i)
{
    c->cur = i;
    if (UNLIKELY(i->imm == SR_NONE)) {
        if (!unallocated(c, i))
            return cpu_resume(c);
        c->x[i->rd] = 0;
        return cpu_next(c, i);
    }
    struct cpu_access *a = &c->access[c->el][0][i->imm];
    if (UNLIKELY(a->stamp != c->trap_gen[c->el]) && !ask(c, i, a, false))
        return cpu_resume(c);
    if (a->unit == UNIT_NONE) {
        c->x[i->rd] = c->sr[a->reg];
    } else if (a->unit == UNIT_CPU) {
        if (UNLIKELY(a->reg == SR_SP_EL0 && !c->spsel)) {
            raise_undefined(c, i);
            return cpu_resume(c);
        }
        c->x[i->rd] = cpu_sysreg_read(c, a->reg);
    } else if (UNLIKELY(a->unit == UNIT_MEMORY)) {
        if (!vncr_read(c, i, a->reg))
            return cpu_resume(c);
    } else {
        const struct sysreg_unit *u = &c->units[a->unit];
        c->x[i->rd] = u->read != NULL ? u->read(u->opaque, a->reg) : c->sr[a->reg];
    }
    if (UNLIKELY(c->tracer != NULL))
        observe_sysreg(c, i, false);
    return cpu_next(c, i);
}

/* Goes on after a write that may have changed how the next instruction is fetched or decoded. */
static const struct insn *after_write(struct cpu *c, const struct insn *i, uint64_t fetch_key)
{
    if (UNLIKELY(c->tracer != NULL))
        observe_context(c);
    if (c->fetch_key == fetch_key)
        return cpu_next(c, i);
    c->pc = PC + 4;
    c->cur = NULL;
    cpu_refund(c, i);
    return cpu_resume(c);
}

/* Plain storage, and the common part of the rows of units without a handler. */
static void write_storage(struct cpu *c, enum sysreg reg, uint64_t value, unsigned effects)
{
    uint64_t old = c->sr[reg];
    if (value == old)
        return;
    value = sysreg_store_value(c->feat, c->sr, reg, value);
    if (value == old)
        return;
    c->sr[reg] = value;
    if (effects != 0)
        cpu_register_written(c, reg, old);
}

static void write_unit(struct cpu *c, const struct cpu_access *a, uint64_t value)
{
    const struct sysreg_unit *u = &c->units[a->unit];
    uint64_t old = c->sr[a->reg];
    if (u->write == NULL) {
        write_storage(c, a->reg, value, a->effects);
        return;
    }
    u->write(u->opaque, a->reg, value);
    if (a->effects != 0 && c->sr[a->reg] != old)
        cpu_register_written(c, a->reg, old);
}

const struct insn *exec_msr(struct cpu *c, const struct insn *i)
{
    uint64_t fetch_key = c->fetch_key;
    c->cur = i;
    if (UNLIKELY(i->imm == SR_NONE)) {
        unallocated(c, i);
        return cpu_resume(c);
    }
    struct cpu_access *a = &c->access[c->el][1][i->imm];
    if (UNLIKELY(a->stamp != c->trap_gen[c->el]) && !ask(c, i, a, true))
        return cpu_resume(c);
    if (UNLIKELY(c->tracer != NULL))
        observe_sysreg(c, i, true);
    if (a->unit == UNIT_NONE) {
        write_storage(c, a->reg, c->x[i->rn], a->effects);
        return after_write(c, i, fetch_key);
    }
    if (a->unit == UNIT_CPU) {
        if (UNLIKELY(a->reg == SR_SP_EL0 && !c->spsel)) {
            raise_undefined(c, i);
            return cpu_resume(c);
        }
        cpu_sysreg_write(c, a->reg, c->x[i->rn]);
    } else if (UNLIKELY(a->unit == UNIT_MEMORY)) {
        if (!vncr_write(c, i, a->reg))
            return cpu_resume(c);
    } else {
        write_unit(c, a, c->x[i->rn]);
    }
    return after_write(c, i, fetch_key);
}

/* ---- MSR (immediate) ---- */

/* Fields by op1:op2. */
enum {
    FIELD_UAO = 003,
    FIELD_PAN = 004,
    FIELD_SPSEL = 005,
    FIELD_ALLINT = 010,
    FIELD_SSBS = 031,
    FIELD_DIT = 032,
    FIELD_TCO = 034,
    FIELD_DAIFSET = 036,
    FIELD_DAIFCLR = 037
};

/* AArch64.CheckSystemAccess() for PSTATE fields: some are UNDEFINED at EL0, DAIF is SCTLR_ELx.UMA's. */
struct access_verdict system_msr_imm(const struct access_state *s, unsigned field)
{
    struct access_verdict v = {.outcome = ACCESS_OK, .reg = SR_NONE, .rule = "direct"};
    if (s->el != 0)
        return v;
    switch (field) {
    case FIELD_SSBS:
    case FIELD_DIT:
    case FIELD_TCO:
        return v;
    case FIELD_DAIFSET:
    case FIELD_DAIFCLR:
        return sysreg_access(s, SR_DAIF, true);
    default:
        v.outcome = ACCESS_UNDEF;
        v.rule = "not accessible below EL1";
        return v;
    }
}

static bool field_permitted(struct cpu *c, const struct insn *i)
{
    const struct access_state s = {.feat = c->feat, .sr = c->sr, .el = c->el};
    if (c->el != 0)
        return true;
    struct access_verdict v = system_msr_imm(&s, i->aux);
    if (v.outcome == ACCESS_OK)
        return true;
    system_refuse(c, i, &v);
    return false;
}

const struct insn *exec_msr_imm(struct cpu *c, const struct insn *i)
{
    uint64_t fetch_key = c->fetch_key;
    uint8_t imm = (uint8_t)i->imm, one = imm & 1;
    c->cur = i;
    if (UNLIKELY(!field_permitted(c, i)))
        return cpu_resume(c);
    if (UNLIKELY(c->tracer != NULL))
        observe_msr_imm(c, i);
    switch (i->aux) {
    case FIELD_DAIFSET:
        c->daif |= imm;
        context_attention(c);
        break;
    case FIELD_DAIFCLR:
        c->daif &= (uint8_t)~imm;
        context_attention(c);
        break;
    case FIELD_PAN:
        c->pan = one;
        cpu_context_changed(c, 0);
        break;
    case FIELD_UAO:
        c->uao = one;
        cpu_context_changed(c, 0);
        break;
    case FIELD_SPSEL:
        cpu_set_el(c, c->el, one);
        break;
    case FIELD_ALLINT:
        c->allint = one;
        break;
    case FIELD_SSBS:
        c->ssbs = one;
        break;
    case FIELD_DIT:
        c->dit = one;
        break;
    case FIELD_TCO:
        c->tco = one;
        context_select(c);
        break;
    default:
        raise_undefined(c, i);
        return cpu_resume(c);
    }
    return after_write(c, i, fetch_key);
}
