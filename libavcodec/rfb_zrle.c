/*
 * RFB encodings TRLE, ZRLE and ZYWRLE
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
#include "libavutil/intreadwrite.h"
#include "libavutil/mem.h"
#include "rfb_rect.h"

/**
 * Bytes of a 64x64 tile at the worst: runs of one pixel of four bytes, and
 * the outer byte of a ZYWRLE tile.
 */
#define MAX_TILE (64 * 64 * 5 + 2)

/** What goes on from tile to tile of a rectangle. */
typedef struct Tiles {
    const RFBPixels *px;        ///< NULL to walk
    const RFBColours *colours;
    int size;                   ///< bytes of a CPIXEL
    int reuse;                  ///< TRLE: the palette may be the last tile's
    int zywrle;                 ///< level, 0: no wavelets
    int nb_colours;
    uint32_t palette[128];
    const char *error;          ///< the rest cannot be read
    int bad_index;              ///< it can, but a colour was not in the palette
} Tiles;

static void raw(const Tiles *t, const RFBCanvas *c, RFBReader *r)
{
    const uint8_t *src = ff_rfb_take(r, c->w * c->h * t->size);

    for (int y = 0; t->px && src && y < c->h; y++, src += c->w * t->size)
        ff_rfb_pixels(t->px, c->data + y * c->stride, src, c->w);
}

static void packed(Tiles *t, const RFBCanvas *c, RFBReader *r)
{
    int bits = t->nb_colours > 16 ? 8 : t->nb_colours > 4 ? 4 : t->nb_colours > 2 ? 2 : 1;
    int line = (c->w * bits + 7) >> 3, mask = (1 << bits) - 1, bad = 0;
    const uint8_t *src = ff_rfb_take(r, line * c->h);

    if (!t->px || !src)
        return;
    for (int y = 0; y < c->h; y++, src += line) {
        uint32_t *dst = c->data + y * c->stride;
        int shift = 8;

        for (int x = 0, i = 0; x < c->w; x++) {
            int index = src[i] >> (shift -= bits) & mask;

            bad   |= index >= t->nb_colours;
            dst[x] = t->palette[index & 127];
            if (!shift) {
                shift = 8;
                i++;
            }
        }
    }
    t->bad_index |= bad;
}

/** A run's length is 1 more than the sum of its bytes, the last of which is not 255. */
static av_always_inline int run_length(RFBReader *r)
{
    int n = 1, b;

    do {
        b  = ff_rfb_u8(r);
        n += b;
    } while (b == 255 && n < 1 << 16);
    return n;
}

static void runs(Tiles *t, const RFBCanvas *c, RFBReader *reader)
{
    RFBReader r = *reader;
    const RFBPixels *px = t->px;
    const int indexed = t->nb_colours > 0, w = c->w;
    uint32_t *dst = c->data, colour = 0;
    int left = w * c->h, x = 0;

    while (left > 0 && !r.need) {
        int n = 1;

        if (indexed) {
            int index = ff_rfb_u8(&r);

            if (index & 128)
                n = run_length(&r);
            index &= 127;
            t->bad_index |= index >= t->nb_colours;
            colour = t->palette[index];
        } else {
            const uint8_t *src = ff_rfb_take(&r, t->size);

            if (px && src)
                colour = ff_rfb_pixel(px, src);
            n = run_length(&r);
        }
        if (n > left) {
            t->error = "run reaches out of its tile";
            n = left;
        }
        left -= n;
        while (px && n > 0) {
            int part = FFMIN(n, w - x);

            for (int i = 0; i < part; i++)
                dst[x + i] = colour;
            n -= part;
            x += part;
            if (x == w) {
                x    = 0;
                dst += c->stride;
            }
        }
    }
    *reader = r;
}

