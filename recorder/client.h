/*
 * Messages of an RFB client
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
 * What a client sends. All return 0 or an error, and queue what the socket
 * does not take at once.
 */

#ifndef RECORDER_CLIENT_H
#define RECORDER_CLIENT_H

#include "connect.h"

/** RFC 6143, 7.5.1 */
int rec_set_pixel_format(RecConn *c, const RFBPixelFormat *pf);

/** RFC 6143, 7.5.2. @param n at most 64 */
int rec_set_encodings(RecConn *c, const int32_t *encodings, int n);

/** RFC 6143, 7.5.3, in pixels */
int rec_request(RecConn *c, int incremental, int x, int y, int w, int h);

/** RFC 6143, 7.5.4. @param keysym as X11 numbers them */
int rec_key(RecConn *c, uint32_t keysym, int down);

/** RFC 6143, 7.5.5. @param buttons bit 0 is the left one, 3 and 4 the wheel */
int rec_pointer(RecConn *c, int buttons, int x, int y);

/** RFC 6143, 7.5.6. @param text Latin-1 */
int rec_cut_text(RecConn *c, const char *text, size_t size);

/** The specification, "EnableContinuousUpdates" */
int rec_continuous_updates(RecConn *c, int enable, int x, int y, int w, int h);

/** The specification, "ClientFence": answer a ServerFence. @param message of the server */
int rec_answer_fence(RecConn *c, const uint8_t *message);

#endif /* RECORDER_CLIENT_H */
