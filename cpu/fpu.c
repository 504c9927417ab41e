/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Software floating point, part one: taking numbers apart, rounding, and the arithmetic operations. Arm ARM,
 * shared/functions/float. Numbers are 64-bit significands with the bits below collected ("jammed") in the
 * last one: all formats leave at least eleven bits below their last place, so rounding sees whether anything
 * was lost and on which side of the middle. Integer arithmetic only.
 */
#include "cpu/fpu_int.h"

const struct fpu_format fpu_half = {16, 10, 5, -14, FPCR_FZ16, FPCR_AHP};
const struct fpu_format fpu_single = {32, 23, 8, -126, FPCR_FZ, FPCR_AHP};
const struct fpu_format fpu_double = {64, 52, 11, -1022, FPCR_FZ, FPCR_AHP};
const struct fpu_format fpu_bf16 = {16, 7, 8, -126, FPCR_FZ, FPCR_AHP};

uint64_t fpu_default_nan(unsigned n)
{
    const struct fpu_format *t = fpu_format(n);
    return fpu_exp_mask(t) | BIT(t->frac - 1);
}

uint64_t fpu_neg(unsigned n, uint64_t a)
{
    return a ^ BIT(n - 1);
}

uint64_t fpu_abs(unsigned n, uint64_t a)
{
    return a & ~BIT(n - 1);
}

/* ---- unpacking ---- */

struct fpu_num fpu_unpack_with(struct fpu *f, const struct fpu_format *t, uint64_t a, uint32_t fpcr)
{
    struct fpu_num u = {.sign = bit(a, t->size - 1)};
    uint64_t frac = a & ones(t->frac);
    int e = (int)bits(a, t->size - 2, t->frac);
    if (e == 0) {
        bool flush = fpcr & t->flush;
        if (frac == 0 || flush) {
            /* Half precision flushes without a flag. */
            if (frac != 0 && t->flush == FPCR_FZ)
                f->fpsr |= FPSR_IDC;
            return u;
        }
        int lz = __builtin_clzll(frac);
        u.kind = KIND_NUMBER;
        u.exp = t->min_exp + 63 - (int)t->frac - lz;
        u.sig = frac << lz;
        return u;
    }
    if (e == (int)ones(t->ebits) && !(t->size == 16 && (fpcr & FPCR_AHP))) {
        u.kind = frac == 0 ? KIND_INF : bit(frac, t->frac - 1) ? KIND_QNAN : KIND_SNAN;
        return u;
    }
    u.kind = KIND_NUMBER;
    u.exp = e + t->min_exp - 1;
    u.sig = (frac | BIT(t->frac)) << (63 - t->frac);
    return u;
}

struct fpu_num fpu_unpack(struct fpu *f, const struct fpu_format *t, uint64_t a)
{
    return fpu_unpack_with(f, t, a, f->fpcr & ~t->ignore);
}

/* ---- rounding ---- */

uint64_t fpu_overflow(struct fpu *f, const struct fpu_format *t, bool sign, enum fpu_round r)
{
    f->fpsr |= FPSR_OFC | FPSR_IXC;
    bool to_inf =
        r == FPU_TIEEVEN || r == FPU_TIEAWAY || (r == FPU_POSINF && !sign) || (r == FPU_NEGINF && sign);
    return to_inf ? fpu_infinity(t, sign) : fpu_max_normal(t, sign);
}

