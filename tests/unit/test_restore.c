/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Going on from snapshots that are no good: of another machine, with pieces missing, unknown or impossible,
 * and changed at random with the checksum put right. Each is refused by name, or is a run like any other.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

#include "base/random.h"
#include "loader/snapshot.h"
#include "sim/machine.h"
#include "tests/unit/run.h"

enum { SAVE_AT = 100000, CHANGES = 150, RUN = 1000 };

static char hypervisor[4096];

static void set_options(struct options *o)
{
    options_init(o);
    o->virtualization = true;
    o->kernel = hypervisor;
    o->ram_size = 16 << 20;
    o->smp = 2;
    o->n_serials = 1;
    o->serials[0] = (struct char_option){.kind = CHAR_NULL};
    o->no_reboot = true;
}

/* A snapshot of that machine, while a guest runs. */
static struct blob save(void)
{
    char path[] = "/tmp/el2sim-test-restore-XXXXXX";
    struct options o;
    struct load_error e;
    struct blob b;

    set_options(&o);
    close(mkstemp(path));
    struct machine *m = machine_create(&o);
    ck_assert_int_eq(machine_run_to(m, SAVE_AT, NULL), MACHINE_AT_POINT);
    ck_assert_msg(machine_save_to(m, path, &e), "%s", e.text);
    ck_assert(blob_read(&b, path, 1 << 30, &e));
    unlink(path);
    machine_destroy(m);
    return b;
}

static struct blob copy(const struct blob *b)
{
    struct blob c = {malloc(b->size), b->size};

    memcpy(c.data, b->data, b->size);
    return c;
}

/* Where the bytes of the first piece `name` are. */
static uint8_t *piece(struct blob *b, const char *name)
{
    const size_t length = strlen(name);

    for (size_t n = 0; n + length + 10 < b->size; n++)
        if (b->data[n] == 'P' && b->data[n + 1] == length && memcmp(b->data + n + 2, name, length) == 0)
            return b->data + n + 2 + length + 8;
    ck_abort_msg("no piece %s", name);
    return NULL;
}

/* Restores from changed bytes, which it takes over; false: refused. */
static bool restore(struct machine *m, struct blob *b, struct load_error *e)
{
    const uint32_t crc = (uint32_t)crc32_z(0, b->data, b->size - 4);

    memcpy(b->data + b->size - 4, &crc, 4);
    struct snapshot *s = snapshot_of(b, e);
    if (s == NULL)
        return false;
    const bool ok = machine_restore(m, s, e);
    snapshot_close(s);
    return ok;
}

START_TEST(another_machine)
{
    static const struct {
        const char *what, *message;
    } cases[] = {
        {"smp", "it was saved with -smp '2', this machine has '3'"},
        {"m", "it was saved with -m '16777216', this machine has '33554432'"},
        {"cpu", "it was saved with cpu 'max', this machine has 'cortex-a57'"},
        {"el", "it was saved with EL2 'on', this machine has 'off'"},
        {"quantum", "it was saved with -quantum '5000', this machine has '100'"},
    };
    struct blob good = save();

    for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
        struct options o;
        struct load_error e;
        set_options(&o);
        o.smp = n == 0 ? 3 : 2;
        o.ram_size = n == 1 ? 32 << 20 : 16 << 20;
        o.cpu = n == 2 ? "cortex-a57" : "max";
        o.virtualization = n != 3;
        o.quantum = n == 4 ? 100 : 5000;
        struct machine *m = machine_create(&o);
        struct blob b = copy(&good);
        ck_assert(!restore(m, &b, &e));
        ck_assert_str_eq(e.text, cases[n].message);
        machine_destroy(m);
    }
    blob_free(&good);
}
END_TEST

