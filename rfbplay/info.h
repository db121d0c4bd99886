/*
 * rfbplay: what is in a recording
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

#ifndef RFBPLAY_INFO_H
#define RFBPLAY_INFO_H

#include <stdint.h>

#include <jansson.h>

#include "recording.h"

#define PLAY_MAX_ENCODINGS 64

typedef struct PlayEncoding {
    int32_t number;
    int64_t rects;
    int64_t bytes;              ///< with the rectangles' headers
    int64_t pixels;
} PlayEncoding;

/** What a walk through all of a recording finds. */
typedef struct PlayInfo {
    PlayWalk walk;
    PlayEncoding encoding[PLAY_MAX_ENCODINGS];  ///< in the order they are met
    int nb_encodings;
    int64_t longest_gap;        ///< ms between two updates
    int64_t longest_gap_at;     ///< ms, when that begins
    int64_t bells, cut_texts;
} PlayInfo;

/** @return as play_recording_walk() */
int play_info_collect(PlayRecording *r, PlayInfo *info);

/** "complete", "cut short" or "damaged". */
const char *play_info_state(const PlayInfo *info);

/** @return a new object, NULL without memory */
json_t *play_info_json(const PlayRecording *r, const char *name, const PlayInfo *info);

#endif /* RFBPLAY_INFO_H */
