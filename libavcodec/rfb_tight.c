/*
 * RFB encodings Tight and TightPNG
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

/* Upper half of the compression-control byte (the specification, "Tight
 * Encoding"); the lower half resets the four zlib streams */
enum {
    TIGHT_BASIC_MASK = 0x3,     ///< number of the zlib stream
    TIGHT_FILTER     = 0x4,     ///< the filter's number follows
    TIGHT_FILL       = 0x8,
    TIGHT_JPEG       = 0x9,
    TIGHT_NO_ZLIB    = 0xA,     ///< TurboVNC's, libvncserver's at level 0
    TIGHT_PNG        = 0xA,     ///< in TightPNG
};

enum { FILTER_COPY, FILTER_PALETTE, FILTER_GRADIENT };

/** Less data than this is not compressed. */
#define MIN_TO_COMPRESS 12

/** A rectangle in basic compression. */
typedef struct Tight {
    int filter;
    int nb_colours;
    uint32_t palette[256];
    size_t line;                ///< bytes of a line
    const uint8_t *raw;         ///< the data if it is not compressed
    RFBInflate *z;              ///< the stream if it is
    int bad_index;
} Tight;

/** 1 to 3 bytes, 7 + 7 + 8 bits, the lowest first */
static unsigned compact_length(RFBReader *r)
{
    unsigned b = ff_rfb_u8(r), n = b & 0x7F;

    if (b & 0x80) {
        b  = ff_rfb_u8(r);
        n |= (b & 0x7F) << 7;
        if (b & 0x80)
            n |= ff_rfb_u8(r) << 14;
    }
    return n;
}

static void palette_line(Tight *t, uint32_t *dst, const uint8_t *src, int n)
{
    const uint32_t c = t->palette[0], d = t->palette[0] ^ t->palette[1];
    int bad = 0;

    if (t->nb_colours <= 2) {
        for (; n >= 8; n -= 8, dst += 8, src++)
            for (int i = 0; i < 8; i++)
                dst[i] = c ^ (d & -(uint32_t)(*src >> (7 - i) & 1));
        for (int i = 0; i < n; i++)
            dst[i] = c ^ (d & -(uint32_t)(*src >> (7 - i) & 1));
        return;
    }
    for (int i = 0; i < n; i++) {
        dst[i] = t->palette[src[i]];
        bad   |= src[i] >= t->nb_colours;
    }
    t->bad_index |= bad;
}

static void split_pixel(const RFBColours *c, const uint8_t *src, int v[3])
{
    if (c->tpixel.layout == RFB_LAYOUT_RGB) {
        for (int i = 0; i < 3; i++)
            v[i] = src[i];
    } else {
        uint32_t pixel = 0;

        for (int i = 0; i < c->tpixel.size; i++)
            pixel = pixel << 8 | src[c->pf.big_endian ? i : c->tpixel.size - 1 - i];
        for (int i = 0; i < 3; i++)
            v[i] = pixel >> c->pf.shift[i] & c->pf.max[i];
    }
}

/**
 * Each channel is the difference to left + up - upper left, in its own range.
 * @param up  the line above, of three channels a pixel; becomes this line
 * @param n   pixels to show, the first of w
 */
static void gradient_line(const RFBColours *c, uint32_t *dst, uint16_t *up,
                          const uint8_t *src, int w, int n)
{
    int left[3] = { 0 }, corner[3] = { 0 };

    for (int x = 0; x < w; x++, src += c->tpixel.size, up += 3) {
        uint32_t rgb = 0;
        int v[3];

        split_pixel(c, src, v);
        for (int i = 0; i < 3; i++) {
            int max = c->pf.max[i];
            int guess = av_clip(left[i] + up[i] - corner[i], 0, max);

            corner[i] = up[i];
            left[i]   = up[i] = (v[i] + guess) & max;
            rgb       = rgb << 8 | c->scale[i][left[i]];
        }
        if (x < n)
            dst[x] = rgb;
    }
}

static int paint(RFBFrame *f, Tight *t, const RFBRect *rect)
{
    const RFBColours *c = &f->colours;
    int lines = t->line ? FFMAX(RFB_CHUNK_SIZE / t->line, 1) : rect->h;
    int n = FFMAX(FFMIN(rect->w, f->width - rect->x), 0), ret;

    if (t->filter == FILTER_GRADIENT) {
        av_fast_malloc(&f->wide, &f->wide_alloc, rect->w * 3 * sizeof(uint16_t) + 1);
        if (!f->wide)
            return AVERROR(ENOMEM);
        memset(f->wide, 0, rect->w * 3 * sizeof(uint16_t));
    }
    for (int y = 0; y < rect->h; y++) {
        const uint8_t *src = f->scratch + y % lines * t->line;
        uint32_t *dst;
        int shown = rect->y + y < f->height ? n : 0;

        if (t->raw)
            src = t->raw + y * t->line;
        else if (!(y % lines) &&
                 (ret = ff_rfb_inflate_read(t->z, f->scratch,
                                            FFMIN(lines, rect->h - y) * t->line)) < 0)
            return ret;
        dst = shown ? f->data + (size_t)(rect->y + y) * f->stride + rect->x : NULL;
        if (t->filter == FILTER_GRADIENT)
            gradient_line(c, dst, (uint16_t *)f->wide, src, rect->w, shown);
        else if (t->filter == FILTER_PALETTE)
            palette_line(t, dst, src, shown);
        else
            ff_rfb_pixels(&c->tpixel, dst, src, shown);
    }
    return t->z ? ff_rfb_inflate_end(t->z) : 0;
}

