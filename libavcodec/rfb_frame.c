/*
 * RFB framebuffer
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

#include <limits.h>
#include <string.h>

#include "libavutil/attributes.h"
#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/mem.h"
#include "rfb_frame.h"
#include "rfb_rect.h"

/** Unit of copying between buffers, in pixels. */
#define TILE_W 64
#define TILE_H 16
#define TILES(size, tile) (((size) + (tile) - 1) / (tile))

static void free_buffer(void *opaque, uint8_t *data)
{
    av_free(opaque);
    av_free(data);
}

static AVBufferRef *alloc_buffer(void *opaque, size_t size)
{
    RFBStamp *stamp  = av_mallocz(sizeof(*stamp));
    uint8_t *data    = av_malloc(size);
    AVBufferRef *buf = stamp && data ? av_buffer_create(data, size, free_buffer, stamp, 0) : NULL;

    if (!buf) {
        av_free(stamp);
        av_free(data);
    }
    return buf;
}

AVBufferPool *ff_rfb_pool_alloc(size_t size)
{
    return av_buffer_pool_init2(size, NULL, alloc_buffer, NULL);
}

int ff_rfb_frame_resize(RFBFrame *f, int width, int height)
{
    int stride = FFALIGN(width, 16);
    /* FFmpeg takes no pictures of 2 GB, whatever max_pixels says */
    AVBufferPool *pool = height <= (INT_MAX - 64) / (stride * sizeof(*f->data)) ?
                         ff_rfb_pool_alloc(stride * height * sizeof(*f->data) + 64) : NULL;
    AVBufferRef *buf = pool ? av_buffer_pool_get(pool) : NULL;
    int nb_tiles     = TILES(width, TILE_W) * TILES(height, TILE_H);
    int64_t *changed = av_calloc(nb_tiles, sizeof(*changed));
    uint8_t *touched = av_mallocz(nb_tiles);

    if (!buf || !changed || !touched) {
        av_buffer_unref(&buf);
        av_buffer_pool_uninit(&pool);
        av_free(changed);
        av_free(touched);
        return AVERROR(ENOMEM);
    }
    memset(buf->data, 0, buf->size);
    for (int y = 0; y < FFMIN(height, f->height); y++)
        memcpy(buf->data + (size_t)y * stride * sizeof(*f->data),
               f->data + (size_t)y * f->stride, FFMIN(width, f->width) * sizeof(*f->data));
    ff_rfb_frame_settle(f);
    av_buffer_unref(&f->buf);
    av_buffer_pool_uninit(&f->pool);
    av_free(f->changed);
    av_free(f->touched);
    f->changed  = changed;
    f->touched  = touched;
    f->nb_tiles = nb_tiles;
    f->given  = 0;
    f->pool   = pool;
    f->buf    = buf;
    f->data   = (uint32_t *)buf->data;
    f->stride = stride;
    f->width  = width;
    f->height = height;
    f->damage.nb = 0;
    ff_rfb_frame_damage(f, 0, 0, width, height);
    return 0;
}

static void copy_box(RFBFrame *f, int x0, int y0, int x1, int y1)
{
    for (int y = y0; x0 < x1 && y < y1; y++) {
        size_t pos = (size_t)y * f->stride + x0;

        memcpy(f->data + pos, (const uint32_t *)f->last->data + pos,
               (x1 - x0) * sizeof(*f->data));
    }
}

/** Copy from the last buffer what of a box lies in tiles that changed since a version. */
static void copy_changed(RFBFrame *f, int64_t version, int x0, int y0, int x1, int y1)
{
    for (int y = y0, bottom; y < y1; y = bottom) {
        const int64_t *line = f->changed + y / TILE_H * TILES(f->width, TILE_W);

        bottom = FFMIN((y / TILE_H + 1) * TILE_H, y1);
        for (int x = x0 / TILE_W, end; x * TILE_W < x1; x = end + 1) {
            for (end = x; end * TILE_W < x1 && line[end] > version; end++)
                ;
            if (end > x)
                copy_box(f, FFMAX(x * TILE_W, x0), y, FFMIN(end * TILE_W, x1), bottom);
        }
    }
}

int ff_rfb_frame_open(RFBFrame *f)
{
    AVBufferRef *buf;

    if (!f->given)
        return 0;
    if (!(buf = av_buffer_pool_get(f->pool)))
        return AVERROR(ENOMEM);
    ff_rfb_frame_settle(f);
    f->last   = f->buf;
    f->buf    = buf;
    f->data   = (uint32_t *)buf->data;
    f->given  = 0;
    f->behind = 1;
    return 0;
}

