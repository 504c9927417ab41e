/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Pointer authentication: where the code sits in a pointer, how it is computed, what a wrong one does, and
 * which controls disable or trap it. Arm ARM D8.10; pseudocode AddPAC(), Auth(), Strip(), ComputePAC(). The
 * algorithm is QARMA5 (R. Avanzi, "The QARMA Block Cipher Family", 2016) with FEAT_PACQARMA5, and a cheap
 * hash of our own with FEAT_PACIMP.
 */
#include "cpu/pauth.h"

#include "base/bits.h"
#include "base/compiler.h"
#include "cpu/cpu.h"
#include "cpu/exception.h"

/* ---- QARMA5: the state is 16 cells of 4 bits, cell 0 lowest ---- */

/* Bytes: the S-box on both halves. */
#define SUB_ROW(h, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, sa, sb, sc, sd, se, sf)                           \
    (h) << 4 | (s0), (h) << 4 | (s1), (h) << 4 | (s2), (h) << 4 | (s3), (h) << 4 | (s4), (h) << 4 | (s5),    \
        (h) << 4 | (s6), (h) << 4 | (s7), (h) << 4 | (s8), (h) << 4 | (s9), (h) << 4 | (sa),                 \
        (h) << 4 | (sb), (h) << 4 | (sc), (h) << 4 | (sd), (h) << 4 | (se), (h) << 4 | (sf)
#define SUB(h) SUB_ROW(h, 11, 6, 8, 15, 12, 0, 9, 14, 3, 7, 4, 5, 13, 2, 1, 10)
#define INV(h) SUB_ROW(h, 5, 14, 13, 8, 10, 11, 1, 9, 2, 6, 15, 0, 4, 12, 7, 3)

static const uint8_t sub_bytes[256] = {SUB(11), SUB(6), SUB(8), SUB(15), SUB(12), SUB(0), SUB(9), SUB(14),
                                       SUB(3),  SUB(7), SUB(4), SUB(5),  SUB(13), SUB(2), SUB(1), SUB(10)};
static const uint8_t inv_sub_bytes[256] = {INV(5), INV(14), INV(13), INV(8), INV(10), INV(11),
                                           INV(1), INV(9),  INV(2),  INV(6), INV(15), INV(0),
                                           INV(4), INV(12), INV(7),  INV(3)};

/* PACSub(), PACInvSub() */
static ALWAYS_INLINE uint64_t substitute(const uint8_t table[256], uint64_t w)
{
    uint64_t r = 0;
    for (unsigned k = 0; k < 64; k += 8)
        r |= (uint64_t)table[w >> k & 0xff] << k;
    return r;
}

/* Cell `from` of w, as cell `to`. */
#define CELL(to, from) ((w >> (4 * (from)) & 15) << (4 * (to)))

/* PACCellShuffle() */
static uint64_t cell_shuffle(uint64_t w)
{
    return CELL(0, 13) | CELL(1, 6) | CELL(2, 11) | CELL(3, 0) | CELL(4, 7) | CELL(5, 12) | CELL(6, 1) |
           CELL(7, 10) | CELL(8, 8) | CELL(9, 3) | CELL(10, 14) | CELL(11, 5) | CELL(12, 2) | CELL(13, 9) |
           CELL(14, 4) | CELL(15, 15);
}

/* PACCellInvShuffle() */
static uint64_t cell_inv_shuffle(uint64_t w)
{
    return CELL(13, 0) | CELL(6, 1) | CELL(11, 2) | CELL(0, 3) | CELL(7, 4) | CELL(12, 5) | CELL(1, 6) |
           CELL(10, 7) | CELL(8, 8) | CELL(3, 9) | CELL(14, 10) | CELL(5, 11) | CELL(2, 12) | CELL(9, 13) |
           CELL(4, 14) | CELL(15, 15);
}

/* TweakShuffle(): a permutation of cells, then TweakCellRot() of seven of them. */
static uint64_t tweak_shuffle(uint64_t w)
{
    const uint64_t rotated = UINT64_C(0xff0ff000f00f0f00);
    uint64_t r = CELL(0, 4) | CELL(1, 5) | CELL(2, 6) | CELL(3, 7) | CELL(4, 11) | CELL(5, 2) | CELL(6, 3) |
                 CELL(7, 8) | CELL(8, 12) | CELL(9, 13) | CELL(10, 14) | CELL(11, 15) | CELL(12, 0) |
                 CELL(13, 1) | CELL(14, 10) | CELL(15, 9);
    uint64_t rot = (r >> 1 & UINT64_C(0x7777777777777777)) | ((r ^ r >> 1) & UINT64_C(0x1111111111111111))
                                                                 << 3;
    return (r & ~rotated) | (rot & rotated);
}

