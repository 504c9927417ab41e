/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A target for the vectors without a machine: the semantics bodies over one flat page, before the real
 * engines exist.
 *
 *   S=<source tree>  G=<scratch directory>  V=<folder of the vectors>  E=<a64-encodings.tsv>
 *   mkdir -p $G/cpu && gcc -O2 -o $G/decgen $S/cpu/decgen.c
 *   $G/decgen $G/cpu/ops_gen.h $G/cpu/decode_gen.c $S/cpu/a64-base.decode $S/cpu/a64-fp.decode
 * $S/cpu/a64-advsimd.decode
 *   gcc -std=gnu11 -O1 -g -Wall -Wextra -I$S -I$G -o $G/vectors $S/tests/insn/vectors.c
 * $S/tests/insn/bare_engine.c \ $S/cpu/decode.c $S/cpu/pauth.c $S/sysregs/features.c [your own .c files] -lz
 *   $G/vectors -e $E $V/insn-fp.tsv.gz          (-v 50: show 50 failures, -k fmul: only names with "fmul")
 *
 * A decode table or sem_*.h that isn't ready: leave it out of decgen's command line; bodies that are missing
 * count as UNDEF.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/pauth.h"
#include "cpu/sem.h"
#include "sysregs/sysreg.h"
#include "tests/insn/target.h"

struct target {
    struct cpu cpu;
    struct htlb_bank bank;
    struct target_state *s;
};

static struct target *target_of(struct cpu *c)
{
    return (struct target *)c;
}

static void record(struct cpu *c, unsigned ec, uint32_t iss, uint64_t far)
{
    struct target_state *s = target_of(c)->s;
    s->outcome = ec == 0 ? TARGET_UNDEF : TARGET_EXC;
    s->ec = ec;
    s->iss = iss;
    s->far = far;
}

static bool touch(struct cpu *c, const struct insn *i, uint64_t va, unsigned size, unsigned flags, bool write,
                  uint8_t **p)
{
    unsigned align = flags & MEM_WHOLE_PAIR ? size / 2 : size;
    if (flags & MEM_ELEMENTS)
        align = 1u << bits(i->raw, 11, 10);
    if (va & (align - 1)) {
        record(c, EC_DATA_ABORT_SAME, 0x21 | (uint32_t)write << 6, va);
        return false;
    }
    if (va < TARGET_SCRATCH || va + size > TARGET_SCRATCH + TARGET_SCRATCH_SIZE) {
        record(c, 0x3f, 0, va);
        return false;
    }
    *p = target_of(c)->s->mem + (va - TARGET_SCRATCH);
    return true;
}

bool mem_load(struct cpu *c, const struct insn *i, uint64_t va, void *buf, unsigned size, unsigned flags)
{
    uint8_t *p;
    if (!touch(c, i, va, size, flags, false, &p))
        return false;
    memcpy(buf, p, size);
    return true;
}

bool mem_store(struct cpu *c, const struct insn *i, uint64_t va, const void *buf, unsigned size,
               unsigned flags)
{
    uint8_t *p;
    if (!touch(c, i, va, size, flags, true, &p))
        return false;
    memcpy(p, buf, size);
    return true;
}

bool mem_load_exclusive(struct cpu *c, const struct insn *i, uint64_t va, void *buf, unsigned size,
                        unsigned flags)
{
    return mem_load(c, i, va, buf, size, flags);
}

bool mem_store_exclusive(struct cpu *c, const struct insn *i, uint64_t va, const void *buf, unsigned size,
                         unsigned flags, uint64_t *status)
{
    *status = 0;
    return mem_store(c, i, va, buf, size, flags);
}

void raise_undefined(struct cpu *c, const struct insn *i)
{
    (void)i;
    record(c, 0, 0, 0);
}

void raise_sync(struct cpu *c, const struct insn *i, unsigned ec, uint32_t iss, unsigned min_el)
{
    (void)i;
    (void)min_el;
    record(c, ec, iss, 0);
}

void raise_pac_fail(struct cpu *c, const struct insn *i, unsigned iss)
{
    raise_sync(c, i, EC_PAC_FAIL, iss, 1);
}

void raise_sp_alignment(struct cpu *c, const struct insn *i)
{
    raise_sync(c, i, EC_SP_ALIGN, 0, 1);
}

