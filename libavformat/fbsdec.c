/*
 * FBS (VNC session recording) demuxer
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
 * FBS files as rfbproxy, VNC Reflector, TightVNC's viewer, node's rfb2, OpenAI
 * Universe, Flashlight-VNC and others write them. There is no specification;
 * see doc/formats.md for what was found in real files.
 */

#include <stdlib.h>
#include <string.h>

#include "libavutil/avstring.h"
#include "libavutil/intreadwrite.h"
#include "fbsscan.h"
#include "rfbdemux.h"

/** Longer blocks are read in pieces. */
#define CHUNK_SIZE (1 << 20)

/** The block at hand was no block: mend() went to the next one. */
#define MENDED AVERROR(EILSEQ)

/** Before a gap in compressed data, so many bytes may be wrong, and longer steps in time, in ms. */
#define DOUBTFUL_SIZE (64 << 10)
#define DOUBTFUL_STEP (3600 * 1000)

/** Longest line of JSON. */
#define MAX_LINE 4096

typedef struct FBSDemuxer {
    RFBDemuxer rfb;
    const FBSLayout *layout;
    int64_t size;               ///< bytes of the file, -1: it cannot be searched
    int64_t pos;                ///< file offset of the block at hand, -1: none was read yet
    int64_t last_pos;           ///< of the one before it
    RFBClock before, last_before; ///< at the start of the two
    int mends;
    FBSBlock block;
    uint32_t done;              ///< bytes of it that were read; == its size: at a block's start
    uint32_t skip;              ///< of these are not wanted after a seek
    int64_t from, to;           ///< ms at its start and end
    int last;                   ///< nothing can be read behind this block,
    int cut_short;              ///< since the file ends in it
} FBSDemuxer;

static int fbs_probe(const AVProbeData *p)
{
    uint8_t buf[512];
    int n = ff_rfb_input_probe(p, buf, sizeof(buf));

    if (n < FBS_MAGIC_SIZE || !ff_fbs_layout(buf))
        return 0;
    /* blocks may be as small as a byte, or something else come first */
    for (int i = FBS_MAGIC_SIZE; i + 4 <= n; i++)
        if (!memcmp(buf + i, "RFB ", 4))
            return AVPROBE_SCORE_MAX;
    return AVPROBE_SCORE_MAX - 1;
}

/** Go on at a block that was found. @return 1 or a negative AVERROR code */
static int go_on(FBSDemuxer *fbs, int64_t next)
{
    int ret = ff_rfb_input_seek(&fbs->rfb.in, next);

    fbs->rfb.stream.clock = fbs->last_before;
    fbs->block.size = fbs->done = fbs->last = fbs->cut_short = fbs->skip = 0;
    fbs->pos = -1;
    return ret < 0 ? ret : 1;
}

/**
 * The input ended, since compressed data are damaged, and went on behind.
 * @return 1, 0 if there are no blocks, or a negative AVERROR code
 */
static int cross_gap(AVFormatContext *s)
{
    FBSDemuxer *fbs = s->priv_data;
    RFBInput *in = &fbs->rfb.in;
    int64_t next = fbs->rfb.stream.begun ? ff_fbs_scan_behind(in, fbs->layout, in->pos,
                                                              fbs->last_before.last) : 0;

    if (next <= 0)
        return next;
    ff_rfb_stream_gap(&fbs->rfb.stream, RFB_INPUT_GAP, in->passed, next);
    return go_on(fbs, next);
}

/**
 * The block at hand cannot be one: it is damaged, or the length of the one
 * before it is. Go on with the next good one.
 * @return 1, 0 if there is none, or a negative AVERROR code
 */
