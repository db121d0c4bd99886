/*
 * A session that is recorded
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

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/intreadwrite.h"
#include "client.h"
#include "received.h"

/** A screen that is sent in several updates is complete after so many ms. */
#define PICTURE_TIME 2000

/** When the session has something to do even if nothing comes. */
static void schedule(RecSession *s)
{
    const RecSettings *set = s->shared->set;
    int64_t when = INT64_MAX;

    if (s->state == REC_CONNECTING) {
        when = s->conn.deadline;
    } else {
        if (!s->waiting && !s->continuous)
            when = rec_session_due(s);
        if (set->keyframe)
            when = FFMIN(when, s->refreshed + set->keyframe);
        if (set->stall_timeout)
            when = FFMIN(when, s->received + set->stall_timeout / (s->probed ? 1 : 2));
        if (s->look)
            when = FFMIN(when, s->look);
        if (s->more)
            when = 0;
        if (!s->has_picture && s->updates)
            when = FFMIN(when, s->begun + PICTURE_TIME);
    }
    rec_loop_timer(s->shared->loop, &s->timer, FFMAX(when, s->shared->loop->now + 1));
}

static void watch(RecSession *s)
{
    const int leave = s->look ? POLLIN : 0;

    if (s->nb_fds != s->conn.nb_fds)
        rec_loop_forget(&s->watch);
    s->nb_fds = s->conn.nb_fds;
    rec_loop_watch(s->shared->loop, &s->watch, s->conn.fd,
                   rec_conn_events(&s->conn) & ~leave);
}

/** The handshake is done: say what is wanted, and begin the file. @return 0 or an error */
static int begin(RecSession *s)
{
    const RecSettings *set = s->shared->set;
    RecConn *c = &s->conn;
    uint8_t init[RFB_SERVER_INIT_SIZE];
    int32_t list[64];
    int ret;

    memcpy(init, c->server_init, sizeof(init));
    s->width  = AV_RB16(init);
    s->height = AV_RB16(init + 2);
    if (!set->format.keep)
        avpriv_rfb_pixel_format_write(&set->format.pf, init + 4);
    s->clipper = (RecClipper){ set->clip, s->width, s->height, NULL };
    if (set->clip.w) {
        AV_WB16(init, set->clip.w);
        AV_WB16(init + 2, set->clip.h);
        if (set->clip.x + set->clip.w > s->width || set->clip.y + set->clip.h > s->height)
            return rec_conn_error(c, AVERROR(EINVAL), "the screen of %dx%d is too small for "
                                  "--clip", s->width, s->height);
    }
    ret = avpriv_rfb_parser_init(&s->parser, init, 0);
    if (ret < 0)
        return rec_conn_error(c, ret, "no screen that can be recorded: %s %"PRId64,
                              s->parser.error.what, s->parser.error.value);
    s->parser.by_rects = set->clip.w > 0;
    ret = rec_file_create(&s->file, s->path, s->overwrite, init, c->name, c->name_size,
                          s->shared->loop->now, s->shared->syncer);
    if (ret < 0) {
        s->is_lost = 0;
        return rec_conn_error(c, ret, "%s%s", s->file.error, ret == AVERROR(EEXIST) ?
                              " (--overwrite would replace it)" : "");
    }
    s->begun   = s->received = s->shared->loop->now;
    s->state   = REC_RECORDING;
    s->refresh = 1;
    if (!set->format.keep && (ret = rec_set_pixel_format(c, &set->format.pf)) < 0)
        return ret;
    ret = rec_set_encodings(c, list, rec_encodings_for(set, list));
    if (ret >= 0)
        ret = rec_session_request(s);
    if (ret >= 0)
        rec_session_tell(s);
    return ret;
}

/** Ask for the next update if it is time, and wait for what happens then. */
static void go_on(RecSession *s, int ret)
{
    if (ret >= 0 && !s->waiting && s->shared->loop->now >= rec_session_due(s))
        ret = rec_session_request(s);
    if (rec_session_is_fatal(ret)) {
        rec_session_lost(s, ret, "%s", s->conn.error);
        return;
    }
    watch(s);
    schedule(s);
}

