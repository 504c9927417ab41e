/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The fast engine: every handler ends in a tail call to the next one, so the host's branch predictor sees one
 * indirect jump per guest instruction and nothing is kept on the stack. It relies on the compiler turning
 * calls in tail position into jumps (gcc and clang at -O2; a test checks the object code). Whatever is not a
 * host TLB hit goes to miss().
 */
#include "cpu/codepage.h"
#include "cpu/engine.h"
#include "cpu/sem.h"

#ifdef EL2SIM_DISPATCH_LOOP

/* Configured --with-dispatch=loop (sanitizers, -O0): no tail calls, the loop engine does all. */
op_fn *const engine_fast_ops[OP_COUNT] = {
#define OP(name) [OP_##name] = NULL,
#include "cpu/ops_gen.h"
#undef OP
};

void engine_fast_run(struct cpu *c)
{
    engine_loop_run(c);
}

#else

/* Goes on at record t, the beginning of a run, if the budget has room for all of it. */
#define ENTER(t)                                                                                             \
    do {                                                                                                     \
        const struct insn *enter_ = (t);                                                                     \
        int64_t budget_ = c->budget - enter_->left - 1;                                                      \
        if (UNLIKELY(budget_ < 0))                                                                           \
            return leave_at(c, enter_);                                                                      \
        c->budget = budget_;                                                                                 \
        return enter_->fn(c, enter_);                                                                        \
    } while (0)

static const struct insn *leave_at(struct cpu *c, const struct insn *i)
{
    c->pc = c->pc_page + i->offset;
    return NULL;
}

static const struct insn *fast_resume(struct cpu *c);

/* c->pc is not in the jump cache: translate, decode, remember. Without budget the fetch, and what it may
 * raise, is the next slice's. */
static NOINLINE const struct insn *look_up(struct cpu *c)
{
    if (UNLIKELY(c->budget <= 0))
        return NULL;
    const struct insn *i = engine_fetch(c);
    if (i == NULL)
        return fast_resume(c);
    if (UNLIKELY(c->attention))
        return NULL;
    if (!c->guarded_page) { /* guarded pages need the BTYPE check each time */
        struct jcache_entry *e = &c->jcache[jcache_slot(c->pc)];
        *e = (struct jcache_entry){.va = c->pc, .key = c->fetch_key, .insn = i};
    }
    ENTER(i);
}

static const struct insn *fast_resume(struct cpu *c)
{
    if (UNLIKELY(c->attention | c->il)) {
        if (c->attention)
            return NULL;
        return look_up(c);
    }
    uint64_t va = c->pc;
    const struct jcache_entry *e = &c->jcache[jcache_slot(va)];
    if (LIKELY(e->va == va && e->key == c->fetch_key)) {
        c->pc_page = va & ~UINT64_C(4095);
        c->guarded_page = false;
        ENTER(e->insn);
    }
    return look_up(c);
}

static const struct insn *fast_next(struct cpu *c, const struct insn *i)
{
    if (UNLIKELY(c->attention))
        return leave_at(c, i + 1);
    ENTER(i + 1);
}

/* A branch to another page, or by register. */
static NOINLINE const struct insn *branch_slow(struct cpu *c, uint64_t va)
{
    c->pc = cpu_branch_address(c, va);
    c->btype_pc = c->pc;
    return look_up(c);
}

static const struct insn *branch_far(struct cpu *c, uint64_t va)
{
    const struct jcache_entry *e = &c->jcache[jcache_slot(va)];
    if (LIKELY(e->va == va && e->key == c->fetch_key)) {
        c->pc_page = va & ~UINT64_C(4095);
        c->guarded_page = false;
        ENTER(e->insn);
    }
    return branch_slow(c, va);
}

/* Executes *i by the loop engine's handler, for everything that is not the common case, and goes on. */
static NOINLINE const struct insn *miss(struct cpu *c, const struct insn *i)
{
    unsigned left = i->left;
    const struct insn *n = engine_loop_ops[i->op](c, i);
    if (n == NULL)
        return fast_resume(c);
    if (UNLIKELY(c->attention)) {
        c->budget += left;
        return leave_at(c, n);
    }
    if (left == 0)
        ENTER(n);
    return n->fn(c, n);
}

