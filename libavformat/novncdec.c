/*
 * noVNC recording demuxer
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
 * Sessions as websockify and noVNC record them: JavaScript text, an array of
 * strings. Each is a WebSocket message, the server's or the client's.
 */

#include <string.h>

#include "libavutil/intreadwrite.h"
#include "novncclient.h"
#include "novnctext.h"
#include "rfbdemux.h"

#define CHUNK_SIZE (64 << 10)

/**
 * How much of the end is searched for the last time, and then sixteen times
 * as much, up to the maximum; and how much of a compressed file.
 */
#define FIRST_TAIL  (64 << 10)
#define MAX_TAIL    (64 << 20)
#define MAX_INFLATE (INT64_C(512) << 20)

typedef struct NoVNCDemuxer {
    RFBDemuxer rfb;
    NoVNCText text;
    int64_t name;               ///< of the chunk: where reading can begin again,
    int64_t part;               ///< and the server's bytes since then
    int64_t skip;               ///< of these are not wanted after a seek
    int64_t pos;                ///< file offset of the text that a chunk begins with
    NoVNCClient client;
    int pending;                ///< what the server sends will be in another format soon:
    RFBPixelFormat format;
} NoVNCDemuxer;

static int novnc_probe(const AVProbeData *p)
{
    uint8_t buf[4096];
    int n = ff_rfb_input_probe(p, buf, sizeof(buf) - 1);

    buf[n] = 0;
    for (const uint8_t *b = buf; (b = memchr(b, '[', buf + n - b)); b++) {
        const uint8_t *s = b + 1 + strspn(b + 1, " \t\r\n");

        if ((s[0] != '\'' && s[0] != '"') || s[1] != '{')
            continue;
        s += 2 + strspn(s + 2, "0123456789");
        if (s[0] == '{' && (!strncmp(s + 1, "RFB ", 4) ||
                            (buf + n - s > 6 && ff_novnc_is_base64(s + 1))))
            return AVPROBE_SCORE_MAX;
    }
    return 0;
}

/** Go to the next string of the session. @return 0 or AVERROR_EOF */
static int open_string(NoVNCDemuxer *v)
{
    uint32_t ms;
    int ret = ff_novnc_open(&v->text, &ms);

    if (ret < 0 || v->text.from_client)
        return ret;
    ff_rfb_clock(&v->rfb.stream.clock, ms);
    /* until a change of format is done, go on from the client's wish */
    if (!v->pending) {
        v->name = v->text.string;
        v->part = 0;
    }
    return 0;
}

/**
 * The bytes put into the stream's buffer are a chunk.
 * @param n    how many, of which extra are not in the recording
 */
static void give(NoVNCDemuxer *v, int n, int extra)
{
    RFBStream *stream = &v->rfb.stream;
    int skip = extra ? 0 : FFMIN(v->skip, n);

    ff_rfb_stream_chunk(stream, n, skip, FFMAX(stream->to, stream->clock.now), v->name,
                        v->pos, v->part - extra);
    v->skip -= skip;
    v->part += n - extra;
}

static int follows_client(const NoVNCDemuxer *v)
{
    return !v->rfb.pixel_format || !strcmp(v->rfb.pixel_format, "auto");
}

/** Read what a client sends in one string. */
static int read_client(NoVNCDemuxer *v)
{
    RFBStream *stream = &v->rfb.stream;
    const RFBPixelFormat *pf;
    int c;

    ff_novnc_client_string(&v->client, v->text.string);
    while ((c = ff_novnc_byte(&v->text)) >= 0) {
        if (!(pf = ff_novnc_client_byte(&v->client, c)) || !follows_client(v))
            continue;
        v->format  = *pf;
        v->pending = !stream->begun || memcmp(pf, &stream->parser.pf, sizeof(*pf));
        v->name    = v->client.start;
        v->part    = 0;
    }
    return c == NOVNC_END_OF_FILE ? AVERROR_EOF : 0;
}

/**
 * The handshake is complete: the format that the client asks for before the
 * server sends anything is the one that the session begins with.
 */
static int first_format(NoVNCDemuxer *v, int server_init)
{
    int ret;

    while (!(ret = open_string(v)) && v->text.from_client && !(ret = read_client(v)))
        ;
    if (v->pending)
        avpriv_rfb_pixel_format_write(&v->format, v->rfb.stream.buf + server_init + 4);
    v->pending = 0;
    v->name    = v->text.string;
    v->part    = 0;
    return ret == AVERROR_EOF ? 0 : ret;
}

