/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Messages to the person at the terminal. User errors are one clear line on stderr that says what to do,
 * and exit status 2; simulator bugs go through bug() and abort; neither is ever a guest exception.
 */
#ifndef EL2SIM_BASE_LOG_H
#define EL2SIM_BASE_LOG_H

#include "base/compiler.h"

/* "el2sim: <message>" on stderr, then exit(2). For mistakes of the user: options, files, images. */
NORETURN void user_error(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* "el2sim: warning: <message>" on stderr. */
void warn(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* "el2sim: <message>" on stderr: progress and facts people asked for. */
void inform(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* A defect of the simulator itself: message and abort(). */
NORETURN void bug(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* malloc, calloc and strdup that never return NULL (out of host memory is a user error). */
void *xmalloc(unsigned long size);
void *xcalloc(unsigned long n, unsigned long size);
void *xrealloc(void *p, unsigned long size);
char *xstrdup(const char *s);

#endif
