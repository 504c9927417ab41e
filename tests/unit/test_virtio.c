/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The virtio MMIO transport, split virtqueues and the three devices, driven the way a driver would
 * (virtio 1.2), then with rings no driver would make: every mistake must end in DEVICE_NEEDS_RESET, not in a
 * crash or an endless loop.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bus/bus.h"
#include "dev/virtio_blk.h"
#include "dev/virtio_console.h"
#include "dev/virtio_mmio.h"
#include "dev/virtio_rng.h"
#include "tests/unit/run.h"

#define RAM UINT64_C(0x40000000)
#define DESC (RAM + 0x1000)
#define AVAIL (RAM + 0x2000)
#define USED (RAM + 0x3000)
#define TABLE (RAM + 0x4000)
#define BUF (RAM + 0x10000)
enum { RAM_SIZE = 0x100000, QSIZE = 8 };
enum { F_NEXT = 1, F_WRITE = 2, F_INDIRECT = 4 };
enum { STATUS = 0x70, NOTIFY = 0x50, ISR = 0x60, ACK = 0x64, CONFIG = 0x100 };

struct fixture {
    struct bus *bus;
    struct virtio_mmio *m;
    int level;
    uint16_t avail;
    char path[64];
    char out[64];
    size_t out_len;
};

static void line(void *opaque, int n, int level)
{
    (void)n;
    ((struct fixture *)opaque)->level = level;
}

static uint32_t rd(struct fixture *f, uint64_t reg)
{
    uint64_t v;
    ck_assert(virtio_mmio_ops.read(f->m, reg, 4, &v));
    return (uint32_t)v;
}

static void wr(struct fixture *f, uint64_t reg, uint32_t v)
{
    ck_assert(virtio_mmio_ops.write(f->m, reg, 4, v));
}

static void put(struct fixture *f, uint64_t pa, const void *v, size_t len)
{
    ck_assert(bus_dma_write(f->bus, pa, v, len));
}

static uint32_t get(struct fixture *f, uint64_t pa, size_t len)
{
    uint32_t v = 0;
    ck_assert(bus_dma_read(f->bus, pa, &v, len));
    return v;
}

static void desc_at(struct fixture *f, uint64_t table, unsigned n, uint64_t addr, uint32_t len,
                    uint16_t flags, uint16_t next)
{
    put(f, table + 16 * n, &addr, 8);
    put(f, table + 16 * n + 8, &len, 4);
    put(f, table + 16 * n + 12, &flags, 2);
    put(f, table + 16 * n + 14, &next, 2);
}

static void desc(struct fixture *f, unsigned n, uint64_t addr, uint32_t len, uint16_t flags, uint16_t next)
{
    desc_at(f, DESC, n, addr, len, flags, next);
}

static void offer(struct fixture *f, uint16_t head)
{
    put(f, AVAIL + 4 + 2 * (f->avail % QSIZE), &head, 2);
    f->avail++;
    put(f, AVAIL + 2, &f->avail, 2);
}

static void setup_queue(struct fixture *f, unsigned q, uint32_t size)
{
    wr(f, 0x30, q);
    wr(f, 0x38, size);
    wr(f, 0x80, (uint32_t)DESC);
    wr(f, 0x84, 0);
    wr(f, 0x90, (uint32_t)AVAIL);
    wr(f, 0x94, 0);
    wr(f, 0xa0, (uint32_t)USED);
    wr(f, 0xa4, 0);
    wr(f, 0x44, 1);
}

/* Initialisation as in section 3.1.1, with the given low feature bits. */
static void drive(struct fixture *f, unsigned q, uint32_t size, uint32_t features_low)
{
    static const uint8_t zeros[0x5000];
    wr(f, STATUS, 0);
    f->avail = 0;
    put(f, DESC, zeros, sizeof(zeros));
    wr(f, STATUS, 1);
    wr(f, STATUS, 3);
    wr(f, 0x24, 0);
    wr(f, 0x20, features_low);
    wr(f, 0x24, 1);
    wr(f, 0x20, 1); /* VERSION_1 */
    wr(f, STATUS, 11);
    ck_assert_uint_eq(rd(f, STATUS), 11);
    setup_queue(f, q, size);
    wr(f, STATUS, 15);
}

