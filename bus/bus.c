/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The physical address map. Two short arrays, RAM regions and device regions, each sorted by base and
 * searched with a one-entry memory of the last hit: guests stay in one region for long. See bus.h.
 */
#include "bus/bus.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/log.h"

#define MAX_RAM 16
#define MAX_MMIO 160
#define PAGE_SIZE 4096
#define HUGE_PAGE (UINT64_C(2) << 20)

struct bus {
    struct bus_ram *ram[MAX_RAM]; /* in the order added; few, so a linear search after `last` */
    size_t ram_count;
    struct bus_ram *last_ram;
    struct bus_mmio mmio[MAX_MMIO]; /* sorted by base */
    size_t mmio_count;
    struct bus_device_access device_access;
    void (*code_written)(void *opaque, uint64_t pa, size_t len);
    void *code_opaque;
};

struct bus *bus_create(void)
{
    return xcalloc(1, sizeof(struct bus));
}

static uint64_t tags_size(const struct bus_ram *r)
{
    return r->size / PAGE_SIZE * PAGE_TAG_BYTES;
}

void bus_destroy(struct bus *b)
{
    for (size_t n = 0; n < b->ram_count; n++) {
        munmap(b->ram[n]->host, b->ram[n]->size);
        free(b->ram[n]->page_flags);
        if (b->ram[n]->tags != NULL)
            munmap(b->ram[n]->tags, tags_size(b->ram[n]));
        free(b->ram[n]);
    }
    free(b);
}

static bool overlaps(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
    return a < b + b_size && b < a + a_size;
}

static void check_free(struct bus *b, const char *name, uint64_t base, uint64_t size)
{
    for (size_t n = 0; n < b->ram_count; n++)
        if (overlaps(base, size, b->ram[n]->base, b->ram[n]->size))
            bug("bus: %s overlaps %s", name, b->ram[n]->name);
    for (size_t n = 0; n < b->mmio_count; n++)
        if (overlaps(base, size, b->mmio[n].base, b->mmio[n].size))
            bug("bus: %s overlaps %s", name, b->mmio[n].name);
}

/* Host memory that appears as it is touched. Larger regions do so in huge pages, which spare the host's TLB:
 * guests wander over more pages than it holds. */
static uint8_t *map_host(uint64_t size)
{
    bool huge = size >= HUGE_PAGE;
    uint64_t room = huge ? size + HUGE_PAGE : size;
    uint8_t *p = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    if (!huge)
        return p;
    uint64_t before = -(uint64_t)(uintptr_t)p & (HUGE_PAGE - 1);
    if (before != 0)
        munmap(p, before);
    if (before != HUGE_PAGE)
        munmap(p + before + size, HUGE_PAGE - before);
    madvise(p + before, size, MADV_HUGEPAGE); /* advice: a host without them is only slower */
    return p + before;
}

struct bus_ram *bus_add_ram(struct bus *b, const char *name, uint64_t base, uint64_t size, bool read_only)
{
    if (b->ram_count == MAX_RAM || ((base | size) & (PAGE_SIZE - 1)) || size == 0)
        bug("bus: bad RAM region %s", name);
    check_free(b, name, base, size);
    struct bus_ram *r = xcalloc(1, sizeof(*r));
    r->host = map_host(size);
    if (r->host == NULL)
        user_error("can't reserve %llu MiB of host memory for %s; try a smaller -m",
                   (unsigned long long)(size >> 20), name);
    r->page_flags = xcalloc(size / PAGE_SIZE, 1);
    r->base = base;
    r->size = size;
    r->read_only = read_only;
    r->name = name;
    b->ram[b->ram_count++] = r;
    return r;
}

void bus_add_mmio(struct bus *b, const char *name, uint64_t base, uint64_t size, const struct mmio_ops *ops,
                  void *opaque)
{
    if (b->mmio_count == MAX_MMIO)
        bug("bus: too many device regions");
    check_free(b, name, base, size);
    size_t n = b->mmio_count++;
    for (; n > 0 && b->mmio[n - 1].base > base; n--)
        b->mmio[n] = b->mmio[n - 1];
    b->mmio[n] = (struct bus_mmio){.base = base, .size = size, .ops = ops, .opaque = opaque, .name = name};
}

