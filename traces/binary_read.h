/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Reading the compact trace (traces/binary.h) back: item by item, or as events to a tracer. Files are not
 * trusted: what is wrong with one is said in a line, and nothing is read beyond it.
 */
#ifndef EL2SIM_TRACES_BINARY_READ_H
#define EL2SIM_TRACES_BINARY_READ_H

#include <stdio.h>

#include "traces/trace.h"

enum { READ_ERROR = 200, READ_EVENT = 256 };

/* One event. An instruction comes as `insn`, then what it caused, then `done`, with its accesses to memory and
 * the registers it wrote. Good until the next call. */
struct binary_item {
    uint8_t kind; /* enum trace_kind; `memory` never comes by itself */
    unsigned cpu;
    uint64_t sequence;  /* instructions of all CPUs before it */
    uint64_t insns, ns; /* of its CPU */
    struct trace_where where;
    struct trace_insn insn;
    unsigned n_regs; /* registers that have new values after it */
    uint8_t reg[TRACE_REGS];
    uint64_t low[TRACE_REGS], high[TRACE_REGS];
    unsigned n_accesses; /* of done */
    struct trace_memory *access;
    struct {
        uint8_t byte[READ_EVENT];
    } __attribute__((aligned(8))) event; /* struct trace_<kind> */
};

struct binary_info {
    unsigned version, n_cpus;
    uint64_t ns_per_insn;
    char cpu[32];
    uint64_t bytes, blocks, insns; /* blocks and insns: of the index */
    bool indexed;                  /* false: the trace was cut off; blocks are found one after the other */
};

struct binary_reader;

/* Reads f, which can seek and stays the caller's. NULL with a line in error[READ_ERROR]. */
struct binary_reader *binary_reader_open(FILE *f, char *error);
void binary_reader_free(struct binary_reader *r);
const struct binary_info *binary_reader_info(const struct binary_reader *r);
/* Goes to the block that has instruction `sequence` (counted over all CPUs, from 0), or the last. Items
 * before it may follow. False: error. */
bool binary_reader_seek(struct binary_reader *r, uint64_t sequence);
/* The next item; NULL at the end, or with binary_reader_error(). */
const struct binary_item *binary_reader_next(struct binary_reader *r);
/* What is wrong with the file, or NULL. */
const char *binary_reader_error(const struct binary_reader *r);
/* The CPU that an item is about, with its registers as after the latest item that was delivered. What PSTATE
 * has beside NZCV, EL and SPSel is not in the file. */
const struct trace_cpu *binary_reader_cpu(const struct binary_reader *r, unsigned cpu);
/* Tells t (or nobody, if NULL) of the item, and gives registers their new values. */
void binary_deliver(struct binary_reader *r, const struct binary_item *item, const struct tracer *t);

#endif
