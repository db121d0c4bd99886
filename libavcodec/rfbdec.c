/*
 * RFB (VNC session) decoder
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

#include "rfb_compat.h"

#include "libavutil/intreadwrite.h"
#include "libavutil/opt.h"
#if RFB_HAVE_HINTS
#include "libavutil/video_hint.h"
#endif
#include "avcodec.h"
#include "codec_internal.h"
#include "decode.h"
#include "internal.h"
#include "rfb.h"
#include "rfb_frame.h"
#include "rfb_image.h"
#include "rfb_picture.h"
#include "rfb_state.h"

typedef struct RFBContext {
    const AVClass *class;
    int draw_mouse;
    int output;                 ///< RFBPictureFormat, BGR0 or YUV420P
    int zywrle_level;
    int hints;                  ///< -1: where FFmpeg's programs bear them
    int ultravnc_cache;

    RFBParser parser;
    RFBFrame frame;
    RFBPictures pictures;
    RFBImageDecoder image;
} RFBContext;

/** Begin the session that the extradata, a ServerInit, describes. */
static int start(AVCodecContext *avctx)
{
    RFBContext *s = avctx->priv_data;
    int64_t max_pixels = avctx->max_pixels < INT_MAX ? avctx->max_pixels : RFB_MAX_PIXELS;
    int ret = avpriv_rfb_parser_init(&s->parser, avctx->extradata, max_pixels);

    if (ret < 0) {
        av_log(avctx, AV_LOG_ERROR, "%s: %s %"PRId64"\n", s->parser.error.name,
               s->parser.error.what, s->parser.error.value);
        return ret;
    }
    return ff_rfb_frame_init(&s->frame, &s->parser);
}

/** FFmpeg 7.1 knows the side data and not its name; its programs crash on that. */
static int can_hint(void)
{
#if RFB_HAVE_HINTS
    const AVSideDataDescriptor *desc = av_frame_side_data_desc(AV_FRAME_DATA_VIDEO_HINT);

    return desc && desc->name;
#else
    return 0;
#endif
}

static av_cold int rfb_decode_init(AVCodecContext *avctx)
{
    RFBContext *s = avctx->priv_data;
    int ret;

    if (avctx->extradata_size < RFB_SERVER_INIT_SIZE) {
        av_log(avctx, AV_LOG_ERROR, "No ServerInit in the extradata\n");
        return AVERROR_INVALIDDATA;
    }
    s->frame.zywrle_level = s->zywrle_level;
    s->frame.use_cache    = s->ultravnc_cache;
    s->frame.image        = ff_rfb_image_decode;
    s->frame.image_opaque = &s->image;
    s->image.log          = avctx;
    if (s->hints < 0)
        s->hints = can_hint();
    if ((ret = start(avctx)) < 0)
        return ret;
    if ((ret = ff_set_dimensions(avctx, s->frame.width, s->frame.height)) < 0)
        return ret;
    avctx->pix_fmt = !s->parser.pf.true_colour ? AV_PIX_FMT_PAL8 :
                     s->output == RFB_PICTURE_YUV420P ? AV_PIX_FMT_YUV420P : AV_PIX_FMT_0RGB32;
    return 0;
}

static void log_error(AVCodecContext *avctx, const AVPacket *pkt, size_t start,
                      const RFBError *e, int lost)
{
    av_log(avctx, AV_LOG_ERROR, "%s%s%s %"PRId64", byte %zu of the packet at %"PRId64": %s\n",
           e->name ? e->name : "", e->name ? ": " : "", e->what, e->value, start + e->offset,
           pkt->pos, lost ? "the rest of the packet is lost" : "that rectangle is lost");
}

/**
 * Paint the messages of a packet.
 * @return 0, AVERROR(ENOMEM), or AVERROR_INVALIDDATA if some were damaged
 */
static int paint_messages(AVCodecContext *avctx, const AVPacket *pkt)
{
    RFBContext *s = avctx->priv_data;
    size_t pos = 0;
    int damaged = 0, ret;

    avpriv_rfb_parser_restart(&s->parser);
    while (pos < pkt->size) {
        ff_rfb_frame_begin(&s->frame);
        ret = avpriv_rfb_parse(&s->parser, &s->frame, pkt->data + pos, pkt->size - pos);
        if (s->frame.nb_errors) {
            log_error(avctx, pkt, pos, &s->frame.error, 0);
            damaged = 1;
        }
        if (ret == AVERROR(EAGAIN)) {
            s->parser.error.what   = "message cut short, bytes";
            s->parser.error.value  = pkt->size - pos;
            s->parser.error.offset = s->parser.pos;
            ret = AVERROR_INVALIDDATA;
        }
        if (ret == AVERROR_INVALIDDATA) {
            log_error(avctx, pkt, pos, &s->parser.error, 1);
            return ret;
        }
        if (ret < 0)
            return ret;
        pos += ret;
        if (s->parser.type == RFB_MSG_FRAMEBUFFER_UPDATE)
            ff_rfb_frame_settle(&s->frame);
    }
    return damaged ? AVERROR_INVALIDDATA : 0;
}

