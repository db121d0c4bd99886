/*
 * Zstandard streams of RFB, as UltraVNC has them in place of zlib
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

#if CONFIG_LIBZSTD
#include <zstd.h>

/**
 * History that a stream may go back, in bits. UltraVNC compresses at levels of
 * at most 2, which use 20; more would be memory for whoever asks for it.
 */
#define MAX_WINDOW_LOG 21

typedef struct Zstd {
    ZSTD_DStream *d;
    ZSTD_inBuffer in;
} Zstd;

static int begin(RFBInflate *s, const uint8_t *src, size_t size)
{
    Zstd *z = s->state;

    if (!z) {
        if (!(z = av_mallocz(sizeof(*z))))
            return AVERROR(ENOMEM);
        if (!(z->d = ZSTD_createDStream())) {
            av_free(z);
            return AVERROR(ENOMEM);
        }
        ZSTD_DCtx_setParameter(z->d, ZSTD_d_windowLogMax, MAX_WINDOW_LOG);
        s->state = z;
    }
    z->in = (ZSTD_inBuffer){ src, size, 0 };
    return 0;
}

static size_t some(RFBInflate *s, uint8_t *dst, size_t size)
{
    Zstd *z = s->state;
    ZSTD_outBuffer out = { dst, size, 0 };

    while (!s->broken && out.pos < size) {
        size_t written = out.pos, read = z->in.pos;

        if (ZSTD_isError(ZSTD_decompressStream(z->d, &out, &z->in)))
            s->broken = 1;
        if (out.pos == written && z->in.pos == read)
            break;
    }
    return out.pos;
}

static size_t left(const RFBInflate *s)
{
    const Zstd *z = s->state;

    return z->in.size - z->in.pos;
}

static void reset(RFBInflate *s)
{
    Zstd *z = s->state;

    ZSTD_DCtx_reset(z->d, ZSTD_reset_session_only);
}

static void free_state(RFBInflate *s)
{
    Zstd *z = s->state;

    ZSTD_freeDStream(z->d);
    av_free(z);
}

const RFBUnpacker ff_rfb_zstd = { begin, some, left, reset, free_state,
                                  "damaged Zstd data, bytes" };

#else

const RFBUnpacker ff_rfb_zstd = {
    .error = "this program was built without libzstd, bytes",
};

#endif
