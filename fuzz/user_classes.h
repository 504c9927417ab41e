/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The classes of `el2sim fuzz user`, in the order of fuzz_user_classes[].
 */
#ifndef EL2SIM_FUZZ_USER_CLASSES_H
#define EL2SIM_FUZZ_USER_CLASSES_H

#include "cpu/decode.h"
#include "fuzz/fuzz.h"

enum user_class {
    CLASS_INT,
    CLASS_BRANCH,
    CLASS_LDST,
    CLASS_PAIR,
    CLASS_ORDERED,
    CLASS_EXCLUSIVE,
    CLASS_ATOMIC,
    CLASS_CRC,
    CLASS_FP,
    CLASS_FP_CONV,
    CLASS_SIMD_INT,
    CLASS_SIMD_FP,
    CLASS_SIMD_LDST,
    CLASS_CRYPTO,
    CLASS_SYSTEM,
    CLASS_PAUTH,
    CLASS_MTE,
    CLASS_MOPS,
    CLASS_RANDOM,
    CLASS_COUNT
};

/* Rows of the decode table by class; only those whose features are in `features`. */
struct user_classes {
    struct features features;
    const struct decode_row **row[CLASS_COUNT];
    unsigned n[CLASS_COUNT];
    const struct decode_row *const *deadly; /* rows that no block may have */
    unsigned n_deadly;
};

struct user_classes *user_classes_new(const struct features *both, const struct decode_row *const *deadly,
                                      unsigned n_deadly);
void user_classes_free(struct user_classes *c);

#endif
