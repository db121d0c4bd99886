/*
 * RFB: pictures inside rectangles, by FFmpeg's decoders
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

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/intreadwrite.h"
#include "libavutil/pixdesc.h"
#include "rfb_compat.h"
#include "rfb_image.h"

static int open_decoder(RFBImageDecoder *d, enum RFBImage type)
{
    static const enum AVCodecID ids[] = {
        [RFB_IMAGE_JPEG] = AV_CODEC_ID_MJPEG,
        [RFB_IMAGE_PNG]  = AV_CODEC_ID_PNG,
        [RFB_IMAGE_H264] = AV_CODEC_ID_H264,
    };
    const AVCodec *codec = avcodec_find_decoder(ids[type]);
    int ret;

    if (!d->pkt && !(d->pkt = av_packet_alloc()))
        return AVERROR(ENOMEM);
    if (!d->frame && !(d->frame = av_frame_alloc()))
        return AVERROR(ENOMEM);
    if (d->ctx[type])
        return 0;
    if (!codec) {
        av_log(d->log, AV_LOG_ERROR, "This FFmpeg was built without its %s decoder\n",
               avcodec_get_name(ids[type]));
        return AVERROR_DECODER_NOT_FOUND;
    }
    if (!(d->ctx[type] = avcodec_alloc_context3(codec)))
        return AVERROR(ENOMEM);
    d->ctx[type]->thread_count = 1;
    d->ctx[type]->flags       |= AV_CODEC_FLAG_LOW_DELAY;
    ret = avcodec_open2(d->ctx[type], codec, NULL);
    if (ret < 0)
        avcodec_free_context(&d->ctx[type]);
    return ret;
}

/** Packed and palette formats, as PNG decoders give them. */
static int packed_line(const AVFrame *f, uint32_t *dst, const uint8_t *src, int w)
{
    switch (f->format) {
    case AV_PIX_FMT_RGB24:
        for (int x = 0; x < w; x++)
            dst[x] = src[3 * x] << 16 | src[3 * x + 1] << 8 | src[3 * x + 2];
        return 0;
    case AV_PIX_FMT_RGBA:
        for (int x = 0; x < w; x++)
            dst[x] = src[4 * x] << 16 | src[4 * x + 1] << 8 | src[4 * x + 2];
        return 0;
    case AV_PIX_FMT_PAL8:
        for (int x = 0; x < w; x++)
            dst[x] = AV_RN32(f->data[1] + 4 * src[x]) & 0xFFFFFF;
        return 0;
    case AV_PIX_FMT_GRAY8:
    case AV_PIX_FMT_YA8:
        for (int x = 0, step = f->format == AV_PIX_FMT_YA8 ? 2 : 1; x < w; x++)
            dst[x] = src[x * step] * 0x10101U;
        return 0;
    case AV_PIX_FMT_MONOBLACK:
        for (int x = 0; x < w; x++)
            dst[x] = src[x >> 3] >> (7 - (x & 7)) & 1 ? 0xFFFFFF : 0;
        return 0;
    default:
        return AVERROR_PATCHWELCOME;
    }
}

/** BT.601; full says whether luma runs from 0 to 255. */
static uint32_t yuv_pixel(int y, int u, int v, int full)
{
    int r, g, b;

    y = full ? y << 16 : (y - 16) * 76309;
    u -= 128;
    v -= 128;
    r = y + v * (full ?  91881 : 104597);
    g = y - u * (full ?  22554 :  25675) - v * (full ? 46802 : 53279);
    b = y + u * (full ? 116130 : 132201);
    return av_clip_uint8((r + 32768) >> 16) << 16 | av_clip_uint8((g + 32768) >> 16) << 8 |
           av_clip_uint8((b + 32768) >> 16);
}

static void yuv_line(const AVFrame *f, const AVPixFmtDescriptor *desc, uint32_t *dst, int y, int w)
{
    int full = f->color_range == AVCOL_RANGE_JPEG || f->format == AV_PIX_FMT_YUVJ420P ||
               f->format == AV_PIX_FMT_YUVJ422P || f->format == AV_PIX_FMT_YUVJ444P;
    const uint8_t *luma = f->data[0] + y * f->linesize[0];
    const uint8_t *u = f->data[1] + (y >> desc->log2_chroma_h) * f->linesize[1];
    const uint8_t *v = f->data[2] + (y >> desc->log2_chroma_h) * f->linesize[2];

    for (int x = 0; x < w; x++)
        dst[x] = yuv_pixel(luma[x], u[x >> desc->log2_chroma_w], v[x >> desc->log2_chroma_w], full);
}

static int convert(const AVFrame *f, int w, int h, uint32_t *dst, ptrdiff_t stride)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(f->format);
    int yuv = desc && desc->nb_components == 3 && desc->comp[0].depth == 8 &&
              desc->flags & AV_PIX_FMT_FLAG_PLANAR && !(desc->flags & AV_PIX_FMT_FLAG_RGB);
    int ret;

    for (int y = 0; y < h; y++, dst += stride) {
        if (yuv)
            yuv_line(f, desc, dst, y, w);
        else if ((ret = packed_line(f, dst, f->data[0] + y * f->linesize[0], w)) < 0)
            return ret;
    }
    return 0;
}

int ff_rfb_image_decode(void *opaque, enum RFBImage type, const RFBRect *context,
                        const uint8_t *data, size_t size,
                        int w, int h, uint32_t *dst, ptrdiff_t stride)
{
    RFBImageDecoder *d = opaque;
    int ret = open_decoder(d, type);

    if (ret < 0)
        return ret;
    /* decoders read a little behind the end, so it has to be a copy */
    if ((ret = av_new_packet(d->pkt, size)) < 0)
        return ret;
    memcpy(d->pkt->data, data, size);
    ret = avcodec_send_packet(d->ctx[type], d->pkt);
    av_packet_unref(d->pkt);
    if (ret >= 0)
        ret = avcodec_receive_frame(d->ctx[type], d->frame);
    if (ret >= 0 && (d->frame->width != w || d->frame->height != h))
        ret = AVERROR_INVALIDDATA;
    if (ret >= 0)
        ret = convert(d->frame, w, h, dst, stride);
    if (d->frame)
        av_frame_unref(d->frame);
    /* FFmpeg's PNG decoder takes the line above the first one from the last
     * picture, so each needs a new one */
    if (type == RFB_IMAGE_PNG)
        avcodec_free_context(&d->ctx[type]);
    else if (ret < 0)
        avcodec_flush_buffers(d->ctx[type]);
    return ret;
}

void ff_rfb_image_reset(RFBImageDecoder *d)
{
    for (int i = 0; i < FF_ARRAY_ELEMS(d->ctx); i++)
        if (d->ctx[i])
            avcodec_flush_buffers(d->ctx[i]);
}

void ff_rfb_image_free(RFBImageDecoder *d)
{
    for (int i = 0; i < FF_ARRAY_ELEMS(d->ctx); i++)
        avcodec_free_context(&d->ctx[i]);
    av_packet_free(&d->pkt);
    av_frame_free(&d->frame);
}
