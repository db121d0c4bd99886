/*
 * Pictures to look for
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

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>
#include <turbojpeg.h>

#include "picture.h"

static int is_png(const uint8_t *data, size_t size)
{
    return size > 8 && !memcmp(data, "\x89PNG\r\n\x1a\n", 8);
}

static int is_jpeg(const uint8_t *data, size_t size)
{
    return size > 3 && !memcmp(data, "\xff\xd8\xff", 3);
}

int rec_picture_probe(const uint8_t *data, size_t size)
{
    return is_png(data, size) || is_jpeg(data, size);
}

static int alloc(RecPicture *p, int64_t w, int64_t h, char why[200])
{
    if (w < 1 || h < 1 || w > REC_PICTURE_MAX_PIXELS / h) {
        snprintf(why, 200, "%lldx%lld pixels are too many", (long long)w, (long long)h);
        return -1;
    }
    p->w = w;
    p->h = h;
    p->data = malloc(w * h * sizeof(*p->data));
    if (!p->data)
        snprintf(why, 200, "out of memory");
    return p->data ? 0 : -1;
}

static int decode_png(RecPicture *p, const uint8_t *data, size_t size, char why[200])
{
    png_image image = { .version = PNG_IMAGE_VERSION };
    int ret = -1;

    if (!png_image_begin_read_from_memory(&image, data, size)) {
        snprintf(why, 200, "%s", image.message);
        return -1;
    }
    /* bytes B, G, R, A are 0xAARRGGBB, the other way round on big-endian machines */
    image.format = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? PNG_FORMAT_BGRA : PNG_FORMAT_ARGB;
    if (alloc(p, image.width, image.height, why) >= 0) {
        ret = png_image_finish_read(&image, NULL, p->data, 0, NULL) ? 0 : -1;
        if (ret < 0)
            snprintf(why, 200, "%s", image.message);
    }
    png_image_free(&image);
    for (int64_t i = 0; !ret && i < (int64_t)p->w * p->h; i++)
        p->data[i] &= p->data[i] >> 24 ? 0xffffff : 0;
    return ret;
}

static int decode_jpeg(RecPicture *p, const uint8_t *data, size_t size, char why[200])
{
    const int format = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? TJPF_BGRX : TJPF_XRGB;
    tjhandle tj = tjInitDecompress();
    int w, h, sampling, space, ret = -1;

    if (!tj) {
        snprintf(why, 200, "out of memory");
        return -1;
    }
    if (tjDecompressHeader3(tj, data, size, &w, &h, &sampling, &space) < 0) {
        snprintf(why, 200, "%s", tjGetErrorStr2(tj));
    } else if (alloc(p, w, h, why) >= 0) {
        memset(p->data, 0, (size_t)w * h * 4);
        ret = tjDecompress2(tj, data, size, (uint8_t *)p->data, w, 0, h, format,
                            TJFLAG_ACCURATEDCT);
        /* as after a JPEG that is cut short: the rest is grey, which matches nothing */
        if (ret < 0)
            snprintf(why, 200, "%s", tjGetErrorStr2(tj));
    }
    tjDestroy(tj);
    for (int64_t i = 0; !ret && i < (int64_t)p->w * p->h; i++)
        p->data[i] &= 0xffffff;
    return ret;
}

RecPicture *rec_picture_decode(const uint8_t *data, size_t size, char why[200])
{
    RecPicture *p = calloc(1, sizeof(*p));
    int ret = -1;

    if (!p)
        snprintf(why, 200, "out of memory");
    else if (is_png(data, size))
        ret = decode_png(p, data, size, why);
    else if (is_jpeg(data, size))
        ret = decode_jpeg(p, data, size, why);
    else
        snprintf(why, 200, "neither PNG nor JPEG");
    if (ret < 0) {
        rec_picture_free(p);
        p = NULL;
    }
    return p;
}

void rec_picture_free(RecPicture *p)
{
    if (p)
        free(p->data);
    free(p);
}
