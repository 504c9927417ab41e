/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Pointer authentication: FEAT_PAuth, FEAT_PAuth2, FEAT_EPAC, FEAT_FPAC, FEAT_FPACCOMBINE. Arm ARM D8.10.
 */
#ifndef EL2SIM_CPU_PAUTH_H
#define EL2SIM_CPU_PAUTH_H

#include <stdbool.h>
#include <stdint.h>

struct cpu;
struct insn;

enum pauth_key { PAUTH_IA, PAUTH_IB, PAUTH_DA, PAUTH_DB, PAUTH_GA };

/* AddPACIA() and siblings: *result is ptr signed with the key, or ptr itself where SCTLR_ELx disables the
 * key. False: the instruction was trapped (HCR_EL2.API, SCR_EL3.API) and the exception is taken. */
bool pauth_sign(struct cpu *c, const struct insn *i, enum pauth_key key, uint64_t ptr, uint64_t modifier,
                uint64_t *result);
/* AuthIA() and siblings: *result is the pointer without its code, or made non-canonical if the code is wrong.
 * False: trapped, or the authentication failed and FEAT_FPAC says that is an exception. `combined`: part of
 * another instruction. */
bool pauth_auth(struct cpu *c, const struct insn *i, enum pauth_key key, uint64_t ptr, uint64_t modifier,
                bool combined, uint64_t *result);
/* AddPACGA(): the code of x alone, in the upper half. */
bool pauth_generic(struct cpu *c, const struct insn *i, uint64_t x, uint64_t modifier, uint64_t *result);
/* Strip(): ptr without its code. */
uint64_t pauth_strip(const struct cpu *c, uint64_t ptr, bool data);

/* The forms in hint space: they work on X(reg), and do nothing without FEAT_PAuth. */
bool pauth_hint_sign(struct cpu *c, const struct insn *i, enum pauth_key key, unsigned reg,
                     uint64_t modifier);
bool pauth_hint_auth(struct cpu *c, const struct insn *i, enum pauth_key key, unsigned reg,
                     uint64_t modifier);
void pauth_hint_strip(struct cpu *c, unsigned reg);

/* ComputePACQARMA() with QARMA5. */
uint64_t pauth_qarma5(uint64_t data, uint64_t modifier, uint64_t key_hi, uint64_t key_lo);

#endif
