/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The cryptographic instructions (FEAT_AES, FEAT_SHA1, FEAT_SHA256, FEAT_SHA512, FEAT_SM3, FEAT_SM4) as
 * functions of a record: rd, rn, rm, ra are the registers, aux the index of SM3TT1A and its kin. Arm ARM
 * C7.2.
 */
#ifndef EL2SIM_CPU_CRYPTO_H
#define EL2SIM_CPU_CRYPTO_H

#include "cpu/cpu.h"
#include "cpu/simd.h"

simd_fn crypto_aese, crypto_aesd, crypto_aesmc, crypto_aesimc;
simd_fn crypto_sha1c, crypto_sha1p, crypto_sha1m, crypto_sha1su0, crypto_sha1su1;
simd_fn crypto_sha256h, crypto_sha256h2, crypto_sha256su0, crypto_sha256su1;
simd_fn crypto_sha512h, crypto_sha512h2, crypto_sha512su0, crypto_sha512su1;
simd_fn crypto_sm3ss1, crypto_sm3tt1a, crypto_sm3tt1b, crypto_sm3tt2a, crypto_sm3tt2b;
simd_fn crypto_sm3partw1, crypto_sm3partw2;
simd_fn crypto_sm4e, crypto_sm4ekey;

#endif
