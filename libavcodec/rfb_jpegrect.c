/*
 * RFB encodings whose rectangles are JPEG pictures: JPEG and Ultra2
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

/** No picture is longer: nobody looks for an end that never comes. */
#define MAX_JPEG (64 << 20)

/* Markers (ITU-T T.81, table B.1) */
enum { TEM = 0x01, SOF0 = 0xC0, DHT = 0xC4, JPG = 0xC8, DAC = 0xCC, SOF15 = 0xCF,
       RST0 = 0xD0, RST7 = 0xD7, SOI = 0xD8, EOI = 0xD9, SOS = 0xDA, DQT = 0xDB };

/** Longest tables, as they stand in their segments. */
#define QUANT_SIZE   (1 + 128)
#define HUFFMAN_SIZE (1 + 16 + 256)

/** Bits of a table of either kind, as in RFBHistory; all of them fit into 12 bits. */
#define QUANT(n)          (1 << (n))
#define HUFFMAN(is_ac, n) (1 << (4 + 4 * (is_ac) + (n)))
#define NB_TABLES         12

/** Tables that later pictures may use, in the order of the bits above. */
typedef struct RFBTables {
    uint16_t size[NB_TABLES];       ///< 0: not known
    uint8_t data[NB_TABLES][HUFFMAN_SIZE];
} RFBTables;

/** What was met of a picture. */
typedef struct Picture {
    unsigned defined, used;         ///< tables
    int scan;                       ///< entropy-coded data follow
} Picture;

static int decode(RFBFrame *f, RFBCanvas *c, enum RFBImage type, int context,
                  const uint8_t *src, size_t size)
{
    if (type == RFB_IMAGE_JPEG)
        return ff_rfb_jpeg(f, src, size, c);
    return f->image ? f->image(f->image_opaque, type, context, src, size, c->w, c->h,
                               c->data, c->stride) : AVERROR(ENOSYS);
}

int ff_rfb_paint_image(RFBFrame *f, const RFBRect *rect, enum RFBImage type, int context,
                       const uint8_t *src, size_t size)
{
    /* H.264's depend on those before */
    const int comes_again = type != RFB_IMAGE_H264;
    RFBCanvas c;
    int ret;

    if (!rect->w || !rect->h)
        return 0;
    ret = ff_rfb_canvas_open(f, &c, rect->x, rect->y, rect->w, rect->h);
    if (ret < 0)
        return ret;
    if (!f->colours.pf.true_colour)
        ret = AVERROR_INVALIDDATA;
    else if (!comes_again || !ff_rfb_again_get(f, type, src, size, &c)) {
        ret = decode(f, &c, type, context, src, size);
        if (ret >= 0 && comes_again)
            ff_rfb_again_put(f, type, src, size, &c);
    }
    ff_rfb_canvas_close(f, &c);
    return ret;
}

static void keep_table(RFBFrame *f, int table, const uint8_t *src, size_t size)
{
    if (!f)
        return;
    if (!f->tables && !(f->tables = av_mallocz(sizeof(*f->tables))))
        return;
    memcpy(f->tables->data[table], src, size);
    f->tables->size[table] = size;
}

/** The tables of one segment: { precision-and-number(u8) values } */
static void quant_tables(RFBFrame *f, Picture *pic, RFBReader *r)
{
    while (ff_rfb_left(r)) {
        const uint8_t *src = r->ptr;
        int n = src[0] & 3, size = 1 + (src[0] >> 4 ? 128 : 64);

        if (!ff_rfb_take(r, size))
            return;
        pic->defined |= QUANT(n);
        keep_table(f, n, src, size);
    }
}

/** { class-and-number(u8) number-of-codes(u8)[16] values } */
static void huffman_tables(RFBFrame *f, Picture *pic, RFBReader *r)
{
    while (ff_rfb_left(r)) {
        const uint8_t *src = r->ptr;
        int n = src[0] & 3, ac = src[0] >> 4 & 1, size = 1 + 16;

        if (!ff_rfb_take(r, size))
            return;
        for (int i = 0; i < 16; i++)
            size += src[1 + i];
        if (!ff_rfb_take(r, size - 17) || size > HUFFMAN_SIZE)
            return;
        pic->defined |= HUFFMAN(ac, n);
        keep_table(f, 4 + 4 * ac + n, src, size);
    }
}

