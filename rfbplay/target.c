/*
 * rfbplay: what kind of file to make, and how
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

#include "libavutil/avstring.h"
#include "libavutil/opt.h"
#include "libavutil/pixdesc.h"
#include "log.h"
#include "target.h"

/** Containers by extension. What is not here is as FFmpeg guesses. */
static const struct Container {
    const char *extension, *muxer, *encoder;
    AVRational time_base;
    int constant;               ///< there are no times in it: a constant rate of time_base
    int palette;
    int64_t max_duration;       ///< in time_base
} containers[] = {
    { "mp4",   "mp4",      "libx264" },
    { "m4v",   "mp4",      "libx264" },
    { "mov",   "mov",      "libx264" },
    { "mkv",   "matroska", "libx264" },
    { "webm",  "webm",     "libvpx-vp9" },
    /* its muxer fills the gaps with empty frames, which cost some bytes each */
    { "avi",   "avi",      "libx264", { 1, 30 } },
    { "gif",   "gif",      "gif",     { 1, 100 }, .palette = 1, .max_duration = 60000 },
    { "apng",  "apng",     "apng",    .max_duration = 60000 },
    { "mjpeg", "mjpeg",    "mjpeg",   { 1, 25 }, .constant = 1 },
    { "mjpg",  "mjpeg",    "mjpeg",   { 1, 25 }, .constant = 1 },
    { "png",   "image2",   "png" },
    { "flv",   "flv",      "libx264" },
    { "ts",    "mpegts",   "libx264" },
    { "nut",   "nut",      "libx264" },
    { "jpg",   "image2",   "mjpeg" },
    { "jpeg",  "image2",   "mjpeg" },
    { "bmp",   "image2",   "bmp" },
    { NULL },
};

/**
 * Defaults of encoders. libx264's are measured (doc/transcoding.md): ultrafast
 * with a short lookahead for macroblock trees and adaptive quantization looks as
 * good as veryfast at half of its time.
 */
static const struct Encoder {
    const char *name;
    const char *options;        ///< when there is no --preset
    const char *rate;           ///< when there is neither --crf nor --bitrate nor --lossless
    const char *lossless;       ///< options; NULL: it cannot, "": it always is
    const char *lossless_encoder;   ///< that takes its place then
    enum AVPixelFormat lossless_format;
    enum AVPixelFormat format;  ///< preferred one, 0 (yuv420p): if it knows that
} encoders[] = {
    { "libx264", "preset=ultrafast:x264-params=mbtree=1\\:aq-mode=1\\:rc-lookahead=10",
      "crf=21", "qp=0", "libx264rgb", AV_PIX_FMT_BGR0 },
    { "libx264rgb", "preset=ultrafast", "crf=21", "qp=0", NULL, AV_PIX_FMT_BGR0, AV_PIX_FMT_BGR0 },
    { "libx265", "preset=ultrafast", "crf=24", "x265-params=log-level=error\\:lossless=1", NULL,
      AV_PIX_FMT_GBRP },
    { "libvpx-vp9", "deadline=realtime:cpu-used=8:row-mt=1:tile-columns=2:tune-content=screen",
      "crf=30:b=0", "lossless=1", NULL, AV_PIX_FMT_GBRP },
    { "libvpx", "deadline=realtime:cpu-used=12:slices=2:static-thresh=100", "crf=10:b=4M" },
    { "libsvtav1", "preset=11:svtav1-params=scm=1", "crf=32" },
    { "mjpeg", NULL, "q=3", .format = AV_PIX_FMT_YUVJ420P },
    { "mpeg4", NULL, "q=3" },
    { "flv", NULL, "q=3" },
    { "png", "pred=mixed", NULL, "", NULL, AV_PIX_FMT_RGB24, AV_PIX_FMT_RGB24 },
    { "apng", "pred=mixed", NULL, "", NULL, AV_PIX_FMT_RGB24, AV_PIX_FMT_RGB24 },
    { "bmp", NULL, NULL, "", NULL, AV_PIX_FMT_BGR24, AV_PIX_FMT_BGR24 },
    { "gif", NULL, NULL, NULL, NULL, AV_PIX_FMT_NONE, AV_PIX_FMT_PAL8 },
    { "ffv1", "level=3:slices=4:slicecrc=1", NULL, "", NULL, AV_PIX_FMT_BGR0, AV_PIX_FMT_BGR0 },
    { "ffvhuff", NULL, NULL, "", NULL, AV_PIX_FMT_RGB24, AV_PIX_FMT_RGB24 },
    { "huffyuv", NULL, NULL, "", NULL, AV_PIX_FMT_RGB24, AV_PIX_FMT_RGB24 },
    { "utvideo", NULL, NULL, "", NULL, AV_PIX_FMT_GBRP, AV_PIX_FMT_GBRP },
    { "qtrle", NULL, NULL, "", NULL, AV_PIX_FMT_RGB24, AV_PIX_FMT_RGB24 },
    { "zmbv", NULL, NULL, "", NULL, AV_PIX_FMT_BGR0, AV_PIX_FMT_BGR0 },
    { "rawvideo", NULL, NULL, "", NULL, AV_PIX_FMT_BGR0, AV_PIX_FMT_BGR0 },
    { NULL },
};

