/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Semantics of the cryptographic instructions: all but the three-way logic is in crypto.c. Arm ARM C7.2. Part
 * of sem_simd.h.
 */
#include "cpu/crypto.h"

#define CRYPTO_CALL(name, function)                                                                          \
    INSN(name)                                                                                               \
    {                                                                                                        \
        crypto_##function(c, i);                                                                             \
        NEXT;                                                                                                \
    }
CRYPTO_CALL(AESE, aese)
CRYPTO_CALL(AESD, aesd)
CRYPTO_CALL(AESMC, aesmc)
CRYPTO_CALL(AESIMC, aesimc)
CRYPTO_CALL(SHA1C, sha1c)
CRYPTO_CALL(SHA1P, sha1p)
CRYPTO_CALL(SHA1M, sha1m)
CRYPTO_CALL(SHA1SU0, sha1su0)
CRYPTO_CALL(SHA1SU1, sha1su1)
CRYPTO_CALL(SHA256H, sha256h)
CRYPTO_CALL(SHA256H2, sha256h2)
CRYPTO_CALL(SHA256SU0, sha256su0)
CRYPTO_CALL(SHA256SU1, sha256su1)
CRYPTO_CALL(SHA512H, sha512h)
CRYPTO_CALL(SHA512H2, sha512h2)
CRYPTO_CALL(SHA512SU0, sha512su0)
CRYPTO_CALL(SHA512SU1, sha512su1)
CRYPTO_CALL(SM3SS1, sm3ss1)
CRYPTO_CALL(SM3TT1A, sm3tt1a)
CRYPTO_CALL(SM3TT1B, sm3tt1b)
CRYPTO_CALL(SM3TT2A, sm3tt2a)
CRYPTO_CALL(SM3TT2B, sm3tt2b)
CRYPTO_CALL(SM3PARTW1, sm3partw1)
CRYPTO_CALL(SM3PARTW2, sm3partw2)
CRYPTO_CALL(SM4E, sm4e)
CRYPTO_CALL(SM4EKEY, sm4ekey)
#undef CRYPTO_CALL

INSN(SHA1H)
{
    const uint32_t x = V(i->rn).s[0];
    V(i->rd) = (union vreg){.s = {x << 30 | x >> 2, 0, 0, 0}};
    NEXT;
}

/* FEAT_SHA3 */
#define CRYPTO_A (*(const simd_u64 *)&V(i->ra))
SIMD_OP(EOR3, 64, false, n ^ m ^ CRYPTO_A)
SIMD_OP(BCAX, 64, false, n ^ (m & ~CRYPTO_A))
#undef CRYPTO_A
SIMD_OP(RAX1, 64, false, n ^ (m << 1 | m >> 63))
SIMD_OP(XAR, 64, false, ((n ^ m) >> k) | ((n ^ m) << (63 - k) << 1))