/* System instructions that occur in the vectors. */
#define CALL(name, ec)                                                                                       \
    const struct insn *name(struct cpu *c, const struct insn *i)                                             \
    {                                                                                                        \
        record(c, ec, (i->raw >> 5) & 0xffff, 0);                                                            \
        return NULL;                                                                                         \
    }
CALL(exec_svc, EC_SVC64)
CALL(exec_hvc, EC_HVC64)
CALL(exec_smc, EC_SMC64)
CALL(exec_brk, EC_BRK)
CALL(exec_hlt, 0)
CALL(exec_eret, 0)
CALL(exec_eretaa, 0)
CALL(exec_eretab, 0)
CALL(exec_sys, 0)
#define NOTHING(name)                                                                                        \
    const struct insn *name(struct cpu *c, const struct insn *i)                                             \
    {                                                                                                        \
        (void)c;                                                                                             \
        return i + 1;                                                                                        \
    }
NOTHING(exec_wfi)
NOTHING(exec_wfe)
NOTHING(exec_wfit)
NOTHING(exec_wfet)
NOTHING(exec_sev)
NOTHING(exec_sevl)
NOTHING(exec_isb)
NOTHING(exec_dsb)
NOTHING(exec_clrex)
NOTHING(exec_esb)
NOTHING(exec_yield)
NOTHING(exec_msr_imm)

enum { NZCV = 0xda10, FPCR = 0xda20, FPSR = 0xda21 }; /* op0:op1:CRn:CRm:op2 */

const struct insn *exec_mrs(struct cpu *c, const struct insn *i)
{
    unsigned reg = (i->raw >> 5) & 0xffff;
    c->x[i->rd] = reg == NZCV ? get_nzcv(c) << 28 : reg == FPCR ? c->fpcr : c->fpsr;
    return i + 1;
}

const struct insn *exec_msr(struct cpu *c, const struct insn *i)
{
    unsigned reg = (i->raw >> 5) & 0xffff;
    if (reg == NZCV)
        set_nzcv(c, (unsigned)(c->x[i->rn] >> 28) & 15);
    else if (reg == FPSR)
        c->fpsr = (uint32_t)c->x[i->rn] & 0x0800009f;
    return i + 1;
}

enum sysreg sysreg_find(unsigned op0, unsigned op1, unsigned crn, unsigned crm, unsigned op2)
{
    (void)op0, (void)op1, (void)crn, (void)crm, (void)op2;
    return (enum sysreg)SR_NONE;
}

bool mmu_tbi(const struct tctx *t, uint64_t va, bool instruction)
{
    (void)t, (void)va, (void)instruction;
    return false;
}

bool el2_enabled(const struct features *f, const uint64_t *sr)
{
    (void)f, (void)sr;
    return true;
}

/* ---- the words of semantics ---- */

#define INSN(name)                                                                                           \
    op_fn bare_##name;                                                                                       \
    const struct insn *bare_##name(UNUSED struct cpu *c, UNUSED const struct insn *i)
#define NEXT return i + 1
#define END return i + 1
#define SLOW (void)0
#define EXEC(function) return function(c, i)
#define TAKEN TAKEN_TO((int64_t)IMM)
#define TAKEN_TO(disp)                                                                                       \
    do {                                                                                                     \
        c->pc = PC + (uint64_t)(disp);                                                                       \
        return NULL;                                                                                         \
    } while (0)
#define INDIRECT(va, bt)                                                                                     \
    do {                                                                                                     \
        c->pc = (va);                                                                                        \
        c->btype = (uint8_t)(bt);                                                                            \
        return NULL;                                                                                         \
    } while (0)
#define RAISE(call)                                                                                          \
    do {                                                                                                     \
        call;                                                                                                \
        return NULL;                                                                                         \
    } while (0)
#define LOADF(type, var, va, flags)                                                                          \
    type var;                                                                                                \
    if (!mem_load(c, i, (va), &(var), sizeof(var), (flags)))                                                 \
    return NULL
#define STOREF(type, va, value, flags)                                                                       \
    do {                                                                                                     \
        const type store_value_ = (value);                                                                   \
        if (!mem_store(c, i, (va), &store_value_, sizeof(store_value_), (flags)))                            \
            return NULL;                                                                                     \
    } while (0)
