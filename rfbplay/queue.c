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

#include "libavutil/error.h"
#include "queue.h"

void play_queue_init(PlayQueue *q)
{
    *q = (PlayQueue){ .head = 0 };
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->changed, NULL);
}

int play_queue_put(PlayQueue *q, const PlayItem *item)
{
    int closed;

    pthread_mutex_lock(&q->lock);
    while (q->nb == PLAY_QUEUE_SIZE && !q->closed)
        pthread_cond_wait(&q->changed, &q->lock);
    if (!(closed = q->closed)) {
        q->item[(q->head + q->nb++) % PLAY_QUEUE_SIZE] = *item;
        pthread_cond_signal(&q->changed);
    }
    pthread_mutex_unlock(&q->lock);
    if (closed) {
        AVFrame *frame = item->frame;

        av_frame_free(&frame);
    }
    return closed ? AVERROR_EXIT : 0;
}

void play_queue_take(PlayQueue *q, PlayItem *item)
{
    pthread_mutex_lock(&q->lock);
    while (!q->nb)
        pthread_cond_wait(&q->changed, &q->lock);
    *item   = q->item[q->head];
    q->head = (q->head + 1) % PLAY_QUEUE_SIZE;
    q->nb--;
    pthread_cond_signal(&q->changed);
    pthread_mutex_unlock(&q->lock);
}

void play_queue_close(PlayQueue *q)
{
    pthread_mutex_lock(&q->lock);
    q->closed = 1;
    while (q->nb) {
        av_frame_free(&q->item[q->head].frame);
        q->head = (q->head + 1) % PLAY_QUEUE_SIZE;
        q->nb--;
    }
    pthread_cond_signal(&q->changed);
    pthread_mutex_unlock(&q->lock);
}

void play_queue_free(PlayQueue *q)
{
    play_queue_close(q);
    pthread_cond_destroy(&q->changed);
    pthread_mutex_destroy(&q->lock);
}
