/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Findings of `el2sim fuzz system`. See system_finding.h.
 */
#include "fuzz/system_finding.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "fuzz/system_compare.h"
#include "fuzz/system_minimise.h"
#include "fuzz/system_write.h"

static void announce(const struct system_pair *pair, const struct system_case *c, const struct fuzz_result *r)
{
    struct system_difference d[SYSTEM_DIFFERENCES];
    char name[64];
    unsigned n = system_compare(c->program, &pair->regs, &c->ours, &c->theirs, d);
    fprintf(stderr, "finding %" PRIu64 ": seed %" PRIu64, r->findings + 1, c->program->seed);
    for (unsigned i = 0; i < n && i < 3; i++)
        fprintf(stderr, "; %s: %" PRIx64 ", QEMU %" PRIx64, system_difference_name(&d[i], name), d[i].ours,
                d[i].theirs);
    fprintf(stderr, "\n");
}

bool system_finding(const struct fuzz_options *o, struct system_pair *pair, const struct system_case *given,
                    const struct system_cause *cause, const struct fuzz_result *r, char *error)
{
    struct program *small = xmalloc(sizeof(*small));
    struct system_case *shown = xmalloc(sizeof(*shown));
    bool ok = true;
    *small = *given->program;
    *shown = *given;
    shown->program = small;
    system_minimise(pair, small, shown, cause);
    announce(pair, shown, r);
    if (o->out != NULL) {
        char path[1024];
        snprintf(path, sizeof(path), "%.1000s/%04" PRIu64 ".S", o->out, r->findings + 1);
        ok = system_write(path, o, pair, shown, pair->version, error);
    }
    free(shown);
    free(small);
    return ok;
}
