/*
 * rfbplay: playing a recording in real time
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

#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/intreadwrite.h"
#include "libavutil/mem.h"
#include "libavutil/time.h"
#include "httppath.h"
#include "jpegtiles.h"
#include "log.h"
#include "mjpegclock.h"
#include "serveindex.h"

/** An idle viewer gets the picture again: it may have gone without a word. */
#define REPEAT_US (10 * 1000000)
/** How often a recording is looked at that still grows. */
#define POLL_US   (50 * 1000)
/** Who is so late gives up on making up for it. */
#define LATE_US   (1000 * 1000)

typedef struct Clock {
    Channel *channel;
    PlayServer *server;
    const PlayWishes *wishes;
    int fd;
    PlayRecording *recording;
    PlayPicture picture;        ///< just read
    PlayScaler scaler;
    PlayJpeg *jpeg;
    int64_t tiles, tiles_encoded;   ///< that were counted

    AVFrame *pending;           ///< to be published at due, if it has a buffer
    int64_t pending_time, pending_duration;     ///< ms of the recording
    int pending_damaged;
    PlayRect rect[PLAY_MAX_RECTS];  ///< what has changed since the last one published
    int nb_rects;

    double due;                 ///< us, when the picture at hand has its time
    int64_t published;          ///< us, when the last one was published
    int64_t time;               ///< ms, of the last picture read; -1: none
    int edge;                   ///< nothing newer is in the recording, which grows
    int64_t size;               ///< bytes, when that was found
    int early;                  ///< the picture at hand was read when the clock was started
} Clock;

/** Add to the damage; too many rectangles become one. */
static void add_damage(Clock *k, const PlayRect *rect, int nb)
{
    for (int i = 0; i < nb; i++) {
        if (k->nb_rects == PLAY_MAX_RECTS) {
            PlayRect all = k->rect[0];

            for (int n = 1; n < k->nb_rects; n++) {
                int x = FFMIN(all.x, k->rect[n].x), y = FFMIN(all.y, k->rect[n].y);

                all.w = FFMAX(all.x + all.w, k->rect[n].x + k->rect[n].w) - x;
                all.h = FFMAX(all.y + all.h, k->rect[n].y + k->rect[n].h) - y;
                all.x = x;
                all.y = y;
            }
            k->rect[0]  = all;
            k->nb_rects = 1;
        }
        k->rect[k->nb_rects++] = rect[i];
    }
}

static void count_tiles(Clock *k)
{
    int64_t encoded, total;

    play_jpeg_tiles(k->jpeg, &encoded, &total);
    k->server->counts.tiles         += total - k->tiles;
    k->server->counts.tiles_encoded += encoded - k->tiles_encoded;
    k->tiles         = total;
    k->tiles_encoded = encoded;
}

static PlayPart *make_part(Clock *k)
{
    size_t jpeg = play_jpeg_size(k->jpeg), between = strlen(PLAY_BETWEEN);
    PlayPart *part = av_malloc(sizeof(*part) + PLAY_PART_HEAD + jpeg + between);
    uint8_t *head;

    if (!part)
        return NULL;
    head = part->data;
    atomic_init(&part->refs, 1);
    part->jpeg = jpeg;
    part->size = PLAY_PART_HEAD + jpeg + between;
    AV_WB32(head, jpeg);
    AV_WB32(head + 4, play_channel_number(k->channel));
    AV_WB64(head + 8, k->pending_time);
    AV_WB32(head + 16, k->pending_duration > 0 ? FFMIN(k->pending_duration, UINT32_MAX - 1) :
            UINT32_MAX);
    AV_WB32(head + 20, k->edge | k->pending_damaged << 1);
    play_jpeg_write(k->jpeg, head + PLAY_PART_HEAD);
    memcpy(head + PLAY_PART_HEAD + jpeg, PLAY_BETWEEN, between);
    return part;
}

/** Encode and show what is pending. */
static int publish(Clock *k)
{
    PlayPart *part;
    AVFrame *frame;
    int ret;

    ret = play_scale(&k->scaler, &frame, k->pending, &k->wishes->scale, k->rect, k->nb_rects);
    if (ret >= 0)
        ret = play_jpeg_update(k->jpeg, frame->data[0], frame->linesize[0], frame->width,
                               frame->height, k->rect, k->nb_rects);
    av_frame_unref(k->pending);
    if (ret < 0)
        return ret;
    k->nb_rects = 0;
    count_tiles(k);
    if (!(part = make_part(k)))
        return AVERROR(ENOMEM);
    k->published = av_gettime_relative();
    k->server->counts.pictures++;
    play_channel_publish(k->channel, part, k->pending_time);
    return 0;
}

/** When the pending picture may be shown. */
static int64_t ready(const Clock *k, double due)
{
    return FFMAX(due, k->published + 1e6 / k->wishes->fps);
}

/** The picture at hand takes the place of the pending one. */
static void make_pending(Clock *k)
{
    av_frame_unref(k->pending);
    av_frame_move_ref(k->pending, k->picture.frame);
    k->pending_time     = k->picture.time;
    k->pending_duration = k->picture.duration;
    k->pending_damaged  = k->picture.damaged;
    add_damage(k, k->picture.rect, k->picture.nb_rects);
}

/** Wait; nobody may think that we are dead. @return 0 or AVERROR_EXIT */
static int wait_until(Clock *k, int64_t until)
{
    for (;;) {
        int64_t repeat = k->published + REPEAT_US;
        PlayPart *part;

        if (!k->published || until <= repeat || !k->jpeg || !play_jpeg_size(k->jpeg))
            return play_channel_wait(k->channel, until) ? AVERROR_EXIT : 0;
        if (play_channel_wait(k->channel, repeat))
            return AVERROR_EXIT;
        if (!(part = make_part(k)))
            return AVERROR(ENOMEM);
        k->published = av_gettime_relative();
        play_channel_publish(k->channel, part, k->pending_time);
    }
}

