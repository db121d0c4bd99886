/*
 * rfbplay: playing a recording in real time
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
 * The work of a channel's thread: read, wait until it is time, encode, publish.
 */

#ifndef RFBPLAY_MJPEGCLOCK_H
#define RFBPLAY_MJPEGCLOCK_H

#include "mjpegchannel.h"

typedef struct Channel Channel;

/**
 * Play until the end, an error or until play_channel_wait() says to stop.
 * @return AVERROR_EOF, AVERROR_EXIT or what went wrong
 */
int play_clock_run(Channel *c, PlayServer *s, const PlayWishes *wishes, int fd,
                   const char *path);

/* What the channel does for it. */

/** Show a part, which is taken, with its time in the recording (ms). */
void play_channel_publish(Channel *c, PlayPart *part, int64_t position);

/** The number that the next part will have. */
int64_t play_channel_number(Channel *c);

/** Sleep until a time of av_gettime_relative(). @return whether to stop, perhaps earlier */
int play_channel_wait(Channel *c, int64_t until);

#endif /* RFBPLAY_MJPEGCLOCK_H */