static int mend(AVFormatContext *s, const char *what, uint32_t value)
{
    FBSDemuxer *fbs = s->priv_data;
    RFBInput *in = &fbs->rfb.in;
    int64_t pos = fbs->pos, next;
    int ret;

    if ((fbs->size < 0 && (!in->gzip || !in->seekable)) || !fbs->rfb.stream.begun ||
        fbs->mends++ >= FBS_MAX_MENDS)
        return 0;
    if ((ret = ff_rfb_input_doubt(in, pos)) <= 0)
        return ret || !ff_rfb_demux_resume(s) ? ret : cross_gap(s);
    next = ff_fbs_scan_resume(in, fbs->layout, fbs->last_pos + fbs->layout->head,
                              fbs->last_before.last);
    if (next <= 0)
        return next;
    av_log(s, fbs->rfb.guessing ? AV_LOG_DEBUG : AV_LOG_ERROR, "%s %"PRIu32" at byte %"PRId64
           " is not one: going on with the block at byte %"PRId64"\n", what, value, pos, next);
    ff_rfb_stream_gap(&fbs->rfb.stream, what, value, pos);
    return go_on(fbs, next);
}

/** Whether compressed data are damaged soon, so that what is read may be wrong already. */
static int is_before_gap(const RFBInput *in)
{
    return in->passed < in->nb_gaps && in->gap[in->passed].pos - in->pos < DOUBTFUL_SIZE;
}

/**
 * The time of a block whose data was read, or the last one when the file ends there.
 * @return ms, MENDED if it cannot be true, or another error
 */
static int64_t read_block_time(AVFormatContext *s)
{
    FBSDemuxer *fbs = s->priv_data;
    RFBClock *clock = &fbs->rfb.stream.clock;
    uint8_t tail[FBS_MAX_TAIL];
    int n = ff_fbs_tail_size(fbs->layout, fbs->block.size), first = !clock->started, ret;
    uint32_t ms;

    if (ff_rfb_input_read(&fbs->rfb.in, tail, n) != n) {
        fbs->last = fbs->cut_short = 1;
        return fbs->from;
    }
    if (fbs->layout->json && !fbs->block.size && tail[0] == '{') {
        fbs->last = 1;
        return fbs->from;
    }
    ms = ff_fbs_tail_time(fbs->layout, &fbs->block, tail);
    if (!first && ms - clock->last > DOUBTFUL_STEP && is_before_gap(&fbs->rfb.in))
        return fbs->from;
    if (!first && fbs->size >= 0 &&
        !ff_fbs_scan_time(&fbs->rfb.in, fbs->layout, fbs->rfb.in.pos, clock->last, ms) &&
        (ret = mend(s, "Block time", ms)))
        return ret < 0 ? ret : MENDED;
    ff_rfb_clock(clock, ms);
    /* what comes first did not take the time since the counter was zero */
    if (first && clock->now > RFB_MAX_LEAD)
        fbs->from = fbs->rfb.stream.to = clock->now;
    return clock->now;
}

/** Whether what is not there yet may come. */
static int may_grow(const FBSDemuxer *fbs)
{
    return fbs->rfb.growing && fbs->rfb.in.seekable && !fbs->rfb.in.gzip;
}

/**
 * The block at hand is not all there yet: read it again later.
 * @param done bytes of its data that were used
 */
static int come_back(FBSDemuxer *fbs, uint32_t done)
{
    int ret = ff_rfb_input_seek(&fbs->rfb.in, fbs->pos);

    fbs->skip += done;
    fbs->block.size = fbs->done = fbs->last = fbs->cut_short = 0;
    return ret < 0 ? ret : AVERROR(EAGAIN);
}

/** Whether a block is read piece by piece, and its time before it. */
static int looks_ahead(const FBSDemuxer *fbs)
{
    return fbs->block.size > CHUNK_SIZE && fbs->rfb.in.seekable && !fbs->rfb.in.gzip;
}

/** Whether the file ends before an offset, as far as it has grown by now. */
static int ends_before(FBSDemuxer *fbs, int64_t pos)
{
    if (fbs->size >= 0 && pos > fbs->size)
        fbs->size = ff_rfb_input_size(&fbs->rfb.in);
    return fbs->size >= 0 && pos > fbs->size;
}

