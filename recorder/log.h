/*
 * Messages to the user
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

/** @file Messages to the user, on the standard error as "rfbrec: ...". */

#ifndef RECORDER_LOG_H
#define RECORDER_LOG_H

enum RecLogLevel { REC_LOG_ERROR, REC_LOG_NOTE };

/** Who prints, and what. Zero is good. */
typedef struct RecLog {
    int quiet;                  ///< errors only
    int line;                   ///< a status line stands on the terminal
} RecLog;

void rec_log(RecLog *l, enum RecLogLevel level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Show a line that the next one replaces; "" takes it away. */
void rec_log_status(RecLog *l, const char *text);

#endif /* RECORDER_LOG_H */
