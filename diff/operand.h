/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What memory an instruction accesses, from its encoding and the registers before it: for reports.
 */
#ifndef EL2SIM_DIFF_OPERAND_H
#define EL2SIM_DIFF_OPERAND_H

#include <stdbool.h>
#include <stdint.h>

#include "diff/qemulog.h"

struct operand {
    uint64_t va;
    bool write;
    bool unprivileged; /* LDTR, STTR */
    unsigned size;     /* bytes, of all registers together; at least what is accessed */
};

/* False: no load or store, or one whose address isn't worked out here (FEAT_MOPS, LDRAA). */
bool operand_of(uint32_t raw, const struct qemulog_record *before, struct operand *o);

#endif
