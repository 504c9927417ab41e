/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What memory an instruction accesses, from its encoding and the registers before it.
 */
#ifndef EL2SIM_DIFF_OPERAND_H
#define EL2SIM_DIFF_OPERAND_H

#include <stdbool.h>
#include <stdint.h>

/* What an address is made of. */
struct operand_state {
    const uint64_t *x; /* X0 to X30 */
    uint64_t sp, pc;
};

struct operand {
    uint64_t va;
    bool write;
    bool unprivileged; /* LDTR, STTR */
    unsigned size;     /* bytes, of all registers together; at least what is accessed */
};

/* False: no load or store, or one whose address isn't worked out here (FEAT_MOPS, LDRAA). */
bool operand_of(uint32_t raw, const struct operand_state *before, struct operand *o);

#endif