/** Show the pending picture at its time, if there is one. */
static int flush(Clock *k, double due)
{
    int ret;

    if (!k->pending->buf[0])
        return 0;
    if ((ret = wait_until(k, ready(k, due))) < 0)
        return ret;
    return publish(k);
}

/** Move the clock to the picture at hand. @return us, when the one before was due */
static double advance(Clock *k)
{
    double before = k->due, now = av_gettime_relative();
    double gap = k->time < 0 ? 0 : FFMAX(k->picture.time - k->time, 0);

    if (k->wishes->max_gap)
        gap = FFMIN(gap, k->wishes->max_gap);
    k->due += gap * 1000 / k->wishes->speed;
    if (k->edge || k->wishes->live || now - k->due > LATE_US || k->time < 0)
        k->due = now;
    k->edge = 0;
    k->time = k->picture.time;
    return before;
}

/** A picture was read. */
static int take(Clock *k)
{
    double before = advance(k);
    int64_t now = av_gettime_relative();
    int ret;

    /* what comes before the pending one could be shown takes its place */
    if (k->pending->buf[0] && (k->due >= ready(k, before) || now - k->published > LATE_US / 2) &&
        (ret = flush(k, before)) < 0)
        return ret;
    if (k->picture.nb_rects || !k->published)
        make_pending(k);
    else if (!k->pending->buf[0]) {
        k->pending_time     = k->picture.time;
        k->pending_duration = k->picture.duration;
    }
    return 0;
}

/** The recording has no more for now. @return 0, AVERROR_EOF if it does not grow any more */
static int wait_for_more(Clock *k)
{
    struct stat st = { 0 };
    int ret;

    k->edge = 1;
    if ((ret = flush(k, k->due)) < 0)
        return ret;
    for (int tries = 0;; tries++) {
        if ((ret = wait_until(k, av_gettime_relative() + POLL_US)) < 0)
            return ret;
        if (fstat(k->fd, &st) < 0)
            return AVERROR(errno);
        if (st.st_size != k->size) {
            k->size = st.st_size;
            return 0;
        }
        if (tries % 20 == 19 && !play_path_growing(k->fd, &st))
            return AVERROR_EOF;
    }
}

static int start(Clock *k, const char *path)
{
    PlayRecordingOptions o = k->server->reading;
    char name[PLAY_FD_NAME_SIZE];
    struct stat st;
    int64_t offset = k->wishes->offset, begun = av_gettime_relative();
    PlayIndexUse use;
    int ret;

    if (fstat(k->fd, &st) < 0)
        return AVERROR(errno);
    o.max_fps   = av_clip(ceil(k->wishes->fps / k->wishes->speed), 1, 1000);
    o.no_cursor = !k->wishes->cursor;
    o.silent    = 1;
    o.growing   = play_path_growing(k->fd, &st);
    o.index     = play_serve_index_open(&use, k->server, path, k->fd);
    ret = play_recording_open(&k->recording, play_path_fd_name(name, k->fd), &o);
    play_serve_index_close(&use);
    if (ret < 0)
        return ret;
    if (k->wishes->live)
        offset = INT64_MAX / 2;
    k->time = -1;
    if (offset <= 0)
        return 0;
    if ((ret = play_recording_seek(k->recording, offset)) < 0)
        return ret;
    /* what leads to the time is decoded with its picture */
    k->early = 1;
    if ((ret = play_recording_next(k->recording, &k->picture)) < 0) {
        k->early = 0;
        return ret == AVERROR(EAGAIN) || ret == AVERROR_EOF ? 0 : ret;
    }
    play_serve_index_took(k->server, path, k->fd, &st, k->recording,
                          av_gettime_relative() - begun);
    return 0;
}

static int play(Clock *k)
{
    int ret, error;

    for (;;) {
        ret = k->early ? 0 : play_recording_next(k->recording, &k->picture);
        k->early = 0;
        if (ret >= 0) {
            if ((ret = take(k)) < 0)
                return ret;
            continue;
        }
        if (ret == AVERROR(EAGAIN)) {
            if ((ret = wait_for_more(k)) < 0)
                return ret;
            continue;
        }
        if (k->time < 0)
            return ret;
        error = ret;
        /* also what is damaged is shown up to there, and for its time */
        if ((ret = flush(k, k->due)) < 0 ||
            (ret = wait_until(k, k->due + FFMAX(k->picture.duration, 0) * 1000 /
                              k->wishes->speed)) < 0)
            return ret;
        if (!k->wishes->loop || (ret = play_recording_seek(k->recording, 0)) < 0)
            return error;
        k->time = -1;
    }
}

int play_clock_run(Channel *c, PlayServer *s, const PlayWishes *wishes, int fd, const char *path)
{
    Clock k = { .channel = c, .server = s, .wishes = wishes, .fd = fd, .time = -1 };
    int ret = AVERROR(ENOMEM);

    k.picture.frame = av_frame_alloc();
    k.pending       = av_frame_alloc();
    k.jpeg          = play_jpeg_alloc(wishes->quality);
    if (k.picture.frame && k.pending && k.jpeg && (ret = start(&k, path)) >= 0)
        ret = play(&k);
    play_recording_close(&k.recording);
    play_jpeg_free(&k.jpeg);
    play_scale_free(&k.scaler);
    av_frame_free(&k.picture.frame);
    av_frame_free(&k.pending);
    return ret;
}
