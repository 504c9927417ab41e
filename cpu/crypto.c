/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The cryptographic instructions. Arm ARM C7.2 and the shared pseudocode AESSubBytes(), AESShiftRows(),
 * AESMixColumns(), SHAchoose(), SHA256hash() ...; the algorithms are those of FIPS 197 (AES), FIPS 180-4
 * (SHA-1, SHA-2), GB/T 32905 (SM3) and GB/T 32907 (SM4). Byte 0 of a register is byte 0 of the AES state;
 * word 0 is bits <31:0>.
 */
#include "cpu/crypto.h"

/* FIPS 197, figure 7 */
static const uint8_t aes_sbox[256] = {
    0x63, 0x7c, 0x77, 0x7b, 0xf2, 0x6b, 0x6f, 0xc5, 0x30, 0x01, 0x67, 0x2b, 0xfe, 0xd7, 0xab, 0x76,
    0xca, 0x82, 0xc9, 0x7d, 0xfa, 0x59, 0x47, 0xf0, 0xad, 0xd4, 0xa2, 0xaf, 0x9c, 0xa4, 0x72, 0xc0,
    0xb7, 0xfd, 0x93, 0x26, 0x36, 0x3f, 0xf7, 0xcc, 0x34, 0xa5, 0xe5, 0xf1, 0x71, 0xd8, 0x31, 0x15,
    0x04, 0xc7, 0x23, 0xc3, 0x18, 0x96, 0x05, 0x9a, 0x07, 0x12, 0x80, 0xe2, 0xeb, 0x27, 0xb2, 0x75,
    0x09, 0x83, 0x2c, 0x1a, 0x1b, 0x6e, 0x5a, 0xa0, 0x52, 0x3b, 0xd6, 0xb3, 0x29, 0xe3, 0x2f, 0x84,
    0x53, 0xd1, 0x00, 0xed, 0x20, 0xfc, 0xb1, 0x5b, 0x6a, 0xcb, 0xbe, 0x39, 0x4a, 0x4c, 0x58, 0xcf,
    0xd0, 0xef, 0xaa, 0xfb, 0x43, 0x4d, 0x33, 0x85, 0x45, 0xf9, 0x02, 0x7f, 0x50, 0x3c, 0x9f, 0xa8,
    0x51, 0xa3, 0x40, 0x8f, 0x92, 0x9d, 0x38, 0xf5, 0xbc, 0xb6, 0xda, 0x21, 0x10, 0xff, 0xf3, 0xd2,
    0xcd, 0x0c, 0x13, 0xec, 0x5f, 0x97, 0x44, 0x17, 0xc4, 0xa7, 0x7e, 0x3d, 0x64, 0x5d, 0x19, 0x73,
    0x60, 0x81, 0x4f, 0xdc, 0x22, 0x2a, 0x90, 0x88, 0x46, 0xee, 0xb8, 0x14, 0xde, 0x5e, 0x0b, 0xdb,
    0xe0, 0x32, 0x3a, 0x0a, 0x49, 0x06, 0x24, 0x5c, 0xc2, 0xd3, 0xac, 0x62, 0x91, 0x95, 0xe4, 0x79,
    0xe7, 0xc8, 0x37, 0x6d, 0x8d, 0xd5, 0x4e, 0xa9, 0x6c, 0x56, 0xf4, 0xea, 0x65, 0x7a, 0xae, 0x08,
    0xba, 0x78, 0x25, 0x2e, 0x1c, 0xa6, 0xb4, 0xc6, 0xe8, 0xdd, 0x74, 0x1f, 0x4b, 0xbd, 0x8b, 0x8a,
    0x70, 0x3e, 0xb5, 0x66, 0x48, 0x03, 0xf6, 0x0e, 0x61, 0x35, 0x57, 0xb9, 0x86, 0xc1, 0x1d, 0x9e,
    0xe1, 0xf8, 0x98, 0x11, 0x69, 0xd9, 0x8e, 0x94, 0x9b, 0x1e, 0x87, 0xe9, 0xce, 0x55, 0x28, 0xdf,
    0x8c, 0xa1, 0x89, 0x0d, 0xbf, 0xe6, 0x42, 0x68, 0x41, 0x99, 0x2d, 0x0f, 0xb0, 0x54, 0xbb, 0x16,
};

