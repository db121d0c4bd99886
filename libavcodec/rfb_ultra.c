/*
 * UltraVNC's own RFB encodings: rectangles in a pack, masks, and its cache
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
 * None of these is specified anywhere; they are as UltraVNC 1.0 to 1.6 sends
 * them. A pack is a list of small rectangles that were compressed together: its
 * own x says how many there are, y + 65535 * w how many bytes unpacked.
 */

#include <string.h>

#include <zlib.h>

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/lzo.h"
#include "libavutil/mem.h"
#include "rfb_rect.h"

/**
 * Room for size bytes of unpacked data, unless nobody could want so much.
 * @param lzo bytes that unlzo() will unpack
 */
static int unpacked(RFBFrame *f, uint64_t size, uint32_t lzo, int nb_rects)
{
    uint64_t frame = (uint64_t)f->width * f->height * ff_rfb_pixel_size(&f->colours.pf);

    if (size > 2 * frame + 12 * nb_rects + (1 << 20) || size > INT32_MAX / 2 || lzo > INT32_MAX / 2)
        return AVERROR_INVALIDDATA;
    av_fast_malloc(&f->wide, &f->wide_alloc,
                   size + AV_LZO_OUTPUT_PADDING + lzo + AV_LZO_INPUT_PADDING);
    return f->wide ? 0 : AVERROR(ENOMEM);
}

/**
 * libavutil's decoder looks at up to eight bytes behind its input: it gets zeros, not what
 * follows, or what is no memory of ours.
 * @return bytes that came out, at most size, or AVERROR_INVALIDDATA
 */
static int64_t unlzo(RFBFrame *f, const uint8_t *src, uint32_t src_size, int size)
{
    uint8_t *padded = (uint8_t *)f->wide + size + AV_LZO_OUTPUT_PADDING;
    int in = src_size, out = size;

    memcpy(padded, src, src_size);
    memset(padded + src_size, 0, AV_LZO_INPUT_PADDING);
    return av_lzo1x_decode(f->wide, &out, padded, &in) ? AVERROR_INVALIDDATA : size - out;
}

/* UltraVNC: length(u32), then w * h pixels as one LZO1X block */
int ff_rfb_ultra(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    uint32_t size = ff_rfb_u32(r);
    const uint8_t *src = ff_rfb_take(r, size);
    size_t line = (size_t)rect->w * ff_rfb_pixel_size(&p->pf);
    int ret;

    if (!f || !src || !line || !rect->h)
        return 0;
    ret = unpacked(f, line * rect->h, size, 0);
    if (ret == AVERROR(ENOMEM))
        return ret;
    if (ret < 0 || unlzo(f, src, size, line * rect->h) != line * rect->h) {
        ff_rfb_frame_error(f, "damaged LZO data, bytes", size);
        return 0;
    }
    for (int y = 0; y < rect->h; y++)
        ff_rfb_put(f, &f->colours.pixel, rect->x, rect->y + y, rect->w,
                   (const uint8_t *)f->wide + y * line);
    return 0;
}

/* --- masks ------------------------------------------------------------------ */

/**
 * A bit for each pixel, the lowest first, lines not in whole bytes; then
 *   XORMonoColor   the colours of bits 0 and 1
 *   XORMultiColor  the colour of bits 0, and one for each bit 1
 *   XOR            one for each bit 1; the others stay as they are
 */
static void masked(RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    const RFBPixels *px = &f->colours.pixel;
    const uint8_t *mask = ff_rfb_take(r, ((uint64_t)rect->w * rect->h + 7) >> 3);
    const uint8_t *zero = rect->encoding == RFB_ENC_XOR_ZLIB ? NULL : ff_rfb_take(r, px->size);
    const uint8_t *one  = rect->encoding == RFB_ENC_XOR_MONO_COLOR_ZLIB ?
                          ff_rfb_take(r, px->size) : NULL;
    size_t i = 0;

    for (int y = rect->y; y < rect->y + rect->h && !r->need; y++) {
        for (int x = rect->x; x < rect->x + rect->w; x++, i++) {
            const uint8_t *src = !(mask[i >> 3] >> (i & 7) & 1) ? zero :
                                 one ? one : ff_rfb_take(r, px->size);

            if (src && x < f->width && y < f->height)
                f->data[(size_t)y * f->stride + x] = ff_rfb_pixel(px, src);
        }
    }
}

/**
 * Begin in a stream whose rectangle has no area that could be painted twice, to
 * see what depends on data that was lost: all of it counts as lost then.
 */
static int begin_once(RFBInflate *z, const uint8_t *src, size_t size)
{
    if (ff_rfb_inflate_doubtful(z) && z->pass == RFB_PASS_ONLY)
        ff_rfb_inflate_lost(z);
    return ff_rfb_inflate_begin(z, src, size);
}

/* UltraVNC: a pixel for all of the rectangle */
int ff_rfb_solid_color(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    const uint8_t *src = ff_rfb_take(r, ff_rfb_pixel_size(&p->pf));

    if (f && src)
        ff_rfb_fill(f, rect->x, rect->y, rect->w, rect->h,
                    ff_rfb_pixel(&f->colours.pixel, src));
    return 0;
}

