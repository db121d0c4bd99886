/*
 * Recordings of targets
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
 * The recording of a target: one session after the other, where there are
 * segments or the connection is made anew. The next segment's connection is
 * up and has its first picture before the previous one ends.
 */

#ifndef RECORDER_JOB_H
#define RECORDER_JOB_H

#include "log.h"
#include "session.h"

/** What the jobs of a program share. */
typedef struct RecCrew {
    RecShared shared;
    RecLog log;
    int nb_running;             ///< jobs that are not finished
    int nb_failed;
    int nb_hooks;               ///< commands under way
    int64_t bytes, updates;     ///< of sessions that have ended
    int stay;                   ///< more jobs may come: do not end the loop
    /**
     * A job has ended, outside of whose calls it may be freed; or NULL.
     * @param is_lost the connection broke or was not made
     * @return whether it counts as failed
     */
    int (*ended)(struct RecCrew *c, int failed, int is_lost);
} RecCrew;

typedef struct RecJob {
    RecCrew *crew;
    RecTarget target;
    RecAccess access;
    RecSecret *secret;
    char *out;                  ///< pattern of the file names
    char *password_file;        ///< of its own, or NULL
    RecSecret own_secret;       ///< that password
    int accepted;               ///< the server has come to us: it cannot be called
    RecTimer timer;             ///< when there is something to do
    RecSession *now, *next;     ///< the one that records, and the one that is to go on
    char *now_path, *next_path;
    int64_t begun;              ///< on rec_now()'s clock
    int64_t retry;              ///< when to connect again, 0: not
    int64_t wait;               ///< ms between attempts
    int64_t bytes;              ///< of finished files
    int files;                  ///< begun so far
    char **kept;                ///< the newest files, for --count
    int nb_kept;
    int finished;
} RecJob;

/**
 * Begin.
 * @param job zeroed; crew, target, access, secret, out set, which become its own
 * @param fd  of a server that connected to us, or -1
 */
void rec_job_start(RecJob *job, int fd);

/** End it in order, as when its time is over. */
void rec_job_stop(RecJob *job);

void rec_job_free(RecJob *job);

#endif /* RECORDER_JOB_H */
