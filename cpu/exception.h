/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Exceptions: where one is taken (a pure verdict) and taking it. Arm ARM D1.3; AArch64.TakeException().
 */
#ifndef EL2SIM_CPU_EXCEPTION_H
#define EL2SIM_CPU_EXCEPTION_H

#include <stdbool.h>
#include <stdint.h>

#include "cpu/insn.h"
#include "mmu/mmu.h"
#include "sysregs/sysreg.h"

struct cpu;

enum exc_kind { EXC_SYNC, EXC_IRQ, EXC_FIQ, EXC_SERROR, EXC_VIRQ, EXC_VFIQ, EXC_VSERROR, EXC_KINDS };

/* A synchronous exception before routing. */
struct exc {
    uint8_t ec;
    uint32_t iss;
    uint32_t iss2;  /* ESR_ELx[55:32] */
    uint8_t min_el; /* target at least this EL (HVC: 2, SMC: 3, traps: the trap's target); 0: by routing */
    bool stage2;    /* stage 2 abort: to EL2, HPFAR valid */
    bool external;  /* synchronous External abort: SCR_EL3.EA, HCR_EL2.TEA */
    bool executed;  /* the instruction completes by taking it: SVC, HVC, SMC, BRK; not a trap of them */
    bool debug;     /* debug exception: MDCR_EL2.TDE routing */
    bool has_far, has_hpfar;
    uint64_t far, hpfar;
    uint64_t elr;      /* preferred return address */
    const char *cause; /* the rule that gave the exception, for people: static text or NULL */
};

/* The state that routing reads: nothing else. */
struct route_state {
    const struct features *feat;
    const uint64_t *sr;
    uint8_t el;
    uint8_t daif; /* D=8 A=4 I=2 F=1 */
};

struct route {
    enum { ROUTE_TAKEN, ROUTE_MASKED, ROUTE_NEVER, ROUTE_UNDEFINED } outcome;
    uint8_t el;       /* ROUTE_TAKEN: target */
    const char *rule; /* static text */
};

struct route route_sync(const struct route_state *s, const struct exc *e);
struct route route_async(const struct route_state *s, enum exc_kind kind);

/* What SVC, HVC and SMC (ec: EC_SVC64 ...) do at s->el, where no board plays firmware. Pure. */
struct call_verdict {
    enum {
        CALL_TAKEN,
        CALL_TRAPPED,
        CALL_UNDEFINED
    } outcome;        /* CALL_TRAPPED: to EL2, ELR is the instruction */
    const char *rule; /* static text */
};
struct call_verdict call_verdict(const struct route_state *s, unsigned ec);
/* ESR_ELx.EC of an exception of class `ec` from EL `from` taken to EL `target`: some classes have a second
 * code for "without a change of Exception level". */
unsigned exception_class(unsigned ec, unsigned from, unsigned target);
/* SPSR_EL1.M<3:2> shows EL2 to a guest hypervisor, which EL1 with HCR_EL2.NV believes to be. Pure. D8.11. */
bool exception_pretends_el2(uint64_t hcr, unsigned from, unsigned target);
/* Offset from VBAR_ELx of the vector for an exception taken from EL `from` (with SP_EL0 unless spsel) to EL
 * `target`, both in AArch64. Table D1-7. */
unsigned exception_vector(enum exc_kind kind, unsigned from, unsigned target, bool spsel);
/* Enters the exception: SPSR, ELR, ESR, FAR, PSTATE, PC = vector; recomputes the context. Leaves c->pc at the
 * vector. */
void exception_take_sync(struct cpu *c, const struct exc *e);
/* `rule`: route_async()'s. */
void exception_take_async(struct cpu *c, enum exc_kind kind, unsigned target_el, const char *rule);

/* --- for semantics: all use c->cur = i, take the exception, and return nothing; wrap in RAISE() --- */
void raise_undefined(struct cpu *c, const struct insn *i);
/* EC and ISS by the caller, ELR = this instruction, routed by the general rule with at least min_el; `cause`
 * as in struct exc. */
