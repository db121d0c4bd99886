/*
 * Stacks of byte streams
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
 * A connection is a stack of streams: a socket, perhaps TLS and a WebSocket on
 * it, perhaps VeNCrypt's TLS on that. None of them ever blocks: reading says
 * AVERROR(EAGAIN), and what is written is queued at the socket, which sends it
 * when it can. A stack belongs to one thread at a time.
 */

#ifndef RECORDER_STREAM_H
#define RECORDER_STREAM_H

#include <stddef.h>
#include <stdint.h>

typedef struct RecStream RecStream;

typedef struct RecStreamOps {
    int (*handshake)(RecStream *s);
    int (*read)(RecStream *s, uint8_t *buf, size_t size);
    int (*write)(RecStream *s, const uint8_t *buf, size_t size);
    void (*bye)(RecStream *s);  ///< NULL: nothing is said at the end
    void (*free)(RecStream *s);
} RecStreamOps;

/** The first member of every kind of stream. */
struct RecStream {
    const RecStreamOps *ops;
    RecStream *lower;           ///< freed with this one
    uint8_t ahead, has_ahead;   ///< a byte that was looked at
    char error[200];            ///< why the last call failed, or ""
};

/** Say why, and return ret. */
int rec_stream_error(RecStream *s, int ret, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Whether there is a text of an error in a stack. */
int rec_stream_failed(const RecStream *s);

/** The text of the error of a stack. */
const char *rec_stream_why(const RecStream *s);

/** Do what comes before data. @return 0, AVERROR(EAGAIN) or another error */
int rec_stream_handshake(RecStream *s);

/** @return bytes (> 0), AVERROR(EAGAIN), AVERROR_EOF or another error */
int rec_stream_read(RecStream *s, void *buf, size_t size);

/** Look at the next byte, which stays to be read. @return it, or an error */
int rec_stream_peek(RecStream *s);

/** Queue all of it. @return 0 or an error */
int rec_stream_write(RecStream *s, const void *buf, size_t size);

/** Queue what tells the other end that nothing more comes. */
void rec_stream_bye(RecStream *s);

void rec_stream_free(RecStream *s);

/** Send small messages at once, and notice when the other end is gone. */
void rec_socket_tune(int fd);

/** What may wait to be sent; a server that does not read may not cost more. */
#define REC_MAX_QUEUE (16 << 20)

/**
 * A socket, connected or on its way.
 * @param fd non-blocking; closed with the stream
 */
RecStream *rec_socket_open(int fd);

/** Send what is queued. @return bytes still queued, or an error */
int rec_socket_flush(RecStream *s);

/** @return bytes queued */
size_t rec_socket_queued(const RecStream *s);

#endif /* RECORDER_STREAM_H */
