/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The device tree of the virt board, made with libfdt, and the few edits of a user's own.
 */
#ifndef EL2SIM_SIM_FDT_H
#define EL2SIM_SIM_FDT_H

#include <stddef.h>
#include <stdint.h>

#include "sim/psci.h"

struct options;
struct features;

struct fdt_facts {
    const struct options *opt;
    const struct features *feat;
    enum psci_conduit conduit;
    const uint64_t *mpidr; /* affinity fields of each of opt->smp CPUs */
    uint64_t ram_base, ram_size;
    uint64_t initrd_start, initrd_end; /* equal: no initrd */
};

/* The packed device tree of this machine (malloc'ed), its size in *size. */
void *fdt_build(const struct fdt_facts *facts, size_t *size);
/* A user's device tree (validated in full, user_error() names `path` otherwise) with /chosen/bootargs, the
 * initrd and /memory replaced as far as the options ask for them. Packed, malloc'ed. */
void *fdt_patch_user(const struct fdt_facts *facts, const char *path, const void *blob, size_t blob_size,
                     size_t *size);

#endif
