/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The program: options, a machine, a run, an exit status.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "sim/digest.h"
#include "sim/machine.h"
#include "sim/options.h"

static void print_stats(const struct machine *m)
{
    uint64_t insns = machine_insns(m), ms = m->stats.host_ns / 1000000;
    inform("%" PRIu64 " instructions in %" PRIu64 ".%03" PRIu64 " s (%" PRIu64 " million per second), "
           "%" PRIu64 " ms simulated, %" PRIu64 " ms of them asleep",
           insns, ms / 1000, ms % 1000, ms != 0 ? insns / 1000 / ms : 0, m->time / 1000000,
           m->stats.idle_ns / 1000000);
}

int main(int argc, char **argv)
{
    struct options o;
    options_parse(&o, argc, argv);
    struct machine *m = machine_create(&o);
    int status = machine_run(m);
    if (o.stats || o.boot_summary)
        print_stats(m);
    if (o.digest) {
        char text[DIGEST_TEXT_SIZE];
        machine_digest(m, text);
        printf("digest %s\n", text);
    }
    machine_destroy(m);
    options_destroy(&o);
    return status;
}
