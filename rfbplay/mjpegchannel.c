/*
 * rfbplay: recordings on the air
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
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/mem.h"
#include "libavutil/time.h"
#include "httppath.h"
#include "log.h"
#include "mjpegchannel.h"
#include "mjpegclock.h"

/** Who comes so soon (ms of the clock on the wall) may join. */
#define JOIN_MS 500

struct PlayViewer {
    Channel *channel;
    struct MHD_Connection *connection;
    PlayViewer *next;           ///< of the same channel
    int64_t seen;               ///< number of the picture it had last
    int suspended;
};

struct Channel {
    struct PlayChannels *all;
    Channel *next;
    PlayWishes wishes;
    dev_t device;
    ino_t inode;
    int fd;
    char *path;                 ///< for messages

    pthread_mutex_t lock;       ///< of what follows
    pthread_cond_t wake;        ///< stop was set
    PlayViewer *viewer;
    PlayPart *part;             ///< the latest
    int64_t number;             ///< of it
    int64_t position, at;       ///< ms of the recording, and us when it was there
    int started;
    int ended;                  ///< AVERROR code
    int stop;
};

struct PlayChannels {
    PlayServer *server;
    pthread_mutex_t lock;       ///< of the list
    pthread_cond_t gone;
    Channel *first;
    int nb;
    int stop;                   ///< no new ones
};

void play_part_unref(PlayPart **part)
{
    if (*part && atomic_fetch_sub(&(*part)->refs, 1) == 1)
        av_free(*part);
    *part = NULL;
}

/* --- the channel's thread --- */

/** Called with the lock held. */
static void wake_viewers(Channel *c)
{
    for (PlayViewer *v = c->viewer; v; v = v->next)
        if (v->suspended) {
            v->suspended = 0;
            MHD_resume_connection(v->connection);
        }
}

void play_channel_publish(Channel *c, PlayPart *part, int64_t position)
{
    PlayPart *old;

    pthread_mutex_lock(&c->lock);
    old = c->part;
    c->part = part;
    c->number++;
    c->position = position;
    c->at       = av_gettime_relative();
    c->started  = 1;
    wake_viewers(c);
    pthread_mutex_unlock(&c->lock);
    play_part_unref(&old);
}

int64_t play_channel_number(Channel *c)
{
    return c->number + 1;
}

int play_channel_wait(Channel *c, int64_t until)
{
    struct timespec ts;
    int64_t left;
    int stop;

    pthread_mutex_lock(&c->lock);
    while (!c->stop && (left = until - av_gettime_relative()) > 0) {
        clock_gettime(CLOCK_REALTIME, &ts);
        left = FFMIN(left, 1000000) * 1000 + ts.tv_nsec;
        ts.tv_sec += left / 1000000000;
        ts.tv_nsec = left % 1000000000;
        pthread_cond_timedwait(&c->wake, &c->lock, &ts);
    }
    stop = c->stop;
    pthread_mutex_unlock(&c->lock);
    return stop;
}

static void free_channel(Channel *c)
{
    if (c->fd >= 0)
        close(c->fd);
    pthread_mutex_destroy(&c->lock);
    pthread_cond_destroy(&c->wake);
    play_part_unref(&c->part);
    av_free(c->path);
    av_free(c);
}

/** No more viewers, and none will come: it is not in the list any more. */
static int is_deserted(const Channel *c)
{
    return c->stop && !c->viewer;
}

/** Take it out of the list, and free it unless a viewer still has it. */
static void leave(Channel *c, int ret)
{
    struct PlayChannels *all = c->all;
    int deserted;

    pthread_mutex_lock(&all->lock);
    for (Channel **p = &all->first; *p; p = &(*p)->next)
        if (*p == c) {
            *p = c->next;
            break;
        }
    pthread_mutex_lock(&c->lock);
    c->ended = ret;
    c->stop  = 1;
    wake_viewers(c);
    deserted = is_deserted(c);
    pthread_mutex_unlock(&c->lock);
    if (deserted)
        free_channel(c);
    all->nb--;
    all->server->counts.streams--;
    pthread_cond_broadcast(&all->gone);
    pthread_mutex_unlock(&all->lock);
}

static void *run(void *opaque)
{
    Channel *c = opaque;
    int ret = play_clock_run(c, c->all->server, &c->wishes, c->fd, c->path);

    if (ret < 0 && ret != AVERROR_EOF && ret != AVERROR_EXIT)
        play_log(PLAY_LOG_DEBUG, "%s: %s", c->path, av_err2str(ret));
    leave(c, ret < 0 ? ret : AVERROR_EOF);
    return NULL;
}

/* --- the list --- */

struct PlayChannels *play_channels_start(PlayServer *s)
{
    struct PlayChannels *all = av_mallocz(sizeof(*all));

    if (!all)
        return NULL;
    all->server = s;
    pthread_mutex_init(&all->lock, NULL);
    pthread_cond_init(&all->gone, NULL);
    return all;
}

