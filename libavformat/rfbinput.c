/*
 * Input of RFB recordings, compressed or not
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

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/mem.h"
#include "avio.h"
#include "rfbgzip.h"
#include "rfbgzseek.h"
#include "rfbinput.h"

#define IN_SIZE     (64 << 10)
#define DIRECT_SIZE (16 << 10)

#define GZIP_TRAILER 8          ///< checksum and length

int ff_rfb_input_open(RFBInput *in, AVIOContext *pb)
{
    uint8_t magic[3];
    int ret;

    in->pb       = pb;
    in->start    = avio_tell(pb);
    in->seekable = pb->seekable & AVIO_SEEKABLE_NORMAL;
    ret = avio_read(pb, magic, sizeof(magic));
    if (ret < 0 && ret != AVERROR_EOF)
        return ret;
    in->gzip = ret == sizeof(magic) && ff_rfb_input_is_gzip(magic);
    /* three bytes are still in the buffer, even of a pipe */
    if ((ret = avio_seek(pb, in->start, SEEK_SET)) < 0)
        return ret;
    if (!in->gzip)
        return 0;
    if (!(in->in = av_malloc(IN_SIZE)))
        return AVERROR(ENOMEM);
    if (inflateInit2(&in->z, RFB_GZIP_WINDOW) != Z_OK) {
        av_freep(&in->in);
        return AVERROR(ENOMEM);
    }
    return 0;
}

void ff_rfb_input_close(RFBInput *in)
{
    if (in->in)
        inflateEnd(&in->z);
    av_freep(&in->in);
    ff_rfb_gzip_note_free(in);
}

int64_t ff_rfb_input_file_offset(const RFBInput *in)
{
    return in->gzip ? avio_tell(in->pb) - in->z.avail_in - in->start : in->pos;
}

/** Have compressed bytes at hand, or at_end set. @return 0 or a negative AVERROR code */
static int fill(RFBInput *in)
{
    int ret;

    if (in->z.avail_in)
        return 0;
    ret = avio_read_partial(in->pb, in->in, IN_SIZE);
    if (ret < 0 && ret != AVERROR_EOF)
        return ret;
    in->at_end     = ret <= 0;
    in->z.next_in  = in->in;
    in->z.avail_in = FFMAX(ret, 0);
    return 0;
}

/** A gzip member ends here, and another one may begin. */
static void end_member(RFBInput *in)
{
    z_stream *z = &in->z;
    int n = FFMIN(in->trailer, z->avail_in);

    z->next_in  += n;
    z->avail_in -= n;
    in->trailer -= n;
    if (in->trailer)
        return;
    inflateReset2(z, RFB_GZIP_WINDOW);
    in->raw    = 0;
    in->member = ff_rfb_input_file_offset(in);
}

/** Whether nothing but zeros follow to the end, as a crash leaves them or a tape. */
static int only_zeros(RFBInput *in)
{
    z_stream *z = &in->z;

    while (!in->at_end) {
        for (; z->avail_in; z->avail_in--)
            if (*z->next_in++)
                return 0;
        if (fill(in) < 0)
            return 0;
    }
    return 1;
}

static int says(const RFBInputGap *gap, const char *what)
{
    return !strcmp(gap->what, what);
}

/** Go on where the gap at hand ends. */
static int pass_gap(RFBInput *in)
{
    const RFBInputGap *gap = &in->gap[in->passed];
    int64_t ret = avio_seek(in->pb, in->start + gap->next, SEEK_SET);

    if (ret < 0)
        return ret;
    inflateReset2(&in->z, gap->raw ? RFB_RAW_WINDOW : RFB_GZIP_WINDOW);
    in->z.avail_in = 0;
    in->raw    = gap->raw;
    in->member = gap->raw ? gap->member : gap->next;
    in->at_gap = in->at_end = 0;
    in->passed++;
    in->lost += !gap->nothing_lost;
    return 0;
}

/**
 * The data are damaged.
 * @param pos uncompressed bytes before that
 */
static int meet_gap(RFBInput *in, int64_t pos)
{
    RFBInputGap *gap = &in->gap[in->passed];
    int64_t trailer_end = -1;
    int ret = 0;

    if (in->passed < in->nb_gaps) {
        in->at_gap = 1;
        return gap->nothing_lost ? pass_gap(in) : 0;
    }
    *gap = (RFBInputGap){ in->z.msg ? in->z.msg : "not deflate data", pos, in->member,
                          ff_rfb_input_file_offset(in) };
    if (pos && !in->z.total_out && says(gap, "incorrect header check") && only_zeros(in))
        return 0;
    in->at_gap = 1;
    in->at_end = 0;
    if (says(gap, "incorrect length check"))
        trailer_end = gap->damage;
    else if (says(gap, "incorrect data check"))
        trailer_end = gap->damage + GZIP_TRAILER / 2;
    if (in->seekable && in->nb_gaps < RFB_INPUT_MAX_GAPS - 1)
        ret = ff_rfb_gzip_find(in, gap);
    in->nb_gaps++;
    if (ret < 0 || !gap->next || gap->next != trailer_end)
        return ret;
    gap->nothing_lost = 1;
    return pass_gap(in);
}

