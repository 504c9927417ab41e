/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Decoding: from a word to a record. The rows and the tree that finds them are generated from the .decode
 * files (cpu/decode.md); the fmt_ functions that fill the operands are in the formats-*.h headers. What a
 * word means depends on nothing but the word, the features, and whether FP/SIMD is trapped: records live in
 * pages keyed by these.
 */
#include "cpu/decode.h"

#include "base/bits.h"
#include "base/compiler.h"
#include "cpu/cpu.h"

#include "cpu/formats-base.h"
#include "cpu/formats-fp.h"
#include "cpu/formats-advsimd.h"

/* A step of the search: the field that chooses the edge. An edge is a node, or LEAF and a place in the
 * candidates. */
struct decode_node {
    uint8_t shift;
    uint16_t mask, base;
};
#define DECODE_LEAF 0x8000

#include "cpu/decode_gen.c"

static bool row_matches(const struct decode_row *r, uint32_t raw)
{
    if ((raw & r->mask) != r->value)
        return false;
    const struct decode_cube *x = &excluded[r->excluded_at];
    for (unsigned k = 0; k < r->n_excluded; k++)
        if ((raw & x[k].mask) == x[k].value)
            return false;
    return true;
}

const struct decode_row *decode_find(uint32_t raw)
{
    unsigned at = 0;
    do {
        const struct decode_node *n = &nodes[at];
        at = edges[n->base + (raw >> n->shift & n->mask)];
    } while (!(at & DECODE_LEAF));
    for (const uint16_t *l = &leaves[at & ~DECODE_LEAF]; *l; l++)
        if (row_matches(&rows[*l - 1], raw))
            return &rows[*l - 1];
    return NULL;
}

const struct decode_row *decode_rows(unsigned *n)
{
    *n = ARRAY_LEN(rows);
    return rows;
}

static bool row_exists(const struct decode_row *r, const struct features *f)
{
    for (unsigned k = 0; k < 2; k++)
        if (r->feature[k] != FEAT_ALWAYS && !has(f, r->feature[k]))
            return false;
    return true;
}

void decode(struct insn *o, uint32_t raw, const struct features *f, bool fp_trapped)
{
    const struct decode_row *r = decode_find(raw);
    *o = (struct insn){.fn = o->fn, .offset = o->offset, .left = o->left, .raw = raw};
    if (r != NULL && row_exists(r, f)) {
        o->op = r->op;
        o->flags = r->flags;
        if (r->fill == NULL || r->fill(o, raw)) {
            if (fp_trapped && (r->flags & INSN_FP)) {
                o->op = OP_FP_TRAP;
                o->flags = INSN_END;
            }
            return;
        }
    }
    o->op = OP_UNDEFINED;
    o->flags = INSN_END;
}

const char *decode_row_name(uint32_t raw)
{
    const struct decode_row *r = decode_find(raw);
    return r ? r->name : NULL;
}
