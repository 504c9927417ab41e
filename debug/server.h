/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The socket: waiting for a debugger, bytes from and to it.
 */
#ifndef EL2SIM_DEBUG_SERVER_H
#define EL2SIM_DEBUG_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct server {
    int listener; /* -1: none */
    int peer;     /* -1: nobody is connected */
    char *path;   /* of a unix socket, to be removed; or NULL */
    uint8_t bytes[4096];
    size_t used, taken;
};

/* user_error() where `where` isn't understood or can't be had. */
void server_listen(struct server *s, const char *where);
void server_close(struct server *s);
void server_hang_up(struct server *s);
/* Takes a connection that waits, if nobody is connected. True: there is a new one. */
bool server_accept(struct server *s);
/* The next byte; -1: none now. Hangs up at the end of the stream. */
int server_byte(struct server *s);
/* Waits until there may be a byte or a connection, or ms have passed. */
void server_wait(const struct server *s, int ms);
void server_send(struct server *s, const uint8_t *bytes, size_t n);

#endif
