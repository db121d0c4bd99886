/*
 * rfbplay: from the desktop's pictures to the video's
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

#include <stdio.h>
#include <string.h>

#include "libavfilter/avfilter.h"
#include "libavfilter/buffersink.h"
#include "libavfilter/buffersrc.h"
#include "libavutil/bprint.h"
#include "libavutil/mem.h"
#include "libavutil/pixdesc.h"
#include "filter.h"
#include "log.h"

struct PlayFilter {
    PlayFilterSpec spec;
    int width, height;          ///< of what comes out
    int in_w, in_h, in_format;  ///< of what the graph was made for
    AVFilterGraph *graph;       ///< NULL: nothing is to be done
    AVFilterContext *source, *sink;
};

static int subsampled(enum AVPixelFormat format)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(format);

    return d->log2_chroma_w || d->log2_chroma_h;
}

int play_filter_takes_yuv(const PlayFilterSpec *s)
{
    return s->format == AV_PIX_FMT_YUV420P && !s->fit && !s->scale_w &&
           !((s->crop_x | s->crop_y) & 1);
}

int play_filter_open(PlayFilter **out, const PlayFilterSpec *spec)
{
    PlayFilter *f = *out = av_mallocz(sizeof(*f));
    int w = spec->canvas_w, h = spec->canvas_h;

    if (!f)
        return AVERROR(ENOMEM);
    f->spec = *spec;
    if (spec->crop_w) {
        if (spec->crop_x + spec->crop_w > w || spec->crop_y + spec->crop_h > h) {
            play_error("--crop %dx%d+%d+%d: the picture has only %dx%d pixels", spec->crop_w,
                       spec->crop_h, spec->crop_x, spec->crop_y, w, h);
            return AVERROR(EINVAL);
        }
        w = spec->crop_w;
        h = spec->crop_h;
    }
    if (spec->scale_w) {
        f->width  = spec->scale_w > 0 ? spec->scale_w : FFMAX(av_rescale(w, spec->scale_h, h), 1);
        f->height = spec->scale_h > 0 ? spec->scale_h : FFMAX(av_rescale(h, spec->scale_w, w), 1);
        f->spec.scale_w = f->width;
        f->spec.scale_h = f->height;
    } else {
        f->width  = w;
        f->height = h;
    }
    if (subsampled(spec->format)) {
        f->width  += f->width & 1;
        f->height += f->height & 1;
    }
    return 0;
}

void play_filter_close(PlayFilter **f)
{
    if (*f)
        avfilter_graph_free(&(*f)->graph);
    av_freep(f);
}

void play_filter_size(const PlayFilter *f, int *width, int *height)
{
    *width  = f->width;
    *height = f->height;
}

int play_filter_is_none(const PlayFilter *f)
{
    return !f->graph;
}

/** Into a box of w x h without distortion, the rest black. */
static void fit(AVBPrint *b, int w, int h)
{
    av_bprintf(b, "scale=%d:%d:force_original_aspect_ratio=decrease:flags=bicubic+accurate_rnd+"
               "full_chroma_int,pad=%d:%d:(ow-iw)/2:(oh-ih)/2,", w, h, w, h);
}

