/*
 * rfbplay: JPEG pictures, encoded by tiles
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

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/intreadwrite.h"
#include "libavutil/mem.h"
#include "libavutil/avconfig.h"
#include "jpegtiles.h"

/** A tile has at least so many MCUs, where the width allows. */
#define MIN_MCUS 6

#if AV_HAVE_BIGENDIAN
#define PIXELS JCS_EXT_XRGB
#else
#define PIXELS JCS_EXT_BGRX
#endif

/** The entropy-coded bytes of a tile, without a marker. */
typedef struct Tile {
    uint8_t *data;
    unsigned size, alloc;
    int dirty;
} Tile;

struct PlayJpeg {
    int quality;
    int width, height;
    int mcu;                    ///< pixels on each side
    int mcus;                   ///< of a tile, its restart interval
    int columns, rows;
    Tile *tile;
    uint8_t head[1024];         ///< SOI to SOS
    size_t head_size;
    int64_t encoded, total;

    struct jpeg_compress_struct c;
    struct jpeg_error_mgr error;
    jmp_buf failed;
    int ready;                  ///< c is
    unsigned char *out;         ///< what libjpeg wrote last
    unsigned long out_size;
};

static void on_error(j_common_ptr c)
{
    longjmp(((PlayJpeg *)c->client_data)->failed, 1);
}

static void on_message(j_common_ptr c)
{
}

PlayJpeg *play_jpeg_alloc(int quality)
{
    PlayJpeg *j = av_mallocz(sizeof(*j));

    if (!j)
        return NULL;
    j->quality = av_clip(quality, 1, 100);
    j->mcu     = j->quality >= PLAY_JPEG_444 ? 8 : 16;
    j->c.err = jpeg_std_error(&j->error);
    j->c.client_data = j;
    j->error.error_exit     = on_error;
    j->error.output_message = on_message;
    if (setjmp(j->failed)) {
        play_jpeg_free(&j);
        return NULL;
    }
    jpeg_create_compress(&j->c);
    j->c.client_data = j;
    j->ready = 1;
    return j;
}

static void free_tiles(PlayJpeg *j)
{
    for (int i = 0; j->tile && i < j->columns * j->rows; i++)
        av_free(j->tile[i].data);
    av_freep(&j->tile);
}

void play_jpeg_free(PlayJpeg **out)
{
    PlayJpeg *j = *out;

    if (!j)
        return;
    free_tiles(j);
    if (j->ready)
        jpeg_destroy_compress(&j->c);
    free(j->out);
    av_freep(out);
}

/** The restart interval has to divide a line of MCUs. */
static int tile_mcus(int across)
{
    for (int n = MIN_MCUS; n < across; n++)
        if (across % n == 0)
            return n;
    return across;
}

static int resize(PlayJpeg *j, int width, int height)
{
    int across = (width + j->mcu - 1) / j->mcu;

    free_tiles(j);
    j->width = j->height = 0;
    if (width < 1 || height < 1 || width > JPEG_MAX_DIMENSION || height > JPEG_MAX_DIMENSION)
        return AVERROR(EINVAL);
    j->mcus    = tile_mcus(across);
    j->columns = across / j->mcus;
    j->rows    = (height + j->mcu - 1) / j->mcu;
    if (!(j->tile = av_calloc((size_t)j->columns * j->rows, sizeof(*j->tile))))
        return AVERROR(ENOMEM);
    j->width  = width;
    j->height = height;
    return 0;
}

static void mark(PlayJpeg *j, const PlayRect *r)
{
    int wide = j->mcus * j->mcu;
    int x0 = av_clip(r->x, 0, j->width),        y0 = av_clip(r->y, 0, j->height);
    int x1 = av_clip(r->x + r->w, 0, j->width), y1 = av_clip(r->y + r->h, 0, j->height);

    if (x0 >= x1 || y0 >= y1)
        return;
    for (int y = y0 / j->mcu; y <= (y1 - 1) / j->mcu; y++)
        for (int x = x0 / wide; x <= (x1 - 1) / wide; x++)
            j->tile[y * j->columns + x].dirty = 1;
}

/** Encode a part of the picture into j->out. @return 0 or AVERROR(ENOMEM) */
static int compress(PlayJpeg *j, const uint8_t *pixels, ptrdiff_t stride, int w, int h)
{
    struct jpeg_compress_struct *c = &j->c;

    free(j->out);
    j->out      = NULL;
    j->out_size = 0;
    if (setjmp(j->failed)) {
        jpeg_abort_compress(&j->c);
        return AVERROR(ENOMEM);
    }
    jpeg_mem_dest(c, &j->out, &j->out_size);
    c->image_width      = w;
    c->image_height     = h;
    c->input_components = 4;
    c->in_color_space   = PIXELS;
    jpeg_set_defaults(c);
    jpeg_set_quality(c, j->quality, TRUE);
    c->dct_method = JDCT_ISLOW;
    c->comp_info[0].h_samp_factor = c->comp_info[0].v_samp_factor = j->mcu / 8;
    c->restart_interval = j->mcus;
    jpeg_start_compress(c, TRUE);
    while (c->next_scanline < c->image_height) {
        JSAMPROW row = (JSAMPROW)(pixels + c->next_scanline * stride);

        jpeg_write_scanlines(c, &row, 1);
    }
    jpeg_finish_compress(c);
    return 0;
}

