/*
 * Sockets that listen
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
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "libavutil/error.h"
#include "listener.h"

static int listen_at(int family, const struct sockaddr *address, socklen_t size)
{
    const int on = 1, off = 0;
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), error;

    if (fd < 0)
        return AVERROR(errno);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    if (!bind(fd, address, size) && !listen(fd, 128))
        return fd;
    error = errno;
    close(fd);
    return AVERROR(error);
}

static int listen_on(const RecTarget *t, char why[200])
{
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
    struct sockaddr_un path = { .sun_family = AF_UNIX };
    struct addrinfo *all, *a;
    int ret = AVERROR(EADDRNOTAVAIL), error;
    char port[8];

    if (t->scheme == REC_UNIX) {
        snprintf(path.sun_path, sizeof(path.sun_path), "%s", t->host);
        ret = listen_at(AF_UNIX, (struct sockaddr *)&path, sizeof(path));
    } else {
        snprintf(port, sizeof(port), "%d", t->port);
        error = getaddrinfo(*t->host ? t->host : NULL, port, &hints, &all);
        if (error) {
            snprintf(why, 200, "%s", gai_strerror(error));
            return AVERROR(EADDRNOTAVAIL);
        }
        /* IPv6 first: its any-address takes IPv4, too */
        for (int v4 = 0; v4 < 2 && ret < 0; v4++)
            for (a = all; a && ret < 0; a = a->ai_next)
                if ((a->ai_family == AF_INET) == v4)
                    ret = listen_at(a->ai_family, a->ai_addr, a->ai_addrlen);
        freeaddrinfo(all);
    }
    if (ret < 0)
        snprintf(why, 200, "%s", strerror(AVUNERROR(ret)));
    return ret;
}

/** Who has connected, as a target. */
static void name_of(char *text, size_t size, const struct sockaddr_storage *address, socklen_t n)
{
    char host[100] = "?", port[10] = "0";

    if (address->ss_family == AF_UNIX) {
        snprintf(text, size, "unix:peer");
        return;
    }
    getnameinfo((const struct sockaddr *)address, n, host, sizeof(host), port, sizeof(port),
                NI_NUMERICHOST | NI_NUMERICSERV);
    if (!strncmp(host, "::ffff:", 7))
        memmove(host, host + 7, strlen(host + 7) + 1);
    snprintf(text, size, strchr(host, ':') ? "[%s]::%s" : "%s::%s", host, port);
}

/** There is no room for another connection: wait until there may be. */
static void out_of_files(RecListener *l)
{
    rec_loop_watch(l->loop, &l->watch, -1, 0);
    rec_loop_timer(l->loop, &l->pause, l->loop->now + 500);
}

static void paused(RecTimer *t)
{
    RecListener *l = (RecListener *)((char *)t - offsetof(RecListener, pause));

    rec_loop_watch(l->loop, &l->watch, l->fd, POLLIN);
}

static void ready(RecWatch *w, int events)
{
    RecListener *l = (RecListener *)((char *)w - offsetof(RecListener, watch));
    struct sockaddr_storage address = { 0 };
    socklen_t size = sizeof(address);
    char name[150];
    int fd;

    (void)events;
    fd = accept4(l->fd, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
            out_of_files(l);
        return;
    }
    name_of(name, sizeof(name), &address, size);
    l->accepted(l, fd, name);
}

/** Where it listens now that a port was chosen. */
static void find_port(RecListener *l)
{
    struct sockaddr_storage address = { 0 };
    socklen_t size = sizeof(address);

    if (l->target.scheme == REC_UNIX)
        snprintf(l->name, sizeof(l->name), "unix:%.140s", l->target.host);
    else if (!getsockname(l->fd, (struct sockaddr *)&address, &size))
        name_of(l->name, sizeof(l->name), &address, size);
}

int rec_listener_open(RecListener *l, RecLoop *loop, const char *address, const char *host,
                      char why[200])
{
    const char *wrong = rec_target_parse_listen(&l->target, address);

    if (!wrong && l->target.scheme == REC_TCP && (!*l->target.host || *l->target.host == '*')) {
        const char *name = *l->target.host ? "" : host;

        free(l->target.host);
        l->target.host = strdup(name);
        wrong = l->target.host ? NULL : "out of memory";
    }
    if (wrong) {
        snprintf(why, 200, "%s", wrong);
        return AVERROR(EINVAL);
    }
    l->fd = listen_on(&l->target, why);
    if (l->fd < 0)
        return l->fd;
    l->open = 1;
    l->loop = loop;
    l->watch.ready   = ready;
    l->pause.expired = paused;
    find_port(l);
    return rec_loop_watch(loop, &l->watch, l->fd, POLLIN);
}

void rec_listener_close(RecListener *l)
{
    if (l->open) {
        rec_loop_watch(l->loop, &l->watch, -1, 0);
        rec_loop_untimer(l->loop, &l->pause);
        close(l->fd);
        if (l->target.scheme == REC_UNIX)
            unlink(l->target.host);
    }
    rec_target_free(&l->target);
    l->open = 0;
}
