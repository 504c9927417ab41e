/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The kinds of trace that --trace can write. A new one is a row in sinks.c and an open function.
 *
 * An open function gets a struct sink_config, fills *t with the functions it wants of struct tracer, and with
 * `close`, which writes what is left and frees what it made. What the user did wrong (a file that can't be
 * written, an option that doesn't exist) is a user_error() that begins with "--trace NAME". Events come from
 * one thread.
 */
#ifndef EL2SIM_TRACES_SINK_H
#define EL2SIM_TRACES_SINK_H

#include <stdio.h>

#include "traces/trace.h"

enum { SINK_OPTIONS = 8, SINK_TEXT = 256 };

/* `key=value` of --trace that is not the filter's; value is "" where there is no `=`. */
struct sink_option {
    const char *key, *value;
};

struct sink_config {
    const char *file; /* as given, or the row's default; "-" is standard output. NULL: the row has no file */
    unsigned n_cpus;
    const char *cpu; /* the model: "max" */
    uint64_t ns_per_insn;
    struct sink_option option[SINK_OPTIONS];
    unsigned n_options;

    /* Services, with `opaque`. They go on to work until `close`. */
    void *opaque;
    /* The instruction as text, in text[SINK_TEXT]; returns text. */
    const char *(*disassemble)(void *opaque, uint32_t raw, uint64_t va, char *text);
    /* The symbol that `va` is in and how far; NULL: none. */
    const char *(*symbol)(void *opaque, uint64_t va, uint64_t *offset);
};

struct sink_row {
    const char *name;
    const char *what;    /* for --help */
    const char *file;    /* where it goes by default; NULL: it writes no file */
    const char *options; /* its own, for messages: "wide"; NULL: none */
    bool whole;          /* accesses to memory are of no use to it without their instructions */
    bool accounts;       /* its numbers need every event: filters other than cpu= would make them wrong */
    void (*open)(const struct sink_config *cfg, struct tracer *t);
};

/* The row of that name, or NULL. */
const struct sink_row *sink_find(const char *name);
/* Rows by number, NULL past the end. */
const struct sink_row *sink_at(unsigned n);
/* Opens a sink's file for text, "-" is standard output; user_error() where it can't be written. */
FILE *sink_file_open(const char *sink, const char *file);
/* Closes it, unless it is a standard stream; warns if not everything could be written. */
void sink_file_close(const char *sink, const char *file, FILE *f);
/* The value of the option `key`, or NULL. */
const char *sink_option(const struct sink_config *cfg, const char *key);

#endif
