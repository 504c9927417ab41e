/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The firmware configuration device, as QEMU's docs/specs/fw_cfg describes its MMIO register layout:
 * data at 0, selector at 8 (16 bits, big-endian), DMA address at 16 (64 bits, big-endian).
 *
 * All items are read-only to the guest. A DMA request is done at once, when its address is written; its
 * result is in the control word.
 */
#include "dev/fw_cfg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/bits.h"
#include "base/log.h"

enum { REG_DATA = 0, REG_SELECTOR = 8, REG_DMA = 16, REG_END = 24 };
enum { MAX_KEYS = 0x20, MAX_FILES = 32, NAME_SIZE = 56, DIR_ENTRY_SIZE = 64 };
enum dma_control { DMA_ERROR = 1, DMA_READ = 2, DMA_SKIP = 4, DMA_SELECT = 8, DMA_WRITE = 16 };
enum { ID_TRADITIONAL = 1, ID_DMA = 2 };

/* What the DMA register reads as: "QEMU CFG". */
static const uint8_t dma_signature[8] = {'Q', 'E', 'M', 'U', ' ', 'C', 'F', 'G'};

struct item {
    uint8_t *data;
    size_t len;
};

struct file {
    char name[NAME_SIZE];
    struct item item;
};

struct fw_cfg {
    struct bus *bus;
    struct item items[MAX_KEYS];
    struct file files[MAX_FILES];
    unsigned n_files;
    uint16_t selector;
    uint64_t offset; /* of the next byte of the selected item */
    uint32_t dma_high;
};

static uint64_t get_be(const uint8_t *p, unsigned size)
{
    uint64_t v = 0;
    for (unsigned n = 0; n < size; n++)
        v = v << 8 | p[n];
    return v;
}

static void put_be(uint8_t *p, unsigned size, uint64_t v)
{
    for (unsigned n = 0; n < size; n++)
        p[n] = (uint8_t)(v >> (8 * (size - 1 - n)));
}

static void item_set(struct item *i, const void *data, size_t len)
{
    free(i->data);
    i->data = xmalloc(len + 1); /* never NULL, even when empty */
    if (len != 0)
        memcpy(i->data, data, len);
    i->len = len;
}

void fw_cfg_set(struct fw_cfg *f, unsigned key, const void *data, size_t len)
{
    if (key >= MAX_KEYS)
        bug("fw_cfg: key 0x%x", key);
    item_set(&f->items[key], data, len);
}

void fw_cfg_set_u16(struct fw_cfg *f, unsigned key, uint16_t v)
{
    uint8_t le[2] = {(uint8_t)v, (uint8_t)(v >> 8)};
    fw_cfg_set(f, key, le, sizeof(le));
}

void fw_cfg_set_u32(struct fw_cfg *f, unsigned key, uint32_t v)
{
    uint8_t le[4] = {(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24)};
    fw_cfg_set(f, key, le, sizeof(le));
}

static void update_directory(struct fw_cfg *f)
{
    size_t len = 4 + (size_t)f->n_files * DIR_ENTRY_SIZE;
    uint8_t *dir = xcalloc(1, len);
    put_be(dir, 4, f->n_files);
    for (unsigned n = 0; n < f->n_files; n++) {
        uint8_t *e = dir + 4 + (size_t)n * DIR_ENTRY_SIZE;
        put_be(e, 4, f->files[n].item.len);
        put_be(e + 4, 2, FW_CFG_FILE_FIRST + n);
        memcpy(e + 8, f->files[n].name, NAME_SIZE);
    }
    fw_cfg_set(f, FW_CFG_FILE_DIR, dir, len);
    free(dir);
}

void fw_cfg_set_file(struct fw_cfg *f, const char *name, const void *data, size_t len)
{
    unsigned n = 0;
    while (n < f->n_files && strcmp(f->files[n].name, name) < 0)
        n++;
    if (n == f->n_files || strcmp(f->files[n].name, name) != 0) {
        if (f->n_files == MAX_FILES || strlen(name) >= NAME_SIZE)
            bug("fw_cfg: can't add %s", name);
        memmove(&f->files[n + 1], &f->files[n], (f->n_files - n) * sizeof(f->files[0]));
        memset(&f->files[n], 0, sizeof(f->files[n]));
        snprintf(f->files[n].name, NAME_SIZE, "%s", name);
        f->n_files++;
    }
    item_set(&f->files[n].item, data, len);
    update_directory(f);
}

static const struct item *selected(const struct fw_cfg *f)
{
    if (f->selector < MAX_KEYS)
        return &f->items[f->selector];
    if (f->selector - (unsigned)FW_CFG_FILE_FIRST < f->n_files)
        return &f->files[f->selector - FW_CFG_FILE_FIRST].item;
    return NULL;
}

static void select_item(struct fw_cfg *f, uint16_t key)
{
    f->selector = key;
    f->offset = 0;
}

