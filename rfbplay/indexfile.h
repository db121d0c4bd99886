/*
 * rfbplay: where indices are kept
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
 * The index of rec.fbs is rec.fbs.rfbindex beside it, or where that cannot be,
 * a file of a cache folder that is named after the recording's path. A cache
 * has no more than 2 GB; what was not used for longest goes first.
 *
 * An index is made under another name, which is locked for as long, and gets its
 * own when it is complete. Any thread.
 */

#ifndef RFBPLAY_INDEXFILE_H
#define RFBPLAY_INDEXFILE_H

#include "options.h"
#include "recording.h"

/** A recording, as far as its index is concerned. */
typedef struct PlayIndexed {
    int dir;                    ///< the folder it is in, -1: not to be written to
    const char *name;           ///< in there
    const char *path;           ///< from the root, without links
    const char *cache;          ///< folder, NULL: the user's own
    int cache_only;             ///< nothing is to be written beside the recording
} PlayIndexed;

/**
 * Look for an index in the cache.
 * @return its path, to be freed with av_free(), or NULL
 */
char *play_index_cached(const PlayIndexed *x);

/**
 * The index of a file that the user named.
 * @return as above; NULL also where the one beside the recording will do
 */
char *play_index_of(const PlayOptions *o, const char *recording);

/**
 * Make an index.
 * @param r    the recording, just opened, without an index
 * @param path set to where it is if the caller wants to know; free it with av_free()
 * @return 0; AVERROR(EBUSY) if somebody else is making it; or another negative
 *         AVERROR code, and *what says in words what did not work, to be freed as well
 */
int play_index_make(const PlayIndexed *x, PlayRecording *r, RFBIndexBuild *build, char **path,
                    char **what);

#endif /* RFBPLAY_INDEXFILE_H */
