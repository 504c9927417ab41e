/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the files of the command-line parser share.
 */
#ifndef EL2SIM_SIM_OPTIONS_INTERNAL_H
#define EL2SIM_SIM_OPTIONS_INTERNAL_H

#include "base/compiler.h"
#include "sim/options.h"

/* A list "a,key=value,..." as QEMU writes them: ",," is a comma inside a value. */
struct prop_list {
    const char *option; /* "-device", for messages */
    char *rest;
};

struct prop {
    char *key;
    char *value; /* NULL: only a word */
};

/* Starts on a copy of text that *o owns. */
struct prop_list prop_list(struct options *o, const char *option, const char *text);
bool prop_next(struct prop_list *l, struct prop *p);

/* The value of `key`, user_error() without one. */
const char *prop_string(const struct prop_list *l, const struct prop *p);
bool prop_bool(const struct prop_list *l, const struct prop *p);
/* A decimal or 0x number. */
uint64_t prop_number(const struct prop_list *l, const struct prop *p, uint64_t min, uint64_t max);
/* user_error() that names the option, the property and those that are known. */
NORETURN void prop_unknown(const struct prop_list *l, const struct prop *p, const char *known);

/* A number that is all of `text`; user_error() naming `what` unless it is within min..max. */
uint64_t parse_number(const char *what, const char *text, uint64_t min, uint64_t max);
/* "512M", "1G", "1.5G"; a bare number counts `unit` bytes. */
uint64_t parse_size(const char *what, const char *text, uint64_t unit);

/* sim/options_dev.c: option handlers, `text` is the argument. */
void option_drive(struct options *o, const char *text);
void option_device(struct options *o, const char *text);
void option_chardev(struct options *o, const char *text);
void option_serial(struct options *o, const char *text);
void option_fw_cfg(struct options *o, const char *text);
/* -cpu help (cpu is "") and -cpu MODEL[,FEATURE=...],help: prints and exits. */
NORETURN void options_help_cpu(const char *cpu);
/* Connects devices to the drives and character devices they name. */
void options_resolve(struct options *o);

#endif
