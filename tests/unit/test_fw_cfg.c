/* SPDX-License-Identifier: BSD-2-Clause
 *
 * fw_cfg as its specification describes it: signature, identification, file directory, DMA.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "bus/bus.h"
#include "dev/fw_cfg.h"
#include "tests/unit/run.h"

#define RAM UINT64_C(0x40000000)
enum { DATA = 0, SELECTOR = 8, DMA = 16 };

static void select_key(struct fw_cfg *f, uint16_t key)
{
    /* The register is big-endian; the guest stores the swapped number. */
    ck_assert(fw_cfg_ops.write(f, SELECTOR, 2, __builtin_bswap16(key)));
}

static void read_bytes(struct fw_cfg *f, void *buf, size_t len)
{
    uint8_t *p = buf;
    for (size_t n = 0; n < len; n++) {
        uint64_t v;
        ck_assert(fw_cfg_ops.read(f, DATA, 1, &v));
        p[n] = (uint8_t)v;
    }
}

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

START_TEST(signature_and_id)
{
    struct bus *b = bus_create();
    struct fw_cfg *f = fw_cfg_create(b);
    uint8_t buf[8];
    uint64_t v;
    select_key(f, 0);
    read_bytes(f, buf, 6);
    ck_assert_mem_eq(buf, "QEMU\0\0", 6); /* zeros behind the end */
    select_key(f, 1);
    read_bytes(f, buf, 4);
    ck_assert_mem_eq(buf, "\3\0\0\0", 4);
    /* Wide reads see consecutive bytes in memory order. */
    select_key(f, 0);
    ck_assert(fw_cfg_ops.read(f, DATA, 4, &v));
    ck_assert_mem_eq(&v, "QEMU", 4);
    ck_assert(fw_cfg_ops.read(f, DMA, 8, &v));
    ck_assert_mem_eq(&v, "QEMU CFG", 8);
    fw_cfg_destroy(f);
    bus_destroy(b);
}
END_TEST

START_TEST(directory)
{
    struct bus *b = bus_create();
    struct fw_cfg *f = fw_cfg_create(b);
    uint8_t dir[4 + 2 * 64];
    fw_cfg_set_file(f, "opt/b", "second", 6);
    fw_cfg_set_file(f, "opt/a", "first", 5);
    fw_cfg_set_file(f, "opt/b", "2", 1);
    select_key(f, FW_CFG_FILE_DIR);
    read_bytes(f, dir, sizeof(dir));
    ck_assert_uint_eq(be32(dir), 2);
    ck_assert_str_eq((char *)dir + 4 + 8, "opt/a");
    ck_assert_uint_eq(be32(dir + 4), 5);
    ck_assert_str_eq((char *)dir + 68 + 8, "opt/b");
    ck_assert_uint_eq(be32(dir + 68), 1);
    select_key(f, (uint16_t)(dir[4 + 4] << 8 | dir[4 + 5]));
    char text[6] = "";
    read_bytes(f, text, 5);
    ck_assert_str_eq(text, "first");
    fw_cfg_destroy(f);
    bus_destroy(b);
}
END_TEST

/* Puts a request at RAM, starts it, and returns the control word that comes back. */
static uint32_t dma(struct bus *b, struct fw_cfg *f, uint32_t control, uint32_t len, uint64_t addr)
{
    uint64_t be_addr = __builtin_bswap64(addr);
    uint32_t head[2] = {__builtin_bswap32(control), __builtin_bswap32(len)};
    ck_assert(bus_dma_write(b, RAM, head, 8));
    ck_assert(bus_dma_write(b, RAM + 8, &be_addr, 8));
    ck_assert(fw_cfg_ops.write(f, DMA, 4, 0));
    ck_assert(fw_cfg_ops.write(f, DMA + 4, 4, __builtin_bswap32((uint32_t)RAM)));
    ck_assert(bus_dma_read(b, RAM, head, 4));
    return __builtin_bswap32(head[0]);
}

START_TEST(dma_requests)
{
    struct bus *b = bus_create();
    bus_add_ram(b, "RAM", RAM, 0x10000, false);
    struct fw_cfg *f = fw_cfg_create(b);
    uint8_t buf[8];
    fw_cfg_set(f, FW_CFG_KERNEL_DATA, "abcdefgh", 8);
    ck_assert_uint_eq(dma(b, f, FW_CFG_KERNEL_DATA << 16 | 8 | 2, 3, RAM + 0x100), 0);
    bus_dma_read(b, RAM + 0x100, buf, 3);
    ck_assert_mem_eq(buf, "abc", 3);
    ck_assert_uint_eq(dma(b, f, 4, 2, 0), 0); /* skip */
    ck_assert_uint_eq(dma(b, f, 2, 5, RAM + 0x100), 0);
    bus_dma_read(b, RAM + 0x100, buf, 5);
    ck_assert_mem_eq(buf, "fgh\0\0", 5);
    ck_assert_uint_eq(dma(b, f, 2, 8, 0x1000), 1);                /* not RAM */
    ck_assert_uint_eq(dma(b, f, 2, UINT32_MAX, RAM + 0x1000), 1); /* runs out of RAM */
    ck_assert_uint_eq(dma(b, f, 2, 16, UINT64_MAX - 3), 1);       /* wraps around */
    ck_assert_uint_eq(dma(b, f, 16, 4, RAM + 0x100), 1);          /* write: everything is read-only */
    ck_assert(fw_cfg_ops.write(f, DMA, 8, UINT64_MAX));           /* the request itself is nowhere */
    fw_cfg_destroy(f);
    bus_destroy(b);
}
END_TEST

START_TEST(every_access_is_harmless)
{
    struct bus *b = bus_create();
    struct fw_cfg *f = fw_cfg_create(b);
    for (unsigned key = 0; key < 0x10000; key += 7) {
        uint64_t v;
        select_key(f, (uint16_t)key);
        ck_assert(fw_cfg_ops.read(f, DATA, 8, &v));
    }
    for (uint64_t reg = 0; reg < 24; reg++) {
        for (unsigned size = 1; size <= 8; size *= 2) {
            uint64_t v;
            ck_assert(fw_cfg_ops.read(f, reg, size, &v));
            ck_assert(fw_cfg_ops.write(f, reg, size, 0x0123456789abcdef));
        }
    }
    fw_cfg_destroy(f);
    bus_destroy(b);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("fw_cfg");
    TCase *t = tcase_create("fw_cfg");
    tcase_add_test(t, signature_and_id);
    tcase_add_test(t, directory);
    tcase_add_test(t, dma_requests);
    tcase_add_test(t, every_access_is_harmless);
    suite_add_tcase(s, t);
    return suite_run(s);
}