static void start(struct fixture *f)
{
    memset(f, 0, sizeof(*f));
    f->bus = bus_create();
    bus_add_ram(f->bus, "RAM", RAM, RAM_SIZE, false);
    f->m = virtio_mmio_create((struct irq_line){line, f, 0});
}

static void stop(struct fixture *f)
{
    virtio_mmio_destroy(f->m);
    bus_destroy(f->bus);
    if (f->path[0] != 0)
        unlink(f->path);
}

static void start_rng(struct fixture *f)
{
    start(f);
    virtio_mmio_plug(f->m, virtio_rng_create(f->bus, 1));
}

/* A drive of 20 sectors, each filled with its number. */
static void start_blk(struct fixture *f, bool read_only, bool persistent)
{
    uint8_t sector[512];
    start(f);
    snprintf(f->path, sizeof(f->path), "/tmp/el2sim-test-virtio-XXXXXX");
    int fd = mkstemp(f->path);
    ck_assert_int_ge(fd, 0);
    for (unsigned n = 0; n < 20; n++) {
        memset(sector, (int)n, sizeof(sector));
        ck_assert_int_eq(write(fd, sector, sizeof(sector)), sizeof(sector));
    }
    close(fd);
    const struct virtio_blk_config cfg = {f->path, "disk0", read_only, persistent};
    virtio_mmio_plug(f->m, virtio_blk_create(f->bus, &cfg));
}

START_TEST(empty_slot)
{
    struct fixture f;
    start(&f);
    ck_assert_uint_eq(rd(&f, 0), 0x74726976);
    ck_assert_uint_eq(rd(&f, 4), 2);
    ck_assert_uint_eq(rd(&f, 8), 0);
    for (uint64_t reg = 0; reg < 0x200; reg++)
        for (unsigned size = 1; size <= 8 && reg + size <= 0x200; size *= 2) {
            uint64_t v;
            ck_assert(virtio_mmio_ops.write(f.m, reg, size, UINT64_MAX));
            ck_assert(virtio_mmio_ops.read(f.m, reg, size, &v));
        }
    stop(&f);
}
END_TEST

START_TEST(negotiation)
{
    struct fixture f;
    start_rng(&f);
    ck_assert_uint_eq(rd(&f, 8), 4);
    wr(&f, 0x14, 1);
    ck_assert_uint_eq(rd(&f, 0x10), 1);
    wr(&f, 0x14, 2);
    ck_assert_uint_eq(rd(&f, 0x10), 0);
    /* Without VERSION_1, or with a bit that was not offered, FEATURES_OK doesn't stick. */
    wr(&f, STATUS, 3);
    wr(&f, STATUS, 11);
    ck_assert_uint_eq(rd(&f, STATUS), 3);
    wr(&f, 0x24, 1);
    wr(&f, 0x20, 1 | 1u << 20);
    wr(&f, STATUS, 11);
    ck_assert_uint_eq(rd(&f, STATUS), 3);
    wr(&f, 0x20, 1);
    wr(&f, STATUS, 11);
    ck_assert_uint_eq(rd(&f, STATUS), 11);
    wr(&f, 0x30, 1);
    ck_assert_uint_eq(rd(&f, 0x34), 0); /* there is no queue 1 */
    wr(&f, 0x30, 0);
    ck_assert_uint_ge(rd(&f, 0x34), QSIZE);
    stop(&f);
}
END_TEST

