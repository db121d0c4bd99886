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
 * strings. Each is a WebSocket message, "{ms{" and the server's bytes or
 * "}ms}" and the client's, as characters or in base64. What else the text
 * holds, such as the names of its variables, does not matter.
 */

#include "libavutil/avstring.h"
#include "libavutil/intreadwrite.h"
#include "libavutil/mem.h"
#include "novncclient.h"
#include "rfbdemux.h"

#define CHUNK_SIZE (64 << 10)

/** How much of the end is searched for the last time, and then sixteen times
 *  as much, up to the maximum; and how much of a compressed file. */
#define FIRST_TAIL  (64 << 10)
#define MAX_TAIL    (64 << 20)
#define MAX_INFLATE (INT64_C(512) << 20)

enum { END_OF_STRING = -1, END_OF_FILE = -2 };

typedef struct NoVNCDemuxer {
    RFBDemuxer rfb;
    uint8_t buf[16 << 10];      ///< the text, from head to size not taken yet
    int head, size;
    int base64;                 ///< -1: not known yet
    int utf8;                   ///< how bytes above 127 are written, -1: not known yet

    int quote;                  ///< what ends the string at hand, 0: outside
    int from_client;            ///< it is the client's
    int64_t string;             ///< file offset of its quotation mark
    unsigned bits, nb_bits;     ///< of base64, not used yet

    int64_t name;               ///< of the chunk: where reading can begin again,
    int64_t part;               ///< and the server's bytes since then
    int64_t skip;               ///< of these are not wanted after a seek
    NoVNCClient client;
    int pending;                ///< what the server sends will be in another format soon:
    RFBPixelFormat format;
} NoVNCDemuxer;

static int is_base64(const uint8_t *buf)
{
    return !memcmp(buf, "UkZCID", 6); /* "RFB " */
}

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
        if (s[0] == '{' && (!strncmp(s + 1, "RFB ", 4) || (buf + n - s > 6 && is_base64(s + 1))))
            return AVPROBE_SCORE_MAX;
    }
    return 0;
}

/** Have n bytes of text at hand, if there are so many. @return how many there are */
static int need(NoVNCDemuxer *v, int n)
{
    int ret;

    if (v->size - v->head < n) {
        memmove(v->buf, v->buf + v->head, v->size - v->head);
        v->size -= v->head;
        v->head  = 0;
        ret = ff_rfb_input_read(&v->rfb.in, v->buf + v->size, sizeof(v->buf) - v->size);
        v->size += FFMAX(ret, 0);
    }
    return v->size - v->head;
}

static int64_t text_offset(const NoVNCDemuxer *v)
{
    return v->rfb.in.pos - (v->size - v->head);
}

/** Read one byte of text. */
static int get(NoVNCDemuxer *v)
{
    return need(v, 1) ? v->buf[v->head++] : END_OF_FILE;
}

/** Whether bytes above 127 come in twos, as UTF-8 has those up to 255. */
static int looks_like_utf8(NoVNCDemuxer *v)
{
    int n = need(v, sizeof(v->buf));
    const uint8_t *b = v->buf + v->head;

    for (int i = 0; i < n; i++) {
        if (b[i] < 128)
            continue;
        if ((b[i] & 0xFE) != 0xC2 || (i + 1 < n && (b[i + 1] & 0xC0) != 0x80))
            return 0;
        i++;
    }
    return 1;
}