/* FIPS 197, figure 14 */
static const uint8_t aes_inv_sbox[256] = {
    0x52, 0x09, 0x6a, 0xd5, 0x30, 0x36, 0xa5, 0x38, 0xbf, 0x40, 0xa3, 0x9e, 0x81, 0xf3, 0xd7, 0xfb,
    0x7c, 0xe3, 0x39, 0x82, 0x9b, 0x2f, 0xff, 0x87, 0x34, 0x8e, 0x43, 0x44, 0xc4, 0xde, 0xe9, 0xcb,
    0x54, 0x7b, 0x94, 0x32, 0xa6, 0xc2, 0x23, 0x3d, 0xee, 0x4c, 0x95, 0x0b, 0x42, 0xfa, 0xc3, 0x4e,
    0x08, 0x2e, 0xa1, 0x66, 0x28, 0xd9, 0x24, 0xb2, 0x76, 0x5b, 0xa2, 0x49, 0x6d, 0x8b, 0xd1, 0x25,
    0x72, 0xf8, 0xf6, 0x64, 0x86, 0x68, 0x98, 0x16, 0xd4, 0xa4, 0x5c, 0xcc, 0x5d, 0x65, 0xb6, 0x92,
    0x6c, 0x70, 0x48, 0x50, 0xfd, 0xed, 0xb9, 0xda, 0x5e, 0x15, 0x46, 0x57, 0xa7, 0x8d, 0x9d, 0x84,
    0x90, 0xd8, 0xab, 0x00, 0x8c, 0xbc, 0xd3, 0x0a, 0xf7, 0xe4, 0x58, 0x05, 0xb8, 0xb3, 0x45, 0x06,
    0xd0, 0x2c, 0x1e, 0x8f, 0xca, 0x3f, 0x0f, 0x02, 0xc1, 0xaf, 0xbd, 0x03, 0x01, 0x13, 0x8a, 0x6b,
    0x3a, 0x91, 0x11, 0x41, 0x4f, 0x67, 0xdc, 0xea, 0x97, 0xf2, 0xcf, 0xce, 0xf0, 0xb4, 0xe6, 0x73,
    0x96, 0xac, 0x74, 0x22, 0xe7, 0xad, 0x35, 0x85, 0xe2, 0xf9, 0x37, 0xe8, 0x1c, 0x75, 0xdf, 0x6e,
    0x47, 0xf1, 0x1a, 0x71, 0x1d, 0x29, 0xc5, 0x89, 0x6f, 0xb7, 0x62, 0x0e, 0xaa, 0x18, 0xbe, 0x1b,
    0xfc, 0x56, 0x3e, 0x4b, 0xc6, 0xd2, 0x79, 0x20, 0x9a, 0xdb, 0xc0, 0xfe, 0x78, 0xcd, 0x5a, 0xf4,
    0x1f, 0xdd, 0xa8, 0x33, 0x88, 0x07, 0xc7, 0x31, 0xb1, 0x12, 0x10, 0x59, 0x27, 0x80, 0xec, 0x5f,
    0x60, 0x51, 0x7f, 0xa9, 0x19, 0xb5, 0x4a, 0x0d, 0x2d, 0xe5, 0x7a, 0x9f, 0x93, 0xc9, 0x9c, 0xef,
    0xa0, 0xe0, 0x3b, 0x4d, 0xae, 0x2a, 0xf5, 0xb0, 0xc8, 0xeb, 0xbb, 0x3c, 0x83, 0x53, 0x99, 0x61,
    0x17, 0x2b, 0x04, 0x7e, 0xba, 0x77, 0xd6, 0x26, 0xe1, 0x69, 0x14, 0x63, 0x55, 0x21, 0x0c, 0x7d,
};