static const char *extension_of(const char *path)
{
    const char *dot = strrchr(path, '.'), *slash = strrchr(path, '/');

    return dot && dot > slash ? dot + 1 : "";
}

const char *play_target_extension(const PlayOptions *o)
{
    return o->format ? o->format : "mp4";
}

static const struct Container *find_container(const char *name)
{
    for (const struct Container *c = containers; c->extension; c++)
        if (!av_strcasecmp(c->extension, name))
            return c;
    return NULL;
}

static const struct Encoder *find_encoder(const AVCodec *codec)
{
    const struct Encoder *e = encoders;

    while (e->name && strcmp(e->name, codec->name))
        e++;
    return e;
}

static int choose_container(PlayTarget *t, const PlayOptions *o, const char *out,
                            const struct Container **found)
{
    const char *name = o->format ? o->format : extension_of(out);

    if (!*name || (!strcmp(out, "-") && !o->format)) {
        play_error("%s: its name has no extension that tells what to make; give --format", out);
        return AVERROR(EINVAL);
    }
    *found = find_container(name);
    t->container = av_guess_format(*found ? (*found)->muxer : name, NULL, NULL);
    if (!t->container && !o->format)
        t->container = av_guess_format(NULL, out, NULL);
    if (!t->container || t->container->video_codec == AV_CODEC_ID_NONE) {
        play_error("%s: no video container is called %s", out, name);
        return AVERROR_MUXER_NOT_FOUND;
    }
    t->sequence = !strcmp(t->container->name, "image2") && strcmp(out, "-");
    if (t->sequence && !av_filename_number_test(out)) {
        play_error("%s: many pictures need a name with a number in it, such as %%05d.%s; for a "
                   "single one, there is rfbplay snapshot", out, name);
        return AVERROR(EINVAL);
    }
    return 0;
}

static int choose_encoder(PlayTarget *t, const PlayOptions *o, const char *out,
                          const struct Container *c)
{
    const AVCodecDescriptor *desc;
    const char *name = o->codec ? o->codec : c ? c->encoder : NULL;

    t->codec = name ? avcodec_find_encoder_by_name(name) :
                      avcodec_find_encoder(t->container->video_codec);
    if (!t->codec && name && (desc = avcodec_descriptor_get_by_name(name)))
        t->codec = avcodec_find_encoder(desc->id);
    if (!t->codec || t->codec->type != AVMEDIA_TYPE_VIDEO) {
        play_error("there is no video encoder %s in this build", name ? name : "for that file");
        return AVERROR_ENCODER_NOT_FOUND;
    }
    if (o->lossless && !o->pix_fmt && find_encoder(t->codec)->lossless_encoder)
        t->codec = avcodec_find_encoder_by_name(find_encoder(t->codec)->lossless_encoder);
    if (!avformat_query_codec(t->container, t->codec->id, FF_COMPLIANCE_NORMAL)) {
        play_error("%s: a %s file cannot hold %s", out, t->container->name, t->codec->name);
        return AVERROR(EINVAL);
    }
    return 0;
}

static int knows(const AVCodec *codec, enum AVPixelFormat format)
{
    const enum AVPixelFormat *f = codec->pix_fmts;

    while (f && *f != AV_PIX_FMT_NONE && *f != format)
        f++;
    return !f || *f == format;
}

static int choose_pix_fmt(PlayTarget *t, const PlayOptions *o, const struct Encoder *e)
{
    if (o->pix_fmt) {
        t->pix_fmt = av_get_pix_fmt(o->pix_fmt);
        if (t->pix_fmt == AV_PIX_FMT_NONE || !knows(t->codec, t->pix_fmt)) {
            play_error("%s has no pixel format %s", t->codec->name, o->pix_fmt);
            return AVERROR(EINVAL);
        }
        return 0;
    }
    t->pix_fmt = o->lossless ? e->lossless_format : e->format;
    if (!knows(t->codec, t->pix_fmt))
        t->pix_fmt = avcodec_find_best_pix_fmt_of_list(t->codec->pix_fmts, AV_PIX_FMT_BGR0, 0,
                                                       NULL);
    return 0;
}

static int parse(AVDictionary **d, const char *options)
{
    return options && *options ? av_dict_parse_string(d, options, "=", ":", 0) : 0;
}

static int wants(const PlayTarget *t, const char *option, const char *what)
{
    const AVClass *class = t->codec->priv_class;

    if (class && av_opt_find(&class, option, NULL, 0, AV_OPT_SEARCH_FAKE_OBJ))
        return 0;
    play_error("%s knows no --%s", t->codec->name, what);
    return AVERROR(EINVAL);
}

