/*
 * Finding a picture on the screen
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

/** @file Template matching: where a picture lies in a larger one, or nearly. */

#ifndef RECORDER_MATCH_H
#define RECORDER_MATCH_H

#include <stddef.h>
#include <stdint.h>

#include "image.h"
#include "picture.h"

typedef struct RecMatch {
    int x, y;                   ///< of the picture's upper left corner
    double difference;          ///< mean of the colours' absolute differences, 0 to 255
} RecMatch;

/** What rec_match() makes of a picture once. */
typedef struct RecTemplate RecTemplate;

/** @param p stays the caller's, as long as the template. @return NULL without memory */
RecTemplate *rec_template_new(const RecPicture *p);
void rec_template_free(RecTemplate *t);

/**
 * Find the place where the picture differs least from the screen; of equal ones
 * the first in reading order.
 * @param limit  a place may differ by so much at most
 * @return 1 with *m filled, 0 if there is no such place, AVERROR(ENOMEM)
 */
int rec_match(RecTemplate *t, const RecImage *screen, double limit, RecMatch *m);

#endif /* RECORDER_MATCH_H */
