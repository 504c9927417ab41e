/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Fuzz: any word decodes, on any CPU, to an instruction that exists, with register numbers that exist, and
 * the same one every time.
 */
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "cpu/decode.h"
#include "tests/fuzz/fuzz.h"

static void check(const struct insn *i)
{
    if (i->op >= OP_COUNT || i->rd >= 34 || i->rn >= 34 || i->rm >= 34)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const cpus[] = {"max", "cortex-a57", "neoverse-n1", "neoverse-v1"};
    struct fuzz_input in = {data, size};
    struct features f = {.has_el2 = true};
    features_parse(&f, cpus[take(&in, 1) % ARRAY_LEN(cpus)]);
    while (in.left > 0) {
        struct insn a, b;
        uint32_t raw = (uint32_t)take(&in, 4);
        memset(&a, 0, sizeof(a));
        memset(&b, 0xff, sizeof(b));
        decode(&a, raw, &f, false);
        check(&a);
        decode(&b, raw, &f, false);
        if (a.op != b.op || a.rd != b.rd || a.rn != b.rn || a.rm != b.rm || a.ra != b.ra || a.imm != b.imm ||
            a.aux != b.aux || a.flags != b.flags)
            abort();
        decode(&b, raw, &f, true);
        check(&b);
        const struct decode_row *row = decode_find(raw);
        if (row != NULL && (raw & row->mask) != row->value)
            abort();
    }
    return 0;
}
