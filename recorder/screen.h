/*
 * The screen of a server
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
 * The screen of a server, kept up to date: for snapshots, and for who has to
 * look at what he clicks on. One thread at a time.
 */

#ifndef RECORDER_SCREEN_H
#define RECORDER_SCREEN_H

#include "connect.h"
#include "libavcodec/rfb_frame.h"
#include "settings.h"

typedef struct RecScreen {
    RecConn *conn;
    RFBFrame frame;             ///< frame.data: 0xXXRRGGBB, frame.stride pixels from line to line
    RecClip clip;               ///< only this is asked for; w 0: everything
    int complete;               ///< all of it was painted
    int64_t updates;            ///< painted so far

    RFBParser walker, painter;  ///< one finds the ends of messages, one paints
    uint8_t *buf;               ///< what was received and not painted yet
    size_t len, alloc;
    uint8_t *seen;              ///< a byte for each pixel, until complete
    int64_t unseen;             ///< how many of them are 0
    int waiting;                ///< a request is not answered
    int refresh;                ///< ask for everything next
} RecScreen;

/**
 * Begin.
 * @param s    what it was before does not matter
 * @param conn ready; stays the caller's, who may send input on it
 * @param clip part to look at, or NULL
 * @param draw_cursor whether the mouse pointer is to be in the picture
 * @return 0 or an error, with conn->error set; rec_screen_close() is good after both
 */
int rec_screen_open(RecScreen *s, RecConn *conn, const RecClip *clip, int draw_cursor);

/**
 * Wait for the next update and paint it.
 * @param until when to give up, on rec_now()'s clock
 * @return 1 when one was painted, 0 when it is time, or an error, with conn->error set
 */
int rec_screen_update(RecScreen *s, int64_t until);

/** Wait until all was painted. @return 0, AVERROR(ETIMEDOUT) or another error, with the text set */
int rec_screen_complete(RecScreen *s, int64_t until);

void rec_screen_close(RecScreen *s);

#endif /* RECORDER_SCREEN_H */
