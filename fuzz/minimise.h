/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Delta debugging (Zeller and Hildebrandt, IEEE TSE 2002): the smallest part of a list of items that still
 * shows what the whole showed. Starting QEMU costs more than running a program, so candidates are asked about
 * in groups.
 */
#ifndef EL2SIM_FUZZ_MINIMISE_H
#define EL2SIM_FUZZ_MINIMISE_H

#include <stdbool.h>
#include <stddef.h>

/* n candidates, each a list of n_items flags: true, the item stays. Sets shows[i] for each that still shows
 * it; false: could not be run, give up with what there is. */
typedef bool minimise_try(void *ctx, const bool *const *candidates, unsigned n, size_t n_items, bool *shows);

/* keep: n_items flags, all of the list that shows it; in the end those that are needed. Returns their number.
 */
size_t minimise(bool *keep, size_t n_items, minimise_try *fn, void *ctx);

#endif
