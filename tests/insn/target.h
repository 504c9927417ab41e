/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the vector runner wants of a machine: execute one instruction from a given state. vectors.c knows the
 * files, target.c the machine.
 */
#ifndef EL2SIM_TESTS_INSN_TARGET_H
#define EL2SIM_TESTS_INSN_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "sysregs/features.h"

/* The vectors' addresses (heads of the vector files). */
#define TARGET_PC UINT64_C(0x80100000)
#define TARGET_SCRATCH UINT64_C(0x80110000)
#define TARGET_SCRATCH_SIZE 4096

struct target_state {
    uint64_t x[31], sp, pc;
    uint64_t v[32][2]; /* low half first */
    uint32_t nzcv, fpcr, fpsr;
    uint8_t mem[TARGET_SCRATCH_SIZE];
    /* after the step */
    enum { TARGET_OK, TARGET_UNDEF, TARGET_EXC } outcome;
    uint32_t ec, iss;
    uint64_t far;
};

struct target;
enum target_mode { TARGET_LOOP, TARGET_FAST, TARGET_CACHED }; /* see target.c */
/* The machine of the vectors with the features f. */
struct target *target_create(const struct features *f, enum target_mode mode);
void target_destroy(struct target *t);
/* Executes `word` at s->pc from *s and replaces *s by the state after it. */
void target_step(struct target *t, uint32_t word, struct target_state *s);

#endif
