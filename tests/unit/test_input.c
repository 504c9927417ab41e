/* SPDX-License-Identifier: BSD-2-Clause
 *
 * --record and --replay: what was typed comes again at the same instructions. The program echoes the PL011
 * and notes in memory how often it had looked when a character came; 'q' ends it.
 */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/digest.h"
#include "sim/machine.h"
#include "sim/travel.h"
#include "tests/unit/run.h"

static char bios[] = "/tmp/el2sim-test-input-XXXXXX", record[] = "/tmp/el2sim-test-record-XXXXXX";

static const uint32_t program[] = {
    0xd2a12001, /*    mov x1, #0x9000000 */
    0xd2a80003, /*    mov x3, #0x40000000 */
    0x91000442, /* 1: add x2, x2, #1 */
    0xb9401820, /*    ldr w0, [x1, #24] */
    0x3727ffc0, /*    tbnz w0, #4, 1b */
    0x39400020, /*    ldrb w0, [x1] */
    0xf8008462, /*    str x2, [x3], #8 */
    0x39000020, /*    strb w0, [x1] */
    0x7101c41f, /*    cmp w0, #'q' */
    0x54ffff21, /*    b.ne 1b */
    0xd503207f, /* 2: wfi */
    0x17ffffff, /*    b 2b */
};

static void make_file(char *path, const void *data, size_t size)
{
    int fd = mkstemp(path);

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        exit(1);
    close(fd);
}

/* Somebody types into this process's stdin. */
static int type_from(const char *text)
{
    int p[2];

    ck_assert_int_eq(pipe(p), 0);
    ck_assert_int_eq(write(p[1], text, strlen(text)), (ssize_t)strlen(text));
    ck_assert_int_eq(dup2(p[0], STDIN_FILENO), STDIN_FILENO);
    close(p[0]);
    return p[1];
}

static void set_options(struct options *o)
{
    options_init(o);
    o->secure = true;
    o->bios = bios;
    o->no_reboot = true;
    o->n_serials = 1;
    o->serials[0] = (struct char_option){.kind = CHAR_STDIO};
}

static void digest_of_end(struct machine *m, char *digest)
{
    ck_assert_int_eq(machine_run_to(m, MACHINE_NEVER, NULL), MACHINE_ENDED);
    machine_digest(m, digest);
}

START_TEST(same_session)
{
    char typed[DIGEST_TEXT_SIZE], again[DIGEST_TEXT_SIZE], back[DIGEST_TEXT_SIZE];
    struct options o;
    const char *why;

    set_options(&o);
    o.record = record;
    int keyboard = type_from("ab");
    struct machine *m = machine_create(&o);
    struct travel *t = travel_start(m, 100000, 0, &why);
    /* it types on while the machine is somewhere that depends on nothing but this test */
    ck_assert_int_eq(machine_run_to(m, 5000000, NULL), MACHINE_AT_POINT);
    ck_assert_int_eq(write(keyboard, "cdq", 3), 3);
    close(keyboard);
    digest_of_end(m, typed);
    const uint64_t insns = machine_insns(m);
    ck_assert_uint_gt(insns, 5000000);
    ck_assert(travel_to(t, 1500000)); /* back between the keys, where the host has no more to give */
    digest_of_end(m, back);
    ck_assert_str_eq(back, typed);
    travel_stop(t);
    machine_destroy(m);

    o.record = NULL;
    o.replay = record;
    m = machine_create(&o);
    digest_of_end(m, again);
    ck_assert_uint_eq(machine_insns(m), insns);
    ck_assert_str_eq(again, typed);
    machine_destroy(m);
}
END_TEST

/* Lines of a record that are none. */
START_TEST(bad_record)
{
    static const char *const files[] = {"",
                                        "something else\n",
                                        "el2sim input 1\n1 2\n",
                                        "el2sim input 1\n1 2 zz\n",
                                        "el2sim input 1\n1 2 616\n",
                                        "el2sim input 1\n5 2 61\n4 2 61\n",
                                        "el2sim input 1\nx 2 61\n",
                                        "el2sim input 1\n1 2 leave\n"};
    struct options o;
    FILE *f = fopen(record, "w");

    fputs(files[_i], f);
    fclose(f);
    set_options(&o);
    o.replay = record;
    machine_create(&o); /* exits with status 2 */
}
END_TEST

int main(void)
{
    Suite *s = suite_create("input");
    TCase *t = tcase_create("input");

    make_file(bios, program, sizeof(program));
    make_file(record, "", 0);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, same_session);
    tcase_add_loop_exit_test(t, bad_record, 2, 0, 8);
    suite_add_tcase(s, t);
    int status = suite_run(s);
    unlink(bios);
    unlink(record);
    return status;
}