START_TEST(impossible)
{
    static const struct {
        const char *piece;
        unsigned at;
        uint8_t value;
        const char *message;
    } cases[] = {
        {"power", 0, 200, "cpu 0: this machine can't have the value of 'power'"},
        {"event_register", 0, 2, "cpu 0: this machine can't have the value of 'event_register'"},
        {"pstate", 0, 0x1d, "cpu 0: this machine can't have the value of 'pstate'"}, /* AArch32 */
        {"pstate", 0, 0x0d, "cpu 0: this machine can't have the value of 'pstate'"}, /* EL3 */
        {"index", 0, 1, "cpu 0: this machine can't have the value of 'index'"},
        {"MIDR_EL1", 1, 0x77, "cpu 0: this machine can't have the value of 'MIDR_EL1'"},
        {"VBAR_EL1", 0, 0xff, "cpu 0: this machine can't have the value of 'VBAR_EL1'"},
        {"time", 7, 0xff, "cpu 0: this machine can't have the value of 'time'"},
        {"time", 5, 0x20,
         "run: this machine can't have the value of 'time'"}, /* hours ahead of the machine */
        {"tlb contexts", 7, 1, "cpu 0: this machine can't have the value of 'tlb contexts'"},
        {"tlb hand", 0, 200, "cpu 0: this machine can't have the value of 'tlb entries'"},
        {"creadr", 0, 2, "gic: this machine can't have the value of 'creadr'"},
        {"bpr0", 0, 0, "gic: this machine can't have the value of 'bpr1'"},
        {"fifo_head", 0, 16, "board: this machine can't have the value of 'fifo_head'"},
        {"items", 0, 0xff, "board: this machine can't have the value of 'items'"},
        {"turn", 0, 2, "run: this machine can't have the value of 'turn'"},
        {"keys", 2, 1, "input: this machine can't have the value of 'keys'"},
    };
    struct options o;
    struct blob good = save();

    set_options(&o);
    for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
        struct load_error e = {""};
        struct machine *m = machine_create(&o);
        struct blob b = copy(&good);
        piece(&b, cases[n].piece)[cases[n].at] = cases[n].value;
        ck_assert_msg(!restore(m, &b, &e), "%s", cases[n].piece);
        ck_assert_str_eq(e.text, cases[n].message);
        machine_destroy(m);
    }
    blob_free(&good);
}
END_TEST

/* Pieces under other names. */
START_TEST(other_names)
{
    struct options o;
    struct load_error e;
    struct blob good = save(), b = copy(&good);

    set_options(&o);
    struct machine *m = machine_create(&o);
    piece(&b, "wfe_pc")[-9] = 'x';
    ck_assert(!restore(m, &b, &e));
    ck_assert_str_eq(e.text, "cpu 0: there is no piece 'wfe_pc'");
    b = copy(&good);
    memcpy(piece(&b, "polls") - 8 - 5, "pulls", 5);
    ck_assert(!restore(m, &b, &e));
    ck_assert_str_eq(e.text, "run: there is no piece 'polls'");
    machine_destroy(m);
    blob_free(&good);
}
END_TEST

START_TEST(random_changes)
{
    struct options o;
    struct load_error e;
    struct blob good = save();
    struct random r = {7};
    unsigned refused = 0;

    set_options(&o);
    o.max_insns = 2 * SAVE_AT; /* also where a snapshot counts time asleep */
    struct machine *m = machine_create(&o);
    for (unsigned n = 0; n < CHANGES; n++) {
        struct blob b = copy(&good);
        for (uint64_t k = random_below(&r, 3) + 1; k != 0; k--)
            b.data[12 + random_below(&r, b.size - 12)] = (uint8_t)random_u64(&r);
        if (restore(m, &b, &e))
            machine_run_to(m, machine_insns(m) + RUN, NULL);
        else
            refused++;
    }
    ck_assert_uint_gt(refused, 0);
    ck_assert_uint_lt(refused, CHANGES);
    machine_destroy(m);
    blob_free(&good);
}
END_TEST

int main(void)
{
    const char *src = getenv("abs_top_srcdir");
    Suite *s = suite_create("restore");
    TCase *t = tcase_create("restore");

    snprintf(hypervisor, sizeof(hypervisor), "%s/tests/hyp/vhe-demo.elf", src != NULL ? src : ".");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, another_machine);
    tcase_add_test(t, impossible);
    tcase_add_test(t, other_names);
    tcase_add_test(t, random_changes);
    suite_add_tcase(s, t);
    return suite_run(s);
}
