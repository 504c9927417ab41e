/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which events a sink hears of: Exception level, regime, VMID, ASID, CPU, kind of event, range of PC, window
 * of instructions, from the first entry to EL2, from and to a symbol. The words are those of --trace
 * (el2sim(1)).
 */
#ifndef EL2SIM_TRACES_FILTER_H
#define EL2SIM_TRACES_FILTER_H

#include "traces/trace.h"

enum { FILTER_RANGES = 8, FILTER_CPUS = 128 };

struct filter_range {
    uint64_t first, last;
};

struct filter {
    uint32_t kinds; /* bit per enum trace_kind; all to begin with */
    uint8_t els;    /* bit per Exception level; 0: any */
    uint8_t regimes;
    bool any_vmid, any_asid;
    uint16_t vmid, asid;
    bool has_cpu;
    unsigned cpu;
    unsigned n_pcs;
    struct filter_range pc[FILTER_RANGES]; /* of the instruction that the event belongs to */
    bool has_window;
    struct filter_range window; /* instructions of the event's CPU */
    bool from_el2;
    bool has_start, has_stop;
    uint64_t start, stop; /* addresses of instructions */
};

/* Finds the address of a symbol; false: there is none of that name. */
typedef bool filter_symbol_fn(void *opaque, const char *name, uint64_t *address);

/* Lets everything through. */
void filter_init(struct filter *f);
/* Takes one `key=value`. Returns NULL, "" if the key is none of a filter's, or what is wrong with the value
 * (static text). */
const char *filter_set(struct filter *f, const char *key, const char *value, filter_symbol_fn *symbol,
                       void *opaque);
/* The keys, for --help: "el=, regime=, ...". */
const char *filter_keys(void);

/* Has it begun, has it ended: one per filter. */
struct filter_state {
    bool begun, ended, seen_el2;
};
void filter_begin(const struct filter *f, struct filter_state *s);
/* Does the event of `kind` on c pass? */
bool filter_passes(const struct filter *f, struct filter_state *s, const struct trace_cpu *c,
                   enum trace_kind kind);
/* Does nothing but cpu= hold anything back? */
bool filter_is_of_cpu(const struct filter *f);
/* Does it look at each instruction, to start or to stop, whatever the sink wants? */
bool filter_is_hot(const struct filter *f);

#endif
