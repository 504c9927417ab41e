/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Floating-point instructions in software: the operations of cpu/fpu.c over the lanes that a record names.
 * Arm ARM C7.2. Lanes are executed from 0 up, as the pseudocode does; flags are cumulative, so the order
 * shows nowhere. Relies on the record layout described in cpu/fpu_exec.h.
 */
#include "cpu/fpu_exec.h"

#include "base/bits.h"
#include "cpu/cpu.h"
#include "cpu/sem.h"
#include "cpu/fpu_quick.h"

void fpu_fpcr_changed(struct cpu *c)
{
    c->fp_quick = c->fpcr & FPCR_FZ ? 0 : FPU_QUICK_KEEP;
    if (c->fp_quick && !(c->fpcr & FPCR_RMODE))
        c->fp_quick |= FPU_QUICK_NEAREST | (fpq_host_has_fma() ? FPU_QUICK_FMA : 0);
}

static uint64_t lane(const union vreg *v, unsigned n, unsigned k)
{
    return n == 64 ? v->d[k] : n == 32 ? v->s[k] : v->h[k];
}

static void set_lane(union vreg *v, unsigned n, unsigned k, uint64_t a)
{
    if (n == 64)
        v->d[k] = a;
    else if (n == 32)
        v->s[k] = (uint32_t)a;
    else
        v->h[k] = (uint16_t)a;
}

static struct fpu begin(const struct cpu *c)
{
    return (struct fpu){c->fpcr, c->fpsr};
}

/* Flags and the result to the CPU. */
static void finish(struct cpu *c, const struct insn *i, const struct fpu *f, const union vreg *r)
{
    c->fpsr = f->fpsr;
    c->v[i->rd] = *r;
}

/* The second operand as a vector. */
static union vreg second(const struct cpu *c, const struct insn *i, unsigned n)
{
    if (fpu_shape(i->imm) != FPU_ELEMENT)
        return c->v[i->rm];
    union vreg r;
    uint64_t e = lane(&c->v[i->rm], n, fpu_index(i->imm));
    for (unsigned k = 0; k < 128 / n; k++)
        set_lane(&r, n, k, e);
    return r;
}

/* ---- two operands ---- */

static uint64_t truth(bool b, unsigned n)
{
    return b ? ones(n) : 0;
}

/* FPCompareEQ(), GE, GT by NZCV: equal has Z and C, greater C alone, less N, unordered C and V. */
static uint64_t compare(struct fpu *f, enum fpu_op2 op, unsigned n, uint64_t a, uint64_t b)
{
    if (op == FPU_ACGE || op == FPU_ACGT) {
        a = fpu_abs(n, a);
        b = fpu_abs(n, b);
    }
    unsigned nzcv = fpu_compare(f, n, a, b, op != FPU_CMEQ);
    switch (op) {
    case FPU_CMEQ:
        return truth(nzcv == 6, n);
    case FPU_CMGE:
    case FPU_ACGE:
        return truth(nzcv == 6 || nzcv == 2, n);
    case FPU_CMGT:
    case FPU_ACGT:
        return truth(nzcv == 2, n);
    case FPU_CMLE0:
        return truth(nzcv == 6 || nzcv == 8, n);
    default:
        return truth(nzcv == 8, n);
    }
}

static uint64_t operate(struct fpu *f, enum fpu_op2 op, unsigned n, uint64_t a, uint64_t b)
{
    switch (op) {
    case FPU_ADD:
        return fpu_add(f, n, a, b);
    case FPU_SUB:
        return fpu_sub(f, n, a, b);
    case FPU_MUL:
        return fpu_mul(f, n, a, b);
    case FPU_NMUL:
        return fpu_neg(n, fpu_mul(f, n, a, b));
    case FPU_MULX:
        return fpu_mulx(f, n, a, b);
    case FPU_DIV:
        return fpu_div(f, n, a, b);
    case FPU_MAX:
        return fpu_max(f, n, a, b);
    case FPU_MIN:
        return fpu_min(f, n, a, b);
    case FPU_MAXNM:
        return fpu_maxnm(f, n, a, b);
    case FPU_MINNM:
        return fpu_minnm(f, n, a, b);
    case FPU_ABD:
        return fpu_abs(n, fpu_sub(f, n, a, b));
    case FPU_RECPS:
        return fpu_recip_step(f, n, a, b);
    case FPU_RSQRTS:
        return fpu_rsqrt_step(f, n, a, b);
    default:
        return compare(f, op, n, a, b);
    }
}