/* UltraVNC: length(u32), then a mask and pixels in the zlib stream of Zlib */
int ff_rfb_xor_zlib(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    uint32_t size = ff_rfb_u32(r);
    const uint8_t *src = ff_rfb_take(r, size);
    uint64_t pixels = (uint64_t)rect->w * rect->h, most;
    RFBReader inner;
    RFBInflate *z;
    int ret;

    if (!src)
        return 0;
    ff_rfb_use_streams(p, RFB_STREAM_ZLIB);
    if (!f)
        return 0;
    z    = &f->zlib[4];
    most = (pixels + 7) / 8 + (pixels + 2) * ff_rfb_pixel_size(&p->pf);
    ret  = unpacked(f, most, 0, 1);
    if (ret == AVERROR(ENOMEM))
        return ret;
    if (ret < 0 || begin_once(z, src, size) < 0) {
        z->broken = f->doubt = 1;
        ff_rfb_frame_error(f, ff_rfb_inflate_error(z), size);
        return 0;
    }
    ff_rfb_reader_init(&inner, (uint8_t *)f->wide,
                       ff_rfb_inflate_some(z, (uint8_t *)f->wide, most));
    masked(f, &inner, rect);
    if (ff_rfb_inflate_end(z) < 0 || inner.need)
        ff_rfb_frame_error(f, ff_rfb_inflate_error(z), size);
    return 0;
}

/* --- packs ------------------------------------------------------------------- */

static int paint_inner(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    if (rect->encoding == RFB_ENC_RAW)
        return ff_rfb_raw(p, f, r, rect);
    if (rect->encoding == RFB_ENC_SOLID_COLOR)
        return ff_rfb_solid_color(p, f, r, rect);
    if (rect->encoding != RFB_ENC_XOR_ZLIB && rect->encoding != RFB_ENC_XOR_MONO_COLOR_ZLIB)
        return AVERROR_PATCHWELCOME;
    masked(f, r, rect);
    return 0;
}

/** Rectangles with their heads, not compressed by themselves. */
static void inner_rects(RFBParser *p, RFBFrame *f, RFBReader *r, int n, int cached)
{
    ff_rfb_frame_sync(f, &p->todo);
    for (int i = 0; i < n; i++) {
        const uint8_t *b = ff_rfb_take(r, 12);
        RFBRect rect;

        if (!b) {
            ff_rfb_frame_error(f, "damaged pack, rectangle", i);
            return;
        }
        rect = (RFBRect){ AV_RB16(b), AV_RB16(b + 2), AV_RB16(b + 4), AV_RB16(b + 6),
                          AV_RB32(b + 8) };
        f->budget -= (int64_t)rect.w * rect.h;
        if (f->budget < 0 || rect.x + rect.w > f->width || rect.y + rect.h > f->height) {
            ff_rfb_frame_error(f, "impossible rectangle in a pack, number", i);
            return;
        }
        if (cached)
            ff_rfb_cache_save(f, &rect);
        if (paint_inner(p, f, r, &rect) < 0) {
            ff_rfb_frame_error(f, "unknown encoding in a pack", rect.encoding);
            return;
        }
        if (r->need) {
            ff_rfb_frame_error(f, "damaged pack, rectangle", i);
            return;
        }
        if (rect.w && rect.h)
            ff_rfb_frame_damage(f, rect.x, rect.y, rect.x + rect.w, rect.y + rect.h);
    }
}

/* UltraVNC: length(u32), then a pack as one LZO1X block */
int ff_rfb_ultra_zip(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    uint32_t size = ff_rfb_u32(r);
    const uint8_t *src = ff_rfb_take(r, size);
    uint64_t all = rect->y + UINT64_C(65535) * rect->w;
    int64_t got = AVERROR_INVALIDDATA;
    RFBReader inner;
    int ret;

    if (!f || !src)
        return 0;
    ret = unpacked(f, all, size, rect->x);
    if (ret == AVERROR(ENOMEM))
        return ret;
    if (ret >= 0)
        got = all ? unlzo(f, src, size, all) : 0;
    if (got < 0) {
        ff_rfb_frame_error(f, "damaged LZO data, bytes", size);
        return 0;
    }
    ff_rfb_reader_init(&inner, (uint8_t *)f->wide, got);
    inner_rects(p, f, &inner, rect->x, 0);
    return 0;
}

/** zlib data that begin and end here. @return bytes that came out, or 0 */
static size_t inflate_all(RFBFrame *f, const uint8_t *src, size_t src_size, size_t size)
{
    uLongf n = size;

    if (src_size < 2 || (src[0] & 15) != 8 || AV_RB16(src) % 31)
        return 0;
    return uncompress((uint8_t *)f->wide, &n, src, src_size) == Z_OK ? n : 0;
}

