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

#include <zlib.h>

#include "rfb_compat.h"

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/intreadwrite.h"
#include "libavutil/mem.h"
#include "rfb_inflate.h"

#define WINDOW RFB_WINDOW

/** The window before a rectangle is still there behind as much of its output. */
#define RING (2 * WINDOW)

/** So much that nobody asked for is unpacked behind a rectangle's pixels. */
#define MAX_SPARE (4 << 20)

static void *z_alloc(void *opaque, unsigned items, unsigned size)
{
    return av_calloc(items, size);
}

static void z_free(void *opaque, void *ptr)
{
    av_free(ptr);
}

/** @param bits as inflateInit2() has them: 15, or -15 for a stream without a head */
static z_stream *zlib_alloc(int bits)
{
    z_stream *z = av_mallocz(sizeof(*z));

    if (!z)
        return NULL;
    z->zalloc = z_alloc;
    z->zfree  = z_free;
    if (inflateInit2(z, bits) != Z_OK) {
        av_free(z);
        return NULL;
    }
    return z;
}

static void zlib_free(z_stream *z)
{
    if (z)
        inflateEnd(z);
    av_free(z);
}

/** @return 0, or negative when the data is damaged */
static int zlib_run(z_stream *z)
{
    int ret = inflate(z, Z_SYNC_FLUSH);

    /* no progress is possible (Z_BUF_ERROR) when the data just ends */
    return ret == Z_OK || ret == Z_BUF_ERROR ? 0 : -1;
}

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

/** Go on in a stream that has put out these bytes. @return 0 or negative */
static int state_resume(State *z, uint8_t *window, int n)
{
    isal_inflate_reset(z);
    z->crc_flag = ISAL_DEFLATE;
    return isal_inflate_set_dict(z, window, n) == ISAL_DECOMP_OK ? 0 : -1;
}

/** @return 0, or negative when the data is damaged */
static int state_run(State *z)
{
    int ret = isal_inflate(z);

    return ret == ISAL_NEED_DICT || z->block_state == ISAL_BLOCK_FINISH ? -1 : FFMIN(ret, 0);
}

/** @return whether the data ended */
static int state_finish(State *z)
{
    return isal_inflate(z) == ISAL_DECOMP_OK && z->block_state == ISAL_BLOCK_FINISH;
}

#else
typedef z_stream State;

/** These streams never end, so nobody ever looks at the checksum. */
static void state_reset(State *z)
{
    inflateReset2(z, 15);
#if ZLIB_VERNUM >= 0x1290
    inflateValidate(z, 0);
#endif
}

static State *state_alloc(void)
{
    State *z = zlib_alloc(15);

    if (z)
        state_reset(z);
    return z;
}

static int state_resume(State *z, uint8_t *window, int n)
{
    return inflateReset2(z, -15) == Z_OK && inflateSetDictionary(z, window, n) == Z_OK ? 0 : -1;
}

static int state_finish(State *z)
{
    return inflate(z, Z_FINISH) == Z_STREAM_END;
}

#define state_free zlib_free
#define state_run  zlib_run
#endif

/** Note what was put out; what is further back than a window does not count. */
static void remember(RFBInflate *s, uint8_t *ring, const uint8_t *data, size_t size)
{
    size_t skip = size > WINDOW ? size - WINDOW : 0, pos = (s->total + skip) & (RING - 1);
    size_t n = size - skip, part = FFMIN(n, RING - pos);

    memcpy(ring + pos, data + skip, part);
    memcpy(ring, data + skip + part, n - part);
}

/** @param window WINDOW bytes. @return how many there are in it */
static int get_window(const RFBInflate *s, const uint8_t *ring, uint8_t *window)
{
    int n = FFMIN(s->total, WINDOW), pos = (s->total - n) & (RING - 1);
    int part = FFMIN(n, RING - pos);

    memcpy(window, ring + pos, part);
    memcpy(window + part, ring, n - part);
    return n;
}

/** Whether the last n bytes of output are the same in both rings. */
static int rings_agree(const RFBInflate *s, int n)
{
    int pos = (s->total - n) & (RING - 1), part = FFMIN(n, RING - pos);

    return !memcmp(s->ring[0] + pos, s->ring[1] + pos, part) &&
           !memcmp(s->ring[0], s->ring[1], n - part);
}

static void drop_twins(RFBInflate *s)
{
    for (int i = 0; i < 2; i++) {
        zlib_free(s->twin[i]);
        s->twin[i] = NULL;
    }
    av_freep(&s->ring[1]);
}

