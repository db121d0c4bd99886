/*
 * rfbplay: indices of the recordings that are served
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
#include <sys/resource.h>
#include <unistd.h>

#include "libavutil/avstring.h"
#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/mem.h"
#include "indexfile.h"
#include "log.h"
#include "serveindex.h"

/** Seeks that take longer are worth an index (us). */
#define SLOW_US 100000

/** More wait for nothing: they are asked for again. */
#define MAX_WAITING 64

/** A recording that grows gets another index when so much is not in the old one. */
#define MIN_GROWTH (4 << 20)

typedef struct Wish {
    char *path;                 ///< as in the URL
    int fd;
    struct stat st;
} Wish;

struct PlayIndexes {
    PlayServer *server;
    pthread_t thread;
    atomic_int stop;
    pthread_mutex_t lock;       ///< of what follows
    pthread_cond_t more;
    Wish wish[MAX_WAITING];
    int nb;
    struct stat done[MAX_WAITING];  ///< what was tried, so as not to try it again
    int nb_done;
};

/* --- using them --- */

/** Where a descriptor's file is. @return a text to be freed with av_free(), or NULL */
static char *real_path(int fd)
{
    char name[PLAY_FD_NAME_SIZE], path[4096];
    ssize_t n = readlink(play_path_fd_name(name, fd), path, sizeof(path) - 1);

    if (n <= 0 || path[0] != '/')
        return NULL;
    path[n] = 0;
    return av_strdup(path);
}

const char *play_serve_index_open(PlayIndexUse *use, PlayServer *s, const char *path, int fd)
{
    char *beside = av_asprintf("%s" RFB_INDEX_SUFFIX, path), *real;
    struct stat st;

    *use = (PlayIndexUse){ .fd = -1 };
    if (!s->o->cache_dir && beside && (use->fd = play_path_open(s->root, beside, &st)) >= 0 &&
        !S_ISREG(st.st_mode)) {
        close(use->fd);
        use->fd = -1;
    }
    av_free(beside);
    if (use->fd < 0 && (real = real_path(fd))) {
        PlayIndexed x = { .dir = -1, .name = strrchr(real, '/') + 1, .path = real,
                          .cache = s->o->cache_dir };

        use->cached = play_index_cached(&x);
        av_free(real);
    }
    return use->fd >= 0 ? play_path_fd_name(use->name, use->fd) :
           use->cached ? use->cached : "none";
}

void play_serve_index_close(PlayIndexUse *use)
{
    if (use->fd >= 0)
        close(use->fd);
    use->fd = -1;
    av_freep(&use->cached);
}

/* --- making them --- */

static int same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/** Called with the lock held. */
static int is_known(const struct PlayIndexes *x, const struct stat *st)
{
    for (int i = 0; i < x->nb; i++)
        if (same_file(&x->wish[i].st, st))
            return 1;
    for (int i = 0; i < FFMIN(x->nb_done, MAX_WAITING); i++)
        if (same_file(&x->done[i], st) && st->st_size < x->done[i].st_size + MIN_GROWTH)
            return 1;
    return 0;
}

void play_serve_index_took(PlayServer *s, const char *path, int fd, const struct stat *st,
                           const PlayRecording *r, int64_t us)
{
    struct PlayIndexes *x = s->indexes;
    const RFBIndex *has = play_recording_facts(r)->index;
    Wish w = { .st = *st };

    if (us < SLOW_US || (has && (has->whole ||
                                 st->st_size < has->size + has->size / 4 + MIN_GROWTH)))
        return;
    pthread_mutex_lock(&x->lock);
    if (x->nb < MAX_WAITING && !is_known(x, st) && (w.path = av_strdup(path))) {
        w.fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
        if (w.fd >= 0)
            x->wish[x->nb++] = w;
        else
            av_free(w.path);
        pthread_cond_signal(&x->more);
    }
    pthread_mutex_unlock(&x->lock);
}

