/*
 * vncrec recording demuxer
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
 * What vncrec and pyvnc2swf write: the server's stream, with the time of day
 * before its messages and, in the newest version, before its rectangles. The
 * time is a struct timeval as the machine has it, so of 8 or of 16 bytes. See
 * doc/formats.md for what was found in real files.
 */

#include <string.h>

#include "libavutil/intreadwrite.h"
#include "libavutil/mem.h"
#include "rfbdemux.h"
#include "rfbwalk.h"

#define MAGIC_SIZE 9

/**
 * How much of the file's end is searched for the last time, at first and then;
 * and how much of a compressed file.
 */
#define SMALL_TAIL   (1 << 20)
#define LARGE_TAIL   (64 << 20)
#define MAX_INFLATE  (INT64_C(512) << 20)
#define WINDOW       (64 << 10)

/** Recordings are not longer, in seconds: the 49 days of other formats. */
#define MAX_SECONDS (UINT32_MAX / 1000)

typedef struct VNCLogDemuxer {
    RFBDemuxer rfb;
    RFBWalk walk;
    int counted;                ///< every stamp begins with a counter, rectangles have stamps
    int time_size;              ///< bytes of a struct timeval
    int64_t base;               ///< the first time, in microseconds since 1970
    int moved;                  ///< the session is to be taken from the stream
    int after_update;           ///< the last message was an update
    uint32_t counter;           ///< of the last stamp,
    uint32_t trial;             ///< and of the last one in a search
} VNCLogDemuxer;

static int vnclog_probe(const AVProbeData *p)
{
    uint8_t buf[MAGIC_SIZE + 4];

    if (ff_rfb_input_probe(p, buf, sizeof(buf)) < sizeof(buf) || memcmp(buf, "vncLog0.", 8) ||
        memcmp(buf + MAGIC_SIZE, "RFB ", 4))
        return 0;
    return AVPROBE_SCORE_MAX;
}

static int stamp_size(const VNCLogDemuxer *v)
{
    return (v->counted ? 4 : 0) + v->time_size;
}

/* seconds(u32) microseconds(u32), or on 64 bit machines seconds(u32) 0(u32)
 * microseconds(u32) 0(u32)
 * @return microseconds since 1970, or -1 if there can be no such time */
static int64_t parse_time(const uint8_t *buf, int size)
{
    uint32_t microseconds = AV_RB32(buf + size / 2);

    if (microseconds >= 1000000 || (size == 16 && (AV_RB32(buf + 4) || AV_RB32(buf + 12))))
        return -1;
    return AV_RB32(buf) * INT64_C(1000000) + microseconds;
}

/** @return ms since the first time, or -1 if there can be no such time */
static int64_t parse_stamp(const VNCLogDemuxer *v, const uint8_t *buf)
{
    int64_t time = parse_time(buf + stamp_size(v) - v->time_size, v->time_size);

    if (time < v->base || time - v->base >= MAX_SECONDS * INT64_C(1000000))
        return -1;
    return (time - v->base) / 1000;
}

/**
 * Whether times have 8 bytes although zeros stand where those of 16 have them:
 * it was a whole second, and an update begins whose first rectangle is at 0,0.
 */
static int is_short(const uint8_t *update)
{
    int32_t encoding = AV_RB32(update + 12);

    if (AV_RB16(update) || !AV_RB16(update + 2) ||
        !strcmp(avpriv_rfb_encoding_name(encoding), "unknown"))
        return 0;
    /* only a pseudo-encoding makes sense without a size */
    return encoding < 0 || (AV_RB16(update + 8) && AV_RB16(update + 10));
}

/** The first time tells how times are written, and when the recording began. */
static int find_stamps(AVFormatContext *s)
{
    VNCLogDemuxer *v = s->priv_data;
    const int counter = v->counted ? 4 : 0;
    const uint8_t *time;
    int ret = ff_rfb_walk_need(&v->walk, &v->rfb.in, counter + 8 + 16);

    v->time_size = 8;
    if (ret < 0)
        return ret == AVERROR_EOF ? 0 : ret;
    time = ff_rfb_walk_data(&v->walk) + counter;
    if (parse_time(time, 16) >= 0 && (v->counted || !is_short(time + 8)))
        v->time_size = 16;
    v->base = parse_time(time, v->time_size);
    if (v->base < 0) {
        av_log(s, AV_LOG_ERROR, "No time of day at byte %"PRId64"\n",
               ff_rfb_walk_offset(&v->walk, &v->rfb.in) + counter);
        return AVERROR_INVALIDDATA;
    }
    ff_rfb_demux_creation_time(s, v->base);
    /* the other ones may be by pyvnc2swf */
    if (v->counted || v->time_size == 16)
        ff_rfb_demux_writer(s, "vncrec");
    return 0;
}

