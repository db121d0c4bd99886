/*
 * Addresses of VNC servers
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

/** @file Where a server is, as users write it. */

#ifndef RECORDER_TARGET_H
#define RECORDER_TARGET_H

#include <stddef.h>

enum RecScheme { REC_TCP, REC_UNIX, REC_WS, REC_WSS };

/** Free with rec_target_free(). */
typedef struct RecTarget {
    enum RecScheme scheme;
    char *text;             ///< as it was given, for messages
    char *host;             ///< or the path of the socket
    int port;
    char *path;             ///< of the WebSocket, from the slash on, with the query
    char *user;             ///< from a URL, or NULL
} RecTarget;

/**
 * Parse HOST[:DISPLAY], HOST::PORT, [IPV6][:DISPLAY], these with vnc://[USER@]
 * before them, unix:/path, /path, ws://[USER@]HOST[:PORT][/PATH] or wss://...
 * A display of 100 or more is a port.
 * @return NULL, or what is wrong with the text
 */
const char *rec_target_parse(RecTarget *t, const char *text);

/**
 * Parse where to listen: [HOST]:PORT, HOST::PORT, PORT, or unix:/path; without
 * a host that is every address of the machine.
 */
const char *rec_target_parse_listen(RecTarget *t, const char *text);

void rec_target_free(RecTarget *t);

#endif /* RECORDER_TARGET_H */
