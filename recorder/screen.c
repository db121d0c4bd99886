/*
 * The screen of a server
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
#include <stdlib.h>
#include <string.h>

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/intreadwrite.h"
#include "client.h"
#include "screen.h"

/** Messages besides updates may have so many bytes. */
#define MAX_MESSAGE (16 << 20)

/* --- what was painted at least once --- */

static RecClip area(const RecScreen *s)
{
    const RecClip all = { s->walker.width, s->walker.height, 0, 0 };

    return s->clip.w ? s->clip : all;
}

/** Begin anew to look what is painted. @return 0 or AVERROR(ENOMEM) */
static int begin_seeing(RecScreen *s)
{
    const RecClip a = area(s);

    free(s->seen);
    s->complete = 0;
    s->refresh  = 1;
    s->unseen   = (int64_t)a.w * a.h;
    s->seen     = calloc(a.h, a.w);
    return s->seen ? 0 : rec_conn_error(s->conn, AVERROR(ENOMEM), "out of memory");
}

static void see(RecScreen *s, int x, int y, int w, int h)
{
    const RecClip a = area(s);
    const int x0 = FFMAX(x - a.x, 0), x1 = FFMIN(x - a.x + w, a.w);
    const int y0 = FFMAX(y - a.y, 0), y1 = FFMIN(y - a.y + h, a.h);

    for (int j = y0; j < y1; j++) {
        for (int i = x0; i < x1; i++) {
            s->unseen -= !s->seen[(size_t)j * a.w + i];
            s->seen[(size_t)j * a.w + i] = 1;
        }
    }
}

/* x(u16) y(u16) w(u16) h(u16) encoding(s32) */
static void see_rectangle(RecScreen *s, const uint8_t *b)
{
    const int32_t encoding = AV_RB32(b + 8);

    if ((encoding >= 0 && encoding < 256) || encoding == RFB_ENC_TIGHT_PNG)
        see(s, AV_RB16(b), AV_RB16(b + 2), AV_RB16(b + 4), AV_RB16(b + 6));
}

/* --- messages --- */

/** As avpriv_rfb_parse(), noting where rectangles paint. */
static int walk(RecScreen *s)
{
    RFBParser *p = &s->walker;

    for (;;) {
        int ret = avpriv_rfb_parse(p, NULL, s->buf, s->len);

        if (ret != AVERROR(EAGAIN) || p->need != p->pos || p->stopped != p->pos)
            return ret;
        if (s->len < p->pos + 12) {
            p->need    = p->pos + 12;
            p->stopped = 0;
            return ret;
        }
        if (s->seen)
            see_rectangle(s, s->buf + p->pos);
    }
}

static int paint(RecScreen *s, size_t size)
{
    int ret = ff_rfb_frame_open(&s->frame);

    if (ret >= 0) {
        ff_rfb_frame_begin(&s->frame);
        ret = avpriv_rfb_parse(&s->painter, &s->frame, s->buf, size);
        ff_rfb_frame_settle(&s->frame);
    }
    if (ret >= 0 && s->frame.nb_errors)
        return rec_conn_error(s->conn, AVERROR_INVALIDDATA, "the server sent a damaged picture: "
                              "%s: %s", s->frame.error.name, s->frame.error.what);
    return ret < 0 ? rec_conn_error(s->conn, ret, "the picture cannot be painted") : 0;
}

static int request(RecScreen *s)
{
    const RecClip a = area(s);
    const int incremental = !s->refresh;

    s->waiting = 1;
    s->refresh = 0;
    return rec_request(s->conn, incremental, a.x, a.y, a.w, a.h);
}

/** An update was painted. @return 1 or an error */
static int updated(RecScreen *s, int width, int height)
{
    int ret = 0;

    s->updates++;
    s->waiting = 0;
    if (s->walker.width != width || s->walker.height != height) {
        if (s->clip.x + s->clip.w > s->walker.width || s->clip.y + s->clip.h > s->walker.height)
            return rec_conn_error(s->conn, AVERROR(ERANGE), "the screen became too small for the "
                                  "part that is wanted");
        ret = begin_seeing(s);
    } else if (s->seen && !s->unseen) {
        free(s->seen);
        s->seen = NULL;
        s->complete = 1;
    }
    return ret < 0 ? ret : 1;
}

/**
 * Deal with the message at the beginning of the buffer.
 * @return 1 if that was an update, 0, AVERROR(EAGAIN), or another error
 */
static int message(RecScreen *s)
{
    const int width = s->walker.width, height = s->walker.height;
    const RFBError *e = &s->walker.error;
    int size = walk(s), ret;

    if (size == AVERROR(EAGAIN))
        return size;
    if (size < 0)
        return rec_conn_error(s->conn, size, "the server sent what is not known here: %s%s%s "
                              "%"PRId64, e->name ? e->name : "", e->name ? ", " : "", e->what,
                              e->value);
    ret = paint(s, size);
    if (ret >= 0 && s->walker.type == RFB_MSG_SERVER_FENCE)
        ret = rec_answer_fence(s->conn, s->buf);
    if (ret >= 0 && s->walker.type == RFB_MSG_FRAMEBUFFER_UPDATE)
        ret = updated(s, width, height);
    s->len -= size;
    memmove(s->buf, s->buf + size, s->len);
    return ret;
}

