/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The host's clock, for what people are told about a run. Never for the guest.
 */
#ifndef EL2SIM_SIM_HOSTCLOCK_H
#define EL2SIM_SIM_HOSTCLOCK_H

#include <stdint.h>

/* Nanoseconds of a clock that never goes back. */
uint64_t hostclock_ns(void);

#endif
