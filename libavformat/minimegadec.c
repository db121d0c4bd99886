/*
 * minimega's framebuffer recording (.fb) demuxer
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
 * What minimega's `vnc record fb` writes: a gzip stream, usually without its
 * end, of what each read() gave, without the handshake. minimega asks for
 * 32 bit pixels, Raw and DesktopSize, and for the whole frame each time.
 */

#include <string.h>

#include "libavutil/avstring.h"
#include "libavutil/intreadwrite.h"
#include "libavutil/mem.h"
#include "rfbdemux.h"

/** Longest "<nanoseconds> <bytes>\r\n" that is believed, and largest chunk. */
#define MAX_HEADER 48
#define MAX_CHUNK  (16 << 20)

/** No recorder waits longer, nanoseconds: the 49 days of other formats. */
#define MAX_WAIT (UINT32_MAX * INT64_C(1000000))

/** So many uncompressed bytes are read to learn the duration. */
#define MAX_SCAN (INT64_C(512) << 20)

/** Behind a damaged chunk so much is looked through at once, and the next half again. */
#define WINDOW (1 << 20)

/** Chunks in a row that prove a place; fewer will do if they end where the recording does. */
#define PROOF 4

/** So often a damaged file is mended. */
#define MAX_MENDS 16

/** The last chunk may be damaged rather than cut off if so many bytes are missing. */
#define MAX_CUT (64 << 10)

/** The chunk at hand was none: mend() went to another place. */
#define MENDED AVERROR(EILSEQ)

typedef struct MinimegaDemuxer {
    RFBDemuxer rfb;             ///< its stream's clock counts nanoseconds in now
    int64_t skip;               ///< bytes of the next chunk not wanted after a seek
    int cut_short;
    int mends;
} MinimegaDemuxer;

/**
 * Read "<ns> <size>\r\n".
 * @return characters, 0 if buf holds none, AVERROR(EAGAIN) if it may be cut off
 */
static int parse_header(const uint8_t *buf, int n, int64_t *ns, int64_t *size)
{
    int64_t *number = ns;

    *ns = *size = 0;
    for (int i = 0, digits = 0; i < n; i++) {
        if (buf[i] >= '0' && buf[i] <= '9' && digits < 18) {
            *number = *number * 10 + buf[i] - '0';
            digits++;
        } else if (buf[i] == ' ' && number == ns && digits) {
            number = size;
            digits = 0;
        } else if (buf[i] == '\r' && number == size && digits) {
            if (i + 1 == n)
                return AVERROR(EAGAIN);
            return buf[i + 1] == '\n' && *ns <= MAX_WAIT ? i + 2 : 0;
        } else {
            return 0;
        }
    }
    return n < MAX_HEADER ? AVERROR(EAGAIN) : 0;
}

static int minimega_probe(const AVProbeData *p)
{
    uint8_t buf[MAX_HEADER + 4];
    int64_t ns, size;
    int n = ff_rfb_input_probe(p, buf, sizeof(buf)), header;

    header = parse_header(buf, FFMIN(n, MAX_HEADER), &ns, &size);
    if (header <= 0 || header == n || !size || size > MAX_CHUNK)
        return 0;
    /* the first message is an update, or a bell or a clipboard before it */
    if (buf[header] != RFB_MSG_FRAMEBUFFER_UPDATE && buf[header] != RFB_MSG_BELL &&
        buf[header] != RFB_MSG_SERVER_CUT_TEXT)
        return 0;
    return AVPROBE_SCORE_EXTENSION + 25;
}

/** @return characters, AVERROR_EOF, or AVERROR_INVALIDDATA */
static int read_header(RFBInput *in, int64_t *ns, int64_t *size)
{
    uint8_t buf[MAX_HEADER];
    int n = 0, ret = AVERROR(EAGAIN);

    while (ret == AVERROR(EAGAIN) && n < MAX_HEADER) {
        ret = ff_rfb_input_read(in, buf + n, 1);
        if (ret <= 0)
            return ret < 0 ? ret : AVERROR_EOF;
        ret = parse_header(buf, ++n, ns, size);
    }
    return ret > 0 && *size <= MAX_CHUNK ? ret : AVERROR_INVALIDDATA;
}

/**
 * Whether chunks follow on each other.
 * @param all the window ends where the recording does
 */
