/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Names of addresses: the symbol table of an ELF file, or the lines of a System.map.
 */
#ifndef EL2SIM_LOADER_SYMBOLS_H
#define EL2SIM_LOADER_SYMBOLS_H

#include "loader/blob.h"

struct symbols;

/* Reads the file at `path`. NULL, with *e filled: it is neither, or damaged. */
struct symbols *symbols_load(const char *path, struct load_error *e);
/* The same of what is in memory already. */
struct symbols *symbols_parse(const struct blob *b, struct load_error *e);
void symbols_free(struct symbols *s);
/* The address of `name`. False: no such symbol. `s` may be NULL: there is none. */
bool symbols_find(const struct symbols *s, const char *name, uint64_t *address);
/* The last symbol at or before `address`, and how far before; NULL: none. */
const char *symbols_at(const struct symbols *s, uint64_t address, uint64_t *offset);
/* How many there are. */
size_t symbols_count(const struct symbols *s);

#endif
