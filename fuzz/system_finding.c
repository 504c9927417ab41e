/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Findings of `el2sim fuzz system`. See system_finding.h.
 */
#include "fuzz/system_finding.h"

#include <inttypes.h>
#include <stdio.h>

#include "fuzz/system_compare.h"
#include "fuzz/system_minimise.h"
#include "fuzz/system_story.h"

void system_finding(const struct fuzz_options *o, struct system_pair *pair, const struct system_case *given,
                    const struct fuzz_result *r)
{
    struct system_difference d[SYSTEM_DIFFERENCES];
    struct program small = *given->program;
    struct system_case shown = *given, *c = &shown;
    char name[64];
    c->program = &small;
    system_minimise(pair, &small, c);
    unsigned n = system_compare(c->program, &pair->regs, &c->ours, &c->theirs, d);
    if (o->out != NULL) {
        char path[1024];
        snprintf(path, sizeof(path), "%s/%04" PRIu64 ".S", o->out, r->findings + 1);
        FILE *f = fopen(path, "w");
        if (f != NULL) {
            system_story(f, "", c, &pair->regs, system_qemu_version(pair->qemu));
            fclose(f);
        }
    }
    fprintf(stderr, "finding %" PRIu64 ": seed %" PRIu64, r->findings + 1, c->program->seed);
    for (unsigned i = 0; i < n && i < 3; i++)
        fprintf(stderr, "; %s: %" PRIx64 ", QEMU %" PRIx64, system_difference_name(&d[i], name), d[i].ours,
                d[i].theirs);
    fprintf(stderr, "\n");
}