/** Take out the time pos bytes from the start of the message. */
static int take_stamp(AVFormatContext *s, size_t pos)
{
    VNCLogDemuxer *v = s->priv_data;
    int ret = ff_rfb_walk_need(&v->walk, &v->rfb.in, pos + stamp_size(v));
    const uint8_t *stamp;
    int64_t ms;

    if (ret < 0)
        return ret;
    stamp = ff_rfb_walk_data(&v->walk) + pos;
    ms    = parse_stamp(v, stamp);
    if (v->counted && ms < 0 && AV_RB32(stamp) - v->counter > 1)
        return ff_rfb_walk_refuse(&v->walk, "no time, but", AV_RB32(stamp), pos);
    v->counter = AV_RB32(stamp);
    /* pyvnc2swf stamps updates only, and before what comes in front of them */
    if (ms < 0 && !pos && !v->counted && !v->after_update)
        return 0;
    if (ms >= 0)
        ff_rfb_clock(&v->rfb.stream.clock, ms);
    ff_rfb_walk_cut(&v->walk, pos, stamp_size(v));
    return 0;
}

/** @return bytes of the message that is at hand now, or an error */
static int read_message(AVFormatContext *s)
{
    VNCLogDemuxer *v = s->priv_data;
    int ret = take_stamp(s, 0);

    while (ret >= 0 && !(ret = ff_rfb_walk_message(&v->walk, &v->rfb.in)))
        ret = take_stamp(s, v->walk.parser.pos);
    return ret;
}

/**
 * A time before a message or rectangle, for searches: RFBStamp. The counter
 * goes on by one or, if it counts something else, stays.
 */
static int check_stamp(void *opaque, const uint8_t *buf, size_t n, RFBStampPlace place)
{
    VNCLogDemuxer *v = opaque;
    const uint32_t last = v->trial;
    int64_t ms;

    if (place == RFB_STAMP_END || (place == RFB_STAMP_RECT && !v->counted))
        return 0;
    if (n < stamp_size(v))
        return AVERROR(EAGAIN);
    v->trial = AV_RB32(buf);
    ms = parse_stamp(v, buf);
    /* pyvnc2swf stamps updates only */
    if (ms < 0)
        return place == RFB_STAMP_FIRST || v->counted ? AVERROR_INVALIDDATA : 0;
    if (v->counted && v->trial - last > 1 && place != RFB_STAMP_FIRST)
        return AVERROR_INVALIDDATA;
    return stamp_size(v);
}

static int vnclog_read_chunk(AVFormatContext *s)
{
    VNCLogDemuxer *v = s->priv_data;
    RFBStream *stream = &v->rfb.stream;
    RFBInput *in = &v->rfb.in;
    int64_t start;
    int ret;

    if (!stream->begun) {
        ret = ff_rfb_walk_prologue(in, stream);
        return ret > 0 ? find_stamps(s) : ret;
    }
    if (v->moved)
        ff_rfb_walk_begin(&v->walk, &stream->parser);
    v->moved = 0;
    start = ff_rfb_walk_offset(&v->walk, in);
    ret = read_message(s);
    if (ret == AVERROR_EOF && ff_rfb_demux_resume(s))
        ret = ff_rfb_walk_gap(&v->walk, in, &start);
    if (ret == AVERROR_INVALIDDATA) {
        v->after_update = 1;
        return ff_rfb_walk_resync(s, &v->walk, in, stream, start, check_stamp, v);
    }
    /* behind the last message there often is one more time */
    if (ret == AVERROR_EOF && in->pos - start > stamp_size(v)) {
        ret = ff_rfb_walk_end(s, &v->walk, in, stream, start, check_stamp, v);
        if (ret != AVERROR_EOF)
            return ret;
        ff_rfb_walk_drop(&v->walk);
        return ff_rfb_demux_cut_short(s, "a message", start);
    }
    if (ret < 0)
        return ret;
    v->after_update = v->walk.parser.type == RFB_MSG_FRAMEBUFFER_UPDATE;
    return ff_rfb_walk_give(&v->walk, in, stream, ret, stream->clock.now);
}

static int vnclog_seek(AVFormatContext *s, const RFBPlace *place)
{
    VNCLogDemuxer *v = s->priv_data;

    ff_rfb_walk_drop(&v->walk);
    v->moved = v->after_update = 1;
    return ff_rfb_input_seek(&v->rfb.in, place->chunk + place->skip);
}

static const RFBContainer vnclog_container = { vnclog_read_chunk, vnclog_seek };

/** What the search for the last time knows. */
typedef struct Search {
    int64_t ms;                 ///< the last time, -1: none yet
    uint32_t counter[64];       ///< of places that look like a time
    unsigned nb;
} Search;

/** Whether there can be a time: a counter goes on, or a message follows. */
static int is_stamp(const VNCLogDemuxer *v, Search *search, const uint8_t *buf)
{
    const uint8_t *message = buf + stamp_size(v);
    uint32_t counter = AV_RB32(buf);
    int found = !counter;

    if (!v->counted)
        return message[0] <= RFB_MSG_SERVER_CUT_TEXT && (message[0] || !message[1]);
    for (int i = 0; i < FFMIN(search->nb, FF_ARRAY_ELEMS(search->counter)); i++)
        found |= search->counter[i] == counter - 1;
    search->counter[search->nb++ % FF_ARRAY_ELEMS(search->counter)] = counter;
    return found;
}