/* RFC 6143, 7.7.5: subencoding(u8) [colours] pixels */
static void tile(Tiles *t, RFBCanvas *c, RFBReader *r, int wavelet)
{
    int sub = ff_rfb_u8(r), n = sub & 127;
    const uint8_t *src;

    if (wavelet && !sub && !r->need) {
        tile(t, c, r, 0);
        if (t->px && !r->need)
            ff_rfb_zywrle(t->colours, c, t->zywrle);
        return;
    }
    if (t->reuse && (sub == 127 || sub == 129)) {
        if (!t->nb_colours)
            t->error = "no palette to use again";
    } else if (sub == 129) {
        t->error = "subencoding 129";
    } else if (n) {
        src = ff_rfb_take(r, n * t->size);
        if (t->px && src)
            ff_rfb_pixels(t->px, t->palette, src, n);
        t->nb_colours = n;
    }
    if (r->need || t->error)
        return;
    if (sub == 1) {
        if (t->px)
            ff_rfb_canvas_fill(c, 0, 0, c->w, c->h, t->palette[0]);
    } else if (!sub) {
        raw(t, c, r);
    } else if (sub == 128) {
        int nb_colours = t->nb_colours;

        t->nb_colours = 0;
        runs(t, c, r);
        t->nb_colours = nb_colours;
    } else if (sub & 128) {
        runs(t, c, r);
    } else {
        packed(t, c, r);
    }
}

/* The specification, "TRLE": 16x16 tiles as they are */
int ff_rfb_trle(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    Tiles t = { f ? &f->colours.cpixel : NULL, f ? &f->colours : NULL,
                ff_rfb_cpixel_size(&p->pf), 1 };
    int y = ff_rfb_first_line(p, f, r);

    t.nb_colours = y ? p->mark_state : 0;
    for (; y < rect->h; y += 16) {
        for (int x = 0; x < rect->w; x += 16) {
            RFBCanvas c = { .w = FFMIN(16, rect->w - x), .h = FFMIN(16, rect->h - y) };

            if (f && ff_rfb_canvas_open(f, &c, rect->x + x, rect->y + y, c.w, c.h) < 0)
                t.px = NULL;
            tile(&t, &c, r, 0);
            if (t.px)
                ff_rfb_canvas_close(f, &c);
            if (r->need)
                return 0;
            /* where a tile's own length is in doubt, nothing behind it can be read */
            if (t.error)
                return ff_rfb_grammar_error(p, r, t.error, x / 16);
        }
        ff_rfb_mark_line(p, f, r, y + 16);
        p->mark_state = t.nb_colours;
    }
    if (f && t.bad_index)
        ff_rfb_frame_error(f, "index outside of the palette, colours", t.nb_colours);
    return 0;
}

/** Keep the bytes of a whole tile in the scratch buffer, or all that are left. */
static void refill(RFBFrame *f, RFBInflate *z, RFBReader *r)
{
    size_t left = ff_rfb_left(r);

    if (left >= MAX_TILE)
        return;
    memmove(f->scratch, r->ptr, left);
    left += ff_rfb_inflate_some(z, f->scratch + left, RFB_CHUNK_SIZE - left);
    ff_rfb_reader_init(r, f->scratch, left);
}

/** @param r what was unpacked and not used yet */
static const char *paint(RFBFrame *f, RFBInflate *z, RFBReader *r, const RFBRect *rect, Tiles *t)
{
    for (int y = 0; y < rect->h; y += 64) {
        for (int x = 0; x < rect->w; x += 64) {
            RFBCanvas c;

            refill(f, z, r);
            if (ff_rfb_canvas_open(f, &c, rect->x + x, rect->y + y,
                                   FFMIN(64, rect->w - x), FFMIN(64, rect->h - y)) < 0)
                return "no memory for a tile";
            tile(t, &c, r, t->zywrle);
            ff_rfb_canvas_close(f, &c);
            if (r->need || t->error)
                return r->need ? "too little data for the tiles" : t->error;
        }
    }
    return t->bad_index ? "index outside of the palette" : NULL;
}

static void tiles_init(Tiles *t, RFBParser *p, const RFBFrame *f, int zywrle)
{
    memset(t, 0, sizeof(*t));
    t->px      = &f->colours.cpixel;
    t->colours = &f->colours;
    t->size    = t->px->size;
    /* servers have no wavelets for 8 bits, and then nothing is nested */
    t->zywrle  = zywrle && p->pf.bits_per_pixel > 8 ? f->zywrle_level : 0;
    if (t->zywrle)
        p->by_option |= RFB_BY_ZYWRLE_LEVEL;
}

