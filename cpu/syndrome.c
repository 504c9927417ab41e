/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Synchronous exceptions as semantics and memory raise them: exception class, syndrome, fault address. Arm
 * ARM D19.2, ESR_ELx.ISS encodings; pseudocode AArch64.FaultSyndrome(), AArch64.CheckFPAdvSIMDEnabled(). The
 * instruction's own fields come from its encoding, i->raw.
 */
#include "cpu/cpu.h"
#include "cpu/engine.h"
#include "cpu/exception.h"

/* ISS of data and instruction aborts */
enum {
    ISS_WNR = 1 << 6,
    ISS_S1PTW = 1 << 7,
    ISS_CM = 1 << 8,
    ISS_VNCR = 1 << 13,
    ISS_AR = 1 << 14,
    ISS_SF = 1 << 15,
    ISS_SRT_SHIFT = 16,
    ISS_SSE = 1 << 21,
    ISS_SAS_SHIFT = 22,
    ISS_ISV = 1 << 24,
};
/* ISS2 of data and instruction aborts */
enum { ISS2_DIRTY_BIT = 1 << 5, ISS2_OVERLAY = 1 << 6, ISS2_ASSURED_ONLY = 1 << 7 };
/* ISS of traps of conditional instructions: in AArch64 always "valid, AL" */
#define ISS_COND_AL (1u << 24 | 0xeu << 20)

static void take(struct cpu *c, const struct insn *i, const struct exc *e)
{
    cpu_refund(c, i);
    exception_take_sync(c, e);
}

void raise_sync(struct cpu *c, const struct insn *i, unsigned ec, uint32_t iss, unsigned min_el,
                const char *cause)
{
    const struct exc e = {
        .ec = (uint8_t)ec, .iss = iss, .min_el = (uint8_t)min_el, .elr = PC, .cause = cause};
    take(c, i, &e);
}

void raise_undefined(struct cpu *c, const struct insn *i)
{
    raise_sync(c, i, EC_UNKNOWN, 0, 0, "UNDEFINED");
}

/* ---- aborts ---- */

/* How the encodings of single-register loads and stores without writeback tell register size and sign. */
static const struct {
    uint32_t mask, value;
    bool ordered; /* acquire or release: ISS.AR */
    bool literal; /* opc<31:30> is 32, 64, signed 32, PRFM */
    bool by_l;    /* bit 22 is load, data unsigned, register size by data size */
} isv_forms[] = {
    {0x3f000000, 0x39000000, false, false, false}, /* unsigned immediate */
    {0x3f200c00, 0x38000000, false, false, false}, /* unscaled immediate */
    {0x3f200c00, 0x38000800, false, false, false}, /* unprivileged */
    {0x3f200c00, 0x38200800, false, false, false}, /* register offset */
    {0x3f000000, 0x18000000, false, true, false},  /* PC-relative */
    {0x3fa00000, 0x08800000, true, false, true},   /* LDAR, LDLAR, STLR, STLLR */
    {0x3ffffc00, 0x38bfc000, true, false, true},   /* LDAPR */
    {0x3f200c00, 0x19000000, true, false, false},  /* LDAPUR, STLUR */
};

static uint32_t isv_fields(unsigned size, bool sign, bool sf, unsigned rt, bool ordered)
{
    return ISS_ISV | size << ISS_SAS_SHIFT | (sign ? ISS_SSE : 0) | rt << ISS_SRT_SHIFT | (sf ? ISS_SF : 0) |
           (ordered ? ISS_AR : 0);
}

/* LSInstructionSyndrome(): ISS<24:14>, 0 where the instruction has none. */
static uint32_t instruction_syndrome(uint32_t raw)
{
    unsigned size = raw >> 30, opc = raw >> 22 & 3, rt = raw & 31;
    for (unsigned n = 0; n < ARRAY_LEN(isv_forms); n++) {
        if ((raw & isv_forms[n].mask) != isv_forms[n].value)
            continue;
        if (isv_forms[n].literal)
            return size == 3 ? 0 : isv_fields(size == 1 ? 3 : 2, size == 2, size != 0, rt, false);
        if (isv_forms[n].by_l)
            return isv_fields(size, false, size == 3, rt, true);
        if (opc == 2 && size == 3) /* prefetch */
            return 0;
        return isv_fields(size, opc >= 2, size == 3 || opc == 2, rt, isv_forms[n].ordered);
    }
    return 0;
}

static bool is_sys(uint32_t raw)
{
    return (raw & 0xfff80000) == 0xd5080000;
}

/* DC ZVA, GVA, GZVA: stores, not cache maintenance. */
static bool is_zeroing(uint32_t raw)
{
    return (raw & 0xffffff00) == 0xd50b7400;
}

/* IPAValid(): the faults whose IPA is reported in HPFAR_EL2. */
static bool ipa_valid(const struct fault *f)
{
    switch (f->type) {
    case FAULT_TRANSLATION:
    case FAULT_ADDRESS_SIZE:
    case FAULT_ACCESS_FLAG:
        return f->stage2;
    case FAULT_PERMISSION:
        return f->stage2 && f->s1ptw;
    default:
        return false;
    }
}