static int open_block(AVFormatContext *s)
{
    FBSDemuxer *fbs = s->priv_data;
    RFBInput *in = &fbs->rfb.in;
    uint8_t head[FBS_MAX_HEAD];
    int n, ret;

    fbs->last_pos    = fbs->pos < 0 ? in->pos : fbs->pos;
    fbs->last_before = fbs->pos < 0 ? fbs->rfb.stream.clock : fbs->before;
    fbs->before      = fbs->rfb.stream.clock;
    fbs->pos  = in->pos;
    fbs->from = fbs->rfb.stream.clock.now;
    n = ff_rfb_input_read(in, head, fbs->layout->head);
    if (n >= 0 && n < fbs->layout->head && may_grow(fbs))
        return come_back(fbs, 0);
    if (n < fbs->layout->head)
        return n > 0 ? ff_rfb_demux_cut_short(s, "a block's head", fbs->pos) : n ? n : AVERROR_EOF;
    fbs->layout->read_head(&fbs->block, head);
    fbs->done = 0;
    /* where a file was cut off, there is nothing to go on with */
    if ((fbs->block.size > FBS_MAX_DATA || ends_before(fbs, in->pos + fbs->block.size)) &&
        (ret = mend(s, "Block length", fbs->block.size)))
        return ret < 0 ? ret : MENDED;
    if (fbs->block.size > FBS_MAX_DATA) {
        av_log(s, fbs->rfb.guessing ? AV_LOG_DEBUG : AV_LOG_ERROR, "Block length %"PRIu32" at byte "
               "%"PRId64" is not one: what is behind it cannot be read\n", fbs->block.size,
               fbs->pos);
        return AVERROR_INVALIDDATA;
    }
    fbs->to = fbs->from;
    /* the time stands behind the data but is needed before */
    if (looks_ahead(fbs)) {
        int64_t data = in->pos;

        if (ff_rfb_input_seek(in, data + fbs->block.size) >= 0 &&
            (fbs->to = read_block_time(s)) < 0)
            return fbs->to;
        if (fbs->cut_short && may_grow(fbs))
            return come_back(fbs, 0);
        fbs->last = fbs->cut_short = 0;
        return ff_rfb_input_seek(in, data);
    }
    return 0;
}

/** A block is done: its time, unless open_block() has looked. */
static int close_block(AVFormatContext *s)
{
    FBSDemuxer *fbs = s->priv_data;
    RFBInput *in = &fbs->rfb.in;

    if (looks_ahead(fbs))
        return ff_rfb_input_seek(in, in->pos + ff_fbs_tail_size(fbs->layout, fbs->block.size));
    fbs->to = read_block_time(s);
    return FFMIN(fbs->to, 0);
}

/** Open the next block of the stream's data. */
static int next_block(AVFormatContext *s)
{
    FBSDemuxer *fbs = s->priv_data;
    int ret;

    while (!(ret = fbs->last ? AVERROR_EOF : open_block(s)) &&
           fbs->block.type != FBS_BLOCK_DATA) {
        uint8_t buf[256];

        for (uint32_t left = fbs->block.size; left; left -= ret) {
            ret = ff_rfb_input_read(&fbs->rfb.in, buf, FFMIN(left, sizeof(buf)));
            if (!ret && may_grow(fbs))
                return come_back(fbs, 0);
            if (ret <= 0)
                return ret < 0 ? ret : ff_rfb_demux_cut_short(s, "a block", fbs->pos);
        }
        fbs->done = fbs->block.size;
    }
    return ret;
}

