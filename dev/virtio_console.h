/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The virtio console device (virtio 1.2 section 5.3) with one port and no control queues.
 */
#ifndef EL2SIM_DEV_VIRTIO_CONSOLE_H
#define EL2SIM_DEV_VIRTIO_CONSOLE_H

#include "dev/virtio.h"

struct virtio_dev *virtio_console_create(struct bus *bus);
/* Where the guest's output goes; without it the output is dropped. */
void virtio_console_connect(struct virtio_dev *d, void (*output)(void *opaque, uint8_t byte), void *opaque);
/* Characters the console would take now, and one that arrives. */
unsigned virtio_console_room(const struct virtio_dev *d);
void virtio_console_receive(struct virtio_dev *d, uint8_t byte);

#endif
