/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Programs of `el2sim fuzz system`, drawn from a seed. The same seed, CPU, weights and `secure` give the same
 * program on every host.
 *
 * How a program is drawn:
 *
 *   1. A plan (struct generator): Exception level and Security state to begin with, the features it may count
 * on, which translation regimes are on, whether traps are all open, one bit, some, or any.
 *   2. The system registers (generate_state.c): values of defined fields only, as sysregs/regfields.def has
 * them for the features; the bits that keep the monitor in control stay as it needs them.
 *   3. Page tables (generate_tables.c), written as the manual's formats say. They give the pool of places:
 *      addresses that are mapped in known, different ways, or not at all.
 *   4. Instructions (generate_code.c): actions, each of a class drawn by weight; it goes forward only.
 *
 * What the architecture leaves open (CONSTRAINED UNPREDICTABLE, UNKNOWN values, times, identification) is
 * kept out by construction: a result that is nobody's business is overwritten at once, a register that
 * decides what later instructions mean is followed by ISB, a translation that may be in a TLB isn't changed
 * without TLBI.
 *
 * options->cpu is the -cpu of el2sim, with every feature off that QEMU doesn't have (NULL: `max` without the
 * features that no QEMU up to 10.0 has): of registers and fields that need other features a program has none,
 * but for class `feat`.
 */
#ifndef EL2SIM_FUZZ_GENERATE_H
#define EL2SIM_FUZZ_GENERATE_H

#include <stdint.h>

#include "fuzz/fuzz.h"
#include "fuzz/program.h"

/* Fills *p. */
void generate(struct program *p, uint64_t seed, const struct fuzz_options *options);

#endif