/** Give a VMware Display Mode Change, in an update of its own or behind the header of one. */
static int give_format(NoVNCDemuxer *v, int alone)
{
    enum { HEADER = 4, RECT = 12 };
    const int size = (alone ? HEADER : 0) + RECT + RFB_PIXEL_FORMAT_SIZE;
    uint8_t *buf = ff_rfb_stream_reserve(&v->rfb.stream, size);

    if (!buf)
        return AVERROR(ENOMEM);
    memset(buf, 0, size);
    if (alone) {
        buf[HEADER - 1] = 1;
        buf += HEADER;
    }
    AV_WB32(buf + 8, RFB_ENC_VMWARE_DISPLAY_MODE);
    avpriv_rfb_pixel_format_write(&v->format, buf + RECT);
    give(v, size, size);
    v->pending = 0;
    return 0;
}

/** A message of the server begins: from the next update on its pixels have another format. */
static int change_format(NoVNCDemuxer *v)
{
    uint8_t header[4], *buf;
    int n, rects, ret;

    v->pos = ff_novnc_offset(&v->text);
    n = ff_novnc_bytes(&v->text, header, 1);
    if (n && header[0] == RFB_MSG_FRAMEBUFFER_UPDATE) {
        n += ff_novnc_bytes(&v->text, header + n, 3);
        if (n < 4 && (ret = give_format(v, 1)) < 0)
            return ret;
    }
    rects = n == 4 ? AV_RB16(header + 2) : 0;
    if (rects && rects < 0xFFFF)
        AV_WB16(header + 2, rects + 1);
    if (!(buf = ff_rfb_stream_reserve(&v->rfb.stream, n)))
        return AVERROR(ENOMEM);
    memcpy(buf, header, n);
    give(v, n, 0);
    return rects ? give_format(v, 0) : 0;
}

/** Bytes to be read; while a change of format is pending not beyond the message. */
static int chunk_size(const NoVNCDemuxer *v)
{
    const RFBStream *stream = &v->rfb.stream;
    int64_t size = CHUNK_SIZE;

    if (v->skip)
        size = v->skip;
    else if (v->pending)
        size = stream->skip ? stream->skip :
               (int64_t)stream->parser.need - (int64_t)ff_rfb_stream_left(stream);
    return av_clip64(size, 1, CHUNK_SIZE);
}

/**
 * The text is damaged: say so, and if something was lost tell the stream.
 * @param end there is no next string
 */
static void check_text(AVFormatContext *s, int end)
{
    NoVNCDemuxer *v = s->priv_data;
    NoVNCText *t = &v->text;

    if (t->open) {
        if (!v->rfb.guessing)
            av_log(s, AV_LOG_ERROR, "A string is not closed at byte %"PRId64", where the next one "
                   "begins\n", t->open);
        v->rfb.unmarked = 1;
    }
    if (t->alien) {
        if (!v->rfb.guessing)
            av_log(s, AV_LOG_ERROR, "No character of base64 at byte %"PRId64": taking it for one\n",
                   t->alien);
        v->rfb.unmarked = 1;
    }
    if (t->odd && end) {
        if (!v->rfb.guessing)
            av_log(s, AV_LOG_ERROR, "No string of the session at byte %"PRId64": what is there "
                   "cannot be read\n", t->odd);
        v->rfb.unmarked = 1;
    } else if (t->odd && v->rfb.stream.begun)
        ff_rfb_stream_gap(&v->rfb.stream, "no string of the session in bytes", t->string - t->odd,
                          t->odd);
    t->open = t->odd = t->alien = 0;
}

/** Behind a gap of the input the text goes on anywhere. */
static int resume(AVFormatContext *s)
{
    NoVNCDemuxer *v = s->priv_data;

    if (!ff_rfb_demux_resume(s))
        return AVERROR_EOF;
    v->text.head = v->text.size = v->text.quote = v->text.odd = 0;
    v->text.torn = 1;
    if (v->rfb.stream.begun)
        ff_rfb_stream_gap(&v->rfb.stream, RFB_INPUT_GAP, v->rfb.in.passed, v->rfb.in.pos);
    return 0;
}

