/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Semihosting for AArch64 (Arm's "Semihosting for AArch32 and AArch64", HLT #0xF000): console output, exit,
 * clock. Files of the host are refused; time is simulated time.
 */
#ifndef EL2SIM_SIM_SEMIHOST_H
#define EL2SIM_SIM_SEMIHOST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/visit.h"
#include "sim/psci.h"

struct cpu;
struct terminal;

struct semihost {
    struct terminal *terminal;
    const char *cmdline; /* SYS_GET_CMDLINE, "" if none */
    uint64_t ram_base, ram_size;
    int64_t rtc_base; /* seconds since 1970 at time 0 */
    void (*stop)(void *opaque, enum stop_request what, int status);
    void *opaque;
    uint64_t error; /* SYS_ERRNO */
};

/* Performs the operation w0 with parameter x1 for c; the result is in x0. Always true: the PC moves on. */
bool semihost_call(struct semihost *s, struct cpu *c);
void semihost_visit(struct semihost *s, visit_fn *fn, void *ctx);

#endif
