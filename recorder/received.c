/*
 * What a recorded session receives
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

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "client.h"
#include "received.h"

/** Messages besides updates may have so many bytes. */
#define MAX_MESSAGE (16 << 20)

/** At least so many bytes are read at once. */
#define ROOM (64 << 10)

/** Requests of many sessions are sent together, at multiples of so many ms. */
#define TICK 5

/**
 * ms between two looks at a message that comes in pieces: at most MAX_PAUSE, or
 * such a part of the time between two requests if that is less. An update's
 * time may be late by as much.
 */
enum { MAX_PAUSE = 10, PART_OF_INTERVAL = 4 };

/** When so many bytes came in a pause, the server may be waiting for room in its socket. */
#define MUCH (128 << 10)

/** And when no more than so many, it does not. */
#define LITTLE (64 << 10)

void rec_session_lost(RecSession *s, int ret, const char *format, ...)
{
    char text[sizeof(s->why)];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    s->is_lost = 1;
    rec_session_end(s, ret, text);
}

/** Whether sending failed; when the server is gone, what it sent is read first. */
int rec_session_is_fatal(int ret)
{
    return ret < 0 && ret != AVERROR(EPIPE) && ret != AVERROR(ECONNRESET);
}

void rec_session_tell(RecSession *s)
{
    rec_loop_timer(s->shared->loop, s->owner, s->shared->loop->now);
}

RecClip rec_session_area(const RecSession *s)
{
    const RecClip all = { s->width, s->height, 0, 0 };

    return s->clipper.clip.w ? s->clipper.clip : all;
}

static int64_t interval(const RecSession *s)
{
    const double fps = s->shared->set->fps;

    return fps > 0 ? FFMAX(1, 1000 / fps) : 0;
}

int64_t rec_session_due(const RecSession *s)
{
    const int64_t due = s->requested + interval(s);

    return interval(s) < 4 * TICK ? due : (due + TICK - 1) / TICK * TICK;
}

int rec_session_request(RecSession *s)
{
    const RecClip a = rec_session_area(s);
    int ret;

    if (s->continuous && !s->refresh)
        return 0;
    ret = rec_request(&s->conn, !s->refresh, a.x, a.y, a.w, a.h);
    s->requested = s->shared->loop->now;
    if (s->refresh)
        s->refreshed = s->requested;
    s->waiting = 1;
    s->refresh = 0;
    /* the answer will come in pieces, too: its first byte need not wake us */
    if (s->looks > 1 && s->pause)
        s->look = s->requested + s->pause;
    s->looks = 0;
    return ret;
}

/** The server can send by itself: let it, as fast as it likes. */
static int continue_updates(RecSession *s)
{
    const RecClip a = rec_session_area(s);

    if (s->shared->set->fps > 0)
        return 0;
    s->continuous = 1;
    return rec_continuous_updates(&s->conn, 1, a.x, a.y, a.w, a.h);
}

static int resized(RecSession *s)
{
    if (s->clipper.clip.w) {
        s->width  = s->clipper.width;
        s->height = s->clipper.height;
    } else {
        s->width  = s->parser.width;
        s->height = s->parser.height;
    }
    s->refresh = 1;
    return s->continuous ? continue_updates(s) : 0;
}

/* --- messages --- */

void rec_session_has_picture(RecSession *s)
{
    s->has_picture = 1;
    s->parser.no_todo = 1;
    rec_session_tell(s);
}

static int updated(RecSession *s)
{
    const RFBParser *p = &s->parser;

    s->updates++;
    s->waiting = 0;
    if (!s->has_picture && p->nb_rects && !p->todo.nb && !p->todo.overflow)
        rec_session_has_picture(s);
    if (s->clipper.clip.w ? s->width != s->clipper.width || s->height != s->clipper.height
                          : s->width != p->width || s->height != p->height)
        return resized(s);
    return s->shared->set->fps > 0 ? 0 : rec_session_request(s);
}

/** A whole message came. @return 0 or an error of the connection */
static int message(RecSession *s, const uint8_t *buf)
{
    switch (s->parser.type) {
    case RFB_MSG_FRAMEBUFFER_UPDATE:
        return updated(s);
    case RFB_MSG_SERVER_FENCE:
        return rec_answer_fence(&s->conn, buf);
    case RFB_MSG_END_OF_CONTINUOUS_UPDATES:
        if (!s->continuous)
            return continue_updates(s);
        s->continuous = 0;
        return rec_session_request(s);
    }
    return 0;
}

static int write_messages(RecSession *s, const uint8_t *buf, size_t size)
{
    const RecSettings *set = s->shared->set;
    int ret;

    if (!size)
        return 0;
    if (s->max_size && s->updates > 1 && s->file.size + rec_file_cost(size) > s->max_size) {
        rec_session_end(s, 0, "the size is reached");
        return AVERROR_EXIT;
    }
    ret = rec_file_write(&s->file, buf, size, s->shared->loop->now);
    if (ret < 0) {
        rec_session_end(s, ret, s->file.error);
        return ret;
    }
    if (set->segment.bytes && s->file.size >= set->segment.bytes)
        rec_session_tell(s);
    return 0;
}

