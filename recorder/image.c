/*
 * Pictures as files
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
#include <strings.h>

#include <turbojpeg.h>
#include <webp/encode.h>
#include <zlib.h>

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/intreadwrite.h"
#include "image.h"

#define JPEG_QUALITY 92

static void rgb_line(uint8_t *dst, const uint32_t *src, int w)
{
    for (int i = 0; i < w; i++)
        AV_WB24(dst + 3 * i, src[i] & 0xFFFFFF);
}

static int write_ppm(FILE *f, const RecImage *m)
{
    uint8_t *line = malloc(3 * (size_t)m->w);

    if (!line)
        return AVERROR(ENOMEM);
    fprintf(f, "P6\n%d %d\n255\n", m->w, m->h);
    for (int y = 0; y < m->h; y++) {
        rgb_line(line, m->data + y * m->stride, m->w);
        fwrite(line, 3, m->w, f);
    }
    free(line);
    return 0;
}

/* PNG specification, 5.3: length(u32) type data crc(u32) of the type and data */
static void png_chunk(FILE *f, const char *type, const uint8_t *data, uint32_t size)
{
    uint8_t head[8], tail[4];

    AV_WB32(head, size);
    memcpy(head + 4, type, 4);
    AV_WB32(tail, crc32(crc32(0, head + 4, 4), data, size));
    fwrite(head, 1, sizeof(head), f);
    fwrite(data, 1, size, f);
    fwrite(tail, 1, sizeof(tail), f);
}

static int write_png(FILE *f, const RecImage *m)
{
    const size_t line = 1 + 3 * (size_t)m->w;
    uLongf size = compressBound(line * m->h);
    uint8_t *raw = malloc(line * m->h), *packed = malloc(size);
    /* width(u32) height(u32) depth 8, true colour, deflate, filters, not interlaced */
    uint8_t header[13] = { [8] = 8, 2, 0, 0, 0 };
    int ret = AVERROR(ENOMEM);

    if (raw && packed) {
        for (int y = 0; y < m->h; y++) {
            raw[y * line] = 0;          /* no filter, which suits screens */
            rgb_line(raw + y * line + 1, m->data + y * m->stride, m->w);
        }
        if (compress2(packed, &size, raw, line * m->h, 6) == Z_OK) {
            AV_WB32(header, m->w);
            AV_WB32(header + 4, m->h);
            fwrite("\x89PNG\r\n\x1a\n", 1, 8, f);
            png_chunk(f, "IHDR", header, sizeof(header));
            png_chunk(f, "IDAT", packed, size);
            png_chunk(f, "IEND", header, 0);
            ret = 0;
        }
    }
    free(raw);
    free(packed);
    return ret;
}

static int write_jpeg(FILE *f, const RecImage *m)
{
    tjhandle tj = tjInitCompress();
    unsigned char *out = NULL;
    unsigned long size = 0;
    int ret = AVERROR_EXTERNAL;

    if (tj && !tjCompress2(tj, (const uint8_t *)m->data, m->w, m->stride * 4, m->h,
                           AV_HAVE_BIGENDIAN ? TJPF_XRGB : TJPF_BGRX, &out, &size, TJSAMP_444,
                           JPEG_QUALITY, TJFLAG_ACCURATEDCT)) {
        fwrite(out, 1, size, f);
        ret = 0;
    }
    tjFree(out);
    if (tj)
        tjDestroy(tj);
    return ret;
}

static int webp_write(const uint8_t *data, size_t size, const WebPPicture *picture)
{
    return fwrite(data, 1, size, picture->custom_ptr) == size;
}

/* without loss, as PNG */
static int write_webp(FILE *f, const RecImage *m)
{
    WebPPicture picture;
    WebPConfig config;
    int ret = AVERROR_EXTERNAL;
    uint8_t *rgb;

    if (m->w > WEBP_MAX_DIMENSION || m->h > WEBP_MAX_DIMENSION)
        return AVERROR(ERANGE);
    if (!WebPPictureInit(&picture) || !WebPConfigInit(&config) ||
        !WebPConfigLosslessPreset(&config, 3) || !(rgb = malloc(3 * (size_t)m->w * m->h)))
        return ret;
    for (int y = 0; y < m->h; y++)
        rgb_line(rgb + 3 * (size_t)m->w * y, m->data + y * m->stride, m->w);
    picture.use_argb   = 1;
    picture.width      = m->w;
    picture.height     = m->h;
    picture.writer     = webp_write;
    picture.custom_ptr = f;
    if (WebPPictureImportRGB(&picture, rgb, 3 * m->w) && WebPEncode(&config, &picture))
        ret = 0;
    WebPPictureFree(&picture);
    free(rgb);
    return ret;
}

RecImageWriter rec_image_writer(const char *name)
{
    static const struct {
        const char *extension;
        RecImageWriter write;
    } formats[] = {
        { "png", write_png }, { "jpg", write_jpeg }, { "jpeg", write_jpeg },
        { "webp", write_webp }, { "ppm", write_ppm },
    };
    const char *dot = strrchr(name, '.');

    for (int i = 0; i < FF_ARRAY_ELEMS(formats); i++)
        if (!strcasecmp(dot ? dot + 1 : name, formats[i].extension))
            return formats[i].write;
    return NULL;
}
