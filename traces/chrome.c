/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Chrome's trace event format. See chrome.h.
 */
#include "traces/chrome.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum { BUFFER = 1 << 16, MAX_PIECE = 2048 };

struct chrome {
    FILE *out;
    bool seekable, failed;
    char text[BUFFER]; /* not in the file yet */
    size_t n;
    enum { IN_ABOUT, IN_EVENTS } state;
    bool first;    /* nothing was written into what is open: no comma */
    bool in_event; /* its brace is to be closed */
    bool in_args;  /* and that of its arguments */
};

static void put(struct chrome *w, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void put(struct chrome *w, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(w->text + w->n, sizeof(w->text) - w->n, fmt, ap);
    va_end(ap);
    w->n += n < MAX_PIECE ? (size_t)n : 0; /* there is always room for a piece */
}

/* What completes the file as it is: between two events. */
static const char *tail(const struct chrome *w)
{
    return w->state == IN_ABOUT ? "},\"traceEvents\":[]}\n" : "\n]}\n";
}

static void flush(struct chrome *w)
{
    off_t at = w->seekable ? ftello(w->out) + (off_t)w->n : 0;
    if (fwrite(w->text, 1, w->n, w->out) != w->n)
        w->failed = true;
    w->n = 0;
    if (!w->seekable)
        return;
    fputs(tail(w), w->out);
    if (fflush(w->out) != 0 || fseeko(w->out, at, SEEK_SET) != 0)
        w->failed = true;
}

static void end_event(struct chrome *w)
{
    if (w->in_event)
        put(w, "%s}", w->in_args ? "}" : "");
    w->in_event = w->in_args = false;
    if (w->n > BUFFER - 8 * MAX_PIECE)
        flush(w);
}

static void put_string(struct chrome *w, const char *text)
{
    char piece[MAX_PIECE / 2], *p = piece;
    for (; *text != '\0' && p < piece + sizeof(piece) - 8; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            p += sprintf(p, "\\%c", c);
        else if (c >= ' ' && c < 0x7f)
            *p++ = (char)c;
        else
            p += sprintf(p, "\\u%04x", c); /* a byte: nothing that we write is anything but ASCII */
    }
    *p = '\0';
    put(w, "\"%s\"", piece);
}

static void put_key(struct chrome *w, const char *key)
{
    put(w, "%s", w->first ? "" : ",");
    w->first = false;
    put_string(w, key);
    put(w, ":");
}

struct chrome *chrome_open(const char *file)
{
    struct chrome *w = xcalloc(1, sizeof(*w));
    bool is_stdout = strcmp(file, "-") == 0;
    w->out = is_stdout ? stdout : fopen(file, "wb");
    if (!w->out) {
        free(w);
        return NULL;
    }
    w->seekable = !is_stdout && ftello(w->out) == 0 && fseeko(w->out, 0, SEEK_END) == 0;
    w->first = true;
    put(w, "{\"displayTimeUnit\":\"ns\",\"otherData\":{");
    return w;
}

bool chrome_close(struct chrome *w)
{
    end_event(w);
    flush(w);
    if (!w->seekable)
        fputs(tail(w), w->out);
    bool good = !w->failed && fflush(w->out) == 0 && !ferror(w->out);
    if (w->out != stdout && fclose(w->out) != 0)
        good = false;
    free(w);
    return good;
}

void chrome_about(struct chrome *w, const char *key, const char *fmt, ...)
{
    char text[MAX_PIECE / 4];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    put_key(w, key);
    put_string(w, text);
}

/* The comma, and on the first event the array. */
static void begin_event(struct chrome *w)
{
    end_event(w);
    if (w->state == IN_ABOUT) {
        put(w, "},\"traceEvents\":[\n");
        w->state = IN_EVENTS;
    } else {
        put(w, ",\n");
    }
    w->in_event = true;
}

void chrome_name(struct chrome *w, chrome_tid tid, const char *name, const char *fmt, ...)
{
    char text[MAX_PIECE / 4];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    begin_event(w);
    put(w, "{\"ph\":\"M\",\"pid\":1,\"tid\":%u,\"name\":\"%s\"", tid, name);
    chrome_text(w, "name", text);
}

void chrome_event(struct chrome *w, char phase, chrome_tid tid, uint64_t ns, const char *name,
                  const char *category)
{
    begin_event(w);
    put(w, "{\"ph\":\"%c\",\"pid\":1,\"tid\":%u,\"ts\":%" PRIu64 ".%03" PRIu64, phase, tid, ns / 1000,
        ns % 1000);
    if (name != NULL) {
        put(w, ",\"name\":");
        put_string(w, name);
        put(w, ",\"cat\":\"%s\"%s", category, phase == 'i' ? ",\"s\":\"t\"" : "");
    }
}

static void begin_argument(struct chrome *w, const char *key)
{
    if (!w->in_args)
        put(w, ",\"args\":{");
    w->first = !w->in_args;
    w->in_args = true;
    put_key(w, key);
}

void chrome_text(struct chrome *w, const char *key, const char *text)
{
    begin_argument(w, key);
    put_string(w, text);
}

void chrome_number(struct chrome *w, const char *key, uint64_t value)
{
    begin_argument(w, key);
    put(w, "%" PRIu64, value);
}

void chrome_hex(struct chrome *w, const char *key, uint64_t value)
{
    begin_argument(w, key);
    put(w, "\"0x%" PRIx64 "\"", value);
}
