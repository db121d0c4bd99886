/*
 * Stacks of byte streams, and the socket below all
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
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libavutil/error.h"
#include "stream.h"

int rec_stream_error(RecStream *s, int ret, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(s->error, sizeof(s->error), format, args);
    va_end(args);
    return ret;
}

int rec_stream_failed(const RecStream *s)
{
    while (s && !*s->error)
        s = s->lower;
    return s != NULL;
}

const char *rec_stream_why(const RecStream *s)
{
    for (; s; s = s->lower)
        if (*s->error)
            return s->error;
    return "the connection is broken";
}

int rec_stream_handshake(RecStream *s)
{
    return s->ops->handshake ? s->ops->handshake(s) : 0;
}

int rec_stream_read(RecStream *s, void *buf, size_t size)
{
    if (s->has_ahead && size) {
        *(uint8_t *)buf = s->ahead;
        s->has_ahead = 0;
        return 1;
    }
    return s->ops->read(s, buf, size);
}

int rec_stream_peek(RecStream *s)
{
    int ret = s->has_ahead ? 1 : s->ops->read(s, &s->ahead, 1);

    if (ret < 0)
        return ret;
    s->has_ahead = 1;
    return s->ahead;
}

int rec_stream_write(RecStream *s, const void *buf, size_t size)
{
    return s->ops->write(s, buf, size);
}

void rec_stream_bye(RecStream *s)
{
    for (; s; s = s->lower)
        if (s->ops->bye)
            s->ops->bye(s);
}

void rec_stream_free(RecStream *s)
{
    while (s) {
        RecStream *lower = s->lower;

        s->ops->free(s);
        free(s);
        s = lower;
    }
}

typedef struct RecSocket {
    RecStream stream;
    int fd;
    uint8_t *queue;             ///< what waits to be sent
    size_t queued;
} RecSocket;

static int socket_read(RecStream *s, uint8_t *buf, size_t size)
{
    ssize_t n;

    do {
        n = recv(((RecSocket *)s)->fd, buf, size, MSG_DONTWAIT);
    } while (n < 0 && errno == EINTR);
    if (n > 0)
        return n;
    if (!n)
        return rec_stream_error(s, AVERROR_EOF, "the server closed the connection");
    if (errno == EAGAIN || errno == EWOULDBLOCK)
        return AVERROR(EAGAIN);
    return rec_stream_error(s, AVERROR(errno), "%s", strerror(errno));
}

/** @return bytes sent, 0 if the socket takes none now, or an error */
static int send_some(RecSocket *s, const uint8_t *buf, size_t size)
{
    ssize_t n;

    do {
        n = send(s->fd, buf, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (n < 0 && errno == EINTR);
    if (n >= 0)
        return n;
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOTCONN)
        return 0;
    return rec_stream_error(&s->stream, AVERROR(errno), "%s", strerror(errno));
}

static int socket_write(RecStream *stream, const uint8_t *buf, size_t size)
{
    RecSocket *s = (RecSocket *)stream;
    uint8_t *queue;
    int sent = 0;

    if (!s->queued)
        sent = send_some(s, buf, size);
    if (sent < 0)
        return sent;
    if ((size_t)sent == size)
        return 0;
    size -= sent;
    if (size > REC_MAX_QUEUE - s->queued)
        return rec_stream_error(stream, AVERROR(ENOBUFS), "the server does not read what it is sent");
    queue = realloc(s->queue, s->queued + size);
    if (!queue)
        return AVERROR(ENOMEM);
    memcpy(queue + s->queued, buf + sent, size);
    s->queue = queue;
    s->queued += size;
    return 0;
}

static RecSocket *socket_of(const RecStream *s)
{
    while (s->lower)
        s = s->lower;
    return (RecSocket *)s;
}

size_t rec_socket_queued(const RecStream *s)
{
    return socket_of(s)->queued;
}

int rec_socket_flush(RecStream *stream)
{
    RecSocket *s = socket_of(stream);
    int sent;

    if (!s->queued)
        return 0;
    sent = send_some(s, s->queue, s->queued);
    if (sent < 0)
        return sent;
    s->queued -= sent;
    memmove(s->queue, s->queue + sent, s->queued);
    if (!s->queued) {
        free(s->queue);
        s->queue = NULL;
    }
    return s->queued;
}

static void socket_free(RecStream *s)
{
    free(((RecSocket *)s)->queue);
    close(((RecSocket *)s)->fd);
}

void rec_socket_tune(int fd)
{
    const int on = 1, idle = 30, interval = 10, count = 3;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
}

RecStream *rec_socket_open(int fd)
{
    static const RecStreamOps ops = {
        .read = socket_read, .write = socket_write, .free = socket_free,
    };
    RecSocket *s = calloc(1, sizeof(*s));

    if (!s) {
        close(fd);
        return NULL;
    }
    s->stream.ops = &ops;
    s->fd = fd;
    return &s->stream;
}
