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

/** @file PNG and JPEG, decoded for rec_match(). */

#ifndef RECORDER_PICTURE_H
#define RECORDER_PICTURE_H

#include <stddef.h>
#include <stdint.h>

/** Larger ones are on no screen. */
#define REC_PICTURE_MAX_PIXELS (64 << 20)

typedef struct RecPicture {
    int w, h;
    uint32_t *data;         ///< 0x00RRGGBB, w * h; what was transparent is black
} RecPicture;

/** Whether the bytes begin as a PNG or JPEG does. */
int rec_picture_probe(const uint8_t *data, size_t size);

/** @return NULL with why filled */
RecPicture *rec_picture_decode(const uint8_t *data, size_t size, char why[200]);

void rec_picture_free(RecPicture *p);

#endif /* RECORDER_PICTURE_H */
