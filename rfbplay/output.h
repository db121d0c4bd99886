/*
 * rfbplay: encoder and muxer of one file
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
 * Takes pictures with times and makes a file of them. A PlayOutput belongs to
 * one thread.
 */

#ifndef RFBPLAY_OUTPUT_H
#define RFBPLAY_OUTPUT_H

#include <stdint.h>

#include "libavformat/avio.h"
#include "libavutil/dict.h"
#include "libavutil/frame.h"
#include "target.h"

typedef struct PlayOutput PlayOutput;

typedef struct PlayOutputSpec {
    const PlayTarget *target;
    const PlayOptions *options;
    const char *name;           ///< OUT
    AVIOContext *pb;            ///< where to write instead; not closed. NULL: to the file
    int width, height;
    int threads;                ///< of the encoder, 0: as many as are of use
    const AVDictionary *metadata;
} PlayOutputSpec;

/**
 * @param out set to it, or NULL
 * @return 0, or a negative AVERROR code after a message
 */
int play_output_open(PlayOutput **out, const PlayOutputSpec *spec);

/**
 * @param frame    of the size and pixel format; a reference is kept for as long as needed
 * @param pts      in the target's time_base, rising
 * @param duration in the same
 */
int play_output_write(PlayOutput *out, AVFrame *frame, int64_t pts, int64_t duration);

/** Make the file complete under its name. play_output_close() is still to be called. */
int play_output_finish(PlayOutput *out);

/** Without play_output_finish() before it, nothing of the file stays. */
void play_output_close(PlayOutput **out);

/** Bytes written so far. */
int64_t play_output_size(const PlayOutput *out);

#endif /* RFBPLAY_OUTPUT_H */
