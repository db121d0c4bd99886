/*
 * What a program that records runs on
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
 * The loop, the signals and what else a command that records needs; one each
 * run. Lives in one thread.
 */

#ifndef RECORDER_RUNNER_H
#define RECORDER_RUNNER_H

#include "job.h"

/** Zero-initialise. */
typedef struct RecRunner {
    RecCrew crew;
    RecLoop loop;
    RecSyncer syncer;
    RecWatch signals;
    void (*stop)(struct RecRunner *r);  ///< SIGINT, SIGTERM or SIGHUP came
    int stopping;
} RecRunner;

/** The struct that a member lies in. */
#define REC_MEMBER(type, pointer, member) ((type *)((char *)(pointer) - offsetof(type, member)))

/**
 * From here on the signals are stop()'s, called once. rec_runner_free() is good
 * after errors, too.
 * @return 0 or an error, with a message printed
 */
int rec_runner_init(RecRunner *r, const RecSettings *set, void (*stop)(RecRunner *r));

/** Wait for what is under way: syncs and commands. After the jobs are freed. */
void rec_runner_free(RecRunner *r);

#endif /* RECORDER_RUNNER_H */
