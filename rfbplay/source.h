/*
 * rfbplay: the pictures of a video, out of a recording
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
 * Reads the wanted part of a recording, leaves out pictures in which nothing
 * changed, and gives the others as the encoder wants them, with their times in
 * the video. One thread at a time.
 */

#ifndef RFBPLAY_SOURCE_H
#define RFBPLAY_SOURCE_H

#include <stdatomic.h>

#include "filter.h"
#include "options.h"
#include "queue.h"
#include "recording.h"

typedef struct PlaySource PlaySource;

typedef struct PlaySourceSpec {
    const PlayOptions *options;
    const char *path;
    enum AVPixelFormat format;  ///< of the pictures
    int single_palettes;        ///< that is PAL8, with a palette for each picture
    int silent;                 ///< warnings were printed already
    const atomic_int *stop;     ///< becomes true when it is to end soon
} PlaySourceSpec;

/** @return 0, AVERROR_EXIT, or a negative AVERROR code after a message */
int play_source_open(PlaySource **s, const PlaySourceSpec *spec);
void play_source_close(PlaySource **s);

/**
 * @param item set to the next picture, or to the end with item->error telling why it is that:
 *             0, AVERROR_EXIT, damage (AVERROR_INVALIDDATA), or something else
 */
void play_source_next(PlaySource *s, PlayItem *item);

const PlayFacts *play_source_facts(const PlaySource *s);

/** Where the part begins and ends, in ms of the recording; the end is -1 when not known. */
int64_t play_source_start(const PlaySource *s);
int64_t play_source_end(const PlaySource *s);

/** What could not be read or decoded, and the first of that in words. */
int play_source_errors(const PlaySource *s);
const char *play_source_message(const PlaySource *s);

#endif /* RFBPLAY_SOURCE_H */