/** x264 and x265 would print a complaint of their own. */
static int check_preset(const PlayTarget *t, const char *preset)
{
    static const char *const presets[] = { "ultrafast", "superfast", "veryfast", "faster", "fast",
                                           "medium", "slow", "slower", "veryslow", "placebo" };

    if (strncmp(t->codec->name, "libx26", 6))
        return 0;
    for (size_t i = 0; i < FF_ARRAY_ELEMS(presets); i++)
        if (!strcmp(presets[i], preset))
            return 0;
    play_error("%s has no preset %s; there are ultrafast, superfast, veryfast, faster, fast, "
               "medium, slow, slower, veryslow and placebo", t->codec->name, preset);
    return AVERROR(EINVAL);
}

static int set_quality(PlayTarget *t, const PlayOptions *o, const struct Encoder *e)
{
    int ret;

    if (o->lossless) {
        if (!e->lossless) {
            play_error("%s cannot be lossless; libx264rgb, ffv1, libvpx-vp9 and apng can",
                       t->codec->name);
            return AVERROR(EINVAL);
        }
        return parse(&t->codec_options, e->lossless);
    }
    if (o->bitrate)
        av_dict_set_int(&t->codec_options, "b", o->bitrate, 0);
    if (o->crf >= 0) {
        char crf[32];

        if ((ret = wants(t, "crf", "crf")) < 0)
            return ret;
        snprintf(crf, sizeof(crf), "%g", o->crf);
        av_dict_set(&t->codec_options, "crf", crf, 0);
        if (!o->bitrate && !strncmp(t->codec->name, "libvpx", 6))
            av_dict_set(&t->codec_options, "b", !strcmp(t->codec->name, "libvpx") ? "20M" : "0", 0);
    }
    if (o->crf >= 0 || o->bitrate)
        return 0;
    return parse(&t->codec_options, e->rate);
}

static int set_codec_options(PlayTarget *t, const PlayOptions *o)
{
    const struct Encoder *e = find_encoder(t->codec);
    int ret;

    if ((ret = choose_pix_fmt(t, o, e)) < 0)
        return ret;
    /* it prints on its own what nobody wants to know */
    if (!strcmp(t->codec->name, "libx265"))
        av_dict_set(&t->codec_options, "x265-params", "log-level=error", 0);
    /* who asks for a preset gets that and nothing else */
    if (!o->preset && (ret = parse(&t->codec_options, e->options)) < 0)
        return ret;
    if ((o->preset && (ret = wants(t, "preset", "preset")) < 0) ||
        (o->tune && (ret = wants(t, "tune", "tune")) < 0))
        return ret;
    if (o->preset && (ret = check_preset(t, o->preset)) < 0)
        return ret;
    if (o->preset)
        av_dict_set(&t->codec_options, "preset", o->preset, 0);
    if (o->tune)
        av_dict_set(&t->codec_options, "tune", o->tune, 0);
    return set_quality(t, o, e);
}

static void set_muxer_options(PlayTarget *t, int seekable)
{
    const char *name = t->container->name;

    if (!strcmp(name, "mp4") || !strcmp(name, "mov"))
        av_dict_set(&t->muxer_options, "movflags", seekable ? "+faststart" :
                    "+frag_keyframe+empty_moov+default_base_moof", 0);
    if (!strcmp(name, "apng"))
        av_dict_set(&t->muxer_options, "plays", "0", 0);
}

static void set_times(PlayTarget *t, const PlayOptions *o, const struct Container *c)
{
    t->time_base    = c && c->time_base.den ? c->time_base : (AVRational){ 1, 1000 };
    t->max_duration = c ? c->max_duration : 0;
    t->rate         = (AVRational){ 0, 1 };
    if (o->fps > 0) {
        t->rate      = av_d2q(o->fps, 100000);
        t->time_base = av_inv_q(t->rate);
    } else if (c && c->constant) {
        t->rate = av_inv_q(t->time_base);
    }
    t->palette      = c && c->palette && t->pix_fmt == AV_PIX_FMT_PAL8;
    t->opaque_times = !!(t->container->flags & AVFMT_NOTIMESTAMPS);
}

int play_target_choose(PlayTarget *t, const PlayOptions *o, const char *out, int seekable)
{
    const struct Container *c = NULL;
    int ret;

    *t = (PlayTarget){ 0 };
    if ((ret = choose_container(t, o, out, &c)) < 0 ||
        (ret = choose_encoder(t, o, out, c)) < 0 ||
        (ret = set_codec_options(t, o)) < 0)
        return ret;
    set_muxer_options(t, seekable);
    set_times(t, o, c);
    return 0;
}

void play_target_free(PlayTarget *t)
{
    av_dict_free(&t->codec_options);
    av_dict_free(&t->muxer_options);
}
