/*
 * RFB pixel formats
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
#include "libavutil/mem.h"
#include "rfb_pixel.h"

/* RFC 6143, 7.4:
 *   bits-per-pixel depth big-endian true-colour | red-max green-max | blue-max
 *   red-shift green-shift | blue-shift padding[3]
 */
int avpriv_rfb_pixel_format_read(RFBPixelFormat *pf, const uint8_t *buf)
{
    pf->bits_per_pixel = buf[0];
    pf->depth          = buf[1];
    pf->big_endian     = !!buf[2];
    pf->true_colour    = !!buf[3];
    pf->unused         = 0;
    for (int i = 0; i < 3; i++) {
        pf->max[i]   = AV_RB16(buf + 4 + 2 * i);
        pf->shift[i] = buf[10 + i];
    }
    if (pf->bits_per_pixel != 8 && pf->bits_per_pixel != 16 && pf->bits_per_pixel != 32)
        return AVERROR_INVALIDDATA;
    if (!pf->true_colour) {
        /* servers leave in them what they like */
        memset(pf->max, 0, sizeof(pf->max));
        memset(pf->shift, 0, sizeof(pf->shift));
        return pf->bits_per_pixel == 8 ? 0 : AVERROR_INVALIDDATA;
    }
    for (int i = 0; i < 3; i++)
        if (!pf->max[i] || pf->shift[i] >= pf->bits_per_pixel)
            return AVERROR_INVALIDDATA;
    return 0;
}

void avpriv_rfb_pixel_format_write(const RFBPixelFormat *pf, uint8_t *buf)
{
    memset(buf, 0, RFB_PIXEL_FORMAT_SIZE);
    buf[0] = pf->bits_per_pixel;
    buf[1] = pf->depth;
    buf[2] = pf->big_endian;
    buf[3] = pf->true_colour;
    for (int i = 0; i < 3; i++) {
        AV_WB16(buf + 4 + 2 * i, pf->max[i]);
        buf[10 + i] = pf->shift[i];
    }
}

static const struct {
    char name[12];
    RFBPixelFormat pf;
} pixel_formats[] = {
    { "bgrx8888", { 32, 24, 0, 1, { 255, 255, 255 }, { 16,  8,  0 } } },
    { "rgbx8888", { 32, 24, 0, 1, { 255, 255, 255 }, {  0,  8, 16 } } },
    { "xrgb8888", { 32, 24, 0, 1, { 255, 255, 255 }, {  8, 16, 24 } } },
    { "xbgr8888", { 32, 24, 0, 1, { 255, 255, 255 }, { 24, 16,  8 } } },
    { "rgb565",   { 16, 16, 0, 1, {  31,  63,  31 }, { 11,  5,  0 } } },
    { "bgr565",   { 16, 16, 0, 1, {  31,  63,  31 }, {  0,  5, 11 } } },
    { "rgb555",   { 16, 15, 0, 1, {  31,  31,  31 }, { 10,  5,  0 } } },
    { "bgr555",   { 16, 15, 0, 1, {  31,  31,  31 }, {  0,  5, 10 } } },
    { "rgb332",   {  8,  8, 0, 1, {   7,   7,   3 }, {  5,  2,  0 } } },
    { "bgr233",   {  8,  8, 0, 1, {   7,   7,   3 }, {  0,  3,  6 } } },
    { "rgb222",   {  8,  6, 0, 1, {   3,   3,   3 }, {  4,  2,  0 } } },
    { "map8",     {  8,  8, 0, 0, {   0,   0,   0 }, {  0,  0,  0 } } },
};

int avpriv_rfb_pixel_format_parse(RFBPixelFormat *pf, const char *name)
{
    size_t len = strlen(name);
    int be = len > 2 && !strcmp(name + len - 2, "be");

    if (be || (len > 2 && !strcmp(name + len - 2, "le")))
        len -= 2;
    for (int i = 0; i < FF_ARRAY_ELEMS(pixel_formats); i++) {
        if (strlen(pixel_formats[i].name) != len || memcmp(pixel_formats[i].name, name, len))
            continue;
        *pf = pixel_formats[i].pf;
        pf->big_endian = be;
        /* FFmpeg's 32 bit names give the order of the bytes in memory */
        if (be && pf->bits_per_pixel == 32)
            for (int j = 0; j < 3; j++)
                pf->shift[j] = 24 - pf->shift[j];
        return 0;
    }
    return AVERROR(EINVAL);
}

