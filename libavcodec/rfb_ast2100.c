/*
 * AST2100: video of Aspeed's board controllers in RFB
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
 * A relative of JPEG (ITU-T T.81) that codes the blocks that changed. Words of
 * 32 bits, little-endian, whose bits are read from the highest on:
 *
 *   luma(8) chroma(8) sampling(16)   as they stand, not as a word: numbers of
 *                                    quantization tables, 422 or 444
 *   { code(4) [column(8) row(8)] block }
 *
 * A block's place is one more than the last one's where the code does not give
 * it. Blocks are 8x8 pixels in 444, and 16x16 with half the chroma each way in
 * 422. Nothing but pixels is left behind by a picture.
 */

#include <string.h>

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/intreadwrite.h"
#include "rfb_aten.h"
#include "rfb_rect.h"

/** Bits of a block's code. Of these four make one that ends the picture. */
enum { DCT_LOW = 4, PLACED = 8, END = 9 };

/** Tables for a picture's quality, which is 0 to 11. */
#define NB_QUALITIES 12

/* --- T.81's tables ------------------------------------------------------------ */

/** T.81, K.1 and K.2, in natural order; all of the chroma that is not here is 99. */
static const uint8_t luma_table[64] = {
    16, 11, 10, 16, 24,  40,  51,  61, 12, 12, 14, 19, 26,  58,  60,  55,
    14, 13, 16, 24, 40,  57,  69,  56, 14, 17, 22, 29, 51,  87,  80,  62,
    18, 22, 37, 56, 68,  109, 103, 77, 24, 35, 55, 64, 81,  104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
};

static const uint8_t chroma_table[4][4] = {
    { 17, 18, 24, 47 }, { 18, 21, 26, 66 }, { 24, 26, 56, 99 }, { 47, 66, 99, 99 },
};

/** A quality's tables are T.81's times these, divided by 32. */
static const uint8_t quality[2][NB_QUALITIES] = {
    { 40, 35, 29, 23, 18, 12, 6, 4, 4, 3, 2, 1 },
    { 60, 52, 43, 35, 26, 18, 9, 6, 5, 4, 3, 2 },
};

static const uint8_t zigzag[64] = {
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,
    12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6,  7,  14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
    58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
};

/** T.81, K.3 to K.6: how many codes there are of each length, and what they mean. */
typedef struct Huffman {
    uint8_t count[16];
    const uint8_t *value;       ///< NULL: the codes' own numbers
} Huffman;

static const uint8_t luma_ac[162] = {
    0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07,
    0x22, 0x71, 0x14, 0x32, 0x81, 0x91, 0xA1, 0x08, 0x23, 0x42, 0xB1, 0xC1, 0x15, 0x52, 0xD1, 0xF0,
    0x24, 0x33, 0x62, 0x72, 0x82, 0x09, 0x0A, 0x16, 0x17, 0x18, 0x19, 0x1A, 0x25, 0x26, 0x27, 0x28,
    0x29, 0x2A, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3A, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49,
    0x4A, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5A, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69,
    0x6A, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7A, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89,
    0x8A, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7,
    0xA8, 0xA9, 0xAA, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA, 0xC2, 0xC3, 0xC4, 0xC5,
    0xC6, 0xC7, 0xC8, 0xC9, 0xCA, 0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7, 0xD8, 0xD9, 0xDA, 0xE1, 0xE2,
    0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9, 0xEA, 0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8,
    0xF9, 0xFA,
};

static const uint8_t chroma_ac[162] = {
    0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71,
    0x13, 0x22, 0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xA1, 0xB1, 0xC1, 0x09, 0x23, 0x33, 0x52, 0xF0,
    0x15, 0x62, 0x72, 0xD1, 0x0A, 0x16, 0x24, 0x34, 0xE1, 0x25, 0xF1, 0x17, 0x18, 0x19, 0x1A, 0x26,
    0x27, 0x28, 0x29, 0x2A, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3A, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48,
    0x49, 0x4A, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5A, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68,
    0x69, 0x6A, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7A, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87,
    0x88, 0x89, 0x8A, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0xA2, 0xA3, 0xA4, 0xA5,
    0xA6, 0xA7, 0xA8, 0xA9, 0xAA, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA, 0xC2, 0xC3,
    0xC4, 0xC5, 0xC6, 0xC7, 0xC8, 0xC9, 0xCA, 0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7, 0xD8, 0xD9, 0xDA,
    0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9, 0xEA, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8,
    0xF9, 0xFA,
};

/** of luma and chroma: DC, AC */
static const Huffman huffman[2][2] = {
    { { { 0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0 }, NULL },
      { { 0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125 }, luma_ac } },
    { { { 0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0 }, NULL },
      { { 0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 119 }, chroma_ac } },
};

/* --- bits ----------------------------------------------------------------------- */