void raise_sync(struct cpu *c, const struct insn *i, unsigned ec, uint32_t iss, unsigned min_el,
                const char *cause);
/* Data abort of the access that mem_load/mem_store refused. `size` log2, `srt` register, `sf`, `sign`: ISV
 * syndrome, taken from the record's encoding inside. */
void raise_data_abort(struct cpu *c, const struct insn *i, uint64_t va, bool write, const struct fault *f,
                      unsigned mem_flags);
void raise_insn_abort(struct cpu *c, uint64_t va, const struct fault *f); /* c->pc = va */
void raise_pc_alignment(struct cpu *c, uint64_t va);
void raise_sp_alignment(struct cpu *c, const struct insn *i);
void raise_fp_access(struct cpu *c, const struct insn *i); /* CPACR/CPTR verdict: EC 0x07, or UNDEFINED */
void raise_branch_target(struct cpu *c, uint64_t pc, unsigned btype);
void raise_illegal_state(struct cpu *c, uint64_t pc);
void raise_pac_fail(struct cpu *c, const struct insn *i, unsigned iss); /* FEAT_FPAC */

/* Takes the highest-priority pending, unmasked interrupt at an instruction boundary (c->pc); true if one was
 * taken. */
bool interrupt_take(struct cpu *c);
/* Recomputes c->attention's ATT_IRQ after a change of lines, masks or routing. */
void interrupt_update(struct cpu *c);

/* Is any interrupt pending, masked or not: does WFI complete at once? InterruptPending(). */
bool interrupt_pending(const struct cpu *c);

/* Would an FP/SIMD instruction trap at s->el, and where to? CheckFPAdvSIMDEnabled64(). */
struct fp_verdict {
    uint8_t target_el; /* 0: the access is permitted */
    uint8_t ec; /* EC_FP_ACCESS, or EC_UNKNOWN where HCR_EL2.TGE turns the trap into an Undefined exception */
    const char *rule;
};
struct fp_verdict fp_access(const struct route_state *s);

/* AArch64.ExceptionReturn() to pc with spsr, as ERET does; c->pc is valid afterwards. */
void exception_return(struct cpu *c, uint64_t pc, uint64_t spsr);
/* IllegalExceptionReturn(); the reason, or NULL where the return is legal. Pure. */
const char *exception_return_illegal(const struct route_state *s, uint64_t spsr);

/* --- system registers (cpu/system.c) --- */
/* Rows of UNIT_CPU, for cpu->units[UNIT_CPU]: opaque is the struct cpu. */
uint64_t cpu_sysreg_read(void *opaque, enum sysreg reg);
void cpu_sysreg_write(void *opaque, enum sysreg reg, uint64_t value);
/* Tells the CPU that sr[reg] was changed from `old` (by MSR, a debugger ...): acts on the row's effects. */
void cpu_register_written(struct cpu *c, enum sysreg reg, uint64_t old);
/* Applies a TLBI to this PE: architectural TLB, host TLB, and what was derived from them. */
void cpu_tlb_invalidate(struct cpu *c, const struct tlbi *op);

/* --- system instructions: semantics rows tail-call these (cpu/system.c); same return contract as op_fn ---
 */
op_fn exec_svc, exec_hvc, exec_smc, exec_brk, exec_hlt, exec_eret, exec_eretaa, exec_eretab;
op_fn exec_mrs; /* imm = enum sysreg row, rd = destination (dst()) */
op_fn exec_msr; /* imm = row, rn = source */
op_fn exec_sys; /* SYS/SYSL: imm = row (SR_NONE: unallocated), rn = source or REG_ZR; aux=1: SYSL with rd */
op_fn exec_msr_imm; /* aux = op1<<3|op2, imm = CRm: PAN, UAO, DIT, SSBS, TCO, SPSel, DAIFSet/Clr, ALLINT */
op_fn exec_wfi, exec_wfe, exec_wfit, exec_wfet; /* rd = Xt for the timed forms */
op_fn exec_sev, exec_sevl, exec_isb, exec_dsb, exec_dmb, exec_clrex, exec_esb, exec_yield;

#endif