/** Look through the file from a place on. */
static int search(AVFormatContext *s, Search *found, int64_t pos)
{
    VNCLogDemuxer *v = s->priv_data;
    RFBInput *in = &v->rfb.in;
    const int overlap = stamp_size(v) + (v->counted ? 0 : 2);
    int64_t limit = in->gzip ? pos + MAX_INFLATE : INT64_MAX;
    uint8_t *buf = av_malloc(WINDOW);
    int have = 0, ret = ff_rfb_input_seek(in, pos);

    while (buf && ret >= 0 && in->pos < limit &&
           (ret = ff_rfb_input_read(in, buf + have, WINDOW - have)) > 0) {
        have += ret;
        for (int i = 0; i + overlap <= have; i++) {
            int64_t ms = parse_stamp(v, buf + i);

            if (ms >= 0 && ms / 1000 < MAX_SECONDS && is_stamp(v, found, buf + i))
                found->ms = ms;
        }
        if (have >= overlap) {
            memmove(buf, buf + have - overlap + 1, overlap - 1);
            have = overlap - 1;
        }
    }
    av_free(buf);
    return buf ? ret : AVERROR(ENOMEM);
}

/** Find the last time without walking all of the file. */
static int find_end(AVFormatContext *s)
{
    VNCLogDemuxer *v = s->priv_data;
    RFBInput *in = &v->rfb.in;
    int64_t start = ff_rfb_walk_offset(&v->walk, in), size = ff_rfb_input_size(in);
    Search found = { -1 };
    int ret = 0;

    if (ff_rfb_demux_known_end(s) >= 0)
        ff_rfb_demux_duration(s, ff_rfb_demux_known_end(s));
    if (!in->seekable || ff_rfb_demux_known_end(s) >= 0)
        return 0;
    if (size >= 0)
        ret = search(s, &found, FFMAX(start, size - SMALL_TAIL));
    if (ret >= 0 && found.ms < 0)
        ret = search(s, &found, FFMAX(start, size - LARGE_TAIL));
    ff_rfb_walk_drop(&v->walk);
    if (ret < 0 || (ret = ff_rfb_input_seek(in, start)) < 0)
        return ret;
    ff_rfb_demux_duration(s, found.ms);
    return 0;
}

static int read_magic(AVFormatContext *s)
{
    VNCLogDemuxer *v = s->priv_data;
    uint8_t magic[MAGIC_SIZE];
    int n = ff_rfb_input_read(&v->rfb.in, magic, MAGIC_SIZE), version;

    if (n < 0)
        return n;
    version = n == MAGIC_SIZE && !memcmp(magic, "vncLog0.", 8) ? magic[8] - '0' : -1;
    if (version != 0 && version != 1 && version != 4) {
        av_log(s, AV_LOG_ERROR, "Not a vncrec recording of version 0.0, 0.1 or 0.4\n");
        return version < 0 ? AVERROR_INVALIDDATA : AVERROR_PATCHWELCOME;
    }
    v->counted = v->walk.parser.by_rects = version == 4;
    v->moved   = v->after_update = 1;
    return 0;
}

static int vnclog_read_close(AVFormatContext *s)
{
    VNCLogDemuxer *v = s->priv_data;

    ff_rfb_walk_free(&v->walk);
    return ff_rfb_demux_read_close(s);
}

static int vnclog_read_header(AVFormatContext *s)
{
    int ret = ff_rfb_demux_init(s);

    if (ret >= 0)
        ret = read_magic(s);
    if (ret >= 0)
        ret = ff_rfb_demux_prologue(s, &vnclog_container);
    if (ret >= 0)
        ret = find_end(s);
    if (ret < 0)
        vnclog_read_close(s);
    return ret;
}

static const AVOption vnclog_options[] = {
    RFB_DEMUX_OPTIONS,
    { NULL },
};

static const AVClass vnclog_class = {
    .class_name = "vncrec demuxer",
    .item_name  = av_default_item_name,
    .option     = vnclog_options,
    .version    = LIBAVUTIL_VERSION_INT,
};

const RFB_INPUT_FORMAT ff_vnclog_demuxer = {
    RFB_P(name)       = "vnclog",
    RFB_P(long_name)  = NULL_IF_CONFIG_SMALL("vncrec VNC session recording"),
    RFB_P(flags)      = AVFMT_NO_BYTE_SEEK | AVFMT_SEEK_TO_PTS,
    RFB_P(priv_class) = &vnclog_class,
    .priv_data_size   = sizeof(VNCLogDemuxer),
    .read_probe       = vnclog_probe,
    .read_header      = vnclog_read_header,
    .read_packet      = ff_rfb_demux_read_packet,
    .read_seek        = ff_rfb_demux_read_seek,
    .read_close       = vnclog_read_close,
};
