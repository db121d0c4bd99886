/*
 * Handshakes with VNC servers
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

/** @file Inside connect.c and handshake.c: a connection on its way. */

#ifndef RECORDER_HANDSHAKE_H
#define RECORDER_HANDSHAKE_H

#include <netdb.h>

#include "connect.h"
#include "lookup.h"

typedef struct RecHandshake RecHandshake;

/** @return 0: go on with the next state, AVERROR(EAGAIN), or another error */
typedef int (*RecState)(RecConn *c, RecHandshake *h);

struct RecHandshake {
    RecState state;             ///< NULL: done
    RecState next;              ///< after a stream's own handshake, or a reason
    const char *doing;          ///< for messages: "connecting", "authenticating"
    RecLookup *lookup;
    struct addrinfo *addresses, *address;
    uint8_t in[256];            ///< what the state waits for; never a byte more is read
    size_t got;
    int minor;                  ///< of RFB's version 3.x
    int security;               ///< type of what is being negotiated
    int encrypted;              ///< there is TLS
    struct RecSasl *sasl;       ///< while it authenticates
    uint32_t name_got;
};

/** The stream is open: begin with RFB's version. */
int rec_handshake_begin(RecConn *c, RecHandshake *h);

/** Put TLS on the stream, then go on. */
int rec_handshake_tls(RecConn *c, RecHandshake *h, int anonymous, RecState next);

/** Put a WebSocket on the stream, then begin with RFB. */
int rec_handshake_websocket(RecConn *c, RecHandshake *h);

/** @return the password, or NULL with c->error set */
const char *rec_handshake_password(RecConn *c);

/** Have n bytes of buf, h->got of which are there. @return 0, AVERROR(EAGAIN) or another error */
int rec_handshake_fill(RecConn *c, RecHandshake *h, uint8_t *buf, size_t n);

/** Have n bytes of h->in. @return 0, AVERROR(EAGAIN) or another error */
int rec_handshake_need(RecConn *c, RecHandshake *h, size_t n);

#endif /* RECORDER_HANDSHAKE_H */
