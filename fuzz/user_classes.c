/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The classes of `el2sim fuzz user`: which row of the decode table is in which. A class that isn't made of
 * rows only (exclusive pairs, pointer authentication, memory copies, random words) has the rest in
 * user_block.c.
 */
#include "fuzz/user_classes.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/log.h"
#include "cpu/encoding.h"

const struct fuzz_class fuzz_user_classes[] = {
    [CLASS_INT] = {"int", "integer arithmetic, logic, moves, bit fields, conditions", 16},
    [CLASS_BRANCH] = {"branch", "branches, forward within the block; exception generation", 4},
    [CLASS_LDST] = {"ldst", "loads and stores of one general register", 10},
    [CLASS_PAIR] = {"ldst-pair", "pairs of general registers", 4},
    [CLASS_ORDERED] = {"ordered", "acquire and release; load exclusive", 3},
    [CLASS_EXCLUSIVE] = {"exclusive", "load exclusive with its store", 2},
    [CLASS_ATOMIC] = {"atomic", "compare and swap, LDADD and the like (FEAT_LSE, LSE128)", 4},
    [CLASS_CRC] = {"crc", "CRC32", 1},
    [CLASS_FP] = {"fp", "scalar floating point", 16},
    [CLASS_FP_CONV] = {"fp-conv", "conversions between formats, integers and fixed point, rounding", 12},
    [CLASS_SIMD_INT] = {"simd-int", "Advanced SIMD, integers and permutations", 24},
    [CLASS_SIMD_FP] = {"simd-fp", "Advanced SIMD floating point", 20},
    [CLASS_SIMD_LDST] = {"simd-ldst", "loads and stores of SIMD&FP registers", 8},
    [CLASS_CRYPTO] = {"crypto", "AES, SHA, SM3, SM4, PMULL", 3},
    [CLASS_SYSTEM] = {"system", "hints, barriers, MRS, MSR, cache maintenance at EL0", 4},
    [CLASS_PAUTH] = {"pauth", "pointer authentication: signed, then checked", 2},
    [CLASS_MTE] = {"mte", "allocation tags, in memory that has none", 2},
    [CLASS_MOPS] = {"mops", "memory copy and set (FEAT_MOPS), whole sequences", 2},
    [CLASS_RANDOM] = {"random", "any 32 bits", 4},
    [CLASS_COUNT] = {NULL, NULL, 0},
};

static bool begins(const char *name, const char *with)
{
    return strncmp(name, with, strlen(with)) == 0;
}

static bool needs(const struct decode_row *row, enum feature f)
{
    return row->feature[0] == f || row->feature[1] == f;
}

/* Rows outside the main groups: by feature. */
static enum user_class by_feature(const struct decode_row *row)
{
    static const struct {
        enum feature f;
        enum user_class c;
    } rows[] = {
        {FEAT_PAuth, CLASS_PAUTH},   {FEAT_MOPS, CLASS_MOPS},   {FEAT_MTE, CLASS_MTE},
        {FEAT_MTE2, CLASS_MTE},      {FEAT_CRC32, CLASS_CRC},   {FEAT_AES, CLASS_CRYPTO},
        {FEAT_PMULL, CLASS_CRYPTO},  {FEAT_SHA1, CLASS_CRYPTO}, {FEAT_SHA256, CLASS_CRYPTO},
        {FEAT_SHA512, CLASS_CRYPTO}, {FEAT_SHA3, CLASS_CRYPTO}, {FEAT_SM3, CLASS_CRYPTO},
        {FEAT_SM4, CLASS_CRYPTO},    {FEAT_LSE, CLASS_ATOMIC},  {FEAT_LSE128, CLASS_ATOMIC},
    };
    for (unsigned n = 0; n < ARRAY_LEN(rows); n++)
        if (needs(row, rows[n].f))
            return rows[n].c;
    return CLASS_COUNT;
}

static enum user_class of_load_store(const struct decode_row *row)
{
    uint32_t v = row->value;
    if (bit(v, 26))
        return CLASS_SIMD_LDST;
    if (encodes_pair(v))
        return CLASS_PAIR;
    if (encodes_exclusive_or_ordered(v))
        return begins(row->name, "STX") ? CLASS_EXCLUSIVE : CLASS_ORDERED;
    if ((v & 0x3b000000) == 0x19000000 || begins(row->name, "LDAR"))
        return CLASS_ORDERED;
    return CLASS_LDST;
}

/* Scalar floating point has bits [30,28:25] = 01111; the rest is Advanced SIMD, where floating point is told
 * by its name. */
static enum user_class of_fp_simd(const struct decode_row *row)
{
    static const char *const conversions[] = {"FCVT", "CVTF", "SCVTF", "UCVTF", "FJCVT", "FRINT", "BFCVT"};
    bool scalar = (row->value & 0x5e000000) == 0x1e000000;
    for (unsigned n = 0; n < ARRAY_LEN(conversions); n++)
        if (begins(row->name, conversions[n]))
            return CLASS_FP_CONV;
    if (scalar)
        return CLASS_FP;
    return begins(row->name, "F") || begins(row->name, "BF") ? CLASS_SIMD_FP : CLASS_SIMD_INT;
}

static enum user_class class_of(const struct decode_row *row)
{
    enum user_class c = by_feature(row);
    uint32_t v = row->value;
    if (c != CLASS_COUNT && !begins(row->name, "MSR"))
        return c;
    if (begins(row->name, "PACI") || begins(row->name, "AUTI") || begins(row->name, "XPAC"))
        return CLASS_PAUTH;
    if (encodes_load_store(v))
        return of_load_store(row);
    if ((v & 0x0e000000) == 0x0e000000)
        return of_fp_simd(row);
    if ((v & 0x1c000000) == 0x14000000)
        return (v & 0xff000000) == 0xd5000000 ? CLASS_SYSTEM : CLASS_BRANCH;
    return CLASS_INT;
}

struct user_classes *user_classes_new(const struct features *both, const struct decode_row *const *deadly,
                                      unsigned n_deadly)
{
    struct user_classes *c = xcalloc(1, sizeof(*c));
    unsigned n;
    const struct decode_row *row = decode_rows(&n);
    c->features = *both;
    c->deadly = deadly;
    c->n_deadly = n_deadly;
    for (unsigned k = 0; k < n; k++)
        if (has(both, row[k].feature[0]) && has(both, row[k].feature[1]))
            c->n[class_of(&row[k])]++;
    for (unsigned k = 0; k < CLASS_COUNT; k++)
        c->row[k] = xcalloc(c->n[k] + 1, sizeof(*c->row[k]));
    memset(c->n, 0, sizeof(c->n));
    for (unsigned k = 0; k < n; k++) {
        if (!has(both, row[k].feature[0]) || !has(both, row[k].feature[1]))
            continue;
        enum user_class in = class_of(&row[k]);
        c->row[in][c->n[in]++] = &row[k];
    }
    return c;
}

void user_classes_free(struct user_classes *c)
{
    for (unsigned k = 0; k < CLASS_COUNT; k++)
        free(c->row[k]);
    free(c);
}
