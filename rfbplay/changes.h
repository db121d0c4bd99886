/*
 * rfbplay: what is new in a picture, block by block
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
 * Encoders that are told which macroblocks are the same as in the picture before
 * need not find out, and libx264 asks (mb_info). The decoder's rectangles are
 * what a server sent, which is more than what differs, so both pictures are
 * compared there. What differs is noted with a picture as
 * AV_FRAME_DATA_VIDEO_HINT; FFmpeg before 7.1 has no such thing.
 */

#ifndef RFBPLAY_CHANGES_H
#define RFBPLAY_CHANGES_H

#include "recording.h"

#define PLAY_BLOCK 16           ///< pixels each way, as of a macroblock

/** Zero-initialise before first use. */
typedef struct PlayChanges {
    int columns, lines;         ///< blocks
    uint8_t *map;               ///< 1: differs
    int nb_runs;                ///< of such blocks side by side
} PlayChanges;

/**
 * Compare two pictures of one size and format, YUV 4:2:0 or four bytes a pixel
 * (of which the last means nothing), inside of some rectangles.
 * @return 1 if they differ, 0 if not, or AVERROR(ENOMEM)
 */
int play_changes_find(PlayChanges *c, const AVFrame *a, const AVFrame *b,
                      const PlayRect *rects, int nb_rects);
void play_changes_free(PlayChanges *c);

/** Note with a picture what was found. @return 0 or AVERROR(ENOMEM) */
int play_changes_note(const PlayChanges *c, AVFrame *frame);

/** Note that nothing differs. @return 0 or AVERROR(ENOMEM) */
int play_changes_note_none(AVFrame *frame);

/**
 * The picture in front of this one is left out: what was new in it, is here.
 * @return 0 or AVERROR(ENOMEM)
 */
int play_changes_join(AVFrame *frame, const AVFrame *before);

#endif /* RFBPLAY_CHANGES_H */