/** filter-id(u8) and, for the palette filter, number-of-colours-minus-1(u8) colours */
static int filter(RFBParser *p, RFBFrame *f, RFBReader *r, Tight *t)
{
    int size = ff_rfb_tpixel_size(&p->pf);
    const uint8_t *src;

    t->filter = ff_rfb_u8(r);
    if (t->filter > FILTER_GRADIENT) {
        r->ptr--;
        return ff_rfb_grammar_error(p, r, "filter", t->filter);
    }
    if (t->filter != FILTER_PALETTE)
        return 0;
    t->nb_colours = ff_rfb_u8(r) + 1;
    src = ff_rfb_take(r, t->nb_colours * size);
    if (f && src)
        ff_rfb_pixels(&f->colours.tpixel, t->palette, src, t->nb_colours);
    return 0;
}

static int basic(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect, int comp)
{
    int stream = ff_rfb_first_stream(rect) + (comp & TIGHT_BASIC_MASK);
    int compressed = !(comp & 8), ret;
    Tight t = { FILTER_COPY };
    unsigned length = 0;
    uint64_t size;

    if (comp & TIGHT_FILTER && (ret = filter(p, f, r, &t)) < 0)
        return ret;
    t.line = (size_t)rect->w * ff_rfb_tpixel_size(&p->pf);
    if (t.filter == FILTER_PALETTE)
        t.line = t.nb_colours <= 2 ? (rect->w + 7) >> 3 : rect->w;
    size = (uint64_t)t.line * rect->h;
    if (size < MIN_TO_COMPRESS) {
        t.raw = ff_rfb_take(r, size);
    } else {
        length = compact_length(r);
        t.raw  = ff_rfb_take(r, length);
        if (compressed && t.raw)
            ff_rfb_use_streams(p, RFB_STREAM_TIGHT << stream);
    }
    if (!f || !t.raw)
        return 0;
    if (size >= MIN_TO_COMPRESS && compressed) {
        t.z   = &f->zlib[stream];
        ret   = ff_rfb_inflate_begin(t.z, t.raw, length);
        ff_rfb_inflate_expect(t.z, size);
        t.raw = NULL;
    } else {
        ret = size >= MIN_TO_COMPRESS && length < size ? AVERROR_INVALIDDATA : 0;
    }
    if (ret >= 0)
        ret = paint(f, &t, rect);
    if (ret < 0)
        ff_rfb_frame_error(f, "damaged data, stream", stream);
    if (t.bad_index)
        ff_rfb_frame_error(f, "index outside of the palette, colours", t.nb_colours);
    return 0;
}

/** length data: a picture */
static int image(RFBFrame *f, RFBReader *r, const RFBRect *rect, enum RFBImage type)
{
    unsigned length = compact_length(r);
    const uint8_t *src = ff_rfb_take(r, length);

    if (f && src && ff_rfb_paint_image(f, rect, type, 0, src, length) < 0)
        ff_rfb_frame_error(f, type == RFB_IMAGE_JPEG ? "damaged JPEG picture, bytes" :
                           "damaged PNG picture, bytes", length);
    return 0;
}

/* The specification, "Tight Encoding": compression-control(u8), then by its kind */
int ff_rfb_tight(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    int control = ff_rfb_u8(r), comp = control >> 4;
    int png = rect->encoding == RFB_ENC_TIGHT_PNG, first_stream = ff_rfb_first_stream(rect);
    const uint8_t *src;

    if (r->need)
        return 0;
    for (int i = 0; i < 4; i++) {
        if (!(control >> i & 1))
            continue;
        ff_rfb_reset_streams(p, RFB_STREAM_TIGHT << (first_stream + i));
        if (f)
            ff_rfb_inflate_reset(&f->zlib[first_stream + i]);
    }
    if (comp == TIGHT_FILL) {
        src = ff_rfb_take(r, ff_rfb_tpixel_size(&p->pf));
        if (f && src)
            ff_rfb_fill(f, rect->x, rect->y, rect->w, rect->h,
                        ff_rfb_pixel(&f->colours.tpixel, src));
        return 0;
    }
    if (comp == TIGHT_JPEG)
        return image(f, r, rect, RFB_IMAGE_JPEG);
    if (png && comp == TIGHT_PNG)
        return image(f, r, rect, RFB_IMAGE_PNG);
    if (!(comp & 8) || (!png && (comp == TIGHT_NO_ZLIB || comp == (TIGHT_NO_ZLIB | TIGHT_FILTER))))
        return basic(p, f, r, rect, comp);
    r->ptr--;
    return ff_rfb_grammar_error(p, r, "compression control", control);
}
