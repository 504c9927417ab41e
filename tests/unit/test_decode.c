/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The decoder's tree, features, the FP trap and operands. What is allocated is tests/insn/decode-spec's
 * matter.
 */
#include <check.h>
#include <inttypes.h>

#include "base/bits.h"
#include "cpu/decode.h"
#include "tests/unit/run.h"

static uint32_t random_word(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 32);
}

/* Each pattern's own words reach that pattern: the tree loses none, and rows don't hide each other. */
START_TEST(every_row_is_found)
{
    unsigned n;
    uint64_t seed = 3;
    const struct decode_row *rows = decode_rows(&n);
    for (unsigned k = 0; k < n; k++) {
        unsigned hits = 0;
        for (unsigned i = 0; i < 200; i++) {
            uint32_t word = (random_word(&seed) & ~rows[k].mask) | rows[k].value;
            const struct decode_row *found = decode_find(word);
            hits += found == &rows[k];
            ck_assert_msg(found == &rows[k] || rows[k].n_excluded > 0, "%08x is %s, found %s", word,
                          rows[k].name, found ? found->name : "nothing");
        }
        ck_assert_msg(hits > 0, "%s is never found", rows[k].name);
    }
}
END_TEST

START_TEST(features_switch_rows_off)
{
    static const struct {
        uint32_t word;
        enum feature needs;
    } rows[] = {{0xb8200000, FEAT_LSE},    {0x1ac04000, FEAT_CRC32},  {0xdac10000, FEAT_PAuth},
                {0xd500401f, FEAT_FlagM},  {0xd500403f, FEAT_FlagM2}, {0x38bfc000, FEAT_LRCPC},
                {0x99000000, FEAT_LRCPC2}, {0xd50330ff, FEAT_SB},     {0xd5031000, FEAT_WFxT},
                {0x48df7c00, FEAT_LOR},    {0xd503323f, FEAT_XS},     {0x5ac01c00, FEAT_CSSC},
                {0x91c00000, FEAT_CSSC},   {0x99c00800, FEAT_LRCPC3}, {0x19208000, FEAT_LSE128}};
    for (unsigned k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
        struct features f = {0};
        struct insn o = {0};
        decode(&o, rows[k].word, &f, false);
        ck_assert_uint_eq(o.op, OP_UNDEFINED);
        feature_set(&f, rows[k].needs, true);
        decode(&o, rows[k].word, &f, false);
        ck_assert_uint_ne(o.op, OP_UNDEFINED);
    }
}
END_TEST

START_TEST(trapped_fp_becomes_fp_trap)
{
    struct features f = {0};
    struct insn o = {.offset = 0x123, .left = 7};
    feature_set(&f, FEAT_FP, true);
    decode(&o, 0x1e622820, &f, true); /* FADD D0, D1, D2 */
    ck_assert_uint_eq(o.op, OP_FP_TRAP);
    ck_assert(o.flags & INSN_END);
    ck_assert_uint_eq(o.offset, 0x123);
    ck_assert_uint_eq(o.left, 7);
    ck_assert_uint_eq(o.raw, 0x1e622820);
    decode(&o, 0x8b020020, &f, true); /* ADD X0, X1, X2 */
    ck_assert_uint_eq(o.op, OP_ADD_reg64);
    decode(&o, 0x1e200000 | 3 << 22 | 1 << 21, &f, true); /* unallocated: UNDEFINED wins over the trap */
    ck_assert_uint_eq(o.op, OP_UNDEFINED);
}
END_TEST

/* Operands, against the manual's examples of expansion. */
START_TEST(operands_are_expanded)
{
    static const struct {
        uint32_t word;
        uint64_t imm;
    } rows[] = {
        {0x92403c00, 0xffff},                       /* AND X0, X0, #0xffff */
        {0xb200f3e0, UINT64_C(0x5555555555555555)}, /* MOV X0, #0x5555555555555555 */
        {0x3201f3e0, UINT64_C(0xaaaaaaaa)},         /* MOV W0, #0xaaaaaaaa */
        {0x12800000, UINT64_C(0xffffffff)},         /* MOV W0, #-1 */
        {0x92bfffe0, UINT64_C(0xffffffff0000ffff)}, /* MOVN X0, #0xffff, LSL #16 */
        {0x91400400, 0x1000},                       /* ADD X0, X0, #1, LSL #12 */
        {0x17ffffff, UINT64_C(0xfffffffffffffffc)}, /* B .-4 */
        {0x54ffffe0, UINT64_C(0xfffffffffffffffc)}, /* B.EQ .-4 */
        {0xf94007e0, 8},                            /* LDR X0, [SP, #8] */
        {0xf81f83e0, UINT64_C(0xfffffffffffffff8)}, /* STUR X0, [SP, #-8] */
        {0xa9bf7bfd, UINT64_C(0xfffffffffffffff0)}, /* STP X29, X30, [SP, #-16]! */
        {0xb0000000, 0x1000},                       /* ADRP X0, .+0x1000 */
        {0x70ffffe0, UINT64_C(0xffffffffffffffff)}, /* ADR X0, .-1 */
    };
    const struct features f = {0};
    for (unsigned k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
        struct insn o = {0};
        decode(&o, rows[k].word, &f, false);
        ck_assert_msg(o.op != OP_UNDEFINED && o.imm == rows[k].imm, "%08x: imm %" PRIx64, rows[k].word,
                      o.imm);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("decode");
    TCase *tc = tcase_create("decode");
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, every_row_is_found);
    tcase_add_test(tc, features_switch_rows_off);
    tcase_add_test(tc, trapped_fp_becomes_fp_trap);
    tcase_add_test(tc, operands_are_expanded);
    suite_add_tcase(s, tc);
    return suite_run(s);
}
