/* SPDX-License-Identifier: BSD-2-Clause
 *
 * QEMU as the twin of a machine of ours: the same board and options, the same bytes in memory, the same first
 * instruction. The device tree, the placement of images and their formats are el2sim's: QEMU gets the
 * result, as a file that is its RAM.
 */
#ifndef EL2SIM_DIFF_TWIN_H
#define EL2SIM_DIFF_TWIN_H

#include <stdbool.h>
#include <stdint.h>

#include "diff/gdbclient.h"
#include "diff/qemu.h"
#include "sim/machine.h"

struct twin_config {
    const char *program; /* NULL: qemu-system-aarch64 */
    const char *cpu;     /* -cpu for QEMU; NULL: the same model as ours */
    enum qemu_detail detail;
    bool monitor;
};

struct twin {
    struct qemu *qemu;
    struct gdbclient *gdb;
    int ram; /* the file that is QEMU's RAM */
    uint64_t ram_size;
};

/* Can QEMU be the twin of such a machine? NULL, or why not, in one line. */
const char *twin_refuses(const struct options *o, const struct machine *m);
/* Starts QEMU beside *m, which has not run yet, and leaves it stopped before the first instruction. False:
 * error. */
bool twin_start(struct twin *t, const struct twin_config *cfg, struct machine *m,
                char error[QEMU_ERROR_SIZE]);
/* Lets it run; its log begins. */
bool twin_go(struct twin *t);
void twin_stop(struct twin *t);
/* Bytes of QEMU's RAM at physical address `pa`; false: not RAM. */
bool twin_memory(const struct twin *t, uint64_t pa, void *data, uint64_t size);

#endif
