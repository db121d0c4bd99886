/*
 * rfbplay: the pictures of a video, out of a recording
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
#include <math.h>
#include <string.h>

#include "libavutil/error.h"
#include "libavutil/mem.h"
#include "changes.h"
#include "indexfile.h"
#include "log.h"
#include "source.h"

struct PlaySource {
    const PlayOptions *o;
    const char *path;
    const atomic_int *stop;
    PlayRecording *rec;
    PlayPicture pic;
    PlayFilterSpec spec;
    PlayFilter *filter;
    int64_t start, end;         ///< ms of the recording; end: INT64_MAX when not given
    int64_t known_end;          ///< ms, -1: not known before it comes
    int64_t seen_end;           ///< ms, when the last picture read is over
    AVFrame *last;              ///< as decoded; the picture that was given last
    AVFrame *before;            ///< of a pipe: the latest picture before the start
    PlayChanges changes;        ///< between the picture at hand and last
    int compared;               ///< they are known
    int64_t now, clock;         ///< ms: in the recording, and of the video before speed
    int silent;
    int64_t given;              ///< pictures
};

/* --- opening --- */

/** Largest size within the part. */
typedef struct Canvas {
    const PlaySource *s;
    int w, h;                   ///< largest so far
    int last_w, last_h;
} Canvas;

static int measure(void *opaque, const PlayWalk *w, const AVPacket *pkt)
{
    Canvas *c = opaque;
    const PlaySource *s = c->s;

    if (atomic_load(s->stop))
        return AVERROR_EXIT;
    if (w->last > s->start && c->last_w) {
        c->w = FFMAX(c->w, c->last_w);
        c->h = FFMAX(c->h, c->last_h);
    }
    c->last_w = w->last < s->end ? w->width : 0;
    c->last_h = w->height;
    return 0;
}

/** How large the canvas has to be and how long the recording is. */
static int look_ahead(PlaySource *s)
{
    const PlayFacts *facts = play_recording_facts(s->rec);
    const RFBIndex *x = facts->index;
    Canvas c = { .s = s };
    PlayWalk w;
    int ret;

    s->spec.canvas_w = facts->width;
    s->spec.canvas_h = facts->height;
    s->known_end     = facts->duration;
    if (!facts->seekable) {
        s->spec.fit = s->o->on_resize != PLAY_SPLIT;
        return 0;
    }
    /* an index knows that already */
    if (x && x->whole && !x->resized && facts->duration > 0)
        return 0;
    if ((ret = play_recording_walk(s->rec, &w, measure, &c)) < 0)
        return ret;
    s->known_end = w.duration;
    if (s->o->on_resize == PLAY_CANVAS && w.packets) {
        if (c.last_w) {
            c.w = FFMAX(c.w, c.last_w);
            c.h = FFMAX(c.h, c.last_h);
        }
        s->spec.canvas_w = c.w ? c.w : facts->width;
        s->spec.canvas_h = c.h ? c.h : facts->height;
    }
    return 0;
}

static int open_recording(PlaySource *s, int yuv420p)
{
    const PlayOptions *o = s->o;
    PlayRecordingOptions ro = {
        .max_fps      = o->max_fps ? FFMAX(ceil(o->max_fps / o->speed), 1) : 0,
        .no_cursor    = o->no_cursor,
        .yuv420p      = yuv420p,
        .pixel_format = o->pixel_format,
        .zywrle_level = o->zywrle_level,
        .width        = o->video_width,
        .height       = o->video_height,
        .max_pixels   = o->max_pixels,
        .silent       = s->silent,
    };
    char *index = play_index_of(o, s->path);
    int ret;

    ro.max_fps = FFMIN(ro.max_fps, 1000);
    ro.index   = index;
    ret = play_recording_open(&s->rec, s->path, &ro);
    av_free(index);
    if (ret < 0 && s->rec)
        play_error("%s", play_recording_message(s->rec));
    return ret;
}

