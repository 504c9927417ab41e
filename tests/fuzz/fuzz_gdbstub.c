/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Fuzz: what a debugger sends to the stub of a machine with two CPUs. Each line is a packet, framed with its
 * checksum, but for those that begin with '!', which are sent as they are.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "debug/gdb.h"
#include "sim/machine.h"
#include "tests/fuzz/fuzz.h"

enum { SOCKET_BYTES = 60000 }; /* fit in a socket that nobody reads */

/* The lines of a text as packets; their bytes go to `to`. */
static size_t frame(const char *text, size_t n, char *to, size_t room)
{
    static const char hex[] = "0123456789abcdef";
    size_t used = 0;
    while (n != 0) {
        const char *newline = memchr(text, '\n', n);
        size_t length = newline != NULL ? (size_t)(newline - text) : n;
        bool raw = length != 0 && text[0] == '!';
        uint8_t sum = 0;
        if (used + length + 8 > room)
            break;
        if (!raw)
            to[used++] = '$';
        for (size_t i = raw; i < length; i++)
            sum = (uint8_t)(sum + (uint8_t)(to[used++] = text[i]));
        if (!raw) {
            to[used++] = '#';
            to[used++] = hex[sum >> 4];
            to[used++] = hex[sum & 15];
        }
        n -= length + (newline != NULL);
        text += length + (newline != NULL);
    }
    return used;
}

/* Two CPUs and a branch to itself. */
static struct machine *make_machine(struct options *o)
{
    static const uint32_t loop[] = {0x91000400, 0xf9000041, 0x17fffffe}; /* add, str, b */
    options_init(o);
    o->virtualization = true;
    o->smp = 2;
    o->ram_size = 2 << 20;
    o->bios = NULL;
    o->devices[o->n_devices++] = (struct device_option){.kind = DEVICE_LOADER,
                                                        .addr = BOARD_RAM,
                                                        .has_addr = true,
                                                        .data = 0x14000000,
                                                        .data_len = 4,
                                                        .cpu_num = 0};
    o->serials[o->n_serials++] = (struct char_option){.kind = CHAR_NULL};
    o->max_insns = 20000;
    struct machine *m = machine_create(o);
    bus_load(m->bus, BOARD_RAM, loop, sizeof(loop));
    return m;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char bytes[SOCKET_BYTES];
    static struct options o;
    char drained[4096];
    int fds[2];
    size_t n = frame((const char *)data, size, bytes, sizeof(bytes));
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
        return 0;
    struct machine *m = make_machine(&o);
    struct gdb *g = gdb_create_connected(m, fds[0]);
    if (n == 0 || write(fds[1], bytes, n) == (ssize_t)n) {
        shutdown(fds[1], SHUT_RDWR); /* answers go nowhere, so that nothing is waited for */
        gdb_run(g);
    }
    gdb_destroy(g);
    machine_destroy(m);
    options_destroy(&o);
    while (read(fds[1], drained, sizeof(drained)) > 0)
        ;
    close(fds[1]);
    return 0;
}
