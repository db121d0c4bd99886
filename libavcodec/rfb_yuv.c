/*
 * RFB: RGB to YUV 4:2:0
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

#include "libavutil/common.h"
#include "rfb_picture.h"

/* BT.601, limited range, in 15 bits of fraction */
enum {
    RY =  8414, GY = 16519, BY =  3208,
    RU = -4865, GU = -9528, BU = 14392,
    RV = 14392, GV = -12061, BV = -2332,
};

static void luma_line(uint8_t *restrict dst, const uint32_t *restrict src, int w)
{
    for (int x = 0; x < w; x++) {
        int r = src[x] >> 16 & 0xFF, g = src[x] >> 8 & 0xFF, b = src[x] & 0xFF;

        dst[x] = (RY * r + GY * g + BY * b + (33 << 14)) >> 15;
    }
}

/** Mean of two by two pixels; the last ones stand twice at odd edges. */
static void chroma_line(uint8_t *restrict u, uint8_t *restrict v, const uint32_t *restrict a,
                        const uint32_t *restrict b, int w)
{
    for (int x = 0; x < w; x += 2) {
        int y = FFMIN(x + 1, w - 1);
        /* sums of four do not meet: even and odd bytes apart */
        uint32_t rb = (a[x] & 0xFF00FF) + (a[y] & 0xFF00FF) + (b[x] & 0xFF00FF) + (b[y] & 0xFF00FF);
        int g  = (a[x] >> 8 & 0xFF) + (a[y] >> 8 & 0xFF) + (b[x] >> 8 & 0xFF) + (b[y] >> 8 & 0xFF);
        int r  = rb >> 16, bl = rb & 0xFFFF;

        u[x >> 1] = (RU * r + GU * g + BU * bl + (257 << 16)) >> 17;
        v[x >> 1] = (RV * r + GV * g + BV * bl + (257 << 16)) >> 17;
    }
}

void ff_rfb_to_yuv420p(const RFBPicture *dst, const uint32_t *src, ptrdiff_t stride,
                       const struct RFBBox *box, int width, int height)
{
    int w = box->x1 - box->x0;

    for (int y = box->y0; y < box->y1; y++, src += stride) {
        luma_line(dst->data[0] + (size_t)y * dst->linesize[0] + box->x0, src, w);
        if (!(y & 1)) {
            size_t line = (size_t)(y >> 1) * dst->linesize[1] + (box->x0 >> 1);

            chroma_line(dst->data[1] + line, dst->data[2] + line, src,
                        y + 1 < box->y1 ? src + stride : src, w);
        }
    }
}
