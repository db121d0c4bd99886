/*
 * FBS muxer: recordings that begin in the middle of another
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

#include "libavcodec/rfb_state.h"
#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/intreadwrite.h"
#include "libavutil/mem.h"
#include "avio.h"
#include "fbsresume.h"

/** The state, and where its messages go. */
typedef struct Writer {
    AVIOContext *pb;
    RFBStateInfo info;
    RFBStateParts parts;
    RFBPixelFormat pf;          ///< in which pixels are written
    int rects;
} Writer;

/** Formats that all bits of our pixels fit into; other sessions change theirs for a while. */
static int is_exact(const RFBPixelFormat *pf)
{
    int whole = 1;

    for (int i = 0; i < 3; i++)
        whole &= pf->max[i] == 255 && !(pf->shift[i] & 7);
    return !pf->true_colour || (pf->bits_per_pixel == 32 && pf->depth == 24 && whole);
}

/** A pixel as a server would send it. @return bytes */
static int make_pixel(const RFBPixelFormat *pf, uint8_t *dst, uint32_t rgb)
{
    uint32_t v = (rgb >> 16 & 0xFF) << pf->shift[0] | (rgb >> 8 & 0xFF) << pf->shift[1] |
                 (rgb & 0xFF) << pf->shift[2];

    if (!pf->true_colour) {
        *dst = rgb;
        return 1;
    }
    if (pf->big_endian)
        AV_WB32(dst, v);
    else
        AV_WL32(dst, v);
    return 4;
}

static int pixel_size(const Writer *w)
{
    return w->pf.bits_per_pixel >> 3;
}

static void begin_rect(Writer *w, int x, int y, int width, int height, int32_t encoding)
{
    avio_wb16(w->pb, x);
    avio_wb16(w->pb, y);
    avio_wb16(w->pb, width);
    avio_wb16(w->pb, height);
    avio_wb32(w->pb, encoding);
    w->rects++;
}

static void put_display_mode(Writer *w, const RFBPixelFormat *pf)
{
    uint8_t buf[RFB_PIXEL_FORMAT_SIZE];

    begin_rect(w, 0, 0, 0, 0, RFB_ENC_VMWARE_DISPLAY_MODE);
    avpriv_rfb_pixel_format_write(pf, buf);
    avio_write(w->pb, buf, sizeof(buf));
}

/* ---- zlib streams ---- */

/** Bytes of zlib data that are stored as they are, and end as Z_SYNC_FLUSH does. */
static int stored_size(int n, int first)
{
    return (first ? 2 : 0) + 5 + n + 5;
}

static void put_stored(Writer *w, const uint8_t *head, int head_size, const uint8_t *data, int n,
                       int first)
{
    if (first)
        avio_wb16(w->pb, 0x7801);
    avio_w8(w->pb, 0);
    avio_wl16(w->pb, head_size + n);
    avio_wl16(w->pb, ~(head_size + n));
    avio_write(w->pb, head, head_size);
    avio_write(w->pb, data, n);
    avio_w8(w->pb, 0);
    avio_wl32(w->pb, 0xFFFF0000);
}

/** Tight's length: seven bits a byte, the last one has eight. */
static void put_compact(AVIOContext *pb, unsigned n)
{
    avio_w8(pb, (n & 0x7F) | (n > 0x7F) << 7);
    if (n > 0x7F)
        avio_w8(pb, (n >> 7 & 0x7F) | (n > 0x3FFF) << 7);
    if (n > 0x3FFF)
        avio_w8(pb, n >> 14);
}

/**
 * Rectangles of an encoding whose data is nothing but pixels: any bytes are some.
 * @param tight number of the stream, or -1: Zlib
 */
