/*
 * RFB rectangles of Aten's board controllers
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
 * The controllers of Supermicro's boards and others speak a dialect of RFB: all
 * rectangles begin alike, are the whole screen, and tell its size.
 */

#include "libavutil/error.h"
#include "libavutil/intreadwrite.h"
#include "rfb_aten.h"
#include "rfb_rect.h"

/** A square of Hermon: unknown(u16) unknown(u16) y(u8) x(u8) pixels */
#define SQUARE      16
#define SQUARE_SIZE (6 + 2 * SQUARE * SQUARE)

/** Width and height while the screen is off: -640 and -480. */
enum { OFF_WIDTH = 0xFD80, OFF_HEIGHT = 0xFE20 };

/** Pixels of 5 bits each, little-endian, whatever the ServerInit said. */
static void put_pixels(RFBFrame *f, int x0, int y0, int w, int h, const uint8_t *src)
{
    int right = FFMIN(x0 + w, f->width), bottom = FFMIN(y0 + h, f->height);

    for (int y = y0; y < bottom; y++, src += 2 * w) {
        uint32_t *dst = f->data + (size_t)y * f->stride;

        for (int x = x0; x < right; x++) {
            int v = AV_RL16(src + 2 * (x - x0));
            int r = v >> 10 & 31, g = v >> 5 & 31, b = v & 31;

            dst[x] = (r * 255 + 15) / 31 << 16 | (g * 255 + 15) / 31 << 8 | (b * 255 + 15) / 31;
        }
    }
    if (x0 < right && y0 < bottom)
        ff_rfb_frame_damage(f, x0, y0, right, bottom);
}

/* kind(u8) padding number-of-squares(u32) length-of-all-of-this(u32)
 *   kind 0: squares   kind 1: all of the screen */
static int hermon(RFBFrame *f, const uint8_t *src, size_t size)
{
    RFBReader r;
    int kind;

    ff_rfb_reader_init(&r, src, size);
    kind = ff_rfb_u8(&r);
    ff_rfb_take(&r, 9);
    if (kind == 1 && (src = ff_rfb_take(&r, 2LL * f->width * f->height)))
        put_pixels(f, 0, 0, f->width, f->height, src);
    while (kind == 0 && ff_rfb_left(&r) && (src = ff_rfb_take(&r, SQUARE_SIZE))) {
        if ((f->budget -= SQUARE * SQUARE) < 0)
            return AVERROR_INVALIDDATA;
        put_pixels(f, SQUARE * src[5], SQUARE * src[4], SQUARE, SQUARE, src + 6);
    }
    return r.need || kind > 1 ? AVERROR_INVALIDDATA : 0;
}

/* Aten: x y width height encoding(s32), unknown(u32) length(u32) data */
int ff_rfb_aten(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    const uint8_t *src;
    uint32_t size;
    int ret = 0;

    ff_rfb_take(r, 4);
    size = ff_rfb_u32(r);
    if (!(src = ff_rfb_take(r, size)))
        return 0;
    p->aten = 1;
    p->by_option |= RFB_BY_DIALECT;
    if (!size || (rect->w == OFF_WIDTH && rect->h == OFF_HEIGHT))
        return 0;
    if (rect->w != p->width || rect->h != p->height)
        ret = ff_rfb_resize(p, f, r, rect->w, rect->h);
    if (!f || ret < 0)
        return ret;
    ff_rfb_frame_sync(f, &p->todo);
    if (!p->pf.true_colour)
        ret = AVERROR_INVALIDDATA;
    else if (rect->encoding == RFB_ENC_ATEN_AST2100)
        ret = ff_rfb_ast2100(f, src, size);
    else if (rect->encoding == RFB_ENC_ATEN_HERMON)
        ret = hermon(f, src, size);
    else
        ret = AVERROR_PATCHWELCOME;
    if (ret < 0)
        ff_rfb_frame_error(f, ret == AVERROR_PATCHWELCOME ? "not decoded, bytes" :
                           "damaged picture, bytes", size);
    return 0;
}
