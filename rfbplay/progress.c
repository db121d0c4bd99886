/*
 * rfbplay: how far it is
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
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libavutil/avstring.h"
#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/mem.h"
#include "libavutil/time.h"
#include "log.h"
#include "progress.h"

#define INTERVAL 500000         ///< microseconds between reports

struct PlayProgress {
    pthread_mutex_t lock;
    FILE *file;
    int nb, done;
    int64_t begun;              ///< microseconds, as are all here
    int64_t reported;
    int64_t finished;           ///< of the video, in transcodes that are done
};

static FILE *open_stream(const char *where)
{
    const char *number;
    char *rest;
    FILE *f;

    if (!av_strstart(where, "fd:", &number)) {
        /* no truncation of a pipe that somebody reads, nor of a terminal */
        f = fopen(where, "we");
    } else {
        int fd = *number ? strtol(number, &rest, 10) : -1;

        errno = EBADF;
        f = fd >= 0 && !*rest && (fd = fcntl(fd, F_DUPFD_CLOEXEC, 3)) >= 0 ? fdopen(fd, "w") : NULL;
    }
    if (!f)
        play_error("--progress %s: %s", where, strerror(errno));
    return f;
}

int play_progress_open(PlayProgress **out, const char *where, int nb)
{
    PlayProgress *p = *out = av_mallocz(sizeof(*p));

    if (!p)
        return AVERROR(ENOMEM);
    pthread_mutex_init(&p->lock, NULL);
    p->nb    = nb;
    p->begun = p->reported = av_gettime_relative();
    if (where && !(p->file = open_stream(where))) {
        play_progress_close(out);
        return AVERROR(EINVAL);
    }
    return 0;
}

static void clock_text(char *buf, size_t size, int64_t us)
{
    int64_t s = us / 1000000;

    snprintf(buf, size, "%02"PRId64":%02d:%02d.%02d", s / 3600, (int)(s / 60 % 60), (int)(s % 60),
             (int)(us / 10000 % 100));
}

static double fraction(const PlayState *s)
{
    if (s->done)
        return 1;
    return s->end > s->start ?
           av_clipd((double)(s->position - s->start) / (s->end - s->start), 0, 1) : -1;
}

static void write_report(PlayProgress *p, const PlayState *s, double speed, int64_t now)
{
    double part = fraction(s);
    char clock[32];

    clock_text(clock, sizeof(clock), s->time);
    fprintf(p->file, "input=%s\noutput=%s\nframe=%"PRId64"\ntotal_size=%"PRId64"\n"
            "out_time_us=%"PRId64"\nout_time=%s\nspeed=%.3gx\n", s->in, s->out, s->frames,
            s->size, s->time, clock, speed);
    if (part >= 0)
        fprintf(p->file, "percent=%.1f\n", part * 100);
    if (part > 0)
        fprintf(p->file, "eta_ms=%.0f\n", (now - p->begun) / 1000.0 * (1 / part - 1));
    fprintf(p->file, "progress=%s\n", s->done ? "end" : "continue");
    fflush(p->file);
}

static void show(PlayProgress *p, const PlayState *s, double speed, int64_t now)
{
    double part = fraction(s);
    char line[160], clock[32], eta[48] = "", which[48] = "";

    clock_text(clock, sizeof(clock), s->time);
    if (part > 0) {
        int64_t left = (now - p->begun) / 1e6 * (1 / part - 1) + 0.5;

        snprintf(eta, sizeof(eta), "  %3.0f %%  ETA %"PRId64":%02d", part * 100, left / 60,
                 (int)(left % 60));
    }
    if (p->nb > 1) {
        part = (p->done + FFMAX(part, 0)) / p->nb;
        snprintf(which, sizeof(which), "%d of %d done  ", p->done, p->nb);
    }
    snprintf(line, sizeof(line), "%s%stime %s  speed %.3gx  size %.1f MB%s", which,
             s->doing ? s->doing : "", clock, speed, s->size / 1e6, eta);
    play_status_line(line);
}

void play_progress_tell(PlayProgress *p, const PlayState *s)
{
    int64_t now = av_gettime_relative();
    double speed;

    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    if (s->done) {
        p->done++;
        p->finished += s->time;
    }
    if (s->done || now - p->reported >= INTERVAL) {
        p->reported = now;
        speed = (p->finished + (s->done ? 0 : s->time)) / (double)FFMAX(now - p->begun, 1);
        if (p->file)
            write_report(p, s, speed, now);
        show(p, s, speed, now);
    }
    pthread_mutex_unlock(&p->lock);
}

void play_progress_close(PlayProgress **out)
{
    PlayProgress *p = *out;

    if (!p)
        return;
    play_status_line("");
    if (p->file)
        fclose(p->file);
    pthread_mutex_destroy(&p->lock);
    av_freep(out);
}
