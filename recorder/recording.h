/*
 * Recordings that are played
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

/** @file FBS files, read message by message. One thread at a time. */

#ifndef RECORDER_RECORDING_H
#define RECORDER_RECORDING_H

#include <stdio.h>

#include "libavcodec/rfb.h"
#include "libavformat/fbs.h"

typedef struct RecRecording {
    FILE *f;
    const char *path;           ///< the caller's
    const FBSLayout *layout;
    uint8_t server_init[RFB_SERVER_INIT_SIZE];
    char *name;                 ///< of the desktop
    RFBParser parser;           ///< of the messages that were given
    uint8_t *buf;               ///< from head on not given yet
    size_t head, len, alloc;
    uint32_t stamp;             ///< of the last block, as written
    int64_t time;               ///< ms, of the last block; never runs backwards
    char error[300];            ///< why the last call failed
} RecRecording;

/** @return 0 or an error; rec_recording_close() is good after both */
int rec_recording_open(RecRecording *r, const char *path);

/** Go back to the beginning. @return 0 or an error */
int rec_recording_rewind(RecRecording *r);

/**
 * The next message, valid until the next call.
 * @param time ms from the beginning
 * @return bytes (> 0), AVERROR_EOF after the last whole one, or another error
 */
int rec_recording_next(RecRecording *r, const uint8_t **message, int64_t *time);

void rec_recording_close(RecRecording *r);

#endif /* RECORDER_RECORDING_H */
