/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Semantics of FEAT_MOPS: see cpu/mops.c.
 */
#include "cpu/mops.h"

EXECUTE(CPYF, exec_mops_copy)
EXECUTE(CPY, exec_mops_copy)
EXECUTE(SET, exec_mops_set)
