/*
 * rfbplay: one transcode
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
#include <pthread.h>
#include <string.h>

#include "libavutil/avstring.h"
#include "libavutil/error.h"
#include "libavutil/mathematics.h"
#include "libavutil/mem.h"
#include "changes.h"
#include "job.h"
#include "outfile.h"
#include "output.h"
#include "palette.h"
#include "queue.h"
#include "source.h"
#include "target.h"

/** The fields belong to the calling thread, but for those that the reader has. */
typedef struct Work {
    const PlayJob *job;
    PlayTarget target;
    PlayPalette *palette;
    PlayOutput *out;
    char *name;                 ///< of the part being made
    int part;                   ///< its number, from 1
    int64_t base;               ///< microseconds of the video that are in parts before
    AVFrame *held;              ///< the picture whose end is not known yet
    int64_t held_at;            ///< ticks
    int width, height;          ///< of the part's pictures
    PlayState state;

    PlaySource *source;         ///< the reader's while it runs
    PlayQueue queue;
} Work;

/* --- the reader --- */

static void *read_all(void *opaque)
{
    Work *w = opaque;
    PlayItem item;

    do {
        play_source_next(w->source, &item);
    } while (play_queue_put(&w->queue, &item) >= 0 && item.frame);
    return NULL;
}

/* --- writing --- */

/** out.mp4, out-2.mp4, ... */
static char *part_name(const char *out, int part)
{
    const char *dot = strrchr(out, '.'), *slash = strrchr(out, '/');
    int stem = dot && (!slash || dot > slash) ? dot - out : strlen(out);

    return part == 1 ? av_strdup(out) : av_asprintf("%.*s-%d%s", stem, out, part, out + stem);
}

static int open_part(Work *w, const AVFrame *frame)
{
    const PlayJob *job = w->job;
    PlayOutputSpec spec = {
        .target   = &w->target,
        .options  = job->options,
        .pb       = job->pb,
        .width    = w->width  = frame->width,
        .height   = w->height = frame->height,
        .threads  = job->threads,
        .metadata = play_source_facts(w->source)->metadata,
    };

    av_free(w->name);
    if (!(w->name = part_name(job->out, ++w->part)))
        return AVERROR(ENOMEM);
    spec.name    = w->name;
    w->state.out = w->name;
    return play_output_open(&w->out, &spec);
}

/** At a constant rate, a frame shows what is on the screen when it is over. */
static int64_t ticks(const Work *w, int64_t time)
{
    return av_rescale_q_rnd(time - w->base, AV_TIME_BASE_Q, w->target.time_base,
                            w->target.rate.num ? AV_ROUND_DOWN : AV_ROUND_NEAR_INF);
}

/** The picture that is held is over. */
static int write_held(Work *w, int64_t until)
{
    const PlayTarget *t = &w->target;
    int64_t step = t->rate.num ? 1 : t->max_duration ? t->max_duration : INT64_MAX;
    int ret = 0;

    if (!w->held->buf[0])
        return 0;
    if (w->palette && (ret = play_palette_map(w->palette, w->held)) < 0)
        return ret;
    for (int64_t at = w->held_at; at < until && ret >= 0; at += FFMIN(step, until - at)) {
        if (atomic_load(w->job->stop) && at > w->held_at)
            return AVERROR_EXIT;
        ret = play_output_write(w->out, w->held, at, FFMIN(step, until - at));
        w->state.frames++;
        if (ret >= 0 && step < until - at)
            ret = play_changes_note_none(w->held);
    }
    av_frame_unref(w->held);
    return ret;
}

static void tell(Work *w, const PlayItem *item)
{
    w->state.time     = item->time;
    w->state.position = item->position;
    w->state.size     = play_output_size(w->out);
    play_progress_tell(w->job->progress, &w->state);
}

static int end_part(Work *w, int64_t time)
{
    int ret = 0;

    if (!w->out)
        return 0;
    if ((ret = write_held(w, FFMAX(ticks(w, time), w->held_at + 1))) >= 0)
        ret = play_output_finish(w->out);
    w->state.size = play_output_size(w->out);
    play_output_close(&w->out);
    w->base = time;
    return ret;
}

static int write_item(Work *w, PlayItem *item)
{
    int64_t at;
    int ret;

    if (w->out && (item->frame->width != w->width || item->frame->height != w->height))
        if ((ret = end_part(w, item->time)) < 0)
            return ret;
    if (!w->out) {
        at = 0;
        if ((ret = open_part(w, item->frame)) < 0)
            return ret;
    } else {
        at = ticks(w, item->time);
        /* of those in one tick, the last counts */
        ret = at > w->held_at ? write_held(w, at) : play_changes_join(item->frame, w->held);
        if (ret < 0)
            return ret;
        at = FFMAX(at, w->held_at);
    }
    av_frame_unref(w->held);
    av_frame_move_ref(w->held, item->frame);
    w->held_at = at;
    tell(w, item);
    return 0;
}

