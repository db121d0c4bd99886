/*
 * Sockets that listen
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

/** @file Sockets that listen: for servers that connect by themselves, and for viewers. */

#ifndef RECORDER_LISTENER_H
#define RECORDER_LISTENER_H

#include "loop.h"
#include "target.h"

/** Zero-initialise, and set accepted. */
typedef struct RecListener {
    /**
     * Somebody has connected.
     * @param fd   non-blocking; the callee's
     * @param name HOST::PORT, for messages
     */
    void (*accepted)(struct RecListener *l, int fd, const char *name);
    RecLoop *loop;
    RecWatch watch;
    RecTimer pause;             ///< there are no descriptors left
    RecTarget target;           ///< where it listens
    char name[150];             ///< the same with the port that it has
    int fd;
    int open;
} RecListener;

/**
 * @param address as rec_target_parse_listen() has it; HOST "*" is every address
 * @param host    where nothing stands in front of the port; "": every address
 * @return 0, AVERROR(EINVAL) for a wrong address or another error, with why filled
 */
int rec_listener_open(RecListener *l, RecLoop *loop, const char *address, const char *host,
                      char why[200]);
void rec_listener_close(RecListener *l);

#endif /* RECORDER_LISTENER_H */