uint64_t fpu_round_with(struct fpu *f, const struct fpu_format *t, const struct fpu_num *a, enum fpu_round r,
                        uint32_t fpcr)
{
    unsigned shift = 63 - t->frac;
    uint64_t biased = 0, mant, rest, half;
    if (a->exp < t->min_exp) { /* tiny, before rounding */
        if (fpcr & t->flush) {
            f->fpsr |= FPSR_UFC;
            return fpu_zero(t, a->sign);
        }
        unsigned below = (unsigned)(t->min_exp - a->exp);
        shift = below > 64 ? 65 : shift + below;
    } else {
        biased = (uint64_t)(a->exp - t->min_exp + 1);
    }
    if (shift < 64) {
        mant = a->sig >> shift;
        rest = a->sig & ones(shift);
        half = BIT(shift - 1);
    } else { /* 64: the first bit is worth half a unit; above: less */
        mant = 0;
        rest = shift == 64 ? a->sig : 1;
        half = BIT(63);
    }
    if (biased == 0 && rest != 0)
        f->fpsr |= FPSR_UFC;
    if (fpu_round_up(r, a->sign, mant & 1, rest != 0, (rest > half) - (rest < half)))
        mant++;
    if (r == FPU_ODD && rest != 0)
        mant |= 1;
    /* The leading one, and a carry out of the fraction, count up the exponent. */
    uint64_t magnitude = biased == 0 ? mant : ((biased - 1) << t->frac) + mant;
    if (t->size == 16 && (fpcr & FPCR_AHP)) {
        if (magnitude > ones(15)) {
            f->fpsr |= FPSR_IOC;
            return fpu_zero(t, a->sign) | ones(15);
        }
    } else if (magnitude >= fpu_exp_mask(t)) {
        return fpu_overflow(f, t, a->sign, r);
    }
    if (rest != 0)
        f->fpsr |= FPSR_IXC;
    return fpu_zero(t, a->sign) | magnitude;
}

uint64_t fpu_round(struct fpu *f, const struct fpu_format *t, const struct fpu_num *a, enum fpu_round r)
{
    if (a->kind == KIND_ZERO)
        return fpu_zero(t, a->sign);
    if (a->kind == KIND_INF)
        return fpu_infinity(t, a->sign);
    return fpu_round_with(f, t, a, r, f->fpcr & ~t->ignore);
}

/* ---- NaNs ---- */

uint64_t fpu_process_nan(struct fpu *f, const struct fpu_format *t, const struct fpu_num *a, uint64_t raw)
{
    if (a->kind == KIND_SNAN)
        f->fpsr |= FPSR_IOC;
    return f->fpcr & FPCR_DN ? fpu_default_nan(t->size) : raw | BIT(t->frac - 1);
}

static uint64_t invalid(struct fpu *f, const struct fpu_format *t)
{
    f->fpsr |= FPSR_IOC;
    return fpu_default_nan(t->size);
}

/* FPProcessNaNs(): the first signalling NaN, else the first quiet one. */
static bool process_nans(struct fpu *f, const struct fpu_format *t, const struct fpu_num *a,
                         const struct fpu_num *b, uint64_t raw_a, uint64_t raw_b, uint64_t *result)
{
    if (!fpu_is_nan(a) && !fpu_is_nan(b))
        return false;
    bool first = a->kind == KIND_SNAN || (b->kind != KIND_SNAN && a->kind == KIND_QNAN);
    *result = first ? fpu_process_nan(f, t, a, raw_a) : fpu_process_nan(f, t, b, raw_b);
    return true;
}

/* ---- numbers ---- */

struct fpu_num fpu_num_mul(const struct fpu_num *a, const struct fpu_num *b)
{
    return fpu_normalize(a->sign ^ b->sign, a->exp + b->exp, (fpu_u128)a->sig * b->sig);
}

/* a + b where a number is v/2^126 * 2^exp, v below 2^127. */
static struct fpu_num add_wide(bool sign_a, int exp_a, fpu_u128 a, bool sign_b, int exp_b, fpu_u128 b)
{
    if (exp_a < exp_b) {
        a = fpu_shift_jam(a, (unsigned)(exp_b - exp_a));
        exp_a = exp_b;
    } else {
        b = fpu_shift_jam(b, (unsigned)(exp_a - exp_b));
    }
    if (sign_a == sign_b)
        return fpu_normalize(sign_a, exp_a, a + b);
    if (a == b)
        return (struct fpu_num){.kind = KIND_ZERO};
    return a > b ? fpu_normalize(sign_a, exp_a, a - b) : fpu_normalize(sign_b, exp_a, b - a);
}

