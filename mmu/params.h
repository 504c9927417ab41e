/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The parameters of a walk from a context's registers. Arm ARM D8.2; GetS1TTWParams(), GetS2TTWParams().
 */
#ifndef EL2SIM_MMU_PARAMS_H
#define EL2SIM_MMU_PARAMS_H

#include "mmu/descriptor.h"
#include "mmu/mmu.h"

/* Each fills *p for the translation of an address and returns NULL; or returns why it is a level 0 Translation fault before
 * any table is looked at (static text). */
const char *params_stage1(const struct tctx *t, uint64_t va, bool fetch, struct walk_params *p);
const char *params_stage2(const struct tctx *t, uint64_t ipa, bool ns, struct walk_params *p);

#endif