#define LOAD(type, var, va) LOADF(type, var, va, 0)
#define STORE(type, va, value) STOREF(type, va, value, 0)

#include "cpu/sem_int.h"
#include "cpu/sem_branch.h"
#include "cpu/sem_ldst.h"
#include "cpu/sem_atomic.h"
#include "cpu/sem_sys.h"
#ifndef NO_FP
#include "cpu/sem_fp.h"
#endif
#ifndef NO_SIMD
#include "cpu/sem_simd.h"
#endif

INSN(UNDEFINED)
{
    RAISE(raise_undefined(c, i));
}

#define OP(name) op_fn bare_##name __attribute__((weak));
#include "cpu/ops_gen.h"
#undef OP

static op_fn *const ops[OP_COUNT] = {
#define OP(name) bare_##name,
#include "cpu/ops_gen.h"
#undef OP
};

/* ---- the machine ---- */

struct target *target_create(const struct features *f, enum target_mode mode)
{
    (void)mode;
    struct target *t = calloc(1, sizeof(*t));
    struct cpu *c = &t->cpu;
    c->feat = f;
    c->el = 1;
    c->spsel = 1;
    c->bank = c->bank_unpriv = &t->bank;
    t->bank.tctx.feat = f;
    t->bank.tctx.regime = REGIME_EL10;
    t->bank.tctx.tcr = 0x190019;
    t->bank.tctx.sctlr = c->sr[SR_SCTLR_EL1] = 0xc8002000;
    c->sr[SR_HCR_EL2] = c->hcr = 0x30080000000;
    c->sr[SR_SCR_EL3] = 0x4000030501;
    c->sr[SR_APIAKeyHi_EL1] = UINT64_C(0xec2802d4e0a488e9);
    c->sr[SR_APIAKeyLo_EL1] = UINT64_C(0x84be85ce9804e94b);
    c->sr[SR_APIBKeyHi_EL1] = UINT64_C(0xfedcba9876543210);
    c->sr[SR_APIBKeyLo_EL1] = UINT64_C(0x0123456789abcdef);
    c->sr[SR_APDAKeyHi_EL1] = UINT64_C(0x5555666677778888);
    c->sr[SR_APDAKeyLo_EL1] = UINT64_C(0x1111222233334444);
    c->sr[SR_APDBKeyHi_EL1] = UINT64_C(0xddddeeeeffff0000);
    c->sr[SR_APDBKeyLo_EL1] = UINT64_C(0x9999aaaabbbbcccc);
    c->sr[SR_APGAKeyHi_EL1] = UINT64_C(0x8796a5b4c3d2e1f0);
    c->sr[SR_APGAKeyLo_EL1] = UINT64_C(0x0f1e2d3c4b5a6978);
    return t;
}

void target_destroy(struct target *t)
{
    free(t);
}

void target_step(struct target *t, uint32_t word, struct target_state *s)
{
    struct cpu *c = &t->cpu;
    struct insn rec[2] = {{.offset = (uint16_t)(s->pc & 4095)}};
    t->s = s;
    memcpy(c->x, s->x, sizeof(s->x));
    c->x[REG_ZR] = 0;
    c->x[REG_SP] = s->sp;
    memcpy(c->v, s->v, sizeof(s->v));
    set_nzcv(c, s->nzcv);
    c->fpcr = s->fpcr;
    c->fpsr = s->fpsr;
    c->pc_page = s->pc & ~UINT64_C(4095);
    c->pc = s->pc;
    s->outcome = TARGET_OK;
    decode(rec, word, c->feat, false);
    op_fn *fn = ops[rec->op];
    const struct insn *next = fn ? fn(c, rec) : bare_UNDEFINED(c, rec);
    if (next != NULL)
        c->pc = s->pc + 4;
    memcpy(s->x, c->x, sizeof(s->x));
    s->sp = c->x[REG_SP];
    memcpy(s->v, c->v, sizeof(s->v));
    s->nzcv = get_nzcv(c);
    s->fpsr = c->fpsr;
    s->pc = c->pc;
    if (c->x[REG_ZR] != 0) {
        fprintf(stderr, "%08x wrote XZR\n", word);
        exit(1);
    }
}
