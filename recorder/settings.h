/*
 * Settings of a recording
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

/** @file How a recording is made: what the options of `rfbrec record` say. */

#ifndef RECORDER_SETTINGS_H
#define RECORDER_SETTINGS_H

#include "connect.h"

#define REC_MAX_ENCODINGS 40

typedef struct RecEncodings {
    int32_t number[REC_MAX_ENCODINGS];
    int nb;
} RecEncodings;

typedef struct RecFormat {
    int keep;                   ///< as the server has it
    RFBPixelFormat pf;
} RecFormat;

/** Part of the screen, in pixels; w 0: all of it. */
typedef struct RecClip {
    int w, h, x, y;
} RecClip;

/** TIME or SIZE; both 0: never. */
typedef struct RecSegment {
    int64_t ms, bytes;
} RecSegment;

enum RecCursor { REC_CURSOR_DRAWN, REC_CURSOR_SHAPE };

typedef struct RecSettings {
    RecAccess access;
    RecEncodings encodings;
    int quality, compress;      ///< 0 to 9, or -1
    RecFormat format;
    double fps;                 ///< requests a second, 0: as fast as it goes
    RecClip clip;
    int cursor;                 ///< enum RecCursor
    int64_t duration;           ///< ms, 0: without end
    int64_t max_size;           ///< bytes, 0: without limit
    RecSegment segment;
    int count;                  ///< of segments to keep, 0: all
    int64_t keyframe;           ///< ms, 0: none
    int reconnect;
    int64_t reconnect_max;      ///< ms between two attempts, at most
    int64_t stall_timeout;      ///< ms, 0: none
    const char *on_finish;
    int overwrite;
    int quiet, progress;
    const char *list, *listen;
} RecSettings;

/* Values of options: see Option.parse. */
const char *rec_read_encodings(void *dst, const char *text);
const char *rec_read_format(void *dst, const char *text);
const char *rec_read_clip(void *dst, const char *text);
const char *rec_read_segment(void *dst, const char *text);
const char *rec_read_cursor(void *dst, const char *text);

/** Ask for this one no more. */
void rec_encodings_drop(RecEncodings *e, int32_t number);

/**
 * What to ask a server for.
 * @return how many
 */
int rec_encodings_for(const RecSettings *s, int32_t list[64]);

#endif /* RECORDER_SETTINGS_H */
