/* SPDX-License-Identifier: BSD-2-Clause
 *
 * All semantics bodies, in one place for the engines.
 */
#include "cpu/sem_int.h"
#include "cpu/sem_branch.h"
#include "cpu/sem_ldst.h"
#include "cpu/sem_atomic.h"
#include "cpu/sem_mte.h"
#include "cpu/sem_sys.h"
#include "cpu/sem_mops.h"
#include "cpu/sem_fp.h"
#include "cpu/sem_simd.h"
