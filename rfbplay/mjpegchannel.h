/*
 * rfbplay: recordings on the air
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
 * A channel plays a recording in real time, in a thread of its own, for all
 * viewers who are at the same place of it with the same wishes. Each picture is
 * made once; a viewer who is slow gets the latest one when it is done with the
 * one before, so nobody waits for anybody. A channel without viewers ends.
 *
 * Parts are counted references to finished pictures; any thread may hold one.
 * The other functions are for the server's thread.
 */

#ifndef RFBPLAY_MJPEGCHANNEL_H
#define RFBPLAY_MJPEGCHANNEL_H

#include "http.h"
#include "servescale.h"

/** What a viewer may wish; channels are shared by those whose wishes are the same. */
typedef struct PlayWishes {
    int64_t offset;             ///< ms
    int64_t max_gap;            ///< ms, longer idle times are shortened to it; 0: not
    double speed, fps;
    PlayScale scale;
    int quality;
    int cursor;
    int loop;
    int live;                   ///< begin at the end of a recording that still grows
} PlayWishes;

/** Precedes the JPEG data in a part; all numbers big-endian. */
#define PLAY_PART_HEAD 24

/**
 * A picture as it is sent:
 *     0  u32  bytes of JPEG data
 *     4  u32  number of the picture
 *     8  i64  ms of the recording
 *    16  u32  ms until the next picture, at the recorded speed; ~0: not known
 *    20  u32  bits: 1 it is the newest of a recording that grows, 2 damaged
 *    24       JPEG data
 *             what a multipart stream has between its parts
 */
typedef struct PlayPart {
    atomic_int refs;
    size_t jpeg;                ///< bytes of JPEG data
    size_t size;                ///< of all of it
    uint8_t data[];
} PlayPart;

void play_part_unref(PlayPart **part);

/** "\r\n--BOUNDARY\r\n" and so on, as it stands behind each picture. */
#define PLAY_BOUNDARY "rfbplay-next-picture"
#define PLAY_BETWEEN  "\r\n--" PLAY_BOUNDARY "\r\nContent-Type: image/jpeg\r\n\r\n"

typedef struct PlayViewer PlayViewer;

/** @return NULL without memory */
struct PlayChannels *play_channels_start(PlayServer *s);

/** End all; viewers get no more. Waits for the threads. */
void play_channels_stop(struct PlayChannels *channels);

/** No viewers may be left. */
void play_channels_free(struct PlayChannels **channels);

/**
 * Watch a recording, on a channel that is there or a new one.
 * @param fd, st the recording; the descriptor stays the caller's
 * @return 0, AVERROR(EBUSY) if there are too many channels, AVERROR(ENOMEM)
 */
int play_viewer_open(PlayViewer **v, PlayServer *s, struct MHD_Connection *c,
                     const PlayWishes *wishes, int fd, const struct stat *st, const char *path);
void play_viewer_close(PlayViewer **v);

/**
 * @param part set to the latest picture that this viewer has not had
 * @return 1; 0: there is none yet, and the connection is suspended until there
 *         is; AVERROR_EOF; or the error that ended it
 */
int play_viewer_next(PlayViewer *v, PlayPart **part);

#endif /* RFBPLAY_MJPEGCHANNEL_H */
