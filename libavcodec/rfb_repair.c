/*
 * RFB: rectangles of streams that lost data
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
#include "rfb_rect.h"

/** The part of the frame that a rectangle covers, and what was or might be there. */
typedef struct Area {
    int x, y, w, h;
    uint32_t *before, *first;
} Area;

static int open_area(Area *a, const RFBFrame *f, const RFBRect *rect)
{
    size_t n;

    a->x = rect->x;
    a->y = rect->y;
    a->w = FFMIN(rect->w, f->width - rect->x);
    a->h = FFMIN(rect->h, f->height - rect->y);
    if (a->w <= 0 || a->h <= 0)
        a->w = a->h = 0;
    n = (size_t)a->w * a->h * sizeof(*a->before);
    a->before = av_malloc(FFMAX(n, 1));
    a->first  = av_malloc(FFMAX(n, 1));
    return a->before && a->first ? 0 : AVERROR(ENOMEM);
}

static void close_area(Area *a)
{
    av_free(a->before);
    av_free(a->first);
}

static uint32_t *line_of(const RFBFrame *f, const Area *a, int y)
{
    return f->data + (size_t)(a->y + y) * f->stride + a->x;
}

static void save(const Area *a, const RFBFrame *f, uint32_t *to)
{
    for (int y = 0; y < a->h; y++)
        memcpy(to + (size_t)y * a->w, line_of(f, a, y), a->w * sizeof(*to));
}

static void restore(const Area *a, RFBFrame *f)
{
    for (int y = 0; y < a->h; y++)
        memcpy(line_of(f, a, y), a->before + (size_t)y * a->w, a->w * sizeof(*a->before));
}

/** Keep what both paintings have. @return the number of pixels that they do not */
static int64_t keep_known(const Area *a, RFBFrame *f)
{
    int64_t unknown = 0;

    for (int y = 0; y < a->h; y++) {
        const uint32_t *before = a->before + (size_t)y * a->w;
        const uint32_t *first  = a->first + (size_t)y * a->w;
        uint32_t *dst = line_of(f, a, y);

        for (int x = 0; x < a->w; x++) {
            if (!((dst[x] ^ first[x]) & 0xFFFFFF))
                continue;
            dst[x] = before[x];
            unknown++;
        }
    }
    return unknown;
}

enum { SOUND, DOUBTFUL, BROKEN };

/** What is the worst that happened to the streams that a rectangle was read from. */
static int state_of_streams(const RFBFrame *f)
{
    int state = SOUND;

    for (int i = 0; i < RFB_NB_ZLIB_STREAMS; i++) {
        const RFBInflate *z = &f->zlib[i];

        if (z->used && z->broken)
            return BROKEN;
        if (z->used && ff_rfb_inflate_doubtful(z))
            state = DOUBTFUL;
    }
    return state;
}

static void set_pass(RFBFrame *f, enum RFBPass pass)
{
    for (int i = 0; i < RFB_NB_ZLIB_STREAMS; i++)
        ff_rfb_inflate_pass(&f->zlib[i], pass);
}

/** Paint again, with other bytes in place of the lost ones, and compare. */
static int second_time(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect,
                       RFBRectFunc parse, Area *a, int errors)
{
    int64_t unknown;
    RFBError error;
    int ret, damaged;

    save(a, f, a->first);
    restore(a, f);
    set_pass(f, RFB_PASS_SECOND);
    ret = parse(p, f, r, rect);
    if (ret < 0)
        return ret;
    if (state_of_streams(f) == BROKEN) {
        restore(a, f);
        return 0;
    }
    /* what the unknown bytes broke does not count twice, but it does count: where
     * nothing was painted, both times are alike */
    error   = f->error;
    damaged = f->nb_errors > errors;
    if (damaged && !errors)
        ff_rfb_frame_begin(f);
    f->nb_errors = errors;
    if ((unknown = keep_known(a, f)))
        ff_rfb_frame_error(f, "needs data that was lost, pixels", unknown);
    else if (damaged)
        ff_rfb_frame_error(f, error.what, error.value);
    return 0;
}

int ff_rfb_paint_doubtful(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect,
                          RFBRectFunc parse)
{
    RFBReader start = *r;
    int errors = f->nb_errors, ret, state;
    Area a;

    if ((ret = open_area(&a, f, rect)) >= 0) {
        save(&a, f, a.before);
        set_pass(f, RFB_PASS_FIRST);
        ret = parse(p, f, r, rect);
        state = state_of_streams(f);
        if (ret >= 0 && !r->need && state == DOUBTFUL) {
            *r  = start;
            ret = second_time(p, f, r, rect, parse, &a, errors);
        } else if (f->nb_errors > errors) {
            restore(&a, f);
        }
    }
    close_area(&a);
    set_pass(f, RFB_PASS_ONLY);
    f->doubt = 0;
    for (int i = 0; i < RFB_NB_ZLIB_STREAMS; i++)
        f->doubt |= ff_rfb_inflate_heal(&f->zlib[i]);
    return ret;
}

void ff_rfb_frame_lost(RFBFrame *f)
{
    for (int i = 0; i < RFB_NB_ZLIB_STREAMS; i++)
        ff_rfb_inflate_lost(&f->zlib[i]);
    f->doubt = 1;
}
