/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Loaders: what is well-formed is loaded where the formats and QEMU's rules say; what is damaged is refused
 * with a reason. All files are built here, byte by byte.
 */
#include <check.h>
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>
#include <zstd.h>

#include "bus/bus.h"
#include "loader/elf.h"
#include "loader/image.h"
#include "loader/place.h"
#include "tests/unit/run.h"

#define RAM UINT64_C(0x40000000)
#define MB UINT64_C(0x100000)
enum { IMAGE_SIZE = 20000 };

static void put64(uint8_t *p, uint64_t v)
{
    memcpy(p, &v, 8);
}

/* An arm64 Image: header and a pattern. */
static struct blob make_image(uint64_t text_offset, uint64_t image_size, uint64_t flags)
{
    struct blob b = {calloc(1, IMAGE_SIZE), IMAGE_SIZE};
    for (size_t n = 64; n < b.size; n++)
        b.data[n] = (uint8_t)(n * 7 + n / 256);
    memcpy(b.data, "MZ", 2);
    put64(b.data + 8, text_offset);
    put64(b.data + 16, image_size);
    put64(b.data + 24, flags);
    memcpy(b.data + 56, "ARM\x64", 4);
    return b;
}

static struct blob copy(const struct blob *b, size_t size)
{
    struct blob c = {malloc(size + 1), size};
    memcpy(c.data, b->data, size);
    return c;
}

