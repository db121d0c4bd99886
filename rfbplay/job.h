/*
 * rfbplay: one transcode
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
 * A recording becomes a video: one thread reads and decodes, the calling one
 * encodes and writes. Several jobs may run at once, each in a thread.
 */

#ifndef RFBPLAY_JOB_H
#define RFBPLAY_JOB_H

#include <stdatomic.h>

#include "libavformat/avio.h"
#include "log.h"
#include "options.h"
#include "progress.h"

typedef struct PlayJob {
    const PlayOptions *options;
    const char *in;
    const char *out;            ///< "-": standard output
    AVIOContext *pb;            ///< where to write instead; out names the container, as x.mp4 does
    int threads;                ///< of the encoder, 0: as many as are of use
    const atomic_int *stop;     ///< becomes true when it is to end
    PlayProgress *progress;     ///< may be NULL
} PlayJob;

/** @return enum PlayStatus; PLAY_BY_SIGNAL when stopped */
int play_job_run(const PlayJob *job);

#endif /* RFBPLAY_JOB_H */
