/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The Advanced SIMD instructions that are not worth a handler for each element size: saturating arithmetic
 * and shifts, narrowing with saturation, reductions, dot products, table look-up. Arm ARM C7.2 and the shared
 * pseudocode SignedSatQ(), UnsignedSatQ(), PolynomialMult(), RecipEstimate().
 *
 * A lane function computes one element from operands that are sign-extended to 64 bits. The loops around it
 * are inlined once for each element size, so that `size` is a constant in them.
 */
#include "cpu/simd.h"

#include <stdbool.h>
#include <string.h>

#include "base/bits.h"

/* ---- lanes ---- */

static ALWAYS_INLINE int64_t lane(const union vreg *v, unsigned size, unsigned e)
{
    switch (size) {
    case 0:
        return v->sb[e & 15];
    case 1:
        return v->sh[e & 7];
    case 2:
        return v->ss[e & 3];
    default:
        return v->sd[e & 1];
    }
}

static ALWAYS_INLINE void lane_set(union vreg *v, unsigned size, unsigned e, uint64_t value)
{
    switch (size) {
    case 0:
        v->b[e & 15] = (uint8_t)value;
        break;
    case 1:
        v->h[e & 7] = (uint16_t)value;
        break;
    case 2:
        v->s[e & 3] = (uint32_t)value;
        break;
    default:
        v->d[e & 1] = value;
        break;
    }
}

/* ZeroExtend() of a sign-extended lane. */
static ALWAYS_INLINE uint64_t zext(int64_t v, unsigned width)
{
    return (uint64_t)v & ones(width);
}

/* The lane of Vm that goes with lane e of Vn. */
static ALWAYS_INLINE unsigned other(const struct insn *i, unsigned e)
{
    return i->imm == SIMD_LANEWISE ? e : (unsigned)i->imm;
}

static ALWAYS_INLINE void set_qc(struct cpu *c, bool saturated)
{
    c->fpsr |= (uint32_t)saturated << SIMD_FPSR_QC;
}

/* One element of the result; *q becomes true when it saturated. `imm` is the record's. */
typedef uint64_t lane_fn(int64_t n, int64_t m, int64_t d, unsigned width, uint64_t imm, bool *q);

static ALWAYS_INLINE void same_size(struct cpu *c, const struct insn *i, unsigned size, lane_fn *f)
{
    const union vreg n = c->v[i->rn], m = c->v[i->rm], d = c->v[i->rd];
    union vreg r = {.d = {0, 0}};
    bool q = false;
    for (unsigned e = 0; e < i->ra; e++)
        lane_set(
            &r, size, e,
            f(lane(&n, size, e), lane(&m, size, other(i, e)), lane(&d, size, e), 8u << size, i->imm, &q));
    c->v[i->rd] = r;
    set_qc(c, q);
}

/* The same without a second operand: imm is a shift amount or nothing. */
static ALWAYS_INLINE void same_size_unary(struct cpu *c, const struct insn *i, unsigned size, lane_fn *f)
{
    const union vreg n = c->v[i->rn], d = c->v[i->rd];
    union vreg r = {.d = {0, 0}};
    bool q = false;
    for (unsigned e = 0; e < i->ra; e++)
        lane_set(&r, size, e, f(lane(&n, size, e), 0, lane(&d, size, e), 8u << size, i->imm, &q));
    c->v[i->rd] = r;
    set_qc(c, q);
}

/* Elements of twice `size` become elements of `size`, in the lower or upper half of Vd. */
static ALWAYS_INLINE void narrowing(struct cpu *c, const struct insn *i, unsigned size, lane_fn *f)
{
    const union vreg n = c->v[i->rn];
    union vreg r = {.d = {0, 0}};
    bool q = false;
    for (unsigned e = 0; e < i->ra; e++)
        lane_set(&r, size, e, f(lane(&n, size + 1, e), 0, 0, 8u << size, i->imm, &q));
    if (i->aux & SIMD_UPPER)
        c->v[i->rd].d[1] = r.d[0];
    else
        c->v[i->rd] = r;
    set_qc(c, q);
}

