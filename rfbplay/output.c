/*
 * rfbplay: encoder and muxer of one file
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
#include "libavformat/avformat.h"
#include "libavutil/avstring.h"
#include "libavutil/opt.h"
#include "libavutil/pixdesc.h"
#include "log.h"
#include "outfile.h"
#include "output.h"

/** Pictures that may be inside an encoder: their durations are kept here. */
#define MAX_INSIDE 1024

struct PlayOutput {
    PlayOutputSpec spec;
    PlayFile file;
    AVCodecContext *codec;
    AVFormatContext *format;
    AVPacket *pkt;
    int opened, header;
    int64_t durations[MAX_INSIDE][2];   ///< pts and duration, by number of the picture
    unsigned nb_sent;
    int nb_packets;
    int64_t last_duration;
    int64_t size;
    char message[512];          ///< the first error that the encoder or muxer told
};

static void collect(void *opaque, int av_level, const char *text)
{
    PlayOutput *out = opaque;

    if (av_level <= AV_LOG_ERROR && !*out->message)
        snprintf(out->message, sizeof(out->message), "%s", text);
    play_log(PLAY_LOG_DEBUG, "%s: %s", out->spec.name, text);
}

/** Tell once why it failed. */
static int fail(PlayOutput *out, int ret, const char *doing)
{
    if (ret == AVERROR_EXIT)
        return ret;
    play_error("%s: %s: %s%s%s", out->spec.name, doing, av_err2str(ret),
               *out->message ? ": " : "", out->message);
    return ret;
}

static void set_colours(AVCodecContext *c)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(c->pix_fmt);

    if (desc->flags & AV_PIX_FMT_FLAG_PAL)
        return;
    c->color_primaries = AVCOL_PRI_BT709;
    c->color_trc       = AVCOL_TRC_IEC61966_2_1;
    if (desc->flags & AV_PIX_FMT_FLAG_RGB) {
        c->colorspace  = AVCOL_SPC_RGB;
        c->color_range = AVCOL_RANGE_JPEG;
    } else {
        c->colorspace  = AVCOL_SPC_SMPTE170M;
        c->color_range = strncmp(desc->name, "yuvj", 4) ? AVCOL_RANGE_MPEG : AVCOL_RANGE_JPEG;
    }
}

/** What is left in the dictionary is known to nobody. */
static int left_over(PlayOutput *out, const AVDictionary *d)
{
    const AVDictionaryEntry *e = av_dict_get(d, "", NULL, AV_DICT_IGNORE_SUFFIX);

    if (e)
        play_log(PLAY_LOG_DEBUG, "%s: nobody knows %s=%s", out->spec.name, e->key, e->value);
    return 0;
}

static int open_codec(PlayOutput *out)
{
    const PlayTarget *t = out->spec.target;
    AVDictionary *options = NULL;
    AVCodecContext *c;
    int ret;

    if (!(c = out->codec = avcodec_alloc_context3(t->codec)))
        return AVERROR(ENOMEM);
    c->width        = out->spec.width;
    c->height       = out->spec.height;
    c->pix_fmt      = t->pix_fmt;
    c->time_base    = t->time_base;
    /* encoders choose levels and spread bits by it; times are what counts */
    c->framerate    = t->rate.num ? t->rate : (AVRational){ out->spec.options->max_fps ?
                                                            out->spec.options->max_fps : 30, 1 };
    c->thread_count = out->spec.threads;
    c->sample_aspect_ratio = (AVRational){ 1, 1 };
    set_colours(c);
    if (t->container->flags & AVFMT_GLOBALHEADER)
        c->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    if ((ret = av_dict_copy(&options, t->codec_options, 0)) < 0)
        return ret;
    if (av_dict_get(options, "q", NULL, 0)) {
        c->flags |= AV_CODEC_FLAG_QSCALE;
        c->global_quality = FF_QP2LAMBDA * atoi(av_dict_get(options, "q", NULL, 0)->value);
        av_dict_set(&options, "q", NULL, 0);
    }
    /* libx264 makes use of what play_changes_note() notes */
    if (c->priv_data && av_opt_find(c->priv_data, "mb_info", NULL, 0, 0))
        av_dict_set(&options, "mb_info", "1", 0);
    ret = avcodec_open2(c, t->codec, &options);
    if (ret >= 0)
        ret = left_over(out, options);
    av_dict_free(&options);
    return ret < 0 ? fail(out, ret, "the encoder does not start") : 0;
}

static int open_muxer(PlayOutput *out)
{
    const PlayTarget *t = out->spec.target;
    AVDictionary *options = NULL;
    AVStream *st;
    int ret = avformat_alloc_output_context2(&out->format, t->container, NULL, out->file.path);

    if (ret < 0)
        return ret;
    if (!(st = avformat_new_stream(out->format, NULL)))
        return AVERROR(ENOMEM);
    if ((ret = avcodec_parameters_from_context(st->codecpar, out->codec)) < 0)
        return ret;
    st->time_base = t->time_base;
    st->sample_aspect_ratio = out->codec->sample_aspect_ratio;
    if (t->rate.num)
        st->avg_frame_rate = st->r_frame_rate = t->rate;
    if ((ret = av_dict_copy(&out->format->metadata, out->spec.metadata, 0)) < 0 ||
        (ret = av_dict_copy(&options, t->muxer_options, 0)) < 0)
        return ret;
    if (out->spec.pb) {
        out->format->pb     = out->spec.pb;
        out->format->flags |= AVFMT_FLAG_CUSTOM_IO;
    } else if (!(t->container->flags & AVFMT_NOFILE)) {
        ret = avio_open(&out->format->pb, out->file.path, AVIO_FLAG_WRITE);
    }
    if (ret >= 0)
        ret = avformat_write_header(out->format, &options);
    av_dict_free(&options);
    if (ret < 0)
        return fail(out, ret, "cannot be written");
    out->header = 1;
    return 0;
}

