/*
 * RFB encoding ZYWRLE: wavelets
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
 * The inverse wavelet transform of one ZYWRLE tile.
 *
 * No specification tells of it, only what servers do: libvncserver's
 * zywrletemplate.c and QEMU's vnc-enc-zywrle-template.c agree.
 */

#include <stdint.h>

#include "libavutil/attributes.h"
#include "libavutil/common.h"
#include "rfb_rect.h"

#define MAX_SIDE 64

/** A tile while it is neither coefficients in a row nor a picture. */
typedef struct Wavelet {
    int w, h;                   ///< of the part that is transformed
    int shift[3];               ///< bits that a channel lacks of 8
    int8_t plane[3][MAX_SIDE * MAX_SIDE];   ///< V, Y, U: w * h, and what is left over
} Wavelet;

/** The next pixel of the tile in the order of transmission. */
typedef struct Source {
    const RFBCanvas *c;
    int x, y;
} Source;

/** @return 0 if no server makes wavelets of this format */
static int channel_shifts(const RFBPixelFormat *pf, int shift[3])
{
    if (!pf->true_colour || pf->bits_per_pixel == 8)
        return 0;
    for (int i = 0; i < 3; i++) {
        int max = pf->max[i];

        if (!max || max > 255 || max & (max + 1))
            return 0;
        shift[i] = 8 - av_log2(max + 1);
    }
    return 1;
}

/**
 * A coefficient is a signed byte of which the pixel has the upper bits. Widening
 * v of max = 2^n - 1 to round(v * 255 / max) keeps v in the upper n bits, so
 * that a shift down and up again gives it back.
 */
static void load(Wavelet *t, int pos, Source *s)
{
    uint32_t pixel = s->c->data[s->y * s->c->stride + s->x];

    if (++s->x == s->c->w) {
        s->x = 0;
        s->y++;
    }
    for (int i = 0; i < 3; i++) {
        int v = pixel >> (16 - 8 * i) & 0xFF;

        t->plane[i][pos] = v >> t->shift[i] << t->shift[i];
    }
}

/**
 * Sort the coefficients in. They fill the tile's lines from end to end, whatever
 * the width of the part that is transformed, the finest level first, and of each
 * level those odd in x and y, odd in y, odd in x, and at last even in both.
 * Pixels to the right, below, and in the corner follow as they are.
 */
static void unpack(Wavelet *t, const RFBCanvas *c, int level)
{
    Source s = { .c = c };

    for (int l = 0; l < level; l++) {
        int odd = 1 << l;

        for (int part = 3; part >= (l < level - 1); part--)
            for (int y = part & 2 ? odd : 0; y < t->h; y += 2 * odd)
                for (int x = part & 1 ? odd : 0; x < t->w; x += 2 * odd)
                    load(t, y * t->w + x, &s);
    }
    for (int pos = t->w * t->h; pos < c->w * c->h; pos++)
        load(t, pos, &s);
}

/**
 * One step of the Piecewise Linear Haar transform, which is its own inverse and
 * stays within 8 bits (Senecal et al., "An Improved N-Bit to N-Bit Reversible
 * Haar-Like Transform", Pacific Graphics 2004).
 */
static av_always_inline void haar(int8_t *low, int8_t *high)
{
    int a = *low, b = *high, sum = a + b, diff = a - b;

    if ((a ^ b) < 0) {
        *low  = sum;
        *high = (sum ^ b) < 0 ? a : -b;
    } else {
        *low  = (diff ^ a) < 0 ? b : a;
        *high = diff;
    }
}

/** From the coarsest level up, first between lines, then within them. */
static void synthesize(int8_t *plane, int w, int h, int level)
{
    for (int step = 1 << level >> 1; step; step >>= 1) {
        for (int y = 0; y < h; y += 2 * step)
            for (int x = 0; x < w; x += step)
                haar(plane + y * w + x, plane + (y + step) * w + x);
        for (int y = 0; y < h; y += step)
            for (int x = 0; x < w; x += 2 * step)
                haar(plane + y * w + x, plane + y * w + x + step);
    }
}

static av_always_inline uint32_t join(const Wavelet *t, const RFBColours *colours,
                                      int r, int g, int b)
{
    return colours->scale[0][r >> t->shift[0]] << 16 |
           colours->scale[1][g >> t->shift[1]] <<  8 |
           colours->scale[2][b >> t->shift[2]];
}

/** The reversible colour transform of JPEG 2000, but with U and V halved. */
static void put_transformed(const Wavelet *t, const RFBColours *colours, const RFBCanvas *c)
{
    for (int y = 0, i = 0; y < t->h; y++) {
        uint32_t *dst = c->data + y * c->stride;

        for (int x = 0; x < t->w; x++, i++) {
            int v = t->plane[0][i], u = t->plane[2][i];
            int g = t->plane[1][i] + 128 - ((u + v) >> 1);

            dst[x] = join(t, colours, av_clip_uint8(2 * v + g), av_clip_uint8(g),
                          av_clip_uint8(2 * u + g));
        }
    }
}

/** Pixels that were not transformed, from plane position pos on. */
static int put_plain(const Wavelet *t, const RFBColours *colours, const RFBCanvas *c, int pos,
                     int x0, int y0, int x1, int y1)
{
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++, pos++)
            c->data[y * c->stride + x] = join(t, colours, (uint8_t)t->plane[0][pos],
                                              (uint8_t)t->plane[1][pos],
                                              (uint8_t)t->plane[2][pos]);
    return pos;
}

void ff_rfb_zywrle(const RFBColours *colours, RFBCanvas *c, int level)
{
    Wavelet t;
    int pos;

    t.w = c->w & -(1 << level);
    t.h = c->h & -(1 << level);
    /* servers send tiles too narrow for the transform as they are */
    if (!t.w || !t.h || !channel_shifts(&colours->pf, t.shift))
        return;
    unpack(&t, c, level);
    for (int i = 0; i < 3; i++)
        synthesize(t.plane[i], t.w, t.h, level);
    put_transformed(&t, colours, c);
    pos = put_plain(&t, colours, c, t.w * t.h, t.w, 0, c->w, t.h);
    pos = put_plain(&t, colours, c, pos, 0, t.h, t.w, c->h);
    put_plain(&t, colours, c, pos, t.w, t.h, c->w, c->h);
}
