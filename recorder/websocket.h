/*
 * WebSockets
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

/** @file A WebSocket (RFC 6455) on a stream, of either end; frames by wslay. */

#ifndef RECORDER_WEBSOCKET_H
#define RECORDER_WEBSOCKET_H

#include "stream.h"
#include "target.h"

/**
 * @param lower       what it lies on, which it takes over; freed on failure, too
 * @param header_file lines to add to the request, or NULL
 * @return NULL with why filled
 */
RecStream *rec_websocket_open(RecStream *lower, const RecTarget *t, const char *header_file,
                              char why[200]);

/**
 * The server's end.
 * @param lower  what it lies on, which it takes over; freed on failure, too
 * @param origin of the only pages that may come in, such as https://HOST, or NULL
 * @return NULL without memory
 */
RecStream *rec_websocket_accept(RecStream *lower, const char *origin);

#endif /* RECORDER_WEBSOCKET_H */
