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
#include "rfbinput.h"

#define IN_SIZE     (64 << 10)
#define DIRECT_SIZE (16 << 10)
#define GZIP_WINDOW (15 + 16)   ///< windowBits for a gzip header, as zlib wants it

static int is_gzip(const uint8_t *b)
{
    return b[0] == 0x1F && b[1] == 0x8B && b[2] == 8;
}

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
    in->gzip = ret == sizeof(magic) && is_gzip(magic);
    /* three bytes are still in the buffer, even of a pipe */
    if ((ret = avio_seek(pb, in->start, SEEK_SET)) < 0)
        return ret;
    if (!in->gzip)
        return 0;
    if (!(in->in = av_malloc(IN_SIZE)))
        return AVERROR(ENOMEM);
    if (inflateInit2(&in->z, GZIP_WINDOW) != Z_OK) {
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
}

/** @return bytes written, 0 at the end, or a negative AVERROR code */
static int read_gzip(RFBInput *in, uint8_t *buf, int size)
{
    z_stream *z = &in->z;
    int ret;

    z->next_out  = buf;
    z->avail_out = size;
    while (z->avail_out == size && !in->at_end) {
        if (!z->avail_in) {
            ret = avio_read_partial(in->pb, in->in, IN_SIZE);
            if (ret < 0 && ret != AVERROR_EOF)
                return ret;
            in->at_end  = ret <= 0;
            z->next_in  = in->in;
            z->avail_in = FFMAX(ret, 0);
        }
        ret = inflate(z, Z_SYNC_FLUSH);
        /* a second member may follow; damage, a missing end and what else is
         * behind the last one are all the end */
        if (ret == Z_STREAM_END)
            inflateReset(z);
        else if (ret != Z_OK && ret != Z_BUF_ERROR)
            in->at_end = 1;
    }
    return size - z->avail_out;
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
    }
    in->pos += done;
    return ret < 0 && ret != AVERROR_EOF && !done ? ret : done;
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
        inflateReset(&in->z);
        in->z.avail_in = 0;
        in->at_end = in->pos = 0;
    }
    while (in->pos < pos)
        if ((ret = ff_rfb_input_read(in, buf, FFMIN(pos - in->pos, sizeof(buf)))) <= 0)
            return ret < 0 ? ret : AVERROR_EOF;
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

    if (p->buf_size < 3 || !is_gzip(p->buf)) {
        size = FFMIN(size, p->buf_size);
        memcpy(buf, p->buf, size);
        return size;
    }
    if (inflateInit2(&z, GZIP_WINDOW) != Z_OK)
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