static int is_chain(const uint8_t *buf, int pos, int n, int all)
{
    for (int i = 0; i < PROOF; i++) {
        int64_t ns, size;
        int ret = parse_header(buf + pos, FFMIN(n - pos, MAX_HEADER), &ns, &size);

        if (ret == AVERROR(EAGAIN) || (ret > 0 && pos + ret + size + 2 > n))
            return all && i;
        if (ret <= 0 || !size || size > MAX_CHUNK)
            return 0;
        pos += ret + size + 2;
        if (buf[pos - 2] != '\r' || buf[pos - 1] != '\n')
            return 0;
        if (pos == n)
            return all;
    }
    return 1;
}

/**
 * Find the next chunk.
 * @param pos to search from, where the input is then
 * @return its offset, 0 if there is none, or a negative AVERROR code
 */
static int64_t find_chunk(RFBInput *in, int64_t pos)
{
    uint8_t *buf = av_malloc(WINDOW);
    int have = 0, found = -1, want = WINDOW, n;

    if (!buf)
        return AVERROR(ENOMEM);
    while (found < 0 && (n = ff_rfb_input_read(in, buf + have, want)) > 0) {
        int all = n < want && !in->at_gap, end;

        have += n;
        end   = n < want ? have : WINDOW / 2;
        for (int i = 0; i < end && found < 0; i++)
            if (av_isdigit(buf[i]) && (!i || (i > 1 && buf[i - 1] == '\n' && buf[i - 2] == '\r')) &&
                is_chain(buf, i, have, all))
                found = i;
        if (found >= 0 || n < want)
            break;
        memmove(buf, buf + end, have - end);
        have -= end;
        pos  += end;
        want  = WINDOW - have;
    }
    av_free(buf);
    return found < 0 ? 0 : pos + found;
}

/** Why a chunk is searched for. */
enum Cause {
    GAP,                        ///< compressed data were left out before the place
    NO_CHUNK,                   ///< there is something else
    TOO_LONG,                   ///< one begins there that goes far beyond the end
};

/**
 * The same, unless that was done too often. The input is where the chunk is.
 */
static int64_t find_again(MinimegaDemuxer *m, int64_t pos, enum Cause cause)
{
    RFBInput *in = &m->rfb.in;
    int64_t next;
    int ret = 1;

    if (!in->seekable || m->mends++ >= MAX_MENDS)
        return 0;
    /* as long as no other can be found in it, this is a file that was cut off */
    if (cause == TOO_LONG && ((ret = ff_rfb_input_seek(in, pos)) < 0 ||
                              (next = find_chunk(in, pos)) <= 0))
        return ret < 0 ? ret : next;
    if (cause != GAP && (ret = ff_rfb_input_doubt(in, pos)) < 0)
        return ret;
    if (!ret) {
        if (!ff_rfb_input_resume(in))
            return 0;
        pos = in->pos;
    }
    if ((ret = ff_rfb_input_seek(in, pos)) < 0)
        return ret;
    while (!(next = find_chunk(in, pos)) && ff_rfb_input_resume(in))
        pos = in->pos;
    if (next > 0 && (ret = ff_rfb_input_seek(in, next)) < 0)
        return ret;
    return next;
}

/**
 * There is no chunk where one should be: go on with the next one.
 * @param pos where to search from
 * @return MENDED, AVERROR_INVALIDDATA if there is none, or another error
 */
static int mend(AVFormatContext *s, int64_t pos, enum Cause cause)
{
    MinimegaDemuxer *m = s->priv_data;
    int64_t file_pos = ff_rfb_input_file_offset(&m->rfb.in), next;

    next = m->rfb.stream.begun ? find_again(m, pos, cause) : 0;
    if (next < 0)
        return next;
    if (!m->rfb.guessing && (next || cause != TOO_LONG)) {
        av_log(s, AV_LOG_ERROR, "No chunk at byte %"PRId64" of the uncompressed data", pos);
        if (m->rfb.in.gzip)
            av_log(s, AV_LOG_ERROR, ", which ends before byte %"PRId64" of the file", file_pos);
        if (next)
            av_log(s, AV_LOG_ERROR, ": going on with the one at byte %"PRId64"\n", next);
        else
            av_log(s, AV_LOG_ERROR, ": what is behind it cannot be read\n");
    }
    if (!next)
        return AVERROR_INVALIDDATA;
    ff_rfb_stream_gap(&m->rfb.stream, "no chunk in bytes", next - pos, pos);
    return MENDED;
}

/** Less could be read than should be there. @return MENDED, AVERROR_EOF or another error */
static int meet_end(AVFormatContext *s, const char *what, int64_t start)
{
    MinimegaDemuxer *m = s->priv_data;

    if (ff_rfb_demux_resume(s))
        return mend(s, m->rfb.in.pos, GAP);
    m->cut_short = 1;
    return what ? ff_rfb_demux_cut_short(s, what, start) : AVERROR_EOF;
}