struct fpu_num fpu_num_add(const struct fpu_num *a, const struct fpu_num *b)
{
    return add_wide(a->sign, a->exp, (fpu_u128)a->sig << 63, b->sign, b->exp, (fpu_u128)b->sig << 63);
}

struct fpu_num fpu_num_muladd(const struct fpu_num *addend, const struct fpu_num *a, const struct fpu_num *b)
{
    /* Significands have at most 53 bits that are not 0, so halving the product loses nothing. */
    fpu_u128 product = (fpu_u128)a->sig * b->sig >> 1;
    return add_wide(addend->sign, addend->exp, (fpu_u128)addend->sig << 63, a->sign ^ b->sign,
                    a->exp + b->exp + 1, product);
}

/* Rounds a sum; an exact zero from unlike signs is negative only when rounding towards minus infinity. */
static uint64_t round_sum(struct fpu *f, const struct fpu_format *t, struct fpu_num *s)
{
    enum fpu_round r = fpu_rmode(f->fpcr);
    if (s->kind == KIND_ZERO)
        s->sign = r == FPU_NEGINF;
    return fpu_round(f, t, s, r);
}

/* ---- the operations ---- */

static uint64_t add_numbers(struct fpu *f, const struct fpu_format *t, struct fpu_num *a, struct fpu_num *b)
{
    if (a->kind == KIND_INF || b->kind == KIND_INF) {
        if (a->kind == b->kind && a->sign != b->sign)
            return invalid(f, t);
        return fpu_infinity(t, a->kind == KIND_INF ? a->sign : b->sign);
    }
    if (a->kind == KIND_ZERO && b->kind == KIND_ZERO) {
        if (a->sign == b->sign)
            return fpu_zero(t, a->sign);
        return round_sum(f, t, a);
    }
    if (a->kind == KIND_ZERO)
        return round_sum(f, t, b);
    if (b->kind == KIND_ZERO)
        return round_sum(f, t, a);
    struct fpu_num s = fpu_num_add(a, b);
    return round_sum(f, t, &s);
}

uint64_t fpu_add(struct fpu *f, unsigned n, uint64_t a, uint64_t b)
{
    const struct fpu_format *t = fpu_format(n);
    struct fpu_num ua = fpu_unpack(f, t, a), ub = fpu_unpack(f, t, b);
    uint64_t nan;
    return process_nans(f, t, &ua, &ub, a, b, &nan) ? nan : add_numbers(f, t, &ua, &ub);
}

uint64_t fpu_sub(struct fpu *f, unsigned n, uint64_t a, uint64_t b)
{
    const struct fpu_format *t = fpu_format(n);
    struct fpu_num ua = fpu_unpack(f, t, a), ub = fpu_unpack(f, t, b);
    uint64_t nan;
    if (process_nans(f, t, &ua, &ub, a, b, &nan))
        return nan;
    ub.sign = !ub.sign;
    return add_numbers(f, t, &ua, &ub);
}

/* FPMul(), and FPMulX() where 0 * infinity is 2. */
static uint64_t multiply(struct fpu *f, unsigned n, uint64_t a, uint64_t b, bool extended)
{
    const struct fpu_format *t = fpu_format(n);
    struct fpu_num ua = fpu_unpack(f, t, a), ub = fpu_unpack(f, t, b);
    uint64_t nan;
    if (process_nans(f, t, &ua, &ub, a, b, &nan))
        return nan;
    bool sign = ua.sign ^ ub.sign, zero = ua.kind == KIND_ZERO || ub.kind == KIND_ZERO;
    if (ua.kind == KIND_INF || ub.kind == KIND_INF) {
        if (!zero)
            return fpu_infinity(t, sign);
        if (!extended)
            return invalid(f, t);
        return fpu_zero(t, sign) | (uint64_t)(2 - t->min_exp) << t->frac;
    }
    if (zero)
        return fpu_zero(t, sign);
    struct fpu_num p = fpu_num_mul(&ua, &ub);
    return fpu_round(f, t, &p, fpu_rmode(f->fpcr));
}

