/*
 * Syncing files to the disk
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

/** @file A thread syncs files to the disk, so that nobody else waits for it. */

#ifndef RECORDER_SYNCER_H
#define RECORDER_SYNCER_H

#include <pthread.h>

/** What waits at most; a disk that is slower gets no more to do. */
#define REC_MAX_SYNCS 4096

/** Zero-initialise. */
typedef struct RecSyncer {
    pthread_t thread;
    pthread_mutex_t lock;       ///< of what follows
    pthread_cond_t wake;
    int fd[REC_MAX_SYNCS];
    int nb;
    int stop;
    int running;
} RecSyncer;

/** @return 0 or an error */
int rec_syncer_start(RecSyncer *s);

/** Sync a file or directory soon; it may be closed at once. */
void rec_syncer_add(RecSyncer *s, int fd);

/** Finish what was added. */
void rec_syncer_stop(RecSyncer *s);

#endif /* RECORDER_SYNCER_H */
