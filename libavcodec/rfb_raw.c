/*
 * RFB encodings Raw and CopyRect
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

/* RFC 6143, 7.7.1: w * h pixels */
int ff_rfb_raw(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    size_t line = (size_t)rect->w * ff_rfb_pixel_size(&p->pf);
    const uint8_t *src = ff_rfb_take(r, (uint64_t)line * rect->h);

    for (int y = 0; f && src && y < rect->h; y++, src += line)
        ff_rfb_put(f, &f->colours.pixel, rect->x, rect->y + y, rect->w, src);
    return 0;
}

/* RFC 6143, 7.7.2: src-x-position(u16) src-y-position(u16) */
int ff_rfb_copy_rect(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    int x = ff_rfb_u16(r), y = ff_rfb_u16(r);

    if (!f || r->need)
        return 0;
    if (x + rect->w > f->width || y + rect->h > f->height)
        ff_rfb_frame_error(f, "source outside of the frame, x", x);
    ff_rfb_copy(f, x, y, rect->x, rect->y, rect->w, rect->h);
    return 0;
}