static void fault_exc(struct exc *e, const struct cpu *c, const struct fault *f, uint64_t va)
{
    e->stage2 = f->stage2;
    e->external = f->type == FAULT_EXTERNAL || f->type == FAULT_EXTERNAL_WALK;
    e->has_far = true;
    e->far = va;
    e->cause = f->rule;
    e->iss |= fault_fsc(f) | (f->s1ptw ? ISS_S1PTW : 0);
    e->iss2 = (f->dirty_bit ? ISS2_DIRTY_BIT : 0) | (f->overlay ? ISS2_OVERLAY : 0) |
              (f->assured_only ? ISS2_ASSURED_ONLY : 0);
    if (ipa_valid(f)) {
        e->has_hpfar = true;
        e->hpfar = bits(f->ipa, 51, 12) << 4;
        if (f->ipa_ns && is_secure_below_el3(c->feat, c->sr))
            e->hpfar |= BIT(63);
    }
}

void raise_data_abort(struct cpu *c, const struct insn *i, uint64_t va, bool write, const struct fault *f,
                      unsigned mem_flags)
{
    struct exc e = {.ec = EC_DATA_ABORT_LOWER, .elr = PC};
    if (UNLIKELY(mem_flags & MEM_VNCR)) /* Exception_NV2DataAbort: as EL2's own */
        e = (struct exc){.ec = EC_DATA_ABORT_SAME, .iss = ISS_VNCR, .min_el = 2, .elr = PC};
    bool wnr = (f->s1ptw || (mem_flags & MEM_RMW)) ? f->write : write;
    fault_exc(&e, c, f, va);
    if (is_sys(i->raw)) {
        wnr = true;
        if (!is_zeroing(i->raw))
            e.iss |= ISS_CM;
    } else if (f->stage2 && !f->s1ptw) {
        e.iss |= instruction_syndrome(i->raw);
    }
    e.iss |= wnr ? ISS_WNR : 0;
    take(c, i, &e);
}

void raise_insn_abort(struct cpu *c, uint64_t va, const struct fault *f)
{
    struct exc e = {.ec = EC_INSN_ABORT_LOWER, .elr = va};
    fault_exc(&e, c, f, va);
    exception_take_sync(c, &e);
}

void raise_pc_alignment(struct cpu *c, uint64_t va)
{
    const struct exc e = {
        .ec = EC_PC_ALIGN, .elr = va, .has_far = true, .far = va, .cause = "PC is not aligned"};
    exception_take_sync(c, &e);
}

void raise_sp_alignment(struct cpu *c, const struct insn *i)
{
    raise_sync(c, i, EC_SP_ALIGN, 0, 0, "SP is not aligned");
}

/* ---- state and control flow ---- */

void raise_illegal_state(struct cpu *c, uint64_t pc)
{
    const struct exc e = {.ec = EC_ILLEGAL_STATE, .elr = pc, .cause = "PSTATE.IL=1"};
    exception_take_sync(c, &e);
}

void raise_branch_target(struct cpu *c, uint64_t pc, unsigned btype)
{
    const struct exc e = {.ec = EC_BTI, .iss = btype, .elr = pc, .cause = "no landing pad in a guarded page"};
    exception_take_sync(c, &e);
}

void raise_pac_fail(struct cpu *c, const struct insn *i, unsigned iss)
{
    raise_sync(c, i, EC_PAC_FAIL, iss, 0, "FEAT_FPAC");
}

/* ---- FP and SIMD enables ---- */

/* FPEN fields: 0bx0 traps all, 0b01 EL0 (with `el0_too`, the condition that counts), 0b11 nothing. */
static bool fpen_traps(uint64_t reg, bool el0)
{
    unsigned fpen = (unsigned)((reg & CPACR_FPEN) >> CPACR_FPEN_SHIFT);
    return !(fpen & 1) || (fpen == 1 && el0);
}

struct fp_verdict fp_access(const struct route_state *s)
{
    bool el2 = s->el <= 2 && el2_enabled(s->feat, s->sr);
    uint64_t hcr = s->sr[SR_HCR_EL2];
    if (s->el <= 1 && !el_is_in_host(s->feat, s->sr, s->el) && fpen_traps(s->sr[SR_CPACR_EL1], s->el == 0)) {
        if (el2 && (hcr & HCR_TGE)) /* AArch64.AdvSIMDFPAccessTrap(): as an Undefined Instruction exception */
            return (struct fp_verdict){2, EC_UNKNOWN, "CPACR_EL1.FPEN, HCR_EL2.TGE=1"};
        return (struct fp_verdict){1, EC_FP_ACCESS, "CPACR_EL1.FPEN"};
    }
    if (el2 && (hcr & HCR_E2H)) {
        if (fpen_traps(s->sr[SR_CPTR_EL2], s->el == 0 && (hcr & HCR_TGE)))
            return (struct fp_verdict){2, EC_FP_ACCESS, "CPTR_EL2.FPEN"};
    } else if (el2 && (s->sr[SR_CPTR_EL2] & CPTR_TFP)) {
        return (struct fp_verdict){2, EC_FP_ACCESS, "CPTR_EL2.TFP=1"};
    }
    if (s->feat->has_el3 && (s->sr[SR_CPTR_EL3] & CPTR_TFP))
        return (struct fp_verdict){3, EC_FP_ACCESS, "CPTR_EL3.TFP=1"};
    return (struct fp_verdict){0, 0, "permitted"};
}

void raise_fp_access(struct cpu *c, const struct insn *i)
{
    const struct route_state s = {.feat = c->feat, .sr = c->sr, .el = c->el, .daif = c->daif};
    struct fp_verdict v = fp_access(&s);
    raise_sync(c, i, v.ec, v.ec == EC_FP_ACCESS ? ISS_COND_AL : 0, v.target_el, v.rule);
}
