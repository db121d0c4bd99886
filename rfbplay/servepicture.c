/*
 * rfbplay: the picture at a time
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

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/values.h"
#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/mem.h"
#include "libavutil/time.h"
#include "httppath.h"
#include "serveimage.h"
#include "serveindex.h"
#include "servepages.h"
#include "servescale.h"

/** How far back the update before a time is looked for at first (ms). */
#define LOOK_BACK 1000

typedef struct Wanted {
    const PlayImageFormat *format;
    int64_t time;               ///< ms
    double percent;             ///< of the duration, instead of the time; -1: not given
    int step;                   ///< 1: the next update after that time, -1: the last before it
    int quality;
    int cursor;
    PlayScale scale;
} Wanted;

static int read_time(Wanted *w, const char *text)
{
    char *end;

    w->percent = strtod(text, &end);
    if (end > text && !strcmp(end, "%"))
        return w->percent >= 0 && w->percent <= 100 ? 0 : AVERROR(EINVAL);
    w->percent = -1;
    return opt_read_time(&w->time, text) ? AVERROR(EINVAL) : 0;
}

/** @return 0, or AVERROR(EINVAL) with *name set to the parameter */
static int read_wanted(Wanted *w, const PlayRequest *r, const char **name)
{
    const char *format = play_http_param(r, "format");
    double quality, step;

    memset(w, 0, sizeof(*w));
#define CHECK(param, ok) if (*name = param, !(ok)) return AVERROR(EINVAL)
    CHECK("t",       read_time(w, play_http_param(r, "t")) >= 0);
    CHECK("format",  (w->format = play_image_format(format ? format : "png")));
    CHECK("quality", play_http_number(&quality, r, "quality", 0, 1, 100) >= 0);
    CHECK("step",    play_http_number(&step, r, "step", 0, -1, 1) >= 0);
    CHECK("scale",   play_scale_param(&w->scale, r) >= 0);
#undef CHECK
    w->quality = quality;
    w->step    = step;
    w->cursor  = play_http_flag(r, "cursor", !r->server->o->no_cursor);
    return 0;
}

/** Read the update that is next behind a time; at the end, the last one stays. */
static int step_on(PlayRecording *rec, PlayPicture *p, int64_t time)
{
    AVFrame *last = av_frame_alloc();
    int64_t at = p->time;
    int ret = last ? 0 : AVERROR(ENOMEM);

    while (ret >= 0 && p->time <= time) {
        av_frame_unref(last);
        av_frame_move_ref(last, p->frame);
        at  = p->time;
        ret = play_recording_next(rec, p);
    }
    if (ret < 0 && last && last->buf[0]) {
        av_frame_unref(p->frame);
        av_frame_move_ref(p->frame, last);
        p->time = at;
        ret = 0;
    }
    av_frame_free(&last);
    return ret;
}

/** Read the last update before a time; there is always the first one. */
static int step_back(PlayRecording *rec, PlayPicture *p, int64_t time)
{
    for (int64_t back = LOOK_BACK;; back *= 8) {
        int64_t from = FFMAX(time - back, 0), found = -1;
        int ret = play_recording_seek(rec, from);

        if (ret >= 0)
            ret = play_recording_next(rec, p);
        /* what a seek gives first is no update, but perhaps where the first one is */
        if (ret < 0 || p->time >= time)
            return ret;
        if (p->time > from || !from)
            found = p->time;
        while ((ret = play_recording_next(rec, p)) >= 0 && p->time < time)
            found = p->time;
        if (ret < 0 && ret != AVERROR_EOF)
            return ret;
        if (found < 0 && from > 0)
            continue;
        if ((ret = play_recording_seek(rec, FFMAX(found, 0))) < 0)
            return ret;
        return play_recording_next(rec, p);
    }
}

static int find_picture(PlayRecording *rec, PlayPicture *p, const Wanted *w)
{
    int64_t time = w->time, duration = play_recording_facts(rec)->duration;
    int ret;

    if (w->percent >= 0)
        time = FFMAX(duration, 0) * w->percent / 100;
    if (w->step < 0)
        return step_back(rec, p, time);
    /* pipes cannot be; what is compressed can */
    if ((ret = play_recording_seek(rec, time)) < 0 || (ret = play_recording_next(rec, p)) < 0)
        return ret;
    return w->step > 0 ? step_on(rec, p, time) : 0;
}

/** Open the recording and find the picture in it, with its index if it has one. */
static int open_picture(PlayRequest *r, PlayRecording **rec, PlayPicture *p, const Wanted *w)
{
    PlayRecordingOptions o = r->server->reading;
    int64_t start = av_gettime_relative();
    char file[PLAY_FD_NAME_SIZE];
    PlayIndexUse use;
    int ret;

    o.no_cursor = !w->cursor;
    o.index     = play_serve_index_open(&use, r->server, r->path, r->fd);
    ret = play_recording_open(rec, play_path_fd_name(file, r->fd), &o);
    play_serve_index_close(&use);
    if (ret >= 0 && (ret = find_picture(*rec, p, w)) >= 0)
        play_serve_index_took(r->server, r->path, r->fd, &r->st, *rec,
                              av_gettime_relative() - start);
    return ret;
}

static int encode(uint8_t **data, size_t *size, const Wanted *w, AVFrame *frame)
{
    PlayScaler scaler = { 0 };
    AVFrame *scaled;
    int ret = play_scale(&scaler, &scaled, frame, &w->scale, NULL, 0);

    if (ret >= 0)
        ret = play_image_encode(w->format, data, size, scaled, w->quality);
    play_scale_free(&scaler);
    return ret;
}

static void answer(PlayRequest *r, const Wanted *w, const PlayPicture *p, uint8_t *data,
                   size_t size)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer_with_free_callback(size, data, av_free);
    char text[80];

    if (!response) {
        av_free(data);
        return;
    }
    MHD_add_response_header(response, "Content-Type", w->format->type);
    play_http_etag(text, sizeof(text), &r->st);
    MHD_add_response_header(response, "ETag", text);
    snprintf(text, sizeof(text), "%"PRId64, p->time);
    MHD_add_response_header(response, "X-Recording-Time", text);
    MHD_add_response_header(response, "Cross-Origin-Resource-Policy", "cross-origin");
    play_http_send(r, MHD_HTTP_OK, response);
}

PlayHttpResult play_page_picture(PlayRequest *r)
{
    PlayPicture p = { .frame = av_frame_alloc() };
    PlayRecording *rec = NULL;
    const char *name;
    uint8_t *data = NULL;
    size_t size = 0;
    Wanted w;
    PlayHttpResult http;
    int ret;

    if (read_wanted(&w, r, &name) < 0) {
        av_frame_free(&p.frame);
        return play_http_error(r, MHD_HTTP_BAD_REQUEST, "%s=%s: not as it has to be", name,
                               play_http_param(r, name));
    }
    if (play_http_unchanged(r, &http)) {
        av_frame_free(&p.frame);
        return http;
    }
    ret = p.frame ? open_picture(r, &rec, &p, &w) : AVERROR(ENOMEM);
    if (ret >= 0)
        ret = encode(&data, &size, &w, p.frame);
    play_recording_close(&rec);
    if (ret >= 0)
        answer(r, &w, &p, data, size);
    av_frame_free(&p.frame);
    return ret < 0 ? play_http_failure(r, ret, NULL) : MHD_YES;
}