/* GB/T 32907-2016, 6.2 a) */
static const uint8_t sm4_sbox[256] = {
    0xd6, 0x90, 0xe9, 0xfe, 0xcc, 0xe1, 0x3d, 0xb7, 0x16, 0xb6, 0x14, 0xc2, 0x28, 0xfb, 0x2c, 0x05,
    0x2b, 0x67, 0x9a, 0x76, 0x2a, 0xbe, 0x04, 0xc3, 0xaa, 0x44, 0x13, 0x26, 0x49, 0x86, 0x06, 0x99,
    0x9c, 0x42, 0x50, 0xf4, 0x91, 0xef, 0x98, 0x7a, 0x33, 0x54, 0x0b, 0x43, 0xed, 0xcf, 0xac, 0x62,
    0xe4, 0xb3, 0x1c, 0xa9, 0xc9, 0x08, 0xe8, 0x95, 0x80, 0xdf, 0x94, 0xfa, 0x75, 0x8f, 0x3f, 0xa6,
    0x47, 0x07, 0xa7, 0xfc, 0xf3, 0x73, 0x17, 0xba, 0x83, 0x59, 0x3c, 0x19, 0xe6, 0x85, 0x4f, 0xa8,
    0x68, 0x6b, 0x81, 0xb2, 0x71, 0x64, 0xda, 0x8b, 0xf8, 0xeb, 0x0f, 0x4b, 0x70, 0x56, 0x9d, 0x35,
    0x1e, 0x24, 0x0e, 0x5e, 0x63, 0x58, 0xd1, 0xa2, 0x25, 0x22, 0x7c, 0x3b, 0x01, 0x21, 0x78, 0x87,
    0xd4, 0x00, 0x46, 0x57, 0x9f, 0xd3, 0x27, 0x52, 0x4c, 0x36, 0x02, 0xe7, 0xa0, 0xc4, 0xc8, 0x9e,
    0xea, 0xbf, 0x8a, 0xd2, 0x40, 0xc7, 0x38, 0xb5, 0xa3, 0xf7, 0xf2, 0xce, 0xf9, 0x61, 0x15, 0xa1,
    0xe0, 0xae, 0x5d, 0xa4, 0x9b, 0x34, 0x1a, 0x55, 0xad, 0x93, 0x32, 0x30, 0xf5, 0x8c, 0xb1, 0xe3,
    0x1d, 0xf6, 0xe2, 0x2e, 0x82, 0x66, 0xca, 0x60, 0xc0, 0x29, 0x23, 0xab, 0x0d, 0x53, 0x4e, 0x6f,
    0xd5, 0xdb, 0x37, 0x45, 0xde, 0xfd, 0x8e, 0x2f, 0x03, 0xff, 0x6a, 0x72, 0x6d, 0x6c, 0x5b, 0x51,
    0x8d, 0x1b, 0xaf, 0x92, 0xbb, 0xdd, 0xbc, 0x7f, 0x11, 0xd9, 0x5c, 0x41, 0x1f, 0x10, 0x5a, 0xd8,
    0x0a, 0xc1, 0x31, 0x88, 0xa5, 0xcd, 0x7b, 0xbd, 0x2d, 0x74, 0xd0, 0x12, 0xb8, 0xe5, 0xb4, 0xb0,
    0x89, 0x69, 0x97, 0x4a, 0x0c, 0x96, 0x77, 0x7e, 0x65, 0xb9, 0xf1, 0x09, 0xc5, 0x6e, 0xc6, 0x84,
    0x18, 0xf0, 0x7d, 0xec, 0x3a, 0xdc, 0x4d, 0x20, 0x79, 0xee, 0x5f, 0x3e, 0xd7, 0xcb, 0x39, 0x48,
};

