/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Instructions that exist to take an exception or return from one: SVC, HVC, SMC, BRK, HLT, ERET. Arm ARM
 * C6.2, D1.3.4; pseudocode AArch64.CallSupervisor(), AArch64.CheckForSMCUndefOrTrap() and neighbours. Where
 * the Exception level that would answer an HVC or SMC does not exist, the board may play firmware (PSCI,
 * SMCCC), as board->smccc.
 */
#include "cpu/cpu.h"
#include "cpu/debug.h"
#include "cpu/engine.h"
#include "cpu/exception.h"
#include "cpu/pauth.h"

static unsigned imm16(const struct insn *i)
{
    return (unsigned)bits(i->raw, 20, 5);
}

/* Takes a system call: the preferred return address is the next instruction. */
static const struct insn *call(struct cpu *c, const struct insn *i, unsigned ec, unsigned min_el)
{
    const struct exc e = {.ec = (uint8_t)ec,
                          .iss = imm16(i),
                          .min_el = (uint8_t)min_el,
                          .executed = true,
                          .elr = PC + 4,
                          .cause = ec == EC_SVC64   ? "SVC"
                                   : ec == EC_HVC64 ? "HVC"
                                                    : "SMC"};
    debug_advance(c);
    cpu_refund(c, i);
    exception_take_sync(c, &e);
    return cpu_resume(c);
}

static const struct insn *undefined(struct cpu *c, const struct insn *i, const char *why)
{
    raise_sync(c, i, EC_UNKNOWN, 0, 0, why);
    return cpu_resume(c);
}

static const struct insn *trap(struct cpu *c, const struct insn *i, unsigned ec, uint32_t iss,
                               const char *why)
{
    raise_sync(c, i, ec, iss, 2, why);
    return cpu_resume(c);
}

/* AArch64.CheckForSVCTrap(): FEAT_FGT. NULL: not trapped. */
static ALWAYS_INLINE const char *svc_trap(const struct features *f, const uint64_t *sr, unsigned el)
{
    if (LIKELY(!has(f, FEAT_FGT)) || el > 1 || !fgt_enabled(f, sr))
        return NULL;
    uint64_t fgt = sr[SR_HFGITR_EL2];
    if (el == 0)
        return (fgt & HFGITR_SVC_EL0) && !el_is_in_host(f, sr, 0) ? "HFGITR_EL2.SVC_EL0=1" : NULL;
    return fgt & HFGITR_SVC_EL1 ? "HFGITR_EL2.SVC_EL1=1" : NULL;
}

const struct insn *exec_svc(struct cpu *c, const struct insn *i)
{
    c->cur = i;
    const char *why = svc_trap(c->feat, c->sr, c->el);
    if (UNLIKELY(why != NULL))
        return trap(c, i, EC_SVC64, imm16(i), why);
    return call(c, i, EC_SVC64, 1);
}

/* Does the board play the firmware that is called? PC is past the instruction then. */
static bool firmware(struct cpu *c, const struct insn *i, bool smc)
{
    c->pc = PC + 4;
    if (c->board == NULL || c->board->smccc == NULL || !c->board->smccc(c->board->opaque, c, smc))
        return false;
    cpu_refund(c, i);
    return true;
}

/* Why HVC is UNDEFINED, or NULL. C6.2 (HVC). */
static ALWAYS_INLINE const char *hvc_undefined(const struct features *f, const uint64_t *sr, unsigned el)
{
    if (el == 0)
        return "HVC at EL0";
    if (!f->has_el2)
        return "EL2 is not implemented";
    if (el == 1 && !el2_enabled(f, sr))
        return "EL2 is not enabled";
    if (f->has_el3)
        return sr[SR_SCR_EL3] & SCR_HCE ? NULL : "SCR_EL3.HCE=0";
    return sr[SR_HCR_EL2] & HCR_HCD ? "HCR_EL2.HCD=1" : NULL;
}

const struct insn *exec_hvc(struct cpu *c, const struct insn *i)
{
    c->cur = i;
    if (c->el != 0 && !c->feat->has_el2)
        return firmware(c, i, false) ? cpu_resume(c) : undefined(c, i, "EL2 is not implemented");
    const char *why = hvc_undefined(c->feat, c->sr, c->el);
    if (why != NULL)
        return undefined(c, i, why);
    return call(c, i, EC_HVC64, 2);
}

/* AArch64.CheckForSMCUndefOrTrap(), before and after the trap. */
static const char *smc_undefined(const struct features *f, const uint64_t *sr, unsigned el)
{
    if (el == 0)
        return "SMC at EL0";
    if (!f->has_el3)
        return "EL3 is not implemented";
    return sr[SR_SCR_EL3] & SCR_SMD ? "SCR_EL3.SMD=1" : NULL;
}

static bool smc_traps(unsigned el, uint64_t hcr)
{
    return el == 1 && (hcr & HCR_TSC) != 0;
}

