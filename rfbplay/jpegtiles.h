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

/**
 * @file
 * A JPEG encoder that remembers. A picture is cut into tiles, each a restart
 * interval of its own, so that what did not change is copied from the picture
 * before. The result is, byte for byte, what libjpeg-turbo makes of the whole
 * picture with the same restart interval.
 *
 * One thread at a time.
 */

#ifndef RFBPLAY_JPEGTILES_H
#define RFBPLAY_JPEGTILES_H

#include <stddef.h>
#include <stdint.h>

#include "recording.h"

typedef struct PlayJpeg PlayJpeg;

/** From this quality on colours keep their full resolution. */
#define PLAY_JPEG_444 90

/** @param quality 1 to 100. @return NULL without memory */
PlayJpeg *play_jpeg_alloc(int quality);
void play_jpeg_free(PlayJpeg **j);

/**
 * Encode what differs from the picture before.
 * @param pixels BGR0 (native-endian 0x00RRGGBB), stride bytes from line to line
 * @param rect   what differs; taken for all of it when the size is another
 * @return 0, AVERROR(ENOMEM), or AVERROR(EINVAL) for sizes that JPEG cannot have
 */
int play_jpeg_update(PlayJpeg *j, const uint8_t *pixels, ptrdiff_t stride, int width, int height,
                     const PlayRect *rect, int nb_rects);

/** Bytes of the picture. */
size_t play_jpeg_size(const PlayJpeg *j);

/** Write play_jpeg_size() bytes. */
void play_jpeg_write(const PlayJpeg *j, uint8_t *buf);

/** Tiles encoded so far, and those that all updates had. */
void play_jpeg_tiles(const PlayJpeg *j, int64_t *encoded, int64_t *total);

#endif /* RFBPLAY_JPEGTILES_H */
