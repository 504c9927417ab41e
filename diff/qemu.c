/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Starting QEMU and talking to its monitor. See qemu.h.
 *
 * We listen on the sockets, QEMU connects to them: so there is nothing to retry, and a QEMU that ends instead
 * is noticed at once. When all is connected, the private folder with the sockets and the FIFO is removed
 * again: nothing is left behind, however we end. QEMU would open the FIFO anew only after a mask of 0, which
 * we never set: "nothing" is the mask `page`, which only user mode emulation has something to say of.
 */
#define _GNU_SOURCE
#include "diff/qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/compiler.h"

enum {
    START_MS = 20000,   /* until QEMU has connected: a second or two on a busy host */
    MONITOR_MS = 20000, /* until a command is answered */
    DRAIN_MS = 5,       /* how often the log is drained while waiting */
    MAX_ARGS = 128,
    PATH_SIZE = 80, /* what a socket's address can hold, less the file's name */
    /* The log's pipe stops QEMU within 200 traced instructions, or 20 with registers; what one step
     * writes (registers and an exception, 4 KB) fits in. Sizes from 4 KB to 1 MB made no difference to the
     * speed. */
    PIPE_SIZE = 16384
};

struct qemu {
    struct child child;
    char folder[PATH_SIZE]; /* empty: none */
    int log, gdb, monitor;  /* connected; -1: none */
    int gdb_listener, monitor_listener;
    char version[32];
    unsigned major, minor;
    void (*drain)(void *opaque);
    void *drain_opaque;
    bool greeted; /* the monitor's first prompt was read */
    char err[4096];
    size_t n_err;
};

struct arguments {
    char *v[MAX_ARGS + 1];
    unsigned n;
    bool failed; /* too many, or no memory */
};

static PRINTF_LIKE(2, 3) void add(struct arguments *a, const char *fmt, ...)
{
    va_list ap;
    char *s = NULL;
    if (a->n == MAX_ARGS) {
        a->failed = true;
        return;
    }
    va_start(ap, fmt);
    if (vasprintf(&s, fmt, ap) < 0)
        a->failed = true;
    else
        a->v[a->n++] = s;
    va_end(ap);
}

static void free_arguments(struct arguments *a)
{
    for (unsigned n = 0; n < a->n; n++)
        free(a->v[n]);
}

/* ------------------------------------------------------------------------------------------------- version
 */

bool qemu_program_version(const char *program, const char *name, char version[32])
{
    char text[1024];
    struct child c;
    char *argv[] = {(char *)program, "--version", NULL};
    size_t length = strlen(name);
    version[0] = 0;
    return child_start(&c, argv) && child_collect(&c, text, sizeof(text), NULL, START_MS) && c.status == 0 &&
           strncmp(text, name, length) == 0 && sscanf(text + length, " version %31[0-9.]", version) == 1;
}

const char *qemu_version(const struct qemu *q)
{
    return q->version;
}

bool qemu_at_least(const struct qemu *q, unsigned major, unsigned minor)
{
    return q->major > major || (q->major == major && q->minor >= minor);
}

static bool find_version(struct qemu *q, const char *program, char error[QEMU_ERROR_SIZE])
{
    if (qemu_program_version(program, QEMU_SYSTEM_NAME, q->version)) {
        if (sscanf(q->version, "%u.%u", &q->major, &q->minor) == 2)
            return true;
        snprintf(error, QEMU_ERROR_SIZE, "%s is of a version that isn't understood: %s", program, q->version);
    } else {
        snprintf(error, QEMU_ERROR_SIZE,
                 "%s can't be run (apt install qemu-system-arm, or name another QEMU)", program);
    }
    return false;
}

/* ------------------------------------------------------------------------------------ sockets and the log */

static bool make_folder(struct qemu *q, char error[QEMU_ERROR_SIZE])
{
    const char *tmp = getenv("TMPDIR");
    if (tmp == NULL || tmp[0] != '/' || strlen(tmp) > PATH_SIZE - 20 || strchr(tmp, ',') != NULL)
        tmp = "/tmp"; /* a comma would end QEMU's option */
    snprintf(q->folder, sizeof(q->folder), "%s/el2sim-XXXXXX", tmp);
    if (mkdtemp(q->folder) != NULL)
        return true;
    snprintf(error, QEMU_ERROR_SIZE, "no folder for QEMU's sockets in %s: %s", tmp, strerror(errno));
    q->folder[0] = 0;
    return false;
}

