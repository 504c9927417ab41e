/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The gdb remote protocol: packets ($text#checksum), the target description, registers, memory, steps. See
 * gdbclient.h. What the packets mean is in gdb's manual, appendix "gdb Remote Serial Protocol"; Qqemu.* and
 * PhyMemMode in QEMU's, "GDB usage".
 */
#include "diff/gdbclient.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/compiler.h"
#include "base/hex.h"

enum {
    PACKET_MAX = 1 << 16,      /* bytes of a packet, whatever the stub says */
    PACKET_LEAST = 256,        /* and if it says less than that, that */
    DESCRIPTION_MAX = 1 << 20, /* bytes of one file of the target description */
    DESCRIPTION_DEPTH = 4,     /* of files that include files */
    REGISTERS_MAX = 8192,
    NAME_MAX_LENGTH = 63,
    DRAIN_MS = 5
};

struct gdbclient {
    int fd, timeout;
    bool acks;     /* a '+' for each packet */
    bool broken;   /* nothing more to be had */
    bool running;  /* no packet but a stop can come */
    bool physical; /* PhyMemMode */
    bool stepping; /* Qqemu.sstep was sent */
    bool hold;     /* gdbclient_hold() */
    bool no_p;     /* the stub has g and G only */
    size_t packet_size;
    struct gdb_register *registers;
    unsigned n_registers, next_number, files;
    char error[256];
    size_t n_in, n_out, n; /* bytes in in[], text[] and data[] */
    char in[2 * PACKET_MAX];
    char text[PACKET_MAX + 8]; /* the packet to be sent, framed */
    char data[PACKET_MAX + 1]; /* the packet received, decoded; a 0 follows */
};

static PRINTF_LIKE(2, 3) bool fail(struct gdbclient *g, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(g->error, sizeof(g->error), fmt, ap);
    va_end(ap);
    return false;
}

static PRINTF_LIKE(2, 3) bool break_off(struct gdbclient *g, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(g->error, sizeof(g->error), fmt, ap);
    va_end(ap);
    g->broken = true;
    return false;
}

void gdbclient_set_timeout(struct gdbclient *g, int ms)
{
    g->timeout = ms;
}

const char *gdbclient_error(const struct gdbclient *g)
{
    return g->error;
}

/* -------------------------------------------------------------------------------------------------- packets
 */

static bool send_bytes(struct gdbclient *g, const char *bytes, size_t n)
{
    int64_t end = now_ms() + g->timeout;
    while (n != 0) {
        ssize_t done = send(g->fd, bytes, n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (done > 0) {
            bytes += done;
            n -= (size_t)done;
        } else if (errno == EAGAIN && now_ms() < end) {
            poll(&(struct pollfd){.fd = g->fd, .events = POLLOUT}, 1, 100);
        } else if (errno != EINTR) {
            return break_off(g, "the gdb stub takes no packets: %s", strerror(errno));
        }
    }
    return true;
}

/* Sends g->text[1 .. g->n_out): its frame and checksum are added here. */
static bool send_packet(struct gdbclient *g)
{
    uint8_t sum = 0;
    if (g->broken)
        return false;
    if (g->running)
        return fail(g, "QEMU is running");
    for (size_t n = 1; n < g->n_out; n++)
        sum = (uint8_t)(sum + (uint8_t)g->text[n]);
    g->text[0] = '$';
    g->text[g->n_out] = '#';
    hex_from_bytes(g->text + g->n_out + 1, &sum, 1);
    return send_bytes(g, g->text, g->n_out + 3);
}

static PRINTF_LIKE(2, 3) void compose(struct gdbclient *g, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    g->n_out = 1 + (size_t)vsnprintf(g->text + 1, PACKET_LEAST, fmt, ap);
    va_end(ap);
}

static void compose_hex(struct gdbclient *g, const void *bytes, size_t n)
{
    hex_from_bytes(g->text + g->n_out, bytes, n);
    g->n_out += 2 * n;
}

/* Decodes a packet's text, with escapes ('}' and the byte with bit 5 inverted) and repetitions ('*' and a
 * count), into g->data. */
static bool decode(struct gdbclient *g, const char *p, size_t n)
{
    const char *end = p + n;
    g->n = 0;
    while (p < end) {
        char c = *p++;
        size_t times = 1;
        if (c == '*') {
            if (p == end || g->n == 0 || (uint8_t)*p < 29 + 3 || (uint8_t)*p > 126)
                return false;
            times = (size_t)(*p++ - 29);
            c = g->data[g->n - 1];
        } else if (c == '}') {
            if (p == end)
                return false;
            c = (char)(*p++ ^ 0x20);
        }
        if (times > PACKET_MAX - g->n)
            return false;
        memset(g->data + g->n, c, times);
        g->n += times;
    }
    g->data[g->n] = 0;
    return true;
}

static void consume(struct gdbclient *g, size_t n)
{
    g->n_in -= n;
    memmove(g->in, g->in + n, g->n_in);
}

/* A whole packet in g->in becomes g->data. False: there is none yet, or g is broken. Notifications are
 * dropped. */
static bool take_packet(struct gdbclient *g)
{
    for (;;) {
        size_t at = 0;
        while (at < g->n_in && g->in[at] != '$' && g->in[at] != '%')
            at++; /* acknowledgements */
        consume(g, at);
        char *hash = memchr(g->in, '#', g->n_in);
        if (hash == NULL || hash + 2 >= g->in + g->n_in) {
            if (g->n_in >= PACKET_MAX)
                break_off(g, "the gdb stub sends a packet without end");
            return false;
        }
        uint8_t sum = 0, said = 0;
        for (const char *p = g->in + 1; p < hash; p++)
            sum = (uint8_t)(sum + (uint8_t)*p);
        bool packet = g->in[0] == '$';
        if (!hex_to_bytes(hash + 1, &said, 1) || said != sum ||
            !decode(g, g->in + 1, (size_t)(hash - g->in - 1))) {
            break_off(g, "the gdb stub sends a packet that can't be made out");
            return false;
        }
        consume(g, (size_t)(hash + 3 - g->in));
        if (packet)
            return !g->acks || send_bytes(g, "+", 1);
    }
}

/* Waits up to `ms` for a packet, which is then in g->data. False: none came (not broken), or broken. */
static bool receive(struct gdbclient *g, int ms, void (*drain)(void *opaque), void *opaque)
{
    int64_t end = now_ms() + ms;
    while (!g->broken && !take_packet(g)) {
        int64_t left = end - now_ms();
        if (g->broken)
            break;
        if (left < 0)
            return fail(g, "no answer from the gdb stub for %d ms", ms);
        if (drain != NULL) {
            drain(opaque);
            left = left < DRAIN_MS ? left : DRAIN_MS;
        }
        struct pollfd p = {.fd = g->fd, .events = POLLIN};
        if (poll(&p, 1, (int)left) <= 0)
            continue;
        ssize_t n = recv(g->fd, g->in + g->n_in, sizeof(g->in) - g->n_in, MSG_DONTWAIT);
        if (n == 0)
            return break_off(g, "the gdb stub has closed the connection");
        if (n < 0 && errno != EINTR && errno != EAGAIN)
            return break_off(g, "the gdb stub is gone: %s", strerror(errno));
        g->n_in += n > 0 ? (size_t)n : 0;
    }
    return !g->broken;
}

/* Sends the packet in g->text and waits for the answer. A silent stub is a broken one: a late answer would be
 * taken for the next packet's. */
static bool ask(struct gdbclient *g)
{
    if (!send_packet(g))
        return false;
    if (receive(g, g->timeout, NULL, NULL))
        return true;
    g->broken = true;
    return false;
}

static bool ask_ok(struct gdbclient *g, const char *what)
{
    return ask(g) && (strcmp(g->data, "OK") == 0 || fail(g, "the gdb stub refuses: %s", what));
}

/* ------------------------------------------------------------------------------------------------ handshake
 */

/* The value of an attribute in a tag's text; *n its length. NULL: it has none. */
static const char *attribute(const char *tag, const char *end, const char *name, size_t *n)
{
    size_t length = strlen(name);
    for (const char *p = tag; (size_t)(end - p) > length + 2; p++) {
        if ((p[0] == ' ' || p[0] == '\t' || p[0] == '\n') && memcmp(p + 1, name, length) == 0 &&
            p[length + 1] == '=') {
            const char *value = p + length + 2;
            const char *close =
                *value == '"' || *value == '\'' ? memchr(value + 1, *value, (size_t)(end - value - 1)) : NULL;
            if (close == NULL)
                return NULL;
            *n = (size_t)(close - value - 1);
            return value + 1;
        }
    }
    return NULL;
}

/* A decimal attribute, or `otherwise` if there is none. */
static bool number_attribute(const char *tag, const char *end, const char *name, unsigned otherwise,
                             unsigned *value)
{
    size_t n;
    const char *text = attribute(tag, end, name, &n);
    *value = otherwise;
    if (text == NULL)
        return true;
    *value = 0;
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9' || n > 6)
            return false;
        *value = *value * 10 + (unsigned)(text[i] - '0');
    }
    return n != 0;
}

/* <reg name="x0" bitsize="64" regnum="0" .../>: without a number it follows its predecessor. */
static bool add_register(struct gdbclient *g, const char *tag, const char *end)
{
    size_t n = 0;
    const char *name = attribute(tag, end, "name", &n);
    unsigned bits, number;
    if (name == NULL || n == 0 || n > NAME_MAX_LENGTH || memchr(name, 0, n) != NULL ||
        !number_attribute(tag, end, "bitsize", 0, &bits) || bits == 0 ||
        !number_attribute(tag, end, "regnum", g->next_number, &number) || g->n_registers == REGISTERS_MAX)
        return break_off(g, "the gdb stub's target description has a register that can't be made out");
    if ((g->n_registers & (g->n_registers - 1)) == 0) { /* grows at powers of two */
        size_t room = g->n_registers == 0 ? 1 : 2 * (size_t)g->n_registers;
        struct gdb_register *more = realloc(g->registers, room * sizeof(*more));
        if (more == NULL)
            return break_off(g, "no memory");
        g->registers = more;
    }
    char *copy = strndup(name, n);
    if (copy == NULL)
        return break_off(g, "no memory");
    g->registers[g->n_registers++] = (struct gdb_register){copy, number, bits};
    g->next_number = number + 1;
    return true;
}

static char *read_description(struct gdbclient *g, const char *name);

/* The tags of a file of the target description that matter: registers, and inclusions of other files, in
 * order. */
static bool scan_description(struct gdbclient *g, const char *text, unsigned depth)
{
    for (const char *p = text; (p = strchr(p, '<')) != NULL;) {
        bool comment = strncmp(p, "<!--", 4) == 0;
        const char *end = comment ? strstr(p, "-->") : strchr(p, '>');
        size_t n = 0;
        if (end == NULL)
            break;
        const char *href = strncmp(p, "<xi:include", 11) == 0 ? attribute(p, end, "href", &n) : NULL;
        if (strncmp(p, "<reg", 4) == 0 && (p[4] == ' ' || p[4] == '\t' || p[4] == '\n')) {
            if (!add_register(g, p, end))
                return false;
        } else if (href != NULL) {
            char name[NAME_MAX_LENGTH + 1];
            if (n > NAME_MAX_LENGTH || depth == DESCRIPTION_DEPTH || ++g->files > 64)
                return break_off(g, "the gdb stub's target description includes too much");
            memcpy(name, href, n);
            name[n] = 0;
            char *included = read_description(g, name);
            bool good = included != NULL && scan_description(g, included, depth + 1);
            free(included);
            if (!good)
                return false;
        }
        p = end;
    }
    return true;
}

/* A file of the target description, to be freed. NULL: it can't be read. */
static char *read_description(struct gdbclient *g, const char *name)
{
    char *text = NULL;
    size_t n = 0;
    do {
        compose(g, "qXfer:features:read:%s:%zx,%zx", name, n, g->packet_size - 5);
        if (!ask(g))
            break;
        char *more = (g->data[0] == 'l' || g->data[0] == 'm') && n + g->n <= DESCRIPTION_MAX
                         ? realloc(text, n + g->n)
                         : NULL;
        if (more == NULL || (g->data[0] == 'm' && g->n == 1)) {
            text = more != NULL ? more : text;
            break_off(g, "the gdb stub has no target description");
            break;
        }
        text = more;
        memcpy(text + n, g->data + 1, g->n - 1);
        n += g->n - 1;
        text[n] = 0;
        if (g->data[0] == 'l')
            return text;
    } while (true);
    free(text);
    return NULL;
}

static bool handshake(struct gdbclient *g)
{
    compose(g, "qSupported:swbreak+");
    if (!ask(g))
        return false;
    const char *size = strstr(g->data, "PacketSize=");
    unsigned long bytes = size != NULL ? strtoul(size + strlen("PacketSize="), NULL, 16) : 0;
    g->packet_size = bytes < PACKET_LEAST ? PACKET_LEAST : bytes > PACKET_MAX ? PACKET_MAX : bytes;
    if (strstr(g->data, "qXfer:features:read+") == NULL)
        return break_off(g, "the gdb stub has no target description");
    if (strstr(g->data, "QStartNoAckMode+") != NULL) {
        compose(g, "QStartNoAckMode");
        if (!ask_ok(g, "QStartNoAckMode"))
            return false;
        g->acks = false;
    }
    compose(g, "?");
    if (!ask(g))
        return false;
    if (g->data[0] != 'T' && g->data[0] != 'S')
        return break_off(g, "the gdb stub has no stopped program");
    char *text = read_description(g, "target.xml");
    bool good = text != NULL && scan_description(g, text, 0);
    free(text);
    return good && (g->n_registers != 0 || break_off(g, "the gdb stub's target description is empty"));
}

struct gdbclient *gdbclient_new(int fd, char *error, size_t size)
{
    struct gdbclient *g = calloc(1, sizeof(*g));
    if (g == NULL) {
        snprintf(error, size, "no memory");
        return NULL;
    }
    g->fd = fd;
    g->timeout = GDBCLIENT_MS;
    g->acks = true;
    if (handshake(g))
        return g;
    snprintf(error, size, "%s", g->error);
    gdbclient_free(g);
    return NULL;
}

void gdbclient_free(struct gdbclient *g)
{
    if (g == NULL)
        return;
    for (unsigned n = 0; n < g->n_registers; n++)
        free((char *)g->registers[n].name);
    free(g->registers);
    free(g);
}

/* ------------------------------------------------------------------------------------------------ registers
 */

const struct gdb_register *gdbclient_registers(const struct gdbclient *g, unsigned *n)
{
    *n = g->n_registers;
    return g->registers;
}

const struct gdb_register *gdbclient_find(const struct gdbclient *g, const char *name)
{
    for (unsigned n = 0; n < g->n_registers; n++) {
        if (strcmp(g->registers[n].name, name) == 0)
            return &g->registers[n];
    }
    return NULL;
}

static size_t register_size(const struct gdb_register *r)
{
    return (r->bits + 7) / 8;
}

/* Bytes as the target has them, little-endian, of a value, low half first; and back. */
static void to_bytes(uint8_t bytes[16], const uint64_t value[2])
{
    for (unsigned n = 0; n < 16; n++)
        bytes[n] = (uint8_t)(value[n / 8] >> (8 * (n % 8)));
}

static void from_bytes(uint64_t value[2], const uint8_t bytes[16])
{
    value[0] = value[1] = 0;
    for (unsigned n = 0; n < 16; n++)
        value[n / 8] |= (uint64_t)bytes[n] << (8 * (n % 8));
}

/* Reads all registers by g; *at is where r is in the answer's digits. */
static bool read_all(struct gdbclient *g, const struct gdb_register *r, size_t *at)
{
    *at = 0;
    for (unsigned n = 0; n < g->n_registers; n++)
        *at += g->registers[n].number < r->number ? 2 * register_size(&g->registers[n]) : 0;
    compose(g, "g");
    return ask(g) && (*at + 2 * register_size(r) <= g->n || fail(g, "the gdb stub can't read %s", r->name));
}

bool gdbclient_read(struct gdbclient *g, const struct gdb_register *r, uint64_t value[2])
{
    size_t at = 0, size = register_size(r);
    uint8_t bytes[16] = {0};
    if (size > sizeof(bytes))
        return fail(g, "%s has more than 128 bits", r->name);
    if (!g->no_p) {
        compose(g, "p%x", r->number);
        if (!ask(g))
            return false;
        g->no_p = g->n == 0;
        if (!g->no_p && g->n != 2 * size)
            return fail(g, "the gdb stub can't read %s", r->name);
    }
    if (g->no_p && !read_all(g, r, &at))
        return false;
    if (!hex_to_bytes(g->data + at, bytes, size))
        return fail(g, "the gdb stub can't read %s", r->name);
    from_bytes(value, bytes);
    return true;
}

bool gdbclient_write(struct gdbclient *g, const struct gdb_register *r, const uint64_t value[2])
{
    size_t at, size = register_size(r);
    uint8_t bytes[16];
    if (size > sizeof(bytes))
        return fail(g, "%s has more than 128 bits", r->name);
    to_bytes(bytes, value);
    if (!g->no_p) {
        compose(g, "P%x=", r->number);
        compose_hex(g, bytes, size);
        if (!ask(g))
            return false;
        g->no_p = g->n == 0;
    }
    if (g->no_p) {
        if (!read_all(g, r, &at))
            return false;
        hex_from_bytes(g->data + at, bytes, size);
        compose(g, "G");
        memcpy(g->text + g->n_out, g->data, g->n);
        g->n_out += g->n;
        if (!ask(g))
            return false;
    }
    return strcmp(g->data, "OK") == 0 || fail(g, "the gdb stub can't write %s", r->name);
}

/* --------------------------------------------------------------------------------------------------- memory
 */

static bool choose_memory(struct gdbclient *g, bool physical)
{
    if (g->physical == physical)
        return true;
    compose(g, "Qqemu.PhyMemMode:%d", physical);
    if (!ask_ok(g, "access to physical memory"))
        return false;
    g->physical = physical;
    return true;
}

bool gdbclient_memory(struct gdbclient *g, bool physical, uint64_t address, void *data, size_t size)
{
    uint8_t *to = data;
    if (!choose_memory(g, physical))
        return false;
    while (size != 0) {
        size_t n = size < (g->packet_size - 16) / 2 ? size : (g->packet_size - 16) / 2;
        compose(g, "m%" PRIx64 ",%zx", address, n);
        if (!ask(g))
            return false;
        if (g->n != 2 * n || !hex_to_bytes(g->data, to, n))
            return fail(g, "the gdb stub can't read memory at 0x%" PRIx64, address);
        to += n;
        address += n;
        size -= n;
    }
    return true;
}

bool gdbclient_memory_write(struct gdbclient *g, bool physical, uint64_t address, const void *data,
                            size_t size)
{
    const uint8_t *from = data;
    if (!choose_memory(g, physical))
        return false;
    while (size != 0) {
        size_t n = size < (g->packet_size - 64) / 2 ? size : (g->packet_size - 64) / 2;
        compose(g, "M%" PRIx64 ",%zx:", address, n);
        compose_hex(g, from, n);
        if (!ask(g))
            return false;
        if (strcmp(g->data, "OK") != 0)
            return fail(g, "the gdb stub can't write memory at 0x%" PRIx64, address);
        from += n;
        address += n;
        size -= n;
    }
    return true;
}

/* -------------------------------------------------------------------------------------------------- running
 */

/* Waits for a stop: signals (T, S) and ends (W, X); output of the program (O) is passed over. */
static bool wait_for_stop(struct gdbclient *g, int ms, bool *exited, void (*drain)(void *opaque),
                          void *opaque)
{
    int64_t end = now_ms() + ms;
    *exited = false;
    for (;;) {
        int64_t left = end - now_ms();
        if (!receive(g, left > 0 ? (int)left : 0, drain, opaque))
            return false;
        if (g->data[0] == 'O')
            continue;
        if (strchr("TSWX", g->data[0]) == NULL || g->n < 3)
            return break_off(g, "the gdb stub doesn't say why it stopped");
        g->running = false;
        *exited = g->data[0] == 'W' || g->data[0] == 'X';
        return true;
    }
}

static bool set_running(struct gdbclient *g)
{
    g->running = send_packet(g);
    return g->running;
}

void gdbclient_hold(struct gdbclient *g, bool hold)
{
    g->hold = hold;
    g->stepping = false;
}

bool gdbclient_step(struct gdbclient *g)
{
    bool exited;
    if (!g->stepping) { /* SSTEP_ENABLE, with NOIRQ and NOTIMER or without */
        compose(g, g->hold ? "Qqemu.sstep=0x7" : "Qqemu.sstep=0x1");
        if (!ask_ok(g, "steps with interrupts"))
            return false;
        g->stepping = true;
    }
    compose(g, "vCont;s");
    if (!set_running(g) || !wait_for_stop(g, g->timeout, &exited, NULL, NULL))
        return false;
    return !exited || break_off(g, "QEMU has ended");
}

bool gdbclient_continue(struct gdbclient *g)
{
    compose(g, "vCont;c");
    return set_running(g);
}

bool gdbclient_wait(struct gdbclient *g, int ms, bool *exited)
{
    *exited = false;
    return g->running ? wait_for_stop(g, ms, exited, NULL, NULL) : fail(g, "QEMU isn't running");
}

bool gdbclient_interrupt(struct gdbclient *g, int ms, void (*drain)(void *opaque), void *opaque)
{
    bool exited;
    if (!g->running || g->broken)
        return !g->broken;
    if (!send_bytes(g, "\003", 1) || !wait_for_stop(g, ms, &exited, drain, opaque))
        return false;
    return !exited || break_off(g, "QEMU has ended");
}

bool gdbclient_breakpoint(struct gdbclient *g, uint64_t pc, bool insert)
{
    compose(g, "%c0,%" PRIx64 ",4", insert ? 'Z' : 'z', pc);
    return ask_ok(g, "a breakpoint");
}

bool gdbclient_detach(struct gdbclient *g)
{
    compose(g, "D");
    if (!ask_ok(g, "going on without us"))
        return false;
    return !break_off(g, "the gdb stub runs without us");
}