static uint32_t rol32(uint32_t x, unsigned k)
{
    return x << k | x >> (32 - k);
}

static uint32_t ror32(uint32_t x, unsigned k)
{
    return rol32(x, 32 - k);
}

static uint64_t ror64(uint64_t x, unsigned k)
{
    return x >> k | x << (64 - k);
}

/* SHAchoose(), SHAparity(), SHAmajority() */
static uint64_t choose(uint64_t x, uint64_t y, uint64_t z)
{
    return ((y ^ z) & x) ^ z;
}

static uint64_t parity(uint64_t x, uint64_t y, uint64_t z)
{
    return x ^ y ^ z;
}

static uint64_t majority(uint64_t x, uint64_t y, uint64_t z)
{
    return (x & y) | ((x | y) & z);
}

/* ---- AES: byte r + 4 * column of a register is row r of the state ---- */

void crypto_aese(struct cpu *c, const struct insn *i)
{
    const union vreg d = c->v[i->rd], n = c->v[i->rn];
    const union vreg x = {.d = {d.d[0] ^ n.d[0], d.d[1] ^ n.d[1]}};
    union vreg r;
    for (unsigned k = 0; k < 16; k++)
        r.b[k] = aes_sbox[x.b[(k + 4 * (k & 3)) & 15]];
    c->v[i->rd] = r;
}

void crypto_aesd(struct cpu *c, const struct insn *i)
{
    const union vreg d = c->v[i->rd], n = c->v[i->rn];
    const union vreg x = {.d = {d.d[0] ^ n.d[0], d.d[1] ^ n.d[1]}};
    union vreg r;
    for (unsigned k = 0; k < 16; k++)
        r.b[k] = aes_inv_sbox[x.b[(k - 4 * (k & 3)) & 15]];
    c->v[i->rd] = r;
}

/* Each byte times {02}: FFmul02() */
static simd_u32 aes_times2(simd_u32 x)
{
    return ((x & 0x7f7f7f7f) << 1) ^ (((x >> 7) & 0x01010101) * 0x1b);
}

/* Row r takes the byte of row r + rows. */
static simd_u32 aes_rotate(simd_u32 x, unsigned rows)
{
    return (x >> (8 * rows)) | (x << (32 - 8 * rows));
}

/* {02} a[r] + {03} a[r+1] + a[r+2] + a[r+3] */
static simd_u32 aes_mix_columns(simd_u32 x)
{
    const simd_u32 next = aes_rotate(x, 1);
    return aes_times2(x ^ next) ^ next ^ aes_rotate(x, 2) ^ aes_rotate(x, 3);
}

void crypto_aesmc(struct cpu *c, const struct insn *i)
{
    *(simd_u32 *)&c->v[i->rd] = aes_mix_columns(*(const simd_u32 *)&c->v[i->rn]);
}

/* The inverse of MixColumns is MixColumns after {05} a[r] + {04} a[r+2]. */
void crypto_aesimc(struct cpu *c, const struct insn *i)
{
    const simd_u32 x = *(const simd_u32 *)&c->v[i->rn];
    *(simd_u32 *)&c->v[i->rd] = aes_mix_columns(x ^ aes_times2(aes_times2(x ^ aes_rotate(x, 2))));
}

/* ---- SHA-1 ---- */

/* Four rounds: a, b, c, d in Vd, e in Vn, schedule plus constant in Vm. */
static ALWAYS_INLINE void sha1_rounds(struct cpu *c, const struct insn *i,
                                      uint64_t (*f)(uint64_t x, uint64_t y, uint64_t z))
{
    union vreg x = c->v[i->rd];
    const union vreg w = c->v[i->rm];
    uint32_t y = c->v[i->rn].s[0];
    for (unsigned e = 0; e < 4; e++) {
        const uint32_t t = y + rol32(x.s[0], 5) + (uint32_t)f(x.s[1], x.s[2], x.s[3]) + w.s[e];
        y = x.s[3];
        x = (union vreg){.s = {t, x.s[0], rol32(x.s[1], 30), x.s[2]}};
    }
    c->v[i->rd] = x;
}