START_TEST(rng_fills_buffers)
{
    struct fixture f;
    uint8_t first[16], second[16];
    start_rng(&f);
    for (int run = 0; run < 2; run++) {
        drive(&f, 0, QSIZE, 0);
        desc(&f, 0, BUF, 16, F_WRITE, 0);
        offer(&f, 0);
        wr(&f, NOTIFY, 0);
        ck_assert_uint_eq(get(&f, USED + 2, 2), 1);
        ck_assert_uint_eq(get(&f, USED + 4, 4), 0);
        ck_assert_uint_eq(get(&f, USED + 8, 4), 16);
        ck_assert_uint_eq(rd(&f, ISR), 1);
        ck_assert_int_eq(f.level, 1);
        wr(&f, ACK, 1);
        ck_assert_int_eq(f.level, 0);
        bus_dma_read(f.bus, BUF, run == 0 ? first : second, 16);
    }
    ck_assert_mem_ne(first, second, 16);
    stop(&f);
}
END_TEST

START_TEST(interrupt_suppression)
{
    struct fixture f;
    uint16_t v = 1;
    start_rng(&f);
    drive(&f, 0, QSIZE, 0);
    put(&f, AVAIL, &v, 2); /* VIRTQ_AVAIL_F_NO_INTERRUPT */
    desc(&f, 0, BUF, 4, F_WRITE, 0);
    offer(&f, 0);
    wr(&f, NOTIFY, 0);
    ck_assert_uint_eq(get(&f, USED + 2, 2), 1);
    ck_assert_int_eq(f.level, 0);
    /* EVENT_IDX: an interrupt when entry used_event is filled. */
    drive(&f, 0, QSIZE, 1u << 29);
    v = 1;
    put(&f, AVAIL + 4 + 2 * QSIZE, &v, 2);
    desc(&f, 0, BUF, 4, F_WRITE, 0);
    offer(&f, 0);
    wr(&f, NOTIFY, 0);
    ck_assert_int_eq(f.level, 0);
    offer(&f, 0);
    wr(&f, NOTIFY, 0);
    ck_assert_int_eq(f.level, 1);
    ck_assert_uint_eq(get(&f, USED + 4 + 8 * QSIZE, 2), 2); /* avail_event */
    stop(&f);
}
END_TEST

/* One block request through a chain header, data, status. Returns the status byte. */
static unsigned request(struct fixture *f, uint32_t type, uint64_t sector, uint32_t len, bool to_device)
{
    uint32_t head[2] = {type, 0};
    uint8_t poison = 0xee;
    put(f, BUF, head, 8);
    put(f, BUF + 8, &sector, 8);
    put(f, BUF + 0x100, &poison, 1);
    desc(f, 0, BUF, 16, F_NEXT, 1);
    desc(f, 1, BUF + 0x1000, len, (uint16_t)(F_NEXT | (to_device ? 0 : F_WRITE)), 2);
    desc(f, 2, BUF + 0x100, 1, F_WRITE, 0);
    offer(f, 0);
    wr(f, NOTIFY, 0);
    return get(f, BUF + 0x100, 1);
}

