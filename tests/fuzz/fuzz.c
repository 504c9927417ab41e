/* SPDX-License-Identifier: BSD-2-Clause
 *
 * See fuzz.h.
 */
#include "tests/fuzz/fuzz.h"

#include "base/compiler.h"

jmp_buf fuzz_user_error;

NORETURN void __wrap_user_error(const char *fmt, ...);
void __wrap_warn(const char *fmt, ...);

void __wrap_user_error(const char *fmt, ...)
{
    (void)fmt;
    longjmp(fuzz_user_error, 1);
}

void __wrap_warn(const char *fmt, ...)
{
    (void)fmt;
}