#define INSN(name) static const struct insn *fast_##name(UNUSED struct cpu *c, UNUSED const struct insn *i)
#define NEXT return i[1].fn(c, i + 1)
#define END return fast_next(c, i)
#define SLOW return miss(c, i)
#define EXEC(function)                                                                                       \
    do {                                                                                                     \
        if (function(c, i) == NULL)                                                                          \
            return fast_resume(c);                                                                           \
        return fast_next(c, i);                                                                              \
    } while (0)
#define RAISE(call)                                                                                          \
    do {                                                                                                     \
        call;                                                                                                \
        return fast_resume(c);                                                                               \
    } while (0)
#define TAKEN TAKEN_TO((int64_t)i->imm)
/* A conditional branch that isn't taken: the next run, without a look at c->attention, as for a taken one. */
#define NOT_TAKEN ENTER(i + 1)
/* Inside the page the target is a record at a known distance. */
#define TAKEN_TO(disp)                                                                                       \
    do {                                                                                                     \
        int64_t disp_ = (disp);                                                                              \
        c->btype = 0;                                                                                        \
        if (LIKELY((uint64_t)(i->offset + disp_) < 4096))                                                    \
            ENTER(i + (disp_ >> 2));                                                                         \
        return branch_far(c, PC + (uint64_t)disp_);                                                          \
    } while (0)
#define INDIRECT(va, bt)                                                                                     \
    do {                                                                                                     \
        uint64_t target_ = (va);                                                                             \
        c->btype = (bt);                                                                                     \
        c->btype_pc = target_;                                                                               \
        return branch_far(c, target_);                                                                       \
    } while (0)

#define LOADF(type, var, va, flags)                                                                          \
    type var;                                                                                                \
    do {                                                                                                     \
        const uint64_t load_va_ = (va);                                                                      \
        const struct htlb_entry *load_e_ = data_entry(c, load_va_, (flags));                                 \
        if (UNLIKELY(!htlb_hit(load_e_->read_tag, load_va_, sizeof(var), (flags))))                          \
            return miss(c, i);                                                                               \
        if (((flags)&MEM_RMW) && UNLIKELY(!htlb_hit(load_e_->write_tag, load_va_, sizeof(var), (flags))))    \
            return miss(c, i);                                                                               \
        __builtin_memcpy(&(var), (const void *)(uintptr_t)(load_va_ + load_e_->addend), sizeof(var));        \
    } while (0)
#define STOREF(type, va, value, flags)                                                                       \
    do {                                                                                                     \
        const uint64_t store_va_ = (va);                                                                     \
        const struct htlb_entry *store_e_ = data_entry(c, store_va_, (flags));                               \
        if (UNLIKELY(!htlb_hit(store_e_->write_tag, store_va_, sizeof(type), (flags))))                      \
            return miss(c, i);                                                                               \
        const type store_value_ = (value);                                                                   \
        __builtin_memcpy((void *)(uintptr_t)(store_va_ + store_e_->addend), &store_value_,                   \
                         sizeof(store_value_));                                                              \
    } while (0)
#define LOAD(type, var, va) LOADF(type, var, va, 0)
#define STORE(type, va, value) STOREF(type, va, value, 0)

#include "cpu/sem_all.h"

INSN(UNDEFINED)
{
    RAISE(raise_undefined(c, i));
}

INSN(FP_TRAP)
{
    RAISE(raise_fp_access(c, i));
}

INSN(DECODE)
{
    code_page_decode_run((struct insn *)i);
    c->budget++;
    ENTER(i);
}

INSN(PAGE_END)
{
    c->budget++;
    return branch_far(c, PC);
}

op_fn *const engine_fast_ops[OP_COUNT] = {
#define OP(name) [OP_##name] = fast_##name,
#include "cpu/ops_gen.h"
#undef OP
};

/* One instruction at a time where a whole run doesn't fit into what is left of the budget. */
void engine_fast_run(struct cpu *c)
{
    while (c->budget > 0 && !c->attention) {
        fast_resume(c);
        if (c->budget > 0 && !c->attention)
            engine_step(c);
    }
}

#endif