/** Let the twins begin behind what the rings hold. */
static int set_twins(RFBInflate *s)
{
    uint8_t window[WINDOW];

    for (int i = 0; i < 2; i++) {
        int n = get_window(s, s->ring[i], window);

        zlib_free(s->twin[i]);
        s->twin[i] = zlib_alloc(-15);
        if (!s->twin[i] || inflateSetDictionary(s->twin[i], window, n) != Z_OK) {
            drop_twins(s);
            return AVERROR(ENOMEM);
        }
    }
    return 0;
}

static int copy_ring(RFBInflate *s)
{
    if (s->ring[1])
        return 0;
    if (!(s->ring[1] = av_malloc(RING)))
        return AVERROR(ENOMEM);
    memcpy(s->ring[1], s->ring[0], RING);
    return 0;
}

int ff_rfb_inflate_split(RFBInflate *s)
{
    if (s->twin[0] || s->broken || !s->ring[0] || !s->flushed)
        return 0;
    return copy_ring(s) < 0 ? AVERROR(ENOMEM) : set_twins(s);
}

/**
 * Go on behind a rectangle that was lost. In place of its output one twin has
 * zeros and the other 255s.
 */
static int recover(RFBInflate *s)
{
    s->total = s->start;
    s->gap = s->expect < 0 ? WINDOW : FFMIN(s->gap + s->expect, WINDOW);
    if (!s->flushed)
        return AVERROR_INVALIDDATA;
    if (copy_ring(s) < 0)
        return AVERROR(ENOMEM);
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < s->gap; j++)
            s->ring[i][(s->total + j) & (RING - 1)] = i ? 0xFF : 0;
    s->total += s->gap;
    if (set_twins(s) < 0)
        return AVERROR(ENOMEM);
    s->broken = s->gap = 0;
    return 0;
}

int ff_rfb_inflate_begin(RFBInflate *s, const uint8_t *src, size_t size)
{
    State *z = s->state;
    z_stream *twin;

    if (s->other) {
        int ret = s->other->begin ? s->other->begin(s, src, size) : AVERROR(ENOSYS);

        s->used    = 1;
        s->broken |= ret < 0;
        return s->broken && ret >= 0 ? AVERROR_INVALIDDATA : ret;
    }
    if (!z && !(z = s->state = state_alloc()))
        return AVERROR(ENOMEM);
    if (!s->ring[0] && !(s->ring[0] = av_malloc(RING)))
        return AVERROR(ENOMEM);
    if (s->pass != RFB_PASS_SECOND) {
        /* what was broken in a rectangle stays so up to its end */
        if (s->broken && s->pass == RFB_PASS_FIRST && !s->used &&
            recover(s) == AVERROR(ENOMEM))
            return AVERROR(ENOMEM);
        if (!s->broken && (s->pass == RFB_PASS_ONLY || !s->used))
            s->start = s->total;
        /* Z_SYNC_FLUSH ends in an empty block, and so what is behind it begins with one */
        s->flushed = size >= 4 && AV_RB32(src + size - 4) == 0xFFFF;
        s->expect  = -1;
        s->used    = s->begun = 1;
    }
    twin = s->twin[s->pass == RFB_PASS_SECOND];
    if (twin) {
        twin->next_in  = (uint8_t *)src;
        twin->avail_in = size;
    } else {
        z->next_in  = (uint8_t *)src;
        z->avail_in = size;
    }
    return s->broken || (s->pass == RFB_PASS_SECOND && !twin) ? AVERROR_INVALIDDATA : 0;
}

void ff_rfb_inflate_expect(RFBInflate *s, int64_t size)
{
    s->expect = size;
}

/** Unpack into size bytes. @param in bytes of data that are left. @return bytes written */
static unsigned run(RFBInflate *s, uint8_t *dst, unsigned size, size_t *in)
{
    int second = s->pass == RFB_PASS_SECOND;
    z_stream *twin = s->twin[second];
    State *z = s->state;

    if (twin) {
        twin->next_out  = dst;
        twin->avail_out = size;
        s->broken |= zlib_run(twin) < 0;
        size -= twin->avail_out;
        *in   = twin->avail_in;
    } else {
        z->next_out  = dst;
        z->avail_out = size;
        s->broken |= state_run(z) < 0;
        size -= z->avail_out;
        *in   = z->avail_in;
    }
    remember(s, s->ring[second], dst, size);
    s->total += size;
    return size;
}

