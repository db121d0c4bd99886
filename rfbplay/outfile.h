/*
 * rfbplay: the file that is being made
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
 * A file grows under a temporary name beside its own and gets its name when it
 * is complete, so that a file that is there is whole. What is no regular file
 * (standard output, pipes, devices) is written to directly. One thread.
 */

#ifndef RFBPLAY_OUTFILE_H
#define RFBPLAY_OUTFILE_H

typedef struct PlayFile {
    char *name;                 ///< what it will be called
    char *path;                 ///< where it grows; a pattern like name for sequences
    char *folder;               ///< temporary one of a sequence
    int direct;                 ///< no temporary name
    int sequence;
    int made;                   ///< there is something to remove
} PlayFile;

/**
 * @param name     OUT, "-" for standard output
 * @param sequence it has a %d
 * @param overwrite as in PlayOptions; asks where it is 0 and there is somebody to ask
 * @return 0, or a negative AVERROR code after a message
 */
int play_file_open(PlayFile *f, const char *name, int sequence, int overwrite);

/** Whether it can be read again and written to anywhere. */
int play_file_seekable(const char *name);

/**
 * Give it its name.
 * @param count of files, for sequences
 * @return 0, or a negative AVERROR code after a message
 */
int play_file_keep(PlayFile *f, int count);

/** Remove what was not kept, and free all. */
void play_file_close(PlayFile *f);

#endif /* RFBPLAY_OUTFILE_H */
