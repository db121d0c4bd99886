/*
 * Viewers of a proxy
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
 * A viewer, and a connection to the server of its own: what it says is passed
 * on as it is once both have shaken hands, so that viewer and server may use
 * all that they know. What waits for one that is slow is bounded, as the other
 * end is not read then. Lives in the thread of its loop.
 */

#ifndef RECORDER_VIEWER_H
#define RECORDER_VIEWER_H

#include "clientmsg.h"
#include "connect.h"
#include "log.h"
#include "loop.h"
#include "tls.h"

typedef struct RecViewer RecViewer;

/** What the viewers of a server share. The owner sets it up. */
typedef struct RecGate {
    RecLoop *loop;
    RecLog *log;
    uint8_t *buf;               ///< REC_READ_SIZE bytes
    const RecTarget *target;
    const RecAccess *access;
    RecSecret *secret;          ///< the server's password
    const char *password;       ///< the viewers', or NULL
    const char *view_password;  ///< of those who may only look, or NULL
    RecTLSServer *tls;          ///< or NULL
    int allow_plain;            ///< also without TLS
    const char *origin;         ///< of WebSockets' pages, or NULL
    int view_only;              ///< for all
    int max_viewers;
    int64_t stall_timeout;      ///< ms that a viewer may take nothing of what waits for it
    RecInputs *inputs;          ///< or NULL
    void (*changed)(struct RecGate *g); ///< nb_viewers is another
    void (*failed)(struct RecGate *g, const char *why); ///< inputs cannot be written down
    RecViewer *first;           ///< the last that came
    int nb_viewers;             ///< that the server has been called for
    RecTimer reaper;            ///< frees those that have gone
} RecGate;

/** @return 0: go on with the next state, AVERROR(EAGAIN), or another error */
typedef int (*RecViewerState)(RecViewer *v);

enum RecViewerPhase { REC_GREETED, REC_PASSED_ON, REC_CLOSING, REC_GONE };

struct RecViewer {
    RecGate *gate;
    RecViewer *next;
    char name[150];             ///< where it comes from
    RecStream *stream;
    int fd;
    RecWatch watch;
    RecConn conn;               ///< its connection to the server
    RecWatch server;
    int nb_fds;                 ///< conn.nb_fds, of what is watched
    RecTimer timer;
    enum RecViewerPhase phase;
    int64_t begun;
    int64_t deadline;           ///< of the phase, if not passed on
    int64_t wake;               ///< before that, for the state
    char why[400];              ///< it ended
    /* while it is greeted */
    RecViewerState state;
    RecViewerState then;        ///< after a stream's own handshake, and after the call
    uint8_t in[32];             ///< what the state waits for; never a byte more is read
    size_t got;
    int deaf;                   ///< the state does not read
    uint8_t challenge[16];
    int minor;                  ///< of RFB's version 3.x
    int websocket_only;         ///< others are not wanted where it came in
    int encrypted;
    int may_choose;             ///< security types were not told yet
    int counted;                ///< among nb_viewers
    int view_only;
    const char *security;
    /* when it is passed on */
    RecClientFilter *filter;    ///< NULL: everything passes
    int64_t opened;             ///< when
    int64_t taken;              ///< it last took something, or nothing waited
    int64_t to_viewer, to_server;   ///< bytes
    int more;                   ///< there may be more to read at once
    int shut;                   ///< closing: both ends were told
    int64_t thrown_away;        ///< closing: bytes
    int ended[2];               ///< closing: the viewer, the server has closed, too
};

/** Somebody has connected. @param fd non-blocking, which becomes the viewer's */
void rec_viewer_new(RecGate *g, int fd, const char *name, int websocket_only);

/** End it, whatever it is doing. @param why for the log, or NULL */
void rec_viewer_end(RecViewer *v, const char *why);

/** All of them, at once. */
void rec_gate_close(RecGate *g);

/* --- greeting.c: the handshake with the viewer --- */

/** The first state: find out who comes. */
int rec_viewer_sniff(RecViewer *v);

/** Say no in the way that the protocol has for it. @return an error */
int rec_viewer_refuse(RecViewer *v, const char *why);

#endif /* RECORDER_VIEWER_H */