/** Which tables the components of a frame or scan want. */
static void components(Picture *pic, RFBReader *r, int scan)
{
    int n;

    if (!scan)
        ff_rfb_take(r, 5);
    n = ff_rfb_u8(r);
    for (int i = 0; i < n && !r->need; i++) {
        int tables;

        ff_rfb_take(r, scan ? 1 : 2);
        tables = ff_rfb_u8(r);
        pic->used |= scan ? HUFFMAN(0, tables >> 4 & 3) | HUFFMAN(1, tables & 3) :
                            QUANT(tables & 3);
    }
}

/** Go to the next marker that is not part of a scan's data, as far as there is data. */
static void scan(Picture *pic, RFBReader *r)
{
    const uint8_t *b = r->ptr;

    while (ff_rfb_left(r) && (b = memchr(r->ptr, 0xFF, ff_rfb_left(r)))) {
        r->ptr = b;
        if (ff_rfb_left(r) < 2)
            break;
        if (b[1] && (b[1] < RST0 || b[1] > RST7) && b[1] != 0xFF) {
            pic->scan = 0;
            return;
        }
        r->ptr += b[1] == 0xFF ? 1 : 2;
    }
    if (!b)
        r->ptr = r->end;
}

/**
 * Take one segment, marker(u16) length(u16) parameters, or a scan's data.
 * @return 1 at the picture's end, 0, or ff_rfb_grammar_error()
 */
static int segment(RFBParser *p, RFBFrame *f, RFBReader *r, Picture *pic)
{
    RFBReader body;
    const uint8_t *src;
    int marker, size;

    while ((marker = ff_rfb_u16(r)) == 0xFFFF)
        r->ptr--;
    if (r->need)
        return 0;
    if (marker < 0xFF00 || marker == 0xFF00) {
        r->ptr -= 2;
        return ff_rfb_grammar_error(p, r, "JPEG marker", marker);
    }
    marker &= 0xFF;
    if (marker == EOI)
        return 1;
    if (marker == TEM || (marker >= RST0 && marker <= SOI))
        return 0;
    size = ff_rfb_u16(r);
    if (size < 2 && !r->need) {
        r->ptr -= 2;
        return ff_rfb_grammar_error(p, r, "length of a JPEG segment", size);
    }
    if (!(src = ff_rfb_take(r, size - 2)))
        return 0;
    ff_rfb_reader_init(&body, src, size - 2);
    if (marker == DQT)
        quant_tables(f, pic, &body);
    else if (marker == DHT)
        huffman_tables(f, pic, &body);
    else if (marker == SOS || (marker >= SOF0 && marker <= SOF15 && marker != JPG &&
                               marker != DAC))
        components(pic, &body, pic->scan = marker == SOS);
    return 0;
}

/** Put the tables that a picture lacks in front of it. */
static const uint8_t *complete(RFBFrame *f, const uint8_t *src, size_t *size)
{
    size_t all = *size + NB_TABLES * (4 + HUFFMAN_SIZE);
    uint8_t *dst;

    av_fast_malloc(&f->joined, &f->joined_alloc, all);
    if (!f->joined)
        return NULL;
    dst = f->joined;
    *dst++ = 0xFF;
    *dst++ = SOI;
    for (int i = 0; f->tables && i < NB_TABLES; i++) {
        if (!f->tables->size[i])
            continue;
        AV_WB16(dst, 0xFF00 | (i < 4 ? DQT : DHT));
        AV_WB16(dst + 2, 2 + f->tables->size[i]);
        memcpy(dst + 4, f->tables->data[i], f->tables->size[i]);
        dst += 4 + f->tables->size[i];
    }
    memcpy(dst, src + 2, *size - 2);
    *size += dst - f->joined - 2;
    return f->joined;
}