/* Elements of `size` from the lower or upper halves become elements of twice `size`. */
static ALWAYS_INLINE void widening(struct cpu *c, const struct insn *i, unsigned size, lane_fn *f)
{
    const union vreg n = c->v[i->rn], m = c->v[i->rm], d = c->v[i->rd];
    const unsigned part = i->aux & SIMD_UPPER ? 8u >> size : 0;
    union vreg r = {.d = {0, 0}};
    bool q = false;
    for (unsigned e = 0; e < i->ra; e++)
        lane_set(&r, size + 1, e,
                 f(lane(&n, size, part + e),
                   lane(&m, size, i->imm == SIMD_LANEWISE ? part + e : (unsigned)i->imm),
                   lane(&d, size + 1, e), 8u << size, i->imm, &q));
    c->v[i->rd] = r;
    set_qc(c, q);
}

#define FOR_SIZES(loop, name)                                                                                \
    void simd_##name(struct cpu *c, const struct insn *i)                                                    \
    {                                                                                                        \
        switch (i->aux & SIMD_SIZE) {                                                                        \
        case 0:                                                                                              \
            loop(c, i, 0, name);                                                                             \
            break;                                                                                           \
        case 1:                                                                                              \
            loop(c, i, 1, name);                                                                             \
            break;                                                                                           \
        case 2:                                                                                              \
            loop(c, i, 2, name);                                                                             \
            break;                                                                                           \
        default:                                                                                             \
            loop(c, i, 3, name);                                                                             \
            break;                                                                                           \
        }                                                                                                    \
    }
#define FOR_NARROW_SIZES(loop, name)                                                                         \
    void simd_##name(struct cpu *c, const struct insn *i)                                                    \
    {                                                                                                        \
        switch (i->aux & SIMD_SIZE) {                                                                        \
        case 0:                                                                                              \
            loop(c, i, 0, name);                                                                             \
            break;                                                                                           \
        case 1:                                                                                              \
            loop(c, i, 1, name);                                                                             \
            break;                                                                                           \
        default:                                                                                             \
            loop(c, i, 2, name);                                                                             \
            break;                                                                                           \
        }                                                                                                    \
    }
#define LANE_FN(name)                                                                                        \
    static ALWAYS_INLINE uint64_t name(UNUSED int64_t n, UNUSED int64_t m, UNUSED int64_t d,                 \
                                       UNUSED unsigned width, UNUSED uint64_t imm, UNUSED bool *q)

/* ---- saturation ---- */

static ALWAYS_INLINE int64_t max_signed(unsigned width)
{
    return (int64_t)ones(width - 1);
}

/* SignedSatQ() of a value that fits 64 bits. */
static ALWAYS_INLINE uint64_t sat_signed(int64_t v, unsigned width, bool *q)
{
    const int64_t max = max_signed(width), min = -max - 1;
    *q |= v > max || v < min;
    return (uint64_t)(v > max ? max : v < min ? min : v);
}

/* UnsignedSatQ() of a signed value. */
static ALWAYS_INLINE uint64_t sat_unsigned(int64_t v, unsigned width, bool *q)
{
    const int64_t max = (int64_t)ones(width < 64 ? width : 63);
    *q |= v < 0 || v > max;
    return (uint64_t)(v < 0 ? 0 : v > max ? max : v);
}

static ALWAYS_INLINE uint64_t add_signed(int64_t n, int64_t m, unsigned width, bool *q)
{
    int64_t r;
    if (!__builtin_add_overflow(n, m, &r))
        return sat_signed(r, width, q);
    *q = true;
    return (uint64_t)(n < 0 ? INT64_MIN : INT64_MAX);
}

static ALWAYS_INLINE uint64_t sub_signed(int64_t n, int64_t m, unsigned width, bool *q)
{
    int64_t r;
    if (!__builtin_sub_overflow(n, m, &r))
        return sat_signed(r, width, q);
    *q = true;
    return (uint64_t)(n < 0 ? INT64_MIN : INT64_MAX);
}

LANE_FN(sqadd)
{
    return add_signed(n, m, width, q);
}

LANE_FN(sqsub)
{
    return sub_signed(n, m, width, q);
}