/* PACMult(): each column times the circulant matrix (0, rho, rho^2, rho). */
static ALWAYS_INLINE uint64_t mult(uint64_t w)
{
    uint64_t once = ror_width(w, 16, 64) ^ ror_width(w, 48, 64), twice = ror_width(w, 32, 64);
    once = (once << 1 & UINT64_C(0xeeeeeeeeeeeeeeee)) | (once >> 3 & UINT64_C(0x1111111111111111));
    twice = (twice << 2 & UINT64_C(0xcccccccccccccccc)) | (twice >> 2 & UINT64_C(0x3333333333333333));
    return once ^ twice;
}

uint64_t pauth_qarma5(uint64_t data, uint64_t modifier, uint64_t key_hi, uint64_t key_lo)
{
    static const uint64_t rc[5] = {0, UINT64_C(0x13198a2e03707344), UINT64_C(0xa4093822299f31d0),
                                   UINT64_C(0x082efa98ec4e6c89), UINT64_C(0x452821e638d01377)};
    const uint64_t alpha = UINT64_C(0xc0ac29b7c97c50dd);
    const uint64_t k1 = key_hi << 63 | (key_hi >> 2) << 1 | ((key_hi >> 63 ^ key_hi >> 1) & 1);
    uint64_t tweak[6] = {modifier};
    for (unsigned r = 0; r < 5; r++)
        tweak[r + 1] = tweak_shuffle(tweak[r]);
    uint64_t w = data ^ key_hi;
    for (unsigned r = 0; r < 5; r++) {
        w ^= key_lo ^ tweak[r] ^ rc[r];
        if (r > 0)
            w = mult(cell_shuffle(w));
        w = substitute(sub_bytes, w);
    }
    w ^= k1 ^ tweak[5];
    w = substitute(sub_bytes, mult(cell_shuffle(w)));
    w = mult(cell_shuffle(w)) ^ key_lo;
    w = mult(substitute(inv_sub_bytes, cell_inv_shuffle(w)));
    w = cell_inv_shuffle(w) ^ key_hi ^ tweak[5];
    for (unsigned r = 5; r-- > 0;) {
        w = substitute(inv_sub_bytes, w);
        if (r > 0)
            w = cell_inv_shuffle(mult(w));
        w ^= key_lo ^ tweak[r] ^ rc[r] ^ alpha;
    }
    return w ^ k1;
}

/* ---- the code of a pointer ---- */

/* With FEAT_PACIMP: three rounds of multiply and fold, enough to spread every bit of the inputs over the
 * result. For speed and tests of software only. */
static uint64_t own_hash(uint64_t data, uint64_t modifier, uint64_t key_hi, uint64_t key_lo)
{
    const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15); /* 2^64 divided by the golden ratio */
    uint64_t h = (data ^ key_lo) * odd;
    h = (h ^ h >> 29 ^ modifier) * odd;
    h = (h ^ h >> 32 ^ key_hi) * odd;
    return h ^ h >> 30;
}

/* ComputePAC(), remembering the latest results: functions sign and authenticate the same return address. */
static uint64_t compute_pac(struct cpu *c, uint64_t data, uint64_t modifier, enum pauth_key key)
{
    static const struct {
        uint16_t hi, lo;
    } keys[] = {{SR_APIAKeyHi_EL1, SR_APIAKeyLo_EL1},
                {SR_APIBKeyHi_EL1, SR_APIBKeyLo_EL1},
                {SR_APDAKeyHi_EL1, SR_APDAKeyLo_EL1},
                {SR_APDBKeyHi_EL1, SR_APDBKeyLo_EL1},
                {SR_APGAKeyHi_EL1, SR_APGAKeyLo_EL1}};
    uint64_t hi = c->sr[keys[key].hi], lo = c->sr[keys[key].lo];
    if (has(c->feat, FEAT_PACIMP))
        return own_hash(data, modifier, hi, lo);
    struct pauth_memo *m = &c->pauth_memo[((data >> 2) ^ (modifier >> 4)) % PAUTH_MEMO_SIZE];
    if (m->data != data || m->modifier != modifier || m->key_hi != hi || m->key_lo != lo || !m->valid)
        *m = (struct pauth_memo){data, modifier, hi, lo, pauth_qarma5(data, modifier, hi, lo), true};
    return m->pac;
}

