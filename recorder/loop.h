/*
 * Event loop
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

/** @file One thread waits for sockets and times, for any number of them. */

#ifndef RECORDER_LOOP_H
#define RECORDER_LOOP_H

#include <stddef.h>
#include <stdint.h>

struct epoll_event;

/**
 * Zero-initialise. Its address must not change while it is watched; with
 * rec_loop_watch(-1), from wherever that is called, it is heard of no more.
 */
typedef struct RecWatch {
    void (*ready)(struct RecWatch *w, int events);  ///< POLLIN, POLLOUT, ...
    int fd, events;             ///< as the loop knows them
    int added;
} RecWatch;

/** Zero-initialise. Its address must not change while it is set. */
typedef struct RecTimer {
    void (*expired)(struct RecTimer *t);
    int64_t when;               ///< on rec_now()'s clock
    int place;                  ///< in the heap, from 1 on; 0: not set
} RecTimer;

typedef struct RecLoop {
    int epoll;
    RecTimer **heap;            ///< heap[0] is the next
    int nb, alloc;
    struct epoll_event *ready;  ///< what woke it, while that is told
    int nb_ready;
    int64_t now;                ///< rec_now() when the loop last woke
    int gather;                 ///< ms to wait for more to become ready, once something is
    int stop;                   ///< set to end rec_loop_run()
} RecLoop;

/** @return 0 or an error */
int rec_loop_init(RecLoop *l);
void rec_loop_free(RecLoop *l);

/**
 * Watch a descriptor, or others of its events, or with -1 none any more. A
 * descriptor that was closed is not watched any more.
 */
int rec_loop_watch(RecLoop *l, RecWatch *w, int fd, int events);

/** The watch's descriptor was closed. */
void rec_loop_forget(RecWatch *w);

/** Set, or set to another time. @return 0 or an error */
int rec_loop_timer(RecLoop *l, RecTimer *t, int64_t when);
void rec_loop_untimer(RecLoop *l, RecTimer *t);

/** Until stop is set. What is ready comes first, then what is due. @return 0 or an error */
int rec_loop_run(RecLoop *l);

#endif /* RECORDER_LOOP_H */