/** The server sent what cannot be read: say what, and where. */
static void broken(RecSession *s, int ret)
{
    const RFBError *e = &s->parser.error;

    if (s->clipper.error)
        rec_session_end(s, ret, s->clipper.error);
    else
        rec_session_lost(s, ret, "the server sent what is not known here: %s%s%s %"PRId64" at byte %zu of a "
             "message; nothing behind it can be read", e->name ? e->name : "", e->name ? ", " : "",
             e->what ? e->what : "broken message,", e->value, e->offset);
}

/**
 * Write the whole messages of buf.
 * @return bytes used; the session may have ended
 */
static size_t consume(RecSession *s, uint8_t *buf, size_t size)
{
    size_t pos = 0, from = 0;

    while (pos < size) {
        int ret = rec_clip_parse(&s->clipper, &s->parser, buf + pos, size - pos);

        if (ret == AVERROR(EAGAIN))
            break;
        if (ret < 0) {
            if (write_messages(s, buf + from, pos - from) >= 0)
                broken(s, ret);
            return size;
        }
        pos += ret;
        ret = message(s, buf + pos - ret);
        if (rec_session_is_fatal(ret)) {
            if (write_messages(s, buf + from, pos - from) >= 0)
                rec_session_lost(s, ret, "%s", s->conn.error);
            return size;
        }
        /* each update is a block, for its time */
        if (s->parser.type == RFB_MSG_FRAMEBUFFER_UPDATE) {
            if (write_messages(s, buf + from, pos - from) < 0)
                return size;
            from = pos;
        }
    }
    if (write_messages(s, buf + from, pos - from) < 0)
        return size;
    return pos;
}

/** A message of twice the screen is as much as a server needs. */
static size_t ceiling(const RecSession *s)
{
    return 2 * (size_t)s->width * s->height * 4 + MAX_MESSAGE;
}

/** Have room behind the beginning of a message. @return 0 or an error */
static int grow(RecSession *s)
{
    const size_t need = s->parser.need, size = s->len + FFMAX(s->len, ROOM);
    uint8_t *buf;

    if (need > ceiling(s)) {
        rec_session_lost(s, AVERROR_INVALIDDATA,
                         "the server wants to send a message of %zu bytes", need);
        return AVERROR_INVALIDDATA;
    }
    if (s->alloc - s->len >= ROOM)
        return 0;
    /* the server may lie about the size: at most double what really came */
    buf = realloc(s->buf, size);
    if (!buf) {
        rec_session_end(s, AVERROR(ENOMEM), "out of memory");
        return AVERROR(ENOMEM);
    }
    s->buf   = buf;
    s->alloc = size;
    return 0;
}

/** Keep the beginning of a message for the next time. @return 0 or an error */
static int keep(RecSession *s, const uint8_t *rest, size_t size)
{
    if (!size) {
        free(s->buf);
        s->buf   = NULL;
        s->alloc = s->len = 0;
        return 0;
    }
    if (s->alloc < size) {
        uint8_t *buf = realloc(s->buf, size);

        if (!buf) {
            rec_session_end(s, AVERROR(ENOMEM), "out of memory");
            return AVERROR(ENOMEM);
        }
        s->buf   = buf;
        s->alloc = size;
    }
    if (rest != s->buf)
        memmove(s->buf, rest, size);
    s->len = size;
    return 0;
}

/**
 * Nothing more is there now. Servers send an update rectangle by rectangle, as
 * they encode them: to be woken for each costs more than reading and writing
 * them does, so the rest of a message is looked for after a pause.
 * @param got bytes since the last look
 */
static void pause_reading(RecSession *s, size_t got)
{
    const int most = FFMIN(MAX_PAUSE, interval(s) / PART_OF_INTERVAL);

    s->looks += got > 0;
    if (got >= MUCH)
        s->pause /= 2;
    else if (got && got <= LITTLE)
        s->pause = FFMIN(2 * s->pause + 1, most);
    if (got && s->len && s->pause)
        s->look = s->shared->loop->now + s->pause;
}

/** Read what is there. */
void rec_session_receive(RecSession *s)
{
    size_t got = 0;

    s->more = 0;
    s->look = 0;
    for (int turn = 0; s->state == REC_RECORDING; turn++) {
        uint8_t *buf = s->shared->buf;
        size_t size = REC_READ_SIZE, used;
        int n, drained;

        if (s->len) {
            if (grow(s) < 0)
                return;
            buf  = s->buf;
            size = s->alloc;
        }
        n = rec_conn_read(&s->conn, buf + s->len, size - s->len);
        if (n == AVERROR(EAGAIN)) {
            pause_reading(s, got);
            return;
        }
        if (n < 0) {
            rec_session_lost(s, n, "%s", s->conn.error);
            return;
        }
        s->received = s->shared->loop->now;
        s->probed   = 0;
        drained = !s->conn.stream->lower && n < size - s->len;
        got  += n;
        size  = s->len + n;
        used  = consume(s, buf, size);
        if (s->state != REC_RECORDING || keep(s, buf + used, size - used) < 0)
            return;
        if (drained) {
            pause_reading(s, got);
            return;
        }
        /* others have their turn; what TLS holds makes no descriptor ready */
        if (turn == 16) {
            s->more = s->conn.stream->lower != NULL;
            return;
        }
    }
}