/** Go on to what the server sends. */
static int next_string(AVFormatContext *s)
{
    NoVNCDemuxer *v = s->priv_data;
    int ret = 0;

    while (ret >= 0 && (!v->text.quote || v->text.from_client)) {
        if (!v->text.quote)
            ret = open_string(v);
        else if (v->rfb.stream.begun)
            ret = read_client(v);
        else
            while ((ret = ff_novnc_byte(&v->text)) >= 0)
                ;
        if (ret == NOVNC_END_OF_STRING)
            ret = 0;
        else if (ret < 0)
            ret = resume(s);
        check_text(s, ret < 0);
    }
    return ret < 0 ? AVERROR_EOF : 0;
}

static int novnc_read_chunk(AVFormatContext *s)
{
    NoVNCDemuxer *v = s->priv_data;
    RFBStream *stream = &v->rfb.stream;
    RFBPrologue pro;
    uint8_t *buf;
    size_t more;
    int n, size, ret = next_string(s);

    if (ret < 0)
        return ret;
    if (v->pending && !v->skip && !ff_rfb_stream_left(stream))
        return change_format(v);
    size = chunk_size(v);
    if (!(buf = ff_rfb_stream_reserve(stream, size)))
        return AVERROR(ENOMEM);
    v->pos = ff_novnc_offset(&v->text);
    n = ff_novnc_bytes(&v->text, buf, size);
    if (n < size && v->text.quote) {
        v->text.quote = 0;
        ff_rfb_demux_cut_short(s, "a string", v->text.string);
    }
    give(v, n, 0);
    if (!stream->begun && avpriv_rfb_prologue(&pro, stream->buf, stream->size, &more) > 0)
        return first_format(v, pro.server_init);
    return 0;
}

static int novnc_seek(AVFormatContext *s, const RFBPlace *place)
{
    NoVNCDemuxer *v = s->priv_data;

    v->pending = v->part = 0;
    v->client  = (NoVNCClient){ 0 };
    v->skip    = place->skip;
    return ff_novnc_move(&v->text, place->chunk);
}

static const RFBContainer novnc_container = { novnc_read_chunk, novnc_seek };

static int find_end(AVFormatContext *s, int64_t *end)
{
    NoVNCDemuxer *v = s->priv_data;
    RFBInput *in = &v->rfb.in;
    int64_t size = ff_rfb_input_size(in), tail = FIRST_TAIL, ms;

    *end = ff_rfb_demux_known_end(s);
    if (!in->seekable || *end >= 0)
        return 0;
    do {
        ms = ff_novnc_search(&v->text, FFMAX(0, size - tail), in->gzip ? MAX_INFLATE : INT64_MAX);
        tail *= 16;
    } while (ms < 0 && tail <= MAX_TAIL && tail / 16 < size);
    *end = FFMAX(ms, 0);
    return ff_novnc_move(&v->text, 0);
}

static int novnc_read_header(AVFormatContext *s)
{
    NoVNCDemuxer *v = s->priv_data;
    int64_t end = 0;
    int ret = ff_rfb_demux_init(s);

    v->text.in     = &v->rfb.in;
    v->text.base64 = v->text.utf8 = -1;
    if (ret >= 0)
        ret = find_end(s, &end);
    if (ret >= 0)
        ret = ff_rfb_demux_prologue(s, &novnc_container);
    if (ret < 0)
        ff_rfb_demux_read_close(s);
    else
        ff_rfb_demux_duration(s, end);
    return ret;
}

static const AVOption novnc_options[] = {
    RFB_DEMUX_OPTIONS,
    { NULL },
};

static const AVClass novnc_class = {
    .class_name = "noVNC demuxer",
    .item_name  = av_default_item_name,
    .option     = novnc_options,
    .version    = LIBAVUTIL_VERSION_INT,
};

const RFB_INPUT_FORMAT ff_novnc_demuxer = {
    RFB_P(name)       = "novnc",
    RFB_P(long_name)  = NULL_IF_CONFIG_SMALL("noVNC/websockify VNC session recording"),
    RFB_P(flags)      = AVFMT_NO_BYTE_SEEK | AVFMT_SEEK_TO_PTS,
    RFB_P(priv_class) = &novnc_class,
    .priv_data_size   = sizeof(NoVNCDemuxer),
    .read_probe       = novnc_probe,
    .read_header      = novnc_read_header,
    .read_packet      = ff_rfb_demux_read_packet,
    .read_seek        = ff_rfb_demux_read_seek,
    .read_close       = ff_rfb_demux_read_close,
};
