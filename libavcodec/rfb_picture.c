/*
 * RFB: pictures to give away
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
#include "rfb_picture.h"

/** Planes at multiples of 64 bytes, with room for readers that overrun lines. */
static size_t layout(RFBPicture *pic, enum RFBPictureFormat format, int width, int height)
{
    int chroma = FFALIGN((width + 1) >> 1, 64), lines = (height + 1) >> 1;
    size_t size;

    memset(pic, 0, sizeof(*pic));
    if (format == RFB_PICTURE_YUV420P) {
        pic->linesize[0] = FFALIGN(width, 64);
        pic->linesize[1] = pic->linesize[2] = chroma;
        size = (size_t)pic->linesize[0] * height + 2 * (size_t)chroma * lines;
    } else {
        pic->linesize[0] = FFALIGN(width * (format == RFB_PICTURE_PAL8 ? 1 : 4), 64);
        size = (size_t)pic->linesize[0] * height;
        if (format == RFB_PICTURE_PAL8)
            size += 256 * 4;
    }
    return size + 64;
}

static void place_planes(uint8_t *data[3], const RFBPicture *pic, AVBufferRef *buf,
                         enum RFBPictureFormat format, int height)
{
    data[0] = buf->data;
    if (format != RFB_PICTURE_BGR0)
        data[1] = data[0] + (size_t)pic->linesize[0] * height;
    if (format == RFB_PICTURE_YUV420P)
        data[2] = data[1] + (size_t)pic->linesize[1] * ((height + 1) >> 1);
}

static uint32_t blend(uint32_t under, uint32_t over)
{
    uint32_t left = 255 - (over >> 24), rgb = 0;

    for (int shift = 0; shift < 24; shift += 8) {
        uint32_t v = (under >> shift & 0xFF) * left;

        v    = (over >> shift & 0xFF) + ((v + 128 + (v >> 8)) >> 8);
        rgb |= FFMIN(v, 255) << shift;
    }
    return rgb;
}

/** One pixel of the cursor over what is under it; indices cannot be mixed. */
static uint32_t cursor_pixel(const RFBFrame *f, uint32_t under, uint32_t over)
{
    if (!f->colours.pf.true_colour)
        return over >> 31 ? over & 0xFF : under;
    return blend(under, over);
}

/** A box of the frame with the cursor on it. */
static void compose(const RFBFrame *f, uint32_t *dst, ptrdiff_t stride,
                    const struct RFBBox *box, const struct RFBBox *cursor)
{
    const RFBCursor *c = &f->cursor;

    for (int y = box->y0; y < box->y1; y++, dst += stride) {
        const uint32_t *over = c->argb + (y - c->y + c->hot_y) * c->w - (c->x - c->hot_x);

        memcpy(dst, f->data + (size_t)y * f->stride + box->x0,
               (box->x1 - box->x0) * sizeof(*dst));
        if (y < cursor->y0 || y >= cursor->y1)
            continue;
        for (int x = cursor->x0; x < cursor->x1; x++)
            dst[x - box->x0] = cursor_pixel(f, dst[x - box->x0], over[x]);
    }
}

static struct RFBBox cursor_box(const RFBFrame *f)
{
    const RFBCursor *c = &f->cursor;
    struct RFBBox b = { c->x - c->hot_x, c->y - c->hot_y };

    b.x1 = FFMIN(b.x0 + c->w, f->width);
    b.y1 = FFMIN(b.y0 + c->h, f->height);
    b.x0 = FFMAX(b.x0, 0);
    b.y0 = FFMAX(b.y0, 0);
    if (!c->placed || b.x0 >= b.x1 || b.y0 >= b.y1)
        memset(&b, 0, sizeof(b));
    return b;
}

/** Copy or convert a box of 0x00RRGGBB pixels or indices to its place. */
static void put_box(const RFBPictures *p, const RFBPicture *pic, const uint32_t *src,
                    ptrdiff_t stride, const struct RFBBox *box)
{
    int w = box->x1 - box->x0;

    if (p->format == RFB_PICTURE_YUV420P) {
        ff_rfb_to_yuv420p(pic, src, stride, box, p->width, p->height);
        return;
    }
    for (int y = box->y0; y < box->y1; y++, src += stride) {
        uint8_t *dst = pic->data[0] + (size_t)y * pic->linesize[0];

        if (p->format == RFB_PICTURE_BGR0)
            memcpy(dst + box->x0 * 4, src, w * 4);
        else
            for (int x = 0; x < w; x++)
                dst[box->x0 + x] = src[x];
    }
}

/** Chroma samples have two pixels each way. */
static struct RFBBox make_even(const RFBPictures *p, struct RFBBox b)
{
    if (p->format == RFB_PICTURE_YUV420P) {
        b.x0 &= ~1;
        b.y0 &= ~1;
        b.x1  = FFMIN((b.x1 + 1) & ~1, p->width);
        b.y1  = FFMIN((b.y1 + 1) & ~1, p->height);
    }
    return b;
}

static int put_cursor(const RFBPictures *p, const RFBPicture *pic, RFBFrame *f,
                      const struct RFBBox *cursor)
{
    struct RFBBox box = make_even(p, *cursor);
    int w = box.x1 - box.x0, h = box.y1 - box.y0;

    if (!w || !h)
        return 0;
    av_fast_malloc(&f->wide, &f->wide_alloc, (size_t)w * h * sizeof(*f->wide));
    if (!f->wide)
        return AVERROR(ENOMEM);
    compose(f, f->wide, w, &box, cursor);
    put_box(p, pic, f->wide, w, &box);
    return 0;
}