static int receive(RecScreen *s)
{
    const size_t most = 2 * (size_t)s->walker.width * s->walker.height * 4 + MAX_MESSAGE;
    int n;

    if (s->alloc - s->len < 64 << 10) {
        size_t alloc = FFMAX(256 << 10, 2 * s->alloc);
        uint8_t *buf = s->len > most ? NULL : realloc(s->buf, alloc);

        if (!buf)
            return rec_conn_error(s->conn, AVERROR(ENOMEM), "the server sends a message of more "
                                  "than %zu bytes", s->len);
        s->buf   = buf;
        s->alloc = alloc;
    }
    n = rec_conn_read(s->conn, s->buf + s->len, s->alloc - s->len);
    if (n > 0)
        s->len += n;
    return n;
}

/* --- the screen --- */

int rec_screen_open(RecScreen *s, RecConn *conn, const RecClip *clip, int draw_cursor)
{
    /* exact ones only, and a cursor that the server does not draw if it is not wanted */
    static const int32_t encodings[] = {
        RFB_ENC_TIGHT, RFB_ENC_ZRLE, RFB_ENC_HEXTILE, RFB_ENC_ZLIB, RFB_ENC_RRE,
        RFB_ENC_COPY_RECT, RFB_ENC_RAW, RFB_ENC_LAST_RECT, RFB_ENC_EXTENDED_DESKTOP_SIZE,
        RFB_ENC_DESKTOP_SIZE, RFB_ENC_CURSOR_WITH_ALPHA, RFB_ENC_CURSOR, RFB_ENC_XCURSOR,
        RFB_ENC_POINTER_POS, RFB_ENC_VMWARE_CURSOR_POS,
    };
    const int nb_cursor = 5;
    uint8_t init[RFB_SERVER_INIT_SIZE];
    RFBPixelFormat pf;
    int ret;

    memset(s, 0, sizeof(*s));
    s->conn = conn;
    memcpy(init, conn->server_init, sizeof(init));
    avpriv_rfb_pixel_format_parse(&pf, "bgrx8888");
    avpriv_rfb_pixel_format_write(&pf, init + 4);
    if (clip)
        s->clip = *clip;
    if (s->clip.x + s->clip.w > AV_RB16(init) || s->clip.y + s->clip.h > AV_RB16(init + 2))
        return rec_conn_error(conn, AVERROR(EINVAL), "the screen of %dx%d is too small for the "
                              "part that is wanted", AV_RB16(init), AV_RB16(init + 2));
    ret = avpriv_rfb_parser_init(&s->walker, init, 0);
    if (ret < 0)
        return rec_conn_error(conn, ret, "%s %"PRId64, s->walker.error.what,
                              s->walker.error.value);
    s->painter = s->walker;
    s->walker.by_rects = 1;
    if (ff_rfb_frame_init(&s->frame, &s->painter) < 0)
        return rec_conn_error(conn, AVERROR(ENOMEM), "out of memory");
    if ((ret = begin_seeing(s)) < 0 || (ret = rec_set_pixel_format(conn, &pf)) < 0)
        return ret;
    ret = rec_set_encodings(conn, encodings,
                            FF_ARRAY_ELEMS(encodings) - (draw_cursor ? nb_cursor : 0));
    return ret < 0 ? ret : request(s);
}

int rec_screen_update(RecScreen *s, int64_t until)
{
    for (;;) {
        struct pollfd p = { .fd = s->conn->fd };
        int64_t left;
        int ret = s->len ? message(s) : AVERROR(EAGAIN);

        if (ret >= 0) {
            if (ret)
                return ret;
            continue;
        }
        if (ret != AVERROR(EAGAIN))
            return ret;
        if (!s->waiting && (ret = request(s)) < 0)
            return ret;
        ret = receive(s);
        if (ret > 0)
            continue;
        if (ret != AVERROR(EAGAIN) || (ret = rec_conn_flush(s->conn)) < 0)
            return ret;
        left = until - rec_now();
        if (left <= 0)
            return 0;
        p.events = rec_conn_events(s->conn);
        if (poll(&p, 1, FFMIN(left, 3600000)) < 0 && errno != EINTR)
            return rec_conn_error(s->conn, AVERROR(errno), "poll: %s", strerror(errno));
    }
}

int rec_screen_complete(RecScreen *s, int64_t until)
{
    int ret = 1;

    while (!s->complete && ret > 0)
        ret = rec_screen_update(s, until);
    if (!ret)
        return rec_conn_error(s->conn, AVERROR(ETIMEDOUT), "no picture of the whole screen in "
                              "time, %"PRId64" pixels are missing", s->unseen);
    return FFMIN(ret, 0);
}

void rec_screen_close(RecScreen *s)
{
    ff_rfb_frame_free(&s->frame);
    free(s->buf);
    free(s->seen);
    s->buf = s->seen = NULL;
}