/** Read "<ns since the last chunk> <size>\r\n" data "\r\n". */
static int read_chunk(AVFormatContext *s)
{
    MinimegaDemuxer *m = s->priv_data;
    RFBInput *in = &m->rfb.in;
    RFBStream *stream = &m->rfb.stream;
    int64_t start = in->pos, ns, size, pos;
    uint8_t *buf, end[2] = "\r\n";
    int ret, n = 2;

    if (m->cut_short)
        return AVERROR_EOF;
    if ((ret = read_header(in, &ns, &size)) == AVERROR_EOF)
        return meet_end(s, NULL, start);
    if (ret < 0)
        return ret == AVERROR_INVALIDDATA ? mend(s, start, NO_CHUNK) : ret;
    pos = in->pos;
    if (!(buf = ff_rfb_stream_reserve(stream, size)))
        return AVERROR(ENOMEM);
    if ((ret = ff_rfb_input_read(in, buf, size)) < 0)
        return ret;
    if (ret == size)
        n = ff_rfb_input_read(in, end, 2);
    if (n < 0)
        return n;
    if (memcmp(end, "\r\n", n))
        return mend(s, start, NO_CHUNK);
    if (size - ret > MAX_CUT && !in->at_gap &&
        (n = mend(s, start, TOO_LONG)) != AVERROR_INVALIDDATA)
        return n;
    stream->clock.now += FFMIN(ns, INT64_MAX - stream->clock.now);
    ff_rfb_stream_chunk(stream, ret, FFMIN(m->skip, ret), stream->clock.now / 1000000,
                        start, pos, 0);
    m->skip = 0;
    if (ret == size && n == 2)
        return 0;
    ret = meet_end(s, ret < size ? "a chunk" : NULL, start);
    return ret == AVERROR_EOF ? 0 : ret;
}

static int minimega_read_chunk(AVFormatContext *s)
{
    int ret = read_chunk(s);

    return ret == MENDED ? 0 : ret;
}

static int minimega_seek(AVFormatContext *s, const RFBPlace *place)
{
    MinimegaDemuxer *m = s->priv_data;

    m->skip      = place->skip;
    m->cut_short = m->mends = 0;
    return ff_rfb_input_seek(&m->rfb.in, place->chunk);
}

static const RFBContainer minimega_container = { minimega_read_chunk, minimega_seek };

/**
 * Skip a chunk, or to the next one behind damage.
 * @return 1 if it is whole and ns its time, 0 if reading goes on, or an error
 */
static int skip_chunk(MinimegaDemuxer *m, int64_t *ns)
{
    RFBInput *in = &m->rfb.in;
    int64_t start = in->pos, size = 0, pos, next;
    const int lost = in->lost;
    int ret = read_header(in, ns, &size), damaged = ret == AVERROR_INVALIDDATA;
    uint8_t end[2] = "\r\n";

    pos = in->pos + size;
    if (ret > 0 && (ret = ff_rfb_input_seek(in, pos)) >= 0)
        ret = ff_rfb_input_read(in, end, 2);
    damaged |= memcmp(end, "\r\n", 2);
    if (ret == 2 && !damaged && lost == in->lost)
        return 1;
    if (lost < in->lost || ff_rfb_input_resume(in))
        next = find_again(m, ff_rfb_input_behind(in, lost), GAP);
    else if (damaged || pos - in->pos > MAX_CUT)
        next = find_again(m, start, damaged ? NO_CHUNK : TOO_LONG);
    else
        return ret < 0 ? ret : AVERROR_EOF;
    return next > 0 ? 0 : next ? next : AVERROR_EOF;
}

/** Add up the times, and if there is too much to read, guess the rest. */
static int64_t find_duration(AVFormatContext *s, int *estimate)
{
    MinimegaDemuxer *m = s->priv_data;
    RFBInput *in = &m->rfb.in;
    int64_t sum = 0, ns, file = avio_size(s->pb);
    int ret;

    if (!in->seekable || ff_rfb_demux_known_end(s) >= 0)
        return FFMAX(ff_rfb_demux_known_end(s), 0);
    while (in->pos < MAX_SCAN && (ret = skip_chunk(m, &ns)) >= 0)
        sum += ret ? FFMIN(ns, INT64_MAX - sum) : 0;
    *estimate = in->pos >= MAX_SCAN;
    if (*estimate && file > 0 && avio_tell(s->pb) > in->start)
        sum = av_rescale(sum, file, avio_tell(s->pb));
    m->mends = 0;
    return ff_rfb_input_seek(in, 0) < 0 ? 0 : sum / 1000000;
}

