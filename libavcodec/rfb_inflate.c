/*
 * RFB zlib streams
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
#include "rfb_inflate.h"

static void *z_alloc(void *opaque, unsigned items, unsigned size)
{
    return av_calloc(items, size);
}

static void z_free(void *opaque, void *ptr)
{
    av_free(ptr);
}

/** These streams never end, so nobody ever looks at the sum. */
static void no_checksum(RFBInflate *s)
{
#if ZLIB_VERNUM >= 0x1290
    inflateValidate(&s->z, 0);
#endif
}

int ff_rfb_inflate_begin(RFBInflate *s, const uint8_t *src, size_t size)
{
    if (!s->ready) {
        memset(s, 0, sizeof(*s));
        s->z.zalloc = z_alloc;
        s->z.zfree  = z_free;
        if (inflateInit(&s->z) != Z_OK)
            return AVERROR(ENOMEM);
        s->ready = 1;
        no_checksum(s);
    }
    s->z.next_in  = (uint8_t *)src;
    s->z.avail_in = size;
    return s->broken ? AVERROR_INVALIDDATA : 0;
}

size_t ff_rfb_inflate_some(RFBInflate *s, uint8_t *dst, size_t size)
{
    size_t done = 0;
    int ret = Z_OK;

    while (!s->broken && done < size && ret == Z_OK) {
        unsigned part = FFMIN(size - done, 1 << 30);

        s->z.next_out  = dst + done;
        s->z.avail_out = part;
        ret = inflate(&s->z, Z_SYNC_FLUSH);
        done += part - s->z.avail_out;
        if (ret == Z_OK && s->z.avail_out && !s->z.avail_in)
            break;
    }
    /* no progress is possible (Z_BUF_ERROR) when the data just ends */
    if (ret != Z_OK && ret != Z_BUF_ERROR)
        s->broken = 1;
    return done;
}

int ff_rfb_inflate_read(RFBInflate *s, uint8_t *dst, size_t size)
{
    if (ff_rfb_inflate_some(s, dst, size) == size)
        return 0;
    s->broken = 1;
    return AVERROR_INVALIDDATA;
}

int ff_rfb_inflate_end(RFBInflate *s)
{
    uint8_t spare[1024];

    /* The pixels are out, but the flush marker behind them must go in, too.
     * A few servers compress more than the rectangle holds. */
    for (int i = 0; i < 64 && !s->broken && s->z.avail_in; i++)
        if (!ff_rfb_inflate_some(s, spare, sizeof(spare)) && s->z.avail_in)
            break;
    if (s->z.avail_in)
        s->broken = 1;
    return s->broken ? AVERROR_INVALIDDATA : 0;
}

void ff_rfb_inflate_reset(RFBInflate *s)
{
    if (s->ready) {
        inflateReset(&s->z);
        no_checksum(s);
    }
    s->broken = 0;
}

void ff_rfb_inflate_free(RFBInflate *s)
{
    if (s->ready)
        inflateEnd(&s->z);
    memset(s, 0, sizeof(*s));
}
