/*
 * Connections to VNC servers
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
 * From a target to a session: look the host up, connect, TLS and WebSocket
 * where the target wants them, RFB's handshake with authentication, up to the
 * ServerInit. Nothing here blocks but rec_conn_wait(), so that one thread can
 * have any number of connections under way. A connection belongs to one
 * thread at a time.
 */

#ifndef RECORDER_CONNECT_H
#define RECORDER_CONNECT_H

#include <stddef.h>
#include <stdint.h>

#include "libavcodec/rfb.h"
#include "stream.h"
#include "target.h"

/** How to get in. Options of every command that connects; zero is good. */
typedef struct RecAccess {
    const char *password_file;  ///< its first line; "-" is stdin
    const char *password_env;   ///< name of an environment variable
    const char *user;           ///< for Plain and SASL
    const char *ca_file;        ///< NULL: the system's authorities
    const char *header_file;    ///< further lines of a WebSocket's request
    int insecure;               ///< accept any certificate, send passwords in clear
    int64_t timeout;            ///< ms for all up to the ServerInit
    int may_prompt;             ///< ask on the terminal for a password
    const char *password_options;   ///< what the first two are called, if not so
} RecAccess;

/** Passwords of a process, asked for once. Zero-initialise. */
typedef struct RecSecret {
    char *password;
} RecSecret;

typedef struct RecConn {
    const RecTarget *target;
    const RecAccess *access;
    RecSecret *secret;
    RecStream *stream;
    int fd;                     ///< to poll for rec_conn_events()
    int nb_fds;                 ///< counts those there were, as numbers come back
    int64_t deadline;           ///< of the handshake, on rec_now()'s clock
    uint8_t server_init[RFB_SERVER_INIT_SIZE];
    char *name;                 ///< of the desktop, followed by a zero
    uint32_t name_size;         ///< bytes, without the zero
    int ready;                  ///< the ServerInit is there
    const char *security;       ///< how the server let us in: "VncAuth"
    char error[300];            ///< why the last call failed
    struct RecHandshake *handshake; ///< NULL when it is done
} RecConn;

/** Milliseconds of a clock that nobody sets. */
int64_t rec_now(void);

/**
 * Begin. The parameters must stay as long as the connection.
 * @return 0 or an error, with c->error set; rec_conn_close() is good after both
 */
int rec_conn_open(RecConn *c, const RecTarget *target, const RecAccess *access,
                  RecSecret *secret);

/**
 * The same for a server that has connected to us.
 * @param fd non-blocking; closed with the connection
 */
int rec_conn_accepted(RecConn *c, int fd, const RecTarget *target, const RecAccess *access,
                      RecSecret *secret);

/** What to poll c->fd for (POLLIN, POLLOUT); both may change with every call. */
int rec_conn_events(const RecConn *c);

/**
 * Go on with the handshake, when c->fd is ready or the deadline has come.
 * @return 0 when the session has begun, AVERROR(EAGAIN), or another error
 */
int rec_conn_step(RecConn *c);

/** Go on with it until it is done. @return 0 or an error */
int rec_conn_wait(RecConn *c);

/** @return bytes (> 0), AVERROR(EAGAIN), AVERROR_EOF or another error */
int rec_conn_read(RecConn *c, void *buf, size_t size);

/** Queue a message, and send what the socket takes. @return 0 or an error */
int rec_conn_write(RecConn *c, const void *buf, size_t size);

/** Send what is queued. @return bytes still queued, or an error */
int rec_conn_flush(RecConn *c);

void rec_conn_close(RecConn *c);

/** Why: "HOST:1: ...". @return ret */
int rec_conn_error(RecConn *c, int ret, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif /* RECORDER_CONNECT_H */
