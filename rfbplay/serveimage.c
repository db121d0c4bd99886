/*
 * rfbplay: one picture as a file
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

#include <string.h>

#include "libavcodec/avcodec.h"
#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/mem.h"
#include "libavutil/opt.h"
#include "libswscale/swscale.h"
#include "jpegtiles.h"
#include "serveimage.h"

#define JPEG_QUALITY 90

static int encode_jpeg(uint8_t **data, size_t *size, const AVFrame *frame, int quality)
{
    PlayJpeg *j = play_jpeg_alloc(quality ? quality : JPEG_QUALITY);
    int ret = j ? play_jpeg_update(j, frame->data[0], frame->linesize[0], frame->width,
                                   frame->height, NULL, 0) : AVERROR(ENOMEM);

    if (ret >= 0) {
        *size = play_jpeg_size(j);
        if ((*data = av_malloc(*size)))
            play_jpeg_write(j, *data);
        else
            ret = AVERROR(ENOMEM);
    }
    play_jpeg_free(&j);
    return ret;
}

static AVFrame *convert(const AVFrame *frame, enum AVPixelFormat format)
{
    AVFrame *out = av_frame_alloc();
    struct SwsContext *sws = sws_getContext(frame->width, frame->height, frame->format,
                                            frame->width, frame->height, format, SWS_POINT,
                                            NULL, NULL, NULL);

    if (out) {
        out->format = format;
        out->width  = frame->width;
        out->height = frame->height;
        if (!sws || av_frame_get_buffer(out, 0) < 0 ||
            sws_scale(sws, (const uint8_t *const *)frame->data, frame->linesize, 0,
                      frame->height, out->data, out->linesize) < 0)
            av_frame_free(&out);
    }
    sws_freeContext(sws);
    return out;
}

static int run_encoder(AVCodecContext *c, AVPacket *pkt, const AVFrame *frame)
{
    int ret = avcodec_send_frame(c, frame);

    if (ret >= 0)
        ret = avcodec_send_frame(c, NULL);
    return ret < 0 ? ret : avcodec_receive_packet(c, pkt);
}

static int encode_by(const char *name, enum AVPixelFormat format, AVDictionary **options,
                     uint8_t **data, size_t *size, const AVFrame *frame)
{
    const AVCodec *codec = avcodec_find_encoder_by_name(name);
    AVCodecContext *c = codec ? avcodec_alloc_context3(codec) : NULL;
    AVPacket *pkt = av_packet_alloc();
    AVFrame *in = convert(frame, format);
    int ret = codec ? AVERROR(ENOMEM) : AVERROR_ENCODER_NOT_FOUND;

    if (c && pkt && in) {
        c->width     = in->width;
        c->height    = in->height;
        c->pix_fmt   = format;
        c->time_base = (AVRational){ 1, 1000 };
        c->thread_count = 1;
        in->pts = 0;
        if ((ret = avcodec_open2(c, codec, options)) >= 0 &&
            (ret = run_encoder(c, pkt, in)) >= 0) {
            *size = pkt->size;
            ret   = (*data = av_memdup(pkt->data, pkt->size)) ? 0 : AVERROR(ENOMEM);
        }
    }
    av_dict_free(options);
    avcodec_free_context(&c);
    av_packet_free(&pkt);
    av_frame_free(&in);
    return ret;
}

static int encode_png(uint8_t **data, size_t *size, const AVFrame *frame, int quality)
{
    AVDictionary *options = NULL;

    /* speed matters more than the last tenth of the size */
    av_dict_set(&options, "compression_level", "3", 0);
    av_dict_set(&options, "pred", "up", 0);
    return encode_by("png", AV_PIX_FMT_RGB24, &options, data, size, frame);
}

static int encode_webp(uint8_t **data, size_t *size, const AVFrame *frame, int quality)
{
    AVDictionary *options = NULL;

    av_dict_set_int(&options, "lossless", !quality, 0);
    av_dict_set_int(&options, "quality", quality ? quality : 30, 0);
    av_dict_set_int(&options, "compression_level", 2, 0);
    return encode_by("libwebp", AV_PIX_FMT_BGRA, &options, data, size, frame);
}

static const PlayImageFormat formats[] = {
    { "png",  "image/png",  encode_png },
    { "jpeg", "image/jpeg", encode_jpeg },
    { "jpg",  "image/jpeg", encode_jpeg },
    { "webp", "image/webp", encode_webp },
};

const PlayImageFormat *play_image_format(const char *name)
{
    for (size_t i = 0; i < FF_ARRAY_ELEMS(formats); i++)
        if (!strcmp(formats[i].name, name))
            return &formats[i];
    return NULL;
}

int play_image_encode(const PlayImageFormat *f, uint8_t **data, size_t *size,
                      const AVFrame *frame, int quality)
{
    return f->encode(data, size, frame, quality);
}