/* Copies the next len bytes of the item; what lies behind its end reads as zero. */
static void next_bytes(struct fw_cfg *f, uint8_t *buf, size_t len)
{
    const struct item *i = selected(f);
    size_t have = 0;
    if (i != NULL && f->offset < i->len)
        have = i->len - f->offset < len ? i->len - (size_t)f->offset : len;
    if (have != 0)
        memcpy(buf, i->data + f->offset, have);
    memset(buf + have, 0, len - have);
    f->offset += have;
}

/* False: some of the target isn't RAM. */
static bool dma_copy(struct fw_cfg *f, uint64_t addr, uint32_t len)
{
    uint8_t chunk[4096];
    while (len != 0) {
        uint32_t n = len < sizeof(chunk) ? len : (uint32_t)sizeof(chunk);
        next_bytes(f, chunk, n);
        if (!bus_dma_write(f->bus, addr, chunk, n))
            return false;
        addr += n;
        len -= n;
    }
    return true;
}

static void dma_run(struct fw_cfg *f, uint64_t request)
{
    uint8_t r[16];
    if (!bus_dma_read(f->bus, request, r, sizeof(r)))
        return; /* nowhere to report to */
    uint32_t control = (uint32_t)get_be(r, 4), len = (uint32_t)get_be(r + 4, 4);
    uint64_t addr = get_be(r + 8, 8);
    uint32_t result = 0;
    if (control & DMA_SELECT)
        select_item(f, (uint16_t)(control >> 16));
    if (control & DMA_READ) {
        if (!dma_copy(f, addr, len))
            result = DMA_ERROR;
    } else if (control & DMA_WRITE) {
        result = DMA_ERROR; /* every item is read-only */
    } else if (control & DMA_SKIP) {
        f->offset += len;
    }
    put_be(r, 4, result);
    bus_dma_write(f->bus, request, r, 4);
}

static bool mmio_read(void *opaque, uint64_t offset, unsigned size, uint64_t *value)
{
    struct fw_cfg *f = opaque;
    uint8_t b[8] = {0};
    if (offset < REG_SELECTOR)
        next_bytes(f, b, size);
    else if (offset >= REG_DMA && offset + size <= REG_END)
        memcpy(b, dma_signature + (offset - REG_DMA), size);
    *value = 0;
    for (unsigned n = 0; n < size; n++)
        *value |= (uint64_t)b[n] << (8 * n);
    return true;
}

static bool mmio_write(void *opaque, uint64_t offset, unsigned size, uint64_t value)
{
    struct fw_cfg *f = opaque;
    if (offset == REG_SELECTOR && size == 2) {
        select_item(f, __builtin_bswap16((uint16_t)value));
    } else if (offset == REG_DMA && size == 8) {
        dma_run(f, __builtin_bswap64(value));
    } else if (offset == REG_DMA && size == 4) {
        f->dma_high = __builtin_bswap32((uint32_t)value);
    } else if (offset == REG_DMA + 4 && size == 4) {
        uint64_t high = f->dma_high;
        f->dma_high = 0;
        dma_run(f, high << 32 | __builtin_bswap32((uint32_t)value));
    }
    return true;
}

const struct mmio_ops fw_cfg_ops = {.read = mmio_read, .write = mmio_write};

void fw_cfg_reset(struct fw_cfg *f)
{
    select_item(f, 0);
    f->dma_high = 0;
}

struct fw_cfg *fw_cfg_create(struct bus *bus)
{
    struct fw_cfg *f = xcalloc(1, sizeof(*f));
    f->bus = bus;
    fw_cfg_set(f, FW_CFG_SIGNATURE, "QEMU", 4);
    fw_cfg_set_u32(f, FW_CFG_ID, ID_TRADITIONAL | ID_DMA);
    update_directory(f);
    return f;
}

void fw_cfg_destroy(struct fw_cfg *f)
{
    for (unsigned n = 0; n < MAX_KEYS; n++)
        free(f->items[n].data);
    for (unsigned n = 0; n < f->n_files; n++)
        free(f->files[n].item.data);
    free(f);
}

/* Of all items: they come from options and files, so a snapshot needs no copy. */
static uint32_t checksum(const struct fw_cfg *f)
{
    uint32_t crc = 0;
    for (unsigned n = 0; n < MAX_KEYS; n++)
        if (f->items[n].data != NULL)
            crc = (uint32_t)crc32_z(crc, f->items[n].data, f->items[n].len);
    for (unsigned n = 0; n < f->n_files; n++)
        crc = (uint32_t)crc32_z(crc, f->files[n].item.data, f->files[n].item.len);
    return crc;
}

void fw_cfg_visit(struct fw_cfg *f, visit_fn *fn, void *ctx)
{
    const uint32_t mine = checksum(f);
    uint32_t items = mine;

    fn(ctx, "items", &items, sizeof(items));
    if (items != mine)
        visit_refuse(fn, ctx, "items");
    VISIT(fn, ctx, f, selector);
    VISIT(fn, ctx, f, offset);
    VISIT(fn, ctx, f, dma_high);
}
