/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Semantics: integer data processing. Arm ARM C6.2, the "Operation" pseudocode of each instruction.
 * Everything that decode can work out is in the record (cpu/formats-base.h); a body has no switches. See
 * cpu/sem.h for the words used here.
 */

/* ---- AddWithCarry() and its flags ---- */

static ALWAYS_INLINE uint64_t adds64(struct cpu *c, uint64_t a, uint64_t b)
{
    uint64_t r = a + b;
    c->nf = c->zf = r;
    c->cf = r < a;
    c->vf = (a ^ r) & (b ^ r);
    return r;
}

static ALWAYS_INLINE uint64_t adds32(struct cpu *c, uint32_t a, uint32_t b)
{
    uint64_t wide = (uint64_t)a + b;
    uint32_t r = (uint32_t)wide;
    c->nf = wide << 32;
    c->zf = r;
    c->cf = wide >> 32;
    c->vf = (uint64_t)((a ^ r) & (b ^ r)) << 32;
    return r;
}

static ALWAYS_INLINE uint64_t subs64(struct cpu *c, uint64_t a, uint64_t b)
{
    uint64_t r = a - b;
    c->nf = c->zf = r;
    c->cf = a >= b;
    c->vf = (a ^ b) & (a ^ r);
    return r;
}

static ALWAYS_INLINE uint64_t subs32(struct cpu *c, uint32_t a, uint32_t b)
{
    uint32_t r = a - b;
    c->nf = (uint64_t)r << 32;
    c->zf = r;
    c->cf = a >= b;
    c->vf = (uint64_t)((a ^ b) & (a ^ r)) << 32;
    return r;
}

static ALWAYS_INLINE uint64_t adcs64(struct cpu *c, uint64_t a, uint64_t b)
{
    uint64_t ab = a + b, r = ab + (c->cf & 1);
    c->nf = c->zf = r;
    c->cf = (ab < a) | (r < ab);
    c->vf = (a ^ r) & (b ^ r);
    return r;
}

static ALWAYS_INLINE uint64_t adcs32(struct cpu *c, uint32_t a, uint32_t b)
{
    uint64_t wide = (uint64_t)a + b + (c->cf & 1);
    uint32_t r = (uint32_t)wide;
    c->nf = wide << 32;
    c->zf = r;
    c->cf = wide >> 32;
    c->vf = (uint64_t)((a ^ r) & (b ^ r)) << 32;
    return r;
}

static ALWAYS_INLINE uint64_t logic_flags64(struct cpu *c, uint64_t r)
{
    c->nf = c->zf = r;
    c->cf = c->vf = 0;
    return r;
}

static ALWAYS_INLINE uint64_t logic_flags32(struct cpu *c, uint32_t r)
{
    c->nf = (uint64_t)r << 32;
    c->zf = r;
    c->cf = c->vf = 0;
    return r;
}

/* An op that only computes a register. */
#define RESULT(name, expr)                                                                                   \
    INSN(name)                                                                                               \
    {                                                                                                        \
        X(i->rd) = (expr);                                                                                   \
        NEXT;                                                                                                \
    }

/* ---- shifts of the second operand ---- */

#define SHIFT_lsl64(v) ((v) << i->aux)
#define SHIFT_lsr64(v) ((v) >> i->aux)
#define SHIFT_asr64(v) ((uint64_t)((int64_t)(v) >> i->aux))
#define SHIFT_ror64(v) ((v) >> i->aux | (v) << (-i->aux & 63))
#define SHIFT_lsl32(v) ((uint32_t)(v) << i->aux)
#define SHIFT_lsr32(v) ((uint32_t)(v) >> i->aux)
#define SHIFT_asr32(v) ((uint32_t)((int32_t)(v) >> i->aux))
#define SHIFT_ror32(v) ((uint32_t)(v) >> i->aux | (uint32_t)(v) << (-i->aux & 31))

/* One operation with its second operand `b` from wherever; a is the first. */
#define ALU_BODY(name, type, operand, expr)                                                                  \
    INSN(name)                                                                                               \
    {                                                                                                        \
        const type a = (type)X(i->rn), b = (type)(operand);                                                  \
        X(i->rd) = (expr);                                                                                   \
        NEXT;                                                                                                \
    }

