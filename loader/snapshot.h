/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Snapshot files: the state of a machine by name, and its memory. el2sim-snapshot(5) has the format. A file
 * is a list of sections ("cpu 0", "gic", "board", "memory"); a section is a list of pieces, as X_visit() of
 * base/visit.h gives them: name, size, bytes.
 */
#ifndef EL2SIM_LOADER_SNAPSHOT_H
#define EL2SIM_LOADER_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/visit.h"
#include "loader/blob.h"

enum { SNAPSHOT_VERSION = 1 };

/* ---- writing ---- */
struct snapshot_writer;
/* Begins a file. NULL: *e says why not. */
struct snapshot_writer *snapshot_create(const char *path, struct load_error *e);
/* Pieces that follow belong to the object `name`, of at most 255 bytes. */
void snapshot_section(struct snapshot_writer *w, const char *name);
/* A visit_fn: ctx is the struct snapshot_writer. */
void snapshot_piece(void *ctx, const char *name, void *data, size_t size);
/* A region of RAM or ROM at physical address `base`; parts that are all zero take no room. */
void snapshot_memory(struct snapshot_writer *w, uint64_t base, const uint8_t *data, uint64_t size);
/* Ends the file, frees w. False: it could not be written, *e says why. */
bool snapshot_finish(struct snapshot_writer *w, struct load_error *e);

/* ---- reading: files are untrusted ---- */
struct snapshot;
/* Reads and checks a file: magic, version, structure, checksum. NULL: *e says what is wrong. */
struct snapshot *snapshot_open(const char *path, struct load_error *e);
/* The same of bytes in memory, which it takes over. */
struct snapshot *snapshot_of(const struct blob *file, struct load_error *e);
void snapshot_close(struct snapshot *s);
/* The bytes of a piece, valid until snapshot_close(); NULL: there is none. */
const uint8_t *snapshot_find(const struct snapshot *s, const char *section, const char *piece, size_t *size);
/* A piece of 8 bytes as a number; false: none such. */
bool snapshot_number(const struct snapshot *s, const char *section, const char *piece, uint64_t *value);
/* Name of the n-th section, NULL past the last. */
const char *snapshot_section_name(const struct snapshot *s, size_t n);
/* Copies bytes of memory; false: not all of them are memory of the snapshot. */
bool snapshot_read(struct snapshot *s, uint64_t pa, void *buf, size_t size);

#endif
