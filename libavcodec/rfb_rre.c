/*
 * RFB encodings RRE and CoRRE
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

#include "rfb_rect.h"

/* RFC 6143, 7.7.3: number-of-subrectangles(u32) background-pixel
 *   { pixel x y w h }, the numbers being u16 in RRE and u8 in CoRRE */
int ff_rfb_rre(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    int size = ff_rfb_pixel_size(&p->pf), compact = rect->encoding == RFB_ENC_CORRE;
    int step = size + (compact ? 4 : 8);
    uint32_t n = ff_rfb_u32(r);
    const uint8_t *background = ff_rfb_take(r, size);
    const uint8_t *src = ff_rfb_take(r, (uint64_t)n * step);
    const RFBPixels *px;

    if (!f || !src)
        return 0;
    px = &f->colours.pixel;
    ff_rfb_fill(f, rect->x, rect->y, rect->w, rect->h, ff_rfb_pixel(px, background));
    for (uint32_t i = 0; i < n && f->budget >= 0; i++, src += step) {
        const uint8_t *b = src + size;
        int x = compact ? b[0] : AV_RB16(b),     y = compact ? b[1] : AV_RB16(b + 2);
        int w = compact ? b[2] : AV_RB16(b + 4), h = compact ? b[3] : AV_RB16(b + 6);

        if (x + w > rect->w || y + h > rect->h) {
            ff_rfb_frame_error(f, "sub-rectangle reaches out, number", i);
            continue;
        }
        f->budget -= w * h;
        ff_rfb_fill(f, rect->x + x, rect->y + y, w, h, ff_rfb_pixel(px, src));
    }
    return 0;
}
