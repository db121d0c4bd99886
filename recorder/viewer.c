/*
 * Viewers of a proxy
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
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "runner.h"
#include "viewer.h"

/** With so many bytes waiting for one end, the other is not read. */
#define HIGH_WATER (256 << 10)

/** Read at a time; what passes the filter of it lies behind it. */
#define PIECE (64 << 10)

/** ms that somebody has who need not be a viewer */
#define STRANGER_TIME 15000

/** ms to get the last bytes to both ends */
#define LINGER 3000

/** Bytes that may come at the end; who sends more does not listen. */
#define MAX_THROWN_AWAY (16 << 20)

/** Viewers that are greeted at a time; more put out the oldest. */
#define MAX_STRANGERS 64

/* --- the end --- */

/** Forget what is connected. */
static void leave(RecViewer *v)
{
    RecGate *g = v->gate;

    v->phase = REC_GONE;
    rec_loop_watch(g->loop, &v->watch, -1, 0);
    rec_loop_watch(g->loop, &v->server, -1, 0);
    rec_loop_untimer(g->loop, &v->timer);
    rec_stream_free(v->stream);
    v->stream = NULL;
    if (v->conn.target)
        rec_conn_close(&v->conn);
    rec_loop_timer(g->loop, &g->reaper, g->loop->now);
}

static void reap(RecTimer *t)
{
    RecGate *g = REC_MEMBER(RecGate, t, reaper);

    for (RecViewer **p = &g->first; *p; ) {
        RecViewer *v = *p;

        if (v->phase == REC_GONE) {
            *p = v->next;
            free(v->filter);
            free(v);
        } else {
            p = &v->next;
        }
    }
}

static size_t queued(const RecStream *s)
{
    return s ? rec_socket_queued(s) : 0;
}