static int check_part(PlaySource *s)
{
    const PlayOptions *o = s->o;

    s->start = FFMAX(o->start, 0);
    s->end   = o->end >= 0 ? o->end : INT64_MAX;
    if (o->duration >= 0)
        s->end = FFMIN(s->end, s->start + o->duration);
    if (s->end > s->start)
        return 0;
    play_error("--end and --duration leave nothing of the recording behind --start");
    return AVERROR(EINVAL);
}

static int go_to_start(PlaySource *s)
{
    int ret;

    if (s->known_end >= 0 && s->start >= FFMAX(s->known_end, 1)) {
        play_error("%s: --start is behind its end, which is at %"PRId64".%03d s", s->path,
                   s->known_end / 1000, (int)(s->known_end % 1000));
        return AVERROR(EINVAL);
    }
    s->now = s->start;
    if (!s->start || !play_recording_facts(s->rec)->seekable)
        return 0;
    if ((ret = play_recording_seek(s->rec, s->start)) < 0)
        play_error("%s", play_recording_message(s->rec));
    return ret;
}

static int open_source(PlaySource *s, const PlaySourceSpec *spec)
{
    const PlayOptions *o = s->o;
    int ret;

    if ((ret = check_part(s)) < 0)
        return ret;
    s->spec = (PlayFilterSpec){
        .fit    = o->on_resize == PLAY_SCALE,
        .crop_w = o->crop_w,   .crop_h  = o->crop_h,  .crop_x = o->crop_x, .crop_y = o->crop_y,
        .scale_w = o->scale_w, .scale_h = o->scale_h, .format = spec->format,
        .single_palettes = spec->single_palettes,
    };
    if ((ret = open_recording(s, play_filter_takes_yuv(&s->spec))) < 0 ||
        (ret = look_ahead(s)) < 0 || (ret = play_filter_open(&s->filter, &s->spec)) < 0)
        return ret;
    return go_to_start(s);
}

int play_source_open(PlaySource **out, const PlaySourceSpec *spec)
{
    PlaySource *s = *out = av_mallocz(sizeof(*s));
    int ret = AVERROR(ENOMEM);

    if (!s)
        return ret;
    s->o         = spec->options;
    s->path      = spec->path;
    s->silent    = spec->silent;
    s->stop      = spec->stop;
    s->pic.frame = av_frame_alloc();
    s->last      = av_frame_alloc();
    s->before    = av_frame_alloc();
    if (s->pic.frame && s->last && s->before)
        ret = open_source(s, spec);
    if (ret < 0)
        play_source_close(out);
    return ret;
}

void play_source_close(PlaySource **out)
{
    PlaySource *s = *out;

    if (!s)
        return;
    play_filter_close(&s->filter);
    play_changes_free(&s->changes);
    play_recording_close(&s->rec);
    av_frame_free(&s->pic.frame);
    av_frame_free(&s->last);
    av_frame_free(&s->before);
    av_freep(out);
}

/* --- pictures --- */

/**
 * Servers send again what is there already, whole screens even.
 * @return 1 if there is something new, 0 if not, or AVERROR(ENOMEM)
 */
static int changed(PlaySource *s)
{
    const AVFrame *a = s->pic.frame, *b = s->last;

    s->compared = 0;
    if (!b->buf[0] || a->width != b->width || a->height != b->height || a->format != b->format)
        return 1;
    s->compared = 1;
    return play_changes_find(&s->changes, a, b, s->pic.rect,
                             a->data[0] == b->data[0] ? 0 : s->pic.nb_rects);
}

/** Microseconds of the video at a time of the recording, which never goes back. */
static int64_t video_time(PlaySource *s, int64_t ms)
{
    int64_t gap = FFMAX(ms - s->now, 0);

    if (s->o->max_gap && gap > s->o->max_gap)
        gap = s->o->max_gap;
    s->clock += gap;
    s->now    = FFMAX(s->now, ms);
    return llrint(s->clock * 1000.0 / s->o->speed);
}