static int read_chunk(AVFormatContext *s)
{
    FBSDemuxer *fbs = s->priv_data;
    FBSBlock *block = &fbs->block;
    uint32_t part, skip, want, got;
    int64_t pos, time;
    uint8_t *buf;
    int ret;

    if (fbs->done == block->size && (ret = next_block(s)) < 0)
        return ret == MENDED ? 0 : ret;
    if (fbs->cut_short)
        return AVERROR_EOF;
    want = FFMIN(block->size - fbs->done, CHUNK_SIZE);
    if (!(buf = ff_rfb_stream_reserve(&fbs->rfb.stream, want)))
        return AVERROR(ENOMEM);
    pos = fbs->rfb.in.pos;
    ret = ff_rfb_input_read(&fbs->rfb.in, buf, want);
    if (ret < 0)
        return ret;
    got  = ret;
    part = fbs->done;
    fbs->done += got;
    if (got < want)
        fbs->last = fbs->cut_short = 1;
    else if (fbs->done == block->size && (ret = close_block(s)) < 0)
        return ret == MENDED ? 0 : ret;
    if (fbs->cut_short && may_grow(fbs))
        return come_back(fbs, part);
    if (fbs->cut_short)
        ff_rfb_demux_cut_short(s, "a block", fbs->pos);
    /* pieces of a block that lie before the place of a seek */
    skip = FFMIN(fbs->skip, got);
    fbs->skip -= skip;
    if (skip == got && part + got < block->size)
        return 0;
    time = fbs->to;
    if (block->size)
        time = fbs->from + av_rescale(fbs->to - fbs->from, fbs->done, block->size);
    /* what came before damage may have been too late */
    ff_rfb_stream_chunk(&fbs->rfb.stream, got, skip, FFMAX(time, fbs->rfb.stream.to), fbs->pos, pos,
                        part);
    return 0;
}

static int fbs_read_chunk(AVFormatContext *s)
{
    FBSDemuxer *fbs = s->priv_data;
    int ret = read_chunk(s);

    if (ret != AVERROR_EOF || !ff_rfb_demux_resume(s))
        return ret;
    ret = cross_gap(s);
    if (!ret && !fbs->rfb.guessing)
        av_log(s, AV_LOG_ERROR, "No blocks can be found behind the gap\n");
    return ret > 0 ? 0 : ret ? ret : AVERROR_INVALIDDATA;
}

static int fbs_seek(AVFormatContext *s, const RFBPlace *place)
{
    FBSDemuxer *fbs = s->priv_data;

    fbs->block.size = fbs->done = fbs->last = fbs->cut_short = fbs->mends = 0;
    fbs->pos  = -1;
    fbs->skip = place->skip;
    return ff_rfb_input_seek(&fbs->rfb.in, place->chunk);
}

static const RFBContainer fbs_container = { fbs_read_chunk, fbs_seek };

/* {"start": seconds since 1970} */
static int read_json_line(AVFormatContext *s)
{
    FBSDemuxer *fbs = s->priv_data;
    char line[MAX_LINE + 1], *start;
    double seconds = 0;
    int n = 0;

    do {
        if (n == MAX_LINE || ff_rfb_input_read(&fbs->rfb.in, line + n, 1) != 1) {
            av_log(s, AV_LOG_ERROR, "No line of JSON at byte %d\n", FBS_MAGIC_SIZE);
            return AVERROR_INVALIDDATA;
        }
    } while (line[n++] != '\n');
    line[n] = 0;
    if ((start = strstr(line, "\"start\"")))
        seconds = strtod(start + strcspn(start, "0123456789\n"), NULL);
    if (seconds > 0 && seconds < 1e10)
        ff_rfb_demux_creation_time(s, seconds * 1e6);
    return 0;
}

