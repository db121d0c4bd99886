/*
 * RFB zlib streams
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
 * The seam to zlib, or to ISA-L where it is there, which is faster: a stream
 * whose history goes on from one rectangle to the next, read in pieces of any
 * size.
 */

#ifndef AVCODEC_RFB_INFLATE_H
#define AVCODEC_RFB_INFLATE_H

#include <stddef.h>
#include <stdint.h>

/** Zero-initialise before first use. */
typedef struct RFBInflate {
    void *state;            ///< the library's, NULL before the first rectangle
    int broken;             ///< history lost: unusable until it is reset
} RFBInflate;

/** Begin a rectangle's data. @return 0, AVERROR(ENOMEM), AVERROR_INVALIDDATA if broken */
int ff_rfb_inflate_begin(RFBInflate *s, const uint8_t *src, size_t size);

/** @return bytes written, less than size at the end of the data or at damage */
size_t ff_rfb_inflate_some(RFBInflate *s, uint8_t *dst, size_t size);

/** Write exactly size bytes. @return 0 or AVERROR_INVALIDDATA */
int ff_rfb_inflate_read(RFBInflate *s, uint8_t *dst, size_t size);

/** Take in the rest of the rectangle's data. @return 0 or AVERROR_INVALIDDATA */
int ff_rfb_inflate_end(RFBInflate *s);

/** Forget the history. */
void ff_rfb_inflate_reset(RFBInflate *s);

void ff_rfb_inflate_free(RFBInflate *s);

#endif /* AVCODEC_RFB_INFLATE_H */