uint64_t fpu_mul(struct fpu *f, unsigned n, uint64_t a, uint64_t b)
{
    return multiply(f, n, a, b, false);
}

uint64_t fpu_mulx(struct fpu *f, unsigned n, uint64_t a, uint64_t b)
{
    return multiply(f, n, a, b, true);
}

uint64_t fpu_div(struct fpu *f, unsigned n, uint64_t a, uint64_t b)
{
    const struct fpu_format *t = fpu_format(n);
    struct fpu_num ua = fpu_unpack(f, t, a), ub = fpu_unpack(f, t, b);
    uint64_t nan;
    if (process_nans(f, t, &ua, &ub, a, b, &nan))
        return nan;
    bool sign = ua.sign ^ ub.sign;
    if (ua.kind == ub.kind && ua.kind != KIND_NUMBER) /* 0/0, infinity/infinity */
        return invalid(f, t);
    if (ua.kind == KIND_INF || ub.kind == KIND_ZERO) {
        if (ua.kind != KIND_INF)
            f->fpsr |= FPSR_DZC;
        return fpu_infinity(t, sign);
    }
    if (ua.kind == KIND_ZERO || ub.kind == KIND_INF)
        return fpu_zero(t, sign);
    bool less = ua.sig < ub.sig;
    fpu_u128 dividend = (fpu_u128)ua.sig << (less ? 64 : 63);
    uint64_t q = (uint64_t)(dividend / ub.sig);
    struct fpu_num r = {KIND_NUMBER, sign, ua.exp - ub.exp - less, q | (dividend % ub.sig != 0)};
    return fpu_round(f, t, &r, fpu_rmode(f->fpcr));
}

/* The integer square root of v >= 2^126, 64 bits, jammed. */
static uint64_t sqrt_jam(fpu_u128 v)
{
    uint64_t root = 0;
    for (unsigned k = 64; k-- > 0;) {
        uint64_t trial = root | BIT(k);
        if ((fpu_u128)trial * trial <= v)
            root = trial;
    }
    return root | ((fpu_u128)root * root != v);
}

uint64_t fpu_sqrt(struct fpu *f, unsigned n, uint64_t a)
{
    const struct fpu_format *t = fpu_format(n);
    struct fpu_num u = fpu_unpack(f, t, a);
    if (fpu_is_nan(&u))
        return fpu_process_nan(f, t, &u, a);
    if (u.kind == KIND_ZERO)
        return fpu_zero(t, u.sign);
    if (u.sign)
        return invalid(f, t);
    if (u.kind == KIND_INF)
        return fpu_infinity(t, false);
    bool odd = u.exp & 1;
    struct fpu_num r = {KIND_NUMBER, false, (u.exp - odd) / 2, sqrt_jam((fpu_u128)u.sig << (odd ? 64 : 63))};
    return fpu_round(f, t, &r, fpu_rmode(f->fpcr));
}

/* What follows the NaNs in FPMulAdd() and FPMulAddH(): t is the format of the result. */
static uint64_t muladd_numbers(struct fpu *f, const struct fpu_format *t, struct fpu_num *c,
                               const struct fpu_num *a, const struct fpu_num *b)
{
    bool sign = a->sign ^ b->sign;
    bool inf = a->kind == KIND_INF || b->kind == KIND_INF;
    bool zero = a->kind == KIND_ZERO || b->kind == KIND_ZERO;
    if ((inf && zero) || (inf && c->kind == KIND_INF && c->sign != sign))
        return invalid(f, t);
    if (inf || c->kind == KIND_INF)
        return fpu_infinity(t, inf ? sign : c->sign);
    if (c->kind == KIND_ZERO && zero) {
        if (c->sign == sign)
            return fpu_zero(t, sign);
        return round_sum(f, t, c);
    }
    if (zero)
        return round_sum(f, t, c);
    struct fpu_num s = c->kind == KIND_ZERO ? fpu_num_mul(a, b) : fpu_num_muladd(c, a, b);
    return round_sum(f, t, &s);
}

