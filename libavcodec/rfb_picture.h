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

/**
 * @file
 * Whoever gets a picture may keep it for any time while the framebuffer goes
 * on. Where the framebuffer itself will do, it is given away, and painting goes
 * on in another buffer unless it has come back by then. Other pictures, with a
 * cursor or in another format, have buffers of their own. In either case a
 * buffer that comes back is brought up to date by copying only what was damaged
 * since. The cursor is never drawn into the framebuffer.
 */

#ifndef AVCODEC_RFB_PICTURE_H
#define AVCODEC_RFB_PICTURE_H

#include <stdint.h>

#include "libavutil/buffer.h"
#include "rfb_frame.h"

enum RFBPictureFormat {
    RFB_PICTURE_BGR0,       ///< 32 bits a pixel, native-endian 0x00RRGGBB
    RFB_PICTURE_PAL8,       ///< and 256 native-endian 0xAARRGGBB in the second plane
    RFB_PICTURE_YUV420P,    ///< BT.601, limited range
};

/** Zero-initialise. One thread; the pictures given away may be freed by any. */
typedef struct RFBPictures {
    AVBufferPool *pool;
    AVBufferRef *last;          ///< the last picture, of YUV only
    struct RFBBox cursor;       ///< where it was drawn in the last picture
    enum RFBPictureFormat format;
    int width, height;
} RFBPictures;

/** A picture's planes, which lie in one buffer. */
typedef struct RFBPicture {
    AVBufferRef *buf;
    uint8_t *data[3];
    int linesize[3];        ///< bytes
    RFBDamage changes;      ///< what may differ from the picture before
} RFBPicture;

/**
 * Make a picture of the frame as it is now; this is a version of the frame.
 * @param draw_cursor whether to show a cursor whose position is known
 * @return 0 or AVERROR(ENOMEM)
 */
int ff_rfb_picture_get(RFBPictures *p, RFBPicture *pic, RFBFrame *f,
                       enum RFBPictureFormat format, int draw_cursor);

/** Pictures given away stay valid. */
void ff_rfb_pictures_free(RFBPictures *p);

/**
 * Convert a rectangle of 0x00RRGGBB pixels, whose corners are even or at the
 * picture's edge, to the same place of a YUV 4:2:0 picture.
 */
void ff_rfb_to_yuv420p(const RFBPicture *dst, const uint32_t *src, ptrdiff_t stride,
                       const struct RFBBox *box, int width, int height);

#endif /* AVCODEC_RFB_PICTURE_H */
