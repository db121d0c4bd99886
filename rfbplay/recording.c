/*
 * rfbplay: recordings
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

#include <stdatomic.h>
#include <string.h>

#include "libavcodec/avcodec.h"
#include "libavcodec/rfb.h"
#include "libavformat/avformat.h"
#include "libavutil/avstring.h"
#include "libavutil/intreadwrite.h"
#include "libavutil/opt.h"
#include "libavutil/version.h"
#include "libswscale/swscale.h"
#include "log.h"
#include "recording.h"

#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(59, 39, 100)
#include "libavutil/video_hint.h"
#endif

/** The containers that a recording may be in, and where files may come from. */
#define FORMATS   "fbs,minimega,novnc,rbs,vnclog,vnc"
#define PROTOCOLS "file,pipe,tcp,tls,unix"

struct PlayRecording {
    char *path;
    PlayRecordingOptions options;
    AVFormatContext *format;
    AVCodecContext *codec;
    AVPacket *pkt;
    struct SwsContext *sws;     ///< of colour map sessions
    PlayFacts facts;
    int64_t start;              ///< libavformat's time of the start, ms
    int fresh;                  ///< the next picture has none before it
    int width, height;          ///< of the last picture
    atomic_int stop;

    char message[1024];         ///< the first error
    int nb_errors;
    int cut;                    ///< times that its end was missing
    int walking;
};

/* --- messages --- */

static void collect(void *opaque, int av_level, const char *text)
{
    PlayRecording *r = opaque;

    if (av_level <= AV_LOG_ERROR) {
        if (!r->nb_errors++ && !*r->message)
            snprintf(r->message, sizeof(r->message), "%s: %s", r->path, text);
        play_log(PLAY_LOG_DEBUG, "%s: %s", r->path, text);
        return;
    }
    /* the demuxers' words for it; one is enough */
    if (av_level == AV_LOG_WARNING && strstr(text, "ends inside") && r->cut++)
        return;
    /* what a walk finds is found again when the pictures are read */
    if (r->options.silent || r->walking)
        return;
    play_log(av_level > AV_LOG_WARNING ? PLAY_LOG_DEBUG : PLAY_LOG_WARNING, "%s: %s", r->path,
             text);
}

static void listen(PlayRecording *r)
{
    play_log_divert(collect, r);
}

static int unlisten(PlayRecording *r, int ret)
{
    play_log_divert(NULL, NULL);
    if (ret < 0 && atomic_load(&r->stop))
        return AVERROR_EXIT;
    if (ret < 0 && ret != AVERROR_EOF && ret != AVERROR(EAGAIN) && !*r->message)
        snprintf(r->message, sizeof(r->message), "%s: %s", r->path, av_err2str(ret));
    return ret;
}

const char *play_recording_message(const PlayRecording *r)
{
    return r->message;
}

int play_recording_errors(const PlayRecording *r)
{
    return r->nb_errors;
}

int play_recording_cut(const PlayRecording *r)
{
    return !!r->cut;
}

void play_recording_stop(PlayRecording *r)
{
    atomic_store(&r->stop, 1);
}

static int interrupted(void *opaque)
{
    return atomic_load(&((PlayRecording *)opaque)->stop);
}

/* --- opening --- */

static void set_options(const PlayRecordingOptions *o, AVDictionary **d)
{
    av_dict_set(d, "format_whitelist", FORMATS, 0);
    av_dict_set(d, "protocol_whitelist", PROTOCOLS, 0);
    av_dict_set_int(d, "max_fps", o->max_fps, 0);
    if (o->max_gap)
        av_dict_set_int(d, "max_gap", o->max_gap, 0);
    if (o->index)
        av_dict_set(d, "index", o->index, 0);
    if (o->growing)
        av_dict_set_int(d, "growing", 1, 0);
    if (o->max_pixels)
        av_dict_set_int(d, "max_pixels", o->max_pixels, 0);
    if (o->pixel_format)
        av_dict_set(d, "pixel_format", o->pixel_format, 0);
    if (o->width) {
        char size[32];

        snprintf(size, sizeof(size), "%dx%d", o->width, o->height);
        av_dict_set(d, "video_size", size, 0);
    }
}