LANE_FN(uqadd)
{
    const uint64_t a = zext(n, width), r = a + zext(m, width), max = ones(width);
    const bool over = r > max || r < a;
    *q |= over;
    return over ? max : r;
}

LANE_FN(uqsub)
{
    const uint64_t a = zext(n, width), b = zext(m, width);
    *q |= a < b;
    return a < b ? 0 : a - b;
}

/* Signed accumulator plus unsigned operand. */
LANE_FN(suqadd)
{
    const uint64_t max = (uint64_t)max_signed(width), a = zext(n, width);
    const bool over = a > max - (uint64_t)d;
    *q |= over;
    return over ? max : (uint64_t)d + a;
}

/* Unsigned accumulator plus signed operand. */
LANE_FN(usqadd)
{
    const uint64_t max = ones(width), a = zext(d, width);
    const bool over = n >= 0 && (uint64_t)n > max - a, under = n < 0 && a < -(uint64_t)n;
    *q |= over || under;
    return over ? max : under ? 0 : a + (uint64_t)n;
}

LANE_FN(sqneg)
{
    return sub_signed(0, n, width, q);
}

LANE_FN(sqabs)
{
    return n < 0 ? sub_signed(0, n, width, q) : (uint64_t)n;
}

FOR_SIZES(same_size, sqadd)
FOR_SIZES(same_size, sqsub)
FOR_SIZES(same_size, uqadd)
FOR_SIZES(same_size, uqsub)
FOR_SIZES(same_size_unary, suqadd)
FOR_SIZES(same_size_unary, usqadd)
FOR_SIZES(same_size_unary, sqneg)
FOR_SIZES(same_size_unary, sqabs)

/* ---- saturating multiplication ----
 *
 * The doubled product is compared after halving everything, so that it fits 64 bits. */

LANE_FN(sqdmulh)
{
    return sat_signed((n * m) >> (width - 1), width, q);
}

LANE_FN(sqrdmulh)
{
    return sat_signed((n * m + ((int64_t)1 << (width - 2))) >> (width - 1), width, q);
}

LANE_FN(sqrdmlah)
{
    const int64_t half = (int64_t)1 << (width - 1);
    return sat_signed((d * half + n * m + half / 2) >> (width - 1), width, q);
}

LANE_FN(sqrdmlsh)
{
    const int64_t half = (int64_t)1 << (width - 1);
    return sat_signed((d * half - n * m + half / 2) >> (width - 1), width, q);
}

/* SignedSatQ(2 * n * m, 2 * width) */
LANE_FN(sqdmull)
{
    return add_signed(n * m, n * m, 2 * width, q);
}

LANE_FN(sqdmlal)
{
    return add_signed(d, (int64_t)add_signed(n * m, n * m, 2 * width, q), 2 * width, q);
}

LANE_FN(sqdmlsl)
{
    return sub_signed(d, (int64_t)add_signed(n * m, n * m, 2 * width, q), 2 * width, q);
}

/* Only for 16 and 32 bits. */
#define FOR_HS(loop, name)                                                                                   \
    void simd_##name(struct cpu *c, const struct insn *i)                                                    \
    {                                                                                                        \
        if ((i->aux & SIMD_SIZE) == 1)                                                                       \
            loop(c, i, 1, name);                                                                             \
        else                                                                                                 \
            loop(c, i, 2, name);                                                                             \
    }
FOR_HS(same_size, sqdmulh)
FOR_HS(same_size, sqrdmulh)
FOR_HS(same_size, sqrdmlah)
FOR_HS(same_size, sqrdmlsh)
FOR_HS(widening, sqdmull)
FOR_HS(widening, sqdmlal)
FOR_HS(widening, sqdmlsl)

/* ---- shifts ---- */

/* v >> k, rounding half up if asked to; any k >= 0 */
static ALWAYS_INLINE int64_t shift_right_signed(int64_t v, unsigned k, bool round)
{
    if (k == 0)
        return v;
    const int64_t x = v >> (k > 64 ? 63 : k - 1);
    return (x >> 1) + (round ? x & 1 : 0);
}

static ALWAYS_INLINE uint64_t shift_right_unsigned(uint64_t v, unsigned k, bool round)
{
    if (k == 0)
        return v;
    const uint64_t x = k > 64 ? 0 : v >> (k - 1);
    return (x >> 1) + (round ? x & 1 : 0);
}

