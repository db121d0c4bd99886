/*
 * RFB desktop size and pixel format changes
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

#include "libavutil/error.h"
#include "rfb_rect.h"

/** Servers change the pixel format once in an update. */
#define MAX_FORMATS 16

/* RFC 6143, 7.8.2: w and h are the new size */
int ff_rfb_desktop_size(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    return ff_rfb_resize(p, f, r, rect->w, rect->h);
}

/* The specification, "ExtendedDesktopSize": x is the reason (1: this client
 * asked for it), y the outcome;
 * number-of-screens(u8) padding[3] { id(u32) x y w h (u16) flags(u32) } */
int ff_rfb_extended_desktop_size(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    int screens = ff_rfb_u8(r);

    ff_rfb_take(r, 3);
    ff_rfb_take(r, 16 * screens);
    if (r->need || (rect->x == 1 && rect->y))
        return 0;
    return ff_rfb_resize(p, f, r, rect->w, rect->h);
}

/* The specification, "VMware Display Mode Change" (WMVi): a PIXEL_FORMAT; w
 * and h are the size. QEMU sends it when its own format changes. */
int ff_rfb_display_mode(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    const uint8_t *src = ff_rfb_take(r, RFB_PIXEL_FORMAT_SIZE);
    RFBPixelFormat pf;
    int ret;

    if (!src)
        return 0;
    if (avpriv_rfb_pixel_format_read(&pf, src) < 0)
        return ff_rfb_grammar_error(p, r, "pixel format, bits per pixel", pf.bits_per_pixel);
    /* each costs a decoder new tables, so it is also a way to keep it busy */
    if (p->nb_formats++ == MAX_FORMATS)
        return ff_rfb_grammar_error(p, r, "changes of the pixel format in an update", MAX_FORMATS);
    p->pf = pf;
    if (f && (ret = ff_rfb_colours_init(&f->colours, &pf)) < 0)
        return ret;
    return rect->w && rect->h ? ff_rfb_resize(p, f, r, rect->w, rect->h) : 0;
}