static int open_format(PlayRecording *r)
{
    AVDictionary *options = NULL;
    char *url;
    int ret;

    if (!(r->format = avformat_alloc_context()))
        return AVERROR(ENOMEM);
    r->format->interrupt_callback = (AVIOInterruptCB){ interrupted, r };
    /* names are never URLs: a file may well be called concat:a */
    url = !strcmp(r->path, "-") ? av_strdup("pipe:0") :
          av_strstart(r->path, "vnc://", NULL) ? av_strdup(r->path) :
          av_asprintf("file:%s", r->path);
    if (!url)
        return AVERROR(ENOMEM);
    set_options(&r->options, &options);
    ret = avformat_open_input(&r->format, url, NULL, &options);
    av_free(url);
    av_dict_free(&options);
    if (ret == AVERROR_INVALIDDATA || ret == AVERROR(EINVAL)) {
        const char *more = r->nb_errors ? r->message + strlen(r->path) + 2 : "";

        if (!*more || strstr(more, "whitelist"))
            snprintf(r->message, sizeof(r->message), "%s: this is no recording of a VNC session "
                     "of a kind that is known here (see `rfbplay --help`)", r->path);
    }
    return ret;
}

static int open_codec(PlayRecording *r)
{
    const AVStream *st = r->format->streams[0];
    const AVCodec *codec = avcodec_find_decoder_by_name("rfb");
    int ret;

    if (r->format->nb_streams < 1 || !codec)
        return AVERROR_DECODER_NOT_FOUND;
    if (!(r->codec = avcodec_alloc_context3(codec)) || !(r->pkt = av_packet_alloc()))
        return AVERROR(ENOMEM);
    if ((ret = avcodec_parameters_to_context(r->codec, st->codecpar)) < 0)
        return ret;
    r->codec->pkt_timebase = st->time_base;
    if (r->options.max_pixels)
        r->codec->max_pixels = r->options.max_pixels;
    av_opt_set_int(r->codec->priv_data, "draw_mouse", !r->options.no_cursor, 0);
    av_opt_set_int(r->codec->priv_data, "zywrle_level", FFMAX(r->options.zywrle_level, 1), 0);
    av_opt_set_int(r->codec->priv_data, "hints", 1, 0);
    if (r->options.yuv420p)
        av_opt_set(r->codec->priv_data, "output", "yuv420p", 0);
    return avcodec_open2(r->codec, codec, NULL);
}

static void note_facts(PlayRecording *r)
{
    const AVStream *st = r->format->streams[0];

    r->start = st->start_time == AV_NOPTS_VALUE ? 0 : st->start_time;
    r->facts = (PlayFacts){
        .format      = r->format->iformat->name,
        .format_name = r->format->iformat->long_name,
        .size        = avio_size(r->format->pb),
        .duration    = st->duration > 0 ? st->duration : -1,
        .width       = st->codecpar->width,
        .height      = st->codecpar->height,
        .server_init = st->codecpar->extradata,
        .max_pixels  = r->options.max_pixels,
        .index       = avpriv_rfb_index_get(r->format),
        .metadata    = r->format->metadata,
        .seekable    = !!(r->format->pb && r->format->pb->seekable & AVIO_SEEKABLE_NORMAL),
    };
}

int play_recording_open(PlayRecording **out, const char *path, const PlayRecordingOptions *o)
{
    PlayRecording *r = *out = av_mallocz(sizeof(*r));
    int ret;

    if (!r || !(r->path = av_strdup(path)))
        return AVERROR(ENOMEM);
    r->options = *o;
    r->fresh   = 1;
    listen(r);
    if ((ret = open_format(r)) >= 0 && (ret = open_codec(r)) >= 0)
        note_facts(r);
    return unlisten(r, FFMIN(ret, 0));
}

void play_recording_close(PlayRecording **out)
{
    PlayRecording *r = *out;

    if (!r)
        return;
    listen(r);
    avcodec_free_context(&r->codec);
    avformat_close_input(&r->format);
    av_packet_free(&r->pkt);
    sws_freeContext(r->sws);
    play_log_divert(NULL, NULL);
    av_free(r->path);
    av_freep(out);
}

const PlayFacts *play_recording_facts(const PlayRecording *r)
{
    return &r->facts;
}

/* --- pictures --- */

int play_recording_seek(PlayRecording *r, int64_t ms)
{
    int ret;

    if (!r->facts.seekable)
        return AVERROR(ENOSYS);
    listen(r);
    ret = av_seek_frame(r->format, 0, ms + r->start, AVSEEK_FLAG_BACKWARD);
    if (ret >= 0) {
        avcodec_flush_buffers(r->codec);
        r->fresh = 1;
    }
    return unlisten(r, FFMIN(ret, 0));
}

