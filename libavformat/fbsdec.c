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
 * FBS files as rfbproxy, VNC Reflector, TightVNC's viewer and others write
 * them. There is no specification; see doc/formats.md for what was found in
 * real files.
 */

#include "libavutil/avstring.h"
#include "libavutil/intreadwrite.h"
#include "rfbdemux.h"

#define MAGIC_SIZE 12

/** Longer blocks are read in pieces. */
#define CHUNK_SIZE (1 << 20)

/** No recorder writes longer ones. */
#define MAX_BLOCK (1 << 30)

typedef struct FBSDemuxer {
    RFBDemuxer rfb;
    int64_t pos;                ///< file offset of the block at hand
    uint32_t size;              ///< bytes of its data
    uint32_t done;              ///< of these were read; == size: at a block's start
    uint32_t skip;              ///< of these are not wanted after a seek
    int64_t from, to;           ///< ms at its start and end
    int cut_short;              ///< the file ends in this block
} FBSDemuxer;

static int fbs_probe(const AVProbeData *p)
{
    uint8_t buf[MAGIC_SIZE];

    if (ff_rfb_input_probe(p, buf, MAGIC_SIZE) < MAGIC_SIZE ||
        (memcmp(buf, "FBS 001.000\n", MAGIC_SIZE) && memcmp(buf, "FBS 001.001\n", MAGIC_SIZE)))
        return 0;
    return AVPROBE_SCORE_MAX;
}

/** Bytes from a block's data up to the next block. */
static int64_t tail_size(uint32_t size)
{
    return (-size & 3) + 4;
}

/** The time behind a block's data, or the last one when the file ends there. */
static int64_t read_time(AVFormatContext *s, uint32_t size)
{
    FBSDemuxer *fbs = s->priv_data;
    uint8_t tail[8];
    int n = tail_size(size);

    if (ff_rfb_input_read(&fbs->rfb.in, tail, n) != n) {
        fbs->cut_short = 1;
        return fbs->from;
    }
    return ff_rfb_clock(&fbs->rfb.stream.clock, AV_RB32(tail + n - 4));
}

static int looks_ahead(const FBSDemuxer *fbs)
{
    return fbs->size > CHUNK_SIZE && fbs->rfb.in.seekable && !fbs->rfb.in.gzip;
}

/* size(u32) data padding-to-4 time(u32 ms) */
static int open_block(AVFormatContext *s)
{
    FBSDemuxer *fbs = s->priv_data;
    RFBInput *in = &fbs->rfb.in;
    uint8_t word[4];
    int n;

    fbs->pos  = in->pos;
    fbs->from = fbs->rfb.stream.clock.now;
    n = ff_rfb_input_read(in, word, 4);
    if (n < 4)
        return n > 0 ? ff_rfb_demux_cut_short(s, "a block's length", fbs->pos) : n ? n : AVERROR_EOF;
    fbs->size = AV_RB32(word);
    fbs->done = 0;
    if (fbs->size > MAX_BLOCK) {
        av_log(s, AV_LOG_ERROR, "Block length %"PRIu32" at byte %"PRId64" is not one: what is "
               "behind it cannot be read\n", fbs->size, fbs->pos);
        return AVERROR_INVALIDDATA;
    }
    fbs->to = fbs->from;
    /* the time stands behind the data but is needed before */
    if (looks_ahead(fbs)) {
        int64_t data = in->pos;

        if (ff_rfb_input_seek(in, data + fbs->size) >= 0)
            fbs->to = read_time(s, fbs->size);
        fbs->cut_short = 0;
        return ff_rfb_input_seek(in, data);
    }
    return 0;
}

/** A block is done: its time, unless open_block() has looked. */
static int close_block(AVFormatContext *s)
{
    FBSDemuxer *fbs = s->priv_data;

    if (looks_ahead(fbs))
        return ff_rfb_input_seek(&fbs->rfb.in, fbs->rfb.in.pos + tail_size(fbs->size));
    fbs->to = read_time(s, fbs->size);
    return 0;
}

static int fbs_read_chunk(AVFormatContext *s)
{
    FBSDemuxer *fbs = s->priv_data;
    uint32_t part, skip, want, got;
    uint8_t *buf;
    int64_t pos;
    int ret;

    if (fbs->cut_short)
        return AVERROR_EOF;
    if (fbs->done == fbs->size && (ret = open_block(s)) < 0)
        return ret;
    want = FFMIN(fbs->size - fbs->done, CHUNK_SIZE);
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
        fbs->cut_short = 1;
    else if (fbs->done == fbs->size && (ret = close_block(s)) < 0)
        return ret;
    if (fbs->cut_short)
        ff_rfb_demux_cut_short(s, "a block", fbs->pos);
    /* pieces of a block that lie before the place of a seek */
    skip = FFMIN(fbs->skip, got);
    fbs->skip -= skip;
    if (skip == got && part + got < fbs->size)
        return 0;
    ff_rfb_stream_chunk(&fbs->rfb.stream, got, skip,
                        fbs->size ? fbs->from + av_rescale(fbs->to - fbs->from, fbs->done,
                                                           fbs->size) : fbs->to,
                        fbs->pos, pos, part);
    return 0;
}

static int fbs_seek(AVFormatContext *s, const RFBPlace *place)
{
    FBSDemuxer *fbs = s->priv_data;

    fbs->size = fbs->done = fbs->cut_short = 0;
    fbs->skip = place->skip;
    return ff_rfb_input_seek(&fbs->rfb.in, place->chunk);
}

/** Walk over the blocks to the last time that is there. */
static int64_t find_end(AVFormatContext *s)
{
    FBSDemuxer *fbs = s->priv_data;
    RFBInput *in = &fbs->rfb.in;
    int64_t pos = MAGIC_SIZE, size = ff_rfb_input_size(in);
    RFBClock clock = { 0 };
    uint8_t word[4];

    if (!in->seekable)
        return 0;
    while (ff_rfb_input_seek(in, pos) >= 0 && ff_rfb_input_read(in, word, 4) == 4) {
        uint32_t n = AV_RB32(word);

        pos += 4 + n + tail_size(n);
        if (n > MAX_BLOCK || (size >= 0 && pos > size) || ff_rfb_input_seek(in, pos - 4) < 0 ||
            ff_rfb_input_read(in, word, 4) < 4)
            break;
        ff_rfb_clock(&clock, AV_RB32(word));
    }
    return ff_rfb_input_seek(in, MAGIC_SIZE) < 0 ? 0 : clock.now;
}

static const RFBContainer fbs_container = { fbs_read_chunk, fbs_seek };

static int fbs_read_header(AVFormatContext *s)
{
    FBSDemuxer *fbs = s->priv_data;
    int64_t end = 0;
    int ret = ff_rfb_demux_init(s);

    if (ret >= 0)
        ret = ff_rfb_input_seek(&fbs->rfb.in, MAGIC_SIZE);
    if (ret >= 0) {
        end = find_end(s);
        ret = ff_rfb_demux_prologue(s, &fbs_container);
    }
    if (ret < 0)
        ff_rfb_demux_read_close(s);
    else
        ff_rfb_demux_duration(s, end);
    return ret;
}

static const AVOption fbs_options[] = {
    RFB_DEMUX_OPTIONS,
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
