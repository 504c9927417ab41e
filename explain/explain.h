/* SPDX-License-Identifier: BSD-2-Clause
 *
 * `el2sim explain`: what the Arm architecture says about an access, an exception, a TLBI or a register value
 * in a state that is given in words. Everything comes from the verdict functions and tables of sysregs/, mmu/
 * and cpu/; this room only asks them and prints. Output goes to a FILE *, so that a debugger's monitor can
 * use it.
 */
#ifndef EL2SIM_EXPLAIN_EXPLAIN_H
#define EL2SIM_EXPLAIN_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct features;

/* A machine's state to explain in, instead of one in words. */
struct explain_source {
    const struct features *feat;
    const uint64_t *sr; /* all SR_COUNT */
    uint8_t el, daif /* D=8 A=4 I=2 F=1 */;
    bool sp0, pan;
    /* 8 bytes of physical memory; false: there are none. */
    bool (*read64)(void *opaque, uint64_t pa, uint64_t *value);
    void *opaque;
};

/* Where an explanation goes, and in which dress. Zero it before filling: then plain ASCII, 100 columns. */
struct explain_io {
    FILE *out;
    bool utf8;        /* lines of tables may be drawn with box characters */
    bool colour;      /* a terminal that understands escape sequences */
    const struct explain_source *source; /* NULL: state and memory are the command's options */
    char error[1024]; /* one line: what is wrong with the command */
};

/* Runs one command: argv[0] is the sub-command ("access"), the rest its arguments and options. False: nothing
 * was written and io->error says what is wrong. Doesn't exit and keeps nothing. */
bool explain_command(struct explain_io *io, int argc, char **argv);

/* The command line: argv[0] is "explain". Writes to stdout; returns the exit status. */
int explain_main(int argc, char **argv);

#endif