typedef struct Ast {
    RFBFrame *f;
    const uint8_t *ptr, *end;
    uint64_t bits;              ///< those that come next are the highest of nb_bits
    int nb_bits;
    int missing;                ///< bits that were wanted behind the end
    int halved;                 ///< 16x16 blocks, with half the chroma
    int x, y;                   ///< place of the next block, in blocks
    int16_t basis[8][8];        ///< what coefficient u of a line of 8 adds to its pixel x
    uint8_t quant[2][2][64];    ///< as the header says or of the lowest quality; luma, chroma
    int dc[3];
    uint8_t colour[4][3];       ///< Y Cb Cr that blocks of few colours use
    uint8_t slot[4];            ///< which of them a pixel of the block means
    uint8_t plane[3][16 * 16];  ///< the block; chroma is 8x8
} Ast;

/** The next bits, zeros behind the end. @param n 1 to 24 */
static unsigned peek(Ast *a, int n)
{
    while (a->nb_bits < n) {
        uint32_t word = 0;
        int left = FFMIN(a->end - a->ptr, 4);

        for (int i = 0; i < left; i++)
            word |= (uint32_t)a->ptr[i] << 8 * i;
        if (!left)
            a->missing += 32;
        a->ptr    += left;
        a->bits    = a->bits << 32 | word;
        a->nb_bits += 32;
    }
    return a->bits >> (a->nb_bits - n) & ((1u << n) - 1);
}

static unsigned get(Ast *a, int n)
{
    unsigned v = n ? peek(a, n) : 0;

    a->nb_bits -= n;
    return v;
}

/** Whether bits were used that are not there. */
static int overread(const Ast *a)
{
    return a->missing > a->nb_bits;
}

/** @return what a code means, or negative if there is no such code */
static int get_code(Ast *a, const Huffman *h)
{
    unsigned bits = peek(a, 16), first = 0, index = 0;

    for (int n = 1; n <= 16; n++) {
        unsigned code = bits >> (16 - n);

        if (code - first < h->count[n - 1]) {
            a->nb_bits -= n;
            index += code - first;
            return h->value ? h->value[index] : index;
        }
        index += h->count[n - 1];
        first  = (first + h->count[n - 1]) << 1;
    }
    return AVERROR_INVALIDDATA;
}

/** T.81, F.2.2.1: a number of so many bits, whose sign the first one tells. */
static int get_number(Ast *a, int size)
{
    int v = get(a, size);

    return size && v < 1 << (size - 1) ? v - (1 << size) + 1 : v;
}

/* --- blocks of cosines ------------------------------------------------------------ */

/** cos(x * pi / 16) / 2, and 1 / sqrt(8) first, times 2048 */
static const int16_t cosines[8] = { 724, 1004, 946, 851, 724, 569, 392, 200 };

static void set_basis(Ast *a)
{
    for (int u = 0; u < 8; u++) {
        for (int x = 0; x < 8; x++) {
            int angle = (2 * x + 1) * u & 31;

            angle = angle > 16 ? 32 - angle : angle;
            a->basis[u][x] = !u ? cosines[0] : angle == 8 ? 0 :
                             angle < 8 ? cosines[angle] : -cosines[16 - angle];
        }
    }
}

/** Inverse DCT without rounding in between that could be seen. */
static void idct(const Ast *a, uint8_t *dst, int stride, const int16_t *coefficient)
{
    int lines[8][8] = { { 0 } }, used = 0;

    for (int v = 0; v < 8; v++) {
        for (int u = 0; u < 8; u++) {
            int c = coefficient[8 * v + u];

            for (int x = 0; c && x < 8; x++)
                lines[v][x] += c * a->basis[u][x];
            used |= !!c << v;
        }
        for (int x = 0; x < 8; x++)
            lines[v][x] = (lines[v][x] + (1 << 6)) >> 7;
    }
    for (int y = 0; y < 8; y++) {
        int sum[8] = { 0 };

        for (int v = 0; v < 8; v++)
            for (int x = 0; used >> v & 1 && x < 8; x++)
                sum[x] += lines[v][x] * a->basis[v][y];
        for (int x = 0; x < 8; x++)
            dst[y * stride + x] = av_clip_uint8(((sum[x] + (1 << 14)) >> 15) + 128);
    }
}

/** T.81, F.2.2: 64 coefficients of one component. @return 0 or AVERROR_INVALIDDATA */
static int get_component(Ast *a, int component, int low, uint8_t *dst, int stride)
{
    const Huffman *h = huffman[component > 0];
    const uint8_t *quant = a->quant[low][component > 0];
    int16_t block[64] = { 0 };
    int size = get_code(a, &h[0]);

    if (size < 0)
        return size;
    /* no picture goes out of these bounds, and so no sum can overflow */
    a->dc[component] = av_clip(a->dc[component] + get_number(a, size), -4095, 4095);
    block[0] = av_clip(a->dc[component] * quant[0], -4095, 4095);
    for (int i = 1; i < 64; i++) {
        int code = get_code(a, &h[1]);

        if (code < 0)
            return code;
        if (!code)
            break;
        i += code >> 4;
        size = code & 15;
        if (i > 63)
            return AVERROR_INVALIDDATA;
        block[zigzag[i]] = av_clip(get_number(a, size) * quant[zigzag[i]], -4095, 4095);
    }
    idct(a, dst, stride, block);
    return 0;
}