/** Go on from a state that the packet brings, as after a seek. */
static int resume(AVCodecContext *avctx, const AVPacket *pkt)
{
    RFBContext *s = avctx->priv_data;
    size_t size = 0;
    const uint8_t *data = av_packet_get_side_data(pkt, AV_PKT_DATA_NEW_EXTRADATA, &size);
    int ret;

    if (!(data = avpriv_rfb_state_find(data, &size)))
        return 0;
    ff_rfb_image_reset(&s->image);
    if ((ret = ff_rfb_state_load(&s->parser, &s->frame, data, size)) < 0)
        av_log(avctx, AV_LOG_ERROR, "The state that the packet at %"PRId64" brings is none\n",
               pkt->pos);
    return ret;
}

static int paint(AVCodecContext *avctx, const AVPacket *pkt)
{
    RFBContext *s = avctx->priv_data;
    int ret = resume(avctx, pkt);

    if (ret < 0 || (ret = ff_rfb_frame_open(&s->frame)) < 0)
        return ret;
    /* the demuxer left something out before it */
    if (pkt->flags & AV_PKT_FLAG_CORRUPT)
        ff_rfb_frame_lost(&s->frame);
    ret = paint_messages(avctx, pkt);
    ff_rfb_frame_settle(&s->frame);
    return ret;
}

/** Tell what is new. Where nothing is, an empty rectangle says so: none would say nothing. */
static int tell_changes(AVFrame *frame, const RFBDamage *d)
{
#if RFB_HAVE_HINTS
    AVVideoHint *hint = av_video_hint_create_side_data(frame, FFMAX(d->nb, 1));
    AVVideoRect *r;

    if (!hint)
        return AVERROR(ENOMEM);
    hint->type = AV_VIDEO_HINT_TYPE_CHANGED;
    *(r = av_video_hint_rects(hint)) = (AVVideoRect){ 0 };
    for (int i = 0; i < d->nb; i++)
        r[i] = (AVVideoRect){ d->rect[i].x0, d->rect[i].y0, d->rect[i].x1 - d->rect[i].x0,
                              d->rect[i].y1 - d->rect[i].y0 };
#endif
    return 0;
}

static int output(AVCodecContext *avctx, AVFrame *frame)
{
    RFBContext *s = avctx->priv_data;
    enum RFBPictureFormat format = s->parser.pf.true_colour ? s->output : RFB_PICTURE_PAL8;
    static const enum AVPixelFormat pix_fmts[] = {
        [RFB_PICTURE_BGR0]    = AV_PIX_FMT_0RGB32,
        [RFB_PICTURE_PAL8]    = AV_PIX_FMT_PAL8,
        [RFB_PICTURE_YUV420P] = AV_PIX_FMT_YUV420P,
    };
    RFBPicture pic;
    int ret;

    if (s->frame.width != avctx->width || s->frame.height != avctx->height)
        if ((ret = ff_set_dimensions(avctx, s->frame.width, s->frame.height)) < 0)
            return ret;
    avctx->pix_fmt = pix_fmts[format];
    if (format == RFB_PICTURE_YUV420P) {
        avctx->color_range = AVCOL_RANGE_MPEG;
        avctx->colorspace  = AVCOL_SPC_SMPTE170M;
    }
    if ((ret = ff_decode_frame_props(avctx, frame)) < 0 ||
        (ret = ff_rfb_picture_get(&s->pictures, &pic, &s->frame, format, s->draw_mouse)) < 0)
        return ret;
    frame->buf[0] = pic.buf;
    for (int i = 0; i < 3; i++) {
        frame->data[i]     = pic.data[i];
        frame->linesize[i] = pic.linesize[i];
    }
    frame->format = avctx->pix_fmt;
    frame->width  = s->frame.width;
    frame->height = s->frame.height;
    return !s->hints || format == RFB_PICTURE_PAL8 ? 0 : tell_changes(frame, &pic.changes);
}

static void set_key(AVFrame *frame, int key)
{
    frame->pict_type = key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_P;
#ifdef AV_FRAME_FLAG_KEY
    if (key)
        frame->flags |= AV_FRAME_FLAG_KEY;
    else
        frame->flags &= ~AV_FRAME_FLAG_KEY;
#else
    frame->key_frame = key;
#endif
}