/** Colour map sessions come with palettes; what was asked for is something else. */
static int convert(PlayRecording *r, AVFrame *frame)
{
    enum AVPixelFormat wanted = r->options.yuv420p ? AV_PIX_FMT_YUV420P : AV_PIX_FMT_0RGB32;
    AVFrame *out;
    int ret;

    if (frame->format == wanted)
        return 0;
    if (!(out = av_frame_alloc()))
        return AVERROR(ENOMEM);
    out->format = wanted;
    out->width  = frame->width;
    out->height = frame->height;
    r->sws = sws_getCachedContext(r->sws, frame->width, frame->height, frame->format,
                                  frame->width, frame->height, wanted,
                                  SWS_BICUBIC | SWS_ACCURATE_RND, NULL, NULL, NULL);
    ret = r->sws ? av_frame_get_buffer(out, 0) : AVERROR(ENOMEM);
    if (ret >= 0)
        ret = sws_scale(r->sws, (const uint8_t *const *)frame->data, frame->linesize, 0,
                        frame->height, out->data, out->linesize);
    if (ret >= 0 && (ret = av_frame_copy_props(out, frame)) >= 0) {
        if (r->options.yuv420p) {
            out->color_range = AVCOL_RANGE_MPEG;
            out->colorspace  = AVCOL_SPC_SMPTE170M;
        }
        av_frame_unref(frame);
        av_frame_move_ref(frame, out);
    }
    av_frame_free(&out);
    return FFMIN(ret, 0);
}

static void all_is_new(PlayPicture *p)
{
    p->nb_rects = 1;
    p->rect[0]  = (PlayRect){ 0, 0, p->frame->width, p->frame->height };
}

/** What the decoder says of the difference to the picture before. */
static void find_damage(PlayPicture *p, const AVPacket *pkt)
{
    static const uint8_t empty[4] = { RFB_MSG_FRAMEBUFFER_UPDATE };

    all_is_new(p);
    if (pkt->size == sizeof(empty) && !memcmp(pkt->data, empty, sizeof(empty)))
        p->nb_rects = 0;
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(59, 39, 100)
    const AVFrameSideData *sd = av_frame_get_side_data(p->frame, AV_FRAME_DATA_VIDEO_HINT);
    const AVVideoHint *hint = sd ? (const AVVideoHint *)sd->data : NULL;

    if (!hint || hint->type != AV_VIDEO_HINT_TYPE_CHANGED || hint->nb_rects > PLAY_MAX_RECTS)
        return;
    p->nb_rects = 0;
    for (size_t i = 0; i < hint->nb_rects; i++) {
        const AVVideoRect *v = (const AVVideoRect *)
            ((const uint8_t *)hint + hint->rect_offset + i * hint->rect_size);

        if (v->width && v->height)
            p->rect[p->nb_rects++] = (PlayRect){ v->x, v->y, v->width, v->height };
    }
#endif
}

static int finish(PlayRecording *r, PlayPicture *p)
{
    AVFrame *frame = p->frame;
    int whole = r->fresh || frame->width != r->width || frame->height != r->height ||
                frame->format == AV_PIX_FMT_PAL8;

    p->time     = r->pkt->pts - r->start;
    p->duration = r->pkt->duration;
    p->damaged  = frame->decode_error_flags || frame->flags & AV_FRAME_FLAG_CORRUPT;
    if (whole)
        all_is_new(p);
    else
        find_damage(p, r->pkt);
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(59, 39, 100)
    /* not all that comes behind in FFmpeg 7.1 bears it */
    av_frame_remove_side_data(frame, AV_FRAME_DATA_VIDEO_HINT);
#endif
    r->fresh  = 0;
    r->width  = frame->width;
    r->height = frame->height;
    return convert(r, frame);
}

static int next_picture(PlayRecording *r, PlayPicture *p)
{
    int ret;

    while (!atomic_load(&r->stop)) {
        av_packet_unref(r->pkt);
        if ((ret = av_read_frame(r->format, r->pkt)) < 0)
            return ret;
        if (r->pkt->stream_index)
            continue;
        /* one packet is one frame, but for those that only lead to a seek's target; of a
         * packet that cannot be decoded at all the decoder has told why */
        ret = avcodec_send_packet(r->codec, r->pkt);
        if (ret >= 0)
            ret = avcodec_receive_frame(r->codec, p->frame);
        if (ret >= 0)
            return finish(r, p);
        if (ret != AVERROR(EAGAIN) && ret != AVERROR_INVALIDDATA)
            return ret;
    }
    return AVERROR_EXIT;
}

