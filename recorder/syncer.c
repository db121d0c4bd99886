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

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "libavutil/error.h"
#include "syncer.h"

static void *work(void *arg)
{
    RecSyncer *s = arg;

    pthread_mutex_lock(&s->lock);
    while (s->nb || !s->stop) {
        int fd;

        if (!s->nb) {
            pthread_cond_wait(&s->wake, &s->lock);
            continue;
        }
        fd = s->fd[0];
        memmove(s->fd, s->fd + 1, --s->nb * sizeof(*s->fd));
        pthread_mutex_unlock(&s->lock);
        fsync(fd);
        close(fd);
        pthread_mutex_lock(&s->lock);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

int rec_syncer_start(RecSyncer *s)
{
    pthread_attr_t attr;
    int ret;

    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->wake, NULL);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 128 << 10);
    ret = pthread_create(&s->thread, &attr, work, s);
    pthread_attr_destroy(&attr);
    s->running = !ret;
    return AVERROR(ret);
}

void rec_syncer_add(RecSyncer *s, int fd)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

    if (copy < 0)
        return;
    pthread_mutex_lock(&s->lock);
    if (s->running && s->nb < REC_MAX_SYNCS) {
        s->fd[s->nb++] = copy;
        copy = -1;
        pthread_cond_signal(&s->wake);
    }
    pthread_mutex_unlock(&s->lock);
    if (copy >= 0)
        close(copy);
}

void rec_syncer_stop(RecSyncer *s)
{
    if (!s->running)
        return;
    pthread_mutex_lock(&s->lock);
    s->stop = 1;
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->thread, NULL);
    s->running = 0;
    pthread_cond_destroy(&s->wake);
    pthread_mutex_destroy(&s->lock);
}