START_TEST(blk_reads_and_writes)
{
    struct fixture f;
    uint8_t data[1024];
    start_blk(&f, false, false);
    ck_assert_uint_eq(rd(&f, 8), 2);
    ck_assert_uint_eq(rd(&f, CONFIG), 20);
    ck_assert_uint_eq(rd(&f, CONFIG + 20), 512);
    drive(&f, 0, QSIZE, 0);
    ck_assert_uint_eq(request(&f, 0, 7, 1024, false), 0);
    bus_dma_read(f.bus, BUF + 0x1000, data, sizeof(data));
    ck_assert_uint_eq(data[0], 7);
    ck_assert_uint_eq(data[1023], 8);
    ck_assert_uint_eq(get(&f, USED + 8, 4), 1025);
    memset(data, 0x55, sizeof(data));
    put(&f, BUF + 0x1000, data, sizeof(data));
    ck_assert_uint_eq(request(&f, 1, 7, 1024, true), 0); /* crosses a 4 KB block */
    ck_assert_uint_eq(request(&f, 4, 0, 0, true), 0);
    ck_assert_uint_eq(request(&f, 0, 6, 2048, false), 0);
    ck_assert_uint_eq(get(&f, BUF + 0x1000, 1), 6);
    ck_assert_uint_eq(get(&f, BUF + 0x1200, 1), 0x55);
    ck_assert_uint_eq(get(&f, BUF + 0x1400, 1), 0x55);
    ck_assert_uint_eq(get(&f, BUF + 0x1600, 1), 9);
    /* The file is untouched. */
    FILE *file = fopen(f.path, "rb");
    fseek(file, 7 * 512, SEEK_SET);
    ck_assert_int_eq(fgetc(file), 7);
    fclose(file);
    /* Identity, unknown request, beyond the end, odd length. */
    ck_assert_uint_eq(request(&f, 8, 0, 20, false), 0);
    bus_dma_read(f.bus, BUF + 0x1000, data, 20);
    ck_assert_str_eq((char *)data, "disk0");
    ck_assert_uint_eq(request(&f, 77, 0, 512, false), 2);
    ck_assert_uint_eq(request(&f, 0, 20, 512, false), 1);
    ck_assert_uint_eq(request(&f, 0, 19, 1024, false), 1);
    ck_assert_uint_eq(request(&f, 0, UINT64_MAX, 512, false), 1);
    ck_assert_uint_eq(request(&f, 0, UINT64_MAX / 512, 512, false), 1);
    ck_assert_uint_eq(request(&f, 0, 0, 100, false), 1);
    ck_assert_uint_eq(rd(&f, STATUS), 15);
    stop(&f);
}
END_TEST

START_TEST(blk_modes)
{
    struct fixture f;
    uint8_t data[512];
    memset(data, 0x77, sizeof(data));
    start_blk(&f, true, false);
    wr(&f, 0x14, 0);
    ck_assert_uint_eq(rd(&f, 0x10) & 1 << 5, 1 << 5);
    drive(&f, 0, QSIZE, 1 << 5);
    put(&f, BUF + 0x1000, data, sizeof(data));
    ck_assert_uint_eq(request(&f, 1, 0, 512, true), 1);
    stop(&f);
    start_blk(&f, false, true);
    drive(&f, 0, QSIZE, 0);
    put(&f, BUF + 0x1000, data, sizeof(data));
    ck_assert_uint_eq(request(&f, 1, 3, 512, true), 0);
    ck_assert_uint_eq(request(&f, 4, 0, 0, true), 0);
    FILE *file = fopen(f.path, "rb");
    fseek(file, 3 * 512, SEEK_SET);
    ck_assert_int_eq(fgetc(file), 0x77);
    fclose(file);
    stop(&f);
}
END_TEST

START_TEST(indirect_descriptors)
{
    struct fixture f;
    uint32_t head[4] = {0, 0, 5, 0};
    start_blk(&f, false, false);
    drive(&f, 0, QSIZE, 1u << 28);
    put(&f, BUF, head, 16);
    desc_at(&f, TABLE, 0, BUF, 16, F_NEXT, 2);
    desc_at(&f, TABLE, 2, BUF + 0x1000, 512, F_NEXT | F_WRITE, 1);
    desc_at(&f, TABLE, 1, BUF + 0x100, 1, F_WRITE, 0);
    desc(&f, 4, TABLE, 48, F_INDIRECT, 0);
    offer(&f, 4);
    wr(&f, NOTIFY, 0);
    ck_assert_uint_eq(get(&f, BUF + 0x1000, 1), 5);
    ck_assert_uint_eq(get(&f, USED + 4, 4), 4);
    stop(&f);
}
END_TEST

static void console_out(void *opaque, uint8_t byte)
{
    struct fixture *f = opaque;
    if (f->out_len < sizeof(f->out))
        f->out[f->out_len++] = (char)byte;
}

