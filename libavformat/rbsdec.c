/*
 * vprix RBS demuxer
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
 * What vprix's vncproxy records: a handshake, then FramebufferUpdates, each
 * with the nanoseconds since the one before behind it. No lengths: the updates
 * have to be walked. The times of a file follow from all before them.
 */

#include <string.h>

#include "libavutil/intreadwrite.h"
#include "rfbdemux.h"
#include "rfbwalk.h"

#define MAGIC      "RBS 001.001\n"
#define MAGIC_SIZE 12
#define TIME_SIZE  8

/** The 49 days of other formats, in nanoseconds. */
#define MAX_WAIT (UINT32_MAX * INT64_C(1000000))

/** More than this needs proof, nanoseconds: an hour. */
#define LONG_WAIT INT64_C(3600000000000)

/** An update's head with that of a rectangle. */
#define UPDATE_HEAD 16

/** Files up to this size are walked to learn the duration. */
#define MAX_WALK (INT64_C(256) << 20)

typedef struct RBSDemuxer {
    RFBDemuxer rfb;             ///< its stream's clock counts nanoseconds in now
    RFBWalk walk;
    int moved;                  ///< the session is to be taken from the stream
} RBSDemuxer;

static int rbs_probe(const AVProbeData *p)
{
    uint8_t buf[MAGIC_SIZE + 4];

    if (ff_rfb_input_probe(p, buf, sizeof(buf)) < sizeof(buf) ||
        memcmp(buf, MAGIC "RFB ", sizeof(buf)))
        return 0;
    return AVPROBE_SCORE_MAX;
}

/** @return whether there can be so many nanoseconds between two updates */
static int is_time(int64_t ns)
{
    return ns >= 0 && ns <= MAX_WAIT;
}

/** Whether the next update seems to begin n bytes from what is at hand, or nothing does. */
static int begins(RBSDemuxer *r, size_t n)
{
    const uint8_t *b;

    if (ff_rfb_walk_need(&r->walk, &r->rfb.in, n + UPDATE_HEAD) < 0)
        return r->walk.size - r->walk.head == n;
    b = ff_rfb_walk_data(&r->walk) + n;
    return b[0] == RFB_MSG_FRAMEBUFFER_UPDATE &&
           (!AV_RB16(b + 2) || strcmp(avpriv_rfb_encoding_name(AV_RB32(b + 12)), "unknown"));
}

/** The time behind an update, for searches: RFBStamp. */
static int check_time(void *opaque, const uint8_t *buf, size_t n, RFBStampPlace place)
{
    if (place != RFB_STAMP_END)
        return 0;
    if (n < TIME_SIZE)
        return AVERROR(EAGAIN);
    return is_time(AV_RB64(buf)) ? TIME_SIZE : AVERROR_INVALIDDATA;
}

/**
 * Read an update and its time.
 * @return the update's bytes, which are at hand, or an error
 */
static int read_update(RBSDemuxer *r, int64_t *ns)
{
    int n = ff_rfb_walk_message(&r->walk, &r->rfb.in), ret;

    if (n < 0)
        return n;
    if ((ret = ff_rfb_walk_need(&r->walk, &r->rfb.in, n + TIME_SIZE)) < 0)
        return ret;
    *ns = AV_RB64(ff_rfb_walk_data(&r->walk) + n);
    /* one that is long moves all that comes behind it */
    if (*ns > LONG_WAIT && !begins(r, n + TIME_SIZE))
        *ns = -1;
    ff_rfb_walk_cut(&r->walk, n, TIME_SIZE);
    return n;
}

static int rbs_read_chunk(AVFormatContext *s)
{
    RBSDemuxer *r = s->priv_data;
    RFBStream *stream = &r->rfb.stream;
    RFBInput *in = &r->rfb.in;
    int64_t start, ns;
    int ret;

    if (!stream->begun)
        return FFMIN(ff_rfb_walk_prologue(in, stream), 0);
    if (r->moved)
        ff_rfb_walk_begin(&r->walk, &stream->parser);
    r->moved = 0;
    start = ff_rfb_walk_offset(&r->walk, in);
    ret = read_update(r, &ns);
    if (ret == AVERROR_EOF && ff_rfb_demux_resume(s))
        ret = ff_rfb_walk_gap(&r->walk, in, &start);
    if (ret == AVERROR_INVALIDDATA)
        return ff_rfb_walk_resync(s, &r->walk, in, stream, start, check_time, NULL);
    if (ret == AVERROR_EOF && in->pos > start) {
        ret = ff_rfb_walk_end(s, &r->walk, in, stream, start, check_time, NULL);
        if (ret != AVERROR_EOF)
            return ret;
        ff_rfb_walk_drop(&r->walk);
        return ff_rfb_demux_cut_short(s, "an update", start);
    }
    if (ret < 0)
        return ret;
    if (is_time(ns))
        stream->clock.now += FFMIN(ns, INT64_MAX - stream->clock.now);
    else if (!r->rfb.guessing)
        av_log(s, AV_LOG_ERROR, "The time at byte %"PRId64" cannot be true: taking it for 0\n",
               start + ret);
    return ff_rfb_walk_give(&r->walk, in, stream, ret, stream->clock.now / 1000000);
}

