/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Snapshot files: the state of a machine by name, and its memory. el2sim-snapshot(5) has the format. A file
 * is a list of sections ("cpu 0", "gic", "board", "memory" ...); a section is a list of pieces, as X_visit()
 * of base/visit.h gives them: name, size, bytes.
 */
#ifndef EL2SIM_LOADER_SNAPSHOT_H
#define EL2SIM_LOADER_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/visit.h"
#include "loader/blob.h"

enum { SNAPSHOT_VERSION = 2, SNAPSHOT_CHUNK = 64 << 10 /* of memory, the unit of compression */ };

/* ---- writing ---- */
struct snapshot_writer;
/* Begins a file. NULL: *e says why not. */
struct snapshot_writer *snapshot_create(const char *path, struct load_error *e);
/* Begins one in memory. */
struct snapshot_writer *snapshot_create_in_memory(void);
/* Pieces that follow belong to the object `name`, of at most 255 bytes. */
void snapshot_section(struct snapshot_writer *w, const char *name);
/* A visit_fn: ctx is the struct snapshot_writer. */
void snapshot_piece(void *ctx, const char *name, void *data, size_t size);
/* A region of RAM or ROM at physical address `base`; parts that are all zero take no room. */
void snapshot_memory(struct snapshot_writer *w, uint64_t base, const uint8_t *data, uint64_t size);
/* The allocation tags, `size` bytes, of the page at `pa` of the latest region. */
void snapshot_tags(struct snapshot_writer *w, uint64_t pa, const uint8_t *tags, size_t size);
/* Ends the file, frees w. False: it could not be written, *e says why. */
bool snapshot_finish(struct snapshot_writer *w, struct load_error *e);
/* Ends one in memory, frees w. */
struct snapshot *snapshot_finish_in_memory(struct snapshot_writer *w);

/* ---- reading: files are untrusted ---- */
struct snapshot;
/* Reads and checks a file: magic, version, structure, checksum. NULL: *e says what is wrong. */
struct snapshot *snapshot_open(const char *path, struct load_error *e);
/* The same of bytes in memory, which it takes over. */
struct snapshot *snapshot_of(const struct blob *file, struct load_error *e);
void snapshot_close(struct snapshot *s);
/* Bytes of the file. */
size_t snapshot_size(const struct snapshot *s);
/* The bytes of a piece, valid until snapshot_close(); NULL: there is none. */
const uint8_t *snapshot_find(const struct snapshot *s, const char *section, const char *piece, size_t *size);
/* A piece of 8 bytes as a number; false: none such. */
bool snapshot_number(const struct snapshot *s, const char *section, const char *piece, uint64_t *value);
/* Name of the n-th section, NULL past the last. */
const char *snapshot_section_name(const struct snapshot *s, size_t n);
/* Copies bytes of memory; false: not all of them are memory of the snapshot. */
bool snapshot_read(struct snapshot *s, uint64_t pa, void *buf, size_t size);

/* ---- a reader that fills what X_visit() shows: everything in its order, nothing else ---- */
struct snapshot_reader {
    const struct snapshot *from;
    const char *section; /* the present one, or NULL */
    size_t next_section; /* number of the one after it */
    size_t next, end;    /* its pieces still to come */
    bool failed;
    struct load_error *e; /* what was wrong first */
    uint8_t bytes[SNAPSHOT_CHUNK];
};

void snapshot_reader_init(struct snapshot_reader *r, const struct snapshot *from, struct load_error *e);
/* What follows is in section `name`; ctx is the reader. */
void snapshot_take_section(void *ctx, const char *name);
/* A visit_fn. Without data (visit_refuse()): the piece can't be. */
void snapshot_take(void *ctx, const char *name, void *data, size_t size);
/* The next piece is this text, or the reader fails, saying what it is. */
void snapshot_take_equal(struct snapshot_reader *r, const char *name, const char *text);
/* All sections and pieces were taken. False: *e says what was wrong. */
bool snapshot_reader_finish(struct snapshot_reader *r);

/* The next piece of section "memory". */
enum snapshot_memory_kind { SNAPSHOT_REGION, SNAPSHOT_BYTES, SNAPSHOT_TAGS, SNAPSHOT_NO_MORE };
struct snapshot_memory_piece {
    enum snapshot_memory_kind kind;
    uint64_t pa, size;
    const uint8_t *bytes; /* valid until the next is taken; of a region: NULL */
};
struct snapshot_memory_piece snapshot_take_memory(struct snapshot_reader *r);

#endif