START_TEST(console)
{
    struct fixture f;
    start(&f);
    struct virtio_dev *d = virtio_console_create(f.bus);
    virtio_console_connect(d, console_out, &f);
    virtio_mmio_plug(f.m, d);
    drive(&f, 1, QSIZE, 0);
    put(&f, BUF, "hello", 5);
    desc(&f, 0, BUF, 2, F_NEXT, 1);
    desc(&f, 1, BUF + 2, 3, 0, 0);
    offer(&f, 0);
    wr(&f, NOTIFY, 1);
    ck_assert_uint_eq(f.out_len, 5);
    ck_assert_mem_eq(f.out, "hello", 5);
    drive(&f, 0, QSIZE, 0);
    ck_assert_uint_eq(virtio_console_room(d), 0);
    virtio_console_receive(d, 'z'); /* lost: no buffer */
    desc(&f, 0, BUF, 64, F_WRITE, 0);
    offer(&f, 0);
    ck_assert_uint_eq(virtio_console_room(d), 1);
    virtio_console_receive(d, 'a');
    ck_assert_uint_eq(get(&f, BUF, 1), 'a');
    ck_assert_uint_eq(get(&f, USED + 8, 4), 1);
    ck_assert_uint_eq(virtio_console_room(d), 0);
    stop(&f);
}
END_TEST

static void expect_broken(struct fixture *f)
{
    wr(f, NOTIFY, 0);
    ck_assert_uint_eq(rd(f, STATUS), 15 | 64);
    ck_assert_uint_eq(rd(f, ISR) & 2, 2);
    wr(f, NOTIFY, 0); /* nothing more happens */
    wr(f, STATUS, 0);
    ck_assert_uint_eq(rd(f, STATUS), 0);
    ck_assert_int_eq(f->level, 0);
}

START_TEST(bad_rings)
{
    struct fixture f;
    uint16_t v;
    start_blk(&f, false, false);
    drive(&f, 0, QSIZE, 0); /* chain that is a loop */
    desc(&f, 0, BUF, 16, F_NEXT, 1);
    desc(&f, 1, BUF, 16, F_NEXT, 0);
    offer(&f, 0);
    expect_broken(&f);
    drive(&f, 0, QSIZE, 0); /* next outside the table */
    desc(&f, 0, BUF, 16, F_NEXT, QSIZE);
    offer(&f, 0);
    expect_broken(&f);
    drive(&f, 0, QSIZE, 0); /* head outside the table */
    offer(&f, 0xffff);
    expect_broken(&f);
    drive(&f, 0, QSIZE, 0); /* available index too far ahead */
    v = QSIZE + 1;
    put(&f, AVAIL + 2, &v, 2);
    expect_broken(&f);
    drive(&f, 0, QSIZE, 0); /* buffer outside RAM */
    desc(&f, 0, 0x1000, 16, F_NEXT, 1);
    desc(&f, 1, BUF, 1, F_WRITE, 0);
    offer(&f, 0);
    expect_broken(&f);
    drive(&f, 0, QSIZE, 0); /* buffer that wraps around the address space */
    desc(&f, 0, UINT64_MAX - 7, 16, F_NEXT, 1);
    desc(&f, 1, BUF, 1, F_WRITE, 0);
    offer(&f, 0);
    expect_broken(&f);
    drive(&f, 0, QSIZE, 0); /* readable after writable */
    desc(&f, 0, BUF, 16, F_NEXT | F_WRITE, 1);
    desc(&f, 1, BUF, 16, 0, 0);
    offer(&f, 0);
    expect_broken(&f);
    drive(&f, 0, QSIZE, 0); /* request without status */
    desc(&f, 0, BUF, 16, 0, 0);
    offer(&f, 0);
    expect_broken(&f);
    drive(&f, 0, QSIZE, 0); /* indirect, not negotiated */
    desc(&f, 0, TABLE, 16, F_INDIRECT, 0);
    offer(&f, 0);
    expect_broken(&f);
    stop(&f);
}
END_TEST

