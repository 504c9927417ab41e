/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Buffered output and raw input. Keys as QEMU has them: Ctrl-A X ends, Ctrl-A H lists the keys, Ctrl-A Ctrl-A
 * sends one.
 *
 * Signals and exit() know no context pointer, so what they need lives in one file-scope object: the tty's
 * original settings, written once before the first handler is installed, and a flag. It belongs to the
 * process's terminal, of which there is one, not to a machine.
 */
#include "sim/terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/log.h"

enum { WRITER_SIZE = 65536, KEY_CTRL_A = 1, INPUT_SIZE = 256 };

static struct {
    struct termios original;
    volatile sig_atomic_t raw;  /* the tty's settings are ours: restore them */
    volatile sig_atomic_t quit; /* a signal asked to end */
} process_tty;

/* ---- output ---- */

struct writer {
    int fd;
    bool close_fd, failed;
    uint64_t position, written; /* bytes put, and the most that ever were */
    size_t used;
    uint8_t bytes[WRITER_SIZE];
};

struct writer *writer_create(int fd, bool close_fd)
{
    struct writer *w = xcalloc(1, sizeof(*w));
    w->fd = fd;
    w->close_fd = close_fd;
    return w;
}

void writer_flush(struct writer *w)
{
    size_t done = 0;
    while (done < w->used && !w->failed) {
        ssize_t n = write(w->fd, w->bytes + done, w->used - done);
        if (n >= 0) {
            done += (size_t)n;
        } else if (errno == EAGAIN) {
            struct pollfd p = {.fd = w->fd, .events = POLLOUT};
            poll(&p, 1, -1);
        } else if (errno != EINTR) {
            w->failed = true; /* a closed pipe: the run goes on without listeners */
        }
    }
    w->used = 0;
}

static void buffer(struct writer *w, uint8_t byte)
{
    if (w->used == WRITER_SIZE)
        writer_flush(w);
    w->bytes[w->used++] = byte;
}

void writer_put(struct writer *w, uint8_t byte)
{
    if (w->position++ < w->written)
        return;
    w->written = w->position;
    buffer(w, byte);
}

void writer_visit(struct writer *w, visit_fn *fn, void *ctx)
{
    VISIT(fn, ctx, w, position);
}

void writer_destroy(struct writer *w)
{
    writer_flush(w);
    if (w->close_fd)
        close(w->fd);
    free(w);
}

/* ---- the tty ---- */

/* Async-signal-safe. */
static void restore_tty(void)
{
    if (process_tty.raw) {
        process_tty.raw = 0;
        tcsetattr(STDIN_FILENO, TCSANOW, &process_tty.original);
    }
}

static void on_quit_signal(int number)
{
    (void)number;
    if (process_tty.quit) {
        /* Asked twice: the simulator doesn't react. */
        restore_tty();
        _exit(1);
    }
    process_tty.quit = 1;
}

/* A crash of the simulator: restore, then die of it. */
static void on_fatal_signal(int number)
{
    restore_tty();
    signal(number, SIG_DFL);
    raise(number);
}

static void install(int number, void (*handler)(int))
{
    struct sigaction a = {.sa_handler = handler};
    sigemptyset(&a.sa_mask);
    sigaction(number, &a, NULL);
}

static void make_raw(const struct terminal_config *cfg)
{
    struct termios t;
    static const int fatal[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGQUIT};
    if (tcgetattr(STDIN_FILENO, &process_tty.original) != 0)
        return;
    t = process_tty.original;
    t.c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
    t.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | IEXTEN);
    if (cfg->escape)
        t.c_lflag &= ~(tcflag_t)ISIG; /* Ctrl-C is a character for the guest */
    t.c_cc[VMIN] = 1;
    t.c_cc[VTIME] = 0;
    for (size_t n = 0; n < ARRAY_LEN(fatal); n++)
        install(fatal[n], on_fatal_signal);
    process_tty.raw = 1;
    atexit(restore_tty);
    tcsetattr(STDIN_FILENO, TCSANOW, &t);
}

/* ---- input ---- */

struct terminal {
    struct terminal_config cfg;
    struct writer *out;
    bool is_tty, eof, escaped, quit;
    /* What the guest has still to take. */
    uint8_t pending[INPUT_SIZE];
    size_t taken, used;
};