static struct blob gzip(const struct blob *b)
{
    struct blob out = {malloc(b->size + 1000), 0};
    z_stream z = {0};
    ck_assert_int_eq(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = b->data;
    z.avail_in = (uInt)b->size;
    z.next_out = out.data;
    z.avail_out = (uInt)b->size + 1000;
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    out.size = z.total_out;
    deflateEnd(&z);
    return out;
}

static struct blob zstd(const struct blob *b)
{
    size_t room = ZSTD_compressBound(b->size);
    struct blob out = {malloc(room), 0};
    out.size = ZSTD_compress(out.data, room, b->data, b->size, 19);
    ck_assert(!ZSTD_isError(out.size));
    return out;
}

static struct blob zboot(const struct blob *payload, const char *type)
{
    struct blob out = {calloc(1, payload->size + 0x200), payload->size + 0x200};
    uint32_t offset = 0x100, size = (uint32_t)payload->size;
    memcpy(out.data, "MZ\0\0zimg", 8);
    memcpy(out.data + 8, &offset, 4);
    memcpy(out.data + 12, &size, 4);
    snprintf((char *)out.data + 24, 32, "%s", type);
    memcpy(out.data + offset, payload->data, payload->size);
    return out;
}

/* Unpacks a copy of packed and compares. */
static void expect_unpacks(const struct blob *packed, const struct blob *want)
{
    struct load_error e = {""};
    struct blob b = copy(packed, packed->size);
    ck_assert_msg(image_unpack(&b, MB, &e), "%s", e.text);
    ck_assert_uint_eq(b.size, want->size);
    ck_assert_mem_eq(b.data, want->data, want->size);
    blob_free(&b);
}

static void expect_refused(const struct blob *packed, size_t size, size_t max, const char *reason)
{
    struct load_error e = {""};
    struct blob b = copy(packed, size);
    ck_assert(!image_unpack(&b, max, &e));
    ck_assert_msg(strstr(e.text, reason) != NULL, "'%s' doesn't say '%s'", e.text, reason);
    blob_free(&b);
}

START_TEST(round_trips)
{
    struct blob image = make_image(0, 1 << 20, 10);
    struct blob gz = gzip(&image), zs = zstd(&image);
    struct blob zboot_gz = zboot(&gz, "gzip"), zboot_zs = zboot(&zs, "zstd22"), gz_zboot = gzip(&zboot_zs);
    expect_unpacks(&image, &image);
    expect_unpacks(&gz, &image);
    expect_unpacks(&zs, &image);
    expect_unpacks(&zboot_gz, &image);
    expect_unpacks(&zboot_zs, &image);
    expect_unpacks(&gz_zboot, &image);
    struct blob all[] = {image, gz, zs, zboot_gz, zboot_zs, gz_zboot};
    for (size_t n = 0; n < 6; n++)
        blob_free(&all[n]);
}
END_TEST

START_TEST(damaged_packages)
{
    struct blob image = make_image(0, 1 << 20, 10);
    struct blob gz = gzip(&image), zs = zstd(&image), zb = zboot(&gz, "gzip"), xz = zboot(&gz, "xzkern\n");
    expect_refused(&gz, gz.size / 2, MB, "truncated");
    expect_refused(&zs, zs.size / 2, MB, "truncated");
    expect_refused(&gz, gz.size, 10000, "more than");
    expect_refused(&zs, zs.size, 10000, "more than");
    expect_refused(&zb, 0x100 + gz.size / 2, MB, "not inside the file");
    expect_refused(&xz, xz.size, MB, "'xzkern?' is not implemented");
    gz.data[gz.size / 2] ^= 0xff;
    zs.data[zs.size / 2] ^= 0xff;
    struct load_error e;
    struct blob b = copy(&gz, gz.size);
    ck_assert(!image_unpack(&b, MB, &e));
    blob_free(&b);
    b = copy(&zs, zs.size);
    (void)image_unpack(&b, MB, &e); /* without a checksum zstd may not notice, but must survive */
    blob_free(&b);
    /* Every length of a truncated file. */
    for (size_t size = 0; size < 600; size++) {
        struct blob *all[] = {&gz, &zs, &zb, &image};
        for (size_t n = 0; n < 4; n++) {
            struct image_header h;
            b = copy(all[n], size < all[n]->size ? size : all[n]->size);
            if (image_unpack(&b, MB, &e))
                (void)image_parse(&b, &h, &e);
            blob_free(&b);
        }
    }
    blob_free(&image);
    blob_free(&gz);
    blob_free(&zs);
    blob_free(&zb);
    blob_free(&xz);
}
END_TEST

START_TEST(image_headers)
{
    struct load_error e = {""};
    struct image_header h;
    struct blob b = make_image(0x1000, 0x1234567, 10);
    ck_assert(image_parse(&b, &h, &e));
    ck_assert(h.present);
    ck_assert_uint_eq(h.text_offset, 0x1000);
    ck_assert_uint_eq(h.image_size, 0x1234567);
    put64(b.data + 16, 100); /* smaller than the file: the file counts */
    ck_assert(image_parse(&b, &h, &e));
    ck_assert_uint_eq(h.image_size, IMAGE_SIZE);
    put64(b.data + 16, 0); /* old kernel */
    ck_assert(image_parse(&b, &h, &e));
    ck_assert_uint_eq(h.text_offset, 0x80000);
    put64(b.data + 16, UINT64_MAX);
    ck_assert(!image_parse(&b, &h, &e));
    put64(b.data + 16, 0x100000);
    put64(b.data + 8, UINT64_MAX);
    ck_assert(!image_parse(&b, &h, &e));
    put64(b.data + 24, 1);
    ck_assert(!image_parse(&b, &h, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "big-endian"));
    struct blob none = copy(&b, 0);
    ck_assert(!image_parse(&none, &h, &e));
    ck_assert_str_eq(e.text, "is empty");
    b.size = 20; /* raw binary */
    ck_assert(image_parse(&b, &h, &e));
    ck_assert(!h.present);
    blob_free(&b);
    blob_free(&none);
}
END_TEST

/* ---- placement: addresses as QEMU 7.2 chooses them (facts: kernel 0x40200000, initrd 0x48000000) ---- */

START_TEST(placement)
{
    struct load_error e = {""};
    struct placement p;
    struct place_request q = {.ram_base = RAM, .ram_size = 1024 * MB, .linux_boot = true};
    q.image = (struct image_header){.present = true, .text_offset = 0, .image_size = 30 * MB};
    ck_assert(place_images(&q, &p, &e));
    ck_assert_uint_eq(p.kernel, 0x40200000);
    ck_assert_uint_eq(p.dtb, 0x48000000);
    q.initrd_size = 5 * MB + 1;
    ck_assert(place_images(&q, &p, &e));
    ck_assert_uint_eq(p.initrd_start, 0x48000000);
    ck_assert_uint_eq(p.dtb, 0x48600000);
    q.ram_size = 128 * MB;
    ck_assert(place_images(&q, &p, &e));
    ck_assert_uint_eq(p.initrd_start, 0x44000000);
    q.image.text_offset = 0x80000;
    ck_assert(place_images(&q, &p, &e));
    ck_assert_uint_eq(p.kernel, 0x40080000);
    q.initrd_size = 65 * MB;
    ck_assert(!place_images(&q, &p, &e));
    q.initrd_size = UINT64_MAX;
    ck_assert(!place_images(&q, &p, &e));
    q.initrd_size = 0;
    q.image.image_size = 129 * MB;
    ck_assert(!place_images(&q, &p, &e));
    q.image.image_size = 100 * MB; /* reaches behind the middle: initrd and tree move up */
    ck_assert(place_images(&q, &p, &e));
    ck_assert_uint_ge(p.dtb, p.kernel + q.image.image_size);
}
END_TEST

START_TEST(placement_bare_metal)
{
    struct load_error e = {""};
    struct placement p;
    struct place_request q = {
        .ram_base = RAM, .ram_size = 1024 * MB, .low = RAM + 0x80000, .high = RAM + 2 * MB};
    ck_assert(place_images(&q, &p, &e));
    ck_assert_uint_eq(p.dtb, RAM);
    ck_assert_uint_eq(p.dtb_limit, RAM + 0x80000);
    q.low = RAM; /* no room below */
    ck_assert(place_images(&q, &p, &e));
    ck_assert_uint_eq(p.dtb, 0x48000000);
    q.low = 0; /* in flash */
    q.high = 0x10000;
    ck_assert(place_images(&q, &p, &e));
    ck_assert_uint_eq(p.dtb, RAM);
    ck_assert_uint_eq(p.dtb_limit, RAM + 1024 * MB);
}
END_TEST

/* ---- ELF ---- */

/* An executable at physical RAM, virtual 0xffff000000080000, with 16 bytes of text and 32 bytes of bss. */
static struct blob make_elf(void)
{
    struct blob b = {calloc(1, 256), 200};
    Elf64_Ehdr h = {.e_type = ET_EXEC,
                    .e_machine = EM_AARCH64,
                    .e_version = EV_CURRENT,
                    .e_entry = 0xffff000000080008,
                    .e_phoff = 64,
                    .e_ehsize = 64,
                    .e_phentsize = 56,
                    .e_phnum = 1};
    Elf64_Phdr p = {.p_type = PT_LOAD,
                    .p_flags = PF_R | PF_X,
                    .p_offset = 128,
                    .p_vaddr = 0xffff000000080000,
                    .p_paddr = RAM + 0x1000,
                    .p_filesz = 16,
                    .p_memsz = 48};
    memcpy(h.e_ident, ELFMAG, SELFMAG);
    h.e_ident[EI_CLASS] = ELFCLASS64;
    h.e_ident[EI_DATA] = ELFDATA2LSB;
    h.e_ident[EI_VERSION] = EV_CURRENT;
    memcpy(b.data, &h, sizeof(h));
    memcpy(b.data + 64, &p, sizeof(p));
    memset(b.data + 128, 0xab, 16);
    return b;
}

static struct bus *make_bus(void)
{
    struct bus *bus = bus_create();
    bus_add_ram(bus, "ROM", 0, 0x10000, true);
    bus_add_ram(bus, "RAM", RAM, 0x10000, false);
    return bus;
}

START_TEST(elf_loads)
{
    struct bus *bus = make_bus();
    struct blob b = make_elf();
    struct elf_result r;
    struct load_error e = {""};
    uint64_t v;
    ck_assert(bus_write(bus, RAM + 0x1020, 8, false, UINT64_MAX)); /* bss is cleared */
    ck_assert(elf_detect(&b));
    ck_assert_msg(elf_load_blob(bus, &b, &r, &e), "%s", e.text);
    ck_assert_uint_eq(r.entry, RAM + 0x1008);
    ck_assert_uint_eq(r.low, RAM + 0x1000);
    ck_assert_uint_eq(r.high, RAM + 0x1030);
    bus_read(bus, RAM + 0x1008, 8, false, &v);
    ck_assert_uint_eq(v, 0xabababababababab);
    bus_read(bus, RAM + 0x1020, 8, false, &v);
    ck_assert_uint_eq(v, 0);
    put64(b.data + 64 + 24, 0x8000); /* p_paddr: flash */
    ck_assert(elf_load_blob(bus, &b, &r, &e));
    bus_read(bus, 0x8000, 8, false, &v);
    ck_assert_uint_eq(v, 0xabababababababab);
    blob_free(&b);
    bus_destroy(bus);
}
END_TEST

static void expect_bad_elf(struct bus *bus, size_t at, uint64_t value, unsigned size, const char *reason)
{
    struct blob b = make_elf();
    struct elf_result r;
    struct load_error e = {""};
    memcpy(b.data + at, &value, size);
    ck_assert(!elf_load_blob(bus, &b, &r, &e));
    ck_assert_msg(strstr(e.text, reason) != NULL, "'%s' doesn't say '%s'", e.text, reason);
    blob_free(&b);
}

START_TEST(elf_damaged)
{
    struct bus *bus = make_bus();
    struct elf_result r;
    struct load_error e;
    expect_bad_elf(bus, EI_CLASS, ELFCLASS32, 1, "ELF");
    expect_bad_elf(bus, EI_DATA, ELFDATA2MSB, 1, "ELF");
    expect_bad_elf(bus, 18, EM_X86_64, 2, "another machine");
    expect_bad_elf(bus, 16, ET_REL, 2, "not an executable");
    expect_bad_elf(bus, 64, PT_NOTE, 4, "no segment");
    expect_bad_elf(bus, 64 + 8, UINT64_MAX - 4, 8, "truncated");   /* p_offset */
    expect_bad_elf(bus, 64 + 24, 0x30000000, 8, "not inside RAM"); /* p_paddr */
    expect_bad_elf(bus, 64 + 24, UINT64_MAX - 7, 8, "not inside RAM");
    expect_bad_elf(bus, 64 + 40, UINT64_MAX, 8, "not inside RAM"); /* p_memsz */
    expect_bad_elf(bus, 64 + 40, 8, 8, "larger in the file");
    /* Truncated at every length before its last loaded byte. */
    for (size_t size = 4; size < 144; size++) {
        struct blob whole = make_elf(), b = copy(&whole, size);
        ck_assert(!elf_load_blob(bus, &b, &r, &e));
        blob_free(&b);
        blob_free(&whole);
    }
    /* Any byte of the headers changed to anything must be survived. */
    for (size_t at = 0; at < 120; at++) {
        for (unsigned v = 0; v < 256; v += 5) {
            struct blob b = make_elf();
            b.data[at] = (uint8_t)v;
            (void)elf_load_blob(bus, &b, &r, &e);
            blob_free(&b);
        }
    }
    bus_destroy(bus);
}
END_TEST

START_TEST(files)
{
    struct blob b;
    struct load_error e = {""};
    char path[] = "/tmp/el2sim-test-loader-XXXXXX";
    int fd = mkstemp(path);
    ck_assert_int_eq(write(fd, "hello", 5), 5);
    close(fd);
    ck_assert(blob_read(&b, path, 5, &e));
    ck_assert_uint_eq(b.size, 5);
    ck_assert_mem_eq(b.data, "hello", 5);
    blob_free(&b);
    ck_assert(!blob_read(&b, path, 4, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "too large"));
    ck_assert(!blob_read(&b, "/", 100, &e));
    unlink(path);
    ck_assert(!blob_read(&b, path, 100, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "can't open"));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("loader");
    TCase *t = tcase_create("loader");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, round_trips);
    tcase_add_test(t, damaged_packages);
    tcase_add_test(t, image_headers);
    tcase_add_test(t, placement);
    tcase_add_test(t, placement_bare_metal);
    tcase_add_test(t, elf_loads);
    tcase_add_test(t, elf_damaged);
    tcase_add_test(t, files);
    suite_add_tcase(s, t);
    return suite_run(s);
}
