/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Bytes of a file in memory, and how loaders say what is wrong with them.
 */
#ifndef EL2SIM_LOADER_BLOB_H
#define EL2SIM_LOADER_BLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

struct blob {
    uint8_t *data; /* malloc'ed */
    size_t size;
};

/* One line without the file's name: "truncated: program header 2 ends at ...". */
struct load_error {
    char text[200];
};

/* Fills *e and returns false. */
bool load_fail(struct load_error *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Reads a regular file (or a pipe) of at most max bytes. */
bool blob_read(struct blob *b, const char *path, size_t max, struct load_error *e);
void blob_free(struct blob *b);

/* Little-endian numbers at an offset that the caller has checked. */
uint32_t blob_u32(const struct blob *b, size_t offset);
uint64_t blob_u64(const struct blob *b, size_t offset);

#endif