/**
 * Find where the first scan's data begins, and keep what stands before it with
 * the whole picture's size.
 * @return 0 if that is no JPEG
 */
static size_t take_head(PlayJpeg *j)
{
    size_t pos = 2, end = j->out_size;

    while (pos + 4 <= end && j->out[pos] == 0xFF) {
        int marker = j->out[pos + 1], size = AV_RB16(j->out + pos + 2);

        if (marker == 0xC0 && pos + 9 <= end) {
            AV_WB16(j->out + pos + 5, j->height);
            AV_WB16(j->out + pos + 7, j->width);
        }
        pos += 2 + size;
        if (marker == 0xDA) {
            if (pos > end || pos > sizeof(j->head))
                return 0;
            memcpy(j->head, j->out, pos);
            return j->head_size = pos;
        }
    }
    return 0;
}

static int set_tile(Tile *t, const uint8_t *data, size_t size)
{
    av_fast_malloc(&t->data, &t->alloc, size);
    if (!t->data) {
        t->size = 0;
        return AVERROR(ENOMEM);
    }
    memcpy(t->data, data, size);
    t->size  = size;
    t->dirty = 0;
    return 0;
}

/** Bytes up to the next restart marker or the end of the image. */
static size_t interval_size(const uint8_t *p, const uint8_t *end)
{
    const uint8_t *start = p;

    while ((p = memchr(p, 0xFF, end - p)) && p + 1 < end) {
        if (p[1])
            return p - start;
        p += 2;
    }
    return end - start;
}

/** Encode tiles x0 to x1 of the lines y0 to y1, x1 and y1 not included. */
static int encode(PlayJpeg *j, const uint8_t *pixels, ptrdiff_t stride, int x0, int x1, int y0,
                  int y1)
{
    int wide = j->mcus * j->mcu, left = x0 * wide, top = y0 * j->mcu, ret;
    const uint8_t *p, *end;

    ret = compress(j, pixels + top * stride + left * 4, stride,
                   FFMIN(x1 * wide, j->width) - left, FFMIN(y1 * j->mcu, j->height) - top);
    if (ret < 0)
        return ret;
    end = j->out + j->out_size;
    p   = j->out + take_head(j);
    if (p == j->out)
        return AVERROR_BUG;
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++) {
            size_t size = interval_size(p, end);

            if ((ret = set_tile(&j->tile[y * j->columns + x], p, size)) < 0)
                return ret;
            p = FFMIN(p + size + 2, end);
        }
    j->encoded += (x1 - x0) * (y1 - y0);
    return 0;
}

/** Whether exactly the tiles x0 to x1 of a line are dirty, as in the line above. */
static int same_run(const PlayJpeg *j, int y, int x0, int x1)
{
    const Tile *line = j->tile + y * j->columns;

    if ((x0 && line[x0 - 1].dirty) || (x1 < j->columns && line[x1].dirty))
        return 0;
    for (int x = x0; x < x1; x++)
        if (!line[x].dirty)
            return 0;
    return 1;
}

int play_jpeg_update(PlayJpeg *j, const uint8_t *pixels, ptrdiff_t stride, int width, int height,
                     const PlayRect *rect, int nb_rects)
{
    PlayRect all = { 0, 0, width, height };
    int ret;

    if (width != j->width || height != j->height) {
        if ((ret = resize(j, width, height)) < 0)
            return ret;
        rect     = &all;
        nb_rects = 1;
    }
    for (int i = 0; i < nb_rects; i++)
        mark(j, &rect[i]);
    for (int y = 0; y < j->rows; y++)
        for (int x = 0, x1, y1; x < j->columns; x = x1) {
            x1 = x + 1;
            if (!j->tile[y * j->columns + x].dirty)
                continue;
            while (x1 < j->columns && j->tile[y * j->columns + x1].dirty)
                x1++;
            for (y1 = y + 1; y1 < j->rows && same_run(j, y1, x, x1); y1++)
                ;
            if ((ret = encode(j, pixels, stride, x, x1, y, y1)) < 0)
                return ret;
        }
    j->total += j->columns * j->rows;
    return 0;
}

size_t play_jpeg_size(const PlayJpeg *j)
{
    size_t size = j->head_size + 2;
    int nb = j->columns * j->rows;

    for (int i = 0; i < nb; i++)
        size += j->tile[i].size + (i + 1 < nb ? 2 : 0);
    return size;
}

void play_jpeg_write(const PlayJpeg *j, uint8_t *buf)
{
    int nb = j->columns * j->rows;

    memcpy(buf, j->head, j->head_size);
    buf += j->head_size;
    for (int i = 0; i < nb; i++) {
        memcpy(buf, j->tile[i].data, j->tile[i].size);
        buf += j->tile[i].size;
        AV_WB16(buf, i + 1 < nb ? 0xFFD0 + (i & 7) : 0xFFD9);
        buf += 2;
    }
}

void play_jpeg_tiles(const PlayJpeg *j, int64_t *encoded, int64_t *total)
{
    *encoded = j->encoded;
    *total   = j->total;
}