/* 0 * infinity with a quiet NaN as addend is invalid, not the NaN. */
static bool invalid_product(const struct fpu_num *c, const struct fpu_num *a, const struct fpu_num *b)
{
    return c->kind == KIND_QNAN &&
           ((a->kind == KIND_INF && b->kind == KIND_ZERO) || (a->kind == KIND_ZERO && b->kind == KIND_INF));
}

/* Which operand FPProcessNaNs3() takes: 0, 1, 2, or -1 for none. */
static int choose_nan3(const struct fpu_num *u)
{
    for (enum fpu_kind k = KIND_SNAN; k >= KIND_QNAN; k--)
        for (int j = 0; j < 3; j++)
            if (u[j].kind == k)
                return j;
    return -1;
}

uint64_t fpu_muladd(struct fpu *f, unsigned n, uint64_t addend, uint64_t a, uint64_t b)
{
    const struct fpu_format *t = fpu_format(n);
    const uint64_t raw[3] = {addend, a, b};
    struct fpu_num u[3];
    for (int j = 0; j < 3; j++)
        u[j] = fpu_unpack(f, t, raw[j]);
    if (invalid_product(&u[0], &u[1], &u[2]))
        return invalid(f, t);
    int nan = choose_nan3(u);
    if (nan >= 0)
        return fpu_process_nan(f, t, &u[nan], raw[nan]);
    return muladd_numbers(f, t, &u[0], &u[1], &u[2]);
}

uint32_t fpu_muladd_half(struct fpu *f, uint32_t addend, uint16_t a, uint16_t b)
{
    const struct fpu_format *t = &fpu_single;
    const uint64_t raw[3] = {addend, a, b};
    struct fpu_num u[3];
    for (int j = 0; j < 3; j++)
        u[j] = fpu_unpack(f, j == 0 ? t : &fpu_half, raw[j]);
    if (invalid_product(&u[0], &u[1], &u[2]))
        return (uint32_t)invalid(f, t);
    int nan = choose_nan3(u);
    if (nan < 0)
        return (uint32_t)muladd_numbers(f, t, &u[0], &u[1], &u[2]);
    if (nan == 0)
        return (uint32_t)fpu_process_nan(f, t, &u[0], addend);
    uint64_t half = fpu_process_nan(f, &fpu_half, &u[nan], raw[nan]);
    /* FPConvertNaN(): the fraction keeps its upper end. */
    return (uint32_t)((half & BIT(15)) << 16 | fpu_exp_mask(t) | (half & ones(10)) << 13);
}

/* (c - a*b), halved if asked: the common part of FPRecipStepFused() and FPRSqrtStepFused(). */
static uint64_t newton_step(struct fpu *f, unsigned n, uint64_t a, uint64_t b, const struct fpu_num *c,
                            int scale)
{
    const struct fpu_format *t = fpu_format(n);
    a = fpu_neg(n, a);
    struct fpu_num ua = fpu_unpack(f, t, a), ub = fpu_unpack(f, t, b), s = *c;
    uint64_t nan;
    if (process_nans(f, t, &ua, &ub, a, b, &nan))
        return nan;
    bool inf = ua.kind == KIND_INF || ub.kind == KIND_INF;
    bool zero = ua.kind == KIND_ZERO || ub.kind == KIND_ZERO;
    if (inf && !zero)
        return fpu_infinity(t, ua.sign ^ ub.sign);
    if (!zero)
        s = fpu_num_muladd(c, &ua, &ub);
    s.exp += scale;
    return round_sum(f, t, &s);
}

uint64_t fpu_recip_step(struct fpu *f, unsigned n, uint64_t a, uint64_t b)
{
    const struct fpu_num two = {KIND_NUMBER, false, 1, BIT(63)};
    return newton_step(f, n, a, b, &two, 0);
}