/* Reduce(): lanes of v from `first` on, halved until two are left. */
static uint64_t reduce(struct fpu *f, enum fpu_op2 op, unsigned n, const union vreg *v, unsigned first,
                       unsigned lanes)
{
    if (lanes == 1)
        return lane(v, n, first);
    uint64_t lo = reduce(f, op, n, v, first, lanes / 2);
    uint64_t hi = reduce(f, op, n, v, first + lanes / 2, lanes / 2);
    return operate(f, op, n, lo, hi);
}

void fpu_exec2(struct cpu *c, const struct insn *i, enum fpu_op2 op, unsigned n)
{
    struct fpu f = begin(c);
    union vreg r = {.d = {0}}, m = {.d = {0}};
    const union vreg *a = &c->v[i->rn];
    enum fpu_shape shape = fpu_shape(i->imm);
    if (shape == FPU_REDUCE) {
        set_lane(&r, n, 0, reduce(&f, op, n, a, 0, i->aux));
        finish(c, i, &f, &r);
        return;
    }
    if (shape != FPU_WITH_ZERO)
        m = second(c, i, n);
    for (unsigned k = 0; k < i->aux; k++) {
        uint64_t x = lane(a, n, k), y = lane(&m, n, k);
        if (shape == FPU_PAIRS) {
            const union vreg *from = 2 * k < i->aux ? a : &m;
            unsigned first = 2 * k & (i->aux - 1u);
            x = lane(from, n, first);
            y = lane(from, n, first + 1);
        }
        set_lane(&r, n, k, operate(&f, op, n, x, y));
    }
    finish(c, i, &f, &r);
}

unsigned fpu_exec_compare(struct cpu *c, const struct insn *i, unsigned n)
{
    struct fpu f = begin(c);
    uint64_t b = i->aux & 1 ? 0 : lane(&c->v[i->rm], n, 0);
    unsigned nzcv = fpu_compare(&f, n, lane(&c->v[i->rn], n, 0), b, i->aux & 2);
    c->fpsr = f.fpsr;
    return nzcv;
}

/* ---- one operand ---- */

void fpu_exec1(struct cpu *c, const struct insn *i, enum fpu_op1 op, unsigned n, enum fpu_round round)
{
    struct fpu f = begin(c);
    union vreg r = {.d = {0}};
    for (unsigned k = 0; k < i->aux; k++) {
        uint64_t a = lane(&c->v[i->rn], n, k);
        switch (op) {
        case FPU_SQRT:
            a = fpu_sqrt(&f, n, a);
            break;
        case FPU_RECPE:
            a = fpu_recip_estimate(&f, n, a);
            break;
        case FPU_RSQRTE:
            a = fpu_rsqrt_estimate(&f, n, a);
            break;
        case FPU_RECPX:
            a = fpu_recpx(&f, n, a);
            break;
        case FPU_RINT32:
            a = fpu_round_int_n(&f, n, a, round, 32);
            break;
        case FPU_RINT64:
            a = fpu_round_int_n(&f, n, a, round, 64);
            break;
        }
        set_lane(&r, n, k, a);
    }
    finish(c, i, &f, &r);
}

void fpu_exec_rint(struct cpu *c, const struct insn *i, unsigned n, enum fpu_round round, bool exact)
{
    struct fpu f = begin(c);
    union vreg r = {.d = {0}};
    for (unsigned k = 0; k < i->aux; k++)
        set_lane(&r, n, k, fpu_round_int(&f, n, lane(&c->v[i->rn], n, k), round, exact));
    finish(c, i, &f, &r);
}

/* ---- multiply and add ---- */

void fpu_exec_muladd(struct cpu *c, const struct insn *i, unsigned n, unsigned negate)
{
    struct fpu f = begin(c);
    union vreg r = {.d = {0}}, m = second(c, i, n);
    for (unsigned k = 0; k < i->aux; k++) {
        uint64_t a = lane(&c->v[i->rn], n, k), addend = lane(&c->v[i->ra], n, k);
        if (negate & FPU_NEG_PRODUCT)
            a = fpu_neg(n, a);
        if (negate & FPU_NEG_ADDEND)
            addend = fpu_neg(n, addend);
        set_lane(&r, n, k, fpu_muladd(&f, n, addend, a, lane(&m, n, k)));
    }
    finish(c, i, &f, &r);
}

