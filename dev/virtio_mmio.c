/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The virtio MMIO transport, register layout version 2 (virtio 1.2 section 4.2.2). An empty slot reads as a
 * transport with device ID 0, which drivers pass over.
 */
#include "dev/virtio_mmio.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/log.h"

enum reg {
    MAGIC_VALUE = 0x000,
    VERSION = 0x004,
    DEVICE_ID = 0x008,
    VENDOR_ID = 0x00c,
    DEVICE_FEATURES = 0x010,
    DEVICE_FEATURES_SEL = 0x014,
    DRIVER_FEATURES = 0x020,
    DRIVER_FEATURES_SEL = 0x024,
    QUEUE_SEL = 0x030,
    QUEUE_NUM_MAX = 0x034,
    QUEUE_NUM = 0x038,
    QUEUE_READY = 0x044,
    QUEUE_NOTIFY = 0x050,
    INTERRUPT_STATUS = 0x060,
    INTERRUPT_ACK = 0x064,
    STATUS = 0x070,
    QUEUE_DESC_LOW = 0x080,
    QUEUE_DESC_HIGH = 0x084,
    QUEUE_DRIVER_LOW = 0x090,
    QUEUE_DRIVER_HIGH = 0x094,
    QUEUE_DEVICE_LOW = 0x0a0,
    QUEUE_DEVICE_HIGH = 0x0a4,
    SHM_LEN_LOW = 0x0b0,
    SHM_BASE_HIGH = 0x0bc,
    CONFIG_GENERATION = 0x0fc,
    CONFIG = 0x100,
};

#define MAGIC 0x74726976u  /* "virt" */
#define VENDOR 0x554d4551u /* "QEMU", which drivers and firmware know */

struct virtio_mmio {
    struct virtio_dev *dev;
    struct irq_line irq;
    uint32_t device_features_sel, driver_features_sel, queue_sel;
};

/* The queue chosen by QueueSel, or NULL. */
static struct virtqueue *queue(struct virtio_mmio *m)
{
    return m->queue_sel < m->dev->type->n_queues ? &m->dev->queues[m->queue_sel] : NULL;
}

static uint32_t half(uint64_t v, uint32_t sel)
{
    return sel > 1 ? 0 : (uint32_t)(v >> (32 * sel));
}

static uint64_t read_config(struct virtio_mmio *m, uint64_t offset, unsigned size)
{
    uint8_t bytes[256 + 8] = {0};
    m->dev->type->config(m->dev, bytes);
    uint64_t v = 0;
    for (unsigned n = 0; n < size; n++)
        v |= (uint64_t)bytes[offset + n] << (8 * n);
    return v;
}

static uint32_t read_reg(struct virtio_mmio *m, uint64_t offset)
{
    struct virtio_dev *d = m->dev;
    const struct virtqueue *q = queue(m);
    switch (offset) {
    case DEVICE_FEATURES:
        return half(virtio_offered_features(d), m->device_features_sel);
    case QUEUE_NUM_MAX:
        return q != NULL ? VIRTIO_QUEUE_MAX : 0;
    case QUEUE_READY:
        return q != NULL ? q->ready : 0;
    case INTERRUPT_STATUS:
        return d->isr;
    case STATUS:
        return d->status;
    case CONFIG_GENERATION:
        return d->config_generation;
    default:
        /* There is no shared memory region: length and base read as all ones. */
        return offset >= SHM_LEN_LOW && offset <= SHM_BASE_HIGH ? UINT32_MAX : 0;
    }
}

static bool mmio_read(void *opaque, uint64_t offset, unsigned size, uint64_t *value)
{
    struct virtio_mmio *m = opaque;
    *value = 0;
    if (m->dev != NULL && offset >= CONFIG) {
        if (offset - CONFIG + size <= m->dev->type->config_size)
            *value = read_config(m, offset - CONFIG, size);
        return true;
    }
    if (size != 4)
        return true;
    switch (offset) {
    case MAGIC_VALUE:
        *value = MAGIC;
        break;
    case VERSION:
        *value = 2;
        break;
    case DEVICE_ID:
        *value = m->dev != NULL ? m->dev->type->device_id : 0;
        break;
    case VENDOR_ID:
        *value = VENDOR;
        break;
    default:
        if (m->dev != NULL)
            *value = read_reg(m, offset);
        break;
    }
    return true;
}

