/* SPDX-License-Identifier: BSD-2-Clause
 *
 * AArch64 ELF executables, loaded to the physical addresses of their segments.
 */
#ifndef EL2SIM_LOADER_ELF_H
#define EL2SIM_LOADER_ELF_H

#include "bus/bus.h"
#include "loader/blob.h"

struct elf_result {
    uint64_t entry;     /* physical address */
    uint64_t low, high; /* what the segments cover: [low, high) */
};

/* Does it start like an ELF file? */
bool elf_detect(const struct blob *b);
/* Checks everything, then copies the segments to memory (RAM or ROM). */
bool elf_load_blob(struct bus *bus, const struct blob *b, struct elf_result *r, struct load_error *e);

#endif