void ff_rfb_frame_sync(RFBFrame *f, const RFBCoverage *todo)
{
    const RFBCoverage all = { 1, 0, { { 0, 0, f->width, f->height } } };
    const RFBStamp *stamp;

    if (!f->behind)
        return;
    /* a buffer that was in use before lacks only what was painted since */
    stamp = av_buffer_pool_buffer_get_opaque(f->buf);
    f->behind = 0;
    if (!todo)
        todo = &all;
    for (int i = 0; i < todo->nb; i++)
        copy_changed(f, stamp->version, todo->rect[i].x0, todo->rect[i].y0,
                     FFMIN(todo->rect[i].x1, f->width), FFMIN(todo->rect[i].y1, f->height));
}

void ff_rfb_frame_restore(RFBFrame *f, const RFBRect *rect)
{
    if (f->last)
        copy_box(f, rect->x, rect->y, FFMIN(rect->x + rect->w, f->width),
                 FFMIN(rect->y + rect->h, f->height));
}

void ff_rfb_frame_settle(RFBFrame *f)
{
    ff_rfb_frame_sync(f, NULL);
    av_buffer_unref(&f->last);
}

void ff_rfb_frame_commit(RFBFrame *f)
{
    f->version++;
    f->history[f->version % RFB_HISTORY] = f->damage;
    f->damage.nb = 0;
    for (int i = 0; i < f->nb_tiles; i++)
        if (f->touched[i])
            f->changed[i] = f->version;
    memset(f->touched, 0, f->nb_tiles);
    ((RFBStamp *)av_buffer_pool_buffer_get_opaque(f->buf))->version = f->version;
}

void ff_rfb_frame_changes(const RFBFrame *f, int64_t version, RFBDamage *d)
{
    if (!version || f->version - version > RFB_HISTORY)
        ff_rfb_damage_add(d, 0, 0, f->width, f->height);
    else
        for (int64_t v = version + 1; v <= f->version; v++) {
            const RFBDamage *h = &f->history[v % RFB_HISTORY];

            for (int i = 0; i < h->nb; i++)
                ff_rfb_damage_add(d, h->rect[i].x0, h->rect[i].y0, h->rect[i].x1, h->rect[i].y1);
        }
}

int ff_rfb_frame_init(RFBFrame *f, const RFBParser *p)
{
    int ret;

    ff_rfb_frame_reset(f);
    if (!f->scratch && !(f->scratch = av_malloc(RFB_SCRATCH_SIZE)))
        return AVERROR(ENOMEM);
    if ((ret = ff_rfb_colours_init(&f->colours, &p->pf)) < 0)
        return ret;
    if (p->width != f->width || p->height != f->height || f->given) {
        f->width = f->height = 0;
        return ff_rfb_frame_resize(f, p->width, p->height);
    }
    /* new memory costs more than what is at hand */
    ff_rfb_frame_settle(f);
    memset(f->data, 0, f->buf->size);
    ff_rfb_frame_damage(f, 0, 0, f->width, f->height);
    return 0;
}

void ff_rfb_frame_reset(RFBFrame *f)
{
    for (int i = 0; i < RFB_NB_ZLIB_STREAMS; i++) {
        f->zlib[i].other = i < RFB_ZSTD_STREAMS ? NULL :
                           i < RFB_XZ_STREAM ? &ff_rfb_zstd : &ff_rfb_lzma;
        ff_rfb_inflate_reset(&f->zlib[i]);
    }
    for (int i = 0; i < 256; i++)
        f->palette[i] = 0xFF000000;
    f->doubt = 0;
    f->palette_changed = 1;
    ff_rfb_tables_reset(f);
    av_freep(&f->cache);
    f->cache_size = 0;
    f->cursor.w = f->cursor.h = f->cursor.placed = 0;
    ff_rfb_frame_begin(f);
}

av_cold void ff_rfb_frame_free(RFBFrame *f)
{
    for (int i = 0; i < RFB_NB_ZLIB_STREAMS; i++)
        ff_rfb_inflate_free(&f->zlib[i]);
    ff_rfb_colours_free(&f->colours);
    ff_rfb_jpeg_free(f);
    ff_rfb_again_free(f);
    ff_rfb_frame_settle(f);
    av_buffer_unref(&f->buf);
    av_buffer_pool_uninit(&f->pool);
    f->data = NULL;
    f->width = f->height = 0;
    av_freep(&f->changed);
    av_freep(&f->touched);
    f->nb_tiles = 0;
    av_freep(&f->scratch);
    av_freep(&f->wide);
    av_freep(&f->cache);
    f->cache_size = 0;
    av_freep(&f->tables);
    av_freep(&f->joined);
    av_freep(&f->cursor.argb);
    f->wide_alloc = f->joined_alloc = f->cursor.alloc = 0;
}

