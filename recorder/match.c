/*
 * Finding a picture on the screen
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

#include <stdlib.h>
#include <string.h>

#include "libavutil/error.h"
#include "match.h"

/*
 * The difference of a place is the sum of the absolute differences of all
 * colour values (SAD). Two things make it fast:
 *
 * - Where the picture is on the screen exactly, a rolling hash of its busiest
 *   line finds it in one pass over the screen.
 * - Else most places are excluded by sums alone: the SAD of two blocks is at
 *   least the difference of their sums, and sums of any block of the screen come
 *   from four values of a summed-area table. The picture is cut into 1, then
 *   4x4 blocks; what is left is compared line by line until it is too much
 *   (the "successive elimination algorithm" of Li and Salari). No place is
 *   passed over that would have been better.
 */

#define BLOCKS 4

struct RecTemplate {
    const RecPicture *p;
    int busy;                           ///< the line that is looked for first
    uint64_t hash;                      ///< of that line
    uint32_t sum;                       ///< of all colour values; modulo 2^32, as all sums
    int nb;                             ///< blocks
    struct { int x0, y0, x1, y1; uint32_t sum; } block[BLOCKS * BLOCKS];
    int *order;                         ///< of lines, those first that tell most
    uint32_t *table;                    ///< of the screen: (w + 1) * (h + 1) sums
    size_t alloc;
};

static uint32_t value(uint32_t pixel)
{
    return (pixel & 0xff) + (pixel >> 8 & 0xff) + (pixel >> 16 & 0xff);
}

/* --- lines by hash --- */

#define PRIME UINT64_C(0x9E3779B97F4A7C15)

static uint64_t hash_line(const uint32_t *p, int n)
{
    uint64_t hash = 0;

    for (int i = 0; i < n; i++)
        hash = hash * PRIME + (p[i] & 0xffffff);
    return hash;
}

static int is_here(const RecTemplate *t, const RecImage *s, int x, int y)
{
    for (int j = 0; j < t->p->h; j++) {
        const uint32_t *a = s->data + (y + j) * s->stride + x, *b = t->p->data + j * t->p->w;

        for (int i = 0; i < t->p->w; i++)
            if ((a[i] ^ b[i]) & 0xffffff)
                return 0;
    }
    return 1;
}

static int match_exactly(const RecTemplate *t, const RecImage *s, RecMatch *m)
{
    const int w = t->p->w;
    uint64_t first = 1;

    for (int i = 1; i < w; i++)
        first *= PRIME;
    for (int y = 0; y <= s->h - t->p->h; y++) {
        const uint32_t *line = s->data + (y + t->busy) * s->stride;
        uint64_t hash = hash_line(line, w);

        for (int x = 0; ; x++) {
            if (hash == t->hash && is_here(t, s, x, y)) {
                *m = (RecMatch){ x, y, 0 };
                return 1;
            }
            if (x + w >= s->w)
                break;
            hash = (hash - (line[x] & 0xffffff) * first) * PRIME + (line[x + w] & 0xffffff);
        }
    }
    return 0;
}

/* --- places by sums --- */

static int make_table(RecTemplate *t, const RecImage *s)
{
    const size_t stride = s->w + 1, need = stride * (s->h + 1);

    if (need > t->alloc) {
        free(t->table);
        t->table = malloc(need * sizeof(*t->table));
        t->alloc = t->table ? need : 0;
    }
    if (!t->table)
        return AVERROR(ENOMEM);
    memset(t->table, 0, stride * sizeof(*t->table));
    for (int y = 0; y < s->h; y++) {
        const uint32_t *line = s->data + y * s->stride, *above = t->table + y * stride;
        uint32_t *sums = t->table + (y + 1) * stride, sum = 0;

        sums[0] = 0;
        for (int x = 0; x < s->w; x++) {
            sum += value(line[x]);
            sums[x + 1] = above[x + 1] + sum;
        }
    }
    return 0;
}

static uint32_t block_sum(const uint32_t *table, size_t stride, int x0, int y0, int x1, int y1)
{
    return table[y1 * stride + x1] - table[y0 * stride + x1] - table[y1 * stride + x0] +
           table[y0 * stride + x0];
}

static uint32_t distance(uint32_t a, uint32_t b)
{
    return a > b ? a - b : b - a;
}

/** Whether the sums of the blocks alone are too different. */
static int is_excluded(const RecTemplate *t, const uint32_t *table, size_t stride, uint64_t limit)
{
    uint64_t least = 0;

    for (int i = 0; i < t->nb; i++) {
        least += distance(block_sum(table, stride, t->block[i].x0, t->block[i].y0, t->block[i].x1,
                                    t->block[i].y1), t->block[i].sum);
        if (least >= limit)
            return 1;
    }
    return 0;
}

