/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Split virtqueues and the state every virtio device has (virtio 1.2 sections 2.1 to 2.7). See virtio.h for
 * the contract.
 *
 * The rings are guest memory and may hold anything. Bounds of the work done for one notification: a queue's
 * size in chains, VIRTIO_MAX_BUFFERS descriptors per chain.
 */
#include "dev/virtio.h"

#include <string.h>

#include "base/bits.h"
#include "base/log.h"

enum desc_flag { DESC_NEXT = 1, DESC_WRITE = 2, DESC_INDIRECT = 4 };
enum { AVAIL_NO_INTERRUPT = 1, DESC_SIZE = 16, USED_ELEM_SIZE = 8, RING_HEADER = 4 };

struct desc {
    uint64_t addr;
    uint32_t len;
    uint16_t flags, next;
};

void virtio_init(struct virtio_dev *d, const struct virtio_type *type, struct bus *bus, void *impl)
{
    memset(d, 0, sizeof(*d));
    d->type = type;
    d->bus = bus;
    d->impl = impl;
}

void virtio_reset(struct virtio_dev *d)
{
    memset(d->queues, 0, sizeof(d->queues));
    d->driver_features = 0;
    d->status = d->isr = 0;
    if (d->type->reset != NULL)
        d->type->reset(d);
}

uint64_t virtio_offered_features(const struct virtio_dev *d)
{
    return d->type->features | BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_F_INDIRECT_DESC) |
           BIT(VIRTIO_F_EVENT_IDX);
}

bool virtio_running(const struct virtio_dev *d)
{
    return (d->status & VIRTIO_DRIVER_OK) && !(d->status & (VIRTIO_NEEDS_RESET | VIRTIO_FAILED));
}

static void raise_isr(struct virtio_dev *d, uint32_t isr)
{
    d->isr |= isr;
    if (d->isr_changed != NULL)
        d->isr_changed(d->transport);
}

void virtio_broken(struct virtio_dev *d, const char *why)
{
    if (d->status & VIRTIO_NEEDS_RESET)
        return;
    warn("%s: the guest's driver made a mistake, the device needs a reset: %s", d->type->name, why);
    d->status |= VIRTIO_NEEDS_RESET;
    if (d->status & VIRTIO_DRIVER_OK)
        raise_isr(d, VIRTIO_ISR_CONFIG);
}

void virtio_notify(struct virtio_dev *d, uint32_t q)
{
    if (q >= d->type->n_queues || !virtio_running(d) || !d->queues[q].ready)
        return;
    const struct virtqueue *vq = &d->queues[q];
    if (vq->size == 0 || vq->size > VIRTIO_QUEUE_MAX || (vq->size & (vq->size - 1)) != 0)
        virtio_broken(d, "queue size is no power of 2 or too large");
    else if ((vq->desc & 15) || (vq->driver & 1) || (vq->device & 3))
        virtio_broken(d, "queue address is not aligned");
    else
        d->type->notify(d, q);
}

/* ---- guest memory ---- */

static bool read_u16(struct virtio_dev *d, uint64_t pa, uint16_t *v)
{
    uint8_t b[2];
    if (!bus_dma_read(d->bus, pa, b, sizeof(b))) {
        virtio_broken(d, "ring is not in RAM");
        return false;
    }
    *v = (uint16_t)(b[0] | b[1] << 8);
    return true;
}

static void put_le(uint8_t *p, unsigned size, uint64_t v)
{
    for (unsigned n = 0; n < size; n++)
        p[n] = (uint8_t)(v >> (8 * n));
}

static uint64_t get_le(const uint8_t *p, unsigned size)
{
    uint64_t v = 0;
    for (unsigned n = size; n-- > 0;)
        v = v << 8 | p[n];
    return v;
}

static bool write_u16(struct virtio_dev *d, uint64_t pa, uint16_t v)
{
    uint8_t b[2];
    put_le(b, 2, v);
    if (!bus_dma_write(d->bus, pa, b, sizeof(b))) {
        virtio_broken(d, "used ring is not in RAM");
        return false;
    }
    return true;
}