int play_recording_next(PlayRecording *r, PlayPicture *p)
{
    av_frame_unref(p->frame);
    listen(r);
    return unlisten(r, next_picture(r, p));
}

/* --- walking --- */

/** Position, size and encoding of a rectangle (RFC 6143, 7.6.1). */
#define RECT_HEAD 12

static void count_rect(PlayWalk *w, int32_t encoding)
{
    int i = 0;

    while (i < w->nb_encodings && w->encoding[i].number != encoding)
        i++;
    if (i == PLAY_WALK_ENCODINGS)
        return;
    w->nb_encodings = FFMAX(w->nb_encodings, i + 1);
    w->encoding[i].number = encoding;
    w->encoding[i].rects++;
}

/** Sizes and number of a packet's updates, and their encodings. */
static void walk_packet(RFBParser *parser, PlayWalk *w, const AVPacket *pkt)
{
    int pos = 0, ret;

    avpriv_rfb_parser_restart(parser);
    while (pos < pkt->size) {
        ret = avpriv_rfb_parse(parser, NULL, pkt->data + pos, pkt->size - pos);
        if (ret == AVERROR(EAGAIN) && parser->need == parser->pos &&
            parser->stopped == parser->pos && parser->pos + RECT_HEAD <= pkt->size - pos) {
            count_rect(w, AV_RB32(pkt->data + pos + parser->pos + 8));
            continue;
        }
        if (ret <= 0)
            break;
        pos        += ret;
        w->updates += parser->type == RFB_MSG_FRAMEBUFFER_UPDATE;
        w->nb_sizes += parser->width != w->width || parser->height != w->height;
        w->width      = parser->width;
        w->height     = parser->height;
        w->max_width  = FFMAX(w->max_width, w->width);
        w->max_height = FFMAX(w->max_height, w->height);
    }
}

static int walk(PlayRecording *r, PlayWalk *w, PlayWalkFunc func, void *opaque)
{
    RFBParser parser;
    int ret;

    if ((ret = avpriv_rfb_parser_init(&parser, r->facts.server_init,
                                      r->options.max_pixels)) < 0)
        return ret;
    parser.by_rects = 1;
    w->width  = w->max_width  = parser.width;
    w->height = w->max_height = parser.height;
    while (!atomic_load(&r->stop)) {
        av_packet_unref(r->pkt);
        if ((ret = av_read_frame(r->format, r->pkt)) < 0) {
            w->error = ret == AVERROR_EOF || ret == AVERROR(EAGAIN) ? 0 : ret;
            return 0;
        }
        if (r->pkt->stream_index)
            continue;
        walk_packet(&parser, w, r->pkt);
        w->lost += !!(r->pkt->flags & AV_PKT_FLAG_CORRUPT);
        w->packets++;
        w->last = r->pkt->pts - r->start;
        if (w->first < 0)
            w->first = w->last;
        w->duration = FFMAX(w->duration, w->last + r->pkt->duration);
        if (func && (ret = func(opaque, w, r->pkt)) < 0)
            return ret;
    }
    return AVERROR_EXIT;
}

int play_recording_build(PlayRecording *r, AVIOContext *out, RFBIndexBuild *build)
{
    listen(r);
    return unlisten(r, avpriv_rfb_index_build(r->format, out, build));
}

int play_recording_walk(PlayRecording *r, PlayWalk *w, PlayWalkFunc func, void *opaque)
{
    int errors = r->nb_errors, ret, back;

    *w = (PlayWalk){ .first = -1, .last = -1, .nb_sizes = 1 };
    if (!r->facts.seekable)
        return AVERROR(ENOSYS);
    r->walking = 1;
    listen(r);
    ret = unlisten(r, walk(r, w, func, opaque));
    w->cut     = !!r->cut;
    /* the last packet has a millisecond even where the recording has not */
    if (ret >= 0 && !w->error && !w->cut && r->facts.duration >= w->last)
        w->duration = r->facts.duration;
    r->cut     = 0;
    r->walking = 0;
    if (w->packets && (back = play_recording_seek(r, 0)) < 0 && ret >= 0)
        ret = back;
    /* they are counted when the pictures are read */
    r->nb_errors = errors;
    return ret;
}
