/*
 * rfbplay: how far it is
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
 * One PlayProgress reports on all transcodes of a call: as a line on the
 * terminal, and for programs (--progress). Any thread.
 */

#ifndef RFBPLAY_PROGRESS_H
#define RFBPLAY_PROGRESS_H

#include <stdint.h>

typedef struct PlayProgress PlayProgress;

/** What one transcode tells of itself. */
typedef struct PlayState {
    const char *in, *out;
    int64_t frames;             ///< encoded
    int64_t time;               ///< microseconds of the video made
    int64_t position, start, end;   ///< ms of the recording; end -1: not known
    int64_t size;               ///< bytes written
    int done;
    const char *doing;          ///< NULL: encoding
} PlayState;

/**
 * @param where FILE or fd:N, NULL: nowhere
 * @param nb    transcodes that there will be
 * @return 0, or a negative AVERROR code after a message
 */
int play_progress_open(PlayProgress **p, const char *where, int nb);

/** Tell a state; cheap, prints now and then. p may be NULL. */
void play_progress_tell(PlayProgress *p, const PlayState *s);

/** Take the line away. */
void play_progress_close(PlayProgress **p);

#endif /* RFBPLAY_PROGRESS_H */