static ALWAYS_INLINE uint64_t shift_left(uint64_t v, unsigned k)
{
    return k > 63 ? 0 : v << k;
}

/* SignedSatQ(v << k), k >= 0 */
static ALWAYS_INLINE uint64_t shift_left_signed_sat(int64_t v, unsigned k, unsigned width, bool *q)
{
    const int64_t max = max_signed(width), limit = k > 63 ? 0 : max >> k;
    if (v > limit || v < -limit - 1 || (k >= width && v < 0)) {
        *q = true;
        return (uint64_t)(v < 0 ? -max - 1 : max);
    }
    return shift_left((uint64_t)v, k);
}

/* UnsignedSatQ(v << k), k >= 0 */
static ALWAYS_INLINE uint64_t shift_left_unsigned_sat(uint64_t v, unsigned k, unsigned width, bool *q)
{
    const uint64_t max = ones(width), limit = k > 63 ? 0 : max >> k;
    if (v > limit) {
        *q = true;
        return max;
    }
    return shift_left(v, k);
}

static ALWAYS_INLINE uint64_t sshl_any(int64_t n, int64_t m, unsigned width, bool round, bool sat, bool *q)
{
    const int8_t k = (int8_t)m;
    if (k < 0)
        return (uint64_t)shift_right_signed(n, (unsigned)-k, round);
    return sat ? shift_left_signed_sat(n, (unsigned)k, width, q) : shift_left((uint64_t)n, (unsigned)k);
}

static ALWAYS_INLINE uint64_t ushl_any(int64_t n, int64_t m, unsigned width, bool round, bool sat, bool *q)
{
    const int8_t k = (int8_t)m;
    const uint64_t v = zext(n, width);
    if (k < 0)
        return shift_right_unsigned(v, (unsigned)-k, round);
    return sat ? shift_left_unsigned_sat(v, (unsigned)k, width, q) : shift_left(v, (unsigned)k);
}

#define SHIFT_FN(name, shift, round, sat)                                                                    \
    LANE_FN(name)                                                                                            \
    {                                                                                                        \
        return shift(n, m, width, round, sat, q);                                                            \
    }
SHIFT_FN(sshl, sshl_any, false, false)
SHIFT_FN(srshl, sshl_any, true, false)
SHIFT_FN(sqshl, sshl_any, false, true)
SHIFT_FN(sqrshl, sshl_any, true, true)
SHIFT_FN(ushl, ushl_any, false, false)
SHIFT_FN(urshl, ushl_any, true, false)
SHIFT_FN(uqshl, ushl_any, false, true)
SHIFT_FN(uqrshl, ushl_any, true, true)
#undef SHIFT_FN

LANE_FN(sqshl_imm)
{
    return shift_left_signed_sat(n, (unsigned)imm, width, q);
}

LANE_FN(uqshl_imm)
{
    return shift_left_unsigned_sat(zext(n, width), (unsigned)imm, width, q);
}

LANE_FN(sqshlu)
{
    *q |= n < 0;
    return n < 0 ? 0 : shift_left_unsigned_sat((uint64_t)n, (unsigned)imm, width, q);
}

FOR_SIZES(same_size, sshl)
FOR_SIZES(same_size, srshl)
FOR_SIZES(same_size, sqshl)
FOR_SIZES(same_size, sqrshl)
FOR_SIZES(same_size, ushl)
FOR_SIZES(same_size, urshl)
FOR_SIZES(same_size, uqshl)
FOR_SIZES(same_size, uqrshl)
FOR_SIZES(same_size_unary, sqshl_imm)
FOR_SIZES(same_size_unary, uqshl_imm)
FOR_SIZES(same_size_unary, sqshlu)

/* ---- narrowing: `width` is the result's, n has twice as many bits ---- */

static ALWAYS_INLINE uint64_t narrow_unsigned(int64_t n, unsigned width, uint64_t imm, bool round, bool *q)
{
    const uint64_t v = shift_right_unsigned(zext(n, 2 * width), (unsigned)imm, round), max = ones(width);
    *q |= v > max;
    return v > max ? max : v;
}

