/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The commands of the remote serial protocol. GDB manual, appendix "GDB Remote Serial Protocol", Packets and
 * Stop Reply Packets. An empty answer means that a packet isn't known; errors carry GDB's "E NN" only, for
 * GDB shows no text.
 */
#include <stdio.h>
#include <string.h>

#include "debug/internal.h"

/* Text of an error: numbers as in errno.h, which GDB doesn't interpret. */
#define E_INVALID "E16"
#define E_FAULT "E0e"
#define E_READ_ONLY "E1e"

static struct packet_writer *reply(struct gdb *g, const char *text)
{
    packet_text(&g->out, text);
    return &g->out;
}

static void send(struct gdb *g)
{
    packet_end(&g->out);
    server_send(&g->server, g->out.bytes, g->out.used);
}

/* ---- threads ---- */

/* A thread id: -1 is all, 0 any, n + 1 CPU n. False: none, or there is no such CPU. */
static bool thread_id(const struct gdb *g, const char **text, int *id)
{
    uint64_t v;
    if (packet_skip(text, "-1")) {
        *id = -1;
        return true;
    }
    if (!packet_number(text, &v) || v > g->m->n_cpus)
        return false;
    *id = (int)v;
    return true;
}

static void select_thread(struct gdb *g, const char *text)
{
    char operation = *text;
    int id;
    if (operation != 0)
        text++;
    if (!thread_id(g, &text, &id) || (operation != 'g' && operation != 'c')) {
        reply(g, E_INVALID);
        return;
    }
    if (operation == 'c')
        g->resumed = id - 1 < 0 ? -1 : id - 1;
    else if (id > 0)
        g->selected = (unsigned)id - 1;
    reply(g, "OK");
}

static void thread_alive(struct gdb *g, const char *text)
{
    int id;
    reply(g, thread_id(g, &text, &id) && id > 0 ? "OK" : E_INVALID);
}

/* ---- registers ---- */

static void read_registers(struct gdb *g)
{
    uint8_t value[REGISTER_BYTES_MAX];
    for (unsigned n = 0; n < REGISTER_SYSTEM; n++) {
        unsigned size = target_register_read(g->target, gdb_selected(g), n, value);
        packet_hex(&g->out, value, size);
    }
}

static void write_registers(struct gdb *g, const char *text)
{
    uint8_t value[REGISTER_BYTES_MAX];
    for (unsigned n = 0; n < REGISTER_SYSTEM; n++) {
        if (!packet_bytes(&text, value, target_register_size(g->target, n)) ||
            target_register_write(g->target, gdb_selected(g), n, value) != NULL) {
            reply(g, E_INVALID);
            return;
        }
        reverse_changed(g);
    }
    reply(g, "OK");
}

static void read_register(struct gdb *g, const char *text)
{
    uint8_t value[REGISTER_BYTES_MAX];
    uint64_t n;
    unsigned size = 0;
    if (packet_number(&text, &n) && n <= REGISTER_SYSTEM + SR_COUNT)
        size = target_register_read(g->target, gdb_selected(g), (unsigned)n, value);
    if (size == 0)
        reply(g, E_INVALID);
    else
        packet_hex(&g->out, value, size);
}

static void write_register(struct gdb *g, const char *text)
{
    uint8_t value[REGISTER_BYTES_MAX];
    uint64_t n;
    if (!packet_number(&text, &n) || n > REGISTER_SYSTEM + SR_COUNT || !packet_skip(&text, "=") ||
        !packet_bytes(&text, value, target_register_size(g->target, (unsigned)n))) {
        reply(g, E_INVALID);
    } else if (target_register_write(g->target, gdb_selected(g), (unsigned)n, value) != NULL) {
        reply(g, E_READ_ONLY);
    } else {
        reverse_changed(g);
        reply(g, "OK");
    }
}

/* ---- memory ---- */

/* "ADDRESS,LENGTH" */
static bool range(const char **text, uint64_t *address, uint64_t *length)
{
    return packet_number(text, address) && packet_skip(text, ",") && packet_number(text, length);
}

static void read_memory(struct gdb *g, const char *text)
{
    uint8_t buf[PACKET_MAX / 2];
    uint64_t address, length;
    if (!range(&text, &address, &length)) {
        reply(g, E_INVALID);
        return;
    }
    length = length < sizeof(buf) ? length : sizeof(buf);
    size_t n = view_read(&g->view, gdb_selected(g), address, buf, (size_t)length);
    if (n == 0 && length != 0)
        reply(g, E_FAULT);
    else
        packet_hex(&g->out, buf, n);
}

