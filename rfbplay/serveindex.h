/*
 * rfbplay: indices of the recordings that are served
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
 * Whoever goes to a time of a recording uses its index if it has one. Where that
 * took long, one is made: in the background, one at a time, by a thread that
 * leaves the processor to all others. Any thread.
 */

#ifndef RFBPLAY_SERVEINDEX_H
#define RFBPLAY_SERVEINDEX_H

#include "http.h"
#include "httppath.h"

/** An index for play_recording_open(), while that is called. */
typedef struct PlayIndexUse {
    int fd;                     ///< of the index beside the recording, or -1
    char name[PLAY_FD_NAME_SIZE];
    char *cached;               ///< or where it is in the cache
} PlayIndexUse;

/** @return NULL without memory, or if there can be no thread */
struct PlayIndexes *play_serve_index_start(PlayServer *s);

/** What is being made is given up. */
void play_serve_index_stop(struct PlayIndexes **indexes);

/**
 * Look for a recording's index.
 * @param path of the recording, as in the URL; fd the same, open
 * @return what PlayRecordingOptions.index has to be; it is use's
 */
const char *play_serve_index_open(PlayIndexUse *use, PlayServer *s, const char *path, int fd);
void play_serve_index_close(PlayIndexUse *use);

/** A seek is over that took so many microseconds: see to it that the next one does not. */
void play_serve_index_took(PlayServer *s, const char *path, int fd, const struct stat *st,
                           const PlayRecording *r, int64_t us);

#endif /* RFBPLAY_SERVEINDEX_H */