/* Removes what is on disk; what is open stays so. */
static void remove_folder(struct qemu *q)
{
    static const char *const files[] = {"log", "gdb", "monitor"};
    char path[PATH_SIZE + 16];
    if (q->folder[0] == 0)
        return;
    for (unsigned n = 0; n < 3; n++) {
        snprintf(path, sizeof(path), "%s/%s", q->folder, files[n]);
        unlink(path);
    }
    rmdir(q->folder);
    q->folder[0] = 0;
}

static int listen_at(struct qemu *q, const char *name, char error[QEMU_ERROR_SIZE])
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", q->folder, name);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 && listen(fd, 1) == 0)
        return fd;
    snprintf(error, QEMU_ERROR_SIZE, "no socket for QEMU's %s: %s", name, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Opened before QEMU is started, or QEMU would wait for a reader. */
static bool make_log(struct qemu *q, char error[QEMU_ERROR_SIZE])
{
    char path[PATH_SIZE + 16];
    snprintf(path, sizeof(path), "%s/log", q->folder);
    if (mkfifo(path, 0600) == 0)
        q->log = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (q->log < 0) {
        snprintf(error, QEMU_ERROR_SIZE, "no pipe for QEMU's log: %s", strerror(errno));
        return false;
    }
    fcntl(q->log, F_SETPIPE_SZ, PIPE_SIZE); /* a pipe of another size works, too */
    return true;
}

static bool make_channels(struct qemu *q, const struct qemu_config *cfg, char error[QEMU_ERROR_SIZE])
{
    if (cfg->detail == QEMU_LOG_NONE && !cfg->monitor && !cfg->gdb)
        return true;
    if (!make_folder(q, error))
        return false;
    if (!make_log(q, error))
        return false;
    if (cfg->gdb && (q->gdb_listener = listen_at(q, "gdb", error)) < 0)
        return false;
    /* with a stub always, to learn whether QEMU has got as far as waiting for us */
    return !(cfg->monitor || cfg->gdb) || (q->monitor_listener = listen_at(q, "monitor", error)) >= 0;
}

/* ------------------------------------------------------------------------------------------- what it writes
 */

/* Takes what QEMU wrote to its standard output and error, so that it never waits for us there. */
static void take_output(struct qemu *q)
{
    char drop[1024];
    ssize_t n;
    while (q->child.out >= 0 && read(q->child.out, drop, sizeof(drop)) > 0)
        continue;
    while (q->child.err >= 0) {
        size_t room = sizeof(q->err) - 1 - q->n_err;
        n = read(q->child.err, room != 0 ? q->err + q->n_err : drop, room != 0 ? room : sizeof(drop));
        if (n <= 0)
            break;
        q->n_err += room != 0 ? (size_t)n : 0;
    }
    q->err[q->n_err] = 0;
}

const char *qemu_stderr(struct qemu *q)
{
    take_output(q);
    return q->err;
}

/* The first line on standard error that is no warning, into error. */
static void explain_end(struct qemu *q, const char *program, char error[QEMU_ERROR_SIZE])
{
    const char *line = qemu_stderr(q), *best = NULL;
    while (*line != 0 && best == NULL) {
        size_t n = strcspn(line, "\n");
        if (memmem(line, n, "warning:", 8) == NULL && memmem(line, n, "failed to open module", 21) == NULL)
            best = line;
        line += n + (line[n] == '\n');
    }
    if (best != NULL)
        snprintf(error, QEMU_ERROR_SIZE, "%s doesn't start: %.*s", program, (int)strcspn(best, "\n"), best);
    else
        snprintf(error, QEMU_ERROR_SIZE, "%s doesn't start: it ended with status %d", program,
                 q->child.status);
}

/* ------------------------------------------------------------------------------------------------- starting
 */

static const char *log_mask(enum qemu_detail detail)
{
    switch (detail) {
    case QEMU_LOG_PC:
        return "exec,int,nochain";
    case QEMU_LOG_CORE:
        return "exec,int,nochain,cpu";
    case QEMU_LOG_FP:
        return "exec,int,nochain,cpu,fpu";
    default:
        return "page";
    }
}

static bool has_argument(const struct qemu_config *cfg, const char *name)
{
    for (const char *const *arg = cfg->args; *arg != NULL; arg++) {
        if (strcmp(*arg, name) == 0)
            return true;
    }
    return false;
}

static void add_channels(struct arguments *a, const struct qemu *q)
{
    if (q->monitor_listener >= 0) {
        add(a, "-chardev");
        add(a, "socket,id=el2sim-monitor,path=%s/monitor", q->folder);
        add(a, "-mon");
        add(a, "chardev=el2sim-monitor,mode=readline");
    } else {
        add(a, "-monitor");
        add(a, "none");
    }
    if (q->gdb_listener >= 0) {
        add(a, "-S");
        add(a, "-gdb");
        add(a, "unix:%s/gdb", q->folder);
    }
}

/* All that is ours on the command line; the machine is the caller's. */
static void make_arguments(struct arguments *a, const struct qemu *q, const char *program,
                           const struct qemu_config *cfg)
{
    add(a, "%s", program);
    for (const char *const *arg = cfg->args; *arg != NULL; arg++)
        add(a, "%s", *arg);
    add(a, "-display");
    add(a, "none");
    if (!has_argument(cfg, "-serial")) {
        add(a, "-serial");
        add(a, "null");
    }
    add_channels(a, q);
    if (cfg->icount) {
        add(a, "-icount");
        add(a, "shift=%u,sleep=off", cfg->icount_shift);
    }
    if (cfg->icount || cfg->detail != QEMU_LOG_NONE) { /* one instruction per block */
        if (qemu_at_least(q, 8, 1)) {
            add(a, "-accel");
            add(a, "tcg,one-insn-per-tb=on");
        } else {
            add(a, "-singlestep");
        }
    }
    if (q->log >= 0) {
        add(a, "-d");
        add(a, "%s", log_mask(cfg->detail));
        add(a, "-D");
        add(a, "%s/log", q->folder);
    }
}

static bool start_child(struct qemu *q, const char *program, const struct qemu_config *cfg,
                        char error[QEMU_ERROR_SIZE])
{
    struct arguments a = {.n = 0};
    bool good = false;
    make_arguments(&a, q, program, cfg);
    if (a.failed) {
        snprintf(error, QEMU_ERROR_SIZE, "too many arguments for QEMU, or no memory");
    } else if (!child_start(&q->child, a.v)) {
        snprintf(error, QEMU_ERROR_SIZE, "%s can't be run: %s", program, strerror(errno));
    } else {
        fcntl(q->child.out, F_SETFL, O_NONBLOCK);
        fcntl(q->child.err, F_SETFL, O_NONBLOCK);
        good = true;
    }
    free_arguments(&a);
    return good;
}

/* Waits until something comes at fd, while QEMU lives. */
static bool wait_for(struct qemu *q, int fd, int64_t end, const char *program, char error[QEMU_ERROR_SIZE])
{
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (poll(&p, 1, 20) > 0 && (p.revents & POLLIN) != 0)
            return true;
        if (child_wait(&q->child, 0)) {
            explain_end(q, program, error);
            return false;
        }
        take_output(q);
        if (now_ms() >= end) {
            snprintf(error, QEMU_ERROR_SIZE, "%s doesn't start: no sign of life for %d s", program,
                     START_MS / 1000);
            return false;
        }
    }
}

