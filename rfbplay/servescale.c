/*
 * rfbplay: pictures in another size
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
#include <stdio.h>
#include <string.h>

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libswscale/swscale.h"
#include "servescale.h"

#define MAX_SIDE   16384
#define MAX_FACTOR 8
#define MAX_PIXELS (64 << 20)

int play_scale_param(PlayScale *s, const PlayRequest *r)
{
    const char *text = play_http_param(r, "scale");
    int used = 0;

    *s = (PlayScale){ 0 };
    if (!text)
        return 0;
    if (sscanf(text, "%5dx%5d%n", &s->width, &s->height, &used) == 2 && !text[used])
        return s->width < -1 || s->height < -1 || !s->width || !s->height ||
               s->width > MAX_SIDE || s->height > MAX_SIDE || (s->width < 0 && s->height < 0) ?
               AVERROR(EINVAL) : 0;
    s->width = s->height = 0;
    if (play_http_number(&s->factor, r, "scale", 1, 0.01, MAX_SIDE) < 0)
        return AVERROR(EINVAL);
    if (s->factor > MAX_FACTOR) {
        s->width  = s->factor;
        s->height = -1;
        s->factor = 0;
    }
    return 0;
}

/** @return 0, or AVERROR(EINVAL) for more than can be */
static int target(int *w, int *h, const AVFrame *f, const PlayScale *to)
{
    double factor = to->factor;

    *w = to->width;
    *h = to->height;
    if (!*w && factor > 0) {
        *w = lrint(f->width * factor);
        *h = lrint(f->height * factor);
    } else if (!*w) {
        *w = f->width;
        *h = f->height;
    } else if (*w < 0) {
        *w = lrint((double)f->width * *h / f->height);
    } else if (*h < 0) {
        *h = lrint((double)f->height * *w / f->width);
    }
    *w = FFMAX(*w, 1);
    *h = FFMAX(*h, 1);
    return *w > 65500 || *h > 65500 || (int64_t)*w * *h > MAX_PIXELS ? AVERROR(EINVAL) : 0;
}

static int prepare(PlayScaler *s, const AVFrame *frame, int w, int h)
{
    if (s->out && s->width == frame->width && s->height == frame->height &&
        s->out->width == w && s->out->height == h)
        return 0;
    av_frame_free(&s->out);
    s->sws = sws_getCachedContext(s->sws, frame->width, frame->height, frame->format, w, h,
                                  frame->format, w < frame->width ? SWS_AREA : SWS_BICUBIC,
                                  NULL, NULL, NULL);
    if (!s->sws || !(s->out = av_frame_alloc()))
        return AVERROR(ENOMEM);
    s->out->format = frame->format;
    s->out->width  = w;
    s->out->height = h;
    s->width  = frame->width;
    s->height = frame->height;
    return av_frame_get_buffer(s->out, 0);
}

int play_scale(PlayScaler *s, AVFrame **out, AVFrame *frame, const PlayScale *to,
               PlayRect *rect, int nb_rects)
{
    int w, h, ret = target(&w, &h, frame, to);

    *out = frame;
    if (ret < 0 || (w == frame->width && h == frame->height))
        return ret;
    if ((ret = prepare(s, frame, w, h)) < 0)
        return ret;
    ret = sws_scale(s->sws, (const uint8_t *const *)frame->data, frame->linesize, 0,
                    frame->height, s->out->data, s->out->linesize);
    *out = s->out;
    for (int i = 0; i < nb_rects; i++) {
        double fx = (double)w / frame->width, fy = (double)h / frame->height;
        int mx = 2 + 2 * fx, my = 2 + 2 * fy;   /* the filter reaches so far */
        PlayRect r = rect[i];

        rect[i].x = floor(r.x * fx) - mx;
        rect[i].y = floor(r.y * fy) - my;
        rect[i].w = ceil(r.w * fx) + 2 * mx + 1;
        rect[i].h = ceil(r.h * fy) + 2 * my + 1;
    }
    return FFMIN(ret, 0);
}

void play_scale_free(PlayScaler *s)
{
    av_frame_free(&s->out);
    sws_freeContext(s->sws);
    s->sws = NULL;
}
