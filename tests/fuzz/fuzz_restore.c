/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Fuzz: a machine goes on from a snapshot that was changed, with its checksum put right or (an odd first
 * byte) as it is then: it is refused, or what follows is a run like any other. The program is the bundled
 * hypervisor, stopped while a guest runs, on two CPUs.
 */
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/log.h"
#include "loader/snapshot.h"
#include "sim/machine.h"
#include "tests/fuzz/fuzz.h"

enum { SAVE_AT = 100000, RUN = 3000, HEADER = 12, TRAILER = 5 };

static struct machine *machine;
static struct blob good;

static void set_up(void)
{
    static struct options o;
    struct load_error e;
    const char *kernel = getenv("FUZZ_KERNEL"), *path = getenv("FUZZ_SNAPSHOT");

    options_init(&o);
    o.kernel = kernel != NULL ? kernel : "tests/hyp/vhe-demo.elf";
    o.virtualization = true;
    o.smp = 2;
    o.ram_size = 16 << 20;
    o.n_serials = 1;
    o.serials[0] = (struct char_option){.kind = CHAR_NULL};
    o.no_reboot = true;
    machine = machine_create(&o);
    path = path != NULL ? path : "/tmp/el2sim-fuzz-restore";
    if (machine_run_to(machine, SAVE_AT, NULL) != MACHINE_AT_POINT || !machine_save_to(machine, path, &e) ||
        !blob_read(&good, path, SIZE_MAX / 2, &e))
        bug("the snapshot to begin with");
    o.max_insns = SAVE_AT + 100 * RUN; /* also where a snapshot counts time asleep */
}

/* Changes bytes anywhere. */
static void change(struct blob *b, struct fuzz_input *in)
{
    while (in->left > 0) {
        const uint64_t at = take(in, 3), how = take(in, 1), value = take(in, 1);
        const uint64_t place = HEADER + at % (b->size - HEADER - TRAILER);
        switch (how & 3) {
        case 0:
            b->data[place] = (uint8_t)value;
            break;
        case 1:
            b->data[place] ^= (uint8_t)(1u << (value & 7));
            break;
        case 2: /* a number of 8 bytes */
            for (uint64_t n = 0; n < 8 && place + n < b->size - TRAILER; n++)
                b->data[place + n] = (uint8_t)(n == 7 ? value : 0xff);
            break;
        default: /* cut */
            if (value == 0)
                b->size = place + TRAILER;
            break;
        }
        if (b->size <= HEADER + TRAILER)
            return;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = {data, size};
    struct load_error e;

    if (machine == NULL)
        set_up();
    const bool fix = !(take(&in, 1) & 1);
    struct blob b = {malloc(good.size), good.size};
    memcpy(b.data, good.data, good.size);
    change(&b, &in);
    if (fix) {
        b.data[b.size - TRAILER] = 'E';
        const uint32_t crc = (uint32_t)crc32_z(0, b.data, b.size - 4);
        memcpy(b.data + b.size - 4, &crc, 4);
    }
    struct snapshot *s = snapshot_of(&b, &e);
    if (s == NULL)
        return 0;
    if (machine_restore(machine, s, &e))
        machine_run_to(machine, machine_insns(machine) + RUN, NULL);
    snapshot_close(s);
    return 0;
}