static int rfb_decode_frame(AVCodecContext *avctx, AVFrame *frame, int *got_frame, AVPacket *pkt)
{
    int painted = paint(avctx, pkt), ret;

    if (painted < 0 && (painted != AVERROR_INVALIDDATA || avctx->err_recognition & AV_EF_EXPLODE))
        return painted;
    /* nobody will see it: what is new in it is new in the next picture that is seen */
    if (pkt->flags & AV_PKT_FLAG_DISCARD)
        return pkt->size;
    if ((ret = output(avctx, frame)) < 0)
        return ret;
    if (painted < 0 || pkt->flags & AV_PKT_FLAG_CORRUPT) {
        frame->decode_error_flags |= FF_DECODE_ERROR_INVALID_BITSTREAM;
        frame->flags              |= AV_FRAME_FLAG_CORRUPT;
    }
    set_key(frame, pkt->flags & AV_PKT_FLAG_KEY);
    *got_frame = 1;
    return pkt->size;
}

int avpriv_rfb_decoder_save(AVCodecContext *avctx, uint8_t **buf, unsigned *alloc, size_t *size)
{
    const RFBContext *s = avctx->priv_data;

    return ff_rfb_state_save(&s->parser, &s->frame, buf, alloc, size);
}

int64_t avpriv_rfb_decoder_work(const AVCodecContext *avctx, int *by_option)
{
    const RFBContext *s = avctx->priv_data;

    *by_option = s->parser.by_option;
    return s->frame.painted;
}

static void rfb_flush(AVCodecContext *avctx)
{
    RFBContext *s = avctx->priv_data;

    ff_rfb_image_reset(&s->image);
    /* without memory the frame stays as it was, and so does the next seek's start */
    start(avctx);
}

static av_cold int rfb_decode_close(AVCodecContext *avctx)
{
    RFBContext *s = avctx->priv_data;

    ff_rfb_frame_free(&s->frame);
    ff_rfb_pictures_free(&s->pictures);
    ff_rfb_image_free(&s->image);
    return 0;
}

#define OFFSET(x) offsetof(RFBContext, x)
#define VD AV_OPT_FLAG_VIDEO_PARAM | AV_OPT_FLAG_DECODING_PARAM
static const AVOption options[] = {
    { "draw_mouse", "draw the recorded cursor", OFFSET(draw_mouse), AV_OPT_TYPE_BOOL,
      { .i64 = 1 }, 0, 1, VD },
    { "output", "pixel format of the pictures of true-colour sessions", OFFSET(output),
      AV_OPT_TYPE_INT, { .i64 = RFB_PICTURE_BGR0 }, 0, RFB_PICTURE_YUV420P, VD,
      RFB_UNIT("output") },
    { "bgr0", "exact", 0, AV_OPT_TYPE_CONST, { .i64 = RFB_PICTURE_BGR0 }, 0, 0, VD,
      RFB_UNIT("output") },
    { "yuv420p", "BT.601, converted where the picture changes", 0, AV_OPT_TYPE_CONST,
      { .i64 = RFB_PICTURE_YUV420P }, 0, 0, VD, RFB_UNIT("output") },
    { "zywrle_level", "wavelet level of ZYWRLE, which the stream does not tell",
      OFFSET(zywrle_level), AV_OPT_TYPE_INT, { .i64 = 1 }, 1, 3, VD },
    { "hints", "tell in side data what is new in a frame (-1: if FFmpeg's programs bear that)",
      OFFSET(hints), AV_OPT_TYPE_BOOL, { .i64 = -1 }, -1, 1, VD },
    { "ultravnc_cache", "keep what UltraVNC's Cache rectangles bring back",
      OFFSET(ultravnc_cache), AV_OPT_TYPE_BOOL, { .i64 = 0 }, 0, 1, VD },
    { NULL },
};

static const AVClass rfb_class = {
    .class_name = "RFB decoder",
    .item_name  = av_default_item_name,
    .option     = options,
    .version    = LIBAVUTIL_VERSION_INT,
};

/* No AV_CODEC_CAP_DR1: a picture is the framebuffer itself, or a copy that the
 * next one is made from. */
const FFCodec ff_rfb_decoder = {
    .p.name         = "rfb",
    RFB_LONG_NAME("RFB (VNC session)"),
    .p.type         = AVMEDIA_TYPE_VIDEO,
    .p.id           = RFB_CODEC_ID,
    .p.priv_class   = &rfb_class,
    .priv_data_size = sizeof(RFBContext),
    .init           = rfb_decode_init,
    .close          = rfb_decode_close,
    .flush          = rfb_flush,
    FF_CODEC_DECODE_CB(rfb_decode_frame),
    .caps_internal  = FF_CODEC_CAP_INIT_CLEANUP | RFB_CAP_THREADSAFE,
};
