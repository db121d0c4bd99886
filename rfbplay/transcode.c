/*
 * rfbplay IN OUT: recordings become videos
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

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libavutil/avstring.h"
#include "libavutil/common.h"
#include "libavutil/cpu.h"
#include "libavutil/error.h"
#include "libavutil/mem.h"
#include "commands.h"
#include "job.h"
#include "signals.h"
#include "target.h"

/** The transcodes of one call; the lock guards what changes. */
typedef struct Plan {
    const PlayOptions *o;
    char **out;                 ///< of each input
    int nb, threads;
    PlayProgress *progress;

    pthread_mutex_t lock;
    int next;
    int status;                 ///< of the first that did not go well
} Plan;

static int is_folder(const char *path)
{
    struct stat st;

    return path[strlen(path) - 1] == '/' || (!stat(path, &st) && S_ISDIR(st.st_mode));
}

/** The name of a recording without folder and extension. */
static char *stem_of(const char *path)
{
    const char *base = strrchr(path, '/');
    char *stem, *dot;
    size_t size;

    base = base ? base + 1 : path;
    if (!strcmp(base, "-"))
        base = "stdin";
    size = strlen(base);
    if (size > 3 && !strcmp(base + size - 3, ".gz"))
        size -= 3;
    if (!(stem = av_strndup(base, size)))
        return NULL;
    dot = strrchr(stem, '.');
    if (dot && dot > stem)
        *dot = 0;
    return stem;
}

/** OUT is a file, a folder, or has a %s. */
static char *name_output(const PlayOptions *o, const char *in, const char *out)
{
    const char *hole = strstr(out, "%s");
    char *stem, *name;

    if (!hole && !is_folder(out))
        return av_strdup(out);
    if (!(stem = stem_of(in)))
        return NULL;
    if (hole)
        name = av_asprintf("%.*s%s%s", (int)(hole - out), out, stem, hole + 2);
    else
        name = av_asprintf("%s%s%s.%s", out, out[strlen(out) - 1] == '/' ? "" : "/", stem,
                           play_target_extension(o));
    av_free(stem);
    return name;
}

static int same_file(const char *a, const char *b)
{
    struct stat x, y;

    return !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino &&
           S_ISREG(x.st_mode);
}

/** @return 0, or AVERROR(EINVAL) after a message */
static int name_outputs(Plan *p)
{
    const PlayOptions *o = p->o;
    const char *out = o->path[o->nb_paths - 1];

    if (!*out) {
        play_error("OUT has no name");
        return AVERROR(EINVAL);
    }
    if (p->nb > 1 && !strstr(out, "%s") && !is_folder(out)) {
        play_error("of several recordings, the last name has to be a folder or to have %%s in "
                   "it, such as %%s.mp4; %s is neither", out);
        return AVERROR(EINVAL);
    }
    if (!strcmp(out, "-") && isatty(STDOUT_FILENO)) {
        play_error("standard output is a terminal");
        return AVERROR(EINVAL);
    }
    for (int i = 0; i < p->nb; i++) {
        if (!(p->out[i] = name_output(o, o->path[i], out)))
            return AVERROR(ENOMEM);
        if (same_file(o->path[i], p->out[i])) {
            play_error("%s: is the recording itself", p->out[i]);
            return AVERROR(EINVAL);
        }
        for (int k = 0; k < i; k++)
            if (!strcmp(p->out[i], p->out[k])) {
                play_error("%s would be made of both %s and %s", p->out[i], o->path[k],
                           o->path[i]);
                return AVERROR(EINVAL);
            }
    }
    return 0;
}

static void *work(void *opaque)
{
    Plan *p = opaque;

    for (;;) {
        PlayJob job = { .options = p->o, .threads = p->threads, .stop = &play_stop_signal,
                        .progress = p->progress };
        int i, status;

        pthread_mutex_lock(&p->lock);
        i = p->next < p->nb && !atomic_load(&play_stop_signal) ? p->next++ : -1;
        pthread_mutex_unlock(&p->lock);
        if (i < 0)
            return NULL;
        job.in  = p->o->path[i];
        job.out = p->out[i];
        status  = play_job_run(&job);
        pthread_mutex_lock(&p->lock);
        if (status && !p->status)
            p->status = status;
        pthread_mutex_unlock(&p->lock);
    }
}

static void run_all(Plan *p)
{
    int nb = FFMIN(p->o->jobs, p->nb), started = 0;
    pthread_t thread[64];

    p->threads = p->o->threads ? p->o->threads :
                 nb > 1 ? FFMAX((av_cpu_count() + nb - 1) / nb, 1) : 0;
    while (started < nb - 1 && !pthread_create(&thread[started], NULL, work, p))
        started++;
    work(p);
    for (int i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
}

int play_transcode(const PlayOptions *o)
{
    Plan p = { .o = o, .nb = o->nb_paths - 1, .status = PLAY_USAGE };

    pthread_mutex_init(&p.lock, NULL);
    p.out = av_calloc(p.nb, sizeof(*p.out));
    if (p.out && name_outputs(&p) >= 0 && play_progress_open(&p.progress, o->progress, p.nb) >= 0) {
        play_catch_signals();
        p.status = PLAY_OK;
        run_all(&p);
        play_progress_close(&p.progress);
    }
    for (int i = 0; p.out && i < p.nb; i++)
        av_free(p.out[i]);
    av_free(p.out);
    pthread_mutex_destroy(&p.lock);
    if (atomic_load(&play_stop_signal) && (p.next < p.nb || p.status == PLAY_BY_SIGNAL)) {
        play_note("stopped");
        return PLAY_BY_SIGNAL + atomic_load(&play_stop_signal);
    }
    return p.status;
}