int play_output_open(PlayOutput **result, const PlayOutputSpec *spec)
{
    PlayOutput *out = *result = av_mallocz(sizeof(*out));
    int ret;

    if (!out || !(out->pkt = av_packet_alloc()))
        return av_freep(result), AVERROR(ENOMEM);
    out->spec = *spec;
    play_log_divert(collect, out);
    if (!spec->pb)
        ret = play_file_open(&out->file, spec->name, spec->target->sequence,
                             spec->options->overwrite);
    else
        ret = 0;
    if (ret >= 0 && (ret = open_codec(out)) >= 0)
        ret = open_muxer(out);
    play_log_divert(NULL, NULL);
    if (ret < 0)
        play_output_close(result);
    return ret;
}

static int64_t duration_of(const PlayOutput *out, int64_t pts)
{
    unsigned n = FFMIN(out->nb_sent, MAX_INSIDE);

    for (unsigned i = 1; i <= n; i++)
        if (out->durations[(out->nb_sent - i) % MAX_INSIDE][0] == pts)
            return out->durations[(out->nb_sent - i) % MAX_INSIDE][1];
    return 0;
}

/** What the encoder has ready goes into the file. */
static int drain(PlayOutput *out)
{
    AVPacket *pkt = out->pkt;
    int ret;

    while ((ret = avcodec_receive_packet(out->codec, pkt)) >= 0) {
        if (pkt->pts == AV_NOPTS_VALUE)
            pkt->pts = pkt->dts;
        pkt->duration = duration_of(out, pkt->pts);
        out->last_duration = pkt->duration;
        out->nb_packets++;
        pkt->stream_index = 0;
        av_packet_rescale_ts(pkt, out->codec->time_base, out->format->streams[0]->time_base);
        out->size += pkt->size;
        if ((ret = av_interleaved_write_frame(out->format, pkt)) < 0)
            return fail(out, ret, "cannot be written");
        if (out->format->pb && out->format->pb->error < 0)
            return fail(out, out->format->pb->error, "cannot be written");
    }
    return ret == AVERROR(EAGAIN) || ret == AVERROR_EOF ? 0 :
           fail(out, ret, "the encoder failed");
}

static int encode(PlayOutput *out, AVFrame *frame)
{
    int ret = avcodec_send_frame(out->codec, frame);

    if (ret < 0)
        return fail(out, ret, "the encoder failed");
    return drain(out);
}

int play_output_write(PlayOutput *out, AVFrame *frame, int64_t pts, int64_t duration)
{
    const AVCodecContext *c = out->codec;
    int64_t *row = out->durations[out->nb_sent++ % MAX_INSIDE];
    int ret;

    row[0] = frame->pts = pts;
    row[1] = duration;
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 0, 0)
    frame->duration = duration;
#endif
    frame->pict_type       = AV_PICTURE_TYPE_NONE;
    frame->color_primaries = c->color_primaries;
    frame->color_trc       = c->color_trc;
    frame->colorspace      = c->colorspace;
    frame->color_range     = c->color_range;
    av_frame_remove_side_data(frame, AV_FRAME_DATA_ICC_PROFILE);
    play_log_divert(collect, out);
    ret = encode(out, frame);
    play_log_divert(NULL, NULL);
    return ret;
}

/** APNG notes the time of the last picture nowhere but here. */
static void set_final_delay(PlayOutput *out)
{
    AVRational tb = out->codec->time_base;
    char text[64];

    if (strcmp(out->format->oformat->name, "apng"))
        return;
    snprintf(text, sizeof(text), "%d/%d", (int)(out->last_duration * tb.num), tb.den);
    av_opt_set(out->format->priv_data, "final_delay", text, 0);
}

static int finish(PlayOutput *out)
{
    AVFormatContext *f = out->format;
    int ret = encode(out, NULL);

    if (ret < 0)
        return ret;
    set_final_delay(out);
    out->header = 0;
    if ((ret = av_write_trailer(f)) >= 0 && f->pb)
        avio_flush(f->pb);
    if (ret >= 0 && f->pb && f->pb->error < 0)
        ret = f->pb->error;
    if (f->pb && !out->spec.pb) {
        int closed;

        out->size = FFMAX(avio_size(f->pb), out->size);
        closed    = avio_closep(&f->pb);
        ret       = ret < 0 ? ret : closed;
    }
    if (ret < 0)
        return fail(out, ret, "cannot be written");
    return out->spec.pb ? 0 : play_file_keep(&out->file, out->nb_packets);
}

int play_output_finish(PlayOutput *out)
{
    int ret;

    play_log_divert(collect, out);
    ret = finish(out);
    play_log_divert(NULL, NULL);
    return ret;
}

void play_output_close(PlayOutput **result)
{
    PlayOutput *out = *result;

    if (!out)
        return;
    play_log_divert(collect, out);
    avcodec_free_context(&out->codec);
    if (out->format && out->format->pb && !out->spec.pb)
        avio_closep(&out->format->pb);
    avformat_free_context(out->format);
    av_packet_free(&out->pkt);
    play_log_divert(NULL, NULL);
    play_file_close(&out->file);
    av_freep(result);
}

int64_t play_output_size(const PlayOutput *out)
{
    return out->size;
}