/** @return bytes' absolute differences, or limit when they are as many */
static uint64_t sad(const RecTemplate *t, const RecImage *s, int x, int y, uint64_t limit)
{
    const int w = t->p->w;
    uint64_t sum = 0;

    for (int k = 0; k < t->p->h; k++) {
        const int j = t->order[k];
        const uint32_t *a = s->data + (y + j) * s->stride + x, *b = t->p->data + (size_t)j * w;
        uint32_t line = 0;

        for (int i = 0; i < w; i++) {
            line += distance(a[i] & 0xff, b[i] & 0xff);
            line += distance(a[i] >> 8 & 0xff, b[i] >> 8 & 0xff);
            line += distance(a[i] >> 16 & 0xff, b[i] >> 16 & 0xff);
        }
        sum += line;
        if (sum >= limit)
            return limit;
    }
    return sum;
}

int rec_match(RecTemplate *t, const RecImage *s, double limit, RecMatch *m)
{
    const int w = t->p->w, h = t->p->h;
    const double values = 3.0 * w * h;
    const size_t stride = s->w + 1;
    uint64_t best = limit * values + 1;
    int found = 0;

    if (w > s->w || h > s->h)
        return 0;
    if (match_exactly(t, s, m))
        return 1;
    if (make_table(t, s) < 0)
        return AVERROR(ENOMEM);
    for (int y = 0; y <= s->h - h; y++) {
        const uint32_t *table = t->table + y * stride;

        for (int x = 0; x <= s->w - w; x++) {
            uint64_t here;

            if (distance(block_sum(table + x, stride, 0, 0, w, h), t->sum) >= best ||
                is_excluded(t, table + x, stride, best))
                continue;
            here = sad(t, s, x, y, best);
            if (here >= best)
                continue;
            best = here;
            *m = (RecMatch){ x, y, here / values };
            found = 1;
        }
    }
    return found;
}

/* --- the picture --- */

typedef struct Line { int number; uint64_t changes; } Line;

/** How much a line changes from pixel to pixel. */
static uint64_t changes(const uint32_t *p, int n)
{
    uint64_t sum = 0;

    for (int i = 1; i < n; i++)
        sum += distance(value(p[i]), value(p[i - 1]));
    return sum;
}

static int compare(const void *a, const void *b)
{
    const Line *x = a, *y = b;

    return x->changes != y->changes ? (x->changes < y->changes) - (x->changes > y->changes)
                                    : x->number - y->number;
}

static int order_lines(RecTemplate *t)
{
    const RecPicture *p = t->p;
    Line *lines = malloc(p->h * sizeof(*lines));

    t->order = malloc(p->h * sizeof(*t->order));
    if (!lines || !t->order) {
        free(lines);
        return AVERROR(ENOMEM);
    }
    for (int y = 0; y < p->h; y++)
        lines[y] = (Line){ y, changes(p->data + (size_t)y * p->w, p->w) };
    qsort(lines, p->h, sizeof(*lines), compare);
    for (int y = 0; y < p->h; y++)
        t->order[y] = lines[y].number;
    t->busy = t->order[0];
    t->hash = hash_line(p->data + (size_t)t->busy * p->w, p->w);
    free(lines);
    return 0;
}

static void cut_blocks(RecTemplate *t)
{
    const RecPicture *p = t->p;
    const int columns = p->w < BLOCKS ? p->w : BLOCKS, rows = p->h < BLOCKS ? p->h : BLOCKS;

    for (int j = 0; j < rows; j++) {
        for (int i = 0; i < columns; i++) {
            const int x0 = (int64_t)p->w * i / columns, x1 = (int64_t)p->w * (i + 1) / columns;
            const int y0 = (int64_t)p->h * j / rows, y1 = (int64_t)p->h * (j + 1) / rows;
            uint32_t sum = 0;

            for (int y = y0; y < y1; y++)
                for (int x = x0; x < x1; x++)
                    sum += value(p->data[(size_t)y * p->w + x]);
            t->block[t->nb].x0  = x0;
            t->block[t->nb].y0  = y0;
            t->block[t->nb].x1  = x1;
            t->block[t->nb].y1  = y1;
            t->block[t->nb].sum = sum;
            t->sum += sum;
            t->nb++;
        }
    }
}

RecTemplate *rec_template_new(const RecPicture *p)
{
    RecTemplate *t = calloc(1, sizeof(*t));

    if (!t)
        return NULL;
    t->p = p;
    if (order_lines(t) < 0) {
        rec_template_free(t);
        return NULL;
    }
    cut_blocks(t);
    return t;
}

void rec_template_free(RecTemplate *t)
{
    if (!t)
        return;
    free(t->order);
    free(t->table);
    free(t);
}