/* UltraVNC: length(u32), then a pack in the stream of Zlib or Zstd. Until 1.2
 * it was called SolMonoZip and compressed by itself. */
int ff_rfb_queue_zip(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    uint32_t size = ff_rfb_u32(r);
    const uint8_t *src = ff_rfb_take(r, size);
    uint64_t all = rect->y + UINT64_C(65535) * rect->w;
    int stream = ff_rfb_first_stream(rect) + 4, ret;
    size_t got = 0;
    RFBReader inner;
    RFBInflate *z;

    if (!src)
        return 0;
    ff_rfb_use_streams(p, 1 << stream);
    if (!f)
        return 0;
    z   = &f->zlib[stream];
    ret = unpacked(f, all, 0, rect->x);
    if (ret == AVERROR(ENOMEM))
        return ret;
    if (ret >= 0 && !z->other)
        got = inflate_all(f, src, size, all);
    if (ret >= 0 && !got) {
        ret = begin_once(z, src, size);
        if (ret >= 0)
            got = ff_rfb_inflate_some(z, (uint8_t *)f->wide, all);
        if (ff_rfb_inflate_end(z) < 0)
            ret = AVERROR_INVALIDDATA;
    }
    if (ret < 0) {
        z->broken = f->doubt = 1;
        ff_rfb_frame_error(f, ff_rfb_inflate_error(z), size);
        return 0;
    }
    ff_rfb_reader_init(&inner, (uint8_t *)f->wide, got);
    inner_rects(p, f, &inner, rect->x, 1);
    return 0;
}

/* --- the cache ---------------------------------------------------------------- */

void ff_rfb_cache_save(RFBFrame *f, const RFBRect *rect)
{
    static const int32_t without[] = { RFB_ENC_COPY_RECT, RFB_ENC_ULTRA, RFB_ENC_ULTRA2,
                                       RFB_ENC_CACHE };
    size_t size = (size_t)f->stride * f->height;
    int w = FFMIN(rect->w, f->width - rect->x), h = FFMIN(rect->h, f->height - rect->y);

    for (int i = 0; i < FF_ARRAY_ELEMS(without); i++)
        if (!f->use_cache || rect->encoding == without[i])
            return;
    if (!f->cache || f->cache_size != size) {
        av_freep(&f->cache);
        f->cache      = av_calloc(size, sizeof(*f->cache));
        f->cache_size = f->cache ? size : 0;
    }
    for (int y = rect->y; f->cache && w > 0 && y < rect->y + h; y++)
        memcpy(f->cache + (size_t)y * f->stride + rect->x,
               f->data  + (size_t)y * f->stride + rect->x, w * sizeof(*f->data));
}

/** The area and what it was before it was painted last change places. */
static void swap(RFBFrame *f, const RFBRect *rect)
{
    int w = FFMIN(rect->w, f->width - rect->x), h = FFMIN(rect->h, f->height - rect->y);

    if (!f->use_cache) {
        ff_rfb_frame_error(f, "use the decoder's option ultravnc_cache, rectangle at x",
                           rect->x);
        return;
    }
    for (int y = rect->y; f->cache && y < rect->y + h; y++)
        for (int x = rect->x; x < rect->x + w; x++)
            FFSWAP(uint32_t, f->data[(size_t)y * f->stride + x],
                   f->cache[(size_t)y * f->stride + x]);
}

/* UltraVNC: special(u16), not used */
int ff_rfb_cache(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    ff_rfb_take(r, 2);
    p->by_option |= RFB_BY_CACHE;
    if (f && !r->need)
        swap(f, rect);
    return 0;
}

/* UltraVNC: length(u32), then as many x y w h (u16) as the rectangle's x says,
 * zlib data that begin and end here */
int ff_rfb_cache_zip(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    uint32_t size = ff_rfb_u32(r);
    const uint8_t *src = ff_rfb_take(r, size);
    int ret;

    p->by_option |= RFB_BY_CACHE;
    if (src)
        p->depends = 1;
    if (!f || !src)
        return 0;
    if ((ret = unpacked(f, 8 * rect->x, 0, rect->x)) < 0)
        return ret;
    if (rect->x && inflate_all(f, src, size, 8 * rect->x) != 8 * rect->x) {
        ff_rfb_frame_error(f, "damaged zlib data, bytes", size);
        return 0;
    }
    ff_rfb_frame_sync(f, &p->todo);
    for (int i = 0; i < rect->x; i++) {
        const uint8_t *b = (uint8_t *)f->wide + 8 * i;
        RFBRect part = { AV_RB16(b), AV_RB16(b + 2), AV_RB16(b + 4), AV_RB16(b + 6) };

        f->budget -= (int64_t)part.w * part.h;
        if (f->budget < 0 || part.x + part.w > f->width || part.y + part.h > f->height) {
            ff_rfb_frame_error(f, "impossible rectangle in a pack, number", i);
            return 0;
        }
        swap(f, &part);
        if (part.w && part.h)
            ff_rfb_frame_damage(f, part.x, part.y, part.x + part.w, part.y + part.h);
    }
    return 0;
}
