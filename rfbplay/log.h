/*
 * rfbplay: messages to the user
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
 * Messages go to standard error as "rfbplay: ..."; everything that is printed
 * there goes through here, so that the progress line is never torn. Any thread.
 *
 * Convention: whoever finds out why something failed prints one play_error()
 * that names the file (and, of a recording, the byte offset) and returns a
 * negative AVERROR code; those above pass the code on and print nothing.
 * Nothing below the commands exits.
 */

#ifndef RFBPLAY_LOG_H
#define RFBPLAY_LOG_H

#include <stdarg.h>

enum PlayLogLevel { PLAY_LOG_ERROR, PLAY_LOG_WARNING, PLAY_LOG_NOTE, PLAY_LOG_DEBUG };

/** Exit statuses, the same for all commands. */
enum PlayStatus {
    PLAY_OK         = 0,
    PLAY_FAILED     = 1,        ///< nothing was made
    PLAY_USAGE      = 2,        ///< the command line is wrong
    PLAY_DAMAGED    = 3,        ///< made, but the recording is damaged
    PLAY_BY_SIGNAL  = 128,      ///< plus the number of the signal
};

/** Print messages up to this level; the default is PLAY_LOG_NOTE. */
void play_log_level(enum PlayLogLevel level);

void play_log(enum PlayLogLevel level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#define play_error(...) play_log(PLAY_LOG_ERROR, __VA_ARGS__)
#define play_warn(...)  play_log(PLAY_LOG_WARNING, __VA_ARGS__)
#define play_note(...)  play_log(PLAY_LOG_NOTE, __VA_ARGS__)

/**
 * Show a line that the next call replaces; "" takes it away. Only where
 * standard error is a terminal and notes are printed.
 */
void play_status_line(const char *line);

/** Whether play_status_line() shows anything. */
int play_status_shows(void);

/**
 * Where the calling thread's messages from libav* go, instead of to the user;
 * NULL: to the user again. The text has no newline at its end.
 */
typedef void (*PlayLogSink)(void *opaque, int av_level, const char *text);
void play_log_divert(PlayLogSink sink, void *opaque);

/** Make libav*'s messages go through here. Once, before all threads. */
void play_log_init(void);

#endif /* RFBPLAY_LOG_H */
