/*
 * A session that is recorded
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
 * One connection that is written into one file. It never decodes: the grammar
 * tells where updates end. Lives in the thread of its loop.
 */

#ifndef RECORDER_SESSION_H
#define RECORDER_SESSION_H

#include "clip.h"
#include "connect.h"
#include "file.h"
#include "loop.h"
#include "settings.h"

/** Room to read into, which all sessions of a loop share. */
#define REC_READ_SIZE (256 << 10)

/** What the sessions of a loop share. */
typedef struct RecShared {
    const RecSettings *set;
    RecLoop *loop;
    RecSyncer *syncer;
    uint8_t *buf;               ///< REC_READ_SIZE bytes
} RecShared;

enum RecSessionState { REC_CONNECTING, REC_RECORDING, REC_ENDED };

typedef struct RecSession {
    RecConn conn;
    const RecShared *shared;
    RecWatch watch;
    int nb_fds;                 ///< conn.nb_fds, of what is watched
    RecTimer timer;
    RecTimer *owner;            ///< is set to now when something happens that the owner waits for
    const char *path;           ///< what to call the file; the owner's
    int overwrite;
    int64_t max_size;           ///< of the file, in bytes, 0: no limit

    enum RecSessionState state;
    int result;                 ///< when ended: 0 or an error
    int is_lost;                ///< the connection broke, which can be mended
    char why[400];              ///< it ended

    RecFile file;
    RFBParser parser;
    RecClipper clipper;
    int width, height;          ///< of the server's screen
    uint8_t *buf;               ///< the beginning of a message
    size_t len, alloc;

    int64_t begun;              ///< the connection was there
    int64_t received;           ///< something came last
    int64_t requested;          ///< an update last
    int64_t refreshed;          ///< the whole screen last
    int64_t updates;
    int waiting;                ///< a request is not answered
    int refresh;                ///< ask for the whole screen next
    int continuous;             ///< the server sends without being asked
    int probed;                 ///< a sign of life was asked for
    int more;                   ///< there may be more to read at once
    int64_t look;               ///< when to read on, 0: as soon as something comes
    int looks;                  ///< that found something, since the last request
    int pause;                  ///< ms between two looks at a message that comes in pieces
    int has_picture;            ///< the file shows the whole screen
    int64_t size;               ///< of the file, also when it is closed
    int64_t ended;
} RecSession;

/**
 * Begin to connect.
 * @param s  zeroed; owner, path, overwrite and max_size set
 * @param fd of a server that connected to us, or -1
 * @return 0, or an error, with s->why set and s->state REC_ENDED
 */
int rec_session_start(RecSession *s, const RecShared *shared, int fd, const RecTarget *target,
                      const RecAccess *access, RecSecret *secret);

/** Stop: close the connection and the file. @param result 0 or an error */
void rec_session_end(RecSession *s, int result, const char *why);

/** After rec_session_end(). */
void rec_session_free(RecSession *s);

#endif /* RECORDER_SESSION_H */
