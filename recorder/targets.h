/*
 * Lists of targets
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

/** @file What one run of the recorder is to record. */

#ifndef RECORDER_TARGETS_H
#define RECORDER_TARGETS_H

#include "job.h"

/** Zero-initialise. */
typedef struct RecJobs {
    RecJob **job;
    int nb, alloc;
} RecJobs;

/**
 * Add a job, which does not begin yet.
 * @param user, password_file  of this target alone, or NULL
 * @return NULL, or what is wrong with the target
 */
const char *rec_jobs_add(RecJobs *jobs, RecCrew *crew, const RecSettings *set, RecSecret *secret,
                         const char *target, const char *out,
                         const char *user, const char *password_file);

/**
 * Add the targets of a list, "-" being the standard input.
 * @return 0 or an exit status, with a message printed
 */
int rec_jobs_read(RecJobs *jobs, RecCrew *crew, const RecSettings *set, RecSecret *secret,
                  const char *name);

/** Forget jobs that have ended, outside of their own calls. */
void rec_jobs_drop_finished(RecJobs *jobs);

#endif /* RECORDER_TARGETS_H */