static bool read_desc(struct virtio_dev *d, uint64_t table, unsigned n, struct desc *out)
{
    uint8_t b[DESC_SIZE];
    if (!bus_dma_read(d->bus, table + (uint64_t)n * DESC_SIZE, b, sizeof(b))) {
        virtio_broken(d, "descriptor table is not in RAM");
        return false;
    }
    *out = (struct desc){.addr = get_le(b, 8),
                         .len = (uint32_t)get_le(b + 8, 4),
                         .flags = (uint16_t)get_le(b + 12, 2),
                         .next = (uint16_t)get_le(b + 14, 2)};
    return true;
}

/* ---- the available side ---- */

/* Number of chains the driver has made available; 0 as well if the ring is bad. */
static unsigned available(struct virtio_dev *d, struct virtqueue *q)
{
    uint16_t idx;
    if (!q->ready || !virtio_running(d) || !read_u16(d, q->driver + 2, &idx))
        return 0;
    unsigned n = (uint16_t)(idx - q->last_avail);
    if (n > q->size) {
        virtio_broken(d, "available index is too far ahead");
        return 0;
    }
    return n;
}

bool virtqueue_has(struct virtio_dev *d, unsigned q)
{
    return d->queues[q].size != 0 && available(d, &d->queues[q]) != 0;
}

static bool add_buffer(struct virtio_dev *d, struct virtio_chain *c, const struct desc *e)
{
    unsigned n = c->n_read + c->n_write;
    if (n == VIRTIO_MAX_BUFFERS) {
        virtio_broken(d, "descriptor chain is too long or a loop");
        return false;
    }
    if (e->flags & DESC_WRITE) {
        c->n_write++;
        c->write_len += e->len;
    } else if (c->n_write != 0) {
        virtio_broken(d, "a buffer to read comes after one to write");
        return false;
    } else {
        c->n_read++;
        c->read_len += e->len;
    }
    c->buffers[n] = (struct virtio_buffer){e->addr, e->len};
    return true;
}

/* Follows a chain from descriptor n of a table. An indirect descriptor in the queue's own table replaces
 * table. */
static bool walk_chain(struct virtio_dev *d, uint64_t table, unsigned table_size, unsigned n,
                       struct virtio_chain *c)
{
    bool indirect_ok = bit(d->driver_features, VIRTIO_F_INDIRECT_DESC);
    for (;;) {
        struct desc e;
        if (n >= table_size) {
            virtio_broken(d, "descriptor index is too large");
            return false;
        }
        if (!read_desc(d, table, n, &e))
            return false;
        if (e.flags & DESC_INDIRECT) {
            if (!indirect_ok || (e.flags & DESC_NEXT) || e.len == 0 || e.len % DESC_SIZE != 0) {
                virtio_broken(d, "indirect descriptor is not allowed here");
                return false;
            }
            table = e.addr;
            table_size = e.len / DESC_SIZE;
            n = 0;
            indirect_ok = false;
            continue;
        }
        if (!add_buffer(d, c, &e))
            return false;
        if (!(e.flags & DESC_NEXT))
            return true;
        n = e.next;
    }
}

bool virtqueue_pop(struct virtio_dev *d, unsigned q, struct virtio_chain *c)
{
    struct virtqueue *vq = &d->queues[q];
    if (!virtqueue_has(d, q))
        return false;
    uint16_t head;
    if (!read_u16(d, vq->driver + RING_HEADER + 2 * (uint64_t)(vq->last_avail % vq->size), &head))
        return false;
    c->head = head;
    c->n_read = c->n_write = 0;
    c->read_len = c->write_len = 0;
    if (!walk_chain(d, vq->desc, vq->size, head, c))
        return false;
    vq->last_avail++;
    /* avail_event: the driver tells us about the next one. */
    if (bit(d->driver_features, VIRTIO_F_EVENT_IDX))
        return write_u16(d, vq->device + RING_HEADER + (uint64_t)USED_ELEM_SIZE * vq->size, vq->last_avail);
    return true;
}

