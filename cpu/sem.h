/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The words in which instruction semantics are written, as far as they are the same for every engine. Each
 * engine (engine_fast.c, engine_loop.c, engine_traced.c) defines the rest before it includes the sem_*.h
 * files:
 *
 *   INSN(name) { ... }       opens a handler:  c = cpu, i = record
 *   NEXT                     done; go on with the following instruction
 *   END                      done, and the context or pending interrupts may have changed (rows with flag
 * END) TAKEN                    branch to PC + (int64_t)i->imm TAKEN_TO(disp)           branch to PC + disp
 *   NOT_TAKEN                a conditional branch falls through: its run ends (END does as well)
 *   INDIRECT(va, btype)      branch to va, setting PSTATE.BTYPE (0 where BTI is not implemented)
 *   SLOW                     in the fast engine: give this instruction to the loop engine; elsewhere: nothing
 *   LOAD(type, var, va)      declares `type var` and reads it; type is uint8_t .. uint64_t or union vreg
 *   STORE(type, va, value)   writes it
 *   LOADF / STOREF(type, .., flags)  the same with MEM_* flags below
 *   EXEC(exec_xxx)           a system instruction of cpu/exception.h does it all
 *   RAISE(call)              `call` took an exception (cpu/exception.h): continue at its vector
 */
#ifndef EL2SIM_CPU_SEM_H
#define EL2SIM_CPU_SEM_H

#include "base/bits.h"
#include "base/compiler.h"
#include "cpu/cpu.h"
#include "cpu/exception.h"
#include "cpu/insn.h"

#define X(n) (c->x[n])
#define W(n) ((uint32_t)c->x[n])
#define V(n) (c->v[n])
#define IMM (i->imm)
/* The address of this instruction. */
#define PC (c->pc_page + i->offset)

enum mem_flag {
    MEM_UNPRIV = 1,  /* LDTR/STTR */
    MEM_ORDERED = 2, /* acquire/release: alignment rules of LSE2/SCTLR.nAA */
    MEM_EXCL = 4,    /* exclusives: must be aligned to the whole size */
    MEM_RMW = 8,     /* load half of an atomic: write permission too, fault reported as its rules say */
    MEM_SIMD = 32,   /* register is FP/SIMD: no ISV syndrome */
    MEM_ELEMENTS =
        256, /* several elements of LD1..LD4, ST1..ST4: each is aligned to its size, 1 << raw<11:10> */
    MEM_VNCR = 1024, /* FEAT_NV2: in place of a system register, as EL2; context_el2_bank() comes before */
    MEM_WHOLE_PAIR =
        512, /* both halves of a pair in one access: the alignment required is that of one half */
    MEM_LATE_TAG_CHECK = 2048, /* cpu/mem.c's own: a store-exclusive that may not happen, watchpoints first */
};

/* CheckSPAlignment(), before the first access: in bodies whose base register is always SP, and where it may
 * be SP. */
#define CHECK_SP                                                                                             \
    do {                                                                                                     \
        if (UNLIKELY(c->x[REG_SP] & c->sp_mask))                                                             \
            RAISE(raise_sp_alignment(c, i));                                                                 \
    } while (0)
#define CHECK_BASE(rn)                                                                                       \
    do {                                                                                                     \
        if ((rn) == REG_SP)                                                                                  \
            CHECK_SP;                                                                                        \
    } while (0)

/* ConditionHolds() */
static ALWAYS_INLINE bool cond_holds(const struct cpu *c, unsigned cond)
{
    bool r;
    switch (cond >> 1) {
    case 0:
        r = c->zf == 0;
        break;
    case 1:
        r = c->cf & 1;
        break;
    case 2:
        r = c->nf >> 63;
        break;
    case 3:
        r = c->vf >> 63;
        break;
    case 4:
        r = (c->cf & 1) && c->zf != 0;
        break;
    case 5:
        r = (int64_t)(c->nf ^ c->vf) >= 0;
        break;
    case 6:
        r = c->zf != 0 && (int64_t)(c->nf ^ c->vf) >= 0;
        break;
    default:
        return true;
    }
    return (cond & 1) ? !r : r;
}

#endif