/* Waits for QEMU to connect; the listener has done its work. */
static bool accept_from(struct qemu *q, int *listener, int *fd, int64_t end, const char *program,
                        char error[QEMU_ERROR_SIZE])
{
    if (*listener < 0)
        return true;
    if (!wait_for(q, *listener, end, program, error))
        return false;
    *fd = accept4(*listener, NULL, NULL, SOCK_CLOEXEC);
    if (*fd < 0)
        snprintf(error, QEMU_ERROR_SIZE, "%s doesn't connect: %s", program, strerror(errno));
    close(*listener);
    *listener = -1;
    return *fd >= 0;
}

static bool connect_all(struct qemu *q, const struct qemu_config *cfg, const char *program,
                        char error[QEMU_ERROR_SIZE])
{
    char answer[256];
    int64_t end = now_ms() + START_MS;
    if (!accept_from(q, &q->monitor_listener, &q->monitor, end, program, error) ||
        !accept_from(q, &q->gdb_listener, &q->gdb, end, program, error))
        return false;
    /* Is the machine made? Without a stub QEMU runs at once, and its log says so (it may then wait for us to
     * read that). */
    if (q->log >= 0 && !cfg->gdb && cfg->detail != QEMU_LOG_NONE)
        return wait_for(q, q->log, end, program, error);
    if (q->monitor < 0 || qemu_monitor(q, "info version", answer, sizeof(answer)))
        return true;
    child_wait(&q->child, DRAIN_MS * 20);
    explain_end(q, program, error);
    return false;
}

