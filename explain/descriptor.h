/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Page table descriptors in words: the fields of one that the walker of mmu/ has met.
 */
#ifndef EL2SIM_EXPLAIN_DESCRIPTOR_H
#define EL2SIM_EXPLAIN_DESCRIPTOR_H

#include "explain/internal.h"
#include "mmu/mmu.h"

/* The fields of s->desc that aren't 0, by name and value, wrapped and indented; all of them with --all.
 * s is a WALK_DESCRIPTOR step of a translation in context *t. */
void descriptor_fields_text(struct explain *x, const struct tctx *t, const struct walk_step *s,
                            unsigned indent);
/* The same as an object "fields". */
void descriptor_fields_json(struct explain *x, const struct tctx *t, const struct walk_step *s);
/* "block of 2 MiB", "table", "invalid". */
const char *descriptor_kind(const struct walk_step *s);
/* "EL1 rwx, EL0 r--" of s->perm. */
void descriptor_permissions(const struct tctx *t, const struct walk_step *s, char *text, size_t size);
/* 2 to the power of log2 bytes: "64 KiB". */
const char *size_words(unsigned log2, char *text, size_t size);
/* Memory type of a byte in MAIR format and shareability: D19.2 MAIR_ELx. */
void attr_words(unsigned attr, unsigned sh, char *text, size_t size);

#endif
