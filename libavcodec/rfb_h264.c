/*
 * RFB encoding Open H.264
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
#include "rfb_rect.h"

/* Flags of a rectangle (the specification, "Open H.264 Encoding") */
enum { RESET_CONTEXT = 1, RESET_ALL_CONTEXTS = 2 };

/* nal_unit_type (ITU-T H.264, table 7-1) */
enum { NAL_SLICE = 1, NAL_IDR = 5, NAL_SPS = 7 };

/**
 * Whether decoding can begin here: the first picture is an IDR picture, and a
 * sequence parameter set stands before it.
 */
static int begins_anew(const uint8_t *b, size_t size)
{
    int sps = 0;

    for (size_t i = 0; i + 3 < size; i++) {
        int type = b[i + 3] & 31;

        if (b[i] || b[i + 1] || b[i + 2] != 1)
            continue;
        if (type >= NAL_SLICE && type <= NAL_IDR)
            return sps && type == NAL_IDR;
        sps |= type == NAL_SPS;
    }
    return 0;
}

static int find(const RFBContexts *c, const RFBRect *rect)
{
    for (int i = 0; i < c->nb; i++)
        if (c->context[i].x == rect->x && c->context[i].y == rect->y &&
            c->context[i].w == rect->w && c->context[i].h == rect->h)
            return i;
    return -1;
}

/** @param i -1: all of them */
static void forget(RFBContexts *c, RFBFrame *f, int i)
{
    for (int j = 0; f && f->image && j < c->nb; j++)
        if (i < 0 || i == j)
            f->image(f->image_opaque, RFB_IMAGE_H264, c->context[j].number,
                     NULL, 0, 0, 0, NULL, 0);
    c->nb = i < 0 ? 0 : c->nb - 1;
    if (c->nb)
        memmove(&c->context[i], &c->context[i + 1], (c->nb - i) * sizeof(*c->context));
}

/** A new context; the oldest has to go when there are too many, as at TigerVNC's. */
static int add(RFBContexts *c, RFBFrame *f, const RFBRect *rect)
{
    uint64_t taken = 0;
    int number = 0;

    if (c->nb == RFB_MAX_CONTEXTS)
        forget(c, f, 0);
    for (int i = 0; i < c->nb; i++)
        taken |= UINT64_C(1) << c->context[i].number;
    while (taken >> number & 1)
        number++;
    c->context[c->nb].x = rect->x;
    c->context[c->nb].y = rect->y;
    c->context[c->nb].w = rect->w;
    c->context[c->nb].h = rect->h;
    c->context[c->nb].number = number;
    c->context[c->nb].fresh  = 1;
    return c->nb++;
}

/* The specification, "Open H.264 Encoding": length(u32) flags(u32) data. Each
 * position and size has a decoder of its own; without data there is no picture. */
int ff_rfb_open_h264(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    uint32_t size = ff_rfb_u32(r), flags = ff_rfb_u32(r);
    const uint8_t *src = ff_rfb_take(r, size);
    RFBContexts *c = &p->contexts;
    int i;

    if (!src)
        return 0;
    if (flags & RESET_ALL_CONTEXTS)
        forget(c, f, -1);
    i = find(c, rect);
    if (i >= 0 && flags & RESET_CONTEXT) {
        forget(c, f, i);
        i = -1;
    }
    if (!size)
        return RFB_NOT_PAINTED;
    if (i < 0)
        i = add(c, f, rect);
    if (begins_anew(src, size))
        c->context[i].fresh = 1;
    if (!c->context[i].fresh)
        p->depends = 1;
    if (f && ff_rfb_paint_image(f, rect, RFB_IMAGE_H264, c->context[i].number, src, size) < 0)
        ff_rfb_frame_error(f, "damaged H.264 data, bytes", size);
    return 0;
}
