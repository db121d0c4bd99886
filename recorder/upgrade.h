/*
 * HTTP in front of a WebSocket
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

/** @file HTTP's part of a WebSocket (RFC 6455, 4), of both ends. */

#ifndef RECORDER_UPGRADE_H
#define RECORDER_UPGRADE_H

#include "stream.h"
#include "target.h"

/** The other end's head, and what a user adds to ours, at most. */
#define REC_MAX_HEADER 8192

/** Zero-initialise; freed by rec_upgrade_free(). */
typedef struct RecUpgrade {
    int is_server;
    const char *origin;         ///< server: the only one whose pages may come in, or NULL
    char *request;              ///< client: not sent yet
    char accept[32];            ///< what the server answers to the client's key
    char text[REC_MAX_HEADER];  ///< the other end's head
    size_t got;
} RecUpgrade;

/**
 * Make a client's request.
 * @param header_file lines to add to it, or NULL
 * @return 0 or an error, with why filled
 */
int rec_upgrade_ask(RecUpgrade *u, const RecTarget *t, const char *header_file, char why[200]);

/**
 * Go on, up to where frames begin.
 * @param s what lies on s->lower, and gets the error's text
 * @return 0, AVERROR(EAGAIN) or another error
 */
int rec_upgrade_step(RecUpgrade *u, RecStream *s);

void rec_upgrade_free(RecUpgrade *u);

#endif /* RECORDER_UPGRADE_H */