struct qemu *qemu_start(const struct qemu_config *cfg, char error[QEMU_ERROR_SIZE])
{
    const char *program = cfg->program != NULL ? cfg->program : "qemu-system-aarch64";
    struct qemu *q = calloc(1, sizeof(*q));
    if (q == NULL) {
        snprintf(error, QEMU_ERROR_SIZE, "no memory");
        return NULL;
    }
    q->child = (struct child){.out = -1, .err = -1};
    q->log = q->gdb = q->monitor = q->gdb_listener = q->monitor_listener = -1;
    if (find_version(q, program, error) && make_channels(q, cfg, error) &&
        start_child(q, program, cfg, error) && connect_all(q, cfg, program, error)) {
        remove_folder(q);
        return q;
    }
    qemu_stop(q);
    return NULL;
}

void qemu_stop(struct qemu *q)
{
    if (q == NULL)
        return;
    child_stop(&q->child);
    int fds[] = {q->log, q->gdb, q->monitor, q->gdb_listener, q->monitor_listener};
    for (unsigned n = 0; n < sizeof(fds) / sizeof(fds[0]); n++) {
        if (fds[n] >= 0)
            close(fds[n]);
    }
    remove_folder(q);
    free(q);
}

int qemu_log_fd(const struct qemu *q)
{
    return q->log;
}

int qemu_gdb_fd(const struct qemu *q)
{
    return q->gdb;
}

bool qemu_wait(struct qemu *q, int ms, int *status)
{
    int64_t end = now_ms() + ms;
    while (!child_wait(&q->child, DRAIN_MS)) {
        take_output(q);
        if (q->drain != NULL)
            q->drain(q->drain_opaque);
        if (ms >= 0 && now_ms() >= end)
            return false;
    }
    *status = q->child.status;
    return true;
}

/* -------------------------------------------------------------------------------------------------- monitor
 */

void qemu_set_drain(struct qemu *q, void (*drain)(void *opaque), void *opaque)
{
    q->drain = drain;
    q->drain_opaque = opaque;
}

/* What has come from the monitor since the last command. */
struct answer {
    char *text; /* without what `skip` is for, and without '\r' */
    size_t size, n;
    bool skip;    /* up to the end of the line: the command's echo, with an editor's escape sequences */
    char last[7]; /* characters: where the prompt is found */
};

static const char prompt[] = "(qemu) ";

static void take_character(struct answer *a, char c)
{
    memmove(a->last, a->last + 1, sizeof(a->last) - 1);
    a->last[sizeof(a->last) - 1] = c;
    if (!a->skip && c != '\r' && a->n + 1 < a->size)
        a->text[a->n++] = c;
    if (c == '\n')
        a->skip = false;
}

/* Reads up to and with the next prompt. */
static bool read_to_prompt(struct qemu *q, struct answer *a)
{
    int64_t end = now_ms() + MONITOR_MS;
    while (memcmp(a->last, prompt, sizeof(a->last)) != 0) {
        struct pollfd p = {.fd = q->monitor, .events = POLLIN};
        char c[512];
        if (poll(&p, 1, DRAIN_MS) <= 0) {
            take_output(q);
            if (q->drain != NULL)
                q->drain(q->drain_opaque);
            if (now_ms() >= end)
                return false;
            continue;
        }
        ssize_t got = read(q->monitor, c, sizeof(c));
        if (got == 0 || (got < 0 && errno != EINTR))
            return false;
        for (ssize_t i = 0; i < got; i++)
            take_character(a, c[i]);
    }
    return true;
}

bool qemu_monitor(struct qemu *q, const char *command, char *answer, size_t size)
{
    char line[512];
    struct answer greeting = {.text = line, .size = sizeof(line)},
                  a = {.text = answer, .size = size, .skip = true};
    if (q->monitor < 0 || (!q->greeted && !read_to_prompt(q, &greeting)))
        return false;
    q->greeted = true;
    int length = snprintf(line, sizeof(line), "%s\n", command);
    if (length >= (int)sizeof(line) || send(q->monitor, line, (size_t)length, MSG_NOSIGNAL) != length ||
        !read_to_prompt(q, &a))
        return false;
    if (a.n >= sizeof(a.last) && memcmp(answer + a.n - sizeof(a.last), prompt, sizeof(a.last)) == 0)
        a.n -= sizeof(a.last);
    answer[a.n] = 0;
    return true;
}

bool qemu_set_detail(struct qemu *q, enum qemu_detail detail)
{
    char command[64], answer[256];
    snprintf(command, sizeof(command), "log %s", log_mask(detail));
    return qemu_monitor(q, command, answer, sizeof(answer)) && answer[0] == 0;
}
