/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The block device, virtio 1.2 section 5.2: one queue of requests {header, data, status byte}.
 *
 * The file is read with pread(). Unless the drive is persistent, blocks the guest writes are kept in memory
 * and shadow the file. Requests are done at once, so a run depends on the file's contents only.
 */
#include "dev/virtio_blk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/log.h"

enum {
    SECTOR = 512,
    BLOCK = 4096,
    HEADER = 16,
    ID_SIZE = 20,
    CONFIG_SIZE = 36,
    SEG_MAX = VIRTIO_MAX_BUFFERS - 2
};
enum request { REQ_IN = 0, REQ_OUT = 1, REQ_FLUSH = 4, REQ_GET_ID = 8 };
enum result { RESULT_OK, RESULT_IOERR, RESULT_UNSUPP };
enum feature { F_SEG_MAX = 2, F_RO = 5, F_BLK_SIZE = 6, F_FLUSH = 9 };

struct blk {
    struct virtio_dev dev;
    struct virtio_type type; /* a copy: F_RO depends on the drive */
    int fd;
    bool read_only, persistent;
    char id[ID_SIZE];
    uint64_t size; /* bytes, a multiple of SECTOR */
    uint64_t n_blocks;
    uint8_t **overlay; /* by block number; NULL: as in the file */
};