/* RFC 6143, 7.7.6: length(u32), then 64x64 tiles in one zlib stream that lasts
 * the session */
int ff_rfb_zrle(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    uint32_t size = ff_rfb_u32(r);
    const uint8_t *src = ff_rfb_take(r, size);
    const char *error = NULL;
    RFBReader data;
    RFBInflate *z;
    Tiles t;

    if (!src)
        return 0;
    ff_rfb_use_streams(p, RFB_STREAM_ZRLE << ff_rfb_first_stream(rect));
    if (!f)
        return 0;
    tiles_init(&t, p, f,
               rect->encoding == RFB_ENC_ZYWRLE || rect->encoding == RFB_ENC_ZSTDYWRLE);
    ff_rfb_reader_init(&data, f->scratch, 0);
    z = &f->zlib[5 + ff_rfb_first_stream(rect)];
    if (ff_rfb_inflate_begin(z, src, size) >= 0)
        error = paint(f, z, &data, rect, &t);
    if (ff_rfb_inflate_end(z) < 0)
        error = ff_rfb_inflate_error(z);
    if (error)
        ff_rfb_frame_error(f, error, size);
    return 0;
}

/** The rectangles that n heads of x y w h (u16) tell, whose tiles lie one behind the other. */
static const char *paint_list(RFBFrame *f, RFBInflate *z, const uint8_t *heads, int n, Tiles *t)
{
    RFBReader data;
    const char *error = NULL;

    ff_rfb_reader_init(&data, f->scratch, 0);
    for (int i = 0; i < n && !error; i++, heads += 8) {
        RFBRect rect = { AV_RB16(heads), AV_RB16(heads + 2), AV_RB16(heads + 4),
                         AV_RB16(heads + 6), RFB_ENC_XZ };

        f->budget -= (int64_t)rect.w * rect.h;
        if (f->budget < 0 || rect.x + rect.w > f->width || rect.y + rect.h > f->height)
            return "impossible rectangle in a list";
        ff_rfb_cache_save(f, &rect);
        if (rect.w && rect.h)
            ff_rfb_frame_damage(f, rect.x, rect.y, rect.x + rect.w, rect.y + rect.h);
        error = paint(f, z, &data, &rect, t);
    }
    return error;
}

/* UltraVNC: no rectangle but a list of them. x and y are the upper and lower
 * half of their number, w and h of the bytes of data, in one xz stream that
 * lasts as long as the session: x y w h (u16) of all, then the tiles of all, as
 * in ZRLE, or as in ZYWRLE. The update counts each of them as a rectangle. */
int ff_rfb_xz(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    uint32_t n = (uint32_t)rect->x << 16 | rect->y, size = (uint32_t)rect->w << 16 | rect->h;
    const uint8_t *src;
    const char *error = NULL;
    RFBInflate *z;
    Tiles t;

    if (!n || n > p->rects_left)
        return ff_rfb_grammar_error(p, r, "number of rectangles in a list", n);
    if (!(src = ff_rfb_take(r, size)))
        return 0;
    p->rects_left -= n - 1;
    ff_rfb_use_streams(p, RFB_STREAM_XZ);
    if (!f)
        return 0;
    av_fast_malloc(&f->wide, &f->wide_alloc, 8 * n);
    if (!f->wide)
        return AVERROR(ENOMEM);
    ff_rfb_frame_sync(f, &p->todo);
    tiles_init(&t, p, f, rect->encoding == RFB_ENC_XZYW);
    z = &f->zlib[RFB_XZ_STREAM];
    if (ff_rfb_inflate_begin(z, src, size) >= 0 &&
        ff_rfb_inflate_read(z, (uint8_t *)f->wide, 8 * n) >= 0)
        error = paint_list(f, z, (uint8_t *)f->wide, n, &t);
    if (ff_rfb_inflate_end(z) < 0)
        error = ff_rfb_inflate_error(z);
    if (error)
        ff_rfb_frame_error(f, error, size);
    return 0;
}
