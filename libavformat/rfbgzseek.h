/*
 * Places in gzip data at which inflating can begin
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
 * Inflating can begin between two blocks of deflate data, when the last 32 KB
 * before them are known. An index keeps such places; without one a compressed
 * recording can be read only from its beginning.
 */

#ifndef AVFORMAT_RFBGZSEEK_H
#define AVFORMAT_RFBGZSEEK_H

#include <stdint.h>

#define RFB_GZIP_MAX_WINDOW (32 << 10)

struct RFBInput;

typedef struct RFBGzipPlace {
    int64_t pos;                ///< uncompressed bytes before it
    int64_t file;               ///< compressed bytes before it,
    int bits;                   ///< and of the last of these, so many bits are behind it
    int64_t member;             ///< compressed offset of the gzip member
    int size;                   ///< bytes of the window
} RFBGzipPlace;

/**
 * Note such places from now on as they are met, the latest ones.
 * @return 0 or AVERROR(ENOMEM)
 */
int ff_rfb_gzip_note(struct RFBInput *in);
void ff_rfb_gzip_note_free(struct RFBInput *in);

/** Between two inflate(): note the place, if it is one. */
void ff_rfb_gzip_met(struct RFBInput *in, int64_t pos);

/**
 * The last place before or at a position.
 * @param window set to its last uncompressed bytes
 * @return NULL if none is known
 */
const RFBGzipPlace *ff_rfb_gzip_place(const struct RFBInput *in, int64_t pos, const uint8_t **window);

/**
 * Go to a place.
 * @return 0, AVERROR_INVALIDDATA if it cannot be one, or another negative AVERROR code
 */
int ff_rfb_gzip_go(struct RFBInput *in, const RFBGzipPlace *place, const uint8_t *window);

#endif /* AVFORMAT_RFBGZSEEK_H */
