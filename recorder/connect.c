/*
 * Connections to VNC servers
 *
 * This file is part of FFmpeg.
 *
 * FFmpeg is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * FFmpeg is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with FFmpeg; if not, write to the Free Software
 * Foundation, Inc., 51 Franklin Street, Fifth Floor, Boston, MA 02110-1301 USA
 */

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "libavutil/error.h"
#include "connect.h"
#include "handshake.h"
#include "sasl.h"

int64_t rec_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

int rec_conn_error(RecConn *c, int ret, const char *format, ...)
{
    size_t n = snprintf(c->error, sizeof(c->error), "%s: ", c->target->text);
    va_list args;

    if (n >= sizeof(c->error))
        return ret;
    va_start(args, format);
    vsnprintf(c->error + n, sizeof(c->error) - n, format, args);
    va_end(args);
    return ret;
}

/* --- the socket --- */

/** The socket is connected. */
static int opened(RecConn *c, RecHandshake *h)
{
    if (c->target->scheme == REC_WSS)
        return rec_handshake_tls(c, h, 0, rec_handshake_websocket);
    if (c->target->scheme == REC_WS)
        return rec_handshake_websocket(c, h);
    return rec_handshake_begin(c, h);
}

static int next_address(RecConn *c, RecHandshake *h);

static int connecting(RecConn *c, RecHandshake *h)
{
    struct pollfd p = { .fd = c->fd, .events = POLLOUT };
    socklen_t size = sizeof(int);
    int error = 0;

    if (poll(&p, 1, 0) <= 0)
        return AVERROR(EAGAIN);
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (!error)
        return opened(c, h);
    rec_stream_free(c->stream);
    c->stream = NULL;
    c->fd = -1;
    rec_conn_error(c, 0, "%s", strerror(error));
    h->state = next_address;
    return 0;
}

static int begin_connect(RecConn *c, RecHandshake *h, const struct sockaddr *address,
                         socklen_t size)
{
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return rec_conn_error(c, AVERROR(errno), "no socket: %s", strerror(errno));
    if (connect(fd, address, size) < 0 && errno != EINPROGRESS) {
        int ret = AVERROR(errno);

        rec_conn_error(c, ret, "%s", strerror(errno));
        close(fd);
        return ret;
    }
    if (address->sa_family != AF_UNIX)
        rec_socket_tune(fd);
    c->stream = rec_socket_open(fd);
    if (!c->stream)
        return AVERROR(ENOMEM);
    c->fd = fd;
    c->nb_fds++;
    h->doing = "connecting";
    h->state = connecting;
    return 0;
}

static int next_address(RecConn *c, RecHandshake *h)
{
    int ret = AVERROR(ECONNREFUSED);

    while (h->address) {
        const struct addrinfo *a = h->address;

        h->address = a->ai_next;
        ret = begin_connect(c, h, a->ai_addr, a->ai_addrlen);
        if (ret >= 0)
            return 0;
    }
    return ret;
}

static int looked_up(RecConn *c, RecHandshake *h)
{
    struct pollfd p = { .fd = c->fd, .events = POLLIN };
    int ret;

    if (poll(&p, 1, 0) <= 0)
        return AVERROR(EAGAIN);
    ret = rec_lookup_result(h->lookup, &h->addresses);
    rec_lookup_free(h->lookup);
    h->lookup  = NULL;
    h->address = h->addresses;
    c->fd = -1;
    if (ret)
        return rec_conn_error(c, AVERROR(EHOSTUNREACH), "%s", gai_strerror(ret));
    h->state = next_address;
    return 0;
}

static int begin_tcp(RecConn *c, RecHandshake *h)
{
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
                                    .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
    char port[8];

    snprintf(port, sizeof(port), "%d", c->target->port);
    if (!getaddrinfo(c->target->host, port, &hints, &h->addresses)) {
        h->address = h->addresses;
        h->state = next_address;
        return 0;
    }
    h->doing  = "looking up the name";
    h->lookup = rec_lookup_start(c->target->host, c->target->port);
    if (!h->lookup)
        return rec_conn_error(c, AVERROR(ENOMEM), "no thread to look the name up");
    c->fd = rec_lookup_fd(h->lookup);
    c->nb_fds++;
    h->state = looked_up;
    return 0;
}

static int begin_unix(RecConn *c, RecHandshake *h)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    if (strlen(c->target->host) >= sizeof(address.sun_path))
        return rec_conn_error(c, AVERROR(ENAMETOOLONG), "the path of the socket is too long");
    strcpy(address.sun_path, c->target->host);
    return begin_connect(c, h, (struct sockaddr *)&address, sizeof(address));
}

