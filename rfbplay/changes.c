/*
 * rfbplay: what is new in a picture, block by block
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
#include "libavutil/version.h"
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(59, 39, 100)
#define HAVE_HINTS 1
#include "libavutil/video_hint.h"
#else
#define HAVE_HINTS 0
#endif
#include "changes.h"

/* --- comparing --- */

/** Bytes of w pixels, whose fourth byte means nothing. */
static int same_pixels(const uint8_t *a, const uint8_t *b, int w)
{
    uint32_t differ = 0;

    for (int x = 0; x < w; x++) {
        uint32_t p, q;

        memcpy(&p, a + x * 4, 4);
        memcpy(&q, b + x * 4, 4);
        differ |= p ^ q;
    }
    return !(differ & 0xFFFFFF);
}

/** A plane's part of a block, in samples of one byte. */
static int same_samples(const AVFrame *a, const AVFrame *b, int plane, int x, int y, int w, int h)
{
    const uint8_t *p = a->data[plane] + (size_t)y * a->linesize[plane] + x;
    const uint8_t *q = b->data[plane] + (size_t)y * b->linesize[plane] + x;

    for (; h > 0; h--, p += a->linesize[plane], q += b->linesize[plane])
        /* compilers make a few instructions of known sizes */
        if (w == PLAY_BLOCK ? memcmp(p, q, PLAY_BLOCK) :
            w == PLAY_BLOCK / 2 ? memcmp(p, q, PLAY_BLOCK / 2) : memcmp(p, q, w))
            return 0;
    return 1;
}

static int same_block(const AVFrame *a, const AVFrame *b, int x, int y)
{
    int w = FFMIN(PLAY_BLOCK, a->width - x), h = FFMIN(PLAY_BLOCK, a->height - y);

    if (a->format == AV_PIX_FMT_YUV420P)
        return same_samples(a, b, 0, x, y, w, h) &&
               same_samples(a, b, 1, x >> 1, y >> 1, (w + 1) >> 1, (h + 1) >> 1) &&
               same_samples(a, b, 2, x >> 1, y >> 1, (w + 1) >> 1, (h + 1) >> 1);
    for (int line = y; line < y + h; line++)
        if (!same_pixels(a->data[0] + (size_t)line * a->linesize[0] + x * 4,
                         b->data[0] + (size_t)line * b->linesize[0] + x * 4, w))
            return 0;
    return 1;
}

static int begin(PlayChanges *c, const AVFrame *frame)
{
    int columns = (frame->width + PLAY_BLOCK - 1) / PLAY_BLOCK;
    int lines   = (frame->height + PLAY_BLOCK - 1) / PLAY_BLOCK;

    c->nb_runs = 0;
    if (c->map && columns == c->columns && lines == c->lines) {
        memset(c->map, 0, columns * lines);
        return 0;
    }
    av_free(c->map);
    c->columns = columns;
    c->lines   = lines;
    return (c->map = av_calloc(columns, lines)) ? 0 : AVERROR(ENOMEM);
}

int play_changes_find(PlayChanges *c, const AVFrame *a, const AVFrame *b,
                      const PlayRect *rects, int nb_rects)
{
    int ret = begin(c, a);

    if (ret < 0)
        return ret;
    for (const PlayRect *r = rects; r < rects + nb_rects; r++)
        for (int y = r->y / PLAY_BLOCK; y * PLAY_BLOCK < r->y + r->h; y++)
            for (int x = r->x / PLAY_BLOCK; x * PLAY_BLOCK < r->x + r->w; x++) {
                uint8_t *block = c->map + y * c->columns + x;

                if (!*block)
                    *block = !same_block(a, b, x * PLAY_BLOCK, y * PLAY_BLOCK);
            }
    for (int y = 0; y < c->lines; y++)
        for (int x = 0; x < c->columns; x++)
            c->nb_runs += c->map[y * c->columns + x] && (!x || !c->map[y * c->columns + x - 1]);
    return !!c->nb_runs;
}

void play_changes_free(PlayChanges *c)
{
    av_freep(&c->map);
}

/* --- noting --- */

#if HAVE_HINTS
/** @return its rectangles, nb of them; NULL without memory */
static AVVideoRect *make_hint(AVFrame *frame, size_t nb)
{
    AVVideoHint *hint;

    av_frame_remove_side_data(frame, AV_FRAME_DATA_VIDEO_HINT);
    if (!(hint = av_video_hint_create_side_data(frame, nb)))
        return NULL;
    hint->type = AV_VIDEO_HINT_TYPE_CHANGED;
    return av_video_hint_rects(hint);
}

static const AVVideoHint *hint_of(const AVFrame *frame)
{
    const AVFrameSideData *sd = av_frame_get_side_data(frame, AV_FRAME_DATA_VIDEO_HINT);

    return sd ? (const AVVideoHint *)sd->data : NULL;
}

/** The rectangles of a hint, one after another. */
static void copy_rects(AVVideoRect *to, const AVVideoHint *hint)
{
    for (size_t i = 0; i < hint->nb_rects; i++)
        memcpy(to + i, (const uint8_t *)hint + hint->rect_offset + i * hint->rect_size,
               sizeof(*to));
}
#endif

int play_changes_note(const PlayChanges *c, AVFrame *frame)
{
#if HAVE_HINTS
    AVVideoRect *r = make_hint(frame, FFMAX(c->nb_runs, 1));

    if (!r)
        return AVERROR(ENOMEM);
    memset(r, 0, sizeof(*r));
    for (int y = 0; y < c->lines; y++) {
        const uint8_t *line = c->map + y * c->columns;

        for (int x = 0, from; x < c->columns; x++) {
            for (from = x; x < c->columns && line[x]; x++)
                ;
            if (x > from)
                *r++ = (AVVideoRect){ from * PLAY_BLOCK, y * PLAY_BLOCK,
                                      (x - from) * PLAY_BLOCK, PLAY_BLOCK };
        }
    }
#endif
    return 0;
}

int play_changes_note_none(AVFrame *frame)
{
#if HAVE_HINTS
    AVVideoRect *r = make_hint(frame, 1);

    if (!r)
        return AVERROR(ENOMEM);
    memset(r, 0, sizeof(*r));
#endif
    return 0;
}

int play_changes_join(AVFrame *frame, const AVFrame *before)
{
#if HAVE_HINTS
    const AVVideoHint *old = hint_of(before), *new = hint_of(frame);
    AVVideoRect *both, *r;
    size_t nb;

    if (!new)
        return 0;
    if (!old) {
        av_frame_remove_side_data(frame, AV_FRAME_DATA_VIDEO_HINT);
        return 0;
    }
    nb = old->nb_rects + new->nb_rects;
    if (!(both = av_malloc_array(nb, sizeof(*both))))
        return AVERROR(ENOMEM);
    copy_rects(both, old);
    copy_rects(both + old->nb_rects, new);
    if ((r = make_hint(frame, nb)))
        memcpy(r, both, nb * sizeof(*r));
    av_free(both);
    return r ? 0 : AVERROR(ENOMEM);
#else
    return 0;
#endif
}
