/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Fuzz: virtio devices behind their MMIO transport. The device is set up as drivers do; then the input's
 * operations write registers, descriptors, rings and indirect tables at will. Nothing may reach memory
 * outside RAM, hang or crash.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/log.h"
#include "dev/virtio_blk.h"
#include "dev/virtio_console.h"
#include "dev/virtio_mmio.h"
#include "dev/virtio_rng.h"
#include "tests/fuzz/fuzz.h"

#define RAM UINT64_C(0x40000000)
#define DESC (RAM + 0x1000)
#define AVAIL (RAM + 0x2000)
#define USED (RAM + 0x3000)
enum { RAM_SIZE = 0x40000, QSIZE = 16 };
enum { RNG, CONSOLE, BLK, DEVICES };

static void wire(void *opaque, int n, int level)
{
    (void)opaque;
    (void)n;
    (void)level;
}

static void out(void *opaque, uint8_t byte)
{
    (void)opaque;
    (void)byte;
}

static void wr(struct virtio_mmio *m, uint64_t reg, uint32_t v)
{
    virtio_mmio_ops.write(m, reg, 4, v);
}

static struct virtio_dev *make_device(struct bus *bus, unsigned kind, const char *disk, bool read_only)
{
    const struct virtio_blk_config cfg = {.path = disk, .serial = "fuzz", .read_only = read_only};
    struct virtio_dev *d;
    switch (kind) {
    case RNG:
        return virtio_rng_create(bus, 1);
    case CONSOLE:
        d = virtio_console_create(bus);
        virtio_console_connect(d, out, NULL);
        return d;
    default:
        return virtio_blk_create(bus, &cfg);
    }
}

static void set_up(struct virtio_mmio *m, unsigned queues, uint32_t features_low)
{
    static const uint32_t status[] = {0, 1, 3};
    for (unsigned n = 0; n < 3; n++)
        wr(m, 0x70, status[n]);
    wr(m, 0x24, 0);
    wr(m, 0x20, features_low);
    wr(m, 0x24, 1);
    wr(m, 0x20, 1);
    wr(m, 0x70, 11);
    for (unsigned q = 0; q < queues; q++) {
        wr(m, 0x30, q);
        wr(m, 0x38, QSIZE);
        wr(m, 0x80, (uint32_t)DESC + q * 0x4000);
        wr(m, 0x90, (uint32_t)AVAIL + q * 0x4000);
        wr(m, 0xa0, (uint32_t)USED + q * 0x4000);
        wr(m, 0x44, 1);
    }
    wr(m, 0x70, 15);
}

static void put_descriptor(struct bus *bus, struct fuzz_input *in, uint64_t table)
{
    uint64_t n = take(in, 1) % QSIZE, where = take(in, 2), len = take(in, 2);
    uint64_t addr = (len & 0x8000) != 0 ? take(in, 8) : RAM + where * 4;
    uint32_t length = (uint32_t)((len & 0x4000) != 0 ? take(in, 4) : len & 0x3fff);
    uint16_t flags = (uint16_t)take(in, 1) & 7, next = (uint16_t)take(in, 1) % (QSIZE + 1);
    bus_dma_write(bus, table + 16 * n, &addr, 8);
    bus_dma_write(bus, table + 16 * n + 8, &length, 4);
    bus_dma_write(bus, table + 16 * n + 12, &flags, 2);
    bus_dma_write(bus, table + 16 * n + 14, &next, 2);
}

static void operate(struct bus *bus, struct virtio_mmio *m, struct fuzz_input *in, uint16_t *avail)
{
    uint64_t op = take(in, 1), q = op >> 4 & 1, v;
    uint16_t head;
    switch (op & 7) {
    case 0:
        wr(m, take(in, 1) * 4, (uint32_t)take(in, 4));
        break;
    case 1:
        virtio_mmio_ops.read(m, take(in, 2) % 0x200, 1u << take(in, 1) % 4, &v);
        break;
    case 2:
        put_descriptor(bus, in, DESC + q * 0x4000);
        break;
    case 3: /* an indirect table */
        put_descriptor(bus, in, RAM + 4 * (take(in, 1) << 8));
        break;
    case 4: /* offer and notify */
        head = (uint16_t)take(in, 1) % (QSIZE + 1);
        bus_dma_write(bus, AVAIL + q * 0x4000 + 4 + 2 * (avail[q] % QSIZE), &head, 2);
        avail[q]++;
        bus_dma_write(bus, AVAIL + q * 0x4000 + 2, &avail[q], 2);
        wr(m, 0x50, (uint32_t)q);
        break;
    case 5: /* memory */
        v = take(in, 8);
        bus_dma_write(bus, RAM + take(in, 2) * 4, &v, 8);
        break;
    case 6:
        if (virtio_mmio_device(m)->type->device_id == 3)
            virtio_console_receive(virtio_mmio_device(m), (uint8_t)op);
        break;
    default:
        wr(m, 0x50, (uint32_t)take(in, 1));
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = {data, size};
    uint64_t kind = take(&in, 1), features = take(&in, 4);
    uint16_t avail[2] = {0, 0};
    char disk[] = "/tmp/el2sim-fuzz-XXXXXX";
    int fd = kind % DEVICES == BLK ? mkstemp(disk) : -1;
    if (fd >= 0 && ftruncate(fd, 65536) != 0)
        abort();
    struct bus *bus = bus_create();
    bus_add_ram(bus, "ram", RAM, RAM_SIZE, false);
    struct virtio_mmio *m = virtio_mmio_create((struct irq_line){wire, NULL, 0});
    virtio_mmio_plug(m, make_device(bus, kind % DEVICES, disk, (kind & 64) != 0));
    set_up(m, kind % DEVICES == CONSOLE ? 2 : 1, (uint32_t)features);
    while (in.left > 0)
        operate(bus, m, &in, avail);
    virtio_mmio_destroy(m);
    bus_destroy(bus);
    if (fd >= 0) {
        close(fd);
        unlink(disk);
    }
    return 0;
}
