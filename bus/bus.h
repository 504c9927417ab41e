/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The physical address map: RAM and ROM regions backed by host memory, and memory-mapped devices.
 * A CPU, the page-table walker, the GIC's tables and DMA all come through here. An address that nothing
 * answers is a synchronous External abort for a CPU (bus functions return false).
 */
#ifndef EL2SIM_BUS_BUS_H
#define EL2SIM_BUS_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Per-4KB-page flags of a RAM region, kept for the CPU (see cpu/codepage.c). */
enum {
    PAGE_HAS_CODE = 1,     /* decoded instructions exist: stores must take the slow path */
    PAGE_WRITE_CACHED = 2, /* some host TLB bank may hold a write entry for this page */
    PAGE_DIRTY = 4, /* written since the start or the latest checkpoint (sim/travel.c): only then may the fast
                       path write */
    PAGE_KEPT = 16, /* written before PAGE_DIRTY was cleared for a checkpoint */
    PAGE_HAS_TAGS = 8, /* an allocation tag other than 0 was stored */
};

/* FEAT_MTE: each granule of RAM has an allocation tag of 4 bits. */
#define TAG_GRANULE UINT64_C(16)
/* Bytes of tags of a 4 KB page, lower granule in the lower half of a byte. */
enum { PAGE_TAG_BYTES = 4096 / 16 / 2 };

struct bus_ram {
    uint64_t base, size;
    uint8_t *host;       /* page-aligned */
    uint8_t *page_flags; /* one byte per 4 KB page */
    uint8_t *tags;       /* PAGE_TAG_BYTES per page; NULL until a tag other than 0 is stored */
    bool read_only;      /* guest stores are ignored (ROM) */
    bool secure_only;    /* answers only Secure accesses */
    const char *name;
};

/* A device's registers. size is 1, 2, 4 or 8; offset is relative to the region. read returns the value in the
 * low bits. Return false from either for an access the device answers with an error (External abort). */
struct mmio_ops {
    bool (*read)(void *opaque, uint64_t offset, unsigned size, uint64_t *value);
    bool (*write)(void *opaque, uint64_t offset, unsigned size, uint64_t value);
    /* A device that tells Secure from Non-secure accesses (the GIC) gives these two instead. */
    bool (*read_attrs)(void *opaque, uint64_t offset, unsigned size, bool secure, uint64_t *value);
    bool (*write_attrs)(void *opaque, uint64_t offset, unsigned size, bool secure, uint64_t value);
};

struct bus_mmio {
    uint64_t base, size;
    const struct mmio_ops *ops;
    void *opaque;
    const char *name;
};

/* The latest access to a device, for whoever holds two machines against each other. */
struct bus_device_access {
    uint64_t pa, count; /* count: of all accesses so far */
    bool write;
};

struct bus;
struct bus *bus_create(void);
void bus_destroy(struct bus *b);

/* Adds zeroed RAM (or ROM, for the guest). base and size are multiples of 4096. The host memory is mapped
 * lazily, so a large size costs nothing until touched. Overlap with an existing region is a bug(). */
struct bus_ram *bus_add_ram(struct bus *b, const char *name, uint64_t base, uint64_t size, bool read_only);
void bus_add_mmio(struct bus *b, const char *name, uint64_t base, uint64_t size, const struct mmio_ops *ops,
                  void *opaque);

/* The RAM region that contains pa, or NULL. */
struct bus_ram *bus_find_ram(struct bus *b, uint64_t pa);
/* Regions in the order they were added; NULL past the end. For digests, snapshots and the device tree. */
struct bus_ram *bus_ram_at(struct bus *b, size_t index);

/* One access of 1, 2, 4, 8 bytes (RAM also 16: see bus_copy), little-endian; `secure` is the PA space.
 * False: nothing there, or the device refused. */
bool bus_read(struct bus *b, uint64_t pa, unsigned size, bool secure, uint64_t *value);
bool bus_write(struct bus *b, uint64_t pa, unsigned size, bool secure, uint64_t value);
struct bus_device_access bus_last_device_access(const struct bus *b);

/* The allocation tag of pa's granule, in region r. Read-only regions have none: theirs read as 0. Devices and
 * DMA know nothing of tags. */
unsigned bus_tag_read(const struct bus_ram *r, uint64_t pa);
void bus_tag_write(struct bus_ram *r, uint64_t pa, unsigned tag);
/* The tags of page `page` of r (PAGE_TAG_BYTES), or NULL if all are 0 for certain. For digests and snapshots.
 */
const uint8_t *bus_page_tags(const struct bus_ram *r, uint64_t page);

/* Sets them all; NULL: to 0. */
void bus_set_page_tags(struct bus_ram *r, uint64_t page, const uint8_t *tags);

/* All RAM and ROM becomes zero, and so do all tags. */
void bus_clear(struct bus *b);
/* DMA and loaders: bytes to/from RAM only; false (and nothing done) unless the whole range is RAM of one
 * region. Writes tell the code cache (bus_set_code_listener). bus_load also writes read-only regions. */
bool bus_dma_read(struct bus *b, uint64_t pa, void *buf, size_t len);
bool bus_dma_write(struct bus *b, uint64_t pa, const void *buf, size_t len);
bool bus_load(struct bus *b, uint64_t pa, const void *buf, size_t len);

/* fn is called before bytes of a page with PAGE_HAS_CODE change by DMA. */
void bus_set_code_listener(struct bus *b, void (*fn)(void *opaque, uint64_t pa, size_t len), void *opaque);

/* Atomic compare-and-swap of an 8-byte aligned descriptor in RAM, for hardware update of AF and dirty state.
 * False: not RAM or read-only. *swapped says whether memory held `expected`. */
bool bus_cas64(struct bus *b, uint64_t pa, bool secure, uint64_t expected, uint64_t desired, bool *swapped);

#endif
