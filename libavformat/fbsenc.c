/*
 * FBS (VNC session recording) muxer
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
 * Writes FBS as every reader known can read it: version 001.000, RFB 3.3
 * without authentication, no block without data, no block of more than 64 KB,
 * and blocks that end where messages end unless a message is larger.
 *
 * The time of a block says when it came, so a file has no place for how long
 * the last picture stays. If it does, a Bell is written when it ends: a message
 * that all readers know and that shows nothing.
 */

#include <string.h>

#include "libavutil/intreadwrite.h"
#include "libavcodec/rfb.h"
#include "libavcodec/rfb_compat.h"
#include "libavcodec/rfb_state.h"
#include "libavutil/mem.h"
#include "avformat.h"
#include "fbs.h"
#include "fbsresume.h"
#include "internal.h"
#include "version.h"

#if LIBAVFORMAT_VERSION_MAJOR >= 60
#include "mux.h"
#define RFB_OUTPUT_FORMAT FFOutputFormat
#define RFB_P(field) .p.field
#else
#define RFB_OUTPUT_FORMAT AVOutputFormat
#define RFB_P(field) .field
#endif

/** An update of two rectangles: Display Mode Change, DesktopSize. */
#define PREFIX_SIZE (4 + 12 + RFB_PIXEL_FORMAT_SIZE + 12)

typedef struct FBSMuxer {
    RFBParser parser;
    int lost;                   ///< it cannot read what comes
    int begun;
    int64_t now;                ///< ms, of the last block
    int64_t end;                ///< ms, when the last picture ends
} FBSMuxer;

static int fbs_write_header(AVFormatContext *s)
{
    AVCodecParameters *par = s->streams[0]->codecpar;

    if (s->nb_streams != 1 || par->codec_id != RFB_CODEC_ID) {
        av_log(s, AV_LOG_ERROR, "FBS files hold one RFB stream and nothing else; other video "
               "cannot be converted to it\n");
        return AVERROR(EINVAL);
    }
    if (par->extradata_size < RFB_SERVER_INIT_SIZE ||
        AV_RB32(par->extradata + 20) != par->extradata_size - RFB_SERVER_INIT_SIZE) {
        av_log(s, AV_LOG_ERROR, "No ServerInit in the extradata\n");
        return AVERROR_INVALIDDATA;
    }
    avpriv_set_pts_info(s->streams[0], 64, 1, 1000);
    return 0;
}

static void write_tail(AVFormatContext *s, uint32_t size)
{
    FBSMuxer *fbs = s->priv_data;
    uint8_t tail[FBS_MAX_TAIL];

    avio_write(s->pb, tail, ff_fbs_write_tail(tail, size, fbs->now));
}

static void write_block(AVFormatContext *s, const uint8_t *data, int size)
{
    uint8_t head[FBS_MAX_HEAD];

    avio_write(s->pb, head, ff_fbs_write_head(head, size));
    avio_write(s->pb, data, size);
    write_tail(s, size);
}

/**
 * Whether a packet begins with what the demuxers put there after a seek, which
 * few readers know: the pixel format and size that the session has by then.
 */
static int has_prefix(const uint8_t *data, int size)
{
    return size >= PREFIX_SIZE && AV_RB32(data) == 2 &&
           AV_RB32(data + 4 + 8) == RFB_ENC_VMWARE_DISPLAY_MODE &&
           (int32_t)AV_RB32(data + PREFIX_SIZE - 4) == RFB_ENC_DESKTOP_SIZE;
}

/**
 * Write the session's beginning.
 * @param state its ServerInit, when the packet brings a state; else NULL
 * @return bytes of the first packet that went into it
 */
static int begin(AVFormatContext *s, const uint8_t *data, int size, const uint8_t *state)
{
    FBSMuxer *fbs = s->priv_data;
    const AVCodecParameters *par = s->streams[0]->codecpar;
    uint8_t prologue[FBS_PROLOGUE_SIZE], init[RFB_SERVER_INIT_SIZE];
    int prefix = has_prefix(data, size);

    memcpy(init, par->extradata, sizeof(init));
    if (state)
        memcpy(init, state, sizeof(init) - 4);
    if (prefix) {
        memcpy(init, data + PREFIX_SIZE - 8, 4);
        memcpy(init + 4, data + 16, RFB_PIXEL_FORMAT_SIZE);
    }
    fbs->begun = 1;
    fbs->lost  = avpriv_rfb_parser_init(&fbs->parser, init, INT32_MAX) < 0;
    ff_fbs_write_prologue(prologue, par->extradata_size);
    avio_write(s->pb, prologue, sizeof(prologue));
    avio_write(s->pb, init, sizeof(init));
    avio_write(s->pb, par->extradata + sizeof(init), par->extradata_size - sizeof(init));
    write_tail(s, FBS_HANDSHAKE_SIZE + par->extradata_size);
    return prefix ? PREFIX_SIZE : 0;
}