static uint32_t used_bits(const RFBPixelFormat *pf)
{
    uint32_t bits = 0;

    for (int i = 0; i < 3; i++)
        bits |= (uint32_t)pf->max[i] << pf->shift[i];
    return bits;
}

/* RFC 6143 wants a depth of 24 or less, too, but servers that declare 32
 * send three bytes all the same. */
int ff_rfb_cpixel_size(const RFBPixelFormat *pf)
{
    uint32_t bits = used_bits(pf);

    if (pf->bits_per_pixel == 32 && pf->true_colour && (!(bits >> 24) || !(bits & 0xFF)))
        return 3;
    return ff_rfb_pixel_size(pf);
}

int ff_rfb_tpixel_size(const RFBPixelFormat *pf)
{
    if (pf->bits_per_pixel == 32 && pf->true_colour && pf->depth == 24 &&
        pf->max[0] == 255 && pf->max[1] == 255 && pf->max[2] == 255)
        return 3;
    return ff_rfb_pixel_size(pf);
}

uint32_t ff_rfb_colour(const RFBColours *c, uint32_t pixel)
{
    uint32_t rgb = 0;

    if (!c->pf.true_colour)
        return pixel & 0xFF;
    for (int i = 0; i < 3; i++) {
        uint32_t v = (pixel >> c->pf.shift[i]) & c->mask[i];
        rgb = rgb << 8 | c->scale[i][FFMIN(v, c->pf.max[i])];
    }
    return rgb;
}

uint32_t ff_rfb_pixel_any(const RFBPixels *px, const uint8_t *src)
{
    const RFBColours *c = px->colours;
    uint32_t v = 0;

    switch (px->layout) {
    case RFB_LAYOUT_RGB:
        return src[0] << 16 | src[1] << 8 | src[2];
    case RFB_LAYOUT_BYTES:
        return src[px->byte[0]] << 16 | src[px->byte[1]] << 8 | src[px->byte[2]];
    case RFB_LAYOUT_LUT8:
        return c->lut[src[0]];
    case RFB_LAYOUT_LUT16:
        return c->lut[AV_RL16(src)];
    default:
        for (int i = 0; i < px->size; i++)
            v = v << 8 | src[c->pf.big_endian ? i : px->size - 1 - i];
        return ff_rfb_colour(c, v << px->up);
    }
}

void ff_rfb_pixels(const RFBPixels *px, uint32_t *dst, const uint8_t *src, int n)
{
    const uint32_t *lut = px->colours->lut;
    const int r = px->byte[0], g = px->byte[1], b = px->byte[2];

    if (n <= 0)
        return;
    switch (px->layout) {
    case RFB_LAYOUT_BGRX:
#if AV_HAVE_BIGENDIAN
        for (int i = 0; i < n; i++)
            dst[i] = AV_RL32(src + 4 * i);
#else
        memcpy(dst, src, n * sizeof(*dst));
#endif
        break;
    case RFB_LAYOUT_BGR:
        for (int i = 0; i < n - 1; i++)
            dst[i] = AV_RL32(src + 3 * i) & 0xFFFFFF;
        dst[n - 1] = AV_RL16(src + 3 * n - 3) | src[3 * n - 1] << 16;
        break;
    case RFB_LAYOUT_RGB:
        for (int i = 0; i < n - 1; i++)
            dst[i] = AV_RB32(src + 3 * i) >> 8;
        dst[n - 1] = AV_RB16(src + 3 * n - 3) << 8 | src[3 * n - 1];
        break;
    case RFB_LAYOUT_BYTES:
        for (int i = 0; i < n; i++, src += px->size)
            dst[i] = src[r] << 16 | src[g] << 8 | src[b];
        break;
    case RFB_LAYOUT_LUT8:
        for (int i = 0; i < n; i++)
            dst[i] = lut[src[i]];
        break;
    case RFB_LAYOUT_LUT16:
        for (int i = 0; i < n; i++)
            dst[i] = lut[AV_RL16(src + 2 * i)];
        break;
    default:
        for (int i = 0; i < n; i++, src += px->size)
            dst[i] = ff_rfb_pixel_any(px, src);
    }
}

