/*
 * rfbplay: one picture as a file
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

#ifndef RFBPLAY_SERVEIMAGE_H
#define RFBPLAY_SERVEIMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "libavutil/frame.h"

/** A kind of file that a picture may be. */
typedef struct PlayImageFormat {
    const char *name;           ///< also the extension
    const char *type;           ///< MIME
    int (*encode)(uint8_t **data, size_t *size, const AVFrame *frame, int quality);
} PlayImageFormat;

/** @param name png, jpeg, jpg or webp. @return NULL if there is no such format */
const PlayImageFormat *play_image_format(const char *name);

/**
 * @param data    set to what is to be freed with av_free()
 * @param frame   BGR0
 * @param quality 1 to 100; 0: exact, or as good as the format usually is
 * @return 0 or a negative AVERROR code
 */
int play_image_encode(const PlayImageFormat *f, uint8_t **data, size_t *size,
                      const AVFrame *frame, int quality);

#endif /* RFBPLAY_SERVEIMAGE_H */