static int rbs_seek(AVFormatContext *s, const RFBPlace *place)
{
    RBSDemuxer *r = s->priv_data;

    ff_rfb_walk_drop(&r->walk);
    r->moved = 1;
    return ff_rfb_input_seek(&r->rfb.in, place->chunk + place->skip);
}

static const RFBContainer rbs_container = { rbs_read_chunk, rbs_seek };

/** Add up the times, unless there is too much to walk. */
static int find_duration(AVFormatContext *s)
{
    RBSDemuxer *r = s->priv_data;
    RFBInput *in = &r->rfb.in;
    int64_t start = ff_rfb_walk_offset(&r->walk, in), sum = 0, ns;
    int n;

    if (ff_rfb_demux_known_end(s) >= 0) {
        ff_rfb_demux_duration(s, ff_rfb_demux_known_end(s));
        return 0;
    }
    if (!in->seekable || r->rfb.max_gap || ff_rfb_input_size(in) > MAX_WALK)
        return 0;
    ff_rfb_walk_begin(&r->walk, &r->rfb.stream.parser);
    while (in->pos < MAX_WALK) {
        int64_t begin = ff_rfb_walk_offset(&r->walk, in);

        n = read_update(r, &ns);
        if (n == AVERROR_EOF && ff_rfb_input_resume(in))
            n = ff_rfb_walk_gap(&r->walk, in, &begin);
        else if (n == AVERROR_EOF && in->pos > begin)
            n = ff_rfb_walk_search(&r->walk, in, begin, 1, check_time, NULL);
        if (n == AVERROR_INVALIDDATA)
            n = ff_rfb_walk_search(&r->walk, in, begin, 0, check_time, NULL);
        else if (n > 0)
            sum += is_time(ns) ? FFMIN(ns, INT64_MAX - sum) : 0;
        if (n < 0)
            break;
        ff_rfb_walk_cut(&r->walk, 0, n);
    }
    ff_rfb_walk_drop(&r->walk);
    r->moved = 1;
    if (in->pos < MAX_WALK)
        ff_rfb_demux_duration(s, sum / 1000000);
    return ff_rfb_input_seek(in, start);
}

static int read_magic(AVFormatContext *s)
{
    RBSDemuxer *r = s->priv_data;
    uint8_t magic[MAGIC_SIZE];
    int n = ff_rfb_input_read(&r->rfb.in, magic, MAGIC_SIZE);

    if (n < 0)
        return n;
    r->moved = 1;
    if (n == MAGIC_SIZE && !memcmp(magic, MAGIC, MAGIC_SIZE))
        return 0;
    av_log(s, AV_LOG_ERROR, "Not an RBS file of version 001.001\n");
    return AVERROR_INVALIDDATA;
}

static int rbs_read_close(AVFormatContext *s)
{
    RBSDemuxer *r = s->priv_data;

    ff_rfb_walk_free(&r->walk);
    return ff_rfb_demux_read_close(s);
}

static int rbs_read_header(AVFormatContext *s)
{
    int ret = ff_rfb_demux_init(s);

    if (ret >= 0)
        ret = read_magic(s);
    if (ret >= 0)
        ret = ff_rfb_demux_prologue(s, &rbs_container);
    if (ret >= 0)
        ret = find_duration(s);
    if (ret < 0)
        rbs_read_close(s);
    else
        ff_rfb_demux_writer(s, "vncproxy");
    return ret;
}

static const AVOption rbs_options[] = {
    RFB_DEMUX_OPTIONS,
    { NULL },
};

static const AVClass rbs_class = {
    .class_name = "RBS demuxer",
    .item_name  = av_default_item_name,
    .option     = rbs_options,
    .version    = LIBAVUTIL_VERSION_INT,
};

const RFB_INPUT_FORMAT ff_rbs_demuxer = {
    RFB_P(name)       = "rbs",
    RFB_P(long_name)  = NULL_IF_CONFIG_SMALL("RBS (vprix VNC session recording)"),
    RFB_P(flags)      = AVFMT_NO_BYTE_SEEK | AVFMT_SEEK_TO_PTS,
    RFB_P(priv_class) = &rbs_class,
    .priv_data_size   = sizeof(RBSDemuxer),
    .read_probe       = rbs_probe,
    .read_header      = rbs_read_header,
    .read_packet      = ff_rfb_demux_read_packet,
    .read_seek        = ff_rfb_demux_read_seek,
    .read_close       = rbs_read_close,
};
