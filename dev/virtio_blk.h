/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The virtio block device (virtio 1.2 section 5.2) on a raw file of the host. What the guest writes is kept
 * in memory and forgotten at the end, unless the drive is persistent.
 */
#ifndef EL2SIM_DEV_VIRTIO_BLK_H
#define EL2SIM_DEV_VIRTIO_BLK_H

#include "dev/virtio.h"

struct virtio_blk_config {
    const char *path;
    const char *serial; /* VIRTIO_BLK_T_GET_ID, cut to 20 bytes */
    bool read_only, persistent;
};

/* Opens the file; user_error() if that is not possible. */
struct virtio_dev *virtio_blk_create(struct bus *bus, const struct virtio_blk_config *cfg);

#endif