/** Throw away what still comes. @return whether the other end has closed */
static int drained(RecViewer *v, int fd)
{
    ssize_t n = 1;

    /* others have their turn, too */
    for (int turn = 0; n > 0 && turn < 16; turn++) {
        n = recv(fd, v->gate->buf, PIECE, MSG_DONTWAIT);
        v->thrown_away += FFMAX(n, 0);
    }
    return n == 0 || v->thrown_away > MAX_THROWN_AWAY || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

/**
 * What waits goes out, then the end is told, and awaited: to close a socket
 * that has something to read would take back what was sent last.
 */
static void go_on_closing(RecViewer *v)
{
    RecStream *s[2] = { v->stream, v->conn.ready ? v->conn.stream : NULL };
    int fd[2] = { v->fd, v->conn.fd }, done = 1;

    for (int i = 0; i < 2; i++) {
        if (s[i] && rec_socket_flush(s[i]) > 0)
            done = 0;
    }
    if (done && !v->shut) {
        v->shut = 1;
        for (int i = 0; i < 2; i++)
            if (s[i])
                shutdown(fd[i], SHUT_WR);
    }
    for (int i = 0; i < 2 && v->shut; i++) {
        v->ended[i] |= !s[i] || drained(v, fd[i]);
        done &= v->ended[i];
    }
    if (done || v->gate->loop->now >= v->deadline)
        leave(v);
}

static void log_end(RecViewer *v)
{
    RecGate *g = v->gate;
    const char *colon = *v->why ? ": " : "";

    if (v->opened)
        rec_log(g->log, REC_LOG_NOTE, "viewer %s has left after %.1f s, %"PRId64" bytes to it, "
                "%"PRId64" from it%s%s", v->name, (g->loop->now - v->opened) / 1e3, v->to_viewer,
                v->to_server, colon, v->why);
    else
        rec_log(g->log, REC_LOG_NOTE, "viewer %s did not come in%s%s", v->name, colon, v->why);
}

void rec_viewer_end(RecViewer *v, const char *why)
{
    RecGate *g = v->gate;

    if (v->phase >= REC_CLOSING)
        return;
    if (why)
        snprintf(v->why, sizeof(v->why), "%s", why);
    log_end(v);
    v->phase    = REC_CLOSING;
    v->deadline = g->loop->now + LINGER;
    if (v->stream)
        rec_stream_bye(v->stream);
    else
        rec_loop_forget(&v->watch);
    if (v->conn.ready)
        rec_stream_bye(v->conn.stream);
    else if (v->conn.target)
        rec_loop_watch(g->loop, &v->server, -1, 0);
    if (v->counted) {
        v->counted = 0;
        g->nb_viewers--;
        g->changed(g);
    }
    rec_loop_timer(g->loop, &v->timer, g->loop->now);
}

/* --- passing on --- */

/** @return 0 or an error, with v->why set */
static int to_viewer(RecViewer *v)
{
    for (int turn = 0; queued(v->stream) < HIGH_WATER; turn++) {
        int n = rec_conn_read(&v->conn, v->gate->buf, PIECE), ret;

        if (n == AVERROR(EAGAIN))
            return 0;
        if (n < 0) {
            snprintf(v->why, sizeof(v->why), n == AVERROR_EOF ? "the server closed the connection"
                     : "%s", v->conn.error);
            return n;
        }
        ret = rec_stream_write(v->stream, v->gate->buf, n);
        if (ret < 0) {
            snprintf(v->why, sizeof(v->why), "%s", rec_stream_why(v->stream));
            return ret;
        }
        v->to_viewer += n;
        if (turn == 16) {
            v->more = 1;
            return 0;
        }
    }
    return 0;
}

/** What the viewer sent goes to the server, as far as it may. @return 0 or an error */
static int filtered(RecViewer *v, const uint8_t *data, size_t size)
{
    RecClientFilter *f = v->filter;
    int ret = 0;

    if (f) {
        uint8_t *out = v->gate->buf + PIECE;

        size = rec_client_filter(f, out, data, size);
        data = out;
    }
    if (size)
        ret = rec_conn_write(&v->conn, data, size);
    if (ret < 0) {
        snprintf(v->why, sizeof(v->why), "%s", v->conn.error);
        return ret;
    }
    v->to_server += size;
    if (!f || f->result >= 0)
        return 0;
    snprintf(v->why, sizeof(v->why), "%s", f->error);
    if (f->result != AVERROR_INVALIDDATA)
        v->gate->failed(v->gate, f->error);
    return f->result;
}

/** @return 0 or an error, with v->why set */
static int to_server(RecViewer *v)
{
    /* a viewer that is slow may type all the same */
    for (int turn = 0; queued(v->conn.stream) < HIGH_WATER &&
                       queued(v->stream) < 4 * HIGH_WATER; turn++) {
        int n = rec_stream_read(v->stream, v->gate->buf, PIECE), ret;

        if (n == AVERROR(EAGAIN))
            return 0;
        if (n < 0) {
            snprintf(v->why, sizeof(v->why), "%s", n == AVERROR_EOF ? "" :
                     rec_stream_why(v->stream));
            return n;
        }
        ret = filtered(v, v->gate->buf, n);
        if (ret < 0)
            return ret;
        if (turn == 16) {
            v->more = 1;
            return 0;
        }
    }
    return 0;
}

static void pass_on(RecViewer *v)
{
    const int64_t now = v->gate->loop->now;
    const size_t before = queued(v->stream);
    int ret = rec_socket_flush(v->stream);

    v->more = 0;
    if (ret < 0)
        snprintf(v->why, sizeof(v->why), "%s", rec_stream_why(v->stream));
    else if ((ret = rec_conn_flush(&v->conn)) < 0)
        snprintf(v->why, sizeof(v->why), "%s", v->conn.error);
    if (queued(v->stream) < before || !before)
        v->taken = now;
    /* its last words first */
    if (ret >= 0)
        ret = to_server(v);
    if (ret >= 0)
        ret = to_viewer(v);
    if (ret >= 0 && queued(v->stream) && now >= v->taken + v->gate->stall_timeout) {
        snprintf(v->why, sizeof(v->why), "it took nothing for %"PRId64" s",
                 (now - v->taken) / 1000);
        ret = AVERROR(ETIMEDOUT);
    }
    if (ret < 0)
        rec_viewer_end(v, NULL);
}

/* --- the beginning --- */

static void opened(RecViewer *v)
{
    RecGate *g = v->gate;
    const int view_only = g->view_only || v->view_only;

    v->opened = v->taken = g->loop->now;
    if (view_only || g->inputs) {
        v->filter = calloc(1, sizeof(*v->filter));
        if (!v->filter) {
            rec_viewer_end(v, "out of memory");
            return;
        }
        v->filter->view_only = view_only;
        v->filter->inputs    = g->inputs;
    }
    if (g->inputs)
        rec_inputs_begin(g->inputs);
    rec_log(g->log, REC_LOG_NOTE, "viewer %s has come in (%s%s%s)", v->name, v->security,
            v->encrypted && *v->security != 'X' ? " in TLS" : "",
            view_only ? ", may only look" : "");
}

/** It did not come in: why, if nothing has said so yet. */
static const char *reason(const RecViewer *v, int ret)
{
    if (*v->why)
        return NULL;
    if (ret == AVERROR(EPROTO))
        return "it does not follow the protocol";
    return ret == AVERROR_EOF ? "it closed the connection" : "the connection broke";
}

static void go_on_greeting(RecViewer *v)
{
    int ret = rec_socket_flush(v->stream);

    if (ret >= 0)
        do {
            ret = v->state(v);
        } while (ret >= 0 && v->phase == REC_GREETED);
    if (ret >= 0) {
        opened(v);
    } else if (ret != AVERROR(EAGAIN)) {
        if (!*v->why && ret != AVERROR_EOF && v->stream && rec_stream_failed(v->stream))
            snprintf(v->why, sizeof(v->why), "%s", rec_stream_why(v->stream));
        rec_viewer_end(v, reason(v, ret));
    } else if (v->gate->loop->now >= v->deadline) {
        rec_viewer_end(v, "it did not go on in time");
    }
}

/* --- the loop --- */

static int viewer_events(const RecViewer *v)
{
    int events = queued(v->stream) ? POLLOUT : 0;

    switch (v->phase) {
    case REC_GREETED:
        return events | (v->deaf ? 0 : POLLIN);
    case REC_PASSED_ON:
        return events | (queued(v->conn.stream) < HIGH_WATER &&
                         queued(v->stream) < 4 * HIGH_WATER ? POLLIN : 0);
    default:
        return events | (v->shut && !v->ended[0] ? POLLIN : 0);
    }
}

static int server_events(const RecViewer *v)
{
    int events = queued(v->conn.stream) ? POLLOUT : 0;

    if (v->phase == REC_CLOSING)
        return events | (v->shut && !v->ended[1] ? POLLIN : 0);
    if (!v->conn.ready)
        return rec_conn_events(&v->conn);
    return events | (v->phase == REC_PASSED_ON && queued(v->stream) < HIGH_WATER ? POLLIN : 0);
}

/** What to wait for. A descriptor of no interest tells of its end all the time. */
static void wait_for(RecViewer *v)
{
    RecLoop *l = v->gate->loop;
    int64_t when = v->deadline;
    int events;

    if (v->stream) {
        events = viewer_events(v);
        rec_loop_watch(l, &v->watch, events ? v->fd : -1, events);
    }
    if (v->conn.fd >= 0 && v->conn.target && (v->phase != REC_CLOSING || v->conn.ready)) {
        if (v->nb_fds != v->conn.nb_fds)
            rec_loop_forget(&v->server);
        v->nb_fds = v->conn.nb_fds;
        events = server_events(v);
        rec_loop_watch(l, &v->server, events ? v->conn.fd : -1, events);
    }
    if (v->phase == REC_GREETED)
        when = FFMIN(when, v->wake);
    if (v->phase == REC_PASSED_ON)
        when = v->more ? l->now : queued(v->stream) ? v->taken + v->gate->stall_timeout : INT64_MAX;
    rec_loop_timer(l, &v->timer, FFMAX(when, l->now + 1));
}

static void go_on(RecViewer *v)
{
    if (v->phase == REC_GREETED)
        go_on_greeting(v);
    if (v->phase == REC_PASSED_ON)
        pass_on(v);
    if (v->phase == REC_CLOSING)
        go_on_closing(v);
    if (v->phase != REC_GONE)
        wait_for(v);
}

static void viewer_ready(RecWatch *w, int events)
{
    (void)events;
    go_on(REC_MEMBER(RecViewer, w, watch));
}

static void server_ready(RecWatch *w, int events)
{
    (void)events;
    go_on(REC_MEMBER(RecViewer, w, server));
}

static void expired(RecTimer *t)
{
    go_on(REC_MEMBER(RecViewer, t, timer));
}

/** Strangers must not keep others out: the one that has been here for longest goes. */
static void make_room(RecGate *g)
{
    RecViewer *oldest = NULL;
    int n = 0;

    for (RecViewer *v = g->first; v; v = v->next) {
        if (v->phase != REC_GREETED || v->counted)
            continue;
        oldest = v;
        n++;
    }
    if (n < MAX_STRANGERS)
        return;
    rec_viewer_end(oldest, "it waited for long, and others come");
    leave(oldest);
}

void rec_viewer_new(RecGate *g, int fd, const char *name, int websocket_only)
{
    RecViewer *v = calloc(1, sizeof(*v));

    make_room(g);
    if (!v || !(v->stream = rec_socket_open(fd))) {
        if (!v)
            close(fd);
        free(v);
        return;
    }
    rec_socket_tune(fd);
    snprintf(v->name, sizeof(v->name), "%s", name);
    v->gate = g;
    v->fd   = fd;
    v->watch.ready    = viewer_ready;
    v->server.ready   = server_ready;
    v->timer.expired  = expired;
    v->begun          = g->loop->now;
    v->deadline       = v->begun + STRANGER_TIME;
    v->websocket_only = websocket_only;
    v->may_choose     = 1;
    v->conn.fd        = -1;
    v->state          = rec_viewer_sniff;
    v->next  = g->first;
    g->first = v;
    g->reaper.expired = reap;
    go_on(v);
}

void rec_gate_close(RecGate *g)
{
    for (RecViewer *v = g->first; v; v = v->next) {
        if (v->phase == REC_GONE)
            continue;
        rec_viewer_end(v, "the proxy ends");
        go_on_closing(v);
        if (v->phase != REC_GONE)
            leave(v);
    }
    reap(&g->reaper);
    rec_loop_untimer(g->loop, &g->reaper);
}
