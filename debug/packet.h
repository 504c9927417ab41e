/* SPDX-License-Identifier: BSD-2-Clause
 *
 * GDB's remote serial protocol, the frame around its packets: $...#checksum, acknowledgements, escapes,
 * run-length encoding. What comes in is anybody's bytes.
 */
#ifndef EL2SIM_DEBUG_PACKET_H
#define EL2SIM_DEBUG_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

/* The longest packet either way, without its frame: PacketSize of qSupported. */
enum { PACKET_MAX = 16384 };

enum packet_event {
    PACKET_NONE,      /* more bytes are needed */
    PACKET_READY,     /* r->data holds one */
    PACKET_DAMAGED,   /* its checksum is wrong, or its end is missing: ask for it again */
    PACKET_TOO_LONG,  /* more than PACKET_MAX bytes: it is lost */
    PACKET_ACK,       /* the other side has got ours */
    PACKET_NAK,       /* ... damaged */
    PACKET_INTERRUPT, /* Ctrl-C: byte 0x03 between packets */
};

struct packet_reader {
    uint8_t data[PACKET_MAX + 1]; /* escapes undone; a 0 follows the last byte */
    size_t used;
    uint8_t state, sum, wanted;
    bool escaped, overflow;
};

void packet_reader_init(struct packet_reader *r);
enum packet_event packet_take(struct packet_reader *r, uint8_t byte);

/* A packet being made. It never grows beyond its buffer: what doesn't fit is left out, and `full` says so. */
struct packet_writer {
    uint8_t bytes[2 * PACKET_MAX + 8]; /* with frame; every byte may need an escape */
    size_t used;                       /* of bytes[] */
    size_t length;                     /* of the packet's text so far */
    bool full;
    uint8_t last; /* a run of these ... */
    unsigned run; /* ... that is not written yet */
};

void packet_begin(struct packet_writer *w);
void packet_byte(struct packet_writer *w, uint8_t byte); /* one of the packet's text: escaped where need be */
void packet_text(struct packet_writer *w, const char *text);
void packet_printf(struct packet_writer *w, const char *fmt, ...)
    PRINTF_LIKE(2, 3); /* up to 255 characters */
/* Two hex digits a byte, in the order of memory. */
void packet_hex(struct packet_writer *w, const void *data, size_t size);
/* Closes the frame: bytes[0..used) is what to send. */
void packet_end(struct packet_writer *w);

/* Numbers in a packet's text. Each takes what is there off *text; false: there is none. */
bool packet_number(const char **text, uint64_t *value); /* hexadecimal, no sign */
/* 2 * size hex digits. */
bool packet_bytes(const char **text, void *data, size_t size);
/* Takes `prefix` off *text if it begins so. */
bool packet_skip(const char **text, const char *prefix);

#endif
