/*
 * rfbplay snapshot: one picture of a recording
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
#include <string.h>

#include "libavutil/avstring.h"
#include "libavutil/error.h"
#include "commands.h"
#include "filter.h"
#include "indexfile.h"
#include "outfile.h"
#include "output.h"
#include "recording.h"

/** What a picture's extension means. */
static const struct Kind {
    const char *extension, *codec, *options;
    enum AVPixelFormat format;
} kinds[] = {
    { "png",  "png",     "pred=mixed", AV_PIX_FMT_RGB24 },
    { "jpg",  "mjpeg",   "q=2",        AV_PIX_FMT_YUVJ444P },
    { "jpeg", "mjpeg",   "q=2",        AV_PIX_FMT_YUVJ444P },
    { "webp", "libwebp", "lossless=1", AV_PIX_FMT_BGRA },
    { "bmp",  "bmp",     NULL,         AV_PIX_FMT_BGR24 },
};

static int choose(PlayTarget *t, const PlayOptions *o, const char *out)
{
    const char *dot = strrchr(out, '.'), *name = o->format ? o->format : dot ? dot + 1 : "";

    *t = (PlayTarget){ .time_base = { 1, 1000 } };
    for (size_t i = 0; i < FF_ARRAY_ELEMS(kinds); i++) {
        if (av_strcasecmp(kinds[i].extension, name))
            continue;
        t->container = av_guess_format(strcmp(out, "-") ? "image2" : "image2pipe", NULL, NULL);
        t->codec     = avcodec_find_encoder_by_name(kinds[i].codec);
        t->pix_fmt   = kinds[i].format;
        if (strcmp(out, "-"))
            av_dict_set(&t->muxer_options, "update", "1", 0);
        if (kinds[i].options)
            av_dict_parse_string(&t->codec_options, kinds[i].options, "=", ":", 0);
        if (t->container && t->codec)
            return 0;
    }
    play_error("%s: a picture is called .png, .jpg, .webp or .bmp", out);
    return AVERROR(EINVAL);
}

/** Find out when the recording ends. @return ms, or a negative AVERROR code */
static int64_t find_end(const char *path, PlayRecording *r)
{
    const PlayFacts *facts = play_recording_facts(r);
    PlayWalk w;
    int ret;

    if (facts->index && facts->index->whole && facts->duration >= 0)
        return facts->duration;
    if ((ret = play_recording_walk(r, &w, NULL, NULL)) == AVERROR(ENOSYS))
        play_error("%s: this has to be a file, not a pipe", path);
    if (ret >= 0 && !w.packets) {
        play_error("%s: there is no picture in it", path);
        return AVERROR_INVALIDDATA;
    }
    return ret < 0 ? ret : FFMAX(w.duration, w.last);
}

/** Read the picture at a time. */
static int read_picture(const PlayOptions *o, PlayRecording *r, PlayPicture *pic)
{
    const char *path = o->path[0];
    int64_t time = o->time, end = find_end(path, r);
    int ret;

    if (end < 0)
        return end;
    if (time > end) {
        play_error("%s: it ends at %"PRId64".%03d s", path, end / 1000, (int)(end % 1000));
        return AVERROR(EINVAL);
    }
    if ((ret = play_recording_seek(r, time < 0 ? end : time)) >= 0)
        ret = play_recording_next(r, pic);
    return ret;
}

static int write_picture(const PlayOptions *o, const PlayTarget *t, AVFrame *frame)
{
    PlayFilterSpec fs = {
        .canvas_w = frame->width, .canvas_h = frame->height,
        .crop_w = o->crop_w,   .crop_h  = o->crop_h,  .crop_x = o->crop_x, .crop_y = o->crop_y,
        .scale_w = o->scale_w, .scale_h = o->scale_h, .format = t->pix_fmt,
    };
    PlayOutputSpec spec = { .target = t, .options = o, .name = o->path[1] };
    PlayOutput *out = NULL;
    PlayFilter *filter;
    int ret = play_filter_open(&filter, &fs);

    if (ret >= 0)
        ret = play_filter_run(filter, frame);
    if (ret >= 0) {
        spec.width  = frame->width;
        spec.height = frame->height;
        if ((ret = play_output_open(&out, &spec)) >= 0 &&
            (ret = play_output_write(out, frame, 0, 1)) >= 0)
            ret = play_output_finish(out);
    }
    play_output_close(&out);
    play_filter_close(&filter);
    return ret;
}

int play_snapshot(const PlayOptions *o)
{
    PlayRecordingOptions ro = { .no_cursor = o->no_cursor, .pixel_format = o->pixel_format,
                                .zywrle_level = o->zywrle_level, .width = o->video_width,
                                .height = o->video_height, .max_pixels = o->max_pixels };
    PlayPicture pic = { .frame = av_frame_alloc() };
    int status = PLAY_FAILED, ret;
    PlayRecording *r = NULL;
    char *index = NULL;
    PlayTarget t;

    if (pic.frame && choose(&t, o, o->path[1]) >= 0) {
        ro.index = index = play_index_of(o, o->path[0]);
        if ((ret = play_recording_open(&r, o->path[0], &ro)) >= 0)
            ret = read_picture(o, r, &pic);
        if (ret < 0 && r && *play_recording_message(r))
            play_error("%s", play_recording_message(r));
        if (ret >= 0 && write_picture(o, &t, pic.frame) >= 0)
            status = PLAY_OK;
        if (status == PLAY_OK && (pic.damaged || play_recording_errors(r))) {
            play_error("%s; the picture may be wrong", play_recording_message(r));
            status = PLAY_DAMAGED;
        }
        play_recording_close(&r);
    }
    play_target_free(&t);
    av_frame_free(&pic.frame);
    av_free(index);
    return status;
}
