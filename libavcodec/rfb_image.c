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

#include "libavutil/attributes.h"
#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/intreadwrite.h"
#include "libavutil/pixdesc.h"
#include "rfb_compat.h"
#include "rfb_image.h"

/** @param n where the decoder is kept  @param max_pixels of a picture; 0: any */
static int open_decoder(RFBImageDecoder *d, enum RFBImage type, int n, int64_t max_pixels)
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
    if (d->ctx[n])
        return 0;
    if (!codec) {
        av_log(d->log, AV_LOG_ERROR, "This FFmpeg was built without its %s decoder\n",
               avcodec_get_name(ids[type]));
        return AVERROR_DECODER_NOT_FOUND;
    }
    if (!(d->ctx[n] = avcodec_alloc_context3(codec)))
        return AVERROR(ENOMEM);
    d->ctx[n]->thread_count = 1;
    d->ctx[n]->flags       |= AV_CODEC_FLAG_LOW_DELAY;
    if (max_pixels)
        d->ctx[n]->max_pixels = max_pixels;
    ret = avcodec_open2(d->ctx[n], codec, NULL);
    if (ret < 0)
        avcodec_free_context(&d->ctx[n]);
    return ret;
}

/** Packed and palette formats, as PNG decoders give them, and RGB in planes. */
static int rgb_line(const AVFrame *f, uint32_t *dst, int y, int w)
{
    const uint8_t *src = f->data[0] + y * f->linesize[0];

    switch (f->format) {
    case AV_PIX_FMT_RGB24:
        for (int x = 0; x < w; x++)
            dst[x] = src[3 * x] << 16 | src[3 * x + 1] << 8 | src[3 * x + 2];
        return 0;
    case AV_PIX_FMT_RGBA:
        for (int x = 0; x < w; x++)
            dst[x] = src[4 * x] << 16 | src[4 * x + 1] << 8 | src[4 * x + 2];
        return 0;
    case AV_PIX_FMT_GBRP:
        for (int x = 0; x < w; x++)
            dst[x] = f->data[2][y * f->linesize[2] + x] << 16 | src[x] << 8 |
                     f->data[1][y * f->linesize[1] + x];
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

/** From YUV to RGB, in 16 bits of fraction: luma, red from V, green from U and V, blue from U. */
typedef struct Matrix { int y, rv, gu, gv, bu; } Matrix;

/** BT.601, which is also what is meant when nothing is said, and BT.709; limited and full range */
static const Matrix matrices[2][2] = {
    { { 76309, 104597, 25675, 53279, 132201 }, { 65536,  91881, 22554, 46802, 116130 } },
    { { 76309, 117489, 13975, 34925, 138438 }, { 65536, 103206, 12276, 30679, 121609 } },
};

/** Pixels at a time: what is between the steps stays in the cache. */
#define PART 256

/** Each channel has 5 bits of fraction, so that compilers take 8 pixels at a time. */
static av_noinline void join(uint32_t *restrict dst, const int16_t *restrict luma,
                             const int16_t *restrict red, const int16_t *restrict green,
                             const int16_t *restrict blue, int w)
{
    for (int x = 0; x < w; x++) {
        int16_t r = (int16_t)(luma[x] + red[x]) >> 5;
        int16_t g = (int16_t)(luma[x] + green[x]) >> 5;
        int16_t b = (int16_t)(luma[x] + blue[x]) >> 5;

        r = r < 0 ? 0 : r;
        g = g < 0 ? 0 : g;
        b = b < 0 ? 0 : b;
        r = r > 255 ? 255 : r;
        g = g > 255 ? 255 : g;
        b = b > 255 ? 255 : b;
        dst[x] = (uint32_t)r << 16 | (uint16_t)(g << 8 | b);
    }
}

static void yuv_line(const AVFrame *f, const AVPixFmtDescriptor *desc, uint32_t *dst, int y, int w)
{
    int full = f->color_range == AVCOL_RANGE_JPEG || f->format == AV_PIX_FMT_YUVJ420P ||
               f->format == AV_PIX_FMT_YUVJ422P || f->format == AV_PIX_FMT_YUVJ444P;
    const Matrix *m = &matrices[f->colorspace == AVCOL_SPC_BT709][full];
    const uint8_t *luma = f->data[0] + y * f->linesize[0];
    const uint8_t *u = f->data[1] + (y >> desc->log2_chroma_h) * f->linesize[1];
    const uint8_t *v = f->data[2] + (y >> desc->log2_chroma_h) * f->linesize[2];
    int black = full ? 0 : 16, shift = desc->log2_chroma_w;
    /* most often two pixels share their chroma */
    int step = shift == 1 ? 2 : 1;
    int16_t l[PART], red[PART + 1], green[PART + 1], blue[PART + 1];

    for (int x = 0, n; x < w; x += n, luma += n) {
        n = FFMIN(w - x, PART);
        for (int i = 0; i < n; i++)
            l[i] = ((luma[i] - black) * m->y + (1 << 15)) >> 11;
        for (int i = 0; i < n; i += step) {
            int cu = u[(x + i) >> shift] - 128, cv = v[(x + i) >> shift] - 128;

            red[i]   = red[i + 1]   = cv * m->rv >> 11;
            green[i] = green[i + 1] = -(cu * m->gu + cv * m->gv) >> 11;
            blue[i]  = blue[i + 1]  = cu * m->bu >> 11;
        }
        join(dst + x, l, red, green, blue, n);
    }
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
        else if ((ret = rgb_line(f, dst, y, w)) < 0)
            return ret;
    }
    return 0;
}

/**
 * Decode one packet. The picture is in d->frame.
 * @return 0, AVERROR(EAGAIN) if it holds none, or another negative AVERROR code
 */
static int decode(RFBImageDecoder *d, AVCodecContext *ctx, const uint8_t *data, size_t size)
{
    int ret;

    /* decoders read a little behind the end, so it has to be a copy */
    if (size > INT_MAX / 2 || (ret = av_new_packet(d->pkt, size)) < 0)
        return AVERROR(ENOMEM);
    memcpy(d->pkt->data, data, size);
    ret = avcodec_send_packet(ctx, d->pkt);
    av_packet_unref(d->pkt);
    return ret < 0 ? ret : avcodec_receive_frame(ctx, d->frame);
}

/**
 * Bytes of the first picture in an H.264 byte stream: up to the first unit
 * that can only belong to the next one (ITU-T H.264, 7.4.1.2.3).
 */
static size_t h264_picture(const uint8_t *b, size_t size)
{
    int slices = 0;

    for (size_t i = 0; i + 4 < size; i++) {
        int type = b[i + 3] & 31;

        if (b[i] || b[i + 1] || b[i + 2] != 1)
            continue;
        if (type == 1 || type == 5) {
            /* first_mb_in_slice is 0, which is one bit that is set */
            if (slices && b[i + 4] & 0x80)
                return i;
            slices = 1;
        } else if (slices && type >= 6 && type <= 9) {
            return i;
        }
    }
    return size;
}

/** All pictures of a rectangle; the last one is in d->frame. */
static int decode_h264(RFBImageDecoder *d, AVCodecContext *ctx, const uint8_t *data, size_t size)
{
    int got = 0;

    while (size) {
        size_t n = h264_picture(data, size);
        int ret = decode(d, ctx, data, n);

        /* parameter sets alone, or a frame's first field, give no picture */
        if (ret < 0 && ret != AVERROR(EAGAIN))
            return ret;
        got |= !ret;
        data += n;
        size -= n;
    }
    return got ? 0 : AVERROR_INVALIDDATA;
}

int ff_rfb_image_decode(void *opaque, enum RFBImage type, int context,
                        const uint8_t *data, size_t size,
                        int w, int h, uint32_t *dst, ptrdiff_t stride)
{
    RFBImageDecoder *d = opaque;
    int n = type + context, h264 = type == RFB_IMAGE_H264, ret;

    if (!data) {
        avcodec_free_context(&d->ctx[n]);
        return 0;
    }
    /* H.264 codes whole blocks, and servers may cut less off than they could */
    ret = open_decoder(d, type, n, h264 ? 2 * (w + 64) * (int64_t)(h + 64) : 0);
    if (ret < 0)
        return ret;
    ret = h264 ? decode_h264(d, d->ctx[n], data, size) : decode(d, d->ctx[n], data, size);
    if (ret >= 0 && (h264 ? d->frame->width < w || d->frame->height < h :
                     d->frame->width != w || d->frame->height != h))
        ret = AVERROR_INVALIDDATA;
    if (ret >= 0)
        ret = convert(d->frame, w, h, dst, stride);
    av_frame_unref(d->frame);
    /* FFmpeg's PNG decoder takes the line above the first one from the last
     * picture, so each needs a new one */
    if (type == RFB_IMAGE_PNG)
        avcodec_free_context(&d->ctx[n]);
    else if (ret < 0 && !h264)
        avcodec_flush_buffers(d->ctx[n]);
    return ret;
}

void ff_rfb_image_reset(RFBImageDecoder *d)
{
    for (int i = 0; i < FF_ARRAY_ELEMS(d->ctx); i++)
        avcodec_free_context(&d->ctx[i]);
}

av_cold void ff_rfb_image_free(RFBImageDecoder *d)
{
    for (int i = 0; i < FF_ARRAY_ELEMS(d->ctx); i++)
        avcodec_free_context(&d->ctx[i]);
    av_packet_free(&d->pkt);
    av_frame_free(&d->frame);
}
