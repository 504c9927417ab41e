/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The digest of a machine: a SHA-256 over all architectural state and memory. Equal digests mean equal
 * machines, whatever the engine, compiler or host was.
 *
 * Every piece of state is hashed as its name, a zero byte, its size (8 bytes, little-endian) and its bytes.
 * Memory is hashed as, for each 4 KB page that isn't all zero, its physical address and the SHA-256 of its
 * bytes, so that a page nobody touched and a page of zeros are the same.
 */
#ifndef EL2SIM_SIM_DIGEST_H
#define EL2SIM_SIM_DIGEST_H

#include <stdint.h>

#include <nettle/sha2.h>

#include "base/visit.h"

struct bus;

enum { DIGEST_TEXT_SIZE = 2 * SHA256_DIGEST_SIZE + 1 };

struct digest {
    struct sha256_ctx sha;
};

void digest_init(struct digest *d);
/* A visit_fn: ctx is the struct digest. Give it to any X_visit(). */
void digest_piece(void *ctx, const char *name, void *data, size_t size);
/* All RAM and ROM regions. */
void digest_memory(struct digest *d, struct bus *b);
/* Lower-case hexadecimal of the result; d is used up. */
void digest_finish(struct digest *d, char text[DIGEST_TEXT_SIZE]);

#endif
