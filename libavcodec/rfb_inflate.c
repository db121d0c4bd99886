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

#include "rfb_compat.h"

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/mem.h"
#include "rfb_inflate.h"

#if CONFIG_LIBISAL
#include <isa-l/igzip_lib.h>

typedef struct inflate_state State;

static void state_reset(State *z)
{
    isal_inflate_reset(z);
    z->crc_flag = ISAL_ZLIB;
}

static State *state_alloc(void)
{
    State *z = av_mallocz(sizeof(*z));

    if (!z)
        return NULL;
    isal_inflate_init(z);
    z->crc_flag = ISAL_ZLIB;
    return z;
}

static void state_free(State *z)
{
    av_free(z);
}

/** @return 0, or negative when the data is damaged */
static int state_run(State *z)
{
    int ret = isal_inflate(z);

    return ret == ISAL_NEED_DICT || z->block_state == ISAL_BLOCK_FINISH ? -1 : FFMIN(ret, 0);
}

#else
#include <zlib.h>

typedef z_stream State;

static void *z_alloc(void *opaque, unsigned items, unsigned size)
{
    return av_calloc(items, size);
}

static void z_free(void *opaque, void *ptr)
{
    av_free(ptr);
}

/** These streams never end, so nobody ever looks at the checksum. */
static void state_reset(State *z)
{
    inflateReset(z);
#if ZLIB_VERNUM >= 0x1290
    inflateValidate(z, 0);
#endif
}

static State *state_alloc(void)
{
    State *z = av_mallocz(sizeof(*z));

    if (!z)
        return NULL;
    z->zalloc = z_alloc;
    z->zfree  = z_free;
    if (inflateInit(z) != Z_OK) {
        av_free(z);
        return NULL;
    }
    state_reset(z);
    return z;
}

static void state_free(State *z)
{
    if (z)
        inflateEnd(z);
    av_free(z);
}

/** @return 0, or negative when the data is damaged */
static int state_run(State *z)
{
    int ret = inflate(z, Z_SYNC_FLUSH);

    /* no progress is possible (Z_BUF_ERROR) when the data just ends */
    return ret == Z_OK || ret == Z_BUF_ERROR ? 0 : -1;
}
#endif

int ff_rfb_inflate_begin(RFBInflate *s, const uint8_t *src, size_t size)
{
    State *z = s->state;

    if (!z && !(z = s->state = state_alloc()))
        return AVERROR(ENOMEM);
    z->next_in  = (uint8_t *)src;
    z->avail_in = size;
    return s->broken ? AVERROR_INVALIDDATA : 0;
}

size_t ff_rfb_inflate_some(RFBInflate *s, uint8_t *dst, size_t size)
{
    State *z = s->state;
    size_t done = 0;

    while (!s->broken && done < size) {
        unsigned part = FFMIN(size - done, 1 << 30);

        z->next_out  = dst + done;
        z->avail_out = part;
        if (state_run(z) < 0)
            s->broken = 1;
        done += part - z->avail_out;
        if (z->avail_out && !z->avail_in)
            break;
    }
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
    State *z = s->state;
    uint8_t spare[1024];

    if (!z)
        return AVERROR(ENOMEM);
    /* The pixels are out, but the flush marker behind them must go in, too.
     * A few servers compress more than the rectangle holds. */
    for (int i = 0; i < 64 && !s->broken && z->avail_in; i++)
        if (!ff_rfb_inflate_some(s, spare, sizeof(spare)) && z->avail_in)
            break;
    if (z->avail_in)
        s->broken = 1;
    z->next_in  = NULL;
    z->avail_in = 0;
    return s->broken ? AVERROR_INVALIDDATA : 0;
}

void ff_rfb_inflate_reset(RFBInflate *s)
{
    if (s->state)
        state_reset(s->state);
    s->broken = 0;
}

void ff_rfb_inflate_free(RFBInflate *s)
{
    state_free(s->state);
    memset(s, 0, sizeof(*s));
}
