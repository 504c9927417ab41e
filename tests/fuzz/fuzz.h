/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the libFuzzer targets share: numbers out of the fuzzer's bytes (zeros past their end), and what
 * happens to messages: a user_error() ends the input, not the process, and warnings are not printed. The
 * targets are linked with
 * --wrap=user_error and --wrap=warn.
 */
#ifndef EL2SIM_TESTS_FUZZ_H
#define EL2SIM_TESTS_FUZZ_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fuzz_input {
    const uint8_t *p;
    size_t left;
};

static inline uint64_t take(struct fuzz_input *in, unsigned bytes)
{
    uint64_t v = 0;
    for (unsigned n = 0; n < bytes && in->left > 0; n++, in->left--)
        v |= (uint64_t)*in->p++ << (8 * n);
    return v;
}

/* Where user_error() goes back to: if (setjmp(fuzz_user_error) == 0) ...; what was allocated until then is
 * lost. */
extern jmp_buf fuzz_user_error;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
