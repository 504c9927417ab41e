/* SPDX-License-Identifier: BSD-2-Clause
 *
 * System registers that are the PE's own state rather than storage: PSTATE fields, stack pointers, FPCR and
 * FPSR, pending interrupts, cache geometry, the OS lock and the debug claim tags. Arm ARM C5.2, D19.2, D19.3.
 * Access has been permitted already; redirection is done.
 */
#include "base/random.h"
#include "cpu/context.h"
#include "cpu/fpu.h"
#include "cpu/sem.h"

/* FPCR bits that exist: AHP, DN, FZ, RMode, FZ16 and, with FEAT_AFP, NEP, AH, FIZ. FPSR: QC, IDC, IXC..IOC.
 */
#define FPSR_BITS 0x0800009fu

static uint32_t fpcr_bits(const struct features *f)
{
    return 0x07c00000u | (has(f, FEAT_FP16) ? 1u << 19 : 0) | (has(f, FEAT_AFP) ? 7u : 0);
}

/* ISR_EL1: at EL1 and EL0 the virtual interrupt where HCR_EL2 routes the physical one away, else the physical
 * one. */
static uint64_t isr(const struct cpu *c)
{
    uint64_t hcr = c->el <= 1 ? c->hcr : 0;
    bool irq = (hcr & HCR_IMO) ? (c->lines & LINE_VIRQ) || (hcr & HCR_VI) : (c->lines & LINE_IRQ) != 0;
    bool fiq = (hcr & HCR_FMO) ? (c->lines & LINE_VFIQ) || (hcr & HCR_VF) : (c->lines & LINE_FIQ) != 0;
    bool serror = (hcr & HCR_AMO) ? (hcr & HCR_VSE) != 0 : c->serror_pending;
    return (uint64_t)serror << 8 | (uint64_t)irq << 7 | (uint64_t)fiq << 6;
}

/* DCZID_EL0, with DZP as DC ZVA would fare at this Exception level by SCTLR_ELx.DZE and HCR_EL2.TDZ;
 * fine-grained traps have no say. */
static uint64_t dczid(const struct cpu *c)
{
    enum { DZP = 1 << 4 };
    bool host = el_is_in_host(c->feat, c->sr, 0), prohibited = c->el <= 1 && (c->hcr & HCR_TDZ);
    if (c->el == 0 && !(c->sr[host ? SR_SCTLR_EL2 : SR_SCTLR_EL1] & SCTLR_DZE))
        prohibited = true;
    return c->sr[SR_DCZID_EL0] | (prohibited ? DZP : 0);
}

/* DISR_EL1 is RAZ/WI below EL3 while SCR_EL3.EA is 1: ESB defers to EL3's then. */
static bool disr_is_el3s(const struct cpu *c)
{
    return c->el < 3 && c->feat->has_el3 && (c->sr[SR_SCR_EL3] & SCR_EA) != 0;
}

/* RNDR, RNDRRS: there always is a number, which PSTATE.NZCV says. The same in each run: nothing of the host
 * may reach the guest. */
static uint64_t random_number(struct cpu *c)
{
    struct random r = {c->random};
    uint64_t number = random_u64(&r);
    c->random = r.state;
    set_nzcv(c, 0);
    return number;
}

uint64_t cpu_sysreg_read(void *opaque, enum sysreg reg)
{
    const struct cpu *c = opaque;
    switch (reg) {
    case SR_RNDR:
    case SR_RNDRRS:
        return random_number(opaque);
    case SR_NZCV:
        return (uint64_t)get_nzcv(c) << 28;
    case SR_DAIF:
        return (uint64_t)c->daif << 6;
    case SR_CurrentEL:
        return c->el == 1 && (c->hcr & HCR_NV) ? 2u << 2 : (uint64_t)c->el << 2;
    case SR_SPSel:
        return c->spsel;
    case SR_PAN:
        return (uint64_t)c->pan << 22;
    case SR_UAO:
        return (uint64_t)c->uao << 23;
    case SR_DIT:
        return (uint64_t)c->dit << 24;
    case SR_SSBS:
        return (uint64_t)c->ssbs << 12;
    case SR_TCO:
        return (uint64_t)c->tco << 25;
    case SR_ALLINT:
        return (uint64_t)c->allint << 13;
    case SR_SP_EL0:
        return c->spsel ? c->sp_el[0] : c->x[REG_SP];
    case SR_SP_EL1:
        return c->el == 1 && c->spsel ? c->x[REG_SP] : c->sp_el[1];
    case SR_SP_EL2:
        return c->el == 2 && c->spsel ? c->x[REG_SP] : c->sp_el[2];
    case SR_FPCR:
        return c->fpcr;
    case SR_FPSR:
        return c->fpsr;
    case SR_ISR_EL1:
        return isr(c);
    case SR_CCSIDR_EL1:
        return features_ccsidr(c->feat, bits(c->sr[SR_CSSELR_EL1], 3, 0));
    case SR_DCZID_EL0:
        return dczid(c);
    case SR_DISR_EL1:
        return disr_is_el3s(c) ? 0 : c->sr[reg];
    case SR_MPAM1_EL1:
    case SR_MPAM2_EL2: /* MPAMEN is the highest Exception level's */
        return c->sr[reg] | (c->sr[c->feat->has_el3 ? SR_MPAM3_EL3 : SR_MPAM2_EL2] & BIT(63));
    case SR_DBGCLAIMSET_EL1:
        return 0xff;
    case SR_DBGCLAIMCLR_EL1:
        return c->sr[SR_DBGCLAIMSET_EL1];
    default:
        return c->sr[reg];
    }
}