/* ---- the used side ---- */

/* Does the driver want an interrupt for the entry that used_idx just passed? */
static bool wants_interrupt(struct virtio_dev *d, const struct virtqueue *q)
{
    uint16_t v;
    if (bit(d->driver_features, VIRTIO_F_EVENT_IDX)) {
        if (!read_u16(d, q->driver + RING_HEADER + 2 * (uint64_t)q->size, &v))
            return false;
        return v == (uint16_t)(q->used_idx - 1);
    }
    return read_u16(d, q->driver, &v) && !(v & AVAIL_NO_INTERRUPT);
}

void virtqueue_push(struct virtio_dev *d, unsigned q, const struct virtio_chain *c, uint32_t written)
{
    struct virtqueue *vq = &d->queues[q];
    if (!virtio_running(d))
        return; /* broken while the request was worked on */
    uint8_t elem[USED_ELEM_SIZE];
    put_le(elem, 4, c->head);
    put_le(elem + 4, 4, written);
    uint64_t slot = vq->device + RING_HEADER + (uint64_t)USED_ELEM_SIZE * (vq->used_idx % vq->size);
    if (!bus_dma_write(d->bus, slot, elem, sizeof(elem))) {
        virtio_broken(d, "used ring is not in RAM");
        return;
    }
    vq->used_idx++;
    if (write_u16(d, vq->device + 2, vq->used_idx) && wants_interrupt(d, vq))
        raise_isr(d, VIRTIO_ISR_QUEUE);
}

/* ---- contents of chains ---- */

static size_t chain_copy(struct virtio_dev *d, const struct virtio_buffer *b, unsigned n, uint64_t offset,
                         uint8_t *buf, size_t len, bool to_guest)
{
    size_t done = 0;
    for (; n != 0 && done < len; b++, n--) {
        if (offset >= b->len) {
            offset -= b->len;
            continue;
        }
        size_t part = b->len - (size_t)offset;
        if (part > len - done)
            part = len - done;
        bool ok = to_guest ? bus_dma_write(d->bus, b->addr + offset, buf + done, part)
                           : bus_dma_read(d->bus, b->addr + offset, buf + done, part);
        if (!ok) {
            virtio_broken(d, "buffer is not in RAM");
            return 0;
        }
        done += part;
        offset = 0;
    }
    return done;
}

size_t virtio_chain_read(struct virtio_dev *d, const struct virtio_chain *c, uint64_t offset, void *buf,
                         size_t len)
{
    return chain_copy(d, c->buffers, c->n_read, offset, buf, len, false);
}

size_t virtio_chain_write(struct virtio_dev *d, const struct virtio_chain *c, uint64_t offset,
                          const void *buf, size_t len)
{
    /* chain_copy() only reads from buf in this direction. */
    return chain_copy(d, c->buffers + c->n_read, c->n_write, offset, (uint8_t *)(uintptr_t)buf, len, true);
}

void virtio_visit(struct virtio_dev *d, visit_fn *fn, void *ctx)
{
    for (unsigned n = 0; n < d->type->n_queues; n++) {
        struct virtqueue *q = &d->queues[n];
        VISIT(fn, ctx, q, size);
        VISIT(fn, ctx, q, ready);
        VISIT(fn, ctx, q, desc);
        VISIT(fn, ctx, q, driver);
        VISIT(fn, ctx, q, device);
        VISIT(fn, ctx, q, last_avail);
        VISIT(fn, ctx, q, used_idx);
    }
    VISIT(fn, ctx, d, driver_features);
    VISIT(fn, ctx, d, status);
    VISIT(fn, ctx, d, isr);
    VISIT(fn, ctx, d, config_generation);
    if (d->type->visit != NULL)
        d->type->visit(d, fn, ctx);
}
