/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The program: options, a machine, a run, an exit status.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "debug/gdb.h"
#include "diff/diff.h"
#include "explain/explain.h"
#include "fuzz/fuzz.h"
#include "sim/digest.h"
#include "sim/machine.h"
#include "sim/options.h"
#include "tracetool/tracetool.h"

static void print_time(const char *what, uint64_t ns)
{
    inform("  %-16s %" PRIu64 ".%03" PRIu64 " s", what, ns / 1000000000, ns / 1000000 % 1000);
}

static void print_stats(const struct machine *m)
{
    uint64_t insns = machine_insns(m), us = m->stats.host_ns / 1000;
    inform("  %-16s %" PRIu64 " (%" PRIu64 " million per second)", "instructions", insns,
           us != 0 ? insns / us : 0);
    print_time("wall time", m->stats.host_ns);
    print_time("simulated time", m->time);
    print_time("of it asleep", m->stats.idle_ns);
}

/* What a person who boots a hypervisor wants to know first. */
static void print_boot_summary(const struct machine *m)
{
    const struct cpu *c = m->cpus[0];
    bool guest = false;
    for (unsigned n = 0; n < m->n_cpus; n++)
        guest |= m->cpus[n]->seen_guest;
    inform("boot summary");
    inform("  %-16s EL%u", "entered at", m->board->boot_el);
    if (!m->feat.has_el2)
        inform("  %-16s no EL2 (-M virt,virtualization=on adds it)", "VHE");
    else if (!c->seen_vhe)
        inform("  %-16s never on (HCR_EL2.E2H was 0)%s", "VHE",
               has(&m->feat, FEAT_VHE) ? "" : "; this CPU has none");
    else
        inform("  %-16s on at instruction %" PRIu64, "VHE", c->seen_vhe_insns);
    inform("  %-16s %s", "EL1 in stage 2", guest ? "yes" : "no");
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "explain") == 0)
        return explain_main(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "diff") == 0)
        return diff_main(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "fuzz") == 0)
        return fuzz_main(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "trace") == 0)
        return tracetool_main(argc - 1, argv + 1);
    struct options o;
    options_parse(&o, argc, argv);
    struct machine *m = machine_create(&o);
    struct gdb *gdb = o.gdb != NULL ? gdb_create(m, o.gdb, o.gdb_first) : NULL;
    int status = gdb != NULL ? gdb_run(gdb) : machine_run(m);
    if (o.boot_summary)
        print_boot_summary(m);
    if (o.stats || o.boot_summary)
        print_stats(m);
    if (o.digest) {
        char text[DIGEST_TEXT_SIZE];
        machine_digest(m, text);
        printf("digest %s\n", text);
    }
    gdb_destroy(gdb);
    machine_destroy(m);
    options_destroy(&o);
    return status;
}