static void write_status(struct virtio_mmio *m, uint32_t v)
{
    struct virtio_dev *d = m->dev;
    if ((v & 0xff) == 0) {
        virtio_mmio_reset(m);
        return;
    }
    /* FEATURES_OK stays clear if the driver took something that was not offered or left out VERSION_1. */
    if ((v & VIRTIO_FEATURES_OK) && !(d->status & VIRTIO_FEATURES_OK) &&
        ((d->driver_features & ~virtio_offered_features(d)) || !bit(d->driver_features, VIRTIO_F_VERSION_1)))
        v &= ~(uint32_t)VIRTIO_FEATURES_OK;
    /* The driver can't take NEEDS_RESET away. */
    d->status = (v & 0xff) | (d->status & VIRTIO_NEEDS_RESET);
}

static void write_queue(struct virtqueue *q, uint64_t offset, uint32_t v)
{
    if (offset == QUEUE_READY) {
        if (v == 0)
            *q = (struct virtqueue){.size = q->size};
        else
            q->ready = 1;
        return;
    }
    if (q->ready)
        return; /* fixed while in use */
    switch (offset) {
    case QUEUE_NUM:
        q->size = v;
        break;
    case QUEUE_DESC_LOW:
        q->desc = bits_set(q->desc, 31, 0, v);
        break;
    case QUEUE_DESC_HIGH:
        q->desc = bits_set(q->desc, 63, 32, v);
        break;
    case QUEUE_DRIVER_LOW:
        q->driver = bits_set(q->driver, 31, 0, v);
        break;
    case QUEUE_DRIVER_HIGH:
        q->driver = bits_set(q->driver, 63, 32, v);
        break;
    case QUEUE_DEVICE_LOW:
        q->device = bits_set(q->device, 31, 0, v);
        break;
    case QUEUE_DEVICE_HIGH:
        q->device = bits_set(q->device, 63, 32, v);
        break;
    default:
        break;
    }
}

static void update_irq(void *opaque)
{
    struct virtio_mmio *m = opaque;
    irq_set(&m->irq, m->dev->isr != 0);
}

static void write_reg(struct virtio_mmio *m, uint64_t offset, uint32_t v)
{
    struct virtio_dev *d = m->dev;
    switch (offset) {
    case DEVICE_FEATURES_SEL:
        m->device_features_sel = v;
        break;
    case DRIVER_FEATURES:
        if (m->driver_features_sel < 2 && !(d->status & VIRTIO_FEATURES_OK)) {
            unsigned lo = 32 * m->driver_features_sel;
            d->driver_features = bits_set(d->driver_features, lo + 31, lo, v);
        }
        break;
    case DRIVER_FEATURES_SEL:
        m->driver_features_sel = v;
        break;
    case QUEUE_SEL:
        m->queue_sel = v;
        break;
    case QUEUE_NOTIFY:
        virtio_notify(d, v);
        break;
    case INTERRUPT_ACK:
        d->isr &= ~v;
        update_irq(m);
        break;
    case STATUS:
        write_status(m, v);
        break;
    default:
        if (queue(m) != NULL)
            write_queue(queue(m), offset, v);
        break;
    }
}

static bool mmio_write(void *opaque, uint64_t offset, unsigned size, uint64_t value)
{
    struct virtio_mmio *m = opaque;
    if (m->dev != NULL && size == 4 && offset < CONFIG)
        write_reg(m, offset, (uint32_t)value);
    return true;
}

const struct mmio_ops virtio_mmio_ops = {.read = mmio_read, .write = mmio_write};

struct virtio_mmio *virtio_mmio_create(struct irq_line irq)
{
    struct virtio_mmio *m = xcalloc(1, sizeof(*m));
    m->irq = irq;
    return m;
}

void virtio_mmio_destroy(struct virtio_mmio *m)
{
    if (m->dev != NULL)
        m->dev->type->destroy(m->dev);
    free(m);
}

void virtio_mmio_plug(struct virtio_mmio *m, struct virtio_dev *d)
{
    if (m->dev != NULL || d->type->config_size > 256)
        bug("virtio-mmio: can't plug %s", d->type->name);
    m->dev = d;
    d->transport = m;
    d->isr_changed = update_irq;
}

struct virtio_dev *virtio_mmio_device(struct virtio_mmio *m)
{
    return m->dev;
}

void virtio_mmio_reset(struct virtio_mmio *m)
{
    m->device_features_sel = m->driver_features_sel = m->queue_sel = 0;
    if (m->dev == NULL)
        return;
    virtio_reset(m->dev);
    update_irq(m);
}

void virtio_mmio_visit(struct virtio_mmio *m, visit_fn *fn, void *ctx)
{
    VISIT(fn, ctx, m, device_features_sel);
    VISIT(fn, ctx, m, driver_features_sel);
    VISIT(fn, ctx, m, queue_sel);
    if (m->dev != NULL)
        virtio_visit(m->dev, fn, ctx);
}
