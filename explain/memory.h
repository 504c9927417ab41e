/* SPDX-License-Identifier: BSD-2-Clause
 *
 * State from files for `explain`: registers and memory of a snapshot (--from), registers as text (--regs),
 * memory as raw bytes (--mem).
 */
#ifndef EL2SIM_EXPLAIN_MEMORY_H
#define EL2SIM_EXPLAIN_MEMORY_H

#include "explain/internal.h"

/* The rows of --help; a command that takes them lists them among its options. */
#define EXPLAIN_MEMORY_OPTIONS                                                                               \
    {"from", "SNAPSHOT", "state and memory of a file that `el2sim --save-at` wrote"},                        \
        {"cpu-number", "N", "which CPU of the snapshot (default 0)"},                                        \
        {"regs", "FILE", "registers: lines 'NAME = NUMBER' or 'NAME = field,field'"},                        \
    {                                                                                                        \
        "mem", "FILE[@ADDRESS]", "memory: raw bytes at a physical address (default 0x40000000); repeatable"  \
    }

struct explain_memory;
/* Opens what --from and --mem name, and takes the state from --from and --regs. False: x->io->error. */
bool explain_memory_open(struct explain *x);
void explain_memory_close(struct explain_memory *m);
/* Little-endian, 8 bytes; false: not memory of any of the files. */
bool explain_memory_read64(struct explain_memory *m, uint64_t pa, uint64_t *value);

#endif
