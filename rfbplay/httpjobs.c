/*
 * rfbplay: threads for what takes time
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

#include <pthread.h>

#include "libavutil/error.h"
#include "libavutil/mem.h"
#include "http.h"

/** Many viewers may come at once; more than these would wait too long. */
#define MAX_WAITING 4096
#define THREADS     3

struct PlayJobs {
    PlayServer *server;
    pthread_t thread[THREADS];
    int nb_threads;
    pthread_mutex_t lock;       ///< of what follows
    pthread_cond_t more;
    PlayRequest *first, **last;
    int waiting, stop;
};

/* The connection is resumed only here, so it and its request stay alive. */
static void run(PlayRequest *r)
{
    struct MHD_Connection *c = r->connection;

    r->server->counts.jobs++;
    r->job(r);
    MHD_resume_connection(c);
}

static void *work(void *opaque)
{
    struct PlayJobs *j = opaque;

    pthread_mutex_lock(&j->lock);
    for (;;) {
        PlayRequest *r = j->first;

        if (r) {
            if (!(j->first = r->next))
                j->last = &j->first;
            j->waiting--;
            pthread_mutex_unlock(&j->lock);
            run(r);
            pthread_mutex_lock(&j->lock);
        } else if (j->stop) {
            break;
        } else {
            pthread_cond_wait(&j->more, &j->lock);
        }
    }
    pthread_mutex_unlock(&j->lock);
    return NULL;
}

struct PlayJobs *play_http_jobs_start(PlayServer *s)
{
    struct PlayJobs *j = av_mallocz(sizeof(*j));

    if (!j)
        return NULL;
    j->server = s;
    j->last   = &j->first;
    pthread_mutex_init(&j->lock, NULL);
    pthread_cond_init(&j->more, NULL);
    while (j->nb_threads < THREADS &&
           !pthread_create(&j->thread[j->nb_threads], NULL, work, j))
        j->nb_threads++;
    if (!j->nb_threads)
        play_http_jobs_stop(&j);
    return j;
}

void play_http_jobs_stop(struct PlayJobs **out)
{
    struct PlayJobs *j = *out;

    if (!j)
        return;
    pthread_mutex_lock(&j->lock);
    j->stop = 1;
    pthread_cond_broadcast(&j->more);
    pthread_mutex_unlock(&j->lock);
    for (int i = 0; i < j->nb_threads; i++)
        pthread_join(j->thread[i], NULL);
    pthread_mutex_destroy(&j->lock);
    pthread_cond_destroy(&j->more);
    av_freep(out);
}

int play_http_jobs_put(struct PlayJobs *j, PlayRequest *r)
{
    int ret = 0;

    pthread_mutex_lock(&j->lock);
    if (j->waiting >= MAX_WAITING || j->stop) {
        ret = AVERROR(EBUSY);
    } else {
        /* before anybody can resume it */
        MHD_suspend_connection(r->connection);
        r->next  = NULL;
        *j->last = r;
        j->last  = &r->next;
        j->waiting++;
        pthread_cond_signal(&j->more);
    }
    pthread_mutex_unlock(&j->lock);
    return ret;
}