LANE_FN(sqshrn)
{
    return sat_signed(shift_right_signed(n, (unsigned)imm, false), width, q);
}

LANE_FN(sqrshrn)
{
    return sat_signed(shift_right_signed(n, (unsigned)imm, true), width, q);
}

LANE_FN(uqshrn)
{
    return narrow_unsigned(n, width, imm, false, q);
}

LANE_FN(uqrshrn)
{
    return narrow_unsigned(n, width, imm, true, q);
}

LANE_FN(sqshrun)
{
    return sat_unsigned(shift_right_signed(n, (unsigned)imm, false), width, q);
}

LANE_FN(sqrshrun)
{
    return sat_unsigned(shift_right_signed(n, (unsigned)imm, true), width, q);
}

FOR_NARROW_SIZES(narrowing, sqshrn)
FOR_NARROW_SIZES(narrowing, sqrshrn)
FOR_NARROW_SIZES(narrowing, uqshrn)
FOR_NARROW_SIZES(narrowing, uqrshrn)
FOR_NARROW_SIZES(narrowing, sqshrun)
FOR_NARROW_SIZES(narrowing, sqrshrun)

/* ---- bit counts, polynomials, estimates ---- */

static ALWAYS_INLINE unsigned leading_zeros(uint64_t v, unsigned width)
{
    return v == 0 ? width : (unsigned)__builtin_clzll(v) - (64 - width);
}

LANE_FN(clz)
{
    return leading_zeros(zext(n, width), width);
}

LANE_FN(cls)
{
    return leading_zeros(zext(n ^ (n >> 63), width), width) - 1;
}

FOR_NARROW_SIZES(same_size_unary, clz)
FOR_NARROW_SIZES(same_size_unary, cls)

/* PolynomialMult() of the eight bytes of n and m. */
static union vreg polynomial_mult8(uint64_t n, uint64_t m)
{
    const simd_u16 a = simd_widen_u8(n), b = simd_widen_u8(m);
    simd_u16 p = {0};
    for (unsigned k = 0; k < 8; k++)
        p ^= (a << k) & -((b >> k) & 1);
    union vreg r;
    memcpy(&r, &p, sizeof(r));
    return r;
}

void simd_pmul(struct cpu *c, const struct insn *i)
{
    const union vreg n = c->v[i->rn], m = c->v[i->rm];
    union vreg r = {.d = {0, 0}};
    for (unsigned e = 0; e < i->ra; e += 8) {
        const union vreg product = polynomial_mult8(n.d[e / 8], m.d[e / 8]);
        for (unsigned k = 0; k < 8; k++)
            r.b[e + k] = (uint8_t)product.h[k];
    }
    c->v[i->rd] = r;
}

/* PolynomialMult() of two doublewords, four bits of b at a time. */
static union vreg polynomial_mult64(uint64_t a, uint64_t b)
{
    unsigned __int128 multiple[16], r = 0;
    multiple[0] = 0;
    multiple[1] = a;
    for (unsigned k = 2; k < 16; k += 2) {
        multiple[k] = multiple[k / 2] << 1;
        multiple[k + 1] = multiple[k] ^ a;
    }
    for (unsigned k = 64; k > 0; k -= 4)
        r = r << 4 ^ multiple[b >> (k - 4) & 15];
    return (union vreg){.d = {(uint64_t)r, (uint64_t)(r >> 64)}};
}

void simd_pmull(struct cpu *c, const struct insn *i)
{
    const union vreg n = c->v[i->rn], m = c->v[i->rm];
    const unsigned upper = i->aux & SIMD_UPPER ? 1 : 0;
    const bool doublewords = (i->aux & SIMD_SIZE) == 3;
    c->v[i->rd] =
        doublewords ? polynomial_mult64(n.d[upper], m.d[upper]) : polynomial_mult8(n.d[upper], m.d[upper]);
}

/* UnsignedRecipEstimate() */
void simd_urecpe(struct cpu *c, const struct insn *i)
{
    const union vreg n = c->v[i->rn];
    union vreg r = {.d = {0, 0}};
    for (unsigned e = 0; e < i->ra; e++) {
        const uint32_t divisor = (n.s[e] >> 23) * 2 + 1;
        r.s[e] = n.s[e] >> 31 ? (((1u << 19) / divisor + 1) / 2) << 23 : UINT32_MAX;
    }
    c->v[i->rd] = r;
}

