/*
 * RFB encoding Ultra
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
#include "libavutil/error.h"
#include "libavutil/lzo.h"
#include "libavutil/mem.h"
#include "rfb_rect.h"

/* UltraVNC: length(u32), then w * h pixels as one LZO1X block */
int ff_rfb_ultra(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    uint32_t size = ff_rfb_u32(r);
    const uint8_t *src = ff_rfb_take(r, size);
    size_t line = (size_t)rect->w * ff_rfb_pixel_size(&p->pf);
    int out, in, ret;

    if (!f || !src || !line || !rect->h)
        return 0;
    out = in = 0;
    if (line * rect->h <= INT32_MAX - AV_LZO_OUTPUT_PADDING && size <= INT32_MAX &&
        (int64_t)rect->w * rect->h <= 2 * (int64_t)f->width * f->height) {
        out = line * rect->h;
        in  = size;
        av_fast_malloc(&f->wide, &f->wide_alloc, out + AV_LZO_OUTPUT_PADDING);
        if (!f->wide)
            return AVERROR(ENOMEM);
    }
    /* our input ends in a padded packet; what is not written stays as it was */
    ret = out ? av_lzo1x_decode(f->wide, &out, src, &in) : AV_LZO_ERROR;
    if (ret & ~AV_LZO_INPUT_DEPLETED || out) {
        ff_rfb_frame_error(f, "damaged LZO data, bytes", size);
        return 0;
    }
    for (int y = 0; y < rect->h; y++)
        ff_rfb_put(f, &f->colours.pixel, rect->x, rect->y + y, rect->w,
                   (const uint8_t *)f->wide + y * line);
    return 0;
}