static int fill_pixels(Writer *w, const uint8_t *window, int n, int tight)
{
    static const uint8_t zeros[2048 * 4];
    int width = FFMIN(w->info.width, 2048);
    int line  = width * (tight >= 0 && pixel_size(w) == 4 ? 3 : pixel_size(w));
    int lines = FFMAX((n + line - 1) / line, 1), pad = lines * line - n, first = 1;

    /* less is not compressed */
    if (tight >= 0)
        lines += line * lines < 12;
    if (lines > w->info.height * 64 || line * FFMIN(lines, w->info.height) < 12)
        return AVERROR_PATCHWELCOME;
    pad = lines * line - n;
    for (int part; lines; lines -= part, first = 0) {
        int skip, size;

        part = FFMIN3(lines, w->info.height, FFMAX(60000 / line, 1));
        size = part * line;
        skip = FFMIN(pad, FFMIN(size, (int)sizeof(zeros)));
        begin_rect(w, 0, 0, width, part, tight >= 0 ? RFB_ENC_TIGHT : RFB_ENC_ZLIB);
        if (tight >= 0) {
            avio_w8(w->pb, tight << 4 | (first ? 1 << tight : 0));
            put_compact(w->pb, stored_size(size, first));
        } else {
            avio_wb32(w->pb, stored_size(size, first));
        }
        put_stored(w, zeros, skip, window, size - skip, first);
        window += size - skip;
        pad    -= skip;
    }
    return 0;
}

/**
 * A rectangle of ZRLE: its tiles have one colour each, and all that is to be
 * looked back to stands behind them, where readers unpack it and do no more.
 */
static int fill_zrle(Writer *w, const uint8_t *window, int n)
{
    int width = FFMIN(w->info.width, 128), height = FFMIN(w->info.height, 128), size = 0;
    uint8_t tiles[4 * 5] = { 0 };
    int cpixel = FFMIN(pixel_size(w), 3);

    for (int y = 0; y < height; y += 64)
        for (int x = 0; x < width; x += 64) {
            tiles[size] = 1;
            size += 1 + cpixel;
        }
    begin_rect(w, 0, 0, width, height, RFB_ENC_ZRLE);
    avio_wb32(w->pb, stored_size(size + n, 1));
    put_stored(w, tiles, size, window, n, 1);
    return 0;
}

/** Let the streams have put out what they have. */
static int fill_streams(Writer *w, const uint8_t *window)
{
    for (int i = 0; i < RFB_ZSTD_STREAMS; window += w->info.window[i++]) {
        int n = w->info.window[i], ret;

        if (!(w->parts.begun >> i & 1))
            continue;
        if (i > 5)
            return AVERROR_PATCHWELCOME;
        ret = i == 5 ? fill_zrle(w, window, n) : fill_pixels(w, window, n, i < 4 ? i : -1);
        if (ret < 0)
            return ret;
    }
    return 0;
}

/* ---- pictures ---- */

/* RFC 6143, 7.7.4: tiles of one colour, or of pixels as they are */
static void put_tile(Writer *w, const uint8_t *src, size_t stride, int width, int height)
{
    enum { RAW = 1, BACKGROUND = 2 };
    uint32_t colour = AV_RL32(src), differ = 0;
    uint8_t pixel[4];

    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            differ |= AV_RL32(src + y * stride + 4 * x) ^ colour;
    avio_w8(w->pb, differ ? RAW : BACKGROUND);
    for (int y = 0; y < (differ ? height : 1); y++)
        for (int x = 0; x < (differ ? width : 1); x++)
            avio_write(w->pb, pixel, make_pixel(&w->pf, pixel, AV_RL32(src + y * stride + 4 * x)));
}

static void put_screen(Writer *w, const uint8_t *pixels)
{
    size_t stride = (size_t)w->info.width * 4;

    begin_rect(w, 0, 0, w->info.width, w->info.height, RFB_ENC_HEXTILE);
    for (int y = 0; y < w->info.height; y += 16)
        for (int x = 0; x < w->info.width; x += 16)
            put_tile(w, pixels + y * stride + 4 * x, stride, FFMIN(w->info.width - x, 16),
                     FFMIN(w->info.height - y, 16));
}