static int progress(void *opaque, int64_t done, int64_t size)
{
    struct PlayIndexes *x = opaque;

    return atomic_load(&x->stop) ? AVERROR_EXIT : 0;
}

/** Open the folder that a path of a URL is in. @return a descriptor, or negative */
static int open_folder(PlayServer *s, const char *path)
{
    char *folder = av_strndup(path, strrchr(path, '/') + 1 - path);
    struct stat st;
    int dir = folder ? play_path_open(s->root, folder, &st) : -1;

    av_free(folder);
    return dir;
}

static void make(struct PlayIndexes *x, const Wish *w)
{
    PlayServer *s = x->server;
    PlayRecordingOptions o = s->reading;
    RFBIndexBuild build = { .progress = progress, .opaque = x };
    char name[PLAY_FD_NAME_SIZE], *real = real_path(w->fd), *what = NULL;
    PlayIndexed i = { .dir = open_folder(s, w->path), .name = strrchr(w->path, '/') + 1,
                      .path = real, .cache = s->o->cache_dir, .cache_only = !!s->o->cache_dir };
    PlayRecording *r = NULL;
    int ret = AVERROR(ENOMEM);

    o.index   = "none";
    o.growing = play_path_growing(w->fd, &w->st);
    if (real && (ret = play_recording_open(&r, play_path_fd_name(name, w->fd), &o)) >= 0)
        ret = play_index_make(&i, r, &build, NULL, &what);
    if (ret >= 0) {
        s->counts.indices++;
        play_log(PLAY_LOG_DEBUG, "%s: made an index of %d points", w->path,
                 build.keys + build.states);
    } else if (ret != AVERROR_EXIT && ret != AVERROR(EBUSY)) {
        play_warn("%s: no index was made, so seeks stay slow: %s", w->path,
                  what ? what : av_err2str(ret));
    }
    if (i.dir >= 0)
        close(i.dir);
    play_recording_close(&r);
    av_free(real);
    av_free(what);
}

static void *work(void *opaque)
{
    struct PlayIndexes *x = opaque;

    /* on Linux this is about the thread alone */
    setpriority(PRIO_PROCESS, gettid(), 19);
    pthread_mutex_lock(&x->lock);
    while (!atomic_load(&x->stop)) {
        Wish w;

        if (!x->nb) {
            pthread_cond_wait(&x->more, &x->lock);
            continue;
        }
        /* it stays in the list for as long, so that nobody asks for it again */
        w = x->wish[0];
        pthread_mutex_unlock(&x->lock);
        make(x, &w);
        pthread_mutex_lock(&x->lock);
        x->done[x->nb_done++ % MAX_WAITING] = w.st;
        memmove(x->wish, x->wish + 1, --x->nb * sizeof(*x->wish));
        close(w.fd);
        av_free(w.path);
    }
    pthread_mutex_unlock(&x->lock);
    return NULL;
}

struct PlayIndexes *play_serve_index_start(PlayServer *s)
{
    struct PlayIndexes *x = av_mallocz(sizeof(*x));

    if (!x)
        return NULL;
    x->server = s;
    pthread_mutex_init(&x->lock, NULL);
    pthread_cond_init(&x->more, NULL);
    if (pthread_create(&x->thread, NULL, work, x)) {
        pthread_mutex_destroy(&x->lock);
        pthread_cond_destroy(&x->more);
        av_freep(&x);
    }
    return x;
}

void play_serve_index_stop(struct PlayIndexes **indexes)
{
    struct PlayIndexes *x = *indexes;

    if (!x)
        return;
    pthread_mutex_lock(&x->lock);
    atomic_store(&x->stop, 1);
    pthread_cond_signal(&x->more);
    pthread_mutex_unlock(&x->lock);
    pthread_join(x->thread, NULL);
    for (int i = 0; i < x->nb; i++) {
        close(x->wish[i].fd);
        av_free(x->wish[i].path);
    }
    pthread_mutex_destroy(&x->lock);
    pthread_cond_destroy(&x->more);
    av_freep(indexes);
}
