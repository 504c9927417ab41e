/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Virtio 1.2 as a device sees it: split virtqueues (section 2.7), feature negotiation and status
 * (section 2.1, 3.1). A device type (block, entropy, console) is a `struct virtio_type`; a transport
 * (dev/virtio_mmio.c) owns the struct virtio_dev.
 *
 * Whatever the guest put into its rings is checked before use: indices, chain length and order, buffer
 * addresses and sizes. What can't be used sets DEVICE_NEEDS_RESET and the device stops until it is reset.
 */
#ifndef EL2SIM_DEV_VIRTIO_H
#define EL2SIM_DEV_VIRTIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/visit.h"
#include "bus/bus.h"

enum {
    VIRTIO_MAX_QUEUES = 8,
    VIRTIO_QUEUE_MAX = 256,   /* entries of a queue */
    VIRTIO_MAX_BUFFERS = 256, /* descriptors of one chain */
};

enum virtio_status {
    VIRTIO_ACKNOWLEDGE = 1,
    VIRTIO_DRIVER = 2,
    VIRTIO_DRIVER_OK = 4,
    VIRTIO_FEATURES_OK = 8,
    VIRTIO_NEEDS_RESET = 64,
    VIRTIO_FAILED = 128,
};

enum virtio_feature {
    VIRTIO_F_INDIRECT_DESC = 28,
    VIRTIO_F_EVENT_IDX = 29,
    VIRTIO_F_VERSION_1 = 32,
};

enum virtio_isr { VIRTIO_ISR_QUEUE = 1, VIRTIO_ISR_CONFIG = 2 };

struct virtqueue {
    uint32_t size; /* entries, a power of 2, at most VIRTIO_QUEUE_MAX */
    uint32_t ready;
    uint64_t desc, driver, device; /* guest-physical addresses of the three parts */
    uint16_t last_avail, used_idx;
};

struct virtio_dev;

struct virtio_type {
    const char *name;
    uint32_t device_id;
    unsigned n_queues;
    uint64_t features; /* beyond those of struct virtio_dev itself */
    /* The driver made buffers of queue q available. */
    void (*notify)(struct virtio_dev *d, unsigned q);
    /* Device configuration space of config_size bytes as the guest reads it; the guest can't write it. */
    void (*config)(struct virtio_dev *d, uint8_t *bytes);
    size_t config_size;                                           /* at most 256 */
    void (*reset)(struct virtio_dev *d);                          /* or NULL */
    void (*visit)(struct virtio_dev *d, visit_fn *fn, void *ctx); /* or NULL */
    void (*destroy)(struct virtio_dev *d);
};

struct virtio_dev {
    const struct virtio_type *type;
    struct bus *bus;
    struct virtqueue queues[VIRTIO_MAX_QUEUES];
    uint64_t driver_features;
    uint32_t status;
    uint32_t isr;
    uint32_t config_generation;
    void *impl; /* the device type's own */
    /* The transport is told when isr changed. */
    void (*isr_changed)(void *transport);
    void *transport;
};

/* One buffer of a chain, in guest-physical memory. */
struct virtio_buffer {
    uint64_t addr;
    uint32_t len;
};

/* A chain of descriptors taken from the available ring: first the buffers the device reads, then those it
 * writes. */
struct virtio_chain {
    uint16_t head;
    unsigned n_read, n_write;
    uint64_t read_len, write_len; /* sums */
    struct virtio_buffer buffers[VIRTIO_MAX_BUFFERS];
};

void virtio_init(struct virtio_dev *d, const struct virtio_type *type, struct bus *bus, void *impl);
/* Device reset as by a write of 0 to status. */
void virtio_reset(struct virtio_dev *d);
uint64_t virtio_offered_features(const struct virtio_dev *d);
/* The device is set up and may use its queues. */
bool virtio_running(const struct virtio_dev *d);
/* The device can't go on: DEVICE_NEEDS_RESET and a configuration interrupt. `why` is for messages. */
void virtio_broken(struct virtio_dev *d, const char *why);
/* Called by the transport. */
void virtio_notify(struct virtio_dev *d, uint32_t q);
void virtio_visit(struct virtio_dev *d, visit_fn *fn, void *ctx);

/* Takes the next chain of queue q. False: none available, or the ring is bad (the device is broken now). */
bool virtqueue_pop(struct virtio_dev *d, unsigned q, struct virtio_chain *c);
/* True if virtqueue_pop() may find something. */
bool virtqueue_has(struct virtio_dev *d, unsigned q);
/* Gives the chain back with `written` bytes of its write part filled, and interrupts as the driver wants. */
void virtqueue_push(struct virtio_dev *d, unsigned q, const struct virtio_chain *c, uint32_t written);
/* Copies between the chain's read/write part, from byte `offset` of it, and buf. Returns the bytes copied
 * (less than len at the end of the chain). A buffer outside RAM breaks the device: returns 0. */
size_t virtio_chain_read(struct virtio_dev *d, const struct virtio_chain *c, uint64_t offset, void *buf,
                         size_t len);
size_t virtio_chain_write(struct virtio_dev *d, const struct virtio_chain *c, uint64_t offset,
                          const void *buf, size_t len);

#endif
