/*
 * xz streams of RFB, as UltraVNC's XZ and XZYW have them
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

#include "rfb_compat.h"

#include "libavutil/error.h"
#include "libavutil/mem.h"
#include "rfb_inflate.h"

#if CONFIG_LZMA
#include <lzma.h>

/** Bytes for a stream's history. UltraVNC takes 4 MB, and 16 MB at its highest level. */
#define MAX_MEMORY (17 << 20)

static int init(lzma_stream *z)
{
    /* UltraVNC's streams have no checksum */
    return lzma_stream_decoder(z, MAX_MEMORY, 0) == LZMA_OK ? 0 : AVERROR(ENOMEM);
}

static int begin(RFBInflate *s, const uint8_t *src, size_t size)
{
    lzma_stream *z = s->state;

    if (!z) {
        if (!(z = av_mallocz(sizeof(*z))))
            return AVERROR(ENOMEM);
        if (init(z) < 0) {
            av_free(z);
            return AVERROR(ENOMEM);
        }
        s->state = z;
    }
    z->next_in  = src;
    z->avail_in = size;
    return 0;
}

static size_t some(RFBInflate *s, uint8_t *dst, size_t size)
{
    lzma_stream *z = s->state;

    z->next_out  = dst;
    z->avail_out = size;
    while (!s->broken && z->avail_out) {
        size_t in = z->avail_in, out = z->avail_out;
        lzma_ret ret = lzma_code(z, LZMA_RUN);

        /* no progress is possible (LZMA_BUF_ERROR) when the data just ends */
        if (ret != LZMA_OK && ret != LZMA_BUF_ERROR && ret != LZMA_STREAM_END)
            s->broken = 1;
        if (z->avail_in == in && z->avail_out == out)
            break;
    }
    return size - z->avail_out;
}

static size_t left(const RFBInflate *s)
{
    return ((const lzma_stream *)s->state)->avail_in;
}

static void free_state(RFBInflate *s)
{
    lzma_end(s->state);
    av_freep(&s->state);
}

const RFBUnpacker ff_rfb_lzma = { begin, some, left, free_state, free_state,
                                  "damaged xz data, bytes" };

#else

const RFBUnpacker ff_rfb_lzma = {
    .error = "this program was built without liblzma, bytes",
};

#endif