/* RecipSqrtEstimate() of a 9-bit operand, 128..511 */
static uint32_t recip_sqrt_estimate(uint32_t a)
{
    a = a < 256 ? a * 2 + 1 : ((a & ~1u) + 1) * 2;
    uint32_t b = 512;
    while (a * (b + 1) * (b + 1) < 1u << 28)
        b++;
    return (b + 1) / 2;
}

/* UnsignedRSqrtEstimate() */
void simd_ursqrte(struct cpu *c, const struct insn *i)
{
    const union vreg n = c->v[i->rn];
    union vreg r = {.d = {0, 0}};
    for (unsigned e = 0; e < i->ra; e++)
        r.s[e] = n.s[e] >> 30 ? recip_sqrt_estimate(n.s[e] >> 23) << 23 : UINT32_MAX;
    c->v[i->rd] = r;
}

/* ---- across lanes ---- */

enum reduction { REDUCE_ADD, REDUCE_MIN, REDUCE_MAX };

static ALWAYS_INLINE int64_t reduce(const union vreg *n, unsigned size, unsigned lanes, enum reduction op,
                                    bool is_signed)
{
    int64_t acc = 0;
    for (unsigned e = 0; e < lanes; e++) {
        int64_t v = lane(n, size, e);
        if (!is_signed)
            v = (int64_t)zext(v, 8u << size);
        if (e == 0)
            acc = v;
        else if (op == REDUCE_ADD)
            acc += v;
        else if (op == REDUCE_MIN)
            acc = v < acc ? v : acc;
        else
            acc = v > acc ? v : acc;
    }
    return acc;
}

/* `widen`: the result has twice the width of the elements. */
static ALWAYS_INLINE void across(struct cpu *c, const struct insn *i, enum reduction op, bool is_signed,
                                 bool widen)
{
    const union vreg n = c->v[i->rn];
    const unsigned size = i->aux & SIMD_SIZE;
    int64_t r;
    if (size == 0)
        r = i->ra == 16 ? reduce(&n, 0, 16, op, is_signed) : reduce(&n, 0, 8, op, is_signed);
    else if (size == 1)
        r = i->ra == 8 ? reduce(&n, 1, 8, op, is_signed) : reduce(&n, 1, 4, op, is_signed);
    else
        r = reduce(&n, 2, 4, op, is_signed);
    c->v[i->rd] = (union vreg){.d = {zext(r, 8u << (widen ? size + 1 : size)), 0}};
}

#define REDUCTION(name, op, is_signed, widen)                                                                \
    void simd_##name(struct cpu *c, const struct insn *i)                                                    \
    {                                                                                                        \
        across(c, i, op, is_signed, widen);                                                                  \
    }
REDUCTION(addv, REDUCE_ADD, false, false)
REDUCTION(saddlv, REDUCE_ADD, true, true)
REDUCTION(uaddlv, REDUCE_ADD, false, true)
REDUCTION(smaxv, REDUCE_MAX, true, false)
REDUCTION(sminv, REDUCE_MIN, true, false)
REDUCTION(umaxv, REDUCE_MAX, false, false)
REDUCTION(uminv, REDUCE_MIN, false, false)

/* ---- products of bytes ---- */

/* Sum of products of `count` bytes from n.b[a] and m.b[b]. */
static ALWAYS_INLINE uint32_t dot_bytes(const union vreg *n, unsigned a, bool n_signed, const union vreg *m,
                                        unsigned b, bool m_signed, unsigned count)
{
    int32_t sum = 0;
    for (unsigned k = 0; k < count; k++)
        sum += (n_signed ? n->sb[a + k] : (int32_t)n->b[a + k]) *
               (m_signed ? m->sb[b + k] : (int32_t)m->b[b + k]);
    return (uint32_t)sum;
}

