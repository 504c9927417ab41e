/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The virtio entropy device (virtio 1.2 section 5.4). Its bytes come from a generator with a fixed seed: good
 * enough to let a guest start up, the same in every run, and no secret.
 */
#ifndef EL2SIM_DEV_VIRTIO_RNG_H
#define EL2SIM_DEV_VIRTIO_RNG_H

#include "dev/virtio.h"

struct virtio_dev *virtio_rng_create(struct bus *bus, uint64_t seed);

#endif