void fpu_exec_fmlal(struct cpu *c, const struct insn *i, bool subtract, bool upper)
{
    struct fpu f = begin(c);
    union vreg r = {.d = {0}}, m = second(c, i, 16);
    unsigned first = upper ? i->aux : 0;
    for (unsigned k = 0; k < i->aux; k++) {
        uint16_t a = c->v[i->rn].h[first + k] ^ (subtract ? 0x8000 : 0);
        r.s[k] = fpu_muladd_half(&f, c->v[i->rd].s[k], a, m.h[first + k]);
    }
    finish(c, i, &f, &r);
}

/* Rotation 0 is by 90 degrees, 1 by 270. */
void fpu_exec_fcadd(struct cpu *c, const struct insn *i, unsigned n)
{
    struct fpu f = begin(c);
    union vreg r = {.d = {0}};
    const union vreg *a = &c->v[i->rn], *b = &c->v[i->rm];
    bool by_270 = fpu_rotation(i->imm);
    for (unsigned k = 0; k < i->aux; k += 2) {
        uint64_t re = lane(b, n, k), im = lane(b, n, k + 1);
        if (by_270)
            re = fpu_neg(n, re);
        else
            im = fpu_neg(n, im);
        set_lane(&r, n, k, fpu_add(&f, n, lane(a, n, k), im));
        set_lane(&r, n, k + 1, fpu_add(&f, n, lane(a, n, k + 1), re));
    }
    finish(c, i, &f, &r);
}

/* The rotation multiplies by i^rotation; odd ones take the imaginary part of Vn. An element is a pair of
 * lanes. */
void fpu_exec_fcmla(struct cpu *c, const struct insn *i, unsigned n)
{
    struct fpu f = begin(c);
    union vreg r = {.d = {0}};
    const union vreg *a = &c->v[i->rn], *b = &c->v[i->rm], *sum = &c->v[i->rd];
    unsigned rotation = fpu_rotation(i->imm), odd = rotation & 1;
    for (unsigned k = 0; k < i->aux; k += 2) {
        unsigned kb = fpu_shape(i->imm) == FPU_ELEMENT ? 2 * fpu_index(i->imm) : k;
        uint64_t x = lane(a, n, k + odd);
        uint64_t re = lane(b, n, kb + odd), im = lane(b, n, kb + 1 - odd);
        if (rotation == 1 || rotation == 2)
            re = fpu_neg(n, re);
        if (rotation & 2)
            im = fpu_neg(n, im);
        set_lane(&r, n, k, fpu_muladd(&f, n, lane(sum, n, k), x, re));
        set_lane(&r, n, k + 1, fpu_muladd(&f, n, lane(sum, n, k + 1), x, im));
    }
    finish(c, i, &f, &r);
}

/* ---- conversions ---- */

void fpu_exec_convert(struct cpu *c, const struct insn *i, unsigned to, unsigned from, enum fpu_round round)
{
    struct fpu f = begin(c);
    union vreg r = {.d = {0}};
    set_lane(&r, to, 0, fpu_convert(&f, to, from, lane(&c->v[i->rn], from, 0), round));
    finish(c, i, &f, &r);
}

void fpu_exec_lengthen(struct cpu *c, const struct insn *i, unsigned from)
{
    struct fpu f = begin(c);
    union vreg r;
    unsigned lanes = 64 / from, first = i->aux ? lanes : 0;
    for (unsigned k = 0; k < lanes; k++) {
        uint64_t a = lane(&c->v[i->rn], from, first + k);
        set_lane(&r, from * 2, k, fpu_convert(&f, from * 2, from, a, fpu_rmode(f.fpcr)));
    }
    finish(c, i, &f, &r);
}

/* Where a narrowing instruction writes: with Q the upper half, keeping the lower. */
static union vreg narrow_base(const struct cpu *c, const struct insn *i)
{
    return i->aux ? c->v[i->rd] : (union vreg){.d = {0}};
}

void fpu_exec_narrow(struct cpu *c, const struct insn *i, unsigned to, enum fpu_round round)
{
    struct fpu f = begin(c);
    union vreg r = narrow_base(c, i);
    unsigned lanes = 64 / to, first = i->aux ? lanes : 0;
    for (unsigned k = 0; k < lanes; k++)
        set_lane(&r, to, first + k, fpu_convert(&f, to, to * 2, lane(&c->v[i->rn], to * 2, k), round));
    finish(c, i, &f, &r);
}