/* An instruction that is `function` with the round's Boolean function f. */
#define ROUNDS(instruction, function, f)                                                                     \
    void crypto_##instruction(struct cpu *c, const struct insn *i)                                           \
    {                                                                                                        \
        function(c, i, f);                                                                                   \
    }
ROUNDS(sha1c, sha1_rounds, choose)
ROUNDS(sha1p, sha1_rounds, parity)
ROUNDS(sha1m, sha1_rounds, majority)

void crypto_sha1su0(struct cpu *c, const struct insn *i)
{
    const union vreg d = c->v[i->rd], n = c->v[i->rn], m = c->v[i->rm];
    c->v[i->rd] = (union vreg){.d = {d.d[1] ^ d.d[0] ^ m.d[0], n.d[0] ^ d.d[1] ^ m.d[1]}};
}

void crypto_sha1su1(struct cpu *c, const struct insn *i)
{
    const union vreg d = c->v[i->rd], n = c->v[i->rn];
    const uint32_t first = d.s[0] ^ n.s[1];
    c->v[i->rd] = (union vreg){.s = {rol32(first, 1), rol32(d.s[1] ^ n.s[2], 1), rol32(d.s[2] ^ n.s[3], 1),
                                     rol32(d.s[3], 1) ^ rol32(first, 2)}};
}

/* ---- SHA-256 ---- */

static uint32_t sha256_schedule0(uint32_t x)
{
    return ror32(x, 7) ^ ror32(x, 18) ^ x >> 3;
}

static uint32_t sha256_schedule1(uint32_t x)
{
    return ror32(x, 17) ^ ror32(x, 19) ^ x >> 10;
}

/* SHA256hash(): four rounds on a..d in *x and e..h in *y. */
static void sha256_rounds(union vreg *x, union vreg *y, union vreg w)
{
    uint32_t a = x->s[0], b = x->s[1], c = x->s[2], d = x->s[3], e = y->s[0], f = y->s[1], g = y->s[2],
             h = y->s[3];
    for (unsigned k = 0; k < 4; k++) {
        const uint32_t sigma0 = ror32(a, 2) ^ ror32(a, 13) ^ ror32(a, 22);
        const uint32_t sigma1 = ror32(e, 6) ^ ror32(e, 11) ^ ror32(e, 25);
        const uint32_t t = h + sigma1 + (uint32_t)choose(e, f, g) + w.s[k];
        const uint32_t u = t + sigma0 + (uint32_t)majority(a, b, c);
        h = g;
        g = f;
        f = e;
        e = d + t;
        d = c;
        c = b;
        b = a;
        a = u;
    }
    *x = (union vreg){.s = {a, b, c, d}};
    *y = (union vreg){.s = {e, f, g, h}};
}

void crypto_sha256h(struct cpu *c, const struct insn *i)
{
    union vreg x = c->v[i->rd], y = c->v[i->rn];
    sha256_rounds(&x, &y, c->v[i->rm]);
    c->v[i->rd] = x;
}

void crypto_sha256h2(struct cpu *c, const struct insn *i)
{
    union vreg x = c->v[i->rn], y = c->v[i->rd];
    sha256_rounds(&x, &y, c->v[i->rm]);
    c->v[i->rd] = y;
}

void crypto_sha256su0(struct cpu *c, const struct insn *i)
{
    const union vreg d = c->v[i->rd], n = c->v[i->rn];
    c->v[i->rd] = (union vreg){.s = {d.s[0] + sha256_schedule0(d.s[1]), d.s[1] + sha256_schedule0(d.s[2]),
                                     d.s[2] + sha256_schedule0(d.s[3]), d.s[3] + sha256_schedule0(n.s[0])}};
}

