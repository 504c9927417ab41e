/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What may differ between two machines without either being wrong: the table diff/permitted.def, and what
 * --ignore adds to it.
 */
#ifndef EL2SIM_DIFF_PERMITTED_H
#define EL2SIM_DIFF_PERMITTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "sysregs/features.h"

enum { PERMIT_NAMES = 200 };

enum permit_class {
    PERMIT_TIME,
    PERMIT_IDENTIFICATION,
    PERMIT_UNKNOWN,
    PERMIT_RANDOM,
    PERMIT_CHOICE,
    PERMIT_QEMU, /* QEMU's errors */
    PERMIT_USER  /* --ignore */
};

enum permit_effect { FEED_NONE, FEED_CLOCK_UP, FEED_CLOCK_DOWN, FEED_NEAR };

struct permit {
    const char *id, *what;
    uint64_t bits;
    enum permit_class class;
    enum permit_effect effect;
    const char *rule;
    uint64_t fed;             /* how often it was used */
    char names[PERMIT_NAMES]; /* "ID_AA64PFR0_EL1, ...": for what, up to here */
};

struct permitted {
    struct permit *row;
    size_t n;
};

/* The table. */
void permitted_init(struct permitted *p);
void permitted_free(struct permitted *p);
/* Adds "NAME,mmio:ADDRESS+SIZE,insn:NAME": ahead of the table. False: error says what is wrong with it. */
bool permitted_ignore(struct permitted *p, const char *list, char *error, size_t size);
/* The row for a read of system register `name`, for a device's register at `pa`, for an instruction by its
 * name in the decode table, if it covers all of the bits that differ; or NULL. */
struct permit *permitted_register(struct permitted *p, const char *name, uint64_t differing);
struct permit *permitted_device(struct permitted *p, uint64_t pa, uint64_t differing);
struct permit *permitted_insn(struct permitted *p, const char *name);
/* Bits of register `name` that are RES0 or RES1 in a CPU with these features, with HCR_EL2.E2H as it is, by the
 * RESERVED rows. */
uint64_t permitted_reserved(const struct features *f, bool e2h, const char *name);
/* The row with this id, which exists. */
struct permit *permitted_row(struct permitted *p, const char *id);
/* Counts one use, for `name` (NULL: what the row says is enough). */
void permit_use(struct permit *p, const char *name);
/* Forgets all uses. */
void permitted_restart(struct permitted *p);
/* "time" */
const char *permit_class_name(enum permit_class c);
/* The table for people. */
void permitted_print(FILE *out);

#endif
