/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Compiler attributes. Everything that is GNU C rather than ISO C11 goes through here.
 */
#ifndef EL2SIM_BASE_COMPILER_H
#define EL2SIM_BASE_COMPILER_H

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define NOINLINE __attribute__((noinline))
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define NORETURN __attribute__((noreturn))
#define UNUSED __attribute__((unused))
#define FALLTHROUGH __attribute__((fallthrough))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define CACHE_ALIGNED __attribute__((aligned(64)))

/* True when the container of `member` is wanted: the event and device lists are intrusive. */
#define CONTAINER_OF(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