static void ready(RecWatch *w, int events)
{
    RecSession *s = (RecSession *)((char *)w - offsetof(RecSession, watch));
    int ret = 0;

    if (s->state == REC_ENDED)
        return;
    if (s->state == REC_CONNECTING) {
        s->is_lost = 1;
        ret = rec_conn_step(&s->conn);
        if (ret >= 0)
            ret = begin(s);
    } else if (events & POLLOUT) {
        s->is_lost = 1;
        ret = rec_conn_flush(&s->conn);
    }
    if (ret < 0 && ret != AVERROR(EAGAIN) &&
        (s->state == REC_CONNECTING || rec_session_is_fatal(ret))) {
        rec_session_end(s, ret, s->conn.error);
        return;
    }
    s->is_lost = 0;
    if (s->state == REC_RECORDING) {
        rec_session_receive(s);
        if (s->state == REC_RECORDING)
            go_on(s, 0);
    } else {
        watch(s);
        schedule(s);
    }
}

/** Nothing came for long: ask for a pixel, then give up. @return 0 or an error */
static int stalled(RecSession *s)
{
    const RecClip a = rec_session_area(s);

    if (s->probed) {
        rec_session_lost(s, AVERROR(ETIMEDOUT), "nothing came from the server for %"PRId64" s",
             (s->shared->loop->now - s->received) / 1000);
        return AVERROR(ETIMEDOUT);
    }
    s->probed = 1;
    return rec_request(&s->conn, 0, a.x, a.y, 1, 1);
}

static void expired(RecTimer *t)
{
    RecSession *s = (RecSession *)((char *)t - offsetof(RecSession, timer));
    const RecSettings *set = s->shared->set;
    const int64_t now = s->shared->loop->now;
    int ret = 0;

    if (s->state == REC_CONNECTING || s->more || (s->look && now >= s->look)) {
        ready(&s->watch, 0);
        return;
    }
    if (set->stall_timeout && now >= s->received + set->stall_timeout / (s->probed ? 1 : 2))
        ret = stalled(s);
    if (s->state == REC_ENDED)
        return;
    if (!s->has_picture && now >= s->begun + PICTURE_TIME && s->updates)
        rec_session_has_picture(s);
    if (set->keyframe && now >= s->refreshed + set->keyframe)
        s->refresh = 1;
    if (ret >= 0 && s->refresh)
        ret = rec_session_request(s);
    go_on(s, ret);
}

int rec_session_start(RecSession *s, const RecShared *shared, int fd, const RecTarget *target,
                      const RecAccess *access, RecSecret *secret)
{
    int ret;

    s->shared        = shared;
    s->watch.ready   = ready;
    s->timer.expired = expired;
    s->file.fd       = -1;
    ret = fd < 0 ? rec_conn_open(&s->conn, target, access, secret)
                 : rec_conn_accepted(&s->conn, fd, target, access, secret);
    if (ret < 0) {
        s->is_lost = 1;
        rec_session_end(s, ret, s->conn.error);
        return ret;
    }
    /* a fast server is through with the handshake before anybody waits for it */
    ready(&s->watch, 0);
    return s->result;
}

void rec_session_end(RecSession *s, int result, const char *why)
{
    const int64_t now = s->shared->loop->now;

    if (s->state == REC_ENDED)
        return;
    s->state  = REC_ENDED;
    s->result = result;
    s->ended  = now;
    snprintf(s->why, sizeof(s->why), "%s", why);
    rec_loop_watch(s->shared->loop, &s->watch, -1, 0);
    rec_loop_untimer(s->shared->loop, &s->timer);
    if (!s->updates)
        rec_file_discard(&s->file);
    else if (rec_file_close(&s->file, now) < 0 && result >= 0) {
        s->result = AVERROR(EIO);
        snprintf(s->why, sizeof(s->why), "%s", s->file.error);
    }
    s->size = s->file.size;
    rec_conn_close(&s->conn);
    free(s->buf);
    s->buf = NULL;
    s->len = s->alloc = 0;
    rec_session_tell(s);
}

void rec_session_free(RecSession *s)
{
    rec_session_end(s, 0, "");
    rec_loop_untimer(s->shared->loop, &s->timer);
    free(s);
}
