/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The console device, virtio 1.2 section 5.3: queue 0 receives (device to guest), queue 1 transmits.
 */
#include "dev/virtio_console.h"

#include <stdlib.h>

#include "base/log.h"

enum { QUEUE_RX, QUEUE_TX, QUEUES };

struct console {
    struct virtio_dev dev;
    void (*output)(void *opaque, uint8_t byte);
    void *opaque;
};

static void transmit(struct virtio_dev *d, const struct virtio_chain *c)
{
    struct console *t = d->impl;
    uint8_t bytes[256];
    size_t n;
    for (uint64_t offset = 0; (n = virtio_chain_read(d, c, offset, bytes, sizeof(bytes))) != 0; offset += n)
        for (size_t k = 0; k < n && t->output != NULL; k++)
            t->output(t->opaque, bytes[k]);
}

static void notify(struct virtio_dev *d, unsigned q)
{
    struct virtio_chain c;
    if (q != QUEUE_TX)
        return; /* receive buffers wait for a character */
    for (unsigned turn = 0; turn < VIRTIO_QUEUE_MAX && virtqueue_pop(d, q, &c); turn++) {
        transmit(d, &c);
        virtqueue_push(d, q, &c, 0);
    }
}

unsigned virtio_console_room(const struct virtio_dev *d)
{
    struct console *t = d->impl;
    return virtqueue_has(&t->dev, QUEUE_RX) ? 1 : 0;
}

void virtio_console_receive(struct virtio_dev *d, uint8_t byte)
{
    struct virtio_chain c;
    if (virtqueue_pop(d, QUEUE_RX, &c))
        virtqueue_push(d, QUEUE_RX, &c, (uint32_t)virtio_chain_write(d, &c, 0, &byte, 1));
}

void virtio_console_connect(struct virtio_dev *d, void (*output)(void *opaque, uint8_t byte), void *opaque)
{
    struct console *t = d->impl;
    t->output = output;
    t->opaque = opaque;
}

/* cols, rows, max_nr_ports, emerg_wr: none of the features that make them valid is offered. */
static void config(struct virtio_dev *d, uint8_t *bytes)
{
    (void)d;
    (void)bytes;
}

static void destroy(struct virtio_dev *d)
{
    free(d->impl);
}

static const struct virtio_type console_type = {
    .name = "virtio-console",
    .device_id = 3,
    .n_queues = QUEUES,
    .notify = notify,
    .config = config,
    .config_size = 12,
    .destroy = destroy,
};

struct virtio_dev *virtio_console_create(struct bus *bus)
{
    struct console *t = xcalloc(1, sizeof(*t));
    virtio_init(&t->dev, &console_type, bus, t);
    return &t->dev;
}
