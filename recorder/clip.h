/*
 * Part of a screen
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
 * A recording of a part of the screen has that part's size and positions. So
 * rectangles are moved before they are parsed and written. Servers are asked
 * for that part only, but may send what reaches out of it; such a rectangle
 * cannot be cut without decoding it.
 */

#ifndef RECORDER_CLIP_H
#define RECORDER_CLIP_H

#include <stddef.h>
#include <stdint.h>

#include "libavcodec/rfb.h"
#include "settings.h"

typedef struct RecClipper {
    RecClip clip;               ///< w 0: nothing is done
    int width, height;          ///< of the whole screen, as the server last said
    const char *error;          ///< why the last call failed
} RecClipper;

/**
 * Parse a message as avpriv_rfb_parse() does, moving rectangles on the way.
 * @param p with by_rects set, of a screen of the clip's size
 */
int rec_clip_parse(RecClipper *c, RFBParser *p, uint8_t *buf, size_t size);

#endif /* RECORDER_CLIP_H */