/* ---- where the code sits ---- */

static bool two_ranges(const struct cpu *c)
{
    uint8_t regime = c->bank->tctx.regime;
    return regime == REGIME_EL10 || regime == REGIME_EL20;
}

/* CalculateBottomPACBit(), for the half of the address space that `high` says. */
static unsigned bottom_pac_bit(const struct cpu *c, bool high)
{
    enum { TG0_64K = 1, TG1_64K = 3 };
    const uint64_t tcr = c->bank->tctx.tcr;
    bool both = two_ranges(c);
    bool upper = both && high;
    unsigned tsz = (unsigned)(upper ? bits(tcr, 21, 16) : bits(tcr, 5, 0));
    bool large = upper ? bits(tcr, 31, 30) == TG1_64K : bits(tcr, 15, 14) == TG0_64K;
    bool lpa2 = has(c->feat, FEAT_LPA2) && bit(tcr, both ? 59 : 32);
    unsigned max = !has(c->feat, FEAT_TTST) ? 39 : large ? 47 : 48;
    unsigned min = (large && has(c->feat, FEAT_LVA)) || (!large && lpa2) ? 12 : 16;
    tsz = tsz > max ? max : tsz < min ? min : tsz;
    return 64 - tsz;
}

/* The pointer with every bit from `bottom` up a copy of `ext`, bits<63:56> apart where they are a tag. */
static uint64_t extend(uint64_t ptr, bool ext, unsigned bottom, bool tbi)
{
    uint64_t field = MASK(tbi ? 55 : 63, bottom);
    return ext ? ptr | field : ptr & ~field;
}

/* Which of the bits above the address hold the code: all but <55>, and a tag. */
static uint64_t pac_field(unsigned bottom, bool tbi)
{
    return MASK(54, bottom) | (tbi ? 0 : MASK(63, 56));
}

/* The bit of ptr that chooses between the halves, when signing: <55> as soon as either half has tags. */
static bool signing_select(const struct cpu *c, uint64_t ptr, bool data, bool tbi)
{
    bool tags = tbi;
    if (two_ranges(c)) {
        const struct tctx *t = &c->bank->tctx;
        tags = mmu_tbi(t, 0, !data) || mmu_tbi(t, UINT64_MAX, !data);
    }
    return bit(ptr, tags ? 55 : 63);
}

static bool is_data_key(enum pauth_key key)
{
    return key == PAUTH_DA || key == PAUTH_DB;
}

/* AddPAC() */
static uint64_t add_pac(struct cpu *c, enum pauth_key key, uint64_t ptr, uint64_t modifier)
{
    bool data = is_data_key(key);
    bool tbi = mmu_tbi(&c->bank->tctx, ptr, !data);
    bool select = signing_select(c, ptr, data, tbi);
    unsigned bottom = bottom_pac_bit(c, select), top = tbi ? 55 : 63;
    uint64_t pac = compute_pac(c, extend(ptr, select, bottom, tbi), modifier, key);
    uint64_t ext = bits(ptr, top, bottom);
    uint64_t field = pac_field(bottom, tbi), out;
    if (ext != 0 && ext != ones(top - bottom + 1)) {
        /* not a pointer that could be valid: the code must not make it one */
        if (has(c->feat, FEAT_EPAC) && !has(c->feat, FEAT_PAuth2))
            pac = 0;
        else if (!has(c->feat, FEAT_PAuth2))
            pac ^= BIT(top - 1);
    }
    out = has(c->feat, FEAT_PAuth2) ? ptr ^ pac : pac;
    return bits_set((ptr & ~field) | (out & field), 55, 55, select);
}

/* Auth(). False: wrong, and that is to be an exception. */
static bool auth(struct cpu *c, enum pauth_key key, uint64_t ptr, uint64_t modifier, bool combined,
                 uint64_t *result)
{
    bool data = is_data_key(key), ext = bit(ptr, 55);
    bool tbi = mmu_tbi(&c->bank->tctx, ptr, !data);
    unsigned bottom = bottom_pac_bit(c, ext);
    uint64_t original = extend(ptr, ext, bottom, tbi), field = pac_field(bottom, tbi);
    uint64_t pac = compute_pac(c, original, modifier, key);
    if (has(c->feat, FEAT_PAuth2)) {
        *result = ptr ^ (pac & field);
        if (has(c->feat, FEAT_FPACCOMBINE) || (has(c->feat, FEAT_FPAC) && !combined))
            return *result == original;
        return true;
    }
    *result = original;
    if (((pac ^ ptr) & field) != 0) {
        unsigned error = key == PAUTH_IB || key == PAUTH_DB ? 2 : 1;
        *result = tbi ? bits_set(original, 54, 53, error) : bits_set(original, 62, 61, error);
    }
    return true;
}