void fpu_exec_bfcvt(struct cpu *c, const struct insn *i)
{
    struct fpu f = begin(c);
    union vreg r = {.d = {0}};
    r.h[0] = fpu_convert_bf(&f, c->v[i->rn].s[0]);
    finish(c, i, &f, &r);
}

void fpu_exec_bfcvtn(struct cpu *c, const struct insn *i)
{
    struct fpu f = begin(c);
    union vreg r = narrow_base(c, i);
    for (unsigned k = 0; k < 4; k++)
        r.h[k + (i->aux ? 4 : 0)] = fpu_convert_bf(&f, c->v[i->rn].s[k]);
    finish(c, i, &f, &r);
}

void fpu_exec_to_gpr(struct cpu *c, const struct insn *i, unsigned n, unsigned m)
{
    struct fpu f = begin(c);
    c->x[i->rd] = fpu_to_fixed(&f, n, lane(&c->v[i->rn], n, 0), fpu_fbits(i->imm), fpu_is_unsigned(i->imm),
                               fpu_round_of(i->imm), m);
    c->fpsr = f.fpsr;
}

void fpu_exec_to_int(struct cpu *c, const struct insn *i, unsigned n)
{
    struct fpu f = begin(c);
    union vreg r = {.d = {0}};
    for (unsigned k = 0; k < i->aux; k++)
        set_lane(&r, n, k,
                 fpu_to_fixed(&f, n, lane(&c->v[i->rn], n, k), fpu_fbits(i->imm), fpu_is_unsigned(i->imm),
                              fpu_round_of(i->imm), n));
    finish(c, i, &f, &r);
}

void fpu_exec_from_gpr(struct cpu *c, const struct insn *i, unsigned n, unsigned m)
{
    struct fpu f = begin(c);
    union vreg r = {.d = {0}};
    set_lane(
        &r, n, 0,
        fpu_from_fixed(&f, n, c->x[i->rn], m, fpu_fbits(i->imm), fpu_is_unsigned(i->imm), fpu_rmode(f.fpcr)));
    finish(c, i, &f, &r);
}

void fpu_exec_from_int(struct cpu *c, const struct insn *i, unsigned n)
{
    struct fpu f = begin(c);
    union vreg r = {.d = {0}};
    for (unsigned k = 0; k < i->aux; k++)
        set_lane(&r, n, k,
                 fpu_from_fixed(&f, n, lane(&c->v[i->rn], n, k), n, fpu_fbits(i->imm),
                                fpu_is_unsigned(i->imm), fpu_rmode(f.fpcr)));
    finish(c, i, &f, &r);
}

void fpu_exec_fjcvtzs(struct cpu *c, const struct insn *i)
{
    struct fpu f = begin(c);
    bool z;
    c->x[i->rd] = fpu_to_fixed_js(&f, c->v[i->rn].d[0], &z);
    set_nzcv(c, z ? 4 : 0);
    c->fpsr = f.fpsr;
}

/* ---- BFloat16 ---- */

void fpu_exec_bfdot(struct cpu *c, const struct insn *i)
{
    union vreg r = {.d = {0}}, a = c->v[i->rn], b = second(c, i, 32);
    for (unsigned k = 0; k < i->aux; k++)
        r.s[k] = fpu_bfdot(c->v[i->rd].s[k], a.h[2 * k], a.h[2 * k + 1], b.h[2 * k], b.h[2 * k + 1]);
    c->v[i->rd] = r;
}

/* A 2x4 matrix times the transpose of another. */
void fpu_exec_bfmmla(struct cpu *c, const struct insn *i)
{
    union vreg r = c->v[i->rd];
    for (unsigned k = 0; k < 4; k++) {
        const uint16_t *a = &c->v[i->rn].h[k / 2 * 4], *b = &c->v[i->rm].h[k % 2 * 4];
        r.s[k] = fpu_bfdot(fpu_bfdot(r.s[k], a[0], a[1], b[0], b[1]), a[2], a[3], b[2], b[3]);
    }
    c->v[i->rd] = r;
}

void fpu_exec_bfmlal(struct cpu *c, const struct insn *i, bool top)
{
    struct fpu f = begin(c);
    union vreg r, m = second(c, i, 16);
    for (unsigned k = 0; k < 4; k++) {
        uint32_t a = (uint32_t)c->v[i->rn].h[2 * k + top] << 16, b = (uint32_t)m.h[2 * k + top] << 16;
        r.s[k] = (uint32_t)fpu_muladd(&f, 32, c->v[i->rd].s[k], a, b);
    }
    finish(c, i, &f, &r);
}
