/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The virtio MMIO transport, version 2 (virtio 1.2 section 4.2): one slot of 0x200 bytes, empty or with a
 * device.
 */
#ifndef EL2SIM_DEV_VIRTIO_MMIO_H
#define EL2SIM_DEV_VIRTIO_MMIO_H

#include "base/irq.h"
#include "dev/virtio.h"

struct virtio_mmio;

extern const struct mmio_ops virtio_mmio_ops;

struct virtio_mmio *virtio_mmio_create(struct irq_line irq);
/* Destroys the device in it as well. */
void virtio_mmio_destroy(struct virtio_mmio *m);
/* Plugs a device into the empty slot; the slot owns it from now on. */
void virtio_mmio_plug(struct virtio_mmio *m, struct virtio_dev *d);
/* The device, NULL while the slot is empty. */
struct virtio_dev *virtio_mmio_device(struct virtio_mmio *m);
void virtio_mmio_reset(struct virtio_mmio *m);
void virtio_mmio_visit(struct virtio_mmio *m, visit_fn *fn, void *ctx);

#endif
