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

/** @file Pictures as files. */

#ifndef RECORDER_IMAGE_H
#define RECORDER_IMAGE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct RecImage {
    const uint32_t *data;       ///< 0xXXRRGGBB
    ptrdiff_t stride;           ///< pixels from line to line
    int w, h;
} RecImage;

/**
 * A writer of a format. @return 0 or an error; what could not be written shows
 * in ferror()
 */
typedef int (*RecImageWriter)(FILE *f, const RecImage *image);

/** @param name "png", "shot.png", ... @return NULL if it is none of png, jpg, webp, ppm */
RecImageWriter rec_image_writer(const char *name);

#endif /* RECORDER_IMAGE_H */
