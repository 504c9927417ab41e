/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Fuzz: what a gdb stub answers, to the handshake and to one call of each kind. The first byte says whether a
 * good handshake comes first; each line of what follows is an answer, framed with its checksum, but for those
 * that begin with '!', which are sent as they are.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "diff/gdbclient.h"
#include "tests/fuzz/fuzz.h"

enum { SOCKET_BYTES = 60000 }; /* fit in a socket that nobody reads */

static const char handshake[] = "PacketSize=400;qXfer:features:read+\nT05\nl<reg name=\"pc\" bitsize=\"64\"/>"
                                "<reg name=\"v0\" bitsize=\"128\"/><reg name=\"cpsr\" bitsize=\"32\"/>\n";

/* The lines of a text as packets; their bytes go to `to`. */
static size_t frame(const char *text, size_t n, char *to, size_t room)
{
    size_t used = 0;
    while (n != 0) {
        const char *newline = memchr(text, '\n', n);
        size_t length = newline != NULL ? (size_t)(newline - text) : n;
        uint8_t sum = 0;
        if (used + length + 8 > room)
            break;
        if (length != 0 && text[0] == '!') {
            memcpy(to + used, text + 1, length - 1);
            used += length - 1;
        } else {
            to[used++] = '$';
            for (size_t i = 0; i < length; i++)
                sum = (uint8_t)(sum + (uint8_t)(to[used++] = text[i]));
            used += (size_t)snprintf(to + used, 4, "#%02x", sum);
        }
        n -= length + (newline != NULL);
        text += length + (newline != NULL);
    }
    return used;
}

static void use(struct gdbclient *g)
{
    static uint8_t memory[4096];
    unsigned n;
    uint64_t value[2];
    bool exited;
    const struct gdb_register *r = gdbclient_registers(g, &n);
    for (unsigned i = 0; i < n && i < 8; i++) {
        if (gdbclient_read(g, &r[i], value))
            gdbclient_write(g, &r[i], value);
    }
    gdbclient_memory(g, false, 0x1000, memory, sizeof(memory));
    gdbclient_memory_write(g, true, 0x1000, memory, sizeof(memory));
    gdbclient_step(g);
    gdbclient_breakpoint(g, 0x1000, true);
    gdbclient_continue(g);
    gdbclient_wait(g, 0, &exited);
    gdbclient_interrupt(g, 0, NULL, NULL);
    gdbclient_detach(g);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char bytes[SOCKET_BYTES];
    struct fuzz_input in = {data, size};
    size_t n = 0;
    char error[256];
    int fds[2];
    if ((take(&in, 1) & 1) != 0)
        n = frame(handshake, sizeof(handshake) - 1, bytes, sizeof(bytes));
    n += frame((const char *)in.p, in.left, bytes + n, sizeof(bytes) - n);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
        return 0;
    if (n == 0 || write(fds[1], bytes, n) == (ssize_t)n) {
        shutdown(fds[1], SHUT_WR); /* so that nothing is waited for */
        struct gdbclient *g = gdbclient_new(fds[0], error, sizeof(error));
        if (g != NULL)
            use(g);
        gdbclient_free(g);
    }
    close(fds[0]);
    close(fds[1]);
    return 0;
}
