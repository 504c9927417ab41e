/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Messages to the person at the terminal. See log.h.
 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void say(const char *prefix, const char *fmt, va_list ap)
{
    fflush(stdout);
    fputs(prefix, stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
}

void user_error(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    say("el2sim: ", fmt, ap);
    va_end(ap);
    exit(2);
}

void warn(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    say("el2sim: warning: ", fmt, ap);
    va_end(ap);
}

void inform(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    say("el2sim: ", fmt, ap);
    va_end(ap);
}

void bug(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    say("el2sim: BUG in el2sim: ", fmt, ap);
    va_end(ap);
    abort();
}

static void *checked(void *p, unsigned long size)
{
    if (p == NULL && size != 0)
        user_error("out of host memory (%lu bytes wanted)", size);
    return p;
}

void *xmalloc(unsigned long size)
{
    return checked(malloc(size), size);
}

void *xcalloc(unsigned long n, unsigned long size)
{
    return checked(calloc(n, size), n && size ? n * size : 0);
}

void *xrealloc(void *p, unsigned long size)
{
    return checked(realloc(p, size), size);
}

char *xstrdup(const char *s)
{
    size_t n = strlen(s) + 1;
    return memcpy(xmalloc(n), s, n);
}