/* ADD, SUB, AND ...: e64 and e32 are the operation for both sizes. */
#define ALU_REG(o, e64, e32)                                                                                 \
    ALU_BODY(o##_reg64, uint64_t, X(i->rm), e64)                                                             \
    ALU_BODY(o##_reg32, uint32_t, X(i->rm), e32)                                                             \
    ALU_BODY(o##_lsl64, uint64_t, SHIFT_lsl64(X(i->rm)), e64)                                                \
    ALU_BODY(o##_lsl32, uint32_t, SHIFT_lsl32(X(i->rm)), e32)                                                \
    ALU_BODY(o##_lsr64, uint64_t, SHIFT_lsr64(X(i->rm)), e64)                                                \
    ALU_BODY(o##_lsr32, uint32_t, SHIFT_lsr32(X(i->rm)), e32)                                                \
    ALU_BODY(o##_asr64, uint64_t, SHIFT_asr64(X(i->rm)), e64)                                                \
    ALU_BODY(o##_asr32, uint32_t, SHIFT_asr32(X(i->rm)), e32)
#define ALU_ROR(o, e64, e32)                                                                                 \
    ALU_BODY(o##_ror64, uint64_t, SHIFT_ror64(X(i->rm)), e64)                                                \
    ALU_BODY(o##_ror32, uint32_t, SHIFT_ror32(X(i->rm)), e32)
#define ALU_IMM(o, e64, e32)                                                                                 \
    ALU_BODY(o##_imm64, uint64_t, IMM, e64)                                                                  \
    ALU_BODY(o##_imm32, uint32_t, IMM, e32)
#define ALU_EXT(o, e64, e32)                                                                                 \
    ALU_BODY(o##_uxt64, uint64_t, X(i->rm) << i->aux >> i->ra, e64)                                          \
    ALU_BODY(o##_uxt32, uint32_t, X(i->rm) << i->aux >> i->ra, e32)                                          \
    ALU_BODY(o##_sxt64, uint64_t, (int64_t)(X(i->rm) << i->aux) >> i->ra, e64)                               \
    ALU_BODY(o##_sxt32, uint32_t, (int64_t)(X(i->rm) << i->aux) >> i->ra, e32)

/* The flag-setting forms first: an expression that sets flags uses c. */
ALU_REG(ADD, a + b, a + b)
ALU_IMM(ADD, a + b, a + b)
ALU_EXT(ADD, a + b, a + b)
ALU_REG(ADDS, adds64(c, a, b), adds32(c, a, b))
ALU_IMM(ADDS, adds64(c, a, b), adds32(c, a, b))
ALU_EXT(ADDS, adds64(c, a, b), adds32(c, a, b))
ALU_REG(SUB, a - b, a - b)
ALU_IMM(SUB, a - b, a - b)
ALU_EXT(SUB, a - b, a - b)
ALU_REG(SUBS, subs64(c, a, b), subs32(c, a, b))
ALU_IMM(SUBS, subs64(c, a, b), subs32(c, a, b))
ALU_EXT(SUBS, subs64(c, a, b), subs32(c, a, b))

ALU_REG(AND, a &b, a &b)
ALU_ROR(AND, a &b, a &b)
ALU_IMM(AND, a &b, a &b)
ALU_REG(ORR, a | b, a | b)
ALU_ROR(ORR, a | b, a | b)
ALU_IMM(ORR, a | b, a | b)
ALU_REG(EOR, a ^ b, a ^ b)
ALU_ROR(EOR, a ^ b, a ^ b)
ALU_IMM(EOR, a ^ b, a ^ b)
ALU_REG(ANDS, logic_flags64(c, a &b), logic_flags32(c, a &b))
ALU_ROR(ANDS, logic_flags64(c, a &b), logic_flags32(c, a &b))
ALU_IMM(ANDS, logic_flags64(c, a &b), logic_flags32(c, a &b))
ALU_REG(BIC, a & ~b, a & ~b)
ALU_ROR(BIC, a & ~b, a & ~b)
ALU_REG(ORN, a | ~b, a | ~b)
ALU_ROR(ORN, a | ~b, a | ~b)
ALU_REG(EON, a ^ ~b, a ^ ~b)
ALU_ROR(EON, a ^ ~b, a ^ ~b)
ALU_REG(BICS, logic_flags64(c, a & ~b), logic_flags32(c, a & ~b))
ALU_ROR(BICS, logic_flags64(c, a & ~b), logic_flags32(c, a & ~b))

ALU_BODY(ADC64, uint64_t, X(i->rm), a + b + (c->cf & 1))
ALU_BODY(ADC32, uint32_t, X(i->rm), (uint32_t)(a + b + (c->cf & 1)))
ALU_BODY(SBC64, uint64_t, X(i->rm), a + ~b + (c->cf & 1))
ALU_BODY(SBC32, uint32_t, X(i->rm), (uint32_t)(a + ~b + (c->cf & 1)))
ALU_BODY(ADCS64, uint64_t, X(i->rm), adcs64(c, a, b))
ALU_BODY(ADCS32, uint32_t, X(i->rm), adcs32(c, a, b))
ALU_BODY(SBCS64, uint64_t, X(i->rm), adcs64(c, a, ~b))
ALU_BODY(SBCS32, uint32_t, X(i->rm), adcs32(c, a, ~b))

/* ---- moves, addresses ---- */

RESULT(MOV_reg64, X(i->rm))
RESULT(MOV_reg32, W(i->rm))
RESULT(MOV_wide, IMM)
RESULT(MOVK64, (X(i->rd) & ~(UINT64_C(0xffff) << i->aux)) | IMM)
RESULT(MOVK32, (W(i->rd) & ~(0xffffu << i->aux)) | IMM)
RESULT(ADR, PC + IMM)
/* The page of the PC is the 4 KB page being executed. */
RESULT(ADRP, c->pc_page + IMM)

/* ---- bitfields, shifts ---- */

RESULT(UBFM, X(i->rn) << i->aux >> i->ra)
RESULT(SBFM64, (uint64_t)((int64_t)(X(i->rn) << i->aux) >> i->ra))
RESULT(SBFM32, (uint32_t)((int64_t)(X(i->rn) << i->aux) >> i->ra))
RESULT(LSL_imm, X(i->rn) << i->aux)
RESULT(LSR_imm, X(i->rn) >> i->ra)
RESULT(ASR_imm, (uint64_t)((int64_t)X(i->rn) >> i->ra))
RESULT(SXTW, (uint64_t)(int64_t)(int32_t)X(i->rn))
RESULT(BFM64, (X(i->ra) & ~IMM) | (SHIFT_ror64(X(i->rn)) & IMM))
RESULT(BFM32, (W(i->ra) & ~(uint32_t)IMM) | (SHIFT_ror32(X(i->rn)) & (uint32_t)IMM))
RESULT(EXTR64, X(i->rm) >> i->aux | X(i->rn) << 1 << (63 - i->aux))
RESULT(EXTR32, (uint32_t)(((uint64_t)W(i->rn) << 32 | W(i->rm)) >> i->aux))
RESULT(ROR_imm64, SHIFT_ror64(X(i->rm)))
RESULT(ROR_imm32, SHIFT_ror32(X(i->rm)))

ALU_BODY(LSLV64, uint64_t, X(i->rm), a << (b & 63))
ALU_BODY(LSLV32, uint32_t, X(i->rm), a << (b & 31))
ALU_BODY(LSRV64, uint64_t, X(i->rm), a >> (b & 63))
ALU_BODY(LSRV32, uint32_t, X(i->rm), a >> (b & 31))
ALU_BODY(ASRV64, uint64_t, X(i->rm), (uint64_t)((int64_t)a >> (b & 63)))
ALU_BODY(ASRV32, uint32_t, X(i->rm), (uint32_t)((int32_t)a >> (b & 31)))
ALU_BODY(RORV64, uint64_t, X(i->rm), a >> (b & 63) | a << (-b & 63))
ALU_BODY(RORV32, uint32_t, X(i->rm), a >> (b & 31) | a << (-b & 31))

/* ---- conditions ---- */

/* The record's condition (formats-base.h: cond_set()), without branches. */
#define COND_SET_HOLDS (IMM >> 16 >> get_nzcv(c) & 1)

#define CSEL_BODY(cc, cond)                                                                                  \
    INSN(CSEL_##cc##64)                                                                                      \
    {                                                                                                        \
        X(i->rd) = cond_holds(c, cond) ? X(i->rn) : X(i->rm);                                                \
        NEXT;                                                                                                \
    }                                                                                                        \
    INSN(CSEL_##cc##32)                                                                                      \
    {                                                                                                        \
        X(i->rd) = cond_holds(c, cond) ? W(i->rn) : W(i->rm);                                                \
        NEXT;                                                                                                \
    }
CSEL_BODY(eq, 0)
CSEL_BODY(cs, 2)
CSEL_BODY(mi, 4)
CSEL_BODY(vs, 6)
CSEL_BODY(hi, 8)
CSEL_BODY(ge, 10)
CSEL_BODY(gt, 12)
CSEL_BODY(al, 14)

#define CSINC_BODY(cc, cond)                                                                                 \
    INSN(CSINC_##cc##64)                                                                                     \
    {                                                                                                        \
        X(i->rd) = cond_holds(c, cond) ? X(i->rn) : X(i->rm) + 1;                                            \
        NEXT;                                                                                                \
    }                                                                                                        \
    INSN(CSINC_##cc##32)                                                                                     \
    {                                                                                                        \
        X(i->rd) = cond_holds(c, cond) ? W(i->rn) : W(i->rm) + 1;                                            \
        NEXT;                                                                                                \
    }
CSINC_BODY(eq, 0)
CSINC_BODY(ne, 1)
CSINC_BODY(cs, 2)
CSINC_BODY(cc, 3)
CSINC_BODY(mi, 4)
CSINC_BODY(pl, 5)
CSINC_BODY(vs, 6)
CSINC_BODY(vc, 7)
CSINC_BODY(hi, 8)
CSINC_BODY(ls, 9)
CSINC_BODY(ge, 10)
CSINC_BODY(lt, 11)
CSINC_BODY(gt, 12)
CSINC_BODY(le, 13)
CSINC_BODY(al, 14)

ALU_BODY(CSINV64, uint64_t, X(i->rm), COND_SET_HOLDS ? a : ~b)
ALU_BODY(CSINV32, uint32_t, X(i->rm), COND_SET_HOLDS ? a : ~b)
ALU_BODY(CSNEG64, uint64_t, X(i->rm), COND_SET_HOLDS ? a : -b)
ALU_BODY(CSNEG32, uint32_t, X(i->rm), COND_SET_HOLDS ? a : -b)

#define CCMP_BODY(name, compare, a, b)                                                                       \
    INSN(name)                                                                                               \
    {                                                                                                        \
        if (COND_SET_HOLDS)                                                                                  \
            compare(c, a, b);                                                                                \
        else                                                                                                 \
            set_nzcv(c, i->aux);                                                                             \
        NEXT;                                                                                                \
    }
CCMP_BODY(CCMP_reg64, subs64, X(i->rn), X(i->rm))
CCMP_BODY(CCMP_reg32, subs32, W(i->rn), W(i->rm))
CCMP_BODY(CCMP_imm64, subs64, X(i->rn), IMM & 31)
CCMP_BODY(CCMP_imm32, subs32, W(i->rn), IMM & 31)
CCMP_BODY(CCMN_reg64, adds64, X(i->rn), X(i->rm))
CCMP_BODY(CCMN_reg32, adds32, W(i->rn), W(i->rm))
CCMP_BODY(CCMN_imm64, adds64, X(i->rn), IMM & 31)
CCMP_BODY(CCMN_imm32, adds32, W(i->rn), IMM & 31)

/* ---- flag manipulation: FEAT_FlagM, FEAT_FlagM2 ---- */

INSN(RMIF)
{
    unsigned mask = (unsigned)IMM, v = (unsigned)SHIFT_ror64(X(i->rn));
    set_nzcv(c, (get_nzcv(c) & ~mask) | (v & mask));
    NEXT;
}

INSN(SETF8)
{
    uint32_t v = W(i->rn);
    c->nf = (uint64_t)v << 56;
    c->zf = (uint8_t)v;
    c->vf = (uint64_t)(v ^ v >> 1) << 56;
    NEXT;
}

INSN(SETF16)
{
    uint32_t v = W(i->rn);
    c->nf = (uint64_t)v << 48;
    c->zf = (uint16_t)v;
    c->vf = (uint64_t)(v ^ v >> 1) << 48;
    NEXT;
}

INSN(CFINV)
{
    c->cf = ~c->cf & 1;
    NEXT;
}

INSN(AXFLAG)
{
    unsigned f = get_nzcv(c), z = f >> 2 & 1, carry = f >> 1 & 1, v = f & 1;
    set_nzcv(c, (z | v) << 2 | (carry & ~v) << 1);
    NEXT;
}

INSN(XAFLAG)
{
    unsigned f = get_nzcv(c), z = f >> 2 & 1, carry = f >> 1 & 1;
    set_nzcv(c, (~carry & ~z & 1) << 3 | (z & carry) << 2 | (carry | z) << 1 | (~carry & z & 1));
    NEXT;
}

/* ---- multiply, divide ---- */

#define S32(n) ((int64_t)(int32_t)X(n))
RESULT(MADD64, X(i->ra) + X(i->rn) * X(i->rm))
RESULT(MADD32, W(i->ra) + W(i->rn) * W(i->rm))
RESULT(MSUB64, X(i->ra) - X(i->rn) * X(i->rm))
RESULT(MSUB32, W(i->ra) - W(i->rn) * W(i->rm))
RESULT(UMADDL, X(i->ra) + (uint64_t)W(i->rn) * W(i->rm))
RESULT(UMSUBL, X(i->ra) - (uint64_t)W(i->rn) * W(i->rm))
RESULT(SMADDL, X(i->ra) + (uint64_t)(S32(i->rn) * S32(i->rm)))
RESULT(SMSUBL, X(i->ra) - (uint64_t)(S32(i->rn) * S32(i->rm)))
RESULT(UMULH, (uint64_t)((unsigned __int128)X(i->rn) * X(i->rm) >> 64))
RESULT(SMULH, (uint64_t)((__int128)(int64_t)X(i->rn) * (int64_t)X(i->rm) >> 64))

ALU_BODY(UDIV64, uint64_t, X(i->rm), b ? a / b : 0)
ALU_BODY(UDIV32, uint32_t, X(i->rm), b ? a / b : 0)
/* The most negative number divided by -1 is itself: negate instead, which the host doesn't trap. */
ALU_BODY(SDIV64, uint64_t, X(i->rm), b == 0 ? 0 : b == UINT64_MAX ? -a : (uint64_t)((int64_t)a / (int64_t)b))
ALU_BODY(SDIV32, uint32_t, X(i->rm), b == 0 ? 0 : b == UINT32_MAX ? -a : (uint32_t)((int32_t)a / (int32_t)b))

/* ---- FEAT_CSSC: larger and smaller ---- */

#define MINMAX(name, compare, s32, s64)                                                                      \
    ALU_BODY(name##_reg64, uint64_t, X(i->rm), (s64)a compare(s64) b ? a : b)                                \
    ALU_BODY(name##_reg32, uint32_t, X(i->rm), (s32)a compare(s32) b ? a : b)                                \
    ALU_BODY(name##_imm64, uint64_t, IMM, (s64)a compare(s64) b ? a : b)                                     \
    ALU_BODY(name##_imm32, uint32_t, IMM, (s32)a compare(s32) b ? a : b)
MINMAX(SMAX, >, int32_t, int64_t)
MINMAX(SMIN, <, int32_t, int64_t)
MINMAX(UMAX, >, uint32_t, uint64_t)
MINMAX(UMIN, <, uint32_t, uint64_t)

/* ---- counting, reversing ---- */

RESULT(CLZ64, X(i->rn) ? (unsigned)__builtin_clzll(X(i->rn)) : 64)
RESULT(CLZ32, W(i->rn) ? (unsigned)__builtin_clz(W(i->rn)) : 32)
RESULT(CLS64, (unsigned)__builtin_clrsbll((long long)X(i->rn)))
RESULT(CLS32, (unsigned)__builtin_clrsb((int)W(i->rn)))
RESULT(CTZ64, X(i->rn) ? (unsigned)__builtin_ctzll(X(i->rn)) : 64)
RESULT(CTZ32, W(i->rn) ? (unsigned)__builtin_ctz(W(i->rn)) : 32)
RESULT(CNT64, (unsigned)__builtin_popcountll(X(i->rn)))
RESULT(CNT32, (unsigned)__builtin_popcount(W(i->rn)))
RESULT(ABS64, (int64_t)X(i->rn) < 0 ? -X(i->rn) : X(i->rn))
RESULT(ABS32, (int32_t)W(i->rn) < 0 ? -W(i->rn) : W(i->rn))
RESULT(REV64, __builtin_bswap64(X(i->rn)))
RESULT(REV32, __builtin_bswap32(W(i->rn)))

/* The bytes of each halfword swapped, of each word. */
static ALWAYS_INLINE uint64_t rev16(uint64_t v)
{
    return (v >> 8 & UINT64_C(0x00ff00ff00ff00ff)) | (v & UINT64_C(0x00ff00ff00ff00ff)) << 8;
}

static ALWAYS_INLINE uint64_t rbit64(uint64_t v)
{
    v = (v >> 1 & UINT64_C(0x5555555555555555)) | (v & UINT64_C(0x5555555555555555)) << 1;
    v = (v >> 2 & UINT64_C(0x3333333333333333)) | (v & UINT64_C(0x3333333333333333)) << 2;
    v = (v >> 4 & UINT64_C(0x0f0f0f0f0f0f0f0f)) | (v & UINT64_C(0x0f0f0f0f0f0f0f0f)) << 4;
    return __builtin_bswap64(v);
}

static ALWAYS_INLINE uint64_t swap_words(uint64_t v)
{
    return v << 32 | v >> 32;
}

RESULT(REV32x2, swap_words(__builtin_bswap64(X(i->rn))))
RESULT(REV16_64, rev16(X(i->rn)))
RESULT(REV16_32, rev16(W(i->rn)))
RESULT(RBIT64, rbit64(X(i->rn)))
RESULT(RBIT32, rbit64(X(i->rn)) >> 32)

/* ---- FEAT_CRC32: reflected, polynomials 0x04c11db7 and 0x1edc6f41 ---- */

static ALWAYS_INLINE uint32_t crc_nibbles(const uint32_t *table, uint32_t crc, uint64_t data, unsigned bytes)
{
    for (unsigned k = 0; k < 2 * bytes; k++, data >>= 4)
        crc = crc >> 4 ^ table[(crc ^ data) & 15];
    return crc;
}

/* The remainder after each value of one nibble. */
static ALWAYS_INLINE uint32_t crc32_update(uint32_t crc, uint64_t data, unsigned bytes)
{
    static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
                                       0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                       0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    return crc_nibbles(table, crc, data, bytes);
}

static ALWAYS_INLINE uint32_t crc32c_update(uint32_t crc, uint64_t data, unsigned bytes)
{
    static const uint32_t table[16] = {0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
                                       0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
                                       0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75};
    return crc_nibbles(table, crc, data, bytes);
}

RESULT(CRC32B, crc32_update(W(i->rn), X(i->rm), 1))
RESULT(CRC32H, crc32_update(W(i->rn), X(i->rm), 2))
RESULT(CRC32W, crc32_update(W(i->rn), X(i->rm), 4))
RESULT(CRC32X, crc32_update(W(i->rn), X(i->rm), 8))
RESULT(CRC32CB, crc32c_update(W(i->rn), X(i->rm), 1))
RESULT(CRC32CH, crc32c_update(W(i->rn), X(i->rm), 2))
RESULT(CRC32CW, crc32c_update(W(i->rn), X(i->rm), 4))
RESULT(CRC32CX, crc32c_update(W(i->rn), X(i->rm), 8))