void crypto_sha256su1(struct cpu *c, const struct insn *i)
{
    const union vreg d = c->v[i->rd], n = c->v[i->rn], m = c->v[i->rm];
    union vreg r;
    r.s[0] = d.s[0] + n.s[1] + sha256_schedule1(m.s[2]);
    r.s[1] = d.s[1] + n.s[2] + sha256_schedule1(m.s[3]);
    r.s[2] = d.s[2] + n.s[3] + sha256_schedule1(r.s[0]);
    r.s[3] = d.s[3] + m.s[0] + sha256_schedule1(r.s[1]);
    c->v[i->rd] = r;
}

/* ---- SHA-512 ---- */

static uint64_t sha512_sigma0(uint64_t x)
{
    return ror64(x, 28) ^ ror64(x, 34) ^ ror64(x, 39);
}

static uint64_t sha512_sigma1(uint64_t x)
{
    return ror64(x, 14) ^ ror64(x, 18) ^ ror64(x, 41);
}

static uint64_t sha512_schedule0(uint64_t x)
{
    return ror64(x, 1) ^ ror64(x, 8) ^ x >> 7;
}

static uint64_t sha512_schedule1(uint64_t x)
{
    return ror64(x, 19) ^ ror64(x, 61) ^ x >> 6;
}

void crypto_sha512h(struct cpu *c, const struct insn *i)
{
    const union vreg w = c->v[i->rd], x = c->v[i->rn], y = c->v[i->rm];
    const uint64_t high = choose(y.d[1], x.d[0], x.d[1]) + sha512_sigma1(y.d[1]) + w.d[1];
    const uint64_t t = high + y.d[0];
    c->v[i->rd] = (union vreg){.d = {choose(t, y.d[1], x.d[0]) + sha512_sigma1(t) + w.d[0], high}};
}

void crypto_sha512h2(struct cpu *c, const struct insn *i)
{
    const union vreg w = c->v[i->rd], x = c->v[i->rn], y = c->v[i->rm];
    const uint64_t high = majority(x.d[0], y.d[1], y.d[0]) + sha512_sigma0(y.d[0]) + w.d[1];
    c->v[i->rd] = (union vreg){.d = {majority(high, y.d[0], y.d[1]) + sha512_sigma0(high) + w.d[0], high}};
}

void crypto_sha512su0(struct cpu *c, const struct insn *i)
{
    const union vreg w = c->v[i->rd], x = c->v[i->rn];
    c->v[i->rd] = (union vreg){.d = {w.d[0] + sha512_schedule0(w.d[1]), w.d[1] + sha512_schedule0(x.d[0])}};
}

void crypto_sha512su1(struct cpu *c, const struct insn *i)
{
    const union vreg w = c->v[i->rd], x = c->v[i->rn], y = c->v[i->rm];
    c->v[i->rd] = (union vreg){
        .d = {w.d[0] + sha512_schedule1(x.d[0]) + y.d[0], w.d[1] + sha512_schedule1(x.d[1]) + y.d[1]}};
}

/* ---- SM3: a..d of the state are in words 3..0 of one register, e..h of another ---- */

/* The permutation P1 */
static uint32_t sm3_p1(uint32_t x)
{
    return x ^ rol32(x, 15) ^ rol32(x, 23);
}

void crypto_sm3ss1(struct cpu *c, const struct insn *i)
{
    const uint32_t n = c->v[i->rn].s[3], m = c->v[i->rm].s[3], a = c->v[i->ra].s[3];
    c->v[i->rd] = (union vreg){.s = {0, 0, 0, rol32(rol32(n, 12) + m + a, 7)}};
}

static ALWAYS_INLINE void sm3_tt1(struct cpu *c, const struct insn *i,
                                  uint64_t (*f)(uint64_t x, uint64_t y, uint64_t z))
{
    const union vreg d = c->v[i->rd];
    const uint32_t ss2 = c->v[i->rn].s[3] ^ rol32(d.s[3], 12), w = c->v[i->rm].s[i->aux & 3];
    const uint32_t tt1 = (uint32_t)f(d.s[3], d.s[2], d.s[1]) + d.s[0] + ss2 + w;
    c->v[i->rd] = (union vreg){.s = {d.s[1], rol32(d.s[2], 9), d.s[3], tt1}};
}

