/*
 * RFB: JPEG pictures by libjpeg-turbo
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

/**
 * @file
 * The servers' own clients use libjpeg-turbo, and with it pixels agree with
 * theirs. Without it the frame's image function decodes JPEG, too.
 */

#include "rfb_compat.h"

#include "libavutil/error.h"
#include "rfb_rect.h"

#if CONFIG_LIBTURBOJPEG
#include <turbojpeg.h>

int ff_rfb_jpeg(RFBFrame *f, const uint8_t *data, size_t size, RFBCanvas *c)
{
    int w = 0, h = 0, subsampling, colourspace;     // as they stay when there are tables only

    if (!f->jpeg && !(f->jpeg = tjInitDecompress()))
        return AVERROR(ENOMEM);
    if (tjDecompressHeader3(f->jpeg, data, size, &w, &h, &subsampling, &colourspace) ||
        w != c->w || h != c->h)
        return AVERROR_INVALIDDATA;
    /* a picture that was cut short is shown as far as it goes */
    if (tjDecompress2(f->jpeg, data, size, (uint8_t *)c->data, w, c->stride * 4, h,
                      AV_HAVE_BIGENDIAN ? TJPF_XRGB : TJPF_BGRX, 0))
        return AVERROR_INVALIDDATA;
    return 0;
}

void ff_rfb_jpeg_free(RFBFrame *f)
{
    if (f->jpeg)
        tjDestroy(f->jpeg);
    f->jpeg = NULL;
}

#else

int ff_rfb_jpeg(RFBFrame *f, const uint8_t *data, size_t size, RFBCanvas *c)
{
    if (!f->image)
        return AVERROR(ENOSYS);
    return f->image(f->image_opaque, RFB_IMAGE_JPEG, 0, data, size, c->w, c->h,
                    c->data, c->stride);
}

void ff_rfb_jpeg_free(RFBFrame *f)
{
}

#endif
