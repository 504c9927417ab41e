/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Keeping two machines together where both are right: permitted differences are fed from QEMU to us.
 */
#ifndef EL2SIM_DIFF_ALIGN_H
#define EL2SIM_DIFF_ALIGN_H

#include "diff/gdbclient.h"
#include "diff/lockstep.h"

struct insn;

/* Before all: registers that only identify the CPU, and those that a reset leaves UNKNOWN, become QEMU's, as
 * far as its stub has them; programs that look at them then agree where only PCs are compared, too. */
void align_registers(struct lockstep *l, struct gdbclient *g);
/* Before the first instruction: what a reset leaves UNKNOWN becomes what it is in *qemu. */
void align_start(struct lockstep *l, const struct qemulog_record *qemu);
/* Takes from *qemu what only features have that our CPU hasn't. */
void align_features(struct lockstep *l, struct qemulog_record *qemu);
/* About to execute *i: choices that QEMU has made otherwise are made its way. */
void align_before(struct lockstep *l, const struct insn *i);
/* After the instruction: are all differences from *qemu permitted? Then our state is made QEMU's. */
bool align_after(struct lockstep *l, const struct qemulog_record *ours, const struct qemulog_record *qemu,
                 const struct lockstep_difference *d);
/* Both took a synchronous exception with this ESR_ELx: QEMU's clock doesn't count each of them. */
void align_exception(struct lockstep *l, uint64_t esr);
/* QEMU takes an interrupt: makes ours pending if its time is near. True: one can be taken. */
bool align_interrupt(struct lockstep *l);
bool align_is_wfi(uint32_t raw);
/* Can the instruction be logged again and again while it makes progress (FEAT_MOPS)? */
bool align_is_partial(uint32_t raw);

#endif
