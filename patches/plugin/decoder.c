/*
 * RFB plugin for stock FFmpeg: the decoder
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
 * libavcodec knows neither our codec's id nor its descriptor, and wants one
 * when a decoder is opened (7.1 and later read it without a look). So the
 * decoder is opened under the id of a codec that has a descriptor and no
 * decoder, and has its own again before anybody else sees it.
 */

#include <stdio.h>
#include <string.h>

#include "module.h"

#include "libavutil/opt.h"
#include "libavcodec/codec_internal.h"

#define BORROWED_ID AV_CODEC_ID_DAALA

extern const FFCodec ff_rfb_decoder;

/** What cannot be constant, since its parts are not: written once, before use. */
static struct {
    FFCodec decoder;            ///< as everybody sees it
    FFCodec borrower;           ///< the same, for the time of avcodec_open2()
    AVClass class;              ///< of codec contexts
    const AVClass *real;        ///< that one is made from
} self;

static const AVCodecDescriptor descriptor = {
    .id        = RFB_CODEC_ID,
    .type      = AVMEDIA_TYPE_VIDEO,
    .name      = "rfb",
    .long_name = "RFB (VNC remote framebuffer)",
    .props     = AV_CODEC_PROP_LOSSY | AV_CODEC_PROP_LOSSLESS,
};

static void set_colours(const AVCodecContext *avctx, AVFrame *frame)
{
    if (frame->color_range == AVCOL_RANGE_UNSPECIFIED)
        frame->color_range = avctx->color_range;
    if (frame->colorspace == AVCOL_SPC_UNSPECIFIED)
        frame->colorspace = avctx->colorspace;
    if (frame->color_primaries == AVCOL_PRI_UNSPECIFIED)
        frame->color_primaries = avctx->color_primaries;
    if (frame->color_trc == AVCOL_TRC_UNSPECIFIED)
        frame->color_trc = avctx->color_trc;
    if (frame->chroma_location == AVCHROMA_LOC_UNSPECIFIED)
        frame->chroma_location = avctx->chroma_sample_location;
    if (!frame->sample_aspect_ratio.num)
        frame->sample_aspect_ratio = avctx->sample_aspect_ratio;
}

/** What a frame has from its packet: times, metadata, whether it is wanted. */
static int set_props(const AVCodecContext *avctx, AVFrame *frame, const AVPacket *pkt)
{
    size_t size;
    const uint8_t *text = av_packet_get_side_data(pkt, AV_PKT_DATA_STRINGS_METADATA, &size);

    frame->pts = pkt->pts;
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 30, 100)
    frame->duration = pkt->duration;
#else
    frame->pkt_duration = pkt->duration;
#endif
#if LIBAVUTIL_VERSION_MAJOR < 60
    frame->pkt_pos  = pkt->pos;
    frame->pkt_size = pkt->size;
#endif
#if LIBAVUTIL_VERSION_MAJOR < 58
    frame->reordered_opaque = avctx->reordered_opaque;
#endif
    if (pkt->flags & AV_PKT_FLAG_DISCARD)
        frame->flags |= AV_FRAME_FLAG_DISCARD;
    set_colours(avctx, frame);
#ifdef AV_CODEC_FLAG_COPY_OPAQUE
    if (avctx->flags & AV_CODEC_FLAG_COPY_OPAQUE) {
        int ret = av_buffer_replace(&frame->opaque_ref, pkt->opaque_ref);

        if (ret < 0)
            return ret;
        frame->opaque = pkt->opaque;
    }
#endif
    return text ? av_packet_unpack_dictionary(text, size, &frame->metadata) : 0;
}

/* Inside libavcodec the decoder asks for these properties itself, and they come
 * from the packet that libavcodec remembers. Here the packet is at hand. */
static int decode(AVCodecContext *avctx, AVFrame *frame, int *got_frame, AVPacket *pkt)
{
    int ret = ff_rfb_decoder.cb.decode(avctx, frame, got_frame, pkt), props;

    if (*got_frame && (props = set_props(avctx, frame, pkt)) < 0)
        return props;
    return ret;
}

void fbs_decoder_begin(void)
{
    self.decoder           = ff_rfb_decoder;
    self.decoder.cb.decode = decode;
    /* libavcodec checks that such buffers came through its own function */
    self.decoder.p.capabilities &= ~AV_CODEC_CAP_DR1;
    self.borrower      = self.decoder;
    self.borrower.p.id = BORROWED_ID;
    fbs_codec_class(avcodec_get_class());
}

const AVCodec *fbs_decoder(void)
{
    return &self.decoder.p;
}

const AVCodecDescriptor *fbs_descriptor(void)
{
    return &descriptor;
}

/** The classes of all codecs, and then ours. */
static const AVClass *next_child(void **opaque)
{
    static const char end;
    const AVClass *child = *opaque == &end ? NULL : self.real->child_class_iterate(opaque);

    if (child || *opaque == &end)
        return child;
    *opaque = (void *)&end;
    return ff_rfb_decoder.p.priv_class;
}

const AVClass *fbs_codec_class(const AVClass *real)
{
    if (!self.real) {
        self.real  = real;
        self.class = *real;
        self.class.child_class_iterate = next_child;
    }
    return real == self.real ? &self.class : real;
}

int fbs_open(AVCodecContext *avctx, const AVCodec *codec, AVDictionary **options, FBSOpen real)
{
    const AVCodec *ours = &self.decoder.p;
    int ret;

    /* whatever does not go together is for libavcodec to complain about */
    if ((codec ? codec : avctx->codec) != ours || (avctx->codec && avctx->codec != ours) ||
        (avctx->codec_id != RFB_CODEC_ID && avctx->codec_id != AV_CODEC_ID_NONE) ||
        avcodec_is_open(avctx))
        return real(avctx, codec, options);
    avctx->codec    = &self.borrower.p;
    avctx->codec_id = BORROWED_ID;
    ret = real(avctx, NULL, options);
    avctx->codec_id = RFB_CODEC_ID;
    if (avctx->codec == &self.borrower.p)
        avctx->codec = ours;
    if (ret >= 0)
        avctx->codec_descriptor = &descriptor;
    return ret;
}

/** Replace the first occurrence in a string with something that is not longer. */
static void replace(char *text, const char *old, const char *new)
{
    char *at = strstr(text, old);

    if (!at)
        return;
    memmove(at + strlen(new), at + strlen(old), strlen(at + strlen(old)) + 1);
    memcpy(at, new, strlen(new));
}

/* "Video: daala (rfb), bgr0, 800x600": with an id that libavcodec can name */
void fbs_string(char *buf, int size, AVCodecContext *avctx, int encode, FBSString real)
{
    char text[1024];

    if (avctx->codec_id != RFB_CODEC_ID) {
        real(buf, size, avctx, encode);
        return;
    }
    avctx->codec_id = BORROWED_ID;
    real(text, sizeof(text), avctx, encode);
    avctx->codec_id = RFB_CODEC_ID;
    replace(text, " (rfb)", "");
    replace(text, avcodec_get_name(BORROWED_ID), descriptor.name);
    if (size > 0)
        snprintf(buf, size, "%s", text);
}
