/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The frame of remote serial protocol packets. See packet.h. GDB manual, appendix "GDB Remote Serial
 * Protocol", Overview and Packet Acknowledgment.
 */
#include "debug/packet.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"

enum { IDLE, BODY, SUM_HIGH, SUM_LOW };
enum { ESCAPE = '}', ESCAPE_XOR = 0x20, INTERRUPT = 3 };

/* ---- what comes in ---- */

void packet_reader_init(struct packet_reader *r)
{
    memset(r, 0, sizeof(*r));
}

static void begin(struct packet_reader *r)
{
    r->used = 0;
    r->sum = 0;
    r->escaped = r->overflow = false;
    r->state = BODY;
}

static enum packet_event take_idle(struct packet_reader *r, uint8_t byte)
{
    switch (byte) {
    case '$':
        begin(r);
        return PACKET_NONE;
    case '+':
        return PACKET_ACK;
    case '-':
        return PACKET_NAK;
    case INTERRUPT:
        return PACKET_INTERRUPT;
    default: /* noise on the line */
        return PACKET_NONE;
    }
}

static enum packet_event take_body(struct packet_reader *r, uint8_t byte)
{
    if (byte == '#') {
        r->state = SUM_HIGH;
        return PACKET_NONE;
    }
    if (byte == '$') { /* the end of the one before was lost */
        begin(r);
        return PACKET_DAMAGED;
    }
    r->sum = (uint8_t)(r->sum + byte);
    if (byte == ESCAPE && !r->escaped) {
        r->escaped = true;
        return PACKET_NONE;
    }
    if (r->used < PACKET_MAX)
        r->data[r->used++] = r->escaped ? byte ^ ESCAPE_XOR : byte;
    else
        r->overflow = true;
    r->escaped = false;
    return PACKET_NONE;
}

static enum packet_event take_sum(struct packet_reader *r, uint8_t byte)
{
    int digit = hex_digit((char)byte);
    if (digit < 0) {
        r->state = IDLE;
        return PACKET_DAMAGED;
    }
    if (r->state == SUM_HIGH) {
        r->wanted = (uint8_t)(digit << 4);
        r->state = SUM_LOW;
        return PACKET_NONE;
    }
    r->state = IDLE;
    r->data[r->used] = 0;
    if ((r->wanted | digit) != r->sum)
        return PACKET_DAMAGED;
    return r->overflow ? PACKET_TOO_LONG : PACKET_READY;
}

enum packet_event packet_take(struct packet_reader *r, uint8_t byte)
{
    switch (r->state) {
    case IDLE:
        return take_idle(r, byte);
    case BODY:
        return take_body(r, byte);
    default:
        return take_sum(r, byte);
    }
}

/* ---- what goes out ---- */

/* Repeats of the byte before are one character: its code less 29. Not so few that nothing is gained, not so
 * many that it isn't printable, and never a character that means something else. */
enum { REPEAT_BIAS = 29, REPEAT_MIN = 3, REPEAT_MAX = 126 - REPEAT_BIAS };

static bool is_special(uint8_t c)
{
    return c == '#' || c == '$' || c == ESCAPE || c == '*';
}

static void put(struct packet_writer *w, uint8_t byte)
{
    w->bytes[w->used++] = byte; /* there is room: a byte of text takes two at most */
}

static void put_escaped(struct packet_writer *w, uint8_t byte)
{
    if (is_special(byte)) {
        put(w, ESCAPE);
        byte ^= ESCAPE_XOR;
    }
    put(w, byte);
}

/* Writes the run that has been waiting: its byte, then the repeats. */
static void flush_run(struct packet_writer *w)
{
    unsigned repeats = w->run != 0 ? w->run - 1 : 0;
    if (w->run == 0)
        return;
    put_escaped(w, w->last);
    w->run = 0;
    while (repeats != 0) {
        unsigned n = repeats < REPEAT_MAX ? repeats : REPEAT_MAX;
        while (n >= REPEAT_MIN && strchr("#$+-", (int)(n + REPEAT_BIAS)) != NULL)
            n--;
        if (n < REPEAT_MIN || is_special(w->last)) {
            put_escaped(w, w->last);
            repeats--;
            continue;
        }
        put(w, '*');
        put(w, (uint8_t)(n + REPEAT_BIAS));
        repeats -= n;
    }
}

void packet_begin(struct packet_writer *w)
{
    w->used = w->length = 0;
    w->run = 0;
    w->full = false;
    put(w, '$');
}

void packet_byte(struct packet_writer *w, uint8_t byte)
{
    if (w->length == PACKET_MAX) {
        w->full = true;
        return;
    }
    w->length++;
    if (w->run != 0 && byte != w->last)
        flush_run(w);
    w->last = byte;
    w->run++;
}

void packet_text(struct packet_writer *w, const char *text)
{
    for (; *text != 0; text++)
        packet_byte(w, (uint8_t)*text);
}

void packet_printf(struct packet_writer *w, const char *fmt, ...)
{
    char text[256];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    packet_text(w, text);
}

void packet_hex(struct packet_writer *w, const void *data, size_t size)
{
    const uint8_t *p = data;
    for (size_t n = 0; n < size; n++) {
        char digits[2];
        hex_from_bytes(digits, &p[n], 1);
        packet_byte(w, (uint8_t)digits[0]);
        packet_byte(w, (uint8_t)digits[1]);
    }
}

void packet_end(struct packet_writer *w)
{
    uint8_t sum = 0;
    char digits[2];
    flush_run(w);
    for (size_t n = 1; n < w->used; n++)
        sum = (uint8_t)(sum + w->bytes[n]);
    put(w, '#');
    hex_from_bytes(digits, &sum, 1);
    put(w, (uint8_t)digits[0]);
    put(w, (uint8_t)digits[1]);
}

/* ---- text ---- */

bool packet_number(const char **text, uint64_t *value)
{
    const char *p = *text;
    uint64_t v = 0;
    for (int digit; (digit = hex_digit(*p)) >= 0; p++) {
        if (v >> 60 != 0)
            return false;
        v = v << 4 | (unsigned)digit;
    }
    if (p == *text)
        return false;
    *text = p;
    *value = v;
    return true;
}

bool packet_bytes(const char **text, void *data, size_t size)
{
    if (!hex_to_bytes(*text, data, size))
        return false;
    *text += 2 * size;
    return true;
}

bool packet_skip(const char **text, const char *prefix)
{
    size_t n = strlen(prefix);
    if (strncmp(*text, prefix, n) != 0)
        return false;
    *text += n;
    return true;
}
