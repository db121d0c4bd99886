/*
 * rfbplay: one palette for a whole video
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

#include "libavfilter/avfilter.h"
#include "libavfilter/buffersink.h"
#include "libavfilter/buffersrc.h"
#include "libavutil/error.h"
#include "libavutil/mem.h"
#include "palette.h"

struct PlayPalette {
    int width, height;
    AVFilterGraph *graph;
    AVFilterContext *pictures, *palette, *sink;
    int64_t n;                  ///< of the next picture
};

static int make_source(PlayPalette *p, AVFilterContext **source, const char *name, int w, int h)
{
    AVBufferSrcParameters *par = av_buffersrc_parameters_alloc();
    int ret;

    *source = avfilter_graph_alloc_filter(p->graph, avfilter_get_by_name("buffer"), name);
    if (!par || !*source)
        return av_free(par), AVERROR(ENOMEM);
    par->format    = AV_PIX_FMT_RGB32;
    par->width     = w;
    par->height    = h;
    par->time_base = (AVRational){ 1, 1000 };
    par->sample_aspect_ratio = (AVRational){ 1, 1 };
    ret = av_buffersrc_parameters_set(*source, par);
    av_free(par);
    return ret < 0 ? ret : avfilter_init_dict(*source, NULL);
}

/** A chain of source (and palette source), filter and sink. */
static int build(PlayPalette *p, const char *filter, const char *args, int with_palette)
{
    AVFilterContext *f;
    int ret;

    avfilter_graph_free(&p->graph);
    if (!(p->graph = avfilter_graph_alloc()))
        return AVERROR(ENOMEM);
    if ((ret = make_source(p, &p->pictures, "pictures", p->width, p->height)) < 0 ||
        (with_palette && (ret = make_source(p, &p->palette, "palette", 16, 16)) < 0) ||
        (ret = avfilter_graph_create_filter(&f, avfilter_get_by_name(filter), filter, args, NULL,
                                            p->graph)) < 0 ||
        (ret = avfilter_graph_create_filter(&p->sink, avfilter_get_by_name("buffersink"), "out",
                                            NULL, NULL, p->graph)) < 0 ||
        (ret = avfilter_link(p->pictures, 0, f, 0)) < 0 ||
        (with_palette && (ret = avfilter_link(p->palette, 0, f, 1)) < 0) ||
        (ret = avfilter_link(f, 0, p->sink, 0)) < 0)
        return ret;
    return avfilter_graph_config(p->graph, NULL);
}

int play_palette_open(PlayPalette **out, int width, int height)
{
    PlayPalette *p = *out = av_mallocz(sizeof(*p));

    if (!p)
        return AVERROR(ENOMEM);
    p->width  = width;
    p->height = height;
    /* what changes counts, or else a large background takes all the colours */
    return build(p, "palettegen", "stats_mode=full:reserve_transparent=1", 0);
}

void play_palette_close(PlayPalette **p)
{
    if (*p)
        avfilter_graph_free(&(*p)->graph);
    av_freep(p);
}

int play_palette_add(PlayPalette *p, AVFrame *frame)
{
    frame->pts = p->n++;
    return av_buffersrc_add_frame(p->pictures, frame);
}

int play_palette_make(PlayPalette *p)
{
    AVFrame *palette = av_frame_alloc();
    int ret = palette ? av_buffersrc_add_frame(p->pictures, NULL) : AVERROR(ENOMEM);

    if (ret >= 0)
        ret = av_buffersink_get_frame(p->sink, palette);
    if (ret >= 0)
        ret = build(p, "paletteuse", "dither=sierra2_4a:diff_mode=rectangle", 1);
    if (ret >= 0) {
        palette->pts = 0;
        ret = av_buffersrc_add_frame(p->palette, palette);
    }
    if (ret >= 0)
        ret = av_buffersrc_add_frame(p->palette, NULL);
    av_frame_free(&palette);
    p->n = 0;
    return ret;
}

int play_palette_map(PlayPalette *p, AVFrame *frame)
{
    int ret;

    frame->pts = p->n++;
    if ((ret = av_buffersrc_add_frame(p->pictures, frame)) < 0)
        return ret;
    return av_buffersink_get_frame(p->sink, frame);
}
