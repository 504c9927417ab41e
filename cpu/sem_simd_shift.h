/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Semantics of the Advanced SIMD shifts on lanes of one size. Arm ARM C7.2. Part of sem_simd.h.
 *
 * k is the shift amount of left shifts and one less than that of right shifts: shifting by k and by one more
 * makes a shift by the whole width an ordinary case.
 */

/* All bits set in each lane. */
#define SIMD_ONES (~(n ^ n))

SIMD_OP_ALL(SHL, n << k)
SIMD_OP_ALL(SLI, (n << k) | (d & ~(SIMD_ONES << k)))
SIMD_OP_ALL(SRI, (n >> k >> 1) | (d & ~(SIMD_ONES >> k >> 1)))
SIMD_OP_ALL(SSHR, sn >> k >> 1)
SIMD_OP_ALL(USHR, n >> k >> 1)
SIMD_OP_ALL(SSRA, d + SIMD_AS(d, sn >> k >> 1))
SIMD_OP_ALL(USRA, d + (n >> k >> 1))
/* Rounding adds the last bit shifted out. */
SIMD_OP_ALL(SRSHR, SIMD_AS(d, sn >> k >> 1) + (SIMD_AS(d, sn >> k) & 1))
SIMD_OP_ALL(URSHR, (n >> k >> 1) + ((n >> k) & 1))
SIMD_OP_ALL(SRSRA, d + SIMD_AS(d, sn >> k >> 1) + (SIMD_AS(d, sn >> k) & 1))
SIMD_OP_ALL(URSRA, d + (n >> k >> 1) + ((n >> k) & 1))
#undef SIMD_ONES

/* By register and saturating: lane by lane */
SIMD_CALL_VS(SSHL, sshl)
SIMD_CALL_VS(USHL, ushl)
SIMD_CALL_VS(SRSHL, srshl)
SIMD_CALL_VS(URSHL, urshl)
SIMD_CALL_VS(SQSHL, sqshl)
SIMD_CALL_VS(UQSHL, uqshl)
SIMD_CALL_VS(SQRSHL, sqrshl)
SIMD_CALL_VS(UQRSHL, uqrshl)
SIMD_CALL_VS(SQSHL_imm, sqshl_imm)
SIMD_CALL_VS(UQSHL_imm, uqshl_imm)
SIMD_CALL_VS(SQSHLU, sqshlu)