const struct insn *exec_smc(struct cpu *c, const struct insn *i)
{
    c->cur = i;
    if (c->el == 0)
        return undefined(c, i, "SMC at EL0");
    if (smc_traps(c->el, c->hcr)) /* the preferred return address is the SMC itself */
        return trap(c, i, EC_SMC64, imm16(i), "HCR_EL2.TSC=1");
    if (c->el < 3 && firmware(c, i, true)) /* also in EL3's place, where the machine runs none of its own */
        return cpu_resume(c);
    const char *why = smc_undefined(c->feat, c->sr, c->el);
    if (why != NULL)
        return undefined(c, i, why);
    return call(c, i, EC_SMC64, 3);
}

struct call_verdict call_verdict(const struct route_state *s, unsigned ec)
{
    struct call_verdict v = {.outcome = CALL_TAKEN, .rule = "not trapped"};
    const char *rule = NULL;

    if (ec == EC_SVC64) {
        rule = svc_trap(s->feat, s->sr, s->el);
        if (rule != NULL)
            v = (struct call_verdict){CALL_TRAPPED, rule};
        return v;
    }
    if (ec == EC_SMC64 && smc_traps(s->el, hcr_effective(s->feat, s->sr)))
        return (struct call_verdict){CALL_TRAPPED, "HCR_EL2.TSC=1"};
    rule = ec == EC_HVC64 ? hvc_undefined(s->feat, s->sr, s->el) : smc_undefined(s->feat, s->sr, s->el);
    return rule != NULL ? (struct call_verdict){CALL_UNDEFINED, rule} : v;
}

const struct insn *exec_brk(struct cpu *c, const struct insn *i)
{
    const struct exc e = {
        .ec = EC_BRK, .iss = imm16(i), .executed = true, .debug = true, .elr = PC, .cause = "BRK"};
    c->cur = i;
    cpu_refund(c, i);
    exception_take_sync(c, &e);
    return cpu_resume(c);
}

const struct insn *exec_hlt(struct cpu *c, const struct insn *i)
{
    enum { SEMIHOSTING = 0xf000 };
    c->cur = i;
    if (imm16(i) == SEMIHOSTING && c->board != NULL && c->board->semihosting != NULL) {
        c->pc = PC + 4;
        if (c->board->semihosting(c->board->opaque, c)) {
            cpu_refund(c, i);
            return cpu_resume(c);
        }
    }
    return undefined(c, i, "HLT: halting debug is not implemented");
}

/* ---- exception return ---- */

static uint64_t elr(const struct cpu *c)
{
    static const uint16_t reg[] = {0, SR_ELR_EL1, SR_ELR_EL2, SR_ELR_EL3};
    return c->sr[reg[c->el]];
}

static uint64_t spsr(const struct cpu *c)
{
    static const uint16_t reg[] = {0, SR_SPSR_EL1, SR_SPSR_EL2, SR_SPSR_EL3};
    return c->sr[reg[c->el]];
}

/* AArch64.CheckForERetTrap(): HCR_EL2.NV and HFGITR_EL2.ERET. */
static bool eret_traps(const struct cpu *c)
{
    if (LIKELY(c->el != 1))
        return false;
    if (c->hcr & HCR_NV)
        return true;
    return UNLIKELY(has(c->feat, FEAT_FGT)) && (c->sr[SR_HFGITR_EL2] & HFGITR_ERET) &&
           fgt_enabled(c->feat, c->sr);
}

/* ISS of EC_ERET, and what comes before the return proper. */
enum eret { ERET_PLAIN = 0, ERET_KEY_A = 2, ERET_KEY_B = 3 };

static const struct insn *eret(struct cpu *c, const struct insn *i, enum eret kind)
{
    c->cur = i;
    if (UNLIKELY(c->el == 0))
        return undefined(c, i, "ERET at EL0");
    if (UNLIKELY(eret_traps(c)))
        return trap(c, i, EC_ERET, (uint32_t)kind, c->hcr & HCR_NV ? "HCR_EL2.NV=1" : "HFGITR_EL2.ERET=1");
    uint64_t target = elr(c);
    if (kind != ERET_PLAIN &&
        !pauth_auth(c, i, kind == ERET_KEY_A ? PAUTH_IA : PAUTH_IB, target, c->x[REG_SP], true, &target))
        return cpu_resume(c);
    cpu_refund(c, i);
    exception_return(c, target, spsr(c));
    c->cur = NULL;
    return cpu_resume(c);
}

const struct insn *exec_eret(struct cpu *c, const struct insn *i)
{
    return eret(c, i, ERET_PLAIN);
}

const struct insn *exec_eretaa(struct cpu *c, const struct insn *i)
{
    return eret(c, i, ERET_KEY_A);
}

const struct insn *exec_eretab(struct cpu *c, const struct insn *i)
{
    return eret(c, i, ERET_KEY_B);
}