static ALWAYS_INLINE void dot(struct cpu *c, const struct insn *i, bool n_signed, bool m_signed)
{
    const union vreg n = c->v[i->rn], m = c->v[i->rm], d = c->v[i->rd];
    union vreg r = {.d = {0, 0}};
    for (unsigned e = 0; e < i->ra; e++)
        r.s[e] = d.s[e] + dot_bytes(&n, 4 * e, n_signed, &m, 4 * (other(i, e) & 3), m_signed, 4);
    c->v[i->rd] = r;
}

void simd_sdot(struct cpu *c, const struct insn *i)
{
    dot(c, i, true, true);
}

void simd_udot(struct cpu *c, const struct insn *i)
{
    dot(c, i, false, false);
}

void simd_usdot(struct cpu *c, const struct insn *i)
{
    dot(c, i, false, true);
}

void simd_sudot(struct cpu *c, const struct insn *i)
{
    dot(c, i, true, false);
}

/* MatMulAdd(): a 2x8 matrix times the transpose of another. */
static ALWAYS_INLINE void matrix_product(struct cpu *c, const struct insn *i, bool n_signed, bool m_signed)
{
    const union vreg n = c->v[i->rn], m = c->v[i->rm];
    union vreg r = c->v[i->rd];
    for (unsigned e = 0; e < 4; e++)
        r.s[e] += dot_bytes(&n, 8 * (e / 2), n_signed, &m, 8 * (e % 2), m_signed, 8);
    c->v[i->rd] = r;
}

void simd_smmla(struct cpu *c, const struct insn *i)
{
    matrix_product(c, i, true, true);
}

void simd_ummla(struct cpu *c, const struct insn *i)
{
    matrix_product(c, i, false, false);
}

void simd_usmmla(struct cpu *c, const struct insn *i)
{
    matrix_product(c, i, false, true);
}

/* ---- tables ---- */

/* TBL and TBX: bytes of `r` whose index is in the table are replaced. */
static void table_lookup(struct cpu *c, const struct insn *i, union vreg r)
{
    uint8_t table[64];
    const union vreg index = c->v[i->rm];
    const unsigned bytes = 16 * (unsigned)i->imm;
    for (unsigned k = 0; k < i->imm; k++)
        memcpy(table + 16 * k, &c->v[(i->rn + k) % 32], 16);
    for (unsigned e = 0; e < i->ra; e++)
        if (index.b[e] < bytes)
            r.b[e] = table[index.b[e]];
    if (i->ra == 8)
        r.d[1] = 0;
    c->v[i->rd] = r;
}

void simd_tbl(struct cpu *c, const struct insn *i)
{
    table_lookup(c, i, (union vreg){.d = {0, 0}});
}

void simd_tbx(struct cpu *c, const struct insn *i)
{
    table_lookup(c, i, c->v[i->rd]);
}

/* ---- structures in memory ---- */

static ALWAYS_INLINE simd_u64 *structure_register(struct cpu *c, const struct insn *i, unsigned k)
{
    return (simd_u64 *)&c->v[(i->rd + k) % 32];
}

/* Memory of 64-bit registers a and b is one quadword. */
static ALWAYS_INLINE simd_u64 join(simd_u64 a, simd_u64 b)
{
    return (simd_u64){a[0], b[0]};
}

/* Structures of two and four: lanes at even and odd places, once or twice. `low`: the registers have 64 bits.
 */
#define SPLIT(bits)                                                                                          \
    static void split_##bits(struct cpu *c, const struct insn *i, bool low)                                  \
    {                                                                                                        \
        simd_u64 *const r0 = structure_register(c, i, 0), *const r1 = structure_register(c, i, 1);           \
        if (i->ra == 2) {                                                                                    \
            const simd_u64 q = join(*r0, *r1);                                                               \
            const simd_u##bits a = (simd_u##bits)(low ? q : *r0), b = (simd_u##bits)(low ? q : *r1);         \
            *r0 = (simd_u64)simd_even_##bits(a, b);                                                          \
            *r1 = (simd_u64)simd_odd_##bits(a, b);                                                           \
            return;                                                                                          \
        }                                                                                                    \
        simd_u64 *const r2 = structure_register(c, i, 2), *const r3 = structure_register(c, i, 3);           \
        const simd_u##bits a = (simd_u##bits)(low ? join(*r0, *r1) : *r0);                                   \
        const simd_u##bits b = (simd_u##bits)(low ? join(*r2, *r3) : *r1);                                   \
        const simd_u##bits e0 = simd_even_##bits(a, b), o0 = simd_odd_##bits(a, b);                          \
        const simd_u##bits e1 = low ? e0 : simd_even_##bits((simd_u##bits) * r2, (simd_u##bits) * r3);       \
        const simd_u##bits o1 = low ? o0 : simd_odd_##bits((simd_u##bits) * r2, (simd_u##bits) * r3);        \
        *r0 = (simd_u64)simd_even_##bits(e0, e1);                                                            \
        *r1 = (simd_u64)simd_even_##bits(o0, o1);                                                            \
        *r2 = (simd_u64)simd_odd_##bits(e0, e1);                                                             \
        *r3 = (simd_u64)simd_odd_##bits(o0, o1);                                                             \
    }