struct bus_ram *bus_find_ram(struct bus *b, uint64_t pa)
{
    struct bus_ram *r = b->last_ram;
    if (r != NULL && pa - r->base < r->size)
        return r;
    for (size_t n = 0; n < b->ram_count; n++)
        if (pa - b->ram[n]->base < b->ram[n]->size)
            return b->last_ram = b->ram[n];
    return NULL;
}

struct bus_ram *bus_ram_at(struct bus *b, size_t index)
{
    return index < b->ram_count ? b->ram[index] : NULL;
}

struct bus_device_access bus_last_device_access(const struct bus *b)
{
    return b->device_access;
}

static const struct bus_mmio *find_mmio(struct bus *b, uint64_t pa, unsigned size)
{
    size_t lo = 0, hi = b->mmio_count;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (pa - b->mmio[mid].base < b->mmio[mid].size)
            return pa - b->mmio[mid].base + size <= b->mmio[mid].size ? &b->mmio[mid] : NULL;
        if (b->mmio[mid].base > pa)
            hi = mid;
        else
            lo = mid + 1;
    }
    return NULL;
}

/* The device that answers an access, which is noted. */
static const struct bus_mmio *device_at(struct bus *b, uint64_t pa, unsigned size, bool write)
{
    const struct bus_mmio *m = find_mmio(b, pa, size);
    if (m != NULL)
        b->device_access =
            (struct bus_device_access){.pa = pa, .count = b->device_access.count + 1, .write = write};
    return m;
}

/* The RAM region that answers [pa, pa+len) for this PA space, or NULL. */
static struct bus_ram *ram_for(struct bus *b, uint64_t pa, size_t len, bool secure)
{
    struct bus_ram *r = bus_find_ram(b, pa);
    if (r == NULL || len > r->size || pa - r->base > r->size - len || (r->secure_only && !secure))
        return NULL;
    return r;
}

bool bus_read(struct bus *b, uint64_t pa, unsigned size, bool secure, uint64_t *value)
{
    *value = 0;
    struct bus_ram *r = ram_for(b, pa, size, secure);
    if (r != NULL) {
        memcpy(value, r->host + (pa - r->base), size);
        return true;
    }
    const struct bus_mmio *m = device_at(b, pa, size, false);
    if (m == NULL)
        return false;
    if (m->ops->read_attrs != NULL)
        return m->ops->read_attrs(m->opaque, pa - m->base, size, secure, value);
    return m->ops->read(m->opaque, pa - m->base, size, value);
}

/* ---- allocation tags ---- */

const uint8_t *bus_page_tags(const struct bus_ram *r, uint64_t page)
{
    return r->page_flags[page] & PAGE_HAS_TAGS ? r->tags + page * PAGE_TAG_BYTES : NULL;
}

unsigned bus_tag_read(const struct bus_ram *r, uint64_t pa)
{
    uint64_t granule = (pa - r->base) / TAG_GRANULE;
    if (!(r->page_flags[(pa - r->base) / PAGE_SIZE] & PAGE_HAS_TAGS))
        return 0;
    return r->tags[granule / 2] >> (granule % 2 * 4) & 15;
}

