/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Where kernel, initrd and device tree go in RAM: QEMU's rules for the virt board, so that addresses match
 * what people know from there. Pure.
 */
#ifndef EL2SIM_LOADER_PLACE_H
#define EL2SIM_LOADER_PLACE_H

#include "loader/blob.h"
#include "loader/image.h"

struct place_request {
    uint64_t ram_base, ram_size;
    /* Linux boot protocol: an Image or raw binary. Else an ELF executable that occupies [low, high). */
    bool linux_boot;
    struct image_header image;
    uint64_t low, high;
    uint64_t initrd_size; /* 0: none */
};

struct placement {
    uint64_t kernel;       /* linux_boot: load address and entry */
    uint64_t initrd_start; /* valid when there is an initrd */
    uint64_t dtb;
    uint64_t dtb_limit; /* the device tree must end at or below this address */
};

bool place_images(const struct place_request *q, struct placement *p, struct load_error *e);

#endif
