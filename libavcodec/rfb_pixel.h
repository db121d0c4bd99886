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

/**
 * @file
 * From pixels as the server sends them to 0x00RRGGBB, or for colour map
 * sessions to the index, at the moment they are read.
 */

#ifndef AVCODEC_RFB_PIXEL_H
#define AVCODEC_RFB_PIXEL_H

#include <stdint.h>

#include "libavutil/attributes.h"
#include "libavutil/intreadwrite.h"
#include "rfb.h"

enum RFBPixelLayout {
    RFB_LAYOUT_BGRX,        ///< 4 bytes, as we keep them
    RFB_LAYOUT_BGR,         ///< 3 bytes, blue first
    RFB_LAYOUT_RGB,         ///< 3 bytes, red first
    RFB_LAYOUT_BYTES,       ///< a byte a channel, any place
    RFB_LAYOUT_LUT8,
    RFB_LAYOUT_LUT16,
    RFB_LAYOUT_ANY,
};

/** One way in which pixels stand in the stream. */
typedef struct RFBPixels {
    uint8_t layout;         ///< RFBPixelLayout
    uint8_t size;           ///< bytes a pixel
    uint8_t byte[3];        ///< RFB_LAYOUT_BYTES: place of red, green, blue
    uint8_t up;             ///< RFB_LAYOUT_ANY: bits that a CPIXEL leaves out below
    const struct RFBColours *colours;
} RFBPixels;

/** All that follows from a pixel format. Zero-initialise before first use. */
typedef struct RFBColours {
    RFBPixelFormat pf;
    RFBPixels pixel;        ///< PIXEL: Raw, RRE, Hextile, Zlib
    RFBPixels cpixel;       ///< CPIXEL of TRLE and ZRLE (RFC 6143, 7.7.5)
    RFBPixels tpixel;       ///< TPIXEL of Tight (the specification, 7.7.6)
    uint32_t *lut;          ///< 8 and 16 bits: from what is read little-endian to colour
    uint8_t  *scale[3];     ///< from 0..max to 0..255
    uint32_t mask[3];       ///< bits of a channel, shifted down
} RFBColours;

/** @return 0, AVERROR(ENOMEM); on failure the old format stays */
int ff_rfb_colours_init(RFBColours *c, const RFBPixelFormat *pf);
void ff_rfb_colours_free(RFBColours *c);

/** Sizes of CPIXEL and TPIXEL, for those who only walk. */
int ff_rfb_cpixel_size(const RFBPixelFormat *pf);
int ff_rfb_tpixel_size(const RFBPixelFormat *pf);

/** From a pixel's number to its colour. */
uint32_t ff_rfb_colour(const RFBColours *c, uint32_t pixel);

/** Any layout; use ff_rfb_pixel(). */
uint32_t ff_rfb_pixel_any(const RFBPixels *px, const uint8_t *src);

/** Read one pixel of px->size bytes. */
static av_always_inline uint32_t ff_rfb_pixel(const RFBPixels *px, const uint8_t *src)
{
    if (px->layout == RFB_LAYOUT_BGRX)
        return AV_RL32(src) & 0xFFFFFF;
    if (px->layout == RFB_LAYOUT_BGR)
        return AV_RL16(src) | (uint32_t)src[2] << 16;
    return ff_rfb_pixel_any(px, src);
}

/** Read n pixels. Their highest byte may be anything. */
void ff_rfb_pixels(const RFBPixels *px, uint32_t *dst, const uint8_t *src, int n);

#endif /* AVCODEC_RFB_PIXEL_H */