static void make_tags(struct bus_ram *r)
{
    if (r->tags != NULL)
        return;
    void *p =
        mmap(NULL, tags_size(r), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        user_error("can't reserve host memory for the allocation tags of %s; try -M mte=off", r->name);
    r->tags = p;
}

/* Host memory for tags appears page by page as they are stored, and not at all for tags of 0 where no other
 * was. */
void bus_tag_write(struct bus_ram *r, uint64_t pa, unsigned tag)
{
    uint64_t granule = (pa - r->base) / TAG_GRANULE;
    uint8_t *flags = &r->page_flags[(pa - r->base) / PAGE_SIZE];
    if (r->read_only || (tag == 0 && !(*flags & PAGE_HAS_TAGS)))
        return;
    make_tags(r);
    *flags |= PAGE_HAS_TAGS | PAGE_DIRTY;
    uint8_t *byte = &r->tags[granule / 2];
    unsigned shift = granule % 2 * 4;
    *byte = (uint8_t)((*byte & ~(15u << shift)) | tag << shift);
}

void bus_set_page_tags(struct bus_ram *r, uint64_t page, const uint8_t *tags)
{
    uint8_t *flags = &r->page_flags[page];
    if (r->read_only || (tags == NULL && !(*flags & PAGE_HAS_TAGS)))
        return;
    make_tags(r);
    *flags |= PAGE_HAS_TAGS | PAGE_DIRTY;
    if (tags != NULL)
        memcpy(r->tags + page * PAGE_TAG_BYTES, tags, PAGE_TAG_BYTES);
    else
        memset(r->tags + page * PAGE_TAG_BYTES, 0, PAGE_TAG_BYTES);
}

/* Notes that bytes of RAM are about to change. */
static void will_write(struct bus *b, struct bus_ram *r, uint64_t pa, size_t len)
{
    for (uint64_t page = (pa - r->base) / PAGE_SIZE; page <= (pa - r->base + len - 1) / PAGE_SIZE; page++) {
        r->page_flags[page] |= PAGE_DIRTY;
        if ((r->page_flags[page] & PAGE_HAS_CODE) && b->code_written != NULL)
            b->code_written(b->code_opaque, pa, len);
    }
}

bool bus_write(struct bus *b, uint64_t pa, unsigned size, bool secure, uint64_t value)
{
    struct bus_ram *r = ram_for(b, pa, size, secure);
    if (r != NULL) {
        if (!r->read_only) {
            will_write(b, r, pa, size);
            memcpy(r->host + (pa - r->base), &value, size);
        }
        return true;
    }
    const struct bus_mmio *m = device_at(b, pa, size, true);
    if (m == NULL)
        return false;
    if (m->ops->write_attrs != NULL)
        return m->ops->write_attrs(m->opaque, pa - m->base, size, secure, value);
    return m->ops->write(m->opaque, pa - m->base, size, value);
}

bool bus_dma_read(struct bus *b, uint64_t pa, void *buf, size_t len)
{
    struct bus_ram *r = ram_for(b, pa, len, false);
    if (r == NULL)
        return false;
    memcpy(buf, r->host + (pa - r->base), len);
    return true;
}

static bool dma_write(struct bus *b, uint64_t pa, const void *buf, size_t len, bool loading)
{
    struct bus_ram *r = ram_for(b, pa, len, loading);
    if (r == NULL || (r->read_only && !loading))
        return false;
    if (len != 0) {
        will_write(b, r, pa, len);
        memcpy(r->host + (pa - r->base), buf, len);
    }
    return true;
}

bool bus_dma_write(struct bus *b, uint64_t pa, const void *buf, size_t len)
{
    return dma_write(b, pa, buf, len, false);
}

bool bus_load(struct bus *b, uint64_t pa, const void *buf, size_t len)
{
    return dma_write(b, pa, buf, len, true);
}

void bus_clear(struct bus *b)
{
    static const uint8_t zeros[PAGE_SIZE];
    for (size_t n = 0; n < b->ram_count; n++) {
        struct bus_ram *r = b->ram[n];
        for (uint64_t page = 0; page < r->size / PAGE_SIZE; page++) {
            if (!(r->page_flags[page] & (PAGE_DIRTY | PAGE_KEPT))) /* never written */
                continue;
            bus_load(b, r->base + page * PAGE_SIZE, zeros, PAGE_SIZE);
            bus_set_page_tags(r, page, NULL);
        }
    }
}

void bus_set_code_listener(struct bus *b, void (*fn)(void *opaque, uint64_t pa, size_t len), void *opaque)
{
    b->code_written = fn;
    b->code_opaque = opaque;
}

bool bus_cas64(struct bus *b, uint64_t pa, bool secure, uint64_t expected, uint64_t desired, bool *swapped)
{
    struct bus_ram *r = ram_for(b, pa, 8, secure);
    if (r == NULL || r->read_only)
        return false;
    uint64_t now;
    memcpy(&now, r->host + (pa - r->base), 8);
    *swapped = now == expected;
    if (*swapped) {
        will_write(b, r, pa, 8);
        memcpy(r->host + (pa - r->base), &desired, 8);
    }
    return true;
}