/**
 * The size is nowhere but in the rectangles of the first update.
 * @return 1, or 0 if that update is not complete
 */
static int find_size(const RFBStream *stream, RFBParser *p, int *width, int *height)
{
    size_t pos = 0;
    int ret;

    do {
        avpriv_rfb_parser_restart(p);
        ret = avpriv_rfb_parse(p, NULL, stream->buf + pos, stream->size - pos);
        if (ret < 0)
            return ret == AVERROR(EAGAIN) ? 0 : ret;
        pos += ret;
    } while (p->type != RFB_MSG_FRAMEBUFFER_UPDATE || !p->nb_rects);

    pos -= ret - 4;
    for (int i = 0; i < p->nb_rects; i++) {
        const uint8_t *r = stream->buf + pos;
        int w = AV_RB16(r + 4), h = AV_RB16(r + 6);
        int32_t encoding = AV_RB32(r + 8);

        if (encoding == RFB_ENC_DESKTOP_SIZE) {
            *width  = w;
            *height = h;
            return 1;
        }
        if (encoding != RFB_ENC_RAW)
            break;
        *width  = FFMAX(*width,  AV_RB16(r) + w);
        *height = FFMAX(*height, AV_RB16(r + 2) + h);
        pos += 12 + (size_t)w * h * ff_rfb_pixel_size(&p->pf);
    }
    return *width && *height ? 1 : AVERROR_INVALIDDATA;
}

static int open_session(AVFormatContext *s, uint8_t *init)
{
    MinimegaDemuxer *m = s->priv_data;
    int width = m->rfb.width, height = m->rfb.height, ret = width && height;
    RFBParser p;

    AV_WB32(init, 1 << 16 | 1);
    if ((ret = ret ? ret : avpriv_rfb_parser_init(&p, init, m->rfb.max_pixels)) < 0)
        return ret;
    while (!ret && !(ret = minimega_read_chunk(s))) {
        if (m->rfb.stream.size > 4 * m->rfb.max_pixels)
            ret = AVERROR_INVALIDDATA;
        else
            ret = find_size(&m->rfb.stream, &p, &width, &height);
    }
    if (ret < 0) {
        av_log(s, AV_LOG_ERROR, "No size can be found in the first update before byte %"PRId64
               "; -video_size tells it\n", m->rfb.in.pos);
        return ret == AVERROR_EOF ? AVERROR_INVALIDDATA : ret;
    }
    AV_WB16(init, width);
    AV_WB16(init + 2, height);
    ff_rfb_demux_writer(s, "minimega");
    return ff_rfb_demux_open(s, &minimega_container, init, NULL, 0, 0);
}

static int minimega_demux_header(AVFormatContext *s)
{
    MinimegaDemuxer *m = s->priv_data;
    uint8_t init[RFB_SERVER_INIT_SIZE] = { 0 };
    RFBPixelFormat pf;
    int64_t duration = 0;
    int ret = ff_rfb_demux_init(s), estimate = 0;

    avpriv_rfb_pixel_format_parse(&pf, "bgrx8888");
    avpriv_rfb_pixel_format_write(&pf, init + 4);
    if (ret >= 0) {
        duration = find_duration(s, &estimate);
        ret = open_session(s, init);
    }
    if (ret < 0)
        ff_rfb_demux_read_close(s);
    else if (!estimate)
        ff_rfb_demux_duration(s, duration);
    else if (!m->rfb.max_gap)
        s->streams[0]->duration = duration;
    return ret;
}

static const AVOption minimega_options[] = {
    RFB_DEMUX_OPTIONS,
    RFB_DEMUX_VIDEO_SIZE,
    { NULL },
};

static const AVClass minimega_class = {
    .class_name = "minimega demuxer",
    .item_name  = av_default_item_name,
    .option     = minimega_options,
    .version    = LIBAVUTIL_VERSION_INT,
};

const RFB_INPUT_FORMAT ff_minimega_demuxer = {
    RFB_P(name)       = "minimega",
    RFB_P(long_name)  = NULL_IF_CONFIG_SMALL("minimega framebuffer recording"),
    RFB_P(flags)      = AVFMT_NO_BYTE_SEEK | AVFMT_SEEK_TO_PTS,
    RFB_P(priv_class) = &minimega_class,
    .priv_data_size   = sizeof(MinimegaDemuxer),
    .read_probe       = minimega_probe,
    .read_header      = minimega_demux_header,
    .read_packet      = ff_rfb_demux_read_packet,
    .read_seek        = ff_rfb_demux_read_seek,
    .read_close       = ff_rfb_demux_read_close,
};
