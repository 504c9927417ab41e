/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Sockets for the debugger. See server.h.
 */
#include "debug/server.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"

/* Longer than that a debugger that is stopped itself may not take what it is sent. */
enum { SEND_MS = 10000 };

static int listen_unix(const char *where, const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    struct stat st;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (strlen(path) == 0 || strlen(path) >= sizeof(a.sun_path))
        user_error("-gdb %s: a path of 1 to %zu characters is wanted", where, sizeof(a.sun_path) - 1);
    strcpy(a.sun_path, path);
    if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode)) /* an earlier run's */
        unlink(path);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&a, sizeof(a)) != 0 || listen(fd, 1) != 0)
        user_error("-gdb %s: %s", where, strerror(errno));
    return fd;
}

static int listen_at(const struct addrinfo *a)
{
    const int on = 1;
    int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, 1) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* "HOST:PORT"; without a host: this one only, for whoever connects has the machine in his hands. */
static int listen_tcp(const char *where, const char *address)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    const char *colon = strrchr(address, ':');
    struct addrinfo *list;
    char host[256];
    int fd = -1;
    if (colon == NULL || colon[1] == 0 || (size_t)(colon - address) >= sizeof(host))
        user_error("-gdb %s: tcp:HOST:PORT or tcp::PORT is wanted", where);
    if (strspn(colon + 1, "0123456789") != strlen(colon + 1) || strlen(colon + 1) > 5 ||
        strtol(colon + 1, NULL, 10) > UINT16_MAX) /* getaddrinfo() would take its low 16 bits */
        user_error("-gdb %s: '%s' is not a port", where, colon + 1);
    memcpy(host, address, (size_t)(colon - address));
    host[colon - address] = 0;
    int problem = getaddrinfo(host[0] != 0 ? host : "127.0.0.1", colon + 1, &hints, &list);
    if (problem != 0)
        user_error("-gdb %s: %s", where, gai_strerror(problem));
    for (const struct addrinfo *a = list; a != NULL && fd < 0; a = a->ai_next)
        fd = listen_at(a);
    if (fd < 0)
        user_error("-gdb %s: %s", where, strerror(errno));
    freeaddrinfo(list);
    return fd;
}

void server_listen(struct server *s, const char *where)
{
    *s = (struct server){.listener = -1, .peer = -1};
    if (strncmp(where, "unix:", 5) == 0) {
        s->listener = listen_unix(where, where + 5);
        s->path = xstrdup(where + 5);
    } else if (strncmp(where, "tcp:", 4) == 0) {
        s->listener = listen_tcp(where, where + 4);
    } else {
        user_error("-gdb %s: tcp:HOST:PORT, tcp::PORT or unix:PATH is wanted", where);
    }
    fcntl(s->listener, F_SETFL, O_NONBLOCK);
}

void server_hang_up(struct server *s)
{
    if (s->peer >= 0)
        close(s->peer);
    s->peer = -1;
    s->used = s->taken = 0;
}

void server_close(struct server *s)
{
    server_hang_up(s);
    if (s->listener >= 0)
        close(s->listener);
    if (s->path != NULL)
        unlink(s->path);
    free(s->path);
    *s = (struct server){.listener = -1, .peer = -1};
}

bool server_accept(struct server *s)
{
    const int on = 1;
    if (s->peer >= 0 || s->listener < 0)
        return false;
    s->peer = accept(s->listener, NULL, NULL);
    if (s->peer < 0)
        return false;
    fcntl(s->peer, F_SETFD, FD_CLOEXEC);
    setsockopt(s->peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* refused by a unix socket: no matter */
    return true;
}

int server_byte(struct server *s)
{
    if (s->taken < s->used)
        return s->bytes[s->taken++];
    if (s->peer < 0)
        return -1;
    ssize_t n = recv(s->peer, s->bytes, sizeof(s->bytes), MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) {
        server_hang_up(s);
        return -1;
    }
    s->taken = 0;
    s->used = n > 0 ? (size_t)n : 0;
    return n > 0 ? s->bytes[s->taken++] : -1;
}

void server_wait(const struct server *s, int ms)
{
    struct pollfd p = {.fd = s->peer >= 0 ? s->peer : s->listener, .events = POLLIN};
    if (s->taken == s->used)
        poll(&p, 1, ms);
}

void server_send(struct server *s, const uint8_t *bytes, size_t n)
{
    while (n != 0 && s->peer >= 0) {
        ssize_t sent = send(s->peer, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent > 0) {
            bytes += sent;
            n -= (size_t)sent;
            continue;
        }
        struct pollfd p = {.fd = s->peer, .events = POLLOUT};
        bool later = sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
        if (later ? poll(&p, 1, SEND_MS) == 0 : errno != EINTR)
            server_hang_up(s);
    }
}