START_TEST(bad_indirect)
{
    struct fixture f;
    start_blk(&f, false, false);
    drive(&f, 0, QSIZE, 1u << 28); /* indirect in indirect */
    desc_at(&f, TABLE, 0, TABLE, 16, F_INDIRECT, 0);
    desc(&f, 0, TABLE, 16, F_INDIRECT, 0);
    offer(&f, 0);
    expect_broken(&f);
    drive(&f, 0, QSIZE, 1u << 28); /* odd size */
    desc(&f, 0, TABLE, 17, F_INDIRECT, 0);
    offer(&f, 0);
    expect_broken(&f);
    drive(&f, 0, QSIZE, 1u << 28); /* endless chain in a huge table */
    desc_at(&f, TABLE, 0, BUF, 16, F_NEXT, 0);
    desc(&f, 0, TABLE, 16 * 65536, F_INDIRECT, 0);
    offer(&f, 0);
    expect_broken(&f);
    stop(&f);
}
END_TEST

START_TEST(bad_queues)
{
    struct fixture f;
    start_rng(&f);
    drive(&f, 0, 7, 0); /* no power of 2 */
    expect_broken(&f);
    drive(&f, 0, 0x10000, 0);
    expect_broken(&f);
    drive(&f, 0, 0, 0);
    expect_broken(&f);
    drive(&f, 0, QSIZE, 0);
    wr(&f, 0x44, 0);
    wr(&f, 0x80, (uint32_t)DESC + 8); /* not aligned */
    wr(&f, 0x90, (uint32_t)AVAIL);
    wr(&f, 0xa0, (uint32_t)USED);
    wr(&f, 0x44, 1);
    expect_broken(&f);
    drive(&f, 0, QSIZE, 0);
    wr(&f, 0x44, 0);
    wr(&f, 0x84, 0xffffffff); /* not in RAM */
    wr(&f, 0x44, 1);
    wr(&f, NOTIFY, 0);
    drive(&f, 0, QSIZE, 0);
    wr(&f, NOTIFY, 5); /* no such queue: ignored */
    ck_assert_uint_eq(rd(&f, STATUS), 15);
    stop(&f);
}
END_TEST

/* Rings of random bytes: whatever happens, it ends. */
START_TEST(random_rings)
{
    struct fixture f;
    uint64_t seed = 12345;
    start_blk(&f, false, false);
    for (int run = 0; run < 3000; run++) {
        drive(&f, 0, QSIZE, 3u << 28);
        for (unsigned n = 0; n < QSIZE; n++) {
            seed = seed * 6364136223846793005 + 1442695040888963407;
            uint64_t addr = (seed >> 60) == 0 ? seed : DESC + (seed >> 40 & 0x3fff);
            uint32_t len = (seed >> 20 & 3) == 0 ? (uint32_t)seed : (uint32_t)(seed >> 8 & 0x3ff);
            desc(&f, n, addr, len, (uint16_t)(seed >> 33 & 7), (uint16_t)(seed >> 50 & 7));
            offer(&f, (uint16_t)(seed >> 57 & 7));
        }
        wr(&f, NOTIFY, 0);
    }
    stop(&f);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("virtio");
    TCase *t = tcase_create("virtio");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, empty_slot);
    tcase_add_test(t, negotiation);
    tcase_add_test(t, rng_fills_buffers);
    tcase_add_test(t, interrupt_suppression);
    tcase_add_test(t, blk_reads_and_writes);
    tcase_add_test(t, blk_modes);
    tcase_add_test(t, indirect_descriptors);
    tcase_add_test(t, console);
    tcase_add_test(t, bad_rings);
    tcase_add_test(t, bad_indirect);
    tcase_add_test(t, bad_queues);
    tcase_add_test(t, random_rings);
    suite_add_tcase(s, t);
    return suite_run(s);
}
