/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Fuzz: device trees of the user, with and without edits.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/fdt.h"
#include "sim/options.h"
#include "sysregs/features.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = {data, size};
    struct features feat = {.has_el2 = true};
    struct options o;
    uint64_t mpidr[1] = {0}, flags = take(&in, 1);
    size_t out_size;
    options_init(&o);
    features_parse(&feat, "max");
    o.append = (flags & 1) != 0 ? "console=ttyAMA0" : NULL;
    o.initrd = (flags & 2) != 0 ? "initrd" : NULL;
    o.ram_size_given = (flags & 4) != 0;
    const struct fdt_facts facts = {.opt = &o,
                                    .feat = &feat,
                                    .conduit = PSCI_SMC,
                                    .mpidr = mpidr,
                                    .ram_base = 0x40000000,
                                    .ram_size = o.ram_size,
                                    .initrd_start = 0x48000000,
                                    .initrd_end = (flags & 2) != 0 ? 0x48001000 : 0x48000000};
    uint8_t *copy = malloc(in.left + 1);
    memcpy(copy, in.p, in.left);
    if (setjmp(fuzz_user_error) == 0)
        free(fdt_patch_user(&facts, "user.dtb", copy, in.left, &out_size));
    free(copy);
    return 0;
}
