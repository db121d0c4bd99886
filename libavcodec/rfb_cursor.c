/*
 * RFB cursors
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
#include "rfb_rect.h"

/** Larger pointers are not shown. */
#define MAX_CURSOR 1024

/** A new shape: for these rectangles x and y are the hot spot. */
static uint32_t *shape(RFBFrame *f, const RFBRect *rect)
{
    RFBCursor *c = &f->cursor;

    c->w = c->h = 0;
    if (rect->w > MAX_CURSOR || rect->h > MAX_CURSOR) {
        ff_rfb_frame_error(f, "cursor too large, pixels", (int64_t)rect->w * rect->h);
        return NULL;
    }
    av_fast_malloc(&c->argb, &c->alloc, (size_t)rect->w * rect->h * sizeof(*c->argb) + 1);
    if (!c->argb)
        return NULL;
    c->w     = rect->w;
    c->h     = rect->h;
    c->hot_x = rect->x;
    c->hot_y = rect->y;
    return c->argb;
}

static void new_cursor(RFBParser *p)
{
    ff_rfb_reset_streams(p, RFB_STREAM_CURSOR);
    ff_rfb_use_streams(p, RFB_STREAM_CURSOR);
}

static int bit(const uint8_t *line, int x)
{
    return line[x >> 3] >> (7 - (x & 7)) & 1;
}

/* RFC 6143, 7.8.1: pixels, then a mask of one bit a pixel, lines in whole bytes */
int ff_rfb_cursor(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    int size = ff_rfb_pixel_size(&p->pf), line = (rect->w + 7) >> 3;
    const uint8_t *src  = ff_rfb_take(r, (uint64_t)rect->w * rect->h * size);
    const uint8_t *mask = ff_rfb_take(r, (uint64_t)line * rect->h);
    uint32_t *dst;

    if (r->need)
        return 0;
    new_cursor(p);
    dst = f ? shape(f, rect) : NULL;
    for (int y = 0; dst && y < rect->h; y++, mask += line)
        for (int x = 0; x < rect->w; x++, src += size)
            *dst++ = bit(mask, x) ? 0xFF000000 | ff_rfb_pixel(&f->colours.pixel, src) : 0;
    return 0;
}

/** XCursor gives its colours as they are; a colour map session needs the nearest index. */
static uint32_t nearest(const RFBFrame *f, const uint8_t *rgb)
{
    int best = 0, least = INT32_MAX;

    if (f->colours.pf.true_colour)
        return rgb[0] << 16 | rgb[1] << 8 | rgb[2];
    for (int i = 0; i < 256; i++) {
        int r = (f->palette[i] >> 16 & 0xFF) - rgb[0];
        int g = (f->palette[i] >>  8 & 0xFF) - rgb[1];
        int b = (f->palette[i]       & 0xFF) - rgb[2];

        if (r * r + g * g + b * b < least) {
            least = r * r + g * g + b * b;
            best  = i;
        }
    }
    return best;
}

/* The specification, "X Cursor": [ primary-rgb[3] secondary-rgb[3] bitmap mask ] */
int ff_rfb_xcursor(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    int line = (rect->w + 7) >> 3, empty = !rect->w || !rect->h;
    const uint8_t *rgb  = ff_rfb_take(r, empty ? 0 : 6);
    const uint8_t *bits = ff_rfb_take(r, (uint64_t)line * rect->h);
    const uint8_t *mask = ff_rfb_take(r, (uint64_t)line * rect->h);
    uint32_t colour[2], *dst;

    if (r->need)
        return 0;
    new_cursor(p);
    dst = f ? shape(f, rect) : NULL;
    if (!dst || empty)
        return 0;
    colour[1] = 0xFF000000 | nearest(f, rgb);
    colour[0] = 0xFF000000 | nearest(f, rgb + 3);
    for (int y = 0; y < rect->h; y++, bits += line, mask += line)
        for (int x = 0; x < rect->w; x++)
            *dst++ = bit(mask, x) ? colour[bit(bits, x)] : 0;
    return 0;
}

static void alpha_shape(RFBFrame *f, const RFBRect *rect, const uint8_t *src, const int place[4])
{
    uint32_t *dst = shape(f, rect);

    for (int i = 0; dst && i < rect->w * rect->h; i++, src += 4)
        dst[i] = (uint32_t)src[place[0]] << 24 | src[place[1]] << 16 |
                 src[place[2]] << 8 | src[place[3]];
}

/* The specification, "Cursor With Alpha": encoding(s32), then w * h pixels in
 * that encoding, always as bytes red green blue alpha, premultiplied. The
 * servers known send Raw. */
int ff_rfb_alpha_cursor(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    static const int place[4] = { 3, 0, 1, 2 };
    int32_t encoding = ff_rfb_u32(r);
    const uint8_t *src;

    if (r->need)
        return 0;
    if (encoding != RFB_ENC_RAW)
        return ff_rfb_grammar_error(p, r, "encoding of the cursor", encoding);
    src = ff_rfb_take(r, (uint64_t)rect->w * rect->h * 4);
    if (!src)
        return 0;
    new_cursor(p);
    if (f)
        alpha_shape(f, rect, src, place);
    return 0;
}

/* The specification, "VMware Cursor": type(u8) padding(u8), then
 * type 0: AND mask and XOR mask in pixels; type 1: bytes blue green red alpha */
int ff_rfb_vmware_cursor(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    static const int place[4] = { 3, 2, 1, 0 };
    int type = ff_rfb_u8(r), size = type ? 4 : ff_rfb_pixel_size(&p->pf);
    uint64_t n = (uint64_t)rect->w * rect->h;
    const uint8_t *and, *xor;
    uint32_t *dst;

    ff_rfb_take(r, 1);
    if (!r->need && type > 1)
        return ff_rfb_grammar_error(p, r, "cursor type", type);
    and = ff_rfb_take(r, n * size);
    xor = type ? and : ff_rfb_take(r, n * size);
    if (r->need)
        return 0;
    new_cursor(p);
    if (f && type) {
        alpha_shape(f, rect, and, place);
        return 0;
    }
    /* what inverts the screen is shown in black */
    dst = f ? shape(f, rect) : NULL;
    for (uint64_t i = 0; dst && i < n; i++, and += size, xor += size) {
        uint32_t a = ff_rfb_pixel(&f->colours.pixel, and);
        uint32_t x = ff_rfb_pixel(&f->colours.pixel, xor);

        dst[i] = !a ? 0xFF000000 | x : x ? 0xFF000000 : 0;
    }
    return 0;
}

/* The specification, "Pointer Position" and "VMware Cursor Position": x and y */
int ff_rfb_pointer_pos(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    ff_rfb_reset_streams(p, RFB_STREAM_POINTER);
    ff_rfb_use_streams(p, RFB_STREAM_POINTER);
    if (f) {
        f->cursor.x = rect->x;
        f->cursor.y = rect->y;
        f->cursor.placed = 1;
    }
    return 0;
}
