/*
 * rfbplay: a bounded queue of pictures between two threads
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
 * One thread puts, another takes. What is put belongs to the queue, what is
 * taken to the taker.
 */

#ifndef RFBPLAY_QUEUE_H
#define RFBPLAY_QUEUE_H

#include <pthread.h>

#include "libavutil/frame.h"

#define PLAY_QUEUE_SIZE 6       ///< at 1080p some 20 MB of YUV

/** A picture, or how it ended. */
typedef struct PlayItem {
    AVFrame *frame;             ///< NULL: no more come
    int64_t time;               ///< microseconds of the video; at the end, its length
    int64_t position;           ///< ms of the recording
    int error;                  ///< at the end: 0, or what ended it
} PlayItem;

typedef struct PlayQueue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    PlayItem item[PLAY_QUEUE_SIZE];
    int head, nb;
    int closed;                 ///< the taker wants no more
} PlayQueue;

void play_queue_init(PlayQueue *q);

/** Waits for room. @return 0, or AVERROR_EXIT when closed; then the item is freed */
int play_queue_put(PlayQueue *q, const PlayItem *item);

/** Waits for an item. */
void play_queue_take(PlayQueue *q, PlayItem *item);

/** By the taker: what is in it is freed, and so is what will be put. */
void play_queue_close(PlayQueue *q);

/** When both threads are done with it. */
void play_queue_free(PlayQueue *q);

#endif /* RFBPLAY_QUEUE_H */
