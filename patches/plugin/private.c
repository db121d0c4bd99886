/*
 * RFB plugin for stock FFmpeg: what the libraries do not export
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
 * Functions that libavcodec and libavformat keep to themselves and our sources
 * call, as far as we need them, made from the public ones.
 */

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "libavutil/dict.h"
#include "libavutil/error.h"
#include "libavutil/imgutils.h"
#include "libavutil/mem.h"
#include "libavcodec/avcodec.h"
#include "libavcodec/decode.h"
#include "libavcodec/internal.h"
#include "libavformat/avformat.h"
#include "libavformat/internal.h"
#include "libavformat/url.h"

int ff_set_dimensions(AVCodecContext *avctx, int width, int height)
{
    int ret = av_image_check_size2(width, height, avctx->max_pixels, AV_PIX_FMT_NONE, 0, avctx);

    if (ret < 0)
        width = height = 0;
    avctx->coded_width  = avctx->width  = width;
    avctx->coded_height = avctx->height = height;
    return ret;
}

/** Done behind the decoder, in decoder.c. */
int ff_decode_frame_props(AVCodecContext *avctx, AVFrame *frame)
{
    return 0;
}

int ff_alloc_extradata(AVCodecParameters *par, int size)
{
    uint8_t *data = size < 0 || size > INT32_MAX - AV_INPUT_BUFFER_PADDING_SIZE ?
                    NULL : av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE);

    if (!data)
        return size < 0 ? AVERROR(EINVAL) : AVERROR(ENOMEM);
    av_freep(&par->extradata);
    par->extradata      = data;
    par->extradata_size = size;
    return 0;
}

/** "proto://host:port": what there is to join here. */
int ff_url_join(char *str, int size, const char *proto, const char *authorization,
                const char *hostname, int port, const char *fmt, ...)
{
    int bare = !!strchr(hostname, ':') && *hostname != '[';

    return snprintf(str, size, "%s://%s%s%s:%d", proto, bare ? "[" : "", hostname, bare ? "]" : "",
                    port);
}

#if LIBAVFORMAT_VERSION_MAJOR >= 62
/** Set an entry to a time in microseconds since 1970, as ISO 8601 in UTC. */
int ff_dict_set_timestamp(AVDictionary **dict, const char *key, int64_t timestamp)
{
    time_t seconds = timestamp / 1000000;
    char text[64];
    struct tm tm;
    size_t n;

    if (!gmtime_r(&seconds, &tm) || !(n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm)))
        return AVERROR_EXTERNAL;
    snprintf(text + n, sizeof(text) - n, ".%06dZ", (int)(timestamp % 1000000));
    return av_dict_set(dict, key, text, 0);
}
#endif
