/*
 * Reverse connections
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

/** @file Waits for servers that connect by themselves. */

#ifndef RECORDER_LISTENER_H
#define RECORDER_LISTENER_H

#include "targets.h"

/** Zero-initialise. */
typedef struct RecListener {
    RecWatch watch;
    RecCrew *crew;
    RecJobs *jobs;              ///< grows with each
    RecSecret *secret;
    const char *out;            ///< pattern of the file names
    RecTarget target;           ///< where it listens
    int fd;
    int open;
    int accepted;               ///< connections so far
} RecListener;

/** At the address of the settings. @return 0 or an error, with a message printed */
int rec_listener_open(RecListener *l, RecCrew *crew, RecJobs *jobs, RecSecret *secret,
                      const char *out);
void rec_listener_close(RecListener *l);

/**
 * A socket that listens at an address.
 * @return it, or an error, with why filled
 */
int rec_listen(const RecTarget *t, char why[200]);

#endif /* RECORDER_LISTENER_H */
