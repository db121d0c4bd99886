/*
 * RFB encodings Hextile and ZlibHex
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

#include "libavutil/avconfig.h"
#include "libavutil/common.h"
#include "libavutil/error.h"
#include "rfb_rect.h"

/* Bits of a tile's first byte (RFC 6143, 7.7.4; the last two: TightVNC 1.2's ZlibHex) */
enum {
    HEXTILE_RAW        = 1,
    HEXTILE_BACKGROUND = 2,
    HEXTILE_FOREGROUND = 4,
    HEXTILE_SUBRECTS   = 8,
    HEXTILE_COLOURED   = 16,
    ZLIBHEX_RAW        = 32,
    ZLIBHEX_HEX        = 64,
};

/** What goes on from tile to tile of a rectangle. */
typedef struct Hextile {
    const RFBPixels *px;
    int size;                       ///< bytes a pixel
    uint32_t background, foreground;
} Hextile;

static void raw_tile(const Hextile *h, const RFBCanvas *c, const uint8_t *src)
{
    if (h->px->layout == RFB_LAYOUT_BGRX && c->w == 16 && !AV_HAVE_BIGENDIAN) {
        for (int y = 0; y < c->h; y++, src += 64)
            memcpy(c->data + y * c->stride, src, 64);
        return;
    }
    for (int y = 0; y < c->h; y++, src += c->w * h->size)
        ff_rfb_pixels(h->px, c->data + y * c->stride, src, c->w);
}

/**
 * n times [pixel] x-and-y-position width-and-height
 * @param coloured,bgrx constants to the compiler
 */
static av_always_inline void subrects(const Hextile *h, RFBFrame *f, const RFBCanvas *c,
                                      const uint8_t *src, int n, int coloured, int bgrx)
{
    uint32_t colour = h->foreground;

    for (; n > 0; n--, src += 2) {
        int x, y, w, hh;

        if (coloured) {
            colour = bgrx ? AV_RL32(src) : ff_rfb_pixel(h->px, src);
            src += h->size;
        }
        x  = src[0] >> 4;
        y  = src[0] & 15;
        w  = (src[1] >> 4) + 1;
        hh = (src[1] & 15) + 1;
        if (x + w > c->w || y + hh > c->h)
            ff_rfb_frame_error(f, "sub-rectangle reaches out of its tile, byte", src[0]);
        else
            ff_rfb_canvas_fill(c, x, y, w, hh, colour);
    }
}

/** Colours, then {[pixel] x-and-y-position width-and-height}: all but the first byte. */
static void tile(Hextile *h, RFBFrame *f, RFBCanvas *c, RFBReader *r, int bits)
{
    const uint8_t *src;
    int n, step;

    if (bits & HEXTILE_BACKGROUND && (src = ff_rfb_take(r, h->size)) && c)
        h->background = ff_rfb_pixel(h->px, src);
    if (bits & HEXTILE_FOREGROUND && (src = ff_rfb_take(r, h->size)) && c)
        h->foreground = ff_rfb_pixel(h->px, src);
    n    = bits & HEXTILE_SUBRECTS ? ff_rfb_u8(r) : 0;
    step = bits & HEXTILE_COLOURED ? h->size + 2 : 2;
    src  = ff_rfb_take(r, n * step);
    if (!c || r->need)
        return;
    ff_rfb_canvas_fill(c, 0, 0, c->w, c->h, h->background);
    if (!(bits & HEXTILE_COLOURED))
        subrects(h, f, c, src, n, 0, 0);
    else if (h->px->layout == RFB_LAYOUT_BGRX)
        subrects(h, f, c, src, n, 1, 1);
    else
        subrects(h, f, c, src, n, 1, 0);
}

/** length(u16) and a tile through one of ZlibHex's two zlib streams */
static void zlibhex_tile(Hextile *h, RFBParser *p, RFBFrame *f, RFBCanvas *c,
                         RFBReader *r, int bits, int first_stream)
{
    int raw = bits & ZLIBHEX_RAW, size = ff_rfb_u16(r);
    const uint8_t *src = ff_rfb_take(r, size);
    RFBInflate *z;
    RFBReader inner;
    size_t got;

    if (!src)
        return;
    ff_rfb_use_streams(p, (raw ? RFB_STREAM_ZLIBHEX_RAW : RFB_STREAM_ZLIBHEX_HEX) <<
                       first_stream);
    if (!f)
        return;
    z = &f->zlib[first_stream + (raw ? 6 : 7)];
    got = ff_rfb_inflate_begin(z, src, size) < 0 ? 0 :
          ff_rfb_inflate_some(z, f->scratch, RFB_SCRATCH_SIZE);
    ff_rfb_inflate_end(z);
    ff_rfb_reader_init(&inner, f->scratch, got);
    if (raw && c && got >= c->w * c->h * h->size)
        raw_tile(h, c, f->scratch);
    else if (!raw)
        tile(h, f, c, &inner, bits);
    if (z->broken || inner.need || (raw && c && got < c->w * c->h * h->size))
        ff_rfb_frame_error(f, ff_rfb_inflate_error(z), size);
}

/* RFC 6143, 7.7.4: 16x16 tiles, left to right, top to bottom */
int ff_rfb_hextile(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    const int zlibhex = rect->encoding != RFB_ENC_HEXTILE;
    Hextile h = { f ? &f->colours.pixel : NULL, ff_rfb_pixel_size(&p->pf) };

    for (int i = 6; zlibhex && f && f->doubt && i <= 7; i++)
        if (ff_rfb_inflate_split(&f->zlib[ff_rfb_first_stream(rect) + i]) < 0)
            return AVERROR(ENOMEM);
    for (int y = ff_rfb_first_line(p, f, r); y < rect->h; y += 16) {
        for (int x = 0; x < rect->w; x += 16) {
            int w = FFMIN(16, rect->w - x), hh = FFMIN(16, rect->h - y);
            int bits = ff_rfb_u8(r);
            RFBCanvas canvas, *c = NULL;

            if (r->need)
                return 0;
            if (f && ff_rfb_canvas_open(f, &canvas, rect->x + x, rect->y + y, w, hh) >= 0)
                c = &canvas;
            if (zlibhex && bits & (ZLIBHEX_RAW | ZLIBHEX_HEX)) {
                zlibhex_tile(&h, p, f, c, r, bits, ff_rfb_first_stream(rect));
            } else if (bits & HEXTILE_RAW) {
                const uint8_t *src = ff_rfb_take(r, w * hh * h.size);

                if (c && src)
                    raw_tile(&h, c, src);
            } else {
                tile(&h, f, c, r, bits);
            }
            if (c)
                ff_rfb_canvas_close(f, c);
        }
        if (!r->need)
            ff_rfb_mark_line(p, f, r, y + 16);
    }
    return 0;
}