/** The filters for pictures of this size and format; none: they are as wanted. */
static void describe(const PlayFilter *f, AVBPrint *b)
{
    const PlayFilterSpec *s = &f->spec;
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(s->format);
    int w = s->canvas_w, h = s->canvas_h;

    if (f->in_w != w || f->in_h != h) {
        if (s->fit)
            fit(b, w, h);
        else
            av_bprintf(b, "pad=%d:%d:0:0,", w, h);
    }
    if (s->crop_w) {
        w = s->crop_w;
        h = s->crop_h;
        av_bprintf(b, "crop=%d:%d:%d:%d:exact=1,", w, h, s->crop_x, s->crop_y);
    }
    if (s->scale_w && (s->scale_w != w || s->scale_h != h)) {
        fit(b, s->scale_w, s->scale_h);
        w = s->scale_w;
        h = s->scale_h;
    }
    /* one more line or column, the same as the last one */
    if (f->width != w || f->height != h)
        av_bprintf(b, "pad=%d:%d:0:0,fillborders=right=%d:bottom=%d:mode=smear,", f->width,
                   f->height, f->width - w, f->height - h);
    if (s->single_palettes)
        av_bprintf(b, "split[a][b];[a]palettegen=stats_mode=single:reserve_transparent=0[p];"
                   "[b][p]paletteuse=new=1:dither=none,");
    else if (f->in_format != s->format && !(d->flags & AV_PIX_FMT_FLAG_RGB))
        av_bprintf(b, "scale=out_color_matrix=smpte170m:out_range=%s:"
                   "flags=bicubic+accurate_rnd+full_chroma_int,",
                   strncmp(d->name, "yuvj", 4) ? "tv" : "pc");
    if (b->len)
        av_bprintf(b, "format=%s", d->name);
    else if (f->in_format != s->format)
        av_bprintf(b, "format=%s", d->name);
}

static int make_source(PlayFilter *f, const AVFrame *frame)
{
    AVBufferSrcParameters *par = av_buffersrc_parameters_alloc();
    int ret;

    f->source = avfilter_graph_alloc_filter(f->graph, avfilter_get_by_name("buffer"), "in");
    if (!par || !f->source)
        return av_free(par), AVERROR(ENOMEM);
    par->format    = frame->format;
    par->width     = frame->width;
    par->height    = frame->height;
    par->time_base = (AVRational){ 1, 1000 };
    par->sample_aspect_ratio = (AVRational){ 1, 1 };
#if LIBAVFILTER_VERSION_INT >= AV_VERSION_INT(10, 0, 0)
    par->color_space = frame->colorspace;
    par->color_range = frame->color_range;
#endif
    ret = av_buffersrc_parameters_set(f->source, par);
    av_free(par);
    return ret < 0 ? ret : avfilter_init_dict(f->source, NULL);
}

static int link_up(PlayFilter *f, const char *filters)
{
    AVFilterInOut *from = avfilter_inout_alloc(), *to = avfilter_inout_alloc();
    int ret = AVERROR(ENOMEM);

    if (from && to) {
        from->name       = av_strdup("in");
        from->filter_ctx = f->source;
        to->name         = av_strdup("out");
        to->filter_ctx   = f->sink;
        if (from->name && to->name)
            ret = avfilter_graph_parse_ptr(f->graph, filters, &to, &from, NULL);
    }
    avfilter_inout_free(&from);
    avfilter_inout_free(&to);
    return ret < 0 ? ret : avfilter_graph_config(f->graph, NULL);
}

static int configure(PlayFilter *f, const AVFrame *frame)
{
    AVBPrint filters;
    int ret = 0;

    avfilter_graph_free(&f->graph);
    f->in_w      = frame->width;
    f->in_h      = frame->height;
    f->in_format = frame->format;
    av_bprint_init(&filters, 0, AV_BPRINT_SIZE_AUTOMATIC);
    describe(f, &filters);
    if (filters.len) {
        play_log(PLAY_LOG_DEBUG, "filters for %dx%d: %s", f->in_w, f->in_h, filters.str);
        f->graph = avfilter_graph_alloc();
        ret = f->graph ? make_source(f, frame) : AVERROR(ENOMEM);
        if (ret >= 0)
            ret = avfilter_graph_create_filter(&f->sink, avfilter_get_by_name("buffersink"),
                                               "out", NULL, NULL, f->graph);
        if (ret >= 0)
            ret = link_up(f, filters.str);
    }
    av_bprint_finalize(&filters, NULL);
    return ret;
}

int play_filter_run(PlayFilter *f, AVFrame *frame)
{
    int ret;

    if (frame->width != f->in_w || frame->height != f->in_h || frame->format != f->in_format)
        if ((ret = configure(f, frame)) < 0)
            return ret;
    if (!f->graph)
        return 0;
    if ((ret = av_buffersrc_add_frame(f->source, frame)) < 0)
        return ret;
    return av_buffersink_get_frame(f->sink, frame);
}