static void add_changes(const RFBFrame *f, const RFBStamp *stamp, RFBDamage *d)
{
    const struct RFBBox *c = &stamp->cursor;

    d->nb = 0;
    ff_rfb_frame_changes(f, stamp->version, d);
    ff_rfb_damage_add(d, c->x0, c->y0, c->x1, c->y1);
}

/** Copy a box of a YUV picture that was given away. */
static void copy_box(const RFBPicture *pic, uint8_t *const from[3], const struct RFBBox *box)
{
    for (int i = 0; i < 3; i++) {
        int shift = !!i, x0 = box->x0 >> shift, x1 = (box->x1 + shift) >> shift;

        for (int y = box->y0 >> shift; y < (box->y1 + shift) >> shift; y++) {
            size_t pos = (size_t)y * pic->linesize[i] + x0;

            memcpy(pic->data[i] + pos, from[i] + pos, x1 - x0);
        }
    }
}

/**
 * Bring a picture up to date: what was painted, and what was under its cursor.
 * Of YUV only what is new since the last picture is converted, the rest copied
 * from there.
 */
static void update(const RFBPictures *p, const RFBPicture *pic, const RFBFrame *f,
                   const RFBStamp *stamp)
{
    RFBDamage all = { 0 };

    if (p->last) {
        uint8_t *from[3];

        place_planes(from, pic, p->last, p->format, p->height);
        add_changes(f, stamp, &all);
        for (int i = 0; i < all.nb; i++) {
            struct RFBBox box = make_even(p, all.rect[i]);

            copy_box(pic, from, &box);
        }
        stamp = av_buffer_pool_buffer_get_opaque(p->last);
    }
    add_changes(f, stamp, &all);
    for (int i = 0; i < all.nb; i++) {
        struct RFBBox box = make_even(p, all.rect[i]);

        put_box(p, pic, f->data + (size_t)box.y0 * f->stride + box.x0, f->stride, &box);
    }
}

/** Remember the picture for the next one. */
static int keep(RFBPictures *p, const RFBPicture *pic)
{
    av_buffer_unref(&p->last);
    if (p->format != RFB_PICTURE_YUV420P)
        return 0;
    return (p->last = av_buffer_ref(pic->buf)) ? 0 : AVERROR(ENOMEM);
}

static int set_up(RFBPictures *p, const RFBFrame *f, enum RFBPictureFormat format)
{
    RFBPicture pic;

    if (p->pool && p->format == format && p->width == f->width && p->height == f->height)
        return 0;
    ff_rfb_pictures_free(p);
    p->format  = format;
    p->width   = f->width;
    p->height  = f->height;
    p->pool    = ff_rfb_pool_alloc(layout(&pic, format, f->width, f->height));
    return p->pool ? 0 : AVERROR(ENOMEM);
}

/** A picture in a buffer of its own. */
static int make_picture(RFBPictures *p, RFBPicture *pic, RFBFrame *f,
                        enum RFBPictureFormat format, const struct RFBBox *cursor)
{
    RFBStamp *stamp;
    int ret;

    if ((ret = set_up(p, f, format)) < 0)
        return ret;
    layout(pic, format, f->width, f->height);
    if (!(pic->buf = av_buffer_pool_get(p->pool)))
        return AVERROR(ENOMEM);
    place_planes(pic->data, pic, pic->buf, format, f->height);
    stamp = av_buffer_pool_buffer_get_opaque(pic->buf);
    update(p, pic, f, stamp);
    stamp->version = 0;
    if ((ret = put_cursor(p, pic, f, cursor)) < 0 || (ret = keep(p, pic)) < 0) {
        av_buffer_unref(&pic->buf);
        return ret;
    }
    stamp->version = f->version;
    stamp->cursor  = *cursor;
    if (format == RFB_PICTURE_PAL8)
        memcpy(pic->data[1], f->palette, sizeof(f->palette));
    return 0;
}

/** What the update painted, and where the cursor was and is. */
static void find_changes(RFBPictures *p, RFBPicture *pic, const RFBFrame *f,
                         const struct RFBBox *cursor)
{
    const struct RFBBox *c = &p->cursor;

    pic->changes.nb = 0;
    ff_rfb_frame_changes(f, f->version - 1, &pic->changes);
    ff_rfb_damage_add(&pic->changes, c->x0, c->y0, c->x1, c->y1);
    ff_rfb_damage_add(&pic->changes, cursor->x0, cursor->y0, cursor->x1, cursor->y1);
    p->cursor = *cursor;
}

int ff_rfb_picture_get(RFBPictures *p, RFBPicture *pic, RFBFrame *f,
                       enum RFBPictureFormat format, int draw_cursor)
{
    struct RFBBox cursor = { 0 };
    int ret;

    if (draw_cursor)
        cursor = cursor_box(f);
    ff_rfb_frame_commit(f);
    if (format != RFB_PICTURE_BGR0 || cursor.x1) {
        if ((ret = make_picture(p, pic, f, format, &cursor)) < 0)
            return ret;
    } else {
        memset(pic, 0, sizeof(*pic));
        if (!(pic->buf = av_buffer_ref(f->buf)))
            return AVERROR(ENOMEM);
        f->given         = 1;
        pic->data[0]     = pic->buf->data;
        pic->linesize[0] = f->stride * sizeof(*f->data);
    }
    find_changes(p, pic, f, &cursor);
    return 0;
}

void ff_rfb_pictures_free(RFBPictures *p)
{
    av_buffer_unref(&p->last);
    av_buffer_pool_uninit(&p->pool);
    memset(p, 0, sizeof(*p));
}
