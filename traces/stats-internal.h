/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What stats.c counts and stats_print.c writes. Nothing else includes this.
 */
#ifndef EL2SIM_TRACES_STATS_INTERNAL_H
#define EL2SIM_TRACES_STATS_INTERNAL_H

#include <stdio.h>

#include "traces/reason.h"
#include "traces/sink.h"

enum { STATS_BUCKETS = 62 * 8, STATS_DEPTH = 32 };

/* Something that happens again and again; a and b tell apart what has the same text. */
struct tally {
    char text[REASON_TEXT];
    unsigned a, b;
    uint64_t count;
    /* costs in instructions, of the `timed` times that there is one */
    uint64_t timed, total, min, max;
    uint32_t bucket[STATS_BUCKETS];
};
struct tallies {
    struct tally *tally;
    unsigned n;
};

struct stats_cpu {
    const struct trace_cpu *view; /* NULL: nothing was heard of it */
    struct trace_where where;     /* since the last context event */
    uint64_t first, counted;      /* instructions at the beginning, and up to where they are accounted for */
    bool in_exit;
    unsigned exit; /* index in stats.exits */
    uint64_t exit_insns;
    unsigned descriptors; /* of the walk in progress */
};

struct stats {
    struct sink_config cfg;
    FILE *out;
    bool json;
    struct stats_cpu *cpu;
    uint64_t total, el[4];     /* instructions */
    struct tallies places;     /* a: Exception level, b: VMID + 1 or 0; total: instructions */
    struct tallies exceptions; /* a, b: from and to which Exception level */
    struct tallies exits;      /* a: VMID */
    struct tallies tlbis;      /* total: entries dropped */
    uint64_t entries;          /* into guests */
    uint64_t walks, walk_faults, made, evicted;
    uint64_t depth[STATS_DEPTH]; /* walks by the number of descriptors read */
};

struct tally *stats_tally(struct tallies *all, const char *text, unsigned a, unsigned b);
/* The least value of a bucket. */
uint64_t stats_bucket_value(unsigned bucket);
void stats_print(struct stats *s);

#endif
