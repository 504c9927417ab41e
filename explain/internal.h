/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the files of explain/ share: the command being explained, its options and state, and how text, tables
 * and JSON are written. Nothing outside explain/ includes this.
 */
#ifndef EL2SIM_EXPLAIN_INTERNAL_H
#define EL2SIM_EXPLAIN_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/compiler.h"
#include "explain/explain.h"
#include "sysregs/features.h"
#include "sysregs/sysreg.h"

#define EXPLAIN_COLUMNS 100
#define EXPLAIN_ARGS 8
#define EXPLAIN_OPTIONS 32
#define EXPLAIN_NOTES 24
#define JSON_DEPTH 16

struct explain {
    struct explain_io *io;
    FILE *out;
    const struct explain_command *command;
    const char *name; /* argv[0]: a register's for explain_registers() */

    /* the command line, split */
    const char *arg[EXPLAIN_ARGS];
    unsigned n_args;
    struct {
        const char *name, *value; /* value NULL: the option takes none */
    } option[EXPLAIN_OPTIONS];
    unsigned n_options;

    /* the state that is asked about */
    struct features feat;
    uint64_t sr[SR_COUNT];
    bool given[SR_COUNT]; /* named on the command line */
    uint8_t el, daif;
    bool el_given, sp0, pan;
    struct explain_memory *memory; /* memory.h; NULL unless the command takes state from files */
    char note[EXPLAIN_NOTES][200];
    unsigned n_notes;

    /* JSON being written */
    bool json;
    unsigned depth;
    bool started[JSON_DEPTH]; /* a member was written at this depth */
    char closing[JSON_DEPTH];
};

/* An option of one sub-command, beside those for the state. */
struct explain_option {
    const char *name; /* without dashes */
    const char *arg;  /* what --help calls its value, or NULL */
    const char *help;
};

struct explain_command {
    const char *name;
    bool (*run)(struct explain *x);
    const char *usage;                    /* what follows the name */
    const char *about;                    /* one line */
    const char *text;                     /* paragraphs for --help, examples at the end */
    const struct explain_option *options; /* up to one whose name is NULL; or NULL */
    bool (*prepare)(struct explain *x);   /* makes the state before the options change it; or NULL */
    bool stateless;                       /* takes no state but --cpu and what chooses a register's layout */
};

/* One file each. */
bool explain_access(struct explain *x);
bool explain_descriptor(struct explain *x);
extern const struct explain_option explain_descriptor_options[];
bool explain_translate(struct explain *x);
extern const struct explain_option explain_translate_options[];
bool explain_registers(struct explain *x);
bool explain_exception(struct explain *x);
bool explain_tlbi(struct explain *x);
bool explain_map(struct explain *x);
extern const struct explain_option explain_access_options[], explain_registers_options[],
    explain_exception_options[], explain_tlbi_options[], explain_map_options[];

/* ---- registers.c: for other commands' use ---- */
/* A value field by field; `indent` columns from the left. */
void explain_fields_text(struct explain *x, enum sysreg reg, uint64_t value, unsigned indent, bool all);
/* ESR_ELx: class and syndrome. */
void explain_esr_text(struct explain *x, uint64_t esr, unsigned indent);
void explain_esr_json(struct explain *x, const char *key, uint64_t esr);

/* ---- state.c ---- */

/* False, with the message as io->error. */
bool explain_fail(struct explain *x, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* A line that the answer should carry, such as a bit of the state that this CPU doesn't have. */
void explain_note(struct explain *x, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Splits argv into x->arg, x->option and the state. */
bool explain_parse(struct explain *x, int argc, char **argv);
/* The options for the state, for --help. */
const struct explain_option *explain_state_options(void);
/* The value of a sub-command's option, NULL if it wasn't given; for one without a value: its own name. */
const char *explain_option(const struct explain *x, const char *name);
/* --NAME VALUE for a register; only HCR_EL2 if `hcr`, else all but it: it decides the layout of others. */
bool explain_set(struct explain *x, const char *name, const char *value, bool hcr);
/* A number with 0x, 0b or decimal; false: text isn't one. */
bool explain_number(const char *text, uint64_t *value);
/* The same of an option, between min and max; fills *value only if the option was given. */
bool explain_option_number(struct explain *x, const char *name, uint64_t min, uint64_t max, uint64_t *value);
/* A register by any of its names: "sctlr_el1", "SCTLR", "s3_0_c1_c0_0". A name without suffix means the one
 * that controls the current EL. SR_NONE and an error that suggests a name if there is none. */
enum sysreg explain_register(struct explain *x, const char *name);
bool explain_is_register(const struct explain *x, const char *name);
/* A register's value: a number, or a list of its fields. */
bool explain_value(struct explain *x, enum sysreg reg, const char *text, uint64_t *value);
/* "s3_0_c1_c0_0" and "c" in upper case: the encoding; false: text isn't of this form. */
bool explain_encoding(const char *text, unsigned code[5]);
void explain_state_text(struct explain *x);
void explain_state_json(struct explain *x);
void explain_notes_text(struct explain *x);
void explain_notes_json(struct explain *x);
/* The state as its verdict functions want it. */
struct access_state explain_access_state(const struct explain *x);

/* The best match for a mistyped name. */
struct nearest {
    const char *wanted;
    char name[48];
    unsigned distance;
};
void nearest_start(struct nearest *n, const char *wanted);
void nearest_offer(struct nearest *n, const char *name);
/* "; did you mean 'x'?", or "" where nothing is near. `buffer` is used for it. */
const char *nearest_hint(const struct nearest *n, char *buffer, size_t size);

/* ---- write.c: text ---- */

void say(struct explain *x, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Paragraph: words broken at EXPLAIN_COLUMNS, lines after the first indented; `column` is where the first
 * starts. */
void say_wrapped(struct explain *x, unsigned column, unsigned indent, const char *text);
/* A line of emphasis. */
void say_strong(struct explain *x, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* A table with drawn lines; cells are copied. */
struct table {
    unsigned columns, rows, room;
    char **cell;
};
void table_start(struct table *t, unsigned columns);
void table_cell(struct table *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Prints and frees; the first row is the header. */
void table_print(struct explain *x, struct table *t);

/* ---- write.c: JSON; key is NULL in an array ---- */

void json_open(struct explain *x, const char *key, char bracket);
void json_close(struct explain *x);
void json_text(struct explain *x, const char *key, const char *text); /* NULL: null */
void json_hex(struct explain *x, const char *key, uint64_t v);        /* a string "0x..." */
void json_number(struct explain *x, const char *key, int64_t v);
void json_bool(struct explain *x, const char *key, bool v);

/* ---- manual.c ---- */

/* Where the manual describes a register: "DDI 0487 D19.2 HCR_EL2". */
const char *manual_section(enum sysreg reg, char *buffer, size_t size);

#endif