static int get_cosines(Ast *a, int low)
{
    int stride = a->halved ? 16 : 8, ret = 0;

    for (int i = 0; i < (a->halved ? 4 : 1) && ret >= 0; i++)
        ret = get_component(a, 0, low, a->plane[0] + (i >> 1) * 8 * stride + (i & 1) * 8, stride);
    for (int i = 1; i < 3 && ret >= 0; i++)
        ret = get_component(a, i, low, a->plane[i], 8);
    return ret;
}

/* --- blocks of few colours ---------------------------------------------------------- */

/** { new(1) slot(2) [Y(8) Cb(8) Cr(8)] } for each colour, then each pixel's. */
static int get_colours(Ast *a, int bits)
{
    if (a->halved)
        return AVERROR_INVALIDDATA;
    for (int i = 0; i < 1 << bits; i++) {
        int is_new = get(a, 1);

        a->slot[i] = get(a, 2);
        for (int c = 0; is_new && c < 3; c++)
            a->colour[a->slot[i]][c] = get(a, 8);
    }
    for (int i = 0; i < 64; i++) {
        const uint8_t *colour = a->colour[a->slot[get(a, bits)]];

        for (int c = 0; c < 3; c++)
            a->plane[c][i] = colour[c];
    }
    return 0;
}

/* --- pictures ------------------------------------------------------------------------ */

/** BT.601 in limited range, rounded as Aten's viewers do it. */
static uint32_t to_rgb(int y, int cb, int cr)
{
    int luma = (76284 * (y - 16) + 32768) >> 16;
    int r = luma + ((104704 * (cr - 128) + 32768) >> 16);
    int g = luma + ((-53248 * (cr - 128) + 32768) >> 16) + ((-25600 * (cb - 128) + 32768) >> 16);
    int b = luma + ((132096 * (cb - 128) + 32768) >> 16);

    return av_clip_uint8(r) << 16 | av_clip_uint8(g) << 8 | av_clip_uint8(b);
}

/** Paint the block and go to the next place. @return 0, or negative when it is too much */
static int put_block(Ast *a)
{
    RFBFrame *f = a->f;
    int size = 8 << a->halved, x0 = a->x * size, y0 = a->y * size;
    int w = FFMIN(size, f->width - x0), h = FFMIN(size, f->height - y0);

    f->budget -= size * size;
    if (f->budget < 0)
        return AVERROR_INVALIDDATA;
    for (int y = 0; y < h; y++) {
        uint32_t *dst = f->data + (size_t)(y0 + y) * f->stride + x0;

        for (int x = 0; x < w; x++) {
            int chroma = (y >> a->halved) * 8 + (x >> a->halved);

            dst[x] = to_rgb(a->plane[0][y * size + x], a->plane[1][chroma], a->plane[2][chroma]);
        }
    }
    if (w > 0 && h > 0)
        ff_rfb_frame_damage(f, x0, y0, x0 + w, y0 + h);
    if (++a->x >= (f->width + size - 1) / size) {
        a->x = 0;
        if (++a->y >= (f->height + size - 1) / size)
            a->y = 0;
    }
    return 0;
}

static void set_tables(uint8_t quant[2][64], int luma, int chroma)
{
    for (int i = 0; i < 64; i++) {
        int c = (i | i >> 3) & 4 ? 99 : chroma_table[i >> 3 & 3][i & 3];

        quant[0][i] = FFMAX(luma_table[i] * quality[0][luma] / 32, 1);
        quant[1][i] = FFMAX(c * quality[1][chroma] / 32, 1);
    }
}

int ff_rfb_ast2100(RFBFrame *f, const uint8_t *src, size_t size)
{
    static const uint8_t colours[4][3] = { { 0, 128, 128 }, { 255, 128, 128 }, { 128, 128, 128 },
                                           { 192, 128, 128 } };
    Ast a = { f, .slot = { 0, 1, 2, 3 } };
    int sampling, ret = 0;

    if (size < 4 || src[0] >= NB_QUALITIES || src[1] >= NB_QUALITIES)
        return AVERROR_INVALIDDATA;
    sampling = AV_RB16(src + 2);
    if (sampling != 422 && sampling != 444)
        return AVERROR_INVALIDDATA;
    a.ptr    = src + 4;
    a.end    = src + size;
    a.halved = sampling == 422;
    set_basis(&a);
    set_tables(a.quant[0], src[0], src[1]);
    set_tables(a.quant[1], 0, 0);
    memcpy(a.colour, colours, sizeof(colours));
    while (ret >= 0) {
        int code = get(&a, 4);

        if (code == END)
            return overread(&a) ? AVERROR_INVALIDDATA : 0;
        if (code & PLACED) {
            a.x = get(&a, 8);
            a.y = get(&a, 8);
        }
        if (code & 3 && !(code & DCT_LOW))
            return AVERROR_INVALIDDATA;
        ret = code & 3 ? get_colours(&a, (code & 3) - 1) : get_cosines(&a, !!(code & DCT_LOW));
        if (ret >= 0 && overread(&a))
            return AVERROR_INVALIDDATA;
        if (ret >= 0)
            ret = put_block(&a);
    }
    return ret;
}
