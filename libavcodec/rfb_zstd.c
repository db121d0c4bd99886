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

static const char zstd_error[] = "damaged Zstd data, bytes";

typedef struct Zstd {
    ZSTD_DStream *d;
    ZSTD_inBuffer in;
} Zstd;

int ff_rfb_zstd_begin(RFBInflate *s, const uint8_t *src, size_t size)
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
    z->in   = (ZSTD_inBuffer){ src, size, 0 };
    s->used = 1;
    return s->broken ? AVERROR_INVALIDDATA : 0;
}

size_t ff_rfb_zstd_some(RFBInflate *s, uint8_t *dst, size_t size)
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

size_t ff_rfb_zstd_left(const RFBInflate *s)
{
    const Zstd *z = s->state;

    return z->in.size - z->in.pos;
}

void ff_rfb_zstd_reset(RFBInflate *s)
{
    Zstd *z = s->state;

    if (z)
        ZSTD_DCtx_reset(z->d, ZSTD_reset_session_only);
}

void ff_rfb_zstd_free(RFBInflate *s)
{
    Zstd *z = s->state;

    if (z)
        ZSTD_freeDStream(z->d);
    av_free(z);
}

#else

static const char zstd_error[] = "this program was built without libzstd, bytes";

int ff_rfb_zstd_begin(RFBInflate *s, const uint8_t *src, size_t size)
{
    s->broken = 1;
    return AVERROR(ENOSYS);
}

size_t ff_rfb_zstd_some(RFBInflate *s, uint8_t *dst, size_t size)
{
    return 0;
}

size_t ff_rfb_zstd_left(const RFBInflate *s)
{
    return 0;
}

void ff_rfb_zstd_reset(RFBInflate *s)
{
}

void ff_rfb_zstd_free(RFBInflate *s)
{
}
#endif

const char *ff_rfb_inflate_error(const RFBInflate *s)
{
    if (!s->zstd)
        return "damaged zlib data, bytes";
    return zstd_error;
}