static void end(PlaySource *s, PlayItem *item, int error)
{
    *item = (PlayItem){ .error = error == AVERROR_EOF ? 0 : error };
    item->position = FFMAX(FFMIN(s->seen_end, s->end), s->now);
    item->time     = video_time(s, item->position);
}

/** Of a split video, the next part has the size of its pictures. */
static int resize(PlaySource *s, const AVFrame *frame)
{
    if (s->o->on_resize != PLAY_SPLIT ||
        (frame->width == s->spec.canvas_w && frame->height == s->spec.canvas_h))
        return 0;
    s->spec.canvas_w = frame->width;
    s->spec.canvas_h = frame->height;
    play_filter_close(&s->filter);
    return play_filter_open(&s->filter, &s->spec);
}

static int give(PlaySource *s, AVFrame *decoded, int64_t time, PlayItem *item)
{
    AVFrame *frame = av_frame_alloc();
    int ret = frame ? av_frame_ref(frame, decoded) : AVERROR(ENOMEM);

    if (ret >= 0 && (ret = resize(s, frame)) >= 0)
        ret = play_filter_run(s->filter, frame);
    if (ret >= 0 && s->compared && play_filter_is_none(s->filter))
        ret = play_changes_note(&s->changes, frame);
    if (ret < 0) {
        av_frame_free(&frame);
        return ret;
    }
    av_frame_unref(s->last);
    av_frame_move_ref(s->last, decoded);
    *item = (PlayItem){ .frame = frame, .position = time };
    /* the first picture is there from the start, so that the video's times are the recording's */
    if (s->given++)
        item->time = video_time(s, time);
    return 0;
}

/** Read on to a picture that is to be given. @return 0 or what ended it */
static int find_next(PlaySource *s)
{
    int ret;

    while (!atomic_load(s->stop)) {
        if ((ret = play_recording_next(s->rec, &s->pic)) < 0)
            return ret;
        if (s->pic.time >= s->end) {
            av_frame_unref(s->pic.frame);
            s->seen_end = s->end;
            return AVERROR_EOF;
        }
        s->seen_end = FFMAX(s->seen_end, s->pic.time + s->pic.duration);
        if (s->pic.time < s->start) {
            av_frame_unref(s->before);
            av_frame_move_ref(s->before, s->pic.frame);
        } else if ((ret = changed(s))) {
            return FFMIN(ret, 0);
        }
    }
    return AVERROR_EXIT;
}

void play_source_next(PlaySource *s, PlayItem *item)
{
    int ret;

    /* a picture that waits behind the one that was on the screen at the start */
    if (s->pic.frame->buf[0]) {
        ret = give(s, s->pic.frame, s->pic.time, item);
        if (ret < 0)
            end(s, item, ret);
        return;
    }
    ret = find_next(s);
    if (s->before->buf[0] && ret != AVERROR_EXIT && (ret < 0 || s->pic.time > s->start)) {
        AVFrame *before = s->before;

        ret = give(s, before, s->start, item);
    } else if (ret >= 0) {
        ret = give(s, s->pic.frame, s->pic.time, item);
    }
    av_frame_unref(s->before);
    if (ret < 0)
        end(s, item, ret);
}

const PlayFacts *play_source_facts(const PlaySource *s)
{
    return play_recording_facts(s->rec);
}

int64_t play_source_start(const PlaySource *s)
{
    return s->start;
}

int64_t play_source_end(const PlaySource *s)
{
    return s->known_end < 0 ? s->end == INT64_MAX ? -1 : s->end : FFMIN(s->known_end, s->end);
}

int play_source_errors(const PlaySource *s)
{
    return play_recording_errors(s->rec);
}

const char *play_source_message(const PlaySource *s)
{
    return play_recording_message(s->rec);
}
