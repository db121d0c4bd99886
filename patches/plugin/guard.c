/*
 * RFB plugin for stock FFmpeg: guards
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

/**
 * @file
 * FFmpeg's private structures change as it likes. Before anything of ours is
 * registered, codecs and formats that the libraries have are looked at as our
 * headers describe them: their functions must be where those libraries are.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>

#include "module.h"

#include "libavutil/opt.h"
#include "libavcodec/codec_internal.h"
#include "libavformat/avformat.h"
#include "libavformat/rfbdemux.h"

#if LIBAVFORMAT_VERSION_MAJOR >= 60
#include "libavformat/mux.h"
#define OUTPUT_FORMAT FFOutputFormat
#else
#define OUTPUT_FORMAT AVOutputFormat
#endif

/** More private data than any codec or format has. */
#define MAX_PRIVATE (64 << 20)

/** So many of a kind are looked at. */
#define MAX_LOOKS 8

/** Whether a function is in the same library as the structure that names it. */
static int is_beside(const void *structure, const void *function)
{
    Dl_info s, f;

    return dladdr(structure, &s) && dladdr(function, &f) && s.dli_fbase == f.dli_fbase;
}

static int is_size(int size)
{
    return size >= 0 && size <= MAX_PRIVATE;
}

static int codecs_fit(void)
{
    int looks = 0;
    const AVCodec *p;
    void *i = NULL;

    while (looks < MAX_LOOKS && (p = av_codec_iterate(&i))) {
        const FFCodec *codec = (const FFCodec *)p;

        if (!av_codec_is_decoder(p) || p->type != AVMEDIA_TYPE_VIDEO ||
            codec->cb_type != FF_CODEC_CB_TYPE_DECODE)
            continue;
        if (!is_beside(p, codec->cb.decode) || !is_size(codec->priv_data_size))
            return 0;
        looks++;
    }
    return looks;
}

static int demuxers_fit(void)
{
    const AVInputFormat *p;
    int looks = 0;
    void *i = NULL;

    for (; looks < MAX_LOOKS && (p = av_demuxer_iterate(&i)); looks++) {
        const RFB_INPUT_FORMAT *in = (const RFB_INPUT_FORMAT *)p;

        if (!is_beside(p, in->read_header) || !is_beside(p, in->read_packet) ||
            !is_size(in->priv_data_size))
            return 0;
    }
    return looks;
}

static int muxers_fit(void)
{
    const AVOutputFormat *p;
    int looks = 0;
    void *i = NULL;

    for (; looks < MAX_LOOKS && (p = av_muxer_iterate(&i)); looks++) {
        const OUTPUT_FORMAT *out = (const OUTPUT_FORMAT *)p;

        if (!is_beside(p, out->write_packet) || !is_size(out->priv_data_size))
            return 0;
    }
    return looks;
}

/** Options tell where fields are; those that stand far behind tell most. */
static int contexts_fit(void)
{
    const AVClass *codec = avcodec_get_class(), *format = avformat_get_class();
    const struct {
        const AVClass **class;
        const char *name;
        int offset;
    } fields[] = {
        { &codec,  "err_detect",  offsetof(AVCodecContext, err_recognition) },
        { &codec,  "threads",     offsetof(AVCodecContext, thread_count) },
        { &codec,  "max_pixels",  offsetof(AVCodecContext, max_pixels) },
        { &format, "probesize",   offsetof(AVFormatContext, probesize) },
        { &format, "max_streams", offsetof(AVFormatContext, max_streams) },
    };

    for (int i = 0; i < FF_ARRAY_ELEMS(fields); i++) {
        const AVOption *o = av_opt_find(fields[i].class, fields[i].name, NULL, 0,
                                        AV_OPT_SEARCH_FAKE_OBJ);
        if (!o || o->offset != fields[i].offset)
            return 0;
    }
    return 1;
}

int fbs_check_layouts(char *why, size_t size)
{
    static const struct {
        const char *what;
        int (*fit)(void);
    } checks[] = {
        { "contexts", contexts_fit },
        { "codecs",   codecs_fit },
        { "demuxers", demuxers_fit },
        { "muxers",   muxers_fit },
    };

    for (int i = 0; i < FF_ARRAY_ELEMS(checks); i++) {
        if (checks[i].fit())
            continue;
        snprintf(why, size, "this program's FFmpeg lays its %s out in another way than FFmpeg "
                 "with libavformat %d.%d does", checks[i].what, LIBAVFORMAT_VERSION_MAJOR,
                 LIBAVFORMAT_VERSION_MINOR);
        return -1;
    }
    return 0;
}
