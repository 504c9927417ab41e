/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Child processes. See child.h.
 */
#define _GNU_SOURCE
#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

/* In the child: what the pipes end in becomes 1 and 2; `report` carries errno if exec fails. */
static void become(pid_t parent, char *const argv[], int out, int err, int report)
{
    sigset_t none;
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(126); /* it ended before it could be waited for */
    signal(SIGPIPE, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (null >= 0 && dup2(null, 0) >= 0 && dup2(out, 1) >= 0 && dup2(err, 2) >= 0)
        execvp(argv[0], argv);
    int why = errno;
    if (write(report, &why, sizeof(why)) != sizeof(why))
        _exit(126);
    _exit(127);
}

static void close_pair(int pair[2])
{
    close(pair[0]);
    close(pair[1]);
}

bool child_start(struct child *c, char *const argv[])
{
    int out[2], err[2], report[2], why = 0;
    *c = (struct child){.out = -1, .err = -1};
    if (pipe2(out, O_CLOEXEC) != 0)
        return false;
    if (pipe2(err, O_CLOEXEC) != 0) {
        close_pair(out);
        return false;
    }
    if (pipe2(report, O_CLOEXEC) != 0) {
        close_pair(out);
        close_pair(err);
        return false;
    }
    pid_t parent = getpid();
    c->pid = fork();
    if (c->pid == 0)
        become(parent, argv, out[1], err[1], report[1]);
    close(out[1]);
    close(err[1]);
    close(report[1]);
    c->out = out[0];
    c->err = err[0];
    if (c->pid < 0)
        why = errno;
    else if (read(report[0], &why, sizeof(why)) != sizeof(why))
        why = 0; /* the pipe was closed by a successful exec */
    close(report[0]);
    if (why == 0)
        return true;
    if (c->pid < 0)
        c->pid = 0;
    child_stop(c);
    errno = why;
    return false;
}

bool child_wait(struct child *c, int ms)
{
    int64_t end = now_ms() + ms;
    while (c->pid > 0) {
        int status;
        pid_t pid = waitpid(c->pid, &status, ms < 0 ? 0 : WNOHANG);
        if (pid == c->pid) {
            c->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            c->pid = 0;
        } else if (pid < 0 && errno != EINTR) {
            c->status = 127;
            c->pid = 0;
        } else if (ms >= 0) {
            if (now_ms() >= end)
                return false;
            poll(NULL, 0, 2);
        }
    }
    return true;
}

/* Appends what fd has to say; closes it at its end. */
static void gather(int *fd, char *buf, size_t size, size_t *at)
{
    char drop[4096];
    bool room = *at < size;
    ssize_t n = room ? read(*fd, buf + *at, size - *at) : read(*fd, drop, sizeof(drop));
    if (n < 0 && errno == EINTR)
        return;
    if (n <= 0) {
        close(*fd);
        *fd = -1;
    } else if (room) {
        *at += (size_t)n;
    }
}

bool child_take(struct child *c, struct child_output *o, int ms)
{
    struct pollfd p[2] = {{.fd = c->out, .events = POLLIN}, {.fd = c->err, .events = POLLIN}};
    if (c->out < 0 && c->err < 0)
        return false;
    if (poll(p, 2, ms) <= 0)
        return true;
    if (p[0].revents != 0)
        gather(&c->out, o->out, o->out_size, &o->n_out);
    if (p[1].revents != 0)
        gather(&c->err, o->err, sizeof(o->err) - 1, &o->n_err);
    o->err[o->n_err] = 0;
    return c->out >= 0 || c->err >= 0;
}

bool child_collect(struct child *c, char *buf, size_t size, size_t *length, int ms)
{
    struct child_output o = {.out = buf, .out_size = size - 1};
    int64_t end = now_ms() + ms;
    bool in_time = true;
    while (in_time && (c->out >= 0 || c->err >= 0)) {
        int64_t left = end - now_ms();
        in_time = ms < 0 || left > 0;
        if (in_time)
            child_take(c, &o, ms < 0 ? -1 : (int)left);
    }
    size_t n_err = o.n_err;
    if (n_err > size - 1 - o.n_out)
        n_err = size - 1 - o.n_out;
    memcpy(buf + o.n_out, o.err, n_err);
    buf[o.n_out + n_err] = 0;
    if (length != NULL)
        *length = o.n_out;
    if (in_time)
        in_time = child_wait(c, ms < 0 ? -1 : (int)(end - now_ms()));
    child_stop(c);
    return in_time;
}

void child_stop(struct child *c)
{
    if (c->pid > 0) {
        kill(c->pid, SIGKILL);
        child_wait(c, -1);
    }
    if (c->out >= 0)
        close(c->out);
    if (c->err >= 0)
        close(c->err);
    c->out = c->err = -1;
}