/** Cursor where its mask will do, else CursorWithAlpha. */
static void put_cursor(Writer *w)
{
    const RFBStateParts *c = &w->parts;
    const uint8_t *argb = c->cursor;
    int n = c->cursor_w * c->cursor_h, line = (c->cursor_w + 7) / 8, plain = 1;
    uint8_t pixel[4];

    for (int i = 0; i < n; i++)
        plain &= argb[4 * i] == 255 || !AV_RB32(argb + 4 * i);
    begin_rect(w, c->hot_x, c->hot_y, c->cursor_w, c->cursor_h,
               plain ? RFB_ENC_CURSOR : RFB_ENC_CURSOR_WITH_ALPHA);
    if (!plain)
        avio_wb32(w->pb, RFB_ENC_RAW);
    for (int i = 0; i < n; i++) {
        uint32_t v = AV_RB32(argb + 4 * i);

        if (plain)
            avio_write(w->pb, pixel, make_pixel(&w->pf, pixel, v));
        else
            avio_wb32(w->pb, v << 8 | v >> 24);
    }
    for (int y = 0; plain && y < c->cursor_h; y++)
        for (int i = 0; i < line; i++) {
            int bits = 0;

            for (int x = 8 * i; x < FFMIN(8 * i + 8, c->cursor_w); x++)
                bits |= (argb[4 * (y * c->cursor_w + x)] >> 7) << (7 - (x & 7));
            avio_w8(w->pb, bits);
        }
}

static void put_colour_map(Writer *w)
{
    avio_wb16(w->pb, RFB_MSG_SET_COLOUR_MAP_ENTRIES << 8);
    avio_wb16(w->pb, 0);
    avio_wb16(w->pb, 256);
    for (int i = 0; i < 256; i++)
        for (int k = 1; k < 4; k++)
            avio_wb16(w->pb, w->parts.palette[4 * i + k] * 0x101);
}

static int put_update(Writer *w, const uint8_t *state)
{
    int ret;

    if (!is_exact(&w->info.pf)) {
        avpriv_rfb_pixel_format_parse(&w->pf, "bgrx8888");
        put_display_mode(w, &w->pf);
    }
    if ((ret = fill_streams(w, state + w->info.head)) < 0)
        return ret;
    put_screen(w, state + w->info.pixels);
    if (w->parts.cursor_w && w->parts.cursor_h)
        put_cursor(w);
    if (w->parts.placed)
        begin_rect(w, w->parts.x, w->parts.y, 0, 0, RFB_ENC_POINTER_POS);
    if (!is_exact(&w->info.pf))
        put_display_mode(w, &w->info.pf);
    return 0;
}

int ff_fbs_resume(uint8_t **data, const uint8_t *state, size_t size)
{
    Writer w = { .rects = 0 };
    int64_t count;
    int ret, n;

    *data = NULL;
    if (avpriv_rfb_state_info(&w.info, state, size, INT32_MAX) < 0 || size != w.info.size)
        return AVERROR_INVALIDDATA;
    avpriv_rfb_state_parts(&w.parts, state);
    w.pf = w.info.pf;
    if (w.parts.has_tables)
        return AVERROR_PATCHWELCOME;
    if ((ret = avio_open_dyn_buf(&w.pb)) < 0)
        return ret;
    if (!w.pf.true_colour)
        put_colour_map(&w);
    count = avio_tell(w.pb) + 2;
    avio_wb32(w.pb, RFB_MSG_FRAMEBUFFER_UPDATE << 24);
    ret = put_update(&w, state);
    n   = avio_close_dyn_buf(w.pb, data);
    if (ret >= 0 && *data)
        AV_WB16(*data + count, w.rects);
    if (ret < 0)
        av_freep(data);
    return ret < 0 ? ret : n;
}