static void write_memory(struct gdb *g, const char *text, bool binary)
{
    uint8_t buf[PACKET_MAX];
    uint64_t address, length;
    if (!range(&text, &address, &length) || !packet_skip(&text, ":") || length > sizeof(buf)) {
        reply(g, E_INVALID);
        return;
    }
    if (binary) {
        size_t there = g->in.used - (size_t)(text - (const char *)g->in.data);
        if (there != length) {
            reply(g, E_INVALID);
            return;
        }
        memcpy(buf, text, there);
    } else if (!packet_bytes(&text, buf, (size_t)length)) {
        reply(g, E_INVALID);
        return;
    }
    if (!view_write(&g->view, gdb_selected(g), address, buf, (size_t)length)) {
        reply(g, E_FAULT);
        return;
    }
    if (length != 0) /* GDB's question whether X is known */
        reverse_changed(g);
    reply(g, "OK");
}

/* ---- breakpoints: Z and z ---- */

static void breakpoint(struct gdb *g, const char *text, bool set)
{
    struct point p = {.regime = -1, .asid = -1, .vmid = -1};
    uint64_t kind;
    if (!packet_number(&text, &kind) || kind >= POINT_KINDS || !packet_skip(&text, ",") ||
        !range(&text, &p.address, &p.size)) {
        if (kind < POINT_KINDS) /* others aren't known: no answer */
            reply(g, E_INVALID);
        return;
    }
    p.kind = (uint8_t)kind;
    if (p.size == 0 || p.kind <= POINT_HARDWARE)
        p.size = 4;
    bool good = set ? point_add(&g->points, &p) == NULL : point_remove(&g->points, &p);
    reply(g, good ? "OK" : E_INVALID);
}

/* ---- going on ---- */

static void set_modes(struct gdb *g, int cpu, const struct gdb_cpu *t, bool given[])
{
    for (unsigned n = 0; n < g->m->n_cpus; n++) {
        if (given[n] || (cpu >= 0 && (unsigned)cpu != n))
            continue;
        given[n] = true;
        g->cpu[n].mode = t->mode;
        g->cpu[n].from = t->from;
        g->cpu[n].to = t->to;
    }
}

/* One action of vCont, up to its thread. */
static bool action(const char **text, struct gdb_cpu *t)
{
    uint64_t ignored;
    char what = **text;
    if (what == 0)
        return false;
    ++*text;
    *t = (struct gdb_cpu){.mode = RUN_FREELY};
    switch (what) {
    case 'C':
        return packet_number(text, &ignored); /* signals mean nothing here */
    case 'c':
        return true;
    case 'S':
        t->mode = RUN_STEP;
        return packet_number(text, &ignored);
    case 's':
        t->mode = RUN_STEP;
        return true;
    case 'r':
        t->mode = RUN_RANGE;
        return packet_number(text, &t->from) && packet_skip(text, ",") && packet_number(text, &t->to);
    default:
        return false;
    }
}

/* ";ACTION:THREAD;ACTION:THREAD;ACTION": for each CPU the first that names it. CPUs without one are held. */
static void cont_actions(struct gdb *g, const char *text)
{
    bool given[OPTIONS_MAX_CPUS] = {false};
    const struct gdb_cpu none = {.mode = RUN_NOT};
    while (packet_skip(&text, ";")) {
        struct gdb_cpu t;
        int id = -1;
        if (!action(&text, &t) || (packet_skip(&text, ":") && !thread_id(g, &text, &id))) {
            reply(g, E_INVALID);
            send(g);
            return;
        }
        set_modes(g, id > 0 ? id - 1 : id == 0 ? (int)g->selected : -1, &t, given);
    }
    set_modes(g, -1, &none, given);
    session_resume(g);
}

/* `c` and `s`, perhaps at another address. */
static void cont_simply(struct gdb *g, const char *text, bool step, bool with_signal)
{
    const struct gdb_cpu freely = {.mode = RUN_FREELY}, once = {.mode = RUN_STEP};
    bool given[OPTIONS_MAX_CPUS] = {false};
    unsigned cpu = g->resumed >= 0 ? (unsigned)g->resumed : g->selected;
    uint64_t value;
    if (with_signal && packet_number(&text, &value))
        packet_skip(&text, ";");
    if (packet_number(&text, &value)) {
        target_register_write(g->target, g->m->cpus[cpu], REGISTER_PC, &value);
        reverse_changed(g);
    }
    if (step)
        set_modes(g, (int)cpu, &once, given);
    set_modes(g, -1, &freely, given);
    session_resume(g);
}

/* ---- what the debugger is told ---- */