/** @return bytes written, 0 at the end or a gap, or a negative AVERROR code */
static int read_gzip(RFBInput *in, uint8_t *buf, int size)
{
    z_stream *z = &in->z;
    int ret = 0;

    /* what was damaged once is, though zlib may not say so at the same place */
    while (in->passed < in->nb_gaps) {
        const RFBInputGap *gap = &in->gap[in->passed];

        in->at_gap = in->pos >= gap->pos;
        if (!in->at_gap)
            size = FFMIN(size, gap->pos - in->pos);
        if (!in->at_gap || !gap->nothing_lost)
            break;
        if ((ret = pass_gap(in)) < 0)
            return ret;
    }
    z->next_out  = buf;
    z->avail_out = size;
    while (z->avail_out == size && !in->at_end && !in->at_gap && ret >= 0) {
        if ((ret = fill(in)) < 0)
            return ret;
        if (in->trailer) {
            end_member(in);
            continue;
        }
        ret = inflate(z, in->places ? Z_BLOCK : Z_SYNC_FLUSH);
        if (ret == Z_MEM_ERROR)
            return AVERROR(ENOMEM);
        if (in->places && ret == Z_OK)
            ff_rfb_gzip_met(in, in->pos + size - z->avail_out);
        if (ret == Z_STREAM_END) {
            in->trailer = in->raw ? GZIP_TRAILER : 0;
            end_member(in);
        } else if (ret != Z_OK && ret != Z_BUF_ERROR) {
            ret = meet_gap(in, in->pos + size - z->avail_out);
            continue;
        }
        ret = 0;
    }
    return ret < 0 && z->avail_out == size ? ret : size - z->avail_out;
}

int ff_rfb_input_read(RFBInput *in, uint8_t *buf, int size)
{
    int done = 0, ret = 1;

    if (!in->gzip) {
        /* what goes through its buffer is copied once more; where blocks are
         * large, their short headers should not fill it either */
        if (size >= DIRECT_SIZE)
            in->direct = 4;
        in->pb->direct = in->direct > 0;
        in->direct    -= in->direct > 0;
        ret  = size ? avio_read(in->pb, buf, size) : 0;
        done = FFMAX(ret, 0);
    }
    while (in->gzip && done < size && ret > 0) {
        ret   = read_gzip(in, buf + done, size - done);
        done += FFMAX(ret, 0);
        in->pos += FFMAX(ret, 0);
    }
    if (!in->gzip)
        in->pos += done;
    return ret < 0 && ret != AVERROR_EOF && !done ? ret : done;
}

int ff_rfb_input_resume(RFBInput *in)
{
    if (!in->at_gap || !in->gap[in->passed].next || pass_gap(in) < 0)
        return 0;
    in->pos++;
    return 1;
}

int64_t ff_rfb_input_behind(const RFBInput *in, int lost)
{
    int i = 0;

    while (in->gap[i].nothing_lost || lost--)
        i++;
    return in->gap[i].pos + 1;
}

int ff_rfb_input_doubt(RFBInput *in, int64_t pos)
{
    const int64_t damage = ff_rfb_input_file_offset(in), member = in->member;
    const int passed = in->passed;
    int good = !in->raw, ret = 1;
    uint8_t buf[4096];

    if (!in->gzip)
        return 1;
    while (good && ret > 0 && in->member == member) {
        ret = read_gzip(in, buf, sizeof(buf));
        in->pos += FFMAX(ret, 0);
    }
    if (ret < 0)
        return ret;
    if (good && in->member != member && in->passed == passed)
        return 1;
    in->nb_gaps = passed;
    if ((ret = ff_rfb_input_seek(in, pos)) < 0)
        return ret;
    in->gap[passed] = (RFBInputGap){ "what they give makes no sense", pos, member, damage };
    in->nb_gaps++;
    in->at_gap = 1;
    return passed < RFB_INPUT_MAX_GAPS - 1 ? ff_rfb_gzip_find(in, &in->gap[passed]) : 0;
}

void ff_rfb_input_forget(RFBInput *in, int nb_gaps)
{
    in->nb_gaps = FFMIN(in->nb_gaps, nb_gaps);
    if (in->gzip)
        in->pos = INT64_MAX;
}

int ff_rfb_input_seek(RFBInput *in, int64_t pos)
{
    uint8_t buf[4096];
    int64_t ret;

    if (!in->gzip) {
        ret = avio_seek(in->pb, in->start + pos, SEEK_SET);
        in->pos = pos;
        return ret < 0 ? ret : 0;
    }
    if (pos < in->pos) {
        if ((ret = avio_seek(in->pb, in->start, SEEK_SET)) < 0)
            return ret;
        inflateReset2(&in->z, RFB_GZIP_WINDOW);
        in->z.avail_in = 0;
        in->at_end = in->at_gap = in->raw = in->trailer = in->passed = in->lost = 0;
        in->pos    = in->member = 0;
    }
    while (in->pos < pos) {
        ret = ff_rfb_input_read(in, buf, FFMIN(pos - in->pos, sizeof(buf)));
        if (ret <= 0 && !ff_rfb_input_resume(in))
            return ret < 0 ? ret : AVERROR_EOF;
    }
    return 0;
}

int64_t ff_rfb_input_size(RFBInput *in)
{
    int64_t size = in->gzip ? -1 : avio_size(in->pb);

    return size < 0 ? -1 : size - in->start;
}

int ff_rfb_input_probe(const AVProbeData *p, uint8_t *buf, int size)
{
    z_stream z = { 0 };

    if (p->buf_size < 3 || !ff_rfb_input_is_gzip(p->buf)) {
        size = FFMIN(size, p->buf_size);
        memcpy(buf, p->buf, size);
        return size;
    }
    if (inflateInit2(&z, RFB_GZIP_WINDOW) != Z_OK)
        return 0;
    z.next_in   = p->buf;
    z.avail_in  = p->buf_size;
    z.next_out  = buf;
    z.avail_out = size;
    inflate(&z, Z_SYNC_FLUSH);
    size = z.next_out - buf;
    inflateEnd(&z);
    return size;
}