static int hex(NoVNCDemuxer *v, int digits)
{
    int value = 0;

    for (; digits && need(v, 1) && av_isxdigit(v->buf[v->head]); digits--) {
        int c = av_tolower(v->buf[v->head++]);

        value = value << 4 | (c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return value & 0xFF;
}

/** Read what stands behind a backslash. */
static int escape(NoVNCDemuxer *v)
{
    static const char from[] = "ntrbfv0", to[] = "\n\t\r\b\f\v";
    int c = get(v);
    const char *known = c > 0 ? strchr(from, c) : NULL;

    if (c == 'x' || c == 'u')
        return hex(v, c == 'x' ? 2 : 4);
    return known ? to[known - from] : c;
}

/** Read one character of a string: a byte, END_OF_STRING or END_OF_FILE. */
static int character(NoVNCDemuxer *v)
{
    int c = get(v);

    if (c == v->quote) {
        v->quote = 0;
        return END_OF_STRING;
    }
    if (c == '\\')
        return escape(v);
    if (c < 128)
        return c;
    if (v->utf8 < 0) {
        v->head--;
        v->utf8 = looks_like_utf8(v);
        v->head++;
    }
    return v->utf8 && need(v, 1) ? (c & 3) << 6 | (v->buf[v->head++] & 0x3F) : c;
}

static int base64_value(int c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? c - 'a' + 26 :
           c >= '0' && c <= '9' ? c - '0' + 52 : c == '+' || c == '-' ? 62 :
           c == '/' || c == '_' ? 63 : -1;
}

/** Read one byte of the session: a byte, END_OF_STRING or END_OF_FILE. */
static int session_byte(NoVNCDemuxer *v)
{
    if (v->base64 <= 0)
        return character(v);
    while (v->nb_bits < 8) {
        int c = character(v);

        if (c < 0)
            return c;
        if ((c = base64_value(c)) < 0)
            continue;
        v->bits     = v->bits << 6 | c;
        v->nb_bits += 6;
    }
    v->nb_bits -= 8;
    return v->bits >> v->nb_bits & 0xFF;
}

/** @return how many were read; fewer than n at the end of the string */
static int session_bytes(NoVNCDemuxer *v, uint8_t *buf, int n)
{
    int i = 0, c;

    while (i < n && v->quote) {
        if ((c = session_byte(v)) >= 0)
            buf[i++] = c;
        else if (c == END_OF_FILE)
            break;
    }
    return i;
}

/**
 * Whether "{ms{" or "}ms}" is at hand.
 * @return characters, 0 if not
 */
static int parse_mark(const uint8_t *buf, int n, uint32_t *ms)
{
    int i = 1;

    if (n < 3 || (buf[0] != '{' && buf[0] != '}'))
        return 0;
    for (*ms = 0; i < n && i < 16 && av_isdigit(buf[i]); i++)
        *ms = *ms * 10 + buf[i] - '0';
    return i > 1 && i < n && buf[i] == buf[0] ? i + 1 : 0;
}

/** Go to the next string that is a frame. @return 0 or AVERROR_EOF */
static int open_string(NoVNCDemuxer *v)
{
    uint32_t ms;
    int c, n;

    for (;;) {
        if ((c = get(v)) == END_OF_FILE)
            return AVERROR_EOF;
        if (c != '\'' && c != '"')
            continue;
        n = need(v, 24);
        if (n > 3 && !memcmp(v->buf + v->head, "EOF", 3) && v->buf[v->head + 3] == c)
            return AVERROR_EOF;
        if (!(n = parse_mark(v->buf + v->head, n, &ms)))
            continue;
        v->quote       = c;
        v->string      = text_offset(v) - 1;
        v->from_client = v->buf[v->head] == '}';
        v->nb_bits     = 0;
        v->head       += n;
        if (v->base64 < 0)
            v->base64 = need(v, 6) >= 6 && is_base64(v->buf + v->head);
        if (v->from_client)
            return 0;
        ff_rfb_clock(&v->rfb.stream.clock, ms);
        /* until a change of format is done, go on from the client's wish */
        if (!v->pending) {
            v->name = v->string;
            v->part = 0;
        }
        return 0;
    }
}

/**
 * The bytes put into the stream's buffer are a chunk.
 * @param n    how many, of which extra are not in the recording
 */
static void give(NoVNCDemuxer *v, int n, int extra)
{
    RFBStream *stream = &v->rfb.stream;
    int skip = extra ? 0 : FFMIN(v->skip, n);

    ff_rfb_stream_chunk(stream, n, skip, FFMAX(stream->to, stream->clock.now), v->name, v->string,
                        v->part - extra);
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

    ff_novnc_client_string(&v->client, v->string);
    while ((c = session_byte(v)) >= 0) {
        if (!(pf = ff_novnc_client_byte(&v->client, c)) || !follows_client(v))
            continue;
        v->format  = *pf;
        v->pending = !stream->begun || memcmp(pf, &stream->parser.pf, sizeof(*pf));
        v->name    = v->client.start;
        v->part    = 0;
    }
    return c == END_OF_FILE ? AVERROR_EOF : 0;
}

/**
 * The handshake is complete: the format that the client asks for before the
 * server sends anything is the one that the session begins with.
 */
static int first_format(NoVNCDemuxer *v, int server_init)
{
    int ret;

    while (!(ret = open_string(v)) && v->from_client && !(ret = read_client(v)))
        ;
    if (v->pending)
        avpriv_rfb_pixel_format_write(&v->format, v->rfb.stream.buf + server_init + 4);
    v->pending = 0;
    v->name    = v->string;
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
    int n = session_bytes(v, header, 1), rects, ret;

    if (n && header[0] == RFB_MSG_FRAMEBUFFER_UPDATE) {
        n += session_bytes(v, header + n, 3);
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

/** Go on to what the server sends. */
static int next_string(AVFormatContext *s)
{
    NoVNCDemuxer *v = s->priv_data;
    int ret = 0;

    while (ret >= 0 && (!v->quote || v->from_client)) {
        if (!v->quote)
            ret = open_string(v);
        else if (v->rfb.stream.begun)
            ret = read_client(v);
        else
            while ((ret = session_byte(v)) >= 0)
                ;
        if (ret == END_OF_STRING)
            ret = 0;
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
    n = session_bytes(v, buf, size);
    if (n < size && v->quote) {
        v->quote = 0;
        ff_rfb_demux_cut_short(s, "a string", v->string);
    }
    give(v, n, 0);
    if (!stream->begun && avpriv_rfb_prologue(&pro, stream->buf, stream->size, &more) > 0)
        return first_format(v, pro.server_init);
    return 0;
}

static void move(NoVNCDemuxer *v)
{
    v->head = v->size = v->quote = v->pending = v->part = 0;
    v->client.have = v->client.left = 0;
}

static int novnc_seek(AVFormatContext *s, const RFBPlace *place)
{
    NoVNCDemuxer *v = s->priv_data;

    move(v);
    v->skip = place->skip;
    return ff_rfb_input_seek(&v->rfb.in, place->chunk);
}

static const RFBContainer novnc_container = { novnc_read_chunk, novnc_seek };

/**
 * Find the last time from a place on. Strings begin on lines of their own, and
 * there are no line feeds in them.
 * @return ms, or -1 if there is none
 */
static int64_t search(NoVNCDemuxer *v, int64_t pos)
{
    RFBInput *in = &v->rfb.in;
    int64_t limit = in->gzip ? pos + MAX_INFLATE : INT64_MAX, found = -1;
    uint32_t ms;
    int c, last = 0;

    move(v);
    if (ff_rfb_input_seek(in, pos) < 0)
        return -1;
    while (in->pos < limit && (c = get(v)) != END_OF_FILE) {
        if ((c == '\'' || c == '"') && (last == '\n' || last == '[') &&
            parse_mark(v->buf + v->head, need(v, 24), &ms))
            found = ms;
        last = c;
    }
    return found;
}

static int find_end(NoVNCDemuxer *v, int64_t *end)
{
    RFBInput *in = &v->rfb.in;
    int64_t size = ff_rfb_input_size(in), tail = FIRST_TAIL, ms;

    if (!in->seekable)
        return 0;
    do {
        ms = search(v, FFMAX(0, size - tail));
        tail *= 16;
    } while (ms < 0 && tail <= MAX_TAIL && tail / 16 < size);
    move(v);
    *end = FFMAX(ms, 0);
    return ff_rfb_input_seek(in, 0);
}

static int novnc_read_header(AVFormatContext *s)
{
    NoVNCDemuxer *v = s->priv_data;
    int64_t end = 0;
    int ret = ff_rfb_demux_init(s);

    v->base64 = v->utf8 = -1;
    if (ret >= 0)
        ret = find_end(v, &end);
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