uint64_t fpu_rsqrt_step(struct fpu *f, unsigned n, uint64_t a, uint64_t b)
{
    const struct fpu_num three = {KIND_NUMBER, false, 1, UINT64_C(3) << 62};
    return newton_step(f, n, a, b, &three, -1);
}

/* ---- comparing ---- */

/* -1, 0, 1 for a < b, a == b, a > b; neither a NaN. */
static int order(const struct fpu_num *a, const struct fpu_num *b)
{
    if (a->kind == KIND_ZERO && b->kind == KIND_ZERO)
        return 0;
    if (a->kind == KIND_ZERO)
        return b->sign ? 1 : -1;
    if (b->kind == KIND_ZERO || a->sign != b->sign)
        return a->sign ? -1 : 1;
    int r;
    if (a->kind == KIND_INF || b->kind == KIND_INF)
        r = (a->kind == KIND_INF) - (b->kind == KIND_INF);
    else if (a->exp != b->exp)
        r = a->exp > b->exp ? 1 : -1;
    else
        r = (a->sig > b->sig) - (a->sig < b->sig);
    return a->sign ? -r : r;
}

/* FPMax() with want = 1, FPMin() with want = -1. */
static uint64_t extreme(struct fpu *f, unsigned n, uint64_t a, uint64_t b, int want)
{
    const struct fpu_format *t = fpu_format(n);
    struct fpu_num ua = fpu_unpack(f, t, a), ub = fpu_unpack(f, t, b);
    uint64_t nan;
    if (process_nans(f, t, &ua, &ub, a, b, &nan))
        return nan;
    struct fpu_num *r = order(&ua, &ub) == want ? &ua : &ub;
    if (r->kind == KIND_ZERO) /* of zeros the maximum is +0 if either is, the minimum -0 */
        r->sign = want > 0 ? ua.sign && ub.sign : ua.sign || ub.sign;
    return fpu_round(f, t, r, fpu_rmode(f->fpcr));
}

uint64_t fpu_max(struct fpu *f, unsigned n, uint64_t a, uint64_t b)
{
    return extreme(f, n, a, b, 1);
}

uint64_t fpu_min(struct fpu *f, unsigned n, uint64_t a, uint64_t b)
{
    return extreme(f, n, a, b, -1);
}

/* FPMaxNum(), FPMinNum(): a lone quiet NaN is replaced by the infinity that loses. */
static uint64_t extreme_number(struct fpu *f, unsigned n, uint64_t a, uint64_t b, int want)
{
    const struct fpu_format *t = fpu_format(n);
    struct fpu_num ua = fpu_unpack(f, t, a), ub = fpu_unpack(f, t, b);
    if (ua.kind == KIND_QNAN && ub.kind != KIND_QNAN)
        a = fpu_infinity(t, want > 0);
    else if (ua.kind != KIND_QNAN && ub.kind == KIND_QNAN)
        b = fpu_infinity(t, want > 0);
    return extreme(f, n, a, b, want);
}

uint64_t fpu_maxnm(struct fpu *f, unsigned n, uint64_t a, uint64_t b)
{
    return extreme_number(f, n, a, b, 1);
}

uint64_t fpu_minnm(struct fpu *f, unsigned n, uint64_t a, uint64_t b)
{
    return extreme_number(f, n, a, b, -1);
}

unsigned fpu_compare(struct fpu *f, unsigned n, uint64_t a, uint64_t b, bool signal_nans)
{
    const struct fpu_format *t = fpu_format(n);
    struct fpu_num ua = fpu_unpack(f, t, a), ub = fpu_unpack(f, t, b);
    if (fpu_is_nan(&ua) || fpu_is_nan(&ub)) {
        if (signal_nans || ua.kind == KIND_SNAN || ub.kind == KIND_SNAN)
            f->fpsr |= FPSR_IOC;
        return 3;
    }
    int r = order(&ua, &ub);
    return r == 0 ? 6 : r < 0 ? 8 : 2;
}