/** Whether every channel is a whole byte, and where these bytes are. */
static int channel_bytes(const RFBPixelFormat *pf, int size, int up, uint8_t byte[3])
{
    for (int i = 0; i < 3; i++) {
        if (pf->max[i] != 255 || pf->shift[i] & 7)
            return 0;
        byte[i] = (pf->shift[i] - up) >> 3;
        if (byte[i] >= size)
            return 0;
        if (pf->big_endian)
            byte[i] = size - 1 - byte[i];
    }
    return 1;
}

static void pixels_init(RFBPixels *px, const RFBColours *c, int size, int up)
{
    const RFBPixelFormat *pf = &c->pf;

    px->colours = c;
    px->size    = size;
    px->up      = up;
    px->layout  = RFB_LAYOUT_ANY;
    if (c->lut) {
        px->layout = size == 1 ? RFB_LAYOUT_LUT8 : RFB_LAYOUT_LUT16;
    } else if (channel_bytes(pf, size, up, px->byte)) {
        int order = px->byte[0] << 8 | px->byte[1] << 4 | px->byte[2];

        px->layout = RFB_LAYOUT_BYTES;
        if (order == 0x210)
            px->layout = size == 4 ? RFB_LAYOUT_BGRX : RFB_LAYOUT_BGR;
        else if (order == 0x012 && size == 3)
            px->layout = RFB_LAYOUT_RGB;
    }
}

static void fill_tables(RFBColours *c)
{
    const RFBPixelFormat *pf = &c->pf;

    for (int i = 0; i < 3; i++) {
        uint32_t max = pf->max[i];

        c->mask[i] = 1;
        while (c->mask[i] < max)
            c->mask[i] = c->mask[i] << 1 | 1;
        for (uint32_t v = 0; max && v <= max; v++)
            c->scale[i][v] = (v * 255 + max / 2) / max;
    }
    for (int v = 0; c->lut && v < 1 << pf->bits_per_pixel; v++)
        c->lut[v] = ff_rfb_colour(c, pf->bits_per_pixel == 16 && pf->big_endian ?
                                  (v & 0xFF) << 8 | v >> 8 : v);
}

int ff_rfb_colours_init(RFBColours *c, const RFBPixelFormat *pf)
{
    size_t lut = pf->bits_per_pixel < 32 ? sizeof(*c->lut) << pf->bits_per_pixel : 0;
    size_t scale = pf->max[0] + pf->max[1] + pf->max[2] + 3;
    uint8_t *mem;
    int up;

    /* as after each seek */
    if (c->scale[0] && !memcmp(&c->pf, pf, sizeof(*pf)))
        return 0;
    mem = av_malloc(lut + scale);
    if (!mem)
        return AVERROR(ENOMEM);
    ff_rfb_colours_free(c);
    c->pf       = *pf;
    c->lut      = lut ? (uint32_t *)mem : NULL;
    c->scale[0] = mem + lut;
    c->scale[1] = c->scale[0] + pf->max[0] + 1;
    c->scale[2] = c->scale[1] + pf->max[1] + 1;
    fill_tables(c);

    up = ff_rfb_cpixel_size(pf) == 3 && used_bits(pf) >> 24 ? 8 : 0;
    pixels_init(&c->pixel,  c, ff_rfb_pixel_size(pf), 0);
    pixels_init(&c->cpixel, c, ff_rfb_cpixel_size(pf), up);
    pixels_init(&c->tpixel, c, ff_rfb_tpixel_size(pf), 0);
    if (c->tpixel.size == 3)
        c->tpixel.layout = RFB_LAYOUT_RGB;
    return 0;
}

void ff_rfb_colours_free(RFBColours *c)
{
    av_free(c->lut ? (void *)c->lut : (void *)c->scale[0]);
    memset(c, 0, sizeof(*c));
}
