/*
 * RFB: pictures inside rectangles, by FFmpeg's decoders
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

#ifndef AVCODEC_RFB_IMAGE_H
#define AVCODEC_RFB_IMAGE_H

#include "avcodec.h"
#include "rfb_frame.h"

/** Zero-initialise, then set log. */
typedef struct RFBImageDecoder {
    void *log;                  ///< whom messages come from
    /** by RFBImage, those of H.264 last; opened when first needed */
    AVCodecContext *ctx[RFB_IMAGE_H264 + RFB_MAX_CONTEXTS];
    AVPacket *pkt;
    AVFrame *frame;
} RFBImageDecoder;

/** An RFBImageFunc; opaque is the RFBImageDecoder. */
int ff_rfb_image_decode(void *opaque, enum RFBImage type, int context,
                        const uint8_t *data, size_t size,
                        int w, int h, uint32_t *dst, ptrdiff_t stride);

/** Forget what came before, as after a seek. */
void ff_rfb_image_reset(RFBImageDecoder *d);
void ff_rfb_image_free(RFBImageDecoder *d);

#endif /* AVCODEC_RFB_IMAGE_H */