static int read_file_header(AVFormatContext *s)
{
    FBSDemuxer *fbs = s->priv_data;
    uint8_t magic[FBS_MAGIC_SIZE];
    int n = ff_rfb_input_read(&fbs->rfb.in, magic, FBS_MAGIC_SIZE), ret;

    if (n < FBS_MAGIC_SIZE || !(fbs->layout = ff_fbs_layout(magic))) {
        av_log(s, AV_LOG_ERROR, "Not an FBS file of a version that is known\n");
        return n < 0 ? n : AVERROR_INVALIDDATA;
    }
    if (fbs->layout->json && (ret = read_json_line(s)) < 0)
        return ret;
    fbs->layout = ff_fbs_scan_layout(&fbs->rfb.in, fbs->layout);
    return 0;
}

/** Universe records what the client sent in a file of the same format. */
static int is_client(const RFBStream *stream)
{
    return stream->size >= 16 && !memcmp(stream->buf, "RFB 003.003\n", 12) &&
           AV_RB32(stream->buf + 12) > 2;
}

/** Some variants have one writer that is known. */
static void note_writer(AVFormatContext *s)
{
    const FBSDemuxer *fbs = s->priv_data;

    if (fbs->layout->json)
        ff_rfb_demux_writer(s, "OpenAI Universe");
    else if (fbs->layout->time == FBS_TIME_BEFORE)
        ff_rfb_demux_writer(s, "Flashlight-VNC");
    else if (fbs->layout == &ff_fbs_layout_node)
        ff_rfb_demux_writer(s, "node-rfb2");
}

static int fbs_read_header(AVFormatContext *s)
{
    FBSDemuxer *fbs = s->priv_data;
    int64_t end = 0;
    int ret = ff_rfb_demux_init(s), estimate = 0;

    if (ret >= 0)
        ret = read_file_header(s);
    fbs->pos  = -1;
    fbs->size = fbs->rfb.in.seekable && !fbs->rfb.growing ? ff_rfb_input_size(&fbs->rfb.in) : -1;
    if (ret >= 0 && fbs->rfb.in.seekable && (end = ff_rfb_demux_known_end(s)) < 0)
        end = ff_fbs_scan_end(&fbs->rfb.in, fbs->layout, &estimate);
    if (ret >= 0 && (ret = FFMIN(end, 0)) >= 0) {
        ret = ff_rfb_demux_prologue(s, &fbs_container);
        if (ret < 0 && is_client(&fbs->rfb.stream))
            av_log(s, AV_LOG_ERROR, "This is what the client sent; the pictures are in the "
                   "server's recording, usually server.fbs beside it\n");
    }
    if (ret < 0) {
        ff_rfb_demux_read_close(s);
        return ret;
    }
    note_writer(s);
    if (!estimate)
        ff_rfb_demux_duration(s, end);
    else if (!fbs->rfb.max_gap)
        s->streams[0]->duration = end;
    return ret;
}

static const AVOption fbs_options[] = {
    RFB_DEMUX_OPTIONS,
    { "growing", "the file is still being written: at its end say to come again",
      RFB_OPT(growing), AV_OPT_TYPE_BOOL, { .i64 = 0 }, 0, 1, RFB_FLAGS },
    { NULL },
};

static const AVClass fbs_class = {
    .class_name = "FBS demuxer",
    .item_name  = av_default_item_name,
    .option     = fbs_options,
    .version    = LIBAVUTIL_VERSION_INT,
};

const RFB_INPUT_FORMAT ff_fbs_demuxer = {
    RFB_P(name)       = "fbs",
    RFB_P(long_name)  = NULL_IF_CONFIG_SMALL("FBS (VNC session recording)"),
    RFB_P(flags)      = AVFMT_NO_BYTE_SEEK | AVFMT_SEEK_TO_PTS,
    RFB_P(priv_class) = &fbs_class,
    .priv_data_size   = sizeof(FBSDemuxer),
    .read_probe       = fbs_probe,
    .read_header      = fbs_read_header,
    .read_packet      = ff_rfb_demux_read_packet,
    .read_seek        = ff_rfb_demux_read_seek,
    .read_close       = ff_rfb_demux_read_close,
};
