/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Snapshot files: what was written is read back; a file that was changed anywhere is refused.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loader/snapshot.h"
#include "tests/unit/run.h"

#define BASE UINT64_C(0x40001000)
enum { SIZE = 300000 };

static char path[] = "/tmp/el2sim-test-snapshot-XXXXXX";

static uint8_t pattern(size_t n)
{
    return n > 100000 && n < 200000 ? 0 : (uint8_t)(n * 13 + n / 1000);
}

static void write_file(void)
{
    struct load_error e;
    uint64_t pc = 0x1234;
    uint8_t *ram = malloc(SIZE);
    struct snapshot_writer *w = snapshot_create(path, &e);

    ck_assert_ptr_nonnull(w);
    for (size_t n = 0; n < SIZE; n++)
        ram[n] = pattern(n);
    snapshot_section(w, "cpu 0");
    snapshot_piece(w, "pc", &pc, sizeof(pc));
    snapshot_section(w, "cpu 1");
    pc = 0x5678;
    snapshot_piece(w, "pc", &pc, sizeof(pc));
    snapshot_piece(w, "name", "max", 3);
    snapshot_section(w, "memory");
    snapshot_memory(w, BASE, ram, SIZE);
    ck_assert(snapshot_finish(w, &e));
    free(ram);
}

static void make_path(void)
{
    strcpy(path + strlen(path) - 6, "XXXXXX");
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    close(fd);
}

START_TEST(round_trip)
{
    struct load_error e;
    uint64_t v;
    size_t size;
    uint8_t bytes[1000];

    make_path();
    write_file();
    struct snapshot *s = snapshot_open(path, &e);
    ck_assert_msg(s != NULL, "%s", e.text);
    ck_assert(snapshot_number(s, "cpu 0", "pc", &v) && v == 0x1234);
    ck_assert(snapshot_number(s, "cpu 1", "pc", &v) && v == 0x5678);
    ck_assert(!snapshot_number(s, "cpu 1", "name", &v));
    ck_assert(!snapshot_number(s, "cpu 2", "pc", &v));
    ck_assert_mem_eq(snapshot_find(s, "cpu 1", "name", &size), "max", 3);
    ck_assert_uint_eq(size, 3);
    for (size_t at = 0; at + sizeof(bytes) <= SIZE; at += sizeof(bytes) - 7) {
        ck_assert(snapshot_read(s, BASE + at, bytes, sizeof(bytes)));
        for (size_t n = 0; n < sizeof(bytes); n++)
            ck_assert_uint_eq(bytes[n], pattern(at + n));
    }
    ck_assert(snapshot_read(s, BASE + SIZE - 1, bytes, 1));
    ck_assert(!snapshot_read(s, BASE + SIZE - 1, bytes, 2));
    ck_assert(!snapshot_read(s, BASE - 1, bytes, 1));
    ck_assert_str_eq(snapshot_section_name(s, 2), "memory");
    ck_assert_ptr_null(snapshot_section_name(s, 3));
    snapshot_close(s);
    unlink(path);
}
END_TEST

START_TEST(damaged)
{
    struct load_error e;
    struct blob file;

    make_path();
    write_file();
    ck_assert(blob_read(&file, path, 1 << 20, &e));
    for (size_t n = 0; n < file.size; n += n < 100 ? 1 : 37) {
        struct blob changed = {malloc(file.size), file.size}, cut = {malloc(file.size), n};
        memcpy(changed.data, file.data, file.size);
        memcpy(cut.data, file.data, file.size);
        changed.data[n] ^= 0x10;
        ck_assert_ptr_null(snapshot_of(&changed, &e));
        ck_assert_ptr_null(snapshot_of(&cut, &e));
    }
    blob_free(&file);
    unlink(path);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("snapshot");
    TCase *t = tcase_create("snapshot");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, round_trip);
    tcase_add_test(t, damaged);
    suite_add_tcase(s, t);
    return suite_run(s);
}