uint64_t pauth_strip(const struct cpu *c, uint64_t ptr, bool data)
{
    bool ext = bit(ptr, 55);
    return extend(ptr, ext, bottom_pac_bit(c, ext), mmu_tbi(&c->bank->tctx, ptr, !data));
}

/* ---- enables and traps ---- */

/* SCTLR_ELx.EnIA and its siblings of the current regime. */
static bool key_enabled(const struct cpu *c, enum pauth_key key)
{
    static const uint16_t sctlr[REGIME_COUNT] = {[REGIME_EL10] = SR_SCTLR_EL1,
                                                 [REGIME_EL20] = SR_SCTLR_EL2,
                                                 [REGIME_EL2] = SR_SCTLR_EL2,
                                                 [REGIME_EL3] = SR_SCTLR_EL3};
    static const uint64_t enable[] = {SCTLR_ENIA, SCTLR_ENIB, SCTLR_ENDA, SCTLR_ENDB};
    return key == PAUTH_GA || (c->sr[sctlr[c->bank->tctx.regime]] & enable[key]);
}

/* The Exception level that the use of a key is trapped to; 0: none. */
static unsigned trap_target(const struct cpu *c)
{
    bool host = (c->hcr & (HCR_E2H | HCR_TGE)) == (HCR_E2H | HCR_TGE);
    if ((c->el == 1 || (c->el == 0 && !host)) && !(c->hcr & HCR_API) && el2_enabled(c->feat, c->sr))
        return 2;
    return c->el < 3 && c->feat->has_el3 && !(c->sr[SR_SCR_EL3] & SCR_API) ? 3 : 0;
}

/* TrapPACUse(); false: the exception is taken. */
static bool may_use(struct cpu *c, const struct insn *i)
{
    unsigned target = trap_target(c);
    if (LIKELY(target == 0))
        return true;
    c->cur = i;
    raise_sync(c, i, EC_PAUTH_TRAP, 0, target, target == 2 ? "HCR_EL2.API=0" : "SCR_EL3.API=0");
    return false;
}

bool pauth_sign(struct cpu *c, const struct insn *i, enum pauth_key key, uint64_t ptr, uint64_t modifier,
                uint64_t *result)
{
    *result = ptr;
    if (!key_enabled(c, key))
        return true;
    if (!may_use(c, i))
        return false;
    *result = add_pac(c, key, ptr, modifier);
    return true;
}

bool pauth_auth(struct cpu *c, const struct insn *i, enum pauth_key key, uint64_t ptr, uint64_t modifier,
                bool combined, uint64_t *result)
{
    *result = ptr;
    if (!key_enabled(c, key))
        return true;
    if (!may_use(c, i))
        return false;
    if (LIKELY(auth(c, key, ptr, modifier, combined, result)))
        return true;
    c->cur = i;
    raise_pac_fail(c, i, (unsigned)is_data_key(key) << 1 | (key == PAUTH_IB || key == PAUTH_DB));
    return false;
}

bool pauth_generic(struct cpu *c, const struct insn *i, uint64_t x, uint64_t modifier, uint64_t *result)
{
    if (!may_use(c, i))
        return false;
    *result = compute_pac(c, x, modifier, PAUTH_GA) & MASK(63, 32);
    return true;
}

bool pauth_hint_sign(struct cpu *c, const struct insn *i, enum pauth_key key, unsigned reg, uint64_t modifier)
{
    return !has(c->feat, FEAT_PAuth) || pauth_sign(c, i, key, c->x[reg], modifier, &c->x[reg]);
}

bool pauth_hint_auth(struct cpu *c, const struct insn *i, enum pauth_key key, unsigned reg, uint64_t modifier)
{
    uint64_t v;
    if (!has(c->feat, FEAT_PAuth))
        return true;
    if (!pauth_auth(c, i, key, c->x[reg], modifier, false, &v))
        return false;
    c->x[reg] = v;
    return true;
}

void pauth_hint_strip(struct cpu *c, unsigned reg)
{
    if (has(c->feat, FEAT_PAuth))
        c->x[reg] = pauth_strip(c, c->x[reg], false);
}