/** @param end set to the item that ended it, if that was reached */
static int write_all(Work *w, PlayItem *end)
{
    int ret;

    for (;;) {
        play_queue_take(&w->queue, end);
        if (!end->frame)
            return 0;
        ret = atomic_load(w->job->stop) ? AVERROR_EXIT : write_item(w, end);
        av_frame_free(&end->frame);
        if (ret < 0)
            return ret;
    }
}

/* --- all of it --- */

static int find_palette(Work *w)
{
    const PlayJob *job = w->job;
    PlayItem item;
    int ret = 0;

    w->state.doing = "finding colours  ";
    for (;;) {
        play_source_next(w->source, &item);
        if (!item.frame)
            break;
        if (!w->palette)
            ret = play_palette_open(&w->palette, item.frame->width, item.frame->height);
        if (ret >= 0)
            ret = play_palette_add(w->palette, item.frame);
        av_frame_free(&item.frame);
        if (ret < 0)
            return ret;
        w->state.position = item.position;
        play_progress_tell(job->progress, &w->state);
    }
    w->state.doing = NULL;
    if (item.error == AVERROR_EXIT || !w->palette)
        return item.error;
    return play_palette_make(w->palette);
}

/** Two passes need a recording that can be read twice and one size of pictures. */
static int open_source(Work *w)
{
    const PlayJob *job = w->job;
    const PlayOptions *o = job->options;
    int palette = w->target.palette && play_file_seekable(job->in) && o->on_resize != PLAY_SPLIT;
    PlaySourceSpec spec = {
        .options = o, .path = job->in, .stop = job->stop,
        .format  = palette ? AV_PIX_FMT_RGB32 : w->target.pix_fmt,
        .single_palettes = w->target.palette && !palette,
    };
    int ret = play_source_open(&w->source, &spec);

    if (ret < 0)
        return ret;
    w->state.start = play_source_start(w->source);
    w->state.end   = play_source_end(w->source);
    if (!palette)
        return 0;
    if ((ret = find_palette(w)) < 0 && ret != AVERROR_INVALIDDATA)
        return ret;
    play_source_close(&w->source);
    spec.silent = 1;
    return play_source_open(&w->source, &spec);
}

/** Run the reader beside the writer. */
static int run(Work *w, PlayItem *end)
{
    pthread_t reader;
    int ret;

    play_queue_init(&w->queue);
    ret = AVERROR(pthread_create(&reader, NULL, read_all, w));
    if (ret >= 0) {
        ret = write_all(w, end);
        play_queue_close(&w->queue);
        pthread_join(reader, NULL);
    }
    play_queue_free(&w->queue);
    if (ret >= 0 && end->error == AVERROR_EXIT)
        ret = AVERROR_EXIT;
    if (ret >= 0 && !w->part) {
        play_error("%s: there is no picture in it%s%s", w->job->in, end->error ? ": " : "",
                   end->error ? play_source_message(w->source) : "");
        return AVERROR_INVALIDDATA;
    }
    if (ret >= 0 || (ret == AVERROR_EXIT && w->job->options->keep_partial && w->out)) {
        int ended = end_part(w, ret < 0 ? w->state.time : end->time);

        ret = ended < 0 ? ended : ret;
    }
    return ret;
}

static int status(Work *w, int ret, const PlayItem *end)
{
    if (ret == AVERROR_EXIT)
        return PLAY_BY_SIGNAL;
    if (ret < 0)
        return PLAY_FAILED;
    w->state.done     = 1;
    w->state.time     = end->time;
    w->state.position = end->position;
    w->state.out      = w->job->out;
    play_progress_tell(w->job->progress, &w->state);
    if (!end->error && !play_source_errors(w->source))
        return PLAY_OK;
    play_error("%s (errors: %d); what could be read is in %s", play_source_message(w->source),
               FFMAX(play_source_errors(w->source), 1), w->job->out);
    return PLAY_DAMAGED;
}

int play_job_run(const PlayJob *job)
{
    Work w = { .job = job, .held = av_frame_alloc(), .state = { .in = job->in, .out = job->out } };
    PlayItem end = { 0 };
    int ret = AVERROR(ENOMEM), result;

    if (w.held)
        ret = play_target_choose(&w.target, job->options, job->out,
                                 !job->pb && play_file_seekable(job->out));
    if (ret >= 0 && (ret = open_source(&w)) >= 0)
        ret = run(&w, &end);
    result = status(&w, ret, &end);
    play_output_close(&w.out);
    play_palette_close(&w.palette);
    play_source_close(&w.source);
    play_target_free(&w.target);
    av_frame_free(&w.held);
    av_free(w.name);
    return result;
}
