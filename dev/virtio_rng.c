/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The entropy device, virtio 1.2 section 5.4: one queue of buffers to fill. The generator is SplitMix64
 * (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
 */
#include "dev/virtio_rng.h"

#include <stdlib.h>

#include "base/log.h"

/* A request may be answered with fewer bytes than asked for; this bounds the work. */
enum { MAX_BYTES = 4096 };

struct rng {
    struct virtio_dev dev;
    uint64_t state;
};

static uint64_t next(struct rng *r)
{
    uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static void notify(struct virtio_dev *d, unsigned q)
{
    struct rng *r = d->impl;
    struct virtio_chain c;
    for (unsigned turn = 0; turn < VIRTIO_QUEUE_MAX && virtqueue_pop(d, q, &c); turn++) {
        uint8_t bytes[MAX_BYTES];
        size_t len = c.write_len < MAX_BYTES ? (size_t)c.write_len : MAX_BYTES;
        for (size_t n = 0; n < len; n += 8) {
            uint64_t v = next(r);
            for (size_t k = n; k < len && k < n + 8; k++, v >>= 8)
                bytes[k] = (uint8_t)v;
        }
        virtqueue_push(d, q, &c, (uint32_t)virtio_chain_write(d, &c, 0, bytes, len));
    }
}

static void config(struct virtio_dev *d, uint8_t *bytes)
{
    (void)d;
    (void)bytes;
}

static void visit(struct virtio_dev *d, visit_fn *fn, void *ctx)
{
    struct rng *r = d->impl;
    VISIT(fn, ctx, r, state);
}

static void destroy(struct virtio_dev *d)
{
    free(d->impl);
}

static const struct virtio_type rng_type = {
    .name = "virtio-rng",
    .device_id = 4,
    .n_queues = 1,
    .notify = notify,
    .config = config,
    .config_size = 0,
    .visit = visit,
    .destroy = destroy,
};

struct virtio_dev *virtio_rng_create(struct bus *bus, uint64_t seed)
{
    struct rng *r = xcalloc(1, sizeof(*r));
    virtio_init(&r->dev, &rng_type, bus, r);
    r->state = seed;
    return &r->dev;
}