void ff_rfb_frame_begin(RFBFrame *f)
{
    f->nb_errors = 0;
    memset(&f->error, 0, sizeof(f->error));
}

void ff_rfb_frame_error(RFBFrame *f, const char *what, int64_t value)
{
    if (!f->nb_errors++) {
        f->error.what  = what;
        f->error.value = value;
    }
}

static int64_t area(const struct RFBBox *a)
{
    return (int64_t)(a->x1 - a->x0) * (a->y1 - a->y0);
}

static struct RFBBox around(const struct RFBBox *a, const struct RFBBox *b)
{
    struct RFBBox r = { FFMIN(a->x0, b->x0), FFMIN(a->y0, b->y0),
                        FFMAX(a->x1, b->x1), FFMAX(a->y1, b->y1) };

    return r;
}

void ff_rfb_damage_add(RFBDamage *d, int x0, int y0, int x1, int y1)
{
    struct RFBBox box = { x0, y0, x1, y1 }, sum;
    int64_t growth, least = INT64_MAX;
    int best = 0;

    if (x0 >= x1 || y0 >= y1)
        return;
    for (int i = 0; i < d->nb; i++) {
        sum    = around(&d->rect[i], &box);
        growth = area(&sum) - area(&d->rect[i]);
        if (growth < least) {
            least = growth;
            best  = i;
        }
    }
    /* neighbours that form a larger rectangle, and what is inside already */
    if (d->nb && (least <= area(&box) || d->nb == RFB_MAX_DAMAGE))
        d->rect[best] = around(&d->rect[best], &box);
    else
        d->rect[d->nb++] = box;
}

void ff_rfb_frame_damage(RFBFrame *f, int x0, int y0, int x1, int y1)
{
    int w = TILES(f->width, TILE_W), x = x0 / TILE_W;

    ff_rfb_damage_add(&f->damage, x0, y0, x1, y1);
    f->painted += (int64_t)(x1 - x0) * (y1 - y0);
    for (int y = y0 / TILE_H; y * TILE_H < y1; y++)
        memset(f->touched + y * w + x, 1, TILES(x1, TILE_W) - x);
}

void ff_rfb_fill(RFBFrame *f, int x, int y, int w, int h, uint32_t colour)
{
    RFBCanvas c;

    w = FFMIN(w, f->width - x);
    h = FFMIN(h, f->height - y);
    if (w <= 0 || h <= 0)
        return;
    c.data   = f->data;
    c.stride = f->stride;
    ff_rfb_canvas_fill(&c, x, y, w, h, colour);
}

void ff_rfb_put(RFBFrame *f, const RFBPixels *px, int x, int y, int n, const uint8_t *src)
{
    n = FFMIN(n, f->width - x);
    if (n > 0 && y < f->height)
        ff_rfb_pixels(px, f->data + (size_t)y * f->stride + x, src, n);
}

void ff_rfb_copy(RFBFrame *f, int sx, int sy, int x, int y, int w, int h)
{
    int down = y > sy;

    w = FFMIN3(w, f->width - sx, f->width - x);
    h = FFMIN3(h, f->height - sy, f->height - y);
    for (int i = 0; w > 0 && i < h; i++) {
        int line = down ? h - 1 - i : i;

        memmove(f->data + (size_t)(y + line) * f->stride + x,
                f->data + (size_t)(sy + line) * f->stride + sx, w * sizeof(*f->data));
    }
}

int ff_rfb_canvas_open(RFBFrame *f, RFBCanvas *c, int x, int y, int w, int h)
{
    c->x = x;
    c->y = y;
    c->w = w;
    c->h = h;
    if (x + w <= f->width && y + h <= f->height) {
        c->data   = f->data + (size_t)y * f->stride + x;
        c->stride = f->stride;
        return 0;
    }
    if ((int64_t)w * h > FFMAX((int64_t)f->width * f->height, 64 * 64))
        return AVERROR(ENOMEM);
    av_fast_malloc(&f->wide, &f->wide_alloc, (size_t)w * h * sizeof(*f->wide));
    if (!f->wide)
        return AVERROR(ENOMEM);
    memset(f->wide, 0, (size_t)w * h * sizeof(*f->wide));
    c->data   = f->wide;
    c->stride = w;
    return 0;
}

void ff_rfb_canvas_close(RFBFrame *f, RFBCanvas *c)
{
    int w = FFMIN(c->w, f->width - c->x), h = FFMIN(c->h, f->height - c->y);

    if (c->data != f->wide)
        return;
    for (int i = 0; w > 0 && i < h; i++)
        memcpy(f->data + (size_t)(c->y + i) * f->stride + c->x,
               c->data + i * c->stride, w * sizeof(*f->data));
}
