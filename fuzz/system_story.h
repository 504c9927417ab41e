/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A program and its results in words: what it starts with, what happened on either side, what differs.
 */
#ifndef EL2SIM_FUZZ_SYSTEM_STORY_H
#define EL2SIM_FUZZ_SYSTEM_STORY_H

#include <stdio.h>

#include "fuzz/system_pair.h"

/* Each line begins with `prefix`. version: QEMU's, "": el2sim ran alone. */
void system_story(FILE *out, const char *prefix, const struct system_case *c,
                  const struct system_registers *regs, const char *version);

/* The instruction that a program has at an address, false: none. */
bool system_insn_at(const struct program *p, uint64_t va, uint32_t *insn);

#endif