/* Fills buf from the file; what lies behind its end is zero. */
static bool file_read(const struct blk *b, uint64_t offset, uint8_t *buf, size_t len)
{
    while (len != 0) {
        ssize_t n = pread(b->fd, buf, len, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        if (n == 0) {
            memset(buf, 0, len);
            return true;
        }
        buf += n;
        offset += (uint64_t)n;
        len -= (size_t)n;
    }
    return true;
}

static bool file_write(const struct blk *b, uint64_t offset, const uint8_t *buf, size_t len)
{
    while (len != 0) {
        ssize_t n = pwrite(b->fd, buf, len, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        buf += n;
        offset += (uint64_t)n;
        len -= (size_t)n;
    }
    return true;
}

/* [offset, offset + len) lies in one block. */
static bool block_read(const struct blk *b, uint64_t offset, uint8_t *buf, size_t len)
{
    const uint8_t *mine = b->overlay != NULL ? b->overlay[offset / BLOCK] : NULL;
    if (mine == NULL)
        return file_read(b, offset, buf, len);
    memcpy(buf, mine + offset % BLOCK, len);
    return true;
}

static bool block_write(struct blk *b, uint64_t offset, const uint8_t *buf, size_t len)
{
    if (b->persistent)
        return file_write(b, offset, buf, len);
    uint8_t **mine = &b->overlay[offset / BLOCK];
    if (*mine == NULL) {
        uint8_t *fresh = xmalloc(BLOCK);
        if (!file_read(b, align_down(offset, BLOCK), fresh, BLOCK)) {
            free(fresh);
            return false;
        }
        *mine = fresh;
    }
    memcpy(*mine + offset % BLOCK, buf, len);
    return true;
}

/* Moves data between the drive and the chain, one block at a time. */
static enum result transfer(struct blk *b, const struct virtio_chain *c, uint64_t sector, bool write,
                            uint64_t *written)
{
    uint64_t len = write ? c->read_len - HEADER : c->write_len - 1;
    if (len % SECTOR != 0 || sector > b->size / SECTOR || len > b->size - sector * SECTOR ||
        (write && b->read_only))
        return RESULT_IOERR;
    for (uint64_t done = 0; done < len;) {
        uint64_t at = sector * SECTOR + done;
        size_t n = BLOCK - at % BLOCK < len - done ? BLOCK - at % BLOCK : (size_t)(len - done);
        uint8_t buf[BLOCK];
        if (write) {
            if (virtio_chain_read(&b->dev, c, HEADER + done, buf, n) != n || !block_write(b, at, buf, n))
                return RESULT_IOERR;
        } else {
            if (!block_read(b, at, buf, n) || virtio_chain_write(&b->dev, c, done, buf, n) != n)
                return RESULT_IOERR;
            *written += n;
        }
        done += n;
    }
    return RESULT_OK;
}

static enum result get_id(struct blk *b, const struct virtio_chain *c, uint64_t *written)
{
    size_t len = c->write_len - 1 < ID_SIZE ? (size_t)(c->write_len - 1) : ID_SIZE;
    if (virtio_chain_write(&b->dev, c, 0, b->id, len) != len)
        return RESULT_IOERR;
    *written = len;
    return RESULT_OK;
}

static uint64_t get_le(const uint8_t *p, unsigned size)
{
    uint64_t v = 0;
    for (unsigned n = size; n-- > 0;)
        v = v << 8 | p[n];
    return v;
}

static enum result perform(struct blk *b, const struct virtio_chain *c, const uint8_t *header,
                           uint64_t *written)
{
    switch (get_le(header, 4)) {
    case REQ_IN:
        return transfer(b, c, get_le(header + 8, 8), false, written);
    case REQ_OUT:
        return transfer(b, c, get_le(header + 8, 8), true, written);
    case REQ_FLUSH:
        return b->persistent && fdatasync(b->fd) != 0 ? RESULT_IOERR : RESULT_OK;
    case REQ_GET_ID:
        return get_id(b, c, written);
    default:
        return RESULT_UNSUPP;
    }
}

static void notify(struct virtio_dev *d, unsigned q)
{
    struct blk *b = d->impl;
    struct virtio_chain c;
    for (unsigned turn = 0; turn < VIRTIO_QUEUE_MAX && virtqueue_pop(d, q, &c); turn++) {
        uint8_t header[HEADER], status;
        uint64_t written = 0;
        if (c.read_len < HEADER || c.write_len < 1) {
            virtio_broken(d, "request has no header or no status byte");
            return;
        }
        if (virtio_chain_read(d, &c, 0, header, HEADER) != HEADER)
            return;
        status = (uint8_t)perform(b, &c, header, &written);
        virtio_chain_write(d, &c, c.write_len - 1, &status, 1);
        virtqueue_push(d, q, &c, (uint32_t)written + 1);
    }
}

static void put_le(uint8_t *p, unsigned size, uint64_t v)
{
    for (unsigned n = 0; n < size; n++)
        p[n] = (uint8_t)(v >> (8 * n));
}

/* struct virtio_blk_config as far as the offered features define it: capacity, seg_max, blk_size. */
static void config(struct virtio_dev *d, uint8_t *bytes)
{
    const struct blk *b = d->impl;
    put_le(bytes, 8, b->size / SECTOR);
    put_le(bytes + 12, 4, SEG_MAX);
    put_le(bytes + 20, 4, SECTOR);
}

static uint64_t overlay_blocks(const struct blk *b)
{
    uint64_t count = 0;
    for (uint64_t n = 0; b->overlay != NULL && n < b->n_blocks; n++)
        count += b->overlay[n] != NULL;
    return count;
}

/* Makes the overlay have exactly the blocks of a list of numbers; what is in them is the visitor's. */
static bool overlay_shape(struct blk *b, const uint64_t *numbers, size_t count)
{
    for (size_t n = 0; n < count; n++)
        if (numbers[n] >= b->n_blocks || (n != 0 && numbers[n] <= numbers[n - 1]))
            return false;
    for (uint64_t n = 0, k = 0; b->overlay != NULL && n < b->n_blocks; n++) {
        const bool wanted = k < count && numbers[k] == n;
        if (wanted && b->overlay[n] == NULL)
            b->overlay[n] = xcalloc(1, BLOCK);
        if (!wanted) {
            free(b->overlay[n]);
            b->overlay[n] = NULL;
        }
        k += wanted;
    }
    return true;
}

/* What the guest wrote, where it isn't in the file. */
static void visit(struct virtio_dev *d, visit_fn *fn, void *ctx)
{
    struct blk *b = d->impl;
    uint64_t size = b->size;
    size_t count = (size_t)overlay_blocks(b), k = 0;
    uint64_t *numbers = xcalloc(count + 1, sizeof(numbers[0]));

    fn(ctx, "size", &size, sizeof(size));
    if (size != b->size)
        visit_refuse(fn, ctx, "size");
    for (uint64_t n = 0; k < count; n++)
        if (b->overlay[n] != NULL)
            numbers[k++] = n;
    visit_array(fn, ctx, "blocks", (void **)&numbers, &count, sizeof(numbers[0]),
                b->overlay != NULL ? (size_t)b->n_blocks : 0);
    if (overlay_shape(b, numbers, count)) {
        for (size_t n = 0; n < count; n++)
            fn(ctx, "block", b->overlay[numbers[n]], BLOCK);
    } else {
        visit_refuse(fn, ctx, "blocks");
    }
    free(numbers);
}

static void destroy(struct virtio_dev *d)
{
    struct blk *b = d->impl;
    for (uint64_t n = 0; b->overlay != NULL && n < b->n_blocks; n++)
        free(b->overlay[n]);
    free(b->overlay);
    close(b->fd);
    free(b);
}

static const struct virtio_type blk_type = {
    .name = "virtio-blk",
    .device_id = 2,
    .n_queues = 1,
    .features = BIT(F_SEG_MAX) | BIT(F_BLK_SIZE) | BIT(F_FLUSH),
    .notify = notify,
    .config = config,
    .config_size = CONFIG_SIZE,
    .visit = visit,
    .destroy = destroy,
};

struct virtio_dev *virtio_blk_create(struct bus *bus, const struct virtio_blk_config *cfg)
{
    struct blk *b = xcalloc(1, sizeof(*b));
    struct stat st;
    b->persistent = cfg->persistent && !cfg->read_only;
    b->read_only = cfg->read_only;
    b->fd = open(cfg->path, (b->persistent ? O_RDWR : O_RDONLY) | O_CLOEXEC);
    if (b->fd < 0)
        user_error("can't open drive file '%s': %s", cfg->path, strerror(errno));
    if (fstat(b->fd, &st) != 0 || !S_ISREG(st.st_mode))
        user_error("drive file '%s' is not a regular file", cfg->path);
    if (st.st_size == 0)
        user_error("drive file '%s' is empty", cfg->path);
    b->size = align_up((uint64_t)st.st_size, SECTOR);
    b->n_blocks = (b->size + BLOCK - 1) / BLOCK;
    if (!b->persistent && !b->read_only)
        b->overlay = xcalloc(b->n_blocks, sizeof(b->overlay[0]));
    strncpy(b->id, cfg->serial != NULL ? cfg->serial : "", ID_SIZE);
    b->type = blk_type;
    if (b->read_only)
        b->type.features |= BIT(F_RO);
    virtio_init(&b->dev, &b->type, bus, b);
    return &b->dev;
}