/* SP_ELx by MSR at a higher EL; the current one (written by a debugger) lives in x[]. */
static void write_sp(struct cpu *c, unsigned el, uint64_t value)
{
    if (el == (c->spsel ? c->el : 0u))
        c->x[REG_SP] = value;
    else
        c->sp_el[el] = value;
}

static void write_plain(struct cpu *c, enum sysreg reg, uint64_t value)
{
    uint64_t old = c->sr[reg];
    c->sr[reg] = sysreg_store_value(c->feat, c->sr, reg, value);
    if (c->sr[reg] != old)
        cpu_register_written(c, reg, old);
}

/* The fields of PSTATE that MSR (register) writes. False: reg is none of them. */
static bool write_pstate(struct cpu *c, enum sysreg reg, uint64_t value)
{
    switch (reg) {
    case SR_NZCV:
        set_nzcv(c, (unsigned)bits(value, 31, 28));
        break;
    case SR_DAIF:
        c->daif = (uint8_t)bits(value, 9, 6);
        context_attention(c);
        break;
    case SR_SPSel:
        cpu_set_el(c, c->el, value & 1);
        break;
    case SR_PAN:
        c->pan = bit(value, 22);
        cpu_context_changed(c, 0);
        break;
    case SR_UAO:
        c->uao = bit(value, 23);
        cpu_context_changed(c, 0);
        break;
    case SR_DIT:
        c->dit = bit(value, 24);
        break;
    case SR_SSBS:
        c->ssbs = bit(value, 12);
        break;
    case SR_TCO:
        c->tco = bit(value, 25);
        cpu_context_changed(c, 0);
        break;
    case SR_ALLINT:
        c->allint = bit(value, 13);
        break;
    default:
        return false;
    }
    return true;
}

void cpu_sysreg_write(void *opaque, enum sysreg reg, uint64_t value)
{
    struct cpu *c = opaque;
    if (write_pstate(c, reg, value))
        return;
    switch (reg) {
    case SR_SP_EL0:
        write_sp(c, 0, value);
        break;
    case SR_SP_EL1:
        write_sp(c, 1, value);
        break;
    case SR_SP_EL2:
        write_sp(c, 2, value);
        break;
    case SR_FPCR:
        c->fpcr = (uint32_t)value & fpcr_bits(c->feat);
        fpu_fpcr_changed(c);
        break;
    case SR_FPSR:
        c->fpsr = (uint32_t)value & FPSR_BITS;
        break;
    case SR_OSLAR_EL1:
        value = (c->sr[SR_OSLSR_EL1] & ~OSLSR_OSLK) | ((value & 1) ? OSLSR_OSLK : 0);
        c->sr[SR_OSLSR_EL1] = value;
        cpu_context_changed(c, EFFECT_DEBUG);
        break;
    case SR_DISR_EL1:
        if (!disr_is_el3s(c))
            write_plain(c, reg, value);
        break;
    case SR_DBGCLAIMSET_EL1:
        c->sr[SR_DBGCLAIMSET_EL1] |= value & 0xff;
        break;
    case SR_DBGCLAIMCLR_EL1:
        c->sr[SR_DBGCLAIMSET_EL1] &= ~(value & 0xff);
        break;
    default:
        write_plain(c, reg, value);
        break;
    }
}