struct terminal *terminal_create(const struct terminal_config *cfg)
{
    struct terminal *t = xcalloc(1, sizeof(*t));
    t->cfg = *cfg;
    t->out = writer_create(STDOUT_FILENO, false);
    t->is_tty = cfg->input && isatty(STDIN_FILENO);
    install(SIGTERM, on_quit_signal);
    install(SIGHUP, on_quit_signal);
    install(SIGINT, on_quit_signal);
    install(SIGPIPE, SIG_IGN);
    if (t->is_tty)
        make_raw(cfg);
    return t;
}

void terminal_destroy(struct terminal *t)
{
    writer_destroy(t->out);
    restore_tty();
    free(t);
}

void terminal_visit_output(struct terminal *t, visit_fn *fn, void *ctx)
{
    writer_visit(t->out, fn, ctx);
}

void terminal_visit_input(struct terminal *t, visit_fn *fn, void *ctx)
{
    uint32_t count = (uint32_t)(t->used - t->taken);
    uint8_t keys[INPUT_SIZE] = {0};

    memcpy(keys, t->pending + t->taken, count);
    fn(ctx, "keys", &count, sizeof(count));
    fn(ctx, "keys", keys, sizeof(keys));
    if (count > INPUT_SIZE) {
        count = 0;
        visit_refuse(fn, ctx, "keys");
    }
    memcpy(t->pending, keys, count);
    t->taken = 0;
    t->used = count;
}

void terminal_put(struct terminal *t, uint8_t byte)
{
    writer_put(t->out, byte);
}

void terminal_flush(struct terminal *t)
{
    writer_flush(t->out);
}

bool terminal_has_input(const struct terminal *t)
{
    return t->cfg.input && (!t->eof || t->taken < t->used);
}

bool terminal_is_interactive(const struct terminal *t)
{
    return t->is_tty && !t->eof;
}

static void show_keys(struct terminal *t)
{
    static const char text[] =
        "\r\nCtrl-A X  ends el2sim\r\nCtrl-A H  shows this\r\nCtrl-A Ctrl-A  sends Ctrl-A\r\n";
    for (const char *p = text; *p != 0; p++)
        buffer(t->out, (uint8_t)*p);
    writer_flush(t->out);
}

/* Handles an escape key. True: byte is for the guest. */
static bool filter(struct terminal *t, uint8_t byte)
{
    if (!t->cfg.escape)
        return true;
    if (!t->escaped) {
        t->escaped = byte == KEY_CTRL_A;
        return !t->escaped;
    }
    t->escaped = false;
    if (byte == 'x' || byte == 'X')
        t->quit = true;
    else if (byte == 'h' || byte == 'H' || byte == '?')
        show_keys(t);
    return byte == KEY_CTRL_A;
}

/* Takes what the host has, without waiting. A tty is read even while the guest takes nothing, or nobody could
 * end a hung guest; what is typed beyond the buffer is lost. A file or a pipe is read at the guest's pace. */
static void refill(struct terminal *t)
{
    uint8_t keys[INPUT_SIZE];
    if (t->eof || (!t->is_tty && (t->taken < t->used || t->cfg.room(t->cfg.opaque) == 0)))
        return;
    struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
    if (poll(&p, 1, 0) <= 0 || p.revents == 0)
        return;
    ssize_t n = read(STDIN_FILENO, keys, sizeof(keys));
    if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
        t->eof = true;
    if (t->taken == t->used)
        t->taken = t->used = 0;
    for (ssize_t k = 0; k < n; k++)
        if (filter(t, keys[k]) && t->used < INPUT_SIZE)
            t->pending[t->used++] = keys[k];
}

bool terminal_listen(struct terminal *t)
{
    if (t->cfg.input)
        refill(t);
    return !t->quit && !process_tty.quit;
}

bool terminal_poll(struct terminal *t)
{
    terminal_listen(t);
    while (t->taken < t->used && t->cfg.room(t->cfg.opaque) != 0)
        t->cfg.receive(t->cfg.opaque, t->pending[t->taken++]);
    return !t->quit && !process_tty.quit;
}

bool terminal_poll_keys(struct terminal *t)
{
    if (t->is_tty)
        refill(t);
    t->taken = t->used = 0;
    return !t->quit && !process_tty.quit;
}

void terminal_wait(struct terminal *t, int timeout_ms)
{
    writer_flush(t->out);
    if (t->eof || (timeout_ms >= 0 && !t->is_tty) || process_tty.quit)
        return;
    struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
    poll(&p, 1, timeout_ms);
}
