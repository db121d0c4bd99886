/*
 * What a recorded session receives
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

/** @file Inside session.c and received.c. */

#ifndef RECORDER_RECEIVED_H
#define RECORDER_RECEIVED_H

#include "session.h"

/** Read what is there, write whole updates, ask for the next. */
void rec_session_receive(RecSession *s);

/** When the next update may be asked for, if no answer is awaited. */
int64_t rec_session_due(const RecSession *s);

/** Ask for an update, of the whole screen if s->refresh is set. @return 0 or an error */
int rec_session_request(RecSession *s);

/** The file shows the whole screen by now. */
void rec_session_has_picture(RecSession *s);

/** The part of the server's screen that is recorded. */
RecClip rec_session_area(const RecSession *s);

/** Wake the owner. */
void rec_session_tell(RecSession *s);

/** Whether sending failed; when the server is gone, what it sent is read first. */
int rec_session_is_fatal(int ret);

/** The connection broke: end the session. */
void rec_session_lost(RecSession *s, int ret, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif /* RECORDER_RECEIVED_H */