void stub_console(struct gdb *g, const char *text)
{
    size_t left = strlen(text);
    while (left != 0) {
        size_t n = left < PACKET_MAX / 2 - 1 ? left : PACKET_MAX / 2 - 1;
        packet_begin(&g->out);
        packet_byte(&g->out, 'O');
        packet_hex(&g->out, text, n);
        send(g);
        text += n;
        left -= n;
    }
}

/* Why it stopped, with the registers that the debugger asks for first. */
static void stop_reason(struct gdb *g)
{
    static const uint8_t expedited[] = {29, REGISTER_SP, REGISTER_PC};
    struct cpu *c = g->m->cpus[g->stop.cpu];
    packet_printf(&g->out, "T%02x", g->stop.signal);
    for (size_t n = 0; n < ARRAY_LEN(expedited); n++) {
        uint8_t value[REGISTER_BYTES_MAX];
        unsigned size = target_register_read(g->target, c, expedited[n], value);
        packet_printf(&g->out, "%02x:", expedited[n]);
        packet_hex(&g->out, value, size);
        packet_byte(&g->out, ';');
    }
    packet_printf(&g->out, "thread:%x;core:%x;", g->stop.cpu + 1, g->stop.cpu);
    if (g->stop.reason == NULL)
        return;
    packet_printf(&g->out, "%s:%s", g->stop.reason, g->stop.text != NULL ? g->stop.text : "");
    if (g->stop.has_address)
        packet_printf(&g->out, "%llx", (unsigned long long)g->stop.address);
    packet_byte(&g->out, ';');
}

void stub_stop_reply(struct gdb *g)
{
    if (g->stop.note[0] != 0) {
        stub_console(g, g->stop.note);
        stub_console(g, "\n");
    }
    packet_begin(&g->out);
    stop_reason(g);
    send(g);
}

void stub_exited(struct gdb *g, int status)
{
    packet_begin(&g->out);
    packet_printf(&g->out, "W%02x", status & 0xff);
    send(g);
}

/* ---- dispatch ---- */

static void leave(struct gdb *g)
{
    reply(g, "OK");
    send(g);
    session_detach(g);
    server_hang_up(&g->server);
}

static void kill_machine(struct gdb *g, bool answer)
{
    if (answer) {
        reply(g, "OK");
        send(g);
    }
    session_end(g);
}

/* Packets that begin with v. True: there is an answer to send. */
static bool v_packet(struct gdb *g, const char *text)
{
    if (strcmp(text, "vCont?") == 0) {
        reply(g, "vCont;c;C;s;S;r");
    } else if (packet_skip(&text, "vCont")) {
        cont_actions(g, text);
        return false;
    } else if (packet_skip(&text, "vKill")) {
        kill_machine(g, true);
        return false;
    }
    return true;
}

/* `bs` and `bc`: the answer is where it ended up. */
static void backwards(struct gdb *g, const char *text)
{
    if ((*text != 's' && *text != 'c') || !reverse_run(g, *text == 's'))
        return;
    if (g->stop.note[0] != 0) {
        stub_console(g, g->stop.note);
        stub_console(g, "\n");
        packet_begin(&g->out);
    }
    stop_reason(g);
}

/* True: g->out is an answer to send. */
static bool dispatch(struct gdb *g, const char *text)
{
    switch (text[0]) {
    case '?':
        stop_reason(g);
        break;
    case 'g':
        read_registers(g);
        break;
    case 'p':
        read_register(g, text + 1);
        break;
    case 'm':
        read_memory(g, text + 1);
        break;
    case 'G':
        write_registers(g, text + 1);
        break;
    case 'P':
        write_register(g, text + 1);
        break;
    case 'M':
    case 'X':
        write_memory(g, text + 1, text[0] == 'X');
        break;
    case 'b':
        backwards(g, text + 1);
        break;
    case 'Z':
    case 'z':
        breakpoint(g, text + 1, text[0] == 'Z');
        break;
    case 'H':
        select_thread(g, text + 1);
        break;
    case 'T':
        thread_alive(g, text + 1);
        break;
    case 'c':
    case 'C':
    case 's':
    case 'S':
        cont_simply(g, text + 1, (text[0] | 0x20) == 's', text[0] < 'a');
        return false;
    case 'v':
        return v_packet(g, text);
    case 'D':
        leave(g);
        return false;
    case 'k':
        kill_machine(g, false);
        return false;
    case 'q':
    case 'Q':
        query_packet(g, text);
        break;
    default:
        break;
    }
    return true;
}

void stub_packet(struct gdb *g)
{
    packet_begin(&g->out);
    if (dispatch(g, (const char *)g->in.data))
        send(g);
}