SPLIT(8)
SPLIT(16)
SPLIT(32)
SPLIT(64)
#undef SPLIT

/* Structures of three */
static ALWAYS_INLINE void split3(struct cpu *c, const struct insn *i, unsigned size, unsigned bytes)
{
    uint8_t memory[48];
    for (unsigned k = 0; k < 3; k++)
        memcpy(memory + k * bytes, structure_register(c, i, k), bytes);
    for (unsigned k = 0; k < 3; k++)
        for (unsigned e = 0; e < bytes >> size; e++)
            memcpy((uint8_t *)structure_register(c, i, k) + (e << size), memory + ((e * 3 + k) << size),
                   1u << size);
}

static ALWAYS_INLINE void deinterleave(struct cpu *c, const struct insn *i, unsigned bytes)
{
    const bool low = bytes == 8;
    switch (i->aux | (i->ra == 3 ? 4 : 0)) {
    case 0:
        split_8(c, i, low);
        break;
    case 1:
        split_16(c, i, low);
        break;
    case 2:
        split_32(c, i, low);
        break;
    case 3:
        split_64(c, i, low);
        break;
    case 4:
        split3(c, i, 0, bytes);
        break;
    case 5:
        split3(c, i, 1, bytes);
        break;
    case 6:
        split3(c, i, 2, bytes);
        break;
    default:
        split3(c, i, 3, bytes);
        break;
    }
}

void simd_deinterleave_Q(struct cpu *c, const struct insn *i)
{
    deinterleave(c, i, 16);
}

void simd_deinterleave_D(struct cpu *c, const struct insn *i)
{
    deinterleave(c, i, 8);
    for (unsigned k = 0; k < i->ra; k++)
        c->v[(i->rd + k) % 32].d[1] = 0;
}

static ALWAYS_INLINE union vreg interleaved(const struct cpu *c, const struct insn *i, unsigned size,
                                            unsigned part, unsigned bytes)
{
    union vreg r = {.d = {0, 0}};
    const unsigned selem = i->ra, count = bytes >> size;
    unsigned lane_index = part * count / selem, k = part * count % selem;
    for (unsigned j = 0; j < count; j++) {
        memcpy(&r.b[j << size], &c->v[(i->rd + k) % 32].b[lane_index << size], 1u << size);
        if (++k == selem) {
            k = 0;
            lane_index++;
        }
    }
    return r;
}

static ALWAYS_INLINE union vreg interleaved_by_size(const struct cpu *c, const struct insn *i, unsigned part,
                                                    unsigned bytes)
{
    switch (i->aux) {
    case 0:
        return interleaved(c, i, 0, part, bytes);
    case 1:
        return interleaved(c, i, 1, part, bytes);
    case 2:
        return interleaved(c, i, 2, part, bytes);
    default:
        return interleaved(c, i, 3, part, bytes);
    }
}

simd_q simd_interleaved_Q(const struct cpu *c, const struct insn *i, unsigned part)
{
    const union vreg r = interleaved_by_size(c, i, part, 16);
    return (simd_q){r.d[0], r.d[1]};
}

uint64_t simd_interleaved_D(const struct cpu *c, const struct insn *i, unsigned part)
{
    return interleaved_by_size(c, i, part, 8).d[0];
}