/* --- the connection --- */

static int init(RecConn *c, const RecTarget *target, const RecAccess *access, RecSecret *secret)
{
    memset(c, 0, sizeof(*c));
    c->target = target;
    c->access = access;
    c->secret = secret;
    c->fd = -1;
    c->deadline  = rec_now() + (access->timeout ? access->timeout : 15000);
    c->handshake = calloc(1, sizeof(*c->handshake));
    return c->handshake ? 0 : rec_conn_error(c, AVERROR(ENOMEM), "out of memory");
}

int rec_conn_open(RecConn *c, const RecTarget *target, const RecAccess *access,
                  RecSecret *secret)
{
    int ret = init(c, target, access, secret);

    if (ret < 0)
        return ret;
    return target->scheme == REC_UNIX ? begin_unix(c, c->handshake) : begin_tcp(c, c->handshake);
}

int rec_conn_accepted(RecConn *c, int fd, const RecTarget *target, const RecAccess *access,
                      RecSecret *secret)
{
    int ret = init(c, target, access, secret);

    if (ret < 0) {
        close(fd);
        return ret;
    }
    rec_socket_tune(fd);
    c->stream = rec_socket_open(fd);
    if (!c->stream)
        return AVERROR(ENOMEM);
    c->fd = fd;
    c->nb_fds++;
    return opened(c, c->handshake);
}

int rec_conn_events(const RecConn *c)
{
    if (c->handshake && c->handshake->state == connecting)
        return POLLOUT;
    return POLLIN | (c->stream && rec_socket_queued(c->stream) ? POLLOUT : 0);
}

int rec_conn_step(RecConn *c)
{
    RecHandshake *h = c->handshake;
    int ret = 0;

    if (!h)
        return c->ready ? 0 : AVERROR(EINVAL);
    if (c->stream && h->state != connecting) {
        ret = rec_conn_flush(c);
        if (ret < 0)
            return ret;
    }
    do {
        ret = h->state(c, h);
    } while (ret >= 0 && h->state);
    if (ret == AVERROR(EAGAIN) && rec_now() >= c->deadline)
        return rec_conn_error(c, AVERROR(ETIMEDOUT), "no answer in time while %s", h->doing);
    if (ret < 0)
        return ret;
    if (h->addresses)
        freeaddrinfo(h->addresses);
    rec_sasl_free(h->sasl);
    free(h);
    c->handshake = NULL;
    c->ready = 1;
    return 0;
}

int rec_conn_wait(RecConn *c)
{
    for (;;) {
        struct pollfd p;
        int64_t left;
        int ret = rec_conn_step(c);

        if (ret != AVERROR(EAGAIN))
            return ret;
        left = c->deadline - rec_now();
        p = (struct pollfd){ .fd = c->fd, .events = rec_conn_events(c) };
        if (left > 0 && poll(&p, 1, left) < 0 && errno != EINTR)
            return rec_conn_error(c, AVERROR(errno), "poll: %s", strerror(errno));
    }
}

int rec_conn_read(RecConn *c, void *buf, size_t size)
{
    int ret = rec_stream_read(c->stream, buf, size);

    if (ret < 0 && ret != AVERROR(EAGAIN))
        rec_conn_error(c, ret, "%s", rec_stream_why(c->stream));
    return ret;
}

int rec_conn_write(RecConn *c, const void *buf, size_t size)
{
    int ret = rec_stream_write(c->stream, buf, size);

    return ret < 0 ? rec_conn_error(c, ret, "%s", rec_stream_why(c->stream)) : 0;
}

int rec_conn_flush(RecConn *c)
{
    int ret = rec_socket_flush(c->stream);

    return ret < 0 ? rec_conn_error(c, ret, "%s", rec_stream_why(c->stream)) : ret;
}

void rec_conn_close(RecConn *c)
{
    if (c->handshake) {
        rec_lookup_free(c->handshake->lookup);
        if (c->handshake->addresses)
            freeaddrinfo(c->handshake->addresses);
        explicit_bzero(c->handshake->in, sizeof(c->handshake->in));
        rec_sasl_free(c->handshake->sasl);
        free(c->handshake);
    }
    rec_stream_free(c->stream);
    free(c->name);
    c->handshake = NULL;
    c->stream = NULL;
    c->name = NULL;
    c->fd = -1;
    c->ready = 0;
}