void play_channels_stop(struct PlayChannels *all)
{
    pthread_mutex_lock(&all->lock);
    all->stop = 1;
    for (Channel *c = all->first; c; c = c->next) {
        pthread_mutex_lock(&c->lock);
        c->stop = 1;
        pthread_cond_signal(&c->wake);
        pthread_mutex_unlock(&c->lock);
    }
    while (all->nb)
        pthread_cond_wait(&all->gone, &all->lock);
    pthread_mutex_unlock(&all->lock);
}

void play_channels_free(struct PlayChannels **out)
{
    struct PlayChannels *all = *out;

    if (!all)
        return;
    pthread_mutex_destroy(&all->lock);
    pthread_cond_destroy(&all->gone);
    av_freep(out);
}

static int same_wishes(const PlayWishes *a, const PlayWishes *b)
{
    return a->max_gap == b->max_gap && a->speed == b->speed && a->fps == b->fps &&
           a->scale.factor == b->scale.factor && a->scale.width == b->scale.width &&
           a->scale.height == b->scale.height &&
           a->quality == b->quality && a->cursor == b->cursor && a->loop == b->loop &&
           a->live == b->live;
}

/** Whether a viewer with these wishes would see the same. */
static int fits(Channel *c, const PlayWishes *w, const struct stat *st)
{
    int64_t behind;
    int ok;

    if (c->device != st->st_dev || c->inode != st->st_ino || !same_wishes(&c->wishes, w))
        return 0;
    pthread_mutex_lock(&c->lock);
    behind = c->wishes.offset;
    if (c->started)
        behind = c->position + (av_gettime_relative() - c->at) / 1000 * c->wishes.speed;
    behind -= w->offset;
    ok = !c->stop && !c->ended && (w->live || (behind >= 0 && behind <= JOIN_MS * w->speed));
    pthread_mutex_unlock(&c->lock);
    return ok;
}

static Channel *new_channel(struct PlayChannels *all, const PlayWishes *w, int fd,
                            const struct stat *st, const char *path)
{
    Channel *c = av_mallocz(sizeof(*c));
    pthread_t thread;

    if (!c)
        return NULL;
    c->all    = all;
    c->wishes = *w;
    c->device = st->st_dev;
    c->inode  = st->st_ino;
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->wake, NULL);
    c->fd   = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    c->path = av_strdup(path);
    if (c->fd < 0 || !c->path || pthread_create(&thread, NULL, run, c)) {
        free_channel(c);
        return NULL;
    }
    pthread_detach(thread);
    c->next    = all->first;
    all->first = c;
    all->nb++;
    all->server->counts.streams++;
    all->server->counts.streams_total++;
    return c;
}

/* --- viewers --- */

int play_viewer_open(PlayViewer **out, PlayServer *s, struct MHD_Connection *connection,
                     const PlayWishes *w, int fd, const struct stat *st, const char *path)
{
    struct PlayChannels *all = s->channels;
    PlayViewer *v = *out = av_mallocz(sizeof(*v));
    Channel *c;
    int ret = 0;

    if (!v)
        return AVERROR(ENOMEM);
    v->connection = connection;
    pthread_mutex_lock(&all->lock);
    for (c = all->first; c && !fits(c, w, st); c = c->next)
        ;
    if (!c && (all->stop || all->nb >= s->o->max_streams))
        ret = AVERROR(EBUSY);
    else if (!c && !(c = new_channel(all, w, fd, st, path)))
        ret = AVERROR(ENOMEM);
    if (ret >= 0) {
        pthread_mutex_lock(&c->lock);
        v->channel = c;
        v->next    = c->viewer;
        c->viewer  = v;
        pthread_mutex_unlock(&c->lock);
    }
    pthread_mutex_unlock(&all->lock);
    if (ret < 0)
        av_freep(out);
    return ret;
}

void play_viewer_close(PlayViewer **out)
{
    PlayViewer *v = *out;
    Channel *c;
    int ended;

    if (!v)
        return;
    c = v->channel;
    pthread_mutex_lock(&c->lock);
    for (PlayViewer **p = &c->viewer; *p; p = &(*p)->next)
        if (*p == v) {
            *p = v->next;
            break;
        }
    if (!c->viewer) {
        c->stop = 1;
        pthread_cond_signal(&c->wake);
    }
    ended = c->ended && is_deserted(c);
    pthread_mutex_unlock(&c->lock);
    if (ended)
        free_channel(c);
    av_freep(out);
}

int play_viewer_next(PlayViewer *v, PlayPart **part)
{
    Channel *c = v->channel;
    int ret = 1;

    pthread_mutex_lock(&c->lock);
    if (c->part && v->seen != c->number) {
        if (v->seen)
            c->all->server->counts.skipped += c->number - v->seen - 1;
        v->seen = c->number;
        *part   = c->part;
        atomic_fetch_add(&(*part)->refs, 1);
    } else if (c->ended) {
        ret = c->ended;
    } else {
        v->suspended = 1;
        MHD_suspend_connection(v->connection);
        ret = 0;
    }
    pthread_mutex_unlock(&c->lock);
    return ret;
}
