/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The person's side of serial ports: buffered output, and input from stdin in raw mode with QEMU's Ctrl-A
 * keys. The terminal's settings are restored however the process ends.
 */
#ifndef EL2SIM_SIM_TERMINAL_H
#define EL2SIM_SIM_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/visit.h"

/* A buffered output stream: bytes reach the host when the buffer is full or writer_flush() is called. Its
 * position is how many the guest has put; a machine that goes back in time takes its position back, and what
 * it then puts again is not written again. */
struct writer;
struct writer *writer_create(int fd, bool close_fd);
void writer_put(struct writer *w, uint8_t byte);
void writer_flush(struct writer *w);
void writer_visit(struct writer *w, visit_fn *fn, void *ctx); /* the position */
void writer_destroy(struct writer *w);                        /* flushes */

struct terminal_config {
    bool input;  /* somebody reads stdin */
    bool escape; /* Ctrl-A is an escape and Ctrl-C goes to the guest ("mon:stdio"); else Ctrl-C ends el2sim */
    /* Room the guest's receiver has now; bytes are only read from the host when there is some. */
    unsigned (*room)(void *opaque);
    void (*receive)(void *opaque, uint8_t byte);
    void *opaque;
};

struct terminal;
struct terminal *terminal_create(const struct terminal_config *cfg);
void terminal_destroy(struct terminal *t); /* restores the tty */

/* The position of output to stdout; and what was typed and not yet taken by the guest. */
void terminal_visit_output(struct terminal *t, visit_fn *fn, void *ctx);
void terminal_visit_input(struct terminal *t, visit_fn *fn, void *ctx);

/* Output to stdout. */
void terminal_put(struct terminal *t, uint8_t byte);
void terminal_flush(struct terminal *t);

/* For the run loop, at event boundaries: takes what was typed, without waiting, and gives it to the receiver.
 * Returns false when the person asked to end (Ctrl-A X, Ctrl-C, SIGTERM, SIGHUP). Cheap when nothing was
 * typed, but does one system call: not more often than every ~100,000 instructions. */
bool terminal_poll(struct terminal *t);
/* The same for a run that gets its input elsewhere: what was typed is dropped but for the escape keys. */
bool terminal_poll_keys(struct terminal *t);
/* While the machine stands still: what is typed is kept for the guest. False as above. */
bool terminal_listen(struct terminal *t);
/* When every CPU sleeps: flushes output and waits until input comes or timeout_ms passed (-1: for ever).
 * Returns at once when stdin is not a terminal, so that batch runs skip idle time. */
void terminal_wait(struct terminal *t, int timeout_ms);
/* More input may come: stdin is in use and not at its end. A machine whose CPUs all sleep without any event
 * ahead is stuck for good when this is false. */
bool terminal_has_input(const struct terminal *t);
/* A person sits there: stdin is a tty in use. */
bool terminal_is_interactive(const struct terminal *t);

#endif