static void paint(RFBFrame *f, const RFBRect *rect, const Picture *pic,
                  const uint8_t *src, size_t size)
{
    size_t all = size;
    int ret = AVERROR(ENOMEM);

    if (pic->used & ~pic->defined)
        src = complete(f, src, &all);
    if (src)
        ret = ff_rfb_paint_image(f, rect, RFB_IMAGE_JPEG, 0, src, all);
    if (ret < 0)
        ff_rfb_frame_error(f, "damaged JPEG picture, bytes", size);
}

/* The specification, "JPEG Encoding": a JPEG picture, which has to be read up
 * to its end. Tables that it has not got are those of the pictures before. */
int ff_rfb_jpeg_rect(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    const uint8_t *start = r->ptr;
    Picture pic = { 0 };
    int ret = 0;

    if (ff_rfb_first_line(p, f, r)) {
        pic.defined = p->mark_state & 0xFFF;
        pic.used    = p->mark_state >> 12 & 0xFFF;
        pic.scan    = p->mark_state >> 24;
    } else if (ff_rfb_u16(r) != (0xFF00 | SOI) && !r->need) {
        r->ptr -= 2;
        return ff_rfb_grammar_error(p, r, "no JPEG picture, begins with", AV_RB16(r->ptr));
    }
    while (!ret && !r->need) {
        if (pic.scan)
            scan(&pic, r);
        ff_rfb_mark_line(p, f, r, 1);
        p->mark_state = pic.scan << 24 | pic.used << 12 | pic.defined;
        if (r->ptr - start > MAX_JPEG)
            return ff_rfb_grammar_error(p, r, "JPEG picture without an end, bytes",
                                        r->ptr - start);
        ret = segment(p, f, r, &pic);
    }
    if (r->need || ret < 0)
        return FFMIN(ret, 0);
    ff_rfb_reset_streams(p, pic.defined * RFB_STREAM_QUANT);
    ff_rfb_use_streams(p, pic.used * RFB_STREAM_QUANT);
    if (f)
        paint(f, rect, &pic, start, r->ptr - start);
    return 0;
}

void ff_rfb_tables_reset(RFBFrame *f)
{
    if (f->tables)
        memset(f->tables->size, 0, sizeof(f->tables->size));
}

/* { size(u16) table } for each, size 0 for those not known */
size_t ff_rfb_tables_save(const RFBFrame *f, uint8_t *dst)
{
    uint8_t *start = dst;

    for (int i = 0; i < NB_TABLES; i++) {
        int size = f->tables ? f->tables->size[i] : 0;

        AV_WB16(dst, size);
        if (size)
            memcpy(dst + 2, f->tables->data[i], size);
        dst += 2 + size;
    }
    return dst - start;
}

int ff_rfb_tables_load(RFBFrame *f, const uint8_t *src, size_t size)
{
    RFBReader r;

    ff_rfb_reader_init(&r, src, size);
    if (f && !f->tables && !(f->tables = av_mallocz(sizeof(*f->tables))))
        return AVERROR(ENOMEM);
    for (int i = 0; i < NB_TABLES; i++) {
        int n = ff_rfb_u16(&r);
        const uint8_t *table = ff_rfb_take(&r, n);

        if (!table || n > HUFFMAN_SIZE)
            return AVERROR_INVALIDDATA;
        if (f)
            memcpy(f->tables->data[i], table, n);
        if (f)
            f->tables->size[i] = n;
    }
    return ff_rfb_left(&r) ? AVERROR_INVALIDDATA : 0;
}

/* UltraVNC: length(u32), then a JPEG picture */
int ff_rfb_ultra2(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    uint32_t size = ff_rfb_u32(r);
    const uint8_t *src = ff_rfb_take(r, size);

    if (f && src && ff_rfb_paint_image(f, rect, RFB_IMAGE_JPEG, 0, src, size) < 0)
        ff_rfb_frame_error(f, "damaged JPEG picture, bytes", size);
    return 0;
}
