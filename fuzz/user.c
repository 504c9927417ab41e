/* SPDX-License-Identifier: BSD-2-Clause
 *
 * `el2sim fuzz user`: blocks of instructions at EL0 against qemu-aarch64.
 */
#include "fuzz/fuzz.h"

const struct fuzz_class fuzz_user_classes[] = {{"all", "every class", 1}, {NULL, NULL, 0}};

bool fuzz_user_run(const struct fuzz_options *o, struct fuzz_result *r, char *error)
{
    (void)o;
    (void)r;
    snprintf(error, FUZZ_ERROR_SIZE, "the kind 'user' is not in this build");
    return false;
}