static ALWAYS_INLINE void sm3_tt2(struct cpu *c, const struct insn *i,
                                  uint64_t (*f)(uint64_t x, uint64_t y, uint64_t z))
{
    const union vreg d = c->v[i->rd];
    const uint32_t ss1 = c->v[i->rn].s[3], w = c->v[i->rm].s[i->aux & 3];
    const uint32_t tt2 = (uint32_t)f(d.s[3], d.s[2], d.s[1]) + d.s[0] + ss1 + w;
    c->v[i->rd] =
        (union vreg){.s = {d.s[1], rol32(d.s[2], 19), d.s[3], tt2 ^ rol32(tt2, 9) ^ rol32(tt2, 17)}};
}

ROUNDS(sm3tt1a, sm3_tt1, parity)
ROUNDS(sm3tt1b, sm3_tt1, majority)
ROUNDS(sm3tt2a, sm3_tt2, parity)
ROUNDS(sm3tt2b, sm3_tt2, choose)

void crypto_sm3partw1(struct cpu *c, const struct insn *i)
{
    const union vreg d = c->v[i->rd], n = c->v[i->rn], m = c->v[i->rm];
    union vreg r;
    for (unsigned k = 0; k < 3; k++)
        r.s[k] = sm3_p1(d.s[k] ^ n.s[k] ^ rol32(m.s[k + 1], 15));
    r.s[3] = sm3_p1(d.s[3] ^ n.s[3] ^ rol32(r.s[0], 15));
    c->v[i->rd] = r;
}

void crypto_sm3partw2(struct cpu *c, const struct insn *i)
{
    const union vreg n = c->v[i->rn], m = c->v[i->rm];
    union vreg r = c->v[i->rd], t;
    for (unsigned k = 0; k < 4; k++) {
        t.s[k] = n.s[k] ^ rol32(m.s[k], 7);
        r.s[k] ^= t.s[k];
    }
    r.s[3] ^= sm3_p1(rol32(t.s[0], 15));
    c->v[i->rd] = r;
}

/* ---- SM4 ---- */

static uint32_t sm4_substitute(uint32_t x)
{
    return (uint32_t)sm4_sbox[x >> 24] << 24 | (uint32_t)sm4_sbox[x >> 16 & 255] << 16 |
           (uint32_t)sm4_sbox[x >> 8 & 255] << 8 | sm4_sbox[x & 255];
}

void crypto_sm4e(struct cpu *c, const struct insn *i)
{
    union vreg x = c->v[i->rd];
    const union vreg key = c->v[i->rn];
    for (unsigned e = 0; e < 4; e++) {
        const uint32_t t = sm4_substitute(x.s[1] ^ x.s[2] ^ x.s[3] ^ key.s[e]);
        const uint32_t l = t ^ rol32(t, 2) ^ rol32(t, 10) ^ rol32(t, 18) ^ rol32(t, 24);
        x = (union vreg){.s = {x.s[1], x.s[2], x.s[3], x.s[0] ^ l}};
    }
    c->v[i->rd] = x;
}

void crypto_sm4ekey(struct cpu *c, const struct insn *i)
{
    union vreg x = c->v[i->rn];
    const union vreg ck = c->v[i->rm];
    for (unsigned e = 0; e < 4; e++) {
        const uint32_t t = sm4_substitute(x.s[1] ^ x.s[2] ^ x.s[3] ^ ck.s[e]);
        x = (union vreg){.s = {x.s[1], x.s[2], x.s[3], x.s[0] ^ t ^ rol32(t, 13) ^ rol32(t, 23)}};
    }
    c->v[i->rd] = x;
}
