/*
 * RFB encoding Zlib
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

#include "libavutil/common.h"
#include "rfb_rect.h"

static int paint(RFBFrame *f, RFBInflate *z, const RFBRect *rect)
{
    const RFBPixels *px = &f->colours.pixel;
    size_t line = (size_t)rect->w * px->size;
    int lines = line ? FFMAX(RFB_CHUNK_SIZE / line, 1) : rect->h, ret;

    for (int y = 0; y < rect->h; y += lines) {
        int n = FFMIN(lines, rect->h - y);

        if ((ret = ff_rfb_inflate_read(z, f->scratch, n * line)) < 0)
            return ret;
        for (int i = 0; i < n; i++)
            ff_rfb_put(f, px, rect->x, rect->y + y + i, rect->w, f->scratch + i * line);
    }
    return ff_rfb_inflate_end(z);
}

/* The specification, "ZLib Encoding": length(u32), then w * h pixels in one
 * zlib stream that lasts the session */
int ff_rfb_zlib(RFBParser *p, RFBFrame *f, RFBReader *r, const RFBRect *rect)
{
    uint32_t size = ff_rfb_u32(r);
    const uint8_t *src = ff_rfb_take(r, size);
    RFBInflate *z;
    int ret;

    if (!src)
        return 0;
    ff_rfb_use_streams(p, RFB_STREAM_ZLIB << ff_rfb_first_stream(rect));
    if (!f)
        return 0;
    z = &f->zlib[4 + ff_rfb_first_stream(rect)];
    ret = ff_rfb_inflate_begin(z, src, size);
    ff_rfb_inflate_expect(z, (int64_t)rect->w * rect->h * f->colours.pixel.size);
    if (ret < 0 || paint(f, z, rect) < 0)
        ff_rfb_frame_error(f, ff_rfb_inflate_error(z), size);
    return 0;
}