size_t ff_rfb_inflate_some(RFBInflate *s, uint8_t *dst, size_t size)
{
    size_t done = 0, in = 1;

    if (s->other)
        return s->broken ? 0 : s->other->some(s, dst, size);
    if (s->pass == RFB_PASS_SECOND && !s->twin[1])
        return 0;
    while (!s->broken && done < size) {
        unsigned part = FFMIN(size - done, 1 << 30), n = run(s, dst + done, part, &in);

        done += n;
        if (n < part && !in)
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

static size_t data_left(const RFBInflate *s)
{
    const z_stream *twin = s->twin[s->pass == RFB_PASS_SECOND];
    const State *z = s->state;

    return s->other ? s->other->left(s) : twin ? twin->avail_in : z->avail_in;
}

int ff_rfb_inflate_end(RFBInflate *s)
{
    uint8_t spare[1024];

    if (!s->state)
        return AVERROR(ENOMEM);
    /* The pixels are out, but the flush marker behind them must go in, too.
     * A few servers compress more than the rectangle holds. */
    for (int n = 0; n < MAX_SPARE && !s->broken && data_left(s); n += sizeof(spare))
        if (!ff_rfb_inflate_some(s, spare, sizeof(spare)) && data_left(s))
            break;
    if (data_left(s))
        s->broken = 1;
    return s->broken ? AVERROR_INVALIDDATA : 0;
}

void ff_rfb_inflate_pass(RFBInflate *s, enum RFBPass pass)
{
    s->pass = pass;
    if (pass == RFB_PASS_FIRST)
        s->used = 0;
    if (pass == RFB_PASS_SECOND && s->used)
        s->total = s->start;
}

void ff_rfb_inflate_lost(RFBInflate *s)
{
    if (s->other)
        s->broken |= !!s->state;
    if (!s->ring[0])
        return;
    if (!s->broken)
        s->start = s->total;
    s->broken = 1;
    s->expect = -1;
}

int ff_rfb_inflate_heal(RFBInflate *s)
{
    uint8_t window[WINDOW];
    int n;

    if (s->broken || !s->twin[0])
        return s->broken;
    n = get_window(s, s->ring[0], window);
    if (!s->flushed || !rings_agree(s, n) || state_resume(s->state, window, n) < 0)
        return 1;
    drop_twins(s);
    return 0;
}

void ff_rfb_inflate_reset(RFBInflate *s)
{
    if (s->other && s->state)
        s->other->reset(s);
    else if (s->state)
        state_reset(s->state);
    drop_twins(s);
    s->broken = s->flushed = s->gap = s->begun = 0;
    s->start  = s->total = 0;
}

int ff_rfb_inflate_save(const RFBInflate *s, uint8_t *window)
{
    if (s->other)
        return s->state ? AVERROR(EAGAIN) : AVERROR_EOF;
    if (!s->begun && !s->broken && !s->twin[0])
        return AVERROR_EOF;
    /* without the marker, bits of a block may be left in the library */
    if (s->broken || s->twin[0] || !s->flushed)
        return AVERROR(EAGAIN);
    return get_window(s, s->ring[0], window);
}

int ff_rfb_inflate_load(RFBInflate *s, const uint8_t *window, int n)
{
    ff_rfb_inflate_reset(s);
    if (!s->state && !(s->state = state_alloc()))
        return AVERROR(ENOMEM);
    if (!s->ring[0] && !(s->ring[0] = av_malloc(RING)))
        return AVERROR(ENOMEM);
    memcpy(s->ring[0], window, n);
    s->start   = s->total = n;
    s->flushed = s->begun = 1;
    return state_resume(s->state, s->ring[0], n) < 0 ? AVERROR(ENOMEM) : 0;
}

void ff_rfb_inflate_free(RFBInflate *s)
{
    drop_twins(s);
    av_freep(&s->ring[0]);
    if (!s->other)
        state_free(s->state);
    else if (s->state)
        s->other->free(s);
    memset(s, 0, sizeof(*s));
}

const char *ff_rfb_inflate_error(const RFBInflate *s)
{
    return s->other ? s->other->error : "damaged zlib data, bytes";
}

int avpriv_rfb_unpack(void **state, uint8_t *dst, size_t size, const uint8_t *src, size_t n)
{
    uint8_t nothing[1];
    State *z = *state;

    if (!z && !(z = *state = state_alloc()))
        return AVERROR(ENOMEM);
    if (state_resume(z, nothing, 0) < 0)
        return AVERROR(ENOMEM);
    z->next_in   = (uint8_t *)src;
    z->avail_in  = n;
    z->next_out  = dst;
    z->avail_out = size;
    return state_finish(z) && !z->avail_out ? 0 : AVERROR_INVALIDDATA;
}

void avpriv_rfb_unpack_free(void **state)
{
    if (*state)
        state_free(*state);
    *state = NULL;
}
