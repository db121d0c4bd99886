/*
 * rfbplay: recordings
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
 * A recording of any kind that the demuxers know, as pictures with times.
 *
 * Threads: a PlayRecording belongs to one thread at a time; several of the same
 * file, each in its own thread, know nothing of each other. The pictures'
 * buffers may be kept and freed by any thread, and are never written to once
 * they were given. play_recording_stop() may be called from anywhere.
 *
 * Times are milliseconds from the start of the recording; the first update
 * usually comes a little later than 0.
 *
 * Errors: negative AVERROR codes, and play_recording_message() tells the first
 * cause as "PATH: what, byte N"; who calls prints it. Warnings are printed as they
 * come, unless options.silent.
 */

#ifndef RFBPLAY_RECORDING_H
#define RFBPLAY_RECORDING_H

#include <stdint.h>

#include "libavcodec/packet.h"
#include "libavcodec/rfb.h"
#include "libavformat/rfbindex.h"
#include "libavutil/dict.h"
#include "libavutil/frame.h"

typedef struct PlayRecording PlayRecording;

/** Zeroed, all is as ffmpeg has it by default, but for max_fps. */
typedef struct PlayRecordingOptions {
    int max_fps;                ///< merge what is faster; 0: every update is a picture
    int64_t max_gap;            ///< ms, shorten longer idle times; 0: do not
    int no_cursor;
    int yuv420p;                ///< BT.601 limited; else BGR0 (native-endian 0x00RRGGBB)
    const char *pixel_format;   ///< of the recorded bytes; NULL: as they say
    int zywrle_level;           ///< 0: 1
    int width, height;          ///< for recordings that do not tell; 0: not given
    int64_t max_pixels;         ///< 0: RFB_MAX_PIXELS
    const char *index;          ///< file, "none", or NULL: the one beside the recording
    int growing;                ///< somebody still writes to it; see play_recording_next()
    int silent;                 ///< print no warnings
} PlayRecordingOptions;

/** What is known once it is open; belongs to the recording. */
typedef struct PlayFacts {
    const char *format;         ///< "fbs", "minimega", ...
    const char *format_name;    ///< in words
    int64_t size;               ///< bytes, -1: not known (a pipe)
    int64_t duration;           ///< ms, -1: only a walk can tell
    int width, height;          ///< pixels, at the start
    const uint8_t *server_init; ///< RFB_SERVER_INIT_SIZE bytes, what a parser begins with,
    int64_t max_pixels;         ///< and its limit
    const RFBIndex *index;      ///< NULL: none
    const AVDictionary *metadata;   ///< title (the desktop's name), creation_time, ...
    int seekable;
} PlayFacts;

typedef struct PlayRect {
    int x, y, w, h;
} PlayRect;

#define PLAY_MAX_RECTS 64

/** A picture and what is new in it. */
typedef struct PlayPicture {
    AVFrame *frame;             ///< read only; width and height may change at any picture
    int64_t time;               ///< ms
    int64_t duration;           ///< ms until the next picture or the end
    int damaged;                ///< some of it could not be read or decoded
    int nb_rects;               ///< 0: the same as the picture before
    PlayRect rect[PLAY_MAX_RECTS];  ///< what differs from the picture before; all of it
                                ///< in the first one and behind a seek
} PlayPicture;

#define PLAY_WALK_ENCODINGS 32

/** What a walk through all of it finds, without decoding. */
typedef struct PlayWalk {
    int64_t duration;           ///< ms
    int64_t updates;            ///< FramebufferUpdates
    int64_t packets;            ///< pictures that play_recording_next() will give
    int64_t first, last;        ///< ms, of updates; -1: there are none
    int width, height;          ///< pixels, at its end
    int max_width, max_height;
    int nb_sizes;               ///< changes of the size, plus one
    int nb_encodings;
    struct {
        int32_t number;
        int64_t rects;
    } encoding[PLAY_WALK_ENCODINGS]; ///< of rectangles, in the order they came up
    int cut;                    ///< it ends in the middle of something
    int error;                  ///< negative AVERROR: it cannot be read behind duration
    int64_t lost;               ///< places where bytes could not be read and it went on
} PlayWalk;

/** @param r set to it, or to what play_recording_message() takes; close it in either case
 *  @param path a file, "-" for standard input, or a URL that begins with "vnc://"
 *  @return 0 or a negative AVERROR code */
int play_recording_open(PlayRecording **r, const char *path, const PlayRecordingOptions *o);
void play_recording_close(PlayRecording **r);

const PlayFacts *play_recording_facts(const PlayRecording *r);

/**
 * Make play_recording_next() give the picture that is on the screen at a time,
 * with just that time; before the first update it gives that with its own time,
 * behind the end the last picture.
 * @return 0, AVERROR(ENOSYS) for pipes, or another negative AVERROR code
 */
int play_recording_seek(PlayRecording *r, int64_t ms);

/**
 * @param p p->frame, allocated by the caller, is made to refer to the picture
 * @return 0, AVERROR_EOF, AVERROR(EAGAIN) at the end of one that grows (more
 *         may come, call again later), AVERROR_EXIT after play_recording_stop(),
 *         or what makes the rest unreadable
 */
int play_recording_next(PlayRecording *r, PlayPicture *p);

/** Called for every packet of a walk. @return 0, or negative to stop it */
typedef int (*PlayWalkFunc)(void *opaque, const PlayWalk *so_far, const AVPacket *pkt);

/**
 * Read all of it, without decoding, and go back to the start.
 * @param func may be NULL
 * @return 0 also where it is damaged (w->error tells), AVERROR_EXIT, what func
 *         returned, or AVERROR(ENOSYS) for pipes
 */
int play_recording_walk(PlayRecording *r, PlayWalk *w, PlayWalkFunc func, void *opaque);

/** Make an index of a recording that was just opened, with index "none"; see rfbindex.h. */
int play_recording_build(PlayRecording *r, AVIOContext *out, RFBIndexBuild *build);

/** The first error, as a user wants to read it; "" if there was none. */
const char *play_recording_message(const PlayRecording *r);

/** Errors met while pictures were read, walks not counted. */
int play_recording_errors(const PlayRecording *r);

/** Whether its end was missing when that was reached. */
int play_recording_cut(const PlayRecording *r);

/** Make the other calls return AVERROR_EXIT soon. Any thread. */
void play_recording_stop(PlayRecording *r);

#endif /* RFBPLAY_RECORDING_H */