/** Bytes of the message that data begins with, all of it if it cannot be read. */
static int message_size(FBSMuxer *fbs, const uint8_t *data, int size)
{
    int ret = fbs->lost ? -1 : avpriv_rfb_parse(&fbs->parser, NULL, data, size);

    if (ret > 0)
        return ret;
    fbs->lost = 1;
    return size;
}

/** Write messages in blocks of a bearable size. */
static void write_messages(AVFormatContext *s, const uint8_t *block, const uint8_t *end)
{
    FBSMuxer *fbs = s->priv_data;

    for (const uint8_t *p = block; p < end; ) {
        int n = message_size(fbs, p, end - p);

        if (p > block && p + n - block > FBS_MAX_BLOCK) {
            write_block(s, block, p - block);
            block = p;
        }
        p += n;
        for (; p - block > FBS_MAX_BLOCK; block += FBS_MAX_BLOCK)
            write_block(s, block, FBS_MAX_BLOCK);
    }
    if (block < end)
        write_block(s, block, end - block);
}

/** What is only there to be decoded, before a cut, has no time of its own. */
static void move_clock(FBSMuxer *fbs, const AVPacket *pkt)
{
    fbs->now = FFMAX(fbs->now, pkt->pts);
    fbs->end = FFMAX(fbs->end, pkt->pts + pkt->duration);
}

/** Write the state that a packet brings as messages. */
static int write_state(AVFormatContext *s, const AVPacket *pkt, const uint8_t *state, size_t size)
{
    FBSMuxer *fbs = s->priv_data;
    uint8_t *data;
    int n = fbs->begun ? AVERROR_PATCHWELCOME : ff_fbs_resume(&data, state, size);

    if (n == AVERROR_PATCHWELCOME)
        av_log(s, AV_LOG_ERROR, "There are no messages that take a reader to this place; with "
               "-index none in front of -i, copies begin at key packets\n");
    if (n < 0)
        return n;
    begin(s, NULL, 0, state - RFB_SERVER_INIT_SIZE);
    move_clock(fbs, pkt);
    write_messages(s, data, data + n);
    av_free(data);
    return 0;
}

static int fbs_write_packet(AVFormatContext *s, AVPacket *pkt)
{
    FBSMuxer *fbs = s->priv_data;
    const uint8_t *data = pkt->data, *state;
    size_t size = 0;

    if (pkt->pts == AV_NOPTS_VALUE)
        return AVERROR(EINVAL);
    state = av_packet_get_side_data(pkt, AV_PKT_DATA_NEW_EXTRADATA, &size);
    if ((state = avpriv_rfb_state_find(state, &size)))
        /* the packet itself is an empty update */
        return write_state(s, pkt, state, size);
    if (!fbs->begun)
        data += begin(s, data, pkt->size, NULL);
    move_clock(fbs, pkt);
    write_messages(s, data, pkt->data + pkt->size);
    return 0;
}

static int fbs_write_trailer(AVFormatContext *s)
{
    static const uint8_t bell[] = { RFB_MSG_BELL };
    FBSMuxer *fbs = s->priv_data;

    if (!fbs->begun)
        begin(s, NULL, 0, NULL);
    /* the last packet of a recording lasts a millisecond for want of a better number */
    if (fbs->end > fbs->now + 1) {
        fbs->now = fbs->end;
        write_block(s, bell, sizeof(bell));
    }
    return 0;
}

const RFB_OUTPUT_FORMAT ff_fbs_muxer = {
    RFB_P(name)        = "fbs",
    RFB_P(long_name)   = NULL_IF_CONFIG_SMALL("FBS (VNC session recording)"),
    RFB_P(extensions)  = "fbs",
    RFB_P(video_codec) = RFB_CODEC_ID,
    RFB_P(flags)       = AVFMT_VARIABLE_FPS | AVFMT_TS_NONSTRICT | AVFMT_TS_NEGATIVE,
    .priv_data_size    = sizeof(FBSMuxer),
    .write_header      = fbs_write_header,
    .write_packet      = fbs_write_packet,
    .write_trailer     = fbs_write_trailer,
};
